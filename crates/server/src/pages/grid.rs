//! Tables of figures as HTML tables.

use presence_answers::report::table::Sheet;
use presence_charts::table::{Align, Cell as Drawn};

use super::picture::LegendEntry;
use super::shares::ShareBars;

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
    /// What the colours of its pictures mean.
    pub(super) legend: Vec<LegendEntry>,
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
    /// Which row of a report it shows, with the sum as the last one.
    pub(super) source: usize,
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
    /// What it draws, as SVG of our own.
    pub(super) picture: String,
}

impl HtmlTable {
    /// A table of texts: its columns, each with whether it holds figures. The first one names the rows.
    pub(super) fn of_texts(
        caption: &str,
        columns: &[(&str, bool)],
        rows: Vec<Vec<String>>,
    ) -> Self {
        let cells = |texts: Vec<String>| {
            let texts = texts.into_iter().zip(columns).enumerate();
            let cells = texts.map(|(index, (text, (_, is_figure)))| Cell {
                text,
                is_figure: *is_figure,
                is_heading: index == 0,
                ..Cell::default()
            });
            Row {
                cells: cells.collect(),
                ..Row::default()
            }
        };
        let named = columns.iter().map(|(name, is_figures)| Column {
            name: (*name).to_owned(),
            is_figures: *is_figures,
        });
        Self {
            caption: caption.to_owned(),
            columns: named.collect(),
            rows: rows.into_iter().map(cells).collect(),
            ..Self::default()
        }
    }

    /// A table of a report. The first column names the rows, and `href` says where it leads.
    pub(super) fn of(sheet: &Sheet, caption: &str, href: impl Fn(usize) -> Option<String>) -> Self {
        Self::of_rows(sheet, caption, |_| true, href)
    }

    /// The same of some of the rows, and of the total.
    pub(super) fn of_rows(
        sheet: &Sheet,
        caption: &str,
        is_wanted: impl Fn(usize) -> bool,
        href: impl Fn(usize) -> Option<String>,
    ) -> Self {
        let columns = sheet.columns.iter().map(|(name, align)| Column {
            name: name.clone(),
            is_figures: *align == Align::Right,
        });
        let last = sheet.rows.len().saturating_sub(1);
        let is_total = |index: usize| sheet.has_total && index == last;
        let wanted = sheet.rows.iter().enumerate();
        let wanted = wanted.filter(|(index, _)| is_total(*index) || is_wanted(*index));
        let wanted: Vec<_> = wanted.collect();
        let wanted_count = wanted.len();
        let shown = wanted.into_iter().enumerate();
        let shown = shown.filter(|(number, (index, _))| *number < ROWS_MAX || is_total(*index));
        let rows: Vec<Row> = shown
            .map(|(_, row)| row)
            .map(|(index, cells)| Row {
                cells: row_cells(cells, index, sheet, || {
                    href(index).filter(|_| !is_total(index))
                }),
                is_total: is_total(index),
                source: index,
            })
            .collect();
        Self {
            caption: caption.to_owned(),
            columns: columns.collect(),
            hidden_count: wanted_count - rows.len(),
            rows,
            legend: Vec::new(),
        }
    }
}

impl HtmlTable {
    /// The same with a bar of shares in each row, before its figures.
    pub(super) fn with_shares(mut self, bars: &ShareBars) -> Self {
        let place = self.columns.iter().position(|column| column.is_figures);
        let place = place.unwrap_or(self.columns.len());
        let column = Column {
            name: bars.texts.say("shares"),
            is_figures: false,
        };
        self.columns.insert(place, column);
        self.legend = bars.legend();
        for row in &mut self.rows {
            let cell = Cell {
                picture: bars.row(row.source).to_owned(),
                ..Cell::default()
            };
            row.cells.insert(place.min(row.cells.len()), cell);
        }
        self
    }
}

/// The cells of a row; the first one that says anything leads somewhere.
fn row_cells(
    cells: &[Drawn],
    row: usize,
    sheet: &Sheet,
    href: impl Fn() -> Option<String>,
) -> Vec<Cell> {
    let withheld = sheet.withheld.get(row).copied().flatten();
    let leading = cells.iter().position(|cell| !cell.text().is_empty());
    let cells = cells.iter().zip(&sheet.columns).enumerate();
    cells
        .map(|(index, (cell, (_, align)))| {
            let mut lines = cell.text().split('\n').map(str::to_owned);
            Cell {
                text: lines.next().unwrap_or_default(),
                more: lines.collect(),
                is_figure: *align == Align::Right,
                is_heading: index == 0,
                href: href().filter(|_| Some(index) == leading),
                is_soft: withheld == Some(index),
                picture: String::new(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[[&str; 2]]) -> Sheet {
        let cells = |row: &[&str; 2]| row.iter().map(|text| Drawn::new(text)).collect();
        Sheet {
            columns: vec![
                ("Number".to_owned(), Align::Left),
                ("Name".to_owned(), Align::Left),
            ],
            rows: rows.iter().map(cells).collect(),
            has_total: true,
            withheld: Vec::new(),
        }
    }

    #[test]
    fn a_row_leads_somewhere_by_the_first_thing_that_it_says() {
        let sheet = sheet(&[["101", "Front Desk"], ["", "Workshop"], ["total", ""]]);
        let table = HtmlTable::of(&sheet, "Figures", |row| Some(format!("/people/{row}")));
        let links: Vec<Vec<Option<&str>>> = table
            .rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| cell.href.as_deref()).collect())
            .collect();
        assert_eq!(
            links,
            [
                vec![Some("/people/0"), None],
                vec![None, Some("/people/1")],
                vec![None, None],
            ]
        );
    }

    #[test]
    fn a_long_table_keeps_its_sum() {
        let mut rows = vec![["101", "Front Desk"]; ROWS_MAX + 5];
        rows.push(["total", ""]);
        let table = HtmlTable::of(&sheet(&rows), "Figures", |_| None);
        assert_eq!((table.rows.len(), table.hidden_count), (ROWS_MAX + 1, 5));
        assert!(table.rows.last().is_some_and(|row| row.is_total));
    }
}
