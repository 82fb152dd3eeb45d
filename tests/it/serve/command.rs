//! The server as a command: how it starts, what it refuses, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use presence_clock::SystemClock;
use presence_simulator::{OfficeConfig, StandAlone};

use super::desk::{Answer, client, sweep_at_other_account};
use crate::cli::support::{ACCOUNT, NOW, Place};
use crate::support::{Deadline, free_port, signal};

/// A running server, ended when it is dropped.
pub(crate) struct Served {
    child: Child,
    /// Where it listens, with `/` at the end.
    pub(crate) url: String,
    _deadline: Deadline,
}

impl Served {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program can be run");
        let deadline = Deadline::of(child.id());
        let stdout = child.stdout.take().expect("it was piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it says where it listens");
        Self {
            child,
            url: line.trim().to_owned(),
            _deadline: deadline,
        }
    }

    async fn get(&self, path: &str, secret: Option<&str>) -> Answer {
        let mut request = client().get(format!("{}{path}", self.url));
        if let Some(secret) = secret {
            request = request.bearer_auth(secret);
        }
        Answer::of(request.send().await.expect("an answer")).await
    }

    /// Stops it, and returns its exit code.
    fn stop(&mut self) -> Option<i32> {
        signal("TERM", self.child.id());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_answers_until_it_is_told_to_stop() {
    let place = Place::with_history();
    let command = place.command(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--prefix",
        "/presence",
        "--open",
        "--now",
        NOW,
    ]);
    let mut served = Served::start(command);
    assert!(served.url.ends_with("/presence/"), "{}", served.url);
    let answer = served.get("api/v1/now?person=101", None).await;
    assert_eq!(
        answer.body,
        place.ask(&["now", "101", "--format", "json"]).answer()
    );
    assert_eq!(served.stop(), Some(0));
}

#[test]
fn a_taken_address_is_one_clear_error() {
    let place = Place::with_history();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it listens").to_string();
    let ran = place.run(&["serve", "--listen", &address]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr
            .starts_with(&format!("presence: cannot listen on {address}: ")),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 1);
}

