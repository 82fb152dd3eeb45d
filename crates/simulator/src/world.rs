//! The office: who exists, what they are called, and what they are doing at any moment.
//!
//! Pure: everything follows from an [`OfficeConfig`]. Days are made when they are asked about and a
//! few of them are kept per person, so an office of ten thousand over a year costs nothing until
//! someone looks. How the office is peopled is in `office.rs`, what a day holds in `workday.rs`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::further_queues;
use super::office;
use super::queue_change::{self, QueueChange};
use super::status::{Condition, Habits, TrueState};
use super::workday::{Change, Schedule, workday};
use super::zones::{ZoneEntry, local_date, time_zone};

/// How many days of each person are kept.
const DAYS_KEPT: usize = 3;

/// What an office is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficeConfig {
    /// The same seed gives the same office and the same days.
    pub seed: u64,
    /// How many extensions ever exist, people and others; at least 1.
    pub extensions: usize,
    /// The beginning of the period in which people join, leave, move and are renamed (UTC,
    /// milliseconds since the epoch). People work before and after it, too.
    pub start_ms: i64,
    /// The length of that period in days of 24 hours; at least 1.
    pub days: u32,
    /// The account's id, which is also that of the first extension; above 0 and below 2^53.
    pub account_id: i64,
}

impl Default for OfficeConfig {
    /// A work week from Monday, 2 November 2026, of twenty-five extensions.
    fn default() -> Self {
        Self {
            seed: 1,
            extensions: 25,
            start_ms: 1_793_577_600_000,
            days: 5,
            account_id: 37_439_510,
        }
    }
}

/// What names and groups an extension for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The extension number; unassigned extensions have none.
    pub number: Option<String>,
    /// The shown name; unassigned extensions have none.
    pub name: Option<String>,
    /// The department in the contact data.
    pub department: Option<&'static str>,
    /// The site, as an index into [`World::sites`].
    pub site: usize,
    /// The ids of the call queues whose calls the person takes.
    pub queues: Vec<i64>,
    /// `Enabled`, `Disabled`, `NotActivated` or `Unassigned`.
    pub status: &'static str,
}

/// One extension through all its life.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The id; ids rise in the order in which extensions were created.
    pub id: i64,
    /// The platform's word for the type, such as `User` or `IvrMenu`.
    pub kind: &'static str,
    /// The person's own time zone; `None` where none is set.
    pub zone: Option<ZoneEntry>,
    /// What in the presence record depends on the person's settings.
    pub habits: Habits,
    /// When the person works.
    pub schedule: Schedule,
    /// The first moment of existence; `None` if before the period.
    pub exists_from_ms: Option<i64>,
    /// The first moment of no longer existing; `None` if never.
    pub exists_until_ms: Option<i64>,
    /// When it was created.
    pub created_ms: i64,
    /// Profiles in order, each with the moment from which it holds; the first holds from ever.
    pub profiles: Vec<(i64, Profile)>,
}

impl Extension {
    /// Says whether the type is one that people have; the others only ever show `Offline`.
    pub fn is_person(&self) -> bool {
        matches!(
            self.kind,
            "User" | "DigitalUser" | "VirtualUser" | "FlexibleUser" | "Limited"
        )
    }

    /// Says whether it is a call queue.
    pub fn is_queue(&self) -> bool {
        self.kind == "Department"
    }

    /// Says whether it exists at a moment.
    pub fn exists_at(&self, at_ms: i64) -> bool {
        self.exists_from_ms.is_none_or(|from_ms| from_ms <= at_ms)
            && self.exists_until_ms.is_none_or(|until_ms| at_ms < until_ms)
    }

    /// Finds the profile of a moment, whether or not the extension exists then.
    pub fn profile_at(&self, at_ms: i64) -> &Profile {
        let later = self
            .profiles
            .iter()
            .skip(1)
            .take_while(|(from_ms, _)| *from_ms <= at_ms);
        &self.profiles[later.count()].1
    }

    /// Translates a condition into what the extension's presence record shows.
    pub fn shown(&self, condition: Condition) -> TrueState {
        if self.shows_states() {
            condition.shown(self.habits)
        } else {
            TrueState::NOT_A_PERSON
        }
    }

    /// Says whether someone uses it and so has a full presence record.
    fn shows_states(&self) -> bool {
        self.is_person() && matches!(self.profiles[0].1.status, "Enabled" | "NotActivated")
    }
}

/// A place of the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The id: `main-site`, or that of the site's extension.
    pub id: String,
    /// The name.
    pub name: &'static str,
    /// The code put before extension numbers; the main site has none.
    pub code: Option<&'static str>,
    /// The zone its clocks show.
    pub zone: ZoneEntry,
}

/// A person's latest days that were asked about, newest first.
type KeptDays = VecDeque<(Date, Arc<[Change]>)>;

