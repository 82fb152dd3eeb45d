//! What the class of a state depends on further than on the state, the message and the profile: on call queues, which have
//! sweeps of their own. The rest of a policy is evaluated once for each distinct subject; this is what remains.

use std::sync::LazyLock;

use presence_model::facet::STATE_FACET_COUNT;
use presence_model::state::State;

use super::expression::{Condition, QueueStandings, Subject};

/// A state of no values.
static NOTHING: LazyLock<State> = LazyLock::new(|| State::new(&[None; STATE_FACET_COUNT]));

/// What decides a class, with all but the queues evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decision<C> {
    /// Conditions of queues alone, in order, and what each gives.
    rules: Vec<(Condition, C)>,
    /// What holds where none does.
    otherwise: C,
}

/// What a decision comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided<C> {
    /// This class, whatever is not known.
    Class(C),
    /// Several are possible.
    Unknown,
}

impl<C: Clone + PartialEq> Decision<C> {
    /// Of reduced conditions, in order.
    pub(super) fn of(rules: impl Iterator<Item = (Condition, C)>, last: C) -> Self {
        let mut asked = Vec::new();
        for (condition, class) in rules {
            match condition {
                Condition::Constant(false) => {}
                Condition::Constant(true) => {
                    return Self {
                        rules: asked,
                        otherwise: class,
                    };
                }
                condition => asked.push((condition, class)),
            }
        }
        Self {
            rules: asked,
            otherwise: last,
        }
    }

    /// The same with other names for the classes.
    pub fn map<D>(self, mut name: impl FnMut(C) -> D) -> Decision<D> {
        let rules = self.rules.into_iter();
        Decision {
            rules: rules
                .map(|(condition, class)| (condition, name(class)))
                .collect(),
            otherwise: name(self.otherwise),
        }
    }

    /// The class that is given whatever queues say; `None` if it depends on them.
    pub fn constant(&self) -> Option<&C> {
        let mut classes = self.rules.iter().map(|(_, class)| class);
        classes
            .all(|class| *class == self.otherwise)
            .then_some(&self.otherwise)
    }

    /// What it comes to where queues stand like this.
    pub fn by(&self, queues: &dyn QueueStandings) -> Decided<C> {
        let mut possible = Vec::with_capacity(1);
        self.possible(queues, &mut |class| {
            if possible.last() != Some(class) {
                possible.push(class.clone());
            }
        });
        match possible.pop() {
            Some(class) if possible.is_empty() => Decided::Class(class),
            _ => Decided::Unknown,
        }
    }

    /// Every class that it may come to where queues stand like this, perhaps more than once: of the rules up to the first
    /// that holds, those that may hold leave their class possible.
    pub fn possible(&self, queues: &dyn QueueStandings, see: &mut dyn FnMut(&C)) {
        // What a reduced condition asks is of queues alone: any subject will do.
        let subject = Subject {
            state: &NOTHING,
            message: None,
            profile: None,
        };
        for (condition, class) in &self.rules {
            match condition.truth(&subject, queues) {
                Some(false) => {}
                Some(true) => return see(class),
                None => see(class),
            }
        }
        see(&self.otherwise);
    }
}
