//! The scheduled time of a question, cut into cells: ranges that count in one row of one group.
//!
//! Computed once for each zone. Where an extension changes groups within the window, its cells are cut out of these.

use std::collections::BTreeSet;
use std::sync::Arc;

use presence_model::HashMap;
use presence_model::time::{TimeRange, Timestamp};

use super::calendar::Schedule;

/// A scheduled range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// When it is.
    pub(super) span: TimeRange,
    /// The row it counts in: an index into [`ScheduleSlots::rows`].
    pub(super) row: usize,
    /// The cell before it in the same row.
    pub(super) previous: Option<usize>,
}

/// A bucket of time in which a group has scheduled time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellRow {
    /// The bucket: an index into [`Grid::labels`].
    pub(super) bucket: usize,
    /// How much time is scheduled in it, in milliseconds.
    pub(super) scheduled_ms: i64,
}

/// The cells of one zone.
///
/// **Invariant:** cells ascend and do not overlap; every row has a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleSlots {
    pub(super) cells: Vec<Cell>,
    pub(super) rows: Vec<CellRow>,
}

/// The cells of a question's zones, with common numbers for their buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    labels: Vec<Arc<str>>,
    zones: Vec<ScheduleSlots>,
}

impl Grid {
    /// The cells of these schedules, one a zone.
    pub fn new(schedules: &[Schedule]) -> Self {
        let labels = schedules.iter().flat_map(|schedule| &schedule.labels);
        let sorted: BTreeSet<&str> = labels.map(String::as_str).collect();
        let labels: Vec<Arc<str>> = sorted.into_iter().map(Arc::from).collect();
        let zones = schedules.iter().map(|schedule| {
            let number = |label: &String| labels.partition_point(|known| **known < **label);
            let buckets: Vec<usize> = schedule.labels.iter().map(number).collect();
            let slices = schedule.slices.iter();
            ScheduleSlots::of(slices.map(|slice| (slice.span, buckets[slice.bucket as usize])))
        });
        Self {
            zones: zones.collect(),
            labels,
        }
    }

    /// The cells of a zone: of the schedule at that place.
    pub fn zone(&self, index: usize) -> &ScheduleSlots {
        &self.zones[index]
    }

    /// The names of the buckets, in their order.
    pub fn labels(&self) -> &[Arc<str>] {
        &self.labels
    }
}

impl ScheduleSlots {
    /// The cells of scheduled ranges, each with its bucket; they ascend.
    pub(super) fn of(segments: impl Iterator<Item = (TimeRange, usize)>) -> Self {
        let mut made = Self::default();
        let mut row_of: HashMap<usize, usize> = HashMap::default();
        let mut latest: Vec<Option<usize>> = Vec::new();
        for (span, bucket) in segments {
            let row = *row_of.entry(bucket).or_insert_with(|| {
                made.rows.push(CellRow {
                    bucket,
                    scheduled_ms: 0,
                });
                latest.push(None);
                made.rows.len() - 1
            });
            made.rows[row].scheduled_ms += span.duration_ms();
            let previous = latest[row].replace(made.cells.len());
            made.cells.push(Cell {
                span,
                row,
                previous,
            });
        }
        made
    }

    /// The cell that contains `at`, searched from `from` on, where an earlier moment was.
    pub(super) fn containing(&self, at: Timestamp, from: &mut usize) -> Option<&Cell> {
        while self
            .cells
            .get(*from)
            .is_some_and(|cell| cell.span.to() <= at)
        {
            *from += 1;
        }
        self.cells.get(*from).filter(|cell| cell.span.contains(at))
    }

    /// What of these cells lies outside `stretches`, which ascend and do not overlap, and what within them.
    pub fn split(&self, segments: &[TimeRange]) -> (Self, Self) {
        let starts = std::iter::once(Timestamp::MIN).chain(segments.iter().map(|one| one.to()));
        let ends = segments.iter().map(|one| one.from());
        let between = starts.zip(ends.chain(std::iter::once(Timestamp::MAX)));
        let outside: Vec<TimeRange> = between
            .filter_map(|(from, to)| TimeRange::new(from, to))
            .collect();
        (self.within(&outside), self.within(segments))
    }

    /// What of these cells lies within `stretches`, which ascend.
    pub(super) fn within(&self, segments: &[TimeRange]) -> Self {
        let common = segments.iter().flat_map(|segment| {
            let first = self
                .cells
                .partition_point(|cell| cell.span.to() <= segment.from());
            let cells = self.cells[first..].iter();
            cells.map_while(|cell| Some((cell.span.clip(*segment)?, self.rows[cell.row].bucket)))
        });
        Self::of(common)
    }
}

/// Walks cells forward in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    cells: &'a [Cell],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(cells: &'a [Cell]) -> Self {
        Self { cells, at: 0 }
    }

    /// The parts of the cells that lie in `span`, each with the number of its cell. Spans must not run backwards.
    #[inline]
    pub(super) fn meet(&mut self, span: TimeRange, mut visit: impl FnMut(usize, TimeRange)) {
        while self
            .cells
            .get(self.at)
            .is_some_and(|cell| cell.span.to() <= span.from())
        {
            self.at += 1;
        }
        // Nearly always a span lies in one cell, or between two.
        for (index, cell) in (self.at..).zip(&self.cells[self.at..]) {
            let Some(common) = cell.span.clip(span) else {
                return;
            };
            visit(index, common);
            if span.to() <= cell.span.to() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> TimeRange {
        let at = Timestamp::saturating_from_ms;
        TimeRange::new(at(from), at(to)).expect("it has a length")
    }

    #[test]
    fn cells_are_split_by_stretches() {
        let cells = ScheduleSlots::of(
            [(span(10, 20), 0), (span(30, 50), 0), (span(60, 70), 1)].into_iter(),
        );
        let (outside, inside) = cells.split(&[span(15, 35), span(40, 45), span(55, 80)]);
        let shown = |cells: &ScheduleSlots| -> Vec<(i64, i64, usize)> {
            let cell = |cell: &Cell| {
                let (from, to) = (cell.span.from().as_ms(), cell.span.to().as_ms());
                (from, to, cells.rows[cell.row].bucket)
            };
            cells.cells.iter().map(cell).collect()
        };
        assert_eq!(shown(&outside), [(10, 15, 0), (35, 40, 0), (45, 50, 0)]);
        assert_eq!(
            shown(&inside),
            [(15, 20, 0), (30, 35, 0), (40, 45, 0), (60, 70, 1)]
        );
        assert_eq!(cells.split(&[]), (cells.clone(), ScheduleSlots::default()));
    }
}
