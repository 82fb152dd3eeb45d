//! Rebuilds the projections from the log, to compare them with the kept ones or to replace these.
//!
//! The rebuilt rows go into temporary tables, chunk by chunk, and the database compares; so neither the log nor its
//! projections have to fit into memory. All of it is one transaction.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, SqlSafeStr, SqlStr, Transaction};

use super::append::{Head, create_account, lock_head, read_head};
use super::columns;
use super::dialect::{Dialect, Statement};
use super::dictionary::{IdAllocator, Needed, Remembered};
use super::dictionary_cache::DictionaryCache;
use super::tables::{PROJECTIONS, ProjectionStatements, Table, of_account, rebuilt, rebuilt_name};
use super::writer::Writer;
use super::{RebuildReport, StoreError, daily, log, packing, queues, sql};
use presence_model::HashMap;
use presence_model::event::{EventKind, Snapshot};
use presence_model::ids::{AccountId, ExtensionId, Version};
use presence_model::known::{AccountState, Existence};
use presence_model::profile::Profile;
use presence_model::projection::{Delta, fold};
use presence_model::queue_diff;
use presence_model::time::Timestamp;

/// Snapshots folded before their rows are written.
const SNAPSHOTS_AT_ONCE: u32 = 256;

/// Compares the kept projections with the log; writes nothing.
pub(super) async fn check<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &DictionaryCache,
    account: AccountId,
) -> Result<RebuildReport, StoreError> {
    create_tables(transaction).await?;
    let (mut report, state) = fold_log(transaction, entries, account).await?;
    compare(transaction, &state, &mut report).await?;
    compare_packed(transaction, account, &mut report).await?;
    drop_tables(transaction).await?;
    Ok(report)
}

/// Replaces the kept projections by what the log amounts to.
pub(super) async fn replace<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
) -> Result<RebuildReport, StoreError> {
    let begin = writer.begins.rebuild.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    lock_head(&mut transaction, account).await?;
    let entries = DictionaryCache::refreshed(&mut transaction, Arc::default()).await?;
    create_tables(&mut transaction).await?;
    let (mut report, state) = fold_log(&mut transaction, &entries, account).await?;
    compare(&mut transaction, &state, &mut report).await?;
    put_rebuilt(&mut transaction, &state).await?;
    compare_packed(&mut transaction, account, &mut report).await?;
    packing::repack(&mut transaction, account).await?;
    // It was computed from what is replaced.
    daily::clear_all(&mut transaction, account).await?;
    drop_tables(&mut transaction).await?;
    transaction.commit().await?;
    Ok(report)
}

/// Removes the kept projections of an account; its head stays.
pub(super) async fn clear<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<(), StoreError> {
    for table in PROJECTIONS {
        Statement::<DB>::assembled(deletion(table))
            .int(account.0)
            .execute(transaction)
            .await?;
    }
    Ok(())
}

/// Puts the rebuilt rows into the place of the kept ones.
async fn put_rebuilt<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    state: &AccountState,
) -> Result<(), StoreError> {
    clear(transaction, state.account_id).await?;
    for table in PROJECTIONS {
        Statement::<DB>::assembled(insertion::<DB>(table))
            .execute(transaction)
            .await?;
    }
    replace_head(transaction, state).await
}

async fn replace_head<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    state: &AccountState,
) -> Result<(), StoreError> {
    let kept = match read_head(transaction, state.account_id).await? {
        Some(head) => head,
        None if state.snapshot_no == Head::EMPTY.snapshot_no => return Ok(()),
        None => {
            let now = state.finished_at.unwrap_or(Timestamp::MIN);
            create_account(transaction, state.account_id, now).await?
        }
    };
    move_head(transaction, state, kept).await
}

