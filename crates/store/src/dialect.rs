//! What differs between the databases, and the statements that both execute.
//!
//! [`Dialect`] holds only what differs: how values are bound and read, how a transaction begins, and the few
//! statements that have no common text. Everything else of the store is written once, over it.

use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use serde::de::DeserializeOwned;
use sqlx::database::HasStatementCache;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Database, SqlSafeStr, SqlStr, Transaction};

use super::StoreError;
use super::columns::{ColumnList, Columns, OneRow, Rows, Select, checking};
use super::tuples::{TupleForm, Tuples};
use presence_model::daily::LocalDate;
use presence_model::ids::{ExtensionId, ProfileId};
use presence_model::time::Timestamp;

/// A statement with the values bound so far, as sqlx has it.
pub type BoundQuery<DB> = Query<'static, DB, <DB as Database>::Arguments>;

/// Takes the rows of a query, one by one, until it has enough.
pub(super) type TakeRow<'a, DB> =
    dyn FnMut(&<DB as Database>::Row) -> Result<ControlFlow<()>, StoreError> + Send + 'a;

/// The rows of a query, as they come.
pub type RowStream<'c, DB> = BoxStream<'c, SqlxResult<<DB as Database>::Row>>;

/// The result of a driver's call.
pub type SqlxResult<T> = Result<T, sqlx::Error>;

/// A database that can hold a history: SQLite or Postgres.
///
/// Values are integers, times, texts and bytes, each possibly null. Integers are 64 bits wide; a time goes in and out
/// as milliseconds since 1970, whatever the column's type.
pub trait Dialect: Database + HasStatementCache {
    /// Whether statements stay prepared on a connection, under a name. A pooler may give each transaction another one.
    const KEEPS_PREPARED: bool;

    /// How parameters are spelled in statements over many rows.
    const PARAMETERS: Parameters;

    /// Whether it is a server, which may vanish without a word. A file answers, however long a slow medium, or a program
    /// that was stopped for a while, takes for it.
    const IS_SERVER: bool;

    /// Whether several may write at once, so that rows which are read to be changed must be locked.
    const LOCKS_ROWS: bool;

    /// The schema of temporary tables.
    const TEMPORARY: &'static str;

    /// Whether a table that lies in the order of its key takes fewer pages if the rows of one statement come with falling
    /// keys. SQLite splits the last page of such a table evenly with its neighbours: rising rows leave an eighth of each
    /// page empty, falling ones a thirteenth.
    const FILLS_FALLING: bool;

    /// Locks the dictionaries, so that two writers do not give out the same numbers; `None` if only one can
    /// write at a time.
    const LOCK_DICTIONARIES: Option<&'static str>;

    /// Makes the part of the events for the month, UTC, that the moment `$1` is in, if it is not there; `None` if
    /// events are not kept by month.
    const MAKE_MONTH: Option<&'static str>;

