//! Business hours, day by day.

use super::*;
use crate::query::holidays::Holiday;

/// What belongs to a day, as `09:00-17:00` with hours up to 48.
#[track_caller]
fn check(hours: &str, date: &str, expected: &str) {
    let hours = Hours::parse(hours).expect("hours");
    let minutes = hours.minutes_of(date.parse().expect("a date"));
    let clock = |minute: i16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let ranges: Vec<String> = minutes
        .ranges()
        .iter()
        .map(|range| format!("{}-{}", clock(range.start), clock(range.end)))
        .collect();
    assert_eq!(ranges.join(","), expected);
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let error = Hours::parse(text).expect_err("the hours are refused");
    assert_eq!(error.to_string(), expected);
}

#[track_caller]
fn check_suggestion(text: &str, expected: &str) {
    let error = Hours::parse(text)
        .expect_err("the hours are refused")
        .to_string();
    let suggestion = error
        .split_once("did you mean ")
        .map_or(error.as_str(), |(_, suggestion)| suggestion);
    assert_eq!(suggestion, format!("{expected:?}?"));
}

const MONDAY: &str = "2026-11-02";
const TUESDAY: &str = "2026-11-03";
const FRIDAY: &str = "2026-11-06";
const SATURDAY: &str = "2026-11-07";

#[test]
fn later_rules_replace_what_they_select() {
    let hours = "09:00-17:00; Sa 10:00-14:00; Su off";
    check(hours, MONDAY, "09:00-17:00");
    check(hours, SATURDAY, "10:00-14:00");
    check(hours, "2026-11-08", "");
    check(
        "Mo-Fr 09:00-17:00; Fr 12:00-13:00 off",
        FRIDAY,
        "09:00-12:00,13:00-17:00",
    );
    check(
        "Mo-Fr 09:00-17:00; Dec 24,Dec 31 09:00-12:00",
        "2026-12-24",
        "09:00-12:00",
    );
    check("Mo-Fr 09:00-17:00; Nov 02-Nov 03 off", MONDAY, "");
}

#[test]
fn added_and_fallback_rules() {
    check(
        "Mo-Fr 09:00-12:00, Mo 14:00-16:00",
        MONDAY,
        "09:00-12:00,14:00-16:00",
    );
    check("Mo-Fr 09:00-12:00, Mo 14:00-16:00", TUESDAY, "09:00-12:00");
    check("Mo 09:00-12:00 || 10:00-11:00", MONDAY, "09:00-12:00");
    check("Mo 09:00-12:00 || 10:00-11:00", TUESDAY, "10:00-11:00");
    check("Mo unknown || 10:00-11:00", MONDAY, "");
}

#[test]
fn only_open_counts() {
    check("09:00-17:00; 12:00-13:00 unknown", MONDAY, "");
    check(
        "09:00-17:00, Mo 12:00-13:00 unknown",
        MONDAY,
        "09:00-12:00,13:00-17:00",
    );
    check(
        "09:00-17:00 \"front desk\"; Tu closed \"moving\"",
        MONDAY,
        "09:00-17:00",
    );
    check(
        "09:00-17:00 \"front desk\"; Tu closed \"moving\"",
        TUESDAY,
        "",
    );
}

#[test]
fn holidays_are_accepted_and_select_nothing() {
    check("Mo-Fr 09:00-17:00; PH off", "2026-12-25", "09:00-17:00");
    check("PH,Mo 09:00-17:00", MONDAY, "09:00-17:00");
    check("PH 09:00-17:00", MONDAY, "");
}

#[test]
fn a_range_over_midnight_belongs_to_the_day_it_began() {
    check("Fr 22:00-06:00; Sa 10:00-14:00", FRIDAY, "22:00-30:00");
    check("Fr 22:00-06:00; Sa 10:00-14:00", SATURDAY, "10:00-14:00");
    check("22:00-30:00", MONDAY, "22:00-30:00");
    check("10:00-10:00", MONDAY, "10:00-34:00");
    check("00:00-24:00", MONDAY, "00:00-24:00");
    check("24/7", MONDAY, "00:00-24:00");
}

