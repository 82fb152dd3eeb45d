//! Completions, the manual, saved questions.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use super::support::{Place, Ran};

const SAVED: &str = r#"
[policies.desk]
rules = [{ when = "presence_status == \"Available\"", class = "there" }]

[calendars.support]
hours = "Mo-Fr 09:00-17:00"

[saved.weekly-support]
command = "report"
args = "--from 2026-11-02T08:00 --to 2026-11-02T08:20 --by extension --zone UTC -q"
description = "Support, = last week"

[saved.front-desk]
command = "timeline"
args = ["101", "--from", "-10m", "--to", "now"]
"#;

fn saved() -> Place {
    let place = Place::with_history();
    place.write("presence.toml", SAVED);
    place
}

#[test]
fn a_saved_question_is_the_question() {
    let place = saved();
    let whole = [
        "report",
        "--from",
        "2026-11-02T08:00",
        "--to",
        "2026-11-02T08:20",
        "--zone",
        "UTC",
        "-q",
    ];
    let asked = place
        .ask(&["report", "@weekly-support", "--format", "json"])
        .answer();
    assert_eq!(
        asked,
        place
            .ask(&[&whole[..], &["--format", "json"]].concat())
            .answer()
    );
    // Options on the command line override the saved ones; further options are added.
    let asked = place
        .ask(&[
            "report",
            "@weekly-support",
            "--by=department",
            "--format",
            "csv",
        ])
        .answer();
    assert_eq!(
        asked,
        place
            .ask(&[&whole[..], &["--by", "department", "--format", "csv"]].concat())
            .answer()
    );
    // Relative times are relative to the moment of the question.
    let asked = place
        .ask(&["timeline", "@front-desk", "--format", "csv"])
        .answer();
    assert!(asked.contains("2026-11-02T08:11:30.000Z"), "{asked}");
}

#[test]
fn a_question_is_saved_by_its_fields() {
    let place = Place::with_history();
    place.write(
        "presence.toml",
        r#"
        [saved.morning]
        question = "report"
        from = 2026-11-02T08:00:00Z
        to = "2026-11-02T08:20"
        by = ["department", "hour"]
        zone = "UTC"
        metrics = "episodes"
        min-group = 1
        format = "json"

        [saved.then]
        question = "at"
        time = "2026-11-02T08:10:00Z"
        person = ["101"]

        [saved.then-in-words]
        command = "at"
        args = "2026-11-02T08:10:00Z 101 --zone Europe/Berlin"

        [saved.steps]
        question = "staffing"
        step = "5m"
        from = "-10m"
        to = "now"
        as-now = true
        "#,
    );
    let same = |saved: &[&str], whole: &[&str]| {
        let quiet = |words: &[&str]| place.ask(&[words, &["-q"]].concat()).answer();
        let answer = quiet(whole);
        assert!(!answer.is_empty());
        assert_eq!(quiet(saved), answer, "{saved:?}");
    };
    let window = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];
    let report = [&["report"], &window[..]].concat();
    let rest = ["--zone", "UTC", "--metrics", "episodes", "--min-group", "1"];
    let by_hour = [&["--by", "department,hour", "--format", "json"], &rest[..]].concat();
    same(
        &["report", "@morning"],
        &[&report[..], &by_hour[..]].concat(),
    );
    let by_site = [&["--by", "site", "--format", "csv"], &rest[..]].concat();
    let asked = [
        "--color=never",
        "report",
        "@morning",
        "--format=csv",
        "--by",
        "site",
    ];
    same(&asked, &[&report[..], &by_site[..]].concat());
    // A saved moment need not be given again: the next word is a person.
    let at = [
        "at",
        "2026-11-02T08:10:00Z",
        "101",
        "102",
        "--format",
        "csv",
    ];
    same(&["at", "@then", "102", "--format", "csv"], &at);
    let in_berlin = [&at[..4], &["--zone", "Europe/Berlin"]].concat();
    same(&["at", "@then-in-words", "102"], &in_berlin);
    // What the saved question lacks is given on the command line.
    let steps = ["--step", "5m", "--from", "-10m", "--to", "now", "--as-now"];
    let value = ["--value", "Available", "--format", "json"];
    same(
        &[&["staffing", "@steps"], &value[..]].concat(),
        &[&["staffing"], &value[..], &steps[..]].concat(),
    );
    let lacking = place.ask(&["staffing", "@steps"]);
    assert_eq!(
        (lacking.code, lacking.stderr.as_str()),
        (Some(2), "presence: --value must be given\n")
    );
    same(&["report", "@morning", "--help"], &["report", "--help"]);
    let listed = place.run(&["saved", "--format", "csv"]).answer();
    assert!(
        listed.contains("then,at,101 2026-11-02T08:10:00Z,"),
        "{listed}"
    );
    assert!(
        listed.contains("--as-now --from -10m --step 5m"),
        "{listed}"
    );
}

#[test]
fn any_command_can_be_saved() {
    let place = Place::with_history();
    place.write(
        "presence.toml",
        "[saved.nightly]\ncommand = \"export\"\nargs = \"--view presence_now --format csv\"\n",
    );
    let whole = ["export", "--view", "presence_now", "--format"];
    let asked = |format| place.ask(&[&whole[..], &[format]].concat()).answer();
    assert_eq!(place.ask(&["export", "@nightly"]).answer(), asked("csv"));
    let again = place.ask(&["export", "@nightly", "--format", "ndjson"]);
    assert_eq!(again.answer(), asked("ndjson"));
}

