//! What names and groups an extension.

use sha2::{Digest, Sha256};

use super::state::{ContentHash, hash_optional_text};

/// What the directory says of an extension. Everything may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The extension number, such as `101`.
    pub extension_number: Option<String>,
    /// The name shown to others.
    pub name: Option<String>,
    /// The platform's `type`, verbatim, such as `User` or `IvrMenu`.
    pub extension_type: Option<String>,
    /// The platform's `status`, verbatim, such as `Enabled`.
    pub status: Option<String>,
    /// The free text `contact.department`; not a call queue.
    pub department: Option<String>,
    /// The name of the site.
    pub site: Option<String>,
    /// The IANA name of the time zone.
    pub time_zone: Option<String>,
    /// The names of the call queues, sorted, each once.
    pub queues: Vec<String>,
}

/// The platform's types of extensions that are people (`GetExtensionListInfoResponse.type`).
pub const PEOPLE_TYPES: [&str; 4] = ["User", "DigitalUser", "VirtualUser", "FlexibleUser"];

/// The platform's extension types (`GetExtensionListInfoResponse.type`).
pub const DOCUMENTED_TYPES: [&str; 20] = [
    "User",
    "DigitalUser",
    "VirtualUser",
    "FlexibleUser",
    "FaxUser",
    "Limited",
    "Department",
    "Announcement",
    "Voicemail",
    "SharedLinesGroup",
    "DelegatedLinesGroup",
    "PagingOnly",
    "IvrMenu",
    "ApplicationExtension",
    "ParkLocation",
    "GroupCallPickup",
    "Bot",
    "Room",
    "Site",
    "ProxyAdmin",
];

impl Profile {
    /// Whether the extension is a person: one of [`PEOPLE_TYPES`], or of no known type.
    pub fn is_person(&self) -> bool {
        self.extension_type
            .as_deref()
            .is_none_or(|kind| PEOPLE_TYPES.contains(&kind))
    }

    /// What identifies the profile in the dictionary: the same on every database.
    pub fn content_hash(&self) -> ContentHash {
        let mut hasher = Sha256::new();
        hasher.update(b"profile 1\0");
        for text in self.texts() {
            hash_optional_text(&mut hasher, text);
        }
        hasher.update((self.queues.len() as u64).to_be_bytes());
        for queue in &self.queues {
            hash_optional_text(&mut hasher, Some(queue));
        }
        hasher.finalize().into()
    }

    /// The single-valued fields, in the order of their columns.
    pub fn texts(&self) -> [Option<&str>; 7] {
        [
            self.extension_number.as_deref(),
            self.name.as_deref(),
            self.extension_type.as_deref(),
            self.status.as_deref(),
            self.department.as_deref(),
            self.site.as_deref(),
            self.time_zone.as_deref(),
        ]
    }

    /// The names of [`Profile::texts`], as in tables and JSON.
    pub const TEXT_NAMES: [&'static str; 7] = [
        "extension_number",
        "name",
        "type",
        "status",
        "department",
        "site",
        "time_zone",
    ];
}

/// What one listing of the directory said of an extension. The outer `None`: this listing does not have the field
/// (the extension list, for example, has no time zones); `Some(None)`: it says that there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileUpdate {
    /// See [`Profile::extension_number`].
    pub extension_number: Option<Option<String>>,
    /// See [`Profile::name`].
    pub name: Option<Option<String>>,
    /// See [`Profile::extension_type`].
    pub extension_type: Option<Option<String>>,
    /// See [`Profile::status`].
    pub status: Option<Option<String>>,
    /// See [`Profile::department`].
    pub department: Option<Option<String>>,
    /// See [`Profile::site`].
    pub site: Option<Option<String>>,
    /// See [`Profile::time_zone`].
    pub time_zone: Option<Option<String>>,
    /// See [`Profile::queues`].
    pub queues: Option<Vec<String>>,
}

impl ProfileUpdate {
    /// Applies what this listing says to `profile`.
    pub fn apply(&self, profile: &mut Profile) {
        let told = [
            (&self.extension_number, &mut profile.extension_number),
            (&self.name, &mut profile.name),
            (&self.extension_type, &mut profile.extension_type),
            (&self.status, &mut profile.status),
            (&self.department, &mut profile.department),
            (&self.site, &mut profile.site),
            (&self.time_zone, &mut profile.time_zone),
        ];
        for (told, kept) in told {
            if let Some(value) = told {
                kept.clone_from(&value.clone().filter(|text| !text.is_empty()));
            }
        }
        if let Some(queues) = &self.queues {
            let mut queues = queues.clone();
            queues.sort();
            queues.dedup();
            profile.queues = queues;
        }
    }

    /// Adds the listed values to a digest.
    pub(crate) fn hash_into(&self, hasher: &mut Sha256) {
        let texts = [
            &self.extension_number,
            &self.name,
            &self.extension_type,
            &self.status,
            &self.department,
            &self.site,
            &self.time_zone,
        ];
        for told in texts {
            match told {
                None => hasher.update([2]),
                Some(value) => hash_optional_text(hasher, value.as_deref()),
            }
        }
        match &self.queues {
            None => hasher.update([2]),
            Some(queues) => {
                hasher.update((queues.len() as u64).to_be_bytes());
                for queue in queues {
                    hash_optional_text(hasher, Some(queue));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_not_told_stays() {
        let mut profile = Profile {
            name: Some("Extension 101".into()),
            time_zone: Some("Europe/Berlin".into()),
            ..Profile::default()
        };
        let update = ProfileUpdate {
            name: Some(None),
            queues: Some(vec!["Support".into(), "Sales".into(), "Support".into()]),
            ..ProfileUpdate::default()
        };
        update.apply(&mut profile);
        assert_eq!(profile.name, None);
        assert_eq!(profile.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(profile.queues, ["Sales", "Support"]);
    }

    #[test]
    fn anyone_who_has_no_known_type_is_taken_for_a_person() {
        let with_type = |kind: Option<&str>| Profile {
            extension_type: kind.map(str::to_owned),
            ..Profile::default()
        };
        assert!(with_type(None).is_person());
        assert!(with_type(Some("VirtualUser")).is_person());
        assert!(!with_type(Some("IvrMenu")).is_person());
    }
}
