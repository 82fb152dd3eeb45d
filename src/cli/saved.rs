//! Saved questions: `presence report @NAME` asks what the configuration saved under the name, and `presence saved` lists
//! them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, CommandFactory};
use serde::Serialize;

use presence_answers::format::Format;
use presence_answers::shared::{AS_KNOWN_AT, FROM, TIME, TO};
use presence_answers::values::TimeExpression;
use presence_answers::{Refusal, report};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::json;
use presence_charts::table::{Align, Cell, Table};
use presence_config::{Config, SavedSection};
use presence_core::query::suggestion::suggestion;

use super::args::Cli;
use super::exit::{Failure, usage_sentence};
use super::session::Session;
use super::{PROGRAM, environment, help};

/// The words of the program with a saved question written out: `COMMAND @NAME` becomes the command with the saved words.
/// What is given besides takes the place of the same option among them.
pub(super) fn expanded(words: Vec<OsString>) -> Result<Vec<OsString>, Failure> {
    let Some(place) = place(&words) else {
        return Ok(words);
    };
    let texts: Vec<&str> = words
        .iter()
        .map(|word| word.to_str().unwrap_or_default())
        .collect();
    let (command, name) = (texts[place - 1], texts[place].trim_start_matches('@'));
    let config = Config::load(config_path(&texts).as_deref())?;
    let saved = find(&config, command, name)?;
    let program = Cli::command();
    let of_command = program.find_subcommand(command).unwrap_or(&program);
    let given: Vec<&str> = texts.iter().filter_map(|word| option_name(word)).collect();
    let kept = without(saved, &given, |option| {
        help::takes_value(&program, of_command, option)
    });
    let mut all = words[..place].to_vec();
    all.extend(kept.into_iter().map(OsString::from));
    all.extend_from_slice(&words[place + 1..]);
    Ok(all)
}

/// Where `@NAME` stands: just after a command.
fn place(words: &[OsString]) -> Option<usize> {
    let text = |word: &OsString| word.to_str().map(str::to_owned).unwrap_or_default();
    let is_name = |word: &OsString| text(word).len() > 1 && text(word).starts_with('@');
    if !words.iter().any(is_name) {
        return None;
    }
    let program = Cli::command();
    let is_command = |word: &OsString| program.find_subcommand(text(word)).is_some();
    let first = words.iter().skip(1).position(is_command)? + 1;
    words
        .get(first + 1)
        .filter(|word| is_name(word))
        .map(|_| first + 1)
}

/// The configuration file that is named: it is wanted before the command line can be read.
fn config_path(words: &[&str]) -> Option<PathBuf> {
    let apart = words.iter().position(|word| *word == "--config");
    let apart = apart.and_then(|place| words.get(place + 1)).copied();
    let joined = || words.iter().find_map(|word| word.strip_prefix("--config="));
    apart
        .or_else(joined)
        .map(PathBuf::from)
        .or_else(presence_config::named_in_environment)
}

fn find(config: &Config, command: &str, name: &str) -> Result<Vec<String>, Failure> {
    let names = || config.file.saved.keys().map(String::as_str);
    let Some(saved) = config.file.saved.get(name) else {
        let hint = match suggestion(name, names()) {
            Some(near) => format!("did you mean @{near}?"),
            None if config.file.saved.is_empty() => {
                "the configuration saves none; write one under [saved.NAME]".to_owned()
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
            "@{name}: no question is saved under this name; {hint}"
        )));
    };
    if saved.command != command {
        return Err(Failure::Usage(format!(
            "@{name} is saved for {}: write presence {} @{name}",
            saved.command, saved.command
        )));
    }
    saved
        .args
        .words()
        .ok_or_else(|| Failure::failed(format!("[saved.{name}]: a quotation in args does not end")))
}

/// `--name` of `--name` and `--name=value`.
fn option_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--").filter(|name| !name.is_empty())?;
    Some(name.split('=').next().unwrap_or(name))
}

/// Saved words without the options that are given anew, and without their values.
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