    /// Let the database gather statistics of its tables, so that it can plan queries; they take a short time however large
    /// the tables are.
    const REFRESH_STATISTICS: &'static [&'static str];

    /// How the rows of [`Tuples`] come.
    const TUPLES: TupleForm;

    /// Where those of the extensions `$2` stand that are known: extension, existence, since, `told_before_ms`, `lagging_at`,
    /// `lagging_valid_for_ms`.
    const LAST_SEEN_OF: Tuples;

    /// Of each extension that was ever observed, the latest interval that began at or before the moment `$2`: the open
    /// one, as the extension has it; else the one that is found in the key of the intervals. With its message, and
    /// with the number and name of the extension's profile at that moment.
    const LATEST_INTERVALS: Tuples;

    /// Their intervals from the last one that begins before `$3` to the second one that begins at or after `$4`, all of
    /// one extension in one row, as a JSON array of arrays (moments as milliseconds). Both ends are found in the key, so
    /// the length of the history does not matter.
    const INTERVALS_OF: &'static str;

    /// Up to which month they are packed, of those that are.
    const PACKED_OF: Tuples;

    /// Their blocks from the last one up to month `$3` to the last one that may be needed beyond month `$4`: three
    /// intervals that end after it, or three blocks.
    const BLOCKS_OF: &'static str;

    /// When they existed: extension, from, `not_before`, `certain_until`, until.
    const EXISTENCE_OF: Tuples;

    /// Their profiles: extension, from, until, profile.
    const PROFILES_OF: Tuples;

    /// The profiles whose numbers are `$1`: see [`super::tuples::PROFILES_AFTER`].
    const PROFILES_NUMBERED: Tuples;

    /// Deletes what the daily table holds of facet `$2` and the extensions `$3` from the local date `$4` on.
    const DELETE_DAILY_OF: &'static str;

    /// Change events of the extensions `$7` after position `$2` up to `$3`, observed from `$4` on and before `$5`, at
    /// most `$6`; not those of queues. The projections show when something of them changed, and so where in the log it is: an extension's
    /// own events are found without reading those of others.
    const CHANGES_OF: &'static str;

    /// Binds an integer.
    fn bind_int(bound: BoundQuery<Self>, value: Option<i64>) -> BoundQuery<Self>;

    /// Binds a moment.
    fn bind_time(bound: BoundQuery<Self>, value: Option<Timestamp>) -> BoundQuery<Self>;

    /// Binds a local date.
    fn bind_date(bound: BoundQuery<Self>, value: LocalDate) -> BoundQuery<Self>;

    /// Binds a text.
    fn bind_text(bound: BoundQuery<Self>, value: Option<String>) -> BoundQuery<Self>;

    /// Binds bytes.
    fn bind_blob(bound: BoundQuery<Self>, value: Option<Vec<u8>>) -> BoundQuery<Self>;

    /// Binds a list of numbers: one parameter for any number of them.
    fn bind_numbers(bound: BoundQuery<Self>, numbers: Vec<i64>) -> BoundQuery<Self>;

    /// Reads an integer, or a truth value as 0 or 1.
    fn int(row: &Self::Row, index: usize) -> SqlxResult<Option<i64>>;

    /// Reads a moment, in milliseconds since 1970; one that is no whole number of them is given as `i64::MIN`, which
    /// is no moment.
    fn time(row: &Self::Row, index: usize) -> SqlxResult<Option<i64>>;

    /// Reads a local date, in days since 1970; one that cannot be read is given as `i64::MIN`, which is no date.
    fn date(row: &Self::Row, index: usize) -> SqlxResult<Option<i64>>;

    /// Reads an integer or a moment: what keys are made of.
    fn key(row: &Self::Row, index: usize) -> SqlxResult<Option<i64>>;

    /// Reads a text.
    fn text(row: &Self::Row, index: usize) -> SqlxResult<Option<&str>>;

    /// Reads bytes.
    fn blob(row: &Self::Row, index: usize) -> SqlxResult<Option<&[u8]>>;

    /// Executes a statement; how many rows it changed.
    fn execute(
        connection: &mut Self::Connection,
        bound: BoundQuery<Self>,
    ) -> impl Future<Output = SqlxResult<u64>> + Send;

    /// Executes a query; its rows as they come.
    fn fetch(connection: &mut Self::Connection, bound: BoundQuery<Self>) -> RowStream<'_, Self>;

    /// The tuples in the rows of a query of tuples: see [`Dialect::TUPLES`].
    fn tuples<T: DeserializeOwned>(rows: &[Self::Row]) -> SqlxResult<Vec<T>>;

    /// Executes a query; its first row.
    fn fetch_optional(
        connection: &mut Self::Connection,
        bound: BoundQuery<Self>,
    ) -> impl Future<Output = SqlxResult<Option<Self::Row>>> + Send;

    /// Creates an empty table `rebuilt_…` of this connection's own for the rows of a projection.
    fn create_rebuilt(
        connection: &mut Self::Connection,
        table: &str,
        columns: &[&str],
        key_length: usize,
    ) -> impl Future<Output = SqlxResult<()>> + Send;

    /// Drops that table, if it is there and would stay.
    fn drop_rebuilt(
        connection: &mut Self::Connection,
        table: &str,
    ) -> impl Future<Output = SqlxResult<()>> + Send;

    /// What of the tables, triggers, functions and keys is not as the program makes it: that the log cannot be rewritten
    /// rests on them. Each as a sentence that begins with the table.
    fn check_schema(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Whether the connection is gone, so that another one may do.
    fn is_lost(error: &sqlx::Error) -> bool;

    /// Whether the same transaction may succeed when it is tried again.
    fn may_pass(error: &sqlx::Error) -> bool;

    /// Turns an error that concerns the database as a whole into a sentence that names it as `shown`.
    fn explain(shown: &str, error: StoreError) -> StoreError;
}

