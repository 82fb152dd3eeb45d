//! `get` as a table and as CSV.

use crate::live::shape::{LiveReading, Recorded};
use crate::shapes::common::Status;
use presence_model::time::Timestamp;

use crate::render::status;
use crate::render::{Page, name_of};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::ago;
use presence_charts::table::{Align, Cell, Paint, Table};
use presence_core::escape::shown;
use presence_model::facet::Facet;

/// What stands for a facet that is not shown.
const NOTHING: &str = "–";

/// Who it is, a row for each facet, and how old both are.
pub fn table(sweep: &LiveReading, now: Timestamp, page: &Page) -> String {
    let person = &sweep.person;
    let number = person.extension_number.as_deref().unwrap_or_default();
    let name = name_of(person);
    let who = format!("{number} {name}");
    let who = shown(who.trim()).into_owned();
    let mut text = format!("{}\n\n", Paint::Strong.on(&who));
    let mut table = Table::new(&[
        ("Facet", Align::Left),
        ("Platform now", Align::Left),
        ("Recorded last", Align::Left),
        ("", Align::Left),
    ]);
    let facets = sweep.facets();
    for (facet, live, before) in &facets {
        let differs = sweep.differs.contains(facet);
        table.row(vec![
            Cell::new(Facet::from_name(facet).map_or(facet, Facet::label)),
            value(*live),
            value(*before),
            Cell::painted(if differs { "differs" } else { "" }, Paint::Strong),
        ]);
    }
    if !facets.is_empty() {
        text.push_str(&table.text(page.width));
        text.push('\n');
    }
    let live = match &sweep.live {
        Some(live) => format!("platform: asked {}", page.moment(live.requested_at.0)),
        None => "platform: it has no such extension (any more)".to_owned(),
    };
    let recorded = sweep.recorded.as_ref();
    let recorded = recorded.map_or_else(
        || "recorded: nothing yet".to_owned(),
        |recorded| told(recorded, now, page),
    );
    for line in [live, recorded, format!("times in {}", page.zone.name())] {
        text.push_str(&Paint::Dim.on(&line));
        text.push('\n');
    }
    text
}

fn value(value: Option<&str>) -> Cell {
    value.map_or_else(
        || Cell::painted(NOTHING, Paint::Dim),
        |value| Cell::painted(value, status::paint(value)),
    )
}

/// When it was seen last, and since when it is known.
fn told(recorded: &Recorded, now: Timestamp, page: &Page) -> String {
    let since = recorded.since.0;
    let earliest = recorded.since_earliest.map(|time| time.0);
    let bounded = page.bounded(since, earliest);
    let long = ago(now.since_ms(since).max(0));
    let seen = match recorded.age_ms {
        Some(0..1_000) => "seen just now".to_owned(),
        Some(age_ms) => format!("seen {} ago", ago(age_ms)),
        None => "never seen".to_owned(),
    };
    match recorded.status {
        Status::Known => format!("recorded: {seen}; unchanged since {bounded} ({long} ago)"),
        Status::Absent => format!("recorded: absent since {bounded} ({long} ago)"),
        Status::Unknown => format!("recorded: {seen}; unknown since {bounded} ({long} ago)"),
    }
}

/// A row for each facet.
pub fn csv(sweep: &LiveReading) -> csv::Sheet {
    let names = [
        "extension_id",
        "extension_number",
        "name",
        "facet",
        "live",
        "recorded",
        "requested_at",
        "received_at",
        "recorded_status",
        "last_observed_at",
    ];
    let (live, recorded) = (sweep.live.as_ref(), sweep.recorded.as_ref());
    let rows = sweep.facets().into_iter().map(|(facet, now, before)| {
        let mut row = crate::render::person_cells(&sweep.person).to_vec();
        row.extend([
            CsvCell::own(facet),
            CsvCell::text(now),
            CsvCell::text(before),
            CsvCell::time(live.map(|live| live.requested_at)),
            CsvCell::time(live.map(|live| live.received_at)),
            CsvCell::text(recorded.map(|recorded| recorded.status.name())),
            CsvCell::time(recorded.and_then(|recorded| recorded.last_observed_at)),
        ]);
        row
    });
    csv::Sheet::new(&names, rows)
}
