//! How values are kept in columns.
//!
//! Times are whole milliseconds; words that we chose ourselves are small integers (the views spell them out); the
//! platform's words are text. What cannot be read back is never a default.

use presence_model::coverage::CoverageKind;
use presence_model::daily::DailyKind;
use presence_model::event::EventKind;
use presence_model::ids::ExtensionId;
use presence_model::leb128;
use presence_model::observation::{Source, SweepStatus};
use presence_model::queue::Accepts;
use presence_model::state::ContentHash;

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
coded!(EventKind { Appeared = 0, Changed = 1, Disappeared = 2, ProfileChanged = 3, QueueChanged = 4 });
coded!(Accepts { SignedOut = 0, SignedIn = 1, NotSaid = 2 });
coded!(CoverageKind { Observed = 0, Complete = 1 });
coded!(DailyKind { Value = 0, Unknown = 1, Absent = 2 });

/// Whether an extension exists, as kept: [`presence_model::known::Existence`] without its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExistenceCode {
    Listed,
    Present,
    Absent,
}

coded!(ExistenceCode { Listed = 0, Present = 1, Absent = 2 });

/// What became of a sweep of a queue, as kept: [`presence_model::queue::QueueSweepOutcome`] without its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueueSweepCode {
    Complete,
    Failed,
}

coded!(QueueSweepCode { Complete = 0, Failed = 1 });

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
        check::<Accepts>();
        check::<QueueSweepCode>();
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
