//! Answers in the form that is requested: format, pages, headers.

use super::desk::{Answer, Desk, Wishes};
use super::same_bytes::WINDOW;

#[tokio::test]
async fn an_answer_is_as_it_is_asked_for() {
    let desk = Desk::open().await;
    let path = format!("/api/v1/coverage?{WINDOW}");
    for (accepted, expected) in [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson"),
        (
            "application/json;q=0.5, text/csv",
            "text/csv; charset=utf-8",
        ),
        ("text/html, application/json;q=0.9", "application/json"),
    ] {
        let mut request = desk.client.get(desk.url(&path));
        if !accepted.is_empty() {
            request = request.header("accept", accepted);
        }
        let answer = desk.sent(request).await;
        assert_eq!(answer.header("content-type"), expected, "{accepted}");
    }
    let request = desk
        .client
        .get(desk.url(&path))
        .header("accept", "image/png");
    let refused = desk.sent(request).await.problem();
    assert_eq!(refused, (406, "not_acceptable".to_owned(), None));
    let named = desk.get(&format!("{path}&format=csv")).await;
    assert_eq!(named.header("content-type"), "text/csv; charset=utf-8");
}

/// The address of a list's next page.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link");
    let (address, relation) = link.split_once(">; ")?;
    assert_eq!(relation, "rel=\"next\"");
    Some(format!("/api/v1/{}", address.trim_start_matches('<')))
}

#[tokio::test]
async fn a_list_in_pages_is_the_list() {
    let desk = Desk::open().await;
    for path in [
        format!("/api/v1/changes.ndjson?{WINDOW}"),
        "/api/v1/people.ndjson?types=all".to_owned(),
    ] {
        let whole = desk.get(&path).await;
        assert_eq!(next(&whole), None);
        let mut parts = String::new();
        let mut pages = 0;
        let mut at = Some(format!("{path}&limit=3"));
        while let Some(path) = at {
            let page = desk.get(&path).await;
            assert_eq!(page.status, 200, "{}", page.body);
            assert!(page.body.lines().count() <= 3);
            parts.push_str(&page.body);
            pages += 1;
            at = next(&page);
        }
        assert_eq!(parts, whole.body, "{path}");
        assert!(pages > 1, "{path}");
    }
}

#[tokio::test]
async fn a_server_below_a_path_is_the_same() {
    let desk = Desk::start(Wishes {
        prefix: "/office/presence",
        ..Wishes::default()
    })
    .await;
    let answer = desk.get("/api/v1/people.ndjson?limit=1").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body.lines().count(), 1);
    let bare = format!("http://{}/api/v1/people", desk.address);
    assert_eq!(desk.sent(desk.client.get(bare)).await.status, 404);
    assert_eq!(desk.get("/assets/presence.css").await.status, 200);
    let bare = format!("http://{}/office/presence", desk.address);
    let answer = desk.sent(desk.client.get(bare)).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/office/presence/")
    );
}

#[tokio::test]
async fn every_answer_says_what_browsers_may_do_with_it() {
    let desk = Desk::open().await;
    for path in [
        "/api/v1/now",
        "/nothing",
        "/sign-in",
        "/assets/presence.css",
        "/api/v1/at",
    ] {
        let answer = desk.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        assert_ne!(answer.header("cache-control"), "", "{path}");
    }
}
