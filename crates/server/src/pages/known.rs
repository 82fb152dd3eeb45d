//! The slider above a picture: the same time as it was known earlier.

use super::calendar_range::CalendarRange;
use super::page_request::PageRequest;
use super::span;
use crate::error::Problem;
use presence_charts::json;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::Texts;

/// So many steps the slider has.
const STEPS: i64 = 60;

/// Of what was recorded in less time there is nothing to choose from, in milliseconds.
const SHORTEST_MS: i64 = 60_000;

/// What the slider can be set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownSlider {
    /// The moments, as addresses and people write them, as JSON: `[["…Z", "2026-11-04 10:00:00"], …]`. The last one stands for
    /// all that is known.
    pub(super) stops: String,
    /// The index of the last one.
    pub(super) last: usize,
    /// Which one is shown.
    pub(super) shown: usize,
    /// What is told of that one.
    pub(super) told: String,
    /// Where the page is without it.
    pub(super) address: String,
}

/// The slider of a picture; `None` where too little time has passed since the first sweep was recorded, or the address asks
/// for a position of the log.
pub(super) async fn slider(
    page_request: &PageRequest,
    range: CalendarRange,
    window: TimeRange,
) -> Result<Option<KnownSlider>, Problem> {
    if page_request.fields.get("as-of").is_some() {
        return Ok(None);
    }
    let first = page_request.context.first_recorded_at().await?;
    let Some(from) = first.map(|first| first.max(window.from())) else {
        return Ok(None);
    };
    let asked = page_request.moment("as-known-at")?;
    let page = page_request.page();
    let shown = |at: Timestamp| page.moment(at);
    let ends = (from, page_request.clock_now());
    let slider = KnownSlider::of(ends, asked, &shown, page_request.texts);
    Ok(slider.map(|slider| KnownSlider {
        address: span::address_of(
            page_request,
            &page_request.fields.without(&["as-known-at"]),
            range,
        ),
        ..slider
    }))
}

impl KnownSlider {
    fn of(
        (from, now): (Timestamp, Timestamp),
        asked: Option<Timestamp>,
        shown: &dyn Fn(Timestamp) -> String,
        texts: Texts,
    ) -> Option<Self> {
        let length_ms = now.since_ms(from);
        if length_ms < SHORTEST_MS {
            return None;
        }
        let stops = (0..=STEPS).map(|step| from.plus_ms(length_ms / STEPS * step));
        let mut stops: Vec<Timestamp> = stops.collect();
        let last = stops.len() - 1;
        stops[last] = now;
        let index = match asked {
            None => last,
            Some(asked) => stops.iter().rposition(|stop| *stop <= asked).unwrap_or(0),
        };
        let written: Vec<[String; 2]> = stops
            .iter()
            .map(|stop| [stop.to_string(), shown(*stop)])
            .collect();
        Some(Self {
            stops: json::line(&written).trim_end().to_owned(),
            last,
            shown: index,
            told: asked.map_or_else(|| texts.say("known-now"), shown),
            address: String::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn it_reaches_from_the_first_record_to_now() {
        let shown = |at: Timestamp| at.to_string();
        let ends = (at("2026-11-04T08:00:00Z"), at("2026-11-04T09:00:30Z"));
        let english = Texts::english();
        let slider = KnownSlider::of(ends, None, &shown, english).expect("an hour is enough");
        assert_eq!(
            (slider.last, slider.shown, slider.told.as_str()),
            (60, 60, "now")
        );
        assert!(
            slider.stops.starts_with("[[\"2026-11-04T08:00:00.000Z\","),
            "{}",
            slider.stops
        );
        assert!(
            slider.stops.contains("[\"2026-11-04T08:01:00.500Z\","),
            "{}",
            slider.stops
        );
        assert!(
            slider.stops.ends_with("\"2026-11-04T09:00:30.000Z\"]]"),
            "{}",
            slider.stops
        );
        let asked = Some(at("2026-11-04T08:30:00Z"));
        let slider = KnownSlider::of(ends, asked, &shown, english).expect("an hour is enough");
        assert_eq!(
            (slider.shown, slider.told.as_str()),
            (29, "2026-11-04T08:30:00.000Z")
        );
        let short = (at("2026-11-04T08:00:00Z"), at("2026-11-04T08:00:59Z"));
        assert_eq!(KnownSlider::of(short, None, &shown, english), None);
    }
}
