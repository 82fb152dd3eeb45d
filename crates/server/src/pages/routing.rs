//! Who can take a call now, and when some people are free together.

use askama::Template;

use super::asked;
use super::bar::Bar;
use super::calendar_range::CalendarRange;
use super::forms::{FieldSet, TextField};
use super::grid::HtmlTable;
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, word_text};
use super::palette::value_text;
use crate::error::Problem;
use presence_answers::Request;
use presence_answers::ask;
use presence_answers::format::FormatWord;
use presence_answers::meet::shape::Meet;
use presence_answers::render::name_of;
use presence_answers::route::shape::Route;
use presence_answers::{meet, route};
use presence_charts::duration::{ago, spoken};
use presence_charts::percent::percent;
use presence_texts::{Texts, say};

/// What `route` understands of an address.
const ROUTE: [&str; 12] = [
    "person",
    "department",
    "site",
    "queue",
    "as-now",
    "policy",
    "class",
    "types",
    "max-age",
    "limit",
    "as-of",
    "as-known-at",
];

/// What `meet` understands of an address.
const MEET: [&str; 15] = [
    "person",
    "department",
    "site",
    "queue",
    "as-now",
    "policy",
    "class",
    "from",
    "to",
    "length",
    "hours",
    "weeks",
    "limit",
    "as-of",
    "as-known-at",
];

#[derive(Template)]
#[template(path = "pages/routing.html")]
struct RoutingPage {
    layout: Layout,
    title: String,
    hint: String,
    fault: Option<String>,
    bar: Bar,
    answer: Option<Answer>,
}

/// What is answered.
struct Answer {
    told: Vec<String>,
    list: HtmlTable,
    downloads: Vec<Link>,
    command: String,
}

/// A page, and whether its question was a good one; `title` and `hint` are messages.
async fn page(
    page_request: &PageRequest,
    (title, path): (&str, &str),
    hint: &str,
    (bar, range): (Bar, Option<CalendarRange>),
    answer: Result<Option<Answer>, Problem>,
) -> Result<(bool, String), Problem> {
    let (answer, fault) = match answer {
        Ok(answer) => (answer, None),
        Err(problem) if problem.status().is_client_error() => {
            let problem = page_request.for_reader(problem);
            (None, Some(problem.detail().to_owned()))
        }
        Err(problem) => return Err(problem),
    };
    let is_good = fault.is_none();
    let (title, hint) = (page_request.texts.say(title), page_request.texts.say(hint));
    let page = RoutingPage {
        layout: page_request.layout(&title, path, range, &page_request.rests_on().await?),
        title,
        hint,
        fault,
        bar,
        answer,
    };
    let text = page.render().map_err(|error| Problem::internal(&error))?;
    Ok((is_good, text))
}

/// Who can take a call now.
pub(super) async fn route(page_request: &PageRequest) -> Result<(bool, String), Problem> {
    let (fields, texts) = (&page_request.fields, page_request.texts);
    let text = |name, label: &str, example, size| {
        TextField::new(fields, name, texts.say(label), example, size)
    };
    let more = FieldSet {
        legend: texts.say("routing-who-counts"),
        texts: vec![
            text("class", "routing-class-free", "can_take", 14),
            text("max-age", "routing-seen-within", "2m", 6),
            text("limit", "routing-at-most", "10", 4),
            text("types", "routing-types", "people", 10),
        ],
        ..FieldSet::default()
    };
    let bar = Bar::new(page_request, "/route")
        .who(page_request)
        .policy(page_request)
        .known(page_request)
        .more(texts.say("routing-classes"), vec![more])
        .finish(page_request, &ROUTE);
    let answer = route_answer(page_request).await;
    page(
        page_request,
        ("menu-route", "/route"),
        "routing-hint",
        (bar, None),
        answer.map(Some),
    )
    .await
}

