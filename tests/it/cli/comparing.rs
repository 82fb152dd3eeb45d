//! Figures compared with those of an earlier period, in every format, and how shares are written.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::{ACCOUNT, Place, sweep};
use crate::support::parquet;

const MINUTE_MS: i64 = 60_000;

/// Two departments. Each letter is what a person shows in a minute; `-`: the sweep lacks them.
fn history(people: &[(i64, &str, &str)]) -> Place {
    let place = Place::empty();
    let mut lines = String::new();
    let length = people
        .iter()
        .map(|(_, _, drawn_sweeps)| drawn_sweeps.len())
        .max();
    for minute in 0..length.unwrap_or(0) {
        let seen = people.iter().filter_map(|(id, _, drawn_sweeps)| {
            let status = match drawn_sweeps.as_bytes().get(minute)? {
                b'A' => "Available",
                b'B' => "Busy",
                b'O' => "Offline",
                _ => return None,
            };
            Some((*id, json!({"presenceStatus": status})))
        });
        let seen: Vec<(i64, Value)> = seen.collect();
        let mut line = sweep(ACCOUNT, u32::try_from(minute).expect("small"), &seen);
        if minute == 0 {
            let listed = people.iter().map(|(id, department, _)| {
                json!({
                    "id": id, "extensionNumber": (id - 900).to_string(), "name": format!("Desk {id}"),
                    "type": "User", "status": "Enabled", "contact": {"department": department},
                })
            });
            line["directory"] = listed.collect();
        }
        let _ = writeln!(lines, "{line}");
    }
    place.write("sweeps.ndjson", &lines);
    let ran = place.run(&["import", "sweeps.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    place
}

/// Minutes 10 to 18, compared with 1 to 9.
const QUESTION: [&str; 9] = [
    "report",
    "--from",
    "2026-11-02T08:10",
    "--to",
    "2026-11-02T08:18",
    "--compare-to",
    "2026-11-02T08:01..2026-11-02T08:09",
    "--zone",
    "UTC",
];

fn asked(place: &Place, more: &[&str]) -> String {
    let ran = place.ask(&[&QUESTION[..], more].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout
}

/// The cells of CSV rows, by header.
fn records(csv: &str) -> Vec<Vec<(String, String)>> {
    let mut lines = csv.lines().map(|line| line.split(',').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    let records = lines.map(|line| header.iter().cloned().zip(line).collect());
    records.collect()
}

fn cell<'a>(record: &'a [(String, String)], name: &str) -> &'a str {
    let mut cells = record.iter();
    let found = cells.find_map(|(known, value)| (known == name).then_some(value.as_str()));
    found.unwrap_or_else(|| panic!("no column {name} in {record:?}"))
}

fn about<'a>(
    records: &'a [Vec<(String, String)>],
    key: (&str, &str),
    value: &str,
) -> &'a [(String, String)] {
    let mut records = records.iter();
    let found =
        records.find(|record| cell(record, key.0) == key.1 && cell(record, "value") == value);
    found.unwrap_or_else(|| panic!("no row of {value} of {key:?}"))
}

#[test]
fn a_value_that_is_gone_is_listed_in_every_format() {
    let place = history(&[(1001, "Sales", "AAAAAAAAAABBBBBBBBBB")]);
    let csv = records(&asked(&place, &["--format", "csv"]));
    assert_eq!(csv.len(), 2, "{csv:?}");
    let gone = about(&csv, ("extension_number", "101"), "Available");
    let figures = ["ms", "min_ms", "max_ms", "earlier_ms", "difference_ms"];
    // It lasted eight minutes; the minute before ten may belong to it, but is outside the window.
    assert_eq!(
        figures.map(|name| cell(gone, name)),
        ["0", "0", "0", "480000", "-480000"]
    );
    assert_eq!(cell(gone, "earlier_from"), "2026-11-02T08:01:00.000Z");
    assert_eq!(cell(gone, "earlier_to"), "2026-11-02T08:09:00.000Z");
    assert_eq!(cell(gone, "difference_share"), "-1");

    let table = asked(&place, &["--format", "table"]);
    let header = table.lines().next().expect("a header");
    assert!(
        header.contains("Available") && header.contains("Busy"),
        "{table}"
    );
    assert!(table.contains("was 8m  100 %"), "{table}");
    assert!(table.contains("-100.0 points"), "{table}");
    let period = "[2026-11-02T08:01:00.000Z, 2026-11-02T08:09:00.000Z)";
    assert!(
        table.contains(&format!("compared with {period}")),
        "{table}"
    );

    let page = asked(&place, &["--format", "html"]);
    for told in ["Available", "was 8m  100 %", "compared with ["] {
        assert!(page.contains(told), "{told} is not in\n{page}");
    }

    let file = place.path().join("report.parquet");
    asked(&place, &["--output", file.to_str().expect("a path")]);
    let written = parquet::Table::read(std::fs::File::open(file).expect("it is there"));
    let column = |name: &str| {
        let mut columns = written.columns.iter();
        let found = columns.position(|column| column == name);
        found.unwrap_or_else(|| panic!("no column {name}"))
    };
    let (value, difference) = (column("value"), column("difference_ms"));
    let mut rows = written.rows.iter();
    let gone = rows.find(|row| row[value].as_deref() == Some("Available"));
    let gone = gone.expect("there is such a row");
    assert_eq!(gone[difference].as_deref(), Some("-480000"));
}

