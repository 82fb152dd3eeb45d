//! Sends one request at a time of our choosing, and repeats it when that may help.
//!
//! The only place that builds an HTTP client. Redirects are never followed, since the token must not reach another
//! host; every request has timeouts and its answer a greatest length; the rate limit is asked before and told after.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Url, redirect};
use secrecy::{ExposeSecret, SecretString};

use presence_clock::Clock;
use presence_model::time::Timestamp;

use super::body::{self, in_one_line};
use super::budget::{Budget, Capped, Endpoint, Feedback, Permit, RateLimit, Ticket, WAIT_HEADER};
use super::failure::{describe, is_transient};
use super::headers::{clock_skew_ms, date, feedback, header, retry_after_ms, target};
use super::traffic::{RequestCounter, Traffic};
use super::waits::{TellWait, Wait, WaitReason};
use super::{Answer, SourceError};
use presence_ringcentral_wire::{clip, error_body};

/// How long and how much one request may take.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// Until the connection stands, in milliseconds.
    pub connect_ms: u64,
    /// Between two pieces of the answer, in milliseconds.
    pub read_ms: u64,
    /// From sending to the last byte, in milliseconds.
    pub total_ms: u64,
    /// The longest answer that is read, after decompression.
    pub body_bytes: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect_ms: 10_000,
            read_ms: 20_000,
            total_ms: 30_000,
            body_bytes: 32 * 1024 * 1024,
        }
    }
}

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server's address cannot be used.
    #[error(
        "{url:?} cannot be used as the server's address: {why}; it should be like https://platform.ringcentral.com"
    )]
    BadServerUrl {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file that keeps the token cannot be used.
    #[error("the token cannot be kept in {}: {why}", path.display())]
    TokenFile {
        /// Which file.
        path: std::path::PathBuf,
        /// Why not, and what to do.
        why: String,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}

/// Installs the TLS provider for the process; once is enough, more often does no harm.
pub fn install_tls() {
    // The error says that one is installed already, which is what we want.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// How a request identifies us.
pub(super) enum Authorization<'a> {
    None,
    Basic {
        user: &'a str,
        password: &'a SecretString,
    },
    Bearer(&'a SecretString),
}

/// What a request carries.
pub(super) enum Body<'a> {
    /// `GET`, with this query.
    Query(&'a [(&'static str, String)]),
    /// `POST`, with this form.
    Form(&'a [(&'static str, String)]),
    /// `PUT`, with this JSON.
    Put(&'a serde_json::Value),
}

/// A request.
pub(super) struct Outgoing<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) path: &'a str,
    pub(super) body: Body<'a>,
    pub(super) authorization: Authorization<'a>,
}

/// A response, read to its end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
    pub(super) requested_at: Timestamp,
    pub(super) received_at: Timestamp,
    clock_skew_ms: Option<i64>,
    retry_after_ms: Option<i64>,
    request_id: Option<String>,
}

/// How often a request is sent at most when what went wrong may pass.
const ATTEMPTS_MAX: u32 = 3;
const PAUSE_MS_FIRST: i64 = 2_000;
const PAUSE_MS_MAX: i64 = 60_000;
const REQUEST_ID_CHARS: usize = 100;

/// The pause after attempt `attempt` (from 0): doubling from 2 s up to 60 s, of which a random half may be left out.
pub(super) fn pause_ms(attempt: u32, random: u32) -> i64 {
    let whole_ms = PAUSE_MS_FIRST
        .saturating_mul(1_i64 << attempt.min(20))
        .min(PAUSE_MS_MAX);
    let half_ms = whole_ms / 2;
    half_ms + i64::from(random) * half_ms / i64::from(u32::MAX)
}

/// The way to the platform.
pub(super) struct Transport {
    http: reqwest::Client,
    server: Url,
    clock: Arc<dyn Clock>,
    budget: Mutex<Budget>,
    counter: Mutex<RequestCounter>,
    jitter: Mutex<ChaCha8Rng>,
    limits: HttpLimits,
    /// Who hears of waits; without one they are in the log.
    waits: Option<Arc<TellWait>>,
    /// Whether a number of the platform's was cut.
    has_capped: AtomicBool,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("server", &self.server.as_str())
            .finish_non_exhaustive()
    }
}

const NOT_POISONED: &str = "nothing panics while it holds this lock";

