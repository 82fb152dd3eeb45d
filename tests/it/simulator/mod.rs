//! The simulated platform, driven over HTTP as a client would.

mod faults;
mod lists;
mod queues;
mod records;
mod shapes;
mod tokens;

use std::sync::{Arc, Once};

use presence_clock::VirtualClock;
use presence_simulator::{
    GroundTruth, OfficeConfig, Platform, PlatformConfig, PlatformTime, Running, World,
    start_anywhere,
};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

const HOUR_MS: i64 = 3_600_000;
const JWT_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A platform on a virtual clock, and a client of it.
struct Desk {
    platform: Arc<Platform>,
    running: Running,
    clock: Arc<VirtualClock>,
    client: Client,
    token: String,
}

#[expect(
    clippy::disallowed_methods,
    reason = "a plain client, which shares no code with the program's"
)]
fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of this binary may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let redirects = reqwest::redirect::Policy::none();
    Client::builder()
        .no_proxy()
        .redirect(redirects)
        .build()
        .expect("a client without special settings")
}

impl Desk {
    /// Opens a platform and logs in; in its world it is Tuesday morning.
    async fn open(extensions: usize, config: PlatformConfig) -> Self {
        let mut desk = Self::closed(extensions, config).await;
        let body = read(desk.log_in().send().await).await.1;
        body["access_token"]
            .as_str()
            .expect("a token")
            .clone_into(&mut desk.token);
        desk
    }

    /// Opens a platform without logging in.
    async fn closed(extensions: usize, config: PlatformConfig) -> Self {
        let office = OfficeConfig {
            extensions,
            ..OfficeConfig::default()
        };
        let clock = Arc::new(VirtualClock::new(office.start_ms + 42 * HOUR_MS));
        let time = PlatformTime::virtual_clock(Arc::clone(&clock));
        let platform = Arc::new(Platform::new(Arc::new(World::new(office)), config, time));
        let running = start_anywhere(Arc::clone(&platform))
            .await
            .expect("loopback has free ports");
        Self {
            platform,
            running,
            clock,
            client: client(),
            token: String::new(),
        }
    }

    fn truth(&self) -> GroundTruth {
        GroundTruth::new(Arc::clone(self.platform.world()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/restapi{path}", self.running.server_url())
    }

    fn token_request(&self, form: &[(&str, &str)]) -> RequestBuilder {
        let known = self.platform.credentials();
        self.client
            .post(self.url("/oauth/token"))
            .basic_auth(&known.client_id, Some(&known.client_secret))
            .form(form)
    }

    fn log_in(&self) -> RequestBuilder {
        let jwt = &self.platform.credentials().jwt;
        self.token_request(&[("grant_type", JWT_GRANT), ("assertion", jwt)])
    }

    fn request(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request(path).send().await).await
    }

    async fn ok(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

async fn read(response: reqwest::Result<Response>) -> (u16, Value) {
    let response = response.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

fn header(response: &Response, name: &str) -> Option<String> {
    response
        .headers()
        .get(name)?
        .to_str()
        .ok()
        .map(str::to_owned)
}

fn ids(body: &Value) -> Vec<i64> {
    let id = |record: &Value| record["extension"]["id"].as_i64().or(record["id"].as_i64());
    let records = body["records"].as_array().expect("a list");
    records
        .iter()
        .map(|record| id(record).expect("a numeric id"))
        .collect()
}