#[test]
fn a_group_that_is_gone_has_a_row_for_each_value() {
    // After the ninth minute nobody is left in Support.
    let place = history(&[
        (1001, "Sales", "AAAAAAAAAAAAAAAAAAAA"),
        (1002, "Support", "OOOOOBBBB-----------"),
    ]);
    let asked_by = |by: &str, format: &str| asked(&place, &["--by", by, "--format", format]);
    for (by, key) in [
        ("department", ("department", "Support")),
        ("extension", ("extension_number", "102")),
    ] {
        let csv = records(&asked_by(by, "csv"));
        // From 01 to 05, and from 05 to the confirming sweep.
        let offline = about(&csv, key, "Offline");
        assert_eq!(cell(offline, "scheduled_ms"), "0");
        assert_eq!(cell(offline, "earlier_ms"), (4 * MINUTE_MS).to_string());
        assert_eq!(cell(offline, "difference_ms"), (-4 * MINUTE_MS).to_string());
        assert_eq!(cell(about(&csv, key, "Busy"), "ms"), "0");
        let table = asked_by(by, "table");
        let row = table.lines().find(|line| line.contains(key.1));
        let row = row.expect("there is such a row");
        assert!(row.contains("–  was 4m  50 %"), "{table}");
    }
}

#[test]
fn what_is_gone_from_a_withheld_group_stays_withheld() {
    let place = history(&[
        (1001, "Sales", "AAAAAAAAAAAAAAAAAAAA"),
        (1002, "Sales", "AAAAAAAAAAAAAAAAAAAA"),
        (1003, "Sales", "AAAAAAAAAAAAAAAAAAAA"),
        (1004, "Support", "OOOOOOOOO-----------"),
        (1005, "Support", "AAAAAAAAA-----------"),
        (1006, "Legal", "OOOOOOOOOABABABABABA"),
    ]);
    for format in ["csv", "table", "json", "ndjson", "html"] {
        let text = asked(
            &place,
            &["--by", "department", "--min-group", "3", "--format", format],
        );
        // Only the small departments showed Offline.
        for told in ["Offline", "Busy"] {
            assert!(!text.contains(told), "{told} is in\n{text}");
        }
        assert!(text.contains("suppressed"), "{text}");
    }
}

/// A sweep every half hour for seven days, and a minute of Busy on the second.
fn nearly_always_available() -> Place {
    let place = Place::empty();
    let mut lines = String::new();
    let at = |day: u32, minute: u32| {
        format!(
            "2026-11-{:02}T{:02}:{:02}:00Z",
            2 + day,
            minute / 60,
            minute % 60
        )
    };
    let mut one_sweep = |day, minute, status: &str| {
        let record =
            json!({"extension": {"id": 1001, "extensionNumber": "101"}, "presenceStatus": status});
        let line = json!({
            "account_id": ACCOUNT, "observed_at": at(day, minute), "valid_for_ms": 30 * MINUTE_MS, "records": [record],
        });
        let _ = writeln!(lines, "{line}");
    };
    for (day, half) in (0..8).flat_map(|day| (0..48).map(move |half| (day, half))) {
        one_sweep(day, half * 30, "Available");
        if (day, half) == (1, 20) {
            one_sweep(day, half * 30 + 1, "Available");
            one_sweep(day, half * 30 + 2, "Busy");
            one_sweep(day, half * 30 + 3, "Available");
        }
    }
    place.write("sweeps.ndjson", &lines);
    let ran = place.run(&["import", "sweeps.ndjson", "--now", "2026-11-20T00:00:00Z"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    place
}

#[test]
fn nothing_is_rounded_to_certainty() {
    let place = nearly_always_available();
    let asked = |more: &[&str]| {
        let week = [
            "--from",
            "2026-11-02",
            "--to",
            "2026-11-09",
            "--zone",
            "UTC",
            "--now",
            "2026-11-20T00:00:00Z",
        ];
        let ran = place.run(&[more, &week[..]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    let figures = [
        "report",
        "--value",
        "Available",
        "--metrics",
        "adherence,conformance,evidence",
    ];
    // One minute of 10,080, and another one that is ambiguous.
    let table = asked(&[&figures[..], &["--format", "table"]].concat());
    assert!(table.contains(">99 %"), "{table}");
    assert!(table.contains(">99.9 % (99.9–100.0)"), "{table}");
    assert!(!table.contains("100.0 %"), "{table}");
    let report: Value =
        serde_json::from_str(&asked(&[&figures[..], &["--format", "json"]].concat()))
            .expect("JSON");
    let adherence = &report["rows"][0]["adherence"];
    assert_eq!(adherence["ratio"], json!(0.999_901));
    assert_eq!(adherence["min"], json!(0.999_802));
    assert_eq!(adherence["max"], json!(1.0));

    let heatmap = ["heatmap", "--value", "Available"];
    let grid = asked(&[&heatmap[..], &["--format", "table"]].concat());
    // Tuesday from ten to eleven: one minute of sixty is 1.7 %, and 98.3 % is not certain either.
    assert!(grid.contains("98 %"), "{grid}");
    let picture = asked(&[&heatmap[..], &["--format", "svg"]].concat());
    assert!(
        picture.contains("Tu 10:00: 98.3 % of the known time"),
        "{picture}"
    );
    assert!(
        picture.contains("Mo 10:00: 100.0 % of the known time"),
        "{picture}"
    );
}
