//! CSV text that is safe to open in a spreadsheet.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, also one that someone has put into
//! their status message. Such text gets an apostrophe in front (OWASP, *CSV injection*); numbers and times that we
//! write ourselves stay as they are. Control characters and what turns the direction of writing are escaped as in tables,
//! but for tabs and line ends: JSON has them exactly.
//!
//! A [`Style`] says what stands between cells and how times and numbers of ours are written: as programs read them, or as
//! a spreadsheet that is opened with a double click does.

use std::borrow::Cow;

use crate::text::Time;
use presence_core::query::local_time::LocalTime;
use presence_core::query::zone::Zone;
use presence_model::time::Timestamp;

use presence_core::escape;

/// How a cell begins that a spreadsheet takes for a formula; the wide signs in Japanese ones.
const FORMULA: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// How CSV is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// For programs: commas, line feeds, moments in UTC as RFC 3339.
    #[default]
    Plain,
    /// For a spreadsheet: a byte order mark, so that accents are not garbled; CR LF; moments as local date and time.
    Spreadsheet {
        /// In which zone times are.
        zone: Zone,
        /// What stands between cells, as the spreadsheet expects it.
        separator: Separator,
    },
}

/// What stands between cells for a spreadsheet, and with it in fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `;`, and a comma in fractions: most of Europe and South America.
    Semicolon,
    /// `,`, and a point in fractions: North America, the British Isles, East Asia.
    Comma,
}

impl Style {
    /// What stands at the very beginning of a file.
    pub fn mark(&self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Spreadsheet { .. } => "\u{feff}",
        }
    }

    /// Lines of ours that stand above the header, with the line ends of the style.
    pub fn lines_above<'a>(&self, lines: &'a str) -> Cow<'a, str> {
        match self {
            Self::Plain => Cow::Borrowed(lines),
            Self::Spreadsheet { .. } => Cow::Owned(lines.replace('\n', "\r\n")),
        }
    }

    fn delimiter(&self) -> u8 {
        match self {
            Self::Spreadsheet {
                separator: Separator::Semicolon,
                ..
            } => b';',
            _ => b',',
        }
    }

    /// A number, a time or a word of ours.
    fn own(&self, text: String) -> String {
        let Self::Spreadsheet { zone, separator } = self else {
            return text;
        };
        let mark = match separator {
            Separator::Semicolon => ',',
            Separator::Comma => '.',
        };
        if let Some(at) = moment(&text) {
            return LocalTime::of(zone, at).exact(mark);
        }
        if *separator == Separator::Semicolon && is_fraction(&text) {
            return text.replace('.', ",");
        }
        text
    }
}

/// The moment that a cell of ours is, if it is one.
fn moment(text: &str) -> Option<Timestamp> {
    let is_moment = text.len() >= 20 && text.ends_with('Z') && text.contains('T');
    is_moment.then(|| text.parse().ok()).flatten()
}

