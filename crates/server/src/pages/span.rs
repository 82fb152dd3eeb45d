//! Days, weeks, months, quarters and any other stretch of time: a row a person, time from left to right.

mod links;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};

use self::links::{command, downloads, filter, steps};
use super::axis::{Axis, offsets, weekends};
use super::bars::{self, Backdrop, Drawing, RowLinks, Ruler};
use super::directory::Entry;
use super::explain;
use super::fields::Fields;
use super::forms::{self, Filter};
use super::grid::HtmlTable;
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, open_stretches, shell_word, so_far_told};
use super::paging::{Paging, grouped};
use super::palette::criterion_label;
use super::period::{Period, Unit, unusual_length};
use super::picture::{Group, PictureRow, PictureView, legend};
use super::together::{self, REQUIRED, VALUE};
use crate::api::limits;
use crate::error::Problem;
use crate::headers::PICTURE_POLICY;
use presence_answers::ask::{self, ReportQuestion, Types, ZoneChoice};
use presence_answers::format::FormatWord;
use presence_answers::picture::Canvas;
use presence_answers::render::{self, counted};
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
use presence_model::time::{TimeRange, Timestamp};

const DAY_MS: i64 = 24 * 3_600_000;
/// No longer stretch is drawn.
const LONGEST_MS: i64 = 400 * DAY_MS;
/// What pictures of time are asked for, whatever time they are of.
const KEPT: [&str; 13] = [
    "zone",
    "facet",
    "policy",
    "hours",
    "calendar",
    "department",
    "site",
    "queue",
    "person",
    VALUE,
    REQUIRED,
    "as-of",
    "as-known-at",
];

/// Which stretch of time is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// A day, week, month or quarter.
    Period(Period),
    /// From one moment to another.
    TimeRange(TimeRange),
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

impl When {
    fn window(self, page_request: &PageRequest) -> Result<TimeRange, Problem> {
        match self {
            Self::Period(period) => period
                .window(&page_request.zone)
                .ok_or_else(|| Problem::not_found("there is no such time")),
            Self::TimeRange(span) if span.duration_ms() > LONGEST_MS => Err(Problem::too_large(
                "to",
                "pictures reach over 400 days at most; ask for a shorter stretch, or for a report",
            )),
            Self::TimeRange(span) => Ok(span),
        }
    }

    fn path(self) -> String {
        match self {
            Self::Period(period) => format!("/{}", period.path()),
            Self::TimeRange(_) => "/span".to_owned(),
        }
    }

    fn heading(self, page_request: &PageRequest) -> String {
        match self {
            Self::Period(period) => period.heading(),
            Self::TimeRange(span) => {
                let page = page_request.page();
                let to = page.moment_after(span.to(), span.from());
                format!("{} to {to}", page.moment(span.from()))
            }
        }
    }