#[test]
fn a_day_off_leaves_the_shift_of_the_night_before_whole() {
    check("Mo-Fr 22:00-06:00; Tu off", MONDAY, "22:00-30:00");
    check("Mo-Fr 22:00-06:00; Tu off", TUESDAY, "");
}

#[test]
fn times_off_go_by_the_clock() {
    check(
        "Mo-Fr 22:00-06:00; Sa 00:00-03:00 off",
        FRIDAY,
        "22:00-24:00,27:00-30:00",
    );
    check(
        "Mo-Tu 00:00-08:00; Mo 22:00-02:00 off",
        TUESDAY,
        "02:00-08:00",
    );
    check(
        "Sa 00:00-03:00 off; Mo-Fr 22:00-06:00",
        FRIDAY,
        "22:00-30:00",
    );
}

#[test]
fn every_kind_of_date_selector_survives_being_written_out() {
    for days in [
        "Mo",
        "Mo-Fr",
        "Mo,We,Fr",
        "Sa-Mo",
        "Mo[1]",
        "Mo[1,3]",
        "Fr[-1]",
        "Mo[2] +1 day",
        "PH",
        "PH,Mo",
        "PH +1 day",
        "Jan",
        "Nov-Feb",
        "Dec 24",
        "Dec 24-26",
        "Dec 24-Jan 02",
        "Dec 24,Dec 31",
        "2026 Dec 24",
        "2026",
        "2026-2028",
        "2026+",
        "week 45",
        "week 1-52/2",
        "week 45-46 Mo",
        "easter",
        "easter -2 days",
        "Jan-Mar Mo-Fr",
        "2026 Nov 02-2027 Jan 10",
    ] {
        let parsed = Hours::parse(&format!("{days} 09:00-17:00"));
        assert!(parsed.is_ok(), "{days}: {parsed:?}");
    }
}

#[test]
fn odd_but_right_notation_is_accepted() {
    for text in [
        "24/7",
        "mo-fr 9:00-17:00",
        " Mo-Fr  09:00 - 17:00 ",
        "Mo-Fr\n09:00-17:00",
        "off",
        "Mo-Fr",
    ] {
        assert!(Hours::parse(text).is_ok(), "{text:?}");
    }
    assert!(Hours::parse("PH +1 day 09:00-17:00").is_ok());
    let hours = Hours::parse(" Mo-Fr  09:00-17:00").expect("hours");
    assert_eq!(hours.text(), "Mo-Fr 09:00-17:00");
}

#[test]
fn common_misspellings_get_the_right_one() {
    check_suggestion("Mon-Fri 09:00-17:00", "Mo-Fr 09:00-17:00");
    check_suggestion("Mo-Fr 9-17", "Mo-Fr 09:00-17:00");
    check_suggestion("9-17", "09:00-17:00");
    check_suggestion("Dec 24,31 off", "Dec 24,Dec 31 off");
    check_suggestion("Mo–Fr 09:00–17:00", "Mo-Fr 09:00-17:00");
    check_suggestion("09:00-17:00 Mo-Fr", "Mo-Fr 09:00-17:00");
    check_suggestion("Mo-Fr 9am-5pm", "Mo-Fr 09:00-17:00");
    check_suggestion("Mo-Fr 9:30 a.m. to 5 p.m.", "Mo-Fr 09:30-17:00");
    check_suggestion("weekdays from 9 to 5", "Mo-Fr 09:00-17:00");
    check_suggestion("monday - friday: 9.00-17.30", "Mo-Fr 09:00-17:30");
    check_suggestion("Mo-Fr 0900-1700", "Mo-Fr 09:00-17:00");
    check_suggestion("Mo-Fr 22-6", "Mo-Fr 22:00-06:00");
    check_suggestion("Mo-Fr 1-5pm", "Mo-Fr 13:00-17:00");
    check_suggestion("Mo-Fr 09:00-17:00;", "Mo-Fr 09:00-17:00");
    check_suggestion(
        "Mon-Fri 9-12, 13-17, Sat/Sun closed",
        "Mo-Fr 09:00-12:00,13:00-17:00; Sa,Su off",
    );
    check_suggestion("9-17 Mo-Thu 9-15 Fri", "Mo-Th 09:00-17:00; Fr 09:00-15:00");
    check_suggestion("Mo-Fr, 09:00-17:00", "Mo-Fr 09:00-17:00");
    check_suggestion("Mo-Fr; 09:00-17:00", "Mo-Fr 09:00-17:00");
    check_suggestion(
        "Mo-Fr 08:00-12:00; 13:00-17:00",
        "Mo-Fr 08:00-12:00,13:00-17:00",
    );
    check_suggestion(
        "Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00; Sa 9-12",
        "Mo-Fr 08:00-12:00,13:00-17:00; Sa 09:00-12:00",
    );
}

