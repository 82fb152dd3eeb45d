//! What a token may be used for. Pure.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use presence_answers::ask::Visible;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::wanted::Wanted;
use presence_model::ids::ExtensionId;
use presence_model::text::is_same_name;
use presence_store::ExtensionSummary;

/// One thing that a token may be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `read`: everything about everyone.
    Read,
    /// `read:department=NAME`, `read:site=NAME`, `read:queue=NAME`: everything about those who are in it now.
    ReadTeam(Team, String),
    /// `read:extension=ID`: everything about one extension.
    ReadExtension(ExtensionId),
    /// `ingest`: recording sweeps.
    Ingest,
    /// `metrics`: the figures for operating it.
    Metrics,
}

/// What makes a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Team {
    /// The department of the profile.
    Department,
    /// The site.
    Site,
    /// A call queue.
    Queue,
}

impl Team {
    const ALL: [Self; 3] = [Self::Department, Self::Site, Self::Queue];

    fn name(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Site => "site",
            Self::Queue => "queue",
        }
    }

    fn has(self, name: &str, extension: &ExtensionSummary) -> bool {
        let Some(profile) = &extension.profile else {
            return false;
        };
        let is_meant = |own: &String| is_same_name(own, name);
        match self {
            Self::Department => profile.department.as_ref().is_some_and(is_meant),
            Self::Site => profile.site.as_ref().is_some_and(is_meant),
            Self::Queue => profile.queues.iter().any(is_meant),
        }
    }
}

impl Scope {
    /// The group that it is for, if it is for one.
    pub fn group_filter(&self) -> Option<GroupFilter> {
        let Self::ReadTeam(team, name) = self else {
            return None;
        };
        let mut group_filter = GroupFilter::default();
        let wanted = Wanted::Named(name.clone());
        match team {
            Team::Department => group_filter.departments.push(wanted),
            Team::Site => group_filter.sites.push(wanted),
            Team::Queue => group_filter.queues.push(wanted),
        }
        Some(group_filter)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.write_str("read"),
            Self::ReadTeam(team, name) => write!(f, "read:{}={name}", team.name()),
            Self::ReadExtension(id) => write!(f, "read:extension={id}"),
            Self::Ingest => f.write_str("ingest"),
            Self::Metrics => f.write_str("metrics"),
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "read" => return Ok(Self::Read),
            "ingest" => return Ok(Self::Ingest),
            "metrics" => return Ok(Self::Metrics),
            _ => {}
        }
        let wrong = || {
            format!(
                "{text:?} is no scope: write read, read:department=NAME, read:site=NAME, read:queue=NAME, \
                 read:extension=ID, ingest or metrics"
            )
        };
        let (key, value) = text
            .strip_prefix("read:")
            .and_then(|rest| rest.split_once('='))
            .filter(|(_, value)| !value.is_empty())
            .ok_or_else(wrong)?;
        if key == "extension" {
            let id = value.parse().map_err(|_| {
                format!("{text:?}: {value:?} is no id of an extension, which is a number; `presence people` lists them")
            })?;
            return Ok(Self::ReadExtension(ExtensionId(id)));
        }
        let team = Team::ALL.into_iter().find(|team| team.name() == key);
        Ok(Self::ReadTeam(team.ok_or_else(wrong)?, value.to_owned()))
    }
}

/// All that a token may be used for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// These scopes.
    pub fn new(scopes: Vec<Scope>) -> Self {
        Self(scopes)
    }

    /// As they are kept; one that this program does not know allows nothing.
    pub fn read(texts: &[String]) -> Self {
        Self(texts.iter().filter_map(|text| text.parse().ok()).collect())
    }

    /// As they are kept.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether anything may be read.
    pub fn may_read(&self) -> bool {
        let mut scopes = self.0.iter();
        scopes.any(|scope| !matches!(scope, Scope::Ingest | Scope::Metrics))
    }

    /// Whether everything may be read.
    pub fn may_read_everything(&self) -> bool {
        self.0.contains(&Scope::Read)
    }

    /// Whether sweeps may be recorded.
    pub fn may_ingest(&self) -> bool {
        self.0.contains(&Scope::Ingest)
    }

    /// Whether the operating figures may be read.
    pub fn may_read_metrics(&self) -> bool {
        self.0.contains(&Scope::Metrics) || self.may_read_everything()
    }

    /// Whom they show, of all there are, under their latest profiles.
    pub fn visible(&self, everybody: &[ExtensionSummary]) -> Visible {
        if self.may_read_everything() {
            return Visible::Everybody;
        }
        let is_shown = |extension: &&ExtensionSummary| {
            self.0.iter().any(|scope| match scope {
                Scope::ReadTeam(team, name) => team.has(name, extension),
                Scope::ReadExtension(id) => *id == extension.extension_id,
                Scope::Read | Scope::Ingest | Scope::Metrics => false,
            })
        };
        let shown = everybody.iter().filter(is_shown);
        let ids: BTreeSet<ExtensionId> = shown.map(|extension| extension.extension_id).collect();
        Visible::Only(Arc::new(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_model::profile::Profile;

    fn extension(id: i64, department: &str, queues: &[&str]) -> ExtensionSummary {
        ExtensionSummary {
            extension_id: ExtensionId(id),
            profile: Some(Arc::new(Profile {
                department: Some(department.to_owned()),
                queues: queues.iter().map(|&queue| queue.to_owned()).collect(),
                ..Profile::default()
            })),
            was_observed: true,
            assumed_zone: None,
        }
    }

    #[track_caller]
    fn check(scopes: &[&str], expected: &[i64]) {
        let texts: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let scopes = Scopes::read(&texts);
        assert_eq!(scopes.texts(), texts);
        let everybody = [
            extension(1, "Sales", &[]),
            extension(2, "Support", &["Night"]),
            extension(3, "Sales", &["Night"]),
        ];
        let visible = scopes.visible(&everybody);
        let shown = everybody.iter().map(|one| one.extension_id);
        let shown: Vec<i64> = shown
            .filter(|id| visible.shows(*id))
            .map(|id| id.0)
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_team_is_anyone_who_is_in_it() {
        check(&["read"], &[1, 2, 3]);
        check(&["read:department=Sales"], &[1, 3]);
        check(&["read:queue=Night"], &[2, 3]);
        check(&["read:department=Support", "read:extension=1"], &[1, 2]);
        check(&["read:site=North"], &[]);
        check(&["ingest", "metrics"], &[]);
    }

    #[test]
    fn an_unknown_scope_allows_nothing() {
        let scopes = Scopes::read(&["write".to_owned(), "read:".to_owned()]);
        assert!(scopes.is_empty() && !scopes.may_read());
        for wrong in [
            "",
            "Read",
            "read:department=",
            "read:team=x",
            "read:extension=x",
        ] {
            assert!(wrong.parse::<Scope>().is_err(), "{wrong:?}");
        }
    }
}
