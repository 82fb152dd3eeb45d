//! Report, staffing and heatmap: a form for all that can be asked, and the answer below it.
//!
//! The form has the names and grammar of the command line, and what it asks is read as one
//! ([`crate::serve::api::question`]): so the page, the API and the command line understand the same.

use std::collections::BTreeMap;

use askama::Template;

use super::asked::{Asked, shell_word};
use super::fields::Fields;
use super::forms::{self, Check, Choice, FieldSet, Form, TextField};
use super::grid::{Cell, Column, HtmlTable, Row};
use super::layout::{Layout, Link};
use super::palette::label;
use crate::ask::{self, Context, Metric, ReportQuestion};
use crate::cli::args::{Cli, Command, Format};
use crate::cli::{report, staffing};
use crate::render::duration::spoken;
use crate::render::{self, Page};
use crate::serve::api::{limits, question};
use crate::serve::error::Problem;
use crate::shapes::as_of::AsOf;
use crate::shapes::heatmap::{Heatmap, HeatmapCell};
use crate::shapes::report::RowKeys;
use crate::shapes::staffing::Staffing;

/// Which question a page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Report,
    Staffing,
    Heatmap,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Staffing => "staffing",
            Self::Heatmap => "heatmap",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Report => "Report",
            Self::Staffing => "Staffing",
            Self::Heatmap => "Heatmap",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Report => "/report",
            Self::Staffing => "/staffing",
            Self::Heatmap => "/heatmap",
        }
    }

    fn is_asked(self, fields: &Fields) -> bool {
        fields.get("from").is_some() && (self == Self::Report || fields.get("value").is_some())
    }
}

#[derive(Template)]
#[template(path = "pages/report.html")]
struct QuestionPage {
    layout: Layout,
    title: &'static str,
    fault: Option<String>,
    form: Form,
    answer: Option<Answer>,
}

/// What is answered.
struct Answer {
    heading: String,
    notice: Option<String>,
    parts: Vec<AnswerPart>,
    footer: String,
    downloads: Vec<Link>,
    command: String,
}

/// A part of an answer: a picture, a table, or both.
#[derive(Default)]
struct AnswerPart {
    heading: Option<String>,
    picture: String,
    table: Option<HtmlTable>,
}

/// The page: what was wrong with the question is said above the form, which stays as it was filled in.
pub(super) async fn page(asked: &Asked, kind: Kind) -> Result<(bool, String), Problem> {
    let (answer, fault) = if kind.is_asked(&asked.fields) {
        match answer(asked, kind).await {
            Ok(answer) => (Some(answer), None),
            Err(problem) if problem.status().is_client_error() => {
                (None, Some(problem.detail().to_owned()))
            }
            Err(problem) => return Err(problem),
        }
    } else {
        (None, None)
    };
    let page = QuestionPage {
        layout: asked.layout(
            kind.title(),
            kind.path(),
            kind.path(),
            asked.rests_on().await?,
        ),
        title: kind.title(),
        form: form(asked, kind),
        answer,
        fault,
    };
    let is_good = page.fault.is_none();
    let text = page.render().map_err(|error| Problem::internal(&error))?;
    Ok((is_good, text))
}

/// What an address asks for, as the API would be asked: the same fields, each list in one.
fn pairs(asked: &Asked) -> Vec<(String, String)> {
    let fields = &asked.fields;
    let to = fields.get("to").is_none().then_some(("to", "now"));
    let zone = fields
        .get("zone")
        .is_none()
        .then_some(("zone", asked.zone.name()));
    let given = fields
        .iter()
        .filter(|(name, _)| !["by", "metrics", "person"].contains(name));
    let lists = ["by", "metrics"].into_iter().filter_map(|name| {
        let words: Vec<&str> = fields.all(name).collect();
        (!words.is_empty()).then(|| (name.to_owned(), words.join(",")))
    });
    // People are written in one line, apart by commas.
    let people = fields.all("person").flat_map(|people| people.split(','));
    let people = people.map(str::trim).filter(|word| !word.is_empty());
    let people = people.map(|word| ("person".to_owned(), word.to_owned()));
    let given = given.chain(to).chain(zone);
    given
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .chain(lists)
        .chain(people)
        .collect()
}

