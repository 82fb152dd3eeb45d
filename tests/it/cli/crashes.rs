//! The program, killed many times at random moments while it collects: nothing acknowledged is lost, no slot occurs
//! twice, and the history is complete.
//!
//! `PRESENCE_KILLS` sets how often the collector is killed on SQLite. On Postgres it is killed at least a sixth of
//! that, and the server is killed as often. `PRESENCE_QUEUE_KILLS` sets how often it is killed while it sweeps queues.

use std::collections::HashSet;
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use presence_clock::SystemClock;
use presence_model::ids::{AccountId, SnapshotNo};
use presence_simulator::{
    Limits, OfficeConfig, Platform, PlatformConfig, PlatformTime, Running, TokenPolicy, World,
    start_anywhere,
};
use presence_store::{Durability, OpenMode, RebuildMode, Store, open};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::support::Place;
use crate::support::own_server::OwnServer;
use crate::support::reading::ReadAtOnce;

const ACCOUNT: AccountId = AccountId(37_439_510);
const KILLS_DEFAULT: usize = 300;
const QUEUE_KILLS_DEFAULT: usize = 12;
/// How many stores are written to at the same time.
const SIDE_BY_SIDE: usize = 6;
/// After how many kills the history is compared with its log.
const CHECKED_EVERY: usize = 10;

fn kills() -> usize {
    asked("PRESENCE_KILLS", KILLS_DEFAULT)
}

fn asked(variable: &str, default: usize) -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "the person who runs the tests decides how long they may take"
    )]
    let asked = std::env::var(variable);
    asked
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// A platform without rate limits, and how to connect to it.
pub(super) struct Simulated {
    _running: Running,
    pub(super) environment: Vec<(String, String)>,
}

impl Simulated {
    pub(super) async fn start() -> Self {
        Self::with_queues(&[]).await
    }

    /// The same, with a further call queue for each number of members.
    async fn with_queues(member_counts: &[usize]) -> Self {
        let clock = Arc::new(SystemClock);
        let now_ms = presence_clock::Clock::now_ms(&*clock);
        let office = OfficeConfig {
            extensions: 12,
            start_ms: now_ms,
            account_id: ACCOUNT.0,
            ..OfficeConfig::default()
        };
        let many = 1_000_000;
        let config = PlatformConfig {
            limits: Limits {
                light: many,
                medium: many,
                heavy: many,
                auth: many,
                ..Limits::default()
            },
            tokens: TokenPolicy {
                sessions_max: 100_000,
                ..TokenPolicy::default()
            },
            ..PlatformConfig::default()
        };
        let time = PlatformTime::accelerated(clock, now_ms, 60);
        let platform = Arc::new(Platform::new(
            Arc::new(World::new(office).with_further_queues(member_counts)),
            config,
            time,
        ));
        let running = start_anywhere(Arc::clone(&platform))
            .await
            .expect("loopback has free ports");
        let credentials = platform.credentials();
        let environment = [
            ("RC_SERVER_URL", running.server_url()),
            ("RC_APP_CLIENT_ID", credentials.client_id.clone()),
            ("RC_APP_CLIENT_SECRET", credentials.client_secret.clone()),
            ("RC_USER_JWT", credentials.jwt.clone()),
        ];
        Self {
            environment: environment
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            _running: running,
        }
    }
}

/// A store whose collector is killed.
struct Victim {
    place: Place,
    location: String,
    environment: Vec<(String, String)>,
    rng: ChaCha8Rng,
    acknowledged: usize,
}

impl Victim {
    fn start(&self, arguments: &[&str]) -> Child {
        let store = ["--store", &self.location, "--spool", "."];
        let mut command = self.place.command(&[arguments, &store].concat());
        command
            .envs(self.environment.clone())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs")
    }

    /// Starts a single sweep, and kills the program at a random moment of it.
    fn kill_once(&mut self) {
        let mut child = self.start(&["collect", "--once"]);
        // From the first instruction to well after the end: a whole sweep takes a few hundred milliseconds.
        let ms = self.rng.random_range(0..400);
        std::thread::sleep(Duration::from_millis(ms));
        child.kill().expect("it was started");
        let said = said(&mut child);
        self.acknowledged += said.matches("complete sweep at ").count();
    }

    /// Starts a collector, and kills it at a random moment.
    fn kill_later(&mut self, from_ms: u64, to_ms: u64) {
        let mut child = self.start(&["collect", "--interval", "1s", "--log-format", "json"]);
        let ms = self.rng.random_range(from_ms..to_ms);
        std::thread::sleep(Duration::from_millis(ms));
        child.kill().expect("it was started");
        self.acknowledged += said(&mut child).matches("\"sweep recorded\"").count();
    }

