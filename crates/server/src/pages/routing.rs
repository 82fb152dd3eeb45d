//! Who can take a call now, and when some people are free together.

use askama::Template;

use super::asked;
use super::bar::Bar;
use super::calendar_range::CalendarRange;
use super::forms::{FieldSet, TextField};
use super::grid::HtmlTable;
use super::layout::{Layout, Link};
use super::page_request::PageRequest;
use super::palette::label;
use crate::error::Problem;
use presence_answers::Request;
use presence_answers::ask;
use presence_answers::format::FormatWord;
use presence_answers::meet::shape::Meet;
use presence_answers::render::{counted, name_of};
use presence_answers::route::shape::Route;
use presence_answers::{meet, route};
use presence_charts::duration::{ago, spoken};
use presence_charts::percent::percent;

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
    title: &'static str,
    hint: &'static str,
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

/// A page, and whether its question was a good one.
async fn page(
    page_request: &PageRequest,
    (title, path): (&'static str, &'static str),
    hint: &'static str,
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
    let page = RoutingPage {
        layout: page_request.layout(title, path, range, &page_request.rests_on().await?),
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
    let fields = &page_request.fields;
    let text = |name, label, example, size| TextField::new(fields, name, label, example, size);
    let more = FieldSet {
        legend: "Who counts".to_owned(),
        texts: vec![
            text("class", "Class that is free", "can_take", 14),
            text("max-age", "Seen within", "2m", 6),
            text("limit", "At most", "10", 4),
            text("types", "Extension types", "people", 10),
        ],
        ..FieldSet::default()
    };
    let bar = Bar::new(page_request, "/route")
        .who(page_request)
        .policy(page_request)
        .known(page_request)
        .more("Classes and more", vec![more])
        .finish(page_request, &ROUTE);
    let hint = "The first is to be asked first. Anyone whose state is unknown is left out.";
    let answer = route_answer(page_request).await;
    page(
        page_request,
        ("Route", "/route"),
        hint,
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
        told: vec![others(&route)],
        list: candidates(page_request, &route),
        downloads: asked::downloads(page_request, "route", &pairs),
        command: asked::command("route", &pairs),
    })
}

/// How many can take a call, and why others cannot.
fn others(route: &Route) -> String {
    format!(
        "{} can take a call{}; by {}.",
        counted(route.candidates.len(), "extension"),
        route::table::others(route),
        route.criterion.name()
    )
}

fn candidates(page_request: &PageRequest, route: &Route) -> HtmlTable {
    let page = page_request.page();
    let rows = route.candidates.iter().map(|candidate| {
        let presumed = if candidate.presumed {
            " (presumed)"
        } else {
            ""
        };
        let seen = match candidate.age_ms {
            Some(0..1_000) => "just now".to_owned(),
            Some(ms) => format!("{} ago", ago(ms)),
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
            format!("{}{presumed}", label(&candidate.class)),
            page.moment(candidate.since.0),
            ago(candidate.idle_ms),
            seen,
        ]
    });
    HtmlTable::of_texts(
        "Who can take a call, the first to be asked first",
        &[
            ("Rank", true),
            ("Number", false),
            ("Name", false),
            ("Class", false),
            ("Since", false),
            ("For", true),
            ("Seen", true),
        ],
        rows.collect(),
    )
}

/// When some people are free together.
pub(super) async fn meet(page_request: &PageRequest) -> Result<(bool, String), Problem> {
    let fields = &page_request.fields;
    let text = |name, label, example, size| TextField::new(fields, name, label, example, size);
    let more = FieldSet {
        legend: "Slots".to_owned(),
        texts: vec![
            text("length", "Length", "30m", 6),
            text("weeks", "Weeks back", "8", 4),
            text("limit", "At most", "20", 4),
            text("class", "Class that is free", "can_take", 14),
        ],
        ..FieldSet::default()
    };
    let mut bar = Bar::new(page_request, "/meet")
        .who(page_request)
        .policy(page_request)
        .ends(page_request, ["tomorrow", "+7d"]);
    bar.texts
        .push(text("hours", "Hours", "Mo-Fr 09:00-17:00", 20));
    let bar = bar
        .known(page_request)
        .more("Slots and more", vec![more])
        .finish(page_request, &MEET);
    let hint = "Name some people, with commas between them, or choose a team: this page lists the times at which all of \
                them were free in the same slots of the last weeks, the best first.";
    let who = ["person", "department", "site", "queue"];
    let is_asked = who.iter().any(|name| fields.get(name).is_some());
    let answer = if is_asked {
        meet_answer(page_request).await.map(Some)
    } else {
        Ok(None)
    };
    page(page_request, ("Meet", "/meet"), hint, (bar, None), answer).await
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
    let mut told = vec![together(&meet)];
    told.extend(warnings.into_iter().map(|warning| format!("{warning}.")));
    Ok(Answer {
        told,
        list: slots(page_request, &meet),
        downloads: asked::downloads(page_request, "meet", &pairs),
        command: asked::command("meet", &pairs),
    })
}

/// Who is meant, and whether they are free now.
fn together(meet: &Meet) -> String {
    let people = meet.people.iter().map(|person| {
        let now = match person.now {
            "free" => "free now",
            "busy" => "not free now",
            _ => "unknown now",
        };
        format!("{} ({now})", name_of(&person.person))
    });
    let people: Vec<String> = people.collect();
    format!(
        "{}; looking back {}, slots of {} by the clocks of {}.",
        people.join(", "),
        counted(usize::try_from(meet.weeks).unwrap_or(0), "week"),
        spoken(meet.length_ms),
        meet.zone
    )
}

fn slots(page_request: &PageRequest, meet: &Meet) -> HtmlTable {
    let page = page_request.page();
    let part = |share: Option<f64>, of: &dyn Fn() -> String| match share {
        Some(_) => of(),
        None => "unknown".to_owned(),
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
            format!("{} of {all}", slot.observed),
            part(slot.share_min.or(slot.share_max), &|| {
                format!("{} to {}", percent(certain, all), percent(possible, all))
            }),
            slot.was.unwrap_or_default().to_owned(),
        ]
    });
    HtmlTable::of_texts(
        "Slots in which all were free together, the best first",
        &[
            ("From", false),
            ("To", false),
            ("Free together", true),
            ("Weeks known", true),
            ("Possible", true),
            ("Was", false),
        ],
        rows.collect(),
    )
}
