//! The description of the API: it is complete, and every answer matches it.

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

/// Checks a value against a schema, as far as the document uses JSON Schema.
#[track_caller]
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Err(told) = checked(document, schema, value, place) {
        panic!("{told}");
    }
}

/// The keywords of JSON Schema that the document uses.
const KEYWORDS: [&str; 20] = [
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "type",
    "enum",
    "const",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "description",
    "deprecated",
    "title",
    "unevaluatedProperties",
    "default",
];

fn checked(document: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let described = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Object(described) => described,
        other => return Err(format!("{place} is not described: {other}")),
    };
    for keyword in described.keys() {
        assert!(
            KEYWORDS.contains(&keyword.as_str()),
            "{keyword} is not checked"
        );
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#'));
        let found = found.ok_or_else(|| format!("{reference} is not there"))?;
        checked(document, found, value, place)?;
    }
    for every in schema["allOf"].as_array().into_iter().flatten() {
        checked(document, every, value, place)?;
    }
    for choice in ["anyOf", "oneOf"] {
        let Some(kinds) = schema[choice].as_array() else {
            continue;
        };
        let told = kinds
            .iter()
            .map(|kind| checked(document, kind, value, place));
        let told: Vec<String> = told.filter_map(Result::err).collect();
        if told.len() == kinds.len() {
            return Err(format!("{place} is none of {choice}: {}", told.join("; ")));
        }
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(value, kind)) {
        return Err(format!("{place} is {value}, not {kinds:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{place} is {value}, not one of {words:?}"));
    }
    if described.get("const").is_some_and(|word| word != value) {
        return Err(format!("{place} is {value}, not {}", schema["const"]));
    }
    if let Some(least) = schema["minimum"].as_f64()
        && value.as_f64().is_some_and(|number| number < least)
    {
        return Err(format!("{place} is {value}, and {least} at least"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        checked(
            document,
            &schema["items"],
            item,
            &format!("{place}[{index}]"),
        )?;
    }
    check_fields(document, schema, value, place)
}

fn check_fields(
    document: &Value,
    schema: &Value,
    value: &Value,
    place: &str,
) -> Result<(), String> {
    let Some(fields) = value.as_object() else {
        return Ok(());
    };
    for required in schema["required"].as_array().into_iter().flatten() {
        let required = required.as_str().expect("a name");
        if !fields.contains_key(required) {
            return Err(format!("{place} lacks {required}: {value}"));
        }
    }
    for (name, inner) in fields {
        let described = schema["properties"].get(name);
        let described = described.or_else(|| schema.get("additionalProperties"));
        if let Some(described) = described {
            checked(document, described, inner, &format!("{place}.{name}"))?;
        }
    }
    Ok(())
}

/// Checks that every field of an answer that is one object is described.
#[track_caller]
fn check_is_listed(document: &Value, schema: &Value, answer: &Value, path: &str) {
    let Some(reference) = schema["$ref"].as_str() else {
        return;
    };
    let schema = document.pointer(reference.trim_start_matches('#'));
    let schema = schema.expect("it is there");
    let kinds = schema["anyOf"].as_array().into_iter().flatten();
    let places: Vec<&Value> = kinds.chain([schema]).collect();
    for name in answer
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys())
    {
        let is_listed = |place: &&Value| place["properties"].get(name).is_some();
        assert!(places.iter().any(is_listed), "{path} does not list {name}");
    }
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let desk = Desk::open().await;
    // This leaves an entry in the access log.
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
            let schema = schema.expect("it is described");
            check(&document, schema, &told, path);
            check_is_listed(&document, schema, &told, path);
            // An empty list would prove nothing.
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
