//! Reading the projections back.

use sqlx::query;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::append::{Head, read_head};
use super::codec::{Coded, Columns, ExistenceCode};
use super::dictionary::Entries;
use super::intervals::intervals;
use super::log::{read_presence, read_profile};
use super::{AccountRow, ExtensionSummary, StoreError, dialect, sql, tables};
use crate::model::HashMap;
use crate::model::coverage::{CoverageKind, CoverageSegment, Look};
use crate::model::history::{Coverage, ExtensionHistory, LogEnd, ProfileInterval};
use crate::model::ids::{AccountId, ExtensionId, Position, ProfileId, Version};
use crate::model::known::{AccountState, Existence, ExtensionState, Known, Present};
use crate::model::projection::LifeRow;
use crate::model::time::Span;

/// Extensions asked for in one statement.
const EXTENSIONS_AT_ONCE: usize = 500;

/// The accounts, by id.
pub(super) async fn accounts(
    connection: &mut SqliteConnection,
) -> Result<Vec<AccountRow>, StoreError> {
    let names = &["account_id", "name", "first_seen_at"];
    let rows = query(sql::ACCOUNTS).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let columns = Columns::of(row, "account", names, 1);
            Ok(AccountRow {
                account_id: AccountId(columns.int(0)?),
                name: columns.opt_text(1)?.map(str::to_owned),
                first_seen_at: columns.time(2)?,
            })
        })
        .collect()
}

