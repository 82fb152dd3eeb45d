//! A policy's classes over time: with any rules, every moment has one class, and profiles count as they were.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use presence_core::query::calendar::{Schedule, Slice};
use presence_core::query::classed::{ClassedHistory, Classing};
use presence_core::query::classes::{Classes, Criterion};
use presence_core::query::group::GroupBy;
use presence_core::query::policy::{Policy, PolicyText, RuleText};
use presence_core::query::report::{Report, Row};
use presence_core::query::schedule_slots::Grid;
use presence_core::query::timeline::timeline;
use presence_core::query::track::{Frame, Knowledge};
use presence_model::history::{Dictionary, ExtensionHistory, Replay};
use presence_model::observation::{DirectoryEntry, Sweep};
use presence_model::profile::ProfileUpdate;
use presence_model::time::{TimeRange, Timestamp};
use proptest::prelude::*;

use crate::support::drawn::{FACET, MINUTE_MS, PERSON, START_MS, minute, minutes, record, sweeps};

fn policy(rules: &[(String, String)]) -> Arc<Policy> {
    let rules = rules.iter().map(|(when, class)| RuleText {
        when: when.clone(),
        class: Some(class.clone()),
        ..RuleText::default()
    });
    let text = PolicyText {
        name: "tried".to_owned(),
        description: None,
        rules: rules.collect(),
    };
    let (policy, _) = Policy::read(&text).expect("it is well-formed");
    Arc::new(policy)
}

fn rules(rules: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = rules.iter();
    own.map(|(when, class)| ((*when).to_owned(), (*class).to_owned()))
        .collect()
}

/// The sweeps of a drawing, each with the department that the directory says at that time; `.` says nothing.
fn told_sweeps(drawn_sweeps: &str, departments: &str) -> Vec<Sweep> {
    let mut history = sweeps(drawn_sweeps);
    for sweep in &mut history {
        let at = usize::try_from((sweep.started_at.as_ms() - START_MS) / MINUTE_MS);
        let at = at.expect("drawings begin at their start");
        let department = departments.chars().nth(at).filter(|letter| *letter != '.');
        sweep.directory = department
            .map(|letter| DirectoryEntry {
                extension_id: PERSON,
                received_at: sweep.started_at,
                update: ProfileUpdate {
                    department: Some(Some(letter.to_string())),
                    ..ProfileUpdate::default()
                },
            })
            .into_iter()
            .collect();
    }
    history
}

struct Question {
    replay: Replay,
    histories: Vec<ExtensionHistory>,
    dictionary: Dictionary,
}

impl Question {
    fn of(drawn_sweeps: &str, departments: &str) -> Self {
        let (_, replay) = record(&told_sweeps(drawn_sweeps, departments));
        let (histories, dictionary) = replay.histories();
        Self {
            replay,
            histories,
            dictionary,
        }
    }

    /// Returns the histories by class.
    fn classed(&self, policy: &Arc<Policy>, classes: &Classes) -> Vec<ClassedHistory<'_>> {
        let criterion = Criterion::Policy(Arc::clone(policy));
        let mut classing = Classing::new(&criterion, &self.dictionary, classes);
        let histories = self.histories.iter();
        let with_classes = histories.map(|history| classing.of(history));
        with_classes
            .collect::<Result<_, _>>()
            .expect("the dictionary has them all")
    }

    fn row(
        &self,
        policy: Option<&Arc<Policy>>,
        window: TimeRange,
        now: Timestamp,
    ) -> (Row, Classes) {
        let (classes, histories) = match policy {
            Some(policy) => {
                let classes = Classes::of_policy(&self.dictionary, policy);
                let histories = self.classed(policy, &classes);
                (classes, histories)
            }
            None => (
                Classes::of_facet(&self.dictionary, FACET),
                self.histories.iter().map(ClassedHistory::from).collect(),
            ),
        };
        let coverage = self.replay.coverage();
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
                    &self.dictionary,
                    &frame,
                    grid.zone(0),
                    GroupBy::default(),
                )
                .expect("the dictionary has them all");
        }
        let row = report.rows(&grid).next().map(|(_, _, row)| row.clone());
        (row.unwrap_or_default(), classes)
    }
}

