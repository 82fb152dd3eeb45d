//! Judges responses that are not an answer. Pure.
//!
//! The HTTP status decides first, then any code found at the top level or in `errors`; never the message, which is
//! only shown (error reference, "Shape on the wire").

use std::borrow::Cow;

use super::SourceError;
use presence_ringcentral_wire::{ErrorBody, clip, error_body};

/// How many characters of an answer are shown.
const EXCERPT_CHARS: usize = 80;

/// The body without texts that must not be shown: a server or proxy may echo what it was sent.
pub(super) fn redacted<'a>(body: &'a [u8], secrets: &[&str]) -> Cow<'a, [u8]> {
    let text = String::from_utf8_lossy(body);
    let found: Vec<&str> = secrets
        .iter()
        .copied()
        .filter(|secret| !secret.is_empty() && text.contains(secret))
        .collect();
    if found.is_empty() {
        return Cow::Borrowed(body);
    }
    let clean = found.iter().fold(text.into_owned(), |text, secret| {
        text.replace(secret, "[secret]")
    });
    Cow::Owned(clean.into_bytes())
}

/// The beginning of an answer, fit to be shown.
fn excerpt(body: &[u8]) -> String {
    // A character has at most four bytes.
    let head = &body[..body.len().min(4 * EXCERPT_CHARS + 4)];
    clip(String::from_utf8_lossy(head).trim(), EXCERPT_CHARS)
}

/// What is wrong with an answer that could not be decoded for the reason `why`, and how it begins.
pub(super) fn unreadable(why: &str, body: &[u8]) -> String {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => "it is empty".to_owned(),
        Some(b'<') => format!(
            "it is a web page, not JSON (from a proxy or the wrong server?): {}",
            excerpt(body)
        ),
        Some(_) => format!("{why}; it begins with: {}", excerpt(body)),
    }
}

/// Status, codes and message in one line, for people.
pub(super) fn describe(status: u16, body: &[u8]) -> String {
    let complaint = error_body(body);
    let mut told = status.to_string();
    for code in &complaint.codes {
        told = format!("{told} {}", clip(code, EXCERPT_CHARS));
    }
    match &complaint.message {
        Some(message) => format!("{told}: {}", clip(message, EXCERPT_CHARS)),
        None => told,
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
pub(super) fn judge(what: &'static str, status: u16, body: &[u8]) -> Verdict {
    match status {
        200..300 => Verdict::Answer,
        401 => Verdict::TokenRejected,
        403 => Verdict::Fails(SourceError::PermissionMissing(forbidden(what, body))),
        // Only the platform's own "not found": a proxy's must not make anyone disappear.
        404 if error_body(body).has_code("CMN-102") => Verdict::NotFound,
        _ => Verdict::Fails(SourceError::Refused {
            what,
            why: describe(status, body),
        }),
    }
}

/// What is missing, and where it is switched on.
fn forbidden(what: &str, body: &[u8]) -> String {
    let complaint = error_body(body);
    let permission = permission(&complaint);
    let remedy = if complaint.has_code("CMN-401") {
        application_lacks(&permission)
    } else if complaint.has_code("CMN-408") || complaint.has_code("CMN-402") {
        user_lacks(&permission)
    } else if complaint.has_code("OAU-167") {
        "the user of the JWT may see only some sites; give them a role without that restriction"
            .to_owned()
    } else {
        "the application or the user of the JWT is not allowed to".to_owned()
    };
    format!(
        "RingCentral does not provide {what}: {remedy} ({})",
        describe(403, body)
    )
}

/// What to do when the application lacks a permission.
pub(super) fn application_lacks(permission: &str) -> String {
    format!(
        "the application lacks {permission}; add it in the developer console (the application's settings, Security, \
         Application permissions). It works after a new login, some minutes later"
    )
}

/// What to do when the user lacks a permission.
pub(super) fn user_lacks(permission: &str) -> String {
    format!(
        "the user of the JWT lacks {permission}; give them a role that has it in the admin portal (Users, Roles & \
         Permissions)"
    )
}

/// The permission that is named, also only in the message, as in `needs to have [ReadPresence] permission`.
fn permission(complaint: &ErrorBody) -> String {
    let in_message = || {
        let (_, rest) = complaint.message.as_deref()?.split_once('[')?;
        rest.split_once(']').map(|(name, _)| name.to_owned())
    };
    let named = complaint.permission.clone().or_else(in_message);
    named.map_or_else(
        || "a permission".to_owned(),
        |name| format!("the permission {}", clip(&name, EXCERPT_CHARS)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "the account's presence";

    #[track_caller]
    fn failure(status: u16, body: &str) -> SourceError {
        match judge(WHAT, status, body.as_bytes()) {
            Verdict::Fails(error) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_sent_is_not_shown() {
        assert_eq!(
            &*redacted(b"token=hush!", &["hush", ""]),
            b"token=[secret]!"
        );
        assert!(matches!(redacted(b"nothing", &["hush"]), Cow::Borrowed(_)));
    }

    #[test]
    fn a_web_page_is_called_one() {
        let why = unreadable("expected value", b"\n<html><title>Sign in\x1b[31m");
        assert!(why.contains("a web page, not JSON"), "{why}");
        assert!(!why.contains('\x1b'), "{why}");
        assert_eq!(
            unreadable("the document ends", b"{\"records\":["),
            "the document ends; it begins with: {\"records\":["
        );
        assert_eq!(unreadable("the document ends", b" "), "it is empty");
        let long = unreadable("odd", &[b'x'; 500]);
        assert_eq!(long, format!("odd; it begins with: {}…", "x".repeat(80)));
    }

    #[test]
    fn a_missing_permission_says_which_and_where() {
        let error = failure(
            403,
            r#"{"errorCode":"CMN-401","message":"application needs to have [X] permission",
                "errors":[{"errorCode":"CMN-401","permissionName":"ReadPresence"}]}"#,
        );
        assert!(error.stops_collecting());
        let text = error.to_string();
        assert!(
            text.contains("the application lacks the permission ReadPresence"),
            "{text}"
        );
        assert!(text.contains("developer console"), "{text}");
        let error = failure(
            403,
            r#"{"errorCode":"CMN-408","message":"user needs to have [ReadPresenceStatus] permission"}"#,
        );
        assert!(
            error
                .to_string()
                .contains("lacks the permission ReadPresenceStatus"),
            "{error}"
        );
        assert!(failure(403, "<html>").stops_collecting());
    }

    #[test]
    fn the_status_decides() {
        assert_eq!(judge(WHAT, 207, b""), Verdict::Answer);
        assert_eq!(judge(WHAT, 401, b"<html>"), Verdict::TokenRejected);
        assert_eq!(
            judge(WHAT, 404, br#"{"errors":[{"errorCode":"CMN-102"}]}"#),
            Verdict::NotFound
        );
        assert!(matches!(
            failure(404, "<html>"),
            SourceError::Refused { .. }
        ));
        let error = failure(400, r#"{"errorCode":"CMN-101","message":"bad\u0007"}"#);
        assert_eq!(
            error.to_string(),
            "RingCentral refused the account's presence: 400 CMN-101: bad\u{fffd}"
        );
        assert!(!error.stops_collecting());
    }
}
