//! Signing in to the pages, with a token or by the link that the server prints, and out again.
//!
//! The cookie holds a random secret of its own, kept hashed like a token: it is no use without the store, ends by
//! itself, and ends when the token that it was begun with is revoked.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use serde::Deserialize;
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::secret::new_secret_from;
use super::{Identity, LOCAL, Peer, Provider, Scope, Scopes, by_secret, digest_of, provider};
use crate::error::Problem;
use crate::markup::escaped;
use crate::pages::language::texts;
use crate::state::AppState;
use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_store::{NewToken, TokenKind};
use presence_texts::{Texts, say};

/// The name of the cookie.
pub const SESSION_COOKIE: &str = "presence_session";

/// A session ends after so long, in milliseconds: a working day.
const SESSION_MS: i64 = 12 * 3_600_000;

/// The path of the printed link.
pub const LINK_PATH: &str = "/sign-in/link";

/// The longest path to come back to, in bytes; a longer one is the first page.
const NEXT_BYTES_MAX: usize = 1_024;

/// The longest form, in bytes.
const FORM_BYTES_MAX: usize = 16 * 1_024;

/// How long a part of a form may take to come.
const FORM_TIMEOUT: Duration = Duration::from_secs(20);

/// The paths of signing in and out.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(page).post(sign_in))
        .route(LINK_PATH, get(by_link))
        .route("/sign-out", post(sign_out))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(RequestBodyTimeoutLayer::new(FORM_TIMEOUT))
        .merge(provider::router())
}

/// Where to sign in, to come back to `back` afterwards.
pub(super) fn address(state: &AppState, back: &str) -> String {
    let query = [("next", back)];
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    format!("{}?{query}", state.path("/sign-in"))
}

/// A path of this server to go to; anything else, such as another site, is the first page.
pub(crate) fn inner_path(state: &AppState, next: Option<&str>) -> String {
    let is_inner = |path: &&str| {
        path.len() <= NEXT_BYTES_MAX
            && path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && !path.contains(char::is_control)
    };
    next.filter(is_inner)
        .map_or_else(|| state.path("/"), str::to_owned)
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

async fn page(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(Next { next }): Query<Next>,
) -> Response {
    let to = (texts(&headers), next.as_deref());
    form(&state, to, StatusCode::OK, None)
}

/// The page to sign in on, for someone who could not be let in another way.
pub(super) fn refused(state: &AppState, texts: Texts, status: StatusCode, fault: &str) -> Response {
    form(state, (texts, None), status, Some(fault))
}

/// The page to sign in on, in a language, and where it leads afterwards.
fn form(
    state: &AppState,
    (texts, next): (Texts, Option<&str>),
    status: StatusCode,
    fault: Option<&str>,
) -> Response {
    let text = |id: &str| escaped(&texts.say(id));
    let fault = fault.map_or_else(String::new, |fault| {
        format!("<p role=\"alert\" class=\"fault\">{}</p>", escaped(fault))
    });
    let provider = state.identity_provider().map(Provider::name);
    let other = provider.map_or_else(String::new, |name| {
        let query = [("next", inner_path(state, next))];
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        format!(
            "<p><a class=\"button\" href=\"{}?{}\">{}</a></p>",
            escaped(&state.path("/sign-in/provider")),
            escaped(&query),
            escaped(&say!(texts, "sign-in-with", provider = name))
        )
    });
    let page = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{} — presence</title>\
         <link rel=\"stylesheet\" href=\"{}\"></head><body class=\"sign-in\"><main><h1>{}</h1>\
         <p>{} {}</p>{fault}{other}\
         <form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"next\" value=\"{}\">\
         <p><label for=\"token\">{}</label> <input id=\"token\" name=\"token\" type=\"password\" \
         autocomplete=\"current-password\" required autofocus></p><p><button>{}</button></p></form>\
         <p>{} <code>presence token create NAME --scope read</code>. {} <code>presence serve</code> {}</p>\
         </main></body></html>\n",
        texts.tag(),
        text("sign-in"),
        escaped(&state.path("/assets/presence.css")),
        text("sign-in"),
        text("sign-in-what"),
        text("sign-in-who-sees"),
        escaped(&state.path("/sign-in")),
        escaped(&inner_path(state, next)),
        text("sign-in-token"),
        text("sign-in"),
        text("sign-in-create"),
        text("sign-in-serve"),
        text("sign-in-serve-link"),
    );
    let language = HeaderValue::from_static(texts.tag());
    let varies = HeaderValue::from_static("accept-language, cookie");
    let headers = [(header::CONTENT_LANGUAGE, language), (header::VARY, varies)];
    (status, headers, Html(page)).into_response()
}

#[derive(Deserialize)]
struct Link {
    code: Option<String>,
}

