//! Episodes: each uninterrupted stay in a value, with its bounds.

use serde_json::{Value, json};

use super::support::{ACCOUNT, Place, sweep};

/// 101 is busy from 08:02 to 08:06 and from 08:20 on, after a gap from 08:09 (the interval is a minute, so a sweep is
/// valid for three). 102 is busy all the time. So is the queue 103, which is not a person.
fn place() -> Place {
    let place = Place::empty();
    let statuses = [
        (0, "Available"),
        (1, "Available"),
        (2, "Busy"),
        (3, "Busy"),
        (4, "Busy"),
        (5, "Busy"),
        (6, "Available"),
        (7, "Available"),
        (8, "Busy"),
        (9, "Busy"),
        (20, "Busy"),
        (21, "Busy"),
    ];
    let lines = statuses.map(|(minute, status)| {
        let own = json!({ "presenceStatus": status });
        let busy = json!({ "presenceStatus": "Busy" });
        let people = [(1001, own), (1002, busy.clone()), (1003, busy)];
        let mut line = sweep(ACCOUNT, minute, &people);
        line["valid_for_ms"] = json!(180_000);
        if minute == 0 {
            line["directory"] = json!([
                {"id": 1001, "extensionNumber": "101", "name": "Sales Red", "type": "User", "status": "Enabled"},
                {"id": 1002, "extensionNumber": "102", "name": "Sales Blue", "type": "User", "status": "Enabled"},
                {"id": 1003, "extensionNumber": "103", "name": "Sales", "type": "Department", "status": "Enabled"},
            ]);
        }
        line.to_string()
    });
    place.write("history.ndjson", &(lines.join("\n") + "\n"));
    let ran = place.run(&["import", "history.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    place
}

const QUESTION: [&str; 9] = [
    "episodes",
    "--value",
    "Busy",
    "--from",
    "2026-11-02T08:00:00Z",
    "--to",
    "2026-11-02T08:22:00Z",
    "--now",
    "2026-11-02T08:22:00Z",
];

#[track_caller]
fn asked(place: &Place, more: &[&str]) -> Value {
    let ran = place.run(&[&QUESTION[..], more, &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    serde_json::from_str(&ran.stdout).expect("JSON")
}

/// `NUMBER FROM-TO MIN..MAX BEGINS/ENDS` of each episode, in minutes past eight.
fn shown(answer: &Value) -> Vec<String> {
    let minute = |time: &Value| time.as_str().expect("a time")[14..16].to_owned();
    let ms = |value: &Value| {
        let ms = value.as_i64();
        ms.map_or_else(|| "?".to_owned(), |ms| (ms / 60_000).to_string())
    };
    let episodes = answer["episodes"].as_array().expect("a list").iter();
    let shown = episodes.map(|one| {
        format!(
            "{} {}-{} {}..{} {}/{}",
            one["extension_number"].as_str().expect("a number"),
            minute(&one["from"]),
            minute(&one["to"]),
            ms(&one["min_ms"]),
            ms(&one["max_ms"]),
            one["begins"].as_str().expect("a word"),
            one["ends"].as_str().expect("a word"),
        )
    });
    shown.collect()
}

#[test]
fn the_longest_comes_first_with_what_cuts_it() {
    let place = place();
    let answer = asked(&place, &[]);
    assert_eq!(
        shown(&answer),
        [
            "102 00-09 9..? window/gap",
            "101 02-06 3..5 change/change",
            "101 20-22 1..? gap/now",
            "102 20-22 1..? gap/now",
            "101 08-09 1..? change/gap",
        ]
    );
    assert_eq!(
        (&answer["count"], &answer["beyond_limit"]),
        (&json!(5), &json!(0))
    );
}

#[test]
fn length_limit_person_and_type_narrow_it() {
    let place = place();
    let long = asked(&place, &["--at-least", "4m"]);
    assert_eq!(
        shown(&long),
        ["102 00-09 9..? window/gap", "101 02-06 3..5 change/change"]
    );
    let few = asked(&place, &["--limit", "1"]);
    assert_eq!(shown(&few), ["102 00-09 9..? window/gap"]);
    assert_eq!(
        (&few["count"], &few["beyond_limit"]),
        (&json!(5), &json!(4))
    );
    let named = asked(&place, &["103"]);
    assert_eq!(shown(&named)[0], "103 00-09 9..? window/gap");
    let queues = asked(&place, &["--types", "Department", "--limit", "1"]);
    assert_eq!(shown(&queues), shown(&named)[..1]);
}

#[test]
fn the_window_cuts_episodes() {
    let place = place();
    let words = [
        "episodes",
        "101",
        "--value",
        "Busy",
        "--from",
        "2026-11-02T08:03:00Z",
        "--to",
        "2026-11-02T08:05:00Z",
        "--format",
        "json",
    ];
    let ran = place.run(&words);
    let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(shown(&answer), ["101 03-05 2..2 window/window"]);
}

#[test]
fn a_table_and_csv_list_the_same() {
    let place = place();
    let ran = place.run(&[&QUESTION[..], &["--zone", "UTC"]].concat());
    insta::assert_snapshot!("episodes_table", ran.shown());
    let csv = place.run(&[&QUESTION[..], &["--format", "csv"]].concat());
    insta::assert_snapshot!("episodes_csv", csv.stdout);
    let none = place.run(&[&QUESTION[..], &["--at-least", "1d"]].concat());
    assert!(
        none.stdout.starts_with("No episodes in the window."),
        "{}",
        none.shown()
    );
}

#[test]
fn a_value_that_nothing_has_is_refused_with_a_near_one() {
    let place = place();
    let ran = place.run(&[
        "episodes",
        "--value",
        "Bussy",
        "--from",
        "2026-11-02",
        "--now",
        "2026-11-02T09:00:00Z",
    ]);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(
        ran.stderr.contains("did you mean \"Busy\""),
        "{}",
        ran.stderr
    );
    let needed = place.run(&["episodes"]);
    assert_eq!(needed.code, Some(2), "{}", needed.shown());
}
