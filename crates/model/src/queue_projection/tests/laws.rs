//! Laws over drawn sweeps of queues, against a reference that knows no intervals.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::super::diff::diff;
use super::super::super::ids::{ExtensionId, QueueId, SnapshotNo};
use super::super::super::queue::{Accepts, QueueOutcome, QueueSweep};
use super::super::QueueIntervalRow;
use super::{
    MINUTE_MS, Recorded, SALES, SUPPORT, VALID_FOR_MS, at, carrying, failed, intervals, read,
    record,
};

/// What a drawn moment is: accepts, no member (`-`), or unknown (`?`).
///
/// Written apart from the fold: it knows no intervals, only the two sweeps around a moment.
fn reference(sweeps: &[(i64, i64, char)], tenth: i64) -> char {
    let valid = VALID_FOR_MS * 10 / MINUTE_MS;
    let Some(last) = sweeps.iter().rposition(|(_, to, _)| *to <= tenth) else {
        return '?';
    };
    let brackets = |index: usize| {
        let pair = sweeps.get(index).zip(sweeps.get(index + 1));
        pair.is_none_or(|((from, _, _), (_, to, _))| to - from <= valid)
    };
    let (_, _, value) = sweeps[last];
    let Some((next_from, _, next_value)) = sweeps.get(last + 1) else {
        // The open end: a member's interval goes on; the queue was swept up to the request.
        return if value == '-' { '?' } else { value };
    };
    if !brackets(last) {
        return '?';
    }
    let ends_at_request = !brackets(last + 1) || last + 2 == sweeps.len();
    let is_over = tenth >= *next_from && ends_at_request;
    match value {
        '-' if is_over => '?',
        value if value == *next_value && is_over && last + 2 < sweeps.len() => '?',
        value => value,
    }
}

/// The same from what was folded.
fn folded(recorded: &Recorded, queue_id: QueueId, id: ExtensionId, tenth: i64) -> char {
    let moment = at(tenth);
    let holds = |row: &&QueueIntervalRow| {
        row.from <= moment && row.until.is_none_or(|until| moment < until)
    };
    let rows = recorded.delta.queue_intervals.iter();
    let rows = rows.filter(|((queue, member, _), _)| (*queue, *member) == (queue_id, id));
    let found: Vec<_> = rows.map(|(_, row)| row).filter(holds).collect();
    assert!(found.len() <= 1, "two intervals hold at once: {found:?}");
    if let Some(row) = found.first() {
        return match row.accepts {
            Accepts::SignedIn => '1',
            Accepts::SignedOut => '0',
            Accepts::NotSaid => 'n',
        };
    }
    let segments = recorded.delta.queue_coverage.iter();
    let mut segments = segments.filter(|((queue, _), _)| *queue == queue_id);
    let is_covered = segments.any(|(_, segment)| (segment.from..segment.to()).contains(&moment));
    if is_covered { '-' } else { '?' }
}

/// One drawn sweep: of which queue, so long after the one before it, taking so long, whether it failed, what it shows of
/// three members, and whether it ends a snapshot.
type Drawn = (bool, i64, i64, bool, [char; 3], bool);

fn drawn_history() -> impl Strategy<Value = Vec<Drawn>> {
    let pause = prop_oneof![4 => 1_i64..6, 1 => 15_i64..25];
    let value = || prop_oneof![3 => Just('1'), 2 => Just('0'), 1 => Just('-'), 1 => Just('n')];
    let members = [value(), value(), value()];
    let sweep = (
        any::<bool>(),
        pause,
        0_i64..4,
        prop::bool::weighted(0.15),
        members,
        any::<bool>(),
    );
    prop::collection::vec(sweep, 1..25)
}

/// Snapshots of the drawn sweeps, and each queue's complete sweeps in tenths of a minute.
type History = (
    Vec<Vec<QueueSweep>>,
    BTreeMap<QueueId, Vec<(i64, i64, [char; 3])>>,
);

fn history(drawn: &[Drawn]) -> History {
    let mut snapshots = vec![Vec::new()];
    let mut complete: BTreeMap<QueueId, Vec<(i64, i64, [char; 3])>> = BTreeMap::new();
    let mut now = 0;
    for &(is_support, pause, takes, has_failed, members, is_last) in drawn {
        let queue_id = if is_support { SUPPORT } else { SALES };
        let (from, to) = (now + pause, now + pause + takes);
        now = to;
        let sweep = if has_failed {
            failed(queue_id, from, to)
        } else {
            complete
                .entry(queue_id)
                .or_default()
                .push((from, to, members));
            let members: Vec<_> = (101..).zip(members).collect();
            read(queue_id, from, to, &members)
        };
        snapshots.last_mut().expect("there is one").push(sweep);
        if is_last {
            snapshots.push(Vec::new());
        }
    }
    snapshots.retain(|sweeps| !sweeps.is_empty());
    (snapshots, complete)
}

