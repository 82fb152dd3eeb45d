//! How far reports are from what really happened, and whether they say so: the simulated office's truth is compared
//! with what was recorded of it, for several seeds and intervals. `docs/accuracy.md` has the table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use presence_answers::report::metrics_shape::Polling;
use presence_answers::report::shape::Names;
use presence_charts::percent::percent_to;
use presence_core::query::calendar::{Bucket, schedule};
use presence_core::query::classes::Classes;
use presence_core::query::group::GroupBy;
use presence_core::query::report::{Amount, Report};
use presence_core::query::schedule_slots::Grid;
use presence_core::query::track::{Frame, Knowledge, Track};
use presence_core::query::zone::Zone;
use presence_generate::{HistoryConfig, Sweeps};
use presence_model::diff::diff_of_changed;
use presence_model::facet::Facet;
use presence_model::history::Replay;
use presence_model::ids::AccountId;
use presence_model::time::{TimeRange, Timestamp};
use presence_simulator::OfficeConfig;
use presence_simulator::ground_truth::GroundTruth;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::documents::check_document;
use crate::support::drawn::{crowd, minutes, record};

/// A facet, the platform's name for it, and the value whose errors are listed.
#[derive(Clone, Copy)]
struct Question {
    facet: Facet,
    platform_name: &'static str,
    value: &'static str,
}

const ASKED: [Question; 2] = [
    Question {
        facet: Facet::PresenceStatus,
        platform_name: "presenceStatus",
        value: "Available",
    },
    Question {
        facet: Facet::TelephonyStatus,
        platform_name: "telephonyStatus",
        value: "CallConnected",
    },
];

const DAY_MS: i64 = 86_400_000;
const SEEDS: [u64; 3] = [11, 12, 13];
const INTERVALS_S: [i64; 5] = [10, 30, 60, 120, 300];

/// One person's day.
#[derive(Clone, Debug, Default)]
struct PersonDay {
    reported: BTreeMap<String, Amount>,
    true_ms: BTreeMap<String, i64>,
    /// How often the value was seen to change, how often it really changed, and the expectation computed from what was
    /// seen.
    changes: (i64, i64, Option<f64>),
}

impl PersonDay {
    /// Whether every change of the value was seen, which is the condition of the bounds.
    fn is_all_seen(&self) -> bool {
        self.changes.0 == self.changes.1
    }

