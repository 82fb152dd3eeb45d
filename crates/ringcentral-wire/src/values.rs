//! Single values as the platform writes them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

/// A piece of `text` for an error message: one line, nothing unprintable, at most `chars` characters.
pub fn clip(text: &str, chars: usize) -> String {
    let mut clipped: String = text
        .chars()
        .take(chars)
        .map(|c| if is_printable(c) { c } else { '\u{fffd}' })
        .collect();
    if text.chars().nth(chars).is_some() {
        clipped.push('…');
    }
    clipped
}

/// Whether a terminal shows it, and shows it where it stands: no control characters, line ends or reordering marks.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text that borrows from the payload unless it has escapes; `BOOLEAN` and `INTEGER` tell what else it may be.
///
/// Absent, `null` and the empty text are all `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Word<'a, const BOOLEAN: bool, const INTEGER: bool>(Option<Cow<'a, str>>);

/// A text and nothing else.
pub(crate) type Text<'a> = Word<'a, false, false>;
/// A boolean, kept as the text `true` or `false`.
pub(crate) type Flag<'a> = Word<'a, true, false>;
/// A text of digits that some write as a number.
pub(crate) type Digits<'a> = Word<'a, false, true>;

impl<const BOOLEAN: bool, const INTEGER: bool> Word<'_, BOOLEAN, INTEGER> {
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(crate) fn into_string(self) -> Option<String> {
        self.0.map(Cow::into_owned)
    }
}

impl<'de: 'a, 'a, const BOOLEAN: bool, const INTEGER: bool> Deserialize<'de>
    for Word<'a, BOOLEAN, INTEGER>
{
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor::<BOOLEAN, INTEGER>)
    }
}

struct WordVisitor<const BOOLEAN: bool, const INTEGER: bool>;

impl<'de, const BOOLEAN: bool, const INTEGER: bool> Visitor<'de> for WordVisitor<BOOLEAN, INTEGER> {
    type Value = Word<'de, BOOLEAN, INTEGER>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if BOOLEAN { "true or false" } else { "a text" })
    }

    #[inline]
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        // A text without escapes cannot hold U+0000: JSON has it escaped only.
        Ok(Word((!text.is_empty()).then_some(Cow::Borrowed(text))))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.contains('\0') {
            return Err(E::custom("holds U+0000, which cannot be kept"));
        }
        Ok(Word(
            (!text.is_empty()).then(|| Cow::Owned(text.to_owned())),
        ))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Word(None))
    }

    #[inline]
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        if !BOOLEAN {
            return Err(E::invalid_type(de::Unexpected::Bool(value), &self));
        }
        Ok(Word(Some(Cow::Borrowed(if value {
            "true"
        } else {
            "false"
        }))))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        if !INTEGER {
            return Err(E::invalid_type(de::Unexpected::Unsigned(value), &self));
        }
        Ok(Word(Some(Cow::Owned(value.to_string()))))
    }
}

/// An id: a whole number of up to 64 bits, or the same as text; never through a floating point number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(pub i64);

impl<'de> Deserialize<'de> for Id {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id: a whole number from 0 to 9223372036854775807, or the same as text")
    }

    #[inline]
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Id, E> {
        i64::try_from(value)
            .map(Id)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(id) if digits => Ok(Id(id)),
            _ => Err(E::invalid_value(
                de::Unexpected::Str(&clip(text, 40)),
                &self,
            )),
        }
    }
}

/// A `T` that is written as an object; serde's derive alone would also take an array of its fields in order.
#[derive(Clone, Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(std::marker::PhantomData))
    }
}

