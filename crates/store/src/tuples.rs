//! Many small rows at once.
//!
//! A question about everyone needs a few numbers and names of each extension, a row each. If every row passes from the
//! driver's thread to ours and is copied value by value, that costs more than reading it. So SQLite puts all rows of a statement into one
//! JSON text, which is read here; from Postgres they come as they are, in one stream.

use serde::de::value::{Error as TupleError, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};

use super::StoreError;
use super::columns::disagreement;
use super::dialect::{Dialect, SqlxResult};
use presence_model::time::Timestamp;

/// A query whose rows are read as tuples: integers, moments (as milliseconds), texts and bytes (as hexadecimal digits),
/// each possibly null. In no order: the statement has no `order by`.
#[derive(Clone, Copy, Debug)]
pub struct Tuples {
    /// What is selected, each called as a field of the tuple: by what stands after `as`, or after the table's name.
    pub columns: &'static [&'static str],
    /// From `from` on.
    pub rest: &'static str,
}

/// When an extension was last seen, of the table `x`.
pub(super) const LAST_SEEN: &[&str] = &[
    "x.extension_id",
    "x.existence",
    "x.since",
    "x.told_before_ms",
    "x.lagging_at",
    "x.lagging_valid_for_ms",
];

/// The latest interval, of the tables `x`, `i`, `m` and `p`.
pub(super) const LATEST: &[&str] = &[
    "x.extension_id",
    "x.existence",
    "x.since",
    "x.told_before_ms",
    "x.lagging_at",
    "x.lagging_valid_for_ms",
    "x.not_before",
    "x.state_id",
    "x.message_id",
    "x.position",
    r#"i."from""#,
    "i.ambiguous_ms",
    "i.duration_ms",
    "i.end_ambiguous_ms",
    "i.state_id as ended_state_id",
    "i.message_id as ended_message_id",
    "i.position as ended_position",
    "m.text as message",
    "p.extension_number",
    "p.name",
];

/// Up to where an extension is packed, of the table `s`.
pub(super) const PACKED: &[&str] = &["s.extension_id", "s.until"];

/// When an extension existed, of the table `i`.
pub(super) const EXISTENCE: &[&str] = &[
    "i.extension_id",
    r#"i."from""#,
    "i.not_before",
    "i.certain_until",
    "i.until",
];

/// The profiles of an extension, of the table `i`.
pub(super) const PROFILES: &[&str] = &["i.extension_id", r#"i."from""#, "i.until", "i.profile_id"];

/// A state, of the table `state`.
pub(super) const STATE: &[&str] = &[
    "state_id",
    "presence_status",
    "user_status",
    "telephony_status",
    "dnd_status",
    "meeting_status",
    "dnd_status_personal",
    "accept_call_queue_calls",
    "allow_see_my_presence",
    "caller_id_visibility",
    "ring_on_monitored_call",
    "pick_up_calls_on_hold",
    "cx_telephony_status",
    "aggregated_telephony_status",
    "content_hash",
];

/// A profile, of the table `p`.
pub(super) const PROFILE: &[&str] = &[
    "p.profile_id",
    "p.extension_number",
    "p.name",
    "p.type as extension_type",
    "p.status",
    "p.department",
    "p.site",
    "p.time_zone",
    "p.queues",
    "p.content_hash",
];

/// The states with numbers above `$1`.
pub(super) const STATES_AFTER: Tuples = Tuples {
    columns: STATE,
    rest: "from state where state_id > $1",
};

/// The profiles with numbers above `$1`.
pub(super) const PROFILES_AFTER: Tuples = Tuples {
    columns: PROFILE,
    rest: "from profile p where p.profile_id > $1",
};

/// The column that holds bytes.
const BYTES: &str = "content_hash";

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
        match DB::TUPLES {
            TupleForm::Json => {
                // JSON has no bytes.
                let values = self.columns.iter().map(|column| match parts(column) {
                    (value, BYTES) => format!("hex({value})"),
                    (value, _) => value.to_owned(),
                });
                let values = values.collect::<Vec<_>>().join(", ");
                format!(
                    "select json_group_array(json_array({values}))\n{}",
                    self.rest
                )
            }
            TupleForm::Rows => self.rows(),
        }
    }

    /// The text that gives them as rows.
    pub(super) fn rows(&self) -> String {
        format!("select {}\n{}", self.columns.join(", "), self.rest)
    }

    /// What the columns are called, in order.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| parts(column).1).collect()
    }

    /// Checks that a tuple has the fields that are selected, in this order.
    pub(super) fn check<T: DeserializeOwned>(&self) -> SqlxResult<()> {
        match disagreement(fields::<T>(), &self.names()) {
            None => Ok(()),
            Some(what) => Err(sqlx::Error::Protocol(format!(
                "tuples that are selected {}: {what}",
                self.rest.trim()
            ))),
        }
    }
}

/// What a column is selected by, and what it is called.
fn parts(column: &str) -> (&str, &str) {
    column.rsplit_once(" as ").unwrap_or_else(|| {
        let name = column.rsplit_once('.').map_or(column, |(_, name)| name);
        (column, name.trim_matches('"'))
    })
}

/// The names of the fields of a struct; none if it is no struct.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut found: &[&str] = &[];
    // It only asks: there is nothing to read.
    let _: Result<T, TupleError> = T::deserialize(Fields(&mut found));
    found
}

/// Notes the fields that are asked for.
struct Fields<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = TupleError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, TupleError> {
        Err(TupleError::custom("it is no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, TupleError> {
        *self.0 = fields;
        Err(TupleError::custom("there is nothing to read"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Tuples from a JSON array of arrays.
pub(super) fn of_json<T: DeserializeOwned>(json: &str) -> SqlxResult<Vec<T>> {
    serde_json::from_str(json).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// A tuple from the values of a row.
pub(super) fn of_cells<T: DeserializeOwned>(cells: Vec<Cell<'_>>) -> SqlxResult<T> {
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

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only its fields are asked for")]
    struct Named {
        id: i64,
        from: i64,
        content_hash: String,
    }

    #[test]
    fn a_tuple_has_the_fields_that_are_selected() {
        const HASH: &str = "s.content_hash";
        let check = |columns: &'static [&'static str]| {
            let tuples = Tuples {
                columns,
                rest: "from segment s",
            };
            tuples.check::<Named>().map_err(|error| error.to_string())
        };
        assert_eq!(check(&["s.id", "s.\"from\"", HASH]), Ok(()));
        let wrong: [(&'static [&'static str], _); 3] = [
            (
                &["s.\"from\"", "s.id", HASH],
                "column 1 is from, and is read as id",
            ),
            (
                &["s.id", "s.\"from\""],
                "column 3, content_hash, is missing",
            ),
            (
                &["s.id", "s.\"from\"", HASH, "s.added"],
                "column 4, added, is not read",
            ),
        ];
        for (columns, expected) in wrong {
            let error = check(columns).expect_err("it is another tuple");
            assert!(error.ends_with(expected), "{error}");
        }
    }

    #[test]
    fn bytes_are_digits_in_json() {
        let tuples = Tuples {
            columns: &["s.id", "s.content_hash"],
            rest: "from state s",
        };
        assert_eq!(
            tuples.text::<sqlx::Sqlite>(),
            "select json_group_array(json_array(s.id, hex(s.content_hash)))\nfrom state s"
        );
        assert_eq!(
            tuples.text::<sqlx::Postgres>(),
            "select s.id, s.content_hash\nfrom state s"
        );
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