/// The amounts of each class in minutes, as `class min/ms/max`, then what is not known and the number of changes.
fn shown(row: &Row, classes: &Classes) -> String {
    let mut text = String::new();
    let by_class: BTreeMap<_, _> = row
        .classes
        .iter()
        .map(|row| (classes.value(row.class).unwrap_or("0"), row.amount))
        .collect();
    for (class, amount) in by_class {
        let [min, ms, max] = [amount.min_ms, amount.ms, amount.max_ms].map(|ms| ms / MINUTE_MS);
        write!(text, "{class} {min}/{ms}/{max}  ").expect("writing to a string");
    }
    let [unknown, absent] = [row.unknown_ms, row.absent_ms].map(|ms| ms / MINUTE_MS);
    write!(text, "? {unknown}  - {absent}  changes {}", row.transitions)
        .expect("writing to a string");
    text
}

#[track_caller]
fn check(drawn_sweeps: &str, departments: &str, of: &[(&str, &str)], expected: &str) {
    let policy = policy(&rules(of));
    let asked = Question::of(drawn_sweeps, departments);
    let end = drawn_sweeps.len() - 1;
    let (row, classes) = asked.row(Some(&policy), minutes(0, end), minute(end));
    assert_eq!(shown(&row, &classes), expected);
}

const IN_DEPARTMENT: &[(&str, &str)] = &[
    ("department == 'X' && presence_status == 'A'", "x"),
    ("presence_status == 'A'", "a"),
];

#[test]
fn classes_follow_the_profile_of_the_time() {
    check(
        "AAAAAAA",
        "X..Y...",
        IN_DEPARTMENT,
        "a 3/3/3  x 3/3/3  ? 0  - 0  changes 1",
    );
}

#[test]
fn before_the_directory_is_read_nothing_is_set() {
    check(
        "AAAAAAA",
        "...X...",
        IN_DEPARTMENT,
        "a 3/3/3  x 3/3/3  ? 0  - 0  changes 1",
    );
}

#[test]
fn a_change_of_state_is_as_ambiguous_as_ever() {
    check(
        "AAABBBB",
        "X....Y.",
        IN_DEPARTMENT,
        "other 3/3/4  x 2/3/3  ? 0  - 0  changes 1",
    );
}

#[test]
fn a_profile_that_changes_in_a_gap_cuts_nothing_there() {
    check(
        "AA.....AA.A",
        "X..Y...Y...",
        IN_DEPARTMENT,
        "a 3/3/3  x 1/1/1  ? 6  - 0  changes 1",
    );
}

#[test]
fn a_cut_is_an_exact_change() {
    let policy = policy(&rules(IN_DEPARTMENT));
    let asked = Question::of("AAAAAAA", "X..Y...");
    let classes = Classes::of_policy(&asked.dictionary, &policy);
    let histories = asked.classed(&policy, &classes);
    let coverage = asked.replay.coverage();
    let frame = Frame {
        window: minutes(0, 6),
        now: minute(6),
        complete: &coverage.complete,
        classes: &classes,
    };
    let runs = timeline(&histories[0], &frame).expect("the dictionary has them all");
    let told: Vec<_> = runs
        .iter()
        .map(|run| {
            let Knowledge::Known(class) = run.knowledge else {
                return (run.span, None, run.not_before);
            };
            (run.span, classes.value(class), run.not_before)
        })
        .collect();
    assert_eq!(
        told,
        [
            (minutes(0, 3), Some("x"), None),
            (minutes(3, 6), Some("a"), Some(minute(3))),
        ]
    );
}

fn drawing() -> impl Strategy<Value = (String, String)> {
    let one_sweep = prop::sample::select(vec!['A', 'A', 'B', 'C', '.', '-', '~', 'a', 'b']);
    let department = prop::sample::select(vec!['.', '.', '.', 'X', 'Y', 'Z']);
    prop::collection::vec((one_sweep, department), 2..40)
        .prop_map(|minutes: Vec<(char, char)>| minutes.into_iter().unzip())
}

