//! Logging in, and keeping the token fresh. One place does both, and one at a time.
//!
//! The JWT is a credential that RingCentral hands out; it is posted as it is, not signed here. A refresh token comes
//! only if the application issues them; it works once, and each answer brings the next (OAuth guide).

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::model::time::Timestamp;

use super::SourceError;
use super::budget::Endpoint;
use super::failure::{describe, redacted, unreadable};
use super::token_file::{KeptToken, TokenFile};
use super::transport::{Authorization, Body, ClientError, Outgoing, Reply, Transport};
use super::wire::{self, ErrorBody, error_body};

/// What it takes to log in.
#[derive(Clone)]
pub struct Credentials {
    /// The platform's address, such as `https://platform.ringcentral.com`.
    pub server_url: String,
    /// The application.
    pub client_id: String,
    /// The application's secret; empty for an application that has none.
    pub client_secret: SecretString,
    /// The JWT credential of the user as whom we ask.
    pub jwt: SecretString,
}

impl std::fmt::Debug for Credentials {
    /// Shows where they are for, and nothing of themselves.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("server_url", &self.server_url)
            .finish_non_exhaustive()
    }
}

const LOGIN: Endpoint = Endpoint {
    name: "the login",
    group: "auth",
};
const TOKEN_PATH: &str = "/restapi/oauth/token";
const REVOKE_PATH: &str = "/restapi/oauth/revoke";
const JWT_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// A token is renewed this long before its end, or after nine tenths of its life if that is later.
const MARGIN_MS_MAX: i64 = 300_000;
/// A renewal that failed for the moment is tried again after so long, while the token holds.
const RENEW_PAUSE_MS: i64 = 30_000;
/// How long a token lives if its response does not say (OAuth guide: the default).
const LIFE_S_DEFAULT: i64 = 3_600;
/// Lives that are believed, in seconds; the platform gives tokens of ten minutes to two hours. A token that ends before it
/// is renewed is refused, and renewed then.
const LIFE_S: std::ops::RangeInclusive<i64> = 60..=86_400;

/// An access token, and which login or renewal it came from.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: SecretString,
    pub(super) generation: u64,
}

struct Session {
    token: Token,
    renew_at: Timestamp,
    expires_at: Timestamp,
    refresh: Option<SecretString>,
    /// The application's permissions, as the platform told them.
    scope: Option<String>,
    /// The platform did not accept the token.
    is_rejected: bool,
}

/// Whoever needs a token asks here.
pub(super) struct Login {
    credentials: Credentials,
    session: Mutex<Option<Session>>,
    file: Option<TokenFile>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Login").field(&self.credentials).finish()
    }
}

