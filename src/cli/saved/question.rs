//! A question that is saved: read from the words of a command line or from fields by name, into the same request.

use std::ffi::OsString;
use std::iter;

use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, FromArgMatches, ValueEnum};

use presence_answers::format::FormatWord;
use presence_answers::question::field_name;
use presence_answers::saved::SavedQuestion;
use presence_answers::{Asker, Question};
use presence_config::SavedSection;

use super::{Fault, OPEN_QUOTATION, refused};
use crate::cli::args::{Cli, Command, GlobalArgs};
use crate::cli::config::Given;
use crate::cli::environment::{self, Program};
use crate::cli::exit::{Failure, usage_sentence};
use crate::cli::{PROGRAM, explain, is_help};

/// The key of a question's fields that says how the answer is written.
const FORMAT: &str = "format";

/// A saved question, and the options of every command that are saved with it.
pub(super) struct Saved {
    question: SavedQuestion,
    /// What words were read as; `None` if it has fields by name.
    words: Option<ArgMatches>,
    format: Option<FormatWord>,
}

impl Saved {
    /// Reads what the configuration says.
    pub(super) fn read(question: &'static Question, section: &SavedSection) -> Result<Self, Fault> {
        if section.question.is_some() {
            return Self::of_fields(question, section);
        }
        let words = section.args.words();
        let words = words.ok_or_else(|| Fault::new("args", OPEN_QUOTATION))?;
        let path = path(question);
        // What the environment says is no part of what is saved.
        let definition = definition(question).mut_args(|argument| argument.env(Resettable::Reset));
        let matches = definition.try_get_matches_from(iter::once(path.clone()).chain(words));
        let matches = matches.map_err(|error| Fault::new("args", usage_sentence(&error, &path)))?;
        Ok(Self {
            question: SavedQuestion::new(question, question.given(&matches)),
            words: Some(matches),
            format: None,
        })
    }

    fn of_fields(question: &'static Question, section: &SavedSection) -> Result<Self, Fault> {
        let mut fields = section.fields.clone();
        let format = match fields.remove(FORMAT) {
            None => None,
            Some(texts) => {
                let read = FormatWord::from_str(&texts.join(" "), false);
                Some(read.map_err(|_| {
                    Fault::new(
                        FORMAT,
                        format!("{FORMAT}: there is no format {:?}", texts.join(" ")),
                    )
                })?)
            }
        };
        let pairs = fields.into_iter().flat_map(|(name, texts)| {
            let texts = texts.into_iter();
            texts.map(move |text| (name.clone(), text))
        });
        Ok(Self {
            question: SavedQuestion::new(question, pairs.collect()),
            words: None,
            format,
        })
    }

    /// Says what is wrong with it, as far as that shows without asking it.
    pub(super) fn check(&self, asker: &Asker) -> Result<(), Fault> {
        let checked = self.question.check(asker);
        checked.map_err(|refusal| refused(refusal, self.words.is_some()))
    }

    /// The command with what is given now; `None` if help was shown instead.
    pub(super) fn asked(self, given: &[OsString]) -> Result<Option<(Cli, Given)>, Failure> {
        let question = self.question.question;
        let path = path(question);
        let Program { command, settled } = environment::settled(self.definition_of_rest())?;
        let words = iter::once(OsString::from(&path)).chain(given.iter().cloned());
        let matches = match command.try_get_matches_from(words) {
            Ok(matches) => matches,
            Err(error) => {
                let own = [PROGRAM, question.name].map(OsString::from);
                let words: Vec<OsString> = own.into_iter().chain(given.iter().cloned()).collect();
                if is_help(&error) {
                    return crate::cli::typed(&words);
                }
                return explain(&error, &words).map(|()| None);
            }
        };
        let (common, request) = self.question.with(&question.given(&matches))?;
        let read = |mut global: GlobalArgs| {
            let usual = global.common.clone();
            if let Some(saved) = self.words {
                global.update_from_arg_matches(&written(saved))?;
                global.update_from_arg_matches(&written(matches.clone()))?;
            }
            global.common = common.or(&usual);
            global.format = global.format.or(self.format);
            Ok(global)
        };
        let global = GlobalArgs::from_arg_matches(&matches).and_then(read);
        let global = global.map_err(|error| Failure::Usage(usage_sentence(&error, &path)))?;
        let given = Given::of(&matches, &settled);
        let command = Command::asking(request);
        Ok(Some((Cli { global, command }, given)))
    }

    /// What can be given with it. A word without an option that is saved is none that is still to come.
    fn definition_of_rest(&self) -> clap::Command {
        let is_saved = |name: &str| self.question.has(name);
        definition(self.question.question).mut_args(|argument| {
            let name = field_name(&argument);
            let is_one_word =
                argument.is_positional() && matches!(argument.get_action(), ArgAction::Set);
            if is_one_word && is_saved(&name) {
                return argument.long(name);
            }
            argument
        })
    }
}

/// `presence report`.
fn path(question: &Question) -> String {
    format!("{PROGRAM} {}", question.name)
}

/// The options of a question and of every command; none must be given.
fn definition(question: &Question) -> clap::Command {
    let command = question.define(clap::Command::new(path(question)));
    GlobalArgs::augment_args(command).mut_args(|argument| argument.required(false))
}

/// What was written of what was read: not what holds otherwise.
fn written(mut matches: ArgMatches) -> ArgMatches {
    let ids = matches.ids().map(|id| id.as_str().to_owned());
    let other = ids.filter(|id| {
        let source = matches.value_source(id);
        source.is_some_and(|source| source != ValueSource::CommandLine)
    });
    for id in other.collect::<Vec<_>>() {
        // It is one of its own identifiers.
        let _ = matches.try_clear_id(&id);
    }
    matches
}
