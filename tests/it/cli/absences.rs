//! Planned absences from files that other programs write: usable rows count, and the rest is reported.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::{ACCOUNT, Place, sweep};

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];

const CONFIG: &str = "[[absences]]\nfile = \"away.csv\"\n";

fn place(away: &str) -> Place {
    let place = Place::with_history();
    place.write("presence.toml", CONFIG);
    place.write("away.csv", away);
    place
}

/// A report as JSON, its rows as `number planned` in minutes, and its warnings, which are also on standard error.
#[track_caller]
fn planned(place: &Place, more: &[&str]) -> (Vec<String>, Vec<String>) {
    let question = [
        &["report", "--format", "json", "--zone", "UTC"],
        &WINDOW[..],
        more,
    ]
    .concat();
    let ran = place.ask(&question);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let rows = answer["rows"].as_array().expect("rows").iter();
    let rows = rows.map(|row| {
        let number = row["extension_number"].as_str().expect("a number");
        format!(
            "{number} {}",
            row["planned_absent_ms"].as_i64().expect("ms") / 60_000
        )
    });
    let told = answer["warnings"].as_array().cloned().unwrap_or_default();
    let told: Vec<String> = told
        .iter()
        .map(|one| one.as_str().expect("a sentence").to_owned())
        .collect();
    for warning in &told {
        assert!(
            ran.stderr.contains(&format!("warning: {warning}\n")),
            "{}",
            ran.stderr
        );
    }
    (rows.collect(), told)
}

const AWAY: &str = "Person;From;To;Status\n777;02.11.2026;;approved\n102;02.11.2026;;Approved\n\n\
    103;2026-11-03;2026-11-02;approved\n103;02/11/2026;;approved\n101;02.11.2026;;rejected\n\
    desk;02.11.2026;;perhaps\no;02.11.2026;;approved\n";

#[test]
fn a_row_that_cannot_be_used_is_reported_and_the_rest_counts() {
    let place = place(AWAY);
    let (rows, told) = planned(&place, &[]);
    assert_eq!(rows, ["101 0", "102 20", "103 0"]);
    assert_eq!(
        told,
        [
            "away.csv line 5 does not count: the last day 2026-11-02 is before the first, 2026-11-03",
            "away.csv line 6 does not count: \"02/11/2026\" can be 2026-11-02 or 2026-02-11: write it like 2026-11-02",
            "away.csv line 8 does not count: its status \"perhaps\" is not known: write approved, rejected, cancelled or \
             pending",
            "away.csv line 2 does not count: nobody known is \"777\"; `presence now` lists everybody",
            "away.csv line 9 does not count: \"o\" can mean 101 Front Desk (id 1001), 102 Workshop 山田 (id 1002): give a \
             number, an id, or more of the name",
        ]
    );
    for (command, more) in [
        ("staffing", &["--value", "Available", "--step", "10m"][..]),
        ("heatmap", &["--value", "Available"][..]),
    ] {
        let question = [&[command, "--format", "json"], more, &WINDOW[..]].concat();
        let ran = place.ask(&question);
        let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_eq!(answer["warnings"], json!(told), "{command}");
    }
    let page = place.ask(&[&["report", "--format", "html"], &WINDOW[..]].concat());
    assert!(
        page.stdout
            .contains("Warning: away.csv line 2 does not count"),
        "{}",
        page.stdout
    );
    let quiet = place.ask(&[&["report", "-q", "--format", "csv"], &WINDOW[..]].concat());
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
    let ignored = place.ask(
        &[
            &["report", "--planned-absence", "ignore", "--format", "json"],
            &WINDOW[..],
        ]
        .concat(),
    );
    assert!(!ignored.stdout.contains("warnings"), "{}", ignored.stdout);
    let checked = place.run(&["config", "check", "--format", "json"]);
    let checks: Value = serde_json::from_str(&checked.stdout).expect("JSON");
    let checks = checks.as_array().expect("checks").iter();
    let absences = checks.filter(|check| check["check"] == "absences");
    let found: Vec<(&str, &str)> = absences
        .map(|check| {
            let text = |key: &str| check[key].as_str().unwrap_or_default();
            (text("status"), text("found"))
        })
        .collect();
    assert_eq!(found[0], ("ok", "3 absences; 1 more not approved"));
    let warned: Vec<(&str, &str)> = told.iter().map(|one| ("warn", one.as_str())).collect();
    assert_eq!(found[1..], warned);
}

#[test]
fn many_rows_that_cannot_be_used_are_counted() {
    let mut away = "person,from,to\n102,2026-11-02,\n".to_owned();
    for number in 0..100 {
        let _ = writeln!(away, "{},2026-11-02,", 7_000 + number);
    }
    let (rows, told) = planned(&place(&away), &[]);
    assert_eq!(rows, ["101 0", "102 20", "103 0"]);
    assert_eq!(told.len(), 21);
    assert_eq!(
        told[20],
        "80 more rows of the files of absences cannot be used"
    );
}

