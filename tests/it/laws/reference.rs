//! The rules of time again, written as plainly as possible: minute by minute, from the sweeps themselves, without
//! intervals, gaps or coverage. Both ways must agree on random histories.

use std::collections::BTreeSet;

use presence_core::query::as_of::{Standing, as_of};
use presence_core::query::classes::Classes;
use presence_core::query::track::{Frame, Knowledge, Track};
use presence_model::time::Timestamp;
use proptest::prelude::*;

use crate::support::drawn::{FACET, MINUTE_MS, VALID_FOR_MS, minute, minutes, record, sweeps};

pub(super) const UNKNOWN: char = '?';
pub(super) const ABSENT: char = '-';

/// What is said about one minute: the estimate, whether it is presumed, and everything that is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Minute {
    pub(super) estimate: char,
    pub(super) presumed: bool,
    pub(super) possible: BTreeSet<char>,
}

/// What each sweep shows about the person for certain, if anything.
fn observations(drawn_sweeps: &str) -> Vec<(usize, char)> {
    let mut told = Vec::new();
    let mut present = false;
    let mut lacked_once = false;
    for (at, sweep) in drawn_sweeps.chars().enumerate() {
        match sweep {
            '.' | '~' => {}
            '-' if !present => told.push((at, ABSENT)),
            '-' if lacked_once => {
                told.push((at, ABSENT));
                present = false;
            }
            '-' => lacked_once = true,
            state => {
                told.push((at, state.to_ascii_uppercase()));
                present = true;
                lacked_once = false;
            }
        }
    }
    told
}

/// Every minute of `length`, asked at `now`, by the rules as written.
pub(super) fn by_the_letter(drawn_sweeps: &str, length: usize, now: usize) -> Vec<Minute> {
    let told = observations(drawn_sweeps);
    let valid_for = usize::try_from(VALID_FOR_MS / MINUTE_MS).expect("small");
    (0..length)
        .map(|at| {
            let before = told.iter().rfind(|(seen_at, _)| *seen_at <= at);
            let after = told.iter().find(|(seen_at, _)| *seen_at > at);
            let unknown = Minute {
                estimate: UNKNOWN,
                presumed: false,
                possible: BTreeSet::new(),
            };
            match (before, after) {
                (Some((from, earlier)), Some((to, later))) if to - from <= valid_for => Minute {
                    estimate: *earlier,
                    presumed: false,
                    possible: BTreeSet::from([*earlier, *later]),
                },
                (Some((from, state)), None) if at < now && now - from <= valid_for => Minute {
                    estimate: *state,
                    presumed: true,
                    possible: BTreeSet::from([*state]),
                },
                _ => unknown,
            }
        })
        .collect()
}

/// Every minute of `[from, to)` that has passed, asked at `now`, by the program.
fn by_the_program(drawn_sweeps: &str, (from, to): (usize, usize), now: usize) -> Vec<Minute> {
    let (_, replay) = record(&sweeps(drawn_sweeps));
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let complete = replay.coverage().complete;
    let frame = Frame {
        window: minutes(from, to),
        now: minute(now),
        complete: &complete,
        classes: &classes,
    };
    let letter = |knowledge| match knowledge {
        Knowledge::Unknown => UNKNOWN,
        Knowledge::Absent => ABSENT,
        Knowledge::Known(class) => classes
            .value(class)
            .and_then(|value| value.chars().next())
            .expect("every drawn state has a letter"),
    };
    let track = Track::of(histories.first().expect("someone was seen"), &frame)
        .expect("the dictionary has them all");
    let mut minutes_told = Vec::new();
    track.for_each_segment(|piece| {
        let count = piece.span.duration_ms() / MINUTE_MS;
        let estimate = letter(piece.segment.knowledge);
        let mut possible: BTreeSet<char> = piece.also.iter().copied().map(letter).collect();
        if estimate != UNKNOWN {
            possible.insert(estimate);
        }
        for _ in 0..count {
            minutes_told.push(Minute {
                estimate,
                presumed: piece.segment.presumed,
                possible: possible.clone(),
            });
        }
    });
    minutes_told
}

fn drawing() -> impl Strategy<Value = String> {
    let sweep = prop::sample::select(vec!['A', 'A', 'B', 'B', '.', '-', '-', '~', 'a', 'b']);
    prop::collection::vec(sweep, 1..60)
        .prop_map(|drawn_sweeps| drawn_sweeps.into_iter().collect::<String>())
        .prop_filter("someone must be seen", |drawn_sweeps| {
            drawn_sweeps.contains(['A', 'B', 'a', 'b'])
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_program_says_what_the_rules_say(drawn_sweeps in drawing(), later in 0_usize..4) {
        let now = drawn_sweeps.len() + later;
        prop_assert_eq!(
            by_the_program(&drawn_sweeps, (0, now), now),
            by_the_letter(&drawn_sweeps, now, now),
            "\nsweeps: {}", drawn_sweeps
        );
    }

    #[test]
    fn nothing_is_said_of_what_is_still_to_come(
        drawn_sweeps in drawing(),
        later in 0_usize..4,
        from in 0_usize..70,
        length in 1_usize..70,
    ) {
        let (now, to) = (drawn_sweeps.len() + later, from + length);
        let passed = by_the_letter(&drawn_sweeps, to.min(now), now);
        let passed = passed.get(from..).unwrap_or_default();
        prop_assert_eq!(
            by_the_program(&drawn_sweeps, (from, to), now),
            passed,
            "\nsweeps: {} from {} to {} at {}", drawn_sweeps, from, to, now
        );
    }

    #[test]
    fn a_moment_is_part_of_the_timeline(drawn_sweeps in drawing(), at in 0_usize..60, later in 0_usize..4) {
        let now = drawn_sweeps.len() + later;
        let at = at.min(now - 1);
        let (_, replay) = record(&sweeps(&drawn_sweeps));
        let (histories, dictionary) = replay.histories();
        let history = histories.first().expect("someone was seen");
        let complete = replay.coverage().complete;
        // Between two sweeps, since a sweep's own moment is known even at the end of what is known.
        let moment: Timestamp = minute(at).plus_ms(MINUTE_MS / 2);
        let told = by_the_letter(&drawn_sweeps, now, now)[at].clone();
        let answer = as_of(history, &complete, moment, minute(now));
        let shown = answer.map(|answer| {
            let letter = match answer.standing {
                Standing::Known { state_id, .. } => dictionary.states[&state_id].get(FACET),
                Standing::Unknown => Some("?"),
                Standing::Absent => Some("-"),
            };
            (letter.and_then(|text| text.chars().next()), answer.presumed)
        });
        let first_seen = drawn_sweeps.find(|sweep: char| sweep.is_ascii_alphabetic()).expect("someone is seen");
        let expected = (first_seen <= at).then_some((Some(told.estimate), told.presumed));
        prop_assert_eq!(shown, expected, "\nsweeps: {} at {}", drawn_sweeps, at);
    }
}

#[test]
fn the_reference_itself_is_right_where_it_can_be_checked_by_eye() {
    let drawn = |drawn_sweeps: &str| -> String {
        by_the_letter(drawn_sweeps, drawn_sweeps.len(), drawn_sweeps.len())
            .iter()
            .map(|minute| minute.estimate)
            .collect()
    };
    assert_eq!(drawn("AAB..BB"), "AA???BB");
    assert_eq!(drawn("A--.BB"), "AA--BB");
}
