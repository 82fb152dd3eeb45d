//! How long each value held, in groups and buckets of time.

use std::sync::Arc;

use crate::shapes;
use crate::shapes::common::{Person, Text};
use crate::shapes::so_far::SoFar;
use presence_core::query::absence::{AbsenceMode, Absences};
use presence_core::query::calendar::Bucket;
use presence_core::query::calendars::HoursChoice;
use presence_core::query::classes::Criterion;
use presence_core::query::group::{GroupBy, GroupKey};
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::report::Report;
use presence_core::query::zone::zone_data_version;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;
use presence_store::{ExtensionSummary, StoreError};

use crate::plan::{Plan, ids};
use crate::report::metrics::{self as report_options, ReportOptions};
use presence_reading::context::Context;
use presence_reading::error::AskError;
use presence_reading::names::{Named, ValuesOf};
use presence_reading::parallel::{self, Accumulator, Part, unpacked};
use presence_reading::types::Types;
use presence_reading::zones::ZoneChoice;

/// What a report is about.
#[derive(Clone, Debug)]
pub struct ReportQuestion {
    /// When.
    pub window: TimeRange,
    /// What the values are of.
    pub criterion: Criterion,
    /// The groups that rows are told apart by.
    pub group_by: GroupBy,
    /// The buckets of time that rows are told apart by.
    pub bucket: Bucket,
    /// The hours that count.
    pub hours: HoursChoice,
    /// Planned absence, and what becomes of it.
    pub absence: Option<(Absences, AbsenceMode)>,
    /// In whose local time.
    pub zone: ZoneChoice,
    /// Which extensions count.
    pub types: Types,
    /// Only these extensions; `None`: all.
    pub extensions: Option<Vec<ExtensionId>>,
    /// Only time in these groups, which [`Self::group_by`] says of when.
    pub group_filter: GroupFilter,
}

impl ReportQuestion {
    /// What could not be used or is not known of the absences and holidays that decide, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let absences = self.absence.as_ref();
        let absences = absences.map_or(&[][..], |(absences, _)| absences.warnings());
        let absences = absences.iter().cloned();
        absences.chain(self.hours.warnings(self.window)).collect()
    }
}

/// How long each value held, in groups and buckets of time.
pub async fn report(
    context: &Context,
    question: &ReportQuestion,
) -> Result<crate::report::shape::Report, AskError> {
    report_options_of(context, question, &ReportOptions::default()).await
}

/// The same, with further figures.
pub async fn report_options_of(
    context: &Context,
    question: &ReportQuestion,
    report_options: &ReportOptions,
) -> Result<crate::report::shape::Report, AskError> {
    let rows = report_options::rows(context, question, report_options).await?;
    Ok(crate::report::shape::Report {
        rows,
        ..head(context, question, report_options).await?
    })
}

/// The answer without its rows.
pub(crate) async fn head(
    context: &Context,
    question: &ReportQuestion,
    report_options: &ReportOptions,
) -> Result<crate::report::shape::Report, AskError> {
    let absence_mode = question.absence.as_ref().map(|(_, mode)| *mode);
    let end = context.log_end().await?;
    Ok(crate::report::shape::Report {
        criterion: (&question.criterion).into(),
        from: Text(question.window.from()),
        to: Text(question.window.to()),
        so_far: SoFar::of(question.window, context.now()),
        zone: question.zone.name(),
        zone_data: zone_data_version(),
        hours: question.hours.text().map(str::to_owned),
        calendar: question.hours.calendar_name().map(str::to_owned),
        planned_absence: absence_mode.map(AbsenceMode::name),
        by: by_names(question),
        asked: report_options.asked(question, context.now()),
        rows: Vec::new(),
        as_of: shapes::as_of::AsOf::of(end, question.window.to(), context.now()),
    })
}

impl ReportQuestion {
    /// The names in it, with the value that the figures are of.
    pub(crate) fn named<'a>(&'a self, value: Option<&'a str>) -> Named<'a> {
        let values = value.map(|value| ("value", value));
        let of = ValuesOf::Criterion(&self.criterion);
        Named::default()
            .types(&self.types)
            .group_filter(&self.group_filter)
            .values(of, values)
    }

