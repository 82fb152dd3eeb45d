//! An empty home in which a document's commands run: a shell that keeps its variables, and replacements for programs
//! that are not there.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use regex::Regex;
use tempfile::TempDir;

use crate::cli::support::{Place, Simulated};
use crate::support::own_server::OwnServer;

/// The end of the demonstration, and the present of the documents: Friday afternoon in Berlin, Friday morning in New York.
const NOW: &str = "2026-11-06T15:30:00Z";

/// The width of the terminal in which the documents' commands run.
const COLUMNS: &str = "120";

/// These begin without a demonstration: they make their own history, or show how to make one.
const EMPTY_HOMES: &[&str] = &["README.md", "docs/questions.md"];
/// The answers in these do not depend on the present, so they are asked without `--now`.
const WITHOUT_PRESENT: &[&str] = &["docs/questions.md"];

/// The program `presence` of the home.
const PRESENCE: &str = include_str!("presence.sh");

/// The home's `curl` and `psql`: they use the port of the tests' server, and the tests' database.
const CURL: &str = r#"#!/bin/sh
. "$DOCUMENT_STATE/settings"
port="$(cat "$DOCUMENT_STATE/port" 2>/dev/null)"
for word do
    shift
    set -- "$@" "$(printf %s "$word" | sed "s|127.0.0.1:8080|127.0.0.1:$port|")"
done
PATH="$REAL_PATH" exec curl --silent --show-error --fail-with-body "$@"
"#;
const PSQL: &str = r#"#!/bin/sh
. "$DOCUMENT_STATE/settings"
for word do
    shift
    set -- "$@" "$(printf %s "$word" | sed "s|postgres://[a-z]*@[a-z0-9.]*/office|$POSTGRES|")"
done
PATH="$REAL_PATH" exec psql -X "$@"
"#;

/// What differs from run to run, and what a document shows instead.
const VARYING: &[(&str, &str)] = &[
    (
        r"(to [0-9T:.-]+Z) in [0-9]+[hms]( [0-9]+[ms])?:",
        "$1 in 20s:",
    ),
    (r"presence_[A-Za-z0-9_-]{20,}", "presence_…"),
];

/// The demonstration of all documents. It is made once, since that takes a while.
static DEMONSTRATION: OnceLock<TempDir> = OnceLock::new();

/// A folder with `demo.db`, and with what the demonstration printed.
fn demonstration() -> &'static Path {
    let made = DEMONSTRATION.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let printed = File::create(folder.path().join("printed")).expect("a file can be made");
        let errors = printed.try_clone().expect("it can be written to twice");
        let status = Command::new(env!("CARGO_BIN_EXE_presence"))
            .env_clear()
            .env("COLUMNS", COLUMNS)
            .current_dir(folder.path())
            .args(["demo", "--now", NOW])
            .stdout(printed)
            .stderr(errors)
            .status();
        assert!(status.expect("the program can be run").success());
        folder
    });
    made.path()
}

/// A day on which something is closed, or on which someone is away.
const CLOSED: &str = "\
BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//presence//EN\r\n\
BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261228\r\nSUMMARY:Closed\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

/// Two sweeps after the end of the demonstration.
const SWEEPS: &str = "\
{\"account_id\":\"9000400001\",\"observed_at\":\"2026-11-06T15:31:00Z\",\
\"records\":[{\"extension\":{\"id\":101},\"presenceStatus\":\"Available\"}]}\n\
{\"account_id\":\"9000400001\",\"observed_at\":\"2026-11-06T15:32:00Z\",\
\"records\":[{\"extension\":{\"id\":101},\"presenceStatus\":\"Busy\"}]}\n";

/// Files that documents name but do not show.
const FILES: &[(&str, &str)] = &[
    ("oidc-secret.txt", "secret\n"),
    (
        "pseudonyms.key",
        "a key that is long enough for pseudonyms\n",
    ),
    ("own.ics", CLOSED),
    ("101.ics", CLOSED),
    (
        "vacation.csv",
        "person,from,to\n102,2026-11-03,2026-11-04\n",
    ),
    ("sweeps.ndjson", SWEEPS),
];

/// A home for one document.
pub(super) struct Home {
    document: String,
    folder: TempDir,
    is_begun: bool,
    platform: Option<Simulated>,
    postgres: Option<OwnServer>,
}

