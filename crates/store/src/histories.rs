//! Reading histories: of some extensions as far as a window needs them, and of everyone as far as a moment does.

use sqlx::Transaction;

use super::codec::{Coded, ExistenceCode};
use super::dialect::{Dialect, Statement};
use super::intervals::KeptInterval;
use super::packed::packed;
use super::read::latest_segment;
use super::tuples::Origin;
use super::{LatestInterval, StoreError, tables};
use presence_model::HashMap;
use presence_model::coverage::{CoverageKind, CoverageSegment, Heartbeat};
use presence_model::history::{ExtensionHistory, Interval, ProfileInterval};
use presence_model::ids::{AccountId, ExtensionId, MessageId, Position, ProfileId, StateId};
use presence_model::packed::PackedHistory;
use presence_model::projection::ExistenceInterval;
use presence_model::time::{TimeRange, Timestamp};

/// Extensions asked for in one statement.
const EXTENSIONS_AT_ONCE: usize = 2_000;

/// The histories of those of `extensions` that are known, as far as they are packed unread.
pub(super) async fn packed_histories<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    extensions: &[ExtensionId],
    window: TimeRange,
) -> Result<Vec<PackedHistory>, StoreError> {
    let latest = latest_heartbeat(transaction, account).await?;
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

async fn latest_heartbeat<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<Heartbeat>, StoreError> {
    let latest = latest_segment(transaction, account, CoverageKind::Observed).await?;
    Ok(latest.map(CoverageSegment::last_sweep))
}

/// The columns that say when an extension was last seen.
struct Seen {
    existence: i64,
    since: Option<i64>,
    told_before_ms: Option<i64>,
    lagging_at: Option<i64>,
    lagging_valid_for_ms: Option<i64>,
}

impl Seen {
    /// When it was last seen, if it exists; `latest` is the account's latest sweep.
    fn last(
        &self,
        origin: Origin<'_>,
        latest: Option<Heartbeat>,
    ) -> Result<Option<Heartbeat>, StoreError> {
        let existence = ExistenceCode::from_code(self.existence);
        match existence.ok_or_else(|| origin.inconsistent("existence"))? {
            ExistenceCode::Listed | ExistenceCode::Absent => return Ok(None),
            ExistenceCode::Present => {}
        }
        let heartbeat = match (self.lagging_at, self.lagging_valid_for_ms) {
            (Some(at), Some(valid_for_ms)) => Heartbeat {
                at: origin.moment("lagging_at", at)?,
                valid_for_ms,
            },
            (Some(_), None) => return Err(origin.inconsistent("lagging_valid_for_ms")),
            (None, _) => latest.ok_or_else(|| origin.inconsistent("existence"))?,
        };
        let since = self.since.ok_or_else(|| origin.inconsistent("since"))?;
        let since = origin.moment("since", since)?;
        let told_before_ms = self
            .told_before_ms
            .ok_or_else(|| origin.inconsistent("told_before_ms"))?;
        Ok(Some(Heartbeat {
            at: heartbeat.at.max(since.plus_ms(-told_before_ms)),
            ..heartbeat
        }))
    }
}

/// The histories of some extensions, being put together.
struct Question<'a> {
    account: AccountId,
    wanted: &'a [ExtensionId],
    window: TimeRange,
    found: HashMap<ExtensionId, PackedHistory>,
}

/// A row of `extension`, with the columns that say when it was last seen.
#[derive(serde::Deserialize)]
struct SeenTuple {
    extension_id: i64,
    existence: i64,
    since: Option<i64>,
    told_before_ms: Option<i64>,
    lagging_at: Option<i64>,
    lagging_valid_for_ms: Option<i64>,
}

/// A row of `existence_interval`.
#[derive(serde::Deserialize)]
struct LifeTuple {
    extension_id: i64,
    from: i64,
    not_before: Option<i64>,
    certain_until: Option<i64>,
    until: Option<i64>,
}

/// A row of `profile_interval`.
#[derive(serde::Deserialize)]
pub(super) struct ProfileIntervalTuple {
    extension_id: i64,
    from: i64,
    until: Option<i64>,
    pub(super) profile_id: i64,
}

