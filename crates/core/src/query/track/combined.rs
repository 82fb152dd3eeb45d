//! The track of a class that depends on call queues too: the track of the state beside the lanes of the queues, each with
//! bounds of its own.
//!
//! ```text
//! state      A A A A A A A A B B B B      available until 8, then busy; the change was seen at 8, not before 7
//! also                     B
//! queue      1 1 1 0 0 0 ? ? ? ? ? ?      signed out, seen at 3, not before 2; not swept from 6 on
//! also           0
//! class      r r r o o o ? ? b b b b      ready, signed out, unknown; busy is busy, signed in or not
//! also           o
//! ```
//!
//! A moment is known if all classes that are possible by what is not known are the same. Where the state is unknown or the
//! extension absent, so is the class.

use smallvec::SmallVec;

use presence_model::projection::ExistenceInterval;
use presence_model::time::{TimeRange, Timestamp};

use super::queue_lane::standing;
use super::{Ambiguity, Knowledge, Segment, Track};
use crate::query::classes::ClassId;
use crate::query::policy::{Decided, Decision, QueueStanding, QueueStandings};
use crate::query::queues::QueueEvidence;

/// What a class is decided by.
#[derive(Clone, Copy)]
pub(super) struct Deciding<'a> {
    /// By the class of the state's track.
    pub(super) decisions: &'a [Decision<ClassId>],
    /// The queues, in the order of the lanes.
    pub(super) evidence: &'a QueueEvidence,
    /// The lives of the extension.
    pub(super) existence: &'a [ExistenceInterval],
}

/// Makes `into` the track of the classes in `window`.
pub(super) fn combine(
    state: &Track,
    lanes: &[Track],
    deciding: Deciding<'_>,
    window: TimeRange,
    into: &mut Track,
) {
    let state_pieces = pieces(state);
    let lane_pieces: Vec<Vec<Piece>> = lanes.iter().map(pieces).collect();
    let mut lanes: Vec<&[Piece]> = lane_pieces.iter().map(Vec::as_slice).collect();
    let mut drawing = Drawing {
        deciding,
        window,
        into,
        last: None,
        open: Open::new(),
    };
    for piece in &state_pieces {
        let mut rest = Some(piece.span);
        while let Some(span) = rest {
            let mut to = span.to();
            let mut at_once: SmallVec<[Option<&Piece>; 4]> = SmallVec::new();
            for lane in &mut lanes {
                while let Some((first, later)) = lane.split_first()
                    && first.span.to() <= span.from()
                {
                    *lane = later;
                }
                let first = lane.first();
                let here = first.filter(|first| first.span.from() <= span.from());
                to = to.min(match (here, first) {
                    (Some(here), _) => here.span.to(),
                    (None, Some(first)) => first.span.from(),
                    (None, None) => Timestamp::MAX,
                });
                at_once.push(here);
            }
            let here = TimeRange::new(span.from(), to).unwrap_or(span);
            drawing.add(here, piece, &at_once);
            rest = TimeRange::new(to, span.to());
        }
    }
    drawing.finish();
}

/// A piece of a track in which the same is known and the same is possible throughout.
struct Piece {
    span: TimeRange,
    /// The segment that it lies in.
    segment: Segment,
    also: SmallVec<[Knowledge; 2]>,
}

fn pieces(track: &Track) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(track.segments.len() + 2 * track.ambiguities.len());
    track.for_each_segment(|bounded| {
        pieces.push(Piece {
            span: bounded.span,
            segment: *bounded.segment,
            also: bounded.also.iter().copied().collect(),
        });
    });
    pieces
}

/// How one extension stands to each of the queues.
struct Standings<'a> {
    evidence: &'a QueueEvidence,
    standings: &'a [QueueStanding],
}

impl QueueStandings for Standings<'_> {
    fn standing(&self, queue: &str) -> QueueStanding {
        let mut queues = self.evidence.queues.iter();
        let place = queues.position(|one| &*one.name == queue);
        let standing = place.and_then(|place| self.standings.get(place));
        standing.copied().unwrap_or(QueueStanding::Unknown)
    }
}

/// What is in doubt, and since when.
type Open = SmallVec<[(Knowledge, Timestamp); 4]>;

