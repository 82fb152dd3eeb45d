//! The views as files, read again with the library's reader and compared with the database's own answer.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use presence_charts::export;
use presence_store::View;
use sqlx::{Column as _, Connection, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::support::{ACCOUNT, Place};
use crate::support::parquet::Table;

fn read_parquet(path: &Path) -> Table {
    Table::read(File::open(path).expect("it was written"))
}

/// The same view as SQLite itself returns it, with moments as milliseconds in both columns.
async fn read_sqlite(store: &Path, view: View) -> Table {
    let mut database = SqliteConnection::connect(&format!("sqlite:{}", store.display()))
        .await
        .expect("the store can be opened");
    let statement = format!("select * from {}", view.name());
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .fetch_all(&mut database)
        .await
        .expect("the view can be read");
    let columns: Vec<String> = rows[0]
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let rows = rows.iter().map(|row| {
        let cells = (0..columns.len()).map(|index| {
            let raw = row.try_get_raw(index).expect("it is there");
            if raw.is_null() {
                return None;
            }
            let is_number = raw.type_info().name() == "INTEGER";
            Some(if is_number {
                row.get::<i64, _>(index).to_string()
            } else {
                row.get::<String, _>(index)
            })
        });
        let mut cells: Vec<Option<String>> = cells.collect();
        for index in 0..columns.len() {
            let pair = columns[index]
                .strip_suffix("_at")
                .map(|stem| format!("{stem}_ms"));
            let pair = pair.and_then(|pair| columns.iter().position(|column| *column == pair));
            if let Some(pair) = pair {
                let milliseconds = cells[pair].clone();
                cells[index] = milliseconds;
            }
        }
        cells
    });
    let rows = rows.collect();
    database.close().await.expect("it can be closed");
    Table {
        columns,
        rows,
        metadata: BTreeMap::new(),
    }
}

fn sorted(mut rows: Vec<Vec<Option<String>>>) -> Vec<Vec<Option<String>>> {
    rows.sort();
    rows
}

#[tokio::test]
async fn every_view_is_what_the_database_answers() {
    let place = Place::with_history();
    place.run(&["daily", "--now", "2026-11-04T00:00:00Z"]);
    let told = place.ask(&["export", "--dir", "lake"]).answer();
    assert_eq!(told.lines().count(), View::ALL.len(), "{told}");
    for view in View::ALL {
        let path = place.path().join(format!("lake/{}.parquet", view.name()));
        let exported = read_parquet(&path);
        // An imported history says nothing of queues.
        if matches!(view, View::QueueIntervals | View::QueueCoverage) {
            assert!(exported.rows.is_empty(), "{}", view.name());
            continue;
        }
        let kept = read_sqlite(&place.path().join("presence.db"), view).await;
        assert_eq!(exported.columns, kept.columns, "{}", view.name());
        assert!(!exported.rows.is_empty(), "{} has no rows", view.name());
        assert_eq!(sorted(exported.rows), sorted(kept.rows), "{}", view.name());
        let question = &exported.metadata["presence.question"];
        assert_eq!(
            *question,
            format!("presence export --account {ACCOUNT} --view {}", view.name())
        );
        for field in ["as_of", "zone_data", "program"] {
            assert!(
                exported.metadata.contains_key(&format!("presence.{field}")),
                "{field} is not in the metadata"
            );
        }
    }
}

#[test]
fn moments_are_timestamps_by_utc() {
    let place = Place::with_history();
    place
        .ask(&[
            "export",
            "--view",
            "presence_now",
            "--output",
            "now.parquet",
        ])
        .answer();
    let file = File::open(place.path().join("now.parquet")).expect("it was written");
    let reader = SerializedFileReader::new(file).expect("it is Parquet");
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    for column in schema.columns() {
        let is_moment = column.name().ends_with("_at");
        let expected = is_moment.then(|| LogicalType::timestamp(true, TimeUnit::MILLIS));
        if is_moment || column.name().ends_with("_ms") {
            assert_eq!(
                column.logical_type_ref(),
                expected.as_ref(),
                "{}",
                column.name()
            );
        }
    }
}

#[test]
fn a_window_takes_whole_rows() {
    let place = Place::with_history();
    let rows = |from: &str, to: &str, view: &str| {
        let asked = [
            "export", "--view", view, "--from", from, "--to", to, "--format", "ndjson",
        ];
        let text = place.ask(&asked).answer();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("it is JSON"));
        lines.collect::<Vec<serde_json::Value>>()
    };
    let intervals = rows("2026-11-02T08:04", "2026-11-02T08:05", "presence_intervals");
    let busy = intervals
        .iter()
        .find(|row| row["presence_status"] == "Busy")
        .expect("101 was busy");
    assert_eq!(
        (&busy["from_at"], &busy["until_at"]),
        (
            &"2026-11-02T08:03:00.000Z".into(),
            &"2026-11-02T08:06:00.000Z".into()
        )
    );
    let changes = rows("2026-11-02T08:03", "2026-11-02T08:04", "presence_changes");
    assert!(
        changes
            .iter()
            .all(|row| row["observed_at"] == "2026-11-02T08:03:00.000Z"),
        "{changes:?}"
    );
    assert!(!changes.is_empty());
    assert!(rows("2026-12-01", "2026-12-02", "presence_snapshots").is_empty());
}

