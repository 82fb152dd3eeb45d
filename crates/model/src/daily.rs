//! How long each value lasted on a local day: the rows of the daily table.

use std::fmt;

use jiff::civil::Date;

use super::facet::Facet;
use super::ids::{AccountId, ExtensionId};
use super::time::TimeRange;
use crate::named;

/// A date of the calendar, of whatever zone. **Invariant:** it lies in the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

/// The day from which days are counted.
const EPOCH: Date = Date::constant(1970, 1, 1);

impl LocalDate {
    /// The date of the calendar; dates outside the years 1 to 9999 become the nearest one inside.
    pub fn of(date: Date) -> Self {
        Self(date.clamp(Date::constant(1, 1, 1), Date::constant(9999, 12, 31)))
    }

    /// The date so many days after 1970-01-01; `None` outside the years 1 to 9999.
    pub fn from_days(days: i64) -> Option<Self> {
        let days = i32::try_from(days).ok()?;
        let date = EPOCH
            .checked_add(jiff::Span::new().try_days(days).ok()?)
            .ok()?;
        (Self::of(date).0 == date).then_some(Self(date))
    }

    /// Whole days since 1970-01-01; negative before.
    pub fn days(self) -> i32 {
        let since = self.0 - EPOCH;
        since.get_days()
    }

    /// The date as the calendar has it.
    pub fn date(self) -> Date {
        self.0
    }

    /// The date so many days later (earlier if negative), kept within the years 1 to 9999.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self::of(self.0.saturating_add(jiff::Span::new().days(days)))
    }
}

impl fmt::Display for LocalDate {
    /// Such as `2026-11-02`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for LocalDate {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::of)
    }
}

/// A local day with its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDay {
    /// Its date.
    pub date: LocalDate,
    /// From its first moment to the first of the next day.
    pub span: TimeRange,
}

/// What a row of the daily table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DailyKind {
    /// A value of the facet, or its absence in a known state.
    Value,
    /// Time that no sweep covers.
    Unknown,
    /// Time in which the extension did not exist.
    Absent,
}

named!(DailyKind { Value => "value", Unknown => "unknown", Absent => "absent" });

/// How long something lasted on one local day of one extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyAmount {
    /// Whose.
    pub extension_id: ExtensionId,
    /// On which day.
    pub date: LocalDate,
    /// What.
    pub kind: DailyKind,
    /// The value; `None`: the facet was absent, or the kind is no value.
    pub value: Option<String>,
    /// The estimate, in milliseconds.
    pub ms: i64,
    /// What is certain and what is possible, in milliseconds; only of values.
    pub bounds_ms: Option<(i64, i64)>,
}

/// How far the daily table is for one extension and facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailySeries {
    /// Whose.
    pub extension_id: ExtensionId,
    /// In whose local time its days are: an IANA name.
    pub zone: String,
    /// The version of the zone data.
    pub zone_data: String,
    /// Nothing that is recorded later changes the days before this one.
    pub final_before: LocalDate,
    /// The days before this one are in the table.
    pub kept_before: LocalDate,
}

/// What an update writes of some extensions: all their days from one on are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyBatch {
    /// Whose history.
    pub account_id: AccountId,
    /// Which facet.
    pub facet: Facet,
    /// The first day that is replaced.
    pub from: LocalDate,
    /// How far those of the extensions are that the table knew when the batch was computed, by id. Where it is not so
    /// any more, another program is at work, and nothing is written.
    pub expected: Vec<DailySeries>,
    /// How far each of the extensions is then, by id.
    pub series: Vec<DailySeries>,
    /// What lasted on these days: by extension and date, values in their order, then unknown, then absent time.
    pub amounts: Vec<DailyAmount>,
    /// The days' ends, in the zone of the series; known ones may be among them.
    pub days: Vec<LocalDay>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, days: i32) {
        let date: LocalDate = text.parse().expect("a date");
        assert_eq!(date.days(), days);
        assert_eq!(LocalDate::from_days(i64::from(days)), Some(date));
        assert_eq!(date.to_string(), text);
    }

    #[test]
    fn dates_are_counted_in_days() {
        check("1970-01-01", 0);
        check("1969-12-31", -1);
        check("2026-11-02", 20_759);
        check("9999-12-31", 2_932_896);
        check("0001-01-01", -719_162);
    }

    #[test]
    fn numbers_beyond_the_calendar_are_no_dates() {
        for days in [2_932_897, -719_163, i64::MAX, i64::MIN] {
            assert_eq!(LocalDate::from_days(days), None, "{days}");
        }
        let last = LocalDate::of(Date::MAX);
        assert_eq!(last.plus_days(1), last);
    }
}
