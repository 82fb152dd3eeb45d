//! What is wrong with business hours that are not understood, and what was probably meant.
//!
//! A correction is only ever proposed, never used: it may read a habit of writing in a way that was not meant.

use opening_hours_syntax::Error;
use pest::error::InputLocation;

/// Where in `text`, which was read, the notation is broken and what was expected there, in words; begins with a space.
pub(super) fn reason(error: &Error, text: &str) -> String {
    let fault = match error {
        Error::Syntax(fault) => fault,
        Error::InvertedWeekRange { .. } => {
            return " (weeks that run over new year cannot have a step)".to_owned();
        }
        error => return format!(" ({error})"),
    };
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = fault.location;
    let rest = text.get(at..).unwrap_or_default();
    let place = match rest.char_indices().nth(SHOWN_LENGTH) {
        _ if rest.is_empty() => "the end".to_owned(),
        Some((length, _)) => format!("{:?}", format!("{}…", &rest[..length])),
        None => format!("{rest:?}"),
    };
    let fault = fault
        .as_ref()
        .clone()
        .renamed_rules(|rule| in_words(&format!("{rule:?}")));
    let message = fault.variant.message();
    match message.strip_prefix("expected ") {
        Some(expected) => format!(" at {place} (expected {expected})"),
        None => format!(" at {place}"),
    }
}

/// So much of the text is shown where it is broken.
const SHOWN_LENGTH: usize = 20;

/// The grammar's names as a reader knows them.
const WORDS: [(&str, &str); 12] = [
    ("EOI", "the end"),
    ("any_rule_separator", "\";\""),
    ("rules_modifier", "open or off"),
    ("always_open", "24/7"),
    ("small_range_selectors", "days or times"),
    ("week_selector", "a week such as \"week 45\""),
    ("weeknum", "a number of a week"),
    ("monthday_range", "a date such as Dec 24"),
    ("timespan", "times such as 09:00-17:00"),
    ("timespan_plus", "the end of the range"),
    ("extended_time", "a time such as 17:00"),
    ("holiday", "PH"),
];

fn in_words(rule: &str) -> String {
    let known = WORDS.iter().find(|(name, _)| *name == rule);
    known.map_or_else(|| rule.replace('_', " "), |(_, words)| (*words).to_owned())
}

/// The same hours in the right notation, as far as common habits of writing are recognised: `Mon-Fri`, `9-17`, `9am-5pm`,
/// `Dec 24,31`, long dashes, times before days. `None` where there is no guess; a guess may still be wrong notation.
pub(super) fn corrected(text: &str) -> Option<String> {
    let lower = text
        .to_lowercase()
        .replace("a.m", "am")
        .replace("p.m", "pm");
    let mut rules: Vec<Rule> = Vec::new();
    for part in lower.split(';').map(str::trim) {
        for rule in Reader::rules_of(part)? {
            match rules.last_mut() {
                Some(last) if last.lacks(&rule) => last.times = rule.times,
                Some(last) if last.goes_on_with(&rule) => last.times.extend(rule.times),
                _ => rules.push(rule),
            }
        }
    }
    let written: Vec<String> = rules.iter().map(Rule::written).collect();
    let corrected = written.join("; ");
    (!corrected.is_empty() && corrected != text).then_some(corrected)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Days(&'static str),
    Month(&'static str),
    Number(String),
    /// `am` or `pm`: hours to add to one before noon.
    HalfDay(u16),
    Effect(&'static str),
    /// A word that changes nothing.
    Filler,
    Dash,
    Colon,
    Comma,
}

/// The tokens of a text in lower case; `None` if there is something in it of which nothing is known.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let alike = |c: char| {
            (c.is_ascii_digit() && first.is_ascii_digit())
                || (c.is_alphabetic() && first.is_alphabetic())
        };
        let length = rest
            .find(|c| !alike(c))
            .unwrap_or(rest.len())
            .max(first.len_utf8());
        let (part, after) = rest.split_at(length);
        rest = after;
        let number_follows = after.starts_with(|c: char| c.is_ascii_digit());
        match first {
            ' ' => {}
            '.' if !number_follows => {}
            ':' | '.' => tokens.push(Token::Colon),
            ',' | '/' | '&' => tokens.push(Token::Comma),
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '~' => tokens.push(Token::Dash),
            _ if first.is_ascii_digit() => tokens.push(Token::Number(part.to_owned())),
            _ if first.is_alphabetic() => tokens.push(word(part)?),
            _ => return None,
        }
    }
    Some(tokens)
}

