//! What a row of a report is of, as the first columns of a table.

use jiff::civil::Date;

use crate::render::name_of;
use crate::report::shape::RowKeys;
use presence_charts::table::{Cell, Paint};
use presence_texts::Texts;

/// The names of the columns that say what a row is of.
pub(crate) fn key_names(texts: Texts, keys: &RowKeys) -> Vec<String> {
    let mut names = Vec::new();
    names.extend(keys.department.is_some().then_some("department"));
    names.extend(keys.site.is_some().then_some("site"));
    names.extend(keys.queue.is_some().then_some("queue"));
    if keys.person.is_some() {
        names.extend(["number", "name"]);
    }
    names.extend(keys.pseudonym.is_some().then_some("pseudonym"));
    names.extend(keys.bucket.as_ref().map(|(kind, _)| match *kind {
        "hour" => "hour",
        "day" => "period-unit-day",
        "week" => "period-unit-week",
        _ => "period-unit-month",
    }));
    if names.is_empty() {
        return vec![String::new()];
    }
    names.into_iter().map(|id| texts.say(id)).collect()
}

/// The label of an hour, day, week or month: a day as a date of the language, the others as they are.
fn bucket_text(texts: Texts, kind: &str, label: &str) -> String {
    let date = (kind == "day").then(|| label.parse::<Date>().ok());
    date.flatten().map_or_else(
        || label.to_owned(),
        |date| texts.date(date.year(), date.month(), date.day()),
    )
}

/// The cells of those columns.
pub(crate) fn key_cells(texts: Texts, keys: &RowKeys) -> Vec<Cell> {
    let mut cells = Vec::new();
    for group in [&keys.department, &keys.site, &keys.queue]
        .into_iter()
        .flatten()
    {
        cells.push(group.as_deref().map_or_else(
            || Cell::painted(&texts.say("not-set"), Paint::Dim),
            Cell::new,
        ));
    }
    if let Some(person) = &keys.person {
        cells.push(Cell::new(person.extension_number.as_deref().unwrap_or("")));
        cells.push(Cell::new(&name_of(person)));
    }
    cells.extend(keys.pseudonym.as_deref().map(Cell::new));
    let bucket = keys.bucket.as_ref();
    cells.extend(bucket.map(|(kind, label)| Cell::new(&bucket_text(texts, kind, label))));
    if cells.is_empty() {
        vec![Cell::new(&texts.say("row-account"))]
    } else {
        cells
    }
}
