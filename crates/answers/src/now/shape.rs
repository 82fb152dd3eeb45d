//! `at` and `now`: where everybody stood at a moment.

use schemars::JsonSchema;
use serde::Serialize;

use crate::shapes::common::{CriterionShape, Person, StateShape, Status, Time};

/// One extension at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "State")]
pub struct AtEntry {
    /// Who, under the name of that time.
    #[serde(flatten)]
    pub person: Person,
    /// What is known.
    pub status: Status,
    /// Whether it rests on no later sweep.
    pub presumed: bool,
    /// From when on this is known without a gap (or unknown, or absent).
    pub since: Time,
    /// The change that began it cannot have happened before; `null` where no change began it.
    pub since_earliest: Option<Time>,
    /// When the extension was last seen by then.
    pub last_observed_at: Option<Time>,
    /// What it showed; only when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateShape>,
    /// What a policy makes of it; only when known, and when a policy was asked for.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassShape>,
}

/// What a policy makes of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClassShape {
    /// The class; `null` for the absence of the facet that it is taken from, or where it is unknown.
    pub class: Option<String>,
    /// Whether the class is unknown, although the state is known: it depends on a call queue that no sweep covers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub class_unknown: bool,
    /// The policy.
    #[serde(flatten)]
    pub criterion: CriterionShape,
}
