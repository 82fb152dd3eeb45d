//! The rows of a report: schedules, groups as they were, first and last moments, transitions.

use presence_core::query::calendar::{Schedule, Slice};
use presence_core::query::classes::Classes;
use presence_core::query::group::GroupBy;
use presence_core::query::report::{Moment, Report, Row};
use presence_core::query::schedule_slots::Grid;
use presence_core::query::track::Frame;
use presence_model::ids::ExtensionId;
use presence_model::observation::{DirectoryEntry, Sweep, SweepStatus};
use presence_model::profile::ProfileUpdate;
use presence_model::time::{TimeRange, Timestamp};
use proptest::prelude::*;

use crate::support::drawn::{
    FACET, MINUTE_MS, PERSON, START_MS, crowd, minute, minutes, presence, record, sweep, sweeps,
};

/// A schedule of slices in minutes, each in a bucket.
fn slices(slices: &[(usize, usize, u32)]) -> Schedule {
    let count = slices.iter().map(|slice| slice.2 + 1).max().unwrap_or(0);
    Schedule {
        slices: slices
            .iter()
            .map(|&(from, to, bucket)| Slice {
                span: minutes(from, to),
                bucket,
            })
            .collect(),
        labels: (0..count)
            .map(|bucket| format!("bucket {bucket}"))
            .collect(),
    }
}

/// The rows, named by their groups and buckets, and the classes that they count.
fn rows(
    sweeps: &[Sweep],
    window: TimeRange,
    schedule: &Schedule,
    group_by: GroupBy,
) -> (Vec<(String, Row)>, Classes) {
    let (_, replay) = record(sweeps);
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let complete = replay.coverage().complete;
    let frame = Frame {
        window,
        now: minute(1_000),
        complete: &complete,
        classes: &classes,
    };
    let grid = Grid::new(std::slice::from_ref(schedule));
    let mut report = Report::new();
    for history in &histories {
        report
            .add(history, &dictionary, &frame, grid.zone(0), group_by)
            .expect("the dictionary has them all");
    }
    let named = report.rows(&grid).map(|(key, label, row)| {
        let groups = [&key.department, &key.site, &key.queue];
        let mut name: Vec<String> = groups
            .into_iter()
            .flatten()
            .map(|group| group.as_deref().unwrap_or("none").to_owned())
            .collect();
        name.push(label.to_string());
        (name.join(", "), row.clone())
    });
    (named.collect(), classes)
}

fn minutes_of(at: Timestamp) -> i64 {
    (at.as_ms() - START_MS) / MINUTE_MS
}

/// `at (earliest)` of a moment, in minutes.
fn moment(moment: Option<Moment>) -> String {
    moment.map_or("never".to_owned(), |moment| {
        let earliest = moment
            .earliest
            .map_or("none".to_owned(), |at| minutes_of(at).to_string());
        format!("{} ({earliest})", minutes_of(moment.at))
    })
}

/// The first and last moment of `B` in the only row of a drawing, as `first .. last`.
#[track_caller]
fn check_first_last(drawn_sweeps: &str, schedule: &[(usize, usize, u32)], expected: &str) {
    let window = minutes(0, drawn_sweeps.len());
    let (rows, classes) = rows(
        &sweeps(drawn_sweeps),
        window,
        &slices(schedule),
        GroupBy::default(),
    );
    let (_, row) = rows.first().expect("there is a row");
    let mut possible = row.classes.iter();
    let class = possible
        .find(|row| classes.value(row.class) == Some("B"))
        .expect("B was possible");
    let shown = format!("{} .. {}", moment(class.first()), moment(class.last()));
    assert_eq!(shown, expected, "\nsweeps: {drawn_sweeps}");
}

#[test]
fn first_and_last_with_the_earliest_that_they_can_have_been() {
    check_first_last("AAABBBAAA", &[(0, 9, 0)], "3 (2) .. 6 (5)");
}

#[test]
fn the_whole_window_in_one_state_begins_and_ends_with_it() {
    check_first_last("BBBBB", &[(1, 4, 0)], "1 (1) .. 4 (4)");
}

