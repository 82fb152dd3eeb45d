//! A copied history is the same history, however often copying was interrupted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use presence_model::digest::LogDigest;
use presence_model::event::Snapshot;
use presence_model::ids::{AccountId, Epoch, SnapshotNo};
use presence_model::known::AccountState;
use presence_model::time::Timestamp;
use presence_recording::recorder::FlushAt;
use presence_store::copy::{
    CopyError, CopyProgress, CopyStep, CopySummary, CopyTarget, copy_account,
};
use presence_store::{
    AccountRow, AppendStore, Batch, Lease, ReadStore, RebuildMode, Recorded, Store, StoreError,
};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all};
use super::expected::assert_same_state;
use super::statistics::{LARGE_TABLES, known_tables};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

/// Makes a test of each story on each pair of databases.
macro_rules! stories {
    ($($story:ident),+ $(,)?) => {
        mod sqlite_to_sqlite {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(&super::SqliteFile::new(), &super::SqliteFile::new()).await;
                }
            )+
        }

        mod sqlite_to_postgres {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(&super::SqliteFile::new(), &super::PostgresDatabase::new()).await;
                }
            )+
        }

        mod postgres_to_sqlite {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(&super::PostgresDatabase::new(), &super::SqliteFile::new()).await;
                }
            )+
        }
    };
}

stories!(
    a_copy_is_the_same_history,
    a_copy_leaves_statistics,
    an_interrupted_copy_goes_on,
    a_copy_follows_a_source_that_grows,
    another_history_is_refused,
    another_time_of_recording_is_another_history,
    a_target_that_is_ahead_is_refused,
    a_copy_that_is_not_the_same_is_found,
    a_damaged_source_is_not_copied,
    an_account_without_sweeps_is_copied,
);

const SWEEPS: usize = 70;

async fn filled(database: &dyn Database, seed: u64, drawn_sweeps: usize) -> Arc<dyn Store> {
    let store = database.open().await;
    let sweeps = Office::wild(seed, ACCOUNT).sweeps(drawn_sweeps);
    record_all(&store, &sweeps, FlushAt::EVERY_SWEEP).await;
    store
}

async fn log(store: &dyn ReadStore) -> Vec<(Snapshot, Timestamp)> {
    let log = store
        .reading()
        .await
        .snapshots(ACCOUNT, SnapshotNo(0), 1000)
        .await;
    log.expect("it reads")
}

async fn account(store: &dyn ReadStore) -> AccountRow {
    let accounts = store.accounts().await.expect("it reads");
    let own = accounts.into_iter().find(|row| row.account_id == ACCOUNT);
    own.expect("the account is there")
}

async fn copy(source: &dyn ReadStore, target: CopyTarget<'_>) -> Result<CopySummary, CopyError> {
    let account = account(source).await;
    copy_account(source, target, &account, &mut |_| {}).await
}

async fn assert_same(source: &dyn Store, target: &dyn Store) {
    assert_eq!(log(source).await, log(target).await);
    assert_eq!(account(source).await, account(target).await);
    let loaded = target.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, &source.load(ACCOUNT).await.expect("it loads"));
    let rebuilt = target.rebuild(ACCOUNT, RebuildMode::Check).await;
    assert_eq!(
        rebuilt.expect("it compares").differences,
        Vec::<String>::new()
    );
}

async fn a_copy_is_the_same_history(from: &dyn Database, to: &dyn Database) {
    let source = filled(from, 91, SWEEPS).await;
    let named = source.ensure_account(ACCOUNT, Some("Office"), Timestamp::MIN);
    named.await.expect("it is named");
    let target = to.open().await;
    let mut steps: Vec<CopyProgress> = Vec::new();
    let row = account(&*source).await;
    let copied = copy_account(&*source, CopyTarget::of(&*target), &row, &mut |step| {
        steps.push(step);
    })
    .await;
    let summary = copied.expect("it is copied");
    assert_same(&*source, &*target).await;
    assert_eq!(row.name.as_deref(), Some("Office"));
    assert_eq!((summary.copied_count, summary.present_count), (70, 0));
    assert_eq!(
        summary.end,
        source
            .reading()
            .await
            .log_end(ACCOUNT)
            .await
            .expect("it reads")
    );
    let mut digest = LogDigest::default();
    for (snapshot, recorded_at) in log(&*source).await {
        digest.add(&snapshot, recorded_at);
    }
    assert_eq!(summary.digest, digest.finish());
    let copying = steps.iter().filter(|step| step.step == CopyStep::Copying);
    let done: Vec<i64> = copying.map(|step| step.done).collect();
    assert!(
        done.is_sorted() && done.len() > 2,
        "it is read in parts: {done:?}"
    );
    assert_eq!(done.last(), Some(&70));
}

