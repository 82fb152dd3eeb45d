//! Public holidays: the dates that `PH` selects in business hours.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use compact_calendar::CompactCalendar;
use jiff::civil::Date;
use opening_hours::localization::Country;
use opening_hours::{Context, ContextHolidays};

/// A set of dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    dates: BTreeSet<Date>,
}

/// What a word in a list of holidays means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HolidaySource {
    /// One date.
    Date(Date),
    /// A country's public holidays that the whole country has.
    Country(String),
    /// An iCalendar file.
    File(String),
}

/// Why a word in a list of holidays means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HolidaysError {
    /// It is no date, country or file.
    #[error(
        "{0:?} is no holiday: write a date like 2026-12-25, a country like country:DE, or an iCalendar file like holidays.ics"
    )]
    Malformed(String),
    /// No holidays of that country are known.
    #[error(
        "no holidays of the country {0:?} are known: write its ISO 3166 code, like country:DE, or name an iCalendar file"
    )]
    UnknownCountry(String),
}

impl HolidaySource {
    /// Reads `2026-12-25`, `country:DE` or the name of an iCalendar file.
    pub fn parse(text: &str) -> Result<Self, HolidaysError> {
        if let Some(code) = text.strip_prefix("country:") {
            return Ok(Self::Country(code.trim().to_uppercase()));
        }
        if let Ok(date) = text.parse::<Date>()
            && date.to_string() == text
        {
            return Ok(Self::Date(date));
        }
        let is_file = std::path::Path::new(text)
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("ics"));
        if is_file {
            Ok(Self::File(text.to_owned()))
        } else {
            Err(HolidaysError::Malformed(text.to_owned()))
        }
    }
}

impl Holidays {
    /// The public holidays that a whole country has, as they are observed: where one that falls on a weekend is moved,
    /// the moved one. Bundled data reaches from about 2000 to 2100; holidays of regions are not among them.
    pub fn of_country(code: &str) -> Result<Self, HolidaysError> {
        let unknown = || HolidaysError::UnknownCountry(code.to_owned());
        let country: Country = code.parse().map_err(|_| unknown())?;
        let holidays = country.holidays();
        let dates: BTreeSet<Date> = holidays.get_public().iter().filter_map(civil).collect();
        if dates.is_empty() {
            return Err(unknown());
        }
        Ok(Self { dates })
    }

    /// Adds a date.
    pub fn insert(&mut self, date: Date) {
        self.dates.insert(date);
    }

    /// Adds the dates of another set.
    pub fn extend(&mut self, other: Self) {
        self.dates.extend(other.dates);
    }

    /// Whether a date is one of them.
    pub fn contains(&self, date: Date) -> bool {
        self.dates.contains(&date)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// The dates, ascending.
    pub fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.dates.iter().copied()
    }

    /// The same for the library that reads business hours.
    pub(super) fn context(&self) -> Context {
        let mut calendar = CompactCalendar::default();
        for date in self.dates() {
            if let Some(date) = super::hours::known_date(date) {
                calendar.insert(date);
            }
        }
        let public = Arc::new(calendar);
        Context::default().with_holidays(ContextHolidays::new(public, Arc::default()))
    }
}

impl FromIterator<Date> for Holidays {
    fn from_iter<T: IntoIterator<Item = Date>>(dates: T) -> Self {
        Self {
            dates: dates.into_iter().collect(),
        }
    }
}

fn civil(date: NaiveDate) -> Option<Date> {
    let year = i16::try_from(date.year()).ok()?;
    let month = i8::try_from(date.month()).ok()?;
    Date::new(year, month, i8::try_from(date.day()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn words_are_dates_countries_or_files() {
        assert_eq!(
            HolidaySource::parse("2026-12-25"),
            Ok(HolidaySource::Date(date("2026-12-25")))
        );
        assert_eq!(
            HolidaySource::parse("country:de"),
            Ok(HolidaySource::Country("DE".to_owned()))
        );
        assert_eq!(
            HolidaySource::parse("days/2026.ics"),
            Ok(HolidaySource::File("days/2026.ics".to_owned()))
        );
        for wrong in ["2026-13-01", "20261225", "Christmas", "", "25.12.2026"] {
            assert!(HolidaySource::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn countries_have_their_days() {
        let germany = Holidays::of_country("DE").expect("it is known");
        assert!(germany.contains(date("2026-10-03")));
        assert!(!germany.contains(date("2026-10-04")));
        let states = Holidays::of_country("US").expect("it is known");
        assert!(states.contains(date("2026-07-03")), "as observed");
        assert_eq!(
            Holidays::of_country("XX"),
            Err(HolidaysError::UnknownCountry("XX".to_owned()))
        );
    }
}
