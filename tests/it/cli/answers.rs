//! Every question in every format, on a small history.

use super::support::{ACCOUNT, Place};

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];
const FORMATS: [&str; 4] = ["table", "json", "ndjson", "csv"];

/// Takes a snapshot of a question in every format.
fn check_formats(name: &str, question: &[&str]) {
    let place = Place::with_history();
    for format in FORMATS {
        let ran = place.ask(&[question, &["--format", format]].concat());
        insta::assert_snapshot!(format!("{name}_{format}"), ran.shown());
    }
}

#[test]
fn now() {
    check_formats("now", &["now"]);
}

#[test]
fn at_a_moment_by_the_clocks_of_a_zone() {
    check_formats("at", &["at", "2026-11-02T09:04", "--zone", "Europe/Berlin"]);
}

#[test]
fn at_a_moment_nobody_looked() {
    let place = Place::with_history();
    insta::assert_snapshot!(
        "at_a_moment_nobody_looked",
        place.ask(&["at", "2026-11-02T08:12", "101"]).answer()
    );
}

#[test]
fn timeline() {
    let question = [&["timeline", "101", "workshop", "1003"], &WINDOW[..]].concat();
    check_formats("timeline", &question);
}

#[test]
fn timeline_of_another_facet() {
    let place = Place::with_history();
    let question = [
        &["timeline", "101", "--facet", "telephony_status"],
        &WINDOW[..],
    ]
    .concat();
    insta::assert_snapshot!("timeline_of_another_facet", place.ask(&question).answer());
}

#[test]
fn changes() {
    check_formats("changes", &[&["changes"], &WINDOW[..]].concat());
}

#[test]
fn changes_of_one_person_and_facet() {
    let place = Place::with_history();
    let question = [
        &["changes", "101", "--facet", "presence_status"],
        &WINDOW[..],
    ]
    .concat();
    insta::assert_snapshot!(
        "changes_of_one_person_and_facet",
        place.ask(&question).answer()
    );
    let ran = place.ask(&["changes", "104", "--from", "-5m", "--to", "now"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(0), "No changes in the window.\n")
    );
}

#[test]
fn report() {
    check_formats("report", &[&["report"], &WINDOW[..]].concat());
}

#[test]
fn report_by_groups_and_buckets() {
    let question = [
        "report",
        "--by",
        "department,site,day",
        "--types",
        "all",
        "--hours",
        "Mo-Fr 09:05-17:00",
        "--zone",
        "Europe/Berlin",
        "--from",
        "2026-11-02",
        "--to",
        "2026-11-02T09:20",
    ];
    check_formats("report_by_groups", &question);
}

#[test]
fn staffing() {
    let question = [
        "staffing",
        "--value",
        "Available",
        "--step",
        "5m",
        "--zone",
        "UTC",
    ];
    let required = ["--required", "Mo-Fr 08:02-18:00=2"];
    check_formats(
        "staffing",
        &[&question, &required[..], &WINDOW[..]].concat(),
    );
}

#[test]
fn too_few_are_of_three_kinds_in_every_format() {
    let place = Place::with_history();
    let question = [
        &["staffing", "--value", "Available", "--step", "10m"][..],
        &["--zone", "UTC", "--required", "Mo-Fr 08:02-18:00=2"],
        &WINDOW[..],
    ]
    .concat();
    let asked = |format: &str| {
        let question = [&question[..], &["--format", format]].concat();
        place.ask(&question).answer()
    };
    // 101 may be Available until the sweep at 3, and 102 is from then on; 103 comes at 5. The gap lasts from 9 to 15.
    // From 16 to 17, 101 may already be Offline.
    let expected = [
        "certain 08:02-08:04 0 0 1",
        "possible 08:04-08:05 1 1 2",
        "unknown 08:09-08:15 0 0 3",
        "possible 08:16-08:17 1 2 2",
        "certain 08:17-08:20 1 1 1",
    ];
    let shown = |row: &dyn Fn(&str) -> String| {
        let clock = |name: &str| row(name)[11..16].to_owned();
        format!(
            "{} {}-{} {} {} {}",
            row("kind"),
            clock("from"),
            clock("to"),
            row("guaranteed"),
            row("known"),
            row("possible")
        )
    };
    let of_json = |value: &serde_json::Value| {
        let field = |name: &str| match &value[name] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        shown(&field)
    };
    let json: serde_json::Value = serde_json::from_str(&asked("json")).expect("it is JSON");
    let listed = json["shortfalls"].as_array().expect("they are listed");
    assert_eq!(listed.iter().map(of_json).collect::<Vec<_>>(), expected);
    assert_eq!(json["judged_until"], "2026-11-02T08:20:00.000Z");
    let lines = asked("ndjson");
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("it is JSON"));
    let lines: Vec<String> = lines
        .filter(|line| line.get("kind").is_some())
        .map(|line| of_json(&line))
        .collect();
    assert_eq!(lines, expected);
    let csv = asked("csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().expect("a header").clone();
    let rows = reader
        .records()
        .map(|row| row.expect("a row of as many cells"));
    let rows = rows.map(|row| {
        shown(&|name: &str| {
            let place = names.iter().position(|known| known == name);
            row[place.expect("there is such a column")].to_owned()
        })
    });
    let (steps, short): (Vec<String>, Vec<String>) = rows.partition(|row| row.starts_with("step "));
    assert_eq!(
        (steps.len(), short),
        (2, expected.map(str::to_owned).to_vec())
    );
}

