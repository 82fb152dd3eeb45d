//! How many people were in a value at once, step by step, and when they were fewer than required.

use std::sync::Arc;

use crate::shapes;
use crate::shapes::common::Text;
use crate::shapes::so_far::SoFar;
use crate::staffing::shape::{StaffingMet, StaffingPoint, StaffingShortfall};
use presence_core::query::classes::ClassId;
use presence_core::query::group::{ExtensionOrder, GroupBy, GroupKey};
use presence_core::query::staffing::{
    CountSegments, Judged, Met, Required, Staffing, Steps, requirements, shortfalls,
};
use presence_core::query::steps::StepLength;
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::{Zone, zone_data_version};
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;
use presence_store::{ExtensionSummary, StoreError};

use crate::plan::{Plan, ids};
use crate::report::query::{Keys, ReportQuestion, by_names};
use presence_reading::context::Context;
use presence_reading::error::AskError;
use presence_reading::names::check_names;
use presence_reading::parallel::{self, Accumulator, Part, unpacked};
use presence_reading::zones::ZoneChoice;

/// How many people were in a value at once.
#[derive(Clone, Debug)]
pub struct StaffingQuestion {
    /// Who is counted when; time is not cut into buckets.
    pub about: ReportQuestion,
    /// The value, or the absence of the facet.
    pub value: Wanted,
    /// How long a step is; of days, by the clocks of the zone (UTC where it is each extension's own).
    pub step: StepLength,
    /// How many are required when, by the clocks of the zone (UTC where it is each extension's own); empty: nothing is.
    pub required: Vec<Required>,
}

/// How many people were in a value at once, step by step, and when they were fewer than required.
pub async fn staffing(
    context: &Context,
    question: &StaffingQuestion,
) -> Result<crate::staffing::shape::Staffing, AskError> {
    let about = &question.about;
    check_names(context, &about.named(Some(question.value.word()))).await?;
    let (plan, counted) = Plan::of(context, about).await?;
    let class = plan.class(&question.value);
    let empty = || ReportAccumulator {
        plan: Arc::clone(&plan),
        class,
        staffing: Staffing::new(),
    };
    let counting = parallel::count(context, &ids(&counted), plan.window, empty).await?;
    let mut groups = counting.staffing.finish(plan.window);
    if groups.is_empty() && about.group_by == GroupBy::default() {
        groups.push((nobody(), CountSegments::nobody(plan.window)));
    }
    let coverage = context.coverage(plan.window).await?;
    let judged = Judged::of(&coverage, plan.window, context.now());
    let required = requirements(&question.required, plan.window, &step_zone(about));
    let (points, shortfalls, met) = told(&groups, question, &plan, (&counted, &required), &judged);
    let is_required = !question.required.is_empty();
    let end = context.log_end().await?;
    Ok(crate::staffing::shape::Staffing {
        criterion: (&about.criterion).into(),
        value: question.value.word().to_owned(),
        from: Text(about.window.from()),
        to: Text(about.window.to()),
        so_far: SoFar::of(about.window, context.now()),
        step_ms: question.step.usual_ms(),
        step_days: question.step.days(),
        step_zone: question.step.days().map(|_| step_zone(about).to_string()),
        zone: about.zone.name(),
        zone_data: zone_data_version(),
        hours: about.hours.text().map(str::to_owned),
        calendar: about.hours.calendar_name().map(str::to_owned),
        by: by_names(about),
        points,
        required,
        shortfalls: is_required.then_some(shortfalls),
        met: is_required.then_some(met),
        judged_until: is_required.then(|| judged.until.map(Text)),
        as_of: shapes::as_of::AsOf::of(end, about.window.to(), context.now()),
    })
}

/// The one zone whose clocks hold for what is asked of all together.
fn step_zone(about: &ReportQuestion) -> Zone {
    match &about.zone {
        ZoneChoice::Named(zone) => zone.clone(),
        ZoneChoice::Own => Zone::utc(),
    }
}

/// The whole account, if no one is counted in it.
fn nobody() -> GroupKey {
    let none = ExtensionOrder::of(ExtensionId(0), None);
    let mut keys = GroupBy::default().keys(&none, None);
    keys.remove(0)
}

fn told(
    groups: &[(GroupKey, CountSegments)],
    question: &StaffingQuestion,
    plan: &Plan,
    (counted, required): (&[ExtensionSummary], &[(TimeRange, i32)]),
    judged: &Judged<'_>,
) -> (Vec<StaffingPoint>, Vec<StaffingShortfall>, Vec<StaffingMet>) {
    let zone = step_zone(&question.about);
    // The step in which the present moment lies keeps its own end.
    let window = question.about.window;
    let steps = Steps::new(window, question.step, &zone, &plan.schedules);
    let mut keys = Keys::new(counted, None);
    let no_label: Arc<str> = Arc::from("");
    let (mut points, mut missing, mut met) = (Vec::new(), Vec::new(), Vec::new());
    for (key, segments) in groups {
        let keys = keys.of(key, &no_label);
        points.extend(
            steps
                .points(segments)
                .into_iter()
                .map(|point| StaffingPoint {
                    keys: keys.clone(),
                    point,
                }),
        );
        let short = shortfalls(segments, required, judged);
        met.push(StaffingMet {
            keys: keys.clone(),
            met: Met::of(required, judged, &short),
        });
        missing.extend(short.into_iter().map(|shortfall| StaffingShortfall {
            keys: keys.clone(),
            shortfall,
        }));
    }
    (points, missing, met)
}

/// The counts of some of the extensions.
struct ReportAccumulator {
    plan: Arc<Plan>,
    class: Option<ClassId>,
    staffing: Staffing,
}

impl Accumulator for ReportAccumulator {
    fn add(&mut self, part: Part) -> Result<(), StoreError> {
        let plan = &*self.plan;
        let (frame, counted) = (plan.frame(), (plan.groups(), self.class));
        let mut classing = plan.classing();
        unpacked(part, |history| {
            let scheduled = plan.scheduled(history.extension_id);
            let history = classing.of(history)?;
            let cells = &scheduled.cells;
            self.staffing
                .add(history, &plan.dictionary, &frame, cells, counted)
        })
    }

    fn merge(&mut self, other: Self) {
        self.staffing.merge(other.staffing);
    }
}