/// Moves the head from where it is to the end of what `state` amounts to.
pub(super) async fn move_head<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    state: &AccountState,
    kept: Head,
) -> Result<(), StoreError> {
    Statement::<DB>::new(sql::MOVE_HEAD)
        .int(state.account_id.0)
        .int(state.snapshot_no.0)
        .int(state.position.0)
        .opt_time(state.finished_at)
        .int(kept.snapshot_no.0)
        .int(kept.position.0)
        .execute(transaction)
        .await?;
    Ok(())
}

/// Folds the whole log into the temporary tables.
async fn fold_log<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &DictionaryCache,
    account: AccountId,
) -> Result<(RebuildReport, AccountState), StoreError> {
    let mut state = AccountState::new(account);
    let mut report = RebuildReport {
        snapshot_count: 0,
        event_count: 0,
        differences: Vec::new(),
    };
    let mut remembered = Remembered::default();
    let tables = rebuilt::<DB>();
    while let Some(folded) =
        fold_chunk(transaction, tables, entries, &mut state, &mut remembered).await?
    {
        report.snapshot_count += folded.snapshot_count;
        report.event_count += folded.event_count;
    }
    log::check_count(transaction, account, report.event_count).await?;
    Ok((report, state))
}

/// How much was folded.
pub(super) struct Folded {
    snapshot_count: i64,
    event_count: i64,
}

/// Folds the snapshots that follow `state`, a chunk of them, into `tables`; `None` if there are none.
pub(super) async fn fold_chunk<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    tables: &'static ProjectionStatements,
    entries: &DictionaryCache,
    state: &mut AccountState,
    remembered: &mut Remembered,
) -> Result<Option<Folded>, StoreError> {
    let (account, after) = (state.account_id, state.snapshot_no);
    let chunk = log::snapshots(transaction, entries, account, after, SNAPSHOTS_AT_ONCE).await?;
    if chunk.is_empty() {
        return Ok(None);
    }
    let mut delta = Delta::default();
    let mut folded = Folded {
        snapshot_count: 0,
        event_count: 0,
    };
    for (snapshot, _) in &chunk {
        check_follows(state, snapshot)?;
        fold(state, snapshot, &mut delta);
        folded.snapshot_count += 1;
        folded.event_count += i64::try_from(snapshot.events.len()).unwrap_or(i64::MAX);
    }
    let learned = {
        let mut needed = Needed::by(account, &[], &delta, remembered);
        let numbers = IdAllocator::look_up(transaction, &mut needed, remembered).await?;
        needed.check_found()?;
        tables.write(transaction, account, &delta, &numbers).await?;
        numbers.into_learned()
    };
    remembered.add(learned);
    Ok(Some(folded))
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
    let mut profiles: HashMap<ExtensionId, Option<&Profile>> = HashMap::default();
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
        let profile_before = profiles.get(&event.extension_id).copied();
        let profile_before = profile_before.unwrap_or_else(|| {
            known
                .and_then(|known| known.profile.as_ref())
                .map(|one| &*one.value)
        });
        if event.kind == EventKind::ProfileChanged
            && event.previous_profile.as_deref() != profile_before
        {
            return Err(inconsistent("previous_profile_id"));
        }
        if let Some(profile) = &event.profile {
            profiles.insert(event.extension_id, Some(profile));
        }
        let is_first = before.is_none();
        if event.kind.is_of_presence() && (!is_first || event.previous.as_ref() != shown) {
            return Err(inconsistent("previous_state_id"));
        }
    }
    queue_diff::check_follows(state, snapshot)
        .map_err(|fault| queues::inconsistent(state.account_id, snapshot, fault))
}

async fn compare<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    state: &AccountState,
    report: &mut RebuildReport,
) -> Result<(), StoreError> {
    let kept = read_head(transaction, state.account_id)
        .await?
        .unwrap_or(Head::EMPTY);
    let rebuilt = Head::of(state);
    if kept != rebuilt {
        let difference = format!(
            "head (account_id {}): it says snapshot {}, event {}, and the log ends with snapshot {}, event {}{}",
            state.account_id,
            kept.snapshot_no,
            kept.position,
            rebuilt.snapshot_no,
            rebuilt.position,
            if kept.finished_at == rebuilt.finished_at {
                ""
            } else {
                ", at another time"
            }
        );
        report.differences.push(difference);
    }
    for table in PROJECTIONS {
        let comparison = Comparison::new::<DB>(table);
        if let Some(difference) = comparison.run(transaction, state.account_id).await? {
            report.differences.push(difference);
        }
    }
    Ok(())
}

