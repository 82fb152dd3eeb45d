//! What is Postgres' own: how values are bound and read, how a transaction begins, and how a list of ids is passed.
//!
//! Every statement is executed inside a transaction and under no name, and every setting holds for a transaction only:
//! so a pooler that gives each transaction another connection to the server (`pgbouncer` in its transaction mode)
//! makes no difference.

mod address;
mod inspect;
mod integrity;
mod open;
mod roles;
mod schema;
mod service;

use serde::de::DeserializeOwned;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgConnection, PgRow, PgTypeInfo};
use sqlx::{
    AssertSqlSafe, Column, Encode, Postgres, Row, SqlSafeStr, Type, TypeInfo, ValueRef, raw_sql,
};

pub(super) use inspect::inspect;
pub use roles::{AccountReader, RoleName, Roles};

use super::StoreError;
use super::derive::{self, TellDerived};
use super::dialect::{BeginStatements, BoundQuery, Dialect, Parameters, RowStream, SqlxResult};
use super::open::{Durability, OpenMode};
use super::sql_store::SqlStore;
use super::tuples::{self, Cell, TupleForm, Tuples};
use super::writer::Writer;
use address::Address;
use presence_model::daily::LocalDate;
use presence_model::time::Timestamp;

/// An event log with its projections in one schema of a Postgres database, version 14 or newer.
///
/// One connection writes and a few others read. Several programs may write: each append locks the account's row of
/// `head`. A schema that is not ours or newer than this program is refused, and left as it is.
pub type PostgresStore = SqlStore<Postgres>;

/// How long a statement waits for another program's transaction.
const LOCK_TIMEOUT: &str = "10s";

/// Whatever a role or a database allows a transaction, ours may take as long as its statements may. Servers before
/// version 17 do not know that limit.
const NO_TRANSACTION_TIMEOUT: &str = "\
    select pg_catalog.set_config('transaction_timeout', '0', true) \
    where pg_catalog.current_setting('transaction_timeout', true) is not null";

/// What else makes tables, roles and rights begins its transaction with: the limits that a role has for questions do not
/// hold for it, and another program that does the same is waited for.
const PATIENTLY: &str = "\
    set local statement_timeout to 0; \
    set local lock_timeout to '60s'; \
    set local idle_in_transaction_session_timeout to 0";

impl SqlStore<Postgres> {
    /// Opens the store that `location` names: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=SCHEMA`.
    ///
    /// The schema is `public` if none is named. `sslmode`, `sslrootcert` and other parameters are those of Postgres'
    /// own programs, as are the defaults: the environment variables `PGHOST`, `PGUSER`, `PGPASSWORD` and others, and
    /// the file of passwords.
    pub async fn open(
        location: &str,
        mode: OpenMode,
        durability: Durability,
    ) -> Result<Self, StoreError> {
        Self::open_with_progress(location, mode, durability, derive::to_log()).await
    }

    /// The same. If the derived tables must be derived again from the log first, `tell` is called with the progress.
    pub async fn open_with_progress(
        location: &str,
        mode: OpenMode,
        durability: Durability,
        tell: TellDerived,
    ) -> Result<Self, StoreError> {
        let address = Address::parse(location)?;
        let begins = begins(&address.schema, durability);
        let opened = open::open(&address, mode).await;
        let (connection, readers) =
            opened.map_err(|error| Postgres::explain(&address.shown, error))?;
        let writer = connection
            .map(|connection| Writer::new(connection, address.options.clone(), begins.clone()));
        let store = Self::new(&address.shown, writer, readers, begins);
        store.bring_up_to_date(tell).await?;
        Ok(store)
    }
}

