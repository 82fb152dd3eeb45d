//! The board while sweeps come in, and while none do.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use regex::escape;
use serde_json::{Value, json};

use crate::driver::{Screen, browse};
use crate::office::{NOW, Office, Sweep};
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
        "name": "Someone New",
        "type": "User",
        "contact": {"department": department},
    })
}

/// Everybody in the office, unchanged and without the newcomer.
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
async fn people_who_come_change_team_or_go_are_shown_on_the_open_board() {
    browse(Screen::WIDE, None, async |office: &Office, page: &Page| {
        let row = "#p-990001";
        let team = "tbody:has(#p-990001) th.team";
        let focused = "return document.activeElement.textContent";
        page.open("/").await;
        page.wait_for("#live.on", "").await;
        // A reader who uses the keyboard keeps the focus.
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
        // An extension that is missing from two complete sweeps is gone.
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

/// A sweep that sees one person, busy and with a message.
fn busy(person: &Value, message: &str) -> Sweep {
    let record = json!({
        "extension": {"id": id(person).0, "extensionNumber": person["extension_number"]},
        "presenceStatus": "Busy",
        "telephonyStatus": "NoCall",
        "userStatus": "Busy",
        "dndStatus": "TakeAllCalls",
        "message": message,
    });
    Sweep {
        records: vec![record],
        ..Sweep::default()
    }
}

/// The badge says that something is wrong with what is shown.
const NOT_LIVE: &str = "#live.off";

#[tokio::test]
async fn unchanged_states_age_too() {
    browse(Screen::WIDE, None, async |office: &Office, page: &Page| {
        page.open("/").await;
        page.wait_for("#live.on", "Live").await;
        let person = Office::person();
        let row = format!("#p-{}", id(person).1);
        let seen = page.text(Target::Css(&row)).await;
        assert!(!seen.contains("5s ago"), "{seen}");
        // The same states as before, so nothing is reported as changed.
        let sweep = Sweep {
            records: others(),
            ..Sweep::default()
        };
        office.record("2026-11-06T14:27:55.000Z", &sweep);
        page.wait_for(&row, "5s ago").await;
    })
    .await;
}

/// A proxy whose server does not answer; it ends when it is dropped.
struct Proxy {
    stop: std::sync::Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Proxy {
    fn listen(address: &str) -> Self {
        let listener = TcpListener::bind(address).expect("the port is free");
        listener.set_nonblocking(true).expect("it can be");
        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let stopped = std::sync::Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                let Ok((mut stream, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(10));
                    continue;
                };
                stream.set_nonblocking(false).expect("it can be");
                // The request's content does not matter.
                let _ = stream.read(&mut [0; 8192]);
                let _ = stream.write_all(
                    b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                );
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let thread = self.thread.take().expect("it is there until now");
        thread.join().expect("it ends");
    }
}

#[tokio::test]
async fn a_board_is_not_called_live_while_the_server_is_away_and_is_again_when_it_is_back() {
    let expected = Some("the server responded with a status of 502");
    browse(
        Screen::WIDE,
        expected,
        async |office: &Office, page: &Page| {
            page.open("/").await;
            page.wait_for("#live.on", "Live").await;
            office.close();
            let proxy = Proxy::listen(office.address());
            page.wait_for(NOT_LIVE, "Not live").await;
            // The browser closes a stream that is answered with 502. Here only the server itself may end the stream.
            tokio::time::sleep(Duration::from_secs(20)).await;
            let badge = page.text(Target::Css("#live")).await;
            assert!(badge.starts_with("Not live"), "{badge}");
            drop(proxy);
            office.open_again(NOW);
            page.wait_for("#live.on", "Live").await;
            let person = Office::person();
            let (_, text) = id(person);
            let sweep = busy(person, "after the restart");
            office.record("2026-11-06T14:27:56.000Z", &sweep);
            page.wait_for(&format!("#p-{text}"), "after the restart")
                .await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_board_without_recent_sweeps_says_so() {
    browse(Screen::WIDE, None, async |office: &Office, page: &Page| {
        page.open("/").await;
        page.wait_for("#live.on", "Live").await;
        office.close();
        // Half an hour later, the last sweep is no longer valid.
        office.open_again("2026-11-06T14:58:00Z");
        page.wait_for(NOT_LIVE, "Not live: no data since the sweep 32m ago")
            .await;
        page.wait_for("#summary", "Nothing is known now: no data since")
            .await;
        let person = Office::person();
        page.wait_for(&format!("#p-{}", id(person).1), "unknown")
            .await;
    })
    .await;
}

/// A browser opens at most six connections to a server that speaks HTTP/1.1, and each stream occupies one.
#[tokio::test]
async fn twenty_tabs_are_all_live_and_all_show_a_change() {
    browse(Screen::WIDE, None, async |office: &Office, page: &Page| {
        page.open("/").await;
        page.wait_for("#live.on", "Live").await;
        for _ in 1..20 {
            page.open_tab("/").await;
            page.wait_for("#live.on", "Live").await;
        }
        let person = Office::person();
        let (_, text) = id(person);
        let sweep = busy(person, "told once");
        office.record("2026-11-06T14:27:57.000Z", &sweep);
        page.wait_for(&format!("#p-{text}"), "told once").await;
        page.open("/day/2026-11-04").await;
        page.wait_for("h1", "Wednesday").await;
    })
    .await;
}

#[tokio::test]
async fn a_reader_whose_token_is_revoked_is_sent_to_sign_in() {
    // A browser reports what it is refused.
    browse(
        Screen::WIDE,
        Some("40"),
        async |office: &Office, page: &Page| {
            let (token, secret) = office.guard();
            page.open("/").await;
            page.wait_for("h1", "^Sign in$").await;
            let told = page.text(Target::Css("main")).await;
            assert!(
                told.contains("presence history of a RingCentral account"),
                "{told}"
            );
            page.fill(Target::Css("#token"), &secret).await;
            page.click(Target::Button("Sign in")).await;
            page.wait_for("#live.on", "").await;
            office.revoke(&token);
            page.wait_for("h1", "^Sign in$").await;
            page.wait_for_address("/sign-in").await;
        },
    )
    .await;
}
