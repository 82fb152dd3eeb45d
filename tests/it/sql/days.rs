//! Questions about local days, against `report` by extension and day.

use std::collections::{BTreeMap, BTreeSet};

use presence_answers::ask::{ReportQuestion, Types, ZoneChoice, own_zone, report};
use presence_answers::report::shape::ReportRow;
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_model::daily::LocalDate;
use presence_model::facet::Facet;
use presence_model::time::TimeRange;

use super::world::World;
use crate::store::database::ACCOUNT;
use crate::support::reading::ReadAtOnce;

/// A history of several weeks, with clocks going back in between.
const SEED: u64 = 6;

/// By extension and date.
type Days = BTreeMap<(i64, String), ReportRow>;

/// The days that begin in the window, of people who existed at some moment of the day.
pub(super) async fn days(world: &World) -> Days {
    let window = world.window;
    let around = TimeRange::new(window.from(), window.to().plus_ms(200_000_000));
    let question = ReportQuestion {
        window: around.expect("it has a length"),
        criterion: Facet::PresenceStatus.into(),
        group_by: GroupBy {
            extension: true,
            ..GroupBy::default()
        },
        bucket: Bucket::Day,
        hours: None.into(),
        absence: None,
        zone: ZoneChoice::Own,
        types: Types::People,
        extensions: None,
        group_filter: GroupFilter::default(),
    };
    let told = report(&world.context, &question).await;
    let told = told.expect("it can be asked");
    let ids = world.extension_ids().await;
    let histories = world
        .store
        .reading()
        .await
        .histories(ACCOUNT, &ids, window)
        .await;
    let histories = histories.expect("it reads");
    let extensions = world.context.extensions().await.expect("it can be asked");
    let mut days = Days::new();
    for row in told.rows {
        let id = row.keys.person.as_ref().expect("rows are by extension");
        let id = id.extension_id.0;
        let (_, text) = row.keys.bucket.clone().expect("rows are by day");
        let of_id = extensions.iter().find(|one| one.extension_id == id);
        let zone = own_zone(of_id);
        let date: LocalDate = text.parse().expect("a date");
        let from = zone.day_start(date.date());
        let to = zone.day_start(date.plus_days(1).date());
        let history = histories.iter().find(|one| one.extension_id == id);
        let mut existence = history.into_iter().flat_map(|history| &history.existence);
        let existed =
            existence.any(|life| life.from < to && life.until.is_none_or(|until| until > from));
        if existed && window.contains(from) {
            days.insert((id.0, text.to_string()), row);
        }
    }
    days
}

fn available(row: &ReportRow) -> (i64, i64, i64) {
    let amount = row.values.get("Available");
    amount.map_or((0, 0, 0), |amount| {
        (amount.ms, amount.min_ms, amount.max_ms)
    })
}

pub(super) async fn per_day(world: &World, title: &str) -> usize {
    let world = world.of_weeks(SEED).await;
    let rows = world.ask(title, &[]).await;
    let mut expected = BTreeSet::new();
    for ((id, date), row) in days(&world).await {
        for (value, amount) in row.values.iter() {
            let value = (!value.is_empty()).then(|| value.to_owned());
            let bounds = (Some(amount.min_ms), Some(amount.max_ms));
            expected.insert((
                id,
                date.clone(),
                "value".to_owned(),
                value,
                amount.ms,
                bounds,
            ));
        }
        for (kind, ms) in [("unknown", row.unknown_ms), ("absent", row.absent_ms)] {
            if ms > 0 {
                expected.insert((id, date.clone(), kind.to_owned(), None, ms, (None, None)));
            }
        }
    }
    let told: BTreeSet<_> = rows
        .iter()
        .map(|row| {
            (
                row.int("extension_id"),
                row.key("local_date"),
                row.key("kind"),
                row.text("value"),
                row.int("ms"),
                (row.opt_int("min_ms"), row.opt_int("max_ms")),
            )
        })
        .collect();
    assert_eq!(told, expected);
    assert_eq!(told.len(), rows.len(), "each occurs once");
    rows.len()
}

pub(super) async fn per_month(world: &World, title: &str) -> usize {
    let world = world.of_weeks(SEED).await;
    let rows = world.ask(title, &[]).await;
    let mut expected: BTreeMap<(i64, String), [i64; 5]> = BTreeMap::new();
    for ((id, date), row) in days(&world).await {
        let sums = expected.entry((id, date[..7].to_owned())).or_default();
        let (ms, min_ms, max_ms) = available(&row);
        let of_day = [ms, min_ms, max_ms, row.unknown_ms, row.scheduled_ms];
        for (sum, of_day) in sums.iter_mut().zip(of_day) {
            *sum += of_day;
        }
    }
    let columns = ["ms", "min_ms", "max_ms", "unknown_ms", "days_ms"];
    let told: BTreeMap<(i64, String), [i64; 5]> = rows
        .iter()
        .map(|row| {
            let key = (row.int("extension_id"), row.key("month"));
            (key, columns.map(|column| row.int(column)))
        })
        .collect();
    assert_eq!(told, expected);
    let months: BTreeSet<&str> = told.keys().map(|(_, month)| month.as_str()).collect();
    months.len() - 1
}

pub(super) async fn little_known(world: &World, title: &str) -> usize {
    let world = world.of_weeks(SEED).await;
    let rows = world.ask(title, &[]).await;
    let little = days(&world).await.into_iter();
    let expected: BTreeMap<_, _> = little
        .filter(|(_, row)| row.unknown_ms * 10 > row.scheduled_ms)
        .map(|(key, row)| (key, (row.unknown_ms, row.scheduled_ms)))
        .collect();
    let told: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            let key = (row.int("extension_id"), row.key("local_date"));
            (key, (row.int("unknown_ms"), row.int("day_ms")))
        })
        .collect();
    assert_eq!(told, expected);
    rows.len()
}

pub(super) async fn weekdays(world: &World, title: &str) -> usize {
    let world = world.of_weeks(SEED).await;
    let rows = world.ask(title, &[]).await;
    let mut expected: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for ((_, date), row) in days(&world).await {
        let date: LocalDate = date.parse().expect("a date");
        let weekday = i64::from(date.date().weekday().to_sunday_zero_offset());
        let sums = expected.entry(weekday).or_default();
        *sums = (sums.0 + 1, sums.1 + available(&row).0);
    }
    let told: BTreeMap<i64, (i64, i64)> = rows
        .iter()
        .map(|row| {
            let sums = (row.int("days"), row.int("available_ms"));
            (row.int("weekday"), sums)
        })
        .collect();
    assert_eq!(told, expected);
    let hours: Vec<f64> = rows.iter().map(|row| row.fraction("hours_a_day")).collect();
    assert!(hours.is_sorted_by(|one, other| one >= other), "{hours:?}");
    rows.len()
}
