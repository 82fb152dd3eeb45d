//! Judges responses that are not an answer. Pure.
//!
//! The HTTP status decides first, then any code found at the top level or in `errors`; never the message, which is
//! only shown (error reference, "Shape on the wire").

use serde_json::Value;

use super::SourceError;

/// How many characters of an unreadable answer are shown.
const EXCERPT_CHARS: usize = 80;

/// The beginning of an answer, fit to be shown: one line, control characters escaped, secrets left out.
pub(super) fn excerpt(body: &[u8], secrets: &[&str]) -> String {
    // Enough of it that a secret which begins inside the excerpt is seen whole.
    let head = &body[..body.len().min(16 * 1024)];
    let mut text = String::from_utf8_lossy(head).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[secret]");
    }
    let shown: String = text
        .chars()
        .take(EXCERPT_CHARS)
        .flat_map(|character| {
            let escaped: Box<dyn Iterator<Item = char>> = if is_unprintable(character) {
                Box::new(character.escape_unicode())
            } else {
                Box::new(std::iter::once(character))
            };
            escaped
        })
        .collect();
    if text.chars().count() > EXCERPT_CHARS {
        format!("{shown}…")
    } else {
        shown
    }
}

/// Control characters, and those that turn the direction of text around.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Why a body is not the JSON that it should be.
pub(super) fn unreadable(why: &str, body: &[u8], secrets: &[&str]) -> String {
    if body.is_empty() {
        return "it is empty".to_owned();
    }
    let start = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if start == Some(&b'<') {
        return format!(
            "it is a web page, not JSON (a proxy or the wrong server?): {}",
            excerpt(body, secrets)
        );
    }
    format!("{why}; it begins with: {}", excerpt(body, secrets))
}

/// What an error body says, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Complaint {
    /// `error` of the token endpoint.
    pub(super) error: Option<String>,
    /// All codes, the top-level one first.
    pub(super) codes: Vec<String>,
    /// The first message.
    pub(super) message: Option<String>,
    /// `permissionName`.
    pub(super) permission: Option<String>,
}

impl Complaint {
    /// Reads an error body; of one that is not JSON, nothing.
    pub(super) fn read(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
        let inner: &[Value] = value
            .get("errors")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice);
        let levels = || std::iter::once(&value).chain(inner);
        let mut codes: Vec<String> = levels()
            .filter_map(|level| text(level, "errorCode"))
            .collect();
        codes.dedup();
        Self {
            error: text(&value, "error"),
            codes,
            message: levels()
                .find_map(|level| text(level, "message"))
                .or_else(|| text(&value, "error_description")),
            permission: levels().find_map(|level| text(level, "permissionName")),
        }
    }

    /// Whether it has one of these codes.
    pub(super) fn has(&self, codes: &[&str]) -> bool {
        self.codes.iter().any(|code| codes.contains(&code.as_str()))
    }

    /// Status, codes and message in one line, for people.
    pub(super) fn describe(&self, status: u16, body: &[u8], secrets: &[&str]) -> String {
        let mut parts = vec![status.to_string()];
        parts.extend(self.error.clone());
        parts.extend(self.codes.iter().cloned());
        let told = parts
            .iter()
            .map(|part| excerpt(part.as_bytes(), secrets))
            .collect::<Vec<_>>()
            .join(" ");
        match &self.message {
            Some(message) => format!("{told}: {}", excerpt(message.as_bytes(), secrets)),
            None if body.is_empty() => told,
            None => format!("{told}: {}", excerpt(body, secrets)),
        }
    }
}

/// What a status means for a request that carried a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An answer.
    Answer,
    /// There is no such thing.
    NotFound,
    /// The token is not accepted: renew it and repeat once.
    TokenRejected,
    /// Repeating does not help.
    Fails(SourceError),
}

/// Whether a status says that the same request may succeed a little later.
pub(super) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 500 | 502 | 503 | 504)
}

/// Judges a response that is neither transient nor a refusal by the rate limit.
pub(super) fn judge(what: &'static str, status: u16, body: &[u8], secrets: &[&str]) -> Verdict {
    if (200..300).contains(&status) {
        return Verdict::Answer;
    }
    let complaint = Complaint::read(body);
    let why = complaint.describe(status, body, secrets);
    match status {
        401 => Verdict::TokenRejected,
        403 => Verdict::Fails(SourceError::PermissionMissing(forbidden(
            what, &complaint, &why,
        ))),
        404 => Verdict::NotFound,
        _ => Verdict::Fails(SourceError::Refused { what, why }),
    }
}

