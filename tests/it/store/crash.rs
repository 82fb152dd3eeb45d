//! After a kill, a writer leaves each snapshot whole or not at all, and everything that it had acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use presence_recording::recorder::{FlushAt, Recorder};
use presence_store::{Durability, OpenMode, RebuildMode, Store, open};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, after};
use super::expected::{Expected, assert_same_state};
use super::packing::over_months;
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

/// How often a writer is killed; each continues where the one before ended.
const ROUNDS: usize = 8;

/// The number of steps after which a packer waits to be killed. It is killed after three at most.
const STEPS_AT_MOST: usize = 8;

/// The variable that gives the store to the writer.
const STORE_VARIABLE: &str = "PRESENCE_TEST_CRASH_STORE";

fn office() -> Office {
    Office::wild(51, ACCOUNT)
}

#[tokio::test]
async fn a_killed_writer_leaves_whole_snapshots_in_sqlite() {
    let file = SqliteFile::new();
    a_killed_writer_leaves_whole_snapshots(&file, &file.location()).await;
}

#[tokio::test]
async fn a_killed_writer_leaves_whole_snapshots_in_postgres() {
    let database = PostgresDatabase::new();
    a_killed_writer_leaves_whole_snapshots(&database, &database.location().await).await;
}

async fn a_killed_writer_leaves_whole_snapshots(database: &dyn Database, location: &str) {
    let writing = |count| until_killed(location, "writes_until_killed", (count, Duration::ZERO));
    database.open().await.close().await;
    let mut sweeps = office();
    let mut expected = Vec::new();
    for round in 0..ROUNDS {
        let acknowledged = writing(3 + 5 * round);
        let store = database.open().await;
        let log_end = store
            .reading()
            .await
            .log_end(ACCOUNT)
            .await
            .expect("it reads");
        assert!(
            log_end.snapshot_no.0 >= acknowledged,
            "an acknowledged snapshot is missing"
        );
        let report = store
            .rebuild(ACCOUNT, RebuildMode::Check)
            .await
            .expect("it compares");
        assert_eq!(report.differences, Vec::<String>::new());
        let count = usize::try_from(log_end.snapshot_no.0).expect("it is a count");
        expected.extend(sweeps.sweeps(count - expected.len()));
        let loaded = store.load(ACCOUNT).await.expect("it loads");
        let replay = Expected::of(&expected).replay;
        assert_eq!(loaded.extensions.len(), replay.state().extensions.len());
        assert_eq!(loaded.position, replay.state().position);
        store.close().await;
    }
    // A restart forgets only the exact times of requests, which affect nothing but `not_before`.
    assert!(expected.len() > ROUNDS);
}

/// Starts a writer, kills it this long after it has acknowledged `count` numbers, and returns the last number.
fn until_killed(location: &str, work: &str, (count, later): (usize, Duration)) -> i64 {
    let program = std::env::current_exe().expect("a test knows its own program");
    let mut writer = Command::new(program)
        .args([
            "--exact",
            &format!("store::crash::{work}"),
            "--ignored",
            "--nocapture",
        ])
        .env(STORE_VARIABLE, location)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a test can start itself");
    let output = BufReader::new(writer.stdout.take().expect("it is piped"));
    let mut acknowledged = 0;
    let mut left = count;
    let mut lines = output.lines().map_while(Result::ok);
    while left > 0 {
        let line = lines.next().expect("the writer writes until it is killed");
        if let Some(number) = line.strip_prefix("recorded ") {
            acknowledged = number.parse().expect("it is a number");
            left -= 1;
            // A packer that has nothing left is not waited for.
            if acknowledged == 0 {
                break;
            }
        }
    }
    std::thread::sleep(later);
    writer.kill().expect("it can be killed");
    writer.wait().expect("it has ended");
    // What it had printed before it was killed counts, too.
    for line in lines {
        if let Some(number) = line.strip_prefix("recorded ") {
            acknowledged = number.parse().expect("it is a number");
        }
    }
    acknowledged
}

