//! The history as it was when the log ended earlier: where that is, and folding the log up to there.

use std::collections::BTreeMap;

use presence_model::event::Snapshot;
use presence_model::history::{Coverage, Dictionary, ExtensionHistory, LogEnd, Replay};
use presence_model::ids::{AccountId, ExtensionId, Position, QueueId, SnapshotNo};
use presence_model::time::Timestamp;
use presence_store::{FailedSweepRow, PastSweep, QueueRows, ReadStore, Reading};

use crate::error::AskError;

/// How many snapshots of the log are searched at once for the last event.
const SNAPSHOTS_BACK: u32 = 50;

/// How many snapshots of the log are replayed at once.
const SNAPSHOTS_AT_ONCE: u32 = 500;

/// Which part of the log answers rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// All of it.
    Whole,
    /// Up to an earlier end.
    UpTo(AsOfPosition),
    /// What had been recorded by a moment.
    KnownAt(Timestamp),
}

/// An earlier end of the log: the last snapshot at which it ended with that event, or a given one of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOfPosition {
    /// The last event.
    pub position: Position,
    /// The last snapshot; several may end with the same event.
    pub snapshot_no: Option<SnapshotNo>,
}

impl std::fmt::Display for AsOfPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.snapshot_no {
            Some(snapshot_no) => write!(f, "{}:{snapshot_no}", self.position),
            None => self.position.fmt(f),
        }
    }
}

impl std::str::FromStr for AsOfPosition {
    type Err = String;

    /// Reads `POSITION`, or `POSITION:SNAPSHOT_NO` where several snapshots end with the same event.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.parse().ok().filter(|&number: &i64| number >= 0);
            number.ok_or_else(|| {
                format!(
                    "{text:?} is no position: write the numbers of an answer's `as_of`, like 1234 or 1234:567"
                )
            })
        };
        let (position, snapshot_no) = match text.split_once(':') {
            Some((position, snapshot_no)) => (position, Some(snapshot_no)),
            None => (text, None),
        };
        Ok(Self {
            position: Position(number(position)?),
            snapshot_no: snapshot_no.map(number).transpose()?.map(SnapshotNo),
        })
    }
}

impl AsOfPosition {
    /// Whether a text is meant as a part of the log by its numbers, and not as a moment.
    pub fn is_meant(text: &str) -> bool {
        let mut bytes = text.bytes();
        !text.is_empty() && bytes.all(|byte| byte.is_ascii_digit() || byte == b':')
    }
}

/// The history as it was at an older end of the log, folded again.
pub(crate) struct AsOfView {
    pub(crate) histories: BTreeMap<ExtensionId, ExtensionHistory>,
    pub(crate) dictionary: Dictionary,
    pub(crate) coverage: Coverage,
    pub(crate) end: LogEnd,
    /// When that end was recorded.
    pub(crate) recorded_at: Timestamp,
    pub(crate) looks: Vec<PastSweep>,
    pub(crate) failed: Vec<FailedSweepRow>,
    /// When call queues were swept, and what their members accepted.
    pub(crate) queues: BTreeMap<QueueId, QueueRows>,
}

/// What a log says of call queues.
fn queues(replay: &Replay) -> BTreeMap<QueueId, QueueRows> {
    let mut queues: BTreeMap<QueueId, QueueRows> = BTreeMap::new();
    for ((queue_id, _), segment) in &replay.rows().queue_coverage {
        let rows = queues.entry(*queue_id).or_default();
        rows.coverage.push(*segment);
    }
    for ((queue_id, extension_id, _), row) in &replay.rows().queue_intervals {
        let rows = queues.entry(*queue_id).or_default();
        rows.members.entry(*extension_id).or_default().push(*row);
    }
    queues
}

