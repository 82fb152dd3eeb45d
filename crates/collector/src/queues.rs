//! Who takes the calls of queues: asked of one queue after another in the time between sweeps.
//!
//! A queue takes a request of its own (reference, "Call queue presence"), of the group that the directory's requests count
//! against too. So a minute has a share for queues, and many queues share it in rounds. What a queue answered waits for the
//! next sweep of presence and becomes part of its snapshot.
//!
//! ```text
//! sweeps of presence   |■              |■              |■          a slot each
//! queues                 a b c d e f…    …g h i a b c…             what is due, within the share, before the next slot
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio_util::sync::CancellationToken;

use presence_model::cause::Cause;
use presence_model::ids::{ExtensionId, QueueId};
use presence_model::known::AccountState;
use presence_model::observation::Sweep;
use presence_model::queue::{QueueOutcome, QueueSweep};
use presence_model::time::Timestamp;
use presence_ringcentral::budget::RateLimit;
use presence_ringcentral::{PresenceSource, SourceError};

use super::progress::Progress;
use super::run::{CollectError, Collector, unless};
use super::session::{CollectorSession, KNOWN};

/// Of the requests that the group allows, so many of 49 are for queues; the others are for the directory, and for extensions
/// that are missing from a sweep.
const SHARE: (i64, i64) = (30, 49);
/// A round is as long as so many milliseconds, or a multiple of it, if there are too many queues for a shorter one.
const ROUND_STEP_MS: i64 = 10_000;
/// A queue that may not be read, or is not there, is asked again so much later.
const FORBIDDEN_MS: i64 = 3_600_000;
/// After so many failures in a row, nothing is asked for a while.
const FAILURES_MAX: u32 = 3;
const PAUSE_MS: i64 = 60_000;
/// One queue is asked for so long at most: the others are due as well.
const REQUEST_MS_MAX: i64 = 20_000;
/// So many answers wait for a sweep at most.
const WAITING_MAX: usize = 2_000;
/// An answer holds for so many rounds: as one of presence holds for so many intervals.
const ROUNDS_VALID: i64 = 3;
/// Where a queue had to wait for longer than a round, its answer holds accordingly, but no longer than this many rounds make it.
const STRETCH_MAX: i64 = 4;

/// How queues are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// From one sweep of a queue to its next at least, in milliseconds.
    pub round_ms_min: i64,
}

/// When a queue was asked, and when it may be again.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    asked_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
}

/// Which queue is asked when. Pure.
#[derive(Debug)]
pub(super) struct Rounds {
    turns: BTreeMap<QueueId, Turn>,
    round_ms_min: i64,
    share: usize,
    window_ms: i64,
    /// When the latest requests were sent.
    sent: VecDeque<Timestamp>,
    paused_until: Option<Timestamp>,
    failures: u32,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Ask this queue.
    Ask(QueueId),
    /// Nothing before then.
    Wait(Timestamp),
    /// There are no queues.
    Nothing,
}

impl Rounds {
    fn new(round_ms_min: i64) -> Self {
        Self {
            turns: BTreeMap::new(),
            round_ms_min: round_ms_min.max(1),
            share: 1,
            window_ms: 60_000,
            sent: VecDeque::new(),
            paused_until: None,
            failures: 0,
        }
    }

    /// These are the queues, and this is the limit that their requests share.
    fn set(&mut self, queues: impl IntoIterator<Item = QueueId>, limit: RateLimit) {
        let turns = queues.into_iter();
        self.turns = turns
            .map(|id| (id, self.turns.get(&id).copied().unwrap_or_default()))
            .collect();
        let share = i64::from(limit.usable()) * SHARE.0 / SHARE.1;
        self.share = usize::try_from(share.max(1)).unwrap_or(1);
        self.window_ms = limit.window_ms.max(1);
    }

    /// How many queues are asked round by round at `now`: all but those that may not be read.
    fn count(&self, now: Timestamp) -> usize {
        let turns = self.turns.values();
        let asked = turns.filter(|turn| turn.not_before.is_none_or(|until| until <= now));
        asked.count()
    }

    /// From one sweep of a queue to its next, in milliseconds.
    fn round_ms(&self, now: Timestamp) -> i64 {
        let count = i64::try_from(self.count(now)).unwrap_or(i64::MAX);
        let share = i64::try_from(self.share).unwrap_or(i64::MAX);
        let needed_ms = count.saturating_mul(self.window_ms).div_euclid(share);
        if needed_ms <= self.round_ms_min {
            return self.round_ms_min;
        }
        needed_ms.saturating_add(ROUND_STEP_MS - 1) / ROUND_STEP_MS * ROUND_STEP_MS
    }

