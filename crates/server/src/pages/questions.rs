//! Report, staffing and heatmap: a form for all that can be asked, and the answer below it.
//!
//! The form has the names and grammar of the command line, and fills the same request
//! ([`crate::api::reading`]): so the page, the API and the command line understand the same.

mod form;
mod tables;

use askama::Template;

use self::form::bar;
use self::tables::{heatmap_parts, staffing_parts};
use super::asked;
use super::bar::Bar;
use super::calendar_range::{self, CalendarRange, USUAL_DAYS};
use super::fields::{ACCOUNT, Fields};
use super::grid::HtmlTable;
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, so_far_told};
use super::palette::{criterion_text, value_text};
use super::shares::ShareBars;
use super::together::{self, VALUE};
use crate::api::limits;
use crate::error::Problem;
use crate::markup::escaped;
use presence_answers::ask::{self, Context, ReportQuestion};
use presence_answers::format::FormatWord;
use presence_answers::picture::Canvas;
use presence_answers::render::Page;
use presence_answers::report::shape::{Report, RowKeys};
use presence_answers::shapes::as_of::AsOf;
use presence_answers::staffing::shape::Staffing;
use presence_answers::staffing::table::met;
use presence_answers::{Request, heatmap, report, staffing};
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::{Texts, say};

const DAY_MS: i64 = 24 * 3_600_000;

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

    fn title(self, texts: Texts) -> String {
        texts.say(match self {
            Self::Report => "menu-report",
            Self::Staffing => "menu-staffing",
            Self::Heatmap => "menu-heatmap",
        })
    }

    fn path(self) -> &'static str {
        match self {
            Self::Report => "/report",
            Self::Staffing => "/staffing",
            Self::Heatmap => "/heatmap",
        }
    }

    /// Whether there is enough to answer. A criterion without documented values, such as the message, says of none what to count.
    fn is_asked(self, fields: &Fields) -> bool {
        self == Self::Report || fields.get(VALUE).is_some()
    }
}

