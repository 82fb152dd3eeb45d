//! Who works in the office: roles, sites, departments, queues, and what happens to them.
//!
//! Pure. Extensions are named after departments and colours (`Support Green`), never after people. An office of thirty or
//! more has a team that works round the clock, so that someone is there at any hour of any day.

use jiff::tz::TimeZone;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::names;
use super::rng::{Purpose, between, one_in, rng};
use super::rota;
use super::status::Habits;
use super::workday::Schedule;
use super::world::{Extension, OfficeConfig, Profile, Site};
use super::zones::{ZONES, ZoneEntry, local_date, moment, time_zone};

const DAY_MS: i64 = 86_400_000;

/// The queues, each with the department whose people take its calls.
const QUEUES: [(&str, &str); 4] = [
    ("Support Queue", "Support"),
    ("Sales Queue", "Sales"),
    ("Billing Queue", "Finance"),
    ("Front Desk Queue", "Operations"),
];

/// Departments, each as often as its share of people in twenty.
const DEPARTMENTS: [(&str, u32); 5] = [
    ("Support", 6),
    ("Sales", 5),
    ("Engineering", 4),
    ("Operations", 3),
    ("Finance", 2),
];

/// Extensions that are not people and not queues, in the order in which a growing office gets them.
const SERVICES: [(&str, &str); 6] = [
    ("IvrMenu", "Main Menu"),
    ("Announcement", "Closing Announcement"),
    ("ParkLocation", "Park Location"),
    ("FaxUser", "Fax"),
    ("Voicemail", "Message Box"),
    ("PagingOnly", "Paging"),
];

/// What an extension is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// A person, with the platform's word for the type.
    Person(&'static str),
    /// A person's extension that no one works with, with its status.
    Idle(&'static str),
    /// A call queue, as an index into [`QUEUES`].
    Queue(usize),
    /// A site's own extension, as an index into the sites.
    Branch(usize),
    /// Something else, as an index into [`SERVICES`].
    Service(usize),
}

/// Founds the office: its sites and everyone in it, by rising id.
pub(super) fn found(config: &OfficeConfig) -> (Vec<Site>, Vec<Extension>) {
    let mut rng = rng(config.seed, Purpose::Office, 0, 0);
    let count = config.extensions.max(1);
    let joiners = tiers(count, &[10, 25, 60]) + turnover(config, count);
    let roles = roles(&mut rng, count, joiners);
    let ids = ids(&mut rng, config, count, joiners);
    let sites = sites(&roles, &ids);
    let queues: Vec<(i64, &str)> = roles
        .iter()
        .zip(&ids)
        .filter_map(|(role, id)| match role {
            Role::Queue(index) => Some((*id, QUEUES[*index].1)),
            _ => None,
        })
        .collect();
    let mut extensions: Vec<Extension> = roles
        .iter()
        .zip(&ids)
        .enumerate()
        .map(|(index, (role, id))| {
            Maker {
                rng: &mut rng,
                config,
                sites: &sites,
                queues: &queues,
            }
            .make(index, *role, *id)
        })
        .collect();
    settle(&mut rng, config, &mut extensions, &queues, joiners);
    (sites, extensions)
}

/// Counts who joins, and who leaves, in a large office beyond the few that every office has: one in ten a year.
fn turnover(config: &OfficeConfig, count: usize) -> usize {
    if count < 200 {
        return 0;
    }
    let days = usize::try_from(config.days).unwrap_or(usize::MAX);
    (count / 10).saturating_mul(days.min(365)) / 365
}

/// Counts how many of the rising thresholds are reached.
fn tiers(count: usize, thresholds: &[usize]) -> usize {
    thresholds
        .iter()
        .filter(|threshold| **threshold <= count)
        .count()
}

/// Decides who is what. The first is the administrator, the last `joiners` are people.
fn roles(rng: &mut ChaCha8Rng, count: usize, joiners: usize) -> Vec<Role> {
    let mut roles: Vec<Role> = (0..tiers(count, &[5, 12, 40, 80]))
        .map(Role::Queue)
        .collect();
    if count >= 30 {
        roles.extend([Role::Branch(1), Role::Branch(2)]);
    }
    let tenth = (count / 10).saturating_sub(roles.len());
    let others = tenth.max(tiers(count, &[8, 24, 32, 40]));
    roles.extend((0..others).map(|index| Role::Service(index % SERVICES.len())));
    if count >= 15 {
        roles.extend((0..=count / 100).map(|_| Role::Idle("Unassigned")));
        roles.extend([Role::Idle("Disabled"), Role::Idle("NotActivated")]);
        roles.extend((0..=count / 40).map(|_| Role::Person("DigitalUser")));
        roles.push(Role::Person("VirtualUser"));
    }
    if count >= 20 {
        roles.push(Role::Person("Limited"));
    }
    let settled = count - joiners - 1;
    roles.resize(settled, Role::Person("User"));
    roles.shuffle(rng);
    roles.insert(0, Role::Person("User"));
    roles.resize(count, Role::Person("User"));
    roles
}

/// Gives out ids: the account's to the first, then rising with gaps.
///
/// The newest is above 2^53, where numbers that went through a `double` lose their last digits.
fn ids(rng: &mut ChaCha8Rng, config: &OfficeConfig, count: usize, joiners: usize) -> Vec<i64> {
    let mut next = config.account_id.max(297_277_020);
    let mut ids = vec![config.account_id];
    for index in 1..count {
        next += between(rng, 1, 40) * 4;
        if joiners > 0 && index == count - 1 {
            next = next.max((1 << 53) + 1 + 2 * between(rng, 0, 1_000));
        }
        ids.push(next);
    }
    ids
}

fn sites(roles: &[Role], ids: &[i64]) -> Vec<Site> {
    let branch = |index: usize, name, code, zone| {
        let own = roles.iter().position(|role| *role == Role::Branch(index));
        let invented = 872_781_797_006 + 4 * i64::try_from(index).unwrap_or(0);
        let id = own.map_or(invented, |position| ids[position]).to_string();
        Site {
            id,
            name,
            code: Some(code),
            zone,
        }
    };
    let main = Site {
        id: "main-site".into(),
        name: "Main Site",
        code: None,
        zone: ZONES[0],
    };
    let mut sites = vec![main, branch(1, "East Branch", "20", ZONES[1])];
    if roles.len() >= 15 {
        sites.push(branch(2, "Central Europe Branch", "30", ZONES[2]));
    }
    sites
}

/// Makes single extensions.
struct Maker<'a> {
    rng: &'a mut ChaCha8Rng,
    config: &'a OfficeConfig,
    sites: &'a [Site],
    queues: &'a [(i64, &'static str)],
}

