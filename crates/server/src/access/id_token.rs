//! The claims of an identity provider about a person: checked, and turned into scopes. Pure.

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Scope, Scopes};
use presence_model::ids::ExtensionId;
use presence_model::time::Timestamp;

/// Signatures that are accepted. None that a public key could forge, and not "none".
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::ES256,
];

/// How far the provider's clock may be from ours, in seconds.
const LEEWAY_S: i64 = 60;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'e> {
    /// Who issued it.
    pub(super) issuer: &'e str,
    /// For whom.
    pub(super) client_id: &'e str,
    /// In answer to which request.
    pub(super) nonce: &'e str,
    /// The present moment.
    pub(super) now: Timestamp,
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It is no token.
    #[error("the ID token cannot be read: {0}")]
    Unreadable(String),
    /// Its signature is of a kind that is not accepted.
    #[error("the ID token is signed with {0}, which is not accepted")]
    Algorithm(String),
    /// None of the provider's keys is its own.
    #[error("the ID token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// Its signature, issuer or audience is wrong.
    #[error("the ID token is not believed: {0}")]
    Wrong(String),
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    aud: Value,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// The claims of a token that is believed.
pub(super) fn checked(
    token: &str,
    keys: &JwkSet,
    expected: Expected<'_>,
) -> Result<Map<String, Value>, IdTokenError> {
    let header =
        decode_header(token).map_err(|error| IdTokenError::Unreadable(error.to_string()))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(IdTokenError::Algorithm(format!("{:?}", header.alg)));
    }
    let is_meant = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
    let candidates: Vec<&Jwk> = keys.keys.iter().filter(is_meant).collect();
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The time is checked below, against the clock that was given.
    validation.validate_exp = false;
    let mut refused = IdTokenError::UnknownKey;
    for key in candidates {
        let Ok(key) = DecodingKey::from_jwk(key) else {
            continue;
        };
        match decode::<Claims>(token, &key, &validation) {
            Ok(decoded) => return believed(decoded.claims, expected),
            Err(error) => refused = IdTokenError::Wrong(error.to_string()),
        }
    }
    Err(refused)
}

fn believed(claims: Claims, expected: Expected<'_>) -> Result<Map<String, Value>, IdTokenError> {
    let wrong = |what: &str| Err(IdTokenError::Wrong(what.to_owned()));
    let now_s = expected.now.as_ms().div_euclid(1_000);
    if claims.exp + LEEWAY_S <= now_s {
        return wrong("it has expired");
    }
    if claims.nbf.is_some_and(|nbf| nbf - LEEWAY_S > now_s) {
        return wrong("it is not valid yet");
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return wrong("it is no answer to this request");
    }
    let is_for_several = claims
        .aud
        .as_array()
        .is_some_and(|audience| audience.len() > 1);
    let is_ours = claims.azp.as_deref() == Some(expected.client_id);
    if !is_ours && (is_for_several || claims.azp.is_some()) {
        return wrong("it was given to another client");
    }
    Ok(claims.others)
}

/// Whom the configuration lets in, and with which scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// The claim that lists groups.
    pub groups_claim: String,
    /// The claim that has the person's own extension id.
    pub extension_claim: Option<String>,
    /// The scopes of a group.
    pub groups: Vec<(String, Vec<Scope>)>,
}

impl Grants {
    /// The scopes of a person with these claims: none, if nothing was granted.
    pub(super) fn scopes(&self, claims: &Map<String, Value>) -> Scopes {
        let listed = match claims.get(&self.groups_claim) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(group)) => vec![group.as_str()],
            _ => Vec::new(),
        };
        let mut scopes: Vec<Scope> = Vec::new();
        for (group, granted) in &self.groups {
            if listed.contains(&group.as_str()) {
                scopes.extend(granted.iter().cloned());
            }
        }
        let own = self
            .extension_claim
            .as_ref()
            .and_then(|name| claims.get(name));
        let own = own.and_then(|value| match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_i64(),
            _ => None,
        });
        scopes.extend(own.map(|id| Scope::ReadExtension(ExtensionId(id))));
        Scopes::new(scopes)
    }
}

/// A person's name: the first of these claims that is present.
pub(super) fn name(claims: &Map<String, Value>) -> String {
    let mut names = ["email", "preferred_username", "name", "sub"].iter();
    let found = names.find_map(|name| claims.get(*name)?.as_str().filter(|text| !text.is_empty()));
    found.unwrap_or("someone").chars().take(100).collect()
}
