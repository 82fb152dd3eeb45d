//! One extension's window, moment by moment: known, unknown or absent, and what else was possible.
//!
//! ```text
//! sweeps    A     A     B           B        valid_for = 2 minutes
//! minutes   0  1  2  3  4  5  6  7  8  9
//! estimate  A  A  A  A  ?  ?  ?  ?  b  b     nothing brackets 4 to 8; b is presumed
//! also            B  B                       the change to B was seen at 4 and was not before 2
//! ```
//!
//! A track ends at the present moment: time after it is neither known nor unknown, it has not been yet.

mod combined;
pub(in crate::query) mod queue_lane;
#[cfg(test)]
mod tests;

use smallvec::SmallVec;

use presence_model::coverage::{CoverageSegment, Heartbeat};
use presence_model::history::{ExtensionHistory, Interval, UnknownId};
use presence_model::projection::ExistenceInterval;
use presence_model::time::{TimeRange, Timestamp};

use self::combined::{Deciding, combine};
use super::classed::{ClassedHistory, OnQueues};
use super::classes::{ClassId, Classes};

/// What is known of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// The extension was in this class.
    Known(ClassId),
    /// No sweep covers it.
    Unknown,
    /// It did not exist, and that is known.
    Absent,
}

/// A segment of the estimate in which the same is known throughout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// When; cut to the window.
    pub span: TimeRange,
    /// What is known.
    pub knowledge: Knowledge,
    /// Whether it rests on no later sweep: the end of what is known, up to now.
    pub presumed: bool,
    /// The change that opened the segment (perhaps before the window) cannot have happened before; `None` where no
    /// change opened it.
    pub not_before: Option<Timestamp>,
}

/// A time range in which the change between two classes happened, at an unknown moment.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ambiguity {
    span: TimeRange,
    before: Knowledge,
    after: Knowledge,
}

/// A segment in which the same is known and the same is possible throughout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundedSegment<'a> {
    /// When.
    pub span: TimeRange,
    /// The segment of the estimate that it lies in.
    pub segment: &'a Segment,
    /// What else it may have been; empty where the estimate is certain (if not presumed).
    pub also: &'a [Knowledge],
}

impl BoundedSegment<'_> {
    /// Whether the estimate is certain.
    pub fn is_certain(&self) -> bool {
        !self.segment.presumed && self.also.is_empty()
    }

    /// Whether it was certainly in `class`.
    pub fn is_certainly(&self, class: ClassId) -> bool {
        self.segment.knowledge == Knowledge::Known(class) && self.is_certain()
    }

    /// Whether it may have been in `class`.
    pub fn is_possibly(&self, class: ClassId) -> bool {
        let class = Knowledge::Known(class);
        self.segment.knowledge == class || self.also.contains(&class)
    }
}

/// What a track is made from, the same for every extension of a question.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The window asked about; what of it lies after `now` is left out.
    pub window: TimeRange,
    /// The present moment: the last sweep is presumed to hold until then.
    pub now: Timestamp,
    /// The account's segments of complete sweeps, by time: they show who was absent.
    pub complete: &'a [CoverageSegment],
    /// What a state counts as.
    pub classes: &'a Classes,
}

/// One extension's window, moment by moment.
///
/// **Invariant:** the segments tile what has passed of the window: no holes, no overlaps. Adjoining ones differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// The estimate, by time.
    pub segments: Vec<Segment>,
    /// When the class was seen in the window to have changed from one sweep to the next, gaps included (but not where call
    /// queues decide too); by time.
    pub transitions: Vec<Timestamp>,
    /// By their ends.
    ambiguities: Vec<Ambiguity>,
}

