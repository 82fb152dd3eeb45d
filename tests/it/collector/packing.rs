//! The collector packs a month when it is over, between its sweeps.

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_collector::run::{Collector, Settings};
use presence_recording::recorder::FlushAt;
use presence_store::StoreHandle;
use tokio_util::sync::CancellationToken;

use super::scripted::{Happening, Platform};
use super::{ACCOUNT, MINUTE_MS, at};
use crate::store::database::{Database, SqliteFile};
use crate::support::reading::ReadAtOnce;

/// 2026-12-01T00:00:00Z.
const DECEMBER_MS: i64 = 1_796_083_200_000;

#[tokio::test]
async fn a_month_is_packed_when_it_is_over() {
    let clock = Arc::new(VirtualClock::new(DECEMBER_MS - 10 * MINUTE_MS));
    let platform = Arc::new(Platform::new(&clock, 3));
    let becomes_busy = Happening::Changes(Box::new(|office| {
        office.people.insert(101, "Busy");
    }));
    let waits = || Happening::Takes(1);
    platform.next("page 1", [waits(), waits(), waits(), becomes_busy]);
    let file = SqliteFile::new();
    let store = file.open().await;
    let run_until = async |stop_at_ms: i64| {
        let collector = Collector {
            source: Arc::clone(&platform) as _,
            store: StoreHandle::Open(store.clone()),
            packing: Some(StoreHandle::Open(store.clone())),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings: Settings {
                interval_ms: MINUTE_MS,
                valid_for_ms: None,
                holder: "this one".to_owned(),
                stop_at: Some(at(stop_at_ms)),
                flush_at: FlushAt::EVERY_SWEEP,
                spool: None,
                guard: None,
                queues: None,
            },
            observer: Arc::new(()),
        };
        let totals = collector.run(&CancellationToken::new()).await;
        totals.expect("it ends at its time");
        let packed = store.check_packed(ACCOUNT).await;
        packed.expect("it can be compared")
    };
    let packed = run_until(DECEMBER_MS - MINUTE_MS).await;
    assert_eq!(packed.block_count, 0, "November is not over");
    let packed = run_until(DECEMBER_MS + 5 * MINUTE_MS).await;
    assert_eq!(packed.differences, Vec::<String>::new());
    assert_eq!(
        (packed.block_count, packed.interval_count),
        (1, 1),
        "of one person an interval ended in November"
    );
    let end = store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    let end = end.observed_until.expect("it has observed");
    assert!(end >= at(DECEMBER_MS), "{end}");
    store.close().await;
}
