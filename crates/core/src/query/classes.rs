//! What a state counts as: the value of a facet, or a class of a policy. Decided once per distinct state, not once per
//! interval.

use std::sync::Arc;

use presence_model::HashMap;
use presence_model::facet::Facet;
use presence_model::history::{Dictionary, Interval, UnknownId};
use presence_model::ids::{MessageId, StateId};
use presence_model::state::State;

use super::policy::{NoQueueKnown, OTHER, Policy, Subject};
use super::queues::QueueEvidence;

/// How a question divides states into classes.
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

    /// The values that are known before any history is read, in the order in which they are shown: the documented ones of a
    /// facet; the classes of a policy in the order of its rules, where a facet that gives classes brings its documented values.
    pub fn known_values(&self) -> Vec<&str> {
        match self {
            Self::Facet(facet) => facet.documented_values().to_vec(),
            Self::Policy(policy) => {
                let facets = policy.value_facets();
                let documented = facets.flat_map(|facet| facet.documented_values().iter().copied());
                let classes = policy.class_names().into_iter();
                classes.chain(documented).chain([OTHER]).collect()
            }
        }
    }
}

/// A class among the [`Classes`] of a question. Distinct status messages have a class each, and there may be any number
/// of those: more than 32 bits count do not fit into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

impl ClassId {
    /// The class that stands at an index among the values.
    ///
    /// # Panics
    /// If there are more than 2^32 classes, whose names alone take 64 GB.
    pub(super) fn at(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer than 2^32 distinct values fit into memory"))
    }

    /// Its index among the values, see [`Classes::ids`].
    pub fn index(self) -> usize {
        usize::try_from(self.0).expect("a processor counts to 2^32")
    }
}

/// The classes of a question, and which state counts as which.
#[derive(Clone, Debug)]
pub struct Classes {
    values: Vec<Option<Box<str>>>,
    by_value: HashMap<Box<str>, ClassId>,
    table: Table,
    /// What is known of the queues that the policy asks; `None`, if it asks none.
    queues: Option<Arc<QueueEvidence>>,
}

#[derive(Clone, Debug)]
enum Table {
    /// By state id.
    States(ByState),
    /// By message id; no message is class 0.
    Messages(HashMap<MessageId, ClassId>),
    /// Not by these alone: each interval was given its class, see [`super::classed::Classing`].
    ByProfile,
}

/// The class of every state of the dictionary.
#[derive(Clone, Debug, Default)]
struct ByState {
    /// By id.
    dense: Vec<Option<ClassId>>,
    /// Those whose ids are far above the number of states.
    sparse: HashMap<StateId, ClassId>,
}

/// A table of ids is at most so many times as long as there are states.
const SPARSENESS_MAX: usize = 16;

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
    /// anything: see [`super::classed::Classing`].
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
        let asks_queues = !policy.queues().is_empty();
        let table = if asks_queues || policy.uses_profile() || policy.uses_message() {
            Table::ByProfile
        } else {
            Table::States(by_state(dictionary, |state| {
                let subject = Subject {
                    state,
                    message: None,
                    profile: None,
                };
                let class = policy.class_of(&subject, &NoQueueKnown);
                naming.class(class.expect("what asks no queue depends on none"))
            }))
        };
        Self {
            values: naming.values,
            by_value: naming.known,
            table,
            queues: asks_queues.then(|| Arc::new(QueueEvidence::unknown(policy))),
        }
    }

    /// The same with what is known of the queues that the policy asks. Without this, nothing is.
    pub fn with_queues(self, evidence: Option<Arc<QueueEvidence>>) -> Self {
        Self {
            queues: self.queues.map(|unknown| evidence.unwrap_or(unknown)),
            ..self
        }
    }

    /// What is known of the queues that the policy asks; `None`, if it asks none.
    pub(super) fn queues(&self) -> Option<&Arc<QueueEvidence>> {
        self.queues.as_ref()
    }

    /// One class for each value of a facet, and one for its absence.
    ///
    /// The same dictionary gives the same ids.
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
            by_value: naming.known,
            table,
            queues: None,
        }
    }

    /// What an interval counts as by its state or message; an error where the dictionary lacks them.
    ///
    /// # Panics
    /// If the classes also depend on the profile: then [`super::classed::ClassedHistory`] has them.
    #[inline]
    pub(super) fn of(&self, interval: &Interval) -> Result<ClassId, UnknownId> {
        match &self.table {
            Table::States(by_state) => by_state.of(interval.state_id),
            Table::Messages(by_message) => match interval.message_id {
                None => Ok(ABSENT_FACET),
                Some(id) => by_message.get(&id).copied().ok_or(UnknownId::Message(id)),
            },
            Table::ByProfile => {
                unreachable!("a history is classed before it is asked for classes by profile")
            }
        }
    }

    /// Whether a history has to be given its classes first, see [`super::classed::Classing`].
    pub(super) fn are_by_profile(&self) -> bool {
        matches!(self.table, Table::ByProfile)
    }

    /// The value that a class stands for; `None` for the absence of the facet.
    pub fn value(&self, class: ClassId) -> Option<&str> {
        self.values.get(class.index()).and_then(Option::as_deref)
    }

    /// The class that stands for a value, or for the absence of the facet; `None` if no state is of the value and no rule
    /// gives it.
    pub fn find(&self, value: Option<&str>) -> Option<ClassId> {
        match value {
            Some(value) => self.by_value.get(value).copied(),
            None => Some(ABSENT_FACET),
        }
    }

    /// How many classes there are; ids are below it.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// All classes, in the order of their ids.
    pub fn ids(&self) -> impl Iterator<Item = ClassId> + use<> {
        (0..self.values.len()).map(ClassId::at)
    }
}

