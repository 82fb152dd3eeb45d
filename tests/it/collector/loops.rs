//! The loop: slots, leases, clocks, and its end.

use std::sync::{Arc, Mutex};

use presence_clock::{Clock, VirtualClock};
use presence_collector::progress::{Observer, Progress, Totals};
use presence_collector::run::{CollectError, Collector, Settings};
use presence_core::model::event::{EventKind, Snapshot};
use presence_core::model::ids::ExtensionId;
use presence_core::model::known::Existence;
use presence_core::model::observation::{Observation, Source, Sweep, SweepStatus};
use presence_core::model::state::Presence;
use presence_recording::recorder::FlushAt;
use presence_ringcentral::SourceError;
use presence_store::StoreHandle;
use tokio_util::sync::CancellationToken;

use super::scripted::{Happening, Office, Platform, unavailable};
use super::{ACCOUNT, MINUTE_MS, START_MS, at};
use crate::support::memory_store::MemoryStore;

/// Remembers what it hears, a line each.
#[derive(Default)]
struct SweepListener(Mutex<Vec<String>>);

impl Observer for SweepListener {
    fn notice(&self, progress: Progress<'_>) {
        let line = match progress {
            Progress::Started { interval_ms, .. } => format!("started {interval_ms}"),
            Progress::LeaseTaken { holder, .. } => format!("lease {holder}"),
            Progress::Waiting { .. }
            | Progress::Sweeping { .. }
            | Progress::LeaseHeld { .. }
            | Progress::ClockCompared { .. } => return,
            Progress::Ticked(tick) => format!("tick {} {}", tick.status.name(), tick.event_count),
            Progress::Plan(sentence) => format!("plan {sentence}"),
            Progress::Kept { tick, waiting } => format!("kept {} {waiting}", tick.status.name()),
            Progress::CaughtUp { count } => format!("caught up {count}"),
            Progress::Skipped { missed } => format!("skipped {}", missed.count),
            Progress::Warning(text) => format!("warning {text}"),
        };
        self.0.lock().expect("no test panics in it").push(line);
    }
}

struct Case {
    clock: Arc<VirtualClock>,
    platform: Arc<Platform>,
    store: Arc<MemoryStore>,
    listener: Arc<SweepListener>,
    settings: Settings,
}

impl Case {
    fn of(people: i64) -> Self {
        let clock = Arc::new(VirtualClock::new(START_MS));
        Self {
            platform: Arc::new(Platform::new(&clock, people)),
            clock,
            store: Arc::new(MemoryStore::new(ACCOUNT)),
            listener: Arc::default(),
            settings: Settings {
                interval_ms: MINUTE_MS,
                valid_for_ms: None,
                holder: "this one".to_owned(),
                stop_at: Some(at(START_MS + 5 * MINUTE_MS)),
                flush_at: FlushAt::EVERY_SWEEP,
                spool: None,
                guard: None,
            },
        }
    }

