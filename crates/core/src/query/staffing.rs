//! How many people were in a class at once, step by step, and when they were fewer than required.

use super::calendar::{Bucket, Schedule, schedule};
use super::classed::ClassedHistory;
use super::classes::ClassId;
use super::group::{GroupKey, Groups};
use super::hours::{Hours, HoursError};
use super::membership::memberships;
pub use super::occupancy::CountSegments;
use super::occupancy::{Counts, Occupancy};
use super::report::existed;
use super::schedule_slots::{Cursor, ScheduleSlots};
use super::steps::{StepGrid, StepLength};
use super::track::{Frame, Track};
use super::zone::Zone;
use presence_model::HashMap;
use presence_model::coverage::CoverageSegment;
use presence_model::history::{Coverage, Dictionary, UnknownId};
use presence_model::named;
use presence_model::time::{TimeRange, Timestamp};

/// The counts of each group, made extension by extension.
///
/// **Invariant:** the result is the same in whichever order extensions are added, and however they were divided.
#[derive(Clone, Debug, Default)]
pub struct Staffing {
    groups: HashMap<GroupKey, Occupancy>,
    // Memory that is used for one extension after the other.
    track: Track,
}

impl Staffing {
    /// No one counted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one extension in where its zone has scheduled time, if it existed at some moment of the window; `class`
    /// is `None` if no state is of the class asked for.
    pub fn add<'h>(
        &mut self,
        history: impl Into<ClassedHistory<'h>>,
        dictionary: &Dictionary,
        frame: &Frame<'_>,
        cells: &ScheduleSlots,
        (groups, class): (Groups<'_>, Option<ClassId>),
    ) -> Result<(), UnknownId> {
        let history = &history.into();
        if !existed(history, frame.window) {
            return Ok(());
        }
        self.track.follow(history, frame)?;
        for membership in memberships(history, dictionary, frame.window, groups)? {
            let within = membership.segments.map(|segments| cells.within(&segments));
            let cells = within.as_ref().unwrap_or(cells);
            for key in membership.keys {
                let levels = self.groups.entry(key).or_default();
                levels.add(&self.track, cells, class, frame.window);
            }
        }
        Ok(())
    }

    /// Adds what was counted of other extensions.
    pub fn merge(&mut self, other: Self) {
        for (key, levels) in other.groups {
            self.groups.entry(key).or_default().merge(levels);
        }
    }

    /// The counts of each group over the window, by group.
    pub fn finish(self, window: TimeRange) -> Vec<(GroupKey, CountSegments)> {
        let groups = self.groups.into_iter();
        let mut groups: Vec<(GroupKey, CountSegments)> = groups
            .map(|(key, levels)| (key, levels.segments(window)))
            .collect();
        groups.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        groups
    }
}

/// The counts of one step.
///
/// **Invariant:** `guaranteed <= min <= max <= possible`, and `min * counted_ms <= ms <= max * counted_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The step, cut to the window.
    pub span: TimeRange,
    /// How much of it counts: in which someone is scheduled, in milliseconds.
    pub counted_ms: i64,
    /// The lowest number known to be in the class.
    pub min: i32,
    /// The highest number known to be in the class.
    pub max: i32,
    /// How long they were in it, over all of them, in milliseconds; divided by `counted_ms`, the average number.
    pub ms: i64,
    /// The lowest number certainly in the class.
    pub guaranteed: i32,
    /// The highest number possibly in the class, including everyone unknown.
    pub possible: i32,
    /// The most of whom nothing was known at once.
    pub unknown_max: i32,
}

/// The steps of a window, as far as they count.
#[derive(Clone, Debug)]
pub struct Steps {
    window: TimeRange,
    grid: StepGrid,
    cells: ScheduleSlots,
}