const DAYS: [(&str, &str); 13] = [
    ("Mo", "monday"),
    ("Tu", "tuesday"),
    ("We", "wednesday"),
    ("Th", "thursday"),
    ("Fr", "friday"),
    ("Sa", "saturday"),
    ("Su", "sunday"),
    ("PH", "ph"),
    ("SH", "sh"),
    ("Mo-Fr", "weekday"),
    ("Sa,Su", "weekend"),
    ("Mo-Su", "daily"),
    ("Mo-Su", "everyday"),
];

const MONTHS: [(&str, &str); 12] = [
    ("Jan", "january"),
    ("Feb", "february"),
    ("Mar", "march"),
    ("Apr", "april"),
    ("May", "may"),
    ("Jun", "june"),
    ("Jul", "july"),
    ("Aug", "august"),
    ("Sep", "september"),
    ("Oct", "october"),
    ("Nov", "november"),
    ("Dec", "december"),
];

/// The token of a word; `None` for an unknown one.
fn word(word: &str) -> Option<Token> {
    let token = match word {
        "from" | "at" | "on" | "every" | "each" => Token::Filler,
        "to" | "till" | "until" | "through" | "thru" => Token::Dash,
        "and" => Token::Comma,
        "am" => Token::HalfDay(0),
        "pm" => Token::HalfDay(12),
        "off" | "closed" => Token::Effect("off"),
        "open" => Token::Effect("open"),
        _ => {
            let singular = word.strip_suffix('s').unwrap_or(word);
            let day = abbreviated(&DAYS, word, 2).or_else(|| abbreviated(&DAYS, singular, 2));
            let month = || abbreviated(&MONTHS, word, 3);
            day.map(Token::Days).or_else(|| month().map(Token::Month))?
        }
    };
    Some(token)
}

