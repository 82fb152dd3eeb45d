//! Answers as they are stored in `tests/corpus/answers`: short ones whole, long ones as their digest and first lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use sha2::{Digest as _, Sha256};
use similar::TextDiff;

use super::questions::folder;

/// An answer with at most this many lines and bytes is stored whole.
const WHOLE_LINES: usize = 8;
const WHOLE_BYTES: usize = 800;

/// Of a longer answer, this many lines are stored, each up to this many characters.
const FIRST_LINES: usize = 4;
const FIRST_LETTERS: usize = 120;

/// These headers are stored with their answer; each set of other headers is stored once.
const OWN_HEADERS: [&str; 5] = [
    "content-type",
    "link",
    "location",
    "retry-after",
    "www-authenticate",
];

/// How many differences are shown.
const SHOWN_DIFFERENCES: usize = 20;

/// A part of an answer: an output, a file or a body.
pub(super) struct Part(String);

impl Part {
    pub(super) fn of_bytes(name: &str, content: &[u8]) -> Self {
        Self(format!(
            "{name}: {} bytes, {}\n",
            content.len(),
            digest(content)
        ))
    }

    pub(super) fn of_text(name: &str, text: &str) -> Self {
        if text.is_empty() {
            return Self(String::new());
        }
        let is_whole = text.len() <= WHOLE_BYTES && text.lines().count() <= WHOLE_LINES;
        let mut kept = if is_whole {
            String::new()
        } else {
            format!(
                "{name}: {} bytes, {}\n",
                text.len(),
                digest(text.as_bytes())
            )
        };
        let count = if is_whole { usize::MAX } else { FIRST_LINES };
        for line in text.split_inclusive('\n').take(count) {
            let (line, end) = match line.strip_suffix('\n') {
                Some(line) => (line, ""),
                None => (line, " (no end of line)"),
            };
            let mut letters = line.chars();
            let limit = if is_whole { usize::MAX } else { FIRST_LETTERS };
            let shown: String = letters.by_ref().take(limit).flat_map(shown).collect();
            let more = if letters.next().is_some() { "…" } else { end };
            let _ = writeln!(kept, "{name}> {shown}{more}");
        }
        Self(kept)
    }
}

/// A character as it can be read in a file.
fn shown(letter: char) -> impl Iterator<Item = char> {
    let escaped = letter.is_control() || letter == '\u{feff}';
    let plain = (!escaped).then_some(letter);
    let escape = escaped.then(|| letter.escape_default());
    plain.into_iter().chain(escape.into_iter().flatten())
}

fn digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    format!("sha256 {}", hex::encode(&digest[..8]))
}

/// The result of a question.
#[derive(Default)]
pub(super) struct Written {
    text: String,
    /// Sets of headers that many answers have, by the name that refers to them.
    sets: BTreeMap<String, String>,
}

impl Written {
    pub(super) fn new(outcome: String) -> Self {
        Self {
            text: outcome + "\n",
            sets: BTreeMap::new(),
        }
    }

    pub(super) fn push(&mut self, part: &Part) {
        self.text.push_str(&part.0);
    }

    pub(super) fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.sets.extend(other.sets);
    }

    /// Headers by name, in order. For a tag or a cookie, only its presence is stored.
    pub(super) fn set_headers(&mut self, headers: &[(String, String)]) {
        let mut others = String::new();
        for (name, value) in headers {
            let value = if matches!(name.as_str(), "etag" | "set-cookie") {
                "(one)"
            } else {
                value
            };
            if OWN_HEADERS.contains(&name.as_str()) {
                let _ = writeln!(self.text, "{name}: {value}");
            } else {
                let _ = writeln!(others, "{name}: {value}");
            }
        }
        let name = digest(others.as_bytes());
        let name = format!("headers {}", &name[name.len() - 6..]);
        let _ = writeln!(self.text, "{name}");
        self.sets.insert(name, others);
    }
}

