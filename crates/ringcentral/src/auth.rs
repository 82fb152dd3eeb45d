//! Logging in, and keeping the token fresh. One place does both, and one at a time.
//!
//! The JWT is a credential that RingCentral hands out; it is posted as it is, not signed here. A refresh token comes
//! only if the application issues them; it works once, and each answer brings the next (OAuth guide).

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use presence_model::time::Timestamp;

use super::SourceError;
use super::budget::Endpoint;
use super::failure::{describe, redacted, unreadable};
use super::token_file::{KeptToken, SessionStorage, TokenFile, TokenLock};
use super::transport::{Authorization, Body, ClientError, Outgoing, Reply, Transport};
use super::waits::{Wait, WaitReason};
use presence_ringcentral_wire::{self as wire, ErrorBody, error_body};

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
/// How often to look whether another program has logged in.
const LOCK_PAUSE: Duration = Duration::from_millis(100);
/// A permission that was added works in sessions that are opened some minutes later (OAuth guide, "Refresh rules"); a
/// younger session is not replaced for it.
const PERMISSION_DELAY_MS: i64 = 300_000;

/// An access token, and which login or renewal it came from.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: SecretString,
    pub(super) generation: u64,
}

struct Session {
    token: Token,
    /// When it was opened with the JWT.
    opened_at: Timestamp,
    renew_at: Timestamp,
    expires_at: Timestamp,
    refresh: Option<SecretString>,
    /// The application's permissions, as the platform told them.
    scope: Option<String>,
    /// The platform did not accept the token.
    is_rejected: bool,
}

/// What became of the session that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptSession {
    /// There was none.
    None,
    /// Its time had passed; its file is removed.
    Over,
    /// The platform has ended it.
    Ended,
    /// Its file is removed, but the platform could not be told.
    Untold {
        /// Why not.
        why: String,
        /// It ends by itself then, unless it is renewed.
        expires_at: Timestamp,
    },
}

