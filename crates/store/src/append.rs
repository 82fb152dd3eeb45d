//! Appending: one transaction that writes all of a batch or nothing.

use std::sync::Arc;

use sqlx::{Connection, Transaction};

use super::columns::Select;
use super::dialect::{Dialect, Statement};
use super::dictionary::{IdAllocator, Needed, Remembered};
use super::dictionary_cache::DictionaryCache;
use super::months::{Month, Months};
use super::selected::{HeadColumns, LeaseColumns, RecordedColumns};
use super::writer::Writer;
use super::{Batch, Recorded, StoreError, log, queues, sql, tables};
use presence_model::HashMap;
use presence_model::event::Snapshot;
use presence_model::ids::{AccountId, Epoch, Position, SnapshotNo};
use presence_model::known::AccountState;
use presence_model::projection::RULES;
use presence_model::time::Timestamp;

/// How often an append is tried again that may succeed then.
const RETRIES: usize = 3;

/// Appends a batch. The same batch again does nothing and succeeds.
pub(super) async fn append<DB: Dialect>(
    writer: &mut Writer<DB>,
    batch: &Batch,
) -> Result<(), StoreError> {
    check(batch)?;
    let (Some((_, recorded_at)), Some((last, _))) =
        (batch.snapshots.first(), batch.snapshots.last())
    else {
        return Ok(());
    };
    for _ in 0..RETRIES {
        match write(writer, batch, *recorded_at).await {
            // Whether it was written or not: if it was, the end of the log has moved, and then it is recognised.
            Err(Failure::Commit(error) | Failure::Other(StoreError::Database(error)))
                if DB::may_pass(&error) =>
            {
                tracing::warn!(account_id = %batch.account_id, %error, "an append is tried again");
                writer.recover(&error).await?;
            }
            result => return conclude(writer, batch, last, result).await,
        }
    }
    let result = write(writer, batch, *recorded_at).await;
    conclude(writer, batch, last, result).await
}

async fn conclude<DB: Dialect>(
    writer: &mut Writer<DB>,
    batch: &Batch,
    last: &Snapshot,
    result: Result<Committed, Failure>,
) -> Result<(), StoreError> {
    match result {
        Ok(learned) => {
            writer.remembered.add(learned.numbers);
            writer.months.add(learned.months);
            Ok(())
        }
        Err(Failure::Refused(refusal)) => explain_refusal(writer, batch, refusal).await,
        Err(Failure::Commit(error)) => {
            // Whether the commit took place is not known: the key shows it.
            let begin = writer.begins.read.clone();
            let found = async {
                let mut transaction = writer.connection.begin_with(begin).await?;
                let found = find(&mut transaction, batch.account_id, &last.idempotency_key).await?;
                transaction.rollback().await?;
                Ok::<_, StoreError>(found)
            };
            match found.await {
                Ok(Some(recorded)) if recorded.content_digest == last.content_digest => Ok(()),
                _ => Err(error.into()),
            }
        }
        Err(Failure::Other(error)) => {
            // A month may have been taken away.
            writer.months = Months::default();
            Err(error)
        }
    }
}

/// What a transaction found out or made, which holds once it is committed.
struct Committed {
    numbers: Remembered,
    months: Vec<Month>,
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
async fn write<DB: Dialect>(
    writer: &mut Writer<DB>,
    batch: &Batch,
    recorded_at: Timestamp,
) -> Result<Committed, Failure> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let (remembered, months) = (&writer.remembered, &writer.months);
    match write_in(&mut transaction, (remembered, months), batch, recorded_at).await {
        Ok(learned) => {
            transaction.commit().await.map_err(Failure::Commit)?;
            Ok(learned)
        }
        Err(failure) => {
            // At once: a transaction that is merely dropped ends when the connection is used next, and keeps others
            // from writing until then. If it cannot be ended, the connection is gone, and it with it.
            if let Err(error) = transaction.rollback().await {
                tracing::debug!(%error, "a transaction could not be rolled back");
            }
            Err(failure)
        }
    }
}

