//! The collector: once, or slot after slot until it is told to stop.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use presence_clock::Clock;
use presence_model::ids::{AccountId, Epoch};
use presence_model::observation::Sweep;
use presence_model::time::Timestamp;
use presence_recording::recorder::{FlushAt, RecordError, Recorder};
use presence_recording::spool::SpoolSettings;
use presence_ringcentral::{Answer, PresenceSource, SourceError};
use presence_ringcentral_wire::Account;
use presence_store::{AppendStore, Lease, MaintainStore, StoreError, StoreHandle};

use super::queues::QueueSettings;
use super::schedule::Slot;
use super::session::CollectorSession;
use super::startup::StartupSpooling;

pub use super::progress::{Observer, Progress, Tick, Totals};

/// How to collect.
#[derive(Clone, Debug)]
pub struct Settings {
    /// From one sweep to the next, in milliseconds.
    pub interval_ms: i64,
    /// See [`Sweep::valid_for_ms`]; `None`: three times the interval.
    pub valid_for_ms: Option<i64>,
    /// What the lease calls us, such as host and process.
    pub holder: String,
    /// No sweep begins at or after this moment; `None`: until told to stop.
    pub stop_at: Option<Timestamp>,
    /// When sweeps are appended: [`FlushAt::EVERY_SWEEP`], unless time is virtual and nothing is lost by a crash.
    pub flush_at: FlushAt,
    /// Where sweeps wait while the store cannot be used; `None`: then collecting ends.
    pub spool: Option<SpoolSettings>,
    /// What keeps another collector of the account on this computer away; `None`: the lease alone does.
    pub guard: Option<Arc<dyn AccountGuard>>,
    /// How queues are asked who takes their calls; `None`: they are not asked.
    pub queues: Option<QueueSettings>,
}

/// Keeps two collectors of one account apart on one computer, before either asks the store.
#[async_trait::async_trait]
pub trait AccountGuard: Send + Sync {
    /// Waits until no one else on this computer collects the account, and keeps others away from then on; `false` when
    /// cancelled first. The sentence says what is wrong, or who collects it where that is not waited for.
    async fn enter(
        &self,
        account_id: AccountId,
        cancel: &CancellationToken,
    ) -> Result<bool, String>;

    /// What the lease calls its holder from then on; `None` before.
    fn holder(&self) -> Option<String>;
}

impl std::fmt::Debug for dyn AccountGuard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "guard {:?}", self.holder())
    }
}

impl Settings {
    /// A sweep every `interval_ms`, each recorded at once, until told to stop.
    pub fn new(interval_ms: i64, holder: impl Into<String>) -> Self {
        Self {
            interval_ms,
            valid_for_ms: None,
            holder: holder.into(),
            stop_at: None,
            flush_at: FlushAt::EVERY_SWEEP,
            spool: None,
            guard: None,
            queues: None,
        }
    }

    /// See [`Sweep::valid_for_ms`], of sweeps that are really made every `interval_ms`.
    pub(super) fn valid_for_ms(&self, interval_ms: i64) -> i64 {
        self.valid_for_ms
            .unwrap_or(interval_ms.saturating_mul(3))
            .max(1)
    }

    /// How long one request of the directory may take before the first sweep.
    pub(super) fn prepare_step_ms(&self) -> i64 {
        (self.interval_ms / 2).clamp(PREPARE_STEP_MS_MIN, PREPARE_MS)
    }

    /// A lease is renewed for so much longer than it is needed: enough for a slow append, and little enough for
    /// anyone who takes over after a crash not to wait for more than two intervals.
    pub(super) fn lease_margin_ms(&self) -> i64 {
        (self.interval_ms / 2).clamp(1_000, LEASE_MARGIN_MS_MAX)
    }
}

