//! Signing in through an identity provider: `OpenID` Connect, the authorization code flow with PKCE.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::departure::{AWAY_MS, Departure, Departures};
use super::id_token::{self, Expected, Grants};
use super::sign_in::{Begun, begin_session, inner_path, refused};
use super::{Peer, cookie};
use crate::error::Problem;
use crate::pages::language::texts;
use crate::state::AppState;
use presence_model::time::Timestamp;
use presence_texts::Texts;

/// The cookie that ties the provider's answer to the browser that asked.
const STATE_COOKIE: &str = "presence_sign_in";

/// So many answers are exchanged with the provider at once.
const EXCHANGES_AT_ONCE: usize = 8;

/// After the provider did not answer, it is not asked again for so long.
const FAILURE_KEPT: Duration = Duration::from_secs(5);

/// How long the provider's own description and keys are kept, in milliseconds.
const KEPT_MS: i64 = 10 * 60_000;

/// How long the provider may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The largest answer of the provider, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// An identity provider, and whom it lets in.
pub struct ProviderConfig {
    /// What people call it.
    pub name: String,
    /// Its address, as its tokens name it.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What we show that it is us; `None`: the code's verifier alone.
    pub client_secret: Option<SecretString>,
    /// The scopes to request in addition to `openid`.
    pub scopes: Vec<String>,
    /// The address under which readers reach the server, without a slash at the end.
    pub public_url: String,
    /// Whom the configuration lets in.
    pub grants: Grants,
}

/// An identity provider as it is being used.
pub struct Provider {
    config: ProviderConfig,
    client: reqwest::Client,
    departures: Departures,
    kept: tokio::sync::Mutex<Known>,
    exchanges: Semaphore,
}

/// What is known of the provider.
#[derive(Default)]
struct Known {
    kept: Option<Kept>,
    /// When it last failed to answer, and how.
    failed: Option<(Instant, ProviderError)>,
}

/// What the provider says of itself.
#[derive(Clone)]
struct Kept {
    at: Timestamp,
    metadata: Metadata,
    keys: Arc<JwkSet>,
}

#[derive(Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// Why the provider is of no help.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// The client cannot be made.
    #[error("the identity provider cannot be asked: {0}")]
    Setup(String),
    /// It did not answer as it should.
    #[error("the identity provider {issuer}: {reason}")]
    Answer {
        /// Which.
        issuer: String,
        /// What was wrong.
        reason: String,
    },
}

impl Provider {
    /// A provider; it is contacted when the first person signs in.
    pub fn new(config: ProviderConfig) -> Result<Self, ProviderError> {
        Ok(Self {
            client: client(&config.issuer)?,
            config,
            departures: Departures::default(),
            kept: tokio::sync::Mutex::default(),
            exchanges: Semaphore::new(EXCHANGES_AT_ONCE),
        })
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    fn redirect_uri(&self) -> String {
        format!("{}/sign-in/callback", self.config.public_url)
    }

    fn wrong(&self, reason: &dyn Display) -> ProviderError {
        ProviderError::Answer {
            issuer: self.config.issuer.clone(),
            reason: reason.to_string(),
        }
    }

    /// The provider's description and keys, asked for again now and then, or at once for a key that is not known.
    async fn described(&self, now: Timestamp, again: bool) -> Result<Kept, ProviderError> {
        let mut known = self.kept.lock().await;
        if let Some(kept) = &known.kept
            && !again
            && (0..KEPT_MS).contains(&now.since_ms(kept.at))
        {
            return Ok(kept.clone());
        }
        // Requests that waited meanwhile do not fetch the same again, one after the other.
        if let Some((at, error)) = &known.failed
            && at.elapsed() < FAILURE_KEPT
        {
            return Err(error.clone());
        }
        let described = self.ask_for_description(now).await;
        match &described {
            Ok(described) => {
                known.kept = Some(described.clone());
                known.failed = None;
            }
            Err(error) => known.failed = Some((Instant::now(), error.clone())),
        }
        described
    }

    async fn ask_for_description(&self, now: Timestamp) -> Result<Kept, ProviderError> {
        let issuer = self.config.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = self.read(self.client.get(url)).await?;
        if metadata.issuer != self.config.issuer {
            return Err(self.wrong(&format!("it calls itself {:?}", metadata.issuer)));
        }
        let keys: JwkSet = self.read(self.client.get(&metadata.jwks_uri)).await?;
        Ok(Kept {
            at: now,
            metadata,
            keys: Arc::new(keys),
        })
    }

    async fn read<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, ProviderError> {
        let failed = |error: reqwest::Error| self.wrong(&error.without_url());
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(self.wrong(&"its answer does not end"));
            }
        }
        if !status.is_success() {
            return Err(self.wrong(&format!("it answered with status {status}")));
        }
        serde_json::from_slice(&body).map_err(|error| self.wrong(&error))
    }

    /// The address of the provider's page to sign in.
    fn address(&self, metadata: &Metadata, departure: &Departure) -> Result<String, Problem> {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(departure.verifier.as_bytes()));
        let scope = [&["openid".to_owned()][..], &self.config.scopes]
            .concat()
            .join(" ");
        let redirect_uri = self.redirect_uri();
        let query = [
            ("response_type", "code"),
            ("client_id", &self.config.client_id),
            ("redirect_uri", &redirect_uri),
            ("scope", &scope),
            ("state", &departure.state),
            ("nonce", &departure.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query =
            serde_urlencoded::to_string(query).map_err(|error| Problem::internal(&error))?;
        let separator = if metadata.authorization_endpoint.contains('?') {
            '&'
        } else {
            '?'
        };
        Ok(format!(
            "{}{separator}{query}",
            metadata.authorization_endpoint
        ))
    }

    /// Exchanges the code for a token, and returns its claims about the person who signed in.
    async fn claims(
        &self,
        code: &str,
        departure: &Departure,
        now: Timestamp,
    ) -> Result<serde_json::Map<String, serde_json::Value>, ProviderError> {
        let described = self.described(now, false).await?;
        let redirect_uri = self.redirect_uri();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
            ("client_id", self.config.client_id.as_str()),
            ("code_verifier", departure.verifier.as_str()),
        ];
        let mut request = self
            .client
            .post(&described.metadata.token_endpoint)
            .form(&form);
        if let Some(secret) = &self.config.client_secret {
            request = request.basic_auth(&self.config.client_id, Some(secret.expose_secret()));
        }
        let tokens: Tokens = self.read(request).await?;
        let expected = Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce: &departure.nonce,
            now,
        };
        let checked = match id_token::checked(&tokens.id_token, &described.keys, expected) {
            Err(id_token::IdTokenError::UnknownKey) => {
                // The provider may have changed its keys since.
                let described = self.described(now, true).await?;
                id_token::checked(&tokens.id_token, &described.keys, expected)
            }
            checked => checked,
        };
        checked.map_err(|error| self.wrong(&error))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the identity provider is no part of the platform; there are timeouts, and no redirects"
)]
fn client(issuer: &str) -> Result<reqwest::Client, ProviderError> {
    let is_loopback = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"]
        .iter()
        .any(|start| issuer.starts_with(start));
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT);
    let builder = if is_loopback {
        builder.no_proxy()
    } else {
        builder.https_only(true)
    };
    let client = builder.build();
    client.map_err(|error| ProviderError::Setup(error.to_string()))
}

