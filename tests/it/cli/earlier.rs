//! Stores that older programs wrote: each is opened, checked, and asked what the older program was asked.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use similar::TextDiff;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, raw_sql};
use tokio::sync::OnceCell;

use super::support::{Place, Simulated};
use crate::support::postgres;

/// The folder with what one older version wrote; the README next to it explains each file.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/earlier/schema-8")
}

/// The content of a compressed file in the folder.
fn unpacked(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    let packed = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut content = Vec::new();
    GzDecoder::new(&packed[..])
        .read_to_end(&mut content)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    content
}

/// Restores a SQLite store, and its write-ahead log if there is one; returns its location.
fn restore_file(place: &Place, name: &str) -> String {
    for ending in ["db", "db-wal"] {
        let file = format!("{name}.{ending}");
        if folder().join(format!("{file}.gz")).is_file() {
            let content = unpacked(&format!("{file}.gz"));
            fs::write(place.path().join(file), content).expect("the folder can be written to");
        }
    }
    format!("sqlite:{name}.db")
}

/// Roles belong to the whole server, so they are made once: two connections cannot change the same role at the same
/// time.
static ROLES: OnceCell<()> = OnceCell::const_new();

async fn make_roles(connection: &mut PgConnection) {
    let roles = fs::read_to_string(folder().join("roles.sql")).expect("it is text");
    for statement in roles.lines() {
        let executed = raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut *connection)
            .await;
        // A server that outlives the tests has the roles from an earlier run.
        assert!(
            executed.is_ok() || statement.starts_with("CREATE ROLE"),
            "{statement}: {executed:?}"
        );
    }
}

/// Restores a schema into a new database; returns its location.
async fn restore_schema(name: &str) -> String {
    let address = postgres::new_database().await;
    let mut connection = postgres::connect(&address).await;
    ROLES.get_or_init(|| make_roles(&mut connection)).await;
    let dump = String::from_utf8(unpacked(&format!("{name}.sql.gz"))).expect("it is text");
    execute(&mut connection, dump).await;
    format!("{address}?schema={name}")
}

async fn execute(connection: &mut PgConnection, sql: String) {
    let executed = raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    executed.expect("the server executes it");
}

/// Brings a store up to date, and checks that nothing is wrong with it.
#[track_caller]
fn bring_up_to_date(place: &Place, store: &str) {
    for command in [&["migrate"][..], &["rebuild", "--check"]] {
        let ran = place.run(&[command, &["--store", store]].concat());
        assert_eq!(ran.code, Some(0), "{command:?}: {}", ran.stderr);
    }
}

