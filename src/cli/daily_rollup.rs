//! Keeps the daily table up to date while the collector runs: whenever a local day of anyone has ended.
//!
//! It works next to the collector, in a task of its own, so that no sweep waits for it. It may be stopped at any moment.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use presence_answers::ask::AskError;
use presence_clock::Clock;
use presence_collector::progress::Tick;
use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_reading::daily::{DailyTable, update_daily};
use presence_store::{MaintainStore, StoreHandle};

use super::settings::DailySettings;

/// After a failure it is tried again with the first sweep that begins this many milliseconds later.
const RETRY_MS: i64 = 300_000;

/// A sweep that may have seen the end of a day.
type Swept = Option<(AccountId, Timestamp)>;

/// Brings the daily table up to date when it is told of a sweep after the end of someone's day, and of the first one.
pub struct DailyRollup {
    sweeps: watch::Sender<Swept>,
    task: JoinHandle<()>,
}

impl DailyRollup {
    /// Waits for looks.
    pub fn start(
        store: StoreHandle<dyn MaintainStore>,
        settings: DailySettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (sweeps, heard) = watch::channel(None);
        let keeping = RollupRun {
            store,
            settings,
            clock,
            due_at: Timestamp::MIN,
        };
        Self {
            sweeps,
            task: tokio::spawn(keeping.run(heard)),
        }
    }

    /// Where the collector's observer says of sweeps.
    pub fn listener(&self) -> SweepListener {
        SweepListener(self.sweeps.clone())
    }

    /// Waits until what it was told of is done with. Every [`SweepListener`] must be gone.
    pub async fn finish(self) {
        drop(self.sweeps);
        if self.task.await.is_err() {
            tracing::warn!("the daily table was not brought up to date");
        }
    }

    /// Gives up what is under way; the next update goes on.
    pub fn stop(self) {
        self.task.abort();
    }
}

/// Hears of sweeps for a [`DailyRollup`].
#[derive(Clone, Debug)]
pub struct SweepListener(watch::Sender<Swept>);

impl SweepListener {
    /// A sweep is part of the history.
    pub fn record(&self, tick: &Tick) {
        if tick.status.observes() {
            let swept = Some((tick.account_id, tick.started_at));
            self.0.send_replace(swept);
        }
    }
}

struct RollupRun {
    store: StoreHandle<dyn MaintainStore>,
    settings: DailySettings,
    clock: Arc<dyn Clock>,
    due_at: Timestamp,
}

impl RollupRun {
    async fn run(mut self, mut sweeps: watch::Receiver<Swept>) {
        while sweeps.changed().await.is_ok() {
            let swept = *sweeps.borrow_and_update();
            let Some((account_id, at)) = swept.filter(|(_, at)| *at >= self.due_at) else {
                continue;
            };
            self.due_at = match self.update(account_id).await {
                Ok(due_at) => due_at,
                Err(error) => {
                    tracing::warn!(%account_id, %error, "the daily table was not brought up to date");
                    at.plus_ms(RETRY_MS)
                }
            };
        }
    }

    /// Brings all facets up to date; when the next day ends.
    async fn update(&self, account_id: AccountId) -> Result<Timestamp, AskError> {
        let store = self.store.get().await?;
        let mut due_at = Timestamp::MAX;
        for &facet in &self.settings.facets {
            let table = DailyTable {
                account_id,
                facet,
                zone: self.settings.zone.clone(),
            };
            let now = Timestamp::saturating_from_ms(self.clock.now_ms());
            let update = update_daily(&*store, &table, now).await?;
            if update.rows > 0 {
                tracing::info!(
                    %account_id,
                    facet = update.facet.name(),
                    days = update.days,
                    rows = update.rows,
                    "the daily table is up to date"
                );
            }
            due_at = update.next_at.map_or(due_at, |next_at| due_at.min(next_at));
        }
        Ok(due_at)
    }
}