/// The paths of signing in through the provider.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/sign-in/provider", get(go))
        .route("/sign-in/callback", get(back))
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

fn provider(state: &AppState) -> Result<&Provider, Problem> {
    let found = state.identity_provider();
    found.ok_or_else(|| Problem::not_found("no identity provider is set up"))
}

/// Redirects a person to the provider.
async fn go(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    let provider = provider(&state)?;
    let now = state.now();
    let described = match provider.described(now, false).await {
        Ok(described) => described,
        Err(error) => return Ok(unavailable(&state, texts(&headers), &error)),
    };
    let next = inner_path(&state, next.as_deref());
    let begun = provider.departures.begin(state.random(), next, now);
    let (departure, value) = begun.map_err(|error| Problem::internal(&error))?;
    let url = provider.address(&described.metadata, &departure)?;
    let mut response = Redirect::to(&url).into_response();
    set_cookie(&state, &mut response, &value, AWAY_MS / 1_000, peer);
    Ok(response)
}

fn unavailable(state: &AppState, texts: Texts, error: &ProviderError) -> Response {
    tracing::warn!(%error, "nobody can sign in through the identity provider");
    refused(
        state,
        texts,
        StatusCode::BAD_GATEWAY,
        &texts.say("sign-in-provider-unavailable"),
    )
}

fn set_cookie(state: &AppState, response: &mut Response, value: &str, seconds: i64, peer: Peer) {
    let secure = if peer.is_encrypted || state.is_public_encrypted() {
        "; Secure"
    } else {
        ""
    };
    let text = format!(
        "{STATE_COOKIE}={value}; Path={}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
        state.path("/sign-in")
    );
    if let Ok(cookie) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

#[derive(Deserialize)]
struct Back {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Receives a person who comes back from the provider.
async fn back(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Query(told): Query<Back>,
) -> Result<Response, Problem> {
    let provider = provider(&state)?;
    let now = state.now();
    let texts = texts(&headers);
    if let Some(problem) = state.was_turned_away(peer.address) {
        return Ok(refused(&state, texts, problem.status(), problem.detail()));
    }
    let own = cookie(&headers, STATE_COOKIE).unwrap_or_default();
    let came = told.state.as_deref().unwrap_or_default();
    let Some(departure) = provider.departures.end(own, came, now) else {
        let (status, fault) = (StatusCode::BAD_REQUEST, texts.say("sign-in-no-answer"));
        return Ok(refused(&state, texts, status, &fault));
    };
    let Some(code) = told.code.filter(|_| told.error.is_none()) else {
        tracing::info!(error = told.error, "the identity provider let nobody in");
        let (status, fault) = (StatusCode::FORBIDDEN, texts.say("sign-in-not-let-in"));
        return Ok(refused(&state, texts, status, &fault));
    };
    let claims = {
        let Ok(_exchange) = provider.exchanges.try_acquire() else {
            return Err(Problem::busy("too many are signing in just now", 5));
        };
        provider.claims(&code, &departure, now).await
    };
    let claims = match claims {
        Ok(claims) => claims,
        Err(error) => {
            state.note_turned_away(peer.address);
            return Ok(unavailable(&state, texts, &error));
        }
    };
    let scopes = provider.config.grants.scopes(&claims);
    let name = id_token::name(&claims);
    if !scopes.may_read() {
        tracing::info!(who = name, "the configuration grants this person nothing");
        let (status, fault) = (StatusCode::FORBIDDEN, texts.say("sign-in-no-rights"));
        return Ok(refused(&state, texts, status, &fault));
    }
    let begun = Begun {
        name,
        scopes,
        account_id: state.settings().account,
        parent_id: None,
        expires_at: None,
    };
    let session = begin_session(&state, begun, peer).await?;
    let mut response = Redirect::to(&departure.next).into_response();
    response.headers_mut().append(header::SET_COOKIE, session);
    set_cookie(&state, &mut response, "", 0, peer);
    Ok(response)
}