/// How parameters are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// `?`. SQLite finds a numbered one in a list for each value, which is slow for thousands of them.
    Unnumbered,
    /// `$1`, `$2` and so on.
    Numbered,
}

/// How transactions begin.
#[derive(Clone, Debug)]
pub(super) struct BeginStatements {
    /// To read: everything in it sees the same end of the log.
    pub(super) read: SqlStr,
    /// To compare the projections: the same, with temporary tables.
    pub(super) check: SqlStr,
    /// To write.
    pub(super) write: SqlStr,
    /// To rebuild all projections, which may take long.
    pub(super) rebuild: SqlStr,
}

/// Of a statement whose rows are not read by a list of columns.
pub(super) enum NoList {}

/// Of a statement whose rows are read as tuples `T`.
pub(super) struct TuplesOf<T>(PhantomData<T>);

/// A statement whose parameters are bound one after the other, and whose rows have the columns `C`.
pub(super) struct Statement<DB: Dialect, C = NoList>(BoundQuery<DB>, PhantomData<C>);

/// A query without values yet.
fn query<DB: Dialect>(text: impl SqlSafeStr) -> BoundQuery<DB> {
    sqlx::query(text).persistent(DB::KEEPS_PREPARED)
}

/// Passes on the rows of a query as they come, until there are enough or one cannot be taken. There may be many, so the
/// statement does not stay prepared.
async fn for_each<DB: Dialect>(
    connection: &mut DB::Connection,
    bound: BoundQuery<DB>,
    take: &mut TakeRow<'_, DB>,
) -> Result<(), StoreError> {
    let mut rows = DB::fetch(connection, bound.persistent(false));
    while let Some(row) = rows.try_next().await? {
        if take(&row)?.is_break() {
            break;
        }
    }
    Ok(())
}

impl<DB: Dialect> Statement<DB> {
    /// A statement without values yet.
    pub(super) fn new(text: &'static str) -> Self {
        Self(query::<DB>(text), PhantomData)
    }

    /// One that was put together from the names of tables and columns.
    pub(super) fn assembled(text: SqlStr) -> Self {
        Self(query::<DB>(text), PhantomData)
    }

    /// One whose rows are read as tuples.
    pub(super) fn tuples<T: DeserializeOwned>(
        tuples: &Tuples,
    ) -> SqlxResult<Statement<DB, TuplesOf<T>>> {
        tuples.check::<T>()?;
        let text = AssertSqlSafe(tuples.text::<DB>()).into_sql_str();
        Ok(Statement(query::<DB>(text), PhantomData))
    }

    /// One whose rows are read by a list of columns.
    pub(super) fn select<C: ColumnList>(select: Select<C>) -> Statement<DB, C> {
        Self::new(select.text).giving()
    }

    /// The same statement, whose rows are read by a list of columns.
    pub(super) fn giving<C: ColumnList>(self) -> Statement<DB, C> {
        Statement(self.0, PhantomData)
    }

    /// Executes it; how many rows it changed.
    pub(super) async fn execute(self, connection: &mut DB::Connection) -> SqlxResult<u64> {
        DB::execute(connection, self.0).await
    }

    /// Passes on its rows as they come. For statements that are made from the very list by which their rows are read.
    pub(super) async fn for_each_raw(
        self,
        connection: &mut DB::Connection,
        take: &mut TakeRow<'_, DB>,
    ) -> Result<(), StoreError> {
        for_each::<DB>(connection, self.0, take).await
    }

    /// Its first row; for such statements.
    pub(super) async fn fetch_raw(
        self,
        connection: &mut DB::Connection,
    ) -> SqlxResult<Option<DB::Row>> {
        DB::fetch_optional(connection, self.0).await
    }
}

impl<DB: Dialect, C> Statement<DB, C> {
    fn with(self, bind: impl FnOnce(BoundQuery<DB>) -> BoundQuery<DB>) -> Self {
        Self(bind(self.0), PhantomData)
    }

