//! The program while its store is unavailable, has no room, or is collected into by another program.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use presence_model::time::Timestamp;
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use super::crashes::Simulated;
use super::support::Place;
use crate::support::own_server::OwnServer;
use crate::support::postgres::connect;
use crate::support::signal;

/// The longest time to wait. No test comes near it.
const TIMEOUT: Duration = Duration::from_mins(3);

/// A collector, and the lines of its log.
struct Collecting {
    child: Child,
    lines: Receiver<String>,
    /// What it has printed so far.
    said: RefCell<Vec<String>>,
}

impl Collecting {
    fn start(command: &mut Command, platform: &Simulated) -> Self {
        let mut child = command
            .envs(platform.environment.clone())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let stderr = BufReader::new(child.stderr.take().expect("it was piped"));
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            lines,
            said: RefCell::default(),
        }
    }

    /// Waits for a line with this text.
    #[track_caller]
    fn says(&self, text: &str) {
        let mut said = self.said.borrow_mut();
        let before = said.len();
        loop {
            match self.lines.recv_timeout(TIMEOUT) {
                Ok(line) => said.push(line),
                Err(error) => panic!("{text:?} is not said ({error}): {:#?}", &said[before..]),
            }
            assert!(
                said.len() < before + 600,
                "{text:?} is not said: {:#?}",
                &said[before..]
            );
            if said.last().is_some_and(|line| line.contains(text)) {
                return;
            }
        }
    }

    /// Waits for a line with this text that has not been printed yet.
    #[track_caller]
    fn says_next(&self, text: &str) {
        self.said.borrow_mut().extend(self.lines.try_iter());
        self.says(text);
    }

    /// Waits for its end, and returns the last line it printed and the exit code.
    fn ended(&mut self) -> (String, Option<i32>) {
        let said = self.said.get_mut();
        let before = said.len();
        while let Ok(line) = self.lines.recv_timeout(TIMEOUT) {
            said.push(line);
            assert!(
                said.len() < before + 100,
                "it goes on: {:#?}",
                &said[before..]
            );
        }
        let last = said.last().cloned().unwrap_or_default();
        (last, self.child.wait().expect("it ends").code())
    }

    /// Stops it, and returns when each of its sweeps with data began and ended, in milliseconds.
    fn stopped(mut self) -> Vec<(i64, i64)> {
        self.signal("TERM");
        let (last, code) = self.ended();
        assert_eq!(code, Some(0), "{last}");
        // What it prints before it collects is text for people, not JSON.
        let lines = self.said.get_mut().iter();
        let lines = lines.filter_map(|line| serde_json::from_str(line).ok());
        let sweeps = lines.filter(|line: &Value| {
            let has_seen = ["complete", "partial"].map(Some);
            line["started_at"].is_string() && has_seen.contains(&line["status"].as_str())
        });
        let times = sweeps.map(|line| {
            let started_at = line["started_at"].as_str().expect("it is text");
            let started_at: Timestamp = started_at.parse().expect("it is a time");
            // A sweep that waits for the store is logged without its duration.
            let duration_ms = line["duration_ms"].as_i64().unwrap_or(0);
            (started_at.as_ms(), started_at.as_ms() + duration_ms)
        });
        times.collect()
    }

    fn signal(&self, name: &str) {
        signal(name, self.child.id());
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

fn run(program: &str, arguments: &[&str]) {
    let ran = Command::new(program).args(arguments).output();
    let ran = ran.unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    assert!(ran.status.success(), "{program} {arguments:?}: {ran:?}");
}

const COLLECT: [&str; 5] = ["collect", "--interval", "1s", "--log-format", "json"];

/// The history is complete, and has no gaps except where the collector itself was late.
#[track_caller]
fn check(place: &Place, store: &str, sweeps: &[(i64, i64)]) {
    // A sweep is valid for three times the interval.
    let is_late = |pair: &&[(i64, i64)]| pair[1].1 - pair[0].0 > 3_000;
    let late = sweeps.windows(2).filter(is_late).count();
    let checked = place.run(&["rebuild", "--check", "--store", store]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    let asked = [
        "coverage", "--from", "-1d", "--to", "now", "--format", "json",
    ];
    let answer = place
        .run(&[&asked[..], &["--store", store]].concat())
        .answer();
    let coverage: Value = serde_json::from_str(&answer).expect("it is JSON");
    let segments = coverage["segments"].as_array().expect("a list");
    assert!(
        (1..=1 + late).contains(&segments.len()),
        "{late} late of {sweeps:?}: {coverage:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sweeps_wait_while_postgres_is_away() {
    let server = OwnServer::start().await;
    let place = Place::empty();
    let platform = Simulated::start().await;
    let store = format!("{}?schema=away", server.local_address);
    let options = ["--store", &store, "--spool", "spool"];
    let mut command = place.command(&[&COLLECT[..], &options].concat());
    let collecting = Collecting::start(&mut command, &platform);
    collecting.says("\"sweep recorded\"");
    for _ in 0..2 {
        server.pause();
        collecting.says("sweep spooled until the store is back");
        let spool = place.path().join("spool/presence-37439510.spool");
        assert!(std::fs::metadata(&spool).expect("it is there").len() > 100);
        server.resume();
        collecting.says("the store is back");
        collecting.says("\"sweep recorded\"");
        assert_eq!(std::fs::metadata(&spool).expect("it is there").len(), 0);
    }
    check(&place, &store, &collecting.stopped());
}

#[tokio::test(flavor = "multi_thread")]
async fn sweeps_wait_for_postgres_that_is_away_when_collecting_begins() {
    let server = OwnServer::start().await;
    let place = Place::empty();
    let platform = Simulated::start().await;
    let store = format!("{}?schema=early", server.local_address);
    let options = ["--store", &store, "--spool", "spool"];
    let start = || {
        let mut command = place.command(&[&COLLECT[..], &options].concat());
        Collecting::start(&mut command, &platform)
    };
    server.pause();
    let killed = start();
    killed.says("sweeps wait in the spool until the store is available");
    killed.says("sweep spooled until the store is back");
    drop(killed);
    let collecting = start();
    collecting.says("sweeps from an earlier run wait in the spool");
    collecting.says("sweep spooled until the store is back");
    server.resume();
    collecting.says("the store is back");
    collecting.says("\"sweep recorded\"");
    drop(collecting);
    let checked = place.run(&["rebuild", "--check", "--store", &store]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    let drawn_sweeps =
        "select status, count(*) from presence_snapshots group by status order by status";
    let rows = server.query("early", drawn_sweeps).await;
    let count = |status: &str| {
        let row = rows.iter().find(|(name, _)| name == status);
        row.map_or(0, |(_, count)| *count)
    };
    assert!(count("partial") >= 2, "{rows:?}");
    assert!(count("complete") >= 1, "{rows:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn sweeps_wait_while_the_file_cannot_grow() {
    let place = Place::empty();
    let platform = Simulated::start().await;
    let mut first = place.command(&["collect", "--once"]);
    let made = first.envs(platform.environment.clone()).output();
    assert!(made.expect("it runs").status.success());
    let length = std::fs::metadata(place.path().join("presence.db"))
        .expect("it is there")
        .len();
    // In units of 512 bytes. A write beyond the limit fails as on a full disk, except for the error number.
    let limit = (length + 100_000) / 512;
    let script = format!("trap '' XFSZ; ulimit -S -f {limit}; exec \"$0\" \"$@\"");
    let program = env!("CARGO_BIN_EXE_presence");
    let mut command = Command::new("/bin/sh");
    command
        .env_clear()
        .current_dir(place.path())
        .args([&["-c", &script, program][..], &COLLECT].concat());
    let collecting = Collecting::start(&mut command, &platform);
    collecting.says("sweeps wait in the spool until the store is back");
    collecting.says("sweep spooled until the store is back");
    run(
        "prlimit",
        &[
            "--pid",
            &collecting.child.id().to_string(),
            "--fsize=unlimited",
        ],
    );
    collecting.says("the store is back");
    collecting.says("\"sweep recorded\"");
    check(&place, "sqlite:presence.db", &collecting.stopped());
}

/// The server process that writes coverage and is in this state, as soon as there is one.
#[cfg(unix)]
async fn appending(connection: &mut PgConnection, state: &'static str) -> i32 {
    let question = "select pid from pg_stat_activity \
        where datname = current_database() and query like 'insert into coverage%' \
            and coalesce(wait_event_type, '') || ' ' || state = $1";
    for _ in 0..3_000 {
        let found = sqlx::query_scalar(question).bind(state);
        let found = found.fetch_optional(&mut *connection).await;
        if let Some(process) = found.expect("it answers") {
            return process;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no process that writes coverage is {state}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_sleeps_within_an_append_holds_up_another_for_a_minute_at_most() {
    let server = OwnServer::start().await;
    let place = Place::empty();
    let platform = Simulated::start().await;
    let store = format!("{}?schema=asleep", server.local_address);
    let start = |spool: &str| {
        let options = ["--store", &store, "--spool", spool];
        Collecting::start(
            &mut place.command(&[&COLLECT[..], &options].concat()),
            &platform,
        )
    };
    let mut holder = start("spool-0");
    holder.says("\"sweep recorded\"");
    let other = start("spool-1");
    other.says("another collector has the account");
    let mut connection = connect(&server.local_address).await;
    // Its append waits inside a statement. While the collector is asleep, the statement ends and the transaction stays
    // open.
    let mut lock = connection.begin().await.expect("it begins");
    sqlx::query("lock table asleep.coverage in exclusive mode")
        .execute(&mut *lock)
        .await
        .expect("it is locked");
    let mut watch = connect(&server.local_address).await;
    let process = appending(&mut watch, "Lock active").await;
    holder.signal("STOP");
    lock.rollback().await.expect("it ends");
    assert_eq!(
        appending(&mut watch, "Client idle in transaction").await,
        process
    );
    other.says("\"sweep recorded\"");
    let is_there = sqlx::query("select pid from pg_stat_activity where pid = $1").bind(process);
    let is_there = is_there.fetch_optional(&mut watch).await;
    assert!(
        is_there.expect("it answers").is_none(),
        "the server ended it"
    );
    holder.signal("CONT");
    let (said, code) = holder.ended();
    assert_eq!(code, Some(1), "{said}");
    other.says_next("\"sweep recorded\"");
    drop(other);
    let checked = place.run(&["rebuild", "--check", "--store", &store]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_slept_while_another_took_over_is_refused() {
    let server = OwnServer::start().await;
    let place = Place::empty();
    let platform = Simulated::start().await;
    let store = format!("{}?schema=leases", server.local_address);
    let start = |number: usize| {
        let spool = format!("spool-{number}");
        let options = ["--store", &store, "--spool", &spool];
        Collecting::start(
            &mut place.command(&[&COLLECT[..], &options].concat()),
            &platform,
        )
    };
    let mut holder = start(0);
    holder.says("\"sweep recorded\"");
    for number in 1..4 {
        let other = start(number);
        other.says("another collector has the account");
        // It sleeps between two sweeps: inside a transaction, the server would have to end that transaction first.
        holder.says_next("\"sweep recorded\"");
        holder.signal("STOP");
        other.says("\"sweep recorded\"");
        holder.signal("CONT");
        let (said, code) = holder.ended();
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains("another collector has taken over")
                || said.contains("is being collected by"),
            "{said}"
        );
        holder = other;
    }
    holder.says("\"sweep recorded\"");
    drop(holder);
    let checked = place.run(&["rebuild", "--check", "--store", &store]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
}
