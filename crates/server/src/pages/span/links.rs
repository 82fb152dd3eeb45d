//! What stands around the picture of a stretch of time: what narrows it, where to go from it, its files and its command.

use super::order::{ORDERS, SORT};
use super::{DRAWN, KEPT, LONGEST_MS, People, ROWS, address, path, person_word};
use crate::pages::bar::Bar;
use crate::pages::calendar_range::{CalendarRange, TIME_FIELDS};
use crate::pages::directory::TEAM_FIELDS;
use crate::pages::forms::{Choice, FieldSet, TextField};
use crate::pages::layout::Link;
use crate::pages::page_request::{PageRequest, shell_word};
use crate::pages::paging::PAGE;
use crate::pages::period::Unit;
use presence_core::query::classes::Criterion;

pub(super) fn bar(page_request: &PageRequest, range: CalendarRange, criterion: &Criterion) -> Bar {
    let address = |range: CalendarRange| address(page_request, range);
    let mut bar = Bar::new(page_request, &path(range))
        .who(page_request)
        .by(page_request)
        .value(page_request, criterion)
        .hours(page_request)
        .required(page_request)
        .time(page_request, range, &address)
        .closer(page_request, range, LONGEST_MS, &address);
    let (fields, texts) = (&page_request.fields, page_request.texts);
    let drawings = [
        ("", "span-drawn-as-fits"),
        ("bars", "span-drawn-bars"),
        ("days", "span-drawn-days"),
    ];
    let heights = [
        ("", "span-rows-comfortable"),
        ("compact", "span-rows-compact"),
        ("dense", "span-rows-dense"),
    ];
    let choice = |name, label, options: &[(&'static str, &str)]| {
        let options = options.iter().map(|(value, id)| (*value, texts.say(id)));
        Choice::new(name, texts.say(label), options, fields.get(name))
    };
    let rows = FieldSet {
        legend: texts.say("rows"),
        choices: vec![
            choice(SORT, "order", &ORDERS),
            choice(DRAWN, "span-drawn", &drawings),
            choice(ROWS, "rows", &heights),
        ],
        ..FieldSet::default()
    };
    // The picture comes first: what is asked for less is folded away.
    let text = |name, example: &str| TextField::new(fields, name, texts.say(name), example, 16);
    let time = FieldSet {
        legend: texts.say("span-any-time"),
        texts: vec![
            text("from", &texts.say("bar-from-example")),
            text("to", "now"),
            text("as-known-at", "yesterday 18:00"),
        ],
        ..FieldSet::default()
    };
    bar = bar.more(texts.say("span-more"), vec![time, rows]);
    // A day is shown in the unit that is shown now.
    if let Some(day) = &mut bar.day {
        let unit = range.unit().unwrap_or(Unit::Day);
        day.action = format!("{}/{}", page_request.root, unit.name());
    }
    bar.finish(page_request, &KEPT)
}

/// The files. Those of data have everyone who is chosen; the picture has the people on the page, and says so.
pub(super) fn downloads(
    page_request: &PageRequest,
    range: CalendarRange,
    people: &People<'_>,
) -> Vec<Link> {
    let page = page_request.fields.only(&[PAGE]);
    let mut fields = page_request.fields.without(&TIME_FIELDS);
    if !matches!(range, CalendarRange::Period(_)) {
        fields = range.asked(&fields);
    }
    if let Some(page) = page.get(PAGE) {
        fields = fields.with(PAGE, page);
    }
    let path = |ending: &str| format!("{}{}{ending}", page_request.root, path(range));
    let texts = page_request.texts;
    let picture = if people.paging.is_part() {
        texts.say("download-svg-of-page")
    } else {
        "SVG".to_owned()
    };
    let everyone = fields.without(&[PAGE]);
    let excel = everyone.with("excel", "semicolon");
    vec![
        Link::new("JSON", everyone.address(&path(".json"))),
        Link::new("CSV", everyone.address(&path(".csv"))),
        Link::new(picture, fields.address(&path(".svg"))),
        Link::new(texts.say("download-excel"), excel.address(&path(".csv"))),
    ]
}

/// So many people are named in a command at most.
const NAMED_MAX: usize = 20;

pub(super) fn command(
    page_request: &PageRequest,
    range: CalendarRange,
    people: &People<'_>,
) -> String {
    let [from, to] = range.ends();
    let mut flags = format!(
        "--from {from} --to {to} --zone {}",
        shell_word(page_request.zone.name())
    );
    for name in ["facet", "policy", "as-of", "as-known-at"] {
        if let Some(value) = page_request.fields.get(name) {
            flags = format!("{flags} --{name} {}", shell_word(value));
        }
    }
    let is_named = page_request.fields.get("person").is_some();
    if is_named || (1..=NAMED_MAX).contains(&people.all.len()) {
        // In the order of the data, whatever that of the rows.
        let chosen = page_request.directory.chosen(&page_request.fields);
        let named: Vec<String> = chosen.map(person_word).collect();
        return format!("presence timeline {} {flags}", named.join(" "));
    }
    let teams = TEAM_FIELDS.iter().flat_map(|name| {
        let values = page_request.fields.all(name);
        values.map(move |value| format!(" --{name} {}", shell_word(value)))
    });
    let teams: String = teams.collect();
    if teams.is_empty() {
        for name in ["hours", "calendar"] {
            if let Some(value) = page_request.fields.get(name) {
                flags = format!("{flags} --{name} {}", shell_word(value));
            }
        }
        return format!("presence report {flags} --by extension");
    }
    // The page chooses by the groups of today.
    format!("presence timeline{teams} --as-now {flags}")
}