impl Maker<'_> {
    fn make(&mut self, index: usize, role: Role, id: i64) -> Extension {
        let number = (101 + index).to_string();
        let age_days = between(self.rng, 30, 1_400);
        let created_ms = self.config.start_ms - age_days * DAY_MS - between(self.rng, 0, DAY_MS);
        let profile = |name: String, status| Profile {
            name: Some(name),
            number: Some(number.clone()),
            department: None,
            site: 0,
            queues: Vec::new(),
            status,
        };
        let bare = |kind, profile| Extension {
            id,
            kind,
            zone: None,
            habits: Habits::default(),
            schedule: Schedule::NEVER,
            exists_from_ms: None,
            exists_until_ms: None,
            created_ms,
            profiles: vec![(i64::MIN, profile)],
        };
        match role {
            Role::Queue(queue) => bare("Department", profile(QUEUES[queue].0.into(), "Enabled")),
            Role::Branch(site) => {
                let name = self.sites.get(site).map_or("Branch", |site| site.name);
                bare("Site", profile(name.into(), "Enabled"))
            }
            Role::Service(service) => {
                let (kind, name) = SERVICES[service];
                bare(kind, profile(format!("{name} {number}"), "Enabled"))
            }
            Role::Idle("Unassigned") => {
                let nobody = Profile {
                    name: None,
                    number: None,
                    ..profile(String::new(), "Unassigned")
                };
                bare("User", nobody)
            }
            Role::Idle(status) => bare("User", profile(format!("Spare phone {number}"), status)),
            Role::Person(kind) => {
                let person = bare(kind, profile(String::new(), "Enabled"));
                self.employ(person, index)
            }
        }
    }

    /// Gives a person a site, a department, queues, a zone, habits and working hours.
    fn employ(&mut self, mut person: Extension, index: usize) -> Extension {
        let administrator = index == 0;
        let site = if administrator {
            0
        } else {
            self.rng.random_range(0..self.sites.len())
        };
        let department = if administrator {
            Some("Operations")
        } else {
            self.department()
        };
        let queues = self.memberships(department);
        person.zone = self.own_zone(site, administrator);
        person.habits = Habits {
            hides_presence: false,
            new_call_handling: one_in(self.rng, 8),
            contact_centre: department == Some("Support") && one_in(self.rng, 3),
            picks_up_held_calls: one_in(self.rng, 6),
            caller_id_visibility: ["All", "PermittedUsers", "None"]
                .choose(self.rng)
                .copied()
                .filter(|_| one_in(self.rng, 3)),
        };
        let telephones = matches!(department, Some("Support" | "Sales"));
        person.schedule = Schedule {
            weekdays: [true, true, true, true, true, false, false],
            start_minute: u16::try_from(between(self.rng, 31, 38) * 15).unwrap_or(480),
            length_minutes: u16::try_from(between(self.rng, 33, 37) * 15).unwrap_or(510),
            changes_a_day: if telephones { 43 } else { 32 },
            in_queue: !queues.is_empty(),
            contact_centre: person.habits.contact_centre,
            meets: !matches!(person.kind, "Limited" | "VirtualUser"),
            writes_notes: one_in(self.rng, 3),
            is_relied_on: false,
        };
        if one_in(self.rng, 8) {
            self.shorten(&mut person.schedule);
        }
        let profile = &mut person.profiles[0].1;
        profile.site = site;
        profile.department = department;
        profile.queues = queues;
        person
    }

    /// Makes part-time hours: mornings, or three days of the week.
    fn shorten(&mut self, schedule: &mut Schedule) {
        if one_in(self.rng, 2) {
            schedule.length_minutes = 5 * 60;
            schedule.changes_a_day = 25;
        } else {
            schedule.weekdays[1] = false;
            schedule.weekdays[3] = false;
        }
    }

    fn department(&mut self) -> Option<&'static str> {
        let drawn = self.rng.random_range(0..21);
        let mut bound = 0;
        DEPARTMENTS.iter().find_map(|(name, share)| {
            bound += share;
            (drawn < bound).then_some(*name)
        })
    }

    fn memberships(&mut self, department: Option<&str>) -> Vec<i64> {
        let mut mine = Vec::new();
        for (id, whose) in self.queues {
            let odds = if department == Some(whose) {
                (4, 5)
            } else {
                (1, 14)
            };
            if self.rng.random_range(0..odds.1) < odds.0 {
                mine.push(*id);
            }
        }
        mine.truncate(2);
        mine
    }

    fn own_zone(&mut self, site: usize, administrator: bool) -> Option<ZoneEntry> {
        match self.rng.random_range(0..20) {
            _ if administrator => Some(ZONES[0]),
            0..2 => None,
            2..4 => ZONES[3..].choose(self.rng).copied(),
            _ => Some(self.sites[site].zone),
        }
    }
}