    /// Starts a collector whose interval leaves time for queues, and kills it at a random moment.
    fn kill_sweeping_queues(&mut self) {
        let mut child = self.start(&["collect", "--interval", "3s", "--log-format", "json"]);
        let ms = self.rng.random_range(300..12_000);
        std::thread::sleep(Duration::from_millis(ms));
        child.kill().expect("it was started");
        self.acknowledged += said(&mut child).matches("\"sweep recorded\"").count();
    }

    /// Makes a single sweep, and waits for its end.
    fn sweep(&mut self) {
        let mut child = self.start(&["collect", "--once"]);
        let ended = child.wait().expect("it ends");
        let said = said(&mut child);
        assert!(ended.success(), "{said}");
        self.acknowledged += 1;
    }

    async fn check(&self) -> usize {
        let store = reached(&self.location, OpenMode::Existing).await;
        let report = store.rebuild(ACCOUNT, RebuildMode::Check).await;
        let report = report.expect("it compares");
        assert_eq!(report.differences, Vec::<String>::new());
        let rows = check_log(&*store).await;
        assert!(
            rows >= self.acknowledged,
            "{} acknowledged, {rows} there",
            self.acknowledged
        );
        store.close().await;
        rows
    }
}

/// Opens a store, as soon as its server answers.
async fn reached(location: &str, mode: OpenMode) -> Arc<dyn Store> {
    loop {
        match open(location, mode, Durability::PowerLoss).await {
            Err(error) if error.is_away() => tokio::time::sleep(Duration::from_millis(100)).await,
            opened => return opened.expect("it opens"),
        }
    }
}

fn said(child: &mut Child) -> String {
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("it was piped");
    stderr.read_to_string(&mut said).expect("it is text");
    child.wait().expect("it has ended");
    said
}

/// Snapshot numbers have no gaps and keys are unique; returns how many rows there are.
async fn check_log(store: &dyn Store) -> usize {
    let mut keys = HashSet::new();
    let mut after = SnapshotNo(0);
    loop {
        let rows = store
            .reading()
            .await
            .snapshots(ACCOUNT, after, 500)
            .await
            .expect("it reads");
        if rows.is_empty() {
            return keys.len();
        }
        for (row, _) in rows {
            assert_eq!(row.snapshot_no, after.next());
            after = row.snapshot_no;
            assert!(
                keys.insert(row.idempotency_key.clone()),
                "{}",
                row.idempotency_key
            );
        }
    }
}

fn victims(simulated: &Simulated, locations: Vec<String>, seed: u64) -> Vec<Victim> {
    let victims = locations
        .into_iter()
        .enumerate()
        .map(|(index, location)| Victim {
            place: Place::empty(),
            location,
            environment: simulated.environment.clone(),
            rng: ChaCha8Rng::seed_from_u64(seed + index as u64),
            acknowledged: 0,
        });
    victims.collect()
}

