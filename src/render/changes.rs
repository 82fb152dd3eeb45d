//! `changes` as a table and as CSV, page by page.

use unicode_width::UnicodeWidthStr;

use crate::model::facet::Facet;
use crate::shapes::changes::{Change, FromTo};

use super::Page;
use super::csv::{self, Cell as CsvCell};
use super::escape::shown;
use super::table::Paint;

/// The list for people. It is written while events are still being read, so its columns are as wide as what was known
/// beforehand says, and what is longer pushes the rest of its line to the right.
#[derive(Clone, Debug)]
pub struct List {
    page: Page,
    number_width: usize,
    name_width: usize,
}

const NAME_WIDTH_MAX: usize = 28;

impl List {
    /// A list about people with these numbers and names.
    pub fn new<'a>(
        page: Page,
        people: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
    ) -> Self {
        let width = |text: Option<&str>| text.map_or(0, |text| shown(text).width());
        let (number_width, name_width) =
            people.fold((6, 4), |(number_most, name_most), (number, name)| {
                (width(number).max(number_most), width(name).max(name_most))
            });
        Self {
            page,
            number_width,
            name_width: name_width.min(NAME_WIDTH_MAX),
        }
    }

    /// The line above the list.
    pub fn header(&self) -> String {
        let time = format!("Seen ({})", self.page.zone.name());
        let line = self.line(&time, "Not before", "Number", "Name", "Changes");
        format!("{}\n", Paint::Strong.on(line.trim_end()))
    }

    /// A line for each event.
    pub fn rows(&self, changes: &[Change]) -> String {
        let line = |change: &Change| {
            let seen = change.observed_at.0;
            let not_before = change
                .not_before
                .map(|at| self.page.moment_beside(at.0, seen));
            let number = shown(
                change
                    .person
                    .extension_number
                    .as_deref()
                    .unwrap_or_default(),
            );
            let name = shown(change.person.name.as_deref().unwrap_or_default());
            let line = self.line(
                &self.page.moment(seen),
                not_before.as_deref().unwrap_or("unknown"),
                &number,
                &name,
                &told(change),
            );
            format!("{}\n", line.trim_end())
        };
        changes.iter().map(line).collect()
    }

    fn line(&self, seen: &str, not_before: &str, number: &str, name: &str, rest: &str) -> String {
        let seen_width = "2026-11-02 14:05:31"
            .len()
            .max("Seen ()".len() + self.page.zone.name().len());
        [
            padded(seen, seen_width),
            padded(not_before, "Not before".len()),
            padded(number, self.number_width),
            padded(name, self.name_width),
            rest.to_owned(),
        ]
        .join("  ")
    }
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// What an event says: `presence_status Busy → Available`.
pub fn told(change: &Change) -> String {
    if let Some(class) = &change.class {
        return arrow(class.criterion.name(), &class.class);
    }
    let changes = in_order(change);
    match change.kind {
        "appeared" => {
            let values = changes
                .into_iter()
                .filter_map(|(_, change)| change.to.as_deref());
            let values: Vec<String> = values.map(|value| shown(value).into_owned()).collect();
            format!("appeared: {}", values.join(", "))
        }
        "disappeared" => "disappeared".to_owned(),
        _ => {
            let arrows = changes
                .into_iter()
                .map(|(name, change)| arrow(name, change));
            arrows.collect::<Vec<_>>().join(", ")
        }
    }
}

/// What an event changes: facets in their own order, fields of the profile by name.
fn in_order(change: &Change) -> Vec<(&'static str, &FromTo)> {
    let mut changes: Vec<_> = change
        .changes
        .iter()
        .map(|(name, change)| (*name, change))
        .collect();
    changes.sort_by_key(|(name, _)| Facet::from_name(name));
    changes
}

fn arrow(name: &str, change: &FromTo) -> String {
    let value = |value: &Option<String>| {
        value
            .as_deref()
            .map_or_else(|| "(none)".to_owned(), |text| shown(text).into_owned())
    };
    format!("{name} {} → {}", value(&change.from), value(&change.to))
}

/// The names of the CSV columns.
pub const COLUMNS: [&str; 14] = [
    "account_id",
    "position",
    "snapshot_no",
    "extension_id",
    "extension_number",
    "name",
    "version",
    "kind",
    "observed_at",
    "not_before",
    "source",
    "field",
    "from",
    "to",
];

/// Events as CSV, without the header: a row for each facet or field that an event changes; one without, if none.
pub fn csv_rows(changes: &[Change]) -> String {
    csv::rows(cells(changes))
}

/// The same in cells.
pub fn cells(changes: &[Change]) -> Vec<Vec<CsvCell>> {
    changes.iter().flat_map(event_rows).collect()
}

fn event_rows(change: &Change) -> Vec<Vec<CsvCell>> {
    let mut event = vec![
        CsvCell::own(change.account_id.0),
        CsvCell::own(change.position),
        CsvCell::own(change.snapshot_no),
    ];
    event.extend(CsvCell::person(&change.person));
    event.extend([
        CsvCell::own(change.version),
        CsvCell::own(change.kind),
        CsvCell::time(Some(change.observed_at)),
        CsvCell::time(change.not_before),
        CsvCell::own(change.source),
    ]);
    let with = |cells: [CsvCell; 3]| event.iter().cloned().chain(cells).collect();
    if change.changes.is_empty() && change.class.is_none() {
        return vec![with([CsvCell::Empty, CsvCell::Empty, CsvCell::Empty])];
    }
    let class = change.class.as_ref().map(|class| ("class", &class.class));
    let fields = change.changes.iter().map(|(name, change)| (*name, change));
    let cells = class.into_iter().chain(fields).map(|(name, change)| {
        [
            CsvCell::own(name),
            CsvCell::text(change.from.as_deref()),
            CsvCell::text(change.to.as_deref()),
        ]
    });
    cells.map(with).collect()
}
