//! What is known about each minute.

use presence_core::query::classes::Classes;
use presence_core::query::track::{Frame, Knowledge, Track};
use presence_model::ids::ExtensionId;
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::time::Timestamp;

use crate::support::drawn::{
    FACET, MINUTE_MS, PERSON, minute, minutes, presence, record, sweep, sweeps,
};

/// Checks what is known about each minute of a drawing: a capital letter is known, a small one presumed, `?` unknown
/// and `-` absent (`_` presumed to be absent). Now is the end of the drawing.
#[track_caller]
fn check_known(drawn_sweeps: &str, expected: &str) {
    let (_, replay) = record(&sweeps(drawn_sweeps));
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let coverage = replay.coverage();
    let frame = Frame {
        window: minutes(0, drawn_sweeps.len()),
        now: minute(drawn_sweeps.len()),
        complete: &coverage.complete,
        classes: &classes,
    };
    let history = histories.first().expect("someone was seen");
    let track = Track::of(history, &frame).expect("the dictionary has them all");
    let drawn: String = (0..drawn_sweeps.len())
        .map(|index| {
            let segment = track
                .segments
                .iter()
                .find(|segment| segment.span.contains(minute(index)))
                .expect("stretches tile the window");
            let letter = match segment.knowledge {
                Knowledge::Unknown => "?",
                Knowledge::Absent => "-",
                Knowledge::Known(class) => classes.value(class).unwrap_or("0"),
            };
            match (segment.presumed, letter) {
                (false, letter) => letter.to_owned(),
                (true, "-") => "_".to_owned(),
                (true, letter) => letter.to_lowercase(),
            }
        })
        .collect();
    assert_eq!(drawn, expected, "\nsweeps: {drawn_sweeps}");
}

#[test]
fn two_sweeps_bracket_the_time_between_them() {
    check_known("AAAA", "AAAa");
    check_known("A.A.A.", "AAAAaa");
}

#[test]
fn a_gap_begins_at_the_last_sweep_itself() {
    check_known("AAB..BB", "AA???Bb");
    check_known("AA...AA", "A????Aa");
}

#[test]
fn exactly_valid_for_apart_is_no_gap_and_more_is() {
    check_known("A.AB", "AAAb");
    check_known("A..AB", "???Ab");
}

#[test]
fn a_single_sweep_is_presumed_as_far_as_it_reaches() {
    check_known("A", "a");
    check_known("A.", "aa");
    check_known("A..", "???");
}

#[test]
fn before_the_first_sweep_nothing_is_known() {
    check_known("..AA", "??Aa");
}

#[test]
fn before_the_first_sweep_that_saw_them_they_were_absent_where_complete_sweeps_say_so() {
    check_known("--AA", "--Aa");
    check_known("-.AA", "--Aa");
    check_known("-..AA", "???Aa");
    check_known("-...-AA", "????-Aa");
}

#[test]
fn partial_sweeps_say_nothing_about_extensions_they_lack() {
    check_known("~~AA", "??Aa");
    check_known("-~AA", "--Aa");
    check_known("A~A", "AAa");
    check_known("A~~A", "???a");
}

#[test]
fn missing_once_is_not_gone_and_missing_twice_is() {
    check_known("AA-A", "AAAa");
    check_known("AA--", "AAA_");
    check_known("AA---", "AAA-_");
}

#[test]
fn partial_sweeps_neither_confirm_nor_cancel_an_absence() {
    check_known("AA-~-", "A???_");
    check_known("A-~a-A", "???AAa");
}

#[test]
fn being_seen_cancels_an_absence() {
    check_known("A-A-A", "AAAAa");
    check_known("A-a--", "AAAA_");
}

#[test]
fn coming_back_ends_the_absence_as_a_sweep_would() {
    check_known("A---BB", "AA--Bb");
    check_known("A--.BB", "AA--Bb");
    check_known("A--..BB", "AA???Bb");
    check_known("A--.bB", "AA--Bb");
}

#[test]
fn absence_is_bracketed_by_complete_sweeps_only() {
    check_known("A--~~--", "AA???-_");
    check_known("A--~-", "AA--_");
}

#[test]
fn gone_after_a_gap_is_unknown_until_it_is_confirmed() {
    check_known("AA...--", "A?????_");
}

/// A sweep that began at a full minute, saw these people three seconds later in state `A`, and is valid for three
/// minutes.
fn slow_sweep(at: usize, seen: &[ExtensionId]) -> Sweep {
    let seen: Vec<_> = seen.iter().map(|&id| (id, presence("A"))).collect();
    let mut one_sweep = sweep(minute(at), SweepStatus::Complete, &seen);
    for observation in &mut one_sweep.observations {
        observation.received_at = minute(at).plus_ms(3_000);
    }
    one_sweep.finished_at = minute(at).plus_ms(4_000);
    one_sweep.valid_for_ms = 3 * MINUTE_MS;
    one_sweep
}

/// What is known about an extension from these sweeps, as `from-to what` in seconds.
fn known_of(id: ExtensionId, drawn_sweeps: &[Sweep], until: usize) -> Vec<String> {
    let (_, replay) = record(drawn_sweeps);
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let coverage = replay.coverage();
    let frame = Frame {
        window: minutes(0, until),
        now: minute(until),
        complete: &coverage.complete,
        classes: &classes,
    };
    let history = histories
        .iter()
        .find(|history| history.extension_id == id)
        .expect("they were seen");
    let seconds = |at: Timestamp| at.since_ms(minute(0)) / 1_000;
    let told = Track::of(history, &frame)
        .expect("the dictionary has them all")
        .segments
        .into_iter()
        .map(|segment| {
            let what = match segment.knowledge {
                Knowledge::Known(class) => classes.value(class).unwrap_or("0"),
                Knowledge::Unknown => "?",
                Knowledge::Absent => "-",
            };
            let (from, to) = (seconds(segment.span.from()), seconds(segment.span.to()));
            let presumed = if segment.presumed { " presumed" } else { "" };
            format!("{from}-{to} {what}{presumed}")
        });
    told.collect()
}

#[test]
fn the_sweep_that_first_saw_them_did_not_lack_them() {
    let drawn_sweeps = [slow_sweep(0, &[PERSON]), slow_sweep(1, &[PERSON])];
    assert_eq!(
        known_of(PERSON, &drawn_sweeps, 2),
        ["0-3 ?", "3-60 A", "60-120 A presumed"]
    );
}

#[test]
fn an_absence_lasts_until_they_were_seen_not_until_that_sweep_began() {
    let other = ExtensionId(102);
    let drawn_sweeps = [slow_sweep(0, &[PERSON]), slow_sweep(1, &[PERSON, other])];
    assert_eq!(
        known_of(other, &drawn_sweeps, 2),
        ["0-4 ?", "4-63 -", "63-120 A presumed"]
    );
    // Absent from the sweep that confirmed it, and back at the one that saw them again.
    let drawn_sweeps = [
        slow_sweep(0, &[PERSON, other]),
        slow_sweep(1, &[PERSON]),
        slow_sweep(2, &[PERSON]),
        slow_sweep(3, &[PERSON]),
        slow_sweep(4, &[PERSON, other]),
    ];
    assert_eq!(
        known_of(other, &drawn_sweeps, 5),
        ["0-3 ?", "3-124 A", "124-243 -", "243-300 A presumed"]
    );
}
