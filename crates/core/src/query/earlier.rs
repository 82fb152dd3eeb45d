//! The period before another one, and as much of it as has passed of the other.

use jiff::Unit;
use jiff::civil::Date;

use presence_model::time::{TimeRange, Timestamp};

use super::zone::Zone;

/// The period just before `window`, by local clocks: before whole months as many months, before whole days as many
/// days (be they 23 or 25 hours long), otherwise as many milliseconds.
///
/// `None` where the calendar does not go back so far.
pub fn previous(window: TimeRange, zone: &Zone) -> Option<TimeRange> {
    let date = |at: Timestamp| {
        let date = zone.local(at).date();
        (zone.day_start(date) == at).then_some(date)
    };
    let earlier = match (date(window.from()), date(window.to())) {
        (Some(from), Some(to)) => zone.day_start(before(from, to)?),
        _ => Timestamp::from_ms(window.from().as_ms() - window.duration_ms()).ok()?,
    };
    TimeRange::new(earlier, window.from())
}

/// As much of `earlier` as has passed of `window` at `now`: all of it, if the window is over; `None`, if nothing has passed.
///
/// It goes by local clocks where both begin with a local day, so that Wednesday noon is compared with Wednesday noon also
/// where clocks change; otherwise by milliseconds.
pub fn as_far(
    earlier: TimeRange,
    window: TimeRange,
    now: Timestamp,
    zone: &Zone,
) -> Option<TimeRange> {
    if now >= window.to() {
        return Some(earlier);
    }
    let passed = window.before(now)?;
    let first_day = |at: Timestamp| {
        let date = zone.local(at).date();
        (zone.day_start(date) == at).then_some(date)
    };
    let by_clock = || {
        let (from, then) = (first_day(window.from())?, first_day(earlier.from())?);
        let local = zone.local(now);
        let days = from.until((Unit::Day, local.date())).ok()?;
        Some(zone.first_instant(then.checked_add(days).ok()?.to_datetime(local.time())))
    };
    let until = by_clock().unwrap_or_else(|| earlier.from().plus_ms(passed.duration_ms()));
    earlier.before(until)
}

/// As long before `from` as `to` is after it.
fn before(from: Date, to: Date) -> Option<Date> {
    let unit = if from.day() == 1 && to.day() == 1 {
        Unit::Month
    } else {
        Unit::Day
    };
    from.checked_sub(from.until((unit, to)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::time_expression::parse_time_expression;

    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let zone = Zone::named("Europe/Berlin").expect("there is such a zone");
        let at =
            |text: &str| parse_time_expression(text, &zone, Timestamp::MIN).expect("it is a time");
        let window = TimeRange::new(at(from), at(to)).expect("it has a length");
        let earlier = previous(window, &zone).expect("there was time before");
        assert_eq!(earlier.to(), window.from());
        assert_eq!(zone.local(earlier.from()).to_string(), expected);
    }

    #[test]
    fn before_whole_days_as_many_days() {
        check("2026-11-02", "2026-11-07", "2026-10-28T00:00:00");
        // Over the end of summer time: the week before is an hour longer.
        check("2026-10-26", "2026-11-02", "2026-10-19T00:00:00");
        check("2026-03-29", "2026-03-30", "2026-03-28T00:00:00");
    }

    #[test]
    fn before_whole_months_as_many_months() {
        check("2026-03-01", "2026-04-01", "2026-02-01T00:00:00");
        check("2026-07-01", "2026-10-01", "2026-04-01T00:00:00");
    }

    #[track_caller]
    fn check_as_far(earlier: (&str, &str), window: (&str, &str), now: &str, expected: &str) {
        let zone = Zone::named("Europe/Berlin").expect("there is such a zone");
        let at =
            |text: &str| parse_time_expression(text, &zone, Timestamp::MIN).expect("it is a time");
        let span = |(from, to)| TimeRange::new(at(from), at(to)).expect("it has a length");
        let cut = as_far(span(earlier), span(window), at(now), &zone);
        let shown = cut.map(|cut| {
            assert_eq!(cut.from(), at(earlier.0));
            zone.local(cut.to()).to_string()
        });
        assert_eq!(shown.as_deref().unwrap_or("nothing"), expected);
    }

    #[test]
    fn as_much_of_the_earlier_period_as_has_passed_of_this_one() {
        let (last, this) = (("2026-10-19", "2026-10-26"), ("2026-10-26", "2026-11-02"));
        // Clocks were set back on Sunday: the same clock time is an hour more of milliseconds.
        check_as_far(last, this, "2026-10-28T12:00", "2026-10-21T12:00:00");
        check_as_far(
            this,
            ("2026-11-02", "2026-11-09"),
            "2026-11-04T12:00",
            "2026-10-28T12:00:00",
        );
        check_as_far(
            ("2026-10-24", "2026-10-26"),
            ("2026-10-26", "2026-10-28"),
            "2026-10-27T12:00",
            "2026-10-25T12:00:00",
        );
        check_as_far(last, this, "2026-11-02", "2026-10-26T00:00:00");
        check_as_far(last, this, "2026-12-01", "2026-10-26T00:00:00");
        check_as_far(last, this, "2026-10-26", "nothing");
        // February is over before the thirtieth day.
        let (february, march) = (("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-04-01"));
        check_as_far(february, march, "2026-03-30T12:00", "2026-03-01T00:00:00");
        check_as_far(february, march, "2026-03-10T12:00", "2026-02-10T12:00:00");
    }

    #[test]
    fn as_long_where_periods_begin_within_a_day() {
        check_as_far(
            ("2026-11-02T05:30", "2026-11-02T08:00"),
            ("2026-11-02T08:00", "2026-11-02T10:30"),
            "2026-11-02T09:15",
            "2026-11-02T06:45:00",
        );
    }

    #[test]
    fn before_anything_else_as_long() {
        check(
            "2026-11-02T08:00",
            "2026-11-02T10:30",
            "2026-11-02T05:30:00",
        );
    }
}
