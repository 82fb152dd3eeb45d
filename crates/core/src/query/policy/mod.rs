//! Policies: named, ordered rules that map what an extension shows, and who it is, to a class of one's own choice.
//!
//! The first rule whose expression holds decides; where none does, the class is [`OTHER`]. A policy is applied when a
//! question is asked, never when something is stored, and to each distinct state once: so any policy applies to all
//! the past, and a changed one changes no record.

mod built_in;
mod by_profile;
mod check;
mod decision;
mod expression;
mod finding;
mod syntax;
#[cfg(test)]
mod tests;

pub use built_in::{
    AGGREGATED, QUEUE_PLACEHOLDER, built_in, built_in_of_queue, find_built_in, lacks_queue,
};
pub(super) use by_profile::Pairs;
pub use by_profile::profile_at;
pub use check::{DEEPEST_NESTING, LONGEST_EXPRESSION};
pub use decision::{Decided, Decision};
pub use expression::{
    Compared, Condition, Field, NoQueueKnown, Part, QUEUES, QueueFact, QueueStanding,
    QueueStandings, Search, Subject, Text,
};
pub use finding::{Finding, PolicyPosition, Severity};

use std::fmt;

use sha2::{Digest, Sha256};

use self::finding::Fault;
use crate::query::suggestion::suggestion;
use presence_model::facet::Facet;
use presence_model::state::{ContentHash, hash_optional_text};

/// The class of whatever no rule matches.
pub const OTHER: &str = "other";

/// So many rules a policy may have.
pub const MOST_RULES: usize = 100;

/// So many call queues a policy may ask: what is possible is tried for every combination of those in doubt.
pub const MOST_QUEUES: usize = 8;

/// So many characters a class may have, and a policy's name.
pub const LONGEST_NAME: usize = 64;

/// A policy as it is written, before anything of it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyText {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its rules, in order.
    pub rules: Vec<RuleText>,
}

/// A rule as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleText {
    /// What to call it.
    pub name: Option<String>,
    /// The expression.
    pub when: String,
    /// The class that it gives.
    pub class: Option<String>,
    /// The facet whose value is the class.
    pub class_of: Option<String>,
}

/// A checked policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    name: String,
    description: Option<String>,
    rules: Vec<Rule>,
    digest: PolicyDigest,
}

/// A checked rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is called, if it has a name.
    pub name: Option<String>,
    /// The expression as it is written.
    pub when: String,
    /// The expression as it is understood.
    pub condition: Condition,
    /// What class it gives.
    pub outcome: Outcome,
}

/// What class a rule gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// This one.
    Class(String),
    /// The value of a facet, verbatim; the facet's absence is a class of its own.
    ValueOf(Facet),
}

impl Outcome {
    /// The class for a subject; `None` for the absence of the facet that it is taken from.
    pub fn class<'a>(&'a self, subject: &Subject<'a>) -> Option<&'a str> {
        match self {
            Self::Class(class) => Some(class),
            Self::ValueOf(facet) => subject.facet(*facet),
        }
    }
}

/// What identifies the meaning of a policy: two with the same digest class everything alike.
///
/// Names, descriptions, white space, comments and the way in which an expression is written do not count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyDigest(pub ContentHash);

impl fmt::Display for PolicyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PolicyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Policy {
    /// Checks a policy: it and what seems wrong in it, or everything that is wrong or seems so.
    pub fn read(text: &PolicyText) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        let mut findings = findings_of_whole(text);
        let mut rules = Vec::with_capacity(text.rules.len());
        for (index, rule) in text.rules.iter().enumerate().take(MOST_RULES) {
            let condition = condition_of(rule, index, &mut findings);
            let outcome = outcome_of(rule, index, &mut findings);
            if let (Some(condition), Some(outcome)) = (condition, outcome) {
                rules.push(Rule {
                    name: rule.name.clone(),
                    when: rule.when.clone(),
                    condition,
                    outcome,
                });
            }
        }
        if findings
            .iter()
            .any(|found| found.severity == Severity::Error)
        {
            return Err(findings);
        }
        let policy = Self {
            name: text.name.clone(),
            description: text.description.clone(),
            digest: digest(&rules),
            rules,
        };
        let queues = policy.queues().len();
        if queues > MOST_QUEUES {
            findings.push(error_of_whole(format!(
                "the rules ask {queues} call queues; a policy can ask {MOST_QUEUES}"
            )));
            return Err(findings);
        }
        findings.extend(never_reached(&policy.rules));
        Ok((policy, findings))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Its rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What identifies its meaning.
    pub fn digest(&self) -> PolicyDigest {
        self.digest
    }

