//! Reading the projections back.

use std::collections::BTreeSet;

use sqlx::Transaction;

use super::append::{Head, read_head};
use super::codec::{Coded, Columns, ExistenceCode};
use super::dialect::{Dialect, Statement};
use super::dictionary::Entries;
use super::log::{read_presence, read_profile};
use super::packed::packed;
use super::{AccountRow, ExtensionSummary, StoreError, sql, tables};
use crate::model::HashMap;
use crate::model::coverage::{CoverageKind, CoverageSegment, Look};
use crate::model::history::{Coverage, ExtensionHistory, LogEnd, ProfileInterval};
use crate::model::ids::{AccountId, ExtensionId, Position, ProfileId, Version};
use crate::model::known::{AccountState, Existence, ExtensionState, Known, Present};
use crate::model::packed::PackedHistory;
use crate::model::projection::LifeRow;
use crate::model::time::Span;

/// Extensions asked for in one statement.
const EXTENSIONS_AT_ONCE: usize = 500;

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
    let profile = match read_profile(columns, entries, 14)? {
        None => None,
        Some(value) => {
            let since = columns.time(15)?;
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
    let presence = read_presence(columns, entries, (4, 5, 16))?;
    Ok(Present {
        presence: presence.ok_or_else(|| columns.inconsistent(4))?,
        since: columns.time(6)?,
        not_before: columns.opt_time(7)?,
        position: Position(columns.int(8)?),
        lagging: read_lagging(columns, 9)?,
        missing: columns.int(11)? != 0,
        appeared_at: columns.time(12)?,
        appeared_not_before: columns.opt_time(13)?,
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
    let names = &["account_id", "extension_id", "existence", "profile_id"];
    let rows = Statement::<DB>::new(sql::EXTENSIONS)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = Columns::<DB>::of(row, tables::EXTENSION.name, names, 2);
            let existence: ExistenceCode = columns.coded(2)?;
            Ok(ExtensionSummary {
                extension_id: ExtensionId(columns.int(1)?),
                profile: read_profile(&columns, entries, 3)?,
                was_observed: existence != ExistenceCode::Listed,
            })
        })
        .collect()
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
    let rows = Statement::<DB>::new(DB::PROFILES_OF)
        .int(account.0)
        .ids(extensions)
        .fetch_all(transaction)
        .await?;
    rows.iter()
        .map(|row| {
            let table = &tables::PROFILE_INTERVAL;
            let columns = Columns::<DB>::of(row, table.name, table.columns, 3);
            Ok(ProfileId(columns.int(4)?))
        })
        .collect()
}

/// The histories of those of `extensions` that are known, as far as they are packed unread.
pub(super) async fn packed_histories<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    extensions: &[ExtensionId],
    window: Span,
) -> Result<Vec<PackedHistory>, StoreError> {
    let latest = latest_segment(transaction, account, CoverageKind::Observed).await?;
    let latest = latest.map(CoverageSegment::last_look);
    let mut histories = Vec::with_capacity(extensions.len());
    for chunk in extensions.chunks(EXTENSIONS_AT_ONCE) {
        let mut question = Question {
            account,
            wanted: chunk,
            window,
            found: HashMap::default(),
        };
        question.read_extensions(transaction, latest).await?;
        question.read_intervals(transaction).await?;
        question.read_lives(transaction).await?;
        question.read_profiles(transaction).await?;
        histories.extend(chunk.iter().filter_map(|id| question.found.remove(id)));
    }
    Ok(histories)
}

/// The histories of some extensions, being put together.
struct Question<'a> {
    account: AccountId,
    wanted: &'a [ExtensionId],
    window: Span,
    found: HashMap<ExtensionId, PackedHistory>,
}

impl Question<'_> {
    async fn read_extensions<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
        latest: Option<Look>,
    ) -> Result<(), StoreError> {
        let names = &[
            "account_id",
            "extension_id",
            "existence",
            "since",
            "lagging_at",
            "lagging_valid_for_ms",
        ];
        for row in self.fetch(transaction, DB::LAST_SEEN_OF).await? {
            let columns = Columns::<DB>::of(&row, tables::EXTENSION.name, names, 2);
            let extension_id = ExtensionId(columns.int(1)?);
            let last_seen = match columns.coded(2)? {
                ExistenceCode::Present => {
                    let look = read_lagging(&columns, 4)?.or(latest);
                    let look = look.ok_or_else(|| columns.inconsistent(2))?;
                    Some(Look {
                        at: look.at.max(columns.time(3)?),
                        ..look
                    })
                }
                ExistenceCode::Listed | ExistenceCode::Absent => None,
            };
            let history = ExtensionHistory {
                extension_id,
                intervals: Vec::new(),
                lives: Vec::new(),
                profiles: Vec::new(),
                last_seen,
            };
            let packed = PackedHistory {
                account_id: self.account,
                window: self.window,
                history,
                blocks: Vec::new(),
                tail: Vec::new(),
            };
            self.found.insert(extension_id, packed);
        }
        Ok(())
    }

    async fn read_intervals<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
    ) -> Result<(), StoreError> {
        let read = packed(transaction, self.account, self.wanted, self.window).await?;
        for (extension, read) in read {
            match self.found.get_mut(&extension) {
                Some(history) => (history.blocks, history.tail) = (read.blocks, read.tail),
                None if read.tail.is_empty() && read.blocks.is_empty() => {}
                None => {
                    return Err(StoreError::Inconsistent {
                        table: tables::PRESENCE_INTERVAL.name,
                        column: "extension_id",
                        key: format!("{}, {extension}", self.account),
                    });
                }
            }
        }
        Ok(())
    }

    async fn read_lives<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
    ) -> Result<(), StoreError> {
        for row in self.fetch(transaction, DB::LIVES_OF).await? {
            let table = &tables::EXISTENCE_INTERVAL;
            let columns = Columns::<DB>::of(&row, table.name, table.columns, 3);
            let life = LifeRow {
                from: columns.time(2)?,
                not_before: columns.opt_time(3)?,
                certain_until: columns.opt_time(4)?,
                until: columns.opt_time(5)?,
            };
            self.of(&columns)?.lives.push(life);
        }
        Ok(())
    }

    async fn read_profiles<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
    ) -> Result<(), StoreError> {
        for row in self.fetch(transaction, DB::PROFILES_OF).await? {
            let table = &tables::PROFILE_INTERVAL;
            let columns = Columns::<DB>::of(&row, table.name, table.columns, 3);
            let interval = ProfileInterval {
                from: columns.time(2)?,
                until: columns.opt_time(3)?,
                profile_id: ProfileId(columns.int(4)?),
            };
            self.of(&columns)?.profiles.push(interval);
        }
        Ok(())
    }

    async fn fetch<DB: Dialect>(
        &self,
        transaction: &mut Transaction<'_, DB>,
        statement: &'static str,
    ) -> Result<Vec<DB::Row>, StoreError> {
        let bound = Statement::<DB>::new(statement)
            .int(self.account.0)
            .ids(self.wanted);
        Ok(bound.fetch_all(transaction).await?)
    }

    /// The history that a row belongs to.
    fn of<DB: Dialect>(
        &mut self,
        columns: &Columns<'_, DB>,
    ) -> Result<&mut ExtensionHistory, StoreError> {
        let id = ExtensionId(columns.int(1)?);
        let found = self.found.get_mut(&id);
        let history = found.map(|packed| &mut packed.history);
        history.ok_or_else(|| columns.inconsistent(1))
    }
}