/// Signs in the first person who opens the printed link.
async fn by_link(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    method: Method,
    headers: HeaderMap,
    Query(Link { code }): Query<Link>,
) -> Result<Response, Problem> {
    // What only looks whether the page is there, or fetches it in case it is wanted, does not use the link up.
    let purpose = headers.get("sec-purpose").or(headers.get("purpose"));
    let is_ahead = purpose.is_some_and(|purpose| {
        let purpose = purpose.as_bytes();
        purpose.windows(8).any(|word| word == b"prefetch")
    });
    if method != Method::GET || is_ahead {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let texts = texts(&headers);
    if let Some(problem) = state.must_wait(peer.address) {
        return Ok(refused(&state, texts, problem.status(), problem.detail()));
    }
    if !state.take_link(code.as_deref().unwrap_or_default()) {
        let problem = state.note_failed_attempt(peer.address);
        let fault = problem.map_or_else(
            || texts.say("sign-in-link-used"),
            |problem| problem.detail().to_owned(),
        );
        return Ok(refused(&state, texts, StatusCode::UNAUTHORIZED, &fault));
    }
    let begun = Begun {
        name: LOCAL.to_owned(),
        scopes: Scopes::new(vec![Scope::Read]),
        account_id: state.settings().account,
        parent_id: None,
        expires_at: None,
    };
    let cookie = begin_session(&state, begun, peer).await?;
    let mut response = Redirect::to(&state.path("/")).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

#[derive(Deserialize)]
struct SignIn {
    token: String,
    next: Option<String>,
}

async fn sign_in(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Form(given): Form<SignIn>,
) -> Result<Response, Problem> {
    let (texts, next) = (texts(&headers), given.next.as_deref());
    let again = |status, fault: &str| Ok(form(&state, (texts, next), status, Some(fault)));
    if let Some(problem) = state.must_wait(peer.address) {
        return again(problem.status(), problem.detail());
    }
    let found = by_secret(&state, given.token.trim()).await?;
    let Some(identity) = found.filter(|identity| !identity.is_session) else {
        let problem = state.note_failed_attempt(peer.address);
        let fault = problem.map_or_else(
            || texts.say("sign-in-token-unknown"),
            |problem| problem.detail().to_owned(),
        );
        return again(StatusCode::UNAUTHORIZED, &fault);
    };
    if !identity.scopes.may_read() {
        return again(
            StatusCode::FORBIDDEN,
            &texts.say("sign-in-token-may-not-read"),
        );
    }
    state.note_good_attempt(peer.address);
    let begun = Begun {
        name: identity.name,
        scopes: identity.scopes,
        account_id: identity.account_id,
        parent_id: identity.token_id,
        expires_at: identity.expires_at,
    };
    let cookie = begin_session(&state, begun, peer).await?;
    let mut response = Redirect::to(&inner_path(&state, next)).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A session that begins.
pub(super) struct Begun {
    pub(super) name: String,
    pub(super) scopes: Scopes,
    pub(super) account_id: Option<AccountId>,
    pub(super) parent_id: Option<i64>,
    /// It ends no later than this.
    pub(super) expires_at: Option<Timestamp>,
}

/// Begins a session; its cookie.
pub(super) async fn begin_session(
    state: &AppState,
    begun: Begun,
    peer: Peer,
) -> Result<HeaderValue, Problem> {
    let secret = new_secret_from(state.random()).map_err(|error| Problem::internal(&error))?;
    let digest = digest_of(&secret).expect("it was made a moment ago");
    let now = state.now();
    let end = now.plus_ms(SESSION_MS);
    let session = NewToken {
        kind: TokenKind::Session,
        name: begun.name,
        scopes: begun.scopes.texts(),
        account_id: begun.account_id,
        parent_id: begun.parent_id,
        digest,
        created_at: now,
        expires_at: Some(
            begun
                .expires_at
                .map_or(end, |expires_at| expires_at.min(end)),
        ),
    };
    state.access().create_token(session).await?;
    // Those that ended a day ago are of no use to anybody.
    state
        .access()
        .delete_sessions(now.plus_ms(-86_400_000))
        .await?;
    Ok(cookie_header(state, &secret, SESSION_MS / 1_000, peer))
}

fn cookie_header(state: &AppState, value: &str, seconds: i64, peer: Peer) -> HeaderValue {
    let secure = if peer.is_encrypted || state.is_public_encrypted() {
        "; Secure"
    } else {
        ""
    };
    let text = format!(
        "{SESSION_COOKIE}={value}; Path={}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
        state.path("/")
    );
    HeaderValue::from_str(&text)
        .expect("the secret is hexadecimal digits, and the prefix was checked")
}

async fn sign_out(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    identity: Result<Identity, Problem>,
) -> Result<Response, Problem> {
    if let Ok(identity) = identity
        && identity.is_session
        && let Some(token_id) = identity.token_id
    {
        state.access().revoke_token(token_id, state.now()).await?;
    }
    let mut response = Redirect::to(&state.path("/sign-in")).into_response();
    let cookie = cookie_header(&state, "", 0, peer);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
