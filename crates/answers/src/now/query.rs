//! Everyone's state at a moment.
//!
//! Nearly everyone was in an interval that went on: then the interval is enough, and one statement reads all of them.
//! Of the others (there was a gap, or they were gone) the history is read around the moment.

use std::sync::Arc;

use crate::now::shape::ClassShape;
use crate::shapes::common::{CriterionShape, Person, StateShape, Status, Text};
use presence_core::query::as_of::{AsOf, Standing, as_of, as_of_interval};
use presence_core::query::classes::Criterion;
use presence_core::query::group::ExtensionOrder;
use presence_core::query::policy::{self, Policy, Subject};
use presence_core::query::queues::{QueueEvidence, StandingsAt};
use presence_model::coverage::{CoverageSegment, Heartbeat};
use presence_model::history::{Dictionary, ExtensionHistory, Interval, UnknownId};
use presence_model::ids::ExtensionId;
use presence_model::profile::Profile;
use presence_model::state::Presence;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{LatestInterval, Messages, PastSweep, StoreError};

use presence_reading::context::Context;
use presence_reading::error::AskError;
use presence_reading::parallel::{self, Accumulator, Part, unpacked};

/// Everyone's state at `moment`, which must not be in the future; people who had not been seen by then are left out. By extension number.
pub async fn at(
    context: &Context,
    moment: Timestamp,
) -> Result<Vec<crate::now::shape::AtEntry>, AskError> {
    at_by(context, moment, None).await
}

/// As [`at`], with what a policy makes of each state.
pub async fn at_by_policy(
    context: &Context,
    moment: Timestamp,
    policy: &Arc<Policy>,
) -> Result<Vec<crate::now::shape::AtEntry>, AskError> {
    at_by(context, moment, Some(policy)).await
}

async fn at_by(
    context: &Context,
    moment: Timestamp,
    policy: Option<&Arc<Policy>>,
) -> Result<Vec<crate::now::shape::AtEntry>, AskError> {
    context.check_passed(moment)?;
    let common = Common {
        moment,
        now: context.now(),
        looks: context.sweeps_before(moment).await?,
        classifier: match policy {
            Some(policy) => Some(Classifier::of(context, policy, moment).await?),
            None => None,
        },
    };
    // A policy that looks at profiles needs all of them.
    let latest = if policy.is_some_and(|policy| policy.uses_profile()) {
        None
    } else {
        context.latest_intervals(moment).await?
    };
    let (mut entries, rest) = match latest {
        Some(latest) => {
            let states = context.dictionary_of(&[], Messages::NotNeeded).await?;
            common.by_intervals(latest, &states)?
        }
        None => (Vec::new(), observed(context).await?),
    };
    if !rest.is_empty() {
        entries.append(&mut by_histories(context, common, &rest).await?);
    }
    entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

/// Everyone who was ever observed, by id.
async fn observed(context: &Context) -> Result<Vec<ExtensionId>, AskError> {
    let extensions = context.extensions().await?.into_iter();
    let observed = extensions.filter(|extension| extension.was_observed);
    Ok(observed.map(|extension| extension.extension_id).collect())
}

/// An entry with its place among the others.
type Placed = (ExtensionOrder, crate::now::shape::AtEntry);

async fn by_histories(
    context: &Context,
    common: Common,
    ids: &[ExtensionId],
) -> Result<Vec<Placed>, AskError> {
    let window = TimeRange::of_moment(common.moment);
    let plan = Arc::new(Plan {
        common,
        complete: context.coverage(window).await?.complete,
        dictionary: context.dictionary(Messages::Needed).await?,
    });
    let empty = || Standings {
        plan: Arc::clone(&plan),
        entries: Vec::new(),
    };
    Ok(parallel::count(context, ids, window, empty).await?.entries)
}

/// What is the same for everyone, however their state is found.
struct Common {
    moment: Timestamp,
    now: Timestamp,
    looks: Vec<PastSweep>,
    classifier: Option<Classifier>,
}

/// What gives the class of a state at the moment.
pub(crate) struct Classifier {
    policy: Arc<Policy>,
    criterion: CriterionShape,
    /// What is known of the call queues that the policy asks.
    queues: Arc<QueueEvidence>,
    moment: Timestamp,
    now: Timestamp,
}

impl Classifier {
    /// What gives the classes of a policy at a moment.
    pub(crate) async fn of(
        context: &Context,
        policy: &Arc<Policy>,
        moment: Timestamp,
    ) -> Result<Self, AskError> {
        let queues = context.queues_at(policy, moment).await?;
        Ok(Self {
            policy: Arc::clone(policy),
            criterion: CriterionShape::from(&Criterion::Policy(Arc::clone(policy))),
            queues: queues.unwrap_or_default(),
            moment,
            now: context.now(),
        })
    }

    /// How an extension stood to the queues.
    pub(crate) fn standings(&self, id: ExtensionId) -> StandingsAt<'_> {
        self.queues.at(id, self.moment, self.now)
    }

    /// The class of what an extension shows, and whether it rests on no later sweep of a queue.
    fn class(
        &self,
        id: ExtensionId,
        presence: &Presence,
        profile: Option<&Profile>,
    ) -> (ClassShape, bool) {
        let subject = Subject::of(presence, profile);
        let standings = self.standings(id);
        let class = self.policy.class_of(&subject, &standings);
        let swept = self.policy.class_of(&subject, &standings.swept());
        let shape = ClassShape {
            class: class.flatten().map(str::to_owned),
            class_unknown: class.is_none(),
            criterion: self.criterion.clone(),
        };
        (shape, class != swept)
    }
}

