//! Brings what is known of queues, and their projections, up to date with one snapshot.
//!
//! ```text
//! sweeps    1     0     0           1        of one queue, each valid for 2 minutes: 1 signed in, 0 signed out
//! minutes   0  1  2  3  4  5  6  7  8  9
//! known     1  1  0  0  ?  ?  ?  ?  1        ambiguous from 0 to 2; nothing brackets 4 to 8, which is unknown
//! ```

use std::collections::BTreeMap;

use super::event::{ChangeEvent, Snapshot};
use super::ids::{ExtensionId, Position, QueueId};
use super::known::AccountState;
use super::projection::Delta;
use super::queue::{Accepts, MemberState, QueueSegment, QueueState, QueueSweepRow};
use super::time::Timestamp;

/// A time range in which what one member of a queue accepts is constant as far as known; already cut at gaps between the
/// queue's own sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueIntervalRow {
    /// From when on it is known.
    pub from: Timestamp,
    /// The change that opened the range cannot have happened before; `None` after a first sweep or a gap.
    pub not_before: Option<Timestamp>,
    /// Until when nothing else is possible: the request of the last sweep before the change (never before `from`), or
    /// `until`; `None` while the range goes on.
    pub certain_until: Option<Timestamp>,
    /// The response that shows the change, or the request of the last sweep before a gap (never before `from`); `None`
    /// while the range goes on.
    pub until: Option<Timestamp>,
    /// What the member accepts.
    pub accepts: Accepts,
    /// The event that brought it.
    pub position: Position,
}

/// Folds what the snapshot says of queues.
pub(super) fn fold(state: &mut AccountState, snapshot: &Snapshot, delta: &mut Delta) {
    let mut events: BTreeMap<(QueueId, Timestamp), Vec<&ChangeEvent>> = BTreeMap::new();
    for event in &snapshot.events {
        if let Some(change) = &event.queue {
            let sweep = (change.queue_id, event.observed_at);
            events.entry(sweep).or_default().push(event);
        }
    }
    for row in snapshot.queue_sweeps.iter().filter(|row| row.is_complete()) {
        let told = events.remove(&(row.queue_id, row.received_at));
        let current = state.queues.remove(&row.queue_id);
        let next = fold_sweep(current, row, &told.unwrap_or_default(), delta);
        state.queues.insert(row.queue_id, next);
    }
    assert!(
        events.is_empty(),
        "what a queue shows was shown by a complete sweep of it"
    );
}

fn fold_sweep(
    current: Option<QueueState>,
    row: &QueueSweepRow,
    events: &[&ChangeEvent],
    delta: &mut Delta,
) -> QueueState {
    let before = current.as_ref().map(|queue| queue.segment);
    let bracketed = before.filter(|segment| segment.last_sweep().brackets(row.received_at));
    let mut fold = QueueFold {
        queue_id: row.queue_id,
        answered_at: row.received_at,
        before,
        bracketed,
        delta,
    };
    let mut members = current.map(|queue| queue.members).unwrap_or_default();
    if bracketed.is_none() {
        fold.cut_at_gap(&mut members, events);
    }
    for event in events {
        fold.apply(event, &mut members);
    }
    let segment = QueueSegment::with_sweep(before, row);
    delta
        .queue_coverage
        .insert((row.queue_id, segment.from), segment);
    QueueState { segment, members }
}

/// One complete sweep of a queue as it is folded.
struct QueueFold<'a> {
    queue_id: QueueId,
    answered_at: Timestamp,
    /// The complete sweeps before it.
    before: Option<QueueSegment>,
    /// The same, if the last of them brackets the time up to this one.
    bracketed: Option<QueueSegment>,
    delta: &'a mut Delta,
}

impl QueueFold<'_> {
    /// Ends every interval at the last sweep before the gap; what is the same after it begins again.
    fn cut_at_gap(
        &mut self,
        members: &mut BTreeMap<ExtensionId, MemberState>,
        events: &[&ChangeEvent],
    ) {
        let Some(before) = self.before else {
            return;
        };
        for (id, member) in members.iter_mut() {
            let until = before.until.max(member.since);
            self.close(*id, member, until, until);
            member.since = self.answered_at;
            member.not_before = None;
        }
        for event in events {
            members.remove(&event.extension_id);
        }
        for (id, member) in members {
            self.open(*id, member);
        }
    }

    fn apply(&mut self, event: &ChangeEvent, members: &mut BTreeMap<ExtensionId, MemberState>) {
        let Some(change) = event.queue else {
            return;
        };
        let id = event.extension_id;
        if let (Some(member), Some(before)) = (members.remove(&id), self.bracketed) {
            self.close(id, &member, before.until, self.answered_at);
        }
        let Some(accepts) = change.accepts else {
            return;
        };
        let opened = MemberState {
            accepts,
            since: self.answered_at,
            // What is in doubt lies where something is known.
            not_before: self.bracketed.map(|before| before.until.max(before.from)),
            position: event.position,
        };
        self.open(id, &opened);
        members.insert(id, opened);
    }

    fn close(
        &mut self,
        id: ExtensionId,
        member: &MemberState,
        certain_until: Timestamp,
        until: Timestamp,
    ) {
        let row = QueueIntervalRow {
            certain_until: Some(certain_until.max(member.since)),
            until: Some(until),
            ..open_row(member)
        };
        self.put(id, row);
    }

    fn open(&mut self, id: ExtensionId, member: &MemberState) {
        self.put(id, open_row(member));
    }

    fn put(&mut self, id: ExtensionId, row: QueueIntervalRow) {
        let key = (self.queue_id, id, row.from);
        self.delta.queue_intervals.insert(key, row);
    }
}

fn open_row(member: &MemberState) -> QueueIntervalRow {
    QueueIntervalRow {
        from: member.since,
        not_before: member.not_before,
        certain_until: None,
        until: None,
        accepts: member.accepts,
        position: member.position,
    }
}

#[cfg(test)]
mod tests;
