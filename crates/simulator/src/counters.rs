//! What the platform was asked and how it answered: tests use it to show that a client kept within
//! its limits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::Group;
use super::route::PathKind;

/// One answered request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The kind of address.
    pub kind: PathKind,
    /// The HTTP status that the answer had, or would have had if the connection had held.
    pub status: u16,
}

/// Counts of requests; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    counts: Arc<Mutex<BTreeMap<(PathKind, u16), u64>>>,
}

impl Counters {
    pub(super) fn count(&self, answered: Answered) {
        *self
            .lock()
            .entry((answered.kind, answered.status))
            .or_insert(0) += 1;
    }

    /// Counts all requests.
    pub fn total(&self) -> u64 {
        self.lock().values().sum()
    }

    /// Counts the requests for one kind of address.
    pub fn requests(&self, kind: PathKind) -> u64 {
        self.sum(|known, _| known == kind)
    }

    /// Counts the requests in a rate group.
    pub fn requests_in(&self, group: Group) -> u64 {
        self.sum(|kind, _| kind.group() == Some(group))
    }

    /// Counts the requests of a rate group that were refused with 429.
    pub fn refused_in(&self, group: Group) -> u64 {
        self.sum(|kind, status| kind.group() == Some(group) && status == 429)
    }

    /// Counts the answers with an HTTP status.
    pub fn with_status(&self, status: u16) -> u64 {
        self.sum(|_, known| known == status)
    }

    fn sum(&self, counts: impl Fn(PathKind, u16) -> bool) -> u64 {
        let known = self.lock();
        known
            .iter()
            .filter(|((kind, status), _)| counts(*kind, *status))
            .map(|entry| entry.1)
            .sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(PathKind, u16), u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