/// Lets things happen to people: hidden and night-working ones, joiners, leavers, moves, new names.
fn settle(
    rng: &mut ChaCha8Rng,
    config: &OfficeConfig,
    extensions: &mut [Extension],
    queues: &[(i64, &'static str)],
    joiners: usize,
) {
    let count = extensions.len();
    let zone = time_zone(ZONES[0].name);
    let mut moments: Vec<i64> = (0..joiners)
        .map(|_| happening(rng, config, &zone))
        .collect();
    moments.sort_unstable();
    for (joiner, at_ms) in extensions[count - joiners..].iter_mut().zip(moments) {
        joiner.exists_from_ms = Some(at_ms);
        joiner.created_ms = at_ms;
    }
    let mut ordinary: Vec<usize> = (1..count - joiners)
        .filter(|index| extensions[*index].kind == "User")
        .collect();
    ordinary.retain(|index| extensions[*index].schedule != Schedule::NEVER);
    ordinary.shuffle(rng);
    if count >= rota::OFFICE_MIN {
        let team = ordinary.split_off(ordinary.len().saturating_sub(rota::TEAM));
        rota::work_in_shifts(extensions, &team, queues);
    }
    names::give(extensions);
    let mut next = ordinary.into_iter();
    let mut pick = |wanted: usize| next.by_ref().take(wanted).collect::<Vec<usize>>();
    for index in pick(tiers(count, &[10]) + count / 40) {
        extensions[index].habits.hides_presence = true;
    }
    for index in pick(tiers(count, &[10])) {
        let schedule = &mut extensions[index].schedule;
        (schedule.start_minute, schedule.length_minutes) = (22 * 60, 8 * 60);
        schedule.weekdays = [true, true, true, true, true, false, false];
    }
    for index in pick(tiers(count, &[10, 40]) + turnover(config, count)) {
        extensions[index].exists_until_ms = Some(happening(rng, config, &zone));
    }
    for index in pick(tiers(count, &[10])) {
        amend(rng, config, &zone, &mut extensions[index], |profile| {
            profile.department = Some(if profile.department == Some("Sales") {
                "Support"
            } else {
                "Sales"
            });
        });
    }
    for index in pick(tiers(count, &[12])) {
        amend(rng, config, &zone, &mut extensions[index], |profile| {
            profile.name = profile.name.take().map(|name| format!("{name} (moved)"));
        });
    }
    for index in pick(tiers(count, &[16])) {
        amend(rng, config, &zone, &mut extensions[index], |profile| {
            let left = profile.queues.pop();
            profile.queues.extend(
                queues
                    .iter()
                    .map(|queue| queue.0)
                    .find(|id| Some(*id) != left),
            );
            profile.queues.dedup();
        });
    }
}

/// Gives a person a further profile from some moment of the period on.
fn amend(
    rng: &mut ChaCha8Rng,
    config: &OfficeConfig,
    zone: &TimeZone,
    person: &mut Extension,
    change: impl FnOnce(&mut Profile),
) {
    let mut profile = person.profiles[0].1.clone();
    change(&mut profile);
    person
        .profiles
        .push((happening(rng, config, zone), profile));
}

/// Draws a moment in the middle of the period, in office hours of the main site where possible.
fn happening(rng: &mut ChaCha8Rng, config: &OfficeConfig, zone: &TimeZone) -> i64 {
    let period_ms = i64::from(config.days.max(1)) * DAY_MS;
    let some_ms = config.start_ms + between(rng, period_ms / 5, period_ms * 4 / 5);
    let minute = u16::try_from(between(rng, 9 * 60, 16 * 60)).unwrap_or(600);
    let office = moment(local_date(some_ms, zone), minute, zone).unwrap_or(some_ms)
        + between(rng, 0, 59_999);
    let inside = config.start_ms + 1..config.start_ms + period_ms;
    if inside.contains(&office) {
        office
    } else {
        some_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(extensions: usize) -> Vec<Extension> {
        found(&OfficeConfig {
            extensions,
            seed: 11,
            ..OfficeConfig::default()
        })
        .1
    }

    #[test]
    fn a_small_office_has_one_of_everything() {
        let office = office(25);
        let has = |kind: &str| office.iter().any(|one| one.kind == kind);
        for kind in [
            "User",
            "Department",
            "IvrMenu",
            "DigitalUser",
            "VirtualUser",
            "Limited",
        ] {
            assert!(has(kind), "{kind}");
        }
        let status = |status: &str| office.iter().any(|one| one.profiles[0].1.status == status);
        assert!(status("Unassigned") && status("Disabled") && status("NotActivated"));
        assert!(office.iter().any(|one| one.habits.hides_presence));
        assert_eq!(
            office
                .iter()
                .filter(|one| one.exists_from_ms.is_some())
                .count(),
            2
        );
        assert_eq!(
            office
                .iter()
                .filter(|one| one.exists_until_ms.is_some())
                .count(),
            1
        );
        assert_eq!(
            office.iter().filter(|one| one.profiles.len() == 2).count(),
            3
        );
    }

    #[test]
    fn a_tenth_of_a_large_office_is_not_people() {
        let office = office(1_000);
        let others = office.iter().filter(|one| !one.is_person()).count();
        assert_eq!(others, 100);
    }

    #[test]
    fn what_happens_happens_inside_the_period() {
        let config = OfficeConfig {
            extensions: 60,
            days: 1,
            ..OfficeConfig::default()
        };
        let period = config.start_ms..config.start_ms + DAY_MS;
        for one in found(&config).1 {
            let moments = one.exists_from_ms.into_iter().chain(one.exists_until_ms);
            let amended = one.profiles.iter().skip(1).map(|profile| profile.0);
            assert!(moments.chain(amended).all(|at_ms| period.contains(&at_ms)));
        }
    }
}
