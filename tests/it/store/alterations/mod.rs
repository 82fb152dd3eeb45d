//! Direct alterations of a store: each is found as docs/auditing.md says.

mod queues;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use presence_model::ids::ExtensionId;
use presence_recording::recorder::FlushAt;
use presence_store::{Access, Durability, NewToken, OpenMode, TokenKind, open_all};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, raw_sql};

use world::World;

use super::database::{ACCOUNT, Database, PostgresDatabase, Spelling, SqliteFile, record_all};
use crate::support::postgres;
use crate::support::sweeps::Office;

const DOCUMENT: &str = include_str!("../../../../docs/auditing.md");

/// What finds an alteration, according to the document's table for one database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finder {
    /// `presence rebuild --check`.
    Check,
    /// Nothing in the store: only a proof that is kept elsewhere.
    Outside,
    /// The alteration cannot be made there.
    None,
}

impl Finder {
    fn of(cell: &str) -> Self {
        match cell {
            "check" => Self::Check,
            "outside" => Self::Outside,
            "–" => Self::None,
            other => panic!("{other:?} is no finder"),
        }
    }
}

/// A line of the table in the document.
#[derive(Clone, Debug)]
struct Line {
    /// The table of the database that the finding names.
    named: String,
    sqlite: Finder,
    postgres: Finder,
}

fn lines() -> BTreeMap<String, Line> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect());
    let tables = cells.filter(|cells: &Vec<&str>| cells.len() == 5);
    tables
        .map(|cells| {
            let line = Line {
                named: cells[1].trim_matches('`').to_owned(),
                sqlite: Finder::of(cells[3]),
                postgres: Finder::of(cells[4]),
            };
            (cells[0].trim_matches('`').to_owned(), line)
        })
        .collect()
}

/// The output of the check, and whether it found anything.
fn check(location: &str) -> (bool, String) {
    let ran = presence(location, &["rebuild", "--check"]);
    let told = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(!told.contains("panicked"), "{told}");
    match ran.status.code() {
        Some(0) => (false, told.into_owned()),
        Some(1) => (true, told.into_owned()),
        other => panic!("{other:?}: {told}"),
    }
}

fn presence(location: &str, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presence"));
    command.env_clear().args(arguments);
    command.args(["--store", location, "--now", "2026-11-20T00:00:00Z"]);
    command.output().expect("the program can be run")
}

/// Fills a store with two weeks of everything that it can hold; returns the extension that changed most.
async fn filled(database: &dyn Database, location: &str) -> i64 {
    let store = database.open().await;
    let mut office = Office::wild(61, ACCOUNT);
    let mut sweeps = office.sweeps(40);
    for _ in 0..3 {
        office.pause(86_400_000);
        sweeps.extend(office.sweeps(20));
    }
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    store.close().await;
    let opened = open_all(location, OpenMode::Existing, Durability::Relaxed).await;
    let opened = opened.expect("it opens");
    let token = NewToken {
        kind: TokenKind::Token,
        name: "desk".to_owned(),
        scopes: vec!["read".to_owned()],
        account_id: None,
        parent_id: None,
        digest: [7; 32],
        created_at: sweeps[0].started_at,
        expires_at: None,
    };
    let token = opened.access.create_token(token).await.expect("it is new");
    let mut access = Access {
        account_id: ACCOUNT,
        who: "desk".to_owned(),
        token_id: Some(token.token_id),
        question: "report".to_owned(),
        window: None,
        extensions: Some(vec![ExtensionId(101), ExtensionId(102)]),
        at: sweeps[0].started_at,
        digest: [0; 32],
    };
    access.digest = access.computed_digest();
    for _ in 0..3 {
        let noted = opened.access.note_access(access.clone()).await;
        noted.expect("it is counted");
    }
    opened.history.close().await;
    for arguments in [&["pack"][..], &["daily"]] {
        let ran = presence(location, arguments);
        assert!(ran.status.success(), "{ran:?}");
    }
    let most = "select extension_id from event where kind = 1 group by extension_id order by count(*) desc, 1 limit 1";
    let rows = database.rows(most).await;
    rows[0].int("extension_id").expect("each has one")
}

/// Compares what is found with what the document says, and collects all differences.
fn judge(
    line: &Line,
    expected: Finder,
    name: &str,
    found: &(bool, String),
    wrong: &mut Vec<String>,
) {
    let (is_found, told) = found;
    let is_named = told.contains(&line.named);
    let agrees = match expected {
        Finder::Check => *is_found && is_named,
        Finder::Outside => !is_found,
        Finder::None => false,
    };
    if !agrees {
        wrong.push(format!(
            "{name}: {expected:?} of {}, but it says: {told}",
            line.named
        ));
    }
}

