//! Rate limits, obeyed before they are hit. Pure: the time is handed in.
//!
//! The platform counts requests per user, application and *group* over a sliding window. Reaching the limit starts a
//! penalty in which everything of that group is refused, and every request sent during the penalty restarts it
//! (developer guide, "Rate limits"). So one budget is shared by everything that uses the same credentials, it learns
//! limit and window from the responses, stays one request below the limit, and lets nothing pass during a penalty.

use std::sync::Arc;

use crate::model::HashMap;

/// A rate limit group as the platform names it (`light`, `medium`, `heavy`, `auth`, …), in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RateGroup(Arc<str>);

impl RateGroup {
    /// The group of that name, however it is spelt.
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name.trim().to_ascii_lowercase()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// What holds until a response tells better (developer guide, "Rate limits").
    fn default_limit(&self) -> RateLimit {
        let limit = match self.name() {
            "light" => 50,
            "medium" => 40,
            "auth" => 5,
            _ => 10,
        };
        RateLimit {
            limit,
            window_ms: 60_000,
        }
    }
}

/// How many requests of a group a window of time allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in a window; at least 1.
    pub limit: u32,
    /// The window's length in milliseconds.
    pub window_ms: i64,
}

impl RateLimit {
    /// How many of them are used: one below the limit, since it is not documented whether the last one allowed or
    /// the first one beyond it starts the penalty.
    pub fn usable(self) -> u32 {
        self.limit.saturating_sub(1).max(1)
    }
}

/// A kind of request: its name in messages, and the group it is expected to belong to until a response tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// What it asks for.
    pub name: &'static str,
    /// The group that the platform's documentation gives for it.
    pub group: &'static str,
}

/// What one response told about rates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// `X-Rate-Limit-Group`.
    pub group: Option<RateGroup>,
    /// `X-Rate-Limit-Limit`.
    pub limit: Option<u32>,
    /// `X-Rate-Limit-Remaining`.
    pub remaining: Option<u32>,
    /// `X-Rate-Limit-Window`, in milliseconds.
    pub window_ms: Option<i64>,
    /// Whether the request was refused with 429, and what `Retry-After` said (milliseconds).
    pub refused: Option<Option<i64>>,
}

impl Feedback {
    /// Whether any of the group's own headers came: without them a refusal is about the address or the whole account.
    fn is_of_group(&self) -> bool {
        self.group.is_some() || self.limit.is_some() || self.remaining.is_some()
    }
}

/// Where a group stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupStanding {
    /// Which.
    pub group: RateGroup,
    /// Its limit.
    pub rate: RateLimit,
    /// How many requests could be sent at once, staying one below the limit.
    pub free: u32,
}

/// Whether a request may be sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may, now. The ticket is handed back with the response.
    Granted(Ticket),
    /// Not before this moment (milliseconds since the Unix epoch); later than the present one.
    WaitUntil(i64),
}

/// A request that counts against the budget. If it is never handed back, it counts until its window has surely passed.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "hand it back with `settle`, so that the budget learns from the response"]
pub struct Ticket {
    endpoint: Endpoint,
    group: RateGroup,
    number: u64,
}

/// No request is under way longer than this.
const FLIGHT_MS_MAX: i64 = 60_000;
/// How long to wait after a refusal that does not say how long (developer guide, "Rate limits").
const REFUSED_MS_DEFAULT: i64 = 30_000;
const WINDOW_MS_MAX: i64 = 3_600_000;
const WAIT_MS_MAX: i64 = 86_400_000;

/// What may still be sent, by group.
#[derive(Debug, Default)]
pub struct Budget {
    groups: HashMap<RateGroup, Group>,
    /// Groups that responses told to differ from what was expected.
    learned: HashMap<Endpoint, RateGroup>,
    /// After a refusal that was not about a group, nothing is sent until then.
    blocked_until_ms: i64,
    next_number: u64,
}

impl Budget {
    /// Asks for leave to send a request of this kind.
    pub fn permit(&mut self, endpoint: Endpoint, now_ms: i64) -> Permit {
        let name = self.group_of(endpoint);
        let blocked_until_ms = self.blocked_until_ms;
        let number = self.next_number;
        let group = self.group(&name);
        let free_at_ms = group.free_at_ms(now_ms).max(blocked_until_ms);
        if free_at_ms > now_ms {
            return Permit::WaitUntil(free_at_ms);
        }
        group.spent.push(Spent {
            number,
            until_ms: now_ms + group.rate.window_ms + FLIGHT_MS_MAX,
            is_settled: false,
        });
        self.next_number += 1;
        Permit::Granted(Ticket {
            endpoint,
            group: name,
            number,
        })
    }

