//! Which rule of a policy decided for a person at a moment, and which events it rests on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::shape::{Explanation, Fact, FactEvent, QueueFact, RuleShape, TriedRule};
use crate::shapes::common::{Person, Status, Text};
use presence_core::query::as_of::{AsOf, Standing, as_of};
use presence_core::query::classes::Criterion;
use presence_core::query::policy::{
    Field, Outcome, Part, Policy, QUEUES, QueueStandings, Subject, Text as PolicyTerm,
};
use presence_model::event::ChangeEvent;
use presence_model::facet::Facet;
use presence_model::history::{Dictionary, ExtensionHistory, UnknownId};
use presence_model::ids::{ExtensionId, Position};
use presence_model::profile::Profile;
use presence_model::state::Presence;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{ChangesQuery, LoggedEvent, Messages};

use crate::changes::query::PAGE;
use crate::now::query::{Classifier, deciding_profile, profile_at};
use presence_reading::context::Context;
use presence_reading::error::AskError;

/// Which rule of `policy` decided for an extension at `moment`; `None` if it had not been seen by then.
pub async fn explain(
    context: &Context,
    extension_id: ExtensionId,
    policy: &Arc<Policy>,
    moment: Timestamp,
) -> Result<Option<Explanation>, AskError> {
    let Some(stood) = stood(context, extension_id, moment).await? else {
        return Ok(None);
    };
    let answer = &stood.answer;
    let mut explanation = Explanation {
        criterion: (&Criterion::Policy(Arc::clone(policy))).into(),
        person: Person::of(extension_id, stood.profile(moment)),
        at: Text(moment),
        status: stood.status(),
        presumed: answer.presumed,
        class: None,
        rules: Vec::new(),
        facts: Vec::new(),
        queues: Vec::new(),
    };
    if let Some(presence) = stood.presence()? {
        let subject = Subject::of(&presence, stood.deciding_profile(moment));
        let told_by = events(context, extension_id, moment).await?;
        let classifier = Classifier::of(context, policy, moment).await?;
        let standings = classifier.standings(extension_id);
        let class = policy.class_of(&subject, &standings);
        explanation.presumed |= class != policy.class_of(&subject, &standings.swept());
        explanation.class = class.map(|class| class.map(str::to_owned));
        explanation.rules = tried(policy, &subject, &standings);
        explanation.facts = facts(policy, (&subject, &standings), &told_by);
        let asked = terms(policy, &subject, &standings).1;
        let told = standings.0.iter();
        let told = told.filter(|(queue, _)| asked.contains(&&*queue.name));
        explanation.queues = told
            .map(|(queue, at)| QueueFact::of(queue, at, moment))
            .collect();
    }
    Ok(Some(explanation))
}

/// Where an extension stood at a moment, with what its numbers stand for.
pub(crate) struct Stood {
    pub(crate) history: ExtensionHistory,
    pub(crate) answer: AsOf,
    dictionary: Dictionary,
}

/// Where an extension stood at `moment`; `None` if it had not been seen by then.
pub(crate) async fn stood(
    context: &Context,
    extension_id: ExtensionId,
    moment: Timestamp,
) -> Result<Option<Stood>, AskError> {
    context.check_passed(moment)?;
    let window = TimeRange::of_moment(moment);
    let dictionary = context
        .dictionary_of(&[extension_id], Messages::Needed)
        .await?;
    let coverage = context.coverage(window).await?;
    let Some(history) = context.histories(&[extension_id], window).await?.pop() else {
        return Ok(None);
    };
    let answer = as_of(&history, &coverage.complete, moment, context.now());
    Ok(answer.map(|answer| Stood {
        history,
        answer,
        dictionary,
    }))
}

impl Stood {
    pub(crate) fn status(&self) -> Status {
        match self.answer.standing {
            Standing::Known { .. } => Status::Known,
            Standing::Unknown => Status::Unknown,
            Standing::Absent => Status::Absent,
        }
    }

    /// What it showed, if that is known.
    pub(crate) fn presence(&self) -> Result<Option<Presence>, UnknownId> {
        let Standing::Known {
            state_id,
            message_id,
        } = self.answer.standing
        else {
            return Ok(None);
        };
        self.dictionary.presence(state_id, message_id).map(Some)
    }

    /// The profile of the time.
    pub(crate) fn profile(&self, moment: Timestamp) -> Option<&Profile> {
        profile_at(&self.history, &self.dictionary, moment)
    }

    /// The profile that a class is decided by.
    pub(crate) fn deciding_profile(&self, moment: Timestamp) -> Option<&Profile> {
        deciding_profile(&self.history, &self.answer, &self.dictionary, moment)
    }
}

/// The rules up to the one that decided.
fn tried(policy: &Policy, subject: &Subject<'_>, queues: &dyn QueueStandings) -> Vec<TriedRule> {
    let decided = policy.rule_for(subject, queues);
    let count = decided.map_or(policy.rules().len(), |index| index + 1);
    let rules = policy.rules().iter().enumerate().take(count);
    rules
        .map(|(index, rule)| TriedRule {
            rule: RuleShape::of(index, rule),
            matched: rule.condition.truth(subject, queues),
        })
        .collect()
}