impl Steps {
    /// Steps of a length from the window's start, the last one perhaps short; steps of days end at midnights of `zone`, so
    /// that the first may be short, too. What counts is what is scheduled in any of the schedules.
    pub fn new(window: TimeRange, length: StepLength, zone: &Zone, schedules: &[Schedule]) -> Self {
        let grid = StepGrid::new(window, length, zone);
        let pieces = union(schedules).into_iter().flat_map(|span| {
            let grid = &grid;
            let numbers = grid.number_at(span.from())..;
            numbers.map_while(move |number| Some((grid.step(number)?.clip(span)?, number)))
        });
        Self {
            window,
            cells: ScheduleSlots::of(pieces),
            grid,
        }
    }

    /// The counts of each step that counts, by time.
    pub fn points(&self, segments: &CountSegments) -> Vec<Point> {
        let rows = self.cells.rows.iter();
        let mut points: Vec<Option<Point>> = rows.map(|_| None).collect();
        let mut cursor = Cursor::new(&self.cells.cells);
        for (span, counts) in segments.iter() {
            cursor.meet(span, |cell, common| {
                let row = self.cells.cells[cell].row;
                let place = &self.cells.rows[row];
                let begun = || self.point(place.bucket, place.scheduled_ms, counts);
                let point = points[row].get_or_insert_with(begun);
                point.count(counts, common.duration_ms());
            });
        }
        points.into_iter().flatten().collect()
    }

    fn point(&self, number: usize, counted_ms: i64, counts: Counts) -> Point {
        Point {
            span: self.grid.step(number).unwrap_or(self.window),
            counted_ms,
            min: counts.known,
            max: counts.known,
            ms: 0,
            guaranteed: counts.guaranteed,
            possible: counts.possible,
            unknown_max: counts.unknown,
        }
    }
}

impl Point {
    fn count(&mut self, counts: Counts, duration_ms: i64) {
        self.min = self.min.min(counts.known);
        self.max = self.max.max(counts.known);
        self.ms += i64::from(counts.known) * duration_ms;
        self.guaranteed = self.guaranteed.min(counts.guaranteed);
        self.possible = self.possible.max(counts.possible);
        self.unknown_max = self.unknown_max.max(counts.unknown);
    }
}

/// The segments in which any of the schedules has time, by time.
fn union(schedules: &[Schedule]) -> Vec<TimeRange> {
    let slices = schedules.iter().flat_map(|schedule| &schedule.slices);
    let mut spans: Vec<TimeRange> = slices.map(|slice| slice.span).collect();
    spans.sort_unstable();
    let mut union: Vec<TimeRange> = Vec::new();
    for span in spans {
        match union.last_mut().filter(|last| span.from() <= last.to()) {
            Some(last) => *last = last.until(span.to()),
            None => union.push(span),
        }
    }
    union
}

/// So many people are required during some hours.
#[derive(Clone, Debug)]
pub struct Required {
    /// When.
    pub hours: Hours,
    /// How many.
    pub number: i32,
}

/// Why a text says no requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequiredError {
    /// There is no number after the hours.
    #[error(
        "{0:?} does not end with the number of people: write hours and number like \"Mo-Fr 09:00-17:00=5\""
    )]
    NoNumber(String),
    /// The number after the hours cannot be one of people.
    #[error(
        "{0:?} ends with {1}: so many people cannot be required; write a number from 1 to 65535"
    )]
    WrongNumber(String, String),
    /// The hours are none.
    #[error(transparent)]
    Hours(#[from] HoursError),
}

/// All hours.
const ALWAYS: &str = "24/7";

impl Required {
    /// Reads `HOURS=NUMBER`, such as `Mo-Fr 09:00-17:00=5`; a `NUMBER` alone is required at all times.
    pub fn parse(text: &str) -> Result<Self, RequiredError> {
        let is_number = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        let parts = match text.trim() {
            alone if is_number(alone) => Some((ALWAYS, alone)),
            text => text.rsplit_once('='),
        };
        let parts = parts.map(|(hours, number)| (hours, number.trim()));
        let Some((hours, number)) = parts.filter(|(_, number)| is_number(number)) else {
            return Err(RequiredError::NoNumber(text.to_owned()));
        };
        let wrong = || RequiredError::WrongNumber(text.to_owned(), number.to_owned());
        let number: u16 = number.parse().map_err(|_| wrong())?;
        let number = if number > 0 {
            i32::from(number)
        } else {
            return Err(wrong());
        };
        let hours = Hours::parse(hours)?;
        Ok(Self { hours, number })
    }
}