#[test]
fn staffing_by_department_within_hours() {
    let place = Place::with_history();
    let question = [
        "staffing",
        "--value",
        "Busy",
        "--by",
        "department",
        "--hours",
        "Mo 08:05-08:15",
        "--zone",
        "UTC",
    ];
    insta::assert_snapshot!(
        "staffing_by_department",
        place.ask(&[&question, &WINDOW[..]].concat()).shown()
    );
}

#[test]
fn heatmap() {
    let question = ["heatmap", "--value", "Available", "--zone", "UTC"];
    check_formats("heatmap", &[&question, &WINDOW[..]].concat());
}

#[test]
fn report_of_the_whole_account() {
    let place = Place::with_history();
    let question = [
        &["report", "--by", "account", "--facet", "telephony_status"],
        &WINDOW[..],
    ]
    .concat();
    insta::assert_snapshot!("report_of_the_whole_account", place.ask(&question).shown());
}

#[test]
fn report_by_queue_says_that_people_count_twice() {
    let place = Place::with_history();
    let question = [&["report", "--by", "queue"], &WINDOW[..]].concat();
    let ran = place.ask(&question);
    assert!(ran.stdout.contains("(not set)"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("people in several queues count in each"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("total"), "{}", ran.stdout);
}

#[test]
fn report_of_people_who_are_named_counts_them_whatever_they_are() {
    let place = Place::with_history();
    let question = [&["report", "104", "--format", "json"], &WINDOW[..]].concat();
    let ran = place.ask(&question);
    assert!(
        ran.stdout.contains("\"extension_number\": \"104\""),
        "{}",
        ran.stdout
    );
}

#[test]
fn report_of_nobody() {
    let place = Place::with_history();
    let question = [
        "report",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-02",
        "--types",
        "Bot",
    ];
    insta::assert_snapshot!("report_of_nobody", place.ask(&question).shown());
}

#[test]
fn coverage() {
    check_formats(
        "coverage",
        &["coverage", "--from", "2026-11-02T07:50", "--to", "now"],
    );
}

#[test]
fn an_older_end_of_the_log_gives_the_older_answer() {
    let place = Place::with_history();
    let question = [&["report", "--format", "json"], &WINDOW[..]].concat();
    let before = place.ask(&question).stdout;
    let as_of: serde_json::Value = serde_json::from_str(&before).expect("it is JSON");
    let as_of = format!(
        "{}:{}",
        as_of["as_of"]["position"], as_of["as_of"]["snapshot_no"]
    );
    let later = super::support::sweep(
        ACCOUNT,
        30,
        &[(1001, serde_json::json!({"presenceStatus": "Busy"}))],
    );
    place.write("later.ndjson", &later.to_string());
    assert_eq!(place.run(&["import", "later.ndjson"]).code, Some(0));
    assert_ne!(place.ask(&question).stdout, before);
    let again = place.ask(&[&question[..], &["--as-of", &as_of]].concat());
    assert_eq!(again.stdout, before);
}

#[test]
fn json_and_ndjson_are_json() {
    let place = Place::with_history();
    for question in [
        &["now"][..],
        &[&["changes"], &WINDOW[..]].concat(),
        &[&["report"], &WINDOW[..]].concat(),
    ] {
        let json = place
            .ask(&[question, &["--format", "json", "-q"]].concat())
            .answer();
        serde_json::from_str::<serde_json::Value>(&json).expect("it is JSON");
        let lines = place
            .ask(&[question, &["--format", "ndjson", "-q"]].concat())
            .answer();
        assert!(lines.lines().count() > 1, "{lines}");
        for line in lines.lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
        }
    }
}

#[test]
fn csv_has_the_same_columns_in_each_row() {
    let place = Place::with_history();
    let questions: [&[&str]; 4] = [
        &["now"],
        &[&["changes"], &WINDOW[..]].concat(),
        &[&["report", "--by", "extension,queue,hour"], &WINDOW[..]].concat(),
        &[&["timeline", "101", "102"], &WINDOW[..]].concat(),
    ];
    for question in questions {
        let text = place
            .ask(&[question, &["--format", "csv", "-q"]].concat())
            .answer();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader
            .records()
            .map(|row| row.expect("as many cells as the header"));
        assert!(rows.count() > 0, "{text}");
    }
}
