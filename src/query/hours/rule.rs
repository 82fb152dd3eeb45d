//! How rules combine, day by day.

use chrono::NaiveDate;
use opening_hours::OpeningHours;
use opening_hours_syntax::rules::day::{HolidayKind, WeekDayRange};
use opening_hours_syntax::rules::time::TimeSelector;
use opening_hours_syntax::rules::{RuleKind, RuleOperator, RuleSequence};

use super::Fault;
use super::minutes::{DAY, Minutes};
use crate::query::holidays::Holidays;

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

impl Rule {
    /// The same rule, in which `PH` selects these dates.
    pub(super) fn with_holidays(self, holidays: &Holidays) -> Self {
        let days = match self.days {
            Days::Of(days) => Days::Of(days.with_context(holidays.context())),
            Days::Every => Days::Every,
        };
        Self { days, ..self }
    }

    /// Whether it selects public holidays.
    pub(super) fn mentions_holidays(&self) -> bool {
        let Days::Of(days) = &self.days else {
            return false;
        };
        let expression = days.get_expression();
        let mut weekdays = expression
            .rules
            .iter()
            .flat_map(|rule| &rule.day_selector.weekday);
        weekdays.any(|days| {
            matches!(
                days,
                WeekDayRange::Holiday {
                    kind: HolidayKind::Public,
                    ..
                }
            )
        })
    }

    /// Changes what earlier rules said about the middle one of three days.
    pub(super) fn apply(&self, day: &mut Day, dates: &[Option<NaiveDate>; 3]) {
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
pub(super) enum Days {
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
    pub(super) fn of(rule: &RuleSequence) -> Result<Self, Fault> {
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
