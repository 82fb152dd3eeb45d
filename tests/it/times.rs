//! `docs/times.md`: everything that it lists can be typed, and means what it says.

use std::fs;
use std::path::Path;

use presence_core::query::hours::Hours;
use presence_core::query::length::parse_length_ms;
use presence_core::query::time_expression::parse_time_expression;
use presence_core::query::zone::Zone;
use presence_model::time::Timestamp;

/// The rows of the tables below a heading: the first cell, and the last.
fn rows(heading: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/times.md");
    let text = fs::read_to_string(path).expect("the document is there");
    let (_, after) = text
        .split_once(&format!("\n## {heading}\n"))
        .expect("the document has the heading");
    let section = after.split("\n#").next().unwrap_or(after);
    let cell = |text: &str| text.trim().trim_matches('`').to_owned();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        (cell(cells[0]), cell(cells[cells.len() - 1]))
    });
    rows.collect()
}

#[test]
fn every_moment_of_the_document_is_read_as_it_says() {
    let berlin = Zone::named("Europe/Berlin").expect("a zone");
    let noon: Timestamp = "2026-11-02T11:00:00Z".parse().expect("a moment");
    let rows = rows("Moments");
    assert!(rows.len() > 20, "{rows:?}");
    for (text, expected) in rows {
        let read = parse_time_expression(&text, &berlin, noon).map(|at| at.to_string());
        assert_eq!(read, Ok(expected), "{text}");
    }
}

#[test]
fn every_length_and_zone_of_the_document_is_read_as_it_says() {
    let lengths = rows("Lengths of time");
    assert!(lengths.len() > 5, "{lengths:?}");
    for (text, expected) in lengths {
        let read = parse_length_ms(&text).map(|ms| ms.to_string());
        assert_eq!(read, Ok(expected), "{text}");
    }
    let zones = rows("Zones");
    assert!(zones.len() > 3, "{zones:?}");
    for (text, expected) in zones {
        let read = Zone::written(&text).map(|zone| zone.name().to_owned());
        assert_eq!(read, Ok(expected), "{text}");
    }
}

#[test]
fn what_the_document_says_of_hours_holds() {
    for hours in ["week 50-02", "Nov-Feb", "Dec 20-Jan 10"] {
        assert!(Hours::parse(hours).is_ok(), "{hours}");
    }
    assert!(Hours::parse("Mo-Fr 08:00-12:00; 13:00-17:00").is_err());
}
