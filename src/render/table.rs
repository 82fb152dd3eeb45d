//! Tables that fit the page.
//!
//! The library lays out plain text and measures it; colour is put in around it by marks of no width, which are
//! exchanged for ANSI sequences when the layout is done. Text from outside cannot contain such a mark: it is escaped.

use anstyle::{AnsiColor, Style};
use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, TableStyle, Width, presets,
};

use super::escape::shown;

/// What a cell looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    #[default]
    Plain,
    /// Can be reached.
    Good,
    /// Is taken.
    Busy,
    /// Does not want to be reached.
    Bad,
    /// Of less interest.
    Dim,
    /// Of more interest.
    Strong,
}

impl Paint {
    const ALL: [Self; 6] = [
        Self::Plain,
        Self::Good,
        Self::Busy,
        Self::Bad,
        Self::Dim,
        Self::Strong,
    ];

    /// The style.
    pub fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Good => colour(AnsiColor::Green),
            Self::Busy => colour(AnsiColor::Yellow),
            Self::Bad => colour(AnsiColor::Red),
            Self::Dim => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        }
    }

    /// Text in this colour.
    pub fn on(self, text: &str) -> String {
        if self == Self::Plain {
            return text.to_owned();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }

    /// A mark without width: Unicode's tag characters, which nothing shows.
    fn mark(self) -> char {
        match self {
            Self::Plain => '\u{e007f}',
            Self::Good => '\u{e0021}',
            Self::Busy => '\u{e0022}',
            Self::Bad => '\u{e0023}',
            Self::Dim => '\u{e0024}',
            Self::Strong => '\u{e0025}',
        }
    }
}

/// A cell: text, shown in a colour.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    /// Text, made harmless.
    pub fn new(text: &str) -> Self {
        Self::painted(text, Paint::Plain)
    }

    /// Text in a colour, made harmless.
    pub fn painted(text: &str, paint: Paint) -> Self {
        Self {
            text: shown(text).into_owned(),
            paint,
        }
    }

    /// Several lines of our own.
    pub fn lines(lines: &[String]) -> Self {
        Self {
            text: lines.join("\n"),
            paint: Paint::Plain,
        }
    }

    /// Its text, made harmless; several lines of our own are apart.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn marked(self) -> String {
        let (start, end) = (self.paint.mark(), Paint::Plain.mark());
        if self.paint == Paint::Plain || self.text.is_empty() {
            return self.text;
        }
        // Word by word, so that a line that is broken between words takes no colour with it.
        let words = self
            .text
            .split(' ')
            .map(|word| format!("{start}{word}{end}"));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// On which side a column is even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Figures.
    Right,
}

/// A table.
#[derive(Debug)]
pub struct Table {
    inner: comfy_table::Table,
    aligns: Vec<Align>,
}

/// No column of words is narrower, padding included, also where the table then does not fit the page.
const WORDS_WIDTH_MIN: u16 = 8;

const LOOK: TableStyle = presets::NOTHING;

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(LOOK);
        inner.set_content_arrangement(ContentArrangement::Dynamic);
        let aligns: Vec<Align> = columns.iter().map(|(_, align)| *align).collect();
        let header = columns
            .iter()
            .map(|(name, _)| Cell::painted(name, Paint::Strong));
        inner.set_header(aligned(header, &aligns));
        Self { inner, aligns }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.inner.add_row(aligned(cells, &self.aligns));
    }

    /// The text, no wider than the page if it can be.
    pub fn text(mut self, width: Option<usize>) -> String {
        if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
            self.inner.set_width(width);
        }
        let last = self.aligns.len().saturating_sub(1);
        let widths = self.inner.column_max_content_widths();
        for (index, column) in self.inner.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { 2 }));
            // A figure that is broken in two reads as another one; words can be.
            column.set_constraint(match self.aligns[index] {
                Align::Right => ColumnConstraint::ContentWidth,
                Align::Left => {
                    let narrowest = widths[index].saturating_add(2).min(WORDS_WIDTH_MIN);
                    ColumnConstraint::LowerBoundary(Width::Fixed(narrowest))
                }
            });
        }
        let mut text = String::new();
        for line in self.inner.lines() {
            text.push_str(&coloured(line.trim_end()));
            text.push('\n');
        }
        text
    }
}

fn aligned(cells: impl IntoIterator<Item = Cell>, aligns: &[Align]) -> Vec<comfy_table::Cell> {
    let cells = cells.into_iter().zip(aligns);
    cells
        .map(|(cell, align)| {
            comfy_table::Cell::new(cell.marked()).set_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            })
        })
        .collect()
}

/// Exchanges the marks of a line for ANSI sequences; no colour runs on beyond its end.
fn coloured(line: &str) -> String {
    let mut text = String::with_capacity(line.len() + 16);
    let mut open = Style::new();
    for letter in line.chars() {
        match Paint::ALL.into_iter().find(|paint| paint.mark() == letter) {
            Some(paint) => {
                text.push_str(&open.render_reset().to_string());
                open = paint.style();
                text.push_str(&open.render().to_string());
            }
            None => text.push(letter),
        }
    }
    text.push_str(&open.render_reset().to_string());
    text
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn table(width: Option<usize>) -> String {
        let mut table = Table::new(&[
            ("Name", Align::Left),
            ("Status", Align::Left),
            ("For", Align::Right),
        ]);
        table.row(vec![
            Cell::new("山田 Desk"),
            Cell::painted("Busy", Paint::Busy),
            Cell::new("1h 05m"),
        ]);
        table.row(vec![
            Cell::new("a\u{1b}[2J"),
            Cell::painted("Offline", Paint::Dim),
            Cell::new("3m"),
        ]);
        table.text(width)
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn wide_letters_are_aligned_and_marks_have_no_width() {
        assert_eq!(
            plain(&table(None)),
            "Name        Status      For\n\
             山田 Desk   Busy     1h 05m\n\
             a\\u{1b}[2J  Offline      3m\n"
        );
    }

    #[test]
    fn colours_end_where_the_word_ends() {
        assert!(
            table(None).contains("\u{1b}[33mBusy\u{1b}[0m "),
            "{:?}",
            table(None)
        );
    }

    #[test]
    fn a_narrow_page_is_kept_to() {
        let text = plain(&table(Some(28)));
        assert!(text.lines().all(|line| line.width() <= 28), "{text}");
        assert!(text.contains("1h 05m"), "a figure was broken: {text}");
    }
}