async fn route_answer(page_request: &PageRequest) -> Result<Answer, Problem> {
    let pairs = asked::pairs(page_request, &ROUTE);
    let (common, request) = page_request.read("route", pairs.clone())?;
    let Request::Route(request) = &request else {
        return Err(Problem::not_found("there is no such question"));
    };
    let reader = page_request.asker(&common, FormatWord::Json).await?;
    let (context, question) = route::resolve(&reader, request).await?;
    page_request
        .note_access("route", None, question.extensions.as_deref())
        .await?;
    let route = ask::route(&context, &question).await?;
    Ok(Answer {
        told: vec![told(page_request.texts, &route)],
        list: candidates(page_request, &route),
        downloads: asked::downloads(page_request, "route", &pairs),
        command: asked::command("route", &pairs),
    })
}

/// How many can take a call, and why others cannot.
fn told(texts: Texts, route: &Route) -> String {
    let excluded = route.excluded;
    let others = [
        ("routing-more-could", route.beyond_limit),
        ("routing-other-class", excluded.other_class),
        ("routing-unknown", excluded.unknown),
        ("routing-too-old", excluded.too_old),
        ("routing-absent", excluded.absent),
    ];
    let others = others.into_iter().filter(|(_, count)| *count > 0);
    let others = others.map(|(id, count)| texts.with(id, &[("count", count.into())]));
    let others: Vec<String> = others.collect();
    let (count, by) = (route.candidates.len(), route.criterion.name());
    if others.is_empty() {
        return say!(texts, "routing-can", count = count, by = by);
    }
    say!(
        texts,
        "routing-can-others",
        count = count,
        others = others.join(", "),
        by = by
    )
}

fn candidates(page_request: &PageRequest, route: &Route) -> HtmlTable {
    let (texts, page) = (page_request.texts, page_request.page());
    let rows = route.candidates.iter().map(|candidate| {
        let class = value_text(texts, &candidate.class);
        let class = if candidate.presumed {
            say!(texts, "routing-presumed", class = class)
        } else {
            class
        };
        let seen = match candidate.age_ms {
            Some(0..1_000) => texts.say("routing-just-now"),
            Some(ms) => say!(texts, "time-ago", length = ago(ms)),
            None => String::new(),
        };
        vec![
            candidate.rank.to_string(),
            candidate
                .person
                .extension_number
                .clone()
                .unwrap_or_default(),
            name_of(&candidate.person),
            class,
            page.moment(candidate.since.0),
            ago(candidate.idle_ms),
            seen,
        ]
    });
    HtmlTable::of_texts(
        &texts.say("routing-caption"),
        &[
            (&texts.say("routing-rank"), true),
            (&texts.say("person-number"), false),
            (&texts.say("person-name"), false),
            (&texts.say("routing-class"), false),
            (&texts.say("routing-since"), false),
            (&texts.say("routing-for"), true),
            (&texts.say("routing-seen"), true),
        ],
        rows.collect(),
    )
}

/// When some people are free together.
pub(super) async fn meet(page_request: &PageRequest) -> Result<(bool, String), Problem> {
    let (fields, texts) = (&page_request.fields, page_request.texts);
    let text = |name, label: &str, example, size| {
        TextField::new(fields, name, texts.say(label), example, size)
    };
    let more = FieldSet {
        legend: texts.say("meet-slots"),
        texts: vec![
            text("length", "meet-length", "30m", 6),
            text("weeks", "meet-weeks-back", "8", 4),
            text("limit", "routing-at-most", "20", 4),
            text("class", "routing-class-free", "can_take", 14),
        ],
        ..FieldSet::default()
    };
    let mut bar = Bar::new(page_request, "/meet")
        .who(page_request)
        .policy(page_request)
        .ends(page_request, ["tomorrow", "+7d"]);
    bar.texts
        .push(text("hours", "meet-hours", "Mo-Fr 09:00-17:00", 20));
    let bar = bar
        .known(page_request)
        .more(texts.say("meet-slots-and-more"), vec![more])
        .finish(page_request, &MEET);
    let who = ["person", "department", "site", "queue"];
    let is_asked = who.iter().any(|name| fields.get(name).is_some());
    let answer = if is_asked {
        meet_answer(page_request).await.map(Some)
    } else {
        Ok(None)
    };
    page(
        page_request,
        ("menu-meet", "/meet"),
        "meet-hint",
        (bar, None),
        answer,
    )
    .await
}