/// What begins transactions on the tables of `schema`, which is a plain name.
///
/// No statement here works long enough on a row to make up for the time it takes to compile it. Temporary tables are
/// searched last: behind a pooler the server's connection may hold those of another user.
fn begins(schema: &str, durability: Durability) -> BeginStatements {
    let begin = |how: &str, statement_timeout: &str, idle_timeout: &str, rest: &str| {
        let text = format!(
            "begin isolation level {how}; \
             set local search_path to \"{schema}\", pg_temp; \
             set local jit to off; \
             set local lock_timeout to '{LOCK_TIMEOUT}'; \
             set local statement_timeout to '{statement_timeout}'; \
             set local idle_in_transaction_session_timeout to '{idle_timeout}'; \
             {NO_TRANSACTION_TIMEOUT}{rest}"
        );
        AssertSqlSafe(text).into_sql_str()
    };
    let commit = match durability {
        Durability::PowerLoss => {
            "; select pg_catalog.set_config('synchronous_commit', 'on', true) \
             where pg_catalog.current_setting('synchronous_commit') = 'off'"
        }
        Durability::Relaxed => "; set local synchronous_commit to off",
    };
    BeginStatements {
        read: begin("repeatable read, read only", "10min", "10min", ""),
        check: begin("repeatable read", "0", "10min", ""),
        // A program that was put to sleep within an append keeps all others from writing for so long.
        write: begin("read committed", "2min", "1min", commit),
        rebuild: begin("read committed", "0", "10min", commit),
    }
}

/// A moment as `timestamptz`.
struct Moment(Timestamp);

/// 2000-01-01, in milliseconds since 1970: what Postgres counts microseconds from.
const EPOCH_MS: i64 = 946_684_800_000;

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        /// The number of the type `timestamptz`, the same in every database.
        const TIMESTAMPTZ: Oid = Oid(1184);
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let microseconds = (self.0.as_ms() - EPOCH_MS) * 1000;
        Encode::<Postgres>::encode(microseconds, buffer)
    }
}

/// A local date as `date`.
struct Day(LocalDate);

/// 2000-01-01, in days since 1970: what Postgres counts days from.
const EPOCH_DAYS: i32 = 10_957;

impl Type<Postgres> for Day {
    fn type_info() -> PgTypeInfo {
        /// The number of the type `date`, the same in every database.
        const DATE: Oid = Oid(1082);
        PgTypeInfo::with_oid(DATE)
    }
}

impl Encode<'_, Postgres> for Day {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode(self.0.days() - EPOCH_DAYS, buffer)
    }
}

/// The bytes of a column; `None` where it is null.
fn bytes(row: &PgRow, index: usize) -> SqlxResult<Option<&[u8]>> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(None);
    }
    let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
    Ok(Some(bytes))
}

/// A big-endian number of 8, 4, 2 or (a truth value) 1 bytes.
fn number(bytes: &[u8]) -> Option<i64> {
    Some(match *bytes {
        [flag] => i64::from(flag),
        [a, b] => i64::from(i16::from_be_bytes([a, b])),
        [a, b, c, d] => i64::from(i32::from_be_bytes([a, b, c, d])),
        _ => i64::from_be_bytes(bytes.try_into().ok()?),
    })
}

/// A value as tuples have it.
fn cell(row: &PgRow, index: usize) -> SqlxResult<Cell<'_>> {
    let Some(bytes) = bytes(row, index)? else {
        return Ok(Cell::Null);
    };
    let no_number = || sqlx::Error::Decode("the column holds no integer".into());
    match row.try_column(index)?.type_info().name() {
        "TEXT" => Ok(Cell::Text(row.try_get(index)?)),
        "BYTEA" => Ok(Cell::Digits(hex::encode(bytes))),
        "TIMESTAMPTZ" => Ok(Cell::Number(whole_ms(number(bytes).ok_or_else(no_number)?))),
        _ => Ok(Cell::Number(number(bytes).ok_or_else(no_number)?)),
    }
}

/// Milliseconds since 1970 for Postgres' microseconds since 2000; `i64::MIN` if they are no whole number. (Infinity is
/// the greatest or least number of microseconds, and these are no whole milliseconds.)
fn whole_ms(microseconds: i64) -> i64 {
    if microseconds % 1000 == 0 {
        microseconds / 1000 + EPOCH_MS
    } else {
        i64::MIN
    }
}

impl Dialect for Postgres {
    const KEEPS_PREPARED: bool = false;

    const PARAMETERS: Parameters = Parameters::Numbered;