impl Track {
    /// The track of one extension.
    pub fn of<'h>(
        history: impl Into<ClassedHistory<'h>>,
        frame: &Frame<'_>,
    ) -> Result<Self, UnknownId> {
        let mut track = Self::default();
        track.follow(history, frame)?;
        Ok(track)
    }

    /// Makes this the track of another extension, in the memory that it has: one pass over its intervals. After an
    /// error the track is empty.
    pub fn follow<'h>(
        &mut self,
        history: impl Into<ClassedHistory<'h>>,
        frame: &Frame<'_>,
    ) -> Result<(), UnknownId> {
        let history = &history.into();
        self.segments.clear();
        self.transitions.clear();
        self.ambiguities.clear();
        let Some(window) = frame.window.before(frame.now) else {
            return Ok(());
        };
        let frame = &Frame { window, ..*frame };
        match history.queues() {
            None => self.follow_state(history, frame),
            Some(queues) => self.follow_with_queues(history, queues, frame),
        }
    }

    /// The state's own track, and beside it the lanes of queues.
    fn follow_with_queues(
        &mut self,
        history: &ClassedHistory<'_>,
        queues: &OnQueues,
        frame: &Frame<'_>,
    ) -> Result<(), UnknownId> {
        let window = frame.window;
        // As far back as the history goes that was read: a change is one from what was before.
        let first = history.intervals.first().map(|interval| interval.from);
        let reach = first.and_then(|from| TimeRange::new(from.min(window.from()), window.to()));
        let reach = reach.unwrap_or(window);
        let mut state = Self::default();
        state.follow_state(
            history,
            &Frame {
                window: reach,
                ..*frame
            },
        )?;
        let lanes = queues.evidence.queues.iter();
        let lanes: Vec<Self> = lanes
            .map(|queue| queue_lane::lane(queue, history.extension_id, window.to(), frame.now))
            .collect();
        let deciding = Deciding {
            decisions: &queues.decisions,
            evidence: &queues.evidence,
            existence: &history.existence,
        };
        combine(&state, &lanes, deciding, window, self);
        Ok(())
    }

    fn follow_state(
        &mut self,
        history: &ClassedHistory<'_>,
        frame: &Frame<'_>,
    ) -> Result<(), UnknownId> {
        let window = frame.window;
        let absences = absent_stretches(history, frame);
        let mut tiling = Tiling::new(&mut self.segments, window, &absences);
        let known_to = window.to();
        let mut existence = ExistenceCursor::of(history);
        let mut doubt = |not_before: Option<Timestamp>, observed_at, before, after| {
            let Some(from) = not_before.filter(|_| before != after) else {
                return;
            };
            // A change that had not been seen by `now` casts no doubt yet.
            let is_seen = observed_at <= frame.now;
            let span = TimeRange::new(from, observed_at).filter(|_| is_seen);
            if let Some(span) = span
                && span.meets(window)
            {
                self.ambiguities.push(Ambiguity {
                    span,
                    before,
                    after,
                });
            }
        };
        let mut previous: Option<(Option<Timestamp>, ClassId)> = None;
        for (index, interval) in history.intervals.iter().enumerate() {
            let class = history.class((index, interval), frame.classes)?;
            let known = Knowledge::Known(class);
            if existence.begin_at(interval.from) {
                doubt(interval.not_before, interval.from, Knowledge::Absent, known);
            } else if let Some((until, before)) = previous
                && before != class
            {
                if window.contains(interval.from) {
                    self.transitions.push(interval.from);
                }
                if until == Some(interval.from) {
                    let before = Knowledge::Known(before);
                    doubt(interval.not_before, interval.from, before, known);
                }
            }
            let mut segment = Segment {
                span: window,
                knowledge: known,
                presumed: false,
                not_before: interval.not_before,
            };
            if let Some(until) = interval.until {
                // What was recorded after `now` (a question about the past may set it) is not known yet.
                tiling.push(interval.from, until.min(known_to), segment);
            } else {
                let until = known_until(interval, history.last_seen);
                tiling.push(interval.from, until.min(known_to), segment);
                if history
                    .last_seen
                    .is_some_and(|heartbeat| heartbeat.brackets(frame.now))
                {
                    segment.presumed = true;
                    tiling.push(until, known_to, segment);
                }
            }
            if let Some(life) = interval.until.and_then(|until| existence.end_at(until)) {
                let gone_at = life.until.unwrap_or(interval.from);
                doubt(life.certain_until, gone_at, known, Knowledge::Absent);
            }
            previous = Some((interval.until, class));
        }
        tiling.finish();
        Ok(())
    }

    /// Cuts the window wherever the estimate or what else was possible changes, and visits the pieces by time.
    ///
    /// ```text
    /// estimate   A A A A A A B B …     nearly always a segment is ambiguous at its end alone, by the change that ended
    /// also               B B           it, seen when it had happened already: two pieces
    /// ```
    #[inline]
    pub fn for_each_segment(&self, mut visit: impl FnMut(&BoundedSegment<'_>)) {
        let mut doubts = &self.ambiguities[..];
        for segment in &self.segments {
            // Ambiguities are sorted by their ends: those that have ended are done with.
            while let Some((first, rest)) = doubts.split_first()
                && first.span.to() <= segment.span.from()
            {
                doubts = rest;
            }
            // Their beginnings rise too, but for page times that overlap.
            let begins = |index: usize| match doubts.get(index) {
                Some(doubt) => doubt.span.from(),
                None => Timestamp::MAX,
            };
            let (first_begins, second_begins) = (begins(0), begins(1));
            let piece = |span, also| BoundedSegment {
                span,
                segment,
                also,
            };
            let to = segment.span.to();
            // Across a gap there is no ambiguity: it is all unknown.
            if first_begins >= to || segment.knowledge == Knowledge::Unknown {
                visit(&piece(segment.span, &[]));
            } else if let Some((certain, doubted)) = segment.span.cut(first_begins)
                && second_begins >= to
                && doubts[0].span.to() >= to
                && doubts[0].before == segment.knowledge
            {
                visit(&piece(certain, &[]));
                visit(&piece(doubted, &[doubts[0].after]));
            } else {
                cut_by_all(segment, doubts, &mut |piece| visit(piece));
            }
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

/// Until when an interval is known: its end, or the last sweep.
fn known_until(interval: &Interval, last_seen: Option<Heartbeat>) -> Timestamp {
    interval
        .until
        .or(last_seen.map(|heartbeat| heartbeat.at))
        .unwrap_or(interval.from)
        .max(interval.from)
}

/// When a life ends; [`Timestamp::MAX`] while it goes on.
fn ends(life: &ExistenceInterval) -> Timestamp {
    life.until.unwrap_or(Timestamp::MAX)
}

/// The lives of an extension, asked for in the order of time.
struct ExistenceCursor<'a> {
    beginning: &'a [ExistenceInterval],
    ending: &'a [ExistenceInterval],
    /// When the next one begins, and when the next one ends; [`Timestamp::MAX`] if none does.
    begins: Timestamp,
    ends: Timestamp,
}

impl<'a> ExistenceCursor<'a> {
    fn of(history: &'a ExtensionHistory) -> Self {
        let first = history.existence.first();
        Self {
            beginning: &history.existence,
            ending: &history.existence,
            begins: first.map_or(Timestamp::MAX, |life| life.from),
            ends: first.map_or(Timestamp::MAX, ends),
        }
    }

    /// Whether one begins at `at`.
    #[inline]
    fn begin_at(&mut self, at: Timestamp) -> bool {
        while at > self.begins
            && let Some((_, rest)) = self.beginning.split_first()
        {
            self.beginning = rest;
            self.begins = rest.first().map_or(Timestamp::MAX, |life| life.from);
        }
        at == self.begins
    }

    /// The one that ends at `at`.
    #[inline]
    fn end_at(&mut self, at: Timestamp) -> Option<&'a ExistenceInterval> {
        while at > self.ends
            && let Some((_, rest)) = self.ending.split_first()
        {
            self.ending = rest;
            self.ends = rest.first().map_or(Timestamp::MAX, ends);
        }
        self.ending.first().filter(|_| at == self.ends)
    }
}

/// Segments put side by side: holes become unknown, neighbours that know the same become one.
struct Tiling<'a> {
    segments: &'a mut Vec<Segment>,
    /// Until where the window is tiled.
    reached: Timestamp,
    window_to: Timestamp,
    /// What is known in addition to the intervals, by time.
    absences: &'a [Segment],
}

