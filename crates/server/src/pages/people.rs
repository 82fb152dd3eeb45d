//! The list of people.

use askama::Template;

use super::bar::Bar;
use super::forms::Choice;
use super::grid::{Cell, Column, HtmlTable, Row};
use super::layout::{Layout, Link};
use super::page_request::PageRequest;
use super::paging::Paging;
use crate::error::Problem;
use presence_texts::say;

/// So many people are on a page.
const AT_ONCE: usize = 200;

#[derive(Template)]
#[template(path = "pages/people.html")]
struct PeoplePage {
    layout: Layout,
    bar: Bar,
    told: String,
    list: HtmlTable,
    pages: Vec<Link>,
}

/// The page.
pub(super) async fn page(page_request: &PageRequest) -> Result<String, Problem> {
    page_request.note_access("people", None, None).await?;
    let texts = page_request.texts;
    let people: Vec<_> = page_request
        .directory
        .chosen(&page_request.fields)
        .collect();
    let paging = Paging::of(people.len(), AT_ONCE, &page_request.fields);
    let text = |text: &Option<String>| Cell {
        text: text.clone().unwrap_or_default(),
        ..Cell::default()
    };
    let rows = people[paging.range()].iter().map(|entry| {
        let path = format!("{}/people/{}", page_request.root, entry.extension_id);
        let name = Cell {
            text: entry.called(texts),
            href: Some(page_request.fields.only(&["zone"]).address(&path)),
            is_heading: true,
            ..Cell::default()
        };
        let queues = (!entry.queues.is_empty()).then(|| entry.queues.join(", "));
        let zone = entry.shown_zone(texts);
        let rest = [
            &entry.number,
            &entry.department,
            &entry.site,
            &queues,
            &zone,
            &entry.extension_type,
        ];
        Row {
            cells: std::iter::once(name).chain(rest.map(text)).collect(),
            ..Row::default()
        }
    });
    let columns = [
        "person-name",
        "person-number",
        "person-department",
        "person-site",
        "person-queues",
        "person-zone",
        "person-type",
    ];
    let list = HtmlTable {
        caption: texts.say("people-caption"),
        columns: columns
            .map(|id| Column {
                name: texts.say(id),
                is_figures: false,
            })
            .into(),
        rows: rows.collect(),
        ..HtmlTable::default()
    };
    let mut bar = Bar::new(page_request, "/people").who(page_request);
    let types = [("", "people-alone"), ("all", "people-all-types")];
    let types = types.map(|(types, label)| (types, texts.say(label)));
    bar.choices.push(Choice::new(
        "types",
        texts.say("people-which"),
        types,
        page_request.fields.get("types"),
    ));
    let page = PeoplePage {
        layout: page_request.layout(
            &texts.say("menu-people"),
            "/people",
            None,
            &page_request.rests_on().await?,
        ),
        bar: bar.finish(page_request, &[]),
        told: say!(texts, "extensions", count = people.len()),
        list,
        pages: paging.links(page_request, "/people"),
    };
    page.render().map_err(|error| Problem::internal(&error))
}
