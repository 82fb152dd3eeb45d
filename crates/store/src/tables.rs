//! The columns of the tables, in the order in which rows are bound, and the binding of rows.

use std::sync::{Arc, LazyLock};

use sqlx::{Postgres, Sqlite, Transaction};

use super::codec::{Coded, ExistenceCode, encode_ids};
use super::columns::ColumnList;
use super::dialect::{Dialect, RowStatement, Statement};
use super::dictionary::IdAllocator;
use super::selected::{
    BlockColumns, CoverageColumns, DailyAmountColumns, DailySeriesColumns, EventColumns,
    ExtensionColumns, LocalDayColumns, PackedUntilColumns, QueueChangeColumns,
    QueueIntervalColumns, QueueSegmentColumns, QueueSweepColumns, SnapshotColumns,
};
use super::{StoreError, queues};
use presence_model::coverage::{CoverageKind, CoverageSegment};
use presence_model::event::{ChangeEvent, Snapshot};
use presence_model::ids::{AccountId, ExtensionId, Position, SnapshotNo};
use presence_model::known::{Existence, ExtensionState, Present};
use presence_model::projection::{Delta, ExistenceInterval, IntervalRow, ProfileRow};
use presence_model::state::Presence;
use presence_model::time::Timestamp;

/// A table with its columns; the first `key_length` of them are its key.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) key_length: usize,
}

impl Table {
    /// The table whose columns are those that a statement gives.
    const fn of<C: ColumnList>() -> Self {
        Self {
            name: C::TABLE,
            columns: C::NAMES,
            key_length: C::KEY_LENGTH,
        }
    }

    /// The same, where so many columns of other tables follow.
    const fn before_others<C: ColumnList>(others: usize) -> Self {
        Self {
            columns: C::NAMES.split_at(C::NAMES.len() - others).0,
            ..Self::of::<C>()
        }
    }
}

pub(super) const SNAPSHOT: Table = Table::of::<SnapshotColumns>();

pub(super) const EVENT: Table = Table::before_others::<EventColumns>(2);

pub(super) const QUEUE_CHANGE: Table = Table::of::<QueueChangeColumns>();

pub(super) const QUEUE_SWEEP: Table = Table::of::<QueueSweepColumns>();

pub(super) const EXTENSION: Table = Table::before_others::<ExtensionColumns>(1);

pub(super) const PRESENCE_INTERVAL: Table = Table {
    name: "presence_interval",
    key_length: 2,
    columns: &[
        "extension_key",
        "\"from\"",
        "ambiguous_ms",
        "duration_ms",
        "end_ambiguous_ms",
        "state_id",
        "message_id",
        "position",
    ],
};

pub(super) const EXISTENCE_INTERVAL: Table = Table {
    name: "existence_interval",
    key_length: 3,
    columns: &[
        "account_id",
        "extension_id",
        "\"from\"",
        "not_before",
        "certain_until",
        "until",
    ],
};

pub(super) const PROFILE_INTERVAL: Table = Table {
    name: "profile_interval",
    key_length: 3,
    columns: &[
        "account_id",
        "extension_id",
        "\"from\"",
        "until",
        "profile_id",
    ],
};

pub(super) const COVERAGE: Table = Table::of::<CoverageColumns>();

pub(super) const QUEUE_INTERVAL: Table = Table::of::<QueueIntervalColumns>();

pub(super) const QUEUE_COVERAGE: Table = Table::of::<QueueSegmentColumns>();

pub(super) const HISTORY_BLOCK: Table = Table::of::<BlockColumns>();

pub(super) const HISTORY_PACKED: Table = Table::of::<PackedUntilColumns>();

pub(super) const DAILY_SERIES: Table = Table::of::<DailySeriesColumns>();

pub(super) const DAILY_AMOUNT: Table = Table::of::<DailyAmountColumns>();

pub(super) const LOCAL_DAY: Table = Table::of::<LocalDayColumns>();

/// The projections that a rebuild makes again, except the head.
pub(super) const PROJECTIONS: [&Table; 7] = [
    &EXTENSION,
    &PRESENCE_INTERVAL,
    &EXISTENCE_INTERVAL,
    &PROFILE_INTERVAL,
    &COVERAGE,
    &QUEUE_INTERVAL,
    &QUEUE_COVERAGE,
];

/// Which rows of a projection, known as `alias`, are of the account `$1`.
pub(super) fn of_account(table: &Table, alias: &str) -> String {
    if table.columns[0] == "extension_key" {
        format!(
            "{alias}.extension_key in (select k.extension_key from extension_key k where k.account_id = $1)"
        )
    } else {
        format!("{alias}.account_id = $1")
    }
}

