//! Which stretch of time a page shows: one that the calendar names, whole local days, or from one moment to another.

use jiff::ToSpan;
use jiff::civil::Date;

use super::fields::Fields;
use super::period::{Period, Unit, long_date};
use presence_answers::render::Page;
use presence_core::query::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::{Texts, say};

/// The fields of an address that say which stretch of time is asked for, or a part of the answer for it: none of them
/// holds for another stretch.
pub(super) const TIME_FIELDS: [&str; 6] = ["from", "to", "week", "date", "page", "after"];

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CalendarRange {
    /// A day, week, month or quarter.
    Period(Period),
    /// The local days from `first` up to `after`, which is not part of it.
    Days { first: Date, after: Date },
    /// From one moment to another.
    Exact(TimeRange),
}

impl CalendarRange {
    /// What a window is by the calendar of a zone.
    pub(super) fn of(window: TimeRange, zone: &Zone) -> Self {
        let midnight = |at: Timestamp| {
            let date = zone.local(at).date();
            (zone.day_start(date) == at).then_some(date)
        };
        let (Some(first), Some(after)) = (midnight(window.from()), midnight(window.to())) else {
            return Self::Exact(window);
        };
        let mut periods = Unit::ALL
            .map(|unit| Period::containing(unit, first))
            .into_iter();
        let named =
            periods.find(|period| period.first() == first && period.next().first() == after);
        named.map_or(Self::Days { first, after }, Self::Period)
    }

    /// When it is by the clocks of a zone; `None` at the ends of time.
    pub(super) fn window(self, zone: &Zone) -> Option<TimeRange> {
        match self {
            Self::Period(period) => period.window(zone),
            Self::Days { first, after } => {
                TimeRange::new(zone.day_start(first), zone.day_start(after))
            }
            Self::Exact(window) => Some(window),
        }
    }

    /// For people.
    pub(super) fn heading(self, page: &Page) -> String {
        match self {
            Self::Period(period) => period.heading(page.texts),
            Self::Days { first, after } => {
                let last = after.yesterday().unwrap_or(after);
                let [from, to] = [first, last].map(|date| long_date(page.texts, date));
                say!(page.texts, "period-from-to", from = from, to = to)
            }
            Self::Exact(window) => {
                let from = page.moment(window.from());
                let to = page.moment_after(window.to(), window.from());
                say!(page.texts, "period-from-to", from = from, to = to)
            }
        }
    }

    /// Its ends, as addresses and the command line write them: dates where it is of whole days.
    pub(super) fn ends(self) -> [String; 2] {
        match self {
            Self::Period(period) => [
                period.first().to_string(),
                period.next().first().to_string(),
            ],
            Self::Days { first, after } => [first.to_string(), after.to_string()],
            Self::Exact(window) => [window.from().to_string(), window.to().to_string()],
        }
    }

    /// The fields of an address with this stretch in the place of another.
    pub(super) fn asked(self, fields: &Fields) -> Fields {
        let [from, to] = self.ends();
        let others = fields.without(&TIME_FIELDS);
        others.with("from", &from).with("to", &to)
    }

    /// The first day of it, by the calendar of a zone.
    pub(super) fn first_day(self, zone: &Zone) -> Date {
        match self {
            Self::Period(period) => period.first(),
            Self::Days { first, .. } => first,
            Self::Exact(window) => zone.local(window.from()).date(),
        }
    }

    /// The local days in which it lies, in order.
    pub(super) fn days(self, zone: &Zone) -> Vec<Period> {
        let Some(window) = self.window(zone) else {
            return Vec::new();
        };
        let days = self.first_day(zone).series(1.day());
        days.take_while(|date| zone.day_start(*date) < window.to())
            .map(|date| Period::containing(Unit::Day, date))
            .collect()
    }

    /// Which kind the calendar calls it; `None` if it has no name for it.
    pub(super) fn unit(self) -> Option<Unit> {
        match self {
            Self::Period(period) => Some(period.unit()),
            _ => None,
        }
    }

