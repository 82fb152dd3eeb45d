//! Questions about the sweeps themselves, compared with `coverage`, `at` and the log.

use std::collections::BTreeMap;

use presence_answers::ask::{self, AsOfPosition, Context};
use presence_answers::shapes::common::Status;
use presence_model::facet::Facet;
use presence_model::observation::SweepStatus;
use presence_model::time::Timestamp;

use super::world::{World, sorted};
use crate::store::database::ACCOUNT;

/// Compared with the program's answer at that moment, from the log as it was then.
pub(super) async fn known_then(world: &World, title: &str) -> usize {
    let mut compared = 0;
    for count in (3..=world.log.len()).step_by(7) {
        let (last, recorded_at) = &world.log[count - 1];
        let sweeps = &world.log[..count];
        let events = sweeps.iter().flat_map(|(snapshot, _)| &snapshot.events);
        let asked = AsOfPosition {
            position: events.last().expect("someone appeared").position,
            snapshot_no: Some(last.snapshot_no),
        };
        let context = Context::as_of(&*world.store, ACCOUNT, asked, Some(*recorded_at)).await;
        let context = context.expect("the log reaches as far");
        let entries = ask::at(&context, *recorded_at).await;
        let entries = entries.expect("it can be asked");
        let rows = world
            .ask(title, &[("moment_ms", recorded_at.as_ms())])
            .await;
        let told: BTreeMap<i64, Option<String>> = rows
            .iter()
            .map(|row| (row.int("extension_id"), row.text("presence_status")))
            .collect();
        for entry in &entries {
            let own = told.get(&entry.person.extension_id.0.0);
            match entry.status {
                Status::Known => {
                    let state = &entry.state.as_ref().expect("it is known").0;
                    let status = state.get(Facet::PresenceStatus);
                    assert_eq!(own.and_then(Option::as_deref), status);
                    compared += 1;
                }
                Status::Absent => assert_eq!(own, None, "{entry:?}"),
                Status::Unknown => {}
            }
        }
        assert!(told.len() <= entries.len());
        let mut observing = sweeps.iter().filter(|(sweep, _)| sweep.status.observes());
        let last_sweep = observing
            .next_back()
            .map(|(sweep, _)| sweep.started_at.as_ms());
        assert!(
            rows.iter()
                .all(|row| row.opt_int("last_sweep_ms") == last_sweep)
        );
    }
    compared
}

pub(super) async fn stale(world: &World, title: &str) -> usize {
    let last = &world.log[world.log.len() - 1].0;
    let mut presumed = 0;
    for later_ms in [30_000, 150_000, 500_000] {
        let now = last.finished_at.plus_ms(later_ms);
        let context = Context::new(&*world.store, ACCOUNT, now).await;
        let entries = ask::at(&context.expect("it can be asked"), now).await;
        let entries = entries.expect("it can be asked");
        let rows = world.ask(title, &[("moment_ms", now.as_ms())]).await;
        let existing = entries
            .iter()
            .filter(|entry| entry.status != Status::Absent);
        let existing: BTreeMap<i64, _> = existing
            .map(|entry| (entry.person.extension_id.0.0, entry))
            .collect();
        for row in &rows {
            let entry = existing[&row.int("extension_id")];
            let last_seen = entry.last_observed_at.map(|moment| moment.0.as_ms());
            assert_eq!(row.opt_int("last_seen_ms"), last_seen);
            assert_eq!(row.int("age_ms"), now.as_ms() - row.int("last_seen_ms"));
            let is_presumed = row.text("status").as_deref() == Some("presumed");
            assert_eq!(is_presumed, entry.presumed, "{row:?}");
            if let Some(state) = &entry.state {
                let status = state.0.get(Facet::PresenceStatus).map(str::to_owned);
                assert_eq!(row.text("presence_status"), status);
            }
            presumed += usize::from(is_presumed);
        }
    }
    presumed
}

pub(super) async fn gaps(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let coverage = ask::coverage(&world.context, world.window).await;
    let coverage = coverage.expect("it can be asked");
    let expected: Vec<(i64, i64)> = coverage
        .gaps
        .iter()
        .map(|gap| (gap.from.0.as_ms(), gap.to.0.as_ms()))
        .collect();
    let told = sorted(&rows, |row| (row.int("from_ms"), row.int("until_ms")));
    assert_eq!(told, expected);
    let total: i64 = rows.iter().map(|row| row.int("ms")).sum();
    assert_eq!(total, coverage.gap_ms);
    rows.len()
}

pub(super) async fn not_complete(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let sweeps = world
        .log
        .iter()
        .map(|(sweep, _)| sweep)
        .filter(|sweep| world.window.contains(sweep.started_at));
    let expected: Vec<_> = sweeps
        .filter(|sweep| sweep.status != SweepStatus::Complete)
        .map(|sweep| {
            let what = (
                sweep.status.name().to_owned(),
                sweep.source.name().to_owned(),
            );
            let counts = (sweep.expected_count, sweep.observed_count);
            let started_ms = sweep.started_at.as_ms();
            (
                sweep.snapshot_no.0,
                what,
                started_ms,
                counts,
                sweep.detail.clone(),
            )
        })
        .collect();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let what = (row.key("status"), row.key("source"));
            let counts = (row.opt_int("expected_count"), row.int("observed_count"));
            let started_ms = row.int("started_ms");
            (
                row.int("snapshot_no"),
                what,
                started_ms,
                counts,
                row.text("detail"),
            )
        })
        .collect();
    assert_eq!(told, expected);
    rows.len()
}

pub(super) async fn lateness(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let sweeps: Vec<_> = world
        .log
        .iter()
        .filter(|(sweep, _)| world.window.contains(sweep.started_at))
        .collect();
    let mut counted = 0;
    for row in &rows {
        let source = row.key("source");
        let own = sweeps
            .iter()
            .filter(|(sweep, _)| sweep.source.name() == source);
        let own: Vec<_> = own.collect();
        counted += own.len();
        assert_eq!(usize::try_from(row.int("snapshots")), Ok(own.len()));
        let longest = own
            .iter()
            .map(|(sweep, _)| sweep.finished_at.since_ms(sweep.started_at));
        assert_eq!(row.opt_int("longest_sweep_ms"), longest.max());
        let latest = own
            .iter()
            .map(|(sweep, at)| Timestamp::since_ms(*at, sweep.finished_at));
        assert_eq!(row.opt_int("latest_ms"), latest.max());
        let skews = || own.iter().filter_map(|(sweep, _)| sweep.clock_skew_ms);
        assert_eq!(row.opt_int("least_skew_ms"), skews().min());
        assert_eq!(row.opt_int("greatest_skew_ms"), skews().max());
    }
    assert_eq!(counted, sweeps.len());
    counted
}
