//! How many people at the same time: cases that can be checked by eye, and what holds for every answer.

use presence_core::query::calendar::{Schedule, Slice};
use presence_core::query::classes::{ClassId, Classes};
use presence_core::query::group::GroupBy;
use presence_core::query::report::Report;
use presence_core::query::schedule_slots::Grid;
use presence_core::query::staffing::{
    CountSegments, Judged, Point, Required, Staffing, Steps, requirements, shortfalls,
};
use presence_core::query::steps::StepLength;
use presence_core::query::track::{Frame, Knowledge, Track};
use presence_core::query::zone::Zone;
use presence_model::history::{Coverage, Dictionary, ExtensionHistory};
use presence_model::ids::ExtensionId;
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::time::TimeRange;
use proptest::prelude::*;

use super::reference::{ABSENT, Minute, UNKNOWN, by_the_letter};
use crate::support::drawn::{
    FACET, MINUTE_MS, START_MS, crowd, minute, minutes, presence, record, sweep,
};

/// Several people's histories, one sweep a minute.
struct GroupSize {
    histories: Vec<ExtensionHistory>,
    dictionary: Dictionary,
    classes: Classes,
    coverage: Coverage,
    window: TimeRange,
}

impl GroupSize {
    fn of(drawings: &[String]) -> Self {
        Self::seen_by(&crowd(drawings), drawings[0].len())
    }

    /// What is known after these sweeps about the first `length` minutes.
    fn seen_by(sweeps: &[Sweep], length: usize) -> Self {
        let (_, replay) = record(sweeps);
        let (histories, dictionary) = replay.histories();
        Self {
            histories,
            classes: Classes::of_facet(&dictionary, FACET),
            dictionary,
            coverage: replay.coverage(),
            window: minutes(0, length),
        }
    }

    fn frame(&self) -> Frame<'_> {
        Frame {
            window: self.window,
            now: self.window.to(),
            complete: &self.coverage.complete,
            classes: &self.classes,
        }
    }

    fn class(&self) -> Option<ClassId> {
        self.classes.find(Some("A"))
    }

    fn whole(&self) -> Schedule {
        Schedule {
            slices: vec![Slice {
                span: self.window,
                bucket: 0,
            }],
            labels: vec![String::new()],
        }
    }

    /// The counts of `A` in `schedule`, with the people divided by `parts`.
    fn segments(&self, schedule: &Schedule, parts: &[usize]) -> CountSegments {
        let grid = Grid::new(std::slice::from_ref(schedule));
        let mut divided = [Staffing::new(), Staffing::new()];
        for (history, part) in self.histories.iter().zip(parts.iter().cycle()) {
            let asked = (GroupBy::default().into(), self.class());
            let frame = self.frame();
            divided[*part]
                .add(history, &self.dictionary, &frame, grid.zone(0), asked)
                .expect("the dictionary has them all");
        }
        let [mut one, other] = divided;
        one.merge(other);
        let mut groups = one.finish(self.window);
        groups.pop().map_or_else(
            || CountSegments::nobody(self.window),
            |(_, segments)| segments,
        )
    }

    fn points(&self, schedule: &Schedule, ms: i64) -> Vec<Point> {
        let (step, zone) = (StepLength::Exact { ms }, Zone::utc());
        let steps = Steps::new(self.window, step, &zone, std::slice::from_ref(schedule));
        steps.points(&self.segments(schedule, &[0]))
    }

    /// How many were in `A` and how many were unknown in each minute, counted person by person.
    fn minute_by_minute(&self) -> Vec<(i32, i32)> {
        let length = self.window.duration_ms() / MINUTE_MS;
        let mut counts = vec![(0, 0); usize::try_from(length).expect("few minutes")];
        for history in &self.histories {
            let track = Track::of(history, &self.frame()).expect("the dictionary has them all");
            for (at, counts) in counts.iter_mut().enumerate() {
                let segment = track
                    .segments
                    .iter()
                    .find(|one| one.span.contains(minute(at)));
                match segment.expect("stretches tile the window").knowledge {
                    Knowledge::Unknown => counts.1 += 1,
                    Knowledge::Known(class) if Some(class) == self.class() => counts.0 += 1,
                    _ => {}
                }
            }
        }
        counts
    }
}

fn owned(drawings: &[&str]) -> Vec<String> {
    drawings.iter().map(|&drawing| drawing.to_owned()).collect()
}

