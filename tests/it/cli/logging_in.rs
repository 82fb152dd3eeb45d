//! All commands share one session, and the program says what it waits for.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;

use presence_clock::SystemClock;
use presence_simulator::{FaultRule, OfficeConfig, PathKind, PlatformConfig, StandAlone, Started};

use super::support::{Place, Ran};

/// A platform in this process, whose requests can be counted, and a working folder.
struct Office {
    place: Place,
    started: Started,
    /// The runtime of the platform.
    _runtime: tokio::runtime::Runtime,
}

impl Office {
    fn open(faults: &[&str]) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
        let fault = |text: &&str| text.parse::<FaultRule>().expect("a fault");
        let platform = StandAlone {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            office: OfficeConfig {
                extensions: 12,
                ..OfficeConfig::default()
            },
            platform: PlatformConfig {
                faults: faults.iter().map(fault).collect(),
                ..PlatformConfig::default()
            },
            ..StandAlone::default()
        };
        let started = runtime.block_on(platform.start(Arc::new(SystemClock)));
        Self {
            place: Place::empty(),
            started: started.expect("loopback has free ports"),
            _runtime: runtime,
        }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.place.command(arguments);
        let known = &self.started.credentials;
        command.envs([
            ("RC_SERVER_URL", self.started.running.server_url().as_str()),
            ("RC_APP_CLIENT_ID", &known.client_id),
            ("RC_APP_CLIENT_SECRET", &known.client_secret),
            ("RC_USER_JWT", &known.jwt),
            ("XDG_STATE_HOME", "state"),
        ]);
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        let ran = Ran::from_command(&mut self.command(arguments));
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.shown());
        ran
    }

    /// How many logins and ends of sessions the platform has received.
    fn sessions(&self) -> (u64, u64) {
        let counters = self.started.platform.counters();
        let requests = |kind| counters.requests(kind);
        (requests(PathKind::Token), requests(PathKind::Revoke))
    }

    /// The files that hold sessions.
    fn kept(&self) -> Vec<std::path::PathBuf> {
        let folder = self.place.path().join("state/presence");
        let Ok(found) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let paths = found.map(|entry| entry.expect("it can be read").path());
        let mut paths: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .collect();
        paths.sort();
        paths
    }
}

