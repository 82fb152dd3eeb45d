//! `report` in cells: as CSV, and for whatever else has columns.

use std::sync::Arc;

use crate::report::metrics_shape::Suppression;
use crate::report::shape::{MomentShape, Report, ReportRow, RowKeys};
use presence_core::query::absence::AbsenceMode;

use crate::report::metrics_table as report_options;
use presence_charts::csv::{self, Cell as CsvCell, Style};

/// The header of [`cells`] as CSV.
pub fn csv_header(report: &Report, style: &Style) -> String {
    csv::header(&columns(report), style)
}

/// The lines of [`cells`] as CSV for some rows of a report; `report` need not have them.
pub fn csv_rows(report: &Report, rows: &[ReportRow], style: &Style) -> String {
    csv::rows(rows.iter().flat_map(|row| value_rows(row, report)), style)
}

/// The rows in cells: a row for each value of each row of the report; one without, if none was possible.
pub fn cells(report: &Report) -> csv::Sheet {
    let rows = report.rows.iter().flat_map(|row| value_rows(row, report));
    csv::Sheet {
        names: columns(report),
        rows: rows.collect(),
    }
}

/// The names of the columns of [`cells`].
fn columns(report: &Report) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for by in &report.by {
        match *by {
            "extension" if report.asked.pseudonymous => names.push("pseudonym"),
            "extension" => names.extend(["extension_id", "extension_number", "name"]),
            other => names.push(other),
        }
    }
    names.push("scheduled_ms");
    names.extend(is_planned_apart(report).then_some("planned_absent_ms"));
    names.extend(["unknown_ms", "absent_ms", "transitions"]);
    names.extend(["value", "ms", "min_ms", "max_ms"]);
    names.extend(["first_at", "first_earliest", "last_at", "last_earliest"]);
    names.extend(report_options::csv_names(&report.asked));
    names
}

pub(crate) fn is_planned_apart(report: &Report) -> bool {
    report.planned_absence == Some(AbsenceMode::Apart.name())
}

fn value_rows(row: &ReportRow, report: &Report) -> Vec<Vec<CsvCell>> {
    let mut start = csv_keys(&row.keys, &report.by);
    let is_hidden = row.told.withheld == Some(Suppression::Group);
    let own = |number: i64| {
        if is_hidden {
            CsvCell::Empty
        } else {
            CsvCell::own(number)
        }
    };
    start.push(own(row.scheduled_ms));
    let planned_ms = row.planned_absent_ms.unwrap_or(0);
    start.extend(is_planned_apart(report).then(|| own(planned_ms)));
    start.extend([row.unknown_ms, row.absent_ms, row.transitions].map(own));
    let values = row.value_names();
    if values.is_empty() {
        start.extend(std::iter::repeat_n(CsvCell::Empty, 8));
        start.extend(report_options::csv_cells(row, None, &report.asked));
        return vec![start];
    }
    let value_row = |value: &str| {
        // What is gone held for no time, which is known as well as any figure of the row.
        let amount = row.values.get(value).copied().unwrap_or_default();
        let mut cells = start.clone();
        cells.push(CsvCell::text(Some(value)));
        cells.extend([amount.ms, amount.min_ms, amount.max_ms].map(CsvCell::own));
        cells.extend(csv_moment(row.first.get(value)));
        cells.extend(csv_moment(row.last.get(value)));
        cells.extend(report_options::csv_cells(row, Some(value), &report.asked));
        cells
    };
    values.into_iter().map(value_row).collect()
}

fn csv_moment(moment: Option<&MomentShape>) -> [CsvCell; 2] {
    [
        CsvCell::time(moment.map(|moment| moment.at)),
        CsvCell::time(moment.and_then(|moment| moment.earliest)),
    ]
}

/// The keys in the order of `by`.
pub(crate) fn csv_keys(keys: &RowKeys, by: &[&'static str]) -> Vec<CsvCell> {
    let group = |group: &Option<Option<Arc<str>>>| {
        vec![CsvCell::text(group.as_ref().and_then(Option::as_deref))]
    };
    let cells = by.iter().map(|name| match *name {
        "extension" => match &keys.person {
            Some(person) => crate::render::person_cells(person).to_vec(),
            None => vec![CsvCell::text(keys.pseudonym.as_deref())],
        },
        "department" => group(&keys.department),
        "site" => group(&keys.site),
        "queue" => group(&keys.queue),
        _ => vec![CsvCell::text(
            keys.bucket.as_ref().map(|(_, label)| &**label),
        )],
    });
    cells.flatten().collect()
}
