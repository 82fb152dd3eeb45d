//! Which change events a question is about, and from which class to which an event leads.

use std::sync::Arc;

use presence_model::event::{ChangeEvent, EventKind};
use presence_model::facet::Facet;
use presence_model::observation::Source;
use presence_model::profile::Profile;
use presence_model::state::Presence;

use super::group_filter::GroupFilter;
use super::policy::{NoQueueKnown, Policy, Subject};
use super::wanted::Wanted;

/// What narrows a list of changes. What is empty or `None` narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Only events that change one of these facets, and of them only that.
    pub facets: Vec<Facet>,
    /// Only events that change the class of this policy.
    pub policy: Option<Arc<Policy>>,
    /// Only changes from or to this value of a facet, or class of the policy.
    pub value: Option<Wanted>,
    /// Only changes from this value or class.
    pub from_value: Option<Wanted>,
    /// Only changes to this value or class.
    pub to_value: Option<Wanted>,
    /// Only events of these kinds.
    pub kinds: Vec<EventKind>,
    /// Only events of these sources.
    pub sources: Vec<Source>,
    /// Only of those who were in these groups when it was seen.
    pub group_filter: GroupFilter,
}

/// What an event leads from and to; `None` is the absence of the facet, or of the extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassChange {
    /// The class before.
    pub from: Option<String>,
    /// The class after.
    pub to: Option<String>,
}

impl ChangeFilter {
    /// Whether an event is asked for; `profile_then` is the profile of the time, after the event if it changes it.
    pub fn wants(
        &self,
        event: &ChangeEvent,
        source: Source,
        profile_then: Option<&Profile>,
    ) -> bool {
        let is_listed = (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && (self.sources.is_empty() || self.sources.contains(&source))
            && self.group_filter.includes(profile_then);
        is_listed && self.wants_values(event, profile_then)
    }

    fn wants_values(&self, event: &ChangeEvent, profile_then: Option<&Profile>) -> bool {
        if let Some(policy) = &self.policy {
            let change = class_change(policy, event, profile_then);
            return change
                .is_some_and(|change| self.fits(change.from.as_deref(), change.to.as_deref()));
        }
        let values = [&self.value, &self.from_value, &self.to_value];
        let is_any = self.facets.is_empty() && values.iter().all(|value| value.is_none());
        is_any || self.wanted_facets(event).next().is_some()
    }

    /// The facets that an event changes as it is asked for: all that it changes, where nothing is said of facets.
    pub fn wanted_facets<'a>(&'a self, event: &'a ChangeEvent) -> impl Iterator<Item = Facet> + 'a {
        changed_facets(event).filter(|facet| {
            let is_of_these = self.facets.is_empty() || self.facets.contains(facet);
            is_of_these
                && self.fits(
                    value(event.previous.as_ref(), *facet),
                    value(event.presence.as_ref(), *facet),
                )
        })
    }

    fn fits(&self, from: Option<&str>, to: Option<&str>) -> bool {
        let is = |wanted: &Option<Wanted>, found: &[Option<&str>]| {
            wanted
                .as_ref()
                .is_none_or(|wanted| found.contains(&wanted.name()))
        };
        is(&self.value, &[from, to]) && is(&self.from_value, &[from]) && is(&self.to_value, &[to])
    }
}

/// The facets that an event changes; none, if it is a change of something else.
pub fn changed_facets(event: &ChangeEvent) -> impl Iterator<Item = Facet> {
    let facets = Facet::ALL.into_iter();
    let is_of_state = event.kind.is_of_presence();
    facets.filter(move |facet| {
        is_of_state
            && value(event.previous.as_ref(), *facet) != value(event.presence.as_ref(), *facet)
    })
}

fn value(presence: Option<&Presence>, facet: Facet) -> Option<&str> {
    presence.and_then(|presence| presence.get(facet))
}

/// From which class of a policy to which an event leads; `None` if it changes none.
///
/// A change of the profile can change the class of the same state. Appearing and disappearing always do. The policy must ask
/// no call queues: those have events of their own.
pub fn class_change(
    policy: &Policy,
    event: &ChangeEvent,
    profile_then: Option<&Profile>,
) -> Option<ClassChange> {
    let class = |presence: &Option<Presence>, profile: Option<&Profile>| {
        let presence = presence.as_ref()?;
        let class = policy.class_of(&Subject::of(presence, profile), &NoQueueKnown)?;
        Some(class.map(str::to_owned))
    };
    let (before, after) = if event.kind == EventKind::ProfileChanged {
        // Before its first profile was listed, an extension is classed by that one: see `policy::profile_at`.
        let previous = event.previous_profile.as_deref().or(profile_then);
        (
            class(&event.presence, previous),
            class(&event.presence, profile_then),
        )
    } else {
        (
            class(&event.previous, profile_then),
            class(&event.presence, profile_then),
        )
    };
    (before != after).then(|| ClassChange {
        from: before.flatten(),
        to: after.flatten(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_word_stands_for_what_is_absent() {
        let filter = |from: Option<&str>, to: Option<&str>| ChangeFilter {
            from_value: from.map(Wanted::of_word),
            to_value: to.map(Wanted::of_word),
            ..ChangeFilter::default()
        };
        assert!(filter(Some(""), Some("Busy")).fits(None, Some("Busy")));
        assert!(!filter(Some(""), Some("Busy")).fits(Some("Offline"), Some("Busy")));
        assert!(filter(None, Some("")).fits(Some("Busy"), None));
        assert!(!filter(Some("Busy"), None).fits(None, Some("Busy")));
        let either = ChangeFilter {
            value: Some(Wanted::Absent),
            ..ChangeFilter::default()
        };
        assert!(either.fits(None, Some("Busy")) && either.fits(Some("Busy"), None));
        assert!(!either.fits(Some("Busy"), Some("Offline")));
    }
}