    /// The one as long before it; `None` at the beginning of time.
    pub(super) fn previous(self) -> Option<Self> {
        match self {
            Self::Period(period) => Some(Self::Period(period.previous())),
            Self::Days { first, after } => {
                let before = first.checked_sub((after - first).get_days().days()).ok()?;
                (before.year() > 0).then_some(Self::Days {
                    first: before,
                    after: first,
                })
            }
            Self::Exact(window) => shifted(window, -window.duration_ms()),
        }
    }

    /// The one as long after it; `None` at the end of time.
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::Period(period) => Some(Self::Period(period.next())),
            Self::Days { first, after } => {
                let end = after.checked_add((after - first).get_days().days()).ok()?;
                Some(Self::Days {
                    first: after,
                    after: end,
                })
            }
            Self::Exact(window) => shifted(window, window.duration_ms()),
        }
    }
}

fn shifted(window: TimeRange, ms: i64) -> Option<CalendarRange> {
    let (from, to) = (window.from().plus_ms(ms), window.to().plus_ms(ms));
    TimeRange::new(from, to).map(CalendarRange::Exact)
}

/// So many days are shown where an address says nothing of time.
pub(super) const USUAL_DAYS: i64 = 7;

/// The last local days up to today, with today: what has passed of it counts.
pub(super) fn last_days(today: Date, count: i64) -> Option<CalendarRange> {
    let first = today.checked_sub((count - 1).days()).ok()?;
    let after = today.tomorrow().ok()?;
    Some(CalendarRange::Days { first, after })
}

/// The week before the one in which a day lies, if the history had begun by then: a whole week, and one that can be compared
/// with the week before.
pub(super) fn last_week(
    today: Date,
    zone: &Zone,
    began_at: Option<Timestamp>,
) -> Option<CalendarRange> {
    let week = Period::containing(Unit::Week, today).previous();
    let begins = week.window(zone)?.from();
    let is_whole = began_at.is_some_and(|at| at <= begins);
    is_whole.then_some(CalendarRange::Period(week))
}

