//! Calendars and planned absences, as a user sees them.

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

/// A calendar with all kinds of hours, and holidays from all sources.
const OFFICE: &str = r#"
[calendars.office]
hours = "Mo-Fr 09:00-17:00; Th 22:00-02:00; PH off; Dec 24 09:00-12:00; PH Sa 10:00-11:00"
zone = "Europe/Berlin"
holidays = ["country:DE", "2026-12-28", "own.ics"]

[calendars.anywhere]
hours = "Mo-Fr 09:00-17:00"
"#;

const CLOSED: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests\r\nBEGIN:VEVENT\r\nUID:1\r\n\
    SUMMARY:Stocktaking\\, all day\r\nDTSTART;VALUE=DATE:20261228\r\nDTEND;VALUE=DATE:20261230\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn office() -> Place {
    let place = Place::empty();
    place.write("presence.toml", OFFICE);
    place.write("own.ics", CLOSED);
    place
}

#[test]
fn a_calendar_is_shown_with_the_reason_of_each_day() {
    let place = office();
    let window = ["--from", "2026-12-23", "--to", "2026-12-31"];
    for format in ["table", "json", "ndjson", "csv"] {
        let question = [
            &["calendar", "show", "office", "--format", format],
            &window[..],
        ];
        let ran = place.ask(&question.concat());
        insta::assert_snapshot!(format!("calendar_show_{format}"), ran.shown());
    }
}

