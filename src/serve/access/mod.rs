//! Who asks, and what they may: the one place that lets anybody in.
//!
//! [`identify`] runs before everything and finds out who asks; the extractors [`Identity`], [`Reader`], [`Ingester`] and
//! [`Viewer`] let a handler say what it takes. Whom a reader may see is enforced where every answer comes from, in
//! [`crate::ask::Context`].

mod attempts;
mod id_token;
pub mod log;
mod peer;
mod provider;
mod scope;
mod secret;
mod sign_in;

use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

pub use self::attempts::Attempts;
pub use self::id_token::{Grants, IdTokenError};
pub use self::peer::Peer;
pub use self::provider::{Provider, ProviderConfig, ProviderError};
pub use self::scope::{Scope, Scopes, Team};
pub use self::secret::{NoRandomness, digest_of, new_secret};
pub use self::sign_in::{SESSION_COOKIE, router as sign_in_router};

use super::error::Problem;
use super::state::AppState;
use crate::model::ids::AccountId;
use crate::model::time::Timestamp;
use crate::store::{TokenKind, TokenRow};

/// How precisely the last use of a token is kept, in milliseconds.
const USE_NOTED_MS: i64 = 60_000;

/// Somebody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What the token is called; `local` where none is needed.
    pub name: String,
    /// What they may do.
    pub scopes: Scopes,
    /// Whose history they may see; `None`: any in the store.
    pub account_id: Option<AccountId>,
    /// The token or session; `None` where none is needed.
    pub token_id: Option<i64>,
    /// The token that a session was begun with.
    pub parent_id: Option<i64>,
    /// From then on they are a stranger again.
    pub expires_at: Option<Timestamp>,
    /// Whether they signed in, and so can sign out.
    pub is_session: bool,
}

impl Identity {
    /// Whoever asks from this computer, where no token is needed.
    fn local() -> Self {
        Self {
            name: "local".to_owned(),
            scopes: Scopes::all(),
            account_id: None,
            token_id: None,
            parent_id: None,
            expires_at: None,
            is_session: false,
        }
    }

    pub(super) fn of(token: TokenRow) -> Self {
        Self {
            scopes: Scopes::read(&token.scopes),
            name: token.name,
            account_id: token.account_id,
            token_id: Some(token.token_id),
            parent_id: token.parent_id,
            expires_at: token.expires_at,
            is_session: token.kind == TokenKind::Session,
        }
    }
}

/// What was found out about who asks.
#[derive(Clone, Debug)]
struct Caller(Result<Identity, Problem>);

/// Finds out who asks, for whatever comes after.
pub async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let origin = peer
        .unwrap_or_default()
        .origin(request.headers(), state.trusted_proxies());
    let caller = find_out(&state, request.headers(), origin).await;
    request.extensions_mut().insert(origin);
    request.extensions_mut().insert(Caller(caller));
    next.run(request).await
}

async fn find_out(state: &AppState, headers: &HeaderMap, peer: Peer) -> Result<Identity, Problem> {
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let secret = given.to_str().ok().and_then(|text| {
            let (kind, secret) = text.split_once(' ')?;
            kind.eq_ignore_ascii_case("bearer").then(|| secret.trim())
        });
        let Some(secret) = secret else {
            return Err(Problem::unauthenticated(
                "the Authorization header is not of the form \"Bearer TOKEN\"",
            ));
        };
        return bearer(state, secret, peer).await;
    }
    if let Some(secret) = cookie(headers, SESSION_COOKIE) {
        match by_secret(state, secret).await? {
            Some(identity) if identity.is_session => return Ok(identity),
            // A session that has ended is no reason to refuse what needs none.
            _ if state.is_open() => {}
            _ => {
                return Err(Problem::unauthenticated(
                    "the session has ended; sign in again",
                ));
            }
        }
    }
    if !state.is_open() {
        return Err(Problem::unauthenticated(
            "say who asks: send a token in the header \"Authorization: Bearer TOKEN\" (`presence token create` makes one)",
        ));
    }
    if !peer::names_loopback(headers) || peer::is_forwarded(headers) {
        return Err(Problem::unauthenticated(
            "without a token only this computer itself is answered, asked under its own name (127.0.0.1 or localhost) \
             and not through a proxy; send a token",
        ));
    }
    Ok(Identity::local())
}

async fn bearer(state: &AppState, secret: &str, peer: Peer) -> Result<Identity, Problem> {
    // A valid token is let in however often others at the same address have failed: there is nothing to guess in 256
    // random bits, and one forgotten script must not lock out an office. What is slowed down is failing.
    if let Some(identity) = by_secret(state, secret).await? {
        if identity.is_session {
            return Err(Problem::unauthenticated(
                "this is the cookie of a session, not a token",
            ));
        }
        return Ok(identity);
    }
    match state.note_failed_attempt(peer.address) {
        Some(problem) => Err(problem),
        None => Err(Problem::unauthenticated(
            "the token is unknown, has expired or was revoked",
        )),
    }
}

/// Who has a secret that is good for something now.
pub(super) async fn by_secret(state: &AppState, secret: &str) -> Result<Option<Identity>, Problem> {
    let Some(digest) = digest_of(secret) else {
        return Ok(None);
    };
    let now = state.now();
    let found = state.access().token_of(digest).await?;
    let Some(token) = found.filter(|token| token.is_live(now)) else {
        return Ok(None);
    };
    let is_noted = |at: Timestamp| now.since_ms(at) < USE_NOTED_MS;
    if !token.last_used_at.is_some_and(is_noted) {
        state.access().note_use(token.token_id, now).await?;
    }
    Ok(Some(Identity::of(token)))
}

/// The value of a cookie.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Caller>() {
            Some(Caller(found)) => found.clone(),
            None => Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failed",
                "nobody found out who asks",
            )),
        }
    }
}

/// Somebody who may read anything at all.
#[derive(Clone, Debug)]
pub struct Reader(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let identity = Identity::from_request_parts(parts, state).await?;
        if identity.scopes.may_read() {
            return Ok(Self(identity));
        }
        Err(Problem::forbidden(
            "the token may not read; it takes the scope read, or read:… of a team or an extension",
        ))
    }
}

/// Somebody who may record sweeps.
#[derive(Clone, Debug)]
pub struct Ingester(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for Ingester {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let identity = Identity::from_request_parts(parts, state).await?;
        if identity.scopes.may_ingest() {
            return Ok(Self(identity));
        }
        Err(Problem::forbidden(
            "the token may not record; it takes the scope ingest",
        ))
    }
}

/// Somebody who may read the operating figures.
#[derive(Clone, Debug)]
pub struct Operator(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let identity = Identity::from_request_parts(parts, state).await?;
        if identity.scopes.may_read_metrics() {
            return Ok(Self(identity));
        }
        Err(Problem::forbidden(
            "the token may not read the operating figures; it takes the scope metrics",
        ))
    }
}

/// Somebody who reads pages: a stranger is sent to sign in, and comes back afterwards.
#[derive(Clone, Debug)]
pub struct Viewer(pub Identity);

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match Reader::from_request_parts(parts, state).await {
            Ok(Reader(identity)) => Ok(Self(identity)),
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED && !state.is_open() => {
                let original = parts.extensions.get::<OriginalUri>();
                let uri = original.map_or(&parts.uri, |OriginalUri(uri)| uri);
                let back = uri.path_and_query().map_or("/", |path| path.as_str());
                Err(Redirect::to(&sign_in::address(state, back)).into_response())
            }
            Err(problem) => Err(problem.into_response()),
        }
    }
}