    const IS_SERVER: bool = true;

    const LOCKS_ROWS: bool = true;

    const TEMPORARY: &'static str = "pg_temp";

    const FILLS_FALLING: bool = false;

    const LOCK_DICTIONARIES: Option<&'static str> = Some(
        "\
select schema_version
from presence_history
for update",
    );

    const MAKE_MONTH: Option<&'static str> = Some("select make_event_month($1)");

    /// A partitioned table is analyzed as a whole, and with it each of its parts.
    const REFRESH_STATISTICS: &'static [&'static str] = &["\
do $$
declare
    looked_at regclass;
begin
    for looked_at in
        select c.oid
        from pg_catalog.pg_class c
        where c.relnamespace = pg_catalog.current_schema()::pg_catalog.regnamespace and c.relkind in ('r', 'p')
            and not c.relispartition and pg_catalog.pg_has_role(c.relowner, 'usage')
        order by c.oid
    loop
        execute pg_catalog.format('analyze %s', looked_at);
    end loop;
end
$$"];

    const TUPLES: TupleForm = TupleForm::Rows;

    const LAST_SEEN_OF: Tuples = Tuples {
        columns: tuples::LAST_SEEN,
        rest: "from extension x where x.account_id = $1 and x.extension_id = any ($2)",
    };

    const LATEST_INTERVALS: Tuples = Tuples {
        columns: tuples::LATEST,
        rest: r#"
from extension x
left join extension_key k
    on (x.existence <> 1 or x.since > $2) and k.account_id = x.account_id and k.extension_id = x.extension_id
left join lateral (
    select c.*
    from presence_interval c
    where c.extension_key = k.extension_key and c."from" <= $2
    order by c."from" desc
    limit 1
) as i on true
left join message m
    on m.message_id = case when x.existence = 1 and x.since <= $2 then x.message_id else i.message_id end
left join profile p on p.profile_id = case
    when x.profile_since <= $2 then x.profile_id
    else coalesce(
        (select j.profile_id
         from profile_interval j
         where j.account_id = x.account_id and j.extension_id = x.extension_id and j."from" <= $2
         order by j."from" desc
         limit 1),
        (select j.profile_id
         from profile_interval j
         where j.account_id = x.account_id and j.extension_id = x.extension_id
         order by j."from"
         limit 1))
end
where x.account_id = $1 and x.existence <> 0"#,
    };

    const INTERVALS_OF: &'static str = r#"
select $1 as account_id, wanted.extension_id, (
    select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
        (pg_catalog.date_part('epoch', i."from") operator(pg_catalog.*) 1000)::bigint, i.ambiguous_ms, i.duration_ms, i.end_ambiguous_ms, i.state_id,
        i.message_id, i.position
    )), '[]')::text
    from presence_interval i
    where i.extension_key = k.extension_key
        and i."from" >= coalesce((
            select c."from"
            from presence_interval c
            where c.extension_key = k.extension_key and c."from" < $3
            order by c."from" desc
            limit 1
        ), $3)
        and i."from" <= coalesce((
            select c."from"
            from presence_interval c
            where c.extension_key = k.extension_key and c."from" >= $4
            order by c."from"
            limit 1 offset 1
        ), 'infinity')
) as packed
from pg_catalog.unnest($2) as wanted (extension_id)
left join extension_key k on k.account_id = $1 and k.extension_id = wanted.extension_id"#;

    const PACKED_OF: Tuples = Tuples {
        columns: tuples::PACKED,
        rest: "from history_sealed s where s.account_id = $1 and s.extension_id = any ($2)",
    };

    const BLOCKS_OF: &'static str = "\
select b.account_id, b.extension_id, b.month, b.interval_count, b.content
from pg_catalog.unnest($2) as wanted (extension_id)
join history_block b on b.account_id = $1 and b.extension_id = wanted.extension_id
    and b.month >= coalesce((
        select max(c.month)
        from history_block c
        where c.account_id = $1 and c.extension_id = wanted.extension_id and c.month <= $3
    ), $3)
    and b.month <= coalesce((
        select coalesce(min(l.month) filter (where l.interval_count > 2), max(l.month))
        from (
            select c.month, c.interval_count
            from history_block c
            where c.account_id = $1 and c.extension_id = wanted.extension_id and c.month > $4
            order by c.month
            limit 3
        ) as l
    ), $4)
