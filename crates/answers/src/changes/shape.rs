//! `changes`: the audit list of events.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use presence_core::query::changes::{ClassChange, changed_facets};
use presence_model::event::{ChangeEvent, EventKind};
use presence_model::facet::Facet;
use presence_model::ids::{AccountId, SnapshotNo};
use presence_model::observation::Source;
use presence_model::profile::Profile;
use presence_model::state::Presence;

use crate::shapes::common::{CriterionShape, Person, StateShape, Text, Time};

/// One change event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// Whose history.
    pub account_id: Text<AccountId>,
    /// Its place in the account's log.
    pub position: i64,
    /// The snapshot that showed it.
    pub snapshot_no: i64,
    /// Who, under the name of that time.
    #[serde(flatten)]
    pub person: Person,
    /// Its number among the extension's events.
    pub version: i64,
    /// `appeared`, `changed`, `disappeared` or `profile_changed`.
    #[schemars(extend("enum" = ["appeared", "changed", "disappeared", "profile_changed"]))]
    pub kind: &'static str,
    /// When it had been seen.
    pub observed_at: Time,
    /// It cannot have happened before; `null` when nothing earlier is known.
    pub not_before: Option<Time>,
    /// `poll`, `push` or `import`.
    #[schemars(extend("enum" = ["poll", "push", "import"]))]
    pub source: &'static str,
    /// What differs, by facet or field of the profile.
    pub changes: BTreeMap<&'static str, FromTo>,
    /// The whole state after it; `null` when there is none.
    pub state: Option<StateShape>,
    /// From which class to which it leads; only where a policy was asked for.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassChangeShape>,
}

/// From which class of a policy to which an event leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ClassChange")]
pub struct ClassChangeShape {
    /// The classes; `null` where the extension, or the facet that the class is taken from, is absent.
    pub class: FromTo,
    /// The policy.
    #[serde(flatten)]
    pub criterion: CriterionShape,
}

impl ClassChangeShape {
    /// The shape of a change of class.
    pub fn of(change: ClassChange, criterion: CriterionShape) -> Self {
        Self {
            class: FromTo {
                from: change.from,
                to: change.to,
            },
            criterion,
        }
    }
}

/// A value before and after; `null` is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FromTo {
    /// Before.
    pub from: Option<String>,
    /// After.
    pub to: Option<String>,
}

impl Change {
    /// The shape of an event.
    pub fn of(
        account_id: AccountId,
        event: &ChangeEvent,
        snapshot_no: SnapshotNo,
        source: Source,
        profile_then: Option<&Profile>,
    ) -> Self {
        let changes = if event.kind == EventKind::ProfileChanged {
            profile_changes(event)
        } else {
            facet_changes(event)
        };
        Self {
            account_id: Text(account_id),
            position: event.position.0,
            snapshot_no: snapshot_no.0,
            person: Person::of(event.extension_id, profile_then),
            version: event.version.0,
            kind: event.kind.name(),
            observed_at: Text(event.observed_at),
            not_before: event.not_before.map(Text),
            source: source.name(),
            changes,
            state: event.presence.clone().map(StateShape),
            class: None,
        }
    }
}

/// What an event changes of the state, by facet.
pub(crate) fn facet_changes(event: &ChangeEvent) -> BTreeMap<&'static str, FromTo> {
    let previous = event.previous.as_ref();
    let presence = event.presence.as_ref();
    let value = |presence: Option<&Presence>, facet: Facet| {
        presence
            .and_then(|presence| presence.get(facet))
            .map(str::to_owned)
    };
    let changes = changed_facets(event).map(|facet| {
        let (from, to) = (value(previous, facet), value(presence, facet));
        (facet.name(), FromTo { from, to })
    });
    changes.collect()
}

fn profile_changes(event: &ChangeEvent) -> BTreeMap<&'static str, FromTo> {
    let unknown = Profile::default();
    let previous = event.previous_profile.as_deref().unwrap_or(&unknown);
    let profile = event.profile.as_deref().unwrap_or(&unknown);
    let queues = |profile: &Profile| {
        let some = !profile.queues.is_empty();
        some.then(|| profile.queues.join(", "))
    };
    let texts = Profile::TEXT_NAMES
        .into_iter()
        .zip(previous.texts().into_iter().zip(profile.texts()))
        .map(|(name, (from, to))| (name, from.map(str::to_owned), to.map(str::to_owned)));
    differing(texts.chain([("queues", queues(previous), queues(profile))]))
}

fn differing(
    values: impl Iterator<Item = (&'static str, Option<String>, Option<String>)>,
) -> BTreeMap<&'static str, FromTo> {
    values
        .filter(|(_, from, to)| from != to)
        .map(|(name, from, to)| (name, FromTo { from, to }))
        .collect()
}
