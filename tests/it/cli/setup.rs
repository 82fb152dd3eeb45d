//! Setting up a collector, and finding out what is wrong: `init`, `config`, `doctor`, `set`.

use serde_json::Value;

use super::support::{Place, Ran, Simulated};

fn value<'a>(platform: &'a Simulated, name: &str) -> &'a str {
    let found = platform.environment.iter().find(|(known, _)| known == name);
    found
        .map(|(_, value)| value.as_str())
        .expect("the platform shows it")
}

/// The name of each check, its status, and what it found.
fn checks(ran: &Ran) -> Vec<(String, String, String)> {
    let checks: Vec<Value> = serde_json::from_str(&ran.stdout).expect("it is JSON");
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    checks
        .iter()
        .map(|check| {
            (
                text(check, "check"),
                text(check, "status"),
                text(check, "found"),
            )
        })
        .collect()
}

#[track_caller]
fn status_of(checks: &[(String, String, String)], wanted: &str) -> String {
    let found = checks.iter().find(|(check, ..)| check == wanted);
    let (_, status, found) = found.expect("it was checked");
    format!("{status}: {found}")
}

#[test]
fn init_writes_a_configuration_that_works() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    place.write("id.txt", value(&platform, "RC_APP_CLIENT_ID"));
    place.write("secret.txt", value(&platform, "RC_APP_CLIENT_SECRET"));
    let mut command = place.command(&[
        "init",
        "--server-url",
        value(&platform, "RC_SERVER_URL"),
        "--client-id-file",
        "id.txt",
        "--client-secret-file",
        "secret.txt",
        "--yes",
    ]);
    let ran = Ran::from_command(command.env("RC_USER_JWT", value(&platform, "RC_USER_JWT")));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for part in [
        "Account 37439510",
        " extensions, ",
        " of them people",
        "One sweep takes 1 request of the group heavy",
        "heavy 10 in 1m",
        "The fastest interval for this account is 7s",
        "Chosen: 1m",
    ] {
        assert!(ran.stdout.contains(part), "{part} not in {}", ran.stdout);
    }
    let text = std::fs::read_to_string(place.path().join("presence.toml")).expect("it was written");
    for name in ["RC_APP_CLIENT_SECRET", "RC_USER_JWT"] {
        assert!(
            !text.contains(value(&platform, name)),
            "{name} is in {text}"
        );
        assert!(!ran.stdout.contains(value(&platform, name)));
    }
    let mut command = place.command(&["collect", "--once"]);
    let collected = Ran::from_command(command.env("RC_USER_JWT", value(&platform, "RC_USER_JWT")));
    assert_eq!(collected.code, Some(0), "{}", collected.stderr);

    let again = Ran::from_command(
        place
            .command(&["init", "--yes"])
            .envs(platform.environment.clone()),
    );
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    assert_eq!(
        std::fs::read_to_string(place.path().join("presence.toml")).expect("it is there"),
        text
    );
    let mut command = place.command(&["init", "--yes", "--force", "--interval", "30s"]);
    let forced = Ran::from_command(command.envs(platform.environment.clone()));
    assert_eq!(forced.code, Some(0), "{}", forced.stderr);
    let text = std::fs::read_to_string(place.path().join("presence.toml")).expect("it is there");
    assert!(text.contains("interval = \"30s\""), "{text}");
}

