//! When the account was observed.

use crate::shapes;
use presence_core::query::coverage::{self as coverage_query, CoverageAnswer, FailedSweep};
use presence_model::time::TimeRange;

use presence_reading::context::Context;
use presence_reading::error::AskError;

/// When the account was observed.
pub async fn coverage(
    context: &Context,
    window: TimeRange,
) -> Result<crate::coverage::shape::Coverage, AskError> {
    let passed = window.before(context.now());
    let coverage = context.coverage(window).await?;
    let looks = match passed {
        Some(passed) => context.failed_sweeps(passed).await?,
        None => Vec::new(),
    };
    let failed: Vec<FailedSweep<'_>> = looks
        .iter()
        .map(|sweep| FailedSweep {
            at: sweep.started_at,
            valid_for_ms: sweep.valid_for_ms,
            detail: sweep.detail.as_deref(),
        })
        .collect();
    let answer = passed.map_or_else(CoverageAnswer::default, |passed| {
        coverage_query::coverage(&coverage.observed, &failed, passed)
    });
    let (end, now) = (context.log_end().await?, context.now());
    let as_of = shapes::as_of::AsOf::of(end, window.to(), now);
    Ok(crate::coverage::shape::Coverage::of(
        &answer, window, now, as_of,
    ))
}
