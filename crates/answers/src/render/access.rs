//! Who asked about whom, and who may, as tables and as CSV.

use crate::shapes::access::{AccessEntry, TokenEntry};
use crate::shapes::common::Time;

use super::{Page, counted};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::table::{Align, Cell, Table};

/// How many ids a cell shows.
const IDS_SHOWN: usize = 5;

/// A line for each entry of the access log.
pub fn log(entries: &[AccessEntry], page: &Page) -> String {
    let mut table = Table::new(&[
        ("Last", Align::Left),
        ("Who", Align::Left),
        ("Question", Align::Left),
        ("About", Align::Left),
        ("From", Align::Left),
        ("To", Align::Left),
        ("Times", Align::Right),
    ]);
    for entry in entries {
        let moment =
            |at: Option<Time>| Cell::new(&at.map_or_else(String::new, |at| page.moment(at.0)));
        table.row(vec![
            moment(Some(entry.last_at)),
            Cell::new(&entry.who),
            Cell::new(&entry.question),
            Cell::new(&about(entry)),
            moment(entry.from),
            moment(entry.to),
            Cell::new(&entry.request_count.to_string()),
        ]);
    }
    table.text(page.width)
}

fn about(entry: &AccessEntry) -> String {
    let Some(ids) = &entry.extension_ids else {
        return "everybody".to_owned();
    };
    if ids.len() > IDS_SHOWN {
        return counted(ids.len() as u64, "extension");
    }
    let ids: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
    ids.join(", ")
}

/// A row for each entry of the access log; ids with semicolons between them.
pub fn log_csv(entries: &[AccessEntry]) -> csv::Sheet {
    let names = [
        "entry_id",
        "who",
        "token_id",
        "question",
        "from",
        "to",
        "about",
        "extension_ids",
        "first_at",
        "last_at",
        "request_count",
    ];
    let rows = entries.iter().map(|entry| {
        let ids = entry.extension_ids.iter().flatten();
        let ids: Vec<String> = ids.map(|id| id.0.to_string()).collect();
        vec![
            CsvCell::own(entry.entry_id),
            CsvCell::text(Some(&entry.who)),
            entry.token_id.map_or(CsvCell::Empty, CsvCell::own),
            CsvCell::text(Some(&entry.question)),
            CsvCell::time(entry.from),
            CsvCell::time(entry.to),
            CsvCell::own(entry.about),
            CsvCell::Own(ids.join(";")),
            CsvCell::time(Some(entry.first_at)),
            CsvCell::time(Some(entry.last_at)),
            CsvCell::own(entry.request_count),
        ]
    });
    csv::Sheet::new(&names, rows)
}

/// A line for each token.
pub fn tokens(entries: &[TokenEntry], page: &Page) -> String {
    let mut table = Table::new(&[
        ("Number", Align::Right),
        ("Name", Align::Left),
        ("Kind", Align::Left),
        ("Scopes", Align::Left),
        ("Created", Align::Left),
        ("Expires", Align::Left),
        ("Last used", Align::Left),
        ("Revoked", Align::Left),
    ]);
    for entry in entries {
        let moment =
            |at: Option<Time>| Cell::new(&at.map_or_else(String::new, |at| page.moment(at.0)));
        table.row(vec![
            Cell::new(&entry.token_id.to_string()),
            Cell::new(&entry.name),
            Cell::new(entry.kind),
            Cell::new(&entry.scopes.join(", ")),
            moment(Some(entry.created_at)),
            moment(entry.expires_at),
            moment(entry.last_used_at),
            moment(entry.revoked_at),
        ]);
    }
    table.text(page.width)
}

/// A row for each token; scopes with semicolons between them.
pub fn tokens_csv(entries: &[TokenEntry]) -> csv::Sheet {
    let names = [
        "token_id",
        "kind",
        "name",
        "scopes",
        "account_id",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "secret",
    ];
    let rows = entries.iter().map(|entry| {
        vec![
            CsvCell::own(entry.token_id),
            CsvCell::own(entry.kind),
            CsvCell::text(Some(&entry.name)),
            CsvCell::text(Some(&entry.scopes.join(";"))),
            entry
                .account_id
                .map_or(CsvCell::Empty, |id| CsvCell::own(id.0)),
            CsvCell::time(Some(entry.created_at)),
            CsvCell::time(entry.expires_at),
            CsvCell::time(entry.last_used_at),
            CsvCell::time(entry.revoked_at),
            CsvCell::text(entry.secret.as_deref()),
        ]
    });
    csv::Sheet::new(&names, rows)
}
