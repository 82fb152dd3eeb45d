//! Every statement that returns rows has the columns by which they are read, on both databases.

use presence_store::{Dialect, selected};
use sqlx::{Postgres, Sqlite};

use super::database::{Database, PostgresDatabase, SqliteFile};

/// Asks the database which columns each statement returns.
async fn check<DB: Dialect>(database: &dyn Database) {
    database.open().await.close().await;
    let all = selected::<DB>();
    assert!(all.len() > 50, "there are only {} statements", all.len());
    let mut wrong = Vec::new();
    for statement in all {
        // Without a value, the type of this parameter is not known.
        let text = statement.text.replace("unnest($2)", "unnest($2::bigint[])");
        let given = database.columns(&text).await;
        if given
            .as_ref()
            .is_ok_and(|given| *given == statement.columns)
        {
            continue;
        }
        wrong.push(format!(
            "{text}\ngives {given:?}\nis read as {:?}",
            statement.columns
        ));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn every_statement_gives_what_is_read_of_a_file() {
    check::<Sqlite>(&SqliteFile::new()).await;
}

#[tokio::test]
async fn every_statement_gives_what_is_read_of_a_server() {
    check::<Postgres>(&PostgresDatabase::new()).await;
}
