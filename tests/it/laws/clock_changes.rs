//! Days with a clock change, zone by zone: how long they are, and the night shifts across them.

use presence_core::query::calendar::{Bucket, Schedule, schedule};
use presence_core::query::hours::Hours;
use presence_core::query::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The scheduled minutes of each label.
fn minutes_by_label(schedule: &Schedule) -> Vec<(String, i64)> {
    let labels = schedule.labels.iter().enumerate();
    let sums = labels.map(|(index, label)| {
        let slices = schedule.slices.iter();
        let of_label = slices.filter(|slice| slice.bucket as usize == index);
        let ms: i64 = of_label.map(|slice| slice.span.duration_ms()).sum();
        (label.clone(), ms / MINUTE_MS)
    });
    sums.collect()
}

/// A day with a clock change, with the evening before it and the day after.
struct Change {
    zone: Zone,
    day: &'static str,
    window: TimeRange,
}

impl Change {
    fn new(zone: &str, day: &'static str) -> Self {
        let zone = Zone::named(zone).expect("a zone");
        let noon: Timestamp = format!("{day}T12:00:00Z").parse().expect("a moment");
        let window = TimeRange::new(noon.plus_ms(-4 * DAY_MS), noon.plus_ms(4 * DAY_MS));
        Self {
            zone,
            day,
            window: window.expect("eight days"),
        }
    }

    fn minutes(&self, hours: Option<&str>, label: &str) -> Option<i64> {
        let hours = hours.map(|hours| Hours::parse(hours).expect("hours"));
        let by_day = schedule(self.window, &self.zone, hours.as_ref(), Bucket::Day);
        let sums = minutes_by_label(&by_day).into_iter();
        sums.filter(|(day, _)| day == label)
            .map(|(_, minutes)| minutes)
            .next()
    }

    /// How many hour buckets the day has, and the sum of their minutes.
    fn hours_of_the_clock(&self) -> (usize, i64) {
        let by_hour = schedule(self.window, &self.zone, None, Bucket::Hour);
        let sums = minutes_by_label(&by_hour);
        let of_day = sums.iter().filter(|(label, _)| label.starts_with(self.day));
        let of_day: Vec<i64> = of_day.map(|(_, minutes)| *minutes).collect();
        (of_day.len(), of_day.iter().sum())
    }
}

/// Checks the minutes of the day, how many hour buckets it has, the night shift from 22:00 of `evening` to 06:00, and
/// the office hours of the day.
#[track_caller]
fn check(zone: &str, day: &'static str, evening: &str, expected: (i64, usize, i64)) {
    let change = Change::new(zone, day);
    let (day_minutes, hour_count, night_minutes) = expected;
    assert_eq!(change.minutes(None, day), Some(day_minutes), "the day");
    assert_eq!(
        change.hours_of_the_clock(),
        (hour_count, day_minutes),
        "its hours"
    );
    let night = change.minutes(Some("22:00-06:00"), evening);
    assert_eq!(night, Some(night_minutes), "the night shift");
    let office = change.minutes(Some("09:00-17:00"), day);
    assert_eq!(office, Some(8 * 60), "office hours");
    // The parts of a window that is cut at midnight add up, also within the night shift.
    let whole = change.minutes(Some("20:00-04:00"), evening);
    let late = change.minutes(Some("20:00-24:00"), evening);
    let next = if evening < day { day } else { NEXT_OF_LATE };
    let early = change.minutes(Some("00:00-04:00"), next);
    assert_eq!(whole, late.zip(early).map(|(late, early)| late + early));
}

/// The day after the one that is longer in Santiago.
const NEXT_OF_LATE: &str = "2026-04-05";

#[test]
fn new_york_is_set_forward() {
    check(
        "America/New_York",
        "2026-03-08",
        "2026-03-07",
        (23 * 60, 23, 7 * 60),
    );
}

#[test]
fn new_york_is_set_back() {
    check(
        "America/New_York",
        "2026-11-01",
        "2026-10-31",
        (25 * 60, 25, 9 * 60),
    );
}

#[test]
fn berlin_is_set_forward() {
    check(
        "Europe/Berlin",
        "2026-03-29",
        "2026-03-28",
        (23 * 60, 23, 7 * 60),
    );
}

#[test]
fn berlin_is_set_back() {
    check(
        "Europe/Berlin",
        "2026-10-25",
        "2026-10-24",
        (25 * 60, 25, 9 * 60),
    );
}

#[test]
fn lord_howe_is_set_forward_by_half_an_hour() {
    // From 02:00 to 02:30: the hour at two has its second half only.
    check(
        "Australia/Lord_Howe",
        "2026-10-04",
        "2026-10-03",
        (47 * 30, 24, 15 * 30),
    );
}

#[test]
fn lord_howe_is_set_back_by_half_an_hour() {
    // From 02:00 to 01:30: the hour at one is cut where the offset changes.
    check(
        "Australia/Lord_Howe",
        "2026-04-05",
        "2026-04-04",
        (49 * 30, 25, 17 * 30),
    );
}

#[test]
fn santiago_is_set_forward_at_midnight() {
    check(
        "America/Santiago",
        "2026-09-06",
        "2026-09-05",
        (23 * 60, 23, 7 * 60),
    );
}

