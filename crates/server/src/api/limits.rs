//! Questions that are larger than what is answered are refused at once, instead of being given up on later. Pure.

use crate::error::Problem;
use presence_answers::Request;
use presence_answers::values::{By, Word};
use presence_core::query::calendar::Bucket;
use presence_model::time::TimeRange;

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// The longest window of a timeline, report, staffing or heatmap, in days: ten years and some leap days.
const DAYS_MAX: i64 = 3_660;

/// So many days of one extension each are gone through: a year of 12,000 people.
const EXTENSION_DAYS_MAX: i64 = 4_400_000;

/// So many days of one extension each are told of in a timeline, every interval of them: a week of 2,800 people.
const TIMELINE_DAYS_MAX: i64 = 20_000;

/// So many rows, or steps, are told of.
const ROWS_MAX: i64 = 250_000;

/// Refuses a sum over all of a window that goes through too much.
pub fn check_sum(window: TimeRange, extensions: usize) -> Result<(), Problem> {
    let extensions = i64::try_from(extensions).unwrap_or(i64::MAX).max(1);
    gone_through((window.duration_ms() + DAY_MS - 1) / DAY_MS, extensions)
}

/// Refuses a question that is too large. `extensions`: how many it is about.
pub fn check(
    request: &Request,
    window: Option<TimeRange>,
    extensions: usize,
) -> Result<(), Problem> {
    let Some(window) = window else {
        return Ok(());
    };
    let extensions = i64::try_from(extensions).unwrap_or(i64::MAX).max(1);
    let days = (window.duration_ms() + DAY_MS - 1) / DAY_MS;
    match request {
        Request::Timeline(_) => {
            within(days, DAYS_MAX)?;
            within(days.saturating_mul(extensions), TIMELINE_DAYS_MAX)
        }
        Request::Report(request) => {
            gone_through(days, extensions)?;
            let is_whole = request.scope.by == [Word(By::Account)];
            let bucket_ms = request
                .scope
                .by
                .iter()
                .filter_map(|by| length_ms(by.0.bucket()));
            let buckets = bucket_ms
                .min()
                .map_or(1, |ms| window.duration_ms() / ms + 2);
            let rows = buckets.saturating_mul(if is_whole { 1 } else { extensions });
            if rows > ROWS_MAX {
                return Err(Problem::too_large(
                    "by",
                    format!(
                        "the report could have {rows} rows, and at most {ROWS_MAX} are given; name fewer people, longer \
                         stretches in by, or a shorter window"
                    ),
                ));
            }
            Ok(())
        }
        Request::Staffing(request) => {
            gone_through(days, extensions)?;
            let steps = window.duration_ms() / request.step.usual_ms();
            let groups = if request.count.scope.by.is_empty() {
                1
            } else {
                16
            };
            if steps.saturating_mul(groups) > ROWS_MAX {
                return Err(Problem::too_large(
                    "step",
                    format!(
                        "step cuts the window into {steps} steps, and at most {} are given; give a longer one, or a \
                         shorter window",
                        ROWS_MAX / groups
                    ),
                ));
            }
            Ok(())
        }
        Request::Meet(request) => gone_through(days + 7 * i64::from(request.weeks.0), extensions),
        Request::Changes(_) | Request::Coverage(_) => Ok(()),
        _ => gone_through(days, extensions),
    }
}

fn gone_through(days: i64, extensions: i64) -> Result<(), Problem> {
    within(days, DAYS_MAX)?;
    within(days.saturating_mul(extensions), EXTENSION_DAYS_MAX)
}

fn within(days: i64, most: i64) -> Result<(), Problem> {
    if days <= most {
        return Ok(());
    }
    let of = if most == DAYS_MAX {
        "days"
    } else {
        "days of one extension each"
    };
    Err(Problem::too_large(
        "from",
        format!(
            "the question is about {days} {of}, and at most {most} are answered; ask about a shorter window, or fewer people"
        ),
    ))
}

/// The shortest that a bucket can be, in milliseconds.
fn length_ms(bucket: Option<Bucket>) -> Option<i64> {
    match bucket? {
        Bucket::Hour => Some(3_600_000),
        Bucket::Day => Some(DAY_MS),
        Bucket::Week => Some(7 * DAY_MS),
        Bucket::Month => Some(28 * DAY_MS),
        Bucket::Range | Bucket::WeekHour => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::reading;
    use presence_model::time::Timestamp;

    #[track_caller]
    fn check_of(name: &str, query: &str, days: i64, extensions: usize, expected: Option<&str>) {
        let pairs = reading::pairs(Some(query)).expect("a query");
        let question = reading::find(name).expect("a question");
        let (_, request) = reading::read(question, pairs).expect("a request");
        let from = Timestamp::saturating_from_ms(0);
        let window = TimeRange::new(from, from.plus_ms(days * DAY_MS));
        let refused = check(&request, window, extensions).err();
        let parameter = refused.as_ref().and_then(Problem::wrong_parameter);
        assert_eq!(parameter, expected, "{refused:?}");
    }

    #[test]
    fn what_is_usual_is_answered() {
        let window = "from=-1d&to=now";
        check_of("timeline", &format!("{window}&person=1"), 365, 1, None);
        check_of("timeline", &format!("{window}&person=1"), 7, 500, None);
        check_of("report", window, 31, 10_000, None);
        check_of(
            "report",
            &format!("{window}&by=extension,day"),
            7,
            10_000,
            None,
        );
        check_of(
            "staffing",
            &format!("{window}&value=x&step=1m"),
            31,
            10_000,
            None,
        );
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let window = "from=-1d&to=now";
        check_of(
            "timeline",
            &format!("{window}&person=1"),
            31,
            10_000,
            Some("from"),
        );
        check_of("report", window, 4_000, 1, Some("from"));
        check_of("report", window, 3_000, 10_000, Some("from"));
        check_of(
            "report",
            &format!("{window}&by=extension,hour"),
            31,
            10_000,
            Some("by"),
        );
        check_of(
            "staffing",
            &format!("{window}&value=x&step=1s"),
            31,
            10,
            Some("step"),
        );
        check_of(
            "heatmap",
            &format!("{window}&value=x"),
            4_000,
            1,
            Some("from"),
        );
    }
}
