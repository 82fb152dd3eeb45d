//! Which classes of a policy count as free, for questions that look for people.

use std::sync::Arc;

use presence_core::query::classes::{ClassId, Classes, Criterion};
use presence_core::query::policy::{OTHER, Policy};
use presence_core::query::wanted::Wanted;

use crate::error::AskError;
use crate::names::UnknownNames;

/// The classes that the built-in policies give to people who can take a call: of their own, or of a queue.
const USUAL: [&str; 2] = ["can_take", "ready"];

/// A policy, and the classes of it that are looked for.
#[derive(Clone, Debug)]
pub struct Free {
    /// The policy.
    pub policy: Arc<Policy>,
    /// The classes, the preferred one first; never empty.
    pub classes: Vec<Wanted>,
}

impl Free {
    /// The `classes` of a policy; `can_take`, or else `ready`, if none is named. Where a rule gives values of a facet, whether a class means
    /// anything is known when the history is asked.
    pub fn new(
        policy: Arc<Policy>,
        classes: &[String],
        unknown: UnknownNames,
    ) -> Result<Self, AskError> {
        let names = policy.class_names();
        let mut known: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let values = policy.value_facets();
        known.extend(values.flat_map(|facet| {
            let values = facet.documented_values().iter();
            values.map(|&value| value.to_owned())
        }));
        known.push(OTHER.to_owned());
        let is_open = policy.value_facets().next().is_some();
        let wanted = if classes.is_empty() {
            let mut usual = USUAL.into_iter();
            let known = usual.find(|class| names.contains(class));
            vec![known.unwrap_or(USUAL[0]).to_owned()]
        } else {
            classes.to_vec()
        };
        let is_refused = |class: &String| {
            unknown == UnknownNames::Refused
                && !known.contains(class)
                && (!is_open || classes.is_empty())
        };
        if let Some(class) = wanted.iter().find(|class| is_refused(class)) {
            return Err(AskError::NoSuchClass {
                policy: policy.name().to_owned(),
                class: class.clone(),
                known,
            });
        }
        Ok(Self {
            policy,
            classes: wanted.iter().map(|class| Wanted::of_word(class)).collect(),
        })
    }

    /// The policy, as what states are told apart by.
    pub fn criterion(&self) -> Criterion {
        Criterion::Policy(Arc::clone(&self.policy))
    }

    /// The words of a request that stand for the classes.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.classes.iter().map(Wanted::word)
    }

    /// The place of a class among those looked for; `None` is the absence of a facet whose values are the classes.
    pub fn place(&self, class: Option<&str>) -> Option<usize> {
        self.classes
            .iter()
            .position(|wanted| wanted.name() == class)
    }

    /// The classes by their ids, those that ever occurred or that a rule gives.
    pub fn ids(&self, classes: &Classes) -> Vec<ClassId> {
        let wanted = self.classes.iter();
        wanted
            .filter_map(|class| classes.find(class.name()))
            .collect()
    }
}