impl Login {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            session: Mutex::new(None),
            file: None,
        }
    }

    /// Keeps the session in a file, and goes on with the one that is in it, if it is of these credentials.
    pub(super) fn keep_in(&mut self, path: PathBuf) -> Result<(), ClientError> {
        let file = TokenFile::new(path, &self.credentials);
        let kept = file.read()?;
        *self.session.get_mut() = kept.map(|kept| session_of(kept, 1));
        self.file = Some(file);
        Ok(())
    }

    /// The application's permissions, as the platform told them with the token.
    pub(super) async fn scope(&self) -> Option<String> {
        self.session.lock().await.as_ref()?.scope.clone()
    }

    /// A token that is good for a while: the one at hand, or a new one. Whoever comes meanwhile waits for it.
    pub(super) async fn token(
        &self,
        transport: &Transport,
        by: Timestamp,
    ) -> Result<Token, SourceError> {
        let mut session = self.session.lock().await;
        if let Some(current) = &*session
            && transport.now() < current.renew_at
        {
            return Ok(current.token.clone());
        }
        match self.renew(transport, &mut session, by).await {
            Ok(renewed) => {
                let token = renewed.token.clone();
                if let Some(file) = &self.file {
                    // Before it is used for the first time: with that the refresh token before it dies.
                    file.write(&kept_of(&renewed));
                }
                *session = Some(renewed);
                Ok(token)
            }
            Err(error) => match &mut *session {
                // It was to be renewed early, and still holds for a while.
                Some(current)
                    if error.is_transient()
                        && !current.is_rejected
                        && transport.now() < current.expires_at =>
                {
                    tracing::warn!(%error, "the token could not be renewed yet");
                    current.renew_at = transport.now().plus_ms(RENEW_PAUSE_MS);
                    Ok(current.token.clone())
                }
                _ => Err(error),
            },
        }
    }

    /// The platform did not accept this token: the next one who asks gets a new one.
    pub(super) async fn reject(&self, generation: u64) {
        if let Some(current) = &mut *self.session.lock().await
            && current.token.generation == generation
        {
            current.renew_at = Timestamp::MIN;
            current.is_rejected = true;
        }
    }

    /// Ends the session, so that it does not count among the few that a user may have, unless it is kept for the next
    /// start. Failures are of no consequence.
    pub(super) async fn log_out(&self, transport: &Transport) {
        if self.file.is_some() {
            return;
        }
        let Some(session) = self.session.lock().await.take() else {
            return;
        };
        let token = session.token.value.expose_secret().to_owned();
        let form = self.identified(vec![("token", token)]);
        let outgoing = self.post(REVOKE_PATH, &form);
        if let Err(error) = transport.send_once(&outgoing, Timestamp::MIN).await {
            tracing::debug!(%error, "the session could not be ended");
        }
    }

    /// Texts that must not be shown, should the platform echo them.
    pub(super) fn secrets(&self) -> [&str; 2] {
        [
            self.credentials.client_secret.expose_secret(),
            self.credentials.jwt.expose_secret(),
        ]
    }

    async fn renew(
        &self,
        transport: &Transport,
        session: &mut Option<Session>,
        by: Timestamp,
    ) -> Result<Session, SourceError> {
        let generation = session
            .as_ref()
            .map_or(1, |current| current.token.generation + 1);
        if let Some(newer) = self.kept_by_another(transport, session.as_ref(), generation) {
            return Ok(newer);
        }
        // Taken out: it works once, and an attempt that fails for good begins anew with the JWT.
        let refresh = session.as_mut().and_then(|current| current.refresh.take());
        if let Some(refresh) = refresh {
            let form = vec![
                ("grant_type", "refresh_token".to_owned()),
                ("refresh_token", refresh.expose_secret().to_owned()),
            ];
            match self.grant(transport, form, generation, by).await {
                Err(SourceError::LoginRefused(why)) => {
                    tracing::debug!(%why, "the refresh token is used up; logging in with the JWT");
                }
                Err(error @ SourceError::RateLimited { .. }) => {
                    if let Some(current) = session {
                        current.refresh = Some(refresh);
                    }
                    return Err(error);
                }
                other => return other,
            }
        }
        let form = vec![
            ("grant_type", JWT_GRANT.to_owned()),
            ("assertion", self.credentials.jwt.expose_secret().to_owned()),
        ];
        self.grant(transport, form, generation, by).await
    }

    /// The session that another program has renewed meanwhile, and left in the file.
    fn kept_by_another(
        &self,
        transport: &Transport,
        current: Option<&Session>,
        generation: u64,
    ) -> Option<Session> {
        let kept = match self.file.as_ref()?.read() {
            Ok(kept) => session_of(kept?, generation),
            Err(error) => {
                tracing::warn!(%error, "the token is not read again");
                return None;
            }
        };
        let is_ours = current.is_some_and(|current| {
            current.token.value.expose_secret() == kept.token.value.expose_secret()
        });
        (!is_ours && transport.now() < kept.renew_at).then_some(kept)
    }

    async fn grant(
        &self,
        transport: &Transport,
        form: Vec<(&'static str, String)>,
        generation: u64,
        by: Timestamp,
    ) -> Result<Session, SourceError> {
        let form = self.identified(form);
        let reply = transport.send(&self.post(TOKEN_PATH, &form), by).await?;
        if reply.status == 200 {
            return self.session(&reply, generation);
        }
        let body = redacted(&reply.body, &self.secrets());
        Err(SourceError::LoginRefused(format!(
            "{} ({})",
            remedy(reply.status, &error_body(&body)),
            describe(reply.status, &body)
        )))
    }

    fn session(&self, reply: &Reply, generation: u64) -> Result<Session, SourceError> {
        let told = wire::token(&reply.body).map_err(|error| SourceError::Malformed {
            what: LOGIN.name,
            // What arrived may hold a token: it is shown only if it is surely none.
            why: if reply.body.contains(&b'{') {
                error.to_string()
            } else {
                unreadable(&error.to_string(), &redacted(&reply.body, &self.secrets()))
            },
        })?;
        let believed_s = told.expires_in_s.filter(|told_s| LIFE_S.contains(told_s));
        if believed_s.is_none() {
            tracing::warn!(
                told_s = told.expires_in_s,
                "the platform does not say how long the token lives, or not so that it could be: an hour is assumed"
            );
        }
        let life_ms = believed_s.unwrap_or(LIFE_S_DEFAULT) * 1_000;
        let margin_ms = (life_ms / 10).min(MARGIN_MS_MAX);
        Ok(Session {
            token: Token {
                value: told.access_token,
                generation,
            },
            renew_at: reply.requested_at.plus_ms(life_ms - margin_ms),
            expires_at: reply.requested_at.plus_ms(life_ms),
            refresh: told.refresh_token,
            scope: told.scope,
            is_rejected: false,
        })
    }

    fn identified(&self, mut form: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        if self.credentials.client_secret.expose_secret().is_empty() {
            form.push(("client_id", self.credentials.client_id.clone()));
        }
        form
    }

    fn post<'a>(&'a self, path: &'static str, form: &'a [(&'static str, String)]) -> Outgoing<'a> {
        let secret = &self.credentials.client_secret;
        Outgoing {
            endpoint: LOGIN,
            path,
            body: Body::Form(form),
            authorization: if secret.expose_secret().is_empty() {
                Authorization::None
            } else {
                Authorization::Basic {
                    user: &self.credentials.client_id,
                    password: secret,
                }
            },
        }
    }
}

fn session_of(kept: KeptToken, generation: u64) -> Session {
    Session {
        token: Token {
            value: kept.access_token,
            generation,
        },
        renew_at: kept.renew_at,
        expires_at: kept.expires_at,
        refresh: kept.refresh_token,
        scope: kept.scope,
        is_rejected: false,
    }
}

fn kept_of(session: &Session) -> KeptToken {
    KeptToken {
        access_token: session.token.value.clone(),
        renew_at: session.renew_at,
        expires_at: session.expires_at,
        refresh_token: session.refresh.clone(),
        scope: session.scope.clone(),
    }
}

/// What to do about a refused login.
fn remedy(status: u16, complaint: &ErrorBody) -> &'static str {
    let is = |codes: &[&str]| codes.iter().any(|code| complaint.has_code(code));
    if is(&["OAU-165", "OAU-121"]) {
        "the application belongs to another environment (production or sandbox) than the server: check RC_SERVER_URL"
    } else if is(&["OAU-236", "OAU-141", "OAU-142"]) {
        "the user of the JWT is disabled or may not log in"
    } else if is(&["invalid_client", "OAU-153", "OAU-146"]) {
        "the client id or secret is wrong: check RC_APP_CLIENT_ID and RC_APP_CLIENT_SECRET"
    } else if is(&["unauthorized_client", "OAU-251", "OAU-112", "OAU-125"]) {
        "the application may not log in with a JWT: choose JWT auth flow in its settings in the developer console"
    } else if is(&["invalid_grant"]) {
        "the JWT is revoked, expired, or not for this application: create another in the developer console and set \
         RC_USER_JWT"
    } else if status == 404 {
        "the server has no token endpoint: check RC_SERVER_URL"
    } else {
        "the login was refused"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_show_nothing_of_themselves() {
        let credentials = Credentials {
            server_url: "https://platform.ringcentral.com".into(),
            client_id: "the-client".into(),
            client_secret: SecretString::from("the-secret"),
            jwt: SecretString::from("the-jwt"),
        };
        let shown = format!("{credentials:?} {:?}", Login::new(credentials.clone()));
        assert!(shown.contains("platform.ringcentral.com"), "{shown}");
        for secret in ["the-client", "the-secret", "the-jwt"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let told = |body: &[u8]| remedy(400, &error_body(body));
        assert!(told(br#"{"error":"invalid_client"}"#).contains("RC_APP_CLIENT_SECRET"));
        assert!(told(br#"{"error":"invalid_grant"}"#).contains("RC_USER_JWT"));
        assert!(told(br#"{"error":"unauthorized_client"}"#).contains("JWT auth flow"));
        assert!(
            told(br#"{"error":"invalid_client","errors":[{"errorCode":"OAU-165"}]}"#)
                .contains("RC_SERVER_URL")
        );
        assert!(remedy(404, &ErrorBody::default()).contains("RC_SERVER_URL"));
    }
}
