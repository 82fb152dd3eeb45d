//! What is SQLite's own: how values are bound and read, how a transaction begins, and how a list of ids is passed.

mod inspect;
mod integrity;
mod open;

pub(super) use self::open::path_of;

use serde::de::DeserializeOwned;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row, SqlStr, Sqlite, raw_sql};

pub(super) use inspect::inspect;

use super::StoreError;
use super::derive::{self, TellDerived};
use super::dialect::{BeginStatements, BoundQuery, Dialect, Parameters, RowStream, SqlxResult};
use super::open::{Durability, OpenMode};
use super::sql_store::SqlStore;
use super::tuples::{self, TupleForm, Tuples};
use presence_model::daily::LocalDate;
use presence_model::time::Timestamp;

/// An event log with its projections in one SQLite file.
///
/// One connection writes and a few others read; with the write-ahead log neither waits for the other. A file that is
/// not ours, newer than this program, damaged or read-only is refused with a sentence that says what to do, and is
/// left as it is.
pub type SqliteStore = SqlStore<Sqlite>;

/// Takes the write lock at once: a transaction that reads first and writes later fails when another has written in
/// between, however long it would wait.
const BEGIN_WRITE: &str = "begin immediate";

/// One read transaction: everything in it sees the same end of the log.
const BEGIN_READ: &str = "begin deferred";

impl SqlStore<Sqlite> {
    /// Opens the store that `location` names: a path, or `sqlite:` (also `sqlite://`) before a path.
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
        let path = open::path_of(location)?;
        open::check_file(&path, mode)?;
        let begins = BeginStatements {
            read: SqlStr::from_static(BEGIN_READ),
            check: SqlStr::from_static(BEGIN_READ),
            write: SqlStr::from_static(BEGIN_WRITE),
            rebuild: SqlStr::from_static(BEGIN_WRITE),
        };
        let opened = match mode {
            OpenMode::ReadOnly => {
                let readers = open::open_to_read(&path).await;
                readers.map(|readers| (None, readers))
            }
            OpenMode::Create | OpenMode::Existing => {
                let opened = open::open_to_write(&path, mode, durability, begins.clone()).await;
                opened.map(|(writer, readers)| (Some(writer), readers))
            }
        };
        let shown = path.display().to_string();
        let (writer, readers) = opened.map_err(|error| Sqlite::explain(&shown, error))?;
        let store = Self::new(&shown, writer, readers, begins);
        store.bring_up_to_date(tell).await?;
        Ok(store)
    }
}

impl Dialect for Sqlite {
    const KEEPS_PREPARED: bool = true;

    const PARAMETERS: Parameters = Parameters::Unnumbered;

    /// A writer holds the lock of the whole file.
    const IS_SERVER: bool = false;

    const LOCKS_ROWS: bool = false;

    const TEMPORARY: &'static str = "temp";

    const FILLS_FALLING: bool = true;

    const LOCK_DICTIONARIES: Option<&'static str> = None;

    const MAKE_MONTH: Option<&'static str> = None;

