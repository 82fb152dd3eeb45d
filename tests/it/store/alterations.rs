//! Alterations of a store past the program: what finds each of them is what docs/auditing.md says.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use presence_core::model::facet::STATE_FACET_COUNT;
use presence_core::model::ids::ExtensionId;
use presence_core::model::state::State;
use presence_recording::recorder::FlushAt;
use presence_store::{Access, Durability, NewToken, OpenMode, TokenKind, open_all};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, raw_sql};

use super::database::{ACCOUNT, Database, PostgresDatabase, Spelling, SqliteFile, record_all};
use crate::support::postgres;
use crate::support::sweeps::Office;

const DOCUMENT: &str = include_str!("../../../docs/auditing.md");

/// Who finds an alteration, as the table of the document says it for one database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finder {
    /// `presence rebuild --check`.
    Check,
    /// Nothing in the store: only a proof that is kept outside of it.
    Outside,
    /// It cannot be made there.
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
    /// The table that the finding names.
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

/// What there is to alter.
struct World {
    spelling: Spelling,
    /// An extension with several changes.
    extension: i64,
}

impl World {
    fn plus(&self, column: &str, ms: i64) -> String {
        match self.spelling {
            Spelling::Sqlite => format!("{column} + {ms}"),
            Spelling::Postgres => format!("{column} + {ms} * interval '1 millisecond'"),
        }
    }

    fn bytes(&self, digits: &str) -> String {
        self.spelling.bytes(digits)
    }

    fn is_sqlite(&self) -> bool {
        self.spelling == Spelling::Sqlite
    }

