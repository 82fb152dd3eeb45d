//! Who asks, and what they may: the one place that lets anybody in.
//!
//! [`identify`] runs before everything and finds out who asks; the extractors [`Identity`], [`Reader`], [`Ingester`] and
//! [`Viewer`] let a handler say what it takes. Whom a reader may see is enforced where every answer comes from, in
//! [`presence_answers::ask::Context`].

mod attempts;
mod departure;
mod host;
mod id_token;
mod link;
pub mod log;
mod peer;
mod provider;
mod scope;
mod secret;
pub(crate) mod sign_in;

use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest as _, Sha256};

pub use self::attempts::Attempts;
pub use self::id_token::{Grants, IdTokenError};
pub use self::link::{LINK_MS, SignInLink};
pub use self::peer::Peer;
pub use self::provider::{Provider, ProviderConfig, ProviderError};
pub use self::scope::{Scope, Scopes, Team};
pub use self::secret::{NoRandomness, Random, SystemRandom, digest_of, new_secret};
pub use self::sign_in::{LINK_PATH, SESSION_COOKIE, router as sign_in_router};

use super::error::Problem;
use super::state::AppState;
use presence_answers::ask::{Veil, Visible};
use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_store::{Digest, TokenKind, TokenRow};

/// How precisely the last use of a token is kept, in milliseconds.
const USE_NOTED_MS: i64 = 60_000;

/// The name of readers on this computer.
pub(super) const LOCAL: &str = "local";

/// An identity that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What the token is called; [`LOCAL`] where none is needed, or for a person who used the printed link.
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
    /// Replaces positions for readers who may not see everyone.
    veil_key: [u8; 32],
}

impl Identity {
    /// Replaces positions for readers who may see only these people.
    pub(super) fn veil_over(&self, visible: &Visible) -> Option<Veil> {
        match visible {
            Visible::Everybody => None,
            Visible::Only(_) => Some(Veil::new(self.veil_key)),
        }
    }

    /// Replaces positions, if the reader may not see everyone.
    pub(super) fn veil(&self) -> Option<Veil> {
        (!self.scopes.may_read_everything()).then(|| Veil::new(self.veil_key))
    }

    /// A reader on this computer, where no token is needed.
    fn local() -> Self {
        Self {
            name: LOCAL.to_owned(),
            scopes: Scopes::new(vec![Scope::Read]),
            account_id: None,
            token_id: None,
            parent_id: None,
            expires_at: None,
            is_session: false,
            veil_key: [0; 32],
        }
    }

    fn of(token: TokenRow, digest: &Digest) -> Self {
        Self {
            scopes: Scopes::read(&token.scopes),
            name: token.name,
            account_id: token.account_id,
            token_id: Some(token.token_id),
            parent_id: token.parent_id,
            expires_at: token.expires_at,
            is_session: token.kind == TokenKind::Session,
            veil_key: veil_key(digest),
        }
    }
}

/// The key that belongs to a secret: it stays the same as long as the secret does, and reveals nothing of it.
fn veil_key(digest: &Digest) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"presence positions");
    hasher.update(digest);
    hasher.finalize().into()
}

/// What was found out about who asks.
#[derive(Clone, Debug)]
struct Caller(Result<Identity, Problem>);

/// Finds out who asks, for whatever comes after. A request that does not say clearly to whom it is addressed is refused.
pub async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let host = match host::named(&request) {
        Ok(host) => host,
        Err(problem) => return problem.into_response(),
    };
    let peer = request.extensions().get::<Peer>().copied();
    let peer = peer.unwrap_or_default();
    let asker = Asker {
        origin: peer.origin(request.headers(), state.trusted_proxies()),
        peer,
        names_loopback: host::names_loopback(host.as_ref()),
        is_passed_on: host::is_passed_on(request.version(), request.headers()),
    };
    let caller = find_out(&state, request.headers(), asker).await;
    request.extensions_mut().insert(asker.origin);
    request.extensions_mut().insert(Caller(caller));
    next.run(request).await
}

