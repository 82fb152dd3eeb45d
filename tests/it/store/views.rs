//! The views agree with the histories.

use std::collections::BTreeMap;

use presence_model::facet::Facet;
use presence_model::history::{ExtensionHistory, Interval};
use presence_model::known::Existence;
use presence_model::renamed;
use presence_model::time::Timestamp;
use presence_recording::recorder::FlushAt;

use super::database::{ACCOUNT, Database, DatabaseRow, record_all, stories};
use super::expected::Expected;
use crate::support::sweeps::Office;

stories!(
    presence_intervals_are_the_histories,
    presence_changes_are_the_events,
    presence_now_is_what_is_known,
    coverage_and_profiles_are_the_projections,
    presence_snapshots_are_the_snapshots,
    views_answer_under_their_old_names,
);

async fn filled(database: &dyn Database, seed: u64) -> Expected {
    let sweeps = Office::wild(seed, ACCOUNT).sweeps(70);
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::EVERY_SWEEP).await;
    store.close().await;
    Expected::of(&sweeps)
}

fn int(row: &DatabaseRow, column: &str) -> Option<i64> {
    row.int(column)
}

fn text<'r>(row: &'r DatabaseRow, column: &str) -> Option<&'r str> {
    row.text(column)
}

/// The moment in a pair of columns, which must agree.
#[track_caller]
fn moment(row: &DatabaseRow, name: &str) -> Option<Timestamp> {
    let ms = int(row, &format!("{name}_ms")).map(Timestamp::saturating_from_ms);
    let shown = text(row, &format!("{name}_at"));
    assert_eq!(
        shown.map(str::to_owned),
        ms.map(|moment| moment.to_string())
    );
    ms
}

async fn presence_intervals_are_the_histories(database: &dyn Database) {
    let expected = filled(database, 41).await;
    let rows = database
        .rows("select * from presence_intervals order by extension_id, from_ms")
        .await;
    let (histories, dictionary) = expected.replay.histories();
    let intervals = histories.iter().flat_map(|history| {
        history
            .intervals
            .iter()
            .map(move |interval| (history, interval))
    });
    let intervals: Vec<_> = intervals.collect();
    assert_eq!(rows.len(), intervals.len());
    for (row, (history, interval)) in rows.iter().zip(intervals) {
        assert_eq!(int(row, "account_id"), Some(ACCOUNT.0));
        assert_eq!(int(row, "extension_id"), Some(history.extension_id.0));
        assert_eq!(moment(row, "from"), Some(interval.from));
        assert_eq!(moment(row, "not_before"), interval.not_before);
        let last_seen = history.last_seen.map(|sweep| sweep.at);
        assert_eq!(moment(row, "until"), interval.until.or(last_seen));
        assert_eq!(
            moment(row, "certain_until"),
            interval.certain_until.or(last_seen)
        );
        assert_eq!(
            int(row, "is_open"),
            Some(i64::from(interval.until.is_none()))
        );
        let until = interval.until.or(last_seen).expect("what is open was seen");
        assert_eq!(int(row, "duration_ms"), Some(until.since_ms(interval.from)));
        assert_eq!(int(row, "position"), Some(interval.position.0));
        assert_eq!(text(row, "begun_by"), Some(begun_by(history, interval)));
        assert_eq!(text(row, "ended_by"), Some(ended_by(history, interval)));
        for facet in Facet::ALL {
            assert_eq!(
                text(row, facet.name()),
                dictionary.value(interval, facet),
                "{facet:?}"
            );
        }
        let then = history
            .profiles
            .iter()
            .rev()
            .find(|profile| profile.from <= interval.from);
        let then = then
            .or(history.profiles.first())
            .expect("an extension that appears has a profile");
        let profile = &dictionary.profiles[&then.profile_id];
        assert_eq!(
            text(row, "extension_number"),
            profile.extension_number.as_deref()
        );
        assert_eq!(text(row, "name"), profile.name.as_deref());
    }
}

fn begun_by(history: &ExtensionHistory, interval: &Interval) -> &'static str {
    let mut earlier = history
        .intervals
        .iter()
        .filter(|other| other.from < interval.from);
    if history
        .existence
        .iter()
        .any(|life| life.from == interval.from)
    {
        "appeared"
    } else if earlier.any(|other| other.until == Some(interval.from)) {
        "change"
    } else {
        "gap"
    }
}

