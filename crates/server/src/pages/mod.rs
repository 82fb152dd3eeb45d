//! The pages for people: drawn by the server, readable without script, by keyboard and on paper.
//!
//! Every page asks what the API and the command line ask, for an asker who sees only whom the reader may see. What
//! decides is pure: which stretch of time an address means (`period`), how bars are drawn (`bars`, `palette`, `axis`),
//! which people a form chooses (`directory`). Text from outside is escaped by the templates.

mod accounts;
mod address;
mod api;
mod asked;
mod axis;
mod bar;
mod bars;
mod board;
mod calendar_range;
mod change_text;
mod changes;
mod days;
mod directory;
mod explain;
mod fields;
mod forms;
mod grid;
mod health;
mod known;
pub(crate) mod language;
mod layout;
mod page_request;
mod paging;
mod palette;
mod people;
mod period;
mod person;
mod picture;
mod policies;
mod questions;
mod routing;
mod shares;
mod span;
mod together;
mod who_asked;

use askama::Template;
use axum::Extension;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, HeaderValue, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use futures_util::future::BoxFuture;
use jiff::civil::Date;

use self::calendar_range::CalendarRange;
use self::fields::Fields;
use self::language::Reading;
use self::layout::Layout;
use self::page_request::PageRequest;
use self::period::{Period, Unit};
use self::questions::Kind;
use self::span::Form;
use super::access::{Identity, Peer, Viewer};
use super::concurrency::with_permit;
use super::error::Problem;
use super::state::AppState;

/// The pages' paths.
pub(super) fn router(state: &AppState) -> Router<AppState> {
    let mut router = Router::new()
        .route("/", page(board))
        .route("/board/rows", page(board_rows))
        .route("/span", page(|asked| span_as(asked, Form::Html)))
        .route("/span.json", page(|asked| span_as(asked, Form::Json)))
        .route("/span.csv", page(|asked| span_as(asked, Form::Csv)))
        .route("/span.svg", page(|asked| span_as(asked, Form::Svg)))
        .route("/people", page(people))
        .route("/people/{id}", get(person))
        .route("/report", page(|asked| question(asked, Kind::Report)))
        .route("/staffing", page(|asked| question(asked, Kind::Staffing)))
        .route("/heatmap", page(|asked| question(asked, Kind::Heatmap)))
        .route("/staffing.svg", page(|asked| drawn(asked, Kind::Staffing)))
        .route("/heatmap.svg", page(|asked| drawn(asked, Kind::Heatmap)))
        .route("/changes", page(changes_page))
        .route("/explain", page(explain_page))
        .route("/route", page(route))
        .route("/meet", page(meet))
        .route("/policies", page(policies_page))
        .route("/access-log", page(access_log))
        .route("/me", page(me))
        .route("/accounts", get(accounts_page))
        .route("/language/{tag}", get(language::choose))
        .route("/health", page(health))
        .route("/api", get(api_list))
        .route("/api/{operation}", get(api_operation));
    for unit in Unit::ALL {
        let name = unit.name();
        router = router
            .route(
                &format!("/{name}"),
                get(move |state, viewer, query, reading| {
                    present(state, viewer, query, reading, unit)
                }),
            )
            .route(
                &format!("/{name}/{{label}}"),
                get(move |state, viewer, label, query, reading| {
                    period(state, viewer, label, query, reading, unit)
                }),
            );
    }
    router.layer(from_fn_with_state(state.clone(), address::shortest))
}

#[derive(Template)]
#[template(path = "pages/message.html")]
struct MessagePage {
    layout: Layout,
    heading: String,
    sentence: String,
}

/// A page, or what is told in its place.
fn shown(state: &AppState, reading: &Reading, page: Result<Response, Problem>) -> Response {
    let mut response = page.unwrap_or_else(|problem| told(state, reading, &problem));
    // A page belongs to the moment and to its reader.
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let language = HeaderValue::from_static(reading.texts.tag());
    response.headers_mut().insert(CONTENT_LANGUAGE, language);
    let varies = HeaderValue::from_static("accept-language, cookie");
    response.headers_mut().append(VARY, varies);
    response
}

