//! Copying a history from one store to another, through nothing but the traits: whatever the databases.
//!
//! A copy goes on after the last snapshot that the target holds, so an interrupted copy is simply started again. Each
//! snapshot is folded as it was when it was first recorded, and keeps its time of recording. At the end both logs are
//! read once more and compared, and the target's projections are rebuilt and compared with the kept ones.

use super::rebuild::check_follows;
use super::{
    AccountRow, AppendStore, Batch, MaintainStore, ReadStore, RebuildMode, Store, StoreError,
    refresh_statistics,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use presence_model::digest::LogDigest;
use presence_model::event::Snapshot;
use presence_model::history::LogEnd;
use presence_model::ids::{AccountId, Position, SnapshotNo};
use presence_model::projection::{Delta, fold};
use presence_model::state::ContentHash;
use presence_model::time::Timestamp;

/// The most snapshots that are read and appended at once.
const SNAPSHOTS_MAX: u32 = 256;

/// About how many events are read and appended at once.
const EVENTS_WANTED: usize = 20_000;

/// What a copy is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyStep {
    /// Comparing what the target holds already with the source.
    Comparing,
    /// Appending to the target.
    Copying,
    /// Reading both again, and rebuilding the target's projections.
    Verifying,
}

/// How far a copy of one account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyProgress {
    /// What is being done.
    pub step: CopyStep,
    /// How many snapshots this step is through with.
    pub done: i64,
    /// How many there are for it to go through.
    pub total: i64,
}

/// What a copy of one account came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopySummary {
    /// Whose history.
    pub account_id: AccountId,
    /// Snapshots that were copied now.
    pub copied_count: i64,
    /// Snapshots that the target held before.
    pub present_count: i64,
    /// Where both logs end.
    pub end: LogEnd,
    /// [`LogDigest`] of both logs.
    pub digest: ContentHash,
}

/// Why a history could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target holds another history of the account.
    #[error(
        "the target has another history of account {account_id}: its snapshot {snapshot_no} is not the source's; nothing was copied, use an empty target"
    )]
    Differs {
        /// Whose history.
        account_id: AccountId,
        /// The first snapshot that differs.
        snapshot_no: SnapshotNo,
    },
    /// The target has gone on by itself.
    #[error(
        "the target's history of account {account_id} goes on after the source's last snapshot, {source_end}, to {target_end}; nothing was copied"
    )]
    TargetIsAhead {
        /// Whose history.
        account_id: AccountId,
        /// The source's last snapshot.
        source_end: SnapshotNo,
        /// The target's.
        target_end: SnapshotNo,
    },
    /// The copy is not the same as the original.
    #[error(
        "the copy of account {account_id} is not the same as the original: {what}; do not use the target, and run `presence rebuild --check` on both"
    )]
    NotTheSame {
        /// Whose history.
        account_id: AccountId,
        /// What differs.
        what: String,
    },
    /// The source failed.
    #[error("reading the source: {0}")]
    Source(StoreError),
    /// The target failed.
    #[error("writing the target: {0}")]
    Target(StoreError),
}

/// The store that a copy goes to.
#[derive(Clone, Copy)]
pub struct CopyTarget<'a> {
    /// Takes the history.
    pub appending: &'a dyn AppendStore,
    /// Reads it back, and checks what follows from it.
    pub maintaining: &'a dyn MaintainStore,
}

impl<'a> CopyTarget<'a> {
    /// An open store.
    pub fn of(store: &'a dyn Store) -> Self {
        Self {
            appending: store,
            maintaining: store,
        }
    }
}

/// Copies an account's history up to where the source's log ends now.
///
/// What the target holds already must be the beginning of the source's history, with the same times of recording; then
/// the copy goes on after it. An error leaves in the target a whole number of snapshots, from which another copy goes on.
/// Nothing else should write to the target's account meanwhile: the copy fails then.
pub fn copy_account<'a>(
    source: &'a dyn ReadStore,
    target: CopyTarget<'a>,
    account: &'a AccountRow,
    on_progress: &'a mut (dyn FnMut(CopyProgress) + Send),
) -> BoxFuture<'a, Result<CopySummary, CopyError>> {
    copied(source, target, account, on_progress).boxed()
}

