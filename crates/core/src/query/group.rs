//! How a report's rows are grouped.

use std::sync::Arc;

use presence_model::ids::ExtensionId;
use presence_model::profile::Profile;

use super::group_filter::GroupFilter;

/// The groups of a report, in addition to its buckets of time.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for by itself; there are no states to name"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupBy {
    /// A row for each extension.
    pub extension: bool,
    /// A row for each department (`contact.department`).
    pub department: bool,
    /// A row for each site.
    pub site: bool,
    /// A row for each call queue; a person in two queues counts in both.
    pub queue: bool,
    /// Groups are those of the latest profile, for all of the window; otherwise those of the time.
    pub as_now: bool,
}

/// How rows are grouped, and which groups count at all.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a> {
    /// How rows are grouped.
    pub by: GroupBy,
    /// Only time in these groups counts; `None`: all does.
    pub group_filter: Option<&'a GroupFilter>,
}

impl From<GroupBy> for Groups<'_> {
    fn from(by: GroupBy) -> Self {
        Self {
            by,
            group_filter: None,
        }
    }
}

impl Groups<'_> {
    /// Whether it depends on the profile of the time whether and where an extension counts.
    pub(super) fn needs_profile(&self) -> bool {
        self.by.needs_profile() || (self.group_filter.is_some() && !self.by.as_now)
    }

    /// The groups that time of an extension with this profile counts in; none if it does not count.
    pub(super) fn keys(
        &self,
        extension: &ExtensionOrder,
        profile: Option<&Profile>,
    ) -> Vec<GroupKey> {
        let Some(group_filter) = self.group_filter else {
            return self.by.keys(extension, profile);
        };
        if !group_filter.includes(profile) {
            return Vec::new();
        }
        let mut keys = self.by.keys(extension, profile);
        // Time in two queues is not shown for one that was not asked for.
        keys.retain(|key| {
            let queue = key.queue.as_ref();
            queue.is_none_or(|queue| group_filter.includes_queue(queue.as_deref()))
        });
        keys
    }
}

/// Orders extensions as people do: by number, shorter ones first; those without a number last, by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionOrder {
    has_no_number: bool,
    number_length: usize,
    number: Option<Arc<str>>,
    /// Whose place it is.
    pub extension_id: ExtensionId,
}

impl ExtensionOrder {
    /// The place of an extension with this latest number.
    pub fn of(extension_id: ExtensionId, number: Option<&str>) -> Self {
        Self {
            has_no_number: number.is_none(),
            number_length: number.map_or(0, str::len),
            number: number.map(Arc::from),
            extension_id,
        }
    }
}

/// What a group of rows is about: all but the time. The outer `None` says that rows are not grouped by it, the inner one that it is not set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The department then.
    pub department: Option<Option<Arc<str>>>,
    /// The site then.
    pub site: Option<Option<Arc<str>>>,
    /// A call queue then.
    pub queue: Option<Option<Arc<str>>>,
    /// The extension.
    pub extension: Option<ExtensionOrder>,
}

impl GroupBy {
    /// The names of the groups, in the order of the rows.
    pub fn names(self) -> Vec<&'static str> {
        let names = [
            (self.department, "department"),
            (self.site, "site"),
            (self.queue, "queue"),
            (self.extension, "extension"),
        ];
        names
            .into_iter()
            .filter_map(|(wanted, name)| wanted.then_some(name))
            .collect()
    }

    /// Whether it depends on the profile of the time which groups an extension counts in.
    pub(super) fn needs_profile(self) -> bool {
        !self.as_now && (self.department || self.site || self.queue)
    }

    /// The groups that time of an extension with this profile counts in: one, but for people in several queues.
    pub fn keys(self, extension: &ExtensionOrder, profile: Option<&Profile>) -> Vec<GroupKey> {
        let text = |wanted: bool, value: Option<&String>| {
            wanted.then(|| value.map(|text| Arc::from(text.as_str())))
        };
        let key = GroupKey {
            department: text(
                self.department,
                profile.and_then(|profile| profile.department.as_ref()),
            ),
            site: text(self.site, profile.and_then(|profile| profile.site.as_ref())),
            queue: self.queue.then_some(None),
            extension: self.extension.then(|| extension.clone()),
        };
        match profile {
            Some(profile) if self.queue && !profile.queues.is_empty() => {
                let queues = profile.queues.iter();
                queues
                    .map(|queue| GroupKey {
                        queue: Some(Some(Arc::from(queue.as_str()))),
                        ..key.clone()
                    })
                    .collect()
            }
            _ => vec![key],
        }
    }
}