#[test]
fn init_writes_nothing_that_was_not_tried() {
    let place = Place::empty();
    let ran = place.run(&["init", "--client-id", "x"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("RC_APP_CLIENT_SECRET"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--user-jwt-file"), "{}", ran.stderr);
    let platform = Simulated::start(&place);
    let mut command = place.command(&["init", "--yes", "--interval", "2s"]);
    let ran = Ran::from_command(command.envs(platform.environment.clone()));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("does not allow it"), "{}", ran.stderr);
    let mut command = place.command(&["init", "--yes"]);
    let ran = Ran::from_command(
        command
            .envs(platform.environment.clone())
            .env("RC_USER_JWT", "another-jwt"),
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(!ran.stderr.contains("another-jwt"), "{}", ran.stderr);
    assert!(!place.path().join("presence.toml").exists());
}

#[test]
fn each_setting_says_where_it_came_from() {
    let place = Place::empty();
    place.write(
        "presence.toml",
        "# mine\nzone = \"Europe/Berlin\"\nformat = \"csv\"\n\n[ringcentral]\nclient_id = \"my-app\"\n\
         user_jwt_file = \"jwt.txt\"\n[collect]\ninterval = \"90s\"\n[policies.desk]\n\
         rules = [{ when = \"true\", class = \"x\" }]\n",
    );
    let arguments = [
        "config",
        "show",
        "--format",
        "table",
        "--store",
        "postgres://me:hush@db/office",
    ];
    let mut command = place.command(&arguments);
    let ran = Ran::from_command(command.envs([
        ("PRESENCE_LOG_FORMAT", "json"),
        ("RC_APP_CLIENT_SECRET", "very-secret"),
        ("PRESENCE_PSEUDONYM_KEY", "very-secret-key-of-pseudonyms"),
    ]));
    insta::assert_snapshot!("each_setting_says_where_it_came_from", ran.shown());
    let mut command = place.command(&["config", "show", "--format", "json"]);
    let ran = Ran::from_command(command.env("RC_SERVER_URL", "https://example.com"));
    let settings: Vec<Value> = serde_json::from_str(&ran.answer()).expect("it is JSON");
    let found = settings
        .iter()
        .find(|one| one["name"] == "ringcentral.server_url");
    assert_eq!(
        found.expect("it is there"),
        &serde_json::json!({
            "name": "ringcentral.server_url",
            "value": "https://example.com",
            "source": "environment",
            "origin": "RC_SERVER_URL",
        })
    );
}

#[test]
fn a_configuration_is_checked() {
    let place = Place::empty();
    assert_eq!(place.run(&["config", "check"]).code, Some(0));
    place.write("presence.toml", "[collect]\nintervall = \"60s\"\n");
    let ran = place.run(&["config", "check"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains(
            "presence.toml line 2: there is no key \"intervall\"; did you mean \"interval\"?"
        ),
        "{}",
        ran.stderr
    );
    place.write(
        "presence.toml",
        "[report]\nmin_group = \"none\"\n[ringcentral]\nclient_id = \"x\"\nclient_secret_file = \"secret.txt\"\n\
         user_jwt_file = \"missing.txt\"\n[policies.desk]\nrules = [{ when = \"telephony = 1\", class = \"x\" }]\n\
         [calendars.day]\nhours = \"Mo-Fr 9-17\"\n",
    );
    place.write("secret.txt", "hush");
    let ran = place.run(&["config", "check", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let found = checks(&ran);
    let failed = ["report", "policy", "calendar", "credentials"];
    for check in failed {
        assert!(status_of(&found, check).starts_with("fail: "), "{found:?}");
    }
    assert!(
        status_of(&found, "report").contains("min_group"),
        "{found:?}"
    );
    assert!(
        status_of(&found, "credentials").contains("missing.txt"),
        "{found:?}"
    );
    #[cfg(unix)]
    assert!(
        status_of(&found, "secrets").starts_with("warn: "),
        "{found:?}"
    );
    assert!(!ran.stdout.contains("hush"));
}

#[test]
fn the_doctor_finds_a_healthy_collector_healthy() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let mut command = place.command(&["collect", "--once"]);
    assert_eq!(
        Ran::from_command(command.envs(platform.environment.clone())).code,
        Some(0)
    );
    let mut command = place.command(&["doctor", "--format", "json"]);
    let ran = Ran::from_command(command.envs(platform.environment.clone()));
    let found = checks(&ran);
    for check in [
        "configuration",
        "credentials",
        "login",
        "permissions",
        "clock",
        "interval",
        "store",
        "integrity",
        "writing",
        "lease",
        "history",
        "zone data",
    ] {
        assert!(
            status_of(&found, check).starts_with("ok: "),
            "{check} of {found:?}"
        );
    }
    assert!(
        status_of(&found, "interval").contains("at the fastest every 7s"),
        "{found:?}"
    );
    let offline = place.run(&["doctor", "--offline", "--format", "json"]);
    let found = checks(&offline);
    assert!(
        status_of(&found, "login").starts_with("skipped: "),
        "{found:?}"
    );
    assert!(status_of(&found, "store").starts_with("ok: "), "{found:?}");
    let table = place.run(&["doctor", "--offline"]);
    assert!(table.stdout.contains("ok       store"), "{}", table.stdout);
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let place = Place::empty();
    place.write("broken.db", &"this is no database\n".repeat(50));
    let platform = Simulated::start(&place);
    let mut command = place.command(&["doctor", "--format", "json", "--store", "sqlite:broken.db"]);
    let ran = Ran::from_command(
        command
            .envs(platform.environment.clone())
            .env("RC_APP_CLIENT_SECRET", "wrong-secret"),
    );
    assert_eq!(ran.code, Some(1));
    let found = checks(&ran);
    assert!(
        status_of(&found, "login").starts_with("fail: "),
        "{found:?}"
    );
    assert!(
        status_of(&found, "store").starts_with("fail: "),
        "{found:?}"
    );
    assert!(
        status_of(&found, "integrity").starts_with("skipped: "),
        "{found:?}"
    );
    assert!(ran.stderr.contains("login, store"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("wrong-secret"), "{}", ran.stdout);
    assert!(!place.path().join("presence.db").exists());
}

#[test]
fn the_doctor_finds_damaged_pages() {
    let place = Place::with_history();
    let path = place.path().join("presence.db");
    let mut bytes = std::fs::read(&path).expect("it can be read");
    // The second half of the file, including page headers. SQLite reads the first page when it opens the file.
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..] {
        *byte = 0x5a;
    }
    std::fs::write(&path, &bytes).expect("it can be written");
    let ran = place.run(&["doctor", "--offline", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    let found = checks(&ran);
    let failed = found
        .iter()
        .any(|(check, status, _)| status == "fail" && (check == "integrity" || check == "store"));
    assert!(failed, "{found:?}");
    assert_eq!(
        std::fs::read(&path).expect("it can be read"),
        bytes,
        "nothing was changed"
    );
}

#[test]
fn ones_own_presence_is_set_and_seen_by_the_next_sweep() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let run = |arguments: &[&str]| {
        Ran::from_command(place.command(arguments).envs(platform.environment.clone()))
    };
    let ran = run(&[
        "set",
        "--status",
        "Busy",
        "--dnd",
        "DoNotAcceptAnyCalls",
        "--message",
        "back at three",
        "--format",
        "json",
    ]);
    let own: Value = serde_json::from_str(&ran.answer()).expect("it is JSON");
    assert_eq!(own["state"]["user_status"], "Busy", "{own}");
    assert_eq!(own["state"]["message"], "back at three", "{own}");
    let id = own["extension_id"].as_str().expect("it is text").to_owned();
    assert_eq!(run(&["collect", "--once"]).code, Some(0));
    let seen = |ran: Ran| {
        let entries: Vec<Value> = serde_json::from_str(&ran.answer()).expect("it is JSON");
        entries[0]["state"].clone()
    };
    let state = seen(run(&["now", &id, "--format", "json"]));
    assert_eq!(state["message"], "back at three", "{state}");
    assert_eq!(state["dnd_status"], "DoNotAcceptAnyCalls", "{state}");
    let ran = run(&["set", "--clear-message", "--status", "Available"]);
    let answer = ran.answer();
    assert!(answer.contains("Chosen status"), "{answer}");
    assert!(!answer.contains("Message"), "{answer}");
}

#[test]
fn what_cannot_be_set_is_refused_before_it_is_sent() {
    let place = Place::empty();
    let long = "x".repeat(76);
    for (arguments, part) in [
        (&["set"][..], "--status"),
        (&["set", "--status", "Asleep"], "Available"),
        (&["set", "--dnd", "Unknown"], "TakeAllCalls"),
        (&["set", "--message", &long], "76 characters"),
        (&["set", "--message", " "], "--clear-message"),
        (&["set", "--message", "a\nb"], "control character"),
        (
            &["set", "--message", "a", "--clear-message"],
            "--clear-message",
        ),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
    }
}
