//! Business hours in the OpenStreetMap `opening_hours` notation: which minutes of a local day are scheduled.
//!
//! A library reads the notation and knows which dates a rule selects. How rules combine is decided here, day by day,
//! because the library cuts everything at midnight and loses whose a piece is: with it, the night shift of Friday ends
//! at midnight in `Fr 22:00-06:00; Sa 10:00-14:00`, since Saturday has a rule of its own. Here a range that runs over
//! midnight belongs to the day on which it began:
//!
//! - a later rule replaces what earlier ones say about the days it selects: all that *begins* on them (`;`), or adds to
//!   it (`, ` before days), or counts only where nothing else is said (`||`);
//! - `We off` cancels what begins on Wednesday; the shift of Tuesday night still ends on Wednesday morning;
//! - `off` with times (`Sa 00:00-03:00 off`) goes by the clock, whoever's shift it cuts.
//!
//! Only `open` counts: `closed`, `off` and `unknown` do not, and comments change nothing.
//! No holidays are known: `PH` and `SH` are accepted and select no date.

use std::ops::Range;

use chrono::NaiveDate;
use jiff::civil::Date;
use opening_hours::OpeningHours;
use opening_hours_syntax::rules::time::{Time, TimeSelector, TimeSpan};
use opening_hours_syntax::rules::{RuleKind, RuleOperator, RuleSequence};

use super::misspelling;

/// Parsed business hours.
#[derive(Clone, Debug)]
pub struct Hours {
    text: String,
    rules: Vec<Rule>,
}

/// Why a text gives no business hours. Every sentence is one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// There is nothing in it.
    #[error("the hours are empty: {EXAMPLE}")]
    Empty,
    /// It is longer than any schedule needs.
    #[error("the hours are {0} characters long; at most {LONGEST_TEXT} are read")]
    TooLong(usize),
    /// It does not follow the notation.
    #[error("the hours {text:?} are not understood{reason}: {}", advice(suggestion.as_deref()))]
    Malformed {
        /// What was given.
        text: String,
        /// Where, and what was expected there; begins with a space.
        reason: String,
        /// What was probably meant; it is understood.
        suggestion: Option<String>,
    },
    /// It follows the notation, but does not say which stretches of time are scheduled.
    #[error("the hours {text:?} {what}: {}", advice(suggestion.as_deref()))]
    Unsupported {
        /// What was given.
        text: String,
        /// What cannot be used.
        what: &'static str,
        /// What was probably meant; it is understood.
        suggestion: Option<String>,
    },
}

const EXAMPLE: &str = "write them like \"Mo-Fr 09:00-17:00; Sa 10:00-14:00; Dec 24,Dec 31 off\"";

/// So many characters are read at most; reading takes longer than in proportion to them.
const LONGEST_TEXT: usize = 1000;

fn advice(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(
        || EXAMPLE.to_owned(),
        |suggestion| format!("did you mean {suggestion:?}?"),
    )
}

impl Hours {
    /// Reads hours such as `Mo-Fr 09:00-12:30,13:30-18:00; Sa 10:00-14:00; Dec 24,Dec 31 off`.
    ///
    /// `24:00` ends a day; `22:00-06:00` and `22:00-30:00` run into the next one. Ranges without a definite beginning
    /// and end are refused: `18:00+`, `sunrise-sunset` (which depend on a place), and `10:00-16:00/01:30`.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        let length = text.chars().count();
        if length > LONGEST_TEXT {
            return Err(HoursError::TooLong(length));
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Err(HoursError::Empty);
        }
        match read(&text) {
            Ok(rules) => Ok(Self { text, rules }),
            Err(fault) => Err(fault.explained(text)),
        }
    }

    /// The text they were read from, with single spaces.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The scheduled minutes that belong to a local day: from its midnight up to 48:00, ascending, not adjoining.
    pub(super) fn minutes_of(&self, date: Date) -> Minutes {
        let dates = [date.yesterday(), Ok(date), date.tomorrow()]
            .map(|date| date.ok().and_then(known_date));
        let mut day = Day::default();
        for rule in &self.rules {
            rule.apply(&mut day, &dates);
        }
        day.open
    }
}

/// The same date for the library, which knows the years 1900 to 9999; outside them nothing is scheduled.
fn known_date(date: Date) -> Option<NaiveDate> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    NaiveDate::from_ymd_opt(
        year.into(),
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )
}

