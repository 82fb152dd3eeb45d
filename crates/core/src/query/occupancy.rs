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

    /// The counts over the window.
    pub fn segments(mut self, window: TimeRange) -> CountSegments {
        self.settle();
        let mut begins = self.changes;
        if begins.first().is_none_or(|(after_ms, _)| *after_ms > 0) {
            begins.insert(0, (0, Counts::default()));
        }
        let mut counts = Counts::default();
        for (_, change) in &mut begins {
            counts = counts.plus(*change);
            *change = counts;
        }
        CountSegments { window, begins }
    }
}

/// The counts over a window: the segments in which they are the same, by time; they tile it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountSegments {
    window: TimeRange,
    /// When each segment begins, in milliseconds after the window's start, and its counts. **Invariant:** by time, from 0 on.
    begins: Vec<(i64, Counts)>,
}

impl CountSegments {
    /// No one, all the time.
    pub fn nobody(window: TimeRange) -> Self {
        Occupancy::default().segments(window)
    }

    /// The segments, by time.
    pub fn iter(&self) -> impl Iterator<Item = (TimeRange, Counts)> + '_ {
        let ends = self.begins.iter().skip(1).map(|(after_ms, _)| *after_ms);
        let ends = ends.chain([self.window.duration_ms()]);
        let at = |after_ms: i64| self.window.from().plus_ms(after_ms);
        let segments = self.begins.iter().zip(ends);
        segments.filter_map(move |((begin_ms, counts), end_ms)| {
            Some((TimeRange::new(at(*begin_ms), at(end_ms))?, *counts))
        })
    }
}

/// Adds the changes of `other` to those of `one`: from the latest on, in place, since there may be millions.
fn merged(mut one: Vec<(i64, Counts)>, other: Vec<(i64, Counts)>) -> Vec<(i64, Counts)> {
    if one.is_empty() {
        return other;
    }
    let mut left = one.len();
    let mut free = left + other.len();
    one.reserve_exact(other.len());
    one.resize(free, (0, Counts::default()));
    for (at, change) in other.into_iter().rev() {
        while left > 0 && one[left - 1].0 > at {
            left -= 1;
            free -= 1;
            one[free] = one[left];
        }
        free -= 1;
        one[free] = (at, change);
        if left > 0 && one[left - 1].0 == at {
            left -= 1;
            one[free].1 = change.plus(one[left].1);
        }
    }
    // What is left stands where it stood; where moments were in both, places are free behind it.
    one.drain(left..free);
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(changes: &[(i64, i32)]) -> Vec<(i64, Counts)> {
        let changes = changes.iter().map(|(at, known)| {
            let known = *known;
            (
                *at,
                Counts {
                    known,
                    ..Counts::default()
                },
            )
        });
        changes.collect()
    }

    #[track_caller]
    fn check(one: &[(i64, i32)], other: &[(i64, i32)], expected: &[(i64, i32)]) {
        for (one, other) in [(one, other), (other, one)] {
            assert_eq!(merged(known(one), known(other)), known(expected));
        }
    }

    #[test]
    fn changes_of_the_same_moment_are_added_up() {
        check(&[], &[], &[]);
        check(&[(0, 1)], &[], &[(0, 1)]);
        check(
            &[(0, 1), (5, -1)],
            &[(2, 1), (9, -1)],
            &[(0, 1), (2, 1), (5, -1), (9, -1)],
        );
        check(
            &[(0, 1), (5, -1)],
            &[(0, 1), (5, 1), (7, -2)],
            &[(0, 2), (5, 0), (7, -2)],
        );
        check(
            &[(3, 1)],
            &[(1, 1), (2, -1), (3, 4)],
            &[(1, 1), (2, -1), (3, 5)],
        );
        check(
            &[(1, 1), (2, 1)],
            &[(8, 1), (9, 1)],
            &[(1, 1), (2, 1), (8, 1), (9, 1)],
        );
    }

    #[test]
    fn segments_tile_the_window() {
        let at = |ms| Timestamp::from_ms(ms).expect("it is a time");
        let window = TimeRange::new(at(1_000), at(2_000)).expect("it has a length");
        let shown = |changes: &[(i64, i32)]| {
            let occupancy = Occupancy {
                changes: known(changes),
                ..Occupancy::default()
            };
            let segments = occupancy.segments(window);
            let shown = segments
                .iter()
                .map(|(span, counts)| (span.from().as_ms(), span.to().as_ms(), counts.known));
            shown.collect::<Vec<_>>()
        };
        assert_eq!(shown(&[]), [(1_000, 2_000, 0)]);
        assert_eq!(
            shown(&[(0, 2), (300, -1)]),
            [(1_000, 1_300, 2), (1_300, 2_000, 1)]
        );
        // What changes at the end of the window is after it.
        assert_eq!(
            shown(&[(400, 1), (1_000, -1)]),
            [(1_000, 1_400, 0), (1_400, 2_000, 1)]
        );
    }
}
