//! What events say, in short cases; whole files as programs export them are in the integration tests.

use super::*;

/// A calendar with one event of these lines.
fn calendar(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests\r\nBEGIN:VEVENT\r\nSUMMARY:Day\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        lines.replace('\n', "\r\n")
    )
}

fn shown(events: Result<Vec<DayEvent>, IcalendarError>) -> String {
    let events = match events {
        Ok(events) => events,
        Err(error) => {
            let line = error
                .line()
                .map_or_else(String::new, |line| format!("{line}: "));
            return format!("{line}{error}");
        }
    };
    let days: Vec<&Range<Date>> = events.iter().flat_map(|event| &event.days).collect();
    let shown = days.iter().take(4).map(|days| {
        let last = days.end.yesterday().expect("a day before");
        if last == days.start {
            last.to_string()
        } else {
            format!("{}..{last}", days.start)
        }
    });
    format!("{}: {}", days.len(), shown.collect::<Vec<_>>().join(" "))
}

/// The first few days of an event, and how many there are; or why it is refused.
#[track_caller]
fn check(lines: &str, expected: &str) {
    let text = calendar(lines);
    assert_eq!(
        shown(day_events(text.as_bytes(), Purpose::Holidays)),
        expected,
        "{lines}"
    );
}

#[track_caller]
fn check_refused(lines: &str, part: &str) {
    let text = calendar(lines);
    let shown = shown(day_events(text.as_bytes(), Purpose::Holidays));
    assert!(shown.starts_with("4: the event \"Day\" "), "{shown}");
    assert!(shown.contains(part), "{shown}");
}

#[track_caller]
fn check_file(text: &str, expected: &str) {
    assert_eq!(
        shown(day_events(text.as_bytes(), Purpose::Holidays)),
        expected
    );
}

const DAY: &str = "DTSTART;VALUE=DATE:20261225";

#[test]
fn single_days_and_stretches() {
    check(DAY, "1: 2026-12-25");
    check(
        &format!("{DAY}\nDTEND;VALUE=DATE:20261227"),
        "1: 2026-12-25..2026-12-26",
    );
    check(
        &format!("{DAY}\nDTEND;VALUE=DATE:20261225"),
        "1: 2026-12-25",
    );
    for (duration, expected) in [
        ("P1W", "1: 2026-12-25..2026-12-31"),
        ("P1D", "1: 2026-12-25"),
        ("P1W2D", "1: 2026-12-25..2027-01-02"),
        ("P2DT0H0M0S", "1: 2026-12-25..2026-12-26"),
        ("PT48H", "1: 2026-12-25..2026-12-26"),
    ] {
        check(&format!("{DAY}\nDURATION:{duration}"), expected);
    }
    for duration in ["P", "PT1H", "-P1D", "P0D", "P1Y", "1D", "P99999999999999D"] {
        check_refused(&format!("{DAY}\nDURATION:{duration}"), "lasts");
    }
    check_refused(
        &format!("{DAY}\nDURATION:P1D\nDTEND;VALUE=DATE:20261226"),
        "both DTEND and DURATION",
    );
    check_refused(
        &format!("{DAY}\nDTEND;VALUE=DATE:20261220"),
        "ends before it begins",
    );
    check_refused(&format!("{DAY}\n{DAY}"), "has DTSTART twice (line 7)");
    check_refused("CLASS:PUBLIC", "has no beginning (DTSTART)");
    check_refused(
        "DTSTART;VALUE=DATE:20261325",
        "has DTSTART \"20261325\", which is no date",
    );
}

#[test]
fn times_from_midnight_to_midnight_are_days() {
    check(
        "DTSTART:20261225T000000\nDTEND:20261226T000000",
        "1: 2026-12-25",
    );
    check(
        "DTSTART;TZID=Europe/Berlin:20261024T000000\nDTEND;TZID=Europe/Berlin:20261026T000000",
        "1: 2026-10-24..2026-10-25",
    );
    check(
        "DTSTART:20261225T000000Z\nDTEND:20261227T000000Z",
        "1: 2026-12-25..2026-12-26",
    );
    check(
        "DTSTART;TZID=Europe/Berlin:20261225T000000\nDTEND:20261225T230000Z",
        "1: 2026-12-25",
    );
    check(
        "DTSTART;TZID=W. Europe Standard Time:20261225T000000\nDURATION:P1D",
        "1: 2026-12-25",
    );
    check(
        "DTSTART;TZID=Anything:20261225T000000\nDTEND;TZID=Anything:20261226T000000",
        "1: 2026-12-25",
    );
    check_refused(
        "DTSTART:20261225T090000Z",
        "begins at 20261225T090000Z; only whole days are read",
    );
    check_refused(
        "DTSTART:20261225T000000\nDTEND:20261225T120000",
        "ends at 20261225T120000",
    );
    check_refused("DTSTART:20261225T000000", "takes no time");
    // A day of 24 hours is none where clocks change.
    check_refused(
        "DTSTART;TZID=Europe/Berlin:20261025T000000\nDURATION:PT24H",
        "lasts",
    );
    check_refused(
        "DTSTART;TZID=Anything:20261225T000000\nDTEND:20261225T230000Z",
        "is in the zone \"Anything\", which is neither known nor described in the file",
    );
}