/// How many people are required when, by time; where several requirements meet, the highest counts.
pub fn requirements(
    required: &[Required],
    window: TimeRange,
    zone: &Zone,
) -> Vec<(TimeRange, i32)> {
    let asked = required.iter().flat_map(|one| {
        let scheduled = schedule(window, zone, Some(&one.hours), Bucket::Range);
        let slices = scheduled.slices.into_iter();
        slices
            .map(|slice| (slice.span, one.number))
            .collect::<Vec<_>>()
    });
    let asked: Vec<(TimeRange, i32)> = asked.collect();
    let ends = asked.iter().flat_map(|(span, _)| [span.from(), span.to()]);
    let mut ends: Vec<Timestamp> = ends.collect();
    ends.sort_unstable();
    ends.dedup();
    let mut all: Vec<(TimeRange, i32)> = Vec::new();
    for span in ends
        .windows(2)
        .filter_map(|pair| TimeRange::new(pair[0], pair[1]))
    {
        let here = asked.iter().filter(|(other, _)| other.meets(span));
        let Some(number) = here.map(|(_, number)| *number).max() else {
            continue;
        };
        match all
            .last_mut()
            .filter(|last| last.0.to() == span.from() && last.1 == number)
        {
            Some(last) => last.0 = last.0.until(span.to()),
            None => all.push((span, number)),
        }
    }
    all
}

/// Whether there were too few.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShortfallKind {
    /// There were: even with everyone who may have been in the class.
    Certain,
    /// There may have been: fewer than required were certainly in the class.
    Possible,
    /// It is not known: there was no sweep, or nothing is known of anyone who is counted.
    Unknown,
}

named!(ShortfallKind { Certain => "certain", Possible => "possible", Unknown => "unknown" });

impl ShortfallKind {
    /// The kind of a moment with these counts; `None` where there certainly were enough.
    ///
    /// In a gap it is unknown, however many may have been in the class: someone new may have come.
    fn of(counts: Counts, required: i32, is_gap: bool) -> Option<Self> {
        if counts.guaranteed >= required {
            None
        } else if is_gap || counts.is_nobody_known() {
            Some(Self::Unknown)
        } else if counts.possible < required {
            Some(Self::Certain)
        } else {
            Some(Self::Possible)
        }
    }
}

/// A segment in which fewer were certainly in the class than required, of one kind throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// When.
    pub span: TimeRange,
    /// Whether there were too few.
    pub kind: ShortfallKind,
    /// How many were required.
    pub required: i32,
    /// The lowest number that was certainly in the class in the segment.
    pub guaranteed: i32,
    /// The lowest number that was known to be in it.
    pub known: i32,
    /// The lowest number that was possibly in it.
    pub possible: i32,
}

/// What can be judged, and what of it no sweep covers.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The last complete sweep: what is presumed after it is not judged. `None`: nothing is.
    pub until: Option<Timestamp>,
    /// When the account was swept, by time; the rest is a gap.
    pub observed: &'a [CoverageSegment],
}

impl<'a> Judged<'a> {
    /// What can be judged of `window` at `now` by an account's coverage: up to the last complete sweep, or the end of the
    /// window if that is earlier.
    pub fn of(coverage: &'a Coverage, window: TimeRange, now: Timestamp) -> Self {
        let mut complete = coverage.complete.iter();
        let last = complete.rfind(|segment| segment.from <= now);
        Self {
            until: last.map(|segment| segment.until.min(window.to()).min(now)),
            observed: &coverage.observed,
        }
    }

