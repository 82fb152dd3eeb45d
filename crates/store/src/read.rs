//! Reading the projections back.

use std::collections::BTreeSet;

use sqlx::Transaction;

use super::append::{Head, read_head};
use super::codec::{Coded, ExistenceCode};
use super::columns::Columns;
use super::dialect::{Dialect, Statement};
use super::dictionary_cache::DictionaryCache;
use super::histories::ProfileIntervalTuple;
use super::log::{read_presence, read_profile};
use super::selected::{AccountColumns, CoverageColumns, ExtensionColumns, NamedColumns};
use super::tuples::Origin;
use super::{AccountRow, ExtensionSummary, StoreError, queues, sql, tables};
use presence_model::coverage::{CoverageKind, CoverageSegment, Heartbeat};
use presence_model::history::{Coverage, LogEnd};
use presence_model::ids::{AccountId, ExtensionId, Position, ProfileId, Version};
use presence_model::known::{AccountState, Existence, ExtensionState, Known, Present};
use presence_model::time::TimeRange;

/// The accounts, by id.
pub(super) async fn accounts<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
) -> Result<Vec<AccountRow>, StoreError> {
    let rows = Statement::<DB>::select(sql::ACCOUNTS)
        .fetch_all(transaction)
        .await?;
    rows.read(|row| {
        Ok(AccountRow {
            account_id: AccountId(row.int(AccountColumns::account_id)?),
            name: row.opt_text(AccountColumns::name)?.map(str::to_owned),
            first_seen_at: row.time(AccountColumns::first_seen_at)?,
        })
    })
}

/// What is known at the end of the log.
pub(super) async fn load<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &DictionaryCache,
    account: AccountId,
) -> Result<AccountState, StoreError> {
    let mut state = AccountState::new(account);
    let Some(head) = read_head(transaction, account).await? else {
        return Ok(state);
    };
    state.snapshot_no = head.snapshot_no;
    state.position = head.position;
    state.finished_at = head.finished_at;
    state.observed = latest_segment(transaction, account, CoverageKind::Observed).await?;
    state.complete = latest_segment(transaction, account, CoverageKind::Complete).await?;
    let rows = Statement::<DB>::select(sql::EXTENSION_STATES)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    state.extensions.reserve(rows.len());
    for row in rows.iter() {
        let id = ExtensionId(row.int(ExtensionColumns::extension_id)?);
        let extension = read_extension(row, entries)?;
        if let Existence::Present(present) = &extension.existence {
            if state.observed.is_none() {
                return Err(row.inconsistent(ExtensionColumns::existence));
            }
            state.present_count += 1;
            if present.stale.is_some() {
                state.stale.insert(id);
            }
        }
        state.extensions.insert(id, extension);
    }
    queues::load(transaction, &mut state).await?;
    Ok(state)
}

fn read_extension<DB: Dialect>(
    row: Columns<'_, DB, ExtensionColumns>,
    entries: &DictionaryCache,
) -> Result<ExtensionState, StoreError> {
    use ExtensionColumns as C;
    let existence = match row.coded(C::existence)? {
        ExistenceCode::Listed => Existence::Listed,
        ExistenceCode::Absent => Existence::Absent {
            since: row.time(C::since)?,
        },
        ExistenceCode::Present => Existence::Present(Box::new(read_present(row, entries)?)),
    };
    let profile = match read_profile(row, entries, C::profile_id)? {
        None => None,
        Some(value) => {
            let since = row.time(C::profile_since)?;
            Some(Known {
                value,
                since,
                checked_at: since,
            })
        }
    };
    Ok(ExtensionState {
        version: Version(row.int(C::version)?),
        existence,
        profile,
    })
}

fn read_present<DB: Dialect>(
    row: Columns<'_, DB, ExtensionColumns>,
    entries: &DictionaryCache,
) -> Result<Present, StoreError> {
    use ExtensionColumns as C;
    let presence = read_presence(row, entries, (C::state_id, C::message_id, C::message_text))?;
    let since = row.time(C::since)?;
    Ok(Present {
        presence: presence.ok_or_else(|| row.inconsistent(C::state_id))?,
        since,
        not_before: row.opt_time(C::not_before)?,
        position: Position(row.int(C::position)?),
        told_at: since.plus_ms(-row.int(C::told_before_ms)?),
        stale: read_stale(row)?,
        missing: row.int(C::missing)? != 0,
        appeared_at: row.time(C::appeared_at)?,
        appeared_not_before: row.opt_time(C::appeared_not_before)?,
        requested_at: None,
    })
}

/// The last sweep that showed an extension which the account's latest sweep did not show.
fn read_stale<DB: Dialect>(
    row: Columns<'_, DB, ExtensionColumns>,
) -> Result<Option<Heartbeat>, StoreError> {
    let Some(at) = row.opt_time(ExtensionColumns::lagging_at)? else {
        return Ok(None);
    };
    Ok(Some(Heartbeat {
        at,
        valid_for_ms: row.int(ExtensionColumns::lagging_valid_for_ms)?,
    }))
}

