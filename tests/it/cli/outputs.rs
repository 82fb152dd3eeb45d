//! What answers contain, where they go, and in which format.

use std::fs;

use super::support::{ACCOUNT, NOW, Place};
use crate::support::signal;

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];

/// Every question that is answered with one object.
fn objects() -> Vec<Vec<&'static str>> {
    let questions: [&[&str]; 7] = [
        &["report"],
        &[
            "report",
            "--by",
            "department,hour",
            "--hours",
            "Mo-Fr 08:05-17:00; PH off",
            "--zone",
            "Europe/Berlin",
            "--metrics",
            "adherence,episodes",
            "--value",
            "Available",
            "--min-evidence",
            "0.5",
            "--as-now",
            "--compare-to",
            "2026-11-02T07:00..2026-11-02T08:00",
        ],
        &["report", "104", "workshop", "--facet", "telephony_status"],
        &["timeline", "101", "workshop", "--policy", "direct_calls"],
        &["coverage", "--zone", "America/New_York"],
        &[
            "staffing",
            "--value",
            "Available",
            "--step",
            "5m",
            "--zone",
            "UTC",
            "--required",
            "Mo-Fr 08:02-18:00=2",
        ],
        &["heatmap", "--value", "Available", "--types", "all"],
    ];
    // A comparison needs rows that do not differ by time.
    let questions = questions.map(|words| {
        let words: Vec<&str> = words
            .iter()
            .map(|word| {
                if *word == "department,hour" {
                    "department"
                } else {
                    word
                }
            })
            .collect();
        [words, WINDOW.to_vec()].concat()
    });
    questions.to_vec()
}

#[test]
fn every_answer_says_what_it_answers_and_that_asks_for_it_again() {
    let place = Place::with_history();
    for words in objects() {
        let asked = [&words[..], &["--format", "json", "-q"]].concat();
        let answer = place.ask(&asked).answer();
        let shape: serde_json::Value = serde_json::from_str(&answer).expect("it is JSON");
        assert_eq!(shape["account_id"], ACCOUNT, "{answer}");
        assert_eq!(
            shape["program"],
            concat!("presence ", env!("CARGO_PKG_VERSION"))
        );
        for field in ["zone", "zone_data", "as_of", "from", "to"] {
            assert!(shape.get(field).is_some(), "{field} is not in {answer}");
        }
        assert!(shape["as_of"]["snapshot_no"].is_i64(), "{answer}");
        let question = shape["question"].as_str().expect("it is text");
        let again = shlex::split(question).expect("a shell can read it");
        assert_eq!(again[0], "presence");
        let again: Vec<&str> = again[1..].iter().map(String::as_str).collect();
        let repeated = place.ask(&[&again[..], &["--format", "json", "-q"]].concat());
        assert_eq!(repeated.answer(), answer, "{question}");
    }
}

#[test]
fn a_moment_is_spelled_out() {
    let place = Place::with_history();
    let asked = ["now", "101", "--with-question", "--format", "json"];
    let answer = place.ask(&asked).answer();
    insta::assert_snapshot!("now_with_question_json", answer);
    let shape: serde_json::Value = serde_json::from_str(&answer).expect("it is JSON");
    let again =
        shlex::split(shape["question"].as_str().expect("it is text")).expect("a shell can read it");
    let again: Vec<&str> = again[1..].iter().map(String::as_str).collect();
    let repeated = place.ask(&[&again[..], &["--with-question", "--format", "json"]].concat());
    assert_eq!(repeated.answer(), answer);
}

