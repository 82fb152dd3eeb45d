//! In whose local time days and hours are; which zone an extension is assumed to have where the platform does not say.

use std::sync::Arc;

use presence_core::query::zone::{Zone, ZoneError};
use presence_model::HashMap;
use presence_model::profile::Profile;
use presence_model::time::Timestamp;
use presence_store::{ExtensionSummary, SiteZone};

/// The zones of the sites, and the account's under the empty name.
pub struct AssumedZones(HashMap<String, Arc<str>>);

impl AssumedZones {
    /// Those that were known at `known_at`; `None`: the latest. `rows` are by site and time.
    pub fn of(rows: Vec<SiteZone>, known_at: Option<Timestamp>) -> Self {
        let known = rows
            .into_iter()
            .filter(|row| known_at.is_none_or(|at| row.since <= at));
        // A later row of a site stands in place of the one before.
        Self(known.map(|row| (row.site, row.time_zone.into())).collect())
    }

    /// Whether the zone of an extension has to be assumed: it is a person's, and the platform has not said it.
    pub fn is_wanted(extension: &ExtensionSummary) -> bool {
        extension.profile.as_deref().is_some_and(|profile| {
            let is_assigned = profile.status.as_deref() != Some("Unassigned");
            profile.time_zone.is_none() && is_assigned && profile.is_person()
        })
    }

    /// The site's zone, else the account's.
    pub fn zone(&self, profile: &Profile) -> Option<Arc<str>> {
        let site = profile.site.as_deref().and_then(|site| self.0.get(site));
        site.or_else(|| self.0.get("")).cloned()
    }
}

/// The word that asks for each extension's own zone.
pub const OWN_ZONE: &str = "extension";

/// In whose local time days and hours are.
#[derive(Clone, Debug, PartialEq)]
pub enum ZoneChoice {
    /// Each extension's own; UTC where none is known.
    Own,
    /// This one, for everyone.
    Named(Zone),
}

impl ZoneChoice {
    /// The name of the zone; `None` where it is each extension's own.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Own => None,
            Self::Named(zone) => Some(zone.name().to_owned()),
        }
    }
}

impl std::str::FromStr for ZoneChoice {
    type Err = ZoneError;

    /// Reads a zone by its name, or `extension` for each extension's own.
    fn from_str(name: &str) -> Result<Self, ZoneError> {
        if name.eq_ignore_ascii_case(OWN_ZONE) {
            return Ok(Self::Own);
        }
        Zone::written(name).map(Self::Named)
    }
}

/// An extension's own zone, or the one that is assumed of it; UTC where there is none.
pub fn own_zone(extension: Option<&ExtensionSummary>) -> Zone {
    extension
        .and_then(ExtensionSummary::time_zone)
        .and_then(|name| Zone::named(name).ok())
        .unwrap_or_else(Zone::utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(site: &str, since_ms: i64, time_zone: &str) -> SiteZone {
        SiteZone {
            site: site.to_owned(),
            since: Timestamp::saturating_from_ms(since_ms),
            time_zone: time_zone.to_owned(),
        }
    }

    #[test]
    fn the_site_comes_before_the_account_and_the_later_row_before_the_earlier() {
        let rows = vec![
            row("", 0, "America/Chicago"),
            row("West", 0, "America/Los_Angeles"),
            row("West", 1_000, "America/Denver"),
        ];
        let of = |site: Option<&str>, known_at_ms: Option<i64>| {
            let known_at = known_at_ms.map(Timestamp::saturating_from_ms);
            let profile = Profile {
                site: site.map(str::to_owned),
                ..Profile::default()
            };
            let zones = AssumedZones::of(rows.clone(), known_at);
            zones.zone(&profile).map(|zone| zone.to_string())
        };
        assert_eq!(of(Some("West"), None).as_deref(), Some("America/Denver"));
        assert_eq!(
            of(Some("West"), Some(999)).as_deref(),
            Some("America/Los_Angeles")
        );
        assert_eq!(of(Some("East"), None).as_deref(), Some("America/Chicago"));
        assert_eq!(of(None, None).as_deref(), Some("America/Chicago"));
        assert_eq!(of(None, Some(-1)), None);
    }
}
