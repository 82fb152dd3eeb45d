//! What a sweep changes, and what it must not change.

use std::sync::Arc;

use presence_model::diff::{DiffError, diff};
use presence_model::event::{EventKind, Snapshot};
use presence_model::ids::{ExtensionId, Position, SnapshotNo, Version};
use presence_model::known::{AccountState, Existence};
use presence_model::observation::{
    DirectoryEntry, NotFound, Observation, Source, Sweep, SweepStatus,
};
use presence_model::profile::ProfileUpdate;
use presence_model::projection::{Delta, fold};
use presence_model::state::Presence;
use proptest::prelude::*;

use crate::support::drawn::{ACCOUNT, PERSON, minute, presence, record, sweep, sweeps};

const OTHER: ExtensionId = ExtensionId(102);

/// Records `before`, then returns the snapshot of `next`.
fn after(before: &[Sweep], next: &Sweep) -> Snapshot {
    let mut state = AccountState::new(ACCOUNT);
    for sweep in before {
        let snapshot = diff(&state, sweep).expect("they run forward");
        fold(&mut state, &snapshot, &mut Delta::default());
        state.remember_requests(sweep);
    }
    diff(&state, next).expect("it runs forward")
}

fn complete(at: usize, seen: &[(ExtensionId, &str)]) -> Sweep {
    let seen: Vec<_> = seen
        .iter()
        .map(|(id, status)| (*id, presence(status)))
        .collect();
    sweep(minute(at), SweepStatus::Complete, &seen)
}

fn named(extension_id: ExtensionId, at: usize, name: &str) -> DirectoryEntry {
    DirectoryEntry {
        extension_id,
        received_at: minute(at),
        update: ProfileUpdate {
            name: Some(Some(name.to_owned())),
            ..ProfileUpdate::default()
        },
    }
}

/// The kinds of events, each with its extension.
fn kinds(snapshot: &Snapshot) -> Vec<(i64, &'static str)> {
    snapshot
        .events
        .iter()
        .map(|event| (event.extension_id.0, event.kind.name()))
        .collect()
}

#[test]
fn the_first_sweep_shows_everybody_appear_and_nothing_earlier() {
    let snapshot = after(&[], &complete(0, &[(PERSON, "Available"), (OTHER, "Busy")]));
    assert_eq!(kinds(&snapshot), [(101, "appeared"), (102, "appeared")]);
    assert!(
        snapshot
            .events
            .iter()
            .all(|event| event.not_before.is_none())
    );
    assert_eq!(snapshot.snapshot_no, SnapshotNo(1));
    let positions: Vec<_> = snapshot.events.iter().map(|event| event.position).collect();
    assert_eq!(positions, [Position(1), Position(2)]);
}

#[test]
fn anyone_who_joins_was_not_there_at_the_last_complete_sweep() {
    let before = [complete(0, &[(PERSON, "A")]), complete(1, &[(PERSON, "A")])];
    let snapshot = after(&before, &complete(2, &[(PERSON, "A"), (OTHER, "A")]));
    assert_eq!(kinds(&snapshot), [(102, "appeared")]);
    assert_eq!(snapshot.events[0].not_before, Some(minute(1)));
}

#[test]
fn a_change_is_not_before_the_request_that_last_saw_it() {
    let mut earlier = complete(0, &[]);
    earlier.observations.push(Observation {
        extension_id: PERSON,
        extension_number: None,
        requested_at: minute(0).plus_ms(700),
        received_at: minute(0).plus_ms(900),
        presence: presence("A"),
    });
    earlier.finished_at = minute(0).plus_ms(1_000);
    let snapshot = after(
        std::slice::from_ref(&earlier),
        &complete(1, &[(PERSON, "B")]),
    );
    assert_eq!(snapshot.events[0].not_before, Some(minute(0).plus_ms(700)));

    // A process that has started since does not remember the request; the sweep's start is the safe bound.
    let (_, replay) = record(&[earlier]);
    let restarted = diff(replay.state(), &complete(1, &[(PERSON, "B")])).expect("it runs forward");
    assert_eq!(restarted.events[0].not_before, Some(minute(0)));
}

#[test]
fn an_extension_that_comes_twice_counts_once_by_the_later_sweep() {
    let mut twice = complete(1, &[(PERSON, "B"), (OTHER, "A"), (PERSON, "C")]);
    twice.observations[2].received_at = minute(1).plus_ms(5);
    twice.finished_at = minute(1).plus_ms(5);
    let snapshot = after(&[complete(0, &[(PERSON, "A"), (OTHER, "A")])], &twice);
    assert_eq!(kinds(&snapshot), [(101, "changed")]);
    assert_eq!(snapshot.events[0].presence, Some(presence("C")));
    assert_eq!(snapshot.observed_count, 2);
}