async fn copied(
    source: &dyn ReadStore,
    target: CopyTarget<'_>,
    account: &AccountRow,
    on_progress: &mut (dyn FnMut(CopyProgress) + Send),
) -> Result<CopySummary, CopyError> {
    let account_id = account.account_id;
    let mut copying = Copying {
        source,
        target,
        account_id,
        on_progress,
        end: log_end(source, account_id)
            .await
            .map_err(CopyError::Source)?,
    };
    let present_count = copying.compare_beginning().await?;
    let name = account.name.as_deref();
    target
        .appending
        .ensure_account(account_id, name, account.first_seen_at)
        .await
        .map_err(CopyError::Target)?;
    copying.append_rest().await?;
    copying.copy_zones().await?;
    if copying.end.snapshot_no.0 > present_count {
        refresh_statistics(target.appending).await;
    }
    let digest = copying.verify().await?;
    Ok(CopySummary {
        account_id,
        copied_count: copying.end.snapshot_no.0 - present_count,
        present_count,
        end: copying.end,
        digest,
    })
}

struct Copying<'a> {
    source: &'a dyn ReadStore,
    target: CopyTarget<'a>,
    account_id: AccountId,
    on_progress: &'a mut (dyn FnMut(CopyProgress) + Send),
    /// Where the source's log ended when the copy began: a collector may go on.
    end: LogEnd,
}

impl Copying<'_> {
    fn tell(&mut self, step: CopyStep, done: i64, total: i64) {
        (self.on_progress)(CopyProgress { step, done, total });
    }

    /// How many snapshots the target holds, all of which are the source's first.
    async fn compare_beginning(&mut self) -> Result<i64, CopyError> {
        let account_id = self.account_id;
        let target_end = log_end(self.target.maintaining, account_id).await;
        let target_end = target_end.map_err(CopyError::Target)?.snapshot_no;
        let common_end = target_end.min(self.end.snapshot_no);
        let mut ours = Pages::new(self.source, account_id, common_end);
        let mut theirs = Pages::new(self.target.maintaining, account_id, common_end);
        let mut compared = SnapshotNo(0);
        while compared < common_end {
            let page = ours.next().await.map_err(CopyError::Source)?;
            let kept = theirs
                .next_up_to(page.len())
                .await
                .map_err(CopyError::Target)?;
            let same = page
                .iter()
                .zip(&kept)
                .take_while(|(one, other)| one == other);
            let same = same.count();
            if same < page.len() || page.is_empty() {
                let first = page
                    .get(same)
                    .map_or(compared.next(), |(one, _)| one.snapshot_no);
                return Err(CopyError::Differs {
                    account_id,
                    snapshot_no: first,
                });
            }
            compared = ours.after;
            self.tell(CopyStep::Comparing, compared.0, common_end.0);
        }
        if target_end > self.end.snapshot_no {
            return Err(CopyError::TargetIsAhead {
                account_id,
                source_end: self.end.snapshot_no,
                target_end,
            });
        }
        Ok(target_end.0)
    }

    async fn append_rest(&mut self) -> Result<(), CopyError> {
        let known = self.target.appending.load(self.account_id).await;
        let mut known = known.map_err(CopyError::Target)?;
        let mut pages = Pages::new(self.source, self.account_id, self.end.snapshot_no);
        pages.after = known.snapshot_no;
        while known.snapshot_no < self.end.snapshot_no {
            let expected = (known.snapshot_no, known.position);
            let snapshots = pages.next().await.map_err(CopyError::Source)?;
            let mut delta = Delta::default();
            for (snapshot, _) in &snapshots {
                check_follows(&known, snapshot).map_err(CopyError::Source)?;
                fold(&mut known, snapshot, &mut delta);
            }
            if snapshots.is_empty() {
                return Err(self.ends_early(known.snapshot_no));
            }
            let batch = Batch {
                account_id: self.account_id,
                expected,
                epoch: None,
                snapshots,
                delta,
            };
            self.target
                .appending
                .append(batch)
                .await
                .map_err(CopyError::Target)?;
            self.tell(
                CopyStep::Copying,
                known.snapshot_no.0,
                self.end.snapshot_no.0,
            );
        }
        Ok(())
    }

    /// The zones of sites are not part of the log.
    async fn copy_zones(&mut self) -> Result<(), CopyError> {
        let reading = self.source.read().await;
        let mut reading = reading.map_err(CopyError::Source)?;
        let zones = reading.site_zones(self.account_id).await;
        let zones = zones.map_err(CopyError::Source)?;
        drop(reading);
        let appending = self.target.appending;
        let put = appending.put_site_zones(self.account_id, zones).await;
        put.map_err(CopyError::Target)
    }

    fn ends_early(&self, last: SnapshotNo) -> CopyError {
        CopyError::NotTheSame {
            account_id: self.account_id,
            what: format!(
                "a log ends with snapshot {last}, not {}",
                self.end.snapshot_no
            ),
        }
    }

    /// Reads both logs again, and folds the target's.
    async fn verify(&mut self) -> Result<ContentHash, CopyError> {
        let original = self.sum_up(self.source).await.map_err(CopyError::Source)?;
        let copy = self
            .sum_up(self.target.maintaining)
            .await
            .map_err(CopyError::Target)?;
        let maintaining = self.target.maintaining;
        let rebuilt = maintaining
            .rebuild(self.account_id, RebuildMode::Check)
            .await;
        let rebuilt = rebuilt.map_err(CopyError::Target)?;
        let end = log_end(maintaining, self.account_id).await;
        let end = end.map_err(CopyError::Target)?;
        let what = if original.counts() != copy.counts() {
            format!("{} and {}", original.shown(), copy.shown())
        } else if end != self.end {
            let (ends, should) = (end.snapshot_no, self.end.snapshot_no);
            format!("the target ends with snapshot {ends}, the source with {should}")
        } else if original.digest != copy.digest {
            "the digests of the logs differ".to_owned()
        } else if let Some(first) = rebuilt.differences.first() {
            format!("the projections do not follow from the log: {first}")
        } else {
            return Ok(copy.digest);
        };
        Err(CopyError::NotTheSame {
            account_id: self.account_id,
            what,
        })
    }

    async fn sum_up(&mut self, store: &dyn ReadStore) -> Result<LogSum, StoreError> {
        let end = self.end.snapshot_no;
        let mut pages = Pages::new(store, self.account_id, end);
        let mut digest = LogDigest::default();
        let mut sum = LogSum {
            snapshot_no: SnapshotNo(0),
            position: Position(0),
            event_count: 0,
            digest: ContentHash::default(),
        };
        loop {
            let page = pages.next().await?;
            let Some((last, _)) = page.last() else {
                sum.digest = digest.finish();
                return Ok(sum);
            };
            let last_no = last.snapshot_no;
            for (snapshot, recorded_at) in &page {
                digest.add(snapshot, *recorded_at);
                sum.snapshot_no = snapshot.snapshot_no;
                sum.event_count += snapshot.events.len();
                sum.position = snapshot
                    .events
                    .last()
                    .map_or(sum.position, |event| event.position);
            }
            self.tell(CopyStep::Verifying, last_no.0, end.0);
        }
    }
}