#[derive(Template)]
#[template(path = "pages/report.html")]
struct QuestionPage {
    layout: Layout,
    title: String,
    fault: Option<String>,
    bar: Bar,
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

/// The last seven days by the calendar, with today.
const USUAL: [&str; 2] = ["today-6d", "tomorrow"];

/// Asks what the address leaves open, so that a page begins with an answer: last week, or the last seven days where the history is
/// shorter; if it says nothing at all, by department, or hour by hour.
pub(super) async fn assume(page_request: &mut PageRequest, kind: Kind) -> Result<(), Problem> {
    let fields = &page_request.fields;
    let is_bare = fields.without(&["zone", ACCOUNT]).is_empty();
    let mut assumed = fields.clone();
    if kind != Kind::Report && fields.get(VALUE).is_none() {
        let value = together::value(page_request, &page_request.criterion()?);
        assumed = assumed.with(VALUE, &value);
    }
    match (fields.get("from"), page_request.moment("to")) {
        (None, Ok(Some(to))) => {
            let from = to.plus_ms(-USUAL_DAYS * DAY_MS);
            assumed = assumed.with("from", &from.to_string());
        }
        (None, Ok(None)) => {
            assumed = match last_week(page_request).await? {
                Some(week) => week.asked(&assumed),
                None => assumed.with("from", USUAL[0]).with("to", USUAL[1]),
            };
        }
        // What is wrong with it is said with the answer.
        (None, Err(_)) | (Some(_), _) => {}
    }
    match kind {
        Kind::Report if is_bare && !page_request.directory.names("department").is_empty() => {
            assumed = assumed.with("by", "department");
        }
        Kind::Staffing if is_bare => assumed = assumed.with("step", "1h"),
        _ => {}
    }
    page_request.fields = assumed;
    Ok(())
}

/// The week before this one, if there is history of all of it.
async fn last_week(page_request: &PageRequest) -> Result<Option<CalendarRange>, Problem> {
    let now = page_request.now();
    let today = page_request.zone.local(now).date();
    let until_now = TimeRange::new(now.plus_ms(-1), now);
    let began_at = match until_now {
        Some(window) => ask::first_sweep_at(&page_request.context, window).await?,
        None => None,
    };
    Ok(calendar_range::last_week(
        today,
        &page_request.zone,
        began_at,
    ))
}

/// The page: what was wrong with the question is said above the form, which stays as it was filled in.
pub(super) async fn page(
    page_request: &PageRequest,
    kind: Kind,
) -> Result<(bool, String), Problem> {
    let (answer, fault) = if kind.is_asked(&page_request.fields) {
        match answer(page_request, kind).await {
            Ok(answer) => (Some(answer), None),
            Err(problem) if problem.status().is_client_error() => (
                None,
                Some(page_request.for_reader(problem).detail().to_owned()),
            ),
            Err(problem) => return Err(problem),
        }
    } else {
        (None, None)
    };
    let window = page_request.window().ok().flatten();
    let range = window.map(|window| CalendarRange::of(window, &page_request.zone));
    let title = kind.title(page_request.texts);
    let page = QuestionPage {
        layout: page_request.layout(&title, kind.path(), range, &page_request.rests_on().await?),
        title,
        bar: bar(page_request, kind, range),
        answer,
        fault,
    };
    let is_good = page.fault.is_none();
    let text = page.render().map_err(|error| Problem::internal(&error))?;
    Ok((is_good, text))
}

/// What an address asks for, as the API would be asked: the same fields, each list in one.
fn pairs(page_request: &PageRequest) -> Vec<(String, String)> {
    let fields = &page_request.fields;
    let to = fields.get("to").is_none().then_some(("to", "now"));
    let zone = fields
        .get("zone")
        .is_none()
        .then_some(("zone", page_request.zone.name()));
    let given = fields
        .iter()
        .filter(|(name, _)| !["by", "metrics", "person"].contains(name));
    let lists = ["by", "metrics"].into_iter().filter_map(|name| {
        let words: Vec<&str> = fields.all(name).collect();
        (!words.is_empty()).then(|| (name.to_owned(), words.join(",")))
    });
    let people = asked::people(page_request);
    let given = given.chain(to).chain(zone);
    given
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .chain(lists)
        .chain(people)
        .collect()
}

async fn answer(page_request: &PageRequest, kind: Kind) -> Result<Answer, Problem> {
    let pairs = pairs(page_request);
    let (common, request) = page_request.read(kind.name(), pairs.clone())?;
    let reader = page_request.asker(&common, FormatWord::Json).await?;
    let (page, texts) = (page_request.page(), page_request.texts);
    let mut answer = match &request {
        Request::Report(fields) => {
            let (context, question, report_options) = report::resolve(&reader, fields).await?;
            checked(page_request, &request, kind, &context, &question).await?;
            let report = ask::report_options_of(&context, &question, &report_options).await?;
            let unknown = presence_answers::report::table::much_unknown(&report, texts);
            let notice = unknown.map(|told| format!("{told}."));
            let notice = with_warnings(notice, &question);
            let links: Vec<Option<String>> = report
                .rows
                .iter()
                .map(|row| person_link(page_request, &row.keys))
                .collect();
            let sheet = presence_answers::report::table::sheet(&report, &page);
            let caption = texts.say("report-caption");
            Answer {
                heading: heading(
                    &criterion_text(texts, &report.criterion),
                    &page,
                    report.from.0,
                    report.to.0,
                ),
                notice,
                parts: vec![AnswerPart {
                    table: Some(
                        HtmlTable::of(&sheet, &caption, |row| links.get(row)?.clone())
                            .with_shares(&ShareBars::of(texts, &report)),
                    ),
                    ..AnswerPart::default()
                }],
                footer: report_footer(&report, &page) + &so_far_told(texts, report.so_far),
                downloads: Vec::new(),
                command: String::new(),
            }
        }
        Request::Staffing(fields) => {
            let (context, question) = staffing::resolve(&reader, fields).await?;
            checked(page_request, &request, kind, &context, &question.about).await?;
            let staffing = ask::staffing(&context, &question).await?;
            Answer {
                heading: heading(
                    &value_text(texts, &staffing.value),
                    &page,
                    staffing.from.0,
                    staffing.to.0,
                ),
                notice: with_warnings(enough(texts, &staffing), &question.about),
                parts: staffing_parts(&staffing, &page),
                footer: footer(
                    staffing.zone.as_deref(),
                    staffing.zone_data,
                    staffing.hours.as_deref(),
                    &staffing.as_of,
                    &page,
                ) + &so_far_told(texts, staffing.so_far),
                downloads: Vec::new(),
                command: String::new(),
            }
        }
        Request::Heatmap(fields) => {
            let (context, question) = heatmap::resolve(&reader, fields).await?;
            checked(page_request, &request, kind, &context, &question.about).await?;
            let heatmap = ask::heatmap(&context, &question).await?;
            Answer {
                heading: heading(
                    &value_text(texts, &heatmap.value),
                    &page,
                    heatmap.from.0,
                    heatmap.to.0,
                ),
                notice: with_warnings(None, &question.about),
                parts: heatmap_parts(texts, &heatmap),
                footer: footer(
                    heatmap.zone.as_deref(),
                    heatmap.zone_data,
                    heatmap.hours.as_deref(),
                    &heatmap.as_of,
                    &page,
                ) + &so_far_told(texts, heatmap.so_far),
                downloads: Vec::new(),
                command: String::new(),
            }
        }
        _ => return Err(Problem::not_found("there is no such question")),
    };
    if kind != Kind::Report {
        let sketch = sketch(page_request, kind, &pairs, &answer.heading);
        answer.parts.insert(0, sketch);
    }
    answer.downloads = asked::downloads(page_request, kind.name(), &pairs);
    answer.command = asked::command(kind.name(), &pairs);
    Ok(answer)
}

/// Whether there were enough, and for how long, if anything was required.
fn enough(texts: Texts, staffing: &Staffing) -> Option<String> {
    let short = together::short(texts, staffing).into_iter();
    let told: Vec<String> = short.chain(met(staffing, texts)).collect();
    (!told.is_empty()).then(|| told.join(" "))
}

/// A notice with what could not be used of the files of absences, and what is not known of holidays.
fn with_warnings(notice: Option<String>, question: &ReportQuestion) -> Option<String> {
    let warnings = question.warnings().into_iter();
    let told = warnings.map(|warning| format!("{warning}."));
    let all: Vec<String> = notice.into_iter().chain(told).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// An answer as a picture by itself.
pub(super) async fn picture(page_request: &PageRequest, kind: Kind) -> Result<String, Problem> {
    let (common, request) = page_request.read(kind.name(), pairs(page_request))?;
    let reader = page_request.asker(&common, FormatWord::Json).await?;
    let texts = page_request.texts;
    let mut canvas = Canvas {
        texts,
        ..Canvas::new(kind.name(), &kind.title(texts), page_request.zone.clone())
    };
    match &request {
        Request::Staffing(fields) => {
            let (context, question) = staffing::resolve(&reader, fields).await?;
            checked(page_request, &request, kind, &context, &question.about).await?;
            let staffing = ask::staffing(&context, &question).await?;
            canvas.title = heading(
                &value_text(texts, &staffing.value),
                &page_request.page(),
                staffing.from.0,
                staffing.to.0,
            );
            Ok(presence_answers::staffing::svg::staffing(
                &staffing, &canvas,
            ))
        }
        Request::Heatmap(fields) => {
            let (context, question) = heatmap::resolve(&reader, fields).await?;
            checked(page_request, &request, kind, &context, &question.about).await?;
            let heatmap = ask::heatmap(&context, &question).await?;
            canvas.title = heading(
                &value_text(texts, &heatmap.value),
                &page_request.page(),
                heatmap.from.0,
                heatmap.to.0,
            );
            Ok(presence_answers::heatmap::svg::heatmap(&heatmap, &canvas))
        }
        _ => Err(Problem::not_found("there is no such picture")),
    }
}

/// A picture of its own inside a page.
fn sketch(
    page_request: &PageRequest,
    kind: Kind,
    pairs: &[(String, String)],
    told: &str,
) -> AnswerPart {
    let fields = pairs
        .iter()
        .fold(Fields::default(), |fields, (name, value)| {
            fields.and(name, value)
        });
    let address = fields.address(&format!("{}{}.svg", page_request.root, kind.path()));
    let alt = say!(page_request.texts, "answer-picture", told = told);
    AnswerPart {
        picture: format!(
            "<img class=\"sketch\" src=\"{}\" alt=\"{}\">",
            escaped(&address),
            escaped(&alt)
        ),
        ..AnswerPart::default()
    }
}

/// Refuses what is too large, and notes who asks about whom.
async fn checked(
    page_request: &PageRequest,
    request: &Request,
    kind: Kind,
    context: &Context,
    question: &ReportQuestion,
) -> Result<(), Problem> {
    let named = question.extensions.as_deref();
    let count = match named {
        Some(named) => named.len(),
        None => context.extensions().await?.len(),
    };
    limits::check(request, Some(question.window), count)?;
    page_request
        .note_access(kind.name(), Some(question.window), named)
        .await
}

/// What is told, and of which time.
fn heading(what: &str, page: &Page, from: Timestamp, to: Timestamp) -> String {
    let window = TimeRange::new(from, to);
    let told = window.map(|window| CalendarRange::of(window, &page.zone).heading(page));
    format!("{what}: {}", told.unwrap_or_default())
}

fn footer(
    zone: Option<&str>,
    zone_data: &str,
    hours: Option<&str>,
    as_of: &AsOf,
    page: &Page,
) -> String {
    let texts = page.texts;
    let own = || texts.say("answer-own-zones");
    let all = || texts.say("answer-all-hours");
    let never = || texts.say("never");
    say!(
        texts,
        "answer-footer",
        hours = hours.map_or_else(all, str::to_owned),
        zone = zone.map_or_else(own, str::to_owned),
        zone_data = zone_data,
        position = as_of.position.to_string(),
        snapshot = as_of.snapshot_no.to_string(),
        until = as_of
            .observed_until
            .map_or_else(never, |at| page.moment(at.0))
    )
}

/// The footer of a report, with its notes.
fn report_footer(report: &Report, page: &Page) -> String {
    let footer = footer(
        report.zone.as_deref(),
        report.zone_data,
        report.hours.as_deref(),
        &report.as_of,
        page,
    );
    let notes = presence_answers::report::table::notes(report, page.texts);
    let notes = notes.iter().map(|note| sentence(note));
    std::iter::once(footer)
        .chain(notes)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A note as a sentence of its own.
fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first = letters.next().map(char::to_uppercase);
    let first: String = first.into_iter().flatten().collect();
    format!("{first}{}.", letters.as_str())
}

fn person_link(page_request: &PageRequest, keys: &RowKeys) -> Option<String> {
    let person = keys.person.as_ref()?;
    let path = format!("{}/people/{}", page_request.root, person.extension_id.0);
    let fields = page_request
        .fields
        .only(&["zone", "facet", "policy", "hours", "calendar"]);
    Some(fields.address(&path))
}
