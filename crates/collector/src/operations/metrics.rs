//! The metrics, written in the OpenMetrics text format that Prometheus reads. Pure.
//!
//! A figure that is not known is left out, never 0. Names are a promise: alert rules and dashboards use them.

use std::fmt;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::vitals::{QueueVitals, STATUSES, SpoolStanding, Vitals};
use presence_core::query::zone::zone_data_version;
use presence_model::ids::{AccountId, Position, SnapshotNo};
use presence_model::renamed::MALFORMED_RECORDS;
use presence_model::time::Timestamp;
use presence_ringcentral::Traffic;

/// Where a history in the store stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryStanding {
    /// Whose.
    pub account_id: AccountId,
    /// The last change.
    pub position: Position,
    /// The last snapshot.
    pub snapshot_no: SnapshotNo,
    /// The last sweep that saw anything.
    pub observed_until: Option<Timestamp>,
    /// How many gaps the last day has.
    pub gap_count: usize,
    /// How long they are together, in milliseconds.
    pub gap_ms: i64,
}

/// What the metrics tell.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The present moment.
    pub now: Timestamp,
    /// What the collector told.
    pub vitals: Option<Vitals>,
    /// How long sweeps took, in seconds.
    pub durations: Option<Histogram>,
    /// The histories in the store; `None`: it did not answer.
    pub histories: Option<Vec<HistoryStanding>>,
    /// What was sent to the platform.
    pub traffic: Option<Traffic>,
}

/// How long sweeps take: from a small account on a good day to one with a hundred pages.
pub(super) fn duration_histogram() -> Histogram {
    Histogram::new([0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0])
}

/// Milliseconds as the seconds that Prometheus measures in.
#[expect(
    clippy::cast_precision_loss,
    reason = "beyond 2^53 ms, far after the year 9999, a metric may be a millisecond off"
)]
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

/// How long ago that was; not known of what is after now, as when the clock was set back.
fn age_ms(at: Timestamp, now: Timestamp) -> Option<i64> {
    Some(now.since_ms(at)).filter(|ms| *ms >= 0)
}

