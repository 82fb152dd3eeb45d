//! What the configuration file may contain, and what the checks report about it.

use serde_json::Value;

use super::support::Place;

/// The checks of a kind, as `status found`.
fn checks(place: &Place, kind: &str) -> (Option<i32>, Vec<String>) {
    let ran = place.run(&["config", "check", "--format", "json"]);
    let checks: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let checks = checks.as_array().expect("checks").iter();
    let found = checks.filter(|check| check["check"] == kind).map(|check| {
        let text = |key: &str| check[key].as_str().unwrap_or_default();
        format!("{} {}", text("status"), text("found"))
    });
    (ran.code, found.collect())
}

/// Saved questions that cannot be asked, and the message about each.
const WRONG: &[(&str, &str)] = &[
    (
        "command = \"reprot\"",
        "there is no command \"reprot\"; did you mean \"report\"?",
    ),
    (
        "args = \"x\"",
        "it has no command: add one, such as command = \"report\"",
    ),
    (
        "command = \"report\"\nargs = \"--form -7d --to now\"",
        "unexpected argument '--form' found",
    ),
    (
        "command = \"report\"\nargs = \"--from -7d --to now --by dya\"",
        "invalid value 'dya' for '--by",
    ),
    (
        "command = \"report\"\nargs = \"--from 'x\"",
        "a quotation in args does not end",
    ),
    (
        "command = \"report\"\nargs = \"--from lately --to now\"",
        "--from: \"lately\"",
    ),
    (
        "command = \"report\"\nargs = \"--from -7d --to now --hours 'Mo-Fr 9-17h'\"",
        "--hours: ",
    ),
    (
        "command = \"report\"\nargs = \"--from -7d --to now --calendar dsek\"",
        "--calendar: there is no calendar \"dsek\"; did you mean \"desk\"?",
    ),
    (
        "command = \"report\"\nargs = \"--from -7d --to now --policy fone\"",
        "--policy: ",
    ),
    (
        "command = \"export\"\nargs = \"--veiw x\"",
        "unexpected argument '--veiw' found",
    ),
    (
        "question = \"reprot\"",
        "there is no question \"reprot\"; did you mean \"report\"? (line 4)",
    ),
    (
        "question = \"report\"\ncommand = \"report\"",
        "it has a question and a command: write question with its fields, or command with args (line 5)",
    ),
    (
        "question = \"report\"\nfrom = \"-7d\"\nform = \"now\"",
        "report has no parameter \"form\"; did you mean from? (line 6)",
    ),
    (
        "question = \"staffing\"\n\nstep = \"0s\"",
        "step: \"0s\" is no length of time: write it like 60s, 1.5m, 1h30m or 2d; a number alone is seconds (line 6)",
    ),
    (
        "question = \"timeline\"\nfrom = \"lately\"",
        "from: \"lately\" is not a time: ",
    ),
    (
        "question = \"report\"\ncalendar = \"dsek\"",
        "calendar: there is no calendar \"dsek\"; did you mean \"desk\"? (line 5)",
    ),
    (
        "question = \"report\"\nhours = \"24/7\"\ncalendar = \"desk\"",
        "calendar cannot be given together with hours (line 6)",
    ),
    (
        "question = \"report\"\nformat = \"xml\"",
        "format: there is no format \"xml\" (line 5)",
    ),
];

#[test]
fn a_saved_question_that_cannot_be_asked_fails_the_check() {
    let place = Place::with_history();
    place.write(
        "presence.toml",
        r#"
        [calendars.desk]
        hours = "Mo-Fr 09:00-17:00"
        [saved.good]
        command = "report"
        args = "--from -7d --to now --by day --calendar desk"
        [saved.of-someone]
        command = "timeline"
        args = ["--from", "today", "--to", "now"]
        "#,
    );
    assert_eq!(
        checks(&place, "saved"),
        (
            Some(0),
            vec![
                "ok good can be run".to_owned(),
                "ok of-someone can be run".to_owned()
            ]
        )
    );
    for (saved, expected) in WRONG {
        let text = format!("[calendars.desk]\nhours = \"Mo-Fr 09:00-17:00\"\n[saved.a]\n{saved}\n");
        place.write("presence.toml", &text);
        let (code, found) = checks(&place, "saved");
        assert_eq!(code, Some(1), "{saved}: {found:?}");
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("fail [saved.a]: {expected}")),
            "{saved}: {found:?}"
        );
    }
}

#[test]
fn a_number_is_taken_where_a_number_is_meant() {
    let place = Place::with_history();
    place.write(
        "presence.toml",
        "account = 37439510\n[collect]\ninterval = 5\n[report]\nmin_group = 2\nmin_evidence = 0.5\n",
    );
    let shown = place.run(&["config", "show", "--format", "csv"]).answer();
    for expected in [
        "account,37439510,file,presence.toml:1",
        "collect.interval,5s,file,presence.toml:3",
        "report.min_group,2,file,presence.toml:5",
        "report.min_evidence,0.5,file,presence.toml:6",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }
    for (text, expected) in [
        (
            "stroe = \"x\"\n",
            "presence: presence.toml line 1: there is no key \"stroe\"; did you mean \"store\"?\n",
        ),
        (
            "[collect]\ninterval = [5]\n",
            "presence: presence.toml line 2: the value has the wrong type (sequence): write text in quotation marks\n",
        ),
    ] {
        place.write("presence.toml", text);
        let ran = place.run(&["people"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), expected));
    }
}

#[test]
fn a_file_whose_ending_is_of_no_format_is_not_written() {
    let place = Place::with_history();
    let window = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];
    let writes =
        "use .csv, .json, .ndjson, .txt, .svg, .html or .parquet, or give the format with --format";
    for (command, name) in [
        ("report", "x.xlsx"),
        ("coverage", "x.XLS"),
        ("timeline", "x.pdf"),
        ("report", "a.csv.gz"),
    ] {
        let people = if command == "timeline" {
            &["101"][..]
        } else {
            &[]
        };
        let ran = place.ask(&[&[command], people, &["--output", name], &window[..]].concat());
        let ending = name.rsplit('.').next().unwrap_or_default();
        let expected = format!(
            "presence: --output {name}: .{ending} is not the extension of a known format; {writes}\n"
        );
        assert_eq!(
            (ran.code, ran.stdout.as_str(), ran.stderr),
            (Some(2), "", expected)
        );
        assert!(!place.path().join(name).exists());
    }
    // A file is written if --format is given, if its name has no ending, or if the command has a format of its own.
    let said = ["--output", "x.log", "--format", "csv"];
    place
        .ask(&[&["coverage"], &said[..], &window[..]].concat())
        .answer();
    place
        .ask(&[&["coverage", "--output", "coverage"], &window[..]].concat())
        .answer();
    place
        .run(&["completions", "bash", "--output", "presence.bash"])
        .answer();
    for name in ["x.log", "coverage", "presence.bash"] {
        assert!(place.path().join(name).exists(), "{name}");
    }
}