impl Question<'_> {
    async fn read_extensions<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
        latest: Option<Heartbeat>,
    ) -> Result<(), StoreError> {
        let rows: Vec<SeenTuple> = Statement::<DB>::tuples(&DB::LAST_SEEN_OF)?
            .int(self.account.0)
            .ids(self.wanted)
            .fetch_tuples(transaction)
            .await?;
        for row in rows {
            let origin = Origin {
                table: tables::EXTENSION.name,
                key: &[self.account.0, row.extension_id],
            };
            let seen = Seen {
                existence: row.existence,
                since: row.since,
                told_before_ms: row.told_before_ms,
                lagging_at: row.lagging_at,
                lagging_valid_for_ms: row.lagging_valid_for_ms,
            };
            let extension_id = ExtensionId(row.extension_id);
            let history = ExtensionHistory {
                extension_id,
                intervals: Vec::new(),
                existence: Vec::new(),
                profiles: Vec::new(),
                last_seen: seen.last(origin, latest)?,
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
        let mut rows: Vec<LifeTuple> = Statement::<DB>::tuples(&DB::EXISTENCE_OF)?
            .int(self.account.0)
            .ids(self.wanted)
            .fetch_tuples(transaction)
            .await?;
        rows.sort_by_key(|row| (row.extension_id, row.from));
        for row in rows {
            let origin = Origin {
                table: tables::EXISTENCE_INTERVAL.name,
                key: &[self.account.0, row.extension_id, row.from],
            };
            let life = ExistenceInterval {
                from: origin.moment("\"from\"", row.from)?,
                not_before: origin.opt_moment("not_before", row.not_before)?,
                certain_until: origin.opt_moment("certain_until", row.certain_until)?,
                until: origin.opt_moment("until", row.until)?,
            };
            self.of(origin, row.extension_id)?.existence.push(life);
        }
        Ok(())
    }

    async fn read_profiles<DB: Dialect>(
        &mut self,
        transaction: &mut Transaction<'_, DB>,
    ) -> Result<(), StoreError> {
        let mut rows: Vec<ProfileIntervalTuple> = Statement::<DB>::tuples(&DB::PROFILES_OF)?
            .int(self.account.0)
            .ids(self.wanted)
            .fetch_tuples(transaction)
            .await?;
        rows.sort_by_key(|row| (row.extension_id, row.from));
        for row in rows {
            let origin = Origin {
                table: tables::PROFILE_INTERVAL.name,
                key: &[self.account.0, row.extension_id, row.from],
            };
            let interval = ProfileInterval {
                from: origin.moment("\"from\"", row.from)?,
                until: origin.opt_moment("until", row.until)?,
                profile_id: ProfileId(row.profile_id),
            };
            self.of(origin, row.extension_id)?.profiles.push(interval);
        }
        Ok(())
    }

    /// The history that a row belongs to.
    fn of(&mut self, origin: Origin<'_>, id: i64) -> Result<&mut ExtensionHistory, StoreError> {
        let found = self.found.get_mut(&ExtensionId(id));
        let history = found.map(|packed| &mut packed.history);
        history.ok_or_else(|| origin.inconsistent("extension_id"))
    }
}

/// The latest interval of each extension ever observed that began by `moment`, in no order.
pub(super) async fn latest_intervals<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    moment: Timestamp,
) -> Result<Vec<LatestInterval>, StoreError> {
    let latest = latest_heartbeat(transaction, account).await?;
    let rows: Vec<LatestTuple> = Statement::<DB>::tuples(&DB::LATEST_INTERVALS)?
        .int(account.0)
        .time(moment)
        .fetch_tuples(transaction)
        .await?;
    let of_row = |row: LatestTuple| row.read(account, moment, latest);
    rows.into_iter().map(of_row).collect()
}

/// Where an extension stands, with what else its open interval has; what the last interval has that began by the
/// moment, if that is another; what names its message and itself then.
#[derive(serde::Deserialize)]
struct LatestTuple {
    extension_id: i64,
    existence: i64,
    since: Option<i64>,
    told_before_ms: Option<i64>,
    lagging_at: Option<i64>,
    lagging_valid_for_ms: Option<i64>,
    not_before: Option<i64>,
    state_id: Option<i64>,
    message_id: Option<i64>,
    position: Option<i64>,
    from: Option<i64>,
    ambiguous_ms: Option<i64>,
    duration_ms: Option<i64>,
    end_ambiguous_ms: Option<i64>,
    ended_state_id: Option<i64>,
    ended_message_id: Option<i64>,
    ended_position: Option<i64>,
    message: Option<Box<str>>,
    extension_number: Option<String>,
    name: Option<String>,
}

impl LatestTuple {
    fn read(
        self,
        account: AccountId,
        moment: Timestamp,
        latest: Option<Heartbeat>,
    ) -> Result<LatestInterval, StoreError> {
        let origin = Origin {
            table: tables::EXTENSION.name,
            key: &[account.0, self.extension_id],
        };
        let seen = Seen {
            existence: self.existence,
            since: self.since,
            told_before_ms: self.told_before_ms,
            lagging_at: self.lagging_at,
            lagging_valid_for_ms: self.lagging_valid_for_ms,
        };
        let last_seen = seen.last(origin, latest)?;
        let is_open = last_seen.is_some() && self.since.is_some_and(|ms| ms <= moment.as_ms());
        let interval = if is_open {
            Some(self.open_interval(origin)?)
        } else {
            self.ended_interval(account)?
        };
        Ok(LatestInterval {
            extension_id: ExtensionId(self.extension_id),
            last_seen,
            interval,
            message: self.message.map(Into::into),
            extension_number: self.extension_number,
            name: self.name,
        })
    }

    fn open_interval(&self, origin: Origin<'_>) -> Result<Interval, StoreError> {
        let needed = |column, value: Option<i64>| value.ok_or_else(|| origin.inconsistent(column));
        Ok(Interval {
            from: origin.moment("since", needed("since", self.since)?)?,
            not_before: origin.opt_moment("not_before", self.not_before)?,
            certain_until: None,
            until: None,
            state_id: StateId(needed("state_id", self.state_id)?),
            message_id: self.message_id.map(MessageId),
            position: Position(needed("position", self.position)?),
        })
    }

    fn ended_interval(&self, account: AccountId) -> Result<Option<Interval>, StoreError> {
        let (Some(from), Some(state_id), Some(position)) =
            (self.from, self.ended_state_id, self.ended_position)
        else {
            return Ok(None);
        };
        let kept = KeptInterval(
            from,
            self.ambiguous_ms,
            self.duration_ms,
            self.end_ambiguous_ms,
            state_id,
            self.ended_message_id,
            position,
        );
        let extension_id = ExtensionId(self.extension_id);
        kept.unpack(account, extension_id).map(Some)
    }
}