    /// The classes that its rules name, in their order, each once; [`OTHER`] is not among them unless a rule gives it.
    pub fn class_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for rule in &self.rules {
            if let Outcome::Class(class) = &rule.outcome
                && !names.contains(&class.as_str())
            {
                names.push(class);
            }
        }
        names
    }

    /// The texts that conditions compare something with, each with what it is compared with, in order.
    pub fn comparisons(&self) -> Vec<(Compared, &str)> {
        let mut found = Vec::new();
        for rule in &self.rules {
            rule.condition.comparisons(&mut found);
        }
        found
    }

    /// The facets whose values are classes.
    pub fn value_facets(&self) -> impl Iterator<Item = Facet> {
        self.rules.iter().filter_map(|rule| match &rule.outcome {
            Outcome::Class(_) => None,
            Outcome::ValueOf(facet) => Some(*facet),
        })
    }

    /// The call queues whose own sweeps its conditions ask, by name, each once, in order.
    pub fn queues(&self) -> Vec<&str> {
        let mut queues: Vec<&str> = Vec::new();
        for rule in &self.rules {
            rule.condition.walk(&mut |part| {
                if let Part::Queue(_, queue) = part
                    && !queues.contains(&queue)
                {
                    queues.push(queue);
                }
            });
        }
        queues
    }

    /// The facets that its rules ask for or take classes from, each once.
    pub fn facets(&self) -> Vec<Facet> {
        let asked = self.rules.iter().flat_map(|rule| rule.condition.facets());
        let mut facets: Vec<Facet> = asked.chain(self.value_facets()).collect();
        facets.sort_unstable();
        facets.dedup();
        facets
    }

    /// What decides the class of a subject: the class itself, or what is left to ask of queues.
    pub fn decision<'a>(&'a self, subject: &Subject<'a>) -> Decision<Option<&'a str>> {
        let rules = self.rules.iter();
        let rules = rules.map(|rule| {
            let class = rule.outcome.class(subject);
            (rule.condition.reduced(subject), class)
        });
        Decision::of(rules, Some(OTHER))
    }

    /// The first rule that certainly holds for a subject, counted from 0. An earlier one may hold too, where something is
    /// not known of a queue.
    pub fn rule_for(&self, subject: &Subject<'_>, queues: &dyn QueueStandings) -> Option<usize> {
        let mut rules = self.rules.iter();
        rules.position(|rule| rule.condition.truth(subject, queues) == Some(true))
    }

    /// The class of a subject, `None` inside for the absence of the facet that it is taken from; `None` if it depends on what
    /// is not known of a queue.
    pub fn class_of<'a>(
        &'a self,
        subject: &Subject<'a>,
        queues: &dyn QueueStandings,
    ) -> Option<Option<&'a str>> {
        match self.decision(subject).by(queues) {
            Decided::Class(class) => Some(class),
            Decided::Unknown => None,
        }
    }

    /// Whether classes depend on the profile.
    pub fn uses_profile(&self) -> bool {
        self.rules.iter().any(|rule| rule.condition.uses_profile())
    }

    /// Whether classes depend on the status message.
    pub fn uses_message(&self) -> bool {
        let asks = |rule: &Rule| rule.condition.facets().contains(&Facet::Message);
        self.rules.iter().any(asks) || self.value_facets().any(|facet| facet == Facet::Message)
    }
}

fn error_of_whole(sentence: String) -> Finding {
    Finding {
        severity: Severity::Error,
        place: PolicyPosition::Policy,
        sentence,
    }
}

