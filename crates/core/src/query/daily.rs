//! What the daily table says of one extension, which local days are over, and which of them nothing can change any more.
//!
//! A log only grows at its end, so a day is final once no sweep that may still come can say anything about it:
//!
//! ```text
//! days      |  1  |  2  |  3  |  4         the last sweep that saw it is in day 3
//! sweeps     A A A A A A A A               the next one may bracket the time since: 3 may change, 1 and 2 are final
//! sweeps     A A A A A A . . . . B B       the gap is longer than a sweep is valid: all before the last sweep is final
//! ```

use jiff::civil::Date;

use super::calendar::{Bucket, Schedule, schedule};
use super::classes::Classes;
use super::group::GroupBy;
use super::report::{Report, Row};
use super::schedule_slots::Grid;
use super::track::Frame;
use super::zone::Zone;
use presence_model::coverage::CoverageSegment;
use presence_model::daily::{DailyAmount, DailyKind, LocalDate, LocalDay};
use presence_model::facet::Facet;
use presence_model::history::{Dictionary, ExtensionHistory, UnknownId};
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};

/// Whether the daily table can be kept of a facet: messages are personal, and of any number of values.
pub fn is_kept_daily(facet: Facet) -> bool {
    facet != Facet::Message
}

/// The local days from `from` on and before `before`, by date. A date that the zone's clocks skip is no day.
pub fn local_days(zone: &Zone, from: LocalDate, before: LocalDate) -> Vec<LocalDay> {
    let dates = std::iter::successors(Some(from), |date| Some(date.plus_days(1)));
    dates
        .take_while(|date| *date < before)
        .filter_map(|date| {
            let next = date.plus_days(1);
            let span = TimeRange::new(zone.day_start(date.date()), zone.day_start(next.date()))?;
            Some(LocalDay { date, span })
        })
        .collect()
}

/// The first date that the table does not hold yet: the days before it are over, and began no later than the last sweep.
///
/// Days that began after the last sweep are left out: they would all be unknown, as long as the history goes on.
pub fn kept_before(zone: &Zone, now: Timestamp, observed_until: Timestamp) -> LocalDate {
    let of_last_look = local_date(zone, observed_until);
    local_date(zone, now).min(of_last_look.plus_days(1))
}

/// The local date of a moment.
pub fn local_date(zone: &Zone, at: Timestamp) -> LocalDate {
    LocalDate::of(zone.local(at).date())
}

/// The first date of the local days that two computations do not agree on; `None` if they agree on all that both have.
pub fn first_difference(kept: &[LocalDay], computed: &[LocalDay]) -> Option<LocalDate> {
    let differing = kept.iter().filter(|day| {
        let found = computed.binary_search_by_key(&day.date, |other| other.date);
        found.is_err() || found.is_ok_and(|index| computed[index] != **day)
    });
    let missing = computed.iter().filter(|day| {
        let found = kept.binary_search_by_key(&day.date, |other| other.date);
        found.is_err()
    });
    differing.chain(missing).map(|day| day.date).min()
}

/// The moment before which nothing that is recorded later can change what is known of an extension.
///
/// `observed_until` is the account's last sweep that saw anything, `complete` the last range of complete sweeps. A sweep
/// that is still to come begins no earlier. It brackets the time since the extension was last seen, or since it was last
/// known to be gone, only while that sweep is valid.
pub fn final_until(
    history: &ExtensionHistory,
    complete: Option<&CoverageSegment>,
    observed_until: Timestamp,
) -> Timestamp {
    let absence = complete.map(|segment| segment.last_sweep());
    match history.last_seen.or(absence) {
        Some(heartbeat) if heartbeat.brackets(observed_until) => heartbeat.at.min(observed_until),
        _ => observed_until,
    }
}

/// When an extension was first seen to exist.
pub fn first_life(history: &ExtensionHistory) -> Option<Timestamp> {
    history.existence.first().map(|life| life.from)
}

/// What amounts are computed from, the same for all extensions of one zone.
#[derive(Clone, Copy, Debug)]
pub struct DailyFrame<'a> {
    /// The days.
    pub days: &'a [LocalDay],
    /// The present moment: the last sweep is presumed to hold until then.
    pub now: Timestamp,
    /// See [`Frame::complete`].
    pub complete: &'a [CoverageSegment],
    /// What a state counts as.
    pub classes: &'a Classes,
    /// What states and profiles stand for.
    pub dictionary: &'a Dictionary,
    /// The ranges of the days: those of [`grid_of`].
    pub grid: &'a Grid,
}

