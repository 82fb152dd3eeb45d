//! Files that are not a store, or not a usable one: they are refused in one sentence, and left unchanged.

use std::fs;
use std::path::Path;

use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_recording::recorder::FlushAt;
use presence_store::{
    AppendStore, Durability, MaintainStore, OpenMode, RebuildMode, SqliteStore, Store, StoreError,
};

use super::database::{ACCOUNT, BEFORE_QUEUES, Database, SqliteFile, record_all};
use crate::support::sweeps::Office;

async fn open(path: &Path, mode: OpenMode) -> Result<SqliteStore, StoreError> {
    let location = path.to_str().expect("it is text");
    SqliteStore::open(location, mode, Durability::Relaxed).await
}

/// Checks that the file is refused in each mode with a sentence that contains `expected` and the file's name, and that
/// it is left unchanged.
async fn check(path: &Path, modes: &[OpenMode], expected: &str) {
    let before = fs::read(path).ok();
    for mode in modes {
        let Err(refused) = open(path, *mode).await else {
            panic!("{mode:?}: {} was opened", path.display());
        };
        let sentence = refused.to_string();
        // A store that does not exist yet is another error than one that is wrong.
        let is_not_yet =
            sentence.contains("there is no store at") || sentence.contains("holds no presence");
        match refused {
            StoreError::NotYet(_) => assert!(is_not_yet, "{mode:?}: {sentence}"),
            StoreError::Unusable(_) => assert!(!is_not_yet, "{mode:?}: {sentence}"),
            other => panic!("{mode:?}: {other:?}"),
        }
        assert!(sentence.contains(expected), "{mode:?}: {sentence}");
        assert!(
            sentence.contains(&path.display().to_string()),
            "{mode:?}: {sentence}"
        );
        assert!(!sentence.contains('\n'), "{mode:?}: {sentence}");
    }
    assert_eq!(
        fs::read(path).ok(),
        before,
        "{} was changed",
        path.display()
    );
}

const ALL: [OpenMode; 3] = [OpenMode::Create, OpenMode::Existing, OpenMode::ReadOnly];

#[tokio::test]
async fn what_is_no_store_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| folder.path().join(name);
    check(folder.path(), &ALL, "is a folder or a device").await;
    fs::write(path("notes.txt"), "some notes\n".repeat(50)).expect("it is written");
    check(&path("notes.txt"), &ALL, "is not a presence history").await;
    fs::write(path("short"), "SQLite format 3\0").expect("it is written");
    check(&path("short"), &ALL, "is not a presence history").await;
    fs::write(path("empty"), "").expect("it is written");
    check(&path("empty"), &ALL[1..], "holds no presence history yet").await;
    check(&path("missing"), &ALL[1..], "there is no store at").await;
    check(&path("no/folder/store.db"), &ALL[..1], "there is no folder").await;
}

#[tokio::test]
async fn an_empty_file_can_become_a_store() {
    let file = SqliteFile::new();
    fs::write(file.path(), "").expect("it is written");
    let store = file.open().await;
    assert_eq!(store.accounts().await.expect("it reads"), []);
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let file = SqliteFile::new();
    fs::write(file.path(), "").expect("it is written");
    file.execute("create table notes (text)")
        .await
        .expect("it is made");
    check(&file.path(), &ALL, "belongs to another program").await;
    file.execute("pragma application_id = 1234")
        .await
        .expect("it is set");
    check(&file.path(), &ALL, "belongs to another program").await;
}

#[tokio::test]
async fn a_newer_store_is_refused() {
    let file = SqliteFile::new();
    file.open().await.close().await;
    file.execute("pragma user_version = 99")
        .await
        .expect("it is set");
    check(&file.path(), &ALL, "was written by a newer version").await;
}

#[tokio::test]
async fn an_older_store_is_brought_up_to_date_only_by_a_writer() {
    let file = SqliteFile::new();
    file.open().await.close().await;
    let views = [
        "presence_now",
        "presence_intervals",
        "last_seen",
        "presence_changes",
        "presence_coverage",
        "presence_looks",
        "presence_snapshots",
    ];
    file.execute(BEFORE_QUEUES).await.expect("it is taken back");
    for view in views {
        file.execute(&format!("drop view {view}"))
            .await
            .expect("it is dropped");
    }
    let step_back = "drop table site_zone; drop table access_token; drop table access_log; drop table history_block; drop table history_sealed; \
         drop view presence_daily; drop table local_day; drop table daily_series; \
         drop table daily_amount; drop view extension_history; drop trigger extension_is_told; \
         alter table extension drop column told_before_ms; alter table head drop column rules; pragma user_version = 2";
    file.execute(step_back).await.expect("it is set");
    check(
        &file.path(),
        &[OpenMode::ReadOnly],
        "was written by an older version",
    )
    .await;
    let store = open(&file.path(), OpenMode::Existing)
        .await
        .expect("it opens");
    store.close().await;
    assert_eq!(file.rows("select * from presence_now").await.len(), 0);
    open(&file.path(), OpenMode::ReadOnly)
        .await
        .expect("it opens");
}

