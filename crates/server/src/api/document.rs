//! The description of the API for programs (`OpenAPI` 3.1): what [`super::description`] says, and what answers look like,
//! which is in [`super::schemas`].

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::description::{Operation, OperationKind, Parameter, ValueKind, operations};
use super::format::formats;
use super::schemas::Schemas;
use crate::access::Identity;
use crate::state::AppState;
use presence_answers::Question;
use presence_answers::format::FormatWord;
use presence_charts::json as text;

/// `GET /api/v1/openapi.json`.
pub(super) async fn openapi(State(state): State<AppState>, _: Identity) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, text::pretty(&document(&state.path("/api/v1")))).into_response()
}

/// The document of an API below a path.
pub fn document(path: &str) -> Value {
    let mut schemas = Schemas::new();
    let paths = operations().iter().map(|operation| {
        let method = match operation.kind {
            OperationKind::Import => "post",
            _ => "get",
        };
        let mut methods = json!({ method: described(operation, &mut schemas) });
        if let OperationKind::Question(question) = operation.kind {
            methods["post"] = asked_by_body(operation, question, &mut schemas);
        }
        (format!("/{}", operation.path), methods)
    });
    let paths: Map<String, Value> = paths.collect();
    let problem = schemas.problem();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "presence",
            "summary": "What was true when, and how well it is known",
            "description": "Each question is one of the command line, with its flags as parameters. The format's name at \
                the end of a path (`report.csv`), the parameter `format` or the header `Accept` say how it is answered.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": path }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.all(),
            "responses": {
                "Problem": {
                    "description": "Why there is no answer",
                    "content": { "application/problem+json": { "schema": problem } },
                },
                "Known": { "description": "The answer is the one whose tag was sent" },
            },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": crate::access::SESSION_COOKIE },
            },
        },
    })
}

/// What is said of an operation.
fn described(operation: &Operation, schemas: &mut Schemas) -> Value {
    match operation.kind {
        OperationKind::Question(question) => asked(operation, question, schemas),
        OperationKind::Stream => stream(operation),
        OperationKind::Import => import(operation, schemas),
        OperationKind::Me => me(operation, schemas),
    }
}

fn asked(operation: &Operation, question: &Question, schemas: &mut Schemas) -> Value {
    let mut answers = responses(&[
        "400", "401", "403", "404", "406", "422", "429", "500", "503",
    ]);
    answers.insert(
        "200".to_owned(),
        json!({
            "description": question.summary,
            "headers": {
                "ETag": { "description": "Stands for these bytes", "schema": { "type": "string" } },
                "Link": { "description": "Where a list goes on", "schema": { "type": "string" } },
            },
            "content": contents(question, schemas),
        }),
    );
    answers.insert(
        "304".to_owned(),
        json!({ "$ref": "#/components/responses/Known" }),
    );
    json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": answers,
    })
}

/// The same with the parameters in a JSON object, for lists that no address has room for.
fn asked_by_body(operation: &Operation, question: &Question, schemas: &mut Schemas) -> Value {
    let mut by_body = asked(operation, question, schemas);
    let fields = operation.parameters.iter();
    let properties: Map<String, Value> = fields
        .map(|parameter| {
            let mut schema = values_schema(parameter);
            schema["description"] = json!(parameter.description);
            (parameter.name.to_owned(), schema)
        })
        .collect();
    let needed = operation.parameters.iter();
    let needed = needed.filter(|parameter| parameter.is_required);
    let needed: Vec<&str> = needed.map(|parameter| parameter.name).collect();
    by_body["operationId"] = json!(format!("{}-by-body", operation.id));
    by_body["requestBody"] = json!({
        "required": true,
        "description": "The parameters",
        "content": { "application/json": { "schema": {
            "type": "object",
            "properties": properties,
            "required": needed,
            "additionalProperties": false,
        } } },
    });
    for status in ["408", "413", "415"] {
        by_body["responses"][status] = json!({ "$ref": "#/components/responses/Problem" });
    }
    if let Some(object) = by_body.as_object_mut() {
        object.remove("parameters");
    }
    by_body
}

