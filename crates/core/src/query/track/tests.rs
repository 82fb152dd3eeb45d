//! The class of a state that depends on call queues too, beside what a look at every single minute says.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::query::classed::Classing;
use crate::query::classes::Criterion;
use crate::query::policy::{
    Policy, PolicyText, QueueStanding, QueueStandings, RuleText, Subject, find_built_in,
};
use crate::query::queues::{QueueEvidence, QueueHistory};
use presence_model::facet::{Facet, STATE_FACET_COUNT};
use presence_model::history::Dictionary;
use presence_model::ids::{ExtensionId, Position, QueueId, StateId};
use presence_model::queue::{Accepts, QueueSegment};
use presence_model::queue_projection::QueueIntervalRow;
use presence_model::state::State;

const WHO: ExtensionId = ExtensionId(1);

/// What the states of these tests show, by id: free, on a call, refusing the calls of queues.
const STATES: [(&str, &str, &str); 3] = [
    ("Available", "NoCall", "TakeAllCalls"),
    ("Busy", "CallConnected", "TakeAllCalls"),
    ("Available", "NoCall", "DoNotAcceptAnyCalls"),
];

/// What sweeps showed of one thing, a minute each.
#[derive(Clone, Debug)]
struct Seen<V> {
    /// At which minutes, ascending, and what.
    looks: Vec<(i64, V)>,
    valid_for: i64,
}

/// What is known of a minute.
#[derive(Clone, Debug, PartialEq)]
struct Minute<V> {
    estimate: V,
    possible: Vec<V>,
    presumed: bool,
}

impl<V: Copy + PartialEq> Seen<V> {
    /// When the last sweep was.
    fn last(&self) -> i64 {
        self.looks.last().map_or(0, |look| look.0)
    }

    /// Whether the sweeps at a place and after it bracket the time between.
    fn brackets(&self, place: usize) -> bool {
        let next = self.looks.get(place + 1);
        next.is_some_and(|next| next.0 - self.looks[place].0 <= self.valid_for)
    }

    /// By the sweeps around it alone.
    fn minute(&self, at: i64, now: i64) -> Option<Minute<V>> {
        let place = self.looks.iter().rposition(|look| look.0 <= at)?;
        let (seen_at, estimate) = self.looks[place];
        let Some(next) = self.looks.get(place + 1) else {
            return (now - seen_at <= self.valid_for).then(|| Minute {
                estimate,
                possible: vec![estimate],
                presumed: true,
            });
        };
        let mut possible = vec![estimate];
        if next.1 != estimate {
            possible.push(next.1);
        }
        self.brackets(place).then_some(Minute {
            estimate,
            possible,
            presumed: false,
        })
    }

    /// Time ranges of sweeps each near enough to the next, as places.
    fn runs(&self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for place in 0..self.looks.len() {
            match runs.last_mut() {
                Some(run) if self.brackets(place - 1) => run.1 = place,
                _ => runs.push((place, place)),
            }
        }
        runs
    }

    /// Intervals: beginning, not before, certainly until, until, value.
    fn intervals(&self) -> Vec<Row<V>> {
        let last = self.looks.len().checked_sub(1);
        let mut rows = Vec::new();
        for (first, end) in self.runs() {
            let mut from = first;
            let mut not_before = None;
            for place in first..=end {
                let value = self.looks[from].1;
                let next = (place < end).then(|| self.looks[place + 1]);
                if next.is_some_and(|next| next.1 == value) {
                    continue;
                }
                let seen_at = self.looks[place].0;
                let until = next
                    .map(|next| next.0)
                    .or((Some(place) != last).then_some(seen_at));
                rows.push(Row {
                    from: minute(self.looks[from].0),
                    not_before,
                    certain_until: until.map(|_| minute(seen_at)),
                    until: until.map(minute),
                    value,
                });
                not_before = Some(minute(seen_at));
                from = place + 1;
            }
        }
        rows
    }
}

struct Row<V> {
    from: Timestamp,
    not_before: Option<Timestamp>,
    certain_until: Option<Timestamp>,
    until: Option<Timestamp>,
    value: V,
}

fn minute(at: i64) -> Timestamp {
    Timestamp::saturating_from_ms(at * 60_000)
}