/// An office and everything that happens in it.
pub struct World {
    config: OfficeConfig,
    sites: Vec<Site>,
    extensions: Vec<Extension>,
    by_id: HashMap<i64, usize>,
    zones: Vec<TimeZone>,
    kept: Vec<Mutex<KeptDays>>,
}

impl World {
    /// Peoples an office.
    pub fn new(config: OfficeConfig) -> Self {
        let (sites, extensions) = office::found(&config);
        Self::of(config, sites, extensions)
    }

    /// Puts a world together from who is in it; `extensions` are by rising id.
    fn of(config: OfficeConfig, sites: Vec<Site>, extensions: Vec<Extension>) -> Self {
        let by_id = extensions
            .iter()
            .enumerate()
            .map(|(index, one)| (one.id, index))
            .collect();
        let zones = extensions
            .iter()
            .map(|one| time_zone(one.zone.unwrap_or(sites[one.profiles[0].1.site].zone).name))
            .collect();
        let kept = extensions.iter().map(|_| Mutex::default()).collect();
        Self {
            config,
            sites,
            extensions,
            by_id,
            zones,
            kept,
        }
    }

    /// Makes everyone's days so much fuller (100: as they are), as far as there is time for more.
    #[must_use]
    pub fn with_changes_percent(mut self, percent: u16) -> Self {
        for extension in &mut self.extensions {
            let schedule = &mut extension.schedule;
            let changes = u32::from(schedule.changes_a_day) * u32::from(percent) / 100;
            schedule.changes_a_day = u16::try_from(changes).unwrap_or(u16::MAX);
        }
        self
    }

    /// Opens a further call queue for each number, with so many members, as far as the office has people who neither
    /// join nor leave; on top of the extensions of [`OfficeConfig`], and with higher ids than all of them.
    ///
    /// **Invariant:** everyone's presence stays what it is without them.
    #[must_use]
    pub fn with_further_queues(self, member_counts: &[usize]) -> Self {
        let Self {
            config,
            sites,
            mut extensions,
            ..
        } = self;
        further_queues::open(&config, &mut extensions, member_counts);
        Self::of(config, sites, extensions)
    }

    /// Lets things happen to queues and their members; changes of unknown queues and extensions are left out.
    ///
    /// **Invariant:** the presence of people stays what it is without them.
    #[must_use]
    pub fn with_queue_changes(mut self, changes: &[QueueChange]) -> Self {
        let mut changes: Vec<QueueChange> = changes.to_vec();
        changes.sort_by_key(|change| change.at_ms);
        for change in changes {
            queue_change::apply(&mut self.extensions, change);
        }
        self
    }

    /// Gives what the office was made from.
    pub fn config(&self) -> &OfficeConfig {
        &self.config
    }

    /// Lists the sites, the main one first.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Lists everyone who ever exists, by rising id.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Finds an extension by id, whenever it exists.
    pub fn find(&self, id: i64) -> Option<&Extension> {
        self.by_id.get(&id).map(|index| &self.extensions[*index])
    }

    /// Lists those who exist at a moment, by rising id.
    pub fn existing_at(&self, at_ms: i64) -> impl Iterator<Item = &Extension> {
        self.extensions
            .iter()
            .filter(move |one| one.exists_at(at_ms))
    }

    /// Finds what a presence record of an extension shows at a moment; `None` if it does not exist.
    pub fn state_at(&self, id: i64, at_ms: i64) -> Option<TrueState> {
        let index = *self.by_id.get(&id)?;
        let extension = &self.extensions[index];
        if !extension.exists_at(at_ms) {
            return None;
        }
        Some(extension.shown(self.condition_at(index, at_ms).1))
    }

    /// Finds what a person is doing at a moment, and since when, as far as known from two days.
    pub(super) fn condition_of(&self, id: i64, at_ms: i64) -> Option<(Option<i64>, Condition)> {
        self.by_id
            .get(&id)
            .map(|index| self.condition_at(*index, at_ms))
    }

