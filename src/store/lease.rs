//! Who may write: the lease of an account.
//!
//! The lease keeps two collectors from polling the same account; what keeps a collector that was overtaken from
//! writing is its epoch, which every append checks.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, query};

use super::codec::Columns;
use super::dialect::BEGIN_WRITE;
use super::{Lease, StoreError, sql};
use crate::model::ids::{AccountId, Epoch};
use crate::model::time::Timestamp;

const COLUMNS: &[&str] = &["account_id", "holder", "epoch", "expires_at"];

/// Takes the lease, or renews it, or tells who has it.
pub(super) async fn acquire(
    connection: &mut SqliteConnection,
    account: AccountId,
    holder: &str,
    now: Timestamp,
    ttl_ms: i64,
) -> Result<Lease, StoreError> {
    let mut transaction = connection.begin_with(BEGIN_WRITE).await?;
    let row = query(sql::LEASE)
        .bind(account.0)
        .fetch_optional(&mut *transaction)
        .await?;
    let mut epoch = Epoch(1);
    if let Some(row) = row {
        let columns = Columns::of(&row, "lease", COLUMNS, 1);
        let (current, expires_at) = (columns.int(2)?, columns.time(3)?);
        match columns.opt_text(1)? {
            Some(other) if other != holder && now < expires_at => {
                return Ok(Lease::Taken {
                    holder: other.to_owned(),
                    expires_at,
                });
            }
            Some(other) if other == holder => epoch = Epoch(current),
            _ => epoch = Epoch(current + 1),
        }
    }
    query(sql::PUT_LEASE)
        .bind(account.0)
        .bind(holder.to_owned())
        .bind(epoch.0)
        .bind(now.plus_ms(ttl_ms).as_ms())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Lease::Held(epoch))
}

/// Gives the lease up, if it is still the one of that epoch.
pub(super) async fn release(
    connection: &mut SqliteConnection,
    account: AccountId,
    epoch: Epoch,
) -> Result<(), StoreError> {
    query(sql::RELEASE_LEASE)
        .bind(account.0)
        .bind(epoch.0)
        .execute(connection)
        .await?;
    Ok(())
}