impl AsOfView {
    /// Folds the log up to `asked`, where it must have ended.
    pub(crate) async fn fold(
        reading: &mut dyn Reading,
        account_id: AccountId,
        asked: AsOfPosition,
    ) -> Result<Self, AskError> {
        let mut replay = Replay::new(account_id);
        let mut looks = Vec::new();
        let mut failed = Vec::new();
        let mut recorded_at = None;
        'log: loop {
            let after = replay.state().snapshot_no;
            let snapshots = reading
                .snapshots(account_id, after, SNAPSHOTS_AT_ONCE)
                .await?;
            if snapshots.is_empty() {
                break;
            }
            for (snapshot, at) in &snapshots {
                let ends_at = snapshot
                    .events
                    .last()
                    .map_or(replay.state().position, |event| event.position);
                let is_after = ends_at > asked.position
                    || asked
                        .snapshot_no
                        .is_some_and(|last| snapshot.snapshot_no > last);
                if is_after {
                    break 'log;
                }
                replay.fold(snapshot);
                recorded_at = Some(*at);
                if snapshot.status.observes() {
                    looks.push(PastSweep {
                        started_at: snapshot.started_at,
                        unseen: snapshot.unseen.clone(),
                    });
                } else {
                    failed.push(FailedSweepRow {
                        started_at: snapshot.started_at,
                        valid_for_ms: snapshot.valid_for_ms,
                        detail: snapshot.detail.clone(),
                    });
                }
            }
        }
        let end = replay.log_end();
        let reaches = end.position == asked.position
            && asked.snapshot_no.is_none_or(|last| last == end.snapshot_no);
        let Some(recorded_at) = recorded_at.filter(|_| reaches) else {
            let end = reading.log_end(account_id).await?;
            return Err(AskError::BeyondTheLog {
                account_id,
                position: end.position,
                snapshot_no: end.snapshot_no,
                asked,
            });
        };
        let (histories, dictionary) = replay.histories();
        Ok(Self {
            histories: histories
                .into_iter()
                .map(|history| (history.extension_id, history))
                .collect(),
            dictionary,
            coverage: replay.coverage(),
            end,
            recorded_at,
            looks,
            failed,
            queues: queues(&replay),
        })
    }
}

/// Where the log ended at `moment`: the last snapshot that had been recorded by then.
pub(crate) async fn known_end(
    store: &dyn ReadStore,
    account_id: AccountId,
    moment: Timestamp,
) -> Result<AsOfPosition, AskError> {
    let mut reading = store.read().await?;
    let last = reading.log_end(account_id).await?.snapshot_no;
    let found = last_before(&mut *reading, account_id, last, |_, recorded_at| {
        recorded_at <= moment
    });
    let Some(snapshot_no) = found.await? else {
        let first = reading.snapshots(account_id, SnapshotNo(0), 1).await?;
        return Err(AskError::NothingKnownYet {
            account_id,
            asked: moment,
            first_recorded_at: first.first().map(|(_, recorded_at)| *recorded_at),
        });
    };
    Ok(AsOfPosition {
        position: position_after(&mut *reading, account_id, snapshot_no).await?,
        snapshot_no: Some(snapshot_no),
    })
}

/// The last snapshot, up to `last`, for which `is_before` holds; it holds for all before that one too. Read by
/// bisection: some twenty snapshots of a million.
pub async fn last_before(
    reading: &mut dyn Reading,
    account_id: AccountId,
    last: SnapshotNo,
    is_before: impl Fn(&Snapshot, Timestamp) -> bool,
) -> Result<Option<SnapshotNo>, AskError> {
    let (mut found, mut after) = (0, last.0 + 1);
    while found + 1 < after {
        let middle = found + (after - found) / 2;
        let snapshots = reading.snapshots(account_id, SnapshotNo(middle - 1), 1);
        match snapshots.await?.first() {
            Some((snapshot, recorded_at)) if is_before(snapshot, *recorded_at) => found = middle,
            _ => after = middle,
        }
    }
    Ok((found > 0).then_some(SnapshotNo(found)))
}

/// The last event of the log as it ended with a snapshot.
async fn position_after(
    reading: &mut dyn Reading,
    account_id: AccountId,
    last: SnapshotNo,
) -> Result<Position, AskError> {
    let mut until = last.0;
    while until > 0 {
        let after = (until - i64::from(SNAPSHOTS_BACK)).max(0);
        let count = u32::try_from(until - after).unwrap_or(SNAPSHOTS_BACK);
        let snapshots = reading.snapshots(account_id, SnapshotNo(after), count);
        let events = snapshots.await?;
        let events = events.iter().flat_map(|(snapshot, _)| &snapshot.events);
        if let Some(event) = events.last() {
            return Ok(event.position);
        }
        until = after;
    }
    Ok(Position(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_log_is_two_numbers() {
        let at = |position, snapshot_no: Option<i64>| AsOfPosition {
            position: Position(position),
            snapshot_no: snapshot_no.map(SnapshotNo),
        };
        assert_eq!("12:7".parse(), Ok(at(12, Some(7))));
        assert_eq!("12".parse(), Ok(at(12, None)));
        assert!("-1".parse::<AsOfPosition>().is_err());
        assert!("12:".parse::<AsOfPosition>().is_err());
    }
}