#[test]
fn santiago_is_set_back_at_midnight() {
    // The clocks go from 24:00 back to 23:00, so the Saturday is longer, during its night shift.
    check(
        "America/Santiago",
        "2026-04-04",
        "2026-04-04",
        (25 * 60, 25, 9 * 60),
    );
}

#[test]
fn a_day_that_apia_skipped_is_no_day() {
    let change = Change::new("Pacific/Apia", "2011-12-30");
    assert_eq!(change.minutes(None, "2011-12-30"), None);
    for day in ["2011-12-29", "2011-12-31"] {
        assert_eq!(change.minutes(None, day), Some(24 * 60), "{day}");
    }
    // The end of Thursday's night shift was skipped: it ends at the moment of the change.
    let night = change.minutes(Some("22:00-06:00"), "2011-12-29");
    assert_eq!(night, Some(2 * 60));
    let all: i64 = minutes_by_label(&schedule(change.window, &change.zone, None, Bucket::Day))
        .iter()
        .map(|(_, minutes)| minutes)
        .sum();
    assert_eq!(all, 8 * 24 * 60);
}

/// Checks the minutes of ranges that divide a day; their sum is the day.
#[track_caller]
fn check_ranges(zone: &str, day: &'static str, ranges: &[(&str, i64)]) {
    let change = Change::new(zone, day);
    for (hours, expected) in ranges {
        let minutes = change.minutes(Some(hours), day).unwrap_or(0);
        assert_eq!(minutes, *expected, "{hours} on {day} in {zone}");
    }
    let sum: i64 = ranges.iter().map(|(_, minutes)| minutes).sum();
    assert_eq!(Some(sum), change.minutes(None, day), "{day} in {zone}");
}

#[test]
fn ranges_add_up_to_a_day_on_which_clocks_are_set_back() {
    // Berlin: 02:00 comes twice, and the day has 25 hours.
    check_ranges(
        "Europe/Berlin",
        "2026-10-25",
        &[("00:00-02:00", 2 * 60), ("02:00-24:00", 23 * 60)],
    );
    check_ranges(
        "Europe/Berlin",
        "2026-10-25",
        &[
            ("00:00-02:30", 2 * 60 + 30),
            ("02:30-03:00", 90),
            ("03:00-24:00", 21 * 60),
        ],
    );
    check_ranges(
        "America/New_York",
        "2026-11-01",
        &[("00:00-01:00", 60), ("01:00-24:00", 24 * 60)],
    );
    // From 02:00 back to 01:30.
    check_ranges(
        "Australia/Lord_Howe",
        "2026-04-05",
        &[
            ("00:00-01:30", 90),
            ("01:30-02:00", 60),
            ("02:00-24:00", 22 * 60),
        ],
    );
    // The end of Ramadan's winter time is in March, its beginning in February: from 03:00 back to 02:00.
    check_ranges(
        "Africa/Casablanca",
        "2026-02-15",
        &[("00:00-02:00", 2 * 60), ("02:00-24:00", 23 * 60)],
    );
    // From 24:00 back to 23:00: the last hour of Thursday comes twice.
    check_ranges(
        "Africa/Cairo",
        "2026-10-29",
        &[("00:00-23:00", 23 * 60), ("23:00-24:00", 2 * 60)],
    );
    // From 01:00 back to 00:00: the day begins at its first midnight.
    check_ranges(
        "America/Havana",
        "2025-11-02",
        &[("00:00-00:30", 30), ("00:30-24:00", 24 * 60 + 30)],
    );
}

#[test]
fn ranges_add_up_to_a_day_on_which_clocks_are_set_forward() {
    check_ranges(
        "Europe/Berlin",
        "2026-03-29",
        &[("00:00-02:30", 2 * 60), ("02:30-24:00", 21 * 60)],
    );
    check_ranges(
        "Africa/Casablanca",
        "2026-03-22",
        &[
            ("00:00-02:00", 2 * 60),
            ("02:00-03:00", 0),
            ("03:00-24:00", 21 * 60),
        ],
    );
    // Days without a midnight: 00:00 is 01:00.
    for (zone, day) in [
        ("America/Sao_Paulo", "2018-11-04"),
        ("Africa/Cairo", "2026-04-24"),
        ("Asia/Beirut", "2026-03-29"),
    ] {
        check_ranges(
            zone,
            day,
            &[("00:00-01:30", 30), ("01:30-24:00", 22 * 60 + 30)],
        );
    }
}

#[test]
fn a_date_that_comes_again_adds_up() {
    // Newfoundland went from 00:01 on Sunday back to 23:01 on Saturday: Sunday had begun.
    check_ranges(
        "America/St_Johns",
        "2010-11-06",
        &[("00:00-23:01", 23 * 60 + 1), ("23:01-24:00", 59)],
    );
    check_ranges(
        "America/St_Johns",
        "2010-11-07",
        &[("00:00-00:01", 61), ("00:01-24:00", 23 * 60 + 59)],
    );
}

#[test]
fn a_night_shift_ends_at_the_first_of_two() {
    let change = Change::new("Europe/Berlin", "2026-10-25");
    for (hours, expected) in [
        ("22:00-02:00", 4 * 60),
        ("22:00-02:30", 4 * 60 + 30),
        ("22:00-03:00", 6 * 60),
        ("22:00-26:00", 4 * 60),
    ] {
        let minutes = change.minutes(Some(hours), "2026-10-24");
        assert_eq!(minutes, Some(expected), "{hours}");
    }
}