/// The time range from the first of some days to the end of the last; `None` if there are none.
pub fn window_of(days: &[LocalDay]) -> Option<TimeRange> {
    let (first, last) = days.first().zip(days.last())?;
    TimeRange::new(first.span.from(), last.span.to())
}

/// The ranges of adjoining days.
pub fn grid_of(zone: &Zone, window: TimeRange) -> Grid {
    Grid::new(&[schedule_of(zone, window)])
}

fn schedule_of(zone: &Zone, window: TimeRange) -> Schedule {
    schedule(window, zone, None, Bucket::Day)
}

/// What lasted how long on each of the days on which an extension existed at some moment: by date, values in their
/// order, then unknown, then absent time. The sum of [`DailyAmount::ms`] over a day is the day's length.
pub fn amounts(
    history: &ExtensionHistory,
    frame: &DailyFrame<'_>,
) -> Result<Vec<DailyAmount>, UnknownId> {
    let Some(window) = window_of(frame.days) else {
        return Ok(Vec::new());
    };
    let mut report = Report::new();
    let frame_of_report = Frame {
        window,
        now: frame.now.max(recorded_until(history)),
        complete: frame.complete,
        classes: frame.classes,
    };
    let group_by = GroupBy {
        extension: true,
        ..GroupBy::default()
    };
    report.add(
        history,
        frame.dictionary,
        &frame_of_report,
        frame.grid.zone(0),
        group_by,
    )?;
    let mut amounts = Vec::new();
    for (_, label, row) in report.rows(frame.grid) {
        let date = label.parse::<Date>().map(LocalDate::of);
        let day = date.ok().and_then(|date| {
            let found = frame.days.binary_search_by_key(&date, |day| day.date);
            found.ok().map(|index| frame.days[index])
        });
        if let Some(day) = day.filter(|day| existed(history, day.span)) {
            add_row(
                &mut amounts,
                history.extension_id,
                day.date,
                row,
                frame.classes,
            );
        }
    }
    Ok(amounts)
}

/// The last moment of the history: whatever the clock shows, what is recorded is known.
fn recorded_until(history: &ExtensionHistory) -> Timestamp {
    let intervals = history.intervals.iter();
    let ends = intervals.flat_map(|interval| [Some(interval.from), interval.until]);
    let existence = history.existence.iter().map(|life| life.until);
    ends.chain(existence)
        .flatten()
        .max()
        .unwrap_or(Timestamp::MIN)
}

fn existed(history: &ExtensionHistory, span: TimeRange) -> bool {
    let mut existence = history.existence.iter();
    existence
        .any(|life| life.from < span.to() && life.until.is_none_or(|until| until > span.from()))
}

