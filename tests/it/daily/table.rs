//! The table compared with reports, while the history grows and zones change.

use std::collections::BTreeMap;

use presence_answers::ask::Context;
use presence_answers::ask::ZoneChoice;
use presence_core::query::daily::{kept_before, local_date};
use presence_core::query::zone::Zone;
use presence_model::daily::{DailyBatch, DailySeries, LocalDate};
use presence_model::facet::Facet;
use presence_model::observation::SweepStatus;
use presence_model::time::{TimeRange, Timestamp};
use presence_reading::daily::check_daily;
use presence_recording::recorder::FlushAt;
use presence_store::{RebuildMode, StoreError};

use super::world::{Days, days, named, reported, update, weeks};
use crate::store::database::{ACCOUNT, Database, record_all, stories};
use crate::store::expected::Expected;
use crate::support::drawn;

stories!(
    it_says_what_a_report_says,
    what_is_final_stays,
    a_presumed_end_is_not_final,
    other_zone_data_computes_only_what_it_changes,
    what_someone_else_has_written_is_not_overwritten,
);

/// Checks that the table holds exactly the days of a report that are over and on which the extension existed.
async fn assert_reported(
    database: &dyn Database,
    zone: &ZoneChoice,
    expected: &Expected,
    now: Timestamp,
) -> Days {
    let store = database.open().await;
    let whole = expected.whole();
    let around = TimeRange::new(
        whole.from().plus_ms(-100_000_000),
        whole.to().plus_ms(100_000_000),
    );
    let around = around.expect("it has a length");
    let told = reported(&store, zone, around, now).await;
    store.close().await;
    let kept = days(database).await;
    let end = expected
        .replay
        .log_end()
        .observed_until
        .expect("there are sweeps");
    let (histories, dictionary) = expected.replay.histories();
    let mut compared = 0;
    for history in &histories {
        let latest = history
            .profiles
            .last()
            .map(|row| &dictionary.profiles[&row.profile_id]);
        let own = match zone {
            ZoneChoice::Named(zone) => zone.clone(),
            ZoneChoice::Own => {
                let name = latest.and_then(|profile| profile.time_zone.as_deref());
                Zone::named(name.unwrap_or("UTC")).expect("a zone")
            }
        };
        let before = kept_before(&own, now, end);
        for ((_, date), items) in told.range(
            (history.extension_id.0, String::new())..(history.extension_id.0 + 1, String::new()),
        ) {
            let date: LocalDate = date.parse().expect("a date");
            let span = TimeRange::new(
                own.day_start(date.date()),
                own.day_start(date.plus_days(1).date()),
            );
            let span = span.expect("a day has a length");
            let existed = history.existence.iter().any(|life| {
                life.from < span.to() && life.until.is_none_or(|until| until > span.from())
            });
            let day = kept.get(&(history.extension_id.0, date.to_string()));
            assert_eq!(
                day.is_some(),
                existed && date < before,
                "{} on {date}",
                history.extension_id
            );
            let Some(day) = day else { continue };
            assert_eq!(&day.items, items, "{} on {date}", history.extension_id);
            assert_eq!((day.span, &*day.zone), (span, own.name()));
            compared += 1;
        }
    }
    assert_eq!(compared, kept.len());
    kept
}

async fn it_says_what_a_report_says(database: &dyn Database) {
    let mut lengths = Vec::new();
    let sweeps = weeks(6, 250);
    let expected = Expected::of(&sweeps);
    let end = expected.whole().to();
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    // Zones are changed in turn: the table of the zone before is computed again.
    for zone in [
        ZoneChoice::Own,
        named("Australia/Lord_Howe"),
        ZoneChoice::Own,
    ] {
        for now in [end, end.plus_ms(40 * 3_600_000)] {
            update(&store, &zone, now).await;
            let kept = assert_reported(database, &zone, &expected, now).await;
            let half_hours = kept.values().map(|day| day.span.duration_ms() / 1_800_000);
            lengths.extend(half_hours);
        }
    }
    store.close().await;
    lengths.sort_unstable();
    lengths.dedup();
    assert_eq!(lengths, [48, 50], "days of 24 and 25 hours were among them");
}

