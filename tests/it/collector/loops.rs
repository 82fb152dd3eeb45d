//! The loop: slot after slot, until something ends it.

use std::sync::Arc;

use presence_clock::Clock;
use presence_model::event::EventKind;
use presence_model::observation::SweepStatus;
use presence_ringcentral::SourceError;
use tokio_util::sync::CancellationToken;

use super::case::{Case, slot_ms};
use super::scripted::{Happening, unavailable};
use super::{MINUTE_MS, START_MS, at};

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
        "plan 3 extensions take 1 request per sweep, and the rate limit allows 9 in 60 s, so the shortest interval \
         is 7 s; polling every 60 s"
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
        // Requested in the time before the first slot.
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
async fn an_interval_that_is_too_short_is_reported_once() {
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
        warned[0].contains("you asked for 5 s: polling every 7 s"),
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
        "warning it could not be read: 503; the next attempt is at 2026-11-02T14:00:10.000Z"
    );
    assert!(!case.store.log().is_empty());
    let refused = SourceError::LoginRefused("wrong".to_owned());
    case.platform.next("account", [Happening::Fails(refused)]);
    assert!(case.run().await.is_err());
}

/// The runtime's time, which stands still while the program works.
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

/// Stopped at different moments, it ends by itself, and soon.
#[tokio::test(start_paused = true)]
async fn it_ends_soon_after_it_is_stopped() {
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
                Some("stopped: the collector was stopped during the sweep")
            );
        }
    }
}

#[tokio::test]
async fn an_hour_of_suspension_is_an_hour_of_skipped_slots() {
    let mut case = Case::of(3);
    case.settings.stop_at = Some(at(START_MS + 70 * MINUTE_MS));
    case.platform
        .next("page 1", [Happening::Takes(1), Happening::Takes(3_600_000)]);
    let totals = case.run().await.expect("it ends at its time");
    assert_eq!(totals.complete_count + totals.skipped_count, 70);
    assert!((59..=60).contains(&totals.skipped_count), "{totals:?}");
}
