//! Answers that are not text: tables for analysis and pictures, as the command line writes them.

use bytes::Bytes;
use presence_model::time::Timestamp;
use serde_json::Value;

use super::desk::Desk;
use crate::cli::support::{NOW, Place};
use crate::support::parquet::Table;

const PARQUET: &str = "application/vnd.apache.parquet";
const WINDOW: &str = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z";
const FLAGS: [&str; 4] = [
    "--from",
    "2026-11-02T08:00:00Z",
    "--to",
    "2026-11-02T08:21:00Z",
];

/// An answer in bytes, with its content type.
struct Got {
    content_type: String,
    link: Option<String>,
    bytes: Bytes,
}

async fn got(desk: &Desk, path: &str, accepted: Option<&str>) -> Got {
    let mut request = desk.client.get(desk.url(path));
    if let Some(accepted) = accepted {
        request = request.header("accept", accepted);
    }
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path}");
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().expect("it is text").to_owned())
    };
    Got {
        content_type: header("content-type").unwrap_or_default(),
        link: header("link"),
        bytes: response.bytes().await.expect("a body"),
    }
}

/// What the command line writes into a file with this ending.
fn written(place: &Place, location: &str, line: &[&str], ending: &str) -> Vec<u8> {
    let file = format!("answer.{ending}");
    let common = ["--store", location, "--now", NOW, "-q", "--output", &file];
    let line = [line, &FLAGS, &common].concat();
    tokio::task::block_in_place(|| place.run(&line)).answer();
    std::fs::read(place.path().join(file)).expect("it was written")
}

/// The cells of some columns, row by row.
fn cells(table: &Table, names: &[&str]) -> Vec<Vec<Option<String>>> {
    let places = names.iter().map(|name| {
        let found = table.columns.iter().position(|column| column == name);
        found.unwrap_or_else(|| panic!("there is no {name} among {:?}", table.columns))
    });
    let places: Vec<usize> = places.collect();
    let rows = table.rows.iter();
    rows.map(|row| places.iter().map(|place| row[*place].clone()).collect())
        .collect()
}

/// The same of objects, with moments as milliseconds.
fn fields(objects: &[Value], names: &[&str]) -> Vec<Vec<Option<String>>> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(match text.parse::<Timestamp>() {
            Ok(moment) => moment.as_ms().to_string(),
            Err(_) => text.clone(),
        }),
        other => Some(other.to_string()),
    };
    let rows = objects.iter();
    rows.map(|object| names.iter().map(|name| text(&object[*name])).collect())
        .collect()
}

/// Each object of a list, with a field of the outer object.
fn unfolded(outer: &Value, list: &str, kept: &str) -> Vec<Value> {
    let inner = outer[list].as_array().expect("a list").iter();
    inner
        .map(|object| {
            let mut object = object.clone();
            object[kept] = outer[kept].clone();
            object
        })
        .collect()
}

