//! When the account was being looked at.

use super::observation::named;
use super::time::Timestamp;

/// When a look was, and how far it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When it was.
    pub at: Timestamp,
    /// The next look still brackets the time between if it is no later than this after it, in milliseconds.
    pub valid_for_ms: i64,
}

impl Look {
    /// Whether this look and one at `later` bracket the time between them; exactly `valid_for_ms` apart still does.
    pub fn brackets(self, later: Timestamp) -> bool {
        later.since_ms(self.at) <= self.valid_for_ms
    }
}

/// Which looks make a segment of coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageKind {
    /// Every look that saw anything.
    Observed,
    /// Complete looks only: they alone tell who was absent.
    Complete,
}

named!(CoverageKind { Observed => "observed", Complete => "complete" });

/// A stretch of uninterrupted looks, from the first to the last of them. One look alone has no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageSegment {
    /// The first look.
    pub from: Timestamp,
    /// The last look so far.
    pub until: Timestamp,
    /// See [`Look::valid_for_ms`], of the last look.
    pub valid_for_ms: i64,
}

impl CoverageSegment {
    /// The last look of the segment.
    pub fn last_look(self) -> Look {
        Look {
            at: self.until,
            valid_for_ms: self.valid_for_ms,
        }
    }

    /// The segment that `look` belongs to: `current`, prolonged, or a new one after a gap.
    pub fn with_look(current: Option<Self>, look: Look) -> Self {
        let from = match current {
            Some(segment) if segment.last_look().brackets(look.at) => segment.from,
            _ => look.at,
        };
        Self {
            from,
            until: look.at,
            valid_for_ms: look.valid_for_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(looks: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut segments: Vec<CoverageSegment> = Vec::new();
        for &(at, valid_for_ms) in looks {
            let at = Timestamp::saturating_from_ms(at);
            let next =
                CoverageSegment::with_look(segments.last().copied(), Look { at, valid_for_ms });
            if segments.last().is_some_and(|last| last.from == next.from) {
                segments.pop();
            }
            segments.push(next);
        }
        segments
            .iter()
            .map(|segment| (segment.from.as_ms(), segment.until.as_ms()))
            .collect()
    }

    #[test]
    fn exactly_valid_for_apart_is_no_gap() {
        assert_eq!(segments(&[(0, 10), (10, 10), (20, 10)]), [(0, 20)]);
        assert_eq!(segments(&[(0, 10), (11, 10), (20, 10)]), [(0, 0), (11, 20)]);
    }

    #[test]
    fn the_earlier_looks_validity_counts() {
        assert_eq!(segments(&[(0, 30), (25, 5), (31, 30)]), [(0, 25), (31, 31)]);
    }
}
