//! Who there is: people under their latest names, and the teams they are in.

use std::collections::{BTreeMap, BTreeSet};

use presence_core::query::group::ExtensionOrder;
use presence_core::query::suggestion::folded;
use presence_model::ids::ExtensionId;
use presence_model::profile::Profile;
use presence_model::text::is_same_name;
use presence_store::ExtensionSummary;

use super::fields::Fields;
use presence_texts::{Texts, say};

/// A person, under the latest profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Who.
    pub(super) extension_id: ExtensionId,
    /// The extension number.
    pub(super) number: Option<String>,
    /// The name.
    pub(super) name: Option<String>,
    /// The department.
    pub(super) department: Option<String>,
    /// The site.
    pub(super) site: Option<String>,
    /// The call queues.
    pub(super) queues: Vec<String>,
    /// The name of the time zone, the assumed one if their own is not known.
    pub(super) time_zone: Option<String>,
    /// Whether it is assumed.
    pub(super) is_zone_assumed: bool,
    /// The platform's type.
    pub(super) extension_type: Option<String>,
    /// Whether it is a person.
    pub(super) is_person: bool,
}

impl Entry {
    /// The time zone, as it is shown.
    pub(super) fn shown_zone(&self, texts: Texts) -> Option<String> {
        let name = self.time_zone.as_ref()?;
        Some(if self.is_zone_assumed {
            say!(texts, "person-zone-assumed", zone = name)
        } else {
            name.clone()
        })
    }

    /// A person's label: the name, else the number, else the id.
    pub(super) fn called(&self, texts: Texts) -> String {
        match (&self.name, &self.number) {
            (Some(name), _) => name.clone(),
            (None, Some(number)) => say!(texts, "person-extension", number = number),
            (None, None) => id_told(texts, self.extension_id),
        }
    }
}

/// What someone is called if only their id is known.
pub(super) fn id_told(texts: Texts, extension_id: ExtensionId) -> String {
    say!(texts, "person-id", id = extension_id.to_string())
}

/// Everyone who was ever seen, by extension number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Directory {
    /// The people.
    pub(super) entries: Vec<Entry>,
}

/// The groups that people can be chosen by, as fields of an address.
pub(super) const TEAM_FIELDS: [&str; 3] = ["department", "site", "queue"];

impl Directory {
    /// Everyone of these whose presence was ever observed.
    pub(super) fn of(extensions: &[ExtensionSummary]) -> Self {
        let seen = extensions.iter().filter(|one| one.was_observed);
        let mut ordered: Vec<(ExtensionOrder, Entry)> = seen
            .map(|one| {
                let profile = one.profile.as_deref();
                let number = profile.and_then(|profile| profile.extension_number.clone());
                let order = ExtensionOrder::of(one.extension_id, number.as_deref());
                let entry = Entry {
                    extension_id: one.extension_id,
                    number,
                    name: profile.and_then(|profile| profile.name.clone()),
                    department: profile.and_then(|profile| profile.department.clone()),
                    site: profile.and_then(|profile| profile.site.clone()),
                    queues: profile
                        .map(|profile| profile.queues.clone())
                        .unwrap_or_default(),
                    time_zone: one.time_zone().map(str::to_owned),
                    is_zone_assumed: one.assumed_zone.is_some(),
                    extension_type: profile.and_then(|profile| profile.extension_type.clone()),
                    is_person: profile.is_none_or(Profile::is_person),
                };
                (order, entry)
            })
            .collect();
        ordered.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self {
            entries: ordered.into_iter().map(|(_, entry)| entry).collect(),
        }
    }

    /// The people whom an address chooses: those of a department, site or queue, and whose name, number or id has the
    /// text in it. Extensions that are no people only where they are asked for.
    pub(super) fn chosen<'a>(&'a self, fields: &'a Fields) -> impl Iterator<Item = &'a Entry> {
        let wanted = fields.get("person").map(folded);
        let all_types = fields.get("types") == Some("all");
        self.entries.iter().filter(move |entry| {
            (all_types || entry.is_person)
                && is_in_team(entry, fields)
                && wanted.as_deref().is_none_or(|text| is_called(entry, text))
        })
    }

