//! The further figures of a report: chosen metrics, an earlier period, suppressed rows, and
//! pseudonyms.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::report::metrics_shape::{
    Earlier, Episodes, Period, Polling, Ratio, ReportParts, Suppression,
};
use crate::report::shape::{Amount, Names, ReportRow, RowKeys};
use crate::shapes::common::Text;
use presence_core::query::absence::AbsenceMode;
use presence_core::query::earlier::as_far;
use presence_core::query::group::GroupKey;
use presence_core::query::report::{Report, Row};
use presence_core::query::suppression::{self, GroupSize};
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::Zone;
use presence_model::pseudonym::PseudonymKey;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{ExtensionSummary, StoreError};

use crate::plan::{Plan, Scheduling};
use crate::report::query::{Keys, ReportAccumulator, ReportQuestion, counted_report_in};
use presence_reading::context::Context;
use presence_reading::error::AskError;
use presence_reading::names::check_names;
use presence_reading::parallel::{Accumulator, Part};
use presence_reading::zones::ZoneChoice;

/// A figure that is told only where it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// How much time is scheduled.
    Scheduled,
    /// How much of it is known.
    Known,
    /// Which part of it is known.
    Evidence,
    /// When the value first held.
    First,
    /// Until when it last held.
    Last,
    /// Its unbroken stretches.
    Episodes,
    /// Time in the value while scheduled.
    Adherence,
    /// Time in the value at all, against scheduled time.
    Conformance,
    /// How many changes there were, seen or not.
    Polling,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Scheduled,
        Self::Known,
        Self::Evidence,
        Self::First,
        Self::Last,
        Self::Episodes,
        Self::Adherence,
        Self::Conformance,
        Self::Polling,
    ];

    /// Its name on the command line and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Known => "known",
            Self::Evidence => "evidence",
            Self::First => "first",
            Self::Last => "last",
            Self::Episodes => "episodes",
            Self::Adherence => "adherence",
            Self::Conformance => "conformance",
            Self::Polling => "polling",
        }
    }

    /// Whether it is of one value, which has to be named.
    pub fn needs_value(self) -> bool {
        matches!(self, Self::Adherence | Self::Conformance)
    }

    fn needs_figures(self) -> bool {
        matches!(self, Self::Episodes | Self::Polling)
    }
}

/// The further figures of a report.
#[derive(Clone, Debug, Default)]
pub struct ReportOptions {
    /// The figures that are chosen.
    pub metrics: Vec<Metric>,
    /// The value that they are of.
    pub value: Option<String>,
    /// Rows of which a smaller part is known are withheld.
    pub evidence_min: Option<f64>,
    /// Rows that fewer extensions stand behind are withheld.
    pub group_min: Option<i64>,
    /// The earlier period to compare with; only where rows are not cut by time.
    pub compare_to: Option<TimeRange>,
    /// Stands pseudonyms in the place of extensions.
    pub pseudonym_key: Option<PseudonymKey>,
}

impl ReportOptions {
    fn has(&self, metric: Metric) -> bool {
        self.metrics.contains(&metric)
    }

    /// What was asked for, as the answer says it.
    pub(crate) fn asked(&self, question: &ReportQuestion, now: Timestamp) -> ReportParts {
        ReportParts {
            metrics: self.metrics.iter().map(|metric| metric.name()).collect(),
            value: self.value.clone(),
            min_evidence: self.evidence_min,
            min_group: self.group_min,
            groups: question.group_by.as_now.then_some("as_now"),
            pseudonymous: self.pseudonym_key.is_some(),
            compare_to: self.compare_to.map(|period| {
                let compared = question.as_far(period, now);
                let to = compared.map_or(period.from(), TimeRange::to);
                Period {
                    from: Text(period.from()),
                    to: Text(to),
                    requested_to: (to != period.to()).then_some(Text(period.to())),
                }
            }),
        }
    }

    fn empty_report(&self) -> fn() -> Report {
        if self.metrics.iter().any(|metric| metric.needs_figures()) {
            Report::with_figures
        } else {
            Report::new
        }
    }
}

impl ReportQuestion {
    /// As much of an earlier period as has passed of the window: like is compared with like.
    fn as_far(&self, earlier: TimeRange, now: Timestamp) -> Option<TimeRange> {
        let zone = match &self.zone {
            ZoneChoice::Named(zone) => zone.clone(),
            ZoneChoice::Own => Zone::utc(),
        };
        as_far(earlier, self.window, now, &zone)
    }
}

/// The rows of a report, with their further figures.
pub(crate) async fn rows(
    context: &Context,
    question: &ReportQuestion,
    report_options: &ReportOptions,
) -> Result<Vec<ReportRow>, AskError> {
    check_names(context, &question.named(report_options.value.as_deref())).await?;
    let counted = Counted::of(context, question, report_options, Scheduling::Hours).await?;
    let mut rows = counted.rows(question, report_options);
    if report_options.has(Metric::Conformance) {
        let always = Counted::of(context, question, report_options, Scheduling::Always).await?;
        tell_conformance(&mut rows, &always, report_options);
    }
    let compared = report_options.compare_to;
    if let Some(window) = compared.and_then(|period| question.as_far(period, context.now())) {
        let earlier = ReportQuestion {
            window,
            ..question.clone()
        };
        let then = Counted::of(context, &earlier, report_options, Scheduling::Hours).await?;
        let then_rows = then.rows(&earlier, report_options);
        lay_beside(&mut rows, then_rows);
    }
    Ok(shown(rows, report_options))
}