proptest! {
    #[test]
    fn every_moment_is_known_or_unknown_or_without_the_member(drawn in drawn_history()) {
        let (snapshots, complete) = history(&drawn);
        let recorded = record(&snapshots);
        for (queue_id, sweeps) in complete {
            let end = sweeps.last().map_or(0, |(_, to, _)| *to) + 3;
            for member in 0..3_u8 {
                let id = ExtensionId(101 + i64::from(member));
                let of_member: Vec<_> = sweeps
                    .iter()
                    .map(|(from, to, shows)| (*from, *to, shows[usize::from(member)]))
                    .collect();
                for tenth in 0..end {
                    prop_assert_eq!(
                        folded(&recorded, queue_id, id, tenth),
                        reference(&of_member, tenth),
                        "{} {} at {}", queue_id, id, tenth
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_in_doubt_lies_in_known_time(drawn in drawn_history()) {
        let (snapshots, _) = history(&drawn);
        let recorded = record(&snapshots);
        for ((queue_id, _, from), row) in &recorded.delta.queue_intervals {
            prop_assert_eq!(*from, row.from);
            prop_assert!(row.certain_until.is_some() == row.until.is_some());
            prop_assert!(row.certain_until.is_none_or(|certain| certain >= row.from));
            prop_assert!(row.certain_until <= row.until);
            prop_assert!(row.not_before.is_none_or(|bound| bound <= row.from));
            let mut segments = recorded.delta.queue_coverage.iter();
            let segment = segments.find(|((queue, _), segment)| {
                queue == queue_id && segment.from <= row.from && row.from <= segment.answered_at
            });
            let (_, segment) = segment.expect("it begins in a segment");
            prop_assert!(row.not_before.is_none_or(|bound| bound >= segment.from));
            prop_assert!(row.until.is_none_or(|until| until <= segment.answered_at));
        }
    }

    #[test]
    fn folding_the_difference_shows_what_was_seen(drawn in drawn_history()) {
        let (snapshots, complete) = history(&drawn);
        let state = record(&snapshots).state;
        for (queue_id, sweeps) in complete {
            let (_, _, shows) = sweeps.last().expect("there is one");
            let shows: Vec<_> = (101..).zip(shows.iter().copied()).collect();
            let expected = read(queue_id, 0, 0, &shows).members().expect("it was read");
            let known = state.queues[&queue_id].members.iter();
            let known: BTreeMap<_, _> = known.map(|(id, member)| (*id, member.accepts)).collect();
            prop_assert_eq!(known, expected);
        }
    }

    #[test]
    fn the_same_again_gives_no_events(drawn in drawn_history()) {
        let (snapshots, complete) = history(&drawn);
        let recorded = record(&snapshots);
        let again = complete.iter().map(|(queue_id, sweeps)| {
            let (_, _, shows) = sweeps.last().expect("there is one");
            let shows: Vec<_> = (101..).zip(shows.iter().copied()).collect();
            read(*queue_id, 9_000, 9_001, &shows)
        });
        let sweep = carrying(99, again.collect());
        if !complete.is_empty() {
            let snapshot = diff(&recorded.state, &sweep).expect("it runs forward");
            prop_assert_eq!(snapshot.events, vec![]);
        }
    }

    #[test]
    fn the_order_of_sweeps_and_members_does_not_matter(drawn in drawn_history(), seed in any::<u64>()) {
        let (snapshots, _) = history(&drawn);
        let mut turned = snapshots.clone();
        for sweeps in &mut turned {
            let turn = usize::try_from(seed % 7).expect("small") % sweeps.len();
            sweeps.rotate_left(turn);
            for sweep in sweeps {
                if let QueueOutcome::Read(members) = &mut sweep.outcome {
                    members.reverse();
                }
            }
        }
        prop_assert_eq!(record(&snapshots).log, record(&turned).log);
    }

    #[test]
    fn how_sweeps_are_spread_over_snapshots_does_not_matter(drawn in drawn_history()) {
        let (snapshots, _) = history(&drawn);
        let one_each: Vec<_> = snapshots.iter().flatten().map(|one| vec![one.clone()]).collect();
        let together = vec![snapshots.concat()];
        let (one_each, together) = (record(&one_each), record(&together));
        prop_assert_eq!(intervals(&one_each), intervals(&together));
        prop_assert_eq!(one_each.delta.queue_coverage, together.delta.queue_coverage);
    }

    #[test]
    fn counters_are_gapless(drawn in drawn_history()) {
        let (snapshots, _) = history(&drawn);
        let (mut position, mut versions) = (0, BTreeMap::new());
        for (index, snapshot) in (1..).zip(record(&snapshots).log) {
            prop_assert_eq!(snapshot.snapshot_no, SnapshotNo(index));
            for event in snapshot.events {
                position += 1;
                prop_assert_eq!(event.position.0, position);
                let version = versions.entry(event.extension_id).or_insert(0);
                *version += 1;
                prop_assert_eq!(event.version.0, *version);
            }
        }
    }
}
