//! An account being watched, slot after slot, under a lease.

use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use presence_model::cause::Cause;
use presence_model::ids::{AccountId, Epoch};
use presence_model::known::AccountState;
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::time::Timestamp;
use presence_recording::recorder::{Outcome, RecordError, Recorder};
use presence_ringcentral::SourceError;
use presence_ringcentral_wire::Account;
use presence_store::StoreError;

use super::backlog::Backlog;
use super::directory::{Directory, Effort};
use super::packing::Packing;
use super::progress::{Progress, Tick, Totals};
use super::queues::Queues;
use super::recording::Put;
use super::run::{CollectError, Collector, PREPARE_MS, too_skewed, unless};
use super::schedule::{Missed, Pace, Schedule, Slot, believed_count, pace, sweep_plan};
use super::startup::StartupSpooling;
use super::sweep::{Plan, sweep, timeout, unseen};

const PREPARE_REQUESTS: usize = 25;
/// So many requests for the directory a minute: under the platform's default limit of 50 that leaves enough to ask
/// for missing extensions one by one.
const DIRECTORY_REQUESTS: i64 = 20;
/// So many requests for time zones when there is only one sweep.
const ZONE_REQUESTS_ONCE: usize = 10;
pub(super) const MINUTE_MS: i64 = 60_000;
/// So many skipped slots get a row of their own; of more, the latest do.
const SKIPPED_ROWS_MAX: i64 = 1_000;
pub(super) const KNOWN: &str = "a run ends with the first sweep that cannot be recorded";

/// An account being watched, under a lease.
pub(super) struct CollectorSession<'a> {
    pub(super) collector: &'a Collector,
    pub(super) account_id: AccountId,
    pub(super) epoch: Epoch,
    pub(super) recorder: Recorder,
    pub(super) directory: Directory,
    pub(super) queues: Queues,
    pub(super) packing: Packing,
    pub(super) schedule: Schedule,
    pub(super) totals: Totals,
    pub(super) lease_until: Timestamp,
    pub(super) is_skew_warned: bool,
    pub(super) backlog: Backlog,
    /// The end of the last sweep, whether it is in the store or waits.
    pub(super) swept_until: Option<Timestamp>,
    /// How many sweeps in a row were not kept since the clocks differ.
    pub(super) skewed_count: i64,
    /// Whether the present slot was missed because nothing ran: the computer slept, or its clock was set forward.
    pub(super) is_overslept: bool,
    /// The interval and the pace that were told last.
    pub(super) told_pace: Option<(i64, Pace)>,
}

impl<'a> CollectorSession<'a> {
    /// Begins to watch, with the sweeps that wait since before: those of `early` if there were some.
    pub(super) async fn open(
        collector: &'a Collector,
        account: &Account,
        epoch: Epoch,
        startup: &mut Option<StartupSpooling<'a>>,
    ) -> Result<Self, StoreError> {
        let account_id = account.account_id;
        let recorder = collector.recorder(account_id, epoch).await?;
        let known = recorder.known().expect(KNOWN);
        let backlog = if let Some(startup) = startup.take() {
            startup.into_backlog()
        } else {
            let (backlog, told) = Backlog::open(collector.settings.spool.as_ref(), account_id);
            for text in told {
                collector.warn(&text);
            }
            backlog
        };
        Ok(Self {
            backlog,
            swept_until: known.finished_at,
            skewed_count: 0,
            is_overslept: false,
            told_pace: None,
            account_id,
            epoch,
            directory: Directory::new(account, known),
            queues: Queues::new(collector.settings.queues),
            recorder,
            packing: Packing::default(),
            schedule: Schedule::new(collector.settings.interval_ms, account_id),
            totals: Totals::default(),
            lease_until: collector.now(),
            is_skew_warned: false,
            collector,
        })
    }

