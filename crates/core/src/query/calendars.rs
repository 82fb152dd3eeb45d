//! Named calendars: business hours with a zone and holidays, and whose they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::holidays::Holidays;
use super::hours::Hours;
use super::zone::Zone;
use presence_model::ids::ExtensionId;
use presence_model::profile::Profile;
use presence_model::text::is_same_name;
use presence_model::time::TimeRange;

/// A named calendar.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Its name.
    pub name: String,
    /// The hours that count, with its holidays.
    pub hours: Hours,
    /// In which zone; `None`: as the question says, or each extension's own.
    pub zone: Option<Zone>,
    /// The dates that `PH` in its hours selects.
    pub holidays: Holidays,
}

impl Calendar {
    /// What is not known of the holidays from one date to another, a sentence each.
    pub fn unknown_holidays(&self, from: Date, last: Date) -> Vec<String> {
        let unknown = self.holidays.unknown_in(from, last);
        let told = unknown.map(|(source, years)| {
            format!(
                "{source} knows the holidays of {} to {} only",
                years.start(),
                years.end()
            )
        });
        told.collect()
    }

    /// The same of a window, if the hours depend on holidays. Its dates are those of the calendar's zone, or of UTC.
    fn unknown_in(&self, window: TimeRange) -> Vec<String> {
        if !self.hours.mentions_holidays() {
            return Vec::new();
        }
        let zone = self.zone.clone().unwrap_or_else(Zone::utc);
        let date = |at| zone.local(at).date();
        self.unknown_holidays(date(window.from()), date(window.to().plus_ms(-1)))
    }

    /// Everything that its meaning depends on, and nothing else.
    fn hash_into(&self, hasher: &mut Sha256) {
        let zone = self.zone.as_ref().map_or("", Zone::name);
        for text in [self.hours.text(), zone] {
            hash_text(hasher, text);
        }
        for date in self.holidays.dates() {
            hash_text(hasher, &date.to_string());
        }
        hasher.update([0]);
    }
}

fn hash_text(hasher: &mut Sha256, text: &str) {
    hasher.update([1]);
    hasher.update(text.len().to_be_bytes());
    hasher.update(text);
}

/// Whose calendar it is: everything that is given must be so. Nothing given: everybody's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarFor {
    /// An extension number or id.
    pub person: Option<String>,
    /// A department.
    pub department: Option<String>,
    /// A site.
    pub site: Option<String>,
    /// A call queue.
    pub queue: Option<String>,
    /// The platform's type of extension.
    pub extension_type: Option<String>,
}

impl CalendarFor {
    /// Whether it is the calendar of an extension with this latest profile.
    pub fn is_of(&self, extension_id: ExtensionId, profile: Option<&Profile>) -> bool {
        let text = |wanted: &Option<String>, value: Option<&String>| {
            let is_meant = |wanted: &String| value.is_some_and(|value| is_same_name(wanted, value));
            wanted.as_ref().is_none_or(is_meant)
        };
        let number = profile.and_then(|profile| profile.extension_number.as_ref());
        let is_person = self
            .person
            .as_ref()
            .is_none_or(|wanted| Some(wanted) == number || *wanted == extension_id.to_string());
        let queues = profile.map_or(&[][..], |profile| &profile.queues);
        let is_in_queue = self
            .queue
            .as_ref()
            .is_none_or(|queue| queues.iter().any(|one| is_same_name(one, queue)));
        is_person
            && is_in_queue
            && text(
                &self.department,
                profile.and_then(|profile| profile.department.as_ref()),
            )
            && text(
                &self.site,
                profile.and_then(|profile| profile.site.as_ref()),
            )
            && text(
                &self.extension_type,
                profile.and_then(|profile| profile.extension_type.as_ref()),
            )
    }
}

/// Whose calendar is which: the first that fits counts.
#[derive(Clone, Debug, Default)]
pub struct CalendarChoices(pub Vec<(CalendarFor, Arc<Calendar>)>);

impl CalendarChoices {
    /// The calendar of an extension with this latest profile; `None` if none fits.
    pub fn of(
        &self,
        extension_id: ExtensionId,
        profile: Option<&Profile>,
    ) -> Option<&Arc<Calendar>> {
        let fitting = self
            .0
            .iter()
            .find(|(whose, _)| whose.is_of(extension_id, profile));
        fitting.map(|(_, calendar)| calendar)
    }
}

/// Which hours of an answer count.
#[derive(Clone, Debug)]
pub enum HoursChoice {
    /// All, or these, for everybody.
    Given(Option<Hours>),
    /// Those of one calendar, for everybody.
    Calendar(Arc<Calendar>),
    /// Those of each extension's own calendar; all, for those without one.
    Own(CalendarChoices),
}

impl From<Option<Hours>> for HoursChoice {
    fn from(hours: Option<Hours>) -> Self {
        Self::Given(hours)
    }
}

