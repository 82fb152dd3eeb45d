//! How a command ends: the exit code, and the one line that says why it did not succeed.

use std::error::Error;
use std::io;

use clap::error::{ContextKind, ContextValue};

use presence_answers::Refusal;
use presence_answers::ask::AskError;
use presence_answers::expressions::Reason;
use presence_answers::refusal::{FieldName, Sentence};
use presence_answers::shared::TIME;
use presence_config::{CalendarError, ConfigError, PolicyError};
use presence_core::escape::one_line;
use presence_core::query::zone::ZoneError;
use presence_store::{StoreError, without_passwords};

/// Why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// The command line alone shows that it cannot be: exit code 2.
    Usage(String),
    /// It was tried and failed: exit code 1.
    Failed(anyhow::Error),
    /// Anyone who read our output has had enough of it: nothing to say, exit code 0.
    ReaderGone,
}

impl Failure {
    /// A failure that one sentence explains.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(anyhow::Error::msg(sentence.into()))
    }

    /// Whether it is only that nothing was recorded yet, so that there is no store to open.
    pub fn is_store_not_yet(&self) -> bool {
        match self {
            Self::Failed(error) => {
                matches!(error.downcast_ref(), Some(StoreError::NotYet(_)))
            }
            Self::Usage(_) | Self::ReaderGone => false,
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
            Self::ReaderGone => 0,
        }
    }

    /// The sentence, in one line without control characters and without passwords; `None` if there is nothing to say.
    pub fn sentence(&self) -> Option<String> {
        match self {
            Self::Usage(sentence) => Some(one_line(&without_passwords(sentence))),
            Self::Failed(error) => Some(one_line(&without_passwords(&told(error.as_ref())))),
            Self::ReaderGone => None,
        }
    }
}

/// The exit code of a program that was stopped from outside, as shells have it for Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Ends the program at once, without the file that was being written.
pub(super) fn interrupted(unfinished: &std::path::Path) {
    if let Err(error) = std::fs::remove_file(unfinished) {
        super::output::to_stderr(&format!(
            "presence: {} cannot be removed: {error}",
            unfinished.display()
        ));
    }
    #[expect(
        clippy::exit,
        reason = "the code that computes the answer does not wait for anything that could be cancelled"
    )]
    std::process::exit(INTERRUPTED)
}

/// An error and those behind it that say something new.
fn told(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut behind = error.source();
    while let Some(source) = behind {
        let text = source.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        behind = source.source();
    }
    told
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Failure {
    /// For errors of our own output: that of files is told with the file's name.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ReaderGone
        } else {
            Self::Failed(anyhow::Error::new(error).context("the answer cannot be written"))
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let sentence = refusal.sentence().map(|sentence| told_of(&sentence));
        match refusal {
            Refusal::Ask(AskError::NotYet { .. }) => Self::Usage(format!(
                "{}: {}",
                option(TIME),
                sentence.unwrap_or_default()
            )),
            Refusal::Wrong { .. } | Refusal::NoSuchField { .. } => {
                Self::Usage(sentence.unwrap_or_default())
            }
            Refusal::Ask(_) | Refusal::Comparison(_) | Refusal::NoAnswer(_) => {
                Self::failed(sentence.unwrap_or_default())
            }
            Refusal::Person(error) => Self::Failed(error.into()),
            Refusal::Store(error) => error.into(),
            Refusal::Config(error) => error.into(),
            Refusal::Calendar(error) => error.into(),
            Refusal::Policy(error) => error.into(),
            Refusal::Output(error) => error.into(),
            Refusal::Export(error) => Self::Failed(error.into()),
        }
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        Refusal::from(error).into()
    }
}

/// A field as it is written on the command line: `--as-of`, or a word without an option.
fn option(field: FieldName) -> String {
    match field.0 {
        "time" => "TIME".to_owned(),
        "person" => "PERSON".to_owned(),
        name => format!("--{name}"),
    }
}

/// A sentence about fields as one about options.
pub(super) fn told_of(sentence: &Sentence) -> String {
    sentence.text(option)
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<CalendarError> for Failure {
    fn from(error: CalendarError) -> Self {
        match error {
            CalendarError::Unknown { .. } | CalendarError::NoneOwn => {
                Self::Usage(format!("--calendar: {error}"))
            }
            CalendarError::Wrong { .. } => Self::Failed(error.into()),
        }
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Unknown { .. } | PolicyError::OfNoQueue { .. } => {
                Self::Usage(format!("--policy: {error}"))
            }
            PolicyError::Wrong { .. } => Self::Failed(error.into()),
        }
    }
}

/// Why a value is none, as it is said of the field in every request: `--from: reason`.
fn of_value(error: &clap::Error) -> Option<String> {
    let source = error.source()?;
    let reason = source.downcast_ref::<Reason>().map(ToString::to_string);
    let reason = reason.or_else(|| Some(source.downcast_ref::<ZoneError>()?.to_string()))?;
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    // `--from <TIME>`, or `<TIME>` of a word without an option.
    let name = argument.split([' ', '=', '[']).next()?;
    Some(format!("{}: {reason}", name.trim_matches(['<', '>'])))
}

/// What clap says of a wrong command line, as one sentence; `command` is the one whose help explains it.
pub fn usage_sentence(error: &clap::Error, command: &str) -> String {
    if let Some(sentence) = of_value(error) {
        return without_passwords(&sentence);
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let paragraphs = text.split("\n\n").map(str::trim);
    let told: Vec<String> = paragraphs
        .take_while(|paragraph| {
            !paragraph.starts_with("Usage:") && !paragraph.starts_with("For more")
        })
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    format!(
        "{} (`{command} --help` explains)",
        without_passwords(&told.join("; ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_is_told_once() {
        let behind = io::Error::other("the disk is full");
        let error = anyhow::Error::new(behind).context("x cannot be kept: the disk is full");
        assert_eq!(
            Failure::from(error).sentence().as_deref(),
            Some("x cannot be kept: the disk is full")
        );
        let error =
            anyhow::Error::new(io::Error::other("the\ndisk\u{1b}[31m")).context("x cannot be kept");
        assert_eq!(
            Failure::from(error).sentence().as_deref(),
            Some("x cannot be kept: the disk\\u{1b}[31m")
        );
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.code(), failure.sentence()), (0, None));
    }
}
