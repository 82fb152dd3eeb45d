//! Rate limits, obeyed before they are hit. Pure: the time is handed in.
//!
//! The platform counts requests per user, application and *group* over a sliding window. Reaching the limit starts a
//! penalty in which everything of that group is refused, and every request sent during the penalty restarts it
//! (developer guide, "Rate limits"). So one budget is shared by everything that uses the same credentials, it learns
//! limit and window from the responses, stays one request below the limit, and lets nothing pass during a penalty.
//!
//! **Invariant:** whatever the headers say, a request is put off by no more than [`WAIT_MS_MAX`], the memory needed does
//! not depend on the numbers, and one odd answer costs ten minutes, not a day. Numbers beyond what can be believed are
//! cut to the nearest that can, and named ([`Capped`]).

use std::fmt;
use std::sync::Arc;

use presence_model::HashMap;

/// A rate limit group as the platform names it (`light`, `medium`, `heavy`, `auth`, …), in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RateGroup(Arc<str>);

impl RateGroup {
    /// The group of that name, however it is spelt.
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name.trim().to_ascii_lowercase()))
    }

    /// The group that a response names; `None` if that is no name: the platform's are short words.
    pub fn told(name: &str) -> Option<Self> {
        let name = name.trim();
        let is_name = (1..=GROUP_NAME_BYTES_MAX).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        is_name.then(|| Self::new(name))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// What holds until a response says otherwise (developer guide, "Rate limits").
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

/// A kind of request: its name in messages, and the group it is expected to belong to until a response says so.
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
    /// Whether there was an answer that is no such refusal.
    pub answered: bool,
}

impl Feedback {
    /// Whether any of the group's own headers came: without them a refusal is about the address or the whole account.
    fn is_of_group(&self) -> bool {
        self.group.is_some() || self.limit.is_some() || self.remaining.is_some()
    }
}

/// A number that the platform sent, and the one that is used in its stead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capped {
    /// The header.
    pub header: &'static str,
    /// What it says; times are in milliseconds.
    pub told: i64,
    /// What is used.
    pub used: i64,
}

impl Capped {
    /// `told`, or the nearest number in `from..=to`; in the latter case that is noted.
    fn clamp(
        header: &'static str,
        told: i64,
        (from, to): (i64, i64),
        noted: &mut Vec<Self>,
    ) -> i64 {
        let used = told.clamp(from, to);
        if used != told {
            noted.push(Self { header, told, used });
        }
        used
    }
}

impl fmt::Display for Capped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header, told, used } = self;
        if *header == LIMIT_HEADER {
            write!(f, "{header} {told} is out of bounds; {used} is used")
        } else {
            let (told_s, used_s) = (told / 1_000, used / 1_000);
            write!(
                f,
                "{header} {told_s} s is out of bounds; {used_s} s is used"
            )
        }
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
/// Requests in a window: the platform's samples show up to 1,000. To stay below a lower limit is always safe.
const LIMIT_MAX: i64 = 10_000;
/// The platform's windows are a minute; one that is longer shows by a refusal.
const WINDOW_MS: (i64, i64) = (1_000, 600_000);
/// How long the first refusal is obeyed at most, whatever it says. Each that follows in a row is obeyed twice as long as
/// the one before, up to [`WAIT_MS_MAX`]: a platform that means it is obeyed, and one odd answer does not cost a day.
const FIRST_WAIT_MS_MAX: i64 = 600_000;
/// No request is put off for longer.
pub const WAIT_MS_MAX: i64 = 86_400_000;
/// The platform documents four groups.
const GROUPS_MAX: usize = 16;
const GROUP_NAME_BYTES_MAX: usize = 32;
pub(super) const LIMIT_HEADER: &str = "X-Rate-Limit-Limit";
pub(super) const WINDOW_HEADER: &str = "X-Rate-Limit-Window";
pub(super) const WAIT_HEADER: &str = "Retry-After";

/// What may still be sent, by group.
#[derive(Debug, Default)]
pub struct Budget {
    groups: HashMap<RateGroup, Group>,
    /// Groups that responses told to differ from what was expected.
    learned: HashMap<Endpoint, RateGroup>,
    /// After a refusal that was not about a group, nothing is sent.
    block: Block,
    next_number: u64,
}

impl Budget {
    /// Asks for leave to send a request of this kind.
    pub fn permit(&mut self, endpoint: Endpoint, now_ms: i64) -> Permit {
        let name = self.group_of(endpoint);
        let blocked_until_ms = self.block.until_ms(now_ms);
        let number = self.next_number;
        let group = self.group(&name);
        let free_at_ms = group.free_at_ms(now_ms).max(blocked_until_ms);
        if free_at_ms > now_ms {
            return Permit::WaitUntil(free_at_ms);
        }
        group.spent.push(Spent {
            number,
            until_ms: now_ms.saturating_add(group.rate.window_ms + FLIGHT_MS_MAX),
            is_settled: false,
        });
        self.next_number += 1;
        Permit::Granted(Ticket {
            endpoint,
            group: name,
            number,
        })
    }

