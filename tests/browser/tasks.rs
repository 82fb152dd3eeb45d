//! Readers' tasks, each with the fewest clicks that a first-time user needs.

use std::cell::Cell;

use fantoccini::key::Key;
use serde_json::json;

use crate::driver::{Screen, browse};
use crate::office::Office;
use crate::page::{Page, Target};

/// Someone who has just opened the first page, and how often they have clicked.
struct Visitor<'a> {
    page: &'a Page,
    clicks: Cell<u32>,
}

impl<'a> Visitor<'a> {
    async fn new(page: &'a Page) -> Self {
        page.open("/").await;
        Self {
            page,
            clicks: Cell::new(0),
        }
    }

    fn clicked(&self) {
        self.clicks.set(self.clicks.get() + 1);
    }

    async fn follow(&self, name: &str) {
        self.clicked();
        self.page.click(Target::Link(name)).await;
    }

    /// Chooses with the pointer: a click, and the choice takes effect.
    async fn choose(&self, field: &str, value: &str) {
        self.clicked();
        self.set(&format!("form.bar select[name={field}]"), value)
            .await;
    }

    async fn go_to_day(&self, day: &str) {
        self.clicked();
        self.set("form.day input[name=date]", day).await;
    }

    async fn set(&self, selector: &str, value: &str) {
        let script = "
            const control = document.querySelector(arguments[0]);
            control.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
            control.value = arguments[1];
            control.dispatchEvent(new Event('change', { bubbles: true }));
            return control.value;";
        let arguments = [json!(selector), json!(value)];
        let set = self.page.evaluate(script, &arguments).await;
        assert_eq!(set, json!(value), "{selector} does not take {value}");
    }

    /// Fills in a field of the bar, which takes a click.
    async fn fill(&self, field: &str, text: &str) {
        self.clicked();
        let selector = format!("form.bar input[name={field}]");
        self.page.fill(Target::Css(&selector), text).await;
    }

    #[track_caller]
    fn needed_at_most(&self, clicks: u32) {
        assert!(self.clicks.get() <= clicks, "{} clicks", self.clicks.get());
    }
}

/// A department of the office.
async fn department(page: &Page) -> String {
    let script =
        "return document.querySelector('form.bar select[name=department]').options[1].value";
    let name = page.evaluate(script, &[]).await;
    name.as_str()
        .expect("the office has departments")
        .to_owned()
}

#[tokio::test]
async fn who_of_a_team_is_available_now() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let visitor = Visitor::new(page).await;
        let team = department(page).await;
        visitor.choose("department", &team).await;
        page.wait_for_address(r"\?department=").await;
        let heading = page.text(Target::Css("th.team")).await;
        assert!(
            heading.contains(&team) && heading.contains("Available"),
            "{heading}"
        );
        assert_eq!(page.count("th.team").await, 1);
        // A field that was left empty is not in the address.
        assert!(!page.address().await.as_str().contains("site="));
        visitor.needed_at_most(1);
    })
    .await;
}

#[tokio::test]
async fn what_someone_was_doing_and_how_that_is_known() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let visitor = Visitor::new(page).await;
        let number = Office::person()["extension_number"]
            .as_str()
            .expect("a number");
        visitor.follow("Proof").await;
        visitor.fill("person", number).await;
        visitor.fill("time", "wednesday 14:05").await;
        page.press(Key::Enter).await;
        page.wait_for("h2.proof", "2026-11-04 14:05").await;
        let text = page.text(Target::Css("main")).await;
        assert!(text.contains("The sweeps that decide"), "{text}");
        visitor.needed_at_most(4);
    })
    .await;
}

#[tokio::test]
async fn the_last_week_of_a_team_as_a_file_and_on_paper() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let visitor = Visitor::new(page).await;
        let team = department(page).await;
        visitor.choose("department", &team).await;
        page.wait_for_address(r"\?department=").await;
        visitor.follow("Report").await;
        page.wait_for("#answer", "").await;
        let link = page
            .about(Target::Link("CSV"), "return arguments[0].href")
            .await;
        visitor.clicked();
        let csv = page
            .fetch(link.as_str().expect("a link leads somewhere"))
            .await;
        assert!(
            csv.lines().count() > 1 && csv.contains("scheduled_ms"),
            "{csv}"
        );
        page.set_paper().await;
        for hidden in [".bar", ".top", "#command", "nav.steps"] {
            assert!(!page.is_visible(hidden).await, "{hidden} is printed");
        }
        assert!(page.is_visible("table").await);
        let cut = "
            const scroll = document.querySelector('.scroll');
            return scroll.scrollWidth - scroll.clientWidth";
        assert!(
            page.evaluate(cut, &[])
                .await
                .as_f64()
                .is_some_and(|cut| cut <= 1.0)
        );
        visitor.needed_at_most(3);
    })
    .await;
}

#[tokio::test]
async fn when_there_were_too_few() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let visitor = Visitor::new(page).await;
        visitor.follow("Staffing").await;
        visitor.fill("required", "5").await;
        page.press(Key::Enter).await;
        page.wait_for("h3", "Too few").await;
        let sentence = page.text(Target::Css("main .notice")).await;
        assert!(sentence.contains("ewer than required"), "{sentence}");
        visitor.needed_at_most(3);
    })
    .await;
}

#[tokio::test]
async fn gaps_and_their_causes() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let visitor = Visitor::new(page).await;
        visitor.follow("Health").await;
        page.wait_for("h3", "Gaps").await;
        assert!(
            page.text(Target::Css("main"))
                .await
                .contains("observed for")
        );
        visitor.needed_at_most(2);
    })
    .await;
}

#[tokio::test]
async fn two_weeks_are_compared() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let visitor = Visitor::new(page).await;
        visitor.follow("Report").await;
        visitor.clicked();
        page.click(Target::Css("details.question > summary")).await;
        visitor.fill("compare-to", "previous").await;
        page.press(Key::Enter).await;
        page.wait_for_address("compare-to=previous").await;
        page.wait_for("#answer", "").await;
        let footer = page.text(Target::Css("main")).await;
        assert!(
            footer.contains("2026-10-2"),
            "the other week is not named: {footer}"
        );
        visitor.needed_at_most(3);
    })
    .await;
}

#[tokio::test]
async fn a_day_long_ago_takes_few_clicks() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        let visitor = Visitor::new(page).await;
        visitor.follow("Team").await;
        page.wait_for_address("/day/2026-11-06").await;
        visitor.go_to_day("2026-10-12").await;
        page.wait_for_address("/day/2026-10-12").await;
        visitor.needed_at_most(2);
        // With the keyboard, Enter applies what is typed, not before.
        page.focus(Target::Css("form.day input[name=date]")).await;
        page.press(Key::Up).await;
        assert!(page.address().await.path().ends_with("/day/2026-10-12"));
        page.press(Key::Enter).await;
        page.wait_for_address(r"/day/20\d\d-\d\d-\d\d$").await;
    })
    .await;
}
