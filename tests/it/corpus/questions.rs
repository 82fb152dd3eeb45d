//! The questions of `tests/corpus/questions`, and how a line of a list is read.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Method;

/// The present of every question.
pub(super) const NOW: &str = "2026-11-03T12:02:10Z";

/// The folder of the corpus.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// A file of the corpus, as text.
pub(super) fn read(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Replaces names in braces by the values of their variables.
pub(super) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let fill =
        |text: String, (name, value): &(&str, &str)| text.replace(&format!("{{{name}}}"), value);
    values.iter().fold(text.to_owned(), fill)
}

/// The questions of a list that these tests ask: all of a line that begins with `+`, else only its first one.
pub(super) fn chosen(list: &str, values: &[(&str, &str)]) -> Vec<String> {
    let text = read(&format!("questions/{list}.txt"));
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .flat_map(|line| {
            let (line, count) = match line.strip_prefix("+ ") {
                Some(line) => (line, usize::MAX),
                None => (line, 1),
            };
            expanded(&filled(line, values)).into_iter().take(count)
        })
        .collect()
}

/// The lines that `{one|another}` stands for, in order.
fn expanded(line: &str) -> Vec<String> {
    let group = line.match_indices('{').find_map(|(start, _)| {
        let length = line[start..].find('}')?;
        let inner = &line[start + 1..start + length];
        (inner.contains('|') && !inner.contains('{')).then_some((start, inner))
    });
    let Some((start, inner)) = group else {
        return vec![line.to_owned()];
    };
    let (before, after) = (&line[..start], &line[start + inner.len() + 2..]);
    inner
        .split('|')
        .flat_map(|part| expanded(&format!("{before}{part}{after}")))
        .collect()
}

/// What a question is sent to.
#[derive(Debug)]
pub(super) enum Question {
    /// The program.
    Program {
        variables: Vec<(String, String)>,
        arguments: Vec<String>,
    },
    /// A server of it.
    Server(Request),
}

/// A request over HTTP.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    /// Whose token is sent.
    pub(super) token: Option<String>,
    /// The file of the home that is sent.
    pub(super) body: Option<String>,
    /// Whether the server lets nobody read without a token.
    pub(super) is_guarded: bool,
    /// Whether the question is repeated with the tag of its answer.
    pub(super) is_repeated: bool,
}

impl Question {
    pub(super) fn parse(line: &str) -> Self {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match first.parse::<Method>() {
            Ok(method) if first.chars().all(|letter| letter.is_ascii_uppercase()) => {
                Self::Server(Request::parse(method, rest))
            }
            _ => Self::of_program(line),
        }
    }

    fn of_program(line: &str) -> Self {
        let mut words = shlex::split(line)
            .expect("its quotes are closed")
            .into_iter()
            .peekable();
        let mut variables = Vec::new();
        while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
            variables.push((name.to_owned(), value.to_owned()));
            words.next();
        }
        let mut arguments = match words.next().as_deref() {
            Some("ask") => vec!["--now".to_owned(), NOW.to_owned()],
            Some("presence") => Vec::new(),
            _ => panic!("a question begins with ask, presence or a method of HTTP: {line}"),
        };
        arguments.extend(words);
        Self::Program {
            variables,
            arguments,
        }
    }
}

impl Request {
    fn parse(method: Method, rest: &str) -> Self {
        let mut parts = rest.split(" | ");
        let mut request = Self {
            method,
            path: parts.next().unwrap_or_default().to_owned(),
            headers: Vec::new(),
            token: None,
            body: None,
            is_guarded: false,
            is_repeated: false,
        };
        for part in parts {
            match part.split_once(": ") {
                None if part == "again" => request.is_repeated = true,
                Some(("as", name)) => request.token = Some(name.to_owned()),
                Some(("body", name)) => request.body = Some(name.to_owned()),
                Some(("server", "guarded")) => request.is_guarded = true,
                Some((name, value)) => request.headers.push((name.to_owned(), value.to_owned())),
                None => panic!("{part:?} is no part of a request: {rest}"),
            }
        }
        request
    }
}

/// What `tests/corpus/stores.txt` says of a store.
pub(super) fn of_store(name: &str, key: &str) -> Vec<String> {
    let text = read("stores.txt");
    let begin = format!("{name} {key} ");
    let lines = text.lines().filter_map(|line| line.strip_prefix(&begin));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_line_stands_for_all_its_alternatives_in_order() {
    assert_eq!(
        expanded("at {1|2} --by {|x}"),
        ["at 1 --by ", "at 1 --by x", "at 2 --by ", "at 2 --by x"]
    );
    assert_eq!(expanded("at {id}"), ["at {id}"]);
    assert_eq!(filled("{a}/{b}", &[("a", "1")]), "1/{b}");
}
