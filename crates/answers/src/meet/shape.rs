//! `meet`: when some people are free together.

use schemars::JsonSchema;
use serde::Serialize;

use presence_core::query::meet::{FreeCount, Freedom};
use presence_model::time::TimeRange;

use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Person, Status, Text, Time};

/// The answer to `meet`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Meet {
    /// The policy.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// The classes that count as free.
    pub classes: Vec<String>,
    /// The first moment of the window.
    pub from: Time,
    /// The first moment after the window.
    pub to: Time,
    /// How long a slot is, in milliseconds.
    pub length_ms: i64,
    /// The zone by whose clocks slots and weeks go.
    pub zone: String,
    /// The hours that slots lie in; `null`: all.
    pub hours: Option<String>,
    /// How many earlier weeks are looked at.
    pub weeks: u32,
    /// The people, and whether they are free now.
    pub people: Vec<MeetPerson>,
    /// Whether all of them are free now: `free`, `busy` or `unknown`.
    pub now: &'static str,
    /// The slots, the best first.
    pub slots: Vec<MeetSlot>,
    /// How many more slots there are, beyond the limit.
    pub beyond_limit: usize,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// One of the people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MeetPerson {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// What is known of them now.
    pub status: Status,
    /// Whether that rests on no later sweep.
    pub presumed: bool,
    /// Their class; only when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Option<String>>,
    /// Whether they are free: `free`, `busy` or `unknown`.
    pub now: &'static str,
}

/// A slot, and in how many of the same slots of earlier weeks all were free.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Slot")]
pub struct MeetSlot {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// In which part of the known ones all were free; `null` where none is known.
    pub share: Option<f64>,
    /// The least that this can be over all of them, whatever the unknown ones were.
    pub share_min: Option<f64>,
    /// The greatest that it can be.
    pub share_max: Option<f64>,
    /// How many are known: the size of the sample.
    pub observed: u32,
    /// In how many of these all were free.
    pub free: u32,
    /// In how many of these without doubt.
    pub certainly_free: u32,
    /// In how many someone was not.
    pub busy: u32,
    /// Of how many it is not known.
    pub unknown: u32,
    /// Where the slot itself is over: whether all were free in it, `free`, `busy` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<&'static str>,
}

impl MeetSlot {
    /// The shape of a slot.
    pub fn of(slot: TimeRange, count: &FreeCount, was: Option<Freedom>) -> Self {
        let bounds = count.bounds();
        Self {
            from: Text(slot.from()),
            to: Text(slot.to()),
            share: count.share(),
            share_min: bounds.map(|(least, _)| least),
            share_max: bounds.map(|(_, greatest)| greatest),
            observed: count.observed(),
            free: count.free,
            certainly_free: count.certainly_free,
            busy: count.busy,
            unknown: count.unknown,
            was: was.map(freedom_name),
        }
    }
}

/// The name of a freedom in every format.
pub fn freedom_name(freedom: Freedom) -> &'static str {
    match freedom {
        Freedom::CertainlyFree | Freedom::Free => "free",
        Freedom::Busy => "busy",
        Freedom::Unknown => "unknown",
    }
}
