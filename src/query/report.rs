//! How long each class held, in groups and buckets of time, with the bounds within which the truth lies.
//!
//! ```text
//! min_ms   certainly in the class: the estimate without what is ambiguous or presumed
//! ms       the estimate: each state lasts until the next change was seen
//! max_ms   possibly in the class: with what is ambiguous
//! ```
//!
//! Sums are sums of milliseconds; nothing is averaged.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::model::HashMap;
use crate::model::history::{Dictionary, ExtensionHistory};
use crate::model::time::{Span, Timestamp};

use super::calendar::Schedule;
use super::classes::ClassId;
use super::group::{ExtensionOrder, GroupBy, RowKey};
use super::track::{Frame, Knowledge, Piece, Stretch, Track};

/// How long a class held, in milliseconds. **Invariant:** `min_ms <= ms <= max_ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// The estimate.
    pub ms: i64,
    /// What is certain.
    pub min_ms: i64,
    /// What is possible.
    pub max_ms: i64,
}

/// A first or last moment, and the earliest that it can have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The estimate.
    pub at: Timestamp,
    /// The earliest possible; `None` where nobody looked before.
    pub earliest: Option<Timestamp>,
}

/// One row of a report.
///
/// **Invariant:** the sum of [`Amount::ms`] over all classes, `unknown_ms` and `absent_ms` is `scheduled_ms`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// How much time the schedule has in the row, over all its extensions, in milliseconds.
    pub scheduled_ms: i64,
    /// How much time would be in the schedule but for planned absence; it counts nowhere else.
    pub planned_absent_ms: i64,
    /// How much of it nobody looked at.
    pub unknown_ms: i64,
    /// How much of it they did not exist.
    pub absent_ms: i64,
    /// How long each class held; classes that were never possible are left out.
    pub amounts: ByClass<Amount>,
    /// How often the class was seen to have changed.
    pub transitions: i64,
    /// The first moment at which each class held.
    pub first: ByClass<Moment>,
    /// The last moment until which each class held.
    pub last: ByClass<Moment>,
}

/// A few values by class: there are seldom more than five, so a list is faster than a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByClass<T>(Vec<(ClassId, T)>);

impl<T> Default for ByClass<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> ByClass<T> {
    /// The value of a class.
    pub fn get(&self, class: ClassId) -> Option<T> {
        self.iter()
            .find_map(|(known, value)| (known == class).then_some(value))
    }

    /// The values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (ClassId, T)> + '_ {
        self.0.iter().copied()
    }

    /// The value of a class, made if it is not there.
    fn entry(&mut self, class: ClassId, make: impl FnOnce() -> T) -> &mut T {
        let known = self.0.iter().position(|(known, _)| *known == class);
        let index = known.unwrap_or_else(|| {
            self.0.push((class, make()));
            self.0.len() - 1
        });
        &mut self.0[index].1
    }
}

/// The rows of a report, filled extension by extension.
#[derive(Clone, Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
    index: BTreeMap<RowKey, usize>,
}

/// A stretch of scheduled time, and the rows that it counts in.
#[derive(Clone, Debug)]
struct Cell {
    span: Span,
    rows: SmallVec<[InRow; 1]>,
}

/// A cell's place in one row.
#[derive(Clone, Copy, Debug)]
struct InRow {
    row: usize,
    /// The extension's previous cell in the same row.
    previous: Option<usize>,
}

impl Report {
    /// A report without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rows, by department, site, queue, extension and time.
    pub fn rows(&self) -> impl Iterator<Item = (&RowKey, &Row)> {
        self.index
            .iter()
            .map(|(key, &index)| (key, &self.rows[index]))
    }

    /// Counts one extension's window in. It gets rows if it existed at some moment of the window.
    pub fn add(
        &mut self,
        history: &ExtensionHistory,
        dictionary: &Dictionary,
        frame: &Frame<'_>,
        schedule: &Schedule,
        group_by: GroupBy,
    ) {
        let window = frame.window;
        let existed = history.lives.iter().any(|life| {
            life.from < window.to() && life.until.is_none_or(|until| until > window.from())
        });
        if !existed {
            return;
        }
        let cells = self.cells(history, dictionary, schedule, group_by);
        let track = Track::of(history, frame);
        for cell in &cells {
            for place in &cell.rows {
                self.rows[place.row].scheduled_ms += cell.span.duration_ms();
            }
        }
        self.add_amounts(&track, &cells);
        self.add_transitions(&track, &cells);
        self.add_first_and_last(&track, &cells);
    }

    /// Counts one extension's planned absence in, given as the schedule that it takes away.
    pub fn add_planned_absence(
        &mut self,
        history: &ExtensionHistory,
        dictionary: &Dictionary,
        away: &Schedule,
        group_by: GroupBy,
    ) {
        for cell in self.cells(history, dictionary, away, group_by) {
            for place in &cell.rows {
                self.rows[place.row].planned_absent_ms += cell.span.duration_ms();
            }
        }
    }

