//! One extension's window, counted into its cells.
//!
//! ```text
//! track    A A A A a a B B B ? ? ?      a: A in the estimate, perhaps B already
//! cells        [ row 0       ] [ row 1 …
//! counted      A 2,  A 2 (B?), B 3 …    each piece that lies in one cell is a few additions in a flat array
//! ```
//!
//! What is known of a class in a row is one slot; slots lie class by class, so that a class that shows up is appended.
//! Pieces come in the order of time, so the first one of a class in a row shows when it was first, and the last one
//! when it was last; how early that can have been is worked out once a row, at the end.

use presence_model::time::Timestamp;

use super::classes::ClassId;
use super::report::{Amount, ClassRow, First, Moment, Row};
use super::schedule_slots::{Cell, Cursor, ScheduleSlots};
use super::track::{BoundedSegment, Knowledge, Track};

/// The counts of one extension; used for one after the other, so that its memory is.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    rows: Vec<RowTally>,
    /// The classes that were possible, in the order of their slots.
    classes: Vec<ClassId>,
    /// By class: its place in `classes`.
    places: Vec<Option<u32>>,
    /// By class, then by row.
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug, Default)]
struct RowTally {
    unknown_ms: i64,
    absent_ms: i64,
    transitions: i64,
}

/// What is known of a class in a row.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    amount: Amount,
    first: Option<Beginning>,
    last: Option<Ending>,
}

/// Where a class first held in a row.
#[derive(Clone, Copy, Debug)]
struct Beginning {
    at: Timestamp,
    cell: usize,
    /// The earliest moment at which it can have begun; `None` where there was no sweep before.
    begun_earliest: Option<Timestamp>,
}

/// Where a class last held in a row.
#[derive(Clone, Copy, Debug)]
struct Ending {
    at: Timestamp,
    cell: usize,
    /// Until when it held, cells or not.
    held_until: Timestamp,
    /// The last sweep, if it is presumed to have held since then.
    presumed_since: Option<Timestamp>,
}

impl Tally {
    /// Counts a track into cells, whatever was counted before.
    pub(super) fn count(&mut self, track: &Track, cells: &ScheduleSlots) {
        self.clear(cells.rows.len());
        self.count_pieces(track, cells);
        self.count_transitions(track, cells);
    }

    fn clear(&mut self, row_count: usize) {
        for class in self.classes.drain(..) {
            self.places[class.index()] = None;
        }
        self.slots.clear();
        self.rows.clear();
        self.rows.resize(row_count, RowTally::default());
    }

    fn count_pieces(&mut self, track: &Track, cells: &ScheduleSlots) {
        let mut cursor = Cursor::new(&cells.cells);
        let mut begun_earliest = None;
        let mut previous = Knowledge::Unknown;
        track.for_each_segment(|piece| {
            // A class goes on where it is presumed.
            if piece.segment.knowledge != previous {
                previous = piece.segment.knowledge;
                begun_earliest = piece.segment.not_before;
            }
            cursor.meet(piece.span, |cell, common| {
                let row = cells.cells[cell].row;
                self.count_piece(piece, row, common.duration_ms());
                if let Knowledge::Known(class) = previous {
                    let slot = self.slot(class, row);
                    slot.first.get_or_insert(Beginning {
                        at: common.from(),
                        cell,
                        begun_earliest,
                    });
                    slot.last = Some(Ending {
                        at: common.to(),
                        cell,
                        held_until: piece.segment.span.to(),
                        presumed_since: piece.segment.presumed.then_some(piece.segment.span.from()),
                    });
                }
            });
        });
    }

    #[inline]
    fn count_piece(&mut self, piece: &BoundedSegment<'_>, row: usize, duration_ms: i64) {
        match piece.segment.knowledge {
            Knowledge::Known(class) => {
                let amount = &mut self.slot(class, row).amount;
                amount.ms += duration_ms;
                amount.max_ms += duration_ms;
                if piece.is_certain() {
                    amount.min_ms += duration_ms;
                }
            }
            Knowledge::Unknown => self.rows[row].unknown_ms += duration_ms,
            Knowledge::Absent => self.rows[row].absent_ms += duration_ms,
        }
        for other in piece.also {
            if let Knowledge::Known(class) = *other {
                self.slot(class, row).amount.max_ms += duration_ms;
            }
        }
    }