/// Each step as `min-max guaranteed..possible`, with `?` and the number of unknown ones if there are some.
#[track_caller]
fn check(drawings: &[&str], step: i64, expected: &[&str]) {
    let crowd = GroupSize::of(&owned(drawings));
    let points = crowd.points(&crowd.whole(), step * MINUTE_MS);
    let shown: Vec<String> = points
        .iter()
        .map(|point| {
            let unknown = match point.unknown_max {
                0 => String::new(),
                unknown => format!(" ?{unknown}"),
            };
            let Point {
                min,
                max,
                guaranteed,
                possible,
                ..
            } = point;
            format!("{min}-{max} {guaranteed}..{possible}{unknown}")
        })
        .collect();
    assert_eq!(shown, expected, "\n{drawings:?}");
}

#[test]
fn a_change_is_possible_before_it_was_seen() {
    // Seen at 2, not before 1: in that minute neither is certain. The last minute is presumed.
    check(
        &["AABBB", "BBAAA"],
        1,
        &["1-1 1..1", "1-1 0..2", "1-1 1..1", "1-1 1..1", "1-1 0..1"],
    );
}

#[test]
fn a_step_has_the_lowest_and_the_highest_of_its_moments() {
    check(&["AABBAB", "BBAAAB"], 3, &["1-1 0..2", "0-2 0..2"]);
}

#[test]
fn the_last_step_may_be_short() {
    check(&["AAAAA"], 3, &["1-1 1..1", "1-1 0..1"]);
}

#[test]
fn anyone_who_is_absent_does_not_count() {
    check(
        &["AA--", "AAAA"],
        1,
        &["2-2 2..2", "2-2 1..2", "2-2 1..2", "1-1 0..1"],
    );
}

#[test]
fn time_that_is_not_scheduled_does_not_count() {
    let crowd = GroupSize::of(&owned(&["AAAAAAAA"]));
    let slice = |from, to| Slice {
        span: minutes(from, to),
        bucket: 0,
    };
    let schedule = Schedule {
        slices: vec![slice(1, 3), slice(5, 6)],
        labels: vec![String::new()],
    };
    let points = crowd.points(&schedule, 2 * MINUTE_MS);
    let shown: Vec<(i64, i64, i32, i64)> = points
        .iter()
        .map(|point| {
            let from = (point.span.from().as_ms() - START_MS) / MINUTE_MS;
            (
                from,
                point.counted_ms / MINUTE_MS,
                point.min,
                point.ms / MINUTE_MS,
            )
        })
        .collect();
    assert_eq!(shown, [(0, 1, 1, 1), (2, 1, 1, 1), (4, 1, 1, 1)]);
}

#[test]
fn where_requirements_meet_the_highest_counts() {
    let required = ["Mo 00:00-00:10=1", "Mo 00:04-00:06 = 3"]
        .map(|text| Required::parse(text).expect("it is a requirement"));
    let all = requirements(&required, minutes(0, 8), &Zone::utc());
    let shown: Vec<(TimeRange, i32)> =
        vec![(minutes(0, 4), 1), (minutes(4, 6), 3), (minutes(6, 8), 1)];
    assert_eq!(all, shown);
    for wrong in [
        "Mo 00:00-00:10",
        "=5",
        "Mo 09:00-17:00=-1",
        "Mo 09:00-17:00=many",
        "",
    ] {
        assert!(Required::parse(wrong).is_err(), "{wrong:?} was accepted");
    }
}

/// Sweeps of several people, one a minute: as in [`crowd`], but there is no sweep where all are `.`, and where one is
/// `~` the sweep was partial and did not reach them.
fn drawn_sweeps(drawings: &[&str]) -> Vec<Sweep> {
    let columns = (0..drawings[0].len()).map(|at| {
        let column: Vec<&str> = drawings.iter().map(|drawing| &drawing[at..=at]).collect();
        (at, column)
    });
    let swept = columns.filter(|(_, column)| column.iter().any(|one_sweep| *one_sweep != "."));
    swept
        .map(|(at, column)| {
            let people = (101..).map(ExtensionId).zip(&column);
            let seen = people.filter(|(_, one_sweep)| !["-", "~", "."].contains(one_sweep));
            let seen: Vec<_> = seen
                .map(|(id, one_sweep)| (id, presence(one_sweep)))
                .collect();
            let status = if column.contains(&"~") {
                SweepStatus::Partial
            } else {
                SweepStatus::Complete
            };
            sweep(minute(at), status, &seen)
        })
        .collect()
}

