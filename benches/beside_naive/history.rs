//! The history that questions are asked of: a sweep a minute, and as many changes as forty a workday are, spread evenly.

use std::sync::Arc;

use presence_model::facet::STATE_FACET_COUNT;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::observation::{Observation, Source, Sweep, SweepStatus};
use presence_model::state::{Interner, Presence};
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::{FlushAt, Recorder};
use presence_store::Store;

pub(crate) const ACCOUNT: AccountId = AccountId(37_439_510);

/// 2026-01-05T08:00:00Z, when the first sweep is made.
const START_MS: i64 = 1_767_600_000_000;
pub(crate) const STEP_MS: i64 = 60_000;
/// Every so many minutes each person changes: 28 times a day, which is forty on each of five days a week.
const CHANGED_EVERY: u32 = 51;
const STATUSES: [&str; 4] = ["Available", "Busy", "Offline", "Available"];

/// How much of it.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) people: u32,
    pub(crate) minutes: u32,
}

impl Shape {
    /// When the sweep of a minute is made.
    pub(crate) fn sweep_at(minute: u32) -> Timestamp {
        Timestamp::saturating_from_ms(START_MS + i64::from(minute) * STEP_MS)
    }

    /// From the first sweep to the last.
    pub(crate) fn window(self) -> TimeRange {
        TimeRange::new(Self::sweep_at(0), Self::sweep_at(self.minutes))
            .expect("there are some minutes")
    }

    /// Someone in the middle of it.
    pub(crate) fn someone(self) -> ExtensionId {
        id(self.people / 2)
    }
}

fn id(index: u32) -> ExtensionId {
    ExtensionId(400_129_284_008 + i64::from(index) * 1_000)
}

/// Records it.
pub(crate) async fn record(store: &Arc<dyn Store>, shape: Shape) {
    let recorder = Recorder::open(store.clone(), ACCOUNT, None, FlushAt::MANY_SWEEPS);
    let mut recorder = recorder.await.expect("the store is empty");
    let mut interner = Interner::default();
    for minute in 0..=shape.minutes {
        let sweep = sweep(shape, minute, &mut interner);
        let at = sweep.finished_at;
        let outcome = recorder.record(sweep, at).await;
        outcome.expect("sweeps run forward");
    }
    let end = Shape::sweep_at(shape.minutes);
    recorder.flush(end).await.expect("it can be written");
}

fn sweep(shape: Shape, minute: u32, interner: &mut Interner) -> Sweep {
    let at = Shape::sweep_at(minute);
    let mut observe = |index: u32| {
        let turns = (minute + index * 5) / CHANGED_EVERY;
        let mut values = [None; STATE_FACET_COUNT];
        values[0] = Some(STATUSES[(turns % 4) as usize]);
        values[2] = Some(if turns.is_multiple_of(3) {
            "CallConnected"
        } else {
            "NoCall"
        });
        Observation {
            extension_id: id(index),
            extension_number: Some(interner.text(&(10_000 + index).to_string())),
            requested_at: at,
            received_at: at,
            presence: Presence {
                state: interner.state(&values),
                message: None,
            },
        }
    };
    Sweep {
        account_id: ACCOUNT,
        source: Source::Import,
        status: SweepStatus::Complete,
        started_at: at,
        finished_at: at,
        valid_for_ms: 3 * STEP_MS,
        expected_count: None,
        observations: (0..shape.people).map(&mut observe).collect(),
        not_found: Vec::new(),
        withheld: Vec::new(),
        directory: Vec::new(),
        queue_sweeps: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: format!("bench:{minute}"),
        detail: None,
    }
}