    /// The scheduled stretches of an extension, cut where its profile changes groups, each with its rows.
    fn cells(
        &mut self,
        history: &ExtensionHistory,
        dictionary: &Dictionary,
        schedule: &Schedule,
        group_by: GroupBy,
    ) -> Vec<Cell> {
        let labels: Vec<Arc<str>> = schedule
            .labels
            .iter()
            .map(|label| Arc::from(label.as_str()))
            .collect();
        let groups = group_stretches(history, dictionary, group_by);
        let mut cells = Vec::with_capacity(schedule.slices.len());
        let mut latest: HashMap<usize, usize> = HashMap::default();
        let mut group_index = 0;
        for slice in &schedule.slices {
            let label = &labels[slice.bucket as usize];
            let mut at = slice.span.from();
            while let Some(rest) = Span::new(at, slice.span.to()) {
                while groups
                    .get(group_index)
                    .is_some_and(|group| group.until.is_some_and(|until| until <= at))
                {
                    group_index += 1;
                }
                let group = &groups[group_index.min(groups.len() - 1)];
                let to = group.until.map_or(rest.to(), |until| until.min(rest.to()));
                let span = Span::new(at, to).unwrap_or(rest);
                let places = group.keys.iter().map(|key| {
                    let row = self.row(key, label);
                    let previous = latest.insert(row, cells.len());
                    InRow { row, previous }
                });
                let rows = places.collect();
                cells.push(Cell { span, rows });
                at = span.to();
            }
        }
        cells
    }

    fn row(&mut self, key: &RowKey, label: &Arc<str>) -> usize {
        let key = RowKey {
            bucket: Arc::clone(label),
            ..key.clone()
        };
        let next = self.rows.len();
        let index = *self.index.entry(key).or_insert(next);
        if index == next {
            self.rows.push(Row::default());
        }
        index
    }

    fn add_amounts(&mut self, track: &Track, cells: &[Cell]) {
        let mut cells = cells;
        for piece in track.pieces() {
            while let Some((first, rest)) = cells.split_first()
                && first.span.to() <= piece.span.from()
            {
                cells = rest;
            }
            for cell in cells {
                let Some(common) = cell.span.clip(piece.span) else {
                    break;
                };
                for place in &cell.rows {
                    self.rows[place.row].add_piece(&piece, common.duration_ms());
                }
            }
        }
    }

    fn add_transitions(&mut self, track: &Track, cells: &[Cell]) {
        for transition in &track.transitions {
            let index = cells.partition_point(|cell| cell.span.to() <= transition.observed_at);
            let hit = cells
                .get(index)
                .filter(|cell| cell.span.contains(transition.observed_at));
            for place in hit.iter().flat_map(|cell| &cell.rows) {
                self.rows[place.row].transitions += 1;
            }
        }
    }

    fn add_first_and_last(&mut self, track: &Track, cells: &[Cell]) {
        let runs = class_runs(track);
        let mut first_cell = 0;
        for run in &runs {
            while cells
                .get(first_cell)
                .is_some_and(|cell| cell.span.to() <= run.span.from())
            {
                first_cell += 1;
            }
            for cell in &cells[first_cell..] {
                let Some(common) = cell.span.clip(run.span) else {
                    break;
                };
                for &place in &cell.rows {
                    let own = OwnCells { cells, cell, place };
                    let first = own.first(common, run);
                    let last = own.last(common, run);
                    self.rows[place.row].add_run(run.class, first, last);
                }
            }
        }
    }
}

impl Row {
    fn add_piece(&mut self, piece: &Piece, duration_ms: i64) {
        match piece.estimate {
            Knowledge::Known(class) => {
                let amount = self.amounts.entry(class, Amount::default);
                amount.ms += duration_ms;
                amount.max_ms += duration_ms;
                if piece.is_certainly(class) {
                    amount.min_ms += duration_ms;
                }
            }
            Knowledge::Unknown => self.unknown_ms += duration_ms,
            Knowledge::Absent => self.absent_ms += duration_ms,
        }
        for other in &piece.also {
            if let Knowledge::Known(class) = *other {
                self.amounts.entry(class, Amount::default).max_ms += duration_ms;
            }
        }
    }

    fn add_run(&mut self, class: ClassId, first: Moment, last: Moment) {
        let kept = self.first.entry(class, || first);
        if first.at < kept.at {
            // Whoever was seen first, somebody else of the group may have been earlier still.
            let earliest = first
                .earliest
                .map(|own| kept.earliest.map_or(own, |other| own.min(other)));
            *kept = Moment { earliest, ..first };
        } else if let Some(earliest) = kept.earliest {
            kept.earliest = Some(earliest.min(first.earliest.unwrap_or(earliest)));
        }
        let kept = self.last.entry(class, || last);
        if last.at > kept.at {
            *kept = last;
        } else if last.at == kept.at {
            kept.earliest = kept.earliest.max(last.earliest);
        }
    }
}

