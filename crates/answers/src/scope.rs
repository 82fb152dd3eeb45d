//! What `report`, `staffing` and `heatmap` count: of whom, when, in which rows. Their requests have the same fields for it.

use crate::values::PersonRef;
use clap::Args;

use super::asker::{self, Asker};
use super::expressions::{CalendarName, HoursExpression};
use super::parameters::fields;
use super::refusal::{FieldName, Refusal};
use super::shared::{AsOfFields, CriterionFields, SevenDaysFields, TeamFields};
use super::values::{By, ReportBy, Word};
use super::{absence, policy};
use crate::ask::{Context, ReportQuestion, Types};
use presence_core::query::absence::AbsenceMode;
use presence_core::query::calendars::HoursChoice;
use presence_model::time::TimeRange;

/// The calendar whose hours count.
pub const CALENDAR: FieldName = FieldName("calendar");
/// What rows are grouped by.
pub const BY: FieldName = FieldName("by");

/// Who and what is counted, when, and in which rows.
#[derive(Clone, Debug, Args)]
pub struct ScopeFields {
    /// Only these: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub people: Vec<PersonRef>,

    /// Of which team.
    #[command(flatten)]
    pub team: TeamFields,

    /// Rows, such as department,day
    ///
    /// What has a row of its own, comma-separated: account, extension, department, site, queue; in a report, also one of hour,
    /// day, week, month. [default: extension in a report, else account]
    #[arg(
        long,
        value_name = "GROUPS",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub by: Vec<Word<By>>,

    /// The facet.
    #[command(flatten)]
    pub facet: CriterionFields,

    /// Only in these hours, such as "Mo-Fr 09:00-17:00"
    ///
    /// Business hours in the OpenStreetMap notation; `@NAME` is a calendar. [default: all]
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<HoursExpression>,

    /// A calendar of the configuration, in place of hours
    ///
    /// `own` is each extension's own.
    #[arg(long, value_name = "NAME", conflicts_with = "hours")]
    pub calendar: Option<CalendarName>,

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

fields!(ScopeFields {
    people: repeated "person",
    team: part,
    by: list "by",
    facet: part,
    hours: once "hours",
    calendar: once "calendar",
    planned_absence: once "planned-absence",
    types: once "types",
    window: part,
    as_of: part,
});

impl ScopeFields {
    /// What is counted in these rows, and the history that it is counted in; `window` is the one of the fields.
    pub(super) async fn resolve(
        &self,
        asker: &Asker,
        window: TimeRange,
        by: ReportBy,
    ) -> Result<(Context, ReportQuestion), Refusal> {
        let hours = hours(asker, self.hours.as_ref(), self.calendar.as_ref())?;
        note_unknown_holidays(asker, &hours, window);
        let zone = asker.settings.zone.clone();
        let criterion = policy::criterion(asker, &self.facet)?;
        let context = asker.context(&self.as_of).await?;
        let absence = absence::planned(asker, self.planned_absence, &context).await?;
        let extensions = asker::people(&context, &self.people).await?;
        let mut group_by = by.groups;
        group_by.as_now = self.team.as_now;
        let question = ReportQuestion {
            window,
            criterion,
            group_by,
            bucket: by.bucket,
            hours,
            absence,
            zone,
            // A person who is named counts, whatever type they are of.
            types: if extensions.is_some() {
                Types::All
            } else {
                self.types.clone().unwrap_or(Types::People)
            },
            extensions,
            group_filter: self.team.group_filter(),
        };
        Ok((context, question))
    }
}

/// The hours that count: a calendar's, or those that are given, else those of the configuration.
pub fn hours(
    asker: &Asker,
    given: Option<&HoursExpression>,
    calendar: Option<&CalendarName>,
) -> Result<HoursChoice, Refusal> {
    let calendar = match (calendar, given) {
        (Some(calendar), _) | (None, Some(HoursExpression::Calendar(calendar))) => calendar,
        (None, Some(HoursExpression::Written(hours))) => return Ok(Some(hours.clone()).into()),
        (None, None) => return Ok(asker.settings.usual_hours().into()),
    };
    match calendar.named() {
        None => Ok(HoursChoice::Own(asker.config.calendar_choices()?)),
        Some(name) => Ok(HoursChoice::Calendar(asker.config.calendar(name)?)),
    }
}

/// Notes what is not known of the holidays that decide in a window.
pub(super) fn note_unknown_holidays(asker: &Asker, hours: &HoursChoice, window: TimeRange) {
    for warning in hours.warnings(window) {
        asker.note(format!("warning: {warning}"));
    }
}
