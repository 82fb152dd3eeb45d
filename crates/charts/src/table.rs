//! Tables that fit the page.
//!
//! The library arranges plain text and measures it; colour is put in around it by marks of no width, which are
//! exchanged for ANSI sequences when the layout is done. Text from outside cannot contain such a mark: it is escaped.

use anstyle::{AnsiColor, Style};
use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, TableStyle, Width, presets,
};

use unicode_width::UnicodeWidthStr;

use presence_core::escape::shown;

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
///
/// **Invariant:** no heading is broken inside a word, no figure at all, and what a narrow page has no room for is named
/// below the table. It is made to fit by leaving out the columns that say least, then by breaking texts between words; where
/// even that is too wide, each row becomes a block of lines.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<Cell>>,
    /// Columns to leave out, the first one first, and what a reader calls each.
    spare: Vec<(usize, &'static str)>,
    /// Columns that are broken only when there is nothing left to leave out.
    whole: Vec<usize>,
}

/// Between two columns.
const GAP: usize = 2;

const STYLE: TableStyle = presets::NOTHING;

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns
            .iter()
            .map(|(name, align)| (shown(name).into_owned(), *align));
        Self {
            columns: columns.collect(),
            rows: Vec::new(),
            spare: Vec::new(),
            whole: Vec::new(),
        }
    }

    /// Names the columns to leave out where the page is too narrow, the first one first: heading, and what a reader calls
    /// it. Headings that are not there are passed over.
    pub fn leave_out(&mut self, headings: &[(&str, &'static str)]) {
        let place = |wanted: &str| self.columns.iter().position(|(name, _)| name == wanted);
        let found = headings
            .iter()
            .filter_map(|(heading, called)| Some((place(heading)?, *called)));
        self.spare = found.collect();
    }

    /// Names columns, such as those of times, that are broken only when nothing is left to leave out.
    pub fn keep_whole(&mut self, headings: &[&str]) {
        let columns = self.columns.iter().enumerate();
        let found = columns.filter(|(_, (name, _))| headings.contains(&name.as_str()));
        self.whole = found.map(|(index, _)| index).collect();
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The text, no wider than the page if it can be.
    pub fn text(self, width: Option<usize>) -> String {
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        let Some(width) = width else {
            return self.laid_out(&kept, None, Breaking::Rarely);
        };
        let mut left_out = Vec::new();
        for (index, called) in &self.spare {
            if self.needed(&kept, Breaking::Rarely) <= width {
                break;
            }
            kept.retain(|one| one != index);
            left_out.push(*called);
        }
        let fits = |breaking| self.needed(&kept, breaking) <= width;
        let breaking = [Breaking::Rarely, Breaking::Words, Breaking::Letters]
            .into_iter()
            .find(|breaking| fits(*breaking));
        let Some(breaking) = breaking else {
            return self.in_blocks(width);
        };
        let mut text = self.laid_out(&kept, Some(width), breaking);
        if !left_out.is_empty() {
            let note = format!("left out on this narrow page: {}", left_out.join(", "));
            text.push_str(&dimmed(&note, Some(width)));
        }
        text
    }

    /// How wide the page must be for these columns.
    fn needed(&self, kept: &[usize], breaking: Breaking) -> usize {
        let narrowest: usize = kept
            .iter()
            .map(|index| self.narrowest(*index, breaking))
            .sum();
        narrowest + GAP * kept.len().saturating_sub(1)
    }

    /// How narrow a column can be, without what is between it and the next.
    fn narrowest(&self, index: usize, breaking: Breaking) -> usize {
        let (heading, align) = &self.columns[index];
        let is_whole =
            *align == Align::Right || (breaking == Breaking::Rarely && self.whole.contains(&index));
        let texts = self.rows.iter().filter_map(|row| row.get(index));
        let texts = texts.flat_map(|cell| cell.text.split('\n'));
        let widest = |text: &str| {
            let words = text.split(' ').map(UnicodeWidthStr::width);
            words.max().unwrap_or(0).min(breaking.word_width_max())
        };
        if is_whole {
            texts
                .map(UnicodeWidthStr::width)
                .chain([heading.width()])
                .max()
                .unwrap_or(0)
        } else {
            let words = heading.split(' ').map(UnicodeWidthStr::width);
            texts.map(widest).chain(words).max().unwrap_or(0)
        }
    }

    fn laid_out(&self, kept: &[usize], width: Option<usize>, breaking: Breaking) -> String {
        let mut inner = comfy_table::Table::new();
        inner.load_style(STYLE);
        inner.set_content_arrangement(ContentArrangement::Dynamic);
        let aligns: Vec<Align> = kept.iter().map(|index| self.columns[*index].1).collect();
        let header = kept
            .iter()
            .map(|index| Cell::painted(&self.columns[*index].0, Paint::Strong));
        inner.set_header(aligned(header, &aligns));
        for row in &self.rows {
            let cells = kept.iter().map(|index| row.get(*index).cloned());
            inner.add_row(aligned(cells.map(Option::unwrap_or_default), &aligns));
        }
        if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
            inner.set_width(width);
        }
        let last = kept.len().saturating_sub(1);
        for (place, column) in inner.column_iter_mut().enumerate() {
            let gap = if place == last { 0 } else { GAP };
            column.set_padding((0, u16::try_from(gap).unwrap_or(0)));
            // A figure that is broken in two reads as another one; words can be.
            column.set_constraint(match aligns[place] {
                Align::Right => ColumnConstraint::ContentWidth,
                Align::Left => {
                    let narrowest = self.narrowest(kept[place], breaking) + gap;
                    let narrowest = u16::try_from(narrowest).unwrap_or(u16::MAX);
                    ColumnConstraint::LowerBoundary(Width::Fixed(narrowest))
                }
            });
        }
        let mut text = String::new();
        for line in inner.lines() {
            text.push_str(&coloured(line.trim_end()));
            text.push('\n');
        }
        text
    }

    /// Each row as a block of lines: heading and text, everything there is.
    fn in_blocks(&self, width: usize) -> String {
        let headings = self.columns.iter().map(|(heading, _)| heading.width());
        let label_width = headings.max().unwrap_or(0);
        let room = width.saturating_sub(label_width + GAP).max(1);
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            if number > 0 {
                text.push('\n');
            }
            for ((heading, _), cell) in self.columns.iter().zip(row) {
                let content = cell.text.replace('\n', "  ");
                if content.trim().is_empty() {
                    continue;
                }
                for (line, part) in wrapped(&content, room).iter().enumerate() {
                    let label = if line == 0 { heading.as_str() } else { "" };
                    let space = " ".repeat(label_width - label.width() + GAP);
                    text.push_str(&Paint::Strong.on(label));
                    text.push_str(&space);
                    text.push_str(&cell.paint.on(part));
                    text.push('\n');
                }
            }
        }
        text
    }
}

