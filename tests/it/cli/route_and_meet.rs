//! Who can take a call now, and when several people are free at the same time.

use super::support::Place;

const FORMATS: [&str; 4] = ["table", "json", "ndjson", "csv"];

const AVAILABLE: [&str; 4] = ["--policy", "aggregated", "--class", "Available"];

#[test]
fn who_can_take_a_call() {
    let place = Place::with_history();
    for format in FORMATS {
        let question = [&["route", "--class", "Busy"], &AVAILABLE[..]].concat();
        let ran = place.ask(&[&question[..], &["--format", format]].concat());
        insta::assert_snapshot!(format!("route_{format}"), ran.answer());
    }
}

#[test]
fn an_answer_may_have_no_candidates() {
    let place = Place::with_history();
    for format in FORMATS {
        let of_queue = ["route", "--queue", "Support", "--allow-unknown"];
        let ran = place.ask(&[&of_queue[..], &["--format", format]].concat());
        insta::assert_snapshot!(format!("route_of_nobody_{format}"), ran.answer());
    }
}

#[test]
fn candidates_can_be_narrowed() {
    let place = Place::with_history();
    let numbers = |question: &[&str]| {
        let asked = [&["route", "--class", "Busy"], &AVAILABLE[..], question].concat();
        let ran = place.ask(&[&asked[..], &["--format", "csv"]].concat());
        let answer = ran.answer();
        let lines = answer.lines().skip(1);
        let cells = lines.map(|line| line.split(',').nth(2).unwrap_or_default().to_owned());
        cells.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(numbers(&[]), "102 103");
    assert_eq!(numbers(&["--limit", "1"]), "102");
    assert_eq!(numbers(&["--department", "Sales"]), "103");
    assert_eq!(numbers(&["--site", "North"]), "");
    assert_eq!(numbers(&["101"]), "");
    assert_eq!(numbers(&["--max-age", "2m"]), "102 103");
    assert_eq!(numbers(&["--max-age", "89s"]), "");
}

#[test]
fn a_class_that_the_policy_does_not_give_is_refused() {
    let place = Place::with_history();
    let mut shown = String::new();
    for question in [
        &["route", "--policy", "aggregated"][..],
        &["route", "--class", "free"],
        &[
            "meet", "101", "--from", "now", "--to", "+1d", "--length", "1ms",
        ],
        &["meet", "101", "--from", "now", "--to", "now"],
    ] {
        shown.push_str(&place.ask(question).shown());
    }
    insta::assert_snapshot!("finding_refused", shown);
}

#[test]
fn when_some_are_free_together() {
    let place = Place::with_history();
    let people = ["meet", "102", "101", "--length", "2m", "--weeks", "3"];
    // The same time of day a week later, and the exact minutes of the history.
    let ahead = ["--from", "2026-11-09T08:00", "--to", "2026-11-09T08:20"];
    let past = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];
    for format in FORMATS {
        let question = [&people[..], &ahead, &AVAILABLE, &["--format", format]].concat();
        insta::assert_snapshot!(format!("meet_{format}"), place.ask(&question).answer());
    }
    let question = [&people[..], &past, &AVAILABLE, &["--limit", "4"]].concat();
    insta::assert_snapshot!("meet_in_the_past", place.ask(&question).answer());
    let hours = ["--hours", "Mo 08:04-08:11", "--zone", "UTC"];
    let question = [&people[..], &ahead, &AVAILABLE, &hours].concat();
    insta::assert_snapshot!("meet_within_hours", place.ask(&question).answer());
}
