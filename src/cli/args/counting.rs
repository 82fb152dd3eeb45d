//! The arguments of `staffing` and `heatmap`.

use clap::Args;

use super::asking::{AsOfArgs, FacetArgs, SevenDaysArgs};
use super::values::{self, By, parse_step};
use crate::ask::Types;
use crate::query::absence::AbsenceMode;
use crate::query::steps::StepLength;

/// What is counted, of whom and when.
#[derive(Clone, Debug, Args)]
pub struct CountArgs {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<String>,

    /// What is counted, such as Available
    ///
    /// "" is the absence of the facet.
    #[arg(long, value_name = "VALUE")]
    pub value: String,

    /// The facet.
    #[command(flatten)]
    pub facet: FacetArgs,

    /// Rows, such as department [default: account]
    ///
    /// What is counted apart, comma-separated: account, extension, department, site, queue.
    #[arg(
        long,
        value_name = "GROUPS",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub by: Vec<By>,

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
    #[arg(
        long,
        value_name = "HOW",
        value_parser = values::absence_parser(),
        hide_short_help = true
    )]
    pub planned_absence: Option<AbsenceMode>,

    /// The platform's extension types to count, comma-separated, or `all` [default: people]
    #[arg(
        long,
        value_name = "TYPES",
        conflicts_with = "people",
        value_parser = values::parse_types,
        hide_short_help = true
    )]
    pub types: Option<Types>,

    /// The window.
    #[command(flatten)]
    pub window: SevenDaysArgs,

    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
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
pub struct StaffingArgs {
    /// What is counted, of whom and when.
    #[command(flatten)]
    pub count: CountArgs,

    /// How long a step is, such as 15m, 1h or 1d
    ///
    /// 1d and 1w are local days, from midnight to midnight of --zone [UTC without it], and 24h is always 24 hours.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = parse_step)]
    pub step: StepLength,

    /// How many are needed, "Mo-Fr 09:00-17:00=5"
    ///
    /// Hours and a number; may be given several times, and the highest number counts.
    #[arg(long, value_name = "HOURS=N")]
    pub required: Vec<String>,
}

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
pub struct HeatmapArgs {
    /// What is counted, of whom and when.
    #[command(flatten)]
    pub count: CountArgs,
}
