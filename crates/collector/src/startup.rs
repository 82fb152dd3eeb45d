//! Sweeps that are made while the store cannot be used yet, when collecting begins: they wait in the spool.

use tokio_util::sync::CancellationToken;

use presence_model::cause::Cause;
use presence_model::ids::AccountId;
use presence_model::known::AccountState;
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::time::Timestamp;
use presence_recording::spool::SpoolSettings;
use presence_ringcentral::SourceError;

use super::backlog::Backlog;
use super::progress::{Progress, Tick};
use super::run::{Collector, START_PAUSE_MS, clocks_differ, too_skewed, unless};
use super::schedule::{Schedule, Slot, believed_count, sweep_plan};
use super::sweep::{Plan, sweep};

/// Sweeps an account whose history cannot be read yet.
///
/// Who is known is not known then, so these sweeps conclude nothing about anyone who is missing: they are `partial`. Nor is
/// there a lease: if someone else has looked meanwhile, what does not fit their history is left out later.
pub(super) struct StartupSpooling<'a> {
    collector: &'a Collector,
    backlog: Backlog,
    /// An account of which nothing is known.
    unknown: AccountState,
    schedule: Schedule,
    next: Slot,
}

impl<'a> StartupSpooling<'a> {
    pub(super) fn new(
        collector: &'a Collector,
        settings: &SpoolSettings,
        account_id: AccountId,
    ) -> Self {
        let (backlog, told) = Backlog::open(Some(settings), account_id);
        for text in told {
            collector.warn(&text);
        }
        let schedule = Schedule::new(collector.settings.interval_ms, account_id);
        let next = schedule.first(backlog.last_slot_ms(), collector.clock.now_ms());
        Self {
            collector,
            backlog,
            unknown: AccountState::new(account_id),
            schedule,
            next,
        }
    }

    /// What waits, for anyone who goes on with the store.
    pub(super) fn into_backlog(self) -> Backlog {
        self.backlog
    }

    /// Sweeps if that is due, or waits a moment until it may be; `false` when cancelled, or when no sweep is due any more.
    pub(super) async fn go_on(&mut self, cancel: &CancellationToken) -> Result<bool, SourceError> {
        let collector = self.collector;
        let settings = &collector.settings;
        if settings
            .stop_at
            .is_some_and(|at| self.next.start_ms >= at.as_ms())
        {
            return Ok(false);
        }
        let now_ms = collector.clock.now_ms();
        if now_ms < self.next.start_ms {
            let until_ms = self.next.start_ms.min(now_ms + START_PAUSE_MS);
            let until = Timestamp::saturating_from_ms(self.next.start_ms);
            collector.observer.notice(Progress::Waiting { until });
            let pause = collector.clock.sleep_until_ms(until_ms);
            return Ok(unless(cancel, pause).await.is_some());
        }
        let slot = self.next;
        if now_ms < self.schedule.deadline_ms(slot) {
            let Some(sweep) = unless(cancel, self.sweep(slot)).await else {
                return Ok(false);
            };
            self.keep(slot, &mut sweep?);
        }
        self.next = self.schedule.after(slot, collector.clock.now_ms()).next;
        Ok(true)
    }

    async fn sweep(&self, slot: Slot) -> Result<Sweep, SourceError> {
        let collector = self.collector;
        let until = Timestamp::saturating_from_ms(self.schedule.deadline_ms(slot));
        collector.observer.notice(Progress::Sweeping { until });
        let interval_ms = self.schedule.interval_ms();
        let plan = Plan {
            account_id: self.unknown.account_id,
            idempotency_key: slot.key(),
            valid_for_ms: collector.settings.valid_for_ms(interval_ms),
            by: until,
        };
        let (source, clock) = (&*collector.source, &*collector.clock);
        let sweep = sweep(source, clock, &plan, &self.unknown).await?;
        if sweep.status != SweepStatus::Complete {
            return Ok(sweep);
        }
        let text = "the store could not be read, so nothing is concluded about those not seen";
        Ok(Sweep {
            status: SweepStatus::Partial,
            detail: Some(Cause::Spool.detail(text)),
            ..sweep
        })
    }

    fn keep(&mut self, slot: Slot, sweep: &mut Sweep) {
        let collector = self.collector;
        if let Some(skew_ms) = sweep.clock_skew_ms {
            collector
                .observer
                .notice(Progress::ClockCompared { skew_ms });
        }
        if let Some(skew_ms) = too_skewed(sweep) {
            collector.warn(&clocks_differ(skew_ms));
            return;
        }
        let seen = sweep.observations.len();
        self.keep_pace(sweep.expected_count.map(|told| believed_count(told, seen)));
        // The first sweep shows how seldom the account can be polled: it is valid as later sweeps are.
        let valid_for_ms = collector.settings.valid_for_ms(self.schedule.interval_ms());
        sweep.valid_for_ms = sweep.valid_for_ms.max(valid_for_ms);
        if let Err(error) = self.backlog.push(slot, sweep) {
            collector.warn(&format!(
                "a sweep was lost: the store is unavailable, and {error}"
            ));
            return;
        }
        let tick = Tick::of(slot, sweep);
        collector.observer.notice(Progress::Kept {
            tick: &tick,
            waiting: self.backlog.waiting(),
        });
    }

    /// Sweeps no more often than the rate limit allows for an account of this size.
    fn keep_pace(&mut self, count: Option<i64>) {
        let Some(count) = count.filter(|count| *count > 0) else {
            return;
        };
        let limit = self.collector.source.presence_page_limit();
        let plan = sweep_plan(self.collector.settings.interval_ms, count, limit);
        if plan.interval_ms != self.schedule.interval_ms() {
            self.schedule = Schedule::new(plan.interval_ms, self.unknown.account_id);
        }
    }
}
