//! `people`: who there is.

use schemars::JsonSchema;
use serde::Serialize;

use crate::shapes::common::Person;
use presence_store::ExtensionSummary;

/// An extension under its latest profile; what was never told is `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Person")]
pub struct PersonEntry {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// The platform's `type`, such as `User`.
    #[serde(rename = "type")]
    pub extension_type: Option<String>,
    /// The platform's `status`, such as `Enabled`.
    pub status: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The site.
    pub site: Option<String>,
    /// The IANA name of the time zone.
    pub time_zone: Option<String>,
    /// Whether the time zone is assumed, from that of the site or account: the platform has not said their own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub zone_assumed: bool,
    /// The call queues, sorted.
    pub queues: Vec<String>,
    /// Whether their presence was ever observed; `false` for those whom only the directory or a queue named.
    pub was_observed: bool,
}

impl PersonEntry {
    /// An extension as it is listed.
    pub fn of(extension: &ExtensionSummary) -> Self {
        let profile = extension.profile.as_deref().cloned().unwrap_or_default();
        Self {
            person: Person::of(extension.extension_id, extension.profile.as_deref()),
            extension_type: profile.extension_type,
            status: profile.status,
            department: profile.department,
            site: profile.site,
            time_zone: extension.time_zone().map(str::to_owned),
            zone_assumed: extension.assumed_zone.is_some(),
            queues: profile.queues,
            was_observed: extension.was_observed,
        }
    }
}