#[test]
fn half_a_day_takes_half_of_the_hours() {
    let away = "person\tstart date\tend date\thalf day\n101\t2026-11-02\t\tmorning\n102\t2026-11-02\t\tPM\n\
        103\t2026-11-02\t\tyes\n";
    let place = place(away);
    let (rows, told) = planned(&place, &["--hours", "Mo-Fr 08:00-08:06,08:10-08:20"]);
    assert_eq!(rows, ["101 8", "102 8", "103 0"]);
    assert_eq!(
        told,
        [
            "away.csv line 4 does not count: it is half a day, and does not say which half: write am or pm"
        ]
    );
    // The first half of a day without hours ends at noon.
    let (rows, _) = planned(&place, &[]);
    assert_eq!(rows, ["101 20", "102 0", "103 0"]);
}

#[test]
fn an_absence_of_an_unknown_person_is_reported_for_a_calendar_too() {
    let place = place("person,from,to\n");
    let text = format!("{CONFIG}[[absences]]\nfile = \"own.ics\"\nperson = 777\n");
    place.write("presence.toml", &text);
    place.write(
        "own.ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Away\r\n\
         DTSTART;VALUE=DATE:20261102\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let (rows, told) = planned(&place, &[]);
    assert_eq!(rows, ["101 0", "102 0", "103 0"]);
    assert_eq!(
        told,
        ["own.ics line 4 does not count: nobody known is \"777\"; `presence now` lists everybody"]
    );
}

/// A history with precomposed accents (NFC), and questions with separate accents (NFD).
#[test]
fn names_are_found_however_accents_are_encoded() {
    let place = Place::empty();
    let mut lines = String::new();
    for minute in 0..20 {
        let mut line = sweep(
            ACCOUNT,
            minute,
            &[
                (1001, json!({"presenceStatus": "Available"})),
                (1002, json!({"presenceStatus": "Busy"})),
            ],
        );
        let listed = |id: i64, name: &str, department: &str, site: &str| {
            json!({
                "id": id, "extensionNumber": (id - 900).to_string(), "name": name, "type": "User", "status": "Enabled",
                "contact": {"department": department}, "site": {"id": "1", "name": site},
            })
        };
        if minute == 0 {
            line["directory"] = json!([
                listed(1001, "Caf\u{e9} Nord", "B\u{fc}ro", "Z\u{fc}rich"),
                listed(1002, "Workshop", "Sales", "North"),
            ]);
        }
        let _ = writeln!(lines, "{line}");
    }
    place.write("sweeps.ndjson", &lines);
    assert_eq!(place.run(&["import", "sweeps.ndjson"]).code, Some(0));
    let (office, town, cafe) = ("Bu\u{308}ro", "Zu\u{308}rich", "cafe\u{301} n");
    place.write(
        "presence.toml",
        &format!(
            "{CONFIG}[calendars.a]\nhours = \"Mo-Fr 08:00-08:10\"\nzone = \"UTC\"\n[[calendar_for]]\ncalendar = \"a\"\n\
             department = \"{office}\"\nsite = \"{town}\"\n[policies.p]\nrules = [\
             {{ when = 'department == \"{office}\" && site.startsWith(\"Zu\u{308}\")', class = \"here\" }},\
             {{ when = 'department in [\"{office}\"]', class = \"wrong\" }}]\n"
        ),
    );
    place.write("away.csv", &format!("person,from,to\n{cafe},2026-11-02,\n"));
    let (rows, told) = planned(&place, &["--calendar", "own"]);
    assert_eq!(
        (rows, told),
        (vec!["101 10".to_owned(), "102 0".to_owned()], Vec::new())
    );
    let numbers = |question: &[&str]| {
        let ran = place.ask(&[question, &["--format", "csv"]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let rows = ran.stdout.lines().skip(1);
        let mut numbers: Vec<String> = rows
            .map(|row| {
                row.split(',')
                    .find(|cell| cell.len() == 3)
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        numbers.dedup();
        numbers
    };
    let changes = ["changes", "--from", "2026-11-02", "--to", "2026-11-03"];
    for (flag, name) in [("--department", office), ("--site", town)] {
        assert_eq!(
            numbers(&[&changes[..], &[flag, name]].concat()),
            ["101"],
            "{flag}"
        );
    }
    assert_eq!(numbers(&["now", cafe]), ["101"]);
    let report = place.ask(
        &[
            &[
                "report",
                "--policy",
                "p",
                "--planned-absence",
                "ignore",
                "--format",
                "json",
            ],
            &WINDOW[..],
        ]
        .concat(),
    );
    let answer: Value = serde_json::from_str(&report.stdout).expect("JSON");
    let classes: Vec<Vec<&String>> = answer["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["values"].as_object().expect("values").keys().collect())
        .collect();
    assert_eq!(classes, [["here"], ["other"]]);
    // What is recorded stays as it is.
    let people = place.run(&["people", "--format", "csv"]).answer();
    assert!(
        people.contains("B\u{fc}ro") && people.contains("Caf\u{e9} Nord"),
        "{people}"
    );
    let wrong = place.ask(&[&changes[..], &["--department", "Buro"]].concat());
    assert_eq!(wrong.code, Some(1));
}
