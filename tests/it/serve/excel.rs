//! CSV for Excel from the API and from pages.

use super::desk::Desk;

const PAST: &str = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:20:00Z&zone=Europe/Berlin";

#[tokio::test]
async fn downloads_open_in_excel() {
    let desk = Desk::open().await;
    for path in [
        format!("/api/v1/timeline.csv?{PAST}&person=101&excel=semicolon"),
        format!("/api/v1/timeline.csv?{PAST}&person=101&excel=true"),
        format!("/span.csv?{PAST}&excel=semicolon"),
    ] {
        let answer = desk.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
        assert!(
            answer.body.starts_with("\u{feff}extension_id;"),
            "{path}: {}",
            answer.body
        );
        assert!(
            answer
                .body
                .contains(";2026-11-02 09:00:00;2026-11-02 09:03:00;180000;"),
            "{}",
            answer.body
        );
        assert!(answer.body.ends_with("\r\n"));
    }
    let refused = desk
        .get(&format!("/api/v1/report?{PAST}&excel=semicolon"))
        .await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let refused = desk
        .get(&format!("/api/v1/report.csv?{PAST}&excel=tabs"))
        .await;
    assert_eq!(
        refused.problem().2.as_deref(),
        Some("excel"),
        "{}",
        refused.body
    );
    for page in [
        format!("/report?{PAST}"),
        "/day/2026-11-02".to_owned(),
        "/".to_owned(),
    ] {
        let page = desk.get(&page).await;
        assert!(page.body.contains("excel=semicolon"), "{}", page.body);
    }
}
