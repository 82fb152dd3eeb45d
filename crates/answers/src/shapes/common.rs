//! Parts that several shapes share.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::{Map, json};

pub use presence_charts::text::{Text, Time};

use presence_core::query::classes::Criterion;
use presence_model::facet::Facet;
use presence_model::ids::ExtensionId;
use presence_model::profile::Profile;
use presence_model::state::Presence;

/// What is known of a moment or stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The extension showed what is said.
    Known,
    /// No data.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
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

/// By what states are told apart: `"facet"`, or `"policy"` with its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CriterionShape {
    /// By the value of a facet.
    Facet {
        /// Its name.
        facet: &'static str,
    },
    /// By the class that a policy gives.
    Policy {
        /// Its name.
        policy: String,
        /// What identifies its meaning: SHA-256 over its rules, as hexadecimal digits.
        policy_digest: String,
        /// The classes in the order of the rules.
        #[serde(skip)]
        order: Vec<String>,
    },
}

impl CriterionShape {
    /// `facet` or `policy`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Facet { .. } => "facet",
            Self::Policy { .. } => "policy",
        }
    }

    /// The name of the facet or policy.
    pub fn name(&self) -> &str {
        match self {
            Self::Facet { facet } => facet,
            Self::Policy { policy, .. } => policy,
        }
    }

    /// The values in the order in which they are shown, as far as they are known beforehand.
    pub fn order(&self) -> Vec<&str> {
        match self {
            Self::Facet { facet } => Facet::from_name(facet)
                .map_or(&[][..], Facet::documented_values)
                .to_vec(),
            Self::Policy { order, .. } => order.iter().map(String::as_str).collect(),
        }
    }
}

impl From<&Criterion> for CriterionShape {
    fn from(criterion: &Criterion) -> Self {
        match criterion {
            Criterion::Facet(facet) => Self::Facet {
                facet: facet.name(),
            },
            Criterion::Policy(policy) => Self::Policy {
                policy: policy.name().to_owned(),
                policy_digest: policy.digest().to_string(),
                order: criterion
                    .known_values()
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
            },
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

impl JsonSchema for StateShape {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FacetValues".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json!({ "type": "string" });
        let facets = Facet::ALL.map(|facet| (facet.name().to_owned(), text.clone()));
        json_schema!({ "type": "object", "properties": Map::from_iter(facets) })
    }
}
