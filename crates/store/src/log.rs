//! Reading the log back, checked against its own rules.

use std::sync::Arc;

use sqlx::Transaction;

use super::codec::decode_ids;
use super::columns::{ColumnList, Columns, Rows, Select};
use super::dialect::{Dialect, Statement};
use super::dictionary_cache::DictionaryCache;
use super::selected::{
    EventColumns, FailedSweepColumns, NumberColumns, PastSweepColumns, SnapshotColumns,
    SweepColumns,
};
use super::{FailedSweepRow, PastSweep, StoreError, SweepRow, queues, sql, tables};
use presence_model::event::{ChangeEvent, EventKind, Snapshot};
use presence_model::ids::{AccountId, ExtensionId, Position, SnapshotNo, Version};
use presence_model::profile::Profile;
use presence_model::state::Presence;
use presence_model::time::{TimeRange, Timestamp};

/// The next snapshots after `after`, with their events and when they were recorded.
pub(super) async fn snapshots<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &DictionaryCache,
    account: AccountId,
    after: SnapshotNo,
    limit: u32,
) -> Result<Vec<(Snapshot, Timestamp)>, StoreError> {
    let rows = Statement::<DB>::select(sql::SNAPSHOTS_AFTER)
        .int(account.0)
        .int(after.0)
        .int(i64::from(limit))
        .fetch_all(transaction)
        .await?;
    let mut read: Vec<ReadSnapshot> = Vec::with_capacity(rows.len());
    for row in rows.iter() {
        let next = read_snapshot(row)?;
        let previous = read.last();
        if next.snapshot.snapshot_no
            != previous
                .map_or(after, |last| last.snapshot.snapshot_no)
                .next()
        {
            return Err(row.inconsistent(SnapshotColumns::snapshot_no));
        }
        if previous.is_some_and(|last| last.position != next.position_before) {
            return Err(row.inconsistent(SnapshotColumns::position));
        }
        read.push(next);
    }
    read_queue_sweeps(transaction, account, &mut read).await?;
    let (Some(first), Some(last)) = (read.first(), read.last()) else {
        return Ok(Vec::new());
    };
    // Queues may have been observed before the snapshot began that their sweeps are part of.
    let sweeps = read.iter().flat_map(|one| &one.snapshot.queue_sweeps);
    let observed = sweeps.map(|sweep| sweep.received_at).min();
    let observed_from = observed.map_or(first.snapshot.started_at, |earliest| {
        earliest.min(first.snapshot.started_at)
    });
    let rows = Statement::<DB>::select(sql::EVENTS_BETWEEN)
        .int(account.0)
        .int(first.position_before.0)
        .int(last.position.0)
        .time(observed_from)
        .time(last.snapshot.finished_at)
        .fetch_all(transaction)
        .await?;
    let mut snapshots = distribute(read, &rows, entries)?;
    queues::read_changes(transaction, account, &mut snapshots).await?;
    Ok(snapshots)
}

/// Adds the sweeps of queues that the snapshots say they have.
async fn read_queue_sweeps<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    read: &mut [ReadSnapshot],
) -> Result<(), StoreError> {
    let counts = read.iter().filter_map(|one| {
        let count = one.queue_sweep_count?;
        Some((one.snapshot.snapshot_no, count))
    });
    let counts = counts.collect();
    let mut sweeps = queues::read_sweeps(transaction, account, &counts).await?;
    for one in read {
        let sweeps = sweeps.remove(&one.snapshot.snapshot_no);
        one.snapshot.queue_sweeps = sweeps.unwrap_or_default();
    }
    Ok(())
}

/// Checks that there are just so many events: those that the snapshots count, and no others.
///
/// Where each month is a table of its own, the database does not see that a position is in two of them.
pub(super) async fn check_count<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    expected: i64,
) -> Result<(), StoreError> {
    if number(transaction, sql::EVENT_COUNT, account).await? == Some(expected) {
        return Ok(());
    }
    let stray = number(transaction, sql::STRAY_EVENT, account).await?;
    let place = stray.map_or_else(String::new, |position| format!(", {position}"));
    Err(StoreError::Inconsistent {
        table: tables::EVENT.name,
        column: "position",
        key: format!("{account}{place}"),
    })
}

/// The number of the last snapshot in the log; 0 if there is none.
pub(super) async fn last_number<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<SnapshotNo, StoreError> {
    let last = number(transaction, sql::LAST_NUMBER, account).await?;
    Ok(SnapshotNo(last.unwrap_or(0)))
}