/// What an answer looks like in each of its formats.
fn contents(question: &Question, schemas: &mut Schemas) -> Map<String, Value> {
    let contents = formats(question).map(|written| {
        let content = match written.word {
            FormatWord::Json => json!({ "schema": schemas.of(question) }),
            // Bytes have no schema.
            FormatWord::Parquet => json!({}),
            _ => json!({ "schema": { "type": "string" } }),
        };
        (written.media_type().to_owned(), content)
    });
    contents.collect()
}

fn parameters(operation: &Operation) -> Vec<Value> {
    operation.parameters.iter().map(parameter).collect()
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = values_schema(parameter);
    let mut described = json!({
        "name": parameter.name,
        "in": if parameter.is_header { "header" } else { "query" },
        "description": parameter.description,
        "schema": schema,
    });
    if let Some(example) = parameter.example {
        described["example"] = if parameter.is_repeated {
            json!([example])
        } else {
            json!(example)
        };
    }
    if parameter.is_required {
        described["required"] = Value::Bool(true);
    }
    described
}

/// What all values of a parameter look like.
fn values_schema(parameter: &Parameter) -> Value {
    let one = schema(parameter);
    if !parameter.is_repeated {
        return one;
    }
    let mut several = json!({ "type": "array", "items": one });
    if parameter.is_required {
        several["minItems"] = json!(1);
    }
    several
}

fn schema(parameter: &Parameter) -> Value {
    let usual = parameter.default.as_deref();
    let (mut schema, usual) = match &parameter.kind {
        ValueKind::Text => (json!({ "type": "string" }), usual.map(Value::from)),
        ValueKind::Flag => (
            json!({ "type": "boolean" }),
            usual.map(|usual| Value::from(usual == "true")),
        ),
        ValueKind::Number { least, most } => {
            let mut schema = json!({ "type": "integer", "minimum": least });
            if let Some(most) = most {
                schema["maximum"] = json!(most);
            }
            let usual = usual.and_then(|usual| usual.parse::<u64>().ok());
            (schema, usual.map(Value::from))
        }
        ValueKind::Word(words) => (
            json!({ "type": "string", "enum": words }),
            usual.map(Value::from),
        ),
    };
    if let Some(usual) = usual {
        schema["default"] = usual;
    }
    schema
}

fn responses(statuses: &[&str]) -> Map<String, Value> {
    let statuses = statuses.iter();
    let problems = statuses.map(|&status| {
        let problem = json!({ "$ref": "#/components/responses/Problem" });
        (status.to_owned(), problem)
    });
    problems.collect()
}

fn stream(operation: &Operation) -> Value {
    let mut answers = responses(&["400", "401", "403", "404", "422", "429", "500", "503"]);
    answers.insert(
        "200".to_owned(),
        json!({
            "description": "An event `change` for each change as it is stored; its id is the position",
            "content": { "text/event-stream": { "schema": { "type": "string" } } },
        }),
    );
    json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": answers,
    })
}

fn import(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut answers = responses(&[
        "400", "401", "403", "408", "413", "422", "429", "500", "503",
    ]);
    answers.insert(
        "200".to_owned(),
        json!({
            "description": "What came of the lines",
            "content": { "application/json": { "schema": schemas.imported() } },
        }),
    );
    json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "requestBody": {
            "required": true,
            "description": "One JSON object a line, as `presence import --help` explains",
            "content": { "application/x-ndjson": { "schema": { "type": "string" } } },
        },
        "responses": answers,
    })
}

fn me(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut answers = responses(&["401", "429", "500", "503"]);
    answers.insert(
        "200".to_owned(),
        json!({
            "description": "Who asks, and what they may",
            "content": { "application/json": { "schema": schemas.me() } },
        }),
    );
    json!({ "operationId": operation.id, "summary": operation.summary, "responses": answers })
}