/// Runs this for each of them, in parallel threads.
async fn each(victims: Vec<Victim>, work: fn(&mut Victim, usize), rounds: usize) -> Vec<usize> {
    let works = victims.into_iter().map(|mut victim| {
        tokio::spawn(async move {
            for round in 1..=rounds {
                victim = tokio::task::spawn_blocking(move || {
                    work(&mut victim, round);
                    victim
                })
                .await
                .expect("nothing panics");
                if round.is_multiple_of(CHECKED_EVERY) || round == rounds {
                    victim.check().await;
                }
            }
            victim.check().await
        })
    });
    let works: Vec<_> = works.collect();
    let mut rows = Vec::new();
    for work in works {
        rows.push(work.await.expect("no check fails"));
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_collects_into_sqlite() {
    let simulated = Simulated::start().await;
    let locations = (0..SIDE_BY_SIDE).map(|_| "sqlite:crash.db".to_owned());
    let mut victims = victims(&simulated, locations.collect(), 91);
    for victim in &mut victims {
        victim.location = format!("sqlite:{}", victim.place.path().join("crash.db").display());
        // Makes the stores before any collector is killed.
        victim.sweep();
    }
    let work = |victim: &mut Victim, round: usize| {
        if round.is_multiple_of(CHECKED_EVERY) {
            // Whatever a kill left behind, the next collector can start at once.
            victim.sweep();
        }
        victim.kill_once();
    };
    let rows = each(victims, work, kills().div_ceil(SIDE_BY_SIDE)).await;
    assert!(rows.iter().all(|rows| *rows >= 2), "{rows:?}");
}

/// The sweeps of queues in a log; none is there twice.
async fn queue_sweep_count(store: &dyn Store) -> usize {
    let mut sweeps = HashSet::new();
    let mut after = SnapshotNo(0);
    loop {
        let rows = store
            .reading()
            .await
            .snapshots(ACCOUNT, after, 500)
            .await
            .expect("it reads");
        if rows.is_empty() {
            return sweeps.len();
        }
        for (row, _) in rows {
            after = row.snapshot_no;
            for sweep in row.queue_sweeps {
                let key = (sweep.queue_id, sweep.requested_at);
                assert!(sweeps.insert(key), "{key:?} twice");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_sweeps_queues() {
    let simulated = Simulated::with_queues(&[4; 6]).await;
    let locations = (0..SIDE_BY_SIDE).map(|_| "sqlite:crash.db".to_owned());
    let mut victims = victims(&simulated, locations.collect(), 94);
    for victim in &mut victims {
        victim.location = format!("sqlite:{}", victim.place.path().join("crash.db").display());
        victim.sweep();
    }
    let count = asked("PRESENCE_QUEUE_KILLS", QUEUE_KILLS_DEFAULT).div_ceil(SIDE_BY_SIDE);
    let works = victims.into_iter().map(|mut victim| {
        tokio::spawn(async move {
            let mut killed = 0;
            // On a slow computer a sweep of a queue is rarely recorded before the next kill.
            loop {
                victim = tokio::task::spawn_blocking(move || {
                    victim.kill_sweeping_queues();
                    victim
                })
                .await
                .expect("nothing panics");
                killed += 1;
                if killed % CHECKED_EVERY == 0 || killed >= count {
                    victim.check().await;
                }
                let store = reached(&victim.location, OpenMode::Existing).await;
                let queue_sweeps = queue_sweep_count(&*store).await;
                store.close().await;
                if killed >= count && queue_sweeps > 0 {
                    return (killed, queue_sweeps);
                }
            }
        })
    });
    let works: Vec<_> = works.collect();
    for work in works {
        let (killed, queue_sweeps) = work.await.expect("no check fails");
        assert!(killed >= count && queue_sweeps > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_collects_into_postgres_and_the_server_too() {
    let simulated = Simulated::start().await;
    let server = OwnServer::start().await;
    let schemas =
        (0..SIDE_BY_SIDE).map(|index| format!("{}?schema=crash{index}", server.local_address));
    let victims = victims(&simulated, schemas.collect(), 92);
    for victim in &victims {
        let made = reached(&victim.location, OpenMode::Create).await;
        made.close().await;
    }
    let count = kills().div_ceil(6);
    let are_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&are_over);
    let crashes = tokio::task::spawn_blocking(move || {
        let mut rng = ChaCha8Rng::seed_from_u64(93);
        for _ in 0..count {
            let ms = rng.random_range(200..2_000);
            std::thread::sleep(Duration::from_millis(ms));
            server.crash();
        }
        over.store(true, Ordering::SeqCst);
        server
    });
    let rounds = u64::try_from(count.div_ceil(SIDE_BY_SIDE)).expect("it is a count");
    let works = until_over(victims, rounds, &are_over).await;
    let server = crashes.await.expect("nothing panics");
    let mut rows = 0;
    for victim in &works {
        rows += victim.check().await;
    }
    assert!(rows > 2 * SIDE_BY_SIDE, "{rows}");
    drop(server);
}

/// Kills each collector at least this often, and until the server is no longer killed. It checks nothing in between,
/// since the server may be down.
async fn until_over(victims: Vec<Victim>, rounds: u64, are_over: &Arc<AtomicBool>) -> Vec<Victim> {
    let works = victims.into_iter().map(|mut victim| {
        let are_over = Arc::clone(are_over);
        tokio::task::spawn_blocking(move || {
            let mut round: u64 = 0;
            // On a slow computer a sweep is rarely finished before the next kill.
            while round < rounds || !are_over.load(Ordering::SeqCst) || victim.acknowledged < 3 {
                victim.kill_later(200, 6_000 + 500 * round);
                round += 1;
            }
            victim
        })
    });
    let works: Vec<_> = works.collect();
    let mut done = Vec::new();
    for work in works {
        done.push(work.await.expect("nothing panics"));
    }
    done
}
