//! What the headers of a response tell. Pure.

use reqwest::Url;
use reqwest::header::HeaderMap;

use crate::model::time::Timestamp;

use super::budget::{Feedback, RateGroup};

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    header(headers, name)?.parse().ok()
}

/// What the rate limit learns from a response.
pub(super) fn feedback(headers: &HeaderMap, status: u16, retry_after_ms: Option<i64>) -> Feedback {
    Feedback {
        group: header(headers, "X-Rate-Limit-Group").map(RateGroup::new),
        limit: number(headers, "X-Rate-Limit-Limit"),
        remaining: number(headers, "X-Rate-Limit-Remaining"),
        window_ms: number::<i64>(headers, "X-Rate-Limit-Window")
            .map(|seconds| seconds.saturating_mul(1_000)),
        refused: (status == 429).then_some(retry_after_ms),
    }
}

/// `Retry-After`: seconds, or a date.
pub(super) fn retry_after_ms(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let text = header(headers, "Retry-After")?;
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * 1_000);
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

/// Scheme and host of where a redirect leads.
pub(super) fn target(server: &Url, headers: &HeaderMap) -> String {
    let Some(location) = header(headers, "Location") else {
        return "nowhere (it names no place)".to_owned();
    };
    match server.join(location) {
        Ok(url) if url.origin().is_tuple() => url.origin().ascii_serialization(),
        _ => "a place that is no web address".to_owned(),
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(told(&[("retry-after", "soon")]), None);
        assert_eq!(told(&[]), None);
        let date = ("date", "Fri, 14 Aug 2026 15:02:11 GMT");
        let later = ("retry-after", "Fri, 14 Aug 2026 15:03:11 GMT");
        assert_eq!(told(&[date, later]), Some(60_000));
    }
}
