//! An account being watched, slot after slot, under a lease.

use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::model::ids::{AccountId, Epoch};
use crate::model::known::AccountState;
use crate::model::observation::{Sweep, SweepStatus};
use crate::model::time::Timestamp;
use crate::ringcentral::SourceError;
use crate::ringcentral::wire::Account;
use crate::store::recorder::{Outcome, RecordError, Recorder};
use crate::store::{Lease, StoreError};

use super::directory::{Directory, Effort};
use super::packing::Packing;
use super::progress::{Progress, Tick, Totals};
use super::run::{
    CollectError, Collector, LEASE_MARGIN_MS, PREPARE_MS, clocks_differ, too_skewed, unless,
};
use super::schedule::{Missed, Schedule, Slot, too_fast};
use super::sweep::{Plan, patience, sweep, unseen};

/// From this difference of the clocks on there is a warning.
const SKEW_MS_WARNED: i64 = 5_000;
/// So long is waited for a clock that was set back.
const CLOCK_WAIT_MS_MAX: i64 = 300_000;
const PREPARE_REQUESTS: usize = 25;
/// So many requests for the directory a minute: under the platform's default limit of 50 that leaves enough to ask
/// for missing extensions one by one.
const DIRECTORY_REQUESTS: i64 = 20;
/// So many requests for time zones when there is only one look.
const ZONE_REQUESTS_ONCE: usize = 10;
const MINUTE_MS: i64 = 60_000;
/// So many skipped slots get a row of their own; of more, the latest do.
const SKIPPED_ROWS_MAX: i64 = 1_000;
const KNOWN: &str = "a run ends with the first look that cannot be recorded";

/// An account being watched, under a lease.
pub(super) struct Watch<'a> {
    collector: &'a Collector,
    account_id: AccountId,
    epoch: Epoch,
    pub(super) recorder: Recorder,
    directory: Directory,
    packing: Packing,
    schedule: Schedule,
    pub(super) totals: Totals,
    lease_until: Timestamp,
    is_skew_warned: bool,
    pace_warned: Option<String>,
}

