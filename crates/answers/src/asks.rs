//! What every request says of itself.

use crate::expressions::{CalendarName, HoursExpression};
use crate::scope::ScopeFields;
use crate::shared::{AsOfFields, WrittenWindow};
use crate::values::{PersonRef, TimeExpression};

/// What a request says of time.
#[derive(Clone, Copy, Debug)]
pub enum When<'a> {
    /// It is about the present, or about no time.
    Now,
    /// A moment.
    At(&'a TimeExpression),
    /// A range of time.
    Within(WrittenWindow<'a>),
}

/// What every request says of itself, for whatever treats all questions alike: access rights, limits, saved questions.
pub trait Asks {
    /// The people that it names, as they were written.
    fn people(&self) -> &[PersonRef] {
        &[]
    }

    /// The time that it is about.
    fn when(&self) -> When<'_> {
        When::Now
    }

    /// The part of the log that it is asked of.
    fn as_of(&self) -> Option<&AsOfFields> {
        None
    }

    /// What it counts, if it counts.
    fn scope(&self) -> Option<&ScopeFields> {
        None
    }

    /// The hours that count.
    fn hours(&self) -> Option<&HoursExpression> {
        self.scope()?.hours.as_ref()
    }

    /// The calendar whose hours count.
    fn calendar(&self) -> Option<&CalendarName> {
        self.scope()?.calendar.as_ref()
    }

    /// The policy that classifies states.
    fn policy(&self) -> Option<&str> {
        self.scope()?.facet.policy.as_deref()
    }

    /// The same, of any question.
    fn asks(&self) -> &dyn Asks
    where
        Self: Sized,
    {
        self
    }
}
