//! Local times for people: the one place where they are written.
//!
//! A time that the zone's clocks show twice carries its offset, `2026-10-25 02:30:00+01:00`, so that two moments never
//! have the same form, and what is written can be typed: [`super::moment::parse_time_expression`] reads it back.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use super::zone::{OffsetText, Zone};
use presence_model::time::Timestamp;

/// What a zone's clocks show at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    civil: DateTime,
    /// Where the clocks show it twice.
    offset: Option<Offset>,
}

/// How finely a clock time is written; what is finer is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fineness {
    /// `14:05`
    Minute,
    /// `14:05:31`
    Second,
}

impl LocalTime {
    /// What the zone's clocks show at `at`.
    pub fn of(zone: &Zone, at: Timestamp) -> Self {
        Self {
            civil: zone.local(at),
            offset: zone.is_shown_twice(at).then(|| zone.offset(at)),
        }
    }

    /// The local date.
    pub fn date(self) -> Date {
        self.civil.date()
    }

    /// The clock time: `14:05:31`, `02:30:00+01:00`.
    pub fn clock(self, fineness: Fineness) -> String {
        let (hour, minute, second) = (self.civil.hour(), self.civil.minute(), self.civil.second());
        let offset = self.offset.map(|offset| OffsetText(offset).to_string());
        let offset = offset.unwrap_or_default();
        match fineness {
            Fineness::Minute => format!("{hour:02}:{minute:02}{offset}"),
            Fineness::Second => format!("{hour:02}:{minute:02}:{second:02}{offset}"),
        }
    }

    /// Date and clock time with the milliseconds, if there are some: `2026-11-02 14:05:31.250`; `mark` stands before them.
    pub fn exact(self, mark: char) -> String {
        let text = self.text();
        match self.civil.millisecond() {
            0 => text,
            ms => {
                let (time, offset) =
                    text.split_at(self.date().to_string().len() + " 00:00:00".len());
                format!("{time}{mark}{ms:03}{offset}")
            }
        }
    }

    /// Date and clock time, to the second: `2026-11-02 14:05:31`.
    pub fn text(self) -> String {
        format!("{} {}", self.date(), self.clock(Fineness::Second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, at: &str, expected: &str) {
        let zone = Zone::named(zone).expect("a zone");
        let at: Timestamp = at.parse().expect("a moment");
        assert_eq!(LocalTime::of(&zone, at).text(), expected);
    }

    #[test]
    fn only_a_time_that_comes_twice_has_its_offset() {
        let berlin = "Europe/Berlin";
        check(berlin, "2026-11-02T13:05:31.999Z", "2026-11-02 14:05:31");
        check(berlin, "2026-10-24T23:59:59Z", "2026-10-25 01:59:59");
        check(berlin, "2026-10-25T00:00:00Z", "2026-10-25 02:00:00+02:00");
        check(
            berlin,
            "2026-10-25T00:59:59.999Z",
            "2026-10-25 02:59:59+02:00",
        );
        check(berlin, "2026-10-25T01:00:00Z", "2026-10-25 02:00:00+01:00");
        check(berlin, "2026-10-25T02:00:00Z", "2026-10-25 03:00:00");
        check(berlin, "2026-03-29T01:00:00Z", "2026-03-29 03:00:00");
        check("UTC", "2026-10-25T01:00:00Z", "2026-10-25 01:00:00");
    }

    #[test]
    fn midnight_can_come_twice() {
        check(
            "America/Havana",
            "2025-11-02T04:00:00Z",
            "2025-11-02 00:00:00-04:00",
        );
        check(
            "America/Havana",
            "2025-11-02T05:00:00Z",
            "2025-11-02 00:00:00-05:00",
        );
    }
}