impl<'a> Tiling<'a> {
    fn new(segments: &'a mut Vec<Segment>, window: TimeRange, absences: &'a [Segment]) -> Self {
        Self {
            segments,
            reached: window.from(),
            window_to: window.to(),
            absences,
        }
    }

    /// Adds what is known from `from` to `to`, after the absences that begin before.
    #[inline]
    fn push(&mut self, from: Timestamp, to: Timestamp, segment: Segment) {
        while let Some((absent, rest)) = self.absences.split_first()
            && absent.span.from() < from
        {
            self.absences = rest;
            self.lay(absent.span.from(), absent.span.to(), *absent);
        }
        self.lay(from, to, segment);
    }

    #[inline]
    fn lay(&mut self, from: Timestamp, to: Timestamp, segment: Segment) {
        // Rows never overlap; should they in a damaged store, the earlier one counts and nothing counts twice.
        let Some(span) = TimeRange::new(from.max(self.reached), to) else {
            return;
        };
        self.fill(span.from());
        self.reached = span.to();
        match self.segments.last_mut() {
            Some(last)
                if last.knowledge == segment.knowledge && last.presumed == segment.presumed =>
            {
                last.span = last.span.until(span.to());
            }
            _ => self.segments.push(Segment { span, ..segment }),
        }
    }

