//! The demonstration: what it shows, and whose file it replaces.

use std::fs;

use super::support::{Place, Ran};

fn demo(place: &Place, file: &str) -> Ran {
    place.run(&["demo", "--extensions", "12", "--days", "1", "--keep", file])
}

#[test]
fn it_shows_a_report_a_day_and_how_right_they_are() {
    let place = Place::empty();
    let first = demo(&place, "tiny.db");
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    for part in [
        "Extension 101",
        "One day of whoever changed most",
        "unknown (nobody looked)",
        "of the scheduled time",
        "The history is in tiny.db",
        "export PRESENCE_STORE=sqlite:tiny.db",
        "`presence serve`: it prints a link that signs you in",
    ] {
        assert!(first.stdout.contains(part), "{part}: {}", first.stdout);
    }
    let commands = first
        .stdout
        .lines()
        .filter(|line| line.starts_with("  presence "));
    assert_eq!(commands.count(), 5);
    // The five commands work as they are printed.
    for line in first
        .stdout
        .lines()
        .filter(|line| line.starts_with("  presence "))
    {
        let arguments = shell_words(line.trim().trim_start_matches("presence "));
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        arguments.extend(["--store", "sqlite:tiny.db"]);
        let ran = place.run(&arguments);
        assert_eq!(ran.code, Some(0), "{line}: {}", ran.stderr);
    }
    let again = demo(&place, "tiny.db");
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(again.stdout, first.stdout, "the same seed is the same week");
}

#[test]
fn it_replaces_nothing_but_a_demonstration() {
    let place = Place::with_history();
    let before = fs::read(place.path().join("presence.db")).expect("the history is there");
    let refused = demo(&place, "presence.db");
    assert_eq!(refused.code, Some(1));
    assert_eq!(
        refused.stderr,
        "presence: presence.db is there and is no demonstration's store: move it, or say `--keep` with another name\n"
    );
    let after = fs::read(place.path().join("presence.db")).expect("the history is there");
    assert_eq!(before, after);

    fs::write(place.path().join("notes.txt"), "keep me").expect("a file can be written");
    assert_eq!(demo(&place, "notes.txt").code, Some(1));
    let kept = fs::read_to_string(place.path().join("notes.txt")).expect("the file is there");
    assert_eq!(kept, "keep me");
}

/// The words of a command line whose only quotes are double ones.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
