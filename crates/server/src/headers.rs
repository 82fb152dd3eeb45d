//! What every answer says to browsers, and which requests of theirs are refused.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::ProtectionError;

use super::error::Problem;

/// No script and no style but our own files, nothing from elsewhere, in no frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// A picture by itself: its style sheet is inside; it has no script, and none would run.
pub(super) const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Puts the headers on every answer; what a handler has said itself stays.
pub(super) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    // What is told is personal: no cache that others share may keep it.
    headers
        .entry("cache-control")
        .or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

/// A request that another site had a browser send.
pub(super) fn cross_site(_: ProtectionError) -> Response {
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross_site",
        "the request was sent by a page of another site",
    )
    .into_response()
}
