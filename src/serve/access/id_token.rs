//! What an identity provider says of somebody: checked, and turned into scopes. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Scope, Scopes};
use crate::model::ids::ExtensionId;
use crate::model::time::Timestamp;

/// Signatures that are accepted: none that a public key could forge, and not "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Ps256,
    Es256,
}

impl Algorithm {
    fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// The keys that a provider publishes (RFC 7517).
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Keys {
    keys: Vec<Key>,
}

/// One of them; what is of another kind than those below verifies nothing.
#[derive(Clone, Debug, Deserialize)]
struct Key {
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    r#use: Option<String>,
    #[serde(default)]
    kty: String,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

impl Key {
    /// Whether the signature of a message is this key's. The key says which kinds it can make, not the token alone.
    fn signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let part = |text: &Option<String>| text.as_deref().and_then(decoded);
        match (algorithm, self.kty.as_str()) {
            (Algorithm::Rs256 | Algorithm::Ps256, "RSA") => {
                let (Some(n), Some(e)) = (part(&self.n), part(&self.e)) else {
                    return false;
                };
                let kind = if algorithm == Algorithm::Rs256 {
                    &RSA_PKCS1_2048_8192_SHA256
                } else {
                    &RSA_PSS_2048_8192_SHA256
                };
                let key = RsaPublicKeyComponents { n, e };
                key.verify(kind, message, signature).is_ok()
            }
            (Algorithm::Es256, "EC") if self.crv.as_deref() == Some("P-256") => {
                let (Some(x), Some(y)) = (part(&self.x), part(&self.y)) else {
                    return false;
                };
                let point = [&[4][..], &x, &y].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

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
    /// What it says, or its signature, is wrong.
    #[error("the ID token is not believed: {0}")]
    Wrong(String),
}

/// What a token says of its signature.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// Extensions that must be understood: there are none that are.
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
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
    keys: &Keys,
    expected: Expected<'_>,
) -> Result<Map<String, Value>, IdTokenError> {
    let unreadable = || IdTokenError::Unreadable("it is not three parts of base64".to_owned());
    let (signed, signature) = token.rsplit_once('.').ok_or_else(unreadable)?;
    let (header, claims) = signed.split_once('.').ok_or_else(unreadable)?;
    let signature = decoded(signature).ok_or_else(unreadable)?;
    let header: Header = part(header)?;
    if header.crit.is_some() {
        return Err(IdTokenError::Wrong(
            "it asks for what is not known here".to_owned(),
        ));
    }
    let algorithm = Algorithm::named(&header.alg).ok_or(IdTokenError::Algorithm(header.alg))?;
    let is_meant = |key: &&Key| {
        let is_named = header.kid.is_none() || key.kid == header.kid;
        is_named && key.r#use.as_deref().is_none_or(|of| of == "sig")
    };
    let mut candidates = keys.keys.iter().filter(is_meant).peekable();
    if candidates.peek().is_none() {
        return Err(IdTokenError::UnknownKey);
    }
    if candidates.any(|key| key.signed(algorithm, signed.as_bytes(), &signature)) {
        return believed(part(claims)?, expected);
    }
    Err(IdTokenError::Wrong(
        "its signature is not the provider's".to_owned(),
    ))
}

/// A part of a token.
fn part<T: DeserializeOwned>(text: &str) -> Result<T, IdTokenError> {
    let wrong = |reason: String| IdTokenError::Unreadable(reason);
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
}

fn believed(claims: Claims, expected: Expected<'_>) -> Result<Map<String, Value>, IdTokenError> {
    let wrong = |what: &str| Err(IdTokenError::Wrong(what.to_owned()));
    let now_s = expected.now.as_ms().div_euclid(1_000);
    let ours = Value::from(expected.client_id);
    let (is_for_us, is_for_several) = match &claims.aud {
        Value::Array(audience) => (audience.contains(&ours), audience.len() > 1),
        one => (*one == ours, false),
    };
    if claims.iss != expected.issuer {
        return wrong("another provider issued it");
    }
    if claims.exp.saturating_add(LEEWAY_S) <= now_s {
        return wrong("it has expired");
    }
    if claims
        .nbf
        .is_some_and(|nbf| nbf.saturating_sub(LEEWAY_S) > now_s)
    {
        return wrong("it is not valid yet");
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return wrong("it is no answer to this request");
    }
    let is_given_to_us = claims.azp.as_deref() == Some(expected.client_id);
    if !is_for_us || (!is_given_to_us && (is_for_several || claims.azp.is_some())) {
        return wrong("it was given to another client");
    }
    Ok(claims.others)
}

/// Whom the configuration lets in, and with which scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// The claim that lists groups.
    pub groups_claim: String,
    /// The claim that is somebody's own extension id.
    pub extension_claim: Option<String>,
    /// The scopes of a group.
    pub groups: Vec<(String, Vec<Scope>)>,
}

impl Grants {
    /// What somebody with these claims may do: nothing, if nothing was granted.
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

/// What somebody is called: the first of these claims that there is.
pub(super) fn name(claims: &Map<String, Value>) -> String {
    let mut names = ["email", "preferred_username", "name", "sub"].iter();
    let found = names.find_map(|name| claims.get(*name)?.as_str().filter(|text| !text.is_empty()));
    found.unwrap_or("somebody").chars().take(100).collect()
}