    pub(super) async fn run(&mut self, cancel: &CancellationToken) -> Result<(), CollectError> {
        if self.backlog.is_waiting() {
            self.catch_up(Timestamp::MAX).await?;
        }
        if !self.wait_until_clock(cancel).await? {
            return Ok(());
        }
        self.prepare(cancel).await?;
        self.set_pace(None);
        let mut slot = self.first_slot();
        while !self.is_over(slot, cancel) && self.wait_for(slot, cancel).await? {
            let interval_ms = self.schedule.interval_ms();
            if self.collector.clock.now_ms() < self.schedule.deadline_ms(slot) {
                let span = tracing::info_span!("sweep", slot = slot.start_ms);
                self.tick(slot, cancel).instrument(span).await?;
                self.pack().await;
            } else {
                // As if the slot before had ended now.
                slot.start_ms -= interval_ms;
            }
            if self.schedule.interval_ms() == interval_ms {
                let due = self.schedule.after(slot, self.collector.clock.now_ms());
                if let Some(missed) = due.missed {
                    self.skip(missed, cancel).await?;
                }
                slot = due.next;
            } else {
                slot = self.first_slot();
            }
        }
        Ok(())
    }

    /// The first slot after all that was looked at.
    fn first_slot(&self) -> Slot {
        let now_ms = self.collector.clock.now_ms();
        let after_ms = self.swept_until.map(Timestamp::as_ms);
        self.schedule.first(after_ms, now_ms)
    }

    /// What is known, be it from before a failure of the store.
    pub(super) fn known(&self) -> &AccountState {
        self.recorder.last_known().expect(KNOWN)
    }

