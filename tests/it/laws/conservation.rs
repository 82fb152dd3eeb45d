//! No time is lost or counted twice: over groups, inside and outside hours, and with planned absence.

use std::collections::BTreeMap;

use presence_core::query::calendar::{Schedule, Slice};
use presence_core::query::classes::Classes;
use presence_core::query::group::{GroupBy, GroupKey, Groups};
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::report::{Report, Row};
use presence_core::query::schedule_slots::{Grid, ScheduleSlots};
use presence_core::query::track::Frame;
use presence_core::query::wanted::Wanted;
use presence_model::history::{Dictionary, ExtensionHistory};
use presence_model::ids::ExtensionId;
use presence_model::observation::{DirectoryEntry, SweepStatus};
use presence_model::profile::ProfileUpdate;
use presence_model::time::TimeRange;
use proptest::prelude::*;

use crate::support::drawn::{
    FACET, MINUTE_MS, PERSON, crowd, minute, minutes, presence, record, sweep, sweeps,
};

/// What one question counts: all figures of a row that add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    scheduled_ms: i64,
    unknown_ms: i64,
    absent_ms: i64,
    transitions: i64,
    /// By class: estimate, minimum, maximum.
    values: BTreeMap<u32, [i64; 3]>,
}

impl Sum {
    fn add(&mut self, row: &Row) {
        self.scheduled_ms += row.scheduled_ms;
        self.unknown_ms += row.unknown_ms;
        self.absent_ms += row.absent_ms;
        self.transitions += row.transitions;
        for class in &row.classes {
            let amount = class.amount;
            let sums = self.values.entry(class.class.0).or_default();
            let of_row = [amount.ms, amount.min_ms, amount.max_ms];
            for (sum, ms) in sums.iter_mut().zip(of_row) {
                *sum += ms;
            }
        }
        self.values.retain(|_, sums| *sums != [0; 3]);
    }
}

/// Several people's histories.
struct World {
    histories: Vec<ExtensionHistory>,
    dictionary: Dictionary,
    classes: Classes,
    complete: Vec<presence_model::coverage::CoverageSegment>,
    window: TimeRange,
}

impl World {
    fn of(drawings: &[String]) -> Self {
        let length = drawings[0].len();
        let (_, replay) = record(&crowd(drawings));
        let (histories, dictionary) = replay.histories();
        Self {
            histories,
            classes: Classes::of_facet(&dictionary, FACET),
            dictionary,
            complete: replay.coverage().complete,
            window: minutes(0, length),
        }
    }

    fn rows(&self, grid: &Grid, cells: &ScheduleSlots, group_by: GroupBy) -> (usize, Sum) {
        let mut all = Sum::default();
        let rows = self.rows_of(grid, cells, group_by.into());
        let count = rows.values().map(Vec::len).sum();
        for row in rows.values().flatten() {
            all.add(row);
        }
        (count, all)
    }

    /// The rows of each group.
    fn rows_of(
        &self,
        grid: &Grid,
        cells: &ScheduleSlots,
        groups: Groups<'_>,
    ) -> BTreeMap<GroupKey, Vec<Row>> {
        let frame = Frame {
            window: self.window,
            now: self.window.to(),
            complete: &self.complete,
            classes: &self.classes,
        };
        let mut report = Report::new();
        for history in &self.histories {
            report
                .add(history, &self.dictionary, &frame, cells, groups)
                .expect("the dictionary has them all");
        }
        let mut rows: BTreeMap<GroupKey, Vec<Row>> = BTreeMap::new();
        for (key, _, row) in report.rows(grid) {
            rows.entry(key.clone()).or_default().push(row.clone());
        }
        rows
    }

    /// People who move between departments and queues from sweep to sweep.
    fn of_moves(drawings: &[String], moves: &[Move]) -> Self {
        let mut drawn_sweeps = crowd(drawings);
        for (person, at, department, bits) in moves {
            let queues = QUEUES.iter().enumerate();
            let queues = queues.filter(|(index, _)| bits & (1 << index) != 0);
            let one_sweep = drawn_sweeps.len() - 1;
            drawn_sweeps[*at.min(&one_sweep)]
                .directory
                .push(DirectoryEntry {
                    extension_id: ExtensionId(101 + i64::from(*person)),
                    received_at: minute(*at.min(&one_sweep)),
                    update: ProfileUpdate {
                        department: Some(department.map(str::to_owned)),
                        queues: Some(queues.map(|(_, name)| (*name).to_owned()).collect()),
                        ..ProfileUpdate::default()
                    },
                });
        }
        let (_, replay) = record(&drawn_sweeps);
        let (histories, dictionary) = replay.histories();
        Self {
            histories,
            classes: Classes::of_facet(&dictionary, FACET),
            dictionary,
            complete: replay.coverage().complete,
            window: minutes(0, drawings[0].len()),
        }
    }
}

