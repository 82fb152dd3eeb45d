//! How one extension stood to one call queue, moment by moment, by the queue's own sweeps.
//!
//! ```text
//! sweeps    .     1     0           0        of the queue: 1 signed in, 0 signed out, . no member; valid_for = 2 minutes
//! minutes   0  1  2  3  4  5  6  7  8  9
//! estimate  .  .  1  1  0  ?  ?  ?  0  0     nothing brackets 4 to 8; what comes after 8 is presumed
//! also      1  1  0  0
//! ```

use presence_model::ids::ExtensionId;
use presence_model::queue::{Accepts, QueueSegment};
use presence_model::queue_projection::QueueIntervalRow;
use presence_model::time::{TimeRange, Timestamp};

use super::{Ambiguity, Knowledge, Segment, Tiling, Track};
use crate::query::classes::ClassId;
use crate::query::policy::QueueStanding;
use crate::query::queues::{QueueHistory, StandingAt};

const NO_MEMBER: Knowledge = Knowledge::Known(ClassId(0));
const SIGNED_OUT: Knowledge = Knowledge::Known(ClassId(1));
const SIGNED_IN: Knowledge = Knowledge::Known(ClassId(2));
const NOT_SAID: Knowledge = Knowledge::Known(ClassId(3));

/// What a lane says, as the standing that it stands for.
pub(super) fn standing(knowledge: Knowledge) -> QueueStanding {
    match knowledge {
        NO_MEMBER => QueueStanding::NoMember,
        SIGNED_OUT => QueueStanding::Member(Accepts::SignedOut),
        SIGNED_IN => QueueStanding::Member(Accepts::SignedIn),
        NOT_SAID => QueueStanding::Member(Accepts::NotSaid),
        Knowledge::Known(_) | Knowledge::Unknown | Knowledge::Absent => QueueStanding::Unknown,
    }
}

fn accepted(accepts: Accepts) -> Knowledge {
    match accepts {
        Accepts::SignedOut => SIGNED_OUT,
        Accepts::SignedIn => SIGNED_IN,
        Accepts::NotSaid => NOT_SAID,
    }
}

/// The lane of an extension, from as early as its rows tell until `to`, as known at `now`.
pub(super) fn lane(
    queue: &QueueHistory,
    extension: ExtensionId,
    to: Timestamp,
    now: Timestamp,
) -> Track {
    let rows = queue.rows(extension);
    // Before the first row that was read there may be others.
    let read_from = rows
        .first()
        .map(|row| row.from)
        .filter(|from| *from < queue.read_from);
    let mut track = Track::default();
    let Some(window) = TimeRange::new(read_from.unwrap_or(Timestamp::MIN), to) else {
        return track;
    };
    let mut lane = Lane {
        tiling: Tiling::new(&mut track.segments, window, &[]),
        ambiguities: &mut track.ambiguities,
        now,
        to,
    };
    let mut rest = rows;
    for (index, segment) in queue.coverage.iter().enumerate() {
        let next = queue.coverage.get(index + 1);
        let ends_before = next.map_or(Timestamp::MAX, |next| next.from);
        let (of_segment, later) = rest.split_at(rest.partition_point(|row| row.from < ends_before));
        rest = later;
        lane.follow(segment, of_segment, next.is_none());
    }
    lane.tiling.finish();
    track
}

struct Lane<'a> {
    tiling: Tiling<'a>,
    ambiguities: &'a mut Vec<Ambiguity>,
    now: Timestamp,
    to: Timestamp,
}

impl Lane<'_> {
    /// One time range of uninterrupted sweeps, and the rows that begin in it.
    fn follow(&mut self, segment: &QueueSegment, rows: &[QueueIntervalRow], is_last: bool) {
        // Since when what is said: no member, until the first row begins.
        let (mut since, mut knowledge, mut opened) = (segment.from, NO_MEMBER, None);
        for (index, row) in rows.iter().enumerate() {
            self.push(since, row.from, knowledge, opened);
            self.doubt(row.not_before, row.from, (knowledge, accepted(row.accepts)));
            (since, knowledge, opened) = (row.from, accepted(row.accepts), row.not_before);
            let Some(until) = row.until else {
                break;
            };
            self.push(since, until, knowledge, opened);
            if rows.get(index + 1).is_some_and(|next| next.from == until) {
                since = until;
                continue;
            }
            // It ended by leaving the queue, or by the gap with which the segment ends.
            let certain_until = row.certain_until.filter(|certain| *certain < until);
            if certain_until.is_some() {
                self.doubt(certain_until, until, (knowledge, NO_MEMBER));
                (since, knowledge, opened) = (until, NO_MEMBER, certain_until);
            } else {
                since = until;
            }
        }
        let known_to = segment.to().max(since);
        self.push(since, known_to, knowledge, opened);
        if is_last && segment.last_sweep().brackets(self.now) {
            let presumed = Segment {
                presumed: true,
                ..piece(known_to, knowledge, opened)
            };
            self.tiling.push(known_to, self.to, presumed);
        }
    }

    fn push(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        knowledge: Knowledge,
        opened: Option<Timestamp>,
    ) {
        let to = to.min(self.to);
        self.tiling.push(from, to, piece(from, knowledge, opened));
    }

    /// A change between two standings that was seen at `observed_at`, and cannot have been before.
    fn doubt(
        &mut self,
        not_before: Option<Timestamp>,
        observed_at: Timestamp,
        (before, after): (Knowledge, Knowledge),
    ) {
        let from = not_before.filter(|_| before != after && observed_at <= self.now);
        let span = from.and_then(|from| TimeRange::new(from, observed_at));
        self.ambiguities.extend(span.map(|span| Ambiguity {
            span,
            before,
            after,
        }));
    }
}

/// A piece of the estimate; its span is set where it is laid.
fn piece(from: Timestamp, knowledge: Knowledge, not_before: Option<Timestamp>) -> Segment {
    Segment {
        span: TimeRange::of_moment(from),
        knowledge,
        presumed: false,
        not_before,
    }
}

/// How an extension stood to a queue at a moment.
pub(in crate::query) fn at(
    queue: &QueueHistory,
    extension: ExtensionId,
    moment: Timestamp,
    now: Timestamp,
) -> StandingAt {
    let unknown = |since| StandingAt {
        standing: QueueStanding::Unknown,
        presumed: false,
        since,
        since_earliest: None,
    };
    let covering = queue.coverage.iter().rposition(|one| one.from <= moment);
    let Some(index) = covering.filter(|_| moment <= now) else {
        return unknown(None);
    };
    let (segment, is_last) = (&queue.coverage[index], index + 1 == queue.coverage.len());
    let rows = queue.rows(extension).iter();
    let row = rows
        .rev()
        .find(|row| segment.from <= row.from && row.from <= moment);
    let (mut knowledge, mut since, mut since_earliest) = (NO_MEMBER, segment.from, None);
    if let Some(row) = row {
        let is_left = row.certain_until < row.until;
        if let Some(left_at) = row.until.filter(|until| *until <= moment && is_left) {
            (since, since_earliest) = (left_at, row.certain_until);
        } else {
            knowledge = accepted(row.accepts);
            (since, since_earliest) = (row.from, row.not_before);
        }
    }
    let known_to = segment.to().max(since);
    let is_presumed = moment > known_to;
    if is_presumed && !(is_last && segment.last_sweep().brackets(now)) {
        return unknown(Some(known_to));
    }
    StandingAt {
        standing: standing(knowledge),
        presumed: is_presumed,
        since: Some(since),
        since_earliest,
    }
}