#[test]
fn a_rule_that_replaces_all_before_it_is_refused() {
    check_refused(
        "Mo-Fr 08:00-12:00; 13:00-17:00",
        "the hours \"Mo-Fr 08:00-12:00; 13:00-17:00\" have times without days behind a semicolon, which replace all that \
         stands before, on every day: did you mean \"Mo-Fr 08:00-12:00,13:00-17:00\"?",
    );
    check_refused(
        "Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00",
        "the hours \"Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00\" have two rules for the same days, and the second replaces \
         the first: did you mean \"Mo-Fr 08:00-12:00,13:00-17:00\"?",
    );
    // Here it adds to what stands before.
    check(
        "Mo-Fr 08:00-12:00, 13:00-17:00",
        MONDAY,
        "08:00-12:00,13:00-17:00",
    );
    check("08:00-12:00; Mo 13:00-17:00", MONDAY, "13:00-17:00");
}

#[test]
fn weeks_may_run_over_new_year() {
    // 2026 has 53 weeks: week 53 ends on Sunday, 3 January 2027; week 2 of 2027 on 17 January.
    let hours = "week 50-02 Mo-Fr 10:00-12:00";
    for date in ["2026-12-07", "2026-12-31", "2027-01-15"] {
        check(hours, date, "10:00-12:00");
    }
    for date in ["2026-12-04", "2027-01-18", "2026-06-01"] {
        check(hours, date, "");
    }
    let read = Hours::parse(hours).map(|hours| hours.text().to_owned());
    assert_eq!(read.as_deref(), Ok(hours));
    check("Dec 20-Jan 10 10:00-12:00", "2027-01-10", "10:00-12:00");
    check("Nov-Feb 10:00-12:00", "2027-01-10", "10:00-12:00");
    check_refused(
        "week 50-02/2 Mo 10:00-12:00",
        "the hours \"week 50-02/2 Mo 10:00-12:00\" are not understood (weeks that run over new year cannot have a step): \
         write them like \"Mo-Fr 09:00-17:00; Sa 10:00-14:00; Dec 24,Dec 31 off\"",
    );
}

#[test]
fn a_refusal_says_where_and_what_to_do() {
    check_refused(
        "Mo-Fr 9-17",
        "the hours \"Mo-Fr 9-17\" are not understood at \"9-17\" (expected the end, \";\", open or off, times such as \
         09:00-17:00, or PH): did you mean \"Mo-Fr 09:00-17:00\"?",
    );
    check_refused(
        "during daylight, more or less",
        "the hours \"during daylight, more or less\" are not understood at \"during daylight, mor…\" (expected the end, \
         \";\", open or off, 24/7, days or times, a week such as \"week 45\", a date such as Dec 24, year, or comment): \
         write them like \"Mo-Fr 09:00-17:00; Sa 10:00-14:00; Dec 24,Dec 31 off\"",
    );
    check_refused(
        " ",
        "the hours are empty: write them like \"Mo-Fr 09:00-17:00; Sa 10:00-14:00; Dec 24,Dec 31 off\"",
    );
    check_refused(
        &"x".repeat(100_000),
        "the hours are 100000 characters long; at most 1000 are read",
    );
    check_refused(
        "Mo-Fr, 09:00-17:00",
        "the hours \"Mo-Fr, 09:00-17:00\" have a separator between days and times, which means all of those days and \
         these times on every day: did you mean \"Mo-Fr 09:00-17:00\"?",
    );
}

