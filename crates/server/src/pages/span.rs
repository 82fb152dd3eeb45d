//! Days, weeks, months, quarters and any other stretch of time: a row a person, time from left to right.

mod links;
mod order;
mod rows;

use std::collections::BTreeSet;

use askama::Template;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Date;

use self::links::{bar, command, downloads};
use self::order::Order;
pub(super) use self::order::SORT;
use self::rows::rows;
use super::bar::Bar;
use super::calendar_range::CalendarRange;
use super::directory::Entry;
use super::fields::Fields;
use super::forms;
use super::grid::HtmlTable;
use super::known::{self, KnownSlider};
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, open_stretches, shell_word, so_far_told};
use super::paging::Paging;
use super::palette::criterion_text;
use super::period::{Period, Unit, unusual_length};
use super::picture::PictureView;
use super::shares::ShareBars;
use super::together::{self, REQUIRED, VALUE};
use crate::api::limits;
use crate::error::Problem;
use crate::headers::PICTURE_POLICY;
use presence_answers::ask::{self, ReportQuestion, Types, ZoneChoice};
use presence_answers::format::FormatWord;
use presence_answers::picture::Canvas;
use presence_answers::render;
use presence_answers::report::shape::Report;
use presence_answers::shapes::common::CriterionShape;
use presence_answers::{Kept, Reply};
use presence_charts::duration::spoken;
use presence_charts::json;
use presence_core::query::calendar::Bucket;
use presence_core::query::classes::Criterion;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_model::facet::Facet;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;
use presence_texts::{Texts, say};

const DAY_MS: i64 = 24 * 3_600_000;
/// No longer stretch is drawn.
const LONGEST_MS: i64 = 400 * DAY_MS;
/// What pictures of time are asked for, whatever time they are of.
pub(super) const KEPT: [&str; 16] = [
    "zone",
    "facet",
    "policy",
    "hours",
    "calendar",
    "department",
    "site",
    "queue",
    "person",
    DRAWN,
    SORT,
    ROWS,
    VALUE,
    REQUIRED,
    "as-of",
    "as-known-at",
];

/// The field that says how rows are drawn.
pub(super) const DRAWN: &str = "drawn";
/// The field that says how high rows are.
pub(super) const ROWS: &str = "rows";

/// In longer stretches a row shows a shade a day, unless the address says otherwise.
const BARS_MS_MAX: i64 = 15 * DAY_MS;

/// Whether a row shows a shade a day, and not bars.
pub(super) fn is_by_day(fields: &Fields, window: TimeRange) -> bool {
    match fields.get(DRAWN) {
        Some("days") => true,
        Some("bars") => false,
        _ => window.duration_ms() > BARS_MS_MAX,
    }
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Html,
    Json,
    Csv,
    Svg,
}

