//! `route` as a table and as CSV.

use crate::route::shape::{Route, RouteCandidate};

use crate::render::status;
use crate::render::{Page, counted, name_of};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::ago;
use presence_charts::table::{Align, Cell, Table, dimmed};

/// The candidates, a row each, and how many others there are.
pub fn table(route: &Route, page: &Page) -> String {
    let mut text = String::new();
    if route.candidates.is_empty() {
        text.push_str("Nobody can take a call now, as far as is known.\n");
    } else {
        let mut table = Table::new(&[
            ("Rank", Align::Right),
            ("Number", Align::Left),
            ("Name", Align::Left),
            ("Class", Align::Left),
            ("Since", Align::Left),
            ("For", Align::Right),
            ("Seen", Align::Right),
        ]);
        table.leave_out(&[("Seen", "Seen"), ("Since", "Since")]);
        table.keep_whole(&["Since"]);
        for candidate in &route.candidates {
            table.row(row(candidate, page));
        }
        text.push_str(&table.text(page.width));
    }
    format!("{text}\n{}", dimmed(&footer(route, page), page.width))
}

fn row(candidate: &RouteCandidate, page: &Page) -> Vec<Cell> {
    let presumed = if candidate.presumed {
        " (presumed)"
    } else {
        ""
    };
    let class = format!("{}{presumed}", candidate.class);
    let seen = candidate.age_ms.map(|age_ms| match age_ms {
        0..1_000 => "just now".to_owned(),
        _ => format!("{} ago", ago(age_ms)),
    });
    vec![
        Cell::new(&candidate.rank.to_string()),
        Cell::new(candidate.person.extension_number.as_deref().unwrap_or("")),
        Cell::new(&name_of(&candidate.person)),
        Cell::painted(&class, status::paint(&candidate.class)),
        Cell::new(&page.moment(candidate.since.0)),
        Cell::new(&ago(candidate.idle_ms)),
        Cell::new(seen.as_deref().unwrap_or("")),
    ]
}

fn footer(route: &Route, page: &Page) -> String {
    format!(
        "{}{} at {} ({}), by {}",
        counted(route.candidates.len(), "candidate"),
        others(route),
        page.moment(route.at.0),
        page.zone.name(),
        status::criterion(&route.criterion)
    )
}

/// How many are not among the candidates, and why: `, 2 in another class, 1 unknown`.
pub fn others(route: &Route) -> String {
    let excluded = route.excluded;
    let others = [
        (route.beyond_limit, "more could"),
        (excluded.other_class, "in another class"),
        (excluded.unknown, "unknown"),
        (excluded.too_old, "seen too long ago"),
        (excluded.absent, "absent"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    let others: Vec<String> = others
        .map(|(count, what)| format!(", {count} {what}"))
        .collect();
    others.concat()
}

/// The candidates as CSV.
pub fn csv(route: &Route) -> csv::Sheet {
    let names = [
        "rank",
        "extension_id",
        "extension_number",
        "name",
        "department",
        "site",
        "queues",
        "class",
        "presumed",
        "since",
        "idle_ms",
        "last_observed_at",
        "age_ms",
        "sweeps_missed",
    ];
    let rows = route.candidates.iter().map(|candidate| {
        let mut row = vec![CsvCell::own(candidate.rank)];
        row.extend(crate::render::person_cells(&candidate.person));
        row.extend([
            CsvCell::text(candidate.department.as_deref()),
            CsvCell::text(candidate.site.as_deref()),
            CsvCell::text(Some(&candidate.queues.join("; "))),
            CsvCell::text(Some(&candidate.class)),
            CsvCell::own(candidate.presumed),
            CsvCell::time(Some(candidate.since)),
            CsvCell::own(candidate.idle_ms),
            CsvCell::time(candidate.last_observed_at),
            candidate.age_ms.map_or(CsvCell::Empty, CsvCell::own),
            CsvCell::own(candidate.sweeps_missed),
        ]);
        row
    });
    csv::Sheet::new(&names, rows)
}
