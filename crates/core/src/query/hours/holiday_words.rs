//! How holidays and weekdays of a rule belong together, read from the text.
//!
//! `PH Mo-Fr` (a space) selects the holidays that fall on those weekdays, `PH,Mo-Fr` (a comma) both. The library that reads
//! the notation gives the same tree for the two, so the sign between them is read where it is written.

use opening_hours_syntax::rules::RuleSequence;
use opening_hours_syntax::rules::day::{HolidayKind, WeekDayRange};

use super::Fault;

/// How the holidays of a rule and its weekdays belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// A date that is either (`PH,Mo-Fr`); also where a rule has only one of them.
    Either,
    /// A date that is both (`PH Mo-Fr`).
    Both,
}

const WEEKDAYS_FIRST: Fault = Fault::Unsupported(
    "have weekdays before PH without a comma, which can mean two things (write PH Mo-Fr for the holidays that fall \
     on those days, Mo-Fr,PH for those days and the holidays)",
);
const NO_SCHOOL_HOLIDAYS: Fault = Fault::Unsupported(
    "select school holidays (SH), of which none are known (leave SH out, or write the dates themselves, as in Jul 20-Aug 31 \
     off)",
);
const UNREADABLE: Fault = Fault::Unsupported("select holidays in a way that cannot be used");

/// The text with `PH` and `SH` in capitals, which the library asks for; the rest of it is as it was.
pub(super) fn in_capitals(text: &str) -> String {
    let masked = masked(text);
    let letters = text.char_indices().map(|(at, letter)| {
        let second_of = at.checked_sub(1);
        let is_of_word = is_holiday_word(&masked, at)
            || second_of.is_some_and(|first| is_holiday_word(&masked, first));
        if is_of_word {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    });
    letters.collect()
}

/// For each rule how its holidays and weekdays belong together. Rules for school holidays are refused: they would select
/// nothing.
pub(super) fn joins(text: &str, rules: &[RuleSequence]) -> Result<Vec<Join>, Fault> {
    let masked = masked(text);
    let mut sequences = sequences(&masked).into_iter();
    let joins = rules.iter().map(|rule| {
        let days = &rule.day_selector.weekday;
        let is_school = |days: &WeekDayRange| {
            matches!(
                days,
                WeekDayRange::Holiday {
                    kind: HolidayKind::School,
                    ..
                }
            )
        };
        if days.iter().any(is_school) {
            return Err(NO_SCHOOL_HOLIDAYS);
        }
        let is_holiday = |days: &WeekDayRange| matches!(days, WeekDayRange::Holiday { .. });
        if !days.iter().any(is_holiday) {
            return Ok(Join::Either);
        }
        // A rule has one sequence of holidays at most, and they come in the order of the rules.
        let sequence = sequences.next().ok_or(UNREADABLE)?;
        if days.iter().all(is_holiday) {
            return Ok(Join::Either);
        }
        let sign_after = masked.get(sequence.end).copied();
        let sign_before = sequence.start.checked_sub(1).map(|at| masked[at]);
        match (
            days.first().is_some_and(is_holiday),
            sign_after,
            sign_before,
        ) {
            (true, Some(b','), _) | (false, _, Some(b',')) => Ok(Join::Either),
            (true, Some(b' '), _) => Ok(Join::Both),
            (false, _, Some(b' ')) => Err(WEEKDAYS_FIRST),
            _ => Err(UNREADABLE),
        }
    });
    let joins = joins.collect::<Result<_, _>>()?;
    match sequences.next() {
        None => Ok(joins),
        Some(_) => Err(UNREADABLE),
    }
}

/// The texts of the rules, as they are written; `None` where they cannot be distinguished.
pub(super) fn texts(text: &str, count: usize) -> Option<Vec<String>> {
    let masked = masked(text);
    let mut starts = vec![0];
    let mut ends = Vec::new();
    let mut at = 0;
    while at < masked.len() {
        let length = match &masked[at..] {
            [b';', ..] => 1,
            [b'|', b'|', ..] => 2,
            [b',', b' ', rest @ ..] if !continues_times(&masked[..at], rest) => 1,
            _ => {
                at += 1;
                continue;
            }
        };
        ends.push(at);
        at += length;
        starts.push(at);
    }
    ends.push(masked.len());
    let texts = starts.into_iter().zip(ends);
    let texts: Vec<String> = texts
        .map(|(start, end)| text[start..end].trim().to_owned())
        .collect();
    (texts.len() == count).then_some(texts)
}

/// Whether a comma and a space part two ranges of times, and not two rules.
fn continues_times(before: &[u8], after: &[u8]) -> bool {
    before
        .last()
        .is_some_and(|last| last.is_ascii_digit() || b")+".contains(last))
        && after
            .first()
            .is_some_and(|first| first.is_ascii_digit() || *first == b'(')
}

/// The bytes of the text; those of remarks are quotation marks.
fn masked(text: &str) -> Vec<u8> {
    let mut is_inside = false;
    let bytes = text.bytes().map(|byte| {
        is_inside ^= byte == b'"';
        if is_inside { b'"' } else { byte }
    });
    bytes.collect()
}

fn is_holiday_word(masked: &[u8], at: usize) -> bool {
    let is_letter = |at: usize| masked.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let word = masked.get(at..at + 2);
    word.is_some_and(|word| word.eq_ignore_ascii_case(b"PH") || word.eq_ignore_ascii_case(b"SH"))
        && !is_letter(at + 2)
        && at.checked_sub(1).is_none_or(|before| !is_letter(before))
}

/// Where `PH`, `PH,SH`, `PH +1 day` are.
fn sequences(masked: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < masked.len() {
        if !is_holiday_word(masked, at) {
            at += 1;
            continue;
        }
        let start = at;
        at = holiday_end(masked, at);
        while masked.get(at) == Some(&b',') && is_holiday_word(masked, at + 1) {
            at = holiday_end(masked, at + 1);
        }
        found.push(start..at);
    }
    found
}

/// Behind a holiday and the days that it is moved by.
fn holiday_end(masked: &[u8], at: usize) -> usize {
    let end = at + 2;
    let rest = &masked[end..];
    let [b' ', b'+' | b'-', moved @ ..] = rest else {
        return end;
    };
    let digits = moved
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let Some(after) = moved[digits..].strip_prefix(b" day") else {
        return end;
    };
    let plural = usize::from(after.first() == Some(&b's'));
    end + 2 + digits + " day".len() + plural
}