async fn a_copy_leaves_statistics(from: &dyn Database, to: &dyn Database) {
    let source = filled(from, 91, SWEEPS).await;
    let target = to.open().await;
    copy(&*source, CopyTarget::of(&*target))
        .await
        .expect("it is copied");
    assert_eq!(known_tables(to).await, LARGE_TABLES);
}

async fn an_interrupted_copy_goes_on(from: &dyn Database, to: &dyn Database) {
    let source = filled(from, 92, SWEEPS).await;
    let mut present = 0;
    for _ in 0..3 {
        let target = Meddler::of(to.open().await);
        target.appends_left.store(2, Ordering::Relaxed);
        let interrupted = copy(&*source, target.to_copy_to())
            .await
            .expect_err("it fails half-way");
        assert!(matches!(interrupted, CopyError::Target(_)), "{interrupted}");
        let end = target
            .inner
            .reading()
            .await
            .log_end(ACCOUNT)
            .await
            .expect("it reads");
        assert!(end.snapshot_no.0 > present, "each time some more are there");
        present = end.snapshot_no.0;
        target.inner.close().await;
    }
    let target = to.open().await;
    let summary = copy(&*source, CopyTarget::of(&*target))
        .await
        .expect("it is copied");
    assert_eq!(
        (summary.copied_count, summary.present_count),
        (70 - present, present)
    );
    assert_same(&*source, &*target).await;
}

async fn a_copy_follows_a_source_that_grows(from: &dyn Database, to: &dyn Database) {
    let mut office = Office::wild(93, ACCOUNT);
    let source = from.open().await;
    let target = to.open().await;
    for round in 0..4 {
        record_all(&source, &office.sweeps(9), FlushAt::MANY_SWEEPS).await;
        let summary = copy(&*source, CopyTarget::of(&*target))
            .await
            .expect("it is copied");
        assert_eq!(
            (summary.copied_count, summary.present_count),
            (9, 9 * round)
        );
    }
    let again = copy(&*source, CopyTarget::of(&*target))
        .await
        .expect("there is nothing to do");
    assert_eq!((again.copied_count, again.present_count), (0, 36));
    assert_same(&*source, &*target).await;
}

async fn another_history_is_refused(from: &dyn Database, to: &dyn Database) {
    let source = filled(from, 94, SWEEPS).await;
    let mut sweeps = Office::wild(94, ACCOUNT).sweeps(20);
    sweeps[12].valid_for_ms += 1;
    let target = to.open().await;
    record_all(&target, &sweeps, FlushAt::EVERY_SWEEP).await;
    let before = log(&*target).await;
    let refused = copy(&*source, CopyTarget::of(&*target))
        .await
        .expect_err("it is another history");
    assert!(
        refused
            .to_string()
            .contains("its snapshot 13 is not the source's"),
        "{refused}"
    );
    assert_eq!(log(&*target).await, before);
}

async fn another_time_of_recording_is_another_history(from: &dyn Database, to: &dyn Database) {
    let source = filled(from, 95, 10).await;
    let target = to.open().await;
    let sweeps = Office::wild(95, ACCOUNT).sweeps(10);
    record_all(&target, &sweeps, FlushAt::MANY_SWEEPS).await;
    let refused = copy(&*source, CopyTarget::of(&*target))
        .await
        .expect_err("it was recorded later");
    let first = CopyError::Differs {
        account_id: ACCOUNT,
        snapshot_no: SnapshotNo(1),
    };
    assert_eq!(refused.to_string(), first.to_string());
}

