//! `at` and `now` as a table and as CSV.

use crate::now::shape::{AtEntry, ClassShape};
use crate::shapes::common::{CriterionShape, Status};
use presence_model::facet::Facet;
use presence_model::time::Timestamp;

use crate::render::status::{self, NO_VALUE};
use crate::render::{Page, counted, name_of};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::ago;
use presence_charts::table::{Align, Cell, Paint, Table, dimmed};
use presence_texts::{Texts, say};

/// Everyone at `moment`, a row each.
pub fn table(entries: &[AtEntry], moment: Timestamp, page: &Page) -> String {
    let mut table = Table::new(&[
        ("Number", Align::Left),
        ("Name", Align::Left),
        ("Status", Align::Left),
        ("Since", Align::Left),
        ("For", Align::Right),
        ("Seen", Align::Right),
        ("Details", Align::Left),
    ]);
    table.leave_out(&[("Seen", "Seen"), ("Since", "Since")]);
    table.keep_whole(&["Since"]);
    for entry in entries {
        table.row(row(entry, moment, page));
    }
    let mut text = if entries.is_empty() {
        String::new()
    } else {
        table.text(page.width)
    };
    text.push_str(&footer(entries, moment, page));
    text
}

fn row(entry: &AtEntry, moment: Timestamp, page: &Page) -> Vec<Cell> {
    let seen = entry
        .last_observed_at
        .map(|at| match moment.since_ms(at.0).max(0) {
            0..1_000 => "just then".to_owned(),
            since_ms => format!("{} ago", ago(since_ms)),
        });
    vec![
        Cell::new(entry.person.extension_number.as_deref().unwrap_or("")),
        Cell::new(&name_of(&entry.person)),
        standing(entry),
        Cell::new(&page.bounded(entry.since.0, entry.since_earliest.map(|time| time.0))),
        Cell::new(&ago(moment.since_ms(entry.since.0).max(0))),
        Cell::new(seen.as_deref().unwrap_or("")),
        Cell::new(&details(entry, page.texts)),
    ]
}

fn standing(entry: &AtEntry) -> Cell {
    match (&entry.status, &entry.state) {
        (Status::Known, Some(state)) => {
            let value = match &entry.class {
                Some(class) if class.class_unknown => return Cell::painted(UNKNOWN, Paint::Dim),
                Some(class) => class.class.as_deref(),
                None => state.0.get(Facet::PresenceStatus),
            };
            let shown = value.unwrap_or(NO_VALUE);
            let presumed = if entry.presumed { " (presumed)" } else { "" };
            Cell::painted(&format!("{shown}{presumed}"), status::paint(shown))
        }
        (Status::Absent, _) => Cell::painted("absent", Paint::Dim),
        _ => Cell::painted(UNKNOWN, Paint::Dim),
    }
}

/// What is shown of what no sweep shows.
const UNKNOWN: &str = "? unknown";

/// What else is worth knowing: other facets where they say more than the usual, and the message.
pub fn details(entry: &AtEntry, texts: Texts) -> String {
    let Some(state) = &entry.state else {
        return String::new();
    };
    let shown = Facet::ALL.into_iter().filter_map(|facet| {
        let value = state.0.get(facet)?;
        let is_usual = match facet {
            Facet::PresenceStatus => entry
                .class
                .as_ref()
                .is_none_or(|class| class.class.as_deref() == Some(value)),
            Facet::UserStatus => Some(value) == state.0.get(Facet::PresenceStatus),
            Facet::TelephonyStatus => value == "NoCall",
            Facet::DndStatus => value == "TakeAllCalls",
            Facet::MeetingStatus => value == "Disconnected",
            Facet::Message => false,
            _ => true,
        };
        match facet {
            _ if is_usual => None,
            Facet::UserStatus => Some(say!(texts, "details-chosen", value = value)),
            Facet::MeetingStatus => Some(texts.say("details-in-a-meeting")),
            Facet::Message => Some(say!(texts, "details-message", message = value)),
            _ => Some(value.to_owned()),
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn footer(entries: &[AtEntry], moment: Timestamp, page: &Page) -> String {
    let count = |wanted: Status| {
        entries
            .iter()
            .filter(|entry| entry.status == wanted)
            .count()
    };
    let others: Vec<String> = [(Status::Unknown, "unknown"), (Status::Absent, "absent")]
        .into_iter()
        .filter(|(status, _)| count(*status) > 0)
        .map(|(status, word)| format!("{} {word}", count(status)))
        .collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(", {}", others.join(", "))
    };
    let footer = format!(
        "{}{others} at {} ({})",
        counted(entries.len(), "extension"),
        page.moment(moment),
        page.zone.name()
    );
    format!("\n{}", dimmed(&footer, page.width))
}

/// The CSV columns before the facets.
const COLUMNS: [&str; 8] = [
    "extension_id",
    "extension_number",
    "name",
    "status",
    "presumed",
    "since",
    "since_earliest",
    "last_observed_at",
];

/// Everyone as CSV: one row each, one column for each facet.
pub fn csv(entries: &[AtEntry]) -> csv::Sheet {
    let has_class = entries.iter().any(|entry| entry.class.is_some());
    let class_columns = if has_class {
        &["class", "policy", "policy_digest"][..]
    } else {
        &[]
    };
    let names: Vec<&str> = COLUMNS
        .into_iter()
        .chain(Facet::ALL.map(Facet::name))
        .chain(class_columns.iter().copied())
        .collect();
    let rows = entries.iter().map(|entry| {
        let mut row = crate::render::person_cells(&entry.person).to_vec();
        row.extend([
            CsvCell::own(entry.status.name()),
            CsvCell::own(entry.presumed),
            CsvCell::time(Some(entry.since)),
            CsvCell::time(entry.since_earliest),
            CsvCell::time(entry.last_observed_at),
        ]);
        let value = |facet| entry.state.as_ref().and_then(|state| state.0.get(facet));
        row.extend(Facet::ALL.map(|facet| CsvCell::text(value(facet))));
        if has_class {
            row.extend(class_cells(entry.class.as_ref()));
        }
        row
    });
    csv::Sheet::new(&names, rows)
}

fn class_cells(class: Option<&ClassShape>) -> [CsvCell; 3] {
    let digest = class.and_then(|class| match &class.criterion {
        CriterionShape::Policy { policy_digest, .. } => Some(policy_digest.as_str()),
        CriterionShape::Facet { .. } => None,
    });
    [
        CsvCell::text(class.and_then(|class| class.class.as_deref())),
        CsvCell::text(class.map(|class| class.criterion.name())),
        CsvCell::text(digest),
    ]
}
