//! Files of absences: a table of people and days, as people write it and as spreadsheets and exports save it.
//!
//! A row that cannot be used says why and is left out; the others count.

use std::ops::Range;

use jiff::civil::Date;

use super::dates::date;
use super::words::{Column, Decision, HalfWord, decision, half, key, known_count, place};
use super::{AbsenceRow, DayPart, Days};
use presence_model::text;

/// What a file of absences holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbsenceTable {
    /// The rows that count.
    pub rows: Vec<AbsenceRow>,
    /// Those that cannot be used.
    pub faults: Vec<RowFault>,
    /// How many were left out because they are not approved.
    pub not_approved_count: usize,
}

/// Why a row cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, and what to do.
    pub what: String,
}

/// Why a file of absences cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum AbsenceError {
    /// It is no CSV.
    #[error("it is no CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error(
        "it has no column {missing:?}: the first line names the columns {found}; needed are person, from and to, with commas, semicolons or tabs \
         between them, and `to` is the last day"
    )]
    NoColumn {
        /// Which.
        missing: &'static str,
        /// Those that there are.
        found: String,
    },
    /// It has more rows than can be meant.
    #[error("it has more than {ROWS_MAX} rows")]
    TooMany,
}

/// So many rows a file may have.
const ROWS_MAX: usize = 500_000;

/// So many names of columns are shown where one is missing.
const SHOWN_MAX: usize = 12;

/// What may stand between columns.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads a table with the columns person, from and to, of text whose lines end in line feeds. `to` is the last day, and
/// may be empty for a single one. A column `status` leaves out what is not approved; `half_day` (`am`, `pm`), or `from_half`
/// and `to_half`, say which part of a day is meant. Other columns are ignored.
pub fn absence_table(text: &str) -> Result<AbsenceTable, AbsenceError> {
    let mut table = AbsenceTable::default();
    let (text, separator) = separator(text);
    let mut reader = reader(text, separator);
    let mut lines = Lines::new(text);
    let mut columns: Option<Columns> = None;
    for record in reader.records() {
        let record = record?;
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        let fields: Vec<&str> = record.iter().map(plain).collect();
        if fields.iter().all(|field| field.is_empty()) {
            continue;
        }
        let Some(columns) = &columns else {
            columns = Some(Columns::of(&fields)?);
            continue;
        };
        match columns.read(&fields) {
            Ok(Some((person, days))) => table.rows.push(AbsenceRow { line, person, days }),
            Ok(None) => table.not_approved_count += 1,
            Err(what) => table.faults.push(RowFault { line, what }),
        }
        if table.rows.len() + table.faults.len() > ROWS_MAX {
            return Err(AbsenceError::TooMany);
        }
    }
    Ok(table)
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes())
}

/// A field without white space, and without what keeps a spreadsheet from changing it (`="0101"`, `'0101`).
fn plain(field: &str) -> &str {
    let field = text::value(field);
    let inner = field
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_else(|| field.strip_prefix('\'').unwrap_or(field))
}

/// What stands between the columns: what the first line says (`sep=;`, as Excel has it), else the one under which most
/// columns are known. A line that says it is emptied.
fn separator(text: &str) -> (&str, u8) {
    let first = text.lines().next().unwrap_or_default();
    if let Some(&[said]) = first.strip_prefix("sep=").map(str::as_bytes)
        && SEPARATORS.contains(&said)
    {
        return (&text[first.len()..], said);
    }
    let known = |separator: u8| {
        let mut records = reader(text, separator).into_records();
        let header = records.find_map(|record| {
            let fields: Vec<String> = record.ok()?.iter().map(key).collect();
            fields
                .iter()
                .any(|field| !field.is_empty())
                .then_some(fields)
        });
        header.map_or(0, |header| known_count(&header))
    };
    // Of those that are equal the first.
    let best = SEPARATORS.iter().rev().max_by_key(|&&one| known(one));
    (text, best.copied().unwrap_or(b','))
}

