//! `coverage` as a table and as CSV.

use serde::Serialize;

use crate::coverage::shape::Coverage;
use crate::shapes::common::Time;

use crate::render::{Page, counted};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::ago;
use presence_charts::percent::percent;
use presence_charts::table::{Align, Cell, Paint, Table, dimmed};

/// A stretch of the window, observed or not: a line of NDJSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoverageLine {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// Whether the account was observed.
    pub observed: bool,
    /// Why it was not, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// How many sweeps failed, or were not made, for it.
    #[serde(skip)]
    looks: i64,
}

/// Segments and gaps in the order of time.
pub fn pieces(coverage: &Coverage) -> Vec<CoverageLine> {
    let segments = coverage.segments.iter().map(|segment| CoverageLine {
        from: segment.from,
        to: segment.to,
        observed: true,
        cause: None,
        looks: 0,
    });
    let gaps = coverage.gaps.iter().map(|gap| CoverageLine {
        from: gap.from,
        to: gap.to,
        observed: false,
        cause: Some(gap.cause),
        looks: gap.causes.first().map_or(0, |first| first.sweeps),
    });
    let mut pieces: Vec<CoverageLine> = segments.chain(gaps).collect();
    pieces.sort_by_key(|piece| piece.from.0);
    pieces
}

/// The stretches of the window, and their sums.
pub fn table(coverage: &Coverage, page: &Page) -> String {
    let mut table = Table::new(&[
        ("From", Align::Left),
        ("To", Align::Left),
        ("Length", Align::Right),
        ("Observed", Align::Left),
    ]);
    table.leave_out(&[("To", "To")]);
    table.keep_whole(&["From", "To"]);
    for piece in pieces(coverage) {
        let looked_at = match (piece.cause, piece.looks) {
            (None, _) => Cell::painted("yes", Paint::Good),
            (Some(cause), 0) => Cell::painted(&format!("no: {}", words(cause)), Paint::Bad),
            (Some(cause), looks) => {
                let text = format!("no: {} ({})", words(cause), counted(looks, "sweep"));
                Cell::painted(&text, Paint::Bad)
            }
        };
        table.row(vec![
            Cell::new(&page.moment(piece.from.0)),
            Cell::new(&page.moment(piece.to.0)),
            Cell::new(&ago(piece.to.0.since_ms(piece.from.0))),
            looked_at,
        ]);
    }
    let window_ms = coverage.observed_ms + coverage.gap_ms;
    let footer = format!(
        "observed: {} ({}), not observed: {} ({}); times in {}",
        ago(coverage.observed_ms),
        percent(coverage.observed_ms, window_ms),
        ago(coverage.gap_ms),
        percent(coverage.gap_ms, window_ms),
        page.zone.name()
    );
    format!(
        "{}\n{}",
        table.text(page.width),
        dimmed(&footer, page.width)
    )
}

/// A cause as people write it.
fn words(cause: &str) -> String {
    cause.replace('_', " ")
}

/// The stretches of the window as CSV.
pub fn csv(coverage: &Coverage) -> csv::Sheet {
    let rows = pieces(coverage).into_iter().map(|piece| {
        vec![
            CsvCell::time(Some(piece.from)),
            CsvCell::time(Some(piece.to)),
            CsvCell::duration_ms(piece.from.0, piece.to.0),
            CsvCell::own(piece.observed),
            CsvCell::own(piece.cause.unwrap_or_default()),
        ]
    });
    let names = ["from", "to", "duration_ms", "observed", "cause"];
    csv::Sheet::new(&names, rows)
}
