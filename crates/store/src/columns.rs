//! Reading the rows of a statement by the names of their columns.
//!
//! A statement that gives rows ([`Select`]) says which columns they have ([`ColumnList`]), and a row is read by that list
//! alone: a column of another statement does not compile. That the database gives these columns, in this order, is
//! checked once a result; so no name is searched for a value, and no value is taken for another.

use std::marker::PhantomData;
use std::ops::ControlFlow;

use sqlx::{Column, Row};

use super::StoreError;
use super::codec::Coded;
use super::dialect::{Dialect, SqlxResult};
use presence_model::daily::LocalDate;
use presence_model::state::ContentHash;
use presence_model::time::Timestamp;

/// The columns of the rows that a statement gives, in their order. Made by [`columns!`].
pub(super) trait ColumnList: Copy + Send + Sync + 'static {
    /// The table that an error names.
    const TABLE: &'static str;
    /// So many of the first columns name the row in an error.
    const KEY_LENGTH: usize;
    /// All of them.
    const ALL: &'static [Self];
    /// Their names, as SQL spells them.
    const NAMES: &'static [&'static str];

    /// Which of the columns it is, from 0.
    fn index(self) -> usize;

    /// Its name.
    fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// Makes a list of columns: `columns! { List of "table", key 1 { first, second } }`. A name that SQL would take for a word
/// of its own is spelled as `from = "\"from\""`.
macro_rules! columns {
    ($($(#[$meta:meta])* $list:ident of $table:literal, key $key:literal {
        $($column:ident $(= $spelled:literal)?),+ $(,)?
    })+) => {$(
        $(#[$meta])*
        #[expect(non_camel_case_types, reason = "a column is called as in the database")]
        #[derive(Clone, Copy, Debug)]
        pub(super) enum $list { $($column),+ }

        impl $crate::columns::ColumnList for $list {
            const TABLE: &'static str = $table;
            const KEY_LENGTH: usize = $key;
            const ALL: &'static [Self] = &[$(Self::$column),+];
            const NAMES: &'static [&'static str] =
                &[$($crate::columns::spelled!($column $($spelled)?)),+];

            fn index(self) -> usize {
                self as usize
            }
        }
    )+};
}

/// How SQL spells a column: as it is called, if nothing else is given.
macro_rules! spelled {
    ($column:ident) => {
        stringify!($column)
    };
    ($column:ident $spelled:literal) => {
        $spelled
    };
}

pub(super) use {columns, spelled};

/// A statement that gives rows of the columns `C`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Select<C> {
    pub(super) text: &'static str,
    columns: PhantomData<C>,
}

impl<C: ColumnList> Select<C> {
    pub(super) const fn new(text: &'static str) -> Self {
        Self {
            text,
            columns: PhantomData,
        }
    }
}

/// What a statement gives otherwise than it is read, in words; `None` if they agree.
pub(super) fn disagreement(read: &[&str], given: &[&str]) -> Option<String> {
    (0..read.len().max(given.len())).find_map(|index| {
        let number = index + 1;
        match (read.get(index), given.get(index)) {
            (Some(read), Some(given)) if read.trim_matches('"') == *given => None,
            (Some(read), Some(given)) => {
                Some(format!("column {number} is {given}, and is read as {read}"))
            }
            (Some(read), None) => Some(format!("column {number}, {read}, is missing")),
            (None, Some(given)) => Some(format!("column {number}, {given}, is not read")),
            (None, None) => None,
        }
    })
}

/// Checks that the database gives the columns of the list.
fn check<DB: Dialect, C: ColumnList>(row: &DB::Row) -> SqlxResult<()> {
    let given: Vec<&str> = row.columns().iter().map(Column::name).collect();
    match disagreement(C::NAMES, &given) {
        None => Ok(()),
        Some(what) => Err(sqlx::Error::Protocol(format!(
            "a statement that reads {}: {what}",
            C::TABLE
        ))),
    }
}

/// The rows of a result. **Invariant:** they have the columns of the list.
pub(super) struct Rows<DB: Dialect, C> {
    rows: Vec<DB::Row>,
    columns: PhantomData<C>,
}

