//! What is written to a terminal, a pipe and a spreadsheet.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::support::{NOW, Place, Ran};

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:21"];

#[test]
fn every_help_has_an_example() {
    let place = Place::empty();
    let commands = [
        "demo",
        "simulate",
        "collect",
        "import",
        "now",
        "at",
        "timeline",
        "changes",
        "report",
        "coverage",
        "rebuild",
        "migrate",
        "copy",
        "serve",
        "token",
        "people",
        "access-log",
        "init",
        "config",
        "doctor",
        "get",
        "set",
        "logout",
        "completions",
    ];
    let help = place.run(&["--help"]).answer();
    for command in commands {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command} is not in the help"
        );
        let help = place.run(&[command, "--help"]).answer();
        assert!(
            help.contains(&format!("presence {command}")),
            "{command} has no example"
        );
        assert!(help.contains("Examples:"), "{command} has no example");
    }
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let place = Place::with_history();
    let ask = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = place.command(&[&["now", "--now", NOW], arguments].concat());
        Ran::from_command(command.envs(environment.iter().copied())).stdout
    };
    let is_coloured = |text: &str| text.contains("\u{1b}[");
    assert!(!is_coloured(&ask(&[], &[])), "a pipe is no terminal");
    assert!(is_coloured(&ask(&["--color", "always"], &[])));
    assert!(is_coloured(&ask(&[], &[("CLICOLOR_FORCE", "1")])));
    assert!(!is_coloured(&ask(
        &[],
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    )));
    assert!(!is_coloured(&ask(
        &["--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    )));
    assert!(!is_coloured(&ask(
        &["--color", "always", "--format", "json"],
        &[]
    )));
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let place = Place::with_history();
    let questions: [&[&str]; 3] = [
        &["now"],
        &[&["changes"], &WINDOW[..]].concat(),
        &[&["timeline", "101", "--facet", "message"], &WINDOW[..]].concat(),
    ];
    for question in questions {
        for format in ["table", "json", "ndjson", "csv"] {
            let ran = place.ask(&[question, &["--format", format]].concat());
            let is_harmless = |letter: char| letter == '\n' || !letter.is_control();
            assert!(
                ran.stdout.chars().all(is_harmless),
                "{question:?} as {format}"
            );
            assert!(ran.stdout.contains("gone"), "{question:?} as {format}");
        }
    }
}

#[test]
fn a_spreadsheet_gets_no_formulas() {
    let place = Place::with_history();
    let csv = place
        .ask(&["at", "2026-11-02T08:01", "101", "--format", "csv"])
        .answer();
    assert!(csv.contains(",'=1+1\n"), "{csv}");
    let csv = place.ask(&["now", "103", "--format", "csv"]).answer();
    assert!(csv.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{csv}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::with_history();
    let mut command = place.command(&["now", "--now", NOW, "--format", "csv"]);
    // The history has too few rows to fill a pipe; a reader that leaves before the first row has the same effect.
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let mut stderr = BufReader::new(child.stderr.take().expect("it was piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("it is text");
    let status = child.wait().expect("it ends");
    assert_eq!((status.code(), line.as_str()), (Some(0), ""));
}

#[test]
fn machine_formats_go_to_standard_output_alone() {
    let place = Place::with_history();
    let ran = place.ask(&[&["report", "--format", "json"], &WINDOW[..]].concat());
    assert!(ran.stdout.starts_with('{') && ran.stdout.ends_with("}\n"));
    assert!(ran.stderr.starts_with("hint: "), "{}", ran.stderr);
    let quiet = place.ask(&[&["report", "--format", "json", "--quiet"], &WINDOW[..]].concat());
    assert_eq!(quiet.answer(), ran.stdout);
}
