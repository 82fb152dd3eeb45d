//! Checking answers: filtered changes, explanations, and what was known then.

use std::fmt::Write as _;

use super::support::{ACCOUNT, Place};

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];
const FORMATS: [&str; 4] = ["table", "json", "ndjson", "csv"];

#[test]
fn changes_are_narrowed() {
    let place = Place::with_history();
    let filters: [(&str, &[&str]); 8] = [
        (
            "facet",
            &["--facet", "telephony_status", "--facet", "message"],
        ),
        ("kind", &["--kind", "appeared", "--kind", "profile_changed"]),
        (
            "to",
            &["--facet", "presence_status", "--to-value", "Available"],
        ),
        ("value", &["--value", "Busy", "--department", "Sales"]),
        ("nowhere", &["--department", "", "--site", "South"]),
        ("class", &["--policy", "direct_calls", "--class", "on_call"]),
        ("source", &["--source", "poll", "--source", "push"]),
        ("limit", &["--limit", "2"]),
    ];
    let mut shown = String::new();
    for (name, filter) in filters {
        let ran = place.ask(&[&["changes"], &WINDOW[..], filter].concat());
        let _ = writeln!(shown, "# {name}: {}\n{}", filter.join(" "), ran.shown());
    }
    insta::assert_snapshot!("changes_are_narrowed", shown);
}

#[test]
fn changes_of_a_class_in_every_format() {
    let place = Place::with_history();
    for format in FORMATS {
        let filter = ["--policy", "on_call", "--limit", "3", "--format", format];
        let ran = place.ask(&[&["changes", "101"], &WINDOW[..], &filter].concat());
        insta::assert_snapshot!(format!("changes_of_a_class_{format}"), ran.answer());
    }
}

#[test]
fn an_answer_is_explained_in_every_format() {
    let place = Place::with_history();
    for format in FORMATS {
        let question = ["explain", "101", "2026-11-02T08:05:30", "--format", format];
        let ran = place.ask(&question);
        insta::assert_snapshot!(format!("explain_{format}"), ran.answer());
    }
}

#[test]
fn every_rule_of_time_has_its_sentence() {
    let place = Place::with_history();
    let questions: [(&str, &[&str]); 6] = [
        ("bracketed", &["101", "2026-11-02T08:01:30"]),
        (
            "gap",
            &["101", "2026-11-02T09:12", "--zone", "Europe/Berlin"],
        ),
        ("seen before a gap", &["102", "2026-11-02T08:09"]),
        ("presumed", &["102", "now", "--policy", "direct_calls"]),
        (
            "stale",
            &["102", "2026-11-02T08:40", "--now", "2026-11-02T09:00:00Z"],
        ),
        (
            "another facet",
            &["101", "2026-11-02T08:05:30", "--facet", "message"],
        ),
    ];
    let mut shown = String::new();
    for (name, question) in questions {
        let mut asked = vec!["explain"];
        asked.extend(question);
        let ran = if asked.contains(&"--now") {
            place.run(&asked)
        } else {
            place.ask(&asked)
        };
        let _ = writeln!(shown, "# {name}: {}\n{}", question.join(" "), ran.answer());
    }
    insta::assert_snapshot!("every_rule_of_time", shown);
}

