//! Recording sweeps that clients send.

use serde_json::json;

use presence_config::Config;
use presence_model::ids::AccountId;

use super::desk::{Answer, Desk, Wishes, import, now, sweep_at_other_account};
use crate::cli::support::{ACCOUNT, sweep};
use crate::support::reading::ReadAtOnce;

async fn send(desk: &Desk, secret: &str, body: String) -> Answer {
    let request = desk
        .client
        .post(desk.url("/api/v1/import"))
        .bearer_auth(secret);
    desk.sent(request.body(body)).await
}

fn line(account: &str, minute: u32) -> String {
    let people = [(
        1001,
        json!({"presenceStatus": "Busy", "message": "<script>alert(1)</script>"}),
    )];
    format!("{}\n", sweep(account, minute, &people))
}

#[tokio::test]
async fn sweeps_are_recorded_once() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Uploader", &["ingest"]).await;
    let first = send(&desk, &secret, line(ACCOUNT, 22)).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.json()["stored_count"], 1);
    let again = send(&desk, &secret, line(ACCOUNT, 22)).await.json();
    assert_eq!(
        (&again["stored_count"], &again["skipped_count"]),
        (&json!(0), &json!(1))
    );
    // The same moment with other content is refused, and nothing of it is stored.
    let other = line(ACCOUNT, 22).replace("Busy", "Offline");
    let refused = send(&desk, &secret, other).await;
    assert_eq!(refused.problem(), (422, "refused".to_owned(), None));
    assert!(
        refused.json()["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("line 1"))
    );
    let (_, reader) = desk.token("Planning", &["read"]).await;
    let told = desk
        .get_with(
            "/api/v1/at?time=2026-11-02T08:22:00Z&person=101&now=2026-11-02T08:22:30Z",
            &reader,
        )
        .await;
    assert_eq!(
        told.json()[0]["state"]["message"],
        "<script>alert(1)</script>",
        "{}",
        told.body
    );
    assert!(told.header("content-type").starts_with("application/json"));
}

#[tokio::test]
async fn what_windows_sends_is_recorded() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Uploader", &["ingest"]).await;
    let marked = format!("\u{feff}{}", line(ACCOUNT, 22).replace('\n', "\r\n"));
    let first = send(&desk, &secret, marked).await;
    assert_eq!(first.json()["stored_count"], 1, "{}", first.body);
    let text = format!("\u{feff}{}{}", line(ACCOUNT, 23), line(ACCOUNT, 24));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let request = desk.client.post(desk.url("/api/v1/import"));
    let sent = desk.sent(request.bearer_auth(&secret).body(utf16)).await;
    assert_eq!(sent.json()["stored_count"], 2, "{}", sent.body);
}

#[tokio::test]
async fn a_reader_may_not_record() {
    let desk = Desk::guarded().await;
    let (_, reader) = desk.token("Planning", &["read"]).await;
    let refused = send(&desk, &reader, line(ACCOUNT, 22)).await;
    assert_eq!(refused.problem(), (403, "forbidden".to_owned(), None));
    let nobody = desk
        .client
        .post(desk.url("/api/v1/import"))
        .body(line(ACCOUNT, 22));
    assert_eq!(desk.sent(nobody).await.problem().0, 401);
}

