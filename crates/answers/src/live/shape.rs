//! `get`: what the platform says of one extension now, beside what was recorded of it last.

use serde::Serialize;

use crate::now::shape::AtEntry;
use crate::shapes::common::{Person, StateShape, Status, Time};
use presence_model::facet::Facet;
use presence_model::state::Presence;
use presence_model::time::Timestamp;

/// What the platform says of one extension, and what was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveReading {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// What the platform says; `null` if it has no such extension.
    pub live: Option<Live>,
    /// What was recorded last; `null` if nothing was.
    pub recorded: Option<Recorded>,
    /// The facets in which the two differ, by name; empty if there are not both.
    pub differs: Vec<&'static str>,
}

/// What the platform says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Live {
    /// When it was asked.
    pub requested_at: Time,
    /// When its answer was there; the state held at some moment between the two.
    pub received_at: Time,
    /// What it shows.
    pub state: StateShape,
}

/// What was recorded last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// What was known then.
    pub status: Status,
    /// From when on this was known without a gap.
    pub since: Time,
    /// The change that began it cannot have happened before; `null` where no change began it.
    pub since_earliest: Option<Time>,
    /// When the extension was last seen by a sweep; `null` if never.
    pub last_observed_at: Option<Time>,
    /// How long before the present moment that was, in milliseconds.
    pub age_ms: Option<i64>,
    /// What it showed; only when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateShape>,
}

impl Recorded {
    /// What an entry says, seen from `now`.
    pub fn of(entry: AtEntry, now: Timestamp) -> Self {
        let last = entry.last_observed_at;
        Self {
            status: entry.status,
            since: entry.since,
            since_earliest: entry.since_earliest,
            last_observed_at: last,
            age_ms: last.map(|last| now.since_ms(last.0).max(0)),
            state: entry.state,
        }
    }
}

impl LiveReading {
    /// The two, compared.
    pub fn new(person: Person, live: Option<Live>, recorded: Option<Recorded>) -> Self {
        let before = recorded
            .as_ref()
            .and_then(|recorded| recorded.state.as_ref());
        let differs = match (&live, before) {
            (Some(live), Some(before)) => differing(&live.state.0, &before.0),
            _ => Vec::new(),
        };
        Self {
            person,
            live,
            recorded,
            differs,
        }
    }

    /// The facets that either shows, each with what the platform says and what was recorded.
    pub fn facets(&self) -> Vec<(&'static str, Option<&str>, Option<&str>)> {
        let live = self.live.as_ref().map(|live| &live.state);
        let before = self.recorded.as_ref();
        let before = before.and_then(|recorded| recorded.state.as_ref());
        let facets = Facet::ALL.into_iter().map(|facet| {
            let values = (
                live.and_then(|state| state.0.get(facet)),
                before.and_then(|state| state.0.get(facet)),
            );
            (facet.name(), values.0, values.1)
        });
        facets
            .filter(|(_, live, before)| live.is_some() || before.is_some())
            .collect()
    }
}

fn differing(one: &Presence, other: &Presence) -> Vec<&'static str> {
    let facets = Facet::ALL.into_iter();
    facets
        .filter(|facet| one.get(*facet) != other.get(*facet))
        .map(Facet::name)
        .collect()
}
