//! What `route` is asked, and what it shares with `meet`.

use crate::asks::Asks;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::question::{LOG, WHO};
use crate::request::Request;
use crate::route::shape::Route;
use crate::shapes::provenance::Answered;
use clap::Args;

use crate::ask::Types;
use crate::parameters::fields;
use crate::shared::{AsOfFields, TeamFields};
use crate::values::{DurationMs, Limit, PersonRef, PolicyName};

/// The classes that count as free.
#[derive(Clone, Debug, Args)]
pub struct FreeFields {
    /// The policy that says who is free
    ///
    /// `presence policy list` names them.
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<PolicyName>,

    /// The class that is free [default: `can_take`, or `ready`]
    ///
    /// May be repeated, the preferred one first.
    #[arg(long = "class", value_name = "CLASS")]
    pub classes: Vec<String>,
}

/// `presence route`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence route
  presence route --queue Support --limit 3 --format json
  presence route --policy queue_calls --department Sales --max-age 2m --format csv
  presence route --policy reachable --class reachable

The first is to be asked first: by the order of the classes, then by how many sweeps have been since the last one that \
saw them, then by how long they have been waiting, then by number (docs/routing.md). Anyone whose state is unknown is left out; \
`presumed` says that no later sweep has confirmed it. An empty list is an answer: exit code 0.

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one candidate, in order.")]
pub struct RouteRequest {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,
    /// The classes [default policy: `direct_calls`; with --queue, `queue_ready` of that queue, or `queue_calls` where it was
    /// never swept].
    #[command(flatten)]
    pub free: FreeFields,
    /// Of whom.
    #[command(flatten)]
    pub team: TeamFields,
    /// The platform's extension types to count, comma-separated, or `all` [default: people]
    #[arg(
        long,
        value_name = "TYPES",
        conflicts_with = "people",
        hide_short_help = true
    )]
    pub types: Option<Types>,
    /// Only those seen so recently, such as 2m
    ///
    /// [default: as long as a sweep is valid]
    #[arg(long, value_name = "DURATION")]
    pub max_age: Option<DurationMs>,
    /// At most so many, the first
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Limit>,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(FreeFields { policy: once "policy", classes: repeated "class" });

fields!(RouteRequest {
    people: repeated "person",
    free: part,
    team: part,
    types: once "types",
    max_age: once "max-age",
    limit: once "limit",
    as_of: part,
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<RouteRequest, Answered<Route>>(
    "route",
    "Who can take a call now, the first to be asked first",
    |parameters| Ok(Request::Route(RouteRequest::take(parameters)?)),
)
.without_both(&[LOG, WHO]);

impl Asks for RouteRequest {
    fn people(&self) -> &[PersonRef] {
        &self.people
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }

    fn policy(&self) -> Option<&str> {
        self.free.policy.as_deref()
    }
}
