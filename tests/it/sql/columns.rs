//! What is documented of the views is what they have.

use std::collections::BTreeSet;

use sqlx::Row;

use super::document::{questions, views};
use crate::store::database::{Database, SqliteFile};

/// Serves other views and is no part of the contract; the document says so.
const INTERNAL: [&str; 1] = ["last_seen"];

#[tokio::test]
async fn every_column_of_every_view_is_documented() {
    let file = SqliteFile::new();
    file.open().await.close().await;
    let sql = "select v.name, c.name
        from sqlite_master v
        join pragma_table_xinfo(v.name) c
        where v.type = 'view'
        order by v.name, c.cid";
    let text = |row: &sqlx::sqlite::SqliteRow, index| row.get::<String, usize>(index);
    let kept: BTreeSet<(String, String)> = file
        .rows(sql)
        .await
        .iter()
        .map(|row| (text(row, 0), text(row, 1)))
        .filter(|(view, _)| !INTERNAL.contains(&view.as_str()))
        .collect();
    let mut documented = BTreeSet::new();
    for view in views() {
        for column in view.columns {
            let is_new = documented.insert((view.name.clone(), column.clone()));
            assert!(is_new, "{}.{column} is documented twice", view.name);
        }
    }
    let missing: Vec<_> = kept.difference(&documented).collect();
    assert!(missing.is_empty(), "not documented: {missing:?}");
    let gone: Vec<_> = documented.difference(&kept).collect();
    assert!(gone.is_empty(), "documented, but not there: {gone:?}");
}

#[tokio::test]
async fn columns_stand_in_the_documented_order() {
    let file = SqliteFile::new();
    file.open().await.close().await;
    for view in views() {
        let sql = format!(
            "select name from pragma_table_xinfo('{}') order by cid",
            view.name
        );
        let rows = file.rows(&sql).await;
        let kept: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(kept, view.columns, "{}", view.name);
    }
}

#[test]
fn every_question_can_be_asked_of_both_databases() {
    let questions = questions();
    assert!(questions.len() >= 20, "{}", questions.len());
    for question in questions {
        for database in ["sqlite", "postgres"] {
            assert!(
                question.statement(database).is_some(),
                "{}: no statement for {database}",
                question.title
            );
        }
    }
}