/// A calendar of these lines, with the event of a day that begins at 23:00 UTC: the 25th one hour ahead of UTC.
fn in_utc(lines: &str) -> String {
    calendar("DTSTART:20261224T230000Z\nDTEND:20261225T230000Z").replace(
        "BEGIN:VEVENT\r\n",
        &format!("{}\r\nBEGIN:VEVENT\r\n", lines.replace('\n', "\r\n")),
    )
}

#[test]
fn a_zone_that_is_not_known_is_no_other_one() {
    let christmas = "1: 2026-12-25";
    let read = |lines: &str| shown(day_events(in_utc(lines).as_bytes(), Purpose::Holidays));
    assert_eq!(read("X-WR-TIMEZONE:Europe/Berlin"), christmas);
    assert_eq!(
        read("X-WR-TIMEZONE:W. Europe Standard Time"),
        christmas,
        "a name of Windows"
    );
    assert_eq!(read("X-WR-TIMEZONE:\nTIMEZONE-ID:Europe/Berlin"), christmas);
    let zone = |offset: &str| {
        format!(
            "X-WR-TIMEZONE:Headquarters\nBEGIN:VTIMEZONE\nTZID:Headquarters\nBEGIN:STANDARD\n\
             DTSTART:19701025T030000\nTZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE"
        )
    };
    assert_eq!(read(&zone("+0100")), christmas, "described in the file");
    assert_eq!(read(&zone("+010000")), christmas);
    // Not UTC, in which it would be no whole day, and not another zone that is named.
    let unknown = |lines: &str, name: &str| {
        let refused = read(lines);
        let expected = format!(
            ": the event \"Day\" is in the zone \"{name}\", which is neither known nor described in the file; it has to \
             be, to read 20261224T230000Z"
        );
        assert!(refused.ends_with(&expected), "{lines}: {refused}");
    };
    unknown("X-WR-TIMEZONE:Europe/Berlni", "Europe/Berlni");
    unknown(
        "X-WR-TIMEZONE:Headquarters\nTIMEZONE-ID:Europe/Berlin",
        "Headquarters",
    );
    // Described, but not readably.
    for offset in ["1", "+1:00", "+01", "+01000", "+0100x", ""] {
        unknown(&zone(offset), "Headquarters");
    }
    // A day that is midnight to midnight of UTC is none of a zone that is not known.
    let of_utc = calendar("DTSTART:20261225T000000Z\nDTEND:20261226T000000Z");
    check_file(&of_utc, christmas);
    let of_another = of_utc.replace("BEGIN:VEVENT", "X-WR-TIMEZONE:Mars/Olympus\r\nBEGIN:VEVENT");
    check_file(
        &of_another,
        "5: the event \"Day\" is in the zone \"Mars/Olympus\", which is neither known nor described in the file; it has \
         to be, to read 20261225T000000Z",
    );
    // One end of an event in another zone: the one that is not known is named.
    check_refused(
        "DTSTART;TZID=Europe/Berlin:20261225T000000\nDTEND;TZID=Anything:20261226T000000",
        "is in the zone \"Anything\", which is neither known nor described",
    );
    check_refused(
        "DTSTART;TZID=/maker.example/1/Europe/Berlni:20261225T000000\nDTEND:20261225T230000Z",
        "is in the zone \"/maker.example/1/Europe/Berlni\", which is neither known nor described",
    );
    // The last day in UTC can be either of two where the calendar's zone is not known.
    let series = calendar("DTSTART;VALUE=DATE:20251225\nRRULE:FREQ=YEARLY;UNTIL=20261225T000000Z");
    check_file(&series, "2: 2025-12-25 2026-12-25");
    let of_another = series.replace("BEGIN:VEVENT", "X-WR-TIMEZONE:Mars/Olympus\r\nBEGIN:VEVENT");
    let refused = shown(day_events(of_another.as_bytes(), Purpose::Holidays));
    assert!(
        refused.contains("whether 2026-12-25 is the last day depends on the zone"),
        "{refused}"
    );
}

