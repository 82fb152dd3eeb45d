//! A store that goes away and comes back: sweeps wait, and none is lost.

use std::fs;
use std::sync::{Arc, Mutex};

use presence_clock::VirtualClock;
use presence_collector::progress::{Observer, Progress};
use presence_collector::run::{Collector, Settings};
use presence_model::cause::Cause;
use presence_model::event::Snapshot;
use presence_recording::spool::{FolderSpool, LIMIT_BYTES_DEFAULT, SpoolSettings};
use presence_store::StoreHandle;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::scripted::{Happening, Office, Platform};
use super::{ACCOUNT, MINUTE_MS, START_MS, at};
use crate::support::memory_store::MemoryStore;

/// A change of the office.
type Change = Box<dyn FnOnce(&mut Office) + Send>;

#[derive(Default)]
struct SweepListener(Mutex<Vec<String>>);

impl Observer for SweepListener {
    fn notice(&self, progress: Progress<'_>) {
        let line = match progress {
            Progress::Ticked(_) => "ticked".to_owned(),
            Progress::Kept { waiting, .. } => format!("kept {waiting}"),
            Progress::CaughtUp { count } => format!("caught up {count}"),
            Progress::Warning(text) => text.to_owned(),
            _ => return,
        };
        self.0.lock().expect("no test panics in it").push(line);
    }
}

struct Case {
    clock: Arc<VirtualClock>,
    platform: Arc<Platform>,
    store: Arc<MemoryStore>,
    listener: Arc<SweepListener>,
    folder: TempDir,
    limit_bytes: u64,
}

impl Case {
    fn new() -> Self {
        let clock = Arc::new(VirtualClock::new(START_MS));
        Self {
            platform: Arc::new(Platform::new(&clock, 3)),
            clock,
            store: Arc::new(MemoryStore::new(ACCOUNT)),
            listener: Arc::default(),
            folder: tempfile::tempdir().expect("a folder for the test can be made"),
            limit_bytes: LIMIT_BYTES_DEFAULT,
        }
    }

    fn files(&self) -> FolderSpool {
        FolderSpool {
            folder: self.folder.path().to_owned(),
        }
    }

    /// Before the sweeps of these minutes, the office or the store changes.
    fn script(&self, happenings: Vec<(usize, Change)>) {
        let mut minute = 0;
        for (at, change) in happenings {
            let quiet = (minute..at).map(|_| Happening::Takes(5));
            self.platform.next("page 1", quiet);
            self.platform.next("page 1", [Happening::Changes(change)]);
            minute = at + 1;
        }
    }

    /// Makes the store unavailable, or available again.
    fn away(&self, is_away: bool) -> Change {
        let store = Arc::clone(&self.store);
        Box::new(move |_| store.be_away(is_away))
    }

    fn collector(&self, minutes: i64) -> Collector {
        Collector {
            source: Arc::clone(&self.platform) as _,
            store: StoreHandle::Open(self.store.clone()),
            packing: None,
            clock: Arc::clone(&self.clock) as _,
            settings: Settings {
                stop_at: Some(at(START_MS + minutes * MINUTE_MS)),
                spool: Some(SpoolSettings {
                    files: Arc::new(self.files()),
                    limit_bytes: self.limit_bytes,
                }),
                ..Settings::new(MINUTE_MS, "this one")
            },
            observer: Arc::clone(&self.listener) as _,
        }
    }

    async fn run(&self, minutes: i64) {
        let collector = self.collector(minutes);
        let ended = collector.run(&CancellationToken::new()).await;
        ended.expect("a store that is away does not end it");
    }

    fn heard(&self) -> Vec<String> {
        self.listener
            .0
            .lock()
            .expect("no test panics in it")
            .clone()
    }

    fn count(&self, line: &str) -> usize {
        self.heard()
            .iter()
            .filter(|heard| heard.as_str() == line)
            .count()
    }

    /// A letter for each row: `c` if it is complete, else one for the cause.
    fn shown(&self) -> String {
        let log = self.store.log();
        log.iter().map(letter).collect()
    }
}

