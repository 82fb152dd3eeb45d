//! A store that is opened when it is first used, through handles of which each allows some operations.

use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_store::{
    AppendStore, AwaitedStore, Durability, MaintainStore, OpenMode, ReadStore, RebuildMode, Store,
    StoreHandle,
};

use super::database::{ACCOUNT, Database, stories};

stories!(all_handles_are_of_one_store);

fn awaited(location: String, mode: OpenMode) -> StoreHandle<dyn Store> {
    StoreHandle::awaited(AwaitedStore::new(location, mode, Durability::Relaxed))
}

/// What one handle writes, the others read and check: they all share one open store.
async fn all_handles_are_of_one_store(database: &dyn Database) {
    let store = awaited(database.url().await, OpenMode::Create);
    let reading = store.part::<dyn ReadStore>(|store| store);
    let appending = store.part::<dyn AppendStore>(|store| store);
    let maintaining = store.part::<dyn MaintainStore>(|store| store);

    let appended = appending.get().await.expect("it opens");
    let made = appended.ensure_account(ACCOUNT, Some("Office"), Timestamp::MIN);
    made.await.expect("it is made");
    let accounts = reading.get().await.expect("it is open").accounts().await;
    let accounts: Vec<AccountId> = accounts
        .expect("it reads")
        .into_iter()
        .map(|account| account.account_id)
        .collect();
    assert_eq!(accounts, [ACCOUNT]);
    let checked = maintaining.get().await.expect("it is open");
    let report = checked.rebuild(ACCOUNT, RebuildMode::Check).await;
    assert_eq!(report.expect("it compares").snapshot_count, 0);

    store.close().await;
    let closed = appended.ensure_account(ACCOUNT, None, Timestamp::MIN).await;
    let closed = closed.expect_err("it is closed for all").to_string();
    assert!(closed.contains("is closed"), "{closed}");
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_is_tried_again_at_each_use() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("later.db");
    let location = path.to_str().expect("a name").to_owned();
    let store = awaited(location.clone(), OpenMode::Existing);
    let reading = store.part::<dyn ReadStore>(|store| store);
    for _ in 0..2 {
        assert!(reading.get().await.is_err(), "there is no store");
    }
    store.close().await;
    assert!(
        !path.exists(),
        "closing what was never opened makes nothing"
    );

    let made = presence_store::open(&location, OpenMode::Create, Durability::Relaxed).await;
    made.expect("it is made").close().await;
    let accounts = reading.get().await.expect("it is there").accounts().await;
    assert_eq!(accounts.expect("it reads"), []);
    store.close().await;
}
