//! What the headers of a response tell. Pure.

use reqwest::Url;
use reqwest::header::HeaderMap;

use presence_model::time::Timestamp;

use super::budget::{Feedback, LIMIT_HEADER, RateGroup, WAIT_HEADER, WINDOW_HEADER};
use presence_ringcentral_wire::clip;

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A whole number, not below 0; one that is too large for its type is the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn count(headers: &HeaderMap, name: &str) -> Option<u32> {
    let told = number(header(headers, name)?)?;
    Some(u32::try_from(told).unwrap_or(u32::MAX))
}

/// So many seconds, in milliseconds.
fn seconds_ms(text: &str) -> Option<i64> {
    let seconds = i64::try_from(number(text)?).unwrap_or(i64::MAX);
    Some(seconds.saturating_mul(1_000))
}

/// What the rate limit learns from a response: the numbers as they are sent, which the budget bounds.
pub(super) fn feedback(headers: &HeaderMap, status: u16, retry_after_ms: Option<i64>) -> Feedback {
    Feedback {
        group: header(headers, "X-Rate-Limit-Group").and_then(RateGroup::told),
        limit: count(headers, LIMIT_HEADER),
        remaining: count(headers, "X-Rate-Limit-Remaining"),
        window_ms: header(headers, WINDOW_HEADER).and_then(seconds_ms),
        refused: (status == 429).then_some(retry_after_ms),
        answered: status != 429,
    }
}

/// `Retry-After`: seconds, or a date.
pub(super) fn retry_after_ms(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let text = header(headers, WAIT_HEADER)?;
    if let Some(wait_ms) = seconds_ms(text) {
        return Some(wait_ms);
    }
    let until = http_date(text)?;
    Some(until.since_ms(date(headers).unwrap_or(now)).max(0))
}

pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(header(headers, "Date")?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    Timestamp::from_ms(parsed.as_millisecond()).ok()
}

/// The smallest difference between the platform's clock and ours that explains a `Date`, which is a whole second and
/// was written at some moment between request and response.
pub(super) fn clock_skew_ms(
    date: Timestamp,
    requested_at: Timestamp,
    received_at: Timestamp,
) -> i64 {
    let at_least_ms = date.since_ms(received_at);
    let at_most_ms = date.plus_ms(999).since_ms(requested_at);
    at_least_ms.max(0) + at_most_ms.min(0)
}

/// A host name has no more characters.
const TARGET_CHARS: usize = 300;

/// Scheme and host of where a redirect leads.
pub(super) fn target(server: &Url, headers: &HeaderMap) -> String {
    let Some(location) = header(headers, "Location") else {
        return "nowhere (it names no target)".to_owned();
    };
    match server.join(location) {
        Ok(url) if url.origin().is_tuple() => {
            clip(&url.origin().ascii_serialization(), TARGET_CHARS)
        }
        _ => "a target that is not a web address".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::saturating_from_ms(ms)
    }

    #[test]
    fn a_difference_that_the_second_and_the_way_explain_is_none() {
        assert_eq!(clock_skew_ms(at(5_000), at(5_100), at(5_900)), 0);
        assert_eq!(clock_skew_ms(at(5_000), at(4_000), at(6_500)), 0);
        assert_eq!(clock_skew_ms(at(20_000), at(5_000), at(5_500)), 14_500);
        assert_eq!(clock_skew_ms(at(0), at(20_000), at(20_500)), 999 - 20_000);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let told = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("a header value"));
            }
            retry_after_ms(&headers, at(0))
        };
        assert_eq!(told(&[("retry-after", "7")]), Some(7_000));
        for no_wait in ["soon", "-1", "1.5", "1e300", "", "7, 9", "+7"] {
            assert_eq!(told(&[("retry-after", no_wait)]), None, "{no_wait}");
        }
        assert_eq!(
            told(&[("retry-after", "4294967295")]),
            Some(4_294_967_295_000)
        );
        assert_eq!(
            told(&[("retry-after", "99999999999999999999999999")]),
            Some(i64::MAX)
        );
        assert_eq!(told(&[]), None);
        let date = ("date", "Fri, 14 Aug 2026 15:02:11 GMT");
        let later = ("retry-after", "Fri, 14 Aug 2026 15:03:11 GMT");
        assert_eq!(told(&[date, later]), Some(60_000));
        let earlier = ("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(told(&[date, earlier]), Some(0));
        let distant = ("retry-after", "Fri, 01 Jan 2500 00:00:00 GMT");
        assert!(told(&[date, distant]).is_some_and(|wait_ms| wait_ms > 86_400_000));
    }

    proptest! {
        #[test]
        fn whatever_headers_come_they_are_read(
            values in proptest::collection::vec(
                prop_oneof![
                    any::<i64>().prop_map(|number| number.to_string()),
                    "[0-9]{1,40}",
                    "[ -~]{0,60}",
                ],
                7,
            ),
            status in 100_u16..600,
        ) {
            let names = [
                "x-rate-limit-group", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-window",
                "retry-after", "date", "location",
            ];
            let mut headers = HeaderMap::new();
            for (name, value) in names.into_iter().zip(&values) {
                if let Ok(value) = value.parse() {
                    headers.insert(name, value);
                }
            }
            let wait_ms = retry_after_ms(&headers, at(0));
            let told = feedback(&headers, status, wait_ms);
            prop_assert!(told.window_ms.is_none_or(|ms| ms >= 0));
            prop_assert!(wait_ms.is_none_or(|ms| ms >= 0));
            let server = Url::parse("https://platform.ringcentral.com").expect("an address");
            prop_assert!(target(&server, &headers).chars().count() <= 301);
            let _ = date(&headers).map(|date| clock_skew_ms(date, at(0), at(1)));
        }
    }
}
