//! The state of an extension at a moment.

use presence_core::query::as_of::{Standing, as_of};
use presence_model::ids::ExtensionId;
use presence_model::observation::SweepStatus;
use presence_model::time::Timestamp;

use crate::support::drawn::{FACET, MINUTE_MS, START_MS, minute, presence, record, sweep, sweeps};

/// What was known at `at` (in minutes, halves allowed) of a drawing, asked at its end: the state, since when, and the
/// earliest moment at which it may have begun.
#[track_caller]
fn check_at(drawn_sweeps: &str, at: f64, expected: &str) {
    check_at_asked(drawn_sweeps, at, minute(drawn_sweeps.len()), expected);
}

#[track_caller]
fn check_at_asked(drawn_sweeps: &str, at: f64, now: Timestamp, expected: &str) {
    let (_, replay) = record(&sweeps(drawn_sweeps));
    let (histories, dictionary) = replay.histories();
    #[expect(clippy::cast_possible_truncation, reason = "a few minutes")]
    let moment = Timestamp::saturating_from_ms(START_MS + (at * 60_000.0) as i64);
    let complete = replay.coverage().complete;
    let answer = histories
        .first()
        .and_then(|history| as_of(history, &complete, moment, now));
    let minutes = |at: Timestamp| (at.as_ms() - START_MS) / MINUTE_MS;
    let shown = answer.map_or("not seen by then".to_owned(), |answer| {
        let standing = match answer.standing {
            Standing::Known { state_id, .. } => {
                let value = dictionary.states[&state_id].get(FACET);
                value.unwrap_or("0").to_owned()
            }
            Standing::Unknown => "?".to_owned(),
            Standing::Absent => "-".to_owned(),
        };
        let presumed = if answer.presumed { " presumed" } else { "" };
        let earliest = answer
            .since_earliest
            .map_or("none".to_owned(), |at| minutes(at).to_string());
        let since = minutes(answer.since);
        format!("{standing}{presumed} since {since}, earliest {earliest}")
    });
    assert_eq!(shown, expected, "\nsweeps: {drawn_sweeps}, at {at}");
}

#[test]
fn between_sweeps_the_earlier_state_holds() {
    check_at("AABB", 1.5, "A since 0, earliest none");
    check_at("AABB", 2.0, "B since 2, earliest 1");
    check_at("AABB", 2.5, "B since 2, earliest 1");
}

#[test]
fn the_last_sweep_is_presumed_to_hold_until_now() {
    check_at("AABB", 3.0, "B since 2, earliest 1");
    check_at("AABB", 3.5, "B presumed since 2, earliest 1");
    check_at("AABB", 4.0, "B presumed since 2, earliest 1");
    check_at("AABB", 4.5, "? since 3, earliest none");
    check_at_asked("AABB", 3.5, minute(6), "? since 3, earliest none");
}

#[test]
fn a_sweep_at_that_very_moment_counts_even_before_a_gap() {
    check_at("AA....AA", 1.0, "A since 0, earliest none");
    check_at("AA....AA", 1.5, "? since 1, earliest none");
    check_at("A", 0.0, "A since 0, earliest none");
    check_at_asked("A", 0.0, minute(100), "A since 0, earliest none");
}

#[test]
fn after_a_gap_with_the_same_state_it_is_known_since_the_gap() {
    check_at("AA....AA", 6.5, "A since 6, earliest none");
    check_at("AA....BB", 6.5, "B since 6, earliest none");
}

#[test]
fn anyone_who_had_not_been_seen_by_then_is_left_out() {
    check_at("--AA", 1.0, "not seen by then");
    check_at("..AA", 1.0, "not seen by then");
    check_at("--AA", 2.0, "A since 2, earliest 1");
}

#[test]
fn gone_is_absent_where_complete_sweeps_say_so() {
    check_at("AA---", 2.5, "A since 0, earliest none");
    check_at("AA---", 3.5, "- since 3, earliest 1");
    check_at("AA---", 4.5, "- presumed since 3, earliest 1");
    check_at_asked("AA---", 4.5, minute(20), "? since 4, earliest none");
    check_at("AA--....--", 6.0, "? since 3, earliest none");
    check_at("AA--....--", 8.5, "- since 8, earliest none");
    check_at("AA--.B", 4.5, "- since 3, earliest 1");
}

#[test]
fn gone_after_a_gap_began_at_no_known_change() {
    check_at("AA...---", 6.5, "- since 6, earliest none");
}

#[test]
fn one_persons_miss_is_not_anothers() {
    let one = ExtensionId(101);
    let other = ExtensionId(102);
    let both = [(one, presence("A")), (other, presence("A"))];
    let history = [
        sweep(minute(0), SweepStatus::Complete, &both),
        sweep(minute(1), SweepStatus::Partial, &both[..1]),
        sweep(minute(2), SweepStatus::Partial, &both[..1]),
        sweep(minute(3), SweepStatus::Complete, &both),
    ];
    let (_, replay) = record(&history);
    let (histories, _) = replay.histories();
    let complete = replay.coverage().complete;
    let standing = |index: usize| {
        let answer = as_of(&histories[index], &complete, minute(2), minute(4));
        answer.map(|answer| answer.standing)
    };
    assert!(matches!(standing(0), Some(Standing::Known { .. })));
    assert_eq!(standing(1), Some(Standing::Unknown));
}
