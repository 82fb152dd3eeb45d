//! What the store keeps of queues: their sweeps in the log, and what is known of them.

use std::collections::BTreeMap;

use sqlx::Transaction;

use super::codec::{Coded, QueueSweepCode};
use super::columns::{Columns, Select};
use super::dialect::{Dialect, Statement};
use super::selected::{
    MemberColumns, QueueChangeColumns, QueueIntervalColumns, QueueSegmentColumns,
    QueueSweepColumns, SnapshotColumns,
};
use super::{StoreError, tables};
use presence_model::HashMap;
use presence_model::cause::Cause;
use presence_model::event::{ChangeEvent, EventKind, Snapshot};
use presence_model::ids::{AccountId, ExtensionId, Position, QueueId, SnapshotNo};
use presence_model::known::AccountState;
use presence_model::queue::{
    Accepts, MemberState, QueueChange, QueueSegment, QueueState, QueueSweepOutcome, QueueSweepRow,
};
use presence_model::queue_diff::QueueFault;
use presence_model::queue_projection::QueueIntervalRow;
use presence_model::time::{TimeRange, Timestamp};

/// What events from position `$2` to `$3` say of queues.
pub(super) const CHANGES: Select<QueueChangeColumns> = Select::new(
    "\
select account_id, position, queue_id, accepts, previous_accepts
from queue_change
where account_id = $1 and position >= $2 and position <= $3
order by position",
);

/// The sweeps of queues that snapshots from `$2` to `$3` have.
pub(super) const SWEEPS: Select<QueueSweepColumns> = Select::new(
    "\
select
    account_id, snapshot_no, queue_id, requested_at, received_at, valid_for_ms, status, cause, detail, member_count
from queue_sweep
where account_id = $1 and snapshot_no >= $2 and snapshot_no <= $3
order by snapshot_no, queue_id, requested_at",
);

/// The latest segment of coverage of each queue.
pub(super) const LATEST_SEGMENTS: Select<QueueSegmentColumns> = Select::new(
    r#"
select c.account_id, c.queue_id, c."from", c.until, c.answered_at, c.valid_for_ms
from queue_coverage c
where c.account_id = $1 and c."from" = (
    select max(l."from")
    from queue_coverage l
    where l.account_id = c.account_id and l.queue_id = c.queue_id
)
order by c.queue_id"#,
);

/// The members of each queue that the last complete sweep showed.
pub(super) const MEMBERS: Select<MemberColumns> = Select::new(
    r#"
select account_id, queue_id, extension_id, "from", not_before, accepts, position
from queue_interval
where account_id = $1 and until is null
order by queue_id, extension_id"#,
);

/// When one queue was swept, up to `$3`.
const SEGMENTS: Select<QueueSegmentColumns> = Select::new(
    r#"
select account_id, queue_id, "from", until, answered_at, valid_for_ms
from queue_coverage
where account_id = $1 and queue_id = $2 and "from" < $3
order by "from""#,
);

/// What the members of one queue accepted, from the last interval of each that begins before `$3` until `$4`, or what begins
/// later and may have begun by then.
const INTERVALS: Select<QueueIntervalColumns> = Select::new(
    r#"
select i.account_id, i.queue_id, i.extension_id, i."from", i.not_before, i.certain_until, i.until, i.accepts, i.position
from (
    select extension_id, max("from") as latest
    from queue_interval
    where account_id = $1 and queue_id = $2 and "from" < $3
    group by extension_id
) b
join queue_interval i
    on i.account_id = $1 and i.queue_id = $2 and i.extension_id = b.extension_id and i."from" = b.latest
union all
select account_id, queue_id, extension_id, "from", not_before, certain_until, until, accepts, position
from queue_interval
where account_id = $1 and queue_id = $2 and "from" >= $3 and ("from" < $4 or not_before < $4)
order by 3, 4"#,
);

/// What one member accepted, from the beginning until `$4`, or what begins later and may have begun by then.
const INTERVALS_OF_ONE: Select<QueueIntervalColumns> = Select::new(
    r#"
select account_id, queue_id, extension_id, "from", not_before, certain_until, until, accepts, position
from queue_interval
where account_id = $1 and queue_id = $2 and extension_id = $3 and ("from" < $4 or not_before < $4)
order by "from""#,
);

/// What questions read of one queue: when it was swept, and what its members accepted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueRows {
    /// When it was swept, by time, up to the window's end.
    pub coverage: Vec<QueueSegment>,
    /// What each member accepted, by time.
    pub members: HashMap<ExtensionId, Vec<QueueIntervalRow>>,
}

