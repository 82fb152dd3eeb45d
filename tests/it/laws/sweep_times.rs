//! Sweeps that take time: of two sweeps, the start of the earlier one and the end of the later one count, and an
//! extension's own time where the log has it. Cases by hand, and then the rules again, as plainly as possible, against
//! random sweeps.

use presence_core::query::as_of::{Standing, as_of};
use presence_core::query::classes::Classes;
use presence_core::query::coverage::coverage;
use presence_core::query::track::{Frame, Knowledge, Track};
use presence_model::ids::ExtensionId;
use presence_model::observation::{Observation, Source, Sweep, SweepStatus};
use presence_model::time::{TimeRange, Timestamp};
use proptest::prelude::*;

use crate::support::drawn::{ACCOUNT, FACET, PERSON, START_MS, presence, record};

/// How long a sweep is valid, in the tenths of a second that these tests count in: 3 seconds.
const VALID_FOR: i64 = 30;

/// Another extension, which every complete sweep sees, so that there is an account before the person.
const OTHER: ExtensionId = ExtensionId(7);

/// This many tenths of a second after the start.
fn tenth(tenths: i64) -> Timestamp {
    Timestamp::saturating_from_ms(START_MS + tenths * 100)
}

/// What a sweep showed about the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// This state, with the times of the request and of the answer.
    State(char, i64, i64),
    /// The sweep was complete and lacked them.
    Lacked,
    /// It was partial and did not reach them.
    Missed,
}

/// A sweep from its first request to its last answer.
fn sweep(from: i64, to: i64, shown: Shown) -> Sweep {
    let (status, seen) = match shown {
        Shown::State(state, sent, received) => {
            let presence = presence(&state.to_string());
            let seen = (PERSON, presence, tenth(sent), tenth(received));
            (SweepStatus::Complete, Some(seen))
        }
        Shown::Lacked => (SweepStatus::Complete, None),
        Shown::Missed => (SweepStatus::Partial, None),
    };
    let other = (OTHER, presence("Z"), tenth(from), tenth(to));
    let observations = seen.into_iter().chain([other]);
    Sweep {
        account_id: ACCOUNT,
        source: Source::Poll,
        status,
        started_at: tenth(from),
        finished_at: tenth(to),
        valid_for_ms: VALID_FOR * 100,
        expected_count: None,
        observations: observations
            .map(
                |(extension_id, presence, requested_at, received_at)| Observation {
                    extension_id,
                    extension_number: None,
                    requested_at,
                    received_at,
                    presence,
                },
            )
            .collect(),
        not_found: Vec::new(),
        withheld: Vec::new(),
        directory: Vec::new(),
        queue_sweeps: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: format!("poll:{from}"),
        detail: None,
    }
}

/// What is known about the person in `[0, now)`: each stretch as its state (small: presumed), `?` or `-` (`_`:
/// presumed), and the tenth at which it ends.
fn known(sweeps: &[Sweep], now: i64) -> Vec<(char, i64)> {
    let (_, replay) = record(sweeps);
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let complete = replay.coverage().complete;
    let frame = Frame {
        window: TimeRange::new(tenth(0), tenth(now)).expect("it has a length"),
        now: tenth(now),
        complete: &complete,
        classes: &classes,
    };
    let mut histories = histories.iter();
    let history = histories.find(|history| history.extension_id == PERSON);
    let history = history.expect("they were seen");
    let track = Track::of(history, &frame).expect("the dictionary has them all");
    let told = track.segments.iter().map(|segment| {
        let letter = match segment.knowledge {
            Knowledge::Unknown => '?',
            Knowledge::Absent if segment.presumed => '_',
            Knowledge::Absent => '-',
            Knowledge::Known(class) => {
                let value = classes.value(class).and_then(|value| value.chars().next());
                let letter = value.expect("every state has a letter");
                if segment.presumed {
                    letter.to_ascii_lowercase()
                } else {
                    letter
                }
            }
        };
        (letter, segment.span.to().since_ms(tenth(0)) / 100)
    });
    let told: Vec<(char, i64)> = told.collect();
    // A moment has the state of the timeline. Moments half-way between tenths are used, since a sweep's own moment is
    // always known.
    for at in 0..now {
        let answer = as_of(history, &complete, tenth(at).plus_ms(50), tenth(now));
        let Some(answer) = answer else { continue };
        let standing = match answer.standing {
            Standing::Unknown => '?',
            Standing::Absent if answer.presumed => '_',
            Standing::Absent => '-',
            Standing::Known { state_id, .. } => {
                let value = dictionary.states[&state_id].get(FACET);
                let letter = value
                    .and_then(|value| value.chars().next())
                    .expect("it has one");
                if answer.presumed {
                    letter.to_ascii_lowercase()
                } else {
                    letter
                }
            }
        };
        let segment = told.iter().find(|(_, to)| at < *to);
        assert_eq!(
            Some(standing),
            segment.map(|one| one.0),
            "at {at} of {told:?}"
        );
    }
    told
}

