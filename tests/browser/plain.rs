//! Pages without script, and on paper.

use crate::driver::{Screen, browse};
use crate::office::Office;
use crate::page::{Page, Target};

#[tokio::test]
async fn pages_are_complete_without_script_and_print_without_forms() {
    let screen = Screen {
        has_script: false,
        ..Screen::WIDE
    };
    // If an answer is not a page, the browser requests an icon.
    browse(
        screen,
        Some("/favicon.ico"),
        async |_: &Office, page: &Page| {
            page.open("/").await;
            // Only a script could say that the board is live.
            assert_eq!(page.count("#live.on").await, 0);
            assert!(page.count(".board tbody tr").await > 20);
            page.open("/day/2026-11-04").await;
            assert!(page.count("svg.bars path.good").await > 10);
            assert!(page.is_visible("form.bar").await);
            page.set_paper().await;
            assert!(!page.is_visible("form.bar").await);
            assert!(page.is_visible("table.picture").await);
            page.download("/day/2026-11-04.csv").await;
            page.open("/api/coverage").await;
            page.fill(Target::LabelStart("from "), "2026-11-02").await;
            page.click(Target::Button("Show the request")).await;
            let command = page.text(Target::Css("#command")).await;
            assert!(command.ends_with("from=2026-11-02&to=now'"), "{command}");
            page.click(Target::Css("#request")).await;
            page.wait_for("body", "\"observed_ms\"").await;
        },
    )
    .await;
}
