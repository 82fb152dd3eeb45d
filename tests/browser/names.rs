//! Unusual names: they never push a status out of sight, and are shown as text.

use serde_json::{Value, json};

use crate::driver::{Screen, browse};
use crate::office::{Office, Sweep};
use crate::page::{Page, Target};

/// Unusual names, each with its extension id.
fn names() -> [(u64, String); 5] {
    [
        (990_001, "W".repeat(300)),
        (
            990_002,
            "\u{202e}nama \u{645}\u{631}\u{62d}\u{628}\u{627} \u{5e9}\u{5dc}\u{5d5}\u{5dd}"
                .to_owned(),
        ),
        (990_003, "👩🏽‍🚒 ".repeat(40)),
        (
            990_004,
            "<img src=x onerror=document.title='taken'>".to_owned(),
        ),
        (990_005, "Doe, Jane \"the\tdesk\"".to_owned()),
    ]
}

fn sweep() -> Sweep {
    let shown = |id: &u64| {
        json!({
            "extension": {"id": id, "extensionNumber": (id - 980_000).to_string()},
            "presenceStatus": "Busy",
        })
    };
    let listed = |(id, name): &(u64, String)| {
        json!({
            "id": id,
            "extensionNumber": (id - 980_000).to_string(),
            "name": name,
            "type": "User",
            "status": "Enabled",
            "contact": {"department": "Odd names"},
        })
    };
    let names = names();
    Sweep {
        records: names.iter().map(|(id, _)| shown(id)).collect(),
        directory: names.iter().map(listed).collect(),
        is_complete: false,
    }
}

/// The right edges of an element and of the screen.
async fn right_of(page: &Page, selector: &str) -> (f64, f64) {
    let script = "
        const box = document.querySelector(arguments[0]).getBoundingClientRect();
        return [box.left >= 0 ? box.right : Infinity, innerWidth];";
    let ends = page.evaluate(script, &[json!(selector)]).await;
    let end = |index: usize| ends[index].as_f64().expect("a place");
    (end(0), end(1))
}

async fn a_status_stays_in_sight(width: u32) {
    let screen = Screen {
        width,
        ..Screen::WIDE
    };
    browse(screen, None, async |office: &Office, page: &Page| {
        office.record("2026-11-06T14:27:45.000Z", &sweep());
        page.open("/?department=Odd+names").await;
        for (id, name) in names() {
            let status = format!("#p-{id} td.value");
            let (right, edge) = right_of(page, &status).await;
            assert!(right <= edge, "{name}: {right} is beyond {edge}");
            assert!(
                page.text(Target::Css(&status)).await.contains("Busy"),
                "{name}"
            );
        }
        assert!(page.overflow().await <= 0.0);
        // A name that changes the writing direction affects nothing but itself.
        let row = page.text(Target::Css("#p-990002")).await;
        assert!(row.contains("10002") && row.contains("Busy"), "{row}");
        page.open("/day/2026-11-06?department=Odd+names").await;
        let bars = page.count(".picture svg.bars").await;
        assert_eq!(bars, 5);
        for index in 0..5 {
            let bars = page
                .place_of(Target::Visible(".picture svg.bars", index))
                .await;
            assert!(bars.width > f64::from(width) / 2.0, "{}", bars.width);
        }
        assert!(page.overflow().await <= 0.0);
        for (id, _) in names() {
            page.open(&format!("/people/{id}")).await;
            assert!(page.overflow().await <= 0.0, "{id}");
        }
        assert_ne!(page.title().await, "taken");
    })
    .await;
}

#[tokio::test]
async fn an_odd_name_hides_no_status() {
    a_status_stays_in_sight(1280).await;
}

#[tokio::test]
async fn an_odd_name_hides_no_status_on_a_phone() {
    a_status_stays_in_sight(390).await;
}

/// Other pages show names in titles and messages, too.
#[tokio::test]
async fn an_odd_name_is_text_on_every_page() {
    browse(Screen::WIDE, None, async |office: &Office, page: &Page| {
        office.record("2026-11-06T14:27:45.000Z", &sweep());
        let paths = [
            "/people?department=Odd+names",
            "/report?department=Odd+names&by=extension&from=2026-11-06&to=2026-11-07",
            "/changes?from=2026-11-06",
            "/explain?person=990004&time=2026-11-06T14:27:50Z",
            "/meet?department=Odd+names",
            "/access-log",
        ];
        for path in paths {
            assert_eq!(page.open(path).await, 200, "{path}");
            assert_eq!(page.count("main img[src=x]").await, 0, "{path}");
            assert_ne!(page.title().await, "taken", "{path}");
        }
        let people = page.evaluate("return document.title", &[]).await;
        assert_eq!(people, Value::from("Access log – presence"));
    })
    .await;
}
