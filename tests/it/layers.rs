//! What may use what: read from the sources, so that an effect in a pure part fails with its file and line.

use std::fs;
use std::path::{Path, PathBuf};

/// A part of the crate, and the other parts that it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    // Reading a file is an effect, what its bytes say is not: so this stands between the core and all who read files.
    ("files", &["model"]),
    ("query", &["model"]),
    ("shapes", &["model", "query", "store"]),
    ("render", &["model", "query", "shapes"]),
    ("picture", &["model", "query", "render", "shapes"]),
    ("page", &["render", "shapes"]),
    ("ringcentral", &["clock", "files", "model", "private"]),
    ("spool", &["model", "private"]),
    ("store", &["clock", "files", "model", "private"]),
    (
        "collector",
        &["clock", "model", "ringcentral", "spool", "store"],
    ),
    ("import", &["clock", "model", "ringcentral", "store"]),
    ("export", &["model", "render", "shapes", "store"]),
    ("ask", &["model", "query", "shapes", "store"]),
    (
        "answers",
        &[
            "ask", "clock", "config", "export", "model", "page", "picture", "query", "render",
            "shapes", "store",
        ],
    ),
    (
        "serve",
        &[
            "answers",
            "ask",
            "clock",
            "config",
            "files",
            "import",
            "model",
            "operations",
            "picture",
            "query",
            "render",
            "shapes",
            "store",
        ],
    ),
    ("simulator", &["clock"]),
    (
        "operations",
        &[
            "clock",
            "collector",
            "model",
            "query",
            "render",
            "ringcentral",
            "shapes",
            "store",
        ],
    ),
    ("generate", &["model", "simulator", "store"]),
];

/// Files and folders that decide and never act.
const PURE: &[&str] = &[
    "model",
    "query",
    "shapes",
    "render",
    "picture",
    "page.rs",
    "answers/format.rs",
    "answers/parameters.rs",
    "answers/refusal.rs",
    "answers/request.rs",
    "answers/values.rs",
    "import/line.rs",
    "ringcentral/wire",
    "ringcentral/budget.rs",
    "collector/schedule.rs",
    "serve/access/scope.rs",
    "serve/api/limits.rs",
    "serve/markup.rs",
    "serve/pages/axis.rs",
    "serve/pages/bars.rs",
    "serve/pages/directory.rs",
    "serve/pages/fields.rs",
    "serve/pages/forms.rs",
    "serve/pages/grid.rs",
    "serve/pages/layout.rs",
    "serve/pages/palette.rs",
    "serve/pages/period.rs",
    "serve/pages/picture.rs",
    "spool/content.rs",
    "spool/frame.rs",
    "simulator/world.rs",
    "generate/looks.rs",
    "generate/outages.rs",
    "generate/roster.rs",
    "generate/days.rs",
    "operations/vitals.rs",
    "operations/readiness.rs",
    "operations/metrics.rs",
];

/// What acts: none of it may stand in a pure file.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "tokio",
    "sqlx",
    "reqwest",
    "axum",
    "SystemTime",
    "Instant::now",
    "println!",
    "print!",
    "async fn",
    "tracing::",
];

/// What reads text or takes bytes for text by itself.
const TEXT_READ: &[&str] = &[
    "read_to_string",
    "fs::read(",
    "from_utf8",
    "read_line(",
    "pem_file",
    "trim_start_matches('\\u{feff}')",
    "strip_prefix('\\u{feff}')",
    "0xef, 0xbb, 0xbf",
];

