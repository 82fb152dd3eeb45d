//! The rows of people: bars, or a shade a day, below a band of how many were there together.

use std::collections::BTreeMap;

use super::order::Order;
use super::{KEPT, criteria, ids, is_by_day, lane_names};
use crate::error::Problem;
use crate::pages::axis::{Axis, offsets, weekends};
use crate::pages::bars::{self, Backdrop, Drawing, HEIGHT, RowLinks, Ruler, boxes};
use crate::pages::days::Days;
use crate::pages::directory::Entry;
use crate::pages::explain;
use crate::pages::page_request::{PageRequest, open_stretches};
use crate::pages::palette::value_text;
use crate::pages::period::{Period, Unit};
use crate::pages::picture::{Group, LegendEntry, PictureRow, PictureView, legend};
use crate::pages::together::{self, REQUIRED};
use presence_answers::ask::{self, ReportQuestion};
use presence_model::HashMap;
use presence_model::ids::ExtensionId;
use presence_texts::say;

/// The picture of some people, of the question about all who are chosen.
pub(super) async fn rows(
    page_request: &PageRequest,
    question: &ReportQuestion,
    people: &[&Entry],
) -> Result<PictureView, Problem> {
    let (window, texts) = (question.window, page_request.texts);
    let axis = Axis::new(texts, window, &page_request.zone);
    let open = open_stretches(&page_request.hours()?, window, &page_request.zone);
    let ruler = Ruler::new(window);
    let ticks = axis.moments();
    let value = together::value(page_request, &question.criterion);
    let band = together::together(
        page_request,
        question,
        &value,
        ruler,
        &ticks,
        open.as_deref(),
    );
    let band = band.await?;
    let links = Links::new(page_request, ruler);
    let drawn = if is_by_day(&page_request.fields, window) {
        by_day(page_request, question, people, &value, &links).await?
    } else {
        let backdrop = Backdrop::new(ruler, &ticks, open.as_deref(), page_request.now())
            .with_weekends(ruler, &weekends(window, &page_request.zone));
        by_bars(page_request, question, people, &backdrop, &links).await?
    };
    let required = page_request.fields.get(REQUIRED).is_some();
    Ok(PictureView {
        caption: drawn.caption,
        rows_are: texts.say("who"),
        height: page_request
            .fields
            .get(super::ROWS)
            .unwrap_or_default()
            .to_owned(),
        legend: drawn
            .legend
            .into_iter()
            .chain(together::legend(texts, required))
            .collect(),
        offsets: offsets(window, &page_request.zone),
        lanes: drawn.lanes,
        span: page_request.address("/span", &KEPT),
        time_in: say!(texts, "picture-time-in", zone = page_request.zone.name()),
        axis: axis.svg().to_owned(),
        together: Some(band),
        groups: groups(page_request, people, drawn.rows)?,
    })
}

/// What is drawn of people.
struct Drawn {
    caption: String,
    legend: Vec<LegendEntry>,
    lanes: String,
    rows: HashMap<ExtensionId, PictureRow>,
}

/// Where rows lead.
struct Links<'a> {
    page_request: &'a PageRequest,
    ruler: Ruler,
    monday: String,
}

impl<'a> Links<'a> {
    fn new(page_request: &'a PageRequest, ruler: Ruler) -> Self {
        let first = page_request.zone.local(ruler.window().from()).date();
        Self {
            page_request,
            ruler,
            monday: Period::containing(Unit::Week, first).label(),
        }
    }

    fn row(&self, entry: &Entry, draw: impl FnOnce(&str, &RowLinks) -> String) -> PictureRow {
        let shown = self.page_request.fields.only(&[
            "zone",
            "facet",
            "policy",
            "hours",
            "calendar",
            "as-of",
            "as-known-at",
        ]);
        let path = format!("{}/people/{}", self.page_request.root, entry.extension_id);
        let name = entry.called(self.page_request.texts);
        let links = RowLinks {
            events: shown.address(&path),
            explain: explain::address(self.page_request, entry.extension_id),
        };
        PictureRow {
            href: shown.with("week", &self.monday).address(&path),
            svg: draw(&name, &links),
            number: entry.number.clone().filter(|_| entry.name.is_some()),
            name,
        }
    }
}

async fn by_bars(
    page_request: &PageRequest,
    question: &ReportQuestion,
    people: &[&Entry],
    backdrop: &Backdrop,
    links: &Links<'_>,
) -> Result<Drawn, Problem> {
    let lanes = ask::lanes(
        &page_request.context,
        &ids(people),
        &criteria(&question.criterion),
        question.window,
    )
    .await?;
    let texts = page_request.texts;
    let palettes = bars::palettes(texts, &lanes);
    let drawing = Drawing {
        texts,
        ruler: links.ruler,
        backdrop,
        palettes: &palettes,
    };
    let known = people.iter().map(|entry| (entry.extension_id, *entry));
    let known: HashMap<ExtensionId, &Entry> = known.collect();
    let rows = lanes.extensions.iter().filter_map(|lanes| {
        let entry = known.get(&lanes.extension_id)?;
        let row = links.row(entry, |name, links| drawing.row(name, links, lanes));
        Some((lanes.extension_id, row))
    });
    let has_closed_hours =
        open_stretches(&page_request.hours()?, question.window, &page_request.zone).is_some();
    Ok(Drawn {
        caption: say!(
            texts,
            "span-caption",
            criterion = lanes.lanes[0].criterion.name()
        ),
        legend: legend(texts, &lanes, &palettes, has_closed_hours),
        lanes: lane_names(texts, &lanes),
        rows: rows.collect(),
    })
}

async fn by_day(
    page_request: &PageRequest,
    question: &ReportQuestion,
    people: &[&Entry],
    value: &str,
    links: &Links<'_>,
) -> Result<Drawn, Problem> {
    let days = Days::of(page_request, question, &ids(people), value).await?;
    let zone = &page_request.zone;
    let weekends = boxes(links.ruler, &weekends(question.window, zone), HEIGHT);
    let rows = people.iter().map(|entry| {
        let drawn = links.row(entry, |name, row| {
            days.row(entry.extension_id, name, (links.ruler, &weekends), row)
        });
        (entry.extension_id, drawn)
    });
    Ok(Drawn {
        caption: say!(
            page_request.texts,
            "span-days-caption",
            value = value_text(page_request.texts, value)
        ),
        legend: days.legend(),
        lanes: "[]".to_owned(),
        rows: rows.collect(),
    })
}

/// The rows in their order: by department, or in one where the address orders them or names the department.
fn groups(
    page_request: &PageRequest,
    people: &[&Entry],
    mut rows: HashMap<ExtensionId, PictureRow>,
) -> Result<Vec<Group>, Problem> {
    let is_grouped = Order::of(&page_request.fields)? == Order::Team
        && page_request.fields.get("department").is_none();
    let mut groups: BTreeMap<(bool, Option<&str>), Vec<PictureRow>> = BTreeMap::new();
    for entry in people {
        let group = entry.department.as_deref().filter(|_| is_grouped);
        let group = groups.entry((group.is_none(), group)).or_default();
        group.extend(rows.remove(&entry.extension_id));
    }
    let has_groups = groups.len() > 1 || groups.keys().any(|(_, name)| name.is_some());
    let groups = groups.into_iter().map(|((_, name), rows)| Group {
        name: has_groups.then(|| {
            let not_set = || page_request.texts.say("not-set");
            name.map_or_else(not_set, str::to_owned)
        }),
        rows,
    });
    Ok(groups.filter(|group| !group.rows.is_empty()).collect())
}
