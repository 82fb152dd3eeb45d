//! The main job end to end, in one process: a simulated office is collected over real HTTP into a real store, reported,
//! and compared with the truth.

use std::sync::Arc;

use presence_answers::ask;
use presence_core::query::hours::Hours;
use presence_history::cli::demo::accuracy::Accuracy;
use presence_history::cli::demo::check::person_days;
use presence_history::cli::demo::office::{ACCOUNT, Ending, Office};
use presence_store::RebuildMode;

const MINUTE_MS: i64 = 60_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_agrees_with_the_truth_within_its_bounds() {
    let folder = tempfile::tempdir().expect("a folder for the store");
    let office = Office {
        extension_count: 30,
        day_count: 1,
        end: "2026-11-03T05:00:00Z".parse().expect("it is a time"),
        interval_ms: MINUTE_MS,
        seed: 3,
    };
    let ending = Ending {
        present: None,
        goes_on: false,
    };
    let collected = office
        .collect(&folder.path().join("office.db"), ending, Arc::new(()))
        .await
        .expect("the office is collected");
    // Twenty-four hours with a sweep a minute, except for the outage of an hour and a half.
    assert!(
        (1_346..=1_352).contains(&collected.sweep_count),
        "{} complete sweeps",
        collected.sweep_count
    );

    let context = ask::Context::new(&*collected.store, ACCOUNT, office.window().to())
        .await
        .expect("it can be read");
    let hours = Hours::parse("Mo-Fr 09:00-17:00").expect("these are hours");
    let days = person_days(&context, &collected.truth, office.window(), &hours)
        .await
        .expect("it is reported");
    let accuracy = Accuracy::of(&days, "Available");
    assert!(accuracy.person_day_count > 20, "{accuracy:?}");
    assert!(accuracy.share_within_bounds() >= 0.99, "{accuracy:?}");
    assert!(accuracy.relative_error() < 0.01, "{accuracy:?}");

    let coverage = ask::coverage(&context, office.window())
        .await
        .expect("it is asked");
    let outage = office.outage();
    assert_eq!(
        coverage
            .gaps
            .iter()
            .filter(|gap| gap.from.0 <= outage.from() && gap.to.0 >= outage.to())
            .count(),
        1,
        "{:?}",
        coverage.gaps
    );

    let report = collected
        .store
        .rebuild(ACCOUNT, RebuildMode::Check)
        .await
        .expect("the log is folded again");
    assert_eq!(report.differences, Vec::<String>::new());
}
