//! Opening a schema of a Postgres database, and refusing one that cannot be used: in one sentence.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection, Postgres, Row, Transaction, query, raw_sql};

use super::address::Address;
use super::schema::{BEGIN_CATALOG, inspect_schema};
use super::{NO_TRANSACTION_TIMEOUT, PATIENTLY};
use crate::StoreError;
use crate::derive;
use crate::open::OpenMode;
use crate::timeouts::connected;

/// The migrations, in order; `presence_history` holds the number of the last one applied.
///
/// All that a schema lacks are applied in one transaction under a lock of the schema's name, so two programs that open
/// a new schema at once do not disturb each other, and a kill leaves the schema as it was.
pub(super) const MIGRATIONS: [(i32, &str); 12] = [
    (
        1,
        include_str!("../../../../migrations/postgres/0001_log.sql"),
    ),
    (
        2,
        include_str!("../../../../migrations/postgres/0002_projections.sql"),
    ),
    (
        3,
        include_str!("../../../../migrations/postgres/0003_views.sql"),
    ),
    (
        4,
        include_str!("../../../../migrations/postgres/0004_daily.sql"),
    ),
    (
        5,
        include_str!("../../../../migrations/postgres/0005_history_block.sql"),
    ),
    (
        7,
        include_str!("../../../../migrations/postgres/0007_access.sql"),
    ),
    (
        8,
        include_str!("../../../../migrations/postgres/0008_packed_days.sql"),
    ),
    (
        9,
        include_str!("../../../../migrations/postgres/0009_site_zones.sql"),
    ),
    (
        10,
        include_str!("../../../../migrations/postgres/0010_protection.sql"),
    ),
    (
        11,
        include_str!("../../../../migrations/postgres/0011_rules.sql"),
    ),
    (
        12,
        include_str!("../../../../migrations/postgres/0012_names.sql"),
    ),
    (
        13,
        include_str!("../../../../migrations/postgres/0013_queues.sql"),
    ),
];

/// The version of the tables that this program writes.
const SCHEMA_VERSION: i32 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// The oldest server that is supported, as `server_version_num`.
const SERVER_LEAST: i32 = 140_000;

/// Connections that answer questions at the same time.
const READERS: u32 = 4;

/// How long to wait for one of them, also while the server starts again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// After how long an idle reader is closed.
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);

/// Opens the connection that writes (none to read only), with the tables brought up to date, and the connections that read.
pub(super) async fn open(
    address: &Address,
    mode: OpenMode,
) -> Result<(Option<PgConnection>, PgPool), StoreError> {
    let mut connection = connected(&address.options).await?;
    check_server(address, &mut connection, mode).await?;
    match (schema_version(address, &mut connection).await?, mode) {
        (None, OpenMode::Existing | OpenMode::ReadOnly) => return Err(holds_nothing(address)),
        (Some(SCHEMA_VERSION), OpenMode::ReadOnly) => check_rules(address, &mut connection).await?,
        (Some(SCHEMA_VERSION), _) => {}
        (Some(_), OpenMode::ReadOnly) => {
            return Err(StoreError::Unusable(format!(
                "{} was written by an older version of presence; bring its tables up to date with `presence migrate`",
                address.shown
            )));
        }
        (_, OpenMode::Create | OpenMode::Existing) => migrate(address, &mut connection).await?,
    }
    let readers = reader_pool(&address.options);
    if mode == OpenMode::ReadOnly {
        connection.close().await?;
        return Ok((None, readers));
    }
    Ok((Some(connection), readers))
}

/// Connections that are made when they are needed. Each is asked whether it still works before it is used, so those
/// that a restart of the server has broken are replaced.
fn reader_pool(options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        .test_before_acquire(true)
        .connect_lazy_with(options.clone())
}

async fn check_server(
    address: &Address,
    connection: &mut PgConnection,
    mode: OpenMode,
) -> Result<(), StoreError> {
    let statement = "\
        select
            pg_catalog.current_setting('server_version_num')::integer as number,
            pg_catalog.current_setting('server_version') as version,
            pg_catalog.current_setting('server_encoding') as encoding,
            pg_catalog.current_setting('fsync') as fsync";
    let mut transaction = connection.begin_with(BEGIN_CATALOG).await?;
    let row = query(statement)
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.rollback().await?;
    let (number, version): (i32, String) = (row.try_get("number")?, row.try_get("version")?);
    let (encoding, fsync): (String, String) = (row.try_get("encoding")?, row.try_get("fsync")?);
    let shown = &address.shown;
    if number < SERVER_LEAST {
        return Err(StoreError::Unusable(format!(
            "{shown} is served by Postgres {version}; use version 14 or newer"
        )));
    }
    if encoding != "UTF8" {
        return Err(StoreError::Unusable(format!(
            "{shown} keeps texts as {encoding}, which cannot hold every name; use a database created with encoding UTF8"
        )));
    }
    if fsync == "off" && mode != OpenMode::ReadOnly {
        tracing::warn!(store = %shown, "the server runs with fsync=off: what is recorded may be lost with the power");
    }
    Ok(())
}

