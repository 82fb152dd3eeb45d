//! Compares one sweep with what is known, and gives the change events.

use std::sync::Arc;

use super::HashMap;

use super::event::{ChangeEvent, EventKind, Snapshot};
use super::ids::{ExtensionId, Position, QueueId, Version};
use super::known::{AccountState, Existence, ExtensionState, Present};
use super::observation::{Observation, Sweep, SweepStatus};
use super::profile::Profile;
use super::queue_diff;
use super::state::Presence;
use super::time::Timestamp;

/// Why a sweep cannot follow what is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiffError {
    /// It began before the previous one ended, or at the same moment.
    #[error(
        "it starts at {started_at}, but the previous sweep of the account ended at {previous}; sweeps must run forward in time"
    )]
    RunsBackwards {
        /// When the sweep began.
        started_at: Timestamp,
        /// When the previous snapshot ended.
        previous: Timestamp,
    },
    /// A sweep of a queue began before the previous one of that queue had been answered, or at the same moment.
    #[error(
        "queue {queue_id} was asked for at {requested_at}, but its previous sweep was answered at {previous}; the sweeps of a queue must run forward in time"
    )]
    QueueRunsBackwards {
        /// Which queue.
        queue_id: QueueId,
        /// When the request was sent.
        requested_at: Timestamp,
        /// When the previous sweep had been answered.
        previous: Timestamp,
    },
    /// A sweep of a queue was answered before it was asked for, or after the sweep that it is part of.
    #[error(
        "queue {queue_id} was asked for at {requested_at} and answered at {received_at}; that must not be earlier, nor later than the end of the sweep that it is part of ({finished_at})"
    )]
    QueueOutside {
        /// Which queue.
        queue_id: QueueId,
        /// When the request was sent.
        requested_at: Timestamp,
        /// When it had been answered.
        received_at: Timestamp,
        /// When the sweep of the account ended.
        finished_at: Timestamp,
    },
}

/// The snapshot that `sweep` adds to an account of which `known` is known.
///
/// Laws: a sweep that shows nothing new gives no events; the order of its records does not matter; folding the
/// result into `known` makes it show what the sweep saw.
pub fn diff(known: &AccountState, sweep: &Sweep) -> Result<Snapshot, DiffError> {
    compare(known, sweep, None)
}

/// The same as [`diff`], of a sweep of which it is known beforehand who may show anything new: only these are compared.
///
/// `differing` are places in [`Sweep::observations`], rising. The caller answers for all others: they exist, and show
/// what is known of them, their number included. A sweep with news of the directory, or with observations in another
/// order than that of their extensions, is compared as a whole.
pub fn diff_of_changed(
    known: &AccountState,
    sweep: &Sweep,
    differing: &[usize],
) -> Result<Snapshot, DiffError> {
    compare(known, sweep, Some(differing))
}

fn compare(
    known: &AccountState,
    sweep: &Sweep,
    differing: Option<&[usize]>,
) -> Result<Snapshot, DiffError> {
    check_order(known, sweep)?;
    let queues = queue_diff::compare(known, sweep)?;
    let seen = Seen::of(sweep);
    let mut changes = Changes {
        known,
        sweep,
        profiles: told_profiles(known, sweep),
        present_seen: 0,
        events: Vec::new(),
    };
    match (differing, &seen) {
        (Some(differing), Seen::Ascending(all)) if sweep.directory.is_empty() => {
            changes.present_seen = all.len() - differing.len();
            for &index in differing {
                changes.observe(&all[index]);
            }
        }
        _ => {
            for observation in seen.iter() {
                changes.observe(observation);
            }
        }
    }
    let unseen = changes.conclude_absence(&seen);
    changes.apply_directory();
    changes.events.extend(queues.events);
    let observed_count = seen.len();
    Ok(Snapshot {
        account_id: sweep.account_id,
        snapshot_no: known.snapshot_no.next(),
        source: sweep.source,
        status: sweep.status,
        started_at: sweep.started_at,
        finished_at: sweep.finished_at,
        valid_for_ms: sweep.valid_for_ms,
        expected_count: sweep.expected_count,
        observed_count: i64::try_from(observed_count).unwrap_or(i64::MAX),
        clock_skew_ms: sweep.clock_skew_ms,
        idempotency_key: sweep.idempotency_key.clone(),
        content_digest: sweep.content_digest(),
        detail: sweep.detail.clone(),
        unseen,
        queue_sweeps: queues.rows,
        events: changes.numbered(),
    })
}

fn check_order(known: &AccountState, sweep: &Sweep) -> Result<(), DiffError> {
    let Some(previous) = known.finished_at else {
        return Ok(());
    };
    let runs_forward = if sweep.status.observes() {
        sweep.started_at > previous
    } else {
        sweep.started_at >= previous
    };
    if runs_forward {
        Ok(())
    } else {
        Err(DiffError::RunsBackwards {
            started_at: sweep.started_at,
            previous,
        })
    }
}