/// Where a rebuild puts the rows of a projection before it compares them: named with its schema, so that no table of the
/// same name in the same schema is taken for it.
pub(super) fn rebuilt_name<DB: Dialect>(table: &Table) -> String {
    format!("{}.rebuilt_{}", DB::TEMPORARY, table.name)
}

/// The statements that bring one set of projection tables up to date.
pub(super) struct ProjectionStatements {
    extension: RowStatement,
    presence_interval: RowStatement,
    existence_interval: RowStatement,
    profile_interval: RowStatement,
    coverage: RowStatement,
    queue_interval: RowStatement,
    queue_coverage: RowStatement,
}

/// Of the kept projections.
pub(super) static KEPT: LazyLock<ProjectionStatements> =
    LazyLock::new(|| ProjectionStatements::new(|table| table.name.to_owned()));

/// Of the ones that a rebuild makes to compare.
pub(super) fn rebuilt<DB: Dialect>() -> &'static ProjectionStatements {
    static OF_FILE: LazyLock<ProjectionStatements> =
        LazyLock::new(|| ProjectionStatements::new(rebuilt_name::<Sqlite>));
    static OF_SERVER: LazyLock<ProjectionStatements> =
        LazyLock::new(|| ProjectionStatements::new(rebuilt_name::<Postgres>));
    if DB::IS_SERVER { &OF_SERVER } else { &OF_FILE }
}

impl ProjectionStatements {
    fn new(name: impl Fn(&Table) -> String) -> Self {
        let upsert =
            |table: &Table| RowStatement::upsert(&name(table), table.columns, table.key_length);
        Self {
            extension: upsert(&EXTENSION),
            presence_interval: upsert(&PRESENCE_INTERVAL),
            existence_interval: upsert(&EXISTENCE_INTERVAL),
            profile_interval: upsert(&PROFILE_INTERVAL),
            coverage: upsert(&COVERAGE),
            queue_interval: upsert(&QUEUE_INTERVAL),
            queue_coverage: upsert(&QUEUE_COVERAGE),
        }
    }

    /// Writes every row of `delta`, replacing the rows of the same keys.
    pub(super) async fn write<DB: Dialect>(
        &'static self,
        transaction: &mut Transaction<'_, DB>,
        account: AccountId,
        delta: &Delta,
        numbers: &IdAllocator<'_>,
    ) -> Result<(), StoreError> {
        let extensions: Vec<_> = delta.extensions.iter().collect();
        self.extension
            .execute(transaction, &extensions, |bound, (id, extension)| {
                bind_extension(bound.int(account.0), **id, extension, numbers)
            })
            .await?;
        let intervals: Vec<_> = delta.intervals.iter().collect();
        self.presence_interval
            .execute(transaction, &intervals, |bound, (key, row)| {
                bind_interval(bound, key.0, row, numbers)
            })
            .await?;
        let existence: Vec<_> = delta.existence.iter().collect();
        self.existence_interval
            .execute(transaction, &existence, |bound, (key, row)| {
                bind_life(bound.int(account.0), key.0, row)
            })
            .await?;
        let profiles: Vec<_> = delta.profiles.iter().collect();
        self.profile_interval
            .execute(transaction, &profiles, |bound, (key, row)| {
                bind_profile(bound.int(account.0), key.0, row, numbers)
            })
            .await?;
        let coverage: Vec<_> = delta.coverage.iter().collect();
        self.coverage
            .execute(transaction, &coverage, |bound, (key, segment)| {
                bind_segment(bound.int(account.0), key.0, segment)
            })
            .await?;
        self.write_queues(transaction, account, delta).await
    }

    async fn write_queues<DB: Dialect>(
        &'static self,
        transaction: &mut Transaction<'_, DB>,
        account: AccountId,
        delta: &Delta,
    ) -> Result<(), StoreError> {
        let intervals: Vec<_> = delta.queue_intervals.iter().collect();
        self.queue_interval
            .execute(transaction, &intervals, |bound, (key, row)| {
                queues::bind_interval(bound.int(account.0), (key.0, key.1), row)
            })
            .await?;
        let coverage: Vec<_> = delta.queue_coverage.iter().collect();
        self.queue_coverage
            .execute(transaction, &coverage, |bound, (key, segment)| {
                queues::bind_segment(bound.int(account.0), key.0, segment)
            })
            .await
    }
}

static INSERT_SNAPSHOTS: LazyLock<RowStatement> =
    LazyLock::new(|| RowStatement::insert(SNAPSHOT.name, SNAPSHOT.columns));

