//! Packed history gives the same answers as the rows from which it was made, at every step of packing.

use std::process::Command;
use std::sync::Arc;

use presence_model::history::ExtensionHistory;
use presence_model::ids::ExtensionId;
use presence_model::observation::Sweep;
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use presence_store::{Messages, PackStep, RebuildMode, Store};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all, stories};
use super::expected::{Expected, assert_same_histories, in_window};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

stories!(
    a_window_is_the_same_at_every_step_of_packing,
    what_is_packed_while_it_is_recorded_is_final,
    another_office_is_packed_while_it_is_recorded,
    a_rebuild_packs_again_what_was_packed,
    a_damaged_block_is_named_and_can_be_made_again,
    unpacked_history_is_packed_again,
    nothing_is_packed_before_its_day_is_over,
);

fn moment(text: &str) -> Timestamp {
    text.parse().expect("it is a time")
}

/// Sweeps before, across and after the beginnings of months, and none in between.
pub(super) fn sweeps_over_months(seed: u64) -> Vec<Sweep> {
    over_months(Office::wild(seed, ACCOUNT))
}

/// The same for any office.
pub(super) fn over_months(mut office: Office) -> Vec<Sweep> {
    let mut sweeps = office.sweeps(12);
    for (start, count) in [
        ("2026-11-30T23:20:00Z", 70),
        ("2026-12-17T08:00:00Z", 12),
        ("2026-12-31T23:40:00Z", 60),
        ("2027-02-28T23:50:00Z", 40),
    ] {
        office.sleep_until(moment(start));
        sweeps.extend(office.sweeps(count));
    }
    sweeps
}

/// Windows that begin and end at the edges of months, at changes near them, and far from them.
fn windows(expected: &Expected) -> Vec<TimeRange> {
    let mut moments = vec![Timestamp::MIN, Timestamp::MAX];
    for text in [
        "2026-11-01T00:00:00Z",
        "2026-11-15T00:00:00Z",
        "2026-12-01T00:00:00Z",
        "2026-12-01T00:00:00.001Z",
        "2026-12-31T23:59:59.999Z",
        "2027-01-01T00:00:00Z",
        "2027-02-01T00:00:00Z",
        "2027-02-12T03:00:00Z",
        "2027-03-01T00:00:00Z",
        "2027-05-01T00:00:00Z",
    ] {
        moments.push(moment(text));
    }
    for snapshot in expected.snapshots.iter().step_by(23) {
        let changes = snapshot.events.iter().take(1);
        moments.extend(changes.map(|event| event.observed_at));
    }
    let pairs = moments
        .iter()
        .flat_map(|from| moments.iter().map(move |to| (*from, *to)));
    pairs
        .filter_map(|(from, to)| TimeRange::new(from, to))
        .collect()
}

async fn histories(
    store: &Arc<dyn Store>,
    ids: &[ExtensionId],
    window: TimeRange,
) -> Vec<ExtensionHistory> {
    let read = store.reading().await.histories(ACCOUNT, ids, window).await;
    read.expect("it reads")
}

/// Everything that is read for these windows.
async fn all(
    store: &Arc<dyn Store>,
    ids: &[ExtensionId],
    windows: &[TimeRange],
) -> Vec<Vec<ExtensionHistory>> {
    let mut all = Vec::new();
    for window in windows {
        all.push(histories(store, ids, *window).await);
    }
    all
}

async fn pack(store: &Arc<dyn Store>, at_most: u32) -> PackStep {
    store
        .pack(ACCOUNT, at_most)
        .await
        .expect("it can be packed")
}

async fn pack_all(store: &Arc<dyn Store>) -> PackStep {
    let mut total = PackStep::default();
    loop {
        let step = pack(store, 100).await;
        if step.extension_count == 0 {
            return total;
        }
        total.block_count += step.block_count;
        total.interval_count += step.interval_count;
    }
}

async fn assert_sound(store: &Arc<dyn Store>) {
    let check = store.check_packed(ACCOUNT).await.expect("it compares");
    assert_eq!(check.differences, Vec::<String>::new());
    let report = store.rebuild(ACCOUNT, RebuildMode::Check).await;
    let report = report.expect("it compares");
    assert_eq!(report.differences, Vec::<String>::new());
}

/// A store in which nothing is packed yet.
async fn filled(database: &dyn Database, seed: u64) -> (Arc<dyn Store>, Expected) {
    let sweeps = sweeps_over_months(seed);
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    (store, Expected::of(&sweeps))
}

