//! Saved questions: `presence report @NAME` asks what the configuration saved under the name, and `presence saved` lists
//! them.
//!
//! A question fills the same request that every front end fills ([`question`]). Other commands can be saved as well; they have
//! no request, so that their words are written out ([`command`]).

mod command;
mod list;
mod question;

use std::ffi::OsString;
use std::path::PathBuf;

use presence_answers::question::POLICIES;
use presence_answers::{Question, Refusal};
use presence_config::{Config, SavedSection};
use presence_core::query::suggestion::suggestion;

use super::args::Cli;
use super::config::Given;
use super::exit::{Failure, told_of};
use super::session::Session;

pub(super) use self::list::run;

/// What is wrong with a saved question, and the key that says it.
pub(super) struct Fault {
    key: String,
    sentence: String,
}

impl Fault {
    fn new(key: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            sentence: sentence.into(),
        }
    }

    /// The sentence with the line in the configuration file.
    pub(super) fn told(&self, config: &Config, name: &str) -> String {
        let mut keys = [self.key.as_str(), "question", "command"].into_iter();
        let line = keys.find_map(|key| config.line_of(&["saved", name, key]));
        let line = line.map_or_else(String::new, |line| format!(" (line {line})"));
        format!("[saved.{name}]: {}{line}", self.sentence)
    }
}

/// What is said of a line whose quotation does not end.
const OPEN_QUOTATION: &str = "a quotation in args does not end";

/// A command line that names a saved question.
pub(super) struct Named {
    /// The command.
    command: String,
    /// The name, without its sign.
    name: String,
    /// The other words, before and after both.
    rest: Vec<OsString>,
}

/// The saved question that stands just after the first command, if one does.
pub(super) fn named(words: &[OsString]) -> Option<Named> {
    let texts: Vec<&str> = words
        .iter()
        .map(|word| word.to_str().unwrap_or_default())
        .collect();
    let is_name = |word: &&str| word.len() > 1 && word.starts_with('@');
    if !texts.iter().any(is_name) {
        return None;
    }
    let is_command = |word: &&str| of_command(word).is_some() || command::is_one(word);
    let index = texts.iter().skip(1).position(is_command)? + 1;
    let name = texts.get(index + 1).copied().filter(is_name)?;
    let rest = words.iter().enumerate();
    let rest = rest.filter(|(at, _)| *at != 0 && *at != index && *at != index + 1);
    Some(Named {
        command: texts[index].to_owned(),
        name: name.trim_start_matches('@').to_owned(),
        rest: rest.map(|(_, word)| word.clone()).collect(),
    })
}

/// The question that a command of its own name asks.
fn of_command(name: &str) -> Option<&'static Question> {
    Question::named(name).filter(|question| question.name != POLICIES)
}

/// What is asked by a name, with what is given with it; `None` if help was shown instead.
pub(super) fn asked(named: &Named, words: &[OsString]) -> Result<Option<(Cli, Given)>, Failure> {
    let Named {
        command,
        name,
        rest,
    } = named;
    let config = Config::load(config_path(words).as_deref())?;
    let section = find(&config, command, name)?;
    let Some(question) = of_command(command) else {
        return super::typed(&command::expanded(command, name, section, rest)?);
    };
    let wrong = |fault: Fault| {
        let sentence = format!("[saved.{name}]: {}", fault.sentence);
        if fault.sentence == OPEN_QUOTATION {
            return Failure::failed(sentence);
        }
        Failure::Usage(sentence)
    };
    question::Saved::read(question, section)
        .map_err(wrong)?
        .asked(rest)
}

/// The configuration file that is named: it is wanted before the command line can be read.
fn config_path(words: &[OsString]) -> Option<PathBuf> {
    let words: Vec<&str> = words
        .iter()
        .map(|word| word.to_str().unwrap_or_default())
        .collect();
    let apart = words.iter().position(|word| *word == "--config");
    let apart = apart.and_then(|index| words.get(index + 1)).copied();
    let joined = || words.iter().find_map(|word| word.strip_prefix("--config="));
    apart
        .or_else(joined)
        .map(PathBuf::from)
        .or_else(presence_config::named_in_environment)
}

