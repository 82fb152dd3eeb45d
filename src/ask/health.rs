//! How well the history is being kept: where it ends, the last look, and who writes.

use crate::model::history::LogEnd;
use crate::store::{LeaseRow, LookRow};

use super::context::Context;
use super::error::AskError;

/// How well the history is being kept.
#[derive(Clone, Debug)]
pub struct Health {
    /// Where the log ends.
    pub end: LogEnd,
    /// The last look, whatever it saw.
    pub last_look: Option<LookRow>,
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
        last_look: reading.last_look(account_id).await?,
        lease: reading.lease(account_id).await?,
    })
}