    fn next(&self, now: Timestamp) -> Next {
        let round_ms = self.round_ms(now);
        let due = |turn: &Turn| {
            let by_round = turn.asked_at.map_or(Timestamp::MIN, |at| {
                // Where the clock was set back since, it is due.
                if at > now { now } else { at.plus_ms(round_ms) }
            });
            by_round.max(turn.not_before.unwrap_or(Timestamp::MIN))
        };
        let turns = self.turns.iter();
        let Some((queue, due_at)) = turns
            .map(|(id, turn)| (*id, due(turn)))
            .min_by_key(|(id, due_at)| (*due_at, *id))
        else {
            return Next::Nothing;
        };
        let at = due_at
            .max(self.paused_until.unwrap_or(Timestamp::MIN))
            .max(self.free_at(now));
        if at <= now {
            Next::Ask(queue)
        } else {
            Next::Wait(at)
        }
    }

    /// When the share of a window has room for another request.
    fn free_at(&self, now: Timestamp) -> Timestamp {
        let since = now.plus_ms(-self.window_ms);
        let mut within = self.sent.iter().rev();
        let within = within.by_ref().filter(|at| **at > since && **at <= now);
        within
            .take(self.share)
            .nth(self.share - 1)
            .map_or(Timestamp::MIN, |first| first.plus_ms(self.window_ms))
    }

    /// For how long an answer to a request sent at `asked_at` holds, in milliseconds.
    fn valid_for_ms(&self, queue: QueueId, asked_at: Timestamp) -> i64 {
        let round_ms = self.round_ms(asked_at);
        let before = self.turns.get(&queue).and_then(|turn| turn.asked_at);
        let waited_ms = before.map_or(0, |before| asked_at.since_ms(before));
        let stretched_ms = waited_ms.min(round_ms.saturating_mul(STRETCH_MAX));
        round_ms.max(stretched_ms).saturating_mul(ROUNDS_VALID)
    }

    /// A queue was asked at `asked_at`, and this came of it by `now`.
    fn note(&mut self, queue: QueueId, (asked_at, now): (Timestamp, Timestamp), outcome: Came) {
        let since = now.plus_ms(-self.window_ms);
        self.sent.retain(|at| *at > since && *at <= now);
        self.sent.push_back(asked_at);
        let turn = self.turns.entry(queue).or_default();
        turn.asked_at = Some(asked_at);
        turn.not_before = None;
        match outcome {
            Came::Answer => self.failures = 0,
            Came::Forbidden => {
                turn.not_before = Some(now.plus_ms(FORBIDDEN_MS));
                self.failures = 0;
            }
            Came::UsedUp { until } => self.paused_until = Some(until),
            Came::Nothing => {
                self.failures += 1;
                if self.failures >= FAILURES_MAX {
                    self.failures = 0;
                    self.paused_until = Some(now.plus_ms(PAUSE_MS));
                }
            }
        }
    }
}

/// What came of a request, as far as it matters for the next ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// The members, or what can be read of them.
    Answer,
    /// It may not be read, or is not there: not soon again.
    Forbidden,
    /// The limit of the group is used up.
    UsedUp { until: Timestamp },
    /// It failed.
    Nothing,
}

/// The queues of an account that is being watched.
#[derive(Debug)]
pub(super) struct Queues {
    /// `None`: queues are not asked.
    rounds: Option<Rounds>,
    /// What was answered and is in no snapshot yet, by time.
    waiting: Vec<QueueSweep>,
    /// Of each queue, when the latest answer that became part of a snapshot had been received.
    kept_until: BTreeMap<QueueId, Timestamp>,
    /// Of each queue, who was a member by the latest answer that was believed.
    members: BTreeMap<QueueId, BTreeSet<ExtensionId>>,
    /// Of each queue, who was missing from the latest answer, which was not believed.
    missing: BTreeMap<QueueId, BTreeSet<ExtensionId>>,
    /// How many queues, and how often each, was told last.
    told: Option<(usize, i64)>,
    /// Whether it was told that no queue may be read.
    is_forbidden_told: bool,
}

impl Queues {
    pub(super) fn new(settings: Option<QueueSettings>) -> Self {
        Self {
            rounds: settings.map(|settings| Rounds::new(settings.round_ms_min)),
            waiting: Vec::new(),
            kept_until: BTreeMap::new(),
            members: BTreeMap::new(),
            missing: BTreeMap::new(),
            told: None,
            is_forbidden_told: false,
        }
    }

