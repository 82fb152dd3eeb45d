//! Scheduled time in zones, by cases.

use super::*;

fn window(from: &str, to: &str) -> TimeRange {
    let at = |text: &str| text.parse().expect("a moment");
    TimeRange::new(at(from), at(to)).expect("a window has a length")
}

/// Each slice as `from to label`, the times without seconds and `Z`.
#[track_caller]
fn check(asked: (&str, &str), zone: &str, hours: &str, bucket: Bucket, expected: &[&str]) {
    let zone = Zone::named(zone).expect("a zone");
    let hours = (!hours.is_empty()).then(|| Hours::parse(hours).expect("hours"));
    let schedule = schedule(window(asked.0, asked.1), &zone, hours.as_ref(), bucket);
    let short = |at: Timestamp| at.to_string().replace(":00.000Z", "");
    let shown: Vec<String> = schedule
        .slices
        .iter()
        .map(|slice| {
            let label = &schedule.labels[slice.bucket as usize];
            format!(
                "{} {} {label}",
                short(slice.span.from()),
                short(slice.span.to())
            )
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn days_are_cut_at_local_midnight() {
    check(
        ("2026-11-02T14:00:00Z", "2026-11-04T12:00:00Z"),
        "Europe/Berlin",
        "",
        Bucket::Day,
        &[
            "2026-11-02T14:00 2026-11-02T23:00 2026-11-02",
            "2026-11-02T23:00 2026-11-03T23:00 2026-11-03",
            "2026-11-03T23:00 2026-11-04T12:00 2026-11-04",
        ],
    );
}

#[test]
fn a_window_is_one_bucket_if_it_is_not_cut() {
    check(
        ("2026-11-02T14:00:00Z", "2026-11-04T12:00:00Z"),
        "Europe/Berlin",
        "",
        Bucket::Range,
        &["2026-11-02T14:00 2026-11-04T12:00 "],
    );
}

#[test]
fn days_of_daylight_saving_changes_have_23_and_25_hours() {
    check(
        ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        "Europe/Berlin",
        "",
        Bucket::Day,
        &["2026-03-28T23:00 2026-03-29T22:00 2026-03-29"],
    );
    check(
        ("2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z"),
        "America/New_York",
        "",
        Bucket::Day,
        &[
            "2026-10-31T00:00 2026-10-31T04:00 2026-10-30",
            "2026-10-31T04:00 2026-11-01T04:00 2026-10-31",
            "2026-11-01T04:00 2026-11-02T05:00 2026-11-01",
            "2026-11-02T05:00 2026-11-03T00:00 2026-11-02",
        ],
    );
}

#[test]
fn a_day_whose_midnight_is_skipped_starts_at_one() {
    check(
        ("2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"),
        "Asia/Beirut",
        "",
        Bucket::Day,
        &[
            "2026-03-28T00:00 2026-03-28T22:00 2026-03-28",
            "2026-03-28T22:00 2026-03-29T21:00 2026-03-29",
            "2026-03-29T21:00 2026-03-30T00:00 2026-03-30",
        ],
    );
}

#[test]
fn a_day_whose_midnight_comes_twice_starts_at_the_first() {
    check(
        ("2025-11-01T12:00:00Z", "2025-11-03T12:00:00Z"),
        "America/Havana",
        "",
        Bucket::Day,
        &[
            "2025-11-01T12:00 2025-11-02T04:00 2025-11-01",
            "2025-11-02T04:00 2025-11-03T05:00 2025-11-02",
            "2025-11-03T05:00 2025-11-03T12:00 2025-11-03",
        ],
    );
}

#[test]
fn the_doubled_hour_is_two_buckets() {
    check(
        ("2026-10-24T23:30:00Z", "2026-10-25T02:15:00Z"),
        "Europe/Berlin",
        "",
        Bucket::Hour,
        &[
            "2026-10-24T23:30 2026-10-25T00:00 2026-10-25T01:00+02:00",
            "2026-10-25T00:00 2026-10-25T01:00 2026-10-25T02:00+02:00",
            "2026-10-25T01:00 2026-10-25T02:00 2026-10-25T02:00+01:00",
            "2026-10-25T02:00 2026-10-25T02:15 2026-10-25T03:00+01:00",
        ],
    );
}

#[test]
fn the_doubled_hour_counts_twice_in_its_hour_of_the_week() {
    check(
        ("2026-10-24T23:30:00Z", "2026-10-25T02:15:00Z"),
        "Europe/Berlin",
        "",
        Bucket::WeekHour,
        &[
            "2026-10-24T23:30 2026-10-25T00:00 7 01",
            "2026-10-25T00:00 2026-10-25T02:00 7 02",
            "2026-10-25T02:00 2026-10-25T02:15 7 03",
        ],
    );
}

#[test]
fn an_hour_of_the_week_is_the_same_every_week() {
    check(
        ("2026-10-19T00:00:00Z", "2026-11-02T00:00:00Z"),
        "Europe/Berlin",
        "Mo 09:30-10:30",
        Bucket::WeekHour,
        &[
            "2026-10-19T07:30 2026-10-19T08:00 1 09",
            "2026-10-19T08:00 2026-10-19T08:30 1 10",
            "2026-10-26T08:30 2026-10-26T09:00 1 09",
            "2026-10-26T09:00 2026-10-26T09:30 1 10",
        ],
    );
}

#[test]
fn hours_of_a_half_hour_zone_begin_at_its_own_full_hours() {
    check(
        ("2026-11-02T00:00:00Z", "2026-11-02T01:00:00Z"),
        "Asia/Kolkata",
        "",
        Bucket::Hour,
        &[
            "2026-11-02T00:00 2026-11-02T00:30 2026-11-02T05:00+05:30",
            "2026-11-02T00:30 2026-11-02T01:00 2026-11-02T06:00+05:30",
        ],
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    // Clocks go back from 02:00 to 01:30, and forward from 02:00 to 02:30.
    check(
        ("2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z"),
        "Australia/Lord_Howe",
        "",
        Bucket::Hour,
        &[
            "2026-04-04T14:00 2026-04-04T15:00 2026-04-05T01:00+11:00",
            "2026-04-04T15:00 2026-04-04T15:30 2026-04-05T01:30+10:30",
            "2026-04-04T15:30 2026-04-04T16:30 2026-04-05T02:00+10:30",
        ],
    );
    check(
        ("2026-10-03T14:30:00Z", "2026-10-03T17:00:00Z"),
        "Australia/Lord_Howe",
        "",
        Bucket::Hour,
        &[
            "2026-10-03T14:30 2026-10-03T15:30 2026-10-04T01:00+10:30",
            "2026-10-03T15:30 2026-10-03T16:00 2026-10-04T02:30+11:00",
            "2026-10-03T16:00 2026-10-03T17:00 2026-10-04T03:00+11:00",
        ],
    );
}

#[test]
fn a_week_belongs_to_the_iso_year() {
    check(
        ("2026-12-27T00:00:00Z", "2027-01-05T00:00:00Z"),
        "UTC",
        "",
        Bucket::Week,
        &[
            "2026-12-27T00:00 2026-12-28T00:00 2026-W52",
            "2026-12-28T00:00 2027-01-04T00:00 2026-W53",
            "2027-01-04T00:00 2027-01-05T00:00 2027-W01",
        ],
    );
}

#[test]
fn months_are_local() {
    check(
        ("2026-12-31T00:00:00Z", "2027-01-01T12:00:00Z"),
        "Asia/Kolkata",
        "",
        Bucket::Month,
        &[
            "2026-12-31T00:00 2026-12-31T18:30 2026-12",
            "2026-12-31T18:30 2027-01-01T12:00 2027-01",
        ],
    );
}

#[test]
fn breaks_and_days_off_are_left_out() {
    check(
        ("2026-11-06T00:00:00Z", "2026-11-09T12:00:00Z"),
        "Europe/Berlin",
        "Mo-Fr 09:00-12:30,13:30-18:00; Sa off; PH off",
        Bucket::Day,
        &[
            "2026-11-06T08:00 2026-11-06T11:30 2026-11-06",
            "2026-11-06T12:30 2026-11-06T17:00 2026-11-06",
            "2026-11-09T08:00 2026-11-09T11:30 2026-11-09",
        ],
    );
}

#[test]
fn a_night_shift_belongs_to_the_day_it_began() {
    // Friday's shift is whole, though Saturday has hours of its own, and Monday's though the window begins in it.
    check(
        ("2026-11-06T12:00:00Z", "2026-11-08T00:00:00Z"),
        "UTC",
        "Fr 22:00-06:00; Sa 10:00-14:00",
        Bucket::Day,
        &[
            "2026-11-06T22:00 2026-11-07T06:00 2026-11-06",
            "2026-11-07T10:00 2026-11-07T14:00 2026-11-07",
        ],
    );
    check(
        ("2026-11-03T00:00:00Z", "2026-11-03T23:00:00Z"),
        "UTC",
        "Mo-Fr 22:00-06:00",
        Bucket::Day,
        &[
            "2026-11-03T00:00 2026-11-03T06:00 2026-11-02",
            "2026-11-03T22:00 2026-11-03T23:00 2026-11-03",
        ],
    );
    check(
        ("2026-11-30T12:00:00Z", "2026-12-02T00:00:00Z"),
        "UTC",
        "22:00-02:00",
        Bucket::Month,
        &[
            "2026-11-30T22:00 2026-12-01T02:00 2026-11",
            "2026-12-01T22:00 2026-12-02T00:00 2026-12",
        ],
    );
}

#[test]
fn a_night_shift_goes_by_the_clock_in_hours() {
    check(
        ("2026-11-02T22:30:00Z", "2026-11-03T01:00:00Z"),
        "UTC",
        "Mo 22:00-00:45",
        Bucket::Hour,
        &[
            "2026-11-02T22:30 2026-11-02T23:00 2026-11-02T22:00+00:00",
            "2026-11-02T23:00 2026-11-03T00:00 2026-11-02T23:00+00:00",
            "2026-11-03T00:00 2026-11-03T00:45 2026-11-03T00:00+00:00",
        ],
    );
}

#[test]
fn two_stretches_in_one_hour_share_its_bucket() {
    check(
        ("2026-11-02T09:00:00Z", "2026-11-02T11:00:00Z"),
        "UTC",
        "09:10-09:20,09:40-10:05",
        Bucket::Hour,
        &[
            "2026-11-02T09:10 2026-11-02T09:20 2026-11-02T09:00+00:00",
            "2026-11-02T09:40 2026-11-02T10:00 2026-11-02T09:00+00:00",
            "2026-11-02T10:00 2026-11-02T10:05 2026-11-02T10:00+00:00",
        ],
    );
}

#[test]
fn where_shifts_overlap_the_earlier_day_keeps_the_time() {
    check(
        ("2026-11-03T00:00:00Z", "2026-11-03T12:00:00Z"),
        "UTC",
        "Mo 22:00-06:00; Tu 04:00-05:00,05:30-09:00",
        Bucket::Day,
        &[
            "2026-11-03T00:00 2026-11-03T06:00 2026-11-02",
            "2026-11-03T06:00 2026-11-03T09:00 2026-11-03",
        ],
    );
}

#[test]
fn a_night_shift_over_a_change_is_seven_or_nine_hours() {
    check(
        ("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
        "Europe/Berlin",
        "22:00-06:00",
        Bucket::Day,
        &["2026-03-28T21:00 2026-03-29T04:00 2026-03-28"],
    );
    check(
        ("2026-10-31T12:00:00Z", "2026-11-01T18:00:00Z"),
        "America/New_York",
        "22:00-06:00",
        Bucket::Day,
        &["2026-11-01T02:00 2026-11-01T11:00 2026-10-31"],
    );
}

#[test]
fn a_skipped_end_is_the_instant_of_the_change() {
    let day = ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    let zone = "Europe/Berlin";
    check(
        day,
        zone,
        "01:00-02:30",
        Bucket::Day,
        &["2026-03-29T00:00 2026-03-29T01:00 2026-03-29"],
    );
    check(
        day,
        zone,
        "02:30-04:00",
        Bucket::Day,
        &["2026-03-29T01:00 2026-03-29T02:00 2026-03-29"],
    );
    check(day, zone, "02:15-02:45", Bucket::Day, &[]);
}

#[test]
fn a_doubled_boundary_is_its_first_instant() {
    let day = ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    let zone = "Europe/Berlin";
    let check = |hours, expected| check(day, zone, hours, Bucket::Day, expected);
    check(
        "00:00-02:00",
        &["2026-10-24T22:00 2026-10-25T00:00 2026-10-25"],
    );
    check(
        "02:00-24:00",
        &["2026-10-25T00:00 2026-10-25T23:00 2026-10-25"],
    );
    check(
        "01:30-02:30",
        &["2026-10-24T23:30 2026-10-25T00:30 2026-10-25"],
    );
    check(
        "02:30-03:30",
        &["2026-10-25T00:30 2026-10-25T02:30 2026-10-25"],
    );
    check(
        "01:00-02:15,02:45-04:00",
        &[
            "2026-10-24T23:00 2026-10-25T00:15 2026-10-25",
            "2026-10-25T00:45 2026-10-25T03:00 2026-10-25",
        ],
    );
}

#[test]
fn a_shift_until_24_ends_with_the_day_where_midnight_comes_twice() {
    check(
        ("2025-11-01T12:00:00Z", "2025-11-02T12:00:00Z"),
        "America/Havana",
        "20:00-24:00",
        Bucket::Day,
        &["2025-11-02T00:00 2025-11-02T04:00 2025-11-01"],
    );
}

#[test]
fn a_window_without_scheduled_time_has_no_bucket() {
    let zone = Zone::utc();
    let hours = Hours::parse("Sa 10:00-14:00").expect("hours");
    let monday = window("2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z");
    for bucket in [Bucket::Range, Bucket::Hour, Bucket::Week] {
        assert_eq!(
            schedule(monday, &zone, Some(&hours), bucket),
            Schedule::default()
        );
    }
}
