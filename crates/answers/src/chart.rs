//! What charts of every question have in common.

use super::asker::Asker;
use super::refusal::Refusal;
use super::reply::Reply;
use crate::picture::Canvas;
use crate::render::{self, Page, status};
use crate::shapes::common::CriterionShape;
use crate::shapes::provenance::Provenance;
use presence_charts::json;
use presence_core::query::calendar::{Bucket, schedule};
use presence_core::query::calendars::HoursChoice;
use presence_core::query::zone::Zone;
use presence_model::time::TimeRange;

/// A picture of its own: one that shares its page with no other.
pub(super) fn canvas(asker: &Asker, title: &str, provenance: &Provenance) -> Canvas {
    Canvas {
        notes: render::provenance::lines(provenance),
        metadata: json::line(provenance).trim_end().to_owned(),
        ..Canvas::new("presence", title, asker.settings.shown_zone())
    }
}

/// What stands above a picture: `presence_status Available, 2026-11-02 00:00:00 to 2026-11-07 00:00:00`.
pub(super) fn title(
    criterion: &CriterionShape,
    value: Option<&str>,
    window: TimeRange,
    page: &Page,
) -> String {
    let value = match value {
        None => String::new(),
        Some("") => format!(" {}", status::NO_VALUE),
        Some(value) => format!(" {value}"),
    };
    format!(
        "{}{value}, {} to {} ({})",
        status::criterion(criterion),
        page.moment(window.from()),
        page.moment(window.to()),
        page.zone.name()
    )
}

/// The stretches to shade: the hours, by the clocks of the calendar's zone or else of `zone`. Where hours are each
/// extension's own, none are.
pub(super) fn shaded(hours: &HoursChoice, window: TimeRange, zone: &Zone) -> Vec<TimeRange> {
    let (hours, zone) = match hours {
        HoursChoice::Given(Some(hours)) => (hours, zone),
        HoursChoice::Calendar(calendar) => {
            (&calendar.hours, calendar.zone.as_ref().unwrap_or(zone))
        }
        HoursChoice::Given(None) | HoursChoice::Own(_) => return Vec::new(),
    };
    let schedule = schedule(window, zone, Some(hours), Bucket::Range);
    schedule.slices.iter().map(|slice| slice.span).collect()
}

/// Writes a picture.
pub(super) fn write(
    asker: &Asker,
    reply: &mut Reply<'_>,
    picture: &str,
    provenance: &Provenance,
) -> Result<(), Refusal> {
    reply.write_sidecar(asker, provenance)?;
    reply.write(picture)
}