#[test]
fn assumed_days_are_reported() {
    let place = office();
    let day_count = |arguments: &[&str]| {
        let show = ["calendar", "show", "anywhere", "--format", "ndjson"];
        let ran = place.ask(&[&show[..], arguments].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        (ran.stdout.lines().count(), ran.stderr)
    };
    assert_eq!(
        day_count(&[]),
        (28, "assumed --from 2026-11-02 --to 2026-11-30\n".to_owned())
    );
    assert_eq!(
        day_count(&["--from", "2026-12-24"]),
        (28, "assumed --to 2027-01-21\n".to_owned())
    );
    assert_eq!(
        day_count(&["--from", "2026-12-24", "--to", "2026-12-25T00:01"]),
        (2, String::new())
    );
    // A day is a day of the calendar's zone.
    assert_eq!(
        day_count(&[
            "--from",
            "2026-12-24",
            "--to",
            "2026-12-25",
            "--zone",
            "America/New_York"
        ]),
        (1, String::new())
    );
}

#[test]
fn a_calendar_that_cannot_be_shown_is_refused() {
    let place = office();
    place.write(
        "regions.toml",
        "[calendars.a]\nhours = \"PH off\"\nholidays = [\"country:DE-BY\"]\n",
    );
    place.write(
        "countries.toml",
        "[calendars.a]\nhours = \"PH off\"\nholidays = [\"country:AU\"]\n",
    );
    place.write(
        "broken.toml",
        "[calendars.a]\nhours = \"PH off\"\nholidays = [\"broken.ics\"]\n",
    );
    place.write("broken.ics", &CLOSED.replace("END:VEVENT\r\n", ""));
    for (name, arguments) in [
        ("unknown", vec!["offcie"]),
        (
            "backwards",
            vec!["office", "--from", "2026-12-24", "--to", "2026-12-24"],
        ),
        (
            "too_long",
            vec!["office", "--from", "2026-01-01", "--to", "2046-01-01"],
        ),
        ("region", vec!["a", "--config", "regions.toml"]),
        ("country", vec!["a", "--config", "countries.toml"]),
        ("file", vec!["a", "--config", "broken.toml"]),
    ] {
        let ran = place.ask(&[&["calendar", "show"], &arguments[..]].concat());
        insta::assert_snapshot!(format!("calendar_show_refused_{name}"), ran.shown());
    }
    // Holidays are known for some years only.
    let ran = place.ask(&[
        "calendar",
        "show",
        "office",
        "--from",
        "2015-12-24",
        "--to",
        "2016-01-02",
        "--format",
        "csv",
    ]);
    assert_eq!(ran.code, Some(0));
    assert_eq!(
        ran.stderr,
        "warning: country:DE knows the holidays of 2016 to 2099 only\n"
    );
}

#[test]
fn a_question_about_years_whose_holidays_are_not_known_says_so() {
    let place = Place::with_history();
    place.write(
        "presence.toml",
        "[calendars.office]\nhours = \"Mo-Fr 09:00-17:00; PH off\"\nzone = \"Europe/Berlin\"\nholidays = [\"country:DE\"]\n\
         [calendars.shop]\nhours = \"PH 10:00-12:00\"\nholidays = [\"country:DE\", \"country:AT\"]\n\
         [calendars.plain]\nhours = \"Mo-Fr 09:00-17:00\"\nholidays = [\"country:DE\"]\n\
         [[calendar_for]]\ncalendar = \"office\"\nperson = \"101\"\n\
         [[calendar_for]]\ncalendar = \"shop\"\n",
    );
    let germany = "country:DE knows the holidays of 2016 to 2099 only";
    let austria = "country:AT knows the holidays of 2016 to 2099 only";
    let past = ["--from", "2015-12-30", "--to", "2016-01-02"];
    let check = |words: &[&str], expected: &[&str]| {
        let ran = place.run(&[words, &["--format", "json"]].concat());
        assert_eq!(ran.code, Some(0), "{words:?}: {}", ran.shown());
        let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let warnings = answer.get("warnings").cloned();
        let warnings = warnings.unwrap_or(serde_json::json!([]));
        assert_eq!(warnings, serde_json::json!(expected), "{words:?}");
        let told = ran.stderr.lines();
        let told: Vec<&str> = told
            .filter_map(|line| line.strip_prefix("warning: "))
            .collect();
        assert_eq!(told, expected, "{words:?}");
    };
    let of = |words: &[&'static str]| [words, &past[..]].concat();
    check(&of(&["report", "--calendar", "office"]), &[germany]);
    check(&of(&["report", "--hours", "@office"]), &[germany]);
    check(&of(&["report", "--calendar", "shop"]), &[austria, germany]);
    check(&of(&["report", "--calendar", "own"]), &[austria, germany]);
    let counted = ["--calendar", "office", "--value", "Available"];
    for command in ["staffing", "heatmap"] {
        check(&of(&[&[command][..], &counted].concat()), &[germany]);
    }
    check(&of(&["timeline", "101", "--hours", "@office"]), &[germany]);
    // `meet` asks about the future; at midnight in Berlin the year after the last known one begins.
    let meet = [
        "meet",
        "101",
        "102",
        "--hours",
        "@office",
        "--now",
        "2099-12-30T00:00:00Z",
    ];
    let ahead = |to: &'static str| [&meet[..], &["--from", "now", "--to", to]].concat();
    check(&ahead("2099-12-31T23:00:00Z"), &[]);
    check(&ahead("2099-12-31T23:00:01Z"), &[germany]);
    // Hours without holidays need none, and nothing is said about years that are known.
    check(&of(&["report", "--calendar", "plain"]), &[]);
    check(&of(&["report", "--hours", "Mo-Fr 09:00-17:00"]), &[]);
    // Only a calendar has holidays.
    let none = "PH in these hours selects nothing: only the holidays of a calendar are known; name one with --calendar";
    let hours = "Mo-Fr 09:00-17:00; PH off";
    check(&of(&["report", "--hours", hours]), &[none]);
    check(&of(&["timeline", "101", "--hours", hours]), &[none]);
    check(
        &[
            "report",
            "--calendar",
            "own",
            "--from",
            "2016-01-01",
            "--to",
            "2016-01-02",
        ],
        &[],
    );
    let text = place.run(&of(&["report", "--calendar", "office", "-q"]));
    assert_eq!((text.code, text.stderr.as_str()), (Some(0), ""));
}

/// The holidays of a country in a year, as its government has published them.
#[track_caller]
fn check_country(code: &str, year: i16, expected: &[&str]) {
    let place = Place::empty();
    let text = format!(
        "[calendars.c]\nhours = \"Mo-Su 09:00-17:00; PH off\"\nholidays = [\"country:{code}\"]\n"
    );
    place.write("presence.toml", &text);
    let (from, to) = (format!("{year}-01-01"), format!("{}-01-01", year + 1));
    let show = [
        "calendar", "show", "c", "--format", "ndjson", "--from", &from, "--to", &to,
    ];
    let shown = place.ask(&show).answer();
    let off = shown.lines().filter_map(|line| {
        let day: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let is_off = day["open"].as_array().expect("hours").is_empty();
        is_off.then(|| day["day"].as_str().expect("a day")[5..].to_owned())
    });
    assert_eq!(off.collect::<Vec<_>>(), expected, "{code} {year}");
}

#[test]
fn countries_have_the_days_that_their_governments_publish() {
    // gov.uk/bank-holidays: the holidays of the whole United Kingdom.
    check_country(
        "GB",
        2026,
        &["01-01", "04-03", "05-04", "05-25", "12-25", "12-28"],
    );
    check_country(
        "GB",
        2027,
        &["01-01", "03-26", "05-03", "05-31", "12-27", "12-28"],
    );
    check_country(
        "GB",
        2022,
        &[
            "01-03", "04-15", "05-02", "06-02", "06-03", "09-19", "12-26", "12-27",
        ],
    );
    check_country(
        "GB",
        2020,
        &["01-01", "04-10", "05-08", "05-25", "12-25", "12-28"],
    );
    // opm.gov, federal holidays.
    check_country(
        "US",
        2026,
        &[
            "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11",
            "11-26", "12-25",
        ],
    );
    check_country(
        "US",
        2027,
        &[
            "01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11",
            "11-25", "12-24", "12-31",
        ],
    );
}

#[test]
fn days_between_holidays_and_after_sundays_are_holidays_in_japan() {
    // Cabinet Office of Japan.
    check_country(
        "JP",
        2026,
        &[
            "01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05",
            "05-06", "07-20", "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23",
        ],
    );
    check_country(
        "JP",
        2027,
        &[
            "01-01", "01-11", "02-11", "02-23", "03-21", "03-22", "04-29", "05-03", "05-04",
            "05-05", "07-19", "08-11", "09-20", "09-23", "10-11", "11-03", "11-23",
        ],
    );
    check_country(
        "JP",
        2019,
        &[
            "01-01", "01-14", "02-11", "03-21", "04-29", "04-30", "05-01", "05-02", "05-03",
            "05-04", "05-05", "05-06", "07-15", "08-11", "08-12", "09-16", "09-23", "10-14",
            "10-22", "11-03", "11-04", "11-23",
        ],
    );
}

#[test]
fn days_that_follow_easter_are_where_the_law_has_them() {
    check_country(
        "DE",
        2026,
        &[
            "01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26",
        ],
    );
    check_country(
        "DE",
        2017,
        &[
            "01-01", "04-14", "04-17", "05-01", "05-25", "06-05", "10-03", "10-31", "12-25",
            "12-26",
        ],
    );
    check_country(
        "AT",
        2026,
        &[
            "01-01", "01-06", "04-06", "05-01", "05-14", "05-25", "06-04", "08-15", "10-26",
            "11-01", "12-08", "12-25", "12-26",
        ],
    );
    check_country("CH", 2026, &["01-01", "05-14", "08-01", "12-25"]);
    check_country(
        "FR",
        2026,
        &[
            "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01",
            "11-11", "12-25",
        ],
    );
    check_country(
        "IE",
        2026,
        &[
            "01-01", "02-02", "03-17", "04-06", "05-04", "06-01", "08-03", "10-26", "12-25",
            "12-26",
        ],
    );
    check_country(
        "IE",
        2030,
        &[
            "01-01", "02-01", "03-17", "04-22", "05-06", "06-03", "08-05", "10-28", "12-25",
            "12-26",
        ],
    );
    check_country(
        "SE",
        2026,
        &[
            "01-01", "01-06", "04-03", "04-05", "04-06", "05-01", "05-14", "05-24", "06-06",
            "06-20", "10-31", "12-25", "12-26",
        ],
    );
    check_country(
        "DK",
        2023,
        &[
            "01-01", "04-06", "04-07", "04-09", "04-10", "05-05", "05-18", "05-28", "05-29",
            "12-25", "12-26",
        ],
    );
    check_country(
        "DK",
        2024,
        &[
            "01-01", "03-28", "03-29", "03-31", "04-01", "05-09", "05-19", "05-20", "12-25",
            "12-26",
        ],
    );
    check_country(
        "PL",
        2025,
        &[
            "01-01", "01-06", "04-20", "04-21", "05-01", "05-03", "06-08", "06-19", "08-15",
            "11-01", "11-11", "12-24", "12-25", "12-26",
        ],
    );
}
