//! What `meet` is asked.

use crate::asks::{Asks, When};
use crate::meet::shape::Meet;
use crate::parameters::FromParameters;
use crate::question::LOG;
use crate::question::Question;
use crate::request::Request;
use crate::shapes::provenance::Answered;
use clap::Args;

use crate::expressions::HoursExpression;
use crate::parameters::fields;
use crate::route::request::FreeFields;
use crate::shared::{AheadFields, AsOfFields, TeamFields};
use crate::values::{DurationMs, Limit, PersonRef, Weeks};

/// How long slots are, if nothing is said.
const LENGTH: &str = "30m";

/// So many weeks are looked back on, if nothing is said.
const WEEKS: &str = "8";

/// So many slots are given, if nothing is said.
const SLOTS: &str = "20";

/// `presence meet`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence meet 101 102 103 --from tomorrow --to +7d --hours \"Mo-Fr 09:00-17:00\" --zone Europe/Berlin
  presence meet 101 102 --from -7d --to now --length 1h
  presence meet 101 102 --from now --to +5d --policy reachable --class reachable --weeks 12

For each slot: in how many of the same slots of the last weeks (same weekday, same local time) all of them were free \
throughout. `observed` is the size of the sample; weeks in which that is not known are `unknown` and in no share. A \
slot that is over also says what it was. The best come first: the greatest share, then the largest sample.

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one slot.")]
pub struct MeetRequest {
    /// Whom to bring together: an extension number, an id, or part of a name; or name a team
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,
    /// Of which team.
    #[command(flatten)]
    pub team: TeamFields,
    /// The classes that are free [default policy: `direct_calls`].
    #[command(flatten)]
    pub free: FreeFields,
    /// How long the slots are, such as 1h
    #[arg(long, value_name = "DURATION", default_value = LENGTH)]
    pub length: DurationMs,
    /// Slots in these hours, such as "Mo-Fr 09:00-17:00"
    ///
    /// Business hours in the OpenStreetMap notation; `@NAME` is a calendar [default: all]
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<HoursExpression>,
    /// How many past weeks to compare with
    #[arg(long, value_name = "COUNT", default_value = WEEKS)]
    pub weeks: Weeks,
    /// At most so many slots, the best
    #[arg(long, value_name = "COUNT", default_value = SLOTS)]
    pub limit: Limit,
    /// The window.
    #[command(flatten)]
    pub window: AheadFields,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(MeetRequest {
    people: repeated "person",
    team: part,
    free: part,
    length: once "length" or LENGTH,
    hours: once "hours",
    weeks: once "weeks" or WEEKS,
    limit: once "limit" or SLOTS,
    window: part,
    as_of: part,
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<MeetRequest, Answered<Meet>>(
    "meet",
    "When some people are free together",
    |parameters| Ok(Request::Meet(MeetRequest::take(parameters)?)),
)
.without_both(&[LOG]);

impl Asks for MeetRequest {
    fn people(&self) -> &[PersonRef] {
        &self.people
    }

    fn when(&self) -> When<'_> {
        When::Within((&self.window).into())
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }

    fn hours(&self) -> Option<&HoursExpression> {
        self.hours.as_ref()
    }

    fn policy(&self) -> Option<&str> {
        self.free.policy.as_deref()
    }
}