#[tokio::test]
#[ignore = "it is started, and killed, by a_killed_writer_leaves_whole_snapshots_…"]
async fn writes_until_killed() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test that starts this one names the store"
    )]
    let Ok(location) = std::env::var(STORE_VARIABLE) else {
        return;
    };
    let store = open(&location, OpenMode::Existing, Durability::PowerLoss).await;
    let store = store.expect("it opens");
    let flush_at = FlushAt {
        sweeps: 2,
        events: 1000,
    };
    let mut recorder = Recorder::open(store.clone(), ACCOUNT, None, flush_at)
        .await
        .expect("it loads");
    let done = recorder.known().expect("it was read").finished_at;
    let mut office = office();
    loop {
        let sweep = office.sweep();
        if Some(sweep.started_at) <= done {
            continue;
        }
        let now = after(&sweep);
        recorder.record(sweep, now).await.expect("it follows");
        if recorder.pending_count() == 0 {
            let end = store
                .reading()
                .await
                .log_end(ACCOUNT)
                .await
                .expect("it reads");
            let mut output = std::io::stdout();
            writeln!(output, "recorded {}", end.snapshot_no).expect("the test reads it");
        }
    }
}

#[tokio::test]
async fn a_killed_packer_leaves_whole_months_in_sqlite() {
    let file = SqliteFile::new();
    a_killed_packer_leaves_whole_months(&file, &file.location()).await;
}

#[tokio::test]
async fn a_killed_packer_leaves_whole_months_in_postgres() {
    let database = PostgresDatabase::new();
    a_killed_packer_leaves_whole_months(&database, &database.location().await).await;
}

async fn a_killed_packer_leaves_whole_months(database: &dyn Database, location: &str) {
    let store = database.open().await;
    // So many that no packer is done before the last round, however late it is killed.
    let sweeps = over_months(Office::calm(53, ACCOUNT, 90, 0.2));
    super::database::record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    store.close().await;
    let mut left_before = i64::MAX;
    for round in 0..ROUNDS {
        // The kill comes somewhere in the steps that follow: reading, writing, committing.
        let later = Duration::from_micros(700 * round as u64);
        let left = until_killed(location, "packs_until_killed", (1 + round % 3, later));
        assert!(left < left_before, "it goes on where the one before was");
        left_before = left;
        let store = database.open().await;
        assert_packed_as_the_rows_are(&store).await;
        store.close().await;
    }
    assert!(left_before > 0, "each was killed at work");
    let store = database.open().await;
    while store
        .pack(ACCOUNT, 4)
        .await
        .expect("it packs")
        .extension_count
        > 0
    {}
    assert!(assert_packed_as_the_rows_are(&store).await > 10);
}

/// Checks that packed history equals the rows, and that the rows follow from the log; returns the number of blocks.
async fn assert_packed_as_the_rows_are(store: &Arc<dyn Store>) -> i64 {
    let packed = store.check_packed(ACCOUNT).await.expect("it compares");
    assert_eq!(packed.differences, Vec::<String>::new());
    let report = store.rebuild(ACCOUNT, RebuildMode::Check).await;
    let report = report.expect("it compares");
    assert_eq!(report.differences, Vec::<String>::new());
    packed.block_count
}

#[tokio::test]
#[ignore = "it is started, and killed, by a_killed_packer_leaves_whole_months_…"]
async fn packs_until_killed() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test that starts this one names the store"
    )]
    let Ok(location) = std::env::var(STORE_VARIABLE) else {
        return;
    };
    let store = open(&location, OpenMode::Existing, Durability::PowerLoss).await;
    let store = store.expect("it opens");
    for _ in 0..STEPS_AT_MOST {
        let step = store.pack(ACCOUNT, 1).await.expect("it packs");
        let mut output = std::io::stdout();
        writeln!(output, "recorded {}", step.left_count).expect("the test reads it");
    }
    // The test that started it kills it.
    std::thread::sleep(Duration::from_hours(1));
}

#[tokio::test]
async fn a_restarted_writer_knows_what_the_one_before_knew() {
    let file = SqliteFile::new();
    let sweeps = Office::calm(52, ACCOUNT, 6, 0.3).sweeps(20);
    for chunk in sweeps.chunks(4) {
        let store = file.open().await;
        super::database::record_all(&store, chunk, FlushAt::EVERY_SWEEP).await;
        store.close().await;
    }
    let store = file.open().await;
    let mut replay = presence_model::history::Replay::new(ACCOUNT);
    let log = store
        .reading()
        .await
        .snapshots(ACCOUNT, presence_model::ids::SnapshotNo(0), 100)
        .await;
    for (snapshot, _) in log.expect("it reads") {
        replay.fold(&snapshot);
    }
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, replay.state());
}