type Seconds = Gauge<f64, std::sync::atomic::AtomicU64>;
type Labels<const N: usize> = [(&'static str, String); N];

/// Everything in the OpenMetrics text format.
pub fn exposition(facts: &Facts) -> Result<String, fmt::Error> {
    let mut sheet = Sheet(Registry::with_prefix("presence"));
    let build = [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("zone_data", zone_data_version().to_owned()),
    ];
    sheet.gauges(
        "build_info",
        "Versions of the program and of its zone data",
        [(build, 1)],
    );
    if let Some(vitals) = &facts.vitals {
        sheet.collector(vitals, facts.now);
        sheet.sweeps(vitals, facts.now);
        sheet.queues(&vitals.queues, facts.now);
        if let Some(spool) = vitals.spool {
            sheet.spool(spool, facts.now);
        }
    }
    if let Some(durations) = &facts.durations {
        let help = "How long sweeps took, from the first request to the last response";
        let registry = &mut sheet.0;
        registry.register("sweep_duration_seconds", help, durations.clone());
    }
    sheet.store(facts.histories.as_deref());
    if let Some(traffic) = &facts.traffic {
        sheet.traffic(traffic);
    }
    let mut text = String::new();
    encode(&mut text, &sheet.0)?;
    Ok(text)
}

/// The metrics of one answer.
struct Sheet(Registry);

impl Sheet {
    fn collector(&mut self, vitals: &Vitals, now: Timestamp) {
        self.moment(
            "start_time_seconds",
            "When the collector began, in seconds since the Unix epoch",
            Some(vitals.started_at),
        );
        self.gauge(
            "alive",
            "1 while the collector's loop makes progress, else 0",
            i64::from(vitals.is_alive(now)),
        );
        self.gauge(
            "lease_held",
            "1 while this collector may write the account's history, else 0",
            i64::from(vitals.holds_lease(now)),
        );
        if let Some((epoch, _)) = vitals.lease {
            let help = "The epoch of the lease; it grows whenever another collector takes over";
            self.gauge("lease_epoch", help, epoch.0);
        }
        self.duration(
            "clock_skew_seconds",
            "The platform's clock minus this computer's, as last compared",
            vitals.clock_skew_ms,
        );
        self.counter(
            "warnings",
            "Warnings of the collector; the log has their text",
            vitals.warning_count,
        );
    }

    fn sweeps(&mut self, vitals: &Vitals, now: Timestamp) {
        let counts = STATUSES.iter().zip(vitals.sweep_counts);
        self.counters(
            "sweeps",
            "Sweeps by status; skipped ones were not tried",
            counts.map(|(status, count)| ([("status", status.name().to_owned())], count)),
        );
        self.counter("changes", "Changes recorded", vitals.change_count);
        self.duration(
            "interval_seconds",
            "From one sweep to the next, as configured",
            vitals.interval_ms,
        );
        let complete_at = vitals.last_complete_at;
        self.moment(
            "last_complete_sweep_timestamp_seconds",
            "When the last complete sweep ended, in seconds since the Unix epoch",
            complete_at,
        );
        self.duration(
            "last_complete_sweep_age_seconds",
            "How long ago the last complete sweep ended",
            complete_at.and_then(|at| age_ms(at, now)),
        );
        let Some(last) = &vitals.last_sweep else {
            return;
        };
        self.moment(
            "last_sweep_timestamp_seconds",
            "When the last sweep of any status ended, in seconds since the Unix epoch",
            Some(last.finished_at),
        );
        self.duration(
            "sweep_lag_seconds",
            "How long after its time the last sweep began",
            Some(last.started_at.as_ms() - last.slot.start_ms),
        );
        if let Some(count) = last.expected_count {
            let help = "Extensions that the platform said there are, at the last sweep";
            self.gauge("extensions_expected", help, count);
        }
        self.gauge(
            "extensions_observed",
            "Extensions seen by the last sweep",
            i64::try_from(last.observed_count).unwrap_or(i64::MAX),
        );
    }

    /// Left out while no queue was asked.
    fn queues(&mut self, queues: &QueueVitals, now: Timestamp) {
        if queues.seen_at.is_empty() {
            return;
        }
        let counts = [
            ("complete", queues.complete_count),
            ("failed", queues.failed_count),
        ];
        self.counters(
            "queue_sweeps",
            "Sweeps of call queues by status",
            counts.map(|(status, count)| ([("status", status.to_owned())], count)),
        );
        let unseen = queues.seen_at.values().filter(|seen_at| seen_at.is_none());
        self.gauge(
            "queues_never_seen",
            "Call queues that were asked and whose members were not seen so far",
            i64::try_from(unseen.count()).unwrap_or(i64::MAX),
        );
        let oldest = queues.seen_at.values().flatten().min();
        self.duration(
            "queue_sweep_age_seconds_max",
            "How long ago the queue was seen that was seen longest ago",
            oldest.and_then(|at| age_ms(*at, now)),
        );
    }

    fn store(&mut self, histories: Option<&[HistoryStanding]>) {
        self.gauge(
            "store_up",
            "1 if the store answered just now, else 0",
            i64::from(histories.is_some()),
        );
        let Some(histories) = histories.filter(|histories| !histories.is_empty()) else {
            return;
        };
        let of = |history: &HistoryStanding| [("account_id", history.account_id.to_string())];
        self.gauges(
            "history_position",
            "The number of changes in the history",
            histories.iter().map(|one| (of(one), one.position.0)),
        );
        self.gauges(
            "history_snapshots",
            "The number of sweeps in the history, failed and skipped ones included",
            histories.iter().map(|one| (of(one), one.snapshot_no.0)),
        );
        self.all_seconds(
            "history_observed_timestamp_seconds",
            "The last sweep in the history that saw anything, in seconds since the Unix epoch",
            histories
                .iter()
                .filter_map(|one| Some((of(one), seconds(one.observed_until?.as_ms())))),
        );
        let gap_count = |one: &HistoryStanding| i64::try_from(one.gap_count).unwrap_or(i64::MAX);
        self.gauges(
            "gaps_last_day",
            "Gaps of the last 24 hours, including the one since the last sweep",
            histories.iter().map(|one| (of(one), gap_count(one))),
        );
        self.all_seconds(
            "gap_seconds_last_day",
            "How much of the last 24 hours lies in gaps, including the time since the last sweep",
            histories.iter().map(|one| (of(one), seconds(one.gap_ms))),
        );
    }

    fn traffic(&mut self, traffic: &Traffic) {
        let status = |status: Option<u16>| status.map_or("none".to_owned(), |one| one.to_string());
        let requests = traffic.requests.iter().map(|one| {
            let group = one.group.name().to_owned();
            (
                [("group", group), ("status", status(one.status))],
                one.count,
            )
        });
        self.counters(
            "requests",
            "Requests to the platform by rate limit group and HTTP status; none: no answer",
            requests,
        );
        for (name, help) in [
            (
                MALFORMED_RECORDS.new,
                "Records of the platform's pages that were malformed: read in part, or not at all",
            ),
            (
                MALFORMED_RECORDS.old,
                "The old name of presence_malformed_records; it goes with the next release",
            ),
        ] {
            self.counter(name, help, traffic.odd_records);
        }
        let groups = || {
            let groups = traffic.groups.iter();
            groups.map(|one| ([("group", one.group.name().to_owned())], one))
        };
        self.gauges(
            "rate_limit_requests",
            "How many requests of the group the platform allows in a window",
            groups().map(|(labels, one)| (labels, i64::from(one.rate.limit))),
        );
        self.all_seconds(
            "rate_limit_window_seconds",
            "Length of that window",
            groups().map(|(labels, one)| (labels, seconds(one.rate.window_ms))),
        );
        self.gauges(
            "rate_limit_free_requests",
            "How many requests of the group could be sent at once, staying one below the limit",
            groups().map(|(labels, one)| (labels, i64::from(one.free))),
        );
    }

    fn spool(&mut self, spool: SpoolStanding, now: Timestamp) {
        self.gauge(
            "spool_sweeps",
            "Sweeps spooled on this computer until the store is back",
            i64::try_from(spool.sweep_count).unwrap_or(i64::MAX),
        );
        self.duration(
            "spool_oldest_age_seconds",
            "Age of the oldest spooled sweep",
            spool.oldest_at.and_then(|at| age_ms(at, now)),
        );
    }

    fn gauge(&mut self, name: &str, help: &str, value: i64) {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        self.0.register(name, help, gauge);
    }

    fn counter(&mut self, name: &str, help: &str, count: u64) {
        let counter = Counter::<u64>::default();
        counter.inc_by(count);
        self.0.register(name, help, counter);
    }

    /// A length of time; left out if it is not known.
    fn duration(&mut self, name: &str, help: &str, ms: Option<i64>) {
        if let Some(ms) = ms {
            let gauge = Seconds::default();
            gauge.set(seconds(ms));
            self.0.register(name, help, gauge);
        }
    }

    /// A moment; left out if it is not known.
    fn moment(&mut self, name: &str, help: &str, at: Option<Timestamp>) {
        self.duration(name, help, at.map(Timestamp::as_ms));
    }

    fn gauges<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (Labels<N>, i64)>,
    ) where
        Labels<N>: EncodeLabelSet,
    {
        let family = Family::<Labels<N>, Gauge<i64>>::default();
        for (labels, value) in values {
            family.get_or_create(&labels).set(value);
        }
        self.0.register(name, help, family);
    }

    fn all_seconds<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (Labels<N>, f64)>,
    ) where
        Labels<N>: EncodeLabelSet,
    {
        let family = Family::<Labels<N>, Seconds>::default();
        for (labels, value) in values {
            family.get_or_create(&labels).set(value);
        }
        self.0.register(name, help, family);
    }

    fn counters<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (Labels<N>, u64)>,
    ) where
        Labels<N>: EncodeLabelSet,
    {
        let family = Family::<Labels<N>, Counter<u64>>::default();
        for (labels, count) in values {
            family.get_or_create(&labels).inc_by(count);
        }
        self.0.register(name, help, family);
    }
}
