//! `GET /healthz`, `/readyz` and `/metrics`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use super::Operations;

/// What OpenMetrics calls its text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers `/healthz`, `/readyz` and `/metrics`; to be served alone or merged into another router.
pub fn router(operations: Arc<Operations>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(operations)
}

async fn healthz(State(operations): State<Arc<Operations>>) -> Response {
    let health = operations.health();
    let status = ok_if(health.status == "alive");
    (status, [NOT_STORED], Json(health)).into_response()
}

async fn readyz(State(operations): State<Arc<Operations>>) -> Response {
    let readiness = operations.readiness().await;
    let status = ok_if(readiness.reasons.is_empty());
    (status, [NOT_STORED], Json(readiness)).into_response()
}

async fn metrics(State(operations): State<Arc<Operations>>) -> Response {
    match operations.metrics().await {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

const NOT_STORED: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

fn ok_if(is_well: bool) -> StatusCode {
    if is_well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}