#[tokio::test]
async fn a_damaged_store_is_named_and_left_alone() {
    let file = SqliteFile::new();
    let store = file.open().await;
    record_all(
        &store,
        &Office::wild(31, ACCOUNT).sweeps(40),
        FlushAt::MANY_SWEEPS,
    )
    .await;
    store.close().await;
    let mut bytes = fs::read(file.path()).expect("it reads");
    for byte in bytes.iter_mut().skip(4096) {
        *byte ^= 0x5a;
    }
    fs::write(file.path(), &bytes).expect("it is written");
    check(&file.path(), &ALL, "is damaged").await;
}

#[tokio::test]
async fn a_damaged_page_is_named_when_it_is_needed() {
    let file = SqliteFile::new();
    let store = file.open().await;
    let sweeps = Office::wild(34, ACCOUNT).sweeps(60);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    store.close().await;
    let page = "select rootpage from sqlite_master where name = 'event'";
    let page = file.rows(page).await[0]
        .int("rootpage")
        .expect("a table has a page");
    let mut bytes = fs::read(file.path()).expect("it reads");
    let at = 4096 * (usize::try_from(page).expect("it is a number of a page") - 1);
    bytes[at..at + 4096].fill(0x5a);
    fs::write(file.path(), &bytes).expect("it is written");
    let store = open(&file.path(), OpenMode::Existing)
        .await
        .expect("the rest is whole");
    let found = store.rebuild(ACCOUNT, RebuildMode::Check).await;
    let found = found.expect_err("the events cannot be read");
    assert!(found.to_string().contains("is damaged"), "{found}");
    assert!(found.to_string().contains("presence.db"), "{found}");
}

#[tokio::test]
async fn many_can_make_the_same_store_at_once() {
    let file = SqliteFile::new();
    let opened = (0..6).map(|_| {
        let path = file.path();
        tokio::spawn(async move { open(&path, OpenMode::Create).await.map(drop) })
    });
    for task in opened.collect::<Vec<_>>() {
        task.await.expect("nobody panics").expect("it opens");
    }
}

#[tokio::test]
async fn a_store_is_read_while_it_is_written() {
    let file = SqliteFile::new();
    let writer = file.open().await;
    let sweeps = Office::calm(32, ACCOUNT, 5, 0.5).sweeps(2);
    record_all(&writer, &sweeps[..1], FlushAt::EVERY_SWEEP).await;
    let reader = open(&file.path(), OpenMode::ReadOnly)
        .await
        .expect("it opens");
    assert_eq!(
        reader.load(ACCOUNT).await.expect("it loads").snapshot_no.0,
        1
    );
    record_all(&writer, &sweeps[1..], FlushAt::EVERY_SWEEP).await;
    assert_eq!(
        reader.load(ACCOUNT).await.expect("it loads").snapshot_no.0,
        2
    );
    let report = reader.rebuild(ACCOUNT, RebuildMode::Check).await;
    assert_eq!(report.expect("a check writes nothing").snapshot_count, 2);
    let refused = reader
        .ensure_account(AccountId(1), None, Timestamp::MIN)
        .await
        .expect_err("it was opened to read only");
    assert!(
        refused.to_string().contains("was opened to read only"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_closed_store_is_one_file() {
    let file = SqliteFile::new();
    let store = file.open().await;
    record_all(
        &store,
        &Office::wild(33, ACCOUNT).sweeps(5),
        FlushAt::MANY_SWEEPS,
    )
    .await;
    store.load(ACCOUNT).await.expect("it loads");
    store.close().await;
    let folder = file.path().parent().expect("it is in a folder").to_owned();
    let names: Vec<_> = fs::read_dir(folder)
        .expect("it reads")
        .map(|entry| entry.expect("it reads").file_name())
        .collect();
    assert_eq!(names, ["presence.db"]);
    let refused = store.load(ACCOUNT).await.expect_err("it is closed");
    assert!(matches!(refused, StoreError::Database(_)), "{refused}");
}
