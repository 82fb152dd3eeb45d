//! The platform's rate limits: a sliding window per group, and a penalty for overrunning it.
//!
//! Pure: the time is handed in. The first request beyond the limit is refused and starts the
//! penalty; every further request during the penalty is refused and starts it again, so a client
//! that keeps knocking never gets in.

use std::collections::{HashMap, VecDeque};

/// A group of resources that share a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Cheap reads of single things.
    Light,
    /// Listings.
    Medium,
    /// Account-wide presence.
    Heavy,
    /// Tokens.
    Auth,
}

impl Group {
    /// Gives the name as the platform's headers write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Medium => "medium",
            Self::Heavy => "heavy",
            Self::Auth => "auth",
        }
    }
}

/// How much each group allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests of group [`Group::Light`] in a window.
    pub light: u32,
    /// Requests of group [`Group::Medium`] in a window.
    pub medium: u32,
    /// Requests of group [`Group::Heavy`] in a window.
    pub heavy: u32,
    /// Requests of group [`Group::Auth`] in a window.
    pub auth: u32,
    /// The window's length in milliseconds.
    pub window_ms: i64,
    /// The penalty's length in milliseconds.
    pub penalty_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            light: 50,
            medium: 40,
            heavy: 10,
            auth: 5,
            window_ms: 60_000,
            penalty_ms: 60_000,
        }
    }
}

impl Limits {
    /// The same number of requests for every group.
    pub fn all(requests: u32) -> Self {
        Self {
            light: requests,
            medium: requests,
            heavy: requests,
            auth: requests,
            ..Self::default()
        }
    }

    /// Gives the number of requests that a group allows in a window.
    pub fn of(&self, group: Group) -> u32 {
        match group {
            Group::Light => self.light,
            Group::Medium => self.medium,
            Group::Heavy => self.heavy,
            Group::Auth => self.auth,
        }
    }
}

/// What is decided about one request, and what its answer's headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The group the request counted in.
    pub group: Group,
    /// Requests allowed in a window.
    pub limit: u32,
    /// Requests left in the window.
    pub remaining: u32,
    /// The window in whole seconds.
    pub window_s: i64,
    /// The seconds to wait if the request is refused; `None` if it is let through.
    pub retry_after_s: Option<i64>,
}

/// Remembers who asked when.
#[derive(Debug, Default)]
pub struct Limiter {
    limits: Limits,
    books: HashMap<(String, Group), Book>,
}

#[derive(Debug, Default)]
struct Book {
    admitted_ms: VecDeque<i64>,
    penalty_until_ms: Option<i64>,
}

impl Limiter {
    /// A limiter under which no one has asked yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            books: HashMap::new(),
        }
    }

    /// Decides about a request of `client` (the pair of app and user) at `now_ms`.
    pub fn admit(&mut self, client: &str, group: Group, now_ms: i64) -> Ruling {
        let Limits {
            window_ms,
            penalty_ms,
            ..
        } = self.limits;
        let limit = self.limits.of(group);
        let book = self.books.entry((client.to_owned(), group)).or_default();
        while book
            .admitted_ms
            .front()
            .is_some_and(|at_ms| at_ms + window_ms <= now_ms)
        {
            book.admitted_ms.pop_front();
        }
        let used = u32::try_from(book.admitted_ms.len()).unwrap_or(u32::MAX);
        let punished = book
            .penalty_until_ms
            .is_some_and(|until_ms| now_ms < until_ms);
        let ruling = Ruling {
            group,
            limit,
            remaining: 0,
            window_s: window_ms / 1_000,
            retry_after_s: None,
        };
        if punished || used >= limit {
            book.penalty_until_ms = Some(now_ms + penalty_ms);
            let seconds = (penalty_ms + 999).max(0) / 1_000;
            return Ruling {
                retry_after_s: Some(seconds),
                ..ruling
            };
        }
        book.penalty_until_ms = None;
        book.admitted_ms.push_back(now_ms);
        Ruling {
            remaining: limit - used - 1,
            ..ruling
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter::new(Limits {
            heavy: 3,
            ..Limits::default()
        })
    }

    #[track_caller]
    fn check(limiter: &mut Limiter, at_ms: i64, remaining: u32, retry_after_s: Option<i64>) {
        let ruling = limiter.admit("app/user", Group::Heavy, at_ms);
        assert_eq!(
            (ruling.remaining, ruling.retry_after_s),
            (remaining, retry_after_s)
        );
    }

    #[test]
    fn the_window_slides() {
        let mut limiter = limiter();
        check(&mut limiter, 0, 2, None);
        check(&mut limiter, 30_000, 1, None);
        check(&mut limiter, 59_999, 0, None);
        check(&mut limiter, 60_000, 0, None);
        check(&mut limiter, 90_000, 0, None);
    }

    #[test]
    fn knocking_during_the_penalty_prolongs_it() {
        let mut limiter = limiter();
        for left in (0..3).rev() {
            check(&mut limiter, 0, left, None);
        }
        check(&mut limiter, 1_000, 0, Some(60));
        check(&mut limiter, 60_500, 0, Some(60));
        check(&mut limiter, 120_499, 0, Some(60));
        check(&mut limiter, 180_499, 2, None);
    }

    #[test]
    fn groups_and_clients_are_apart() {
        let mut limiter = limiter();
        for left in (0..3).rev() {
            check(&mut limiter, 0, left, None);
        }
        check(&mut limiter, 0, 0, Some(60));
        assert_eq!(limiter.admit("app/user", Group::Light, 0).remaining, 49);
        assert_eq!(limiter.admit("app/other", Group::Heavy, 0).remaining, 2);
    }
}
