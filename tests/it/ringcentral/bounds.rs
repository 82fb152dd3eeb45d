//! Numbers and sizes that no platform sends: the client believes none of them, and none costs more than a little time.

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_ringcentral::{HttpLimits, PresenceSource, RingCentral, SourceError};

use super::scripted::{Server, Step, json, response};
use super::{START_MS, at, client};

const PAGE: &str = r#"{"records":[{"extension":{"id":101},"presenceStatus":"Available"}],
    "paging":{"page":1,"totalPages":1,"perPage":1000,"totalElements":1,"pageStart":0,"pageEnd":0}}"#;

struct Case {
    server: Server,
    clock: Arc<VirtualClock>,
    client: RingCentral,
}

impl Case {
    async fn of(answers: Vec<Step>) -> Self {
        Self::with_logins(Vec::new(), answers).await
    }

    async fn with_logins(logins: Vec<Step>, answers: Vec<Step>) -> Self {
        let server = Server::with_logins(logins, answers).await;
        let clock = Arc::new(VirtualClock::new(START_MS));
        let limits = HttpLimits {
            body_bytes: 100_000,
            ..HttpLimits::default()
        };
        let client = client(&server.url(), &clock, limits);
        Self {
            server,
            clock,
            client,
        }
    }

    /// Requests the first page, with this much time; returns the number of records, or the error.
    async fn ask_for(&self, timeout_ms: i64) -> Result<usize, SourceError> {
        let by = at(self.clock.now_ms() + timeout_ms);
        let page = self.client.presence_page(1, by).await?;
        Ok(page.value.observations.len())
    }

    fn waited_ms(&self) -> i64 {
        self.clock.now_ms() - START_MS
    }
}

#[tokio::test]
async fn a_limit_of_four_thousand_million_is_waited_for_like_any_other() {
    let odd = "X-Rate-Limit-Group: heavy\r\nX-Rate-Limit-Limit: 4294967295\r\n\
        X-Rate-Limit-Remaining: 1\r\nX-Rate-Limit-Window: 60\r\n";
    let case = Case::of(vec![response("200 OK", odd, PAGE), json(PAGE)]).await;
    assert_eq!(case.ask_for(120_000).await, Ok(1));
    assert_eq!(case.ask_for(120_000).await, Ok(1));
    assert_eq!(case.waited_ms(), 60_001);
}

#[tokio::test]
async fn whatever_the_headers_are_the_next_answer_comes_within_ten_minutes() {
    for odd in [
        "X-Rate-Limit-Limit: 0\r\nX-Rate-Limit-Remaining: 0\r\nX-Rate-Limit-Window: 99999999999999999999\r\n",
        "X-Rate-Limit-Limit: -1\r\nX-Rate-Limit-Remaining: -1\r\nX-Rate-Limit-Window: -1\r\n",
        "X-Rate-Limit-Limit: 1e300\r\nX-Rate-Limit-Remaining: NaN\r\nX-Rate-Limit-Window: 0\r\n",
        "X-Rate-Limit-Group: \u{fc}ber\r\nX-Rate-Limit-Limit: 10, 10\r\nX-Rate-Limit-Limit: 7\r\n",
        "Date: Fri, 01 Jan 2500 00:00:00 GMT\r\nX-Rate-Limit-Remaining: 18446744073709551616\r\n",
        "Date: nonsense\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
    ] {
        let case = Case::of(vec![response("200 OK", odd, PAGE), json(PAGE)]).await;
        assert_eq!(case.ask_for(1_200_000).await, Ok(1), "{odd}");
        assert_eq!(case.ask_for(1_200_000).await, Ok(1), "{odd}");
        assert!(case.waited_ms() <= 600_001, "{odd}: {}", case.waited_ms());
    }
}

#[tokio::test]
async fn a_refusal_for_a_century_costs_ten_minutes() {
    for told in [
        "4294967295",
        "99999999999999999999999",
        "Fri, 01 Jan 2500 00:00:00 GMT",
    ] {
        for group in ["", "X-Rate-Limit-Group: heavy\r\n"] {
            let headers = format!("{group}Retry-After: {told}\r\n");
            let refused = response("429 Too Many Requests", &headers, "");
            let case = Case::of(vec![refused, json(PAGE)]).await;
            let error = case.ask_for(60_000).await.expect_err("it has to wait");
            let SourceError::RateLimited { retry_at, .. } = error else {
                panic!("{told}: {error:?}");
            };
            assert_eq!(retry_at, at(START_MS + 600_000), "{told}");
            assert_eq!(case.ask_for(700_000).await, Ok(1));
        }
    }
}

