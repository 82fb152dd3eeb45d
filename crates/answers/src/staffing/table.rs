//! `staffing` as a table, and as CSV.

use std::fmt::Write as _;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use crate::report::shape::RowKeys;
use crate::staffing::shape::{Staffing, StaffingPoint, StaffingShortfall};
use presence_core::query::staffing::ShortfallKind;

use crate::render::Page;
use crate::render::status::{self, NO_VALUE};
use crate::report::rows as report_rows;
use crate::report::table as report;
use crate::report::table::key_names;
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::{ago, spoken};
use presence_charts::json;
use presence_charts::percent::percent_to;
use presence_charts::table::{Align, Cell, Paint, Table, dimmed, prose};
use presence_core::escape::shown;
use presence_texts::{Texts, say};

/// The width of a page that says none.
const WIDTH_DEFAULT: usize = 100;
const BAR_WIDTH_MIN: usize = 8;
const BAR_WIDTH_MAX: usize = 40;
/// What the other columns take of the page.
const FIGURES_WIDTH: usize = 64;

/// The steps with a bar for each, and the stretches in which there were too few.
pub fn table(staffing: &Staffing, page: &Page) -> String {
    let mut text = if staffing.points.is_empty() {
        "Nobody counted was scheduled in the window.\n".to_owned()
    } else {
        points(staffing, page)
    };
    if let Some(shortfalls) = &staffing.shortfalls {
        text.push('\n');
        text.push_str(&missing(shortfalls, page));
        for sentence in met(staffing, page.texts) {
            text.push_str(&prose(&sentence, page.width));
        }
        text.push_str(&prose(&judged(staffing, page), page.width));
    }
    let _ = write!(text, "\n{}", dimmed(&footer(staffing, page), page.width));
    text
}

fn points(staffing: &Staffing, page: &Page) -> String {
    let keys = staffing.points.iter().map(|point| &point.keys);
    let names = groups(page.texts, keys.clone().next());
    let mut columns: Vec<(&str, Align)> = names
        .iter()
        .map(|name| (name.as_str(), Align::Left))
        .collect();
    columns.extend([
        ("From", Align::Left),
        ("Min", Align::Right),
        ("Average", Align::Right),
        ("Max", Align::Right),
        ("Between", Align::Right),
        ("Unknown", Align::Right),
        ("", Align::Left),
    ]);
    let most = staffing
        .points
        .iter()
        .map(|point| point.point.possible)
        .max();
    let groups_width: usize = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let cells = keys.clone().map(|keys| group_cells(page.texts, keys));
            let widths = cells.filter_map(|cells| Some(cells.get(index)?.text().width()));
            2 + widths.max().unwrap_or(0).max(name.width())
        })
        .sum();
    let width = page
        .width
        .unwrap_or(WIDTH_DEFAULT)
        .saturating_sub(FIGURES_WIDTH + groups_width);
    let scale = Scale {
        most: most.unwrap_or(0),
        width: width.clamp(BAR_WIDTH_MIN, BAR_WIDTH_MAX),
    };
    let mut table = Table::new(&columns);
    table.leave_out(&[("", "bars"), ("Average", "Average"), ("Unknown", "Unknown")]);
    table.keep_whole(&["From", ""]);
    for told in &staffing.points {
        let point = &told.point;
        let mut cells = group_cells(page.texts, &told.keys);
        let unknown = if point.unknown_max == 0 {
            "–".to_owned()
        } else {
            point.unknown_max.to_string()
        };
        cells.extend([
            Cell::new(&page.moment(point.span.from())),
            Cell::new(&point.min.to_string()),
            Cell::new(&format!("{:.1}", told.average())),
            Cell::new(&point.max.to_string()),
            Cell::new(&format!("{}–{}", point.guaranteed, point.possible)),
            Cell::new(&unknown),
            Cell::new(&scale.bar(told)),
        ]);
        table.row(cells);
    }
    table.text(page.width)
}

/// How long bars are.
struct Scale {
    most: i32,
    width: usize,
}

