//! How far answers about call queues are from what really happened: readiness and sign-ins of a simulated office beside what
//! sweeps of presence and of queues recorded of it. `docs/accuracy.md` has the table.
//!
//! `QUEUE_ACCURACY_SEEDS=100 cargo test --release --test it queue_accuracy` compares that many offices.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use presence_charts::percent::percent_to;
use presence_core::query::calendar::{Bucket, schedule};
use presence_core::query::classed::Classing;
use presence_core::query::classes::{Classes, Criterion};
use presence_core::query::group::GroupBy;
use presence_core::query::policy::{Policy, QueueStanding, QueueStandings, Subject, find_built_in};
use presence_core::query::queues::{QueueEvidence, QueueHistory};
use presence_core::query::report::{Amount, Report};
use presence_core::query::schedule_slots::Grid;
use presence_core::query::track::{Frame, Knowledge, Track};
use presence_core::query::zone::Zone;
use presence_generate::{HistoryConfig, Sweeps};
use presence_model::cause::Cause;
use presence_model::diff::diff_of_changed;
use presence_model::facet::{Facet, STATE_FACET_COUNT};
use presence_model::history::Replay;
use presence_model::ids::{AccountId, ExtensionId, QueueId};
use presence_model::projection::{Delta, fold};
use presence_model::queue::{Accepts, QueueMember, QueueOutcome, QueueSweep};
use presence_model::state::State;
use presence_model::time::{TimeRange, Timestamp};
use presence_simulator::OfficeConfig;
use presence_simulator::ground_truth::GroundTruth;
use presence_simulator::rng::{Purpose, between, one_in, rng};

use crate::documents::check_document;

const DAY_MS: i64 = 86_400_000;
const INTERVALS_S: [i64; 5] = [30, 60, 120, 300, 600];
/// The policies about a queue, and what is asked of each.
const POLICIES: [&str; 2] = ["queue_sign_in", "queue_ready"];
/// So many offices are compared, unless the variable says otherwise.
const SEEDS: u64 = 3;
const SEEDS_VARIABLE: &str = "QUEUE_ACCURACY_SEEDS";
/// One sweep of a queue in so many fails.
const SWEEPS_PER_FAILED: u32 = 300;

/// The sweeps of queues: each queue is asked every interval, one after another.
struct QueueLooks<'t> {
    truth: &'t GroundTruth,
    queues: Vec<i64>,
    interval_ms: i64,
    /// When each was answered last.
    answered_ms: BTreeMap<i64, i64>,
    next: Vec<i64>,
    random: rand::rngs::ChaCha8Rng,
}

impl<'t> QueueLooks<'t> {
    fn new(truth: &'t GroundTruth, seed: u64, (start_ms, interval_ms): (i64, i64)) -> Self {
        let queues: Vec<i64> = truth
            .queues(start_ms, start_ms + DAY_MS)
            .map(|queue| queue.id)
            .collect();
        let count = i64::try_from(queues.len()).expect("a few");
        Self {
            truth,
            next: (0..count)
                .map(|place| start_ms + 1_500 + place * interval_ms / count.max(1))
                .collect(),
            queues,
            interval_ms,
            answered_ms: BTreeMap::new(),
            random: rng(seed, Purpose::Sweeps, 77, 0),
        }
    }

