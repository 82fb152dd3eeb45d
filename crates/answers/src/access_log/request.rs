//! What `access-log` is asked.

use crate::asks::Asks;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::request::Request;
use crate::shapes::access::AccessEntry;
use clap::Args;

use crate::parameters::fields;
use crate::values::{EntryNo, Limit, PersonRef, TimeExpression};

/// `presence access-log`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence access-log
  presence access-log 101 --from -30d
  presence access-log --format csv > access.csv

What was asked over the network through `presence serve`, the latest first; what was asked again within an hour is one \
entry. Anyone who can open the store directly leaves no trace here.")]
pub struct AccessLogRequest {
    /// Only looks at these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,

    /// The first moment, such as 2026-11-20 or -7d [default: the beginning]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<TimeExpression>,

    /// At most so many entries
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Limit>,

    /// Only entries before this one, by its number: where a list before ended
    #[arg(long, value_name = "NUMBER")]
    pub after: Option<EntryNo>,
}

fields!(AccessLogRequest {
    people: repeated "person",
    from: once "from",
    limit: once "limit",
    after: once "after",
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<AccessLogRequest, Vec<AccessEntry>>(
    crate::question::ACCESS_LOG,
    "Who asked about whom",
    |parameters| Ok(Request::AccessLog(AccessLogRequest::take(parameters)?)),
)
.in_pages(100, 1_000)
.about_nobody();

impl Asks for AccessLogRequest {
    fn people(&self) -> &[PersonRef] {
        &self.people
    }
}
