//! How well the history is being kept: where it ends, the last sweep, and who writes.

use presence_model::history::LogEnd;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{LeaseRow, SweepRow};

use crate::context::Context;
use crate::error::AskError;

/// How well the history is being kept.
#[derive(Clone, Debug)]
pub struct Health {
    /// Where the log ends.
    pub end: LogEnd,
    /// The last sweep, whatever it saw.
    pub last_sweep: Option<SweepRow>,
    /// Who may write.
    pub lease: Option<LeaseRow>,
}

/// How well the history is being kept.
pub async fn health(context: &Context) -> Result<Health, AskError> {
    let end = context.log_end().await?;
    let account_id = context.account_id();
    let mut reading = context.reading().await;
    Ok(Health {
        end,
        last_sweep: reading.last_sweep(account_id).await?,
        lease: reading.lease(account_id).await?,
    })
}

/// The first sweep of all that saw anything before the window's end, or the first in the window that saw nobody, if that
/// was earlier: before it, there is no gap.
pub async fn first_sweep_at(
    context: &Context,
    window: TimeRange,
) -> Result<Option<Timestamp>, AskError> {
    let Some(always) = TimeRange::new(Timestamp::MIN, window.to()) else {
        return Ok(None);
    };
    let coverage = context.coverage(always).await?;
    let seeing = coverage.observed.first().map(|segment| segment.from);
    let failed = context.failed_sweeps(window).await?;
    let failed = failed.first().map(|sweep| sweep.started_at);
    Ok(seeing.into_iter().chain(failed).min())
}
