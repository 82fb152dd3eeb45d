//! Every page, in both colour schemes, wide and narrow.

use serde_json::json;

use crate::driver::{Screen, browse};
use crate::office::Office;
use crate::page::{Page, Target};

const PAGES: &[(&str, &str)] = &[
    ("board", "/"),
    ("board-policy", "/?policy=direct_calls"),
    ("day", "/day/2026-11-04?hours=Mo-Fr+08:00-18:00"),
    (
        "day-required",
        "/day/2026-11-04?required=Mo-Fr+09:00-17:00=12&as-known-at=2026-11-04T16:00:00Z",
    ),
    ("week", "/week/2026-W45"),
    ("month", "/month/2026-11"),
    ("quarter", "/quarter/2026-Q4"),
    (
        "span",
        "/span?from=2026-11-04T09:00:00Z&to=2026-11-04T11:00:00Z",
    ),
    ("changes", "/changes?from=2026-11-04&to=2026-11-05"),
    ("people", "/people"),
    ("route", "/route"),
    ("meet", "/meet?department=Support&from=tomorrow&to=%2B3d"),
    (
        "policies",
        "/policies?rules=%5Bpolicies.desk%5D%0Arules+%3D+%5B%7B+when+%3D+%27true%27%2C+class+%3D+%22in%22+%7D%5D",
    ),
    ("access-log", "/access-log"),
    ("accounts", "/accounts"),
    ("day-dense", "/day/2026-11-04?rows=dense&sort=share"),
    ("board-status", "/?status=Available&sort=longest"),
    ("report", "/report"),
    (
        "report-answer",
        "/report?from=2026-11-02&to=2026-11-06&by=department&by=day&hours=Mo-Fr+09:00-17:00",
    ),
    (
        "staffing",
        "/staffing?value=Available&from=2026-11-04&to=2026-11-05&step=1h&by=department",
    ),
    (
        "heatmap",
        "/heatmap?value=Available&from=2026-11-02&to=2026-11-07",
    ),
    ("health", "/health"),
    ("api", "/api"),
    ("api-report", "/api/report"),
    ("api-changes", "/api/changes?from=-1h&to=now"),
    ("api-import", "/api/import"),
];

const MISSING: (&str, &str) = ("missing", "/day/2026-02-30");

/// A page, its status, and what must hold of every page.
async fn check(page: &Page, screen: Screen, name: &str, path: &str, status: u64) {
    assert_eq!(page.open(path).await, status, "{name}");
    assert!(!page.text(Target::Css("h1")).await.is_empty(), "{name}");
    assert_eq!(page.faults().await, [""; 0], "{name}");
    let broken = "return [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src)";
    assert_eq!(page.evaluate(broken, &[]).await, json!([]), "{name}");
    let overflow = page.overflow().await;
    assert!(
        overflow <= 0.0,
        "{name} is {overflow} pixels wider than the screen of {}",
        screen.width
    );
    let Screen { scheme, width, .. } = screen;
    page.keep_picture(&format!("{name}-{scheme}-{width}")).await;
}

async fn every_page_is_usable(scheme: &'static str, width: u32) {
    every_page_is_usable_in("en", scheme, width).await;
}

async fn every_page_is_usable_in(language: &str, scheme: &'static str, width: u32) {
    let screen = Screen {
        scheme,
        width,
        ..Screen::WIDE
    };
    // The browser reports the missing page's own status as an error; nothing else.
    let errors = browse(screen, Some("404"), async |_: &Office, page: &Page| {
        page.open(&format!("/language/{language}?to=/")).await;
        let language_of_page = "return document.documentElement.lang";
        assert_eq!(page.evaluate(language_of_page, &[]).await, language);
        let is_dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
        for (name, path) in PAGES {
            check(page, screen, name, path, 200).await;
        }
        assert_eq!(page.evaluate(is_dark, &[]).await, scheme == "dark");
        assert_eq!(page.evaluate("return innerWidth", &[]).await, width);
        let person = Office::person()["extension_id"].as_str().expect("an id");
        let path = format!("/people/{person}?week=2026-W45");
        check(page, screen, "person", &path, 200).await;
        let path =
            format!("/explain?person={person}&time=2026-11-04T10:00:00Z&policy=direct_calls");
        check(page, screen, "proof", &path, 200).await;
        let (name, path) = MISSING;
        check(page, screen, name, path, 404).await;
    })
    .await;
    assert!(!errors.is_empty(), "errors are not reported");
}

#[tokio::test]
async fn every_page_is_usable_light_and_wide() {
    every_page_is_usable("light", 1280).await;
}

/// As at twice the size on a screen of 1,280 pixels.
#[tokio::test]
async fn every_page_is_usable_zoomed() {
    every_page_is_usable("light", 640).await;
}

#[tokio::test]
async fn every_page_is_usable_light_and_narrow() {
    every_page_is_usable("light", 390).await;
}

#[tokio::test]
async fn every_page_is_usable_dark_and_wide() {
    every_page_is_usable("dark", 1280).await;
}

#[tokio::test]
async fn every_page_is_usable_dark_and_narrow() {
    every_page_is_usable("dark", 390).await;
}

/// Its words are longer than the English ones.
#[tokio::test]
async fn every_page_is_usable_in_german_and_narrow() {
    every_page_is_usable_in("de", "light", 390).await;
}
