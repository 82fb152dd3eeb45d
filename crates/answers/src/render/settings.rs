//! Settings, as a table and as CSV.

use crate::shapes::settings::Setting;

use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::table::{Align, Cell, Paint, Table};

/// A row for each setting.
pub fn table(settings: &[Setting], width: Option<usize>) -> String {
    let mut table = Table::new(&[
        ("Setting", Align::Left),
        ("Value", Align::Left),
        ("From", Align::Left),
    ]);
    for setting in settings {
        let value = match &setting.value {
            Some(value) => Cell::new(value),
            None => Cell::painted("–", Paint::Dim),
        };
        let from = match &setting.origin {
            Some(origin) => Cell::new(origin),
            None => Cell::painted(setting.source, Paint::Dim),
        };
        table.row(vec![Cell::new(&setting.name), value, from]);
    }
    table.text(width)
}

/// The same.
pub fn csv(settings: &[Setting]) -> csv::Sheet {
    let rows = settings.iter().map(|setting| {
        vec![
            CsvCell::own(setting.name.as_str()),
            CsvCell::text(setting.value.as_deref()),
            CsvCell::own(setting.source),
            CsvCell::text(setting.origin.as_deref()),
        ]
    });
    let names = ["name", "value", "source", "origin"];
    csv::Sheet::new(&names, rows)
}