pub(super) async fn latest_segment<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    kind: CoverageKind,
) -> Result<Option<CoverageSegment>, StoreError> {
    let row = Statement::<DB>::select(sql::LATEST_COVERAGE)
        .int(account.0)
        .int(kind.code())
        .fetch_optional(transaction)
        .await?;
    row.map(|row| read_segment(row.columns())).transpose()
}

fn read_segment<DB: Dialect>(
    row: Columns<'_, DB, CoverageColumns>,
) -> Result<CoverageSegment, StoreError> {
    Ok(CoverageSegment {
        from: row.time(CoverageColumns::from)?,
        until: row.time(CoverageColumns::until)?,
        valid_for_ms: row.int(CoverageColumns::valid_for_ms)?,
    })
}

/// Where the log ends.
pub(super) async fn log_end<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<LogEnd, StoreError> {
    let head = read_head(transaction, account)
        .await?
        .unwrap_or(Head::EMPTY);
    let latest = latest_segment(transaction, account, CoverageKind::Observed).await?;
    Ok(LogEnd {
        position: head.position,
        snapshot_no: head.snapshot_no,
        observed_until: latest.map(|segment| segment.until),
    })
}

/// When the account was swept.
pub(super) async fn coverage<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    window: TimeRange,
) -> Result<Coverage, StoreError> {
    Ok(Coverage {
        observed: segments(transaction, account, CoverageKind::Observed, window).await?,
        complete: segments(transaction, account, CoverageKind::Complete, window).await?,
    })
}

async fn segments<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    kind: CoverageKind,
    window: TimeRange,
) -> Result<Vec<CoverageSegment>, StoreError> {
    let rows = Statement::<DB>::select(sql::COVERAGE)
        .int(account.0)
        .int(kind.code())
        .time(window.from())
        .time(window.to())
        .fetch_all(transaction)
        .await?;
    let mut segments = rows.read(read_segment)?;
    // The statement gives one earlier segment too many if the second one does not touch the window either.
    if segments
        .get(1)
        .is_some_and(|second| second.until < window.from())
    {
        segments.remove(0);
    }
    Ok(segments)
}

/// A row of `extension`, with what names it.
#[derive(serde::Deserialize)]
struct SummaryTuple {
    extension_id: i64,
    existence: i64,
    profile_id: Option<i64>,
}

/// Every extension ever seen or listed.
pub(super) async fn extensions<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &DictionaryCache,
    account: AccountId,
) -> Result<Vec<ExtensionSummary>, StoreError> {
    let rows: Vec<SummaryTuple> = Statement::<DB>::tuples(&sql::EXTENSIONS)?
        .int(account.0)
        .fetch_tuples(transaction)
        .await?;
    let of_row = |row: &SummaryTuple| {
        let key = &[account.0, row.extension_id];
        let origin = Origin {
            table: tables::EXTENSION.name,
            key,
        };
        let existence = ExistenceCode::from_code(row.existence);
        let existence = existence.ok_or_else(|| origin.inconsistent("existence"))?;
        let profile = row.profile_id.map(|id| {
            let profile = entries.profile(id);
            profile.ok_or_else(|| origin.inconsistent("profile_id"))
        });
        Ok(ExtensionSummary {
            extension_id: ExtensionId(row.extension_id),
            profile: profile.transpose()?,
            was_observed: existence != ExistenceCode::Listed,
            assumed_zone: None,
        })
    };
    let summaries: Result<Vec<ExtensionSummary>, StoreError> = rows.iter().map(of_row).collect();
    let mut summaries = summaries?;
    summaries.sort_by_key(|summary| summary.extension_id);
    Ok(summaries)
}

/// Those whose id or latest extension number is `word`.
pub(super) async fn extensions_named<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    word: &str,
) -> Result<Vec<ExtensionId>, StoreError> {
    let id: Option<i64> = word.parse().ok();
    let rows = Statement::<DB>::select(sql::EXTENSIONS_NAMED)
        .int(account.0)
        .opt_int(id.filter(|id| id.to_string() == word))
        .text(word)
        .fetch_all(transaction)
        .await?;
    rows.read(|row| Ok(ExtensionId(row.int(NamedColumns::extension_id)?)))
}

/// The numbers of all profiles that these extensions ever had.
pub(super) async fn profile_ids<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    extensions: &[ExtensionId],
) -> Result<BTreeSet<ProfileId>, StoreError> {
    let rows: Vec<ProfileIntervalTuple> = Statement::<DB>::tuples(&DB::PROFILES_OF)?
        .int(account.0)
        .ids(extensions)
        .fetch_tuples(transaction)
        .await?;
    Ok(rows.iter().map(|row| ProfileId(row.profile_id)).collect())
}
