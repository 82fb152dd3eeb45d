//! One person: a week of bars, a row a day, how long what held, and every change.

use askama::Template;

use super::axis::{Axis, date_label, offsets};
use super::bar::Bar;
use super::bars::{self, Backdrop, Drawing, RowLinks, Ruler};
use super::calendar_range::CalendarRange;
use super::change_text::change_text;
use super::directory::Entry;
use super::explain;
use super::fields::Fields;
use super::forms;
use super::grid::{Cell, Column, HtmlTable, Row};
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, open_stretches, shell_word, so_far_told, word_text};
use super::palette::value_text;
use super::period::{Period, Unit, short_date, unusual_length, when};
use super::picture::{Group, PictureRow, PictureView, legend};
use super::shares::ShareBars;
use super::span::{criteria, lane_names, person_word};
use super::who_asked;
use crate::error::Problem;
use presence_answers::ask::{
    self, ChangesQuestion, ExtensionLanes, Lanes, Metric, ReportOptions, ReportQuestion, Types,
    ZoneChoice,
};
use presence_answers::changes::shape::Change;
use presence_answers::shapes::access::AccessEntry;
use presence_answers::shapes::common::{CriterionShape, Status};
use presence_core::query::calendar::Bucket;
use presence_core::query::changes::ChangeFilter;
use presence_core::query::classes::Criterion;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::track::Segment;
use presence_model::ids::{ExtensionId, Position};
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::say;

/// So many changes are listed at most.
const CHANGES_MAX: usize = 500;

/// No more days have a row.
const DAYS_MAX: i64 = 100;

const DAY_MS: i64 = 24 * 3_600_000;

const KEPT: [&str; 7] = [
    "zone",
    "facet",
    "policy",
    "hours",
    "calendar",
    "as-of",
    "as-known-at",
];

#[derive(Template)]
#[template(path = "pages/person.html")]
struct PersonPage {
    layout: Layout,
    name: String,
    facts: Vec<(String, String)>,
    heading: String,
    bar: Bar,
    picture: PictureView,
    totals: HtmlTable,
    changes_told: String,
    changes: HtmlTable,
    looked: HtmlTable,
    all_looks: String,
    downloads: Vec<Link>,
    command: String,
}

/// The page of a person.
pub(super) async fn page(page_request: &PageRequest, id: &str) -> Result<String, Problem> {
    let unknown = || Problem::not_found(format!("nobody known has the id or number {id:?}"));
    let directory = &page_request.directory;
    let by_id = id.parse().ok().map(ExtensionId);
    let by_id = by_id.and_then(|extension_id| directory.get(extension_id));
    let entry = by_id
        .or_else(|| directory.numbered(id))
        .ok_or_else(unknown)?;
    let extension_id = entry.extension_id;
    let closer = page_request.window()?;
    let range = range(page_request, closer)?;
    let window = range
        .window(&page_request.zone)
        .ok_or_else(|| Problem::not_found("there is no such time"))?;
    if window.duration_ms() > DAYS_MAX * DAY_MS {
        let told =
            "a row a day is drawn of 100 days at most; ask for a shorter stretch, or for a report";
        return Err(Problem::too_large("to", told));
    }
    let criterion = page_request.criterion()?;
    let listed = closer.unwrap_or(window);
    page_request
        .note_access("timeline", Some(window), Some(&[extension_id]))
        .await?;
    page_request
        .note_access("changes", Some(listed), Some(&[extension_id]))
        .await?;
    let lanes = ask::lanes(
        &page_request.context,
        &[extension_id],
        &criteria(&criterion),
        window,
    )
    .await?;
    let (changes, are_all) = changes(page_request, extension_id, listed).await?;
    let name = entry.called(page_request.texts);
    let path = format!("/people/{extension_id}");
    let page = PersonPage {
        layout: page_request.layout(
            &name,
            "/people",
            Some(range),
            &page_request.rests_on().await?,
        ),
        facts: facts(page_request, entry, &criterion).await?,
        heading: range.heading(&page_request.page()),
        bar: bar(page_request, &path, range),
        picture: picture(page_request, entry, &lanes, range)?,
        totals: totals(page_request, extension_id, criterion, window).await?,
        changes_told: told(page_request, listed, changes.len(), are_all),
        changes: changes_table(page_request, &changes, None),
        looked: who_asked::list(
            page_request,
            &looks(page_request, extension_id).await?,
            &page_request.texts.say("person-looks"),
        ),
        all_looks: page_request
            .fields
            .only(&["zone"])
            .with("person", &extension_id.to_string())
            .address(&format!("{}/access-log", page_request.root)),
        downloads: downloads(page_request, entry, listed),
        command: command(page_request, entry, listed),
        name,
    };
    page.render().map_err(|error| Problem::internal(&error))
}

