//! `changes` as a table and as CSV, page by page.

use unicode_width::UnicodeWidthStr;

use crate::changes::shape::{Change, FromTo};
use presence_model::facet::Facet;
use presence_model::time::TimeRange;

use crate::render::Page;
use crate::render::status::NO_VALUE;
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::table::{Paint, wrapped};
use presence_core::escape::shown;

/// The list for people. It is written while events are still being read, so its columns are as wide as what was known
/// beforehand says. What is longer than its column goes on below, in the column.
#[derive(Clone, Debug)]
pub struct List {
    page: Page,
    /// How wide the columns before the last are.
    widths: [usize; 4],
    layout: Layout,
}

/// Where the changes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// In the last column, as long as they are.
    Sidecar,
    /// In the last column, in lines of this width.
    Column(usize),
    /// Below the others, in lines of this width.
    Below(usize),
    /// Below the others, which have no columns, in lines of this width.
    Block(usize),
}

const NAME_WIDTH_MAX: usize = 28;
const NAME_WIDTH_MIN: usize = 8;
/// Between two columns.
const GAP: usize = 2;
/// With less room than this the changes stand below.
const CHANGES_WIDTH_MIN: usize = 36;
const INDENT: usize = 4;

impl List {
    /// A list about people with these numbers and names, of the changes in a window.
    pub fn new<'a>(
        page: Page,
        window: TimeRange,
        people: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
    ) -> Self {
        let width = |text: Option<&str>| text.map_or(0, |text| shown(text).width());
        let (number_width, name_width) =
            people.fold((6, 4), |(number_most, name_most), (number, name)| {
                (width(number).max(number_most), width(name).max(name_most))
            });
        // Where the clocks are set back, a time may carry its offset.
        let offset_width = if page.zone.offsets_in(window).len() > 1 {
            "+02:00".len()
        } else {
            0
        };
        let seen_width = "2026-11-02 14:05:31"
            .len()
            .max("Seen ()".len() + page.zone.name().len());
        let not_before_width = "Not before".len().max("14:05:31".len() + offset_width);
        let mut widths = [
            seen_width.max("2026-11-02 14:05:31".len() + offset_width),
            not_before_width,
            number_width,
            name_width.min(NAME_WIDTH_MAX),
        ];
        let before = |widths: &[usize; 4]| widths.iter().map(|width| width + GAP).sum::<usize>();
        let layout = match page.width {
            None => Layout::Sidecar,
            Some(width) if width >= before(&widths) + CHANGES_WIDTH_MIN => {
                Layout::Column(width - before(&widths))
            }
            Some(width) => {
                let excess = (before(&widths) - GAP).saturating_sub(width);
                widths[3] = widths[3].saturating_sub(excess).max(NAME_WIDTH_MIN);
                let room = width.saturating_sub(INDENT).max(1);
                if before(&widths) - GAP <= width {
                    Layout::Below(room)
                } else {
                    Layout::Block(room)
                }
            }
        };
        Self {
            page,
            widths,
            layout,
        }
    }

    /// The line above the list.
    pub fn header(&self) -> String {
        let time = format!("Seen ({})", self.page.zone.name());
        let lines = self.lines([&time, "Not before", "Number", "Name"], "Changes");
        let lines = lines
            .iter()
            .map(|line| format!("{}\n", Paint::Strong.on(line)));
        lines.collect()
    }

    /// The lines of each event.
    pub fn rows(&self, changes: &[Change]) -> String {
        let lines = |change: &Change| {
            let seen = change.observed_at.0;
            let not_before = change
                .not_before
                .map(|at| self.page.moment_after(at.0, seen));
            let person = &change.person;
            let number = shown(person.extension_number.as_deref().unwrap_or_default());
            let name = shown(person.name.as_deref().unwrap_or_default());
            let seen = self.page.moment(seen);
            let before = [
                seen.as_str(),
                not_before.as_deref().unwrap_or("unknown"),
                &number,
                &name,
            ];
            self.lines(before, &told(change))
        };
        let lines = changes.iter().flat_map(lines);
        lines.flat_map(|line| [line, "\n".to_owned()]).collect()
    }

    /// The columns, and the changes next to or below them.
    fn lines(&self, before: [&str; 4], changes: &str) -> Vec<String> {
        let indented = |line: &String| format!("{}{line}", " ".repeat(INDENT));
        if let Layout::Block(width) = self.layout {
            let lines = wrapped(&before.join(" "), width + INDENT);
            let below = wrapped(changes, width);
            return lines
                .into_iter()
                .chain(below.iter().map(indented))
                .collect();
        }
        let mut cells: Vec<Vec<String>> = before
            .iter()
            .zip(self.widths)
            .map(|(text, width)| wrapped(text, width))
            .collect();
        let below = match self.layout {
            Layout::Sidecar => {
                cells.push(vec![changes.to_owned()]);
                Vec::new()
            }
            Layout::Column(width) => {
                cells.push(wrapped(changes, width));
                Vec::new()
            }
            Layout::Below(width) | Layout::Block(width) => wrapped(changes, width),
        };
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        let line = |number: usize| {
            let parts = cells.iter().enumerate().map(|(column, lines)| {
                let part = lines.get(number).map_or("", String::as_str);
                match self.widths.get(column) {
                    Some(width) => padded(part, *width),
                    None => part.to_owned(),
                }
            });
            let line = parts.collect::<Vec<_>>().join(&" ".repeat(GAP));
            line.trim_end().to_owned()
        };
        (0..height)
            .map(line)
            .chain(below.iter().map(indented))
            .collect()
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
pub fn in_order(change: &Change) -> Vec<(&'static str, &FromTo)> {
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
            .map_or_else(|| NO_VALUE.to_owned(), |text| shown(text).into_owned())
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
pub fn csv_rows(changes: &[Change], style: &csv::Style) -> String {
    csv::rows(cells(changes), style)
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
    event.extend(crate::render::person_cells(&change.person));
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

#[cfg(test)]
mod tests {
    use crate::shapes::common::{Person, Text};
    use presence_core::query::zone::Zone;
    use presence_model::ids::{AccountId, ExtensionId};
    use presence_model::time::Timestamp;

    use super::*;

    const NAME: &str = "Front Desk";

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn change(seen: &str, not_before: &str) -> Change {
        Change {
            account_id: Text(AccountId(7)),
            position: 1,
            snapshot_no: 1,
            person: Person {
                extension_id: Text(ExtensionId(1001)),
                extension_number: Some("101".to_owned()),
                name: Some(NAME.to_owned()),
            },
            version: 1,
            kind: "disappeared",
            observed_at: Text(at(seen)),
            not_before: Some(Text(at(not_before))),
            source: "poll",
            changes: std::collections::BTreeMap::default(),
            state: None,
            class: None,
        }
    }

    fn list(zone: &str, (from, to): (&str, &str), width: Option<usize>) -> List {
        let page = Page::english(Zone::named(zone).expect("a zone"), width);
        let window = TimeRange::new(at(from), at(to)).expect("not empty");
        List::new(page, window, std::iter::once((Some("101"), Some(NAME))))
    }

    #[test]
    fn a_time_that_comes_twice_shifts_nothing() {
        let night = ("2026-10-24T22:00:00Z", "2026-10-25T04:00:00Z");
        let list = list("Europe/Berlin", night, None);
        let changes = [
            change("2026-10-24T23:59:00Z", "2026-10-24T23:58:00Z"),
            change("2026-10-25T00:30:00Z", "2026-10-25T00:29:00Z"),
            change("2026-10-25T02:10:00Z", "2026-10-25T02:09:00Z"),
        ];
        assert_eq!(
            list.rows(&changes),
            "2026-10-25 01:59:00        01:58:00        101     Front Desk  disappeared\n\
             2026-10-25 02:30:00+02:00  02:29:00+02:00  101     Front Desk  disappeared\n\
             2026-10-25 03:10:00        03:09:00        101     Front Desk  disappeared\n"
        );
    }

    #[test]
    fn what_is_longer_than_its_column_goes_on_below() {
        let days = ("2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z");
        let midnight = [change("2026-11-02T00:00:30Z", "2026-11-01T23:59:30Z")];
        let wide = list("UTC", days, None);
        assert_eq!(
            wide.rows(&midnight),
            "2026-11-02 00:00:30  2026-11-01  101     Front Desk  disappeared\n\
             \x20                    23:59:30\n"
        );
        let narrow = list("UTC", days, Some(60));
        assert_eq!(
            narrow.rows(&midnight),
            "2026-11-02 00:00:30  2026-11-01  101     Front Desk\n\
             \x20                    23:59:30\n\
             \x20   disappeared\n"
        );
        assert!(narrow.header().contains("Changes"));
        let narrowest = list("UTC", days, Some(40));
        assert_eq!(
            narrowest.rows(&midnight),
            "2026-11-02 00:00:30 2026-11-01 23:59:30\n\
             101 Front Desk\n\
             \x20   disappeared\n"
        );
    }
}
