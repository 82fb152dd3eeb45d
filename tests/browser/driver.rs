//! Chromium, controlled through its driver. Each test has its own browser.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::process::Command;

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use url::{ParseError, Url};

use crate::office::Office;
use crate::page::Page;
use crate::process::Process;

/// A browser needs several processes, and the computer may be small.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// How the browser shows pages.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) scheme: &'static str,
    pub(crate) width: u32,
    pub(crate) has_script: bool,
}

impl Screen {
    pub(crate) const HEIGHT: u32 = 800;
    pub(crate) const WIDE: Self = Self {
        scheme: "light",
        width: 1280,
        has_script: true,
    };
}

/// Opens an office and a browser, and lets `visit` use them. Afterwards the browser must have reported no errors except
/// those that contain `expected`, which are returned.
pub(crate) async fn browse(
    screen: Screen,
    expected: Option<&str>,
    visit: impl AsyncFnOnce(&Office, &Page),
) -> Vec<String> {
    let _turn = BROWSERS.acquire().await.expect("it is never closed");
    let office = tokio::task::spawn_blocking(Office::open);
    let office = office.await.expect("the server starts");
    let browser = Browser::start().await;
    let page = Page::new(browser.client.clone(), office.root.clone());
    page.set_screen(screen).await;
    let outcome = AssertUnwindSafe(visit(&office, &page)).catch_unwind().await;
    let errors = match &outcome {
        Ok(()) => page.errors().await,
        Err(_) => Vec::new(),
    };
    browser.close().await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
    let is_expected = |error: &String| expected.is_some_and(|expected| error.contains(expected));
    let (expected, others): (Vec<_>, Vec<_>) = errors.into_iter().partition(is_expected);
    assert!(others.is_empty(), "the browser reports {others:#?}");
    expected
}

/// A running browser and its driver.
struct Browser {
    client: Client,
    _driver: Process,
    _profile: TempDir,
}

impl Browser {
    async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder can be made");
        let mut driver = Command::new(program("PRESENCE_CHROMEDRIVER", "/usr/bin/chromedriver"));
        driver.arg("--port=0");
        // The folder for what the browser stores for its user.
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            driver.env(name, profile.path());
        }
        let started = tokio::task::spawn_blocking(move || {
            Process::start(&driver, |line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse::<u16>().ok()
            })
        });
        let (driver, port) = started.await.expect("the driver starts");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(&profile));
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await;
        Self {
            client: client.expect("the browser starts"),
            _driver: driver,
            _profile: profile,
        }
    }

    async fn close(self) {
        // If it can't be closed, it ends with its driver.
        self.client.close().await.ok();
    }
}

fn capabilities(profile: &TempDir) -> Capabilities {
    let arguments = [
        "--headless=new",
        // Containers run as root, which the sandbox refuses, and have a small /dev/shm.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars",
        // The browser ends when its driver does.
        "--remote-debugging-pipe",
    ];
    let profile = format!("--user-data-dir={}", profile.path().display());
    let arguments: Vec<_> = arguments
        .into_iter()
        .map(str::to_owned)
        .chain([profile])
        .collect();
    let capabilities = json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "binary": program("PRESENCE_CHROMIUM", "/usr/bin/chromium"),
            "args": arguments,
        },
        "goog:loggingPrefs": {"browser": "ALL"},
        "timeouts": {"script": 300_000, "pageLoad": 300_000},
    });
    match capabilities {
        Value::Object(capabilities) => capabilities,
        _ => unreachable!("it is written as an object"),
    }
}

/// Where a program is: as `variable` says, or in Debian's usual place.
fn program(variable: &str, usual: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer may name the program"
    )]
    let named = std::env::var_os(variable);
    let path = PathBuf::from(named.unwrap_or_else(|| usual.into()));
    assert!(
        path.is_file(),
        "there is no {}: run scripts/test, which installs Debian's chromium and chromium-driver, or name the program in \
         {variable}",
        path.display()
    );
    path
}

/// A command that Chromium's driver adds to the standard: its path in the session, and its parameters.
#[derive(Debug)]
pub(crate) struct Added(pub(crate) &'static str, pub(crate) Value);

impl WebDriverCompatibleCommand for Added {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.0
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}