fn ended_by(history: &ExtensionHistory, interval: &Interval) -> &'static str {
    let Some(at) = interval.until else {
        return "open";
    };
    if history.existence.iter().any(|life| life.until == Some(at)) {
        "disappeared"
    } else if at > interval.from && history.intervals.iter().any(|other| other.from == at) {
        "change"
    } else {
        "gap"
    }
}

async fn presence_changes_are_the_events(database: &dyn Database) {
    let expected = filled(database, 42).await;
    let rows = database
        .rows("select * from presence_changes order by position, facet")
        .await;
    let mut told: BTreeMap<(i64, &str), Vec<String>> = BTreeMap::new();
    for (snapshot, event) in expected.events() {
        if !event.kind.is_of_presence() {
            continue;
        }
        let profile = expected.profile_then(event);
        for facet in Facet::ALL {
            let value = |presence: &Option<presence_model::state::Presence>| {
                presence
                    .as_ref()
                    .and_then(|shown| shown.get(facet))
                    .map(str::to_owned)
            };
            let (from, to) = (value(&event.previous), value(&event.presence));
            if from != to {
                let line = vec![
                    format!("{from:?} -> {to:?}"),
                    format!(
                        "{:?} {:?} {:?}",
                        event.observed_at,
                        event.not_before,
                        snapshot.finished_at.plus_ms(40)
                    ),
                    format!(
                        "{} {} {}",
                        snapshot.snapshot_no,
                        snapshot.source.name(),
                        event.kind.name()
                    ),
                    format!("{} {}", event.extension_id, event.version),
                    format!(
                        "{:?}",
                        profile
                            .as_ref()
                            .map(|profile| (&profile.extension_number, &profile.name))
                    ),
                ];
                told.insert((event.position.0, facet.name()), line);
            }
        }
    }
    assert_eq!(rows.len(), told.len());
    for (row, ((position, facet), line)) in rows.iter().zip(told) {
        assert_eq!(
            (int(row, "position"), text(row, "facet")),
            (Some(position), Some(facet))
        );
        let owned = |column| text(row, column).map(str::to_owned);
        let number = |column| int(row, column).expect("it is never null");
        let shown = vec![
            format!("{:?} -> {:?}", owned("from_value"), owned("to_value")),
            format!(
                "{:?} {:?} {:?}",
                moment(row, "observed").expect("it is never null"),
                moment(row, "not_before"),
                moment(row, "recorded").expect("it is never null")
            ),
            format!(
                "{} {} {}",
                number("snapshot_no"),
                owned("source").expect("it is never null"),
                owned("kind").expect("it is never null")
            ),
            format!("{} {}", number("extension_id"), number("version")),
            format!("{:?}", Some((&owned("extension_number"), &owned("name")))),
        ];
        assert_eq!(shown, line);
    }
}

async fn presence_now_is_what_is_known(database: &dyn Database) {
    let expected = filled(database, 43).await;
    let rows = database
        .rows("select * from presence_now order by extension_id")
        .await;
    let state = expected.replay.state();
    assert_eq!(rows.len(), state.extensions.len());
    let mut seen = Vec::new();
    for (row, id) in rows.iter().zip(expected.extension_ids()) {
        assert_eq!(int(row, "extension_id"), Some(id.0));
        let known = &state.extensions[&id];
        let (status, presence, since) = match &known.existence {
            Existence::Listed => ("listed", None, None),
            Existence::Absent { since } => ("absent", None, Some(*since)),
            Existence::Present(present) => {
                let sweep = state.last_seen(present);
                assert_eq!(moment(row, "last_seen"), Some(sweep.at));
                assert_eq!(
                    moment(row, "presumed_until"),
                    Some(sweep.at.plus_ms(sweep.valid_for_ms))
                );
                assert_eq!(moment(row, "not_before"), present.not_before);
                ("known", Some(&present.presence), Some(present.since))
            }
        };
        seen.push(status);
        assert_eq!(text(row, "status"), Some(status));
        assert_eq!(moment(row, "since"), since);
        for facet in Facet::ALL {
            let value = presence.and_then(|presence| presence.get(facet));
            assert_eq!(text(row, facet.name()), value, "{facet:?}");
        }
        let profile = known.profile.as_ref().map(|known| &known.value);
        let department = profile.and_then(|profile| profile.department.as_deref());
        assert_eq!(text(row, "department"), department);
        let is_person = profile.is_none_or(|profile| profile.is_person());
        assert_eq!(int(row, "is_person"), Some(i64::from(is_person)));
    }
    assert!(
        seen.contains(&"known") && seen.contains(&"absent"),
        "{seen:?}"
    );
}