impl<DB: Dialect, C: ColumnList> Rows<DB, C> {
    /// The rows of one statement, all of which have the columns of the first.
    pub(super) fn checked(rows: Vec<DB::Row>) -> SqlxResult<Self> {
        if let Some(first) = rows.first() {
            check::<DB, C>(first)?;
        }
        Ok(Self {
            rows,
            columns: PhantomData,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Columns<'_, DB, C>> {
        self.rows.iter().map(Columns::new)
    }

    /// What `read` makes of each row.
    pub(super) fn read<T>(
        &self,
        read: impl FnMut(Columns<'_, DB, C>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.iter().map(read).collect()
    }
}

/// One row. **Invariant:** it has the columns of the list.
pub(super) struct OneRow<DB: Dialect, C> {
    row: DB::Row,
    columns: PhantomData<C>,
}

impl<DB: Dialect, C: ColumnList> OneRow<DB, C> {
    pub(super) fn checked(row: DB::Row) -> SqlxResult<Self> {
        check::<DB, C>(&row)?;
        Ok(Self {
            row,
            columns: PhantomData,
        })
    }

    pub(super) fn columns(&self) -> Columns<'_, DB, C> {
        Columns::new(&self.row)
    }
}

/// Takes rows as the database gives them, from what takes rows of a list.
pub(super) fn checking<DB: Dialect, C: ColumnList>(
    mut take: impl FnMut(Columns<'_, DB, C>) -> Result<ControlFlow<()>, StoreError> + Send,
) -> impl FnMut(&DB::Row) -> Result<ControlFlow<()>, StoreError> + Send {
    let mut is_checked = false;
    move |row| {
        if !is_checked {
            check::<DB, C>(row)?;
            is_checked = true;
        }
        take(Columns::new(row))
    }
}

/// The values of one row.
pub(super) struct Columns<'r, DB: Dialect, C> {
    row: &'r DB::Row,
    columns: PhantomData<C>,
}

impl<DB: Dialect, C> Clone for Columns<'_, DB, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<DB: Dialect, C> Copy for Columns<'_, DB, C> {}

impl<'r, DB: Dialect, C: ColumnList> Columns<'r, DB, C> {
    fn new(row: &'r DB::Row) -> Self {
        Self {
            row,
            columns: PhantomData,
        }
    }

    /// The same row by a list that has only the first of these columns.
    pub(super) fn first<F: ColumnList>(self) -> Columns<'r, DB, F> {
        const {
            assert!(
                begins_with(C::NAMES, F::NAMES),
                "a list begins with the other"
            );
        }
        Columns::new(self.row)
    }

    pub(super) fn int(self, column: C) -> Result<i64, StoreError> {
        self.present(column, DB::int(self.row, column.index()))
    }

    pub(super) fn opt_int(self, column: C) -> Result<Option<i64>, StoreError> {
        self.value(column, DB::int(self.row, column.index()))
    }

    pub(super) fn text(self, column: C) -> Result<&'r str, StoreError> {
        self.present(column, DB::text(self.row, column.index()))
    }