/// Who may do so, beside the one reader of text files (`files.rs`, `model/text.rs`), and why.
const READS_TEXT_ITSELF: &[(&str, &str)] = &[
    ("model/time.rs", "digits that it has just written"),
    ("render/json.rs", "JSON that it has just written"),
    ("render/csv.rs", "CSV that it has just written"),
    ("cli/man.rs", "a page that a library has just written"),
    (
        "cli/completions.rs",
        "a script that a library has just written",
    ),
    (
        "cli/lock.rs",
        "the lock file that this program wrote, and a file of the kernel",
    ),
    (
        "cli/init/answers.rs",
        "what is typed at the terminal; it is trimmed",
    ),
    ("config/digest.rs", "the bytes alone, for a digest of them"),
    (
        "import/line.rs",
        "a line without its end, of an input that is UTF-8 by then",
    ),
    (
        "import/repeat.rs",
        "the same, where line.rs says what is wrong",
    ),
    (
        "ringcentral/failure.rs",
        "an excerpt of an answer that cannot be read",
    ),
    (
        "ringcentral/wire/envelope.rs",
        "an answer of the platform, whose JSON is UTF-8",
    ),
    (
        "ringcentral/wire/error_body.rs",
        "an answer of the platform, as far as it can be read",
    ),
    (
        "ringcentral/wire/place.rs",
        "a key of an answer, for a message",
    ),
    (
        "ringcentral/wire/values.rs",
        "a text that it has just mended",
    ),
    (
        "serve/access/departure.rs",
        "a part of an address that this program made",
    ),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The lines of a source that are neither comments nor its tests, numbered from 1.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).expect("the source can be read");
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line.to_owned()))
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn of_part(part: &str) -> Vec<PathBuf> {
    let folder = root().join("src").join(part);
    let file = root().join("src").join(format!("{part}.rs"));
    let mut found = if folder.is_dir() {
        sources(&folder)
    } else {
        Vec::new()
    };
    found.extend(file.is_file().then_some(file));
    assert!(!found.is_empty(), "there is no part {part}");
    found
}

#[test]
fn parts_use_only_what_lies_below_them() {
    let mut faults = Vec::new();
    for (part, allowed) in MAY_USE {
        for path in of_part(part) {
            for (number, line) in code(&path) {
                for used in line.split("crate::").skip(1) {
                    let used: String = used
                        .chars()
                        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                        .collect();
                    let is_part = MAY_USE.iter().any(|(part, _)| *part == used)
                        || ["cli", "clock", "config"].contains(&used.as_str());
                    if is_part && used != *part && !allowed.contains(&used.as_str()) {
                        faults.push(format!("{}:{number}: {part} uses {used}", path.display()));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_decides_does_not_act() {
    let mut faults = Vec::new();
    for pure in PURE {
        let path = root().join("src").join(pure);
        let files = if path.is_dir() {
            sources(&path)
        } else {
            vec![path]
        };
        for file in files {
            for (number, line) in code(&file) {
                for effect in EFFECTS.iter().filter(|effect| line.contains(**effect)) {
                    faults.push(format!("{}:{number}: {effect}", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn text_is_read_in_one_place() {
    let folder = root().join("src");
    let mut faults = Vec::new();
    let mut found = Vec::new();
    for path in sources(&folder) {
        let name = path.strip_prefix(&folder).expect("it lies below");
        let name = name.to_str().expect("a name").replace('\\', "/");
        if ["files.rs", "model/text.rs"].contains(&name.as_str()) {
            continue;
        }
        for (number, line) in code(&path) {
            if !TEXT_READ.iter().any(|way| line.contains(way)) {
                continue;
            }
            match READS_TEXT_ITSELF.iter().find(|(known, _)| *known == name) {
                Some((known, _)) => found.push(*known),
                None => faults.push(format!(
                    "src/{name}:{number} reads text by itself: use `files` or `model::text`, so that marks, line ends and \
                     encodings are the same everywhere"
                )),
            }
        }
    }
    let idle = READS_TEXT_ITSELF.iter().map(|(name, _)| *name);
    let idle = idle.filter(|name| !found.contains(name));
    faults.extend(idle.map(|name| format!("src/{name} does not read text by itself any more")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_simulator_and_the_client_share_no_types() {
    for (part, other) in [("simulator", "ringcentral"), ("ringcentral", "simulator")] {
        for path in of_part(part) {
            for (number, line) in code(&path) {
                assert!(
                    !line.contains(&format!("crate::{other}")),
                    "{}:{number}: {part} uses {other}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn every_test_file_is_part_of_the_test_binary() {
    let folder = root().join("tests/it");
    for path in sources(&folder) {
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        let (parent, name) = match stem {
            "main" => continue,
            "mod" => {
                let own = path.parent().expect("it lies in a folder");
                let name = own
                    .file_name()
                    .and_then(|name| name.to_str())
                    .expect("a name");
                (
                    own.parent().expect("below the tests").to_owned(),
                    name.to_owned(),
                )
            }
            name => (
                path.parent().expect("it lies in a folder").to_owned(),
                name.to_owned(),
            ),
        };
        let declared_in = if parent == folder {
            folder.join("main.rs")
        } else {
            parent.join("mod.rs")
        };
        let text = fs::read_to_string(&declared_in).expect("the parent module is there");
        assert!(
            text.contains(&format!("mod {name};")),
            "{} is not declared in {}",
            path.display(),
            declared_in.display()
        );
    }
}
