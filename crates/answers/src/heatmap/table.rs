//! `heatmap` as a grid of a week, and as CSV.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::heatmap::shape::{Heatmap, HeatmapCell};
use crate::report::shape::RowKeys;

use crate::render::Page;
use crate::render::status::{self, NO_VALUE};
use crate::report::rows as report_rows;
use crate::report::table as report;
use crate::staffing::table::{heading, key_columns};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::percent::percent;
use presence_charts::table::{Align, Cell, Paint, Table, dimmed};
use presence_core::escape::shown;

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// From nothing to all.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// A grid for each group: a line an hour, a column a day.
pub fn table(heatmap: &Heatmap, page: &Page) -> String {
    let mut text = String::new();
    for group in heatmap.cells.chunk_by(|one, other| one.keys == other.keys) {
        if let Some(heading) = group
            .first()
            .and_then(|cell| heading(page.texts, &cell.keys))
        {
            let _ = writeln!(text, "{}", Paint::Strong.on(&heading));
        }
        text.push_str(&grid(group, page));
        text.push('\n');
    }
    if heatmap.cells.is_empty() {
        text.push_str("Nobody counted was scheduled in the window.\n\n");
    }
    text.push_str(&dimmed(&footer(heatmap), page.width));
    text
}

/// How much a cell says: less where the page has no room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// `▓▓ 64 % 3.2`
    Average,
    /// `▓▓ 64 %`
    Share,
    /// `▓64%`
    Tight,
    /// `▓▓`
    Shade,
}

/// With so many days a line of each is no wider than the page.
fn detail(days: usize, page: &Page) -> Detail {
    let Some(width) = page.width else {
        return Detail::Average;
    };
    // `00:00`, then for each day a gap and its widest cell.
    let needed = |cell: usize| 5 + days * (2 + cell);
    let details = [
        (Detail::Average, "▓▓ 100 % 100.0"),
        (Detail::Share, "▓▓ 100 %"),
        (Detail::Tight, "▓100%"),
    ];
    let fitting = details
        .into_iter()
        .find(|(_, widest)| needed(widest.width()) <= width);
    fitting.map_or(Detail::Shade, |(detail, _)| detail)
}

/// What is not in the cells, in a sentence; `None` if all is.
fn left_out(detail: Detail) -> Option<&'static str> {
    match detail {
        Detail::Average => None,
        Detail::Share | Detail::Tight => {
            Some("left out on this narrow page: the average number of people")
        }
        Detail::Shade => Some(
            "left out on this narrow page: the share as a figure, and the average number of people",
        ),
    }
}

fn grid(group: &[HeatmapCell], page: &Page) -> String {
    let has = |day: &u8| group.iter().any(|cell| cell.weekday == *day);
    let days: Vec<u8> = (1..=7).filter(has).collect();
    let detail = detail(days.len(), page);
    let mut columns = vec![("", Align::Right)];
    columns.extend(
        days.iter()
            .map(|day| (DAYS[usize::from(*day) - 1], Align::Right)),
    );
    let mut table = Table::new(&columns);
    let hours = (0..24).filter(|hour| group.iter().any(|cell| cell.hour == *hour));
    for hour in hours {
        let mut cells = vec![Cell::new(&format!("{hour:02}:00"))];
        cells.extend(days.iter().map(|day| {
            let here = |cell: &&HeatmapCell| (cell.weekday, cell.hour) == (*day, hour);
            let found = group.iter().find(here);
            found.map_or_else(Cell::default, |cell| shaded(cell, detail))
        }));
        table.row(cells);
    }
    let mut text = table.text(page.width);
    if let Some(sentence) = left_out(detail) {
        text.push_str(&dimmed(sentence, page.width));
    }
    text
}

/// `▓▓ 64 % 3.2`: the share as a shade and a figure, and the average number; `?` where nothing is known.
fn shaded(cell: &HeatmapCell, detail: Detail) -> Cell {
    if cell.share().is_none() {
        return Cell::painted("?", Paint::Dim);
    }
    let known_ms = cell.known_ms();
    let fifths = cell.amount.ms * 5 / known_ms.max(1);
    let sign = SHADES[usize::try_from(fifths).unwrap_or(0).min(SHADES.len() - 1)];
    let [average, _, _] = cell.averages();
    let share = percent(cell.amount.ms, known_ms);
    Cell::new(&match detail {
        Detail::Average => format!("{sign}{sign} {share} {average:.1}"),
        Detail::Share => format!("{sign}{sign} {share}"),
        Detail::Tight => format!("{sign}{}", share.replace(' ', "")),
        Detail::Shade => format!("{sign}{sign}"),
    })
}

fn footer(heatmap: &Heatmap) -> String {
    let value = if heatmap.value.is_empty() {
        NO_VALUE.into()
    } else {
        shown(&heatmap.value)
    };
    let zone = heatmap.zone.as_deref().unwrap_or("each extension's own");
    let hours = report::hours_text(heatmap.hours.as_deref(), heatmap.calendar.as_deref());
    format!(
        "{} {value} of [{}, {}); hours: {}; zone: {zone} (zone data {}); as of position {}, snapshot {}\n\
         part of the time in which something is known, and average number of people",
        status::criterion(&heatmap.criterion),
        heatmap.from.0,
        heatmap.to.0,
        hours,
        heatmap.zone_data,
        heatmap.as_of.position,
        heatmap.as_of.snapshot_no
    )
}

/// The cells as CSV.
pub fn csv(heatmap: &Heatmap) -> csv::Sheet {
    let mut names = key_columns(&heatmap.by);
    names.extend(["weekday", "hour", "share", "avg", "avg_min", "avg_max"]);
    names.extend(["elapsed_ms", "scheduled_ms", "unknown_ms", "absent_ms"]);
    names.extend(["ms", "min_ms", "max_ms"]);
    let rows = heatmap.cells.iter().map(|cell| {
        let mut cells = keys(&cell.keys, &heatmap.by);
        cells.extend([cell.weekday, cell.hour].map(CsvCell::own));
        cells.push(cell.share().map_or(CsvCell::Empty, CsvCell::own));
        cells.extend(cell.averages().map(CsvCell::own));
        let sample = [
            cell.elapsed_ms,
            cell.scheduled_ms,
            cell.unknown_ms,
            cell.absent_ms,
        ];
        cells.extend(sample.map(CsvCell::own));
        let amount = [cell.amount.ms, cell.amount.min_ms, cell.amount.max_ms];
        cells.extend(amount.map(CsvCell::own));
        cells
    });
    csv::Sheet::new(&names, rows)
}

fn keys(keys: &RowKeys, by: &[&'static str]) -> Vec<CsvCell> {
    report_rows::csv_keys(keys, by)
}