/// Whose intervals of a queue are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueMembers<'a> {
    /// Everyone's, from the last that begins before the window does.
    All,
    /// Those of these extensions, from the beginning.
    Only(&'a [ExtensionId]),
}

/// Reads one queue's history, as far as `window` needs it.
pub(super) async fn read_rows<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    (account, queue_id): (AccountId, QueueId),
    members: QueueMembers<'_>,
    window: TimeRange,
) -> Result<QueueRows, StoreError> {
    let mut read = QueueRows::default();
    let rows = Statement::<DB>::select(SEGMENTS)
        .int(account.0)
        .int(queue_id.0)
        .time(window.to())
        .fetch_all(transaction)
        .await?;
    read.coverage = rows.read(read_segment)?;
    let of_queue = |select| {
        let statement = Statement::<DB>::select(select);
        statement.int(account.0).int(queue_id.0)
    };
    let statements: Vec<_> = match members {
        QueueMembers::All => vec![of_queue(INTERVALS).time(window.from())],
        QueueMembers::Only(ids) => {
            let ids = ids.iter();
            ids.map(|id| of_queue(INTERVALS_OF_ONE).int(id.0)).collect()
        }
    };
    for statement in statements {
        let rows = statement.time(window.to()).fetch_all(transaction).await?;
        for (id, row) in rows.read(read_interval)? {
            read.members.entry(id).or_default().push(row);
        }
    }
    Ok(read)
}

fn read_segment<DB: Dialect>(
    row: Columns<'_, DB, QueueSegmentColumns>,
) -> Result<QueueSegment, StoreError> {
    use QueueSegmentColumns as C;
    Ok(QueueSegment {
        from: row.time(C::from)?,
        until: row.time(C::until)?,
        answered_at: row.time(C::answered_at)?,
        valid_for_ms: row.int(C::valid_for_ms)?,
    })
}

fn read_interval<DB: Dialect>(
    row: Columns<'_, DB, QueueIntervalColumns>,
) -> Result<(ExtensionId, QueueIntervalRow), StoreError> {
    use QueueIntervalColumns as C;
    let interval = QueueIntervalRow {
        from: row.time(C::from)?,
        not_before: row.opt_time(C::not_before)?,
        certain_until: row.opt_time(C::certain_until)?,
        until: row.opt_time(C::until)?,
        accepts: row.coded(C::accepts)?,
        position: Position(row.int(C::position)?),
    };
    Ok((ExtensionId(row.int(C::extension_id)?), interval))
}

/// Binds a sweep of a queue, after the account.
pub(super) fn bind_sweep<DB: Dialect>(
    bound: Statement<DB>,
    snapshot_no: SnapshotNo,
    sweep: &QueueSweepRow,
) -> Statement<DB> {
    let bound = bound
        .int(snapshot_no.0)
        .int(sweep.queue_id.0)
        .time(sweep.requested_at)
        .time(sweep.received_at)
        .int(sweep.valid_for_ms);
    match &sweep.outcome {
        QueueSweepOutcome::Complete { member_count } => bound
            .int(QueueSweepCode::Complete.code())
            .opt_text(None)
            .opt_text(None)
            .int(*member_count),
        QueueSweepOutcome::Failed { cause, detail } => bound
            .int(QueueSweepCode::Failed.code())
            .text(cause.name())
            .text(detail.as_str())
            .opt_int(None),
    }
}

/// Binds what an event says of a queue, after the account and the event.
pub(super) fn bind_change<DB: Dialect>(
    bound: Statement<DB>,
    change: &QueueChange,
) -> Statement<DB> {
    bound
        .int(change.queue_id.0)
        .opt_int(change.accepts.map(Coded::code))
        .opt_int(change.previous.map(Coded::code))
}

/// Binds an interval of a member, after the account.
pub(super) fn bind_interval<DB: Dialect>(
    bound: Statement<DB>,
    (queue_id, extension_id): (QueueId, ExtensionId),
    row: &QueueIntervalRow,
) -> Statement<DB> {
    bound
        .int(queue_id.0)
        .int(extension_id.0)
        .time(row.from)
        .opt_time(row.not_before)
        .opt_time(row.certain_until)
        .opt_time(row.until)
        .int(row.accepts.code())
        .int(row.position.0)
}