fn seen(state: char, sent: i64, received: i64) -> Shown {
    Shown::State(state, sent, received)
}

#[test]
fn after_a_gap_a_state_is_known_from_the_answer_and_not_from_the_first_try() {
    // The sweep began at 100 s, got a 503, and had its only answer at 101.4 s.
    let sweeps = [
        sweep(0, 4, seen('A', 1, 4)),
        sweep(1_000, 1_014, seen('A', 1_010, 1_014)),
        sweep(1_020, 1_023, seen('A', 1_020, 1_023)),
    ];
    let expected = [('?', 1_014), ('A', 1_020), ('a', 1_030)];
    assert_eq!(known(&sweeps, 1_030), expected);
}

#[test]
fn answers_further_apart_than_validity_are_no_bracket_however_early_the_sweep_began() {
    // The answers are 4.6 s apart; the second sweep began 2.7 s after the first answer.
    let sweeps = [
        sweep(0, 2, seen('A', 0, 2)),
        sweep(29, 48, seen('A', 45, 48)),
    ];
    assert_eq!(known(&sweeps, 48), [('?', 48)]);
    // The same where the first is no change of its own, and counts from its start.
    let sweeps = [
        sweep(0, 2, seen('A', 0, 2)),
        sweep(20, 22, seen('A', 20, 22)),
        sweep(49, 68, seen('A', 65, 68)),
    ];
    assert_eq!(known(&sweeps, 68), [('?', 2), ('A', 20), ('?', 68)]);
    // Exactly as long as it is valid is no gap.
    let sweeps = [
        sweep(0, 2, seen('A', 0, 2)),
        sweep(20, 22, seen('A', 20, 22)),
        sweep(41, 50, seen('A', 48, 50)),
    ];
    assert_eq!(known(&sweeps, 50), [('?', 2), ('A', 41), ('a', 50)]);
}

#[test]
fn absence_is_known_from_the_end_of_the_sweep_that_shows_it() {
    let sweeps = [
        sweep(0, 14, Shown::Lacked),
        sweep(20, 23, Shown::Lacked),
        sweep(40, 42, seen('A', 40, 41)),
    ];
    assert_eq!(known(&sweeps, 42), [('?', 14), ('-', 41), ('a', 42)]);
    // One sweep that lacked them is enough, and one too far away brackets nothing.
    let sweeps = [
        sweep(0, 14, Shown::Lacked),
        sweep(24, 26, seen('A', 24, 25)),
    ];
    assert_eq!(known(&sweeps, 26), [('?', 14), ('-', 25), ('a', 26)]);
    let sweeps = [
        sweep(0, 14, Shown::Lacked),
        sweep(24, 33, seen('A', 30, 31)),
    ];
    assert_eq!(known(&sweeps, 32), [('?', 31), ('a', 32)]);
}

#[test]
fn anyone_who_is_gone_is_absent_from_the_end_of_the_sweep_that_confirms_it() {
    let sweeps = [
        sweep(0, 2, seen('A', 0, 2)),
        sweep(10, 14, Shown::Lacked),
        sweep(20, 25, Shown::Lacked),
        sweep(30, 35, Shown::Lacked),
    ];
    assert_eq!(
        known(&sweeps, 35),
        [('?', 2), ('A', 25), ('-', 30), ('_', 35)]
    );
    // After a gap, too.
    let sweeps = [
        sweep(0, 2, seen('A', 0, 2)),
        sweep(10, 14, Shown::Lacked),
        sweep(100, 114, Shown::Lacked),
        sweep(120, 121, Shown::Lacked),
    ];
    assert_eq!(known(&sweeps, 122), [('?', 114), ('-', 120), ('_', 122)]);
}

