//! Making the projections anew from the log, to compare them with the kept ones or to replace these.
//!
//! The rebuilt rows go into temporary tables, chunk by chunk, and the database compares; so neither the log nor its
//! projections have to fit into memory. All of it is one transaction.

use std::sync::{Arc, LazyLock};

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Row, query, raw_sql};

use super::append::{Head, Writer, create_account, read_head};
use super::dialect::BEGIN_WRITE;
use super::dictionary::{Entries, Needed, Numbers, Remembered};
use super::tables::{PROJECTIONS, REBUILT, Table, rebuilt_name};
use super::{RebuildReport, StoreError, log, sql};
use crate::model::HashMap;
use crate::model::event::{EventKind, Snapshot};
use crate::model::ids::{AccountId, ExtensionId, Version};
use crate::model::known::{AccountState, Existence};
use crate::model::projection::{Delta, fold};
use crate::model::time::Timestamp;

/// Snapshots folded before their rows are written.
const SNAPSHOTS_AT_ONCE: u32 = 256;

/// Compares the kept projections with the log; writes nothing.
pub(super) async fn check(
    connection: &mut SqliteConnection,
    entries: &Entries,
    account: AccountId,
) -> Result<RebuildReport, StoreError> {
    create_tables(connection).await?;
    let (mut report, state) = fold_log(connection, entries, account).await?;
    compare(connection, &state, &mut report).await?;
    drop_tables(connection).await?;
    Ok(report)
}

/// Replaces the kept projections by what the log amounts to.
pub(super) async fn replace(
    writer: &mut Writer,
    account: AccountId,
) -> Result<RebuildReport, StoreError> {
    let mut transaction = writer.connection.begin_with(BEGIN_WRITE).await?;
    let connection = &mut *transaction;
    let entries = Entries::refreshed(connection, Arc::default()).await?;
    create_tables(connection).await?;
    let (mut report, state) = fold_log(connection, &entries, account).await?;
    compare(connection, &state, &mut report).await?;
    for statements in REPLACEMENTS.iter() {
        query(statements.delete.as_str())
            .bind(account.0)
            .execute(&mut *connection)
            .await?;
        query(statements.insert.as_str())
            .execute(&mut *connection)
            .await?;
    }
    replace_head(connection, &state).await?;
    drop_tables(connection).await?;
    transaction.commit().await?;
    Ok(report)
}

