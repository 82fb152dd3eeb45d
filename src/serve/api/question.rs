//! The questions of the API: each is a question of the command line, asked through its own definition.
//!
//! A query string is read as a command line: `/report?from=-7d&to=now&person=101` is
//! `presence report --from=-7d --to=now -- 101`. So names, grammar, defaults and messages are the same. Only the
//! parameters that are listed here are passed on; a flag that, say, writes a file is none of them.

use axum::extract::Query;
use axum::http::Uri;
use clap::error::{ContextKind, ContextValue};
use clap::{Command, CommandFactory, Parser};

use crate::cli::args::{Cli, FormatWord};
use crate::cli::exit::usage_sentence;
use crate::query::nearest::nearest;
use crate::serve::error::{self, Problem};

/// A question of the API.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The last part of its path.
    pub name: &'static str,
    /// The words of the command line.
    pub command: &'static [&'static str],
    /// The flags that are parameters.
    pub flags: &'static [&'static str],
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

impl Question {
    /// The command line's definition of it, in that of the whole program.
    pub(super) fn command_of<'p>(&self, program: &'p Command) -> &'p Command {
        self.command.iter().fold(program, |command, word| {
            command.find_subcommand(word).unwrap_or(command)
        })
    }
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

/// Flags that every question has.
pub const COMMON: [&str; 3] = ["account", "zone", "now"];

/// The questions, by name.
pub const QUESTIONS: &[Question] = &[
    Question {
        name: "now",
        command: &["now"],
        flags: &["policy", "as-of", "as-known-at"],
        words: &["person"],
        drawn: &[],
        pages: None,
        about: About::People,
        summary: "Everyone's state now",
    },
    Question {
        name: "at",
        command: &["at"],
        flags: &["policy", "as-of", "as-known-at"],
        words: &["time", "person"],
        drawn: &[],
        pages: None,
        about: About::People,
        summary: "Everyone's state at a moment",
    },
    Question {
        name: "timeline",
        command: &["timeline"],
        flags: &[
            "facet",
            "policy",
            "hours",
            "from",
            "to",
            "as-of",
            "as-known-at",
        ],
        words: &["person"],
        drawn: &[FormatWord::Svg, FormatWord::Parquet],
        pages: None,
        about: About::People,
        summary: "How somebody's state went",
    },
    Question {
        name: CHANGES,
        command: &["changes"],
        flags: &[
            "facet",
            "policy",
            "value",
            "from-value",
            "to-value",
            "kind",
            "source",
            "department",
            "site",
            "queue",
            "from",
            "to",
            "as-of",
            "as-known-at",
            "limit",
            "after",
        ],
        words: &["person"],
        drawn: &[FormatWord::Parquet],
        pages: Some(Pages {
            usual: 1_000,
            most: 10_000,
        }),
        about: About::People,
        summary: "The changes, one by one",
    },
    Question {
        name: "report",
        command: &["report"],
        flags: &[
            "by",
            "facet",
            "policy",
            "hours",
            "calendar",
            "planned-absence",
            "types",
            "metrics",
            "value",
            "min-evidence",
            "min-group",
            "as-now",
            "pseudonymous",
            "compare-to",
            "compare-as-of",
            "from",
            "to",
            "as-of",
            "as-known-at",
        ],
        words: &["person"],
        drawn: &[FormatWord::Parquet],
        pages: None,
        about: About::People,
        summary: "How long each state held, with bounds",
    },
    Question {
        name: "staffing",
        command: &["staffing"],
        flags: &[
            "value",
            "facet",
            "policy",
            "by",
            "hours",
            "calendar",
            "planned-absence",
            "types",
            "from",
            "to",
            "as-of",
            "as-known-at",
            "step",
            "required",
        ],
        words: &["person"],
        drawn: &[FormatWord::Svg, FormatWord::Parquet],
        pages: None,
        about: About::People,
        summary: "How many people were in a state at once, step by step",
    },
    Question {
        name: "heatmap",
        command: &["heatmap"],
        flags: &[
            "value",
            "facet",
            "policy",
            "by",
            "hours",
            "calendar",
            "planned-absence",
            "types",
            "from",
            "to",
            "as-of",
            "as-known-at",
        ],
        words: &["person"],
        drawn: &[FormatWord::Svg],
        pages: None,
        about: About::People,
        summary: "A state over the hours of the week",
    },
    Question {
        name: "explain",
        command: &["explain"],
        flags: &["facet", "policy", "as-of", "as-known-at"],
        words: &["person", "time"],
        drawn: &[],
        pages: None,
        about: About::People,
        summary: "Why something is known of somebody at a moment, or not",
    },
    Question {
        name: "route",
        command: &["route"],
        flags: &[
            "policy",
            "class",
            "department",
            "site",
            "queue",
            "types",
            "max-age",
            "limit",
            "as-of",
            "as-known-at",
        ],
        words: &["person"],
        drawn: &[],
        pages: None,
        about: About::People,
        summary: "Who can take a call now, the first to be asked first",
    },
    Question {
        name: "meet",
        command: &["meet"],
        flags: &[
            "policy",
            "class",
            "length",
            "hours",
            "weeks",
            "limit",
            "from",
            "to",
            "as-of",
            "as-known-at",
        ],
        words: &["person"],
        drawn: &[],
        pages: None,
        about: About::People,
        summary: "When some people are free together",
    },
    Question {
        name: "coverage",
        command: &["coverage"],
        flags: &["from", "to", "as-of", "as-known-at"],
        words: &[],
        drawn: &[],
        pages: None,
        about: About::Nobody,
        summary: "When the account was looked at, and when not",
    },
    Question {
        name: "people",
        command: &["people"],
        flags: &["types", "as-of", "as-known-at", "limit", "after"],
        words: &["person"],
        drawn: &[],
        pages: Some(Pages {
            usual: 1_000,
            most: 10_000,
        }),
        about: About::People,
        summary: "Who there is, by extension number",
    },
    Question {
        name: "policies",
        command: &["policy", "list"],
        flags: &[],
        words: &[],
        drawn: &[],
        pages: None,
        about: About::Nobody,
        summary: "The policies: what a state counts as",
    },
    Question {
        name: "access-log",
        command: &["access-log"],
        flags: &["from", "limit", "after"],
        words: &["person"],
        drawn: &[],
        pages: Some(Pages {
            usual: 100,
            most: 1_000,
        }),
        about: About::Nobody,
        summary: "Who looked at whom",
    },
];

