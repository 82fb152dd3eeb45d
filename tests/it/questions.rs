//! `docs/questions.md`, asked: every answer in it is what the program says.
//!
//! `UPDATE_DOCS=1 cargo test --test it questions` writes the answers anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// So many questions are answered at least.
const QUESTIONS_MIN: usize = 30;

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/questions.md")
}

/// Whether documents are to be written anew instead of compared.
pub(crate) fn shall_update() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is about this run of the tests, not about the program"
    )]
    let wanted = std::env::var_os("UPDATE_DOCS");
    wanted.is_some()
}

/// Compares a document with what it should be, or writes it.
#[track_caller]
pub(crate) fn check_document(path: &Path, expected: &str) {
    let kept = fs::read_to_string(path).unwrap_or_default();
    if kept == expected {
        return;
    }
    if shall_update() {
        fs::write(path, expected).expect("the document can be written");
        return;
    }
    let differing = kept
        .lines()
        .zip(expected.lines())
        .position(|(one, other)| one != other);
    let line = differing.unwrap_or(kept.lines().count().min(expected.lines().count()));
    panic!(
        "{} differs from line {} on:\n  {}\nis now\n  {}\nif that is right, run the test again with UPDATE_DOCS=1",
        path.display(),
        line + 1,
        kept.lines().nth(line).unwrap_or("(its end)"),
        expected.lines().nth(line).unwrap_or("(its end)"),
    );
}

/// The program with the office of the document.
struct Office {
    folder: tempfile::TempDir,
}

impl Office {
    fn run(&self, line: &str) -> String {
        let (line, head) = match line.split_once(" | head -") {
            Some((line, count)) => (line, count.parse().expect("a number of lines")),
            None => (line, usize::MAX),
        };
        let words = words(line);
        assert_eq!(words[0], "presence", "{line}");
        let output = Command::new(env!("CARGO_BIN_EXE_presence"))
            .env_clear()
            .env("PRESENCE_STORE", "sqlite:office.db")
            .current_dir(self.folder.path())
            .args(&words[1..])
            .output()
            .expect("the program can be run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        let answer = text(&output.stdout);
        let lines: Vec<&str> = answer.lines().collect();
        let mut shown = lines[..lines.len().min(head)].join("\n");
        if lines.len() > head {
            shown.push_str("\n…");
        }
        shown
    }
}

/// The words of a line as a shell reads them; only double quotes are used.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            _ => words.last_mut().expect("there is always one").push(letter),
        }
    }
    words
}

#[test]
fn every_question_has_the_answer_of_the_document() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let office = Office { folder };
    let document = document();
    let kept = fs::read_to_string(&document).expect("the document is there");
    let mut written = String::new();
    let mut lines = kept.lines();
    let mut asked = 0;
    while let Some(line) = lines.next() {
        let _ = writeln!(written, "{line}");
        if line != "```sh" {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let _ = writeln!(written, "{}\n```", block.join("\n"));
        let [command] = block[..] else {
            // How the office is made.
            office.run(block[0]);
            continue;
        };
        let answer = office.run(command);
        let text = lines.by_ref().find(|line| *line == "```text");
        assert!(text.is_some(), "{command} has no answer");
        lines.by_ref().find(|line| *line == "```");
        let _ = writeln!(written, "\n```text\n{}\n```", unspaced(&answer));
        asked += 1;
    }
    assert!(asked >= QUESTIONS_MIN, "there are {asked}");
    check_document(&document, &written);
}

/// An answer without white space at the ends of its lines, and without empty lines at its end.
fn unspaced(answer: &str) -> String {
    let lines: Vec<&str> = answer.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}