    /// What someone is called: as an entry says, else by the id.
    pub(super) fn called(&self, texts: Texts, extension_id: ExtensionId) -> String {
        let entry = self.get(extension_id);
        entry.map_or_else(|| id_told(texts, extension_id), |entry| entry.called(texts))
    }

    /// Who has this id.
    pub(super) fn get(&self, extension_id: ExtensionId) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.extension_id == extension_id)
    }

    /// Who has this extension number, if nobody else has it.
    pub(super) fn numbered(&self, number: &str) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        let mut with_number = entries
            .by_ref()
            .filter(|entry| entry.number.as_deref() == Some(number));
        let found = with_number.next()?;
        with_number.next().is_none().then_some(found)
    }

    /// The names of groups in order, each with how many people are in it; `field` is one of [`TEAM_FIELDS`].
    pub(super) fn names(&self, field: &str) -> Vec<(&str, usize)> {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in &self.entries {
            for name in groups(entry, field) {
                *names.entry(name).or_default() += usize::from(entry.is_person);
            }
        }
        names.into_iter().collect()
    }

    /// The time zones that people are in, each once, in order.
    pub(super) fn zones(&self) -> Vec<&str> {
        let zones = self.entries.iter();
        let zones: BTreeSet<&str> = zones
            .filter_map(|entry| entry.time_zone.as_deref())
            .collect();
        zones.into_iter().collect()
    }
}

fn groups<'a>(entry: &'a Entry, field: &str) -> Vec<&'a str> {
    match field {
        "department" => entry.department.as_deref().into_iter().collect(),
        "site" => entry.site.as_deref().into_iter().collect(),
        _ => entry.queues.iter().map(String::as_str).collect(),
    }
}

fn is_in_team(entry: &Entry, fields: &Fields) -> bool {
    TEAM_FIELDS.iter().all(|field| {
        let wanted = fields.get(field);
        wanted.is_none_or(|wanted| {
            let mut groups = groups(entry, field).into_iter();
            groups.any(|own| is_same_name(own, wanted))
        })
    })
}

fn is_called(entry: &Entry, text: &str) -> bool {
    let name = entry.name.as_deref().map(folded);
    name.is_some_and(|name| name.contains(text))
        || entry.number.as_deref() == Some(text)
        || entry.extension_id.to_string() == text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use presence_model::profile::Profile;

    fn summary(id: i64, number: &str, department: &str, kind: &str) -> ExtensionSummary {
        ExtensionSummary {
            extension_id: ExtensionId(id),
            profile: Some(Arc::new(Profile {
                extension_number: Some(number.to_owned()),
                name: Some(format!("Extension {number}")),
                department: (!department.is_empty()).then(|| department.to_owned()),
                extension_type: Some(kind.to_owned()),
                queues: vec!["Sales".to_owned()],
                ..Profile::default()
            })),
            was_observed: id != 9,
            assumed_zone: None,
        }
    }

    fn directory() -> Directory {
        Directory::of(&[
            summary(1, "1001", "Support", "User"),
            summary(2, "102", "Support", "User"),
            summary(3, "103", "", "User"),
            summary(4, "104", "Menus", "IvrMenu"),
            summary(9, "109", "Support", "User"),
        ])
    }

    #[track_caller]
    fn check(query: &str, expected: &[&str]) {
        let directory = directory();
        let fields = Fields::read(Some(query));
        let numbers: Vec<&str> = directory
            .chosen(&fields)
            .filter_map(|entry| entry.number.as_deref())
            .collect();
        assert_eq!(numbers, expected, "{query}");
    }

    #[test]
    fn people_are_chosen_by_team_and_text() {
        check("", &["102", "103", "1001"]);
        check("department=Support", &["102", "1001"]);
        check("department=Support&queue=Nobody", &[]);
        check("queue=Sales&person=xtension+10", &["102", "103", "1001"]);
        check("person=103", &["103"]);
        check("types=all&department=Menus", &["104"]);
    }

    #[test]
    fn groups_are_named_once() {
        // A menu is no person.
        assert_eq!(
            directory().names("department"),
            [("Menus", 0), ("Support", 2)]
        );
        assert_eq!(directory().names("queue"), [("Sales", 3)]);
        assert!(directory().names("site").is_empty());
    }
}
