//! What `staffing` is asked, and what it shares with `heatmap`.

use clap::Args;

use crate::ask::Types;
use crate::parameters::fields;
use crate::shared::{AsOfFields, CriterionFields, SevenDaysFields, TeamFields};
use crate::values::{By, Word};
use presence_core::query::absence::AbsenceMode;
use presence_core::query::steps::StepLength;

/// How long steps are, if nothing is said.
const STEP: &str = "15m";

/// What is counted, of whom and when.
#[derive(Clone, Debug, Args)]
pub struct CountFields {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<String>,

    /// Of which team.
    #[command(flatten)]
    pub team: TeamFields,

    /// What is counted, such as Available
    ///
    /// "" is the absence of the facet.
    #[arg(long, value_name = "VALUE")]
    pub value: String,

    /// The facet.
    #[command(flatten)]
    pub facet: CriterionFields,

    /// Rows, such as department [default: account]
    ///
    /// What is counted apart, comma-separated: account, extension, department, site, queue.
    #[arg(
        long,
        value_name = "GROUPS",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub by: Vec<Word<By>>,

    /// Only in these hours, such as "Mo-Fr 09:00-17:00"
    ///
    /// Business hours in the OpenStreetMap notation; `@NAME` is a calendar. [default: all]
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<String>,

    /// A calendar of the configuration, not hours
    ///
    /// `own` is each extension's own.
    #[arg(long, value_name = "NAME", conflicts_with = "hours")]
    pub calendar: Option<String>,

    /// What becomes of planned absence, which the configuration names files of: `exclude` or `apart` take it out of the
    /// scheduled time, `ignore` does not [default: apart]
    #[arg(long, value_name = "HOW", hide_short_help = true)]
    pub planned_absence: Option<Word<AbsenceMode>>,

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

/// `presence staffing`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence staffing --value Available --from today --to now
  presence staffing --value Available --from 2026-11-02 --to 2026-11-07 --by queue --step 1h --zone Europe/Berlin
  presence staffing --value NoCall --facet telephony_status --from -7d --to now --format csv
  presence staffing --value Available --from -7d --to now --zone Europe/Berlin \
--required \"Mo-Fr 08:00-18:00=5\" --required \"Sa 10:00-14:00=2\"

Each step has the lowest, the average and the highest number of people known to be in the value at once. `guaranteed` \
is the lowest number that certainly was, `possible` the highest that may have been, whoever is unknown included.

With `--required`, `shortfalls` are the stretches in which fewer certainly were than required, each of one `kind`: \
`certain` (even those possible are fewer), `possible` (they are not) or `unknown` (nobody looked, or nobody is known). They \
are told up to the last complete look, `judged_until`.

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
    /// Hours and a number; may be given several times, and the highest number counts.
    #[arg(long, value_name = "HOURS=N")]
    pub required: Vec<String>,
}

fields!(CountFields {
    people: repeated "person",
    team: part,
    value: needed "value",
    facet: part,
    by: list "by",
    hours: once "hours",
    calendar: once "calendar",
    planned_absence: once "planned-absence",
    types: once "types",
    window: part,
    as_of: part,
});

fields!(StaffingRequest {
    count: part,
    step: once "step" or STEP,
    required: repeated "required",
});
