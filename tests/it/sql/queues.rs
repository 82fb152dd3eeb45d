//! Questions about call queues, against what the log amounts to.

use std::collections::{BTreeMap, BTreeSet};

use presence_answers::ask::{ReportQuestion, StaffingQuestion, Types, ZoneChoice, staffing};
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::hours::Hours;
use presence_core::query::policy::find_built_in;
use presence_core::query::staffing::Required;
use presence_core::query::wanted::Wanted;
use presence_core::query::zone::Zone;
use presence_model::history::Replay;
use presence_model::ids::{ExtensionId, QueueId};
use presence_model::projection::Delta;
use presence_model::queue::{Accepts, QueueSegment};
use presence_model::queue_projection::QueueIntervalRow;
use presence_model::time::{TimeRange, Timestamp};

use super::world::World;
use crate::store::database::ACCOUNT;

const DAY_MS: i64 = 86_400_000;

/// What the log says of queues.
struct Queues {
    rows: Delta,
}

impl Queues {
    fn of(world: &World) -> Self {
        let mut replay = Replay::new(ACCOUNT);
        for (snapshot, _) in &world.log {
            replay.fold(snapshot);
        }
        Self {
            rows: replay.rows().clone(),
        }
    }

    fn ids(&self) -> BTreeSet<QueueId> {
        let segments = self.rows.queue_coverage.keys();
        segments.map(|(queue, _)| *queue).collect()
    }

    fn segments(&self, queue: QueueId) -> Vec<QueueSegment> {
        let segments = self.rows.queue_coverage.iter();
        let segments = segments.filter(|((id, _), _)| *id == queue);
        segments.map(|(_, segment)| *segment).collect()
    }

    /// The intervals of a queue: whose, what, from when until when (or the last sweep so far).
    fn intervals(&self, queue: QueueId) -> Vec<(ExtensionId, QueueIntervalRow, (i64, i64))> {
        let last = *self.segments(queue).last().expect("it was observed");
        let rows = self.rows.queue_intervals.iter();
        rows.filter(|((id, _, _), _)| *id == queue)
            .map(|((_, member, _), row)| {
                let until = row.until.unwrap_or(last.until.max(row.from));
                (*member, *row, (row.from.as_ms(), until.as_ms()))
            })
            .collect()
    }
}

pub(super) async fn signed_in_now(world: &World, title: &str) -> usize {
    let queues = Queues::of(world);
    let mut compared = 0;
    for queue in queues.ids() {
        let last = *queues.segments(queue).last().expect("it was observed");
        let reaches_ms = last.until.as_ms() + last.valid_for_ms;
        for (now_ms, status) in [
            (reaches_ms - 1, "presumed"),
            (reaches_ms, "presumed"),
            (reaches_ms + 1, "unknown"),
        ] {
            let expected: Vec<_> = queues
                .intervals(queue)
                .into_iter()
                .filter(|(_, row, (from_ms, _))| {
                    row.until.is_none() && row.accepts == Accepts::SignedIn && *from_ms <= now_ms
                })
                .map(|(member, row, (from_ms, until_ms))| {
                    let earliest = row.not_before.map(Timestamp::as_ms);
                    (
                        member.0,
                        (from_ms, earliest, until_ms),
                        Some(status.to_owned()),
                    )
                })
                .collect();
            let parameters = [("queue_id", queue.0), ("moment_ms", now_ms)];
            let rows = world.ask(title, &parameters).await;
            let told: Vec<_> = rows
                .iter()
                .map(|row| {
                    let times = (
                        row.int("since_ms"),
                        row.opt_int("since_earliest_ms"),
                        row.int("last_seen_ms"),
                    );
                    (row.int("extension_id"), times, row.text("status"))
                })
                .collect();
            assert_eq!(told, expected);
            compared += told.len();
        }
    }
    compared
}

pub(super) async fn signed_in_per_day(world: &World, title: &str) -> usize {
    let queues = Queues::of(world);
    let (from_ms, to_ms) = (world.window.from().as_ms(), world.window.to().as_ms());
    let mut compared = 0;
    for queue in queues.ids() {
        let mut expected: BTreeMap<(i64, i64), (i64, i64)> = BTreeMap::new();
        for (member, row, (begins, ends)) in queues.intervals(queue) {
            let (mut begins, ends) = (begins.max(from_ms), ends.min(to_ms));
            while begins < ends {
                let day_ms = begins - begins % DAY_MS;
                let part = ends.min(day_ms + DAY_MS) - begins;
                let sums = expected.entry((day_ms, member.0)).or_default();
                sums.0 += if row.accepts == Accepts::SignedIn {
                    part
                } else {
                    0
                };
                sums.1 += part;
                begins += part;
            }
        }
        let rows = world.ask(title, &[("queue_id", queue.0)]).await;
        let told: BTreeMap<_, _> = rows
            .iter()
            .map(|row| {
                let key = (row.int("day_ms"), row.int("extension_id"));
                (key, (row.int("signed_in_ms"), row.int("known_ms")))
            })
            .collect();
        assert_eq!(told, expected);
        compared += told.len();
    }
    compared
}