/// The lines in which today's answers about a store differ from those of the older program.
#[track_caller]
fn differences(place: &Place, store: &str, name: &str) -> String {
    let answers = folder().join("answers");
    let read = |name: String| {
        let path = answers.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let questions = read(format!("{name}.questions"));
    let mut all = String::new();
    for (number, question) in (1..).zip(questions.lines()) {
        let mut arguments = vec!["--store".to_owned(), store.to_owned()];
        arguments.extend(shlex::split(question).expect("its quotes are closed"));
        arguments.extend(["--format".to_owned(), "json".to_owned()]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let now = place.run(&arguments);
        assert_eq!(now.code, Some(0), "{question}: {}", now.stderr);
        let then = read(format!("{name}.{number}.json"));
        // The older program's answers had no digest; the digest adds nothing to the rest of the answer.
        let lines = now.stdout.split_inclusive('\n');
        let now: String = lines
            .filter(|line| !line.starts_with("  \"answer_digest\": "))
            .collect();
        if then == now {
            continue;
        }
        let _ = writeln!(all, "presence {question}");
        let compared = TextDiff::from_lines(&then, &now);
        for hunk in compared.unified_diff().context_radius(3).iter_hunks() {
            let _ = write!(all, "{hunk}");
        }
    }
    all
}

/// The snapshot has an explicit name, so that both databases are compared with the same one.
#[track_caller]
fn check(place: &Place, store: &str, name: &str) {
    bring_up_to_date(place, store);
    insta::assert_snapshot!(format!("earlier_{name}"), differences(place, store, name));
}

#[test]
fn a_demonstration_of_an_older_program_answers_as_it_did() {
    let place = Place::empty();
    let store = restore_file(&place, "demo");
    check(&place, &store, "demo");
}

#[test]
fn a_packed_history_of_an_older_program_answers_as_it_did() {
    let place = Place::empty();
    let store = restore_file(&place, "office");
    check(&place, &store, "office");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_the_same_on_postgres_and_its_roles_keep_their_rights() {
    let place = Place::empty();
    let store = restore_schema("office").await;
    check(&place, &store, "office");
    let (address, _) = store.split_once('?').expect("it names a schema");
    for (role, readable, refused) in [
        ("earlier_analyst", "office.presence_changes", "office.event"),
        (
            "earlier_reader",
            "office.presence_intervals",
            "office.access_token",
        ),
    ] {
        let options: PgConnectOptions = address.parse().expect("it is an address");
        let options = options.username(role);
        let mut connection = options.connect().await.expect("the server trusts");
        let count = |table: &str| format!("select count(*) from {table}");
        let row = raw_sql(AssertSqlSafe(count(readable)))
            .fetch_one(&mut connection)
            .await;
        let rows: i64 = row.expect("the role may").get(0);
        assert!(rows > 100, "{role} sees {rows} rows of {readable}");
        raw_sql(AssertSqlSafe(count(refused)))
            .fetch_one(&mut connection)
            .await
            .expect_err("the role may not");
    }
}

#[test]
fn a_store_whose_writer_was_killed_is_read_from_its_write_ahead_log() {
    let place = Place::empty();
    let store = restore_file(&place, "two");
    check(&place, &store, "two");
    let lines = folder().join("two.ndjson");
    let again = place.run(&[
        "import",
        "--store",
        &store,
        lines.to_str().expect("it is text"),
    ]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stderr.contains("100"), "{}", again.stderr);
    check(&place, &store, "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_on_postgres_answer_as_they_did() {
    let place = Place::empty();
    let store = restore_schema("two").await;
    check(&place, &store, "two");
}

#[test]
fn what_an_older_program_collected_is_answered_by_todays_rules() {
    let place = Place::empty();
    let store = restore_file(&place, "collected");
    check(&place, &store, "collected");
}

#[tokio::test(flavor = "multi_thread")]
async fn sweeps_in_the_spool_of_an_older_program_go_into_its_store() {
    let place = Place::empty();
    let store = restore_schema("collected").await;
    check(&place, &store, "collected");
    let address = store.split_once('?').expect("it names a schema").0;
    let mut connection = postgres::connect(address).await;
    let before = sweeps(&mut connection).await;
    let spool = place.path().join("spool/presence-37439510.spool");
    fs::create_dir(place.path().join("spool")).expect("the folder can be written to");
    fs::write(&spool, unpacked("collected.spool.gz")).expect("the folder can be written to");
    let platform = Simulated::with(&place, &["--seed", "9"]);
    let mut command = place.command(&["collect", "--once", "--store", &store, "--spool", "spool"]);
    command.envs(platform.environment.clone());
    let collected = super::support::Ran::from_command(&mut command);
    assert_eq!(collected.code, Some(0), "{}", collected.stderr);
    let after = sweeps(&mut connection).await;
    assert!(after > before + 3, "{before} sweeps became {after}");
    let left = fs::metadata(&spool).expect("it is there").len();
    assert_eq!(left, 0, "what is dealt with does not stay");
    bring_up_to_date(&place, &store);
}

async fn sweeps(connection: &mut PgConnection) -> i64 {
    let row = raw_sql("select max(snapshot_no) from collected.snapshot")
        .fetch_one(connection)
        .await;
    row.expect("the table is there").get(0)
}