impl Common {
    /// The states that intervals give, and the ids of the other people.
    fn by_intervals(
        &self,
        latest: Vec<LatestInterval>,
        states: &Dictionary,
    ) -> Result<(Vec<Placed>, Vec<ExtensionId>), UnknownId> {
        let mut entries = Vec::with_capacity(latest.len());
        let mut rest = Vec::new();
        for one in latest {
            let id = one.extension_id;
            match self.by_interval(one, states)? {
                Some(placed) => entries.push(placed),
                None => rest.push(id),
            }
        }
        rest.sort_unstable();
        Ok((entries, rest))
    }

    /// `None` for a person whose interval is not enough.
    fn by_interval(
        &self,
        latest: LatestInterval,
        states: &Dictionary,
    ) -> Result<Option<Placed>, UnknownId> {
        let id = latest.extension_id;
        let told = latest.interval.and_then(|interval| {
            let answer = as_of_interval(&interval, latest.last_seen, self.moment, self.now);
            Some((interval, answer?))
        });
        let Some((interval, answer)) = told else {
            return Ok(None);
        };
        let order = ExtensionOrder::of(id, latest.extension_number.as_deref());
        let person = Person {
            extension_id: Text(id),
            extension_number: latest.extension_number,
            name: latest.name,
        };
        let presence = match answer.standing {
            Standing::Known { state_id, .. } => Some(Presence {
                state: Arc::clone(states.state(state_id)?),
                message: latest.message,
            }),
            Standing::Unknown | Standing::Absent => None,
        };
        let last = self.last_observed_at(id, &interval, latest.last_seen);
        Ok(Some((
            order,
            self.entry(person, &answer, presence, None, Some(last)),
        )))
    }

    /// What is told of an extension; `profile` is the one that its class is decided by.
    fn entry(
        &self,
        person: Person,
        answer: &AsOf,
        presence: Option<Presence>,
        profile: Option<&Profile>,
        last_observed_at: Option<Timestamp>,
    ) -> crate::now::shape::AtEntry {
        let classed = self.classifier.as_ref().zip(presence.as_ref());
        let classed = classed.map(|(classifier, presence)| {
            classifier.class(person.extension_id.0, presence, profile)
        });
        let (class, rests_on_queue) = classed.unzip();
        crate::now::shape::AtEntry {
            person,
            status: match answer.standing {
                Standing::Known { .. } => Status::Known,
                Standing::Unknown => Status::Unknown,
                Standing::Absent => Status::Absent,
            },
            presumed: answer.presumed || rests_on_queue == Some(true),
            since: Text(answer.since),
            since_earliest: answer.since_earliest.map(Text),
            last_observed_at: last_observed_at.map(Text),
            class,
            state: presence.map(StateShape),
        }
    }

