//! The metrics: an independent parser reads them, and their names are part of the contract.

use std::collections::BTreeSet;

use openmetrics_parser::openmetrics::parse_openmetrics;
use presence_collector::operations::metrics::{Facts, HistoryStanding, exposition};
use presence_collector::operations::vitals::{Phase, Vitals};
use presence_collector::progress::{Progress, Tick};
use presence_collector::schedule::Slot;
use presence_model::cause::Cause;
use presence_model::ids::{AccountId, Epoch, Position, QueueId, SnapshotNo};
use presence_model::observation::SweepStatus;
use presence_model::queue::{QueueOutcome, QueueSweep};
use presence_model::time::Timestamp;
use presence_ringcentral::budget::{GroupStanding, RateGroup, RateLimit};
use presence_ringcentral::{RequestCount, Traffic};
use prometheus_client::metrics::histogram::Histogram;

fn at(ms: i64) -> Timestamp {
    Timestamp::saturating_from_ms(ms)
}

fn nothing() -> Facts {
    Facts {
        now: at(1_000_000),
        vitals: None,
        durations: None,
        histories: None,
        traffic: None,
    }
}

/// A collector about which everything is known.
pub(crate) fn everything() -> Facts {
    let mut vitals = Vitals::new(at(900_000));
    vitals.phase = Phase::Collecting;
    vitals.interval_ms = Some(60_000);
    let tick = Tick {
        account_id: AccountId(7),
        slot: Slot { start_ms: 960_000 },
        status: SweepStatus::Complete,
        started_at: at(960_250),
        finished_at: at(961_500),
        expected_count: Some(12),
        observed_count: 11,
        event_count: 3,
        detail: None,
    };
    let kept = Tick {
        started_at: at(980_250),
        finished_at: at(981_500),
        ..tick.clone()
    };
    let of_queue = |id: i64, outcome: QueueOutcome| QueueSweep {
        queue_id: QueueId(id),
        requested_at: at(900_000),
        received_at: at(901_600),
        valid_for_ms: 180_000,
        outcome,
    };
    let seen = of_queue(1, QueueOutcome::Read(Vec::new()));
    let forbidden = of_queue(
        2,
        QueueOutcome::Failed {
            cause: Cause::Permission,
            sentence: "not allowed".to_owned(),
        },
    );
    for progress in [
        Progress::QueueSwept(&seen),
        Progress::QueueSwept(&forbidden),
        Progress::LeaseHeld {
            epoch: Epoch(4),
            until: at(1_100_000),
        },
        Progress::ClockCompared { skew_ms: -1_500 },
        Progress::Warning("a \"quoted\" thing"),
        Progress::Ticked(&tick),
        Progress::Kept {
            tick: &kept,
            waiting: 1,
        },
    ] {
        vitals.record(&progress, at(961_600));
    }
    let durations = Histogram::new([1.0, 2.0]);
    durations.observe(1.25);
    Facts {
        vitals: Some(vitals),
        durations: Some(durations),
        histories: Some(vec![HistoryStanding {
            account_id: AccountId(7),
            position: Position(40),
            snapshot_no: SnapshotNo(9),
            observed_until: Some(at(961_500)),
            gap_count: 2,
            gap_ms: 90_500,
        }]),
        traffic: Some(Traffic {
            requests: vec![
                RequestCount {
                    group: RateGroup::new("heavy"),
                    status: Some(200),
                    count: 9,
                },
                RequestCount {
                    group: RateGroup::new("heavy"),
                    status: None,
                    count: 1,
                },
            ],
            groups: vec![GroupStanding {
                group: RateGroup::new("heavy"),
                rate: RateLimit {
                    limit: 10,
                    window_ms: 60_000,
                },
                free: 8,
            }],
            odd_records: 3,
        }),
        ..nothing()
    }
}

/// The names of all samples.
pub(crate) fn names(text: &str) -> BTreeSet<String> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let names = samples.filter_map(|line| line.split(['{', ' ']).next());
    names.map(str::to_owned).collect()
}

#[test]
fn an_independent_parser_reads_the_metrics() {
    for facts in [nothing(), everything()] {
        let text = exposition(&facts).expect("it can be written");
        if let Err(error) = parse_openmetrics(&text) {
            panic!("{error}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}

#[test]
fn metrics_show_what_is_known() {
    let text = exposition(&everything()).expect("it can be written");
    let mut samples: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("presence_build_info"))
        .collect();
    samples.sort_unstable();
    insta::assert_snapshot!(samples.join("\n"), @r#"
    presence_alive 1
    presence_changes_total 6
    presence_clock_skew_seconds -1.5
    presence_extensions_expected 12
    presence_extensions_observed 11
    presence_gap_seconds_last_day{account_id="7"} 90.5
    presence_gaps_last_day{account_id="7"} 2
    presence_history_observed_timestamp_seconds{account_id="7"} 961.5
    presence_history_position{account_id="7"} 40
    presence_history_snapshots{account_id="7"} 9
    presence_interval_seconds 60.0
    presence_last_complete_sweep_age_seconds 18.5
    presence_last_complete_sweep_timestamp_seconds 981.5
    presence_last_sweep_timestamp_seconds 981.5
    presence_lease_epoch 4
    presence_lease_held 1
    presence_malformed_records_total 3
    presence_odd_records_total 3
    presence_queue_sweep_age_seconds_max 98.4
    presence_queue_sweeps_total{status="complete"} 1
    presence_queue_sweeps_total{status="failed"} 1
    presence_queues_never_seen 1
    presence_rate_limit_free_requests{group="heavy"} 8
    presence_rate_limit_requests{group="heavy"} 10
    presence_rate_limit_window_seconds{group="heavy"} 60.0
    presence_requests_total{group="heavy",status="200"} 9
    presence_requests_total{group="heavy",status="none"} 1
    presence_spool_oldest_age_seconds 19.75
    presence_spool_sweeps 1
    presence_start_time_seconds 900.0
    presence_store_up 1
    presence_sweep_duration_seconds_bucket{le="+Inf"} 1
    presence_sweep_duration_seconds_bucket{le="1.0"} 0
    presence_sweep_duration_seconds_bucket{le="2.0"} 1
    presence_sweep_duration_seconds_count 1
    presence_sweep_duration_seconds_sum 1.25
    presence_sweep_lag_seconds 20.25
    presence_sweeps_total{status="complete"} 2
    presence_sweeps_total{status="failed"} 0
    presence_sweeps_total{status="partial"} 0
    presence_sweeps_total{status="skipped"} 0
    presence_warnings_total 1
    "#);
}

#[test]
fn what_is_not_known_is_left_out() {
    let text = exposition(&nothing()).expect("it can be written");
    let names: Vec<String> = names(&text).into_iter().collect();
    assert_eq!(names, ["presence_build_info", "presence_store_up"]);
    let fresh = Facts {
        vitals: Some(Vitals::new(at(900_000))),
        ..nothing()
    };
    let text = exposition(&fresh).expect("it can be written");
    for absent in [
        "presence_last_",
        "presence_clock_skew",
        "presence_spool",
        "presence_queue",
    ] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
    assert!(text.contains("presence_sweeps_total{status=\"complete\"} 0"));
}
