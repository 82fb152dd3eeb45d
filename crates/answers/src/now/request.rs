//! What `now` and `at` are asked.

use crate::asks::{Asks, When};
use crate::now::shape::AtEntry;
use crate::parameters::FromParameters;
use crate::question::LOG;
use crate::question::Question;
use crate::request::Request;
use clap::Args;

use crate::parameters::fields;
use crate::shared::{AsOfFields, PolicyFields, TeamFields};
use crate::values::{PersonRef, TimeExpression};

/// `presence now`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence now
  presence now 101 102
  presence now --policy direct_calls
  presence now --format json | jq '.[] | select(.state.presence_status == \"Available\") | .name'

Formats: `json` is an array; a line of `ndjson` is one extension; `csv` has one row for each extension and \
one column for each facet. `status` is `known`, `unknown` (no data) or `absent` (it did not exist).")]
pub struct NowRequest {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,
    /// Of which team.
    #[command(flatten)]
    pub team: TeamFields,
    /// The policy.
    #[command(flatten)]
    pub policy: PolicyFields,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

/// `presence at`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence at 2026-11-20T14:05 --zone Europe/Berlin
  presence at -2h 101
  presence at 2026-11-20T13:05:00Z --format csv

Formats: as of `presence now`.")]
pub struct AtRequest {
    /// The moment, such as 2026-11-20T14:05, -2h or "yesterday 15:00"
    ///
    /// Also RFC 3339, 2026-11-20, now, today, last monday, 14:05, -7d, 2h ago or 1762092000s (docs/times.md has them all).
    #[arg(value_name = "TIME", allow_hyphen_values = true)]
    pub time: TimeExpression,
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,
    /// Of which team.
    #[command(flatten)]
    pub team: TeamFields,
    /// The policy.
    #[command(flatten)]
    pub policy: PolicyFields,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(NowRequest { people: repeated "person",
    team: part, policy: part, as_of: part });

fields!(AtRequest {
    time: needed "time",
    people: repeated "person",
    team: part,
    policy: part,
    as_of: part,
});

/// Its name, formats and fields.
pub(crate) const NOW: Question =
    Question::of::<NowRequest, Vec<AtEntry>>("now", "Everyone's state now", |parameters| {
        Ok(Request::Now(NowRequest::take(parameters)?))
    })
    .without_both(&[LOG]);

impl Asks for NowRequest {
    fn people(&self) -> &[PersonRef] {
        &self.people
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }

    fn policy(&self) -> Option<&str> {
        self.policy.policy.as_deref()
    }
}

/// Its name, formats and fields.
pub(crate) const AT: Question =
    Question::of::<AtRequest, Vec<AtEntry>>("at", "Everyone's state at a moment", |parameters| {
        Ok(Request::At(AtRequest::take(parameters)?))
    })
    .without_both(&[LOG]);

impl Asks for AtRequest {
    fn people(&self) -> &[PersonRef] {
        &self.people
    }

    fn when(&self) -> When<'_> {
        When::At(&self.time)
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }

    fn policy(&self) -> Option<&str> {
        self.policy.policy.as_deref()
    }
}
