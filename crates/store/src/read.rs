//! Reading the projections back.

use std::collections::BTreeSet;

use sqlx::Transaction;

use super::append::{Head, read_head};
use super::codec::{Coded, Columns, ExistenceCode};
use super::dialect::{Dialect, Statement};
use super::entries::Entries;
use super::log::{read_presence, read_profile};
use super::tuples::Origin;
use super::{AccountRow, ExtensionSummary, StoreError, sql, tables};
use presence_core::model::coverage::{CoverageKind, CoverageSegment, Look};
use presence_core::model::history::{Coverage, LogEnd};
use presence_core::model::ids::{AccountId, ExtensionId, Position, ProfileId, Version};
use presence_core::model::known::{AccountState, Existence, ExtensionState, Known, Present};
use presence_core::model::time::Span;

/// The accounts, by id.
pub(super) async fn accounts<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
) -> Result<Vec<AccountRow>, StoreError> {
    let names = &["account_id", "name", "first_seen_at"];
    let rows = Statement::<DB>::new(sql::ACCOUNTS)
        .fetch_all(transaction)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = Columns::<DB>::of(row, "account", names, 1);
            Ok(AccountRow {
                account_id: AccountId(columns.int(0)?),
                name: columns.opt_text(1)?.map(str::to_owned),
                first_seen_at: columns.time(2)?,
            })
        })
        .collect()
}

/// What is known at the end of the log.
pub(super) async fn load<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &Entries,
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
    let rows = Statement::<DB>::new(sql::EXTENSION_STATES)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    state.extensions.reserve(rows.len());
    for row in &rows {
        let columns = Columns::<DB>::of(row, tables::EXTENSION.name, tables::EXTENSION.columns, 2);
        let id = ExtensionId(columns.int(1)?);
        let extension = read_extension(&columns, entries)?;
        if let Existence::Present(present) = &extension.existence {
            if state.observed.is_none() {
                return Err(columns.inconsistent(3));
            }
            state.present_count += 1;
            if present.lagging.is_some() {
                state.lagging.insert(id);
            }
        }
        state.extensions.insert(id, extension);
    }
    Ok(state)
}

fn read_extension<DB: Dialect>(
    columns: &Columns<'_, DB>,
    entries: &Entries,
) -> Result<ExtensionState, StoreError> {
    let existence = match columns.coded(3)? {
        ExistenceCode::Listed => Existence::Listed,
        ExistenceCode::Absent => Existence::Absent {
            since: columns.time(6)?,
        },
        ExistenceCode::Present => Existence::Present(Box::new(read_present(columns, entries)?)),
    };
    let profile = match read_profile(columns, entries, 15)? {
        None => None,
        Some(value) => {
            let since = columns.time(16)?;
            Some(Known {
                value,
                since,
                checked_at: since,
            })
        }
    };
    Ok(ExtensionState {
        version: Version(columns.int(2)?),
        existence,
        profile,
    })
}

fn read_present<DB: Dialect>(
    columns: &Columns<'_, DB>,
    entries: &Entries,
) -> Result<Present, StoreError> {
    let presence = read_presence(columns, entries, (4, 5, 17))?;
    let since = columns.time(6)?;
    Ok(Present {
        presence: presence.ok_or_else(|| columns.inconsistent(4))?,
        since,
        not_before: columns.opt_time(7)?,
        position: Position(columns.int(8)?),
        told_at: since.plus_ms(-columns.int(9)?),
        lagging: read_lagging(columns, 10)?,
        missing: columns.int(12)? != 0,
        appeared_at: columns.time(13)?,
        appeared_not_before: columns.opt_time(14)?,
        requested_at: None,
    })
}

/// The look in the columns of its time and of how long it is valid.
fn read_lagging<DB: Dialect>(
    columns: &Columns<'_, DB>,
    index: usize,
) -> Result<Option<Look>, StoreError> {
    let Some(at) = columns.opt_time(index)? else {
        return Ok(None);
    };
    Ok(Some(Look {
        at,
        valid_for_ms: columns.int(index + 1)?,
    }))
}

pub(super) async fn latest_segment<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    kind: CoverageKind,
) -> Result<Option<CoverageSegment>, StoreError> {
    let row = Statement::<DB>::new(sql::LATEST_COVERAGE)
        .int(account.0)
        .int(kind.code())
        .fetch_optional(transaction)
        .await?;
    row.as_ref().map(read_segment::<DB>).transpose()
}

fn read_segment<DB: Dialect>(row: &DB::Row) -> Result<CoverageSegment, StoreError> {
    let columns = Columns::<DB>::of(row, tables::COVERAGE.name, tables::COVERAGE.columns, 3);
    Ok(CoverageSegment {
        from: columns.time(2)?,
        until: columns.time(3)?,
        valid_for_ms: columns.int(4)?,
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

/// When the account was looked at.
pub(super) async fn coverage<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    window: Span,
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
    window: Span,
) -> Result<Vec<CoverageSegment>, StoreError> {
    let rows = Statement::<DB>::new(sql::COVERAGE)
        .int(account.0)
        .int(kind.code())
        .time(window.from())
        .time(window.to())
        .fetch_all(transaction)
        .await?;
    let mut segments: Vec<CoverageSegment> = rows
        .iter()
        .map(read_segment::<DB>)
        .collect::<Result<_, _>>()?;
    // The statement gives one earlier segment too many if the second one does not touch the window either.
    if segments
        .get(1)
        .is_some_and(|second| second.until < window.from())
    {
        segments.remove(0);
    }
    Ok(segments)
}

/// Everybody ever seen or listed.
pub(super) async fn extensions<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &Entries,
    account: AccountId,
) -> Result<Vec<ExtensionSummary>, StoreError> {
    let rows: Vec<(i64, i64, Option<i64>)> = Statement::<DB>::tuples(&sql::EXTENSIONS)
        .int(account.0)
        .fetch_tuples(transaction)
        .await?;
    let of_row = |&(id, existence, profile_id): &(i64, i64, Option<i64>)| {
        let key = &[account.0, id];
        let origin = Origin {
            table: tables::EXTENSION.name,
            key,
        };
        let existence = ExistenceCode::from_code(existence);
        let existence = existence.ok_or_else(|| origin.inconsistent("existence"))?;
        let profile = profile_id.map(|id| {
            let profile = entries.profile(id);
            profile.ok_or_else(|| origin.inconsistent("profile_id"))
        });
        Ok(ExtensionSummary {
            extension_id: ExtensionId(id),
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
    let rows = Statement::<DB>::new(sql::EXTENSIONS_NAMED)
        .int(account.0)
        .opt_int(id.filter(|id| id.to_string() == word))
        .text(word)
        .fetch_all(transaction)
        .await?;
    let names = &["account_id", "extension_id"];
    rows.iter()
        .map(|row| {
            let columns = Columns::<DB>::of(row, tables::EXTENSION.name, names, 2);
            Ok(ExtensionId(columns.int(1)?))
        })
        .collect()
}

/// The numbers of all profiles that these extensions ever had.
pub(super) async fn profile_ids<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    extensions: &[ExtensionId],
) -> Result<BTreeSet<ProfileId>, StoreError> {
    let rows: Vec<(i64, i64, Option<i64>, i64)> = Statement::<DB>::tuples(&DB::PROFILES_OF)
        .int(account.0)
        .ids(extensions)
        .fetch_tuples(transaction)
        .await?;
    Ok(rows.iter().map(|row| ProfileId(row.3)).collect())
}
