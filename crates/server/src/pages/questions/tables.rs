//! Staffing and heatmap as tables.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use askama::Template;
use jiff::civil::Weekday;

use super::AnswerPart;
use crate::pages::grid::{Cell, Column, HtmlTable, Row};
use crate::pages::palette::value_text;
use crate::pages::period::short_weekday;
use presence_answers::heatmap::shape::{Heatmap, HeatmapCell};
use presence_answers::render::Page;
use presence_answers::report::shape::RowKeys;
use presence_answers::staffing::shape::{Staffing, StaffingShortfall};
use presence_answers::staffing::table::judged;
use presence_charts::duration::spoken;
use presence_charts::percent::percent;
use presence_core::query::staffing::ShortfallKind;
use presence_texts::{Texts, say};

/// The group of some rows, in words; `None` where there is but one.
fn group_name(texts: Texts, keys: &RowKeys) -> Option<String> {
    let person = keys.person.as_ref().map(|person| {
        let number = person.extension_number.clone().unwrap_or_default();
        let name = person.name.clone().unwrap_or_default();
        format!("{number} {name}").trim().to_owned()
    });
    let groups = [&keys.department, &keys.site, &keys.queue];
    let groups = groups.into_iter().filter_map(|group| {
        let group = group.as_ref()?;
        let not_set = || texts.say("not-set");
        Some(group.as_deref().map_or_else(not_set, str::to_owned))
    });
    let words: Vec<String> = person.into_iter().chain(groups).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn figure(text: String) -> Cell {
    Cell {
        text,
        is_figure: true,
        ..Cell::default()
    }
}

fn heading_cell(text: String) -> Cell {
    Cell {
        text,
        is_heading: true,
        ..Cell::default()
    }
}

fn columns(texts: Texts, names: &[&str]) -> Vec<Column> {
    let names = names.iter().enumerate();
    names
        .map(|(index, name)| Column {
            name: texts.say(name),
            is_figures: index > 0,
        })
        .collect()
}

/// So many steps of a group are listed at most.
const STEPS_MAX: usize = 400;

pub(super) fn staffing_parts(staffing: &Staffing, page: &Page) -> Vec<AnswerPart> {
    let texts = page.texts;
    let groups = staffing
        .points
        .chunk_by(|one, other| one.keys == other.keys);
    let mut parts: Vec<AnswerPart> = groups
        .map(|points| {
            let rows = points.iter().take(STEPS_MAX).map(|told| {
                let point = &told.point;
                let cells = [
                    point.min.to_string(),
                    texts.decimal(told.average(), 1),
                    point.max.to_string(),
                    format!("{}–{}", point.guaranteed, point.possible),
                    point.unknown_max.to_string(),
                ];
                Row {
                    cells: std::iter::once(heading_cell(page.moment(point.span.from())))
                        .chain(cells.map(figure))
                        .collect(),
                    ..Row::default()
                }
            });
            AnswerPart {
                heading: points
                    .first()
                    .and_then(|point| group_name(texts, &point.keys)),
                picture: String::new(),
                table: Some(HtmlTable {
                    caption: say!(
                        texts,
                        "staffing-steps",
                        value = value_text(texts, &staffing.value)
                    ),
                    columns: columns(
                        texts,
                        &[
                            "from",
                            "staffing-lowest",
                            "staffing-average",
                            "staffing-highest",
                            "staffing-bounds",
                            "column-unknown",
                        ],
                    ),
                    rows: rows.collect(),
                    hidden_count: points.len().saturating_sub(STEPS_MAX),
                    ..HtmlTable::default()
                }),
            }
        })
        .collect();
    if let Some(shortfalls) = &staffing.shortfalls {
        parts.insert(0, shortages(staffing, shortfalls, page));
    }
    parts
}

/// When there were too few, the worst first.
fn shortages(staffing: &Staffing, shortfalls: &[StaffingShortfall], page: &Page) -> AnswerPart {
    let texts = page.texts;
    // What is certain comes first, and of that the longest.
    let mut worst: Vec<&StaffingShortfall> = shortfalls.iter().collect();
    worst.sort_by_key(|told| {
        let span = told.shortfall.span;
        (
            told.shortfall.kind,
            Reverse(span.duration_ms()),
            span.from(),
        )
    });
    let rows = worst.into_iter().map(|told| {
        let shortfall = &told.shortfall;
        let kind = match shortfall.kind {
            ShortfallKind::Certain => "staffing-short-certain",
            ShortfallKind::Possible => "staffing-short-possible",
            ShortfallKind::Unknown => "staffing-short-unknown",
        };
        let cells = [
            page.moment_after(shortfall.span.to(), shortfall.span.from()),
            spoken(shortfall.span.duration_ms()),
            texts.say(kind),
            shortfall.required.to_string(),
            shortfall.known.to_string(),
            format!("{}–{}", shortfall.guaranteed, shortfall.possible),
            group_name(texts, &told.keys).unwrap_or_default(),
        ];
        Row {
            cells: std::iter::once(heading_cell(page.moment(shortfall.span.from())))
                .chain(cells.map(figure))
                .collect(),
            ..Row::default()
        }
    });
    AnswerPart {
        heading: Some(texts.say("staffing-too-few")),
        picture: String::new(),
        table: Some(HtmlTable {
            caption: format!(
                "{} {}",
                texts.say("staffing-short-caption"),
                judged(staffing, page)
            ),
            columns: columns(
                texts,
                &[
                    "from",
                    "to",
                    "for",
                    "staffing-too-few",
                    "staffing-required",
                    "column-known",
                    "staffing-bounds",
                    "staffing-group",
                ],
            ),
            rows: rows.collect(),
            ..HtmlTable::default()
        }),
    }
}

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

#[derive(Template)]
#[template(path = "pages/_week.html")]
struct WeekGrid<'a> {
    caption: String,
    hour: String,
    days: Vec<String>,
    hours: Vec<WeekHour<'a>>,
}

