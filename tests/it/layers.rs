//! What may use what: read from the sources, so that a side effect in a pure part fails with its file and line.

use std::fs;
use std::path::{Path, PathBuf};

/// A crate, and the other crates of this program that it depends on.
const ARROWS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("texts", &[]),
    ("model", &[]),
    ("core", &["model"]),
    // Reading a file is an effect, interpreting its bytes is not, so this crate is between the pure crates and those
    // that read files.
    ("files", &["model"]),
    ("icalendar", &["core", "model"]),
    ("ringcentral-wire", &["model"]),
    (
        "ringcentral",
        &["clock", "files", "model", "ringcentral-wire"],
    ),
    ("store", &["files", "model"]),
    (
        "recording",
        &["clock", "files", "model", "ringcentral-wire", "store"],
    ),
    (
        "collector",
        &[
            "clock",
            "core",
            "model",
            "recording",
            "ringcentral",
            "ringcentral-wire",
            "store",
        ],
    ),
    ("config", &["core", "files", "icalendar", "model"]),
    ("charts", &["core", "model", "texts"]),
    ("reading", &["core", "model", "store"]),
    (
        "answers",
        &[
            "charts", "clock", "config", "core", "model", "reading", "store", "texts",
        ],
    ),
    (
        "server",
        &[
            "answers",
            "charts",
            "clock",
            "config",
            "core",
            "files",
            "model",
            "recording",
            "store",
            "texts",
        ],
    ),
    // Written from the contract, without types of the client: otherwise a shared mistake would cancel out.
    ("simulator", &["clock"]),
    ("generate", &["model", "simulator", "store"]),
];

/// A part of a crate, and the other parts of it that it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("answers/src/shapes", &[]),
    ("answers/src/views.rs", &[]),
    ("answers/src/render", &["shapes"]),
    ("answers/src/picture", &["render", "shapes"]),
];

/// The files of a question's folder that have no effects: its JSON, and the table, rows or picture made of it. They use
/// each other and what several questions share.
const FORMS: &[&str] = &["keys", "rows", "shape", "svg", "table"];

/// What several questions share, and what the forms of an answer may use.
const SHARED_FORMS: &[&str] = &["picture", "render", "shapes"];

/// Which handles to a store a crate may name, and so what it can do with one. Only the binary has the whole store.
const HANDLES: &[(&str, &[&str])] = &[
    ("recording", &["AppendStore"]),
    ("generate", &["AppendStore"]),
    ("collector", &["AppendStore", "MaintainStore", "ReadStore"]),
    ("reading", &["MaintainStore", "ReadStore"]),
    ("answers", &["AccessStore", "ReadStore"]),
    ("server", &["AccessStore", "AppendStore", "ReadStore"]),
];

/// Dependencies with effects: pure crates have none of them.
const ACTING: &[&str] = &[
    "async-trait",
    "axum",
    "reqwest",
    "sqlx",
    "tokio",
    "tracing",
    "rand",
];

/// Files and folders without effects.
const PURE: &[&str] = &[
    "model",
    "core",
    "icalendar",
    "ringcentral-wire",
    "texts",
    "charts",
    "answers/src/shapes",
    "answers/src/render",
    "answers/src/picture",
    "answers/src/page.rs",
    "answers/src/views.rs",
    "answers/src/format.rs",
    "answers/src/parameters.rs",
    "answers/src/refusal.rs",
    "answers/src/asks.rs",
    "answers/src/values.rs",
    "recording/src/import/line.rs",
    "recording/src/spool/content.rs",
    "recording/src/spool/frame.rs",
    "ringcentral/src/budget.rs",
    "collector/src/schedule.rs",
    "collector/src/operations/vitals.rs",
    "collector/src/operations/readiness.rs",
    "collector/src/operations/metrics.rs",
    "server/src/access/scope.rs",
    "server/src/api/limits.rs",
    "server/src/markup.rs",
    "server/src/pages/axis.rs",
    "server/src/pages/bars.rs",
    "server/src/pages/directory.rs",
    "server/src/pages/fields.rs",
    "server/src/pages/forms.rs",
    "server/src/pages/grid.rs",
    "server/src/pages/layout.rs",
    "server/src/pages/palette.rs",
    "server/src/pages/period.rs",
    "server/src/pages/picture.rs",
    "simulator/src/queue_presence.rs",
    "simulator/src/queue_truth.rs",
    "simulator/src/sign_in.rs",
    "simulator/src/world.rs",
    "generate/src/sweeps.rs",
    "generate/src/outages.rs",
    "generate/src/roster.rs",
    "generate/src/days.rs",
];