    /// How many of the totals there are, and how many of them lie within their bounds.
    fn totals(&self) -> (usize, usize) {
        let mut names: Vec<&String> = self.reported.keys().chain(self.true_ms.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let within = names.iter().filter(|name| {
            let amount = self.reported.get(**name).copied().unwrap_or_default();
            let true_ms = self.true_ms.get(**name).copied().unwrap_or(0);
            (amount.min_ms..=amount.max_ms).contains(&true_ms)
        });
        (names.len(), within.count())
    }

    fn error_ms(&self, value: &str) -> f64 {
        let reported = self.reported.get(value).map_or(0, |amount| amount.ms);
        let difference = reported - self.true_ms.get(value).copied().unwrap_or(0);
        f64::from(i32::try_from(difference).expect("less than a day"))
    }
}

/// The days of all people in an office that is swept at this interval.
fn person_days(seed: u64, interval_ms: i64) -> [Vec<PersonDay>; 2] {
    let config = HistoryConfig {
        interval_ms,
        ..HistoryConfig::new(OfficeConfig {
            seed,
            extensions: 30,
            days: 1,
            ..OfficeConfig::default()
        })
    };
    let mut sweeps = Sweeps::new(config);
    let mut replay = Replay::new(AccountId(config.office.account_id));
    let mut known = replay.state().clone();
    let mut rows = presence_model::projection::Delta::default();
    while let Some(next) = sweeps.next_sweep() {
        for (extension_id, requested_at) in next.last_requests {
            known.remember_request(*extension_id, *requested_at);
        }
        let snapshot = diff_of_changed(&known, next.sweep, next.differing);
        let snapshot = snapshot.expect("the sweeps run forward in time");
        presence_model::projection::fold(&mut known, &snapshot, &mut rows);
        known.remember_directory(next.sweep);
        replay.fold(&snapshot);
    }
    let truth = GroundTruth::new(Arc::new(sweeps.into_world()));
    let start = Timestamp::saturating_from_ms(config.office.start_ms);
    let window = TimeRange::new(start, start.plus_ms(DAY_MS)).expect("a day");
    ASKED.map(|asked| compared(asked, &replay, &truth, window))
}

fn compared(
    asked: Question,
    replay: &Replay,
    truth: &GroundTruth,
    window: TimeRange,
) -> Vec<PersonDay> {
    let (histories, dictionary) = replay.histories();
    let classes = Classes::of_facet(&dictionary, asked.facet);
    let complete = replay.coverage().complete;
    let frame = Frame {
        window,
        now: window.to(),
        complete: &complete,
        classes: &classes,
    };
    let names = Names::of(&classes);
    let grid = Grid::new(&[schedule(window, &Zone::utc(), None, Bucket::Range)]);
    let people = truth.world().extensions().iter();
    let people: Vec<i64> = people
        .filter(|one| one.kind == "User")
        .map(|one| one.id)
        .collect();
    let of_people = histories
        .iter()
        .filter(|history| people.contains(&history.extension_id.0));
    let days = of_people.filter_map(|history| {
        let mut report = Report::with_figures();
        let by = GroupBy::default();
        report
            .add(history, &dictionary, &frame, grid.zone(0), by)
            .expect("the dictionary has them all");
        let (_, _, row) = report.rows(&grid).next()?;
        let track = Track::of(history, &frame).expect("the dictionary has them all");
        let known: Vec<(i64, i64)> = track
            .segments
            .iter()
            .filter(|segment| segment.knowledge != Knowledge::Unknown)
            .map(|segment| (segment.span.from().as_ms(), segment.span.to().as_ms()))
            .collect();
        let id = history.extension_id.0;
        let reported = row.classes.iter().map(|class| {
            let value = classes.value(class.class).unwrap_or_default();
            (value.to_owned(), class.amount)
        });
        Some(PersonDay {
            reported: reported.collect(),
            true_ms: truth.totals(id, &known, asked.platform_name),
            changes: (
                row.transitions,
                true_changes(truth, id, asked.platform_name, &known),
                Polling::of(row, &names).transitions_expected,
            ),
        })
    });
    days.collect()
}

/// How often the value really changed in the time that is known.
fn true_changes(truth: &GroundTruth, id: i64, facet: &str, known: &[(i64, i64)]) -> i64 {
    let mut count = 0;
    for (from_ms, until_ms) in joined(known) {
        let segments = truth.segments(id, from_ms, until_ms);
        let values: Vec<String> = segments
            .iter()
            .map(|segment| {
                let value = segment.state.facet(facet);
                value.unwrap_or_default().into_owned()
            })
            .collect();
        let differing = values.windows(2).filter(|pair| pair[0] != pair[1]);
        count += i64::try_from(differing.count()).expect("few changes");
    }
    count
}

fn joined(spans: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for &(from_ms, until_ms) in spans {
        match joined.last_mut() {
            Some(last) if last.1 == from_ms => last.1 = until_ms,
            _ => joined.push((from_ms, until_ms)),
        }
    }
    joined
}

/// The results for one interval between sweeps.
struct Figures {
    interval_s: i64,
    asked: Question,
    day_count: usize,
    totals: (usize, usize),
    /// The same, of the days on which no change went unseen.
    totals_seen: (usize, usize),
    mean_error_s: f64,
    standard_error_s: f64,
    mean_absolute_error_s: f64,
    changes_true: i64,
    changes_seen: i64,
    changes_expected: f64,
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a count"))
}

/// The figures of each facet.
fn figures(interval_s: i64) -> [Figures; 2] {
    let mut all: [Vec<PersonDay>; 2] = Default::default();
    for seed in SEEDS {
        let days = person_days(seed, interval_s * 1_000);
        for (all, days) in all.iter_mut().zip(days) {
            all.extend(days);
        }
    }
    let [one, other] = all;
    [
        figures_of(interval_s, ASKED[0], &one),
        figures_of(interval_s, ASKED[1], &other),
    ]
}

fn figures_of(interval_s: i64, asked: Question, days: &[PersonDay]) -> Figures {
    let mut figures = Figures {
        interval_s,
        asked,
        day_count: days.len(),
        totals: (0, 0),
        totals_seen: (0, 0),
        mean_error_s: 0.0,
        standard_error_s: 0.0,
        mean_absolute_error_s: 0.0,
        changes_true: 0,
        changes_seen: 0,
        changes_expected: 0.0,
    };
    let count = number(days.len());
    for day in days {
        let (all, within) = day.totals();
        figures.totals.0 += all;
        figures.totals.1 += within;
        if day.is_all_seen() {
            figures.totals_seen.0 += all;
            figures.totals_seen.1 += within;
        }
        figures.mean_error_s += day.error_ms(asked.value) / 1_000.0 / count;
        figures.mean_absolute_error_s += day.error_ms(asked.value).abs() / 1_000.0 / count;
        let (seen, truly, expected) = day.changes;
        figures.changes_seen += seen;
        figures.changes_true += truly;
        figures.changes_expected +=
            expected.unwrap_or_else(|| f64::from(i32::try_from(seen).expect("few changes")));
    }
    let squares = days.iter().map(|day| {
        let off = day.error_ms(asked.value) / 1_000.0 - figures.mean_error_s;
        off * off
    });
    figures.standard_error_s = (squares.sum::<f64>() / (count - 1.0) / count).sqrt();
    figures
}

fn percent((whole, part): (usize, usize)) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let [part, whole] = [part, whole].map(|count| i64::try_from(count).expect("few totals"));
    percent_to(part, whole, 2)
}