impl Form {
    const DATA: [(&'static str, Self); 3] = [
        (".json", Self::Json),
        (".csv", Self::Csv),
        (".svg", Self::Svg),
    ];

    /// An address without the ending that names the form, and the form.
    pub(super) fn of(label: &str) -> (&str, Self) {
        let found = Self::DATA.iter().find_map(|(ending, form)| {
            let label = label.strip_suffix(ending)?;
            Some((label, *form))
        });
        found.unwrap_or((label, Self::Html))
    }
}

/// The window of a stretch; what is too long to be drawn is refused.
fn window(range: CalendarRange, page_request: &PageRequest) -> Result<TimeRange, Problem> {
    let window = range.window(&page_request.zone);
    let window = window.ok_or_else(|| Problem::not_found("there is no such time"))?;
    if window.duration_ms() > LONGEST_MS {
        let told =
            "pictures reach over 400 days at most; ask for a shorter stretch, or for a report";
        return Err(Problem::too_large("to", told));
    }
    Ok(window)
}

/// The path of a stretch's page.
fn path(range: CalendarRange) -> String {
    match range {
        CalendarRange::Period(period) => format!("/{}", period.path()),
        _ => "/span".to_owned(),
    }
}

/// Where a stretch is shown, with all that the address asks for.
pub(super) fn address(page_request: &PageRequest, range: CalendarRange) -> String {
    address_of(page_request, &page_request.fields, range)
}

/// Where a stretch is shown, with all that these fields ask for.
pub(super) fn address_of(
    page_request: &PageRequest,
    fields: &Fields,
    range: CalendarRange,
) -> String {
    let fields = fields.only(&KEPT);
    let fields = match range {
        CalendarRange::Period(_) => fields,
        _ => range.asked(&fields),
    };
    fields.address(&format!("{}{}", page_request.root, path(range)))
}

#[derive(Template)]
#[template(path = "pages/span.html")]
struct SpanPage {
    layout: Layout,
    heading: String,
    figures: Figures,
    told: String,
    as_known: Option<String>,
    slider: Option<KnownSlider>,
    bar: Bar,
    paging: Option<String>,
    notice: Option<String>,
    picture: PictureView,
    pages: Vec<Link>,
    totals: HtmlTable,
    downloads: Vec<Link>,
    command: String,
}

/// What is said of all who are chosen, before anything else.
struct Figures {
    team: String,
    share: Option<String>,
    now: Option<String>,
    short: Option<String>,
}

/// The page, or what it shows as data.
pub(super) async fn show(
    page_request: &PageRequest,
    range: CalendarRange,
    form: Form,
) -> Result<Response, Problem> {
    let window = window(range, page_request)?;
    let criterion = page_request.criterion()?;
    let people: Vec<&Entry> = page_request
        .directory
        .chosen(&page_request.fields)
        .collect();
    let all = ids(&people);
    page_request
        .note_access("timeline", Some(window), Some(&all))
        .await?;
    if matches!(form, Form::Json | Form::Csv) {
        return data(page_request, &all, window, form).await;
    }
    let mut people = people;
    let question = totals(page_request, &all, criterion.clone(), window)?;
    let report = ask::report(&page_request.context, &question).await?;
    let value = together::value(page_request, &criterion);
    Order::of(&page_request.fields)?.sort(page_request.texts, &mut people, &report, &value);
    let people = People::of(&people, window, &page_request.fields);
    if form == Form::Svg {
        return drawing(page_request, range, window, criterion, &people).await;
    }
    let page = html(page_request, range, &question, &report, &people).await?;
    let text = page.render().map_err(|error| Problem::internal(&error))?;
    Ok(Html(text).into_response())
}

/// The same as data, of everyone who is chosen: what the command line answers, word for word. What is too large is refused.
async fn data(
    page_request: &PageRequest,
    ids: &[ExtensionId],
    window: TimeRange,
    form: Form,
) -> Result<Response, Problem> {
    if ids.is_empty() {
        return Err(Problem::not_found("nobody is chosen by these fields"));
    }
    let (format, kind) = match form {
        Form::Csv => (FormatWord::Csv, "text/csv; charset=utf-8"),
        _ => (FormatWord::Json, "application/json"),
    };
    let kept: &[&str] = match form {
        Form::Csv => &["facet", "policy", "as-of", "as-known-at", "excel"],
        _ => &["facet", "policy", "as-of", "as-known-at"],
    };
    let fields = page_request.fields.only(kept);
    let fields = fields
        .with("from", &window.from().to_string())
        .with("to", &window.to().to_string())
        .with("zone", page_request.zone.name());
    let mut pairs = forms::kept(&fields);
    pairs.extend(ids.iter().map(|id| ("person".to_owned(), id.to_string())));
    let (common, request) = page_request.read("timeline", pairs)?;
    limits::check(&request, Some(window), ids.len())?;
    let reader = page_request.asker(&common, format).await?;
    let mut kept = Kept::default();
    let mut reply = Reply::to(&mut kept);
    Box::pin(request.answer(&reader, &mut reply)).await?;
    Ok(([(CONTENT_TYPE, kind)], kept.0).into_response())
}

/// The same as a picture by itself, of the people on the page.
async fn drawing(
    page_request: &PageRequest,
    range: CalendarRange,
    window: TimeRange,
    criterion: Criterion,
    people: &People<'_>,
) -> Result<Response, Problem> {
    let ids = ids(people.shown());
    let timeline = ask::timeline(&page_request.context, &ids, criterion, window).await?;
    let texts = page_request.texts;
    let heading = range.heading(&page_request.page());
    let mut canvas = Canvas {
        texts,
        ..Canvas::new("timeline", &heading, page_request.zone.clone())
    };
    canvas.hours =
        open_stretches(&page_request.hours()?, window, &page_request.zone).unwrap_or_default();
    canvas.notes = vec![
        command(page_request, range, people),
        page_request.rests_on().await?,
    ];
    let so_far = render::provenance::so_far(texts, timeline.so_far);
    canvas.notes.extend(people.paging.told(texts));
    canvas
        .notes
        .extend(so_far.map(|told| say!(texts, "timeline-svg-so-far", told = told)));
    Ok(svg(presence_answers::timeline::svg::timeline(
        &timeline, &canvas,
    )))
}

/// A picture by itself. Its style sheet is inside; it has no script, and none would run.
pub(super) fn svg(text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CONTENT_SECURITY_POLICY, PICTURE_POLICY),
    ];
    (headers, text).into_response()
}

