//! How values are kept in columns.
//!
//! Times are whole milliseconds; words that we chose ourselves are small integers (the views spell them out); the
//! platform's words are text. What cannot be read back is [`StoreError::Inconsistent`], never a default.

use super::StoreError;
use super::dialect::{Dialect, Driven};
use presence_core::model::coverage::CoverageKind;
use presence_core::model::daily::{DailyKind, LocalDate};
use presence_core::model::event::EventKind;
use presence_core::model::ids::ExtensionId;
use presence_core::model::leb128;
use presence_core::model::observation::{Source, SweepStatus};
use presence_core::model::state::ContentHash;
use presence_core::model::time::Timestamp;

/// A word of ours that is kept as a small integer.
pub(super) trait Coded: Copy + 'static {
    /// Each with its number: what is written in the migrations' comments and in the views.
    const CODES: &'static [(i64, Self)];

    /// Its number.
    fn code(self) -> i64;

    /// The one of that number.
    fn from_code(code: i64) -> Option<Self> {
        let found = Self::CODES.iter().find(|(known, _)| *known == code);
        found.map(|(_, value)| *value)
    }
}

macro_rules! coded {
    ($kind:ident { $($variant:ident = $code:literal),+ $(,)? }) => {
        impl Coded for $kind {
            const CODES: &'static [(i64, Self)] = &[$(($code, Self::$variant)),+];

            fn code(self) -> i64 {
                match self { $(Self::$variant => $code),+ }
            }
        }
    };
}

coded!(Source { Poll = 0, Push = 1, Import = 2 });
coded!(SweepStatus { Complete = 0, Partial = 1, Failed = 2, Skipped = 3 });
coded!(EventKind { Appeared = 0, Changed = 1, Disappeared = 2, ProfileChanged = 3 });
coded!(CoverageKind { Observed = 0, Complete = 1 });
coded!(DailyKind { Value = 0, Unknown = 1, Absent = 2 });

/// Whether an extension exists, as kept: [`presence_core::model::known::Existence`] without its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExistenceCode {
    Listed,
    Present,
    Absent,
}

coded!(ExistenceCode { Listed = 0, Present = 1, Absent = 2 });

/// A list of ascending ids in few bytes: for each, the difference to the one before as LEB128. `None` for no ids.
pub(super) fn encode_ids(ids: &[ExtensionId]) -> Option<Vec<u8>> {
    if ids.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(ids.len() * 2);
    let mut previous = 0_i64;
    for id in ids {
        leb128::push(&mut bytes, id.0.wrapping_sub(previous).cast_unsigned());
        previous = id.0;
    }
    Some(bytes)
}

/// Reads what [`encode_ids`] wrote; `None` if it is not that.
pub(super) fn decode_ids(mut bytes: &[u8]) -> Option<Vec<ExtensionId>> {
    let mut ids = Vec::with_capacity(bytes.len() / 2);
    let mut previous = 0_i64;
    while !bytes.is_empty() {
        let difference = leb128::take(&mut bytes)?;
        previous = previous.wrapping_add(difference.cast_signed());
        ids.push(ExtensionId(previous));
    }
    Some(ids)
}

/// A list of texts as a JSON array of strings.
pub(super) fn encode_texts(texts: &[String]) -> String {
    serde_json::to_string(texts).expect("texts can always be written as JSON")
}

/// Reads what [`encode_texts`] wrote; `None` if it is not that.
pub(super) fn decode_texts(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}

/// Whether these are the hexadecimal digits of `bytes`, in small or capital letters.
pub(super) fn is_hexadecimal(digits: &str, bytes: &ContentHash) -> bool {
    let mut read = ContentHash::default();
    hex::decode_to_slice(digits, &mut read).is_ok() && read == *bytes
}

/// Reads the columns of one row by place, so that no name is looked up for each value.
pub(super) struct Columns<'r, DB: Dialect> {
    row: &'r DB::Row,
    table: &'static str,
    names: &'static [&'static str],
    key_length: usize,
}