/// Anyone who needs a token asks here.
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
    pub(super) fn keep_in(
        &mut self,
        place: SessionStorage,
        transport: &Transport,
    ) -> Result<(), ClientError> {
        let file = TokenFile::new(place, &self.credentials);
        let kept = match file.read() {
            Ok(kept) => kept,
            Err(error) if file.is_named() => return Err(error),
            Err(error) => {
                tracing::warn!("{error}; until then each start logs in again");
                return Ok(());
            }
        };
        *self.session.get_mut() = kept.map(|kept| session_of(kept, 1, transport.now()));
        self.file = Some(file);
        Ok(())
    }

    /// The application's permissions, as the platform told them with the token.
    pub(super) async fn scope(&self) -> Option<String> {
        self.session.lock().await.as_ref()?.scope.clone()
    }

    /// Where the session is kept from one start to the next, and until when its token holds; `None` if it is not kept.
    pub(super) async fn kept(&self) -> Option<(&std::path::Path, Timestamp)> {
        let file = self.file.as_ref().filter(|file| file.is_written())?;
        let session = self.session.lock().await;
        Some((&file.path, session.as_ref()?.expires_at))
    }

    /// A token that is good for a while: the one at hand, or a new one. Anyone who comes meanwhile waits for it.
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
        let lock = self.lock(transport, by).await?;
        let renewed = self.renew(transport, &mut session, by).await;
        match renewed {
            Ok(renewed) => {
                let token = renewed.token.clone();
                if let Some(file) = &self.file {
                    // Before it is used for the first time: with that the refresh token before it dies.
                    file.write(&kept_of(&renewed));
                }
                drop(lock);
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

    /// One program at a time logs in: the others then find its session in the file. `None` if there is no file, or it
    /// cannot be locked.
    async fn lock(
        &self,
        transport: &Transport,
        by: Timestamp,
    ) -> Result<Option<TokenLock>, SourceError> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let mut is_told = false;
        loop {
            match file.try_lock() {
                Ok(Some(lock)) => return Ok(Some(lock)),
                Ok(None) => {}
                Err(error) if file.is_named() => {
                    tracing::warn!(path = %file.path.display(), %error, "other programs cannot be kept from logging in meanwhile");
                    return Ok(None);
                }
                // That the session cannot be kept either is told when it is to be written.
                Err(_) => return Ok(None),
            }
            if transport.now() >= by {
                return Err(SourceError::Unavailable {
                    what: LOGIN.name,
                    why: format!(
                        "another program is logging in with the same credentials, and holds {}.lock",
                        file.path.display()
                    ),
                });
            }
            if !is_told {
                is_told = true;
                transport.tell(&Wait {
                    what: LOGIN.name,
                    reason: WaitReason::OtherProgram,
                    from: transport.now(),
                    until: by,
                });
            }
            // Another program's work passes in real time, whatever our clock is.
            tokio::time::sleep(LOCK_PAUSE).await;
        }
    }

    /// Ends a session from before, which may lack a permission that the application was given meanwhile: the next one
    /// who asks logs in with the JWT. `false` if the session is too young for that to help.
    pub(super) async fn replace_older(&self, transport: &Transport, by: Timestamp) -> bool {
        let mut session = self.session.lock().await;
        let Some(current) = &mut *session else {
            return false;
        };
        if transport.now().since_ms(current.opened_at) < PERMISSION_DELAY_MS {
            return false;
        }
        current.renew_at = Timestamp::MIN;
        current.is_rejected = true;
        current.refresh = None;
        let token = current.token.value.clone();
        drop(session);
        if let Err(error) = self.revoke(transport, &token, by).await {
            tracing::debug!(%error, "the session before could not be ended");
        }
        true
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
        if self.file.as_ref().is_some_and(TokenFile::is_written) {
            return;
        }
        let Some(session) = self.session.lock().await.take() else {
            return;
        };
        let form = self.identified(vec![(
            "token",
            session.token.value.expose_secret().to_owned(),
        )]);
        let outgoing = self.post(REVOKE_PATH, &form);
        if let Err(error) = transport.send_once(&outgoing, Timestamp::MIN).await {
            tracing::debug!(%error, "the session could not be ended");
        }
    }

    /// Ends the session that is kept, and takes it out of its file: also if the platform could not be told.
    pub(super) async fn end_kept(
        &self,
        transport: &Transport,
        by: Timestamp,
    ) -> Result<KeptSession, ClientError> {
        let Some(file) = &self.file else {
            return Ok(KeptSession::None);
        };
        let mut session = self.session.lock().await;
        let Some(session) = session.take() else {
            return Ok(KeptSession::None);
        };
        file.remove().map_err(|error| ClientError::TokenFile {
            path: file.path.clone(),
            why: format!("it cannot be removed: {error}"),
        })?;
        let is_over = transport.now() >= session.expires_at;
        let token = match (is_over, &session.refresh) {
            (false, _) => &session.token.value,
            (true, Some(refresh)) => refresh,
            (true, None) => return Ok(KeptSession::Over),
        };
        Ok(match self.revoke(transport, token, by).await {
            Ok(()) => KeptSession::Ended,
            Err(error) => KeptSession::Untold {
                why: error.to_string(),
                expires_at: session.expires_at,
            },
        })
    }

    /// Asks the platform to end a session; one that it does not know has ended.
    async fn revoke(
        &self,
        transport: &Transport,
        token: &SecretString,
        by: Timestamp,
    ) -> Result<(), SourceError> {
        let form = self.identified(vec![("token", token.expose_secret().to_owned())]);
        let reply = transport.send(&self.post(REVOKE_PATH, &form), by).await?;
        let body = redacted(&reply.body, &self.secrets());
        let is_unknown = error_body(&body).has_code("invalid_grant");
        if reply.status == 200 || (reply.status == 400 && is_unknown) {
            return Ok(());
        }
        Err(SourceError::Refused {
            what: "the end of the session",
            why: describe(reply.status, &body),
        })
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
        // Taken out: it works once, and an attempt that fails for good begins again with the JWT.
        let refresh = session.as_mut().and_then(|current| current.refresh.take());
        if let Some(refresh) = refresh {
            let form = vec![
                ("grant_type", "refresh_token".to_owned()),
                ("refresh_token", refresh.expose_secret().to_owned()),
            ];
            let opened_at = session.as_ref().map(|current| current.opened_at);
            match self.grant(transport, form, generation, opened_at, by).await {
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
        self.grant(transport, form, generation, None, by).await
    }

    /// The session that another program has renewed meanwhile, and left in the file.
    fn kept_by_another(
        &self,
        transport: &Transport,
        current: Option<&Session>,
        generation: u64,
    ) -> Option<Session> {
        let kept = match self.file.as_ref()?.read() {
            Ok(kept) => session_of(kept?, generation, transport.now()),
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
        opened_at: Option<Timestamp>,
        by: Timestamp,
    ) -> Result<Session, SourceError> {
        let form = self.identified(form);
        let reply = transport.send(&self.post(TOKEN_PATH, &form), by).await?;
        if reply.status == 200 {
            let session = self.session(&reply, generation)?;
            return Ok(Session {
                opened_at: opened_at.unwrap_or(session.opened_at),
                ..session
            });
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
                "the platform gives no usable lifetime for the token: an hour is assumed"
            );
        }
        let life_ms = believed_s.unwrap_or(LIFE_S_DEFAULT) * 1_000;
        let margin_ms = (life_ms / 10).min(MARGIN_MS_MAX);
        Ok(Session {
            token: Token {
                value: told.access_token,
                generation,
            },
            opened_at: reply.requested_at,
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

/// A kept session. Its times are believed as far as the platform could have told them.
fn session_of(kept: KeptToken, generation: u64, now: Timestamp) -> Session {
    let expires_at = kept.expires_at.min(now.plus_ms(*LIFE_S.end() * 1_000));
    Session {
        token: Token {
            value: kept.access_token,
            generation,
        },
        opened_at: kept.opened_at.min(now),
        renew_at: kept.renew_at.min(expires_at),
        expires_at,
        refresh: kept.refresh_token,
        scope: kept.scope,
        is_rejected: false,
    }
}

fn kept_of(session: &Session) -> KeptToken {
    KeptToken {
        access_token: session.token.value.clone(),
        opened_at: session.opened_at,
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
        "the JWT is revoked, expired, or not for this application: create a new one in the developer console and set \
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