async fn write_in<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    (remembered, months): (&Remembered, &Months),
    batch: &Batch,
    recorded_at: Timestamp,
) -> Result<Committed, Failure> {
    let account = batch.account_id;
    if let Some(ours) = batch.epoch {
        let actual = current_epoch(transaction, account).await?;
        if actual != ours {
            return Err(Failure::Refused(Refusal::Lease { ours, actual }));
        }
    }
    let head = match lock_head(transaction, account).await? {
        Some(head) => head,
        None => create_account(transaction, account, recorded_at).await?,
    };
    if (head.snapshot_no, head.position) != batch.expected {
        return Err(Failure::Refused(Refusal::Moved));
    }
    // Before the dictionaries are locked: a writer that makes a month may wait for another that does, and needs them.
    let months = make_months(transaction, months, batch).await?;
    let mut needed = Needed::by(account, snapshots_of(batch), &batch.delta, remembered);
    let mut numbers = IdAllocator::look_up(transaction, &mut needed, remembered).await?;
    numbers.insert(transaction, needed).await?;
    tables::write_log(
        transaction,
        account,
        &batch.snapshots,
        head.position,
        &numbers,
    )
    .await
    .map_err(key_taken)?;
    tables::KEPT
        .write(transaction, account, &batch.delta, &numbers)
        .await?;
    move_head(transaction, batch, head).await?;
    Ok(Committed {
        numbers: numbers.into_learned(),
        months,
    })
}

fn snapshots_of(batch: &Batch) -> impl Iterator<Item = &Snapshot> {
    batch.snapshots.iter().map(|(snapshot, _)| snapshot)
}

/// Makes sure of a place for each month of the batch's events, and for the one after: so the month is there before it
/// begins. Which they were, if it was not known.
async fn make_months<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    known: &Months,
    batch: &Batch,
) -> Result<Vec<Month>, StoreError> {
    let Some(make_month) = DB::MAKE_MONTH else {
        return Ok(Vec::new());
    };
    let events = snapshots_of(batch).flat_map(|snapshot| &snapshot.events);
    let missing = known.missing(events.map(|event| event.observed_at));
    for month in &missing {
        Statement::<DB>::new(make_month)
            .time(month.first_moment())
            .execute(transaction)
            .await?;
    }
    Ok(missing)
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

    /// Of a log that amounts to `state`.
    pub(super) fn of(state: &AccountState) -> Self {
        Self {
            snapshot_no: state.snapshot_no,
            position: state.position,
            finished_at: state.finished_at,
        }
    }
}

/// Where the account's log ends; `None` for an account that is not there.
pub(super) async fn read_head<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<Head>, StoreError> {
    fetch_head(transaction, sql::HEAD, account).await
}

/// The same, for a writer: no one else moves it until the transaction ends.
pub(super) async fn lock_head<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<Head>, StoreError> {
    let statement = if DB::LOCKS_ROWS {
        sql::LOCK_HEAD
    } else {
        sql::HEAD
    };
    fetch_head(transaction, statement, account).await
}

async fn fetch_head<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    statement: Select<HeadColumns>,
    account: AccountId,
) -> Result<Option<Head>, StoreError> {
    let row = Statement::<DB>::select(statement)
        .int(account.0)
        .fetch_optional(transaction)
        .await?;
    row.map(|row| {
        let row = row.columns();
        Ok(Head {
            snapshot_no: SnapshotNo(row.int(HeadColumns::snapshot_no)?),
            position: Position(row.int(HeadColumns::position)?),
            finished_at: row.opt_time(HeadColumns::finished_at)?,
        })
    })
    .transpose()
}

/// Makes sure of the account and its head, and locks it: another writer may have made it, and appended, meanwhile.
pub(super) async fn create_account<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    now: Timestamp,
) -> Result<Head, StoreError> {
    Statement::<DB>::new(sql::CREATE_ACCOUNT)
        .int(account.0)
        .time(now)
        .execute(transaction)
        .await?;
    Statement::<DB>::new(sql::CREATE_HEAD)
        .int(account.0)
        .int(RULES)
        .execute(transaction)
        .await?;
    let head = lock_head(transaction, account).await?;
    Ok(head.unwrap_or(Head::EMPTY))
}

