//! Who is free at the same time: cases that can be checked by eye, and what holds for every answer.

use presence_core::query::classes::Classes;
use presence_core::query::meet::{FreeCount, FreeTime, Freedom, together};
use presence_core::query::track::{Frame, Knowledge, Track};
use presence_model::time::TimeRange;
use proptest::prelude::*;

use crate::support::drawn::{FACET, MINUTE_MS, minute, minutes, record, sweeps};

/// When a person was in `A`, and the track of it; nothing is presumed.
fn free_time(drawn_sweeps: &str) -> (FreeTime, Track) {
    let (_, replay) = record(&sweeps(drawn_sweeps));
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let complete = replay.coverage().complete;
    let frame = Frame {
        window: minutes(0, drawn_sweeps.len().max(1)),
        now: minute(10_000),
        complete: &complete,
        classes: &classes,
    };
    let track = histories
        .first()
        .map(|history| Track::of(history, &frame).expect("the dictionary has them all"))
        .unwrap_or_default();
    let free = classes.find(Some("A")).into_iter().collect::<Vec<_>>();
    // A track whose only class is `A`, for the reference below.
    let told = FreeTime::of(&track, &free);
    let is_free = |knowledge| matches!(knowledge, Knowledge::Known(class) if free.contains(&class));
    let mut marked = track;
    for segment in &mut marked.segments {
        if let Knowledge::Known(class) = &mut segment.knowledge {
            let kept = is_free(Knowledge::Known(*class));
            class.0 = u32::from(!kept);
        }
    }
    (told, marked)
}

#[track_caller]
fn check(people: &[&str], slot: (usize, usize), expected: Freedom) {
    let free: Vec<FreeTime> = people
        .iter()
        .map(|drawn_sweeps| free_time(drawn_sweeps).0)
        .collect();
    let slot = minutes(slot.0, slot.1);
    assert_eq!(together(&free, slot), expected, "{people:?} in {slot}");
}

#[test]
fn all_have_to_be_free_throughout() {
    check(&["AAAAA", "AAAAA"], (0, 4), Freedom::CertainlyFree);
    check(&["AAAAA", "AABAA"], (0, 4), Freedom::Busy);
    check(&["AAAAA", "AABAA"], (0, 1), Freedom::CertainlyFree);
    check(&["AAAAA", "AABAA"], (0, 2), Freedom::Free);
    check(&[], (0, 2), Freedom::CertainlyFree);
}

#[test]
fn unknown_is_neither_free_nor_busy_but_busy_is_busy() {
    check(&["AA....AAA"], (0, 8), Freedom::Unknown);
    check(&["AA....BBA"], (0, 8), Freedom::Busy);
    check(&["AA....AAA", "BBBBBBBBBB"], (0, 8), Freedom::Busy);
    check(&["AAA"], (0, 5), Freedom::Unknown);
    check(&["--AAA"], (0, 4), Freedom::Unknown);
}

fn drawing() -> impl Strategy<Value = String> {
    let sweep = prop::sample::select(vec!['A', 'A', 'A', 'A', 'A', 'B', '.']);
    prop::collection::vec(sweep, 24).prop_map(|drawn_sweeps| drawn_sweeps.into_iter().collect())
}

fn slots(length: usize) -> Vec<TimeRange> {
    (0..24 / length)
        .map(|index| minutes(index * length, (index + 1) * length))
        .collect()
}

proptest! {
    #[test]
    fn adding_a_person_never_raises_the_share(
        people in prop::collection::vec(drawing(), 1..4),
        another in drawing(),
        length in 1_usize..5,
    ) {
        let mut free: Vec<FreeTime> = people.iter().map(|drawn_sweeps| free_time(drawn_sweeps).0).collect();
        let slots = slots(length);
        let without = FreeCount::of(&free, &slots);
        free.push(free_time(&another).0);
        let with = FreeCount::of(&free, &slots);
        prop_assert!(with.free <= without.free);
        prop_assert!(with.certainly_free <= without.certainly_free);
        prop_assert!(with.busy >= without.busy);
        if let (Some(with), Some(without)) = (with.share(), without.share()) {
            prop_assert!(with <= without);
        }
        free.reverse();
        prop_assert_eq!(FreeCount::of(&free, &slots), with);
    }

    #[test]
    fn every_slot_is_counted_once_and_bounds_hold(
        people in prop::collection::vec(drawing(), 1..4),
        length in 1_usize..5,
    ) {
        let free: Vec<FreeTime> = people.iter().map(|drawn_sweeps| free_time(drawn_sweeps).0).collect();
        let slots = slots(length);
        let count = FreeCount::of(&free, &slots);
        prop_assert_eq!((count.free + count.busy + count.unknown) as usize, slots.len());
        prop_assert!(count.certainly_free <= count.free);
        prop_assert_eq!(count.share().is_some(), count.observed() > 0);
        let (least, greatest) = count.bounds().expect("there are slots");
        if let Some(share) = count.share() {
            prop_assert!(least <= share && share <= greatest);
        }
    }

    #[test]
    fn a_slot_is_only_as_free_as_its_worst_minute(drawn_sweeps in drawing(), from in 0_usize..23, length in 1_usize..6) {
        let (free, track) = free_time(&drawn_sweeps);
        let slot = minutes(from, (from + length).min(24));
        let minutes = (0..slot.duration_ms() / MINUTE_MS).map(|index| {
            let at = slot.from().plus_ms(index * MINUTE_MS);
            let mut segments = track.segments.iter();
            let segment = segments.find(|segment| segment.span.contains(at));
            match segment.map(|segment| segment.knowledge) {
                Some(Knowledge::Known(class)) if class.0 == 0 => Freedom::Free,
                Some(Knowledge::Known(_)) => Freedom::Busy,
                _ => Freedom::Unknown,
            }
        });
        let worst = minutes.max().expect("a slot has a minute");
        prop_assert_eq!(free.in_slot(slot).max(Freedom::Free), worst);
    }
}
