//! One extension's window, moment by moment: known, unknown or absent, and what else was possible.
//!
//! ```text
//! looks     A     A     B           B        valid_for = 2 minutes
//! minutes   0  1  2  3  4  5  6  7  8  9
//! estimate  A  A  A  A  ?  ?  ?  ?  b  b     nothing brackets 4 to 8; b is presumed
//! also            B  B                       the change to B was seen at 4 and was not before 2
//! ```

use smallvec::SmallVec;

use crate::model::coverage::{CoverageSegment, Look};
use crate::model::history::{ExtensionHistory, Interval};
use crate::model::projection::LifeRow;
use crate::model::time::{Span, Timestamp};

use super::classes::{ClassId, Classes};

/// What is known of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// The extension was in this class.
    Known(ClassId),
    /// Nobody looked.
    Unknown,
    /// It did not exist, and that is known.
    Absent,
}

/// A stretch of the estimate in which the same is known throughout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// When; cut to the window.
    pub span: Span,
    /// What is known.
    pub knowledge: Knowledge,
    /// Whether it rests on no later look: the end of what is known, up to now.
    pub presumed: bool,
    /// The change that opened the stretch (perhaps before the window) cannot have happened before; `None` where no
    /// change opened it.
    pub not_before: Option<Timestamp>,
}

/// A stretch in which the change between two classes happened, nobody knows when exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ambiguity {
    span: Span,
    before: Knowledge,
    after: Knowledge,
}

/// A stretch in which the same is known and the same is possible throughout.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// When.
    pub span: Span,
    /// The estimate.
    pub estimate: Knowledge,
    /// See [`Stretch::presumed`].
    pub presumed: bool,
    /// What it may have been besides; empty where the estimate is certain (if not presumed).
    pub also: SmallVec<[Knowledge; 2]>,
}

impl Piece {
    /// Whether it was certainly in `class`.
    pub fn is_certainly(&self, class: ClassId) -> bool {
        self.estimate == Knowledge::Known(class) && self.is_certain()
    }

    /// Whether the estimate is certain.
    pub fn is_certain(&self) -> bool {
        !self.presumed && self.also.is_empty()
    }

    /// Whether it may have been in `class`.
    pub fn is_possibly(&self, class: ClassId) -> bool {
        let class = Knowledge::Known(class);
        self.estimate == class || self.also.contains(&class)
    }
}

/// What a track is made from, the same for every extension of a question.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The window asked about.
    pub window: Span,
    /// The present moment: nothing after it is known, and the last look is presumed to hold until then.
    pub now: Timestamp,
    /// The account's stretches of complete looks, by time: they tell who was absent.
    pub complete: &'a [CoverageSegment],
    /// What a state counts as.
    pub classes: &'a Classes,
}

/// One extension's window, moment by moment.
///
/// **Invariant:** the stretches tile the window: no holes, no overlaps. Adjoining ones differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// The estimate, by time.
    pub stretches: Vec<Stretch>,
    /// When the class was seen in the window to have changed from one look to the next, gaps included; by time.
    pub transitions: Vec<Timestamp>,
    /// By their ends.
    ambiguities: Vec<Ambiguity>,
}

impl Track {
    /// The track of one extension.
    pub fn of(history: &ExtensionHistory, frame: &Frame<'_>) -> Self {
        let mut track = Self::default();
        track.follow(history, frame);
        track
    }

    /// Makes this the track of another extension, in the memory that it has: one pass over its intervals.
    pub fn follow(&mut self, history: &ExtensionHistory, frame: &Frame<'_>) {
        self.stretches.clear();
        self.transitions.clear();
        self.ambiguities.clear();
        let mut tiling = Tiling {
            stretches: &mut self.stretches,
            reached: frame.window.from(),
        };
        let mut absences = absent_stretches(history, frame).into_iter().peekable();
        let mut lives = Lives::of(history);
        let mut doubt = |not_before: Option<Timestamp>, observed_at, before, after| {
            let span = not_before.and_then(|from| Span::new(from, observed_at));
            // A change that had not been seen by `now` casts no doubt yet.
            let counts = |span: &Span| {
                before != after && observed_at <= frame.now && span.clip(frame.window).is_some()
            };
            self.ambiguities
                .extend(span.filter(counts).map(|span| Ambiguity {
                    span,
                    before,
                    after,
                }));
        };
        let mut previous: Option<(&Interval, ClassId)> = None;
        for interval in &history.intervals {
            let class = frame.classes.of(interval);
            let known = Knowledge::Known(class);
            if lives.begin_at(interval.from) {
                doubt(interval.not_before, interval.from, Knowledge::Absent, known);
            } else if let Some((earlier, before)) = previous
                && before != class
            {
                if frame.window.contains(interval.from) && interval.from <= frame.now {
                    self.transitions.push(interval.from);
                }
                if earlier.until == Some(interval.from) {
                    doubt(
                        interval.not_before,
                        interval.from,
                        Knowledge::Known(before),
                        known,
                    );
                }
            }
            for stretch in known_stretches(interval, class, history.last_seen, frame) {
                while let Some(absent) =
                    absences.next_if(|absent| absent.span.from() < stretch.span.from())
                {
                    tiling.push(absent);
                }
                tiling.push(stretch);
            }
            if let Some(life) = lives.end_at(interval.until) {
                doubt(
                    life.certain_until,
                    life.until.unwrap_or(interval.from),
                    known,
                    Knowledge::Absent,
                );
            }
            previous = Some((interval, class));
        }
        absences.for_each(|absent| tiling.push(absent));
        tiling.fill(frame.window.to());
    }

