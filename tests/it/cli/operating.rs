//! A collector as its operator sees it: health, metrics, the log, the service manager.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};

use openmetrics_parser::openmetrics::parse_openmetrics;
use serde_json::Value;

use super::support::{Place, Ran, Simulated};
use crate::support::{Deadline, signal};

/// A running collector, and its log as JSON.
struct Collecting {
    child: Child,
    log: BufReader<ChildStderr>,
    read: String,
    _deadline: Deadline,
}

impl Collecting {
    fn start(place: &Place, arguments: &[&str], environment: &[(String, String)]) -> Self {
        let arguments = [&["collect", "--log-format", "json"], arguments].concat();
        let mut command = place.command(&arguments);
        command.envs(environment.iter().cloned());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it runs");
        let log = BufReader::new(child.stderr.take().expect("it was piped"));
        Self {
            _deadline: Deadline::of(child.id()),
            child,
            log,
            read: String::new(),
        }
    }

    /// Reads the log up to the first line with this message, and returns that line.
    #[track_caller]
    fn log_until(&mut self, message: &str) -> Value {
        loop {
            let mut line = String::new();
            let count = self.log.read_line(&mut line).expect("it is text");
            assert!(count > 0, "it ended by itself:\n{}", self.read);
            self.read.push_str(&line);
            let told: Value = serde_json::from_str(&line).expect("each line of the log is JSON");
            if told["message"] == message {
                return told;
            }
        }
    }