    /// What is required where, as far as it can be judged, and whether there was no sweep there; by time.
    fn cut(&self, required: &[(TimeRange, i32)]) -> Vec<(TimeRange, i32, bool)> {
        let Some(until) = self.until else {
            return Vec::new();
        };
        let mut pieces = Vec::new();
        for (span, number) in required {
            let mut reached = span.from();
            let end = span.to().min(until);
            let first = self.observed.partition_point(|one| one.until <= reached);
            for segment in &self.observed[first..] {
                if segment.from >= end {
                    break;
                }
                let looked = TimeRange::new(segment.from.max(reached), segment.until.min(end));
                let Some(looked) = looked else { continue };
                pieces
                    .extend(TimeRange::new(reached, looked.from()).map(|gap| (gap, *number, true)));
                pieces.push((looked, *number, false));
                reached = looked.to();
            }
            pieces.extend(TimeRange::new(reached, end).map(|gap| (gap, *number, true)));
        }
        pieces
    }
}

/// The segments in which fewer were certainly in the class than required, by time. Adjoining ones of the same kind are
/// one; those of different kinds never are.
pub fn shortfalls(
    segments: &CountSegments,
    required: &[(TimeRange, i32)],
    judged: &Judged<'_>,
) -> Vec<Shortfall> {
    let pieces = judged.cut(required);
    let numbered = pieces.iter().enumerate();
    let cells = ScheduleSlots::of(numbered.map(|(number, (span, ..))| (*span, number)));
    let mut cursor = Cursor::new(&cells.cells);
    let mut found: Vec<Shortfall> = Vec::new();
    for (span, counts) in segments.iter() {
        cursor.meet(span, |cell, common| {
            let (_, required, is_gap) = pieces[cell];
            let Some(kind) = ShortfallKind::of(counts, required, is_gap) else {
                return;
            };
            let goes_on = |last: &&mut Shortfall| {
                last.span.to() == common.from() && (last.kind, last.required) == (kind, required)
            };
            if let Some(last) = found.last_mut().filter(goes_on) {
                last.span = last.span.until(common.to());
                last.guaranteed = last.guaranteed.min(counts.guaranteed);
                last.known = last.known.min(counts.known);
                last.possible = last.possible.min(counts.possible);
            } else {
                found.push(Shortfall {
                    span: common,
                    kind,
                    required,
                    guaranteed: counts.guaranteed,
                    known: counts.known,
                    possible: counts.possible,
                });
            }
        });
    }
    found
}

/// For how long what was required was there, in milliseconds. The parts make up the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// How long anything was required, as far as it can be judged.
    pub required_ms: i64,
    /// There certainly were enough.
    pub met_ms: i64,
    /// There certainly were too few.
    pub short_ms: i64,
    /// There may have been too few.
    pub possibly_short_ms: i64,
    /// It is not known.
    pub unknown_ms: i64,
}

impl Met {
    /// By the stretches in which there were too few, see [`shortfalls`].
    pub fn of(
        required: &[(TimeRange, i32)],
        judged: &Judged<'_>,
        shortfalls: &[Shortfall],
    ) -> Self {
        let of_kind = |kind| {
            let found = shortfalls.iter().filter(|one| one.kind == kind);
            found.map(|one| one.span.duration_ms()).sum::<i64>()
        };
        let pieces = judged.cut(required);
        let required_ms: i64 = pieces.iter().map(|(span, ..)| span.duration_ms()).sum();
        let [short_ms, possibly_short_ms, unknown_ms] = [
            ShortfallKind::Certain,
            ShortfallKind::Possible,
            ShortfallKind::Unknown,
        ]
        .map(of_kind);
        Self {
            required_ms,
            met_ms: required_ms - short_ms - possibly_short_ms - unknown_ms,
            short_ms,
            possibly_short_ms,
            unknown_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_alone_is_required_at_all_times() {
        let at = |ms| Timestamp::from_ms(ms).expect("it is a time");
        let window = TimeRange::new(at(0), at(3 * 86_400_000)).expect("it has a length");
        let told = |text: &str| {
            let required = Required::parse(text).map_err(|error| error.to_string())?;
            Ok::<_, String>(requirements(&[required], window, &Zone::utc()))
        };
        assert_eq!(told("5"), Ok(vec![(window, 5)]));
        assert_eq!(told(" 5 "), told("24/7=5"));
        for wrong in ["0", "-1", "65536", "", "five", "5=", "=5"] {
            assert!(told(wrong).is_err(), "{wrong:?}");
        }
    }
}
