//! A single sweep.

use presence_model::observation::SweepStatus;
use tokio_util::sync::CancellationToken;

use super::case::Case;
use super::scripted::{Happening, unavailable};

#[tokio::test]
async fn once_makes_one_sweep() {
    let case = Case::of(3);
    let tick = case.collector().once().await.expect("it can sweep");
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
