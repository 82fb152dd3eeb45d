//! Calendars as common programs export them, each with the days that it must give.

use std::fmt::Write as _;

use presence_icalendar::{Purpose, day_events};

fn bytes(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/calendars");
    std::fs::read(format!("{folder}/{name}.ics")).expect("the fixture is there")
}

/// The days of a file from 2024 to 2028, by event, or why it is refused.
fn days(bytes: &[u8], purpose: Purpose) -> String {
    let events = match day_events(bytes, purpose) {
        Ok(events) => events,
        Err(error) => return format!("line {:?}: {error}", error.line().unwrap_or(0)),
    };
    let mut shown = String::new();
    for event in events {
        let _ = write!(shown, "{}:", event.summary);
        for day in event.dates().filter(|day| day.year() <= 2028) {
            let _ = write!(shown, " {day}");
        }
        shown.push('\n');
    }
    shown
}

#[track_caller]
fn check(name: &str, expected: &[&str]) {
    let shown = days(&bytes(name), Purpose::Holidays);
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}

#[track_caller]
fn check_absence(name: &str, expected: &[&str]) {
    let shown = days(&bytes(name), Purpose::Absence);
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_moved_day_is_not_counted_twice_and_a_cancelled_one_not_at_all() {
    check(
        "google-moved-and-cancelled",
        &[
            "Day out: 2024-05-10 2025-05-10 2028-05-10",
            "Day out (moved): 2026-05-15",
        ],
    );
}

#[test]
fn a_last_day_in_utc_is_that_of_the_calendars_zone() {
    check(
        "google-until-in-utc",
        &[
            "Christmas Eve: 2024-12-24 2025-12-24 2026-12-24",
            "New Year's Eve: 2024-12-31 2026-12-31",
        ],
    );
}

#[test]
fn a_windows_zone_is_a_zone() {
    check(
        "outlook-windows-zone",
        &[
            "Stocktaking: 2024-10-31 2027-10-31 2028-10-31",
            "Stocktaking: 2026-11-02",
        ],
    );
}

#[test]
fn a_zone_that_only_the_file_knows_is_enough_where_it_does_not_decide() {
    check(
        "outlook-private-zone",
        &[
            "Closed: 2026-12-24 2026-12-25",
            "Opening: 2025-01-06 2026-01-06 2027-01-06",
        ],
    );
    check(
        "outlook-until-in-summer-of-a-private-zone",
        &[
            "line 21: the event \"Half year\" recurs until 20270630T220000Z: whether 2027-07-01 is the last day depends on the \
             zone, which is not known; write UNTIL as a date",
        ],
    );
}

#[test]
fn a_change_of_a_day_and_all_after_it_is_refused_by_name() {
    check(
        "outlook-this-and-future",
        &[
            "line 19: the event \"Fridays\" changes an occurrence and others with it (RECURRENCE-ID;RANGE=THISANDFUTURE), which \
             is not read; write the changed ones as a series of their own",
        ],
    );
}

#[test]
fn free_time_is_no_absence() {
    check_absence(
        "exchange-busy-and-free",
        &[
            "Vacation: 2026-11-03",
            "Course, if there is a seat: 2026-11-06",
            "Dentist: 2026-11-10",
        ],
    );
    // As holidays every event counts, so an event of some hours cannot be skipped.
    check(
        "exchange-busy-and-free",
        &[
            "line 74: the event \"Weekly talk\" begins at 20261102T090000; only whole days are read, such as \
             DTSTART;VALUE=DATE:20261225, or from midnight to midnight",
        ],
    );
    check(
        "google-until-in-utc",
        &[
            "Christmas Eve: 2024-12-24 2025-12-24 2026-12-24",
            "New Year's Eve: 2024-12-31 2026-12-31",
        ],
    );
    check_absence("google-until-in-utc", &[]);
}

#[test]
fn days_come_every_second_week() {
    check(
        "apple-every-second-week",
        &["Shift off: 2026-11-02 2026-11-16 2026-11-20 2026-11-30"],
    );
}

#[test]
fn days_are_added_and_left_out() {
    check(
        "thunderbird-dates-added-and-left-out",
        &[
            "Bridge day: 2026-11-23 2026-11-25 2026-11-27 2026-12-18",
            "Moved here: 2026-12-03",
        ],
    );
    check(
        "older-rules",
        &[
            "Closed: 2024-12-26 2025-12-25 2025-12-26 2026-12-26 2027-12-25 2027-12-26 2028-12-26",
            "Moving: 2026-11-07 2026-11-14 2026-11-15",
        ],
    );
}

#[test]
fn calendars_one_after_the_other_count_together() {
    check(
        "nextcloud-several-calendars",
        &[
            "Betriebsferien über die Feiertage: 2026-12-21 2026-12-22 2026-12-23 2026-12-24 2026-12-25 2026-12-26 2026-12-27",
            "Inventory: 2026-11-09",
            "Plumber: 2026-11-16",
        ],
    );
}

#[test]
fn letters_and_line_ends_are_as_they_come() {
    check("lower-case", &["Closed: 2024-12-25 2026-12-25 2027-12-25"]);
    check("mac-line-ends", &["Closed: 2026-12-25"]);
    check("empty", &[]);
}

#[test]
fn a_broken_file_is_refused_with_what_is_missing() {
    check(
        "cut-off",
        &[
            "line 16: the file is cut off: it ends with \"SUMM\", where a property such as SUMMARY:Christmas should be",
        ],
    );
    check(
        "without-ends",
        &["line 12: BEGIN:VEVENT lies in the VEVENT of line 8: END:VEVENT is missing before it"],
    );
}
