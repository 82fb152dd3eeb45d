//! The README and the documents, run as they are written: every command runs, in order, in an empty home, and its
//! output is compared.
//!
//! The first word after a fence says what its block is:
//!
//! | fence | what happens to the block |
//! | --- | --- |
//! | `sh` | a shell runs it, and it must succeed; the demonstration is there, and its end is the present |
//! | `sh platform` | the same, with the simulated platform instead of RingCentral's |
//! | `sh postgres` | the same, with a server of the tests instead of the named database |
//! | `sh elsewhere` | it is not run: [`ELSEWHERE`] says why |
//! | `text` right after one of these | what it prints; a line `…` matches any number of lines |
//! | `text elsewhere` | what something prints that is not run: [`CHECKED_BY_OTHERS`] says why |
//! | `text figure` | a drawing |
//! | `toml` | it is added to the document's `presence.toml`, which `presence config check` must accept |
//! | another word | [`CHECKED_BY_OTHERS`] says which test reads it |
//!
//! Any other fence is a failure: nothing is left out in silence. `UPDATE_DOCS=1 cargo test --test it documents` writes what
//! is printed into the documents; review what changes.

mod fence;
mod home;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use self::fence::{Fence, Part, parts};
use self::home::Home;

/// What a test cannot run, by document and first line, and the reason.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "README.md",
        "cargo install --path . --locked",
        "it builds the whole program once more",
    ),
    ("README.md", "./scripts/test", "it would run this test"),
    (
        "docs/operations.md",
        "cp contrib/systemd/presence-collector.service /etc/systemd/system/",
        "it needs systemd, and root",
    ),
    (
        "docs/operations.md",
        "podman build -t presence .",
        "it needs podman, and the network",
    ),
];

/// Blocks of other kinds, by document and what follows the fence, each with the reason, or with the test that covers
/// it.
const CHECKED_BY_OTHERS: &[(&str, &str, &str)] = &[
    (
        "docs/sql.md",
        "sql",
        "tests/it/sql asks every question of both databases",
    ),
    (
        "docs/semantics.md",
        "edge",
        "tests/it/edges.rs plays every case",
    ),
    (
        "docs/postgres.md",
        "sql",
        "statements of a database's owner; tests/it/store/roles.rs has their like",
    ),
    (
        "docs/operations.md",
        "yaml",
        "a part of Prometheus's own configuration",
    ),
    (
        "docs/api.md",
        "json",
        "tests/it/serve/wrong.rs has errors of this shape",
    ),
    (
        "docs/clients.md",
        "python",
        "it takes packages of Python that few have",
    ),
    (
        "docs/api.md",
        "text elsewhere",
        "a stream that does not end; tests/it/serve/stream.rs reads one",
    ),
    (
        "docs/clients.md",
        "text elsewhere",
        "what these packages print",
    ),
    (
        "docs/collecting.md",
        "text elsewhere",
        "of an office of twelve thousand, and of a limit that is used up; tests/it/collector/loops.rs and \
         tests/it/cli/logging_in.rs have the sentences",
    ),
    (
        "docs/policies.md",
        "text elsewhere",
        "of a mistake in the file; tests/it/cli/policies.rs has it",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and all documents, with their paths.
fn documents() -> Vec<String> {
    let folder = fs::read_dir(root().join("docs")).expect("the documents are there");
    let names = folder.map(|entry| entry.expect("it can be read").file_name());
    let mut names: Vec<String> = names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    names.push("README.md".to_owned());
    names.sort();
    names
}

/// Whether documents are to be written again instead of compared.
pub(crate) fn must_update() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is about this run of the tests, not about the program"
    )]
    let wanted = std::env::var_os("UPDATE_DOCS");
    wanted.is_some()
}