async fn a_window_is_the_same_at_every_step_of_packing(database: &dyn Database) {
    let (store, expected) = filled(database, 81).await;
    let ids = expected.extension_ids();
    let windows = windows(&expected);
    let unpacked = all(&store, &ids, &windows).await;
    let mut left = i64::MAX;
    let mut interval_count = 0;
    for number in 0.. {
        let step = pack(&store, 4).await;
        assert!(step.left_count < left || step.extension_count == 0);
        left = step.left_count;
        interval_count += step.interval_count;
        let some = windows.iter().enumerate().skip(number % 7).step_by(7);
        for (index, window) in some {
            let read = histories(&store, &ids, *window).await;
            assert_eq!(read, unpacked[index], "step {number}, {window}");
        }
        if step.extension_count == 0 {
            break;
        }
    }
    assert_eq!(left, 0);
    assert!(interval_count > 200, "{interval_count} are packed");
    assert_eq!(all(&store, &ids, &windows).await, unpacked);
    assert_sound(&store).await;
    assert_eq!(pack(&store, 100).await, PackStep::default());
}

async fn what_is_packed_while_it_is_recorded_is_final(database: &dyn Database) {
    record_and_pack(database, 82).await;
}

async fn another_office_is_packed_while_it_is_recorded(database: &dyn Database) {
    record_and_pack(database, 83).await;
}

/// Records some sweeps and packs some months, in turn.
async fn record_and_pack(database: &dyn Database, seed: u64) {
    let sweeps = sweeps_over_months(seed);
    let store = database.open().await;
    let mut sweeps_left = sweeps.as_slice();
    for number in 0.. {
        let count = (1 + number % 5).min(sweeps_left.len());
        let (some, rest) = sweeps_left.split_at(count);
        record_all(&store, some, FlushAt::EVERY_SWEEP).await;
        pack(&store, 1 + u32::try_from(number % 4).expect("it is small")).await;
        sweeps_left = rest;
        if rest.is_empty() {
            break;
        }
    }
    pack_all(&store).await;
    assert_sound(&store).await;
    let check = store.check_packed(ACCOUNT).await.expect("it compares");
    assert!(check.interval_count > 150, "{check:?}");
    let dictionary = store
        .reading()
        .await
        .dictionary(Messages::Needed)
        .await
        .expect("it reads");
    let log = log_of(&store).await;
    let (whole, numbers) = log.replay.histories();
    for window in windows(&log).into_iter().step_by(3) {
        let read = histories(&store, &log.extension_ids(), window).await;
        let needed: Vec<_> = whole.iter().map(|one| in_window(one, window)).collect();
        assert_same_histories((&read, &dictionary), (&needed, &numbers));
    }
}

/// The history according to the stored log: a recorder that is opened again knows less about the times of requests.
async fn log_of(store: &Arc<dyn Store>) -> Expected {
    let first = presence_model::ids::SnapshotNo(0);
    let log = store
        .reading()
        .await
        .snapshots(ACCOUNT, first, 10_000)
        .await;
    let mut expected = Expected::of(&[]);
    for (snapshot, _) in log.expect("it reads") {
        expected.replay.fold(&snapshot);
        expected.snapshots.push(snapshot);
    }
    expected
}

async fn a_rebuild_packs_again_what_was_packed(database: &dyn Database) {
    let (store, expected) = filled(database, 87).await;
    let windows = windows(&expected);
    let ids = expected.extension_ids();
    let unpacked = all(&store, &ids, &windows).await;
    pack_all(&store).await;
    let before = store.check_packed(ACCOUNT).await.expect("it compares");
    let report = store.rebuild(ACCOUNT, RebuildMode::Replace).await;
    assert_eq!(
        report.expect("it rebuilds").differences,
        Vec::<String>::new()
    );
    let after = store.check_packed(ACCOUNT).await.expect("it compares");
    assert_eq!(after, before);
    assert_eq!(all(&store, &ids, &windows).await, unpacked);
    assert_eq!(pack(&store, 100).await.extension_count, 0);
}

/// Changes a byte of some blocks.
async fn damage(database: &dyn Database, which: &str) {
    let damaged = match database.spelling() {
        super::database::Spelling::Sqlite => {
            "cast(substr(content, 1, 20) || x'a5' || substr(content, 22) as blob)"
        }
        super::database::Spelling::Postgres => "set_byte(content, 20, get_byte(content, 20) # 1)",
    };
    let statement = format!("update history_block set content = {damaged} where {which}");
    database.execute(&statement).await.expect("it is there");
}

async fn a_damaged_block_is_named_and_can_be_made_again(database: &dyn Database) {
    let (store, expected) = filled(database, 88).await;
    pack_all(&store).await;
    let id = expected.extension_ids()[3];
    damage(database, &format!("extension_id = {id} and month = 202612")).await;
    let whole = TimeRange::new(Timestamp::MIN, Timestamp::MAX).expect("time is long");
    let read = store.reading().await.histories(ACCOUNT, &[id], whole).await;
    assert_eq!(
        read.expect_err("it is damaged").to_string(),
        format!(
            "the packed history of extension {id} of account {ACCOUNT} in 2026-12 is damaged: the checksum of its times \
             differs; keep a copy of the store, then rebuild it with `presence rebuild`"
        )
    );
    let named = format!(
        "history_block (account_id {ACCOUNT}, extension_id {id}, month 202612): it is damaged: the checksum of its times \
         differs"
    );
    let report = store.rebuild(ACCOUNT, RebuildMode::Check).await;
    assert_eq!(
        report.expect("it compares").differences,
        std::slice::from_ref(&named)
    );
    let report = store.rebuild(ACCOUNT, RebuildMode::Replace).await;
    assert_eq!(report.expect("it rebuilds").differences, [named]);
    assert_sound(&store).await;
    store
        .reading()
        .await
        .histories(ACCOUNT, &[id], whole)
        .await
        .expect("it is whole again");
}