#[test]
fn ranges_without_definite_ends_are_refused() {
    for (text, what) in [
        ("18:00+", "have a range without an end"),
        (
            "10:00-16:00/01:30",
            "have repeated moments, which take no time",
        ),
        (
            "sunrise-sunset",
            "depend on sunrise or sunset, and no place is known",
        ),
        (
            "(dusk+20:00)-25:00",
            "depend on sunrise or sunset, and no place is known",
        ),
        (
            "Mo-Fr \"by appointment\"",
            "have a remark in the place of times",
        ),
    ] {
        let error = Hours::parse(text)
            .expect_err("the hours are refused")
            .to_string();
        assert!(
            error.starts_with(&format!("the hours {text:?} {what}: ")),
            "{error}"
        );
    }
}

/// What belongs to a day with the holidays Friday 2026-12-25 and Saturday 2026-12-26.
fn with_holidays(hours: &str, date: &str) -> String {
    let holidays: Holidays = ["2026-12-25", "2026-12-26"]
        .into_iter()
        .map(|date| {
            let holiday = Holiday {
                source: "configuration".to_owned(),
                name: String::new(),
            };
            (date.parse::<Date>().expect("a date"), holiday)
        })
        .collect();
    let hours = Hours::parse(hours).expect("hours").with_holidays(&holidays);
    let minutes = hours.minutes_of(date.parse().expect("a date"));
    let ranges = minutes.ranges().iter();
    let clock = |minute: i16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let texts = ranges.map(|range| format!("{}-{}", clock(range.start), clock(range.end)));
    texts.collect::<Vec<_>>().join(",")
}

#[test]
fn holidays_select_their_dates() {
    let of = with_holidays;
    let friday = "2026-12-25";
    assert_eq!(of("Mo-Fr 09:00-17:00; PH off", friday), "");
    assert_eq!(of("Mo-Fr 09:00-17:00; PH off", "2026-12-24"), "09:00-17:00");
    assert_eq!(
        of("Mo-Fr 09:00-17:00; PH 10:00-12:00", "2026-12-26"),
        "10:00-12:00"
    );
    // The night shift of the day before ends on the holiday; that of the holiday does not begin.
    assert_eq!(of("22:00-06:00; PH off", "2026-12-24"), "22:00-30:00");
    assert_eq!(of("22:00-06:00; PH off", friday), "");
    assert_eq!(of("Mo-Fr,PH 09:00-17:00", "2026-12-26"), "09:00-17:00");
    assert!(Hours::parse("PH off").is_ok_and(|hours| hours.mentions_holidays()));
    assert!(Hours::parse("Mo-Fr; Sa off").is_ok_and(|hours| !hours.mentions_holidays()));
}

/// The holiday on a Friday, the one on a Saturday, a Friday that is none.
#[track_caller]
fn check_holidays(hours: &str, expected: [&str; 3]) {
    let days = ["2026-12-25", "2026-12-26", "2026-11-06"];
    assert_eq!(
        days.map(|day| with_holidays(hours, day)),
        expected,
        "{hours}"
    );
}

