//! The collector: once, or slot after slot until it is told to stop.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::model::ids::{AccountId, Epoch};
use crate::model::observation::{Sweep, SweepStatus};
use crate::model::time::Timestamp;
use crate::ringcentral::wire::Account;
use crate::ringcentral::{Answer, PresenceSource, SourceError};
use crate::model::known::AccountState;
use crate::store::recorder::{FlushAt, Outcome, RecordError, Recorder};
use crate::store::{Lease, Store, StoreError};

use super::directory::{Directory, Effort};
use super::schedule::{Missed, Schedule, Slot, too_fast};
use super::sweep::{Plan, sweep, unseen};

/// How to collect.
#[derive(Clone, Debug)]
pub struct Settings {
    /// From one look to the next, in milliseconds.
    pub interval_ms: i64,
    /// See [`Sweep::valid_for_ms`]; `None`: three times the interval.
    pub valid_for_ms: Option<i64>,
    /// What the lease calls us, such as host and process.
    pub holder: String,
    /// No look begins at or after this moment; `None`: until told to stop.
    pub stop_at: Option<Timestamp>,
    /// When looks are appended: [`FlushAt::EVERY_SWEEP`], unless time is virtual and nothing is lost by a crash.
    pub flush_at: FlushAt,
}

impl Settings {
    fn valid_for_ms(&self) -> i64 {
        self.valid_for_ms
            .unwrap_or(self.interval_ms.saturating_mul(3))
            .max(1)
    }

    /// Longer than two looks and their pauses, so that one late renewal loses nothing.
    fn lease_ms(&self) -> i64 {
        self.interval_ms.saturating_mul(3).max(60_000)
    }
}

/// One look, as it went into the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When it was due.
    pub slot: Slot,
    /// How much was seen.
    pub status: SweepStatus,
    /// When the first request was sent.
    pub started_at: Timestamp,
    /// When the last response had been received.
    pub finished_at: Timestamp,
    /// How many extensions the platform said there are.
    pub expected_count: Option<i64>,
    /// How many records were seen.
    pub observed_count: usize,
    /// How many changes it showed.
    pub event_count: usize,
    /// Why it is not complete, for people.
    pub detail: Option<String>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Looks that saw everybody.
    pub complete_count: i64,
    /// Looks that saw some.
    pub partial_count: i64,
    /// Looks that saw nobody.
    pub failed_count: i64,
    /// Slots that were not used.
    pub skipped_count: i64,
    /// Changes.
    pub event_count: usize,
}

impl Totals {
    fn add(&mut self, status: SweepStatus, event_count: usize) {
        let count = match status {
            SweepStatus::Complete => &mut self.complete_count,
            SweepStatus::Partial => &mut self.partial_count,
            SweepStatus::Failed => &mut self.failed_count,
            SweepStatus::Skipped => &mut self.skipped_count,
        };
        *count += 1;
        self.event_count += event_count;
    }
}

/// What the collector tells of itself while it runs.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// It may write the account's history, and begins.
    Started {
        /// The account.
        account: &'a Account,
        /// From one look to the next, in milliseconds.
        interval_ms: i64,
    },
    /// Another collector has the account; it waits.
    LeaseTaken {
        /// Who.
        holder: &'a str,
        /// Unless renewed, until then.
        expires_at: Timestamp,
    },
    /// It waits for the next slot.
    Waiting {
        /// When that begins.
        until: Timestamp,
    },
    /// A look is part of the history.
    Ticked(&'a Tick),
    /// Slots had passed and were skipped.
    Skipped {
        /// Which.
        missed: Missed,
    },
    /// Something an operator may want to look at.
    Warning(&'a str),
}

/// Hears of the collector's progress. It must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn notice(&self, progress: Progress<'_>);
}

