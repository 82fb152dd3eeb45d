//! Questions for checking answers: what was known then, and why something is said. On both databases.

use std::sync::Arc;

use presence_answers::ask::{
    AskError, ChangesQuestion, Context, Free, ReportOptions, ReportQuestion, RouteQuestion, Types,
    UnknownNames, ZoneChoice, at, at_by_policy, changes, explain_moment, report, restatement,
    route,
};
use presence_answers::changes::shape::Change;
use presence_answers::shapes::common::Status;
use presence_answers::shapes::so_far::SoFar;
use presence_core::query::calendar::Bucket;
use presence_core::query::changes::ChangeFilter;
use presence_core::query::classes::Criterion;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::policy::find_built_in;
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::Zone;
use presence_model::facet::Facet;
use presence_model::ids::Position;
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use presence_store::Store;

use super::database::{ACCOUNT, Database, SqliteFile, after, record_all, stories};
use crate::support::sweeps::Office;

stories!(
    what_was_known_equals_the_answer_of_a_store_of_that_time,
    an_explanation_agrees_with_the_answer,
    filters_choose_among_all_changes,
    candidates_can_take_a_call_and_the_best_come_first,
    a_restatement_is_the_difference_of_two_reports,
);

const SWEEPS: usize = 60;

async fn filled(database: &dyn Database, seed: u64) -> Arc<dyn Store> {
    let store = database.open().await;
    let sweeps = Office::wild(seed, ACCOUNT).sweeps(SWEEPS);
    record_all(&store, &sweeps, FlushAt::EVERY_SWEEP).await;
    store
}

async fn what_was_known_equals_the_answer_of_a_store_of_that_time(database: &dyn Database) {
    let store = filled(database, 81).await;
    let sweeps = Office::wild(81, ACCOUNT).sweeps(SWEEPS);
    let before = after(&sweeps[0]).plus_ms(-1);
    let nothing = Context::known_at(&*store, ACCOUNT, before, None).await;
    let Err(AskError::NothingKnownYet {
        first_recorded_at, ..
    }) = nothing
    else {
        panic!("something was known before the first sweep");
    };
    assert_eq!(first_recorded_at, Some(after(&sweeps[0])));
    for count in [1, 2, 17, 40, SWEEPS] {
        let recorded_at = after(&sweeps[count - 1]);
        let file = SqliteFile::new();
        let then = file.open().await;
        record_all(&then, &sweeps[..count], FlushAt::EVERY_SWEEP).await;
        for late_ms in [0, 1, 59_000] {
            let moment = recorded_at.plus_ms(late_ms);
            if sweeps.get(count).is_some_and(|next| after(next) <= moment) {
                continue;
            }
            let known = Context::known_at(&*store, ACCOUNT, moment, None).await;
            let known = known.expect("something was known");
            let same = Context::new(&*then, ACCOUNT, moment).await;
            let same = same.expect("it can be asked");
            assert_eq!(known.now(), moment);
            let ends = (known.log_end().await, same.log_end().await);
            assert_eq!(ends.0.expect("it ends"), ends.1.expect("it ends"));
            for asked in [moment, recorded_at.plus_ms(-90_000), moment.plus_ms(5_000)] {
                let answers = (at(&known, asked).await, at(&same, asked).await);
                if asked > moment {
                    let is_refused = |answer: Result<_, AskError>| {
                        matches!(answer, Err(AskError::NotYet { .. }))
                    };
                    assert!(is_refused(answers.0) && is_refused(answers.1), "{asked}");
                    continue;
                }
                let (known, same) = (answers.0.expect("known"), answers.1.expect("known"));
                assert_eq!(known, same, "{count} sweeps, asked at {asked}");
            }
        }
    }
}

