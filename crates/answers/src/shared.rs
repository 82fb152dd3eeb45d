//! Fields that several questions have.

use crate::values::PolicyName;
use clap::Args;

use super::parameters::fields;
use super::refusal::FieldName;
use super::values::{TimeExpression, Word};
use crate::ask::AsOfPosition;
use presence_core::query::group_filter::{GroupFilter, Team};
use presence_core::query::wanted::Wanted;
use presence_model::facet::Facet;

/// The start of a window.
pub const FROM: FieldName = FieldName("from");
/// The end of a window.
pub const TO: FieldName = FieldName("to");
/// The moment at which the log was known.
pub const AS_KNOWN_AT: FieldName = FieldName("as-known-at");
/// The hours that count.
pub const HOURS: FieldName = FieldName("hours");
/// Who is meant.
pub const PERSON: FieldName = FieldName("person");
/// A moment.
pub const TIME: FieldName = FieldName("time");

/// Which part of the log the answer rests on.
#[derive(Clone, Debug, Default, Args)]
pub struct AsOfFields {
    /// Answer from the log as it was at this position (and snapshot), as an earlier answer's `as_of` says
    #[arg(long, value_name = "POSITION[:SNAPSHOT_NO]", hide_short_help = true)]
    pub as_of: Option<AsOfPosition>,

    /// Answer from what was known at this moment: the log as it had been recorded by then; written like --from
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        conflicts_with = "as_of",
        hide_short_help = true
    )]
    pub as_known_at: Option<TimeExpression>,
}

/// The window of a question about a day: today so far, unless it is given.
#[derive(Clone, Debug, Args)]
pub struct TodayFields {
    /// Start, such as -2h [default: midnight before --to]
    ///
    /// Also RFC 3339, 2026-11-20T14:05, 2026-W45, 2026-11, today, last monday, "yesterday 15:00", 14:05, -7d, 2h ago or
    /// 1762092000s (docs/times.md has them all).
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<TimeExpression>,

    /// End, itself not in the window [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<TimeExpression>,
}

/// The window of a question that sums up: the last seven days, unless it is given.
#[derive(Clone, Debug, Args)]
pub struct SevenDaysFields {
    /// Start, such as -28d [default: 7 days before --to]
    ///
    /// Also RFC 3339, 2026-11-20T14:05, 2026-W45, 2026-11, today, last monday, "yesterday 15:00", 14:05, -7d, 2h ago or
    /// 1762092000s (docs/times.md has them all).
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<TimeExpression>,

    /// End, itself not in the window [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<TimeExpression>,
}

/// The window of a question that looks ahead: the next seven days, unless it is given.
#[derive(Clone, Debug, Args)]
pub struct AheadFields {
    /// Start, such as tomorrow [default: now]
    ///
    /// Also RFC 3339, 2026-11-20T14:05, 2026-11, next monday, "tomorrow 09:00", +7d, -7d or 1762092000s (docs/times.md has
    /// them all).
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<TimeExpression>,

    /// End, itself not in the window [default: 7 days on]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<TimeExpression>,
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
    pub from: Option<&'a TimeExpression>,
    /// The first moment after it.
    pub to: Option<&'a TimeExpression>,
    /// What holds for what was not written.
    pub usual: UsualWindow,
}

impl<'a> WrittenWindow<'a> {
    /// A window both ends of which were written.
    pub fn whole(from: &'a TimeExpression, to: &'a TimeExpression) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
            usual: UsualWindow::SevenDays,
        }
    }
}

impl<'a> From<&'a TodayFields> for WrittenWindow<'a> {
    fn from(fields: &'a TodayFields) -> Self {
        Self {
            from: fields.from.as_ref(),
            to: fields.to.as_ref(),
            usual: UsualWindow::Today,
        }
    }
}

impl<'a> From<&'a SevenDaysFields> for WrittenWindow<'a> {
    fn from(fields: &'a SevenDaysFields) -> Self {
        Self {
            from: fields.from.as_ref(),
            to: fields.to.as_ref(),
            usual: UsualWindow::SevenDays,
        }
    }
}

impl<'a> From<&'a AheadFields> for WrittenWindow<'a> {
    fn from(fields: &'a AheadFields) -> Self {
        Self {
            from: fields.from.as_ref(),
            to: fields.to.as_ref(),
            usual: UsualWindow::SevenDaysAhead,
        }
    }
}

/// The facet or policy asked about.
#[derive(Clone, Debug, Args)]
pub struct CriterionFields {
    /// The facet of the state [default: `presence_status`]
    ///
    /// The default is the platform's aggregate.
    #[arg(long, value_name = "FACET")]
    pub facet: Option<Word<Facet>>,

    /// A policy, in place of a facet (`presence policy list`)
    ///
    /// It is built in, or one of the configuration file.
    #[arg(long, value_name = "POLICY", conflicts_with = "facet")]
    pub policy: Option<PolicyName>,
}

/// A policy to lay over states.
#[derive(Clone, Debug, Args)]
pub struct PolicyFields {
    /// Show what this policy makes of each state (`presence policy list`)
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<PolicyName>,
}

/// The groups that a question is narrowed to.
#[derive(Clone, Debug, Args)]
pub struct TeamFields {
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
    /// Use the groups of today, not those of the time
    #[arg(long, hide_short_help = true)]
    pub as_now: bool,
}

impl TeamFields {
    /// Whom they mean.
    pub fn group_filter(&self) -> GroupFilter {
        let wanted = |words: &[String]| words.iter().map(|word| Wanted::of_word(word)).collect();
        GroupFilter {
            departments: wanted(&self.departments),
            sites: wanted(&self.sites),
            queues: wanted(&self.queues),
        }
    }

    /// Whom they mean, and by which groups.
    pub fn team(&self) -> Team {
        Team {
            group_filter: self.group_filter(),
            as_now: self.as_now,
        }
    }
}

fields!(AsOfFields {
    as_of: once "as-of",
    as_known_at: once "as-known-at",
});

fields!(TodayFields { from: once "from", to: once "to" });

fields!(SevenDaysFields { from: once "from", to: once "to" });

fields!(AheadFields { from: once "from", to: once "to" });

fields!(CriterionFields { facet: once "facet", policy: once "policy" });

fields!(PolicyFields { policy: once "policy" });

fields!(TeamFields {
    departments: repeated "department",
    sites: repeated "site",
    queues: repeated "queue",
    as_now: flag "as-now",
});
