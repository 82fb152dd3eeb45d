//! A week of a small office in its own store, and the real program, which serves it on a free port of this computer.

use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Process;

/// The moment at which pages are opened: in the afternoon of the last day of the history.
pub(crate) const NOW: &str = "2026-11-06T14:28:00Z";
const END: &str = "2026-11-06T14:27:00Z";
const STORE: &str = "sqlite:office.db";
const FILE: &str = "office.db";

/// The history is made once, and each office gets a copy.
static HISTORY: LazyLock<History> = LazyLock::new(History::simulate);

struct History {
    file: Vec<u8>,
    people: Vec<Value>,
    account_id: Value,
}

impl History {
    fn simulate() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let size = [
            "--extensions",
            "40",
            "--days",
            "5",
            "--end",
            END,
            "--seed",
            "7",
        ];
        let arguments = [&["simulate", "--into", STORE, "--quiet"], &size[..]].concat();
        run(folder.path(), &arguments);
        let answer = |arguments: &[&str]| -> Vec<Value> {
            let format = ["--format", "json"];
            let text = run(
                folder.path(),
                &[&["--store", STORE], arguments, &format].concat(),
            );
            serde_json::from_str(&text).expect("an array")
        };
        let people = answer(&["--now", NOW, "now"]);
        let changes = answer(&["changes", "--from", "2026-11-02", "--to", "2026-11-03"]);
        let file = std::fs::read(folder.path().join(FILE)).expect("it was written");
        Self {
            file,
            people,
            account_id: changes[0]["account_id"].clone(),
        }
    }
}

/// Runs the program until it ends, and returns its output.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = presence(folder).args(arguments).output();
    let output = output.expect("the program can be run");
    assert!(
        output.status.success(),
        "presence {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("it writes UTF-8")
}

fn presence(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presence"));
    command.env_clear().current_dir(folder);
    command
}

/// Who may ask a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Open,
    Guarded,
}

fn serve(folder: &Path, now: &str, listen: &str, door: Door) -> (Process, String) {
    let mut server = presence(folder);
    server.args(["--store", STORE, "--now", now, "--zone", "Europe/Berlin"]);
    let door = match door {
        Door::Open => "--open",
        Door::Guarded => "--require-token",
    };
    server.args(["serve", door, "--listen", listen]);
    Process::start(&server, |line| {
        line.starts_with("http://")
            .then(|| line.trim_end_matches('/').to_owned())
    })
}

/// A server of one test.
pub(crate) struct Office {
    /// The server's address, without `/` at its end.
    pub(crate) root: String,
    server: Mutex<Option<Process>>,
    folder: TempDir,
}

impl Office {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join(FILE), &HISTORY.file).expect("it is written");
        let (server, root) = serve(folder.path(), NOW, "127.0.0.1:0", Door::Open);
        Self {
            root,
            server: Mutex::new(Some(server)),
            folder,
        }
    }

    /// The port of the server.
    pub(crate) fn address(&self) -> &str {
        self.root.strip_prefix("http://").expect("it is HTTP")
    }

    /// Ends the server; its port is free then.
    pub(crate) fn close(&self) {
        drop(self.server.lock().expect("no test panics here").take());
    }

    /// Starts the server again at the same address, at another moment.
    pub(crate) fn open_again(&self, now: &str) {
        self.serve_again(now, Door::Open);
    }

    /// Starts the server again at the same address, for readers with a token only; returns the number and the secret of
    /// a new token.
    pub(crate) fn guard(&self) -> (String, String) {
        self.close();
        let told = run(
            self.folder.path(),
            &[
                "--store", STORE, "token", "create", "Lead", "--scope", "read", "--format", "json",
            ],
        );
        let told: Value = serde_json::from_str(&told).expect("it is JSON");
        let token = told.as_array().map_or(&told, |all| &all[0]);
        self.serve_again(NOW, Door::Guarded);
        let secret = token["secret"].as_str().expect("it is shown once");
        (token["token_id"].to_string(), secret.to_owned())
    }

    /// Revokes a token, by its number.
    pub(crate) fn revoke(&self, token: &str) {
        run(
            self.folder.path(),
            &["--store", STORE, "token", "revoke", token],
        );
    }

    fn serve_again(&self, now: &str, door: Door) {
        let (server, root) = serve(self.folder.path(), now, self.address(), door);
        assert_eq!(root, self.root);
        *self.server.lock().expect("no test panics here") = Some(server);
    }

    /// Everybody, as `presence now --format json` lists them.
    pub(crate) fn people() -> &'static [Value] {
        &HISTORY.people
    }

    /// Someone whose status is known and not offline.
    pub(crate) fn person() -> &'static Value {
        let found = HISTORY.people.iter().find(|person| {
            person["status"] == "known" && person["state"]["presence_status"] != "Offline"
        });
        found.expect("some are at work in the afternoon")
    }

    /// Records a sweep that was observed at that time.
    pub(crate) fn record(&self, observed_at: &str, sweep: &Sweep) {
        let line = json!({
            "account_id": HISTORY.account_id,
            "observed_at": observed_at,
            "complete": sweep.is_complete,
            "records": sweep.records,
            "directory": sweep.directory,
        });
        let file = self.folder.path().join("sweep.ndjson");
        std::fs::write(file, format!("{line}\n")).expect("it is written");
        run(
            self.folder.path(),
            &["--store", STORE, "import", "sweep.ndjson"],
        );
    }
}

/// What one sweep showed, in the platform's words.
#[derive(Default)]
pub(crate) struct Sweep {
    pub(crate) records: Vec<Value>,
    pub(crate) directory: Vec<Value>,
    /// If so, an extension that is in none of the records is missing.
    pub(crate) is_complete: bool,
}
