//! Whether a file's tables, triggers, indexes and views are those that the program makes.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row, query, raw_sql};

use super::open::MIGRATIONS;
use crate::StoreError;

/// What there is, by kind and name: on which table, and the SQL that made it.
type Objects = BTreeMap<(String, String), (String, String)>;

/// Compares them with those of a new store, which is made in memory for it.
pub(super) async fn check_schema(
    connection: &mut SqliteConnection,
) -> Result<Vec<String>, StoreError> {
    let kept = objects(connection).await?;
    let expected = expected().await?;
    let mut findings = Vec::new();
    for ((kind, name), (table, sql)) in &expected {
        match kept.get(&(kind.clone(), name.clone())) {
            None => findings.push(format!("{table}: the {kind} {name} is missing")),
            Some((on, kept)) if on != table || kept != sql => {
                findings.push(format!(
                    "{table}: the {kind} {name} is not as the program makes it"
                ));
            }
            Some(_) => {}
        }
    }
    let is_ours = |table: &str| expected.contains_key(&("table".to_owned(), table.to_owned()));
    for (kind, name) in kept.keys().filter(|key| !expected.contains_key(*key)) {
        let (table, _) = &kept[&(kind.clone(), name.clone())];
        if kind == "trigger" && is_ours(table) {
            findings.push(format!(
                "{table}: the trigger {name} is not one of the program's"
            ));
        }
    }
    Ok(findings)
}

async fn expected() -> Result<Objects, StoreError> {
    let mut memory = SqliteConnection::connect("sqlite::memory:").await?;
    for (_, migration) in MIGRATIONS {
        raw_sql(migration).execute(&mut memory).await?;
    }
    let objects = objects(&mut memory).await?;
    memory.close().await?;
    Ok(objects)
}

/// All but what SQLite keeps for itself.
async fn objects(connection: &mut SqliteConnection) -> Result<Objects, StoreError> {
    let statement = "\
        select type as kind, name, tbl_name as table_name, coalesce(sql, '') as text
        from main.sqlite_master
        where name not like 'sqlite\\_%' escape '\\'";
    let rows = query(statement).fetch_all(connection).await?;
    let mut objects = Objects::new();
    for row in &rows {
        let key = (row.try_get("kind")?, row.try_get("name")?);
        let object = (row.try_get("table_name")?, row.try_get("text")?);
        objects.insert(key, object);
    }
    Ok(objects)
}
