//! Tables on pages of 60, 80 and 120 columns.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::support::{NOW, Place, Ran};

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:21"];

fn ask(place: &Place, question: &[&str], width: Option<&str>) -> String {
    let mut command = place.command(&[question, &["--now", NOW]].concat());
    if let Some(width) = width {
        command.env("COLUMNS", width);
    }
    let ran = Ran::from_command(&mut command);
    assert_eq!(ran.code, Some(0), "{question:?}: {}", ran.shown());
    ran.stdout
}

/// Each question, as it is asked.
fn questions() -> Vec<(&'static str, Vec<&'static str>)> {
    let of_window = |words: &[&'static str]| [words, &WINDOW[..]].concat();
    vec![
        ("now", vec!["now"]),
        ("at", vec!["at", "2026-11-02T08:05"]),
        ("changes", of_window(&["changes"])),
        ("timeline", of_window(&["timeline", "101", "102"])),
        ("episodes", of_window(&["episodes", "--value", "Available"])),
        ("heatmap", of_window(&["heatmap", "--value", "Available"])),
        ("report", of_window(&["report"])),
        (
            "staffing",
            of_window(&[
                "staffing",
                "--value",
                "Available",
                "--step",
                "5m",
                "--required",
                "Mo-Fr 08:00-09:00=3",
                "--zone",
                "UTC",
            ]),
        ),
        ("coverage", of_window(&["coverage"])),
        ("people", vec!["people"]),
    ]
}

/// The question below an answer, which can be typed again, and the line with the version and the end of the log are
/// never wrapped.
fn is_provenance(line: &str) -> bool {
    line.starts_with("presence 0.") || line.starts_with("as of ")
}

#[test]
fn tables_fit_the_page() {
    let place = Place::with_history();
    for width in ["60", "80", "120"] {
        let mut all = String::new();
        for (name, question) in questions() {
            let text = ask(&place, &question, Some(width));
            let room: usize = width.parse().expect("a number");
            let lines = text.lines().filter(|line| !is_provenance(line));
            for line in lines {
                assert!(line.width() <= room, "{name} at {width}: {line:?}\n{text}");
            }
            let _ = write!(all, "--- {name}\n{text}");
        }
        insta::with_settings!({filters => vec![
            (
                r"presence \d+\.\d+\.\d+\S*, answer [0-9a-f]{12}:",
                "presence [version]:",
            ),
            (r"\b20\d\d[a-z]\b", "[zone data]"),
        ]}, {
            insta::assert_snapshot!(format!("tables_fit_the_page_{width}"), all);
        });
    }
}

#[test]
fn no_heading_is_broken_inside_a_word() {
    let place = Place::with_history();
    for (name, question) in questions() {
        let words = |text: &str| {
            let heading = text.lines().take_while(|line| !line.is_empty());
            let words = heading.flat_map(|line| line.split_whitespace().map(str::to_owned));
            words.collect::<std::collections::BTreeSet<String>>()
        };
        let known = words(&ask(&place, &question, None));
        for width in ["40", "50", "60", "70", "80", "100"] {
            let narrow = ask(&place, &question, Some(width));
            for heading in [
                "Number",
                "Status",
                "Details",
                "Changes",
                "Available",
                "Unknown",
                "Between",
                "Average",
                "Required",
                "Length",
            ] {
                let is_cut = |line: &str| {
                    line.split_whitespace().any(|word| {
                        word.len() > 2
                            && word != heading
                            && heading.starts_with(word)
                            && !known.contains(word)
                    })
                };
                let cut = narrow.lines().find(|line| is_cut(line));
                assert_eq!(
                    cut, None,
                    "{name} at {width}: {heading} is broken\n{narrow}"
                );
            }
        }
    }
}

#[test]
fn a_pipe_is_not_cut_and_no_width_is_lost() {
    let place = Place::with_history();
    for (name, question) in questions() {
        let piped = ask(&place, &question, None);
        assert!(!piped.contains("left out"), "{name}: {piped}");
        for odd in ["", "0", "wide", "-80", "99999999999999999999"] {
            assert_eq!(
                ask(&place, &question, Some(odd)),
                piped,
                "{name} with {odd:?}"
            );
        }
    }
    // Formats for programs have no width.
    for format in ["json", "ndjson", "csv"] {
        let question = ["now", "--format", format];
        assert_eq!(
            ask(&place, &question, Some("40")),
            ask(&place, &question, None)
        );
    }
}

#[test]
fn what_is_left_out_is_named() {
    let place = Place::with_history();
    let now = ask(&place, &["now"], Some("60"));
    let note = now.lines().find(|line| line.starts_with("left out"));
    let note = note.unwrap_or_else(|| panic!("{now}"));
    assert!(note.contains("Seen"), "{note}");
    for heading in ["Number", "Name", "Status", "For", "Details"] {
        assert!(now.contains(heading), "{heading}: {now}");
    }
}