fn add_row(
    amounts: &mut Vec<DailyAmount>,
    extension_id: ExtensionId,
    date: LocalDate,
    row: &Row,
    classes: &Classes,
) {
    let mut values: Vec<_> = row
        .classes
        .iter()
        .map(|row| (classes.value(row.class), row.amount))
        .collect();
    values.sort_unstable_by_key(|(value, _)| *value);
    amounts.extend(values.into_iter().map(|(value, amount)| DailyAmount {
        extension_id,
        date,
        kind: DailyKind::Value,
        value: value.map(str::to_owned),
        ms: amount.ms,
        bounds_ms: Some((amount.min_ms, amount.max_ms)),
    }));
    let others = [
        (DailyKind::Unknown, row.unknown_ms),
        (DailyKind::Absent, row.absent_ms),
    ];
    let others = others.into_iter().filter(|(_, ms)| *ms > 0);
    amounts.extend(others.map(|(kind, ms)| DailyAmount {
        extension_id,
        date,
        kind,
        value: None,
        ms,
        bounds_ms: None,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_model::coverage::Heartbeat;

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect("a zone")
    }

    fn date(text: &str) -> LocalDate {
        text.parse().expect("a date")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[track_caller]
    fn check_hours(name: &str, from: &str, before: &str, expected: &[i64]) {
        let days = local_days(&zone(name), date(from), date(before));
        let window = window_of(&days).expect("there are days");
        let schedule = schedule_of(&zone(name), window);
        let shown: Vec<(String, TimeRange)> = days
            .iter()
            .map(|day| (day.date.to_string(), day.span))
            .collect();
        let scheduled: Vec<(String, TimeRange)> = schedule
            .slices
            .iter()
            .map(|slice| (schedule.labels[slice.bucket as usize].clone(), slice.span))
            .collect();
        assert_eq!(shown, scheduled, "days are those of a report");
        let hours: Vec<i64> = days
            .iter()
            .map(|day| day.span.duration_ms() / 1_800_000)
            .collect();
        assert_eq!(hours, expected, "in half hours");
    }

    #[test]
    fn days_are_as_long_as_the_clocks_make_them() {
        check_hours("Europe/Berlin", "2026-10-24", "2026-10-27", &[48, 50, 48]);
        check_hours("Europe/Berlin", "2026-03-29", "2026-03-30", &[46]);
        check_hours("Australia/Lord_Howe", "2026-10-04", "2026-10-06", &[47, 48]);
        // Clocks go back over midnight, or forward over it.
        check_hours("America/Havana", "2025-11-02", "2025-11-04", &[50, 48]);
        check_hours("America/Havana", "2025-03-09", "2025-03-10", &[46]);
    }

    #[test]
    fn a_date_that_clocks_skip_is_no_day() {
        let days = local_days(
            &zone("Pacific/Apia"),
            date("2011-12-29"),
            date("2012-01-01"),
        );
        let dates: Vec<String> = days.iter().map(|day| day.date.to_string()).collect();
        assert_eq!(dates, ["2011-12-29", "2011-12-31"]);
        assert_eq!(days[0].span.to(), days[1].span.from());
    }

    #[test]
    fn a_day_is_kept_when_it_is_over_and_the_history_reaches_into_it() {
        let berlin = zone("Europe/Berlin");
        let before =
            |now: &str, looked: &str| kept_before(&berlin, at(now), at(looked)).to_string();
        assert_eq!(
            before("2026-11-03T22:59:59Z", "2026-11-03T22:59:00Z"),
            "2026-11-03"
        );
        assert_eq!(
            before("2026-11-03T23:00:00Z", "2026-11-03T22:59:00Z"),
            "2026-11-04"
        );
        assert_eq!(
            before("2026-12-01T00:00:00Z", "2026-11-03T12:00:00Z"),
            "2026-11-04"
        );
    }

    #[test]
    fn days_that_differ_are_found() {
        let berlin = local_days(
            &zone("Europe/Berlin"),
            date("2026-10-24"),
            date("2026-10-28"),
        );
        assert_eq!(first_difference(&berlin, &berlin), None);
        assert_eq!(
            first_difference(&berlin[..2], &berlin),
            Some(date("2026-10-26"))
        );
        let mut changed = berlin.clone();
        changed[1].span = changed[2].span;
        assert_eq!(
            first_difference(&berlin, &changed),
            Some(date("2026-10-25"))
        );
    }

    #[track_caller]
    fn check_final(last_seen: Option<i64>, complete: Option<i64>, looked: i64, expected: i64) {
        let minute = |minute: i64| Timestamp::saturating_from_ms(minute * 60_000);
        let valid_for_ms = 120_000;
        let history = ExtensionHistory {
            extension_id: ExtensionId(101),
            intervals: Vec::new(),
            existence: Vec::new(),
            profiles: Vec::new(),
            last_seen: last_seen.map(|at| Heartbeat {
                at: minute(at),
                valid_for_ms,
            }),
        };
        let complete = complete.map(|until| CoverageSegment {
            from: minute(0),
            until: minute(until),
            valid_for_ms,
        });
        let until = final_until(&history, complete.as_ref(), minute(looked));
        assert_eq!(until, minute(expected));
    }

    #[test]
    fn what_the_next_sweep_may_bracket_is_not_final() {
        // Seen by the last sweep; missed by it; missed for longer than a sweep is valid.
        check_final(Some(9), Some(9), 9, 9);
        check_final(Some(7), Some(9), 9, 7);
        check_final(Some(6), Some(9), 9, 9);
        // Gone, and lacked by the last complete sweep; no complete sweep is valid any more, or there was none.
        check_final(None, Some(8), 9, 8);
        check_final(None, Some(5), 9, 9);
        check_final(None, None, 9, 9);
    }
}
