//! Keeps the daily table up to date while the collector runs: whenever a local day of anybody has ended.
//!
//! It works beside the collector, in a task of its own, so that no look waits for it. It may be stopped at any moment.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use presence_answers::ask::{self, AskError, DailyTable};
use presence_clock::Clock;
use presence_collector::progress::Tick;
use presence_core::model::ids::AccountId;
use presence_core::model::time::Timestamp;
use presence_store::Store;

use super::settings::DailySettings;

/// After a failure it is tried again with the first look that begins so many milliseconds later.
const RETRY_MS: i64 = 300_000;

/// A look that may have seen the end of a day.
type Look = Option<(AccountId, Timestamp)>;

/// Brings the daily table up to date when it is told of a look after the end of somebody's day, and of the first one.
pub struct Keeper {
    looks: watch::Sender<Look>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Waits for looks.
    pub fn start(store: Arc<dyn Store>, settings: DailySettings, clock: Arc<dyn Clock>) -> Self {
        let (looks, heard) = watch::channel(None);
        let keeping = Keeping {
            store,
            settings,
            clock,
            due_at: Timestamp::MIN,
        };
        Self {
            looks,
            task: tokio::spawn(keeping.run(heard)),
        }
    }

    /// Where the collector's observer tells of looks.
    pub fn ear(&self) -> Ear {
        Ear(self.looks.clone())
    }

    /// Waits until what it was told of is done with. Every [`Ear`] must be gone.
    pub async fn finish(self) {
        drop(self.looks);
        if self.task.await.is_err() {
            tracing::warn!("the daily table was not brought up to date");
        }
    }

    /// Gives up what is under way; the next update goes on.
    pub fn stop(self) {
        self.task.abort();
    }
}

/// Hears of looks for a [`Keeper`].
#[derive(Clone, Debug)]
pub struct Ear(watch::Sender<Look>);

impl Ear {
    /// A look is part of the history.
    pub fn hear(&self, tick: &Tick) {
        if tick.status.observes() {
            let look = Some((tick.account_id, tick.started_at));
            self.0.send_replace(look);
        }
    }
}

struct Keeping {
    store: Arc<dyn Store>,
    settings: DailySettings,
    clock: Arc<dyn Clock>,
    due_at: Timestamp,
}

impl Keeping {
    async fn run(mut self, mut looks: watch::Receiver<Look>) {
        while looks.changed().await.is_ok() {
            let look = *looks.borrow_and_update();
            let Some((account_id, at)) = look.filter(|(_, at)| *at >= self.due_at) else {
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
        let mut due_at = Timestamp::MAX;
        for &facet in &self.settings.facets {
            let table = DailyTable {
                account_id,
                facet,
                zone: self.settings.zone.clone(),
            };
            let now = Timestamp::saturating_from_ms(self.clock.now_ms());
            let update = ask::update_daily(&*self.store, &table, now).await?;
            if update.rows > 0 {
                tracing::info!(
                    %account_id,
                    facet = update.facet,
                    days = update.days,
                    rows = update.rows,
                    "the daily table is up to date"
                );
            }
            due_at = update
                .next_at
                .map_or(due_at, |next_at| due_at.min(next_at.0));
        }
        Ok(due_at)
    }
}