    /// When a queue is due next; `None`: there are none.
    pub(super) fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        match self.rounds.as_ref()?.next(now) {
            Next::Ask(_) => Some(now),
            Next::Wait(at) => Some(at),
            Next::Nothing => None,
        }
    }

    /// Adds what waits to a sweep that is about to be recorded, and gives what of it does not fit into the history.
    pub(super) fn attach(&mut self, sweep: &mut Sweep, known: &AccountState) -> Vec<QueueSweep> {
        let mut after: BTreeMap<QueueId, Timestamp> = self.kept_until.clone();
        let (mut fitting, mut refused, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for one in std::mem::take(&mut self.waiting) {
            let known_until = known.queues.get(&one.queue_id);
            let known_until = known_until.map(|queue| queue.segment.answered_at);
            let last = after.get(&one.queue_id).copied().max(known_until);
            if one.received_at > sweep.finished_at {
                later.push(one);
            } else if last.is_some_and(|last| one.requested_at <= last)
                || one.requested_at > one.received_at
            {
                refused.push(one);
            } else {
                after.insert(one.queue_id, one.received_at);
                fitting.push(one);
            }
        }
        sweep.queue_sweeps.clone_from(&fitting);
        self.waiting = fitting;
        self.waiting.extend(later);
        refused
    }

    /// The sweep that ended at `finished_at` is part of the history, or will be: with what was attached to it.
    pub(super) fn delivered(&mut self, finished_at: Timestamp) {
        for one in &self.waiting {
            if one.received_at <= finished_at {
                self.kept_until.insert(one.queue_id, one.received_at);
            }
        }
        self.waiting.retain(|one| one.received_at > finished_at);
    }

    /// What is to be believed of an answer: a member who is missing from one answer has not left; the next answer that lacks
    /// them too confirms it.
    fn believed(
        &mut self,
        outcome: QueueOutcome,
        queue: QueueId,
        known: &AccountState,
    ) -> QueueOutcome {
        let QueueOutcome::Read(members) = &outcome else {
            return outcome;
        };
        let now: BTreeSet<ExtensionId> = members.iter().map(|one| one.extension_id).collect();
        let before = self.members.entry(queue).or_insert_with(|| {
            let known = known.queues.get(&queue).into_iter();
            known
                .flat_map(|queue| queue.members.keys().copied())
                .collect()
        });
        let missing: BTreeSet<ExtensionId> = before.difference(&now).copied().collect();
        let doubted = self.missing.remove(&queue).unwrap_or_default();
        if missing.is_subset(&doubted) {
            *before = now;
            return outcome;
        }
        let sentence = format!(
            "{} of {} members are missing from the answer; the next one shows whether they left",
            missing.len(),
            before.len()
        );
        self.missing.insert(queue, missing);
        QueueOutcome::Failed {
            cause: Cause::Implausible,
            sentence,
        }
    }

    fn keep(&mut self, sweep: QueueSweep) {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.remove(0);
        }
        self.waiting.push(sweep);
    }
}

impl CollectorSession<'_> {
    /// Asks the queues that are due, until `by`; `false` when cancelled. Sweeps of presence are not kept waiting by it.
    pub(super) async fn ask_queues(
        &mut self,
        by: Timestamp,
        cancel: &CancellationToken,
    ) -> Result<bool, CollectError> {
        self.plan_queues();
        loop {
            let now = self.collector.now();
            let Some(rounds) = &self.queues.rounds else {
                return Ok(true);
            };
            let Next::Ask(queue_id) = rounds.next(now) else {
                return Ok(true);
            };
            if now >= by {
                return Ok(true);
            }
            let valid_for_ms = rounds.valid_for_ms(queue_id, now);
            let until = by.min(now.plus_ms(REQUEST_MS_MAX));
            let asked = ask(self.collector, queue_id, until);
            let Some((sweep, error)) = unless(cancel, asked).await else {
                return Ok(false);
            };
            let known = self.recorder.last_known().expect(KNOWN);
            let outcome = self.queues.believed(sweep.outcome, queue_id, known);
            let sweep = QueueSweep {
                valid_for_ms,
                outcome,
                ..sweep
            };
            let times = (sweep.requested_at, self.collector.now());
            let came = came(error.as_ref(), &sweep, times.1);
            if let Some(rounds) = &mut self.queues.rounds {
                rounds.note(queue_id, times, came);
            }
            self.collector.observer.notice(Progress::QueueSwept(&sweep));
            self.queues.keep(sweep);
            match error {
                Some(error @ SourceError::LoginRefused(_)) => return Err(error.into()),
                Some(error) => self.tell_forbidden(&error),
                None => self.queues.is_forbidden_told = false,
            }
        }
    }

    /// Takes over which queues there are, and says how often each will be asked if that is new.
    fn plan_queues(&mut self) {
        let now = self.collector.now();
        let limit = self.collector.source.queue_presence_limit();
        let queues = &mut self.queues;
        let (Some(rounds), Some(ids)) = (&mut queues.rounds, self.directory.queue_ids()) else {
            return;
        };
        rounds.set(ids, limit);
        let told = (rounds.count(now), rounds.round_ms(now));
        if told.0 > 0 && queues.told != Some(told) {
            queues.told = Some(told);
            let sentence = plan_sentence(told.0, told.1);
            self.collector.observer.notice(Progress::Plan(&sentence));
        }
    }

    /// Says once that no queue may be read.
    fn tell_forbidden(&mut self, error: &SourceError) {
        let now = self.collector.now();
        let Some(rounds) = &self.queues.rounds else {
            return;
        };
        let is_of_all =
            rounds.count(now) == 0 && matches!(error, SourceError::PermissionMissing(_));
        if is_of_all && !self.queues.is_forbidden_told {
            self.queues.is_forbidden_told = true;
            self.collector.warn(&format!(
                "{error}; who takes the calls of queues is unknown until then, and asked again every hour; presence is \
                 collected all the same"
            ));
        }
    }
}

