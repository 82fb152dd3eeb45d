//! CSV text that is safe to open in a spreadsheet.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, also one that somebody has put into
//! their status message. Such text gets an apostrophe in front (OWASP, *CSV injection*); numbers and times that we
//! write ourselves stay as they are. Control characters and what turns the direction of writing are escaped as in tables,
//! but for tabs and line ends: JSON has them exactly.

use crate::model::time::Timestamp;
use crate::shapes::common::{Person, Time};

use super::escape;

/// How a cell begins that a spreadsheet takes for a formula; the wide signs in Japanese ones.
const FORMULA: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// A cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Text from outside.
    Text(String),
    /// A number, a time or a word of ours.
    Own(String),
    /// Nothing.
    Empty,
}

impl Cell {
    /// Text from outside; nothing for `None`.
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// A number or a word of ours.
    pub fn own(value: impl ToString + Copy) -> Self {
        Self::Own(value.to_string())
    }

    /// A moment as RFC 3339; nothing for `None`.
    pub fn time(time: Option<Time>) -> Self {
        time.map_or(Self::Empty, |time| Self::own(time.0))
    }

    /// Id, number and name.
    pub fn person(person: &Person) -> [Self; 3] {
        [
            Self::own(person.extension_id.0),
            Self::text(person.extension_number.as_deref()),
            Self::text(person.name.as_deref()),
        ]
    }

    /// How long it is from one moment to another, in milliseconds.
    pub fn duration_ms(from: Timestamp, to: Timestamp) -> Self {
        Self::own(to.since_ms(from))
    }

    /// What it holds, as it is: nothing is put in front of it.
    pub fn content(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Own(text) => Some(text),
            Self::Empty => None,
        }
    }

    fn written(self) -> String {
        match self {
            Self::Text(text) => {
                let text = escape::in_cell(&text);
                if text.starts_with(FORMULA) {
                    format!("'{text}")
                } else {
                    text.into_owned()
                }
            }
            Self::Own(text) => text,
            Self::Empty => String::new(),
        }
    }
}

/// A table in cells: what CSV and other tables are made of.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The names of the columns.
    pub names: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// The whole text.
    pub fn text(self) -> String {
        format!("{}{}", header(&self.names), rows(self.rows))
    }
}

/// The header of a table.
pub fn header(names: &[&str]) -> String {
    rows([names.iter().map(Cell::own).collect()])
}

/// Rows of a table, each with a line end.
pub fn rows(rows: impl IntoIterator<Item = Vec<Cell>>) -> String {
    const IN_MEMORY: &str =
        "writing to memory does not fail, and every row of a table has its columns";
    let mut writer = ::csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row.into_iter().map(Cell::written))
            .expect(IN_MEMORY);
    }
    let bytes = writer.into_inner().expect(IN_MEMORY);
    String::from_utf8(bytes).expect("the cells are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_be_a_formula() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let row = vec![
            text("=1+1"),
            text("+49"),
            text("-x"),
            text("@a"),
            text("\tb"),
            text("a=b"),
            Cell::own(-5),
        ];
        assert_eq!(rows([row]), "'=1+1,'+49,'-x,'@a,'\tb,a=b,-5\n");
    }

    #[test]
    fn text_cannot_steer_a_terminal() {
        let row = vec![Cell::Text("a\u{1b}[31m\u{9b}b\u{7}\tc".to_owned())];
        assert_eq!(rows([row]), "a\\u{1b}[31m\\u{9b}b\\u{7}\tc\n");
    }

    #[test]
    fn text_cannot_read_as_something_else() {
        for letter in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            let row = vec![Cell::Text(format!("cod{letter}fdp.exe"))];
            let code = u32::from(letter);
            assert_eq!(rows([row]), format!("cod\\u{{{code:x}}}fdp.exe\n"));
        }
        for sign in ["\n=1", "\u{ff1d}1", "\u{ff0b}1", "\u{ff0d}1", "\u{ff20}1"] {
            let row = vec![Cell::Text(sign.to_owned())];
            assert!(
                rows([row]).trim_start_matches('"').starts_with('\''),
                "{sign:?}"
            );
        }
    }

    #[test]
    fn quotes_commas_and_line_ends_are_quoted() {
        let row = vec![Cell::Text("a \"b\", c\nd".to_owned()), Cell::Empty];
        assert_eq!(rows([row]), "\"a \"\"b\"\", c\nd\",\n");
    }
}
