//! Sessions and tokens: what is issued, how long it lives, what a refresh ends.
//!
//! Pure: the time is handed in, values come from a seed. A refresh token works once. If the reply
//! was lost, repeating the refresh gives the same new tokens, as long as the new access token has
//! not been used; the first use of it ends the old refresh token.

use std::collections::HashSet;

use rand::RngExt;
use rand::distr::Alphanumeric;
use rand::rngs::ChaCha8Rng;

use super::rng::{Purpose, rng};

/// How tokens are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenPolicy {
    /// How long an access token lives, in seconds, unless the client asks for 600 to 3600.
    pub expires_in_s: i64,
    /// How long a refresh token lives, in seconds; `None` issues none, the platform's default.
    pub refresh_expires_in_s: Option<i64>,
    /// How many sessions one user of one app may have; the oldest beyond that ends.
    pub sessions_max: usize,
}

impl Default for TokenPolicy {
    fn default() -> Self {
        Self {
            expires_in_s: 3_600,
            refresh_expires_in_s: None,
            sessions_max: 5,
        }
    }
}

/// What a token request is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in_s: i64,
    /// The refresh token and the seconds until it expires, if the app issues them.
    pub refresh: Option<(String, i64)>,
    /// The session.
    pub session_id: String,
}

/// Why an access token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Its time is over.
    Expired,
    /// A refresh, a revocation or a further session ended it.
    Ended,
    /// It was never issued.
    Unknown,
}

#[derive(Clone, Debug)]
struct Session {
    access_token: String,
    access_until_ms: i64,
    used: bool,
    refresh_token: Option<(String, i64)>,
    former_refresh: Option<(String, i64)>,
    expires_in_s: i64,
}

/// All sessions of one app.
#[derive(Debug)]
pub struct Sessions {
    policy: TokenPolicy,
    rng: ChaCha8Rng,
    open: Vec<(String, Session)>,
    ended: HashSet<String>,
}

/// How long a refresh can be repeated after a lost reply.
const REPEATABLE_MS: i64 = 3_600_000;

impl Sessions {
    /// No sessions yet; token values follow from the seed.
    pub fn new(seed: u64, policy: TokenPolicy) -> Self {
        let rng = rng(seed, Purpose::Tokens, 0, 0);
        Self {
            policy,
            rng,
            open: Vec::new(),
            ended: HashSet::new(),
        }
    }

    /// Opens a session; ends the oldest beyond the number allowed.
    pub fn open(&mut self, now_ms: i64, ttl_s: Option<i64>) -> Issued {
        let (open, over) = self
            .open
            .drain(..)
            .partition(|(_, session)| session.alive(now_ms));
        self.open = open;
        let over: Vec<(String, Session)> = over;
        self.ended
            .extend(over.into_iter().map(|(_, session)| session.access_token));
        while self.open.len() >= self.policy.sessions_max.max(1) {
            let (_, session) = self.open.remove(0);
            self.end(session.access_token);
        }
        let session_id = self.word(16);
        let session = self.session(now_ms, ttl_s, None);
        let issued = session.issued(&session_id, now_ms);
        self.open.push((session_id, session));
        issued
    }

    /// Trades a refresh token for new tokens; `None` if it is not, or no longer, good.
    pub fn refresh(&mut self, token: &str, now_ms: i64, ttl_s: Option<i64>) -> Option<Issued> {
        let good = |known: &Option<(String, i64)>| {
            known
                .as_ref()
                .is_some_and(|(value, until_ms)| value == token && now_ms < *until_ms)
        };
        let found = self.open.iter().position(|(_, session)| {
            good(&session.refresh_token) || (!session.used && good(&session.former_refresh))
        })?;
        let (session_id, session) = self.open[found].clone();
        if good(&session.former_refresh) {
            return Some(session.issued(&session_id, now_ms));
        }
        let former = Some((token.to_owned(), now_ms + REPEATABLE_MS));
        let next = self.session(now_ms, ttl_s, former);
        let issued = next.issued(&session_id, now_ms);
        self.end(session.access_token);
        self.open[found].1 = next;
        Some(issued)
    }

    /// Accepts an access token, or says why not.
    pub fn accept(&mut self, token: &str, now_ms: i64) -> Result<(), Denied> {
        let session = self
            .open
            .iter_mut()
            .find(|(_, session)| session.access_token == token);
        match session {
            Some((_, session)) if now_ms < session.access_until_ms => {
                session.used = true;
                session.former_refresh = None;
                Ok(())
            }
            Some(_) => Err(Denied::Expired),
            None if self.ended.contains(token) => Err(Denied::Ended),
            None => Err(Denied::Unknown),
        }
    }

