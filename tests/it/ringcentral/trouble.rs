//! Servers that misbehave.

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_model::ids::ExtensionId;
use presence_ringcentral::{Credentials, HttpLimits, PresenceSource, RingCentral, SourceError};
use secrecy::SecretString;

use super::scripted::{Server, Step, json, response};
use super::{START_MS, at, client, credentials};

const PAGE: &str = r#"{"records":[{"extension":{"id":101},"presenceStatus":"Available"}],
    "paging":{"page":1,"totalPages":1,"perPage":1000,"totalElements":1,"pageStart":0,"pageEnd":0}}"#;

struct Case {
    server: Server,
    clock: Arc<VirtualClock>,
    client: RingCentral,
}

impl Case {
    async fn of(answers: Vec<Step>) -> Self {
        Self::on(Server::start(answers).await, HttpLimits::default())
    }

    fn on(server: Server, limits: HttpLimits) -> Self {
        let clock = Arc::new(VirtualClock::new(START_MS));
        let client = client(&server.url(), &clock, limits);
        Self {
            server,
            clock,
            client,
        }
    }

    /// Requests the first page, with a minute of time; returns the number of records, or the error.
    async fn ask(&self) -> Result<usize, SourceError> {
        let by = at(self.clock.now_ms() + 60_000);
        let page = self.client.presence_page(1, by).await?;
        Ok(page.value.observations.len())
    }

    async fn fail(&self) -> SourceError {
        self.ask().await.expect_err("the server misbehaves")
    }

    fn waited_ms(&self) -> i64 {
        self.clock.now_ms() - START_MS
    }
}

