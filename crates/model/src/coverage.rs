//! When the account was swept.

use super::time::Timestamp;
use crate::named;

/// The times of a sweep, and how far it reaches, as seen from what came after it.
///
/// A sweep takes time, and what it saw was so at some moment of it. So that no time is called known that may not be, the
/// sweep's start stands for what it saw as long as it is the earlier of two, and its end where it is the later one. Where
/// the log has an extension's own time (that of a change), it is that.
///
/// ```text
/// sweeps    [–A–]         [–A–]           [–A–]
///           s   e         s   e           s   e
/// apart     |–––––––––––––––––|                     from the start of the earlier one to the end of the later one
/// known         A A A A A A                  A      with the third too far away: from the first end to the last start
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// When it was: its sweep's start, or the extension's own time.
    pub at: Timestamp,
    /// The next sweep still brackets the time between if it is no later than this after it, in milliseconds.
    pub valid_for_ms: i64,
}

impl Heartbeat {
    /// Whether this sweep and one that was answered at `later` bracket the time between them; exactly `valid_for_ms`
    /// apart still does.
    pub fn brackets(self, later: Timestamp) -> bool {
        later.since_ms(self.at) <= self.valid_for_ms
    }
}

/// Which sweeps make a segment of coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageKind {
    /// Every sweep that saw anything.
    Observed,
    /// Complete sweeps only: they alone show who was absent.
    Complete,
}

named!(CoverageKind { Observed => "observed", Complete => "complete" });

/// A time range of uninterrupted sweeps, from the end of the first to the start of the last of them. One sweep alone has no
/// length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageSegment {
    /// When the first sweep had been answered.
    pub from: Timestamp,
    /// When the last sweep so far was begun: before `from` if it is the first one too, and took time.
    pub until: Timestamp,
    /// See [`Heartbeat::valid_for_ms`], of the last sweep.
    pub valid_for_ms: i64,
}

impl CoverageSegment {
    /// The last sweep of the segment.
    pub fn last_sweep(self) -> Heartbeat {
        Heartbeat {
            at: self.until,
            valid_for_ms: self.valid_for_ms,
        }
    }

    /// The end of the range: never before its beginning.
    pub fn to(self) -> Timestamp {
        self.until.max(self.from)
    }

    /// The segment that a sweep belongs to which had been answered at `answered_at`: `current`, prolonged, or a new one
    /// after a gap.
    pub fn with_heartbeat(
        current: Option<Self>,
        heartbeat: Heartbeat,
        answered_at: Timestamp,
    ) -> Self {
        let from = match current {
            Some(segment) if segment.last_sweep().brackets(answered_at) => segment.from,
            _ => answered_at,
        };
        Self {
            from,
            until: heartbeat.at,
            valid_for_ms: heartbeat.valid_for_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of sweeps that begin and end at these moments and are valid for so long.
    fn segments_of(heartbeats: &[(i64, i64, i64)]) -> Vec<(i64, i64)> {
        let mut segments: Vec<CoverageSegment> = Vec::new();
        for &(at, answered_at, valid_for_ms) in heartbeats {
            let at = Timestamp::saturating_from_ms(at);
            let answered_at = Timestamp::saturating_from_ms(answered_at);
            let heartbeat = Heartbeat { at, valid_for_ms };
            let next =
                CoverageSegment::with_heartbeat(segments.last().copied(), heartbeat, answered_at);
            if segments.last().is_some_and(|last| last.from == next.from) {
                segments.pop();
            }
            segments.push(next);
        }
        segments
            .iter()
            .map(|segment| (segment.from.as_ms(), segment.to().as_ms()))
            .collect()
    }

    /// Of sweeps that take no time.
    fn segments(heartbeats: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let heartbeats = heartbeats.iter().map(|&(at, valid)| (at, at, valid));
        segments_of(&heartbeats.collect::<Vec<_>>())
    }

    #[test]
    fn a_stretch_begins_at_the_end_of_its_first_sweep_and_ends_at_the_start_of_its_last() {
        assert_eq!(segments_of(&[(0, 4, 10)]), [(4, 4)]);
        assert_eq!(segments_of(&[(0, 4, 10), (6, 9, 10)]), [(4, 6)]);
        // From the start of the one to the end of the other: 10 is no gap, 11 is one.
        assert_eq!(segments_of(&[(0, 4, 10), (6, 10, 10)]), [(4, 6)]);
        assert_eq!(segments_of(&[(0, 4, 10), (6, 11, 10)]), [(4, 4), (11, 11)]);
        // After a gap too, the first sweep counts from its start.
        assert_eq!(
            segments_of(&[(0, 4, 10), (20, 29, 10), (30, 31, 10)]),
            [(4, 4), (29, 29), (31, 31)]
        );
    }

    #[test]
    fn exactly_valid_for_apart_is_no_gap() {
        assert_eq!(segments(&[(0, 10), (10, 10), (20, 10)]), [(0, 20)]);
        assert_eq!(segments(&[(0, 10), (11, 10), (20, 10)]), [(0, 0), (11, 20)]);
    }

    #[test]
    fn the_earlier_sweeps_validity_counts() {
        assert_eq!(segments(&[(0, 30), (25, 5), (31, 30)]), [(0, 25), (31, 31)]);
    }
}