/// The version of the schema's tables; `None` for a schema that holds nothing, or is not there.
async fn schema_version(
    address: &Address,
    connection: &mut PgConnection,
) -> Result<Option<i32>, StoreError> {
    let mut transaction = connection.begin_with(BEGIN_CATALOG).await?;
    let found = read_schema(address, &mut transaction).await?;
    transaction.rollback().await?;
    Ok(found.version)
}

/// Refuses a schema that cannot be answered from, because what follows from the log was derived by other rules.
async fn check_rules(address: &Address, connection: &mut PgConnection) -> Result<(), StoreError> {
    let begin = format!(
        "begin read only; set local search_path to \"{}\", pg_temp",
        address.schema
    );
    let mut transaction = connection.begin_with(sqlx::AssertSqlSafe(begin)).await?;
    let outdated = derive::outdated(&mut transaction).await?;
    transaction.rollback().await?;
    match derive::refusal(&address.shown, &outdated) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// What is in a schema.
struct Found {
    exists: bool,
    version: Option<i32>,
}

/// Reads the schema's version; one that belongs to another program, or is newer than this one, is refused. What belongs to
/// extensions of the database does not count.
async fn read_schema(
    address: &Address,
    transaction: &mut Transaction<'_, Postgres>,
) -> Result<Found, StoreError> {
    let statement = "\
        select
            exists (select from pg_catalog.pg_namespace where nspname = $1) as is_there,
            pg_catalog.count(*) as relation_count,
            pg_catalog.count(*) filter (where c.relname = 'presence_history' and c.relkind = 'r') as mark_count
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1
            and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            and not exists (
                select from pg_catalog.pg_depend d
                where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
            )";
    let row = query(statement)
        .persistent(false)
        .bind(address.schema.clone())
        .fetch_one(&mut **transaction)
        .await?;
    let exists: bool = row.try_get("is_there")?;
    let (count, marks): (i64, i64) = (row.try_get("relation_count")?, row.try_get("mark_count")?);
    if marks == 0 && count > 0 {
        return Err(StoreError::Unusable(format!(
            "schema {} of {} belongs to another program; give the history a schema of its own, such as ?schema=presence",
            address.schema, address.shown
        )));
    }
    if marks == 0 {
        return Ok(Found {
            exists,
            version: None,
        });
    }
    let text = format!(
        "select schema_version from \"{}\".presence_history",
        address.schema
    );
    let row = query(sqlx::AssertSqlSafe(text))
        .persistent(false)
        .fetch_one(&mut **transaction)
        .await?;
    let version: i32 = row.try_get("schema_version")?;
    if version > SCHEMA_VERSION {
        return Err(StoreError::Unusable(format!(
            "{} was written by a newer version of presence (its tables are version {version}, this program knows \
             {SCHEMA_VERSION}); nothing was changed; use the newer program",
            address.shown
        )));
    }
    Ok(Found {
        exists,
        version: Some(version),
    })
}

async fn migrate(address: &Address, connection: &mut PgConnection) -> Result<(), StoreError> {
    let begin = format!(
        "begin isolation level read committed; {OWN_PATH}; {PATIENTLY}; {NO_TRANSACTION_TIMEOUT}"
    );
    let mut transaction = connection.begin_with(sqlx::AssertSqlSafe(begin)).await?;
    let lock = "select pg_catalog.pg_advisory_xact_lock(\
                pg_catalog.hashtextextended('presence history ' operator(pg_catalog.||) $1, 0::bigint))";
    query(lock)
        .persistent(false)
        .bind(address.schema.clone())
        .execute(&mut *transaction)
        .await?;
    // Another program may have done it while we waited for the lock.
    let found = read_schema(address, &mut transaction).await?;
    if !found.exists {
        let create = format!("create schema \"{}\"", address.schema);
        raw_sql(sqlx::AssertSqlSafe(create))
            .execute(&mut *transaction)
            .await?;
    }
    let version = found.version.unwrap_or(0);
    check_planted(address, &mut transaction).await?;
    let path = format!("set local search_path to \"{}\", pg_temp", address.schema);
    raw_sql(sqlx::AssertSqlSafe(path))
        .execute(&mut *transaction)
        .await?;
    for (_, migration) in MIGRATIONS.iter().filter(|(number, _)| *number > version) {
        raw_sql(*migration).execute(&mut *transaction).await?;
    }
    raw_sql(OWN_PATH).execute(&mut *transaction).await?;
    // What was planted in the meantime may have got into a view.
    check_planted(address, &mut transaction).await?;
    Ok(transaction.commit().await?)
}

/// Only Postgres' own names are found.
const OWN_PATH: &str = "set local search_path to pg_catalog, pg_temp";

/// Refuses to make tables and views where what others have planted could get into them.
async fn check_planted(
    address: &Address,
    transaction: &mut Transaction<'_, Postgres>,
) -> Result<(), StoreError> {
    let found = inspect_schema(transaction, &address.schema).await?;
    match found.planted_list() {
        None => Ok(()),
        Some(planted) => Err(StoreError::Unusable(format!(
            "schema {} of {} holds what could be taken for Postgres' own: {planted}; nothing was changed; let an \
             administrator drop it, or give the history a schema of its own, such as ?schema=presence",
            address.schema, address.shown
        ))),
    }
}

fn holds_nothing(address: &Address) -> StoreError {
    StoreError::NotYet(format!(
        "schema {} of {} holds no presence history yet; fill it with `presence collect` or `presence import`",
        address.schema, address.shown
    ))
}

/// The five characters by which Postgres names an error ("Appendix A. PostgreSQL Error Codes" of its manual).
fn code(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error()?.code()?;
    Some(code.into_owned())
}

/// Whether the connection is gone: the network, or the server has ended it (`57P01` to `57P03`, a class `08` error, or
/// `25P03`, a transaction that stood still for too long).
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        error if distrust(error).is_some() => false,
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        error => code(error).is_some_and(|code| {
            matches!(code.as_str(), "57P01" | "57P02" | "57P03" | "25P03") || code.starts_with("08")
        }),
    }
}

