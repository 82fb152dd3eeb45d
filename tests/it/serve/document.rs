//! The description of the API: it says what is, and every answer is as it says.

use serde_json::Value;

use super::desk::Desk;

const WINDOW: &str = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:30:00Z";

/// Whether a value is of a type.
fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

/// Checks a value against a schema, as far as the document uses the language of schemas.
#[track_caller]
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#'));
        let found = found.unwrap_or_else(|| panic!("{reference} is not there"));
        return check(document, found, value, place);
    }
    if let Some(kinds) = schema["anyOf"].as_array() {
        // Which one it is, what must be there says.
        let is_whole = |kind: &&Value| {
            let reference = kind["$ref"].as_str().unwrap_or_default();
            let found = document.pointer(reference.trim_start_matches('#'));
            let required = found.and_then(|found| found["required"].as_array());
            let mut required = required.into_iter().flatten().filter_map(Value::as_str);
            required.all(|name| value.get(name).is_some())
        };
        let found = kinds.iter().find(is_whole);
        let found = found.unwrap_or_else(|| panic!("{place} is none of {kinds:?}: {value}"));
        return check(document, found, value, place);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => panic!("{place} is not described"),
    };
    assert!(
        kinds.iter().any(|kind| is_of(value, kind)),
        "{place} is {value}, not {kinds:?}"
    );
    if let Some(words) = schema["enum"].as_array() {
        assert!(
            words.contains(value),
            "{place} is {value}, not one of {words:?}"
        );
    }
    if let Some(items) = value.as_array() {
        for (index, item) in items.iter().enumerate() {
            check(
                document,
                &schema["items"],
                item,
                &format!("{place}[{index}]"),
            );
        }
    }
    if let (Some(fields), Some(described)) = (value.as_object(), schema["properties"].as_object()) {
        for required in schema["required"].as_array().into_iter().flatten() {
            let required = required.as_str().expect("a name");
            assert!(
                fields.contains_key(required),
                "{place} lacks {required}: {value}"
            );
        }
        for (name, inner) in fields {
            if let Some(schema) = described.get(name) {
                check(document, schema, inner, &format!("{place}.{name}"));
            }
        }
    }
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let desk = Desk::open().await;
    // So that there is something in the access log.
    assert_eq!(desk.get("/api/v1/now").await.status, 200);
    let document = desk.get("/api/v1/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("paths");
    for (path, methods) in paths {
        let Some(operation) = methods.get("get").filter(|_| path != "/changes/stream") else {
            continue;
        };
        let query = match path.as_str() {
            "/at" => "time=2026-11-02T08:12:00Z".to_owned(),
            "/timeline" => format!("{WINDOW}&person=101&person=102&person=103"),
            "/staffing" | "/heatmap" | "/episodes" => format!("{WINDOW}&value=Available"),
            "/meet" => format!("{WINDOW}&person=101&person=103"),
            "/explain" => "person=101&time=2026-11-02T08:12:00Z".to_owned(),
            "/changes" | "/report" | "/coverage" => WINDOW.to_owned(),
            _ => String::new(),
        };
        let schema = operation.pointer("/responses/200/content/application~1json/schema");
        for more in ["", "&policy=direct_calls", "&compare-as-of=8:8"] {
            let is_asked = match more {
                "" => true,
                "&policy=direct_calls" => ["/now", "/timeline", "/report"].contains(&path.as_str()),
                _ => path == "/report",
            };
            if !is_asked {
                continue;
            }
            let answer = desk.get(&format!("/api/v1{path}?{query}{more}")).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let told = answer.json();
            check(&document, schema.expect("it is described"), &told, path);
            // A list of nothing proves nothing.
            assert_ne!(told.as_array().map(Vec::len), Some(0), "{path}");
        }
        let problem = desk
            .get(&format!("/api/v1{path}?no-such-parameter=1"))
            .await;
        if path != "/me" {
            assert_eq!(problem.status, 400, "{path}");
            let schema = document
                .pointer("/components/schemas/Problem")
                .expect("it is there");
            check(&document, schema, &problem.json(), path);
        }
    }
    let content = |path: &str| {
        let content = document.pointer(&format!("/paths/~1{path}/get/responses/200/content"));
        let content = content.and_then(Value::as_object).expect("it is described");
        content.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        content("staffing"),
        "application/json application/vnd.apache.parquet application/x-ndjson image/svg+xml text/csv"
    );
    assert_eq!(
        content("now"),
        "application/json application/x-ndjson text/csv"
    );
    for path in ["/changes/stream", "/import", "/me", "/now", "/report"] {
        assert!(paths.contains_key(path), "{path} is not described");
    }
}