fn dictionary() -> Dictionary {
    let mut dictionary = Dictionary::default();
    for (id, (presence, telephony, dnd)) in (0..).zip(STATES) {
        let mut values = [None; STATE_FACET_COUNT];
        for (facet, value) in [
            (Facet::PresenceStatus, presence),
            (Facet::TelephonyStatus, telephony),
            (Facet::DndStatus, dnd),
        ] {
            values[facet.state_index().expect("of the state")] = Some(value);
        }
        dictionary
            .states
            .insert(StateId(id), Arc::new(State::new(&values)));
    }
    dictionary
}

fn history(seen: &Seen<i64>) -> ExtensionHistory {
    let intervals = seen.intervals().into_iter().map(|row| Interval {
        from: row.from,
        not_before: row.not_before,
        certain_until: row.certain_until,
        until: row.until,
        state_id: StateId(row.value),
        message_id: None,
        position: Position(1),
    });
    let first = seen.looks.first();
    ExtensionHistory {
        extension_id: WHO,
        intervals: intervals.collect(),
        existence: first
            .map(|first| ExistenceInterval {
                from: minute(first.0),
                not_before: None,
                certain_until: None,
                until: None,
            })
            .into_iter()
            .collect(),
        profiles: Vec::new(),
        last_seen: seen.looks.last().map(|last| Heartbeat {
            at: minute(last.0),
            valid_for_ms: seen.valid_for * 60_000,
        }),
    }
}

/// A queue's history; what is seen of the member is `None` where they are none.
fn queue(name: &str, seen: &Seen<Option<Accepts>>) -> QueueHistory {
    let rows = seen.intervals().into_iter().filter_map(|row| {
        Some(QueueIntervalRow {
            from: row.from,
            not_before: row.not_before,
            certain_until: row.certain_until,
            until: row.until,
            accepts: row.value?,
            position: Position(1),
        })
    });
    let coverage = seen.runs().into_iter().map(|(first, end)| QueueSegment {
        from: minute(seen.looks[first].0),
        until: minute(seen.looks[end].0),
        answered_at: minute(seen.looks[end].0),
        valid_for_ms: seen.valid_for * 60_000,
    });
    QueueHistory {
        name: name.into(),
        queue_id: Some(QueueId(7)),
        coverage: coverage.collect(),
        members: [(WHO, rows.collect())].into_iter().collect(),
        read_from: Timestamp::MIN,
    }
}

/// How the member stands to queues A and B.
struct Standings([QueueStanding; 2]);

impl QueueStandings for Standings {
    fn standing(&self, queue: &str) -> QueueStanding {
        self.0[usize::from(queue == "B")]
    }
}

fn standing_of(seen: Option<Accepts>) -> QueueStanding {
    seen.map_or(QueueStanding::NoMember, QueueStanding::Member)
}

/// The class of a minute by all that is possible in it: `None` for what is unknown.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    estimate: Option<String>,
    also: BTreeSet<Option<String>>,
    presumed: bool,
}

fn expected(
    policy: &Policy,
    dictionary: &Dictionary,
    state: Option<Minute<i64>>,
    queues: &[Option<Minute<Option<Accepts>>>; 2],
) -> Expected {
    let possible_classes = |state: i64, standings: [QueueStanding; 2]| {
        let state = dictionary.state(StateId(state)).expect("it is there");
        let subject = Subject {
            state,
            message: None,
            profile: None,
        };
        let mut classes = BTreeSet::new();
        for rule in policy.rules() {
            let truth = rule.condition.truth(&subject, &Standings(standings));
            if truth != Some(false) {
                classes.insert(rule.outcome.class(&subject).map(str::to_owned));
            }
            if truth == Some(true) {
                return classes;
            }
        }
        classes.insert(Some("other".to_owned()));
        classes
    };
    let class = |state: i64, standings: [QueueStanding; 2]| {
        let classes = possible_classes(state, standings);
        let first = classes.first().cloned().flatten();
        first.filter(|_| classes.len() == 1)
    };
    let unknown = Expected {
        estimate: None,
        also: BTreeSet::new(),
        presumed: false,
    };
    let Some(state) = state else {
        return unknown;
    };
    let estimates = queues.each_ref().map(|queue| {
        let queue = queue.as_ref();
        queue.map_or(QueueStanding::Unknown, |queue| standing_of(queue.estimate))
    });
    let swept = queues.each_ref().map(|queue| {
        let queue = queue.as_ref().filter(|queue| !queue.presumed);
        queue.map_or(QueueStanding::Unknown, |queue| standing_of(queue.estimate))
    });
    let possible = queues.each_ref().map(|queue| {
        let queue = queue.as_ref();
        queue.map_or(vec![QueueStanding::Unknown], |queue| {
            queue.possible.iter().copied().map(standing_of).collect()
        })
    });
    let estimate = class(state.estimate, estimates);
    let presumed = state.presumed || class(state.estimate, swept) != estimate;
    if estimate.is_none() {
        return Expected {
            presumed,
            ..unknown
        };
    }
    let mut also = BTreeSet::new();
    for state in state.possible {
        for one in &possible[0] {
            for other in &possible[1] {
                also.extend(possible_classes(state, [*one, *other]));
            }
        }
    }
    also.remove(&estimate);
    Expected {
        estimate,
        also,
        presumed,
    }
}