/// Where a request says that it comes from.
#[derive(Clone, Copy, Debug)]
struct Asker {
    /// The other end of the connection.
    peer: Peer,
    /// Where the request itself comes from, as far as that is believed.
    origin: Peer,
    names_loopback: bool,
    is_passed_on: bool,
}

impl Asker {
    /// Whether no token is needed to read: for the owner of the socket, and for this computer where the server is open.
    fn needs_no_token(&self, state: &AppState) -> bool {
        let is_from_here = self.peer.address.is_loopback() && self.names_loopback;
        !self.is_passed_on && (self.peer.is_owner || (state.is_open() && is_from_here))
    }
}

async fn find_out(
    state: &AppState,
    headers: &HeaderMap,
    asker: Asker,
) -> Result<Identity, Problem> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        (_, Some(_)) => {
            return Err(Problem::unauthenticated(
                "there are two Authorization headers; send one",
            ));
        }
        (Some(given), None) => {
            let secret = given.to_str().ok().and_then(|text| {
                let (kind, secret) = text.split_once(' ')?;
                kind.eq_ignore_ascii_case("bearer").then(|| secret.trim())
            });
            let Some(secret) = secret else {
                return Err(Problem::unauthenticated(
                    "the Authorization header is not of the form \"Bearer TOKEN\"",
                ));
            };
            return bearer(state, secret, asker.origin).await;
        }
        (None, None) => {}
    }
    let needs_no_token = asker.needs_no_token(state);
    if let Some(secret) = cookie(headers, SESSION_COOKIE) {
        match by_secret(state, secret).await? {
            Some(identity) if identity.is_session => return Ok(identity),
            // A session that has ended is no reason to refuse what needs none.
            _ if needs_no_token => {}
            _ => {
                return Err(Problem::unauthenticated(
                    "the session has ended; sign in again",
                ));
            }
        }
    }
    if needs_no_token {
        return Ok(Identity::local());
    }
    if state.is_open() {
        return Err(Problem::unauthenticated(
            "without a token only this computer itself is answered, asked under its own name (127.0.0.1 or localhost) \
             and not through a proxy; send a token",
        ));
    }
    Err(Problem::unauthenticated(
        "say who asks: send a token in the header \"Authorization: Bearer TOKEN\" (`presence token create` makes one), \
         or sign in",
    ))
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
    Ok(Some(Identity::of(token, &digest)))
}

/// The value of a cookie; `None` too where it is sent twice with different values: one of them is someone else's.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut values = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(known, value)| (known == name).then_some(value));
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
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

/// An identity that may read anything.
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

/// An identity that may record sweeps.
#[derive(Clone, Debug)]
pub struct Ingester(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for Ingester {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let identity = Identity::from_request_parts(parts, state).await?;
        // Changing the store always requires a token.
        if identity.token_id.is_none() || identity.is_session {
            return Err(Problem::unauthenticated(
                "recording takes a token with the scope ingest, in the header \"Authorization: Bearer TOKEN\"",
            ));
        }
        if identity.scopes.may_ingest() {
            return Ok(Self(identity));
        }
        Err(Problem::forbidden(
            "the token may not record; it takes the scope ingest",
        ))
    }
}

/// An identity that may read the operating figures.
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

/// A reader of pages: an unknown one is sent to sign in, and comes back afterwards.
#[derive(Clone, Debug)]
pub struct Viewer(pub Identity);

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match Reader::from_request_parts(parts, state).await {
            Ok(Reader(identity)) => Ok(Self(identity)),
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
                let original = parts.extensions.get::<OriginalUri>();
                let uri = original.map_or(&parts.uri, |OriginalUri(uri)| uri);
                let back = uri.path_and_query().map_or("/", |path| path.as_str());
                Err(Redirect::to(&sign_in::address(state, back)).into_response())
            }
            Err(problem) => Err(problem.into_response()),
        }
    }
}
