//! `calendar show` as a table and as CSV.

use crate::shapes::calendar::{ShownCalendar, ShownDay};

use super::Page;
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::ago;
use presence_charts::table::{Align, Cell, Paint, Table};
use presence_core::escape::shown;

/// The days with their hours and reasons.
pub fn table(calendar: &ShownCalendar, page: &Page) -> String {
    let mut table = Table::new(&[
        ("Day", Align::Left),
        ("Open", Align::Left),
        ("Length", Align::Right),
        ("Rule", Align::Left),
        ("Holiday", Align::Left),
    ]);
    for day in &calendar.days {
        let open = hours(day);
        table.row(vec![
            Cell::new(&format!("{} {}", day.day, day.weekday)),
            match open.as_str() {
                "" => Cell::painted("closed", Paint::Dim),
                open => Cell::new(open),
            },
            Cell::new(&if open.is_empty() {
                String::new()
            } else {
                ago(day.scheduled_ms)
            }),
            Cell::new(&match day.rules.as_slice() {
                [] => "no rule".to_owned(),
                rules => rules.join("; "),
            }),
            Cell::painted(&holidays(day), Paint::Strong),
        ]);
    }
    let zone = calendar.zone.as_deref();
    let footer = format!(
        "{}: {}; days in {}",
        shown(&calendar.calendar),
        shown(&calendar.hours),
        zone.unwrap_or("UTC, since the calendar names no zone")
    );
    format!("{}\n{}\n", table.text(page.width), Paint::Dim.on(&footer))
}

fn hours(day: &ShownDay) -> String {
    let open = day.open.iter();
    let open: Vec<String> = open
        .map(|hours| format!("{}-{}", hours.from, hours.to))
        .collect();
    open.join(",")
}

/// `Christmas Day (country:DE)`
fn holidays(day: &ShownDay) -> String {
    let holidays = day.holidays.iter();
    let holidays: Vec<String> = holidays
        .map(|holiday| match &holiday.name {
            Some(name) => format!("{name} ({})", holiday.source),
            None => holiday.source.clone(),
        })
        .collect();
    holidays.join("; ")
}

/// A row for each day.
pub fn csv(calendar: &ShownCalendar) -> csv::Sheet {
    let rows = calendar.days.iter().map(|day| {
        vec![
            CsvCell::text(Some(&day.day)),
            CsvCell::text(Some(day.weekday)),
            CsvCell::text(
                Some(&hours(day))
                    .filter(|hours| !hours.is_empty())
                    .map(String::as_str),
            ),
            CsvCell::own(day.scheduled_ms),
            CsvCell::text(Some(&day.rules.join("; "))),
            CsvCell::text(Some(&holidays(day))),
        ]
    });
    let names = [
        "day",
        "weekday",
        "open",
        "scheduled_ms",
        "rules",
        "holidays",
    ];
    csv::Sheet::new(&names, rows)
}