/// What a word of at least so many letters begins the name of.
fn abbreviated(names: &[(&'static str, &str)], word: &str, letters: usize) -> Option<&'static str> {
    let known = names
        .iter()
        .find(|(_, name)| word.len() >= letters && name.starts_with(word));
    known.map(|(short, _)| *short)
}

/// One rule while it is read; written in the order of the notation.
#[derive(Debug, Default)]
struct Rule {
    dates: Vec<String>,
    days: Vec<String>,
    times: Vec<String>,
    effect: &'static str,
    ends_with_times: bool,
}

impl Rule {
    fn selects_days(&self) -> bool {
        !self.dates.is_empty() || !self.days.is_empty()
    }

    /// Whether it has days alone, and `next` the times that go with them.
    fn lacks(&self, next: &Self) -> bool {
        let days_alone = self.selects_days() && self.times.is_empty() && self.effect.is_empty();
        days_alone && !next.selects_days() && !next.times.is_empty() && next.effect.is_empty()
    }

    /// Whether `next` is more times for the same days: without days, or with the same.
    fn goes_on_with(&self, next: &Self) -> bool {
        let have_times = !self.times.is_empty() && !next.times.is_empty();
        let is_open = self.effect.is_empty() && next.effect.is_empty();
        let same_days = (&self.dates, &self.days) == (&next.dates, &next.days);
        have_times && is_open && self.selects_days() && (same_days || !next.selects_days())
    }

    fn written(&self) -> String {
        let lists = [&self.dates, &self.days, &self.times].map(|list| list.join(","));
        let parts = lists.iter().map(String::as_str).chain([self.effect]);
        parts
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    rules: Vec<Rule>,
}

impl Reader<'_> {
    /// The rules of a text without semicolons; none if it is empty.
    fn rules_of(text: &str) -> Option<Vec<Rule>> {
        if text.is_empty() {
            return Some(Vec::new());
        }
        if text == "24/7" {
            let mut always = Rule::default();
            always.times.push(text.to_owned());
            return Some(vec![always]);
        }
        let tokens = tokens(text)?;
        let mut reader = Reader {
            tokens: &tokens,
            rules: vec![Rule::default()],
        };
        while let Some((token, rest)) = reader.tokens.split_first() {
            match token {
                Token::Comma | Token::Colon | Token::Filler => reader.tokens = rest,
                Token::Days(_) => reader.days()?,
                Token::Month(_) => reader.dates()?,
                Token::Number(_) => reader.times()?,
                Token::Effect(effect) => {
                    reader.tokens = rest;
                    reader.rules.last_mut()?.effect = effect;
                }
                Token::Dash | Token::HalfDay(_) => return None,
            }
        }
        Some(reader.rules)
    }

    /// The rule that days or times belong to: a new one where both have been given and the other begins again.
    fn rule_for(&mut self, times: bool) -> Option<&mut Rule> {
        let last = self.rules.last()?;
        let complete =
            last.selects_days() && !last.times.is_empty() && last.ends_with_times != times;
        if complete || !last.effect.is_empty() {
            self.rules.push(Rule::default());
        }
        let rule = self.rules.last_mut()?;
        rule.ends_with_times = times;
        Some(rule)
    }

    fn days(&mut self) -> Option<()> {
        let (days, rest) = match self.tokens {
            [Token::Days(from), Token::Dash, Token::Days(to), rest @ ..] => {
                (format!("{from}-{to}"), rest)
            }
            [Token::Days(day), rest @ ..] => ((*day).to_owned(), rest),
            _ => return None,
        };
        self.tokens = rest;
        self.rule_for(false)?.days.push(days);
        Some(())
    }

    /// `Dec 24`, `Dec 24,31`, `Dec 24-26`, `Dec 24-Jan 2`, `Dec`, `Nov-Dec`.
    fn dates(&mut self) -> Option<()> {
        use Token::{Comma, Dash, Month, Number};
        let (month, date, mut rest) = match self.tokens {
            [
                Month(from),
                Number(day),
                Dash,
                Month(to),
                Number(last),
                rest @ ..,
            ] => (to, format!("{from} {day}-{to} {last}"), rest),
            [Month(month), Number(day), Dash, Number(last), rest @ ..] if !is_time(rest) => {
                (month, format!("{month} {day}-{last}"), rest)
            }
            [Month(month), Number(day), rest @ ..] if !is_time(rest) => {
                (month, format!("{month} {day}"), rest)
            }
            [Month(from), Dash, Month(to), rest @ ..] => (to, format!("{from}-{to}"), rest),
            [Month(month), rest @ ..] => (month, (*month).to_owned(), rest),
            _ => return None,
        };
        let mut dates = vec![date];
        while let [Comma, Number(day), after @ ..] = rest
            && !is_time(after)
        {
            dates.push(format!("{month} {day}"));
            rest = after;
        }
        self.tokens = rest;
        self.rule_for(false)?.dates.extend(dates);
        Some(())
    }

    fn times(&mut self) -> Option<()> {
        let start = self.time()?;
        let [Token::Dash, rest @ ..] = self.tokens else {
            return None;
        };
        self.tokens = rest;
        let end = self.time()?;
        self.rule_for(true)?.times.push(range(&start, &end)?);
        Some(())
    }

    fn time(&mut self) -> Option<Time> {
        use Token::{Colon, Number};
        let (hour, minute, mut rest) = match self.tokens {
            [Number(hour), Colon, Number(minute), rest @ ..] if minute.len() == 2 => {
                (hour.as_str(), minute.as_str(), rest)
            }
            [Number(digits), rest @ ..] if digits.len() > 2 => (
                digits.get(..digits.len() - 2)?,
                digits.get(digits.len() - 2..)?,
                rest,
            ),
            [Number(hour), rest @ ..] => (hour.as_str(), "", rest),
            _ => return None,
        };
        let mut half_day = None;
        if let [Token::HalfDay(hours), after @ ..] = rest {
            half_day = Some(*hours);
            rest = after;
        }
        self.tokens = rest;
        Some(Time {
            hour: hour.parse().ok()?,
            minute: if minute.is_empty() {
                0
            } else {
                minute.parse().ok()?
            },
            half_day,
            is_bare: minute.is_empty(),
        })
    }
}

/// Whether what follows a number makes it a time.
fn is_time(after: &[Token]) -> bool {
    matches!(
        after,
        [Token::Colon, Token::Number(_), ..] | [Token::HalfDay(_), ..]
    )
}

struct Time {
    hour: u16,
    minute: u16,
    half_day: Option<u16>,
    /// Without minutes.
    is_bare: bool,
}

impl Time {
    /// Minutes after midnight if it is in that half of the day.
    fn minutes(&self, half_day: Option<u16>) -> Option<u16> {
        let hour = match half_day {
            Some(_) if self.hour > 12 => return None,
            Some(hours) => self.hour % 12 + hours,
            None => self.hour,
        };
        (hour <= 24 && self.minute < 60).then(|| hour * 60 + self.minute)
    }
}

/// `9-5` means the afternoon, and so does the 1 in `1-5pm`.
fn range(start: &Time, end: &Time) -> Option<String> {
    let mut to = end.minutes(end.half_day)?;
    let mut from = start.minutes(start.half_day)?;
    if start.half_day.is_none() && end.half_day == Some(12) && start.hour < 12 {
        let afternoon = from + 12 * 60;
        from = if afternoon < to { afternoon } else { from };
    }
    let is_afternoon = end.half_day.is_none() && end.is_bare && end.hour < 12 && from < 12 * 60;
    if to <= from && is_afternoon {
        to += 12 * 60;
    }
    let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    Some(format!("{}-{}", text(from), text(to)))
}
