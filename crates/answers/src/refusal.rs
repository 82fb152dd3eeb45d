//! Why a request has no answer: a value, which each front end puts into its own words and codes.

use std::io;

use crate::ask::AskError;
use presence_charts::export::ExportError;
use presence_config::{CalendarError, ConfigError, PolicyError};
use presence_store::StoreError;

use super::person::PersonError;

/// The name of a field of a request: `as-of`. The option `--as-of` and the parameter `as-of` are this field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldName(pub &'static str);

/// A sentence in which fields of a request are named, each as the front end names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence(Vec<Part>);

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text, as it is.
    Text(String),
    /// A field.
    Field(FieldName),
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<FieldName> for Part {
    fn from(field: FieldName) -> Self {
        Self::Field(field)
    }
}

impl Sentence {
    /// These parts, one after the other.
    pub fn of(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// Adds another sentence, or a part of one.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether it has no parts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, with each field named by `name`.
    pub fn text(&self, name: impl Fn(FieldName) -> String) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(field) => name(*field),
        });
        parts.collect()
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self(vec![text.into()])
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        Self(vec![text.into()])
    }
}

/// A sentence of texts and fields: `sentence!(FROM, " is not before ", TO)`.
macro_rules! sentence {
    ($($part:expr),+ $(,)?) => {
        $crate::refusal::Sentence::of(vec![
            $($crate::refusal::Part::from($part)),+
        ])
    };
}

pub(crate) use sentence;

/// Why a request has no answer.
#[derive(Debug)]
pub enum Refusal {
    /// The request cannot be: a field of it, or how fields stand together.
    Wrong {
        /// The field to change; `None` if it is no single one.
        field: Option<FieldName>,
        /// What is wrong, and what to do.
        sentence: Sentence,
    },
    /// A field is unknown to the question.
    NoSuchField {
        /// What was given.
        name: String,
        /// What is wrong, and what was probably meant.
        sentence: Sentence,
    },
    /// A word means no one person.
    Person(PersonError),
    /// The history cannot be asked so.
    Ask(AskError),
    /// The part of the history that an answer is compared with cannot be asked.
    Comparison(AskError),
    /// The store failed.
    Store(StoreError),
    /// The configuration is wrong.
    Config(ConfigError),
    /// A calendar is unknown or wrong.
    Calendar(CalendarError),
    /// A policy is unknown or wrong.
    Policy(PolicyError),
    /// It was tried, and there is no answer.
    NoAnswer(Sentence),
    /// The answer cannot be written; of a broken pipe: the reader has had enough of it.
    Output(io::Error),
    /// The answer cannot be written as Parquet.
    Export(ExportError),
}

impl Refusal {
    /// A field that cannot be so: `FIELD: reason`.
    pub fn of_field(field: FieldName, reason: impl std::fmt::Display) -> Self {
        Self::wrong(field, sentence!(field, format!(": {reason}")))
    }

    /// A field to change, with a sentence of its own.
    pub fn wrong(field: FieldName, sentence: impl Into<Sentence>) -> Self {
        Self::Wrong {
            field: Some(field),
            sentence: sentence.into(),
        }
    }

    /// There is no answer, as one sentence explains.
    pub fn no_answer(sentence: impl Into<Sentence>) -> Self {
        Self::NoAnswer(sentence.into())
    }

    /// The same of a part of the history that the answer is compared with.
    pub fn of_comparison(self) -> Self {
        match self {
            Self::Ask(error) => Self::Comparison(error),
            other => other,
        }
    }

    /// The sentence of what the asker can change; `None` where an error behind it says what happened.
    pub fn sentence(&self) -> Option<Sentence> {
        match self {
            Self::Wrong { sentence, .. }
            | Self::NoSuchField { sentence, .. }
            | Self::NoAnswer(sentence) => Some(sentence.clone()),
            Self::Ask(error) | Self::Comparison(error) => Some(of_ask(error)),
            _ => None,
        }
    }
}

fn of_ask(error: &AskError) -> Sentence {
    match error {
        AskError::UnknownName { .. } => sentence!(
            format!("{error} ("),
            super::common::ALLOW_UNKNOWN,
            " asks all the same)"
        ),
        error => error.to_string().into(),
    }
}

impl From<AskError> for Refusal {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Store(error) => Self::Store(error),
            error => Self::Ask(error),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<PersonError> for Refusal {
    fn from(error: PersonError) -> Self {
        Self::Person(error)
    }
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<CalendarError> for Refusal {
    fn from(error: CalendarError) -> Self {
        Self::Calendar(error)
    }
}

impl From<PolicyError> for Refusal {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<ExportError> for Refusal {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Output(error) => Self::Output(error),
            error @ ExportError::Parquet(_) => Self::Export(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_front_end_names_fields_in_its_own_way() {
        let refusal = Refusal::wrong(
            FieldName("from"),
            sentence!(FieldName("from"), " is not before ", FieldName("to")),
        );
        let sentence = refusal.sentence().expect("it says what to change");
        assert_eq!(
            sentence.text(|field| format!("--{}", field.0)),
            "--from is not before --to"
        );
        assert_eq!(
            sentence.text(|field| field.0.to_owned()),
            "from is not before to"
        );
    }
}