/// What may be broken to make a table fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaking {
    /// Texts between words, and not those to be kept whole.
    Rarely,
    /// Texts between words.
    Words,
    /// Long words of texts, too.
    Letters,
}

impl Breaking {
    /// A longer word of a text is broken.
    fn word_width_max(self) -> usize {
        match self {
            Self::Rarely | Self::Words => 24,
            Self::Letters => 12,
        }
    }
}

/// A text in lines that are no wider than `width`, broken between words; a word that is wider is broken itself.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut line_width = 0;
    for word in text.split(' ') {
        let mut rest = word;
        if !line.is_empty() && line_width + 1 + rest.width() <= width {
            line.push(' ');
            line.push_str(rest);
            line_width += 1 + rest.width();
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while rest.width() > width {
            let fitting = fitting(rest, width);
            lines.push(rest[..fitting].to_owned());
            rest = &rest[fitting..];
        }
        rest.clone_into(&mut line);
        line_width = rest.width();
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// How many bytes of a text fit into a width; at least one letter.
fn fitting(text: &str, width: usize) -> usize {
    let mut taken = 0;
    for (start, letter) in text.char_indices() {
        let end = start + letter.len_utf8();
        if start > 0 && text[..end].width() > width {
            break;
        }
        taken = end;
    }
    taken
}

/// Prose, broken between words where the page is narrower.
pub fn prose(text: &str, width: Option<usize>) -> String {
    in_paint(text, width, Paint::Plain)
}

/// Prose below a table, of less interest.
pub fn dimmed(text: &str, width: Option<usize>) -> String {
    in_paint(text, width, Paint::Dim)
}

fn in_paint(text: &str, width: Option<usize>, paint: Paint) -> String {
    let lines = text.lines().flat_map(|line| match width {
        Some(width) => wrapped(line, width),
        None => vec![line.to_owned()],
    });
    lines
        .flat_map(|line| [paint.on(&line), "\n".to_owned()])
        .collect()
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

    #[test]
    fn what_says_least_is_left_out_and_named() {
        let mut table = Table::new(&[
            ("Name", Align::Left),
            ("Since", Align::Left),
            ("Seen", Align::Right),
        ]);
        table.leave_out(&[("Seen", "Seen"), ("Nowhere", "Nowhere")]);
        table.keep_whole(&["Since"]);
        table.row(vec![
            Cell::new("Front Desk"),
            Cell::new("2026-11-02 08:00:00"),
            Cell::new("55s ago"),
        ]);
        let text = |width| {
            let table = Table {
                columns: table.columns.clone(),
                rows: table.rows.clone(),
                spare: table.spare.clone(),
                whole: table.whole.clone(),
            };
            plain(&table.text(Some(width)))
        };
        assert_eq!(
            text(40),
            "Name        Since                   Seen\n\
             Front Desk  2026-11-02 08:00:00  55s ago\n"
        );
        // A name may be broken before a time is left out or broken.
        assert_eq!(
            text(35),
            "Name   Since                   Seen\n\
             Front  2026-11-02 08:00:00  55s ago\n\
             Desk\n"
        );
        assert_eq!(
            text(31),
            "Name        Since\n\
             Front Desk  2026-11-02 08:00:00\n\
             left out on this narrow page:\n\
             Seen\n"
        );
        assert_eq!(
            text(20),
            "Name   Since\n\
             Front  2026-11-02\n\
             Desk   08:00:00\n\
             left out on this\n\
             narrow page: Seen\n"
        );
        // Nothing is lost where rows become blocks.
        assert_eq!(
            text(16),
            "Name   Front\n\
             \x20      Desk\n\
             Since  2026-11-0\n\
             \x20      2\n\
             \x20      08:00:00\n\
             Seen   55s ago\n"
        );
    }

    #[test]
    fn a_text_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 4), ["unbr", "eaka", "ble"]);
        assert_eq!(wrapped("山田 太郎", 3), ["山", "田", "太", "郎"]);
        assert_eq!(wrapped("", 3), [""]);
        assert_eq!(wrapped("a", 0), ["a"]);
    }
}
