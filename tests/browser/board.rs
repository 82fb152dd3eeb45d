//! The board while sweeps come in.

use regex::escape;
use serde_json::{Value, json};

use crate::driver::{Screen, browse};
use crate::office::{Office, Sweep};
use crate::page::{Page, Target};

/// The id of a person, as a number and as text.
fn id(person: &Value) -> (u64, &str) {
    let text = person["extension_id"].as_str().expect("an id is text");
    (text.parse().expect("of digits"), text)
}

#[tokio::test]
async fn a_change_shows_on_the_board_while_it_is_open_and_a_message_is_text() {
    browse(Screen::WIDE, None, async |office: &Office, page: &Page| {
        page.open("/").await;
        page.wait_for("#live.on", "").await;
        let person = Office::person();
        let (number, text) = id(person);
        let row = format!("#p-{text}");
        let message = "<script>document.title='taken'</script> back \"soon\"";
        let record = json!({
            "extension": {"id": number, "extensionNumber": person["extension_number"]},
            "presenceStatus": "Busy",
            "telephonyStatus": "NoCall",
            "userStatus": "Busy",
            "dndStatus": "DoNotAcceptAnyCalls",
            "message": message,
        });
        let sweep = Sweep {
            records: vec![record],
            ..Sweep::default()
        };
        office.record("2026-11-06T14:27:45.000Z", &sweep);
        page.wait_for(&row, &escape(message)).await;
        let shown = page.text(Target::Css(&row)).await;
        assert!(shown.contains("Busy"), "{shown}");
        assert!(shown.contains("DoNotAcceptAnyCalls"), "{shown}");
        assert_ne!(page.title().await, "taken");
    })
    .await;
}

/// A newcomer, as the platform shows and lists them.
fn shown(status: &str) -> Value {
    json!({
        "extension": {"id": 990_001, "extensionNumber": "9901"},
        "presenceStatus": status,
        "telephonyStatus": "NoCall",
        "userStatus": "Available",
    })
}

fn listed(department: &str) -> Value {
    json!({
        "id": 990_001,
        "extensionNumber": "9901",
        "name": "Somebody New",
        "type": "User",
        "contact": {"department": department},
    })
}

/// Everybody of the office as they were, without the newcomer.
fn others() -> Vec<Value> {
    let or = |value: &Value, usual: &str| value.as_str().unwrap_or(usual).to_owned();
    let record = |person: &Value| {
        let state = &person["state"];
        json!({
            "extension": {"id": id(person).0, "extensionNumber": person["extension_number"]},
            "presenceStatus": or(&state["presence_status"], "Offline"),
            "telephonyStatus": or(&state["telephony_status"], "NoCall"),
            "userStatus": or(&state["user_status"], "Offline"),
            "dndStatus": or(&state["dnd_status"], "TakeAllCalls"),
        })
    };
    Office::people().iter().map(record).collect()
}

#[tokio::test]
async fn anyone_who_is_new_changes_team_or_goes_is_shown_on_the_board_while_it_is_open() {
    browse(Screen::WIDE, None, async |office: &Office, page: &Page| {
        let row = "#p-990001";
        let team = "tbody:has(#p-990001) th.team";
        let focused = "return document.activeElement.textContent";
        page.open("/").await;
        page.wait_for("#live.on", "").await;
        // Whoever reads along by keyboard stays where they are.
        page.focus(Target::Visible(".board th[scope=row] a", 0))
            .await;
        let held = page.evaluate(focused, &[]).await;
        assert!(held.as_str().is_some_and(|name| !name.is_empty()));
        assert_eq!(page.count(row).await, 0);
        let came = Sweep {
            records: vec![shown("Available")],
            directory: vec![listed("Newcomers")],
            is_complete: false,
        };
        office.record("2026-11-06T14:27:50.000Z", &came);
        page.wait_for(row, "Available").await;
        let text = page.text(Target::Css(team)).await;
        assert!(
            text.starts_with("Newcomers 1 extension: 1 Available"),
            "{text}"
        );
        assert_eq!(page.evaluate(focused, &[]).await, held);
        let changed = Sweep {
            records: vec![shown("Busy")],
            ..Sweep::default()
        };
        office.record("2026-11-06T14:27:51.000Z", &changed);
        page.wait_for(row, "Busy").await;
        page.wait_for(team, "1 extension: 1 Busy").await;
        let moved = Sweep {
            directory: vec![listed("Elsewhere")],
            ..Sweep::default()
        };
        office.record("2026-11-06T14:27:52.000Z", &moved);
        page.wait_for(team, "Elsewhere").await;
        // Who is missing from two complete sweeps is gone.
        let without = Sweep {
            records: others(),
            directory: Vec::new(),
            is_complete: true,
        };
        office.record("2026-11-06T14:27:53.000Z", &without);
        office.record("2026-11-06T14:27:54.000Z", &without);
        page.wait_until_gone(row).await;
    })
    .await;
}
