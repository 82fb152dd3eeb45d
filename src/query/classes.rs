//! What a state counts as: the value of a facet. Decided once per distinct state, not once per interval.

use crate::model::HashMap;
use crate::model::facet::Facet;
use crate::model::history::{Dictionary, Interval};
use crate::model::ids::MessageId;

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
}

const ABSENT_FACET: ClassId = ClassId(0);

impl Classes {
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
            let size = dictionary.states.keys().map(|id| id.0 + 1).max();
            let mut by_state =
                vec![ABSENT_FACET; usize::try_from(size.unwrap_or(0)).unwrap_or_default()];
            let mut states: Vec<_> = dictionary.states.iter().collect();
            states.sort_unstable_by_key(|(id, _)| **id);
            for (&id, state) in states {
                if let Some(class) = usize::try_from(id.0)
                    .ok()
                    .and_then(|index| by_state.get_mut(index))
                {
                    *class = naming.class(state.get(facet));
                }
            }
            Table::States(by_state)
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
        }
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