static INSERT_QUEUE_CHANGES: LazyLock<RowStatement> =
    LazyLock::new(|| RowStatement::insert(QUEUE_CHANGE.name, QUEUE_CHANGE.columns));

static INSERT_QUEUE_SWEEPS: LazyLock<RowStatement> =
    LazyLock::new(|| RowStatement::insert(QUEUE_SWEEP.name, QUEUE_SWEEP.columns));

static INSERT_EVENTS: LazyLock<RowStatement> =
    LazyLock::new(|| RowStatement::insert(EVENT.name, EVENT.columns));

/// Writes snapshots with their events, each with when it is recorded.
pub(super) async fn write_log<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    snapshots: &[(Snapshot, Timestamp)],
    position_before: Position,
    numbers: &IdAllocator<'_>,
) -> Result<(), StoreError> {
    let mut ends = Vec::with_capacity(snapshots.len());
    let mut events = Vec::new();
    let mut position = position_before;
    for (snapshot, recorded_at) in snapshots {
        events.extend(
            snapshot
                .events
                .iter()
                .map(|event| (snapshot.snapshot_no, event)),
        );
        position = snapshot
            .events
            .last()
            .map_or(position, |event| event.position);
        ends.push((snapshot, position, *recorded_at));
    }
    INSERT_SNAPSHOTS
        .execute(
            transaction,
            &ends,
            |bound, (snapshot, position, recorded_at)| {
                bind_snapshot(bound.int(account.0), snapshot, *position, *recorded_at)
            },
        )
        .await?;
    write_queue_log(transaction, account, snapshots).await?;
    if DB::FILLS_FALLING {
        for statement in events.chunks_exact_mut(RowStatement::ROWS_AT_ONCE) {
            statement.reverse();
        }
    }
    INSERT_EVENTS
        .execute(transaction, &events, |bound, (snapshot_no, event)| {
            bind_event(bound.int(account.0), *snapshot_no, event, numbers)
        })
        .await
}

/// Writes what snapshots say of queues.
async fn write_queue_log<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    snapshots: &[(Snapshot, Timestamp)],
) -> Result<(), StoreError> {
    let snapshots = || snapshots.iter().map(|(snapshot, _)| snapshot);
    let sweeps = snapshots().flat_map(|snapshot| {
        let sweeps = snapshot.queue_sweeps.iter();
        sweeps.map(|sweep| (snapshot.snapshot_no, sweep))
    });
    let sweeps: Vec<_> = sweeps.collect();
    INSERT_QUEUE_SWEEPS
        .execute(transaction, &sweeps, |bound, (snapshot_no, sweep)| {
            queues::bind_sweep(bound.int(account.0), *snapshot_no, sweep)
        })
        .await?;
    let events = snapshots().flat_map(|snapshot| &snapshot.events);
    let changes: Vec<_> = events
        .filter_map(|event| Some((event.position, event.queue?)))
        .collect();
    INSERT_QUEUE_CHANGES
        .execute(transaction, &changes, |bound, (position, change)| {
            queues::bind_change(bound.int(account.0).int(position.0), change)
        })
        .await
}

fn bind_snapshot<DB: Dialect>(
    bound: Statement<DB>,
    snapshot: &Snapshot,
    position: Position,
    recorded_at: Timestamp,
) -> Statement<DB> {
    bound
        .int(snapshot.snapshot_no.0)
        .int(snapshot.source.code())
        .int(snapshot.status.code())
        .time(snapshot.started_at)
        .time(snapshot.finished_at)
        .time(recorded_at)
        .int(snapshot.valid_for_ms)
        .opt_int(snapshot.expected_count)
        .int(snapshot.observed_count)
        .int(i64::try_from(snapshot.events.len()).unwrap_or(i64::MAX))
        .int(position.0)
        .opt_int(snapshot.clock_skew_ms)
        .text(snapshot.idempotency_key.as_str())
        .blob(&snapshot.content_digest)
        .opt_text(snapshot.detail.as_deref())
        .opt_blob(encode_ids(&snapshot.unseen))
        .opt_int(queues::kept_count(snapshot))
}

