//! `[calendars.NAME]` and `[[calendar_for]]`: business hours by name, and whose they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::Config;
use presence_core::query::calendars::{Calendar, CalendarChoices, CalendarFor, OWN};
use presence_core::query::holidays::{Holiday, HolidaySource, Holidays};
use presence_core::query::hours::Hours;
use presence_core::query::suggestion::suggestion;
use presence_core::query::zone::Zone;
use presence_files as files;
use presence_icalendar::{self as icalendar, DayEvent, Purpose};

/// `[calendars.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSection {
    /// The hours, in the OpenStreetMap notation.
    pub hours: String,
    /// The zone of the hours; each extension's own if nothing is said.
    pub zone: Option<String>,
    /// What `PH` selects: dates, `country:DE`, or iCalendar files next to the configuration file.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// `[[calendar_for]]`: everything that is given must be so; the first entry that fits counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarForSection {
    /// The calendar.
    pub calendar: String,
    /// An extension number or id.
    #[serde(default, deserialize_with = "super::scalar::optional_text")]
    pub person: Option<String>,
    /// A department.
    pub department: Option<String>,
    /// A site.
    pub site: Option<String>,
    /// A call queue.
    pub queue: Option<String>,
    /// The platform's type of extension.
    #[serde(rename = "type")]
    pub extension_type: Option<String>,
}

/// Why there is no calendar of a name.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// There is none.
    #[error("there is no calendar {name:?}; {advice}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        advice: String,
    },
    /// Nothing says whose calendar is which.
    #[error(
        "no extension has its own calendar: assign calendars with [[calendar_for]] in the configuration"
    )]
    NoneOwn,
    /// It is not well-formed.
    #[error("the calendar {name:?}: {reason}")]
    Wrong {
        /// Which.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl Config {
    /// The calendar of a name, its holidays read.
    pub fn calendar(&self, name: &str) -> Result<Arc<Calendar>, CalendarError> {
        let Some(section) = self.file.calendars.get(name) else {
            return Err(CalendarError::Unknown {
                name: name.to_owned(),
                advice: self.known_calendars(name),
            });
        };
        let wrong = |reason: String| CalendarError::Wrong {
            name: name.to_owned(),
            reason,
        };
        if name == OWN {
            return Err(wrong(format!(
                "{OWN:?} means each extension's own calendar; choose another name"
            )));
        }
        let hours = Hours::parse(&section.hours).map_err(|error| wrong(error.to_string()))?;
        let zone = section.zone.as_deref().map(Zone::written).transpose();
        let holidays = self.holidays(&section.holidays).map_err(wrong)?;
        if hours.mentions_holidays() && holidays.is_empty() {
            return Err(wrong(
                "its hours use PH, but it has no holidays: add holidays = [\"country:DE\", \"2026-12-24\", \"own.ics\"]"
                    .to_owned(),
            ));
        }
        Ok(Arc::new(Calendar {
            name: name.to_owned(),
            hours: hours.with_holidays(&holidays),
            zone: zone.map_err(|error| wrong(error.to_string()))?,
            holidays,
        }))
    }

    /// The names of all calendars, in order.
    pub fn calendar_names(&self) -> Vec<String> {
        self.file.calendars.keys().cloned().collect()
    }

    fn known_calendars(&self, name: &str) -> String {
        let names = || self.file.calendars.keys().map(String::as_str);
        match suggestion(name, names()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None if self.file.calendars.is_empty() => {
                "the configuration has none; write one under [calendars.NAME]".to_owned()
            }
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        }
    }

    /// Whose calendar is which.
    pub fn calendar_choices(&self) -> Result<CalendarChoices, CalendarError> {
        if self.file.calendar_for.is_empty() {
            return Err(CalendarError::NoneOwn);
        }
        let choices = self.file.calendar_for.iter().map(|section| {
            let whose = CalendarFor {
                person: section.person.clone(),
                department: section.department.clone(),
                site: section.site.clone(),
                queue: section.queue.clone(),
                extension_type: section.extension_type.clone(),
            };
            Ok((whose, self.calendar(&section.calendar)?))
        });
        choices.collect::<Result<_, _>>().map(CalendarChoices)
    }

    fn holidays(&self, words: &[String]) -> Result<Holidays, String> {
        let mut holidays = Holidays::default();
        for word in words {
            match HolidaySource::parse(word).map_err(|error| error.to_string())? {
                HolidaySource::Date(date) => holidays.insert(
                    date,
                    Holiday {
                        source: "configuration".to_owned(),
                        name: String::new(),
                    },
                ),
                HolidaySource::Country(code) => {
                    let country = Holidays::of_country(&code);
                    holidays.extend(country.map_err(|error| error.to_string())?);
                }
                HolidaySource::File(file) => holidays.extend(self.holidays_of_file(&file)?),
            }
        }
        Ok(holidays)
    }

    /// Every day of every event of an iCalendar file next to the configuration file.
    fn holidays_of_file(&self, file: &str) -> Result<Holidays, String> {
        let path = self.beside(Some(&PathBuf::from(file))).unwrap_or_default();
        let mut holidays = Holidays::default();
        for event in events_of_file(&path, Purpose::Holidays)? {
            for date in event.dates() {
                holidays.insert(
                    date,
                    Holiday {
                        source: file.to_owned(),
                        name: event.summary.clone(),
                    },
                );
            }
        }
        Ok(holidays)
    }
}

/// The events of an iCalendar file; the error is the whole sentence.
pub(super) fn events_of_file(path: &Path, purpose: Purpose) -> Result<Vec<DayEvent>, String> {
    let bytes = files::unmarked(path).map_err(|error| error.to_string())?;
    icalendar::day_events(&bytes, purpose).map_err(|error| {
        let line = error.line();
        let line = line.map_or_else(String::new, |line| format!(" line {line}"));
        format!("{}{line}: {error}", path.display())
    })
}