fn findings_of_whole(text: &PolicyText) -> Vec<Finding> {
    let error = error_of_whole;
    let mut findings = Vec::new();
    if let Some(fault) = name_fault(&text.name) {
        findings.push(error(format!("the name of a policy {fault}")));
    }
    if text.rules.is_empty() {
        findings.push(error(
            "there are no rules; write one such as { when = 'user_status == \"Busy\"', class = \"busy\" }".to_owned(),
        ));
    }
    if text.rules.len() > MOST_RULES {
        let count = text.rules.len();
        findings.push(error(format!(
            "there are {count} rules; a policy can have {MOST_RULES}"
        )));
    }
    findings
}

fn condition_of(rule: &RuleText, index: usize, findings: &mut Vec<Finding>) -> Option<Condition> {
    let mut tell = |faults: Vec<Fault>| {
        findings.extend(faults.into_iter().map(|fault| fault.in_rule(index)));
    };
    match check::read(&rule.when) {
        Ok((condition, warnings)) => {
            tell(warnings);
            Some(condition)
        }
        Err(faults) => {
            tell(faults);
            None
        }
    }
}

fn outcome_of(rule: &RuleText, index: usize, findings: &mut Vec<Finding>) -> Option<Outcome> {
    let (place, sentence) = match (&rule.class, &rule.class_of) {
        (Some(class), None) => match name_fault(class) {
            None => return Some(Outcome::Class(class.clone())),
            Some(fault) => (PolicyPosition::Class(index), format!("a class {fault}")),
        },
        (None, Some(name)) => match Facet::from_name(name) {
            Some(facet) => return Some(Outcome::ValueOf(facet)),
            None => (PolicyPosition::Class(index), no_such_facet(name)),
        },
        (Some(_), Some(_)) => (
            PolicyPosition::Rule(index),
            "a rule gives one class: by class or by class_of, not both".to_owned(),
        ),
        (None, None) => (
            PolicyPosition::Rule(index),
            "the rule gives no class; say class = \"busy\", or class_of = \"presence_status\""
                .to_owned(),
        ),
    };
    findings.push(Finding {
        severity: Severity::Error,
        place,
        sentence,
    });
    None
}

fn no_such_facet(name: &str) -> String {
    let names = Facet::ALL.map(Facet::name);
    let advice = match suggestion(name, names) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("the facets are {}", names.join(", ")),
    };
    format!("there is no facet {name:?}; {advice}")
}

/// What is wrong with the name of a class or policy, if anything is.
fn name_fault(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        return Some("has a name of at least one letter".to_owned());
    }
    if name.chars().count() > LONGEST_NAME {
        return Some(format!("has a name of at most {LONGEST_NAME} characters"));
    }
    let is_wrong = name.chars().any(char::is_control) || name.trim() != name;
    is_wrong.then(|| {
        "has a name without control characters, and without white space around it".to_owned()
    })
}

/// Rules that an earlier one leaves nothing for, as far as can be seen at a glance.
fn never_reached(rules: &[Rule]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let warn = |sentence: String| Finding {
            severity: Severity::Warning,
            place: PolicyPosition::Rule(index),
            sentence,
        };
        let mut earlier = rules[..index].iter();
        let taken_by = earlier.position(|earlier| {
            earlier.condition == Condition::Constant(true) || earlier.condition == rule.condition
        });
        if let Some(taken_by) = taken_by {
            let number = taken_by + 1;
            findings.push(warn(format!(
                "this rule never matches, since rule {number} matches whenever it would"
            )));
        } else if rule.condition == Condition::Constant(false) {
            findings.push(warn("this rule never matches".to_owned()));
        }
    }
    findings
}

/// Over the canonical texts of the rules in their order.
fn digest(rules: &[Rule]) -> PolicyDigest {
    let mut hasher = Sha256::new();
    hasher.update(b"policy 1\0");
    for rule in rules {
        hash_optional_text(&mut hasher, Some(&rule.condition.to_string()));
        match &rule.outcome {
            Outcome::Class(class) => hash_optional_text(&mut hasher, Some(class)),
            Outcome::ValueOf(facet) => {
                hash_optional_text(&mut hasher, None);
                hash_optional_text(&mut hasher, Some(facet.name()));
            }
        }
    }
    PolicyDigest(hasher.finalize().into())
}
