//! A value over the hours of the week.

use crate::heatmap::shape::HeatmapCell;
use crate::report::shape::RowKeys;
use crate::shapes;
use crate::shapes::common::Text;
use crate::shapes::so_far::SoFar;
use presence_core::query::calendar::Bucket;
use presence_core::query::classes::ClassId;
use presence_core::query::report::{Amount, Row};
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::zone_data_version;
use presence_model::HashMap;

use crate::plan::Plan;
use crate::report::query::{Keys, ReportQuestion, counted_report};
use presence_reading::context::Context;
use presence_reading::error::AskError;
use presence_reading::names::check_names;

/// A value over the hours of the week.
#[derive(Clone, Debug)]
pub struct HeatmapQuestion {
    /// Who is counted when; the bucket does not matter.
    pub about: ReportQuestion,
    /// The value, or the absence of the facet.
    pub value: Wanted,
}

/// How long a value held in each hour of the week: a report whose buckets are the hours of the week.
pub async fn heatmap(
    context: &Context,
    question: &HeatmapQuestion,
) -> Result<crate::heatmap::shape::Heatmap, AskError> {
    let about = ReportQuestion {
        bucket: Bucket::WeekHour,
        ..question.about.clone()
    };
    check_names(context, &about.named(Some(question.value.word()))).await?;
    let (plan, counted) = Plan::of(context, &about).await?;
    let class = plan.class(&question.value);
    let report = counted_report(context, &plan, &counted).await?;
    let elapsed_ms = elapsed_ms(&plan);
    let mut keys = Keys::new(&counted, None);
    let cells = report.rows(&plan.grid).map(|(key, label, row)| {
        let elapsed_ms = elapsed_ms.get(&**label).copied().unwrap_or(0);
        cell(keys.of(key, label), label, row, (class, elapsed_ms))
    });
    let cells = cells.collect();
    let end = context.log_end().await?;
    Ok(crate::heatmap::shape::Heatmap {
        criterion: (&about.criterion).into(),
        value: question.value.word().to_owned(),
        from: Text(about.window.from()),
        to: Text(about.window.to()),
        so_far: SoFar::of(about.window, context.now()),
        zone: about.zone.name(),
        zone_data: zone_data_version(),
        hours: about.hours.text().map(str::to_owned),
        calendar: about.hours.calendar_name().map(str::to_owned),
        by: about.group_by.names(),
        cells,
        as_of: shapes::as_of::AsOf::of(end, about.window.to(), context.now()),
    })
}

/// How much time each hour of the week has in what has passed of the window. Zones differ in it only where the window begins and ends, and
/// where clocks change: the one that has most of it counts.
fn elapsed_ms(plan: &Plan) -> HashMap<&str, i64> {
    let mut most: HashMap<&str, i64> = HashMap::default();
    for schedule in &plan.schedules {
        let mut elapsed = vec![0; schedule.labels.len()];
        for slice in &schedule.slices {
            elapsed[slice.bucket as usize] += slice.span.duration_ms();
        }
        for (label, ms) in schedule.labels.iter().zip(elapsed) {
            let known = most.entry(label).or_default();
            *known = ms.max(*known);
        }
    }
    most
}

fn cell(
    keys: RowKeys,
    label: &str,
    row: &Row,
    (class, elapsed_ms): (Option<ClassId>, i64),
) -> HeatmapCell {
    let amount = class.and_then(|class| row.class(class));
    let Amount { ms, min_ms, max_ms } = amount.map_or_else(Amount::default, |row| row.amount);
    let (weekday, hour) = label.split_once(' ').unwrap_or_default();
    HeatmapCell {
        keys,
        weekday: weekday.parse().unwrap_or(0),
        hour: hour.parse().unwrap_or(0),
        elapsed_ms,
        scheduled_ms: row.scheduled_ms,
        unknown_ms: row.unknown_ms,
        absent_ms: row.absent_ms,
        amount: crate::report::shape::Amount { ms, min_ms, max_ms },
    }
}
