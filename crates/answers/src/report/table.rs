//! `report` as a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use crate::report::metrics_shape::{ReportParts, RowMetrics, Suppression};
use crate::report::shape::{Amount, ByValue, Report, ReportRow, RowKeys};
use presence_core::query::calendars::OWN;

use crate::render::status;
use crate::render::{Page, provenance};
use crate::report::metrics_table as report_options;
use crate::report::rows::is_planned_apart;
use presence_charts::duration::{bounds, spoken};
use presence_charts::percent::percent;
use presence_charts::table::{Align, Cell, Paint, Table, dimmed};
use presence_core::escape::shown;
use presence_texts::{Texts, say};

pub(crate) use crate::report::keys::{key_cells, key_names};
pub use crate::report::rows::{cells, csv_header, csv_rows};

/// So many values have a column of their own; the rest share one.
const COLUMNS_MAX: usize = 8;

/// From this part of the scheduled time on, unknown time is worth a hint: one in so many.
const MUCH_UNKNOWN: i64 = 10;

/// The rows, their sum, and what the answer rests on.
pub fn table(report: &Report, page: &Page) -> String {
    let footer = footer(report, page);
    if report.rows.is_empty() {
        return format!("Nobody counted existed in the window.\n\n{footer}");
    }
    let columns = Columns::of(report, page);
    let wide = columns.text(report, Lines::One, None);
    let is_too_wide = |width: usize| {
        let mut lines = wide.lines();
        lines.any(|line| anstream::adapter::strip_str(line).to_string().width() > width)
    };
    let table = match page.width {
        Some(width) if is_too_wide(width) => columns.text(report, Lines::Several, Some(width)),
        _ => wide,
    };
    format!("{table}\n{footer}")
}

/// What is worth knowing about an answer, for people: how much of it is unknown, and why sums may surprise.
pub fn hint(report: &Report) -> Option<String> {
    Known::of(&report.rows).hint(report)
}

/// That much of an answer is unknown, as the beginning of a sentence; `None` where little is.
pub fn much_unknown(report: &Report, texts: Texts) -> Option<String> {
    Known::of(&report.rows).told(texts)
}

/// How much of the time of some rows is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    scheduled_ms: i64,
    unknown_ms: i64,
}

impl Known {
    /// Of these rows.
    pub fn of(rows: &[ReportRow]) -> Self {
        Self {
            scheduled_ms: rows.iter().map(|row| row.scheduled_ms).sum(),
            unknown_ms: rows.iter().map(|row| row.unknown_ms).sum(),
        }
    }

    /// Of these rows and others.
    pub fn and(self, others: Self) -> Self {
        Self {
            scheduled_ms: self.scheduled_ms + others.scheduled_ms,
            unknown_ms: self.unknown_ms + others.unknown_ms,
        }
    }

    /// See [`hint`]; of `report` only the window counts.
    pub fn hint(self, report: &Report) -> Option<String> {
        let told = self.told(Texts::english())?;
        Some(format!(
            "{told}; `presence coverage --from {} --to {}` shows when",
            report.from.0, report.to.0
        ))
    }

    /// See [`much_unknown`].
    fn told(self, texts: Texts) -> Option<String> {
        let Self {
            scheduled_ms,
            unknown_ms,
        } = self;
        (unknown_ms > 0 && unknown_ms.saturating_mul(MUCH_UNKNOWN) >= scheduled_ms).then(|| {
            let part = percent(unknown_ms, scheduled_ms);
            say!(texts, "report-much-unknown", part = part)
        })
    }
}

/// A report laid out in cells, of which those with several parts have several lines.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The names of the columns, and on which side they are even.
    pub columns: Vec<(String, Align)>,
    /// A row of the report each, and their sum.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the last row is the sum of the others.
    pub has_total: bool,
    /// Of each row, the cell that says that its figures are withheld.
    pub withheld: Vec<Option<usize>>,
}

/// A report laid out in cells, and how much evidence each row rests on.
pub fn sheet(report: &Report, page: &Page) -> Sheet {
    let mut sheet = Columns::of(report, page).sheet(report, Lines::Several);
    if report.asked.metrics.contains(&"evidence") {
        return sheet;
    }
    sheet
        .columns
        .push((page.texts.say("column-known"), Align::Right));
    let evidence = report.rows.iter().map(|row| {
        let withheld = row.told.withheld == Some(Suppression::Group);
        if withheld {
            return Cell::default();
        }
        Cell::new(&percent(row.known_ms(), row.scheduled_ms - row.absent_ms))
    });
    let evidence = evidence.chain(std::iter::once(Cell::default()));
    for (row, cell) in sheet.rows.iter_mut().zip(evidence) {
        row.push(cell);
    }
    sheet
}

