//! Questions about changes, against `changes`.

use std::collections::BTreeMap;

use presence_answers::changes::shape::{Change, FromTo};
use presence_answers::shapes::common::Status;
use presence_model::time::Timestamp;

use super::world::{World, sorted};

/// The changes of one facet, of extensions that existed before and after.
fn of_facet<'a>(
    listed: &'a [Change],
    facet: &'a str,
) -> impl Iterator<Item = (&'a Change, &'a FromTo)> {
    let others = listed.iter().filter(|change| change.kind == "changed");
    others.filter_map(move |change| Some((change, change.changes.get(facet)?)))
}

fn id(change: &Change) -> i64 {
    change.person.extension_id.0.0
}

fn not_before_ms(change: &Change) -> Option<i64> {
    change.not_before.map(|moment| moment.0.as_ms())
}

pub(super) async fn step_by_step(world: &World, title: &str) -> usize {
    let changes = world.changes(world.window).await;
    let mut compared = 0;
    for extension in world.extension_ids().await {
        let rows = world.ask(title, &[("extension_id", extension.0)]).await;
        let own = changes.iter().filter(|change| id(change) == extension.0);
        let mut expected = Vec::new();
        for change in own.filter(|change| change.kind != "profile_changed") {
            for (facet, values) in &change.changes {
                let what = (change.kind.to_owned(), (*facet).to_owned());
                let from_to = (values.from.clone(), values.to.clone());
                let when = (change.observed_at.0.as_ms(), not_before_ms(change));
                let seen = (change.source.to_owned(), change.snapshot_no);
                expected.push((change.position, what, from_to, when, seen));
            }
        }
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                let what = (row.key("kind"), row.key("facet"));
                let from_to = (row.text("from_value"), row.text("to_value"));
                let when = (row.int("observed_ms"), row.opt_int("not_before_ms"));
                let seen = (row.key("source"), row.int("snapshot_no"));
                (row.int("position"), what, from_to, when, seen)
            })
            .collect();
        assert_eq!(told, expected);
        compared += rows.len();
    }
    compared
}

pub(super) async fn flapping(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let changes = world.changes(world.window).await;
    let mut moments: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (change, _) in of_facet(&changes, "presence_status") {
        let own = moments.entry(id(change)).or_default();
        own.push(change.observed_at.0.as_ms());
    }
    let most = moments.into_iter().map(|(id, moments)| {
        let within = |end: i64| {
            moments
                .iter()
                .filter(move |&&at| at <= end && end - at < 900_000)
        };
        let counts = moments.iter().map(|&end| within(end).count());
        (id, counts.max().unwrap_or_default())
    });
    let expected: Vec<(i64, usize)> = most.filter(|(_, most)| *most >= 3).collect();
    let told = sorted(&rows, |row| {
        let most = usize::try_from(row.int("most_changes"));
        (row.int("extension_id"), most.expect("it is a count"))
    });
    assert_eq!(told, expected);
    rows.len()
}

pub(super) async fn from_to(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let changes = world.changes(world.window).await;
    let mut counts: BTreeMap<(Option<String>, Option<String>), i64> = BTreeMap::new();
    for (_, values) in of_facet(&changes, "presence_status") {
        let pair = (values.from.clone(), values.to.clone());
        *counts.entry(pair).or_default() += 1;
    }
    let expected: Vec<_> = counts.into_iter().collect();
    let told = sorted(&rows, |row| {
        let pair = (row.text("from_value"), row.text("to_value"));
        (pair, row.int("times"))
    });
    assert_eq!(told, expected);
    rows.len()
}

pub(super) async fn do_not_disturb_on(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let changes = world.changes(world.window).await;
    let expected: Vec<_> = of_facet(&changes, "dnd_status")
        .filter(|(_, values)| values.to.as_deref() == Some("DoNotAcceptAnyCalls"))
        .map(|(change, values)| {
            let observed_ms = change.observed_at.0.as_ms();
            (
                id(change),
                observed_ms,
                not_before_ms(change),
                values.from.clone(),
            )
        })
        .collect();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let observed_ms = row.int("observed_ms");
            let from = row.text("from_value");
            (
                row.int("extension_id"),
                observed_ms,
                row.opt_int("not_before_ms"),
                from,
            )
        })
        .collect();
    assert_eq!(told, expected);
    rows.len()
}

/// The state just before such a change was not known.
pub(super) async fn while_blind(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let changes = world.changes(world.window).await;
    let mut expected = Vec::new();
    for (change, values) in of_facet(&changes, "presence_status") {
        let seen_at = change.observed_at.0;
        let before = world.at(seen_at.plus_ms(-1)).await;
        let own = before
            .iter()
            .find(|entry| entry.person.extension_id == change.person.extension_id);
        let own = own.expect("an extension that changes had been seen");
        if own.status == Status::Unknown {
            let from_to = (values.from.clone(), values.to.clone());
            expected.push((seen_at.as_ms(), id(change), own.since.0.as_ms(), from_to));
        }
    }
    expected.sort();
    let told = sorted(&rows, |row| {
        let from_to = (row.text("status_before"), row.text("presence_status"));
        let last_seen_ms = row.int("last_seen_ms");
        (
            row.int("seen_again_ms"),
            row.int("extension_id"),
            last_seen_ms,
            from_to,
        )
    });
    assert_eq!(told, expected);
    rows.len()
}

