//! The pages on which the API is tried: what can be asked, and a form for each of it, made from the description that
//! programs get, too.
//!
//! A form is sent to its own page, which then shows the request that it stands for, as a link and for `curl`. With script
//! (`try.js`) the request is sent at once, and the answer shown.

use askama::Template;
use axum::http::{HeaderMap, header};

use super::fields::Fields;
use super::forms::ChoiceOption;
use super::language::Reading;
use super::layout::{Layout, Link};
use super::page_request::shell_word;
use crate::access::{Identity, Peer};
use crate::api::description::{Operation, OperationKind, Parameter, ValueKind, operations};
use crate::error::Problem;
use crate::state::AppState;
use presence_core::query::suggestion::suggestion;
use presence_texts::{Texts, say};

/// What stands in front of the paths of operations.
const API: &str = "/api/v1";

#[derive(Template)]
#[template(path = "pages/api.html")]
struct ListPage {
    layout: Layout,
    document: String,
    operations: Vec<(Link, &'static str)>,
}

#[derive(Template)]
#[template(path = "pages/operation.html")]
struct OperationPage {
    layout: Layout,
    heading: String,
    summary: &'static str,
    all: String,
    form: Option<Form>,
    request: Link,
    command: String,
}

/// The form of an operation.
struct Form {
    /// Where it is sent to: the page itself.
    action: String,
    /// The address of the operation.
    path: String,
    /// What a command says in addition: who asks, and that it waits for events.
    options: String,
    controls: Vec<Control>,
    /// What is told in a header, which no form can.
    headers: Vec<(&'static str, String)>,
}

/// A parameter in a form.
#[derive(Default)]
struct Control {
    name: &'static str,
    /// What its values are, in a few words.
    kind: String,
    hint: String,
    is_required: bool,
    /// What is filled in; a line each where there may be several.
    value: String,
    example: String,
    /// The lowest and highest number.
    range: Option<(u64, Option<u64>)>,
    /// The words that it can be.
    options: Vec<ChoiceOption>,
    shape: Shape,
}

/// How a parameter is filled in.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Shape {
    /// In a line.
    #[default]
    Line,
    /// In several lines.
    Lines,
    /// One of some.
    Choice,
    /// Some of some.
    Choices,
}

/// The list of everything that can be asked.
pub(super) fn list(
    state: &AppState,
    identity: &Identity,
    fields: &Fields,
    reading: &Reading,
) -> Result<String, Problem> {
    let kept = fields.only(&["zone"]);
    let operations = operations().iter().map(|operation| {
        let page = kept.address(&state.path(&format!("/api/{}", operation.id)));
        (Link::new(heading(operation), page), operation.summary)
    });
    let page = ListPage {
        layout: Layout::of(
            state,
            Some(identity),
            reading,
            fields,
            "/api",
            &reading.texts.say("menu-api"),
        ),
        document: state.path(&format!("{API}/openapi.json")),
        operations: operations.collect(),
    };
    page.render().map_err(|error| Problem::internal(&error))
}

/// The form of an operation, filled in as the address of the page says; `server` is the server's own address.
pub(super) fn operation(
    state: &AppState,
    (identity, reading): (&Identity, &Reading),
    id: &str,
    fields: &Fields,
    server: &str,
) -> Result<String, Problem> {
    let operations = operations();
    let operation = operations.iter().find(|operation| operation.id == id);
    let operation = operation.ok_or_else(|| {
        let near = suggestion(id, operations.iter().map(|operation| operation.id));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Problem::not_found(format!("the API has no operation {id:?}{hint}"))
    })?;
    let heading = heading(operation);
    let path = state.path(&format!("{API}/{}", operation.path));
    let is_sent_from_here = !matches!(operation.kind, OperationKind::Import);
    let filled = filled(operation, fields);
    let address = filled.address(&path);
    let options = options(operation, state.is_open());
    let page = OperationPage {
        layout: Layout::of(state, Some(identity), reading, fields, "/api", &heading),
        summary: operation.summary,
        all: state.path("/api"),
        command: format!(
            "curl {options}{}",
            shell_word(&format!("{server}{address}"))
        ),
        request: Link::new(format!("{} {address}", method(operation)), address),
        form: is_sent_from_here.then(|| Form {
            action: state.path(&format!("/api/{}", operation.id)),
            path,
            options,
            controls: controls(reading.texts, operation, &filled),
            headers: operation
                .parameters
                .iter()
                .filter(|parameter| parameter.is_header)
                .map(|parameter| (parameter.name, parameter.description.clone()))
                .collect(),
        }),
        heading,
    };
    page.render().map_err(|error| Problem::internal(&error))
}

/// The address of the server, as the reader has written it.
pub(super) fn server(peer: Peer, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let scheme = if peer.is_encrypted { "https" } else { "http" };
    format!("{scheme}://{host}")
}

fn method(operation: &Operation) -> &'static str {
    match operation.kind {
        OperationKind::Import => "POST",
        _ => "GET",
    }
}

fn heading(operation: &Operation) -> String {
    format!("{} {API}/{}", method(operation), operation.path)
}

/// What a command says before the address.
fn options(operation: &Operation, is_open: bool) -> String {
    let needs_none = is_open && !matches!(operation.kind, OperationKind::Import);
    let who = if needs_none {
        ""
    } else {
        "-H \"Authorization: Bearer $TOKEN\" "
    };
    let how = match operation.kind {
        OperationKind::Import => "--data-binary @sweeps.ndjson ",
        OperationKind::Stream => "-N ",
        _ => "",
    };
    format!("{how}{who}")
}

