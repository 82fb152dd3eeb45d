//! In which order people are asked to take a call. Documented in `docs/routing.md`.

use presence_model::time::Timestamp;

use super::classes::ClassId;
use super::group::ExtensionOrder;
use super::track::{Knowledge, Track};

/// The rank of a person among those who can take a call: the lowest comes first, by the first figure that differs.
///
/// **Invariant:** no two extensions have equal ranks, so the order is the same whenever the same is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteRank {
    /// The place of their class among those that can take a call.
    pub class_place: usize,
    /// How many sweeps there have been since the last one that saw them.
    pub looks_missed: usize,
    /// Since when they have been in that class: the person who has waited longest comes first.
    pub since: Timestamp,
    /// Their number.
    pub order: ExtensionOrder,
}

/// Since when a person has been in `class` without a break, up to the end of the track; `None` if they are not in it
/// there. It may have been longer where that is the beginning of the track.
pub fn in_class_since(track: &Track, class: ClassId) -> Option<Timestamp> {
    let in_class = track.segments.iter().rev();
    let in_class = in_class.take_while(|segment| segment.knowledge == Knowledge::Known(class));
    in_class.last().map(|segment| segment.span.from())
}
