//! The collector keeps the daily table up to date.

use std::sync::Arc;

use presence_answers::ask::ZoneChoice;
use presence_clock::VirtualClock;
use presence_collector::progress::Tick;
use presence_collector::schedule::Slot;
use presence_history::cli::daily_rollup::DailyRollup;
use presence_history::cli::settings::DailySettings;
use presence_model::facet::Facet;
use presence_model::observation::{Sweep, SweepStatus};
use presence_recording::recorder::FlushAt;
use presence_store::StoreHandle;

use super::world::{Days, days, named, weeks};
use crate::store::database::{ACCOUNT, Database, SqliteFile, record_all};

fn tick(sweep: &Sweep) -> Tick {
    Tick {
        account_id: ACCOUNT,
        slot: Slot {
            start_ms: sweep.started_at.as_ms(),
        },
        status: sweep.status,
        started_at: sweep.started_at,
        finished_at: sweep.finished_at,
        expected_count: None,
        observed_count: sweep.observations.len(),
        event_count: 0,
        detail: None,
    }
}

/// Reports sweeps to the daily rollup, which acts on the last one, and waits until it is done.
async fn keep(
    file: &SqliteFile,
    facets: &[Facet],
    zone: ZoneChoice,
    drawn_sweeps: &[Sweep],
) -> Days {
    let store = file.open().await;
    let end = drawn_sweeps.last().expect("there are sweeps").finished_at;
    let settings = DailySettings {
        facets: facets.to_vec(),
        zone,
    };
    let clock = Arc::new(VirtualClock::new(end.as_ms()));
    let daily_rollup = DailyRollup::start(StoreHandle::Open(store.clone()), settings, clock);
    let listener = daily_rollup.listener();
    for one_sweep in drawn_sweeps {
        listener.record(&tick(one_sweep));
    }
    drop(listener);
    daily_rollup.finish().await;
    store.close().await;
    days(file).await
}

#[tokio::test]
async fn sweeps_that_saw_anything_bring_the_table_up_to_date() {
    let sweeps = weeks(11, 90);
    let file = SqliteFile::new();
    let store = file.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    store.close().await;
    let with = |status: SweepStatus| {
        let found = sweeps.iter().rfind(|sweep| sweep.status == status);
        vec![found.expect("there are all kinds").clone()]
    };
    let facets = [Facet::PresenceStatus];
    let failed = keep(&file, &facets, named("UTC"), &with(SweepStatus::Failed)).await;
    assert_eq!(failed, Days::new());
    let none = keep(&file, &[], named("UTC"), &with(SweepStatus::Complete)).await;
    assert_eq!(none, Days::new());
    let kept = keep(&file, &facets, named("UTC"), &with(SweepStatus::Complete)).await;
    assert!(!kept.is_empty());
    let of_berlin = named("Europe/Berlin");
    let again = keep(&file, &facets, of_berlin, &with(SweepStatus::Partial)).await;
    assert!(again.values().all(|day| day.zone == "Europe/Berlin"));
}
