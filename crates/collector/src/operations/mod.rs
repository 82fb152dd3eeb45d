//! What a running program shows its operator: health, readiness and metrics over HTTP, and the service manager.
//!
//! [`vitals`] keeps what the collector told of itself, [`readiness`] judges it and [`metrics`] writes it down, all
//! three without effects. [`Operations`] asks the store and the platform's client as well, and [`router`] answers.
//! Nothing here holds personal data: no names, numbers or states of extensions, only counts and the account's id.

pub mod metrics;
pub mod readiness;
mod router;
mod server;
#[cfg(unix)]
pub mod service_manager;
pub mod shape;
pub mod vitals;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;

pub use self::router::router;
pub use self::server::{DEFAULT_ADDRESS, Listening, OperationsError, bind};

use self::metrics::{Facts, HistoryStanding};
use self::shape::{Health, Readiness};
use self::vitals::Vitals;
use crate::progress::Progress;
use presence_clock::Clock;
use presence_core::query::coverage as coverage_query;
use presence_model::ids::SnapshotNo;
use presence_model::time::{TimeRange, Timestamp};
use presence_ringcentral::Traffic;
use presence_store::{ReadStore, StoreError, StoreHandle};

/// How long the store may take to answer.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);
/// Gaps are counted over this many milliseconds up to now: a day.
pub const GAP_WINDOW_MS: i64 = 86_400_000;

/// Keeps what a collector says of itself; an observer passes everything on to it.
#[derive(Debug)]
pub struct Monitor {
    vitals: Mutex<Vitals>,
    durations: Histogram,
}

impl Monitor {
    /// A collector that begins now.
    pub fn new(now: Timestamp) -> Self {
        Self {
            vitals: Mutex::new(Vitals::new(now)),
            durations: metrics::duration_histogram(),
        }
    }

    /// Takes in what the collector reports.
    pub fn record(&self, progress: &Progress<'_>, now: Timestamp) {
        if let Progress::Ticked(tick) = progress {
            self.durations
                .observe(metrics::seconds(tick.finished_at.since_ms(tick.started_at)));
        }
        let mut vitals = self.vitals.lock().unwrap_or_else(PoisonError::into_inner);
        vitals.record(progress, now);
    }

    /// What is known so far.
    pub fn vitals(&self) -> Vitals {
        let vitals = self.vitals.lock().unwrap_or_else(PoisonError::into_inner);
        vitals.clone()
    }
}

/// The platform's client, for its metrics.
pub trait TrafficSource: Send + Sync {
    /// What was sent so far, and what may still be sent.
    fn traffic(&self) -> Traffic;
}

impl TrafficSource for presence_ringcentral::RingCentral {
    fn traffic(&self) -> Traffic {
        Self::traffic(self)
    }
}

/// Everything that can be told. A program without a collector leaves out what it has not.
pub struct Operations {
    /// The history.
    pub store: StoreHandle<dyn ReadStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the collector told of itself.
    pub monitor: Option<Arc<Monitor>>,
    /// The platform's client.
    pub traffic: Option<Arc<dyn TrafficSource>>,
    /// Whether an earlier question to the store is still without an answer.
    asking: Arc<AtomicBool>,
}

impl Operations {
    /// Of a store alone; the rest is added by its fields.
    pub fn new(store: impl Into<StoreHandle<dyn ReadStore>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store: store.into(),
            clock,
            monitor: None,
            traffic: None,
            asking: Arc::default(),
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::saturating_from_ms(self.clock.now_ms())
    }

    /// Whether the program is alive: the loop of its collector makes progress.
    pub fn health(&self) -> Health {
        let vitals = self.monitor.as_ref().map(|monitor| monitor.vitals());
        readiness::health(vitals.as_ref(), self.now())
    }

    /// Whether the history is being kept up to date.
    pub async fn readiness(&self) -> Readiness {
        let histories = self.histories().await;
        let vitals = self.monitor.as_ref().map(|monitor| monitor.vitals());
        let store = histories.as_ref().map(|_| ()).map_err(String::as_str);
        readiness::readiness(vitals.as_ref(), store, self.now())
    }

    /// The metrics, in the OpenMetrics text format.
    pub async fn metrics(&self) -> Result<String, std::fmt::Error> {
        let histories = self.histories().await;
        let facts = Facts {
            now: self.now(),
            vitals: self.monitor.as_ref().map(|monitor| monitor.vitals()),
            durations: self
                .monitor
                .as_ref()
                .map(|monitor| monitor.durations.clone()),
            histories: histories.ok(),
            traffic: self.traffic.as_ref().map(|source| source.traffic()),
        };
        metrics::exposition(&facts)
    }

    /// Where the histories in the store stand, or why it does not tell.
    ///
    /// The question runs in a task of its own, which goes on when no one waits any more: a transaction that is given
    /// up half-way could leave its connection unusable. Meanwhile no second one is asked.
    async fn histories(&self) -> Result<Vec<HistoryStanding>, String> {
        if self.asking.swap(true, Ordering::SeqCst) {
            return Err("the store has not answered an earlier query yet".to_owned());
        }
        let (store, now, asking) = (self.store.clone(), self.now(), self.asking.clone());
        let asked = tokio::spawn(async move {
            let answer = standings(&store, now).await;
            asking.store(false, Ordering::SeqCst);
            answer
        });
        match tokio::time::timeout(STORE_TIMEOUT, asked).await {
            Ok(Ok(answer)) => answer.map_err(|error| error.to_string()),
            Ok(Err(_)) => Err("the query to the store was cancelled".to_owned()),
            Err(_) => Err(format!(
                "the store has not answered for {} s",
                STORE_TIMEOUT.as_secs()
            )),
        }
    }
}

async fn standings(
    store: &StoreHandle<dyn ReadStore>,
    now: Timestamp,
) -> Result<Vec<HistoryStanding>, StoreError> {
    let mut reading = store.get().await?.read().await?;
    let mut standings = Vec::new();
    for account in reading.accounts().await? {
        let account_id = account.account_id;
        let end = reading.log_end(account_id).await?;
        let first = reading.snapshots(account_id, SnapshotNo(0), 1).await?;
        let began_at = first.first().map(|(snapshot, _)| snapshot.began_at());
        let window = began_at
            .and_then(|began_at| TimeRange::new(now.plus_ms(-GAP_WINDOW_MS).max(began_at), now));
        let gaps = match window {
            None => None,
            Some(window) => {
                let coverage = reading.coverage(account_id, window).await?;
                Some(coverage_query::coverage(&coverage.observed, &[], window))
            }
        };
        standings.push(HistoryStanding {
            account_id,
            position: end.position,
            snapshot_no: end.snapshot_no,
            observed_until: end.observed_until,
            gap_count: gaps.as_ref().map_or(0, |gaps| gaps.gaps.len()),
            gap_ms: gaps.map_or(0, |gaps| gaps.gap_ms),
        });
    }
    Ok(standings)
}
