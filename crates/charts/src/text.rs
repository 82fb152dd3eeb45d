//! Values that JSON shows as text.

use std::fmt::Display;

use presence_core::model::time::Timestamp;
use serde::{Serialize, Serializer};

/// A value shown as text: a time as RFC 3339, an id as digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A moment as RFC 3339.
pub type Time = Text<Timestamp>;