/// Binds a segment of a queue's coverage, after the account.
pub(super) fn bind_segment<DB: Dialect>(
    bound: Statement<DB>,
    queue_id: QueueId,
    segment: &QueueSegment,
) -> Statement<DB> {
    bound
        .int(queue_id.0)
        .time(segment.from)
        .time(segment.until)
        .time(segment.answered_at)
        .int(segment.valid_for_ms)
}

/// Adds what the events of these snapshots say of queues. Each event of a queue has just one row.
pub(super) async fn read_changes<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    snapshots: &mut [(Snapshot, Timestamp)],
) -> Result<(), StoreError> {
    let events = snapshots
        .iter_mut()
        .flat_map(|(snapshot, _)| &mut snapshot.events);
    let mut events: Vec<&mut ChangeEvent> = events
        .filter(|event| event.kind == EventKind::QueueChanged)
        .collect();
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Ok(());
    };
    let rows = Statement::<DB>::select(CHANGES)
        .int(account.0)
        .int(first.position.0)
        .int(last.position.0)
        .fetch_all(transaction)
        .await?;
    let mut rows = rows.iter();
    for event in &mut events {
        let missing = || StoreError::Inconsistent {
            table: tables::QUEUE_CHANGE.name,
            column: "position",
            key: format!("{account}, {}", event.position),
        };
        let row = rows.next().ok_or_else(missing)?;
        if row.int(QueueChangeColumns::position)? != event.position.0 {
            return Err(missing());
        }
        event.queue = Some(read_change(row)?);
    }
    match rows.next() {
        None => Ok(()),
        Some(row) => Err(row.inconsistent(QueueChangeColumns::position)),
    }
}

fn read_change<DB: Dialect>(
    row: Columns<'_, DB, QueueChangeColumns>,
) -> Result<QueueChange, StoreError> {
    use QueueChangeColumns as C;
    let accepts = |column: C| -> Result<Option<Accepts>, StoreError> {
        let Some(code) = row.opt_int(column)? else {
            return Ok(None);
        };
        let accepts = Accepts::from_code(code);
        accepts.ok_or_else(|| row.inconsistent(column)).map(Some)
    };
    Ok(QueueChange {
        queue_id: QueueId(row.int(C::queue_id)?),
        accepts: accepts(C::accepts)?,
        previous: accepts(C::previous_accepts)?,
    })
}

/// The sweeps of queues that these snapshots have, each of which says how many.
pub(super) async fn read_sweeps<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    counts: &BTreeMap<SnapshotNo, i64>,
) -> Result<BTreeMap<SnapshotNo, Vec<QueueSweepRow>>, StoreError> {
    let mut sweeps: BTreeMap<SnapshotNo, Vec<QueueSweepRow>> = BTreeMap::new();
    let (Some((first, _)), Some((last, _))) = (counts.first_key_value(), counts.last_key_value())
    else {
        return Ok(sweeps);
    };
    let rows = Statement::<DB>::select(SWEEPS)
        .int(account.0)
        .int(first.0)
        .int(last.0)
        .fetch_all(transaction)
        .await?;
    for row in rows.iter() {
        let snapshot_no = SnapshotNo(row.int(QueueSweepColumns::snapshot_no)?);
        sweeps
            .entry(snapshot_no)
            .or_default()
            .push(read_sweep(row)?);
    }
    let found = |snapshot_no| {
        let found = sweeps.get(snapshot_no).map_or(0, Vec::len);
        i64::try_from(found).unwrap_or(i64::MAX)
    };
    let differs = counts.iter().find(|(no, count)| found(no) != **count);
    let stray = sweeps.keys().find(|no| !counts.contains_key(no));
    match differs.map(|(no, _)| no).or(stray) {
        None => Ok(sweeps),
        Some(snapshot_no) => Err(StoreError::Inconsistent {
            table: tables::SNAPSHOT.name,
            column: "queue_sweep_count",
            key: format!("{account}, {snapshot_no}"),
        }),
    }
}

/// How many sweeps of queues a snapshot has; `None`: none.
pub(super) fn read_count<DB: Dialect>(
    row: Columns<'_, DB, SnapshotColumns>,
) -> Result<Option<i64>, StoreError> {
    let count = row.opt_int(SnapshotColumns::queue_sweep_count)?;
    match count {
        Some(count) if count < 1 => Err(row.inconsistent(SnapshotColumns::queue_sweep_count)),
        count => Ok(count),
    }
}