fn letter(row: &Snapshot) -> char {
    match row
        .detail
        .as_deref()
        .map(|detail| Cause::of_detail(detail).0)
    {
        None => 'c',
        Some(Some(Cause::Spool)) => 's',
        Some(Some(Cause::Damaged)) => 'd',
        Some(other) => panic!("{other:?} {:?}", row.detail),
    }
}

#[tokio::test]
async fn sweeps_wait_while_the_store_is_away_and_go_into_it_in_order() {
    let case = Case::new();
    let busy = |office: &mut Office| {
        office.people.insert(101, "Busy");
    };
    case.script(vec![
        (3, case.away(true)),
        (4, Box::new(busy)),
        (7, case.away(false)),
    ]);
    case.run(10).await;
    assert_eq!(case.shown(), "cccccccccc");
    let log = case.store.log();
    for pair in log.windows(2) {
        assert_eq!(pair[1].started_at.since_ms(pair[0].started_at), MINUTE_MS);
    }
    // The change was seen while the store was away, and has the time at which it was seen.
    let events: Vec<usize> = log.iter().map(|row| row.events.len()).collect();
    assert_eq!(events, [3, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(log[4].events[0].not_before, Some(log[3].started_at));
    assert_eq!(
        case.store.replay().coverage().observed.len(),
        1,
        "there is no gap"
    );
    assert_eq!(
        (
            case.count("kept 1"),
            case.count("kept 4"),
            case.count("caught up 4")
        ),
        (1, 1, 1),
        "{:?}",
        case.heard()
    );
    assert_eq!(
        case.store.lapses(),
        1,
        "its lease ran out meanwhile, and was still its own"
    );
}

#[tokio::test]
async fn spooled_sweeps_survive_a_restart() {
    let case = Case::new();
    case.script(vec![(3, case.away(true))]);
    case.run(6).await;
    assert_eq!(case.shown(), "ccc");
    case.store.be_away(false);
    case.run(9).await;
    assert_eq!(case.shown(), "ccccccccc");
    assert_eq!(
        case.count("3 sweeps from an earlier run wait in the spool"),
        1
    );
    assert_eq!(case.count("caught up 3"), 1);
    case.run(10).await;
    assert_eq!(case.shown(), "cccccccccc", "nothing of it comes again");
}

#[tokio::test]
async fn an_append_whose_answer_was_lost_is_recognised_when_it_comes_again() {
    let case = Case::new();
    let store = Arc::clone(&case.store);
    case.script(vec![
        (3, Box::new(move |_| store.lose_answers())),
        (5, case.away(false)),
    ]);
    case.run(8).await;
    assert_eq!(case.shown(), "cccccccc");
}

#[tokio::test]
async fn sweeps_that_do_not_fit_are_accounted_for_and_it_goes_on_by_itself() {
    let mut case = Case::new();
    case.limit_bytes = 1_500;
    case.script(vec![(2, case.away(true)), (20, case.away(false))]);
    case.run(24).await;
    let shown = case.shown();
    assert_eq!(shown.len(), 24);
    let kept = shown.find('s').expect("not all fit");
    assert!((3..15).contains(&kept), "{shown}");
    assert_eq!(
        shown,
        format!("{}{}cccc", "c".repeat(kept), "s".repeat(20 - kept))
    );
    let log = case.store.log();
    assert!(
        log.windows(2)
            .all(|pair| pair[0].finished_at <= pair[1].started_at)
    );
    let lost = case
        .heard()
        .into_iter()
        .filter(|line| line.starts_with("a sweep was lost"))
        .count();
    assert_eq!(lost, 20 - kept, "each is reported as a warning");
}

#[tokio::test]
async fn a_sweep_that_was_damaged_while_it_waited_is_a_gap_with_its_cause() {
    let case = Case::new();
    case.script(vec![(2, case.away(true))]);
    case.run(6).await;
    let path = case.files().path(ACCOUNT);
    let mut bytes = fs::read(&path).expect("four sweeps wait");
    let middle = bytes.len() / 2 + 60;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("it is written");
    case.store.be_away(false);
    case.run(8).await;
    let shown = case.shown();
    assert!(shown == "cccdcccc" || shown == "ccccdccc", "{shown}");
    let log = case.store.log();
    let damaged = log.iter().find(|row| letter(row) == 'd').expect("one is");
    let slot = damaged
        .idempotency_key
        .strip_prefix("poll:")
        .expect("a slot's key");
    assert_eq!(slot, damaged.started_at.as_ms().to_string());
}

#[tokio::test]
async fn it_sweeps_while_the_store_is_away_at_the_start() {
    let case = Case::new();
    case.store.be_away(true);
    let busy = |office: &mut Office| {
        office.people.insert(101, "Busy");
    };
    case.script(vec![(2, Box::new(busy)), (4, case.away(false))]);
    case.run(8).await;
    // The known extensions could not be read, so the early sweeps are not complete, but they have seen everybody.
    assert_eq!(case.shown(), "sssssccc");
    let log = case.store.log();
    for pair in log.windows(2) {
        assert_eq!(pair[1].started_at.since_ms(pair[0].started_at), MINUTE_MS);
    }
    let events: Vec<usize> = log.iter().map(|row| row.events.len()).collect();
    assert_eq!(events[..5], [3, 0, 1, 0, 0]);
    assert_eq!(log[2].events[0].not_before, Some(log[1].started_at));
    assert_eq!(case.store.replay().coverage().observed.len(), 1);
    let heard = case.heard();
    assert!(
        heard[0].starts_with("sweeps wait in the spool until the store is available"),
        "{heard:?}"
    );
    assert_eq!(case.count("caught up 5"), 1, "{heard:?}");
}

#[tokio::test]
async fn early_sweeps_conclude_nothing_about_anyone_who_is_missing_and_survive_a_restart() {
    let case = Case::new();
    case.run(2).await;
    case.store.be_away(true);
    let gone = |office: &mut Office| {
        office.people.remove(&102);
    };
    case.script(vec![(1, Box::new(gone))]);
    case.run(5).await;
    case.run(8).await;
    assert_eq!(case.shown(), "cc");
    case.store.be_away(false);
    case.run(10).await;
    assert_eq!(case.shown(), "ccsssssscc");
    let log = case.store.log();
    assert!(log[2..8].iter().all(|row| row.events.is_empty()));
    let seen_off = log[8].events.len() + log[9].events.len();
    assert_eq!(
        seen_off, 1,
        "only sweeps that know who was there show who is gone"
    );
}

#[tokio::test]
async fn without_a_spool_it_waits_for_a_store_that_is_away_at_the_start() {
    let case = Case::new();
    case.store.be_away_for(9);
    let collector = Collector {
        settings: Settings {
            spool: None,
            ..case.collector(6).settings
        },
        ..case.collector(6)
    };
    let ended = collector.run(&CancellationToken::new()).await;
    ended.expect("it begins when it can");
    assert!(case.shown().len() >= 3, "{}", case.shown());
    let heard = case.heard();
    assert!(
        heard[0].starts_with("collecting begins when the store is available"),
        "{heard:?}"
    );
}

#[tokio::test]
async fn spooled_sweeps_are_left_out_if_another_collector_took_over_meanwhile() {
    let case = Case::new();
    case.script(vec![(3, case.away(true))]);
    case.run(6).await;
    case.store.be_away(false);
    case.store.lend_to("that one", at(START_MS + 7 * MINUTE_MS));
    let sweep = presence_model::observation::Sweep {
        directory: Vec::new(),
        ..super::leases::failed(at(START_MS + 6 * MINUTE_MS))
    };
    case.store.import(&sweep);
    case.run(12).await;
    let left_out = case
        .heard()
        .into_iter()
        .filter(|line| line.starts_with("a spooled sweep is left out"))
        .count();
    assert_eq!(left_out, 3);
    assert!(case.store.log().len() > 7);
}
