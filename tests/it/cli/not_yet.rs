//! Windows that reach past the present moment, as a user sees them. It is 08:21:30.

use serde_json::{Value, json};

use super::support::{NOW, Place};

/// Of this window, 38 and a half minutes are still to come.
const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T09:00"];
/// The part of it that has passed.
const PASSED: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:21:30"];
const MINUTE_MS: i64 = 60_000;
const NOT_YET_MS: i64 = 38 * MINUTE_MS + MINUTE_MS / 2;

fn ask(place: &Place, question: &[&str], window: &[&str]) -> Value {
    let ran = place.ask(&[question, window, &["--format", "json", "-q"]].concat());
    serde_json::from_str(&ran.answer()).expect("it is JSON")
}

#[test]
fn a_report_covers_only_what_has_passed() {
    let place = Place::with_history();
    let report = ask(&place, &["report"], &WINDOW);
    assert_eq!(report["to"], "2026-11-02T09:00:00.000Z");
    assert_eq!(report["so_far"], true);
    assert_eq!(report["not_yet_ms"], NOT_YET_MS);
    assert_eq!(report["as_of"]["now"], "2026-11-02T08:21:30.000Z");
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row["scheduled_ms"], 21 * MINUTE_MS + MINUTE_MS / 2);
        // From 09 to 15 there is no data; what is presumed since 20 is known.
        assert_eq!(row["unknown_ms"], 6 * MINUTE_MS);
    }
    // 101 was Offline from 17 on, not before 16; from 20 on it is presumed.
    let offline = &rows[0]["values"]["Offline"];
    assert_eq!(offline["ms"], 4 * MINUTE_MS + MINUTE_MS / 2);
    assert_eq!(offline["min_ms"], 3 * MINUTE_MS);
    assert_eq!(offline["max_ms"], 5 * MINUTE_MS + MINUTE_MS / 2);
    assert_eq!(
        rows,
        ask(&place, &["report"], &PASSED)["rows"]
            .as_array()
            .expect("rows")
    );
    assert_eq!(ask(&place, &["report"], &PASSED).get("so_far"), None);
}

#[test]
fn rows_and_files_cover_only_what_has_passed() {
    let place = Place::with_history();
    let week = [
        "--from",
        "2026-11-02",
        "--to",
        "2026-11-09",
        "--zone",
        "UTC",
    ];
    let passed = ["--from", "2026-11-02", "--to", NOW, "--zone", "UTC"];
    for question in [
        &["report", "--by", "extension,day"][..],
        &[
            "report",
            "--by",
            "account,hour",
            "--metrics",
            "evidence,episodes,polling",
        ],
        &[
            "report",
            "--metrics",
            "adherence,conformance",
            "--value",
            "Available",
        ],
        &["timeline", "101", "102"],
        &["changes"],
        &["heatmap", "--value", "Available"],
        &["coverage"],
    ] {
        for format in ["csv", "ndjson"] {
            let of = |window: &[&str]| {
                let question = [question, window, &["--format", format, "-q"]].concat();
                place.ask(&question).answer()
            };
            assert_eq!(of(&week), of(&passed), "{question:?} as {format}");
        }
    }
    let days = ask(&place, &["report", "--by", "account,day"], &week);
    let days = days["rows"].as_array().expect("rows").iter();
    assert_eq!(
        days.map(|row| &row["day"]).collect::<Vec<_>>(),
        ["2026-11-02"]
    );
    // The lines above CSV, and the sidecars of files, say so.
    let question = [
        &["report", "--format", "csv", "--with-question"],
        &WINDOW[..],
    ]
    .concat();
    let csv = place.ask(&question).stdout;
    for line in ["# so_far: true\n", "# not_yet_ms: 2310000\n"] {
        assert!(csv.contains(line), "{csv}");
    }
}

#[test]
fn output_for_people_says_that_it_is_so_far() {
    let place = Place::with_history();
    for question in [
        &["report"][..],
        &["timeline", "101"],
        &["changes"],
        &["coverage"],
        &["heatmap", "--value", "Available"],
        &["staffing", "--value", "Available"],
    ] {
        let table = place.ask(&[question, &WINDOW].concat()).stdout;
        let told = "so far: 39m of the window are still to come, and count nowhere";
        assert!(table.contains(told), "{table}");
        let table = place.ask(&[question, &PASSED].concat()).stdout;
        assert!(!table.contains("so far"), "{table}");
    }
    for (format, told) in [
        (
            "svg",
            "so far: 39m of the window are still to come, and count nowhere",
        ),
        (
            "html",
            "39m of the window are still to come, and count nowhere",
        ),
    ] {
        let question = if format == "svg" {
            &["timeline", "101"][..]
        } else {
            &["report"]
        };
        let drawn = place.ask(&[question, &WINDOW, &["--format", format]].concat());
        assert!(drawn.stdout.contains(told), "{}", drawn.stdout);
    }
}

