//! The arguments of the questions.

use clap::Args;

use super::telling::TellingArgs;
use super::values::{self, By};
use crate::ask::{AsOfPosition, Types};
use crate::model::event::EventKind;
use crate::model::facet::Facet;
use crate::model::observation::Source;
use crate::query::absence::AbsenceMode;
use crate::query::among::Among;

/// Which part of the log the answer rests on.
#[derive(Clone, Debug, Default, Args)]
pub struct AsOfArgs {
    /// Answer from the log as it was at this position (and snapshot), as an earlier answer's `as_of` says
    #[arg(
        long,
        value_name = "POSITION[:SNAPSHOT_NO]",
        value_parser = values::parse_as_of,
        hide_short_help = true
    )]
    pub as_of: Option<AsOfPosition>,

    /// Answer from what was known at this moment: the log as it had been recorded by then; written like --from
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        conflicts_with = "as_of",
        hide_short_help = true
    )]
    pub as_known_at: Option<String>,
}

/// The window of a question about a day: today so far, unless it is given.
#[derive(Clone, Debug, Args)]
pub struct TodayArgs {
    /// Start, such as -2h [default: midnight before --to]
    ///
    /// Also RFC 3339, 2026-11-20T14:05, 2026-W45, 2026-11, today, last monday, "yesterday 15:00", 14:05, -7d, 2h ago or
    /// 1762092000s (docs/times.md has them all).
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,

    /// End, itself not in the window [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<String>,
}

/// The window of a question that sums up: the last seven days, unless it is given.
#[derive(Clone, Debug, Args)]
pub struct SevenDaysArgs {
    /// Start, such as -28d [default: 7 days before --to]
    ///
    /// Also RFC 3339, 2026-11-20T14:05, 2026-W45, 2026-11, today, last monday, "yesterday 15:00", 14:05, -7d, 2h ago or
    /// 1762092000s (docs/times.md has them all).
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,

    /// End, itself not in the window [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<String>,
}

/// The window of a question that looks ahead: the next seven days, unless it is given.
#[derive(Clone, Debug, Args)]
pub struct AheadArgs {
    /// Start, such as tomorrow [default: now]
    ///
    /// Also RFC 3339, 2026-11-20T14:05, 2026-11, next monday, "tomorrow 09:00", +7d, -7d or 1762092000s (docs/times.md has
    /// them all).
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,

    /// End, itself not in the window [default: 7 days on]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<String>,
}

/// The window that a question is about if not all of it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsualWindow {
    /// From the local midnight before its end until now.
    Today,
    /// Seven days of the calendar, until now.
    SevenDays,
    /// Seven days of the calendar, from now on.
    SevenDaysAhead,
}

/// A window as it was written, as far as it was.
#[derive(Clone, Copy, Debug)]
pub struct WrittenWindow<'a> {
    /// Its first moment.
    pub from: Option<&'a str>,
    /// The first moment after it.
    pub to: Option<&'a str>,
    /// What holds for what was not written.
    pub usual: UsualWindow,
}

impl<'a> WrittenWindow<'a> {
    /// A window both ends of which were written.
    pub fn whole(from: &'a str, to: &'a str) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
            usual: UsualWindow::SevenDays,
        }
    }
}

impl<'a> From<&'a TodayArgs> for WrittenWindow<'a> {
    fn from(args: &'a TodayArgs) -> Self {
        Self {
            from: args.from.as_deref(),
            to: args.to.as_deref(),
            usual: UsualWindow::Today,
        }
    }
}

impl<'a> From<&'a SevenDaysArgs> for WrittenWindow<'a> {
    fn from(args: &'a SevenDaysArgs) -> Self {
        Self {
            from: args.from.as_deref(),
            to: args.to.as_deref(),
            usual: UsualWindow::SevenDays,
        }
    }
}

impl<'a> From<&'a AheadArgs> for WrittenWindow<'a> {
    fn from(args: &'a AheadArgs) -> Self {
        Self {
            from: args.from.as_deref(),
            to: args.to.as_deref(),
            usual: UsualWindow::SevenDaysAhead,
        }
    }
}

/// The facet or policy asked about.
#[derive(Clone, Debug, Args)]
pub struct FacetArgs {
    /// The facet of the state [default: `presence_status`]
    ///
    /// The default is the platform's aggregate.
    #[arg(
        long,
        value_name = "FACET",
        value_parser = values::facet_parser(),
    )]
    pub facet: Option<Facet>,

    /// A policy, in place of a facet (`presence policy list`)
    ///
    /// It is built in, or one of the configuration file.
    #[arg(long, value_name = "POLICY", conflicts_with = "facet")]
    pub policy: Option<String>,
}