/// Whether an amount and its bounds share a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lines {
    One,
    Several,
}

/// The columns of a report's table.
struct Columns<'a> {
    values: Vec<&'a str>,
    others: Vec<&'a str>,
    has_absent: bool,
    has_planned: bool,
    asked: &'a ReportParts,
    page: &'a Page,
}

impl<'a> Columns<'a> {
    fn of(report: &'a Report, page: &'a Page) -> Self {
        let documented = report.criterion.order();
        let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
        let then = report
            .rows
            .iter()
            .filter_map(|row| row.told.shown_earlier());
        for (value, amount) in report
            .rows
            .iter()
            .chain(then)
            .flat_map(|row| row.values.iter())
        {
            *totals.entry(value).or_default() += amount.ms;
        }
        let mut by_total: Vec<&str> = totals.keys().copied().collect();
        by_total.sort_by_key(|value| std::cmp::Reverse(totals[value]));
        let others = by_total.split_off(by_total.len().min(COLUMNS_MAX));
        Self {
            values: status::order(by_total, &documented),
            others,
            has_absent: report.rows.iter().any(|row| row.absent_ms > 0),
            has_planned: is_planned_apart(report),
            asked: &report.asked,
            page,
        }
    }

    fn text(&self, report: &Report, lines: Lines, width: Option<usize>) -> String {
        let sheet = self.sheet(report, lines);
        let names: Vec<(&str, Align)> = sheet
            .columns
            .iter()
            .map(|(name, align)| (name.as_str(), *align))
            .collect();
        let mut table = Table::new(&names);
        table.leave_out(&[("Changes", "Changes")]);
        for row in sheet.rows {
            table.row(row);
        }
        table.text(width)
    }

    fn sheet(&self, report: &Report, lines: Lines) -> Sheet {
        let texts = self.page.texts;
        let keys = report
            .rows
            .first()
            .map(|row| key_names(texts, &row.keys))
            .unwrap_or_default();
        let key_count = keys.len();
        let mut names: Vec<(String, Align)> =
            keys.into_iter().map(|name| (name, Align::Left)).collect();
        let figures = self.values.iter().map(|value| value_name(texts, value));
        let others = (!self.others.is_empty()).then(|| others_name(texts, self.others.len()));
        let rest = [
            ("column-unknown", true),
            ("column-absent", self.has_absent),
            ("column-planned", self.has_planned),
            ("column-changes", true),
        ];
        let rest = rest.into_iter().filter(|(_, is_there)| *is_there);
        let figures = figures.chain(others);
        let figures = figures.chain(rest.map(|(id, _)| texts.say(id)));
        let figures = figures.chain(report_options::names(texts, self.asked));
        names.extend(figures.map(|name| (name, Align::Right)));
        let mut rows = Vec::with_capacity(report.rows.len() + 1);
        let mut withheld = Vec::with_capacity(report.rows.len() + 1);
        for row in &report.rows {
            let mut cells = key_cells(texts, &row.keys);
            let told = report_options::withheld_cell(texts, row);
            withheld.push(told.is_some().then_some(cells.len()));
            match told {
                Some(told) => {
                    cells.push(told);
                    cells.resize(names.len(), Cell::default());
                }
                None => cells.extend(self.figures(row, lines)),
            }
            rows.push(cells);
        }
        let total = total(report);
        let has_total = total.is_some();
        if let Some(total) = total {
            let mut cells = vec![Cell::default(); key_count];
            if let Some(first) = cells.first_mut() {
                *first = Cell::painted(&texts.say("row-total"), Paint::Strong);
            }
            cells.extend(self.figures(&total, lines));
            // What is no sum of the rows has none.
            cells.truncate(key_count + self.summed_count());
            cells.resize(names.len(), Cell::default());
            rows.push(cells);
        }
        Sheet {
            columns: names,
            rows,
            has_total,
            withheld,
        }
    }

    /// How many columns have a sum.
    fn summed_count(&self) -> usize {
        let optional = [!self.others.is_empty(), self.has_absent, self.has_planned];
        let optional = optional.into_iter().filter(|is_there| *is_there).count();
        self.values.len() + optional + 2
    }

