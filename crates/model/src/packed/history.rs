//! What a window needs of a history that is packed in part.

use super::block::{Block, BlockError, BlockKey, Parts};
use crate::history::{ExtensionHistory, Interval};
use crate::ids::AccountId;
use crate::month::Month;
use crate::time::TimeRange;

/// A block as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedBlock {
    /// The month in which its intervals end.
    pub month: Month,
    /// What [`Block::pack`] gave.
    pub bytes: Vec<u8>,
}

/// One extension's history as far as a window needs it, with the intervals still packed: reading it is one thing,
/// unpacking it another, which any thread can do.
#[derive(Clone, Debug, PartialEq)]
pub struct PackedHistory {
    /// Whose account it is in.
    pub account_id: AccountId,
    /// The window.
    pub window: TimeRange,
    /// Everything but the intervals, which are empty here.
    pub history: ExtensionHistory,
    /// The blocks that may hold intervals of the window, by month.
    pub blocks: Vec<PackedBlock>,
    /// The intervals after those of the blocks that may be of the window, by time. Where there are no blocks, exactly
    /// those that the window needs.
    pub tail: Vec<Interval>,
}

impl PackedHistory {
    /// Appends the intervals that the window needs to `intervals`: see [`ExtensionHistory::intervals`].
    pub fn unpack(&self, intervals: &mut Vec<Interval>) -> Result<(), BlockError> {
        self.unpack_parts(Parts::All, intervals)
    }

    /// The same, as far as `parts` says.
    pub fn unpack_parts(
        &self,
        parts: Parts,
        intervals: &mut Vec<Interval>,
    ) -> Result<(), BlockError> {
        let mut part = WindowPart::new(self.window, intervals.len());
        for block in &self.blocks {
            let key = BlockKey {
                account_id: self.account_id,
                extension_id: self.history.extension_id,
                month: block.month,
            };
            let block = Block::open(key, &block.bytes, parts)?;
            // A carried interval that is there already is the last one of the block before.
            let is_known = intervals.len() > part.start;
            let mut first = usize::from(block.has_carried() && is_known);
            let mut batches = block.batches();
            loop {
                let before = intervals.len();
                if !batches.next(intervals)? {
                    break;
                }
                if first > 0 {
                    intervals.drain(before..before + first);
                    first = 0;
                }
                if part.settle(intervals, before) == Settled::Enough {
                    return Ok(());
                }
            }
        }
        let before = intervals.len();
        intervals.extend_from_slice(&self.tail);
        part.settle(intervals, before);
        Ok(())
    }

    /// The history as if nothing were packed.
    pub fn into_history(mut self) -> Result<ExtensionHistory, BlockError> {
        let intervals = if self.blocks.is_empty() {
            std::mem::take(&mut self.tail)
        } else {
            let mut intervals = Vec::new();
            self.unpack(&mut intervals)?;
            intervals
        };
        Ok(ExtensionHistory {
            intervals,
            ..self.history
        })
    }
}

/// Whether a window has all that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    Enough,
    MoreNeeded,
}

/// The part of an extension's intervals that a window needs, being put together from the earliest on.
struct WindowPart {
    window: TimeRange,
    /// Where it begins in the list.
    start: usize,
    /// How many begin at or after the window's end.
    after: usize,
}

impl WindowPart {
    /// How many intervals are needed that begin at or after the window's end.
    const AFTER: usize = 2;

    fn new(window: TimeRange, start: usize) -> Self {
        Self {
            window,
            start,
            after: 0,
        }
    }

    /// Takes out what is not needed of the intervals from `added` on, and what is no longer needed of those before.
    fn settle(&mut self, intervals: &mut Vec<Interval>, added: usize) -> Settled {
        let begins_before = |moment| {
            let new = &intervals[added..];
            new.partition_point(|one| one.from < moment)
        };
        let early = begins_before(self.window.from());
        let within = begins_before(self.window.to());
        let wanted = added + within + (Self::AFTER - self.after);
        intervals.truncate(wanted);
        self.after += (intervals.len() - added).saturating_sub(within);
        if early > 0 {
            intervals.drain(self.start..added + early - 1);
        }
        if self.after == Self::AFTER {
            Settled::Enough
        } else {
            Settled::MoreNeeded
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ExtensionId, Position, StateId};
    use crate::packed::{ended_before, pack_month};
    use crate::time::Timestamp;
    use proptest::prelude::*;

    const DAY_MS: i64 = 86_400_000;
    /// 2026-10-01T00:00:00Z.
    const START_MS: i64 = 1_790_812_800_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::saturating_from_ms(START_MS + ms)
    }