/// A policy to lay over states.
#[derive(Clone, Debug, Args)]
pub struct PolicyChoice {
    /// Show what this policy makes of each state (`presence policy list`)
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<String>,
}

/// The groups that a question is narrowed to.
#[derive(Clone, Debug, Args)]
pub struct AmongArgs {
    /// Only people in this department
    ///
    /// Those who are in it at the time; may be repeated; "" is in none.
    #[arg(long = "department", value_name = "NAME")]
    pub departments: Vec<String>,
    /// Only people at this site
    ///
    /// Those who are there at the time; may be repeated.
    #[arg(long = "site", value_name = "NAME")]
    pub sites: Vec<String>,
    /// Only people in this call queue
    ///
    /// Those who are in it at the time; may be repeated.
    #[arg(long = "queue", value_name = "NAME")]
    pub queues: Vec<String>,
}

impl AmongArgs {
    /// Whom they mean.
    pub fn among(&self) -> Among {
        Among {
            departments: self.departments.clone(),
            sites: self.sites.clone(),
            queues: self.queues.clone(),
        }
    }
}

/// `presence now`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence now
  presence now 101 102
  presence now --policy direct_calls
  presence now --format json | jq '.[] | select(.state.presence_status == \"Available\") | .name'

Formats: `json` is an array; a line of `ndjson` is one extension; `csv` has one row for each extension and \
one column for each facet. `status` is `known`, `unknown` (nobody looked) or `absent` (it did not exist).")]
pub struct NowArgs {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<String>,
    /// The policy.
    #[command(flatten)]
    pub policy: PolicyChoice,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}

/// `presence at`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence at 2026-11-20T14:05 --zone Europe/Berlin
  presence at -2h 101
  presence at 2026-11-20T13:05:00Z --format csv

Formats: as of `presence now`.")]
pub struct AtArgs {
    /// The moment, such as 2026-11-20T14:05, -2h or "yesterday 15:00"
    ///
    /// Also RFC 3339, 2026-11-20, now, today, last monday, 14:05, -7d, 2h ago or 1762092000s (docs/times.md has them all).
    #[arg(value_name = "TIME", allow_hyphen_values = true)]
    pub time: String,
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<String>,
    /// The policy.
    #[command(flatten)]
    pub policy: PolicyChoice,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}

/// `presence timeline`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence timeline 101 --from today --to now
  presence timeline 101 102 --from 2026-11-02 --to 2026-11-07 --zone Europe/Berlin
  presence timeline 101 --facet telephony_status --from -2h --to now --format json
  presence timeline 101 102 103 --from 2026-11-02 --to 2026-11-07 --hours \"Mo-Fr 09:00-17:00\" --output week.svg

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one interval with the extension it is of; \
`svg` is a picture.")]
pub struct TimelineArgs {
    /// Whose: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON", required = true)]
    pub people: Vec<String>,
    /// The facet.
    #[command(flatten)]
    pub facet: FacetArgs,
    /// In a picture, shade these hours, such as "Mo-Fr 09:00-17:00"
    ///
    /// Business hours in the OpenStreetMap notation; `@NAME` is a calendar.
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<String>,
    /// The window.
    #[command(flatten)]
    pub window: TodayArgs,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}

/// `presence changes`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence changes --from -1h --to now
  presence changes --from 2026-11-02 --to 2026-11-03 101 --facet telephony_status
  presence changes --from -1d --to now --policy direct_calls --to-value on_call --department Support
  presence changes --from -7d --to now --kind appeared --kind disappeared
  presence changes --from -7d --to now --format ndjson > changes.ndjson