#[test]
fn an_extension_that_a_partial_sweep_missed_counts_from_its_own_time() {
    // Seen at 0.2 s by a change of their own, missed, and seen again at 3.4 s: 3.2 s apart.
    let sweeps = [
        sweep(0, 5, seen('A', 0, 2)),
        sweep(10, 15, Shown::Missed),
        sweep(20, 34, seen('A', 30, 33)),
    ];
    assert_eq!(known(&sweeps, 34), [('?', 34)]);
    let sweeps = [
        sweep(0, 5, seen('A', 0, 2)),
        sweep(10, 15, Shown::Missed),
        sweep(20, 32, seen('A', 30, 31)),
    ];
    assert_eq!(known(&sweeps, 32), [('?', 2), ('A', 20), ('a', 32)]);
}

#[test]
fn a_change_counts_at_its_own_time_and_from_the_request_before() {
    // From the start of the second sweep to the answer of the third 4.4 s pass, but its request was 2.9 s before.
    let sweeps = [
        sweep(0, 2, seen('A', 0, 2)),
        sweep(20, 40, seen('A', 35, 38)),
        sweep(50, 66, seen('B', 62, 64)),
    ];
    // The second, unchanged, is too far from the first.
    assert_eq!(known(&sweeps, 66), [('?', 40), ('A', 64), ('b', 66)]);
    // Across a gap it is known from its own answer, not from the end of the sweep.
    let sweeps = [
        sweep(0, 2, seen('A', 0, 2)),
        sweep(100, 120, seen('B', 105, 107)),
        sweep(125, 127, seen('B', 125, 126)),
    ];
    assert_eq!(known(&sweeps, 127), [('?', 107), ('B', 125), ('b', 127)]);
}

#[test]
fn the_first_sweep_after_a_gap_counts_from_its_start_when_the_next_one_comes() {
    let until = |third: i64| {
        let sweeps = [
            sweep(0, 1, seen('A', 0, 1)),
            sweep(1_000, 1_014, seen('A', 1_010, 1_014)),
            sweep(third - 7, third, seen('A', third - 7, third)),
        ];
        known(&sweeps, third)
    };
    // 4.2 s from the start of the one to the end of the other, though only 2.8 s from end to end.
    assert_eq!(until(1_042), [('?', 1_042)]);
    assert_eq!(until(1_030), [('?', 1_014), ('A', 1_023), ('a', 1_030)]);
}

#[test]
fn what_is_presumed_counts_from_the_start_of_the_last_sweep() {
    let sweeps = [
        sweep(0, 1, seen('A', 0, 1)),
        sweep(100, 114, seen('A', 110, 114)),
    ];
    assert_eq!(known(&sweeps, 130), [('?', 114), ('a', 130)]);
    assert_eq!(known(&sweeps, 131), [('?', 131)]);
}

#[test]
fn a_moment_of_an_answer_is_known_though_nothing_brackets_it() {
    let sweeps = [
        sweep(0, 1, seen('A', 0, 1)),
        sweep(100, 114, seen('A', 110, 114)),
        sweep(200, 201, seen('A', 200, 201)),
    ];
    let (_, replay) = record(&sweeps);
    let (histories, _) = replay.histories();
    let history = histories.iter().find(|one| one.extension_id == PERSON);
    let complete = replay.coverage().complete;
    let is_known = |at: Timestamp| {
        let answer = as_of(history.expect("they were seen"), &complete, at, tenth(900));
        answer.is_some_and(|answer| matches!(answer.standing, Standing::Known { .. }))
    };
    for at in [1, 114, 201] {
        assert!(is_known(tenth(at)), "{at}");
        assert!(!is_known(tenth(at).plus_ms(-1)), "{at}");
        assert!(!is_known(tenth(at).plus_ms(1)), "{at}");
    }
}

#[test]
fn coverage_goes_from_the_end_of_its_first_sweep_to_the_start_of_its_last() {
    let sweeps = [
        sweep(0, 4, seen('A', 0, 4)),
        sweep(20, 23, seen('A', 20, 23)),
        // Too late by a tenth of a second, and alone.
        sweep(25, 51, seen('A', 50, 51)),
        sweep(90, 93, seen('A', 90, 93)),
        sweep(100, 120, seen('A', 115, 120)),
    ];
    let (_, replay) = record(&sweeps);
    let window = TimeRange::new(tenth(0), tenth(130)).expect("it has a length");
    let told = coverage(&replay.coverage().observed, &[], window);
    let spans: Vec<(i64, i64)> = told
        .segments
        .iter()
        .map(|span| (span.from(), span.to()))
        .map(|(from, to)| (from.since_ms(tenth(0)) / 100, to.since_ms(tenth(0)) / 100))
        .collect();
    assert_eq!(spans, [(4, 20), (93, 100)]);
    assert_eq!(told.observed_ms, 2_300);
}

