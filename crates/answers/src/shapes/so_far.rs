//! How much of a window is still to come.

use schemars::JsonSchema;
use serde::Serialize;

use presence_model::time::{TimeRange, Timestamp};

/// How much of a window is still to come: beside its ends in every answer about one. Nothing is written where all of it
/// has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SoFar {
    /// Whether the window reaches past the present moment: the answer is of what has passed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub so_far: bool,
    /// How much of it is still to come, in milliseconds: neither scheduled nor unknown.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_yet_ms: i64,
}

impl SoFar {
    /// Of `window` at `now`.
    pub fn of(window: TimeRange, now: Timestamp) -> Self {
        let coming = TimeRange::new(window.from().max(now), window.to());
        Self {
            so_far: coming.is_some(),
            not_yet_ms: coming.map_or(0, TimeRange::duration_ms),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes what it asks about by reference"
)]
fn is_zero(ms: &i64) -> bool {
    *ms == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(now: i64, expected: &str) {
        let at = Timestamp::saturating_from_ms;
        let window = TimeRange::new(at(10), at(20)).expect("not empty");
        let shown = serde_json::to_string(&SoFar::of(window, at(now)));
        assert_eq!(shown.expect("it can be written"), expected);
    }

    #[test]
    fn what_is_still_to_come_is_told() {
        check(25, "{}");
        check(20, "{}");
        check(19, r#"{"so_far":true,"not_yet_ms":1}"#);
        check(10, r#"{"so_far":true,"not_yet_ms":10}"#);
        // All of the window is still to come, and no more than that.
        check(3, r#"{"so_far":true,"not_yet_ms":10}"#);
    }
}
