//! Values that JSON shows as text.

use std::borrow::Cow;
use std::fmt::Display;

use presence_model::ids::{AccountId, ExtensionId, QueueId};
use presence_model::time::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
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

/// The schemas of values that are shown as text.
macro_rules! schemas {
    ($($shown:ty: $name:literal $schema:tt)*) => {
        $(impl JsonSchema for Text<$shown> {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        })*
    };
}

schemas! {
    Timestamp: "Time" { "type": "string", "format": "date-time" }
    AccountId: "AccountId" { "type": "string", "pattern": "^-?[0-9]+$" }
    ExtensionId: "ExtensionId" { "type": "string", "pattern": "^-?[0-9]+$" }
    QueueId: "QueueId" { "type": "string", "pattern": "^-?[0-9]+$" }
}
