//! Values that people write with or without quotation marks: a number where the text of one is meant is that text.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// A text, or a number as the text of it.
pub(super) fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(Scalar { unit: "" }).map(Some)
}

/// A length of time: a text, or a number of seconds.
pub(super) fn optional_length<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(Scalar { unit: "s" }).map(Some)
}

struct Scalar {
    /// What stands behind a number.
    unit: &'static str,
}

impl Visitor<'_> for Scalar {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(format!("{number}{}", self.unit))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
        Ok(format!("{number}{}", self.unit))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<String, E> {
        Ok(format!("{number}{}", self.unit))
    }
}