async fn what_is_final_stays(database: &dyn Database) {
    let sweeps = weeks(8, 220);
    let store = database.open().await;
    let zone = named("Europe/Berlin");
    let mut final_days = Days::new();
    let mut open_count = 0;
    let mut recorder = crate::store::database::recorder(&store, None, FlushAt::EVERY_SWEEP).await;
    for (index, sweep) in sweeps.iter().enumerate() {
        let now = sweep.finished_at.plus_ms(40);
        recorder
            .record(sweep.clone(), now)
            .await
            .expect("it follows");
        if index % 2 != 0 {
            continue;
        }
        update(&store, &zone, now).await;
        let kept = days(database).await;
        for (key, day) in &final_days {
            assert_eq!(kept.get(key), Some(day), "{key:?} at {now}");
        }
        open_count += kept.values().filter(|day| !day.is_final).count();
        final_days = kept.into_iter().filter(|(_, day)| day.is_final).collect();
    }
    assert!(
        final_days.len() > 40 && open_count > 0,
        "{} {open_count}",
        final_days.len()
    );
    let end = Expected::of(&sweeps).whole().to();
    update(&store, &zone, end).await;
    let kept = assert_reported(database, &zone, &Expected::of(&sweeps), end).await;
    let context = Context::new(&*store, ACCOUNT, end)
        .await
        .expect("it can be asked");
    let checked = check_daily(&context, Facet::PresenceStatus).await;
    assert_eq!(checked.expect("it can be checked"), None);
    // A total that contradicts the log is found, and a rebuild empties the table.
    let corrupt = "update daily_amount set ms = ms + 1 where local_date = '2026-10-27'";
    database.execute(corrupt).await.expect("it is set");
    let context_after = Context::new(&*store, ACCOUNT, end).await;
    let checked = check_daily(
        &context_after.expect("it can be asked"),
        Facet::PresenceStatus,
    )
    .await;
    let found = checked.expect("it can be checked").expect("they differ");
    assert!(found.contains("local_date 2026-10-27"), "{found}");
    drop(context);
    let rebuilt = store.rebuild(ACCOUNT, RebuildMode::Replace).await;
    rebuilt.expect("it can be rebuilt");
    assert_eq!(days(database).await, Days::new());
    update(&store, &zone, end).await;
    assert_eq!(days(database).await, kept);
    store
        .clear_daily(ACCOUNT, Facet::PresenceStatus)
        .await
        .expect("it is emptied");
    assert_eq!(days(database).await, Days::new());
    update(&store, &zone, end).await;
    assert_eq!(days(database).await, kept, "computed at once or day by day");
    let again = update(&store, &zone, end).await;
    let open: std::collections::BTreeSet<_> = kept
        .iter()
        .filter(|(_, day)| !day.is_final)
        .map(|(key, _)| key.clone())
        .collect();
    assert_eq!(
        again.days,
        i64::try_from(open.len()).expect("a count"),
        "only what is open is computed again"
    );
    store.close().await;
}

/// One person, seen in the minutes before and after midnight, UTC.
async fn a_presumed_end_is_not_final(database: &dyn Database) {
    let store = database.open().await;
    let one_sweep = |minutes: usize, status: &str| {
        drawn::sweep(
            drawn::minute(minutes),
            SweepStatus::Complete,
            &[(drawn::PERSON, drawn::presence(status))],
        )
    };
    let mut recorder = crate::store::database::recorder(&store, None, FlushAt::EVERY_SWEEP).await;
    // The day before the drawing's first one is over at the first sweep: nobody existed on it.
    for (minutes, status) in [(0, "A"), (1, "A"), (1438, "A"), (1439, "A")] {
        let at = drawn::minute(minutes);
        recorder
            .record(one_sweep(minutes, status), at)
            .await
            .expect("it follows");
    }
    let zone = named("UTC");
    let now = drawn::minute(1439);
    update(&store, &zone, now).await;
    assert_eq!(days(database).await, Days::new(), "the day is not over");
    let midnight = drawn::minute(1440);
    update(&store, &zone, midnight).await;
    let day = |days: Days| {
        let (key, day) = days.into_iter().next().expect("there is a day");
        assert_eq!(key.1, "2026-11-02");
        let items: BTreeMap<String, (i64, Option<i64>, Option<i64>)> = day
            .items
            .into_iter()
            .map(|(kind, value, ms, min, max)| {
                let in_minutes = |ms: i64| ms / 60_000;
                let name = value.unwrap_or(kind);
                (
                    name,
                    (in_minutes(ms), min.map(in_minutes), max.map(in_minutes)),
                )
            })
            .collect();
        (day.is_final, items)
    };
    let items = |known: (i64, i64, i64), b_max: Option<i64>| {
        let mut items = BTreeMap::from([
            ("A".to_owned(), (known.0, Some(known.1), Some(known.2))),
            ("unknown".to_owned(), (1440 - known.0, None, None)),
        ]);
        items.extend(b_max.map(|max| ("B".to_owned(), (0, Some(0), Some(max)))));
        items
    };
    // Minute 0 to 1, 1438 to 1439, and the last minute presumed.
    assert_eq!(day(days(database).await), (false, items((3, 2, 3), None)));
    // A sweep that misses the person says nothing about them: the next one may still bracket.
    let missed = drawn::sweep(midnight, SweepStatus::Partial, &[]);
    recorder.record(missed, midnight).await.expect("it follows");
    update(&store, &zone, midnight.plus_ms(30_000)).await;
    assert_eq!(day(days(database).await), (false, items((3, 2, 3), None)));
    // The next sweep brackets it, and shows that it is not certain.
    let next = one_sweep(1441, "B");
    recorder
        .record(next, drawn::minute(1441))
        .await
        .expect("it follows");
    let updated = update(&store, &zone, drawn::minute(1441)).await;
    assert_eq!((updated.days, updated.open_days), (1, 0));
    assert_eq!(day(days(database).await), (true, items((3, 2, 3), Some(1))));
    store.close().await;
}

