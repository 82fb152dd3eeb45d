//! A schema in which others may create objects: what they plant there is never run, and doctor and the roles close the
//! schema.

use presence_model::history::Coverage;
use presence_model::ids::{AccountId, ExtensionId, Position};
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use presence_store::{
    Access, ChangesQuery, Durability, Messages, OpenMode, RebuildMode, RoleName, Store,
    StoreAccess, inspect, open, open_all,
};
use sqlx::{Connection, PgConnection};

use super::database::{ACCOUNT, Database, record_all};
use super::roles::{Company, attempt, refused};
use crate::support::sweeps::Office;

/// Plants functions and operators with the names that the program, its functions or its views use, for every pair of
/// types, as the user who executes it: if any of them is called, the statement fails.
const PLANT: &str = r"
create function trap(anyelement) returns boolean language plpgsql as
    'begin raise exception ''something planted was run''; end';
do $$
declare
    types constant text[] := array['boolean', 'smallint', 'integer', 'bigint', 'double precision', 'numeric', 'text',
        'name', 'bytea', 'timestamptz', 'date', 'interval', 'regclass', 'json'];
    operators constant text[] := array['=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '||'];
    functions constant text[] := array['quote_ident', 'format', 'lower', 'to_char', 'date_trunc', 'date_part', 'extract',
        'to_regclass', 'current_schema', 'current_setting', 'set_config', 'hashtextextended', 'pg_advisory_xact_lock',
        'isfinite', 'now', 'pg_has_role', 'count', 'min', 'max', 'sum', 'bool_or', 'json_agg', 'json_build_array',
        'unnest', 'length', 'pg_is_in_recovery', 'has_table_privilege', 'greatest', 'coalesce', 'int8', 'text', 'timestamptz'];
    body constant text := 'begin raise exception ''something planted was run''; end';
    one text;
    other text;
    name text;
begin
    foreach one in array types loop
        foreach name in array functions loop
            execute format('create or replace function %I(%s) returns boolean language plpgsql as %L', name, one, body);
        end loop;
        foreach other in array types loop
            execute format('create function trap(%s, %s) returns boolean language plpgsql as %L', one, other, body);
            foreach name in array operators loop
                execute format(
                    'create operator %s (leftarg = %s, rightarg = %s, function = trap)', name, one, other);
            end loop;
            foreach name in array functions loop
                execute format(
                    'create or replace function %I(%s, %s) returns boolean language plpgsql as %L',
                    name, one, other, body);
            end loop;
        end loop;
    end loop;
end
$$;
create function format(text, text, text) returns text language plpgsql as
    'begin raise exception ''something planted was run''; end';
create function format(text, text, text, text) returns text language plpgsql as
    'begin raise exception ''something planted was run''; end';
create function unnest(bigint[]) returns setof bigint language plpgsql as
    'begin raise exception ''something planted was run''; end';
create function json_build_array(bigint, bigint, bigint, bigint, integer, integer, bigint) returns json
    language plpgsql as 'begin raise exception ''something planted was run''; end';
create function set_config(text, text, boolean) returns text language plpgsql as
    'begin raise exception ''something planted was run''; end';
";

/// Tables with the names that a rebuild uses.
const PLANTED_TABLES: [&str; 5] = [
    "rebuilt_extension",
    "rebuilt_presence_interval",
    "rebuilt_existence_interval",
    "rebuilt_profile_interval",
    "rebuilt_coverage",
];

/// A role that may create objects next to the tables.
async fn stranger(company: &Company) -> RoleName {
    let database = company.database.address().await.rsplit_once('/');
    let (_, database) = database.expect("it names one");
    let name: RoleName = format!("{database} stranger")
        .parse()
        .expect("it is a name");
    let statement = format!(
        "create role \"{name}\" login; grant usage, create on schema history to \"{name}\"; \
         alter role \"{name}\" set search_path to history"
    );
    company
        .database
        .execute(&statement)
        .await
        .expect("a superuser may");
    name
}

fn everything() -> TimeRange {
    TimeRange::new(Timestamp::MIN, Timestamp::MAX).expect("time is long")
}

/// Asks and does everything that a program can.
async fn use_it(store: &dyn Store) {
    for mode in [RebuildMode::Check, RebuildMode::Replace, RebuildMode::Check] {
        let report = store.rebuild(ACCOUNT, mode).await.expect("it rebuilds");
        assert_eq!(report.differences, Vec::<String>::new());
    }
    while store
        .pack(ACCOUNT, 100)
        .await
        .expect("it packs")
        .extension_count
        > 0
    {}
    let packed = store.check_packed(ACCOUNT).await.expect("it compares");
    assert_eq!(packed.differences, Vec::<String>::new());
    let mut reading = store.read().await.expect("it reads");
    let people = reading.extensions(ACCOUNT).await.expect("it reads");
    let ids: Vec<ExtensionId> = people.iter().map(|one| one.extension_id).collect();
    let moment = Timestamp::MAX;
    reading
        .latest_intervals(ACCOUNT, moment)
        .await
        .expect("it reads");
    reading
        .packed_histories(ACCOUNT, &ids, everything())
        .await
        .expect("it reads");
    let coverage: Coverage = reading
        .coverage(ACCOUNT, everything())
        .await
        .expect("it reads");
    drop(coverage);
    reading
        .dictionary(Messages::Needed)
        .await
        .expect("it reads");
    reading
        .extensions_named(ACCOUNT, "101")
        .await
        .expect("it reads");
    for extensions in [None, Some(ids)] {
        let query = ChangesQuery {
            account_id: ACCOUNT,
            after: Position(0),
            up_to: None,
            window: everything(),
            extensions,
            limit: 1000,
        };
        reading.changes(&query).await.expect("it reads");
    }
    reading
        .sweeps_before(ACCOUNT, moment, 3)
        .await
        .expect("it reads");
    reading
        .failed_sweeps(ACCOUNT, everything())
        .await
        .expect("it reads");
}

#[tokio::test]
async fn nothing_that_others_plant_is_run() {
    let company = Company::new(false).await;
    company.apply().await;
    let stranger = stranger(&company).await;
    let mut planting = company.connect(&stranger).await;
    attempt(&mut planting, PLANT).await.expect("it may");
    for table in PLANTED_TABLES {
        let statement = format!("create table {table} (planted integer)");
        attempt(&mut planting, &statement).await.expect("it may");
    }
    planting.close().await.expect("it closes");
    // Without these months, the writer has to make them, with the rights of the owner.
    let dropped = "drop table if exists event_2026_12, event_2027_01";
    let mut owner = crate::support::postgres::connect(company.database.address().await).await;
    let dropped = format!("set search_path to history; {dropped}");
    attempt(&mut owner, &dropped).await.expect("they are empty");

    let store = company.writer().await;
    let mut office = Office::wild(91, ACCOUNT);
    office.sweeps(20);
    office.pause(29 * 86_400_000);
    record_all(&store, &office.sweeps(10), FlushAt::EVERY_SWEEP).await;
    use_it(&*store).await;
    let audit = store.audit().await.expect("it reads");
    assert_eq!(audit.findings, Vec::<String>::new());
    store.close().await;

    let location = company.database.location().await;
    let opened = open_all(&location, OpenMode::Existing, Durability::Relaxed).await;
    let opened = opened.expect("it opens");
    let access = Access {
        account_id: ACCOUNT,
        who: "one".to_owned(),
        token_id: None,
        question: "report".to_owned(),
        window: None,
        extensions: None,
        at: Timestamp::MIN,
        digest: [1; 32],
    };
    for _ in 0..2 {
        opened
            .access
            .note_access(access.clone())
            .await
            .expect("it may");
    }
    opened.history.close().await;

    // If something is planted, no roles are made and no tables are brought up to date; the message names the object and
    // its owner.
    let refused = company.roles.apply(&location).await.expect_err("planted");
    let refused = refused.to_string();
    assert!(
        refused.contains("quote_ident") && refused.contains("stranger"),
        "{refused}"
    );
    let older = "update history.presence_history set schema_version = 8";
    attempt(&mut owner, older).await.expect("the owner may");
    let refused = open(&location, OpenMode::Existing, Durability::Relaxed).await;
    let refused = refused.err().expect("planted").to_string();
    assert!(refused.contains("nothing was changed"), "{refused}");
}

#[tokio::test]
async fn a_view_that_calls_what_others_planted_is_found() {
    let company = Company::new(false).await;
    let stranger = stranger(&company).await;
    let mut planting = company.connect(&stranger).await;
    let plant = "create function history.harmless(bigint) returns bigint language sql as 'select 1::bigint'";
    attempt(&mut planting, plant).await.expect("it may");
    let renamed = "alter view presence_coverage rename to older; \
                   create view presence_coverage as select account_id, harmless(valid_for_ms) as valid_for_ms from older";
    company
        .database
        .execute(renamed)
        .await
        .expect("the owner may");
    let found = inspect(&company.database.location().await).await;
    let StoreAccess::Open { found, .. } = found.expect("it reads").access else {
        panic!("it is open");
    };
    assert!(found.contains("harmless"), "{found}");
}

#[tokio::test]
async fn roles_close_the_schema() {
    let company = Company::new(false).await;
    let location = company.database.location().await;
    let access = async || inspect(&location).await.expect("it reads").access;
    assert!(matches!(access().await, StoreAccess::Closed(_)));
    let grant = "grant create on schema history to public";
    company
        .database
        .execute(grant)
        .await
        .expect("the owner may");
    let StoreAccess::Open { found, advice } = access().await else {
        panic!("it is open");
    };
    assert!(found.contains("PUBLIC"), "{found}");
    assert!(
        advice.contains("revoke create on schema history"),
        "{advice}"
    );
    company.apply().await;
    assert!(matches!(access().await, StoreAccess::Closed(_)));
    // Another role's right stays, and is named.
    let stranger = stranger(&company).await;
    let StoreAccess::Open { found, .. } = access().await else {
        panic!("it is open");
    };
    assert!(found.contains(&stranger.to_string()), "{found}");
}

async fn month_in(connection: &mut PgConnection, when: &str) -> Result<(), String> {
    attempt(
        connection,
        &format!("select history.make_event_month({when})"),
    )
    .await
}

#[tokio::test]
async fn a_writer_makes_only_the_months_that_can_be_recorded_in() {
    let company = Company::new(false).await;
    company.apply().await;
    let writer = &company.roles.writer;
    let mut connection = company.connect(writer).await;
    for ahead in ["0", "1", "2"] {
        let when = format!("now() + {ahead} * interval '1 month'");
        month_in(&mut connection, &when).await.expect("it is near");
    }
    let beyond = "date_trunc('month', now()) + interval '3 months'";
    for (when, expected) in [
        (beyond, "two months after"),
        ("'9999-01-01Z'", "two months after"),
        ("'2026-10-31 23:59:59Z'", "the log begins in 2026-11"),
        ("'1970-01-01Z'", "the log begins in 2026-11"),
        ("'infinity'", "in no month"),
    ] {
        let message = month_in(&mut connection, when).await.expect_err(when);
        assert!(message.contains(expected), "{when}: {message}");
    }
    // An import of an earlier past begins with an account without snapshots, and makes no more months than it can need.
    let begun =
        "insert into account values (77, null, now()); insert into head values (77, 0, 0, null)";
    attempt(&mut connection, begun).await.expect("it may");
    month_in(&mut connection, "'2016-02-01Z'")
        .await
        .expect("an import has begun");
    let many = "select history.make_event_month('1950-01-01Z'::timestamptz + n * interval '1 month') \
                from generate_series(1, 601) as n (n)";
    let message = attempt(&mut connection, many).await.expect_err(many);
    assert!(message.contains("600 months"), "{message}");
    // The owner of the log may make any month; one who only took the writer's role may not.
    let mut owner = crate::support::postgres::connect(company.database.address().await).await;
    month_in(&mut owner, "'2090-01-01Z'")
        .await
        .expect("it owns");
    let become_writer = format!("set role \"{writer}\"");
    attempt(&mut owner, &become_writer).await.expect("it may");
    month_in(&mut owner, "'2091-01-01Z'")
        .await
        .expect_err("it is the writer now");
    let check = "select history.check_event_month(now())";
    refused(attempt(&mut connection, check).await, check);
}

#[tokio::test]
async fn a_writer_imports_an_earlier_past_of_another_account() {
    let company = Company::new(false).await;
    company.apply().await;
    let store = company.writer().await;
    let account = AccountId(78);
    let mut office = Office::wild(78, account);
    office.pause(-3650 * 86_400_000);
    let sweeps = office.sweeps(5);
    let opened = presence_recording::recorder::Recorder::open(
        store.clone(),
        account,
        None,
        FlushAt::MANY_SWEEPS,
    );
    let mut recorder = opened.await.expect("it is new");
    let mut now = Timestamp::MIN;
    for sweep in sweeps {
        now = super::database::after(&sweep);
        recorder.record(sweep, now).await.expect("it follows");
    }
    recorder.flush(now).await.expect("it may");
    let report = store.rebuild(account, RebuildMode::Check).await;
    assert!(report.expect("it reads").differences.is_empty());
}

/// The role's own limits apply to people's questions; making and maintaining tables has the program's limits.
#[tokio::test]
async fn making_tables_ignores_the_limits_of_the_role() {
    let database = super::database::PostgresDatabase::new();
    let address = database.address().await;
    let (_, name) = address.rsplit_once('/').expect("it names one");
    let mut holding = crate::support::postgres::connect(address).await;
    let limits = format!(
        "alter database {name} set statement_timeout to '400ms'; \
         alter database {name} set lock_timeout to '100ms'; \
         alter database {name} set idle_in_transaction_session_timeout to '400ms'; \
         select pg_advisory_lock(hashtextextended('presence history history', 0))"
    );
    attempt(&mut holding, &limits)
        .await
        .expect("a superuser may");
    let location = database.location().await;
    let opening = tokio::spawn(async move {
        let opened = open(&location, OpenMode::Create, Durability::Relaxed).await;
        opened.map(|_| ()).map_err(|error| error.to_string())
    });
    // Longer than any of the limits, from the moment at which the program waits.
    let waits = "do $$ begin \
                 while not exists (select from pg_locks where locktype = 'advisory' and not granted) loop \
                 perform pg_sleep(0.01); end loop; perform pg_sleep(0.8); end $$; \
                 select pg_advisory_unlock_all()";
    let waits = format!("set statement_timeout to 0; {waits}");
    attempt(&mut holding, &waits).await.expect("it waits");
    opening
        .await
        .expect("nobody panics")
        .expect("it waited for its turn");
}
