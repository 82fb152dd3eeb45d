//! Whole collectors in a made-up world, in virtual time: platform, store, clocks and programs fail at random, and the
//! history is compared with what the platform answered.
//!
//! Everything follows from a seed. `PRESENCE_SIMULATED_HOURS` sets how many hours are simulated; `PRESENCE_SEED` runs
//! one seed alone, as the message of a failure suggests.

mod node;
mod store;
mod world;

use std::collections::HashSet;
use std::sync::Arc;

use presence_model::event::{EventKind, Snapshot};
use presence_model::facet::Facet;
use presence_model::observation::SweepStatus;

use node::Node;
use store::SharedStore;
use world::World;

/// How long one seed's world lasts.
const HOURS_A_SEED: i64 = 50;
const HOURS_DEFAULT: i64 = 10_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The interval of the sweeps.
const INTERVAL_MS: i64 = 10 * MINUTE_MS;

/// The totals of a seed's simulation.
#[derive(Debug, Default)]
struct Came {
    hours: i64,
    sweeps: usize,
    unseen: usize,
    events: usize,
    handovers: i64,
    ends: usize,
    waited: usize,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the person who runs the tests decides how long they may take"
)]
fn asked(name: &str) -> Option<i64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn collectors_that_fail_in_every_way_record_only_what_the_platform_answered() {
    if let Some(seed) = asked("PRESENCE_SEED") {
        let came = simulate(seed.unsigned_abs());
        assert!(came.sweeps > 0, "{came:?}");
        return;
    }
    let hours = asked("PRESENCE_SIMULATED_HOURS").unwrap_or(HOURS_DEFAULT);
    let seeds = u64::try_from(hours / HOURS_A_SEED).unwrap_or(0).max(2);
    let halves = [0, 1].map(|half| {
        std::thread::spawn(move || {
            let mut all = Came::default();
            for seed in (half..seeds).step_by(2) {
                let came = std::panic::catch_unwind(|| simulate(seed)).unwrap_or_else(|panic| {
                    let say = format!("seed {seed} failed; run it alone with PRESENCE_SEED={seed}");
                    std::panic::panic_any(match panic.downcast::<String>() {
                        Ok(text) => format!("{say}: {text}"),
                        Err(_) => say,
                    })
                });
                all.hours += came.hours;
                all.sweeps += came.sweeps;
                all.unseen += came.unseen;
                all.events += came.events;
                all.handovers += came.handovers;
                all.ends += came.ends;
                all.waited += came.waited;
            }
            all
        })
    });
    let halves = halves.map(|half| match half.join() {
        Ok(came) => came,
        Err(panic) => std::panic::resume_unwind(panic),
    });
    let sum = |of: fn(&Came) -> usize| halves.iter().map(of).sum::<usize>();
    let hours: i64 = halves.iter().map(|came| came.hours).sum();
    let handovers: i64 = halves.iter().map(|came| came.handovers).sum();
    let per_hour = |count: usize| i64::try_from(count).expect("few") * 100 / hours;
    // Every kind of event happens, and often.
    assert!(per_hour(sum(|came| came.sweeps)) > 300, "{halves:?}");
    assert!(per_hour(sum(|came| came.unseen)) > 20, "{halves:?}");
    assert!(per_hour(sum(|came| came.events)) > 300, "{halves:?}");
    assert!(per_hour(sum(|came| came.ends)) > 5, "{halves:?}");
    assert!(per_hour(sum(|came| came.waited)) > 5, "{halves:?}");
    assert!(handovers * 100 / hours > 5, "{halves:?}");
}

/// One world from its beginning to its end; returns its totals.
fn simulate(seed: u64) -> Came {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime needs nothing");
    runtime.block_on(live(seed))
}

async fn live(seed: u64) -> Came {
    let world = Arc::new(World::new(seed, HOURS_A_SEED * HOUR_MS));
    let store = SharedStore::new(&world);
    let count = usize::try_from(seed % 3).expect("few") + 1;
    let nodes: Vec<_> = (0..count)
        .map(|index| Node::new(index, &world, &store))
        .collect();
    let existence = nodes.iter().map(|node| {
        let node = Arc::clone(node);
        tokio::spawn(async move { node.live().await })
    });
    let existence: Vec<_> = existence.collect();
    let mut ends = 0;
    for life in existence {
        ends += life.await.expect("no node panics");
    }
    let log = store.log();
    check(seed, &log, &world, &store);
    let waited = nodes.iter().map(|node| node.kept()).sum();
    for node in &nodes {
        for key in node.acknowledged() {
            assert!(store.has(&key), "{key} was acknowledged and is not there");
        }
    }
    Came {
        hours: HOURS_A_SEED,
        sweeps: log.len(),
        unseen: log
            .iter()
            .filter(|row| row.status != SweepStatus::Complete)
            .count(),
        events: log.iter().map(|row| row.events.len()).sum(),
        handovers: store.handovers(),
        ends,
        waited,
    }
}

/// The laws that hold in every case.
fn check(seed: u64, log: &[Snapshot], world: &World, store: &SharedStore) {
    let mut keys = HashSet::new();
    let mut position = 0;
    for (index, row) in log.iter().enumerate() {
        assert_eq!(row.snapshot_no.0, i64::try_from(index).expect("few") + 1);
        assert!(
            keys.insert(&row.idempotency_key),
            "{} twice",
            row.idempotency_key
        );
        if index > 0 {
            let before = &log[index - 1];
            assert!(
                row.started_at >= before.finished_at,
                "time runs backwards at {index}"
            );
        }
        assert!(
            row.status == SweepStatus::Complete || row.detail.is_some(),
            "an incomplete row says why"
        );
        for event in &row.events {
            position += 1;
            assert_eq!(event.position.0, position);
            let id = event.extension_id.0;
            match event.kind {
                EventKind::Appeared | EventKind::Changed => {
                    let presence = event.presence.as_ref().expect("it is there");
                    let status = presence.get(Facet::PresenceStatus).expect("it has one");
                    assert!(
                        world.was_told(id, event.observed_at.as_ms(), status),
                        "seed {seed}: no answer at {} said that {id} is {status}",
                        event.observed_at
                    );
                }
                EventKind::Disappeared => assert!(
                    world.is_gone_for_good(id),
                    "seed {seed}: {id} is gone at {}, and is not",
                    event.observed_at
                ),
                EventKind::ProfileChanged | EventKind::QueueChanged => {}
            }
        }
    }
    store.check_epochs();
}
