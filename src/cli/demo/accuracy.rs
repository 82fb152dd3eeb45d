//! How far a report is from what really happened: pure.
//!
//! A report is compared with the truth over the time of which it says that it knows: scheduled, and not unknown.

use std::collections::BTreeMap;

use presence_answers::report::shape::Amount;
use presence_model::time::TimeRange;

/// One person's day: what the report says, and what was true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonDay {
    /// Scheduled time, in milliseconds.
    pub scheduled_ms: i64,
    /// What the report says of each value.
    pub reported: BTreeMap<String, Amount>,
    /// How long each value truly held in the time that the report knows of, in milliseconds.
    pub true_ms: BTreeMap<String, i64>,
}

/// How well the bounds and the estimate held.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// How many true totals were compared: one for each person, day and value that was reported or true.
    pub total_count: usize,
    /// How many of them lie within the reported bounds.
    pub within_bounds_count: usize,
    /// How many person-days were compared.
    pub person_day_count: usize,
    /// The sum of the absolute errors of the value in question, in milliseconds.
    pub absolute_error_ms: i64,
    /// The sum of the scheduled time, in milliseconds.
    pub scheduled_ms: i64,
    /// The mean of the absolute errors of the value in question, a person-day, in milliseconds.
    pub mean_absolute_error_ms: f64,
    /// The mean of the scheduled time of a person-day, in milliseconds.
    pub mean_scheduled_ms: f64,
}

impl Accuracy {
    /// Compares person-days; the error is that of `value`.
    pub fn of(days: &[PersonDay], value: &str) -> Self {
        let mut accuracy = Self {
            person_day_count: days.len(),
            ..Self::default()
        };
        let mut error_ms = 0;
        let mut scheduled_ms = 0;
        for day in days {
            let names = day.reported.keys().chain(day.true_ms.keys());
            let mut names: Vec<&String> = names.collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let true_ms = day.true_ms.get(name).copied().unwrap_or(0);
                let bounds = day
                    .reported
                    .get(name)
                    .map_or((0, 0), |amount| (amount.min_ms, amount.max_ms));
                accuracy.total_count += 1;
                accuracy.within_bounds_count +=
                    usize::from((bounds.0..=bounds.1).contains(&true_ms));
            }
            let reported_ms = day.reported.get(value).map_or(0, |amount| amount.ms);
            error_ms += (reported_ms - day.true_ms.get(value).copied().unwrap_or(0)).abs();
            scheduled_ms += day.scheduled_ms;
        }
        accuracy.absolute_error_ms = error_ms;
        accuracy.scheduled_ms = scheduled_ms;
        accuracy.mean_absolute_error_ms = mean(error_ms, days.len());
        accuracy.mean_scheduled_ms = mean(scheduled_ms, days.len());
        accuracy
    }

    /// The share of true totals within their bounds, from 0 to 1.
    pub fn share_within_bounds(&self) -> f64 {
        ratio(self.within_bounds_count, self.total_count)
    }

    /// The mean absolute error as a share of the scheduled time.
    pub fn relative_error(&self) -> f64 {
        if self.mean_scheduled_ms > 0.0 {
            self.mean_absolute_error_ms / self.mean_scheduled_ms
        } else {
            0.0
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share for people; sums of milliseconds stay far below 2^52"
)]
fn mean(sum: i64, count: usize) -> f64 {
    if count == 0 {
        0.0
    } else {
        sum as f64 / count as f64
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// The parts of `spans` that no span of `holes` covers; both ascend and do not overlap.
pub fn without(spans: &[TimeRange], holes: &[TimeRange]) -> Vec<TimeRange> {
    let mut rest = Vec::new();
    for span in spans {
        let mut from = span.from();
        for hole in holes {
            let Some(covered) = hole.clip(*span) else {
                continue;
            };
            rest.extend(TimeRange::new(from, covered.from()));
            from = covered.to();
        }
        rest.extend(TimeRange::new(from, span.to()));
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_model::time::Timestamp;

    fn span(from: i64, to: i64) -> TimeRange {
        let at = Timestamp::saturating_from_ms;
        TimeRange::new(at(from), at(to)).expect("not empty")
    }

    #[test]
    fn holes_are_cut_out() {
        assert_eq!(
            without(&[span(0, 10), span(20, 30)], &[span(5, 25), span(28, 40)]),
            [span(0, 5), span(25, 28)]
        );
        assert_eq!(without(&[span(0, 10)], &[]), [span(0, 10)]);
        assert_eq!(without(&[span(0, 10)], &[span(0, 10)]), []);
    }

    #[test]
    fn a_value_that_was_true_but_not_reported_is_out_of_bounds() {
        let day = PersonDay {
            scheduled_ms: 100,
            reported: BTreeMap::from([(
                "Available".to_owned(),
                Amount {
                    ms: 60,
                    min_ms: 50,
                    max_ms: 70,
                },
            )]),
            true_ms: BTreeMap::from([("Available".to_owned(), 64), ("Busy".to_owned(), 36)]),
        };
        let accuracy = Accuracy::of(&[day], "Available");
        assert_eq!((accuracy.within_bounds_count, accuracy.total_count), (1, 2));
        assert!((accuracy.relative_error() - 0.04).abs() < 1e-9);
    }
}
