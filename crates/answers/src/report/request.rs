//! What `report` is asked.

use crate::asks::{Asks, When};
use crate::format::Drawn;
use crate::parameters::FromParameters;
use crate::question::Question;
use crate::question::{CRITERION, HOURS, LOG, WHO};
use crate::refusal::FieldName;
use crate::report::shape::ReportAnswer;
use crate::request::Request;
use crate::shared::AsOfFields;
use clap::Args;

use crate::ask::Metric;
use crate::expressions::{LogPartExpression, PeriodExpression};
use crate::parameters::fields;
use crate::scope::ScopeFields;
use crate::values::{GroupFloor, PersonRef, Share, Word};

/// `presence report`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence report --from 2026-11-02 --to 2026-11-07
  presence report --from -7d --to now --by department,day --hours \"Mo-Fr 09:00-17:00\"
  presence report --from 2026-11-01 --to 2026-12-01 --by extension,week --zone Europe/Berlin
  presence report 101 102 --from today --to now --facet telephony_status
  presence report --from -7d --to now --by queue,day --policy queue_calls
  presence report --from -7d --to now --by department --calendar own
  presence report --from -7d --to now --metrics adherence,episodes --value Available --min-evidence 0.8
  presence report --from 2026-11-01 --to 2026-12-01 --by department --compare-to previous --min-group 5
  presence report --from 2026-11-02 --to 2026-11-07 --zone Europe/Berlin --output week.html
  presence report --from 2026-11-02 --to 2026-11-07 --compare-as-of 2026-11-06T18:00

Each figure is an estimate with the bounds within which the truth lies: between two sweeps nobody knows when \
exactly a state changed. `unknown` is time without data; it is never shared out among the states.

Formats: `json` is one object; a line of `ndjson` is one row of the report; `csv` has one row for each row of the \
report and value: group keys, scheduled_ms, unknown_ms, absent_ms, transitions, value, ms, min_ms, max_ms, \
first_at, first_earliest, last_at, last_earliest. `html` is a page with the table, a timeline of each person (up to \
60) and a heat map; it needs nothing else and prints well.")]
pub struct ReportRequest {
    /// What is counted.
    #[command(flatten)]
    pub scope: ScopeFields,

    /// Further figures.
    #[command(flatten)]
    pub report_options: ReportOptionFields,

    /// Show what differs from the same report from another part of the log, and why: the numbers of its `as_of`
    /// (position:snapshot), or the moment at which it was known
    #[arg(
        long,
        value_name = "PART",
        allow_hyphen_values = true,
        conflicts_with = "compare_to",
        hide_short_help = true
    )]
    pub compare_as_of: Option<LogPartExpression>,
}

/// What a report shows in addition to the time in each value.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Further figures")]
pub struct ReportOptionFields {
    /// Further figures, such as adherence,episodes
    ///
    /// Comma-separated; docs/metrics.md explains them; `adherence` and `conformance` need --value.
    #[arg(long, value_name = "METRICS", value_delimiter = ',')]
    pub metrics: Vec<Word<Metric>>,

    /// The value, or class of the policy, that they are of
    #[arg(long, value_name = "VALUE")]
    pub value: Option<String>,

    /// Withhold the figures of rows of which a smaller part is known, 0.8 for four fifths of the time
    #[arg(long, value_name = "PART", hide_short_help = true)]
    pub min_evidence: Option<Share>,

    /// Withhold rows that fewer extensions stand behind, and those that would give them away
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub min_group: Option<GroupFloor>,

    /// Show pseudonyms in place of ids, numbers and names; they need a key: `PRESENCE_PSEUDONYM_KEY`, or
    /// `pseudonym_key_file` of the configuration
    #[arg(long, conflicts_with = "people", hide_short_help = true)]
    pub pseudonymous: bool,

    /// An earlier period beside it: `previous`, or FROM..TO
    #[arg(long, value_name = "PERIOD", allow_hyphen_values = true)]
    pub compare_to: Option<PeriodExpression>,
}

fields!(ReportRequest {
    scope: part,
    report_options: part,
    compare_as_of: once "compare-as-of",
});

fields!(ReportOptionFields {
    metrics: list "metrics",
    value: once "value",
    min_evidence: once "min-evidence",
    min_group: once "min-group",
    pseudonymous: flag "pseudonymous",
    compare_to: once "compare-to",
});

/// Its name, formats and fields.
pub(crate) const QUESTION: Question = Question::of::<ReportRequest, ReportAnswer>(
    "report",
    "How long each state held, with bounds",
    |parameters| {
        let request = ReportRequest::take(parameters)?;
        Ok(Request::Report(Box::new(request)))
    },
)
.drawn(&[Drawn::Html, Drawn::Parquet])
.without_both(&[
    LOG,
    CRITERION,
    HOURS,
    WHO,
    (FieldName("pseudonymous"), FieldName("person")),
    (FieldName("compare-as-of"), FieldName("compare-to")),
]);

impl Asks for ReportRequest {
    fn people(&self) -> &[PersonRef] {
        &self.scope.people
    }

    fn when(&self) -> When<'_> {
        When::Within((&self.scope.window).into())
    }

    fn as_of(&self) -> Option<&AsOfFields> {
        Some(&self.scope.as_of)
    }

    fn scope(&self) -> Option<&ScopeFields> {
        Some(&self.scope)
    }
}