fn find<'a>(config: &'a Config, command: &str, name: &str) -> Result<&'a SavedSection, Failure> {
    let names = || config.file.saved.keys().map(String::as_str);
    let Some(saved) = config.file.saved.get(name) else {
        let hint = match suggestion(name, names()) {
            Some(near) => format!("did you mean @{near}?"),
            None if config.file.saved.is_empty() => {
                "the configuration has none; write one under [saved.NAME]".to_owned()
            }
            None => format!(
                "there are {}",
                names()
                    .map(|name| format!("@{name}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        return Err(Failure::Usage(format!(
            "@{name}: there is no saved question of this name; {hint}"
        )));
    };
    let asked_by = saved.asked_by();
    if asked_by != command {
        return Err(Failure::Usage(format!(
            "@{name} is saved for {asked_by}: write presence {asked_by} @{name}"
        )));
    }
    Ok(saved)
}

/// Says what is wrong with a saved question, as far as that shows without asking it. What it lacks can still be given
/// with it.
pub(super) fn check(session: &Session, section: &SavedSection) -> Result<(), Fault> {
    let asked_by = section.asked_by();
    if section.question.is_some() && !section.command.is_empty() {
        return Err(Fault::new(
            "command",
            "it has a question and a command: write question with its fields, or command with args",
        ));
    }
    if let Some(question) = of_command(asked_by) {
        return question::Saved::read(question, section)?.check(&session.asker);
    }
    let Some(name) = &section.question else {
        return command::check(section);
    };
    let near = suggestion(name, presence_answers::QUESTIONS.iter().map(|one| one.name));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
    Err(Fault::new(
        "question",
        format!("there is no question {name:?}{hint}"),
    ))
}

/// Why a request is refused; its fields are named as options, or as keys.
fn refused(refusal: Refusal, are_options: bool) -> Fault {
    let key = match &refusal {
        Refusal::Wrong {
            field: Some(field), ..
        } => field.0.to_owned(),
        Refusal::NoSuchField { name, .. } => name.clone(),
        Refusal::Policy(_) => "policy".to_owned(),
        Refusal::Calendar(_) => "calendar".to_owned(),
        _ => String::new(),
    };
    if are_options {
        let sentence = match refusal.sentence() {
            Some(sentence) => told_of(&sentence),
            None => Failure::from(refusal).sentence().unwrap_or_default(),
        };
        return Fault::new("args", sentence);
    }
    let sentence = match &refusal {
        Refusal::Policy(error) => format!("policy: {error}"),
        Refusal::Calendar(error) => format!("calendar: {error}"),
        _ => match refusal.sentence() {
            Some(sentence) => sentence.text(|field| field.0.to_owned()),
            None => Failure::from(refusal).sentence().unwrap_or_default(),
        },
    };
    Fault::new(key, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_just_after_the_command() {
        let at = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            named(&words).map(|named| {
                let rest = named.rest.iter().map(|word| word.to_string_lossy());
                format!(
                    "{} {} {}",
                    named.command,
                    named.name,
                    rest.collect::<Vec<_>>().join(" ")
                )
            })
        };
        let named = |text: &str| Some(text.to_owned());
        assert_eq!(
            at(&["presence", "report", "@weekly"]),
            named("report weekly ")
        );
        assert_eq!(
            at(&["presence", "-q", "report", "@weekly", "--by", "day"]),
            named("report weekly -q --by day")
        );
        assert_eq!(
            at(&["presence", "export", "@nightly"]),
            named("export nightly ")
        );
        assert_eq!(at(&["presence", "report", "--hours", "@weekly"]), None);
        assert_eq!(at(&["presence", "timeline", "101", "@weekly"]), None);
        assert_eq!(at(&["presence", "report", "@"]), None);
        assert_eq!(at(&["presence"]), None);
    }
}