/// The person, the sweep, the new department, and the new queues, one a bit.
type Move = (u8, usize, Option<&'static str>, u8);

const QUEUES: [&str; 2] = ["First", "Second"];

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let department = prop::sample::select(vec![None, Some("North"), Some("South")]);
    prop::collection::vec((0_u8..4, 0_usize..20, department, 0_u8..4), 0..9)
}

fn scheduled(spans: &[TimeRange]) -> Grid {
    let slices = spans.iter().map(|span| Slice {
        span: *span,
        bucket: 0,
    });
    Grid::new(&[Schedule {
        slices: slices.collect(),
        labels: vec![String::new()],
    }])
}

fn drawings() -> impl Strategy<Value = Vec<String>> {
    let one_sweep = prop::sample::select(vec!['A', 'A', 'B', 'C', '-']);
    let drawing = prop::collection::vec(one_sweep, 20)
        .prop_map(|drawn_sweeps| drawn_sweeps.into_iter().collect());
    prop::collection::vec(drawing, 1..5)
}

const BY_EXTENSION: GroupBy = GroupBy {
    extension: true,
    department: false,
    site: false,
    queue: false,
    as_now: false,
};

proptest! {
    #[test]
    fn rows_of_groups_add_up_to_the_account(drawings in drawings()) {
        let world = World::of(&drawings);
        let grid = scheduled(&[world.window]);
        let (count, by_extension) = world.rows(&grid, grid.zone(0), BY_EXTENSION);
        let (_, of_account) = world.rows(&grid, grid.zone(0), GroupBy::default());
        prop_assert!(count <= drawings.len());
        prop_assert_eq!(by_extension, of_account);
    }

    #[test]
    fn narrowed_to_a_group_a_report_is_the_row_of_that_group(
        drawings in drawings(),
        moves in moves(),
        as_now in any::<bool>(),
    ) {
        let world = World::of_moves(&drawings, &moves);
        let grid = scheduled(&[world.window]);
        let cells = grid.zone(0);
        let by = |department, queue| GroupBy { department, queue, as_now, ..GroupBy::default() };
        let named = |name: &Option<std::sync::Arc<str>>| {
            let named = name.as_deref().map(|name| Wanted::Named(name.to_owned()));
            vec![named.unwrap_or(Wanted::Absent)]
        };
        for (key, rows) in world.rows_of(&grid, cells, by(true, false).into()) {
            let group_filter = GroupFilter {
                departments: named(key.department.as_ref().expect("it is asked for")),
                ..GroupFilter::default()
            };
            let narrowed = |by| world.rows_of(&grid, cells, Groups { by, group_filter: Some(&group_filter) });
            let all: Vec<Vec<Row>> = narrowed(by(false, false)).into_values().collect();
            prop_assert_eq!(&all, std::slice::from_ref(&rows));
            let same = narrowed(by(true, false));
            prop_assert_eq!(same.into_iter().collect::<Vec<_>>(), [(key, rows)]);
        }
        for (key, rows) in world.rows_of(&grid, cells, by(false, true).into()) {
            let group_filter = GroupFilter {
                queues: named(key.queue.as_ref().expect("it is asked for")),
                ..GroupFilter::default()
            };
            let narrowed = |by| world.rows_of(&grid, cells, Groups { by, group_filter: Some(&group_filter) });
            let all: Vec<Vec<Row>> = narrowed(by(false, false)).into_values().collect();
            prop_assert_eq!(&all, std::slice::from_ref(&rows));
            // A person in both queues has no row for the queue that was not asked for.
            let same = narrowed(by(false, true));
            prop_assert_eq!(same.into_iter().collect::<Vec<_>>(), [(key, rows)]);
        }
    }

    #[test]
    fn inside_and_outside_the_hours_make_the_window(
        drawings in drawings(),
        from in 1_usize..18,
        length in 1_usize..18,
    ) {
        let world = World::of(&drawings);
        let whole = scheduled(&[world.window]);
        let inside = minutes(from, (from + length).min(19));
        let outside = [minutes(0, from), TimeRange::new(inside.to(), world.window.to()).expect("not empty")];
        let (hours, rest) = (scheduled(&[inside]), scheduled(&outside));
        let (_, mut sum) = world.rows(&hours, hours.zone(0), BY_EXTENSION);
        let (_, other) = world.rows(&rest, rest.zone(0), BY_EXTENSION);
        let (_, all) = world.rows(&whole, whole.zone(0), BY_EXTENSION);
        sum.scheduled_ms += other.scheduled_ms;
        sum.unknown_ms += other.unknown_ms;
        sum.absent_ms += other.absent_ms;
        sum.transitions += other.transitions;
        for (class, amounts) in other.values {
            let sums = sum.values.entry(class).or_default();
            for (sum, ms) in sums.iter_mut().zip(amounts) {
                *sum += ms;
            }
        }
        prop_assert_eq!(sum, all);
    }

    #[test]
    fn planned_absence_removes_exactly_its_own_time(
        drawings in drawings(),
        from in 0_usize..18,
        length in 1_usize..18,
    ) {
        let world = World::of(&drawings);
        let grid = scheduled(&[world.window]);
        let cells = grid.zone(0);
        let (kept, away) = cells.split(&[minutes(from, (from + length).min(20))]);
        let (_, all) = world.rows(&grid, cells, BY_EXTENSION);
        let (_, kept) = world.rows(&grid, &kept, BY_EXTENSION);
        let (_, away) = world.rows(&grid, &away, BY_EXTENSION);
        for figure in [
            |sum: &Sum| sum.unknown_ms,
            |sum: &Sum| sum.absent_ms,
            |sum: &Sum| sum.transitions,
            |sum: &Sum| sum.values.values().map(|amounts| amounts[0]).sum::<i64>(),
        ] {
            prop_assert_eq!(figure(&kept) + figure(&away), figure(&all));
        }
    }
}

