//! The days on which an event is, by itself: with its recurrences, without what other events say about it.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::Span;
use jiff::civil::Date;

use super::event::Event;
use super::line::Line;
use super::recurrence::Rule;
use super::when::{Frame, When, shown};
use super::{Budget, IcalendarError};

/// So many days one occurrence may last.
const LENGTH_MAX: i64 = 3_660;

/// Where an event begins and how long it lasts.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    /// Its first day.
    pub(super) start: Date,
    /// In days.
    length: i64,
    /// In which zone its days are.
    pub(super) frame: Frame,
}

/// What an event is on: the first days of its occurrences.
#[derive(Clone, Debug)]
pub(super) struct Occurrences {
    extent: Extent,
    /// What the rules and the dates say, before anything is left out.
    all: BTreeSet<Date>,
    /// What is left of it.
    pub(super) starts: BTreeSet<Date>,
    /// Stretches with a length of their own.
    periods: Vec<Range<Date>>,
}

impl Occurrences {
    /// Those of an event; their days are taken from the budget.
    pub(super) fn of(event: &Event, budget: &mut Budget) -> Result<Self, IcalendarError> {
        let extent = Extent::of(event)?;
        let mut all = event.recurring("RRULE", &extent, budget)?;
        if event.part.find("RRULE").is_none() {
            all.insert(extent.start);
        }
        let mut periods = Vec::new();
        for line in event.part.all("RDATE") {
            for value in line
                .value
                .split(',')
                .filter(|value| !value.trim().is_empty())
            {
                match value.split_once('/') {
                    Some((start, end)) => {
                        let period = event.period(line, start, end, &extent.frame)?;
                        periods.push(period);
                    }
                    None => all.extend(event.days(line, value, &extent.frame)?),
                }
            }
        }
        let excluded = event.recurring("EXRULE", &extent, budget)?;
        let mut starts: BTreeSet<Date> = all.difference(&excluded).copied().collect();
        for line in event.part.all("EXDATE") {
            for value in line
                .value
                .split(',')
                .filter(|value| !value.trim().is_empty())
            {
                let days = event.days(line, value, &extent.frame)?;
                event.leave_out(line, &days, &mut starts)?;
                periods.retain(|period| !days.contains(&period.start));
            }
        }
        event.check_start(&extent, &all)?;
        let occurrences = Self {
            extent,
            all,
            starts,
            periods,
        };
        budget.days(occurrences.day_count())?;
        Ok(occurrences)
    }

    fn day_count(&self) -> usize {
        let length = usize::try_from(self.extent.length).unwrap_or(usize::MAX);
        let periods = self.periods.iter();
        let in_periods: i64 = periods.map(|days| days_between(days.start, days.end)).sum();
        self.starts
            .len()
            .saturating_mul(length)
            .saturating_add(usize::try_from(in_periods).unwrap_or(usize::MAX))
    }

    /// In which zone its days are.
    pub(super) fn frame(&self) -> &Frame {
        &self.extent.frame
    }

    /// Whether a day is one of them, left out or not.
    pub(super) fn has(&self, day: Date) -> bool {
        self.all.contains(&day) || self.periods.iter().any(|period| period.start == day)
    }

    /// Takes an occurrence away.
    pub(super) fn remove(&mut self, day: Date) {
        self.starts.remove(&day);
        self.periods.retain(|period| period.start != day);
    }

    /// The days, ascending and without overlaps.
    pub(super) fn days(self) -> Vec<Range<Date>> {
        let Self {
            extent,
            starts,
            mut periods,
            ..
        } = self;
        let days = starts.into_iter().map(|start| start..extent.end_of(start));
        periods.extend(days);
        periods.sort_unstable_by_key(|days| days.start);
        let mut merged: Vec<Range<Date>> = Vec::with_capacity(periods.len());
        for days in periods {
            match merged.last_mut() {
                // Neighbours are two occurrences, and stay so.
                Some(last) if days.start < last.end => last.end = last.end.max(days.end),
                _ => merged.push(days),
            }
        }
        merged
    }
}

