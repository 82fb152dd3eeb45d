//! What is wrong, or seems wrong, in a policy, and where.

use std::ops::Range;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The policy cannot be used.
    Error,
    /// It can be used, but probably says something else than was meant.
    Warning,
}

impl Severity {
    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: PolicyPosition,
    /// What is wrong, and what to do.
    pub sentence: String,
}

/// A place in a policy as it was written. Rules count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyPosition {
    /// The policy as a whole.
    Policy,
    /// A rule as a whole.
    Rule(usize),
    /// A part of a rule's expression, in bytes of its text.
    Expression(usize, Range<usize>),
    /// The class that a rule gives, or the facet that it takes the class from.
    Class(usize),
}

/// What is wrong in an expression, and where in its text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) severity: Severity,
    pub(super) range: Range<usize>,
    pub(super) sentence: String,
}

impl Fault {
    pub(super) fn error(range: Range<usize>, sentence: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            range,
            sentence: sentence.into(),
        }
    }

    pub(super) fn warning(range: Range<usize>, sentence: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            range,
            sentence: sentence.into(),
        }
    }

    pub(super) fn in_rule(self, rule: usize) -> Finding {
        Finding {
            severity: self.severity,
            place: PolicyPosition::Expression(rule, self.range),
            sentence: self.sentence,
        }
    }
}