    /// Learns from the response to a permitted request (or from there being none: an empty feedback).
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a ticket is handed back once"
    )]
    pub fn settle(&mut self, ticket: Ticket, feedback: &Feedback, now_ms: i64) {
        let group = self.group(&ticket.group);
        group.spent.retain(|spent| spent.number != ticket.number);
        let told = feedback
            .group
            .clone()
            .unwrap_or_else(|| ticket.group.clone());
        if told != ticket.group {
            self.learned.insert(ticket.endpoint, told.clone());
        }
        self.group(&told).settle(ticket.number, feedback, now_ms);
        if let Some(retry_after_ms) = feedback.refused {
            self.block(&told, feedback, retry_after_ms, now_ms);
        }
    }

    /// How many requests of this kind could be sent at once.
    pub fn free(&mut self, endpoint: Endpoint, now_ms: i64) -> u32 {
        let name = self.group_of(endpoint);
        if self.blocked_until_ms > now_ms {
            return 0;
        }
        self.group(&name).free(now_ms)
    }

    /// The limit that holds for requests of this kind, as far as known.
    pub fn limit_of(&mut self, endpoint: Endpoint) -> RateLimit {
        let name = self.group_of(endpoint);
        self.group(&name).rate
    }

    /// Where every group stands that was asked for leave so far, by name.
    pub fn standing(&mut self, now_ms: i64) -> Vec<GroupStanding> {
        let blocked_until_ms = self.blocked_until_ms;
        let standings = self.groups.iter_mut().map(|(name, group)| {
            let free = if blocked_until_ms > now_ms {
                0
            } else {
                group.free(now_ms)
            };
            GroupStanding {
                group: name.clone(),
                rate: group.rate,
                free,
            }
        });
        let mut standings: Vec<GroupStanding> = standings.collect();
        standings.sort_by(|a, b| a.group.name().cmp(b.group.name()));
        standings
    }

    /// The group that requests of this kind belong to, as far as known.
    pub fn group_of(&self, endpoint: Endpoint) -> RateGroup {
        match self.learned.get(&endpoint) {
            Some(told) => told.clone(),
            None => RateGroup::new(endpoint.group),
        }
    }

    fn group(&mut self, name: &RateGroup) -> &mut Group {
        self.groups
            .entry(name.clone())
            .or_insert_with(|| Group::new(name.default_limit()))
    }

    fn block(
        &mut self,
        name: &RateGroup,
        feedback: &Feedback,
        retry_after_ms: Option<i64>,
        now_ms: i64,
    ) {
        let is_of_group = feedback.is_of_group();
        let penalty_ms = if is_of_group {
            self.group(name).rate.window_ms.max(REFUSED_MS_DEFAULT)
        } else {
            REFUSED_MS_DEFAULT
        };
        let wait_ms = retry_after_ms
            .unwrap_or(penalty_ms)
            .clamp(1_000, WAIT_MS_MAX);
        let blocked = if is_of_group {
            &mut self.group(name).blocked_until_ms
        } else {
            &mut self.blocked_until_ms
        };
        *blocked = (*blocked).max(now_ms + wait_ms);
    }
}

#[derive(Debug)]
struct Group {
    rate: RateLimit,
    /// Our own requests that may still be in the platform's window.
    spent: Vec<Spent>,
    /// Requests in the window that are not ours: others use the same credentials.
    foreign_count: u32,
    foreign_until_ms: i64,
    blocked_until_ms: i64,
}

#[derive(Debug)]
struct Spent {
    number: u64,
    /// The platform no longer counts it from then on.
    until_ms: i64,
    is_settled: bool,
}

impl Group {
    fn new(rate: RateLimit) -> Self {
        Self {
            rate,
            spent: Vec::new(),
            foreign_count: 0,
            foreign_until_ms: 0,
            blocked_until_ms: 0,
        }
    }

    fn forget_before(&mut self, now_ms: i64) {
        self.spent.retain(|spent| spent.until_ms > now_ms);
        if self.foreign_until_ms <= now_ms {
            self.foreign_count = 0;
        }
    }

    fn used(&self) -> usize {
        self.spent.len() + self.foreign_count as usize
    }

    fn free(&mut self, now_ms: i64) -> u32 {
        if self.free_at_ms(now_ms) > now_ms {
            return 0;
        }
        let used = u32::try_from(self.used()).unwrap_or(u32::MAX);
        self.rate.usable().saturating_sub(used)
    }

