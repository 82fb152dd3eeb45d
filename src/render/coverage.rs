//! `coverage` as a table and as CSV.

use serde::Serialize;

use crate::shapes::common::Time;
use crate::shapes::coverage::{Coverage, Stretch};

use super::Page;
use super::csv::{self, Cell as CsvCell};
use super::duration::{ago, percent};
use super::table::{Align, Cell, Paint, Table};

/// A stretch of the window, observed or not: a line of NDJSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// Whether the account was looked at.
    pub observed: bool,
}

/// Segments and gaps in the order of time.
pub fn pieces(coverage: &Coverage) -> Vec<Piece> {
    let piece = |observed: bool| {
        move |stretch: &Stretch| Piece {
            from: stretch.from,
            to: stretch.to,
            observed,
        }
    };
    let segments = coverage.segments.iter().map(piece(true));
    let mut pieces: Vec<Piece> = segments
        .chain(coverage.gaps.iter().map(piece(false)))
        .collect();
    pieces.sort_by_key(|piece| piece.from.0);
    pieces
}

/// The stretches of the window, and their sums.
pub fn table(coverage: &Coverage, page: &Page) -> String {
    let mut table = Table::new(&[
        ("From", Align::Left),
        ("To", Align::Left),
        ("Length", Align::Right),
        ("Looked at", Align::Left),
    ]);
    for piece in pieces(coverage) {
        let looked_at = if piece.observed {
            Cell::painted("yes", Paint::Good)
        } else {
            Cell::painted("no (gap)", Paint::Bad)
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
        "looked at: {} ({}), not looked at: {} ({}); times in {}",
        ago(coverage.observed_ms),
        percent(coverage.observed_ms, window_ms),
        ago(coverage.gap_ms),
        percent(coverage.gap_ms, window_ms),
        page.zone.name()
    );
    format!("{}\n{}\n", table.text(page.width), Paint::Dim.on(&footer))
}

/// The stretches of the window as CSV.
pub fn csv(coverage: &Coverage) -> String {
    let rows = pieces(coverage).into_iter().map(|piece| {
        vec![
            CsvCell::time(Some(piece.from)),
            CsvCell::time(Some(piece.to)),
            CsvCell::duration_ms(piece.from.0, piece.to.0),
            CsvCell::own(piece.observed),
        ]
    });
    let names = ["from", "to", "duration_ms", "observed"];
    format!("{}{}", csv::header(&names), csv::rows(rows))
}
