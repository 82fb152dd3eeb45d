//! Changes as they are stored.

use reqwest::Response;
use serde_json::{Value, json};

use super::desk::{Desk, On, import};
use crate::cli::support::{ACCOUNT, sweep};
use crate::support::reading::ReadAtOnce;

/// A stream that is being read.
struct Reading {
    response: Response,
    text: String,
}

impl Reading {
    async fn begin(desk: &Desk, path: &str, secret: Option<&str>, last: Option<&str>) -> Self {
        let mut request = desk.client.get(desk.url(path));
        if let Some(secret) = secret {
            request = request.bearer_auth(secret);
        }
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-encoding"));
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event: its id and its content.
    async fn next(&mut self) -> (String, Value) {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let mut lines = event.lines();
                    lines
                        .find_map(|line| line.strip_prefix(name))
                        .map(|text| text.trim().to_owned())
                };
                if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
                    assert_eq!(field("event:").as_deref(), Some("change"));
                    return (id, serde_json::from_str(&data).expect("a change"));
                }
            }
            let chunk = self.response.chunk().await.expect("it goes on");
            let chunk = chunk.expect("it does not end");
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("it is text"));
        }
    }
}

/// A sweep at `minute` in which everybody is busy, with the minute as the message.
fn one_sweep(minute: u32) -> String {
    let state = json!({"presenceStatus": "Busy", "message": format!("minute {minute}")});
    let people = [1001, 1002, 1003, 1004].map(|id| (id, state.clone()));
    format!("{}\n", sweep(ACCOUNT, minute, &people))
}

fn about(change: &(String, Value)) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        text(&change.1["extension_id"]),
        text(&change.1["state"]["message"]),
    )
}

async fn changes_come_as_they_are_stored(on: On) {
    let desk = Desk::start(super::desk::Wishes {
        on,
        ..Default::default()
    })
    .await;
    let mut reading = Reading::begin(&desk, "/api/v1/changes/stream", None, None).await;
    import(&desk.opened, one_sweep(22)).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(reading.next().await);
    }
    let expected = |minute: u32| {
        ["1001", "1002", "1003", "1004"].map(|id| (id.to_owned(), format!("minute {minute}")))
    };
    assert_eq!(seen.iter().map(about).collect::<Vec<_>>(), expected(22));
    // A reader that lost the connection continues after the last event it has.
    drop(reading);
    import(&desk.opened, one_sweep(23)).await;
    let last = seen[1].0.clone();
    let mut reading = Reading::begin(&desk, "/api/v1/changes/stream", None, Some(&last)).await;
    let mut later = Vec::new();
    for _ in 0..6 {
        later.push(reading.next().await);
    }
    let whole = [expected(22), expected(23)].concat();
    assert_eq!(later.iter().map(about).collect::<Vec<_>>(), whole[2..]);
    // The events are those of the list.
    let listed = desk
        .get("/api/v1/changes.ndjson?from=2026-11-02T08:22:00Z&to=2026-11-02T08:24:00Z&now=2026-11-02T08:24:00Z")
        .await;
    let listed: Vec<Value> = listed
        .body
        .lines()
        .map(|line| serde_json::from_str(line).expect("a change"))
        .collect();
    let streamed = seen[..2]
        .iter()
        .chain(&later)
        .map(|(_, change)| change.clone());
    assert_eq!(streamed.collect::<Vec<_>>(), listed);
}

#[tokio::test]
async fn changes_come_as_they_are_stored_with_sqlite() {
    changes_come_as_they_are_stored(On::Sqlite).await;
}

#[tokio::test]
async fn changes_come_as_they_are_stored_with_postgres() {
    changes_come_as_they_are_stored(On::Postgres).await;
}

#[tokio::test]
async fn a_stream_shows_only_people_whom_the_token_may_see() {
    let desk = Desk::guarded().await;
    let (_, own) = desk.token("Extension 102", &["read:extension=1002"]).await;
    let (_, all) = desk.token("Planning", &["read"]).await;
    let path = "/api/v1/changes/stream?after=0&facet=presence_status";
    let mut own = Reading::begin(&desk, path, Some(&own), None).await;
    let named = format!("{path}&person=102");
    let mut named = Reading::begin(&desk, &named, Some(&all), None).await;
    for _ in 0..3 {
        let (id, mut change) = own.next().await;
        assert_eq!(change["extension_id"], "1002");
        let (named_id, mut named) = named.next().await;
        // The same except for the position, which would show how much happens to others.
        let [own, all] = [&mut change, &mut named].map(|change| change["position"].take());
        assert_eq!((own.to_string(), all.to_string()), (id, named_id));
        assert_ne!(own, all);
        assert_eq!(change, named);
    }
}