    /// The window cut wherever the estimate or what else was possible changes.
    pub fn pieces(&self) -> Pieces<'_> {
        Pieces {
            stretches: self.stretches.iter(),
            current: None,
            ambiguities: &self.ambiguities,
        }
    }

    /// The earliest moment at which a class that held until `at` can have ended, if a change ended it: there, or soon
    /// after the window that ends there.
    pub fn ended_earliest(&self, at: Timestamp) -> Option<Timestamp> {
        let index = self
            .ambiguities
            .partition_point(|ambiguity| ambiguity.span.to() < at);
        let begins = self.ambiguities.get(index)?.span.from();
        (begins < at).then_some(begins)
    }
}

/// Until when an interval is known: its end, or the last look.
fn known_until(interval: &Interval, last_seen: Option<Look>) -> Timestamp {
    interval
        .until
        .or(last_seen.map(|look| look.at))
        .unwrap_or(interval.from)
        .max(interval.from)
}

/// What the window has of an interval: as far as it is known, and on from there as far as it is presumed.
fn known_stretches(
    interval: &Interval,
    class: ClassId,
    last_seen: Option<Look>,
    frame: &Frame<'_>,
) -> impl Iterator<Item = Stretch> {
    let until = known_until(interval, last_seen);
    let goes_on = interval.until.is_none();
    let is_presumed = goes_on && last_seen.is_some_and(|look| look.brackets(frame.now));
    // What was recorded after `now` (a question about the past may set it) is not known yet.
    let known = Span::new(interval.from, until.min(frame.now));
    let presumed = Span::new(until, frame.now).filter(|_| is_presumed);
    let window = frame.window;
    [(known, false), (presumed, true)]
        .into_iter()
        .filter_map(move |(span, presumed)| {
            Some(Stretch {
                span: span?.clip(window)?,
                knowledge: Knowledge::Known(class),
                presumed,
                not_before: interval.not_before,
            })
        })
}

/// The lives of an extension, asked for in the order of time.
struct Lives<'a> {
    beginning: &'a [LifeRow],
    ending: &'a [LifeRow],
}

impl<'a> Lives<'a> {
    fn of(history: &'a ExtensionHistory) -> Self {
        Self {
            beginning: &history.lives,
            ending: &history.lives,
        }
    }

    /// Whether one begins at `at`.
    fn begin_at(&mut self, at: Timestamp) -> bool {
        while let Some((first, rest)) = self.beginning.split_first()
            && first.from < at
        {
            self.beginning = rest;
        }
        self.beginning.first().is_some_and(|life| life.from == at)
    }

    /// The one that ends at `until`.
    fn end_at(&mut self, until: Option<Timestamp>) -> Option<&'a LifeRow> {
        let until = until?;
        while let Some((first, rest)) = self.ending.split_first()
            && first.until.is_some_and(|ended| ended < until)
        {
            self.ending = rest;
        }
        self.ending.first().filter(|life| life.until == Some(until))
    }
}

/// Stretches laid side by side: holes become unknown, neighbours that know the same become one.
struct Tiling<'a> {
    stretches: &'a mut Vec<Stretch>,
    /// Until where the window is tiled.
    reached: Timestamp,
}

impl Tiling<'_> {
    fn push(&mut self, stretch: Stretch) {
        // Rows never overlap; should they in a damaged store, the earlier one counts and nothing counts twice.
        let from = stretch.span.from().max(self.reached);
        let Some(span) = Span::new(from, stretch.span.to()) else {
            return;
        };
        self.fill(from);
        self.reached = span.to();
        match self.stretches.last_mut() {
            Some(last)
                if last.knowledge == stretch.knowledge && last.presumed == stretch.presumed =>
            {
                last.span = last.span.until(span.to());
            }
            _ => self.stretches.push(Stretch { span, ..stretch }),
        }
    }

    /// What nothing is known of is unknown.
    fn fill(&mut self, to: Timestamp) {
        let hole = Span::new(self.reached, to);
        self.stretches.extend(hole.map(|span| Stretch {
            span,
            knowledge: Knowledge::Unknown,
            presumed: false,
            not_before: None,
        }));
        self.reached = self.reached.max(to);
    }
}

/// When an extension was seen to be gone.
#[derive(Clone, Copy)]
struct Gone {
    at: Timestamp,
    /// `None` where a gap precedes: then no change opened the absence.
    not_before: Option<Timestamp>,
}

