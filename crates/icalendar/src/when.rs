//! Dates and times as they are written, and which day of which zone they mean.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

use super::component::Component;
use super::line::Line;
use presence_core::query::zone::Zone;

/// A date or a time, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// `20261225`.
    Day(Date),
    /// `20261225T000000`, with the name of its zone if it has one.
    Local(DateTime, Option<String>),
    /// `20261224T230000Z`.
    Utc(DateTime),
}

impl When {
    /// Reads a value of a property; `None` if it is neither a date nor a time.
    pub(super) fn read(line: &Line, value: &str) -> Option<Self> {
        let value = value.trim();
        let Some((day, time)) = value.split_once(['T', 't']) else {
            return date(value).map(Self::Day);
        };
        let day = date(day)?;
        let (time, is_utc) = match time.strip_suffix(['Z', 'z']) {
            Some(time) => (time, true),
            None => (time, false),
        };
        let at = day.to_datetime(clock(time)?);
        Some(if is_utc {
            Self::Utc(at)
        } else {
            Self::Local(at, line.param("TZID").map(str::to_owned))
        })
    }
}

/// `20261225`.
fn date(text: &str) -> Option<Date> {
    let numbers = digits(text, 8)?;
    Date::new(
        number(&numbers[..4])?,
        number(&numbers[4..6])?,
        number(&numbers[6..])?,
    )
    .ok()
}

/// `235959`; a leap second is the second before it.
fn clock(text: &str) -> Option<Time> {
    let numbers = digits(text, 6)?;
    let second: i8 = number(&numbers[4..])?;
    Time::new(
        number(&numbers[..2])?,
        number(&numbers[2..4])?,
        second.min(59),
        0,
    )
    .ok()
    .filter(|_| second <= 60)
}

fn digits(text: &str, count: usize) -> Option<&str> {
    let are_digits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then_some(text)
}

fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.parse().ok()
}

/// In which zone the days of an event are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// In none: it is a matter of dates, wherever.
    Dates,
    /// In the zone of this name.
    Zone(String),
    /// At the calendar's own zone, or UTC.
    Utc,
}

/// What a calendar says about zones.
#[derive(Clone, Debug, Default)]
pub(super) struct Zones {
    /// The name of the zone of the whole calendar (`X-WR-TIMEZONE`).
    own: Option<String>,
    /// The zones that it describes.
    described: Vec<Described>,
}

#[derive(Clone, Debug)]
struct Described {
    name: String,
    /// What its clocks can show; `None` if that cannot be read.
    clock: Option<Clock>,
}

/// What a UTC time can be on a clock.
#[derive(Clone, Debug)]
enum Clock {
    /// That of a known zone.
    Zone(Zone),
    /// One of these offsets, in seconds; which of them is not known.
    OneOf(Vec<i64>),
}

/// The offsets that clocks on earth have.
fn all_offsets() -> Vec<i64> {
    (-12 * 4..=14 * 4).map(|quarters| quarters * 900).collect()
}

impl Zones {
    /// Those of a calendar.
    pub(super) fn of(calendar: &Component) -> Self {
        let names = ["X-WR-TIMEZONE", "TIMEZONE-ID"].into_iter();
        let names = names.filter_map(|property| calendar.find(property));
        let mut names = names.map(|line| line.value.trim().to_owned());
        let parts = calendar.parts.iter();
        let described = parts.filter(|part| part.kind == "VTIMEZONE");
        Self {
            own: names.find(|name| !name.is_empty()),
            described: described.filter_map(Described::read).collect(),
        }
    }

    /// What clocks show in a frame; `None` if nothing is known about its zone.
    fn clock(&self, frame: &Frame) -> Option<Clock> {
        match frame {
            Frame::Utc => match &self.own {
                Some(name) => self.clock_of(name),
                None => Some(Clock::Zone(Zone::utc())),
            },
            Frame::Dates => {
                let own = self.own.as_ref().and_then(|name| self.clock_of(name));
                Some(own.unwrap_or_else(|| Clock::OneOf(all_offsets())))
            }
            Frame::Zone(name) => self.clock_of(name),
        }
    }

    /// What clocks show in the zone of a name; `None` if it is neither known nor described.
    fn clock_of(&self, name: &str) -> Option<Clock> {
        if let Some(zone) = named(name) {
            return Some(Clock::Zone(zone));
        }
        let described = self.described.iter().find(|zone| zone.name == name)?;
        described.clock.clone()
    }

    /// The days whose midnight a value can be in a frame; none if it is no midnight.
    pub(super) fn midnights(&self, when: &When, frame: &Frame) -> Result<Vec<Date>, String> {
        let at_midnight = |at: DateTime| (at.time() == Time::midnight()).then_some(at.date());
        Ok(match when {
            When::Day(date) => vec![*date],
            When::Local(..) | When::Utc(_) => {
                let mut days: Vec<Date> = self
                    .readings(when, frame)?
                    .into_iter()
                    .filter_map(at_midnight)
                    .collect();
                days.sort_unstable();
                days.dedup();
                days
            }
        })
    }