/// When fewer than `number` were in `A`: the kind of each minute by its first letter (`.` for enough), and each stretch
/// as `kind from-to guaranteed known possible`.
fn too_few(drawings: &[&str], number: i32) -> (String, Vec<String>) {
    let length = drawings[0].len();
    let crowd = GroupSize::seen_by(&drawn_sweeps(drawings), length);
    let judged = Judged::of(&crowd.coverage, crowd.window, crowd.window.to());
    let segments = crowd.segments(&crowd.whole(), &[0]);
    let found = shortfalls(&segments, &[(crowd.window, number)], &judged);
    let at = |at: presence_model::time::Timestamp| {
        usize::try_from((at.as_ms() - START_MS) / MINUTE_MS).expect("few minutes")
    };
    let mut drawn = vec!['.'; length];
    let shown = found.iter().map(|short| {
        let (from, to) = (at(short.span.from()), at(short.span.to()));
        let letter = short.kind.name().chars().next().unwrap_or_default();
        drawn[from..to].fill(letter);
        let numbers = (short.guaranteed, short.known, short.possible);
        let (guaranteed, known, possible) = numbers;
        let kind = short.kind.name();
        format!("{kind} {from}-{to} {guaranteed} {known} {possible}")
    });
    let shown = shown.collect();
    (drawn.into_iter().collect(), shown)
}

#[track_caller]
fn check_too_few(drawings: &[&str], number: i32, expected: &[&str]) {
    assert_eq!(too_few(drawings, number).1, expected, "\n{drawings:?}");
}

#[test]
fn shortages_are_reported_with_their_bounds() {
    // From 2 to 3 the first may already be in B, from 5 to 6 in A again; the last minute is presumed.
    check_too_few(
        &["AAABBBAA", "AAAAAABB"],
        2,
        &[
            "possible 2-3 1 2 2",
            "certain 3-5 1 1 1",
            "possible 5-6 0 1 2",
            "certain 6-7 1 1 1",
        ],
    );
}

#[test]
fn a_gap_is_no_shortage_and_is_not_merged_with_one() {
    check_too_few(
        &["ABBB....BBBAA", "AAAA....AAAAA"],
        2,
        &[
            "possible 0-1 1 2 2",
            "certain 1-3 1 1 1",
            "unknown 3-8 0 0 2",
            "certain 8-10 1 1 1",
            "possible 10-11 1 1 2",
        ],
    );
    // Whatever the numbers were before, someone new may have come.
    check_too_few(
        &["BBBB....BBB"],
        2,
        &[
            "certain 0-3 0 0 0",
            "unknown 3-8 0 0 1",
            "certain 8-10 0 0 0",
        ],
    );
}

#[test]
fn an_extension_that_a_partial_sweep_missed_may_have_been_there() {
    check_too_few(&["AA~~~~AA", "AAAAAAAA"], 2, &["possible 1-6 1 1 2"]);
    // Nothing is known about anyone who counts, although the sweeps saw someone else.
    check_too_few(
        &["AA~~~~AA", "--------"],
        2,
        &[
            "certain 0-1 1 1 1",
            "unknown 1-6 0 0 1",
            "certain 6-7 1 1 1",
        ],
    );
}

#[test]
fn what_is_presumed_is_not_judged() {
    check_too_few(&["AAA..."], 1, &[]);
    check_too_few(&["AAAAAA", "AAA~~~"], 3, &["certain 0-2 2 2 2"]);
    check_too_few(&["BBBBBB"], 1, &["certain 0-5 0 0 0"]);
    check_too_few(&["~"], 1, &[]);
}

fn drawings() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[AABBC-]{15}", 1..7).prop_filter("someone must be seen", |drawn| {
        drawn.iter().any(|one| one.contains(['A', 'B', 'C']))
    })
}