/// A directory entry with a person's name and number.
fn named(at: usize, name: &str, number: &str) -> DirectoryEntry {
    DirectoryEntry {
        extension_id: PERSON,
        received_at: minute(at),
        update: ProfileUpdate {
            name: Some(Some(name.to_owned())),
            extension_number: Some(Some(number.to_owned())),
            ..ProfileUpdate::default()
        },
    }
}

#[test]
fn anyone_who_is_renamed_or_renumbered_stays_one_row() {
    let mut drawn_sweeps = sweeps("AAAAAAA");
    drawn_sweeps[0].directory = vec![named(0, "Extension 101", "101")];
    drawn_sweeps[3].directory = vec![named(3, "Extension 201 (moved)", "201")];
    let (_, replay) = record(&drawn_sweeps);
    let (histories, dictionary) = replay.histories();
    let world = World {
        classes: Classes::of_facet(&dictionary, FACET),
        complete: replay.coverage().complete,
        window: minutes(0, 6),
        histories,
        dictionary,
    };
    assert_eq!(world.histories.len(), 1);
    assert_eq!(world.histories[0].profiles.len(), 2);
    let grid = scheduled(&[world.window]);
    let (count, sum) = world.rows(&grid, grid.zone(0), BY_EXTENSION);
    assert_eq!((count, sum.scheduled_ms), (1, 6 * MINUTE_MS));
    // A new name does not change the state, so nothing becomes ambiguous.
    let amounts: Vec<[i64; 3]> = sum.values.into_values().collect();
    assert_eq!(amounts, [[6 * MINUTE_MS; 3]]);
}

#[test]
fn anyone_who_returns_is_one_row_and_a_new_extension_is_another() {
    let same = World::of(&["AA---AA".to_owned()]);
    let grid = scheduled(&[same.window]);
    assert_eq!(same.rows(&grid, grid.zone(0), BY_EXTENSION).0, 1);
    let other = World::of(&["AA-----".to_owned(), "-----AA".to_owned()]);
    let (count, sum) = other.rows(&grid, grid.zone(0), BY_EXTENSION);
    assert_eq!((count, sum.scheduled_ms), (2, 2 * 7 * MINUTE_MS));
}

#[test]
fn where_page_times_overlap_three_states_are_possible_and_time_adds_up() {
    // Each sweep takes half a minute. The ambiguous time of a change begins at the request before it, so it overlaps
    // the end of the ambiguous time before.
    let drawn_sweeps = ["A", "B", "C", "C"].into_iter().enumerate();
    let drawn_sweeps = drawn_sweeps.map(|(at, state)| {
        let begun = minute(at);
        let ended = begun.plus_ms(MINUTE_MS / 2);
        let seen = [(ExtensionId(101), presence(state))];
        let mut one_sweep = sweep(begun, SweepStatus::Complete, &seen);
        one_sweep.finished_at = ended;
        one_sweep.observations[0].received_at = ended;
        one_sweep
    });
    let (_, replay) = record(&drawn_sweeps.collect::<Vec<_>>());
    let (histories, dictionary) = replay.histories();
    let world = World {
        classes: Classes::of_facet(&dictionary, FACET),
        complete: replay.coverage().complete,
        window: TimeRange::new(minute(0).plus_ms(MINUTE_MS / 2), minute(3)).expect("not empty"),
        histories,
        dictionary,
    };
    let grid = scheduled(&[world.window]);
    let (_, sum) = world.rows(&grid, grid.zone(0), BY_EXTENSION);
    let seconds = |value: &str| {
        let class = world.classes.find(Some(value)).expect("it was seen");
        sum.values[&class.0].map(|ms| ms / 1_000)
    };
    // A is known from 0:30 to 1:30, B to 2:30, then C; the changes lie in 0:00–1:30 and 1:00–2:30.
    assert_eq!(seconds("A"), [60, 0, 60]);
    assert_eq!(seconds("B"), [60, 0, 120]);
    assert_eq!(seconds("C"), [30, 30, 120]);
}
