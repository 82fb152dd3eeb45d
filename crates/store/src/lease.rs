//! Who may write: the lease of an account.
//!
//! The lease keeps two collectors from polling the same account; what keeps a collector that lost its lease from
//! writing is its epoch, which every append checks.

use sqlx::{Connection, Transaction};

use super::columns::Columns;
use super::columns::OneRow;
use super::dialect::{Dialect, Statement};
use super::selected::LeaseColumns;
use super::writer::Writer;
use super::{Lease, LeaseRow, StoreError, sql};
use presence_model::ids::{AccountId, Epoch};
use presence_model::time::Timestamp;

/// Takes the lease, or renews it, or says who has it.
pub(super) async fn acquire<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    holder: &str,
    now: Timestamp,
    ttl_ms: i64,
) -> Result<Lease, StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let mut row = lock(&mut transaction, account).await?;
    if row.is_none() {
        Statement::<DB>::new(sql::CREATE_LEASE)
            .int(account.0)
            .time(now)
            .execute(&mut transaction)
            .await?;
        row = lock(&mut transaction, account).await?;
    }
    let mut epoch = Epoch(1);
    if let Some(row) = row {
        let columns = row.columns();
        let current = columns.int(LeaseColumns::epoch)?;
        let expires_at = columns.time(LeaseColumns::expires_at)?;
        match columns.opt_text(LeaseColumns::holder)? {
            Some(other) if other != holder && now < expires_at => {
                let taken = Lease::Taken {
                    holder: other.to_owned(),
                    expires_at,
                };
                drop(row);
                // At once: a collector that waits must not keep the row locked until it asks again.
                transaction.rollback().await?;
                return Ok(taken);
            }
            Some(other) if other == holder => epoch = Epoch(current),
            _ => epoch = Epoch(current.saturating_add(1)),
        }
    }
    Statement::<DB>::new(sql::PUT_LEASE)
        .int(account.0)
        .text(holder)
        .int(epoch.0)
        .time(now.plus_ms(ttl_ms))
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(Lease::Held(epoch))
}

/// The row of the lease, which no one else changes until the transaction ends.
async fn lock<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<OneRow<DB, LeaseColumns>>, StoreError> {
    let statement = if DB::LOCKS_ROWS {
        sql::LOCK_LEASE
    } else {
        sql::LEASE
    };
    let asked = Statement::<DB>::select(statement).int(account.0);
    Ok(asked.fetch_optional(transaction).await?)
}

/// Who may write; `None` if no one ever could.
pub(super) async fn told<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<LeaseRow>, StoreError> {
    let asked = Statement::<DB>::select(sql::LEASE).int(account.0);
    let row = asked.fetch_optional(transaction).await?;
    row.map(|row| lease(row.columns())).transpose()
}

/// The leases of all accounts, by account.
pub(super) async fn all<DB: Dialect>(
    connection: &mut DB::Connection,
) -> Result<Vec<LeaseRow>, StoreError> {
    let all = Statement::<DB>::select(sql::ALL_LEASES);
    all.fetch_all(connection).await?.read(lease)
}

fn lease<DB: Dialect>(row: Columns<'_, DB, LeaseColumns>) -> Result<LeaseRow, StoreError> {
    Ok(LeaseRow {
        account_id: AccountId(row.int(LeaseColumns::account_id)?),
        holder: row.opt_text(LeaseColumns::holder)?.map(str::to_owned),
        epoch: Epoch(row.int(LeaseColumns::epoch)?),
        expires_at: row.time(LeaseColumns::expires_at)?,
    })
}

/// Gives the lease up, if it is still the one of that epoch.
pub(super) async fn release<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    epoch: Epoch,
) -> Result<(), StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    Statement::<DB>::new(sql::RELEASE_LEASE)
        .int(account.0)
        .int(epoch.0)
        .execute(&mut transaction)
        .await?;
    Ok(transaction.commit().await?)
}