impl Transport {
    pub(super) fn new(
        server_url: &str,
        clock: Arc<dyn Clock>,
        limits: HttpLimits,
        jitter_seed: u64,
    ) -> Result<Self, ClientError> {
        install_tls();
        let (server, reach) = server(server_url)?;
        Ok(Self {
            http: http_client(reach, limits)?,
            server,
            clock,
            budget: Mutex::default(),
            counter: Mutex::default(),
            jitter: Mutex::new(ChaCha8Rng::seed_from_u64(jitter_seed)),
            limits,
            waits: None,
            has_capped: AtomicBool::new(false),
        })
    }

    /// From now on this hears of waits.
    pub(super) fn tell_waits_to(&mut self, tell: Arc<TellWait>) {
        self.waits = Some(tell);
    }

    /// Says of a wait that begins, if it is long enough to be noticed.
    pub(super) fn tell(&self, wait: &Wait) {
        if !wait.is_worth_reporting() {
            return;
        }
        if let Some(tell) = &self.waits {
            tell(wait);
        } else {
            tracing::info!("{wait}");
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::saturating_from_ms(self.clock.now_ms())
    }

    pub(super) fn limit_of(&self, endpoint: Endpoint) -> RateLimit {
        self.budget.lock().expect(NOT_POISONED).limit_of(endpoint)
    }

    /// What was sent so far, and what may still be sent.
    pub(super) fn traffic(&self) -> Traffic {
        let now_ms = self.clock.now_ms();
        Traffic {
            requests: self.counter.lock().expect(NOT_POISONED).counts(),
            groups: self.budget.lock().expect(NOT_POISONED).standing(now_ms),
            odd_records: 0,
        }
    }

    /// Waits for a pause before attempt `attempt + 1`; `false` if it would end after `by`.
    pub(super) async fn pause(
        &self,
        attempt: u32,
        told_ms: Option<i64>,
        (what, error): (&'static str, &SourceError),
        by: Timestamp,
    ) -> bool {
        let random = self.jitter.lock().expect(NOT_POISONED).next_u32();
        let pause_ms = pause_ms(attempt, random).max(told_ms.unwrap_or(0));
        let until = self.now().plus_ms(pause_ms);
        if attempt + 1 >= ATTEMPTS_MAX || until > by {
            return false;
        }
        self.tell(&Wait {
            what,
            reason: WaitReason::Failed(error.why()),
            from: self.now(),
            until,
        });
        self.clock.sleep_until_ms(until.as_ms()).await;
        true
    }

    /// Sends a request until there is a response that is neither a refusal by the rate limit nor a failure that may
    /// pass; gives up at `by`, and after a few attempts.
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        by: Timestamp,
    ) -> Result<Reply, SourceError> {
        let what = outgoing.endpoint.name;
        let mut attempt = 0;
        loop {
            let (error, told_ms) = match self.send_once(outgoing, by).await {
                Ok(reply) if reply.status == 429 => {
                    // Anyone who may send again is told by the budget, before the next attempt.
                    let error = self.rate_limited(outgoing.endpoint);
                    if attempt + 1 >= ATTEMPTS_MAX {
                        return Err(error);
                    }
                    attempt += 1;
                    continue;
                }
                Ok(reply) if is_transient(reply.status) => {
                    (reply.failure(what), reply.retry_after_ms)
                }
                Ok(reply) => return Ok(reply),
                Err(error @ SourceError::Unavailable { .. }) => (error, None),
                Err(error) => return Err(error),
            };
            tracing::debug!(%error, attempt, "a request failed and may be repeated");
            if !self.pause(attempt, told_ms, (what, &error), by).await {
                return Err(error);
            }
            attempt += 1;
        }
    }

    /// Waits for the rate limit, sends once, reads the answer, and passes what it said to the rate limit.
    pub(super) async fn send_once(
        &self,
        outgoing: &Outgoing<'_>,
        by: Timestamp,
    ) -> Result<Reply, SourceError> {
        let ticket = self.permit(outgoing.endpoint, by).await?;
        let requested_at = self.now();
        let answer = self.exchange(outgoing, by, requested_at).await;
        let now_ms = self.clock.now_ms();
        let feedback = match &answer {
            Ok((headers, reply)) => feedback(headers, reply.status, reply.retry_after_ms),
            Err(_) => Feedback::default(),
        };
        let mut budget = self.budget.lock().expect(NOT_POISONED);
        let capped = budget.settle(ticket, &feedback, now_ms);
        let group = budget.group_of(outgoing.endpoint);
        drop(budget);
        self.note_capped(outgoing.endpoint, &capped);
        let status = answer.as_ref().ok().map(|(_, reply)| reply.status);
        self.counter.lock().expect(NOT_POISONED).add(&group, status);
        answer.map(|(_, reply)| reply)
    }

    /// Says which numbers of the platform's are not believed: a wait each time, anything else the first time.
    fn note_capped(&self, endpoint: Endpoint, capped: &[Capped]) {
        for one in capped {
            let is_known = self.has_capped.swap(true, Ordering::Relaxed);
            if one.header == WAIT_HEADER || !is_known {
                tracing::warn!(
                    what = endpoint.name,
                    "the platform sent a number out of bounds: {one}"
                );
            } else {
                tracing::debug!(
                    what = endpoint.name,
                    "the platform sent a number out of bounds: {one}"
                );
            }
        }
    }

    async fn permit(&self, endpoint: Endpoint, by: Timestamp) -> Result<Ticket, SourceError> {
        loop {
            let now_ms = self.clock.now_ms();
            let permit = self
                .budget
                .lock()
                .expect(NOT_POISONED)
                .permit(endpoint, now_ms);
            match permit {
                Permit::Granted(ticket) => return Ok(ticket),
                Permit::WaitUntil(at_ms) if at_ms > by.as_ms() => {
                    return Err(SourceError::RateLimited {
                        what: endpoint.name,
                        retry_at: Timestamp::saturating_from_ms(at_ms),
                    });
                }
                Permit::WaitUntil(at_ms) => {
                    self.tell(&Wait {
                        what: endpoint.name,
                        reason: WaitReason::RateLimit,
                        from: Timestamp::saturating_from_ms(now_ms),
                        until: Timestamp::saturating_from_ms(at_ms),
                    });
                    self.clock.sleep_until_ms(at_ms).await;
                }
            }
        }
    }

    fn rate_limited(&self, endpoint: Endpoint) -> SourceError {
        let now_ms = self.clock.now_ms();
        let mut budget = self.budget.lock().expect(NOT_POISONED);
        let retry_at_ms = match budget.permit(endpoint, now_ms) {
            Permit::WaitUntil(at_ms) => at_ms,
            Permit::Granted(ticket) => {
                drop(budget.settle(ticket, &Feedback::default(), now_ms));
                now_ms
            }
        };
        SourceError::RateLimited {
            what: endpoint.name,
            retry_at: Timestamp::saturating_from_ms(retry_at_ms),
        }
    }

    async fn exchange(
        &self,
        outgoing: &Outgoing<'_>,
        by: Timestamp,
        requested_at: Timestamp,
    ) -> Result<(HeaderMap, Reply), SourceError> {
        let what = outgoing.endpoint.name;
        let unavailable = |error: reqwest::Error| SourceError::Unavailable {
            what,
            why: in_one_line(error),
        };
        let request = self.request(outgoing, by, requested_at);
        let response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        let headers = response.headers().clone();
        if status.is_redirection() {
            return Err(SourceError::Redirected {
                what,
                target: target(&self.server, &headers),
            });
        }
        let body = body::read(what, response, self.limits.body_bytes).await?;
        let received_at = self.now().max(requested_at);
        let reply = Reply {
            status: status.as_u16(),
            body,
            requested_at,
            received_at,
            clock_skew_ms: date(&headers)
                .map(|date| clock_skew_ms(date, requested_at, received_at)),
            retry_after_ms: retry_after_ms(&headers, received_at),
            request_id: header(&headers, "RCRequestId").map(|id| clip(id, REQUEST_ID_CHARS)),
        };
        reply.log(what);
        Ok((headers, reply))
    }

    fn request(
        &self,
        outgoing: &Outgoing<'_>,
        by: Timestamp,
        now: Timestamp,
    ) -> reqwest::RequestBuilder {
        let mut url = self.server.clone();
        url.set_path(outgoing.path);
        let request = match outgoing.body {
            Body::Query(query) => self.http.get(url).query(query),
            Body::Form(form) => self.http.post(url).form(form),
            Body::Put(json) => {
                let request = self.http.put(url).body(json.to_string());
                request.header(CONTENT_TYPE, "application/json")
            }
        };
        let request = match outgoing.authorization {
            Authorization::None => request,
            Authorization::Basic { user, password } => {
                request.basic_auth(user, Some(password.expose_secret()))
            }
            Authorization::Bearer(token) => request.bearer_auth(token.expose_secret()),
        };
        let left_ms = u64::try_from(by.since_ms(now)).unwrap_or(0);
        let total_ms = left_ms.clamp(1_000, self.limits.total_ms.max(1_000));
        request
            .header(ACCEPT, "application/json")
            .timeout(Duration::from_millis(total_ms))
    }
}

impl Reply {
    /// An answer of this value.
    pub(super) fn answer<T>(&self, value: T) -> Answer<T> {
        Answer {
            value,
            requested_at: self.requested_at,
            received_at: self.received_at,
            clock_skew_ms: self.clock_skew_ms,
        }
    }

