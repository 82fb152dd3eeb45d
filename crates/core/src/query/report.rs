//! How long each class held, in groups and buckets of time, with the bounds within which the truth lies.
//!
//! ```text
//! min_ms   certainly in the class: the estimate without what is ambiguous or presumed
//! ms       the estimate: each state lasts until the next change was seen
//! max_ms   possibly in the class: with what is ambiguous
//! ```
//!
//! Sums are sums of milliseconds; nothing is averaged. Each extension is counted by itself and then added to the rows
//! of its groups. **Invariant:** adding is in any order: reports of parts of the extensions [`Report::merge`] into the
//! report of all, wherever each was counted.

use std::sync::Arc;

use hashbrown::hash_map::Entry;

use presence_model::HashMap;
use presence_model::history::{Dictionary, ExtensionHistory, UnknownId};
use presence_model::time::{TimeRange, Timestamp};

use super::classed::ClassedHistory;
use super::classes::ClassId;
use super::figures::{self, Figures};
use super::group::{GroupKey, Groups};
use super::membership::memberships;
use super::schedule_slots::{Grid, ScheduleSlots};
use super::tally::Tally;
use super::track::{Frame, Track};

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
    /// The earliest possible; `None` where there was no sweep before.
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
    /// How much of it no sweep covers.
    pub unknown_ms: i64,
    /// How much of it they did not exist.
    pub absent_ms: i64,
    /// How often the class was seen to have changed.
    pub transitions: i64,
    /// How many extensions something is known of: those whose time is in the figures.
    pub contributor_count: i64,
    /// What is known of each class that was possible, by class.
    pub classes: Vec<ClassRow>,
    /// What is counted only where it was asked for: [`Report::with_figures`].
    pub figures: Option<Box<Figures>>,
}

/// What is known of a class in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassRow {
    /// The class.
    pub class: ClassId,
    /// How long it held.
    pub amount: Amount,
    pub(super) first: Option<First>,
    pub(super) last: Option<Moment>,
}

/// When a class first held in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct First {
    at: Timestamp,
    /// Whether there was a sweep before, of the one who was first.
    is_bounded: bool,
    /// The earliest that it can have been, of all for whom it is known: whichever member was seen first, another member of the
    /// group may have been earlier still. [`Timestamp::MAX`] if it is known of no one.
    earliest: Timestamp,
}

impl Row {
    /// How much of the scheduled time is known, in milliseconds: the sum of the estimates.
    pub fn known_ms(&self) -> i64 {
        self.scheduled_ms - self.unknown_ms - self.absent_ms
    }

    /// What is known of a class; `None` if it was never possible.
    pub fn class(&self, class: ClassId) -> Option<&ClassRow> {
        let place = self.classes.binary_search_by_key(&class, |row| row.class);
        place.ok().map(|index| &self.classes[index])
    }

    /// Adds what is known of the same row by other extensions.
    fn merge(&mut self, other: &Self) {
        self.scheduled_ms += other.scheduled_ms;
        self.planned_absent_ms += other.planned_absent_ms;
        self.unknown_ms += other.unknown_ms;
        self.absent_ms += other.absent_ms;
        self.transitions += other.transitions;
        self.contributor_count += other.contributor_count;
        match (&mut self.figures, &other.figures) {
            (Some(own), Some(others)) => own.merge(others),
            (own @ None, Some(others)) => *own = Some(others.clone()),
            (_, None) => {}
        }
        for row in &other.classes {
            match self
                .classes
                .binary_search_by_key(&row.class, |own| own.class)
            {
                Ok(index) => self.classes[index].merge(row),
                Err(index) => self.classes.insert(index, *row),
            }
        }
    }
}

impl ClassRow {
    /// The first moment at which the class held; `None` if it only may have.
    pub fn first(&self) -> Option<Moment> {
        self.first.map(First::moment)
    }

    /// The last moment until which the class held; `None` if it only may have.
    pub fn last(&self) -> Option<Moment> {
        self.last
    }

    fn merge(&mut self, other: &Self) {
        self.amount.ms += other.amount.ms;
        self.amount.min_ms += other.amount.min_ms;
        self.amount.max_ms += other.amount.max_ms;
        self.first = either(self.first, other.first, First::merged);
        // Of several that were last at the same moment, the one whose end is the surest.
        let later = |one: Moment, other: Moment| {
            let rank = |moment: Moment| (moment.at, moment.earliest);
            if rank(one) < rank(other) { other } else { one }
        };
        self.last = either(self.last, other.last, later);
    }
}

fn either<T>(one: Option<T>, other: Option<T>, both: impl Fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(both(one, other)),
        (one, other) => one.or(other),
    }
}

impl First {
    pub(super) fn bounded(at: Timestamp, earliest: Timestamp) -> Self {
        Self {
            at,
            is_bounded: true,
            earliest,
        }
    }

    pub(super) fn unbounded(at: Timestamp) -> Self {
        Self {
            at,
            is_bounded: false,
            earliest: Timestamp::MAX,
        }
    }

