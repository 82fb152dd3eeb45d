//! Recording sweeps that are sent: the lines of `presence import`.

use std::io::Cursor;
use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::access::{Ingester, Peer};
use crate::capacity::Holding;
use crate::error::Problem;
use crate::state::AppState;
use presence_answers::shapes::import::Imported;
use presence_charts::json;
use presence_recording::import::{Importer, Input, accounts};

/// The largest body, in bytes.
pub(super) const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// `POST /api/v1/import`: NDJSON, a sweep a line.
pub(super) async fn import(
    State(state): State<AppState>,
    Ingester(identity): Ingester,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    // What is sent needs room as what is answered does.
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse().ok());
    let bytes = declared
        .unwrap_or(BODY_BYTES_MAX as u64)
        .min(BODY_BYTES_MAX as u64);
    let _place = state.room().take(peer.address, bytes, Holding::default())?;
    let body = Bytes::from_request(request, &state).await;
    let body = body.map_err(|rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("the body has more than {BODY_BYTES_MAX} bytes; send fewer lines at once"),
        ),
        status => Problem::new(status, "unreadable", "the body cannot be read"),
    })?;
    // One after the other: whose history an empty store is to hold is decided by the first.
    let _recording = state.recording().lock().await;
    let accounts = accounts(&body);
    for (line_no, account_id) in &accounts {
        let first = accounts[0].1;
        let checked = state.check_recorded(&identity, *account_id, first).await;
        checked.map_err(|problem| {
            Problem::forbidden(format!(
                "line {line_no}: {}; nothing was stored",
                problem.detail()
            ))
        })?;
    }
    let mut importer = Importer::new(
        Arc::clone(state.recording_store()),
        Arc::clone(state.clock()),
    )
    .only(accounts.into_iter().map(|(_, account_id)| account_id));
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
