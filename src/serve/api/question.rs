//! The questions of the API: each is a question of the command line. Only the flags that are listed here are parameters; one
//! that, say, writes a file is none of them.

use clap::Command;

use crate::cli::args::FormatWord;
use crate::query::nearest::nearest;
use crate::serve::error::Problem;

/// A question of the API.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The last part of its path.
    pub name: &'static str,
    /// The words of the command line.
    pub command: &'static str,
    /// The flags that are parameters, in groups.
    flags: &'static [&'static [&'static str]],
    /// The parameters that are words without a flag, in their order; the last one may be repeated.
    pub words: &'static [&'static str],
    /// The formats in which it is answered besides those that every question has.
    pub drawn: &'static [FormatWord],
    /// Where the answer is a list that is given in pages.
    pub pages: Option<Pages>,
    /// Whom the answer is about, for the access log.
    pub about: About,
    /// What it answers, in a sentence.
    pub summary: &'static str,
}

/// How a list is given in pages: with `limit`, and `after` what came before.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// So many entries are given if nothing is said.
    pub usual: u64,
    /// So many at most.
    pub most: u64,
}

/// Whom an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// People: that it was asked is written into the access log.
    People,
    /// The account, the configuration or the access log itself: it is not.
    Nobody,
}

impl Question {
    /// A question about people that the command of the same name answers, with everything else as it usually is.
    const fn of(
        name: &'static str,
        summary: &'static str,
        flags: &'static [&'static [&'static str]],
    ) -> Self {
        Self {
            name,
            command: name,
            flags,
            words: &["person"],
            drawn: &[],
            pages: None,
            about: About::People,
            summary,
        }
    }

    /// The same question, answered in these formats as well.
    const fn drawn(self, drawn: &'static [FormatWord]) -> Self {
        Self { drawn, ..self }
    }

    /// The same question, answered by a list in pages.
    const fn in_pages(self, usual: u64, most: u64) -> Self {
        Self {
            pages: Some(Pages { usual, most }),
            ..self
        }
    }

    /// The same question with these words in place of people.
    const fn words(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// The same question, about nobody.
    const fn about_nobody(self) -> Self {
        Self {
            about: About::Nobody,
            ..self
        }
    }

    /// The flags that are its parameters and not every question's.
    pub fn flags(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.flags.iter().flat_map(|group| group.iter().copied())
    }

    /// The names of all its parameters, `format` apart.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.flags().chain(COMMON).chain(self.words.iter().copied())
    }

    /// The command line's definition of it, in that of the whole program.
    pub(super) fn command_of<'p>(&self, program: &'p Command) -> &'p Command {
        self.command.split(' ').fold(program, |command, word| {
            command.find_subcommand(word).unwrap_or(command)
        })
    }
}

/// Flags that every question has.
const COMMON: [&str; 5] = ["account", "zone", "now", "allow-unknown", "excel"];

/// What a state counts as.
const CRITERION: &[&str] = &["facet", "policy"];

/// The stretch of time.
const WINDOW: &[&str] = &["from", "to"];

/// The part of the log.
const LOG: &[&str] = &["as-of", "as-known-at"];

/// Whose time is counted, and when.
const COUNTED: &[&str] = &["by", "hours", "calendar", "planned-absence", "types"];

/// The groups that a question is narrowed to.
const AMONG: &[&str] = &["department", "site", "queue"];

/// Where a list begins and ends.
const PAGE: &[&str] = &["limit", "after"];

/// The name of the list of changes.
pub const CHANGES: &str = "changes";

/// The name of the list of who looked at whom.
pub const ACCESS_LOG: &str = "access-log";

