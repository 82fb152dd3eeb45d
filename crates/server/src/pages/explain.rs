//! Why a person's state at a moment is known, or not: the rule, the sweeps and the events that decide.

use askama::Template;

use super::bar::Bar;
use super::fields::Fields;
use super::forms::TextField;
use super::grid::HtmlTable;
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, shell_word};
use super::palette::{label, styles};
use super::span::person_word;
use crate::error::Problem;
use presence_answers::ask;
use presence_answers::asker;
use presence_answers::explain::shape::MomentExplanation;
use presence_answers::shapes::common::{CriterionShape, Status};
use presence_answers::values::PersonRef;
use presence_charts::duration::spoken;
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};

/// What a proof is asked for, in addition to person and time.
const KEPT: [&str; 5] = ["zone", "facet", "policy", "as-of", "as-known-at"];

#[derive(Template)]
#[template(path = "pages/explain.html")]
struct ExplainPage {
    layout: Layout,
    bar: Bar,
    as_known: Option<String>,
    answer: Option<Answer>,
}

/// What is proved.
struct Answer {
    who: String,
    href: String,
    at: String,
    criterion: String,
    value: String,
    style: String,
    is_presumed: bool,
    since: String,
    sentences: Vec<String>,
    sweeps: HtmlTable,
    more_sweeps: usize,
    events: HtmlTable,
    rules: HtmlTable,
    facts: HtmlTable,
    downloads: Vec<Link>,
    command: String,
}

/// Where the proof of a person's state is; the time is to be added.
pub(super) fn address(page_request: &PageRequest, extension_id: ExtensionId) -> String {
    let fields = page_request.fields.only(&KEPT);
    fields
        .with("person", &extension_id.to_string())
        .address(&format!("{}/explain", page_request.root))
}

/// The page: a form, and below it the proof where a person and a time are given.
pub(super) async fn page(page_request: &PageRequest) -> Result<String, Problem> {
    let fields = &page_request.fields;
    let answer = match (fields.get("person"), page_request.moment("time")?) {
        (Some(person), Some(moment)) => Some(answer(page_request, person, moment).await?),
        _ => None,
    };
    let page = ExplainPage {
        layout: page_request.layout("Proof", "/explain", None, &page_request.rests_on().await?),
        bar: bar(page_request),
        as_known: page_request.as_known(),
        answer,
    };
    page.render().map_err(|error| Problem::internal(&error))
}

fn bar(page_request: &PageRequest) -> Bar {
    let fields = &page_request.fields;
    let mut bar = Bar::new(page_request, "/explain").by(page_request);
    bar.texts.extend([
        TextField::new(fields, "person", "Name or number", "101", 14),
        TextField::new(fields, "time", "Time", "yesterday 14:05", 20),
    ]);
    bar.known(page_request).finish(page_request, &["as-of"])
}

async fn answer(
    page_request: &PageRequest,
    person: &str,
    moment: Timestamp,
) -> Result<Answer, Problem> {
    let criterion = page_request.criterion()?;
    let context = &page_request.context;
    let word = person.parse();
    let word: PersonRef = word.map_err(|told: String| Problem::parameter("person", told))?;
    let extension_id = asker::person(context, &word).await?;
    let window = TimeRange::of_moment(moment);
    page_request
        .note_access("explain", Some(window), Some(&[extension_id]))
        .await?;
    let explanation = ask::explain_moment(context, extension_id, &criterion, moment).await?;
    let explanation = explanation
        .ok_or_else(|| Problem::not_found(format!("nothing was seen of {person:?} up to then")))?;
    let entry = page_request.directory.get(extension_id);
    let who = entry.map_or_else(
        || format!("id {extension_id}"),
        super::directory::Entry::called,
    );
    let word = entry.map_or_else(|| extension_id.to_string(), person_word);
    let page = page_request.page();
    let sentences = explanation.grounds.sentences(&|at| page.moment(at));
    let (value, style) = standing(&explanation);
    let asked = page_request
        .fields
        .only(&KEPT)
        .with("person", &extension_id.to_string())
        .with("time", &moment.to_string())
        .with("zone", page_request.zone.name());
    let events = page_request
        .fields
        .only(&["zone", "facet", "policy", "as-of", "as-known-at"])
        .with("from", &moment.plus_ms(-AROUND_MS).to_string())
        .with("to", &moment.plus_ms(AROUND_MS).to_string());
    let path = format!("{}/people/{extension_id}", page_request.root);
    Ok(Answer {
        who,
        href: format!("{}#changes", events.address(&path)),
        at: page.moment(moment),
        criterion: named(&explanation.criterion),
        value,
        style,
        is_presumed: explanation.presumed,
        since: page.bounded(
            explanation.since.0,
            explanation.since_earliest.map(|earliest| earliest.0),
        ),
        sentences,
        sweeps: sweeps(&explanation, page_request),
        more_sweeps: explanation.snapshots_omitted,
        events: self::events(&explanation, page_request),
        rules: rules(&explanation),
        facts: facts(&explanation, page_request),
        downloads: [("JSON", ".json"), ("CSV", ".csv")]
            .map(|(name, ending)| {
                let path = format!("{}/api/v1/explain{ending}", page_request.root);
                Link::new(name, asked.address(&path))
            })
            .into(),
        command: command(&word, moment, &asked),
    })
}

