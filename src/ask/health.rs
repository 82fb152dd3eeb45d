//! How well the history is being kept: the last look, who writes, and looks that saw less than everybody.

use crate::model::history::LogEnd;
use crate::model::time::Span;
use crate::store::{LeaseRow, LookRow};

use super::context::{AskError, Context};

/// How well the history is being kept.
#[derive(Clone, Debug)]
pub struct Health {
    /// Where the log ends.
    pub end: LogEnd,
    /// The last look, whatever it saw.
    pub last_look: Option<LookRow>,
    /// Who may write.
    pub lease: Option<LeaseRow>,
    /// Looks of the window that did not see everybody, the latest first; at most as many as were asked for.
    pub missed: Vec<LookRow>,
}

/// How well the history is being kept, and at most `limit` of the looks of a window that did not see everybody.
pub async fn health(context: &Context, window: Span, limit: u32) -> Result<Health, AskError> {
    let end = context.log_end().await?;
    let account_id = context.account_id();
    let mut reading = context.reading().await;
    Ok(Health {
        end,
        last_look: reading.last_look(account_id).await?,
        lease: reading.lease(account_id).await?,
        missed: reading.looks_missed(account_id, window, limit).await?,
    })
}
