//! The axis above a picture of time: labels at local hours or dates.

use std::fmt::Write;

use presence_charts::bar::{Scale, Tick};
use presence_core::query::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};

use super::bars::Ruler;

/// Clocks are never set back by more.
const NEAR_MS: i64 = 3 * 3_600_000;

/// As many signs as labels have room for.
const COLUMNS: usize = 110;

/// Moments with labels, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    ticks: Vec<Tick>,
    svg: String,
}

impl Axis {
    /// The axis of a window by the clocks of a zone.
    pub(super) fn new(window: TimeRange, zone: &Zone) -> Self {
        let ticks = Scale::new(window, COLUMNS).ticks(zone);
        let ruler = Ruler::new(window);
        let mut svg = String::from("<svg class=\"axis\" aria-hidden=\"true\">");
        for Tick { at, label, .. } in &ticks {
            // Labels are digits and signs of our own.
            write!(
                svg,
                "<text x=\"{}\" y=\"14\">{label}</text>",
                ruler.percent(*at)
            )
            .expect("writing to a text in memory does not fail");
        }
        svg.push_str("</svg>");
        Self { ticks, svg }
    }

    /// The moments that have labels.
    pub(super) fn moments(&self) -> Vec<Timestamp> {
        self.ticks.iter().map(|tick| tick.at).collect()
    }

    /// The axis as SVG.
    pub(super) fn svg(&self) -> &str {
        &self.svg
    }
}

/// When the zone's offset from UTC changes in a window, as JSON: `[[milliseconds, offset in seconds], …]`. Changes near
/// the window are told, too: whether a local time in it comes twice depends on them.
pub(super) fn offsets(window: TimeRange, zone: &Zone) -> String {
    let (from, to) = (
        window.from().plus_ms(-NEAR_MS),
        window.to().plus_ms(NEAR_MS),
    );
    let near = TimeRange::new(from, to).unwrap_or(window);
    let segments = zone.offsets_in(near).into_iter();
    let segments: Vec<String> = segments
        .map(|(from, offset)| format!("[{},{}]", from.as_ms(), offset.seconds()))
        .collect();
    format!("[{}]", segments.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> TimeRange {
        let at = |text: &str| text.parse().expect("a time");
        TimeRange::new(at(from), at(to)).expect("not empty")
    }

    #[test]
    fn labels_stand_at_local_hours() {
        let berlin = Zone::named("Europe/Berlin").expect("it is a zone");
        let axis = Axis::new(
            window("2026-11-03T23:00:00Z", "2026-11-04T23:00:00Z"),
            &berlin,
        );
        assert!(
            axis.svg().starts_with(
                "<svg class=\"axis\" aria-hidden=\"true\"><text x=\"0.000%\" y=\"14\">11-04</text>\
                 <text x=\"8.333%\" y=\"14\">02:00</text>"
            ),
            "{}",
            axis.svg()
        );
        assert_eq!(axis.moments().len(), 12);
    }

    #[test]
    fn a_change_of_offset_is_told() {
        let berlin = Zone::named("Europe/Berlin").expect("it is a zone");
        let night = window("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(
            offsets(night, &berlin),
            "[[1792864800000,7200],[1792890000000,3600]]"
        );
    }
}