async fn an_explanation_agrees_with_the_answer(database: &dyn Database) {
    let store = filled(database, 82).await;
    let sweeps = Office::wild(82, ACCOUNT).sweeps(SWEEPS);
    let end = after(&sweeps[SWEEPS - 1]);
    let policy = find_built_in("direct_calls").expect("it is built in");
    let criteria = [
        Criterion::Facet(Facet::PresenceStatus),
        Criterion::Facet(Facet::TelephonyStatus),
        Criterion::Policy(Arc::clone(&policy)),
    ];
    let mut rules = std::collections::BTreeSet::new();
    for now in [end.plus_ms(20_000), end.plus_ms(3_600_000)] {
        let context = Context::new(&*store, ACCOUNT, now).await.expect("asked");
        let moments = sweeps.iter().step_by(17).flat_map(|sweep| {
            let at = sweep.finished_at;
            [sweep.started_at, at.plus_ms(25_000), at.plus_ms(1_700_000)]
        });
        let (passed, coming): (Vec<Timestamp>, Vec<Timestamp>) = moments
            .chain([now, now.plus_ms(1)])
            .partition(|moment| *moment <= now);
        for moment in coming {
            let id = sweeps[0].observations[0].extension_id;
            let told = explain_moment(&context, id, &criteria[0], moment).await;
            assert!(matches!(told, Err(AskError::NotYet { .. })), "{moment}");
        }
        for moment in passed {
            let entries = at_by_policy(&context, moment, &policy)
                .await
                .expect("answered");
            for entry in &entries {
                let id = entry.person.extension_id.0;
                for criterion in &criteria {
                    let told = explain_moment(&context, id, criterion, moment).await;
                    let told = told
                        .expect("it is answered")
                        .expect("they were seen by then");
                    assert_eq!(
                        (told.status, told.presumed, told.since, told.since_earliest),
                        (
                            entry.status,
                            entry.presumed,
                            entry.since,
                            entry.since_earliest
                        ),
                    );
                    let value = entry.state.as_ref().map(|state| match criterion {
                        Criterion::Facet(facet) => state.0.get(*facet).map(str::to_owned),
                        Criterion::Policy(_) => {
                            entry.class.as_ref().and_then(|class| class.class.clone())
                        }
                    });
                    assert_eq!(told.value, value);
                    let allowed: &[&str] = match (told.status, told.presumed) {
                        (Status::Known, true) => &["presumed"],
                        (Status::Known, false) => &["seen", "bracketed"],
                        (Status::Unknown, _) => &["gap", "stale"],
                        (Status::Absent, true) => &["absent_presumed"],
                        (Status::Absent, false) => &["absent"],
                    };
                    assert!(allowed.contains(&told.rule), "{told:?}");
                    let word = &told.because[0][..6];
                    let status = told.status.name();
                    let starts = ["Presum", "Absent", "Known:", "Unknow"].contains(&word);
                    assert!(starts, "{status}: {}", told.because[0]);
                    assert_eq!(told.ambiguity.is_some(), told.because.len() == 2);
                    assert!(!told.snapshots.is_empty());
                    rules.insert(told.rule);
                }
            }
        }
    }
    let found: Vec<&str> = rules.into_iter().collect();
    for rule in ["bracketed", "presumed", "gap", "stale", "absent"] {
        assert!(
            found.contains(&rule),
            "{rule} was never the reason: {found:?}"
        );
    }
}

async fn listed(context: &Context, filter: ChangeFilter) -> Vec<Change> {
    let window = TimeRange::new(Timestamp::MIN, Timestamp::MAX).expect("all of time");
    let question = ChangesQuestion {
        window,
        known_until: Timestamp::MAX,
        extensions: None,
        filter,
    };
    let (changes, next) = changes(context, &question, Position(0))
        .await
        .expect("answered");
    assert_eq!(next, None, "one page is enough");
    changes
}

