//! The roles of a Postgres store: what each may do, tried as that role.

use std::sync::Arc;

use presence_model::ids::{AccountId, Epoch};
use presence_recording::recorder::{FlushAt, Recorder};
use presence_store::{
    AccountReader, Durability, Lease, OpenMode, RebuildMode, RoleName, Roles, Store, open,
};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, raw_sql};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, after, record_all};
use crate::support::sweeps::Office;

pub(super) const OTHER: AccountId = AccountId(41);

/// The message of everybody in the other account.
const SECRET: &str = "seen in 41 only";

const VIEWS: [&str; 10] = [
    "presence_changes",
    "presence_intervals",
    "presence_now",
    "presence_coverage",
    "presence_looks",
    "presence_snapshots",
    "presence_queue_intervals",
    "presence_queue_coverage",
    "extension_history",
    "last_seen",
];

const TABLES: [&str; 20] = [
    "extension_key",
    "presence_history",
    "account",
    "state",
    "message",
    "profile",
    "snapshot",
    "event",
    "event_account",
    "event_2026_11",
    "extension",
    "presence_interval",
    "existence_interval",
    "coverage",
    "queue_sweep",
    "queue_change",
    "queue_interval",
    "queue_coverage",
    "head",
    "lease",
];

/// A database with its own roles: roles belong to the whole server.
pub(super) struct Company {
    pub(super) database: PostgresDatabase,
    pub(super) roles: Roles,
}

impl Company {
    /// With a history of two accounts, and a restricted role for each if access is by account.
    pub(super) async fn new(by_account: bool) -> Self {
        let database = PostgresDatabase::new();
        let own = database
            .address()
            .await
            .rsplit_once('/')
            .expect("it names one")
            .1
            .to_owned();
        let name = |name: &str| {
            format!("{own} {name}")
                .parse::<RoleName>()
                .expect("it is a name")
        };
        let reader = |suffix: &str, account: AccountId| AccountReader {
            role: name(suffix),
            accounts: vec![account],
        };
        let roles = Roles {
            writer: name("writer"),
            analyst: name("an \"odd\" analyst's \\name"),
            readers: if by_account {
                vec![reader("one", ACCOUNT), reader("other = $$", OTHER)]
            } else {
                Vec::new()
            },
        };
        let store = database.open().await;
        record_all(
            &store,
            &Office::wild(91, ACCOUNT).sweeps(20),
            FlushAt::MANY_SWEEPS,
        )
        .await;
        record_other(&store, 92, 45).await;
        store.close().await;
        Self { database, roles }
    }

    pub(super) async fn apply(&self) {
        let applied = self.roles.apply(&self.database.location().await).await;
        applied.expect("a superuser may");
    }

    /// A connection as a role, with the role's settings.
    pub(super) async fn connect(&self, role: &RoleName) -> PgConnection {
        let options: PgConnectOptions = self.database.address().await.parse().expect("it is one");
        let connected = options.username(&role.to_string()).connect().await;
        connected.expect("the server trusts")
    }

    pub(super) async fn writer(&self) -> Arc<dyn Store> {
        let location = self.database.location().await;
        let user = self.roles.writer.to_string().replace(' ', "%20");
        let location = location.replacen("postgres@", &format!("{user}@"), 1);
        let store = open(&location, OpenMode::Create, Durability::PowerLoss).await;
        store.expect("the writer may enter")
    }
}

pub(super) async fn record_other(store: &Arc<dyn Store>, seed: u64, count: usize) {
    let mut recorder = Recorder::open(store.clone(), OTHER, None, FlushAt::EVERY_SWEEP)
        .await
        .expect("it opens");
    for mut sweep in Office::wild(seed, OTHER).sweeps(count) {
        let now = after(&sweep);
        for observation in &mut sweep.observations {
            observation.presence.message = Some(Arc::from(SECRET));
        }
        recorder.record(sweep, now).await.expect("it follows");
    }
}

/// Tries a statement; if it is refused, returns the server's message.
pub(super) async fn attempt(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    let done = raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await;
    done.map(drop).map_err(|error| error.to_string())
}

#[track_caller]
pub(super) fn refused(result: Result<(), String>, statement: &str) {
    let message = result.expect_err(statement);
    let expected = ["permission denied", "must be owner", "append-only"];
    assert!(
        expected.iter().any(|part| message.contains(part)),
        "{statement}: {message}"
    );
}

