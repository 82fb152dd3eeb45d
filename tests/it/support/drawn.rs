//! Histories drawn as text, one character a minute, so that a case can be checked by eye.
//!
//! ```text
//! A B C   a sweep that saw the extension in that state
//! .       no sweep
//! -       a complete sweep that lacked the extension
//! ~       a partial sweep that did not reach the extension
//! a b c   a partial sweep that saw it in the state of the capital letter
//! ```
//!
//! The sweeps take no time (sent and received at the full minute) and bracket two minutes.

use std::sync::Arc;

use presence_model::diff::diff;
use presence_model::event::Snapshot;
use presence_model::facet::{Facet, STATE_FACET_COUNT};
use presence_model::history::Replay;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::known::AccountState;
use presence_model::observation::{Observation, Source, Sweep, SweepStatus};
use presence_model::projection::{Delta, fold};
use presence_model::state::{Presence, State};
use presence_model::time::{TimeRange, Timestamp};

/// Monday, 2 November 2026, 00:00 UTC.
pub(crate) const START_MS: i64 = 1_793_577_600_000;
pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const VALID_FOR_MS: i64 = 2 * MINUTE_MS;
pub(crate) const ACCOUNT: AccountId = AccountId(37_439_510);
pub(crate) const PERSON: ExtensionId = ExtensionId(101);

/// The moment `minutes` after [`START_MS`].
pub(crate) fn minute(minutes: usize) -> Timestamp {
    let minutes = i64::try_from(minutes).expect("few minutes");
    Timestamp::saturating_from_ms(START_MS + minutes * MINUTE_MS)
}

/// `[from, to)` in minutes after [`START_MS`].
pub(crate) fn minutes(from: usize, to: usize) -> TimeRange {
    TimeRange::new(minute(from), minute(to)).expect("from is before to")
}

/// A state with this presence status.
pub(crate) fn presence(status: &str) -> Presence {
    let mut values = [None; STATE_FACET_COUNT];
    values[0] = Some(status);
    Presence {
        state: Arc::new(State::new(&values)),
        message: None,
    }
}

/// A sweep of one moment.
pub(crate) fn sweep(at: Timestamp, status: SweepStatus, seen: &[(ExtensionId, Presence)]) -> Sweep {
    Sweep {
        account_id: ACCOUNT,
        source: Source::Import,
        status,
        started_at: at,
        finished_at: at,
        valid_for_ms: VALID_FOR_MS,
        expected_count: None,
        observations: seen
            .iter()
            .map(|(extension_id, presence)| Observation {
                extension_id: *extension_id,
                extension_number: None,
                requested_at: at,
                received_at: at,
                presence: presence.clone(),
            })
            .collect(),
        not_found: Vec::new(),
        withheld: Vec::new(),
        directory: Vec::new(),
        queue_sweeps: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: format!("drawn:{at}"),
        detail: None,
    }
}

/// The sweeps of a drawing.
pub(crate) fn sweeps(drawn_sweeps: &str) -> Vec<Sweep> {
    drawn_sweeps
        .chars()
        .enumerate()
        .filter_map(|(index, one_sweep)| {
            let at = minute(index);
            let seen = |status: char| [(PERSON, presence(&status.to_string()))];
            match one_sweep {
                '.' => None,
                '-' => Some(sweep(at, SweepStatus::Complete, &[])),
                '~' => Some(sweep(at, SweepStatus::Partial, &[])),
                letter if letter.is_ascii_uppercase() => {
                    Some(sweep(at, SweepStatus::Complete, &seen(letter)))
                }
                letter => Some(sweep(
                    at,
                    SweepStatus::Partial,
                    &seen(letter.to_ascii_uppercase()),
                )),
            }
        })
        .collect()
}

/// Complete sweeps, one a minute, of several people, each drawn as in [`sweeps`] with capital letters and `-`.
pub(crate) fn crowd(drawings: &[String]) -> Vec<Sweep> {
    let length = drawings.iter().map(String::len).min().unwrap_or(0);
    let people = || (101..).map(ExtensionId).zip(drawings);
    let drawn_sweeps = (0..length).map(|at| {
        let seen = people().filter_map(|(id, drawing)| {
            let state = &drawing[at..=at];
            (state != "-").then(|| (id, presence(state)))
        });
        sweep(minute(at), SweepStatus::Complete, &seen.collect::<Vec<_>>())
    });
    drawn_sweeps.collect()
}

/// The log of these sweeps, and its projections.
pub(crate) fn record(sweeps: &[Sweep]) -> (Vec<Snapshot>, Replay) {
    let mut replay = Replay::new(ACCOUNT);
    let mut state = AccountState::new(ACCOUNT);
    let mut log = Vec::new();
    for sweep in sweeps {
        let snapshot = diff(&state, sweep).expect("drawn sweeps run forward");
        fold(&mut state, &snapshot, &mut Delta::default());
        state.remember_requests(sweep);
        replay.fold(&snapshot);
        log.push(snapshot);
    }
    (log, replay)
}

/// The facet that drawings use.
pub(crate) const FACET: Facet = Facet::PresenceStatus;