    const REFRESH_STATISTICS: &'static [&'static str] =
        &["pragma analysis_limit = 1000", "analyze main"];

    const TUPLES: TupleForm = TupleForm::Json;

    const LAST_SEEN_OF: Tuples = Tuples {
        columns: tuples::LAST_SEEN,
        rest: "\
from json_each($2) as wanted
cross join extension x on x.account_id = $1 and x.extension_id = wanted.value",
    };

    const LATEST_INTERVALS: Tuples = Tuples {
        columns: tuples::LATEST,
        rest: r#"
from extension x
left join extension_key k
    on (x.existence <> 1 or x.since > $2) and k.account_id = x.account_id and k.extension_id = x.extension_id
left join presence_interval i on i.extension_key = k.extension_key and i."from" = (
    select max(c."from")
    from presence_interval c
    where c.extension_key = k.extension_key and c."from" <= $2
)
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
select $1 as account_id, wanted.value as extension_id, (
    select json_group_array(json_array(
        i."from", i.ambiguous_ms, i.duration_ms, i.end_ambiguous_ms, i.state_id, i.message_id, i.position
    ))
    from presence_interval i
    where i.extension_key = k.extension_key
        and i."from" >= coalesce((
            select max(c."from")
            from presence_interval c
            where c.extension_key = k.extension_key and c."from" < $3
        ), $3)
        and i."from" <= coalesce((
            select c."from"
            from presence_interval c
            where c.extension_key = k.extension_key and c."from" >= $4
            order by c."from"
            limit 1 offset 1
        ), 9223372036854775807)
) as packed
from json_each($2) as wanted
left join extension_key k on k.account_id = $1 and k.extension_id = wanted.value"#;

    const PACKED_OF: Tuples = Tuples {
        columns: tuples::PACKED,
        rest: "\
from json_each($2) as wanted
cross join history_sealed s on s.account_id = $1 and s.extension_id = wanted.value",
    };

    const BLOCKS_OF: &'static str = "\
select b.account_id, b.extension_id, b.month, b.interval_count, b.content
from json_each($2) as wanted
cross join history_block b on b.account_id = $1 and b.extension_id = wanted.value
    and b.month >= coalesce((
        select max(c.month)
        from history_block c
        where c.account_id = $1 and c.extension_id = wanted.value and c.month <= $3
    ), $3)
    and b.month <= coalesce((
        select coalesce(min(l.month) filter (where l.interval_count > 2), max(l.month))
        from (
            select c.month, c.interval_count
            from history_block c
            where c.account_id = $1 and c.extension_id = wanted.value and c.month > $4
            order by c.month
            limit 3
        ) as l
    ), $4)
order by b.extension_id, b.month";

    const EXISTENCE_OF: Tuples = Tuples {
        columns: tuples::EXISTENCE,
        rest: "\
from json_each($2) as wanted
cross join existence_interval i on i.account_id = $1 and i.extension_id = wanted.value",
    };

    const PROFILES_OF: Tuples = Tuples {
        columns: tuples::PROFILES,
        rest: "\
from json_each($2) as wanted
cross join profile_interval i on i.account_id = $1 and i.extension_id = wanted.value",
    };

    const PROFILES_NUMBERED: Tuples = Tuples {
        columns: tuples::PROFILE,
        rest: "from json_each($1) as wanted cross join profile p on p.profile_id = wanted.value",
    };

    const DELETE_DAILY_OF: &'static str = "\
delete from daily_amount
where account_id = $1 and facet = $2 and local_date >= $4
    and extension_id in (select value from json_each($3))";

    const CHANGES_OF: &'static str = r#"
with
wanted as (
    select value as extension_id
    from json_each($7)
),
moment as (
    select i.extension_id, i.until as at
    from wanted
    cross join existence_interval i on i.account_id = $1 and i.extension_id = wanted.extension_id
    where i.until >= $4 and i.until < $5
    union
    select i.extension_id, i."from"
    from wanted
    cross join profile_interval i on i.account_id = $1 and i.extension_id = wanted.extension_id
    where i."from" >= $4 and i."from" < $5
),
place as (
    select i.position
    from wanted
    cross join extension_key k on k.account_id = $1 and k.extension_id = wanted.extension_id
    cross join presence_interval i on i.extension_key = k.extension_key
    where i."from" >= $4 and i."from" < $5
    union
    select e.position
    from moment
    cross join snapshot s on s.account_id = $1 and s.snapshot_no in (
        select c.snapshot_no
        from snapshot c
        where c.account_id = $1 and c.finished_at >= moment.at
        order by c.finished_at, c.snapshot_no
        limit 4
    )
    cross join event e on e.account_id = $1 and e.position > s.position - s.event_count and e.position <= s.position
        and e.extension_id = moment.extension_id
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
cross join event e on e.account_id = $1 and e.position = place.position
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
        bound.bind(value.map(Timestamp::as_ms))
    }

    /// As text, which sorts as dates do.
    fn bind_date(bound: BoundQuery<Self>, value: LocalDate) -> BoundQuery<Self> {
        bound.bind(value.to_string())
    }

    fn bind_text(bound: BoundQuery<Self>, value: Option<String>) -> BoundQuery<Self> {
        bound.bind(value)
    }

    fn bind_blob(bound: BoundQuery<Self>, value: Option<Vec<u8>>) -> BoundQuery<Self> {
        bound.bind(value)
    }

    /// As a JSON array of numbers.
    fn bind_numbers(bound: BoundQuery<Self>, numbers: Vec<i64>) -> BoundQuery<Self> {
        let json = serde_json::to_string(&numbers).expect("numbers can always be written as JSON");
        bound.bind(json)
    }

    fn int(row: &SqliteRow, index: usize) -> SqlxResult<Option<i64>> {
        row.try_get(index)
    }

    fn time(row: &SqliteRow, index: usize) -> SqlxResult<Option<i64>> {
        row.try_get(index)
    }

    fn date(row: &SqliteRow, index: usize) -> SqlxResult<Option<i64>> {
        let text: Option<&str> = row.try_get(index)?;
        Ok(text.map(|text| {
            let date = text.parse::<LocalDate>();
            date.map_or(i64::MIN, |date| i64::from(date.days()))
        }))
    }

    fn key(row: &SqliteRow, index: usize) -> SqlxResult<Option<i64>> {
        row.try_get(index)
    }

    fn text(row: &SqliteRow, index: usize) -> SqlxResult<Option<&str>> {
        row.try_get(index)
    }

    fn blob(row: &SqliteRow, index: usize) -> SqlxResult<Option<&[u8]>> {
        row.try_get(index)
    }

    async fn execute(
        connection: &mut SqliteConnection,
        bound: BoundQuery<Self>,
    ) -> SqlxResult<u64> {
        Ok(bound.execute(connection).await?.rows_affected())
    }

    fn fetch(connection: &mut SqliteConnection, bound: BoundQuery<Self>) -> RowStream<'_, Self> {
        bound.fetch(connection)
    }

    fn tuples<T: DeserializeOwned>(rows: &[SqliteRow]) -> SqlxResult<Vec<T>> {
        let [row] = rows else {
            return Err(sqlx::Error::RowNotFound);
        };
        tuples::of_json(row.try_get(0)?)
    }

    async fn fetch_optional(
        connection: &mut SqliteConnection,
        bound: BoundQuery<Self>,
    ) -> SqlxResult<Option<SqliteRow>> {
        bound.fetch_optional(connection).await
    }

    async fn create_rebuilt(
        connection: &mut SqliteConnection,
        table: &str,
        columns: &[&str],
        key_length: usize,
    ) -> SqlxResult<()> {
        Self::drop_rebuilt(connection, table).await?;
        // Without a type, a column is not compared by its index with one that has a type.
        let statement = format!(
            "create temp table rebuilt_{table} ({} integer, primary key ({})) without rowid",
            columns.join(" integer, "),
            columns[..key_length].join(", ")
        );
        let created = raw_sql(AssertSqlSafe(statement)).execute(connection);
        created.await.map(drop)
    }

    async fn drop_rebuilt(connection: &mut SqliteConnection, table: &str) -> SqlxResult<()> {
        let statement = format!("drop table if exists temp.rebuilt_{table}");
        let dropped = raw_sql(AssertSqlSafe(statement)).execute(connection);
        dropped.await.map(drop)
    }

    async fn check_schema(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
        integrity::check_schema(connection).await
    }

    /// A file does not go away.
    fn is_lost(_: &sqlx::Error) -> bool {
        false
    }

    /// The write lock is taken before anything is read, so nothing fails because of another writer.
    fn may_pass(_: &sqlx::Error) -> bool {
        false
    }

    fn explain(shown: &str, error: StoreError) -> StoreError {
        open::explain(shown, error)
    }
}