/// How often each queue is seen, in a sentence.
pub fn plan_sentence(count: usize, round_ms: i64) -> String {
    let queues = if count == 1 {
        "call queue"
    } else {
        "call queues"
    };
    let every = if round_ms % 1_000 == 0 {
        format!("{} s", round_ms / 1_000)
    } else {
        format!("{round_ms} ms")
    };
    format!("{count} {queues}: each every {every}")
}

/// How often each of so many queues is seen where they are asked no more often than every `round_ms_min`, in milliseconds.
pub fn round_ms(count: usize, round_ms_min: i64, limit: RateLimit) -> i64 {
    let mut rounds = Rounds::new(round_ms_min);
    let ids = (0..count).filter_map(|id| i64::try_from(id).ok().map(QueueId));
    rounds.set(ids, limit);
    rounds.round_ms(Timestamp::MIN)
}

/// Asks a queue once. How long the answer holds is for the caller to say.
async fn ask(
    collector: &Collector,
    queue_id: QueueId,
    by: Timestamp,
) -> (QueueSweep, Option<SourceError>) {
    let source: &dyn PresenceSource = &*collector.source;
    let sent_at = collector.now();
    let sweep = |(requested_at, received_at), outcome| QueueSweep {
        queue_id,
        requested_at,
        received_at,
        valid_for_ms: 0,
        outcome,
    };
    let failed = |cause: Cause, sentence: &str| QueueOutcome::Failed {
        cause,
        sentence: sentence.to_owned(),
    };
    match source.queue_presence(queue_id, by).await {
        Ok(answer) => {
            let outcome = match answer.value {
                None => failed(Cause::Gone, "the platform has no such queue"),
                Some(presence) if presence.is_whole => QueueOutcome::Read(presence.members),
                // Anyone who is missing from it would count as no member.
                Some(_) => failed(Cause::Unreadable, "the answer lacks members of the queue"),
            };
            (
                sweep((answer.requested_at, answer.received_at), outcome),
                None,
            )
        }
        Err(error) => {
            let times = (sent_at, collector.now().max(sent_at));
            let outcome = failed(error.cause(), &error.to_string());
            (sweep(times, outcome), Some(error))
        }
    }
}

fn came(error: Option<&SourceError>, sweep: &QueueSweep, now: Timestamp) -> Came {
    match (error, &sweep.outcome) {
        (None, QueueOutcome::Read(_)) => Came::Answer,
        (None, QueueOutcome::Failed { cause, .. }) if *cause == Cause::Gone => Came::Forbidden,
        (Some(SourceError::PermissionMissing(_) | SourceError::Refused { .. }), _) => {
            Came::Forbidden
        }
        (Some(SourceError::RateLimited { retry_at, .. }), _) => Came::UsedUp {
            until: (*retry_at).max(now.plus_ms(1)),
        },
        // It was answered; whether to believe it is another matter.
        (None, QueueOutcome::Failed { cause, .. }) if *cause == Cause::Implausible => Came::Answer,
        _ => Came::Nothing,
    }
}

#[cfg(test)]
mod tests;