    pub(crate) fn counts(&self, extension: &ExtensionSummary) -> bool {
        let is_wanted = |wanted: &Vec<ExtensionId>| wanted.contains(&extension.extension_id);
        extension.was_observed
            && self.types.include(extension.profile.as_deref())
            && self.extensions.as_ref().is_none_or(is_wanted)
    }
}

pub(crate) fn by_names(question: &ReportQuestion) -> Vec<&'static str> {
    let mut names = question.group_by.names();
    names.extend(crate::report::shape::bucket_name(question.bucket));
    names
}

/// Counts what a plan asks for into a report.
pub(crate) async fn counted_report(
    context: &Context,
    plan: &Arc<Plan>,
    counted: &[ExtensionSummary],
) -> Result<Report, AskError> {
    counted_report_in(context, plan, counted, Report::new).await
}

/// Counts what a plan asks for into a report that begins as `empty`.
pub(crate) async fn counted_report_in(
    context: &Context,
    plan: &Arc<Plan>,
    counted: &[ExtensionSummary],
    empty: fn() -> Report,
) -> Result<Report, AskError> {
    let empty = || ReportAccumulator::new(plan, empty());
    let counting = parallel::count(context, &ids(counted), plan.window, empty).await?;
    Ok(counting.report)
}

/// A report of some of the extensions.
pub(crate) struct ReportAccumulator {
    plan: Arc<Plan>,
    pub(crate) report: Report,
}

impl ReportAccumulator {
    /// Counts what a plan asks for into `report`.
    pub(crate) fn new(plan: &Arc<Plan>, report: Report) -> Self {
        Self {
            plan: Arc::clone(plan),
            report,
        }
    }
}

impl Accumulator for ReportAccumulator {
    fn add(&mut self, part: Part) -> Result<(), StoreError> {
        let plan = &*self.plan;
        let frame = plan.frame();
        let mut classing = plan.classing();
        unpacked(part, |history| {
            let scheduled = plan.scheduled(history.extension_id);
            let history = &classing.of(history)?;
            let (dictionary, groups) = (&plan.dictionary, plan.groups());
            self.report
                .add(history, dictionary, &frame, &scheduled.cells, groups)?;
            match &scheduled.away {
                Some(away) => {
                    self.report
                        .add_planned_absence(history, dictionary, plan.window, away, groups)
                }
                None => Ok(()),
            }
        })
    }

    fn merge(&mut self, other: Self) {
        self.report.merge(other.report);
    }
}

/// Makes the keys of rows; a person with many rows is named once.
pub(crate) struct Keys<'a> {
    bucket: Option<&'static str>,
    /// By id.
    counted: &'a [ExtensionSummary],
    latest: Option<Arc<Person>>,
}

impl<'a> Keys<'a> {
    /// The keys of rows about these extensions; buckets are called `bucket`.
    pub(crate) fn new(counted: &'a [ExtensionSummary], bucket: Option<&'static str>) -> Self {
        Self {
            bucket,
            counted,
            latest: None,
        }
    }

    /// The keys of a row of a group in a bucket.
    pub(crate) fn of(&mut self, key: &GroupKey, label: &Arc<str>) -> crate::report::shape::RowKeys {
        let person = key.extension.as_ref().map(|order| {
            let id = order.extension_id;
            let named = self
                .latest
                .take()
                .filter(|person| person.extension_id.0 == id);
            let person = named.unwrap_or_else(|| Arc::new(self.person(id)));
            Arc::clone(self.latest.insert(person))
        });
        crate::report::shape::RowKeys {
            person,
            pseudonym: None,
            department: key.department.clone(),
            site: key.site.clone(),
            queue: key.queue.clone(),
            bucket: self.bucket.map(|name| (name, Arc::clone(label))),
        }
    }

    fn person(&self, id: ExtensionId) -> Person {
        let place = self
            .counted
            .binary_search_by_key(&id, |summary| summary.extension_id);
        let profile = place
            .ok()
            .and_then(|place| self.counted[place].profile.as_deref());
        Person::of(id, profile)
    }
}
