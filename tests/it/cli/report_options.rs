//! The options of a report, as a user sees them.

use serde_json::{Value, json};

use super::support::Place;

const WINDOW: [&str; 4] = ["--from", "2026-11-02T08:00", "--to", "2026-11-02T08:20"];
const KEY: &str = "a key of many bytes";
const MINUTE_MS: i64 = 60_000;

fn report(place: &Place, arguments: &[&str]) -> Value {
    let question = [&["report", "--format", "json"], &WINDOW[..], arguments].concat();
    let ran = place.ask(&question);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn row<'a>(report: &'a Value, number: &str) -> &'a Value {
    let mut rows = report["rows"].as_array().expect("rows").iter();
    let found = rows.find(|row| row["extension_number"] == number);
    found.expect("there is such a row")
}

#[test]
fn evidence_is_the_known_part_of_the_time_in_which_someone_was_there() {
    let place = Place::with_history();
    let report = report(&place, &[]);
    let front_desk = row(&report, "101");
    // Known from 00 to 09 and from 15 to 20.
    assert_eq!(front_desk["known_ms"], 14 * MINUTE_MS);
    assert_eq!(front_desk["evidence"], json!(0.7));
    // Absent until 05, so 9 of 15 minutes.
    assert_eq!(row(&report, "103")["evidence"], json!(0.6));
}

#[test]
fn rows_with_little_evidence_are_withheld() {
    let place = Place::with_history();
    let report = report(&place, &["--min-evidence", "0.65"]);
    assert_eq!(row(&report, "101").get("suppressed"), None);
    let withheld = row(&report, "103");
    assert_eq!(withheld["suppressed"], "evidence");
    assert_eq!(withheld["evidence"], json!(0.6));
    assert_eq!(withheld.get("values"), None);
    let question = [
        &["report", "--min-evidence", "0.65"],
        &WINDOW[..],
        &["--format", "table"],
    ];
    let table = place.ask(&question.concat()).stdout;
    assert!(table.contains("suppressed: evidence 60 %"), "{table}");
    assert!(table.contains("1 of 3 rows"), "{table}");
}

#[test]
fn rows_of_few_people_are_withheld_with_the_rows_that_would_reveal_them() {
    let place = Place::with_history();
    let by_site = ["--by", "site"];
    let shown = |floor: &str| -> Vec<Value> {
        let report = report(&place, &[&by_site[..], &["--min-group", floor]].concat());
        report["rows"].as_array().expect("rows").clone()
    };
    // One person is in the North, two are in the South.
    assert!(shown("1").iter().all(|row| row["values"].is_object()));
    let withheld = shown("2");
    assert_eq!(withheld.len(), 2);
    for row in withheld {
        assert_eq!(row["suppressed"], "group");
        assert_eq!(row.get("scheduled_ms"), None);
    }
    place.write("presence.toml", "[report]\nmin_group = \"4\"\n");
    let all = report(&place, &["--by", "account"]);
    assert_eq!(all["rows"][0]["suppressed"], "group");
    assert_eq!(all["min_group"], 4);
}

#[test]
fn episodes_adherence_and_conformance_are_reported_for_a_value() {
    let place = Place::with_history();
    let asked = [
        "--metrics",
        "episodes,adherence,conformance,polling",
        "--value",
        "Available",
    ];
    let hours = ["--hours", "Mo-Fr 08:02-08:08", "--zone", "UTC"];
    let report = report(&place, &[&asked[..], &hours[..]].concat());
    let front_desk = row(&report, "101");
    // Available from 02 to 03 and from 06 to 08 of the six minutes; both are cut by the hours.
    let episodes = &front_desk["episodes"];
    assert_eq!(episodes["Available"]["count"], 0);
    assert_eq!(episodes["Available"]["cut"], 2);
    assert_eq!(
        episodes["Available"]["longest_continuous_ms"],
        2 * MINUTE_MS
    );
    assert_eq!(episodes["Busy"]["mean_ms"], 3 * MINUTE_MS);
    assert_eq!(front_desk["adherence"]["ratio"], json!(0.5));
    assert_eq!(front_desk["adherence"]["min"], json!(0.333_333));
    // Within or outside the hours: 00 to 03, 06 to 09, 15 to 17, of six minutes.
    assert_eq!(front_desk["conformance"]["ratio"], json!(1.333_333));
    assert_eq!(front_desk["polling"]["interval_ms"], MINUTE_MS);
    assert_eq!(front_desk["polling"]["values"]["Busy"]["changes"], 2);
}