/// The name of the list of changes.
pub const CHANGES: &str = "changes";

/// The question of a name.
pub fn find(name: &str) -> Result<&'static Question, Problem> {
    let found = QUESTIONS.iter().find(|question| question.name == name);
    found.ok_or_else(|| {
        let near = nearest(name, QUESTIONS.iter().map(|question| question.name));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Problem::not_found(format!("there is no question {name:?}{hint}"))
    })
}

/// The parameters of a query string, in their order.
pub fn pairs(query: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return Ok(Vec::new());
    };
    let wrong = || {
        Problem::new(
            axum::http::StatusCode::BAD_REQUEST,
            "wrong_parameter",
            "the query string is not of the form name=value&name=value, in UTF-8",
        )
    };
    // A stray per cent sign or bytes that are no text would be read as something else.
    let uri = Uri::builder().path_and_query(format!("/?{query}")).build();
    let uri = uri.map_err(|_| wrong())?;
    let read = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let Query(pairs) = read.map_err(|_| wrong())?;
    let is_text = |text: &String| !text.contains(['\0', '\u{fffd}']);
    if pairs
        .iter()
        .all(|(name, value)| is_text(name) && is_text(value))
    {
        Ok(pairs)
    } else {
        Err(wrong())
    }
}

/// Reads the parameters of a question as the command line of the same question.
pub fn read(name: &str, pairs: &[(String, String)], format: FormatWord) -> Result<Cli, Problem> {
    let question = find(name)?;
    let mut line = vec!["presence".to_owned()];
    line.extend(question.command.iter().map(|&word| word.to_owned()));
    line.push(format!("--format={}", format.name()));
    line.extend(flags(question, pairs)?);
    if let Some(pages) = question.pages {
        line.push(format!("--limit={}", limit(pages, pairs)?));
    }
    line.push("--".to_owned());
    line.extend(words(question, pairs)?);
    Cli::try_parse_from(line).map_err(|error| wrong(question, &error))
}

/// The flags of the command line.
fn flags(question: &Question, pairs: &[(String, String)]) -> Result<Vec<String>, Problem> {
    let mut flags = Vec::new();
    for (name, value) in pairs {
        let name = name.as_str();
        let is_known = question.flags.contains(&name) || COMMON.contains(&name);
        let is_page = name == "limit" && question.pages.is_some();
        if question.words.contains(&name) || name == "format" || is_page {
            continue;
        }
        if !is_known {
            let known = question.flags.iter().chain(question.words).chain(&COMMON);
            let near = nearest(name, known.copied());
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            return Err(Problem::parameter(
                name,
                format!("{} has no parameter {name:?}{hint}", question.name),
            ));
        }
        if takes_value(question, name) {
            flags.push(format!("--{name}={value}"));
            continue;
        }
        match value.as_str() {
            "" | "true" => flags.push(format!("--{name}")),
            "false" => {}
            _ => {
                return Err(Problem::parameter(
                    name,
                    format!("{name} is {value:?}: write true or false"),
                ));
            }
        }
    }
    Ok(flags)
}

