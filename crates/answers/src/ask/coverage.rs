//! When the account was looked at.

use crate::shapes;
use presence_core::model::time::Span;
use presence_core::query::coverage::{self as coverage_query, Blind, CoverageAnswer};

use super::context::Context;
use super::error::AskError;

/// When the account was looked at.
pub async fn coverage(
    context: &Context,
    window: Span,
) -> Result<shapes::coverage::Coverage, AskError> {
    let passed = window.before(context.now());
    let coverage = context.coverage(window).await?;
    let looks = match passed {
        Some(passed) => context.blind_looks(passed).await?,
        None => Vec::new(),
    };
    let blind: Vec<Blind<'_>> = looks
        .iter()
        .map(|look| Blind {
            at: look.started_at,
            valid_for_ms: look.valid_for_ms,
            detail: look.detail.as_deref(),
        })
        .collect();
    let answer = passed.map_or_else(CoverageAnswer::default, |passed| {
        coverage_query::coverage(&coverage.observed, &blind, passed)
    });
    let (end, now) = (context.log_end().await?, context.now());
    let as_of = shapes::as_of::AsOf::of(end, window.to(), now);
    Ok(shapes::coverage::Coverage::of(&answer, window, now, as_of))
}