#[tokio::test]
async fn a_web_page_is_asked_for_again_and_then_named() {
    let page = response(
        "200 OK",
        "Content-Type: text/html\r\n",
        "<html>Sign in\u{7}</html>",
    );
    let case = Case::of(vec![page; 3]).await;
    let error = case.fail().await;
    assert!(matches!(error, SourceError::Malformed { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the answer for the account's presence cannot be read: it is a web page, not JSON (from a proxy or the wrong \
         server?): <html>Sign in\u{fffd}</html>"
    );
    assert_eq!(case.server.questions().len(), 3);
}

#[tokio::test]
async fn json_that_is_cut_is_asked_for_again() {
    let cut = &PAGE[..60];
    let case = Case::of(vec![json(cut), json(PAGE)]).await;
    assert_eq!(case.ask().await, Ok(1));
    let case = Case::of(vec![json(cut); 3]).await;
    let error = case.fail().await.to_string();
    assert!(error.contains("it begins with: {\"records\""), "{error}");
}

#[tokio::test]
async fn a_body_shorter_than_announced_broke_off() {
    let short = Step::Raw(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{PAGE}"
    ));
    let case = Case::of(vec![short.clone(), json(PAGE)]).await;
    assert_eq!(case.ask().await, Ok(1));
    let case = Case::of(vec![short; 3]).await;
    let error = case.fail().await;
    assert!(
        matches!(error, SourceError::Unavailable { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("broke off"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_token_stays() {
    let elsewhere = Server::start(vec![json(PAGE)]).await;
    let location = format!("Location: {}/restapi\r\n", elsewhere.url());
    for status in [
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let case = Case::of(vec![response(status, &location, "")]).await;
        let error = case.fail().await;
        assert!(matches!(error, SourceError::Redirected { .. }), "{error:?}");
        assert!(error.to_string().contains(&elsewhere.url()), "{error}");
        assert_eq!(case.server.questions().len(), 1, "it is not repeated");
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_login_is_not_redirected_either() {
    let elsewhere = Server::start(Vec::new()).await;
    let location = format!("Location: {}/\r\n", elsewhere.url());
    let server = Server::with_logins(
        vec![response("307 Temporary Redirect", &location, "")],
        Vec::new(),
    )
    .await;
    let case = Case::on(server, HttpLimits::default());
    let error = case.fail().await;
    assert!(matches!(error, SourceError::Redirected { .. }), "{error:?}");
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn an_endless_body_is_left_at_the_limit() {
    let limits = HttpLimits {
        body_bytes: 100_000,
        ..HttpLimits::default()
    };
    let case = Case::on(Server::start(vec![Step::Endless]).await, limits);
    let error = case.fail().await;
    let limit_bytes = 100_000;
    assert!(
        matches!(error, SourceError::TooBig { limit_bytes: told, .. } if told == limit_bytes),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_body_announced_as_too_large_is_not_read() {
    let giant = Step::Raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n[".to_owned());
    let case = Case::of(vec![giant]).await;
    assert!(matches!(case.fail().await, SourceError::TooBig { .. }));
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let limits = HttpLimits {
        read_ms: 50,
        ..HttpLimits::default()
    };
    let server = Server::start(vec![Step::Hang, json(PAGE)]).await;
    assert_eq!(Case::on(server, limits).ask().await, Ok(1));
}

#[tokio::test]
async fn temporary_failures_are_repeated_after_a_pause() {
    let unavailable = response("503 Service Unavailable", "", "");
    let case = Case::of(vec![Step::Reset, unavailable.clone(), json(PAGE)]).await;
    assert_eq!(case.ask().await, Ok(1));
    assert!(
        (3_000..=6_000).contains(&case.waited_ms()),
        "{}",
        case.waited_ms()
    );

    let told = response("503 Service Unavailable", "Retry-After: 20\r\n", "");
    let case = Case::of(vec![told, json(PAGE)]).await;
    assert_eq!(case.ask().await, Ok(1));
    assert_eq!(case.waited_ms(), 20_000);

    let body = r#"{"errorCode":"CMN-211","message":"High availability mode"}"#;
    let case = Case::of(vec![response("503 Service Unavailable", "", body); 3]).await;
    let error = case.fail().await;
    assert_eq!(
        error.to_string(),
        "the account's presence could not be read: 503 CMN-211: High availability mode"
    );
    assert_eq!(case.server.questions().len(), 3);
}

#[tokio::test]
async fn a_pause_that_ends_too_late_is_not_begun() {
    let told = response("503 Service Unavailable", "Retry-After: 61\r\n", "");
    let case = Case::of(vec![told, json(PAGE)]).await;
    assert!(matches!(case.fail().await, SourceError::Unavailable { .. }));
    assert_eq!(case.waited_ms(), 0);
}

const REFUSED: &str =
    "X-Rate-Limit-Group: heavy\r\nX-Rate-Limit-Limit: 10\r\nX-Rate-Limit-Window: 60\r\n";

#[tokio::test]
async fn after_a_refusal_nothing_is_sent_until_it_has_passed() {
    let headers = format!("{REFUSED}Retry-After: 37\r\n");
    let refused = response("429 Too Many Requests", &headers, "");
    let case = Case::of(vec![refused.clone(), json(PAGE)]).await;
    assert_eq!(case.ask().await, Ok(1));
    assert_eq!(case.waited_ms(), 37_000);

    let case = Case::of(vec![refused, json(PAGE), json(PAGE)]).await;
    let by = at(START_MS + 10_000);
    let error = case
        .client
        .presence_page(1, by)
        .await
        .expect_err("there is no time");
    let retry_at = at(START_MS + 37_000);
    assert!(
        matches!(error, SourceError::RateLimited { retry_at: told, .. } if told == retry_at),
        "{error:?}"
    );
    case.clock.advance(36_999);
    assert!(case.client.presence_page(1, by).await.is_err());
    assert_eq!(
        case.server.questions().len(),
        1,
        "nothing was sent meanwhile"
    );
    case.clock.advance(1);
    assert_eq!(case.ask().await, Ok(1));
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_renewed_once() {
    let body = r#"{"errorCode":"TokenInvalid","errors":[{"errorCode":"OAU-213","message":"Token not found"}]}"#;
    let rejected = response("401 Unauthorized", "", body);
    let case = Case::of(vec![rejected.clone(), json(PAGE)]).await;
    assert_eq!(case.ask().await, Ok(1));
    let questions = case.server.questions();
    assert!(
        questions[0].head.contains("Bearer token-1"),
        "{:?}",
        questions[0]
    );
    assert!(
        questions[1].head.contains("Bearer token-2"),
        "{:?}",
        questions[1]
    );

    let case = Case::of(vec![rejected; 5]).await;
    let error = case.fail().await;
    assert!(matches!(error, SourceError::LoginRefused(_)), "{error:?}");
    assert!(
        error.to_string().contains("OAU-213: Token not found"),
        "{error}"
    );
    assert_eq!(case.server.questions().len(), 2);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end() {
    let case = Case::of(vec![json(PAGE); 3]).await;
    assert_eq!(case.ask().await, Ok(1));
    case.clock.advance(54 * 60_000);
    assert_eq!(case.ask().await, Ok(1));
    assert_eq!(case.server.logins().len(), 1);
    case.clock.advance(2 * 60_000);
    assert_eq!(case.ask().await, Ok(1));
    assert_eq!(case.server.logins().len(), 2);
}

fn token(number: u32) -> Step {
    json(&format!(
        r#"{{"access_token":"access-{number}","expires_in":3600,"refresh_token":"refresh-{number}"}}"#
    ))
}

#[tokio::test]
async fn refresh_tokens_are_used_once_each_and_the_jwt_again_when_they_end() {
    let used_up = response("400 Bad Request", "", r#"{"error":"invalid_grant"}"#);
    let logins = vec![token(1), token(2), used_up, token(3)];
    let case = Case::on(
        Server::with_logins(logins, vec![json(PAGE); 3]).await,
        HttpLimits::default(),
    );
    for _ in 0..3 {
        assert_eq!(case.ask().await, Ok(1));
        case.clock.advance(3_600_000);
    }
    let forms: Vec<String> = case
        .server
        .logins()
        .into_iter()
        .map(|login| login.body)
        .collect();
    let jwt =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=jwt-under-test";
    assert_eq!(
        forms,
        [
            jwt,
            "grant_type=refresh_token&refresh_token=refresh-1",
            "grant_type=refresh_token&refresh_token=refresh-2",
            jwt
        ]
    );
    let bearer = |index: usize| case.server.questions()[index].head.clone();
    assert!(bearer(2).contains("Bearer access-3"));
}

#[tokio::test]
async fn requests_during_a_login_wait_for_it() {
    let case = Case::of(vec![json(PAGE), json(PAGE)]).await;
    let (one, other) = tokio::join!(case.ask(), case.ask());
    assert_eq!((one, other), (Ok(1), Ok(1)));
    assert_eq!(case.server.logins().len(), 1);
}

#[tokio::test]
async fn a_refused_login_is_not_repeated_and_says_what_to_do() {
    let body = r#"{"error":"invalid_client","errors":[{"errorCode":"OAU-153","message":"Invalid client"}]}"#;
    let refused = response("401 Unauthorized", "", body);
    let server = Server::with_logins(vec![refused], vec![json(PAGE)]).await;
    let case = Case::on(server, HttpLimits::default());
    assert_eq!(
        case.fail().await.to_string(),
        "RingCentral does not accept the credentials: the client id or secret is wrong: check RC_APP_CLIENT_ID and \
         RC_APP_CLIENT_SECRET (401 OAU-153 invalid_client: Invalid client)"
    );
    assert_eq!(case.server.received().len(), 1);
}

#[tokio::test]
async fn secrets_that_the_server_echoes_are_not_shown() {
    let echo = "you sent token-1 with secret-under-test and jwt-under-test";
    let body = format!(r#"{{"errorCode":"CMN-101","message":"{echo}"}}"#);
    let case = Case::of(vec![response("400 Bad Request", "", &body)]).await;
    let error = case.fail().await.to_string();
    assert!(error.contains("you sent [secret]"), "{error}");

    let refused = response("400 Bad Request", "", &body);
    let case = Case::on(
        Server::with_logins(vec![refused], vec![]).await,
        HttpLimits::default(),
    );
    let error = format!("{:?}", case.fail().await);
    assert!(error.contains("you sent"), "{error}");
    for secret in ["secret-under-test", "jwt-under-test"] {
        assert!(!error.contains(secret), "{error}");
    }
    assert!(!format!("{:?}", case.client).contains("secret-under-test"));
}

#[tokio::test]
async fn only_the_platforms_own_not_found_means_gone() {
    let gone =
        r#"{"errorCode":"CMN-102","message":"Resource for parameter [extensionId] is not found"}"#;
    let case = Case::of(vec![
        response("404 Not Found", "", gone),
        response("404 Not Found", "", "<html>404</html>"),
    ])
    .await;
    let by = at(START_MS);
    let answer = case
        .client
        .presence(ExtensionId(7), by)
        .await
        .expect("an answer");
    assert_eq!(answer.value, None);
    let error = case
        .client
        .presence(ExtensionId(7), by)
        .await
        .expect_err("a proxy's");
    assert!(matches!(error, SourceError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn requests_name_the_program_and_go_only_to_the_configured_server() {
    let next = r#"{"records":[],"paging":{"totalPages":2},"navigation":{"nextPage":{"uri":"https://example.com/x"}}}"#;
    let case = Case::of(vec![json(next), json(next)]).await;
    let by = at(START_MS);
    case.client.presence_page(1, by).await.expect("a page");
    case.client.presence_page(2, by).await.expect("a page");
    let heads: Vec<String> = case
        .server
        .questions()
        .into_iter()
        .map(|asked| asked.head)
        .collect();
    assert!(heads[0].starts_with("GET /restapi/v1.0/account/~/presence?page=1&perPage=1000 "));
    assert!(heads[1].starts_with("GET /restapi/v1.0/account/~/presence?page=2&perPage=1000 "));
    assert!(
        heads[0]
            .to_ascii_lowercase()
            .contains("user-agent: presence-history/")
    );
    let login = &case.server.logins()[0];
    assert!(
        login
            .head
            .to_ascii_lowercase()
            .contains("authorization: basic ")
    );
}

#[tokio::test]
async fn the_clock_difference_is_reported() {
    let page = response("200 OK", "Date: Mon, 02 Nov 2026 14:00:10 GMT\r\n", PAGE);
    let case = Case::of(vec![page]).await;
    let answer = case
        .client
        .presence_page(1, at(START_MS))
        .await
        .expect("a page");
    assert_eq!(answer.clock_skew_ms, Some(10_000));
    assert_eq!(answer.requested_at, at(START_MS));
}

#[tokio::test]
async fn logging_out_ends_the_session_and_never_fails() {
    let case = Case::of(vec![json(PAGE), response("500 Oops", "", "")]).await;
    case.client.log_out().await;
    assert!(case.server.received().is_empty(), "there is no session yet");
    assert_eq!(case.ask().await, Ok(1));
    case.client.log_out().await;
    let last = case.server.received().pop().expect("a request");
    assert!(
        last.head.starts_with("POST /restapi/oauth/revoke "),
        "{last:?}"
    );
    assert_eq!(last.body, "token=token-1");
}

#[tokio::test]
async fn an_application_without_a_secret_names_itself_in_the_form() {
    let server = Server::start(vec![json(PAGE)]).await;
    let credentials = Credentials {
        client_secret: SecretString::from(""),
        ..credentials(&server.url())
    };
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(START_MS));
    let client = RingCentral::new(credentials, clock, HttpLimits::default(), 1).expect("a server");
    client.presence_page(1, at(START_MS)).await.expect("a page");
    let login = &server.logins()[0];
    assert!(
        !login.head.to_ascii_lowercase().contains("authorization:"),
        "{login:?}"
    );
    assert!(
        login.body.ends_with("&client_id=client-under-test"),
        "{login:?}"
    );
}

#[tokio::test]
async fn a_server_elsewhere_needs_https() {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(START_MS));
    let client = |url| {
        let clock = Arc::clone(&clock);
        RingCentral::new(credentials(url), clock, HttpLimits::default(), 1)
    };
    assert!(client("https://platform.ringcentral.com").is_ok());
    let error = client("http://platform.ringcentral.com").expect_err("it could be read");
    assert!(error.to_string().contains("without https"), "{error}");
}