impl<'a> Watch<'a> {
    pub(super) async fn open(
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
            packing: Packing::default(),
            schedule: Schedule::new(collector.settings.interval_ms, account_id),
            totals: Totals::default(),
            lease_until: collector.now(),
            is_skew_warned: false,
            pace_warned: None,
            collector,
        })
    }

    pub(super) async fn run(&mut self, cancel: &CancellationToken) -> Result<(), CollectError> {
        self.wait_for_clock(cancel).await?;
        self.prepare(cancel).await?;
        let history_until = self.known().finished_at;
        let now_ms = self.collector.clock.now_ms();
        let mut slot = self
            .schedule
            .first(history_until.map(Timestamp::as_ms), now_ms);
        while !self.is_over(slot, cancel) && self.wait_for(slot, cancel).await? {
            let span = tracing::info_span!("look", slot = slot.start_ms);
            self.tick(slot, cancel).instrument(span).await?;
            self.pack().await;
            let due = self.schedule.after(slot, self.collector.clock.now_ms());
            if let Some(missed) = due.missed {
                self.skip(missed, cancel).await?;
            }
            slot = due.next;
        }
        Ok(())
    }

    fn known(&self) -> &AccountState {
        self.recorder.known().expect(KNOWN)
    }

    /// Packs some of what is past, once the look is stored. History is recorded whether that succeeds or not.
    async fn pack(&mut self) {
        if self.recorder.pending_count() > 0 {
            return;
        }
        let Some(known) = self.recorder.known() else {
            return;
        };
        let packed = self.packing.go_on(&*self.collector.store, known).await;
        if let Err(error) = packed {
            self.collector.warn(&format!(
                "months that are over could not be packed: {error}"
            ));
        }
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
        let work_until = until.plus_ms(-self.schedule.grace_ms().min(2_000));
        loop {
            self.collector.observer.notice(Progress::Waiting { until });
            let now = self.collector.now();
            if now >= until {
                break;
            }
            self.keep_lease(MINUTE_MS).await?;
            if now < work_until && !self.work(work_until, cancel).await? {
                return Ok(false);
            }
            // Not longer than a minute at once: more of the directory may be asked for then. Woken before the time,
            // the wall clock was set back meanwhile.
            let wake_ms = (now.as_ms() + MINUTE_MS).min(slot.start_ms);
            let sleep = self.collector.clock.sleep_until_ms(wake_ms);
            if unless(cancel, sleep).await.is_none() {
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
        let work = self.directory.work(source, now, by, Effort::Any(requests));
        let Some(worked) = unless(cancel, work).await else {
            return Ok(false);
        };
        worked?;
        self.pass_on_warnings();
        Ok(true)
    }

    /// Before the first look: names and groups, so that it can be read.
    pub(super) async fn prepare(&mut self, cancel: &CancellationToken) -> Result<(), CollectError> {
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

    /// Before the only look: a few of the time zones.
    pub(super) async fn ask_for_some_zones(
        &mut self,
        cancel: &CancellationToken,
    ) -> Result<(), CollectError> {
        let (source, now) = (&*self.collector.source, self.collector.now());
        let effort = Effort::Any(ZONE_REQUESTS_ONCE);
        if let Some(worked) = unless(cancel, self.directory.work(source, now, now, effort)).await {
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

    pub(super) fn plan(&self, slot: Slot, by: Timestamp) -> Plan {
        Plan {
            account_id: self.account_id,
            idempotency_key: slot.key(),
            valid_for_ms: self.collector.settings.valid_for_ms(),
            by,
        }
    }

    pub(super) async fn look(&self, plan: &Plan) -> Result<Sweep, SourceError> {
        let collector = self.collector;
        let (source, clock) = (&*collector.source, &*collector.clock);
        sweep(source, clock, plan, self.known()).await
    }

    async fn tick(&mut self, slot: Slot, cancel: &CancellationToken) -> Result<(), CollectError> {
        let started_at = self.collector.now();
        let by = Timestamp::saturating_from_ms(self.schedule.deadline_ms(slot)).max(started_at);
        let count = i64::try_from(self.known().present_count).unwrap_or(i64::MAX);
        let until = patience(&*self.collector.source, count, started_at, by);
        self.keep_lease(until.since_ms(started_at)).await?;
        self.collector.observer.notice(Progress::Looking { until });
        let plan = self.plan(slot, by);
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
        match self.record(slot, look).await {
            Ok(_) => Ok(()),
            Err(error) => self.do_without(error).await,
        }
    }

    /// A look that cannot follow what somebody else has appended meanwhile is lost; the next one may follow. Every
    /// other error is given back.
    async fn do_without(&mut self, error: CollectError) -> Result<(), CollectError> {
        let CollectError::Record(RecordError::Order { .. }) = &error else {
            return Err(error);
        };
        self.collector.warn(&error.to_string());
        self.reopen().await?;
        Ok(())
    }

    /// Records a look, with what the directory has learned meanwhile.
    pub(super) async fn record(
        &mut self,
        slot: Slot,
        mut look: Sweep,
    ) -> Result<Tick, CollectError> {
        if look.status.observes() {
            look.directory = self.directory.learned().to_vec();
            for entry in &mut look.directory {
                // It was learned between two looks; the history knows it from this one on.
                entry.received_at = entry.received_at.max(look.started_at);
            }
            self.directory
                .note_seen(&look.observations, look.finished_at);
        }
        let delivered = look.directory.len();
        let mut tick = Tick {
            account_id: look.account_id,
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
    async fn skip(
        &mut self,
        missed: Missed,
        cancel: &CancellationToken,
    ) -> Result<(), CollectError> {
        self.collector.observer.notice(Progress::Skipped { missed });
        let untold = (missed.count - SKIPPED_ROWS_MAX).max(0);
        let mut detail = "its time had passed when the look before it ended".to_owned();
        if untold > 0 {
            detail = format!("{detail}; so had that of {untold} slots before it");
        }
        for slot in self.schedule.latest_missed(missed, SKIPPED_ROWS_MAX) {
            if cancel.is_cancelled() {
                break;
            }
            let due = Timestamp::saturating_from_ms(slot.start_ms);
            let at = self.known().finished_at.unwrap_or(due).max(due);
            let plan = self.plan(slot, at);
            let row = unseen(&plan, SweepStatus::Skipped, at, detail.clone());
            match self.recorder.record(row, self.collector.now()).await {
                Ok(_) => self.totals.add(SweepStatus::Skipped, 0),
                Err(error) => return self.do_without(error.into()).await,
            }
        }
        Ok(())
    }

    /// Makes sure that the lease lasts so much longer.
    async fn keep_lease(&mut self, needed_ms: i64) -> Result<(), CollectError> {
        let now = self.collector.now();
        if self.lease_until >= now.plus_ms(needed_ms + LEASE_MARGIN_MS / 2) {
            return Ok(());
        }
        match self.collector.lease(self.account_id, needed_ms).await? {
            Lease::Held(epoch) => {
                self.lease_until = now.plus_ms(needed_ms + LEASE_MARGIN_MS);
                let until = self.lease_until;
                self.collector
                    .observer
                    .notice(Progress::LeaseHeld { epoch, until });
                if epoch != self.epoch {
                    // Somebody else had it meanwhile, and may have written.
                    self.epoch = epoch;
                    self.reopen().await?;
                }
                Ok(())
            }
            Lease::Taken { holder, expires_at } => Err(CollectError::LeaseTaken {
                account_id: self.account_id,
                holder,
                expires_at,
            }),
        }
    }

    /// Reads again what is known.
    async fn reopen(&mut self) -> Result<(), StoreError> {
        self.recorder = self.collector.recorder(self.account_id, self.epoch).await?;
        Ok(())
    }

    /// If the clock is before the end of the history: waits until it is not, or refuses if that takes too long.
    pub(super) async fn wait_for_clock(
        &self,
        cancel: &CancellationToken,
    ) -> Result<(), CollectError> {
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
        let told = Progress::ClockCompared { skew_ms };
        self.collector.observer.notice(told);
        let is_large = skew_ms.abs() > SKEW_MS_WARNED;
        if is_large && (!self.is_skew_warned || too_skewed(look).is_some()) {
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
