//! `explain` in sentences and tables, and as CSV.

use crate::changes::shape::Change;
use crate::explain::shape::{MomentExplanation, SweepShape};
use crate::shapes::common::Status;

use crate::changes::table as changes;
use crate::policy::table as policy;
use crate::render::status::{self, NO_VALUE};
use crate::render::{Page, counted, name_of};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::table::{Align, Cell, Paint, Table, prose};
use presence_core::escape::shown;

/// Who, what, why, and what it rests on.
pub fn table(explanation: &MomentExplanation, page: &Page) -> String {
    let person = &explanation.person;
    let number = person.extension_number.as_deref().unwrap_or("");
    let who = format!("{} {}", shown(number), shown(&name_of(person)));
    let mut text = format!(
        "{} at {}: {}\nby {}\n\n",
        who.trim(),
        page.moment(explanation.at.0),
        standing(explanation),
        status::criterion(&explanation.criterion)
    );
    let shown_at = |at| page.moment(at);
    for sentence in explanation.grounds.sentences(page.texts, &shown_at) {
        text.push_str(&prose(&shown(&sentence), page.width));
    }
    text.push('\n');
    text.push_str(&looks(explanation, page));
    if !explanation.events.is_empty() {
        text.push('\n');
        text.push_str(&events(&explanation.events, page));
    }
    if !explanation.rules.is_empty() {
        text.push('\n');
        text.push_str(&policy::rules(&explanation.rules, page));
        text.push('\n');
        text.push_str(&policy::facts(
            &explanation.facts,
            &explanation.queues,
            page,
        ));
    }
    let zone = format!("times in {}", page.zone.name());
    format!("{text}\n{}\n", Paint::Dim.on(&zone))
}

fn standing(explanation: &MomentExplanation) -> String {
    match (explanation.status, &explanation.value) {
        (Status::Known, Some(value)) => {
            let value = value.as_deref().unwrap_or(NO_VALUE);
            let presumed = if explanation.presumed {
                " (presumed)"
            } else {
                ""
            };
            status::paint(value).on(&format!("{}{presumed}", shown(value)))
        }
        (Status::Absent, _) => "absent".to_owned(),
        (Status::Known, None) | (Status::Unknown, _) => "unknown".to_owned(),
    }
}

fn looks(explanation: &MomentExplanation, page: &Page) -> String {
    let mut table = Table::new(&[
        ("Sweep", Align::Right),
        ("Began", Align::Left),
        ("By", Align::Left),
        ("Status", Align::Left),
        ("Of this extension", Align::Left),
    ]);
    for sweep in &explanation.snapshots {
        let paint = match sweep.outcome {
            "observed" => Paint::Good,
            "lacked" | "gone" => Paint::Dim,
            _ => Paint::Bad,
        };
        table.row(vec![
            Cell::new(&sweep.snapshot_no.to_string()),
            Cell::new(&page.moment(sweep.started_at.0)),
            Cell::new(sweep.source),
            Cell::new(sweep.status),
            Cell::painted(sweep.outcome, paint),
        ]);
    }
    let more = match explanation.snapshots_omitted {
        0 => String::new(),
        count => format!("and {} between these\n", counted(count as u64, "sweep")),
    };
    format!("{}{more}", table.text(page.width))
}

fn events(events: &[Change], page: &Page) -> String {
    let mut table = Table::new(&[
        ("Event", Align::Right),
        ("Seen", Align::Left),
        ("Not before", Align::Left),
        ("Changes", Align::Left),
    ]);
    for event in events {
        let seen = event.observed_at.0;
        let not_before = event.not_before.map(|at| page.moment_after(at.0, seen));
        table.row(vec![
            Cell::new(&event.position.to_string()),
            Cell::new(&page.moment(seen)),
            Cell::new(not_before.as_deref().unwrap_or("unknown")),
            Cell::new(&changes::told(event)),
        ]);
    }
    table.text(page.width)
}

/// The sweeps and the changes as CSV, a row each.
pub fn csv(explanation: &MomentExplanation) -> csv::Sheet {
    let names = [
        "extension_id",
        "extension_number",
        "name",
        "at",
        "status",
        "value",
        "rule",
        "item",
        "snapshot_no",
        "position",
        "source",
        "item_status",
        "from",
        "to",
        "shows",
    ];
    let mut start = crate::render::person_cells(&explanation.person).to_vec();
    start.extend([
        CsvCell::time(Some(explanation.at)),
        CsvCell::own(explanation.status.name()),
        CsvCell::text(explanation.value.as_ref().and_then(Option::as_deref)),
        CsvCell::own(explanation.rule),
    ]);
    let items = explanation
        .snapshots
        .iter()
        .map(sweep_cells)
        .chain(explanation.events.iter().map(event_cells));
    let rows = items.map(|cells| start.iter().cloned().chain(cells).collect());
    csv::Sheet::new(&names, rows)
}

fn sweep_cells(sweep: &SweepShape) -> [CsvCell; 8] {
    [
        CsvCell::own("snapshot"),
        CsvCell::own(sweep.snapshot_no),
        CsvCell::Empty,
        CsvCell::own(sweep.source),
        CsvCell::own(sweep.status),
        CsvCell::time(Some(sweep.started_at)),
        CsvCell::time(Some(sweep.finished_at)),
        CsvCell::own(sweep.outcome),
    ]
}

fn event_cells(event: &Change) -> [CsvCell; 8] {
    [
        CsvCell::own("event"),
        CsvCell::own(event.snapshot_no),
        CsvCell::own(event.position),
        CsvCell::own(event.source),
        CsvCell::own(event.kind),
        CsvCell::time(event.not_before),
        CsvCell::time(Some(event.observed_at)),
        CsvCell::text(Some(&changes::told(event))),
    ]
}