/// The observations of a sweep, each extension once.
enum Seen<'a> {
    /// As they came: their ids rise, so none comes twice.
    Ascending(&'a [Observation]),
    /// The later observation of each.
    Distinct(HashMap<ExtensionId, &'a Observation>),
}

impl<'a> Seen<'a> {
    fn of(sweep: &'a Sweep) -> Self {
        let observations = sweep.observations.as_slice();
        if observations.is_sorted_by(|one, next| one.extension_id < next.extension_id) {
            return Self::Ascending(observations);
        }
        let mut distinct: HashMap<ExtensionId, &Observation> = HashMap::default();
        for observation in observations {
            let kept = distinct
                .entry(observation.extension_id)
                .or_insert(observation);
            if observation.received_at >= kept.received_at {
                *kept = observation;
            }
        }
        Self::Distinct(distinct)
    }

    fn iter(&self) -> Box<dyn Iterator<Item = &'a Observation> + '_> {
        match self {
            Self::Ascending(observations) => Box::new(observations.iter()),
            Self::Distinct(distinct) => Box::new(distinct.values().copied()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Ascending(observations) => observations.len(),
            Self::Distinct(distinct) => distinct.len(),
        }
    }

    fn contains(&self, id: ExtensionId) -> bool {
        match self {
            Self::Ascending(observations) => observations
                .binary_search_by_key(&id, |observation| observation.extension_id)
                .is_ok(),
            Self::Distinct(distinct) => distinct.contains_key(&id),
        }
    }
}

/// A profile as the sweep's directory listed it, and when.
struct ListedProfile {
    profile: Profile,
    received_at: Timestamp,
}

fn told_profiles(known: &AccountState, sweep: &Sweep) -> HashMap<ExtensionId, ListedProfile> {
    let mut told: HashMap<ExtensionId, ListedProfile> = HashMap::default();
    for entry in &sweep.directory {
        let latest = told
            .entry(entry.extension_id)
            .or_insert_with(|| ListedProfile {
                profile: known_profile(known.extensions.get(&entry.extension_id)),
                received_at: entry.received_at,
            });
        entry.update.apply(&mut latest.profile);
        latest.received_at = latest.received_at.max(entry.received_at);
    }
    // The directory may have been asked between two sweeps; its news is part of the history from this one on.
    for latest in told.values_mut() {
        let within = latest.received_at.max(sweep.started_at);
        latest.received_at = within.min(sweep.finished_at);
    }
    told
}

fn known_profile(extension: Option<&ExtensionState>) -> Profile {
    extension
        .and_then(|extension| extension.profile.as_ref())
        .map(|known| Profile::clone(&known.value))
        .unwrap_or_default()
}

struct Changes<'a> {
    known: &'a AccountState,
    sweep: &'a Sweep,
    profiles: HashMap<ExtensionId, ListedProfile>,
    present_seen: usize,
    events: Vec<ChangeEvent>,
}

impl Changes<'_> {
    fn observe(&mut self, seen: &Observation) {
        let extension = self.known.extensions.get(&seen.extension_id);
        self.note_number(extension, seen);
        match extension.map(|extension| &extension.existence) {
            Some(Existence::Present(present)) => {
                self.present_seen += 1;
                if present.presence != seen.presence {
                    self.events.push(ChangeEvent {
                        kind: EventKind::Changed,
                        not_before: Some(self.known.last_requested_at(present)),
                        presence: Some(seen.presence.clone()),
                        previous: Some(present.presence.clone()),
                        ..event(seen.extension_id, seen.received_at)
                    });
                }
            }
            other => {
                let absent_since = match other {
                    Some(Existence::Absent { since }) => Some(*since),
                    _ => None,
                };
                self.appear(extension, seen, absent_since);
            }
        }
    }

    /// A record's number is part of the profile; a record without one says nothing of it.
    fn note_number(&mut self, extension: Option<&ExtensionState>, seen: &Observation) {
        let Some(number) = seen.extension_number.as_deref() else {
            return;
        };
        let known_number = extension
            .and_then(|extension| extension.profile.as_ref())
            .and_then(|known| known.value.extension_number.as_deref());
        if known_number == Some(number) && self.profiles.is_empty() {
            return;
        }
        if let Some(told) = self.profiles.get_mut(&seen.extension_id) {
            told.profile.extension_number = Some(number.to_owned());
        } else if known_number != Some(number) {
            let mut profile = known_profile(extension);
            profile.extension_number = Some(number.to_owned());
            self.profiles.insert(
                seen.extension_id,
                ListedProfile {
                    profile,
                    received_at: seen.received_at,
                },
            );
        }
    }

    fn appear(
        &mut self,
        extension: Option<&ExtensionState>,
        seen: &Observation,
        absent_since: Option<Timestamp>,
    ) {
        let lacked_at = self.known.complete.map(|segment| segment.until);
        let profile = match self.profiles.remove(&seen.extension_id) {
            Some(told) => Arc::new(told.profile),
            None => extension
                .and_then(|extension| extension.profile.as_ref())
                .map_or_else(Arc::default, |known| Arc::clone(&known.value)),
        };
        self.events.push(ChangeEvent {
            kind: EventKind::Appeared,
            not_before: lacked_at.max(absent_since),
            presence: Some(seen.presence.clone()),
            profile: Some(profile),
            ..event(seen.extension_id, seen.received_at)
        });
    }

    /// Writes `disappeared` for extensions that are confirmed to be gone; returns who exists but was not seen, ascending.
    ///
    /// Only a complete sweep concludes anything: the second one in a row that lacks an extension, or one that asked
    /// for it and was answered that it does not exist. About those that may not be seen nothing is concluded.
    fn conclude_absence(&mut self, seen: &Seen<'_>) -> Vec<ExtensionId> {
        let known = self.known;
        if !self.sweep.status.observes() || self.present_seen == known.present_count {
            return Vec::new();
        }
        let mut unseen = Vec::new();
        for (&id, extension) in &known.extensions {
            let Existence::Present(present) = &extension.existence else {
                continue;
            };
            if seen.contains(id) {
                continue;
            }
            match self.confirmed_gone_at(id, present) {
                Some(observed_at) => self.events.push(ChangeEvent {
                    kind: EventKind::Disappeared,
                    not_before: Some(known.last_requested_at(present)),
                    previous: Some(present.presence.clone()),
                    ..event(id, observed_at)
                }),
                None => unseen.push(id),
            }
        }
        unseen.sort_unstable();
        unseen
    }

    fn confirmed_gone_at(&self, id: ExtensionId, present: &Present) -> Option<Timestamp> {
        if self.sweep.status != SweepStatus::Complete || self.sweep.withheld.contains(&id) {
            return None;
        }
        let not_found = self.sweep.not_found.iter();
        not_found
            .filter(|gone| gone.extension_id == id)
            .map(|gone| gone.received_at)
            .max()
            .or(present.missing.then_some(self.sweep.finished_at))
    }

    /// The profile's changes. Each carries what the extension shows after this sweep, as both sides of no change.
    fn apply_directory(&mut self) {
        let profiles = std::mem::take(&mut self.profiles);
        if profiles.is_empty() {
            return;
        }
        let changed: HashMap<ExtensionId, Option<Presence>> = self
            .events
            .iter()
            .map(|event| (event.extension_id, event.presence.clone()))
            .collect();
        for (id, told) in profiles {
            let extension = self.known.extensions.get(&id);
            let previous = extension.and_then(|extension| extension.profile.as_ref());
            if previous.is_some_and(|known| *known.value == told.profile) {
                continue;
            }
            let presence = match changed.get(&id) {
                Some(presence) => presence.clone(),
                None => extension.and_then(|extension| match &extension.existence {
                    Existence::Present(present) => Some(present.presence.clone()),
                    _ => None,
                }),
            };
            self.events.push(ChangeEvent {
                kind: EventKind::ProfileChanged,
                presence: presence.clone(),
                previous: presence,
                not_before: previous.map(|known| known.checked_at),
                profile: Some(Arc::new(told.profile)),
                previous_profile: previous.map(|known| Arc::clone(&known.value)),
                ..event(id, told.received_at)
            });
        }
    }

    /// The events in their order, with their positions and versions.
    fn numbered(self) -> Vec<ChangeEvent> {
        let mut events = self.events;
        events.sort_by_key(|event| {
            let queue = event
                .queue
                .map(|change| (event.observed_at, change.queue_id));
            (event.extension_id, event.kind, queue)
        });
        let mut position = self.known.position;
        let mut previous: Option<(ExtensionId, Version)> = None;
        for event in &mut events {
            position = position.next();
            event.position = position;
            let version = match previous {
                Some((id, version)) if id == event.extension_id => version,
                _ => self
                    .known
                    .extensions
                    .get(&event.extension_id)
                    .map_or(Version(0), |extension| extension.version),
            };
            event.version = version.next();
            previous = Some((event.extension_id, event.version));
        }
        events
    }
}

/// An event that says nothing yet but who and when.
fn event(extension_id: ExtensionId, observed_at: Timestamp) -> ChangeEvent {
    ChangeEvent {
        position: Position(0),
        extension_id,
        version: Version(0),
        kind: EventKind::Changed,
        observed_at,
        not_before: None,
        presence: None,
        previous: None,
        profile: None,
        previous_profile: None,
        queue: None,
    }
}
