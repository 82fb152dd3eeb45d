//! Call queues on top of those that an office has by its size: many, or large ones.
//!
//! Pure, with a generator of its own for each queue: who takes the calls of one does not depend on the others.

use rand::seq::SliceRandom;

use super::rng::{Purpose, between, rng};
use super::status::Habits;
use super::workday::Schedule;
use super::world::{Extension, OfficeConfig, Profile};

const DAY_MS: i64 = 86_400_000;

/// How far apart the ids of the queues are.
const ID_STEP: i64 = 4;

/// Appends a queue for each number of members, and makes so many people its members.
pub(super) fn open(
    config: &OfficeConfig,
    extensions: &mut Vec<Extension>,
    member_counts: &[usize],
) {
    let people: Vec<usize> = (0..extensions.len())
        .filter(|index| stays(&extensions[*index]))
        .collect();
    for (order, member_count) in member_counts.iter().enumerate() {
        let number = 101 + extensions.len();
        let newest = extensions.last().map_or(config.account_id, |one| one.id);
        let mut rng = rng(config.seed, Purpose::FurtherQueues, order as u64, 0);
        let mut members = people.clone();
        members.shuffle(&mut rng);
        let id = newest.saturating_add(ID_STEP);
        for index in members.into_iter().take(*member_count) {
            for (_, profile) in &mut extensions[index].profiles {
                profile.queues.push(id);
            }
        }
        let created_ms = config.start_ms - between(&mut rng, DAY_MS, 30 * DAY_MS);
        extensions.push(queue(id, order, number, created_ms));
    }
}

/// Says whether someone works with the extension before, during and after the office's period.
fn stays(one: &Extension) -> bool {
    let works = one.is_person() && one.schedule != Schedule::NEVER;
    works && one.exists_from_ms.is_none() && one.exists_until_ms.is_none()
}

fn queue(id: i64, order: usize, number: usize, created_ms: i64) -> Extension {
    let profile = Profile {
        number: Some(number.to_string()),
        name: Some(format!("Team Queue {}", order + 1)),
        department: None,
        site: 0,
        queues: Vec::new(),
        status: "Enabled",
    };
    Extension {
        id,
        kind: "Department",
        zone: None,
        habits: Habits::default(),
        schedule: Schedule::NEVER,
        exists_from_ms: None,
        exists_until_ms: None,
        created_ms,
        profiles: vec![(i64::MIN, profile)],
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn office(extensions: usize) -> World {
        World::new(OfficeConfig {
            extensions,
            ..OfficeConfig::default()
        })
    }

    fn counts(world: &World) -> Vec<usize> {
        let at_ms = world.config().start_ms;
        let further = world.extensions().iter().filter(|one| {
            let name = one.profile_at(at_ms).name.as_deref();
            name.is_some_and(|name| name.starts_with("Team Queue"))
        });
        let members = |id: i64| {
            let everyone = world.existing_at(at_ms);
            everyone
                .filter(|one| one.profile_at(at_ms).queues.contains(&id))
                .count()
        };
        further.map(|queue| members(queue.id)).collect()
    }

    #[test]
    fn one_queue_of_two_hundred_and_sixty_of_ten_have_exactly_so_many_members() {
        let mut wanted = vec![200];
        wanted.extend([10; 60]);
        let world = office(400).with_further_queues(&wanted);
        assert_eq!(counts(&world), wanted);
        let ids: Vec<i64> = world.extensions().iter().map(|one| one.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert_eq!(ids.len(), 461);
    }

    #[test]
    fn a_queue_has_at_most_those_who_are_there_all_the_time() {
        let counts = counts(&office(25).with_further_queues(&[1_000, 0]));
        assert!((5..25).contains(&counts[0]), "{counts:?}");
        assert_eq!(counts[1], 0);
    }

    #[test]
    fn further_queues_change_nobodys_presence_and_no_other_profile() {
        let (plain, larger) = (office(60), office(60).with_further_queues(&[20, 5]));
        let start_ms = plain.config().start_ms;
        for one in plain.extensions() {
            let same = larger.find(one.id).expect("it is there, too");
            for hour in 0..60 {
                let at_ms = start_ms + hour * HOUR_MS;
                assert_eq!(
                    plain.state_at(one.id, at_ms),
                    larger.state_at(one.id, at_ms)
                );
            }
            for ((from_ms, before), (from_too_ms, after)) in one.profiles.iter().zip(&same.profiles)
            {
                assert_eq!(from_ms, from_too_ms);
                assert_eq!((&before.name, &before.number), (&after.name, &after.number));
                assert!(after.queues.starts_with(&before.queues));
            }
        }
    }
}
