//! Moments as people write them.

use super::*;

/// Read in Berlin at noon of Monday, 2026-11-02.
#[track_caller]
fn check(text: &str, expected: &str) {
    check_at("Europe/Berlin", "2026-11-02T11:00:00Z", text, expected);
}

#[track_caller]
fn check_at(zone: &str, now: &str, text: &str, expected: &str) {
    let zone = Zone::named(zone).expect("a zone");
    let shown = match parse_time_expression(text, &zone, now.parse().expect("a moment")) {
        Ok(at) => at.to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(shown, expected);
}

#[test]
fn an_instant_is_itself_in_every_zone() {
    check("2026-11-20T14:05:00Z", "2026-11-20T14:05:00.000Z");
    check("2026-11-20T14:05:00.5+05:30", "2026-11-20T08:35:00.500Z");
    check("2026-11-20 14:05:00-0500", "2026-11-20T19:05:00.000Z");
    check("2026-11-20T14:05Z", "2026-11-20T14:05:00.000Z");
    check("2026-10-25 02:30:00+01:00", "2026-10-25T01:30:00.000Z");
    check("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00.000Z");
    check("2026-10-25 02:30+02:00", "2026-10-25T00:30:00.000Z");
    check("1971-06-01T00:00:00-00:44:30", "1971-06-01T00:44:30.000Z");
    // As an address has it, whose plus has become a space.
    check("2026-10-25T02:30:00 01:00", "2026-10-25T01:30:00.000Z");
    check("2026-10-25 02:30:00 01:00", "2026-10-25T01:30:00.000Z");
}

#[test]
fn a_local_time_is_that_of_the_zone() {
    check("2026-11-20T14:05", "2026-11-20T13:05:00.000Z");
    check(" 2026-07-20 14:05:06 ", "2026-07-20T12:05:06.000Z");
    check("2026-11-20T14:05:06.1239", "2026-11-20T13:05:06.123Z");
    check("1969-12-31T00:59:59.9999", "1969-12-30T23:59:59.999Z");
}

#[test]
fn a_day_is_its_first_instant() {
    check("2026-11-20", "2026-11-19T23:00:00.000Z");
    check("today", "2026-11-01T23:00:00.000Z");
    check("Yesterday", "2026-10-31T23:00:00.000Z");
    check("tomorrow", "2026-11-02T23:00:00.000Z");
    check("now", "2026-11-02T11:00:00.000Z");
    check_at(
        "Asia/Beirut",
        "2026-03-29T10:00:00Z",
        "today",
        "2026-03-28T22:00:00.000Z",
    );
}

#[test]
fn hours_are_time_and_days_are_of_the_calendar() {
    check("-2h", "2026-11-02T09:00:00.000Z");
    check("+30m", "2026-11-02T11:30:00.000Z");
    check("-90s", "2026-11-02T10:58:30.000Z");
    // Clocks were set back on 25 October: nine days earlier noon was at 10:00 UTC.
    check("-9d", "2026-10-24T10:00:00.000Z");
    check("-216h", "2026-10-24T11:00:00.000Z");
    check("-2w", "2026-10-19T10:00:00.000Z");
    check("-0d", "2026-11-02T11:00:00.000Z");
}

#[test]
fn a_relative_day_is_never_refused_for_a_change_of_clocks() {
    let berlin = "Europe/Berlin";
    // 02:30 was skipped the day before: the moment of the change; it came twice: the first.
    check_at(
        berlin,
        "2026-03-30T00:30:00Z",
        "-1d",
        "2026-03-29T01:00:00.000Z",
    );
    check_at(
        berlin,
        "2026-10-26T01:30:00Z",
        "-1d",
        "2026-10-25T00:30:00.000Z",
    );
}

#[test]
fn a_local_time_that_is_skipped_or_comes_twice_is_refused() {
    check(
        "2026-03-29T02:30",
        "2026-03-29T02:30:00 does not exist in Europe/Berlin, whose clocks skip it: \
         write 2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00",
    );
    check(
        "2026-10-25T02:30",
        "2026-10-25T02:30:00 comes twice in Europe/Berlin: \
         write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00",
    );
}

#[test]
fn what_is_no_time_is_refused() {
    let forms = "write 2026-11-20, 2026-11-20T14:05, 2026-11-20T14:05:00Z, 2026-11, 2026-W45, now, today, yesterday, \
                 monday, 14:05, yesterday 15:00, -7d, -2h or 1762092000s";
    for text in [
        "",
        "soon",
        "noon",
        "last week",
        "monday-7d",
        "next",
        "-1.5d",
        "now 6h",
        "in 2h",
        "2026-1",
        "14:",
        "14:5",
        "monday 14",
        "-7",
        "--7d",
        "2026-11-20T14",
        "20.11.2026",
        "-9999999999d",
        "2026-11-20T14:05:00+01:00[Europe/Berlin]",
        "2026-11-20T14:05:00.",
        "２026-11-20",
        "-é",
    ] {
        check(text, &format!("{text:?} is not a time: {forms}"));
    }
    for text in [
        "2026-02-30",
        "2026-13-01",
        "2026-11-20T25:00",
        "2026-02-30T10:00:00Z",
        "2026-11-20T24:00",
    ] {
        check(
            text,
            &format!("{text:?} is not a time: there is no such day or hour"),
        );
    }
}

#[test]
fn what_is_beyond_the_ends_of_time_is_refused() {
    for text in [
        "0000-06-01",
        "0000-06-01T10:00",
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "-999999999d",
        "+999999999w",
        "-999999999h",
    ] {
        check(text, &format!("{text:?} is outside the years 1 to 9999"));
    }
    check_at(
        "UTC",
        "2026-11-02T11:00:00Z",
        "0001-01-01",
        "0001-01-01T00:00:00.000Z",
    );
}

#[test]
fn a_period_is_its_first_instant() {
    check("2026-11", "2026-10-31T23:00:00.000Z");
    check("2026-W45", "2026-11-01T23:00:00.000Z");
    check("2026-w45", "2026-11-01T23:00:00.000Z");
    check("2026-Q4", "2026-09-30T22:00:00.000Z");
    check("2026", "2025-12-31T23:00:00.000Z");
    for text in ["2026-13", "2026-W54", "2026-Q5"] {
        check(
            text,
            &format!("{text:?} is not a time: there is no such day or hour"),
        );
    }
    check("0000", "\"0000\" is outside the years 1 to 9999");
}

#[test]
fn a_day_of_the_week_is_the_latest_one() {
    // Now is noon of a Monday in Berlin.
    check("monday", "2026-11-01T23:00:00.000Z");
    check("Mon", "2026-11-01T23:00:00.000Z");
    check("last monday", "2026-10-25T23:00:00.000Z");
    check("next monday", "2026-11-08T23:00:00.000Z");
    check("sunday", "2026-10-31T23:00:00.000Z");
    check("last sunday", "2026-10-31T23:00:00.000Z");
    check("next  Sunday", "2026-11-07T23:00:00.000Z");
    check("tuesday", "2026-10-26T23:00:00.000Z");
}

#[test]
fn a_time_of_day_stands_behind_a_day() {
    check("yesterday 15:00", "2026-11-01T14:00:00.000Z");
    check("yesterday at 9:05", "2026-11-01T08:05:00.000Z");
    check("today 14:05", "2026-11-02T13:05:00.000Z");
    check("tomorrow 09:00:30", "2026-11-03T08:00:30.000Z");
    check("last monday 14:05", "2026-10-26T13:05:00.000Z");
    check("next friday 08:00", "2026-11-06T07:00:00.000Z");
    // At noon, today's is still to come.
    check("monday 14:05", "2026-10-26T13:05:00.000Z");
    check("monday 11:59", "2026-11-02T10:59:00.000Z");
    check(
        "yesterday 25:00",
        "\"yesterday 25:00\" is not a time: there is no such day or hour",
    );
}

#[test]
fn a_time_of_day_is_the_latest_that_has_passed() {
    check("11:59", "2026-11-02T10:59:00.000Z");
    check("12:00", "2026-11-02T11:00:00.000Z");
    check("12:00:01", "2026-11-01T11:00:01.000Z");
    check("9:05", "2026-11-02T08:05:00.000Z");
    // As tables write it where clocks show it twice; the offset may have another date than the zone.
    check("12:00:00+01:00", "2026-11-02T11:00:00.000Z");
    check("12:30:00+01:00", "2026-11-01T11:30:00.000Z");
    check("00:30:00+14:00", "2026-11-02T10:30:00.000Z");
}

#[test]
fn a_time_of_day_that_is_skipped_or_comes_twice_is_refused_once_it_has_come() {
    let twice = "2026-10-25T02:30:00 comes twice in Europe/Berlin: \
                 write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00";
    let skipped = "2026-03-29T02:30:00 does not exist in Europe/Berlin, whose clocks skip it: \
                   write 2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00";
    let berlin = "Europe/Berlin";
    // Before it comes for the first time, it is that of the day before.
    check_at(
        berlin,
        "2026-10-25T00:15:00Z",
        "02:30",
        "2026-10-24T00:30:00.000Z",
    );
    check_at(berlin, "2026-10-25T00:45:00Z", "02:30", twice);
    check_at(berlin, "2026-10-25T12:00:00Z", "02:30", twice);
    check_at(berlin, "2026-10-26T12:00:00Z", "yesterday 02:30", twice);
    check_at(berlin, "2026-10-26T12:00:00Z", "sunday 02:30", twice);
    check_at(
        berlin,
        "2026-10-26T12:00:00Z",
        "yesterday 02:30+01:00",
        "2026-10-25T01:30:00.000Z",
    );
    check_at(
        berlin,
        "2026-03-29T00:45:00Z",
        "02:30",
        "2026-03-28T01:30:00.000Z",
    );
    check_at(berlin, "2026-03-29T12:00:00Z", "02:30", skipped);
}

#[test]
fn a_distance_has_many_words() {
    check("2h ago", "2026-11-02T09:00:00.000Z");
    check("2 hours ago", "2026-11-02T09:00:00.000Z");
    check("now-6h", "2026-11-02T05:00:00.000Z");
    check("now - 6h", "2026-11-02T05:00:00.000Z");
    check("Now+90min", "2026-11-02T12:30:00.000Z");
    check("-1h30m", "2026-11-02T09:30:00.000Z");
    check("-1.5h", "2026-11-02T09:30:00.000Z");
    check("3 days ago", "2026-10-30T11:00:00.000Z");
    // A day of the calendar, then time.
    check("-9d1h", "2026-10-24T09:00:00.000Z");
}

#[test]
fn months_and_years_are_of_the_calendar() {
    // Noon is at 10:00 UTC in summer.
    check("-1mo", "2026-10-02T10:00:00.000Z");
    check("-1 month", "2026-10-02T10:00:00.000Z");
    check("-1y", "2025-11-02T11:00:00.000Z");
    check("1 year ago", "2025-11-02T11:00:00.000Z");
    check("-1m", "2026-11-02T10:59:00.000Z");
    // March has a 31st day, February 28.
    check_at(
        "UTC",
        "2026-03-31T10:00:00Z",
        "-1mo",
        "2026-02-28T10:00:00.000Z",
    );
    check_at(
        "UTC",
        "2024-02-29T10:00:00Z",
        "-1y",
        "2023-02-28T10:00:00.000Z",
    );
}

#[test]
fn whole_days_are_counted_from_midnight() {
    check("today-7d", "2026-10-25T23:00:00.000Z");
    // The day has 25 hours.
    check("today - 8d", "2026-10-24T22:00:00.000Z");
    check("yesterday+9h", "2026-11-01T08:00:00.000Z");
    check("today-1mo", "2026-10-01T22:00:00.000Z");
}

#[test]
fn unix_time_has_a_unit_and_digits_enough() {
    check("1762092000s", "2025-11-02T14:00:00.000Z");
    check("1762092000000ms", "2025-11-02T14:00:00.000Z");
    check("1762092000.5 s", "2025-11-02T14:00:00.500Z");
    check("999999999s", "2001-09-09T01:46:39.000Z");
    check(
        "999999999999999ms",
        "\"999999999999999ms\" is outside the years 1 to 9999",
    );
}

#[test]
fn a_number_alone_gets_its_unit() {
    let day = "is not a time: write a day like 2026-11-20, or Unix time with its unit, like";
    for (text, suggestion) in [
        ("1762092000", "1762092000s"),
        ("1762092000000", "1762092000000ms"),
        ("20261120", "1762092000s"),
        ("7", "1762092000s"),
    ] {
        check(text, &format!("{text:?} {day} {suggestion}"));
    }
}

#[test]
fn a_length_gets_its_sign() {
    for text in ["7d", "90s", "2 hours", "1mo"] {
        check(
            text,
            &format!(
                "{text:?} is a length and not a time: write \"-{text}\" or \"{text} ago\", or \"+{text}\" for what is to come"
            ),
        );
    }
}
