//! Parts that several shapes share.

use std::fmt::Display;

use serde::{Serialize, Serializer};

use crate::model::facet::Facet;
use crate::model::ids::ExtensionId;
use crate::model::profile::Profile;
use crate::model::state::Presence;
use crate::model::time::Timestamp;

/// A value shown as text: a time as RFC 3339, an id as digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A moment as RFC 3339.
pub type Time = Text<Timestamp>;

/// What is known of a moment or stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The extension showed what is said.
    Known,
    /// Nobody looked.
    Unknown,
    /// It did not exist.
    Absent,
}

impl Status {
    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Absent => "absent",
        }
    }
}

/// Who it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Identifies the extension.
    pub extension_id: Text<ExtensionId>,
    /// Its number; `null` if it has none or none was told.
    pub extension_number: Option<String>,
    /// Its name; `null` if none was told.
    pub name: Option<String>,
}

impl Person {
    /// An extension under the number and name of a profile.
    pub fn of(extension_id: ExtensionId, profile: Option<&Profile>) -> Self {
        Self {
            extension_id: Text(extension_id),
            extension_number: profile.and_then(|profile| profile.extension_number.clone()),
            name: profile.and_then(|profile| profile.name.clone()),
        }
    }
}

/// The facets that are present in a state, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateShape(pub Presence);

impl Serialize for StateShape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facets = Facet::ALL.into_iter();
        serializer.collect_map(facets.filter_map(|facet| Some((facet.name(), self.0.get(facet)?))))
    }
}
