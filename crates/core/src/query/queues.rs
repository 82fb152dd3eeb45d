//! What is known of the call queues that a policy asks: who was signed in, by each queue's own sweeps.
//!
//! A policy names queues; here each name stands for one queue by its id, so a queue that was given another name since is
//! asked under its name of today, over all the past.

use presence_model::HashMap;
use presence_model::ids::{ExtensionId, QueueId};
use presence_model::queue::QueueSegment;
use presence_model::queue_projection::QueueIntervalRow;
use presence_model::time::Timestamp;

use super::policy::{Policy, QueueStanding, QueueStandings};
use super::track::queue_lane;

/// One call queue's history, or the part of it that a window needs.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueHistory {
    /// The name that policies ask it by.
    pub name: Box<str>,
    /// Which queue; `None`: there is none of that name, and nothing is known of it.
    pub queue_id: Option<QueueId>,
    /// When it was swept, by time.
    pub coverage: Vec<QueueSegment>,
    /// What each member accepted, by time. When only a window was asked for: from the last interval that begins before
    /// the window does.
    pub members: HashMap<ExtensionId, Vec<QueueIntervalRow>>,
    /// Of what began before, each member's last interval alone may be there.
    pub read_from: Timestamp,
}

/// The call queues that a policy asks, in the order of [`super::policy::Policy::queues`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueEvidence {
    /// Each of them.
    pub queues: Vec<QueueHistory>,
}

/// How an extension stands to a queue at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingAt {
    /// How.
    pub standing: QueueStanding,
    /// Whether it rests on no later sweep of the queue.
    pub presumed: bool,
    /// From when on it is so; where nothing is known, from when on not, if it was known before.
    pub since: Option<Timestamp>,
    /// The change that began it cannot have happened before; `None` where no change began it.
    pub since_earliest: Option<Timestamp>,
}

impl QueueEvidence {
    /// Nothing is known of any queue that a policy asks.
    pub fn unknown(policy: &Policy) -> Self {
        let queues = policy.queues().into_iter();
        let queues = queues.map(|name| QueueHistory {
            name: name.into(),
            queue_id: None,
            coverage: Vec::new(),
            members: HashMap::default(),
            read_from: Timestamp::MIN,
        });
        Self {
            queues: queues.collect(),
        }
    }

    /// How an extension stood to each of the queues at `moment`, as known at `now`.
    pub fn at(&self, extension: ExtensionId, moment: Timestamp, now: Timestamp) -> StandingsAt<'_> {
        let queues = self.queues.iter();
        let standings = queues.map(|queue| (queue, queue.at(extension, moment, now)));
        StandingsAt(standings.collect())
    }
}

/// How one extension stood to each of some queues at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingsAt<'a>(pub Vec<(&'a QueueHistory, StandingAt)>);

impl QueueStandings for StandingsAt<'_> {
    fn standing(&self, queue: &str) -> QueueStanding {
        let mut standings = self.0.iter();
        let found = standings.find(|(one, _)| &*one.name == queue);
        found.map_or(QueueStanding::Unknown, |(_, at)| at.standing)
    }
}

impl StandingsAt<'_> {
    /// The same without what rests on no later sweep.
    pub fn swept(&self) -> Self {
        let standings = self.0.iter().map(|(queue, at)| {
            let standing = if at.presumed {
                QueueStanding::Unknown
            } else {
                at.standing
            };
            (*queue, StandingAt { standing, ..*at })
        });
        Self(standings.collect())
    }
}

impl QueueHistory {
    /// The intervals of one extension.
    pub fn rows(&self, extension: ExtensionId) -> &[QueueIntervalRow] {
        self.members.get(&extension).map_or(&[], Vec::as_slice)
    }

    /// How an extension stood to the queue at `moment`, as known at `now`. A sweep at that very moment counts, also when
    /// it is the last one before a gap.
    pub fn at(&self, extension: ExtensionId, moment: Timestamp, now: Timestamp) -> StandingAt {
        queue_lane::at(self, extension, moment, now)
    }
}