#[test]
fn nobody_is_let_in_from_outside_without_a_token() {
    let place = Place::with_history();
    for line in [
        &["serve", "--listen", "0.0.0.0:0"][..],
        &["serve", "--listen", "127.0.0.1:0", "--require-token"],
    ] {
        let ran = place.run(line);
        assert_eq!(ran.code, Some(1), "{line:?}");
        assert!(
            ran.stderr.contains("presence token create"),
            "{}",
            ran.stderr
        );
    }
    for (line, expected) in [
        (&["serve", "--prefix", "presence"][..], "--prefix"),
        (&["serve", "--listen", "8080"], "--listen"),
        (&["serve", "--tls-cert", "cert.pem"], "--tls-key"),
        (&["serve", "--operations", "off"], "--collect"),
        (&["serve", "--interval", "30s"], "--collect"),
        (&["serve", "--spool", "."], "--collect"),
    ] {
        let ran = place.run(line);
        assert_eq!(ran.code, Some(2), "{line:?}");
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    let ran = place.run(&["serve", "--tls-cert", "none.pem", "--tls-key", "none.pem"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("none.pem"), "{}", ran.stderr);
    let ran = Place::empty().run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_used_and_revoked() {
    let place = Place::with_history();
    let made = place.run(&[
        "token",
        "create",
        "Sales lead",
        "--scope",
        "read:department=Sales",
        "--expires",
        "90d",
    ]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let secret = made.stdout.trim().to_owned();
    assert!(secret.starts_with("presence_"), "{secret}");
    assert!(!made.stderr.contains(&secret), "{}", made.stderr);
    let mut served =
        Served::start(place.command(&["serve", "--listen", "127.0.0.1:0", "--require-token"]));
    assert_eq!(served.get("api/v1/people", None).await.status, 401);
    let people = served.get("api/v1/people", Some(&secret)).await;
    assert_eq!(people.json().as_array().map(Vec::len), Some(2));
    let listed = place.run(&["token", "list", "--format", "json"]).answer();
    assert!(!listed.contains(&secret), "{listed}");
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("a list");
    assert_eq!(listed[0]["scopes"][0], "read:department=Sales");
    assert!(listed[0]["last_used_at"].is_string() && listed[0]["expires_at"].is_string());
    let table = place.run(&["token", "list"]).answer();
    assert!(table.contains("Sales lead"), "{table}");
    let log = place.run(&["access-log", "--format", "csv"]).answer();
    assert!(
        log.contains(",Sales lead,1,people,,,some,1001;1003,"),
        "{log}"
    );
    assert!(
        place
            .run(&["access-log", "102", "--format", "json"])
            .answer()
            .starts_with("[]")
    );
    let revoked = place.run(&["token", "revoke", "1"]);
    assert_eq!((revoked.code, revoked.stdout.as_str()), (Some(0), ""));
    assert_eq!(served.get("api/v1/people", Some(&secret)).await.status, 401);
    assert_eq!(place.run(&["token", "revoke", "1"]).code, Some(1));
    assert_eq!(served.stop(), Some(0));
    for (line, expected) in [
        (&["token", "create", "x"][..], "--scope"),
        (&["token", "create", "x", "--scope", "write"], "no scope"),
        (
            &["token", "create", " ", "--scope", "read"],
            "name of a token",
        ),
    ] {
        let ran = place.run(line);
        assert_eq!(ran.code, Some(2), "{line:?}");
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn a_token_needs_an_account_in_the_store() {
    let place = Place::with_history();
    let create = [
        "token", "create", "Planning", "--scope", "read", "--format", "json",
    ];
    let account = |ran: crate::cli::support::Ran| {
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let made: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a token");
        made["account_id"].as_str().map(str::to_owned)
    };
    assert_eq!(account(place.run(&create)).as_deref(), Some(ACCOUNT));
    let of = |account: &str| place.run(&[&create[..], &["--account", account]].concat());
    let ran = of("5");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("does not hold account 5"),
        "{}",
        ran.stderr
    );
    // An import for one account refuses the sweeps of another.
    place.write("other.ndjson", &sweep_at_other_account(1));
    let import = |account: &str| place.run(&["import", "other.ndjson", "--account", account]);
    let ran = import(ACCOUNT);
    assert_eq!(ran.code, Some(1));
    let expected = format!("account 5; only sweeps of {ACCOUNT} are accepted");
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    assert_eq!(import("5").code, Some(0));
    // Now there are two to choose from.
    let ran = place.run(&create);
    assert_eq!(ran.code, Some(2));
    for part in [ACCOUNT, "5, ", "--account"] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    assert_eq!(account(of("5")).as_deref(), Some("5"));
    // Before anything is recorded there is none.
    assert_eq!(account(Place::empty().run(&create)), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_can_collect_at_the_same_time() {
    // The client installs the TLS provider that the simulator's clients need.
    drop(client());
    let platform = StandAlone {
        listen: ([127, 0, 0, 1], 0).into(),
        office: OfficeConfig {
            extensions: 20,
            ..OfficeConfig::default()
        },
        ..StandAlone::default()
    };
    let platform = platform
        .start(std::sync::Arc::new(SystemClock))
        .await
        .expect("it starts");
    let place = Place::empty();
    let operations = format!("127.0.0.1:{}", free_port());
    let mut command = place.command(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--open",
        "--collect",
        "--interval",
        "45s",
        "--operations",
        &operations,
    ]);
    let known = &platform.credentials;
    command
        .env("RC_SERVER_URL", platform.running.server_url())
        .env("RC_APP_CLIENT_ID", &known.client_id)
        .env("RC_APP_CLIENT_SECRET", &known.client_secret)
        .env("RC_USER_JWT", &known.jwt);
    let mut served = Served::start(command);
    // Before the first sweep there is no account to ask about.
    let mut answer = served.get("api/v1/now", None).await;
    while answer.status == 422 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        answer = served.get("api/v1/now", None).await;
    }
    assert_eq!(answer.status, 200, "{}", answer.body);
    // The collector's own metrics are at the address that was given.
    let request = client().get(format!("http://{operations}/metrics"));
    let metrics = Answer::of(request.send().await.expect("an answer")).await;
    assert!(
        metrics.body.contains("presence_interval_seconds 45"),
        "{}",
        metrics.body
    );
    assert_eq!(served.stop(), Some(0));
    platform.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_reads_its_configuration_again_on_a_signal() {
    let place = Place::with_history();
    let policy = |class: &str| {
        let rule = format!("{{ when = 'true', class = \"{class}\" }}");
        place.write(
            "presence.toml",
            &format!("[policies.desk]\nrules = [{rule}]\n"),
        );
    };
    policy("before");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--open", "--now", NOW];
    let mut served = Served::start(place.command(&arguments));
    let until = async |served: &Served, class: &str| {
        for _ in 0..200 {
            let answer = served.get("api/v1/now?person=101&policy=desk", None).await;
            if answer.body.contains(class) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("nobody is {class:?}");
    };
    until(&served, "before").await;
    policy("after");
    signal("HUP", served.child.id());
    until(&served, "after").await;
    // A file that cannot be read changes nothing.
    place.write("presence.toml", "policies = 3\n");
    signal("HUP", served.child.id());
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    until(&served, "after").await;
    assert_eq!(served.stop(), Some(0));
}
