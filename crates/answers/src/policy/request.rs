//! What the list of policies is asked: nothing.

use crate::asks::Asks;
use crate::policy::shape::PolicyEntry;
use crate::question::Question;
use crate::request::Request;
use clap::Args;

use crate::parameters::{Field, FromParameters, Parameters};
use crate::refusal::Refusal;

/// `presence policy list`.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct PoliciesRequest {}

impl FromParameters for PoliciesRequest {
    fn fields() -> Vec<Field> {
        Vec::new()
    }

    fn take(_: &mut Parameters) -> Result<Self, Refusal> {
        Ok(Self {})
    }
}

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<PoliciesRequest, Vec<PolicyEntry>>(
    crate::question::POLICIES,
    "The policies: what a state counts as",
    |parameters| Ok(Request::Policies(PoliciesRequest::take(parameters)?)),
)
.about_nobody();

impl Asks for PoliciesRequest {}
