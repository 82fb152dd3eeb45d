//! The collector as a program: its token, its lock, its spool, and how its gaps are explained.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::support::{Place, Ran, Simulated};

fn once(place: &Place, platform: &Simulated) -> Ran {
    let mut command = place.command(&["collect", "--once"]);
    Ran::from_command(command.envs(platform.environment.clone()))
}

/// A collector that runs until it is killed.
struct Collecting(Child);

impl Collecting {
    /// Starts one, and waits for its first sweep.
    fn start(place: &Place, platform: &Simulated) -> Self {
        let mut command = place.command(&["collect", "--interval", "1s", "--log-format", "json"]);
        let mut child = command
            .envs(platform.environment.clone())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let lines = BufReader::new(child.stderr.take().expect("it was piped")).lines();
        let mut lines = lines.map_while(Result::ok);
        let has_recorded = lines.any(|line| line.contains("\"sweep recorded\""));
        assert!(has_recorded, "it ended by itself");
        // Something must read its further output, or it ends.
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }

    fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        // A failed test would leave it running. It may have ended already.
        if self.0.kill().is_ok() {
            drop(self.0.wait());
        }
    }
}

#[test]
fn a_gap_is_explained_by_its_cause() {
    for (fault, cause, said) in [
        ("maintenance", "maintenance", "under maintenance"),
        ("truncated_body", "unreadable", "cannot be read"),
        ("bad_request", "refused", "CMN-101"),
    ] {
        let place = Place::empty();
        let platform = Simulated::with(&place, &["--fault", fault]);
        let ran = once(&place, &platform);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{fault}: {}", ran.stderr);
        let asked = [
            "coverage", "--from", "-2m", "--to", "now", "--format", "json",
        ];
        let coverage: Value =
            serde_json::from_str(&place.run(&asked).answer()).expect("it is JSON");
        let gap = &coverage["gaps"][0];
        assert_eq!(gap["cause"], cause, "{coverage:#}");
        let first = &gap["causes"][0];
        assert_eq!(first["sweeps"], 1);
        assert_eq!(first["ms"], coverage["gap_ms"]);
        let detail = first["detail"].as_str().expect("a sentence");
        assert!(detail.contains(said), "{detail}");
        let table = place
            .run(&["coverage", "--from", "-2m", "--to", "now"])
            .answer();
        assert!(table.contains(&format!("no: {cause} (1 sweep)")), "{table}");
    }
}

#[test]
fn a_fault_must_have_a_known_name() {
    let place = Place::empty();
    let ran = place.run(&["simulate", "--fault", "gremlins"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("docs/faults.md"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn the_token_is_kept_in_a_file_that_its_owner_alone_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::empty();
    let platform = Simulated::with(&place, &[]);
    let ran_with_file = || {
        let mut command = place.command(&["collect", "--once"]);
        command.envs(platform.environment.clone());
        Ran::from_command(command.env("RC_TOKEN_FILE", "token.json"))
    };
    assert_eq!(ran_with_file().code, Some(0));
    let path = place.path().join("token.json");
    let first = std::fs::read(&path).expect("it is there");
    let mode = std::fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(ran_with_file().code, Some(0));
    assert_eq!(
        std::fs::read(&path).expect("it is there"),
        first,
        "the session goes on"
    );
    let everybodys = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, everybodys).expect("it is ours");
    let ran = ran_with_file();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("chmod 600"), "{}", ran.stderr);
}

#[test]
fn one_collector_at_a_time_and_the_next_one_at_once_when_it_is_killed() {
    let place = Place::empty();
    let platform = Simulated::with(&place, &[]);
    let collecting = Collecting::start(&place, &platform);
    let ran = once(&place, &platform);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("is collecting account ") && ran.stderr.contains("stop it first"),
        "{}",
        ran.stderr
    );
    collecting.kill();
    let ran = once(&place, &platform);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let spool = place.path().join("presence-37439510.spool");
    assert!(!spool.exists() || std::fs::metadata(&spool).expect("it is there").len() == 0);
    assert_eq!(place.run(&["rebuild", "--check"]).code, Some(0));
}

#[test]
fn a_zone_that_is_assumed_is_marked_and_nobody_is_said_to_have_moved() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    for _ in 0..2 {
        let ran = once(&place, &platform);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let people = place.run(&["people", "--format", "json"]).answer();
    let people: Vec<Value> = serde_json::from_str(&people).expect("it is JSON");
    assert!(
        people.iter().all(|one| one["time_zone"].is_string()),
        "{people:?}"
    );
    let window = ["--from", "2000-01-01", "--to", "now", "--format", "ndjson"];
    let changes = place.run(&[&["changes", "--kind", "profile_changed"], &window[..]].concat());
    for line in changes.answer().lines() {
        let change: Value = serde_json::from_str(line).expect("it is JSON");
        let zone = &change["changes"]["time_zone"];
        assert!(zone.is_null() || zone["from"].is_null(), "{line}");
    }
}

/// How many sweeps of each account the history holds. The history is checked at the same time.
fn sweep_counts(place: &Place) -> Vec<(String, usize)> {
    let ran = place.run(&["rebuild", "--check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let lines = ran.stdout.lines().map(|line| {
        let words: Vec<&str> = line.split([' ', ':']).collect();
        let count = words[3].parse().expect("it is a number");
        (words[1].to_owned(), count)
    });
    lines.collect()
}

#[test]
fn two_accounts_are_collected_into_one_file_at_once() {
    let place = Place::empty();
    let offices = [
        Simulated::with(&place, &[]),
        Simulated::with(&place, &["--account-id", "41", "--seed", "2"]),
    ];
    let mut collecting = offices
        .each_ref()
        .map(|office| Collecting::start(&place, office));
    // Both continue: neither waits for the other to end.
    let all = |sweep_counts: &[(String, usize)], least: usize| {
        sweep_counts.len() == 2 && sweep_counts.iter().all(|(_, count)| *count >= least)
    };
    while !all(&sweep_counts(&place), 4) {
        for one in &mut collecting {
            assert!(
                one.0.try_wait().expect("it runs").is_none(),
                "it ended by itself"
            );
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // A second collector of the same account is refused; other accounts do not matter.
    for office in &offices {
        let ran = once(&place, office);
        assert_eq!(ran.code, Some(1));
        assert!(
            ran.stderr.contains("is collecting account "),
            "{}",
            ran.stderr
        );
    }
    for one in collecting {
        one.kill();
    }
    assert!(all(&sweep_counts(&place), 4));
    for office in &offices {
        assert_eq!(once(&place, office).code, Some(0));
    }
    assert!(all(&sweep_counts(&place), 5));
}

#[test]
fn several_accounts_are_imported_into_one_file_at_once() {
    let place = Place::empty();
    let accounts = ["41", "42", "43"];
    let imports = accounts.map(|account| {
        let lines: Vec<String> = (0..55)
            .map(|minute| {
                let status = if minute % 2 == 0 { "Available" } else { "Busy" };
                let record = serde_json::json!({ "presenceStatus": status });
                super::support::sweep(account, minute, &[(1001, record)]).to_string()
            })
            .collect();
        let name = format!("{account}.ndjson");
        place.write(&name, &(lines.join("\n") + "\n"));
        let mut command = place.command(&["import", &name]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("it runs")
    });
    for import in imports {
        let ended = import.wait_with_output().expect("it ends");
        assert!(ended.status.success(), "{ended:?}");
    }
    let expected = accounts.map(|account| (account.to_owned(), 55));
    assert_eq!(sweep_counts(&place), expected);
}
