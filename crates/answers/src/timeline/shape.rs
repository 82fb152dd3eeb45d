//! `timeline`: one facet of some extensions over a window.

use schemars::JsonSchema;
use serde::Serialize;

use presence_core::query::classes::Classes;
use presence_core::query::track::{Knowledge, Segment};

use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Person, Status, Text, Time};
use crate::shapes::so_far::SoFar;

/// The answer to `timeline`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Timeline {
    /// What the values are of.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// The first moment of the window.
    pub from: Time,
    /// The first moment after the window.
    pub to: Time,
    /// How much of it is still to come.
    #[serde(flatten)]
    pub so_far: SoFar,
    /// The zone in which the question's times were read; `null`: UTC.
    pub zone: Option<String>,
    /// Which release of the time zone database local time was computed with.
    pub zone_data: &'static str,
    /// One entry an extension, in the order asked for.
    pub extensions: Vec<TimelineExtension>,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// One extension's intervals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimelineExtension {
    /// Who, under the latest name.
    #[serde(flatten)]
    pub person: Person,
    /// By time, without holes or overlaps; adjoining ones differ.
    pub intervals: Vec<TimelineInterval>,
}

/// A stretch in which the same is known throughout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimelineInterval {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// What is known.
    pub status: Status,
    /// The facet's value, or the class; only when known, and `null` when the facet is absent in that state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Option<String>>,
    /// The change that opened it cannot have happened before (perhaps before the window); `null` where none did, and where
    /// it is presumed: the last sweep began that, and no change.
    pub earliest_from: Option<Time>,
    /// Whether it rests on no later sweep.
    pub presumed: bool,
}

impl TimelineInterval {
    /// An interval of a track.
    pub fn of(segment: &Segment, classes: &Classes) -> Self {
        let (status, value) = match segment.knowledge {
            Knowledge::Known(class) => {
                (Status::Known, Some(classes.value(class).map(str::to_owned)))
            }
            Knowledge::Unknown => (Status::Unknown, None),
            Knowledge::Absent => (Status::Absent, None),
        };
        Self {
            from: Text(segment.span.from()),
            to: Text(segment.span.to()),
            status,
            value,
            earliest_from: segment.not_before.filter(|_| !segment.presumed).map(Text),
            presumed: segment.presumed,
        }
    }
}
