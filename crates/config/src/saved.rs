//! `[saved.NAME]`: questions with a name.

use serde::Deserialize;

/// A saved question: a command and its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SavedSection {
    /// The command, such as `report`.
    pub command: String,
    /// What follows it.
    pub args: SavedArgs,
    /// What it is for.
    pub description: Option<String>,
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
