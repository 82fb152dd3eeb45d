//! Help that fits a screen (`-h`), next to the whole of it (`--help`).

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory};

use presence_answers::Question;

use super::PROGRAM;
use super::args::Cli;

/// How wide the overview is.
const WIDTH: usize = 78;

/// So many examples are shown by `-h`.
const EXAMPLES_MAX: usize = 3;

/// The commands to begin with, and the questions that are asked most: each is shown with what it does.
const SHOWN: [(&str, &[&str]); 2] = [
    ("Start here", &["demo", "init", "collect", "serve"]),
    (
        "Ask",
        &["now", "timeline", "changes", "report", "staffing", "route"],
    ),
];

/// Commands that ask, without being one of the questions.
const ALSO_ASK: &[&str] = &["get", "saved"];

/// Questions that operators ask.
const OF_OPERATORS: &[&str] = &["access-log"];

/// The program's definition, fitted to a command line. With `--help` it is all there is to say of a command; without it, what
/// `-h` shows: a few examples, no options that are seldom needed, and no lists of values.
pub(super) fn fitted(program: Command, words: &[OsString]) -> Command {
    if words.iter().any(|word| word == "--help") {
        return program;
    }
    let program = program.mut_args(without_values);
    program.mut_subcommands(|command| shortened(command, PROGRAM))
}

fn shortened(command: Command, above: &str) -> Command {
    let path = format!("{above} {}", command.get_name());
    let whole = command.get_after_help().map(ToString::to_string);
    let pointer = format!("`{path} --help` shows all options in detail.");
    let short = match whole {
        Some(whole) => format!("{}\n\n{pointer}", examples(&whole)),
        None => pointer,
    };
    command
        .after_help(short)
        .mut_args(without_values)
        .mut_subcommands(|below| shortened(below, &path))
}

fn without_values(argument: Arg) -> Arg {
    let takes_values = argument.get_action().takes_values();
    argument.hide_possible_values(takes_values)
}

/// The first examples of a text that begins with them, without those that are longer than a line.
fn examples(text: &str) -> String {
    let first = text.split("\n\n").next().unwrap_or_default();
    let mut lines = first.lines();
    let heading = lines.next().into_iter();
    let short = lines.filter(|line| line.chars().count() <= WIDTH);
    let lines: Vec<&str> = heading.chain(short.take(EXAMPLES_MAX)).collect();
    lines.join("\n")
}

/// Whether a command line has no word but those that name a command, such as `presence policy`.
pub(super) fn names_nothing_else(words: &[OsString], command: &str) -> bool {
    words.len() == command.split(' ').count()
}

/// What a group of commands shows if none of them is named: for the program itself, the overview.
pub(super) fn of_group(path: &str) -> String {
    let mut command = fitted(Cli::command(), &[]);
    command.build();
    let mut below = path.split(' ').skip(1).peekable();
    if below.peek().is_none() {
        return overview();
    }
    for name in below {
        let Some(found) = command.find_subcommand(name) else {
            break;
        };
        command = found.clone();
    }
    format!("{}\n", command.render_help().ansi().to_string().trim_end())
}

/// What `presence` and `presence -h` show: what it is, the commands that are used most, and the names of the others.
pub(super) fn overview() -> String {
    let program = Cli::command();
    let mut text = String::new();
    let about = program.get_about().map(ToString::to_string);
    push_wrapped(&mut text, &about.unwrap_or_default(), "");
    text.push_str("\nUsage: presence [OPTIONS] <COMMAND>\n\n");
    let is_shown = |name: &str| SHOWN.iter().any(|(_, names)| names.contains(&name));
    for (heading, names) in SHOWN {
        text.push_str(heading);
        text.push_str(":\n");
        for command in names
            .iter()
            .filter_map(|name| program.find_subcommand(name))
        {
            let about = command.get_about().map(ToString::to_string);
            let line = format!("  {:<9} {}", command.get_name(), about.unwrap_or_default());
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    let mut others: Vec<&str> = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(Command::get_name)
        .filter(|name| !is_shown(name))
        .collect();
    let asks = |name: &str| {
        let is_question = Question::named(name).is_some() && !OF_OPERATORS.contains(&name);
        is_question || ALSO_ASK.contains(&name)
    };
    let questions: Vec<&str> = others.extract_if(.., |name| asks(name)).collect();
    push_wrapped(&mut text, &format!("and {}", questions.join(", ")), "  ");
    text.push_str("Operate it:\n");
    push_wrapped(&mut text, &others.join(", "), "  ");
    text.push_str(
        "\n`presence COMMAND -h` explains one command, `presence --help` lists everything.\n",
    );
    text
}

/// Adds a text in lines no longer than the overview is wide.
fn push_wrapped(to: &mut String, text: &str, indent: &str) {
    let mut line = indent.to_owned();
    for word in text.split_whitespace() {
        let is_begun = line.len() > indent.len();
        if is_begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            to.push_str(&line);
            to.push('\n');
            indent.clone_into(&mut line);
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    to.push_str(&line);
    to.push('\n');
}

/// The command that a command line names, as far as it can be told: `presence policy check`, or `presence` alone.
pub(super) fn command_named_by(words: &[OsString]) -> String {
    let program = Cli::command();
    let mut command = &program;
    let mut path = program.get_name().to_owned();
    let mut words = words.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        if let Some(option) = word.strip_prefix("--") {
            let has_value = option.contains('=');
            if !has_value && takes_value(&program, command, option) {
                words.next();
            }
        } else if !word.starts_with('-') {
            let Some(below) = command.find_subcommand(word.as_ref()) else {
                break;
            };
            command = below;
            path = format!("{path} {}", below.get_name());
        }
    }
    path
}

/// Whether the command, or every command, has an option of this long name that takes a value.
pub(super) fn takes_value(program: &Command, command: &Command, option: &str) -> bool {
    let mut arguments = program.get_arguments().chain(command.get_arguments());
    let found = arguments.find(|argument| argument.get_long() == Some(option));
    found.is_some_and(|argument| argument.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_consistent() {
        for words in [&[][..], &[OsString::from("--help")]] {
            fitted(Cli::command(), words).debug_assert();
        }
    }

    #[test]
    fn the_command_is_found_among_the_words() {
        let named = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            command_named_by(&words)
        };
        assert_eq!(named("presence"), "presence");
        assert_eq!(named("presence -q report --from x"), "presence report");
        assert_eq!(named("presence --store now report"), "presence report");
        assert_eq!(
            named("presence --store=x policy check"),
            "presence policy check"
        );
        assert_eq!(named("presence policy chek"), "presence policy");
        assert_eq!(named("presence reprot now"), "presence");
        assert_eq!(named("presence -- report"), "presence");
    }

    #[test]
    fn the_overview_names_every_command_and_fits_a_screen() {
        let overview = overview();
        assert!(overview.lines().count() <= 24, "{overview}");
        for line in overview.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let program = Cli::command();
        for command in program.get_subcommands().filter(|one| !one.is_hide_set()) {
            let mut words =
                overview.split(|letter: char| !(letter.is_alphanumeric() || letter == '-'));
            assert!(
                words.any(|word| word == command.get_name()),
                "{}",
                command.get_name()
            );
        }
    }

    #[test]
    fn a_few_examples_are_enough() {
        let text = "Examples:\n  one\n  two\n  three\n  four\n\nFormats: many.";
        assert_eq!(examples(text), "Examples:\n  one\n  two\n  three");
        assert_eq!(examples("Examples:\n  one"), "Examples:\n  one");
    }
}
