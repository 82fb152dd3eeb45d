//! More distinct values than 16 bits can count: each stays distinct, in every question, on both databases.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

use super::database::{PostgresDatabase, SqliteFile};

/// One more than 16 bits can count, as many people as messages: with the absence of a message, there are two more
/// classes than that.
const COUNT: usize = 65_537;

/// Two sweeps, a minute apart, of people each of whom has their own message.
fn sweeps() -> String {
    let mut text = String::new();
    for minute in 0..2 {
        let _ = write!(
            text,
            r#"{{"account_id":"1","observed_at":"2026-11-02T08:0{minute}:00Z","records":["#
        );
        for person in 1..=COUNT {
            let comma = if person == 1 { "" } else { "," };
            let _ = write!(
                text,
                r#"{comma}{{"extension":{{"id":{person},"extensionNumber":"{person}"}},"presenceStatus":"Available","message":"text {person}"}}"#
            );
        }
        text.push_str("]}\n");
    }
    text
}

/// The program's answer to a question about the minute between the sweeps.
fn ask(location: &str, question: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presence"));
    command
        .env_clear()
        .args(question)
        .args([
            "--store", location, "--facet", "message", "--format", "json",
        ])
        .args([
            "--from",
            "2026-11-02T08:00:00Z",
            "--to",
            "2026-11-02T08:01:00Z",
        ])
        .args(["--now", "2026-11-02T09:00:00Z"]);
    let output = command.output().expect("the program can be run");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{question:?}: {stderr}");
    serde_json::from_slice(&output.stdout).expect("the program writes JSON")
}

/// The sum of a number over the entries of a list.
fn sum(entries: &Value, name: &str) -> i64 {
    let entries = entries.as_array().expect("it is a list").iter();
    entries.filter_map(|entry| entry[name].as_i64()).sum()
}

fn import(location: &str, file: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presence"));
    let output = command
        .env_clear()
        .args(["import", file, "--store", location, "--quiet"])
        .output()
        .expect("the program can be run");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

#[tokio::test]
async fn more_distinct_messages_than_16_bits_can_count_stay_distinct() {
    let (file, database) = (SqliteFile::new(), PostgresDatabase::new());
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("sweeps.ndjson");
    std::fs::write(&path, sweeps()).expect("the folder can be written to");
    let path = path.to_str().expect("the path is text");
    for location in [file.location(), database.location().await] {
        import(&location, path);
        let report = ask(&location, &["report", "--types", "all"]);
        let rows = report["rows"].as_array().expect("there are rows");
        assert_eq!(rows.len(), COUNT);
        for row in rows {
            let number = row["extension_number"].as_str().expect("they have one");
            let values = row["values"].as_object().expect("there are values");
            let amount = &values[&format!("text {number}")];
            let told = ["ms", "min_ms", "max_ms"].map(|name| amount[name].as_i64());
            assert_eq!((values.len(), told), (1, [Some(60_000); 3]), "{number}");
        }
        for number in ["65535", "65536", "65537"] {
            let value = format!("text {number}");
            let staffing = ask(
                &location,
                &[
                    "staffing", "--value", &value, "--types", "all", "--step", "1m",
                ],
            );
            assert_eq!(sum(&staffing["points"], "max"), 1, "{number}");
            let heatmap = ask(&location, &["heatmap", "--value", &value, "--types", "all"]);
            assert_eq!(sum(&heatmap["cells"], "ms"), 60_000, "{number}");
            let timeline = ask(&location, &["timeline", number]);
            let interval = &timeline["extensions"][0]["intervals"][0];
            assert_eq!(interval["value"], *value);
        }
    }
}
