//! What stands around the picture of a stretch of time: what narrows it, where to go from it, its files and its command.

use super::{KEPT, LONGEST_MS, People, When, person_word};
use crate::pages::forms::{self, Choice, Filter, TextField};
use crate::pages::layout::Link;
use crate::pages::page_request::{PageRequest, shell_word};
use crate::pages::paging::PAGE;
use crate::pages::palette::label;
use crate::pages::period::{Period, Unit};
use crate::pages::together::{self, REQUIRED, VALUE};
use presence_core::query::classes::Criterion;
use presence_model::time::TimeRange;

/// The shortest stretch that is looked at closer, in milliseconds.
const SHORTEST_MS: i64 = 1_000;

pub(super) fn filter(page_request: &PageRequest, when: When, criterion: &Criterion) -> Filter {
    let fields = &page_request.fields;
    let mut choices = forms::teams(&page_request.directory, fields);
    choices.push(forms::facets(fields));
    choices.push(forms::policies(
        &page_request.asker.config.policy_names(),
        fields,
    ));
    let values = criterion.known_values();
    let values = values.iter().map(|value| (*value, label(value)));
    let chosen = together::value(page_request, criterion);
    choices.push(Choice::new(
        VALUE,
        "Counted together",
        values,
        Some(&chosen),
    ));
    let kept = match when {
        When::Period(_) => fields.only(&["zone", "calendar"]),
        When::TimeRange(_) => fields.only(&["zone", "calendar", "from", "to"]),
    };
    Filter {
        action: format!("{}{}", page_request.root, when.path()),
        kept: forms::kept(&kept),
        choices,
        texts: vec![
            TextField::new(fields, "person", "Name or number", "", 14),
            TextField::new(fields, "hours", "Business hours", "Mo-Fr 09:00-17:00", 20),
            TextField::new(fields, REQUIRED, "Required", "Mo-Fr 09:00-17:00=5", 20),
            TextField::new(fields, "as-known-at", "As known at", "yesterday 18:00", 16),
        ],
    }
}

/// Earlier and later, closer and farther, and the other kinds of stretches around the same time.
pub(super) fn steps(page_request: &PageRequest, when: When, window: TimeRange) -> Vec<Link> {
    let period = |period: Period| page_request.address(&format!("/{}", period.path()), &KEPT);
    let span = |span: Option<TimeRange>| {
        let fields = page_request.fields.only(&KEPT);
        span.map(|span| {
            let fields = fields
                .with("from", &span.from().to_string())
                .with("to", &span.to().to_string());
            fields.address(&format!("{}/span", page_request.root))
        })
    };
    let length_ms = window.duration_ms();
    let shifted = |ms: i64| TimeRange::new(window.from().plus_ms(ms), window.to().plus_ms(ms));
    let mut steps = Vec::new();
    match when {
        When::Period(this) => {
            steps.push(Link::new("← Earlier", period(this.previous())).related("prev"));
            steps.push(Link::new("Later →", period(this.next())).related("next"));
        }
        When::TimeRange(_) => {
            steps.extend(
                span(shifted(-length_ms)).map(|href| Link::new("← Earlier", href).related("prev")),
            );
            steps.extend(
                span(shifted(length_ms)).map(|href| Link::new("Later →", href).related("next")),
            );
        }
    }
    let quarter_ms = length_ms / 4;
    let closer = TimeRange::new(
        window.from().plus_ms(quarter_ms),
        window.to().plus_ms(-quarter_ms),
    );
    let closer = closer.filter(|closer| closer.duration_ms() >= SHORTEST_MS);
    steps.extend(span(closer).map(|href| Link::new("Closer", href)));
    let half_ms = length_ms / 2;
    let farther = TimeRange::new(
        window.from().plus_ms(-half_ms),
        window.to().plus_ms(half_ms),
    );
    let farther = farther.filter(|farther| farther.duration_ms() <= LONGEST_MS);
    steps.extend(span(farther).map(|href| Link::new("Farther", href)));
    let middle = window.from().plus_ms(half_ms);
    let date = page_request.zone.local(middle).date();
    for unit in Unit::ALL {
        let this = match when {
            When::Period(this) if this.unit() <= unit => Period::containing(unit, this.first()),
            _ => Period::containing(unit, date),
        };
        let is_here = matches!(when, When::Period(here) if here.unit() == unit);
        steps.push(Link::new(unit.title(), period(this)).here(is_here));
    }
    let today = Period::containing(
        Unit::Day,
        page_request.zone.local(page_request.now()).date(),
    );
    steps.push(Link::new("Today", period(today)));
    steps
}

/// The files. Those of data have everyone who is chosen; the picture has the people on the page, and says so.
pub(super) fn downloads(
    page_request: &PageRequest,
    when: When,
    window: TimeRange,
    people: &People<'_>,
) -> Vec<Link> {
    let mut fields = page_request.fields.clone();
    if let When::TimeRange(_) = when {
        fields = fields
            .with("from", &window.from().to_string())
            .with("to", &window.to().to_string());
    }
    let path = |ending: &str| format!("{}{}{ending}", page_request.root, when.path());
    let picture = if people.paging.is_part() {
        "SVG of this page"
    } else {
        "SVG"
    };
    let everyone = fields.without(&[PAGE]);
    let excel = everyone.with("excel", "semicolon");
    vec![
        Link::new("JSON", everyone.address(&path(".json"))),
        Link::new("CSV", everyone.address(&path(".csv"))),
        Link::new(picture, fields.address(&path(".svg"))),
        Link::new("CSV for Excel", excel.address(&path(".csv"))),
    ]
}

/// So many people are named in a command at most.
const NAMED_MAX: usize = 20;

pub(super) fn command(page_request: &PageRequest, when: When, people: &People<'_>) -> String {
    let mut flags = format!(
        "{} --zone {}",
        when.flags(),
        shell_word(page_request.zone.name())
    );
    for name in ["facet", "policy"] {
        if let Some(value) = page_request.fields.get(name) {
            flags = format!("{flags} --{name} {}", shell_word(value));
        }
    }
    if people.all.is_empty() || people.all.len() > NAMED_MAX {
        for name in ["hours", "calendar"] {
            if let Some(value) = page_request.fields.get(name) {
                flags = format!("{flags} --{name} {}", shell_word(value));
            }
        }
        return format!("presence report {flags}");
    }
    let named: Vec<String> = people.all.iter().map(|entry| person_word(entry)).collect();
    format!("presence timeline {} {flags}", named.join(" "))
}
