//! Public holidays: the dates that `PH` selects in business hours, with their names and where they come from.

mod country;
mod laws;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::civil::Date;

/// Dates, and which holidays they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    days: BTreeMap<Date, BTreeSet<Holiday>>,
    /// Sources that know some years only, with these.
    known: Vec<(String, RangeInclusive<i16>)>,
}

/// One holiday of a date.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holiday {
    /// Where it comes from: `country:DE`, the name of a file, or `configuration` for a date written there.
    pub source: String,
    /// What it is called; `""` if it has no name.
    pub name: String,
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
        "the holidays of {0:?} are not bundled: name an iCalendar file or dates. Bundled are those of {codes}: the days that \
         the whole country has, {from} to {to}",
        codes = country::codes().join(", "),
        from = country::FIRST_YEAR,
        to = country::LAST_YEAR
    )]
    UnknownCountry(String),
    /// It is a part of a country.
    #[error(
        "the holidays of regions, such as {region:?}, are not bundled: write \"country:{country}\" for the days that the \
         whole country has, and add the others as dates or as an iCalendar file"
    )]
    Region {
        /// As it was written.
        region: String,
        /// The country, whose holidays are bundled.
        country: String,
    },
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
    /// The public holidays that a whole country has, on the days on which its law has them observed: where a day that
    /// falls on a weekend is moved, the moved one only. `None` of them lie outside 2016 to 2099.
    pub fn of_country(code: &str) -> Result<Self, HolidaysError> {
        let unknown = || HolidaysError::UnknownCountry(code.to_owned());
        let Some(law) = country::law(code) else {
            let region = code.split_once('-').map(|(country, _)| country);
            return Err(
                match region.filter(|country| country::law(country).is_some()) {
                    Some(country) => HolidaysError::Region {
                        region: code.to_owned(),
                        country: country.to_owned(),
                    },
                    None => unknown(),
                },
            );
        };
        let source = format!("country:{code}");
        let mut holidays = Self::default();
        for (date, name) in country::days(law) {
            holidays.insert(
                date,
                Holiday {
                    source: source.clone(),
                    name: name.to_owned(),
                },
            );
        }
        holidays
            .known
            .push((source, country::FIRST_YEAR..=country::LAST_YEAR));
        Ok(holidays)
    }

    /// Adds a holiday.
    pub fn insert(&mut self, date: Date, holiday: Holiday) {
        self.days.entry(date).or_default().insert(holiday);
    }

    /// Adds the dates of another set.
    pub fn extend(&mut self, other: Self) {
        for (date, holidays) in other.days {
            self.days.entry(date).or_default().extend(holidays);
        }
        self.known.extend(other.known);
    }

    /// Whether a date is one of them.
    pub fn contains(&self, date: Date) -> bool {
        self.days.contains_key(&date)
    }

    /// The holidays of a date, by source and name.
    pub fn of(&self, date: Date) -> impl Iterator<Item = &Holiday> {
        self.days.get(&date).into_iter().flatten()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The dates, ascending.
    pub fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.days.keys().copied()
    }

    /// The sources that know nothing of some year between two dates, with the years that they know.
    pub fn unknown_in(
        &self,
        from: Date,
        last: Date,
    ) -> impl Iterator<Item = &(String, RangeInclusive<i16>)> {
        let known = self.known.iter();
        known.filter(move |(_, years)| {
            !years.contains(&from.year()) || !years.contains(&last.year())
        })
    }
}

impl FromIterator<(Date, Holiday)> for Holidays {
    fn from_iter<T: IntoIterator<Item = (Date, Holiday)>>(days: T) -> Self {
        let mut holidays = Self::default();
        for (date, holiday) in days {
            holidays.insert(date, holiday);
        }
        holidays
    }
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
        let named: Vec<&str> = states
            .of(date("2026-07-03"))
            .map(|holiday| holiday.name.as_str())
            .collect();
        assert_eq!(named, ["Independence Day"]);
    }

    #[test]
    fn what_is_not_bundled_is_refused_with_what_is() {
        let refused = |code: &str| {
            let error = Holidays::of_country(code).expect_err("it is not bundled");
            error.to_string()
        };
        for code in ["XX", "AU", "CN", "CA", "AU-NSW"] {
            let sentence = refused(code);
            assert!(
                sentence.starts_with(&format!("the holidays of {code:?} are not bundled: ")),
                "{sentence}"
            );
            assert!(sentence.contains(" DE, "), "{sentence}");
        }
        assert_eq!(
            refused("GB-SCT"),
            "the holidays of regions, such as \"GB-SCT\", are not bundled: write \"country:GB\" for the days that the whole \
             country has, and add the others as dates or as an iCalendar file"
        );
    }

    #[test]
    fn sources_say_which_years_they_know() {
        let germany = Holidays::of_country("DE").expect("it is known");
        let missing = |from: &str, last: &str| germany.unknown_in(date(from), date(last)).count();
        assert_eq!(missing("2016-01-01", "2099-12-31"), 0);
        assert_eq!(missing("2015-12-31", "2016-01-01"), 1);
        assert_eq!(missing("2099-12-31", "2100-01-01"), 1);
    }
}
