//! Tables of figures as HTML tables.

use crate::render::report::Sheet;
use crate::render::table::{Align, Cell as Drawn};

/// So many rows are shown at most; the rest is there to be downloaded.
const ROWS_MAX: usize = 1_000;

/// A table.
#[derive(Clone, Debug, Default)]
pub(super) struct HtmlTable {
    /// What it is of.
    pub(super) caption: String,
    /// The columns.
    pub(super) columns: Vec<Column>,
    /// The rows that are shown.
    pub(super) rows: Vec<Row>,
    /// How many rows are not shown.
    pub(super) hidden_count: usize,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// Whether it holds figures.
    pub(super) is_figures: bool,
}

/// A row.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Its cells, one a column.
    pub(super) cells: Vec<Cell>,
    /// Whether it is the sum of the others.
    pub(super) is_total: bool,
}

/// A cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    /// What it says first.
    pub(super) text: String,
    /// What it says below that, smaller.
    pub(super) more: Vec<String>,
    /// Whether it is a figure.
    pub(super) is_figure: bool,
    /// Whether it names the row.
    pub(super) is_heading: bool,
    /// Where it leads.
    pub(super) href: Option<String>,
    /// Whether it is of less interest.
    pub(super) is_soft: bool,
}

impl HtmlTable {
    /// A table of a report. The first column names the rows, and `href` says where it leads.
    pub(super) fn of(sheet: &Sheet, caption: &str, href: impl Fn(usize) -> Option<String>) -> Self {
        let columns = sheet.columns.iter().map(|(name, align)| Column {
            name: name.clone(),
            is_figures: *align == Align::Right,
        });
        let last = sheet.rows.len().saturating_sub(1);
        let is_total = |index: usize| sheet.has_total && index == last;
        let shown = sheet.rows.iter().enumerate();
        let shown = shown.filter(|(index, _)| *index < ROWS_MAX || is_total(*index));
        let rows: Vec<Row> = shown
            .map(|(index, cells)| Row {
                cells: row_cells(cells, sheet, || href(index).filter(|_| !is_total(index))),
                is_total: is_total(index),
            })
            .collect();
        Self {
            caption: caption.to_owned(),
            columns: columns.collect(),
            hidden_count: sheet.rows.len() - rows.len(),
            rows,
        }
    }
}

fn row_cells(cells: &[Drawn], sheet: &Sheet, href: impl Fn() -> Option<String>) -> Vec<Cell> {
    let cells = cells.iter().zip(&sheet.columns).enumerate();
    cells
        .map(|(index, (cell, (_, align)))| {
            let mut lines = cell.text().split('\n').map(str::to_owned);
            Cell {
                text: lines.next().unwrap_or_default(),
                more: lines.collect(),
                is_figure: *align == Align::Right,
                is_heading: index == 0,
                href: if index == 0 { href() } else { None },
                is_soft: cell.text().starts_with("withheld"),
            }
        })
        .collect()
}
