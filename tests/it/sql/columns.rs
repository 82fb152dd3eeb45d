//! The documented columns of the views are those that they have.

use std::collections::BTreeSet;

use presence_model::renamed::SNAPSHOTS_VIEW;

use super::document::{questions, views};
use crate::store::database::{Database, DatabaseRow, PostgresDatabase, Spelling, SqliteFile};

/// Not part of the contract: one serves other views (the document says so), the other is an old name.
const INTERNAL: [&str; 2] = ["last_seen", SNAPSHOTS_VIEW.old];

#[tokio::test]
async fn every_column_of_every_view_is_documented_in_sqlite() {
    every_column_of_every_view_is_documented(&SqliteFile::new()).await;
}

#[tokio::test]
async fn every_column_of_every_view_is_documented_in_postgres() {
    every_column_of_every_view_is_documented(&PostgresDatabase::new()).await;
}

/// The views with their columns, in order.
async fn columns(database: &dyn Database) -> Vec<(String, String)> {
    database.open().await.close().await;
    let sql = match database.spelling() {
        Spelling::Sqlite => {
            "select v.name as view_name, c.name as column_name
            from sqlite_master v
            join pragma_table_xinfo(v.name) c
            where v.type = 'view'
            order by v.name, c.cid"
        }
        Spelling::Postgres => {
            "select v.relname::text as view_name, c.attname::text as column_name
            from pg_class v
            join pg_attribute c on c.attrelid = v.oid
            where v.relnamespace = current_schema()::regnamespace and v.relkind = 'v' and c.attnum > 0
            order by v.relname, c.attnum"
        }
    };
    let rows = database.rows(sql).await;
    let text =
        |row: &DatabaseRow, column| row.text(column).expect("everything has a name").to_owned();
    rows.iter()
        .map(|row| (text(row, "view_name"), text(row, "column_name")))
        .collect()
}

async fn every_column_of_every_view_is_documented(database: &dyn Database) {
    let kept: BTreeSet<(String, String)> = columns(database)
        .await
        .into_iter()
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
async fn columns_have_the_documented_order() {
    let of_file = columns(&SqliteFile::new()).await;
    let of_database = columns(&PostgresDatabase::new()).await;
    for view in views() {
        for all in [&of_file, &of_database] {
            let kept: Vec<&str> = all
                .iter()
                .filter(|(name, _)| *name == view.name)
                .map(|(_, column)| column.as_str())
                .collect();
            assert_eq!(kept, view.columns, "{}", view.name);
        }
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
