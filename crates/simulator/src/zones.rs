//! The time zones that the office's people live in, with the platform's own dictionary entries.
//!
//! Zone rules come from the data bundled with the program, never from the machine.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// One entry of the platform's zone dictionary, as far as the office uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneEntry {
    /// The dictionary's id.
    pub id: &'static str,
    /// The IANA name, aliases included.
    pub name: &'static str,
    /// The text for people.
    pub description: &'static str,
    /// Minutes east of UTC in standard time, as text.
    pub bias: &'static str,
}

const fn entry(
    id: &'static str,
    name: &'static str,
    description: &'static str,
    bias: &'static str,
) -> ZoneEntry {
    ZoneEntry {
        id,
        name,
        description,
        bias,
    }
}

/// The zones in use; the first is the account's.
pub(super) const ZONES: [ZoneEntry; 8] = [
    entry(
        "59",
        "America/Los_Angeles",
        "Pacific Time (US & Canada)",
        "-480",
    ),
    entry(
        "52",
        "America/New_York",
        "Eastern Time (US & Canada)",
        "-300",
    ),
    entry(
        "4",
        "Europe/Berlin",
        "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
        "60",
    ),
    entry("51", "US/Eastern", "Eastern Time (US & Canada)", "-300"),
    entry(
        "56",
        "America/Chicago",
        "Central Time (US & Canada)",
        "-360",
    ),
    entry(
        "2",
        "Europe/London",
        "Greenwich Mean Time: London, Edinburgh, Dublin",
        "0",
    ),
    entry(
        "30",
        "Asia/Kolkata",
        "Chennai, Kolkata, Mumbai, New Delhi",
        "330",
    ),
    entry(
        "41",
        "Australia/Sydney",
        "Canberra, Melbourne, Sydney",
        "600",
    ),
];

/// Looks a zone up in the bundled data.
pub(super) fn time_zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled()
        .get(name)
        .unwrap_or(TimeZone::UTC)
}

/// Finds the local date of a moment; the year's bounds stand for moments beyond them.
pub(super) fn local_date(at_ms: i64, zone: &TimeZone) -> Date {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    zone.to_datetime(at).date()
}

/// Finds the moment at which a local day's clock shows `minute` (of the day, from 0 to 1439).
///
/// A skipped minute is taken after the jump, one that comes twice is the first. `None` at the very
/// ends of the calendar.
pub(super) fn moment(date: Date, minute: u16, zone: &TimeZone) -> Option<i64> {
    let hour = i8::try_from(minute / 60 % 24).expect("an hour is below 24");
    let minute = i8::try_from(minute % 60).expect("a minute is below 60");
    let local = date.at(hour, minute, 0, 0);
    zone.to_timestamp(local).ok().map(Timestamp::as_millisecond)
}

/// Finds what a zone's clock shows, in minutes of the day.
pub(super) fn minute_of_day(at_ms: i64, zone: &TimeZone) -> u16 {
    let Ok(at) = Timestamp::from_millisecond(at_ms) else {
        return 0;
    };
    let time = zone.to_datetime(at).time();
    u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0)
}

/// Writes a moment as the platform does: UTC, three digits of fraction, `Z`.
pub(super) fn iso(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(
        |_| "1970-01-01T00:00:00.000Z".to_owned(),
        |at| format!("{at:.3}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_in_the_bundled_data() {
        for zone in ZONES {
            assert!(
                TimeZoneDatabase::bundled().get(zone.name).is_ok(),
                "{}",
                zone.name
            );
        }
    }

    #[test]
    fn moments_follow_daylight_saving() {
        let berlin = time_zone("Europe/Berlin");
        let summer = moment(jiff::civil::date(2026, 7, 1), 9 * 60, &berlin).expect("in range");
        let winter = moment(jiff::civil::date(2026, 12, 1), 9 * 60, &berlin).expect("in range");
        assert_eq!(iso(summer), "2026-07-01T07:00:00.000Z");
        assert_eq!(iso(winter), "2026-12-01T08:00:00.000Z");
        assert_eq!(minute_of_day(winter, &berlin), 540);
        assert_eq!(local_date(winter, &berlin), jiff::civil::date(2026, 12, 1));
    }
}
