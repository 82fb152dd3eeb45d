//! Where one extension stood at a moment, as far as is known.

use crate::model::coverage::CoverageSegment;
use crate::model::history::{ExtensionHistory, Interval};
use crate::model::ids::{MessageId, StateId};
use crate::model::time::Timestamp;

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
    /// Nobody looked.
    Unknown,
    /// It did not exist.
    Absent,
}

/// One extension at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// What is known.
    pub standing: Standing,
    /// Whether it rests on no later look.
    pub presumed: bool,
    /// From when on this is known (or unknown), without a gap.
    pub since: Timestamp,
    /// The change that began it cannot have happened before; `None` where no change began it.
    pub since_earliest: Option<Timestamp>,
}

/// Where an extension stood at `moment`; `None` if it had not been seen by then.
///
/// A look at that very moment counts, also when it is the last one before a gap. `complete` are the account's
/// stretches of complete looks; `now` is the present moment, until which the last look is presumed to hold.
pub fn as_of(
    history: &ExtensionHistory,
    complete: &[CoverageSegment],
    moment: Timestamp,
    now: Timestamp,
) -> Option<AsOf> {
    let life = history.lives.iter().rfind(|life| life.from <= moment)?;
    if let Some(gone_at) = life.until.filter(|&until| until <= moment) {
        let next_from = history.lives.iter().find(|later| later.from > moment);
        let since_earliest = life.certain_until.filter(|_| {
            let mut intervals = history.intervals.iter();
            intervals.any(|interval| interval.until == Some(gone_at))
        });
        let back_at = next_from.map(|later| later.from);
        return Some(absent_as_of(
            gone_at,
            since_earliest,
            back_at,
            complete,
            moment,
            now,
        ));
    }
    let interval = history
        .intervals
        .iter()
        .rfind(|interval| interval.from <= moment)?;
    Some(present_as_of(history, interval, moment, now))
}

fn present_as_of(
    history: &ExtensionHistory,
    interval: &Interval,
    moment: Timestamp,
    now: Timestamp,
) -> AsOf {
    let last_seen = history.last_seen;
    let known_until = interval
        .until
        .or(last_seen.map(|look| look.at))
        .unwrap_or(interval.from);
    let is_known = moment <= known_until && moment <= now;
    let is_presumed = !is_known
        && interval.until.is_none()
        && moment <= now
        && last_seen.is_some_and(|look| look.brackets(now));
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

fn absent_as_of(
    gone_at: Timestamp,
    since_earliest: Option<Timestamp>,
    back_at: Option<Timestamp>,
    complete: &[CoverageSegment],
    moment: Timestamp,
    now: Timestamp,
) -> AsOf {
    let segment = complete.iter().rfind(|segment| segment.from <= moment);
    let Some(segment) = segment.filter(|_| moment <= now) else {
        return unknown_since(gone_at);
    };
    let last_look = segment.last_look();
    let is_looked_at = moment <= segment.until.max(gone_at);
    let next_look = back_at.filter(|&back_at| last_look.brackets(back_at));
    let is_last = complete.last() == Some(segment);
    let is_presumed =
        next_look.is_none() && back_at.is_none() && is_last && last_look.brackets(now);
    if !is_looked_at && next_look.is_none() && !is_presumed {
        return unknown_since(segment.until.max(gone_at));
    }
    let after_gap = segment.from > gone_at;
    AsOf {
        standing: Standing::Absent,
        presumed: !is_looked_at && is_presumed,
        since: segment.from.max(gone_at),
        since_earliest: since_earliest.filter(|_| !after_gap),
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
