//! `presence simulate --into`.

use std::path::Path;
use std::process::Command;

fn run(folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_presence"))
        .env_clear()
        .current_dir(folder)
        .args(words)
        .output()
        .expect("the program can be run");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

const INTO: [&str; 10] = [
    "simulate",
    "--into",
    "sqlite:office.db",
    "--extensions",
    "30",
    "--days",
    "2",
    "--from",
    "2026-11-02",
    "--seed",
];

#[test]
fn a_history_is_written_once_and_can_be_asked() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let words = [&INTO[..], &["7"]].concat();
    let (code, stdout, first) = run(folder.path(), &words);
    assert_eq!((code, stdout.as_str()), (Some(0), ""), "{first}");
    let (code, _, again) = run(folder.path(), &words);
    assert_eq!(code, Some(0), "{again}");
    assert!(
        first.starts_with("A history of 30 extensions and 2 days: "),
        "{first}"
    );
    assert!(again.contains("of them already there"), "{again}");
    let (code, _, refused) = run(folder.path(), &[&INTO[..], &["8"]].concat());
    assert_eq!(code, Some(1));
    assert!(refused.contains("already has another history"), "{refused}");
    let question = [
        "report",
        "--store",
        "sqlite:office.db",
        "--from",
        "2026-11-02",
        "--to",
        "2026-11-04",
        "--format",
        "csv",
    ];
    let (code, report, _) = run(folder.path(), &question);
    assert_eq!(code, Some(0));
    assert!(report.contains("Available"), "{report}");
}

#[test]
fn options_of_the_platform_and_of_the_history_do_not_mix() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for words in [
        vec!["simulate", "--days", "3"],
        vec![
            "simulate",
            "--into",
            "sqlite:a.db",
            "--listen",
            "127.0.0.1:0",
        ],
        vec![
            "simulate",
            "--into",
            "sqlite:a.db",
            "--from",
            "2026-11-02",
            "--end",
            "2026-11-03",
        ],
    ] {
        assert_eq!(run(folder.path(), &words).0, Some(2), "{words:?}");
    }
}