/// Numbers of lines, asked for in ascending order.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    /// The line in which a record begins that was read from this byte on, behind empty lines.
    fn of(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(self.text.len());
        let end = byte.min(self.text.len()).max(self.at);
        // Before each line feed ends a line; what is behind the last has begun.
        let pieces = self.text[self.at..end].split(|&byte| byte == b'\n');
        self.line += pieces.count() as u64 - 1;
        self.at = end;
        let empty = self.text[end..].iter().take_while(|&&byte| byte == b'\n');
        self.line + empty.count() as u64
    }
}

/// Where each column is.
struct Columns {
    person: usize,
    from: usize,
    to: usize,
    status: Option<usize>,
    half: Option<usize>,
    from_half: Option<usize>,
    to_half: Option<usize>,
    days: Option<usize>,
    names: Vec<String>,
}

impl Columns {
    fn of(fields: &[&str]) -> Result<Self, AbsenceError> {
        let headers: Vec<String> = fields.iter().map(|field| key(field)).collect();
        let needed = |column: Column, missing: &'static str| {
            place(&headers, column).ok_or_else(|| AbsenceError::NoColumn {
                missing,
                found: shown(fields),
            })
        };
        Ok(Self {
            person: needed(Column::Person, "person")?,
            from: needed(Column::From, "from")?,
            to: needed(Column::To, "to")?,
            status: place(&headers, Column::Status),
            half: place(&headers, Column::Half),
            from_half: place(&headers, Column::FromHalf),
            to_half: place(&headers, Column::ToHalf),
            days: place(&headers, Column::Days),
            names: fields.iter().map(|&field| field.to_owned()).collect(),
        })
    }

    /// Who is absent when; `None` if it is not approved. The error is the sentence.
    fn read(&self, fields: &[&str]) -> Result<Option<(String, Vec<Days>)>, String> {
        let field = |index: usize| fields.get(index).copied().unwrap_or_default();
        if fields.iter().any(|field| field.contains('\n')) {
            return Err(
                "a quotation mark in it is not closed, so that lines below it are taken for one field"
                    .to_owned(),
            );
        }
        if let Some(status) = self.status
            && decision(field(status))? == Decision::NotApproved
        {
            return Ok(None);
        }
        let person = field(self.person);
        if person.is_empty() {
            return Err("the person is missing".to_owned());
        }
        if field(self.from).is_empty() {
            return Err("the first day is missing".to_owned());
        }
        let start = date(field(self.from))?;
        let last = match field(self.to) {
            "" => start,
            text => date(text)?,
        };
        if last < start {
            return Err(format!("the last day {last} is before the first, {start}"));
        }
        let half_of = |place: Option<usize>| match place {
            Some(index) => half(&self.names[index], field(index)),
            None => Ok(HalfWord::Part(DayPart::Whole)),
        };
        let halves = Halves {
            both: half_of(self.half)?,
            from: half_of(self.from_half)?,
            to: half_of(self.to_half)?,
        };
        let days = halves.days(start, last)?;
        let is_whole = days.iter().all(|(_, part)| *part == DayPart::Whole);
        let amount = self.days.map(field).unwrap_or_default();
        if is_whole && has_half(amount) {
            return Err(format!(
                "it is of {amount} days, and does not say which half: add a column half_day with am or pm"
            ));
        }
        Ok(Some((person.to_owned(), days)))
    }
}

/// Whether a number of days has half a one: `0.5`, `2,5`.
fn has_half(amount: &str) -> bool {
    let Some((whole, part)) = amount.split_once(['.', ',']) else {
        return false;
    };
    let part = part.trim_end_matches('0');
    whole.bytes().all(|byte| byte.is_ascii_digit()) && part == "5"
}

