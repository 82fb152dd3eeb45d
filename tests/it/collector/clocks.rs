//! Clocks that are set back, and clocks that differ.

use std::sync::Arc;

use presence_clock::Clock;
use presence_collector::run::CollectError;
use presence_model::observation::SweepStatus;

use super::case::Case;
use super::scripted::{Happening, Office};
use super::{MINUTE_MS, START_MS, at};

#[tokio::test]
async fn a_clock_that_was_set_back_a_little_is_waited_for() {
    let case = Case::of(3);
    case.run().await.expect("it ends at its time");
    let end = case.store.log().last().expect("rows").finished_at;
    case.clock
        .advance(end.as_ms() - 100_000 - case.clock.now_ms());
    let tick = case.collector().once().await.expect("it waits");
    assert!(tick.started_at > end);
    assert!(
        case.heard()
            .iter()
            .any(|line| line.contains("100 s before the end of the history"))
    );
}

#[tokio::test]
async fn a_clock_that_was_set_back_far_is_waited_for_and_refused_by_a_single_sweep() {
    let mut case = Case::of(3);
    case.run().await.expect("it ends at its time");
    case.clock.advance(-3_600_000);
    let rows = case.store.log().len();
    let error = case.collector().once().await.expect_err("it refuses");
    assert!(
        matches!(error, CollectError::ClockBehind { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("set the clock"), "{error}");
    assert_eq!(case.store.log().len(), rows);
    let end = case.store.log().last().expect("rows").finished_at;
    case.settings.stop_at = Some(end.plus_ms(3 * MINUTE_MS));
    case.run().await.expect("it waits, and goes on");
    let log = case.store.log();
    let told = &log[rows];
    assert_eq!(told.status, SweepStatus::Skipped);
    assert_eq!((told.started_at, told.finished_at), (end, end));
    let detail = told.detail.as_deref().expect("it says why");
    assert!(
        detail.starts_with("clock: the computer's clock showed"),
        "{detail}"
    );
    assert_eq!(log[rows + 1].status, SweepStatus::Complete);
    assert!(log[rows + 1].started_at > end);
    let warned = |line: &String| line.contains("set the clock");
    let heard = case.heard();
    assert_eq!(heard.iter().filter(|line| warned(line)).count(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_back_while_it_runs_and_then_right_again_loses_no_more_than_that() {
    let mut case = Case::of(3);
    case.settings.stop_at = Some(at(START_MS + 20 * MINUTE_MS));
    let quiet = (0..3).map(|_| Happening::Takes(5));
    case.platform.next("page 1", quiet);
    // The third sweep was answered before the clock is set, so it is kept as it was; then the clock is two hours
    // behind.
    let clock = Arc::clone(&case.clock);
    let set_back = move |_: &mut Office| clock.advance(-2 * 3_600_000);
    case.platform
        .next("page 1", [Happening::Changes(Box::new(set_back))]);
    case.run().await.expect("it goes on");
    let log = case.store.log();
    for pair in log.windows(2) {
        assert!(
            pair[1].started_at >= pair[0].finished_at,
            "time runs forward"
        );
    }
    let last = log.last().expect("rows");
    assert_eq!(last.status, SweepStatus::Complete);
    assert!(last.started_at > at(START_MS + 18 * MINUTE_MS));
}

#[tokio::test]
async fn clocks_that_differ_are_warned_about_and_refused_beyond_five_minutes() {
    let case = Case::of(3);
    case.platform.change(|office| office.skew_ms = Some(-8_000));
    case.run().await.expect("it ends at its time");
    assert_eq!(case.store.log()[0].clock_skew_ms, Some(-8_000));
    let warnings = || {
        let mut heard = case.heard();
        heard.retain(|line| line.starts_with("warning"));
        heard
    };
    assert_eq!(
        warnings(),
        ["warning this computer's clock is 8 s ahead of the platform's: set it"]
    );
    let rows = case.store.log().len();
    case.platform
        .change(|office| office.skew_ms = Some(301_000));
    let error = case.collector().once().await.expect_err("it refuses");
    assert!(
        matches!(error, CollectError::ClockWrong { skew_ms: 301_000 }),
        "{error:?}"
    );
    assert_eq!(case.store.log().len(), rows);
}