#[test]
fn a_space_between_holidays_and_weekdays_means_both() {
    let week = "09:00-17:00";
    let check = |rule: &str, expected| {
        check_holidays(&format!("Mo-Fr 09:00-17:00; {rule}"), expected);
    };
    check("PH Mo-Fr 10:00-12:00", ["10:00-12:00", "", week]);
    check("PH Sa 10:00-12:00", [week, "10:00-12:00", week]);
    check("PH Fr off", ["", "", week]);
    check("ph fr off", ["", "", week]);
    check("PH Mo,Fr off", ["", "", week]);
    check("PH Mo-We off", [week, "", week]);
    // The last Friday of December.
    check("PH Fr[-1] off", ["", "", week]);
    check("PH Fr[1] off", [week, "", week]);
    check("Dec PH Fr off", ["", "", week]);
    check("Jan-Nov PH Fr off", [week, "", week]);
    check("\"PH\":PH Fr off", ["", "", week]);
    check("PH Fr off \"PH,Fr are closed\"", ["", "", week]);
    check("PH Fr off \"SH as well\"", ["", "", week]);
}

#[test]
fn school_holidays_are_refused_since_none_are_known() {
    for hours in [
        "Mo-Fr 09:00-17:00; SH off",
        "Mo-Fr 09:00-17:00; SH Fr off",
        "Mo-Fr 09:00-17:00; sh fr off",
        "Mo-Fr 09:00-17:00; PH,SH off",
        "Mo-Fr 09:00-17:00; SH,PH off",
        "Mo-Fr 09:00-17:00; PH,SH Fr off",
        "SH,Fr 10:00-12:00",
        "Mo-Fr 09:00-17:00; Fr SH 10:00-12:00",
        "Mo-Fr 09:00-17:00; Dec SH off",
        "Mo-Fr 09:00-17:00 || SH 10:00-12:00",
    ] {
        check_refused(
            hours,
            &format!(
                "the hours {hours:?} select school holidays (SH), of which none are known (leave SH out, or write the dates \
                 themselves, as in Jul 20-Aug 31 off): write them like \"Mo-Fr 09:00-17:00; Sa 10:00-14:00; Dec 24,Dec 31 \
                 off\""
            ),
        );
    }
    // What is proposed is understood.
    check("Mo-Fr 09:00-17:00; Jul 20-Aug 31 off", "2026-07-20", "");
    check(
        "Mo-Fr 09:00-17:00; Jul 20-Aug 31 off",
        "2026-09-01",
        "09:00-17:00",
    );
}

#[test]
fn a_second_rule_for_the_holidays_among_the_days_of_the_first_is_meant() {
    // The Friday that is a holiday, the Saturday that is one, the Friday that is none.
    check_holidays(
        "PH,Fr 10:00-12:00; PH Fr 09:00-11:00",
        ["09:00-11:00", "10:00-12:00", "10:00-12:00"],
    );
    check_holidays(
        "PH,Fr,Sa 10:00-12:00; PH Fr,Sa 09:00-11:00",
        ["09:00-11:00", "09:00-11:00", "10:00-12:00"],
    );
    check_holidays(
        "Fr 10:00-12:00; PH Fr 09:00-11:00",
        ["09:00-11:00", "", "10:00-12:00"],
    );
    check_holidays(
        "Fr 10:00-12:00; PH 09:00-11:00",
        ["09:00-11:00", "09:00-11:00", "10:00-12:00"],
    );
    check_holidays(
        "PH 10:00-12:00; PH Fr 09:00-11:00",
        ["09:00-11:00", "10:00-12:00", ""],
    );
    // Here nothing is left of the first.
    for hours in [
        "PH Fr 10:00-12:00; PH,Fr 09:00-11:00",
        "PH,Fr 10:00-12:00; PH,Fr 09:00-11:00",
        "PH Fr 10:00-12:00; PH Fr 09:00-11:00",
        "PH 10:00-12:00; PH 09:00-11:00",
    ] {
        let error = Hours::parse(hours).expect_err("it is refused").to_string();
        assert!(
            error.contains("have two rules for the same days"),
            "{error}"
        );
    }
}

