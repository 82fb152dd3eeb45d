//! Sample pages of the platform as lines of a file.

/// The sample pages: every kind of record; a page in the middle; nobody.
pub(super) const PAGES: [&str; 3] = [
    include_str!("../fixtures/ringcentral/presence-list-mixed-single-page.json"),
    include_str!("../fixtures/ringcentral/presence-list-page-2-of-8.json"),
    include_str!("../fixtures/ringcentral/presence-list-empty-page.json"),
];

/// A line with the records of a page.
pub(super) fn line_of(account_id: &str, observed_at: &str, page: &str) -> String {
    let page: serde_json::Value = serde_json::from_str(page).expect("a fixture is JSON");
    serde_json::json!({
        "account_id": account_id,
        "observed_at": observed_at,
        "records": page["records"],
    })
    .to_string()
}