/// An hour of the day over the days of a week.
struct WeekHour<'a> {
    hour: String,
    cells: Vec<WeekCell<'a>>,
}

/// An hour of the week.
struct WeekCell<'a> {
    shade: u8,
    text: String,
    more: String,
    of: Option<&'a HeatmapCell>,
}

pub(super) fn heatmap_parts(texts: Texts, heatmap: &Heatmap) -> Vec<AnswerPart> {
    let groups = heatmap.cells.chunk_by(|one, other| one.keys == other.keys);
    let parts = groups.map(|cells| AnswerPart {
        heading: cells.first().and_then(|cell| group_name(texts, &cell.keys)),
        picture: week_grid(texts, heatmap, cells),
        table: None,
    });
    parts.collect()
}

fn week_grid(texts: Texts, heatmap: &Heatmap, cells: &[HeatmapCell]) -> String {
    let by_place: BTreeMap<(u8, u8), &HeatmapCell> = cells
        .iter()
        .map(|cell| ((cell.hour, cell.weekday), cell))
        .collect();
    // The darkest is the highest share that occurs: a fixed ramp would show a rare value in one shade.
    let thousandths =
        |cell: &HeatmapCell| cell.amount.ms.saturating_mul(1_000) / cell.known_ms().max(1);
    let highest = cells.iter().map(thousandths).max().unwrap_or(0).max(1);
    let hours = (0..24).filter(|hour| cells.iter().any(|cell| cell.hour == *hour));
    let hours = hours.map(|hour| WeekHour {
        hour: format!("{hour:02}:00"),
        cells: (1..=7)
            .map(|day| week_cell(texts, by_place.get(&(hour, day)).copied(), highest))
            .collect(),
    });
    let grid = WeekGrid {
        caption: say!(
            texts,
            "heatmap-caption",
            value = value_text(texts, &heatmap.value)
        ),
        hour: texts.say("hour"),
        days: WEEK.map(|day| short_weekday(texts, day)).into(),
        hours: hours.collect(),
    };
    grid.render()
        .expect("what is in the template can always be written")
}

/// `highest`: the share of the darkest cell, in thousandths.
fn week_cell(texts: Texts, cell: Option<&HeatmapCell>, highest: i64) -> WeekCell<'_> {
    let Some(cell) = cell else {
        return WeekCell {
            shade: 0,
            text: String::new(),
            more: String::new(),
            of: None,
        };
    };
    let [average, least, most] = cell.averages();
    let known_ms = cell.known_ms().max(1);
    let share = cell.amount.ms.saturating_mul(1_000) / known_ms;
    let fifths = (share * 5 + highest - 1) / highest;
    match cell.share() {
        Some(_) => WeekCell {
            shade: u8::try_from(fifths.clamp(0, 5)).unwrap_or(0),
            text: percent(cell.amount.ms, known_ms),
            more: texts.figures(&format!("{average:.1} ({least:.1}–{most:.1})")),
            of: Some(cell),
        },
        None => WeekCell {
            shade: 0,
            text: "?".to_owned(),
            more: texts.say("unknown"),
            of: Some(cell),
        },
    }
}