async fn meet_answer(page_request: &PageRequest) -> Result<Answer, Problem> {
    let mut pairs = asked::pairs(page_request, &MEET);
    for (name, usual) in [("from", "tomorrow"), ("to", "+7d")] {
        if page_request.fields.get(name).is_none() {
            pairs.push((name.to_owned(), usual.to_owned()));
        }
    }
    let (common, request) = page_request.read("meet", pairs.clone())?;
    let Request::Meet(request) = &request else {
        return Err(Problem::not_found("there is no such question"));
    };
    let reader = page_request.asker(&common, FormatWord::Json).await?;
    let (context, question, warnings) = meet::resolve(&reader, request).await?;
    page_request
        .note_access("meet", Some(question.window), Some(&question.extensions))
        .await?;
    let meet = ask::meet(&context, &question).await?;
    let mut told = vec![together(page_request.texts, &meet)];
    told.extend(warnings.into_iter().map(|warning| format!("{warning}.")));
    Ok(Answer {
        told,
        list: slots(page_request, &meet),
        downloads: asked::downloads(page_request, "meet", &pairs),
        command: asked::command("meet", &pairs),
    })
}

/// Who is meant, and whether they are free now.
fn together(texts: Texts, meet: &Meet) -> String {
    let people = meet.people.iter().map(|person| {
        let name = name_of(&person.person);
        match person.now {
            "free" => say!(texts, "meet-free-now", name = name),
            "busy" => say!(texts, "meet-not-free-now", name = name),
            _ => say!(texts, "meet-unknown-now", name = name),
        }
    });
    let people: Vec<String> = people.collect();
    say!(
        texts,
        "meet-told",
        people = people.join(", "),
        weeks = meet.weeks,
        length = spoken(meet.length_ms),
        zone = &meet.zone
    )
}

fn slots(page_request: &PageRequest, meet: &Meet) -> HtmlTable {
    let (texts, page) = (page_request.texts, page_request.page());
    let percent = |part, whole| texts.figures(&percent(part, whole));
    let part = |share: Option<f64>, of: &dyn Fn() -> String| match share {
        Some(_) => of(),
        None => texts.say("page-unknown"),
    };
    let rows = meet.slots.iter().map(|slot| {
        let observed = i64::from(slot.observed);
        let all = i64::from(slot.observed + slot.unknown);
        let certain = i64::from(slot.certainly_free);
        let possible = i64::from(slot.free + slot.unknown);
        vec![
            page.moment(slot.from.0),
            page.moment_after(slot.to.0, slot.from.0),
            part(slot.share, &|| percent(i64::from(slot.free), observed)),
            say!(texts, "meet-weeks-of", count = slot.observed, all = all),
            part(slot.share_min.or(slot.share_max), &|| {
                say!(
                    texts,
                    "page-from-to",
                    from = percent(certain, all),
                    to = percent(possible, all)
                )
            }),
            slot.was
                .map_or_else(String::new, |was| word_text(texts, "meet-was", was)),
        ]
    });
    HtmlTable::of_texts(
        &texts.say("meet-caption"),
        &[
            (&texts.say("meet-from"), false),
            (&texts.say("meet-to"), false),
            (&texts.say("meet-free-together"), true),
            (&texts.say("meet-weeks-known"), true),
            (&texts.say("meet-possible"), true),
            (&texts.say("meet-it-was"), false),
        ],
        rows.collect(),
    )
}
