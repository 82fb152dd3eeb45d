//! What was checked, as lines and as CSV.

use crate::shapes::checks::{Check, CheckStatus};

use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::table::Paint;
use presence_core::escape::shown;

/// A line for each check; what to do, where there is something, on a line below it.
pub fn lines(checks: &[Check]) -> String {
    let width = checks.iter().map(|one| one.check.len()).max().unwrap_or(0);
    checks.iter().map(|one| line(one, width)).collect()
}

fn line(check: &Check, width: usize) -> String {
    let paint = match check.status {
        CheckStatus::Ok => Paint::Good,
        CheckStatus::Skipped => Paint::Dim,
        CheckStatus::Warn => Paint::Busy,
        CheckStatus::Fail => Paint::Bad,
    };
    let status = format!("{:<7}", check.status.name());
    let advice = check.advice.as_deref().map_or_else(String::new, |advice| {
        format!("{:1$}  → {2}\n", "", 9 + width, shown(advice))
    });
    format!(
        "{}  {:<width$}  {}\n{advice}",
        paint.on(&status),
        check.check,
        shown(&check.found)
    )
}

/// A row for each check.
pub fn csv(checks: &[Check]) -> csv::Sheet {
    let rows = checks.iter().map(|one| {
        vec![
            CsvCell::own(one.check),
            CsvCell::own(one.status.name()),
            CsvCell::text(Some(&one.found)),
            CsvCell::text(one.advice.as_deref()),
        ]
    });
    let names = ["check", "status", "found", "advice"];
    csv::Sheet::new(&names, rows)
}