    pub(super) fn int(self, value: i64) -> Self {
        self.with(|bound| DB::bind_int(bound, Some(value)))
    }

    pub(super) fn opt_int(self, value: Option<i64>) -> Self {
        self.with(|bound| DB::bind_int(bound, value))
    }

    pub(super) fn time(self, value: Timestamp) -> Self {
        self.with(|bound| DB::bind_time(bound, Some(value)))
    }

    pub(super) fn opt_time(self, value: Option<Timestamp>) -> Self {
        self.with(|bound| DB::bind_time(bound, value))
    }

    pub(super) fn date(self, value: LocalDate) -> Self {
        self.with(|bound| DB::bind_date(bound, value))
    }

    pub(super) fn text(self, value: impl Into<String>) -> Self {
        self.with(|bound| DB::bind_text(bound, Some(value.into())))
    }

    pub(super) fn opt_text(self, value: Option<&str>) -> Self {
        self.with(|bound| DB::bind_text(bound, value.map(str::to_owned)))
    }

    pub(super) fn blob(self, value: &[u8]) -> Self {
        self.with(|bound| DB::bind_blob(bound, Some(value.to_vec())))
    }

    pub(super) fn opt_blob(self, value: Option<Vec<u8>>) -> Self {
        self.with(|bound| DB::bind_blob(bound, value))
    }

    pub(super) fn ids(self, ids: &[ExtensionId]) -> Self {
        self.with(|bound| DB::bind_numbers(bound, ids.iter().map(|id| id.0).collect()))
    }

    pub(super) fn profile_ids(self, ids: &[ProfileId]) -> Self {
        self.with(|bound| DB::bind_numbers(bound, ids.iter().map(|id| id.0).collect()))
    }
}

impl<DB: Dialect, T: DeserializeOwned + Send> Statement<DB, TuplesOf<T>> {
    /// All its tuples, in no order.
    pub(super) async fn fetch_tuples(self, connection: &mut DB::Connection) -> SqlxResult<Vec<T>> {
        let rows: Vec<DB::Row> = DB::fetch(connection, self.0).try_collect().await?;
        DB::tuples(&rows)
    }
}

impl<DB: Dialect, C: ColumnList> Statement<DB, C> {
    /// All its rows.
    pub(super) async fn fetch_all(
        self,
        connection: &mut DB::Connection,
    ) -> SqlxResult<Rows<DB, C>> {
        Rows::checked(DB::fetch(connection, self.0).try_collect().await?)
    }

    /// Passes on its rows as they come.
    pub(super) async fn for_each(
        self,
        connection: &mut DB::Connection,
        take: impl FnMut(Columns<'_, DB, C>) -> Result<ControlFlow<()>, StoreError> + Send,
    ) -> Result<(), StoreError> {
        for_each::<DB>(connection, self.0, &mut checking(take)).await
    }

    /// Its first row.
    pub(super) async fn fetch_optional(
        self,
        connection: &mut DB::Connection,
    ) -> SqlxResult<Option<OneRow<DB, C>>> {
        let row = DB::fetch_optional(connection, self.0).await?;
        row.map(OneRow::checked).transpose()
    }

    /// Its only row.
    pub(super) async fn fetch_one(
        self,
        connection: &mut DB::Connection,
    ) -> SqlxResult<OneRow<DB, C>> {
        let row = self.fetch_optional(connection).await?;
        row.ok_or(sqlx::Error::RowNotFound)
    }
}

/// Rows of one statement. A remainder takes a few statements of the smaller sizes, so that there is only this many
/// statement texts of each kind and all of them can stay prepared.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

type Texts = [String; SIZES.len()];

/// The texts of a statement over many rows, one text a size, for each spelling of the parameters that is used.
pub(super) struct RowStatement {
    before: String,
    columns: usize,
    after: String,
    unnumbered: OnceLock<Texts>,
    numbered: OnceLock<Texts>,
}

impl RowStatement {
    /// `before`, a bracket of `columns` parameters for each row, `after`.
    pub(super) fn new(before: String, columns: usize, after: String) -> Self {
        Self {
            before,
            columns,
            after,
            unnumbered: OnceLock::new(),
            numbered: OnceLock::new(),
        }
    }