/// Nobody listens.
impl Observer for () {
    fn notice(&self, _: Progress<'_>) {}
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
    /// A look cannot be recorded.
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
    /// The computer's clock is before the end of the history.
    #[error(
        "this computer's clock shows {now}, but the history of account {account_id} reaches until {history_until}: \
         set the clock; nothing was recorded, since a history never runs backwards"
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

/// From this difference between the clocks on there is a warning.
const SKEW_MS_WARNED: i64 = 5_000;
/// Beyond this difference nothing is recorded: times would be wrong for good, and a clock that is ahead would bar the
/// history until that time has come.
const SKEW_MS_MAX: i64 = 300_000;
/// So long is waited for a clock that was set back.
const CLOCK_WAIT_MS_MAX: i64 = 300_000;
/// How long one look may take when there is no next slot.
const ONCE_MS: i64 = 120_000;
const PREPARE_MS: i64 = 60_000;
const PREPARE_REQUESTS: usize = 25;
/// So many requests for the directory a minute: under the platform's default limit of 50 that leaves enough to ask
/// for missing extensions one by one.
const DIRECTORY_REQUESTS: i64 = 20;
const MINUTE_MS: i64 = 60_000;
/// So many skipped slots get a row of their own; of more, the latest do.
const SKIPPED_ROWS_MAX: i64 = 1_000;
const START_PAUSE_MS: i64 = 10_000;
const LEASE_PAUSE_MS: i64 = 5_000;

/// Collects one account.
pub struct Collector {
    /// The platform.
    pub source: Arc<dyn PresenceSource>,
    /// Where the history goes.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How.
    pub settings: Settings,
    /// Who hears of it.
    pub observer: Arc<dyn Observer>,
}

impl Collector {
    /// Looks once and records it, also if nothing could be seen.
    pub async fn once(&self) -> Result<Tick, CollectError> {
        let account = self.source.account(self.after_ms(ONCE_MS)).await?;
        if let Some(skew_ms) = account.clock_skew_ms.filter(|skew| skew.abs() > SKEW_MS_MAX) {
            return Err(CollectError::ClockWrong { skew_ms });
        }
        let account = account.value;
        self.ensure(&account).await?;
        let epoch = match self.lease(account.account_id).await? {
            Lease::Held(epoch) => epoch,
            Lease::Taken { holder, expires_at } => {
                return Err(CollectError::LeaseTaken {
                    account_id: account.account_id,
                    holder,
                    expires_at,
                });
            }
        };
        let tick = self.once_under(epoch, &account).await;
        self.store.release_lease(account.account_id, epoch).await?;
        tick
    }

    async fn once_under(&self, epoch: Epoch, account: &Account) -> Result<Tick, CollectError> {
        let never = CancellationToken::new();
        let mut watch = Watch::open(self, account, epoch).await?;
        watch.wait_for_clock(&never).await?;
        watch.prepare(&never).await?;
        let slot = Slot {
            start_ms: self.clock.now_ms(),
        };
        let plan = watch.plan(slot, self.after_ms(ONCE_MS));
        let look = watch.look(&plan).await?;
        if let Some(skew_ms) = too_skewed(&look) {
            return Err(CollectError::ClockWrong { skew_ms });
        }
        let tick = watch.record(slot, look).await?;
        watch.recorder.flush(self.now()).await?;
        Ok(tick)
    }

    /// Looks slot after slot until `cancel` is cancelled, [`Settings::stop_at`], or an error that needs an operator.
    pub async fn run(&self, cancel: &CancellationToken) -> Result<Totals, CollectError> {
        let Some(account) = self.account(cancel).await? else {
            return Ok(Totals::default());
        };
        self.ensure(&account).await?;
        let Some(epoch) = self.wait_for_lease(account.account_id, cancel).await? else {
            return Ok(Totals::default());
        };
        let totals = self.run_under(epoch, &account, cancel).await;
        let released = self.store.release_lease(account.account_id, epoch).await;
        let totals = totals?;
        released?;
        Ok(totals)
    }

    async fn run_under(
        &self,
        epoch: Epoch,
        account: &Account,
        cancel: &CancellationToken,
    ) -> Result<Totals, CollectError> {
        let mut watch = Watch::open(self, account, epoch).await?;
        self.observer.notice(Progress::Started {
            account,
            interval_ms: self.settings.interval_ms,
        });
        let watched = watch.run(cancel).await;
        let flushed = watch.recorder.flush(self.now()).await;
        watched?;
        flushed?;
        Ok(watch.totals)
    }

    /// The account; while the platform cannot be reached, it is asked for again and again. `None` when cancelled.
    async fn account(&self, cancel: &CancellationToken) -> Result<Option<Account>, CollectError> {
        loop {
            let by = self.after_ms(ONCE_MS);
            let Some(answer) = unless(cancel, self.source.account(by)).await else {
                return Ok(None);
            };
            match answer {
                Ok(answer) if answer.clock_skew_ms.is_some_and(|ms| ms.abs() > SKEW_MS_MAX) => {
                    self.warn(&clocks_differ(answer.clock_skew_ms.unwrap_or_default()));
                    return Ok(Some(answer.value));
                }
                Ok(Answer { value, .. }) => return Ok(Some(value)),
                Err(error) if error.is_transient() => self.warn(&error.to_string()),
                Err(error) => return Err(error.into()),
            }
            if unless(cancel, self.clock.sleep_ms(START_PAUSE_MS)).await.is_none() {
                return Ok(None);
            }
        }
    }

    async fn recorder(&self, account_id: AccountId, epoch: Epoch) -> Result<Recorder, StoreError> {
        let store = Arc::clone(&self.store);
        Recorder::open(store, account_id, Some(epoch), self.settings.flush_at).await
    }

    async fn ensure(&self, account: &Account) -> Result<(), StoreError> {
        let name = account.company_name.as_deref();
        self.store
            .ensure_account(account.account_id, name, self.now())
            .await
    }

    async fn lease(&self, account_id: AccountId) -> Result<Lease, StoreError> {
        let settings = &self.settings;
        self.store
            .acquire_lease(account_id, &settings.holder, self.now(), settings.lease_ms())
            .await
    }

    /// Waits until nobody else has the account; `None` when cancelled.
    async fn wait_for_lease(
        &self,
        account_id: AccountId,
        cancel: &CancellationToken,
    ) -> Result<Option<Epoch>, CollectError> {
        loop {
            let (holder, expires_at) = match self.lease(account_id).await? {
                Lease::Held(epoch) => return Ok(Some(epoch)),
                Lease::Taken { holder, expires_at } => (holder, expires_at),
            };
            self.observer.notice(Progress::LeaseTaken {
                holder: &holder,
                expires_at,
            });
            let until_ms = expires_at.as_ms().min(self.after_ms(LEASE_PAUSE_MS).as_ms());
            let wait = self.clock.sleep_until_ms(until_ms.max(self.now().as_ms() + 1));
            if unless(cancel, wait).await.is_none() {
                return Ok(None);
            }
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::saturating_from_ms(self.clock.now_ms())
    }

    fn after_ms(&self, duration_ms: i64) -> Timestamp {
        self.now().plus_ms(duration_ms)
    }

    fn warn(&self, text: &str) {
        self.observer.notice(Progress::Warning(text));
    }
}

/// What `work` comes to; `None` when cancelled first. Nothing that writes to the store goes through it.
async fn unless<T>(cancel: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => None,
        done = work => Some(done),
    }
}

fn too_skewed(look: &Sweep) -> Option<i64> {
    look.clock_skew_ms.filter(|skew_ms| skew_ms.abs() > SKEW_MS_MAX)
}

fn clocks_differ(skew_ms: i64) -> String {
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

const KNOWN: &str = "a run ends with the first look that cannot be recorded";

/// An account being watched, under a lease.
struct Watch<'a> {
    collector: &'a Collector,
    account_id: AccountId,
    epoch: Epoch,
    recorder: Recorder,
    directory: Directory,
    schedule: Schedule,
    totals: Totals,
    is_skew_warned: bool,
    pace_warned: Option<String>,
}

impl<'a> Watch<'a> {
    async fn open(
        collector: &'a Collector,
        account: &Account,
        epoch: Epoch,
    ) -> Result<Self, StoreError> {
        let account_id = account.account_id;
        let recorder = collector.recorder(account_id, epoch).await?;
        let known = recorder.known().expect(KNOWN);
        Ok(Self {
            account_id,
            epoch,
            directory: Directory::new(account, known),
            recorder,
            schedule: Schedule::new(collector.settings.interval_ms, account_id),
            totals: Totals::default(),
            is_skew_warned: false,
            pace_warned: None,
            collector,
        })
    }

    async fn run(&mut self, cancel: &CancellationToken) -> Result<(), CollectError> {
        self.wait_for_clock(cancel).await?;
        self.prepare(cancel).await?;
        let history_until = self.known().finished_at;
        let now_ms = self.collector.clock.now_ms();
        let mut slot = self
            .schedule
            .first(history_until.map(Timestamp::as_ms), now_ms);
        while !self.is_over(slot, cancel) && self.wait_for(slot, cancel).await? {
            self.tick(slot, cancel).await?;
            let due = self.schedule.after(slot, self.collector.clock.now_ms());
            if let Some(missed) = due.missed {
                self.skip(missed).await?;
            }
            slot = due.next;
        }
        Ok(())
    }

    fn known(&self) -> &AccountState {
        self.recorder.known().expect(KNOWN)
    }

    fn is_over(&self, slot: Slot, cancel: &CancellationToken) -> bool {
        let stop_at = self.collector.settings.stop_at;
        cancel.is_cancelled() || stop_at.is_some_and(|at| slot.start_ms >= at.as_ms())
    }

    /// Waits for a slot, and uses the time for the directory; `false` when cancelled.
    async fn wait_for(
        &mut self,
        slot: Slot,
        cancel: &CancellationToken,
    ) -> Result<bool, CollectError> {
        let until = Timestamp::saturating_from_ms(slot.start_ms);
        self.collector
            .observer
            .notice(Progress::Waiting { until });
        let by = until.plus_ms(-self.schedule.grace_ms().min(2_000));
        let clock = Arc::clone(&self.collector.clock);
        while clock.now_ms() < by.as_ms() && self.directory.has_work(self.collector.now()) {
            if !self.work(by, cancel).await? {
                return Ok(false);
            }
            let next_ms = clock.now_ms() + MINUTE_MS;
            if next_ms >= by.as_ms() {
                break;
            }
            if unless(cancel, clock.sleep_until_ms(next_ms)).await.is_none() {
                return Ok(false);
            }
        }
        while clock.now_ms() < slot.start_ms {
            // Woken before the time, the wall clock was set back meanwhile.
            if unless(cancel, clock.sleep_until_ms(slot.start_ms)).await.is_none() {
                return Ok(false);
            }
            self.refuse_if_far_behind()?;
        }
        self.wait_for_clock(cancel).await?;
        Ok(!cancel.is_cancelled())
    }

    /// Asks for some of the directory; `false` when cancelled.
    async fn work(
        &mut self,
        by: Timestamp,
        cancel: &CancellationToken,
    ) -> Result<bool, CollectError> {
        let share = DIRECTORY_REQUESTS * self.schedule.interval_ms() / MINUTE_MS;
        let requests = usize::try_from(share.clamp(1, DIRECTORY_REQUESTS)).unwrap_or(1);
        let (source, now) = (&*self.collector.source, self.collector.now());
        let work = self
            .directory
            .work(source, now, by, Effort::Any(requests));
        let Some(worked) = unless(cancel, work).await else {
            return Ok(false);
        };
        worked?;
        self.pass_on_warnings();
        Ok(true)
    }

    /// Before the first look: names and groups, so that it can be read.
    async fn prepare(&mut self, cancel: &CancellationToken) -> Result<(), CollectError> {
        let (source, now) = (&*self.collector.source, self.collector.now());
        let work = self.directory.work(
            source,
            now,
            now.plus_ms(PREPARE_MS),
            Effort::Lists(PREPARE_REQUESTS),
        );
        if let Some(worked) = unless(cancel, work).await {
            worked?;
        }
        self.pass_on_warnings();
        Ok(())
    }

    fn pass_on_warnings(&mut self) {
        for warning in self.directory.take_warnings() {
            self.collector.warn(&warning);
        }
    }

    fn plan(&self, slot: Slot, by: Timestamp) -> Plan {
        Plan {
            account_id: self.account_id,
            idempotency_key: slot.key(),
            valid_for_ms: self.collector.settings.valid_for_ms(),
            by,
        }
    }

    async fn look(&self, plan: &Plan) -> Result<Sweep, SourceError> {
        let collector = self.collector;
        let (source, clock) = (&*collector.source, &*collector.clock);
        sweep(source, clock, plan, self.known()).await
    }

    async fn tick(&mut self, slot: Slot, cancel: &CancellationToken) -> Result<(), CollectError> {
        self.renew_lease().await?;
        let by = Timestamp::saturating_from_ms(self.schedule.deadline_ms(slot));
        let plan = self.plan(slot, by.max(self.collector.now()));
        let started_at = self.collector.now();
        let look = match unless(cancel, self.look(&plan)).await {
            Some(look) => look?,
            None => Sweep {
                finished_at: self.collector.now().max(started_at),
                ..unseen(
                    &plan,
                    SweepStatus::Failed,
                    started_at,
                    "the collector was stopped while it looked".to_owned(),
                )
            },
        };
        self.mind_the_skew(&look);
        if too_skewed(&look).is_some() {
            return Ok(());
        }
        self.mind_the_pace(&look);
        self.record(slot, look).await?;
        Ok(())
    }

    /// Records a look, with what the directory has learned meanwhile.
    async fn record(&mut self, slot: Slot, mut look: Sweep) -> Result<Tick, CollectError> {
        if look.status.observes() {
            look.directory = self.directory.learned().to_vec();
            for entry in &mut look.directory {
                // It was learned between two looks; the history knows it from this one on.
                entry.received_at = entry.received_at.max(look.started_at);
            }
            self.directory.note_seen(&look.observations, look.finished_at);
        }
        let delivered = look.directory.len();
        let mut tick = Tick {
            slot,
            status: look.status,
            started_at: look.started_at,
            finished_at: look.finished_at,
            expected_count: look.expected_count,
            observed_count: look.observations.len(),
            event_count: 0,
            detail: look.detail.clone(),
        };
        let outcome = self.recorder.record(look, self.collector.now()).await?;
        if let Outcome::Recorded { event_count, .. } = outcome {
            tick.event_count = event_count;
        }
        self.directory.delivered(delivered);
        self.totals.add(tick.status, tick.event_count);
        self.collector.observer.notice(Progress::Ticked(&tick));
        Ok(tick)
    }

    /// Leaves a row for each slot that had passed.
    async fn skip(&mut self, missed: Missed) -> Result<(), CollectError> {
        self.collector.observer.notice(Progress::Skipped { missed });
        let untold = (missed.count - SKIPPED_ROWS_MAX).max(0);
        let mut detail = "its time had passed when the look before it ended".to_owned();
        if untold > 0 {
            detail = format!("{detail}; so had that of {untold} slots before it");
        }
        for slot in self.schedule.latest_missed(missed, SKIPPED_ROWS_MAX) {
            let due = Timestamp::saturating_from_ms(slot.start_ms);
            let at = self.known().finished_at.unwrap_or(due).max(due);
            let plan = self.plan(slot, at);
            let row = unseen(&plan, SweepStatus::Skipped, at, detail.clone());
            self.recorder.record(row, self.collector.now()).await?;
            self.totals.add(SweepStatus::Skipped, 0);
        }
        Ok(())
    }

    async fn renew_lease(&mut self) -> Result<(), CollectError> {
        match self.collector.lease(self.account_id).await? {
            Lease::Held(epoch) if epoch == self.epoch => Ok(()),
            Lease::Held(epoch) => {
                // Somebody else had it meanwhile, and may have written.
                self.recorder = self.collector.recorder(self.account_id, epoch).await?;
                self.epoch = epoch;
                Ok(())
            }
            Lease::Taken { holder, expires_at } => Err(CollectError::LeaseTaken {
                account_id: self.account_id,
                holder,
                expires_at,
            }),
        }
    }

    /// If the clock is before the end of the history: waits until it is not, or refuses if that takes too long.
    async fn wait_for_clock(&self, cancel: &CancellationToken) -> Result<(), CollectError> {
        let Some(behind_ms) = self.refuse_if_far_behind()? else {
            return Ok(());
        };
        if behind_ms > 1_000 {
            self.collector.warn(&format!(
                "this computer's clock is {} s before the end of the history: it was set back; waiting",
                behind_ms / 1_000
            ));
        }
        unless(cancel, self.collector.clock.sleep_ms(behind_ms + 1)).await;
        Ok(())
    }

    /// How far the clock is before the end of the history, in milliseconds; `None` if it is after it.
    fn refuse_if_far_behind(&self) -> Result<Option<i64>, CollectError> {
        let Some(history_until) = self.known().finished_at else {
            return Ok(None);
        };
        let now = self.collector.now();
        let behind_ms = history_until.since_ms(now);
        if behind_ms > CLOCK_WAIT_MS_MAX {
            return Err(CollectError::ClockBehind {
                account_id: self.account_id,
                now,
                history_until,
            });
        }
        Ok((behind_ms >= 0).then_some(behind_ms))
    }

    fn mind_the_skew(&mut self, look: &Sweep) {
        let Some(skew_ms) = look.clock_skew_ms else {
            return;
        };
        let is_large = skew_ms.abs() > SKEW_MS_WARNED;
        if is_large && (!self.is_skew_warned || skew_ms.abs() > SKEW_MS_MAX) {
            self.collector.warn(&clocks_differ(skew_ms));
        }
        self.is_skew_warned = is_large;
    }

    fn mind_the_pace(&mut self, look: &Sweep) {
        let Some(count) = look.expected_count else {
            return;
        };
        let limit = self.collector.source.presence_page_limit();
        let told = too_fast(self.schedule.interval_ms(), count, limit);
        if told != self.pace_warned {
            if let Some(text) = &told {
                self.collector.warn(text);
            }
            self.pace_warned = told;
        }
    }
}