order by b.extension_id, b.month";

    const EXISTENCE_OF: Tuples = Tuples {
        columns: tuples::EXISTENCE,
        rest: "from existence_interval i where i.account_id = $1 and i.extension_id = any ($2)",
    };

    const PROFILES_OF: Tuples = Tuples {
        columns: tuples::PROFILES,
        rest: "from profile_interval i where i.account_id = $1 and i.extension_id = any ($2)",
    };

    const PROFILES_NUMBERED: Tuples = Tuples {
        columns: tuples::PROFILE,
        rest: "from profile p where p.profile_id = any ($1)",
    };

    const DELETE_DAILY_OF: &'static str = "\
delete from daily_amount
where account_id = $1 and facet = $2 and local_date >= $4 and extension_id = any ($3)";

    const CHANGES_OF: &'static str = r#"
with
moment as (
    select i.extension_id, i.until as at
    from existence_interval i
    where i.account_id = $1 and i.extension_id = any ($7) and i.until >= $4 and i.until < $5
    union
    select i.extension_id, i."from"
    from profile_interval i
    where i.account_id = $1 and i.extension_id = any ($7) and i."from" >= $4 and i."from" < $5
),
place as (
    select i.position
    from extension_key k
    join presence_interval i on i.extension_key = k.extension_key
    where k.account_id = $1 and k.extension_id = any ($7) and i."from" >= $4 and i."from" < $5
    union
    select e.position
    from moment
    cross join lateral (
        select c.position, c.event_count
        from snapshot c
        where c.account_id = $1 and c.finished_at >= moment.at
        order by c.finished_at, c.snapshot_no
        limit 4
    ) as s
    cross join lateral (
        select n.position
        from event n
        where n.account_id = $1 and n.position > s.position - s.event_count and n.position <= s.position
            and n.extension_id = moment.extension_id and n.observed_at >= $4 and n.observed_at < $5
        offset 0
    ) as e
)
select
    e.account_id, e.position, e.snapshot_no, e.extension_id, e.version, e.kind, e.observed_at, e.ambiguous_ms,
    e.state_id, e.message_id, e.previous_state_id, e.previous_message_id, e.profile_id, e.previous_profile_id,
    m.text as message_text, p.text as previous_message_text, s.source,
    coalesce(e.profile_id, (
        select i.profile_id
        from profile_interval i
        where i.account_id = e.account_id and i.extension_id = e.extension_id and i."from" <= e.observed_at
        order by i."from" desc
        limit 1
    )) as profile_id_then
