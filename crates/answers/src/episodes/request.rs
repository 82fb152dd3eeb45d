//! What `episodes` is asked.

use crate::asks::{Asks, When};
use crate::episodes::shape::Episodes;
use crate::format::Drawn;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::question::{CRITERION, LOG, WHO};
use crate::request::Request;
use crate::shapes::provenance::Answered;
use clap::Args;

use crate::ask::Types;
use crate::parameters::fields;
use crate::shared::{AsOfFields, CriterionFields, SevenDaysFields, TeamFields};
use crate::values::{DurationMs, Limit, PersonRef};

/// `presence episodes`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence episodes --facet dnd_status --value DoNotAcceptAnyCalls --at-least 4h
  presence episodes 101 --value Busy --from -28d --to now --format csv
  presence episodes --queue Support --value Available --at-least 2h --limit 10

An episode is one uninterrupted stay in a value or class. The longest comes first. A gap ends an episode, because nobody \
knows whether it went on; so does the edge of the window. `begins` and `ends` say what lies there: `change`, `gap`, `window` \
or `now`.

`ms` is the estimate, `min_ms` and `max_ms` are the bounds; next to a gap there is no upper bound. `--at-least` compares the \
estimate.

Formats: `json` is one object; a line of `ndjson` and a row of `csv` or `parquet` is one episode.")]
pub struct EpisodesRequest {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,
    /// Of which team.
    #[command(flatten)]
    pub team: TeamFields,
    /// The value or class, such as Available
    ///
    /// "" is the absence of the facet.
    #[arg(long, value_name = "VALUE", visible_alias = "class")]
    pub value: String,
    /// The facet.
    #[command(flatten)]
    pub facet: CriterionFields,
    /// Only episodes of this length or longer, such as 2h
    #[arg(long, value_name = "DURATION")]
    pub at_least: Option<DurationMs>,
    /// At most so many, the longest
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Limit>,
    /// The platform's extension types to count, comma-separated, or `all` [default: people]
    #[arg(
        long,
        value_name = "TYPES",
        conflicts_with = "people",
        hide_short_help = true
    )]
    pub types: Option<Types>,
    /// The window.
    #[command(flatten)]
    pub window: SevenDaysFields,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(EpisodesRequest {
    people: repeated "person",
    team: part,
    value: needed "value",
    facet: part,
    at_least: once "at-least",
    limit: once "limit",
    types: once "types",
    window: part,
    as_of: part,
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<EpisodesRequest, Answered<Episodes>>(
    "episodes",
    "Each uninterrupted stay in a state, the longest first",
    |parameters| Ok(Request::Episodes(EpisodesRequest::take(parameters)?)),
)
.drawn(&[Drawn::Parquet])
.without_both(&[LOG, CRITERION, WHO]);

impl Asks for EpisodesRequest {
    fn people(&self) -> &[PersonRef] {
        &self.people
    }

    fn when(&self) -> When<'_> {
        When::Within((&self.window).into())
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }

    fn policy(&self) -> Option<&str> {
        self.facet.policy.as_deref()
    }
}
