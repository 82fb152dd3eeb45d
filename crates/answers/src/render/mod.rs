//! Answers as text: tables for people, JSON, NDJSON and CSV for programs. Pure: text comes out, nothing is printed.
//!
//! Tables carry colour as ANSI sequences, which the caller removes where they are not wanted; colour never
//! says what words or signs do not say, too. Whatever came from outside is escaped before it gets into a table.

pub mod access;
pub mod calendar;
pub mod checks;
pub mod daily;
pub mod provenance;
pub mod settings;
pub mod status;

use std::fmt::Display;

use jiff::civil::Date;
use presence_charts::csv::Cell;

use crate::shapes::common::Person;
use presence_core::query::local_time::{Fineness, LocalTime};
use presence_core::query::zone::Zone;
use presence_model::time::Timestamp;
use presence_texts::Texts;

/// What a table is written for.
#[derive(Clone, Debug)]
pub struct Page {
    /// In which local time moments are shown.
    pub zone: Zone,
    /// How many columns there are; `None`: as many as it takes.
    pub width: Option<usize>,
    /// In which language.
    pub texts: Texts,
}

impl Page {
    /// A page in English, as the terminal shows it.
    pub fn english(zone: Zone, width: Option<usize>) -> Self {
        Self {
            zone,
            width,
            texts: Texts::english(),
        }
    }

    /// A moment by the local clock, to the second: `2026-11-02 14:05:31`; with its offset where that comes twice.
    pub fn moment(&self, at: Timestamp) -> String {
        let local = LocalTime::of(&self.zone, at);
        format!(
            "{} {}",
            self.date(local.date()),
            local.clock(Fineness::Second)
        )
    }

    /// A day in figures: `2026-11-02`.
    pub fn date(&self, date: Date) -> String {
        self.texts.date(date.year(), date.month(), date.day())
    }

    /// The clock time of a moment, with the date if it differs from `beside`'s.
    pub fn moment_after(&self, at: Timestamp, beside: Timestamp) -> String {
        let local = LocalTime::of(&self.zone, at);
        if local.date() == self.zone.local(beside).date() {
            local.clock(Fineness::Second)
        } else {
            self.moment(at)
        }
    }

    /// When something happened that was seen at `at` and cannot have happened before `earliest`.
    pub fn bounded(&self, at: Timestamp, earliest: Option<Timestamp>) -> String {
        match earliest.filter(|&earliest| earliest < at) {
            Some(earliest) => format!(
                "{}–{}",
                self.moment(earliest),
                self.moment_after(at, earliest)
            ),
            None => self.moment(at),
        }
    }
}

/// `1 extension`, `12 extensions`.
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, one: &str) -> String {
    let is_one = count == N::from(1);
    format!("{count} {one}{}", if is_one { "" } else { "s" })
}

/// What a table calls an extension: its name, or its id if it has neither name nor number.
pub fn name_of(person: &Person) -> String {
    match (&person.name, &person.extension_number) {
        (Some(name), _) => name.clone(),
        (None, Some(_)) => String::new(),
        (None, None) => format!("id {}", person.extension_id.0),
    }
}

/// Id, number and name of a person in CSV.
pub(crate) fn person_cells(person: &Person) -> [Cell; 3] {
    [
        Cell::own(person.extension_id.0),
        Cell::text(person.extension_number.as_deref()),
        Cell::text(person.name.as_deref()),
    ]
}