    fn figures(&self, row: &ReportRow, lines: Lines) -> Vec<Cell> {
        let texts = self.page.texts;
        let amount = |value: &&str| row.values.get(value).copied().unwrap_or_default();
        let mut cells: Vec<Cell> = self
            .values
            .iter()
            .map(|value| {
                let beside = report_options::beside(texts, row, value);
                amount_cell(amount(value), row.scheduled_ms, beside, lines)
            })
            .collect();
        if !self.others.is_empty() {
            let ms = self.others.iter().map(|value| amount(value).ms).sum();
            let beside = report_options::others_beside(texts, row, &self.others);
            cells.push(share_cell(ms, row.scheduled_ms, beside, lines));
        }
        let share = |ms| share_cell(ms, row.scheduled_ms, Vec::new(), lines);
        cells.push(share(row.unknown_ms));
        if self.has_absent {
            cells.push(share(row.absent_ms));
        }
        if self.has_planned {
            let planned_ms = row.planned_absent_ms.unwrap_or(0);
            cells.push(match planned_ms {
                0 => Cell::new("–"),
                _ => Cell::new(&spoken(planned_ms)),
            });
        }
        cells.push(Cell::new(&row.transitions.to_string()));
        cells.extend(report_options::cells(row, self.asked, self.page));
        cells
    }
}

fn value_name(texts: Texts, value: &str) -> String {
    if value.is_empty() {
        texts.say("value-none")
    } else {
        shown(value).into_owned()
    }
}

/// The name of the column of so many values together.
fn others_name(texts: Texts, count: usize) -> String {
    let figure = count.to_string();
    say!(texts, "column-others", count = count, figure = figure)
}

/// `7h 32m  94 %  7:31–7:34`; the bounds only where they differ.
fn amount_cell(amount: Amount, scheduled_ms: i64, beside: Vec<String>, lines: Lines) -> Cell {
    if amount.max_ms == 0 && beside.is_empty() {
        return Cell::new("–");
    }
    let mut parts = amount_parts(amount.ms, scheduled_ms);
    if amount.min_ms < amount.max_ms {
        parts.push(bounds(amount.min_ms, amount.max_ms));
    }
    parts.extend(beside);
    joined(&parts, lines)
}

fn share_cell(ms: i64, scheduled_ms: i64, beside: Vec<String>, lines: Lines) -> Cell {
    if ms == 0 && beside.is_empty() {
        return Cell::new("–");
    }
    let mut parts = amount_parts(ms, scheduled_ms);
    parts.extend(beside);
    joined(&parts, lines)
}

/// `7h 32m` and `94 %`; a dash where nothing was scheduled.
fn amount_parts(ms: i64, scheduled_ms: i64) -> Vec<String> {
    if scheduled_ms <= 0 {
        return vec!["–".to_owned()];
    }
    vec![spoken(ms), percent(ms, scheduled_ms)]
}

fn joined(parts: &[String], lines: Lines) -> Cell {
    match lines {
        Lines::One => Cell::new(&parts.join("  ")),
        Lines::Several => Cell::lines(parts),
    }
}

/// The planned absence of all rows, where it is shown apart.
fn planned_absent(report: &Report) -> Option<i64> {
    let rows = report.rows.iter();
    rows.filter_map(|row| row.planned_absent_ms)
        .reduce(|sum, ms| sum + ms)
}

/// The sum of all rows that are shown; `None` where there is but one, or where people count in several.
fn total(report: &Report) -> Option<ReportRow> {
    if report.rows.len() < 2 || report.by.contains(&"queue") {
        return None;
    }
    let shown = || {
        let rows = report.rows.iter();
        rows.filter(|row| row.told.withheld.is_none())
    };
    let sum = |pick: fn(&ReportRow) -> i64| shown().map(pick).sum();
    let mut values: BTreeMap<&str, Amount> = BTreeMap::new();
    for (value, amount) in shown().flat_map(|row| row.values.iter()) {
        let sum = values.entry(value).or_default();
        sum.ms += amount.ms;
        sum.min_ms += amount.min_ms;
        sum.max_ms += amount.max_ms;
    }
    let values = values.into_iter();
    Some(ReportRow {
        keys: RowKeys::default(),
        scheduled_ms: sum(|row| row.scheduled_ms),
        planned_absent_ms: planned_absent(report),
        unknown_ms: sum(|row| row.unknown_ms),
        absent_ms: sum(|row| row.absent_ms),
        values: values.map(|(value, sum)| (Arc::from(value), sum)).collect(),
        transitions: sum(|row| row.transitions),
        first: ByValue::default(),
        last: ByValue::default(),
        told: RowMetrics::default(),
    })
}

/// Which hours count, in words.
pub fn hours_text(hours: Option<&str>, calendar: Option<&str>) -> String {
    let hours = hours.map_or_else(|| "all".to_owned(), |hours| shown(hours).into_owned());
    match calendar {
        Some(OWN) => "each extension's own calendar".to_owned(),
        Some(name) => format!("{hours} (calendar {})", shown(name)),
        None => hours,
    }
}

