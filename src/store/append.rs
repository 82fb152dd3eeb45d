//! Appending: one transaction that writes all of a batch or nothing.

use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row, query};

use super::codec::Columns;
use super::dialect::BEGIN_WRITE;
use super::dictionary::{Entries, Needed, Numbers, Remembered};
use super::{Batch, Recorded, StoreError, log, sql, tables};
use crate::model::HashMap;
use crate::model::event::Snapshot;
use crate::model::ids::{AccountId, Epoch, Position, SnapshotNo};
use crate::model::time::Timestamp;

/// The one connection that writes, and what it remembers of the dictionaries.
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    pub(super) remembered: Remembered,
}

impl Writer {
    /// A writer that remembers nothing yet.
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection,
            remembered: Remembered::default(),
        }
    }
}

/// Appends a batch. The same batch again does nothing and succeeds.
pub(super) async fn append(writer: &mut Writer, batch: &Batch) -> Result<(), StoreError> {
    check(batch)?;
    let (Some((_, recorded_at)), Some((last, _))) =
        (batch.snapshots.first(), batch.snapshots.last())
    else {
        return Ok(());
    };
    match write(writer, batch, *recorded_at).await {
        Ok(learned) => {
            writer.remembered.add(learned);
            Ok(())
        }
        Err(Failure::Refused(refusal)) => explain_refusal(writer, batch, refusal).await,
        Err(Failure::Commit(error)) => {
            // Whether the commit took place is not known: the key tells.
            let found = find(
                &mut writer.connection,
                batch.account_id,
                &last.idempotency_key,
            );
            match found.await {
                Ok(Some(recorded)) if recorded.content_digest == last.content_digest => Ok(()),
                _ => Err(error.into()),
            }
        }
        Err(Failure::Other(error)) => Err(error),
    }
}

/// Why a batch cannot be appended as it is.
enum Refusal {
    /// The log ends elsewhere, or one of the keys is there.
    Moved,
    /// The lease is of another epoch, or given up.
    Lease { ours: Epoch, actual: Epoch },
}

enum Failure {
    Refused(Refusal),
    Commit(sqlx::Error),
    Other(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Other(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

/// Writes a batch whose first snapshot is recorded at `recorded_at`.
async fn write(
    writer: &mut Writer,
    batch: &Batch,
    recorded_at: Timestamp,
) -> Result<Remembered, Failure> {
    let mut transaction = writer.connection.begin_with(BEGIN_WRITE).await?;
    let connection = &mut *transaction;
    let account = batch.account_id;
    if let Some(ours) = batch.epoch {
        let actual = current_epoch(connection, account).await?;
        if actual != ours {
            return Err(Failure::Refused(Refusal::Lease { ours, actual }));
        }
    }
    let head = match read_head(connection, account).await? {
        Some(head) => head,
        None => create_account(connection, account, recorded_at).await?,
    };
    if (head.snapshot_no, head.position) != batch.expected {
        return Err(Failure::Refused(Refusal::Moved));
    }
    let mut needed = Needed::by(snapshots_of(batch), &batch.delta, &writer.remembered);
    let mut numbers = Numbers::look_up(connection, &mut needed, &writer.remembered).await?;
    numbers.insert(connection, needed).await?;
    tables::write_log(
        connection,
        account,
        &batch.snapshots,
        head.position,
        &numbers,
    )
    .await
    .map_err(key_taken)?;
    tables::KEPT
        .write(connection, account, &batch.delta, &numbers)
        .await?;
    move_head(connection, batch, head).await?;
    let learned = numbers.into_learned();
    transaction.commit().await.map_err(Failure::Commit)?;
    Ok(learned)
}

fn snapshots_of(batch: &Batch) -> impl Iterator<Item = &Snapshot> {
    batch.snapshots.iter().map(|(snapshot, _)| snapshot)
}

/// The log itself is written first, so the only unique column that it can offend is the idempotency key.
fn key_taken(error: StoreError) -> Failure {
    match &error {
        StoreError::Database(sqlx::Error::Database(cause)) if cause.is_unique_violation() => {
            Failure::Refused(Refusal::Moved)
        }
        _ => Failure::Other(error),
    }
}

/// Where an account's log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) snapshot_no: SnapshotNo,
    pub(super) position: Position,
    pub(super) finished_at: Option<Timestamp>,
}

impl Head {
    /// Of an account without a history.
    pub(super) const EMPTY: Self = Self {
        snapshot_no: SnapshotNo(0),
        position: Position(0),
        finished_at: None,
    };
}

/// Where the account's log ends; `None` for an account that is not there.
pub(super) async fn read_head(
    connection: &mut SqliteConnection,
    account: AccountId,
) -> Result<Option<Head>, StoreError> {
    let names = &["account_id", "snapshot_no", "position", "finished_at"];
    let row = query(sql::HEAD)
        .bind(account.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let columns = Columns::of(&row, "head", names, 1);
        Ok(Head {
            snapshot_no: SnapshotNo(columns.int(1)?),
            position: Position(columns.int(2)?),
            finished_at: columns.opt_time(3)?,
        })
    })
    .transpose()
}

/// Makes sure of the account and its head.
pub(super) async fn create_account(
    connection: &mut SqliteConnection,
    account: AccountId,
    now: Timestamp,
) -> Result<Head, StoreError> {
    query(sql::CREATE_ACCOUNT)
        .bind(account.0)
        .bind(now.as_ms())
        .execute(&mut *connection)
        .await?;
    query(sql::CREATE_HEAD)
        .bind(account.0)
        .execute(connection)
        .await?;
    Ok(Head::EMPTY)
}

async fn move_head(
    connection: &mut SqliteConnection,
    batch: &Batch,
    head: Head,
) -> Result<(), StoreError> {
    let last = snapshots_of(batch)
        .last()
        .expect("a batch without snapshots is not written");
    let events = snapshots_of(batch).flat_map(|snapshot| &snapshot.events);
    let position = events.last().map_or(head.position, |event| event.position);
    let looks = snapshots_of(batch).map(|snapshot| Some(snapshot.finished_at));
    let finished_at = looks.max().flatten().max(head.finished_at);
    let moved = query(sql::MOVE_HEAD)
        .bind(batch.account_id.0)
        .bind(last.snapshot_no.0)
        .bind(position.0)
        .bind(finished_at.map(Timestamp::as_ms))
        .bind(head.snapshot_no.0)
        .bind(head.position.0)
        .execute(connection)
        .await?;
    if moved.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::Inconsistent {
        table: "head",
        column: "account_id",
        key: batch.account_id.to_string(),
    })
}