from place
join event e on e.account_id = $1 and e.position = place.position
join snapshot s on s.account_id = e.account_id and s.snapshot_no = e.snapshot_no
left join message m on m.message_id = e.message_id
left join message p on p.message_id = e.previous_message_id
where e.position > $2 and e.position <= $3 and e.observed_at >= $4 and e.observed_at < $5 and e.kind <> 4
order by e.position
limit $6"#;

    fn bind_int(bound: BoundQuery<Self>, value: Option<i64>) -> BoundQuery<Self> {
        bound.bind(value)
    }

    fn bind_time(bound: BoundQuery<Self>, value: Option<Timestamp>) -> BoundQuery<Self> {
        bound.bind(value.map(Moment))
    }

    fn bind_date(bound: BoundQuery<Self>, value: LocalDate) -> BoundQuery<Self> {
        bound.bind(Day(value))
    }

    fn bind_text(bound: BoundQuery<Self>, value: Option<String>) -> BoundQuery<Self> {
        bound.bind(value)
    }

    fn bind_blob(bound: BoundQuery<Self>, value: Option<Vec<u8>>) -> BoundQuery<Self> {
        bound.bind(value)
    }

    /// As an array.
    fn bind_numbers(bound: BoundQuery<Self>, numbers: Vec<i64>) -> BoundQuery<Self> {
        bound.bind(numbers)
    }

    fn int(row: &PgRow, index: usize) -> SqlxResult<Option<i64>> {
        let Some(bytes) = bytes(row, index)? else {
            return Ok(None);
        };
        let number = number(bytes);
        let no_number = || sqlx::Error::Decode("the column holds no integer".into());
        Ok(Some(number.ok_or_else(no_number)?))
    }

    fn time(row: &PgRow, index: usize) -> SqlxResult<Option<i64>> {
        Ok(Self::int(row, index)?.map(whole_ms))
    }

    fn date(row: &PgRow, index: usize) -> SqlxResult<Option<i64>> {
        // Infinity is the greatest or least number of days, and that is no date of the years 1 to 9999.
        let days = Self::int(row, index)?;
        Ok(days.map(|days| days + i64::from(EPOCH_DAYS)))
    }

    fn key(row: &PgRow, index: usize) -> SqlxResult<Option<i64>> {
        if row.try_column(index)?.type_info().name() == "TIMESTAMPTZ" {
            Self::time(row, index)
        } else {
            Self::int(row, index)
        }
    }

    fn text(row: &PgRow, index: usize) -> SqlxResult<Option<&str>> {
        row.try_get(index)
    }

    fn blob(row: &PgRow, index: usize) -> SqlxResult<Option<&[u8]>> {
        row.try_get(index)
    }

    async fn execute(connection: &mut PgConnection, bound: BoundQuery<Self>) -> SqlxResult<u64> {
        Ok(bound.execute(connection).await?.rows_affected())
    }

    fn fetch(connection: &mut PgConnection, bound: BoundQuery<Self>) -> RowStream<'_, Self> {
        bound.fetch(connection)
    }

    fn tuples<T: DeserializeOwned>(rows: &[PgRow]) -> SqlxResult<Vec<T>> {
        let tuple = |row: &PgRow| {
            let cells = (0..row.len()).map(|index| cell(row, index));
            tuples::of_cells(cells.collect::<SqlxResult<_>>()?)
        };
        rows.iter().map(tuple).collect()
    }

    async fn fetch_optional(
        connection: &mut PgConnection,
        bound: BoundQuery<Self>,
    ) -> SqlxResult<Option<PgRow>> {
        bound.fetch_optional(connection).await
    }

    async fn create_rebuilt(
        connection: &mut PgConnection,
        table: &str,
        _: &[&str],
        _: usize,
    ) -> SqlxResult<()> {
        let statement = format!(
            "create temporary table pg_temp.rebuilt_{table} (like {table} including indexes) on commit drop"
        );
        let created = raw_sql(AssertSqlSafe(statement)).execute(connection);
        created.await.map(drop)
    }

    /// It goes with the transaction.
    async fn drop_rebuilt(_: &mut PgConnection, _: &str) -> SqlxResult<()> {
        Ok(())
    }

    async fn check_schema(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
        integrity::check_schema(connection).await
    }

    fn is_lost(error: &sqlx::Error) -> bool {
        open::is_lost(error)
    }

    fn may_pass(error: &sqlx::Error) -> bool {
        open::may_pass(error)
    }

    fn explain(shown: &str, error: StoreError) -> StoreError {
        open::explain(shown, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_each_width_are_read() {
        assert_eq!(number(&[1]), Some(1));
        assert_eq!(number(&(-2_i16).to_be_bytes()), Some(-2));
        assert_eq!(number(&(-3_i32).to_be_bytes()), Some(-3));
        assert_eq!(number(&i64::MIN.to_be_bytes()), Some(i64::MIN));
        assert_eq!(number(&[0; 3]), None);
    }

    #[test]
    fn only_whole_milliseconds_are_moments() {
        assert_eq!(whole_ms(0), EPOCH_MS);
        assert_eq!(whole_ms(-EPOCH_MS * 1000), 0);
        for odd in [1, -1, i64::MAX, i64::MIN] {
            assert!(Timestamp::from_ms(whole_ms(odd)).is_err(), "{odd}");
        }
    }
}