/// What is asked for: what the address of the page says, or examples of what must be given if it says nothing.
fn filled(operation: &Operation, fields: &Fields) -> Fields {
    let names: Vec<&str> = operation
        .parameters
        .iter()
        .map(|parameter| parameter.name)
        .filter(|name| !["zone", "account"].contains(name))
        .collect();
    let has_window = has_window(operation);
    let is_untouched = fields.only(&names).without(&["account"]).is_empty();
    let mut filled = Fields::default();
    for parameter in &operation.parameters {
        if parameter.is_header {
            continue;
        }
        for value in fields.all(parameter.name) {
            // Several values are written in a line each.
            let lines = value.lines().map(str::trim).filter(|line| !line.is_empty());
            let values: Vec<&str> = if parameter.is_repeated {
                lines.collect()
            } else {
                vec![value]
            };
            for value in values {
                filled = filled.and(parameter.name, value);
            }
        }
        // The people are not known here, so a person is no example.
        let is_begun_with = comes_first(parameter.name, parameter.is_required, has_window);
        let needs_example = is_untouched && is_begun_with && parameter.name != "person";
        if let Some(example) = parameter.example.filter(|_| needs_example) {
            filled = filled.and(parameter.name, example);
        }
    }
    filled
}

/// Whether a parameter stands at the beginning of a form, filled in with an example: what must be given, and the window
/// of what is about one (an access log has a beginning alone).
fn comes_first(name: &str, is_required: bool, has_window: bool) -> bool {
    is_required || (has_window && ["from", "to"].contains(&name))
}

fn has_window(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter();
    parameters.any(|parameter| parameter.name == "to")
}

/// The form's parameters: those that must be given first.
fn controls(texts: Texts, operation: &Operation, filled: &Fields) -> Vec<Control> {
    let has_window = has_window(operation);
    let parameters = operation.parameters.iter();
    let controls = parameters
        .filter(|parameter| !parameter.is_header)
        .map(|parameter| control(texts, parameter, filled));
    let (mut first, others): (Vec<Control>, Vec<Control>) =
        controls.partition(|control| comes_first(control.name, control.is_required, has_window));
    first.extend(others);
    first
}

fn control(texts: Texts, parameter: &Parameter, filled: &Fields) -> Control {
    let values: Vec<&str> = filled.all(parameter.name).collect();
    let option = |value: &str, label: &str| ChoiceOption {
        value: value.to_owned(),
        label: label.to_owned(),
        is_chosen: values.contains(&value),
    };
    let (shape, kind) = match (&parameter.kind, parameter.is_repeated) {
        (ValueKind::Text, false) => (Shape::Line, "api-text"),
        (ValueKind::Text, true) => (Shape::Lines, "api-texts"),
        (ValueKind::Number { .. }, _) => (Shape::Line, "api-number"),
        (ValueKind::Flag, _) => (Shape::Choice, "api-flag"),
        (ValueKind::Word(_), false) => (Shape::Choice, "api-word"),
        (ValueKind::Word(_), true) => (Shape::Choices, "api-words"),
    };
    let range = match parameter.kind {
        ValueKind::Number { least, most } => Some((least, most)),
        _ => None,
    };
    let mut kind = match range {
        Some((least, Some(most))) => say!(
            texts,
            "api-number-from-to",
            least = least.to_string(),
            most = most.to_string()
        ),
        _ => texts.say(kind),
    };
    if parameter.is_required {
        kind = say!(texts, "api-required", kind = kind);
    }
    if let Some(usual) = &parameter.default {
        kind = say!(texts, "api-usually", kind = kind, value = usual);
    }
    let words = match &parameter.kind {
        ValueKind::Word(words) => words.clone(),
        ValueKind::Flag => vec!["true".to_owned(), "false".to_owned()],
        ValueKind::Text | ValueKind::Number { .. } => Vec::new(),
    };
    let not_given = (shape == Shape::Choice).then(|| option("", &texts.say("api-not-given")));
    let words = words.iter().map(|word| option(word, word));
    Control {
        name: parameter.name,
        kind,
        hint: parameter.description.clone(),
        is_required: parameter.is_required,
        value: values.join("\n"),
        example: parameter
            .example
            .or(parameter.default.as_deref())
            .unwrap_or_default()
            .to_owned(),
        range,
        options: not_given.into_iter().chain(words).collect(),
        shape,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> Operation {
        let found = operations().iter().find(|operation| operation.id == id);
        found.expect("it is there").clone()
    }

    #[test]
    fn what_is_not_filled_in_is_not_asked_for() {
        let fields = Fields::read(Some(
            "from=-2d&to=now&by=&person=101%0D%0A%0D%0A102&person=Front+Desk&nothing=1",
        ));
        assert_eq!(
            filled(&of("report"), &fields).address("/report"),
            "/report?person=101&person=102&person=Front+Desk&from=-2d&to=now"
        );
    }

    #[test]
    fn a_form_begins_with_what_must_be_given() {
        let staffing = of("staffing");
        let filled = filled(&staffing, &Fields::read(Some("zone=UTC")));
        assert_eq!(
            filled.address(""),
            "?value=Available&from=-1d&to=now&zone=UTC"
        );
        let controls = controls(Texts::english(), &staffing, &filled);
        let names: Vec<&str> = controls.iter().map(|control| control.name).collect();
        assert_eq!(names[..3], ["value", "from", "to"]);
    }
}