    /// Those that had been answered by the end of a sweep of presence, if the collector ran between `from` and `until`.
    fn until(&mut self, from_ms: i64, until_ms: i64) -> Vec<QueueSweep> {
        let mut made = Vec::new();
        for (place, queue) in self.queues.iter().enumerate() {
            let next = &mut self.next[place];
            // What was missed while the collector was down is not made up for.
            while *next < from_ms {
                *next += self.interval_ms;
            }
            while *next + 1_000 < until_ms {
                let after_ms = self
                    .answered_ms
                    .get(queue)
                    .map_or(i64::MIN, |last| last + 1);
                let requested_ms = next
                    .saturating_add(between(&mut self.random, 0, 90))
                    .max(after_ms);
                let shown_ms = requested_ms + between(&mut self.random, 20, 200);
                let received_ms = shown_ms + between(&mut self.random, 20, 400);
                *next += self.interval_ms;
                let is_failed = one_in(&mut self.random, SWEEPS_PER_FAILED);
                self.answered_ms.insert(*queue, received_ms);
                made.push(QueueSweep {
                    queue_id: QueueId(*queue),
                    requested_at: Timestamp::saturating_from_ms(requested_ms),
                    received_at: Timestamp::saturating_from_ms(received_ms),
                    valid_for_ms: 3 * self.interval_ms,
                    outcome: if is_failed {
                        QueueOutcome::Failed {
                            cause: Cause::Unavailable,
                            sentence: "no answer".to_owned(),
                        }
                    } else {
                        QueueOutcome::Read(members(self.truth, *queue, shown_ms))
                    },
                });
            }
        }
        made
    }
}

fn members(truth: &GroundTruth, queue: i64, at_ms: i64) -> Vec<QueueMember> {
    let members = truth.queue_members(queue, at_ms, at_ms + 1);
    members
        .filter_map(|one| {
            let state = truth.queue_state_at(queue, one.id, at_ms)?;
            Some(QueueMember {
                extension_id: ExtensionId(one.id),
                accepts: Some(state.accept_current_queue_calls),
            })
        })
        .collect()
}

/// One member of one queue on one day: what is reported, and what was true in the time that is known.
struct MemberDay {
    queue: i64,
    reported: BTreeMap<String, Amount>,
    true_ms: BTreeMap<String, i64>,
    /// How often the class was seen to change, and how often it really changed.
    changes: (i64, i64),
    known_ms: i64,
}

/// The day of a whole queue: its members' days together.
fn of_queues(days: &[MemberDay]) -> Vec<MemberDay> {
    let mut queues: BTreeMap<i64, MemberDay> = BTreeMap::new();
    for day in days {
        let sum = queues.entry(day.queue).or_insert_with(|| MemberDay {
            queue: day.queue,
            reported: BTreeMap::new(),
            true_ms: BTreeMap::new(),
            changes: (0, 0),
            known_ms: 0,
        });
        for (class, amount) in &day.reported {
            let total = sum.reported.entry(class.clone()).or_default();
            total.ms += amount.ms;
            total.min_ms += amount.min_ms;
            total.max_ms += amount.max_ms;
        }
        for (class, ms) in &day.true_ms {
            *sum.true_ms.entry(class.clone()).or_default() += ms;
        }
    }
    queues.into_values().collect()
}

impl MemberDay {
    /// How many totals there are, and how many of them lie within their bounds.
    fn totals(&self) -> (usize, usize) {
        let names: BTreeSet<&String> = self.reported.keys().chain(self.true_ms.keys()).collect();
        let within = names.iter().filter(|name| {
            let amount = self.reported.get(**name).copied().unwrap_or_default();
            let true_ms = self.true_ms.get(**name).copied().unwrap_or(0);
            (amount.min_ms..=amount.max_ms).contains(&true_ms)
        });
        (names.len(), within.count())
    }
}

/// What was recorded of an office's day, and the truth about it.
fn recorded(seed: u64, interval_ms: i64) -> (Replay, GroundTruth, i64) {
    let config = HistoryConfig {
        interval_ms,
        ..HistoryConfig::new(OfficeConfig {
            seed,
            extensions: 30,
            days: 1,
            ..OfficeConfig::default()
        })
    };
    let truth = GroundTruth::new(Arc::new(Sweeps::new(config).into_world()));
    let start_ms = config.office.start_ms;
    let mut queues = QueueLooks::new(&truth, seed, (start_ms, interval_ms));
    let mut sweeps = Sweeps::new(config);
    let mut replay = Replay::new(AccountId(config.office.account_id));
    let mut known = replay.state().clone();
    let mut rows = Delta::default();
    let mut ended_ms = start_ms;
    while let Some(next) = sweeps.next_sweep() {
        for (extension_id, requested_at) in next.last_requests {
            known.remember_request(*extension_id, *requested_at);
        }
        let mut sweep = next.sweep.clone();
        let finished_ms = sweep.finished_at.as_ms();
        let up_since_ms = ended_ms.max(finished_ms - 2 * interval_ms);
        sweep.queue_sweeps = queues.until(up_since_ms, finished_ms);
        ended_ms = finished_ms;
        let snapshot = diff_of_changed(&known, &sweep, next.differing);
        let snapshot = snapshot.expect("the sweeps run forward in time");
        fold(&mut known, &snapshot, &mut rows);
        known.remember_directory(&sweep);
        replay.fold(&snapshot);
    }
    (replay, truth, start_ms)
}