/// Makes sure of the account; a name that is given replaces none or another one.
pub(super) async fn ensure_account<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    name: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    create_account(&mut transaction, account, now).await?;
    if let Some(name) = name {
        Statement::<DB>::new(sql::NAME_ACCOUNT)
            .int(account.0)
            .text(name)
            .execute(&mut transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

async fn move_head<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    batch: &Batch,
    head: Head,
) -> Result<(), StoreError> {
    let last = snapshots_of(batch)
        .last()
        .expect("a batch without snapshots is not written");
    let events = snapshots_of(batch).flat_map(|snapshot| &snapshot.events);
    let position = events.last().map_or(head.position, |event| event.position);
    let sweeps = snapshots_of(batch).map(|snapshot| Some(snapshot.finished_at));
    let finished_at = sweeps.max().flatten().max(head.finished_at);
    let moved = Statement::<DB>::new(sql::MOVE_HEAD)
        .int(batch.account_id.0)
        .int(last.snapshot_no.0)
        .int(position.0)
        .opt_time(finished_at)
        .int(head.snapshot_no.0)
        .int(head.position.0)
        .execute(transaction)
        .await?;
    if moved == 1 {
        return Ok(());
    }
    Err(StoreError::Inconsistent {
        table: "head",
        column: "account_id",
        key: batch.account_id.to_string(),
    })
}

/// The epoch under which may be written; 0 if no one ever held the lease, and the next one if it was given up: no
/// writer holds either.
async fn current_epoch<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Epoch, StoreError> {
    let statement = if DB::LOCKS_ROWS {
        sql::SHARE_LEASE
    } else {
        sql::LEASE
    };
    let row = Statement::<DB>::select(statement)
        .int(account.0)
        .fetch_optional(transaction)
        .await?;
    let Some(row) = row else {
        return Ok(Epoch(0));
    };
    let row = row.columns();
    let epoch = row.int(LeaseColumns::epoch)?;
    let is_held = row.opt_text(LeaseColumns::holder)?.is_some();
    Ok(Epoch(if is_held {
        epoch
    } else {
        epoch.saturating_add(1)
    }))
}

/// What is recorded under an idempotency key.
pub(super) async fn find<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    key: &str,
) -> Result<Option<Recorded>, StoreError> {
    let row = Statement::<DB>::select(sql::FIND_KEY)
        .int(account.0)
        .text(key)
        .fetch_optional(transaction)
        .await?;
    row.map(|row| {
        let row = row.columns();
        Ok(Recorded {
            snapshot_no: SnapshotNo(row.int(RecordedColumns::snapshot_no)?),
            content_digest: row.hash(RecordedColumns::content_digest)?,
        })
    })
    .transpose()
}

/// Nothing was written. If all of the batch is recorded already, that is success.
async fn explain_refusal<DB: Dialect>(
    writer: &mut Writer<DB>,
    batch: &Batch,
    refusal: Refusal,
) -> Result<(), StoreError> {
    let account_id = batch.account_id;
    let begin = writer.begins.read.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    if is_recorded(&mut transaction, batch).await? {
        return Ok(transaction.rollback().await?);
    }
    let transaction = &mut transaction;
    if let Refusal::Lease { ours, actual } = refusal {
        return Err(StoreError::LeaseLost {
            account_id,
            ours,
            actual,
        });
    }
    for snapshot in snapshots_of(batch) {
        let key = &snapshot.idempotency_key;
        if let Some(recorded) = find(transaction, account_id, key).await?
            && recorded.content_digest != snapshot.content_digest
        {
            return Err(StoreError::KeyReused {
                account_id,
                key: key.clone(),
                snapshot_no: recorded.snapshot_no,
            });
        }
    }
    let head = read_head(transaction, account_id)
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
/// or more knowledge of earlier requests, and then its events differ a little from ours. A writer that went on from ours
/// would write projections that the log does not amount to.
async fn is_recorded<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    batch: &Batch,
) -> Result<bool, StoreError> {
    let first = &snapshots_of(batch)
        .next()
        .expect("an empty batch is not written")
        .idempotency_key;
    if find(transaction, batch.account_id, first).await?.is_none() {
        return Ok(false);
    }
    let entries = DictionaryCache::refreshed(transaction, Arc::default()).await?;
    let count = u32::try_from(batch.snapshots.len()).unwrap_or(u32::MAX);
    let after = batch.expected.0;
    let recorded = log::snapshots(transaction, &entries, batch.account_id, after, count).await?;
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
            let is_within =
                (snapshot.started_at..=snapshot.finished_at).contains(&event.observed_at);
            // What a queue shows may be older: it was observed when the queue was.
            if event.queue.is_none() && !is_within {
                return invalid("an event was observed before it started or after it finished");
            }
        }
        if let Some(what) = queues::broken_rule(snapshot) {
            return invalid(what);
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