    /// Ends the session to which an access or refresh token belongs; says whether there was one.
    pub fn revoke(&mut self, token: &str) -> bool {
        let found = self.open.iter().position(|(_, session)| {
            let refresh = session
                .refresh_token
                .as_ref()
                .is_some_and(|(value, _)| value == token);
            session.access_token == token || refresh
        });
        let Some(found) = found else { return false };
        let (_, session) = self.open.remove(found);
        self.end(session.access_token);
        true
    }

    fn end(&mut self, access_token: String) {
        self.ended.insert(access_token);
    }

    fn session(
        &mut self,
        now_ms: i64,
        ttl_s: Option<i64>,
        former: Option<(String, i64)>,
    ) -> Session {
        let expires_in_s = ttl_s.map_or(self.policy.expires_in_s, |asked| asked.clamp(600, 3_600));
        let refresh = self.policy.refresh_expires_in_s;
        Session {
            access_token: self.word(43),
            access_until_ms: now_ms + expires_in_s * 1_000,
            used: false,
            refresh_token: refresh.map(|lives_s| (self.word(43), now_ms + lives_s * 1_000)),
            former_refresh: former,
            expires_in_s,
        }
    }

    fn word(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| char::from(self.rng.sample(Alphanumeric)))
            .collect()
    }
}

impl Session {
    /// Composes what the client is told at `now_ms`.
    fn issued(&self, session_id: &str, now_ms: i64) -> Issued {
        let left_s = |until_ms: i64| (until_ms - now_ms).max(0) / 1_000;
        Issued {
            access_token: self.access_token.clone(),
            expires_in_s: self.expires_in_s.min(left_s(self.access_until_ms)),
            refresh: self
                .refresh_token
                .clone()
                .map(|(token, until_ms)| (token, left_s(until_ms))),
            session_id: session_id.to_owned(),
        }
    }

    /// Says whether any of its tokens can still be used.
    fn alive(&self, now_ms: i64) -> bool {
        let refresh_until_ms = self
            .refresh_token
            .as_ref()
            .map_or(i64::MIN, |token| token.1);
        // An access token is remembered for an hour more, to be told apart from one never issued.
        now_ms < refresh_until_ms.max(self.access_until_ms.saturating_add(REPEATABLE_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(refresh_expires_in_s: Option<i64>) -> Sessions {
        Sessions::new(
            1,
            TokenPolicy {
                refresh_expires_in_s,
                ..TokenPolicy::default()
            },
        )
    }

    #[test]
    fn a_token_lives_its_time() {
        let mut sessions = sessions(None);
        let issued = sessions.open(0, None);
        assert_eq!(issued.refresh, None);
        assert_eq!(sessions.accept(&issued.access_token, 3_599_999), Ok(()));
        assert_eq!(
            sessions.accept(&issued.access_token, 3_600_000),
            Err(Denied::Expired)
        );
        assert_eq!(sessions.accept("never issued", 0), Err(Denied::Unknown));
    }

    #[test]
    fn a_refresh_token_works_once_and_a_lost_reply_can_be_repeated() {
        let mut sessions = sessions(Some(604_800));
        let first = sessions.open(0, None);
        let old = first.refresh.expect("refresh tokens are on").0;
        let second = sessions.refresh(&old, 1_000, None).expect("good");
        let again = sessions
            .refresh(&old, 2_000, None)
            .expect("the reply was lost");
        assert_eq!(again.access_token, second.access_token);
        assert_eq!(
            sessions.accept(&first.access_token, 2_000),
            Err(Denied::Ended)
        );
        assert_eq!(sessions.accept(&second.access_token, 3_000), Ok(()));
        assert_eq!(sessions.refresh(&old, 4_000, None), None);
    }

    #[test]
    fn the_oldest_session_beyond_the_bound_ends() {
        let mut sessions = sessions(None);
        let first = sessions.open(0, None);
        for _ in 0..5 {
            sessions.open(1, None);
        }
        assert_eq!(sessions.accept(&first.access_token, 2), Err(Denied::Ended));
    }

    #[test]
    fn revoking_ends_the_session() {
        let mut sessions = sessions(Some(600));
        let issued = sessions.open(0, Some(10));
        assert_eq!(issued.expires_in_s, 600);
        assert!(sessions.revoke(&issued.refresh.expect("on").0));
        assert_eq!(sessions.accept(&issued.access_token, 1), Err(Denied::Ended));
    }
}
