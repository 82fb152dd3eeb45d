//! Reading the log back, checked against its own rules.

use std::sync::Arc;

use sqlx::Transaction;

use super::codec::{Columns, decode_ids};
use super::dialect::{Dialect, Statement};
use super::entries::Entries;
use super::{BlindLook, LookRow, PastLook, StoreError, sql, tables};
use presence_core::model::event::{ChangeEvent, EventKind, Snapshot};
use presence_core::model::ids::{AccountId, ExtensionId, Position, SnapshotNo, Version};
use presence_core::model::profile::Profile;
use presence_core::model::state::Presence;
use presence_core::model::time::{Span, Timestamp};

/// The next snapshots after `after`, with their events and when they were recorded.
pub(super) async fn snapshots<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &Entries,
    account: AccountId,
    after: SnapshotNo,
    limit: u32,
) -> Result<Vec<(Snapshot, Timestamp)>, StoreError> {
    let rows = Statement::<DB>::new(sql::SNAPSHOTS_AFTER)
        .int(account.0)
        .int(after.0)
        .int(i64::from(limit))
        .fetch_all(transaction)
        .await?;
    let mut read: Vec<ReadSnapshot> = Vec::with_capacity(rows.len());
    for row in &rows {
        let columns = Columns::<DB>::of(row, tables::SNAPSHOT.name, tables::SNAPSHOT.columns, 2);
        let next = read_snapshot(&columns)?;
        let previous = read.last();
        if next.snapshot.snapshot_no
            != previous
                .map_or(after, |last| last.snapshot.snapshot_no)
                .next()
        {
            return Err(columns.inconsistent(1));
        }
        if previous.is_some_and(|last| last.position != next.position_before) {
            return Err(columns.inconsistent(11));
        }
        read.push(next);
    }
    let (Some(first), Some(last)) = (read.first(), read.last()) else {
        return Ok(Vec::new());
    };
    let rows = Statement::<DB>::new(sql::EVENTS_BETWEEN)
        .int(account.0)
        .int(first.position_before.0)
        .int(last.position.0)
        .time(first.snapshot.started_at)
        .time(last.snapshot.finished_at)
        .fetch_all(transaction)
        .await?;
    distribute::<DB>(read, &rows, entries)
}

/// Checks that there are just so many events: those that the snapshots tell of, and none beside them.
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
    statement: &'static str,
    account: AccountId,
) -> Result<Option<i64>, StoreError> {
    let row = Statement::<DB>::new(statement)
        .int(account.0)
        .fetch_optional(transaction)
        .await?;
    row.map(|row| Columns::<DB>::of(&row, tables::EVENT.name, &["position"], 0).int(0))
        .transpose()
}

/// The latest looks that saw anything and began at or before `moment`, the latest first.
///
/// Snapshots run forward in time, so their numbers order them as their times do.
pub(super) async fn looks_before<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    moment: Timestamp,
    limit: u32,
) -> Result<Vec<PastLook>, StoreError> {
    let names = &["started_at", "unseen", "snapshot_no"];
    let rows = Statement::<DB>::new(sql::LOOKS_BEFORE)
        .int(account.0)
        .time(moment)
        .int(i64::from(limit))
        .fetch_all(transaction)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = Columns::<DB>::of(row, tables::SNAPSHOT.name, names, 1);
            let unseen = columns.opt_blob(1)?.map_or(Some(Vec::new()), decode_ids);
            Ok(PastLook {
                started_at: columns.time(0)?,
                unseen: unseen.ok_or_else(|| columns.inconsistent(1))?,
            })
        })
        .collect()
}

const LOOK: &[&str] = &[
    "snapshot_no",
    "source",
    "status",
    "started_at",
    "finished_at",
    "expected_count",
    "observed_count",
    "detail",
];

/// The last look, whatever it saw.
pub(super) async fn last_look<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<LookRow>, StoreError> {
    let row = Statement::<DB>::new(sql::LAST_LOOK)
        .int(account.0)
        .fetch_optional(transaction)
        .await?;
    row.as_ref().map(look::<DB>).transpose()
}

fn look<DB: Dialect>(row: &DB::Row) -> Result<LookRow, StoreError> {
    let columns = Columns::<DB>::of(row, tables::SNAPSHOT.name, LOOK, 0);
    Ok(LookRow {
        snapshot_no: SnapshotNo(columns.int(0)?),
        source: columns.coded(1)?,
        status: columns.coded(2)?,
        started_at: columns.time(3)?,
        finished_at: columns.time(4)?,
        expected_count: columns.opt_int(5)?,
        observed_count: columns.int(6)?,
        detail: columns.opt_text(7)?.map(str::to_owned),
    })
}