/// All answers as one text: each below its question, and the sets of headers at the end.
pub(super) fn text(answers: &[(String, Written)]) -> String {
    let mut text = String::new();
    let mut sets = BTreeMap::new();
    for (question, answer) in answers {
        let _ = write!(text, "\n= {question}\n{}", answer.text);
        sets.extend(&answer.sets);
    }
    for (name, headers) in sets {
        let _ = write!(text, "\n= {name}\n{headers}");
    }
    text
}

/// Compares answers with the stored ones, or stores them if `UPDATE_CORPUS` is set.
#[track_caller]
pub(super) fn check(name: &str, text: &str) {
    let path = folder().join(format!("answers/{name}.txt"));
    let kept = fs::read_to_string(&path).unwrap_or_default();
    #[expect(
        clippy::disallowed_methods,
        reason = "it is about this run of the tests, not about the program"
    )]
    let is_update = std::env::var_os("UPDATE_CORPUS").is_some();
    if is_update {
        fs::write(&path, text).expect("the answers can be written");
        return;
    }
    let differences = differences(&kept, text);
    assert!(
        differences.is_empty(),
        "{} of the answers in {} are others now. If they are meant to be, UPDATE_CORPUS=1 cargo test --test it corpus \
         writes them; review what changes.\n{}",
        differences.len(),
        path.display(),
        differences[..differences.len().min(SHOWN_DIFFERENCES)].concat()
    );
}

/// The questions whose answers differ, each with its differences.
pub(super) fn differences(kept: &str, now: &str) -> Vec<String> {
    let mut kept = blocks(kept);
    let mut all = Vec::new();
    for (question, answer) in blocks(now) {
        let before = kept.iter().position(|(known, _)| *known == question);
        let before = before.map_or(String::new(), |index| kept.remove(index).1);
        if before != answer {
            let compared = TextDiff::from_lines(&before, &answer);
            let diff = compared.unified_diff().context_radius(2).to_string();
            all.push(format!("\n= {question}\n{diff}"));
        }
    }
    all.extend(
        kept.iter()
            .map(|(question, _)| format!("\n= {question}\nis not asked any more\n")),
    );
    all
}

/// The answers in a text, with their questions.
fn blocks(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("\n= ").filter(|block| !block.is_empty());
    let named = blocks.map(|block| block.split_once('\n').unwrap_or((block, "")));
    // The blank line before the next question is not part of the answer.
    named
        .map(|(question, answer)| (question.to_owned(), answer.trim_end().to_owned() + "\n"))
        .collect()
}

#[test]
fn a_long_answer_is_kept_by_its_digest_and_its_beginning() {
    let kept = Part::of_text("out", &"line\n".repeat(9)).0;
    let (first, rest) = kept.split_once('\n').expect("lines");
    assert!(first.starts_with("out: 45 bytes, sha256 "), "{first}");
    assert_eq!(rest, "out> line\n".repeat(FIRST_LINES));
    assert_eq!(
        Part::of_text("err", "a\u{1b}[1m\nb").0,
        "err> a\\u{1b}[1m\nerr> b (no end of line)\n"
    );
    assert_eq!(Part::of_text("err", "").0, "");
}

#[test]
fn answers_that_differ_are_found_by_their_question() {
    let kept = "\n= one\nexit code 0\n\n= two\nexit code 0\n\n= three\nexit code 1\n";
    assert_eq!(differences(kept, kept), Vec::<String>::new());
    let now = "\n= one\nexit code 0\n\n= two\nexit code 2\n\n= four\nexit code 0\n";
    let found = differences(kept, now);
    let questions: Vec<&str> = found.iter().filter_map(|one| one.lines().nth(1)).collect();
    assert_eq!(questions, ["= two", "= four", "= three"]);
    assert!(
        found[0].contains("-exit code 0\n+exit code 2\n"),
        "{}",
        found[0]
    );
}