async fn number<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    statement: Select<NumberColumns>,
    account: AccountId,
) -> Result<Option<i64>, StoreError> {
    let row = Statement::<DB>::select(statement)
        .int(account.0)
        .fetch_optional(transaction)
        .await?;
    row.map(|row| row.columns().int(NumberColumns::number))
        .transpose()
}

/// The latest sweeps that saw anything and began at or before `moment`, the latest first.
///
/// Snapshots run forward in time, so their numbers order them as their times do.
pub(super) async fn sweeps_before<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    moment: Timestamp,
    limit: u32,
) -> Result<Vec<PastSweep>, StoreError> {
    let rows = Statement::<DB>::select(sql::SWEEPS_BEFORE)
        .int(account.0)
        .time(moment)
        .int(i64::from(limit))
        .fetch_all(transaction)
        .await?;
    rows.read(|row| {
        let unseen = row.opt_blob(PastSweepColumns::unseen)?;
        let unseen = unseen.map_or(Some(Vec::new()), decode_ids);
        Ok(PastSweep {
            started_at: row.time(PastSweepColumns::started_at)?,
            unseen: unseen.ok_or_else(|| row.inconsistent(PastSweepColumns::unseen))?,
        })
    })
}

/// The last sweep, whatever it saw.
pub(super) async fn last_sweep<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<SweepRow>, StoreError> {
    let row = Statement::<DB>::select(sql::LAST_SWEEP)
        .int(account.0)
        .fetch_optional(transaction)
        .await?;
    row.map(|row| sweep_row(row.columns())).transpose()
}

fn sweep_row<DB: Dialect>(row: Columns<'_, DB, SweepColumns>) -> Result<SweepRow, StoreError> {
    use SweepColumns as C;
    Ok(SweepRow {
        snapshot_no: SnapshotNo(row.int(C::snapshot_no)?),
        source: row.coded(C::source)?,
        status: row.coded(C::status)?,
        started_at: row.time(C::started_at)?,
        finished_at: row.time(C::finished_at)?,
        expected_count: row.opt_int(C::expected_count)?,
        observed_count: row.int(C::observed_count)?,
        detail: row.opt_text(C::detail)?.map(str::to_owned),
    })
}

/// The sweeps that saw no one and ended in `window` or at its end, in their order.
pub(super) async fn failed_sweeps<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    window: TimeRange,
) -> Result<Vec<FailedSweepRow>, StoreError> {
    let rows = Statement::<DB>::select(sql::FAILED_SWEEPS)
        .int(account.0)
        .time(window.from())
        .time(window.to())
        .fetch_all(transaction)
        .await?;
    rows.read(|row| {
        Ok(FailedSweepRow {
            started_at: row.time(FailedSweepColumns::started_at)?,
            valid_for_ms: row.int(FailedSweepColumns::valid_for_ms)?,
            detail: row.opt_text(FailedSweepColumns::detail)?.map(str::to_owned),
        })
    })
}

/// A snapshot as it is read, before its events.
struct ReadSnapshot {
    snapshot: Snapshot,
    recorded_at: Timestamp,
    position_before: Position,
    position: Position,
    queue_sweep_count: Option<i64>,
}

fn read_snapshot<DB: Dialect>(
    row: Columns<'_, DB, SnapshotColumns>,
) -> Result<ReadSnapshot, StoreError> {
    use SnapshotColumns as C;
    let unseen = row.opt_blob(C::unseen)?;
    let position = row.int(C::position)?;
    let snapshot = Snapshot {
        account_id: AccountId(row.int(C::account_id)?),
        snapshot_no: SnapshotNo(row.int(C::snapshot_no)?),
        source: row.coded(C::source)?,
        status: row.coded(C::status)?,
        started_at: row.time(C::started_at)?,
        finished_at: row.time(C::finished_at)?,
        valid_for_ms: row.int(C::valid_for_ms)?,
        expected_count: row.opt_int(C::expected_count)?,
        observed_count: row.int(C::observed_count)?,
        clock_skew_ms: row.opt_int(C::clock_skew_ms)?,
        idempotency_key: row.text(C::idempotency_key)?.to_owned(),
        content_digest: row.hash(C::content_digest)?,
        detail: row.opt_text(C::detail)?.map(str::to_owned),
        unseen: decode_ids(unseen.unwrap_or_default())
            .ok_or_else(|| row.inconsistent(C::unseen))?,
        queue_sweeps: Vec::new(),
        events: Vec::new(),
    };
    let event_count = row.int(C::event_count)?;
    let position_before = position
        .checked_sub(event_count)
        .filter(|before| (0..=position).contains(before))
        .ok_or_else(|| row.inconsistent(C::event_count))?;
    Ok(ReadSnapshot {
        snapshot,
        recorded_at: row.time(C::recorded_at)?,
        position_before: Position(position_before),
        position: Position(position),
        queue_sweep_count: queues::read_count(row)?,
    })
}

