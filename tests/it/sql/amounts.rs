//! Questions about durations, against `report`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use presence_answers::ask::Types;
use presence_answers::report::shape::{Amount, ReportRow};
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_model::time::Timestamp;

use super::world::{World, sorted};

/// The estimates of a row that are not zero, each with a key.
fn estimates<K: Clone>(key: &K, row: &ReportRow) -> Vec<(K, String, i64)> {
    let values = row.values.iter().filter(|(_, amount)| amount.ms > 0);
    values
        .map(|(value, amount)| (key.clone(), value.to_owned(), amount.ms))
        .collect()
}

pub(super) async fn per_person(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let report = world.by_person().await;
    let expected: Vec<_> = report
        .iter()
        .flat_map(|(id, row)| estimates(id, row))
        .collect();
    let told = sorted(&rows, |row| {
        (
            row.int("extension_id"),
            row.key("presence_status"),
            row.int("ms"),
        )
    });
    assert_eq!(told, expected);
    for row in &rows {
        let seconds = Duration::from_millis(row.int("ms").unsigned_abs()).as_secs_f64();
        let difference = row.fraction("minutes") - seconds / 60.0;
        assert!(difference.abs() <= 0.051, "{row:?}");
    }
    rows.len()
}

pub(super) async fn bounds(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let told: BTreeMap<(i64, String), Amount> = rows
        .iter()
        .map(|row| {
            let amount = Amount {
                ms: row.int("ms"),
                min_ms: row.int("min_ms"),
                max_ms: row.int("max_ms"),
            };
            (
                (row.int("extension_id"), row.key("presence_status")),
                amount,
            )
        })
        .collect();
    assert_eq!(told.len(), rows.len(), "each occurs once");
    let report = world.by_person().await;
    let mut expected = BTreeMap::new();
    for (id, row) in report {
        for (value, amount) in row.values.iter() {
            expected.insert((id, value.to_owned()), *amount);
        }
    }
    assert_eq!(told, expected);
    let uncertain = told.values().filter(|amount| amount.min_ms < amount.max_ms);
    uncertain.count()
}

pub(super) async fn known(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let report = world.by_person().await;
    let mut compared = 0;
    for row in &rows {
        let (known_ms, not_known_ms) = (row.int("known_ms"), row.int("not_known_ms"));
        match report.get(&row.int("extension_id")) {
            Some(told) => {
                let sum: i64 = told.values.values().map(|amount| amount.ms).sum();
                assert_eq!(known_ms, sum);
                assert_eq!(not_known_ms, told.unknown_ms + told.absent_ms);
                compared += 1;
            }
            None => assert_eq!(known_ms, 0, "it did not exist in the window: {row:?}"),
        }
        assert_eq!(known_ms + not_known_ms, world.window.duration_ms());
        let percent = row.fraction("known_percent");
        assert!((0.0..=100.0).contains(&percent), "{row:?}");
    }
    assert_eq!(compared, report.len());
    compared
}

pub(super) async fn per_hour(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let report = world
        .report(
            world.window,
            GroupBy::default(),
            Bucket::Hour,
            Types::People,
        )
        .await;
    let mut expected = Vec::new();
    for row in &report.rows {
        let (_, label) = row.keys.bucket.as_ref().expect("rows are by hour");
        let begins: Timestamp = hour_of(label);
        let begins = begins.max(world.window.from());
        expected.extend(estimates(&begins.as_ms(), row));
    }
    expected.sort();
    let told = sorted(&rows, |row| {
        (
            row.int("hour_ms"),
            row.key("presence_status"),
            row.int("ms"),
        )
    });
    assert_eq!(told, expected);
    rows.len()
}

/// The moment that a label such as `2026-11-02T14:00+00:00` or `2026-11-02T14:00Z` names.
fn hour_of(label: &str) -> Timestamp {
    let clock = label.get(..16).expect("it begins with a date and a time");
    format!("{clock}:00Z").parse().expect("it is a moment")
}

async fn per_group(
    world: &World,
    title: &str,
    group_by: GroupBy,
    column: &str,
    group: impl Fn(&ReportRow) -> Option<Arc<str>>,
) -> usize {
    let rows = world.ask(title, &[]).await;
    let report = world
        .report(world.window, group_by, Bucket::Range, Types::People)
        .await;
    let mut expected: Vec<_> = report
        .rows
        .iter()
        .flat_map(|row| estimates(&group(row).as_deref().map(str::to_owned), row))
        .collect();
    expected.sort();
    let told = sorted(&rows, |row| {
        (row.text(column), row.key("presence_status"), row.int("ms"))
    });
    assert_eq!(told, expected);
    let mut groups: Vec<_> = expected.iter().map(|(group, ..)| group).collect();
    groups.dedup();
    groups.len() - 1
}

pub(super) async fn per_department(world: &World, title: &str) -> usize {
    let group_by = GroupBy {
        department: true,
        ..GroupBy::default()
    };
    let group = |row: &ReportRow| row.keys.department.clone().expect("rows are by department");
    per_group(world, title, group_by, "department", group).await
}

pub(super) async fn per_queue(world: &World, title: &str) -> usize {
    let group_by = GroupBy {
        queue: true,
        ..GroupBy::default()
    };
    let group = |row: &ReportRow| row.keys.queue.clone().expect("rows are by queue");
    per_group(world, title, group_by, "queue", group).await
}

pub(super) async fn first_and_last(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let report = world.by_person().await;
    let expected: Vec<(i64, i64, i64)> = report
        .iter()
        .filter_map(|(id, row)| {
            let first = row.first.get("Available")?.at.0.as_ms();
            let last = row.last.get("Available")?.at.0.as_ms();
            Some((*id, first, last))
        })
        .collect();
    let told = sorted(&rows, |row| {
        (
            row.int("extension_id"),
            row.int("first_ms"),
            row.int("last_ms"),
        )
    });
    assert_eq!(told, expected);
    rows.len()
}

pub(super) async fn transitions(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let report = world.by_person().await;
    for row in &rows {
        let told = report.get(&row.int("extension_id"));
        let expected = told.map_or(0, |told| told.transitions);
        assert_eq!(row.int("transitions"), expected, "{row:?}");
    }
    assert!(report.len() <= rows.len());
    rows.iter().filter(|row| row.int("transitions") > 0).count()
}
