//! Fields that every question has.

use clap::Args;

use super::format::ExcelWord;
use super::parameters::fields;
use super::refusal::FieldName;
use super::values::TimeExpression;
use crate::ask::ZoneChoice;
use presence_model::ids::AccountId;

/// Whether names that mean nothing are asked about all the same.
pub const ALLOW_UNKNOWN: FieldName = FieldName("allow-unknown");
/// Whose history.
pub const ACCOUNT: FieldName = FieldName("account");
/// The zone of times and days.
pub const ZONE: FieldName = FieldName("zone");
/// The present moment.
pub const NOW: FieldName = FieldName("now");
/// How CSV is written.
pub const EXCEL: FieldName = FieldName("excel");

/// Fields of every question.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct CommonFields {
    /// The account; needed only if the store holds several
    #[arg(
        long,
        global = true,
        env = "PRESENCE_ACCOUNT",
        value_name = "ID",
        hide_short_help = true
    )]
    pub account: Option<AccountId>,

    /// The time zone of local times, such as Europe/Berlin
    ///
    /// Times are read and shown in it [default: UTC]. In reports, everybody's days and hours are in it [default, and with
    /// `extension`: each person's own zone]. [env: `PRESENCE_ZONE`]
    #[arg(
        long,
        global = true,
        env = "PRESENCE_ZONE",
        value_name = "ZONE",
        hide_env = true
    )]
    pub zone: Option<ZoneChoice>,

    /// Take this as the present moment: reproduces an answer whose `as_of` carries `now`
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    pub now: Option<TimeExpression>,

    /// Ask also where a name means nothing: a person, department, site, queue, value or class that is not in the history.
    /// Without it such a question is refused, with the nearest names
    #[arg(long, global = true, hide_short_help = true)]
    pub allow_unknown: bool,

    /// Write CSV for Excel
    ///
    /// With a byte order mark, CR LF, and times as local date and time (in --zone). Cells are separated by semicolons;
    /// `--excel=comma` is for an Excel that separates by commas.
    #[arg(
        long,
        global = true,
        value_name = "SEPARATOR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "semicolon",
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub excel: Option<ExcelWord>,
}

impl CommonFields {
    /// The same, with the account and the zone of `usual` where there are none.
    #[must_use]
    pub fn or(self, usual: &Self) -> Self {
        Self {
            account: self.account.or(usual.account),
            zone: self.zone.or_else(|| usual.zone.clone()),
            ..self
        }
    }
}

fields!(CommonFields {
    account: once "account",
    zone: once "zone",
    now: once "now",
    allow_unknown: flag "allow-unknown",
    excel: once "excel",
});