    /// The earliest and the latest day that can be the last one for a series that goes on until a value.
    pub(super) fn last_days(&self, when: &When, frame: &Frame) -> Result<(Date, Date), String> {
        let When::Utc(at) = when else {
            let readings = self.readings(when, frame)?;
            let days = readings.iter().map(|at| at.date());
            let (first, last) = (days.clone().min(), days.max());
            return Ok((first.unwrap_or(Date::MIN), last.unwrap_or(Date::MAX)));
        };
        let mut days: Vec<Date> = self
            .readings(when, frame)?
            .iter()
            .map(|at| at.date())
            .collect();
        // Programs without zones write the first or the last second of a date as if it were UTC.
        let is_whole_date =
            at.time() == Time::midnight() || at.time() == Time::constant(23, 59, 59, 0);
        if *frame == Frame::Dates && is_whole_date {
            if self.own.is_none() {
                return Ok((at.date(), at.date()));
            }
            days.push(at.date());
        }
        let (first, last) = (days.iter().min(), days.iter().max());
        Ok((
            first.copied().unwrap_or(Date::MIN),
            last.copied().unwrap_or(Date::MAX),
        ))
    }

    /// What clocks of a frame can show at a value.
    fn readings(&self, when: &When, frame: &Frame) -> Result<Vec<DateTime>, String> {
        let unknown_zone = |name: &str| {
            format!(
                "is in the zone {name:?}, which is neither known nor described in the file; it has to be, to read {}",
                shown(when)
            )
        };
        let unknown = || match (frame, &self.own) {
            (Frame::Zone(name), _) | (_, Some(name)) => unknown_zone(name),
            _ => format!("has {}, and in which zone is not said", shown(when)),
        };
        match when {
            When::Day(date) => Ok(vec![date.to_datetime(Time::midnight())]),
            When::Local(at, name) => {
                let same = match (name, frame) {
                    (None, _) | (Some(_), Frame::Dates) => true,
                    (Some(name), Frame::Zone(own)) => name == own,
                    (Some(_), Frame::Utc) => false,
                };
                if same {
                    return Ok(vec![*at]);
                }
                let name = name.as_deref().unwrap_or_default();
                let other = named(name).ok_or_else(|| unknown_zone(name))?;
                let Some(Clock::Zone(zone)) = self.clock(frame) else {
                    return Err(unknown());
                };
                Ok(vec![zone.local(other.first_instant(*at))])
            }
            When::Utc(at) => Ok(match self.clock(frame).ok_or_else(unknown)? {
                Clock::Zone(zone) => {
                    let at = Zone::utc().first_instant(*at);
                    let local = zone.local(at);
                    // Where clocks skip midnight, the day begins after it.
                    let begins_the_day = zone.day_start(local.date()) == at;
                    let midnight = local.date().to_datetime(Time::midnight());
                    vec![if begins_the_day { midnight } else { local }]
                }
                Clock::OneOf(offsets) => {
                    let shifted = offsets.iter();
                    shifted
                        .filter_map(|seconds| at.checked_add(Span::new().seconds(*seconds)).ok())
                        .collect()
                }
            }),
        }
    }
}

/// A value as it is written.
pub(super) fn shown(when: &When) -> String {
    match when {
        When::Day(date) => date.strftime("%Y%m%d").to_string(),
        When::Local(at, _) => at.strftime("%Y%m%dT%H%M%S").to_string(),
        When::Utc(at) => at.strftime("%Y%m%dT%H%M%SZ").to_string(),
    }
}

impl Described {
    fn read(part: &Component) -> Option<Self> {
        let name = part.find("TZID")?.value.clone();
        let location = part.find("X-LIC-LOCATION");
        let located = location.and_then(|line| named(&line.value));
        let clock = located.map(Clock::Zone);
        Some(Self {
            name,
            clock: clock.or_else(|| offsets(part).map(Clock::OneOf)),
        })
    }
}

/// The offsets that a zone has, in seconds; `None` if there are none, or one of them cannot be read.
fn offsets(part: &Component) -> Option<Vec<i64>> {
    let lines = part.parts.iter().flat_map(|part| part.lines.iter());
    let lines = lines.filter(|line| line.name == "TZOFFSETTO" || line.name == "TZOFFSETFROM");
    let mut offsets: Vec<i64> = lines
        .map(|line| offset(&line.value))
        .collect::<Option<_>>()?;
    offsets.sort_unstable();
    offsets.dedup();
    (!offsets.is_empty()).then_some(offsets)
}

/// `+0100` or `+010000`, in seconds.
fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = text.trim().split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let numbers = digits(rest, 4).or_else(|| digits(rest, 6))?;
    let part = |at: usize| numbers.get(at..at + 2).map_or(Some(0), number::<i64>);
    Some(sign * (part(0)? * 3600 + part(2)? * 60 + part(4)?))
}

/// The zone of a name: IANA's, Windows', or one with a maker's path before it (`/citadel.org/20210210_1/Europe/Berlin`).
/// `None` if it is no zone's name: what depends on it is refused then, and no other zone is taken in its place.
fn named(name: &str) -> Option<Zone> {
    let name = name.trim().trim_matches('"');
    if let Ok(zone) = Zone::named(name) {
        return Some(zone);
    }
    if let Some(iana) = presence_core::query::zone::windows::iana_name(name) {
        return Zone::named(iana).ok();
    }
    let path = name.strip_prefix('/')?;
    let parts: Vec<&str> = path.split('/').collect();
    let mut tails = [3, 2].into_iter().filter_map(|count| {
        let start = parts.len().checked_sub(count)?;
        Some(parts[start..].join("/"))
    });
    tails.find_map(|tail| Zone::named(&tail).ok())
}
