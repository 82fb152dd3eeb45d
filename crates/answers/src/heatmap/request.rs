//! What `heatmap` is asked.

use crate::asks::{Asks, When};
use crate::format::Drawn;
use crate::heatmap::shape::Heatmap;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::question::{CRITERION, HOURS, LOG, WHO};
use crate::request::Request;
use crate::scope::ScopeFields;
use crate::shapes::provenance::Answered;
use crate::shared::AsOfFields;
use crate::values::PersonRef;
use clap::Args;

use crate::parameters::fields;
use crate::staffing::request::CountFields;

/// `presence heatmap`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence heatmap --value Available --from -28d --to now --zone Europe/Berlin
  presence heatmap --value Available --from -28d --to now --by department --hours \"Mo-Fr 08:00-18:00\"
  presence heatmap 101 --value Busy --from -28d --to now --format csv

For each hour of the week: the part of the time in which something is known that the value held, and the average \
number of people in it, with bounds. `scheduled_ms` is the size of the sample.

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one hour of the week of one group; `svg` is a \
picture.")]
pub struct HeatmapRequest {
    /// What is counted, of whom and when.
    #[command(flatten)]
    pub count: CountFields,
}

fields!(HeatmapRequest { count: part });

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<HeatmapRequest, Answered<Heatmap>>(
    "heatmap",
    "A state over the hours of the week",
    |parameters| Ok(Request::Heatmap(HeatmapRequest::take(parameters)?)),
)
.drawn(&[Drawn::Svg])
.without_both(&[LOG, CRITERION, HOURS, WHO]);

impl Asks for HeatmapRequest {
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
