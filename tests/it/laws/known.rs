//! What is known of each minute.

use presence_history::query::classes::Classes;
use presence_history::query::track::{Frame, Knowledge, Track};

use crate::support::drawn::{FACET, minute, minutes, record, sweeps};

/// Draws what is known of each minute of `looks`: a capital letter is known, a small one presumed, `?` unknown and
/// `-` absent (`_` presumed to be absent). Now is the end of the drawing.
#[track_caller]
fn check_known(looks: &str, expected: &str) {
    let (_, replay) = record(&sweeps(looks));
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let coverage = replay.coverage();
    let frame = Frame {
        window: minutes(0, looks.len()),
        now: minute(looks.len()),
        complete: &coverage.complete,
        classes: &classes,
    };
    let history = histories.first().expect("somebody was seen");
    let track = Track::of(history, &frame);
    let drawn: String = (0..looks.len())
        .map(|index| {
            let stretch = track
                .stretches
                .iter()
                .find(|stretch| stretch.span.contains(minute(index)))
                .expect("stretches tile the window");
            let letter = match stretch.knowledge {
                Knowledge::Unknown => "?",
                Knowledge::Absent => "-",
                Knowledge::Known(class) => classes.value(class).unwrap_or("0"),
            };
            match (stretch.presumed, letter) {
                (false, letter) => letter.to_owned(),
                (true, "-") => "_".to_owned(),
                (true, letter) => letter.to_lowercase(),
            }
        })
        .collect();
    assert_eq!(drawn, expected, "\nlooks: {looks}");
}

#[test]
fn two_looks_bracket_the_time_between_them() {
    check_known("AAAA", "AAAa");
    check_known("A.A.A.", "AAAAaa");
}

#[test]
fn a_gap_begins_at_the_last_look_itself() {
    check_known("AAB..BB", "AA???Bb");
    check_known("AA...AA", "A????Aa");
}

#[test]
fn exactly_valid_for_apart_is_no_gap_and_more_is() {
    check_known("A.AB", "AAAb");
    check_known("A..AB", "???Ab");
}

#[test]
fn a_single_look_is_presumed_as_far_as_it_reaches() {
    check_known("A", "a");
    check_known("A.", "aa");
    check_known("A..", "???");
}

#[test]
fn before_the_first_look_nothing_is_known() {
    check_known("..AA", "??Aa");
}

#[test]
fn before_the_first_look_that_saw_them_they_were_absent_where_complete_looks_say_so() {
    check_known("--AA", "--Aa");
    check_known("-.AA", "--Aa");
    check_known("-..AA", "???Aa");
    check_known("-...-AA", "????-Aa");
}

#[test]
fn partial_looks_say_nothing_about_whoever_they_lack() {
    check_known("~~AA", "??Aa");
    check_known("-~AA", "--Aa");
    check_known("A~A", "AAa");
    check_known("A~~A", "???a");
}

#[test]
fn one_lack_is_not_gone_and_two_are() {
    check_known("AA-A", "AAAa");
    check_known("AA--", "AAA_");
    check_known("AA---", "AAA-_");
}

#[test]
fn partial_looks_neither_confirm_nor_cancel_an_absence() {
    check_known("AA-~-", "A???_");
    check_known("A-~a-A", "???AAa");
}

#[test]
fn being_seen_cancels_an_absence() {
    check_known("A-A-A", "AAAAa");
    check_known("A-a--", "AAAA_");
}

#[test]
fn coming_back_ends_the_absence_as_a_look_would() {
    check_known("A---BB", "AA--Bb");
    check_known("A--.BB", "AA--Bb");
    check_known("A--..BB", "AA???Bb");
    check_known("A--.bB", "AA--Bb");
}

#[test]
fn absence_is_bracketed_by_complete_looks_only() {
    check_known("A--~~--", "AA???-_");
    check_known("A--~-", "AA--_");
}

#[test]
fn gone_after_a_gap_is_unknown_until_it_is_confirmed() {
    check_known("AA...--", "A?????_");
}
