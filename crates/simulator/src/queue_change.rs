//! What can happen to queues in the course of time: members come and go, queues open and close.
//!
//! Pure. A change is part of the office, so the truth knows of it; what is set through the platform is not, see
//! `queue_overrides.rs`.

use super::world::Extension;

/// Something that happens to a queue at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueChange {
    /// The moment (UTC, milliseconds since the epoch); the change holds from this millisecond on.
    pub at_ms: i64,
    /// The queue's id.
    pub queue: i64,
    /// What happens.
    pub event: QueueEvent,
}

/// What happens to a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueEvent {
    /// This extension becomes a member.
    Added(i64),
    /// This extension is no longer a member.
    Removed(i64),
    /// The queue begins to exist.
    Opened,
    /// The queue ceases to exist; who was a member keeps it in the profile, and no one sees it there.
    Closed,
}

/// Works one change into the extensions, which are by rising id.
pub(super) fn apply(extensions: &mut [Extension], change: QueueChange) {
    let position = |id: i64| extensions.binary_search_by_key(&id, |one| one.id).ok();
    let Some(queue) = position(change.queue).filter(|index| extensions[*index].is_queue()) else {
        return;
    };
    match change.event {
        QueueEvent::Opened => extensions[queue].exists_from_ms = Some(change.at_ms),
        QueueEvent::Closed => extensions[queue].exists_until_ms = Some(change.at_ms),
        QueueEvent::Added(member) | QueueEvent::Removed(member) => {
            if let Some(index) = position(member) {
                change_membership(&mut extensions[index], change);
            }
        }
    }
}

/// Writes a membership into all profiles from a moment on; a further profile begins where none does.
fn change_membership(person: &mut Extension, change: QueueChange) {
    let profiles = &mut person.profiles;
    let mut first = profiles.partition_point(|(from_ms, _)| *from_ms < change.at_ms);
    let begins = profiles
        .get(first)
        .is_some_and(|(from_ms, _)| *from_ms == change.at_ms);
    if !begins {
        // The first profile holds from ever, so that there is one before.
        first = first.max(1);
        let before = profiles[first - 1].1.clone();
        profiles.insert(first, (change.at_ms, before));
    }
    for (_, profile) in &mut profiles[first..] {
        profile.queues.retain(|id| *id != change.queue);
        if matches!(change.event, QueueEvent::Added(_)) {
            profile.queues.push(change.queue);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{OfficeConfig, World};
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn office() -> World {
        World::new(OfficeConfig {
            extensions: 60,
            ..OfficeConfig::default()
        })
    }

    /// Someone with two profiles who is not in the queue, and a queue.
    fn stranger(world: &World) -> (i64, i64) {
        let queue = world.extensions().iter().find(|one| one.is_queue());
        let queue = queue.expect("an office of this size has a queue").id;
        let is_stranger = |one: &&Extension| {
            one.profiles.len() == 2
                && one
                    .profiles
                    .iter()
                    .all(|(_, profile)| !profile.queues.contains(&queue))
        };
        let person = world.extensions().iter().find(is_stranger);
        (queue, person.expect("someone moves or is renamed").id)
    }

    #[test]
    fn a_member_belongs_from_the_moment_of_being_added_until_that_of_being_removed() {
        let (queue, person) = stranger(&office());
        let start_ms = office().config().start_ms;
        let change = |hours: i64, event| QueueChange {
            at_ms: start_ms + hours * HOUR_MS,
            queue,
            event,
        };
        // In any order: they are sorted by time.
        let changes = [
            change(90, QueueEvent::Removed(person)),
            change(10, QueueEvent::Added(person)),
        ];
        let world = office().with_queue_changes(&changes);
        let person = world.find(person).expect("known");
        let belongs = |at_ms: i64| person.profile_at(at_ms).queues.contains(&queue);
        let (from_ms, until_ms) = (start_ms + 10 * HOUR_MS, start_ms + 90 * HOUR_MS);
        assert!(!belongs(from_ms - 1) && belongs(from_ms));
        assert!(belongs(until_ms - 1) && !belongs(until_ms));
        assert!(person.profiles.is_sorted_by(|a, b| a.0 < b.0));
        let plain = office();
        for hour in 0..120 {
            let at_ms = start_ms + hour * HOUR_MS;
            let before = plain.find(person.id).expect("known").profile_at(at_ms);
            assert_eq!(before.name, person.profile_at(at_ms).name);
            assert_eq!(
                plain.state_at(person.id, at_ms),
                world.state_at(person.id, at_ms)
            );
        }
    }

    #[test]
    fn queues_open_and_close_and_nonsense_is_left_out() {
        let (queue, person) = stranger(&office());
        let at_ms = office().config().start_ms + HOUR_MS;
        let change = |queue, at_ms, event| QueueChange {
            at_ms,
            queue,
            event,
        };
        let world = office().with_queue_changes(&[
            change(queue, at_ms, QueueEvent::Opened),
            change(queue, at_ms + 5, QueueEvent::Closed),
            change(queue, at_ms, QueueEvent::Added(1)),
            change(1, at_ms, QueueEvent::Closed),
            change(person, at_ms, QueueEvent::Closed),
        ]);
        let queue = world.find(queue).expect("known");
        let there = [at_ms - 1, at_ms, at_ms + 4, at_ms + 5].map(|at_ms| queue.exists_at(at_ms));
        assert_eq!(there, [false, true, true, false]);
        assert!(world.find(person).expect("known").exists_at(at_ms + 10));
    }
}
