//! Views that are renamed when a Postgres store is brought up to date: their properties in the server stay.

use presence_recording::recorder::FlushAt;
use presence_store::{Durability, OpenMode, open};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::database::{ACCOUNT, BEFORE_QUEUES, Database, PostgresDatabase, record_all};
use super::roles::{
    Company, OTHER, attempt, count, owned_by_another, owners_roles, record_other, refused,
};
use crate::support::sweeps::Office;

/// The names of views as a program before migration 12 made them.
const BEFORE_NAMES: &str = "drop view presence_looks; \
     alter view presence_snapshots rename to presence_looks; \
     update presence_history set schema_version = 11";

/// The properties of a view in the server: owner, options and rights.
async fn kept_of(database: &PostgresDatabase, view: &str) -> [Option<String>; 3] {
    let sql = format!(
        "select relowner::regrole::text as owner, reloptions::text as options, \
             (select string_agg(a.grantee::regrole::text || ' ' || a.privilege_type, ', ' order by 1) \
                 from aclexplode(relacl) a where a.grantee <> relowner) as rights \
         from pg_class where oid = '{view}'::regclass"
    );
    let rows = database.rows(&sql).await;
    ["owner", "options", "rights"].map(|column| rows[0].text(column).map(str::to_owned))
}

#[tokio::test]
async fn a_view_that_is_renamed_keeps_its_rights_and_gives_them_to_its_old_name() {
    for by_account in [false, true] {
        let company = Company::new(by_account).await;
        let database = &company.database;
        company.apply().await;
        let before_both = format!("{BEFORE_QUEUES}; {BEFORE_NAMES}");
        database.execute(&before_both).await.expect("it is set");
        let own = "create view own_sweeps as select account_id, snapshot_no from presence_looks";
        database
            .execute(own)
            .await
            .expect("analysts may have views");
        let before = kept_of(database, "presence_looks").await;
        assert_eq!(before[1].is_some(), by_account);
        let location = database.location().await;
        let store = open(&location, OpenMode::Existing, Durability::Relaxed).await;
        store.expect("it is brought up to date").close().await;

        for view in ["presence_snapshots", "presence_looks"] {
            assert_eq!(kept_of(database, view).await, before, "{view}");
        }
        assert!(!database.rows("select * from own_sweeps").await.is_empty());
        let mut asking = vec![
            (&company.roles.analyst, None),
            (&company.roles.writer, None),
        ];
        let readers = company.roles.readers.iter();
        asking.extend(readers.map(|reader| (&reader.role, Some(reader.accounts[0]))));
        for (role, account) in asking {
            let mut connection = company.connect(role).await;
            for view in ["presence_snapshots", "presence_looks"] {
                assert!(count(&mut connection, view, "").await > 0, "{role}: {view}");
                for other in [ACCOUNT, OTHER]
                    .into_iter()
                    .filter(|id| account.is_some_and(|own| own != *id))
                {
                    let unseen = format!("where account_id = {other}");
                    assert_eq!(
                        count(&mut connection, view, &unseen).await,
                        0,
                        "{role}: {view}"
                    );
                }
            }
            let statement = "delete from snapshot";
            refused(attempt(&mut connection, statement).await, statement);
        }
    }
}

#[tokio::test]
async fn an_owner_who_is_no_superuser_can_bring_renamed_views_up_to_date() {
    let (database, owner, location) = owned_by_another().await;
    let roles = owners_roles(&owner);
    roles.apply(&location).await.expect("it may");
    let reader = &roles.readers[0].role;
    let as_owner: PgConnectOptions = location
        .split('?')
        .next()
        .expect("it is one")
        .parse()
        .expect("it is one");
    let mut connection = as_owner.connect().await.expect("the server trusts");
    let set = format!("set search_path to history; {BEFORE_QUEUES}; {BEFORE_NAMES}");
    attempt(&mut connection, &set).await.expect("the owner may");
    let store = open(&location, OpenMode::Existing, Durability::Relaxed).await;
    let store = store.expect("it is brought up to date");
    record_all(
        &store,
        &Office::wild(93, ACCOUNT).sweeps(8),
        FlushAt::MANY_SWEEPS,
    )
    .await;
    record_other(&store, 94, 8).await;
    store.close().await;
    for again in [false, true] {
        if again {
            roles.apply(&location).await.expect("it may again");
        }
        let options: PgConnectOptions = database.address().await.parse().expect("it is one");
        let reading = options.username(&reader.to_string()).connect().await;
        let mut connection = reading.expect("the server trusts");
        for view in ["presence_snapshots", "presence_looks"] {
            assert_eq!(count(&mut connection, view, "").await, 8, "{view}");
            assert_eq!(
                count(&mut connection, view, "where account_id = 41").await,
                0,
                "{view}"
            );
        }
    }
}
