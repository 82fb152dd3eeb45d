//! When no one looked.
//!
//! Pure: follows from the seed and the time.

use super::{DAY_MS, HOUR_MS, MINUTE_MS};
use presence_simulator::rng::{Purpose, between, one_in, rng};

/// The collector is down over a weekend in one week of so many.
const WEEKS_PER_WEEKEND: u32 = 8;
/// It is down for some minutes on one day of so many.
const DAYS_PER_SHORT: u32 = 6;
/// It is down for hours on one day of so many.
const DAYS_PER_LONG: u32 = 30;

/// The stretches in which a collector was down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outages {
    /// `[from, to)`, rising; they may overlap.
    segments: Vec<(i64, i64)>,
}

impl Outages {
    /// Draws those that begin in `[start_ms, end_ms)` (UTC, milliseconds since the epoch).
    ///
    /// On one day in six one of 4 to 45 minutes, on one in thirty one of one to six hours, in one week of eight one from
    /// Friday evening to Monday morning; of two weeks or more, one has such a weekend.
    pub fn draw(seed: u64, start_ms: i64, end_ms: i64) -> Self {
        let mut segments = Vec::new();
        let mut weekends = Vec::new();
        let mut day_ms = start_ms.div_euclid(DAY_MS) * DAY_MS;
        while day_ms < end_ms {
            let day = day_ms / DAY_MS;
            let mut rng = rng(seed, Purpose::Outages, day.cast_unsigned(), 0);
            for (days, shortest_ms, longest_ms) in [
                (DAYS_PER_SHORT, 4 * MINUTE_MS, 45 * MINUTE_MS),
                (DAYS_PER_LONG, HOUR_MS, 6 * HOUR_MS),
            ] {
                let from_ms = day_ms + between(&mut rng, 0, DAY_MS - 1);
                let lasts_ms = between(&mut rng, shortest_ms, longest_ms);
                if one_in(&mut rng, days) {
                    segments.push((from_ms, from_ms + lasts_ms));
                }
            }
            // Day 0 was a Thursday.
            if day.rem_euclid(7) == 1 {
                let from_ms = day_ms + between(&mut rng, 16 * HOUR_MS, 22 * HOUR_MS);
                let until_ms = day_ms + 3 * DAY_MS + between(&mut rng, 5 * HOUR_MS, 9 * HOUR_MS);
                let is_down = one_in(&mut rng, WEEKS_PER_WEEKEND);
                weekends.push((is_down, (from_ms, until_ms)));
            }
            day_ms += DAY_MS;
        }
        // Two weeks or more show what such a weekend looks like.
        let inside =
            |weekend: &&(bool, (i64, i64))| weekend.1.0 >= start_ms && weekend.1.1 < end_ms;
        let whole: Vec<_> = weekends.iter().filter(inside).collect();
        if whole.len() >= 2 && !whole.iter().any(|(is_down, _)| *is_down) {
            segments.push(whole[whole.len() / 2].1);
        }
        let down = weekends.iter().filter(|(is_down, _)| *is_down);
        segments.extend(down.map(|(_, segment)| *segment));
        segments.retain(|(from_ms, _)| (start_ms..end_ms).contains(from_ms));
        segments.sort_unstable();
        Self { segments }
    }

    /// Finds when the collector is up again that is down at a moment; `None` if it is up.
    pub fn until(&self, at_ms: i64) -> Option<i64> {
        let begun = self
            .segments
            .partition_point(|(from_ms, _)| *from_ms <= at_ms);
        let lasting = self.segments[..begun].iter().map(|(_, until_ms)| *until_ms);
        lasting.filter(|until_ms| *until_ms > at_ms).max()
    }

    /// The stretches, each `[from, to)` in milliseconds since the epoch, by their beginning; they may overlap.
    pub fn segments(&self) -> &[(i64, i64)] {
        &self.segments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2 November 2026.
    const MONDAY_MS: i64 = 1_793_577_600_000;

    #[test]
    fn a_year_has_short_ones_long_ones_and_weekends() {
        let outages = Outages::draw(7, MONDAY_MS, MONDAY_MS + 365 * DAY_MS);
        let count = |least: i64, below: i64| {
            let lasts = outages.segments().iter().map(|(from, until)| until - from);
            lasts.filter(|lasts| (least..below).contains(lasts)).count()
        };
        assert!((40..90).contains(&count(0, HOUR_MS)));
        assert!((4..25).contains(&count(HOUR_MS, DAY_MS)));
        assert!((2..15).contains(&count(2 * DAY_MS, 3 * DAY_MS)));
    }

    #[test]
    fn a_month_has_a_weekend_without_sweeps_and_a_day_may_have_nothing() {
        for seed in 0..20 {
            let month = Outages::draw(seed, MONDAY_MS, MONDAY_MS + 30 * DAY_MS);
            let is_weekend = |(from, until): &(i64, i64)| until - from > 2 * DAY_MS;
            assert!(month.segments().iter().any(is_weekend), "{seed}");
            let day = Outages::draw(seed, MONDAY_MS, MONDAY_MS + DAY_MS);
            assert!(day.segments().len() <= 2);
        }
    }

    #[test]
    fn an_outage_ends_when_the_last_that_overlaps_does() {
        let outages = Outages {
            segments: vec![(10, 100), (20, 30), (200, 210)],
        };
        let ends = [9, 10, 25, 99, 100, 205].map(|at_ms| outages.until(at_ms));
        let expected = [None, Some(100), Some(100), Some(100), None, Some(210)];
        assert_eq!(ends, expected);
    }
}