    fn merged(self, other: Self) -> Self {
        let is_bounded = match self.at.cmp(&other.at) {
            std::cmp::Ordering::Less => self.is_bounded,
            std::cmp::Ordering::Equal => self.is_bounded && other.is_bounded,
            std::cmp::Ordering::Greater => other.is_bounded,
        };
        Self {
            at: self.at.min(other.at),
            is_bounded,
            earliest: self.earliest.min(other.earliest),
        }
    }

    fn moment(self) -> Moment {
        Moment {
            at: self.at,
            earliest: self.is_bounded.then_some(self.earliest),
        }
    }
}

/// The rows of a report, filled extension by extension.
#[derive(Clone, Debug, Default)]
pub struct Report {
    groups: HashMap<GroupKey, Group>,
    has_figures: bool,
    // Memory that is used for one extension after the other.
    track: Track,
    tally: Tally,
}

/// The rows of one group, by bucket.
#[derive(Clone, Debug, Default)]
struct Group(Vec<(usize, Row)>);

impl Group {
    fn new(mut rows: Vec<(usize, Row)>) -> Self {
        rows.sort_by_key(|(bucket, _)| *bucket);
        Self(rows)
    }

    fn add(&mut self, bucket: usize, row: Row) {
        match self.0.binary_search_by_key(&bucket, |known| known.0) {
            Ok(index) => self.0[index].1.merge(&row),
            Err(index) => self.0.insert(index, (bucket, row)),
        }
    }
}

impl Report {
    /// A report without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// A report without rows, whose rows will have [`Row::figures`]; they cost some time and memory.
    pub fn with_figures() -> Self {
        Self {
            has_figures: true,
            ..Self::default()
        }
    }

    /// The rows, by department, site, queue, extension and bucket, under the label of the bucket.
    pub fn rows<'a>(
        &'a self,
        grid: &'a Grid,
    ) -> impl Iterator<Item = (&'a GroupKey, &'a Arc<str>, &'a Row)> {
        let mut groups: Vec<(&GroupKey, &Group)> = self.groups.iter().collect();
        groups.sort_unstable_by_key(|(key, _)| *key);
        groups.into_iter().flat_map(move |(key, group)| {
            let rows = group.0.iter();
            rows.map(move |(bucket, row)| (key, &grid.labels()[*bucket], row))
        })
    }

    /// Counts one extension's window in, in the cells of its zone. It gets rows if it existed at some moment of the
    /// window.
    pub fn add<'a, 'h>(
        &mut self,
        history: impl Into<ClassedHistory<'h>>,
        dictionary: &Dictionary,
        frame: &Frame<'_>,
        cells: &ScheduleSlots,
        groups: impl Into<Groups<'a>>,
    ) -> Result<(), UnknownId> {
        let history = &history.into();
        if !existed(history, frame.window) {
            return Ok(());
        }
        self.track.follow(history, frame)?;
        for membership in memberships(history, dictionary, frame.window, groups.into())? {
            let within = membership.segments.map(|segments| cells.within(&segments));
            let cells = within.as_ref().unwrap_or(cells);
            self.tally.count(&self.track, cells);
            let mut rows = self.tally.finish(&self.track, cells);
            if self.has_figures {
                figures::count(&self.track, cells, &mut rows);
            }
            self.add_rows(membership.keys, rows);
        }
        Ok(())
    }

    /// Counts one extension's planned absence in: `away` is what it takes from the cells.
    pub fn add_planned_absence<'a>(
        &mut self,
        history: &ExtensionHistory,
        dictionary: &Dictionary,
        window: TimeRange,
        away: &ScheduleSlots,
        groups: impl Into<Groups<'a>>,
    ) -> Result<(), UnknownId> {
        if !existed(history, window) {
            return Ok(());
        }
        for membership in memberships(history, dictionary, window, groups.into())? {
            let within = membership.segments.map(|segments| away.within(&segments));
            let rows = within.as_ref().unwrap_or(away).rows.iter().map(|row| {
                let planned_absent_ms = row.scheduled_ms;
                let counted = Row {
                    planned_absent_ms,
                    ..Row::default()
                };
                (row.bucket, counted)
            });
            self.add_rows(membership.keys, rows.collect());
        }
        Ok(())
    }

    fn add_rows(&mut self, mut keys: Vec<GroupKey>, rows: Vec<(usize, Row)>) {
        let last = keys.pop();
        for key in keys {
            self.add_group(key, rows.clone());
        }
        if let Some(key) = last {
            self.add_group(key, rows);
        }
    }

    fn add_group(&mut self, key: GroupKey, rows: Vec<(usize, Row)>) {
        match self.groups.entry(key) {
            Entry::Vacant(place) => {
                place.insert(Group::new(rows));
            }
            Entry::Occupied(mut group) => {
                for (bucket, row) in rows {
                    group.get_mut().add(bucket, row);
                }
            }
        }
    }

    /// Adds what was counted of other extensions.
    pub fn merge(&mut self, other: Self) {
        for (key, Group(rows)) in other.groups {
            self.add_group(key, rows);
        }
    }
}

/// Whether an extension existed at some moment of the window.
pub(super) fn existed(history: &ExtensionHistory, window: TimeRange) -> bool {
    history
        .existence
        .iter()
        .any(|life| life.from < window.to() && life.until.is_none_or(|until| until > window.from()))
}
