//! Questions about a moment, compared with `at` and a report about a millisecond.

use std::collections::BTreeMap;

use presence_answers::ask::Types;
use presence_answers::now::shape::AtEntry;
use presence_answers::shapes::common::Status;
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_model::facet::Facet;
use presence_model::time::{TimeRange, Timestamp};

use super::world::{World, sorted};

fn shows(entry: &AtEntry, facet: Facet) -> Option<String> {
    let state = entry.state.as_ref()?;
    state.0.get(facet).map(str::to_owned)
}

fn is_available(entry: &AtEntry) -> bool {
    entry.status == Status::Known
        && shows(entry, Facet::PresenceStatus).as_deref() == Some("Available")
}

pub(super) async fn available_at(world: &World, title: &str) -> usize {
    let mut compared = 0;
    for moment in world.moments() {
        let rows = world.ask(title, &[("moment_ms", moment.as_ms())]).await;
        let entries = world.at(moment).await;
        let mut available: Vec<(i64, i64)> = entries
            .iter()
            .filter(|entry| is_available(entry))
            .map(|entry| (entry.person.extension_id.0.0, entry.since.0.as_ms()))
            .collect();
        available.sort_unstable();
        let told = sorted(&rows, |row| (row.int("extension_id"), row.int("from_ms")));
        assert_eq!(told, available, "{moment}");
        for row in &rows {
            let from = Timestamp::saturating_from_ms(row.int("from_ms"));
            assert_eq!(row.text("from_at"), Some(from.to_string()));
        }
        compared += rows.len();
    }
    compared
}

pub(super) async fn everybody_at(world: &World, title: &str) -> usize {
    let facets = [
        Facet::PresenceStatus,
        Facet::TelephonyStatus,
        Facet::DndStatus,
        Facet::Message,
    ];
    let mut compared = 0;
    let mut not_known = 0;
    for moment in world.moments() {
        let rows = world.ask(title, &[("moment_ms", moment.as_ms())]).await;
        let entries = world.at(moment).await;
        assert_eq!(rows.len(), entries.len(), "{moment}");
        let entries: BTreeMap<i64, AtEntry> = entries
            .into_iter()
            .map(|entry| (entry.person.extension_id.0.0, entry))
            .collect();
        for row in &rows {
            let entry = &entries[&row.int("extension_id")];
            let is_known = row.text("status").as_deref() == Some("known");
            assert_eq!(is_known, entry.status == Status::Known, "{moment}: {row:?}");
            if is_known {
                for facet in facets {
                    assert_eq!(row.text(facet.name()), shows(entry, facet));
                }
                assert_eq!(row.int("since_ms"), entry.since.0.as_ms());
                let earliest = entry.since_earliest.map(|earliest| earliest.0.as_ms());
                assert_eq!(row.opt_int("since_earliest_ms"), earliest);
                compared += 1;
            } else {
                not_known += 1;
            }
        }
    }
    assert!(not_known > 0, "someone was not known at some moment");
    compared
}

pub(super) async fn possible_at(world: &World, title: &str) -> usize {
    let by_extension = GroupBy {
        extension: true,
        ..GroupBy::default()
    };
    let mut ambiguous = 0;
    for moment in world.moments().into_iter().step_by(3) {
        let instant = TimeRange::new(moment, moment.plus_ms(1)).expect("it has a length");
        let report = world
            .report(instant, by_extension, Bucket::Range, Types::All)
            .await;
        for told in &report.rows {
            let person = told.keys.person.as_ref().expect("rows are by person");
            let parameters = [
                ("moment_ms", moment.as_ms()),
                ("extension_id", person.extension_id.0.0),
            ];
            let rows = world.ask(title, &parameters).await;
            let mut values = sorted(&rows, |row| row.key("presence_status"));
            values.dedup();
            let possible: Vec<&str> = told.values.keys().collect();
            assert_eq!(values.iter().collect::<Vec<_>>(), possible, "{moment}");
            let estimates = rows.iter().filter(|row| row.key("certainty") == "estimate");
            for row in estimates {
                assert_eq!(told.values[&row.key("presence_status")].ms, 1, "{moment}");
            }
            ambiguous += usize::from(values.len() > 1);
        }
    }
    ambiguous
}

pub(super) async fn each_quarter_hour(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let mut at_ms = world.window.from().as_ms();
    for row in &rows {
        assert_eq!(row.int("at_ms"), at_ms);
        let moment = Timestamp::saturating_from_ms(at_ms);
        let entries = world.at(moment).await;
        let available = entries.iter().filter(|entry| is_available(entry)).count();
        assert_eq!(
            usize::try_from(row.int("available")),
            Ok(available),
            "{moment}"
        );
        at_ms += 900_000;
    }
    assert!(at_ms >= world.window.to().as_ms());
    rows.iter().filter(|row| row.int("available") > 0).count()
}
