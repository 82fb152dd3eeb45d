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
//! - `off` with times (`Sa 00:00-03:00 off`) goes by the clock, even if it cuts a shift.
//!
//! Only `open` counts: `closed`, `off` and `unknown` do not, and comments change nothing.
//! `PH` selects the holidays that are added to the hours, none at first; `SH` (school holidays) selects no date. Before
//! weekdays a space means "and" (`PH Mo-Fr`: the holidays that fall on those days), a comma "or" (`PH,Mo-Fr`).

mod holiday_words;
mod minutes;
mod rule;
mod weeks;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use jiff::civil::Date;
use opening_hours::OpeningHours;
use opening_hours_syntax::rules::time::{Time, TimeSelector, TimeSpan};
use opening_hours_syntax::rules::{RuleKind, RuleOperator, RuleSequence};

use self::holiday_words::Join;
pub(super) use self::minutes::{DAY, Minutes};
use self::rule::{Applied, Day, Days, Effect, Rule};
use super::correction;
use super::holidays::Holidays;

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
    /// It follows the notation, but does not say which time ranges are scheduled.
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

    /// The same hours, in which `PH` selects these dates.
    pub fn with_holidays(self, holidays: &Holidays) -> Self {
        let rules = self.rules.into_iter();
        let dates: Arc<BTreeSet<NaiveDate>> =
            Arc::new(holidays.dates().filter_map(known_date).collect());
        Self {
            text: self.text,
            rules: rules.map(|rule| rule.with_holidays(&dates)).collect(),
        }
    }

    /// Whether anything is said about public holidays (`PH`).
    pub fn mentions_holidays(&self) -> bool {
        self.rules.iter().any(Rule::mentions_holidays)
    }

    /// The scheduled minutes that belong to a local day: from its midnight up to 48:00, ascending, not adjoining.
    pub(super) fn minutes_of(&self, date: Date) -> Minutes {
        let dates = around(date);
        let mut day = Day::default();
        for rule in &self.rules {
            rule.apply(&mut day, &dates);
        }
        day.open
    }

    /// The rules that decide about a local day, as they are written and in their order; none, if no rule says anything
    /// about it.
    pub fn deciding(&self, date: Date) -> Vec<&str> {
        let dates = around(date);
        let mut day = Day::default();
        let mut deciding = Vec::new();
        for rule in &self.rules {
            match rule.apply(&mut day, &dates) {
                Applied::No => continue,
                Applied::Also => {}
                Applied::Alone => deciding.clear(),
            }
            deciding.push(rule.text.as_str());
        }
        deciding
    }
}

/// A date between its neighbours.
fn around(date: Date) -> [Option<NaiveDate>; 3] {
    [date.yesterday(), Ok(date), date.tomorrow()].map(|date| date.ok().and_then(known_date))
}

/// The same date for the library, which knows the years 1900 to 9999; outside them nothing is scheduled.
pub(super) fn known_date(date: Date) -> Option<NaiveDate> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    NaiveDate::from_ymd_opt(
        year.into(),
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Malformed(String),
    Unsupported(&'static str),
}

impl Fault {
    fn explained(self, text: String) -> HoursError {
        let suggestion = correction::corrected(&text).filter(|corrected| read(corrected).is_ok());
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
    let text = &holiday_words::in_capitals(text);
    let whole_weeks = weeks::across_new_year(text);
    let hours: OpeningHours = whole_weeks
        .parse()
        .map_err(|error| Fault::Malformed(correction::reason(&error, &whole_weeks)))?;
    let expression = hours.get_expression();
    let rules = &expression.rules;
    let joins = holiday_words::joins(text, rules)?;
    let mut pairs = rules.windows(2).zip(joins.windows(2));
    if let Some(what) = pairs.find_map(|(rules, joins)| not_meant(rules, joins)) {
        return Err(Fault::Unsupported(what));
    }
    let texts = holiday_words::texts(text, rules.len());
    let texts = texts.unwrap_or_else(|| rules.iter().map(ToString::to_string).collect());
    let rules = rules.iter().zip(joins).zip(texts);
    rules
        .map(|((rule, join), text)| read_rule(rule, join, text))
        .collect()
}

/// What two rules say together and is surely not meant.
fn not_meant(rules: &[RuleSequence], joins: &[Join]) -> Option<&'static str> {
    let [first, second] = rules else { return None };
    let whole_day = TimeSelector::default();
    let is_open = |rule: &RuleSequence| rule.kind == RuleKind::Open;
    if !is_open(first) || !is_open(second) || second.operator == RuleOperator::Fallback {
        return None;
    }
    let has_times = |rule: &RuleSequence| rule.time_selector != whole_day;
    if first.day_selector.is_empty() || !has_times(second) {
        return None;
    }
    let is_for_every_day = second.day_selector.is_empty();
    let replaces = second.operator == RuleOperator::Normal;
    match (has_times(first), is_for_every_day) {
        // `Mo-Fr, 09:00-17:00`
        (false, true) => Some(
            "have a separator between days and times, which means all of those days and these times on every day",
        ),
        // `PH, Mo-Fr 09:00-17:00`
        (false, false) if !replaces && first.comment.is_empty() => Some(
            "have a comma and a space between days, which means the whole of the first ones and the times only on the others \
             (write days with a comma alone, as in Mo,We 09:00-17:00)",
        ),
        // `Mo-Fr 08:00-12:00; 13:00-17:00`
        (true, true) if replaces => Some(
            "have times without days behind a semicolon, which replace all that stands before, on every day",
        ),
        // `Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00`
        // Not `PH,Fr 10:00-12:00; PH Fr 09:00-11:00`: the second is for the Fridays that are holidays.
        (true, false)
            if replaces
                && first.day_selector == second.day_selector
                && joins != [Join::Either, Join::Both] =>
        {
            Some("have two rules for the same days, and the second replaces the first")
        }
        _ => None,
    }
}

fn read_rule(rule: &RuleSequence, join: Join, text: String) -> Result<Rule, Fault> {
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
        text,
        days: Days::of(rule, join)?,
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

#[cfg(test)]
mod tests;