/// The same, or a conflict with another transaction (`40001`, `40P01`).
pub(super) fn may_pass(error: &sqlx::Error) -> bool {
    is_lost(error) || code(error).is_some_and(|code| matches!(code.as_str(), "40001" | "40P01"))
}

/// Turns errors that concern the database as a whole into a sentence that names it.
pub(super) fn explain(shown: &str, error: StoreError) -> StoreError {
    let StoreError::Database(cause) = &error else {
        return error;
    };
    match sentence(shown, cause) {
        Some(sentence) if is_away(cause) => StoreError::Away(sentence),
        Some(sentence) => StoreError::Unusable(sentence),
        None => error,
    }
}

/// Whether the server may well do the same a little later: it is gone, has no room or no connection left (class `53`),
/// others hold what is needed, it took too long, or it is a standby that may become the primary (`25006`).
fn is_away(error: &sqlx::Error) -> bool {
    let passes = |code: String| {
        code.starts_with("53") || matches!(code.as_str(), "25006" | "55P03" | "57014")
    };
    is_lost(error) || matches!(error, sqlx::Error::PoolTimedOut) || code(error).is_some_and(passes)
}

/// Why the server is not trusted, if that is what went wrong. What TLS finds wrong with a certificate comes as an error of
/// reading.
fn distrust(error: &sqlx::Error) -> Option<String> {
    match error {
        sqlx::Error::Tls(cause) => Some(cause.to_string()),
        sqlx::Error::Io(cause) if cause.kind() == ErrorKind::InvalidData => Some(cause.to_string()),
        _ => None,
    }
}

fn sentence(shown: &str, error: &sqlx::Error) -> Option<String> {
    if let Some(cause) = distrust(error) {
        return Some(format!(
            "{shown} cannot be reached safely: {cause}; check sslmode and sslrootcert"
        ));
    }
    if is_lost(error) {
        return Some(format!(
            "{shown} cannot be reached: {error}; check the address, and that the server runs"
        ));
    }
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return Some(format!(
            "{shown} gave no connection within {} s; check that the server runs and is not overloaded",
            ACQUIRE_TIMEOUT.as_secs()
        ));
    }
    let cause = error.as_database_error()?.message();
    Some(match code(error)?.as_str() {
        "28P01" | "28000" => format!(
            "{shown} does not let us in: {cause}; check the user and the password (also PGUSER, PGPASSWORD and ~/.pgpass)"
        ),
        "3D000" => format!("{shown} names a database that is not there: {cause}; create it first"),
        "42501" => format!(
            "{shown} does not let the user do that: {cause}; grant it, or give the history a schema that the user owns, \
             such as ?schema=presence"
        ),
        "25006" => {
            format!("{shown} cannot be written to: {cause}; name the primary server, not a standby")
        }
        "53300" => format!("{shown} has no connection left: {cause}; try again later"),
        "53100" => format!("{shown} has no room left: {cause}; make room on the server"),
        "55P03" => format!(
            "{shown} is being written to by another program, which has not finished: {cause}; try again"
        ),
        "57014" => format!("{shown} took too long: {cause}; ask for less at a time"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_network_breaks_is_lost() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = sqlx::Error::Io(refused);
        assert!(is_lost(&error) && may_pass(&error));
        let explained = explain("postgres://host/db", error.into()).to_string();
        assert!(
            explained.starts_with("postgres://host/db cannot be reached: "),
            "{explained}"
        );
        assert!(!is_lost(&sqlx::Error::RowNotFound));
        assert!(matches!(
            explain("postgres://host/db", sqlx::Error::RowNotFound.into()),
            StoreError::Database(_)
        ));
    }
}