fn drawn_rules(with_profile: bool) -> impl Strategy<Value = Vec<(String, String)>> {
    let conditions = if with_profile {
        vec![
            "department == 'X'",
            "department in ['Y', 'Z'] && presence_status == 'A'",
            "presence_status == 'B'",
            "presence_status != 'C' || department == ''",
            "!(department == 'Z')",
        ]
    } else {
        vec![
            "presence_status == 'A'",
            "presence_status in ['B', 'C']",
            "presence_status != 'C'",
            "false",
        ]
    };
    let rule = (
        prop::sample::select(conditions),
        prop::sample::select(vec!["one", "two", "other"]),
    );
    let own = |(when, class): (&str, &str)| (when.to_owned(), class.to_owned());
    prop::collection::vec(rule.prop_map(own), 1..5)
}

fn total(row: &Row) -> i64 {
    let known: i64 = row.classes.iter().map(|row| row.amount.ms).sum();
    known + row.unknown_ms + row.absent_ms
}

proptest! {
    /// With any rules, every moment has one class: the amounts add up, and unknown time stays unknown.
    #[test]
    fn a_policy_partitions_time(
        (drawn_sweeps, departments) in drawing(),
        rules in any::<bool>().prop_flat_map(drawn_rules),
        from in 0_usize..40,
        length in 1_usize..40,
    ) {
        let policy = policy(&rules);
        let asked = Question::of(&drawn_sweeps, &departments);
        let (window, now) = (minutes(from, from + length), minute(drawn_sweeps.len()));
        let (row, _) = asked.row(Some(&policy), window, now);
        let (of_facet, _) = asked.row(None, window, now);
        prop_assert_eq!(total(&row), row.scheduled_ms);
        prop_assert_eq!(row.scheduled_ms, of_facet.scheduled_ms);
        prop_assert_eq!(row.unknown_ms, of_facet.unknown_ms);
        prop_assert_eq!(row.absent_ms, of_facet.absent_ms);
        for amount in row.classes.iter().map(|row| row.amount) {
            prop_assert!(0 <= amount.min_ms && amount.min_ms <= amount.ms);
            prop_assert!(amount.ms <= amount.max_ms && amount.max_ms <= row.scheduled_ms);
        }
    }

    /// The parts of a window that is cut in two add up, also where the profile changes the class.
    #[test]
    fn a_window_cut_in_two_adds_up(
        (drawn_sweeps, departments) in drawing(),
        rules in drawn_rules(true),
        cut in 1_usize..39,
    ) {
        let policy = policy(&rules);
        let asked = Question::of(&drawn_sweeps, &departments);
        let now = minute(drawn_sweeps.len());
        let of = |from, to| asked.row(Some(&policy), minutes(from, to), now).0;
        let (whole, parts) = (of(0, 40), [of(0, cut), of(cut, 40)]);
        let sum = |part: fn(&Row) -> i64| parts.iter().map(part).sum::<i64>();
        prop_assert_eq!(whole.transitions, sum(|row| row.transitions));
        for (class, amount) in whole.classes.iter().map(|row| (row.class, row.amount)) {
            let found = parts.iter().filter_map(|row| row.class(class));
            let found = found.map(|row| row.amount);
            let (min_ms, ms, max_ms) = found.fold((0, 0, 0), |sum, part| {
                (sum.0 + part.min_ms, sum.1 + part.ms, sum.2 + part.max_ms)
            });
            prop_assert_eq!((amount.min_ms, amount.ms), (min_ms, ms));
            // A part before the person first existed has no row, so it does not contribute to what was possible.
            prop_assert!(max_ms <= amount.max_ms);
        }
    }

    /// If the profile never changes, histories by class make no difference.
    #[test]
    fn a_constant_profile_changes_nothing((drawn_sweeps, _) in drawing(), rules in drawn_rules(false)) {
        let plain = policy(&rules);
        let mut asking: Vec<_> = rules.clone();
        asking.push(("department == 'none of these'".to_owned(), "never".to_owned()));
        let asking = policy(&asking);
        let asked = Question::of(&drawn_sweeps, "X");
        let (window, now) = (minutes(0, drawn_sweeps.len()), minute(drawn_sweeps.len()));
        let (one, classes_of_one) = asked.row(Some(&plain), window, now);
        let (other, classes_of_other) = asked.row(Some(&asking), window, now);
        prop_assert_eq!(shown(&one, &classes_of_one), shown(&other, &classes_of_other));
    }
}