#[test]
fn the_question_is_added_on_request() {
    let place = Place::with_history();
    let changes = [&["changes", "101", "--with-question"], &WINDOW[..]].concat();
    let csv = place
        .ask(&[&changes[..], &["--format", "csv"]].concat())
        .answer();
    insta::assert_snapshot!("changes_with_question_csv", csv);
    let json = place
        .ask(&[&changes[..], &["--format", "json"]].concat())
        .answer();
    let shape: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert!(
        shape["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty()),
        "{json}"
    );
    let ndjson = place.ask(&[&changes[..], &["--format", "ndjson"]].concat());
    assert_eq!(ndjson.code, Some(2), "{}", ndjson.stderr);
    // With an output file, the question goes to the sidecar and not into the file.
    let plain = place
        .ask(&[&["changes", "101", "--format", "csv"], &WINDOW[..]].concat())
        .answer();
    place
        .ask(&[&changes[..], &["--output", "changes.csv"]].concat())
        .answer();
    let read = |name: &str| fs::read_to_string(place.path().join(name)).expect("it was written");
    assert_eq!(read("changes.csv"), plain);
    let beside: serde_json::Value =
        serde_json::from_str(&read("changes.csv.meta.json")).expect("it is JSON");
    assert!(
        beside["question"]
            .as_str()
            .is_some_and(|text| text.starts_with("presence changes --account"))
    );
}

#[test]
fn a_calendar_is_identified_by_its_digest() {
    let place = Place::with_history();
    let digest = |holidays: &str, name: &str| {
        place.write(
            "presence.toml",
            &format!("[calendars.{name}]\nhours = \"Mo-Fr 08:00-17:00; PH off\"\nholidays = [{holidays}]\n"),
        );
        let asked = [
            &["report", "--calendar", name, "--format", "json", "-q"],
            &WINDOW[..],
        ]
        .concat();
        let shape: serde_json::Value =
            serde_json::from_str(&place.ask(&asked).answer()).expect("it is JSON");
        shape["calendar_digest"]
            .as_str()
            .expect("it is there")
            .to_owned()
    };
    let one = digest("\"2026-12-24\"", "a");
    assert_eq!(one.len(), 64);
    assert_eq!(
        digest("\"2026-12-24\"", "b"),
        one,
        "the name is no part of its meaning"
    );
    assert_ne!(digest("\"2026-12-31\"", "a"), one);
}

#[test]
fn nothing_in_csv_is_a_formula() {
    let place = Place::with_history();
    let questions: [&[&str]; 8] = [
        &["now"],
        &["at", "2026-11-02T08:04"],
        &["changes"],
        &["timeline", "101", "1003", "--facet", "message"],
        &[
            "report",
            "--by",
            "extension,department",
            "--facet",
            "message",
        ],
        &["staffing", "--value", "Available", "--by", "extension"],
        &["heatmap", "--value", "Available", "--by", "extension"],
        &["coverage"],
    ];
    let mut guarded = 0;
    for question in questions {
        let window = if matches!(question[0], "now" | "at") {
            &[][..]
        } else {
            &WINDOW[..]
        };
        let text = place
            .ask(&[question, window, &["--format", "csv", "-q"]].concat())
            .answer();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        for row in rows.records() {
            for cell in &row.expect("as many cells as the header") {
                let is_number = cell.parse::<f64>().is_ok();
                let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(is_number || !is_formula, "{cell:?} in {question:?}");
                guarded += usize::from(cell.starts_with("'="));
            }
        }
    }
    assert!(guarded > 10, "{guarded}");
}

#[test]
fn a_file_takes_the_format_of_its_ending() {
    let place = Place::with_history();
    let question = [&["coverage"], &WINDOW[..]].concat();
    for (name, format) in [
        ("a.csv", "csv"),
        ("a.json", "json"),
        ("a.NDJSON", "ndjson"),
        ("a.txt", "table"),
    ] {
        let ran = place.ask(&[&question[..], &["--output", name]].concat());
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(0), ""),
            "{}",
            ran.stderr
        );
        let written = fs::read_to_string(place.path().join(name)).expect("it was written");
        let expected = place
            .ask(&[&question[..], &["--format", format]].concat())
            .answer();
        assert_eq!(written, expected, "{name}");
    }
    place
        .ask(&[&question[..], &["--output", "b.csv", "--format", "json"]].concat())
        .answer();
    let written = fs::read_to_string(place.path().join("b.csv")).expect("it was written");
    assert!(
        written.starts_with('{'),
        "a flag goes before the ending: {written}"
    );
    let refused = place.ask(&[&question[..], &["--output", "b.svg"]].concat());
    insta::assert_snapshot!("output_refused_format", refused.shown());
    assert!(!place.path().join("b.svg").exists());
}

#[test]
fn a_failed_answer_leaves_the_old_file() {
    let place = Place::with_history();
    place.write("old.csv", "old");
    let before = entries(&place);
    let failing = [&["timeline", "nobody", "--output", "old.csv"], &WINDOW[..]].concat();
    assert_eq!(place.ask(&failing).code, Some(1));
    assert_eq!(
        fs::read_to_string(place.path().join("old.csv")).expect("it is there"),
        "old"
    );
    assert_eq!(entries(&place), before, "something was left behind");
    fs::create_dir(place.path().join("folder.csv")).expect("a folder can be made");
    let refused = place.ask(&[&["coverage", "--output", "folder.csv"], &WINDOW[..]].concat());
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (
            Some(2),
            "presence: --output folder.csv: it is a folder; name a file in it\n"
        )
    );
    let refused = place.ask(&[&["coverage", "--output", "nowhere/a.csv"], &WINDOW[..]].concat());
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("nowhere/a.csv cannot be written"),
        "{}",
        refused.stderr
    );
}

fn entries(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path()).expect("the folder is there");
    let names = entries.map(|entry| {
        entry
            .expect("it can be read")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    // SQLite keeps additional files next to a store while the store is open.
    let mut names: Vec<String> = names.filter(|name| !name.contains(".db-")).collect();
    names.sort();
    names
}

#[cfg(unix)]
#[test]
fn stopping_it_leaves_the_old_file_and_no_other() {
    use std::io::Read as _;
    use std::process::Stdio;

    let place = Place::with_history();
    place.write("old.txt", "old");
    let before = entries(&place);
    // It waits for its input, so it does not end by itself.
    let mut child = place
        .command(&["import", "-", "--output", "old.txt", "--now", NOW])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be run");
    while entries(&place) == before {
        std::thread::yield_now();
        assert!(
            child.try_wait().expect("it can be asked").is_none(),
            "it ended by itself"
        );
    }
    signal("INT", child.id());
    let ended = child.wait().expect("it ends");
    let mut told = String::new();
    let stderr = child.stderr.as_mut().expect("it was piped");
    stderr.read_to_string(&mut told).expect("it is text");
    assert_eq!(ended.code(), Some(130), "{told}");
    // If it has started to read, it says how much it has stored.
    assert!(
        ["", "0 sweeps stored with 0 changes\n"].contains(&told.as_str()),
        "{told}"
    );
    assert_eq!(entries(&place), before, "something was left behind");
    assert_eq!(
        fs::read_to_string(place.path().join("old.txt")).expect("it is there"),
        "old"
    );
}

#[test]
fn services_have_no_answer_to_keep() {
    let place = Place::empty();
    let refused = place.run(&["collect", "--output", "a.txt"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(entries(&place).is_empty());
}