/// Why collecting ended, or could not begin.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The platform gave no answer, or will not until an operator does something.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The history cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sweep cannot be recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Another collector has the account.
    #[error(
        "account {account_id} is being collected by {holder} (until {expires_at} unless renewed): stop that one first"
    )]
    LeaseTaken {
        /// Which account.
        account_id: AccountId,
        /// Who has it.
        holder: String,
        /// Unless renewed, until then.
        expires_at: Timestamp,
    },
    /// Another collector on this computer has the account, or it cannot be kept away.
    #[error("{0}")]
    Guarded(String),
    /// The computer's clock is before the end of the history.
    #[error(
        "this computer's clock shows {now}, but the history of account {account_id} reaches until {history_until}: \
         set the clock; nothing is recorded until then, because a history never runs backwards"
    )]
    ClockBehind {
        /// Which account.
        account_id: AccountId,
        /// What the clock shows.
        now: Timestamp,
        /// Where the history ends.
        history_until: Timestamp,
    },
    /// The computer's clock and the platform's differ too much to record anything.
    #[error("{}", clocks_differ(*skew_ms))]
    ClockWrong {
        /// The platform's clock minus ours, in milliseconds.
        skew_ms: i64,
    },
}

/// Beyond this difference of the clocks nothing is recorded: times would be wrong for good, and a clock that is ahead
/// would bar the history until that time has come.
const SKEW_MS_MAX: i64 = 300_000;
/// How long a sweep may take that is the only one.
const ONCE_MS: i64 = 120_000;
/// How long queues may be asked before the only sweep.
const ONCE_QUEUES_MS: i64 = 30_000;
/// How long the directory may take before the first sweep.
pub(super) const PREPARE_MS: i64 = 60_000;
const LEASE_MARGIN_MS_MAX: i64 = 60_000;
const PREPARE_STEP_MS_MIN: i64 = 2_000;
pub(super) const START_PAUSE_MS: i64 = 10_000;
const LEASE_PAUSE_MS: i64 = 5_000;

/// Collects one account.
pub struct Collector {
    /// The platform.
    pub source: Arc<dyn PresenceSource>,
    /// Where the history goes.
    pub store: StoreHandle<dyn AppendStore>,
    /// The same history, to pack days that are over; `None`: they stay unpacked.
    pub packing: Option<StoreHandle<dyn MaintainStore>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How.
    pub settings: Settings,
    /// Who hears of it.
    pub observer: Arc<dyn Observer>,
}

impl Collector {
    /// Makes one sweep and records it, even if it saw nothing.
    pub async fn once(&self) -> Result<Tick, CollectError> {
        let tick = self.once_unless(&CancellationToken::new()).await?;
        Ok(tick.expect("nobody else has the token that would have stopped it"))
    }