/// The rows of a JSON answer as those of its table.
fn rows_of(question: &str, answer: &Value) -> Vec<Value> {
    let list = |name: &str| answer[name].as_array().expect("a list").clone();
    match question {
        "timeline" => list("extensions")
            .iter()
            .flat_map(|one| unfolded(one, "intervals", "extension_id"))
            .collect(),
        "staffing" => list("points"),
        _ => list("rows")
            .iter()
            .flat_map(|row| {
                let values = row["values"].as_object().expect("values");
                values.iter().map(|(name, amount)| {
                    let mut told = row.clone();
                    told["value"] = name.as_str().into();
                    told["ms"] = amount["ms"].clone();
                    told["min_ms"] = amount["min_ms"].clone();
                    told["max_ms"] = amount["max_ms"].clone();
                    told
                })
            })
            .collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_has_the_rows_of_the_json() {
    let desk = Desk::open().await;
    let place = Place::empty();
    let questions: [(&str, &str, &[&str], &[&str]); 3] = [
        (
            "timeline",
            "&person=101&person=103",
            &["timeline", "101", "103"],
            &["extension_id", "from", "to", "status", "value", "presumed"],
        ),
        (
            "report",
            "&by=extension",
            &["report", "--by", "extension"],
            &[
                "extension_id",
                "name",
                "unknown_ms",
                "value",
                "ms",
                "min_ms",
                "max_ms",
            ],
        ),
        (
            "staffing",
            "&value=Available&step=5m",
            &["staffing", "--value", "Available", "--step", "5m"],
            &["from", "to", "min", "max", "guaranteed", "possible"],
        ),
    ];
    for (name, more, line, columns) in questions {
        let query = format!("{WINDOW}{more}");
        let by_ending = got(&desk, &format!("/api/v1/{name}.parquet?{query}"), None).await;
        let path = format!("/api/v1/{name}?{query}");
        let by_parameter = got(&desk, &format!("{path}&format=parquet"), None).await;
        let by_header = got(&desk, &path, Some(PARQUET)).await;
        for other in [&by_parameter, &by_header] {
            assert_eq!(other.content_type, PARQUET, "{name}");
            assert!(other.bytes == by_ending.bytes, "{name}: they differ");
        }
        let told = written(&place, &desk.location, line, "parquet");
        assert!(told == by_ending.bytes, "{name}: not the command line's");
        let table = Table::read(by_ending.bytes);
        let answer = desk.get(&path).await.json();
        let expected = fields(&rows_of(name, &answer), columns);
        assert!(!expected.is_empty(), "{name}");
        assert_eq!(cells(&table, columns), expected, "{name}");
        assert_eq!(table.metadata["presence.question"], answer["question"]);
    }
}

#[tokio::test]
async fn a_table_of_changes_comes_in_pages() {
    let desk = Desk::open().await;
    let columns = ["position", "extension_id", "kind", "observed_at"];
    let answer = desk.get(&format!("/api/v1/changes?{WINDOW}")).await.json();
    let mut expected = fields(answer.as_array().expect("a list"), &columns);
    let mut address = Some(format!("/api/v1/changes.parquet?{WINDOW}&limit=3"));
    let (mut found, mut pages) = (Vec::new(), 0);
    while let Some(path) = address {
        let page = got(&desk, &path, None).await;
        found.extend(cells(&Table::read(page.bytes), &columns));
        pages += 1;
        address = page.link.map(|link| {
            let (next, _) = link.split_once(">; rel=\"next\"").expect("there is one");
            format!("/api/v1/{}", next.trim_start_matches('<'))
        });
    }
    // A change has a row for each facet that it changes.
    found.dedup();
    expected.dedup();
    assert_eq!(found, expected);
    assert!(pages > 2, "{pages} pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_the_command_lines() {
    let desk = Desk::open().await;
    let place = Place::empty();
    let questions: [(&str, &str, &[&str]); 3] = [
        (
            "timeline",
            "&person=101&hours=Mo-Fr+08:00-08:10",
            &["timeline", "101", "--hours", "Mo-Fr 08:00-08:10"],
        ),
        (
            "staffing",
            "&value=Available",
            &["staffing", "--value", "Available"],
        ),
        (
            "heatmap",
            "&value=Available",
            &["heatmap", "--value", "Available"],
        ),
    ];
    for (name, more, line) in questions {
        let path = format!("/api/v1/{name}?{WINDOW}{more}");
        let picture = got(&desk, &path, Some("image/svg+xml")).await;
        assert_eq!(picture.content_type, "image/svg+xml", "{name}");
        let told = written(&place, &desk.location, line, "svg");
        assert!(picture.bytes == told, "{name}: not the command line's");
        let answer = desk
            .get(&format!("/api/v1/{name}.svg?{WINDOW}{more}"))
            .await;
        assert!(picture.bytes == answer.body, "{name}");
        // Its style sheet is inside, and nothing else is allowed.
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; style-src 'unsafe-inline'"
        );
    }
}

#[tokio::test]
async fn unavailable_formats_are_refused() {
    let desk = Desk::open().await;
    let refused = desk.get("/api/v1/now.parquet").await;
    assert_eq!(refused.problem(), (404, "not_found".to_owned(), None));
    assert!(
        refused.body.contains("json, ndjson or csv"),
        "{}",
        refused.body
    );
    let refused = desk.get("/api/v1/now?format=svg").await.problem();
    let expected = (400, "wrong_parameter".to_owned(), Some("format".to_owned()));
    assert_eq!(refused, expected);
    let request = desk.client.get(desk.url("/api/v1/now"));
    let refused = desk.sent(request.header("accept", PARQUET)).await;
    assert_eq!(refused.problem(), (406, "not_acceptable".to_owned(), None));
    let path = format!("/api/v1/report.parquet?{WINDOW}&compare-as-of=3");
    let refused = desk.get(&path).await.problem();
    let parameter = Some("compare-as-of".to_owned());
    assert_eq!(refused, (400, "wrong_parameter".to_owned(), parameter));
}