#[test]
fn saved_questions_are_listed_and_misspelt_ones_found() {
    let place = saved();
    let mut shown = String::new();
    for asked in [
        &["saved"][..],
        &["saved", "--format", "csv"],
        &["saved", "--format", "json"],
        &["report", "@weekly-suport"],
        &["report", "@front-desk"],
        &["report", "@zzzzzz"],
        &[
            "timeline",
            "--hours",
            "@weekly-support",
            "101",
            "--from",
            "-1h",
            "--to",
            "now",
        ],
    ] {
        shown.push_str(&place.ask(asked).shown());
    }
    insta::assert_snapshot!("saved", shown);
    let empty = Place::empty();
    insta::assert_snapshot!(
        "saved_none",
        empty.run(&["saved"]).shown() + &empty.run(&["report", "@a"]).shown()
    );
}

#[test]
fn a_saved_line_must_be_whole() {
    let place = Place::with_history();
    place.write(
        "other.toml",
        "[saved.a]\ncommand = \"report\"\nargs = \"--hours 'Mo\"\n",
    );
    let ran = place.ask(&["report", "@a", "--config", "other.toml"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (
            Some(1),
            "presence: [saved.a]: a quotation in args does not end\n"
        )
    );
}

#[test]
fn words_are_completed_with_what_the_store_and_the_configuration_know() {
    let place = saved();
    let mut shown = String::new();
    for typed in [
        &["report", "10"][..],
        &["timeline", "fro"],
        &["report", "@"],
        &["timeline", "@"],
        &["report", "--policy", "d"],
        &["report", "--calendar", ""],
        &["report", "--hours", "@"],
        &["heatmap", "--value", "b"],
        &["heatmap", "--policy", "desk", "--value", ""],
        &["heatmap", "--facet", "telephony_status", "--value", "R"],
        &["report", "--by", ""],
        &["--store", "sqlite:none.db", "report", ""],
        &["--config", "none.toml", "report", "--policy", ""],
        &[],
    ] {
        let ran = place.run(&[&["complete", "--"], typed].concat());
        let _ = write!(shown, "$ {}\n{}", typed.join(" "), ran.answer());
    }
    insta::assert_snapshot!("complete", shown);
    assert!(!place.path().join("none.db").exists());
}

/// What bash completes after `presence`, with the script that the program writes.
fn in_bash(place: &Place, words: &[&str]) -> Vec<String> {
    place.write(
        "completions.bash",
        &place.run(&["completions", "bash"]).answer(),
    );
    let script = r#"
        source completions.bash
        program=$1; shift
        COMP_WORDS=("$program" "$@")
        COMP_CWORD=$#
        COMP_LINE="${COMP_WORDS[*]}"
        COMP_POINT=${#COMP_LINE}
        _presence_known "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut command = Command::new("bash");
    command
        .args([
            "--norc",
            "-c",
            script,
            "bash",
            env!("CARGO_BIN_EXE_presence"),
        ])
        .args(words)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(place.path());
    let ran = Ran::from_command(&mut command);
    ran.answer().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_what_only_the_program_knows() {
    let place = saved();
    assert_eq!(in_bash(&place, &["report", "101"]), ["101"]);
    assert_eq!(in_bash(&place, &["timeline", "Fr"]), ["Front\\ Desk"]);
    assert_eq!(
        in_bash(&place, &["timeline", "Front\\ D"]),
        ["Front\\ Desk"]
    );
    assert_eq!(in_bash(&place, &["report", "--policy", "desk"]), ["desk"]);
    // Bash splits a word at "@".
    assert_eq!(
        in_bash(&place, &["report", "@", "week"]),
        ["weekly-support"]
    );
    assert_eq!(in_bash(&place, &["report", "@"]), ["weekly-support"]);
    // Options and commands are still completed.
    assert_eq!(
        in_bash(&place, &["report", "--facet", "user"]),
        ["user_status"]
    );
    assert!(in_bash(&place, &["rep"]).contains(&"report".to_owned()));
    // Hostile names are completed as words.
    assert_eq!(
        in_bash(&place, &["report", "=H"]),
        ["=HYPERLINK\\(\\\"x\\\"\\)"]
    );
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let place = Place::empty();
    let page = place.run(&["man"]).answer();
    assert!(page.contains(".TH presence 1"), "{page}");
    let told = place.run(&["man", "--dir", "man1"]).answer();
    for name in [
        "presence",
        "presence-report",
        "presence-policy-check",
        "presence-export",
    ] {
        let path = format!("man1/{name}.1");
        assert!(told.lines().any(|line| line == path), "{told}");
        let page = fs::read_to_string(place.path().join(path)).expect("it was written");
        assert!(page.contains("\n.SH NAME\n"), "{page}");
    }
    assert!(!told.contains("complete.1"), "{told}");
    let report =
        fs::read_to_string(place.path().join("man1/presence-report.1")).expect("it was written");
    assert!(report.contains("Business hours"), "{report}");
}