#[tokio::test]
async fn a_body_has_a_size_limit() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Uploader", &["ingest"]).await;
    let huge = " ".repeat(32 * 1024 * 1024 + 1);
    let refused = send(&desk, &secret, huge).await;
    assert_eq!(refused.problem(), (413, "too_large".to_owned(), None));
    for wrong in ["{", "[]", "\u{0}", "{\"account_id\":\"1\"}"] {
        let refused = send(&desk, &secret, wrong.to_owned()).await;
        assert_eq!(refused.problem().0, 422, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_token_records_only_into_its_own_account() {
    let desk = Desk::start(Wishes {
        requires_token: true,
        holds: super::desk::Holds::TwoAccounts,
        ..Wishes::default()
    })
    .await;
    let secret = presence_server::access::new_secret().expect("there is randomness");
    let token = presence_store::NewToken {
        kind: presence_store::TokenKind::Token,
        name: "Office".to_owned(),
        scopes: vec!["ingest".to_owned()],
        account_id: Some(presence_model::ids::AccountId(5)),
        parent_id: None,
        digest: presence_server::access::digest_of(&secret).expect("it is one"),
        created_at: now(),
        expires_at: None,
    };
    desk.opened
        .access
        .create_token(token)
        .await
        .expect("it is kept");
    let mixed = format!("{}{}", line("5", 1), line(ACCOUNT, 22));
    let refused = send(&desk, &secret, mixed).await;
    assert_eq!(refused.problem().0, 403);
    let detail = refused.json()["detail"].to_string();
    assert!(
        detail.contains("line 2") && detail.contains(ACCOUNT),
        "{detail}"
    );
    let accounts = desk
        .opened
        .history
        .accounts()
        .await
        .expect("the store works");
    assert_eq!(accounts.len(), 2, "nothing was stored");
    let end = desk
        .opened
        .history
        .reading()
        .await
        .log_end(AccountId(5))
        .await;
    assert_eq!(end.expect("the store works").snapshot_no.0, 1);
    assert_eq!(send(&desk, &secret, line("5", 2)).await.status, 200);
}

#[tokio::test]
async fn a_line_of_another_account_changes_no_answer() {
    let desk = Desk::guarded().await;
    let (_, ingest) = desk.token("Uploader", &["ingest"]).await;
    let (_, reader) = desk.token("Planning", &["read"]).await;
    let before = desk.get_with("/api/v1/people", &reader).await;
    let stray = sweep_at_other_account(1);
    for body in [stray.clone(), format!("{}{stray}", line(ACCOUNT, 22))] {
        let refused = send(&desk, &ingest, body).await;
        assert_eq!(refused.problem(), (403, "forbidden".to_owned(), None));
        let detail = refused.json()["detail"].to_string();
        assert!(
            detail.contains("account 5") && detail.contains(ACCOUNT),
            "{detail}"
        );
    }
    // Nor does a line that arrives in another way while the server runs.
    import(&desk.opened, stray).await;
    let after = desk.get_with("/api/v1/people", &reader).await;
    assert_eq!((after.status, after.body), (200, before.body));
    let other = desk.get_with("/api/v1/people?account=5", &reader).await;
    assert_eq!(other.problem().0, 403);
    assert!(
        other.json()["detail"].to_string().contains("account 5"),
        "{}",
        other.body
    );
    assert_eq!(send(&desk, &ingest, line(ACCOUNT, 22)).await.status, 200);
    // A server that starts now finds two accounts to choose from.
    let later = desk.restarted(Config::default()).await;
    let asked = later.get("/api/v1/people").await;
    assert_eq!(asked.problem().2.as_deref(), Some("account"));
    let detail = asked.json()["detail"].to_string();
    assert!(
        detail.contains("5, ") && detail.contains(ACCOUNT),
        "{detail}"
    );
}

#[tokio::test]
async fn an_empty_store_is_bound_to_the_first_account_that_comes() {
    let desk = Desk::start(Wishes {
        requires_token: true,
        holds: super::desk::Holds::Nothing,
        ..Wishes::default()
    })
    .await;
    let (_, ingest) = desk.token("Uploader", &["ingest"]).await;
    let mixed = format!("{}{}", line(ACCOUNT, 22), sweep_at_other_account(23));
    assert_eq!(send(&desk, &ingest, mixed).await.problem().0, 403);
    assert_eq!(send(&desk, &ingest, line(ACCOUNT, 22)).await.status, 200);
    let other = send(&desk, &ingest, sweep_at_other_account(23)).await;
    assert_eq!(other.problem().0, 403);
}
