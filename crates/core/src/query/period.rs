//! Calendar periods by their names: a day, week, month, quarter or year.

use jiff::civil::{Date, ISOWeekDate, Weekday};

/// The kind of a calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodKind {
    /// `2026-11-04`
    Day,
    /// `2026-W45`: an ISO 8601 week, Monday to Sunday.
    Week,
    /// `2026-11`
    Month,
    /// `2026-Q4`: three months, from January, April, July or October on.
    Quarter,
    /// `2026`
    Year,
}

/// The kinds, with the form of their names: `0` is a digit.
const SHAPES: [(PeriodKind, &str); 5] = [
    (PeriodKind::Day, "0000-00-00"),
    (PeriodKind::Week, "0000-W00"),
    (PeriodKind::Month, "0000-00"),
    (PeriodKind::Quarter, "0000-Q0"),
    (PeriodKind::Year, "0000"),
];

/// The kind of period that a text has the form of, whether or not the calendar has such a period.
pub fn kind_of(text: &str) -> Option<PeriodKind> {
    let mut shapes = SHAPES.iter();
    let found = shapes.find(|(_, shape)| fits(text, shape));
    found.map(|(kind, _)| *kind)
}

/// The first day of the period that a text names; `None` if the calendar has none of that name.
pub fn first_day(text: &str) -> Option<Date> {
    let kind = kind_of(text)?;
    let year: i16 = text.get(..4)?.parse().ok()?;
    // Behind the year and what divides it from the rest.
    let number = |from: usize| text.get(from..)?.parse::<i8>().ok();
    match kind {
        PeriodKind::Day => text.parse().ok(),
        PeriodKind::Week => {
            let week = ISOWeekDate::new(year, number(6)?, Weekday::Monday).ok()?;
            Some(week.date())
        }
        PeriodKind::Month => Date::new(year, number(5)?, 1).ok(),
        PeriodKind::Quarter => {
            let month = number(6)?.checked_sub(1)?.checked_mul(3)?.checked_add(1)?;
            Date::new(year, month, 1).ok()
        }
        PeriodKind::Year => Date::new(year, 1, 1).ok(),
    }
}

/// Whether a text has digits where the pattern has them, and is the same elsewhere, whatever the case of its letters.
pub(super) fn fits(text: &str, pattern: &str) -> bool {
    let alike = |(c, wanted): (u8, u8)| {
        if wanted == b'0' {
            c.is_ascii_digit()
        } else {
            c.eq_ignore_ascii_case(&wanted)
        }
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let first = first_day(text).map(|date| date.to_string());
        assert_eq!(first.as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn each_kind_has_a_first_day() {
        check("2026-11-04", "2026-11-04");
        check("2026-W45", "2026-11-02");
        check("2026-w45", "2026-11-02");
        check("2026-11", "2026-11-01");
        check("2026-Q4", "2026-10-01");
        check("2026", "2026-01-01");
    }

    #[test]
    fn the_first_week_may_begin_in_the_year_before() {
        check("2026-W01", "2025-12-29");
        check("2026-W53", "2026-12-28");
    }

    #[test]
    fn what_the_calendar_has_not_is_none() {
        for text in [
            "2026-02-30",
            "2026-W54",
            "2025-W53",
            "2026-W00",
            "2026-13",
            "2026-00",
            "2026-Q0",
            "2026-Q5",
        ] {
            assert!(kind_of(text).is_some(), "{text}");
            assert_eq!(first_day(text), None, "{text}");
        }
        for text in [
            "",
            "26-11",
            "2026-1",
            "２０２６",
            "2026-W4",
            "2026W45",
            "20261",
            "-2026",
        ] {
            assert_eq!(kind_of(text), None, "{text}");
        }
    }
}