/// The count as it is kept.
pub(super) fn kept_count(snapshot: &Snapshot) -> Option<i64> {
    let count = i64::try_from(snapshot.queue_sweeps.len()).unwrap_or(i64::MAX);
    Some(count).filter(|count| *count > 0)
}

fn read_sweep<DB: Dialect>(
    row: Columns<'_, DB, QueueSweepColumns>,
) -> Result<QueueSweepRow, StoreError> {
    use QueueSweepColumns as C;
    let outcome = match row.coded(C::status)? {
        QueueSweepCode::Complete => QueueSweepOutcome::Complete {
            member_count: row.int(C::member_count)?,
        },
        QueueSweepCode::Failed => QueueSweepOutcome::Failed {
            cause: Cause::from_name(row.text(C::cause)?)
                .ok_or_else(|| row.inconsistent(C::cause))?,
            detail: row.text(C::detail)?.to_owned(),
        },
    };
    Ok(QueueSweepRow {
        queue_id: QueueId(row.int(C::queue_id)?),
        requested_at: row.time(C::requested_at)?,
        received_at: row.time(C::received_at)?,
        valid_for_ms: row.int(C::valid_for_ms)?,
        outcome,
    })
}

/// Reads what is known of queues at the end of the log.
pub(super) async fn load<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    state: &mut AccountState,
) -> Result<(), StoreError> {
    let account = state.account_id;
    let rows = Statement::<DB>::select(LATEST_SEGMENTS)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    for row in rows.iter() {
        use QueueSegmentColumns as C;
        let queue = QueueState {
            segment: read_segment(row)?,
            members: BTreeMap::new(),
        };
        state.queues.insert(QueueId(row.int(C::queue_id)?), queue);
    }
    let rows = Statement::<DB>::select(MEMBERS)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    for row in rows.iter() {
        use MemberColumns as C;
        let queue = state.queues.get_mut(&QueueId(row.int(C::queue_id)?));
        let queue = queue.ok_or_else(|| row.inconsistent(C::queue_id))?;
        let member = MemberState {
            accepts: row.coded(C::accepts)?,
            since: row.time(C::from)?,
            not_before: row.opt_time(C::not_before)?,
            position: Position(row.int(C::position)?),
        };
        let id = ExtensionId(row.int(C::extension_id)?);
        if queue.members.insert(id, member).is_some() {
            return Err(row.inconsistent(C::from));
        }
    }
    Ok(())
}

/// What is about to be written, or was read, and cannot follow what is known.
pub(super) fn inconsistent(
    account: AccountId,
    snapshot: &Snapshot,
    fault: QueueFault,
) -> StoreError {
    match fault {
        QueueFault::Event(position) => StoreError::Inconsistent {
            table: tables::QUEUE_CHANGE.name,
            column: "accepts",
            key: format!("{account}, {position}"),
        },
        QueueFault::Sweep {
            queue_id,
            requested_at,
        } => StoreError::Inconsistent {
            table: tables::QUEUE_SWEEP.name,
            column: "requested_at",
            key: format!(
                "{account}, {}, {queue_id}, {}",
                snapshot.snapshot_no,
                requested_at.as_ms()
            ),
        },
    }
}

/// What breaks the rules of the log in the sweeps of queues that are about to be written, and in their events.
pub(super) fn broken_rule(snapshot: &Snapshot) -> Option<&'static str> {
    let sweeps = &snapshot.queue_sweeps;
    let in_order = sweeps.is_sorted_by(|one, next| {
        one.queue_id < next.queue_id
            || one.queue_id == next.queue_id && one.received_at < next.requested_at
    });
    if !in_order {
        return Some("the sweeps of a queue do not run forward in time");
    }
    let is_timed = |sweep: &QueueSweepRow| {
        sweep.requested_at <= sweep.received_at && sweep.received_at <= snapshot.finished_at
    };
    if !sweeps.iter().all(is_timed) {
        return Some("a sweep of a queue ends before it starts, or after the snapshot");
    }
    let is_seen = |queue_id, observed_at| {
        sweeps.iter().any(|sweep| {
            sweep.is_complete() && sweep.queue_id == queue_id && sweep.received_at == observed_at
        })
    };
    let mut changes = snapshot.events.iter().filter_map(|event| {
        let change = event.queue?;
        Some((change.queue_id, event.observed_at))
    });
    let all_seen = changes.all(|(queue_id, observed_at)| is_seen(queue_id, observed_at));
    (!all_seen).then_some("what an event says of a queue was shown by no sweep of it")
}