    fn collector(&self) -> Collector {
        self.collector_on(Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    fn collector_on(&self, clock: Arc<dyn Clock>) -> Collector {
        Collector {
            source: Arc::clone(&self.platform) as _,
            store: StoreHandle::Open(self.store.clone()),
            packing: None,
            clock,
            settings: self.settings.clone(),
            observer: Arc::clone(&self.listener) as _,
        }
    }

    async fn run(&self) -> Result<Totals, CollectError> {
        self.collector().run(&CancellationToken::new()).await
    }

    fn heard(&self) -> Vec<String> {
        self.listener
            .0
            .lock()
            .expect("no test panics in it")
            .clone()
    }

    fn statuses(&self) -> Vec<&'static str> {
        self.store
            .log()
            .iter()
            .map(|row| row.status.name())
            .collect()
    }
}

fn slot_ms(row: &Snapshot) -> i64 {
    let slot = row
        .idempotency_key
        .strip_prefix("poll:")
        .expect("a slot's key");
    slot.parse().expect("a moment")
}

#[tokio::test]
async fn every_slot_leaves_a_row_at_a_fixed_rate() {
    let case = Case::of(3);
    let totals = case.run().await.expect("it ends at its time");
    assert_eq!(totals.complete_count, 5);
    assert_eq!(totals.event_count, 3);
    let log = case.store.log();
    assert_eq!(log.len(), 5);
    for pair in log.windows(2) {
        assert_eq!(slot_ms(&pair[1]) - slot_ms(&pair[0]), MINUTE_MS);
    }
    assert!(log.iter().all(|row| row.started_at == at(slot_ms(row))));
    assert!(log.iter().all(|row| row.valid_for_ms == 3 * MINUTE_MS));
    let heard = case.heard();
    assert_eq!(heard[0], "started 60000");
    assert_eq!(
        heard[1],
        "plan 3 extensions take 1 request a look, and the rate limit bears 9 in 60 s, so the fastest interval that can be \
         kept up is 7 s; looking every 60 s"
    );
    assert_eq!(heard[2..4], ["tick complete 3", "tick complete 0"]);
    assert_eq!(case.store.name().as_deref(), Some("Example, Inc."));
    assert!(!case.store.is_leased(), "it is given up at the end");
}

#[tokio::test]
async fn the_first_sweep_has_names_and_later_ones_time_zones() {
    let case = Case::of(3);
    case.platform
        .change(|office| office.zones = [(101, "Europe/Berlin")].into());
    case.run().await.expect("it ends at its time");
    let log = case.store.log();
    let first: Vec<_> = log[0]
        .events
        .iter()
        .filter_map(|event| event.profile.clone())
        .collect();
    assert_eq!(first.len(), 3);
    assert_eq!(first[0].name.as_deref(), Some("Extension 101"));
    let told: Vec<_> = log
        .iter()
        .flat_map(|row| &row.events)
        .filter(|event| event.kind == EventKind::ProfileChanged)
        .collect();
    let zones: Vec<_> = first
        .iter()
        .map(|profile| profile.time_zone.as_deref())
        .collect();
    match told.as_slice() {
        // Asked for in the time before the first slot.
        [] => assert_eq!(zones[0], Some("Europe/Berlin")),
        [event] => {
            let profile = event.profile.as_ref().expect("the new one");
            assert_eq!(profile.time_zone.as_deref(), Some("Europe/Berlin"));
        }
        more => panic!("{more:?}"),
    }
}

#[tokio::test]
async fn a_restart_changes_no_profile() {
    let mut case = Case::of(3);
    case.platform
        .change(|office| office.zones = [(101, "Europe/Berlin")].into());
    case.run().await.expect("it ends at its time");
    case.settings.stop_at = Some(at(START_MS + 10 * MINUTE_MS));
    let before = case.store.log().len();
    case.run().await.expect("it ends at its time");
    let log = case.store.log();
    assert!(log.len() > before);
    assert!(
        log[before..].iter().all(|row| row.events.is_empty()),
        "{:?}",
        log[before..].to_vec()
    );
}

#[tokio::test]
async fn slots_that_were_overrun_are_skipped_and_recorded_after_it() {
    let case = Case::of(3);
    let slow = [Happening::Takes(1), Happening::Takes(150_000)];
    case.platform.next("page 1", slow);
    let totals = case.run().await.expect("it ends at its time");
    assert_eq!(
        case.statuses(),
        ["complete", "complete", "skipped", "skipped", "complete"]
    );
    assert_eq!((totals.complete_count, totals.skipped_count), (3, 2));
    let log = case.store.log();
    let overran = log[1].finished_at;
    for row in &log[2..4] {
        assert_eq!(row.started_at, row.finished_at);
        assert_eq!(row.started_at, overran.max(at(slot_ms(row))));
    }
    assert_eq!(slot_ms(&log[2]), slot_ms(&log[1]) + MINUTE_MS);
    assert!(log[4].started_at > overran);
    assert!(case.heard().contains(&"skipped 2".to_owned()));
}

#[tokio::test]
async fn failures_are_recorded_and_it_goes_on() {
    let case = Case::of(3);
    let fails = (0..4).map(|_| Happening::Fails(unavailable()));
    case.platform.next("page 1", fails);
    case.run().await.expect("it ends at its time");
    assert_eq!(
        case.statuses(),
        ["failed", "failed", "complete", "complete", "complete"]
    );
}

#[tokio::test]
async fn what_the_directory_learned_waits_for_a_sweep_that_sees() {
    let case = Case::of(3);
    case.platform
        .next("page 1", (0..4).map(|_| Happening::Fails(unavailable())));
    case.run().await.expect("it ends at its time");
    let log = case.store.log();
    let first_seen = log
        .iter()
        .find(|row| row.status == SweepStatus::Complete)
        .expect("some");
    assert!(first_seen.events.iter().all(|event| {
        let profile = event.profile.as_ref();
        profile.is_some_and(|profile| profile.name.is_some())
    }));
}

#[tokio::test]
async fn missing_permissions_stop_it_with_their_explanation() {
    let case = Case::of(3);
    let forbidden = SourceError::PermissionMissing("give it to them".to_owned());
    case.platform
        .next("page 1", [Happening::Takes(1), Happening::Fails(forbidden)]);
    let error = case.run().await.expect_err("it stops");
    assert_eq!(error.to_string(), "give it to them");
    let log = case.store.log();
    assert_eq!(log.len(), 2);
    assert_eq!(log[1].status, SweepStatus::Failed);
    assert_eq!(
        log[1].detail.as_deref(),
        Some("permission: give it to them")
    );
    assert!(!case.store.is_leased());
}

#[tokio::test]
async fn a_store_that_fails_stops_it() {
    let case = Case::of(3);
    case.store.fail_after(2);
    let error = case.run().await.expect_err("it stops");
    assert_eq!(error.to_string(), "the disk is full");
    assert_eq!(case.store.log().len(), 2);
}

#[tokio::test]
async fn a_second_collector_waits_for_the_lease_and_once_does_not() {
    let case = Case::of(3);
    case.store.lend_to("that one", at(START_MS + MINUTE_MS));
    let error = case.collector().once().await.expect_err("it does not wait");
    assert!(
        matches!(&error, CollectError::LeaseTaken { holder, .. } if holder == "that one"),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("is being collected by that one"),
        "{error}"
    );
    case.run().await.expect("it ends at its time");
    assert_eq!(case.heard()[0], "lease that one");
    let log = case.store.log();
    assert!(log[0].started_at >= at(START_MS + MINUTE_MS));
    assert!(!log.is_empty());
}

#[tokio::test]
async fn a_lease_that_someone_took_over_ends_it() {
    let case = Case::of(3);
    let store = Arc::clone(&case.store);
    let take = move |_: &mut super::scripted::Office| {
        store.lend_to("that one", at(START_MS + 3_600_000));
    };
    case.platform.next(
        "page 1",
        [Happening::Takes(1), Happening::Changes(Box::new(take))],
    );
    let error = case.run().await.expect_err("it stops");
    assert!(
        error
            .to_string()
            .contains("another collector has taken over"),
        "{error}"
    );
    assert_eq!(case.store.log().len(), 1, "nothing more is written");
}

#[tokio::test]
async fn once_looks_once() {
    let case = Case::of(3);
    let tick = case.collector().once().await.expect("it can look");
    assert_eq!(tick.status, SweepStatus::Complete);
    assert_eq!((tick.observed_count, tick.event_count), (3, 3));
    let log = case.store.log();
    assert_eq!(log.len(), 1);
    assert!(
        log[0].events[0]
            .profile
            .as_ref()
            .is_some_and(|profile| profile.name.is_some())
    );
    assert!(!case.store.is_leased());
    let again = case.collector().once().await.expect("a moment later");
    assert_eq!(again.event_count, 0);
    assert!(again.started_at > tick.finished_at);
}

#[tokio::test]
async fn once_that_is_stopped_records_nothing_and_gives_the_lease_up() {
    for hanging in ["account", "list 1", "page 1"] {
        let case = Case::of(3);
        case.platform.next(hanging, [Happening::Hangs]);
        let cancel = CancellationToken::new();
        let collector = case.collector();
        let (tick, ()) = tokio::join!(collector.once_unless(&cancel), async {
            while case.platform.count(hanging) == 0 {
                tokio::task::yield_now().await;
            }
            cancel.cancel();
        });
        assert_eq!(tick.expect("no error"), None);
        assert!(case.store.log().is_empty());
        assert!(!case.store.is_leased());
    }
}

#[tokio::test]
async fn once_that_sees_nothing_is_recorded_and_says_so() {
    let case = Case::of(3);
    case.platform
        .next("page 1", (0..2).map(|_| Happening::Fails(unavailable())));
    let tick = case
        .collector()
        .once()
        .await
        .expect("that is an answer too");
    assert_eq!(tick.status, SweepStatus::Failed);
    assert_eq!(case.statuses(), ["failed"]);
}

#[tokio::test]
async fn a_clock_that_was_set_back_a_little_is_waited_for() {
    let case = Case::of(3);
    case.run().await.expect("it ends at its time");
    let end = case.store.log().last().expect("rows").finished_at;
    case.clock
        .advance(end.as_ms() - 100_000 - case.clock.now_ms());
    let tick = case.collector().once().await.expect("it waits");
    assert!(tick.started_at > end);
    assert!(
        case.heard()
            .iter()
            .any(|line| line.contains("100 s before the end of the history"))
    );
}

#[tokio::test]
async fn a_clock_that_was_set_back_far_is_outwaited_and_refused_by_a_single_sweep() {
    let mut case = Case::of(3);
    case.run().await.expect("it ends at its time");
    case.clock.advance(-3_600_000);
    let rows = case.store.log().len();
    let error = case.collector().once().await.expect_err("it refuses");
    assert!(
        matches!(error, CollectError::ClockBehind { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("set the clock"), "{error}");
    assert_eq!(case.store.log().len(), rows);
    let end = case.store.log().last().expect("rows").finished_at;
    case.settings.stop_at = Some(end.plus_ms(3 * MINUTE_MS));
    case.run().await.expect("it waits, and goes on");
    let log = case.store.log();
    let told = &log[rows];
    assert_eq!(told.status, SweepStatus::Skipped);
    assert_eq!((told.started_at, told.finished_at), (end, end));
    let detail = told.detail.as_deref().expect("it says why");
    assert!(
        detail.starts_with("clock: the computer's clock showed"),
        "{detail}"
    );
    assert_eq!(log[rows + 1].status, SweepStatus::Complete);
    assert!(log[rows + 1].started_at > end);
    let warned = |line: &String| line.contains("set the clock");
    let heard = case.heard();
    assert_eq!(heard.iter().filter(|line| warned(line)).count(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_back_while_it_runs_and_then_right_again_loses_no_more_than_that() {
    let mut case = Case::of(3);
    case.settings.stop_at = Some(at(START_MS + 20 * MINUTE_MS));
    let quiet = (0..3).map(|_| Happening::Takes(5));
    case.platform.next("page 1", quiet);
    // Answered before the clock is set, the third look is kept as it was; then the clock is two hours behind.
    let clock = Arc::clone(&case.clock);
    let set_back = move |_: &mut Office| clock.advance(-2 * 3_600_000);
    case.platform
        .next("page 1", [Happening::Changes(Box::new(set_back))]);
    case.run().await.expect("it goes on");
    let log = case.store.log();
    for pair in log.windows(2) {
        assert!(
            pair[1].started_at >= pair[0].finished_at,
            "time runs forward"
        );
    }
    let last = log.last().expect("rows");
    assert_eq!(last.status, SweepStatus::Complete);
    assert!(last.started_at > at(START_MS + 18 * MINUTE_MS));
}

#[tokio::test]
async fn clocks_that_differ_are_warned_about_and_refused_beyond_five_minutes() {
    let case = Case::of(3);
    case.platform.change(|office| office.skew_ms = Some(-8_000));
    case.run().await.expect("it ends at its time");
    assert_eq!(case.store.log()[0].clock_skew_ms, Some(-8_000));
    let warnings = || {
        let mut heard = case.heard();
        heard.retain(|line| line.starts_with("warning"));
        heard
    };
    assert_eq!(
        warnings(),
        ["warning this computer's clock is 8 s ahead of the platform's: set it"]
    );
    let rows = case.store.log().len();
    case.platform
        .change(|office| office.skew_ms = Some(301_000));
    let error = case.collector().once().await.expect_err("it refuses");
    assert!(
        matches!(error, CollectError::ClockWrong { skew_ms: 301_000 }),
        "{error:?}"
    );
    assert_eq!(case.store.log().len(), rows);
}

#[tokio::test]
async fn an_interval_that_is_too_short_is_said_once() {
    let mut case = Case::of(3);
    case.settings.interval_ms = 5_000;
    case.settings.stop_at = Some(at(START_MS + MINUTE_MS));
    case.run().await.expect("it ends at its time");
    let warned: Vec<String> = case
        .heard()
        .into_iter()
        .filter(|line| line.starts_with("warning") && line.contains("rate limit"))
        .collect();
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(
        warned[0].contains("you asked for 5 s: looking every 7 s"),
        "{warned:?}"
    );
    let log = case.store.log();
    assert_eq!(slot_ms(&log[1]) - slot_ms(&log[0]), 7_000);
    assert_eq!(log[0].valid_for_ms, 21_000);
}

#[tokio::test]
async fn it_waits_for_a_platform_that_cannot_be_reached_at_the_start() {
    let case = Case::of(3);
    case.platform
        .next("account", (0..3).map(|_| Happening::Fails(unavailable())));
    case.run().await.expect("it ends at its time");
    assert_eq!(
        case.heard()[0],
        "warning it could not be had: 503; the next attempt is at 2026-11-02T14:00:10.000Z"
    );
    assert!(!case.store.log().is_empty());
    let refused = SourceError::LoginRefused("wrong".to_owned());
    case.platform.next("account", [Happening::Fails(refused)]);
    assert!(case.run().await.is_err());
}

/// The runtime's time, which stands still while anything is being done.
struct RuntimeClock(tokio::time::Instant);

#[async_trait::async_trait]
impl Clock for RuntimeClock {
    fn now_ms(&self) -> i64 {
        let passed = i64::try_from(self.0.elapsed().as_millis());
        START_MS + passed.expect("no test takes that long")
    }

    async fn sleep_until_ms(&self, at_ms: i64) {
        let wait = u64::try_from(at_ms - self.now_ms()).unwrap_or(0);
        tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
    }
}

/// Told to stop at different moments, it ends by itself, and soon.
#[tokio::test(start_paused = true)]
async fn it_ends_soon_when_told_to() {
    let hangs = ["account", "sites 1", "page 1"];
    for hanging in hangs.iter().map(Some).chain([None]) {
        let mut case = Case::of(3);
        case.settings.stop_at = None;
        case.settings.interval_ms = if hanging == Some(&"page 1") {
            20_000
        } else {
            3_600_000
        };
        if let Some(call) = hanging {
            case.platform.next(call, [Happening::Hangs]);
        }
        let clock = RuntimeClock(tokio::time::Instant::now());
        let collector = case.collector_on(Arc::new(clock));
        let cancel = CancellationToken::new();
        let told = cancel.clone();
        let run = tokio::spawn(async move { collector.run(&told).await });
        if let Some(call) = hanging {
            while case.platform.count(call) == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
        cancel.cancel();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(2), run).await;
        let totals = ended
            .expect("within 2 s")
            .expect("no panic")
            .expect("no error");
        assert!(!case.store.is_leased());
        if hanging == Some(&"page 1") {
            assert_eq!(totals.failed_count, 1);
            let detail = case.store.log()[0].detail.clone();
            assert_eq!(
                detail.as_deref(),
                Some("stopped: the collector was stopped while it looked")
            );
        }
    }
}

#[tokio::test]
async fn what_someone_else_appended_meanwhile_is_taken_into_account() {
    let case = Case::of(3);
    let (store, clock) = (Arc::clone(&case.store), Arc::clone(&case.clock));
    // An import, which needs no lease, tells of a change just before the second look.
    let import = move |_: &mut super::scripted::Office| {
        let moment = at(clock.now_ms() - 1);
        let mut sweep = store.replay().state().clone();
        let known = sweep
            .extensions
            .remove(&ExtensionId(101))
            .expect("it was seen");
        let Existence::Present(present) = known.existence else {
            panic!("it exists");
        };
        let presence = Presence {
            message: Some("Out".into()),
            ..present.presence
        };
        store.import(&Sweep {
            source: Source::Import,
            status: SweepStatus::Partial,
            observations: vec![Observation {
                extension_id: ExtensionId(101),
                extension_number: None,
                requested_at: moment,
                received_at: moment,
                presence,
            }],
            ..failed(moment)
        });
    };
    case.platform.next(
        "page 1",
        [Happening::Takes(1), Happening::Changes(Box::new(import))],
    );
    case.run().await.expect("it ends at its time");
    let events: Vec<usize> = case
        .store
        .log()
        .iter()
        .map(|row| row.events.len())
        .collect();
    assert_eq!(
        events,
        [3, 1, 1, 0, 0, 0],
        "changed by the import, and back by the look after it"
    );
}

#[tokio::test]
async fn a_history_that_someone_else_took_further_costs_a_sweep_and_no_more() {
    let case = Case::of(3);
    let (store, clock) = (Arc::clone(&case.store), Arc::clone(&case.clock));
    // An import of a look that is a little in the future.
    let import = move |_: &mut super::scripted::Office| {
        let moment = at(clock.now_ms() + 30_000);
        store.import(&Sweep {
            source: Source::Import,
            ..failed(moment)
        });
    };
    case.platform.next(
        "page 1",
        [Happening::Takes(1), Happening::Changes(Box::new(import))],
    );
    case.run().await.expect("it ends at its time");
    assert_eq!(
        case.statuses(),
        ["complete", "failed", "complete", "complete", "complete"]
    );
    let warned = case
        .heard()
        .into_iter()
        .find(|line| line.starts_with("warning"));
    let warned = warned.expect("it says so");
    assert!(warned.contains("was not recorded"), "{warned}");
}

pub(super) fn failed(moment: presence_core::model::time::Timestamp) -> Sweep {
    Sweep {
        account_id: ACCOUNT,
        source: Source::Poll,
        status: SweepStatus::Failed,
        started_at: moment,
        finished_at: moment,
        valid_for_ms: MINUTE_MS,
        expected_count: None,
        observations: Vec::new(),
        not_found: Vec::new(),
        withheld: Vec::new(),
        directory: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: "of somebody else".to_owned(),
        detail: None,
    }
}

#[tokio::test]
async fn the_lease_lasts_whatever_the_interval() {
    for interval_ms in [10_000, MINUTE_MS, 15 * MINUTE_MS, 3 * 3_600_000] {
        let mut case = Case::of(3);
        case.settings.interval_ms = interval_ms;
        case.settings.stop_at = Some(at(START_MS + 6 * interval_ms));
        case.platform.next(
            "page 1",
            [Happening::Takes(1), Happening::Takes(interval_ms * 9 / 10)],
        );
        case.run().await.expect("it ends at its time");
        assert_eq!(case.store.lapses(), 0, "{interval_ms}");
        assert!(case.store.log().len() >= 5);
    }
}

#[tokio::test]
async fn an_hour_of_suspense_is_an_hour_of_skipped_slots() {
    let mut case = Case::of(3);
    case.settings.stop_at = Some(at(START_MS + 70 * MINUTE_MS));
    case.platform
        .next("page 1", [Happening::Takes(1), Happening::Takes(3_600_000)]);
    let totals = case.run().await.expect("it ends at its time");
    assert_eq!(totals.complete_count + totals.skipped_count, 70);
    assert!((59..=60).contains(&totals.skipped_count), "{totals:?}");
}