    fn failure(&self, what: &'static str) -> SourceError {
        let why = describe(self.status, &self.body);
        if error_body(&self.body).has_code("MaintenanceMode") {
            SourceError::Maintenance { what, why }
        } else {
            SourceError::Unavailable { what, why }
        }
    }

    fn log(&self, what: &'static str) {
        if self.status >= 400 {
            tracing::info!(
                what,
                status = self.status,
                request_id = self.request_id.as_deref().unwrap_or("none"),
                "the platform answered with an error"
            );
        }
    }
}

/// Whether the server is this computer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Loopback,
    Elsewhere,
}

fn server(text: &str) -> Result<(Url, Reach), ClientError> {
    let bad = |why: &'static str| ClientError::BadServerUrl {
        url: text.to_owned(),
        why,
    };
    let url = Url::parse(text.trim()).map_err(|_| bad("it is not a web address"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ClientError::BadServerUrl {
            // Not shown: it has a password in it.
            url: "…".to_owned(),
            why: "it has a user name or password in it",
        });
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it has a path"));
    }
    let host = url.host_str().ok_or_else(|| bad("it has no host"))?;
    let is_loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match (url.scheme(), is_loopback) {
        (_, true) if matches!(url.scheme(), "http" | "https") => Ok((url, Reach::Loopback)),
        ("https", false) => Ok((url, Reach::Elsewhere)),
        ("http", false) => Err(bad(
            "without https others could read the credentials (http is only for this computer)",
        )),
        _ => Err(bad("it is not a web address")),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that builds HTTP clients"
)]
fn http_client(reach: Reach, limits: HttpLimits) -> Result<reqwest::Client, ClientError> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("presence-history", "/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(Duration::from_millis(limits.connect_ms))
        .read_timeout(Duration::from_millis(limits.read_ms))
        .timeout(Duration::from_millis(limits.total_ms));
    let builder = match reach {
        Reach::Loopback => builder.no_proxy(),
        Reach::Elsewhere => builder.https_only(true),
    };
    builder
        .build()
        .map_err(|error| ClientError::Setup(in_one_line(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_server(text: &str, expected: &str) {
        let shown = match server(text) {
            Ok((url, Reach::Loopback)) => format!("loopback {url}"),
            Ok((url, Reach::Elsewhere)) => url.to_string(),
            Err(error) => error.to_string(),
        };
        assert!(shown.contains(expected), "{text}: {shown}");
    }

    #[test]
    fn a_server_is_https_or_this_computer() {
        check_server(
            "https://platform.ringcentral.com",
            "https://platform.ringcentral.com/",
        );
        check_server(" https://platform.ringcentral.com/ ", "https://platform");
        check_server("http://127.0.0.1:8080", "loopback http://127.0.0.1:8080/");
        check_server("http://[::1]:8080", "loopback");
        check_server("http://localhost:1", "loopback");
        check_server("http://platform.ringcentral.com", "without https");
        check_server("http://127.0.0.1.example.com", "without https");
        check_server("ftp://127.0.0.1", "not a web address");
        check_server("platform.ringcentral.com", "not a web address");
        check_server("https://platform.ringcentral.com/restapi", "has a path");
        check_server(
            "https://user:hush@platform.ringcentral.com",
            "user name or password",
        );
        let error = server("https://user:hush@example.com")
            .err()
            .expect("refused");
        assert!(!error.to_string().contains("hush"));
    }

    #[test]
    fn pauses_double_and_end_at_a_minute() {
        let shortest: Vec<i64> = (0..7).map(|attempt| pause_ms(attempt, 0)).collect();
        assert_eq!(
            shortest,
            [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
        );
        let longest: Vec<i64> = (0..7).map(|attempt| pause_ms(attempt, u32::MAX)).collect();
        assert_eq!(
            longest,
            [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
        );
        assert_eq!(pause_ms(u32::MAX, u32::MAX), 60_000);
    }
}