/// The stretches that are asked for most, by the calendar of the day that it is.
pub(super) fn presets(texts: Texts, today: Date) -> Vec<(String, CalendarRange)> {
    let this = |unit| Period::containing(unit, today);
    let presets = [
        ("preset-today", Some(CalendarRange::Period(this(Unit::Day)))),
        (
            "preset-yesterday",
            Some(CalendarRange::Period(this(Unit::Day).previous())),
        ),
        ("preset-7-days", last_days(today, USUAL_DAYS)),
        (
            "preset-this-week",
            Some(CalendarRange::Period(this(Unit::Week))),
        ),
        (
            "preset-last-week",
            Some(CalendarRange::Period(this(Unit::Week).previous())),
        ),
        ("preset-28-days", last_days(today, 28)),
        (
            "preset-this-month",
            Some(CalendarRange::Period(this(Unit::Month))),
        ),
        (
            "preset-last-month",
            Some(CalendarRange::Period(this(Unit::Month).previous())),
        ),
    ];
    let presets = presets.into_iter();
    presets
        .filter_map(|(name, range)| Some((texts.say(name), range?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        Zone::named("Europe/Berlin").expect("it is a zone")
    }

    fn window(from: &str, to: &str) -> TimeRange {
        let at = |text: &str| text.parse().expect("a time");
        TimeRange::new(at(from), at(to)).expect("not empty")
    }

    #[track_caller]
    fn check(from: &str, to: &str, ends: [&str; 2], around: [[&str; 2]; 2]) {
        let zone = berlin();
        let window = window(from, to);
        let range = CalendarRange::of(window, &zone);
        assert_eq!(range.ends(), ends);
        assert_eq!(range.window(&zone), Some(window));
        let near = [range.previous(), range.next()];
        let near = near.map(|near| near.expect("time goes on").ends());
        assert_eq!(near, around);
    }

    #[test]
    fn the_last_week_is_there_once_it_has_been_observed_from_its_beginning() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let today: Date = "2026-11-11".parse().expect("a date");
        let at = |text: &str| Some(text.parse().expect("a moment"));
        let week = Period::parse(Unit::Week, "2026-W45").map(CalendarRange::Period);
        let check = |began_at| last_week(today, &zone, began_at);
        assert_eq!(check(at("2026-10-01T00:00:00Z")), week);
        // Midnight of Monday in Berlin.
        assert_eq!(check(at("2026-11-01T23:00:00Z")), week);
        assert_eq!(check(at("2026-11-01T23:00:01Z")), None);
        assert_eq!(check(None), None);
    }

    #[test]
    fn whole_days_are_told_by_dates_and_move_by_days() {
        // The last Sunday of October has 25 hours.
        check(
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
            ["2026-10-25", "2026-10-26"],
            [["2026-10-24", "2026-10-25"], ["2026-10-26", "2026-10-27"]],
        );
        check(
            "2026-10-23T22:00:00Z",
            "2026-10-27T23:00:00Z",
            ["2026-10-24", "2026-10-28"],
            [["2026-10-20", "2026-10-24"], ["2026-10-28", "2026-11-01"]],
        );
        check(
            "2026-01-31T23:00:00Z",
            "2026-02-28T23:00:00Z",
            ["2026-02-01", "2026-03-01"],
            [["2026-01-01", "2026-02-01"], ["2026-03-01", "2026-04-01"]],
        );
        check(
            "2026-11-04T09:00:00Z",
            "2026-11-04T10:00:00Z",
            ["2026-11-04T09:00:00.000Z", "2026-11-04T10:00:00.000Z"],
            [
                ["2026-11-04T08:00:00.000Z", "2026-11-04T09:00:00.000Z"],
                ["2026-11-04T10:00:00.000Z", "2026-11-04T11:00:00.000Z"],
            ],
        );
    }

    #[test]
    fn a_window_is_what_the_calendar_calls_it() {
        let zone = berlin();
        let units = [
            (
                "2026-11-03T23:00:00Z",
                "2026-11-04T23:00:00Z",
                Some(Unit::Day),
            ),
            (
                "2026-11-01T23:00:00Z",
                "2026-11-08T23:00:00Z",
                Some(Unit::Week),
            ),
            (
                "2026-10-31T23:00:00Z",
                "2026-11-30T23:00:00Z",
                Some(Unit::Month),
            ),
            (
                "2026-09-30T22:00:00Z",
                "2026-12-31T23:00:00Z",
                Some(Unit::Quarter),
            ),
            ("2026-11-02T23:00:00Z", "2026-11-09T23:00:00Z", None),
            ("2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z", None),
        ];
        for (from, to, unit) in units {
            assert_eq!(
                CalendarRange::of(window(from, to), &zone).unit(),
                unit,
                "{from}"
            );
        }
    }

    #[test]
    fn what_is_asked_for_most_is_told_by_the_calendar() {
        let today = "2026-11-04".parse().expect("a date");
        let presets = presets(Texts::english(), today);
        let told: Vec<String> = presets
            .iter()
            .map(|(name, range)| format!("{name}: {}", range.ends().join(" ")))
            .collect();
        assert_eq!(
            told,
            [
                "Today: 2026-11-04 2026-11-05",
                "Yesterday: 2026-11-03 2026-11-04",
                "Last 7 days: 2026-10-29 2026-11-05",
                "This week: 2026-11-02 2026-11-09",
                "Last week: 2026-10-26 2026-11-02",
                "Last 28 days: 2026-10-08 2026-11-05",
                "This month: 2026-11-01 2026-12-01",
                "Last month: 2026-10-01 2026-11-01",
            ]
        );
    }

    #[test]
    fn another_stretch_takes_the_place_of_the_first() {
        let fields = Fields::read(Some(
            "from=-7d&department=Support&to=now&page=3&week=2026-W01",
        ));
        let day = CalendarRange::of(
            window("2026-11-03T23:00:00Z", "2026-11-04T23:00:00Z"),
            &berlin(),
        );
        assert_eq!(
            day.asked(&fields).address("/report"),
            "/report?department=Support&from=2026-11-04&to=2026-11-05"
        );
    }
}