    /// Every alteration, by the name that it has in the document.
    fn alterations(&self) -> BTreeMap<&'static str, String> {
        let mut all = BTreeMap::new();
        all.extend(self.of_dictionaries());
        all.extend(self.of_snapshots());
        all.extend(self.of_events());
        all.extend(self.of_projections());
        all.extend(self.of_access());
        all.extend(self.of_schema());
        all
    }

    fn of_dictionaries(&self) -> Vec<(&'static str, String)> {
        let mut values = [None; STATE_FACET_COUNT];
        values[0] = Some("Planted");
        let hash = State::new(&values);
        let hash = hex::encode(hash.content_hash());
        let nothing = self.bytes(&"00".repeat(32));
        let swapped = |table: &str, columns: &[&str]| {
            let set = |from: &str, to: &str, column: &str| {
                format!(
                    "update {table} set {column} = (select o.{column} from older o where o.{table}_id = {from}) where {table}_id = {to}; "
                )
            };
            let mut text = format!("create temporary table older as select * from {table}; ");
            let other = self.bytes("01");
            text.extend([
                "update ",
                table,
                " set content_hash = ",
                &other,
                " where ",
                table,
                "_id = 1; ",
            ]);
            for column in columns {
                text += &set("1", "2", column);
                text += &set("2", "1", column);
            }
            text + "drop table older"
        };
        vec![
            ("account-deleted", format!("delete from account where account_id = {ACCOUNT}")),
            ("account-renumbered", "update account set account_id = 999".to_owned()),
            ("account-name", "update account set name = 'Another'".to_owned()),
            ("account-first-seen", format!("update account set first_seen_at = {}", self.plus("first_seen_at", -1000))),
            ("state-value", "update state set presence_status = 'Altered' where state_id = 1".to_owned()),
            ("state-hash", format!("update state set content_hash = {nothing} where state_id = 1")),
            ("state-deleted", "delete from state where state_id = 1".to_owned()),
            ("state-added", format!("insert into state (state_id, presence_status, content_hash) \
                select max(state_id) + 1, 'Planted', {} from state", self.bytes(&hash))),
            ("message-text", "update message set text = 'Altered' where message_id = 1".to_owned()),
            ("message-hash", format!("update message set content_hash = {nothing} where message_id = 1")),
            ("message-deleted", "delete from message where message_id = 1".to_owned()),
            ("message-swapped", swapped("message", &["text", "content_hash"])),
            ("profile-name", "update profile set name = 'Altered' where profile_id = 1".to_owned()),
            ("profile-queues", "update profile set queues = '[\"Altered\"]' where profile_id = 1".to_owned()),
            ("profile-unreadable", "update profile set queues = 'no list' where profile_id = 1".to_owned()),
            ("profile-hash", format!("update profile set content_hash = {nothing} where profile_id = 1")),
            ("profile-deleted", "delete from profile where profile_id = 1".to_owned()),
            ("key-altered", "update extension_key set extension_id = extension_id + 1000000 where extension_key = 1".to_owned()),
            ("key-deleted", "delete from extension_key where extension_key = 1".to_owned()),
            ("key-swapped", "update extension_key set extension_key = -1 where extension_key = 1; \
                update extension_key set extension_key = 1 where extension_key = 2; \
                update extension_key set extension_key = 2 where extension_key = -1".to_owned()),
        ]
    }

    fn of_snapshots(&self) -> Vec<(&'static str, String)> {
        let set = |what: &str| format!("update snapshot set {what} where snapshot_no = 5");
        vec![
            (
                "snapshot-deleted",
                "delete from snapshot where snapshot_no = 5".to_owned(),
            ),
            ("snapshot-renumbered", set("snapshot_no = 5000")),
            ("snapshot-source", set("source = 2")),
            (
                "snapshot-status",
                "update snapshot set status = 1 where status = 0".to_owned(),
            ),
            ("snapshot-unreadable", set("status = 9")),
            (
                "snapshot-started",
                set(&format!(
                    "started_at = {}",
                    self.plus("started_at", -7_200_000)
                )),
            ),
            (
                "snapshot-finished",
                set(&format!(
                    "finished_at = {}",
                    self.plus("finished_at", 7_200_000)
                )),
            ),
            (
                "snapshot-recorded",
                set(&format!("recorded_at = {}", self.plus("recorded_at", 1))),
            ),
            (
                "snapshot-valid-for",
                "update snapshot set valid_for_ms = 1".to_owned(),
            ),
            ("snapshot-expected", set("expected_count = 4711")),
            ("snapshot-observed", set("observed_count = 4711")),
            ("snapshot-event-count", set("event_count = event_count + 1")),
            ("snapshot-position", set("position = position + 1")),
            ("snapshot-skew", set("clock_skew_ms = 4711")),
            ("snapshot-key", set("idempotency_key = 'altered'")),
            (
                "snapshot-digest",
                set(&format!(
                    "content_digest = {}",
                    self.bytes(&"00".repeat(32))
                )),
            ),
            ("snapshot-detail", set("detail = 'altered'")),
            (
                "snapshot-unseen",
                set(&format!("unseen = {}", self.bytes("ff"))),
            ),
        ]
    }

    fn of_events(&self) -> Vec<(&'static str, String)> {
        // The last change of a state that another one of the same extension follows.
        let chosen = format!(
            "(select max(position) from event where extension_id = {0} and kind = 1 and position < \
             (select max(position) from event where extension_id = {0} and kind = 1))",
            self.extension
        );
        let set = |what: &str| format!("update event set {what} where position = {chosen}");
        let first = |what: &str| format!("update event set {what} where position = 1");
        let last = "(select max(snapshot_no) from snapshot)";
        vec![
            (
                "event-deleted",
                format!("delete from event where position = {chosen}"),
            ),
            (
                "event-added",
                "create temporary table older as select * from event where position = 1; \
                update older set position = (select max(position) + 1 from event); \
                insert into event select * from older; drop table older"
                    .to_owned(),
            ),
            ("event-position", set("position = 1000000")),
            ("event-snapshot", set("snapshot_no = 1")),
            ("event-extension", set("extension_id = 4711")),
            ("event-version", set("version = version + 1")),
            ("event-kind", set("kind = 0")),
            (
                "event-observed",
                set(&format!(
                    "observed_at = {}",
                    self.plus("observed_at", -3_600_000)
                )),
            ),
            ("event-ambiguous", set("ambiguous_ms = ambiguous_ms + 1")),
            ("event-state", set("state_id = previous_state_id")),
            ("event-previous-state", set("previous_state_id = state_id")),
            ("event-state-unknown", set("state_id = 1000000")),
            ("event-message-unknown", set("message_id = 1000000")),
            (
                "event-profile",
                first("profile_id = (select max(profile_id) from profile)"),
            ),
            (
                "event-previous-profile",
                "update event set previous_profile_id = profile_id where kind = 3".to_owned(),
            ),
            (
                "tail-cut",
                format!(
                    "delete from event where snapshot_no = {last}; delete from snapshot where snapshot_no = {last}"
                ),
            ),
            (
                "history-rewritten",
                format!(
                    "update event set extension_id = 4711 where extension_id = {0}; \
                update extension_key set extension_id = 4711 where extension_id = {0}; \
                update snapshot set unseen = null",
                    self.extension
                ),
            ),
        ]
    }

    fn of_projections(&self) -> Vec<(&'static str, String)> {
        let last_interval = "extension_key = 1 and \"from\" = (select max(\"from\") from presence_interval where extension_key = 1)";
        let of_one = format!("extension_id = {}", self.extension);
        vec![
            (
                "site-zone",
                format!(
                    "insert into site_zone values ({ACCOUNT}, 'x', (select first_seen_at from account), 'UTC')"
                ),
            ),
            (
                "extension-altered",
                format!("update extension set version = version + 1 where {of_one}"),
            ),
            (
                "extension-deleted",
                format!("delete from extension where {of_one}"),
            ),
            (
                "interval-state",
                format!(
                    "update presence_interval set state_id = state_id % 3 + 1 where {last_interval}"
                ),
            ),
            (
                "interval-deleted",
                format!("delete from presence_interval where {last_interval}"),
            ),
            (
                "existence-altered",
                format!("update existence_interval set not_before = \"from\" where {of_one}"),
            ),
            (
                "profile-interval",
                "update profile_interval set profile_id = profile_id % 3 + 1".to_owned(),
            ),
            (
                "coverage-altered",
                format!("update coverage set until = {}", self.plus("until", 1)),
            ),
            (
                "head-altered",
                "update head set position = position + 1".to_owned(),
            ),
            ("head-deleted", "delete from head".to_owned()),
            (
                "block-altered",
                format!("update history_block set content = {}", self.bytes("0102")),
            ),
            ("block-deleted", "delete from history_block".to_owned()),
            (
                "packed-until",
                format!(
                    "update history_sealed set until = {}",
                    self.plus("until", 864_000_000)
                ),
            ),
            ("packed-forgotten", "delete from history_sealed".to_owned()),
            (
                "daily-altered",
                "update daily_amount set ms = ms + 1".to_owned(),
            ),
            ("daily-forgotten", "delete from daily_series".to_owned()),
            (
                "local-day",
                format!(
                    "update local_day set \"from\" = {}",
                    self.plus("\"from\"", 1)
                ),
            ),
            ("local-day-deleted", "delete from local_day".to_owned()),
            (
                "lease-altered",
                "insert into lease values (4711, 'nobody', 1, (select first_seen_at from account))"
                    .to_owned(),
            ),
        ]
    }

    fn of_access(&self) -> Vec<(&'static str, String)> {
        let set = |what: &str| format!("update access_log set {what}");
        vec![
            ("access-who", set("who = 'another'")),
            ("access-question", set("question = 'another'")),
            ("access-token", set("token_id = 4711")),
            (
                "access-extensions",
                set(&format!("extensions = {}", self.bytes("01"))),
            ),
            (
                "access-hour",
                set(&format!("first_at = {}", self.plus("first_at", -7_200_000))),
            ),
            ("access-count", set("request_count = request_count + 1")),
            ("access-deleted", "delete from access_log".to_owned()),
            (
                "token-scopes",
                "update access_token set scopes = '[\"ingest\"]'".to_owned(),
            ),
        ]
    }

    fn of_schema(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![("index-dropped", "drop index snapshot_key".to_owned())];
        if self.is_sqlite() {
            all.extend([
                ("trigger-dropped", "drop trigger event_no_update".to_owned()),
                (
                    "trigger-altered",
                    "drop trigger event_no_update; \
                    create trigger event_no_update before update on event begin select 1; end"
                        .to_owned(),
                ),
                (
                    "trigger-added",
                    "create trigger more after insert on event \
                    begin delete from extension where extension_id = 1; end"
                        .to_owned(),
                ),
                (
                    "view-altered",
                    "drop view presence_coverage; \
                    create view presence_coverage as select 1 as account_id"
                        .to_owned(),
                ),
            ]);
        } else {
            all.extend([
                ("trigger-dropped", "drop trigger event_no_rewriting on event".to_owned()),
                ("trigger-altered", "drop trigger event_no_rewriting on event; create trigger event_no_rewriting \
                    before update on event for each statement execute function refuse_rewriting()".to_owned()),
                ("trigger-added", "create trigger more before insert on event \
                    for each row execute function suppress_redundant_updates_trigger()".to_owned()),
                ("view-altered", "create or replace view extension_history as \
                    select account_id, extension_id, from_at, from_ms, until_at, until_ms, extension_number, \
                    'Another'::text as name, type, status, department, site, time_zone, queues \
                    from (select * from extension_history) as older".replace("from (select * from extension_history) as older",
                    "from (select i.account_id, i.extension_id, i.\"from\" as from_at, 0::bigint as from_ms, i.until as until_at, \
                    0::bigint as until_ms, p.extension_number, p.type, p.status, p.department, p.site, p.time_zone, p.queues \
                    from profile_interval i join profile p on p.profile_id = i.profile_id) as older")),
                ("trigger-disabled", "alter table event_2026_11 disable trigger all".to_owned()),
                ("function-replaced", "create or replace function refuse_rewriting() returns trigger language plpgsql \
                    as 'begin return null; end'".to_owned()),
                ("rule-added", "create rule more as on delete to state do instead nothing".to_owned()),
                ("month-detached", "alter table event detach partition event_2026_11".to_owned()),
                ("month-open", "alter table event_2026_11 disable row level security".to_owned()),
            ]);
        }
        all
    }
}

/// What the check says, and whether it found anything.
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

/// Two weeks with everything that a store can hold; the extension that changed most.
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

/// Compares what is found with what the document says; all differences at once.
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

/// A change of this kind is made good by the program itself before anything else is asked: an attacker does the same.
const REBUILT: [&str; 2] = ["tail-cut", "history-rewritten"];

#[test]
fn the_document_tells_every_alteration() {
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
        // As somebody who owns the file would: without the triggers, which are made again after it.
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