fn table(all: &[Figures]) -> String {
    let mut text = String::from(
        "| facet | looks every | person-days | totals | within bounds | within bounds, if no change went unseen | mean error | mean absolute error | true changes | seen | expected from what was seen |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for figures in all {
        let _ = writeln!(
            text,
            "| `{}` | {} s | {} | {} | {} | {} of {} | {:+.1} s ± {:.1} s | {:.1} s | {} | {} ({}) | {:.0} ({:.0} %) |",
            figures.asked.facet.name(),
            figures.interval_s,
            figures.day_count,
            figures.totals.0,
            percent(figures.totals),
            percent(figures.totals_seen),
            figures.totals_seen.0,
            figures.mean_error_s,
            figures.standard_error_s,
            figures.mean_absolute_error_s,
            figures.changes_true,
            figures.changes_seen,
            percent_to(figures.changes_seen, figures.changes_true, 0),
            figures.changes_expected,
            100.0 * figures.changes_expected / whole(figures.changes_true),
        );
    }
    text
}

fn whole(count: i64) -> f64 {
    f64::from(i32::try_from(count).expect("few changes"))
}

const BEGIN: &str = "<!-- table -->\n";
const END: &str = "<!-- end of table -->\n";

#[test]
fn bounds_hold_estimates_are_unbiased_and_what_was_missed_is_expected() {
    let mut all: Vec<Figures> = INTERVALS_S.into_iter().flat_map(figures).collect();
    all.sort_by_key(|figures| (figures.asked.facet, figures.interval_s));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/accuracy.md");
    let kept = fs::read_to_string(&path).expect("the document is there");
    let (before, rest) = kept.split_once(BEGIN).expect("it has a table");
    let (_, after) = rest.split_once(END).expect("it has an end of the table");
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", table(&all));
    check_document(&path, &expected);
    for figures in &all {
        let every = figures.interval_s;
        assert!(figures.day_count > 50, "{every} s: too few days");
        // Bounds promise this: if no change went unseen, they always hold.
        assert_eq!(figures.totals_seen.0, figures.totals_seen.1, "{every} s");
        // The estimate is late by the same amount at the start and at the end of a state.
        let off = figures.mean_error_s / figures.standard_error_s;
        assert!(off.abs() < 4.0, "{every} s: {off:.1} standard errors");
        // A change is dated to the next sweep, so never more changes are seen than there were.
        assert!(figures.changes_seen <= figures.changes_true, "{every} s");
        if figures.asked.facet == Facet::PresenceStatus {
            // Almost no stay in it is shorter than the interval, so the bounds hold without conditions.
            let (all, within) = figures.totals;
            assert!(
                (all - within) * 1_000 <= all,
                "{every} s: {within} of {all}"
            );
        }
    }
}

/// Two states whose durations are exponentially distributed: the process that the expectation assumes. Some people are
/// swept once a minute and change this often a minute on average.
fn without_memory(rate: f64, seed: u64) -> (Vec<String>, i64) {
    const PEOPLE: usize = 60;
    const MINUTES: usize = 240;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut true_count = 0;
    let mut drawings = Vec::new();
    for _ in 0..PEOPLE {
        let mut wait = || -(1.0 - random.random::<f64>()).ln() / rate;
        let (mut next, mut is_a) = (wait(), true);
        let mut drawing = String::new();
        for minute in 0..MINUTES {
            while next <= number(minute) {
                next += wait();
                is_a = !is_a;
                // Changes before the first sweep are not asked about.
                true_count += i64::from(minute > 0);
            }
            drawing.push(if is_a { 'A' } else { 'B' });
        }
        drawings.push(drawing);
    }
    (drawings, true_count)
}

#[test]
fn the_expectation_of_unseen_changes_is_right_for_states_without_memory() {
    for (rate, seed) in [(0.05, 1), (0.2, 2), (0.5, 3), (1.0, 4)] {
        let (drawings, true_count) = without_memory(rate, seed);
        let (_, replay) = record(&crowd(&drawings));
        let (histories, dictionary) = replay.histories();
        let classes = Classes::of_facet(&dictionary, Facet::PresenceStatus);
        let complete = replay.coverage().complete;
        let window = minutes(0, drawings[0].len() - 1);
        let frame = Frame {
            window,
            now: window.to(),
            complete: &complete,
            classes: &classes,
        };
        let grid = Grid::new(&[schedule(window, &Zone::utc(), None, Bucket::Range)]);
        let mut report = Report::with_figures();
        for history in &histories {
            let by = GroupBy::default();
            report
                .add(history, &dictionary, &frame, grid.zone(0), by)
                .expect("the dictionary has them all");
        }
        let (_, _, row) = report.rows(&grid).next().expect("there is a row");
        let polling = Polling::of(row, &Names::of(&classes));
        let expected = polling.transitions_expected.expect("it can be computed");
        let share = whole(row.transitions) / whole(true_count);
        // With sweeps a minute apart, this share of the changes between two such states is seen.
        let formula = (1.0 - (-2.0 * rate).exp()) / (2.0 * rate);
        assert!(
            (share - formula).abs() < 0.03,
            "rate {rate}: {share} seen, not {formula}"
        );
        let off = expected / whole(true_count) - 1.0;
        assert!(
            off.abs() < 0.05,
            "rate {rate}: {expected} expected, {true_count} were"
        );
    }
}