/// So many entries of the access log are shown.
const LOOKS: &str = "10";

/// Of so much time: the log is gone through entry by entry.
const LOOKS_FROM: &str = "-28d";

async fn looks(
    page_request: &PageRequest,
    extension_id: ExtensionId,
) -> Result<Vec<AccessEntry>, Problem> {
    let asked = page_request
        .fields
        .only(&[])
        .with("person", &extension_id.to_string())
        .with("from", LOOKS_FROM);
    let (entries, _) = who_asked::entries(page_request, &forms::kept(&asked), LOOKS).await?;
    Ok(entries)
}

/// What is shown: the week that is named, the whole days that are asked for, or the week that a closer look lies in, else
/// the present one.
fn range(page_request: &PageRequest, closer: Option<TimeRange>) -> Result<CalendarRange, Problem> {
    if let Some(text) = page_request.fields.get("week") {
        let week = Period::parse(Unit::Week, text);
        let week = week.ok_or_else(|| {
            Problem::parameter(
                "week",
                format!("{text:?} is no week: write it like 2026-W45"),
            )
        })?;
        return Ok(CalendarRange::Period(week));
    }
    let asked = closer.map(|closer| CalendarRange::of(closer, &page_request.zone));
    let at = match asked {
        Some(CalendarRange::Exact(window)) => window.from(),
        Some(days) => return Ok(days),
        None => page_request.now(),
    };
    let date = page_request.zone.local(at).date();
    Ok(CalendarRange::Period(Period::containing(Unit::Week, date)))
}

async fn facts(
    page_request: &PageRequest,
    entry: &Entry,
    criterion: &Criterion,
) -> Result<Vec<(String, String)>, Problem> {
    let texts = page_request.texts;
    let (context, now, page) = (
        &page_request.context,
        page_request.now(),
        page_request.page(),
    );
    // Nothing is known of the present moment itself: of the one before it.
    let moment = TimeRange::new(now.plus_ms(-1), now);
    let mut facts = Vec::new();
    if let Some(moment) = moment {
        let timeline =
            ask::timeline(context, &[entry.extension_id], criterion.clone(), moment).await?;
        let intervals = timeline.extensions.iter().flat_map(|one| &one.intervals);
        facts.extend(intervals.take(1).map(|interval| {
            let now = match interval.status {
                Status::Known => {
                    let value = interval.value.clone().flatten().unwrap_or_default();
                    let value = value_text(texts, &value);
                    if interval.presumed {
                        say!(texts, "person-presumed", value = value)
                    } else {
                        value
                    }
                }
                Status::Unknown => texts.say("unknown-no-data"),
                Status::Absent => texts.say("page-absent"),
            };
            (texts.say("person-now"), now)
        }));
    }
    let end = context.log_end().await?.observed_until;
    facts.extend(end.map(|at| {
        let seen = format!("{}, {}", page.moment(at), when(texts, at, now));
        (texts.say("person-last-sweep"), seen)
    }));
    let queues = (!entry.queues.is_empty()).then(|| entry.queues.join(", "));
    let zone = entry.shown_zone(texts);
    let profile = [
        ("person-extension-number", &entry.number),
        ("person-department", &entry.department),
        ("person-site", &entry.site),
        ("person-queues", &queues),
        ("person-zone", &zone),
        ("person-type", &entry.extension_type),
    ];
    facts.extend(
        profile
            .into_iter()
            .filter_map(|(name, value)| Some((texts.say(name), value.clone()?))),
    );
    facts.push((
        texts.say("person-extension-id"),
        entry.extension_id.to_string(),
    ));
    Ok(facts)
}