    /// Packs some of what is past, once the sweep is stored. History is recorded whether that succeeds or not.
    async fn pack(&mut self) {
        if self.recorder.pending_count() > 0 || self.backlog.is_waiting() {
            return;
        }
        let Some(known) = self.recorder.known() else {
            return;
        };
        let Some(store) = &self.collector.packing else {
            return;
        };
        let packed = self.packing.go_on(store, known).await;
        if let Err(error) = packed {
            self.collector
                .warn(&format!("past days could not be packed: {error}"));
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
        // Not longer than a minute at once: more of the directory may be asked for then, and the lease must last.
        let step_ms = (self.schedule.interval_ms() / 2).clamp(1_000, MINUTE_MS);
        self.is_overslept = false;
        let mut directory_at = Timestamp::MIN;
        loop {
            self.collector.observer.notice(Progress::Waiting { until });
            let now = self.collector.now();
            if now >= until {
                break;
            }
            self.keep_lease_if_reachable(step_ms).await?;
            if now < work_until {
                if now >= directory_at {
                    directory_at = now.plus_ms(step_ms);
                    if !self.work(work_until, cancel).await? {
                        return Ok(false);
                    }
                }
                if !self.ask_queues(work_until, cancel).await? {
                    return Ok(false);
                }
            }
            // Woken before the time, the wall clock was set back meanwhile.
            let queue_at = self.queues.next_at(self.collector.now());
            let wake_at = now.plus_ms(step_ms).min(until);
            let wake_at = queue_at
                .filter(|at| *at < work_until)
                .map_or(wake_at, |at| at.min(wake_at))
                .max(now.plus_ms(1));
            let wake_ms = wake_at.as_ms();
            let sleep = self.collector.clock.sleep_until_ms(wake_ms);
            if unless(cancel, sleep).await.is_none() {
                return Ok(false);
            }
            let overslept_ms = self.collector.clock.now_ms() - wake_ms;
            self.is_overslept |= overslept_ms >= self.schedule.grace_ms().max(1_000);
            if !self.wait_until_clock(cancel).await? {
                return Ok(false);
            }
        }
        Ok(self.wait_until_clock(cancel).await? && !cancel.is_cancelled())
    }

    /// Asks for some of the directory; `false` when cancelled.
    async fn work(
        &mut self,
        by: Timestamp,
        cancel: &CancellationToken,
    ) -> Result<bool, CollectError> {
        let share = DIRECTORY_REQUESTS * self.schedule.interval_ms() / MINUTE_MS;
        // Twice an interval, unless that is long; queues have their share of the limit too.
        let share = if self.collector.settings.queues.is_some() {
            share / 2
        } else {
            share
        };
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

    /// Before the first sweep: names and groups, so that it can be read.
    pub(super) async fn prepare(&mut self, cancel: &CancellationToken) -> Result<(), CollectError> {
        let began_at = self.collector.now();
        // The lease is taken for one request at a time: anyone who waits for it after a crash does not wait for long.
        let step_ms = self.collector.settings.prepare_step_ms();
        for _ in 0..PREPARE_REQUESTS {
            let now = self.collector.now();
            if !self.directory.has_list_work(now) || now.since_ms(began_at) > PREPARE_MS {
                break;
            }
            self.keep_lease_if_reachable(step_ms).await?;
            let (source, by) = (&*self.collector.source, now.plus_ms(step_ms));
            let work = self.directory.work(source, now, by, Effort::Lists(1));
            let Some(worked) = unless(cancel, work).await else {
                break;
            };
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
        let settings = &self.collector.settings;
        Plan {
            account_id: self.account_id,
            idempotency_key: slot.key(),
            valid_for_ms: settings.valid_for_ms(self.schedule.interval_ms()),
            by,
        }
    }

    pub(super) async fn sweep(&self, plan: &Plan) -> Result<Sweep, SourceError> {
        let collector = self.collector;
        let (source, clock) = (&*collector.source, &*collector.clock);
        sweep(source, clock, plan, self.known()).await
    }

    async fn tick(&mut self, slot: Slot, cancel: &CancellationToken) -> Result<(), CollectError> {
        let started_at = self.collector.now();
        let by = Timestamp::saturating_from_ms(self.schedule.deadline_ms(slot)).max(started_at);
        let count = i64::try_from(self.known().present_count).unwrap_or(i64::MAX);
        let until = timeout(&*self.collector.source, count, started_at, by);
        self.keep_lease_if_reachable(until.since_ms(started_at))
            .await?;
        self.collector.observer.notice(Progress::Sweeping { until });
        let plan = self.plan(slot, by);
        let collector = self.collector;
        let given_up = |cause, sentence: &str| {
            let finished_at = collector.now().max(started_at);
            let sweep = unseen(&plan, SweepStatus::Failed, started_at, cause, sentence);
            Sweep {
                finished_at,
                ..sweep
            }
        };
        let mut sweep = match unless(cancel, self.sweep(&plan)).await {
            Some(Ok(sweep)) => sweep,
            Some(Err(error)) => {
                let sweep = given_up(error.cause(), &error.to_string());
                self.record(slot, sweep).await.map(drop)?;
                return Err(error.into());
            }
            None => given_up(Cause::Stopped, "the collector was stopped during the sweep"),
        };
        self.check_skew(&sweep);
        if let Some(skew_ms) = too_skewed(&sweep) {
            return self.leave_out(slot, skew_ms).await;
        }
        self.skewed_count = 0;
        let seen = sweep.observations.len().max(self.known().present_count);
        self.set_pace(sweep.expected_count.map(|told| believed_count(told, seen)));
        // The first sweep shows how seldom the account can be polled: it is valid until the next one as later sweeps are.
        let valid_for_ms = self
            .collector
            .settings
            .valid_for_ms(self.schedule.interval_ms());
        sweep.valid_for_ms = sweep.valid_for_ms.max(valid_for_ms);
        self.record(slot, sweep).await.map(drop)
    }

    /// A sweep that cannot follow what someone else has appended meanwhile is lost; the next one may follow.
    pub(super) async fn head_conflict(&mut self, error: &RecordError) -> Result<(), CollectError> {
        self.collector.warn(&error.to_string());
        match self.reopen(self.epoch).await {
            // It is read again before the next sweep is recorded.
            Err(error) if error.is_away() => Ok(()),
            reopened => Ok(reopened?),
        }
    }

    /// Records a sweep, with what the directory has learned meanwhile; the inner error: it cannot follow what someone
    /// else has appended meanwhile, and is lost.
    pub(super) async fn record(
        &mut self,
        slot: Slot,
        mut sweep: Sweep,
    ) -> Result<Result<Tick, RecordError>, CollectError> {
        if sweep.status.observes() {
            sweep.directory = self.directory.learned().to_vec();
            for entry in &mut sweep.directory {
                // It was learned between two sweeps; the history knows it from this one on.
                entry.received_at = entry.received_at.max(sweep.started_at);
            }
            self.directory
                .note_seen(&sweep.observations, sweep.finished_at);
        }
        let delivered = sweep.directory.len();
        self.attach_queues(&mut sweep);
        let finished_at = sweep.finished_at;
        self.keep_zones(sweep.started_at).await;
        let mut tick = Tick::of(slot, &sweep);
        match self.put(slot, sweep).await? {
            Put::Recorded(outcome) => {
                if let Outcome::Recorded { event_count, .. } = outcome {
                    tick.event_count = event_count;
                    self.queues.delivered(finished_at);
                }
                self.totals.add(tick.status, tick.event_count);
                self.collector.observer.notice(Progress::Ticked(&tick));
            }
            Put::Waits => {
                self.queues.delivered(finished_at);
                self.collector.observer.notice(Progress::Kept {
                    tick: &tick,
                    waiting: self.backlog.waiting(),
                });
            }
            // What the directory has learned goes with the next one.
            Put::Lost => return Ok(Ok(tick)),
            Put::HeadConflict(error) => {
                self.head_conflict(&error).await?;
                return Ok(Err(error));
            }
        }
        self.directory.delivered(delivered);
        Ok(Ok(tick))
    }

    /// Lets a sweep have what queues answered meanwhile; what does not fit into the history is left out.
    fn attach_queues(&mut self, sweep: &mut Sweep) {
        let known = self.recorder.last_known().expect(KNOWN);
        for refused in self.queues.attach(sweep, known) {
            self.collector.warn(&format!(
                "an answer of queue {} at {} is left out: the history has a later one, or the clock was set back",
                refused.queue_id, refused.received_at
            ));
        }
    }

    /// Keeps the zones of sites next to the history, from this sweep on; while the store is away, they wait.
    async fn keep_zones(&mut self, since: Timestamp) {
        let zones = self.directory.untold_zones(since);
        if zones.is_empty() || self.backlog.waiting() > 0 {
            return;
        }
        let put = async {
            let store = self.collector.store.get().await?;
            store.put_site_zones(self.account_id, zones).await
        };
        match put.await {
            Ok(()) => self.directory.zones_told(),
            Err(error) => tracing::debug!(%error, "the zones of the sites are recorded later"),
        }
    }

    /// Leaves a row for each slot that had passed.
    async fn skip(
        &mut self,
        missed: Missed,
        cancel: &CancellationToken,
    ) -> Result<(), CollectError> {
        self.collector.observer.notice(Progress::Skipped { missed });
        let untold = (missed.count - SKIPPED_ROWS_MAX).max(0);
        let (cause, why) = if self.is_overslept {
            let why = "the computer slept, or its clock was set forward, while it was due";
            (Cause::Suspended, why)
        } else {
            let why = "its slot passed before it could begin";
            (Cause::Late, why)
        };
        let mut sentence = why.to_owned();
        if untold > 0 {
            sentence = format!("{why}; {untold} slots before it were missed too");
        }
        let interval_ms = self.schedule.interval_ms();
        let mut stands_for_ms = untold.saturating_mul(interval_ms);
        for slot in self.schedule.latest_missed(missed, SKIPPED_ROWS_MAX) {
            if cancel.is_cancelled() {
                break;
            }
            let due = Timestamp::saturating_from_ms(slot.start_ms);
            let at = self.swept_until.unwrap_or(due).max(due);
            let plan = self.plan(slot, at);
            let row = Sweep {
                valid_for_ms: plan.valid_for_ms.saturating_add(stands_for_ms),
                ..unseen(&plan, SweepStatus::Skipped, at, cause, &sentence)
            };
            stands_for_ms = 0;
            match self.put(slot, row).await? {
                Put::Recorded(_) => self.totals.add(SweepStatus::Skipped, 0),
                Put::Waits | Put::Lost => {}
                Put::HeadConflict(error) => return self.head_conflict(&error).await,
            }
        }
        Ok(())
    }

    /// Sweeps as often as was asked for, or as the rate limit allows for an account of this size; says so if that changes.
    fn set_pace(&mut self, told_count: Option<i64>) {
        let known_count = self
            .known()
            .present_count
            .max(self.directory.listed_count());
        let Some(count) = told_count.or_else(|| i64::try_from(known_count).ok()) else {
            return;
        };
        if count == 0 {
            return;
        }
        let limit = self.collector.source.presence_page_limit();
        let asked_ms = self.collector.settings.interval_ms;
        let plan = sweep_plan(asked_ms, count, limit);
        if plan.interval_ms != self.schedule.interval_ms() {
            self.schedule = Schedule::new(plan.interval_ms, self.account_id);
        }
        // An account's size changes now and then; the plan is told again when what follows from it does.
        let told = (plan.interval_ms, pace(count, limit));
        if self.told_pace != Some(told) {
            match &plan.warning {
                Some(warning) => self.collector.warn(warning),
                None => self
                    .collector
                    .observer
                    .notice(Progress::Plan(&plan.sentence)),
            }
            self.told_pace = Some(told);
        }
    }
}