#[test]
fn a_timeline_ends_now() {
    let place = Place::with_history();
    let timeline = ask(&place, &["timeline", "101"], &WINDOW);
    assert_eq!(
        (&timeline["so_far"], &timeline["not_yet_ms"]),
        (&json!(true), &json!(NOT_YET_MS))
    );
    let intervals = timeline["extensions"][0]["intervals"]
        .as_array()
        .expect("a list");
    let last = intervals.last().expect("there are some");
    assert_eq!(
        (&last["to"], &last["presumed"]),
        (&json!("2026-11-02T08:21:30.000Z"), &json!(true))
    );
    // Nothing is drawn for what is still to come: a third of the bar remains.
    let table = place
        .ask(&[&["timeline", "101"], &WINDOW[..]].concat())
        .stdout;
    let bar = table
        .lines()
        .find(|line| line.starts_with("101 "))
        .expect("a bar");
    assert!(bar.ends_with("····"), "{bar}");
    assert!(table.contains("· still to come"), "{table}");
    let end = ask(
        &place,
        &["timeline", "101"],
        &["--from", "now", "--to", "+1h"],
    );
    assert_eq!(end["extensions"][0]["intervals"], json!([]));
    assert_eq!(end["not_yet_ms"], 60 * MINUTE_MS);
}

#[test]
fn the_step_that_contains_now_keeps_its_end() {
    let place = Place::with_history();
    let question = [
        "staffing",
        "--value",
        "Available",
        "--step",
        "10m",
        "--zone",
        "UTC",
    ];
    let required = ["--required", "Mo-Su 00:00-24:00=5"];
    let staffing = ask(&place, &[&question[..], &required].concat(), &WINDOW);
    let points = staffing["points"].as_array().expect("points");
    let last = points.last().expect("there are some");
    assert_eq!(points.len(), 3);
    assert_eq!(last["to"], "2026-11-02T08:30:00.000Z");
    assert_eq!(last["counted_ms"], MINUTE_MS + MINUTE_MS / 2);
    // There is no shortage in the future, and what is presumed is not judged.
    assert_eq!(staffing["judged_until"], "2026-11-02T08:20:00.000Z");
    let short = staffing["shortfalls"].as_array().expect("shortfalls");
    assert_eq!(
        short.last().expect("there are some")["to"],
        "2026-11-02T08:20:00.000Z"
    );
}

#[test]
fn coverage_and_hours_of_the_week_end_now() {
    let place = Place::with_history();
    let coverage = ask(&place, &["coverage"], &WINDOW);
    assert_eq!(coverage["observed_ms"], 14 * MINUTE_MS);
    assert_eq!(coverage["gap_ms"], 7 * MINUTE_MS + MINUTE_MS / 2);
    let heatmap = ask(
        &place,
        &["heatmap", "--value", "Available", "--zone", "UTC"],
        &WINDOW,
    );
    let cells = heatmap["cells"].as_array().expect("cells");
    assert_eq!(cells.len(), 1);
    assert_eq!(cells[0]["elapsed_ms"], 21 * MINUTE_MS + MINUTE_MS / 2);
}

#[test]
fn a_moment_that_is_still_to_come_is_refused() {
    let place = Place::with_history();
    for question in [
        &["at", "2026-11-02T08:21:30.001Z"][..],
        &["explain", "101", "2026-11-02T08:21:30.001Z"],
        &["policy", "explain", "101", "2026-11-02T08:21:30.001Z"],
    ] {
        let ran = place.ask(question);
        let told = "presence: TIME: 2026-11-02T08:21:30.001Z is still to come: it is 2026-11-02T08:21:30.000Z now; ask about \
                    an earlier moment\n";
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), told));
    }
    assert_eq!(place.ask(&["at", "now"]).code, Some(0));
}

#[test]
fn only_the_passed_part_is_compared_with_the_earlier_period() {
    let place = Place::with_history();
    // Of 08:15 to 08:30, six and a half minutes have passed: they are compared with 08:00 to 08:06:30.
    let window = ["--from", "2026-11-02T08:15", "--to", "2026-11-02T08:30"];
    for earlier in ["previous", "2026-11-02T08:00..2026-11-02T08:15"] {
        let report = ask(&place, &["report", "101", "--compare-to", earlier], &window);
        assert_eq!(
            report["compare_to"],
            json!({
                "from": "2026-11-02T08:00:00.000Z",
                "to": "2026-11-02T08:06:30.000Z",
                "requested_to": "2026-11-02T08:15:00.000Z",
                "asked_to": "2026-11-02T08:15:00.000Z",
            })
        );
        let earlier = &report["rows"][0]["earlier"];
        assert_eq!(earlier["scheduled_ms"], 6 * MINUTE_MS + MINUTE_MS / 2);
        assert_eq!(earlier["values"]["Busy"]["ms"], 3 * MINUTE_MS);
    }
    let question = ["report", "101", "--compare-to", "previous"];
    let table = place.ask(&[&question, &window[..]].concat()).stdout;
    let told = "compared with [2026-11-02T08:00:00.000Z, 2026-11-02T08:06:30.000Z), cut to what has passed of the window from \
                [2026-11-02T08:00:00.000Z, 2026-11-02T08:15:00.000Z)";
    assert!(table.contains(told), "{table}");
    let over = ask(
        &place,
        &["report", "101", "--compare-to", "previous"],
        &["--from", "2026-11-02T08:15", "--to", "now"],
    );
    assert_eq!(over["compare_to"].get("requested_to"), None);
}

#[test]
fn what_is_recorded_later_than_now_is_not_known_yet() {
    let place = Place::with_history();
    let now = ["--now", "2026-11-02T08:06:00Z", "--format", "ndjson", "-q"];
    let question = [
        &["changes", "--facet", "presence_status"],
        &WINDOW[..],
        &now,
    ]
    .concat();
    let listed = place.run(&question).answer();
    let seen: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .collect();
    let last = seen.last().expect("there are some");
    // The change that is seen at exactly that moment is the last one.
    assert_eq!(last["observed_at"], "2026-11-02T08:06:00.000Z");
}
