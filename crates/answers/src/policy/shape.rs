//! `policy list`, `policy check` and `policy explain`.

use schemars::JsonSchema;
use serde::Serialize;

use presence_core::query::policy::{Outcome, Policy, QueueStanding, Rule};
use presence_core::query::queues::{QueueHistory, StandingAt};
use presence_model::ids::QueueId;
use presence_model::time::Timestamp;

use crate::shapes::common::{CriterionShape, Person, Status, Text, Time};

/// A policy in the list of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Policy")]
pub struct PolicyEntry {
    /// Its name.
    pub policy: String,
    /// What identifies its meaning; `null` if it is not well-formed.
    pub policy_digest: Option<String>,
    /// Whether it is always there; else it is of the configuration file.
    pub built_in: bool,
    /// What it is for.
    pub description: Option<String>,
    /// Its rules, in order.
    pub rules: Vec<RuleShape>,
}

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
pub struct RuleShape {
    /// Its place among the rules, from 1.
    pub number: usize,
    /// What it is called, if it has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The expression.
    pub when: String,
    /// The class that it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The facet whose value is the class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_of: Option<String>,
}

impl RuleShape {
    /// The shape of a rule.
    pub fn of(index: usize, rule: &Rule) -> Self {
        let (class, class_of) = match &rule.outcome {
            Outcome::Class(class) => (Some(class.clone()), None),
            Outcome::ValueOf(facet) => (None, Some(facet.name().to_owned())),
        };
        Self {
            number: index + 1,
            name: rule.name.clone(),
            when: rule.when.clone(),
            class,
            class_of,
        }
    }
}

impl PolicyEntry {
    /// The entry of a well-formed policy.
    pub fn of(policy: &Policy, is_built_in: bool) -> Self {
        let rules = policy.rules().iter().enumerate();
        Self {
            policy: policy.name().to_owned(),
            policy_digest: Some(policy.digest().to_string()),
            built_in: is_built_in,
            description: policy.description().map(str::to_owned),
            rules: rules
                .map(|(index, rule)| RuleShape::of(index, rule))
                .collect(),
        }
    }
}

/// Something wrong in a policy of the configuration file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyFinding {
    /// Which policy.
    pub policy: String,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The first character of what is wrong.
    pub column: usize,
    /// How many characters of the line are wrong; at least 1.
    pub length: usize,
    /// The whole line.
    pub excerpt: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Which rule decided for an extension at a moment, and which events told so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The policy.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// Who, under the name of that time.
    #[serde(flatten)]
    pub person: Person,
    /// The moment.
    pub at: Time,
    /// What is known.
    pub status: Status,
    /// Whether it rests on no later sweep.
    pub presumed: bool,
    /// The class; only when known, and `null` for the absence of the facet that it is taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Option<String>>,
    /// The rules in order, up to the one that decided; all, if none did.
    pub rules: Vec<TriedRule>,
    /// What the rules asked for, and the events that told it.
    pub facts: Vec<Fact>,
    /// What the rules asked of call queues, and which of their sweeps told it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueFact>,
}

/// How an extension stood to a call queue, by the queue's own sweeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct QueueFact {
    /// The queue as the policy names it.
    pub queue: String,
    /// Its id; `null`: there is no queue of that name.
    pub queue_id: Option<Text<QueueId>>,
    /// `signed_in`, `signed_out`, `not_said` (the platform did not say), `no_member`, or `unknown`: no sweep of the queue
    /// covers the moment.
    pub standing: &'static str,
    /// Whether it rests on no later sweep of the queue.
    pub presumed: bool,
    /// From when on it is so; where it is unknown, since when, if it was known before.
    pub since: Option<Time>,
    /// The change that began it cannot have happened before; `null` where no change began it.
    pub since_earliest: Option<Time>,
    /// When the last sweep of the queue by then was asked for.
    pub swept_at: Option<Time>,
}

impl QueueFact {
    /// The shape of a standing, at a moment.
    pub(crate) fn of(queue: &QueueHistory, at: &StandingAt, moment: Timestamp) -> Self {
        let swept = queue
            .coverage
            .iter()
            .rfind(|segment| segment.from <= moment);
        Self {
            queue: queue.name.to_string(),
            queue_id: queue.queue_id.map(Text),
            standing: match at.standing {
                QueueStanding::Unknown => "unknown",
                QueueStanding::NoMember => "no_member",
                QueueStanding::Member(accepts) => accepts.name(),
            },
            presumed: at.presumed,
            since: at.since.map(Text),
            since_earliest: at.since_earliest.map(Text),
            swept_at: swept.map(|segment| Text(segment.until.min(moment))),
        }
    }
}

/// A rule, and whether it matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TriedRule {
    /// The rule.
    #[serde(flatten)]
    pub rule: RuleShape,
    /// Whether its expression held; `null`: that depends on what is not known of a call queue.
    pub matched: Option<bool>,
}

/// The value of a facet or of a field of the profile, and the event since which it is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fact {
    /// The facet or field.
    pub name: &'static str,
    /// Its value; `null` if it is absent.
    pub value: Option<String>,
    /// The event that told it; `null` if none did.
    pub event: Option<FactEvent>,
}

/// The event that told a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FactEvent {
    /// Its place in the account's log.
    pub position: i64,
    /// The snapshot that showed it.
    pub snapshot_no: i64,
    /// Its kind.
    pub kind: &'static str,
    /// When it had been seen.
    pub observed_at: Time,
    /// It cannot have happened before; `null` when nothing earlier is known.
    pub not_before: Option<Time>,
}
