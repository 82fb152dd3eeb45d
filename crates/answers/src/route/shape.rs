//! `route`: who can take a call now, the first to be asked first.

use schemars::JsonSchema;
use serde::Serialize;

use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Person, Time};
use crate::shapes::renamed;

/// The answer to `route`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Route {
    /// The policy.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// The classes that can take a call, the preferred one first.
    pub classes: Vec<String>,
    /// The present moment.
    pub at: Time,
    /// Who can take a call, the first to be asked first.
    pub candidates: Vec<RouteCandidate>,
    /// How many more could, beyond the limit.
    pub beyond_limit: usize,
    /// Who cannot, or of whom it is not known.
    pub excluded: RouteExcluded,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// Someone who can take a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Candidate")]
pub struct RouteCandidate {
    /// The place, from 1.
    pub rank: usize,
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// Their department; `null` if none was told.
    pub department: Option<String>,
    /// Their site.
    pub site: Option<String>,
    /// Their call queues.
    pub queues: Vec<String>,
    /// Their class.
    pub class: String,
    /// Whether it rests on no later sweep.
    pub presumed: bool,
    /// Since when they have been in that class.
    pub since: Time,
    /// How long that is, in milliseconds.
    pub idle_ms: i64,
    /// When they were last seen.
    pub last_observed_at: Option<Time>,
    /// How long ago that was, in milliseconds.
    pub age_ms: Option<i64>,
    /// How many sweeps there have been since.
    #[serde(flatten, serialize_with = "renamed::candidate_missed")]
    #[schemars(!flatten)]
    pub sweeps_missed: usize,
}

/// How many extensions are not among the candidates, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RouteExcluded {
    /// They are in another class.
    pub other_class: usize,
    /// Nobody knows.
    pub unknown: usize,
    /// They do not exist any more.
    pub absent: usize,
    /// They were seen too long ago.
    pub too_old: usize,
}