async fn coverage_and_profiles_are_the_projections(database: &dyn Database) {
    let expected = filled(database, 44).await;
    let rows = database
        .rows("select * from presence_coverage order by kind desc, from_ms")
        .await;
    let coverage = expected.replay.coverage();
    let observed = coverage
        .observed
        .iter()
        .map(|segment| ("observed", segment));
    let complete = coverage
        .complete
        .iter()
        .map(|segment| ("complete", segment));
    let segments: Vec<_> = observed.chain(complete).collect();
    assert_eq!(rows.len(), segments.len());
    for (row, (kind, segment)) in rows.iter().zip(segments) {
        assert_eq!(text(row, "kind"), Some(kind));
        assert_eq!(moment(row, "from"), Some(segment.from));
        assert_eq!(moment(row, "until"), Some(segment.to()));
        assert_eq!(
            int(row, "duration_ms"),
            Some(segment.to().since_ms(segment.from))
        );
        assert_eq!(int(row, "valid_for_ms"), Some(segment.valid_for_ms));
    }
    let rows = database
        .rows("select * from extension_history order by extension_id, from_ms")
        .await;
    let kept: Vec<_> = expected.replay.rows().profiles.iter().collect();
    assert_eq!(rows.len(), kept.len());
    for (row, ((id, from), kept)) in rows.iter().zip(kept) {
        assert_eq!(int(row, "extension_id"), Some(id.0));
        assert_eq!(moment(row, "from"), Some(*from));
        assert_eq!(moment(row, "until"), kept.until);
        let names = presence_model::profile::Profile::TEXT_NAMES;
        for (name, value) in names.into_iter().zip(kept.profile.texts()) {
            assert_eq!(text(row, name), value, "{name}");
        }
        let queues: Vec<String> = serde_json::from_str(text(row, "queues").expect("never null"))
            .expect("it is a JSON array of texts");
        assert_eq!(queues, kept.profile.queues);
    }
}

async fn presence_snapshots_are_the_snapshots(database: &dyn Database) {
    let expected = filled(database, 45).await;
    let rows = database
        .rows("select * from presence_snapshots order by snapshot_no")
        .await;
    assert_eq!(rows.len(), expected.snapshots.len());
    let mut position = 0;
    for (row, snapshot) in rows.iter().zip(&expected.snapshots) {
        position = snapshot
            .events
            .last()
            .map_or(position, |event| event.position.0);
        assert_eq!(int(row, "account_id"), Some(ACCOUNT.0));
        assert_eq!(int(row, "snapshot_no"), Some(snapshot.snapshot_no.0));
        assert_eq!(text(row, "source"), Some(snapshot.source.name()));
        assert_eq!(text(row, "status"), Some(snapshot.status.name()));
        assert_eq!(moment(row, "started"), Some(snapshot.started_at));
        assert_eq!(moment(row, "finished"), Some(snapshot.finished_at));
        let recorded_at = snapshot.finished_at.plus_ms(40);
        assert_eq!(moment(row, "recorded"), Some(recorded_at));
        assert_eq!(int(row, "valid_for_ms"), Some(snapshot.valid_for_ms));
        assert_eq!(int(row, "expected_count"), snapshot.expected_count);
        assert_eq!(int(row, "observed_count"), Some(snapshot.observed_count));
        let event_count = i64::try_from(snapshot.events.len()).expect("it is a count");
        assert_eq!(int(row, "event_count"), Some(event_count));
        assert_eq!(int(row, "position"), Some(position));
        assert_eq!(int(row, "clock_skew_ms"), snapshot.clock_skew_ms);
        assert_eq!(text(row, "detail"), snapshot.detail.as_deref());
    }
}

async fn views_answer_under_their_old_names(database: &dyn Database) {
    filled(database, 46).await;
    for renamed::Renamed { old, new } in renamed::VIEWS {
        let rows = async |view: &str| {
            let sql = format!("select * from {view} order by 1, 2");
            database.rows(&sql).await
        };
        let (by_old, by_new) = (rows(old).await, rows(new).await);
        assert!(!by_new.is_empty());
        assert_eq!(
            format!("{by_old:?}"),
            format!("{by_new:?}"),
            "{old} and {new}"
        );
    }
}