    /// Makes one sweep and records it, even if it saw nothing; `None` when `cancel` was cancelled before there was
    /// anything to record. Either way the lease is given up, which anyone who merely drops [`Self::once`] does not do.
    pub fn once_unless<'a>(
        &'a self,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Option<Tick>, CollectError>> {
        self.swept_unless(cancel).boxed()
    }

    async fn swept_unless(&self, cancel: &CancellationToken) -> Result<Option<Tick>, CollectError> {
        let account = self.source.account(self.after_ms(ONCE_MS));
        let Some(account) = unless(cancel, account).await else {
            return Ok(None);
        };
        let account = account?;
        if let Some(skew_ms) = account.clock_skew_ms.filter(|ms| ms.abs() > SKEW_MS_MAX) {
            return Err(CollectError::ClockWrong { skew_ms });
        }
        let account = account.value;
        let account_id = account.account_id;
        if !self.enter(account_id, cancel).await? {
            return Ok(None);
        }
        self.ensure(&account).await?;
        let epoch = match self.lease(account_id, PREPARE_MS + ONCE_MS).await? {
            Lease::Held(epoch) => epoch,
            Lease::Taken { holder, expires_at } => {
                return Err(CollectError::LeaseTaken {
                    account_id,
                    holder,
                    expires_at,
                });
            }
        };
        let tick = self.once_under(epoch, &account, cancel).await;
        let released = self.release(account_id, epoch).await;
        let tick = tick?;
        released?;
        Ok(tick)
    }

    async fn once_under(
        &self,
        epoch: Epoch,
        account: &Account,
        cancel: &CancellationToken,
    ) -> Result<Option<Tick>, CollectError> {
        let mut watch = CollectorSession::open(self, account, epoch, &mut None).await?;
        watch.wait_for_clock(cancel).await?;
        watch.prepare(cancel).await?;
        watch.ask_for_some_zones(cancel).await?;
        let by = self.after_ms(ONCE_QUEUES_MS);
        if !watch.ask_queues(by, cancel).await? {
            return Ok(None);
        }
        let slot = Slot {
            start_ms: self.clock.now_ms(),
        };
        let plan = watch.plan(slot, self.after_ms(ONCE_MS));
        let Some(sweep) = unless(cancel, watch.sweep(&plan)).await else {
            return Ok(None);
        };
        let sweep = sweep?;
        if let Some(skew_ms) = too_skewed(&sweep) {
            return Err(CollectError::ClockWrong { skew_ms });
        }
        let tick = watch.record(slot, sweep).await??;
        watch.recorder.flush(self.now()).await?;
        Ok(Some(tick))
    }

    /// Sweeps slot after slot until `cancel` is cancelled, [`Settings::stop_at`], or an error that needs an operator.
    pub fn run<'a>(
        &'a self,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Totals, CollectError>> {
        self.swept_until(cancel).boxed()
    }

    async fn swept_until(&self, cancel: &CancellationToken) -> Result<Totals, CollectError> {
        let Some(account) = self.account(cancel).await? else {
            return Ok(Totals::default());
        };
        if !self.enter(account.account_id, cancel).await? {
            return Ok(Totals::default());
        }
        let Some(mut watch) = self.begin(&account, cancel).await? else {
            return Ok(Totals::default());
        };
        self.observer.notice(Progress::Started {
            account: &account,
            interval_ms: self.settings.interval_ms,
        });
        let watched = watch.run(cancel).await;
        let flushed = watch.recorder.flush(self.now()).await;
        let released = self.release(account.account_id, watch.epoch).await;
        watched?;
        flushed?;
        match released {
            // It runs out by itself.
            Err(error) if error.is_away() => self.warn(&error.to_string()),
            released => released?,
        }
        Ok(watch.totals)
    }

    /// Waits until it may write the account's history and knows it; `None` when cancelled. While the store cannot be
    /// used, sweeps are made all the same if they can wait somewhere.
    async fn begin(
        &self,
        account: &Account,
        cancel: &CancellationToken,
    ) -> Result<Option<CollectorSession<'_>>, CollectError> {
        let mut startup = None;
        loop {
            let error = match self.try_to_begin(account, cancel, &mut startup).await {
                Err(CollectError::Store(error)) if error.is_away() => error,
                begun => return begun,
            };
            let Some(spool) = &self.settings.spool else {
                self.warn(&format!(
                    "collecting begins when the store is available: {error}"
                ));
                let pause = self.clock.sleep_ms(START_PAUSE_MS);
                if unless(cancel, pause).await.is_none() {
                    return Ok(None);
                }
                continue;
            };
            let startup = startup.get_or_insert_with(|| {
                self.warn(&format!(
                    "sweeps wait in the spool until the store is available: {error}"
                ));
                StartupSpooling::new(self, spool, account.account_id)
            });
            if !startup.go_on(cancel).await? {
                return Ok(None);
            }
        }
    }

    async fn try_to_begin<'a>(
        &'a self,
        account: &Account,
        cancel: &CancellationToken,
        startup: &mut Option<StartupSpooling<'a>>,
    ) -> Result<Option<CollectorSession<'a>>, CollectError> {
        self.ensure(account).await?;
        let Some(epoch) = self.wait_for_lease(account.account_id, cancel).await? else {
            return Ok(None);
        };
        Ok(Some(
            CollectorSession::open(self, account, epoch, startup).await?,
        ))
    }

    /// The account; while the platform cannot be reached, it is asked for again and again. `None` when cancelled.
    async fn account(&self, cancel: &CancellationToken) -> Result<Option<Account>, CollectError> {
        loop {
            let by = self.after_ms(ONCE_MS);
            let Some(answer) = unless(cancel, self.source.account(by)).await else {
                return Ok(None);
            };
            let until = match answer {
                Ok(answer)
                    if answer
                        .clock_skew_ms
                        .is_some_and(|ms| ms.abs() > SKEW_MS_MAX) =>
                {
                    self.warn(&clocks_differ(answer.clock_skew_ms.unwrap_or_default()));
                    return Ok(Some(answer.value));
                }
                Ok(Answer { value, .. }) => return Ok(Some(value)),
                Err(error) if error.is_transient() => {
                    let mut until = self.after_ms(START_PAUSE_MS);
                    if let SourceError::RateLimited { retry_at, .. } = &error {
                        until = until.max(*retry_at);
                    }
                    self.warn(&format!("{error}; the next attempt is at {until}"));
                    until
                }
                Err(error) => return Err(error.into()),
            };
            let pause = self.clock.sleep_until_ms(until.as_ms());
            if unless(cancel, pause).await.is_none() {
                return Ok(None);
            }
        }
    }

    pub(super) async fn recorder(
        &self,
        account_id: AccountId,
        epoch: Epoch,
    ) -> Result<Recorder, StoreError> {
        let store = self.store.get().await?;
        Recorder::open(store, account_id, Some(epoch), self.settings.flush_at).await
    }

    /// Keeps other collectors of the account on this computer away; `false` when cancelled first.
    async fn enter(
        &self,
        account_id: AccountId,
        cancel: &CancellationToken,
    ) -> Result<bool, CollectError> {
        match &self.settings.guard {
            Some(guard) => guard
                .enter(account_id, cancel)
                .await
                .map_err(CollectError::Guarded),
            None => Ok(true),
        }
    }

    async fn ensure(&self, account: &Account) -> Result<(), StoreError> {
        let name = account.company_name.as_deref();
        let store = self.store.get().await?;
        store
            .ensure_account(account.account_id, name, self.now())
            .await
    }

    /// Takes or renews the lease for at least so long.
    pub(super) async fn lease(
        &self,
        account_id: AccountId,
        needed_ms: i64,
    ) -> Result<Lease, StoreError> {
        let guard = self.settings.guard.as_ref();
        let holder = guard.and_then(|guard| guard.holder());
        let holder = holder.as_ref().unwrap_or(&self.settings.holder);
        let store = self.store.get().await?;
        store
            .acquire_lease(
                account_id,
                holder,
                self.now(),
                needed_ms + self.settings.lease_margin_ms(),
            )
            .await
    }

    async fn release(&self, account_id: AccountId, epoch: Epoch) -> Result<(), StoreError> {
        let store = self.store.get().await?;
        store.release_lease(account_id, epoch).await
    }

    /// Waits until no one else has the account; `None` when cancelled.
    async fn wait_for_lease(
        &self,
        account_id: AccountId,
        cancel: &CancellationToken,
    ) -> Result<Option<Epoch>, CollectError> {
        loop {
            let needed_ms = self.settings.prepare_step_ms();
            let (holder, expires_at) = match self.lease(account_id, needed_ms).await? {
                Lease::Held(epoch) => return Ok(Some(epoch)),
                Lease::Taken { holder, expires_at } => (holder, expires_at),
            };
            self.observer.notice(Progress::LeaseTaken {
                holder: &holder,
                expires_at,
            });
            let pause_ms = LEASE_PAUSE_MS.min(self.settings.interval_ms / 4);
            let until_ms = expires_at.as_ms().min(self.after_ms(pause_ms).as_ms());
            let wait = self
                .clock
                .sleep_until_ms(until_ms.max(self.now().as_ms() + 1));
            if unless(cancel, wait).await.is_none() {
                return Ok(None);
            }
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::saturating_from_ms(self.clock.now_ms())
    }

    fn after_ms(&self, duration_ms: i64) -> Timestamp {
        self.now().plus_ms(duration_ms)
    }

    pub(super) fn warn(&self, text: &str) {
        self.observer.notice(Progress::Warning(text));
    }
}

/// What `work` comes to; `None` when cancelled first. Nothing that writes to the store goes through it.
pub(super) async fn unless<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => None,
        done = work => Some(done),
    }
}

pub(super) fn too_skewed(sweep: &Sweep) -> Option<i64> {
    sweep
        .clock_skew_ms
        .filter(|skew_ms| skew_ms.abs() > SKEW_MS_MAX)
}

pub(super) fn clocks_differ(skew_ms: i64) -> String {
    let side = if skew_ms < 0 { "ahead of" } else { "behind" };
    let consequence = if skew_ms.abs() > SKEW_MS_MAX {
        "; nothing is recorded until it is set"
    } else {
        ""
    };
    format!(
        "this computer's clock is {} s {side} the platform's: set it{consequence}",
        skew_ms.abs() / 1_000
    )
}
