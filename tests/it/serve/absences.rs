//! What answers say about files of absences with rows that cannot be used.

use presence_config::Config;

use super::desk::{Desk, Wishes};

const REPORT: &str = "report?from=2026-11-02T08:00:00Z&to=2026-11-02T08:20:00Z&zone=UTC";

#[tokio::test]
async fn readers_who_may_not_see_everyone_get_no_names() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("presence.toml");
    std::fs::write(&path, "[[absences]]\nfile = \"away.csv\"\n").expect("it is written");
    let away = "person,from,to\n1o2,2026-11-02,\n101,2026-11-02,\n";
    std::fs::write(folder.path().join("away.csv"), away).expect("it is written");
    let config = Config::load(Some(&path)).expect("it is right");
    let desk = Desk::start(Wishes {
        requires_token: true,
        config,
        ..Wishes::default()
    })
    .await;
    let (_, all) = desk.token("Planning", &["read"]).await;
    let (_, own) = desk.token("Own", &["read:extension=1001"]).await;
    let address = format!("/api/v1/{REPORT}");
    let told = desk.get_with(&address, &all).await.json();
    let warning = told["warnings"][0].as_str().expect("a warning");
    assert!(
        warning.contains(
            "away.csv line 2 does not count: nobody known is \"1o2\"; did you mean 102 Workshop"
        ),
        "{warning}"
    );
    assert_eq!(told["rows"][0]["planned_absent_ms"], 1_200_000, "{told}");
    let told = desk.get_with(&address, &own).await.json();
    assert_eq!(
        told["warnings"][0],
        "1 row of the files of absences cannot be used; `presence config check` lists them",
    );
    assert_eq!(told["warnings"].as_array().map(Vec::len), Some(1));
    assert_eq!(told["rows"][0]["planned_absent_ms"], 1_200_000, "{told}");
    let page = desk.get_with(&format!("/{REPORT}"), &all).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(
        page.body.contains("away.csv line 2 does not count"),
        "{}",
        page.body
    );
}