async fn html(
    page_request: &PageRequest,
    range: CalendarRange,
    question: &ReportQuestion,
    report: &Report,
    people: &People<'_>,
) -> Result<SpanPage, Problem> {
    let (window, criterion) = (question.window, &question.criterion);
    let coverage = ask::coverage(&page_request.context, window).await?;
    let drawn = rows(page_request, question, people.shown()).await?;
    let value = together::value(page_request, criterion);
    let (band, texts) = (drawn.together.as_ref(), page_request.texts);
    let figures = Figures {
        team: team(page_request),
        share: together::share(texts, report, &value),
        now: band.and_then(|band| band.now.clone()),
        short: band.and_then(|band| band.short.clone()),
    };
    let shape = CriterionShape::from(criterion);
    let mut heading = range.heading(&page_request.page());
    if range.unit() == Some(Unit::Day) {
        heading.push_str(&unusual_length(texts, window));
    }
    let unseen_ms = coverage.gap_ms;
    let told = say!(
        texts,
        "span-told",
        extensions = say!(texts, "extensions", count = people.all.len()),
        criterion = criterion_text(texts, &shape),
        zone = page_request.zone.to_string()
    );
    let told = told + &so_far_told(texts, coverage.so_far);
    Ok(SpanPage {
        layout: page_request.layout(
            &heading,
            "/day",
            Some(range),
            &page_request.rests_on().await?,
        ),
        figures,
        told,
        as_known: page_request.as_known(),
        slider: known::slider(page_request, range, window).await?,
        bar: bar(page_request, range, criterion),
        paging: people.paging.told(page_request.texts),
        // The end of the present sweep is presumed, and no gap.
        notice: (unseen_ms > 5 * 60_000)
            .then(|| say!(texts, "span-unseen", length = spoken(unseen_ms))),
        picture: drawn,
        pages: people.paging.links(page_request, &path(range)),
        totals: totals_table(page_request, report, people),
        downloads: downloads(page_request, range, people),
        command: command(page_request, range, people),
        heading,
    })
}

/// The people who are chosen, and the page of them that is shown.
struct People<'a> {
    all: &'a [&'a Entry],
    paging: Paging,
}

impl<'a> People<'a> {
    fn of(all: &'a [&'a Entry], window: TimeRange, fields: &Fields) -> Self {
        let at_once = match window.duration_ms() / DAY_MS {
            _ if is_by_day(fields, window) => 300,
            0..=8 => 500,
            9..=32 => 120,
            _ => 40,
        };
        Self {
            all,
            paging: Paging::of(all.len(), at_once, fields),
        }
    }

    /// Those on the page.
    fn shown(&self) -> &'a [&'a Entry] {
        &self.all[self.paging.range()]
    }
}