fn footer(report: &Report, page: &Page) -> String {
    let mut lines = vec![format!(
        "{} of [{}, {})",
        status::criterion(&report.criterion),
        report.from.0,
        report.to.0
    )];
    let zone = match &report.zone {
        Some(zone) => zone.clone(),
        None => "each extension's own".to_owned(),
    };
    let hours = hours_text(report.hours.as_deref(), report.calendar.as_deref());
    lines.push(format!(
        "hours: {hours}; zone: {zone} (zone data {})",
        report.zone_data
    ));
    if let Some(mode) = report.planned_absence {
        lines.push(format!("planned absence: {mode}"));
    }
    lines.push(provenance::as_of(&report.as_of));
    lines.push("amounts: estimate, part of the scheduled time, and the bounds between which the truth lies".to_owned());
    lines.extend(notes(report, page.texts));
    dimmed(&lines.join("\n"), page.width)
}

/// Notes below a report: how it was computed where that may surprise.
pub fn notes(report: &Report, texts: Texts) -> Vec<String> {
    let mut notes = report_options::footer(texts, report);
    if report.by.contains(&"queue") {
        notes.push(texts.say("report-note-queues"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::as_of::AsOf;
    use crate::shapes::common::{CriterionShape, Person, Text};
    use presence_core::query::zone::Zone;
    use presence_model::ids::ExtensionId;

    const MINUTE_MS: i64 = 60_000;

    fn row(number: i64, values: &[(&str, i64)], unknown_ms: i64) -> ReportRow {
        let amount = |ms: i64| Amount {
            ms,
            min_ms: ms - MINUTE_MS,
            max_ms: ms + MINUTE_MS,
        };
        let values = values
            .iter()
            .map(|(value, minutes)| (Arc::from(*value), amount(minutes * MINUTE_MS)));
        ReportRow {
            keys: RowKeys {
                person: Some(Arc::new(Person {
                    extension_id: Text(ExtensionId(number)),
                    extension_number: Some(number.to_string()),
                    name: Some("A name of several words".to_owned()),
                })),
                ..RowKeys::default()
            },
            scheduled_ms: 480 * MINUTE_MS,
            planned_absent_ms: None,
            unknown_ms,
            absent_ms: 0,
            values: values.collect(),
            transitions: 7,
            ..ReportRow::default()
        }
    }

    fn report(rows: Vec<ReportRow>, by: Vec<&'static str>) -> Report {
        let at = |text: &str| Text(text.parse().expect("a time"));
        Report {
            criterion: CriterionShape::Facet {
                facet: "presence_status",
            },
            from: at("2026-11-02T08:00:00Z"),
            to: at("2026-11-02T16:00:00Z"),
            so_far: crate::shapes::so_far::SoFar::default(),
            zone: None,
            zone_data: "2026f",
            hours: None,
            calendar: None,
            planned_absence: None,
            by,
            asked: ReportParts::default(),
            rows,
            as_of: AsOf {
                position: 12,
                snapshot_no: 3,
                observed_until: None,
                now: None,
            },
        }
    }

    fn plain_table(report: &Report, width: Option<usize>) -> String {
        let zone = Zone::utc();
        let text = table(report, &Page::english(zone, width));
        anstream::adapter::strip_str(&text).to_string()
    }

    fn two_people() -> Vec<ReportRow> {
        vec![
            row(101, &[("Available", 400), ("Busy", 80)], 0),
            row(102, &[("Available", 300), ("Offline", 132)], 48 * MINUTE_MS),
        ]
    }

    #[test]
    fn rows_are_summed_in_milliseconds() {
        let text = plain_table(&report(two_people(), vec!["extension"]), None);
        let total = text.lines().find(|line| line.starts_with("total"));
        let words: Vec<&str> = total.expect("a sum").split_whitespace().collect();
        assert_eq!(
            words.join(" "),
            "total 11h 40m 73 % 11:38–11:42 1h 20m 8 % 1:19–1:21 2h 12m 14 % 2:11–2:13 48m 5 % 14"
        );
    }

    #[test]
    fn a_narrow_page_breaks_words_and_no_figures() {
        let text = plain_table(&report(two_people(), vec!["extension"]), Some(70));
        let table: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
        assert!(table.iter().all(|line| line.width() <= 70), "{text}");
        for whole in ["6h 40m", "6:39–6:41", "11:38–11:42"] {
            assert!(text.contains(whole), "{whole} is not in\n{text}");
        }
    }

    #[test]
    fn rows_by_queue_have_no_sum() {
        let text = plain_table(&report(two_people(), vec!["queue", "extension"]), None);
        assert!(!text.contains("total"), "{text}");
        assert!(text.contains("count in each"), "{text}");
    }

    #[test]
    fn much_that_is_unknown_is_worth_a_hint() {
        let little = report(two_people(), vec!["extension"]);
        assert_eq!(hint(&little), None);
        let much = report(vec![row(101, &[], 48 * MINUTE_MS)], vec!["extension"]);
        assert!(hint(&much).is_some_and(|hint| hint.starts_with("10 % of the time is unknown")));
    }
}
