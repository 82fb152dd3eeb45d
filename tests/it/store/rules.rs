//! Stores whose projections an older version derived by other rules of time: they are never used for answers, and are
//! derived again from their log when they are opened for writing.
//!
//! That version made the stores; see `tests/it/fixtures/stores/make.sh`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use presence_recording::recorder::FlushAt;
use presence_store::{Durability, OpenMode, open};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all};
use crate::support::sweeps::Office;

/// Questions about the two days of the stores.
const QUESTIONS: &[&[&str]] = &[
    &["coverage"],
    &["timeline", "101", "102", "103"],
    &["report", "--types", "all", "--by", "extension,day"],
    &[
        "staffing",
        "--value",
        "Available",
        "--step",
        "1h",
        "--types",
        "all",
    ],
    &["heatmap", "--value", "Busy", "--types", "all"],
];

/// The store that an older version made, on one of the databases.
#[async_trait::async_trait]
trait AsOfView: Database {
    /// Restores it.
    async fn restore(&self);
}

#[async_trait::async_trait]
impl AsOfView for SqliteFile {
    async fn restore(&self) {
        let made = include_bytes!("../fixtures/stores/rules_1.sqlite");
        std::fs::write(self.path(), made).expect("the folder can be written to");
        for beside in ["-wal", "-shm"] {
            let mut path = self.path().into_os_string();
            path.push(beside);
            drop(std::fs::remove_file(path));
        }
    }
}

#[async_trait::async_trait]
impl AsOfView for PostgresDatabase {
    async fn restore(&self) {
        let drop = "drop schema if exists history cascade";
        self.execute(drop).await.expect("it can be dropped");
        let made = include_str!("../fixtures/stores/rules_1.sql");
        self.execute(made).await.expect("it can be restored");
    }
}

fn presence(arguments: &[&str], location: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presence"));
    command
        .env_clear()
        .args(arguments)
        .args(["--store", location, "--now", "2026-11-04T06:00:00Z"])
        .stdin(Stdio::null());
    command
}

fn run(arguments: &[&str], location: &str) -> Output {
    let mut command = presence(arguments, location);
    command.output().expect("the program can be run")
}

fn ask(question: &[&str], location: &str) -> Output {
    let when = [
        "--from",
        "2026-11-01T12:00:00Z",
        "--to",
        "2026-11-04T01:00:00Z",
        "--format",
        "json",
    ];
    run(&[question, &when].concat(), location)
}

#[track_caller]
fn answer(question: &[&str], location: &str) -> String {
    let output = ask(question, location);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{question:?}: {stderr}");
    String::from_utf8(output.stdout).expect("the program writes UTF-8")
}

fn answers(location: &str) -> Vec<String> {
    let questions = QUESTIONS.iter();
    questions
        .map(|question| answer(question, location))
        .collect()
}

/// The answers about a history that this version records again, sweep by sweep.
fn recorded_again(location: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let copy = format!("sqlite:{}", folder.path().join("copy.db").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_presence"));
    let copied = command
        .env_clear()
        .args(["copy", "--from", location, "--to", &copy])
        .output()
        .expect("the program can be run");
    let stderr = String::from_utf8_lossy(&copied.stderr);
    assert!(copied.status.success(), "{stderr}");
    answers(&copy)
}

async fn count(database: &dyn AsOfView, table: &str) -> i64 {
    let rows = database
        .rows(&format!("select count(*) as n from {table}"))
        .await;
    rows[0].int("n").expect("it is a number")
}

async fn is_derived_again(database: &dyn AsOfView) {
    database.restore().await;
    let location = database.url().await;
    assert!(count(database, "history_block").await > 0);
    assert!(count(database, "daily_amount").await > 0);
    let intervals = "select max(position) as p, sum(duration_ms) as ms from presence_interval";
    let before = database.rows(intervals).await;
    let refused = ask(&["report"], &location);
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("presence migrate"), "{stderr}");

    let migrated = run(&["migrate"], &location);
    let stderr = String::from_utf8_lossy(&migrated.stderr).into_owned();
    assert_eq!(migrated.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.contains("deriving the history again by newer rules: 0 of "),
        "{stderr}"
    );
    assert_ne!(database.rows(intervals).await, before, "the rules differ");
    // What was made from the older rows no longer counts.
    for table in [
        "history_block",
        "history_sealed",
        "daily_amount",
        "daily_series",
    ] {
        assert_eq!(count(database, table).await, 0, "{table}");
    }
    let expected = recorded_again(&location);
    assert_eq!(answers(&location), expected);
    let checked = run(&["rebuild", "--check"], &location);
    let stdout = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(checked.status.code(), Some(0), "{stdout}");
    for again in ["pack", "daily"] {
        assert!(run(&[again], &location).status.success());
    }
    assert!(count(database, "history_block").await > 0);
    assert!(count(database, "daily_amount").await > 0);
    assert_eq!(answers(&location), expected);
    let again = run(&["migrate"], &location);
    let stderr = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!stderr.contains("derived again"), "{stderr}");
}

