//! A reader chooses their language, and scripts speak it, too.

use crate::driver::{Screen, browse};
use crate::office::Office;
use crate::page::{Page, Target};

#[tokio::test]
async fn a_reader_chooses_german_and_stays_on_the_page() {
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        page.open("/day/2026-11-04?department=Support").await;
        page.click(Target::Link("Deutsch")).await;
        page.wait_for("h1", "Mittwoch, 4. November 2026").await;
        page.wait_for_address(r"/day/2026-11-04\?department=Support$")
            .await;
        // What a script says of a bar.
        let bars = Target::Visible("svg.bars:has(path[data-value=Verfügbar])", 2);
        let place = page.place_of(bars).await;
        page.point_at(place.at(0.5)).await;
        let told = page
            .wait_for("#detail", r": .+, Mi 04\.11\.2026 .+ bis ")
            .await;
        assert_eq!(page.text(Target::Css(".tip")).await, told);
        // The next page, and the board's state.
        page.open("/").await;
        page.wait_for("#live", "^Live$").await;
        assert_eq!(page.text(Target::Css("h1")).await, "Jetzt");
        page.click(Target::Link("English")).await;
        page.wait_for("h1", "^Now$").await;
    })
    .await;
}
