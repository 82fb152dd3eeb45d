//! The bounds of an amount, and the laws that hold for every window.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use presence_core::query::calendar::{Schedule, Slice};
use presence_core::query::classes::{ClassId, Classes};
use presence_core::query::group::GroupBy;
use presence_core::query::report::{Amount, ClassRow, Report, Row};
use presence_core::query::schedule_slots::Grid;
use presence_core::query::track::Frame;
use presence_model::time::{TimeRange, Timestamp};
use proptest::prelude::*;

use crate::support::drawn::{FACET, MINUTE_MS, minute, minutes, record, sweeps};

/// The amounts of each value in minutes, as `A min/ms/max`, then the unknown and absent minutes.
fn amounts(drawn_sweeps: &str, window: TimeRange, now: Timestamp) -> String {
    let (row, classes) = row(drawn_sweeps, window, now);
    let mut text = String::new();
    let by_value: BTreeMap<_, _> = row
        .classes
        .iter()
        .map(|row| {
            let value = classes.value(row.class).unwrap_or("0");
            (value.to_owned(), row.amount)
        })
        .collect();
    for (value, amount) in by_value {
        let [min, ms, max] = [amount.min_ms, amount.ms, amount.max_ms].map(|ms| ms / MINUTE_MS);
        write!(text, "{value} {min}/{ms}/{max}  ").expect("writing to a string");
    }
    let [unknown, absent] = [row.unknown_ms, row.absent_ms].map(|ms| ms / MINUTE_MS);
    write!(text, "? {unknown}  - {absent}").expect("writing to a string");
    text
}

fn row(drawn_sweeps: &str, window: TimeRange, now: Timestamp) -> (Row, Classes) {
    let (_, replay) = record(&sweeps(drawn_sweeps));
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let coverage = replay.coverage();
    let frame = Frame {
        window,
        now,
        complete: &coverage.complete,
        classes: &classes,
    };
    // What is still to come is not scheduled yet.
    let passed = window.before(now);
    let schedule = Schedule {
        slices: passed
            .map(|span| Slice { span, bucket: 0 })
            .into_iter()
            .collect(),
        labels: vec![String::new()],
    };
    let grid = Grid::new(&[schedule]);
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
    let row = report.rows(&grid).next().map(|(_, _, row)| row.clone());
    (row.unwrap_or_default(), classes)
}

#[track_caller]
fn check_amounts(drawn_sweeps: &str, expected: &str) {
    let shown = amounts(
        drawn_sweeps,
        minutes(0, drawn_sweeps.len()),
        minute(drawn_sweeps.len()),
    );
    assert_eq!(shown, expected, "\nsweeps: {drawn_sweeps}");
}

#[test]
fn a_change_is_ambiguous_since_the_sweep_before() {
    // Seen at 2, not before 1: [1, 2) is A in the estimate, and neither in the minimum. The last minute is presumed.
    check_amounts("AABBB", "A 1/2/2  B 2/3/4  ? 0  - 0");
}

#[test]
fn a_sweep_left_out_makes_the_change_more_ambiguous() {
    check_amounts("AA.BB", "A 1/3/3  B 1/2/4  ? 0  - 0");
}

#[test]
fn adjoining_changes_leave_nothing_certain() {
    check_amounts("ABAB", "A 0/2/3  B 0/2/4  ? 0  - 0");
}

#[test]
fn across_a_gap_nothing_is_ambiguous() {
    check_amounts("AAA...BBB", "A 2/2/2  B 2/3/3  ? 4  - 0");
}

#[test]
fn a_state_seen_once_between_gaps_has_no_length_but_is_possible() {
    check_amounts("AAB....AA", "A 2/4/4  B 0/0/1  ? 5  - 0");
}

#[test]
fn appearing_is_a_change_like_others() {
    check_amounts("--AA", "A 1/2/3  ? 0  - 2");
}

#[test]
fn disappearing_is_a_change_like_others() {
    check_amounts("AAA--", "A 2/4/4  ? 0  - 1");
}

#[test]
fn a_change_after_the_window_casts_doubt_on_its_end() {
    assert_eq!(
        amounts("AAABBB", minutes(0, 3), minute(6)),
        "A 2/3/3  B 0/0/1  ? 0  - 0"
    );
}

#[test]
fn what_is_presumed_is_not_certain() {
    check_amounts("AA.", "A 1/3/3  ? 0  - 0");
}

