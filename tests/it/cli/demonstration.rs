//! The demonstration: what it shows, and which files it replaces.

use std::fs;

use serde_json::Value;

use super::support::{Place, Ran};

/// A Friday afternoon in Berlin, a morning in New York.
const END: &str = "2026-11-06T15:30:00Z";
/// Half a minute later.
const NOW: &str = "2026-11-06T15:30:30Z";

fn demo(place: &Place, file: &str, more: &[&str]) -> Ran {
    let some = ["demo", "--extensions", "12", "--days", "1", "--keep", file];
    place.run(&[&some[..], more].concat())
}

/// The commands that a demonstration suggests, as words.
fn proposed(answer: &str) -> Vec<Vec<String>> {
    let lines = answer.lines();
    let lines = lines.filter_map(|line| line.strip_prefix("  presence "));
    lines.map(shell_words).collect()
}

#[test]
fn it_shows_a_report_a_day_and_their_accuracy() {
    let place = Place::empty();
    let first = demo(&place, "tiny.db", &["--end", END, "--now", NOW]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    for part in [
        "Front desk",
        "One day of the person with the most changes",
        "unknown (no data)",
        "of the scheduled time",
        "The history is in tiny.db",
        "export PRESENCE_STORE=sqlite:tiny.db",
    ] {
        assert!(first.stdout.contains(part), "{part}: {}", first.stdout);
    }
    let mut commands = proposed(&first.stdout);
    assert_eq!(
        commands.pop(),
        Some(vec!["demo".to_owned(), "--live".to_owned()])
    );
    assert_eq!(commands.len(), 6);
    // They work as printed, and each has an answer.
    for words in commands {
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.extend(["--store", "sqlite:tiny.db", "--now", NOW]);
        let ran = place.run(&arguments);
        assert_eq!(ran.code, Some(0), "{words:?}: {}", ran.stderr);
        assert!(ran.stdout.lines().count() > 3, "{words:?}: {}", ran.stdout);
    }
}

#[test]
fn the_same_seed_and_end_are_the_same_log_byte_for_byte() {
    let place = Place::empty();
    let log = |file: &str| {
        // A question long after the end is asked as of the end.
        let ran = demo(
            &place,
            file,
            &["--end", END, "--now", "2026-11-20T00:00:00Z"],
        );
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let commands = proposed(&ran.stdout);
        let asked: Vec<&str> = commands[0].iter().map(String::as_str).collect();
        assert_eq!(asked, ["now", "--now", "2026-11-06T15:30:00.000Z"]);
        let bytes = fs::read(place.path().join(file)).expect("the store is there");
        (ran.stdout.replace(file, "FILE"), bytes)
    };
    let (one, other) = (log("one.db"), log("other.db"));
    assert_eq!(one.0, other.0);
    assert!(one.1 == other.1, "the files differ");
    let another = demo(&place, "third.db", &["--end", END, "--seed", "2"]);
    assert_eq!(another.code, Some(0), "{}", another.stderr);
    let third = fs::read(place.path().join("third.db")).expect("the store is there");
    assert!(one.1 != third, "another seed is another history");
}

#[test]
fn it_ends_within_a_sweep_of_the_present_so_that_later_questions_have_answers() {
    let place = Place::empty();
    let ran = demo(&place, "tiny.db", &["--interval", "5m"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let now = place.run(&["now", "--store", "sqlite:tiny.db", "--format", "json"]);
    let answer: Value = serde_json::from_str(&now.answer()).expect("it is JSON");
    let everybody = answer.as_array().expect("it is a list");
    assert!(!everybody.is_empty());
    for one in everybody {
        assert_ne!(one["status"], "unknown", "{one}");
    }
    // A demonstration may be replaced by one that ends at another time.
    let again = demo(&place, "tiny.db", &["--interval", "5m", "--end", END]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
}

#[test]
fn a_live_demonstration_accepts_only_options_that_fit_it() {
    let place = Place::empty();
    for (line, told) in [
        (&["--live", "--end", END][..], "--end"),
        (&["--live", "--now", NOW], "omit --now"),
        (&["--listen", "127.0.0.1:0"], "--live"),
        (
            &["--live", "--listen", "0.0.0.0:8080"],
            "on this computer only",
        ),
        (&["--live", "--output", "a.txt"], "--output"),
    ] {
        let ran = demo(&place, "tiny.db", line);
        assert_eq!(ran.code, Some(2), "{line:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{line:?}: {}", ran.stderr);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it listens").to_string();
    let ran = demo(&place, "tiny.db", &["--live", "--listen", &address]);
    assert_eq!(ran.code, Some(1));
    // The address is checked first, before anything is collected.
    assert!(
        ran.stderr.contains("choose another address"),
        "{}",
        ran.stderr
    );
    assert!(!place.path().join("tiny.db").exists());
}

#[test]
fn it_replaces_nothing_but_a_demonstration() {
    let place = Place::with_history();
    let before = fs::read(place.path().join("presence.db")).expect("the history is there");
    let refused = demo(&place, "presence.db", &[]);
    assert_eq!(refused.code, Some(1));
    assert_eq!(
        refused.stderr,
        "presence: presence.db exists and is not a demonstration's store: move it, or choose another name with `--keep`\n"
    );
    let after = fs::read(place.path().join("presence.db")).expect("the history is there");
    assert_eq!(before, after);

    fs::write(place.path().join("notes.txt"), "keep me").expect("a file can be written");
    assert_eq!(demo(&place, "notes.txt", &[]).code, Some(1));
    let kept = fs::read_to_string(place.path().join("notes.txt")).expect("the file is there");
    assert_eq!(kept, "keep me");
}

/// The words of a command line that has double quotes only.
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