/// Gives each snapshot its events: as many as it says, without a gap, and none left over.
fn distribute<DB: Dialect>(
    read: Vec<ReadSnapshot>,
    rows: &Rows<DB, EventColumns>,
    entries: &DictionaryCache,
) -> Result<Vec<(Snapshot, Timestamp)>, StoreError> {
    let mut rows = rows.iter();
    let mut snapshots = Vec::with_capacity(read.len());
    for mut next in read {
        let mut position = next.position_before;
        while position < next.position {
            position = position.next();
            let missing = || StoreError::Inconsistent {
                table: tables::EVENT.name,
                column: "position",
                key: format!("{}, {position}", next.snapshot.account_id),
            };
            let row = rows.next().ok_or_else(missing)?;
            let (event, snapshot_no) = read_event(row, entries)?;
            if event.position != position || snapshot_no != next.snapshot.snapshot_no {
                return Err(missing());
            }
            next.snapshot.events.push(event);
        }
        snapshots.push((next.snapshot, next.recorded_at));
    }
    Ok(snapshots)
}

/// Reads one row of the events, without what it says of a queue.
pub(super) fn read_event<DB: Dialect>(
    row: Columns<'_, DB, EventColumns>,
    entries: &DictionaryCache,
) -> Result<(ChangeEvent, SnapshotNo), StoreError> {
    use EventColumns as C;
    let observed_at = row.time(C::observed_at)?;
    let now = (C::state_id, C::message_id, C::message_text);
    let before = (
        C::previous_state_id,
        C::previous_message_id,
        C::previous_message_text,
    );
    let event = ChangeEvent {
        position: Position(row.int(C::position)?),
        extension_id: ExtensionId(row.int(C::extension_id)?),
        version: Version(row.int(C::version)?),
        kind: row.coded(C::kind)?,
        observed_at,
        not_before: row.opt_time_before(C::ambiguous_ms, observed_at)?,
        presence: read_presence(row, entries, now)?,
        previous: read_presence(row, entries, before)?,
        profile: read_profile(row, entries, C::profile_id)?,
        previous_profile: read_profile(row, entries, C::previous_profile_id)?,
        queue: None,
    };
    if says_what_its_kind_says(&event) {
        Ok((event, SnapshotNo(row.int(C::snapshot_no)?)))
    } else {
        Err(row.inconsistent(C::kind))
    }
}

/// The presence in the columns of state, message and the message's text; `None` where there is no state.
pub(super) fn read_presence<DB: Dialect, C: ColumnList>(
    row: Columns<'_, DB, C>,
    entries: &DictionaryCache,
    (state, message, text): (C, C, C),
) -> Result<Option<Presence>, StoreError> {
    let Some(state_id) = row.opt_int(state)? else {
        return Ok(None);
    };
    let kept = entries.state(state_id);
    let text = row.opt_text(text)?;
    if text.is_some() != row.opt_int(message)?.is_some() {
        return Err(row.inconsistent(message));
    }
    Ok(Some(Presence {
        state: kept.ok_or_else(|| row.inconsistent(state))?,
        message: text.map(Arc::from),
    }))
}

/// The profile in a column.
pub(super) fn read_profile<DB: Dialect, C: ColumnList>(
    row: Columns<'_, DB, C>,
    entries: &DictionaryCache,
    column: C,
) -> Result<Option<Arc<Profile>>, StoreError> {
    let Some(profile_id) = row.opt_int(column)? else {
        return Ok(None);
    };
    let kept = entries.profile(profile_id);
    kept.ok_or_else(|| row.inconsistent(column)).map(Some)
}

fn says_what_its_kind_says(event: &ChangeEvent) -> bool {
    let says = (
        event.presence.is_some(),
        event.previous.is_some(),
        event.profile.is_some(),
    );
    match event.kind {
        EventKind::Appeared => says == (true, false, true),
        EventKind::Changed => says == (true, true, false),
        EventKind::Disappeared => says == (false, true, false),
        EventKind::ProfileChanged => says.0 == says.1 && says.2,
        EventKind::QueueChanged => {
            says == (false, false, false) && event.previous_profile.is_none()
        }
    }
}
