//! Many small rows at once.
//!
//! Of everybody a few numbers and names are needed, a row each. Where every row passes from the driver's thread to ours
//! and is copied value by value, that costs more than reading it does. So SQLite puts all rows of a statement into one
//! JSON text, which is read here; from Postgres they come as they are, in one stream.

use serde::de::value::{Error as TupleError, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use super::StoreError;
use super::dialect::{Dialect, Driven};
use presence_core::model::time::Timestamp;

/// A query whose rows are read as tuples: integers, moments (as milliseconds), texts and bytes (as hexadecimal digits),
/// each possibly null. In no order: the statement has no `order by`.
#[derive(Clone, Copy, Debug)]
pub struct Tuples {
    /// What is selected. Bytes are to be told as hexadecimal digits where the form is [`TupleForm::Json`].
    pub columns: &'static str,
    /// From `from` on.
    pub rest: &'static str,
}

/// How a database gives tuples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TupleForm {
    /// All of them in one row, as a JSON array of arrays.
    Json,
    /// As rows.
    Rows,
}

impl Tuples {
    /// The statement's text.
    pub(super) fn text<DB: Dialect>(&self) -> String {
        let Self { columns, rest } = self;
        match DB::TUPLES {
            TupleForm::Json => format!("select json_group_array(json_array({columns}))\n{rest}"),
            TupleForm::Rows => format!("select {columns}\n{rest}"),
        }
    }
}

/// Tuples from a JSON array of arrays.
pub(super) fn of_json<T: DeserializeOwned>(json: &str) -> Driven<Vec<T>> {
    serde_json::from_str(json).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// A tuple from the values of a row.
pub(super) fn of_cells<T: DeserializeOwned>(cells: Vec<Cell<'_>>) -> Driven<T> {
    let cells = SeqDeserializer::<_, TupleError>::new(cells.into_iter());
    T::deserialize(cells).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// A value of a row.
pub(super) enum Cell<'r> {
    Null,
    Number(i64),
    Text(&'r str),
    /// Bytes as hexadecimal digits.
    Digits(String),
}

impl<'de> IntoDeserializer<'de> for Cell<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Cell<'de> {
    type Error = TupleError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TupleError> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Number(number) => visitor.visit_i64(number),
            Self::Text(text) => visitor.visit_str(text),
            Self::Digits(digits) => visitor.visit_string(digits),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TupleError> {
        match self {
            Self::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The row that values were read from: what an error names if they break our rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) table: &'static str,
    pub(super) key: &'a [i64],
}

impl Origin<'_> {
    pub(super) fn inconsistent(&self, column: &'static str) -> StoreError {
        let key: Vec<String> = self.key.iter().map(i64::to_string).collect();
        StoreError::Inconsistent {
            table: self.table,
            column,
            key: key.join(", "),
        }
    }

    pub(super) fn moment(&self, column: &'static str, ms: i64) -> Result<Timestamp, StoreError> {
        Timestamp::from_ms(ms).map_err(|_| self.inconsistent(column))
    }

    pub(super) fn opt_moment(
        &self,
        column: &'static str,
        ms: Option<i64>,
    ) -> Result<Option<Timestamp>, StoreError> {
        ms.map(|ms| self.moment(column, ms)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tuple = (i64, Option<i64>, Option<String>);

    #[test]
    fn both_forms_give_the_same_tuples() {
        let json = r#"[[1,null,"a\"b"],[-2,3,null]]"#;
        let first = vec![Cell::Number(1), Cell::Null, Cell::Text("a\"b")];
        let second = vec![Cell::Number(-2), Cell::Number(3), Cell::Null];
        let rows: Vec<Tuple> = [first, second]
            .into_iter()
            .map(|cells| of_cells(cells).expect("it is a tuple"))
            .collect();
        assert_eq!(of_json::<Tuple>(json).expect("these are tuples"), rows);
    }

    #[test]
    fn what_is_no_such_tuple_is_refused() {
        assert!(of_json::<Tuple>(r"[[1,null]]").is_err());
        assert!(of_cells::<Tuple>(vec![Cell::Null, Cell::Null, Cell::Null]).is_err());
        assert!(of_cells::<(String,)>(vec![Cell::Number(1)]).is_err());
        let digits = of_cells::<(String,)>(vec![Cell::Digits("0a".to_owned())]);
        assert_eq!(digits.expect("it is a text"), ("0a".to_owned(),));
    }
}
