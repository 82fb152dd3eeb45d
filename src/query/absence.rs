//! Planned absence: days on which somebody is known beforehand not to work, such as vacation.
//!
//! It concerns what is scheduled, not what is known: presence on such a day is recorded as on any other.

use std::ops::Range;

use jiff::civil::Date;

use super::zone::Zone;
use crate::model::HashMap;
use crate::model::ids::ExtensionId;
use crate::model::observation::named;
use crate::model::time::Span;

/// What a report does with planned absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AbsenceMode {
    /// It is no scheduled time.
    Exclude,
    /// It is no scheduled time, and is counted by itself.
    Apart,
    /// It is scheduled time like any other.
    Ignore,
}

named!(AbsenceMode { Exclude => "exclude", Apart => "apart", Ignore => "ignore" });

/// The days of planned absence, by extension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absences {
    days: HashMap<ExtensionId, Vec<Range<Date>>>,
}

impl Absences {
    /// Adds days, half-open.
    pub fn add(&mut self, extension_id: ExtensionId, days: Range<Date>) {
        if days.start < days.end {
            self.days.entry(extension_id).or_default().push(days);
        }
    }

    /// Whether nobody is absent.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The stretches of an extension's absence, each from midnight to midnight of a zone; ascending, without overlaps.
    pub fn spans(&self, extension_id: ExtensionId, zone: &Zone) -> Vec<Span> {
        let days = self.days.get(&extension_id).map_or(&[][..], Vec::as_slice);
        let spans = days.iter();
        let mut spans: Vec<Span> = spans
            .filter_map(|days| Span::new(zone.day_start(days.start), zone.day_start(days.end)))
            .collect();
        spans.sort_unstable();
        let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.from() <= last.to() => {
                    *last = Span::new(last.from(), last.to().max(span.to())).unwrap_or(span);
                }
                _ => merged.push(span),
            }
        }
        merged
    }
}

/// A row of a file of absences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsenceRow {
    /// The line in the file, from 1.
    pub line: u64,
    /// An extension number, an id, or a part of a name.
    pub person: String,
    /// The days, half-open.
    pub days: Range<Date>,
}

/// Why a file of absences cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AbsenceError {
    /// It is no CSV.
    #[error("it is no CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error(
        "it has no column {0:?}; the first line names the columns person,from,to, and `to` is the last day"
    )]
    NoColumn(&'static str),
    /// A row is wrong.
    #[error("line {line}: {what}")]
    Row {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
}

/// Reads `person,from,to` with dates like 2026-12-24; `to` is the last day, and may be empty for a single one. Other
/// columns are ignored.
pub fn absence_rows(text: &str) -> Result<Vec<AbsenceRow>, AbsenceError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let column = |name: &'static str| {
        let place = header
            .iter()
            .position(|column| column.eq_ignore_ascii_case(name));
        place.ok_or(AbsenceError::NoColumn(name))
    };
    let (person, from, to) = (column("person")?, column("from")?, column("to")?);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |what: String| AbsenceError::Row { line, what };
        let field = |place: usize| record.get(place).unwrap_or_default();
        let date = |text: &str| {
            let date = text.parse::<Date>().ok();
            date.filter(|date| date.to_string() == text)
                .ok_or_else(|| wrong(format!("{text:?} is no date like 2026-12-24")))
        };
        let start = date(field(from))?;
        let last = match field(to) {
            "" => start,
            text => date(text)?,
        };
        let end = last.tomorrow().unwrap_or(last);
        if field(person).is_empty() {
            return Err(wrong("the person is missing".to_owned()));
        }
        if end <= start {
            return Err(wrong(format!(
                "the last day {last} is before the first, {start}"
            )));
        }
        rows.push(AbsenceRow {
            line,
            person: field(person).to_owned(),
            days: start..end,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_days_of_people() {
        let rows = absence_rows(
            "Person,From,To,Why\n101,2026-12-24,2026-12-31,vacation\n102, 2026-11-05 ,,\n",
        );
        let told: Vec<String> = rows
            .expect("they are well-formed")
            .iter()
            .map(|row| {
                format!(
                    "{}: {} {}..{}",
                    row.line, row.person, row.days.start, row.days.end
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "2: 101 2026-12-24..2027-01-01",
                "3: 102 2026-11-05..2026-11-06"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |text: &str| absence_rows(text).expect_err("it is wrong").to_string();
        assert_eq!(
            told("person,from,to\n101,2026-12-24,2026-12-23\n"),
            "line 2: the last day 2026-12-23 is before the first, 2026-12-24"
        );
        assert_eq!(
            told("person,from,to\n101,24.12.2026,\n"),
            "line 2: \"24.12.2026\" is no date like 2026-12-24"
        );
        assert!(told("person,from\n").starts_with("it has no column \"to\""));
    }

    #[test]
    fn days_are_local_and_count_once() {
        let id = ExtensionId(1);
        let date = |text: &str| text.parse::<Date>().expect("a date");
        let mut absences = Absences::default();
        absences.add(id, date("2026-10-25")..date("2026-10-26"));
        absences.add(id, date("2026-10-24")..date("2026-10-26"));
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let spans = absences.spans(id, &zone);
        let lengths: Vec<i64> = spans
            .iter()
            .map(|span| span.duration_ms() / 3_600_000)
            .collect();
        assert_eq!(lengths, [49], "a day of 24 hours and one of 25");
        assert!(absences.spans(ExtensionId(2), &zone).is_empty());
    }
}