async fn log_end(store: &dyn ReadStore, account_id: AccountId) -> Result<LogEnd, StoreError> {
    store.read().await?.log_end(account_id).await
}

/// What a log comes to.
struct LogSum {
    snapshot_no: SnapshotNo,
    position: Position,
    event_count: usize,
    digest: ContentHash,
}

impl LogSum {
    fn counts(&self) -> (SnapshotNo, Position, usize) {
        (self.snapshot_no, self.position, self.event_count)
    }

    fn shown(&self) -> String {
        format!(
            "{} snapshots with {} events",
            self.snapshot_no, self.event_count
        )
    }
}

/// A log, read page by page: as many snapshots at once as have about [`EVENTS_WANTED`] events.
struct Pages<'a> {
    store: &'a dyn ReadStore,
    account_id: AccountId,
    after: SnapshotNo,
    /// The last snapshot that is read.
    end: SnapshotNo,
    limit: u32,
}

impl<'a> Pages<'a> {
    fn new(store: &'a dyn ReadStore, account_id: AccountId, end: SnapshotNo) -> Self {
        Self {
            store,
            account_id,
            after: SnapshotNo(0),
            end,
            // The first snapshot of an account has an event of each extension.
            limit: 1,
        }
    }

    /// The next page; empty at the end.
    async fn next(&mut self) -> Result<Vec<(Snapshot, Timestamp)>, StoreError> {
        let page = self.next_up_to(self.limit as usize).await?;
        let event_count: usize = page.iter().map(|(snapshot, _)| snapshot.events.len()).sum();
        self.limit = if event_count > EVENTS_WANTED {
            (self.limit / 2).max(1)
        } else if event_count < EVENTS_WANTED / 2 {
            (self.limit * 2).min(SNAPSHOTS_MAX)
        } else {
            self.limit
        };
        Ok(page)
    }

    /// The next snapshots, at most so many; none at the end.
    async fn next_up_to(&mut self, count: usize) -> Result<Vec<(Snapshot, Timestamp)>, StoreError> {
        let left = u32::try_from(self.end.0 - self.after.0).unwrap_or(u32::MAX);
        let limit = left.min(u32::try_from(count).unwrap_or(u32::MAX));
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut reading = self.store.read().await?;
        let page = reading.snapshots(self.account_id, self.after, limit);
        let page = page.await?;
        if let Some((last, _)) = page.last() {
            self.after = last.snapshot_no;
        }
        Ok(page)
    }
}