impl Home {
    pub(super) fn new(document: &str) -> Self {
        Self {
            document: document.to_owned(),
            folder: tempfile::tempdir().expect("a folder can be made"),
            is_begun: false,
            platform: None,
            postgres: None,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn begin(&mut self) {
        if self.is_begun {
            return;
        }
        self.is_begun = true;
        for name in ["home", "bin", "state"] {
            fs::create_dir(self.path(name)).expect("a folder can be made");
        }
        for (name, script) in [("presence", PRESENCE), ("curl", CURL), ("psql", PSQL)] {
            let program = self.path("bin").join(name);
            fs::write(&program, script).expect("it can be written");
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        for (name, content) in FILES {
            fs::write(self.path("home").join(name), content).expect("it can be written");
        }
        let document = self.document.as_str();
        let is_empty = EMPTY_HOMES.contains(&document);
        let mut variables = String::new();
        if !is_empty {
            // Documents about the reader's own store use the usual file name.
            for name in ["home/demo.db", "home/presence.db"] {
                fs::copy(demonstration().join("demo.db"), self.path(name)).expect("it is there");
            }
            variables.push_str("PRESENCE_STORE=sqlite:demo.db\n");
        }
        fs::write(self.path("state/variables"), variables).expect("it can be written");
        self.set("PRESENCE", env!("CARGO_BIN_EXE_presence"));
        self.set("REAL_PATH", &path());
        if !WITHOUT_PRESENT.contains(&document) {
            self.set("NOW", NOW);
            self.set("DEMONSTRATION", &demonstration().display().to_string());
        }
    }

    /// Adds a setting for the programs of the home.
    fn set(&self, name: &str, value: &str) {
        let path = self.path("state/settings");
        let mut settings = fs::read_to_string(&path).unwrap_or_default();
        let _ = writeln!(settings, "export {name}='{value}'");
        fs::write(path, settings).expect("it can be written");
    }

    /// Replaces RingCentral's platform by the simulated one.
    pub(super) fn begin_platform(&mut self) {
        self.begin();
        if self.platform.is_none() {
            let platform = Simulated::start(&Place::empty());
            for (name, value) in &platform.environment {
                self.set(name, value);
            }
            self.platform = Some(platform);
        }
    }

    /// Replaces the database server that the document names by one of the tests.
    pub(super) async fn begin_postgres(&mut self) {
        self.begin();
        if self.postgres.is_none() {
            let server = OwnServer::start().await;
            let address = server.local_address.replace("//presence@", "//postgres@");
            self.set("POSTGRES", &address);
            self.postgres = Some(server);
        }
    }

    /// Adds to the configuration, which must then be in order.
    pub(super) fn configure(&mut self, at: &str, more: &str) {
        self.begin();
        let path = self.path("home/presence.toml");
        let mut text = fs::read_to_string(&path).unwrap_or_default();
        text.push_str(more);
        text.push('\n');
        fs::write(&path, text).expect("it can be written");
        self.run(at, "presence config check\n");
    }

    /// The output of a block of commands, as a screen shows it, with standard error. The block must succeed.
    #[track_caller]
    pub(super) fn run(&mut self, at: &str, commands: &str) -> String {
        self.begin();
        // As in a terminal, variables last until the end of the document.
        let script = format!(
            "set -ae\n. \"$DOCUMENT_STATE/variables\"\n{commands}\nexport -p >\"$DOCUMENT_STATE/variables\"\n"
        );
        let printed = self.path("state/printed");
        let stdout = File::create(&printed).expect("a file can be made");
        let stderr = stdout.try_clone().expect("it can be written to twice");
        let status = Command::new("/bin/sh")
            .env_clear()
            .env("COLUMNS", COLUMNS)
            .env("PATH", format!("{}:{}", self.path("bin").display(), path()))
            .env("HOME", self.path("home"))
            .env("DOCUMENT_STATE", self.path("state"))
            .current_dir(self.path("home"))
            .args(["-c", &script])
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .status()
            .expect("every system has a shell");
        let printed = fs::read(&printed).expect("it was made");
        let printed = String::from_utf8_lossy(&printed).into_owned();
        assert!(status.success(), "{at}: {status}\n{commands}\n{printed}");
        let home = self.path("home").display().to_string();
        let mut shown = printed.replace(&home, "~");
        for (varying, usual) in VARYING {
            let varying = Regex::new(varying).expect("it is an expression");
            shown = varying.replace_all(&shown, *usual).into_owned();
        }
        shown
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let processes = fs::read_to_string(self.path("state/processes")).unwrap_or_default();
        for process in processes.lines() {
            // It may have ended already.
            let ended = Command::new("/bin/sh")
                .args(["-c", "kill -s TERM \"$0\" 2>/dev/null", process])
                .status();
            drop(ended);
        }
    }
}

/// The folders with this build's programs, and the system's.
fn path() -> String {
    #[expect(clippy::disallowed_methods, reason = "it is where programs are found")]
    std::env::var("PATH").expect("there is one")
}