/// What rules say about one local day.
#[derive(Debug, Default)]
struct Day {
    open: Minutes,
    /// Unknown, or closed with a comment: not scheduled, but something is said about it.
    remarked: Minutes,
}

/// One rule: on the days it selects, these minutes are so.
#[derive(Clone, Debug)]
struct Rule {
    days: Days,
    minutes: Minutes,
    effect: Effect,
    operator: RuleOperator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Open,
    Closed,
    /// Unknown, or closed with a comment.
    Remarked,
}

impl Rule {
    /// Changes what earlier rules said about the middle one of three days.
    fn apply(&self, day: &mut Day, dates: &[Option<NaiveDate>; 3]) {
        let selects = |index: usize| dates[index].is_some_and(|date| self.days.contain(date));
        if self.operator == RuleOperator::Fallback && day.says_something() {
            return;
        }
        if !selects(1) {
            self.cut_by_the_clock(day, selects);
            return;
        }
        if self.operator == RuleOperator::Normal && self.effect != Effect::Closed {
            *day = Day::default();
        }
        if self.effect != Effect::Open && self.minutes.are_one_whole_day() {
            day.open = Minutes::default();
        }
        day.overlay(self.effect, &self.minutes);
        self.cut_by_the_clock(day, selects);
    }

    /// Times of the day before or after at which it is closed cut shifts of this day that reach there.
    fn cut_by_the_clock(&self, day: &mut Day, selects: impl Fn(usize) -> bool) {
        if self.effect == Effect::Open || self.minutes.are_one_whole_day() {
            return;
        }
        for (index, shift) in [(0, -DAY), (2, DAY)] {
            if selects(index) {
                day.open.remove(&self.minutes.shifted(shift));
            }
        }
    }
}

impl Day {
    fn says_something(&self) -> bool {
        !(self.open.is_empty() && self.remarked.is_empty())
    }

    fn overlay(&mut self, effect: Effect, minutes: &Minutes) {
        self.open.remove(minutes);
        self.remarked.remove(minutes);
        match effect {
            Effect::Open => self.open.add(minutes),
            Effect::Remarked => self.remarked.add(minutes),
            Effect::Closed => {}
        }
    }
}

/// The dates that a rule selects.
#[derive(Clone, Debug)]
enum Days {
    Every,
    /// Those on which this is open: the rule's days without its times.
    Of(OpeningHours),
}

impl Days {
    fn contain(&self, date: NaiveDate) -> bool {
        match self {
            Self::Every => true,
            Self::Of(days) => !days.schedule_at(date).is_empty(),
        }
    }

    /// The library takes a day selector only as text, so the rule's days are written out and read again.
    fn of(rule: &RuleSequence) -> Result<Self, Fault> {
        if rule.day_selector.is_empty() {
            return Ok(Self::Every);
        }
        let days = RuleSequence {
            day_selector: rule.day_selector.clone(),
            time_selector: TimeSelector::default(),
            kind: RuleKind::Open,
            operator: RuleOperator::Normal,
            comment: "".into(),
        };
        let read: OpeningHours = days.to_string().parse().map_err(|_| UNREADABLE_DAYS)?;
        if read.get_expression().rules == [days] {
            Ok(Self::Of(read))
        } else {
            Err(UNREADABLE_DAYS)
        }
    }
}

const UNREADABLE_DAYS: Fault = Fault::Unsupported("select days in a way that cannot be used");

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Malformed(String),
    Unsupported(&'static str),
}

impl Fault {
    fn explained(self, text: String) -> HoursError {
        let suggestion = misspelling::corrected(&text).filter(|corrected| read(corrected).is_ok());
        match self {
            Self::Malformed(reason) => HoursError::Malformed {
                text,
                reason,
                suggestion,
            },
            Self::Unsupported(what) => HoursError::Unsupported {
                text,
                what,
                suggestion,
            },
        }
    }
}

fn read(text: &str) -> Result<Vec<Rule>, Fault> {
    let hours: OpeningHours = text
        .parse()
        .map_err(|error| Fault::Malformed(misspelling::reason(&error, text)))?;
    let expression = hours.get_expression();
    let rules = &expression.rules;
    if rules
        .windows(2)
        .any(|pair| are_torn_apart(&pair[0], &pair[1]))
    {
        return Err(Fault::Unsupported(
            "have a separator between days and times, which means all of those days and these times on every day",
        ));
    }
    rules.iter().map(read_rule).collect()
}