/// What was recorded of a queue.
fn evidence(replay: &Replay, queue: i64) -> QueueHistory {
    let mut history = QueueHistory {
        name: queue.to_string().into(),
        queue_id: Some(QueueId(queue)),
        coverage: Vec::new(),
        members: presence_model::HashMap::default(),
        read_from: Timestamp::MIN,
    };
    for ((id, _), segment) in &replay.rows().queue_coverage {
        if id.0 == queue {
            history.coverage.push(*segment);
        }
    }
    for ((id, member, _), row) in &replay.rows().queue_intervals {
        if id.0 == queue {
            history.members.entry(*member).or_default().push(*row);
        }
    }
    history
}

/// How a member truly stood to the one queue that is asked.
struct TrueStanding(QueueStanding);

impl QueueStandings for TrueStanding {
    fn standing(&self, _queue: &str) -> QueueStanding {
        self.0
    }
}

/// The platform's name of a facet.
fn platform_name(facet: Facet) -> String {
    let mut name = String::new();
    let mut is_upper = false;
    for letter in facet.name().chars() {
        match letter {
            '_' => is_upper = true,
            letter if is_upper => {
                name.push(letter.to_ascii_uppercase());
                is_upper = false;
            }
            letter => name.push(letter),
        }
    }
    name
}

/// The classes that were true in some spans, one after another.
fn true_classes(
    truth: &GroundTruth,
    policy: &Policy,
    (queue, member): (i64, i64),
    known: &[(i64, i64)],
) -> Vec<Vec<(String, i64)>> {
    let names: Vec<(usize, String)> = Facet::ALL
        .into_iter()
        .filter_map(|facet| Some((facet.state_index()?, platform_name(facet))))
        .collect();
    let in_span = |(from_ms, until_ms): &(i64, i64)| {
        let (from_ms, until_ms) = (*from_ms, *until_ms);
        let mut classes: Vec<(String, i64)> = Vec::new();
        let seats = truth.queue_segments(queue, member, from_ms, until_ms);
        for segment in truth.segments(member, from_ms, until_ms) {
            let edges = seats.iter().flat_map(|seat| [seat.from_ms, seat.until_ms]);
            let inside = edges.filter(|at| segment.from_ms < *at && *at < segment.until_ms);
            let cuts: BTreeSet<i64> = inside.chain([segment.from_ms, segment.until_ms]).collect();
            let cuts: Vec<i64> = cuts.into_iter().collect();
            let mut values: [Option<String>; STATE_FACET_COUNT] = Default::default();
            for (index, name) in &names {
                values[*index] = segment.state.facet(name).map(std::borrow::Cow::into_owned);
            }
            let state = State::new(&values.each_ref().map(Option::as_deref));
            let subject = Subject {
                state: &state,
                message: None,
                profile: None,
            };
            for pair in cuts.windows(2) {
                let seat = seats
                    .iter()
                    .find(|seat| seat.from_ms <= pair[0] && pair[0] < seat.until_ms);
                let standing = seat.map_or(QueueStanding::NoMember, |seat| {
                    let signed_in = seat.state.accept_current_queue_calls;
                    QueueStanding::Member(Accepts::of_field(Some(signed_in)))
                });
                let class = policy.class_of(&subject, &TrueStanding(standing));
                let class = class.flatten().unwrap_or_default().to_owned();
                match classes.last_mut() {
                    Some(last) if last.0 == class => last.1 += pair[1] - pair[0],
                    _ => classes.push((class, pair[1] - pair[0])),
                }
            }
        }
        classes
    };
    known.iter().map(in_span).collect()
}

