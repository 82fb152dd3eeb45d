//! What `staffing` is asked, and what it shares with `heatmap`.

use crate::asks::{Asks, When};
use crate::format::Drawn;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::question::{CRITERION, HOURS, LOG, WHO};
use crate::request::Request;
use crate::shapes::provenance::Answered;
use crate::shared::AsOfFields;
use crate::staffing::shape::Staffing;
use crate::values::PersonRef;
use clap::Args;

use crate::expressions::Requirement;
use crate::parameters::fields;
use crate::scope::ScopeFields;
use presence_core::query::steps::StepLength;

/// How long steps are, if nothing is said.
const STEP: &str = "15m";

/// What is counted, of whom and when.
#[derive(Clone, Debug, Args)]
pub struct CountFields {
    /// What is counted, such as Available
    ///
    /// "" is the absence of the facet.
    #[arg(long, value_name = "VALUE")]
    pub value: String,

    /// Of whom, when, and in which rows.
    #[command(flatten)]
    pub scope: ScopeFields,
}

/// `presence staffing`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence staffing --value Available --from today --to now
  presence staffing --value Available --from 2026-11-02 --to 2026-11-07 --by queue --step 1h --zone Europe/Berlin
  presence staffing --value NoCall --facet telephony_status --from -7d --to now --format csv
  presence staffing --value Available --from -7d --to now --zone Europe/Berlin \
--required \"Mo-Fr 08:00-18:00=5\" --required \"Sa 10:00-14:00=2\"

Each step has the lowest, the average and the highest number of people known to be in the value at once. `guaranteed` \
is the lowest number that certainly was, `possible` the highest that may have been, including everyone whose state is unknown.

With `--required`, `shortfalls` are the stretches in which fewer certainly were than required, each of one `kind`: \
`certain` (even those possible are fewer), `possible` (they are not) or `unknown` (no data, or nobody is known). They \
are told up to the last complete sweep, `judged_until`.

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one step of one group, or such a stretch; `svg` is a \
picture.")]
pub struct StaffingRequest {
    /// What is counted, of whom and when.
    #[command(flatten)]
    pub count: CountFields,

    /// How long a step is, such as 15m, 1h or 1d
    ///
    /// 1d and 1w are local days, from midnight to midnight of --zone [UTC without it], and 24h is always 24 hours.
    #[arg(long, value_name = "DURATION", default_value = STEP)]
    pub step: StepLength,

    /// How many are needed, "Mo-Fr 09:00-17:00=5"
    ///
    /// Hours and a number, or a number for all hours; may be given several times, and the highest number counts.
    #[arg(long, value_name = "HOURS=N")]
    pub required: Vec<Requirement>,
}

fields!(CountFields { value: needed "value", scope: part });

fields!(StaffingRequest {
    count: part,
    step: once "step" or STEP,
    required: repeated "required",
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<StaffingRequest, Answered<Staffing>>(
    "staffing",
    "How many people were in a state at once, step by step",
    |parameters| Ok(Request::Staffing(StaffingRequest::take(parameters)?)),
)
.drawn(&[Drawn::Svg, Drawn::Parquet])
.without_both(&[LOG, CRITERION, HOURS, WHO]);

impl Asks for StaffingRequest {
    fn people(&self) -> &[PersonRef] {
        &self.count.scope.people
    }

    fn when(&self) -> When<'_> {
        When::Within((&self.count.scope.window).into())
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.count.scope.as_of)
    }

    fn scope(&self) -> Option<&ScopeFields> {
        Some(&self.count.scope)
    }
}