#[test]
fn the_state_before_the_window_is_part_of_the_answer() {
    assert_eq!(
        amounts("AAAAAA", minutes(3, 5), minute(6)),
        "A 2/2/2  ? 0  - 0"
    );
}

#[test]
fn the_future_counts_nowhere() {
    assert_eq!(
        amounts("AAA", minutes(0, 10), minute(4)),
        "A 2/4/4  ? 0  - 0"
    );
}

fn drawing() -> impl Strategy<Value = String> {
    let sweep = prop::sample::select(vec!['A', 'A', 'B', 'C', '.', '-', '~', 'a', 'b']);
    prop::collection::vec(sweep, 1..40).prop_map(|drawn_sweeps| drawn_sweeps.into_iter().collect())
}

fn amount_of(row: &Row, class: ClassId) -> Amount {
    row.class(class).map(|row| row.amount).unwrap_or_default()
}

fn total(row: &Row) -> i64 {
    let known: i64 = row.classes.iter().map(|row| row.amount.ms).sum();
    known + row.unknown_ms + row.absent_ms
}

proptest! {
    #[test]
    fn everything_adds_up_to_what_has_passed_of_the_window(drawn_sweeps in drawing(), from in 0_usize..40, length in 1_usize..40) {
        let window = minutes(from, from + length);
        let now = minute(drawn_sweeps.len());
        let (row, _) = row(&drawn_sweeps, window, now);
        prop_assert_eq!(total(&row), row.scheduled_ms);
        if row.scheduled_ms > 0 {
            let passed = window.before(now).map(TimeRange::duration_ms);
            prop_assert_eq!(Some(row.scheduled_ms), passed);
        }
    }

    #[test]
    fn the_estimate_lies_within_its_bounds(drawn_sweeps in drawing()) {
        let (row, _) = row(&drawn_sweeps, minutes(0, drawn_sweeps.len()), minute(drawn_sweeps.len()));
        for amount in row.classes.iter().map(|row| row.amount) {
            prop_assert!(0 <= amount.min_ms);
            prop_assert!(amount.min_ms <= amount.ms);
            prop_assert!(amount.ms <= amount.max_ms);
            prop_assert!(amount.max_ms <= row.scheduled_ms);
        }
    }

    #[test]
    fn a_window_cut_in_two_adds_up(drawn_sweeps in drawing(), cut in 1_usize..40) {
        let end = drawn_sweeps.len().max(cut + 1);
        let now = minute(drawn_sweeps.len());
        let whole = row(&drawn_sweeps, minutes(0, end), now);
        let parts = [row(&drawn_sweeps, minutes(0, cut), now), row(&drawn_sweeps, minutes(cut, end), now)];
        // A part in which they did not exist has no row.
        if parts.iter().all(|(part, _)| part.scheduled_ms > 0) {
            let sum = |pick: &dyn Fn(&Row) -> i64| parts.iter().map(|(part, _)| pick(part)).sum::<i64>();
            prop_assert_eq!(whole.0.unknown_ms, sum(&|row| row.unknown_ms));
            prop_assert_eq!(whole.0.absent_ms, sum(&|row| row.absent_ms));
            prop_assert_eq!(whole.0.transitions, sum(&|row| row.transitions));
            for ClassRow { class, amount, .. } in whole.0.classes.iter().copied() {
                prop_assert_eq!(amount.ms, sum(&|row| amount_of(row, class).ms));
                prop_assert_eq!(amount.min_ms, sum(&|row| amount_of(row, class).min_ms));
                prop_assert_eq!(amount.max_ms, sum(&|row| amount_of(row, class).max_ms));
            }
        }
    }

    #[test]
    fn fewer_sweeps_never_make_more_known(drawn_sweeps in drawing(), dropped in 0_usize..40) {
        let now = minute(drawn_sweeps.len());
        let fewer: String = drawn_sweeps
            .chars()
            .enumerate()
            .map(|(index, sweep)| if index == dropped { '.' } else { sweep })
            .collect();
        let window = minutes(0, drawn_sweeps.len());
        let (more, _) = row(&drawn_sweeps, window, now);
        let (less, _) = row(&fewer, window, now);
        // Dropping the only sweep that saw the person drops the row.
        if less.scheduled_ms > 0 && !drawn_sweeps.contains(['-', '~', 'a', 'b']) {
            prop_assert!(less.unknown_ms >= more.unknown_ms);
        }
    }
}