impl Scale {
    /// As many as there certainly were, as there were known to be, and as there may have been.
    fn bar(&self, told: &StaffingPoint) -> String {
        let most = i64::from(self.most.max(1));
        let length = |number: i32| {
            let length = i64::from(number) * i64::try_from(self.width).unwrap_or(0);
            usize::try_from((length + most / 2) / most).unwrap_or(0)
        };
        let point = &told.point;
        let (sure, known, possible) = (
            length(point.guaranteed),
            length(point.max),
            length(point.possible),
        );
        format!(
            "{}{}{}",
            "█".repeat(sure),
            "▓".repeat(known.saturating_sub(sure)),
            "░".repeat(possible.saturating_sub(known.max(sure)))
        )
    }
}

fn missing(shortfalls: &[StaffingShortfall], page: &Page) -> String {
    if shortfalls.is_empty() {
        return "At no time were there too few.\n".to_owned();
    }
    let names = groups(page.texts, shortfalls.first().map(|one| &one.keys));
    let mut columns: Vec<(&str, Align)> = names
        .iter()
        .map(|name| (name.as_str(), Align::Left))
        .collect();
    columns.extend([
        ("Too few", Align::Left),
        ("From", Align::Left),
        ("To", Align::Left),
        ("Length", Align::Right),
        ("Required", Align::Right),
        ("Known", Align::Right),
        ("Between", Align::Right),
    ]);
    let mut table = Table::new(&columns);
    table.leave_out(&[("Between", "Between"), ("To", "To")]);
    table.keep_whole(&["From", "To"]);
    for told in shortfalls {
        let short = &told.shortfall;
        let (from, to) = (short.span.from(), short.span.to());
        let paint = match short.kind {
            ShortfallKind::Certain => Paint::Bad,
            ShortfallKind::Possible => Paint::Plain,
            ShortfallKind::Unknown => Paint::Dim,
        };
        let mut cells = group_cells(page.texts, &told.keys);
        cells.extend([
            Cell::painted(short.kind.name(), paint),
            Cell::new(&page.moment(from)),
            Cell::new(&page.moment_after(to, from)),
            Cell::new(&ago(short.span.duration_ms())),
            Cell::new(&short.required.to_string()),
            Cell::new(&short.known.to_string()),
            Cell::new(&format!("{}–{}", short.guaranteed, short.possible)),
        ]);
        table.row(cells);
    }
    table.text(page.width)
}

/// For how long there were enough, in a sentence a group.
pub fn met(staffing: &Staffing, texts: Texts) -> Vec<String> {
    let groups = staffing
        .met
        .iter()
        .flatten()
        .filter(|one| one.met.required_ms > 0);
    let sentences = groups.map(|one| {
        let met = &one.met;
        let share = |ms: i64| format!("{} ({})", spoken(ms), percent_to(ms, met.required_ms, 1));
        let told = say!(
            texts,
            "staffing-met",
            met = share(met.met_ms),
            required = spoken(met.required_ms),
            short = share(met.short_ms),
            possibly = share(met.possibly_short_ms),
            unknown = share(met.unknown_ms)
        );
        match heading(texts, &one.keys) {
            Some(group) => format!("{group}: {told}"),
            None => told,
        }
    });
    sentences.collect()
}

/// Up to when it was judged whether there were enough, in a sentence.
pub fn judged(staffing: &Staffing, page: &Page) -> String {
    match staffing.judged_until.flatten() {
        Some(until) => {
            let until = page.moment(until.0);
            say!(page.texts, "staffing-judged", until = until)
        }
        None => page.texts.say("staffing-not-judged"),
    }
}

/// The names of the columns that tell groups apart; none for the whole account.
pub(crate) fn groups(texts: Texts, keys: Option<&RowKeys>) -> Vec<String> {
    let named = keys.filter(|keys| **keys != RowKeys::default());
    named.map_or_else(Vec::new, |keys| key_names(texts, keys))
}

/// The cells of those columns.
pub(crate) fn group_cells(texts: Texts, keys: &RowKeys) -> Vec<Cell> {
    if *keys == RowKeys::default() {
        return Vec::new();
    }
    report::key_cells(texts, keys)
}

