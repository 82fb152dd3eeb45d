//! The public JSON of `episodes`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Person, Text, Time};
use crate::shapes::so_far::SoFar;
use presence_core::query::episodes;

/// The answer to `episodes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Episodes {
    /// What the value is of.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// The value or class; `""` is the absence of the facet.
    pub value: String,
    /// The first moment of the window.
    pub from: Time,
    /// The first moment after the window.
    pub to: Time,
    /// How much of it is still to come.
    #[serde(flatten)]
    pub so_far: SoFar,
    /// The shortest length that was asked for, in milliseconds; `null`: any.
    pub at_least_ms: Option<i64>,
    /// How many episodes there are, with those beyond the limit.
    pub count: usize,
    /// How many of them are beyond the limit, and not listed.
    pub beyond_limit: usize,
    /// The longest first; equally long ones by time, then by id.
    pub episodes: Vec<Episode>,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// One uninterrupted stay in the value, as far as it lies in the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Episode {
    /// Who, under the latest name.
    #[serde(flatten)]
    pub person: Person,
    /// When it began: when the change was seen, or the edge that cuts it.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// It cannot have begun before; `null` after a gap.
    pub earliest_from: Option<Time>,
    /// It cannot have ended before.
    pub earliest_to: Time,
    /// The estimated length, in milliseconds.
    pub ms: i64,
    /// The least that it can have been, in milliseconds.
    pub min_ms: i64,
    /// The most that it can have been within the window, in milliseconds; `null` next to a gap.
    pub max_ms: Option<i64>,
    /// What lies before it: `change`, `gap` or `window`.
    #[schemars(extend("enum" = ["change", "gap", "window"]))]
    pub begins: &'static str,
    /// What lies after it: `change`, `gap`, `window` or `now`.
    #[schemars(extend("enum" = ["change", "gap", "window", "now"]))]
    pub ends: &'static str,
}

impl Episode {
    /// An episode of a person.
    pub fn of(person: Person, episode: &episodes::Episode) -> Self {
        Self {
            person,
            from: Text(episode.range.from()),
            to: Text(episode.range.to()),
            earliest_from: episode.earliest_from.map(Text),
            earliest_to: Text(episode.earliest_to),
            ms: episode.ms(),
            min_ms: episode.min_ms(),
            max_ms: episode.max_ms(),
            begins: episode.begins.name(),
            ends: episode.ends.name(),
        }
    }
}
