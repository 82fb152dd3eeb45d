//! Keys under their new and their old name, for one release: see [`presence_model::renamed`].

use presence_model::renamed::{self, RenamedKey};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Writes a value under both names of its key.
pub(crate) fn entry<T: Serialize, M: SerializeMap>(
    map: &mut M,
    name: &RenamedKey,
    value: &T,
) -> Result<(), M::Error> {
    map.serialize_entry(name.key.new, value)?;
    map.serialize_entry(name.key.old, value)
}

/// Functions for `#[serde(flatten, serialize_with = "…")]` at the field that holds the value.
macro_rules! under_both {
    ($($function:ident: $name:ident,)+) => {
        $(
            pub(crate) fn $function<T: Serialize, S: Serializer>(
                value: &T,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(2))?;
                entry(&mut map, &renamed::$name, value)?;
                map.end()
            }
        )+
    };
}

under_both! {
    explanation_ambiguity: EXPLANATION_AMBIGUITY,
    explanation_snapshots: EXPLANATION_SNAPSHOTS,
    explanation_omitted: EXPLANATION_OMITTED,
    candidate_missed: CANDIDATE_MISSED,
    cause_sweeps: CAUSE_SWEEPS,
    between_from: BETWEEN_FROM,
    between_to: BETWEEN_TO,
    period_requested: PERIOD_REQUESTED,
    row_suppressed: ROW_SUPPRESSED,
}
