//! Moments by days and times of day: `yesterday`, `last monday 14:05`, `14:05`.

use jiff::civil::{Date, Weekday};

use super::relative::Distance;
use super::written::shape;
use super::{Input, TimeExpressionError};
use presence_model::time::Timestamp;

/// The words of each day of the week.
const WEEKDAYS: [(Weekday, &[&str]); 7] = [
    (Weekday::Monday, &["monday", "mon"]),
    (Weekday::Tuesday, &["tuesday", "tue", "tues"]),
    (Weekday::Wednesday, &["wednesday", "wed"]),
    (Weekday::Thursday, &["thursday", "thu", "thur", "thurs"]),
    (Weekday::Friday, &["friday", "fri"]),
    (Weekday::Saturday, &["saturday", "sat"]),
    (Weekday::Sunday, &["sunday", "sun"]),
];

fn weekday(word: &str) -> Option<Weekday> {
    let mut days = WEEKDAYS.iter();
    let found = days.find(|(_, words)| words.contains(&word));
    found.map(|(day, _)| *day)
}

/// A day as words name it.
#[derive(Clone, Copy, Debug)]
enum Day {
    /// So many days after today.
    FromToday(i8),
    /// The latest such day, today included.
    Latest(Weekday),
    /// The latest such day before today.
    Last(Weekday),
    /// The first such day after today.
    Next(Weekday),
}

/// The day that a text begins with, and what follows it.
fn day(text: &str) -> Option<(Day, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let rest = rest.trim_start();
    Some(match word {
        "today" => (Day::FromToday(0), rest),
        "yesterday" => (Day::FromToday(-1), rest),
        "tomorrow" => (Day::FromToday(1), rest),
        "last" | "next" => {
            let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let weekday = weekday(name)?;
            let is_last = word == "last";
            let day = if is_last {
                Day::Last(weekday)
            } else {
                Day::Next(weekday)
            };
            (day, rest)
        }
        word => (Day::Latest(weekday(word)?), rest),
    })
}

/// A time of day as it stands behind a date: `9:05` is `09:05`, and `at` may stand before it. `None` if it is none.
fn clock(text: &str) -> Option<String> {
    let text = text.strip_prefix("at ").unwrap_or(text);
    let hour_digits = text.find(':')?;
    let clock = if hour_digits == 1 {
        format!("0{text}")
    } else {
        text.to_owned()
    };
    shape(&format!("2000-01-01T{clock}")).map(|_| clock)
}

impl Input<'_> {
    /// The moment that a text in small letters means by a day or a time of day; `None` if it is of another form.
    pub(super) fn words(self, text: &str) -> Option<Result<Timestamp, TimeExpressionError>> {
        if let Some(clock) = clock(text) {
            // Where the clock has an offset, it may be tomorrow by it.
            let first = self.today_plus(1).or_else(|_| self.today_plus(0));
            return Some(self.latest(first, 1, &clock));
        }
        let (day, rest) = day(text)?;
        if rest.is_empty() {
            return Some(self.date(day).and_then(|date| self.day_start(date)));
        }
        if let (Day::FromToday(_), Some(distance)) = (day, Distance::signed(rest)) {
            let at = self
                .date(day)
                .map(|date| distance.after_day(date, self.zone));
            return Some(at.and_then(|at| at.ok_or_else(|| self.out_of_range())));
        }
        let clock = clock(rest)?;
        Some(match day {
            Day::Latest(_) => self.latest(self.date(day), 7, &clock),
            day => self.date(day).and_then(|date| self.on(date, &clock)),
        })
    }

    fn today_plus(self, days: i64) -> Result<Date, TimeExpressionError> {
        let today = self.zone.local(self.now).date();
        let date = today.checked_add(jiff::Span::new().days(days));
        date.map_err(|_| self.out_of_range())
    }

    fn date(self, day: Day) -> Result<Date, TimeExpressionError> {
        let today = self.zone.local(self.now).date();
        // How many days ago the latest such day was, and in how many the next one is.
        let since = |weekday: Weekday| i64::from(today.weekday().since(weekday));
        match day {
            Day::FromToday(days) => self.today_plus(days.into()),
            Day::Latest(weekday) => self.today_plus(-since(weekday)),
            Day::Last(weekday) => self.today_plus(match since(weekday) {
                0 => -7,
                days => -days,
            }),
            Day::Next(weekday) => self.today_plus(7 - since(weekday)),
        }
    }

    /// That time on that day, as if it had been written out.
    fn on(self, date: Date, clock: &str) -> Result<Timestamp, TimeExpressionError> {
        let written = self.written(&written_out(date, clock));
        written.unwrap_or_else(|| Err(self.out_of_range()))
    }

    /// That time on the latest day, of `date` and those each `step` days before it, on which it is not still to come.
    fn latest(
        self,
        date: Result<Date, TimeExpressionError>,
        step: i64,
        clock: &str,
    ) -> Result<Timestamp, TimeExpressionError> {
        let mut date = date?;
        // From tomorrow on, it has passed on the day before yesterday at the latest.
        for _ in 0..3 {
            if self.first_of(&written_out(date, clock))? <= self.now {
                return self.on(date, clock);
            }
            let before = date.checked_sub(jiff::Span::new().days(step));
            date = before.map_err(|_| self.out_of_range())?;
        }
        self.on(date, clock)
    }
}

fn written_out(date: Date, clock: &str) -> String {
    format!("{date}T{clock}")
}