#[test]
fn the_earliest_is_cut_to_the_scheduled_time() {
    // B came at 3, not before 2; scheduled time begins at 3.
    check_first_last("AAABBBAAA", &[(3, 9, 0)], "3 (3) .. 6 (5)");
    // It ended at 6, not before 5; scheduled time ends at 5.
    check_first_last("AAABBBAAA", &[(0, 5, 0)], "3 (2) .. 5 (5)");
    // A change after the end of the schedule may have happened before it.
    check_first_last("AAABB.AAA", &[(0, 5, 0)], "3 (2) .. 5 (4)");
}

#[test]
fn a_break_in_the_schedule_has_no_first_or_last_moment() {
    // B came during the break [3, 5), at 4, not before 2: the schedule before the break ends at 3.
    check_first_last("AAA.BBAA", &[(0, 3, 0), (5, 8, 0)], "5 (2) .. 6 (5)");
    check_first_last("AAABBBAA", &[(0, 2, 0), (5, 8, 0)], "5 (5) .. 6 (5)");
}

#[test]
fn after_a_gap_the_first_moment_has_no_bound() {
    check_first_last("AA...BBB.AAA", &[(0, 12, 0)], "5 (none) .. 9 (7)");
}

#[test]
fn before_a_gap_the_last_moment_is_the_last_sweep() {
    check_first_last("ABB....AA", &[(0, 9, 0)], "1 (0) .. 2 (2)");
}

#[test]
fn a_gap_that_ends_before_the_schedule_begins_does_not_matter() {
    check_first_last("A....BBBBB", &[(7, 10, 0)], "7 (7) .. 9 (9)");
}

#[test]
fn transitions_count_where_they_were_seen() {
    let (rows, _) = rows(
        &sweeps("ABAAB...ABB"),
        minutes(0, 11),
        &slices(&[(0, 2, 0), (2, 4, 1), (4, 8, 2), (8, 11, 3)]),
        GroupBy::default(),
    );
    let counts: Vec<i64> = rows.iter().map(|(_, row)| row.transitions).collect();
    // At 1; at 2; at 4; across the gap at 8, and at 9.
    assert_eq!(counts, [1, 1, 1, 2]);
}

#[test]
fn appearing_and_disappearing_are_no_transitions() {
    let (rows, _) = rows(
        &sweeps("-A--B"),
        minutes(0, 5),
        &slices(&[(0, 5, 0)]),
        GroupBy::default(),
    );
    assert_eq!(rows[0].1.transitions, 0);
}

#[test]
fn anyone_who_was_absent_all_along_has_no_row() {
    let whole = |window| {
        let (rows, _) = rows(
            &sweeps("--AA--..--"),
            window,
            &slices(&[(0, 10, 0)]),
            GroupBy::default(),
        );
        rows.len()
    };
    assert_eq!(whole(minutes(0, 2)), 0);
    assert_eq!(whole(minutes(1, 3)), 1);
    assert_eq!(whole(minutes(8, 10)), 0);
}

fn told(at: usize, department: &str, queues: &[&str]) -> DirectoryEntry {
    DirectoryEntry {
        extension_id: PERSON,
        received_at: minute(at),
        update: ProfileUpdate {
            department: Some(Some(department.to_owned())),
            queues: Some(queues.iter().map(|&queue| queue.to_owned()).collect()),
            ..ProfileUpdate::default()
        },
    }
}

/// Ten sweeps that see one person, who changes department and queues at 4.
fn moves() -> Vec<Sweep> {
    let mut history: Vec<Sweep> = (0..10)
        .map(|at| {
            sweep(
                minute(at),
                SweepStatus::Complete,
                &[(PERSON, presence("A"))],
            )
        })
        .collect();
    history[0].directory.push(told(0, "Sales", &["East"]));
    history[4]
        .directory
        .push(told(4, "Support", &["East", "West"]));
    history
}

#[track_caller]
fn check_scheduled(group_by: GroupBy, expected: &[(&str, i64)]) {
    let (rows, _) = rows(&moves(), minutes(0, 9), &slices(&[(0, 9, 0)]), group_by);
    let scheduled: Vec<(&str, i64)> = rows
        .iter()
        .map(|(name, row)| (name.as_str(), row.scheduled_ms / MINUTE_MS))
        .collect();
    assert_eq!(scheduled, expected);
}

