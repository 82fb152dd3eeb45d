//! One meaning per word, one word per meaning (`docs/glossary.md`). Replaced words do not come back, neither as names in the
//! code nor in what people read.

use std::fs;
use std::path::{Path, PathBuf};

/// Replaced words, and their replacements: parts of names (`keep_somebody`, `KeepSomebody`) and words of text alike.
const WORDS: &[(&str, &str)] = &[
    ("anew", "again"),
    ("besides", "also"),
    ("dice", "rng"),
    ("examine", "inspect"),
    ("keeper", "what it does, such as daily rollup"),
    ("lagging", "stale"),
    ("lays", "adds, compares"),
    ("outwait", "wait for"),
    ("overtaken", "head conflict"),
    ("patience", "timeout"),
    ("scissors", "reset handle"),
    ("seal", "pack"),
    ("sealed", "packed"),
    ("shall", "must, will"),
    ("somebody", "someone, or the role"),
    ("spoil", "corrupt"),
    ("tape", "spool file"),
    ("telling", "report options"),
    ("tells", "shows, says"),
    ("whoever", "anyone who, or the role"),
];

/// Replaced names, as a whole.
const NAMES: &[(&str, &str)] = &[
    ("Among", "GroupFilter"),
    ("Ear", "SweepListener"),
    ("LifeRow", "ExistenceInterval"),
    ("Teller", "ProgressReporter"),
    ("WholeFile", "AtomicFile"),
];

/// Replaced phrases of text.
const PHRASES: &[(&str, &str)] = &[
    ("a look at the account", "a sweep"),
    ("each look", "each sweep"),
    ("every look", "every sweep"),
    ("last look", "last sweep"),
    ("next look", "next sweep"),
    ("nobody looked", "no data"),
    ("of looks", "of sweeps"),
    ("the looks", "the sweeps"),
];

/// Where an older word stays: names in databases, files and answers of older versions, and words of others.
const STAYS: &[(&str, &str)] = &[
    ("lagging_at", "a column"),
    ("lagging_valid_for_ms", "a column"),
    ("history_sealed", "a table"),
];

/// What people read, and what they write.
const ENDINGS: &[&str] = &[
    "rs", "md", "toml", "yml", "html", "js", "css", "sh", "py", "service", "json", "ftl",
];

/// The tables of old and new words.
const LISTS: &[&str] = &[
    "docs/glossary.md",
    "crates/model/src/renamed.rs",
    "tests/it/words.rs",
];

/// Files and folders that are not read, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("tests/browser/axe/LICENSE", "words of others"),
    ("tests/browser/axe/axe.min.js", "words of others"),
    ("tests/corpus/answers", "answers of the program"),
    ("tests/it/cli/snapshots", "answers of the program"),
    ("tests/it/fixtures/calendars", "exports of other programs"),
    (
        "tests/it/fixtures/earlier/schema-8",
        "an older version's stores",
    ),
    ("tests/it/fixtures/ringcentral", "answers of the platform"),
];

fn files() -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = [
        "benches", "contrib", "crates", "docs", "scripts", "src", "tests",
    ]
    .map(|name| root.join(name))
    .into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if LEFT_OUT.iter().any(|(name, _)| path == root.join(name)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root.join(name)));
    found.retain(|path| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        // Scripts have no ending.
        let is_read = ending.is_none_or(|ending| ENDINGS.contains(&ending));
        is_read && !LISTS.iter().any(|list| path.ends_with(list))
    });
    found.sort();
    found
}

fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The words of a name: `keep_it`, `KeepIt` and `keepIt` are two.
fn words(name: &str) -> Vec<String> {
    let mut found: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        if letter == '_' || (letter.is_ascii_uppercase() && was_lower) {
            found.push(String::new());
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if letter != '_' {
            let last = found.last_mut().expect("there is one from the start");
            last.push(letter.to_ascii_lowercase());
        }
    }
    found
}

/// The text without what makes lines of it: line ends, marks of comments, runs of blanks.
fn running(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim();
        line.trim_start_matches(['/', '!', '#'])
            .trim_end_matches('\\')
    });
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ").to_lowercase()
}

/// What is wrong in a text.
fn faults(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for name in line.split(|letter| !is_part(letter)) {
            if STAYS.iter().any(|(stays, _)| *stays == name) {
                continue;
            }
            let parts = words(name);
            let word = WORDS
                .iter()
                .find(|(word, _)| parts.iter().any(|part| part == word));
            let whole = NAMES.iter().find(|(known, _)| *known == name);
            if let Some((old, new)) = word.or(whole) {
                found.push(format!("{}: {name}: not {old}, but {new}", index + 1));
            }
        }
    }
    let running = running(text);
    for (old, new) in PHRASES {
        if running.contains(old) {
            found.push(format!("not {old:?}, but {new}"));
        }
    }
    found
}

#[test]
fn replaced_words_do_not_come_back() {
    let mut all = Vec::new();
    for path in files() {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let name = path
            .strip_prefix(env!("CARGO_MANIFEST_DIR"))
            .unwrap_or(Path::new(""))
            .display();
        all.extend(
            faults(&text)
                .into_iter()
                .map(|fault| format!("{name}:{fault}")),
        );
    }
    assert!(all.is_empty(), "{} times:\n{}", all.len(), all.join("\n"));
}

#[test]
fn files_of_tests_are_read_except_those_that_are_left_out() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let files = files();
    let is_read = |name: &str| files.contains(&root.join(name));
    assert!(is_read("tests/it/main.rs") && is_read("tests/it/fixtures/stores/make.sh"));
    assert!(is_read("tests/corpus/README.md") && is_read("tests/browser/main.rs"));
    for (name, reason) in LEFT_OUT {
        let left_out = root.join(name);
        assert!(left_out.exists(), "{name} ({reason}) is not there any more");
        assert!(!files.iter().any(|path| path.starts_with(&left_out)));
    }
}

#[test]
fn a_replaced_word_is_found_in_names_and_in_text() {
    let count = |text: &str| faults(text).len();
    assert_eq!(count("fn ask_somebody()"), 1);
    assert_eq!(count("struct TapeReader;"), 1);
    assert_eq!(count("/// Whoever is asked."), 1);
    assert_eq!(count("struct LifeRow;"), 1);
    assert_eq!(count("//! At the last\n//! look of all."), 1);
    assert_eq!(count("fn conceal() // look it up in a cassette"), 0);
    assert_eq!(count("let present = row.lagging_at;"), 0);
}
