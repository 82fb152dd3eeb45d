//! Why a person's state at a moment is known, or not: the rule, the sweeps and the events that decide.

use askama::Template;

use super::bar::Bar;
use super::change_text::change_text;
use super::fields::Fields;
use super::forms::TextField;
use super::grid::HtmlTable;
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, shell_word, word_text};
use super::palette::{styles, value_text};
use super::span::person_word;
use crate::error::Problem;
use presence_answers::ask;
use presence_answers::asker;
use presence_answers::explain::shape::MomentExplanation;
use presence_answers::policy::shape::QueueFact;
use presence_answers::shapes::common::{CriterionShape, Status};
use presence_answers::values::PersonRef;
use presence_charts::duration::spoken;
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::{Texts, say};

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
    value: String,
    style: String,
    is_presumed: bool,
    since: String,
    sentences: Vec<String>,
    sweeps: HtmlTable,
    more_sweeps: Option<String>,
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
        layout: page_request.layout(
            &page_request.texts.say("menu-proof"),
            "/explain",
            None,
            &page_request.rests_on().await?,
        ),
        bar: bar(page_request),
        as_known: page_request.as_known(),
        answer,
    };
    page.render().map_err(|error| Problem::internal(&error))
}

fn bar(page_request: &PageRequest) -> Bar {
    let (fields, texts) = (&page_request.fields, page_request.texts);
    let (person, time) = (texts.say("explain-person"), texts.say("explain-time"));
    let mut bar = Bar::new(page_request, "/explain").by(page_request);
    bar.texts.extend([
        TextField::new(fields, "person", person, "101", 14),
        TextField::new(fields, "time", time, "yesterday 14:05", 20),
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
    let texts = page_request.texts;
    let who = page_request.directory.called(texts, extension_id);
    let word = entry.map_or_else(|| extension_id.to_string(), person_word);
    let page = page_request.page();
    let sentences = explanation.grounds.sentences(texts, &|at| page.moment(at));
    let (value, style) = standing(texts, &explanation);
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
        at: say!(texts, "explain-at", moment = page.moment(moment)),
        value,
        style,
        is_presumed: explanation.presumed,
        since: since(page_request, &explanation),
        sentences,
        sweeps: sweeps(&explanation, page_request),
        more_sweeps: match explanation.snapshots_omitted {
            0 => None,
            count => Some(say!(texts, "explain-more-sweeps", count = count)),
        },
        events: self::events(&explanation, page_request),
        rules: rules(texts, &explanation),
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

/// What the state is told apart by, and since when it holds.
fn since(page_request: &PageRequest, explanation: &MomentExplanation) -> String {
    let since = page_request.page().bounded(
        explanation.since.0,
        explanation.since_earliest.map(|earliest| earliest.0),
    );
    let name = explanation.criterion.name();
    match explanation.criterion {
        CriterionShape::Facet { .. } => {
            say!(
                page_request.texts,
                "explain-by-facet",
                name = name,
                since = since
            )
        }
        CriterionShape::Policy { .. } => {
            say!(
                page_request.texts,
                "explain-by-policy",
                name = name,
                since = since
            )
        }
    }
}

/// The value for people, and its style.
fn standing(texts: Texts, explanation: &MomentExplanation) -> (String, String) {
    match (explanation.status, &explanation.value) {
        (Status::Known, Some(value)) => {
            let value = value.clone().unwrap_or_default();
            let style = styles(texts, &[&value]).pop().map(|style| style.style);
            (value_text(texts, &value), style.unwrap_or_default())
        }
        (Status::Absent, _) => (texts.say("page-absent"), "dim".to_owned()),
        (Status::Known, None) | (Status::Unknown, _) => {
            (texts.say("page-unknown"), "unknown".to_owned())
        }
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
    let (texts, page) = (page_request.texts, page_request.page());
    let rows = explanation.snapshots.iter().map(|sweep| {
        vec![
            sweep.snapshot_no.to_string(),
            page.moment(sweep.started_at.0),
            page.moment_after(sweep.finished_at.0, sweep.started_at.0),
            word_text(texts, "page-source", sweep.source),
            word_text(texts, "explain-status", sweep.status),
            spoken(sweep.valid_for_ms),
            word_text(texts, "explain-outcome", sweep.outcome),
        ]
    });
    HtmlTable::of_texts(
        &texts.say("explain-sweeps"),
        &[
            (&texts.say("explain-sweep"), true),
            (&texts.say("explain-began"), false),
            (&texts.say("explain-ended"), false),
            (&texts.say("explain-by"), false),
            (&texts.say("explain-sweep-status"), false),
            (&texts.say("explain-valid-for"), false),
            (&texts.say("explain-of-person"), false),
        ],
        rows.collect(),
    )
}

fn events(explanation: &MomentExplanation, page_request: &PageRequest) -> HtmlTable {
    let (texts, page) = (page_request.texts, page_request.page());
    let rows = explanation.events.iter().map(|event| {
        let seen = event.observed_at.0;
        let earliest = event.not_before.map(|at| page.moment_after(at.0, seen));
        vec![
            event.position.to_string(),
            page.moment(seen),
            earliest.unwrap_or_else(|| texts.say("page-unknown")),
            change_text(texts, event),
        ]
    });
    HtmlTable::of_texts(
        &texts.say("explain-events"),
        &[
            (&texts.say("explain-event"), true),
            (&texts.say("changes-seen"), false),
            (&texts.say("changes-not-before"), false),
            (&texts.say("menu-changes"), false),
        ],
        rows.collect(),
    )
}

fn rules(texts: Texts, explanation: &MomentExplanation) -> HtmlTable {
    let rows = explanation.rules.iter().map(|rule| {
        let holds = match rule.matched {
            Some(true) => texts.say("explain-holds"),
            Some(false) => texts.say("explain-does-not-hold"),
            None => texts.say("explain-may-hold"),
        };
        vec![rule.rule.number.to_string(), rule.rule.when.clone(), holds]
    });
    HtmlTable::of_texts(
        &texts.say("explain-rules"),
        &[
            (&texts.say("explain-rule"), true),
            (&texts.say("explain-when"), false),
            (&texts.say("explain-here"), false),
        ],
        rows.collect(),
    )
}

fn facts(explanation: &MomentExplanation, page_request: &PageRequest) -> HtmlTable {
    let (texts, page) = (page_request.texts, page_request.page());
    let rows = explanation.facts.iter().map(|fact| {
        let event = fact.event.as_ref();
        vec![
            fact.name.to_owned(),
            fact.value
                .clone()
                .unwrap_or_else(|| texts.say("value-none")),
            event
                .map(|event| page.moment(event.observed_at.0))
                .unwrap_or_default(),
        ]
    });
    let queues = explanation.queues.iter().map(|fact| {
        let since = fact
            .since
            .map(|at| page.bounded(at.0, fact.since_earliest.map(|time| time.0)));
        vec![
            say!(texts, "explain-queue", queue = fact.queue.as_str()),
            queue_standing(texts, fact),
            since.unwrap_or_default(),
        ]
    });
    HtmlTable::of_texts(
        &texts.say("explain-facts"),
        &[
            (&texts.say("explain-what"), false),
            (&texts.say("explain-value"), false),
            (&texts.say("explain-since"), false),
        ],
        rows.chain(queues).collect(),
    )
}

/// How a person stands to a queue, in the reader's words.
fn queue_standing(texts: Texts, fact: &QueueFact) -> String {
    let standing = match fact.standing {
        "signed_in" => texts.say("queue-signed-in"),
        "signed_out" => texts.say("queue-signed-out"),
        "no_member" => texts.say("queue-no-member"),
        "not_said" => texts.say("queue-not-said"),
        _ => texts.say("queue-unknown"),
    };
    if fact.presumed {
        return say!(texts, "queue-presumed", standing = standing);
    }
    standing
}