fn shown(fields: &[&str]) -> String {
    let names = fields
        .iter()
        .take(SHOWN_MAX)
        .map(|name| format!("{name:?}"));
    let names: Vec<String> = names.collect();
    let more = if fields.len() > SHOWN_MAX {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", names.join(", "))
}

/// What a row says of halves.
struct Halves {
    both: HalfWord,
    from: HalfWord,
    to: HalfWord,
}

const WHICH: &str = "it is half a day, and does not say which half: write am or pm";

impl Halves {
    /// The days from the first to the last, with their parts.
    fn days(&self, start: Date, last: Date) -> Result<Vec<Days>, String> {
        use DayPart::{FirstHalf, SecondHalf, Whole};
        use HalfWord::{Part, Unsaid};
        let one = |date: Date, part: DayPart| days(date, date).map(|days| (days, part));
        if start == last {
            let part = match (self.both, self.from, self.to) {
                (both, Part(Whole), Part(Whole)) => match both {
                    Part(part) => part,
                    Unsaid => return Err(WHICH.to_owned()),
                },
                (Part(FirstHalf | SecondHalf), ..) => {
                    return Err("it says twice which half of the day it is: say it once".to_owned());
                }
                (_, Unsaid, _) | (_, _, Unsaid) => return Err(WHICH.to_owned()),
                (_, Part(SecondHalf), Part(FirstHalf)) => {
                    return Err("it ends in the first half of the day, before it begins".to_owned());
                }
                (_, Part(SecondHalf), _) => SecondHalf,
                (_, _, Part(FirstHalf)) => FirstHalf,
                _ => Whole,
            };
            return Ok(vec![one(start, part)?]);
        }
        if self.both != Part(Whole) && (self.from, self.to) == (Part(Whole), Part(Whole)) {
            return Err(
                "it is half a day, and has several: write each day on a line of its own, or use from_half and to_half"
                    .to_owned(),
            );
        }
        // An absence of several days that begins or ends with a half has the half that joins the rest.
        let begins_late = matches!(self.from, Part(SecondHalf) | Unsaid);
        let ends_early = matches!(self.to, Part(FirstHalf) | Unsaid);
        let mut made = Vec::new();
        let mut whole = days(start, last)?;
        if begins_late {
            made.push(one(start, SecondHalf)?);
            whole.start = start.tomorrow().unwrap_or(whole.start);
        }
        if ends_early {
            whole.end = last;
        }
        if whole.start < whole.end {
            made.push((whole, Whole));
        }
        if ends_early {
            made.push(one(last, FirstHalf)?);
        }
        Ok(made)
    }
}

/// From the first day to the last, half-open.
fn days(start: Date, last: Date) -> Result<Range<Date>, String> {
    let end = last.tomorrow();
    end.map(|end| start..end)
        .map_err(|_| format!("the last day {last} is the last that there is: write an earlier one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows as `line: person days`, then the faults.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let table = match absence_table(text) {
            Ok(table) => table,
            Err(error) => {
                assert_eq!([error.to_string().as_str()], expected);
                return;
            }
        };
        let rows = table.rows.iter().map(|row| {
            let days = row.days.iter().map(|(days, part)| {
                let part = match part {
                    DayPart::Whole => "",
                    DayPart::FirstHalf => " am",
                    DayPart::SecondHalf => " pm",
                };
                format!("{}..{}{part}", days.start, days.end)
            });
            let days: Vec<String> = days.collect();
            format!("{}: {} {}", row.line, row.person, days.join(" + "))
        });
        let faults = table.faults.iter();
        let faults = faults.map(|fault| format!("{}! {}", fault.line, fault.what));
        let shown: Vec<String> = rows.chain(faults).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn rows_are_days_of_people() {
        check(
            "Person,From,To,Why\n101,2026-12-24,2026-12-31,vacation\n102, 2026-11-05 ,,\n",
            &[
                "2: 101 2026-12-24..2027-01-01",
                "3: 102 2026-11-05..2026-11-06",
            ],
        );
    }

    #[test]
    fn spreadsheets_separate_and_quote_as_they_like() {
        let expected = ["2: Desk, North 2026-11-03..2026-11-05"];
        for text in [
            "person,from,to\n\"Desk, North\",2026-11-03,2026-11-04\n",
            "person;from;to\nDesk, North;03.11.2026;04.11.2026\n",
            "person\tfrom\tto\nDesk, North\t2026-11-03\t2026-11-04\n",
            "sep=;\nperson;from;to\nDesk, North;2026-11-03;2026-11-04",
            "Start Date;End Date;Employee Name;Type\n2026-11-03;2026-11-04;Desk, North;Vacation, paid\n",
        ] {
            let line = if text.starts_with("sep") { "3" } else { "2" };
            check(text, &[expected[0].replacen('2', line, 1).as_str()]);
        }
        check(
            "\n;;\nperson;from;to\n\n;;\n=\"0101\";2026-11-03;2026-11-03\n ; ; \n",
            &["6: 0101 2026-11-03..2026-11-04"],
        );
        check("", &[]);
    }

    #[test]
    fn a_row_that_cannot_be_used_does_not_undo_the_others() {
        check(
            "person,from,to\n101,2026-12-24,2026-12-23\n\n102,soon,\n103,2026-11-02\n,2026-11-02,\n104,,2026-11-02\n",
            &[
                "5: 103 2026-11-02..2026-11-03",
                "2! the last day 2026-12-23 is before the first, 2026-12-24",
                "4! \"soon\" is no date: write it like 2026-12-24",
                "6! the person is missing",
                "7! the first day is missing",
            ],
        );
        check(
            "person,from,to\n101,2026-11-02,\n\"102,2026-11-03,\n103,2026-11-04,\n",
            &[
                "2: 101 2026-11-02..2026-11-03",
                "3! a quotation mark in it is not closed, so that lines below it are taken for one field",
            ],
        );
        check(
            "person;from\n101;2026-11-02\n",
            &[
                "it has no column \"to\": the first line names the columns \"person\", \"from\"; needed are person, from and \
                 to, with commas, semicolons or tabs between them, and `to` is the last day",
            ],
        );
    }

    #[test]
    fn what_is_not_approved_does_not_count() {
        check(
            "person,from,to,Status\n101,2026-11-02,,Approved\n101,2026-11-03,,rejected\n101,2026-11-04,,Pending Approval\n\
             101,2026-11-05,,canceled\n101,2026-11-06,,perhaps\n101,2026-11-07,,\n",
            &[
                "2: 101 2026-11-02..2026-11-03",
                "6! its status \"perhaps\" is not known: write approved, rejected, cancelled or pending",
                "7! its status is empty: write approved, rejected, cancelled or pending",
            ],
        );
    }

    #[test]
    fn halves_of_days() {
        check(
            "person,from,to,Half day\n101,2026-11-02,,AM\n101,2026-11-03,,afternoon\n101,2026-11-04,,no\n\
             101,2026-11-05,,yes\n101,2026-11-09,2026-11-10,am\n101,2026-11-11,,later\n",
            &[
                "2: 101 2026-11-02..2026-11-03 am",
                "3: 101 2026-11-03..2026-11-04 pm",
                "4: 101 2026-11-04..2026-11-05",
                "5! it is half a day, and does not say which half: write am or pm",
                "6! it is half a day, and has several: write each day on a line of its own, or use from_half and to_half",
                "7! its Half day \"later\" is not known: write am or pm, or leave it empty for the whole day",
            ],
        );
        check(
            "person;from;to;from_half;to_half\n1;2026-11-02;2026-11-04;pm;am\n2;2026-11-02;2026-11-03;pm;am\n\
             3;2026-11-02;2026-11-03;am;pm\n4;2026-11-02;2026-11-02;pm;pm\n5;2026-11-02;;am;am\n6;2026-11-02;;pm;am\n\
             7;2026-11-02;2026-11-04;yes;\n",
            &[
                "2: 1 2026-11-02..2026-11-03 pm + 2026-11-03..2026-11-04 + 2026-11-04..2026-11-05 am",
                "3: 2 2026-11-02..2026-11-03 pm + 2026-11-03..2026-11-04 am",
                "4: 3 2026-11-02..2026-11-04",
                "5: 4 2026-11-02..2026-11-03 pm",
                "6: 5 2026-11-02..2026-11-03 am",
                "8: 7 2026-11-02..2026-11-03 pm + 2026-11-03..2026-11-05",
                "7! it ends in the first half of the day, before it begins",
            ],
        );
        check(
            "person,from,to,days\n101,2026-11-02,,1\n101,2026-11-03,,\"0,5\"\n101,2026-11-04,,0.5\n",
            &[
                "2: 101 2026-11-02..2026-11-03",
                "3! it is of 0,5 days, and does not say which half: add a column half_day with am or pm",
                "4! it is of 0.5 days, and does not say which half: add a column half_day with am or pm",
            ],
        );
    }
}
