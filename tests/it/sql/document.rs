//! `docs/sql.md`, split into the views with their documented columns, and the questions with their statements.

use std::fs;
use std::path::PathBuf;

/// A view as it is documented.
pub(super) struct DocumentedView {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
}

/// A question with its statements, each with the database it is for; `None`: for both.
pub(super) struct Question {
    pub(super) title: String,
    pub(super) statements: Vec<(Option<String>, String)>,
}

impl Question {
    /// The statement for a database.
    pub(super) fn statement(&self, database: &str) -> Option<&str> {
        let suits = |only: &Option<String>| only.as_deref().is_none_or(|only| only == database);
        let found = self.statements.iter().find(|(only, _)| suits(only));
        found.map(|(_, statement)| statement.as_str())
    }
}

/// The document's lines between one second-level heading and the next.
fn section(heading: &str) -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/sql.md");
    let text = fs::read_to_string(path).expect("the document is there");
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    lines
        .take_while(|line| !line.starts_with("## "))
        .map(str::to_owned)
        .collect()
}

/// The parts of a section, by third-level heading.
fn parts(heading: &str) -> Vec<(String, Vec<String>)> {
    let mut parts: Vec<(String, Vec<String>)> = Vec::new();
    for line in section(heading) {
        if let Some(title) = line.strip_prefix("### ") {
            parts.push((title.to_owned(), Vec::new()));
        } else if let Some((_, lines)) = parts.last_mut() {
            lines.push(line);
        }
    }
    assert!(!parts.is_empty(), "{heading} has parts");
    parts
}

/// The views and their columns: everything between backticks in the first cell of a row.
pub(super) fn views() -> Vec<DocumentedView> {
    let views = parts("## Views").into_iter().map(|(title, lines)| {
        let rows = lines.iter().filter(|line| line.starts_with("| `"));
        let cells = rows.filter_map(|row| row.split('|').nth(1));
        DocumentedView {
            name: title.trim_matches('`').to_owned(),
            columns: cells
                .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned))
                .collect(),
        }
    });
    views.collect()
}

/// The questions.
pub(super) fn questions() -> Vec<Question> {
    let questions = parts("## Questions").into_iter().map(|(title, lines)| {
        let mut statements: Vec<(Option<String>, String)> = Vec::new();
        let mut is_open = false;
        for line in &lines {
            match line.strip_prefix("```") {
                Some(_) if is_open => is_open = false,
                Some(words) => {
                    let mut words = words.split(' ');
                    assert_eq!(words.next(), Some("sql"), "{title}: what is fenced is SQL");
                    statements.push((words.next().map(str::to_owned), String::new()));
                    is_open = true;
                }
                None if is_open => {
                    let (_, statement) = statements.last_mut().expect("a fence is open");
                    statement.push_str(line);
                    statement.push('\n');
                }
                None => {}
            }
        }
        Question { title, statements }
    });
    questions.collect()
}

/// A statement with its parameters filled in, as the databases' shells do it.
///
/// A colon that begins no parameter is left alone; a parameter without a value is a mistake in the test.
pub(super) fn fill_in(statement: &str, parameters: &[(&str, i64)]) -> String {
    let mut filled = String::new();
    let mut rest = statement;
    while let Some(at) = rest.find(':') {
        let (before, after) = rest.split_at(at);
        let name_end = after[1..]
            .find(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'))
            .map_or(after.len(), |end| end + 1);
        let name = &after[1..name_end];
        filled.push_str(before);
        if name.is_empty() {
            filled.push(':');
        } else {
            let value = parameters.iter().find(|(known, _)| *known == name);
            let (_, value) = value.unwrap_or_else(|| panic!("the test gives no :{name}"));
            filled.push_str(&value.to_string());
        }
        rest = &after[name_end..];
    }
    filled.push_str(rest);
    filled
}

#[test]
fn parameters_are_filled_in_whole() {
    let filled = fill_in(
        "a >= :from_ms and a < :from_ms + :to_ms",
        &[("from_ms", 5), ("to_ms", 7)],
    );
    assert_eq!(filled, "a >= 5 and a < 5 + 7");
}