pub(super) async fn count(connection: &mut PgConnection, view: &str, rest: &str) -> i64 {
    let sql = format!("select count(*) from {view} {rest}");
    let row = raw_sql(AssertSqlSafe(sql)).fetch_one(connection).await;
    let text: String = row.expect(view).get_unchecked(0);
    text.parse().expect("it is a count")
}

#[tokio::test]
async fn a_writer_works_as_usual_and_cannot_touch_what_is_recorded() {
    for by_account in [false, true] {
        let company = Company::new(by_account).await;
        company.apply().await;
        let store = company.writer().await;
        let sweeps = Office::wild(91, ACCOUNT).sweeps(40);
        record_all(&store, &sweeps[20..], FlushAt::EVERY_SWEEP).await;
        store
            .ensure_account(ACCOUNT, Some("Office"), after(&sweeps[0]))
            .await
            .expect("it may");
        let lease = store
            .acquire_lease(ACCOUNT, "one", after(&sweeps[0]), 1000)
            .await;
        assert_eq!(lease.expect("it may"), Lease::Held(Epoch(1)));
        let new = AccountId(77);
        store
            .ensure_account(new, None, after(&sweeps[0]))
            .await
            .expect("it may");
        for mode in [RebuildMode::Check, RebuildMode::Replace, RebuildMode::Check] {
            let report = store.rebuild(ACCOUNT, mode).await.expect("it may");
            assert_eq!(report.differences, Vec::<String>::new());
            assert_eq!(report.snapshot_count, 40);
        }
        assert_eq!(store.accounts().await.expect("it may").len(), 3);
        store.close().await;

        let mut connection = company.connect(&company.roles.writer).await;
        for table in ["event", "snapshot", "state", "message", "profile"] {
            let column = if table == "event" || table == "snapshot" {
                "account_id"
            } else {
                "content_hash"
            };
            for statement in [
                format!("update {table} set {column} = {column}"),
                format!("delete from {table}"),
                format!("delete from {table} where false"),
                format!("truncate {table}"),
                format!("drop trigger {table}_no_rewriting on {table}"),
                format!("alter table {table} disable trigger all"),
                format!("alter table {table} add column more integer"),
                format!("drop table {table}"),
                format!("alter table {table} disable row level security"),
            ] {
                refused(attempt(&mut connection, &statement).await, &statement);
            }
        }
        for statement in [
            "update account set account_id = 1",
            "delete from account",
            "update presence_history set schema_version = 1",
            "set session_replication_role to replica",
            "create or replace function refuse_rewriting() returns trigger language plpgsql as 'begin return null; end'",
            "create table more (number integer)",
            "insert into account_reader values ('public', null)",
        ] {
            let result = attempt(&mut connection, statement).await;
            if by_account || !statement.contains("account_reader") {
                refused(result, statement);
            }
        }
    }
}

#[tokio::test]
async fn an_analyst_reads_the_views_and_nothing_else() {
    for by_account in [false, true] {
        let company = Company::new(by_account).await;
        company.apply().await;
        // Applying it again changes nothing.
        company.apply().await;
        let mut connection = company.connect(&company.roles.analyst).await;
        for view in VIEWS {
            for account in [ACCOUNT, OTHER] {
                let of_account = format!("where account_id = {account}");
                assert!(
                    count(&mut connection, view, &of_account).await > 0,
                    "{view}"
                );
            }
            refused(
                attempt(&mut connection, &format!("delete from {view}"))
                    .await
                    .map_err(|message| {
                        // A view over several tables is refused before any right is checked.
                        message.replace("cannot delete from view", "permission denied")
                    }),
                view,
            );
        }
        for table in TABLES {
            let statement = format!("select 1 from history.{table}");
            refused(attempt(&mut connection, &statement).await, &statement);
            let statement = format!("delete from history.{table}");
            refused(attempt(&mut connection, &statement).await, &statement);
        }
        let create = "create table history.more (number integer)";
        refused(attempt(&mut connection, create).await, create);
    }
}

/// Fails the statement when it sees data of the other account. It claims to be cheap and strict, so that it is
/// evaluated as early as possible.
fn spy(position_max: i64) -> String {
    format!(
        "create function pg_temp.spy(bigint) returns boolean language plpgsql strict cost 0.0001 \
         as 'begin if $1 = 41 then raise exception ''seen''; end if; return true; end'; \
         create function pg_temp.spy_position(bigint) returns boolean language plpgsql strict cost 0.0001 \
         as 'begin if $1 > {position_max} then raise exception ''seen''; end if; return true; end'; \
         create function pg_temp.spy(text) returns boolean language plpgsql strict cost 0.0001 \
         as 'begin if $1 = ''{SECRET}'' then raise exception ''seen''; end if; return true; end'"
    )
}

