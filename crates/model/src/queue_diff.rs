//! Compares the sweeps of queues with what is known of them, and gives the change events.

use std::collections::BTreeMap;

use super::diff::DiffError;
use super::event::{ChangeEvent, EventKind, Snapshot};
use super::ids::{ExtensionId, Position, QueueId, Version};
use super::known::AccountState;
use super::observation::Sweep;
use super::queue::{Accepts, QueueChange, QueueSweep, QueueSweepRow};
use super::time::Timestamp;

/// What the sweeps of queues that are part of a sweep add to its snapshot.
#[derive(Default)]
pub(super) struct QueueChanges {
    /// The rows about them, by queue and time.
    pub(super) rows: Vec<QueueSweepRow>,
    /// What they show to differ, without positions and versions.
    pub(super) events: Vec<ChangeEvent>,
}

/// Compares the sweeps of queues with what is known; the order in which they are listed does not matter.
pub(super) fn compare(known: &AccountState, sweep: &Sweep) -> Result<QueueChanges, DiffError> {
    let mut changes = QueueChanges::default();
    for sweeps in by_queue(&sweep.queue_sweeps) {
        let mut queue = Compared::known(known, sweeps[0].queue_id);
        let mut answered_at = queue.answered_at;
        for one in sweeps {
            check_times(one, answered_at, sweep.finished_at)?;
            answered_at = Some(one.received_at);
            if let Some(members) = one.members() {
                queue.change(one, members, &mut changes.events);
            }
            changes.rows.push(one.row());
        }
    }
    Ok(changes)
}

/// The sweeps of each queue, in order of time.
fn by_queue(sweeps: &[QueueSweep]) -> impl Iterator<Item = Vec<&QueueSweep>> {
    let mut queues: BTreeMap<QueueId, Vec<&QueueSweep>> = BTreeMap::new();
    for sweep in sweeps {
        queues.entry(sweep.queue_id).or_default().push(sweep);
    }
    queues.into_values().map(|mut sweeps| {
        sweeps.sort_by_key(|sweep| (sweep.requested_at, sweep.received_at));
        sweeps
    })
}

fn check_times(
    sweep: &QueueSweep,
    previous: Option<Timestamp>,
    finished_at: Timestamp,
) -> Result<(), DiffError> {
    let QueueSweep {
        queue_id,
        requested_at,
        received_at,
        ..
    } = *sweep;
    if let Some(previous) = previous.filter(|previous| requested_at <= *previous) {
        return Err(DiffError::QueueRunsBackwards {
            queue_id,
            requested_at,
            previous,
        });
    }
    if requested_at > received_at || received_at > finished_at {
        return Err(DiffError::QueueOutside {
            queue_id,
            requested_at,
            received_at,
            finished_at,
        });
    }
    Ok(())
}

/// A queue as the sweeps of one snapshot have shown it so far.
struct Compared {
    members: BTreeMap<ExtensionId, Accepts>,
    /// The request of the last complete sweep.
    requested_at: Option<Timestamp>,
    /// The response of the last complete sweep.
    answered_at: Option<Timestamp>,
}

impl Compared {
    fn known(known: &AccountState, queue_id: QueueId) -> Self {
        let queue = known.queues.get(&queue_id);
        let members = queue.into_iter().flat_map(|queue| &queue.members);
        Self {
            members: members.map(|(id, member)| (*id, member.accepts)).collect(),
            requested_at: queue.map(|queue| queue.segment.until),
            answered_at: queue.map(|queue| queue.segment.answered_at),
        }
    }

    /// Takes over what a complete sweep showed, and notes what is new of it.
    fn change(
        &mut self,
        sweep: &QueueSweep,
        members: BTreeMap<ExtensionId, Accepts>,
        events: &mut Vec<ChangeEvent>,
    ) {
        let before = std::mem::replace(&mut self.members, members);
        let requested_before = self.requested_at.replace(sweep.requested_at);
        let now = &self.members;
        let mut differ = |id: ExtensionId, accepts, previous| {
            if accepts != previous {
                let change = QueueChange {
                    queue_id: sweep.queue_id,
                    accepts,
                    previous,
                };
                events.push(event(id, change, sweep.received_at, requested_before));
            }
        };
        for (id, accepts) in now {
            differ(*id, Some(*accepts), before.get(id).copied());
        }
        for (id, accepted) in before.iter().filter(|(id, _)| !now.contains_key(id)) {
            differ(*id, None, Some(*accepted));
        }
    }
}

fn event(
    extension_id: ExtensionId,
    change: QueueChange,
    observed_at: Timestamp,
    not_before: Option<Timestamp>,
) -> ChangeEvent {
    ChangeEvent {
        position: Position(0),
        extension_id,
        version: Version(0),
        kind: EventKind::QueueChanged,
        observed_at,
        not_before,
        presence: None,
        previous: None,
        profile: None,
        previous_profile: None,
        queue: Some(change),
    }
}

/// The first event or sweep of a queue in a snapshot of the log that cannot follow what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueFault {
    /// A sweep that is not later than the one before it, or ends after its snapshot.
    Sweep {
        /// Of which queue.
        queue_id: QueueId,
        /// When the request was sent.
        requested_at: Timestamp,
    },
    /// An event that no sweep shows, that does not follow from what was known, or whose earliest moment is another.
    Event(Position),
}

/// Checks what a snapshot that was read from the log says of queues, before it is folded.
pub fn check_follows(known: &AccountState, snapshot: &Snapshot) -> Result<(), QueueFault> {
    let mut told: BTreeMap<(QueueId, Timestamp), Vec<&ChangeEvent>> = BTreeMap::new();
    for event in &snapshot.events {
        if let Some(change) = &event.queue {
            let sweep = (change.queue_id, event.observed_at);
            told.entry(sweep).or_default().push(event);
        }
    }
    let mut queue: Option<(QueueId, Compared)> = None;
    for row in &snapshot.queue_sweeps {
        let mut compared = match queue.take() {
            Some((id, compared)) if id == row.queue_id => compared,
            _ => Compared::known(known, row.queue_id),
        };
        let runs_forward = compared.answered_at < Some(row.requested_at)
            && row.requested_at <= row.received_at
            && row.received_at <= snapshot.finished_at;
        if !runs_forward {
            return Err(QueueFault::Sweep {
                queue_id: row.queue_id,
                requested_at: row.requested_at,
            });
        }
        compared.answered_at = Some(row.received_at);
        if row.is_complete() {
            let requested_before = compared.requested_at.replace(row.requested_at);
            let events = told.remove(&(row.queue_id, row.received_at));
            for event in events.unwrap_or_default() {
                check_event(&mut compared.members, event, requested_before)?;
            }
        }
        queue = Some((row.queue_id, compared));
    }
    match told.values().flatten().next() {
        Some(event) => Err(QueueFault::Event(event.position)),
        None => Ok(()),
    }
}

fn check_event(
    members: &mut BTreeMap<ExtensionId, Accepts>,
    event: &ChangeEvent,
    requested_before: Option<Timestamp>,
) -> Result<(), QueueFault> {
    let Some(change) = event.queue else {
        return Ok(());
    };
    let before = match change.accepts {
        Some(accepts) => members.insert(event.extension_id, accepts),
        None => members.remove(&event.extension_id),
    };
    let follows = before == change.previous
        && change.accepts != change.previous
        && event.not_before == requested_before;
    if follows {
        Ok(())
    } else {
        Err(QueueFault::Event(event.position))
    }
}
