//! A history with what each of its intervals counts as.

use std::borrow::Cow;
use std::ops::Deref;

use presence_model::history::{Dictionary, ExtensionHistory, Interval, UnknownId};

use super::classes::{ClassId, Classes, Criterion};
use super::policy::Pairs;

/// A history as questions about classes read it: its intervals count as what they show, or each has a class of its own.
#[derive(Clone, Debug)]
pub struct ClassedHistory<'h> {
    history: Cow<'h, ExtensionHistory>,
    /// By the index of the interval; `None`: the class follows from the state or the message alone.
    classes: Option<Cow<'h, [ClassId]>>,
}

impl ClassedHistory<'_> {
    /// A history of whose intervals each has a class.
    pub(super) fn new(history: ExtensionHistory, classes: Vec<ClassId>) -> Self {
        debug_assert_eq!(history.intervals.len(), classes.len());
        Self {
            history: Cow::Owned(history),
            classes: Some(Cow::Owned(classes)),
        }
    }

    /// What the interval at an index counts as.
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
        }
    }
}

impl<'h> From<&'h ClassedHistory<'_>> for ClassedHistory<'h> {
    fn from(classed: &'h ClassedHistory<'_>) -> Self {
        Self {
            history: Cow::Borrowed(&*classed.history),
            classes: classed.classes.as_deref().map(Cow::Borrowed),
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