    pub(super) fn opt_text(self, column: C) -> Result<Option<&'r str>, StoreError> {
        self.value(column, DB::text(self.row, column.index()))
    }

    pub(super) fn time(self, column: C) -> Result<Timestamp, StoreError> {
        self.checked_time(
            column,
            self.present(column, DB::time(self.row, column.index()))?,
        )
    }

    pub(super) fn opt_time(self, column: C) -> Result<Option<Timestamp>, StoreError> {
        let ms = self.value(column, DB::time(self.row, column.index()))?;
        ms.map(|ms| self.checked_time(column, ms)).transpose()
    }

    /// The moment so many milliseconds before `base` as the column says; `None` where it is null.
    pub(super) fn opt_time_before(
        self,
        column: C,
        base: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(ms) = self.opt_int(column)? else {
            return Ok(None);
        };
        let ms = base.as_ms().checked_sub(ms);
        let ms = ms.ok_or_else(|| self.inconsistent(column))?;
        self.checked_time(column, ms).map(Some)
    }

    pub(super) fn date(self, column: C) -> Result<LocalDate, StoreError> {
        let days = self.present(column, DB::date(self.row, column.index()))?;
        LocalDate::from_days(days).ok_or_else(|| self.inconsistent(column))
    }

    pub(super) fn coded<T: Coded>(self, column: C) -> Result<T, StoreError> {
        T::from_code(self.int(column)?).ok_or_else(|| self.inconsistent(column))
    }

    pub(super) fn opt_blob(self, column: C) -> Result<Option<&'r [u8]>, StoreError> {
        self.value(column, DB::blob(self.row, column.index()))
    }

    pub(super) fn hash(self, column: C) -> Result<ContentHash, StoreError> {
        let bytes = self.present(column, DB::blob(self.row, column.index()))?;
        bytes.try_into().map_err(|_| self.inconsistent(column))
    }

    /// A value; one that is not of its column's type breaks our rules, whatever the database let in.
    fn value<T>(self, column: C, value: SqlxResult<Option<T>>) -> Result<Option<T>, StoreError> {
        match value {
            Ok(value) => Ok(value),
            Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
                Err(self.inconsistent(column))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The value of a column that is never null.
    fn present<T>(self, column: C, value: SqlxResult<Option<T>>) -> Result<T, StoreError> {
        self.value(column, value)?
            .ok_or_else(|| self.inconsistent(column))
    }

    /// The error that says that a column of this row breaks our rules.
    pub(super) fn inconsistent(self, column: C) -> StoreError {
        StoreError::Inconsistent {
            table: C::TABLE,
            column: column.name(),
            key: key::<DB>(self.row, C::KEY_LENGTH).join(", "),
        }
    }

    fn checked_time(self, column: C, ms: i64) -> Result<Timestamp, StoreError> {
        Timestamp::from_ms(ms).map_err(|_| self.inconsistent(column))
    }
}

/// The first values of a row, which name it.
pub(super) fn key<DB: Dialect>(row: &DB::Row, length: usize) -> Vec<String> {
    let value = |index| match DB::key(row, index) {
        Ok(Some(value)) => value.to_string(),
        _ => "?".to_owned(),
    };
    (0..length).map(value).collect()
}

/// Whether a list of names begins with another.
const fn begins_with(names: &[&str], first: &[&str]) -> bool {
    if names.len() < first.len() {
        return false;
    }
    let mut index = 0;
    while index < first.len() {
        let (name, other) = (names[index].as_bytes(), first[index].as_bytes());
        if name.len() != other.len() {
            return false;
        }
        let mut at = 0;
        while at < name.len() {
            if name[at] != other[at] {
                return false;
            }
            at += 1;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{ConnectOptions, Sqlite, SqliteConnection};

    columns! {
        Segment of "stretch", key 1 { id, from = "\"from\"", until }
        StretchBegun of "stretch", key 1 { id, from = "\"from\"" }
    }

    async fn connect() -> SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().in_memory(true);
        options.connect().await.expect("it is in memory")
    }

    async fn read(text: &'static str) -> Result<(i64, i64, Option<i64>), String> {
        let mut connection = connect().await;
        let rows = sqlx::query(text).fetch_all(&mut connection).await;
        let rows = rows.and_then(Rows::<Sqlite, Segment>::checked);
        let rows = rows.map_err(|error| error.to_string())?;
        let row = rows.iter().next().expect("there is a row");
        let begun = row.first::<StretchBegun>();
        let values = (
            begun.int(StretchBegun::id).expect("a number"),
            begun.int(StretchBegun::from).expect("a number"),
            row.opt_int(Segment::until).expect("a number or none"),
        );
        Ok(values)
    }

    #[tokio::test]
    async fn a_row_is_read_by_its_names() {
        let right = read(r#"select 1 as id, 2 as "from", 3 as until"#).await;
        assert_eq!(right, Ok((1, 2, Some(3))));
        for (text, expected) in [
            (
                r#"select 1 as id, 3 as until, 2 as "from""#,
                "column 2 is until, and is read as \"from\"",
            ),
            (
                r#"select 1 as id, 2 as "from""#,
                "column 3, until, is missing",
            ),
            (
                r#"select 1 as id, 2 as "from", 3 as until, 4 as added"#,
                "column 4, added, is not read",
            ),
        ] {
            let error = read(text).await.expect_err(text);
            assert!(error.contains("that reads stretch"), "{error}");
            assert!(error.ends_with(expected), "{error}");
        }
    }

    #[tokio::test]
    async fn an_error_names_the_row_and_the_column() {
        let mut connection = connect().await;
        let text = r#"select 7 as id, 'never' as "from", null as until"#;
        let rows = sqlx::query(text).fetch_all(&mut connection).await;
        let rows = Rows::<Sqlite, Segment>::checked(rows.expect("it is asked"));
        let rows = rows.expect("these are the columns");
        let row = rows.iter().next().expect("there is a row");
        for (error, column) in [
            (row.int(Segment::from), "\"from\""),
            (row.int(Segment::until), "until"),
        ] {
            let error = error.expect_err("it is no number").to_string();
            let expected = format!("in stretch, {column} of 7;");
            assert!(error.contains(&expected), "{error}");
        }
    }
}
