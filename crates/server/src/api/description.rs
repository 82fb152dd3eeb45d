//! What can be asked, as data: each operation of the API with its parameters, made from the questions and the command
//! line's own definition. The description for programs (`document`) and the pages on which the API is tried say the same,
//! since both are made from this.

use std::sync::LazyLock;

use clap::Arg;

use super::format::formats;
use presence_answers::parameters::{Field, Times};
use presence_answers::question::{CHANGES, field_name};
use presence_answers::{QUESTIONS, Question};

/// Something that can be asked of the API.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name, which is no other's.
    pub id: &'static str,
    /// Its path below the API's.
    pub path: &'static str,
    /// What it is about.
    pub kind: OperationKind,
    /// What it answers, in a sentence.
    pub summary: &'static str,
    /// What it can be told.
    pub parameters: Vec<Parameter>,
}

/// What an operation is about.
#[derive(Clone, Copy, Debug)]
pub enum OperationKind {
    /// A question of the command line.
    Question(&'static Question),
    /// The stream of changes.
    Stream,
    /// Recording sweeps; the only one that is sent something, and changes something.
    Import,
    /// Who asks.
    Me,
}

/// What an operation can be told.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it is a header; it is a part of the address else.
    pub is_header: bool,
    /// What it says.
    pub description: String,
    /// What its values look like.
    pub kind: ValueKind,
    /// What holds if it is not given.
    pub default: Option<String>,
    /// What a value may be, where that is not one of few words.
    pub example: Option<&'static str>,
    /// Whether it may be given several times.
    pub is_repeated: bool,
    /// Whether it must be given.
    pub is_required: bool,
}

/// What the values of a parameter look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number {
        /// The lowest.
        least: u64,
        /// The highest.
        most: Option<u64>,
    },
    /// One of some words.
    Word(Vec<String>),
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

/// The parameters of the list of changes that their stream does not have.
const NOT_STREAMED: [&str; 7] = [
    "from",
    "to",
    "limit",
    "as-of",
    "as-known-at",
    "format",
    "after",
];

/// Everything that can be asked, in the order in which it is told.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(described);
    &OPERATIONS
}

fn described() -> Vec<Operation> {
    let questions = QUESTIONS.iter().map(|question| Operation {
        id: question.name,
        path: question.name,
        kind: OperationKind::Question(question),
        summary: question.summary,
        parameters: parameters(question),
    });
    let mut operations: Vec<Operation> = questions.collect();
    let changes = operations.iter().find(|operation| operation.id == CHANGES);
    let streamed = changes.map_or_else(Vec::new, |changes| streamed(&changes.parameters));
    operations.push(Operation {
        id: "changes-stream",
        path: "changes/stream",
        kind: OperationKind::Stream,
        summary: "Changes as they are stored (server-sent events)",
        parameters: streamed,
    });
    operations.push(Operation {
        id: "import",
        path: "import",
        kind: OperationKind::Import,
        summary: "Record sweeps; takes the scope ingest",
        parameters: Vec::new(),
    });
    operations.push(Operation {
        id: "me",
        path: "me",
        kind: OperationKind::Me,
        summary: "Who asks",
        parameters: Vec::new(),
    });
    operations
}

fn parameters(question: &'static Question) -> Vec<Parameter> {
    let definition = question.definition();
    let fields = question.fields().into_iter();
    let described = fields.filter_map(|field| {
        let name = field.name.0;
        let mut arguments = definition.get_arguments();
        let argument = arguments.find(|argument| field_name(argument) == name);
        argument.map(|argument| parameter(field, argument, question))
    });
    let format = Parameter {
        name: "format",
        is_header: false,
        description: "How to write the answer".to_owned(),
        kind: ValueKind::Word(
            formats(question)
                .map(|written| written.name().to_owned())
                .collect(),
        ),
        // What is accepted says it, too.
        default: None,
        example: None,
        is_repeated: false,
        is_required: false,
    };
    described.chain([format]).collect()
}

fn parameter(field: Field, argument: &Arg, question: &Question) -> Parameter {
    let name = field.name.0;
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let help = help.map(ToString::to_string);
    let mut description = as_parameters(&help.unwrap_or_default());
    if field.times == Times::List {
        description.push_str(" (comma-separated)");
    }
    let example = EXAMPLES.iter().find(|(known, _)| *known == name);
    let (kind, default) = kind(field, argument, question);
    Parameter {
        name,
        is_header: false,
        description,
        kind,
        default,
        example: example.map(|(_, example)| *example),
        is_repeated: matches!(field.times, Times::Repeated | Times::Several),
        is_required: matches!(field.times, Times::Needed | Times::Several),
    }
}

/// What the values of an argument look like, and the usual one.
fn kind(field: Field, argument: &Arg, question: &Question) -> (ValueKind, Option<String>) {
    if field.name.0 == "limit"
        && let Some(pages) = question.pages
    {
        let kind = ValueKind::Number {
            least: 1,
            most: Some(pages.most),
        };
        return (kind, Some(pages.usual.to_string()));
    }
    if field.times == Times::Flag {
        return (ValueKind::Flag, Some("false".to_owned()));
    }
    let values = argument.get_possible_values();
    if !values.is_empty() && field.times != Times::List {
        let words = values.iter().map(|value| value.get_name().to_owned());
        return (ValueKind::Word(words.collect()), None);
    }
    let mut defaults = argument.get_default_values().iter();
    let usual = defaults.next().and_then(|value| value.to_str());
    (ValueKind::Text, usual.map(str::to_owned))
}

/// What the stream of changes can be told: the filters of the list.
fn streamed(of_list: &[Parameter]) -> Vec<Parameter> {
    let kept = of_list.iter();
    let kept = kept.filter(|parameter| !NOT_STREAMED.contains(&parameter.name));
    let mut parameters: Vec<Parameter> = kept.cloned().collect();
    let own = |name, description: &str, kind| Parameter {
        name,
        is_header: false,
        description: description.to_owned(),
        kind,
        default: None,
        example: None,
        is_repeated: false,
        is_required: false,
    };
    parameters.push(own(
        "after",
        "Begin after the event of this position; usually with what is stored from now on",
        ValueKind::Number {
            least: 0,
            most: None,
        },
    ));
    parameters.push(Parameter {
        is_header: true,
        ..own(
            "Last-Event-ID",
            "The last event that was received; clients send it when they connect again",
            ValueKind::Text,
        )
    });
    parameters
}

/// A sentence about flags as one about parameters: without the dashes in front.
fn as_parameters(sentence: &str) -> String {
    let mut told = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(at) = rest.find("--") {
        let after = &rest[at + 2..];
        let is_flag = after.starts_with(|letter: char| letter.is_ascii_lowercase())
            && !rest[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '-');
        told.push_str(&rest[..at]);
        if !is_flag {
            told.push_str("--");
        }
        rest = after;
    }
    told.push_str(rest);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_about_flags_is_one_about_parameters() {
        assert_eq!(
            as_parameters("a--b, 2026--11 and --as-of"),
            "a--b, 2026--11 and as-of"
        );
    }
}