    /// Inserts rows of `columns` into `table`.
    pub(super) fn insert(table: &str, columns: &[&str]) -> Self {
        Self::new(insert_into(table, columns), columns.len(), String::new())
    }

    /// The same, replacing rows of the same key: the first `key_length` columns.
    pub(super) fn upsert(table: &str, columns: &[&str], key_length: usize) -> Self {
        let (key, rest) = columns.split_at(key_length);
        let assignments: Vec<String> = rest
            .iter()
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let after = format!(
            " on conflict ({}) do update set {}",
            key.join(", "),
            assignments.join(", ")
        );
        Self::new(insert_into(table, columns), columns.len(), after)
    }

    /// How many rows the largest statement takes; only the last rows come in smaller ones.
    pub(super) const ROWS_AT_ONCE: usize = SIZES[0];

    fn texts(&self, parameters: Parameters) -> &Texts {
        let made = match parameters {
            Parameters::Unnumbered => &self.unnumbered,
            Parameters::Numbered => &self.numbered,
        };
        made.get_or_init(|| SIZES.map(|size| self.text(parameters, size)))
    }

    fn text(&self, parameters: Parameters, size: usize) -> String {
        let mut number = 0;
        let mut parameter = || {
            number += 1;
            match parameters {
                Parameters::Unnumbered => "?".to_owned(),
                Parameters::Numbered => format!("${number}"),
            }
        };
        let brackets: Vec<String> = (0..size)
            .map(|_| {
                let row: Vec<String> = (0..self.columns).map(|_| parameter()).collect();
                format!("({})", row.join(", "))
            })
            .collect();
        format!("{} {}{}", self.before, brackets.join(", "), self.after)
    }

    /// The statements that cover `rows`, the largest first, each with its rows.
    pub(super) fn chunks<'r, DB: Dialect, R>(
        &'static self,
        rows: &'r [R],
    ) -> impl Iterator<Item = (Statement<DB>, &'r [R])> {
        let texts = self.texts(DB::PARAMETERS);
        let mut rest = rows;
        std::iter::from_fn(move || {
            let index = SIZES.iter().position(|size| *size <= rest.len())?;
            let (chunk, after) = rest.split_at(SIZES[index]);
            rest = after;
            Some((Statement::new(texts[index].as_str()), chunk))
        })
    }

    /// Executes the statement for all rows; `bind` binds the columns of one.
    pub(super) async fn execute<DB: Dialect, R>(
        &'static self,
        transaction: &mut Transaction<'_, DB>,
        rows: &[R],
        bind: impl Fn(Statement<DB>, &R) -> Statement<DB>,
    ) -> Result<(), StoreError> {
        for (statement, chunk) in self.chunks(rows) {
            let bound = chunk.iter().fold(statement, &bind);
            bound.execute(transaction).await?;
        }
        Ok(())
    }
}

fn insert_into(table: &str, columns: &[&str]) -> String {
    format!("insert into {table} ({}) values", columns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Sqlite;
    use std::sync::LazyLock;

    static STATEMENT: LazyLock<RowStatement> =
        LazyLock::new(|| RowStatement::upsert("t", &["a", "b", "c"], 1));

    #[test]
    fn rows_are_covered_once_by_few_texts() {
        let rows: Vec<usize> = (0..341).collect();
        let sizes: Vec<usize> = STATEMENT
            .chunks::<Sqlite, _>(&rows)
            .map(|(_, chunk)| chunk.len())
            .collect();
        assert_eq!(sizes, [256, 64, 16, 4, 1]);
        let covered: Vec<usize> = STATEMENT
            .chunks::<Sqlite, _>(&rows)
            .flat_map(|(_, chunk)| chunk.to_vec())
            .collect();
        assert_eq!(covered, rows);
    }

    #[test]
    fn an_upsert_replaces_all_but_the_key() {
        assert_eq!(
            STATEMENT.texts(Parameters::Unnumbered)[4],
            "insert into t (a, b, c) values (?, ?, ?) \
             on conflict (a) do update set b = excluded.b, c = excluded.c"
        );
    }

    #[test]
    fn numbers_run_through_all_rows() {
        let text = &STATEMENT.texts(Parameters::Numbered)[3];
        assert!(
            text.contains("values ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12) on"),
            "{text}"
        );
    }
}