/// `Mo-Fr, 09:00-17:00`: a rule of days alone, then one of times alone.
fn are_torn_apart(first: &RuleSequence, second: &RuleSequence) -> bool {
    let whole_day = TimeSelector::default();
    let both_open = first.kind == RuleKind::Open && second.kind == RuleKind::Open;
    both_open
        && second.operator != RuleOperator::Fallback
        && !first.day_selector.is_empty()
        && first.time_selector == whole_day
        && second.day_selector.is_empty()
        && second.time_selector != whole_day
}

fn read_rule(rule: &RuleSequence) -> Result<Rule, Fault> {
    let has_comment = !rule.comment.is_empty();
    let effect = match rule.kind {
        RuleKind::Open if has_comment && rule.time_selector == TimeSelector::default() => {
            return Err(Fault::Unsupported("have a remark in the place of times"));
        }
        RuleKind::Open => Effect::Open,
        RuleKind::Closed if !has_comment => Effect::Closed,
        RuleKind::Closed | RuleKind::Unknown => Effect::Remarked,
    };
    let mut minutes = Minutes::default();
    for span in &rule.time_selector.spans {
        minutes.add(&Minutes(std::iter::once(read_span(span)?).collect()));
    }
    Ok(Rule {
        days: Days::of(rule)?,
        minutes,
        effect,
        operator: rule.operator,
    })
}

fn read_span(span: &TimeSpan) -> Result<Range<i16>, Fault> {
    if span.open_end {
        return Err(Fault::Unsupported("have a range without an end"));
    }
    if span.repeats.is_some() {
        return Err(Fault::Unsupported(
            "have repeated moments, which take no time",
        ));
    }
    let (Time::Fixed(start), Time::Fixed(end)) = (span.range.start, span.range.end) else {
        return Err(Fault::Unsupported(
            "depend on sunrise or sunset, and no place is known",
        ));
    };
    let minute = |hour: u8, minute: u8| i16::from(hour) * 60 + i16::from(minute);
    let start = minute(start.hour(), start.minute());
    let end = minute(end.hour(), end.minute());
    Ok(start..if start < end { end } else { end + DAY })
}

/// A day of the clock, in minutes.
pub(super) const DAY: i16 = 24 * 60;

/// Minutes of a local day by the clock, from 00:00 up to 48:00.
///
/// **Invariant:** ranges ascend and neither overlap nor adjoin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Minutes(Vec<Range<i16>>);

impl Minutes {
    /// The ranges, in minutes after midnight by the clock.
    pub(super) fn ranges(&self) -> &[Range<i16>] {
        &self.0
    }

    /// One day from midnight to midnight.
    pub(super) fn whole_day() -> Self {
        Self(std::iter::once(0..DAY).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn are_one_whole_day(&self) -> bool {
        matches!(self.ranges(), [range] if *range == (0..DAY))
    }

    fn add(&mut self, other: &Self) {
        let mut ranges = std::mem::take(&mut self.0);
        ranges.extend_from_slice(&other.0);
        ranges.sort_unstable_by_key(|range| range.start);
        for range in ranges {
            match self.0.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => self.0.push(range),
            }
        }
    }

    fn remove(&mut self, other: &Self) {
        for gone in &other.0 {
            let split = |range: &Range<i16>| {
                [
                    range.start..range.end.min(gone.start),
                    range.start.max(gone.end)..range.end,
                ]
            };
            self.0 = self
                .0
                .iter()
                .flat_map(split)
                .filter(|range| !range.is_empty())
                .collect();
        }
    }

    /// The same clock times as seen from another day; what falls outside is cut.
    fn shifted(&self, minutes: i16) -> Self {
        let moved =
            |range: &Range<i16>| (range.start + minutes).max(0)..(range.end + minutes).min(2 * DAY);
        Self(
            self.0
                .iter()
                .map(moved)
                .filter(|range| !range.is_empty())
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "SH",
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
        // The library cannot write this one as it reads it.
        assert!(Hours::parse("PH +1 day 09:00-17:00").is_err());
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
}
