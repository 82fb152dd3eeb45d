//! What `people` is asked.

use crate::asks::Asks;
use crate::parameters::FromParameters;
use crate::people::shape::PersonEntry;
use crate::question::Question;
use crate::question::{LOG, WHO};
use crate::request::Request;
use clap::Args;

use crate::ask::Types;
use crate::parameters::fields;
use crate::shared::{AsOfFields, TeamFields};
use crate::values::{Limit, PersonRef};
use presence_model::ids::ExtensionId;

/// `presence people`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence people
  presence people 101 102 --format json
  presence people --types all --format csv

Under their latest names and groups, by extension number.")]
pub struct PeopleRequest {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,

    /// Of which team.
    #[command(flatten)]
    pub team: TeamFields,

    /// The platform's extension types to list, comma-separated, or `all` [default: people]
    #[arg(
        long,
        value_name = "TYPES",
        conflicts_with = "people",
        hide_short_help = true
    )]
    pub types: Option<Types>,

    /// At most so many
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Limit>,

    /// Only those after this extension in the list, by its id: where a list before ended
    #[arg(long, value_name = "ID")]
    pub after: Option<ExtensionId>,

    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(PeopleRequest {
    people: repeated "person",
    team: part,
    types: once "types",
    limit: once "limit",
    after: once "after",
    as_of: part,
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<PeopleRequest, Vec<PersonEntry>>(
    "people",
    "Who there is, by extension number",
    |parameters| Ok(Request::People(PeopleRequest::take(parameters)?)),
)
.in_pages(1_000, 10_000)
.without_both(&[LOG, WHO]);

impl Asks for PeopleRequest {
    fn people(&self) -> &[PersonRef] {
        &self.people
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }
}