async fn unpacked_history_is_packed_again(database: &dyn Database) {
    let (store, expected) = filled(database, 89).await;
    pack_all(&store).await;
    let ids = expected.extension_ids();
    let windows = windows(&expected);
    let packed = all(&store, &ids, &windows).await;
    let before = store.check_packed(ACCOUNT).await.expect("it compares");
    store
        .unpack(ACCOUNT, ids[2], moment("2026-12-20T00:00:00Z"))
        .await
        .expect("it is packed");
    let apart = store.check_packed(ACCOUNT).await.expect("it compares");
    assert!(apart.block_count < before.block_count);
    assert_sound(&store).await;
    assert_eq!(all(&store, &ids, &windows).await, packed);
    pack_all(&store).await;
    let again = store.check_packed(ACCOUNT).await.expect("it compares");
    assert_eq!(again, before);
}

async fn nothing_is_packed_before_its_day_is_over(database: &dyn Database) {
    let store = database.open().await;
    assert_eq!(pack(&store, 100).await, PackStep::default());
    let mut office = Office::calm(90, ACCOUNT, 5, 0.5);
    record_all(&store, &office.sweeps(30), FlushAt::MANY_SWEEPS).await;
    let step = pack(&store, 100).await;
    assert_eq!(step.block_count, 0, "nobody had a day before");
    let days = ["2026-11-25", "2026-11-26", "2026-12-01", "2026-12-02"];
    let mut counts = Vec::new();
    for day in days {
        if day == "2026-11-26" {
            // A growing block that cannot be read is made again from the rows.
            damage(database, "month = 202611").await;
        }
        office.sleep_until(moment(&format!("{day}T00:00:00Z")));
        record_all(&store, &office.sweeps(30), FlushAt::MANY_SWEEPS).await;
        let step = pack(&store, 100).await;
        assert_eq!((step.extension_count, step.block_count), (5, 5), "{day}");
        assert_eq!(pack(&store, 100).await, PackStep::default());
        let packed = store.check_packed(ACCOUNT).await.expect("it compares");
        counts.push((packed.block_count, packed.interval_count));
        assert_sound(&store).await;
    }
    // A month has one growing block, and the next month another one.
    assert_eq!(
        counts.iter().map(|count| count.0).collect::<Vec<_>>(),
        [5, 5, 5, 10]
    );
    assert!(counts.is_sorted_by_key(|count| count.1), "{counts:?}");
}

/// Questions about months that begin in the middle of the sweeps.
const QUESTIONS: [&[&str]; 10] = [
    &["at", "2026-11-30T23:55:00Z"],
    &["at", "2026-12-01T00:00:00Z"],
    &["at", "2027-01-01T00:10:00Z"],
    &["now"],
    &["changes", "--from", "2026-11-01", "--to", "2027-01-01"],
    &[
        "timeline",
        "101",
        "103",
        "--from",
        "2026-11-30",
        "--to",
        "2026-12-02",
    ],
    &[
        "timeline",
        "102",
        "--facet",
        "message",
        "--from",
        "2026-12-01",
        "--to",
        "2027-03-02",
    ],
    &[
        "report",
        "--from",
        "2026-12-01",
        "--to",
        "2027-01-01",
        "--types",
        "all",
    ],
    &[
        "report",
        "--from",
        "2026-11-20",
        "--to",
        "2027-03-05",
        "--by",
        "department,month",
        "--types",
        "all",
    ],
    &["coverage", "--from", "2026-11-01", "--to", "2027-03-05"],
];

#[tokio::test]
async fn the_program_gives_the_same_answers_from_packed_history() {
    let (file, database) = (SqliteFile::new(), PostgresDatabase::new());
    let sweeps = sweeps_over_months(91);
    for (place, location) in [
        (&file as &dyn Database, file.location()),
        (&database, database.location().await),
    ] {
        let store = place.open().await;
        record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
        let answers = || QUESTIONS.map(|question| ask(&location, question));
        let unpacked = answers();
        pack_all(&store).await;
        assert_eq!(answers(), unpacked);
        assert!(unpacked.iter().all(|answer| answer.len() > 20));
        store.close().await;
    }
}

fn ask(location: &str, question: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_presence"))
        .env_clear()
        .args(question)
        .args([
            "--store",
            location,
            "--format",
            "json",
            "--now",
            "2027-03-01T01:00:00Z",
        ])
        .output()
        .expect("the program can be run");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{question:?}: {stderr}");
    String::from_utf8(output.stdout).expect("the program writes UTF-8")
}
