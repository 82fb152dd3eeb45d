//! `timeline` as bars and a list, and as CSV.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::shapes::common::{CriterionShape, Person, Status};
use crate::timeline::shape::{Timeline, TimelineExtension, TimelineInterval};
use presence_model::time::TimeRange;

use crate::render::status::{self, NO_VALUE};
use crate::render::{Page, name_of};
use presence_charts::bar::Scale;
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::ago;
use presence_charts::table::{Align, Cell, Paint, Table, dimmed};
use presence_core::escape::shown;

/// The width of a page that says none.
const WIDTH_DEFAULT: usize = 100;
const LABEL_WIDTH_MAX: usize = 24;
const UNKNOWN_SIGN: char = '░';
const ABSENT_SIGN: char = ' ';
const NOT_YET_SIGN: char = '·';

/// An interval with the extension it is of: a line of NDJSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Line<'a> {
    /// Who.
    #[serde(flatten)]
    pub person: &'a Person,
    /// What the value is of.
    #[serde(flatten)]
    pub criterion: &'a CriterionShape,
    /// The interval.
    #[serde(flatten)]
    pub interval: &'a TimelineInterval,
}

/// The intervals of all extensions.
pub fn lines(timeline: &Timeline) -> impl Iterator<Item = Line<'_>> {
    timeline.extensions.iter().flat_map(|extension| {
        extension.intervals.iter().map(|interval| Line {
            person: &extension.person,
            criterion: &timeline.criterion,
            interval,
        })
    })
}

/// A bar for each extension over the window, what its signs mean, and the intervals.
pub fn table(timeline: &Timeline, page: &Page) -> String {
    let bars = bars(timeline, page);
    let list = list(timeline, page);
    let footer = format!(
        "{} from {} to {}, times in {}",
        status::criterion(&timeline.criterion),
        page.moment(timeline.from.0),
        page.moment(timeline.to.0),
        page.zone.name()
    );
    format!("{bars}\n{list}\n{}", dimmed(&footer, page.width))
}

/// The values that occur, each with its sign.
struct Legend<'a> {
    values: Vec<&'a str>,
    signs: Vec<char>,
}

impl<'a> Legend<'a> {
    fn of(timeline: &'a Timeline) -> Self {
        let documented = timeline.criterion.order();
        let intervals = timeline
            .extensions
            .iter()
            .flat_map(|extension| &extension.intervals);
        let known = intervals.filter(|interval| interval.status == Status::Known);
        let values = status::order(known.map(value_of), &documented);
        Self {
            signs: status::signs(&values),
            values,
        }
    }

    fn sign(&self, interval: &TimelineInterval) -> (char, Paint) {
        match interval.status {
            Status::Unknown => (UNKNOWN_SIGN, Paint::Dim),
            Status::Absent => (ABSENT_SIGN, Paint::Plain),
            Status::Known => {
                let value = value_of(interval);
                let place = self.values.iter().position(|known| *known == value);
                let sign = place
                    .and_then(|place| self.signs.get(place))
                    .copied()
                    .unwrap_or('#');
                (sign, status::paint(value))
            }
        }
    }

    /// What each sign means, in lines that fit the page.
    fn text(&self, timeline: &Timeline, width: usize) -> String {
        let known = self.values.iter().zip(&self.signs).map(|(value, sign)| {
            let word = if value.is_empty() { NO_VALUE } else { value };
            (
                sign.to_string(),
                status::paint(value),
                shown(word).into_owned(),
            )
        });
        let has = |status| {
            let mut intervals = timeline
                .extensions
                .iter()
                .flat_map(|extension| &extension.intervals);
            intervals.any(|interval| interval.status == status)
        };
        let own = |sign: String, word: &str| (sign, Paint::Plain, word.to_owned());
        let unknown =
            has(Status::Unknown).then(|| own(UNKNOWN_SIGN.to_string(), "unknown (no data)"));
        let absent = has(Status::Absent).then(|| own("blank:".to_owned(), "absent"));
        let is_so_far = timeline.so_far.so_far;
        let not_yet = is_so_far.then(|| own(NOT_YET_SIGN.to_string(), "still to come"));
        let mut text = String::new();
        let mut used = 0;
        for (sign, paint, word) in known.chain(unknown).chain(absent).chain(not_yet) {
            let item_width = sign.width() + 1 + word.width();
            let gap = match used {
                0 => "",
                _ if used + 3 + item_width <= width => "   ",
                _ => {
                    used = 0;
                    "\n"
                }
            };
            if used > 0 {
                used += 3;
            }
            used += item_width;
            let _ = write!(text, "{gap}{} {word}", paint.on(&sign));
        }
        text
    }
}

/// The value of a known interval; `""` for the absence of the facet.
pub fn value_of(interval: &TimelineInterval) -> &str {
    interval
        .value
        .as_ref()
        .and_then(Option::as_deref)
        .unwrap_or_default()
}