#[tokio::test]
async fn a_narrowed_reader_does_not_learn_how_much_happens_to_others() {
    let desk = Desk::guarded().await;
    let (_, own) = desk.token("Extension 102", &["read:extension=1002"]).await;
    let (_, all) = desk.token("Planning", &["read"]).await;
    let window = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z";
    let whole = desk
        .get_with(&format!("/api/v1/changes?{window}&person=102"), &all)
        .await;
    let whole = whole.json();
    let whole = whole.as_array().expect("a list");
    let narrowed = desk
        .get_with(&format!("/api/v1/changes?{window}"), &own)
        .await
        .json();
    let narrowed = narrowed.as_array().expect("a list");
    assert_eq!(narrowed.len(), whole.len());
    let number = |change: &Value| change["position"].as_i64().expect("a number");
    for (shown, real) in narrowed.iter().zip(whole) {
        assert_eq!(shown["version"], real["version"]);
        assert!(number(shown) > 1_000, "{shown}");
    }
    // The positions that were shown can be sent back: to continue in a list and in a stream, and to ask again.
    let mut listed = Vec::new();
    let mut path = format!("/api/v1/changes.ndjson?{window}&limit=1");
    loop {
        let page = desk.get_with(&path, &own).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        listed.extend(
            page.body
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).expect("a change")),
        );
        let link = page.header("link").split_once(">;");
        let Some((next, _)) = link else { break };
        path = format!("/api/v1/{}", next.trim_start_matches('<'));
    }
    assert_eq!(listed, *narrowed);
    let last = number(&narrowed[0]).to_string();
    let stream = "/api/v1/changes/stream";
    let mut reading = Reading::begin(&desk, stream, Some(&own), Some(&last)).await;
    let (id, change) = reading.next().await;
    assert_eq!(id, number(&narrowed[1]).to_string());
    assert_eq!(change, narrowed[1]);
    let report = format!("/api/v1/report?{window}");
    let first = desk.get_with(&report, &own).await.json();
    let position = first["as_of"]["position"].as_i64().expect("a number");
    assert!(position > 1_000, "{position}");
    let again = format!(
        "{report}&as-of={position}:{}",
        first["as_of"]["snapshot_no"]
    );
    let again = desk.get_with(&again, &own).await;
    assert_eq!(again.json()["rows"], first["rows"], "{}", again.body);
    // Nobody can find the end of the log by trying.
    let end = desk
        .opened
        .history
        .reading()
        .await
        .log_end(ACCOUNT.parse().expect("an id"))
        .await;
    let end = end.expect("the store works").position.to_string();
    for path in [
        format!("{report}&as-of=1"),
        format!("{report}&as-of={end}"),
        format!("{report}&as-of=99999999999"),
        format!("{report}&compare-as-of=99999999999"),
        format!("{stream}?after=1"),
    ] {
        let refused = desk.get_with(&path, &own).await;
        assert_eq!(refused.problem().0, 400, "{path}: {}", refused.body);
        let detail = refused.json()["detail"].to_string();
        assert!(!detail.contains(&format!(" {end}")), "{path}: {detail}");
    }
    for path in [
        "/people",
        "/health",
        "/people/1002",
        "/day/2026-11-02",
        "/changes?from=2026-11-02",
    ] {
        let request = desk.client.get(desk.url(path)).bearer_auth(&own);
        let page = desk.sent(request).await;
        assert_eq!(page.status, 200, "{path}");
        for told in [
            format!("position {end},"),
            format!("{end} changes"),
            "of 4 extensions".to_owned(),
        ] {
            assert!(!page.body.contains(&told), "{path} says {told}");
        }
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_token_is_revoked() {
    let desk = Desk::guarded().await;
    let (id, secret) = desk.token("Planning", &["read"]).await;
    let path = "/api/v1/changes/stream";
    let mut reading = Reading::begin(&desk, path, Some(&secret), None).await;
    import(&desk.opened, one_sweep(22)).await;
    reading.next().await;
    let revoked = desk
        .opened
        .access
        .revoke_token(id, super::desk::now())
        .await;
    assert!(revoked.expect("the store works"));
    // Nothing changes any more: the stream ends by itself, within the documented time.
    let rest = async {
        while reading
            .response
            .chunk()
            .await
            .expect("it goes on")
            .is_some()
        {}
    };
    let ended = tokio::time::timeout(std::time::Duration::from_mins(1), rest).await;
    ended.expect("the stream ends");
}

#[tokio::test]
async fn a_wrong_stream_request_is_refused() {
    let desk = Desk::open().await;
    for (path, parameter) in [
        ("after=x", "after"),
        ("after=-1", "after"),
        ("after=99999", "after"),
        ("after=1&after=2", "after"),
        ("facet=x", "facet"),
        ("person=nobody", "person"),
        ("from=-1d", "from"),
    ] {
        let answer = desk.get(&format!("/api/v1/changes/stream?{path}")).await;
        assert_eq!(
            answer.problem().2.as_deref(),
            Some(parameter),
            "{path}: {}",
            answer.body
        );
    }
    let request = desk
        .client
        .get(desk.url("/api/v1/changes/stream"))
        .header("last-event-id", "x");
    assert_eq!(
        desk.sent(request).await.problem().2.as_deref(),
        Some("Last-Event-ID")
    );
}
