//! The period before another one.

use jiff::Unit;
use jiff::civil::Date;

use crate::model::time::{Span, Timestamp};

use super::zone::Zone;

/// The period just before `window`, by local clocks: before whole months as many months, before whole days as many
/// days (be they 23 or 25 hours long), otherwise as many milliseconds.
///
/// `None` where the calendar does not go back so far.
pub fn previous(window: Span, zone: &Zone) -> Option<Span> {
    let date = |at: Timestamp| {
        let date = zone.local(at).date();
        (zone.day_start(date) == at).then_some(date)
    };
    let earlier = match (date(window.from()), date(window.to())) {
        (Some(from), Some(to)) => zone.day_start(before(from, to)?),
        _ => Timestamp::from_ms(window.from().as_ms() - window.duration_ms()).ok()?,
    };
    Span::new(earlier, window.from())
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
    use crate::query::moment::parse_moment;

    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let zone = Zone::named("Europe/Berlin").expect("there is such a zone");
        let at = |text: &str| parse_moment(text, &zone, Timestamp::MIN).expect("it is a time");
        let window = Span::new(at(from), at(to)).expect("it has a length");
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

    #[test]
    fn before_anything_else_as_long() {
        check(
            "2026-11-02T08:00",
            "2026-11-02T10:30",
            "2026-11-02T05:30:00",
        );
    }
}