/// What is known at the end of the log.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    entries: &Entries,
    account: AccountId,
) -> Result<AccountState, StoreError> {
    let mut state = AccountState::new(account);
    let Some(head) = read_head(connection, account).await? else {
        return Ok(state);
    };
    state.snapshot_no = head.snapshot_no;
    state.position = head.position;
    state.finished_at = head.finished_at;
    state.observed = latest_segment(connection, account, CoverageKind::Observed).await?;
    state.complete = latest_segment(connection, account, CoverageKind::Complete).await?;
    let rows = query(sql::EXTENSION_STATES)
        .bind(account.0)
        .fetch_all(connection)
        .await?;
    state.extensions.reserve(rows.len());
    for row in &rows {
        let columns = Columns::of(row, tables::EXTENSION.name, tables::EXTENSION.columns, 2);
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

fn read_extension(columns: &Columns<'_>, entries: &Entries) -> Result<ExtensionState, StoreError> {
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

fn read_present(columns: &Columns<'_>, entries: &Entries) -> Result<Present, StoreError> {
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
fn read_lagging(columns: &Columns<'_>, index: usize) -> Result<Option<Look>, StoreError> {
    let Some(at) = columns.opt_time(index)? else {
        return Ok(None);
    };
    Ok(Some(Look {
        at,
        valid_for_ms: columns.int(index + 1)?,
    }))
}

async fn latest_segment(
    connection: &mut SqliteConnection,
    account: AccountId,
    kind: CoverageKind,
) -> Result<Option<CoverageSegment>, StoreError> {
    let row = query(sql::LATEST_COVERAGE)
        .bind(account.0)
        .bind(kind.code())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read_segment).transpose()
}

fn read_segment(row: &SqliteRow) -> Result<CoverageSegment, StoreError> {
    let columns = Columns::of(row, tables::COVERAGE.name, tables::COVERAGE.columns, 3);
    Ok(CoverageSegment {
        from: columns.time(2)?,
        until: columns.time(3)?,
        valid_for_ms: columns.int(4)?,
    })
}

/// Where the log ends.
pub(super) async fn log_end(
    connection: &mut SqliteConnection,
    account: AccountId,
) -> Result<LogEnd, StoreError> {
    let head = read_head(connection, account).await?.unwrap_or(Head::EMPTY);
    let latest = latest_segment(connection, account, CoverageKind::Observed).await?;
    Ok(LogEnd {
        position: head.position,
        snapshot_no: head.snapshot_no,
        observed_until: latest.map(|segment| segment.until),
    })
}

/// When the account was looked at.
pub(super) async fn coverage(
    connection: &mut SqliteConnection,
    account: AccountId,
    window: Span,
) -> Result<Coverage, StoreError> {
    Ok(Coverage {
        observed: segments(connection, account, CoverageKind::Observed, window).await?,
        complete: segments(connection, account, CoverageKind::Complete, window).await?,
    })
}

async fn segments(
    connection: &mut SqliteConnection,
    account: AccountId,
    kind: CoverageKind,
    window: Span,
) -> Result<Vec<CoverageSegment>, StoreError> {
    let rows = query(sql::COVERAGE)
        .bind(account.0)
        .bind(kind.code())
        .bind(window.from().as_ms())
        .bind(window.to().as_ms())
        .fetch_all(connection)
        .await?;
    let mut segments: Vec<CoverageSegment> =
        rows.iter().map(read_segment).collect::<Result<_, _>>()?;
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
pub(super) async fn extensions(
    connection: &mut SqliteConnection,
    entries: &Entries,
    account: AccountId,
) -> Result<Vec<ExtensionSummary>, StoreError> {
    let names = &["account_id", "extension_id", "existence", "profile_id"];
    let rows = query(sql::EXTENSIONS)
        .bind(account.0)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = Columns::of(row, tables::EXTENSION.name, names, 2);
            let existence: ExistenceCode = columns.coded(2)?;
            Ok(ExtensionSummary {
                extension_id: ExtensionId(columns.int(1)?),
                profile: read_profile(&columns, entries, 3)?,
                was_observed: existence != ExistenceCode::Listed,
            })
        })
        .collect()
}

/// The histories of those of `extensions` that are known.
pub(super) async fn histories(
    connection: &mut SqliteConnection,
    account: AccountId,
    extensions: &[ExtensionId],
    window: Span,
) -> Result<Vec<ExtensionHistory>, StoreError> {
    let latest = latest_segment(connection, account, CoverageKind::Observed).await?;
    let latest = latest.map(CoverageSegment::last_look);
    let mut histories = Vec::with_capacity(extensions.len());
    for chunk in extensions.chunks(EXTENSIONS_AT_ONCE) {
        let mut question = Question {
            account,
            wanted: id_list(chunk),
            window,
            found: HashMap::default(),
        };
        question.read_extensions(connection, latest).await?;
        question.read_intervals(connection).await?;
        question.read_lives(connection).await?;
        question.read_profiles(connection).await?;
        histories.extend(chunk.iter().filter_map(|id| question.found.remove(id)));
    }
    Ok(histories)
}

/// Ids as a JSON array of numbers: one parameter for any number of them.
pub(super) fn id_list(ids: &[ExtensionId]) -> String {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    serde_json::to_string(&numbers).expect("numbers can always be written as JSON")
}

/// The histories of some extensions, being put together.
struct Question {
    account: AccountId,
    wanted: String,
    window: Span,
    found: HashMap<ExtensionId, ExtensionHistory>,
}

impl Question {
    async fn read_extensions(
        &mut self,
        connection: &mut SqliteConnection,
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
        for row in self.fetch(connection, dialect::LAST_SEEN_OF).await? {
            let columns = Columns::of(&row, tables::EXTENSION.name, names, 2);
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
            self.found.insert(extension_id, history);
        }
        Ok(())
    }

    async fn read_intervals(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let read = intervals(connection, self.account, &self.wanted, self.window).await?;
        for (extension, intervals) in read {
            match self.found.get_mut(&extension) {
                Some(history) => history.intervals = intervals,
                None if intervals.is_empty() => {}
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

    async fn read_lives(&mut self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        for row in self.fetch(connection, dialect::LIVES_OF).await? {
            let table = &tables::EXISTENCE_INTERVAL;
            let columns = Columns::of(&row, table.name, table.columns, 3);
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

    async fn read_profiles(&mut self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        for row in self.fetch(connection, dialect::PROFILES_OF).await? {
            let table = &tables::PROFILE_INTERVAL;
            let columns = Columns::of(&row, table.name, table.columns, 3);
            let interval = ProfileInterval {
                from: columns.time(2)?,
                until: columns.opt_time(3)?,
                profile_id: ProfileId(columns.int(4)?),
            };
            self.of(&columns)?.profiles.push(interval);
        }
        Ok(())
    }

    async fn fetch(
        &self,
        connection: &mut SqliteConnection,
        statement: &'static str,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let bound = query(statement)
            .bind(self.account.0)
            .bind(self.wanted.clone());
        Ok(bound.fetch_all(connection).await?)
    }

    /// The history that a row belongs to.
    fn of(&mut self, columns: &Columns<'_>) -> Result<&mut ExtensionHistory, StoreError> {
        let id = ExtensionId(columns.int(1)?);
        self.found
            .get_mut(&id)
            .ok_or_else(|| columns.inconsistent(1))
    }
}