#[tokio::test]
async fn a_token_with_a_senseless_lifetime_lasts_an_hour() {
    for life in [
        "0",
        "-5",
        "1e300",
        "\"soon\"",
        "3600.5",
        "99999999999",
        "null",
        "{}",
    ] {
        let token = format!(r#"{{"access_token":"odd","expires_in":{life}}}"#);
        let case = Case::with_logins(vec![json(&token)], vec![json(PAGE); 3]).await;
        for _ in 0..3 {
            assert_eq!(case.ask_for(60_000).await, Ok(1), "{life}");
        }
        assert_eq!(case.server.logins().len(), 1, "{life}");
    }
}

#[tokio::test]
async fn a_token_of_a_megabyte_is_refused() {
    let token = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(50_000));
    let case = Case::with_logins(vec![json(&token); 3], vec![json(PAGE)]).await;
    let error = case.ask_for(1_000).await.expect_err("it is no token");
    assert!(error.to_string().contains("16384 bytes"), "{error}");
}

#[tokio::test]
async fn a_body_that_unpacks_beyond_the_limit_is_refused() {
    let packed = include_bytes!("../fixtures/spaces.gz");
    let case = Case::of(vec![Step::Gzip(packed)]).await;
    let error = case.ask_for(1_000).await.expect_err("it is too big");
    assert!(
        matches!(
            error,
            SourceError::TooBig {
                limit_bytes: 100_000,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_endless_refusal_is_read_up_to_its_codes() {
    let long = format!(
        r#"{{"errorCode":"CMN-401","message":"{}"}}"#,
        "x".repeat(2_000_000)
    );
    let case = Case::of(vec![response("403 Forbidden", "", &long)]).await;
    let error = case.ask_for(1_000).await.expect_err("it is refused");
    assert!(error.stops_collecting(), "{error:?}");
    let many = format!(
        r#"{{"errors":[{}]}}"#,
        (0..3_000)
            .map(|number| format!(r#"{{"errorCode":"E{number}"}}"#))
            .collect::<Vec<_>>()
            .join(",")
    );
    let case = Case::of(vec![response("400 Bad Request", "", &many)]).await;
    let error = case.ask_for(1_000).await.expect_err("it is refused");
    assert!(error.to_string().len() < 300, "{error}");
}

#[tokio::test]
async fn headers_without_end_are_a_failure_like_others() {
    let long = format!("X-Long: {}\r\n", "x".repeat(2_000_000));
    let many = "X-Many: 1\r\n".repeat(5_000);
    for headers in [long, many] {
        let case = Case::of(vec![response("200 OK", &headers, PAGE), json(PAGE)]).await;
        assert_eq!(case.ask_for(60_000).await, Ok(1));
        assert_eq!(case.server.questions().len(), 2);
    }
}

#[tokio::test]
async fn a_page_other_than_the_requested_one_is_refused() {
    let third = PAGE.replace("\"page\":1", "\"page\":3");
    let case = Case::of(vec![json(&third), json(PAGE)]).await;
    assert_eq!(case.ask_for(60_000).await, Ok(1));
    let case = Case::of(vec![json(&third); 3]).await;
    let error = case.ask_for(60_000).await.expect_err("it never comes");
    assert!(
        error
            .to_string()
            .contains("paging.page is 3, but page 1 was asked for"),
        "{error}"
    );
}

#[tokio::test]
async fn totals_that_no_list_has_are_counted_as_odd_and_left_out() {
    let odd = PAGE
        .replace("\"totalElements\":1", "\"totalElements\":-5")
        .replace("\"totalPages\":1", "\"totalPages\":9223372036854775807");
    let case = Case::of(vec![json(&odd)]).await;
    let page = case.client.presence_page(1, at(START_MS + 1_000)).await;
    let paging = page.expect("it can be read").value.paging;
    assert_eq!((paging.total_elements, paging.total_pages), (None, None));
    assert_eq!(case.client.traffic().odd_records, 2);
}

#[tokio::test]
async fn a_page_of_very_many_records_is_refused_as_a_whole() {
    let many = format!(r#"{{"records":[{}1]}}"#, "1,".repeat(20_000));
    let case = Case::of(vec![json(&many); 3]).await;
    let error = case.ask_for(60_000).await.expect_err("it is no page");
    assert!(
        error.to_string().contains("more than 10000 records"),
        "{error}"
    );
    assert_eq!(case.client.traffic().odd_records, 0);
}