async fn filters_choose_among_all_changes(database: &dyn Database) {
    let store = filled(database, 83).await;
    let context = Context::new(&*store, ACCOUNT, Timestamp::MAX).await;
    let context = context.expect("it can be asked");
    let all = listed(&context, ChangeFilter::default()).await;
    let positions = |changes: &[Change]| {
        let positions = changes.iter().map(|change| change.position);
        positions.collect::<Vec<_>>()
    };
    for kind in ["appeared", "changed", "disappeared", "profile_changed"] {
        let filter = ChangeFilter {
            kinds: presence_model::event::EventKind::from_name(kind)
                .into_iter()
                .collect(),
            ..ChangeFilter::default()
        };
        let found = listed(&context, filter).await;
        let expected: Vec<&Change> = all.iter().filter(|one| one.kind == kind).collect();
        assert!(!found.is_empty(), "nothing {kind}");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }
    for facet in [Facet::PresenceStatus, Facet::Message] {
        let filter = ChangeFilter {
            facets: vec![facet],
            ..ChangeFilter::default()
        };
        let found = listed(&context, filter).await;
        let of_facet = |change: &&Change| {
            change.kind != "profile_changed" && change.changes.contains_key(facet.name())
        };
        let expected: Vec<i64> = all
            .iter()
            .filter(of_facet)
            .map(|one| one.position)
            .collect();
        assert_eq!(positions(&found), expected);
        assert!(found.iter().all(|one| one.changes.len() == 1));
    }
    let to_busy = ChangeFilter {
        facets: vec![Facet::PresenceStatus],
        to_value: Some(Wanted::Named("Busy".to_owned())),
        ..ChangeFilter::default()
    };
    let found = listed(&context, to_busy).await;
    assert!(!found.is_empty());
    let to = |one: &Change| one.changes["presence_status"].to.clone();
    assert!(found.iter().all(|one| to(one).as_deref() == Some("Busy")));
    let by_policy = ChangeFilter {
        policy: find_built_in("direct_calls"),
        group_filter: GroupFilter {
            departments: vec![Wanted::Named("Sales".to_owned())],
            ..GroupFilter::default()
        },
        ..ChangeFilter::default()
    };
    let found = listed(&context, by_policy).await;
    assert!(!found.is_empty());
    for change in &found {
        let class = &change.class.as_ref().expect("a policy was asked for").class;
        assert!(
            class.from != class.to || change.kind != "changed",
            "{change:?}"
        );
    }
}

async fn candidates_can_take_a_call_and_the_best_come_first(database: &dyn Database) {
    let store = filled(database, 84).await;
    let sweeps = Office::wild(84, ACCOUNT).sweeps(SWEEPS);
    let policy = find_built_in("aggregated").expect("it is built in");
    let classes = ["Available", "Busy"].map(str::to_owned);
    let free =
        Free::new(Arc::clone(&policy), &classes, UnknownNames::Refused).expect("classes of it");
    let mut longest = 0;
    for sweep in sweeps.iter().step_by(5) {
        let now = after(sweep).plus_ms(10_000);
        let context = Context::known_at(&*store, ACCOUNT, now, None).await;
        let context = context.expect("something was known");
        let mut question = RouteQuestion {
            free: free.clone(),
            extensions: None,
            group_filter: GroupFilter::default(),
            types: Types::All,
            age_ms_max: None,
            limit: None,
        };
        let answer = route(&context, &question).await.expect("it is answered");
        let entries = at_by_policy(&context, now, &policy)
            .await
            .expect("answered");
        let excluded = answer.excluded;
        let left_out = excluded.other_class + excluded.unknown + excluded.absent;
        assert_eq!(answer.candidates.len() + left_out, entries.len());
        for (index, candidate) in answer.candidates.iter().enumerate() {
            let mut entries = entries.iter();
            let entry = entries.find(|entry| entry.person == candidate.person);
            let entry = entry.expect("a candidate has an entry");
            let class = entry
                .class
                .as_ref()
                .and_then(|class| class.class.as_deref());
            assert_eq!(class, Some(candidate.class.as_str()));
            assert_eq!(candidate.rank, index + 1);
            assert!(candidate.since.0 <= entry.since.0, "{candidate:?}");
        }
        let place = |class: &str| classes.iter().position(|one| one == class);
        for pair in answer.candidates.windows(2) {
            let rank = |one: &presence_answers::route::shape::RouteCandidate| {
                (place(&one.class), one.sweeps_missed, one.since.0)
            };
            assert!(rank(&pair[0]) <= rank(&pair[1]), "{pair:?}");
        }
        longest = longest.max(answer.candidates.len());
        question.limit = Some(1);
        let first = route(&context, &question).await.expect("it is answered");
        assert_eq!(
            first.candidates[..],
            answer.candidates[..first.candidates.len()]
        );
        assert_eq!(
            first.candidates.len() + first.beyond_limit,
            answer.candidates.len()
        );
        question.age_ms_max = Some(1);
        let none = route(&context, &question).await.expect("it is answered");
        assert!(none.candidates.is_empty());
        assert_eq!(none.excluded.too_old, answer.candidates.len());
    }
    assert!(longest >= 3, "there were {longest} candidates at most");
}