#[test]
fn a_figure_of_one_value_needs_the_value() {
    let place = Place::with_history();
    let refused = |arguments: &[&str]| {
        let ran = place.ask(&[&["report"], &WINDOW[..], arguments].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        ran.stderr
    };
    assert!(refused(&["--metrics", "adherence"]).contains("needs --value"));
    assert!(refused(&["--metrics", "episodes", "--format", "table"]).contains("needs --value"));
    assert!(refused(&["--compare-to", "previous", "--by", "day"]).contains("leave day out"));
    assert!(refused(&["--compare-to", "yesterday"]).contains("FROM..TO"));
    assert!(refused(&["--pseudonymous"]).contains("needs a key"));
    let unknown = ["report", "--metrics", "adherence", "--value", "Abroad"];
    let ran = place.ask(&[&unknown[..], &WINDOW[..]].concat());
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
}

#[test]
fn a_report_is_compared_with_an_earlier_period() {
    let place = Place::with_history();
    let earlier = [
        "--from",
        "2026-11-02T08:10",
        "--to",
        "2026-11-02T08:20",
        "--compare-to",
        "previous",
    ];
    let ran = place.ask(&[&["report", "--format", "json"], &earlier[..]].concat());
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["compare_to"]["from"], "2026-11-02T08:00:00.000Z");
    let front_desk = row(&report, "101");
    // Available for 2 minutes, and for 6 minutes in the earlier period; each change moves the bounds by a minute.
    let difference = &front_desk["difference"]["Available"];
    assert_eq!(
        front_desk["earlier"]["values"]["Available"]["ms"],
        6 * MINUTE_MS
    );
    assert_eq!(difference["ms"], -4 * MINUTE_MS);
    assert!(difference["min_ms"].as_i64() < difference["ms"].as_i64());
    assert_eq!(difference["share"], json!(-0.266_667));
    assert_eq!(front_desk["earlier"].get("extension_number"), None);
    let table = place.ask(&[&["report", "--format", "table"], &earlier[..]].concat());
    assert!(table.stdout.contains("was 6m"), "{}", table.stdout);
    assert!(table.stdout.contains("-26.7 points"), "{}", table.stdout);
}

#[test]
fn pseudonyms_replace_people_in_every_format() {
    let place = Place::with_history();
    let run = |format: &str, key: &str| {
        let arguments = [
            &[
                "report",
                "--pseudonymous",
                "--by",
                "extension,day",
                "--format",
                format,
                "--now",
                "2026-11-02T08:21:30Z",
            ],
            &WINDOW[..],
        ];
        let mut command = place.command(&arguments.concat());
        let output = command
            .env("PRESENCE_PSEUDONYM_KEY", key)
            .output()
            .expect("it runs");
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    for format in ["table", "json", "ndjson", "csv"] {
        let text = run(format, KEY);
        for told in ["1001", "1002", "Front Desk", "Workshop", "\"101\"", ",101,"] {
            assert!(!text.contains(told), "{told} is in\n{text}");
        }
    }
    let pseudonyms = |text: &str| -> Vec<String> {
        let report: Value = serde_json::from_str(text).expect("JSON");
        let rows = report["rows"].as_array().expect("rows").iter();
        rows.map(|row| row["pseudonym"].as_str().expect("text").to_owned())
            .collect()
    };
    let under_key = pseudonyms(&run("json", KEY));
    assert!(under_key.is_sorted());
    assert_eq!(under_key, pseudonyms(&run("json", KEY)));
    assert_ne!(
        under_key,
        pseudonyms(&run("json", "another key of many bytes"))
    );
    let short = place
        .command(&[&["report", "--pseudonymous"], &WINDOW[..]].concat())
        .env("PRESENCE_PSEUDONYM_KEY", "short")
        .output()
        .expect("it runs");
    assert_eq!(short.status.code(), Some(1));
}

#[test]
fn csv_has_the_figures_that_were_chosen() {
    let place = Place::with_history();
    let asked = [
        "--metrics",
        "evidence,episodes",
        "--min-evidence",
        "0.65",
        "--compare-to",
        "previous",
    ];
    let ran = place.ask(&[&["report", "--format", "csv"], &WINDOW[..], &asked[..]].concat());
    let mut lines = ran.stdout.lines();
    let header = lines.next().expect("a header");
    assert!(
        header.ends_with("difference_ms,difference_share"),
        "{header}"
    );
    let width = header.split(',').count();
    // In this history no cell has a comma.
    for line in lines {
        assert_eq!(line.split(',').count(), width, "{line}");
    }
}