async fn other_zone_data_computes_only_what_it_changes(database: &dyn Database) {
    let sweeps = weeks(9, 150);
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let end = Expected::of(&sweeps).whole().to().plus_ms(30 * 86_400_000);
    let zone = named("Europe/Berlin");
    let all = update(&store, &zone, end).await;
    let kept = days(database).await;
    let older =
        "update daily_series set zone_data = '1999a'; update local_day set zone_data = '1999a'";
    // As if only the number had changed.
    database.execute(older).await.expect("it is set");
    let updated = update(&store, &zone, end).await;
    assert_eq!(
        updated.days, all.open_days,
        "nothing final is computed again"
    );
    assert_eq!(days(database).await, kept);
    // As if an older version of the zone data had set the clocks back a day later.
    database
        .execute("delete from local_day where zone_data <> '1999a'")
        .await
        .expect("they go");
    database
        .execute("update daily_series set zone_data = '1999a'")
        .await
        .expect("it is set");
    let hour_later = match database.spelling() {
        crate::store::database::Spelling::Sqlite => {
            "update local_day set until = until - 3600000 where local_date = '2026-10-25'"
        }
        crate::store::database::Spelling::Postgres => {
            "update local_day set until = until - interval '1 hour' where local_date = '2026-10-25'"
        }
    };
    database.execute(hour_later).await.expect("it is set");
    database
        .execute("update daily_amount set ms = ms + 1 where local_date >= '2026-10-25'")
        .await
        .expect("it is set");
    let updated = update(&store, &zone, end).await;
    let changed = kept
        .keys()
        .filter(|(_, date)| &**date >= "2026-10-25")
        .count();
    assert_eq!(updated.days, i64::try_from(changed).expect("a count"));
    assert!(updated.days < all.days);
    assert_eq!(days(database).await, kept);
    store.close().await;
}

async fn what_someone_else_has_written_is_not_overwritten(database: &dyn Database) {
    let sweeps = weeks(10, 60);
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let end = Expected::of(&sweeps).whole().to();
    let zone = named("UTC");
    update(&store, &zone, end).await;
    let kept = days(database).await;
    let mut reading = store.read().await.expect("it reads");
    let series = reading
        .daily_series(ACCOUNT, Facet::PresenceStatus)
        .await
        .expect("it reads");
    drop(reading);
    let date = local_date(&Zone::utc(), end);
    let stale = DailySeries {
        kept_before: date.plus_days(-1),
        ..series[0].clone()
    };
    let batch = DailyBatch {
        account_id: ACCOUNT,
        facet: Facet::PresenceStatus,
        from: date.plus_days(-1),
        expected: vec![stale],
        series: vec![series[0].clone()],
        amounts: Vec::new(),
        days: Vec::new(),
    };
    let put = store.put_daily(batch.clone()).await;
    assert!(matches!(put, Err(StoreError::DailyMoved { .. })), "{put:?}");
    let nothing_known = DailyBatch {
        expected: Vec::new(),
        ..batch
    };
    let put = store.put_daily(nothing_known).await;
    assert!(matches!(put, Err(StoreError::DailyMoved { .. })), "{put:?}");
    assert_eq!(days(database).await, kept);
    store.close().await;
}
