//! When the account was looked at.

use crate::model::time::Span;
use crate::query::coverage as coverage_query;
use crate::shapes;

use super::context::{AskError, Context};

/// When the account was looked at.
pub async fn coverage(
    context: &Context,
    window: Span,
) -> Result<shapes::coverage::Coverage, AskError> {
    let coverage = context.coverage(window).await?;
    let answer = coverage_query::coverage(&coverage.observed, window);
    let end = context.log_end().await?;
    let as_of = shapes::as_of::AsOf::of(end, window.to(), context.now());
    Ok(shapes::coverage::Coverage::of(&answer, window, as_of))
}