    #[inline]
    fn slot(&mut self, class: ClassId, row: usize) -> &mut Slot {
        let known = self.places.get(class.index()).copied().flatten();
        let place = known.unwrap_or_else(|| self.new_place(class));
        &mut self.slots[ClassId(place).index() * self.rows.len() + row]
    }

    #[cold]
    fn new_place(&mut self, class: ClassId) -> u32 {
        let index = class.index();
        if self.places.len() <= index {
            self.places.resize(index + 1, None);
        }
        let place = u32::try_from(self.classes.len()).expect("a class is a 32-bit number");
        self.places[index] = Some(place);
        self.classes.push(class);
        let size = self.slots.len() + self.rows.len();
        self.slots.resize(size, Slot::default());
        place
    }

    fn count_transitions(&mut self, track: &Track, cells: &ScheduleSlots) {
        let mut from = 0;
        for &at in &track.transitions {
            if let Some(cell) = cells.containing(at, &mut from) {
                self.rows[cell.row].transitions += 1;
            }
        }
    }

    /// The rows, in the order of the cells' rows, each with the number of its bucket.
    pub(super) fn finish(&self, track: &Track, cells: &ScheduleSlots) -> Vec<(usize, Row)> {
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        order.sort_unstable_by_key(|&place| self.classes[place]);
        let rows = self.rows.iter().zip(&cells.rows).enumerate();
        rows.map(|(index, (row, place))| {
            let slots = order.iter().map(|&place| {
                let slot = &self.slots[place * self.rows.len() + index];
                (self.classes[place], slot)
            });
            let possible = slots.filter(|(_, slot)| slot.amount.max_ms > 0);
            let known_ms = place.scheduled_ms - row.unknown_ms - row.absent_ms;
            let finished = Row {
                planned_absent_ms: 0,
                contributor_count: i64::from(known_ms > 0),
                figures: None,
                scheduled_ms: place.scheduled_ms,
                unknown_ms: row.unknown_ms,
                absent_ms: row.absent_ms,
                transitions: row.transitions,
                classes: possible
                    .map(|(class, slot)| slot.finish(class, track, &cells.cells))
                    .collect(),
            };
            (place.bucket, finished)
        })
        .collect()
    }
}

impl Slot {
    fn finish(&self, class: ClassId, track: &Track, cells: &[Cell]) -> ClassRow {
        ClassRow {
            class,
            amount: self.amount,
            first: self.first.map(|beginning| beginning.first(cells)),
            last: self.last.map(|ending| ending.last(track, cells)),
        }
    }
}

impl Beginning {
    /// When it was, and the earliest that it can have been: the first scheduled moment of the row that is not before
    /// the earliest at which the class can have begun.
    fn first(self, cells: &[Cell]) -> First {
        let cell = &cells[self.cell];
        let at = self.at;
        if cell.previous.is_none() && cell.span.from() == at {
            return First::bounded(at, at);
        }
        let Some(begun) = self.begun_earliest else {
            return First::unbounded(at);
        };
        let possible = backwards(cells, self.cell).take_while(|cell| cell.span.to() > begun);
        let moments = possible.map(|cell| cell.span.from().max(begun));
        First::bounded(at, moments.last().unwrap_or(at).min(at))
    }
}

impl Ending {
    /// Until when it was, and the earliest that it can have been: the last scheduled moment of the row that is not
    /// after the earliest at which the class can have ended. What is presumed can have ended right after the last sweep.
    fn last(self, track: &Track, cells: &[Cell]) -> Moment {
        let at = self.at;
        let ended_earliest = self
            .presumed_since
            .or_else(|| track.ended_earliest(self.held_until));
        let earliest = match ended_earliest {
            Some(ended) if ended < at => {
                let mut first_of_row = at;
                let mut before = backwards(cells, self.cell);
                let holds = before.find(|cell| {
                    first_of_row = cell.span.from();
                    first_of_row <= ended
                });
                holds.map_or(first_of_row, |cell| ended.min(cell.span.to()))
            }
            _ => at,
        };
        Moment {
            at,
            earliest: Some(earliest),
        }
    }
}

/// A cell and those before it in the same row.
fn backwards(cells: &[Cell], from: usize) -> impl Iterator<Item = &Cell> {
    let indices = std::iter::successors(Some(from), |&index| cells[index].previous);
    indices.map(|index| &cells[index])
}
