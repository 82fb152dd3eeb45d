//! Content lines: what is written in one property, wherever it is folded.
//!
//! Long lines are folded after so many bytes, also within a letter: they are joined as bytes, and read as text after that.

use super::IcalendarError;
use presence_model::text;

/// A property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The line of the file on which it begins, from 1.
    pub(super) number: usize,
    /// Its name, in capitals.
    pub(super) name: String,
    /// Its parameters, their names in capitals.
    params: Vec<(String, String)>,
    /// What it says, without white space around it.
    pub(super) value: String,
}

impl Line {
    /// A parameter; `name` in capitals.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        let mut params = self.params.iter();
        params
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether it says this, whatever the case of the letters.
    pub(super) fn is(&self, word: &str) -> bool {
        self.value.eq_ignore_ascii_case(word)
    }
}

/// The properties of a file, in their order.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Line>, IcalendarError> {
    let unfolded = unfolded(bytes);
    if unfolded.is_empty() {
        return Err(IcalendarError::Malformed {
            line: None,
            what: "it is empty; an iCalendar file begins with BEGIN:VCALENDAR".to_owned(),
        });
    }
    let last = unfolded.len() - 1;
    let mut lines = Vec::with_capacity(unfolded.len());
    for (index, (number, bytes)) in unfolded.into_iter().enumerate() {
        let text =
            text::checked(&bytes).map_err(|error| IcalendarError::at(number, error.reason()))?;
        match read(number, text) {
            Some(line) => lines.push(line),
            None if lines.is_empty() => return Err(not_a_calendar(number, text)),
            None if index == last => {
                return Err(IcalendarError::at(
                    number,
                    format!(
                        "the file is cut off: it ends with {:?}, where a property such as SUMMARY:Christmas should be",
                        excerpt(text)
                    ),
                ));
            }
            None => {
                return Err(IcalendarError::at(
                    number,
                    format!(
                        "{:?} is no property such as SUMMARY:Christmas; a line that goes on has to begin with a space",
                        excerpt(text)
                    ),
                ));
            }
        }
    }
    Ok(lines)
}

/// What a file says that does not begin as a calendar.
pub(super) fn not_a_calendar(number: usize, text: &str) -> IcalendarError {
    IcalendarError::at(
        number,
        format!(
            "it is no iCalendar file (RFC 5545): BEGIN:VCALENDAR is missing before {:?}",
            excerpt(text)
        ),
    )
}

/// The beginning of a text.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The lines with the number of each, folded ones joined, empty ones left out. Lines end in CRLF, LF or CR.
fn unfolded(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut rest = bytes;
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let length = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let length = length.unwrap_or(rest.len());
        let (line, after) = rest.split_at(length);
        let end = after.strip_prefix(b"\r\n").or(after.get(1..));
        rest = end.unwrap_or_default();
        match (line, lines.last_mut()) {
            ([], _) => {}
            ([b' ' | b'\t', line @ ..], Some((_, last))) => last.extend_from_slice(line),
            _ => lines.push((number, line.to_vec())),
        }
    }
    lines.retain(|(_, line)| !line.trim_ascii().is_empty());
    lines
}

/// `NAME;PARAM=value;PARAM="value":what it says`
fn read(number: usize, text: &str) -> Option<Line> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let name_end = text.find(|c| !is_of_name(c))?;
    let (name, rest) = text.split_at(name_end);
    if name.is_empty() {
        return None;
    }
    let mut params = Vec::new();
    let mut rest = rest;
    while let Some(after) = rest.strip_prefix(';') {
        let end = outside_quotes(after, |c| c == ';' || c == ':')?;
        let (param, after) = after.split_at(end);
        let (name, value) = param.split_once('=').unwrap_or((param, ""));
        params.push((
            name.trim().to_ascii_uppercase(),
            value.trim().trim_matches('"').to_owned(),
        ));
        rest = after;
    }
    let value = rest.strip_prefix(':')?;
    Some(Line {
        number,
        name: name.to_ascii_uppercase(),
        params,
        value: value.trim().to_owned(),
    })
}

fn outside_quotes(text: &str, is_wanted: impl Fn(char) -> bool) -> Option<usize> {
    let mut is_inside = false;
    for (at, c) in text.char_indices() {
        if c == '"' {
            is_inside = !is_inside;
        } else if !is_inside && is_wanted(c) {
            return Some(at);
        }
    }
    None
}