/// The stretch of one group membership; the first one reaches back as far as need be.
struct GroupStretch {
    until: Option<Timestamp>,
    keys: Vec<RowKey>,
}

fn group_stretches(
    history: &ExtensionHistory,
    dictionary: &Dictionary,
    group_by: GroupBy,
) -> Vec<GroupStretch> {
    let profile = |id| dictionary.profiles.get(&id);
    let latest = history
        .profiles
        .last()
        .and_then(|row| profile(row.profile_id));
    let number = latest.and_then(|profile| profile.extension_number.as_deref());
    let extension = ExtensionOrder::of(history.extension_id, number);
    if history.profiles.is_empty() {
        return vec![GroupStretch {
            until: None,
            keys: group_by.keys(&extension, None),
        }];
    }
    let mut stretches: Vec<GroupStretch> = Vec::new();
    for row in &history.profiles {
        let keys = group_by.keys(
            &extension,
            profile(row.profile_id).map(|profile| &**profile),
        );
        match stretches.last_mut() {
            Some(last) if last.keys == keys => last.until = row.until,
            _ => stretches.push(GroupStretch {
                until: row.until,
                keys,
            }),
        }
    }
    stretches
}

/// A stretch in which a class held throughout, as far as known.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    span: Span,
    class: ClassId,
    /// The earliest moment at which it can have begun; `None` where nobody looked before.
    begun_earliest: Option<Timestamp>,
    /// The earliest moment at which it can have ended, if a change ended it.
    ended_earliest: Option<Timestamp>,
}

fn class_runs(track: &Track) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut previous: Option<&Stretch> = None;
    for stretch in &track.stretches {
        let goes_on = previous.is_some_and(|previous| previous.knowledge == stretch.knowledge);
        if let Knowledge::Known(class) = stretch.knowledge {
            match runs.last_mut().filter(|_| goes_on) {
                Some(run) => {
                    run.span = Span::new(run.span.from(), stretch.span.to())
                        .expect("stretches run forward");
                }
                None => runs.push(Run {
                    span: stretch.span,
                    class,
                    begun_earliest: stretch.not_before,
                    ended_earliest: None,
                }),
            }
            if let Some(run) = runs.last_mut() {
                run.ended_earliest = track.ended_earliest(run.span.to());
            }
        }
        previous = Some(stretch);
    }
    runs
}

/// An extension's cells in one row, from one of them backwards.
#[derive(Clone, Copy)]
struct OwnCells<'a> {
    cells: &'a [Cell],
    cell: &'a Cell,
    place: InRow,
}

impl<'a> OwnCells<'a> {
    fn backwards(self) -> impl Iterator<Item = &'a Cell> {
        let place_in = move |index: usize| {
            let places = &self.cells[index].rows;
            places.iter().find(|place| place.row == self.place.row)
        };
        let before = std::iter::successors(self.place.previous, move |&index| {
            place_in(index).and_then(|place| place.previous)
        });
        std::iter::once(self.cell).chain(before.map(move |index| &self.cells[index]))
    }

    /// When the run was first in the row, if this cell holds its first moment there: `earliest` is the first
    /// scheduled moment of the row that is not before the earliest at which the run can have begun.
    fn first(self, common: Span, run: &Run) -> Moment {
        let at = common.from();
        let is_first_of_row = self.place.previous.is_none() && self.cell.span.from() == at;
        let earliest = if is_first_of_row {
            Some(at)
        } else {
            run.begun_earliest.map(|begun| {
                let possible = self.backwards().take_while(|cell| cell.span.to() > begun);
                let moments = possible.map(|cell| cell.span.from().max(begun));
                moments.last().unwrap_or(at).min(at)
            })
        };
        Moment { at, earliest }
    }

    /// Until when the run was last in the row, if this cell holds its last moment there: `earliest` is the last
    /// scheduled moment of the row that is not after the earliest at which the run can have ended.
    fn last(self, common: Span, run: &Run) -> Moment {
        let at = common.to();
        let Some(ended) = run.ended_earliest.filter(|&ended| ended < at) else {
            return Moment {
                at,
                earliest: Some(at),
            };
        };
        let mut first_of_row = at;
        for cell in self.backwards() {
            first_of_row = cell.span.from();
            if first_of_row <= ended {
                let earliest = Some(ended.min(cell.span.to()));
                return Moment { at, earliest };
            }
        }
        Moment {
            at,
            earliest: Some(first_of_row),
        }
    }
}
