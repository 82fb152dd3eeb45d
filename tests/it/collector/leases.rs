//! The lease: who may write, and what others append in the meantime.

use std::sync::Arc;

use presence_clock::Clock;
use presence_collector::run::CollectError;
use presence_model::ids::ExtensionId;
use presence_model::known::Existence;
use presence_model::observation::{Observation, Source, Sweep, SweepStatus};
use presence_model::state::Presence;

use super::case::Case;
use super::scripted::Happening;
use super::{ACCOUNT, MINUTE_MS, START_MS, at};

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
async fn what_someone_else_appended_meanwhile_is_taken_into_account() {
    let case = Case::of(3);
    let (store, clock) = (Arc::clone(&case.store), Arc::clone(&case.clock));
    // An import, which needs no lease, records a change just before the second sweep.
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
        "changed by the import, and changed back by the sweep after it"
    );
}

#[tokio::test]
async fn a_history_that_someone_else_took_further_costs_a_sweep_and_no_more() {
    let case = Case::of(3);
    let (store, clock) = (Arc::clone(&case.store), Arc::clone(&case.clock));
    // Imports a sweep that is a little in the future.
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

pub(super) fn failed(moment: presence_model::time::Timestamp) -> Sweep {
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
        queue_sweeps: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: "of someone else".to_owned(),
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