/// So much time around a moment is shown of a person's changes.
const AROUND_MS: i64 = 30 * 60_000;

fn named(criterion: &CriterionShape) -> String {
    format!("{} {}", criterion.kind(), criterion.name())
}

/// The value for people, and its style.
fn standing(explanation: &MomentExplanation) -> (String, String) {
    match explanation.status {
        Status::Known => {
            let value = explanation.value.clone().flatten().unwrap_or_default();
            let style = styles(presence_texts::Texts::english(), &[&value])
                .pop()
                .map(|style| style.style);
            (label(&value).to_owned(), style.unwrap_or_default())
        }
        Status::Absent => ("absent".to_owned(), "dim".to_owned()),
        Status::Unknown => ("unknown".to_owned(), "unknown".to_owned()),
    }
}

fn command(word: &str, moment: Timestamp, asked: &Fields) -> String {
    let options = asked.without(&["person", "time"]);
    let options = options
        .iter()
        .map(|(name, value)| format!(" --{name} {}", shell_word(value)));
    format!(
        "presence explain {word} {moment}{}",
        options.collect::<String>()
    )
}

fn sweeps(explanation: &MomentExplanation, page_request: &PageRequest) -> HtmlTable {
    let page = page_request.page();
    let rows = explanation.snapshots.iter().map(|sweep| {
        vec![
            sweep.snapshot_no.to_string(),
            page.moment(sweep.started_at.0),
            page.moment_after(sweep.finished_at.0, sweep.started_at.0),
            sweep.source.to_owned(),
            sweep.status.to_owned(),
            spoken(sweep.valid_for_ms),
            sweep.outcome.to_owned(),
        ]
    });
    HtmlTable::of_texts(
        "The sweeps that decide",
        &[
            ("Sweep", true),
            ("Began", false),
            ("Ended", false),
            ("By", false),
            ("Status", false),
            ("Valid for", false),
            ("Of this person", false),
        ],
        rows.collect(),
    )
}

fn events(explanation: &MomentExplanation, page_request: &PageRequest) -> HtmlTable {
    let page = page_request.page();
    let rows = explanation.events.iter().map(|event| {
        let seen = event.observed_at.0;
        let earliest = event.not_before.map(|at| page.moment_after(at.0, seen));
        vec![
            event.position.to_string(),
            page.moment(seen),
            earliest.unwrap_or_else(|| "unknown".to_owned()),
            presence_answers::changes::table::told(event),
        ]
    });
    HtmlTable::of_texts(
        "The events that decide",
        &[
            ("Event", true),
            ("Seen", false),
            ("Not before", false),
            ("Changes", false),
        ],
        rows.collect(),
    )
}

fn rules(explanation: &MomentExplanation) -> HtmlTable {
    let rows = explanation.rules.iter().map(|rule| {
        let holds = if rule.matched {
            "holds"
        } else {
            "does not hold"
        };
        vec![
            rule.rule.number.to_string(),
            rule.rule.when.clone(),
            holds.to_owned(),
        ]
    });
    HtmlTable::of_texts(
        "The rules of the policy, in order",
        &[("Rule", true), ("When", false), ("Here", false)],
        rows.collect(),
    )
}

fn facts(explanation: &MomentExplanation, page_request: &PageRequest) -> HtmlTable {
    let page = page_request.page();
    let rows = explanation.facts.iter().map(|fact| {
        let event = fact.event.as_ref();
        vec![
            fact.name.to_owned(),
            fact.value.clone().unwrap_or_else(|| label("").to_owned()),
            event
                .map(|event| page.moment(event.observed_at.0))
                .unwrap_or_default(),
        ]
    });
    HtmlTable::of_texts(
        "What the rules asked for",
        &[("What", false), ("Value", false), ("Since", false)],
        rows.collect(),
    )
}