#[test]
fn a_comma_between_holidays_and_weekdays_means_either() {
    check_holidays("PH,Mo-Fr 10:00-12:00", ["10:00-12:00"; 3]);
    check_holidays("Mo-Fr,PH 10:00-12:00", ["10:00-12:00"; 3]);
    check_holidays("PH,Mo,We 10:00-12:00", ["10:00-12:00", "10:00-12:00", ""]);
    check_holidays("Mo-Su 09:00-17:00; PH,Sa off", ["", "", "09:00-17:00"]);
    // Rules that are joined otherwise keep their own signs.
    check_holidays(
        "PH,Mo 10:00-12:00, PH Fr 14:00-15:00 || Fr 08:00-09:00",
        ["10:00-12:00,14:00-15:00", "10:00-12:00", "08:00-09:00"],
    );
}

#[test]
fn days_after_a_holiday_are_counted_from_it() {
    // 2026-12-26 is a holiday and the day after one; 2026-12-27 is the day after one.
    assert_eq!(with_holidays("PH +1 day 10:00-12:00", "2026-12-25"), "");
    assert_eq!(
        with_holidays("PH +1 day 10:00-12:00", "2026-12-27"),
        "10:00-12:00"
    );
    assert_eq!(
        with_holidays("PH -1 day 10:00-12:00", "2026-12-24"),
        "10:00-12:00"
    );
    assert_eq!(
        with_holidays("PH +2 days Mo 10:00-12:00", "2026-12-28"),
        "10:00-12:00"
    );
    assert_eq!(with_holidays("PH +2 days Tu 10:00-12:00", "2026-12-28"), "");
    assert_eq!(
        with_holidays("PH,PH -1 day off; PH +1 day 10:00-12:00", "2026-12-26"),
        "10:00-12:00"
    );
}

#[test]
fn what_can_mean_two_things_about_holidays_is_refused() {
    for (hours, what) in [
        ("Mo-Fr PH off", "have weekdays before PH without a comma"),
        (
            "Mo-Fr 09:00-17:00; Fr PH 10:00-12:00",
            "have weekdays before PH without a comma",
        ),
        (
            "PH, Mo-Fr 10:00-12:00",
            "have a comma and a space between days",
        ),
        (
            "Mo, We 10:00-12:00",
            "have a comma and a space between days",
        ),
    ] {
        let error = Hours::parse(hours).expect_err("it is refused").to_string();
        assert!(
            error.starts_with(&format!("the hours {hours:?} {what}")),
            "{error}"
        );
    }
}

#[test]
fn the_rules_that_decide_are_named_as_they_are_written() {
    let of = |hours: &str, date: &str| {
        let hours = Hours::parse(hours).expect("hours");
        let date: Date = date.parse().expect("a date");
        hours.deciding(date).join(" / ")
    };
    let hours =
        "Mo-Fr 09:00-12:00, 13:00-17:00; Fr 12:00-14:00 off, Sa 10:00-14:00 \"by phone; mostly\"";
    assert_eq!(of(hours, MONDAY), "Mo-Fr 09:00-12:00, 13:00-17:00");
    assert_eq!(
        of(hours, FRIDAY),
        "Mo-Fr 09:00-12:00, 13:00-17:00 / Fr 12:00-14:00 off"
    );
    assert_eq!(of(hours, SATURDAY), "Sa 10:00-14:00 \"by phone; mostly\"");
    assert_eq!(of(hours, "2026-11-08"), "");
    assert_eq!(of("Mo-Fr 09:00-17:00; Fr off", FRIDAY), "Fr off");
    assert_eq!(
        of("Fr 22:00-06:00; Sa 00:00-03:00 off", FRIDAY),
        "Fr 22:00-06:00 / Sa 00:00-03:00 off"
    );
    assert_eq!(
        of("Mo 09:00-12:00 || 10:00-11:00", MONDAY),
        "Mo 09:00-12:00"
    );
    assert_eq!(of("Mo 09:00-12:00 || 10:00-11:00", TUESDAY), "10:00-11:00");
}