async fn answer(asked: &Asked, kind: Kind) -> Result<Answer, Problem> {
    let pairs = pairs(asked);
    let Cli { global, command } = question::read(kind.name(), &pairs, Format::Json)?;
    let mut session = asked.session(&global).await?;
    let session = &mut session;
    let page = asked.page();
    let mut answer = match &command {
        Command::Report(args) => {
            let (context, question, telling) = report::asked(session, args).await?;
            checked(asked, &command, kind, &context, &question).await?;
            let report = ask::report_telling(&context, &question, &telling).await?;
            let notice = render::report::hint(&report).map(|hint| {
                // What the command line says after the semicolon is about itself.
                let told = hint
                    .split_once("; `presence")
                    .map_or(hint.as_str(), |(told, _)| told);
                format!("{told}.")
            });
            let links: Vec<Option<String>> = report
                .rows
                .iter()
                .map(|row| person_link(asked, &row.keys))
                .collect();
            let sheet = render::report::sheet(&report, &page);
            let caption = "How long each value held: the estimate, its part of the scheduled time, and its bounds";
            Answer {
                heading: heading(report.criterion.name(), &page, report.from.0, report.to.0),
                notice,
                parts: vec![AnswerPart {
                    table: Some(HtmlTable::of(&sheet, caption, |row| {
                        links.get(row)?.clone()
                    })),
                    ..AnswerPart::default()
                }],
                footer: footer(
                    report.zone.as_deref(),
                    report.zone_data,
                    report.hours.as_deref(),
                    &report.as_of,
                    &page,
                ),
                downloads: Vec::new(),
                command: String::new(),
            }
        }
        Command::Staffing(args) => {
            let (context, question) = staffing::asked(session, args).await?;
            checked(asked, &command, kind, &context, &question.about).await?;
            let staffing = ask::staffing(&context, &question).await?;
            Answer {
                heading: heading(
                    label(&staffing.value),
                    &page,
                    staffing.from.0,
                    staffing.to.0,
                ),
                notice: None,
                parts: staffing_parts(&staffing, &page),
                footer: footer(
                    staffing.zone.as_deref(),
                    staffing.zone_data,
                    staffing.hours.as_deref(),
                    &staffing.as_of,
                    &page,
                ),
                downloads: Vec::new(),
                command: String::new(),
            }
        }
        Command::Heatmap(args) => {
            let (context, question) = staffing::asked_heatmap(session, args).await?;
            checked(asked, &command, kind, &context, &question.about).await?;
            let heatmap = ask::heatmap(&context, &question).await?;
            Answer {
                heading: heading(label(&heatmap.value), &page, heatmap.from.0, heatmap.to.0),
                notice: None,
                parts: heatmap_parts(&heatmap),
                footer: footer(
                    heatmap.zone.as_deref(),
                    heatmap.zone_data,
                    heatmap.hours.as_deref(),
                    &heatmap.as_of,
                    &page,
                ),
                downloads: Vec::new(),
                command: String::new(),
            }
        }
        _ => return Err(Problem::not_found("there is no such question")),
    };
    answer.downloads = downloads(asked, kind, &pairs);
    answer.command = command_line(kind, &pairs);
    Ok(answer)
}

/// Refuses what is too large, and notes who looks at whom.
async fn checked(
    asked: &Asked,
    command: &Command,
    kind: Kind,
    context: &Context,
    question: &ReportQuestion,
) -> Result<(), Problem> {
    let named = question.extensions.as_deref();
    let count = match named {
        Some(named) => named.len(),
        None => context.extensions().await?.len(),
    };
    limits::check(command, Some(question.window), count)?;
    asked
        .note_look(kind.name(), Some(question.window), named)
        .await
}

fn heading(
    what: &str,
    page: &Page,
    from: crate::model::time::Timestamp,
    to: crate::model::time::Timestamp,
) -> String {
    format!("{what} from {} to {}", page.moment(from), page.moment(to))
}

