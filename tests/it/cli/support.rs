//! A folder with a small imported history, and the program run in it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The present moment of the tests: 08:21:30 on Monday, 2 November 2026, a minute and a half after the last sweep.
pub(crate) const NOW: &str = "2026-11-02T08:21:30Z";

/// The account of the tests.
pub(crate) const ACCOUNT: &str = "37439510";

/// A folder for one test.
pub(crate) struct Place {
    folder: TempDir,
}

/// The result of a run of the program.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Runs a command that the test has prepared.
    pub(crate) fn from_command(command: &mut Command) -> Self {
        Self::of(command.output().expect("the program can be run"))
    }

    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The whole result, for a snapshot.
    pub(crate) fn shown(&self) -> String {
        let mut shown = format!(
            "exit code {}\n",
            self.code.map_or("none".to_owned(), |code| code.to_string())
        );
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                let _ = write!(shown, "--- {name}\n{text}");
            }
        }
        shown
    }

    /// The answer of a run that must succeed and write nothing to standard error.
    #[track_caller]
    pub(crate) fn answer(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(0), ""),
            "{}",
            self.stdout
        );
        self.stdout
    }
}

impl Place {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder for the test can be made"),
        }
    }

    /// A folder in which the small history has been imported.
    pub(crate) fn with_history() -> Self {
        let place = Self::empty();
        place.write("sweeps.ndjson", &history());
        let ran = place.run(&["import", "sweeps.ndjson"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("the folder can be written to");
        path
    }

    /// The program in this folder, with an empty environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_presence"));
        command
            .env_clear()
            .current_dir(self.path())
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from_command(&mut self.command(arguments))
    }

    /// Runs it at [`NOW`].
    pub(crate) fn ask(&self, arguments: &[&str]) -> Ran {
        self.run(&[arguments, &["--now", NOW]].concat())
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be run");
        let mut stdin = child.stdin.take().expect("it was piped");
        stdin
            .write_all(input.as_bytes())
            .expect("the program reads its input");
        drop(stdin);
        Ran::of(child.wait_with_output().expect("it ends"))
    }
}

/// A sweep at `minute` past eight, of people (id and presence record without the id).
pub(crate) fn sweep(account: &str, minute: u32, people: &[(i64, Value)]) -> Value {
    let records = people.iter().map(|(id, facets)| {
        let mut record = facets.clone();
        record["extension"] = json!({"id": id, "extensionNumber": (id - 900).to_string()});
        record
    });
    json!({
        "account_id": account,
        "observed_at": format!("2026-11-02T08:{minute:02}:00Z"),
        "records": records.collect::<Vec<_>>(),
    })
}

fn listed(
    id: i64,
    name: &str,
    kind: &str,
    department: Option<&str>,
    site: &str,
    zone: &str,
) -> Value {
    json!({
        "id": id,
        "extensionNumber": (id - 900).to_string(),
        "name": name,
        "type": kind,
        "status": "Enabled",
        "contact": {"department": department},
        "site": {"id": "1", "name": site},
        "regionalSettings": {"timezone": {"name": zone}},
    })
}

/// Twenty minutes with a gap, of three people and a menu:
///
/// ```text
/// minute     00 01 02 03 04 05 06 07 08 09 .. 15 16 17 18 19 20
/// 101        A  A  A  B  B  B  A  A  A  A     A  A  O  O  O  O
/// 102        O  O  O  O  A  A  A  A  A  A     B  B  B  B  B  B
/// 103        -  -  -  -  -  A  A  A  A  A     A  A  A  A  A  A
/// 104 (menu) O  O  …
/// ```
pub(crate) fn history() -> String {
    let mut lines = String::new();
    for minute in (0..10).chain(15..21) {
        let mut people = vec![
            (1001, front_desk(minute)),
            (1002, workshop(minute)),
            (1004, json!({"presenceStatus": "Offline"})),
        ];
        if minute >= 5 {
            people.push((
                1003,
                json!({"presenceStatus": "Available", "telephonyStatus": "NoCall"}),
            ));
        }
        let mut line = sweep(ACCOUNT, minute, &people);
        if minute == 0 {
            line["directory"] = json!([
                listed(
                    1001,
                    "Front Desk",
                    "User",
                    Some("Sales"),
                    "North",
                    "Europe/Berlin"
                ),
                listed(
                    1002,
                    "Workshop 山田",
                    "User",
                    None,
                    "South",
                    "America/New_York"
                ),
                listed(
                    1003,
                    "=HYPERLINK(\"x\")",
                    "User",
                    Some("Sales"),
                    "South",
                    "Europe/Berlin"
                ),
                listed(1004, "Menu", "IvrMenu", None, "North", "Europe/Berlin"),
            ]);
        }
        let _ = writeln!(lines, "{line}");
    }
    lines
}

fn front_desk(minute: u32) -> Value {
    match minute {
        0..3 => {
            json!({"presenceStatus": "Available", "telephonyStatus": "NoCall", "message": "=1+1"})
        }
        3..6 => {
            json!({"presenceStatus": "Busy", "telephonyStatus": "CallConnected", "message": "=1+1"})
        }
        6..17 => json!({"presenceStatus": "Available", "telephonyStatus": "NoCall"}),
        _ => {
            json!({"presenceStatus": "Offline", "telephonyStatus": "NoCall", "message": "gone\u{1b}[31m home\u{7}"})
        }
    }
}

fn workshop(minute: u32) -> Value {
    let status = match minute {
        0..4 => "Offline",
        4..10 => "Available",
        _ => "Busy",
    };
    json!({"presenceStatus": status, "telephonyStatus": "NoCall", "dndStatus": "TakeAllCalls"})
}

/// A separate simulated platform, and the environment variables for it.
pub(crate) struct Simulated {
    child: Child,
    pub(crate) environment: Vec<(String, String)>,
}

impl Simulated {
    pub(crate) fn start(place: &Place) -> Self {
        Self::with(place, &[])
    }

    pub(super) fn with(place: &Place, more: &[&str]) -> Self {
        let arguments = ["simulate", "--listen", "127.0.0.1:0", "--extensions", "12"];
        let mut command = place.command(&[&arguments, more].concat());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let lines = BufReader::new(child.stdout.take().expect("it was piped")).lines();
        let environment = lines.take(4).map(|line| {
            let line = line.expect("it is text");
            let (name, value) = line
                .strip_prefix("export ")
                .and_then(|line| line.split_once('='))
                .expect("an export");
            (name.to_owned(), value.to_owned())
        });
        Self {
            environment: environment.collect(),
            child,
        }
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
