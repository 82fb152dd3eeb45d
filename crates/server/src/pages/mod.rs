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
mod changes;
mod days;
mod directory;
mod explain;
mod fields;
mod forms;
mod grid;
mod health;
mod known;
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
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use jiff::civil::Date;

use self::calendar_range::CalendarRange;
use self::fields::Fields;
use self::layout::{Layout, links};
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
        .route("/", get(board))
        .route("/board/rows", get(board_rows))
        .route("/span", get(span))
        .route("/span.json", get(span_json))
        .route("/span.csv", get(span_csv))
        .route("/span.svg", get(span_svg))
        .route("/people", get(people))
        .route("/people/{id}", get(person))
        .route("/report", get(report))
        .route("/staffing", get(staffing))
        .route("/heatmap", get(heatmap))
        .route("/staffing.svg", get(staffing_svg))
        .route("/heatmap.svg", get(heatmap_svg))
        .route("/changes", get(changes_page))
        .route("/explain", get(explain_page))
        .route("/route", get(route))
        .route("/meet", get(meet))
        .route("/policies", get(policies_page))
        .route("/access-log", get(access_log))
        .route("/me", get(me))
        .route("/accounts", get(accounts_page))
        .route("/health", get(health))
        .route("/api", get(api_list))
        .route("/api/{operation}", get(api_operation));
    for unit in Unit::ALL {
        let name = unit.name();
        router = router
            .route(
                &format!("/{name}"),
                get(move |state, viewer, query| present(state, viewer, query, unit)),
            )
            .route(
                &format!("/{name}/{{label}}"),
                get(move |state, viewer, label, query| period(state, viewer, label, query, unit)),
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
fn shown(state: &AppState, page: Result<Response, Problem>) -> Response {
    let mut response = page.unwrap_or_else(|problem| told(state, &problem));
    // A page belongs to the moment and to its reader.
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// Why there is no page, for people.
fn told(state: &AppState, problem: &Problem) -> Response {
    let root = state.path("");
    let heading = match problem.status() {
        StatusCode::NOT_FOUND => "There is no such page",
        status if status.is_client_error() => "This cannot be shown",
        _ => "This failed",
    };
    let page = MessagePage {
        layout: Layout {
            title: heading.to_owned(),
            home: state.path("/"),
            links: links(&root, "", &Fields::default(), None),
            root,
            ..Layout::default()
        },
        heading: heading.to_owned(),
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

/// Makes a page in its turn: the question of an address, worked on, and what came of it.
async fn paged<W, F>(
    state: AppState,
    identity: Identity,
    query: Option<String>,
    work: W,
) -> Response
where
    W: FnOnce(PageRequest) -> F + Send + 'static,
    F: Future<Output = Result<Response, Problem>> + Send,
{
    let asking = state.clone();
    let sees_part = identity.veil().is_some();
    let page = with_permit(&state, async move {
        let fields = Fields::read(query.as_deref());
        if fields.get(fields::ACCOUNT).is_none() {
            let accounts = asking.choices(&identity).await?;
            if !accounts.is_empty() {
                let page = accounts::choice(&asking, &identity, &fields, &accounts).await;
                return page.map(html);
            }
        }
        let page_request = PageRequest::of(asking, identity, fields).await?;
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
    shown(&state, page)
}

fn html(text: String) -> Response {
    Html(text).into_response()
}

async fn board(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        // A board of one person says less than the person's own page.
        if let Some(person) = page_request.only_person() {
            let address =
                page_request.address(&format!("/people/{person}"), &["zone", fields::ACCOUNT]);
            return Ok(Redirect::to(&address).into_response());
        }
        board::page(&page_request).await.map(html)
    };
    paged(state, identity, query, work).await
}

async fn board_rows(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work =
        move |page_request: PageRequest| async move { board::rows(&page_request).await.map(html) };
    paged(state, identity, query, work).await
}

/// The day, week, month or quarter around a date, and around the present day, is at an address of its own.
async fn present(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
    unit: Unit,
) -> Response {
    let work = move |page_request: PageRequest| async move {
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
    };
    paged(state, identity, query, work).await
}

async fn period(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    Path(label): Path<String>,
    RawQuery(query): RawQuery,
    unit: Unit,
) -> Response {
    let work = move |page_request: PageRequest| async move {
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
    };
    paged(state, identity, query, work).await
}

async fn span(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    span_as(state, viewer, query, Form::Html).await
}

async fn span_json(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    span_as(state, viewer, query, Form::Json).await
}

async fn span_csv(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    span_as(state, viewer, query, Form::Csv).await
}

async fn span_svg(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    span_as(state, viewer, query, Form::Svg).await
}

async fn span_as(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
    form: Form,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        let window = page_request.window()?.ok_or_else(|| {
            Problem::parameter("from", "a stretch of time has two ends: give from and to")
        })?;
        let range = CalendarRange::of(window, &page_request.zone);
        span::show(&page_request, range, form).await
    };
    paged(state, identity, query, work).await
}

async fn people(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work =
        move |page_request: PageRequest| async move { people::page(&page_request).await.map(html) };
    paged(state, identity, query, work).await
}

async fn person(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        person::page(&page_request, &id).await.map(html)
    };
    paged(state, identity, query, work).await
}

async fn report(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    Box::pin(question(state, viewer, query, Kind::Report)).await
}

async fn staffing(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    Box::pin(question(state, viewer, query, Kind::Staffing)).await
}

async fn heatmap(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    Box::pin(question(state, viewer, query, Kind::Heatmap)).await
}

async fn staffing_svg(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    Box::pin(drawn(state, viewer, query, Kind::Staffing)).await
}

async fn heatmap_svg(state: State<AppState>, viewer: Viewer, query: RawQuery) -> Response {
    Box::pin(drawn(state, viewer, query, Kind::Heatmap)).await
}

async fn drawn(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
    kind: Kind,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        questions::picture(&page_request, kind).await.map(span::svg)
    };
    Box::pin(paged(state, identity, query, work)).await
}

async fn question(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
    kind: Kind,
) -> Response {
    let work = move |mut page_request: PageRequest| async move {
        questions::assume(&mut page_request, kind)?;
        questions::page(&page_request, kind).await.map(answered)
    };
    Box::pin(paged(state, identity, query, work)).await
}

async fn changes_page(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        changes::page(&page_request).await.map(html)
    };
    paged(state, identity, query, work).await
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

async fn route(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        routing::route(&page_request).await.map(answered)
    };
    paged(state, identity, query, work).await
}

async fn meet(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        routing::meet(&page_request).await.map(answered)
    };
    paged(state, identity, query, work).await
}

async fn policies_page(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        policies::page(&page_request).await.map(answered)
    };
    Box::pin(paged(state, identity, query, work)).await
}

