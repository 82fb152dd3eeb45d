//! Where one extension stood at a moment, as far as is known.

use presence_model::coverage::{CoverageSegment, Heartbeat};
use presence_model::history::{ExtensionHistory, Interval};
use presence_model::ids::{MessageId, StateId};
use presence_model::time::Timestamp;

use super::track::Back;

/// What is known of an extension at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It showed this.
    Known {
        /// The state.
        state_id: StateId,
        /// The status message, if there was one.
        message_id: Option<MessageId>,
    },
    /// No sweep covers it.
    Unknown,
    /// It did not exist.
    Absent,
}

/// One extension at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// What is known.
    pub standing: Standing,
    /// Whether it rests on no later sweep.
    pub presumed: bool,
    /// From when on this is known (or unknown), without a gap.
    pub since: Timestamp,
    /// The change that began it cannot have happened before; `None` where no change began it.
    pub since_earliest: Option<Timestamp>,
}

/// Where an extension stood at `moment`; `None` if it had not been seen by then.
///
/// A sweep at that very moment counts, also when it is the last one before a gap. `complete` are the account's
/// segments of complete sweeps; `now` is the present moment, until which the last sweep is presumed to hold.
pub fn as_of(
    history: &ExtensionHistory,
    complete: &[CoverageSegment],
    moment: Timestamp,
    now: Timestamp,
) -> Option<AsOf> {
    let life = history.existence.iter().rfind(|life| life.from <= moment)?;
    if let Some(gone_at) = life.until.filter(|&until| until <= moment) {
        let mut intervals = history.intervals.iter();
        let was_seen_until_then = intervals.any(|interval| interval.until == Some(gone_at));
        let next = history.existence.iter().find(|later| later.from > moment);
        let absence = Absence {
            gone_at,
            not_before: life.certain_until.filter(|_| was_seen_until_then),
            back: next.map(|next| Back::to(next, history)),
        };
        return Some(absence.as_of(complete, moment, now));
    }
    let interval = history
        .intervals
        .iter()
        .rfind(|interval| interval.from <= moment)?;
    Some(present_as_of(interval, history.last_seen, moment, now))
}

/// The same by the last interval that began at or before `moment` alone, whatever else there is of the history; `None`
/// if it had ended by then: then only the history shows it.
pub fn as_of_interval(
    interval: &Interval,
    last_seen: Option<Heartbeat>,
    moment: Timestamp,
    now: Timestamp,
) -> Option<AsOf> {
    let goes_on = interval.until.is_none_or(|until| until > moment);
    goes_on.then(|| present_as_of(interval, last_seen, moment, now))
}

fn present_as_of(
    interval: &Interval,
    last_seen: Option<Heartbeat>,
    moment: Timestamp,
    now: Timestamp,
) -> AsOf {
    let known_until = interval
        .until
        .or(last_seen.map(|heartbeat| heartbeat.at))
        .unwrap_or(interval.from)
        .max(interval.from);
    let is_known = moment <= known_until && moment <= now;
    let is_presumed = !is_known
        && interval.until.is_none()
        && moment <= now
        && last_seen.is_some_and(|heartbeat| heartbeat.brackets(now));
    if is_known || is_presumed {
        AsOf {
            standing: Standing::Known {
                state_id: interval.state_id,
                message_id: interval.message_id,
            },
            presumed: is_presumed,
            since: interval.from,
            since_earliest: interval.not_before,
        }
    } else {
        unknown_since(known_until)
    }
}

/// A time range in which an extension did not exist.
struct Absence {
    gone_at: Timestamp,
    not_before: Option<Timestamp>,
    back: Option<Back>,
}

impl Absence {
    fn as_of(&self, complete: &[CoverageSegment], moment: Timestamp, now: Timestamp) -> AsOf {
        if moment == self.gone_at && moment <= now {
            return AsOf {
                standing: Standing::Absent,
                presumed: false,
                since: self.gone_at,
                since_earliest: self.not_before,
            };
        }
        let segment = complete.iter().rfind(|segment| segment.from <= moment);
        let Some(segment) = segment.filter(|_| moment <= now) else {
            return unknown_since(self.gone_at);
        };
        // The sweep that saw it again did not lack it: only those before tell of the absence.
        let lacked_until = self.back.and_then(|back| back.lacked_at);
        let swept_until = segment.until.min(lacked_until.unwrap_or(Timestamp::MAX));
        let swept_until = swept_until.max(segment.from);
        let is_inspected = moment <= swept_until.max(self.gone_at);
        // The segment has the last sweep that lacked it, which its start stands for.
        let is_ended_by_a_look = self.back.is_some_and(|back| back.is_bracketed)
            && lacked_until.is_some_and(|lacked_at| {
                lacked_at <= segment.until.max(self.gone_at) && lacked_at <= moment
            });
        let is_last = complete.last() == Some(segment);
        let is_presumed = self.back.is_none() && is_last && segment.last_sweep().brackets(now);
        if !is_inspected && !is_ended_by_a_look && !is_presumed {
            return unknown_since(swept_until.max(self.gone_at));
        }
        AsOf {
            standing: Standing::Absent,
            presumed: !is_inspected && is_presumed,
            since: segment.from.max(self.gone_at),
            since_earliest: self.not_before.filter(|_| segment.from <= self.gone_at),
        }
    }
}

fn unknown_since(since: Timestamp) -> AsOf {
    AsOf {
        standing: Standing::Unknown,
        presumed: false,
        since,
        since_earliest: None,
    }
}
