//! The zones of sites are stored next to the history: they are assumed when a question is asked, and are part of
//! nobody's profile.

use std::sync::Arc;

use presence_answers::ask::{AsOfPosition, Context, own_zone};
use presence_model::ids::SnapshotNo;
use presence_model::time::Timestamp;
use presence_recording::recorder::FlushAt;
use presence_store::copy::{CopyTarget, copy_account};
use presence_store::{ExtensionSummary, RebuildMode, SiteZone, Store};

use super::database::{ACCOUNT, Database, SqliteFile, record_all, stories};
use super::expected::Expected;
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

stories!(
    zones_that_are_stored_again_are_stored_once,
    a_zone_that_is_not_known_is_assumed_and_nothing_recorded,
    an_older_end_of_the_log_assumes_what_was_known_then,
);

fn zone(site: &str, since: Timestamp, time_zone: &str) -> SiteZone {
    SiteZone {
        site: site.to_owned(),
        since,
        time_zone: time_zone.to_owned(),
    }
}

async fn zones(store: &dyn Store) -> Vec<SiteZone> {
    let mut reading = store.read().await.expect("it reads");
    reading.site_zones(ACCOUNT).await.expect("it reads")
}

async fn put(store: &dyn Store, zones: &[SiteZone]) {
    let put = store.put_site_zones(ACCOUNT, zones.to_vec()).await;
    put.expect("it is noted");
}

async fn zones_that_are_stored_again_are_stored_once(database: &dyn Database) {
    let store = database.open().await;
    let at = |ms| Timestamp::saturating_from_ms(ms);
    let first = [
        zone("", at(1_000), "America/Chicago"),
        zone("West", at(1_000), "America/Los_Angeles"),
    ];
    put(&*store, &first).await;
    put(&*store, &[zone("West", at(2_000), "America/Los_Angeles")]).await;
    assert_eq!(zones(&*store).await, first);
    put(&*store, &[zone("West", at(3_000), "America/Denver")]).await;
    let all = [&first[..], &[zone("West", at(3_000), "America/Denver")]].concat();
    assert_eq!(zones(&*store).await, all);
    // A copy has them, too, also if it is made again.
    let target = SqliteFile::new();
    let target = target.open().await;
    let name = None;
    store
        .ensure_account(ACCOUNT, name, at(0))
        .await
        .expect("it is there");
    let account = store.accounts().await.expect("it reads").remove(0);
    for _ in 0..2 {
        let copied = copy_account(&*store, CopyTarget::of(&*target), &account, &mut |_| {}).await;
        copied.expect("it is copied");
        assert_eq!(zones(&*target).await, all);
    }
}

/// A store in which sites have zones from the twentieth sweep on, and what it should hold.
async fn filled(database: &dyn Database) -> (Arc<dyn Store>, Expected) {
    let sweeps = Office::wild(7, ACCOUNT).sweeps(40);
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::EVERY_SWEEP).await;
    let expected = Expected::of(&sweeps);
    let since = expected.snapshots[20].started_at;
    put(&*store, &[zone("", since, "Asia/Tokyo")]).await;
    (store, expected)
}

fn is_unknown(extension: &ExtensionSummary) -> bool {
    let profile = extension.profile.as_deref();
    profile.is_some_and(|profile| {
        profile.is_person()
            && profile.time_zone.is_none()
            && profile.status.as_deref() != Some("Unassigned")
    })
}

async fn a_zone_that_is_not_known_is_assumed_and_nothing_recorded(database: &dyn Database) {
    let (store, expected) = filled(database).await;
    let end = store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    assert_eq!(
        end,
        expected.replay.log_end(),
        "the log knows nothing of it"
    );
    let now = expected.whole().to();
    let context = Context::new(&*store, ACCOUNT, now)
        .await
        .expect("a context");
    let extensions = context.extensions().await.expect("it reads");
    let assumed = extensions.iter().filter(|one| is_unknown(one)).count();
    assert!(assumed > 0, "someone's zone is not known");
    for extension in &extensions {
        let own = extension
            .profile
            .as_deref()
            .and_then(|one| one.time_zone.clone());
        let name = own_zone(Some(extension)).name().to_owned();
        match own {
            Some(own) => assert_eq!((name, extension.assumed_zone.as_deref()), (own, None)),
            None if is_unknown(extension) => assert_eq!(name, "Asia/Tokyo"),
            None => assert_eq!(name, "UTC"),
        }
    }
    drop(context);
    let report = store.rebuild(ACCOUNT, RebuildMode::Check).await;
    let report = report.expect("it compares");
    assert_eq!(report.differences, Vec::<String>::new());
}

async fn an_older_end_of_the_log_assumes_what_was_known_then(database: &dyn Database) {
    let (store, expected) = filled(database).await;
    for (index, is_known) in [(10, false), (30, true)] {
        let snapshots = &expected.snapshots[..index];
        let events = snapshots.iter().flat_map(|snapshot| &snapshot.events);
        let asked = AsOfPosition {
            position: events.last().expect("some").position,
            snapshot_no: Some(SnapshotNo(i64::try_from(index).expect("few"))),
        };
        let context = Context::as_of(&*store, ACCOUNT, asked, None).await;
        let context = context.expect("a context");
        let extensions = context.extensions().await.expect("it reads");
        let unknown: Vec<_> = extensions.iter().filter(|one| is_unknown(one)).collect();
        assert!(
            !unknown.is_empty(),
            "someone's zone is not known by {index}"
        );
        for one in unknown {
            assert_eq!(one.assumed_zone.is_some(), is_known, "{index}");
        }
    }
}