/// Compares what is packed with the kept rows: where these are what the log amounts to, it is that too.
async fn compare_packed<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    report: &mut RebuildReport,
) -> Result<(), StoreError> {
    let check = packing::check(transaction, account).await?;
    report
        .differences
        .extend(check.differences.into_iter().take(1));
    Ok(())
}

/// The comparison of one projection with the rebuilt one.
struct Comparison {
    table: &'static Table,
    text: String,
}

impl Comparison {
    /// The first key, in order, of a row that is not the same in both; and in how many of the two the key is at all.
    fn new<DB: Dialect>(table: &'static Table) -> Self {
        let (kept, rebuilt) = (table.name, rebuilt_name::<DB>(table));
        let key = table.columns[..table.key_length].join(", ");
        let same = |columns: &[&str], how: &str| {
            let equal = columns
                .iter()
                .map(|column| format!("b.{column} {how} a.{column}"));
            equal.collect::<Vec<_>>().join(" and ")
        };
        let key_is_same = same(&table.columns[..table.key_length], "=");
        let rest_is_same = same(&table.columns[table.key_length..], "is not distinct from");
        let of_account = of_account(table, "a");
        let one_way = |one: &str, other: &str| {
            format!(
                "select {key}, exists (select 1 from {other} b where {key_is_same})\n\
                 from {one} a\n\
                 where {of_account} and not exists (\n\
                 select 1 from {other} b where {key_is_same} and {rest_is_same}\n)"
            )
        };
        let text = format!(
            "{}\nunion all\n{}\norder by {key}\nlimit 1",
            one_way(kept, &rebuilt),
            one_way(&rebuilt, kept)
        );
        Self { table, text }
    }

    async fn run<DB: Dialect>(
        &self,
        transaction: &mut Transaction<'_, DB>,
        account: AccountId,
    ) -> Result<Option<String>, StoreError> {
        let text = AssertSqlSafe(self.text.clone()).into_sql_str();
        let row = Statement::<DB>::assembled(text)
            .int(account.0)
            .fetch_raw(transaction)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let values = columns::key::<DB>(&row, self.table.key_length);
        let names = self.table.columns.iter().zip(values);
        let key = names.map(|(name, value)| format!("{} {value}", name.trim_matches('"')));
        let key: Vec<String> = key.collect();
        let in_both = DB::int(&row, self.table.key_length)? != Some(0);
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

/// What removes the kept rows of an account from a table.
fn deletion(table: &Table) -> SqlStr {
    let text = format!(
        "delete from {name} where {of_account}",
        name = table.name,
        of_account = of_account(table, table.name)
    );
    AssertSqlSafe(text).into_sql_str()
}

/// Statements that compare the rebuilt rows of a table with the kept ones.
fn insertion<DB: Dialect>(table: &Table) -> SqlStr {
    let text = format!(
        "insert into {} ({columns})\nselect {columns}\nfrom {}\norder by {}",
        table.name,
        rebuilt_name::<DB>(table),
        table.columns[..table.key_length].join(", "),
        columns = table.columns.join(", ")
    );
    AssertSqlSafe(text).into_sql_str()
}

async fn create_tables<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
) -> Result<(), StoreError> {
    for table in PROJECTIONS {
        DB::create_rebuilt(transaction, table.name, table.columns, table.key_length).await?;
    }
    Ok(())
}

async fn drop_tables<DB: Dialect>(transaction: &mut Transaction<'_, DB>) -> Result<(), StoreError> {
    for table in PROJECTIONS {
        DB::drop_rebuilt(transaction, table.name).await?;
    }
    Ok(())
}