/// What one sweep shows about the person, and its times: as the earlier and as the later of two sweeps.
#[derive(Clone, Copy, Debug)]
struct Expected {
    state: char,
    earlier: i64,
    later: i64,
    requested: i64,
    is_change: bool,
}

fn told_by(sweeps: &[(i64, i64, Shown)]) -> Vec<Expected> {
    let mut told: Vec<Expected> = Vec::new();
    for &(from, to, shown) in sweeps {
        let before = told.last().map(|before| before.state);
        match shown {
            Shown::Missed => {}
            Shown::Lacked => told.push(Expected {
                state: '-',
                earlier: from,
                later: to,
                requested: from,
                is_change: false,
            }),
            Shown::State(state, requested, _) if before == Some(state) => told.push(Expected {
                state,
                earlier: from,
                later: to,
                requested,
                is_change: false,
            }),
            Shown::State(state, requested, received) => told.push(Expected {
                state,
                earlier: received,
                later: received,
                requested,
                is_change: true,
            }),
        }
    }
    told
}

/// What is known at a tenth and a half, by the rules as written.
fn by_the_letter(told: &[Expected], at: i64, now: i64) -> char {
    // The time of the earlier of two sweeps when the later one shows a change: not before its request.
    let earlier_of = |index: usize| {
        let (one, next) = (told[index], told.get(index + 1));
        match next {
            Some(next) if next.is_change && one.state != '-' => one.earlier.max(one.requested),
            _ => one.earlier,
        }
    };
    let is_bracketed = |index: usize| {
        let next = told.get(index + 1);
        next.is_some_and(|next| next.later - earlier_of(index) <= VALID_FOR)
    };
    for (index, one) in told.iter().enumerate() {
        let begins = if index > 0 && is_bracketed(index - 1) && told[index - 1].state == one.state {
            one.earlier
        } else {
            one.later
        };
        if !is_bracketed(index) {
            continue;
        }
        let next = told[index + 1];
        let ends = if next.is_change || is_bracketed(index + 1) {
            next.later
        } else {
            earlier_of(index + 1)
        };
        if begins <= at && at < ends {
            return one.state;
        }
    }
    let last = told.last().expect("something was shown");
    let begins = if told.len() > 1 && is_bracketed(told.len() - 2) && !last.is_change {
        last.earlier
    } else {
        last.later
    };
    if begins <= at && at < now && now - last.earlier <= VALID_FOR {
        return if last.state == '-' {
            '_'
        } else {
            last.state.to_ascii_lowercase()
        };
    }
    '?'
}

/// Sweeps that run forward: before the person is seen they may be lacked, later only missed.
fn drawn() -> impl Strategy<Value = Vec<(i64, i64, Shown)>> {
    let one = (
        1_i64..36,
        0_i64..16,
        prop::sample::select(vec!['A', 'A', 'A', 'B', '~', '-']),
        0_i64..=100,
        0_i64..4,
    );
    prop::collection::vec(one, 1..14).prop_map(|drawn| {
        let (mut at, mut was_seen) = (0, false);
        let sweeps = drawn
            .into_iter()
            .map(|(pause, length, letter, part, before)| {
                let (from, to) = (at + pause, at + pause + length);
                at = to;
                let received = from + length * part / 100;
                let shown = match letter {
                    '~' => Shown::Missed,
                    '-' if was_seen => Shown::Missed,
                    '-' => Shown::Lacked,
                    state => {
                        was_seen = true;
                        Shown::State(state, (received - before).max(from), received)
                    }
                };
                (from, to, shown)
            });
        sweeps.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_program_says_what_the_rules_say_of_sweeps_that_take_time(drawn in drawn(), later in 0_i64..40) {
        prop_assume!(drawn.iter().any(|one| matches!(one.2, Shown::State(..))));
        let now = drawn.last().map_or(0, |one| one.1) + later + 1;
        let sweeps: Vec<Sweep> = drawn.iter().map(|&(from, to, shown)| sweep(from, to, shown)).collect();
        let told = told_by(&drawn);
        let known = known(&sweeps, now);
        for at in 0..now {
            let by_program = known.iter().find(|(_, to)| at < *to).map(|one| one.0);
            prop_assert_eq!(by_program, Some(by_the_letter(&told, at, now)), "at {} of {:?}", at, drawn);
        }
    }
}
