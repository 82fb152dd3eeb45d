//! Windows that reach past the present moment, on random histories: the answer is that of the window that ends now, and
//! adds up to what has passed. On both databases.

use presence_answers::ask::{
    ChangesQuestion, Context, HeatmapQuestion, Metric, ReportOptions, ReportQuestion,
    StaffingQuestion, Types, ZoneChoice, changes, coverage, heatmap, lanes, report,
    report_options_of, staffing, timeline,
};
use presence_core::query::calendar::Bucket;
use presence_core::query::calendars::HoursChoice;
use presence_core::query::changes::ChangeFilter;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::hours::Hours;
use presence_core::query::staffing::Required;
use presence_core::query::steps::StepLength;
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::Zone;
use presence_model::facet::Facet;
use presence_model::ids::Position;
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use serde_json::{Value, json};

use super::database::{ACCOUNT, Database, after, record_all, stories};
use crate::support::sweeps::Office;

stories!(a_window_that_reaches_past_now_is_the_window_until_now);

const SWEEPS: usize = 60;
const MINUTE_MS: i64 = 60_000;
const FACET: Facet = Facet::PresenceStatus;

/// The windows that are asked about: start and end, in minutes before and after the present moment.
const WINDOWS: [(i64, i64); 5] = [
    (-600, 1),
    (-45, 90),
    (-7, 7 * 1_440),
    (-1_440, 525_600),
    (-31, 29),
];

fn question(window: TimeRange, bucket: Bucket, hours: Option<&str>) -> ReportQuestion {
    let hours = hours.map(|text| Hours::parse(text).expect("they are hours"));
    ReportQuestion {
        window,
        criterion: FACET.into(),
        group_by: GroupBy {
            extension: true,
            ..GroupBy::default()
        },
        bucket,
        hours: HoursChoice::Given(hours),
        absence: None,
        zone: ZoneChoice::Named(Zone::utc()),
        types: Types::All,
        extensions: None,
        group_filter: GroupFilter::default(),
    }
}

fn json(answer: &impl serde::Serialize) -> Value {
    serde_json::to_value(answer).expect("it can be written")
}

/// An answer without the fields that say that it is so far.
fn without_its_end(mut answer: Value) -> Value {
    let fields = answer.as_object_mut().expect("an object");
    for name in ["to", "so_far", "not_yet_ms"] {
        fields.remove(name);
    }
    // The step that contains the present moment keeps its own end.
    if let Some(point) = fields.get_mut("points").and_then(Value::as_array_mut) {
        for point in point.iter_mut() {
            point["to"] = Value::Null;
        }
    }
    answer
}

/// Everything that can be asked about a window.
async fn answers(context: &Context, window: TimeRange) -> Vec<Value> {
    let mut answers = Vec::new();
    for (bucket, hours) in [
        (Bucket::Range, None),
        (Bucket::Hour, None),
        (Bucket::Day, Some("Mo-Su 08:10-08:40,09:00-17:30")),
    ] {
        let question = question(window, bucket, hours);
        let report_options = ReportOptions {
            metrics: Metric::ALL.to_vec(),
            value: Some("Available".to_owned()),
            ..ReportOptions::default()
        };
        let told = report_options_of(context, &question, &report_options).await;
        answers.push(json(&told.expect("it can be asked")));
        let asked = HeatmapQuestion {
            about: question.clone(),
            value: Wanted::Named("Available".to_owned()),
        };
        answers.push(json(
            &heatmap(context, &asked).await.expect("it can be asked"),
        ));
        let asked = StaffingQuestion {
            about: ReportQuestion {
                bucket: Bucket::Range,
                group_by: GroupBy::default(),
                ..question
            },
            value: Wanted::Named("Available".to_owned()),
            step: StepLength::Exact { ms: 7 * MINUTE_MS },
            required: vec![Required::parse("Mo-Su 00:00-24:00=2").expect("a requirement")],
        };
        answers.push(json(
            &staffing(context, &asked).await.expect("it can be asked"),
        ));
    }
    let people: Vec<_> = context.extensions().await.expect("they are there");
    let people: Vec<_> = people.iter().map(|one| one.extension_id).collect();
    let told = timeline(context, &people, FACET, window).await;
    answers.push(json(&told.expect("it can be asked")));
    answers.push(json(
        &coverage(context, window).await.expect("it can be asked"),
    ));
    answers
}