#[tokio::test]
async fn an_analyst_of_one_account_sees_nothing_of_another() {
    let company = Company::new(true).await;
    company.apply().await;
    let [one, other] = &company.roles.readers[..] else {
        panic!("there are two");
    };
    let mut connection = company.connect(&one.role).await;
    let owned = company
        .database
        .rows("select position from head order by account_id")
        .await;
    let positions: Vec<i64> = owned.iter().filter_map(|row| row.int("position")).collect();
    assert!(
        positions[0] > positions[1],
        "the other account has the longer log"
    );
    let made = attempt(&mut connection, &spy(positions[1])).await;
    made.expect("it may");
    for view in VIEWS {
        let seen = format!("where account_id = {ACCOUNT}");
        assert!(count(&mut connection, view, &seen).await > 0, "{view}");
        let unseen = format!("where account_id <> {ACCOUNT}");
        assert_eq!(count(&mut connection, view, &unseen).await, 0, "{view}");
        let mut conditions = vec!["pg_temp.spy(account_id)"];
        if ["presence_intervals", "presence_changes", "presence_now"].contains(&view) {
            conditions.push("pg_temp.spy_position(position)");
        }
        match view {
            "presence_intervals" | "presence_now" => {
                conditions.push("pg_temp.spy(message) is not false");
            }
            "presence_changes" => conditions.push("pg_temp.spy(to_value) is not false"),
            _ => {}
        }
        for condition in conditions {
            count(&mut connection, view, &format!("where {condition}")).await;
            let strict = condition.trim_end_matches(" is not false");
            count(&mut connection, view, &format!("where {strict}")).await;
        }
    }
    for statement in [
        "select 1 from event",
        "select 1 from account_reader",
        "insert into account_reader values (current_user, null)",
        "alter view presence_now owner to current_user",
    ] {
        refused(attempt(&mut connection, statement).await, statement);
    }
    let mut connection = company.connect(&other.role).await;
    assert_eq!(
        count(
            &mut connection,
            "presence_now",
            &format!("where account_id <> {OTHER}")
        )
        .await,
        0
    );

    // A member of the role sees what the role sees; a role that is removed from the list sees nothing.
    let member = format!("{} member", one.role)
        .parse::<RoleName>()
        .expect("it is a name");
    let statement = format!("create role \"{member}\" login in role \"{}\"", one.role);
    company
        .database
        .execute(&statement)
        .await
        .expect("it is made");
    let mut connection = company.connect(&member).await;
    let view = "history.presence_changes";
    assert!(count(&mut connection, view, "").await > 0);
    assert_eq!(
        count(&mut connection, view, "where account_id = 41").await,
        0
    );
    let statement = format!(
        "delete from account_reader where role_name = '{}'",
        one.role
    );
    company
        .database
        .execute(&statement)
        .await
        .expect("the owner may");
    assert_eq!(count(&mut connection, view, "").await, 0);
}

#[tokio::test]
async fn access_by_account_stays_when_roles_are_made_again() {
    let mut company = Company::new(true).await;
    company.apply().await;
    let one = company.roles.readers[0].role.clone();
    company.roles.readers.clear();
    company.database.execute("drop view presence_looks; create view presence_looks as select account_id from snapshot")
        .await
        .expect("the owner may");
    let mut connection = company.connect(&one).await;
    let statement = "select 1 from presence_looks";
    refused(attempt(&mut connection, statement).await, statement);
    company.apply().await;
    let unseen = format!("where account_id <> {ACCOUNT}");
    for view in VIEWS {
        assert!(count(&mut connection, view, "").await > 0, "{view}");
        assert_eq!(count(&mut connection, view, &unseen).await, 0, "{view}");
    }
}

