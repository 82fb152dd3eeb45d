//! Classes that depend on the profile of the time or on the status message, not on the state alone.
//!
//! A history is classed before it is asked anything: its intervals are cut where a change of profile changes the
//! class, and each carries its class in place of its state ([`Classes::of`] then hands it back). What reads histories
//! knows nothing of profiles, and each distinct combination of state, message and profile is evaluated once.
//!
//! ```text
//! states     A           B                    the profile changes at 6
//! minutes    0  1  2  3  4  5  6  7  8  9
//! classed    A1          B1    B2             a change at 6 exactly; the change to B is as ambiguous as before
//! ```
//!
//! A profile is taken to hold from the moment it was first told until the next one was: the directory is looked at seldom, and nothing says when a department really changed. So a cut has no ambiguous
//! stretch. A change of state whose ambiguous stretch contains a cut is taken under the later profile. After the last
//! look of all, the state is presumed under the profile that held then.

use crate::model::HashMap;
use crate::model::history::{Dictionary, ExtensionHistory, Interval, ProfileInterval, UnknownId};
use crate::model::ids::{MessageId, ProfileId, StateId};
use crate::model::time::Timestamp;
use crate::query::classes::{ClassId, Classes};

use super::{Policy, Subject};

/// The combinations of state, message and profile that occurred, and the class of each.
#[derive(Debug)]
pub struct Pairs<'a> {
    policy: &'a Policy,
    dictionary: &'a Dictionary,
    classes: &'a Classes,
    known: HashMap<(StateId, Option<MessageId>, Option<ProfileId>), ClassId>,
}

impl<'a> Pairs<'a> {
    /// No combination yet. `classes` are those of the policy over the same dictionary.
    pub fn new(policy: &'a Policy, dictionary: &'a Dictionary, classes: &'a Classes) -> Self {
        Self {
            policy,
            dictionary,
            classes,
            known: HashMap::default(),
        }
    }

    /// A history whose intervals carry their classes, cut where the profile changes them.
    pub fn classed(&mut self, history: &ExtensionHistory) -> Result<ExtensionHistory, UnknownId> {
        let last_seen_at = history.last_seen.map(|heartbeat| heartbeat.at);
        let mut intervals = Vec::with_capacity(history.intervals.len());
        for interval in &history.intervals {
            self.cut(interval, &history.profiles, last_seen_at, &mut intervals)?;
        }
        Ok(ExtensionHistory {
            intervals,
            ..history.clone()
        })
    }

    fn cut(
        &mut self,
        interval: &Interval,
        profiles: &[ProfileInterval],
        last_seen_at: Option<Timestamp>,
        cut: &mut Vec<Interval>,
    ) -> Result<(), UnknownId> {
        let known_until = interval.until.or(last_seen_at).unwrap_or(interval.from);
        let first = profile_at(profiles, interval.from);
        let mut piece = self.carrying_class(interval, first)?;
        let later = profiles
            .iter()
            .filter(|profile| interval.from < profile.from && profile.from < known_until);
        for profile in later {
            let next = self.carrying_class(interval, Some(profile.profile_id))?;
            if next.state_id == piece.state_id {
                continue;
            }
            cut.push(Interval {
                until: Some(profile.from),
                ..piece
            });
            piece = Interval {
                from: profile.from,
                not_before: Some(profile.from),
                ..next
            };
        }
        cut.push(piece);
        Ok(())
    }

    fn carrying_class(
        &mut self,
        interval: &Interval,
        profile_id: Option<ProfileId>,
    ) -> Result<Interval, UnknownId> {
        let profile_id = profile_id.filter(|_| self.policy.uses_profile());
        let key = (interval.state_id, interval.message_id, profile_id);
        let class = if let Some(&class) = self.known.get(&key) {
            class
        } else {
            let class = self.evaluate(interval, profile_id)?;
            self.known.insert(key, class);
            class
        };
        Ok(Interval {
            state_id: StateId(i64::from(class.0)),
            ..*interval
        })
    }

    fn evaluate(
        &self,
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
        Ok(self.classes.named(self.policy.class_of(&subject)))
    }
}

/// The profile of a moment: the last that was told by then, or the first of all.
pub fn profile_at(profiles: &[ProfileInterval], at: Timestamp) -> Option<ProfileId> {
    let told = profiles.iter().rfind(|profile| profile.from <= at);
    told.or(profiles.first()).map(|profile| profile.profile_id)
}
