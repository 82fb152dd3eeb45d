//! Commands that record, start services and do maintenance.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::json;

use super::support::{Place, Ran, Simulated, history, sweep};
use crate::support::signal;

#[test]
fn an_import_can_be_repeated() {
    let place = Place::empty();
    place.write("sweeps.ndjson", &history());
    let ran = place.run(&["import", "sweeps.ndjson"]);
    insta::assert_snapshot!("an_import_can_be_repeated", ran.shown());
    let ran = place.run_with_input(&["import", "-"], &history());
    insta::assert_snapshot!("an_import_can_be_repeated_2", ran.shown());
    assert_eq!(
        place.run(&["import", "sweeps.ndjson", "--quiet"]).answer(),
        ""
    );
}

#[test]
fn a_store_is_made_and_checked() {
    let place = Place::empty();
    insta::assert_snapshot!(
        "a_store_is_made_and_checked",
        place.run(&["migrate"]).shown()
    );
    insta::assert_snapshot!("a_store_is_made_and_checked_2", place.ask(&["now"]).shown());
    let place = Place::with_history();
    insta::assert_snapshot!(
        "a_store_is_made_and_checked_3",
        place.run(&["rebuild", "--check"]).shown()
    );
    insta::assert_snapshot!(
        "a_store_is_made_and_checked_4",
        place.run(&["rebuild"]).shown()
    );
}

#[test]
fn months_that_are_over_are_packed_once() {
    let place = Place::empty();
    let statuses = [
        ("2026-05-31T23:58:00Z", "Available"),
        ("2026-05-31T23:59:00Z", "Busy"),
        ("2026-06-01T00:00:00Z", "Available"),
        ("2026-06-01T00:01:00Z", "Offline"),
    ];
    let sweeps = statuses.map(|(observed_at, status)| {
        let mut sweep = sweep("37439510", 0, &[(1001, json!({"presenceStatus": status}))]);
        sweep["observed_at"] = json!(observed_at);
        format!("{sweep}\n")
    });
    place.write("sweeps.ndjson", &sweeps.concat());
    assert_eq!(place.run(&["import", "sweeps.ndjson", "-q"]).answer(), "");
    for (name, arguments) in [
        ("months_are_packed", &["pack"][..]),
        ("months_are_packed_again", &["pack"]),
        ("packed_months_are_checked", &["pack", "--check"]),
    ] {
        insta::assert_snapshot!(name, place.run(arguments).shown());
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    let place = Place::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["completions", shell]).answer();
        assert!(
            script.contains("presence") && script.contains("timeline"),
            "{shell}"
        );
    }
}

#[test]
fn versions_are_shown() {
    let place = Place::empty();
    let version = place.run(&["--version"]).answer();
    let (name, parts) = version.split_once('\n').expect("two lines");
    assert_eq!(name, format!("presence {}", env!("CARGO_PKG_VERSION")));
    assert!(parts.starts_with("zone data 20"), "{version}");
    assert!(parts.contains(", SQLite 3."), "{version}");
}

#[test]
fn flags_override_the_environment_and_that_overrides_the_file() {
    let place = Place::with_history();
    place.write(
        "presence.toml",
        "format = \"csv\"\nzone = \"Europe/Berlin\"\n[report]\nhours = \"Mo-Fr 09:00-17:00\"\n",
    );
    let first_line = |ran: Ran| ran.stdout.lines().next().unwrap_or_default().to_owned();
    assert!(first_line(place.ask(&["now"])).starts_with("extension_id,"));
    let by_environment = Ran::from_command(place.command(&["now"]).env("PRESENCE_FORMAT", "json"));
    assert_eq!(first_line(by_environment), "[");
    let by_flag = place
        .command(&["now", "--format", "ndjson"])
        .env("PRESENCE_FORMAT", "json")
        .output();
    assert!(by_flag.expect("it runs").stdout.starts_with(b"{"));
    let report = place.ask(&[
        "report", "--from", "today", "--to", "now", "--format", "json",
    ]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).expect("it is JSON");
    assert_eq!(report["zone"], "Europe/Berlin");
    assert_eq!(report["hours"], "Mo-Fr 09:00-17:00");
    assert_eq!(report["from"], "2026-11-01T23:00:00.000Z");
}

#[test]
fn one_sweep_at_a_simulated_platform_is_recorded() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let ran = Ran::from_command(
        place
            .command(&["collect", "--once"])
            .envs(platform.environment.clone()),
    );
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), ""),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("complete sweep at "), "{}", ran.stderr);
    let now = place.run(&["now", "--format", "ndjson"]).answer();
    assert!(now.lines().count() >= 10, "{now}");
    for (name, secret) in &platform.environment {
        if name != "RC_SERVER_URL" {
            assert!(!ran.stderr.contains(secret.as_str()), "{name} was shown");
        }
    }
}

#[test]
fn secrets_come_from_files_too() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let value = |name: &str| {
        let found = platform.environment.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .expect("the platform shows it")
    };
    let secret = place.write(
        "secret.txt",
        &format!("{}\n", value("RC_APP_CLIENT_SECRET")),
    );
    place.write("jwt.txt", value("RC_USER_JWT"));
    place.write(
        "presence.toml",
        &format!(
            "[ringcentral]\nserver_url = \"{}\"\nclient_id = \"{}\"\nuser_jwt_file = \"jwt.txt\"\n",
            value("RC_SERVER_URL"),
            value("RC_APP_CLIENT_ID")
        ),
    );
    let mut command = place.command(&["collect", "--once"]);
    let ran = Ran::from_command(command.env("RC_APP_CLIENT_SECRET_FILE", secret));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_collector_ends_cleanly_when_it_is_stopped() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let mut command = place.command(&["collect", "--interval", "1s", "--log-format", "json"]);
    let mut child = command
        .envs(platform.environment.clone())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stderr = BufReader::new(child.stderr.take().expect("it was piped"));
    let mut line = String::new();
    while !line.contains("\"sweep recorded\"") {
        line.clear();
        assert!(
            stderr.read_line(&mut line).expect("it is text") > 0,
            "it ended by itself"
        );
        serde_json::from_str::<serde_json::Value>(&line).expect("each line of the log is JSON");
    }
    signal("TERM", child.id());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("it is text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{rest}");
    assert_eq!(place.run(&["rebuild", "--check"]).code, Some(0));
}

#[test]
fn a_platform_that_is_not_there_is_named() {
    let place = Place::empty();
    let mut command = place.command(&["collect", "--once"]);
    let ran = Ran::from_command(command.envs([
        ("RC_SERVER_URL", "http://127.0.0.1:9"),
        ("RC_APP_CLIENT_ID", "id"),
        ("RC_APP_CLIENT_SECRET", "very-secret"),
        ("RC_USER_JWT", "very-secret-jwt"),
    ]));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("127.0.0.1:9"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("very-secret"), "{}", ran.stderr);
}