async fn a_kill_leaves_it_older_or_derived(database: &dyn AsOfView) {
    database.restore().await;
    let location = database.url().await;
    assert!(run(&["migrate"], &location).status.success());
    let expected = answer(QUESTIONS[2], &location);
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut interrupted = 0;
    for _ in 0..20 {
        database.restore().await;
        for _ in 0..3 {
            let mut migrating = presence(&["migrate", "--quiet"], &location)
                .stderr(Stdio::null())
                .spawn()
                .expect("the program can be run");
            std::thread::sleep(Duration::from_millis(random.random_range(0..200)));
            migrating.kill().expect("it can be killed");
            migrating.wait().expect("it ends");
            let output = ask(QUESTIONS[2], &location);
            if output.status.success() {
                assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
            } else {
                interrupted += 1;
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert!(stderr.contains("presence migrate"), "{stderr}");
            }
        }
        assert!(run(&["migrate"], &location).status.success());
        assert_eq!(answer(QUESTIONS[2], &location), expected);
    }
    assert!(interrupted > 0, "some kill came before the end");
}

/// How far a derivation was when it began, and where it was killed: it is killed as soon as it has made progress.
/// `None` once it has reached the end.
fn killed_further_on(location: &str) -> (i64, Option<i64>) {
    let mut migrating = presence(&["migrate"], location)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be run");
    let stderr = migrating.stderr.take().expect("it is a pipe");
    let mut began = None;
    for line in BufReader::new(stderr).lines() {
        let line = line.expect("the program writes UTF-8");
        let Some((_, progress)) = line.split_once("deriving the history again by newer rules: ")
        else {
            continue;
        };
        let (done, end) = progress.split_once(" of ").expect("how far of how much");
        let number = |text: &str| {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.parse::<i64>().expect("it is a number")
        };
        let (done, end) = (number(done), number(end));
        let from = *began.get_or_insert(done);
        if done > from && done < end {
            migrating.kill().expect("it can be killed");
            migrating.wait().expect("it ends");
            return (from, Some(done));
        }
    }
    assert!(migrating.wait().expect("it ends").success());
    (began.expect("it says how far it is"), None)
}

async fn a_derivation_goes_on_after_a_kill(database: &dyn AsOfView) {
    let store = database.open().await;
    record_all(
        &store,
        &Office::wild(97, ACCOUNT).sweeps(3_000),
        FlushAt::MANY_SWEEPS,
    )
    .await;
    store.close().await;
    let location = database.url().await;
    let projections = [
        "select * from extension order by extension_id",
        "select * from presence_interval order by extension_key, \"from\"",
        "select * from existence_interval order by extension_id, \"from\"",
        "select * from profile_interval order by extension_id, \"from\"",
        "select * from coverage order by kind, \"from\"",
        "select * from queue_interval order by queue_id, extension_id, \"from\"",
        "select * from queue_coverage order by queue_id, \"from\"",
        "select account_id, snapshot_no, position, finished_at, rules from head",
    ];
    let rows = async || {
        let mut rows = Vec::new();
        for question in projections {
            rows.push(database.rows(question).await);
        }
        rows
    };
    let expected = rows().await;
    let older = database.execute("update head set rules = 1").await;
    older.expect("it can be written");
    let mut kills = 0;
    let mut reached = 0;
    loop {
        let (from, killed_at) = killed_further_on(&location);
        assert!(from >= reached, "it began again at {from} after {reached}");
        let Some(at) = killed_at else { break };
        kills += 1;
        reached = at;
        let refused = ask(&["report"], &location);
        let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("presence migrate"), "{stderr}");
    }
    assert!(kills > 2, "{kills} kills came before the end");
    assert_eq!(rows().await, expected);
    let checked = run(&["rebuild", "--check"], &location);
    let stdout = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(checked.status.code(), Some(0), "{stdout}");
}

async fn newer_rules_are_refused(database: &dyn AsOfView) {
    database.restore().await;
    let location = database.url().await;
    assert!(run(&["migrate"], &location).status.success());
    let newer = database.execute("update head set rules = 3").await;
    newer.expect("it can be written");
    for mode in [OpenMode::ReadOnly, OpenMode::Existing, OpenMode::Create] {
        let opened = open(&location, mode, Durability::Relaxed).await;
        let refused = opened.err().expect("it is refused").to_string();
        assert!(refused.contains("written by a newer version"), "{refused}");
    }
    // Half-way: the tables are this version's, but the rows still follow other rules.
    let older = database.execute("update head set rules = 1").await;
    older.expect("it can be written");
    let opened = open(&location, OpenMode::ReadOnly, Durability::Relaxed).await;
    let refused = opened.err().expect("it is refused").to_string();
    assert!(
        refused.contains("derive it again with `presence migrate`"),
        "{refused}"
    );
    let opened = open(&location, OpenMode::Existing, Durability::Relaxed).await;
    opened.expect("it opens").close().await;
    let opened = open(&location, OpenMode::ReadOnly, Durability::Relaxed).await;
    opened.expect("it opens").close().await;
}

/// The statement of the older program when it finishes a sweep.
async fn a_running_older_program_cannot_write_any_more(database: &dyn AsOfView) {
    database.restore().await;
    let location = database.url().await;
    assert!(run(&["migrate"], &location).status.success());
    let refused = database
        .execute(
            "insert into extension (account_id, extension_id, version, existence, missing) \
             values (37439510, 7, 1, 1, 0)",
        )
        .await;
    assert!(refused.is_err(), "an older program could still write");
}

macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(&super::SqliteFile::new()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(&super::PostgresDatabase::new()).await;
                }
            )+
        }
    };
}

on_both!(
    is_derived_again,
    a_kill_leaves_it_older_or_derived,
    a_derivation_goes_on_after_a_kill,
    newer_rules_are_refused,
    a_running_older_program_cannot_write_any_more,
);
