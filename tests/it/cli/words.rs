//! How times, zones and lengths may be typed, what is assumed if they are not given, and help that fits a screen.

use clap::CommandFactory;
use serde_json::Value;

use super::support::{Place, Ran};

/// The window that a question is about, as its answer in JSON shows it.
#[track_caller]
fn window(ran: &Ran) -> (String, String) {
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let answer: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    let text = |key: &str| answer[key].as_str().expect("a moment").to_owned();
    (text("from"), text("to"))
}

const BERLIN: [&str; 4] = ["--zone", "Europe/Berlin", "--format", "json"];

#[test]
fn a_report_that_begins_before_the_history_says_when_that_begins() {
    let place = Place::with_history();
    // The first sweep was at 08:00.
    let hint = |words: &[&str]| {
        let ran = place.ask(&[&["report"], words].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
        let hints = ran.stderr.lines();
        let hints = hints.filter_map(|line| line.strip_prefix("hint: "));
        hints.map(str::to_owned).collect::<Vec<_>>()
    };
    let begins = "shows when; the history begins at 2026-11-02T08:00:00.000Z";
    for format in ["table", "json", "csv"] {
        let hints = hint(&["--format", format]);
        assert!(
            hints.len() == 1 && hints[0].ends_with(begins),
            "{format}: {hints:?}"
        );
        assert!(hints[0].contains("of the time is unknown"), "{hints:?}");
    }
    // If the window begins later, the unknown time is inside the history.
    let hints = hint(&["--from", "2026-11-02T08:05", "--to", "2026-11-02T08:20"]);
    assert!(
        hints.len() == 1 && hints[0].ends_with("shows when"),
        "{hints:?}"
    );
}

#[test]
fn a_window_that_is_not_given_is_assumed_and_reported() {
    let place = Place::with_history();
    let ask = |words: &[&str]| place.ask(&[words, &BERLIN].concat());
    // Now is 09:21:30 in Berlin.
    let now = "2026-11-02T08:21:30.000Z";
    let midnight = "2026-11-01T23:00:00.000Z";
    let ran = ask(&["timeline", "101"]);
    assert_eq!(window(&ran), (midnight.to_owned(), now.to_owned()));
    assert_eq!(
        ran.stderr,
        "Assumed --from 2026-11-02 00:00:00 (midnight before --to) and --to 2026-11-02 09:21:30 (now), in Europe/Berlin.\n"
    );
    for question in [
        &["report"][..],
        &["staffing", "--value", "Busy"],
        &["heatmap", "--value", "Busy"],
        &["coverage"],
    ] {
        let ran = ask(question);
        let week = "2026-10-26T08:21:30.000Z";
        assert_eq!(
            window(&ran),
            (week.to_owned(), now.to_owned()),
            "{question:?}"
        );
        let told = "Assumed --from 2026-10-26 09:21:30 (7 days before --to) and --to 2026-11-02 09:21:30 (now), in \
                    Europe/Berlin.";
        assert!(ran.stderr.starts_with(told), "{}", ran.stderr);
    }
    let ran = ask(&["meet", "101", "102", "--length", "24h"]);
    let next_week = "2026-11-09T08:21:30.000Z";
    assert_eq!(window(&ran), (now.to_owned(), next_week.to_owned()));
    assert!(
        ran.stderr.contains("(7 days after --from)"),
        "{}",
        ran.stderr
    );
    let ran = place.ask(&["changes", "--format", "csv", "--with-question"]);
    assert!(
        ran.stdout.contains("--from 2026-11-02T00:00:00.000Z"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_given_of_a_window_holds() {
    let place = Place::with_history();
    let ask = |words: &[&str]| place.ask(&[words, &BERLIN].concat());
    let ran = ask(&["report", "--from", "2026-10"]);
    assert_eq!(
        window(&ran),
        (
            "2026-09-30T22:00:00.000Z".to_owned(),
            "2026-11-02T08:21:30.000Z".to_owned()
        )
    );
    assert!(
        ran.stderr
            .starts_with("Assumed --to 2026-11-02 09:21:30 (now), in Europe/Berlin.\n"),
        "{}",
        ran.stderr
    );
    // A window that ends at midnight is about the day before, which has 25 hours here.
    let ran = ask(&["timeline", "101", "--to", "2026-10-26"]);
    assert_eq!(
        window(&ran),
        (
            "2026-10-24T22:00:00.000Z".to_owned(),
            "2026-10-25T23:00:00.000Z".to_owned()
        )
    );
    // Seven calendar days, across the clock change.
    let ran = ask(&["report", "--to", "2026-11-01"]);
    assert_eq!(
        window(&ran),
        (
            "2026-10-24T22:00:00.000Z".to_owned(),
            "2026-10-31T23:00:00.000Z".to_owned()
        )
    );
    let ran = ask(&["report", "--from", "2026-W45", "--to", "now"]);
    assert!(!ran.stderr.contains("Assumed"), "{}", ran.stderr);
    let ran = ask(&["report", "-q"]);
    assert_eq!(ran.stderr, "");
    let ran = ask(&["report", "--from", "tomorrow"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "presence: --from 2026-11-02T23:00:00.000Z is not before --to 2026-11-02T08:21:30.000Z (now, since none is given): \
         the window would be empty; give an earlier --from or a later --to\n"
    );
}

#[test]
fn an_export_may_have_one_end() {
    let place = Place::with_history();
    let rows = |words: &[&str]| {
        let ran = place.ask(
            &[
                &["export", "--view", "presence_changes", "--format", "csv"],
                words,
            ]
            .concat(),
        );
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
        ran.stdout.lines().count()
    };
    let all = rows(&[]);
    assert_eq!(rows(&["--from", "2020"]), all);
    assert_eq!(rows(&["--to", "now"]), all);
    assert_eq!(rows(&["--to", "2020"]), 1, "the header");
    let before = rows(&["--to", "2026-11-02T08:10Z"]);
    let after = rows(&["--from", "2026-11-02T08:10Z"]);
    assert_eq!(before + after, all + 1, "each with its header");
}

#[test]
fn times_are_typed_in_many_words() {
    let place = Place::with_history();
    let at = |time: &str| {
        let ran = place.ask(&["at", time, "101", "--zone", "Europe/Berlin"]);
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
        ran.stdout
    };
    let expected = at("2026-11-02T08:05Z");
    for time in [
        "9:05",
        "today 09:05",
        "monday 09:05",
        "2026-11-02 09:05",
        "1793606700s",
    ] {
        assert_eq!(at(time), expected, "{time}");
    }
    assert_eq!(at("16m ago"), at("now-16min"));
}

#[test]
fn a_zone_with_the_opposite_sign_is_not_suggested() {
    let place = Place::with_history();
    for zone in ["GMT+1", "UTC+1", "+01:00"] {
        let ran = place.ask(&["report", "--zone", zone]);
        assert_eq!(ran.code, Some(2));
        assert_eq!(
            ran.stderr,
            format!(
                "presence: --zone: {zone:?} is no time zone: it is an offset, and does not say when clocks change; write a \
                 zone such as Europe/Berlin, or Etc/GMT-1 for 1 hour ahead of UTC all year\n"
            )
        );
    }
    place.write("presence.toml", "zone = \"PST\"\n");
    let ran = place.ask(&["now"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("it is an abbreviation; write America/Los_Angeles"),
        "{}",
        ran.stderr
    );
}

#[test]
fn names_of_windows_become_those_of_iana_everywhere() {
    let place = Place::with_history();
    let zone = |ran: Ran| {
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
        let answer: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
        answer["zone"].as_str().map(str::to_owned)
    };
    let berlin = Some("Europe/Berlin".to_owned());
    let ran = place.ask(&[
        "report",
        "--format",
        "json",
        "--zone",
        "W. Europe Standard Time",
    ]);
    assert_eq!(zone(ran), berlin);
    place.write(
        "presence.toml",
        "zone = \"w. europe standard time\"\n[daily]\nzone = \"Europe/ Berlin\"\n[calendars.desk]\nhours = \"Mo-Fr 09:00-17:00\"\n\
         zone = \"W. Europe Standard Time\"\n",
    );
    let ran = place.ask(&["report", "--format", "json", "--calendar", "desk"]);
    assert_eq!(zone(ran), berlin);
    let ran = place.ask(&["config", "show", "--format", "json"]);
    assert!(ran.stdout.contains("\"Europe/Berlin\""), "{}", ran.shown());
    assert_eq!(place.ask(&["daily"]).code, Some(0));
    let ran = place.ask(&["config", "check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
}

#[test]
fn lengths_are_typed_in_many_words() {
    let place = Place::with_history();
    let steps = |step: &str| {
        let ran = place.ask(&[
            "staffing",
            "--value",
            "Busy",
            "--from",
            "2026-11-02T08:00",
            "--to",
            "2026-11-02T08:20",
            "--format",
            "ndjson",
            "--step",
            step,
        ]);
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
        ran.stdout
    };
    let expected = steps("5m");
    for step in ["300", "300s", "300sec", "5 minutes", "0.5h", "4m60s"] {
        let is_same = steps(step) == expected;
        assert_eq!(is_same, step != "0.5h", "{step}");
    }
    place.write("presence.toml", "[collect]\ninterval = \"1.5m\"\n");
    let ran = place.ask(&["config", "show", "--format", "json"]);
    assert!(ran.stdout.contains("\"90s\""), "{}", ran.shown());
}

#[test]
fn without_a_command_the_help_is_shown() {
    let place = Place::empty();
    let overview = place.run(&[]).answer();
    assert!(overview.contains("Usage: presence"), "{overview}");
    assert_eq!(place.run(&["-h"]).answer(), overview);
    assert!(overview.lines().count() <= 24, "{overview}");
    insta::assert_snapshot!("overview", overview);
}

#[test]
fn a_group_of_commands_alone_shows_its_help() {
    let place = Place::empty();
    let program = presence_history::cli::args::Cli::command();
    let groups = program
        .get_subcommands()
        .filter(|one| one.has_subcommands());
    let groups: Vec<&str> = groups.map(clap::Command::get_name).collect();
    assert_eq!(groups, ["calendar", "policy", "token", "config"]);
    // Settings in the environment are not part of the command line.
    for variable in [None, Some("PRESENCE_STORE"), Some("PRESENCE_ZONE")] {
        let run = |words: &[&str]| {
            let mut command = place.command(words);
            Ran::from_command(command.envs(variable.map(|name| (name, "UTC"))))
        };
        assert_eq!(run(&[]).answer(), run(&["-h"]).answer(), "{variable:?}");
        for group in &groups {
            let shown = run(&[group]).answer();
            assert!(
                shown.contains(&format!("Usage: presence {group} [OPTIONS] <COMMAND>")),
                "{variable:?}: {shown}"
            );
            assert_eq!(shown, run(&[group, "-h"]).answer(), "{variable:?}");
        }
    }
    // An option without a command is not a request for help.
    for words in [
        &["--format", "json"][..],
        &["policy", "-q"],
        &["token", "--zone", "UTC"],
    ] {
        let ran = place.run(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{words:?}");
        assert!(
            ran.stderr.contains("requires a subcommand"),
            "{words:?}: {}",
            ran.stderr
        );
        assert_eq!(ran.stderr.lines().count(), 1, "{words:?}: {}", ran.stderr);
    }
}

/// The lines of a command's help on a screen that is 80 columns wide.
fn help(place: &Place, words: &[&str]) -> Vec<String> {
    let mut command = place.command(words);
    let ran = Ran::from_command(command.env("COLUMNS", "80"));
    let lines = ran.answer();
    lines.lines().map(str::to_owned).collect()
}

#[test]
fn the_short_help_of_every_command_fits_a_screen() {
    let place = Place::empty();
    let all = help(&place, &["--help"]);
    let commands = all
        .iter()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        let lines = help(&place, &[name, "-h"]);
        let shown = lines.join("\n");
        assert!(lines.len() <= 40, "{} lines:\n{shown}", lines.len());
        assert!(
            lines.iter().all(|line| line.chars().count() <= 80),
            "{shown}"
        );
        assert!(shown.contains("Examples:"), "{shown}");
        assert!(
            shown.contains(&format!("`presence {name} --help`")),
            "{shown}"
        );
    }
    insta::assert_snapshot!("report_help", help(&place, &["report", "-h"]).join("\n"));
}

#[test]
fn the_whole_help_lists_all_options_and_values() {
    let place = Place::empty();
    let whole = help(&place, &["report", "--help"]).join("\n");
    for word in [
        "--min-evidence",
        "--planned-absence",
        "telephony_status",
        "adherence",
        "Formats: ",
    ] {
        assert!(whole.contains(word), "{word} is not in\n{whole}");
    }
}
