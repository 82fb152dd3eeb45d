//! The same history gives the same answers, byte for byte, whichever database keeps it.

use std::process::Command;

use presence_recording::recorder::FlushAt;
use presence_store::{Durability, Messages, OpenMode, open};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all};
use super::expected::{Expected, assert_same_histories};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

/// Questions about the Monday on which the sweeps begin.
const QUESTIONS: &[&[&str]] = &[
    &["at", "2026-11-02T08:20:00Z"],
    &["at", "2026-11-02T09:31:17Z"],
    &["now"],
    &[
        "changes",
        "--from",
        "2026-11-02T08:00:00Z",
        "--to",
        "2026-11-03",
    ],
    &[
        "changes",
        "--from",
        "2026-11-02T08:30:00Z",
        "--to",
        "2026-11-02T12:10:00Z",
        "101",
        "104",
    ],
    &[
        "timeline",
        "101",
        "103",
        "--from",
        "2026-11-02T08:10:00Z",
        "--to",
        "2026-11-02T10:00:00Z",
    ],
    &[
        "timeline",
        "102",
        "--facet",
        "message",
        "--from",
        "2026-11-02T08:00:00Z",
        "--to",
        "2026-11-02T12:00:00Z",
    ],
    &[
        "report",
        "--from",
        "2026-11-02",
        "--to",
        "2026-11-03",
        "--types",
        "all",
    ],
    &[
        "report",
        "--from",
        "2026-11-02T08:00:00Z",
        "--to",
        "2026-11-02T11:00:00Z",
        "--by",
        "department,hour",
        "--types",
        "all",
    ],
    &[
        "report",
        "--by",
        "extension",
        "--policy",
        "queue_calls",
        "--from",
        "2026-11-02T08:00:00Z",
        "--to",
        "2026-11-02T11:00:00Z",
        "--types",
        "all",
    ],
    &[
        "staffing",
        "--value",
        "Available",
        "--step",
        "10m",
        "--by",
        "department",
        "--from",
        "2026-11-02T08:00:00Z",
        "--to",
        "2026-11-02T11:00:00Z",
        "--types",
        "all",
    ],
    &[
        "heatmap",
        "--value",
        "Busy",
        "--from",
        "2026-11-02T08:00:00Z",
        "--to",
        "2026-11-02T11:00:00Z",
        "--types",
        "all",
    ],
    &["at", "2026-11-02T08:20:00Z", "--policy", "direct_calls"],
    &["coverage", "--from", "2026-11-02", "--to", "2026-11-03"],
];

#[tokio::test]
async fn both_databases_give_the_same_answers() {
    let mut longest = [0; QUESTIONS.len()];
    for seed in [71, 72, 73] {
        let sweeps = Office::wild(seed, ACCOUNT).sweeps(90);
        let (file, database) = (SqliteFile::new(), PostgresDatabase::new());
        for (place, flush_at) in [
            (&file as &dyn Database, FlushAt::MANY_SWEEPS),
            (&database, FlushAt::EVERY_SWEEP),
        ] {
            let store = place.open().await;
            record_all(&store, &sweeps, flush_at).await;
            store.close().await;
        }
        let locations = [file.location(), database.location().await];
        for (question, longest) in QUESTIONS.iter().zip(&mut longest) {
            let [kept_in_sqlite, kept_in_postgres] =
                locations.each_ref().map(|location| ask(location, question));
            assert_eq!(
                kept_in_sqlite, kept_in_postgres,
                "seed {seed}: {question:?}"
            );
            *longest = kept_in_sqlite.len().max(*longest);
        }
        check_histories(&locations, &Expected::of(&sweeps)).await;
    }
    assert!(
        longest.iter().all(|length| *length > 20),
        "every question has an answer: {longest:?}"
    );
}

fn ask(location: &str, question: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_presence"))
        .env_clear()
        .args(question)
        .args([
            "--store",
            location,
            "--format",
            "json",
            "--now",
            "2026-11-02T16:00:00Z",
        ])
        .output()
        .expect("the program can be run");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{question:?}: {stderr}");
    String::from_utf8(output.stdout).expect("the program writes UTF-8")
}

async fn check_histories(locations: &[String; 2], expected: &Expected) {
    let ids = expected.extension_ids();
    let mut read = Vec::new();
    for location in locations {
        let store = open(location, OpenMode::ReadOnly, Durability::Relaxed).await;
        let store = store.expect("it opens");
        let histories = store
            .reading()
            .await
            .histories(ACCOUNT, &ids, expected.whole())
            .await;
        let dictionary = store.reading().await.dictionary(Messages::Needed).await;
        read.push((histories.expect("it reads"), dictionary.expect("it reads")));
        store.close().await;
    }
    assert_same_histories((&read[0].0, &read[0].1), (&read[1].0, &read[1].1));
}