impl ByState {
    #[inline]
    fn of(&self, id: StateId) -> Result<ClassId, UnknownId> {
        let dense = usize::try_from(id.0).ok();
        let dense = dense.and_then(|index| self.dense.get(index).copied().flatten());
        match dense {
            Some(class) => Ok(class),
            None => self.of_sparse(id),
        }
    }

    #[cold]
    fn of_sparse(&self, id: StateId) -> Result<ClassId, UnknownId> {
        let class = self.sparse.get(&id).copied();
        class.ok_or(UnknownId::State(id))
    }
}

/// The class of every state, by its id.
fn by_state(dictionary: &Dictionary, mut class_of: impl FnMut(&State) -> ClassId) -> ByState {
    let mut states: Vec<_> = dictionary.states.iter().collect();
    states.sort_unstable_by_key(|(id, _)| **id);
    let size_max = states.len().saturating_mul(SPARSENESS_MAX);
    let mut by_state = ByState::default();
    for (&id, state) in states {
        let class = class_of(state);
        match usize::try_from(id.0)
            .ok()
            .filter(|&index| index <= size_max)
        {
            Some(index) => {
                // Ids ascend, so each is beyond the end.
                by_state.dense.resize(index, None);
                by_state.dense.push(Some(class));
            }
            None => drop(by_state.sparse.insert(id, class)),
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
        let next = ClassId::at(self.values.len());
        self.values.push(Some(value.into()));
        self.known.insert(value.into(), next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_model::facet::STATE_FACET_COUNT;
    use presence_model::ids::Position;
    use presence_model::time::Timestamp;

    fn state(status: &str) -> Arc<State> {
        let mut values = [None; STATE_FACET_COUNT];
        values[0] = Some(status);
        Arc::new(State::new(&values))
    }

    fn interval(state_id: i64, message_id: Option<i64>) -> Interval {
        let at = Timestamp::saturating_from_ms(0);
        Interval {
            from: at,
            not_before: None,
            certain_until: None,
            until: None,
            state_id: StateId(state_id),
            message_id: message_id.map(MessageId),
            position: Position(1),
        }
    }

    /// So many messages, each a class of its own, in addition to that of no message.
    #[track_caller]
    fn check_messages(count: i64) {
        let mut dictionary = Dictionary::default();
        dictionary.states.insert(StateId(1), state("Available"));
        let messages = (1..=count).map(|id| (MessageId(id), Arc::from(format!("message {id}"))));
        dictionary.messages.extend(messages);
        let classes = Classes::of_facet(&dictionary, Facet::Message);
        assert_eq!(classes.count(), usize::try_from(count).expect("few") + 1);
        assert_eq!(classes.ids().count(), classes.count());
        assert_eq!(classes.of(&interval(1, None)), Ok(ABSENT_FACET));
        assert_eq!(classes.find(None), Some(ABSENT_FACET));
        for unknown in ["", "message 0"] {
            assert_eq!(classes.find(Some(unknown)), None);
        }
        for id in [1, 2, count - 1, count] {
            let class = classes.of(&interval(1, Some(id))).expect("it is there");
            let text = format!("message {id}");
            assert_eq!(classes.value(class), Some(text.as_str()));
            assert_eq!(classes.find(Some(&text)), Some(class));
        }
        let last = classes.ids().last().expect("there are classes");
        assert_eq!(
            classes.value(last),
            Some(format!("message {count}").as_str())
        );
    }

    #[test]
    fn each_of_very_many_messages_is_a_class_of_its_own() {
        for count in [65_534, 65_535, 65_536, 65_537, 70_000] {
            check_messages(count);
        }
    }

    #[test]
    fn each_of_very_many_states_is_a_class_of_its_own() {
        let mut dictionary = Dictionary::default();
        let states = (1..=70_000).map(|id| (StateId(id), state(&format!("state {id}"))));
        dictionary.states.extend(states);
        let classes = Classes::of_facet(&dictionary, Facet::PresenceStatus);
        for id in [1, 65_535, 65_536, 65_537, 70_000] {
            let class = classes.of(&interval(id, None)).expect("it is there");
            assert_eq!(classes.value(class), Some(format!("state {id}").as_str()));
        }
    }

    #[test]
    fn what_the_dictionary_lacks_is_an_error_and_no_absent_facet() {
        let mut dictionary = Dictionary::default();
        dictionary.states.insert(StateId(2), state("Available"));
        // A number that is far above the others costs no memory.
        dictionary.states.insert(StateId(i64::MAX), state("Busy"));
        let classes = Classes::of_facet(&dictionary, Facet::PresenceStatus);
        let value = |id| {
            let class = classes.of(&interval(id, None));
            class.map(|class| classes.value(class))
        };
        assert_eq!(value(2), Ok(Some("Available")));
        assert_eq!(value(i64::MAX), Ok(Some("Busy")));
        for id in [i64::MIN, -1, 0, 1, 3, 1 << 40] {
            assert_eq!(value(id), Err(UnknownId::State(StateId(id))), "{id}");
        }
        let classes = Classes::of_facet(&dictionary, Facet::Message);
        let unknown = classes.of(&interval(2, Some(7)));
        assert_eq!(unknown, Err(UnknownId::Message(MessageId(7))));
    }
}