/// Whether a flag has a value, or is one by itself.
fn takes_value(question: &Question, flag: &str) -> bool {
    let program = Cli::command();
    let command = question.command_of(&program);
    let mut arguments = command.get_arguments();
    let argument = arguments.find(|argument| argument.get_long() == Some(flag));
    argument.is_none_or(|argument| argument.get_action().takes_values())
}

/// How many entries a page has.
fn limit(pages: Pages, pairs: &[(String, String)]) -> Result<u64, Problem> {
    let mut given = pairs.iter().filter(|(name, _)| name == "limit");
    let Some((_, text)) = given.next() else {
        return Ok(pages.usual);
    };
    if given.next().is_some() {
        return Err(Problem::parameter("limit", "limit is given twice"));
    }
    let limit = text.parse().ok();
    let limit = limit.filter(|limit| (1..=pages.most).contains(limit));
    limit.ok_or_else(|| {
        Problem::parameter(
            "limit",
            format!("limit is {text:?}: write a number from 1 to {}", pages.most),
        )
    })
}

/// The words without a flag, in their order.
fn words(question: &Question, pairs: &[(String, String)]) -> Result<Vec<String>, Problem> {
    let mut words = Vec::new();
    let count = question.words.len();
    for (index, name) in question.words.iter().enumerate() {
        let given: Vec<&String> = pairs
            .iter()
            .filter_map(|(known, value)| (known == name).then_some(value))
            .collect();
        if index + 1 < count && given.len() != 1 {
            return Err(Problem::parameter(
                *name,
                format!("{name} must be given once"),
            ));
        }
        words.extend(given.into_iter().cloned());
    }
    Ok(words)
}

/// What is wrong with a command line, said of parameters.
fn wrong(question: &Question, error: &clap::Error) -> Problem {
    let named = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => Some(argument.as_str()),
        Some(ContextValue::Strings(arguments)) => arguments.first().map(String::as_str),
        _ => None,
    };
    let problem = error::usage(&usage_sentence(error));
    let Some(named) = named else {
        return problem;
    };
    let name = if let Some(flag) = named.strip_prefix("--") {
        flag.split([' ', '=']).next().unwrap_or(flag)
    } else {
        // A word without a flag: `<PERSON>...`.
        let letters = named.trim_matches(['<', '>', '[', ']', '.']).to_lowercase();
        let mut words = question.words.iter();
        words
            .find(|word| **word == letters)
            .copied()
            .unwrap_or("person")
    };
    Problem::parameter(name, problem.detail())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, query: &str) -> Result<Cli, Problem> {
        read(name, &pairs(Some(query))?, FormatWord::Json)
    }

    #[track_caller]
    fn check_refused(name: &str, query: &str, parameter: &str) {
        let problem = asked(name, query).expect_err("it is wrong");
        assert_eq!(problem.wrong_parameter(), Some(parameter), "{problem}");
    }

    #[test]
    fn every_parameter_is_a_flag_of_the_command() {
        let cli = Cli::command();
        for question in QUESTIONS {
            let command = question.command_of(&cli);
            let flags: Vec<&str> = command
                .get_arguments()
                .filter_map(|one| one.get_long())
                .collect();
            for flag in question.flags {
                assert!(flags.contains(flag), "{} has no {flag}", question.name);
            }
            for flag in COMMON {
                assert!(cli.get_arguments().any(|one| one.get_long() == Some(flag)));
            }
        }
    }

    #[test]
    fn every_flag_of_a_question_is_a_parameter() {
        let cli = Cli::command();
        for question in QUESTIONS {
            let command = question.command_of(&cli);
            let flags = command.get_arguments().filter_map(|one| one.get_long());
            let missing: Vec<&str> = flags
                .filter(|flag| !question.flags.contains(flag))
                .collect();
            assert!(missing.is_empty(), "{} lacks {missing:?}", question.name);
        }
    }

    #[test]
    fn what_touches_files_or_the_store_is_no_parameter() {
        for flag in ["store", "config", "log", "output", "color"] {
            check_refused("report", &format!("from=-1d&to=now&{flag}=x"), flag);
        }
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        check_refused("report", "to=now", "from");
        check_refused("report", "from=-1d&from=-2d&to=now", "from");
        check_refused("report", "from=-1d&to=now&facet=x", "facet");
        check_refused("report", "from=-1d&to=now&form=x", "form");
        check_refused("report", "from=-1d&to=now&as-now=perhaps", "as-now");
        check_refused("timeline", "from=-1d&to=now", "person");
        check_refused("at", "", "time");
        check_refused("changes", "from=-1d&to=now&limit=0", "limit");
        check_refused("changes", "from=-1d&to=now&limit=10001", "limit");
        assert!(asked("report", "from=-1d&to=now&person=--help&person=-x").is_ok());
        assert!(asked("nothing", "").is_err());
        assert!(pairs(Some("a=%ff")).is_err() && pairs(Some("a=%00")).is_err());
    }
}
