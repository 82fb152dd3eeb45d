//! Questions whose policy asks call queues, on both databases: the same answers from the projections and from the log, and
//! sums that add up.

use std::sync::Arc;

use presence_answers::ask::{
    AsOf, AsOfPosition, AskError, ChangesQuestion, Context, ReportQuestion, Types, UnknownNames,
    ZoneChoice, at_by_policy, check_changes, explain_moment, report, timeline,
};
use presence_answers::report::shape::{Report, ReportRow};
use presence_answers::shapes::common::Status;
use presence_core::query::calendar::Bucket;
use presence_core::query::changes::ChangeFilter;
use presence_core::query::classes::Criterion;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::policy::{Policy, PolicyText, RuleText};
use presence_core::query::zone::Zone;
use presence_model::ids::ExtensionId;
use presence_model::observation::Sweep;
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;

use super::database::{ACCOUNT, Database, after, record_all, stories};
use crate::support::sweeps::Office;

stories!(
    projections_and_log_answer_alike,
    a_window_cut_in_two_adds_up,
    a_moment_agrees_with_the_timeline_and_is_explained,
    what_nothing_is_known_of_is_unknown_or_refused,
);

const SWEEPS: usize = 70;

/// A policy that asks two queues by their ids: their extensions have no profiles here.
fn policy() -> Arc<Policy> {
    let rule = |when: &str, class: &str| RuleText {
        when: when.to_owned(),
        class: Some(class.to_owned()),
        ..RuleText::default()
    };
    let text = PolicyText {
        name: "two queues".to_owned(),
        description: None,
        rules: vec![
            rule(r#"telephony_status == "CallConnected""#, "on a call"),
            rule(
                r#"on_queue("62264490001") && presence_status != "Offline""#,
                "first",
            ),
            rule(r#"queue_member("62264490002")"#, "second"),
        ],
    };
    let (policy, findings) = Policy::read(&text).expect("it is well-formed");
    assert_eq!(findings, []);
    Arc::new(policy)
}

fn question(window: TimeRange, policy: &Arc<Policy>) -> ReportQuestion {
    ReportQuestion {
        window,
        criterion: Arc::clone(policy).into(),
        group_by: GroupBy {
            extension: true,
            ..GroupBy::default()
        },
        bucket: Bucket::Range,
        hours: None.into(),
        absence: None,
        zone: ZoneChoice::Named(Zone::utc()),
        types: Types::All,
        extensions: None,
        group_filter: GroupFilter::default(),
    }
}

async fn filled(
    database: &dyn Database,
    seed: u64,
) -> (Arc<dyn presence_store::Store>, Vec<Sweep>) {
    let store = database.open().await;
    let sweeps = Office::wild(seed, ACCOUNT).sweeps(SWEEPS);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    (store, sweeps)
}

fn people(sweeps: &[Sweep]) -> Vec<ExtensionId> {
    let observations = sweeps.iter().flat_map(|sweep| &sweep.observations);
    let mut ids: Vec<ExtensionId> = observations.map(|one| one.extension_id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn windows(sweeps: &[Sweep]) -> Vec<TimeRange> {
    let at = |place: usize, later_ms: i64| sweeps[place].finished_at.plus_ms(later_ms);
    [
        (at(0, -5_000), at(SWEEPS - 1, 90_000)),
        (at(9, 0), at(40, 0)),
        (at(23, 7_001), at(24, 7_000)),
        (at(50, -400), at(SWEEPS - 1, -1)),
    ]
    .into_iter()
    .map(|(from, to)| TimeRange::new(from, to).expect("sweeps run forward"))
    .collect()
}

async fn asked(context: &Context, window: TimeRange, policy: &Arc<Policy>) -> Report {
    let report = report(context, &question(window, policy)).await;
    report.expect("it is answered")
}

async fn projections_and_log_answer_alike(database: &dyn Database) {
    let (store, sweeps) = filled(database, 201).await;
    let policy = policy();
    let people = people(&sweeps);
    let (mut ambiguous, mut unknown) = (0, 0);
    for now in [
        after(&sweeps[SWEEPS - 1]).plus_ms(15_000),
        after(&sweeps[SWEEPS - 1]).plus_ms(3_600_000),
    ] {
        let context = Context::new(&*store, ACCOUNT, now).await.expect("asked");
        let end = context.log_end().await.expect("it ends");
        let whole_log = AsOf::UpTo(AsOfPosition {
            position: end.position,
            snapshot_no: Some(end.snapshot_no),
        });
        let replayed = Context::of_part(&*store, ACCOUNT, whole_log, (now, Some(now))).await;
        let replayed = replayed.expect("the log ends there");
        for window in windows(&sweeps) {
            let told = asked(&context, window, &policy).await;
            assert_eq!(told, asked(&replayed, window, &policy).await, "{window:?}");
            let criterion = Criterion::Policy(Arc::clone(&policy));
            let lines = timeline(&context, &people, criterion.clone(), window).await;
            let again = timeline(&replayed, &people, criterion, window).await;
            assert_eq!(lines.expect("answered"), again.expect("answered"));
            for row in &told.rows {
                let values = row.values.values();
                let known: i64 = row.values.values().map(|amount| amount.ms).sum();
                assert_eq!(known + row.unknown_ms + row.absent_ms, row.scheduled_ms);
                ambiguous += values
                    .filter(|amount| amount.min_ms < amount.max_ms)
                    .count();
                unknown += usize::from(row.unknown_ms > 0);
            }
        }
    }
    assert!(ambiguous > 50 && unknown > 20, "{ambiguous} {unknown}");
}

async fn a_window_cut_in_two_adds_up(database: &dyn Database) {
    let (store, sweeps) = filled(database, 202).await;
    let policy = policy();
    let now = after(&sweeps[SWEEPS - 1]).plus_ms(15_000);
    let context = Context::new(&*store, ACCOUNT, now).await.expect("asked");
    let row_of = |report: &Report, row: &ReportRow| {
        let mut rows = report.rows.iter();
        let same = rows.find(|one| one.keys.person == row.keys.person);
        same.cloned()
    };
    let mut cut = 0;
    for window in windows(&sweeps) {
        let whole = asked(&context, window, &policy).await;
        for place in (0..SWEEPS).step_by(7) {
            let cut_at = sweeps[place]
                .finished_at
                .plus_ms(i64::try_from(place % 3).expect("small"));
            let Some((first, last)) = window.cut(cut_at) else {
                continue;
            };
            let first = asked(&context, first, &policy).await;
            let last = asked(&context, last, &policy).await;
            for row in &whole.rows {
                let parts = [row_of(&first, row), row_of(&last, row)];
                let sum = |of: &dyn Fn(&ReportRow) -> i64| -> i64 {
                    parts.iter().flatten().map(of).sum()
                };
                let transitions = sum(&|row| row.transitions);
                assert_eq!(transitions, row.transitions, "cut at {cut_at}");
                // A part in which they never existed has no row for them.
                if parts.iter().all(Option::is_some) {
                    let unknown = (sum(&|row| row.unknown_ms), sum(&|row| row.absent_ms));
                    assert_eq!(unknown, (row.unknown_ms, row.absent_ms), "cut at {cut_at}");
                    cut += 1;
                }
                for (value, amount) in row.values.iter() {
                    let of = |row: &ReportRow| row.values.get(value).copied().unwrap_or_default();
                    let ms = sum(&|row| of(row).ms);
                    let min_ms = sum(&|row| of(row).min_ms);
                    let max_ms = sum(&|row| of(row).max_ms);
                    let expected = (amount.ms, amount.min_ms, amount.max_ms);
                    assert_eq!((ms, min_ms, max_ms), expected, "{value}, cut at {cut_at}");
                }
            }
        }
    }
    assert!(cut > 100, "{cut}");
}

async fn a_moment_agrees_with_the_timeline_and_is_explained(database: &dyn Database) {
    let (store, sweeps) = filled(database, 203).await;
    let policy = policy();
    let criterion = Criterion::Policy(Arc::clone(&policy));
    let now = after(&sweeps[SWEEPS - 1]).plus_ms(15_000);
    let context = Context::new(&*store, ACCOUNT, now).await.expect("asked");
    let (mut unknown, mut asked_of_queues) = (0, 0);
    for sweep in sweeps.iter().step_by(4) {
        for later_ms in [1, 20_001, 55_003] {
            let moment = sweep.finished_at.plus_ms(later_ms);
            if moment > now {
                continue;
            }
            let entries = at_by_policy(&context, moment, &policy).await;
            for entry in entries.expect("it is answered") {
                let id = entry.person.extension_id.0;
                let window = TimeRange::of_moment(moment);
                let line = timeline(&context, &[id], criterion.clone(), window).await;
                let line = line.expect("it is answered");
                let interval = &line.extensions[0].intervals[0];
                let told = explain_moment(&context, id, &criterion, moment).await;
                let told = told.expect("answered").expect("seen by then");
                let class = entry.class.as_ref();
                let class = class.filter(|class| !class.class_unknown);
                let class = class.and_then(|class| class.class.as_deref());
                assert_eq!(told.value.clone().flatten().as_deref(), class);
                if entry.status == Status::Known {
                    assert_eq!(
                        interval.value.clone().flatten().as_deref(),
                        class,
                        "{id} at {moment}"
                    );
                    assert_eq!(interval.presumed, entry.presumed, "{id} at {moment}");
                    assert_eq!(told.presumed, entry.presumed, "{id} at {moment}");
                    unknown += usize::from(class.is_none());
                }
                asked_of_queues += told.queues.len();
                for fact in &told.queues {
                    assert!(fact.since.is_none_or(|since| since.0 <= moment));
                    assert!(fact.queue_id.is_some());
                }
                // Where a rule may hold, a later one gives what is certain, or nothing is.
                let may_hold = told.rules.iter().any(|rule| rule.matched.is_none());
                assert!(may_hold || class.is_some() || entry.status != Status::Known);
            }
        }
    }
    assert!(
        unknown > 20 && asked_of_queues > 100,
        "{unknown} {asked_of_queues}"
    );
}

async fn what_nothing_is_known_of_is_unknown_or_refused(database: &dyn Database) {
    let (store, sweeps) = filled(database, 204).await;
    let now = after(&sweeps[SWEEPS - 1]);
    let policy = presence_core::query::policy::find_built_in("queue_sign_in:Nobody's");
    let policy = policy.expect("built in");
    let window = windows(&sweeps)[0];
    let context = Context::new(&*store, ACCOUNT, now).await.expect("asked");
    let refused = report(&context, &question(window, &policy)).await;
    assert!(
        matches!(&refused, Err(AskError::UnknownName { name, .. }) if name == "Nobody's"),
        "{refused:?}"
    );
    let lenient = context.with_unknown_names(UnknownNames::Allowed);
    let told = asked(&lenient, window, &policy).await;
    assert!(told.rows.len() > 5);
    for row in &told.rows {
        assert_eq!(row.unknown_ms + row.absent_ms, row.scheduled_ms);
        // Where someone may have been gone already, no class is certain either.
        let mut values = row.values.values();
        assert!(values.all(|amount| amount.ms == 0 && amount.min_ms == 0));
    }
    let changes = ChangesQuestion {
        window,
        known_until: Timestamp::MAX,
        extensions: None,
        filter: ChangeFilter {
            policy: Some(policy),
            ..ChangeFilter::default()
        },
    };
    let refused = check_changes(&lenient, &changes).await;
    assert!(
        matches!(refused, Err(AskError::AsksQueues { .. })),
        "{refused:?}"
    );
}