#[test]
fn what_comes_every_year() {
    check(
        &format!("{DAY}\nRRULE:FREQ=YEARLY"),
        "75: 2026-12-25 2027-12-25 2028-12-25 2029-12-25",
    );
    check(
        "DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2",
        "2: 2026-11-26 2027-11-25",
    );
    check(
        "DTSTART;VALUE=DATE:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;UNTIL=20280101T000000Z",
        "2: 2026-05-25 2027-05-31",
    );
    check(
        "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;COUNT=2",
        "2: 2024-02-29 2028-02-29",
    );
    check(
        &format!("{DAY}\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20271225"),
        "2: 2026-12-25 2028-12-25",
    );
    // Without a month, of every month.
    check(
        "DTSTART;VALUE=DATE:20260125\nRRULE:FREQ=YEARLY;BYMONTHDAY=25;COUNT=13",
        "13: 2026-01-25 2026-02-25 2026-03-25 2026-04-25",
    );
    check(
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYYEARDAY=1,-1;COUNT=3",
        "3: 2026-01-01 2026-12-31 2027-01-01",
    );
    // The 20th Monday of the year.
    check(
        "DTSTART;VALUE=DATE:20260518\nRRULE:FREQ=YEARLY;BYDAY=20MO;COUNT=2",
        "2: 2026-05-18 2027-05-17",
    );
    // Friday the 13th.
    check(
        "DTSTART;VALUE=DATE:20260213\nRRULE:FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR;COUNT=3",
        "3: 2026-02-13 2026-03-13 2026-11-13",
    );
}