/// Compares a document with its expected text, or writes it.
#[track_caller]
pub(crate) fn check_document(path: &Path, expected: &str) {
    let kept = fs::read_to_string(path).unwrap_or_default();
    if kept == expected {
        return;
    }
    if must_update() {
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

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Run,
    RunOnPlatform,
    RunOnPostgres,
    Elsewhere,
    Output,
    Configuration,
    /// People or another test read it.
    Left,
}

/// The kind of a block, by its fence and the block before it; an error is a sentence that says what is wrong.
fn kind(document: &str, fence: &Fence, before: Option<Kind>) -> Result<Kind, String> {
    let runs = [Kind::Run, Kind::RunOnPlatform, Kind::RunOnPostgres];
    match fence.info.as_str() {
        "sh" => Ok(Kind::Run),
        "sh platform" => Ok(Kind::RunOnPlatform),
        "sh postgres" => Ok(Kind::RunOnPostgres),
        "sh elsewhere" => Ok(Kind::Elsewhere),
        "toml" => Ok(Kind::Configuration),
        "text figure" => Ok(Kind::Left),
        "text" if fence.follows && before.is_some_and(|before| runs.contains(&before)) => {
            Ok(Kind::Output)
        }
        "text" => Err(
            "it follows no command that is run: say `text figure` or `text elsewhere`".to_owned(),
        ),
        other => {
            let word = word(other);
            let mut others = CHECKED_BY_OTHERS.iter();
            if others.any(|(known, known_word, _)| (*known, *known_word) == (document, word)) {
                return Ok(Kind::Left);
            }
            Err(format!("nothing is known of ```{other}"))
        }
    }
}

/// How [`CHECKED_BY_OTHERS`] identifies a block: by everything after the fence if it is output, else by its language.
fn word(info: &str) -> &str {
    match info {
        "text elsewhere" => info,
        other => other.split(' ').next().unwrap_or_default(),
    }
}

/// The blocks of a document, with their kinds.
fn kinds(document: &str) -> Vec<(Part, Option<Kind>)> {
    let text = fs::read_to_string(root().join(document)).expect("the document is there");
    let mut before = None;
    let parts = parts(&text).into_iter().map(|part| {
        let Part::Fence(fence) = &part else {
            return (part, None);
        };
        let kind = kind(document, fence, before);
        let kind = kind.unwrap_or_else(|fault| {
            panic!(
                "{document}:{}: {fault}; tests/it/documents explains fences",
                fence.line
            )
        });
        before = Some(kind);
        (part, before)
    });
    parts.collect()
}

/// Runs a document's commands, and compares their output with what it shows.
async fn check(document: &str) {
    let mut home = Home::new(document);
    let mut written = String::new();
    let mut printed = None;
    for (part, kind) in kinds(document) {
        let Part::Fence(mut fence) = part else {
            part.write_to(&mut written);
            continue;
        };
        let at = format!("{document}:{}", fence.line);
        match kind.expect("a fence has a kind") {
            Kind::Run => printed = Some(home.run(&at, &fence.text())),
            Kind::RunOnPlatform => {
                home.begin_platform();
                printed = Some(home.run(&at, &fence.text()));
            }
            Kind::RunOnPostgres => {
                home.begin_postgres().await;
                printed = Some(home.run(&at, &fence.text()));
            }
            Kind::Output => {
                let printed = printed.take().expect("something was run before it");
                fence.body = shown(&fence.body, &printed);
            }
            Kind::Configuration => home.configure(&at, &fence.text()),
            Kind::Elsewhere | Kind::Left => {}
        }
        Part::Fence(fence).write_to(&mut written);
    }
    check_document(&root().join(document), &written);
}

/// What is shown of an output: as many lines before and after the line `…` as the document has.
fn shown(kept: &[String], printed: &str) -> Vec<String> {
    let lines: Vec<String> = printed
        .trim_end()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    let Some(elided) = kept.iter().position(|line| line == "…") else {
        return lines;
    };
    let head = elided.min(lines.len());
    let tail = (kept.len() - elided - 1).min(lines.len() - head);
    let mut shown = lines[..head].to_vec();
    shown.push("…".to_owned());
    shown.extend_from_slice(&lines[lines.len() - tail..]);
    shown
}

/// One test for each document, so that they run in parallel and a failure names its document.
macro_rules! documents {
    ($($name:ident: $path:literal,)*) => {
        const TESTED: &[&str] = &[$($path),*];
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                check($path).await;
            }
        )*
    };
}