    /// The first moment, not before `now_ms`, at which one more request stays below the limit.
    fn free_at_ms(&mut self, now_ms: i64) -> i64 {
        self.forget_before(now_ms);
        let usable = self.rate.usable() as usize;
        let used = self.used();
        let mut free_at_ms = now_ms.max(self.blocked_until_ms);
        if used >= usable {
            let mut ends: Vec<i64> = self.spent.iter().map(|spent| spent.until_ms).collect();
            ends.extend((0..self.foreign_count).map(|_| self.foreign_until_ms));
            ends.sort_unstable();
            free_at_ms = free_at_ms.max(ends[used - usable]);
        }
        free_at_ms
    }

    fn settle(&mut self, number: u64, feedback: &Feedback, now_ms: i64) {
        if let Some(limit) = feedback.limit {
            self.rate.limit = limit.max(1);
        }
        if let Some(window_ms) = feedback.window_ms {
            self.rate.window_ms = window_ms.clamp(1_000, WINDOW_MS_MAX);
        }
        let window_ms = self.rate.window_ms;
        self.forget_before(now_ms);
        // It was counted at some moment up to now; one millisecond more, should both ends of the window count.
        self.spent.push(Spent {
            number,
            until_ms: now_ms + window_ms + 1,
            is_settled: true,
        });
        if let Some(remaining) = feedback.remaining {
            let counted = self.rate.limit.saturating_sub(remaining);
            let ours = self.spent.iter().filter(|spent| spent.is_settled).count();
            self.foreign_count = counted.saturating_sub(u32::try_from(ours).unwrap_or(u32::MAX));
            self.foreign_until_ms = now_ms + window_ms + 1;
            if remaining == 0 {
                self.blocked_until_ms = self.blocked_until_ms.max(now_ms + window_ms);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SWEEP: Endpoint = Endpoint {
        name: "account presence",
        group: "heavy",
    };
    const SINGLE: Endpoint = Endpoint {
        name: "one presence",
        group: "light",
    };

    fn granted(budget: &mut Budget, endpoint: Endpoint, now_ms: i64) -> Ticket {
        match budget.permit(endpoint, now_ms) {
            Permit::Granted(ticket) => ticket,
            Permit::WaitUntil(at) => panic!("has to wait until {at}"),
        }
    }

    fn told(group: &str, limit: u32, remaining: u32) -> Feedback {
        Feedback {
            group: Some(RateGroup::new(group)),
            limit: Some(limit),
            remaining: Some(remaining),
            window_ms: Some(60_000),
            refused: None,
        }
    }

    #[test]
    fn stays_one_below_the_limit() {
        let mut budget = Budget::default();
        for sent in 0..9 {
            let ticket = granted(&mut budget, SWEEP, 0);
            budget.settle(ticket, &told("Heavy", 10, 9 - sent), 0);
        }
        assert_eq!(budget.permit(SWEEP, 0), Permit::WaitUntil(60_001));
        assert_eq!(budget.free(SINGLE, 0), 49, "groups are independent");
        let _ = granted(&mut budget, SWEEP, 60_001);
    }

    #[test]
    fn others_who_use_the_same_credentials_count() {
        let mut budget = Budget::default();
        let ticket = granted(&mut budget, SWEEP, 0);
        budget.settle(ticket, &told("heavy", 10, 1), 100);
        assert_eq!(budget.free(SWEEP, 100), 0);
        assert_eq!(budget.permit(SWEEP, 100), Permit::WaitUntil(60_101));
    }

    #[test]
    fn nothing_remaining_means_a_whole_window() {
        let mut budget = Budget::default();
        let ticket = granted(&mut budget, SINGLE, 0);
        budget.settle(ticket, &told("light", 50, 0), 7);
        assert!(matches!(
            budget.permit(SINGLE, 7),
            Permit::WaitUntil(60_007..)
        ));
    }

    #[test]
    fn a_refusal_blocks_its_group_for_as_long_as_it_says() {
        let mut budget = Budget::default();
        let ticket = granted(&mut budget, SWEEP, 0);
        let refused = Feedback {
            refused: Some(Some(45_000)),
            remaining: None,
            ..told("heavy", 10, 0)
        };
        budget.settle(ticket, &refused, 1_000);
        assert_eq!(budget.permit(SWEEP, 45_999), Permit::WaitUntil(46_000));
        assert!(matches!(budget.permit(SINGLE, 45_999), Permit::Granted(_)));
        let _ = granted(&mut budget, SWEEP, 46_000);
    }

    #[test]
    fn a_refusal_without_a_time_costs_the_penalty() {
        let mut budget = Budget::default();
        let ticket = granted(&mut budget, SWEEP, 0);
        let refused = Feedback {
            refused: Some(None),
            remaining: None,
            ..told("heavy", 10, 0)
        };
        budget.settle(ticket, &refused, 0);
        assert_eq!(budget.permit(SWEEP, 1), Permit::WaitUntil(60_000));
    }

    #[test]
    fn a_refusal_that_names_no_group_blocks_everything() {
        let mut budget = Budget::default();
        let ticket = granted(&mut budget, SWEEP, 0);
        let refused = Feedback {
            refused: Some(None),
            ..Feedback::default()
        };
        budget.settle(ticket, &refused, 0);
        assert_eq!(budget.permit(SINGLE, 0), Permit::WaitUntil(30_000));
        assert_eq!(budget.free(SINGLE, 0), 0);
    }

    #[test]
    fn an_endpoint_moves_to_the_group_that_responses_name() {
        let mut budget = Budget::default();
        let ticket = granted(&mut budget, SWEEP, 0);
        budget.settle(ticket, &told("presence-bulk", 3, 2), 0);
        assert_eq!(
            budget.limit_of(SWEEP),
            RateLimit {
                limit: 3,
                window_ms: 60_000
            }
        );
        assert_eq!(budget.free(SWEEP, 0), 1);
    }

    #[test]
    fn an_answer_that_never_came_still_counts() {
        let mut budget = Budget::default();
        for _ in 0..9 {
            let _ = granted(&mut budget, SWEEP, 0);
        }
        assert_eq!(budget.permit(SWEEP, 0), Permit::WaitUntil(120_000));
    }

    /// The platform's side of it: a sliding window, and a penalty that every request prolongs.
    struct Platform {
        limit: u32,
        window_ms: i64,
        seen_ms: Vec<i64>,
    }

    impl Platform {
        /// Counts a request that arrives at `at_ms`; how many are in the window then, this one included.
        fn arrive(&mut self, at_ms: i64) -> u32 {
            self.seen_ms.push(at_ms);
            let from_ms = at_ms - self.window_ms;
            let in_window = self.seen_ms.iter().filter(|seen| **seen >= from_ms).count();
            u32::try_from(in_window).expect("few")
        }
    }

    proptest! {
        #[test]
        fn the_platform_never_counts_up_to_its_limit(
            limit in 2_u32..15,
            window_s in 1_i64..120,
            legs in proptest::collection::vec((0_i64..20_000, 0_i64..3_000, 0_i64..3_000, any::<bool>()), 1..120),
        ) {
            let mut platform = Platform { limit, window_ms: window_s * 1_000, seen_ms: Vec::new() };
            let mut budget = Budget::default();
            let mut now_ms = 0;
            for (pause_ms, there_ms, back_ms, has_headers) in legs {
                now_ms += pause_ms;
                let ticket = match budget.permit(SWEEP, now_ms) {
                    Permit::Granted(ticket) => ticket,
                    Permit::WaitUntil(at_ms) => {
                        prop_assert!(at_ms > now_ms);
                        now_ms = at_ms;
                        match budget.permit(SWEEP, now_ms) {
                            Permit::Granted(ticket) => ticket,
                            Permit::WaitUntil(_) => return Err(TestCaseError::fail("was told to wait until now")),
                        }
                    }
                };
                let counted = platform.arrive(now_ms + there_ms);
                prop_assert!(counted < limit, "{counted} of {limit}");
                now_ms += there_ms + back_ms;
                let first = platform.seen_ms.len() == 1;
                let feedback = if has_headers || first {
                    Feedback {
                        group: Some(RateGroup::new("heavy")),
                        limit: Some(platform.limit),
                        remaining: Some(platform.limit - counted),
                        window_ms: Some(platform.window_ms),
                        refused: None,
                    }
                } else {
                    Feedback::default()
                };
                budget.settle(ticket, &feedback, now_ms);
            }
        }

        #[test]
        fn nothing_passes_during_a_penalty(
            retry_after_s in proptest::option::of(1_i64..600),
            names_group in any::<bool>(),
            asked_ms in proptest::collection::vec(0_i64..700_000, 1..20),
        ) {
            let mut budget = Budget::default();
            let ticket = granted(&mut budget, SWEEP, 0);
            let feedback = Feedback {
                group: names_group.then(|| RateGroup::new("heavy")),
                refused: Some(retry_after_s.map(|seconds| seconds * 1_000)),
                ..Feedback::default()
            };
            budget.settle(ticket, &feedback, 0);
            let end_ms = retry_after_s.map_or(if names_group { 60_000 } else { 30_000 }, |s| s * 1_000);
            for at_ms in asked_ms {
                let passes = budget.free(SWEEP, at_ms) > 0;
                prop_assert_eq!(passes, at_ms >= end_ms);
            }
        }
    }
}
