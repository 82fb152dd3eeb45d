//! `presence get`: what the platform shows of one person now.

use serde_json::Value;

use super::support::{Place, Ran, Simulated};

fn run(place: &Place, platform: &Simulated, arguments: &[&str]) -> Ran {
    let mut command = place.command(arguments);
    Ran::from_command(command.envs(platform.environment.clone()))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.shown()))
}

#[test]
fn the_platforms_answer_is_shown_with_what_was_recorded() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let set = ["set", "--status", "Available", "--message", "at the desk"];
    assert_eq!(run(&place, &platform, &set).code, Some(0));
    assert_eq!(run(&place, &platform, &["collect", "--once"]).code, Some(0));
    let set = ["set", "--status", "Busy", "--message", "in the workshop"];
    let set = run(
        &place,
        &platform,
        &[&set[..], &["--format", "json"]].concat(),
    );
    let id = json(&set)["extension_id"]
        .as_str()
        .expect("text")
        .to_owned();

    let before = std::fs::read(place.path().join("presence.db")).expect("it reads");
    let ran = run(&place, &platform, &["get", &id, "--format", "json"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(0), ""),
        "{}",
        ran.shown()
    );
    let answer = json(&ran);
    assert_eq!(answer["extension_id"], id.as_str());
    assert_eq!(answer["live"]["state"]["user_status"], "Busy", "{answer:#}");
    assert_eq!(
        answer["live"]["state"]["message"], "in the workshop",
        "{answer:#}"
    );
    assert!(
        answer["live"]["requested_at"].is_string() && answer["live"]["received_at"].is_string()
    );
    assert_eq!(
        answer["recorded"]["state"]["user_status"], "Available",
        "{answer:#}"
    );
    assert_eq!(
        answer["recorded"]["state"]["message"], "at the desk",
        "{answer:#}"
    );
    assert!(
        answer["recorded"]["age_ms"]
            .as_i64()
            .is_some_and(|age_ms| age_ms >= 0)
    );
    assert!(answer["recorded"]["last_observed_at"].is_string());
    let differs = answer["differs"].as_array().expect("a list");
    for facet in ["user_status", "message"] {
        assert!(differs.contains(&facet.into()), "{answer:#}");
    }
    assert!(!differs.contains(&"dnd_status".into()), "{answer:#}");
    // A number and a name select the same person, and nothing is recorded.
    let number = answer["extension_number"].as_str().expect("text");
    let name = answer["name"].as_str().expect("text");
    for word in [number, name] {
        let ran = run(&place, &platform, &["get", word, "--format", "json"]);
        assert_eq!(json(&ran)["extension_id"], id.as_str(), "{}", ran.shown());
    }
    let after = std::fs::read(place.path().join("presence.db")).expect("it reads");
    assert_eq!(before, after);

    let table = run(&place, &platform, &["get", &id]).answer();
    for part in [
        "Platform now",
        "Recorded last",
        "in the workshop",
        "at the desk",
        "differs",
        "platform: asked 20",
        "recorded: seen ",
        "unchanged since 20",
        "times in UTC",
    ] {
        assert!(table.contains(part), "{part} is not in {table}");
    }
    let csv = run(&place, &platform, &["get", &id, "--format", "csv"]).answer();
    assert!(
        csv.contains(",message,in the workshop,at the desk,"),
        "{csv}"
    );
}

#[test]
fn without_a_store_only_the_platform_is_asked() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let ran = run(&place, &platform, &["get", "101", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let answer = json(&ran);
    assert_eq!(answer["extension_number"], "101", "{answer:#}");
    assert_eq!(answer["recorded"], Value::Null);
    assert!(answer["live"]["state"]["presence_status"].is_string());
    assert!(
        ran.stderr.contains("there is no store at "),
        "{}",
        ran.stderr
    );
    assert!(!place.path().join("presence.db").exists());
    let table = run(&place, &platform, &["get", "101"]);
    assert!(
        table.stdout.contains("recorded: nothing yet"),
        "{}",
        table.stdout
    );
    // A store of another account has nothing about this one.
    place.write(
        "other.ndjson",
        &super::support::history().replace(super::support::ACCOUNT, "41"),
    );
    assert_eq!(place.run(&["import", "other.ndjson"]).code, Some(0));
    let ran = run(&place, &platform, &["get", "101"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(
        ran.stderr.contains("holds nothing of account 37439510 yet"),
        "{}",
        ran.stderr
    );
    let ran = run(&place, &platform, &["get", "101", "--account", "41"]);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(
        ran.stderr.contains("belong to account 37439510"),
        "{}",
        ran.stderr
    );
}

#[test]
fn someone_unknown_is_refused_with_near_names() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    for is_recorded in [false, true] {
        let ran = run(&place, &platform, &["get", "1010"]);
        assert_eq!(ran.code, Some(1), "{}", ran.shown());
        assert!(ran.stdout.is_empty(), "{}", ran.shown());
        assert!(
            ran.stderr
                .contains("nobody known is \"1010\"; did you mean 101 "),
            "{}",
            ran.stderr
        );
        if !is_recorded {
            assert_eq!(run(&place, &platform, &["collect", "--once"]).code, Some(0));
        }
    }
    let ran = place.run(&["get"]);
    assert_eq!(ran.code, Some(2), "{}", ran.shown());
}

#[test]
fn what_is_long_past_is_still_shown_with_its_age() {
    let place = Place::with_history();
    let platform = Simulated::start(&place);
    // The platform does not have the imported people: the answer says so, and shows what was recorded.
    let ran = run(
        &place,
        &platform,
        &["get", "Front Desk", "--format", "json"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let answer = json(&ran);
    assert_eq!(answer["live"], Value::Null, "{answer:#}");
    assert_eq!(
        answer["recorded"]["state"]["presence_status"], "Offline",
        "{answer:#}"
    );
    assert_eq!(
        answer["recorded"]["last_observed_at"],
        "2026-11-02T08:20:00.000Z"
    );
    let table = run(&place, &platform, &["get", "Front Desk"]).answer();
    assert!(table.contains("it has no such extension"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table}");
}
