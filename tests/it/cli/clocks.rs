//! Local times at a clock change, as a user sees them: each is unambiguous, and can be typed again.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::{ACCOUNT, Place};

const NOW: &str = "2026-10-28T00:00:00Z";

/// A sweep every half hour from 2026-10-23 22:00 UTC on, for three days; Busy from 00:30 to 01:00 UTC on the 25th,
/// which is from 02:30 to 02:00 in Berlin.
fn berlin() -> Place {
    let place = Place::empty();
    let mut lines = String::new();
    let start: presence_model::time::Timestamp = "2026-10-23T22:00:00Z".parse().expect("a moment");
    for half in 0..146 {
        let at = start.plus_ms(half * 1_800_000).to_string();
        let status = if at.starts_with("2026-10-25T00:30") {
            "Busy"
        } else {
            "Available"
        };
        let record =
            json!({"extension": {"id": 1001, "extensionNumber": "101"}, "presenceStatus": status});
        let line = json!({
            "account_id": ACCOUNT, "observed_at": at, "valid_for_ms": 3_600_000, "records": [record],
        });
        let _ = writeln!(lines, "{line}");
    }
    place.write("sweeps.ndjson", &lines);
    let ran = place.run(&["import", "sweeps.ndjson", "--now", NOW]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    place
}

#[track_caller]
fn asked(place: &Place, arguments: &[&str]) -> String {
    let ran = place.run(&[arguments, &["--now", NOW, "--zone", "Europe/Berlin"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout
}

const NIGHT: [&str; 4] = ["--from", "2026-10-24T22:00", "--to", "2026-10-25T08:00"];

#[test]
fn a_time_that_comes_twice_is_written_with_its_offset() {
    let place = berlin();
    let steps = [
        "staffing",
        "--value",
        "Available",
        "--step",
        "1h",
        "--format",
        "table",
    ];
    let table = asked(&place, &[&steps[..], &NIGHT[..]].concat());
    for told in [
        "2026-10-25 01:00:00 ",
        "2026-10-25 02:00:00+02:00 ",
        "2026-10-25 02:00:00+01:00 ",
        "2026-10-25 03:00:00 ",
    ] {
        assert_eq!(table.matches(told).count(), 1, "{told} in\n{table}");
    }
    let changes = ["changes", "--format", "table"];
    let changes = asked(&place, &[&changes[..], &NIGHT[..]].concat());
    assert!(
        changes.contains("2026-10-25 02:30:00+02:00  02:00:00+02:00"),
        "{changes}"
    );
    assert!(
        changes.contains("2026-10-25 02:00:00+01:00  02:30:00+02:00"),
        "{changes}"
    );
    let timeline = ["timeline", "101", "--format", "table"];
    let timeline = asked(&place, &[&timeline[..], &NIGHT[..]].concat());
    assert!(
        timeline.contains("2026-10-25 02:30:00+02:00–02:00:00+01:00"),
        "{timeline}"
    );
    assert!(!timeline.contains("02:30:00–"), "{timeline}");
    let picture = ["timeline", "101", "--format", "svg"];
    let window = [
        "--from",
        "2026-10-25T02:00+02:00",
        "--to",
        "2026-10-25 03:00",
    ];
    let picture = asked(&place, &[&picture[..], &window[..]].concat());
    for told in [
        "2026-10-25 02:00:00+02:00 to",
        ">02:30+02:00<",
        ">02:30+01:00<",
    ] {
        assert!(picture.contains(told), "{told} is not in\n{picture}");
    }
}

#[test]
fn what_is_written_can_be_typed() {
    let place = berlin();
    let state = |time: &str| {
        let answer = asked(&place, &["at", time, "--format", "json"]);
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer[0]["state"]["presence_status"].clone()
    };
    for time in [
        "2026-10-25 02:30:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25 02:45+02:00",
    ] {
        assert_eq!(state(time), "Busy", "{time}");
    }
    for time in ["2026-10-25 02:30:00+01:00", "2026-10-25T02:30:00+01:00"] {
        assert_eq!(state(time), "Available", "{time}");
    }
    let refused = place.run(&[
        "at",
        "2026-10-25 02:30:00",
        "--zone",
        "Europe/Berlin",
        "--now",
        NOW,
    ]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    let both = "write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00";
    assert!(refused.stderr.contains(both), "{}", refused.stderr);
}

fn points(place: &Place, more: &[&str]) -> Value {
    let steps = [
        "staffing",
        "--value",
        "Available",
        "--format",
        "json",
        "--now",
        NOW,
    ];
    let ran = place.run(&[&steps[..], more].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn begins(staffing: &Value) -> Vec<&str> {
    let points = staffing["points"].as_array().expect("points").iter();
    points
        .map(|point| point["from"].as_str().expect("text"))
        .collect()
}

#[test]
fn a_step_of_a_day_is_a_local_day() {
    let place = berlin();
    let window = [
        "--from",
        "2026-10-24",
        "--to",
        "2026-10-27",
        "--zone",
        "Europe/Berlin",
    ];
    let of = |step: &'static str| points(&place, &[&window[..], &["--step", step]].concat());
    let days = of("1d");
    assert_eq!(
        begins(&days),
        [
            "2026-10-23T22:00:00.000Z",
            "2026-10-24T22:00:00.000Z",
            "2026-10-25T23:00:00.000Z",
        ]
    );
    assert_eq!(days["points"][1]["counted_ms"], 25 * 3_600_000);
    assert_eq!(
        (&days["step_days"], &days["step_zone"]),
        (&json!(1), &json!("Europe/Berlin"))
    );
    let hours = of("24h");
    assert_eq!(begins(&hours)[2], "2026-10-25T22:00:00.000Z");
    assert_eq!(hours.get("step_days"), None);
    // Without a zone the steps are days in UTC, and the answer says so.
    let bare = points(
        &place,
        &["--from", "2026-10-24", "--to", "2026-10-26", "--step", "1d"],
    );
    assert_eq!(bare["step_zone"], "UTC");
    assert_eq!(
        begins(&bare),
        ["2026-10-24T00:00:00.000Z", "2026-10-25T00:00:00.000Z"]
    );
    let table = [
        "staffing",
        "--value",
        "Available",
        "--step",
        "1d",
        "--from",
        "2026-10-24",
        "--to",
        "2026-10-26",
    ];
    let table = place.run(&[&table[..], &["--now", NOW]].concat()).stdout;
    assert!(
        table.contains("steps of days by the clocks of UTC (name another one with --zone)"),
        "{table}"
    );
}