/// The days of all members of all queues in an office that is swept at this interval.
fn member_days(seed: u64, interval_ms: i64) -> [Vec<MemberDay>; 2] {
    let (replay, truth, start_ms) = recorded(seed, interval_ms);
    let start = Timestamp::saturating_from_ms(start_ms);
    // Up to where later sweeps still confirm what is known: what is presumed after the last one has no bounds.
    let end = start.plus_ms(DAY_MS - 6 * interval_ms);
    let window = TimeRange::new(start, end).expect("most of a day");
    let (histories, dictionary) = replay.histories();
    let complete = replay.coverage().complete;
    let grid = Grid::new(&[schedule(window, &Zone::utc(), None, Bucket::Range)]);
    let queues: Vec<i64> = truth
        .queues(start_ms, start_ms + DAY_MS)
        .map(|queue| queue.id)
        .collect();
    POLICIES.map(|name| {
        let mut days = Vec::new();
        for queue in &queues {
            let policy = find_built_in(&format!("{name}:{queue}")).expect("built in");
            let criterion = Criterion::Policy(Arc::clone(&policy));
            let evidence = QueueEvidence {
                queues: vec![evidence(&replay, *queue)],
            };
            let classes = Classes::of_criterion(&dictionary, &criterion)
                .with_queues(Some(Arc::new(evidence)));
            let frame = Frame {
                window,
                now: start.plus_ms(DAY_MS),
                complete: &complete,
                classes: &classes,
            };
            let mut classing = Classing::new(&criterion, &dictionary, &classes);
            let members: BTreeSet<i64> = truth
                .queue_members(*queue, start_ms, start_ms + DAY_MS)
                .map(|one| one.id)
                .collect();
            let members = histories
                .iter()
                .filter(|history| members.contains(&history.extension_id.0));
            for history in members {
                let with_classes = classing.of(history).expect("the dictionary has them all");
                let mut report = Report::with_figures();
                report
                    .add(
                        &with_classes,
                        &dictionary,
                        &frame,
                        grid.zone(0),
                        GroupBy::default(),
                    )
                    .expect("the dictionary has them all");
                let track = Track::of(&with_classes, &frame).expect("the dictionary has them all");
                let Some((_, _, row)) = report.rows(&grid).next() else {
                    continue;
                };
                let known = known_spans(&track);
                let id = history.extension_id.0;
                let truly = true_classes(&truth, &policy, (*queue, id), &known);
                let mut true_ms: BTreeMap<String, i64> = BTreeMap::new();
                for (class, ms) in truly.iter().flatten() {
                    *true_ms.entry(class.clone()).or_default() += ms;
                }
                let changes: usize = truly.iter().map(|span| span.len().saturating_sub(1)).sum();
                let reported = row.classes.iter().map(|class| {
                    let value = classes.value(class.class).unwrap_or_default();
                    (value.to_owned(), class.amount)
                });
                let reported: BTreeMap<String, Amount> = reported.collect();
                // With the time that is unknown or absent, the classes make the day.
                let all: i64 = reported.values().map(|amount| amount.ms).sum();
                assert_eq!(all + row.unknown_ms + row.absent_ms, window.duration_ms());
                days.push(MemberDay {
                    queue: *queue,
                    reported,
                    true_ms,
                    changes: (
                        row.transitions,
                        i64::try_from(changes).expect("few changes"),
                    ),
                    known_ms: known.iter().map(|(from, until)| until - from).sum(),
                });
            }
        }
        days
    })
}

/// The spans that are known, each as long as it is without a break.
fn known_spans(track: &Track) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for segment in &track.segments {
        if !matches!(segment.knowledge, Knowledge::Known(_)) {
            continue;
        }
        let (from_ms, until_ms) = (segment.span.from().as_ms(), segment.span.to().as_ms());
        match spans.last_mut() {
            Some(last) if last.1 == from_ms => last.1 = until_ms,
            _ => spans.push((from_ms, until_ms)),
        }
    }
    spans
}

