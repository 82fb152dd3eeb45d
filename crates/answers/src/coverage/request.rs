//! What `coverage` is asked.

use crate::asks::{Asks, When};
use crate::coverage::shape::Coverage;
use crate::parameters::FromParameters;
use crate::question::LOG;
use crate::question::Question;
use crate::request::Request;
use crate::shapes::provenance::Answered;
use clap::Args;

use crate::parameters::fields;
use crate::shared::{AsOfFields, SevenDaysFields};

/// `presence coverage`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence coverage --from -7d --to now
  presence coverage --from 2026-11-01 --to 2026-12-01 --format json | jq .gap_ms

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one stretch, observed or not.")]
pub struct CoverageRequest {
    /// The window.
    #[command(flatten)]
    pub window: SevenDaysFields,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}

fields!(CoverageRequest {
    window: part,
    as_of: part
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<CoverageRequest, Answered<Coverage>>(
    "coverage",
    "When the collector was running, and when not",
    |parameters| Ok(Request::Coverage(CoverageRequest::take(parameters)?)),
)
.about_nobody()
.without_both(&[LOG]);

impl Asks for CoverageRequest {
    fn when(&self) -> When<'_> {
        When::Within((&self.window).into())
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.as_of)
    }
}
