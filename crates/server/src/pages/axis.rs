//! The axis above a picture of time: labels at local hours or dates.

use std::fmt::Write;

use jiff::civil::{Date, Weekday};
use presence_charts::bar::{Scale, Tick};
use presence_core::query::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};

use super::bars::Ruler;
use super::period::short_weekday;
use crate::markup::escaped;
use presence_texts::Texts;

/// Clocks are never set back by more.
const NEAR_MS: i64 = 3 * 3_600_000;

const DAY_MS: i64 = 24 * 3_600_000;

/// In a window of two days or more, up to this, labels have room for the day of the week. A single day has it in its heading.
const WEEKDAYS_MS_MAX: i64 = 8 * DAY_MS;

/// In a longer window with days of the week clock times have no room beside them.
const CLOCK_TIMES_MS_MAX: i64 = 4 * DAY_MS;

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
    pub(super) fn new(texts: Texts, window: TimeRange, zone: &Zone) -> Self {
        let ticks = Scale::new(window, COLUMNS).ticks(zone);
        let ruler = Ruler::new(window);
        let mut svg = String::from("<svg class=\"axis\" aria-hidden=\"true\">");
        let has_room = (2 * DAY_MS..=WEEKDAYS_MS_MAX).contains(&window.duration_ms());
        let is_by_day = has_room && window.duration_ms() > CLOCK_TIMES_MS_MAX;
        for Tick { at, label, is_day } in ticks.iter().filter(|tick| tick.is_day || !is_by_day) {
            let date = zone.local(*at).date();
            let label = match is_day {
                false => label.clone(),
                true if has_room => {
                    let weekday = short_weekday(texts, date.weekday());
                    format!("{weekday} {}", date_label(texts, date))
                }
                true => date_label(texts, date),
            };
            write!(
                svg,
                "<text x=\"{}\" y=\"14\">{}</text>",
                ruler.percent(*at),
                escaped(&label)
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

/// The Saturdays and Sundays of a window that is longer than a day, each weekend in one.
pub(super) fn weekends(window: TimeRange, zone: &Zone) -> Vec<TimeRange> {
    let mut weekends: Vec<TimeRange> = Vec::new();
    if window.duration_ms() <= DAY_MS {
        return weekends;
    }
    let mut date = zone.local(window.from()).date();
    while let Ok(next) = date.tomorrow() {
        let from = zone.day_start(date);
        if from >= window.to() {
            break;
        }
        let is_weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let day = TimeRange::new(from, zone.day_start(next)).filter(|_| is_weekend);
        if let Some(day) = day.and_then(|day| day.clip(window)) {
            match weekends.last_mut() {
                Some(last) if last.to() == day.from() => *last = last.until(day.to()),
                _ => weekends.push(day),
            }
        }
        date = next;
    }
    weekends
}

/// The label of a day: `11-04`.
pub(super) fn date_label(texts: Texts, date: Date) -> String {
    presence_charts::bar::date_label(texts, date)
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
            Texts::english(),
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
    fn several_days_have_their_names_in_place_of_clock_times() {
        let berlin = Zone::named("Europe/Berlin").expect("it is a zone");
        let week = Axis::new(
            Texts::english(),
            window("2026-11-01T23:00:00Z", "2026-11-08T23:00:00Z"),
            &berlin,
        );
        assert!(week.svg().contains(">Mon 11-02</text>"), "{}", week.svg());
        assert!(!week.svg().contains(">12:00</text>"), "{}", week.svg());
    }

    #[test]
    fn weekends_are_marked_by_the_local_calendar() {
        let berlin = Zone::named("Europe/Berlin").expect("it is a zone");
        let week = window("2026-10-18T22:00:00Z", "2026-10-26T23:00:00Z");
        // The Sunday is the one of 25 hours.
        assert_eq!(
            weekends(week, &berlin),
            [window("2026-10-23T22:00:00Z", "2026-10-25T23:00:00Z")]
        );
        let part = window("2026-10-25T12:00:00Z", "2026-11-01T00:00:00Z");
        assert_eq!(
            weekends(part, &berlin),
            [
                window("2026-10-25T12:00:00Z", "2026-10-25T23:00:00Z"),
                window("2026-10-30T23:00:00Z", "2026-11-01T00:00:00Z")
            ]
        );
        let day = window("2026-10-24T00:00:00Z", "2026-10-24T12:00:00Z");
        assert_eq!(weekends(day, &berlin), []);
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