/// The looks that saw nobody and ended in `window` or at its end, in their order.
pub(super) async fn blind_looks<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    window: Span,
) -> Result<Vec<BlindLook>, StoreError> {
    let names = &["started_at", "valid_for_ms", "detail"];
    let rows = Statement::<DB>::new(sql::BLIND_LOOKS)
        .int(account.0)
        .time(window.from())
        .time(window.to())
        .fetch_all(transaction)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = Columns::<DB>::of(row, tables::SNAPSHOT.name, names, 0);
            Ok(BlindLook {
                started_at: columns.time(0)?,
                valid_for_ms: columns.int(1)?,
                detail: columns.opt_text(2)?.map(str::to_owned),
            })
        })
        .collect()
}

/// A snapshot as it is read, before its events.
struct ReadSnapshot {
    snapshot: Snapshot,
    recorded_at: Timestamp,
    position_before: Position,
    position: Position,
}

fn read_snapshot<DB: Dialect>(columns: &Columns<'_, DB>) -> Result<ReadSnapshot, StoreError> {
    let unseen = columns.opt_blob(16)?;
    let position = columns.int(11)?;
    let snapshot = Snapshot {
        account_id: AccountId(columns.int(0)?),
        snapshot_no: SnapshotNo(columns.int(1)?),
        source: columns.coded(2)?,
        status: columns.coded(3)?,
        started_at: columns.time(4)?,
        finished_at: columns.time(5)?,
        valid_for_ms: columns.int(7)?,
        expected_count: columns.opt_int(8)?,
        observed_count: columns.int(9)?,
        clock_skew_ms: columns.opt_int(12)?,
        idempotency_key: columns.text(13)?.to_owned(),
        content_digest: columns.hash(14)?,
        detail: columns.opt_text(15)?.map(str::to_owned),
        unseen: decode_ids(unseen.unwrap_or_default()).ok_or_else(|| columns.inconsistent(16))?,
        events: Vec::new(),
    };
    let event_count = columns.int(10)?;
    let position_before = position
        .checked_sub(event_count)
        .filter(|before| (0..=position).contains(before))
        .ok_or_else(|| columns.inconsistent(10))?;
    Ok(ReadSnapshot {
        snapshot,
        recorded_at: columns.time(6)?,
        position_before: Position(position_before),
        position: Position(position),
    })
}

/// Gives each snapshot its events: as many as it says, without a gap, and none left over.
fn distribute<DB: Dialect>(
    read: Vec<ReadSnapshot>,
    rows: &[DB::Row],
    entries: &Entries,
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
            let (event, snapshot_no) = read_event::<DB>(row, entries)?;
            if event.position != position || snapshot_no != next.snapshot.snapshot_no {
                return Err(missing());
            }
            next.snapshot.events.push(event);
        }
        snapshots.push((next.snapshot, next.recorded_at));
    }
    Ok(snapshots)
}

/// Reads one row of the events, whose last two columns of sixteen are the texts of the messages.
pub(super) fn read_event<DB: Dialect>(
    row: &DB::Row,
    entries: &Entries,
) -> Result<(ChangeEvent, SnapshotNo), StoreError> {
    let columns = Columns::<DB>::of(row, tables::EVENT.name, tables::EVENT.columns, 2);
    let observed_at = columns.time(6)?;
    let event = ChangeEvent {
        position: Position(columns.int(1)?),
        extension_id: ExtensionId(columns.int(3)?),
        version: Version(columns.int(4)?),
        kind: columns.coded(5)?,
        observed_at,
        not_before: columns.opt_time_from(7, observed_at, -1)?,
        presence: read_presence(&columns, entries, (8, 9, 14))?,
        previous: read_presence(&columns, entries, (10, 11, 15))?,
        profile: read_profile(&columns, entries, 12)?,
        previous_profile: read_profile(&columns, entries, 13)?,
    };
    if says_what_its_kind_says(&event) {
        Ok((event, SnapshotNo(columns.int(2)?)))
    } else {
        Err(columns.inconsistent(5))
    }
}

/// The presence in the columns of state, message and the message's text; `None` where there is no state.
pub(super) fn read_presence<DB: Dialect>(
    columns: &Columns<'_, DB>,
    entries: &Entries,
    (state, message, text): (usize, usize, usize),
) -> Result<Option<Presence>, StoreError> {
    let Some(state_id) = columns.opt_int(state)? else {
        return Ok(None);
    };
    let kept = entries.state(state_id);
    let text = columns.opt_text(text)?;
    if text.is_some() != columns.opt_int(message)?.is_some() {
        return Err(columns.inconsistent(message));
    }
    Ok(Some(Presence {
        state: kept.ok_or_else(|| columns.inconsistent(state))?,
        message: text.map(Arc::from),
    }))
}

/// The profile in a column.
pub(super) fn read_profile<DB: Dialect>(
    columns: &Columns<'_, DB>,
    entries: &Entries,
    index: usize,
) -> Result<Option<Arc<Profile>>, StoreError> {
    let Some(profile_id) = columns.opt_int(index)? else {
        return Ok(None);
    };
    let kept = entries.profile(profile_id);
    kept.ok_or_else(|| columns.inconsistent(index)).map(Some)
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
    }
}