pub(super) async fn fewer_than_three(world: &World, title: &str) -> usize {
    let queues = Queues::of(world);
    let (from_ms, to_ms) = (world.window.from().as_ms(), world.window.to().as_ms());
    let mut compared = 0;
    for queue in queues.ids() {
        let rows = world.ask(title, &[("queue_id", queue.0)]).await;
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                let range = (row.int("from_ms"), row.int("until_ms"));
                (range, row.int("signed_in_count"))
            })
            .collect();
        let intervals = queues.intervals(queue);
        let segments = queues.segments(queue);
        // Each second of the window, by itself.
        let mut moment = from_ms;
        while moment < to_ms {
            let holds = |(begins, ends): (i64, i64)| begins <= moment && moment < ends;
            let is_observed = segments
                .iter()
                .any(|segment| holds((segment.from.as_ms(), segment.to().as_ms())));
            let signed_in = intervals
                .iter()
                .filter(|(_, row, range)| row.accepts == Accepts::SignedIn && holds(*range));
            let signed_in = i64::try_from(signed_in.count()).expect("few");
            let found = told.iter().find(|(range, _)| holds(*range));
            let expected = (is_observed && signed_in < 3).then_some(signed_in);
            assert_eq!(
                found.map(|(_, count)| *count),
                expected,
                "{queue} at {moment}"
            );
            moment += 1_000;
        }
        compared += told.len();
    }
    compared
}

pub(super) async fn three_ready(world: &World, title: &str) -> usize {
    let midnight_ms = world.window.from().as_ms().div_euclid(DAY_MS) * DAY_MS;
    let midnight = Timestamp::saturating_from_ms(midnight_ms);
    let window = TimeRange::new(midnight, world.window.to()).expect("it has a length");
    let mut compared = 0;
    for queue in Queues::of(world).ids() {
        let parameters = [("queue_id", queue.0), ("from_ms", midnight_ms)];
        let rows = world.ask(title, &parameters).await;
        let policy = find_built_in(&format!("queue_ready:{queue}")).expect("built in");
        let hours = "Mo-Fr 09:00-17:00";
        let question = StaffingQuestion {
            about: ReportQuestion {
                window,
                criterion: policy.into(),
                group_by: GroupBy::default(),
                bucket: Bucket::Range,
                hours: Some(Hours::parse(hours).expect("hours")).into(),
                absence: None,
                zone: ZoneChoice::Named(Zone::utc()),
                types: Types::All,
                extensions: None,
                group_filter: GroupFilter::default(),
            },
            value: Wanted::of_word("ready"),
            step: "1d".parse().expect("a step"),
            required: vec![Required::parse(&format!("{hours}=3")).expect("a requirement")],
        };
        let told = staffing(&world.context, &question).await.expect("answered");
        let met = told.met.expect("something is required")[0].met.met_ms;
        let mut short: Vec<(i64, i64)> = Vec::new();
        for one in told.shortfalls.iter().flatten() {
            let span = one.shortfall.span;
            let (from_ms, to_ms) = (span.from().as_ms(), span.to().as_ms());
            match short.last_mut() {
                Some(last) if last.1 == from_ms => last.1 = to_ms,
                _ => short.push((from_ms, to_ms)),
            }
        }
        let (enough, lacking): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| row.int("is_enough") == 1);
        assert_eq!(enough.iter().map(|row| row.int("ms")).sum::<i64>(), met);
        let lacking = lacking.iter();
        let lacking: Vec<(i64, i64)> = lacking
            .map(|row| (row.int("from_ms"), row.int("until_ms")))
            .collect();
        assert_eq!(lacking, short);
        compared += rows.len();
    }
    compared
}

pub(super) async fn observed(world: &World, title: &str) -> usize {
    let queues = Queues::of(world);
    let (from_ms, to_ms) = (world.window.from().as_ms(), world.window.to().as_ms());
    let rows = world.ask(title, &[]).await;
    let told: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            let sums = (row.int("observed_ms"), row.int("unknown_ms"));
            (row.int("queue_id"), (row.int("stretch_count"), sums))
        })
        .collect();
    let mut expected = BTreeMap::new();
    for queue in queues.ids() {
        let segments = queues.segments(queue).into_iter();
        let ranges = segments.map(|segment| (segment.from.as_ms(), segment.to().as_ms()));
        let ranges: Vec<_> = ranges
            .filter(|(begins, ends)| *begins < to_ms && *ends >= from_ms)
            .collect();
        let lengths = ranges
            .iter()
            .map(|(begins, ends)| ends.min(&to_ms) - begins.max(&from_ms));
        let observed_ms: i64 = lengths.sum();
        let count = i64::try_from(ranges.len()).expect("few");
        if count > 0 {
            let sums = (observed_ms, to_ms - from_ms - observed_ms);
            expected.insert(queue.0, (count, sums));
        }
    }
    assert_eq!(told, expected);
    told.len()
}