/// What is missing, and where it is switched on.
fn forbidden(what: &str, complaint: &Complaint, why: &str) -> String {
    let permission = complaint
        .permission
        .clone()
        .or_else(|| bracketed(complaint.message.as_deref()?))
        .unwrap_or_else(|| "permission".to_owned());
    let permission = excerpt(permission.as_bytes(), &[]);
    let remedy = if complaint.has(&["CMN-401"]) {
        format!(
            "the application lacks {permission}: add it in the developer console (the application's Settings, \
             Security, Application permissions); it works after a new login, some minutes later"
        )
    } else if complaint.has(&["CMN-408", "CMN-402"]) {
        format!(
            "the user whose JWT is used lacks {permission}: give them a role that has it in the admin portal \
             (Users, Roles & Permissions)"
        )
    } else if complaint.has(&["OAU-167"]) {
        "the user whose JWT is used has access to some sites only: give them a role without that restriction"
            .to_owned()
    } else {
        "the application or the user whose JWT is used may not do this".to_owned()
    };
    format!("RingCentral does not allow {what}: {remedy} ({why})")
}

/// The first name in square brackets, as in "needs to have [ReadPresence] permission".
fn bracketed(message: &str) -> Option<String> {
    let (_, rest) = message.split_once('[')?;
    let (name, _) = rest.split_once(']')?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "the presence of the account";

    #[test]
    fn an_excerpt_is_one_short_line_without_secrets() {
        assert_eq!(excerpt(b"a\r\nb\x1b[31m", &[]), "a\\u{d}\\u{a}b\\u{1b}[31m");
        assert_eq!(excerpt("\u{202e}x".as_bytes(), &[]), "\\u{202e}x");
        assert_eq!(excerpt(b"token=hush!", &["hush"]), "token=[secret]!");
        assert_eq!(excerpt(&[b'x'; 100], &[]).chars().count(), 81);
    }

    #[test]
    fn a_web_page_is_called_one() {
        let why = unreadable("expected value", b"\n<html><title>Sign in", &[]);
        assert!(why.contains("web page"), "{why}");
        let why = unreadable("EOF while parsing", b"{\"records\":[", &[]);
        assert_eq!(why, "EOF while parsing; it begins with: {\"records\":[");
    }

    #[test]
    fn a_missing_permission_says_which_and_where() {
        let body = br#"{"errorCode":"CMN-401","message":"In order to call this API endpoint, application needs to
            have [ReadPresence] permission","errors":[{"errorCode":"CMN-401","permissionName":"ReadPresence"}]}"#;
        let Verdict::Fails(SourceError::PermissionMissing(text)) = judge(WHAT, 403, body, &[])
        else {
            panic!("403 is a missing permission");
        };
        assert!(text.contains("the application lacks ReadPresence"), "{text}");
        assert!(text.contains("developer console"), "{text}");
        let body = br#"{"errorCode":"CMN-408","message":"user needs to have [ReadPresenceStatus] permission"}"#;
        let Verdict::Fails(error) = judge(WHAT, 403, body, &[]) else {
            panic!("403 is a missing permission");
        };
        assert!(error.to_string().contains("lacks ReadPresenceStatus"), "{error}");
        assert!(error.stops_collecting());
    }

    #[test]
    fn codes_are_found_at_either_level_and_may_be_missing() {
        let body = br#"{"errorCode":"TokenInvalid","errors":[{"errorCode":"OAU-149"}]}"#;
        assert_eq!(Complaint::read(body).codes, ["TokenInvalid", "OAU-149"]);
        assert_eq!(Complaint::read(br#"{"errors":[]}"#), Complaint::default());
        assert_eq!(Complaint::read(b"<html>"), Complaint::default());
        assert_eq!(Complaint::read(br#"{"errors":7,"errorCode":3}"#), Complaint::default());
    }

    #[test]
    fn the_status_decides() {
        assert_eq!(judge(WHAT, 207, b"", &[]), Verdict::Answer);
        assert_eq!(judge(WHAT, 401, b"<html>", &[]), Verdict::TokenRejected);
        assert_eq!(judge(WHAT, 404, b"{}", &[]), Verdict::NotFound);
        let Verdict::Fails(error) = judge(WHAT, 400, br#"{"errorCode":"CMN-101","message":"bad"}"#, &[])
        else {
            panic!("400 fails");
        };
        assert_eq!(
            error.to_string(),
            "RingCentral refused the presence of the account: 400 CMN-101: bad"
        );
        assert!(!error.stops_collecting());
    }
}