    /// Learns from the response to a permitted request (or from there being none: an empty feedback). Gives back the
    /// numbers that were not believed as they stand.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a ticket is handed back once"
    )]
    pub fn settle(&mut self, ticket: Ticket, feedback: &Feedback, now_ms: i64) -> Vec<Capped> {
        let group = self.group(&ticket.group);
        group.spent.retain(|spent| spent.number != ticket.number);
        let told = match &feedback.group {
            Some(told) if self.groups.contains_key(told) || self.groups.len() < GROUPS_MAX => told,
            _ => &ticket.group,
        };
        if *told != ticket.group {
            self.learned.insert(ticket.endpoint, told.clone());
        }
        let mut capped = Vec::new();
        let group = self.group(told);
        group.settle(ticket.number, feedback, now_ms, &mut capped);
        if let Some(retry_after_ms) = feedback.refused {
            let is_of_group = feedback.is_of_group();
            let (block, penalty_ms) = if is_of_group {
                let penalty_ms = group.rate.window_ms.max(REFUSED_MS_DEFAULT);
                (&mut group.block, penalty_ms)
            } else {
                (&mut self.block, REFUSED_MS_DEFAULT)
            };
            block.refuse(retry_after_ms.unwrap_or(penalty_ms), now_ms, &mut capped);
        } else if feedback.answered {
            group.block.refusals_in_a_row = 0;
            self.block.refusals_in_a_row = 0;
        }
        capped
    }

    /// How many requests of this kind could be sent at once.
    pub fn free(&mut self, endpoint: Endpoint, now_ms: i64) -> u32 {
        let name = self.group_of(endpoint);
        if self.block.until_ms(now_ms) > now_ms {
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
        let blocked_until_ms = self.block.until_ms(now_ms);
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
}

/// Nothing is sent until it ends.
#[derive(Debug, Default)]
struct Block {
    until_ms: i64,
    /// The latest wait that a refusal asked for ends then.
    refused_until_ms: i64,
    /// Refusals without an answer in between, each after the wait of the one before.
    refusals_in_a_row: u32,
}

impl Block {
    /// When it ends, at most [`WAIT_MS_MAX`] from now: the clock may have been set back since.
    fn until_ms(&mut self, now_ms: i64) -> i64 {
        self.until_ms = self.until_ms.min(now_ms.saturating_add(WAIT_MS_MAX));
        self.until_ms
    }

    fn refuse(&mut self, wait_ms: i64, now_ms: i64, capped: &mut Vec<Capped>) {
        if now_ms >= self.refused_until_ms {
            self.refusals_in_a_row = self.refusals_in_a_row.saturating_add(1);
        }
        let doublings = self.refusals_in_a_row.saturating_sub(1).min(16);
        let longest_ms = (FIRST_WAIT_MS_MAX << doublings).min(WAIT_MS_MAX);
        let wait_ms = Capped::clamp(WAIT_HEADER, wait_ms.max(1_000), (1_000, longest_ms), capped);
        self.refused_until_ms = now_ms.saturating_add(wait_ms);
        self.until_ms = self.until_ms.max(self.refused_until_ms);
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
    block: Block,
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
            block: Block::default(),
        }
    }

    /// Nothing counts for longer than a window and a flight from now on: the clock may have been set back since.
    fn forget_before(&mut self, now_ms: i64) {
        self.spent.retain(|spent| spent.until_ms > now_ms);
        if self.foreign_until_ms <= now_ms {
            self.foreign_count = 0;
        }
        let latest_ms = now_ms.saturating_add(self.rate.window_ms + FLIGHT_MS_MAX);
        self.foreign_until_ms = self.foreign_until_ms.min(latest_ms);
        for spent in &mut self.spent {
            spent.until_ms = spent.until_ms.min(latest_ms);
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
        let free_at_ms = now_ms.max(self.block.until_ms(now_ms));
        match used.checked_sub(usable) {
            Some(excess) => free_at_ms.max(self.end_ms(excess)),
            None => free_at_ms,
        }
    }

    /// When the `index`th (from 0) of the requests in the window ceases to count: ours one by one, the others' at once.
    fn end_ms(&self, index: usize) -> i64 {
        let mut ours: Vec<i64> = self.spent.iter().map(|spent| spent.until_ms).collect();
        ours.sort_unstable();
        let earlier = ours.partition_point(|end_ms| *end_ms < self.foreign_until_ms);
        let foreign = self.foreign_count as usize;
        if (earlier..earlier + foreign).contains(&index) {
            return self.foreign_until_ms;
        }
        ours[if index < earlier {
            index
        } else {
            index - foreign
        }]
    }

    fn settle(&mut self, number: u64, feedback: &Feedback, now_ms: i64, capped: &mut Vec<Capped>) {
        if let Some(limit) = feedback.limit {
            let limit = Capped::clamp(LIMIT_HEADER, i64::from(limit), (1, LIMIT_MAX), capped);
            self.rate.limit = u32::try_from(limit).unwrap_or(self.rate.limit);
        }
        if let Some(window_ms) = feedback.window_ms {
            self.rate.window_ms = Capped::clamp(WINDOW_HEADER, window_ms, WINDOW_MS, capped);
        }
        let window_ms = self.rate.window_ms;
        self.forget_before(now_ms);
        // It was counted at some moment up to now; one millisecond more, should both ends of the window count.
        self.spent.push(Spent {
            number,
            until_ms: now_ms.saturating_add(window_ms + 1),
            is_settled: true,
        });
        if let Some(remaining) = feedback.remaining {
            let counted = self.rate.limit.saturating_sub(remaining);
            let ours = self.spent.iter().filter(|spent| spent.is_settled).count();
            self.foreign_count = counted.saturating_sub(u32::try_from(ours).unwrap_or(u32::MAX));
            self.foreign_until_ms = now_ms.saturating_add(window_ms + 1);
            if remaining == 0 {
                let until_ms = now_ms.saturating_add(window_ms);
                self.block.until_ms = self.block.until_ms.max(until_ms);
            }
        }
    }
}

#[cfg(test)]
mod tests;