/// A line of signs for each extension, with an axis above and the meaning of the signs below.
pub fn bars(timeline: &Timeline, page: &Page) -> String {
    let Some(window) = TimeRange::new(timeline.from.0, timeline.to.0) else {
        return String::new();
    };
    let labels: Vec<String> = timeline
        .extensions
        .iter()
        .map(|extension| label(&extension.person))
        .collect();
    let label_width = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let page_width = page.width.unwrap_or(WIDTH_DEFAULT);
    let scale = Scale::new(window, page_width.saturating_sub(label_width + 2).max(10));
    let legend = Legend::of(timeline);
    let beside = |label: &str, bar: &str| {
        let padding = " ".repeat(label_width - label.width());
        format!("{label}{padding}  {bar}\n")
    };
    let axis = beside("", &scale.axis(&page.zone));
    let bars: String = timeline
        .extensions
        .iter()
        .zip(&labels)
        .map(|(extension, label)| beside(label, &bar(extension, scale, &legend)))
        .collect();
    let legend_width = page.width.unwrap_or(usize::MAX);
    format!("{axis}{bars}\n{}\n", legend.text(timeline, legend_width))
}

fn bar(extension: &TimelineExtension, scale: Scale, legend: &Legend<'_>) -> String {
    let intervals: Vec<(TimeRange, &TimelineInterval)> = extension
        .intervals
        .iter()
        .filter_map(|interval| Some((TimeRange::new(interval.from.0, interval.to.0)?, interval)))
        .collect();
    let spans: Vec<TimeRange> = intervals.iter().map(|(span, _)| *span).collect();
    if spans.is_empty() {
        return String::new();
    }
    let mut runs: Vec<(Paint, String)> = Vec::new();
    for index in scale.longest(&spans) {
        let not_yet = (NOT_YET_SIGN, Paint::Dim);
        let (sign, paint) = index.map_or(not_yet, |index| legend.sign(intervals[index].1));
        match runs.last_mut() {
            Some((last, run)) if *last == paint => run.push(sign),
            _ => runs.push((paint, sign.to_string())),
        }
    }
    runs.iter().map(|(paint, run)| paint.on(run)).collect()
}

/// Number and name, cut to a width.
pub(crate) fn label(person: &Person) -> String {
    let number = person.extension_number.as_deref();
    let parts = [number, person.name.as_deref()];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let text = if text.is_empty() {
        person.extension_id.0.to_string()
    } else {
        shown(&text).into_owned()
    };
    if text.width() <= LABEL_WIDTH_MAX {
        return text;
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if cut.width() + letter.to_string().width() >= LABEL_WIDTH_MAX {
            break;
        }
        cut.push(letter);
    }
    format!("{cut}…")
}

fn list(timeline: &Timeline, page: &Page) -> String {
    let mut table = Table::new(&[
        ("Number", Align::Left),
        ("Name", Align::Left),
        ("From", Align::Left),
        ("To", Align::Left),
        ("Length", Align::Right),
        ("Value", Align::Left),
    ]);
    // Where one interval ends the next begins.
    table.leave_out(&[("To", "To")]);
    table.keep_whole(&["From", "To"]);
    for line in lines(timeline) {
        let interval = line.interval;
        table.row(vec![
            Cell::new(line.person.extension_number.as_deref().unwrap_or("")),
            Cell::new(&name_of(line.person)),
            Cell::new(&page.bounded(interval.from.0, interval.earliest_from.map(|time| time.0))),
            Cell::new(&page.moment(interval.to.0)),
            Cell::new(&ago(interval.to.0.since_ms(interval.from.0))),
            value_cell(interval),
        ]);
    }
    table.text(page.width)
}

fn value_cell(interval: &TimelineInterval) -> Cell {
    match interval.status {
        Status::Unknown => Cell::painted("? unknown", Paint::Dim),
        Status::Absent => Cell::painted("absent", Paint::Dim),
        Status::Known => {
            let value = value_of(interval);
            let word = if value.is_empty() { NO_VALUE } else { value };
            let presumed = if interval.presumed { " (presumed)" } else { "" };
            Cell::painted(&format!("{word}{presumed}"), status::paint(value))
        }
    }
}

/// The intervals in cells, one row each.
pub fn cells(timeline: &Timeline) -> csv::Sheet {
    let names = vec![
        "extension_id",
        "extension_number",
        "name",
        timeline.criterion.kind(),
        "from",
        "to",
        "duration_ms",
        "status",
        "value",
        "earliest_from",
        "presumed",
    ];
    let rows = lines(timeline).map(|line| {
        let interval = line.interval;
        let mut row = crate::render::person_cells(line.person).to_vec();
        row.extend([
            CsvCell::text(Some(line.criterion.name())),
            CsvCell::time(Some(interval.from)),
            CsvCell::time(Some(interval.to)),
            CsvCell::duration_ms(interval.from.0, interval.to.0),
            CsvCell::own(interval.status.name()),
            CsvCell::text(interval.value.as_ref().and_then(Option::as_deref)),
            CsvCell::time(interval.earliest_from),
            CsvCell::own(interval.presumed),
        ]);
        row
    });
    csv::Sheet {
        names,
        rows: rows.collect(),
    }
}
