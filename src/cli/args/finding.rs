//! The arguments of `route` and `meet`.

use clap::Args;

use super::asking::{AheadArgs, AmongArgs, AsOfArgs};
use super::values::{self, parse_duration_ms};
use crate::ask::Types;

/// The classes that count as free.
#[derive(Clone, Debug, Args)]
pub struct FreeArgs {
    /// The policy that tells who is free
    ///
    /// `presence policy list` names them.
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<String>,

    /// The class that is free [default: `can_take`]
    ///
    /// May be repeated, the preferred one first.
    #[arg(long = "class", value_name = "CLASS")]
    pub classes: Vec<String>,
}

/// `presence route`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence route
  presence route --queue Support --limit 3 --format json
  presence route --policy queue_calls --department Sales --max-age 2m --format csv
  presence route --policy reachable --class reachable

The first is to be asked first: by the order of the classes, then by how many looks have been since the last one that \
saw them, then by how long they have been waiting, then by number (docs/routing.md). Whoever is unknown is left out; \
`presumed` says that no later look has confirmed it. An empty list is an answer: exit code 0.

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one candidate, in order.")]
pub struct RouteArgs {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<String>,
    /// The classes [default policy: `queue_calls` with --queue, else `direct_calls`].
    #[command(flatten)]
    pub free: FreeArgs,
    /// Of whom.
    #[command(flatten)]
    pub among: AmongArgs,
    /// The platform's extension types to count, comma-separated, or `all` [default: people]
    #[arg(
        long,
        value_name = "TYPES",
        conflicts_with = "people",
        value_parser = values::parse_types,
        hide_short_help = true
    )]
    pub types: Option<Types>,
    /// Only those seen so recently, such as 2m
    ///
    /// [default: as long as a look is valid]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    pub max_age: Option<i64>,
    /// At most so many, the first
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}

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
pub struct MeetArgs {
    /// Whom to bring together: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON", required = true)]
    pub people: Vec<String>,
    /// The classes that are free [default policy: `direct_calls`].
    #[command(flatten)]
    pub free: FreeArgs,
    /// How long the slots are, such as 1h
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = parse_duration_ms)]
    pub length: i64,
    /// Slots in these hours, such as "Mo-Fr 09:00-17:00"
    ///
    /// Business hours in the OpenStreetMap notation; `@NAME` is a calendar [default: all]
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<String>,
    /// How many weeks to look back on
    #[arg(long, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=520))]
    pub weeks: u32,
    /// At most so many slots, the best
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
    /// The window.
    #[command(flatten)]
    pub window: AheadArgs,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}