    /// The stretch as flags of the command line.
    fn flags(self) -> String {
        match self {
            Self::Period(period) => {
                format!("--from {} --to {}", period.first(), period.next().first())
            }
            Self::TimeRange(span) => format!("--from {} --to {}", span.from(), span.to()),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/span.html")]
struct SpanPage {
    layout: Layout,
    heading: String,
    figures: Figures,
    told: String,
    as_known: Option<String>,
    filter: Filter,
    steps: Vec<Link>,
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
    when: When,
    form: Form,
) -> Result<Response, Problem> {
    let window = when.window(page_request)?;
    let criterion = page_request.criterion()?;
    let people: Vec<&Entry> = page_request
        .directory
        .chosen(&page_request.fields)
        .collect();
    let all = ids(&people);
    page_request
        .note_access("timeline", Some(window), Some(&all))
        .await?;
    let people = People::of(&people, window, &page_request.fields);
    match form {
        Form::Html => {}
        Form::Svg => return drawing(page_request, when, window, criterion, &people).await,
        Form::Json | Form::Csv => return data(page_request, &all, window, form).await,
    }
    let page = html(page_request, when, window, criterion, &people).await?;
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
    when: When,
    window: TimeRange,
    criterion: Criterion,
    people: &People<'_>,
) -> Result<Response, Problem> {
    let ids = ids(people.shown());
    let timeline = ask::timeline(&page_request.context, &ids, criterion, window).await?;
    let mut canvas = Canvas::new(
        "timeline",
        &when.heading(page_request),
        page_request.zone.clone(),
    );
    canvas.hours =
        open_stretches(&page_request.hours()?, window, &page_request.zone).unwrap_or_default();
    canvas.notes = vec![
        command(page_request, when, people),
        page_request.rests_on().await?,
    ];
    canvas.notes.extend(people.paging.told());
    canvas
        .notes
        .extend(render::provenance::so_far(timeline.so_far).map(|told| format!("so far: {told}")));
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
    when: When,
    window: TimeRange,
    criterion: Criterion,
    people: &People<'_>,
) -> Result<SpanPage, Problem> {
    let coverage = ask::coverage(&page_request.context, window).await?;
    let question = totals(page_request, &ids(people.all), criterion.clone(), window)?;
    let drawn = rows(page_request, &question, people.shown()).await?;
    let report = ask::report(&page_request.context, &question).await?;
    let value = together::value(page_request, &criterion);
    let band = drawn.together.as_ref();
    let figures = Figures {
        team: team(page_request),
        share: together::share(&report, &value),
        now: band.and_then(|band| Some(format!("{} {}", band.label, band.now.as_ref()?))),
        short: band.and_then(|band| band.short.clone()),
    };
    let shape = CriterionShape::from(&criterion);
    let (path, mut heading) = (when.path(), when.heading(page_request));
    if let When::Period(period) = when
        && period.unit() == Unit::Day
    {
        heading.push_str(&unusual_length(window));
    }
    let unseen_ms = coverage.gap_ms;
    let told = format!(
        "{} by {}; times in {}.{}",
        counted(people.all.len(), "extension"),
        criterion_label(&shape),
        page_request.zone,
        so_far_told(coverage.so_far)
    );
    Ok(SpanPage {
        layout: page_request.layout(&heading, "/day", &path, page_request.rests_on().await?),
        figures,
        told,
        as_known: page_request.as_known(),
        filter: filter(page_request, when, &criterion),
        steps: steps(page_request, when, window),
        paging: people.paging.told(),
        // The end of the present sweep is presumed, and no gap.
        notice: (unseen_ms > 5 * 60_000).then(|| {
            format!(
                "No data for {} of this time (hatched): what happened then is unknown.",
                spoken(unseen_ms)
            )
        }),
        picture: drawn,
        pages: people.paging.links(page_request, &path),
        totals: totals_table(page_request, &report, people),
        downloads: downloads(page_request, when, window, people),
        command: command(page_request, when, people),
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

async fn rows(
    page_request: &PageRequest,
    question: &ReportQuestion,
    people: &[&Entry],
) -> Result<PictureView, Problem> {
    let (window, criterion) = (question.window, &question.criterion);
    let lanes = ask::lanes(
        &page_request.context,
        &ids(people),
        &criteria(criterion),
        window,
    )
    .await?;
    let axis = Axis::new(window, &page_request.zone);
    let open = open_stretches(&page_request.hours()?, window, &page_request.zone);
    let ruler = Ruler::new(window);
    let ticks = axis.moments();
    let backdrop = Backdrop::new(ruler, &ticks, open.as_deref(), page_request.now())
        .with_weekends(ruler, &weekends(window, &page_request.zone));
    let value = together::value(page_request, criterion);
    let band = together::together(
        page_request,
        question,
        &value,
        ruler,
        &ticks,
        open.as_deref(),
    );
    let band = band.await?;
    let palettes = bars::palettes(&lanes);
    let drawing = Drawing {
        ruler,
        backdrop: &backdrop,
        palettes: &palettes,
    };
    let monday =
        Period::containing(Unit::Week, page_request.zone.local(window.from()).date()).label();
    let shown = page_request.fields.only(&[
        "zone",
        "facet",
        "policy",
        "hours",
        "calendar",
        "as-of",
        "as-known-at",
    ]);
    let mut drawn = lanes.extensions.iter().peekable();
    let mut groups: BTreeMap<(bool, Option<&str>), Vec<PictureRow>> = BTreeMap::new();
    let is_grouped = page_request.fields.get("department").is_none();
    for entry in people {
        let Some(lanes) = drawn.next_if(|one| one.extension_id == entry.extension_id) else {
            continue;
        };
        let path = format!("{}/people/{}", page_request.root, entry.extension_id);
        let name = entry.called();
        let row = PictureRow {
            href: shown.with("week", &monday).address(&path),
            svg: drawing.row(
                &name,
                &RowLinks {
                    events: shown.address(&path),
                    explain: explain::address(page_request, entry.extension_id),
                },
                lanes,
            ),
            number: entry.number.clone().filter(|_| entry.name.is_some()),
            name,
        };
        let group = entry.department.as_deref().filter(|_| is_grouped);
        groups
            .entry((group.is_none(), group))
            .or_default()
            .push(row);
    }
    let has_groups = groups.len() > 1 || groups.keys().any(|(_, name)| name.is_some());
    let groups = groups.into_iter().map(|((_, name), rows)| Group {
        name: has_groups.then(|| name.unwrap_or("Without a department").to_owned()),
        rows,
    });
    Ok(PictureView {
        caption: format!(
            "Who was in which state when, by {}",
            lanes.lanes[0].criterion.name()
        ),
        rows_are: "Who",
        legend: legend(&lanes, &palettes, open.is_some())
            .into_iter()
            .chain(together::legend(
                !page_request
                    .fields
                    .get(REQUIRED)
                    .unwrap_or_default()
                    .is_empty(),
            ))
            .collect(),
        offsets: offsets(window, &page_request.zone),
        lanes: lane_names(&lanes),
        span: page_request.address("/span", &KEPT),
        zone: page_request.zone.name().to_owned(),
        axis: axis.svg().to_owned(),
        together: Some(band),
        groups: groups.collect(),
    })
}

/// What lanes are of, as JSON. Names of policies may be anything.
pub(super) fn lane_names(lanes: &ask::Lanes) -> String {
    let names: Vec<String> = lanes
        .lanes
        .iter()
        .map(|lane| criterion_label(&lane.criterion))
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
        "Everyone".to_owned()
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
    let hours = report.hours.as_deref().map_or_else(
        || "all hours count".to_owned(),
        |hours| format!("hours: {hours}"),
    );
    let whose = people.paging.is_part().then(|| {
        format!(
            "; the rows are of the people on this page, the total is of all {}",
            grouped(people.all.len())
        )
    });
    let caption = format!(
        "How long each value held, with its bounds; {hours}{}",
        whose.unwrap_or_default()
    );
    let id = |row: usize| Some(report.rows.get(row)?.keys.person.as_ref()?.extension_id.0);
    let is_shown = |row| id(row).is_none_or(|id| shown.contains(&id));
    HtmlTable::of_rows(&sheet, &caption, is_shown, |row| {
        let path = format!("{}/people/{}", page_request.root, id(row)?);
        Some(kept.address(&path))
    })
}

/// A person on a command line.
pub(super) fn person_word(entry: &Entry) -> String {
    let id = || entry.extension_id.to_string();
    shell_word(&entry.number.clone().unwrap_or_else(id))
}

/// The stretch of time that a page of the present moment leads to.
pub(super) fn today(page_request: &PageRequest, unit: Unit, now: Timestamp) -> String {
    let period = Period::containing(unit, page_request.zone.local(now).date());
    page_request.address(&format!("/{}", period.path()), &KEPT)
}
