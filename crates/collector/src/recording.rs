//! Into the store, under the lease, and in order; or into the spool, while the store cannot be used.

use presence_model::cause::Cause;
use presence_model::ids::Epoch;
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::time::Timestamp;
use presence_recording::recorder::{Outcome, RecordError};
use presence_recording::spool::{Damaged, Waiting};
use presence_store::{Lease, StoreError};

use super::progress::Progress;
use super::run::CollectError;
use super::schedule::Slot;
use super::session::CollectorSession;
use super::sweep::unseen;

/// What became of a sweep.
pub(super) enum Put {
    /// It is in the store.
    Recorded(Outcome),
    /// It waits for the store.
    Waits,
    /// The store cannot be used, and there is no room for it to wait; its slot is accounted for later.
    Lost,
    /// It cannot follow what someone else has appended meanwhile.
    HeadConflict(RecordError),
}

impl CollectorSession<'_> {
    /// Puts a look into the store, after all that waits; if that cannot be used, into the spool.
    pub(super) async fn put(&mut self, slot: Slot, sweep: Sweep) -> Result<Put, CollectError> {
        let finished_at = sweep.finished_at;
        if self.backlog.is_waiting() {
            let half_ms = self.schedule.interval_ms() / 2;
            let by = self.collector.now().plus_ms(half_ms);
            if !self.catch_up(by).await? {
                return Ok(self.keep(slot, &sweep));
            }
        }
        let put = match self.recorder.record(sweep, self.collector.now()).await {
            Ok(outcome) => Put::Recorded(outcome),
            Err(error @ RecordError::Order { .. }) => return Ok(Put::HeadConflict(error)),
            Err(RecordError::Store(error)) if error.is_away() && self.backlog.is_there() => {
                self.note_away(&error);
                let mut put = Put::Lost;
                for sweep in self.recorder.take_unrecorded() {
                    put = self.keep(slot, &sweep);
                }
                put
            }
            Err(error) => return Err(error.into()),
        };
        self.swept_until = self.swept_until.max(Some(finished_at));
        Ok(put)
    }

    fn note_away(&mut self, error: &StoreError) {
        if !self.backlog.is_away {
            self.backlog.is_away = true;
            self.collector.warn(&format!(
                "sweeps wait in the spool until the store is back: {error}"
            ));
        }
    }

    /// Keeps a look in the spool, after rows for those that could not be kept before it.
    fn keep(&mut self, slot: Slot, sweep: &Sweep) -> Put {
        while let Some(lost) = self.backlog.first_lost() {
            let row = self.lost_row(lost);
            if self.backlog.push(lost, &row).is_err() {
                break;
            }
            self.swept_until = self.swept_until.max(Some(row.finished_at));
            self.backlog.pass_lost();
        }
        let kept = match self.backlog.first_lost() {
            None => self
                .backlog
                .push(slot, sweep)
                .map_err(|error| error.to_string()),
            Some(_) => Err("there is still no space".to_owned()),
        };
        self.swept_until = self.swept_until.max(Some(sweep.finished_at));
        let Err(why) = kept else {
            return Put::Waits;
        };
        self.backlog.lose(slot);
        self.collector.warn(&format!(
            "a sweep was lost, and nothing is recorded until there is space: the store is unavailable, and {why}"
        ));
        Put::Lost
    }

    /// The row of a sweep that was lost.
    fn lost_row(&self, slot: Slot) -> Sweep {
        let due = Timestamp::saturating_from_ms(slot.start_ms);
        let at = self.swept_until.map_or(due, |until| until.max(due));
        let plan = self.plan(slot, at);
        let text = "the store was unavailable, and there was no space to spool the sweep";
        unseen(&plan, SweepStatus::Failed, at, Cause::Spool, text)
    }

    /// Puts what waits into the store, in its order; whether nothing is left. It ends at `by`.
    pub(super) async fn catch_up(&mut self, by: Timestamp) -> Result<bool, CollectError> {
        if self.backlog.is_away {
            // The lease shows soonest whether the store is back.
            self.lease_until = Timestamp::MIN;
        }
        let step_ms = self.collector.settings.prepare_step_ms();
        let mut count = 0;
        loop {
            if !self.keep_lease_if_reachable(step_ms).await? {
                return Ok(false);
            }
            let waiting = match self.backlog.first() {
                Ok(Some(waiting)) => waiting,
                Ok(None) => break,
                Err(error) => {
                    self.collector.warn(&error.to_string());
                    return Ok(false);
                }
            };
            let sweep = match waiting {
                Waiting::Sweep(sweep) => *sweep,
                Waiting::Damaged(damaged) => self.damaged_row(&damaged),
            };
            if !self.put_waiting(sweep).await? {
                return Ok(false);
            }
            if let Err(error) = self.backlog.pass() {
                self.collector.warn(&error.to_string());
                return Ok(false);
            }
            count += 1;
            if self.collector.now() >= by {
                return Ok(false);
            }
        }
        while let Some(lost) = self.backlog.first_lost() {
            let row = self.lost_row(lost);
            if !self.put_waiting(row).await? {
                return Ok(false);
            }
            self.backlog.pass_lost();
            count += 1;
        }
        self.backlog.is_away = false;
        if count > 0 {
            self.collector.observer.notice(Progress::CaughtUp { count });
        }
        Ok(true)
    }

    /// Puts one sweep that has waited into the store; `false` if that cannot be used.
    async fn put_waiting(&mut self, sweep: Sweep) -> Result<bool, CollectError> {
        let status = sweep.status;
        match self.recorder.record(sweep, self.collector.now()).await {
            Ok(Outcome::Recorded { event_count, .. }) => self.totals.add(status, event_count),
            Ok(Outcome::AlreadyRecorded { .. }) => {}
            Err(RecordError::Store(error)) if error.is_away() => {
                self.note_away(&error);
                return Ok(false);
            }
            Err(
                error @ (RecordError::Order { .. }
                | RecordError::Store(StoreError::KeyReused { .. })),
            ) => {
                // Someone else has swept meanwhile, and their sweeps are in the history.
                self.collector
                    .warn(&format!("a spooled sweep is left out: {error}"));
            }
            Err(error) => return Err(error.into()),
        }
        let until = self.known().finished_at;
        self.swept_until = self.swept_until.max(until);
        Ok(true)
    }

    /// The row of a sweep that waited and was damaged.
    fn damaged_row(&self, damaged: &Damaged) -> Sweep {
        let until = self.known().finished_at;
        let due = damaged.slot_ms.map(Timestamp::saturating_from_ms);
        let at = until.max(due).unwrap_or_else(|| self.collector.now());
        let text = format!(
            "a spooled sweep (at byte {}) was damaged: {}",
            damaged.offset, damaged.why
        );
        self.collector.warn(&text);
        let slot = Slot {
            start_ms: damaged.slot_ms.unwrap_or(at.as_ms()),
        };
        let mut plan = self.plan(slot, at);
        if damaged.slot_ms.is_none() {
            plan.idempotency_key = format!("spool:{}:{}", at.as_ms(), damaged.offset);
        }
        unseen(&plan, SweepStatus::Failed, at, Cause::Damaged, &text)
    }

    /// Makes sure that the lease lasts so much longer; `false` if the store cannot be used: then no one else can take
    /// it either.
    pub(super) async fn keep_lease_if_reachable(
        &mut self,
        needed_ms: i64,
    ) -> Result<bool, CollectError> {
        match self.keep_lease(needed_ms).await {
            Ok(()) => Ok(true),
            Err(CollectError::Store(error)) if error.is_away() && self.backlog.is_there() => {
                self.note_away(&error);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn keep_lease(&mut self, needed_ms: i64) -> Result<(), CollectError> {
        let now = self.collector.now();
        let margin_ms = self.collector.settings.lease_margin_ms();
        if self.lease_until >= now.plus_ms(needed_ms + margin_ms / 2) {
            return Ok(());
        }
        match self.collector.lease(self.account_id, needed_ms).await? {
            Lease::Held(epoch) => {
                if epoch != self.epoch {
                    // Someone else had it meanwhile, and may have written.
                    self.reopen(epoch).await?;
                }
                self.lease_until = now.plus_ms(needed_ms + margin_ms);
                let until = self.lease_until;
                self.collector
                    .observer
                    .notice(Progress::LeaseHeld { epoch, until });
                Ok(())
            }
            Lease::Taken { holder, expires_at } => Err(CollectError::LeaseTaken {
                account_id: self.account_id,
                holder,
                expires_at,
            }),
        }
    }

    /// Reads again what is known, to write under this epoch.
    pub(super) async fn reopen(&mut self, epoch: Epoch) -> Result<(), StoreError> {
        self.recorder = self.collector.recorder(self.account_id, epoch).await?;
        self.epoch = epoch;
        let until = self.known().finished_at;
        self.swept_until = self.swept_until.max(until);
        Ok(())
    }
}
