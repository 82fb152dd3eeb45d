//! Questions about everybody take shortcuts: without the shortcuts, the answers are the same.

use presence_answers::ask::{
    self, AsOfPosition, AskError, ChunkedReport, Context, ReportOptions, ReportQuestion, Types,
    ZoneChoice,
};
use presence_answers::report::shape::ReportRow;
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::policy::built_in;
use presence_core::query::zone::Zone;
use presence_model::facet::Facet;
use presence_model::time::Timestamp;
use presence_recording::recorder::FlushAt;

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all};
use super::expected::Expected;
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

/// When sweeps began and ended and changes were seen, and just before and after.
fn moments(expected: &Expected) -> Vec<Timestamp> {
    let drawn_sweeps = expected.snapshots.iter();
    let of_sweeps = drawn_sweeps.flat_map(|sweep| [sweep.started_at, sweep.finished_at]);
    let of_events = expected.events().map(|(_, event)| event.observed_at);
    let mut moments: Vec<Timestamp> = of_sweeps
        .chain(of_events)
        .flat_map(|at| [at.plus_ms(-1), at, at.plus_ms(1)])
        .collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// The store finds the interval of a moment; the log, folded again, gives the whole history of everybody.
#[tokio::test]
async fn a_moment_is_the_same_by_its_intervals_and_by_the_log() {
    let mut known_count = 0;
    for seed in [81, 82] {
        let sweeps = Office::wild(seed, ACCOUNT).sweeps(60);
        let expected = Expected::of(&sweeps);
        for place in [
            &SqliteFile::new() as &dyn Database,
            &PostgresDatabase::new(),
        ] {
            let store = place.open().await;
            record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
            let end = store
                .reading()
                .await
                .log_end(ACCOUNT)
                .await
                .expect("it reads");
            let asked = AsOfPosition {
                position: end.position,
                snapshot_no: Some(end.snapshot_no),
            };
            let now = expected.whole().to().plus_ms(60_000);
            let by_intervals = Context::new(&*store, ACCOUNT, now).await;
            let by_intervals = by_intervals.expect("it can be asked");
            let by_log = Context::as_of(&*store, ACCOUNT, asked, Some(now)).await;
            let by_log = by_log.expect("it can be asked");
            for (index, moment) in moments(&expected).into_iter().enumerate() {
                let own = ask::at(&by_intervals, moment).await.expect("an answer");
                let folded = ask::at(&by_log, moment).await.expect("an answer");
                assert_eq!(own, folded, "seed {seed}, {moment}");
                known_count += own.iter().filter(|entry| entry.state.is_some()).count();
                let policy = &built_in()[index % built_in().len()];
                let own = ask::at_by_policy(&by_intervals, moment, policy).await;
                let folded = ask::at_by_policy(&by_log, moment, policy).await;
                assert_eq!(
                    own.expect("an answer"),
                    folded.expect("an answer"),
                    "seed {seed}, {moment}, {}",
                    policy.name()
                );
            }
            drop(by_intervals);
            drop(by_log);
            store.close().await;
        }
    }
    assert!(known_count > 1_000, "{known_count} were known");
}

/// A report in parts has the same rows as the whole.
#[tokio::test]
async fn a_report_in_parts_has_the_same_rows() {
    let sweeps = Office::calm(83, ACCOUNT, 70, 0.2).sweeps(40);
    let file = SqliteFile::new();
    let store = file.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let whole = Expected::of(&sweeps).whole();
    let context = Context::new(&*store, ACCOUNT, whole.to()).await;
    let context = context.expect("it can be asked");
    let by = |extension, department| GroupBy {
        extension,
        department,
        ..GroupBy::default()
    };
    for (group_by, bucket, is_in_parts) in [
        (by(true, false), Bucket::Hour, true),
        (by(true, false), Bucket::Range, true),
        (by(true, true), Bucket::Range, false),
        (by(false, true), Bucket::Hour, false),
    ] {
        let question = ReportQuestion {
            window: whole,
            criterion: Facet::PresenceStatus.into(),
            group_by,
            bucket,
            hours: None.into(),
            absence: None,
            zone: ZoneChoice::Named(Zone::utc()),
            types: Types::All,
            extensions: None,
            group_filter: GroupFilter::default(),
        };
        let report_options = ReportOptions::default();
        let report = ask::report_options_of(&context, &question, &report_options).await;
        let report = report.expect("it has an answer");
        let parted = ChunkedReport::of(&context, &question, &report_options).await;
        let parted = parted.expect("it can be asked");
        assert_eq!(parted.head().as_of, report.as_of);
        assert_eq!(parted.head().rows, []);
        let mut parts: Vec<Vec<ReportRow>> = Vec::new();
        let take = |part| -> Result<(), AskError> {
            parts.push(part);
            Ok(())
        };
        let made = parted.rows(<[ReportRow]>::to_vec, take).await;
        made.expect("it has an answer");
        assert_eq!(parts.len() > 1, is_in_parts, "{group_by:?}");
        assert!(!report.rows.is_empty());
        assert_eq!(parts.concat(), report.rows, "{group_by:?}, {bucket:?}");
    }
    drop(context);
    store.close().await;
}
