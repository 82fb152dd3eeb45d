//! Who can read the files that the program makes, whatever the umask, and who can hold its locks.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::support::{Place, Ran, Simulated};

const ACCOUNT_LOCK: &str = "presence.db.37439510.lock";

/// The program with this umask, as a shell sets it.
fn under(place: &Place, umask: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .env_clear()
        .current_dir(place.path())
        .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_presence"))
        .args(arguments);
    command
}

/// Every file of a folder with its mode, except those that the test has written.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("it is there") {
            let path: PathBuf = entry.expect("it reads").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .file_name()
                .expect("it has one")
                .to_string_lossy()
                .into_owned();
            let mode = path.metadata().expect("it is there").mode() & 0o777;
            if name != "sweeps.ndjson" {
                found.push((name, mode));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn new_files_are_for_their_owner_whatever_the_umask() {
    for umask in ["0", "022", "077"] {
        let place = Place::empty();
        place.write("sweeps.ndjson", &super::support::history());
        for arguments in [
            &["import", "sweeps.ndjson"][..],
            &["export", "--dir", "out", "--format", "csv"],
            &["at", "now", "--output", "at.csv", "--with-question"],
        ] {
            let ran = Ran::from_command(&mut under(&place, umask, arguments));
            assert_eq!(ran.code, Some(0), "{}", ran.shown());
        }
        let found = modes(place.path());
        assert!(found.len() >= 5, "{found:?}");
        for (name, mode) in found {
            assert_eq!(mode, 0o600, "{name} under umask {umask}");
        }
    }
}

#[test]
fn what_a_collector_makes_is_for_its_owner_whatever_the_umask() {
    for umask in ["0", "022", "077"] {
        let place = Place::empty();
        let platform = Simulated::with(&place, &[]);
        let mut command = under(
            &place,
            umask,
            &["collect", "--interval", "1s", "--spool", "spool"],
        );
        command
            .envs(platform.environment.clone())
            .env("RC_TOKEN_FILE", "token.json")
            .stderr(std::process::Stdio::null());
        let mut child = command.spawn().expect("it runs");
        let is_there = |name: &str| place.path().join(name).exists();
        while !(is_there("presence.db-wal")
            && is_there("presence.db-shm")
            && is_there(ACCOUNT_LOCK))
        {
            assert!(child.try_wait().expect("it runs").is_none(), "it ended");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let found = modes(place.path());
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        for (name, mode) in found {
            assert_eq!(mode, 0o600, "{name} under umask {umask}");
        }
    }
}

#[test]
fn a_group_may_read_files_if_the_mode_says_so() {
    for umask in ["022", "077"] {
        let place = Place::empty();
        place.write("sweeps.ndjson", &super::support::history());
        let import = ["import", "sweeps.ndjson", "--mode", "0640"];
        let ran = Ran::from_command(&mut under(&place, umask, &import));
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
        assert_eq!(modes(place.path()), [("presence.db".to_owned(), 0o640)]);
        let at = ["at", "now", "--output", "at.csv", "--mode", "640"];
        let ran = Ran::from_command(&mut under(&place, umask, &at));
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
        assert!(modes(place.path()).contains(&("at.csv".to_owned(), 0o640)));
    }
    let place = Place::empty();
    for wrong in ["0644", "666", "u=rw", "0660", ""] {
        let ran = place.run(&["migrate", "--mode", wrong]);
        assert_eq!(ran.code, Some(2), "{wrong}: {}", ran.shown());
    }
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode() {
    let place = Place::with_history();
    let path = place.write("at.csv", "older");
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, readable).expect("it is ours");
    place.ask(&["at", "now", "--output", "at.csv"]).answer();
    assert_eq!(path.metadata().expect("it is there").mode() & 0o777, 0o644);
}

fn access_check(place: &Place) -> Value {
    let ran = place.run(&["doctor", "--offline", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    let checks = told["checks"].as_array().or_else(|| told.as_array());
    let checks = checks.expect("a list of checks");
    let found = checks
        .iter()
        .find(|check| check["name"] == "access" || check["check"] == "access");
    found.unwrap_or_else(|| panic!("{told:#}")).clone()
}

#[test]
fn the_doctor_warns_of_what_others_can_read() {
    let place = Place::with_history();
    let store = place.path().join("presence.db");
    for (mode, expected) in [
        (0o600, "ok"),
        (0o640, "ok"),
        (0o644, "warn"),
        (0o664, "fail"),
        (0o666, "fail"),
    ] {
        std::fs::set_permissions(&store, std::fs::Permissions::from_mode(mode))
            .expect("it is ours");
        let check = access_check(&place);
        assert_eq!(check["status"], expected, "{mode:o}: {check:#}");
        if expected != "ok" {
            assert!(check.to_string().contains("chmod 600"), "{check:#}");
        }
    }
    std::fs::set_permissions(&store, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let lock = place.write(ACCOUNT_LOCK, "");
    std::fs::set_permissions(&lock, std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    assert_eq!(access_check(&place)["status"], "warn");
}

#[test]
fn a_planted_lock_is_refused() {
    let place = Place::empty();
    let platform = Simulated::with(&place, &[]);
    let once = || {
        let mut command = place.command(&["collect", "--once"]);
        // The session is kept, since the platform limits how often a program logs in.
        command.env("RC_TOKEN_FILE", "token.json");
        Ran::from_command(command.envs(platform.environment.clone()))
    };
    assert_eq!(once().code, Some(0));
    let lock = place.path().join(ACCOUNT_LOCK);
    assert_eq!(lock.metadata().expect("it is there").mode() & 0o777, 0o600);
    // A lock file that an older version made for everyone is made private.
    std::fs::set_permissions(&lock, std::fs::Permissions::from_mode(0o666)).expect("it is ours");
    assert_eq!(once().code, Some(0));
    assert_eq!(lock.metadata().expect("it is there").mode() & 0o777, 0o600);
    // A link would let another user choose the file.
    std::fs::remove_file(&lock).expect("it is ours");
    let target = place.write("elsewhere", "untouched");
    symlink(&target, &lock).expect("it can be made");
    let ran = once();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("symbolic link"), "{}", ran.stderr);
    assert_eq!(
        std::fs::read_to_string(&target).expect("it reads"),
        "untouched"
    );
    // Only root can change the owner of a file.
    std::fs::remove_file(&lock).expect("it is ours");
    std::fs::write(&lock, "").expect("it can be written");
    if chown(&lock, Some(65_534), None).is_ok() {
        let ran = once();
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains("another user"), "{}", ran.stderr);
    }
}

#[test]
fn a_file_without_its_newest_part_is_recognised() {
    let place = Place::empty();
    let platform = Simulated::with(&place, &[]);
    let once = || {
        let mut command = place.command(&["collect", "--once"]);
        // The session is kept, since the platform limits how often a program logs in.
        command.env("RC_TOKEN_FILE", "token.json");
        let ran = Ran::from_command(command.envs(platform.environment.clone()));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    };
    once();
    let store = place.path().join("presence.db");
    let older = std::fs::read(&store).expect("it reads");
    once();
    once();
    assert_eq!(place.run(&["rebuild", "--check"]).code, Some(0));
    // As if the write-ahead log of the last two sweeps had been removed.
    std::fs::write(&store, older).expect("it is ours");
    let ran = place.run(&["rebuild", "--check"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout
            .contains("the history ends with snapshot 1, but the collector recorded 3"),
        "{}",
        ran.shown()
    );
    let doctor = place.run(&["doctor", "--offline"]);
    assert!(
        doctor.stdout.contains("the newest part is lost"),
        "{}",
        doctor.shown()
    );
    std::fs::remove_file(place.path().join(ACCOUNT_LOCK)).expect("it is ours");
    assert_eq!(place.run(&["rebuild", "--check"]).code, Some(0));
}
