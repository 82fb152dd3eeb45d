//! Parameters, read as a command line: `/report?from=-7d&to=now&person=101` is
//! `presence report --from=-7d --to=now -- 101`. So names, grammar, defaults and messages are the same.

use axum::extract::Query;
use axum::http::Uri;
use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue};

use super::question::{ACCESS_LOG, CHANGES, Pages, Question, find};
use crate::ask::Veil;
use crate::cli::PROGRAM;
use crate::cli::args::{Cli, FormatWord, is_position};
use crate::cli::environment;
use crate::cli::exit::{Failure, usage_sentence};
use crate::query::nearest::nearest;
use crate::serve::error::{self, Problem};

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

/// Takes the veil off the positions that a reader was shown and sends back.
pub fn reveal(question: &str, pairs: &mut [(String, String)], veil: &Veil) -> Result<(), Problem> {
    for (name, value) in pairs {
        let is_position = match name.as_str() {
            "as-of" => true,
            "compare-as-of" => is_position(value),
            "after" => matches!(question, CHANGES | ACCESS_LOG),
            _ => false,
        };
        if !is_position {
            continue;
        }
        let (position, rest) = match value.split_once(':') {
            Some((position, rest)) => (position, format!(":{rest}")),
            None => (value.as_str(), String::new()),
        };
        let shown = position.parse().ok().filter(|shown: &i64| *shown >= 0);
        let shown = shown.ok_or_else(|| Problem::no_such_part(name))?;
        *value = format!("{}{rest}", veil.reveal(shown));
    }
    Ok(())
}

/// Reads the parameters of a question as the command line of the same question.
pub fn read(name: &str, pairs: &[(String, String)], format: FormatWord) -> Result<Cli, Problem> {
    let question = find(name)?;
    let mut line = vec!["presence".to_owned()];
    line.extend(question.command.split(' ').map(str::to_owned));
    line.push(format!("--format={}", format.name()));
    line.extend(flags(question, pairs)?);
    if let Some(pages) = question.pages {
        line.push(format!("--limit={}", limit(pages, pairs)?));
    }
    line.push("--".to_owned());
    line.extend(words(question, pairs)?);
    let program = environment::program().map_err(|error| Problem::from(Failure::from(error)))?;
    program.parse(line).map_err(|error| wrong(question, &error))
}

/// The flags of the command line.
fn flags(question: &Question, pairs: &[(String, String)]) -> Result<Vec<String>, Problem> {
    let program = Cli::command();
    let command = question.command_of(&program);
    let takes_value = |flag: &str| {
        let mut arguments = command.get_arguments().chain(program.get_arguments());
        let argument = arguments.find(|argument| argument.get_long() == Some(flag));
        argument.is_none_or(|argument| argument.get_action().takes_values())
    };
    let mut flags = Vec::new();
    for (name, value) in pairs {
        let name = name.as_str();
        let is_page = name == "limit" && question.pages.is_some();
        if question.words.contains(&name) || name == "format" || is_page {
            continue;
        }
        if !question.parameters().any(|known| known == name) {
            let near = nearest(name, question.parameters());
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            return Err(Problem::parameter(
                name,
                format!("{} has no parameter {name:?}{hint}", question.name),
            ));
        }
        match value.as_str() {
            value if takes_value(name) => flags.push(format!("--{name}={value}")),
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
    let problem = error::usage(&usage_sentence(error, PROGRAM));
    let Some(named) = named else {
        return problem;
    };
    let name = if let Some(flag) = named.strip_prefix("--") {
        flag.split([' ', '=', '[']).next().unwrap_or(flag)
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
    fn what_touches_files_or_the_store_is_no_parameter() {
        for flag in ["store", "config", "log", "output", "color"] {
            check_refused("report", &format!("from=-1d&to=now&{flag}=x"), flag);
        }
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        assert!(asked("report", "to=now").is_ok() && asked("report", "").is_ok());
        check_refused("report", "from=-1d&from=-2d&to=now", "from");
        check_refused("report", "from=-1d&to=now&facet=x", "facet");
        check_refused("report", "from=-1d&to=now&form=x", "form");
        check_refused("report", "from=-1d&to=now&as-now=perhaps", "as-now");
        for step in ["0s", "0d", "-15m", "1d12h", "36526d", "1mo"] {
            let query = format!("from=-1d&to=now&value=x&step={step}");
            check_refused("staffing", &query, "step");
        }
        for count in ["0", "-1", "1000001", "99999999999999999999"] {
            let query = format!("from=-1d&to=now&min-group={count}");
            check_refused("report", &query, "min-group");
        }
        check_refused("report", "from=-1d&to=now&min-evidence=1.5", "min-evidence");
        check_refused("timeline", "from=-1d&to=now", "person");
        check_refused("at", "", "time");
        check_refused("changes", "from=-1d&to=now&limit=0", "limit");
        check_refused("changes", "from=-1d&to=now&limit=10001", "limit");
        assert!(asked("report", "from=-1d&to=now&person=--help&person=-x").is_ok());
        assert!(asked("nothing", "").is_err());
        assert!(pairs(Some("a=%ff")).is_err() && pairs(Some("a=%00")).is_err());
    }
}