struct ObjectVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Replaces the escapes in a JSON text that stand for no character we can keep (lone surrogates, U+0000) by U+FFFD.
/// `None` if there are none. A status message that the platform cuts in the middle of an emoji has one.
pub(crate) fn mend_escapes(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let Some(unit) = code_unit(bytes, at) else {
            at += 2;
            continue;
        };
        let is_pair = (0xd800..0xdc00).contains(&unit)
            && code_unit(bytes, at + 6).is_some_and(|low| (0xdc00..0xe000).contains(&low));
        if !is_pair && (unit == 0 || (0xd800..0xe000).contains(&unit)) {
            mended.get_or_insert_with(|| bytes.to_vec())[at..at + 6].copy_from_slice(b"\\ufffd");
        }
        at += if is_pair { 12 } else { 6 };
    }
    mended.and_then(|bytes| String::from_utf8(bytes).ok())
}

/// The UTF-16 unit that an escape `\uXXXX` at `at` stands for.
fn code_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_id(json: &str, expected: Option<i64>) {
        let id = serde_json::from_str::<Id>(json).ok().map(|id| id.0);
        assert_eq!(id, expected, "{json}");
    }

    #[test]
    fn ids_are_exact_up_to_64_bits() {
        check_id("0", Some(0));
        check_id("9007199254740993", Some(9_007_199_254_740_993));
        check_id("\"9223372036854775807\"", Some(i64::MAX));
        check_id("9223372036854775807", Some(i64::MAX));
        check_id("9223372036854775808", None);
        check_id("\"9223372036854775808\"", None);
        check_id("18446744073709551616", None);
        for refused in [
            "-1", "\"-1\"", "\"+1\"", "\" 1\"", "\"\"", "1.0", "1e3", "true", "null", "[1]",
        ] {
            check_id(refused, None);
        }
    }

    #[test]
    fn a_text_without_escapes_borrows() {
        let text: Text<'_> = serde_json::from_str("\"Busy\"").expect("it is a text");
        assert!(matches!(text.0, Some(Cow::Borrowed("Busy"))));
        let text: Text<'_> = serde_json::from_str(r#""\u0042usy""#).expect("it is a text");
        assert_eq!(text.get(), Some("Busy"));
    }

    #[test]
    fn null_and_empty_are_absent() {
        for json in ["null", "\"\""] {
            let text: Text<'_> = serde_json::from_str(json).expect("it is a text");
            assert_eq!(text.get(), None);
        }
    }

    #[test]
    fn only_flags_are_booleans_and_only_digits_are_numbers() {
        let flag: Flag<'_> = serde_json::from_str("true").expect("it is a flag");
        assert_eq!(flag.get(), Some("true"));
        let digits: Digits<'_> = serde_json::from_str("101").expect("it is a number");
        assert_eq!(digits.get(), Some("101"));
        assert!(serde_json::from_str::<Text<'_>>("true").is_err());
        assert!(serde_json::from_str::<Text<'_>>("101").is_err());
        assert!(serde_json::from_str::<Flag<'_>>("1").is_err());
        assert!(serde_json::from_str::<Digits<'_>>("-101").is_err());
    }

    #[test]
    fn an_excerpt_is_one_printable_line() {
        assert_eq!(
            clip("a\nb\u{1b}[31m\u{202e}c", 20),
            "a\u{fffd}b\u{fffd}[31m\u{fffd}c"
        );
        assert_eq!(clip("abcdef", 3), "abc…");
        assert_eq!(clip("abc", 3), "abc");
    }

    #[track_caller]
    fn check_mended(json: &str, expected: Option<&str>) {
        assert_eq!(mend_escapes(json).as_deref(), expected);
    }

    #[test]
    fn escapes_that_are_no_character_are_mended() {
        check_mended(r#"{"a":"\ud83d\ude00 \n \\ud83d"}"#, None);
        check_mended(r#""lunch \ud83d""#, Some(r#""lunch \ufffd""#));
        check_mended(r#""\ude00\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#));
        check_mended(r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#));
        check_mended(r#""a\u0000b""#, Some(r#""a\ufffdb""#));
        check_mended(r#""\ud83"#, None);
    }
}
