//! `[saved.NAME]`: questions with a name.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::Value;

/// A saved question: with its fields by name, or as a command with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SavedSection {
    /// The question, such as `report`, whose fields stand next to it.
    pub question: Option<String>,
    /// The command, such as `report`, whose words are `args`.
    pub command: String,
    /// What follows the command.
    pub args: SavedArgs,
    /// What it is for.
    pub description: Option<String>,
    /// The fields of the question, each with its texts.
    #[serde(flatten, deserialize_with = "texts")]
    pub fields: BTreeMap<String, Vec<String>>,
}

impl SavedSection {
    /// The command that asks it; empty if there is none.
    pub fn asked_by(&self) -> &str {
        self.question.as_deref().unwrap_or(&self.command)
    }

    /// A key that means nothing, since there is no question that it could be a field of.
    pub(super) fn stray_key(&self) -> Option<&str> {
        let mut keys = self.fields.keys().map(String::as_str);
        keys.next().filter(|_| self.question.is_none())
    }
}

/// Reads fields: each a text, number, time, `true` or `false`, or a list of these.
fn texts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    let fields = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let read = fields.into_iter().map(|(name, value)| {
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        let texts = values.into_iter().map(text).collect::<Option<Vec<_>>>();
        let texts = texts.ok_or_else(|| {
            D::Error::custom(format!(
                "{name}: write a text, a number, a time, true or false, or a list of them"
            ))
        })?;
        Ok((name, texts))
    });
    read.collect()
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Datetime(time) => Some(time.to_string()),
        Value::Array(_) | Value::Table(_) => None,
    }
}

/// Words, or a line that is split as a shell would.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum SavedArgs {
    /// Word by word.
    Words(Vec<String>),
    /// A line.
    Line(String),
}

impl Default for SavedArgs {
    fn default() -> Self {
        Self::Words(Vec::new())
    }
}

impl SavedArgs {
    /// The words; `None` if a quotation in the line does not end.
    pub fn words(&self) -> Option<Vec<String>> {
        match self {
            Self::Words(words) => Some(words.clone()),
            Self::Line(line) => shlex::split(line),
        }
    }
}
