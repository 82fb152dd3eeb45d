//! Episodes, and what polling may have missed.

use presence_core::query::calendar::{Schedule, Slice};
use presence_core::query::classes::Classes;
use presence_core::query::group::GroupBy;
use presence_core::query::report::{Report, Row};
use presence_core::query::schedule_slots::Grid;
use presence_core::query::track::Frame;
use proptest::prelude::*;

use crate::support::drawn::{FACET, MINUTE_MS, crowd, minute, minutes, record, sweeps};

/// The rows of a drawing by bucket, with their figures, and the classes.
fn rows(
    drawn_sweeps: &[presence_model::observation::Sweep],
    slices: &[(usize, usize, u32)],
    length: usize,
) -> (Vec<Row>, Classes) {
    let (_, replay) = record(drawn_sweeps);
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, FACET);
    let complete = replay.coverage().complete;
    let frame = Frame {
        window: minutes(0, length),
        now: minute(1_000),
        complete: &complete,
        classes: &classes,
    };
    let buckets = slices.iter().map(|slice| slice.2 + 1).max().unwrap_or(0);
    let schedule = Schedule {
        slices: slices
            .iter()
            .map(|&(from, to, bucket)| Slice {
                span: minutes(from, to),
                bucket,
            })
            .collect(),
        labels: (0..buckets).map(|bucket| bucket.to_string()).collect(),
    };
    let grid = Grid::new(&[schedule]);
    let mut report = Report::with_figures();
    for history in &histories {
        let by = GroupBy::default();
        report
            .add(history, &dictionary, &frame, grid.zone(0), by)
            .expect("the dictionary has them all");
    }
    let rows = report.rows(&grid).map(|(_, _, row)| row.clone());
    (rows.collect(), classes)
}

/// `whole: mean/median/longest, cut, longest continuous` of a value, in minutes, row by row.
#[track_caller]
fn check(drawn_sweeps: &str, slices: &[(usize, usize, u32)], value: &str, expected: &[&str]) {
    let (rows, classes) = rows(&sweeps(drawn_sweeps), slices, drawn_sweeps.len());
    let shown: Vec<String> = rows
        .iter()
        .map(|row| {
            let figures = row.figures.as_deref().expect("figures were asked for");
            let mut of_classes = figures.classes.iter();
            let found = of_classes.find(|one| classes.value(one.class) == Some(value));
            let Some(found) = found else {
                return "none".to_owned();
            };
            let episodes = &found.episodes;
            let lengths = match (
                episodes.mean_ms(),
                episodes.median_ms(),
                episodes.longest_ms(),
            ) {
                (Some(mean), Some(median), Some(longest)) => {
                    let [mean, median, longest] = [mean, median, longest].map(|ms| ms / MINUTE_MS);
                    format!("{mean}/{median}/{longest}")
                }
                _ => "-".to_owned(),
            };
            format!(
                "{}: {lengths}, {}, {}",
                episodes.count(),
                episodes.cut_count,
                episodes.longest_continuous_ms / MINUTE_MS
            )
        })
        .collect();
    assert_eq!(shown, expected, "\nsweeps: {drawn_sweeps}");
}

#[test]
fn episodes_at_the_edges_of_the_window_are_cut() {
    check("AAABBAAAA", &[(0, 9, 0)], "B", &["1: 2/2/2, 0, 2"]);
    check("AAABBAAAA", &[(0, 9, 0)], "A", &["0: -, 2, 3"]);
}

#[test]
fn episodes_at_a_gap_are_cut() {
    check("ABB....BBAABBBAA", &[(0, 16, 0)], "B", &["1: 3/3/3, 2, 3"]);
}

#[test]
fn episodes_are_cut_by_the_hours() {
    // B from 2 to 8; the hours pause from 4 to 5.
    check("AABBBBBBAA", &[(0, 4, 0), (5, 10, 0)], "B", &["0: -, 2, 3"]);
}

#[test]
fn an_episode_that_crosses_a_bucket_is_cut_in_both() {
    check(
        "AABBBBBBAA",
        &[(0, 5, 0), (5, 10, 1)],
        "B",
        &["0: -, 1, 3", "0: -, 1, 3"],
    );
}

#[test]
fn adjoining_hours_of_one_bucket_cut_nothing() {
    check(
        "AABBBBBBAA",
        &[(0, 5, 0), (5, 10, 0)],
        "B",
        &["1: 6/6/6, 0, 6"],
    );
}

#[test]
fn appearing_and_disappearing_end_an_episode() {
    check("-AAB--AAA---", &[(0, 12, 0)], "A", &["2: 3/3/4, 0, 4"]);
}

#[test]
fn a_long_episode_does_not_move_the_median() {
    check("ABABABBBBBBBAA", &[(0, 14, 0)], "B", &["3: 3/1/7, 0, 7"]);
}

#[test]
fn changes_across_a_gap_say_nothing_about_polling() {
    let drawn_sweeps = "ABAAA....BBAA";
    let (rows, _) = rows(&sweeps(drawn_sweeps), &[(0, 13, 0)], drawn_sweeps.len());
    assert_eq!(rows[0].transitions, 4);
    let figures = rows[0].figures.as_deref().expect("figures were asked for");
    assert_eq!(figures.change_count(), 3);
    assert_eq!(figures.interval_ms(), Some(MINUTE_MS));
}

#[test]
fn sweeps_that_differ_as_if_by_chance_give_no_rate() {
    let drawn_sweeps = "ABABABABA";
    let (rows, _) = rows(&sweeps(drawn_sweeps), &[(0, 9, 0)], drawn_sweeps.len());
    let figures = rows[0].figures.as_deref().expect("figures were asked for");
    assert!(
        figures
            .classes
            .iter()
            .all(|one| one.expectation().is_none())
    );
}

proptest! {
    #[test]
    fn whole_and_cut_episodes_add_up_to_the_estimate(
        drawings in prop::collection::vec("[AABBBC-]{14}", 1..4),
    ) {
        let (rows, _) = rows(&crowd(&drawings), &[(1, 5, 0), (6, 8, 1), (8, 13, 0)], 14);
        for row in &rows {
            let figures = row.figures.as_deref().expect("figures were asked for");
            for class in &row.classes {
                let mut of_classes = figures.classes.iter();
                let episodes = of_classes.find(|one| one.class == class.class).map(|one| &one.episodes);
                let whole_ms = episodes.map_or(0, |one| {
                    one.mean_ms().unwrap_or(0) * i64::try_from(one.count()).expect("few")
                });
                let longest_ms = episodes.map_or(0, |one| one.longest_continuous_ms);
                let cut = episodes.map_or(0, |one| one.cut_count);
                // The mean is rounded down by less than a millisecond for each episode.
                prop_assert!(whole_ms <= class.amount.ms);
                prop_assert!(class.amount.ms - whole_ms <= cut * longest_ms + 14);
                prop_assert_eq!(longest_ms > 0, class.amount.ms > 0);
            }
        }
    }

    #[test]
    fn more_changes_are_expected_than_were_seen(drawing in "[AAAAAABBBBB]{40}") {
        let (rows, _) = rows(&sweeps(&drawing), &[(0, 40, 0)], 40);
        let figures = rows[0].figures.as_deref().expect("figures were asked for");
        for class in &figures.classes {
            if let Some(expected) = class.expectation() {
                let seen = f64::from(i32::try_from(class.change_count).expect("few"));
                prop_assert!(expected.change_count >= seen);
                prop_assert!(expected.share_seen > 0.0 && expected.share_seen <= 1.0);
            }
        }
    }
}
