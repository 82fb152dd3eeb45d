//! Clocks that are wrong: ours against the platform's, and ours against the end of the history.

use tokio_util::sync::CancellationToken;

use presence_model::cause::Cause;
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::time::Timestamp;
use presence_recording::recorder::RecordError;
use presence_store::StoreError;

use super::progress::Progress;
use super::recording::Put;
use super::run::{CollectError, clocks_differ, too_skewed, unless};
use super::schedule::Slot;
use super::session::{CollectorSession, MINUTE_MS};
use super::sweep::{Plan, unseen};

/// From this difference of the clocks on there is a warning.
const SKEW_MS_WARNED: i64 = 5_000;
/// So long is waited for a clock that was set back.
const CLOCK_WAIT_MS_MAX: i64 = 300_000;
/// Of a clock that was set back far is told again after so many steps of a minute.
const CLOCK_STEPS_TOLD: u32 = 60;

impl CollectorSession<'_> {
    /// The clocks differ too much for a sweep's times to be kept: a row at the end of the history says so.
    pub(super) async fn leave_out(&mut self, slot: Slot, skew_ms: i64) -> Result<(), CollectError> {
        let Some(at) = self.swept_until else {
            return Ok(());
        };
        self.skewed_count += 1;
        let plan = Plan {
            // By its own wrong clock, a slot may come twice.
            idempotency_key: format!("clock:{}:{}", at.as_ms(), slot.start_ms),
            ..self.plan(slot, at)
        };
        let text = clocks_differ(skew_ms);
        let row = Sweep {
            // It stands for all the time since the history's end.
            valid_for_ms: plan.valid_for_ms + self.skewed_count * self.schedule.interval_ms(),
            clock_skew_ms: Some(skew_ms),
            ..unseen(&plan, SweepStatus::Skipped, at, Cause::Clock, &text)
        };
        self.put_clock_row(slot, row).await
    }

    /// Puts a row at the end of the history about a clock; one that is already there is enough.
    async fn put_clock_row(&mut self, slot: Slot, row: Sweep) -> Result<(), CollectError> {
        match self.put(slot, row).await {
            Ok(Put::HeadConflict(error)) => self.head_conflict(&error).await,
            Ok(_) => {
                self.totals.add(SweepStatus::Skipped, 0);
                Ok(())
            }
            Err(CollectError::Record(RecordError::Store(StoreError::KeyReused { .. }))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// If the clock is before the end of the history: waits until it is not, or refuses if that takes too long.
    pub(super) async fn wait_for_clock(
        &self,
        cancel: &CancellationToken,
    ) -> Result<(), CollectError> {
        let Some((history_until, behind_ms)) = self.behind() else {
            return Ok(());
        };
        if behind_ms > CLOCK_WAIT_MS_MAX {
            return Err(self.clock_behind(history_until));
        }
        self.tell_of_clock(behind_ms);
        unless(cancel, self.collector.clock.sleep_ms(behind_ms + 1)).await;
        Ok(())
    }

    /// If the clock is before the end of the history: waits until it is not, however long that takes; nothing could be
    /// recorded meanwhile. `false` when cancelled.
    ///
    /// The clock may be set right at any moment, so it is looked at every minute. Of a long wait the history has a row.
    pub(super) async fn wait_until_clock(
        &mut self,
        cancel: &CancellationToken,
    ) -> Result<bool, CollectError> {
        let mut steps = 0;
        while let Some((history_until, behind_ms)) = self.behind() {
            let is_far = behind_ms > CLOCK_WAIT_MS_MAX;
            if is_far && steps % CLOCK_STEPS_TOLD == 0 {
                self.collector
                    .warn(&self.clock_behind(history_until).to_string());
            }
            if steps == 0 && is_far {
                self.note_clock_behind(history_until, behind_ms).await?;
            } else if steps == 0 {
                self.tell_of_clock(behind_ms);
            }
            steps += 1;
            self.collector.observer.notice(Progress::Waiting {
                until: history_until,
            });
            self.keep_lease_if_reachable(MINUTE_MS).await?;
            let pause = self
                .collector
                .clock
                .sleep_ms((behind_ms + 1).min(MINUTE_MS));
            if unless(cancel, pause).await.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn tell_of_clock(&self, behind_ms: i64) {
        if behind_ms > 1_000 {
            self.collector.warn(&format!(
                "this computer's clock is {} s before the end of the history: it was set back; waiting",
                behind_ms / 1_000
            ));
        }
    }

    /// The end of the history, if the clock is before it, and how far in milliseconds.
    fn behind(&self) -> Option<(Timestamp, i64)> {
        let history_until = self.swept_until?;
        let behind_ms = history_until.since_ms(self.collector.now());
        (behind_ms >= 0).then_some((history_until, behind_ms))
    }

    fn clock_behind(&self, history_until: Timestamp) -> CollectError {
        CollectError::ClockBehind {
            account_id: self.account_id,
            now: self.collector.now(),
            history_until,
        }
    }

    /// A row at the end of the history says that nothing was recorded until the clock had passed it.
    async fn note_clock_behind(
        &mut self,
        history_until: Timestamp,
        behind_ms: i64,
    ) -> Result<(), CollectError> {
        let slot = Slot {
            start_ms: self.collector.clock.now_ms(),
        };
        let plan = Plan {
            idempotency_key: format!("clock:{}:{}", history_until.as_ms(), slot.start_ms),
            ..self.plan(slot, history_until)
        };
        let text = format!(
            "the computer's clock showed {}, {} s before the end of the history: nothing was recorded until it passed that time",
            self.collector.now(),
            behind_ms / 1_000
        );
        let status = SweepStatus::Skipped;
        let row = unseen(&plan, status, history_until, Cause::Clock, &text);
        self.put_clock_row(slot, row).await
    }

    pub(super) fn check_skew(&mut self, sweep: &Sweep) {
        let Some(skew_ms) = sweep.clock_skew_ms else {
            return;
        };
        let told = Progress::ClockCompared { skew_ms };
        self.collector.observer.notice(told);
        let is_large = skew_ms.abs() > SKEW_MS_WARNED;
        if is_large && (!self.is_skew_warned || too_skewed(sweep).is_some()) {
            self.collector.warn(&clocks_differ(skew_ms));
        }
        self.is_skew_warned = is_large;
    }
}
