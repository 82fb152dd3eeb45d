//! Asks the collected history for a report and puts the truth next to it.

use std::collections::BTreeMap;

use presence_answers::ask::{self, AskError, ReportQuestion, Types, ZoneChoice, own_zone};
use presence_answers::report::shape::Report;
use presence_answers::shapes::common::Status;
use presence_answers::timeline::shape::TimelineExtension;
use presence_core::query::calendar::{Bucket, schedule};
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::hours::Hours;
use presence_model::HashMap;
use presence_model::facet::Facet;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;
use presence_simulator::ground_truth::GroundTruth;

use super::accuracy::{PersonDay, without};

/// The facet that the demonstration reports on, and the platform's name of it.
pub const FACET: Facet = Facet::PresenceStatus;
const PLATFORM_NAME: &str = "presenceStatus";

/// The question that the demonstration asks: everyone's working hours, in their own zones.
pub fn question(window: TimeRange, hours: &Hours, bucket: Bucket) -> ReportQuestion {
    ReportQuestion {
        window,
        criterion: FACET.into(),
        group_by: GroupBy {
            extension: true,
            ..GroupBy::default()
        },
        bucket,
        hours: Some(hours.clone()).into(),
        absence: None,
        zone: ZoneChoice::Own,
        types: Types::People,
        extensions: None,
        group_filter: GroupFilter::default(),
    }
}

/// Everyone's days: what the report says, and what was true in the time that it knows of.
pub async fn person_days(
    context: &ask::Context,
    truth: &GroundTruth,
    window: TimeRange,
    hours: &Hours,
) -> Result<Vec<PersonDay>, AskError> {
    let report = ask::report(context, &question(window, hours, Bucket::Day)).await?;
    let people = people(&report);
    let timeline = ask::timeline(context, &people, FACET, window).await?;
    let unknown: HashMap<ExtensionId, Vec<TimeRange>> = timeline
        .extensions
        .iter()
        .map(|extension| (extension.person.extension_id.0, unknown_spans(extension)))
        .collect();
    let mut known_days: BTreeMap<(ExtensionId, String), Vec<TimeRange>> = BTreeMap::new();
    for summary in context.extensions().await? {
        let Some(holes) = unknown.get(&summary.extension_id) else {
            continue;
        };
        let zone = own_zone(Some(&summary));
        let schedule = schedule(window, &zone, Some(hours), Bucket::Day);
        for (bucket, label) in schedule.labels.iter().enumerate() {
            let slices = schedule.slices.iter();
            let scheduled: Vec<TimeRange> = slices
                .filter(|slice| slice.bucket as usize == bucket)
                .map(|slice| slice.span)
                .collect();
            let key = (summary.extension_id, label.clone());
            known_days.insert(key, without(&scheduled, holes));
        }
    }
    let days = report.rows.iter().filter_map(|row| {
        let id = row.keys.person.as_ref()?.extension_id.0;
        let (_, day) = row.keys.bucket.as_ref()?;
        let known = known_days.get(&(id, day.to_string()))?;
        let spans: Vec<(i64, i64)> = known
            .iter()
            .map(|span| (span.from().as_ms(), span.to().as_ms()))
            .collect();
        Some(PersonDay {
            scheduled_ms: row.scheduled_ms,
            reported: row
                .values
                .iter()
                .map(|(value, amount)| (value.to_owned(), *amount))
                .collect(),
            true_ms: truth.totals(id.0, &spans, PLATFORM_NAME),
        })
    });
    Ok(days.collect())
}

/// Whom a report is about, each once, in its order.
pub fn people(report: &Report) -> Vec<ExtensionId> {
    let mut people: Vec<ExtensionId> = Vec::new();
    for row in &report.rows {
        if let Some(person) = &row.keys.person
            && people.last() != Some(&person.extension_id.0)
        {
            people.push(person.extension_id.0);
        }
    }
    people
}

fn unknown_spans(extension: &TimelineExtension) -> Vec<TimeRange> {
    extension
        .intervals
        .iter()
        .filter(|interval| interval.status == Status::Unknown)
        .filter_map(|interval| TimeRange::new(interval.from.0, interval.to.0))
        .collect()
}