async fn a_target_that_is_ahead_is_refused(from: &dyn Database, to: &dyn Database) {
    let source = filled(from, 96, 10).await;
    let target = filled(to, 96, 12).await;
    let refused = copy(&*source, CopyTarget::of(&*target))
        .await
        .expect_err("it has gone on");
    assert!(
        refused
            .to_string()
            .contains("after the source's last snapshot, 10, to 12"),
        "{refused}"
    );
}

async fn a_copy_that_is_not_the_same_is_found(from: &dyn Database, to: &dyn Database) {
    let source = filled(from, 97, 10).await;
    let target = Meddler {
        delay_ms: 1,
        ..Meddler::of(to.open().await)
    };
    let found = copy(&*source, target.to_copy_to())
        .await
        .expect_err("it was recorded differently");
    assert!(
        found.to_string().contains("the digests of the logs differ"),
        "{found}"
    );
}

/// Events that contradict what is known are refused before they are folded.
async fn a_damaged_source_is_not_copied(from: &dyn Database, to: &dyn Database) {
    let source = filled(from, 98, SWEEPS).await;
    source.close().await;
    let damage = "update event set version = version + 1 where position = 30";
    from.execute(&format!("{}; {damage}", from.spelling().unlock_log()))
        .await
        .expect("it is changed past the program");
    let source = from.open().await;
    let target = to.open().await;
    let refused = copy(&*source, CopyTarget::of(&*target))
        .await
        .expect_err("the log contradicts itself");
    assert!(matches!(refused, CopyError::Source(_)), "{refused}");
    assert!(
        refused.to_string().contains("version of 37439510, 30"),
        "{refused}"
    );
}

async fn an_account_without_sweeps_is_copied(from: &dyn Database, to: &dyn Database) {
    let source = from.open().await;
    let seen_at = Timestamp::saturating_from_ms(5000);
    let made = source.ensure_account(ACCOUNT, Some("Office"), seen_at);
    made.await.expect("it is made");
    let target = to.open().await;
    let summary = copy(&*source, CopyTarget::of(&*target))
        .await
        .expect("it is copied");
    assert_eq!((summary.copied_count, summary.end.snapshot_no.0), (0, 0));
    assert_same(&*source, &*target).await;
}

/// A store that fails after some appends, or that changes the times of recording.
struct Meddler {
    inner: Arc<dyn Store>,
    appends_left: AtomicUsize,
    delay_ms: i64,
}

impl Meddler {
    fn of(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            appends_left: AtomicUsize::new(usize::MAX),
            delay_ms: 0,
        }
    }

    fn to_copy_to(&self) -> CopyTarget<'_> {
        CopyTarget {
            appending: self,
            maintaining: &*self.inner,
        }
    }
}

#[async_trait::async_trait]
impl AppendStore for Meddler {
    async fn append(&self, mut batch: Batch) -> Result<(), StoreError> {
        if self.appends_left.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err(StoreError::Unusable("the disk is full".to_owned()));
        }
        for (_, recorded_at) in &mut batch.snapshots {
            *recorded_at = recorded_at.plus_ms(self.delay_ms);
        }
        self.inner.append(batch).await
    }

    async fn ensure_account(
        &self,
        account_id: AccountId,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner.ensure_account(account_id, name, now).await
    }

    async fn load(&self, account_id: AccountId) -> Result<AccountState, StoreError> {
        self.inner.load(account_id).await
    }

    async fn find(&self, account_id: AccountId, key: &str) -> Result<Option<Recorded>, StoreError> {
        self.inner.find(account_id, key).await
    }

    async fn acquire_lease(
        &self,
        account_id: AccountId,
        holder: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Lease, StoreError> {
        let lease = self.inner.acquire_lease(account_id, holder, now, ttl_ms);
        lease.await
    }

    async fn release_lease(&self, account_id: AccountId, epoch: Epoch) -> Result<(), StoreError> {
        self.inner.release_lease(account_id, epoch).await
    }
}