proptest! {
    #[test]
    fn steps_add_up_to_the_report(drawings in drawings(), step_ms in 1_i64..400_000) {
        let crowd = GroupSize::of(&drawings);
        let points = crowd.points(&crowd.whole(), step_ms);
        let grid = Grid::new(&[crowd.whole()]);
        let mut report = Report::new();
        for history in &crowd.histories {
            let cells = grid.zone(0);
            report.add(history, &crowd.dictionary, &crowd.frame(), cells, GroupBy::default()).expect("the dictionary has them all");
        }
        let row = report.rows(&grid).next().map(|(_, _, row)| row.clone()).unwrap_or_default();
        let reported = crowd.class().and_then(|class| row.class(class).map(|row| row.amount.ms));
        prop_assert_eq!(points.iter().map(|point| point.ms).sum::<i64>(), reported.unwrap_or(0));
        let counted: i64 = points.iter().map(|point| point.counted_ms).sum();
        prop_assert_eq!(counted, crowd.window.duration_ms());
        for point in &points {
            prop_assert!(0 <= point.guaranteed && point.guaranteed <= point.min);
            prop_assert!(point.min <= point.max && point.max <= point.possible);
            prop_assert!(i64::from(point.min) * point.counted_ms <= point.ms);
            prop_assert!(point.ms <= i64::from(point.max) * point.counted_ms);
        }
    }

    #[test]
    fn each_minute_is_counted_as_person_by_person(drawings in drawings()) {
        let crowd = GroupSize::of(&drawings);
        let points = crowd.points(&crowd.whole(), MINUTE_MS);
        let counted: Vec<(i32, i32)> = points.iter().map(|one| (one.max, one.unknown_max)).collect();
        prop_assert_eq!(&counted, &crowd.minute_by_minute());
        prop_assert!(points.iter().all(|point| point.min == point.max));
    }

    #[test]
    fn merged_parts_of_the_counts_are_the_whole(
        drawings in drawings(),
        parts in prop::collection::vec(0_usize..2, 6),
    ) {
        let crowd = GroupSize::of(&drawings);
        let whole = crowd.whole();
        prop_assert_eq!(crowd.segments(&whole, &parts), crowd.segments(&whole, &[0]));
    }

    #[test]
    fn shortages_agree_with_the_rules_as_written(
        drawings in prop::collection::vec("[AAB.~-]{12}", 1..5),
        number in 1_i32..4,
    ) {
        let drawings = aligned(&drawings);
        prop_assume!(drawings.iter().any(|one| one.contains(['A', 'B'])));
        let drawings: Vec<&str> = drawings.iter().map(String::as_str).collect();
        let (drawn, shown) = too_few(&drawings, number);
        prop_assert_eq!(&drawn, &too_few_by_the_letter(&drawings, number), "\n{:?}", drawings);
        // Adjoining minutes of the same kind are one stretch.
        let mut runs = 0;
        let mut last = '.';
        for kind in drawn.chars() {
            runs += usize::from(kind != last && kind != '.');
            last = kind;
        }
        prop_assert_eq!(shown.len(), runs, "\n{:?} {:?}", drawings, shown);
    }
}

/// Drawings with sweeps of everyone, except where the first has `.`: there no sweep was made.
fn aligned(drawings: &[String]) -> Vec<String> {
    let has_sweep: Vec<bool> = drawings[0]
        .chars()
        .map(|one_sweep| one_sweep != '.')
        .collect();
    let aligned = drawings.iter().map(|drawing| {
        let drawn_sweeps = drawing.chars().zip(&has_sweep);
        drawn_sweeps
            .map(|(one_sweep, has_sweep)| match (has_sweep, one_sweep) {
                (false, _) => '.',
                (true, '.') => 'A',
                (true, one_sweep) => one_sweep,
            })
            .collect()
    });
    aligned.collect()
}

/// The same as [`too_few`] draws, minute by minute from the sweeps themselves.
fn too_few_by_the_letter(drawings: &[&str], number: i32) -> String {
    let length = drawings[0].len();
    let column = |at: usize| drawings.iter().map(move |drawing| &drawing[at..=at]);
    let is_sweep = |at: &usize| column(*at).all(|one_sweep| one_sweep != ".");
    let is_partial = |at: usize| column(at).any(|one_sweep| one_sweep == "~");
    // An extension that a partial sweep lacks was not reached.
    let seen = drawings
        .iter()
        .filter(|drawing| drawing.contains(['A', 'B']));
    let people: Vec<Vec<Minute>> = seen
        .map(|drawing| {
            let drawn_sweeps = drawing.chars().enumerate();
            let drawn_sweeps = drawn_sweeps.map(|(at, one_sweep)| match one_sweep {
                '-' if is_partial(at) => '~',
                one_sweep => one_sweep,
            });
            by_the_letter(&drawn_sweeps.collect::<String>(), length, length)
        })
        .collect();
    let judged_until = (0..length)
        .rfind(|at| is_sweep(at) && !is_partial(*at))
        .unwrap_or(0);
    let kind = |at: usize| {
        let count = |is: &dyn Fn(&Minute) -> bool| {
            let count = people.iter().filter(|person| is(&person[at])).count();
            i32::try_from(count).expect("few people")
        };
        let before = (0..=at).rfind(is_sweep);
        let after = (at + 1..length).find(is_sweep);
        let is_gap = before.zip(after).is_none_or(|(from, to)| to - from > 2);
        let is_a = |minute: &Minute| {
            minute.estimate == 'A' && !minute.presumed && minute.possible.len() == 1
        };
        let guaranteed = count(&is_a);
        let possible =
            count(&|minute| minute.estimate == UNKNOWN || minute.possible.contains(&'A'));
        let unknown = count(&|minute| minute.estimate == UNKNOWN);
        let existing = count(&|minute| minute.estimate != ABSENT);
        if at >= judged_until || guaranteed >= number {
            '.'
        } else if is_gap || (existing > 0 && existing == unknown) {
            'u'
        } else if possible < number {
            'c'
        } else {
            'p'
        }
    };
    (0..length).map(kind).collect()
}