async fn a_restatement_is_the_difference_of_two_reports(database: &dyn Database) {
    let store = filled(database, 85).await;
    let sweeps = Office::wild(85, ACCOUNT).sweeps(SWEEPS);
    let start = sweeps[0].started_at;
    let question = ReportQuestion {
        window: TimeRange::new(start, sweeps[30].finished_at).expect("sweeps run forward"),
        criterion: Facet::PresenceStatus.into(),
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
    };
    let after = Context::new(&*store, ACCOUNT, after(&sweeps[SWEEPS - 1])).await;
    let after = after.expect("it can be asked");
    let mut differing = 0;
    for count in [5, 20, 31, 32, 50] {
        let moment = super::database::after(&sweeps[count - 1]);
        let before = Context::known_at(&*store, ACCOUNT, moment, None).await;
        let before = before.expect("something was known");
        let told = restatement(&before, &after, &question, &ReportOptions::default()).await;
        let told = told.expect("it is answered");
        let asked = [
            report(&before, &question).await.expect("answered"),
            report(&after, &question).await.expect("answered"),
        ];
        let [then, now] = asked.map(|report| report.as_of);
        assert_eq!((told.before, told.after), (then, now));
        assert_eq!(told.so_far, SoFar::of(question.window, moment));
        // What had not passed yet for the first of the two is in neither.
        let passed = ReportQuestion {
            window: question.window.before(moment).expect("some has passed"),
            ..question.clone()
        };
        let [then, now] = [
            report(&before, &passed).await.expect("answered"),
            report(&after, &passed).await.expect("answered"),
        ];
        let is_told = |row: &presence_answers::report::shape::ReportRow| {
            told.rows
                .iter()
                .any(|told| told.keys.person == row.keys.person)
        };
        for row in &now.rows {
            let id = |row: &presence_answers::report::shape::ReportRow| {
                row.keys.person.as_ref().map(|person| person.extension_id)
            };
            let same = then.rows.iter().find(|one| id(one) == id(row));
            let is_same = same.is_some_and(|same| {
                (
                    same.scheduled_ms,
                    same.unknown_ms,
                    same.absent_ms,
                    &same.values,
                ) == (row.scheduled_ms, row.unknown_ms, row.absent_ms, &row.values)
            });
            assert_eq!(is_told(row), !is_same, "{row:?}");
        }
        for row in &told.rows {
            let values: i64 = row.values.values().map(|value| value.difference_ms).sum();
            let others = row.unknown_ms.difference() + row.absent_ms.difference();
            assert_eq!(values + others, row.scheduled_ms.difference(), "{row:?}");
            assert!(!row.reasons.is_empty(), "{row:?}");
        }
        assert_eq!(told.unchanged_count + told.rows.len(), now.rows.len());
        differing += told.rows.len();
        let between: usize = told
            .recorded_between
            .iter()
            .map(|one| one.snapshot_count)
            .sum();
        let can_touch = sweeps[count..]
            .iter()
            .filter(|sweep| sweep.started_at <= passed.window.to().plus_ms(sweep.valid_for_ms));
        assert_eq!(between, can_touch.count());
    }
    assert!(differing > 5, "only {differing} rows differ");
}