#[test]
fn what_comes_more_often() {
    check(
        "DTSTART;VALUE=DATE:20261102\nRRULE:FREQ=DAILY;COUNT=3",
        "3: 2026-11-02 2026-11-03 2026-11-04",
    );
    check(
        "DTSTART;VALUE=DATE:20261102\nRRULE:FREQ=DAILY;INTERVAL=10;UNTIL=20261122",
        "3: 2026-11-02 2026-11-12 2026-11-22",
    );
    check(
        "DTSTART;VALUE=DATE:20261106\nRRULE:FREQ=WEEKLY;COUNT=2",
        "2: 2026-11-06 2026-11-13",
    );
    // Tuesdays and Sundays of every second week, which begins on Monday or on Sunday: an example of the standard.
    for (start, days) in [
        ("MO", "4: 1997-08-05 1997-08-10 1997-08-19 1997-08-24"),
        ("SU", "4: 1997-08-05 1997-08-17 1997-08-19 1997-08-31"),
    ] {
        check(
            &format!(
                "DTSTART;VALUE=DATE:19970805\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={start}"
            ),
            days,
        );
    }
    check(
        "DTSTART;VALUE=DATE:20260131\nRRULE:FREQ=MONTHLY;COUNT=3",
        "3: 2026-01-31 2026-03-31 2026-05-31",
    );
    check(
        "DTSTART;VALUE=DATE:20260130\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=2",
        "2: 2026-01-30 2026-02-27",
    );
    // The last working day of the month.
    check(
        "DTSTART;VALUE=DATE:20260130\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3",
        "3: 2026-01-30 2026-02-27 2026-03-31",
    );
    for rule in [
        "FREQ=HOURLY",
        "FREQ=YEARLY;BYWEEKNO=1",
        "FREQ=YEARLY;BYHOUR=9",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=YEARLY;COUNT=2;UNTIL=20300101",
        "FREQ=YEARLY;INTERVAL=0",
        "FREQ=YEARLY;COUNT=0",
        "FREQ=YEARLY;FREQ=DAILY",
        "FREQ=YEARLY;RSCALE=HEBREW",
        "FREQ=YEARLY;SKIP=FORWARD",
        "BYMONTH=12",
        "D1 #0",
        "",
    ] {
        check_refused(&format!("{DAY}\nRRULE:{rule}"), "recurs by");
    }
    check_refused(
        &format!("{DAY}\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
        "begins on 2026-12-25, which its rule \"FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\" does not select",
    );
}

#[test]
fn rules_and_dates_are_added_and_taken_away() {
    check(
        &format!(
            "{DAY}\nRRULE:FREQ=YEARLY;COUNT=2\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=26;COUNT=1"
        ),
        "3: 2026-12-25 2026-12-26 2027-12-25",
    );
    check(
        "DTSTART;VALUE=DATE:20241225\nRRULE:FREQ=YEARLY;COUNT=4\nEXRULE:FREQ=YEARLY;INTERVAL=2",
        "2: 2025-12-25 2027-12-25",
    );
    check(
        &format!("{DAY}\nRDATE;VALUE=DATE:20270101,20270106"),
        "3: 2026-12-25 2027-01-01 2027-01-06",
    );
    check(
        &format!("{DAY}\nRDATE;VALUE=PERIOD:20270101T000000/20270103T000000,20270201T000000/P1D"),
        "3: 2026-12-25 2027-01-01..2027-01-02 2027-02-01",
    );
    let daily = "DTSTART;VALUE=DATE:20261102\nRRULE:FREQ=DAILY;COUNT=5";
    for excluded in [
        "EXDATE;VALUE=DATE:20261103,20261104",
        "EXDATE;VALUE=DATE:20261103\nEXDATE;VALUE=DATE:20261104",
        "EXDATE:20261103T000000,20261104T000000",
        "EXDATE;TZID=Europe/Berlin:20261103T000000,20261104T000000",
        "EXDATE:20261103T000000Z,20261104T000000Z",
        // Midnight of Berlin.
        "EXDATE:20261102T230000Z,20261103T230000Z",
    ] {
        check(
            &format!("{daily}\n{excluded}"),
            "3: 2026-11-02 2026-11-05 2026-11-06",
        );
    }
    check(
        &format!("{daily}\nEXDATE:"),
        "5: 2026-11-02 2026-11-03 2026-11-04 2026-11-05",
    );
    // Midnight of the 3rd in Auckland, or of the 4th... in no zone that has both: it can be either.
    check_refused(
        &format!("{daily}\nEXDATE:20261103T110000Z"),
        "which can be two of its days",
    );
    check_refused(
        &format!("{daily}\nEXDATE:20261103T093700"),
        "which is no whole day",
    );
    check_refused(
        &format!("{DAY}\nRDATE;VALUE=PERIOD:20270101T000000/20270101T120000"),
        "20270101T120000",
    );
}

#[test]
fn the_last_day_in_utc_is_that_of_the_events_zone() {
    let series = "DTSTART;VALUE=DATE:20241225\nRRULE:FREQ=YEARLY;UNTIL=";
    check(
        &format!("{series}20261225"),
        "3: 2024-12-25 2025-12-25 2026-12-25",
    );
    check(
        &format!("{series}20261225T000000Z"),
        "3: 2024-12-25 2025-12-25 2026-12-25",
    );
    check(
        &format!("{series}20261224T235959Z"),
        "2: 2024-12-25 2025-12-25",
    );
    // The 25th in Berlin, the 24th in London.
    check_refused(
        &format!("{series}20261224T230000Z"),
        "whether 2026-12-25 is the last day depends on the zone",
    );
    check(
        &format!("{series}20261130T230000Z"),
        "2: 2024-12-25 2025-12-25",
    );
    let zoned = "DTEND;TZID=Europe/Berlin:20241226T000000\nDTSTART;TZID=Europe/Berlin:20241225T000000\nRRULE:FREQ=YEARLY;UNTIL=";
    check(
        &format!("{zoned}20261224T230000Z"),
        "3: 2024-12-25 2025-12-25 2026-12-25",
    );
    check(
        &format!("{zoned}20261224T225959Z"),
        "2: 2024-12-25 2025-12-25",
    );
}

#[test]
fn what_may_decide_about_days_and_is_not_read_is_refused() {
    check(
        &format!(
            "{DAY}\nX-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\nCOLOR:red\nATTENDEE;CN=\"a;b:c\":mailto:x@example.com"
        ),
        "1: 2026-12-25",
    );
    for name in [
        "X-MICROSOFT-RRULE",
        "X-MICROSOFT-EXDATE",
        "X-MICROSOFT-CALSCALE",
        "EXCEPTION-DATES",
    ] {
        check_refused(
            &format!("{DAY}\n{name}:x"),
            &format!("has {name} (line 7), which is not read and may decide about its days"),
        );
    }
    check_refused(
        &format!("{DAY}\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20261225"),
        "RECURRENCE-ID;RANGE=THISANDFUTURE",
    );
    check_refused(
        &format!("{DAY}\nRECURRENCE-ID;VALUE=DATE:20261225\nRRULE:FREQ=DAILY"),
        "and has RRULE",
    );
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line() {
    check_file(
        "",
        "it is empty; an iCalendar file begins with BEGIN:VCALENDAR",
    );
    check_file(
        " \r\n\r\n",
        "it is empty; an iCalendar file begins with BEGIN:VCALENDAR",
    );
    check_file(
        "<!DOCTYPE html>\n<html>",
        "1: it is no iCalendar file (RFC 5545): BEGIN:VCALENDAR is missing before \"<!DOCTYPE html>\"",
    );
    let event = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:20261225\n";
    check_file(
        &format!("{event}SUMM"),
        "5: the file is cut off: it ends with \"SUMM\", where a property such as SUMMARY:Christmas should be",
    );
    check_file(
        event,
        "4: the file ends here and may be cut off: END:VEVENT (of line 2) and END:VCALENDAR (of line 1) are missing",
    );
    check_file(
        &format!("{event}END:VEVENT\n"),
        "5: the file ends here and may be cut off: END:VCALENDAR (of line 1) is missing",
    );
    check_file(
        &format!("{event}BEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n"),
        "5: BEGIN:VEVENT lies in the VEVENT of line 2: END:VEVENT is missing before it",
    );
    check_file(
        &format!("{event}END:VCALENDAR\n"),
        "5: END:VCALENDAR ends the VEVENT of line 2: END:VEVENT is missing before it",
    );
    check_file(
        &format!("{event}DESCRIPTION:one\ntwo\nEND:VEVENT\nEND:VCALENDAR\n"),
        "6: \"two\" is no property such as SUMMARY:Christmas; a line that goes on has to begin with a space",
    );
    check_file(
        &format!("{event}END:VEVENT\nEND:VCALENDAR\nEND:VCALENDAR\n"),
        "7: END:VCALENDAR ends nothing: its BEGIN is missing",
    );
    check_file(
        "BEGIN:VCALENDAR\nVERSION:1.0\nEND:VCALENDAR\n",
        "2: VERSION:1.0 is vCalendar, not iCalendar; export it as iCalendar 2.0 (.ics)",
    );
    check_file(
        "BEGIN:VCALENDAR\nCALSCALE:JAPANESE\nEND:VCALENDAR\n",
        "2: CALSCALE:JAPANESE is not read: days have to be those of the Gregorian calendar",
    );
    check_file(
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n",
        "2: METHOD:REPLY is a message between calendars; export the calendar itself",
    );
    check_file("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", "0: ");
    let latin = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:F\xfcr\n";
    assert_eq!(
        shown(day_events(latin, Purpose::Holidays)),
        "3: it is not UTF-8 text: the byte 0xfc is \"\u{fc}\" in Windows-1252 (Latin-1); save it as UTF-8 (Excel: \"CSV UTF-8\")"
    );
}

#[test]
fn lines_end_in_any_way_and_are_folded_anywhere() {
    let text = calendar("DTSTART;VALUE=DATE:20261225\nDESCRIPTION:J\u{e4}nner");
    for ends in ["\n", "\r", "\r\n"] {
        check_file(&text.replace("\r\n", ends), "1: 2026-12-25");
    }
    // Within the two bytes of a letter, and within a name.
    let bytes = text.into_bytes();
    for at in 0..bytes.len() {
        if bytes[at] == b'\r' || bytes[at] == b'\n' || (at > 0 && bytes[at - 1] == b'\r') {
            continue;
        }
        for fold in [&b"\r\n "[..], b"\n\t"] {
            let folded = [&bytes[..at], fold, &bytes[at..]].concat();
            if at > 0 && bytes[at - 1] != b'\n' {
                assert_eq!(
                    shown(day_events(&folded, Purpose::Holidays)),
                    "1: 2026-12-25",
                    "{at}"
                );
            }
        }
    }
}

#[test]
fn what_a_file_asks_for_is_bounded() {
    let nested = "BEGIN:X\n".repeat(8_000);
    check_file(
        &format!("BEGIN:VCALENDAR\n{nested}"),
        "9: BEGIN:X lies in more than 8 others; no calendar has that",
    );
    check(
        "DTSTART;VALUE=DATE:00010101\nDTEND;VALUE=DATE:99991231",
        "4: the event \"Day\" lasts 3652058 days; at most 3660 are read",
    );
    let many = |lines: &str, count: usize| {
        let event = format!("BEGIN:VEVENT\nSUMMARY:Day\n{lines}\nEND:VEVENT\n");
        format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event.repeat(count))
    };
    let too_many =
        "its events have more than 200000 days together, or recur more often than can be counted";
    check_file(
        &many("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY", 3_000),
        too_many,
    );
    check_file(
        &many(
            "DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\nEXDATE:",
            3_000,
        )
        .replace(
            "DTSTART;VALUE=DATE:00010101",
            "DTSTART;VALUE=DATE:00010101\nRDATE;VALUE=DATE:00010101",
        ),
        too_many,
    );
    // A year's holidays of a hundred countries are not many.
    let text = many("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY", 2_000);
    assert!(
        day_events(text.as_bytes(), Purpose::Holidays).is_ok_and(|events| events.len() == 2_000)
    );
}