impl<'r, DB: Dialect> Columns<'r, DB> {
    /// A row of `table` whose columns are `names`; the first `key_length` of them name the row.
    pub(super) fn of(
        row: &'r DB::Row,
        table: &'static str,
        names: &'static [&'static str],
        key_length: usize,
    ) -> Self {
        Self {
            row,
            table,
            names,
            key_length,
        }
    }

    pub(super) fn int(&self, index: usize) -> Result<i64, StoreError> {
        self.present(index, DB::int(self.row, index))
    }

    /// An integer, or a moment as milliseconds.
    pub(super) fn key(&self, index: usize) -> Result<i64, StoreError> {
        self.present(index, DB::key(self.row, index))
    }

    pub(super) fn opt_int(&self, index: usize) -> Result<Option<i64>, StoreError> {
        self.read(index, DB::int(self.row, index))
    }

    pub(super) fn text(&self, index: usize) -> Result<&'r str, StoreError> {
        self.present(index, DB::text(self.row, index))
    }

    pub(super) fn opt_text(&self, index: usize) -> Result<Option<&'r str>, StoreError> {
        self.read(index, DB::text(self.row, index))
    }

    pub(super) fn time(&self, index: usize) -> Result<Timestamp, StoreError> {
        self.checked_time(index, self.present(index, DB::time(self.row, index))?)
    }

    pub(super) fn opt_time(&self, index: usize) -> Result<Option<Timestamp>, StoreError> {
        let ms = self.read(index, DB::time(self.row, index))?;
        ms.map(|ms| self.checked_time(index, ms)).transpose()
    }

    /// The moment `sign` times the column's milliseconds after `base`; `None` where the column is null.
    pub(super) fn opt_time_from(
        &self,
        index: usize,
        base: Timestamp,
        sign: i64,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(ms) = self.opt_int(index)? else {
            return Ok(None);
        };
        let ms = ms
            .checked_mul(sign)
            .and_then(|ms| base.as_ms().checked_add(ms))
            .ok_or_else(|| self.inconsistent(index))?;
        self.checked_time(index, ms).map(Some)
    }

    pub(super) fn date(&self, index: usize) -> Result<LocalDate, StoreError> {
        let days = self.present(index, DB::date(self.row, index))?;
        LocalDate::from_days(days).ok_or_else(|| self.inconsistent(index))
    }

    pub(super) fn coded<C: Coded>(&self, index: usize) -> Result<C, StoreError> {
        C::from_code(self.int(index)?).ok_or_else(|| self.inconsistent(index))
    }

    pub(super) fn opt_blob(&self, index: usize) -> Result<Option<&'r [u8]>, StoreError> {
        self.read(index, DB::blob(self.row, index))
    }

    pub(super) fn hash(&self, index: usize) -> Result<ContentHash, StoreError> {
        let bytes = self.present(index, DB::blob(self.row, index))?;
        bytes.try_into().map_err(|_| self.inconsistent(index))
    }

    /// A value; one that is not of its column's type breaks our rules, whatever the database let in.
    fn read<T>(&self, index: usize, value: Driven<Option<T>>) -> Result<Option<T>, StoreError> {
        match value {
            Ok(value) => Ok(value),
            Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
                Err(self.inconsistent(index))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The value of a column that is never null.
    fn present<T>(&self, index: usize, value: Driven<Option<T>>) -> Result<T, StoreError> {
        self.read(index, value)?
            .ok_or_else(|| self.inconsistent(index))
    }

    /// The error that says that a column of this row breaks our rules.
    pub(super) fn inconsistent(&self, index: usize) -> StoreError {
        let key = (0..self.key_length)
            .map(|index| match DB::key(self.row, index) {
                Ok(Some(value)) => value.to_string(),
                _ => "?".to_owned(),
            })
            .collect::<Vec<_>>()
            .join(", ");
        StoreError::Inconsistent {
            table: self.table,
            column: self.names[index],
            key,
        }
    }

    fn checked_time(&self, index: usize, ms: i64) -> Result<Timestamp, StoreError> {
        Timestamp::from_ms(ms).map_err(|_| self.inconsistent(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(numbers: &[i64]) -> Vec<ExtensionId> {
        numbers.iter().copied().map(ExtensionId).collect()
    }

    #[test]
    fn neighbouring_ids_take_a_byte_each() {
        assert_eq!(encode_ids(&[]), None);
        let encoded = encode_ids(&ids(&[300, 301, 310, 438])).expect("not empty");
        assert_eq!(encoded, [0xac, 0x02, 1, 9, 0x80, 0x01]);
    }

    #[test]
    fn digits_are_those_of_their_bytes_alone() {
        let mut bytes = ContentHash::default();
        bytes[..3].copy_from_slice(&[0x00, 0xff, 0x1a]);
        let rest = "00".repeat(29);
        for (digits, expected) in [
            (format!("00ff1a{rest}"), true),
            (format!("00FF1A{rest}"), true),
            (format!("00ff1b{rest}"), false),
            (format!("00ff1{rest}"), false),
            (format!("00ff1a00{rest}"), false),
            (format!("00ff1g{rest}"), false),
        ] {
            assert_eq!(is_hexadecimal(&digits, &bytes), expected, "{digits}");
        }
    }

    #[test]
    fn what_is_no_list_of_ids_is_refused() {
        assert_eq!(decode_ids(&[0x80]), None);
        assert_eq!(decode_ids(&[0xff; 11]), None);
    }

    #[test]
    fn every_code_is_its_own() {
        fn check<C: Coded + PartialEq + std::fmt::Debug>() {
            for (code, value) in C::CODES {
                assert_eq!(value.code(), *code);
                assert_eq!(C::from_code(*code), Some(*value));
            }
            assert_eq!(C::from_code(99), None);
        }
        check::<Source>();
        check::<SweepStatus>();
        check::<EventKind>();
        check::<CoverageKind>();
        check::<ExistenceCode>();
    }

    proptest! {
        #[test]
        fn ids_come_back(mut numbers in proptest::collection::vec(any::<i64>(), 1..50)) {
            numbers.sort_unstable();
            let ids = ids(&numbers);
            let encoded = encode_ids(&ids).expect("not empty");
            prop_assert_eq!(decode_ids(&encoded), Some(ids));
        }

        #[test]
        fn texts_come_back(texts in proptest::collection::vec(".*", 0..5)) {
            prop_assert_eq!(decode_texts(&encode_texts(&texts)), Some(texts));
        }
    }
}