async fn replace_head(
    connection: &mut SqliteConnection,
    state: &AccountState,
) -> Result<(), StoreError> {
    let kept = match read_head(connection, state.account_id).await? {
        Some(head) => head,
        None if state.snapshot_no == Head::EMPTY.snapshot_no => return Ok(()),
        None => {
            let now = state.finished_at.unwrap_or(Timestamp::MIN);
            create_account(connection, state.account_id, now).await?
        }
    };
    query(sql::MOVE_HEAD)
        .bind(state.account_id.0)
        .bind(state.snapshot_no.0)
        .bind(state.position.0)
        .bind(state.finished_at.map(Timestamp::as_ms))
        .bind(kept.snapshot_no.0)
        .bind(kept.position.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Folds the whole log into the temporary tables.
async fn fold_log(
    connection: &mut SqliteConnection,
    entries: &Entries,
    account: AccountId,
) -> Result<(RebuildReport, AccountState), StoreError> {
    let mut state = AccountState::new(account);
    let mut report = RebuildReport {
        snapshot_count: 0,
        event_count: 0,
        differences: Vec::new(),
    };
    let mut remembered = Remembered::default();
    loop {
        let after = state.snapshot_no;
        let chunk = log::snapshots(connection, entries, account, after, SNAPSHOTS_AT_ONCE).await?;
        if chunk.is_empty() {
            return Ok((report, state));
        }
        let mut delta = Delta::default();
        for (snapshot, _) in &chunk {
            check_follows(&state, snapshot)?;
            fold(&mut state, snapshot, &mut delta);
            report.snapshot_count += 1;
            report.event_count += i64::try_from(snapshot.events.len()).unwrap_or(i64::MAX);
        }
        let learned = {
            let mut needed = Needed::by(&[], &delta, &remembered);
            let numbers = Numbers::look_up(connection, &mut needed, &remembered).await?;
            REBUILT.write(connection, account, &delta, &numbers).await?;
            numbers.into_learned()
        };
        remembered.add(learned);
    }
}

/// Checks that a snapshot read from the log can follow what is known, before it is folded.
pub(super) fn check_follows(state: &AccountState, snapshot: &Snapshot) -> Result<(), StoreError> {
    if state.finished_at > Some(snapshot.started_at) {
        return Err(StoreError::Inconsistent {
            table: "snapshot",
            column: "started_at",
            key: format!("{}, {}", state.account_id, snapshot.snapshot_no),
        });
    }
    let mut versions: HashMap<ExtensionId, Version> = HashMap::default();
    for event in &snapshot.events {
        let inconsistent = |column| StoreError::Inconsistent {
            table: "event",
            column,
            key: format!("{}, {}", state.account_id, event.position),
        };
        let known = state.extensions.get(&event.extension_id);
        let before = versions.get(&event.extension_id).copied();
        let version = before
            .or(known.map(|known| known.version))
            .unwrap_or(Version(0));
        if event.version != version.next() {
            return Err(inconsistent("version"));
        }
        versions.insert(event.extension_id, event.version);
        let shown = match known.map(|known| &known.existence) {
            Some(Existence::Present(present)) => Some(&present.presence),
            _ => None,
        };
        let is_first = before.is_none();
        if event.kind != EventKind::ProfileChanged
            && (!is_first || event.previous.as_ref() != shown)
        {
            return Err(inconsistent("previous_state_id"));
        }
    }
    Ok(())
}

async fn compare(
    connection: &mut SqliteConnection,
    state: &AccountState,
    report: &mut RebuildReport,
) -> Result<(), StoreError> {
    let kept = read_head(connection, state.account_id)
        .await?
        .unwrap_or(Head::EMPTY);
    let rebuilt = Head {
        snapshot_no: state.snapshot_no,
        position: state.position,
        finished_at: state.finished_at,
    };
    if kept != rebuilt {
        let difference = format!("head ({}): kept and rebuilt differ", state.account_id);
        report.differences.push(difference);
    }
    for comparison in COMPARISONS.iter() {
        if let Some(difference) = comparison.run(connection, state.account_id).await? {
            report.differences.push(difference);
        }
    }
    Ok(())
}

/// The comparison of one projection with the rebuilt one.
struct Comparison {
    table: &'static Table,
    text: String,
}

static COMPARISONS: LazyLock<Vec<Comparison>> =
    LazyLock::new(|| PROJECTIONS.into_iter().map(Comparison::new).collect());

impl Comparison {
    /// The first key, in order, of a row that is not the same in both; and in how many of the two the key is at all.
    fn new(table: &'static Table) -> Self {
        let (kept, rebuilt) = (format!("main.{}", table.name), rebuilt_name(table));
        let key = table.columns[..table.key_length].join(", ");
        let same = |columns: &[&str], how: &str| {
            let equal = columns
                .iter()
                .map(|column| format!("b.{column} {how} a.{column}"));
            equal.collect::<Vec<_>>().join(" and ")
        };
        let key_is_same = same(&table.columns[..table.key_length], "=");
        let rest_is_same = same(&table.columns[table.key_length..], "is not distinct from");
        let one_way = |one: &str, other: &str| {
            format!(
                "select {key}, exists (select 1 from {other} b where {key_is_same})\n\
                 from {one} a\n\
                 where a.account_id = $1 and not exists (\n\
                 select 1 from {other} b where {key_is_same} and {rest_is_same}\n)"
            )
        };
        let text = format!(
            "{}\nunion all\n{}\norder by {key}\nlimit 1",
            one_way(&kept, &rebuilt),
            one_way(&rebuilt, &kept)
        );
        Self { table, text }
    }

    async fn run(
        &self,
        connection: &mut SqliteConnection,
        account: AccountId,
    ) -> Result<Option<String>, StoreError> {
        let row = query(AssertSqlSafe(self.text.clone()))
            .bind(account.0)
            .fetch_optional(connection)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let mut key = Vec::with_capacity(self.table.key_length);
        for index in 0..self.table.key_length {
            let value: i64 = row.try_get(index)?;
            key.push(format!(
                "{} {value}",
                self.table.columns[index].trim_matches('"')
            ));
        }
        let in_both: bool = row.try_get(self.table.key_length)?;
        let what = if in_both {
            "kept and rebuilt differ"
        } else {
            "is in only one of the kept and the rebuilt"
        };
        Ok(Some(format!(
            "{} ({}): {what}",
            self.table.name,
            key.join(", ")
        )))
    }
}

/// Puts the rebuilt rows of one table into the place of the kept ones.
struct Replacement {
    delete: String,
    insert: String,
}

static REPLACEMENTS: LazyLock<Vec<Replacement>> = LazyLock::new(|| {
    let of = |table: &Table| Replacement {
        delete: format!("delete from main.{} where account_id = $1", table.name),
        insert: format!(
            "insert into main.{} ({columns})\nselect {columns}\nfrom {}\norder by {}",
            table.name,
            rebuilt_name(table),
            table.columns[..table.key_length].join(", "),
            columns = table.columns.join(", ")
        ),
    };
    PROJECTIONS.into_iter().map(of).collect()
});

async fn create_tables(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    drop_tables(connection).await?;
    for table in PROJECTIONS {
        // Without a type, a column is not compared by its index with one that has a type.
        let columns = table.columns.join(" integer, ");
        let key = table.columns[..table.key_length].join(", ");
        let statement = format!(
            "create temp table rebuilt_{} ({columns} integer, primary key ({key})) without rowid",
            table.name
        );
        raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn drop_tables(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for table in PROJECTIONS {
        let statement = format!("drop table if exists {}", rebuilt_name(table));
        raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
