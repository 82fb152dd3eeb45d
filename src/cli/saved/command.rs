//! A command that is saved and is no question: it has no request, so that its words are written out.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory};

use presence_config::SavedSection;
use presence_core::query::suggestion::suggestion;

use super::{Fault, OPEN_QUOTATION};
use crate::cli::args::{self, Cli};
use crate::cli::exit::{Failure, usage_sentence};
use crate::cli::{PROGRAM, environment, help};

/// Whether this is the name of a command.
pub(super) fn is_one(name: &str) -> bool {
    args::command_named(name).is_some()
}

/// The words of the program with the saved ones written out. What is given takes the place of the same option among them.
pub(super) fn expanded(
    command: &str,
    name: &str,
    section: &SavedSection,
    given: &[OsString],
) -> Result<Vec<OsString>, Failure> {
    let saved = section.args.words();
    let saved =
        saved.ok_or_else(|| Failure::failed(format!("[saved.{name}]: {OPEN_QUOTATION}")))?;
    let program = Cli::command();
    let of_command = program.find_subcommand(command).unwrap_or(&program);
    let texts = given.iter().filter_map(|word| word.to_str());
    let names: Vec<&str> = texts.filter_map(option_name).collect();
    let kept = without(saved, &names, |option| {
        help::takes_value(&program, of_command, option)
    });
    let all = [PROGRAM, command].map(OsString::from).into_iter();
    let all = all.chain(kept.into_iter().map(OsString::from));
    Ok(all.chain(given.iter().cloned()).collect())
}

/// `--name` of `--name` and `--name=value`.
fn option_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--").filter(|name| !name.is_empty())?;
    Some(name.split('=').next().unwrap_or(name))
}

/// Saved words without the options that are given again, and without their values.
fn without(saved: Vec<String>, given: &[&str], takes_value: impl Fn(&str) -> bool) -> Vec<String> {
    let mut kept = Vec::with_capacity(saved.len());
    let mut words = saved.into_iter();
    while let Some(word) = words.next() {
        let replaced = option_name(&word).filter(|name| given.contains(name));
        match replaced {
            None => kept.push(word),
            Some(name) if !word.contains('=') && takes_value(name) => {
                words.next();
            }
            Some(_) => {}
        }
    }
    kept
}

/// Says what is wrong with a saved command, as far as its words show it.
pub(super) fn check(section: &SavedSection) -> Result<(), Fault> {
    let wrong = |key: &str, sentence: String| Err(Fault::new(key, sentence));
    let Some(words) = section.args.words() else {
        return wrong("args", OPEN_QUOTATION.to_owned());
    };
    let program = Cli::command();
    let command = &section.command;
    if command.is_empty() {
        let told = "it has no command: add one, such as command = \"report\"";
        return wrong("args", told.to_owned());
    }
    if program.find_subcommand(command).is_none() {
        let commands = program.get_subcommands();
        let shown = commands.filter(|command| !command.is_hide_set());
        let near = suggestion(command, shown.map(Command::get_name));
        let hint = near.map_or_else(
            || "`presence --help` lists them".to_owned(),
            |near| format!("did you mean {near:?}?"),
        );
        return wrong(
            "command",
            format!("there is no command {command:?}; {hint}"),
        );
    }
    let program = match environment::program() {
        Ok(program) => program,
        Err(error) => return wrong("args", error.to_string()),
    };
    let line = [PROGRAM, command.as_str()].map(str::to_owned);
    let line = line.into_iter().chain(words);
    let Err(error) = program.command.try_get_matches_from(line) else {
        return Ok(());
    };
    let lacks_more = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand
    );
    if lacks_more {
        return Ok(());
    }
    wrong(
        "args",
        usage_sentence(&error, &format!("{PROGRAM} {command}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_replaces_what_is_saved() {
        let saved = [
            "101",
            "--by",
            "day",
            "--zone=UTC",
            "--as-now",
            "--from",
            "-7d",
        ]
        .map(str::to_owned);
        let takes_value = |name: &str| name != "as-now";
        let kept = |given: &[&str]| without(saved.to_vec(), given, takes_value).join(" ");
        assert_eq!(kept(&[]), "101 --by day --zone=UTC --as-now --from -7d");
        assert_eq!(kept(&["by", "as-now"]), "101 --zone=UTC --from -7d");
        assert_eq!(kept(&["zone", "from"]), "101 --by day --as-now");
    }
}
