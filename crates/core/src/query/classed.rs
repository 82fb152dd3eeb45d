//! A history with what each of its intervals counts as.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use presence_model::history::{Dictionary, ExtensionHistory, Interval, UnknownId};

use super::classes::{ClassId, Classes, Criterion};
use super::policy::{Decision, Pairs};
use super::queues::QueueEvidence;

/// A history as questions about classes read it: its intervals count as what they show, or each has a class of its own.
#[derive(Clone, Debug)]
pub struct ClassedHistory<'h> {
    history: Cow<'h, ExtensionHistory>,
    /// By the index of the interval; `None`: the class follows from the state or the message alone.
    classes: Option<Cow<'h, [ClassId]>>,
    /// What else decides; then the classes above are places among its decisions.
    queues: Option<OnQueues>,
}

/// What is decided by call queues, beside the state.
#[derive(Clone, Debug)]
pub(super) struct OnQueues {
    /// What an interval's class depends on.
    pub(super) decisions: Arc<Vec<Decision<ClassId>>>,
    /// What is known of the queues.
    pub(super) evidence: Arc<QueueEvidence>,
}

impl ClassedHistory<'_> {
    /// A history of whose intervals each has a class.
    pub(super) fn new(
        history: ExtensionHistory,
        classes: Vec<ClassId>,
        queues: Option<OnQueues>,
    ) -> Self {
        debug_assert_eq!(history.intervals.len(), classes.len());
        Self {
            history: Cow::Owned(history),
            classes: Some(Cow::Owned(classes)),
            queues,
        }
    }

    /// Whether call queues decide too.
    pub fn depends_on_queues(&self) -> bool {
        self.queues.is_some()
    }

    /// What else decides than the state: call queues.
    pub(super) fn queues(&self) -> Option<&OnQueues> {
        self.queues.as_ref()
    }

    /// What the interval at an index counts as; where queues decide too, by what.
    #[inline]
    pub(super) fn class(
        &self,
        (index, interval): (usize, &Interval),
        classes: &Classes,
    ) -> Result<ClassId, UnknownId> {
        match &self.classes {
            None => classes.of(interval),
            Some(own) => Ok(own[index]),
        }
    }

    /// The same history, which depends on no other.
    pub fn into_owned(self) -> ClassedHistory<'static> {
        ClassedHistory {
            history: Cow::Owned(self.history.into_owned()),
            classes: self.classes.map(|classes| Cow::Owned(classes.into_owned())),
            queues: self.queues,
        }
    }
}

impl Deref for ClassedHistory<'_> {
    type Target = ExtensionHistory;

    fn deref(&self) -> &ExtensionHistory {
        &self.history
    }
}

/// A history whose intervals count as what they show.
impl<'h> From<&'h ExtensionHistory> for ClassedHistory<'h> {
    fn from(history: &'h ExtensionHistory) -> Self {
        Self {
            history: Cow::Borrowed(history),
            classes: None,
            queues: None,
        }
    }
}

impl<'h> From<&'h ClassedHistory<'_>> for ClassedHistory<'h> {
    fn from(classed: &'h ClassedHistory<'_>) -> Self {
        Self {
            history: Cow::Borrowed(&*classed.history),
            classes: classed.classes.as_deref().map(Cow::Borrowed),
            queues: classed.queues.clone(),
        }
    }
}

/// Gives histories their classes, where these depend on more than the state.
#[derive(Debug)]
pub struct Classing<'a> {
    pairs: Option<Pairs<'a>>,
}

impl<'a> Classing<'a> {
    /// For histories that belong to `dictionary`; `classes` are those of the criterion over it.
    pub fn new(criterion: &'a Criterion, dictionary: &'a Dictionary, classes: &'a Classes) -> Self {
        let pairs = match criterion {
            Criterion::Policy(policy) if classes.are_by_profile() => {
                Some(Pairs::new(policy, dictionary, classes))
            }
            _ => None,
        };
        Self { pairs }
    }

    /// The history to ask about classes.
    pub fn of<'h>(
        &mut self,
        history: &'h ExtensionHistory,
    ) -> Result<ClassedHistory<'h>, UnknownId> {
        match &mut self.pairs {
            Some(pairs) => pairs.classed(history),
            None => Ok(history.into()),
        }
    }
}
