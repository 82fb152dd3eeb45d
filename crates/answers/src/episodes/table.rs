//! `episodes` as a table and as CSV.

use super::shape::{Episode, Episodes};
use crate::render::{Page, counted, name_of, person_cells, status};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::spoken;
use presence_charts::table::{Align, Cell, Table, dimmed};

/// The columns of CSV and Parquet.
const COLUMNS: [&str; 12] = [
    "extension_id",
    "extension_number",
    "name",
    "from",
    "to",
    "earliest_from",
    "earliest_to",
    "ms",
    "min_ms",
    "max_ms",
    "begins",
    "ends",
];

/// The episodes, a row each, and how many there are.
pub(super) fn table(episodes: &Episodes, page: &Page) -> String {
    let mut text = String::new();
    if episodes.episodes.is_empty() {
        text.push_str("No episodes in the window.\n");
    } else {
        let mut table = Table::new(&[
            ("Number", Align::Left),
            ("Name", Align::Left),
            ("From", Align::Left),
            ("To", Align::Left),
            ("Length", Align::Right),
            ("Bounds", Align::Right),
            ("Begins", Align::Left),
            ("Ends", Align::Left),
        ]);
        table.keep_whole(&["From", "To"]);
        for episode in &episodes.episodes {
            table.row(row(episode, page));
        }
        text.push_str(&table.text(page.width));
    }
    format!("{text}\n{}", dimmed(&footer(episodes, page), page.width))
}

fn row(episode: &Episode, page: &Page) -> Vec<Cell> {
    let (from, to) = (episode.from.0, episode.to.0);
    let most = episode.max_ms.map_or_else(|| "?".to_owned(), spoken);
    vec![
        Cell::new(episode.person.extension_number.as_deref().unwrap_or("")),
        Cell::new(&name_of(&episode.person)),
        Cell::new(&page.moment(from)),
        Cell::new(&page.moment_after(to, from)),
        Cell::new(&spoken(episode.ms)),
        Cell::new(&format!("{}–{most}", spoken(episode.min_ms))),
        Cell::new(episode.begins),
        Cell::new(episode.ends),
    ]
}

fn footer(episodes: &Episodes, page: &Page) -> String {
    let beyond = match episodes.beyond_limit {
        0 => String::new(),
        beyond => format!(", {beyond} of them not shown"),
    };
    let value = match episodes.value.as_str() {
        "" => status::NO_VALUE.to_owned(),
        value => presence_core::escape::shown(value).into_owned(),
    };
    format!(
        "{} of {value}{beyond}, by {}, from {} to {} ({})",
        counted(episodes.count, "episode"),
        status::criterion(&episodes.criterion),
        page.moment(episodes.from.0),
        page.moment(episodes.to.0),
        page.zone.name(),
    )
}

/// The episodes as rows of data.
pub(super) fn cells(episodes: &Episodes) -> csv::Sheet {
    let rows = episodes.episodes.iter().map(|episode| {
        let mut row = Vec::from(person_cells(&episode.person));
        row.extend([
            CsvCell::time(Some(episode.from)),
            CsvCell::time(Some(episode.to)),
            CsvCell::time(episode.earliest_from),
            CsvCell::time(Some(episode.earliest_to)),
            CsvCell::own(episode.ms),
            CsvCell::own(episode.min_ms),
            episode.max_ms.map_or(CsvCell::Empty, CsvCell::own),
            CsvCell::own(episode.begins),
            CsvCell::own(episode.ends),
        ]);
        row
    });
    csv::Sheet::new(&COLUMNS, rows)
}
