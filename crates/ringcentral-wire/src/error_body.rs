//! What the platform says when it refuses.

use serde::Deserialize;
use serde_json::Value;

use super::WireError;
use super::values::{Object, clip};

const TEXT_CHARS: usize = 300;
/// A refusal has one or two errors; more than these are not read.
const ERRORS_MAX: usize = 20;

/// The body of an error response; of a body that is no JSON, as gateways in between send, nothing but its beginning.
///
/// Decide by the HTTP status first, then by any of the codes, never by the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// Every code (of the first errors, should there be very many), each once, in the order of `errorCode`, `errors[].errorCode`, `error`: the first may differ from
    /// the more precise inner ones (`TokenInvalid` and `OAU-149`), and any of them may be missing.
    pub codes: Vec<String>,
    /// What is said to people: one line of bounded length.
    pub message: Option<String>,
    /// The permission that is lacking (`permissionName`), if it is named.
    pub permission: Option<String>,
    /// The parameter that is wrong (`parameterName`), if it is named.
    pub parameter: Option<String>,
}

impl ErrorBody {
    /// Whether this is one of the codes.
    pub fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    /// Stands for an answer that was no error but could not be read.
    pub(super) fn unreadable(error: &WireError) -> Self {
        Self {
            message: Some(error.to_string()),
            ..Self::default()
        }
    }
}

/// One level of an error body; whatever type its values have, only texts are read.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Level {
    error_code: Value,
    error: Value,
    message: Value,
    #[serde(rename = "error_description")]
    error_description: Value,
    permission_name: Value,
    parameter_name: Value,
    errors: Value,
}

/// Reads the body of an error response; it takes anything.
pub fn error_body(bytes: &[u8]) -> ErrorBody {
    let Ok(Object(outer)) = serde_json::from_slice::<Object<Level>>(bytes) else {
        return ErrorBody {
            message: beginning(bytes),
            ..ErrorBody::default()
        };
    };
    let inner: Vec<Level> = outer
        .errors
        .as_array()
        .into_iter()
        .flatten()
        .take(ERRORS_MAX)
        .filter_map(|level| Object::<Level>::deserialize(level).ok())
        .map(|level| level.0)
        .collect();
    let levels = || std::iter::once(&outer).chain(&inner);
    let first = |of: fn(&Level) -> &Value| levels().find_map(|level| text(of(level)));
    let mut codes: Vec<String> = Vec::new();
    let told = levels()
        .map(|level| &level.error_code)
        .chain(std::iter::once(&outer.error));
    for code in told.filter_map(text) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    ErrorBody {
        codes,
        message: first(|level| &level.message).or_else(|| first(|level| &level.error_description)),
        permission: first(|level| &level.permission_name),
        parameter: first(|level| &level.parameter_name),
    }
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(|text| clip(text, TEXT_CHARS))
}

fn beginning(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    (!text.is_empty()).then(|| clip(text, TEXT_CHARS))
}