    /// When an extension was last seen at or before the moment: by the sweeps' starts, or its own time where the log has
    /// it. `interval` is the last that began by then.
    fn last_observed_at(
        &self,
        id: ExtensionId,
        interval: &Interval,
        last_seen: Option<Heartbeat>,
    ) -> Timestamp {
        let ended_at = interval.until.filter(|&until| until <= self.moment);
        if let Some(ended_at) = ended_at {
            // It ended by a gap (at the last sweep before it) or by disappearing (after the last sweep that saw it).
            let certain = interval.certain_until.unwrap_or(ended_at);
            return certain.max(interval.from);
        }
        let mut looks = self.looks.iter();
        let seen = looks.find(|sweep| sweep.unseen.binary_search(&id).is_err());
        let last = seen.map_or(interval.from, |sweep| sweep.started_at.max(interval.from));
        last.min(last_seen.map_or(last, |sweep| sweep.at.max(interval.from)))
    }
}

/// What is the same for everyone in the history.
struct Plan {
    common: Common,
    complete: Vec<CoverageSegment>,
    dictionary: Dictionary,
}

impl Plan {
    /// Where an extension stood; `None` if it had not been seen by then.
    fn entry(&self, history: &ExtensionHistory) -> Result<Option<Placed>, UnknownId> {
        let (common, dictionary) = (&self.common, &self.dictionary);
        let moment = common.moment;
        let Some(answer) = as_of(history, &self.complete, moment, common.now) else {
            return Ok(None);
        };
        let profile = profile_at(history, dictionary, moment);
        let number = profile.and_then(|profile| profile.extension_number.as_deref());
        let order = ExtensionOrder::of(history.extension_id, number);
        let presence = match answer.standing {
            Standing::Known {
                state_id,
                message_id,
            } => Some(dictionary.presence(state_id, message_id)?),
            Standing::Unknown | Standing::Absent => None,
        };
        let mut intervals = history.intervals.iter();
        let interval = intervals.rfind(|interval| interval.from <= moment);
        let last = interval.map(|interval| {
            common.last_observed_at(history.extension_id, interval, history.last_seen)
        });
        let person = Person::of(history.extension_id, profile);
        let deciding = deciding_profile(history, &answer, dictionary, moment);
        let entry = common.entry(person, &answer, presence, deciding, last);
        Ok(Some((order, entry)))
    }
}

/// Where some of the extensions stood.
struct Standings {
    plan: Arc<Plan>,
    entries: Vec<Placed>,
}

impl Accumulator for Standings {
    fn add(&mut self, part: Part) -> Result<(), StoreError> {
        let (plan, entries) = (&*self.plan, &mut self.entries);
        unpacked(part, |history| {
            entries.extend(plan.entry(history)?);
            Ok(())
        })
    }

    fn merge(&mut self, mut other: Self) {
        self.entries.append(&mut other.entries);
    }
}

/// The profile that a class is decided by: that of the moment, but where a state is presumed, that of the last sweep.
pub(crate) fn deciding_profile<'a>(
    history: &ExtensionHistory,
    answer: &AsOf,
    dictionary: &'a Dictionary,
    moment: Timestamp,
) -> Option<&'a Profile> {
    let last_sweep = history.last_seen.filter(|_| answer.presumed);
    profile_at(
        history,
        dictionary,
        last_sweep.map_or(moment, |sweep| sweep.at),
    )
}

pub(crate) fn profile_at<'a>(
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