/// The epoch under which may be written; 0 if nobody ever held the lease, and the next one if it was given up: no
/// writer holds either.
async fn current_epoch(
    connection: &mut SqliteConnection,
    account: AccountId,
) -> Result<Epoch, StoreError> {
    let row = query(sql::LEASE)
        .bind(account.0)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(Epoch(0));
    };
    let holder: Option<&str> = row.try_get(1)?;
    let epoch: i64 = row.try_get(2)?;
    Ok(Epoch(if holder.is_some() { epoch } else { epoch + 1 }))
}

/// What is recorded under an idempotency key.
pub(super) async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    key: &str,
) -> Result<Option<Recorded>, StoreError> {
    let row = query(sql::FIND_KEY)
        .bind(account.0)
        .bind(key.to_owned())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let columns = Columns::of(&row, "snapshot", &["snapshot_no", "content_digest"], 1);
        Ok(Recorded {
            snapshot_no: SnapshotNo(columns.int(0)?),
            content_digest: columns.hash(1)?,
        })
    })
    .transpose()
}

/// Nothing was written. If all of the batch is recorded already, that is success.
async fn explain_refusal(
    writer: &mut Writer,
    batch: &Batch,
    refusal: Refusal,
) -> Result<(), StoreError> {
    let account_id = batch.account_id;
    let mut transaction = writer.connection.begin().await?;
    let connection = &mut *transaction;
    if is_recorded(connection, batch).await? {
        return Ok(());
    }
    if let Refusal::Lease { ours, actual } = refusal {
        return Err(StoreError::LeaseLost {
            account_id,
            ours,
            actual,
        });
    }
    for snapshot in snapshots_of(batch) {
        let key = &snapshot.idempotency_key;
        if let Some(recorded) = find(connection, account_id, key).await?
            && recorded.content_digest != snapshot.content_digest
        {
            return Err(StoreError::KeyReused {
                account_id,
                key: key.clone(),
                snapshot_no: recorded.snapshot_no,
            });
        }
    }
    let head = read_head(connection, account_id)
        .await?
        .unwrap_or(Head::EMPTY);
    Err(StoreError::HeadMoved {
        account_id,
        expected: batch.expected.0,
        actual: head.snapshot_no,
    })
}

/// Whether the log already holds the very snapshots of a batch.
///
/// The same keys and digests are not enough: a sweep that another writer has recorded may have been compared with less
/// or more knowledge of earlier requests, and then its events differ a little from ours. Whoever went on from ours
/// would write projections that the log does not amount to.
async fn is_recorded(connection: &mut SqliteConnection, batch: &Batch) -> Result<bool, StoreError> {
    let first = &snapshots_of(batch)
        .next()
        .expect("an empty batch is not written")
        .idempotency_key;
    if find(connection, batch.account_id, first).await?.is_none() {
        return Ok(false);
    }
    let entries = Entries::refreshed(connection, Arc::default()).await?;
    let count = u32::try_from(batch.snapshots.len()).unwrap_or(u32::MAX);
    let after = batch.expected.0;
    let recorded = log::snapshots(connection, &entries, batch.account_id, after, count).await?;
    Ok(recorded
        .iter()
        .map(|(snapshot, _)| snapshot)
        .eq(snapshots_of(batch)))
}

/// Checks what is about to be written against the rules of the log.
fn check(batch: &Batch) -> Result<(), StoreError> {
    let (mut snapshot_no, mut position) = batch.expected;
    let mut keys: HashMap<&str, SnapshotNo> = HashMap::default();
    for snapshot in snapshots_of(batch) {
        let invalid = |what: &str| {
            Err(StoreError::Invalid(format!(
                "snapshot {} of account {}: {what}",
                snapshot.snapshot_no, batch.account_id
            )))
        };
        snapshot_no = snapshot_no.next();
        if snapshot.account_id != batch.account_id || snapshot.snapshot_no != snapshot_no {
            return invalid("it does not follow the one before");
        }
        if snapshot.finished_at < snapshot.started_at {
            return invalid("it ends before it starts");
        }
        for event in &snapshot.events {
            position = position.next();
            if event.position != position {
                return invalid("its events do not follow one another");
            }
            if !(snapshot.started_at..=snapshot.finished_at).contains(&event.observed_at) {
                return invalid("an event was observed before it started or after it finished");
            }
        }
        if let Some(&first) = keys.get(snapshot.idempotency_key.as_str()) {
            return Err(StoreError::KeyReused {
                account_id: batch.account_id,
                key: snapshot.idempotency_key.clone(),
                snapshot_no: first,
            });
        }
        keys.insert(&snapshot.idempotency_key, snapshot_no);
    }
    Ok(())
}