    /// Intervals that last and are apart as given; the last one goes on.
    fn history(parts: &[(i64, i64)]) -> Vec<Interval> {
        let mut now = 0;
        let mut intervals = Vec::new();
        for (index, (gap, duration)) in (0..).zip(parts) {
            let from = now + gap;
            now = from + duration;
            let is_last = index + 1 == i64::try_from(parts.len()).expect("there are few");
            intervals.push(Interval {
                from: at(from),
                not_before: (*gap == 0).then(|| at(from - 7)),
                certain_until: (!is_last).then(|| at(now)),
                until: (!is_last).then(|| at(now)),
                state_id: StateId(index % 5),
                message_id: None,
                position: Position(index),
            });
        }
        intervals
    }

    /// The same as a store has it when what ended before `until` is packed.
    fn packed(intervals: &[Interval], until: Timestamp, window: TimeRange) -> PackedHistory {
        let extension_id = ExtensionId(101);
        let mut blocks = Vec::new();
        let mut month = Month::of(at(0));
        while month.start() < until {
            let packed = pack_month(AccountId(1), extension_id, month, until, intervals);
            blocks.extend(packed.expect("all have ended").map(|month| month.block));
            month = month.next();
        }
        let first = Month::of(window.from());
        let needed = blocks.iter().rposition(|block| block.month <= first);
        blocks.drain(..needed.unwrap_or(0));
        PackedHistory {
            account_id: AccountId(1),
            window,
            history: ExtensionHistory {
                extension_id,
                intervals: Vec::new(),
                existence: Vec::new(),
                profiles: Vec::new(),
                last_seen: None,
            },
            blocks,
            tail: intervals[ended_before(intervals, until)..].to_vec(),
        }
    }

    /// What the window needs, by looking at every interval.
    fn needed(intervals: &[Interval], window: TimeRange) -> &[Interval] {
        let before = intervals.partition_point(|one| one.from < window.from());
        let within = intervals.partition_point(|one| one.from < window.to());
        &intervals[before.saturating_sub(1)..(within + 2).min(intervals.len())]
    }

    #[test]
    fn a_window_begins_with_what_came_before_a_gap() {
        let intervals = history(&[(0, DAY_MS), (40 * DAY_MS, DAY_MS), (0, DAY_MS)]);
        let november = Month::of(at(35 * DAY_MS));
        let window = november.span().expect("it is no far future");
        let history = packed(&intervals, november.next().start(), window);
        assert_eq!(history.blocks.len(), 1, "October's is not needed");
        let mut unpacked = Vec::new();
        history.unpack(&mut unpacked).expect("it is whole");
        assert_eq!(unpacked, intervals);
        let window = TimeRange::new(at(0), window.to()).expect("it is long");
        let history = packed(&intervals, november.next().start(), window);
        assert_eq!(history.blocks.len(), 2);
        let mut unpacked = Vec::new();
        history.unpack(&mut unpacked).expect("it is whole");
        assert_eq!(unpacked, intervals, "it is there once");
    }

    #[test]
    fn what_is_in_the_list_already_stays() {
        let intervals = history(&[(0, DAY_MS), (0, DAY_MS), (0, DAY_MS)]);
        let window = TimeRange::new(at(DAY_MS), at(2 * DAY_MS)).expect("it is long");
        let history = packed(&intervals, Month::of(at(0)).next().start(), window);
        let mut unpacked = intervals.clone();
        history.unpack(&mut unpacked).expect("it is whole");
        assert_eq!(unpacked[..3], intervals[..]);
        assert_eq!(unpacked[3..], *needed(&intervals, window));
    }

    proptest! {
        #[test]
        fn packed_or_not_a_window_is_the_same(
            parts in proptest::collection::vec(
                (
                    prop_oneof![6 => Just(0), 1 => 1..3 * DAY_MS, 1 => 1..70 * DAY_MS],
                    prop_oneof![1 => Just(0), 9 => 1..DAY_MS, 1 => 1..70 * DAY_MS],
                ),
                1..300,
            ),
            until in 0_i64..400,
            from in -40_i64..400,
            hours in 1_i64..3000,
        ) {
            // An interval that lasts no time begins where the next one does, unless there is a gap.
            let parts: Vec<(i64, i64)> =
                parts.into_iter().map(|(gap, duration)| (gap, if gap == 0 { duration.max(1) } else { duration })).collect();
            let mut intervals = history(&parts);
            intervals.dedup_by_key(|one| one.from);
            let until = at(until * DAY_MS);
            let from = from * DAY_MS;
            let window = TimeRange::new(at(from), at(from + hours * 3_600_000)).expect("it is long");
            let mut unpacked = Vec::new();
            packed(&intervals, until, window).unpack(&mut unpacked).expect("it is whole");
            prop_assert_eq!(&unpacked[..], needed(&intervals, window));
        }
    }
}