    /// What nothing is known of is unknown.
    #[inline]
    fn fill(&mut self, to: Timestamp) {
        if let Some(span) = TimeRange::new(self.reached, to) {
            self.segments.push(Segment {
                span,
                knowledge: Knowledge::Unknown,
                presumed: false,
                not_before: None,
            });
        }
    }

    fn finish(mut self) {
        for absent in self.absences {
            self.lay(absent.span.from(), absent.span.to(), *absent);
        }
        self.fill(self.window_to);
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
    /// The last complete sweep that lacked it; `None` if none did.
    pub(super) lacked_at: Option<Timestamp>,
    /// Whether that sweep and being seen bracket the time between.
    pub(super) is_bracketed: bool,
}

impl Back {
    /// How the absence before a life ended.
    pub(super) fn to(life: &ExistenceInterval, history: &ExtensionHistory) -> Self {
        let intervals = &history.intervals;
        let first = intervals.binary_search_by_key(&life.from, |interval| interval.from);
        Self {
            at: life.from,
            lacked_at: life.not_before,
            is_bracketed: first.is_ok_and(|first| intervals[first].not_before.is_some()),
        }
    }
}

/// The segments in which the extension is known not to exist: outside its existence, where complete sweeps that lacked it
/// bracket.
fn absent_stretches(history: &ExtensionHistory, frame: &Frame<'_>) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut gone = None;
    for life in &history.existence {
        push_absent(gone, Some(Back::to(life, history)), frame, &mut segments);
        let Some(at) = life.until else {
            return segments;
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
    push_absent(gone, None, frame, &mut segments);
    segments
}

/// Adds the known part of one absence, from `gone` (or ever) until it is `back` (or now).
fn push_absent(
    gone: Option<Gone>,
    back: Option<Back>,
    frame: &Frame<'_>,
    segments: &mut Vec<Segment>,
) {
    let gone_at = gone.map_or(Timestamp::MIN, |gone| gone.at);
    let back_at = back.map_or(frame.now, |back| back.at).min(frame.now);
    // The sweep that saw it again did not lack it: only those before tell of the absence.
    let lacked_until = back.map_or(Some(Timestamp::MAX), |back| back.lacked_at);
    let between = TimeRange::new(gone_at, back_at).and_then(|span| span.clip(frame.window));
    let (Some(between), Some(lacked_until)) = (between, lacked_until) else {
        return;
    };
    let mut push = |from: Timestamp, to: Timestamp, presumed: bool, opened_by: Option<Gone>| {
        let span = TimeRange::new(from, to).and_then(|span| span.clip(between));
        segments.extend(span.map(|span| Segment {
            span,
            knowledge: Knowledge::Absent,
            presumed,
            not_before: opened_by.and_then(|gone| gone.not_before),
        }));
    };
    let mut last = None;
    for segment in frame.complete {
        // One that begins before it was back began with sweeps that lacked it.
        if segment.from >= between.to() {
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
    // Being seen again ends an absence as a complete sweep would; at the open end it is presumed until now.
    match back {
        // The segment must have the last sweep that lacked it: that one may lie beyond the window.
        Some(back) if back.is_bracketed && lacked_until <= segment.until.max(gone_at) => {
            let from = lacked_until.max(gone_at).max(segment.from);
            push(from, back_at, false, opened_by);
        }
        None if segment.last_sweep().brackets(back_at) => {
            push(segment.to().max(gone_at), back_at, true, opened_by);
        }
        _ => {}
    }
}

/// Cuts a segment by the ambiguities in it, and visits the pieces.
#[cold]
fn cut_by_all(segment: &Segment, doubts: &[Ambiguity], visit: &mut dyn FnMut(&BoundedSegment<'_>)) {
    let mut rest = Some(segment.span);
    while let Some(span) = rest {
        let mut to = span.to();
        let mut also: SmallVec<[Knowledge; 4]> = SmallVec::new();
        for doubt in doubts.iter().filter(|doubt| doubt.span.to() > span.from()) {
            if doubt.span.from() >= segment.span.to() {
                break;
            }
            if doubt.span.from() > span.from() {
                to = to.min(doubt.span.from());
                continue;
            }
            to = to.min(doubt.span.to());
            for side in [doubt.before, doubt.after] {
                if side != segment.knowledge && !also.contains(&side) {
                    also.push(side);
                }
            }
        }
        visit(&BoundedSegment {
            span: TimeRange::new(span.from(), to).unwrap_or(span),
            segment,
            also: &also,
        });
        rest = TimeRange::new(to, span.to());
    }
}
