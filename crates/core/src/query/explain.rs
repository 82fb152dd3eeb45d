//! Why something is known of an extension at a moment, or not: the sweeps around it, and the rule of time that holds.
//!
//! The rules themselves are in [`super::as_of`] and [`super::track`]; here is which of them gave an answer.

use presence_model::event::{ChangeEvent, EventKind, Snapshot};
use presence_model::ids::{ExtensionId, SnapshotNo};
use presence_model::observation::{Source, SweepStatus};
use presence_model::projection::ExistenceInterval;
use presence_model::time::Timestamp;

use super::as_of::{AsOf, Standing};

/// What a sweep showed of one extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SweepOutcome {
    /// It saw the extension.
    Observed,
    /// It was complete, and the extension was not there.
    Lacked,
    /// It was the sweep that confirmed that the extension is gone.
    Gone,
    /// It did not reach the extension, and says nothing of it.
    Missed,
    /// It saw nothing at all.
    Nothing,
}

impl SweepOutcome {
    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Lacked => "lacked",
            Self::Gone => "gone",
            Self::Missed => "missed",
            Self::Nothing => "nothing",
        }
    }
}

/// A sweep of the account, and what it showed of one extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepAt {
    /// Its snapshot.
    pub snapshot_no: SnapshotNo,
    /// The source of the sweep.
    pub source: Source,
    /// How much it saw.
    pub status: SweepStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// How long after it the next one still brackets the time between, in milliseconds.
    pub valid_for_ms: i64,
    /// What it showed of the extension.
    pub outcome: SweepOutcome,
    /// When it saw the extension, where it is the earlier of two: its start, or the extension's own time.
    pub seen_at: Timestamp,
    /// When it had shown the extension, where it is the later of two: its end, or the extension's own time.
    pub answered_at: Timestamp,
    /// When the sweep before it saw the extension at the earliest, if it showed a change.
    pub not_before: Option<Timestamp>,
}

impl SweepAt {
    /// What a snapshot showed of an extension that had these lives.
    pub fn of(snapshot: &Snapshot, id: ExtensionId, existence: &[ExistenceInterval]) -> Self {
        let outcome = outcome(snapshot, id, existence);
        let shows = |event: &&ChangeEvent| event.extension_id == id && event.kind.is_of_presence();
        let event = snapshot.events.iter().find(shows);
        let own = event.filter(|_| outcome == SweepOutcome::Observed);
        let changed = event.filter(|event| event.kind != EventKind::Appeared);
        Self {
            seen_at: own.map_or(snapshot.started_at, |event| event.observed_at),
            answered_at: event.map_or(snapshot.finished_at, |event| event.observed_at),
            not_before: changed.and_then(|event| event.not_before),
            snapshot_no: snapshot.snapshot_no,
            source: snapshot.source,
            status: snapshot.status,
            started_at: snapshot.started_at,
            finished_at: snapshot.finished_at,
            valid_for_ms: snapshot.valid_for_ms,
            outcome,
        }
    }

    /// How long after this sweep another one showed the extension, in milliseconds.
    pub fn until_ms(&self, later: &Self) -> i64 {
        let seen_at = later
            .not_before
            .map_or(self.seen_at, |at| self.seen_at.max(at));
        later.answered_at.since_ms(seen_at)
    }
}

fn outcome(snapshot: &Snapshot, id: ExtensionId, existence: &[ExistenceInterval]) -> SweepOutcome {
    if !snapshot.status.observes() {
        return SweepOutcome::Nothing;
    }
    let at = snapshot.finished_at;
    let ended_in_it = |until: Timestamp| snapshot.started_at <= until && until <= at;
    if existence
        .iter()
        .any(|life| life.until.is_some_and(ended_in_it))
    {
        return SweepOutcome::Gone;
    }
    let exists =
        |life: &ExistenceInterval| life.from <= at && life.until.is_none_or(|until| at < until);
    let is_unseen = snapshot.unseen.binary_search(&id).is_ok();
    match (existence.iter().any(exists) && !is_unseen, snapshot.status) {
        (true, _) => SweepOutcome::Observed,
        (false, SweepStatus::Complete) => SweepOutcome::Lacked,
        (false, _) => SweepOutcome::Missed,
    }
}

/// The rule of time by which an answer is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A sweep at that very moment saw it.
    Seen,
    /// Two sweeps near enough to each other stand around the moment.
    Bracketed,
    /// The last sweep of all still holds.
    Presumed,
    /// The sweeps around the moment are too far apart.
    Gap,
    /// The last sweep of all no longer holds.
    Stale,
    /// Complete sweeps around the moment lacked it.
    Absent,
    /// The last complete sweep of all lacked it, and still holds.
    AbsentPresumed,
}

impl Rule {
    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Bracketed => "bracketed",
            Self::Presumed => "presumed",
            Self::Gap => "gap",
            Self::Stale => "stale",
            Self::Absent => "absent",
            Self::AbsentPresumed => "absent_presumed",
        }
    }
}

/// The sweeps that decide: the last one at or before a moment that showed the extension, and the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The last sweep by then.
    pub earlier: Option<SweepAt>,
    /// The next sweep.
    pub later: Option<SweepAt>,
}

impl Around {
    /// Whether it is by both sweeps that the moment is known: not, if the earlier one was at that very moment and the
    /// later one is too far away.
    fn brackets(&self, moment: Timestamp) -> bool {
        let (Some(earlier), Some(later)) = (self.earlier, self.later) else {
            return false;
        };
        earlier.until_ms(&later) <= earlier.valid_for_ms || earlier.answered_at < moment
    }
}

/// Whether an outcome says anything about an extension.
pub type Decides = fn(SweepOutcome) -> bool;

/// Which of the outcomes say anything about an extension that stood like this: of the sweep before, and of the one after.
pub fn decides(standing: Standing) -> (Decides, Decides) {
    match standing {
        Standing::Absent => (
            |outcome| matches!(outcome, SweepOutcome::Lacked | SweepOutcome::Gone),
            |outcome| matches!(outcome, SweepOutcome::Lacked | SweepOutcome::Observed),
        ),
        Standing::Known { .. } | Standing::Unknown => (
            |outcome| outcome == SweepOutcome::Observed,
            |outcome| matches!(outcome, SweepOutcome::Observed | SweepOutcome::Gone),
        ),
    }
}

/// The rule by which an answer about `moment` is what it is.
pub fn rule(answer: &AsOf, around: &Around, moment: Timestamp) -> Rule {
    match answer.standing {
        Standing::Known { .. } if answer.presumed => Rule::Presumed,
        Standing::Known { .. } if around.brackets(moment) => Rule::Bracketed,
        Standing::Known { .. } => Rule::Seen,
        Standing::Absent if answer.presumed => Rule::AbsentPresumed,
        Standing::Absent => Rule::Absent,
        Standing::Unknown if around.later.is_some() => Rule::Gap,
        Standing::Unknown => Rule::Stale,
    }
}