/// Why there is no page, for people.
fn told(state: &AppState, reading: &Reading, problem: &Problem) -> Response {
    let texts = reading.texts;
    let heading = match problem.status() {
        StatusCode::NOT_FOUND => texts.say("refused-no-page"),
        status if status.is_client_error() => texts.say("refused-cannot"),
        _ => texts.say("refused-failed"),
    };
    let page = MessagePage {
        layout: Layout::of(state, None, reading, &Fields::default(), "", &heading),
        heading,
        sentence: capitalised(problem.detail()),
    };
    match page.render() {
        Ok(text) => (problem.status(), Html(text)).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// A sentence, begun with a capital letter and ended with a full stop.
fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let stop = if sentence.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{stop}", letters.as_str())
}

/// A page that is being made.
type Made = BoxFuture<'static, Result<Response, Problem>>;

/// A page that is asked for by its address alone. All such pages have one handler, which is compiled once.
fn page(work: fn(PageRequest) -> Made) -> MethodRouter<AppState> {
    get(
        move |State(state): State<AppState>,
              Viewer(identity): Viewer,
              RawQuery(query): RawQuery,
              reading: Reading| { paged(state, identity, query, reading, work) },
    )
}

/// Makes a page in its turn: the question of an address, worked on, and what came of it. All but `work` is compiled once, and
/// not for every page.
fn paged(
    state: AppState,
    identity: Identity,
    query: Option<String>,
    reading: Reading,
    work: impl FnOnce(PageRequest) -> Made + Send + 'static,
) -> BoxFuture<'static, Response> {
    Box::pin(worked_on(state, identity, query, reading, Box::new(work)))
}

async fn worked_on(
    state: AppState,
    identity: Identity,
    query: Option<String>,
    reading: Reading,
    work: Box<dyn FnOnce(PageRequest) -> Made + Send>,
) -> Response {
    let asking = state.clone();
    let sees_part = identity.veil().is_some();
    let read = reading.clone();
    let page = with_permit(&state, async move {
        let fields = Fields::read(query.as_deref());
        if fields.get(fields::ACCOUNT).is_none() {
            let accounts = asking.choices(&identity).await?;
            if !accounts.is_empty() {
                let page = accounts::choice(&asking, &identity, &fields, &read, &accounts).await;
                return page.map(html);
            }
        }
        let page_request = PageRequest::of(asking, identity, fields, read).await?;
        work(page_request).await
    });
    let page = page.await.map_err(|problem| {
        // Where the log ends is not for those who see a part of it.
        if sees_part {
            problem.without_positions()
        } else {
            problem
        }
    });
    shown(&state, &reading, page)
}

fn html(text: String) -> Response {
    Html(text).into_response()
}

fn board(page_request: PageRequest) -> Made {
    Box::pin(async move {
        // A board of one person says less than the person's own page.
        if let Some(person) = page_request.only_person() {
            let address =
                page_request.address(&format!("/people/{person}"), &["zone", fields::ACCOUNT]);
            return Ok(Redirect::to(&address).into_response());
        }
        board::page(&page_request).await.map(html)
    })
}

fn board_rows(page_request: PageRequest) -> Made {
    Box::pin(async move { board::rows(&page_request).await.map(html) })
}

/// The day, week, month or quarter around a date, and around the present day, is at an address of its own.
async fn present(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
    reading: Reading,
    unit: Unit,
) -> Response {
    let work = move |page_request: PageRequest| -> Made {
        Box::pin(async move {
            let date = match page_request.fields.get("date") {
                None => page_request.zone.local(page_request.now()).date(),
                Some(text) => text.parse::<Date>().map_err(|_| {
                    Problem::parameter(
                        "date",
                        format!("{text:?} is no day: write it like 2026-11-04"),
                    )
                })?,
            };
            Ok(Redirect::to(&span::around(&page_request, unit, date)).into_response())
        })
    };
    paged(state, identity, query, reading, work).await
}