impl HoursChoice {
    /// The hours of an extension, and their calendar where they are of one.
    pub fn of(
        &self,
        extension_id: ExtensionId,
        profile: Option<&Profile>,
    ) -> (Option<&Hours>, Option<&Arc<Calendar>>) {
        let calendar = match self {
            Self::Given(hours) => return (hours.as_ref(), None),
            Self::Calendar(calendar) => Some(calendar),
            Self::Own(choices) => choices.of(extension_id, profile),
        };
        (calendar.map(|calendar| &calendar.hours), calendar)
    }

    /// What is not known of the holidays that decide in a window, a sentence each.
    pub fn warnings(&self, window: TimeRange) -> Vec<String> {
        let told: BTreeSet<String> = match self {
            Self::Given(Some(hours)) if hours.mentions_holidays() => {
                BTreeSet::from([WITHOUT_HOLIDAYS.to_owned()])
            }
            Self::Given(_) => BTreeSet::new(),
            Self::Calendar(calendar) => calendar.unknown_in(window).into_iter().collect(),
            Self::Own(choices) => {
                let calendars = choices.0.iter().map(|(_, calendar)| calendar);
                calendars.flat_map(|one| one.unknown_in(window)).collect()
            }
        };
        told.into_iter().collect()
    }

    /// The text of the hours, where they are the same for everybody.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Given(hours) => hours.as_ref().map(Hours::text),
            Self::Calendar(calendar) => Some(calendar.hours.text()),
            Self::Own(_) => None,
        }
    }

    /// What identifies the meaning of the calendars, as hexadecimal digits: two with the same digest schedule everybody
    /// alike, whatever they are called. `None` where hours are of none.
    pub fn digest(&self) -> Option<String> {
        let mut hasher = Sha256::new();
        match self {
            Self::Given(_) => return None,
            Self::Calendar(calendar) => {
                hasher.update(b"calendar 1\0");
                calendar.hash_into(&mut hasher);
            }
            Self::Own(choices) => {
                hasher.update(b"calendars 1\0");
                for (whose, calendar) in &choices.0 {
                    let conditions = [
                        &whose.person,
                        &whose.department,
                        &whose.site,
                        &whose.queue,
                        &whose.extension_type,
                    ];
                    for condition in conditions {
                        match condition {
                            Some(text) => hash_text(&mut hasher, text),
                            None => hasher.update([0]),
                        }
                    }
                    calendar.hash_into(&mut hasher);
                }
            }
        }
        Some(hex::encode(hasher.finalize()))
    }

    /// The name of the calendar, or `own`.
    pub fn calendar_name(&self) -> Option<&str> {
        match self {
            Self::Given(_) => None,
            Self::Calendar(calendar) => Some(&calendar.name),
            Self::Own(_) => Some(OWN),
        }
    }
}

/// What is said of hours that belong to no calendar and mention holidays.
const WITHOUT_HOLIDAYS: &str = "PH in these hours selects nothing: only the holidays of a calendar are known; name one with \
                                --calendar";

/// What asks for each extension's own calendar.
pub const OWN: &str = "own";

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(name: &str) -> Arc<Calendar> {
        Arc::new(Calendar {
            name: name.to_owned(),
            hours: Hours::parse("Mo-Fr 09:00-17:00").expect("hours"),
            zone: None,
            holidays: Holidays::default(),
        })
    }

    #[test]
    fn the_first_that_fits_counts() {
        let text = |text: &str| Some(text.to_owned());
        let choices = CalendarChoices(vec![
            (
                CalendarFor {
                    person: text("101"),
                    ..CalendarFor::default()
                },
                calendar("person"),
            ),
            (
                CalendarFor {
                    department: text("Support"),
                    queue: text("Night"),
                    ..CalendarFor::default()
                },
                calendar("night"),
            ),
            (
                CalendarFor {
                    site: text("North"),
                    ..CalendarFor::default()
                },
                calendar("north"),
            ),
        ]);
        let profile = |number: &str, department: &str, queues: &[&str], site: &str| Profile {
            extension_number: text(number),
            department: text(department),
            site: text(site),
            queues: queues.iter().map(|&queue| queue.to_owned()).collect(),
            ..Profile::default()
        };
        let of = |profile: Option<&Profile>| {
            let found = choices.of(ExtensionId(1), profile);
            found.map(|calendar| calendar.name.as_str())
        };
        assert_eq!(
            of(Some(&profile("101", "Support", &["Night"], "North"))),
            Some("person")
        );
        assert_eq!(
            of(Some(&profile("102", "Support", &["Night"], "North"))),
            Some("night")
        );
        assert_eq!(
            of(Some(&profile("102", "Support", &["Day"], "North"))),
            Some("north")
        );
        assert_eq!(
            of(Some(&profile("102", "Sales", &["Night"], "South"))),
            None
        );
        assert_eq!(of(None), None);
    }
}
