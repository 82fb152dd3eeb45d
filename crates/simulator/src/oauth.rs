//! The token endpoint: who a client is, which grants it may use, what it is answered.
//!
//! Pure. The credentials are development values; nothing here protects anything.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::paging::Query;
use super::refusal::Refused;
use super::tokens::{Issued, Sessions};

const JWT_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What a client must present: fixed values for development, no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The application's id.
    pub client_id: String,
    /// The application's password.
    pub client_secret: String,
    /// The user's JWT credential.
    pub jwt: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            client_id: "simulated-client-id".to_owned(),
            client_secret: "simulated-client-secret".to_owned(),
            jwt: "eyJraWQiOiJzaW11bGF0ZWQifQ.eyJhdWQiOiJzaW11bGF0ZWQifQ.c2ltdWxhdGVk".to_owned(),
        }
    }
}

impl Credentials {
    /// Says whether a request's Basic authorization names the application and its password.
    pub(super) fn match_basic(&self, headers: &HeaderMap) -> bool {
        let pair = format!("{}:{}", self.client_id, self.client_secret);
        let given = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        given
            .and_then(|value| value.split_once(' '))
            .is_some_and(|(scheme, value)| {
                scheme.eq_ignore_ascii_case("basic") && value.trim() == STANDARD.encode(&pair)
            })
    }
}

/// Finds the access token in a request's headers.
pub(super) fn authorization(headers: &HeaderMap) -> Result<&str, Refused> {
    let value = headers
        .get("authorization")
        .ok_or_else(Refused::no_authorization)?;
    value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
        .map(|(_, token)| token.trim())
        .ok_or_else(Refused::malformed_authorization)
}

/// Decides about a token request whose client is known.
pub(super) fn grant(
    credentials: &Credentials,
    sessions: &mut Sessions,
    form: &Query,
    now_ms: i64,
) -> Result<Issued, Refused> {
    let ttl_s = match form.get("access_token_ttl") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            let message = "Parameter [access_token_ttl] value is invalid.";
            Refused::oauth(400, "invalid_request", "CMN-101", message)
        })?),
    };
    match form.get("grant_type") {
        Some(JWT_GRANT | "partner_jwt") => match form.get("assertion") {
            Some(jwt) if jwt == credentials.jwt => Ok(sessions.open(now_ms, ttl_s)),
            _ => Err(Refused::invalid_grant()),
        },
        Some("refresh_token") => sessions
            .refresh(form.get("refresh_token").unwrap_or_default(), now_ms, ttl_s)
            .ok_or_else(Refused::invalid_grant),
        Some("password" | "authorization_code" | "client_credentials") => {
            Err(Refused::unauthorized_client())
        }
        _ => Err(Refused::unsupported_grant()),
    }
}

/// Composes the answer to a token request.
pub(super) fn token_body(issued: &Issued, owner: i64, scope: &str, form: &Query) -> Value {
    let endpoint = form.get("endpoint_id").unwrap_or("9t1ZQ0TdRZiJ0l2Zl1B8Xg");
    let mut body = json!({
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": issued.expires_in_s,
        "scope": scope,
        "owner_id": owner.to_string(),
        "endpoint_id": endpoint,
        "session_id": issued.session_id,
        "session_idle_timeout": 3_600,
    });
    if let Some((token, expires_in_s)) = &issued.refresh {
        body["refresh_token"] = json!(token);
        body["refresh_token_expires_in"] = json!(expires_in_s);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_known_by_the_published_form_of_its_password() {
        let credentials = Credentials {
            client_id: "example-client-id".to_owned(),
            client_secret: "example-client-secret".to_owned(),
            ..Credentials::default()
        };
        let published = "ZXhhbXBsZS1jbGllbnQtaWQ6ZXhhbXBsZS1jbGllbnQtc2VjcmV0";
        for (given, expected) in [
            (format!("Basic {published}"), true),
            (format!("basic {published}"), true),
            (format!("Bearer {published}"), false),
            (format!("Basic {}", published.to_lowercase()), false),
            (published.to_owned(), false),
        ] {
            let mut headers = HeaderMap::new();
            let value = given.parse().expect("it is a header's value");
            headers.insert("authorization", value);
            assert_eq!(credentials.match_basic(&headers), expected, "{given}");
        }
        assert!(!credentials.match_basic(&HeaderMap::new()));
    }
}