fn footer(staffing: &Staffing, page: &Page) -> String {
    let value = if staffing.value.is_empty() {
        NO_VALUE.into()
    } else {
        shown(&staffing.value)
    };
    let hours = report::hours_text(staffing.hours.as_deref(), staffing.calendar.as_deref());
    let days = staffing
        .step_zone
        .as_deref()
        .map_or_else(String::new, |zone| {
            let other = match staffing.zone {
                Some(_) => "",
                None => " (name another one with --zone)",
            };
            format!("; steps of days by the clocks of {zone}{other}")
        });
    format!(
        "{} {value} of [{}, {}), times in {}; hours: {}{days}; as of position {}, snapshot {}\n\
         bars and numbers: certainly █, known ▓, possibly ░ (ambiguous or unknown)",
        status::criterion(&staffing.criterion),
        staffing.from.0,
        staffing.to.0,
        page.zone.name(),
        hours,
        staffing.as_of.position,
        staffing.as_of.snapshot_no
    )
}

/// What CSV calls a step, in addition to the kinds of shortfalls.
const STEP: &str = "step";

/// The steps in cells; where people were required, also the stretches in which there were too few, told apart by `kind`.
pub fn cells(staffing: &Staffing) -> csv::Sheet {
    let is_required = staffing.shortfalls.is_some();
    let mut names = key_columns(&staffing.by);
    names.extend(is_required.then_some("kind"));
    names.extend(["from", "to"]);
    names.extend(is_required.then_some("required"));
    names.extend(["counted_ms", "min", "max", "avg", "ms"]);
    names.extend(is_required.then_some("known"));
    names.extend(["guaranteed", "possible", "unknown_max"]);
    let points = staffing.points.iter().map(|told| {
        let point = &told.point;
        let mut cells = report_rows::csv_keys(&told.keys, &staffing.by);
        cells.extend(is_required.then(|| CsvCell::own(STEP)));
        cells.extend([
            CsvCell::own(point.span.from()),
            CsvCell::own(point.span.to()),
        ]);
        cells.extend(is_required.then_some(CsvCell::Empty));
        cells.extend([
            CsvCell::own(point.counted_ms),
            CsvCell::own(point.min),
            CsvCell::own(point.max),
            CsvCell::own(told.average()),
            CsvCell::own(point.ms),
        ]);
        cells.extend(is_required.then_some(CsvCell::Empty));
        cells.extend([
            CsvCell::own(point.guaranteed),
            CsvCell::own(point.possible),
            CsvCell::own(point.unknown_max),
        ]);
        cells
    });
    let shortfalls = staffing.shortfalls.iter().flatten().map(|told| {
        let short = &told.shortfall;
        let mut cells = report_rows::csv_keys(&told.keys, &staffing.by);
        cells.extend([
            CsvCell::own(short.kind.name()),
            CsvCell::own(short.span.from()),
            CsvCell::own(short.span.to()),
            CsvCell::own(short.required),
        ]);
        cells.extend([const { CsvCell::Empty }; 5]);
        cells.extend([short.known, short.guaranteed, short.possible].map(CsvCell::own));
        cells.push(CsvCell::Empty);
        cells
    });
    csv::Sheet {
        names,
        rows: points.chain(shortfalls).collect(),
    }
}

/// The steps, and the stretches in which there were too few, as lines of NDJSON.
pub fn lines(staffing: &Staffing) -> String {
    let shortfalls = staffing.shortfalls.iter().flatten();
    json::lines(&staffing.points) + &json::lines(shortfalls)
}

/// The columns of CSV that tell groups apart.
pub(crate) fn key_columns(by: &[&'static str]) -> Vec<&'static str> {
    let columns = by.iter().map(|name| match *name {
        "extension" => vec!["extension_id", "extension_number", "name"],
        other => vec![other],
    });
    columns.flatten().collect()
}

/// The name of a group, as a heading; `None` for the whole account.
pub(crate) fn heading(texts: Texts, keys: &RowKeys) -> Option<String> {
    if *keys == RowKeys::default() {
        return None;
    }
    let groups = [&keys.department, &keys.site, &keys.queue];
    let set = |group: &Option<Arc<str>>| {
        group
            .as_deref()
            .map_or_else(|| texts.say("not-set"), |text| shown(text).into_owned())
    };
    let mut words: Vec<String> = groups.into_iter().flatten().map(set).collect();
    if let Some(person) = &keys.person {
        let number = person.extension_number.as_deref().unwrap_or_default();
        words.push(shown(number).into_owned());
        words.push(shown(&crate::render::name_of(person)).into_owned());
    }
    Some(words.join(" "))
}