fn bind_event<DB: Dialect>(
    bound: Statement<DB>,
    snapshot_no: SnapshotNo,
    event: &ChangeEvent,
    numbers: &IdAllocator<'_>,
) -> Statement<DB> {
    let bound = bound
        .int(event.position.0)
        .int(snapshot_no.0)
        .int(event.extension_id.0)
        .int(event.version.0)
        .int(event.kind.code())
        .time(event.observed_at)
        .opt_int(
            event
                .not_before
                .map(|earliest| event.observed_at.since_ms(earliest)),
        );
    let bound = bind_presence(bound, event.presence.as_ref(), numbers);
    let bound = bind_presence(bound, event.previous.as_ref(), numbers);
    let profile =
        |profile: &Option<Arc<_>>| profile.as_deref().map(|value| numbers.profile(value).0);
    bound
        .opt_int(profile(&event.profile))
        .opt_int(profile(&event.previous_profile))
}

fn bind_presence<DB: Dialect>(
    bound: Statement<DB>,
    presence: Option<&Presence>,
    numbers: &IdAllocator<'_>,
) -> Statement<DB> {
    let state = presence.map(|presence| numbers.state(&presence.state).0);
    let message = presence.and_then(|presence| presence.message.as_deref());
    bound
        .opt_int(state)
        .opt_int(message.map(|text| numbers.message(text).0))
}

fn bind_extension<DB: Dialect>(
    bound: Statement<DB>,
    id: ExtensionId,
    extension: &ExtensionState,
    numbers: &IdAllocator<'_>,
) -> Statement<DB> {
    let bound = bound.int(id.0).int(extension.version.0);
    let bound = match &extension.existence {
        Existence::Present(present) => bind_present(bound, present, numbers),
        Existence::Listed => bind_not_present(bound, ExistenceCode::Listed, None),
        Existence::Absent { since } => bind_not_present(bound, ExistenceCode::Absent, Some(*since)),
    };
    let profile = extension.profile.as_ref();
    bound
        .opt_int(profile.map(|known| numbers.profile(&known.value).0))
        .opt_time(profile.map(|known| known.since))
}

fn bind_present<DB: Dialect>(
    bound: Statement<DB>,
    present: &Present,
    numbers: &IdAllocator<'_>,
) -> Statement<DB> {
    bind_presence(
        bound.int(ExistenceCode::Present.code()),
        Some(&present.presence),
        numbers,
    )
    .time(present.since)
    .opt_time(present.not_before)
    .int(present.position.0)
    .int(present.since.since_ms(present.told_at))
    .opt_time(present.stale.map(|heartbeat| heartbeat.at))
    .opt_int(present.stale.map(|heartbeat| heartbeat.valid_for_ms))
    .int(i64::from(present.missing))
    .time(present.appeared_at)
    .opt_time(present.appeared_not_before)
}

fn bind_not_present<DB: Dialect>(
    bound: Statement<DB>,
    existence: ExistenceCode,
    since: Option<Timestamp>,
) -> Statement<DB> {
    bound
        .int(existence.code())
        .opt_int(None)
        .opt_int(None)
        .opt_time(since)
        .opt_time(None)
        .opt_int(None)
        .opt_int(None)
        .opt_time(None)
        .opt_int(None)
        .int(0)
        .opt_time(None)
        .opt_time(None)
}

fn bind_interval<DB: Dialect>(
    bound: Statement<DB>,
    id: ExtensionId,
    row: &IntervalRow,
    numbers: &IdAllocator<'_>,
) -> Statement<DB> {
    let end_ambiguous_ms = row.until.zip(row.certain_until);
    let bound = bound
        .int(numbers.extension(id))
        .time(row.from)
        .opt_int(row.not_before.map(|earliest| row.from.since_ms(earliest)))
        .opt_int(row.until.map(|until| until.since_ms(row.from)))
        .opt_int(end_ambiguous_ms.map(|(until, certain)| until.since_ms(certain)));
    bind_presence(bound, Some(&row.presence), numbers).int(row.position.0)
}

fn bind_life<DB: Dialect>(
    bound: Statement<DB>,
    id: ExtensionId,
    row: &ExistenceInterval,
) -> Statement<DB> {
    bound
        .int(id.0)
        .time(row.from)
        .opt_time(row.not_before)
        .opt_time(row.certain_until)
        .opt_time(row.until)
}

fn bind_profile<DB: Dialect>(
    bound: Statement<DB>,
    id: ExtensionId,
    row: &ProfileRow,
    numbers: &IdAllocator<'_>,
) -> Statement<DB> {
    bound
        .int(id.0)
        .time(row.from)
        .opt_time(row.until)
        .int(numbers.profile(&row.profile).0)
}

fn bind_segment<DB: Dialect>(
    bound: Statement<DB>,
    kind: CoverageKind,
    segment: &CoverageSegment,
) -> Statement<DB> {
    bound
        .int(kind.code())
        .time(segment.from)
        .time(segment.until)
        .int(segment.valid_for_ms)
}