#[derive(Default)]
struct Figures {
    days: usize,
    totals: (usize, usize),
    /// The same of whole queues.
    totals_of_queues: (usize, usize),
    totals_seen: (usize, usize),
    changes: (i64, i64),
    known_ms: i64,
}

fn figures(seeds: u64, interval_s: i64) -> [Figures; 2] {
    let mut figures: [Figures; 2] = Default::default();
    for seed in 1..=seeds {
        for (figures, days) in figures
            .iter_mut()
            .zip(member_days(seed, interval_s * 1_000))
        {
            for queue in of_queues(&days) {
                let (all, within) = queue.totals();
                figures.totals_of_queues.0 += all;
                figures.totals_of_queues.1 += within;
            }
            for day in days {
                let (all, within) = day.totals();
                figures.days += 1;
                figures.totals.0 += all;
                figures.totals.1 += within;
                figures.changes.0 += day.changes.0;
                figures.changes.1 += day.changes.1;
                figures.known_ms += day.known_ms;
                if day.changes.0 == day.changes.1 {
                    figures.totals_seen.0 += all;
                    figures.totals_seen.1 += within;
                }
            }
        }
    }
    figures
}

fn percent((whole, part): (usize, usize)) -> String {
    let [part, whole] = [part, whole].map(|count| i64::try_from(count).expect("few totals"));
    percent_to(part, whole.max(1), 2)
}

const BEGIN: &str = "<!-- table of queues -->\n";
const END: &str = "<!-- end of the table of queues -->\n";

#[test]
fn readiness_and_sign_in_are_within_their_bounds() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the person who runs the tests decides how many offices are compared"
    )]
    let seeds = std::env::var(SEEDS_VARIABLE).ok();
    let seeds = seeds.map_or(SEEDS, |text| text.parse().expect("a number of offices"));
    let mut rows: [String; 2] = Default::default();
    let mut faults = Vec::new();
    // Of whole queues, at every interval.
    let mut totals = (0, 0);
    for interval_s in INTERVALS_S {
        for ((name, rows), figures) in POLICIES
            .iter()
            .zip(&mut rows)
            .zip(figures(seeds, interval_s))
        {
            let day_ms = i64::try_from(figures.days).expect("few days") * DAY_MS;
            let _ = writeln!(
                rows,
                "| `{name}` | {interval_s} s | {} | {} | {} of {} | {} of {} | {} of {} | {} | {} |",
                figures.days,
                percent_to(figures.known_ms, day_ms, 1),
                percent(figures.totals_of_queues),
                figures.totals_of_queues.0,
                percent(figures.totals),
                figures.totals.0,
                percent(figures.totals_seen),
                figures.totals_seen.0,
                figures.changes.1,
                figures.changes.0,
            );
            // If no change went unseen, bounds always hold.
            let held = figures.totals_seen.0 == figures.totals_seen.1;
            totals.0 += figures.totals_of_queues.0;
            totals.1 += figures.totals_of_queues.1;
            if !held || figures.days < 20 {
                faults.push(format!(
                    "{name}, {interval_s} s: {}",
                    rows.lines().last().unwrap_or("")
                ));
            }
        }
    }
    let table = format!(
        "| policy | sweeps every | days of members | known | queues' totals within bounds | members' totals within bounds | the same, if no change went unseen | true changes | seen |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n{}",
        rows.concat()
    );
    assert_eq!(faults, [""; 0], "{table}");
    assert!(
        (totals.0 - totals.1) * 1_000 <= totals.0,
        "{totals:?}\n{table}"
    );
    if seeds != SEEDS {
        #[expect(
            clippy::print_stdout,
            reason = "who asks for more offices asks for their table"
        )]
        {
            println!("{table}");
        }
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/accuracy.md");
    let kept = fs::read_to_string(&path).expect("the document is there");
    let (before, rest) = kept.split_once(BEGIN).expect("it has a table");
    let (_, after) = rest.split_once(END).expect("it has an end of the table");
    let expected = format!("{before}{BEGIN}\n{table}\n{END}{after}");
    check_document(&path, &expected);
}