    /// Lists the changes of a person from the last one at or before `from_ms` to before `until_ms`.
    ///
    /// What holds before the first change listed is [`Condition::AWAY`]. Days are made again and not
    /// kept, so that a walk through a year needs no more memory than its answer.
    pub fn changes(&self, id: i64, from_ms: i64, until_ms: i64) -> Vec<Change> {
        let Some(&index) = self.by_id.get(&id) else {
            return Vec::new();
        };
        let zone = &self.zones[index];
        let last = local_date(until_ms, zone);
        let mut date = local_date(from_ms, zone).yesterday().unwrap_or(last);
        let mut found: Vec<Change> = Vec::new();
        while date <= last {
            found.extend(self.make_day(index, date));
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        let after = found.partition_point(|change| change.at_ms <= from_ms);
        found.drain(..after.saturating_sub(1));
        found.truncate(found.partition_point(|change| change.at_ms < until_ms));
        found
    }

    /// Gives the zone of an extension's clocks.
    pub(super) fn zone_of(&self, id: i64) -> Option<&TimeZone> {
        self.by_id.get(&id).map(|index| &self.zones[*index])
    }

    /// Gives the shift of an extension that begins on a local date, and keeps it for the next who asks.
    pub(super) fn shift(&self, id: i64, date: Date) -> Arc<[Change]> {
        self.by_id
            .get(&id)
            .map_or_else(|| Arc::from([]), |index| self.day(*index, date))
    }

    /// Gives the same as [`World::shift`], without keeping it: for walks through many days.
    pub(super) fn shift_once(&self, id: i64, date: Date) -> Vec<Change> {
        self.by_id
            .get(&id)
            .map_or_else(Vec::new, |index| self.make_day(*index, date))
    }

    fn condition_at(&self, index: usize, at_ms: i64) -> (Option<i64>, Condition) {
        let today = local_date(at_ms, &self.zones[index]);
        let yesterday = today.yesterday().unwrap_or(today);
        [today, yesterday]
            .into_iter()
            .find_map(|date| {
                let day = self.day(index, date);
                let after = day.partition_point(|change| change.at_ms <= at_ms);
                after
                    .checked_sub(1)
                    .map(|last| (Some(day[last].at_ms), day[last].condition))
            })
            .unwrap_or((None, Condition::AWAY))
    }

    fn day(&self, index: usize, date: Date) -> Arc<[Change]> {
        let mut kept = self.kept[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, day)) = kept.iter().find(|(known, _)| *known == date) {
            return Arc::clone(day);
        }
        let day: Arc<[Change]> = self.make_day(index, date).into();
        kept.truncate(DAYS_KEPT - 1);
        kept.push_front((date, Arc::clone(&day)));
        day
    }

    fn make_day(&self, index: usize, date: Date) -> Vec<Change> {
        let one = &self.extensions[index];
        workday(
            self.config.seed,
            one.id,
            &one.schedule,
            date,
            &self.zones[index],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Chosen;

    const HOUR_MS: i64 = 3_600_000;

    fn office(seed: u64, extensions: usize) -> World {
        World::new(OfficeConfig {
            seed,
            extensions,
            ..OfficeConfig::default()
        })
    }

    #[test]
    fn the_same_seed_gives_the_same_office_whatever_was_asked_before() {
        let (one, other) = (office(3, 40), office(3, 40));
        let start = one.config().start_ms;
        for hour in (0..120).rev() {
            for extension in one.extensions() {
                one.state_at(extension.id, start + hour * HOUR_MS);
            }
        }
        for extension in one.extensions() {
            let at = start + 40 * HOUR_MS;
            assert_eq!(
                one.state_at(extension.id, at),
                other.state_at(extension.id, at)
            );
            assert_eq!(
                extension.profiles,
                other.find(extension.id).expect("same").profiles
            );
        }
        let differs = office(4, 40);
        assert!(
            one.extensions()
                .iter()
                .zip(differs.extensions())
                .any(|(a, b)| a.id != b.id)
        );
    }

    #[test]
    fn the_state_of_a_moment_agrees_with_the_list_of_changes() {
        let world = office(5, 30);
        let start = world.config().start_ms;
        for extension in world.extensions() {
            let changes = world.changes(extension.id, start, start + 72 * HOUR_MS);
            assert!(changes.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms));
            for change in changes.iter().filter(|change| change.at_ms >= start) {
                let (since, condition) = world
                    .condition_of(extension.id, change.at_ms)
                    .expect("known");
                assert_eq!((since, condition), (Some(change.at_ms), change.condition));
                let before = world
                    .condition_of(extension.id, change.at_ms - 1)
                    .expect("known")
                    .1;
                assert!(before != change.condition || extension.habits.hides_presence);
            }
        }
    }

    #[test]
    fn an_office_of_any_size_can_be_founded() {
        for extensions in [0, 1, 2, 5, 9, 10, 24, 25, 60, 200] {
            let world = office(9, extensions);
            assert_eq!(world.extensions().len(), extensions.max(1));
            let ids: Vec<i64> = world.extensions().iter().map(|one| one.id).collect();
            assert!(ids.is_sorted_by(|a, b| a < b));
            assert_eq!(ids[0], world.config().account_id);
        }
    }

    #[test]
    fn someone_works_at_night() {
        let world = office(1, 25);
        let night = world
            .extensions()
            .iter()
            .find(|one| one.schedule.start_minute == 22 * 60);
        let night = night.expect("an office of this size has a night shift");
        let index = world.by_id[&night.id];
        let midnight =
            super::super::zones::moment(jiff::civil::date(2026, 11, 4), 30, &world.zones[index]);
        let (_, condition) = world.condition_at(index, midnight.expect("in range"));
        assert_ne!(condition.chosen, Chosen::Offline);
    }
}
