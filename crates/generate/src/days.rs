//! What the office's people do, in the order of time.
//!
//! Pure: days are made when they are asked for, a UTC day of everyone at a time, and let go when they are told.

use presence_simulator::World;
use presence_simulator::status::Condition;

use super::DAY_MS;

/// Someone is in another condition from a moment on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doing {
    /// The moment (UTC, milliseconds since the epoch).
    pub(super) at_ms: i64,
    /// Who, as an index into [`World::extensions`].
    pub(super) person: usize,
    /// What holds from then on.
    pub(super) condition: Condition,
}

/// Everyone's changes, one after another.
#[derive(Debug)]
pub(super) struct Days {
    /// The changes that are made but not told, from `next` on.
    made: Vec<Doing>,
    next: usize,
    /// Everything before this moment is made.
    made_until_ms: i64,
}

impl Days {
    /// The changes from `start_ms` on, that moment's included.
    pub(super) fn from(start_ms: i64) -> Self {
        Self {
            made: Vec::new(),
            next: 0,
            made_until_ms: start_ms,
        }
    }

    /// The next change, if it comes at or before `until_ms`.
    pub(super) fn next(&mut self, world: &World, until_ms: i64) -> Option<Doing> {
        while self.next == self.made.len() && self.made_until_ms <= until_ms {
            self.make(world);
        }
        let next = self
            .made
            .get(self.next)
            .filter(|one| one.at_ms <= until_ms)?;
        self.next += 1;
        Some(*next)
    }

    fn make(&mut self, world: &World) {
        let from_ms = self.made_until_ms;
        self.made_until_ms += DAY_MS;
        self.made.clear();
        self.next = 0;
        for (person, extension) in world.extensions().iter().enumerate() {
            if !extension.schedule.weekdays.contains(&true) {
                continue;
            }
            let changes = world.changes(extension.id, from_ms, self.made_until_ms);
            let within = changes.into_iter().filter(|change| change.at_ms >= from_ms);
            self.made.extend(within.map(|change| Doing {
                at_ms: change.at_ms,
                person,
                condition: change.condition,
            }));
        }
        self.made.sort_by_key(|doing| (doing.at_ms, doing.person));
    }
}