#[test]
fn anyone_who_was_not_seen_by_then_is_not_explained() {
    let place = Place::with_history();
    let ran = place.ask(&["explain", "103", "2026-11-02T08:02"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stderr,
        "presence: \"103\" had not been seen by 2026-11-02T08:02:00.000Z: there is nothing to explain\n"
    );
}

#[test]
fn what_was_known_then_is_asked_of_every_question() {
    let place = Place::with_history();
    let [from, from_at, to, to_at] = WINDOW;
    let window = [from, from_at, to, to_at];
    let questions: [&[&str]; 11] = [
        &["now"],
        &["at", "2026-11-02T08:05"],
        &["timeline", "101", from, from_at, to, to_at],
        &["changes", from, from_at, to, to_at],
        &["report", from, from_at, to, to_at],
        &["staffing", "--value", "Busy", from, from_at, to, to_at],
        &["heatmap", "--value", "Busy", from, from_at, to, to_at],
        &["coverage", from, from_at, to, to_at],
        &["explain", "101", "2026-11-02T08:05"],
        &["route"],
        &["meet", "101", "102", from, from_at, to, to_at],
    ];
    for question in questions {
        // Everything had been recorded by then, so the answer is today's.
        let then = [question, &["--as-known-at", "9990-01-01"]].concat();
        let (then, today) = (place.ask(&then), place.ask(question));
        assert_eq!((then.code, then.stdout), (Some(0), today.stdout));
        let early = [question, &["--as-known-at", "2020-01-01"]].concat();
        let ran = place.ask(&early);
        let expected = format!(
            "presence: nothing of account {ACCOUNT} had been recorded by 2020-01-01T00:00:00.000Z: its first snapshot \
             was recorded at "
        );
        assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
        assert_eq!(ran.code, Some(1));
    }
    let both = [
        &["report"],
        &window[..],
        &["--as-of", "3", "--as-known-at", "now"],
    ]
    .concat();
    let ran = place.ask(&both);
    insta::assert_snapshot!("as_known_at_beside_as_of", ran.shown());
}

/// The end of the log at a snapshot, as `as_of` writes it.
fn part(place: &Place, snapshot_no: i64) -> String {
    let question = [&["changes", "--format", "json"], &WINDOW[..]].concat();
    let changes: Vec<serde_json::Value> =
        serde_json::from_str(&place.ask(&question).answer()).expect("JSON");
    let by_then = changes
        .iter()
        .rfind(|change| change["snapshot_no"].as_i64() <= Some(snapshot_no));
    let position = &by_then.expect("there is one")["position"];
    format!("{position}:{snapshot_no}")
}

/// An answer without the times of recording, which are those of the test's own import.
fn unrecorded(answer: &str) -> String {
    let lines = answer.lines().map(|line| {
        let marks = ["recorded from ", "\"recorded_from\": ", "\"recorded_to\": "];
        let found = marks.iter().find_map(|mark| Some((line.find(mark)?, mark)));
        match found {
            Some((at, mark)) => format!("{}…\n", &line[..at + mark.len()]),
            None => format!("{line}\n"),
        }
    });
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn a_report_is_compared_with_what_was_known() {
    let place = Place::with_history();
    let part = part(&place, 8);
    for format in FORMATS {
        let compared = ["--compare-as-of", &part, "--format", format];
        let question = [&["report", "--zone", "UTC"], &WINDOW[..], &compared].concat();
        let ran = place.ask(&question);
        insta::assert_snapshot!(format!("restatement_{format}"), unrecorded(&ran.answer()));
    }
    let same = [&["report", "--compare-as-of", "9990-01-01"], &WINDOW[..]].concat();
    let ran = place.ask(&same);
    assert!(
        ran.stdout.starts_with("Nothing differs.\n"),
        "{}",
        ran.shown()
    );
    let mut shown = String::new();
    for wrong in ["1:2:3", "soon", "999999"] {
        let question = [&["report", "--compare-as-of", wrong], &WINDOW[..]].concat();
        shown.push_str(&place.ask(&question).shown());
    }
    let both = ["report", "--compare-as-of", "3", "--compare-to", "previous"];
    shown.push_str(&place.ask(&[&both, &WINDOW[..]].concat()).shown());
    insta::assert_snapshot!("restatement_refused", shown);
}

#[test]
fn comparing_does_not_reveal_a_withheld_row() {
    let place = Place::with_history();
    let part = part(&place, 8);
    let by = ["--by", "department", "--min-group", "2"];
    let compared = ["--compare-as-of", &part, "--format", "json"];
    let question = [&["report", "--zone", "UTC"], &WINDOW[..], &by, &compared].concat();
    let answer = unrecorded(&place.ask(&question).answer());
    insta::assert_snapshot!("restatement_withheld", answer);
}
