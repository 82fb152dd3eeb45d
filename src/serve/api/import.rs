//! Recording sweeps that are sent: the lines of `presence import`.

use std::io::Cursor;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::import::{Importer, Input};
use crate::render::json;
use crate::serve::access::Ingester;
use crate::serve::error::Problem;
use crate::serve::state::AppState;
use crate::shapes::import::Imported;

/// The largest body, in bytes.
pub(super) const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// `POST /api/v1/import`: NDJSON, a sweep a line.
pub(super) async fn import(
    State(state): State<AppState>,
    Ingester(identity): Ingester,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("the body has more than {BODY_BYTES_MAX} bytes; send fewer lines at once"),
        ),
        status => Problem::new(status, "unreadable", "the body cannot be read"),
    })?;
    if let Some(own) = identity.account_id {
        check_accounts(&body, own.0)?;
    }
    let mut importer = Importer::new(Arc::clone(state.store()), Arc::clone(state.clock()));
    let input = Input {
        name: "the body".to_owned(),
        byte_count: Some(body.len() as u64),
        reader: Cursor::new(body),
    };
    let summary = importer.import(input, &mut |_| {}).await.map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "refused",
            error.to_string(),
        )
    })?;
    tracing::info!(
        who = identity.name,
        stored_count = summary.stored_count,
        event_count = summary.event_count,
        "sweeps were sent"
    );
    let body = json::pretty(&Imported {
        line_count: summary.line_count,
        stored_count: summary.stored_count,
        skipped_count: summary.skipped_count,
        event_count: summary.event_count,
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Refuses lines of another account than the token's. What is no line at all, the import itself refuses.
fn check_accounts(body: &[u8], own: i64) -> Result<(), Problem> {
    #[derive(serde::Deserialize)]
    struct Line<'l> {
        #[serde(borrow)]
        account_id: &'l serde_json::value::RawValue,
    }
    for (index, line) in body.split(|&byte| byte == b'\n').enumerate() {
        let line = line
            .trim_ascii()
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(line);
        let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else {
            continue;
        };
        if line.account_id.get().trim_matches('"') != own.to_string() {
            return Err(Problem::forbidden(format!(
                "line {} is of another account than the token is for ({own}); nothing was stored",
                index + 1
            )));
        }
    }
    Ok(())
}
