//! Classes that depend on the profile of the time or on the status message, not on the state alone.
//!
//! A history is classed before it is asked anything: its intervals are cut where a change of profile changes the
//! class, and each is given its class ([`ClassedHistory`]). What reads histories
//! knows nothing of profiles, and each distinct combination of state, message and profile is evaluated once.
//!
//! ```text
//! states     A           B                    the profile changes at 6
//! minutes    0  1  2  3  4  5  6  7  8  9
//! classed    A1          B1    B2             a change at 6 exactly; the change to B is as ambiguous as before
//! ```
//!
//! A profile is taken to hold from the moment it was first listed until the next one was: the directory is read rarely,
//! and nothing says when a department really changed. So a cut has no ambiguous
//! segment. A change of state whose ambiguous segment contains a cut is taken under the later profile. After the last
//! sweep of all, the state is presumed under the profile that held then.

use std::sync::Arc;

use crate::query::classed::{ClassedHistory, OnQueues};
use crate::query::classes::{ClassId, Classes};
use presence_model::HashMap;
use presence_model::history::{Dictionary, ExtensionHistory, Interval, ProfileInterval, UnknownId};
use presence_model::ids::{MessageId, ProfileId, StateId};
use presence_model::time::Timestamp;

use super::{Decision, Policy, Subject};

/// The combinations of state, message and profile that occurred, and the class of each.
#[derive(Debug)]
pub(in crate::query) struct Pairs<'a> {
    policy: &'a Policy,
    dictionary: &'a Dictionary,
    classes: &'a Classes,
    known: HashMap<(StateId, Option<MessageId>, Option<ProfileId>), ClassId>,
    /// Where the policy asks queues: what it comes to, each once. A class is then the place of one.
    decisions: Arc<Vec<Decision<ClassId>>>,
    places: HashMap<Decision<ClassId>, ClassId>,
}

impl<'a> Pairs<'a> {
    /// No combination yet. `classes` are those of the policy over the same dictionary.
    pub(in crate::query) fn new(
        policy: &'a Policy,
        dictionary: &'a Dictionary,
        classes: &'a Classes,
    ) -> Self {
        Self {
            policy,
            dictionary,
            classes,
            known: HashMap::default(),
            decisions: Arc::default(),
            places: HashMap::default(),
        }
    }

    /// A history of whose intervals each has its class, cut where the profile changes it.
    pub(in crate::query) fn classed(
        &mut self,
        history: &ExtensionHistory,
    ) -> Result<ClassedHistory<'static>, UnknownId> {
        let last_seen_at = history.last_seen.map(|heartbeat| heartbeat.at);
        let mut cut = Cut::default();
        for interval in &history.intervals {
            self.cut(interval, &history.profiles, last_seen_at, &mut cut)?;
        }
        let history = ExtensionHistory {
            intervals: cut.intervals,
            ..history.clone()
        };
        let queues = self.classes.queues().map(|evidence| OnQueues {
            decisions: Arc::clone(&self.decisions),
            evidence: Arc::clone(evidence),
        });
        Ok(ClassedHistory::new(history, cut.classes, queues))
    }

    fn cut(
        &mut self,
        interval: &Interval,
        profiles: &[ProfileInterval],
        last_seen_at: Option<Timestamp>,
        cut: &mut Cut,
    ) -> Result<(), UnknownId> {
        let known_until = interval.until.or(last_seen_at).unwrap_or(interval.from);
        let mut piece = *interval;
        let mut class = self.class(interval, profile_at(profiles, interval.from))?;
        let later = profiles
            .iter()
            .filter(|profile| interval.from < profile.from && profile.from < known_until);
        for profile in later {
            let next = self.class(interval, Some(profile.profile_id))?;
            if next == class {
                continue;
            }
            let until = Some(profile.from);
            cut.push(Interval { until, ..piece }, class);
            piece = Interval {
                from: profile.from,
                not_before: Some(profile.from),
                ..*interval
            };
            class = next;
        }
        cut.push(piece, class);
        Ok(())
    }

    fn class(
        &mut self,
        interval: &Interval,
        profile_id: Option<ProfileId>,
    ) -> Result<ClassId, UnknownId> {
        let profile_id = profile_id.filter(|_| self.policy.uses_profile());
        let key = (interval.state_id, interval.message_id, profile_id);
        if let Some(&class) = self.known.get(&key) {
            return Ok(class);
        }
        let class = self.evaluate(interval, profile_id)?;
        self.known.insert(key, class);
        Ok(class)
    }

    fn evaluate(
        &mut self,
        interval: &Interval,
        profile_id: Option<ProfileId>,
    ) -> Result<ClassId, UnknownId> {
        let dictionary = self.dictionary;
        let message_id = interval.message_id.filter(|_| self.policy.uses_message());
        let message = message_id.map(|id| dictionary.message(id)).transpose()?;
        let profile = profile_id.map(|id| dictionary.profile(id)).transpose()?;
        let subject = Subject {
            state: dictionary.state(interval.state_id)?,
            message: message.map(|message| &**message),
            profile: profile.map(|profile| &**profile),
        };
        let classes = self.classes;
        let decision = self.policy.decision(&subject).map(|class| {
            let class = classes.find(class);
            class.expect("the classes of a policy are all that it gives over the dictionary")
        });
        if classes.queues().is_none() {
            let class = decision.constant().copied();
            return Ok(class.expect("what asks no queue depends on none"));
        }
        if let Some(&place) = self.places.get(&decision) {
            return Ok(place);
        }
        let place = ClassId::at(self.decisions.len());
        Arc::make_mut(&mut self.decisions).push(decision.clone());
        self.places.insert(decision, place);
        Ok(place)
    }
}

/// Intervals, and the class of each.
#[derive(Default)]
struct Cut {
    intervals: Vec<Interval>,
    classes: Vec<ClassId>,
}

impl Cut {
    fn push(&mut self, interval: Interval, class: ClassId) {
        self.intervals.push(interval);
        self.classes.push(class);
    }
}

/// The profile of a moment: the last that was listed by then, or the first of all.
pub fn profile_at(profiles: &[ProfileInterval], at: Timestamp) -> Option<ProfileId> {
    let told = profiles.iter().rfind(|profile| profile.from <= at);
    told.or(profiles.first()).map(|profile| profile.profile_id)
}
