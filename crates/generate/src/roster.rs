//! Who exists, and what was last seen of each: the observations of the next sweep, kept up to date in place.
//!
//! Pure: nothing here knows when a sweep is made or whether it succeeds.

use std::sync::Arc;

use presence_model::facet::{Facet, STATE_FACET_COUNT};
use presence_model::ids::ExtensionId;
use presence_model::observation::{DirectoryEntry, Observation};
use presence_model::profile::ProfileUpdate;
use presence_model::state::{Interner, Presence};
use presence_model::time::Timestamp;
use presence_simulator::status::Condition;
use presence_simulator::{Extension, World};

/// The account as the platform lists it, by rising id.
pub(super) struct Roster {
    world: World,
    interner: Interner,
    /// What was last seen of everyone who exists.
    pub(super) seen: Vec<Observation>,
    /// Where in `seen` each of [`World::extensions`] is; `None`: does not exist.
    places: Vec<Option<usize>>,
    /// The moments at which someone comes or goes, the latest first.
    moments: Vec<i64>,
}

impl Roster {
    /// The office itself.
    pub(super) fn into_world(self) -> World {
        self.world
    }

    /// No one yet.
    pub(super) fn new(world: World) -> Self {
        let existence = |one: &Extension| [one.exists_from_ms, one.exists_until_ms];
        let mut moments: Vec<i64> = world
            .extensions()
            .iter()
            .flat_map(existence)
            .flatten()
            .collect();
        moments.push(i64::MIN);
        moments.sort_unstable();
        moments.reverse();
        Self {
            places: vec![None; world.extensions().len()],
            world,
            interner: Interner::default(),
            seen: Vec::new(),
            moments,
        }
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// Where in `seen` a person is, as an index into [`World::extensions`].
    pub(super) fn place(&self, person: usize) -> Option<usize> {
        self.places[person]
    }

    /// Lets everyone come and go who does so until `at_ms`. Gives who came, as indices into [`World::extensions`], and
    /// who went, as last seen.
    pub(super) fn move_to(&mut self, at_ms: i64) -> (Vec<usize>, Vec<Observation>) {
        if self.moments.last().is_none_or(|next| *next > at_ms) {
            return (Vec::new(), Vec::new());
        }
        while self.moments.last().is_some_and(|next| *next <= at_ms) {
            self.moments.pop();
        }
        let mut before = std::mem::take(&mut self.seen)
            .into_iter()
            .map(Some)
            .collect::<Vec<_>>();
        let (mut came, mut gone) = (Vec::new(), Vec::new());
        for person in 0..self.places.len() {
            let known = self.places[person]
                .take()
                .and_then(|place| before[place].take());
            if self.world.extensions()[person].exists_at(at_ms) {
                self.places[person] = Some(self.seen.len());
                let one = known.unwrap_or_else(|| {
                    came.push(person);
                    self.first_sight(person, at_ms)
                });
                self.seen.push(one);
            } else {
                gone.extend(known);
            }
        }
        (came, gone)
    }

    fn first_sight(&mut self, person: usize, at_ms: i64) -> Observation {
        let one = &self.world.extensions()[person];
        let last = self
            .world
            .changes(one.id, at_ms, at_ms.saturating_add(1))
            .pop();
        let condition = last
            .filter(|change| change.at_ms <= at_ms)
            .map_or(Condition::AWAY, |change| change.condition);
        Observation {
            extension_id: ExtensionId(one.id),
            extension_number: one.profile_at(at_ms).number.as_deref().map(Arc::from),
            requested_at: Timestamp::saturating_from_ms(at_ms),
            received_at: Timestamp::saturating_from_ms(at_ms),
            presence: self.presence(person, condition),
        }
    }

    /// What a person's record shows in a condition.
    pub(super) fn presence(&mut self, person: usize, condition: Condition) -> Presence {
        let shown = self.world.extensions()[person].shown(condition);
        let texts: [_; STATE_FACET_COUNT] =
            Facet::OF_STATE.map(|facet| shown.facet(platform_name(facet)));
        let values = std::array::from_fn(|index| texts[index].as_deref());
        Presence {
            state: self.interner.state(&values),
            message: shown.message.map(|text| self.interner.text(&text)),
        }
    }

    /// What the platform's lists tell of a person at a moment.
    pub(super) fn entry(&self, person: usize, at_ms: i64) -> DirectoryEntry {
        let one = &self.world.extensions()[person];
        let profile = one.profile_at(at_ms);
        let site = &self.world.sites()[profile.site];
        let queues = profile.queues.iter().filter_map(|id| {
            let queue = self.world.find(*id)?;
            queue.profile_at(at_ms).name.clone()
        });
        let mut queues: Vec<String> = queues.collect();
        queues.sort_unstable();
        queues.dedup();
        let zone = one.is_person().then(|| one.zone.unwrap_or(site.zone).name);
        let text = |text: &str| Some(text.to_owned());
        DirectoryEntry {
            extension_id: ExtensionId(one.id),
            received_at: Timestamp::saturating_from_ms(at_ms),
            update: ProfileUpdate {
                extension_number: Some(profile.number.clone()),
                name: Some(profile.name.clone()),
                extension_type: Some(text(one.kind)),
                status: Some(text(profile.status)),
                department: Some(profile.department.and_then(text)),
                site: Some(text(site.name)),
                time_zone: Some(zone.and_then(text)),
                queues: Some(queues),
            },
        }
    }

    /// What the platform's lists tell of everyone at a moment.
    pub(super) fn directory(&self, at_ms: i64) -> Vec<DirectoryEntry> {
        let existing = (0..self.places.len()).filter(|person| self.places[*person].is_some());
        existing.map(|person| self.entry(person, at_ms)).collect()
    }
}

/// The simulator's name for a facet: the platform's own.
fn platform_name(facet: Facet) -> &'static str {
    match facet {
        Facet::PresenceStatus => "presenceStatus",
        Facet::UserStatus => "userStatus",
        Facet::TelephonyStatus => "telephonyStatus",
        Facet::DndStatus => "dndStatus",
        Facet::MeetingStatus => "meetingStatus",
        Facet::DndStatusPersonal => "dndStatusPersonal",
        Facet::AcceptCallQueueCalls => "acceptCallQueueCalls",
        Facet::AllowSeeMyPresence => "allowSeeMyPresence",
        Facet::CallerIdVisibility => "callerIdVisibility",
        Facet::RingOnMonitoredCall => "ringOnMonitoredCall",
        Facet::PickUpCallsOnHold => "pickUpCallsOnHold",
        Facet::CxTelephonyStatus => "cxTelephonyStatus",
        Facet::AggregatedTelephonyStatus => "aggregatedTelephonyStatus",
        Facet::Message => "message",
    }
}