async fn period(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    Path(label): Path<String>,
    RawQuery(query): RawQuery,
    reading: Reading,
    unit: Unit,
) -> Response {
    let work = move |page_request: PageRequest| -> Made {
        Box::pin(async move {
            let (label, form) = Form::of(&label);
            let period = Period::parse(unit, label).ok_or_else(|| {
                Problem::not_found(format!(
                    "{label:?} is no {}: write it like {}",
                    unit.name(),
                    unit.example()
                ))
            })?;
            // Two ends that are filled in there name another stretch.
            if let Some(window) = page_request.window()?.filter(|_| form == Form::Html) {
                let range = CalendarRange::of(window, &page_request.zone);
                return Ok(Redirect::to(&span::address(&page_request, range)).into_response());
            }
            span::show(&page_request, CalendarRange::Period(period), form).await
        })
    };
    paged(state, identity, query, reading, work).await
}

fn span_as(page_request: PageRequest, form: Form) -> Made {
    Box::pin(async move {
        let window = page_request.window()?.ok_or_else(|| {
            Problem::parameter("from", "a stretch of time has two ends: give from and to")
        })?;
        let range = CalendarRange::of(window, &page_request.zone);
        span::show(&page_request, range, form).await
    })
}

fn people(page_request: PageRequest) -> Made {
    Box::pin(async move { people::page(&page_request).await.map(html) })
}

async fn person(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    reading: Reading,
) -> Response {
    let work = move |page_request: PageRequest| -> Made {
        Box::pin(async move { person::page(&page_request, &id).await.map(html) })
    };
    paged(state, identity, query, reading, work).await
}

fn drawn(page_request: PageRequest, kind: Kind) -> Made {
    Box::pin(async move { questions::picture(&page_request, kind).await.map(span::svg) })
}

fn question(mut page_request: PageRequest, kind: Kind) -> Made {
    Box::pin(async move {
        questions::assume(&mut page_request, kind).await?;
        questions::page(&page_request, kind).await.map(answered)
    })
}

fn changes_page(page_request: PageRequest) -> Made {
    Box::pin(async move { changes::page(&page_request).await.map(html) })
}

/// A page with what was wrong in its question, if anything was.
fn answered((is_good, text): (bool, String)) -> Response {
    let status = if is_good {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    (status, Html(text)).into_response()
}

fn route(page_request: PageRequest) -> Made {
    Box::pin(async move { routing::route(&page_request).await.map(answered) })
}

fn meet(page_request: PageRequest) -> Made {
    Box::pin(async move { routing::meet(&page_request).await.map(answered) })
}

fn policies_page(page_request: PageRequest) -> Made {
    Box::pin(async move { policies::page(&page_request).await.map(answered) })
}

fn access_log(page_request: PageRequest) -> Made {
    Box::pin(async move { who_asked::page(&page_request).await.map(html) })
}

async fn accounts_page(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
    reading: Reading,
) -> Response {
    let fields = Fields::read(query.as_deref());
    let page = accounts::list(&state, &identity, &fields, &reading).await;
    shown(&state, &reading, page.map(html))
}

/// The reader's own page, where the reader sees one person; else the board.
fn me(page_request: PageRequest) -> Made {
    Box::pin(async move {
        let path = match page_request.only_person() {
            Some(person) => format!("/people/{person}"),
            None => "/".to_owned(),
        };
        let address = page_request.address(&path, &["zone", fields::ACCOUNT]);
        Ok(Redirect::to(&address).into_response())
    })
}

fn explain_page(page_request: PageRequest) -> Made {
    Box::pin(async move { explain::page(&page_request).await.map(html) })
}

fn health(page_request: PageRequest) -> Made {
    Box::pin(async move { health::page(&page_request).await.map(html) })
}

/// The pages on which the API is tried ask nothing of the history themselves.
async fn api_list(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
    reading: Reading,
) -> Response {
    let fields = Fields::read(query.as_deref());
    let page = api::list(&state, &identity, &fields, &reading);
    shown(&state, &reading, page.map(html))
}

async fn api_operation(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(peer): Extension<Peer>,
    reading: Reading,
    headers: HeaderMap,
) -> Response {
    let fields = Fields::read(query.as_deref());
    let server = api::server(peer, &headers);
    let page = api::operation(&state, (&identity, &reading), &id, &fields, &server);
    shown(&state, &reading, page.map(html))
}
