//! Dates as spreadsheets write them. What could be two days is refused, and never guessed.

use jiff::civil::Date;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Reads `2026-12-24`, `24.12.2026`, `12/24/2026`, `24/12/2026`, `24 Dec 2026` and their like; the error is the sentence.
pub(super) fn date(text: &str) -> Result<Date, String> {
    let day = without_midnight(text).ok_or_else(|| {
        format!(
            "{text:?} has a time of day, which is not read: write the day alone, such as 2026-12-24"
        )
    })?;
    let unknown = || format!("{text:?} is no date: write it like 2026-12-24");
    if day.bytes().all(|byte| byte.is_ascii_digit()) {
        return of_digits(day).ok_or_else(unknown)?;
    }
    if day.contains(char::is_alphabetic) {
        return of_words(day).ok_or_else(unknown);
    }
    let separator = day.chars().find(|c| !c.is_ascii_digit()).unwrap_or('-');
    let parts: Vec<&str> = day.split(separator).map(str::trim).collect();
    let &[first, second, third] = parts.as_slice() else {
        return Err(unknown());
    };
    let is_year = |part: &str| part.len() == 4;
    match separator {
        '-' | '/' | '.' if is_year(first) => of_parts(first, second, third).ok_or_else(unknown),
        '-' | '/' | '.' if !is_year(third) => Err(format!(
            "{text:?} has no year of four digits: write it like 2026-12-24"
        )),
        '.' => of_parts(third, second, first).ok_or_else(unknown),
        '-' | '/' => {
            let day_first = of_parts(third, second, first);
            let month_first = of_parts(third, first, second);
            match (day_first, month_first) {
                (Some(one), Some(other)) if one != other => Err(format!(
                    "{text:?} can be {one} or {other}: write it like {one}"
                )),
                (Some(date), _) | (None, Some(date)) => Ok(date),
                (None, None) => Err(unknown()),
            }
        }
        _ => Err(unknown()),
    }
}

/// A text without the midnight that spreadsheets put after a day; `None` where it has another time.
fn without_midnight(text: &str) -> Option<&str> {
    let Some(at) = text.find(':') else {
        return Some(text);
    };
    let day_end = text[..at].rfind([' ', 'T', 't'])?;
    let (day, time) = text.split_at(day_end);
    let time = time[1..].trim().trim_end_matches(['Z', 'z']);
    let is_midnight = match time.strip_suffix("AM").or(time.strip_suffix("am")) {
        Some(time) => ["12:00", "12:00:00"].contains(&time.trim()),
        None => time.chars().all(|c| "0:.,".contains(c)),
    };
    is_midnight.then(|| day.trim())
}

/// `20261224`; the number under which a spreadsheet keeps a day is refused with the day that it is.
fn of_digits(digits: &str) -> Option<Result<Date, String>> {
    if digits.len() == 8 {
        return Some(Ok(of_parts(&digits[..4], &digits[4..6], &digits[6..])?));
    }
    let number: i32 = digits.parse().ok()?;
    // From 1982 to 2119: others are no days of a work plan.
    let number = Some(number).filter(|number| (30_000..80_000).contains(number))?;
    let start = Date::new(1899, 12, 30).ok()?;
    let day = start.checked_add(jiff::Span::new().days(number)).ok()?;
    Some(Err(format!(
        "{digits:?} is the number under which Excel keeps {day}: format the column as a date, and save it again"
    )))
}

/// `24 Dec 2026`, `24-Dec-2026`, `Dec 24, 2026`, `Thu, 24 December 2026`.
fn of_words(text: &str) -> Option<Date> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split([' ', ',', '-', '.', '/', '\u{a0}'])
        .filter(|word| !word.is_empty())
        .collect();
    let is_word_of = |word: &str, whole: &str| word.len() >= 3 && whole.starts_with(word);
    let words = match words.as_slice() {
        [first, rest @ ..] if WEEKDAYS.iter().any(|day| is_word_of(first, day)) => rest,
        all => all,
    };
    let &[first, second, year] = words else {
        return None;
    };
    let month = |word: &str| {
        let index = MONTHS.iter().position(|month| is_word_of(word, month))?;
        i8::try_from(index + 1).ok()
    };
    let (month, day) = match (month(first), month(second)) {
        (None, Some(month)) => (month, first),
        (Some(month), None) => (month, second),
        _ => return None,
    };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}

fn of_parts(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str, longest: usize| {
        let is_number =
            (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i16>().ok()).flatten()
    };
    let small = |text: &str| i8::try_from(number(text, 2)?).ok();
    Date::new(number(year, 4)?, small(month)?, small(day)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = date(text).map_or_else(|error| error, |date| date.to_string());
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn what_is_one_day_is_read() {
        for text in [
            "2026-12-24",
            "2026/12/24",
            "2026.12.24",
            "20261224",
            "24.12.2026",
            "24/12/2026",
            "12/24/2026",
            "12-24-2026",
            "24 Dec 2026",
            "24-Dec-2026",
            "24. December 2026",
            "Dec 24, 2026",
            "Thu, 24 Dec 2026",
            "2026-12-24 00:00:00",
            "2026-12-24T00:00:00.000Z",
            "12/24/2026 12:00:00 AM",
            "24.12.2026 0:00",
        ] {
            check(text, "2026-12-24");
        }
        check("3.4.2026", "2026-04-03");
        check("2026-4-3", "2026-04-03");
        check("05/05/2026", "2026-05-05");
    }

    #[test]
    fn what_can_be_two_days_or_none_is_refused() {
        check(
            "03/04/2026",
            "\"03/04/2026\" can be 2026-04-03 or 2026-03-04: write it like 2026-04-03",
        );
        check(
            "24.12.26",
            "\"24.12.26\" has no year of four digits: write it like 2026-12-24",
        );
        check(
            "46380",
            "\"46380\" is the number under which Excel keeps 2026-12-24: format the column as a date, and save it again",
        );
        check(
            "2026-12-24 13:30",
            "\"2026-12-24 13:30\" has a time of day, which is not read: write the day alone, such as 2026-12-24",
        );
        for text in [
            "",
            "tomorrow",
            "2026-02-30",
            "31.11.2026",
            "24 Foo 2026",
            "2026-12",
            "-1",
            "1-2-3-4",
            "a:b",
        ] {
            let told = date(text).expect_err("it is no date");
            assert!(told.contains("write"), "{text}: {told}");
        }
    }
}