#[test]
fn anyone_who_is_missed_is_named_as_unseen() {
    let before = [complete(0, &[(PERSON, "A"), (OTHER, "A")])];
    let partial = Sweep {
        status: SweepStatus::Partial,
        ..complete(1, &[(OTHER, "A")])
    };
    assert_eq!(after(&before, &partial).unseen, [PERSON]);
    assert_eq!(
        after(&before, &complete(1, &[(OTHER, "A")])).unseen,
        [PERSON]
    );
}

#[test]
fn missing_from_two_complete_sweeps_in_a_row_is_gone() {
    let before = [complete(0, &[(PERSON, "A")]), complete(1, &[])];
    let snapshot = after(&before, &complete(2, &[]));
    assert_eq!(kinds(&snapshot), [(101, "disappeared")]);
    assert_eq!(snapshot.events[0].observed_at, minute(2));
    assert_eq!(snapshot.events[0].not_before, Some(minute(0)));
    assert_eq!(snapshot.events[0].presence, None);
    assert_eq!(snapshot.unseen, []);
}

#[test]
fn the_platforms_not_found_confirms_at_once_but_only_in_a_complete_sweep() {
    let before = [complete(0, &[(PERSON, "A")])];
    let gone = |status| Sweep {
        status,
        not_found: vec![NotFound {
            extension_id: PERSON,
            received_at: minute(1).plus_ms(400),
        }],
        finished_at: minute(1).plus_ms(400),
        ..complete(1, &[])
    };
    let confirmed = after(&before, &gone(SweepStatus::Complete));
    assert_eq!(kinds(&confirmed), [(101, "disappeared")]);
    assert_eq!(confirmed.events[0].observed_at, minute(1).plus_ms(400));
    assert_eq!(kinds(&after(&before, &gone(SweepStatus::Partial))), []);
}

#[test]
fn coming_back_is_appearing_again_with_the_next_version() {
    let before = sweeps("A--");
    let snapshot = after(&before, &complete(5, &[(PERSON, "B")]));
    assert_eq!(kinds(&snapshot), [(101, "appeared")]);
    assert_eq!(snapshot.events[0].version, Version(3));
    assert_eq!(snapshot.events[0].previous, None);
    assert_eq!(snapshot.events[0].not_before, Some(minute(2)));
}

#[test]
fn a_state_changes_before_a_profile_in_the_same_sweep() {
    let mut next = complete(1, &[(PERSON, "B")]);
    next.directory.push(named(PERSON, 1, "Extension 101"));
    let snapshot = after(&[complete(0, &[(PERSON, "A")])], &next);
    assert_eq!(
        kinds(&snapshot),
        [(101, "changed"), (101, "profile_changed")]
    );
    assert_eq!(snapshot.events[1].version, Version(3));
    assert_eq!(snapshot.events[1].presence, Some(presence("B")));
    assert_eq!(snapshot.events[1].previous, Some(presence("B")));
}

#[test]
fn anyone_who_appears_carries_what_the_directory_said_before() {
    let mut listed = complete(0, &[]);
    listed.directory.push(named(PERSON, 0, "Extension 101"));
    let first = after(&[], &listed);
    assert_eq!(kinds(&first), [(101, "profile_changed")]);
    let snapshot = after(&[listed], &complete(1, &[(PERSON, "A")]));
    assert_eq!(kinds(&snapshot), [(101, "appeared")]);
    let profile = snapshot.events[0].profile.as_deref();
    assert_eq!(
        profile.and_then(|profile| profile.name.as_deref()),
        Some("Extension 101")
    );
}

#[test]
fn a_record_without_a_number_changes_no_profile() {
    let with_number = |at, number: Option<&str>| {
        let mut sweep = complete(at, &[(PERSON, "A")]);
        sweep.observations[0].extension_number = number.map(Arc::from);
        sweep
    };
    let before = [with_number(0, Some("101"))];
    assert_eq!(kinds(&after(&before, &with_number(1, None))), []);
    assert_eq!(kinds(&after(&before, &with_number(1, Some("101")))), []);
    assert_eq!(
        kinds(&after(&before, &with_number(1, Some("201")))),
        [(101, "profile_changed")]
    );
}

#[test]
fn a_sweep_that_failed_leaves_a_row_and_concludes_nothing() {
    let failed = Sweep {
        status: SweepStatus::Failed,
        ..complete(2, &[])
    };
    let snapshot = after(&sweeps("A-"), &failed);
    assert_eq!(snapshot.events, []);
    assert_eq!(snapshot.unseen, []);
    assert_eq!(snapshot.status, SweepStatus::Failed);
}

#[test]
fn time_does_not_run_backwards() {
    let (_, replay) = record(&sweeps("..A"));
    for at in [1, 2] {
        assert_eq!(
            diff(replay.state(), &complete(at, &[(PERSON, "A")])),
            Err(DiffError::RunsBackwards {
                started_at: minute(at),
                previous: minute(2),
            })
        );
    }
}

const IDS: [i64; 4] = [101, 102, 103, 104];