fn policies() -> Vec<Arc<Policy>> {
    let rule = |when: &str, class: &str| RuleText {
        when: when.to_owned(),
        class: Some(class.to_owned()),
        ..RuleText::default()
    };
    let both = PolicyText {
        name: "both".to_owned(),
        description: None,
        rules: vec![
            rule(r#"on_queue("A") && on_queue("B")"#, "both"),
            rule(
                r#"telephony_status == "CallConnected" && !on_queue("B")"#,
                "private call",
            ),
            rule(r#"on_queue("A") || queue_member("B")"#, "one"),
        ],
    };
    let (both, _) = Policy::read(&both).expect("well-formed");
    vec![
        Arc::new(both),
        find_built_in("queue_ready:A").expect("built in"),
        find_built_in("queue_sign_in:B").expect("built in"),
    ]
}

/// Compares a track with what is known of every minute, and returns how many of them are known.
fn check(
    policy: &Arc<Policy>,
    state: &Seen<i64>,
    queues: [&Seen<Option<Accepts>>; 2],
    (from, to, now): (i64, i64, i64),
) -> usize {
    let dictionary = dictionary();
    let criterion = Criterion::Policy(Arc::clone(policy));
    let evidence = QueueEvidence {
        queues: vec![queue("A", queues[0]), queue("B", queues[1])],
    };
    let classes =
        Classes::of_criterion(&dictionary, &criterion).with_queues(Some(Arc::new(evidence)));
    let history = history(state);
    let frame = Frame {
        window: TimeRange::new(minute(from), minute(to)).expect("it has a length"),
        now: minute(now),
        complete: &[],
        classes: &classes,
    };
    let mut classing = Classing::new(&criterion, &dictionary, &classes);
    let with_classes = classing.of(&history).expect("all is in the dictionary");
    let track = Track::of(with_classes, &frame).expect("all is in the dictionary");
    let mut found = Vec::new();
    track.for_each_segment(|piece| {
        let name = |knowledge: Knowledge| match knowledge {
            Knowledge::Known(class) => classes.value(class).map(str::to_owned),
            Knowledge::Unknown | Knowledge::Absent => None,
        };
        let told = Expected {
            estimate: name(piece.segment.knowledge),
            also: piece.also.iter().map(|one| name(*one)).collect(),
            presumed: piece.segment.presumed,
        };
        let minutes = piece.span.duration_ms() / 60_000;
        found.extend(std::iter::repeat_n(
            told,
            usize::try_from(minutes).expect("few"),
        ));
    });
    let minutes = from..to.min(now);
    let wanted: Vec<Expected> = minutes
        .clone()
        .map(|at| {
            let queues = queues.map(|queue| queue.minute(at, now));
            expected(policy, &dictionary, state.minute(at, now), &queues)
        })
        .collect();
    assert_eq!(found, wanted, "{}", policy.name());
    // Every change of the class from one known minute to the next is a transition.
    let mut last = None;
    let mut transitions = Vec::new();
    for at in 0..to.min(now) {
        let queues = queues.map(|queue| queue.minute(at, now));
        let here = expected(policy, &dictionary, state.minute(at, now), &queues).estimate;
        if here.is_some() && last.is_some() && last != here && at >= from {
            transitions.push(minute(at));
        }
        last = here;
    }
    assert_eq!(track.transitions, transitions);
    for pair in track.segments.windows(2) {
        let [before, segment] = pair else { continue };
        let is_opened =
            segment.knowledge != Knowledge::Unknown && before.knowledge != Knowledge::Unknown;
        assert_eq!(segment.not_before.is_some(), is_opened, "{segment:?}");
        assert!(
            segment
                .not_before
                .is_none_or(|at| at <= segment.span.from())
        );
    }
    wanted.iter().filter(|one| one.estimate.is_some()).count()
}

fn seen<V: Copy>(looks: &[(i64, V)], valid_for: i64) -> Seen<V> {
    Seen {
        looks: looks.to_vec(),
        valid_for,
    }
}

const IN: Option<Accepts> = Some(Accepts::SignedIn);
const OUT: Option<Accepts> = Some(Accepts::SignedOut);

#[test]
fn each_side_has_its_own_bounds() {
    let policy = find_built_in("queue_ready:A").expect("built in");
    let state = seen(&[(0, 0), (2, 0), (4, 1), (6, 1), (8, 0), (10, 0)], 2);
    let queue = seen(&[(1, IN), (3, OUT), (5, IN), (9, IN)], 2);
    let nothing = seen(&[], 2);
    // Ready from 1 to 3 (or less), signed out until 4, on a call from 4 (or earlier) to 8, whatever the queue says; not
    // known from 8 on, when the call is over and the queue was last swept at 5; ready again from 9 on, which is presumed.
    assert_eq!(check(&policy, &state, [&queue, &nothing], (0, 11, 11)), 9);
}

#[test]
fn what_was_never_swept_is_unknown_where_it_matters() {
    let policy = find_built_in("queue_ready:A").expect("built in");
    let state = seen(&[(0, 0), (2, 1), (4, 2), (6, 0)], 2);
    let nothing = seen(&[], 2);
    // On a call and refusing are certain whatever the sign-in.
    assert_eq!(check(&policy, &state, [&nothing, &nothing], (0, 8, 8)), 4);
}

#[test]
fn a_member_comes_and_goes() {
    let policy = find_built_in("queue_sign_in:B").expect("built in");
    let state = seen(&[(0, 0), (3, 0), (6, 0), (9, 0)], 3);
    let queue = seen(
        &[
            (0, None),
            (2, IN),
            (4, None),
            (6, None),
            (8, OUT),
            (10, Some(Accepts::NotSaid)),
        ],
        2,
    );
    let nothing = seen(&[], 2);
    assert_eq!(check(&policy, &state, [&nothing, &queue], (0, 12, 12)), 10);
}

#[test]
fn at_a_moment_it_stands_as_in_its_lane() {
    let seen = seen(&[(1, None), (3, IN), (5, OUT), (9, OUT), (11, None)], 2);
    let queue = queue("A", &seen);
    for now in [8, 12, 20] {
        for at in 0..now {
            let expected = seen.minute(at, now);
            let found = queue.at(WHO, minute(at), minute(now));
            match expected {
                Some(expected) => {
                    assert_eq!(
                        found.standing,
                        standing_of(expected.estimate),
                        "{at} of {now}"
                    );
                    let is_look = seen.looks.iter().any(|look| look.0 == at);
                    assert_eq!(
                        found.presumed,
                        expected.presumed && !is_look,
                        "{at} of {now}"
                    );
                }
                // The last sweep before a gap counts at its own moment.
                None if at == 5 => assert_eq!(found.standing, standing_of(OUT)),
                None if at == 11 => assert_eq!(found.standing, QueueStanding::NoMember),
                None => assert_eq!(found.standing, QueueStanding::Unknown, "{at} of {now}"),
            }
        }
    }
}

fn looks<V: std::fmt::Debug + Clone + 'static>(
    values: impl Strategy<Value = V> + 'static,
) -> impl Strategy<Value = Seen<V>> {
    let gaps = proptest::collection::vec((1..4_i64, values), 0..14);
    (gaps, 1..4_i64).prop_map(|(gaps, valid_for)| {
        let mut at = -1;
        let looks = gaps.into_iter().map(|(gap, value)| {
            at += gap;
            (at, value)
        });
        Seen {
            looks: looks.collect(),
            valid_for,
        }
    })
}

fn accepts() -> impl Strategy<Value = Option<Accepts>> {
    prop_oneof![
        Just(IN),
        Just(OUT),
        Just(None),
        Just(Some(Accepts::NotSaid)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_track_says_what_every_minute_says(
        state in looks(0..3_i64),
        one in looks(accepts()),
        other in looks(accepts()),
        (from, to) in (0..20_i64, 1..25_i64),
        later in 0..5_i64,
        policy in 0..3_usize,
    ) {
        let last = [state.last(), one.last(), other.last()].into_iter().max();
        let now = last.unwrap_or_default() + later;
        let policy = policies().swap_remove(policy);
        check(&policy, &state, [&one, &other], (from, from + to, now));
    }
}
