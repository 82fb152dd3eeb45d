//! Inspecting a store: it works the same on both databases, and changes nothing.

use presence_model::ids::Epoch;
use presence_model::time::Timestamp;
use presence_recording::recorder::FlushAt;
use presence_store::{LeaseRow, StoreError, inspect};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all};
use crate::support::sweeps::Office;

async fn check_healthy(database: &dyn Database, location: &str) {
    let now = Timestamp::saturating_from_ms(1_793_606_400_123);
    let store = database.open().await;
    record_all(
        &store,
        &Office::wild(3, ACCOUNT).sweeps(5),
        FlushAt::EVERY_SWEEP,
    )
    .await;
    store
        .acquire_lease(ACCOUNT, "process 12", now, 60_000)
        .await
        .expect("it can be taken");
    let found = inspect(location).await.expect("it is there");
    assert_eq!((found.integrity, found.writing), (Ok(()), Ok(())));
    let lease = LeaseRow {
        account_id: ACCOUNT,
        holder: Some("process 12".to_owned()),
        epoch: Epoch(1),
        expires_at: now.plus_ms(60_000),
    };
    assert_eq!(found.leases, [lease]);
    // The lease is still ours, and the store can still be written to.
    let released = store.release_lease(ACCOUNT, Epoch(1)).await;
    released.expect("it can be given up");
    let found = inspect(location).await.expect("it is there");
    assert_eq!(found.leases[0].holder, None);
}

#[tokio::test]
async fn a_file_is_inspected() {
    let file = SqliteFile::new();
    check_healthy(&file, &file.location()).await;
    let missing = format!("{}-missing", file.location());
    assert!(matches!(
        inspect(&missing).await,
        Err(StoreError::NotYet(_))
    ));
    assert!(!file.path().with_extension("db-missing").exists());
}

#[tokio::test]
async fn a_schema_is_inspected() {
    let database = PostgresDatabase::new();
    let location = database.location().await;
    check_healthy(&database, &location).await;
    // A user who may only read gets that answer.
    for sql in [
        "do $$ begin if not exists (select from pg_roles where rolname = 'examiner') then create role examiner login; end if; end $$",
        "grant usage on schema history to examiner",
        "grant select on all tables in schema history to examiner",
    ] {
        database.execute(sql).await.expect("the owner may");
    }
    let as_reader = format!("{location}&options[role]=examiner");
    let found = inspect(&as_reader).await.expect("it may read");
    assert_eq!(found.writing, Err("this user may read only".to_owned()));
}
