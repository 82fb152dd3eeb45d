//! Where everybody stood at a moment.

use std::sync::Arc;

use crate::model::coverage::CoverageSegment;
use crate::model::history::{Dictionary, ExtensionHistory};
use crate::model::ids::ExtensionId;
use crate::model::packed::BlockError;
use crate::model::profile::Profile;
use crate::model::state::Presence;
use crate::model::time::{Span, Timestamp};
use crate::query::as_of::{AsOf, Standing, as_of};
use crate::query::classes::Criterion;
use crate::query::group::ExtensionOrder;
use crate::query::policy::{self, Policy, Subject};
use crate::shapes;
use crate::shapes::common::{CriterionShape, Person, StateShape, Status, Text};
use crate::store::{Messages, PastLook};

use super::context::{AskError, Context};
use super::spread::{self, Count, Part, unpacked};

/// Where everybody stood at `moment`; whoever had not been seen by then is left out. By extension number.
pub async fn at(
    context: &Context,
    moment: Timestamp,
) -> Result<Vec<shapes::at::AtEntry>, AskError> {
    at_by(context, moment, None).await
}

/// As [`at`], with what a policy makes of each state.
pub async fn at_by_policy(
    context: &Context,
    moment: Timestamp,
    policy: &Arc<Policy>,
) -> Result<Vec<shapes::at::AtEntry>, AskError> {
    at_by(context, moment, Some(policy)).await
}

async fn at_by(
    context: &Context,
    moment: Timestamp,
    policy: Option<&Arc<Policy>>,
) -> Result<Vec<shapes::at::AtEntry>, AskError> {
    let window = Span::new(moment, moment.plus_ms(1)).expect("a millisecond is not empty");
    let extensions = context.extensions().await?;
    let ids: Vec<ExtensionId> = extensions
        .iter()
        .filter(|extension| extension.was_observed)
        .map(|extension| extension.extension_id)
        .collect();
    let plan = Arc::new(Plan {
        moment,
        now: context.now(),
        complete: context.coverage(window).await?.complete,
        dictionary: context.dictionary(Messages::Needed).await?,
        looks: context.looks_before(moment.min(context.now())).await?,
        policy: policy.map(|policy| {
            let criterion = Criterion::Policy(Arc::clone(policy));
            (Arc::clone(policy), CriterionShape::from(&criterion))
        }),
    });
    let empty = || Standings {
        plan: Arc::clone(&plan),
        entries: Vec::new(),
    };
    let mut entries = spread::count(context, &ids, window, empty).await?.entries;
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

/// What is the same for everybody.
struct Plan {
    moment: Timestamp,
    now: Timestamp,
    complete: Vec<CoverageSegment>,
    dictionary: Dictionary,
    looks: Vec<PastLook>,
    policy: Option<(Arc<Policy>, CriterionShape)>,
}

impl Plan {
    /// Where an extension stood; `None` if it had not been seen by then.
    fn entry(&self, history: &ExtensionHistory) -> Option<(ExtensionOrder, shapes::at::AtEntry)> {
        let (moment, dictionary) = (self.moment, &self.dictionary);
        let answer = as_of(history, &self.complete, moment, self.now)?;
        let profile = profile_at(history, dictionary, moment);
        let order = order_of(history.extension_id, profile);
        let mut entry = at_entry(history, &answer, dictionary, profile, moment, &self.looks);
        if let Some((policy, criterion)) = &self.policy {
            let presence = entry.state.as_ref().map(|state| &state.0);
            let profile = deciding_profile(history, &answer, dictionary, moment);
            entry.class = presence.map(|presence| shapes::at::ClassShape {
                class: class_of(policy, presence, profile),
                criterion: criterion.clone(),
            });
        }
        Some((order, entry))
    }
}

/// Where some of the extensions stood.
struct Standings {
    plan: Arc<Plan>,
    entries: Vec<(ExtensionOrder, shapes::at::AtEntry)>,
}

impl Count for Standings {
    fn add(&mut self, part: Part) -> Result<(), BlockError> {
        let (plan, entries) = (&*self.plan, &mut self.entries);
        unpacked(part, |history| entries.extend(plan.entry(history)))
    }

    fn merge(&mut self, mut other: Self) {
        self.entries.append(&mut other.entries);
    }
}

fn order_of(extension_id: ExtensionId, profile: Option<&Profile>) -> ExtensionOrder {
    let number = profile.and_then(|profile| profile.extension_number.as_deref());
    ExtensionOrder::of(extension_id, number)
}

fn at_entry(
    history: &ExtensionHistory,
    answer: &AsOf,
    dictionary: &Dictionary,
    profile: Option<&Profile>,
    moment: Timestamp,
    looks: &[PastLook],
) -> shapes::at::AtEntry {
    let (status, state) = match answer.standing {
        Standing::Known {
            state_id,
            message_id,
        } => {
            let presence = Presence {
                state: Arc::clone(&dictionary.states[&state_id]),
                message: message_id.map(|id| Arc::clone(&dictionary.messages[&id])),
            };
            (Status::Known, Some(StateShape(presence)))
        }
        Standing::Unknown => (Status::Unknown, None),
        Standing::Absent => (Status::Absent, None),
    };
    shapes::at::AtEntry {
        person: Person::of(history.extension_id, profile),
        status,
        presumed: answer.presumed,
        since: Text(answer.since),
        since_earliest: answer.since_earliest.map(Text),
        last_observed_at: last_observed_at(history, moment, looks).map(Text),
        state,
        class: None,
    }
}

/// What a policy makes of a state.
fn class_of(policy: &Policy, presence: &Presence, profile: Option<&Profile>) -> Option<String> {
    let subject = Subject::of(presence, profile);
    policy.class_of(&subject).map(str::to_owned)
}

/// The profile that a class is decided by: that of the moment, but where a state is presumed, that of the last look.
pub(super) fn deciding_profile<'a>(
    history: &ExtensionHistory,
    answer: &AsOf,
    dictionary: &'a Dictionary,
    moment: Timestamp,
) -> Option<&'a Profile> {
    let last_look = history.last_seen.filter(|_| answer.presumed);
    profile_at(
        history,
        dictionary,
        last_look.map_or(moment, |look| look.at),
    )
}

/// When an extension was last seen at or before `moment`: by the looks' starts, or its own time where the log has it.
fn last_observed_at(
    history: &ExtensionHistory,
    moment: Timestamp,
    looks: &[PastLook],
) -> Option<Timestamp> {
    let interval = history
        .intervals
        .iter()
        .rfind(|interval| interval.from <= moment)?;
    let ended_at = interval.until.filter(|&until| until <= moment);
    if let Some(ended_at) = ended_at {
        // It ended by a gap (at the last look before it) or by disappearing (after the last look that saw it).
        let certain = interval.certain_until.unwrap_or(ended_at);
        return Some(certain.max(interval.from));
    }
    let seen = looks
        .iter()
        .find(|look| look.unseen.binary_search(&history.extension_id).is_err());
    let last = seen.map_or(interval.from, |look| look.started_at.max(interval.from));
    Some(
        last.min(
            history
                .last_seen
                .map_or(last, |look| look.at.max(interval.from)),
        ),
    )
}

pub(super) fn profile_at<'a>(
    history: &ExtensionHistory,
    dictionary: &'a Dictionary,
    moment: Timestamp,
) -> Option<&'a Profile> {
    let profile_id = policy::profile_at(&history.profiles, moment)?;
    dictionary
        .profiles
        .get(&profile_id)
        .map(|profile| &**profile)
}