/// After these alterations the program rebuilds the projections first: an attacker does the same.
const REBUILT: [&str; 2] = ["tail-cut", "history-rewritten"];

#[test]
fn the_document_lists_every_alteration() {
    let told: BTreeSet<String> = lines().into_keys().collect();
    let mut made = BTreeSet::new();
    for spelling in [Spelling::Sqlite, Spelling::Postgres] {
        let world = World {
            spelling,
            extension: 1,
        };
        for name in world.alterations().into_keys() {
            made.insert(name.to_owned());
            let line = &lines()[name];
            let finder = match spelling {
                Spelling::Sqlite => line.sqlite,
                Spelling::Postgres => line.postgres,
            };
            assert_ne!(finder, Finder::None, "{name} of {spelling:?}");
        }
    }
    assert_eq!(told, made);
    assert!(made.len() >= 60, "{}", made.len());
}

#[tokio::test]
async fn alterations_of_a_file_are_found_as_documented() {
    let file = SqliteFile::new();
    let extension = filled(&file, &file.location()).await;
    assert!(!check(&file.location()).0, "{}", check(&file.location()).1);
    let world = World {
        spelling: Spelling::Sqlite,
        extension,
    };
    let lines = lines();
    let mut wrong = Vec::new();
    for (name, sql) in world.alterations() {
        let copy = SqliteFile::new();
        std::fs::copy(file.path(), copy.path()).expect("it is closed");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(copy.path());
        let mut connection = options.connect().await.expect("it opens");
        // As the owner of the file could do it: without the triggers, which are made again afterwards.
        let is_of_schema = world.of_schema().iter().any(|(other, _)| *other == name);
        let triggers = "select name, sql from sqlite_master where type = 'trigger' order by name";
        let triggers = raw_sql(triggers).fetch_all(&mut connection).await;
        let triggers = triggers.expect("it reads");
        let (mut before, mut after) = (String::new(), String::new());
        for row in triggers.iter().filter(|_| !is_of_schema) {
            before.extend(["drop trigger ", row.get(0), ";"]);
            after.extend([row.get(1), ";"]);
        }
        let done =
            raw_sql(AssertSqlSafe(format!("{before} {sql}; {after}"))).execute(&mut connection);
        if let Err(error) = done.await {
            wrong.push(format!("{name}: {error}"));
        }
        connection.close().await.expect("it closes");
        if REBUILT.contains(&name) {
            let ran = presence(&copy.location(), &["rebuild"]);
            assert!(ran.status.success(), "{name}: {ran:?}");
        }
        let line = &lines[name];
        judge(
            line,
            line.sqlite,
            name,
            &check(&copy.location()),
            &mut wrong,
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn alterations_of_a_schema_are_found_as_documented() {
    let database = PostgresDatabase::new();
    let location = database.location().await;
    let extension = filled(&database, &location).await;
    assert!(!check(&location).0, "{}", check(&location).1);
    let world = World {
        spelling: Spelling::Postgres,
        extension,
    };
    let address = database.address().await.to_owned();
    let (server, original) = address.rsplit_once('/').expect("it names one");
    let lines = lines();
    let mut wrong = Vec::new();
    for (index, (name, sql)) in world.alterations().into_iter().enumerate() {
        let copy = format!("{original}_altered_{index}");
        let mut owner = postgres::connect(&format!("{server}/postgres")).await;
        let create = format!("create database {copy} template {original}");
        let made = raw_sql(AssertSqlSafe(create)).execute(&mut owner).await;
        made.expect("nobody uses the original");
        let altered = format!("{server}/{copy}");
        let mut connection = postgres::connect(&altered).await;
        let is_of_schema = world.of_schema().iter().any(|(other, _)| *other == name);
        let role = if is_of_schema { "origin" } else { "replica" };
        let begin =
            format!("set search_path to history; set session_replication_role to {role}; {sql}");
        if let Err(error) = raw_sql(AssertSqlSafe(begin)).execute(&mut connection).await {
            wrong.push(format!("{name}: {error}"));
        }
        connection.close().await.expect("it closes");
        let altered = format!("{altered}?schema=history");
        if REBUILT.contains(&name) {
            let ran = presence(&altered, &["rebuild"]);
            assert!(ran.status.success(), "{name}: {ran:?}");
        }
        let line = &lines[name];
        judge(line, line.postgres, name, &check(&altered), &mut wrong);
        let drop = format!("drop database {copy} with (force)");
        let dropped = raw_sql(AssertSqlSafe(drop)).execute(&mut owner).await;
        dropped.expect("nobody uses it");
        owner.close().await.expect("it closes");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
