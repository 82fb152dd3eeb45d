//! The description of the API (`OpenAPI` 3.1), made from what it describes: the questions and the command line's own
//! definition. What answers look like is in [`super::schemas`].

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use clap::{Arg, ArgAction, Command, CommandFactory};
use serde_json::{Map, Value, json};

use super::format::{Written, formats};
use super::question::{COMMON, QUESTIONS, Question};
use super::schemas;
use crate::cli::args::{Cli, FormatWord};
use crate::render::json as text;
use crate::serve::state::AppState;

/// `GET /api/v1/openapi.json`.
pub(super) async fn openapi(State(state): State<AppState>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, text::pretty(&document(&state.path("/api/v1")))).into_response()
}

/// The document of an API below a path.
pub fn document(path: &str) -> Value {
    let mut paths = Map::new();
    for question in QUESTIONS {
        let own = format!("/{}", question.name);
        paths.insert(own, json!({ "get": operation(question) }));
    }
    paths.insert("/changes/stream".to_owned(), json!({ "get": stream() }));
    paths.insert("/import".to_owned(), json!({ "post": import() }));
    paths.insert("/me".to_owned(), json!({ "get": me() }));
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
            "schemas": schemas::all(),
            "responses": {
                "Problem": {
                    "description": "Why there is no answer",
                    "content": { "application/problem+json": { "schema": schemas::reference("Problem") } },
                },
                "Known": { "description": "The answer is the one whose tag was sent" },
            },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": crate::serve::access::SESSION_COOKIE },
            },
        },
    })
}

fn operation(question: &Question) -> Value {
    let command = command(question);
    let mut parameters: Vec<Value> = Vec::new();
    let names = question.flags.iter().chain(&COMMON);
    let flags = names.filter_map(|name| {
        let mut arguments = command.get_arguments();
        let own = arguments.find(|argument| argument.get_long() == Some(name));
        own.map(|argument| parameter(name, argument, question))
    });
    parameters.extend(flags);
    for (index, word) in question.words.iter().enumerate() {
        let found = command.get_positionals().nth(index);
        parameters.extend(found.map(|argument| parameter(word, argument, question)));
    }
    parameters.push(json!({
        "name": "format",
        "in": "query",
        "description": "How to write the answer",
        "schema": { "type": "string", "enum": formats(question).map(Written::name).collect::<Vec<_>>() },
    }));
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
            "content": contents(question),
        }),
    );
    answers.insert(
        "304".to_owned(),
        json!({ "$ref": "#/components/responses/Known" }),
    );
    json!({
        "operationId": question.name,
        "summary": question.summary,
        "parameters": parameters,
        "responses": answers,
    })
}

/// What an answer looks like in each of its formats.
fn contents(question: &Question) -> Map<String, Value> {
    let contents = formats(question).map(|written| {
        let content = match written.word {
            FormatWord::Json => json!({ "schema": schemas::of(question.name) }),
            // Bytes have no schema.
            FormatWord::Parquet => json!({}),
            _ => json!({ "schema": { "type": "string" } }),
        };
        (written.media_type().to_owned(), content)
    });
    contents.collect()
}

/// The command line's definition of a question, with what holds for all.
fn command(question: &Question) -> Command {
    let mut command = Cli::command();
    command.build();
    for word in question.command {
        let inner = command.find_subcommand(word).cloned();
        command = inner.unwrap_or(command);
    }
    command
}

/// What parameters look like that are of no few words.
const EXAMPLES: [(&str, &str); 8] = [
    ("from", "-1d"),
    ("to", "now"),
    ("time", "-2h"),
    ("person", "101"),
    ("value", "Available"),
    ("by", "department,day"),
    ("hours", "Mo-Fr 09:00-17:00"),
    ("zone", "Europe/Berlin"),
];

