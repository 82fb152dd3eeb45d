//! The bars of a day, by mouse and by keyboard.

use std::collections::BTreeSet;

use fantoccini::key::Key;
use regex::Regex;

use crate::driver::{Screen, browse};
use crate::office::Office;
use crate::page::{Page, Target};

const DAY: &str = "/day/2026-11-04";

#[tokio::test]
async fn pointing_at_a_bar_shows_its_state_and_a_click_explains_it() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        page.open(DAY).await;
        let bars = Target::Visible("svg.bars:has(path[data-value=Available])", 2);
        let place = page.place_of(bars).await;
        // Some stretch in the working day begins with a change.
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
        // The tooltip beside the pointer shows the same, and a line crosses all bars at its time.
        assert_eq!(page.text(Target::Css(".tip")).await, detail);
        page.point_at((point.0 + 1.0, point.1)).await;
        page.point_at(point).await;
        assert_eq!(page.count(".crosshair:not([hidden])").await, 1);
        let value = detail
            .split(": ")
            .nth(1)
            .and_then(|rest| rest.split(',').next());
        let value = value.expect("it says what held").to_owned();
        page.click_at(point).await;
        page.wait_for_address(r"/explain\?.*person=\d+.*time=2026-11-04T")
            .await;
        let proof = page.text(Target::Css("h2.proof")).await;
        assert!(proof.contains(&value), "{value} is not in {proof}");
        let proof = page.text(Target::Css("main")).await;
        for part in ["The sweeps that decide", "presence explain"] {
            assert!(proof.contains(part), "{part} is not in {proof}");
        }
        page.click(Target::Link("All changes around this time"))
            .await;
        page.wait_for_address(r"/people/\d+\?.*from=.*#changes$")
            .await;
        assert!(!from.is_empty());
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
async fn the_keyboard_alone_reaches_the_bars_moves_along_them_and_explains_them() {
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
        page.wait_for_address(r"/explain\?.*person=\d+.*time=")
            .await;
    })
    .await;
}

#[tokio::test]
async fn the_band_above_the_bars_shows_how_many_had_the_value_at_the_same_time() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        page.open(&format!("{DAY}?required=Mo-Fr+09:00-17:00=12"))
            .await;
        let figures = page.text(Target::Css(".figures")).await;
        let pattern = r"^Everyone: Available \d+ % of the time \(\d+–\d+ %\); .*known\. .*required";
        assert!(
            Regex::new(pattern)
                .expect("it is a pattern")
                .is_match(&figures),
            "{figures}"
        );
        let band = page.place_of(Target::Css(".picture svg.levels")).await;
        let bars = page.place_of(Target::Visible(".picture svg.bars", 2)).await;
        assert!((band.x - bars.x).abs() < 1.0 && (band.width - bars.width).abs() < 1.0);
        assert!(page.count(".picture svg.levels path.required").await == 1);
        let band = page.place_of(Target::Css(".picture svg.levels")).await;
        page.point_at(band.at(0.45)).await;
        let tip = page.text(Target::Css(".tip")).await;
        let pattern =
            r"^Available: \d+( to \d+)? together.*, Wed 2026-11-04 10:\d\d:00 to 10:\d\d:00$";
        assert!(
            Regex::new(pattern).expect("it is a pattern").is_match(&tip),
            "{tip}"
        );
        // What is counted can be chosen.
        page.select(Target::LabelStart("Counted"), "Busy").await;
        page.click(Target::Button("Show")).await;
        page.wait_for(".figures", "^Everyone: Busy ").await;
    })
    .await;
}

#[tokio::test]
async fn a_first_tap_shows_and_a_second_opens() {
    browse(Screen { width: 390, ..Screen::WIDE }, None, async |_: &Office, page: &Page| {
        page.open(DAY).await;
        let bars = Target::Visible(".picture svg.bars", 2);
        page.place_of(bars).await;
        let tap = "
            const svg = document.querySelectorAll('.picture svg.bars')[2];
            const box = svg.getBoundingClientRect();
            svg.dispatchEvent(new PointerEvent('click', {
                bubbles: true, pointerType: 'touch', clientX: box.left + box.width / 2, clientY: box.top + 5,
            }));
            return location.pathname;";
        // The page may still be scrolling to the bars.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let before = page.evaluate(tap, &[]).await;
        assert_eq!(before, DAY);
        let tip = "return document.querySelector('.tip').hidden || document.querySelector('.tip').textContent";
        let tip = page.evaluate(tip, &[]).await;
        assert!(tip.as_str().is_some_and(|tip| tip.ends_with("Tap again to see why.")), "{tip}");
        page.evaluate(tap, &[]).await;
        page.wait_for_address(r"/explain\?").await;
    })
    .await;
}

#[tokio::test]
async fn the_slider_shows_the_day_as_it_was_known_earlier() {
    browse(Screen::WIDE, None, async |office: &Office, page: &Page| {
        // The history is recorded now, which is long before the year at which pages are opened.
        office.close();
        office.open_again("2099-01-01T00:00:00Z");
        page.open(DAY).await;
        let slider = Target::Css("p.known input");
        assert!(page.is_visible("p.known").await);
        assert_eq!(page.text(Target::Css("p.known output")).await, "now");
        assert_eq!(page.count("main .notice").await, 0);
        page.focus(slider).await;
        page.press(Key::Left).await;
        let shown = page.text(Target::Css("p.known output")).await;
        assert!(shown.starts_with("209"), "{shown}");
        page.press(Key::Enter).await;
        page.wait_for_address(r"as-known-at=209").await;
        page.wait_for("main .notice", "This is what was known at 209")
            .await;
        // The slider keeps its position, and moving it to the end returns to now.
        assert_eq!(page.text(Target::Css("p.known output")).await, shown);
        page.focus(slider).await;
        page.press(Key::End).await;
        page.press(Key::Enter).await;
        page.wait_until_gone("main .notice").await;
        assert!(!page.address().await.as_str().contains("as-known-at"));
    })
    .await;
}

#[tokio::test]
async fn a_click_in_the_legend_hides_a_value_and_shows_it_again() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        page.open(DAY).await;
        let entry = "#legend li[data-value=Busy] button";
        let shown = "path[data-lane='0'][data-value=Busy]:not(.off)";
        let all = page.count(shown).await;
        assert!(all > 0, "someone is busy");
        // In sight, and not below the line at the lower edge.
        let place = page.place_of(Target::Css(entry)).await;
        page.click_at(place.at(0.5)).await;
        assert_eq!(page.count(shown).await, 0);
        assert_eq!(page.count(&format!("{entry}[aria-pressed=false]")).await, 1);
        assert_eq!(page.faults().await, [""; 0]);
        // By keyboard, too.
        page.focus(Target::Css(entry)).await;
        page.press(Key::Enter).await;
        assert_eq!(page.count(shown).await, all);
        assert_eq!(page.count(&format!("{entry}[aria-pressed=true]")).await, 1);
    })
    .await;
}