    /// Stops it, and returns its exit code and its whole log.
    fn stop(mut self) -> (Option<i32>, String) {
        signal("TERM", self.child.id());
        self.log.read_to_string(&mut self.read).expect("it is text");
        let code = self.child.wait().expect("it ends").code();
        (code, std::mem::take(&mut self.read))
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        // If the test succeeded, it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status and the body of an answer.
fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    (status.expect("a status"), body.to_owned())
}

#[cfg(unix)]
#[test]
fn health_and_metrics_are_answered_and_no_secret_is_logged() {
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let arguments = ["--interval", "1s", "--operations", "127.0.0.1:0", "-vvv"];
    let mut collecting = Collecting::start(&place, &arguments, &platform.environment);
    let told = collecting.log_until("serving /healthz, /readyz and /metrics");
    let address = told["address"].as_str().expect("it is text").to_owned();
    let recorded = collecting.log_until("sweep recorded");
    assert_eq!(recorded["span"]["name"], "sweep", "{recorded}");
    assert_eq!(recorded["spans"][0]["name"], "collect", "{recorded}");
    assert_eq!(recorded["spans"][0]["account_id"], 37_439_510, "{recorded}");

    let (status, body) = get(&address, "/healthz");
    assert_eq!(status, 200, "{body}");
    let health: Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(health["status"], "alive");
    let (_, body) = get(&address, "/readyz");
    let readiness: Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(readiness["collector"], "collecting", "{body}");
    assert_eq!(readiness["store_reachable"], true, "{body}");
    assert_eq!(readiness["last_complete_sweep_age_ms_max"], 3_000, "{body}");
    let (status, metrics) = get(&address, "/metrics");
    assert_eq!(status, 200);
    assert!(parse_openmetrics(&metrics).is_ok(), "{metrics}");
    for expected in [
        "presence_requests_total{group=\"heavy\",status=\"200\"}",
        "presence_rate_limit_requests{group=\"heavy\"} 10",
        "presence_extensions_observed ",
        "presence_history_position{account_id=\"37439510\"} ",
        "presence_lease_held 1",
        "presence_store_up 1",
    ] {
        assert!(metrics.contains(expected), "{expected} not in {metrics}");
    }
    assert_eq!(get(&address, "/elsewhere").0, 404);

    let (code, log) = collecting.stop();
    assert_eq!(code, Some(0), "{log}");
    for (name, secret) in &platform.environment {
        if name != "RC_SERVER_URL" {
            assert!(!log.contains(secret.as_str()), "{name} was logged");
            assert!(
                !metrics.contains(secret.as_str()),
                "{name} is in the metrics"
            );
        }
    }
    for word in ["Bearer ", "access_token", "refresh_token", "assertion"] {
        assert!(!log.contains(word), "{word} was logged");
    }
}

#[test]
fn an_address_that_is_taken_is_one_clear_error() {
    let place = Place::empty();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it has one").to_string();
    let mut command = place.command(&["collect", "--once", "--operations", &address]);
    let ran = Ran::from_command(command.envs([
        ("RC_SERVER_URL", "http://127.0.0.1:9"),
        ("RC_APP_CLIENT_ID", "id"),
        ("RC_APP_CLIENT_SECRET", "very-secret"),
        ("RC_USER_JWT", "very-secret-jwt"),
    ]));
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    for part in [address.as_str(), "in use", "--operations off"] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    assert!(!place.path().join("presence.db").exists());
    let ran = place.run(&["collect", "--operations", "everywhere"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("127.0.0.1:9464"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_service_manager_is_notified() {
    use std::os::unix::net::UnixDatagram;
    let place = Place::empty();
    let platform = Simulated::start(&place);
    let path = place.path().join("notify.socket");
    let socket = UnixDatagram::bind(&path).expect("a socket can be made");
    let mut environment = platform.environment.clone();
    environment.push(("NOTIFY_SOCKET".to_owned(), path.display().to_string()));
    environment.push(("WATCHDOG_USEC".to_owned(), "200000".to_owned()));
    let collecting = Collecting::start(&place, &["--interval", "1s"], &environment);
    let mut told: Vec<String> = Vec::new();
    let mut hear_until = |wanted: &str| {
        let mut bytes = [0; 4_096];
        while !told.iter().any(|line| line.contains(wanted)) {
            let count = socket.recv(&mut bytes).expect("it sends something");
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            told.extend(text.lines().map(str::to_owned));
        }
        told.clone()
    };
    let before = hear_until("READY=1");
    assert!(
        before
            .iter()
            .any(|line| line.starts_with("EXTEND_TIMEOUT_USEC=")),
        "{before:?}"
    );
    hear_until("STATUS=complete sweep at ");
    hear_until("WATCHDOG=1");
    let (code, log) = collecting.stop();
    assert_eq!(code, Some(0), "{log}");
    let all = hear_until("STOPPING=1");
    let ready = all.iter().filter(|line| *line == "READY=1").count();
    assert_eq!(ready, 1, "{all:?}");
}

#[cfg(unix)]
#[test]
fn a_platform_that_is_away_is_not_called_ready() {
    use std::os::unix::net::UnixDatagram;
    let place = Place::empty();
    let path = place.path().join("notify.socket");
    let socket = UnixDatagram::bind(&path).expect("a socket can be made");
    let pairs = [
        ("RC_SERVER_URL", "http://127.0.0.1:9"),
        ("RC_APP_CLIENT_ID", "id"),
        ("RC_APP_CLIENT_SECRET", "very-secret"),
        ("RC_USER_JWT", "very-secret-jwt"),
        ("NOTIFY_SOCKET", &path.display().to_string()),
    ];
    let environment = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let arguments = ["--operations", "127.0.0.1:0"];
    let mut collecting = Collecting::start(&place, &arguments, &environment);
    let told = collecting.log_until("serving /healthz, /readyz and /metrics");
    let address = told["address"].as_str().expect("it is text").to_owned();
    let mut heard = String::new();
    while !heard.contains("STATUS=waiting for the platform: ") {
        let mut bytes = [0; 4_096];
        let count = socket.recv(&mut bytes).expect("it sends something");
        heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    assert!(!heard.contains("READY=1"), "{heard}");
    let (status, body) = get(&address, "/readyz");
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("the platform has not answered yet"), "{body}");
    assert_eq!(get(&address, "/healthz").0, 200);
    assert_eq!(collecting.stop().0, Some(0));
}
