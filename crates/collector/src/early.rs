//! Looks that are made while the store cannot be used yet, when collecting begins: they wait in the spool.

use tokio_util::sync::CancellationToken;

use presence_core::model::cause::Cause;
use presence_core::model::ids::AccountId;
use presence_core::model::known::AccountState;
use presence_core::model::observation::{Sweep, SweepStatus};
use presence_core::model::time::Timestamp;
use presence_recording::spool::SpoolSettings;
use presence_ringcentral::SourceError;

use super::backlog::Backlog;
use super::progress::{Progress, Tick};
use super::run::{Collector, START_PAUSE_MS, clocks_differ, too_skewed, unless};
use super::schedule::{Schedule, Slot, believed_count, look_plan};
use super::sweep::{Plan, sweep};

/// Looks at an account whose history cannot be read yet.
///
/// Who is known is not known then, so these looks conclude nothing about whoever is missing: they are `partial`. Nor is
/// there a lease: if somebody else has looked meanwhile, what does not fit their history is left out later.
pub(super) struct Early<'a> {
    collector: &'a Collector,
    backlog: Backlog,
    /// An account of which nothing is known.
    unknown: AccountState,
    schedule: Schedule,
    next: Slot,
}

impl<'a> Early<'a> {
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

    /// What waits, for whoever goes on with the store.
    pub(super) fn into_backlog(self) -> Backlog {
        self.backlog
    }

    /// Looks if that is due, or waits a moment until it may be; `false` when cancelled, or when no look is due any more.
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
            let Some(look) = unless(cancel, self.look(slot)).await else {
                return Ok(false);
            };
            self.keep(slot, &mut look?);
        }
        self.next = self.schedule.after(slot, collector.clock.now_ms()).next;
        Ok(true)
    }

    async fn look(&self, slot: Slot) -> Result<Sweep, SourceError> {
        let collector = self.collector;
        let until = Timestamp::saturating_from_ms(self.schedule.deadline_ms(slot));
        collector.observer.notice(Progress::Looking { until });
        let interval_ms = self.schedule.interval_ms();
        let plan = Plan {
            account_id: self.unknown.account_id,
            idempotency_key: slot.key(),
            valid_for_ms: collector.settings.valid_for_ms(interval_ms),
            by: until,
        };
        let (source, clock) = (&*collector.source, &*collector.clock);
        let look = sweep(source, clock, &plan, &self.unknown).await?;
        if look.status != SweepStatus::Complete {
            return Ok(look);
        }
        let text =
            "the store could not be read, so nothing is concluded about whoever was not seen";
        Ok(Sweep {
            status: SweepStatus::Partial,
            detail: Some(Cause::Spool.detail(text)),
            ..look
        })
    }

    fn keep(&mut self, slot: Slot, look: &mut Sweep) {
        let collector = self.collector;
        if let Some(skew_ms) = look.clock_skew_ms {
            collector
                .observer
                .notice(Progress::ClockCompared { skew_ms });
        }
        if let Some(skew_ms) = too_skewed(look) {
            collector.warn(&clocks_differ(skew_ms));
            return;
        }
        let seen = look.observations.len();
        self.keep_pace(look.expected_count.map(|told| believed_count(told, seen)));
        // The first look tells how seldom the account can be looked at: it is valid as later looks are.
        let valid_for_ms = collector.settings.valid_for_ms(self.schedule.interval_ms());
        look.valid_for_ms = look.valid_for_ms.max(valid_for_ms);
        if let Err(error) = self.backlog.push(slot, look) {
            collector.warn(&format!(
                "a look was lost: the store cannot be used, and {error}"
            ));
            return;
        }
        let tick = Tick::of(slot, look);
        collector.observer.notice(Progress::Kept {
            tick: &tick,
            waiting: self.backlog.waiting(),
        });
    }

    /// Looks no more often than the rate limit bears for an account of this size.
    fn keep_pace(&mut self, count: Option<i64>) {
        let Some(count) = count.filter(|count| *count > 0) else {
            return;
        };
        let limit = self.collector.source.presence_page_limit();
        let plan = look_plan(self.collector.settings.interval_ms, count, limit);
        if plan.interval_ms != self.schedule.interval_ms() {
            self.schedule = Schedule::new(plan.interval_ms, self.unknown.account_id);
        }
    }
}
