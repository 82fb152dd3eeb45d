//! The team that works round the clock: so that someone is at work at any hour of any day.
//!
//! Pure, and without chance.

use super::status::Habits;
use super::workday::Schedule;
use super::world::Extension;
use super::zones::ZONES;

/// An office of so many extensions has a team that works round the clock,
pub(super) const OFFICE_MIN: usize = 30;
/// of so many people: three in each of three shifts.
pub(super) const TEAM: usize = 9;
/// When the shifts begin, in minutes of the local day.
const SHIFT_STARTS: [u16; 3] = [6 * 60, 14 * 60, 22 * 60];
/// How long a shift is, in minutes: it overlaps with the next one even in the night that has 25 hours.
const SHIFT_MINUTES: u16 = 9 * 60 + 30;
/// On which two days of the week, Monday first, each of a shift's three people is off: two are there on any day.
const DAYS_OFF: [[usize; 2]; 3] = [[0, 1], [2, 3], [4, 5]];

/// Makes people a team of the support department that is never without anyone at work.
pub(super) fn work_in_shifts(extensions: &mut [Extension], team: &[usize], queues: &[(i64, &str)]) {
    let queue = queues.iter().find(|(_, whose)| *whose == "Support");
    for (member, index) in team.iter().enumerate() {
        let mut weekdays = [true; 7];
        for day in DAYS_OFF[member / SHIFT_STARTS.len() % DAYS_OFF.len()] {
            weekdays[day] = false;
        }
        let person = &mut extensions[*index];
        person.zone = Some(ZONES[0]);
        person.habits = Habits::default();
        person.schedule = Schedule {
            weekdays,
            start_minute: SHIFT_STARTS[member % SHIFT_STARTS.len()],
            length_minutes: SHIFT_MINUTES,
            changes_a_day: 16,
            in_queue: false,
            contact_centre: false,
            meets: false,
            writes_notes: false,
            is_relied_on: true,
        };
        let profile = &mut person.profiles[0].1;
        profile.site = 0;
        profile.department = Some("Support");
        profile.queues = queue.iter().map(|(id, _)| *id).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::super::status::{Chosen, Line, Refusal};
    use super::super::world::{OfficeConfig, World};

    const QUARTER_MS: i64 = 15 * 60_000;
    const YEAR_QUARTERS: i64 = 366 * 24 * 4;

    #[test]
    fn someone_is_at_work_at_any_quarter_of_an_hour_of_a_year_and_nearly_always_free() {
        let world = World::new(OfficeConfig {
            extensions: 60,
            ..OfficeConfig::default()
        });
        let start_ms = world.config().start_ms;
        let team = world.extensions().iter();
        let team: Vec<i64> = team
            .filter(|one| one.schedule.is_relied_on)
            .map(|one| one.id)
            .collect();
        assert_eq!(team.len(), super::TEAM);
        let mut free_count = 0;
        for quarter in 0..YEAR_QUARTERS {
            let at_ms = start_ms + quarter * QUARTER_MS;
            let conditions = team.iter().filter_map(|id| world.condition_of(*id, at_ms));
            let there = conditions.filter(|(_, one)| one.chosen != Chosen::Offline);
            let there: Vec<_> = there.map(|(_, one)| one).collect();
            assert!(!there.is_empty(), "nobody at {at_ms}");
            let is_free = there.iter().any(|one| {
                one.chosen == Chosen::Available
                    && one.line == Line::Idle
                    && one.refuses == Refusal::Nothing
            });
            free_count += i64::from(is_free);
        }
        assert!(free_count * 100 >= YEAR_QUARTERS * 97, "{free_count}");
    }
}
