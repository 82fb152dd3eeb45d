//! What a state counts as: the value of a facet, or a class of a policy. Decided once per distinct state, not once per
//! interval.

use std::sync::Arc;

use crate::model::HashMap;
use crate::model::facet::Facet;
use crate::model::history::{Dictionary, Interval};
use crate::model::ids::MessageId;
use crate::model::state::State;

use super::policy::{OTHER, Policy, Subject};

/// By what a question tells states apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// By the value of a facet.
    Facet(Facet),
    /// By the class that a policy gives.
    Policy(Arc<Policy>),
}

impl From<Facet> for Criterion {
    fn from(facet: Facet) -> Self {
        Self::Facet(facet)
    }
}

impl From<Arc<Policy>> for Criterion {
    fn from(policy: Arc<Policy>) -> Self {
        Self::Policy(policy)
    }
}

impl Criterion {
    /// Whether it asks for the status message.
    pub fn uses_message(&self) -> bool {
        match self {
            Self::Facet(facet) => *facet == Facet::Message,
            Self::Policy(policy) => policy.uses_message(),
        }
    }
}

/// A class among the [`Classes`] of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u16);

/// The classes that a question tells apart, and which state counts as which.
#[derive(Clone, Debug)]
pub struct Classes {
    values: Vec<Option<Box<str>>>,
    table: Table,
}

#[derive(Clone, Debug)]
enum Table {
    /// By state id.
    States(Vec<ClassId>),
    /// By message id; no message is class 0.
    Messages(HashMap<MessageId, ClassId>),
    /// The interval carries its class in place of its state, see [`super::policy::Pairs`].
    Carried,
}

const ABSENT_FACET: ClassId = ClassId(0);

impl Classes {
    /// The classes of a question.
    pub fn of_criterion(dictionary: &Dictionary, criterion: &Criterion) -> Self {
        match criterion {
            Criterion::Facet(facet) => Self::of_facet(dictionary, *facet),
            Criterion::Policy(policy) => Self::of_policy(dictionary, policy),
        }
    }

    /// The classes of a policy, evaluated for every state of the dictionary.
    ///
    /// If classes also depend on the profile or the message, histories have to be classed before they are asked
    /// anything: see [`super::policy::Pairs`].
    pub fn of_policy(dictionary: &Dictionary, policy: &Policy) -> Self {
        let mut naming = Naming::new();
        for class in policy.class_names().into_iter().chain([OTHER]) {
            naming.class(Some(class));
        }
        for facet in policy.value_facets() {
            for value in sorted_values(dictionary, facet) {
                naming.class(Some(value));
            }
        }
        let table = if policy.uses_profile() || policy.uses_message() {
            Table::Carried
        } else {
            Table::States(by_state(dictionary, |state| {
                let subject = Subject {
                    state,
                    message: None,
                    profile: None,
                };
                naming.class(policy.class_of(&subject))
            }))
        };
        Self {
            values: naming.values,
            table,
        }
    }

    /// One class for each value of a facet, and one for its absence.
    ///
    /// The same dictionary gives the same ids. Beyond 65,535 distinct values (of messages, that is) the rest share the last class.
    pub fn of_facet(dictionary: &Dictionary, facet: Facet) -> Self {
        let mut naming = Naming::new();
        let table = if facet == Facet::Message {
            let mut messages: Vec<_> = dictionary.messages.iter().collect();
            messages.sort_unstable_by_key(|(id, _)| **id);
            let classed = messages.into_iter();
            Table::Messages(
                classed
                    .map(|(&id, text)| (id, naming.class(Some(text))))
                    .collect(),
            )
        } else {
            Table::States(by_state(dictionary, |state| naming.class(state.get(facet))))
        };
        Self {
            values: naming.values,
            table,
        }
    }

    /// What an interval counts as.
    pub fn of(&self, interval: &Interval) -> ClassId {
        match &self.table {
            Table::States(by_state) => usize::try_from(interval.state_id.0)
                .ok()
                .and_then(|index| by_state.get(index))
                .copied()
                .unwrap_or(ABSENT_FACET),
            Table::Messages(by_message) => interval
                .message_id
                .and_then(|id| by_message.get(&id).copied())
                .unwrap_or(ABSENT_FACET),
            Table::Carried => u16::try_from(interval.state_id.0).map_or(ABSENT_FACET, ClassId),
        }
    }

    /// Whether intervals have to carry their classes, see [`super::policy::Pairs`].
    pub fn are_carried(&self) -> bool {
        matches!(self.table, Table::Carried)
    }

    /// The class of a name; that of an absent facet for `None`, and for a name that is not among the classes.
    pub fn named(&self, name: Option<&str>) -> ClassId {
        let mut values = self.values.iter();
        let place = values.position(|value| value.as_deref() == name);
        let place = place.and_then(|place| u16::try_from(place).ok());
        place.map_or(ABSENT_FACET, ClassId)
    }

    /// The value that a class stands for; `None` for the absence of the facet.
    pub fn value(&self, class: ClassId) -> Option<&str> {
        self.values
            .get(usize::from(class.0))
            .and_then(Option::as_deref)
    }

    /// The class that stands for a value; `""` is the absence of the facet.
    pub fn find(&self, value: &str) -> Option<ClassId> {
        let mut values = self.values.iter();
        let place = values.position(|known| known.as_deref().unwrap_or_default() == value)?;
        u16::try_from(place).ok().map(ClassId)
    }

    /// How many classes there are; ids are below it.
    pub fn count(&self) -> usize {
        self.values.len()
    }
}

/// The class of every state, by its id.
fn by_state(dictionary: &Dictionary, mut class_of: impl FnMut(&State) -> ClassId) -> Vec<ClassId> {
    let size = dictionary.states.keys().map(|id| id.0 + 1).max();
    let mut by_state = vec![ABSENT_FACET; usize::try_from(size.unwrap_or(0)).unwrap_or_default()];
    let mut states: Vec<_> = dictionary.states.iter().collect();
    states.sort_unstable_by_key(|(id, _)| **id);
    for (&id, state) in states {
        if let Some(class) = usize::try_from(id.0)
            .ok()
            .and_then(|index| by_state.get_mut(index))
        {
            *class = class_of(state);
        }
    }
    by_state
}

/// Every value of a facet in the dictionary, in an order that depends on nothing else.
fn sorted_values(dictionary: &Dictionary, facet: Facet) -> Vec<&str> {
    let mut values: Vec<&str> = if facet == Facet::Message {
        dictionary.messages.values().map(|text| &**text).collect()
    } else {
        let states = dictionary.states.values();
        states.filter_map(|state| state.get(facet)).collect()
    };
    values.sort_unstable();
    values.dedup();
    values
}

struct Naming {
    values: Vec<Option<Box<str>>>,
    known: HashMap<Box<str>, ClassId>,
}

impl Naming {
    fn new() -> Self {
        Self {
            values: vec![None],
            known: HashMap::default(),
        }
    }

    fn class(&mut self, value: Option<&str>) -> ClassId {
        let Some(value) = value else {
            return ABSENT_FACET;
        };
        if let Some(&class) = self.known.get(value) {
            return class;
        }
        let Ok(next) = u16::try_from(self.values.len()) else {
            return ClassId(u16::MAX);
        };
        self.values.push(Some(value.into()));
        self.known.insert(value.into(), ClassId(next));
        ClassId(next)
    }
}