impl Extent {
    pub(super) fn of(event: &Event) -> Result<Self, IcalendarError> {
        let Some(line) = event.part.find("DTSTART") else {
            return Err(event.wrong("has no beginning (DTSTART)"));
        };
        let begins = event.when(line, &line.value)?;
        let frame = match &begins {
            When::Day(_) | When::Local(_, None) => Frame::Dates,
            When::Local(_, Some(name)) => Frame::Zone(name.clone()),
            When::Utc(_) => Frame::Utc,
        };
        let start = event.midnight(line, &begins, &frame)?;
        let length = event.length(&begins, start, &frame)?;
        Ok(Self {
            start,
            length,
            frame,
        })
    }

    fn end_of(&self, start: Date) -> Date {
        start.saturating_add(Span::new().days(self.length))
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

impl Event {
    /// The day that a value is the midnight of.
    fn midnight(&self, line: &Line, when: &When, frame: &Frame) -> Result<Date, IcalendarError> {
        let days = self.zones.midnights(when, frame);
        match days.map_err(|what| self.wrong(what))?.as_slice() {
            [day] => Ok(*day),
            _ => Err(self.not_whole(line, when)),
        }
    }

    fn not_whole(&self, line: &Line, when: &When) -> IcalendarError {
        let what = match line.name.as_str() {
            "DTSTART" => "begins at",
            "DTEND" => "ends at",
            _ => {
                return self.wrong(format!(
                    "has {} {}, which is no whole day",
                    line.name,
                    shown(when)
                ));
            }
        };
        self.wrong(format!(
            "{what} {}; only whole days are read, such as DTSTART;VALUE=DATE:20261225, or from midnight to midnight",
            shown(when)
        ))
    }

    /// The days that a value of `EXDATE` or `RDATE` can mean: one, unless its zone is not known.
    fn days(&self, line: &Line, value: &str, frame: &Frame) -> Result<Vec<Date>, IcalendarError> {
        let when = self.when(line, value)?;
        let days = self.zones.midnights(&when, frame);
        let days = days.map_err(|what| self.wrong(what))?;
        let is_unclear = line.name == "RDATE" && days.len() > 1;
        if days.is_empty() || is_unclear {
            return Err(self.not_whole(line, &when));
        }
        Ok(days)
    }

    /// Takes the days out on which the event is not.
    fn leave_out(
        &self,
        line: &Line,
        days: &[Date],
        starts: &mut BTreeSet<Date>,
    ) -> Result<(), IcalendarError> {
        let hit: Vec<&Date> = days.iter().filter(|day| starts.contains(day)).collect();
        match hit.as_slice() {
            [] => {}
            [day] => {
                let day = **day;
                starts.remove(&day);
            }
            _ => {
                return Err(self.wrong(format!(
                    "has {} {}, which can be two of its days, since in which zone it is is not said",
                    line.name, line.value
                )));
            }
        }
        Ok(())
    }

    /// In days; one of a date if nothing is said.
    fn length(&self, begins: &When, start: Date, frame: &Frame) -> Result<i64, IcalendarError> {
        let end = self.part.find("DTEND");
        let duration = self.part.find("DURATION");
        let length = match (end, duration) {
            (Some(_), Some(_)) => return Err(self.wrong("has both DTEND and DURATION")),
            (Some(line), None) => {
                let ends = self.when(line, &line.value)?;
                let days = days_between(start, self.midnight(line, &ends, frame)?);
                // Some programs write the same day as the beginning and the end of a day.
                if days == 0 && matches!((begins, &ends), (When::Day(_), When::Day(_))) {
                    1
                } else {
                    days
                }
            }
            (None, Some(line)) => duration_days(&line.value, begins).ok_or_else(|| {
                self.wrong(format!(
                    "lasts {:?}; whole days are written like P1D",
                    line.value
                ))
            })?,
            (None, None) if matches!(begins, When::Day(_)) => 1,
            (None, None) => 0,
        };
        match length {
            1..=LENGTH_MAX => Ok(length),
            0 => Err(self.wrong("takes no time: it has no end (DTEND) after its beginning")),
            ..0 => Err(self.wrong("ends before it begins")),
            _ => Err(self.wrong(format!(
                "lasts {length} days; at most {LENGTH_MAX} are read"
            ))),
        }
    }

    /// A stretch of `RDATE;VALUE=PERIOD`.
    fn period(
        &self,
        line: &Line,
        start: &str,
        end: &str,
        frame: &Frame,
    ) -> Result<Range<Date>, IcalendarError> {
        let begins = self.when(line, start)?;
        let start = self.midnight(line, &begins, frame)?;
        let length = if let Some(days) = duration_days(end, &begins) {
            days
        } else {
            let ends = self.when(line, end)?;
            days_between(start, self.midnight(line, &ends, frame)?)
        };
        if !(1..=LENGTH_MAX).contains(&length) {
            return Err(self.wrong(format!("has RDATE {}, which is no whole days", line.value)));
        }
        Ok(start..start.saturating_add(Span::new().days(length)))
    }

    /// The days that its rules of this name select.
    fn recurring(
        &self,
        name: &str,
        extent: &Extent,
        budget: &mut Budget,
    ) -> Result<BTreeSet<Date>, IcalendarError> {
        let mut days = BTreeSet::new();
        for line in self.part.all(name) {
            let rule = Rule::parse(&line.value).map_err(|what| self.wrong(what))?;
            let until = rule
                .until
                .as_deref()
                .map(|text| self.when(line, text))
                .transpose()?;
            let bounds = until
                .as_ref()
                .map(|until| self.zones.last_days(until, &extent.frame));
            let bounds = bounds.transpose().map_err(|what| self.wrong(what))?;
            let last = bounds.map(|(_, last)| last);
            let starts = rule.starts(extent.start, last, budget)?;
            if let (Some((certain, _)), Some(until)) = (bounds, &until)
                && let Some(doubtful) = starts.iter().find(|day| **day > certain)
            {
                return Err(self.wrong(format!(
                    "recurs until {}: whether {doubtful} is the last day depends on the zone, which is not known; write \
                     UNTIL as a date",
                    shown(until)
                )));
            }
            days.extend(starts);
        }
        Ok(days)
    }

    /// Where rules don't select the beginning of their series, the standard leaves open whether it is one of its days.
    fn check_start(&self, extent: &Extent, all: &BTreeSet<Date>) -> Result<(), IcalendarError> {
        let Some(line) = self.part.find("RRULE") else {
            return Ok(());
        };
        if all.contains(&extent.start) {
            return Ok(());
        }
        Err(self.wrong(format!(
            "begins on {}, which its rule {:?} does not select: whether that is one of its days is not defined (RFC 5545, \
             3.8.5.3); let DTSTART be the first day of the rule",
            extent.start, line.value
        )))
    }
}

/// `P1D`, `P2W`, `P1DT0S`; hours only where days have no clock changes.
fn duration_days(text: &str, begins: &When) -> Option<i64> {
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_prefix('+').unwrap_or(&text);
    let (days, clock) = match text.strip_prefix('P')?.split_once('T') {
        Some((days, clock)) => (days, Some(clock)),
        None => (text.strip_prefix('P')?, None),
    };
    let mut total = 0;
    let mut rest = days;
    while !rest.is_empty() {
        let (count, unit, after) = amount(rest)?;
        total += match unit {
            'W' => count.checked_mul(7)?,
            'D' => count,
            _ => return None,
        };
        rest = after;
    }
    let mut seconds = 0;
    let mut rest = clock.unwrap_or_default();
    while !rest.is_empty() {
        let (count, unit, after) = amount(rest)?;
        seconds += match unit {
            'H' => count.checked_mul(3600)?,
            'M' => count.checked_mul(60)?,
            'S' => count,
            _ => return None,
        };
        rest = after;
    }
    let has_clock_changes = matches!(begins, When::Local(_, Some(_)));
    if seconds % 86_400 != 0 || (seconds != 0 && has_clock_changes) {
        return None;
    }
    Some(total + seconds / 86_400).filter(|days| *days > 0)
}

/// `12D…`: the number, its unit and what follows.
fn amount(text: &str) -> Option<(i64, char, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    let count = digits.parse().ok().filter(|count| *count <= 1_000_000)?;
    let unit = rest.chars().next()?;
    Some((count, unit, &rest[unit.len_utf8()..]))
}