/// Effects: a pure file may contain none of them.
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

/// What reads text, or interprets bytes as text, by itself.
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

/// The files that may do so, in addition to the one reader of text files (`files`, `model/src/text.rs`), and why.
const READS_TEXT_ITSELF: &[(&str, &str)] = &[
    ("model/src/time.rs", "digits that it has just written"),
    ("charts/src/json.rs", "JSON that it has just written"),
    ("charts/src/csv.rs", "CSV that it has just written"),
    ("src/cli/man.rs", "a page that a library has just written"),
    (
        "src/cli/completions.rs",
        "a script that a library has just written",
    ),
    (
        "src/cli/lock.rs",
        "the lock file that this program wrote, and a file of the kernel",
    ),
    (
        "src/cli/init/answers.rs",
        "what is typed at the terminal; it is trimmed",
    ),
    (
        "config/src/digest.rs",
        "the bytes alone, for a digest of them",
    ),
    (
        "recording/src/import/line.rs",
        "a line without its end, of an input that is UTF-8 by then",
    ),
    (
        "recording/src/import/repeat.rs",
        "the same, where line.rs says what is wrong",
    ),
    (
        "ringcentral/src/failure.rs",
        "an excerpt of an answer that cannot be read",
    ),
    (
        "ringcentral-wire/src/envelope.rs",
        "an answer of the platform, whose JSON is UTF-8",
    ),
    (
        "ringcentral-wire/src/error_body.rs",
        "an answer of the platform, as far as it can be read",
    ),
    (
        "ringcentral-wire/src/json_path.rs",
        "a key of an answer, for a message",
    ),
    (
        "ringcentral-wire/src/values.rs",
        "a text that it has just repaired",
    ),
    (
        "server/src/access/departure.rs",
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

/// The lines of a source without comments and tests, numbered from 1.
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

fn crates() -> PathBuf {
    root().join("crates")
}

/// The sources of a file or folder in a crate.
fn of_part(part: &str) -> Vec<PathBuf> {
    let path = crates().join(part);
    if path.is_file() {
        return vec![path];
    }
    let found = sources(&path);
    assert!(!found.is_empty(), "there is no part {part}");
    found
}

/// The names that follow a word in the code of a file, with their line numbers: `query` in `presence_core::query`.
fn named_after(path: &Path, word: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in code(path) {
        for rest in line.split(word).skip(1) {
            let is_part = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
            found.push((number, rest.chars().take_while(is_part).collect()));
        }
    }
    found
}

/// The dependencies of a crate, except those of its tests.
fn dependencies(name: &str) -> Vec<String> {
    let path = crates().join(name).join("Cargo.toml");
    let text = fs::read_to_string(&path).expect("every crate has one");
    let mut section = "";
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && section != "[dev-dependencies]" {
            let end = line.find(['.', ' ']).unwrap_or(line.len());
            found.extend((end > 0).then(|| line[..end].to_owned()));
        }
    }
    found
}

#[test]
fn crates_use_only_what_lies_below_them() {
    let entries = fs::read_dir(crates()).expect("the folder is there");
    let folders = entries.map(|entry| entry.expect("it can be read").file_name());
    let mut folders: Vec<String> = folders
        .map(|name| name.into_string().expect("a name"))
        .collect();
    folders.sort();
    let mut listed: Vec<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    listed.sort_unstable();
    assert_eq!(folders, listed);
    for (place, (name, allowed)) in ARROWS.iter().enumerate() {
        let used = dependencies(name);
        let used = used
            .iter()
            .filter_map(|used| used.strip_prefix("presence-"));
        let used: Vec<&str> = used.collect();
        assert_eq!(used, *allowed, "what {name} uses");
        for below in used {
            let is_below = ARROWS[..place].iter().any(|(known, _)| *known == below);
            assert!(is_below, "{name} is above {below}, which it uses");
        }
    }
}

#[test]
fn pure_crates_depend_on_nothing_that_acts() {
    for name in [
        "model",
        "core",
        "icalendar",
        "ringcentral-wire",
        "texts",
        "charts",
    ] {
        for used in dependencies(name) {
            assert!(!ACTING.contains(&used.as_str()), "{name} uses {used}");
        }
    }
}

#[test]
fn parts_use_only_what_lies_below_them() {
    let mut faults = Vec::new();
    for (part, allowed) in MAY_USE {
        let (_, own) = part.rsplit_once('/').expect("a part of a crate");
        let own = own.trim_end_matches(".rs");
        for path in of_part(part) {
            for (number, used) in named_after(&path, "crate::") {
                if used != own && !allowed.contains(&used.as_str()) {
                    faults.push(format!("{}:{number}: {own} uses {used}", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_crate_takes_of_a_store_only_what_it_needs() {
    for (name, allowed) in HANDLES {
        let mut used = Vec::new();
        for path in of_part(name) {
            for (number, handle) in named_after(&path, "dyn ") {
                if handle.ends_with("Store") {
                    let line = path.display();
                    assert!(
                        allowed.contains(&handle.as_str()),
                        "{line}:{number}: {name} takes a {handle}"
                    );
                    used.push(handle);
                }
            }
        }
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, *allowed, "what {name} takes of a store");
    }
}

/// The forms of all answers: `timeline/shape.rs`, `report/metrics_table.rs`.
fn forms() -> Vec<PathBuf> {
    let found = sources(&crates().join("answers/src"));
    let found = found.into_iter().filter(|path| {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        stem.is_some_and(is_form)
    });
    found.collect()
}

/// Whether a module is a form of an answer, by its name.
fn is_form(module: &str) -> bool {
    let last = module.rsplit('_').next().unwrap_or_default();
    FORMS.contains(&last)
}

#[test]
fn forms_of_answers_use_only_forms() {
    let mut faults = Vec::new();
    let forms = forms();
    assert!(forms.len() > 20, "{}", forms.len());
    for path in forms {
        for (number, line) in code(&path) {
            for rest in line.split("crate::").skip(1) {
                let mut names = rest.split("::").map(|name| {
                    name.trim_end_matches(|letter: char| {
                        !letter.is_ascii_alphanumeric() && letter != '_'
                    })
                });
                let shared = names.next().unwrap_or_default();
                if SHARED_FORMS.iter().any(|known| shared.starts_with(known)) {
                    continue;
                }
                let module = names.next().unwrap_or_default();
                let module = module
                    .split([';', ' ', ',', '('])
                    .next()
                    .unwrap_or_default();
                if !is_form(module) {
                    faults.push(format!("{}:{number}: {shared}::{module}", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_decides_does_not_act() {
    let mut faults = Vec::new();
    let parts = PURE.iter().flat_map(|pure| of_part(pure));
    for file in parts.chain(forms()) {
        for (number, line) in code(&file) {
            for effect in EFFECTS.iter().filter(|effect| line.contains(**effect)) {
                faults.push(format!("{}:{number}: {effect}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn text_is_read_in_one_place() {
    let mut faults = Vec::new();
    let mut found = Vec::new();
    let mut paths = sources(&root().join("src"));
    paths.extend(sources(&crates()));
    for path in paths {
        let name = path.strip_prefix(root()).expect("it lies below");
        let name = name.to_str().expect("a name").replace('\\', "/");
        let name = name.strip_prefix("crates/").unwrap_or(&name);
        if name.starts_with("files/") || name == "model/src/text.rs" {
            continue;
        }
        for (number, line) in code(&path) {
            if !TEXT_READ.iter().any(|way| line.contains(way)) {
                continue;
            }
            match READS_TEXT_ITSELF.iter().find(|(known, _)| *known == name) {
                Some((known, _)) => found.push(*known),
                None => faults.push(format!(
                    "{name}:{number} reads text by itself: use `presence_files` or `presence_model::text`, so that marks, line ends \
                     and encodings are the same everywhere"
                )),
            }
        }
    }
    let idle = READS_TEXT_ITSELF.iter().map(|(name, _)| *name);
    let idle = idle.filter(|name| !found.contains(name));
    faults.extend(idle.map(|name| format!("{name} does not read text by itself any more")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
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