/// Whether each extension's rows stand by themselves, one extension after the other: then they can be made in parts.
pub(crate) fn is_in_parts(question: &ReportQuestion, report_options: &ReportOptions) -> bool {
    let by = question.group_by;
    by.extension
        && !(by.department || by.site || by.queue)
        && report_options.group_min.is_none()
        && report_options.compare_to.is_none()
        && report_options.pseudonym_key.is_none()
        && !report_options.has(Metric::Conformance)
}

/// The plan of a question, the extensions that it counts, and what its classes are called.
pub(crate) async fn planned(
    context: &Context,
    question: &ReportQuestion,
    report_options: &ReportOptions,
) -> Result<Planned, AskError> {
    check_names(context, &question.named(report_options.value.as_deref())).await?;
    Planned::of(context, question, Scheduling::Hours).await
}

/// What rows are made with.
#[derive(Clone)]
pub(crate) struct Planned {
    pub(crate) plan: Arc<Plan>,
    /// By id.
    pub(crate) extensions: Arc<[ExtensionSummary]>,
    names: Arc<Names>,
}

impl Planned {
    async fn of(
        context: &Context,
        question: &ReportQuestion,
        scheduling: Scheduling,
    ) -> Result<Self, AskError> {
        let (plan, extensions) = Plan::scheduled_by(context, question, scheduling).await?;
        Ok(Self {
            names: Arc::new(Names::of(&plan.classes)),
            extensions: extensions.into(),
            plan,
        })
    }

    /// The rows of a part of the histories.
    pub(crate) fn rows_of(
        &self,
        part: Part,
        question: &ReportQuestion,
        report_options: &ReportOptions,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let mut counting = ReportAccumulator::new(&self.plan, report_options.empty_report()());
        counting.add(part)?;
        let counted = Counted {
            planned: self.clone(),
            report: counting.report,
        };
        Ok(shown(
            counted.rows(question, report_options),
            report_options,
        ))
    }
}

/// What was counted for a question.
struct Counted {
    planned: Planned,
    report: Report,
}

/// A row, by what it is told apart.
struct MetricsRow {
    group: GroupKey,
    label: Arc<str>,
    row: ReportRow,
}

impl Counted {
    async fn of(
        context: &Context,
        question: &ReportQuestion,
        report_options: &ReportOptions,
        scheduling: Scheduling,
    ) -> Result<Self, AskError> {
        let planned = Planned::of(context, question, scheduling).await?;
        let empty = report_options.empty_report();
        let report = counted_report_in(context, &planned.plan, &planned.extensions, empty).await?;
        Ok(Self { planned, report })
    }

    fn rows(&self, question: &ReportQuestion, report_options: &ReportOptions) -> Vec<MetricsRow> {
        let bucket = crate::report::shape::bucket_name(question.bucket);
        let absence = question.absence.as_ref().map(|(_, mode)| *mode);
        let mut keys = Keys::new(&self.planned.extensions, bucket);
        let counted: Vec<(&GroupKey, &Arc<str>, &Row)> =
            self.report.rows(&self.planned.plan.grid).collect();
        let withheld = withheld(&counted, report_options);
        let rows = counted.into_iter().zip(withheld);
        rows.map(|((group, label, row), withheld)| MetricsRow {
            group: group.clone(),
            label: Arc::clone(label),
            row: match withheld {
                Some(withheld) => withheld_row(keys.of(group, label), row, withheld),
                None => self.row(keys.of(group, label), row, absence, report_options),
            },
        })
        .collect()
    }

    fn row(
        &self,
        keys: RowKeys,
        row: &Row,
        absence: Option<AbsenceMode>,
        report_options: &ReportOptions,
    ) -> ReportRow {
        let mut shape = ReportRow::of(keys, row, &self.planned.names, absence);
        if let Some(value) = report_options
            .value
            .as_ref()
            .filter(|_| report_options.has(Metric::Adherence))
        {
            let amount = shape.values.get(value).copied().unwrap_or_default();
            shape.told.adherence = Some(Ratio::within(amount, row.known_ms()));
        }
        if report_options.has(Metric::Episodes) {
            shape.told.episodes = Some(Episodes::by_value(row, &self.planned.names));
        }
        if report_options.has(Metric::Polling) {
            shape.told.polling = Some(Polling::of(row, &self.planned.names));
        }
        shape
    }
}

/// A row that has its keys, and why it has no figures.
fn withheld_row(keys: RowKeys, row: &Row, withheld: Suppression) -> ReportRow {
    let mut shape = ReportRow {
        keys,
        ..ReportRow::default()
    };
    if withheld == Suppression::Evidence {
        shape.scheduled_ms = row.scheduled_ms;
        shape.unknown_ms = row.unknown_ms;
        shape.absent_ms = row.absent_ms;
    }
    shape.told.withheld = Some(withheld);
    shape
}

