//! Answers over HTTP: the questions of the command line as an API, and pages.
//!
//! Parameters fill the same typed request that the command line fills (`presence_answers`), for an asker who sees only whom
//! the token may see. So both give the same bytes.

pub mod access;
pub mod api;
mod assets;
mod capacity;
mod concurrency;
pub mod encryption;
pub mod error;
mod headers;
pub mod listen;
mod markup;
mod pages;
pub mod per_address;
pub mod prefix;
mod spool;
pub mod state;
mod stream;
pub mod transport;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::csrf::CsrfLayer;

use self::error::Problem;
use self::state::AppState;

/// Answers shorter than this are not compressed, in bytes.
const COMPRESSED_MIN: u64 = 512;

/// All paths, with everything around them. `operating` answers `/healthz`, `/readyz` and `/metrics`; anybody may ask
/// the first, operators the others.
pub fn router(state: AppState, operating: Router) -> Router {
    let answering = Router::new()
        .nest("/api/v1", api::router())
        .merge(pages::router(&state))
        .layer(from_fn_with_state(state.clone(), capacity::bounded));
    let inner = Router::new()
        .route("/assets/{name}", get(assets::asset))
        .merge(access::sign_in_router())
        .merge(answering)
        .merge(for_operators(operating))
        .fallback(nothing);
    let prefix = state.path("");
    let routed = if prefix.is_empty() {
        inner
    } else {
        let first = state.path("/");
        let [from_nothing, from_prefix] = [first.clone(), first.clone()];
        Router::new()
            .nest(&first, inner)
            .route("/", get(move || async move { Redirect::to(&from_nothing) }))
            .route(
                &prefix,
                get(move || async move { Redirect::to(&from_prefix) }),
            )
            .fallback(nothing)
    };
    // An event stream is not compressed: the events would wait for more to come. Parquet is already.
    let compressed = SizeAbove::new(COMPRESSED_MIN)
        .and(NotForContentType::new("text/event-stream"))
        .and(NotForContentType::const_new(api::format::PARQUET));
    routed
        .layer(from_fn_with_state(state.clone(), access::identify))
        .layer(CsrfLayer::new().with_rejection_response(headers::cross_site))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(from_fn(api::etag::encoded))
        .layer(from_fn(headers::secure))
        .with_state(state)
}

/// Only operators read more than whether the server is alive.
fn for_operators(operating: Router) -> Router<AppState> {
    operating
        .route_layer(from_fn(operators_only))
        .with_state(())
}

async fn operators_only(
    uri: Uri,
    operator: Result<access::Operator, Problem>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if uri.path() != "/healthz" {
        operator?;
    }
    Ok(next.run(request).await)
}

async fn nothing(uri: Uri) -> Problem {
    Problem::not_found(format!(
        "there is nothing at {}; docs/api.md and /api/v1/openapi.json list what there is",
        uri.path()
    ))
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    let error = std::io::Error::other("a handler panicked");
    Problem::internal(&error).into_response()
}
