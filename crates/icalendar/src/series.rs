//! What the events of a file say together: a series, the occurrences that were moved out of it, what was cancelled.

use std::collections::BTreeMap;

use super::event::{Cancelled, Event};
use super::occurrences::Occurrences;
use super::{Budget, DayEvent, IcalendarError, Purpose};

/// The days of events, in the order of the file.
pub(super) fn days(
    events: &[Event],
    purpose: Purpose,
    budget: &mut Budget,
) -> Result<Vec<DayEvent>, IcalendarError> {
    let mut named: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    let mut found = Vec::new();
    for event in events {
        match event.uid() {
            Some(uid) => named.entry(uid).or_default().push(event),
            None => found.extend(days_of(&[event], purpose, budget)?),
        }
    }
    for group in named.values() {
        found.extend(days_of(group, purpose, budget)?);
    }
    found.sort_by_key(|event| event.line);
    Ok(found)
}

/// The days of what has one UID.
fn days_of(
    group: &[&Event],
    purpose: Purpose,
    budget: &mut Budget,
) -> Result<Vec<DayEvent>, IcalendarError> {
    let (moved, whole): (Vec<&Event>, Vec<&Event>) = group
        .iter()
        .partition(|event| event.recurrence_id().is_some());
    let whole = latest(whole);
    if whole
        .iter()
        .any(|event| event.cancelled == Cancelled::WithItsUid)
    {
        return Ok(Vec::new());
    }
    let takes_place = |event: &&&Event| event.cancelled == Cancelled::No;
    let is_cancelled_series = !whole.is_empty() && !whole.iter().any(|event| takes_place(&event));
    if is_cancelled_series {
        return Ok(Vec::new());
    }
    let series: Vec<&Event> = whole.iter().filter(takes_place).copied().collect();
    if let (Some(moved), [_, second, ..]) = (moved.first(), series.as_slice()) {
        return Err(moved.wrong(format!(
            "stands for an occurrence of a series (RECURRENCE-ID), and several events have its UID (line {})",
            second.part.number
        )));
    }
    let mut found = Vec::new();
    for event in series {
        // What says that its time is free is no absence, and has no occurrences to take moved ones out of.
        let counts = purpose == Purpose::Holidays || !event.is_free;
        let mut occurrences = counts.then(|| Occurrences::of(event, budget)).transpose()?;
        for other in &moved {
            check_moved(other)?;
            if let Some(occurrences) = &mut occurrences {
                replace(other, occurrences)?;
            }
        }
        if let Some(occurrences) = occurrences {
            found.push(event.found(occurrences));
        }
    }
    for other in latest_moved(&moved)? {
        check_moved(other)?;
        let counts = purpose == Purpose::Holidays || !other.is_free;
        if other.cancelled == Cancelled::No && counts {
            let occurrences = Occurrences::of(other, budget)?;
            found.push(other.found(occurrences));
        }
    }
    Ok(found)
}

/// Those that no other replaces: with the highest number in the order of their changes.
fn latest(events: Vec<&Event>) -> Vec<&Event> {
    let last = events.iter().map(|event| event.sequence).max();
    let is_last = |event: &&Event| Some(event.sequence) == last;
    events.into_iter().filter(is_last).collect()
}

/// Of those that stand for the same occurrence, the ones that no other replaces.
fn latest_moved<'a>(moved: &[&'a Event]) -> Result<Vec<&'a Event>, IcalendarError> {
    let mut by_occurrence: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in moved {
        let id = event.recurrence_id().map_or("", |line| line.value.as_str());
        by_occurrence.entry(id).or_default().push(event);
    }
    let mut found = Vec::new();
    for events in by_occurrence.into_values() {
        let latest = latest(events);
        let is_taken_back = |event: &&Event| event.cancelled == Cancelled::WithItsUid;
        match latest.as_slice() {
            several if several.iter().any(is_taken_back) => {}
            [first, second, ..] => {
                return Err(second.wrong(format!(
                    "stands for the same occurrence (RECURRENCE-ID) as the event of line {}",
                    first.part.number
                )));
            }
            [event] => found.push(*event),
            [] => {}
        }
    }
    Ok(found)
}

/// An occurrence of a series is one day, moved or cancelled, and does not recur itself.
fn check_moved(event: &Event) -> Result<(), IcalendarError> {
    let Some(line) = event.recurrence_id() else {
        return Ok(());
    };
    if let Some(range) = line.param("RANGE") {
        return Err(event.wrong(format!(
            "changes an occurrence and others with it (RECURRENCE-ID;RANGE={range}), which is not read; write the changed \
             ones as a series of their own"
        )));
    }
    let recurs = ["RRULE", "RDATE", "EXRULE", "EXDATE"]
        .into_iter()
        .find(|name| event.part.find(name).is_some());
    match recurs {
        Some(name) => Err(event.wrong(format!(
            "stands for one occurrence of a series (RECURRENCE-ID), and has {name}"
        ))),
        None => Ok(()),
    }
}

/// Takes the occurrence out of its series that an event stands for.
fn replace(event: &Event, occurrences: &mut Occurrences) -> Result<(), IcalendarError> {
    let Some(line) = event.recurrence_id() else {
        return Ok(());
    };
    let when = event.when(line, &line.value)?;
    let days = event.zones.midnights(&when, occurrences.frame());
    let days = days.map_err(|what| event.wrong(what))?;
    let hit: Vec<_> = days
        .into_iter()
        .filter(|day| occurrences.has(*day))
        .collect();
    match hit.as_slice() {
        [day] => {
            occurrences.remove(*day);
            Ok(())
        }
        [] if event.cancelled != Cancelled::No => Ok(()),
        [] => Err(event.wrong(format!(
            "stands for the occurrence {} of its series (RECURRENCE-ID), which the series has not",
            line.value
        ))),
        _ => Err(event.wrong(format!(
            "stands for the occurrence {} (RECURRENCE-ID), which can be two of its series, since in which zone it is is \
             not said",
            line.value
        ))),
    }
}

impl Event {
    fn found(&self, occurrences: Occurrences) -> DayEvent {
        DayEvent {
            summary: self.summary.clone(),
            line: self.part.number,
            days: occurrences.days(),
        }
    }
}
