//! A stretch of the calendar as an address names it: a day, week, month or quarter, or any stretch of time.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use presence_charts::duration::{ago, spoken};
use presence_core::query::period::{PeriodKind, first_day, kind_of};
use presence_core::query::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::{Texts, say};

/// The kinds of stretches that the calendar has, from the shortest to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    /// A local day.
    Day,
    /// An ISO 8601 week, Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months, from January, April, July or October on.
    Quarter,
}

impl Unit {
    /// From the shortest to the longest.
    pub(super) const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// Its name in addresses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// Its name at the beginning of a heading.
    pub(super) fn title(self, texts: Texts) -> String {
        texts.say(match self {
            Self::Day => "period-unit-day",
            Self::Week => "period-unit-week",
            Self::Month => "period-unit-month",
            Self::Quarter => "period-unit-quarter",
        })
    }

    /// What the calendar calls it.
    fn kind(self) -> PeriodKind {
        match self {
            Self::Day => PeriodKind::Day,
            Self::Week => PeriodKind::Week,
            Self::Month => PeriodKind::Month,
            Self::Quarter => PeriodKind::Quarter,
        }
    }

    /// How an address writes one of its kind.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Day => "2026-11-04",
            Self::Week => "2026-W45",
            Self::Month => "2026-11",
            Self::Quarter => "2026-Q4",
        }
    }
}

/// A day, week, month or quarter.
///
/// **Invariant:** `first` is the first day of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    unit: Unit,
    first: Date,
}

impl Period {
    /// The one of its kind that a local date lies in.
    pub(super) fn containing(unit: Unit, date: Date) -> Self {
        let first = match unit {
            Unit::Day => date,
            Unit::Week => {
                let back = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(back.days()).unwrap_or(date)
            }
            Unit::Month => date.first_of_month(),
            Unit::Quarter => {
                let month = (date.month() - 1) / 3 * 3 + 1;
                Date::new(date.year(), month, 1).unwrap_or(date)
            }
        };
        Self { unit, first }
    }

    /// The one that a text such as `2026-11-04`, `2026-W45`, `2026-11` or `2026-Q4` names; `None` if it names none.
    pub(super) fn parse(unit: Unit, text: &str) -> Option<Self> {
        if kind_of(text)? != unit.kind() {
            return None;
        }
        let first = first_day(text)?;
        (first.year() > 0).then_some(Self { unit, first })
    }

    /// Which kind it is.
    pub(super) fn unit(self) -> Unit {
        self.unit
    }

    /// Its first day.
    pub(super) fn first(self) -> Date {
        self.first
    }