/// A row a day, each from midnight to midnight: days on which clocks change are longer or shorter.
fn picture(
    page_request: &PageRequest,
    entry: &Entry,
    lanes: &Lanes,
    range: CalendarRange,
) -> Result<PictureView, Problem> {
    let texts = page_request.texts;
    let hours = page_request.hours()?;
    let palettes = bars::palettes(page_request.texts, lanes);
    let path = format!("{}/people/{}", page_request.root, entry.extension_id);
    let shown = page_request.fields.only(&KEPT);
    let mut rows = Vec::new();
    let mut has_closed_hours = false;
    let mut first_axis = None;
    for day in range.days(&page_request.zone) {
        let Some(window) = day.window(&page_request.zone) else {
            continue;
        };
        let open = open_stretches(&hours, window, &page_request.zone);
        has_closed_hours |= open.is_some();
        let axis = Axis::new(page_request.texts, window, &page_request.zone);
        let ruler = Ruler::new(window);
        let backdrop = Backdrop::new(ruler, &axis.moments(), open.as_deref(), page_request.now());
        let drawing = Drawing {
            texts: page_request.texts,
            ruler,
            backdrop: &backdrop,
            palettes: &palettes,
        };
        let Some(of_week) = lanes.extensions.first() else {
            continue;
        };
        let of_day = ExtensionLanes {
            extension_id: of_week.extension_id,
            lanes: of_week.lanes.iter().map(|lane| cut(lane, window)).collect(),
        };
        let unusual = unusual_length(page_request.texts, window);
        let name = format!("{}{unusual}", short_date(page_request.texts, day.first()));
        rows.push(PictureRow {
            href: shown.address(&format!("{}/{}", page_request.root, day.path())),
            svg: drawing.row(
                &name,
                &RowLinks {
                    events: shown.address(&path),
                    explain: explain::address(page_request, entry.extension_id),
                },
                &of_day,
            ),
            number: None,
            name,
        });
        first_axis.get_or_insert(axis);
    }
    let window = range.window(&page_request.zone);
    // The first label of a day's axis is its date; above a row a day it is midnight.
    let first = date_label(page_request.texts, range.first_day(&page_request.zone));
    let axis = first_axis.map(|axis| axis.svg().replacen(&first, "00:00", 1));
    Ok(PictureView {
        caption: say!(texts, "person-day-by-day", name = entry.called(texts)),
        rows_are: texts.say("person-day"),
        height: String::new(),
        together: None,
        legend: legend(page_request.texts, lanes, &palettes, has_closed_hours),
        offsets: window
            .map(|window| offsets(window, &page_request.zone))
            .unwrap_or_default(),
        lanes: lane_names(page_request.texts, lanes),
        span: shown
            .with(
                "person",
                &entry
                    .number
                    .clone()
                    .unwrap_or_else(|| entry.extension_id.to_string()),
            )
            .address(&format!("{}/span", page_request.root)),
        time_in: presence_texts::say!(
            page_request.texts,
            "picture-time-in",
            zone = page_request.zone.name()
        ),
        axis: axis.unwrap_or_default(),
        groups: vec![Group { name: None, rows }],
    })
}

/// The part of a lane that lies in a window.
fn cut(lane: &[Segment], window: TimeRange) -> Vec<Segment> {
    let cut = lane.iter().filter_map(|segment| {
        let span = segment.span.clip(window)?;
        Some(Segment { span, ..*segment })
    });
    cut.collect()
}

/// How long each value held, a row a day, and when the first one began and ended.
async fn totals(
    page_request: &PageRequest,
    extension_id: ExtensionId,
    criterion: Criterion,
    window: TimeRange,
) -> Result<HtmlTable, Problem> {
    let value = CriterionShape::from(&criterion)
        .order()
        .first()
        .map(|&value| value.to_owned());
    let question = ReportQuestion {
        window,
        criterion,
        group_by: GroupBy::default(),
        bucket: Bucket::Day,
        hours: page_request.hours()?,
        absence: None,
        zone: ZoneChoice::Named(page_request.zone.clone()),
        types: Types::All,
        extensions: Some(vec![extension_id]),
        group_filter: GroupFilter::default(),
    };
    let report_options = ReportOptions {
        metrics: match value {
            Some(_) => vec![Metric::First, Metric::Last],
            None => Vec::new(),
        },
        value,
        ..ReportOptions::default()
    };
    let report = ask::report_options_of(&page_request.context, &question, &report_options).await?;
    let texts = page_request.texts;
    let told = match report.hours.as_deref() {
        None => texts.say("person-totals-all-hours"),
        Some(hours) => say!(texts, "person-totals-hours", hours = hours),
    };
    let sheet = presence_answers::report::table::sheet(&report, &page_request.page());
    let caption = told + &so_far_told(texts, report.so_far);
    Ok(HtmlTable::of(&sheet, &caption, |_| None).with_shares(&ShareBars::of(texts, &report)))
}

/// The first changes of a window, and whether they are all.
async fn changes(
    page_request: &PageRequest,
    extension_id: ExtensionId,
    window: TimeRange,
) -> Result<(Vec<Change>, bool), Problem> {
    let question = ChangesQuestion {
        window,
        known_until: page_request.now(),
        extensions: Some(vec![extension_id]),
        filter: ChangeFilter::default(),
    };
    let mut listed = Vec::new();
    let mut after = Position(0);
    loop {
        let (mut changes, next) = ask::changes(&page_request.context, &question, after).await?;
        listed.append(&mut changes);
        if listed.len() > CHANGES_MAX {
            listed.truncate(CHANGES_MAX);
            return Ok((listed, false));
        }
        let Some(next) = next else {
            return Ok((listed, true));
        };
        after = next;
    }
}