/// How an absence ended.
#[derive(Clone, Copy)]
pub(super) struct Back {
    /// When it was seen again.
    pub(super) at: Timestamp,
    /// The last complete look that lacked it; `None` if none did.
    pub(super) lacked_at: Option<Timestamp>,
    /// Whether that look and being seen bracket the time between.
    pub(super) is_bracketed: bool,
}

impl Back {
    /// How the absence before a life ended.
    pub(super) fn to(life: &LifeRow, history: &ExtensionHistory) -> Self {
        let intervals = &history.intervals;
        let first = intervals.binary_search_by_key(&life.from, |interval| interval.from);
        Self {
            at: life.from,
            lacked_at: life.not_before,
            is_bracketed: first.is_ok_and(|first| intervals[first].not_before.is_some()),
        }
    }
}

/// The stretches in which the extension is known not to exist: outside its lives, where complete looks that lacked it
/// bracket.
fn absent_stretches(history: &ExtensionHistory, frame: &Frame<'_>) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut gone = None;
    for life in &history.lives {
        push_absent(gone, Some(Back::to(life, history)), frame, &mut stretches);
        let Some(at) = life.until else {
            return stretches;
        };
        let was_seen_until_then = history
            .intervals
            .iter()
            .any(|interval| interval.until == Some(at));
        gone = Some(Gone {
            at,
            not_before: life.certain_until.filter(|_| was_seen_until_then),
        });
    }
    push_absent(gone, None, frame, &mut stretches);
    stretches
}

/// Adds the known part of one absence, from `gone` (or ever) until it is `back` (or now).
fn push_absent(
    gone: Option<Gone>,
    back: Option<Back>,
    frame: &Frame<'_>,
    stretches: &mut Vec<Stretch>,
) {
    let gone_at = gone.map_or(Timestamp::MIN, |gone| gone.at);
    let back_at = back.map_or(frame.now, |back| back.at).min(frame.now);
    // The look that saw it again did not lack it: only those before tell of the absence.
    let lacked_until = back.map_or(Some(Timestamp::MAX), |back| back.lacked_at);
    let between = Span::new(gone_at, back_at).and_then(|span| span.clip(frame.window));
    let (Some(between), Some(lacked_until)) = (between, lacked_until) else {
        return;
    };
    let mut push = |from: Timestamp, to: Timestamp, presumed: bool, opened_by: Option<Gone>| {
        let span = Span::new(from, to).and_then(|span| span.clip(between));
        stretches.extend(span.map(|span| Stretch {
            span,
            knowledge: Knowledge::Absent,
            presumed,
            not_before: opened_by.and_then(|gone| gone.not_before),
        }));
    };
    let mut last = None;
    for segment in frame.complete {
        if segment.from > lacked_until || segment.from >= between.to() {
            break;
        }
        let opened_by = gone.filter(|gone| segment.from <= gone.at);
        push(
            segment.from,
            segment.until.min(lacked_until),
            false,
            opened_by,
        );
        last = Some((segment, opened_by));
    }
    let Some((segment, opened_by)) = last else {
        return;
    };
    // Being seen again ends an absence as a complete look would; at the open end it is presumed until now.
    match back {
        Some(back) if back.is_bracketed => {
            push(lacked_until.max(gone_at), back_at, false, opened_by);
        }
        None if segment.last_look().brackets(back_at) => {
            push(segment.until.max(gone_at), back_at, true, opened_by);
        }
        _ => {}
    }
}

/// See [`Track::pieces`].
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    stretches: std::slice::Iter<'a, Stretch>,
    current: Option<(Stretch, Timestamp)>,
    ambiguities: &'a [Ambiguity],
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let (stretch, from) = if let Some(rest) = self.current.take() {
            rest
        } else {
            let stretch = *self.stretches.next()?;
            (stretch, stretch.span.from())
        };
        // Ambiguities are sorted by their ends: those that have ended are done with.
        while let Some((first, rest)) = self.ambiguities.split_first()
            && first.span.to() <= from
        {
            self.ambiguities = rest;
        }
        let mut to = stretch.span.to();
        let mut also = SmallVec::new();
        for ambiguity in self.ambiguities {
            if ambiguity.span.from() > from {
                to = to.min(ambiguity.span.from());
                // Their beginnings rise too, but for page times that overlap; two ahead is as far as that goes.
                if ambiguity.span.from() >= stretch.span.to() {
                    break;
                }
            } else {
                to = to.min(ambiguity.span.to());
                for side in [ambiguity.before, ambiguity.after] {
                    if side != stretch.knowledge && !also.contains(&side) {
                        also.push(side);
                    }
                }
            }
        }
        if to < stretch.span.to() {
            self.current = Some((stretch, to));
        }
        // Across a gap there is no ambiguity: it is all unknown.
        if stretch.knowledge == Knowledge::Unknown {
            also.clear();
        }
        Some(Piece {
            span: Span::new(from, to)
                .expect("a piece has a length: every cut lies after its start"),
            estimate: stretch.knowledge,
            presumed: stretch.presumed,
            also,
        })
    }
}
