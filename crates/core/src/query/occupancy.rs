//! How many people at once: known to be in a class, certainly, possibly, and unknown, over time.
//!
//! ```text
//! extension 101   A A A a B B ? ?      a: A in the estimate, perhaps B already
//! extension 102   B B A A A A A A
//! known in A      1 1 2 2 1 1 1 1      the estimate
//! guaranteed      1 1 2 1 1 1 1 1      without what is ambiguous or presumed
//! possible        1 1 2 2 1 1 2 2      with what is ambiguous or unknown
//! existing        2 2 2 2 2 2 2 2      known or unknown, and not absent
//! ```
//!
//! An extension leaves an edge where its contribution changes. Edges are one number each, sorted now and then and added
//! up where they are of the same moment, which those of one page of a sweep are.

use super::classes::ClassId;
use super::schedule_slots::{Cursor, ScheduleSlots};
use super::track::{BoundedSegment, Knowledge, Track};
use presence_model::time::{TimeRange, Timestamp};

/// How many people at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those certainly in the class. **Invariant:** `guaranteed <= known <= possible`.
    pub guaranteed: i32,
    /// Those in it by the estimate.
    pub known: i32,
    /// Those possibly in it, including everyone unknown.
    pub possible: i32,
    /// Those of whom nothing is known.
    pub unknown: i32,
    /// Those who exist, whether anything else is known of them or not. **Invariant:** `unknown <= existing`.
    pub existing: i32,
}

impl Counts {
    /// Whether there are people, and nothing is known of any of them.
    pub fn is_nobody_known(&self) -> bool {
        self.existing > 0 && self.unknown == self.existing
    }

    /// What one extension contributes where a piece lies.
    fn of(piece: &BoundedSegment<'_>, class: Option<ClassId>) -> Self {
        let is = |holds: bool| i32::from(holds);
        let knowledge = piece.segment.knowledge;
        let is_unknown = knowledge == Knowledge::Unknown;
        Self {
            guaranteed: is(class.is_some_and(|class| piece.is_certainly(class))),
            known: is(class.is_some_and(|class| knowledge == Knowledge::Known(class))),
            possible: is(is_unknown || class.is_some_and(|class| piece.is_possibly(class))),
            unknown: is(is_unknown),
            existing: is(knowledge != Knowledge::Absent),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            guaranteed: self.guaranteed + other.guaranteed,
            known: self.known + other.known,
            possible: self.possible + other.possible,
            unknown: self.unknown + other.unknown,
            existing: self.existing + other.existing,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            guaranteed: self.guaranteed - other.guaranteed,
            known: self.known - other.known,
            possible: self.possible - other.possible,
            unknown: self.unknown - other.unknown,
            existing: self.existing - other.existing,
        }
    }
}

/// A change of one extension's contribution, as one number that sorts by time: so many milliseconds after the window's
/// start, then for each count whether it falls, stays or rises, in two bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge(i64);

/// Two bits for each count of [`Counts`]. The milliseconds of ten thousand years leave room for more.
const CHANGE_BITS: u32 = 10;

impl Edge {
    fn new(after_ms: i64, change: Counts) -> Self {
        let Counts {
            guaranteed,
            known,
            possible,
            unknown,
            existing,
        } = change;
        let steps = [guaranteed, known, possible, unknown, existing];
        let bits = steps
            .iter()
            .fold(0, |bits, step| bits << 2 | i64::from(step + 1));
        Self(after_ms << CHANGE_BITS | bits)
    }

    fn after_ms(self) -> i64 {
        self.0 >> CHANGE_BITS
    }

    fn change(self) -> Counts {
        let step = |place: u32| i32::from((self.0 >> (2 * place)).to_le_bytes()[0] & 3) - 1;
        Counts {
            guaranteed: step(4),
            known: step(3),
            possible: step(2),
            unknown: step(1),
            existing: step(0),
        }
    }
}

/// So many edges are kept as they come before they are sorted and added up.
const EDGES_MAX: usize = 1 << 20;

/// The counts of a group over a window, made extension by extension.
///
/// **Invariant:** the result is the same in whichever order extensions are added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occupancy {
    edges: Vec<Edge>,
    /// By time, in milliseconds after the window's start; each moment once.
    changes: Vec<(i64, Counts)>,
}

impl Occupancy {
    /// Adds one extension's contribution within its cells; `class` is `None` if no state is of the class.
    pub(super) fn add(
        &mut self,
        track: &Track,
        cells: &ScheduleSlots,
        class: Option<ClassId>,
        window: TimeRange,
    ) {
        let mut cursor = Cursor::new(&cells.cells);
        let mut latest = Counts::default();
        let mut step = |at: Timestamp, counts: Counts| {
            let change = counts.minus(latest);
            if change != Counts::default() {
                let after_ms = at.since_ms(window.from());
                self.edges.push(Edge::new(after_ms, change));
            }
            latest = counts;
        };
        let mut reached = window.from();
        track.for_each_segment(|piece| {
            let counts = Counts::of(piece, class);
            cursor.meet(piece.span, |_, common| {
                if reached < common.from() {
                    step(reached, Counts::default());
                }
                step(common.from(), counts);
                reached = common.to();
            });
        });
        step(reached, Counts::default());
        if self.edges.len() >= EDGES_MAX.max(self.changes.len() / 2) {
            self.settle();
        }
    }

    /// Adds what other extensions contribute.
    pub fn merge(&mut self, mut other: Self) {
        other.settle();
        self.settle();
        self.changes = merged(std::mem::take(&mut self.changes), other.changes);
    }

    /// Sorts what has come and adds it up.
    fn settle(&mut self) {
        // Each extension's are in order already, which this way of sorting makes use of.
        self.edges.sort();
        let mut latest: Vec<(i64, Counts)> = Vec::new();
        for edge in self.edges.drain(..) {
            match latest.last_mut() {
                Some((at, change)) if *at == edge.after_ms() => {
                    *change = change.plus(edge.change());
                }
                _ => latest.push((edge.after_ms(), edge.change())),
            }
        }
        self.changes = merged(std::mem::take(&mut self.changes), latest);
    }

    /// The segments of the window in which the counts are the same, by time; they tile it.
    pub fn segments(mut self, window: TimeRange) -> Vec<(TimeRange, Counts)> {
        self.settle();
        let ends = self.changes.iter().skip(1).map(|(after_ms, _)| *after_ms);
        let ends = ends.chain([window.duration_ms()]);
        let begins = self
            .changes
            .first()
            .map_or(window.duration_ms(), |first| first.0);
        let at = |after_ms: i64| window.from().plus_ms(after_ms);
        let before =
            TimeRange::new(window.from(), at(begins)).map(|span| (span, Counts::default()));
        let mut counts = Counts::default();
        let segments = self.changes.iter().zip(ends).filter_map(|(change, end)| {
            counts = counts.plus(change.1);
            Some((TimeRange::new(at(change.0), at(end))?, counts))
        });
        before.into_iter().chain(segments).collect()
    }
}

fn merged(one: Vec<(i64, Counts)>, other: Vec<(i64, Counts)>) -> Vec<(i64, Counts)> {
    if other.is_empty() {
        return one;
    }
    if one.is_empty() {
        return other;
    }
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let next = [one.peek(), other.peek()].into_iter().flatten();
        let Some(at) = next.map(|next| next.0).min() else {
            return merged;
        };
        let mut sum = Counts::default();
        for side in [&mut one, &mut other] {
            if let Some((_, change)) = side.next_if(|next| next.0 == at) {
                sum = sum.plus(*change);
            }
        }
        merged.push((at, sum));
    }
}