#[test]
fn the_first_steps_take_one_login_and_wait_for_nothing() {
    let office = Office::open(&[]);
    let init = office.run(&["init", "--yes"]);
    assert!(!init.stderr.contains("aiting"), "{}", init.stderr);
    for arguments in [
        &["doctor"][..],
        &["collect", "--once"],
        &["doctor"],
        &["get", "101"],
        &["set", "--status", "Busy"],
        &["collect", "--once"],
    ] {
        let ran = office.run(arguments);
        assert!(
            !ran.stderr.contains("aiting"),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
    let mut collecting = office.command(&["collect", "--interval", "7s"]);
    let mut child = collecting.stderr(Stdio::piped()).spawn().expect("it runs");
    let lines = BufReader::new(child.stderr.take().expect("it was piped")).lines();
    let mut told = Vec::new();
    for line in lines.map_while(Result::ok) {
        let is_last = line.contains(" sweep recorded ");
        told.push(line);
        if is_last {
            break;
        }
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    // The plan is reported once.
    let plans = told
        .iter()
        .filter(|line| line.contains("rate limit allows"));
    assert_eq!(plans.count(), 1, "{told:#?}");
    assert_eq!(office.sessions(), (1, 0));
    assert_eq!(office.started.platform.counters().with_status(429), 0);
    let kept = office.kept();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let text = std::fs::read_to_string(&kept[0]).expect("it is text");
    for secret in [
        &office.started.credentials.jwt,
        &office.started.credentials.client_secret,
    ] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_plan_that_differs_from_the_request_is_reported_once() {
    let office = Office::open(&[]);
    let mut command = office.command(&["collect", "--interval", "1s"]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("it runs");
    let lines = BufReader::new(child.stderr.take().expect("it was piped")).lines();
    let mut told = String::new();
    for line in lines.map_while(Result::ok) {
        told.push_str(&line);
        told.push('\n');
        if line.contains(" sweep recorded ") {
            break;
        }
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(
        told.matches("so the shortest interval is").count(),
        1,
        "{told}"
    );
}

#[test]
fn a_used_up_limit_is_waited_for_and_reported() {
    let office = Office::open(&["group_rate_limit=2@on=token;requests=1"]);
    let ran = office.run(&["init", "--yes"]);
    let said: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("Waiting"))
        .collect();
    assert_eq!(said.len(), 1, "{}", ran.stderr);
    assert!(
        said[0].starts_with("Waiting 2 s, until 20"),
        "{}",
        ran.stderr
    );
    assert!(
        said[0].ends_with(" UTC: RingCentral's rate limit for the login is used up"),
        "{}",
        ran.stderr
    );
    let quiet = Office::open(&["group_rate_limit=2@on=token;requests=1"]);
    let ran = quiet.run(&["doctor", "--quiet"]);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_limit_that_is_used_up_for_long_is_not_reported_as_a_network_problem() {
    let office = Office::open(&["group_rate_limit=300@on=token"]);
    let ran = Ran::from_command(&mut office.command(&["doctor"]));
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    let login = ran.stdout.lines().find(|line| line.contains(" login "));
    let login = login.unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(
        login.contains("the rate limit for the login is used up until 20"),
        "{login}"
    );
    assert!(!ran.stdout.contains("RC_SERVER_URL"), "{}", ran.stdout);
    assert!(ran.stdout.contains("try again then"), "{}", ran.stdout);
}

#[test]
fn a_session_is_ended_when_asked() {
    let office = Office::open(&[]);
    let none = office.run(&["logout"]);
    assert_eq!(none.stderr, "There is no session to end.\n");
    office.run(&["doctor"]);
    assert_eq!(office.kept().len(), 1);
    let ended = office.run(&["logout"]);
    assert_eq!(
        ended.stderr,
        "The session was ended and its file removed.\n"
    );
    assert_eq!((office.sessions(), office.kept().len()), ((1, 1), 0));
    office.run(&["doctor"]);
    assert_eq!(office.sessions(), (2, 1));
}

#[test]
fn a_session_that_is_not_kept_is_ended_at_once() {
    let office = Office::open(&[]);
    let mut command = office.command(&["doctor"]);
    let ran = Ran::from_command(command.env("RC_TOKEN_FILE", "off"));
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!((office.sessions(), office.kept().len()), ((1, 1), 0));
}

#[test]
fn a_folder_that_cannot_be_written_to_costs_a_login_and_nothing_else() {
    let office = Office::open(&[]);
    // There is a file where the folder should be.
    office.place.write("state", "");
    let ran = office.run(&["collect", "--once"]);
    assert!(ran.stderr.contains("RC_TOKEN_FILE"), "{}", ran.stderr);
    assert_eq!(office.sessions(), (1, 1));
}

#[cfg(unix)]
#[test]
fn a_kept_session_that_others_can_read_is_not_used() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let office = Office::open(&[]);
    office.run(&["doctor"]);
    let kept = office.kept().remove(0);
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&kept, readable).expect("it is ours");
    let ran = office.run(&["doctor"]);
    assert!(ran.stderr.contains("chmod 600"), "{}", ran.stderr);
    // It was not used, and the new session was not stored in a file that others can read.
    assert_eq!(office.sessions(), (2, 1));
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    // Only root can change the owner of a file.
    if chown(&kept, Some(65_534), None).is_ok() {
        let ran = office.run(&["doctor"]);
        assert!(ran.stderr.contains("another user"), "{}", ran.stderr);
        // This is one below the limit of five: ending this session would be the fifth request.
        assert_eq!(office.sessions(), (3, 1));
    }
}

#[test]
fn before_the_first_sweep_the_store_is_not_there_yet() {
    let office = Office::open(&[]);
    office.run(&["init", "--yes"]);
    let ran = office.run(&["doctor", "--format", "json"]);
    let checks: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).expect("it is JSON");
    let found = |name: &str| {
        let check = checks.iter().find(|check| check["check"] == name);
        let check = check.unwrap_or_else(|| panic!("{name} is not in {checks:#?}"));
        format!("{}: {}", check["status"], check["found"]).replace('"', "")
    };
    let store = found("store");
    assert!(
        store.starts_with("ok: ")
            && store.ends_with("presence.db does not exist yet: the first sweep creates it"),
        "{store}"
    );
    assert!(
        found("writing").starts_with("ok: it can be created in "),
        "{ran}",
        ran = ran.stdout
    );
    assert_eq!(found("history"), "ok: none yet");
    assert!(
        checks.iter().all(|check| check["status"] != "fail"),
        "{checks:#?}"
    );
    assert!(!office.place.path().join("presence.db").exists());

    // If the folder is missing, or the history has disappeared, the message is another one.
    let elsewhere = [
        "doctor",
        "--offline",
        "--store",
        "sqlite:nowhere/presence.db",
    ];
    let ran = office.place.run(&elsewhere);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(ran.stdout.contains("there is no folder "), "{}", ran.stdout);
    office.run(&["collect", "--once"]);
    for name in ["presence.db", "presence.db-wal", "presence.db-shm"] {
        let path = office.place.path().join(name);
        if path.exists() {
            std::fs::remove_file(path).expect("it is ours");
        }
    }
    let ran = office.place.run(&["doctor", "--offline"]);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(
        ran.stdout
            .contains("the store is gone: a collector recorded up to snapshot 1"),
        "{}",
        ran.stdout
    );
}
