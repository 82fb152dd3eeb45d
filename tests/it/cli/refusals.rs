//! What the program refuses: the exit codes and the messages.

use serde_json::json;

use super::support::{ACCOUNT, Place, Ran, history, sweep};

/// Checks that a run failed with one line of explanation and no answer.
#[track_caller]
fn check_refused(ran: &Ran, code: i32, expected: &str) {
    assert_eq!(ran.code, Some(code), "{}", ran.shown());
    assert_eq!(ran.stdout, "", "an answer in addition to the refusal");
    let line = ran.stderr.strip_suffix('\n').expect("a whole line");
    assert!(!line.contains('\n'), "more than one line: {line}");
    assert_eq!(line, format!("presence: {expected}"));
}

#[test]
fn a_window_must_not_be_empty() {
    let place = Place::empty();
    let ran = place.ask(&["coverage", "--from", "now", "--to", "-1h"]);
    check_refused(
        &ran,
        2,
        "--from 2026-11-02T08:21:30.000Z is not before --to 2026-11-02T07:21:30.000Z: the window would be empty; \
         give an earlier --from or a later --to",
    );
    let ran = place.ask(&["report", "--from", "now", "--to", "now"]);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn a_wrong_value_is_a_wrong_command_line() {
    // There is no store: mistakes in the command line are reported first.
    let place = Place::empty();
    let window = ["--from", "-1h", "--to", "now"];
    let check = |arguments: &[&str], expected: &str| {
        check_refused(&place.ask(arguments), 2, expected);
    };
    check(
        &["at", "noon"],
        "TIME: \"noon\" is not a time: write 2026-11-20, 2026-11-20T14:05, 2026-11-20T14:05:00Z, 2026-11, 2026-W45, now, \
         today, yesterday, monday, 14:05, yesterday 15:00, -7d, -2h or 1762092000s",
    );
    check(
        &[&["report", "--zone", "Berlin"], &window[..]].concat(),
        "--zone: \"Berlin\" is no time zone: did you mean Europe/Berlin?",
    );
    check(
        &["at", "2026-10-25T02:30", "--zone", "Europe/Berlin"],
        "TIME: 2026-10-25T02:30:00 comes twice in Europe/Berlin: write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00",
    );
    check(
        &[&["report", "--by", "day,week"], &window[..]].concat(),
        "--by can cut time in one way only, not by day and by week",
    );
    check(
        &[&["report", "--facet", "presence_statu"], &window[..]].concat(),
        "invalid value 'presence_statu' for '--facet <FACET>' [possible values: presence_status, user_status, \
         telephony_status, dnd_status, meeting_status, dnd_status_personal, accept_call_queue_calls, \
         allow_see_my_presence, caller_id_visibility, ring_on_monitored_call, pick_up_calls_on_hold, \
         cx_telephony_status, aggregated_telephony_status, message]; tip: a similar value exists: 'presence_status' \
         (`presence report --help` explains)",
    );
    check(
        &["now", "--as-of", "x"],
        "invalid value 'x' for '--as-of <POSITION[:SNAPSHOT_NO]>': \"x\" is no position: write the numbers of an \
         answer's `as_of`, like 1234 or 1234:567 (`presence now --help` explains)",
    );
    check(
        &["collect", "--interval", "1:30"],
        "invalid value '1:30' for '--interval <DURATION>': \"1:30\" is no length of time: write it like 60s, 1.5m, 1h30m or \
         2d; a number alone is seconds (`presence collect --help` explains)",
    );
    check(
        &["now", "--store", "mysql://localhost/presence"],
        "the store \"mysql://localhost/presence\" is of an unknown kind; write sqlite:FILE or postgres://HOST/DATABASE",
    );
    check(
        &["now", "--log", "a=b=c"],
        "the log filter \"a=b=c\" cannot be read (error parsing level filter: expected one of \"off\", \"error\", \"warn\", \"info\", \"debug\", \"trace\", or a number 0-5): write it like presence=debug,sqlx=info",
    );
}

#[test]
fn wrong_hours_come_with_a_right_example() {
    let place = Place::empty();
    let ran = place.ask(&[
        "report",
        "--from",
        "-1h",
        "--to",
        "now",
        "--hours",
        "Mo-Fr 9-17",
    ]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .starts_with("presence: --hours: the hours \"Mo-Fr 9-17\" are not understood"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("did you mean \"Mo-Fr 09:00-17:00\"?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_wrong_command_line_is_explained_in_one_line() {
    let place = Place::empty();
    check_refused(
        &place.run(&["explain", "101"]),
        2,
        "the following required arguments were not provided: <TIME> (`presence explain --help` explains)",
    );
    check_refused(
        &place.run(&["timeline"]),
        2,
        "name the people whom it is about, or a team with --department, --site or --queue",
    );
    check_refused(
        &place.run(&["reprot"]),
        2,
        "unrecognized subcommand 'reprot'; tip: some similar subcommands exist: 'export', 'report' (`presence --help` explains)",
    );
    check_refused(
        &place.run(&["now", "--fromat", "json"]),
        2,
        "unexpected argument '--fromat' found; tip: a similar argument exists: '--format' (`presence now --help` explains)",
    );
    check_refused(
        &place.run(&["now", "--password", "x"]),
        2,
        "unexpected argument '--password' found; tip: to pass '--password' as a value, use '-- --password' \
         (`presence now --help` explains)",
    );
}

#[test]
fn a_question_never_makes_a_store() {
    let place = Place::empty();
    let ran = place.ask(&["now"]);
    let path = place
        .path()
        .canonicalize()
        .expect("the folder is there")
        .join("presence.db");
    check_refused(
        &ran,
        1,
        &format!(
            "there is no store at {}; name the right one with --store, or make one with `presence collect` or `presence import`",
            path.display()
        ),
    );
    assert_eq!(
        std::fs::read_dir(place.path())
            .expect("it is there")
            .count(),
        0
    );
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let place = Place::empty();
    place.write("notes.txt", &"notes ".repeat(100));
    let ran = place.ask(&["now", "--store", "notes.txt"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("is not a presence history"),
        "{}",
        ran.stderr
    );
}

#[test]
fn people_must_be_known_and_meant() {
    let place = Place::with_history();
    let window = ["--from", "2026-11-02T08:00", "--to", "now"];
    let check = |word: &str, expected: &str| {
        let ran = place.ask(&[&["timeline", word], &window[..]].concat());
        check_refused(&ran, 1, expected);
    };
    check(
        "frnt",
        "nobody known is \"frnt\"; did you mean 101 Front Desk (id 1001)?",
    );
    check(
        "109999",
        "nobody known is \"109999\"; `presence now` lists everybody",
    );
    check(
        "o",
        "\"o\" can mean 101 Front Desk (id 1001), 102 Workshop 山田 (id 1002): give a number, an id, or more of the name",
    );
    check("%", "nobody known is \"%\"; `presence now` lists everybody");
    let ran = place.ask(&[&["timeline", "OP 山"], &window[..]].concat());
    assert_eq!(
        ran.code,
        Some(0),
        "part of a name, whatever its case: {}",
        ran.stderr
    );
}

#[test]
fn with_several_accounts_one_must_be_named() {
    let place = Place::with_history();
    place.write(
        "other.ndjson",
        &sweep("5", 0, &[(1001, json!({"presenceStatus": "Busy"}))]).to_string(),
    );
    assert_eq!(place.run(&["import", "other.ndjson"]).code, Some(0));
    check_refused(
        &place.ask(&["now"]),
        2,
        "sqlite:presence.db holds several accounts, 5, 37439510: say which with --account",
    );
    check_refused(
        &place.ask(&["now", "--account", "6"]),
        1,
        "sqlite:presence.db does not hold account 6; it holds 5, 37439510",
    );
    let ran = place.ask(&["now", "--account", ACCOUNT, "--format", "ndjson"]);
    assert_eq!(ran.answer().lines().count(), 4);
}

#[test]
fn an_end_of_the_log_must_have_been_reached() {
    let place = Place::with_history();
    let ran = place.ask(&["now", "--as-of", "99999"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("cannot be asked as of 99999"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_bad_line_ends_an_import() {
    let place = Place::empty();
    let first = history().lines().take(2).collect::<Vec<_>>().join("\n");
    place.write(
        "sweeps.ndjson",
        &format!("{first}\n{{\"account_id\":true}}\n"),
    );
    let ran = place.run(&["import", "sweeps.ndjson"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr.contains("presence: sweeps.ndjson line 3: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("2 lines before it are in the store"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_that_is_not_there_is_found_out_first() {
    let place = Place::empty();
    place.write("sweeps.ndjson", &history());
    let ran = place.run(&["import", "sweeps.ndjson", "missing.ndjson"]);
    check_refused(
        &ran,
        1,
        "missing.ndjson cannot be read: No such file or directory (os error 2)",
    );
    assert!(!place.path().join("presence.db").exists());
}

#[test]
fn the_configuration_has_no_unknown_keys() {
    let place = Place::empty();
    place.write("presence.toml", "stor = \"sqlite:a.db\"\n");
    check_refused(
        &place.run(&["now"]),
        1,
        "presence.toml line 1: there is no key \"stor\"; did you mean \"store\"?",
    );
    check_refused(
        &place.run(&["now", "--config", "other.toml"]),
        1,
        "other.toml cannot be read: No such file or directory (os error 2)",
    );
    place.write("presence.toml", "zone = \"Berlin\"\n");
    check_refused(
        &place.run(&["now"]),
        1,
        "presence.toml: zone = \"Berlin\": \"Berlin\" is no time zone: did you mean Europe/Berlin?",
    );
}

#[test]
fn credentials_are_named_when_they_are_missing() {
    let place = Place::empty();
    let ran = Ran::from_command(
        place
            .command(&["collect", "--once"])
            .env("RC_APP_CLIENT_ID", "id"),
    );
    check_refused(
        &ran,
        1,
        "RC_APP_CLIENT_SECRET, RC_USER_JWT are not set: set them, or name a file with the same name and _FILE at the end, \
         or name one under [ringcentral] in presence.toml; `presence simulate` prints credentials to try with",
    );
    assert!(!place.path().join("presence.db").exists());
}

#[test]
fn a_value_that_nobody_ever_had_is_refused() {
    let place = Place::with_history();
    let window = ["--from", "-1h", "--to", "now"];
    let ran = place.ask(&[&["staffing", "--value", "Availabel"], &window[..]].concat());
    check_refused(
        &ran,
        1,
        "no state of presence_status is \"Availabel\"; did you mean \"Available\"? (--allow-unknown asks all the same)",
    );
    // Documented, although nobody has had it yet.
    let facet = ["--facet", "dnd_status", "--value", "DoNotAcceptAnyCalls"];
    let ran = place.ask(&[&["heatmap"], &facet[..], &window].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
}

#[test]
fn what_is_required_needs_a_clock_and_a_number() {
    let place = Place::empty();
    let question = [
        "staffing",
        "--value",
        "Available",
        "--from",
        "-1h",
        "--to",
        "now",
    ];
    let check = |more: &[&str], expected: &str| {
        check_refused(&place.ask(&[&question[..], more].concat()), 2, expected);
    };
    check(
        &["--required", "Mo-Fr 09:00-17:00=5"],
        "--required needs --zone: it says by which clocks the hours are meant",
    );
    check(
        &["--required", "Mo-Fr 09:00-17:00", "--zone", "UTC"],
        "--required: \"Mo-Fr 09:00-17:00\" does not end with the number of people: write hours and number like \
         \"Mo-Fr 09:00-17:00=5\"",
    );
    for number in ["0", "-2", "65536", "99999999999999999999"] {
        let required = format!("Mo-Fr 09:00-17:00={number}");
        check(
            &["--required", &required, "--zone", "UTC"],
            &format!(
                "--required: {required:?} ends with {number}: so many people cannot be required; write a number from 1 \
                 to 65535"
            ),
        );
    }
    for step in [
        "0s",
        "0d",
        "-15m",
        "1d12h",
        "36526d",
        "99999999999999999999m",
    ] {
        let ran = place.ask(&[&question[..], &[&format!("--step={step}")]].concat());
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(2), ""),
            "{step}: {}",
            ran.stderr
        );
    }
    check(
        &["--by", "day"],
        "--by day is for reports: here it is account, extension, department, site or queue",
    );
}

#[test]
fn at_the_ends_of_time_nothing_panics() {
    let place = Place::with_history();
    for time in [
        "9999-12-30T22:00:00Z",
        "9999-12-30T21:59:59.999Z",
        "9999-12-31",
        "9999-12-31T12:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T05:00:00+14:00",
    ] {
        for zone in ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"] {
            for question in [
                &["at", time][..],
                &["explain", "101", time],
                &["coverage", "--from", "2026-11-01", "--to", time],
                &["timeline", "101", "--from", time, "--to", "2026-11-03"],
            ] {
                for now in ["2026-11-02T08:21:30Z", "9999-12-30T22:00:00Z"] {
                    let arguments = [question, &["--zone", zone, "--now", now]].concat();
                    let ran = place.run(&arguments);
                    let said = format!("{arguments:?}: {}", ran.stderr);
                    assert!(matches!(ran.code, Some(0..=2)), "{said}");
                    assert!(!ran.stderr.contains("panicked"), "{said}");
                }
            }
        }
    }
}
