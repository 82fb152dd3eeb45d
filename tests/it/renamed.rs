//! Names that changed: the old ones still work, and our own texts no longer use them.

use std::fs;
use std::path::{Path, PathBuf};

use presence_collector::operations::metrics::exposition;
use presence_model::renamed::{
    COLUMNS, JSON_KEYS, METRICS, Renamed, RenamedKey, SNAPSHOTS_VIEW, VIEWS,
};
use serde_json::Value;

use crate::cli::support::Place;
use crate::operations::metrics::{everything, names};

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];

fn answer(place: &Place, question: &[&str]) -> Value {
    let ran = place.ask(&[question, &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{question:?}: {}", ran.stderr);
    serde_json::from_str(&ran.stdout).expect("it is JSON")
}

/// A question whose answer has an object of that name, and the path of the object.
fn question(object: &str) -> (Vec<&'static str>, &'static str) {
    let (question, pointer): (&[&str], _) = match object {
        "Explanation" => (&["explain", "101", "2026-11-02T08:05:30"], ""),
        "Candidate" => (
            &["route", "--policy", "aggregated", "--class", "Busy"],
            "/candidates/0",
        ),
        "GapCause" => (&["coverage"], "/gaps/0/causes/0"),
        "RecordedBetween" => (&["report", "--compare-as-of", "5:4"], "/recorded_between/0"),
        "ReportRow" => (&["report", "103", "--min-evidence", "0.65"], "/rows/0"),
        "Period" => (
            &[
                "report",
                "--to",
                "2026-11-02T08:30",
                "--compare-to",
                "previous",
            ],
            "/compare_to",
        ),
        other => panic!("no question is known whose answer has a {other}"),
    };
    let mut question = question.to_vec();
    if !["Explanation", "Candidate"].contains(&object) {
        let usual = if object == "Period" {
            &["--from", "2026-11-02T08:15"][..]
        } else {
            &WINDOW
        };
        question.extend(usual);
    }
    (question, pointer)
}

#[test]
fn answers_have_each_key_under_both_names() {
    let place = Place::with_history();
    for RenamedKey { object, key } in JSON_KEYS {
        let (question, pointer) = question(object);
        let answer = answer(&place, &question);
        let found = answer.pointer(pointer).expect("it is there");
        let (by_new, by_old) = (found.get(key.new), found.get(key.old));
        assert!(by_new.is_some(), "{object}.{} in {found:#}", key.new);
        assert_eq!(by_new, by_old, "{object}.{}", key.old);
    }
}

#[test]
fn the_description_of_the_api_calls_old_keys_deprecated() {
    let document = presence_server::api::document::document("");
    for RenamedKey { object, key } in JSON_KEYS {
        let properties = &document["components"]["schemas"][object]["properties"];
        let (by_new, by_old) = (&properties[key.new], &properties[key.old]);
        assert!(by_new.is_object(), "{object}.{}", key.new);
        assert_eq!(by_new.get("deprecated"), None, "{object}.{}", key.new);
        assert_eq!(by_old["deprecated"], true, "{object}.{}", key.old);
        assert_eq!(by_old["type"], by_new["type"], "{object}.{}", key.old);
    }
}

#[test]
fn metrics_have_both_names() {
    let text = exposition(&everything()).expect("it can be written");
    let known = names(&text);
    for Renamed { old, new } in METRICS {
        for name in [old, new] {
            assert!(known.contains(&format!("presence_{name}_total")), "{name}");
        }
    }
}

#[test]
fn a_view_is_exported_by_its_old_name_too() {
    let place = Place::with_history();
    let Renamed { old, new } = SNAPSHOTS_VIEW;
    let export = |view| place.ask(&["export", "--view", view, "--format", "ndjson"]);
    let (by_old, by_new) = (export(old), export(new));
    assert_eq!((by_old.code, &by_old.stdout), (Some(0), &by_new.stdout));
    let said = "presence_looks is now called presence_snapshots; the old name stops working in the next release\n";
    assert_eq!((&*by_old.stderr, &*by_new.stderr), (said, ""));
    // A folder gets files under the new names.
    let done = place.ask(&["export", "--view", old, "--dir", "lake", "--format", "csv"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(place.path().join("lake/presence_snapshots.csv").is_file());
    assert!(!place.path().join("lake/presence_looks.csv").exists());
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder and of those within it whose names end so.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if ending.is_some_and(|ending| endings.contains(&ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Our own texts that others copy from, and the old names. A key counts only where it is written as a key.
#[test]
fn nothing_of_our_own_uses_an_old_name() {
    let mut places = vec![root().join("README.md")];
    places.extend(files("docs", &["md", "json"]));
    places.extend(files("contrib", &["yml", "service", "json", "toml"]));
    places.extend(files("tests/corpus/questions", &["txt"]));
    places.extend(files("tests/corpus/home", &["toml"]));
    assert!(places.len() > 40, "{places:?}");
    let mut old_names: Vec<String> = VIEWS.iter().map(|one| one.old.to_owned()).collect();
    old_names.extend(METRICS.iter().map(|one| format!("presence_{}", one.old)));
    for RenamedKey { key, .. } in JSON_KEYS {
        // An old name of one word may have other uses: `withheld` is also the cause of a gap.
        if key.old.contains('_') {
            old_names.push(key.old.to_owned());
        }
        old_names.push(format!("\"{}\":", key.old));
    }
    for path in places {
        let text = fs::read_to_string(&path).expect("it is text");
        // The configuration for Datasette hides the old view.
        let text = text.replace(r#""presence_looks": {"hidden": true}"#, "");
        // Complete answers have both names, the old one right after the new one.
        let is_shown = path.ends_with("docs/questions.md");
        for old in old_names.iter().filter(|_| !is_shown) {
            assert!(!text.contains(old), "{} has {old}", path.display());
        }
    }
}

#[test]
fn the_changelog_has_every_name() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).expect("it is text");
    let names = VIEWS.into_iter().chain(METRICS);
    let names = names.chain(JSON_KEYS.map(|one| one.key));
    for Renamed { old, new } in names.chain(COLUMNS.map(|one| one.column)) {
        let row = |line: &str| line.contains(old) && line.contains(new) && line.starts_with('|');
        assert!(changelog.lines().any(row), "{old} is now {new}");
    }
}
