//! `report --compare-as-of` as a table and as CSV.

use crate::report::restatement_shape::{
    BeforeAfter, Reason, RecordedBetween, RestatedRow, Restatement, RowChange,
};
use crate::report::shape::Amount;
use crate::shapes::as_of::AsOf;

use crate::render::status::{self, NO_VALUE};
use crate::render::{Page, counted};
use crate::report::rows::csv_keys;
use crate::report::table::{key_cells, key_names};
use crate::staffing::table::key_columns;
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::{bounds, spoken};
use presence_charts::table::{Align, Cell, Paint, Table, dimmed};

/// What differs, a line for each figure, and what was recorded between.
pub fn table(restatement: &Restatement, page: &Page) -> String {
    let mut text = match restatement.rows.first() {
        None => "Nothing differs.\n".to_owned(),
        Some(first) => rows(restatement, first, page),
    };
    text.push('\n');
    for between in &restatement.recorded_between {
        text.push_str(&recorded(between, page));
        text.push('\n');
    }
    if restatement.recorded_between.is_empty() {
        text.push_str("Nothing was recorded between that can touch the window.\n");
    }
    let so_far = restatement.so_far;
    let compared = so_far.so_far.then(|| {
        let until = restatement.to.0.plus_ms(-so_far.not_yet_ms);
        format!("; up to {}, which had passed for both", page.moment(until))
    });
    let footer = format!(
        "{} differ, {} do not{}; before: {}; after: {}; by {}; times in {}",
        restatement.rows.len(),
        counted(restatement.unchanged_count, "row"),
        compared.unwrap_or_default(),
        end(&restatement.before, page),
        end(&restatement.after, page),
        status::criterion(&restatement.criterion),
        page.zone.name()
    );
    format!("{text}\n{}", dimmed(&footer, page.width))
}

fn rows(restatement: &Restatement, first: &RestatedRow, page: &Page) -> String {
    let keys = key_names(page.texts, &first.keys);
    let mut columns: Vec<(&str, Align)> = keys
        .iter()
        .map(|name| (name.as_str(), Align::Left))
        .collect();
    columns.extend([
        ("Figure", Align::Left),
        ("Before", Align::Right),
        ("After", Align::Right),
        ("Difference", Align::Right),
        ("Why", Align::Left),
    ]);
    let mut table = Table::new(&columns);
    for row in &restatement.rows {
        for line in lines(row) {
            let mut cells = key_cells(page.texts, &row.keys);
            cells.extend(line);
            table.row(cells);
        }
    }
    table.text(page.width)
}

fn lines(row: &RestatedRow) -> Vec<Vec<Cell>> {
    let why = why(row);
    if row.change == RowChange::Suppression {
        return vec![vec![
            Cell::painted("suppressed", Paint::Dim),
            Cell::default(),
            Cell::default(),
            Cell::default(),
            Cell::new(&why),
        ]];
    }
    let figure = |amount: Amount| {
        format!(
            "{} ({})",
            spoken(amount.ms),
            bounds(amount.min_ms, amount.max_ms)
        )
    };
    let values = row.values.iter().map(|(value, restated)| {
        let name = if value.is_empty() { NO_VALUE } else { value };
        vec![
            Cell::painted(name, status::paint(name)),
            Cell::new(&figure(restated.before)),
            Cell::new(&figure(restated.after)),
            Cell::new(&difference(restated.difference_ms)),
            Cell::new(&why),
        ]
    });
    let others = [
        ("unknown", row.unknown_ms),
        ("absent", row.absent_ms),
        ("scheduled", row.scheduled_ms),
    ];
    let others = others
        .into_iter()
        .filter(|(_, pair)| pair.difference() != 0);
    let others = others.map(|(name, pair)| {
        vec![
            Cell::painted(name, Paint::Dim),
            Cell::new(&spoken(pair.before)),
            Cell::new(&spoken(pair.after)),
            Cell::new(&difference(pair.difference())),
            Cell::new(&why),
        ]
    });
    values.chain(others).collect()
}

fn difference(ms: i64) -> String {
    match ms {
        0 => "0".to_owned(),
        more if more > 0 => format!("+{}", spoken(more)),
        less => format!("−{}", spoken(-less)),
    }
}