documents! {
    readme: "README.md",
    access: "docs/access.md",
    accuracy: "docs/accuracy.md",
    api: "docs/api.md",
    architecture: "docs/architecture.md",
    auditing: "docs/auditing.md",
    calendars: "docs/calendars.md",
    clients: "docs/clients.md",
    collecting: "docs/collecting.md",
    faults: "docs/faults.md",
    glossary: "docs/glossary.md",
    index: "docs/README.md",
    metrics: "docs/metrics.md",
    operations: "docs/operations.md",
    outputs: "docs/outputs.md",
    pages: "docs/pages.md",
    performance: "docs/performance.md",
    policies: "docs/policies.md",
    postgres: "docs/postgres.md",
    questions: "docs/questions.md",
    routing: "docs/routing.md",
    semantics: "docs/semantics.md",
    speed: "docs/speed.md",
    sql: "docs/sql.md",
    times: "docs/times.md",
    tour: "docs/tour.md",
    upgrading: "docs/upgrading.md",
}

#[test]
fn every_document_is_tested() {
    let tested: BTreeSet<&str> = TESTED.iter().copied().collect();
    let documents = documents();
    let there: BTreeSet<&str> = documents.iter().map(String::as_str).collect();
    assert_eq!(tested, there);
}

#[test]
fn the_list_of_what_is_not_run_is_complete_and_has_nothing_else() {
    let mut found = Vec::new();
    let mut others = BTreeSet::new();
    for document in documents() {
        for (part, kind) in kinds(&document) {
            let Part::Fence(fence) = part else { continue };
            match kind {
                Some(Kind::Elsewhere) => found.push((document.clone(), fence.body[0].clone())),
                Some(Kind::Left) => {
                    others.insert((document.clone(), word(&fence.info).to_owned()));
                }
                _ => {}
            }
        }
    }
    let mut listed: Vec<(String, String)> = ELSEWHERE
        .iter()
        .map(|(document, line, _)| ((*document).to_owned(), (*line).to_owned()))
        .collect();
    listed.sort();
    found.sort();
    assert_eq!(found, listed, "`sh elsewhere` and the list differ");
    for (document, language, _) in CHECKED_BY_OTHERS {
        let key = ((*document).to_owned(), (*language).to_owned());
        assert!(
            others.contains(&key),
            "{document} has no ```{language} any more"
        );
    }
}

#[test]
fn a_line_of_dots_stands_for_any_number_of_lines() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let printed = "a\nb  \nc\nd\n\n";
    for (kept, expected) in [
        ("x", "a\nb\nc\nd"),
        ("x\n…", "a\n…"),
        ("x\n…\ny\nz", "a\n…\nc\nd"),
        ("…\nz", "…\nd"),
        ("1\n2\n3\n4\n5\n…", "a\nb\nc\nd\n…"),
    ] {
        assert_eq!(shown(&lines(kept), printed), lines(expected), "{kept}");
    }
}

#[test]
fn a_fence_that_nobody_knows_is_a_failure() {
    let fence = |info: &str, follows| Fence {
        line: 1,
        info: info.to_owned(),
        body: vec!["a".to_owned()],
        follows,
    };
    for (info, follows, before) in [
        ("", false, None),
        ("bash", false, None),
        ("text", false, Some(Kind::Run)),
        ("text", true, Some(Kind::Elsewhere)),
        ("python", false, None),
        ("sh quietly", false, None),
    ] {
        let found = kind("README.md", &fence(info, follows), before);
        assert!(found.is_err(), "{info}: {found:?}");
    }
    assert_eq!(
        kind("README.md", &fence("text", true), Some(Kind::Run)),
        Ok(Kind::Output)
    );
}