/// The questions, by name.
pub const QUESTIONS: &[Question] = &[
    Question::of("now", "Everyone's state now", &[&["policy"], LOG]),
    Question::of("at", "Everyone's state at a moment", &[&["policy"], LOG])
        .words(&["time", "person"]),
    Question::of(
        "timeline",
        "How somebody's state went",
        &[CRITERION, &["hours"], WINDOW, LOG],
    )
    .drawn(&[FormatWord::Svg, FormatWord::Parquet]),
    Question::of(
        CHANGES,
        "The changes, one by one",
        &[
            CRITERION,
            &["value", "from-value", "to-value", "kind", "source"],
            AMONG,
            WINDOW,
            LOG,
            PAGE,
        ],
    )
    .drawn(&[FormatWord::Parquet])
    .in_pages(1_000, 10_000),
    Question::of(
        "report",
        "How long each state held, with bounds",
        &[
            COUNTED,
            CRITERION,
            &[
                "metrics",
                "value",
                "min-evidence",
                "min-group",
                "as-now",
                "pseudonymous",
                "compare-to",
                "compare-as-of",
            ],
            WINDOW,
            LOG,
        ],
    )
    .drawn(&[FormatWord::Parquet]),
    Question::of(
        "staffing",
        "How many people were in a state at once, step by step",
        &[
            &["value"],
            CRITERION,
            COUNTED,
            WINDOW,
            LOG,
            &["step", "required"],
        ],
    )
    .drawn(&[FormatWord::Svg, FormatWord::Parquet]),
    Question::of(
        "heatmap",
        "A state over the hours of the week",
        &[&["value"], CRITERION, COUNTED, WINDOW, LOG],
    )
    .drawn(&[FormatWord::Svg]),
    Question::of(
        "explain",
        "Why something is known of somebody at a moment, or not",
        &[CRITERION, LOG],
    )
    .words(&["person", "time"]),
    Question::of(
        "route",
        "Who can take a call now, the first to be asked first",
        &[
            &["policy", "class"],
            AMONG,
            &["types", "max-age", "limit"],
            LOG,
        ],
    ),
    Question::of(
        "meet",
        "When some people are free together",
        &[
            &["policy", "class", "length", "hours", "weeks", "limit"],
            WINDOW,
            LOG,
        ],
    ),
    Question::of(
        "coverage",
        "When the account was looked at, and when not",
        &[WINDOW, LOG],
    )
    .words(&[])
    .about_nobody(),
    Question::of(
        "people",
        "Who there is, by extension number",
        &[&["types"], LOG, PAGE],
    )
    .in_pages(1_000, 10_000),
    Question {
        command: "policy list",
        ..Question::of("policies", "The policies: what a state counts as", &[])
    }
    .words(&[])
    .about_nobody(),
    Question::of(ACCESS_LOG, "Who looked at whom", &[&["from"], PAGE])
        .in_pages(100, 1_000)
        .about_nobody(),
];

/// The question of a name.
pub fn find(name: &str) -> Result<&'static Question, Problem> {
    let found = QUESTIONS.iter().find(|question| question.name == name);
    found.ok_or_else(|| {
        let near = nearest(name, QUESTIONS.iter().map(|question| question.name));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Problem::not_found(format!("there is no question {name:?}{hint}"))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    /// Flags of a command, each once.
    fn flags(command: &Command) -> BTreeSet<&str> {
        let arguments = command.get_arguments();
        arguments.filter_map(clap::Arg::get_long).collect()
    }

    #[test]
    fn the_parameters_are_the_flags_of_the_command() {
        let program = Cli::command();
        for question in QUESTIONS {
            let command = question.command_of(&program);
            assert!(
                question.command.ends_with(command.get_name()),
                "{} is no command",
                question.command
            );
            let parameters: Vec<&str> = question.flags().collect();
            let once: BTreeSet<&str> = parameters.iter().copied().collect();
            assert_eq!(once, flags(command), "{}", question.name);
            assert_eq!(once.len(), parameters.len(), "{}", question.name);
        }
        assert!(flags(&program).is_superset(&BTreeSet::from(COMMON)));
    }
}