/// Whether a cell of ours is a number with a decimal point.
fn is_fraction(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .split_once('.')
        .is_some_and(|(whole, part)| is_number(whole) && is_number(part))
}

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

    fn written(self, style: &Style) -> String {
        match self {
            Self::Text(text) => {
                let text = escape::in_cell(&text);
                if text.starts_with(FORMULA) {
                    format!("'{text}")
                } else {
                    text.into_owned()
                }
            }
            Self::Own(text) => style.own(text),
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
    /// These rows under these names.
    pub fn new(names: &[&'static str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        Self {
            names: names.to_vec(),
            rows: rows.into_iter().collect(),
        }
    }

    /// The whole text but for what stands at the very beginning of a file ([`Style::mark`]).
    pub fn text(self, style: &Style) -> String {
        format!("{}{}", header(&self.names, style), rows(self.rows, style))
    }

    /// The whole text of a file.
    pub fn file(self, style: &Style) -> String {
        format!("{}{}", style.mark(), self.text(style))
    }
}

/// The header of a table.
pub fn header(names: &[&str], style: &Style) -> String {
    let cells = names.iter().map(Cell::own).collect();
    rows([cells], style)
}

/// Rows of a table, each with a line end.
pub fn rows(rows: impl IntoIterator<Item = Vec<Cell>>, style: &Style) -> String {
    const IN_MEMORY: &str =
        "writing to memory does not fail, and every row of a table has its columns";
    let terminator = match style {
        Style::Plain => ::csv::Terminator::Any(b'\n'),
        Style::Spreadsheet { .. } => ::csv::Terminator::CRLF,
    };
    let mut writer = ::csv::WriterBuilder::new()
        .flexible(true)
        .delimiter(style.delimiter())
        .terminator(terminator)
        .from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row.into_iter().map(|cell| cell.written(style)))
            .expect(IN_MEMORY);
    }
    let bytes = writer.into_inner().expect(IN_MEMORY);
    String::from_utf8(bytes).expect("the cells are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(row: Vec<Cell>) -> String {
        rows([row], &Style::Plain)
    }

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
        assert_eq!(plain(row), "'=1+1,'+49,'-x,'@a,'\tb,a=b,-5\n");
    }

    #[test]
    fn text_cannot_steer_a_terminal() {
        let row = vec![Cell::Text("a\u{1b}[31m\u{9b}b\u{7}\tc".to_owned())];
        assert_eq!(plain(row), "a\\u{1b}[31m\\u{9b}b\\u{7}\tc\n");
    }

    #[test]
    fn text_cannot_read_as_something_else() {
        for letter in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            let row = vec![Cell::Text(format!("cod{letter}fdp.exe"))];
            let code = u32::from(letter);
            assert_eq!(plain(row), format!("cod\\u{{{code:x}}}fdp.exe\n"));
        }
        for sign in ["\n=1", "\u{ff1d}1", "\u{ff0b}1", "\u{ff0d}1", "\u{ff20}1"] {
            let row = vec![Cell::Text(sign.to_owned())];
            assert!(
                plain(row).trim_start_matches('"').starts_with('\''),
                "{sign:?}"
            );
        }
    }

    #[test]
    fn quotes_commas_and_line_ends_are_quoted() {
        let row = vec![Cell::Text("a \"b\", c\nd".to_owned()), Cell::Empty];
        assert_eq!(plain(row), "\"a \"\"b\"\", c\nd\",\n");
    }

    #[test]
    fn spreadsheets_get_what_they_read() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let at = |text: &str| Cell::own(text.parse::<Timestamp>().expect("a moment"));
        let row = || {
            vec![
                text("M\u{fc}ller; \"West\", 1.5"),
                text("=1+1"),
                text("2026-11-02T08:05:00.000Z"),
                at("2026-11-02T08:05:00.000Z"),
                at("2026-11-02T08:05:00.250Z"),
                at("2026-10-25T00:30:00.000Z"),
                Cell::own(-0.25),
                Cell::own(1_000_i64),
                Cell::own("a.b"),
                Cell::Empty,
            ]
        };
        let written = |separator| {
            let style = Style::Spreadsheet {
                zone: Zone::named("Europe/Berlin").expect("a zone"),
                separator,
            };
            Sheet::new(&["a", "b"], [row()]).file(&style)
        };
        assert_eq!(
            written(Separator::Semicolon),
            "\u{feff}a;b\r\n\"M\u{fc}ller; \"\"West\"\", 1.5\";'=1+1;2026-11-02T08:05:00.000Z;2026-11-02 09:05:00;\
             2026-11-02 09:05:00,250;2026-10-25 02:30:00+02:00;-0,25;1000;a.b;\r\n"
        );
        assert_eq!(
            written(Separator::Comma),
            "\u{feff}a,b\r\n\"M\u{fc}ller; \"\"West\"\", 1.5\",'=1+1,2026-11-02T08:05:00.000Z,2026-11-02 09:05:00,\
             2026-11-02 09:05:00.250,2026-10-25 02:30:00+02:00,-0.25,1000,a.b,\r\n"
        );
    }
}