/// Says what is wrong with a saved question, as far as that shows without asking it. What it lacks can still be given
/// with it.
pub(super) fn check(session: &Session, saved: &SavedSection) -> Result<(), String> {
    let words = saved.args.words();
    let words = words.ok_or("a quotation in args does not end")?;
    let program = Cli::command();
    if saved.command.is_empty() {
        return Err("it has no command: add one, such as command = \"report\"".to_owned());
    }
    if program.find_subcommand(&saved.command).is_none() {
        let commands = program.get_subcommands();
        let shown = commands.filter(|command| !command.is_hide_set());
        let near = suggestion(&saved.command, shown.map(Command::get_name));
        let hint = near.map_or_else(
            || "`presence --help` lists them".to_owned(),
            |near| format!("did you mean {near:?}?"),
        );
        return Err(format!("there is no command {:?}; {hint}", saved.command));
    }
    let line = ["presence", &saved.command].map(str::to_owned);
    let program = environment::program().map_err(|error| error.to_string())?;
    let parsed = program
        .command
        .try_get_matches_from(line.into_iter().chain(words));
    match parsed {
        Ok(matches) => matches
            .subcommand()
            .map_or(Ok(()), |(_, given)| check_values(session, given)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand
            ) =>
        {
            Ok(())
        }
        Err(error) => {
            let command = format!("{PROGRAM} {}", saved.command);
            Err(usage_sentence(&error, &command))
        }
    }
}

/// What the command line's definition takes as text, and is read when it is asked.
fn check_values(session: &Session, given: &ArgMatches) -> Result<(), String> {
    let text = |id: &str| given.try_get_one::<String>(id).ok().flatten();
    let sentence = |refusal: Refusal| Failure::from(refusal).sentence().unwrap_or_default();
    for (id, field) in [
        ("from", FROM),
        ("to", TO),
        ("time", TIME),
        ("as_known_at", AS_KNOWN_AT),
    ] {
        if let Ok(Some(text)) = given.try_get_one::<TimeExpression>(id) {
            session
                .asker
                .settings
                .moment(field, text)
                .map_err(sentence)?;
        }
    }
    let (hours, calendar) = (text("hours"), text("calendar"));
    report::hours(
        &session.asker,
        hours.map(String::as_str),
        calendar.map(String::as_str),
    )
    .map_err(sentence)?;
    if let Some(name) = text("policy") {
        let found = session.asker.config.policy(name);
        found.map_err(|error| sentence(error.into()))?;
    }
    Ok(())
}

/// A saved question as it is listed.
#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    command: &'a str,
    args: Vec<String>,
    description: Option<&'a str>,
}

/// Lists what is saved.
pub(super) fn run(session: &mut Session) -> Result<(), Failure> {
    let entries: Vec<Entry<'_>> = session
        .asker
        .config
        .file
        .saved
        .iter()
        .map(|(name, saved): (&String, &SavedSection)| Entry {
            name,
            command: &saved.command,
            args: saved.args.words().unwrap_or_default(),
            description: saved.description.as_deref(),
        })
        .collect();
    let line = |entry: &Entry<'_>| {
        let words = shlex::try_join(entry.args.iter().map(String::as_str));
        words.unwrap_or_else(|_| entry.args.join(" "))
    };
    let text = match session.asker.settings.format {
        Format::Json => json::pretty(&entries),
        Format::Ndjson => json::lines(&entries),
        Format::Csv => {
            let rows = entries.iter().map(|entry| {
                let texts = [Some(entry.name), Some(entry.command)].map(CsvCell::text);
                let rest = [Some(line(entry)), entry.description.map(str::to_owned)];
                texts
                    .into_iter()
                    .chain(rest.map(|text| CsvCell::text(text.as_deref())))
                    .collect()
            });
            let names = ["name", "command", "args", "description"];
            csv::Sheet::new(&names, rows).file(&session.asker.settings.csv_style())
        }
        Format::Table => {
            let names = ["Ask", "Description", "Stands for"].map(|name| (name, Align::Left));
            let mut table = Table::new(&names);
            for entry in &entries {
                table.row(vec![
                    Cell::new(&format!("presence {} @{}", entry.command, entry.name)),
                    Cell::new(entry.description.unwrap_or_default()),
                    Cell::new(&line(entry)),
                ]);
            }
            table.text(session.output.width())
        }
    };
    let is_empty = entries.is_empty();
    if !is_empty || session.asker.settings.format != Format::Table {
        session.output.write(&text)?;
    }
    if is_empty {
        session.output.note(
            "Nothing is saved; write [saved.NAME] with command and args into the configuration.",
        );
    }
    Ok(())
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

    #[test]
    fn a_name_stands_just_after_the_command() {
        let at = |words: &[&str]| place(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(at(&["presence", "report", "@weekly"]), Some(2));
        assert_eq!(
            at(&["presence", "-q", "report", "@weekly", "--by", "day"]),
            Some(3)
        );
        assert_eq!(at(&["presence", "report", "--hours", "@weekly"]), None);
        assert_eq!(at(&["presence", "report", "@"]), None);
        assert_eq!(at(&["presence"]), None);
    }
}
