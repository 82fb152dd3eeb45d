//! What `timeline` is asked.

use crate::asks::{Asks, When};
use crate::format::Drawn;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::question::{CRITERION, LOG};
use crate::request::Request;
use crate::shapes::provenance::Answered;
use crate::timeline::shape::Timeline;
use crate::values::PersonRef;
use clap::Args;

use crate::expressions::HoursExpression;
use crate::parameters::fields;
use crate::shared::{AsOfFields, CriterionFields, TeamFields, TodayFields};

/// `presence timeline`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence timeline 101 --from today --to now
  presence timeline 101 102 --from 2026-11-02 --to 2026-11-07 --zone Europe/Berlin
  presence timeline 101 --facet telephony_status --from -2h --to now --format json
  presence timeline 101 102 103 --from 2026-11-02 --to 2026-11-07 --hours \"Mo-Fr 09:00-17:00\" --output week.svg

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one interval with the extension it is of; \
`svg` is a picture.")]
pub struct TimelineRequest {
    /// Whose: an extension number, an id, or part of a name; or name a team
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,
    /// Of which team.
    #[command(flatten)]
    pub team: TeamFields,
    /// The facet.
    #[command(flatten)]
    pub facet: CriterionFields,
    /// In a picture, shade these hours, such as "Mo-Fr 09:00-17:00"
    ///
    /// Business hours in the OpenStreetMap notation; `@NAME` is a calendar.
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<HoursExpression>,
    /// The window.
    #[command(flatten)]
    pub window: TodayFields,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(TimelineRequest {
    people: repeated "person",
    team: part,
    facet: part,
    hours: once "hours",
    window: part,
    as_of: part,
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<TimelineRequest, Answered<Timeline>>(
    "timeline",
    "A person's states over time",
    |parameters| Ok(Request::Timeline(TimelineRequest::take(parameters)?)),
)
.drawn(&[Drawn::Svg, Drawn::Parquet])
.without_both(&[LOG, CRITERION]);

impl Asks for TimelineRequest {
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
        self.facet.policy.as_deref()
    }
}