fn told(page_request: &PageRequest, window: TimeRange, count: usize, are_all: bool) -> String {
    let page = page_request.page();
    let told = match (count, are_all) {
        (0, _) => "person-changes-none",
        (_, true) => "person-changes-all",
        (_, false) => "person-changes-first",
    };
    page_request.texts.with(
        told,
        &[
            ("count", count.into()),
            ("from", page.moment(window.from()).into()),
            ("to", page.moment_after(window.to(), window.from()).into()),
            ("zone", page_request.zone.name().into()),
        ],
    )
}

pub(super) fn changes_table(
    page_request: &PageRequest,
    changes: &[Change],
    who: Option<&dyn Fn(&Change) -> Cell>,
) -> HtmlTable {
    let (texts, page) = (page_request.texts, page_request.page());
    let moment = |at: Timestamp| page.moment(at);
    let rows = changes.iter().map(|change| {
        let rest = [
            change
                .not_before
                .map_or_else(|| texts.say("page-unknown"), |at| moment(at.0)),
            change_text(texts, change),
            word_text(texts, "page-source", change.source),
            change.position.to_string(),
        ];
        let seen = Cell {
            text: moment(change.observed_at.0),
            is_heading: true,
            ..Cell::default()
        };
        let rest = rest.into_iter().map(|text| Cell {
            text,
            ..Cell::default()
        });
        let who = who.map(|who| who(change));
        Row {
            cells: std::iter::once(seen).chain(who).chain(rest).collect(),
            ..Row::default()
        }
    });
    let columns = [
        "changes-not-before",
        "changes-what",
        "changes-source",
        "changes-position",
    ];
    let columns = ["changes-seen"]
        .into_iter()
        .chain(who.map(|_| "changes-who"))
        .chain(columns);
    HtmlTable {
        caption: texts.say("changes-caption"),
        columns: columns
            .map(|id| Column {
                name: texts.say(id),
                is_figures: false,
            })
            .collect(),
        rows: rows.collect(),
        ..HtmlTable::default()
    }
}

fn bar(page_request: &PageRequest, path: &str, range: CalendarRange) -> Bar {
    let address = |range: CalendarRange| {
        let fields = page_request.fields.only(&KEPT);
        let fields = match range {
            CalendarRange::Period(week) if week.unit() == Unit::Week => {
                fields.with("week", &week.label())
            }
            range => range.asked(&fields),
        };
        fields.address(&format!("{}{path}", page_request.root))
    };
    Bar::new(page_request, path)
        .by(page_request)
        .hours(page_request)
        .known(page_request)
        .time(page_request, range, &address)
        .finish(page_request, &["as-of", "week", "from", "to"])
}

fn downloads(page_request: &PageRequest, entry: &Entry, window: TimeRange) -> Vec<Link> {
    let id = entry.extension_id.to_string();
    let fields = page_request
        .fields
        .only(&["as-of", "as-known-at"])
        .with("zone", page_request.zone.name())
        .with("person", &id)
        .with("from", &window.from().to_string())
        .with("to", &window.to().to_string());
    let texts = page_request.texts;
    let excel = fields.with("excel", "semicolon");
    let link = |fields: &Fields, path: &str, format: &str| {
        let name = match path {
            "changes" => say!(texts, "person-changes-as", format = format),
            _ => say!(texts, "person-intervals-as", format = format),
        };
        let ending = if format == "JSON" { "json" } else { "csv" };
        let path = format!("{}/api/v1/{path}.{ending}", page_request.root);
        Link::new(name, fields.address(&path))
    };
    let for_excel = texts.say("page-csv-for-excel");
    vec![
        link(&fields, "changes", "CSV"),
        link(&fields, "changes", "JSON"),
        link(&fields, "timeline", "CSV"),
        link(&fields, "timeline", "JSON"),
        link(&excel, "changes", &for_excel),
        link(&excel, "timeline", &for_excel),
    ]
}

fn command(page_request: &PageRequest, entry: &Entry, window: TimeRange) -> String {
    let known = ["as-of", "as-known-at"].into_iter().filter_map(|name| {
        let value = page_request.fields.get(name)?;
        Some(format!(" --{name} {}", shell_word(value)))
    });
    format!(
        "presence changes {} --from {} --to {} --zone {}{}",
        person_word(entry),
        window.from(),
        window.to(),
        shell_word(page_request.zone.name()),
        known.collect::<Vec<_>>().concat()
    )
}
