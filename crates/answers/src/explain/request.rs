//! What `explain` is asked.

use crate::asks::{Asks, When};
use crate::explain::shape::MomentExplanation;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::question::{CRITERION, LOG};
use crate::request::Request;
use crate::shapes::provenance::Answered;
use clap::Args;

use crate::parameters::fields;
use crate::shared::{AsOfFields, CriterionFields};
use crate::values::{PersonRef, TimeExpression};

/// `presence explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence explain 101 2026-11-20T14:05 --zone Europe/Berlin
  presence explain 101 -2h --facet telephony_status
  presence explain 101 now --policy direct_calls --format json

The sweeps around the moment, the changes before and after it, and the rule by which something is known or not: `bracketed` by two sweeps, `presumed` after the last one, in a `gap`, `absent`. docs/semantics.md draws them all.

Formats: `json` is one object; a row of `csv` is one sweep or one change.")]
pub struct ExplainRequest {
    /// Whose: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub person: PersonRef,
    /// The moment, such as 2026-11-20T14:05, -2h or "yesterday 15:00"
    ///
    /// Also RFC 3339, 2026-11-20, now, today, last monday, 14:05, -7d, 2h ago or 1762092000s (docs/times.md has them all).
    #[arg(value_name = "TIME", allow_hyphen_values = true)]
    pub time: TimeExpression,
    /// The facet.
    #[command(flatten)]
    pub facet: CriterionFields,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(ExplainRequest {
    person: needed "person",
    time: needed "time",
    facet: part,
    as_of: part,
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<ExplainRequest, Answered<MomentExplanation>>(
    "explain",
    "Why a person's state at a given time is known, or not",
    |parameters| Ok(Request::Explain(ExplainRequest::take(parameters)?)),
)
.without_both(&[LOG, CRITERION]);

impl Asks for ExplainRequest {
    fn people(&self) -> &[PersonRef] {
        std::slice::from_ref(&self.person)
    }

    fn when(&self) -> When<'_> {
        When::At(&self.time)
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }

    fn policy(&self) -> Option<&str> {
        self.facet.policy.as_deref()
    }
}
