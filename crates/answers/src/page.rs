//! A report as a page that needs nothing else: no script, nothing loaded from elsewhere, made to be printed as well.
//! Pure: text comes out. What comes from outside is escaped by the template, but for pictures, which escape it themselves.

use askama::Template;

use crate::render::{Page, provenance as told, status};
use crate::report::shape::Report;
use crate::report::table::{self as table, Sheet};
use crate::shapes::provenance::{PROGRAM, Provenance};
use presence_charts::table::Align;
use presence_core::escape::shown;

/// A picture below the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What stands above it.
    pub heading: String,
    /// SVG, in which everything from outside is escaped.
    pub svg: String,
}

/// The page of a report, with pictures below its table.
pub fn report(
    report: &Report,
    provenance: &Provenance,
    pictures: Vec<Figure>,
    page: &Page,
) -> String {
    let sheet = table::sheet(report, page);
    let title = format!(
        "{}, {} to {}",
        status::criterion(&report.criterion),
        page.moment(report.from.0),
        page.moment(report.to.0)
    );
    let document = Document {
        program: PROGRAM,
        title: shown(&title).into_owned(),
        facts: facts(report, provenance, page),
        columns: columns(&sheet),
        rows: rows(&sheet),
        notes: table::notes(report, page.texts)
            .into_iter()
            .chain(warnings(provenance))
            .collect(),
        pictures,
    };
    document
        .render()
        .expect("the template writes to memory, which does not fail")
}

fn warnings(provenance: &Provenance) -> impl Iterator<Item = String> {
    let warnings = provenance.warnings.iter();
    warnings.map(|warning| format!("Warning: {}", shown(warning)))
}

#[derive(Template)]
#[template(path = "report.html")]
struct Document {
    program: &'static str,
    title: String,
    facts: Vec<Fact>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    notes: Vec<String>,
    pictures: Vec<Figure>,
}

struct Fact {
    name: &'static str,
    text: String,
}

struct Column {
    name: String,
    is_number: bool,
}

struct Row {
    is_total: bool,
    cells: Vec<Cell>,
}

struct Cell {
    is_number: bool,
    lines: Vec<String>,
}

fn facts(report: &Report, provenance: &Provenance, page: &Page) -> Vec<Fact> {
    let zone = match &report.zone {
        Some(zone) => zone.clone(),
        None => "each extension's own".to_owned(),
    };
    let policy = match &report.criterion {
        crate::shapes::common::CriterionShape::Facet { .. } => None,
        crate::shapes::common::CriterionShape::Policy {
            policy,
            policy_digest,
            ..
        } => Some(format!("{} ({policy_digest})", shown(policy))),
    };
    let calendar = provenance
        .calendar
        .as_ref()
        .zip(provenance.calendar_digest.as_ref());
    let facts = [
        ("Question", Some(shown(&provenance.question).into_owned())),
        (
            "Window",
            Some(format!("[{}, {})", report.from.0, report.to.0)),
        ),
        ("So far", told::so_far(page.texts, report.so_far)),
        ("Policy", policy),
        (
            "Hours",
            Some(table::hours_text(
                report.hours.as_deref(),
                report.calendar.as_deref(),
            )),
        ),
        (
            "Calendar",
            calendar.map(|(name, digest)| format!("{} ({digest})", shown(name))),
        ),
        ("Planned absence", report.planned_absence.map(str::to_owned)),
        (
            "Zone",
            Some(format!(
                "{zone}; times in {} (zone data {})",
                page.zone.name(),
                report.zone_data
            )),
        ),
        ("As of", Some(told::as_of(&report.as_of))),
        ("Account", Some(provenance.account_id.0.to_string())),
        ("Program", Some(PROGRAM.to_owned())),
    ];
    let told = facts
        .into_iter()
        .filter_map(|(name, text)| Some(Fact { name, text: text? }));
    told.collect()
}

fn columns(sheet: &Sheet) -> Vec<Column> {
    let columns = sheet.columns.iter().map(|(name, align)| Column {
        name: name.clone(),
        is_number: *align == Align::Right,
    });
    columns.collect()
}

fn rows(sheet: &Sheet) -> Vec<Row> {
    let last = sheet.rows.len().saturating_sub(1);
    let rows = sheet.rows.iter().enumerate().map(|(place, cells)| Row {
        is_total: sheet.has_total && place == last,
        cells: cells
            .iter()
            .zip(&sheet.columns)
            .map(|(cell, (_, align))| Cell {
                is_number: *align == Align::Right,
                lines: cell.text().lines().map(str::to_owned).collect(),
            })
            .collect(),
    });
    rows.collect()
}