fn why(row: &RestatedRow) -> String {
    let reasons = row.reasons.iter().map(|reason| match reason {
        Reason::UnknownBecameKnown => "unknown time became known",
        Reason::PresumedBecameUnknown => "presumed time became unknown",
        Reason::BecameMoreCertain => "the bounds became narrower",
        Reason::ValueChanged => "a change was seen",
        Reason::PeopleChanged => "people came or left",
    });
    let mut reasons: Vec<&str> = reasons.collect();
    match row.change {
        RowChange::Added => reasons.insert(0, "a new row"),
        RowChange::Removed => reasons.insert(0, "no longer a row"),
        RowChange::Suppression => reasons.insert(0, "suppressed in one of the two"),
        RowChange::Changed => {}
    }
    reasons.join(", ")
}

fn recorded(between: &RecordedBetween, page: &Page) -> String {
    format!(
        "Recorded between: {} ({}, {}) with {}, of sweeps from {} to {}, recorded from {} to {}.",
        counted(between.snapshot_count, "snapshot"),
        between.source,
        between.status,
        counted(between.event_count, "change"),
        page.moment(between.observed_from.0),
        page.moment(between.observed_to.0),
        page.moment(between.recorded_from.0),
        page.moment(between.recorded_to.0),
    )
}

fn end(as_of: &AsOf, page: &Page) -> String {
    let until = as_of.observed_until.map(|until| page.moment(until.0));
    format!(
        "position {}, snapshot {}, observed until {}",
        as_of.position,
        as_of.snapshot_no,
        until.as_deref().unwrap_or("never")
    )
}

/// What differs as CSV: a row for each figure.
pub fn csv(restatement: &Restatement) -> csv::Sheet {
    let is_pseudonymous = |row: &RestatedRow| row.keys.pseudonym.is_some();
    let mut names: Vec<&str> = if restatement.rows.iter().any(is_pseudonymous) {
        let by = restatement.by.iter();
        by.map(|name| match *name {
            "extension" => "pseudonym",
            other => other,
        })
        .collect()
    } else {
        key_columns(&restatement.by)
    };
    names.extend(["change", "reasons", "figure", "value"]);
    names.extend(["before_ms", "before_min_ms", "before_max_ms"]);
    names.extend(["after_ms", "after_min_ms", "after_max_ms", "difference_ms"]);
    let rows = restatement.rows.iter().flat_map(|row| {
        let mut start = csv_keys(&row.keys, &restatement.by);
        let reasons: Vec<&str> = row.reasons.iter().map(|reason| reason.name()).collect();
        start.extend([
            CsvCell::own(row.change.name()),
            CsvCell::own(&*reasons.join(" ")),
        ]);
        csv_figures(row)
            .into_iter()
            .map(move |figure| start.iter().cloned().chain(figure).collect())
            .collect::<Vec<Vec<CsvCell>>>()
    });
    csv::Sheet::new(&names, rows)
}

fn csv_figures(row: &RestatedRow) -> Vec<Vec<CsvCell>> {
    if row.change == RowChange::Suppression {
        return vec![vec![CsvCell::Empty; 9]];
    }
    let amount = |amount: Amount| [amount.ms, amount.min_ms, amount.max_ms].map(CsvCell::own);
    let values = row.values.iter().map(|(value, restated)| {
        let mut cells = vec![CsvCell::own("value"), CsvCell::text(Some(value))];
        cells.extend(amount(restated.before));
        cells.extend(amount(restated.after));
        cells.push(CsvCell::own(restated.difference_ms));
        cells
    });
    let others = [
        ("unknown", row.unknown_ms),
        ("absent", row.absent_ms),
        ("scheduled", row.scheduled_ms),
    ];
    let other = |(name, pair): (&'static str, BeforeAfter)| {
        vec![
            CsvCell::own(name),
            CsvCell::Empty,
            CsvCell::own(pair.before),
            CsvCell::Empty,
            CsvCell::Empty,
            CsvCell::own(pair.after),
            CsvCell::Empty,
            CsvCell::Empty,
            CsvCell::own(pair.difference()),
        ]
    };
    values.chain(others.into_iter().map(other)).collect()
}