/// The ids of some people.
fn ids(people: &[&Entry]) -> Vec<ExtensionId> {
    people.iter().map(|entry| entry.extension_id).collect()
}

/// What the thin lanes show in addition to a criterion.
pub(super) fn criteria(criterion: &Criterion) -> Vec<Criterion> {
    let thin = [Facet::TelephonyStatus, Facet::DndStatus].map(Criterion::Facet);
    let thin = thin.into_iter().filter(|thin| thin != criterion);
    std::iter::once(criterion.clone()).chain(thin).collect()
}

/// What lanes are of, as JSON. Names of policies may be anything.
pub(super) fn lane_names(texts: Texts, lanes: &ask::Lanes) -> String {
    let names: Vec<String> = lanes
        .lanes
        .iter()
        .map(|lane| criterion_text(texts, &lane.criterion))
        .collect();
    json::line(&names).trim_end().to_owned()
}

/// Whom the page is about: the teams and the name that it is narrowed to.
fn team(page_request: &PageRequest) -> String {
    let fields = ["department", "site", "queue", "person"];
    let chosen = fields
        .iter()
        .flat_map(|field| page_request.fields.all(field));
    let chosen: Vec<&str> = chosen.collect();
    if chosen.is_empty() {
        page_request.texts.say("span-everyone")
    } else {
        chosen.join(", ")
    }
}

/// How long each value held, a row a person: what is asked.
fn totals(
    page_request: &PageRequest,
    ids: &[ExtensionId],
    criterion: Criterion,
    window: TimeRange,
) -> Result<ReportQuestion, Problem> {
    Ok(ReportQuestion {
        window,
        criterion,
        group_by: GroupBy {
            extension: true,
            ..GroupBy::default()
        },
        bucket: Bucket::Range,
        hours: page_request.hours()?,
        absence: None,
        zone: ZoneChoice::Named(page_request.zone.clone()),
        types: Types::All,
        extensions: Some(ids.to_vec()),
        group_filter: GroupFilter::default(),
    })
}

/// The rows of the people on the page, and the sum of everyone who is chosen.
fn totals_table(page_request: &PageRequest, report: &Report, people: &People<'_>) -> HtmlTable {
    let shown: BTreeSet<ExtensionId> = ids(people.shown()).into_iter().collect();
    let sheet = presence_answers::report::table::sheet(report, &page_request.page());
    let kept = page_request
        .fields
        .only(&["zone", "facet", "policy", "hours", "calendar"]);
    let texts = page_request.texts;
    let hours = hours_told(texts, report);
    let caption = if people.paging.is_part() {
        let count = people.all.len();
        say!(texts, "span-totals-of-page", hours = hours, count = count)
    } else {
        say!(texts, "span-totals-caption", hours = hours)
    };
    let id = |row: usize| Some(report.rows.get(row)?.keys.person.as_ref()?.extension_id.0);
    let is_shown = |row| id(row).is_none_or(|id| shown.contains(&id));
    HtmlTable::of_rows(&sheet, &caption, is_shown, |row| {
        let path = format!("{}/people/{}", page_request.root, id(row)?);
        Some(kept.address(&path))
    })
    .with_shares(&ShareBars::of(texts, report))
}

/// Which hours count.
pub(super) fn hours_told(texts: Texts, report: &Report) -> String {
    match report.hours.as_deref() {
        None => texts.say("hours-all-count"),
        Some(hours) => say!(texts, "hours-that-count", hours = hours),
    }
}

/// A person on a command line.
pub(super) fn person_word(entry: &Entry) -> String {
    let id = || entry.extension_id.to_string();
    shell_word(&entry.number.clone().unwrap_or_else(id))
}

/// Where the day, week, month or quarter around a date is.
pub(super) fn around(page_request: &PageRequest, unit: Unit, date: Date) -> String {
    address(
        page_request,
        CalendarRange::Period(Period::containing(unit, date)),
    )
}