Formats: `json` is an array; a line of `ndjson` is one event; `csv` has one row for each event and facet (or \
field of the profile) that it changes. Answers are written as they are read, however long they are.")]
pub struct ChangesArgs {
    /// Only of these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<String>,
    /// Only changes of this facet; may be repeated
    #[arg(
        long = "facet",
        value_name = "FACET",
        value_parser = values::facet_parser(),
    )]
    pub facets: Vec<Facet>,
    /// Only changes of the class that this policy gives
    ///
    /// With it, the list says from which class to which (`presence policy list`).
    #[arg(long, value_name = "POLICY", conflicts_with = "facets")]
    pub policy: Option<String>,
    /// Only changes from or to this value
    ///
    /// A value of the facet, or a class of the policy; "" is the absence of the facet.
    #[arg(long, value_name = "VALUE", visible_alias = "class")]
    pub value: Option<String>,
    /// Only changes from this value or class
    #[arg(long, value_name = "VALUE")]
    pub from_value: Option<String>,
    /// Only changes to this value or class
    #[arg(long, value_name = "VALUE")]
    pub to_value: Option<String>,
    /// Only events of this kind; may be repeated
    ///
    /// The kinds are appeared, changed, disappeared and `profile_changed`.
    #[arg(
        long = "kind",
        value_name = "KIND",
        value_parser = values::kind_parser(),
    )]
    pub kinds: Vec<EventKind>,
    /// Only what was told by this: poll, push or import; may be repeated
    #[arg(
        long = "source",
        value_name = "SOURCE",
        value_parser = values::source_parser(),
        hide_short_help = true
    )]
    pub sources: Vec<Source>,
    /// Of whom.
    #[command(flatten)]
    pub among: AmongArgs,
    /// At most so many, the earliest
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Only events after this position: where a list before ended
    #[arg(
        long,
        value_name = "POSITION",
        value_parser = clap::value_parser!(i64).range(0..),
        hide_short_help = true
    )]
    pub after: Option<i64>,
    /// The window.
    #[command(flatten)]
    pub window: TodayArgs,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}

/// `presence explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence explain 101 2026-11-20T14:05 --zone Europe/Berlin
  presence explain 101 -2h --facet telephony_status
  presence explain 101 now --policy direct_calls --format json

The looks around the moment, the changes before and after it, and the rule by which something is known or not: `bracketed` by two looks, `presumed` after the last one, in a `gap`, `absent`. docs/semantics.md draws them all.

Formats: `json` is one object; a row of `csv` is one look or one change.")]
pub struct ExplainMomentArgs {
    /// Whose: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub person: String,
    /// The moment, such as 2026-11-20T14:05, -2h or "yesterday 15:00"
    ///
    /// Also RFC 3339, 2026-11-20, now, today, last monday, 14:05, -7d, 2h ago or 1762092000s (docs/times.md has them all).
    #[arg(value_name = "TIME", allow_hyphen_values = true)]
    pub time: String,
    /// The facet.
    #[command(flatten)]
    pub facet: FacetArgs,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}

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

Each figure is an estimate with the bounds within which the truth lies: between two looks nobody knows when \
exactly a state changed. `unknown` is time that nobody looked at; it is never shared out among the states.

Formats: `json` is one object; a line of `ndjson` is one row of the report; `csv` has one row for each row of the \
report and value: group keys, scheduled_ms, unknown_ms, absent_ms, transitions, value, ms, min_ms, max_ms, \
first_at, first_earliest, last_at, last_earliest. `html` is a page with the table, a timeline of each person (up to \
60) and a heat map; it needs nothing else and prints well.")]
pub struct ReportArgs {
    /// Only of these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<String>,

    /// Rows, such as department,day [default: extension]
    ///
    /// What has a row of its own, comma-separated: account, extension, department, site, queue, and at most one of hour, day,
    /// week, month.
    #[arg(
        long,
        value_name = "GROUPS",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub by: Vec<By>,

    /// The facet.
    #[command(flatten)]
    pub facet: FacetArgs,

    /// Only in these hours, such as "Mo-Fr 09:00-17:00"
    ///
    /// Business hours in the OpenStreetMap notation; `@NAME` is a calendar. [default: all]
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<String>,

    /// A calendar of the configuration, in place of hours
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

    /// What it tells besides.
    #[command(flatten)]
    pub telling: TellingArgs,

    /// Show what differs from the same report from another part of the log, and why: the numbers of its `as_of`
    /// (position:snapshot), or the moment at which it was known
    #[arg(
        long,
        value_name = "PART",
        allow_hyphen_values = true,
        conflicts_with = "compare_to",
        hide_short_help = true
    )]
    pub compare_as_of: Option<String>,

    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}

/// `presence coverage`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence coverage --from -7d --to now
  presence coverage --from 2026-11-01 --to 2026-12-01 --format json | jq .gap_ms

Formats: `json` is one object; a line of `ndjson` and a row of `csv` is one stretch, observed or not.")]
pub struct CoverageArgs {
    /// The window.
    #[command(flatten)]
    pub window: SevenDaysArgs,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfArgs,
}
