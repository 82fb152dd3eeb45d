//! The bars of a day, by mouse and by keyboard.

use std::collections::BTreeSet;

use fantoccini::key::Key;
use regex::Regex;

use crate::driver::{Screen, browse};
use crate::office::Office;
use crate::page::{Page, Target};

const DAY: &str = "/day/2026-11-04";

#[tokio::test]
async fn pointing_at_a_bar_shows_what_held_and_a_click_the_events_behind_it() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        page.open(DAY).await;
        let bars = Target::Visible("svg.bars:has(path[data-value=Available])", 2);
        let place = page.place_of(bars).await;
        // Somewhere in the working day a stretch begins with a change.
        let mut found = None;
        for percent in (30..90).step_by(2) {
            let point = place.at(f64::from(percent) / 100.0);
            page.point_at(point).await;
            let detail = page.text(Target::Css("#detail")).await;
            if !detail.is_empty() && !detail.contains(" 00:00:00 to ") {
                found = Some((point, detail));
                break;
            }
        }
        let (point, detail) = found.expect("something changes in the working day");
        let pattern = r": .+, Wed 2026-11-04 (\d\d:\d\d:\d\d) to (Thu 2026-11-05 )?\d\d:\d\d:\d\d";
        let pattern = Regex::new(pattern).expect("it is a pattern");
        let from = pattern.captures(&detail);
        let from = &from.unwrap_or_else(|| panic!("{detail}"))[1];
        page.click_at(point).await;
        page.wait_for_address(r"/people/\d+\?.*from=.*#changes$")
            .await;
        let events = page.text(Target::Css("main")).await;
        assert!(events.contains(from), "{from} is not in {events}");
    })
    .await;
}

#[tokio::test]
async fn dragging_over_a_bar_shows_that_time_alone() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        page.open(DAY).await;
        let bars = Target::Visible("table.picture svg.bars", 0);
        let place = page.place_of(bars).await;
        page.drag(place.at(0.4), place.at(0.5)).await;
        page.wait_for_address(r"/span\?.*from=2026-11-04T.*to=2026-11-04T")
            .await;
        page.wait_for("h1", "^2026-11-04 .* to ").await;
    })
    .await;
}

#[tokio::test]
async fn the_keyboard_alone_reaches_the_bars_goes_along_them_and_opens_the_events() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let focused = async |attribute: &str| {
            let script = "return document.activeElement.getAttribute(arguments[0])";
            let value = page.evaluate(script, &[attribute.into()]).await;
            value.as_str().map(str::to_owned)
        };
        page.open(DAY).await;
        page.press(Key::Tab).await;
        assert_eq!(focused("class").await.as_deref(), Some("skip"));
        let mut presses = 0;
        while focused("class").await.as_deref() != Some("bars") {
            assert!(presses < 60, "the bars are out of the keyboard's reach");
            page.press(Key::Tab).await;
            presses += 1;
        }
        let mut texts = BTreeSet::new();
        for key in [Key::Home, Key::Right, Key::Right, Key::Down, Key::Right] {
            page.press(key).await;
            let said = focused("aria-valuetext").await;
            let said = said.expect("the bars say where one is");
            assert_eq!(said, page.text(Target::Css("#detail")).await);
            texts.insert(said);
        }
        assert!(texts.len() >= 3, "{texts:#?}");
        page.press(Key::Enter).await;
        page.wait_for_address(r"/people/\d+\?.*#changes$").await;
    })
    .await;
}