async fn a_window_that_reaches_past_now_is_the_window_until_now(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(91, ACCOUNT).sweeps(SWEEPS);
    record_all(&store, &sweeps, FlushAt::EVERY_SWEEP).await;
    let end = after(&sweeps[SWEEPS - 1]);
    // Long after the last sweep, right after it, and at a time after which more is recorded than may be known.
    for now in [
        end.plus_ms(7_200_000),
        end.plus_ms(20_000),
        after(&sweeps[23]).plus_ms(-1),
    ] {
        let context = Context::new(&*store, ACCOUNT, now).await;
        let context = context.expect("it can be asked");
        for (from, to) in WINDOWS {
            let window = TimeRange::new(now.plus_ms(from * MINUTE_MS), now.plus_ms(to * MINUTE_MS));
            let window = window.expect("it has a length");
            let passed = TimeRange::new(window.from(), now).expect("some has passed");
            let asked = answers(&context, window).await;
            for (whole, cut) in asked.into_iter().zip(answers(&context, passed).await) {
                assert_eq!(whole["so_far"], true);
                assert_eq!(whole["not_yet_ms"], to * MINUTE_MS);
                assert_eq!(whole["to"], window.to().to_string());
                assert!(cut.get("so_far").is_none() && cut.get("not_yet_ms").is_none());
                assert_eq!(
                    with_now(without_its_end(whole), now),
                    with_now(without_its_end(cut), now)
                );
            }
            check_sums(&context, window, passed).await;
            check_changes(&context, window, now).await;
        }
        check_what_is_still_to_come(&context, now).await;
    }
}

/// An answer with the moment at which it was given, whether or not it needs one.
fn with_now(mut answer: Value, now: Timestamp) -> Value {
    if let Some(as_of) = answer.get_mut("as_of") {
        as_of["now"] = json!(now.to_string());
    }
    answer
}

/// Checks that each person's time adds up to what has passed, and that timelines end there.
async fn check_sums(context: &Context, window: TimeRange, passed: TimeRange) {
    let told = report(context, &question(window, Bucket::Range, None)).await;
    for row in &told.expect("it can be asked").rows {
        let values: i64 = row.values.values().map(|amount| amount.ms).sum();
        assert_eq!(row.scheduled_ms, passed.duration_ms());
        assert_eq!(values + row.unknown_ms + row.absent_ms, row.scheduled_ms);
    }
    let people = context.extensions().await.expect("they are there");
    let people: Vec<_> = people.iter().map(|one| one.extension_id).collect();
    let criteria = [FACET.into(), Facet::TelephonyStatus.into()];
    let drawn = lanes(context, &people, &criteria, window).await;
    let drawn = drawn.expect("it can be asked").extensions;
    for lane in drawn.iter().flat_map(|one| &one.lanes) {
        let length: i64 = lane.iter().map(|segment| segment.span.duration_ms()).sum();
        assert_eq!(length, passed.duration_ms());
        assert_eq!(lane.last().map(|last| last.span.to()), Some(passed.to()));
    }
    let told = coverage(context, window).await.expect("it can be asked");
    assert_eq!(told.observed_ms + told.gap_ms, passed.duration_ms());
}

/// Checks that changes observed after the present moment are not listed.
async fn check_changes(context: &Context, window: TimeRange, now: Timestamp) {
    let listed = async |known_until| {
        let question = ChangesQuestion {
            window,
            known_until,
            extensions: None,
            filter: ChangeFilter::default(),
        };
        let (listed, _) = changes(context, &question, Position(0))
            .await
            .expect("answered");
        listed
    };
    let mut all = listed(Timestamp::MAX).await;
    all.retain(|change| change.observed_at.0 <= now);
    assert_eq!(listed(now).await, all);
}

/// Checks that a window that begins at or after the present moment is all still to come.
async fn check_what_is_still_to_come(context: &Context, now: Timestamp) {
    for from in [0, 1, 60 * MINUTE_MS] {
        let from = now.plus_ms(from);
        let window = TimeRange::new(from, from.plus_ms(3_600_000)).expect("it has a length");
        for answer in answers(context, window).await {
            assert_eq!(
                (&answer["so_far"], &answer["not_yet_ms"]),
                (&json!(true), &json!(3_600_000))
            );
            let lists = ["rows", "cells", "points", "shortfalls", "segments", "gaps"];
            let mut lists = lists.iter().filter_map(|name| answer.get(name));
            assert!(lists.all(|list| list == &json!([])), "{answer}");
            let people = answer.get("extensions").and_then(Value::as_array);
            for person in people.into_iter().flatten() {
                assert_eq!(person["intervals"], json!([]));
            }
        }
    }
}
