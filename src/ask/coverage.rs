//! When the account was looked at.

use crate::model::time::Span;
use crate::query::coverage::{self as coverage_query, Blind};
use crate::shapes;

use super::context::Context;
use super::error::AskError;

/// When the account was looked at.
pub async fn coverage(
    context: &Context,
    window: Span,
) -> Result<shapes::coverage::Coverage, AskError> {
    let coverage = context.coverage(window).await?;
    let looks = context.blind_looks(window).await?;
    let blind: Vec<Blind<'_>> = looks
        .iter()
        .map(|look| Blind {
            at: look.started_at,
            valid_for_ms: look.valid_for_ms,
            detail: look.detail.as_deref(),
        })
        .collect();
    let answer = coverage_query::coverage(&coverage.observed, &blind, window);
    let end = context.log_end().await?;
    let as_of = shapes::as_of::AsOf::of(end, window.to(), context.now());
    Ok(shapes::coverage::Coverage::of(&answer, window, as_of))
}
