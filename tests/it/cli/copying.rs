//! `presence copy`, as it is used.

use serde_json::json;

use super::support::{Place, Ran, history, sweep};

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:21"];

fn report(place: &Place, store: &str) -> String {
    let arguments = [
        &["report", "--format", "json", "--store", store],
        &WINDOW[..],
    ]
    .concat();
    let ran = place.ask(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout
}

/// The result of a run, without what differs from run to run: the folder, and the digest, which covers the times of
/// recording.
fn shown(place: &Place, ran: &Ran) -> String {
    let shown = ran.shown();
    let shown = shown.replace(&place.path().display().to_string(), "FOLDER");
    let mut blotted = String::new();
    for (index, part) in shown.split("(SHA-256 ").enumerate() {
        let rest = if index == 0 {
            part
        } else {
            let (digest, rest) = part.split_at(64);
            assert!(hex::decode(digest).is_ok(), "{digest}");
            blotted.push_str("(SHA-256 …");
            rest
        };
        blotted.push_str(rest);
    }
    blotted
}

#[test]
fn a_history_moves_to_another_store() {
    let place = Place::with_history();
    let copy = [
        "copy",
        "--from",
        "sqlite:presence.db",
        "--to",
        "sqlite:copy.db",
    ];
    insta::assert_snapshot!("a_history_is_copied", shown(&place, &place.run(&copy)));
    assert_eq!(
        report(&place, "sqlite:copy.db"),
        report(&place, "sqlite:presence.db")
    );
    insta::assert_snapshot!(
        "a_history_is_copied_again",
        shown(&place, &place.run(&copy))
    );
    // A copy continues where the one before ended, here after more was recorded.
    let mut later = sweep("37439510", 30, &[(1001, json!({"presenceStatus": "Busy"}))]);
    later["valid_for_ms"] = json!(60_000);
    let longer = format!("{}{later}\n", history());
    place.write("longer.ndjson", &longer);
    assert_eq!(place.run(&["import", "longer.ndjson"]).code, Some(0));
    let grown = place.run(&copy);
    assert!(
        grown.stdout.contains(": 1 sweep copied to the 16"),
        "{}",
        grown.stdout
    );
    let check = place.run(&["rebuild", "--check", "--store", "sqlite:copy.db"]);
    assert_eq!(check.code, Some(0), "{}", check.stdout);
}

#[test]
fn impossible_copies_are_refused() {
    let place = Place::with_history();
    let copy =
        |from: &str, to: &str| shown(&place, &place.run(&["copy", "--from", from, "--to", to]));
    insta::assert_snapshot!("a_missing_source", copy("sqlite:none.db", "sqlite:new.db"));
    assert!(!place.path().join("new.db").exists(), "no target was made");
    insta::assert_snapshot!(
        "the_same_store",
        copy("sqlite:presence.db", "sqlite:presence.db")
    );
    insta::assert_snapshot!("no_store", copy("sqlite:presence.db", "ftp://copy"));
    place.write(
        "other.ndjson",
        &format!(
            "{}\n",
            sweep("37439510", 0, &[(1001, json!({"presenceStatus": "Busy"}))])
        ),
    );
    let other = ["import", "other.ndjson", "--store", "sqlite:other.db"];
    assert_eq!(place.run(&other).code, Some(0));
    insta::assert_snapshot!(
        "another_target",
        copy("sqlite:presence.db", "sqlite:other.db")
    );
    let unknown = [
        "copy",
        "--from",
        "presence.db",
        "--to",
        "new.db",
        "--account",
        "5",
    ];
    insta::assert_snapshot!("another_account", place.run(&unknown).shown());
    assert!(!place.path().join("new.db").exists(), "no target was made");
}