fn footer(
    zone: Option<&str>,
    zone_data: &str,
    hours: Option<&str>,
    as_of: &AsOf,
    page: &Page,
) -> String {
    let zone = zone.unwrap_or("each extension's own");
    let hours = hours.unwrap_or("all");
    let until = as_of
        .observed_until
        .map_or_else(|| "never".to_owned(), |at| page.moment(at.0));
    format!(
        "Hours: {hours}. Days and hours by the clocks of: {zone} (zone data {zone_data}). \
         As of position {}, snapshot {}, observed until {until}.",
        as_of.position, as_of.snapshot_no
    )
}

fn person_link(asked: &Asked, keys: &RowKeys) -> Option<String> {
    let person = keys.person.as_ref()?;
    let path = format!("{}/people/{}", asked.root, person.extension_id.0);
    let fields = asked
        .fields
        .only(&["zone", "facet", "policy", "hours", "calendar"]);
    Some(fields.address(&path))
}

/// The group of some rows, in words; `None` where there is but one.
fn group_name(keys: &RowKeys) -> Option<String> {
    let person = keys.person.as_ref().map(|person| {
        let number = person.extension_number.clone().unwrap_or_default();
        let name = person.name.clone().unwrap_or_default();
        format!("{number} {name}").trim().to_owned()
    });
    let groups = [&keys.department, &keys.site, &keys.queue];
    let groups = groups.into_iter().filter_map(|group| {
        let group = group.as_ref()?;
        Some(group.as_deref().unwrap_or("(none)").to_owned())
    });
    let words: Vec<String> = person.into_iter().chain(groups).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn figure(text: impl ToString) -> Cell {
    Cell {
        text: text.to_string(),
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

fn columns(names: &[&str]) -> Vec<Column> {
    let names = names.iter().enumerate();
    names
        .map(|(index, name)| Column {
            name: (*name).to_owned(),
            is_figures: index > 0,
        })
        .collect()
}

/// So many steps of a group are listed at most.
const STEPS_MAX: usize = 400;

fn staffing_parts(staffing: &Staffing, page: &Page) -> Vec<AnswerPart> {
    let groups = staffing
        .points
        .chunk_by(|one, other| one.keys == other.keys);
    let mut parts: Vec<AnswerPart> = groups
        .map(|points| {
            let rows = points.iter().take(STEPS_MAX).map(|told| {
                let point = &told.point;
                let cells = [
                    point.min.to_string(),
                    format!("{:.1}", told.average()),
                    point.max.to_string(),
                    format!("{}–{}", point.guaranteed, point.possible),
                    point.unknown_max.to_string(),
                ];
                Row {
                    cells: std::iter::once(heading_cell(page.moment(point.span.from())))
                        .chain(cells.map(figure))
                        .collect(),
                    is_total: false,
                }
            });
            AnswerPart {
                heading: points.first().and_then(|point| group_name(&point.keys)),
                picture: String::new(),
                table: Some(HtmlTable {
                    caption: format!(
                        "How many were {} at once, step by step",
                        label(&staffing.value)
                    ),
                    columns: columns(&[
                        "From",
                        "Lowest",
                        "Average",
                        "Highest",
                        "Certain–possible",
                        "Unknown",
                    ]),
                    rows: rows.collect(),
                    hidden_count: points.len().saturating_sub(STEPS_MAX),
                }),
            }
        })
        .collect();
    if let Some(shortfalls) = &staffing.shortfalls {
        let rows = shortfalls.iter().map(|told| {
            let shortfall = &told.shortfall;
            let cells = [
                page.moment_beside(shortfall.span.to(), shortfall.span.from()),
                spoken(shortfall.span.duration_ms()),
                shortfall.required.to_string(),
                shortfall.known.to_string(),
                group_name(&told.keys).unwrap_or_default(),
            ];
            Row {
                cells: std::iter::once(heading_cell(page.moment(shortfall.span.from())))
                    .chain(cells.map(figure))
                    .collect(),
                is_total: false,
            }
        });
        parts.push(AnswerPart {
            heading: Some("Too few".to_owned()),
            picture: String::new(),
            table: Some(HtmlTable {
                caption: "Stretches in which fewer were known than required".to_owned(),
                columns: columns(&["From", "To", "For", "Required", "Known", "Group"]),
                rows: rows.collect(),
                hidden_count: 0,
            }),
        });
    }
    parts
}

#[derive(Template)]
#[template(path = "pages/_week.html")]
struct WeekGrid<'a> {
    caption: String,
    days: Vec<&'static str>,
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

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

fn heatmap_parts(heatmap: &Heatmap) -> Vec<AnswerPart> {
    let groups = heatmap.cells.chunk_by(|one, other| one.keys == other.keys);
    let parts = groups.map(|cells| AnswerPart {
        heading: cells.first().and_then(|cell| group_name(&cell.keys)),
        picture: week_grid(heatmap, cells),
        table: None,
    });
    parts.collect()
}

fn week_grid(heatmap: &Heatmap, cells: &[HeatmapCell]) -> String {
    let by_place: BTreeMap<(u8, u8), &HeatmapCell> = cells
        .iter()
        .map(|cell| ((cell.hour, cell.weekday), cell))
        .collect();
    let hours = (0..24).filter(|hour| cells.iter().any(|cell| cell.hour == *hour));
    let hours = hours.map(|hour| WeekHour {
        hour: format!("{hour:02}:00"),
        cells: (1..=7)
            .map(|day| week_cell(by_place.get(&(hour, day)).copied()))
            .collect(),
    });
    let grid = WeekGrid {
        caption: format!(
            "Part of the known time that {} held in each hour of the week, and how many people on average",
            label(&heatmap.value)
        ),
        days: DAYS.into(),
        hours: hours.collect(),
    };
    // Nothing in the template can fail.
    grid.render().unwrap_or_default()
}

fn week_cell(cell: Option<&HeatmapCell>) -> WeekCell<'_> {
    let Some(cell) = cell else {
        return WeekCell {
            shade: 0,
            text: String::new(),
            more: String::new(),
            of: None,
        };
    };
    let [average, least, most] = cell.averages();
    let known_ms = (cell.scheduled_ms - cell.unknown_ms - cell.absent_ms).max(1);
    let fifths = (cell.amount.ms * 5 + known_ms - 1) / known_ms;
    match cell.share() {
        Some(share) => WeekCell {
            shade: u8::try_from(fifths.clamp(0, 5)).unwrap_or(0),
            text: format!("{:.0} %", share * 100.0),
            more: format!("{average:.1} ({least:.1}–{most:.1})"),
            of: Some(cell),
        },
        None => WeekCell {
            shade: 0,
            text: "?".to_owned(),
            more: "unknown".to_owned(),
            of: Some(cell),
        },
    }
}

fn downloads(asked: &Asked, kind: Kind, pairs: &[(String, String)]) -> Vec<Link> {
    let fields = pairs
        .iter()
        .fold(Fields::default(), |fields, (name, value)| {
            fields.and(name, value)
        });
    let links = [("CSV", "csv"), ("JSON", "json"), ("NDJSON", "ndjson")].map(|(name, ending)| {
        let path = format!("{}/api/v1/{}.{ending}", asked.root, kind.name());
        Link::new(name, fields.address(&path))
    });
    links.into()
}

fn command_line(kind: Kind, pairs: &[(String, String)]) -> String {
    let people = pairs.iter().filter(|(name, _)| name == "person");
    let flags = pairs.iter().filter(|(name, _)| name != "person");
    let mut words = vec!["presence".to_owned(), kind.name().to_owned()];
    words.extend(people.map(|(_, value)| shell_word(value)));
    for (name, value) in flags {
        if value == "true" {
            words.push(format!("--{name}"));
        } else {
            words.push(format!("--{name} {}", shell_word(value)));
        }
    }
    words.join(" ")
}

fn form(asked: &Asked, kind: Kind) -> Form {
    let fields = &asked.fields;
    let text = |name, label, example, size| TextField::new(fields, name, label, example, size);
    let check = |name, value, label| Check {
        name,
        value,
        label,
        is_chosen: fields.all(name).any(|known| known == value),
    };
    let mut when = FieldSet {
        legend: "When",
        texts: vec![
            text("from", "From", "2026-11-02 or -7d", 14),
            text("to", "To", "now", 14),
            text("hours", "Hours that count", "Mo-Fr 09:00-17:00", 22),
            text("calendar", "or a calendar", "own", 10),
        ],
        ..FieldSet::default()
    };
    when.texts[0].is_required = true;
    if kind == Kind::Staffing {
        when.texts.push(text("step", "Step", "15m", 6));
        when.texts.push(text(
            "required",
            "People required",
            "Mo-Fr 09:00-17:00=5",
            22,
        ));
    }
    let mut what = FieldSet {
        legend: "What",
        choices: vec![
            forms::facets(fields),
            forms::policies(&asked.session.config.policy_names(), fields),
        ],
        ..FieldSet::default()
    };
    if kind != Kind::Report {
        what.texts
            .push(text("value", "Value that is counted", "Available", 14));
        what.texts[0].is_required = true;
    }
    let mut who = FieldSet {
        legend: "Who",
        texts: vec![
            text("person", "Only these people", "101, 102", 18),
            text("types", "Extension types", "people", 10),
        ],
        ..FieldSet::default()
    };
    who.checks = vec![
        check("by", "extension", "by extension"),
        check("by", "department", "by department"),
        check("by", "site", "by site"),
        check("by", "queue", "by queue"),
    ];
    let mut sets = vec![when, what, who];
    if kind == Kind::Report {
        let buckets = ["hour", "day", "week", "month"];
        let bucket = fields.all("by").find(|word| buckets.contains(word));
        let options = [
            ("", "all of it in one"),
            ("hour", "hour"),
            ("day", "day"),
            ("week", "week"),
            ("month", "month"),
        ];
        sets[2]
            .choices
            .push(Choice::new("by", "By time", options, bucket));
        sets[2]
            .checks
            .push(check("by", "account", "the whole account"));
        sets.push(besides(fields));
    }
    let mut form = Form {
        action: format!("{}{}", asked.root, kind.path()),
        sets,
        button: "Show",
    };
    if let Some(zone) = fields.get("zone") {
        // Chosen at the bottom of the page; it stays.
        let zone = [(zone, zone)];
        form.sets[0]
            .choices
            .push(Choice::new("zone", "Zone", zone, fields.get("zone")));
    }
    form
}

/// What a report can tell besides.
fn besides(fields: &Fields) -> FieldSet {
    let chosen: Vec<&str> = fields
        .all("metrics")
        .flat_map(|words| words.split(','))
        .collect();
    let metrics = Metric::ALL.map(|metric| Check {
        name: "metrics",
        value: metric.name(),
        label: metric.name(),
        is_chosen: chosen.contains(&metric.name()),
    });
    let mut checks = metrics.to_vec();
    checks.push(Check {
        name: "as-now",
        value: "true",
        label: "groups of today",
        is_chosen: fields.get("as-now") == Some("true"),
    });
    FieldSet {
        legend: "Besides",
        choices: Vec::new(),
        texts: vec![
            TextField::new(fields, "value", "Value of these figures", "Available", 14),
            TextField::new(fields, "compare-to", "Compare to", "previous", 12),
            TextField::new(fields, "min-evidence", "Least evidence", "0.8", 6),
            TextField::new(fields, "min-group", "Least group", "5", 6),
        ],
        checks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_what_a_shell_understands() {
        let pairs = [
            ("from", "-7d"),
            ("hours", "Mo-Fr 09:00-17:00"),
            ("as-now", "true"),
            ("person", "Front Desk"),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            command_line(Kind::Report, &pairs),
            "presence report 'Front Desk' --from -7d --hours 'Mo-Fr 09:00-17:00' --as-now"
        );
    }
}
