//! Durations as people read them.

use presence_model::time::Timestamp;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

/// `7h 32m`, rounded to the minute; `42s` below a minute, `0` for nothing.
pub fn spoken(ms: i64) -> String {
    match ms {
        0 => "0".to_owned(),
        1..500 => "<1s".to_owned(),
        500..MINUTE_MS if (ms + SECOND_MS / 2) / SECOND_MS < 60 => {
            format!("{}s", (ms + SECOND_MS / 2) / SECOND_MS)
        }
        _ => {
            let minutes = (ms + MINUTE_MS / 2).div_euclid(MINUTE_MS);
            match (minutes / 60, minutes % 60) {
                (0, minutes) => format!("{minutes}m"),
                (hours, minutes) => format!("{hours}h {minutes:02}m"),
            }
        }
    }
}

/// `2d 3h`, `3h 05m`, `4m`, `12s`: the two greatest units.
pub fn ago(ms: i64) -> String {
    let hours = ms / (60 * MINUTE_MS);
    if hours < 48 {
        spoken(ms)
    } else {
        format!("{}d {}h", hours / 24, hours % 24)
    }
}

/// How far a moment is from now: `3m ago`. One after now is said to be so: the clock, or `--now`, may be behind it.
pub fn when(at: Timestamp, now: Timestamp) -> String {
    match now.since_ms(at) {
        ahead_ms if ahead_ms < 0 => format!("{} after now", ago(ahead_ms.saturating_neg())),
        ms => format!("{} ago", ago(ms)),
    }
}

/// The bounds of a duration, rounded outwards to the minute: `7:31–7:34`; to the second below an hour: `4′10″–5′00″`.
pub fn bounds(min_ms: i64, max_ms: i64) -> String {
    if max_ms < 60 * MINUTE_MS {
        let (min, max) = (min_ms / SECOND_MS, (max_ms + SECOND_MS - 1) / SECOND_MS);
        return format!("{}–{}", minutes_seconds(min), minutes_seconds(max));
    }
    let (min, max) = (min_ms / MINUTE_MS, (max_ms + MINUTE_MS - 1) / MINUTE_MS);
    format!("{}:{:02}–{}:{:02}", min / 60, min % 60, max / 60, max % 60)
}

fn minutes_seconds(seconds: i64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m{seconds:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let hour = 60 * MINUTE_MS;
        assert_eq!(spoken(0), "0");
        assert_eq!(spoken(400), "<1s");
        assert_eq!(spoken(12_400), "12s");
        assert_eq!(spoken(59_700), "1m");
        assert_eq!(spoken(7 * hour + 31 * MINUTE_MS + 40_000), "7h 32m");
        assert_eq!(spoken(8 * hour + 5 * MINUTE_MS), "8h 05m");
        assert_eq!(spoken(152 * hour), "152h 00m");
        assert_eq!(ago(51 * hour), "2d 3h");
    }

    #[test]
    fn what_is_after_now_is_not_ago() {
        let at = Timestamp::saturating_from_ms;
        assert_eq!(when(at(1_000), at(43_000)), "42s ago");
        assert_eq!(when(at(43_000), at(43_000)), "0 ago");
        assert_eq!(
            when(at(43_000 + 2 * 60 * MINUTE_MS), at(43_000)),
            "2h 00m after now"
        );
        assert_eq!(when(at(43_001), at(43_000)), "<1s after now");
    }

    #[test]
    fn bounds_are_rounded_outwards() {
        let hour = 60 * MINUTE_MS;
        assert_eq!(
            bounds(
                7 * hour + 31 * MINUTE_MS + 59_999,
                7 * hour + 33 * MINUTE_MS + 1
            ),
            "7:31–7:34"
        );
        assert_eq!(bounds(0, 60_000), "0s–1m");
        assert_eq!(bounds(250_500, 299_001), "4m10s–5m");
    }
}