fn parameter(name: &str, argument: &Arg, question: &Question) -> Value {
    let help = argument
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let is_word = argument.is_positional();
    let is_repeated = matches!(argument.get_action(), ArgAction::Append)
        && argument.get_value_delimiter().is_none();
    let mut schema = schema(name, argument, question);
    if is_repeated {
        schema = json!({ "type": "array", "items": schema });
    }
    let mut described = json!({
        "name": name,
        "in": "query",
        "description": help,
        "schema": schema,
    });
    if let Some((_, example)) = EXAMPLES.iter().find(|(known, _)| *known == name) {
        described["example"] = if is_repeated {
            json!([example])
        } else {
            json!(example)
        };
    }
    if argument.is_required_set() {
        described["required"] = Value::Bool(true);
        if is_repeated {
            described["schema"]["minItems"] = json!(1);
        }
    }
    if !is_word && argument.get_action().takes_values() && argument.get_value_delimiter().is_some()
    {
        described["description"] = json!(format!("{help} (comma-separated)"));
    }
    described
}

fn schema(name: &str, argument: &Arg, question: &Question) -> Value {
    if name == "limit"
        && let Some(pages) = question.pages
    {
        return json!({ "type": "integer", "minimum": 1, "maximum": pages.most, "default": pages.usual });
    }
    if !argument.get_action().takes_values() {
        return json!({ "type": "boolean", "default": false });
    }
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    if !values.is_empty() && argument.get_value_delimiter().is_none() {
        return json!({ "type": "string", "enum": values });
    }
    let mut defaults = argument.get_default_values().iter();
    match defaults.next().and_then(|value| value.to_str()) {
        Some(usual) => json!({ "type": "string", "default": usual }),
        None => json!({ "type": "string" }),
    }
}

fn responses(statuses: &[&str]) -> Map<String, Value> {
    let statuses = statuses.iter();
    let problems = statuses.map(|&status| {
        let problem = json!({ "$ref": "#/components/responses/Problem" });
        (status.to_owned(), problem)
    });
    problems.collect()
}

fn stream() -> Value {
    let changes = QUESTIONS
        .iter()
        .find(|question| question.name == super::question::CHANGES);
    let mut operation = changes.map(operation).unwrap_or_default();
    let own = [
        "from",
        "to",
        "limit",
        "as-of",
        "as-known-at",
        "format",
        "after",
    ];
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.retain(|parameter| {
            parameter["name"]
                .as_str()
                .is_none_or(|name| !own.contains(&name))
        });
        parameters.push(json!({
            "name": "after",
            "in": "query",
            "description": "Begin after the event of this position; usually with what is stored from now on",
            "schema": { "type": "integer", "minimum": 0 },
        }));
        parameters.push(json!({
            "name": "Last-Event-ID",
            "in": "header",
            "description": "The last event that was received, sent by whoever connects again",
            "schema": { "type": "string" },
        }));
    }
    let mut answers = responses(&["400", "401", "403", "404", "422", "429", "500", "503"]);
    answers.insert(
        "200".to_owned(),
        json!({
            "description": "An event `change` for each change as it is stored; its id is the position",
            "content": { "text/event-stream": { "schema": { "type": "string" } } },
        }),
    );
    operation["operationId"] = json!("changes-stream");
    operation["summary"] = json!("Changes as they are stored (server-sent events)");
    operation["responses"] = Value::Object(answers);
    operation
}

fn import() -> Value {
    let mut answers = responses(&[
        "400", "401", "403", "408", "413", "422", "429", "500", "503",
    ]);
    answers.insert(
        "200".to_owned(),
        json!({
            "description": "What came of the lines",
            "content": { "application/json": { "schema": schemas::reference("Imported") } },
        }),
    );
    json!({
        "operationId": "import",
        "summary": "Record sweeps; takes the scope ingest",
        "requestBody": {
            "required": true,
            "description": "One JSON object a line, as `presence import --help` explains",
            "content": { "application/x-ndjson": { "schema": { "type": "string" } } },
        },
        "responses": answers,
    })
}

fn me() -> Value {
    let mut answers = responses(&["401", "429", "500", "503"]);
    answers.insert(
        "200".to_owned(),
        json!({
            "description": "Who asks, and what they may",
            "content": { "application/json": { "schema": schemas::reference("Me") } },
        }),
    );
    json!({ "operationId": "me", "summary": "Who asks", "responses": answers })
}
