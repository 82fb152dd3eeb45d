//! Who there is, as a table and as CSV.

use crate::people::shape::PersonEntry;

use crate::render::Page;
use crate::render::name_of;
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::table::{Align, Cell, Table};

/// A line for each extension.
pub fn table(entries: &[PersonEntry], page: &Page) -> String {
    let mut table = Table::new(&[
        ("Ext", Align::Left),
        ("Name", Align::Left),
        ("Type", Align::Left),
        ("Department", Align::Left),
        ("Site", Align::Left),
        ("Queues", Align::Left),
        ("Id", Align::Left),
    ]);
    table.leave_out(&[("Id", "Id"), ("Queues", "Queues")]);
    for entry in entries {
        let text = |text: &Option<String>| Cell::new(text.as_deref().unwrap_or_default());
        table.row(vec![
            text(&entry.person.extension_number),
            Cell::new(&name_of(&entry.person)),
            text(&entry.extension_type),
            text(&entry.department),
            text(&entry.site),
            Cell::new(&entry.queues.join(", ")),
            Cell::new(&entry.person.extension_id.0.to_string()),
        ]);
    }
    table.text(page.width)
}

/// A row for each extension; queues with semicolons between them.
pub fn csv(entries: &[PersonEntry]) -> csv::Sheet {
    let names = [
        "extension_id",
        "extension_number",
        "name",
        "type",
        "status",
        "department",
        "site",
        "time_zone",
        "queues",
        "was_observed",
        "zone_assumed",
    ];
    let rows = entries.iter().map(|entry| {
        let mut row = crate::render::person_cells(&entry.person).to_vec();
        row.extend([
            CsvCell::text(entry.extension_type.as_deref()),
            CsvCell::text(entry.status.as_deref()),
            CsvCell::text(entry.department.as_deref()),
            CsvCell::text(entry.site.as_deref()),
            CsvCell::text(entry.time_zone.as_deref()),
            CsvCell::text(Some(&entry.queues.join(";"))),
            CsvCell::own(entry.was_observed),
            CsvCell::own(entry.zone_assumed),
        ]);
        row
    });
    csv::Sheet::new(&names, rows)
}