    /// As addresses and headings name it: `2026-11-04`, `2026-W45`, `2026-11`, `2026-Q4`.
    pub(super) fn label(self) -> String {
        let (year, month) = (self.first.year(), self.first.month());
        match self.unit {
            Unit::Day => self.first.to_string(),
            Unit::Week => {
                let week = self.first.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Unit::Month => format!("{year:04}-{month:02}"),
            Unit::Quarter => format!("{year:04}-Q{}", (month - 1) / 3 + 1),
        }
    }

    /// For people: `Wednesday, 4 November 2026`, `Week 45, 2 to 8 November 2026`, `November 2026`, `Quarter 4 of 2026`.
    pub(super) fn heading(self, texts: Texts) -> String {
        let first = self.first;
        let year = first.year().to_string();
        match self.unit {
            Unit::Day => say!(
                texts,
                "period-day",
                weekday = weekday_name(texts, first.weekday()),
                date = long_date(texts, first)
            ),
            Unit::Week => self.week_heading(texts),
            Unit::Month => say!(
                texts,
                "period-month",
                month = month_name(texts, first.month()),
                year = year
            ),
            Unit::Quarter => {
                let quarter = (first.month() - 1) / 3 + 1;
                say!(
                    texts,
                    "period-quarter",
                    quarter = quarter.to_string(),
                    year = year
                )
            }
        }
    }

    /// The same of a week: of its first day only what differs from the last.
    fn week_heading(self, texts: Texts) -> String {
        let (first, last) = (self.first, self.last());
        let week = first.iso_week_date().week().to_string();
        let to = long_date(texts, last);
        if first.year() != last.year() {
            let from = long_date(texts, first);
            return say!(texts, "period-week", week = week, from = from, to = to);
        }
        let day = first.day().to_string();
        if first.month() == last.month() {
            return say!(
                texts,
                "period-week-in-month",
                week = week,
                day = day,
                to = to
            );
        }
        let month = month_name(texts, first.month());
        say!(
            texts,
            "period-week-in-year",
            week = week,
            day = day,
            month = month,
            to = to
        )
    }

    /// Where its page is, below the server's root: `day/2026-11-04`.
    pub(super) fn path(self) -> String {
        format!("{}/{}", self.unit.name(), self.label())
    }

    /// The one after it, or before it; itself at the ends of the calendar.
    pub(super) fn next(self) -> Self {
        self.after().map_or(self, |first| Self { first, ..self })
    }

    /// The one before it; itself at the beginning of the calendar.
    pub(super) fn previous(self) -> Self {
        let before = self.first.yesterday().ok().filter(|date| date.year() > 0);
        before.map_or(self, |date| Self::containing(self.unit, date))
    }

    /// When it is by the clocks of a zone; `None` at the ends of time.
    pub(super) fn window(self, zone: &Zone) -> Option<TimeRange> {
        let to = self
            .after()
            .map_or(Timestamp::MAX, |date| zone.day_start(date));
        TimeRange::new(zone.day_start(self.first), to)
    }

    fn last(self) -> Date {
        let last = self.after().and_then(|date| date.yesterday().ok());
        last.unwrap_or(Date::MAX)
    }

    /// The first day after it.
    fn after(self) -> Option<Date> {
        let length = match self.unit {
            Unit::Day => 1.day(),
            Unit::Week => 1.week(),
            Unit::Month => 1.month(),
            Unit::Quarter => 3.months(),
        };
        self.first.checked_add(length).ok()
    }
}

/// `4 November 2026`.
pub(super) fn long_date(texts: Texts, date: Date) -> String {
    say!(
        texts,
        "long-date",
        day = date.day().to_string(),
        month = month_name(texts, date.month()),
        year = date.year().to_string()
    )
}

/// `Wed 4 Nov`.
pub(super) fn short_date(texts: Texts, date: Date) -> String {
    say!(
        texts,
        "short-date",
        weekday = short_weekday(texts, date.weekday()),
        day = date.day().to_string(),
        month = texts.say(&format!("month-short-{}", date.month()))
    )
}

/// `Wed`.
pub(super) fn short_weekday(texts: Texts, weekday: Weekday) -> String {
    texts.say(&format!("weekday-short-{}", weekday.to_monday_one_offset()))
}

fn weekday_name(texts: Texts, weekday: Weekday) -> String {
    texts.say(&format!("weekday-{}", weekday.to_monday_one_offset()))
}

fn month_name(texts: Texts, month: i8) -> String {
    texts.say(&format!("month-{month}"))
}

const HOUR_MS: i64 = 3_600_000;

/// ` (25 hours)`, ` (24½ hours)`; nothing for a day of 24.
pub(super) fn unusual_length(texts: Texts, day: TimeRange) -> String {
    let (hours, rest) = (day.duration_ms() / HOUR_MS, day.duration_ms() % HOUR_MS);
    let hours_text = hours.to_string();
    match rest {
        0 if hours == 24 => String::new(),
        0 => format!(" {}", say!(texts, "period-hours", hours = hours_text)),
        _ if rest * 2 == HOUR_MS => {
            format!(" {}", say!(texts, "period-half-hours", hours = hours_text))
        }
        _ => format!(" ({})", spoken(day.duration_ms())),
    }
}

/// How far a moment is from now: `3m ago`. One after now is said to be so.
pub(super) fn when(texts: Texts, at: Timestamp, now: Timestamp) -> String {
    match now.since_ms(at) {
        ahead_ms if ahead_ms < 0 => {
            let length = ago(ahead_ms.saturating_neg());
            say!(texts, "time-after-now", length = length)
        }
        ms => say!(texts, "time-ago", length = ago(ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(unit: Unit, text: &str) -> Period {
        Period::parse(unit, text).expect("it names one")
    }

    #[track_caller]
    fn check(unit: Unit, text: &str, expected: [&str; 4]) {
        let period = period(unit, text);
        let shown = [
            period.path(),
            period.heading(Texts::english()),
            period.previous().label(),
            period.next().label(),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn each_kind_is_read_shown_and_has_neighbours() {
        check(
            Unit::Day,
            "2026-11-04",
            [
                "day/2026-11-04",
                "Wednesday, 4 November 2026",
                "2026-11-03",
                "2026-11-05",
            ],
        );
        check(
            Unit::Week,
            "2026-W45",
            [
                "week/2026-W45",
                "Week 45, 2 to 8 November 2026",
                "2026-W44",
                "2026-W46",
            ],
        );
        check(
            Unit::Month,
            "2026-12",
            ["month/2026-12", "December 2026", "2026-11", "2027-01"],
        );
        check(
            Unit::Quarter,
            "2026-Q1",
            ["quarter/2026-Q1", "Quarter 1 of 2026", "2025-Q4", "2026-Q2"],
        );
    }

    #[test]
    fn a_week_belongs_to_the_year_of_its_thursday() {
        check(
            Unit::Week,
            "2026-W53",
            [
                "week/2026-W53",
                "Week 53, 28 December 2026 to 3 January 2027",
                "2026-W52",
                "2027-W01",
            ],
        );
    }

    #[test]
    fn dates_are_written_as_the_language_does() {
        let german = Texts::of_tag("de").expect("German is there");
        let heading = |unit, text| period(unit, text).heading(german);
        assert_eq!(
            heading(Unit::Day, "2026-11-04"),
            "Mittwoch, 4. November 2026"
        );
        assert_eq!(
            heading(Unit::Week, "2026-W44"),
            "Woche 44, 26. Oktober bis 1. November 2026"
        );
        assert_eq!(heading(Unit::Quarter, "2026-Q1"), "1. Quartal 2026");
        let english = Texts::english();
        let date = "2026-11-04".parse().expect("a date");
        assert_eq!(short_date(english, date), "Wed 4 Nov");
        assert_eq!(short_date(german, date), "Mi 4. Nov.");
        let at = Timestamp::saturating_from_ms;
        assert_eq!(when(english, at(1_000), at(43_000)), "42s ago");
        assert_eq!(when(english, at(43_001), at(43_000)), "<1s after now");
        assert_eq!(when(german, at(1_000), at(43_000)), "vor 42s");
    }

    #[test]
    fn what_is_no_such_period_is_refused() {
        for (unit, text) in [
            (Unit::Day, "2026-02-30"),
            (Unit::Day, "2026-11-4"),
            (Unit::Day, "20261104"),
            (Unit::Week, "2026-W54"),
            (Unit::Week, "2026-W00"),
            (Unit::Month, "2026-13"),
            (Unit::Quarter, "2026-Q5"),
            (Unit::Quarter, "2026-Q0"),
            (Unit::Month, "-001-1x"),
            (Unit::Day, "0000-01-01"),
            (Unit::Day, "٢٠٢٦-11-04"),
        ] {
            assert_eq!(Period::parse(unit, text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_as_long_as_the_zone_makes_it() {
        let berlin = Zone::named("Europe/Berlin").expect("it is a zone");
        let hours = |text| {
            let window = period(Unit::Day, text)
                .window(&berlin)
                .expect("it has a length");
            window.duration_ms() / 3_600_000
        };
        assert_eq!(hours("2026-10-25"), 25);
        assert_eq!(hours("2026-03-29"), 23);
        assert_eq!(hours("2026-11-04"), 24);
    }

    #[test]
    fn the_ends_of_the_calendar_have_no_neighbours_beyond() {
        let first = period(Unit::Day, "0001-01-01");
        assert_eq!(first.previous(), first);
        let last = period(Unit::Quarter, "9999-Q4");
        assert_eq!(last.next(), last);
    }

    #[test]
    fn the_period_of_a_date_contains_it() {
        let date = "2026-11-08".parse().expect("a date");
        let labels = Unit::ALL.map(|unit| Period::containing(unit, date).label());
        assert_eq!(labels, ["2026-11-08", "2026-W45", "2026-11", "2026-Q4"]);
    }
}
