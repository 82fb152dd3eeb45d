//! Minutes of a local day by the clock.

use std::ops::Range;

/// A day of the clock, in minutes.
pub(in crate::query) const DAY: i16 = 24 * 60;

/// Minutes of a local day by the clock, from 00:00 up to 48:00.
///
/// **Invariant:** ranges ascend and neither overlap nor adjoin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::query) struct Minutes(pub(super) Vec<Range<i16>>);

impl Minutes {
    /// The ranges, in minutes after midnight by the clock.
    pub(in crate::query) fn ranges(&self) -> &[Range<i16>] {
        &self.0
    }

    /// One day from midnight to midnight.
    pub(in crate::query) fn whole_day() -> Self {
        Self(std::iter::once(0..DAY).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn are_one_whole_day(&self) -> bool {
        matches!(self.ranges(), [range] if *range == (0..DAY))
    }

    pub(super) fn add(&mut self, other: &Self) {
        let mut ranges = std::mem::take(&mut self.0);
        ranges.extend_from_slice(&other.0);
        ranges.sort_unstable_by_key(|range| range.start);
        for range in ranges {
            match self.0.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => self.0.push(range),
            }
        }
    }

    pub(super) fn remove(&mut self, other: &Self) {
        for gone in &other.0 {
            let split = |range: &Range<i16>| {
                [
                    range.start..range.end.min(gone.start),
                    range.start.max(gone.end)..range.end,
                ]
            };
            self.0 = self
                .0
                .iter()
                .flat_map(split)
                .filter(|range| !range.is_empty())
                .collect();
        }
    }

    /// The same clock times as seen from another day; what falls outside is cut.
    pub(super) fn shifted(&self, minutes: i16) -> Self {
        let moved =
            |range: &Range<i16>| (range.start + minutes).max(0)..(range.end + minutes).min(2 * DAY);
        Self(
            self.0
                .iter()
                .map(moved)
                .filter(|range| !range.is_empty())
                .collect(),
        )
    }
}
