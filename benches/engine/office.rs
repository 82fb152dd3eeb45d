//! A month of an office in memory, drawn from a seed: what questions are asked of, the store left out.

use std::sync::Arc;

use presence_model::coverage::{CoverageSegment, Heartbeat};
use presence_model::facet::STATE_FACET_COUNT;
use presence_model::history::{Dictionary, ExtensionHistory, Interval, ProfileInterval};
use presence_model::ids::{ExtensionId, Position, ProfileId, StateId};
use presence_model::profile::Profile;
use presence_model::projection::ExistenceInterval;
use presence_model::state::State;
use presence_model::time::{TimeRange, Timestamp};

/// Monday, 2 November 2026, 00:00 UTC.
const START_MS: i64 = 1_793_577_600_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1_440 * MINUTE_MS;

/// Presence, user, telephony and do-not-disturb status.
const STATES: [[&str; 4]; 8] = [
    ["Available", "Available", "NoCall", "TakeAllCalls"],
    ["Busy", "Available", "CallConnected", "TakeAllCalls"],
    ["Busy", "Available", "Ringing", "TakeAllCalls"],
    ["Busy", "Busy", "NoCall", "TakeAllCalls"],
    ["Busy", "Busy", "NoCall", "DoNotAcceptAnyCalls"],
    ["Offline", "Offline", "NoCall", "TakeAllCalls"],
    ["Busy", "Available", "OnHold", "TakeAllCalls"],
    [
        "DoNotDisturb",
        "Available",
        "NoCall",
        "DoNotAcceptDepartmentCalls",
    ],
];

const OFFLINE: i64 = 6;
const DEPARTMENTS: i64 = 8;
const ZONES: [&str; 4] = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "America/Los_Angeles",
];

/// Changes of an extension on a day of work; every other one is within a few minutes of the one before.
const CHANGES_A_DAY: i64 = 34;

/// The office, and the window that its history fills.
pub(crate) struct Office {
    pub(crate) histories: Vec<ExtensionHistory>,
    pub(crate) dictionary: Dictionary,
    pub(crate) complete: Vec<CoverageSegment>,
    pub(crate) window: TimeRange,
}

impl Office {
    /// So many extensions over so many days, with a sweep a minute.
    pub(crate) fn drawn(extension_count: i64, days: i64, seed: u64) -> Self {
        let window = TimeRange::new(moment(0), moment(days * DAY_MS)).expect("days are long");
        let mut rng = Rng(seed);
        let histories = (0..extension_count).map(|index| history(index, days, &mut rng));
        Self {
            histories: histories.collect(),
            dictionary: dictionary(),
            complete: vec![CoverageSegment {
                from: window.from(),
                until: window.to(),
                valid_for_ms: 3 * MINUTE_MS,
            }],
            window,
        }
    }

    /// How many intervals it has.
    pub(crate) fn interval_count(&self) -> usize {
        self.histories
            .iter()
            .map(|history| history.intervals.len())
            .sum()
    }
}

fn moment(ms: i64) -> Timestamp {
    Timestamp::saturating_from_ms(START_MS + ms)
}

fn history(index: i64, days: i64, rng: &mut Rng) -> ExtensionHistory {
    let phase_ms = rng.below(MINUTE_MS);
    let mut intervals: Vec<Interval> = Vec::new();
    let mut push = |minute: i64, state: i64| {
        let from = moment(minute * MINUTE_MS + phase_ms);
        let not_before = intervals.last().map(|_| from.plus_ms(-MINUTE_MS - 300));
        if let Some(last) = intervals.last_mut() {
            last.until = Some(from);
            last.certain_until = not_before;
        }
        intervals.push(Interval {
            from,
            not_before,
            certain_until: None,
            until: None,
            state_id: StateId(state),
            message_id: None,
            position: Position(1),
        });
    };
    push(0, OFFLINE);
    for day in 0..days {
        if day % 7 >= 5 {
            continue;
        }
        let mut minute = day * 1_440 + 420 + rng.below(90);
        let mut state = 1;
        push(minute, state);
        for _ in 0..CHANGES_A_DAY - 2 {
            minute += if rng.below(2) == 0 {
                1 + rng.below(5)
            } else {
                1 + rng.below(30)
            };
            state = 1 + (state - 1 + 1 + rng.below(7)) % 8;
            push(minute, state);
        }
        push(minute + 1 + rng.below(60), OFFLINE);
    }
    ExtensionHistory {
        extension_id: ExtensionId(1_000_000 + index),
        intervals,
        existence: vec![ExistenceInterval {
            from: moment(phase_ms),
            not_before: None,
            certain_until: None,
            until: None,
        }],
        profiles: vec![ProfileInterval {
            from: moment(phase_ms),
            until: None,
            profile_id: ProfileId(1 + index % DEPARTMENTS),
        }],
        last_seen: Some(Heartbeat {
            at: moment(days * DAY_MS),
            valid_for_ms: 3 * MINUTE_MS,
        }),
    }
}

fn dictionary() -> Dictionary {
    let mut dictionary = Dictionary::default();
    for (id, [presence, user, telephony, dnd]) in (1..).zip(STATES) {
        let mut values = [None; STATE_FACET_COUNT];
        values[..4].copy_from_slice(&[Some(presence), Some(user), Some(telephony), Some(dnd)]);
        dictionary
            .states
            .insert(StateId(id), Arc::new(State::new(&values)));
    }
    for id in 1..=DEPARTMENTS {
        let profile = Profile {
            extension_number: Some("101".to_owned()),
            department: Some(format!("Department {id}")),
            time_zone: Some(
                ZONES[usize::try_from(id).expect("it is small") % ZONES.len()].to_owned(),
            ),
            ..Profile::default()
        };
        dictionary.profiles.insert(ProfileId(id), Arc::new(profile));
    }
    dictionary
}

/// The same numbers in every run.
struct Rng(u64);

impl Rng {
    fn below(&mut self, sides: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let drawn = i64::try_from(self.0 >> 33).expect("31 bits are few");
        drawn % sides
    }
}