async fn access_log(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        who_asked::page(&page_request).await.map(html)
    };
    paged(state, identity, query, work).await
}

async fn accounts_page(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::read(query.as_deref());
    let page = accounts::list(&state, &identity, &fields).await;
    shown(&state, page.map(html))
}

/// The reader's own page, where the reader sees one person; else the board.
async fn me(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        let path = match page_request.only_person() {
            Some(person) => format!("/people/{person}"),
            None => "/".to_owned(),
        };
        let address = page_request.address(&path, &["zone", fields::ACCOUNT]);
        Ok(Redirect::to(&address).into_response())
    };
    paged(state, identity, query, work).await
}

async fn explain_page(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work = move |page_request: PageRequest| async move {
        explain::page(&page_request).await.map(html)
    };
    paged(state, identity, query, work).await
}

async fn health(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let work =
        move |page_request: PageRequest| async move { health::page(&page_request).await.map(html) };
    paged(state, identity, query, work).await
}

/// The pages on which the API is tried ask nothing of the history themselves.
async fn api_list(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::read(query.as_deref());
    let page = api::list(&state, &identity, &fields);
    shown(&state, page.map(html))
}

async fn api_operation(
    State(state): State<AppState>,
    Viewer(identity): Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let fields = Fields::read(query.as_deref());
    let server = api::server(peer, &headers);
    let page = api::operation(&state, &identity, &id, &fields, &server);
    shown(&state, page.map(html))
}