/// What a rule can ask for, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    Facet(Facet),
    Field(Field),
    Queues,
}

impl Term {
    fn name(self) -> &'static str {
        match self {
            Self::Facet(facet) => facet.name(),
            Self::Field(field) => field.name(),
            Self::Queues => QUEUES,
        }
    }

    fn value(self, subject: &Subject<'_>) -> Option<String> {
        let value = match self {
            Self::Facet(facet) => subject.facet(facet).map(str::to_owned),
            Self::Field(field) => subject.field(field).map(str::to_owned),
            Self::Queues => Some(subject.queues().join(", ")),
        };
        value.filter(|value| !value.is_empty())
    }

    /// Whether an event changed it.
    fn was_told_by(self, event: &ChangeEvent) -> bool {
        if let Self::Facet(facet) = self {
            let value = |presence: &Option<Presence>| {
                presence
                    .as_ref()
                    .map(|presence| presence.get(facet).map(str::to_owned))
            };
            return event.kind.is_of_presence() && value(&event.presence) != value(&event.previous);
        }
        let value = |profile: &Option<Arc<Profile>>| {
            profile.as_deref().map(|profile| match self {
                Self::Field(Field::Type) => vec![profile.extension_type.clone()],
                Self::Field(Field::Department) => vec![profile.department.clone()],
                Self::Field(Field::Site) => vec![profile.site.clone()],
                Self::Facet(_) | Self::Queues => profile.queues.iter().cloned().map(Some).collect(),
            })
        };
        event.profile.is_some() && value(&event.profile) != value(&event.previous_profile)
    }
}

/// What the rules up to the deciding one ask for, and of which queues.
fn terms<'p>(
    policy: &'p Policy,
    subject: &Subject<'_>,
    queues: &dyn QueueStandings,
) -> (Vec<Term>, Vec<&'p str>) {
    let decided = policy.rule_for(subject, queues);
    let (mut terms, mut asked) = (Vec::new(), Vec::new());
    for (index, rule) in policy.rules().iter().enumerate() {
        rule.condition.walk(&mut |part| match part {
            Part::Text(PolicyTerm::Facet(facet)) => terms.push(Term::Facet(*facet)),
            Part::Text(PolicyTerm::Field(field)) => terms.push(Term::Field(*field)),
            Part::Text(PolicyTerm::Literal(_)) => {}
            Part::Queues => terms.push(Term::Queues),
            Part::Queue(_, queue) => asked.push(queue),
        });
        if Some(index) == decided {
            if let Outcome::ValueOf(facet) = rule.outcome {
                terms.push(Term::Facet(facet));
            }
            break;
        }
    }
    terms.sort_unstable();
    terms.dedup();
    (terms, asked)
}

fn facts(
    policy: &Policy,
    (subject, queues): (&Subject<'_>, &dyn QueueStandings),
    told_by: &CauseOf,
) -> Vec<Fact> {
    let (facts, _) = terms(policy, subject, queues);
    facts
        .into_iter()
        .map(|term| Fact {
            name: term.name(),
            value: term.value(subject),
            event: told_by.get(&term).cloned(),
        })
        .collect()
}

/// For whatever can be asked for, the last event that changed it.
type CauseOf = BTreeMap<Term, FactEvent>;

/// The events of an extension up to a moment, told by what they changed.
async fn events(
    context: &Context,
    extension_id: ExtensionId,
    moment: Timestamp,
) -> Result<CauseOf, AskError> {
    let mut told_by = CauseOf::new();
    let Some(window) = TimeRange::new(Timestamp::MIN, moment.plus_ms(1)) else {
        return Ok(told_by);
    };
    let mut query = ChangesQuery {
        account_id: context.account_id(),
        after: Position(0),
        up_to: context.up_to(),
        window,
        extensions: Some(vec![extension_id]),
        limit: PAGE,
    };
    loop {
        let events = context.changes(&query).await?;
        for logged in &events {
            note(
                &mut told_by,
                logged,
                context.shown_position(logged.event.position),
            );
        }
        match events.last() {
            Some(last) if events.len() == PAGE as usize => query.after = last.event.position,
            _ => return Ok(told_by),
        }
    }
}

fn note(told_by: &mut CauseOf, logged: &LoggedEvent, position: i64) {
    let event = &logged.event;
    let facets = Facet::ALL.into_iter().map(Term::Facet);
    let fields = Field::ALL.into_iter().map(Term::Field);
    for term in facets.chain(fields).chain([Term::Queues]) {
        if term.was_told_by(event) {
            let told = FactEvent {
                position,
                snapshot_no: logged.snapshot_no.0,
                kind: event.kind.name(),
                observed_at: Text(event.observed_at),
                not_before: event.not_before.map(Text),
            };
            told_by.insert(term, told);
        }
    }
}