fn observed() -> impl Strategy<Value = Vec<(ExtensionId, Presence)>> {
    let one = (
        prop::sample::select(&IDS[..]),
        "[ABC]",
        prop::option::of("[xy]"),
    );
    prop::collection::vec(one, 0..6).prop_map(|seen| {
        let with_message = seen.into_iter().map(|(id, status, message)| {
            let shown = Presence {
                message: message.map(Arc::from),
                ..presence(&status)
            };
            (ExtensionId(id), shown)
        });
        with_message.collect()
    })
}

fn history() -> impl Strategy<Value = Vec<Sweep>> {
    let status = prop::sample::select(vec![
        SweepStatus::Complete,
        SweepStatus::Complete,
        SweepStatus::Partial,
        SweepStatus::Failed,
    ]);
    let step = (1_usize..5, status, observed(), prop::option::of("[pq]"));
    prop::collection::vec(step, 1..25).prop_map(|steps| {
        let mut at = 0;
        let made = steps.into_iter().map(|(step, status, seen, name)| {
            at += step;
            let seen = if status.observes() { seen } else { Vec::new() };
            let mut sweep = sweep(minute(at), status, &seen);
            let name = name.filter(|_| status.observes());
            sweep
                .directory
                .extend(name.map(|name| named(PERSON, at, &name)));
            sweep
        });
        made.collect()
    })
}

proptest! {
    #[test]
    fn folding_the_difference_shows_what_was_seen(history in history()) {
        let mut state = AccountState::new(ACCOUNT);
        for sweep in &history {
            let snapshot = diff(&state, sweep).expect("it runs forward");
            fold(&mut state, &snapshot, &mut Delta::default());
            let mut latest = sweep.observations.clone();
            latest.reverse();
            latest.sort_by_key(|seen| seen.extension_id);
            latest.dedup_by_key(|seen| seen.extension_id);
            for seen in latest {
                let Existence::Present(present) = &state.extensions[&seen.extension_id].existence else {
                    return Err(TestCaseError::fail("an extension that was seen exists"));
                };
                prop_assert_eq!(&present.presence, &seen.presence);
            }
        }
    }

    #[test]
    fn the_same_sweep_again_changes_nothing(history in history()) {
        let (_, replay) = record(&history);
        let mut again = history.last().expect("there is one").clone();
        if again.status == SweepStatus::Complete {
            // An extension that is missing twice is gone; everything else stays as it is.
            again.status = SweepStatus::Partial;
        }
        again.started_at = minute(1_000);
        again.finished_at = minute(1_000);
        let snapshot = diff(replay.state(), &again).expect("it runs forward");
        prop_assert_eq!(snapshot.events, vec![]);
    }

    #[test]
    fn the_order_of_records_does_not_matter(history in history(), seed in any::<u64>()) {
        let mut shuffled = history.clone();
        for sweep in &mut shuffled {
            // Of duplicates the last one counts, so they keep their order.
            let mut turn = usize::try_from(seed % 5).expect("small");
            sweep.observations.sort_by_key(|seen| {
                turn += 1;
                (seen.extension_id.0 * 7 + i64::try_from(seed % 11).expect("small")) % 5
            });
        }
        let (log, _) = record(&history);
        let (again, _) = record(&shuffled);
        for (one, other) in log.iter().zip(&again) {
            prop_assert_eq!(&one.events, &other.events);
            prop_assert_eq!(&one.unseen, &other.unseen);
        }
    }

    #[test]
    fn counters_are_gapless_and_previous_is_what_was_shown(history in history()) {
        let (log, _) = record(&history);
        let mut position = 0;
        let mut shown: std::collections::HashMap<ExtensionId, (i64, Option<Presence>)> = std::collections::HashMap::new();
        for (index, snapshot) in log.iter().enumerate() {
            prop_assert_eq!(snapshot.snapshot_no.0, i64::try_from(index).expect("few") + 1);
            for event in &snapshot.events {
                position += 1;
                prop_assert_eq!(event.position.0, position);
                let (version, before) = shown.entry(event.extension_id).or_default();
                *version += 1;
                prop_assert_eq!(event.version.0, *version);
                if event.kind != EventKind::ProfileChanged {
                    prop_assert_eq!(&event.previous, &*before);
                    *before = event.presence.clone();
                }
                prop_assert!(event.not_before.is_none_or(|bound| bound <= event.observed_at));
            }
        }
    }
}

#[test]
fn the_digest_does_not_depend_on_the_order_but_on_the_content() {
    let one = complete(0, &[(PERSON, "A"), (OTHER, "B")]);
    let turned = complete(0, &[(OTHER, "B"), (PERSON, "A")]);
    let changed = complete(0, &[(PERSON, "A"), (OTHER, "A")]);
    assert_eq!(one.content_digest(), turned.content_digest());
    assert_ne!(one.content_digest(), changed.content_digest());
    let polled = Sweep {
        source: Source::Poll,
        ..one.clone()
    };
    assert_ne!(one.content_digest(), polled.content_digest());
}