/// Which rows are withheld, and why.
fn withheld(
    rows: &[(&GroupKey, &Arc<str>, &Row)],
    report_options: &ReportOptions,
) -> Vec<Option<Suppression>> {
    let by_group = report_options.group_min.map(|count_min| {
        let crowd = |(_, label, row): &(&GroupKey, &'_ Arc<str>, &Row)| {
            (label.to_string(), row.contributor_count)
        };
        let crowds: Vec<(String, i64)> = rows.iter().map(crowd).collect();
        let crowds: Vec<GroupSize<'_>> = crowds
            .iter()
            .map(|(bucket, count)| GroupSize {
                bucket,
                count: *count,
            })
            .collect();
        suppression::withheld(&crowds, count_min)
    });
    let is_few = |index: usize| by_group.as_ref().is_some_and(|withheld| withheld[index]);
    let rows = rows.iter().enumerate().map(|(index, (_, _, row))| {
        let there_ms = row.scheduled_ms - row.absent_ms;
        let evidence = crate::report::metrics_shape::ratio(row.known_ms(), there_ms);
        let is_below = report_options
            .evidence_min
            .zip(evidence)
            .is_some_and(|(wanted, found)| found < wanted);
        match (is_few(index), is_below) {
            (true, _) => Some(Suppression::Group),
            (false, true) => Some(Suppression::Evidence),
            (false, false) => None,
        }
    });
    rows.collect()
}

/// Relates the time in the value, whenever it was, to the scheduled time.
fn tell_conformance(rows: &mut [MetricsRow], always: &Counted, report_options: &ReportOptions) {
    let value = report_options.value.as_deref().unwrap_or_default();
    let class = always.planned.plan.class(&Wanted::of_word(value));
    let amount = |row: &Row| {
        let found = class.and_then(|class| row.class(class));
        found.map_or_else(Amount::default, |found| Amount {
            ms: found.amount.ms,
            min_ms: found.amount.min_ms,
            max_ms: found.amount.max_ms,
        })
    };
    let found = always.report.rows(&always.planned.plan.grid);
    let found: BTreeMap<(&GroupKey, &Arc<str>), Amount> = found
        .map(|(group, label, row)| ((group, label), amount(row)))
        .collect();
    for told in rows {
        if told.row.told.withheld.is_none() {
            let amount = found.get(&(&told.group, &told.label)).copied();
            let there_ms = told.row.scheduled_ms - told.row.absent_ms;
            let conformance = Ratio::of(amount.unwrap_or_default(), there_ms);
            told.row.told.conformance = Some(conformance);
        }
    }
}

/// Joins the rows of an earlier period to those of the same groups; a group that had time only then gets a row.
fn lay_beside(rows: &mut Vec<MetricsRow>, earlier: Vec<MetricsRow>) {
    let earlier = earlier.into_iter().map(|told| (told.group.clone(), told));
    let mut earlier: BTreeMap<GroupKey, MetricsRow> = earlier.collect();
    for told in rows.iter_mut() {
        let then = earlier.remove(&told.group).map(|then| unnamed(then.row));
        told.row.told.earlier = Some(Earlier::of(&told.row, then));
    }
    rows.extend(earlier.into_iter().map(|(group, mut then)| {
        let mut row = ReportRow {
            keys: std::mem::take(&mut then.row.keys),
            ..ReportRow::default()
        };
        row.told.earlier = Some(Earlier::of(&row, Some(then.row)));
        MetricsRow {
            group,
            label: then.label,
            row,
        }
    }));
    rows.sort_by(|one, other| one.group.cmp(&other.group));
}

fn unnamed(row: ReportRow) -> ReportRow {
    ReportRow {
        keys: RowKeys::default(),
        ..row
    }
}

/// The rows as they are shown: under pseudonyms, and in their order, if extensions must not be named.
fn shown(mut rows: Vec<MetricsRow>, report_options: &ReportOptions) -> Vec<ReportRow> {
    let Some(key) = &report_options.pseudonym_key else {
        return rows.into_iter().map(|told| told.row).collect();
    };
    for told in &mut rows {
        if let Some(person) = told.row.keys.person.take() {
            let pseudonym = key.pseudonym(person.extension_id.0);
            told.row.keys.pseudonym = Some(pseudonym.into());
        }
    }
    rows.sort_by(|one, other| place(one).cmp(&place(other)));
    rows.into_iter().map(|told| told.row).collect()
}

type Group = Option<Option<Arc<str>>>;

/// What orders rows under pseudonyms: nothing of it reveals numbers.
fn place(told: &MetricsRow) -> (&Group, &Group, &Group, &Option<Arc<str>>, &Arc<str>) {
    let group = &told.group;
    let pseudonym = &told.row.keys.pseudonym;
    (
        &group.department,
        &group.site,
        &group.queue,
        pseudonym,
        &told.label,
    )
}
