//! Questions about a team: they cover its people, while they were in it.

use serde_json::Value;

use super::support::{ACCOUNT, Place, sweep};

/// The history of the tests: 101 (North) and 103 (South) in Sales. At 08:21:00 103 is found in Service.
fn place() -> Place {
    let place = Place::with_history();
    let mut line = sweep(
        ACCOUNT,
        21,
        &[(1001, serde_json::json!({"presenceStatus": "Offline"}))],
    );
    line["complete"] = false.into();
    line["directory"] = serde_json::json!([{
        "id": 1003, "extensionNumber": "103", "name": "Moved", "type": "User", "status": "Enabled",
        "contact": {"department": "Service"}, "site": {"id": "3", "name": "South"},
    }]);
    place.write("more.ndjson", &line.to_string());
    let ran = place.run(&["import", "more.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    place
}

/// The answer as JSON.
#[track_caller]
fn asked(place: &Place, words: &[&str]) -> Value {
    let ran = place.ask(&[words, &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    serde_json::from_str(&ran.stdout).expect("JSON")
}

/// The extension numbers in a list, at the top level or below `person`.
#[track_caller]
fn numbers(answer: &Value) -> Vec<&str> {
    let list = answer.as_array();
    let list = list.or_else(|| {
        ["entries", "extensions", "people", "rows", "changes"]
            .iter()
            .find_map(|key| answer[*key].as_array())
    });
    let list = list.unwrap_or_else(|| panic!("no list: {answer}"));
    list.iter()
        .map(|entry| entry["extension_number"].as_str().unwrap_or("none"))
        .collect()
}

#[test]
fn who_is_in_a_team_is_who_was_in_it_at_the_time() {
    let place = place();
    let sales = ["--department", "Sales"];
    let of = |words: &[&str]| {
        let answer = asked(&place, &[words, &sales].concat());
        numbers(&answer).join(" ")
    };
    assert_eq!(of(&["now"]), "101");
    assert_eq!(of(&["at", "2026-11-02T08:12:00Z"]), "101 103");
    assert_eq!(of(&["at", "2026-11-02T08:12:00Z", "--as-now"]), "101");
    assert_eq!(of(&["people"]), "101");
    // Both were in the team at some moment of the hour, and one still is.
    assert_eq!(of(&["timeline", "--from", "-1h"]), "101 103");
    assert_eq!(of(&["timeline", "--from", "-1h", "--as-now"]), "101");
    assert_eq!(of(&["timeline", "--from", "2026-11-02T08:21:10Z"]), "101");
    // A person who is named must also be in the team.
    assert_eq!(of(&["at", "2026-11-02T08:12:00Z", "103"]), "103");
    assert_eq!(of(&["now", "103"]), "");
}

#[test]
fn only_the_time_in_the_team_counts() {
    let place = place();
    let window = [
        "--from",
        "2026-11-02T08:00:00Z",
        "--to",
        "2026-11-02T08:21:30Z",
    ];
    let scheduled = |words: &[&str]| {
        let report = asked(&place, &[&["report"], &window[..], words].concat());
        let rows = report["rows"].as_array().expect("rows").clone();
        let shown = rows.iter().map(|row| {
            let who = row["extension_number"].as_str();
            let who = who.or_else(|| row["department"].as_str()).unwrap_or("all");
            format!("{who} {}", row["scheduled_ms"])
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    // 08:00:00 to 08:21:00 of 103, and all 21 and a half minutes of 101.
    assert_eq!(
        scheduled(&["--department", "Sales"]),
        "101 1290000, 103 1260000"
    );
    assert_eq!(
        scheduled(&["--department", "Sales", "--by", "department"]),
        "Sales 2550000"
    );
    assert_eq!(scheduled(&["--department", "Service"]), "103 30000");
    assert_eq!(
        scheduled(&["--department", "Sales", "--as-now"]),
        "101 1290000"
    );
    assert_eq!(
        scheduled(&[
            "--department",
            "Sales",
            "--department",
            "Service",
            "--by",
            "department"
        ]),
        "Sales 2550000, Service 30000"
    );
    // One of each kind must match.
    assert_eq!(
        scheduled(&["--department", "Sales", "--site", "South"]),
        "103 1260000"
    );
    assert_eq!(scheduled(&["--department", ""]), "102 1290000");
    let report = asked(
        &place,
        &["report", "--department", "Sales", "--from", "-1h"],
    );
    let question = report["question"].as_str().expect("text");
    assert!(question.contains(" --department Sales "), "{question}");
}

#[test]
fn a_team_is_counted_from_the_time_that_its_people_were_in_it() {
    let place = place();
    let words = [
        "staffing",
        "--value",
        "Available",
        "--department",
        "Service",
        "--step",
        "30s",
        "--from",
        "2026-11-02T08:20:00Z",
        "--to",
        "2026-11-02T08:21:30Z",
    ];
    let staffing = asked(&place, &words);
    let points = staffing["points"].as_array().expect("points");
    let most: Vec<i64> = points
        .iter()
        .map(|point| point["possible"].as_i64().expect("a number"))
        .collect();
    assert_eq!(most, [0, 0, 1], "{staffing:#}");
}

#[test]
fn a_question_that_needs_someone_takes_a_team() {
    let place = place();
    for question in ["timeline", "meet"] {
        let ran = place.ask(&[question]);
        assert_eq!(ran.code, Some(2), "{}", ran.shown());
        let told =
            "name the people whom it is about, or a team with --department, --site or --queue";
        assert!(ran.stderr.contains(told), "{}", ran.shown());
    }
    let of_nobody = ["meet", "--department", "Service", "--site", "North"];
    let meet = asked(&place, &of_nobody);
    assert_eq!(
        (&meet["slots"], &meet["now"]),
        (&Value::Array(Vec::new()), &"unknown".into())
    );
    let meet = asked(
        &place,
        &[
            "meet", "--site", "South", "--length", "5m", "--hours", "24/7",
        ],
    );
    let question = meet["question"].as_str().expect("text");
    assert!(question.contains(" 1002 1003 "), "{question}");
}