#[test]
fn answers_are_tables_too() {
    let place = Place::with_history();
    let window = [
        "--from",
        "2026-11-02T08:00",
        "--to",
        "2026-11-02T08:20",
        "-q",
    ];
    let questions: [&[&str]; 5] = [
        &[
            "report",
            "--by",
            "extension,hour",
            "--metrics",
            "known,evidence,episodes,polling",
        ],
        &[
            "report",
            "--metrics",
            "adherence,conformance",
            "--value",
            "Available",
            "--compare-to",
            "previous",
            "--min-group",
            "1",
        ],
        &["timeline", "101", "1003"],
        &["staffing", "--value", "Available", "--by", "department"],
        &["changes"],
    ];
    for question in questions {
        let asked = [question, &window[..]].concat();
        place
            .ask(&[&asked[..], &["--output", "a.parquet"]].concat())
            .answer();
        let table = read_parquet(&place.path().join("a.parquet"));
        let csv = place
            .ask(&[&asked[..], &["--format", "csv"]].concat())
            .answer();
        let mut csv = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(
            csv.headers().expect("it has a header"),
            table.columns,
            "{question:?}"
        );
        let count = csv.records().count();
        assert_eq!(table.rows.len(), count, "{question:?}");
        assert!(
            table.metadata["presence.question"].starts_with(&format!("presence {}", question[0]))
        );
        let name = table.columns.iter().position(|column| column == "name");
        let hostile = name.filter(|name| {
            table
                .rows
                .iter()
                .any(|row| row[*name].as_deref() == Some("=HYPERLINK(\"x\")"))
        });
        assert!(
            name.is_none() || hostile.is_some(),
            "names are as they are: {question:?}"
        );
    }
}

#[test]
fn the_same_export_is_the_same_bytes() {
    let place = Place::with_history();
    let bytes = |name: &str| {
        place
            .ask(&["export", "--view", "presence_intervals", "--output", name])
            .answer();
        fs::read(place.path().join(name)).expect("it was written")
    };
    assert!(bytes("a.parquet") == bytes("b.parquet"), "they differ");
}

#[test]
fn text_formats_say_the_same() {
    let place = Place::with_history();
    for format in ["csv", "ndjson"] {
        let text = place
            .ask(&["export", "--view", "presence_now", "--format", format])
            .answer();
        insta::assert_snapshot!(format!("export_now_{format}"), text);
    }
    place
        .ask(&[
            "export",
            "--dir",
            "out",
            "--format",
            "csv",
            "--with-question",
            "--view",
            "presence_snapshots",
        ])
        .answer();
    assert!(
        place
            .path()
            .join("out/presence_snapshots.csv.meta.json")
            .is_file()
    );
}

#[test]
fn impossible_exports_are_refused() {
    let place = Place::with_history();
    let mut shown = String::new();
    for asked in [
        &["export"][..],
        &["export", "--view", "presence_now", "--format", "json"],
        &["export", "--view", "presence"],
        &["export", "--dir", "a", "--output", "b"],
        &["export", "--dir", "a", "--from", "+1d"],
        &["export", "--dir", "sweeps.ndjson"],
        &["now", "--format", "parquet"],
    ] {
        let ran = place.ask(asked);
        assert_ne!(ran.code, Some(0), "{asked:?}");
        shown.push_str(&ran.shown());
    }
    insta::assert_snapshot!("export_refused", shown);
}

#[test]
fn groups_of_rows_are_bounded() {
    use export::{Column, ColumnKind, TableFormat, TableWriter, Value};
    use presence_answers::shapes::as_of::AsOf;
    use presence_answers::shapes::provenance::{Provenance, When};
    use presence_model::ids::AccountId;

    let as_of = AsOf {
        position: 1,
        snapshot_no: 1,
        observed_until: None,
        now: None,
    };
    let provenance = Provenance::new(
        "a question".to_owned(),
        AccountId(1),
        When::Always {},
        as_of,
    );
    let columns = [
        ("number", ColumnKind::Integer),
        ("text", ColumnKind::Text),
        ("part", ColumnKind::Real),
        ("is", ColumnKind::Flag),
    ];
    let columns: Vec<Column> = columns
        .map(|(name, kind)| Column {
            name: name.to_owned(),
            kind,
        })
        .to_vec();
    let mut table = TableWriter::begin(
        Vec::new(),
        TableFormat::Parquet,
        columns,
        &provenance.metadata(),
    )
    .expect("it can be begun");
    let count = 120_000_i64;
    for number in 0..count {
        let text = if number % 3 == 0 {
            Value::Null
        } else {
            Value::Text((number % 7).to_string())
        };
        table
            .row(vec![
                Value::Integer(number),
                text,
                Value::Real(0.5),
                Value::Flag(number % 2 == 0),
            ])
            .expect("it can be written");
    }
    let wrong = vec![Value::Text("no number".to_owned())];
    assert!(table.row(wrong).is_err());
    let bytes = table.finish().expect("it can be ended");
    let bytes = bytes::Bytes::from(bytes);
    let reader = SerializedFileReader::new(bytes.clone()).expect("it is Parquet");
    assert!(reader.num_row_groups() > 2);
    let mut numbers = Table::read(bytes).rows.into_iter();
    assert!((0..count).all(|number| {
        let row = numbers.next().expect("there are as many");
        let text = (number % 3 != 0).then(|| (number % 7).to_string());
        row == [
            Some(number.to_string()),
            text,
            Some("0.5".to_owned()),
            Some((number % 2 == 0).to_string()),
        ]
    }));
}
