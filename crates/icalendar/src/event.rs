//! What an event says, property by property.

use std::rc::Rc;

use super::component::Component;
use super::line::Line;
use super::properties::{Effect, effect, may_stand_once};
use super::when::{When, Zones};
use super::{IcalendarError, Purpose};

/// An event of a file, as it is written.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// What it is called.
    pub(super) summary: String,
    /// What it is written in.
    pub(super) part: Component,
    /// The zones of its calendar.
    pub(super) zones: Rc<Zones>,
    /// Whether it is said not to take place.
    pub(super) cancelled: Cancelled,
    /// Whether it says that its time is free.
    pub(super) is_free: bool,
    /// The higher, the later it was written.
    pub(super) sequence: i64,
}

/// Whether an event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancelled {
    No,
    /// Its own status says so.
    Itself,
    /// The message that it is in takes back whatever has its UID (`METHOD:CANCEL`).
    WithItsUid,
}

impl Event {
    /// Its identifier, which moved occurrences and later versions share; `None` if it has none.
    pub(super) fn uid(&self) -> Option<&str> {
        let uid = self.part.find("UID")?;
        Some(uid.value.as_str()).filter(|uid| !uid.is_empty())
    }

    /// The occurrence that it stands for, if it stands for one of a series.
    pub(super) fn recurrence_id(&self) -> Option<&Line> {
        self.part.find("RECURRENCE-ID")
    }

    /// An error that names it.
    pub(super) fn wrong(&self, what: impl Into<String>) -> IcalendarError {
        IcalendarError::Event {
            line: self.part.number,
            summary: self.summary.clone(),
            what: what.into(),
        }
    }

    /// Reads a value of one of its properties.
    pub(super) fn when(&self, line: &Line, value: &str) -> Result<When, IcalendarError> {
        When::read(line, value).ok_or_else(|| {
            self.wrong(format!(
                "has {} {value:?}, which is no date such as 20261225 and no time such as 20261225T000000",
                line.name
            ))
        })
    }

    fn read(
        part: Component,
        zones: Rc<Zones>,
        method_cancels: bool,
    ) -> Result<Self, IcalendarError> {
        let status_cancels = part.find("STATUS").is_some_and(|line| line.is("CANCELLED"));
        let says = |name: &str, words: &[&str]| {
            let line = part.find(name);
            line.is_some_and(|line| words.iter().any(|word| line.is(word)))
        };
        let event = Self {
            summary: part
                .find("SUMMARY")
                .map_or_else(String::new, |line| unescaped(&line.value)),
            cancelled: match (method_cancels, status_cancels) {
                (true, _) => Cancelled::WithItsUid,
                (_, true) => Cancelled::Itself,
                _ => Cancelled::No,
            },
            is_free: says("TRANSP", &["TRANSPARENT"])
                || says("X-MICROSOFT-CDO-BUSYSTATUS", &["FREE", "WORKINGELSEWHERE"]),
            sequence: part
                .find("SEQUENCE")
                .and_then(|line| line.value.parse().ok())
                .unwrap_or(0),
            part,
            zones,
        };
        for (index, line) in event.part.lines.iter().enumerate() {
            let is_again = event.part.lines[..index]
                .iter()
                .any(|other| other.name == line.name);
            if is_again && may_stand_once(&line.name) {
                return Err(event.wrong(format!("has {} twice (line {})", line.name, line.number)));
            }
            if effect(&line.name) == Effect::NotRead {
                return Err(event.wrong(format!(
                    "has {} (line {}), which is not read and may decide about its days",
                    line.name, line.number
                )));
            }
        }
        Ok(event)
    }
}

/// The events of a calendar.
pub(super) fn events(calendar: Component, purpose: Purpose) -> Result<Vec<Event>, IcalendarError> {
    check(&calendar, purpose)?;
    let zones = Rc::new(Zones::of(&calendar));
    let method_cancels = calendar
        .find("METHOD")
        .is_some_and(|line| line.is("CANCEL"));
    let parts = calendar.parts.into_iter();
    let events = parts.filter(|part| part.kind == "VEVENT");
    events
        .map(|part| Event::read(part, Rc::clone(&zones), method_cancels))
        .filter(|event| {
            // What only carries moved occurrences of a series that is not in the file takes no time itself.
            !event
                .as_ref()
                .is_ok_and(|event| event.part.find("X-MOZ-FAKED-MASTER").is_some())
        })
        .collect()
}

/// What a whole calendar says must leave the events what they are.
fn check(calendar: &Component, purpose: Purpose) -> Result<(), IcalendarError> {
    let refused = |line: &Line, why: &str| {
        let what = format!("{}:{} {why}", line.name, line.value);
        Err(IcalendarError::at(line.number, what))
    };
    for line in &calendar.lines {
        match line.name.as_str() {
            "VERSION" if line.is("1.0") => {
                return refused(
                    line,
                    "is vCalendar, not iCalendar; export it as iCalendar 2.0 (.ics)",
                );
            }
            "CALSCALE" if !line.is("GREGORIAN") => {
                return refused(
                    line,
                    "is not read: days have to be those of the Gregorian calendar",
                );
            }
            "METHOD" if !(line.is("PUBLISH") || line.is("REQUEST") || line.is("CANCEL")) => {
                return refused(
                    line,
                    "is a message between calendars; export the calendar itself",
                );
            }
            _ => {}
        }
    }
    let other = calendar.parts.iter().find(|part| {
        purpose == Purpose::Absence && (part.kind == "VFREEBUSY" || part.kind == "VAVAILABILITY")
    });
    match other {
        Some(part) => Err(IcalendarError::at(
            part.number,
            format!("{} is not read: export the events themselves", part.kind),
        )),
        None => Ok(()),
    }
}

/// Text without its escapes, in one line.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n' | 'N') => plain.push(' '),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            (other, false) => plain.push(other),
        }
    }
    plain
}
