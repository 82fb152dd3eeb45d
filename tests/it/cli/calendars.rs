//! Calendars and planned absence as a user meets them.

use super::support::Place;

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];

const CALENDARS: &str = r#"
[calendars.morning]
hours = "Mo-Fr 08:05-08:10"
zone = "UTC"

[calendars.closed]
hours = "Mo-Fr 08:00-09:00; PH off"
zone = "UTC"
holidays = ["own.ics"]

[[calendar_for]]
calendar = "morning"
department = "Sales"
site = "North"

[[calendar_for]]
calendar = "closed"
person = "103"
"#;

const HOLIDAY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests\r\nBEGIN:VEVENT\r\nUID:1\r\n\
    SUMMARY:All souls\r\nDTSTART;VALUE=DATE:20201102\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn place() -> Place {
    let place = Place::with_history();
    place.write("presence.toml", CALENDARS);
    place.write("own.ics", HOLIDAY);
    place
}

/// Rows of a report as `number scheduled planned`, in minutes.
fn scheduled(place: &Place, arguments: &[&str]) -> Vec<String> {
    let question = [&["report", "--format", "json"], &WINDOW[..], arguments].concat();
    let ran = place.ask(&question);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let rows = report["rows"].as_array().expect("rows");
    let minutes = |value: &serde_json::Value| match value.as_i64() {
        Some(ms) => (ms / 60_000).to_string(),
        None => "-".to_owned(),
    };
    rows.iter()
        .map(|row| {
            let number = row["extension_number"].as_str().expect("a number");
            let scheduled = minutes(&row["scheduled_ms"]);
            format!(
                "{number} {scheduled} {}",
                minutes(&row["planned_absent_ms"])
            )
        })
        .collect()
}

#[test]
fn a_calendar_is_chosen_by_name() {
    let place = place();
    let everybody = ["101 5 -", "102 5 -", "103 5 -"];
    assert_eq!(scheduled(&place, &["--calendar", "morning"]), everybody);
    assert_eq!(scheduled(&place, &["--hours", "@morning"]), everybody);
}

#[test]
fn holidays_of_a_file_are_free() {
    assert!(scheduled(&place(), &["--calendar", "closed"]).is_empty());
}

#[test]
fn each_extension_has_its_own() {
    let rows = scheduled(&place(), &["--calendar", "own"]);
    assert_eq!(rows, ["101 5 -", "102 20 -"]);
    let ran = place().ask(&[&["report", "--calendar", "own"], &WINDOW[..]].concat());
    insta::assert_snapshot!("report_by_own_calendars", ran.shown());
}

#[test]
fn planned_absence_is_no_scheduled_time() {
    let place = place();
    let text = format!(
        "{CALENDARS}\n[[absences]]\nfile = \"vacation.csv\"\n[[absences]]\nfile = \"own.ics\"\nperson = \"103\"\n"
    );
    place.write("presence.toml", &text);
    place.write(
        "vacation.csv",
        "person,from,to\nworkshop,2026-10-30,2026-11-02\n",
    );
    let with = |how: &str| scheduled(&place, &["--planned-absence", how, "--zone", "UTC"]);
    assert_eq!(with("apart"), ["101 20 0", "102 0 20", "103 0 20"]);
    assert_eq!(with("exclude"), ["101 20 -"]);
    assert_eq!(with("ignore"), ["101 20 -", "102 20 -", "103 20 -"]);
    for format in ["table", "csv"] {
        let question = [
            &["report", "--zone", "UTC", "--format", format],
            &WINDOW[..],
        ];
        let ran = place.ask(&question.concat());
        insta::assert_snapshot!(format!("report_with_absence_{format}"), ran.shown());
    }
}

#[test]
fn what_cannot_be_used_is_refused() {
    let place = place();
    place.write(
        "no.toml",
        "[calendars.a]\nhours = \"Mo-Fr 09:00-17:00; PH off\"\n",
    );
    place.write("lost.toml", "[[absences]]\nfile = \"lost.csv\"\n");
    for (name, arguments) in [
        ("unknown", vec!["--calendar", "mourning"]),
        (
            "without_holidays",
            vec!["--calendar", "a", "--config", "no.toml"],
        ),
        (
            "of_nobody",
            vec!["--calendar", "own", "--config", "no.toml"],
        ),
        ("no_file", vec!["--config", "lost.toml"]),
        ("no_absence", vec!["--planned-absence", "exclude"]),
    ] {
        let ran = place.ask(&[&["report"], &WINDOW[..], &arguments].concat());
        insta::assert_snapshot!(format!("calendar_refused_{name}"), ran.shown());
    }
}

#[test]
fn the_platforms_schedules_are_taken_over() {
    let place = Place::empty();
    let states = r#"{"records":[{"id":"dnd","conditions":[]},{"id":"work-hours","conditions":[{"type":"Schedule",
        "schedule":{"triggers":[{"triggerType":"Weekly","ranges":{"monday":[{"startTime":"09:00:00","endTime":"12:00:00"},
        {"startTime":"13:00:00","endTime":"18:00:00"}],"friday":[{"startTime":"09:00:00","endTime":"17:00:00"}]}}]}}]}]}"#;
    let week = r#"{"uri":"x","schedule":{"weeklyRanges":{"tuesday":[{"from":"09:00","to":"18:00"}],
        "monday":[{"from":"09:00","to":"18:00"}],"wednesday":[{"from":"15:00","to":"18:00"}]}}}"#;
    for (text, hours) in [
        (r#"{"uri":"x","schedule":{}}"#, "24/7"),
        (week, "Mo,Tu 09:00-18:00; We 15:00-18:00"),
        (states, "Mo 09:00-12:00,13:00-18:00; Fr 09:00-17:00"),
    ] {
        place.write("hours.json", text);
        let ran = place.run(&["calendar", "import", "hours.json", "--name", "desk"]);
        assert_eq!(
            ran.answer(),
            format!("[calendars.\"desk\"]\nhours = \"{hours}\"\n")
        );
    }
    place.write("hours.json", r#"{"records":[]}"#);
    let ran = place.run(&["calendar", "import", "hours.json"]);
    insta::assert_snapshot!("calendar_import_refused", ran.shown());
}
