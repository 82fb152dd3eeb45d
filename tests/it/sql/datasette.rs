//! `docs/datasette.json`: everything that it names exists, and its queries run.

use std::fs;
use std::path::PathBuf;

use presence_model::renamed::SNAPSHOTS_VIEW;
use presence_recording::recorder::FlushAt;
use serde_json::Value;

use crate::daily::world::{named, update, weeks};
use crate::store::database::{Database, SqliteFile, record_all};

#[tokio::test]
async fn what_it_names_is_there_and_its_queries_run() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/datasette.json");
    let text = fs::read_to_string(path).expect("the file is there");
    let described: Value = serde_json::from_str(&text).expect("it is JSON");
    let described = &described["databases"]["presence"];
    let file = SqliteFile::new();
    let store = file.open().await;
    let sweeps = weeks(6, 120);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let end = sweeps.last().expect("there are sweeps").finished_at;
    update(&store, &named("UTC"), end).await;
    store.close().await;

    let kept = file
        .rows("select name, type from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'")
        .await;
    let tables = described["tables"].as_object().expect("there are tables");
    for row in &kept {
        let name = row.text("name").expect("everything has a name");
        let is_internal = ["last_seen", SNAPSHOTS_VIEW.old].contains(&name);
        let is_view = row.text("type") == Some("view") && !is_internal;
        let of_table = tables.get(name);
        let is_hidden = of_table.is_some_and(|table| table["hidden"] == Value::Bool(true));
        assert!(
            is_hidden != is_view,
            "{name}: views are shown, tables are not"
        );
        assert!(
            !is_view || of_table.is_some_and(|view| view["description"].is_string()),
            "{name}"
        );
    }
    assert_eq!(tables.len(), kept.len(), "everything that it names exists");

    let queries = described["queries"].as_object().expect("there are queries");
    for (name, query) in queries {
        let sql = query["sql"].as_str().expect("it has a statement");
        let filled = sql
            .replace(":from_date", "'2026-10-24'")
            .replace(":to_date", "'2026-10-26'")
            .replace(":moment", "'2026-10-25T22:00:00Z'");
        assert!(
            !filled.contains(" :"),
            "all parameters have values: {filled}"
        );
        assert!(!file.rows(&filled).await.is_empty(), "{name}");
    }
}