#[tokio::test]
async fn roles_that_cannot_be_are_refused() {
    let company = Company::new(false).await;
    let location = company.database.location().await;
    let mut roles = company.roles.clone();
    let check = async |roles: &Roles, location: &str, expected: &str| {
        let refused = roles.apply(location).await.expect_err(expected).to_string();
        assert!(refused.contains(expected), "{refused}");
        assert!(!refused.contains('\n'), "{refused}");
    };
    check(
        &roles,
        &SqliteFile::new().location(),
        "SQLite knows no roles",
    )
    .await;
    let nothing = location.replace("schema=history", "schema=nothing");
    check(&roles, &nothing, "holds no presence history yet").await;
    company.apply().await;
    let writer = roles.writer.to_string().replace(' ', "%20");
    let as_writer = location.replacen("postgres@", &format!("{writer}@"), 1);
    check(
        &roles,
        &as_writer,
        "may not create roles; let an administrator execute",
    )
    .await;
    roles.analyst = roles.writer.clone();
    check(&roles, &location, "is named twice").await;
    roles.analyst = "postgres".parse().expect("it is a name");
    check(
        &roles,
        &location,
        "may do everything with the tables already",
    )
    .await;
}

/// A store whose owner may create roles and is not a superuser: the database, the owner, and the location as that
/// owner.
pub(super) async fn owned_by_another() -> (PostgresDatabase, String, String) {
    let database = PostgresDatabase::new();
    let address = database.address().await.to_owned();
    let own = address.rsplit_once('/').expect("it names one").1.to_owned();
    let owner = format!("{own}_owner");
    let make =
        format!("create role {owner} login createrole; grant create on database {own} to {owner}");
    database.execute(&make).await.expect("it is made");
    let location = address.replacen("postgres@", &format!("{owner}@"), 1) + "?schema=history";
    let store = open(&location, OpenMode::Create, Durability::Relaxed).await;
    store.expect("it is made").close().await;
    (database, owner, location)
}

pub(super) fn owners_roles(owner: &str) -> Roles {
    let name = |suffix: &str| {
        format!("{owner}_{suffix}")
            .parse::<RoleName>()
            .expect("it is a name")
    };
    Roles {
        writer: name("writer"),
        analyst: name("analyst"),
        readers: vec![AccountReader {
            role: name("one"),
            accounts: vec![ACCOUNT],
        }],
    }
}

#[tokio::test]
async fn an_owner_who_may_create_roles_need_be_no_superuser() {
    let (database, owner, location) = owned_by_another().await;
    let roles = owners_roles(&owner);
    roles.apply(&location).await.expect("it may");
    roles.apply(&location).await.expect("it may again");
    assert_eq!(database.rows("select * from presence_now").await.len(), 0);
}

/// The result of `presence migrate --roles`.
fn migrate_roles(store: &str, roles: &Roles, more: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::process::Command::new(env!("CARGO_BIN_EXE_presence"))
        .env_clear()
        .current_dir(folder.path())
        .args(["migrate", "--store", store, "--roles"])
        .args(["--writer", &roles.writer.to_string()])
        .args(["--analyst", &roles.analyst.to_string()])
        .args(more)
        .output()
        .expect("the program can be run")
}

#[tokio::test]
async fn what_the_command_prints_can_be_executed() {
    let mut company = Company::new(false).await;
    let location = company.database.location().await;
    let role = format!("{} only", company.roles.writer);
    let printed = migrate_roles(
        &location,
        &company.roles,
        &["--accounts", &format!("{role}=41,42")],
    );
    assert!(printed.status.success(), "{printed:?}");
    let sql = String::from_utf8(printed.stdout).expect("the program writes UTF-8");
    let before = "select rolname::text as name from pg_roles where rolname like '%writer only'";
    assert_eq!(
        company.database.rows(before).await.len(),
        0,
        "nothing was done"
    );
    company
        .database
        .execute(&sql)
        .await
        .expect("a superuser may");
    let role: RoleName = role.parse().expect("it is a name");
    let mut connection = company.connect(&role).await;
    assert!(count(&mut connection, "presence_now", "").await > 0);
    let unseen = format!("where account_id <> {OTHER}");
    assert_eq!(count(&mut connection, "presence_now", &unseen).await, 0);

    company.roles.readers.clear();
    let applied = migrate_roles(&location, &company.roles, &["--apply"]);
    assert!(applied.status.success(), "{applied:?}");
    assert!(applied.stdout.is_empty());
    let refused = migrate_roles("sqlite:presence.db", &company.roles, &[]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).expect("the program writes UTF-8");
    assert!(
        said.starts_with("presence: sqlite:presence.db is a file"),
        "{said}"
    );
    let wrong = migrate_roles(&location, &company.roles, &["--accounts", "nobody"]);
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
}
