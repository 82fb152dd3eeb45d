//! `[[absences]]`: planned absence, from files that others keep.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Config;
use super::calendars::events_of_file;
use presence_core::query::absence::{AbsenceRow, AbsenceTable, DayPart, absence_table};
use presence_files as files;
use presence_icalendar::{DayEvent, Purpose};

/// `[[absences]]`: planned absence, from a file next to the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbsencesSection {
    /// A table with the columns person, from and to; or iCalendar (`.ics`), all of whose events are one person's.
    pub file: String,
    /// Whose an iCalendar file is: an extension number, an id, or part of a name.
    #[serde(default, deserialize_with = "super::scalar::optional_text")]
    pub person: Option<String>,
}

/// What a file of absences says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsenceFile {
    /// The file, as messages name it.
    pub name: String,
    /// The absences that could be read: anyone who is meant is still in words.
    pub rows: Vec<AbsenceRow>,
    /// What could not be read of it, a sentence each, with the line.
    pub warnings: Vec<String>,
    /// How many were left out because they are not approved.
    pub not_approved_count: usize,
}

impl AbsenceFile {
    /// A sentence about one of its rows, with the file and the line.
    pub fn told(&self, row: &AbsenceRow, what: &str) -> String {
        told(&self.name, row.line, what)
    }
}

fn told(name: &str, line: u64, what: &str) -> String {
    match line {
        0 => format!("{name} does not count: {what}"),
        line => format!("{name} line {line} does not count: {what}"),
    }
}

impl Config {
    /// Planned absence as the files tell it. The error is the whole sentence.
    pub fn absence_files(&self) -> Result<Vec<AbsenceFile>, String> {
        let sections = self.file.absences.iter();
        sections
            .map(|section| {
                let path = self.beside(Some(&PathBuf::from(&section.file)));
                absence_file(section, &path.unwrap_or_default())
            })
            .collect()
    }
}

fn absence_file(section: &AbsencesSection, path: &Path) -> Result<AbsenceFile, String> {
    let name = path.display().to_string();
    let wrong = |reason: String| format!("{name}: {reason}");
    let is_icalendar = path
        .extension()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("ics"));
    match (&section.person, is_icalendar) {
        (Some(person), true) => {
            let events = events_of_file(path, Purpose::Absence)?;
            Ok(AbsenceFile {
                rows: rows_of_events(person, events),
                name,
                warnings: Vec::new(),
                not_approved_count: 0,
            })
        }
        (None, false) => {
            let text = files::text(path).map_err(|error| error.to_string())?;
            let table = absence_table(&text).map_err(|error| wrong(error.to_string()))?;
            let is_empty = text.trim().is_empty();
            Ok(file_of_table(name, table, is_empty))
        }
        (None, true) => Err(wrong(
            "say whose absence it is: add person = \"101\" next to file".to_owned(),
        )),
        (Some(_), false) => Err(wrong(
            "its lines name the people; person is for iCalendar files".to_owned(),
        )),
    }
}

fn file_of_table(name: String, table: AbsenceTable, is_empty: bool) -> AbsenceFile {
    let faults = table.faults.into_iter();
    let warnings = faults.map(|fault| told(&name, fault.line, &fault.what));
    let empty = is_empty.then(|| format!("{name}: it is empty"));
    AbsenceFile {
        warnings: warnings.chain(empty).collect(),
        rows: table.rows,
        not_approved_count: table.not_approved_count,
        name,
    }
}

fn rows_of_events(person: &str, events: Vec<DayEvent>) -> Vec<AbsenceRow> {
    let rows = events.into_iter().flat_map(|event| {
        let line = event.line as u64;
        event.days.into_iter().map(move |days| (line, days))
    });
    rows.map(|(line, days)| AbsenceRow {
        line,
        person: person.to_owned(),
        days: vec![(days, DayPart::Whole)],
    })
    .collect()
}