pub(super) async fn least_certain(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let changes = world.changes(world.window).await;
    let lasting = changes.iter().filter(|change| change.kind == "changed");
    let mut expected: Vec<(i64, i64, i64)> = lasting
        .filter_map(|change| {
            let ambiguous_ms = change.observed_at.0.since_ms(change.not_before?.0);
            Some((-ambiguous_ms, change.position, id(change)))
        })
        .collect();
    expected.sort_unstable();
    expected.truncate(10);
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                -row.int("ambiguous_ms"),
                row.int("position"),
                row.int("extension_id"),
            )
        })
        .collect();
    assert_eq!(told, expected);
    rows.len()
}

pub(super) async fn come_and_gone(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let changes = world.changes(world.window).await;
    let expected: Vec<_> = changes
        .iter()
        .filter(|change| ["appeared", "disappeared"].contains(&change.kind))
        .filter(|change| !change.changes.is_empty())
        .map(|change| {
            let who = (id(change), change.person.name.clone());
            let when = (change.observed_at.0.as_ms(), not_before_ms(change));
            (change.position, who, change.kind.to_owned(), when)
        })
        .collect();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let who = (row.int("extension_id"), row.text("name"));
            let when = (row.int("observed_ms"), row.opt_int("not_before_ms"));
            (row.int("position"), who, row.key("kind"), when)
        })
        .collect();
    assert_eq!(told, expected);
    rows.len()
}

pub(super) async fn values_seen(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let changes = world.changes(world.whole()).await;
    let mut seen: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    let told_states = changes
        .iter()
        .filter(|change| change.kind != "profile_changed");
    for change in told_states {
        for (facet, values) in change
            .changes
            .iter()
            .filter(|(facet, _)| **facet != "message")
        {
            let Some(to) = &values.to else { continue };
            let observed_ms = change.observed_at.0.as_ms();
            let entry = seen.entry(((*facet).to_owned(), to.clone()));
            let (times, first_ms) = entry.or_insert((0, observed_ms));
            *times += 1;
            *first_ms = observed_ms.min(*first_ms);
        }
    }
    let expected: Vec<_> = seen.into_iter().collect();
    let told = sorted(&rows, |row| {
        let value = (row.key("facet"), row.key("to_value"));
        (value, (row.int("times"), row.int("first_ms")))
    });
    assert_eq!(told, expected);
    rows.len()
}

/// Compared with the names of the time, and the changes from one row to the next with the listed ones.
pub(super) async fn profiles(world: &World, title: &str) -> usize {
    let fields = [
        "extension_number",
        "name",
        "type",
        "status",
        "department",
        "site",
        "time_zone",
    ];
    let changes = world.changes(world.whole()).await;
    let mut compared = 0;
    for extension in world.extension_ids().await {
        let rows = world.ask(title, &[("extension_id", extension.0)]).await;
        let own = |at_ms: i64| {
            let own = changes
                .iter()
                .filter(move |change| id(change) == extension.0);
            let mut then = own.filter(move |change| change.observed_at.0.as_ms() == at_ms);
            then.rfind(|change| change.kind == "profile_changed")
        };
        for pair in rows.windows(2) {
            let [earlier, later] = pair else {
                unreachable!("windows of two")
            };
            assert_eq!(earlier.opt_int("until_ms"), Some(later.int("from_ms")));
            let Some(change) = own(later.int("from_ms")) else {
                continue;
            };
            for field in fields {
                if let Some(values) = change.changes.get(field) {
                    assert_eq!(later.text(field), values.to, "{field}");
                } else {
                    assert_eq!(later.text(field), earlier.text(field), "{field}");
                }
            }
            compared += 1;
        }
        let last = rows
            .last()
            .expect("an extension that was seen has a profile");
        assert_eq!(last.opt_int("until_ms"), None);
        for row in &rows {
            let queues: Vec<String> =
                serde_json::from_str(&row.key("queues")).expect("it is a JSON array of texts");
            assert!(queues.is_sorted());
            let from = Timestamp::saturating_from_ms(row.int("from_ms"));
            let entries = world.at(from).await;
            let own = entries
                .iter()
                .find(|entry| entry.person.extension_id.0 == extension);
            if let Some(own) = own {
                assert_eq!(row.text("name"), own.person.name);
                assert_eq!(row.text("extension_number"), own.person.extension_number);
            }
        }
    }
    compared
}