/// What was said of the piece before.
#[derive(Clone, Copy)]
struct Last {
    knowledge: Knowledge,
    to: Timestamp,
    /// Whether a lane was not read so far back.
    is_unread: bool,
}

struct Drawing<'a> {
    deciding: Deciding<'a>,
    window: TimeRange,
    into: &'a mut Track,
    last: Option<Last>,
    /// What else is possible, while the estimate is the last one.
    open: Open,
}

impl Drawing<'_> {
    fn add(&mut self, span: TimeRange, state: &Piece, lanes: &[Option<&Piece>]) {
        let estimates: SmallVec<[Knowledge; 4]> = lanes.iter().map(|lane| known(*lane)).collect();
        let estimate = self.class(state.segment.knowledge, &estimates);
        let also = self.also(estimate, state, lanes);
        let presumed = state.segment.presumed || self.rests_on_presumed(estimate, state, lanes);
        let not_before = self.opened(span.from(), estimate, state, lanes);
        self.note_transition(span.from(), estimate);
        self.note_doubts(span.from(), estimate, &also);
        self.last = Some(Last {
            knowledge: estimate,
            to: span.to(),
            is_unread: lanes.iter().any(Option::is_none),
        });
        match self.into.segments.last_mut() {
            Some(last) if last.knowledge == estimate && last.presumed == presumed => {
                last.span = last.span.until(span.to());
            }
            _ => self.into.segments.push(Segment {
                span,
                knowledge: estimate,
                presumed,
                not_before,
            }),
        }
    }

    /// The class where the state and the queues stand like this.
    fn class(&self, state: Knowledge, lanes: &[Knowledge]) -> Knowledge {
        let Knowledge::Known(decision) = state else {
            return state;
        };
        let decision = &self.deciding.decisions[decision.index()];
        self.asked(lanes, |standings| match decision.by(standings) {
            Decided::Class(class) => Knowledge::Known(class),
            Decided::Unknown => Knowledge::Unknown,
        })
    }

    /// Every class that is possible where the state and the queues stand like this.
    fn possible(&self, state: Knowledge, lanes: &[Knowledge], see: &mut dyn FnMut(Knowledge)) {
        let Knowledge::Known(decision) = state else {
            return see(state);
        };
        let decision = &self.deciding.decisions[decision.index()];
        self.asked(lanes, |standings| {
            decision.possible(standings, &mut |class| see(Knowledge::Known(*class)));
        });
    }

    fn asked<T>(&self, lanes: &[Knowledge], ask: impl FnOnce(&Standings<'_>) -> T) -> T {
        let standings: SmallVec<[QueueStanding; 4]> =
            lanes.iter().map(|lane| standing(*lane)).collect();
        ask(&Standings {
            evidence: self.deciding.evidence,
            standings: &standings,
        })
    }

    /// What else it may have been: every class that is possible by a combination of what the state and each queue may have
    /// been. Where a queue is unknown, that is any class that depends on it.
    fn also(
        &self,
        estimate: Knowledge,
        state: &Piece,
        lanes: &[Option<&Piece>],
    ) -> SmallVec<[Knowledge; 4]> {
        let mut also: SmallVec<[Knowledge; 4]> = SmallVec::new();
        let is_certain = state.also.is_empty()
            && lanes
                .iter()
                .all(|lane| lane.is_none_or(|lane| lane.also.is_empty()));
        if is_certain || estimate == Knowledge::Unknown {
            return also;
        }
        let possible = |piece: &Piece| -> SmallVec<[Knowledge; 4]> {
            let estimate = std::iter::once(piece.segment.knowledge);
            estimate.chain(piece.also.iter().copied()).collect()
        };
        let of_lane = |lane: Option<&Piece>| match lane {
            Some(piece) => possible(piece),
            None => SmallVec::from_elem(Knowledge::Unknown, 1),
        };
        let choices: Vec<SmallVec<[Knowledge; 4]>> = std::iter::once(possible(state))
            .chain(lanes.iter().copied().map(of_lane))
            .collect();
        // Counts through all combinations like an odometer.
        let mut wheels: SmallVec<[usize; 8]> = SmallVec::from_elem(0, choices.len());
        loop {
            let chosen: SmallVec<[Knowledge; 8]> = choices
                .iter()
                .zip(&wheels)
                .map(|(choices, wheel)| choices[*wheel])
                .collect();
            self.possible(chosen[0], &chosen[1..], &mut |class| {
                if class != estimate && !also.contains(&class) {
                    also.push(class);
                }
            });
            let turned = choices.iter().zip(&mut wheels).any(|(choices, wheel)| {
                *wheel = (*wheel + 1) % choices.len();
                *wheel != 0
            });
            if !turned {
                return also;
            }
        }
    }

    /// Whether the estimate would be unknown without what is presumed of queues.
    fn rests_on_presumed(
        &self,
        estimate: Knowledge,
        state: &Piece,
        lanes: &[Option<&Piece>],
    ) -> bool {
        let is_presumed = |lane: Option<&Piece>| lane.is_some_and(|piece| piece.segment.presumed);
        if !lanes.iter().copied().any(is_presumed) {
            return false;
        }
        let swept: SmallVec<[Knowledge; 4]> = lanes
            .iter()
            .map(|lane| known(lane.filter(|piece| !piece.segment.presumed)))
            .collect();
        self.class(state.segment.knowledge, &swept) != estimate
    }

    /// Before when the change that opens a segment at `at` cannot have happened; `None` where no change does.
    fn opened(
        &self,
        at: Timestamp,
        estimate: Knowledge,
        state: &Piece,
        lanes: &[Option<&Piece>],
    ) -> Option<Timestamp> {
        if estimate == Knowledge::Unknown {
            return None;
        }
        if let Some(last) = self.last.filter(|last| last.to == at && !last.is_unread) {
            if last.knowledge == Knowledge::Unknown {
                return None;
            }
            let mut open = self.open.iter();
            let doubt = open.find(|(other, _)| *other == estimate);
            return Some(doubt.map_or(at, |(_, since)| *since));
        }
        // What came before was not read: the segments that begin here say what they know of it.
        let all = std::iter::once(state).chain(lanes.iter().copied().flatten());
        let beginning = all.filter(|piece| piece.segment.span.from() == at);
        let mut latest = None;
        for piece in beginning {
            latest = latest.max(Some(piece.segment.not_before?));
        }
        latest
    }

    /// A change from one known class to another, with nothing unknown between: of what was before a gap, a window has not
    /// read enough.
    fn note_transition(&mut self, at: Timestamp, estimate: Knowledge) {
        let is_born = self.deciding.existence.iter().any(|life| life.from == at);
        let last = self.last.filter(|last| last.to == at && !is_born);
        if let (Some(Knowledge::Known(before)), Knowledge::Known(class)) =
            (last.map(|last| last.knowledge), estimate)
            && before != class
            && self.window.contains(at)
        {
            self.into.transitions.push(at);
        }
    }

    /// Closes the doubts that end at `at`, and opens those that begin there.
    fn note_doubts(&mut self, at: Timestamp, estimate: Knowledge, also: &[Knowledge]) {
        let before = self.last.filter(|last| last.to == at);
        let goes_on = before.is_some_and(|last| last.knowledge == estimate);
        let open = std::mem::take(&mut self.open);
        let (kept, ended): (Open, Open) = open
            .into_iter()
            .partition(|(other, _)| goes_on && also.contains(other));
        self.close(before, ended);
        self.open = kept;
        for other in also {
            if !self.open.iter().any(|(open, _)| open == other) {
                self.open.push((*other, at));
            }
        }
    }

    fn close(&mut self, last: Option<Last>, mut ended: Open) {
        let Some(last) = last else { return };
        ended.sort_by_key(|(_, since)| *since);
        let window = self.window;
        let doubts = ended.into_iter().filter_map(|(after, since)| {
            Some(Ambiguity {
                span: TimeRange::new(since, last.to).filter(|span| span.meets(window))?,
                before: last.knowledge,
                after,
            })
        });
        self.into.ambiguities.extend(doubts);
    }

    fn finish(mut self) {
        let open = std::mem::take(&mut self.open);
        self.close(self.last, open);
        let window = self.window;
        let segments = &mut self.into.segments;
        segments.retain_mut(|segment| match segment.span.clip(window) {
            Some(span) => {
                segment.span = span;
                true
            }
            None => false,
        });
    }
}

/// The estimate of a lane; what was not read is not known.
fn known(lane: Option<&Piece>) -> Knowledge {
    lane.map_or(Knowledge::Unknown, |lane| lane.segment.knowledge)
}
