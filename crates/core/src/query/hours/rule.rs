//! How rules combine, day by day.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{Days as DayCount, NaiveDate};
use opening_hours::OpeningHours;
use opening_hours_syntax::rules::day::{DaySelector, HolidayKind, WeekDayRange};
use opening_hours_syntax::rules::time::TimeSelector;
use opening_hours_syntax::rules::{RuleKind, RuleOperator, RuleSequence};

use super::Fault;
use super::holiday_words::Join;
use super::minutes::{DAY, Minutes};

/// What rules say about one local day.
#[derive(Debug, Default)]
pub(super) struct Day {
    pub(super) open: Minutes,
    /// Unknown, or closed with a comment: not scheduled, but something is said about it.
    remarked: Minutes,
}

/// One rule: on the days it selects, these minutes are so.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// As it is written.
    pub(super) text: String,
    pub(super) days: Days,
    pub(super) minutes: Minutes,
    pub(super) effect: Effect,
    pub(super) operator: RuleOperator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Open,
    Closed,
    /// Unknown, or closed with a comment.
    Remarked,
}

/// What a rule did to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// Nothing.
    No,
    /// It added to what earlier rules said, or took away from it.
    Also,
    /// Nothing of what earlier rules said is left.
    Alone,
}

impl Rule {
    /// The same rule, in which `PH` selects these dates.
    pub(super) fn with_holidays(mut self, dates: &Arc<BTreeSet<NaiveDate>>) -> Self {
        if let Days::Holidays(days) = &mut self.days {
            days.dates = Arc::clone(dates);
        }
        self
    }

    /// Whether it selects public holidays.
    pub(super) fn mentions_holidays(&self) -> bool {
        matches!(self.days, Days::Holidays(_))
    }

    /// Changes what earlier rules said about the middle one of three days.
    pub(super) fn apply(&self, day: &mut Day, dates: &[Option<NaiveDate>; 3]) -> Applied {
        let selects = |index: usize| dates[index].is_some_and(|date| self.days.contain(date));
        if self.operator == RuleOperator::Fallback && day.says_something() {
            return Applied::No;
        }
        if !selects(1) {
            return if self.cut_by_the_clock(day, selects) {
                Applied::Also
            } else {
                Applied::No
            };
        }
        let starts_again = self.operator == RuleOperator::Normal && self.effect != Effect::Closed;
        if starts_again {
            *day = Day::default();
        }
        let ends_all = self.effect != Effect::Open && self.minutes.are_one_whole_day();
        if ends_all {
            day.open = Minutes::default();
        }
        day.overlay(self.effect, &self.minutes);
        self.cut_by_the_clock(day, selects);
        if starts_again || ends_all {
            Applied::Alone
        } else {
            Applied::Also
        }
    }

    /// Times of the day before or after at which it is closed cut shifts of this day that reach there.
    /// Returns whether they did.
    fn cut_by_the_clock(&self, day: &mut Day, selects: impl Fn(usize) -> bool) -> bool {
        if self.effect == Effect::Open || self.minutes.are_one_whole_day() {
            return false;
        }
        let before = day.open.clone();
        for (index, shift) in [(0, -DAY), (2, DAY)] {
            if selects(index) {
                day.open.remove(&self.minutes.shifted(shift));
            }
        }
        day.open != before
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
pub(super) enum Days {
    Every,
    /// Those on which this is open: the rule's days without its times.
    Of(OpeningHours),
    /// With holidays among them.
    Holidays(HolidayDays),
}

/// Dates that are selected by holidays, and perhaps by more.
#[derive(Clone, Debug)]
pub(super) struct HolidayDays {
    /// The years, dates and weeks in which they must lie.
    within: Box<Days>,
    /// The rule's weekdays, if it has some.
    weekdays: Option<Box<Days>>,
    join: Join,
    /// So many days after a public holiday.
    shifts: Vec<i16>,
    /// The public holidays.
    dates: Arc<BTreeSet<NaiveDate>>,
}

impl HolidayDays {
    fn contain(&self, date: NaiveDate) -> bool {
        let is_holiday = || {
            let mut shifts = self.shifts.iter();
            shifts.any(|&shift| before(date, shift).is_some_and(|date| self.dates.contains(&date)))
        };
        let is_selected = match (&self.weekdays, self.join) {
            (None, _) => is_holiday(),
            (Some(weekdays), Join::Either) => weekdays.contain(date) || is_holiday(),
            (Some(weekdays), Join::Both) => weekdays.contain(date) && is_holiday(),
        };
        is_selected && self.within.contain(date)
    }
}

/// So many days earlier; later, for a number below 0.
fn before(date: NaiveDate, days: i16) -> Option<NaiveDate> {
    let count = DayCount::new(days.unsigned_abs().into());
    if days < 0 {
        date.checked_add_days(count)
    } else {
        date.checked_sub_days(count)
    }
}

impl Days {
    fn contain(&self, date: NaiveDate) -> bool {
        match self {
            Self::Every => true,
            Self::Of(days) => !days.schedule_at(date).is_empty(),
            Self::Holidays(days) => days.contain(date),
        }
    }

    pub(super) fn of(rule: &RuleSequence, join: Join) -> Result<Self, Fault> {
        let selector = &rule.day_selector;
        let (holidays, weekdays): (Vec<WeekDayRange>, Vec<WeekDayRange>) = selector
            .weekday
            .iter()
            .cloned()
            .partition(|days| matches!(days, WeekDayRange::Holiday { .. }));
        if holidays.is_empty() {
            return Self::selected(selector.clone());
        }
        let within = DaySelector {
            weekday: Vec::new(),
            ..selector.clone()
        };
        let has_weekdays = !weekdays.is_empty();
        let weekdays = DaySelector {
            weekday: weekdays,
            ..DaySelector::default()
        };
        // Rules for school holidays are refused before.
        let shifts = holidays.iter().filter_map(|days| match days {
            WeekDayRange::Holiday {
                kind: HolidayKind::Public,
                offset,
            } => Some(*offset),
            _ => None,
        });
        Ok(Self::Holidays(HolidayDays {
            within: Box::new(Self::selected(within)?),
            weekdays: if has_weekdays {
                Some(Box::new(Self::selected(weekdays)?))
            } else {
                None
            },
            join,
            shifts: shifts.collect(),
            dates: Arc::default(),
        }))
    }

    /// The library takes a day selector only as text, so it is written out and read again.
    fn selected(day_selector: DaySelector) -> Result<Self, Fault> {
        if day_selector.is_empty() {
            return Ok(Self::Every);
        }
        let days = RuleSequence {
            day_selector,
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
