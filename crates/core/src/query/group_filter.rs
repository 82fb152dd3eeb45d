//! Whom a question is narrowed to by the groups that they are in.

use presence_model::history::{Dictionary, ExtensionHistory, UnknownId};
use presence_model::profile::Profile;
use presence_model::text::is_same_name;
use presence_model::time::TimeRange;

use super::group::{GroupBy, Groups};
use super::membership::memberships;
use super::wanted::Wanted;

/// Departments, sites and call queues. Of each kind that is named, an extension has to be in one of those named, however
/// accents are encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Departments.
    pub departments: Vec<Wanted>,
    /// Sites.
    pub sites: Vec<Wanted>,
    /// Call queues.
    pub queues: Vec<Wanted>,
}

impl GroupFilter {
    /// Whether no one is left out.
    pub fn is_everybody(&self) -> bool {
        self.departments.is_empty() && self.sites.is_empty() && self.queues.is_empty()
    }

    /// Whether a queue is meant; `None` stands for being in none.
    pub(super) fn includes_queue(&self, queue: Option<&str>) -> bool {
        in_one_of(&self.queues, queue)
    }

    /// Whether someone with this profile is meant; without a profile they are in no group.
    pub fn includes(&self, profile: Option<&Profile>) -> bool {
        let queues = profile.map_or(&[][..], |profile| &profile.queues);
        let is_in_queue = match queues {
            [] => self.includes_queue(None),
            some => some.iter().any(|queue| self.includes_queue(Some(queue))),
        };
        is_in_queue
            && in_one_of(
                &self.departments,
                profile.and_then(|profile| profile.department.as_deref()),
            )
            && in_one_of(
                &self.sites,
                profile.and_then(|profile| profile.site.as_deref()),
            )
    }
}

/// Whether a group is one of those wanted, or all are; `None` is in no group.
fn in_one_of(wanted: &[Wanted], group: Option<&str>) -> bool {
    let is_group = |one: &Wanted| match (one.name(), group) {
        (Some(name), Some(group)) => is_same_name(name, group),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    wanted.is_empty() || wanted.iter().any(is_group)
}

/// The groups that a question is narrowed to, and whether those of today decide or those of the time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// The groups.
    pub group_filter: GroupFilter,
    /// Whether the latest profile decides for all of the time.
    pub as_now: bool,
}

impl Team {
    /// When an extension was in the team during `window`; ascending, ranges that touch are one. `None`: throughout.
    ///
    /// The first profile reaches back as far as need be, the last one on.
    pub fn segments(
        &self,
        history: &ExtensionHistory,
        dictionary: &Dictionary,
        window: TimeRange,
    ) -> Result<Option<Vec<TimeRange>>, UnknownId> {
        let groups = Groups {
            by: GroupBy {
                as_now: self.as_now,
                ..GroupBy::default()
            },
            group_filter: Some(&self.group_filter)
                .filter(|group_filter| !group_filter.is_everybody()),
        };
        let mut memberships = memberships(history, dictionary, window, groups)?;
        Ok(memberships
            .pop()
            .map_or_else(|| Some(Vec::new()), |membership| membership.segments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group_filter(departments: &[&str], queues: &[&str]) -> GroupFilter {
        let owned = |names: &[&str]| names.iter().map(|&name| Wanted::of_word(name)).collect();
        GroupFilter {
            departments: owned(departments),
            sites: Vec::new(),
            queues: owned(queues),
        }
    }

    fn profile(department: Option<&str>, queues: &[&str]) -> Profile {
        Profile {
            department: department.map(str::to_owned),
            queues: queues.iter().map(|&name| name.to_owned()).collect(),
            ..Profile::default()
        }
    }

    #[test]
    fn every_kind_that_is_named_has_to_fit() {
        let sales = profile(Some("Sales"), &["East", "West"]);
        assert!(GroupFilter::default().is_everybody());
        assert!(GroupFilter::default().includes(None));
        assert!(group_filter(&["Sales", "Support"], &[]).includes(Some(&sales)));
        assert!(group_filter(&["Sales"], &["West"]).includes(Some(&sales)));
        assert!(!group_filter(&["Support"], &["West"]).includes(Some(&sales)));
        assert!(!group_filter(&["Sales"], &["North"]).includes(Some(&sales)));
        assert!(!group_filter(&["Sales"], &[]).includes(None));
    }

    #[test]
    fn accents_may_be_encoded_either_way() {
        let there = profile(Some("B\u{fc}ro"), &["Zu\u{308}rich"]);
        assert!(group_filter(&["Bu\u{308}ro"], &["Z\u{fc}rich"]).includes(Some(&there)));
        assert!(!group_filter(&["Buro"], &[]).includes(Some(&there)));
    }

    #[test]
    fn being_in_no_group_can_be_asked_for() {
        let nowhere = profile(None, &[]);
        assert!(group_filter(&[""], &[""]).includes(Some(&nowhere)));
        assert!(group_filter(&[""], &[]).includes(None));
        assert!(!group_filter(&[""], &[]).includes(Some(&profile(Some("Sales"), &[]))));
        assert!(!group_filter(&[], &[""]).includes(Some(&profile(None, &["East"]))));
    }
}