#[test]
fn groups_are_those_of_the_time() {
    let by_department = GroupBy {
        department: true,
        ..GroupBy::default()
    };
    check_scheduled(
        by_department,
        &[("Sales, bucket 0", 4), ("Support, bucket 0", 5)],
    );
}

#[test]
fn a_person_in_two_queues_counts_in_both() {
    let by_queue = GroupBy {
        queue: true,
        ..GroupBy::default()
    };
    check_scheduled(by_queue, &[("East, bucket 0", 9), ("West, bucket 0", 5)]);
}

#[test]
fn a_group_that_is_not_set_is_a_group() {
    let by_site = GroupBy {
        site: true,
        ..GroupBy::default()
    };
    check_scheduled(by_site, &[("none, bucket 0", 9)]);
}

#[test]
fn without_groups_everybodys_time_adds_up() {
    let other = ExtensionId(102);
    let history: Vec<Sweep> = (0..5)
        .map(|at| {
            let seen = [(PERSON, presence("A")), (other, presence("B"))];
            sweep(minute(at), SweepStatus::Complete, &seen)
        })
        .collect();
    let (rows, _) = rows(
        &history,
        minutes(0, 4),
        &slices(&[(0, 4, 0)]),
        GroupBy::default(),
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].1.scheduled_ms, 8 * MINUTE_MS);
}

proptest! {
    #[test]
    fn merged_parts_of_a_report_are_the_whole(
        drawings in prop::collection::vec("[AAABBC-]{12}", 1..6),
        parts in prop::collection::vec(0_usize..3, 6),
        backwards in any::<bool>(),
    ) {
        let (_, replay) = record(&crowd(&drawings));
        let (histories, dictionary) = replay.histories();
        let classes = Classes::of_facet(&dictionary, FACET);
        let complete = replay.coverage().complete;
        let window = minutes(1, 12);
        let frame = Frame { window, now: minute(12), complete: &complete, classes: &classes };
        let grid = Grid::new(&[slices(&[(1, 5, 0), (6, 8, 1), (8, 12, 2)])]);
        let add = |report: &mut Report, history| {
            report.add(history, &dictionary, &frame, grid.zone(0), GroupBy::default()).expect("the dictionary has them all");
        };
        let mut whole = Report::new();
        let mut divided = [Report::new(), Report::new(), Report::new()];
        for (history, part) in histories.iter().zip(&parts) {
            add(&mut whole, history);
            add(&mut divided[*part], history);
        }
        if backwards {
            divided.reverse();
        }
        let mut merged = Report::new();
        for part in divided {
            merged.merge(part);
        }
        let rows = |report: &Report| -> Vec<Row> {
            report.rows(&grid).map(|(_, _, row)| row.clone()).collect()
        };
        prop_assert_eq!(rows(&merged), rows(&whole));
    }
}

#[test]
fn what_is_presumed_can_have_ended_right_after_the_last_sweep() {
    // The last sweep was at 4, now is 6: B may have ended at any moment since.
    let window = minutes(0, 8);
    let sweeps = sweeps("AABBB");
    let (_, replay) = record(&sweeps);
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let complete = replay.coverage().complete;
    let frame = Frame {
        window,
        now: minute(6),
        complete: &complete,
        classes: &classes,
    };
    let last = |schedule: &[(usize, usize, u32)]| {
        let grid = Grid::new(&[slices(schedule)]);
        let mut report = Report::new();
        for history in &histories {
            report
                .add(
                    history,
                    &dictionary,
                    &frame,
                    grid.zone(0),
                    GroupBy::default(),
                )
                .expect("the dictionary has them all");
        }
        let (_, _, row) = report.rows(&grid).next().expect("there is a row");
        let class = classes.find(Some("B")).and_then(|class| row.class(class));
        moment(class.expect("B was seen").last())
    };
    assert_eq!(last(&[(0, 8, 0)]), "6 (4)");
    // Before the last sweep it is certain; after it, scheduled time begins later than the sweep.
    assert_eq!(last(&[(0, 4, 0)]), "4 (4)");
    assert_eq!(last(&[(5, 8, 0)]), "6 (5)");
    // The hours pause between them: B may have ended at the end of the hours before the pause.
    assert_eq!(last(&[(0, 3, 0), (5, 8, 0)]), "6 (3)");
}
