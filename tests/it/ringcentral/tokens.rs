//! The token, kept in a file across starts.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use presence_clock::VirtualClock;
use presence_ringcentral::{
    ClientError, Credentials, HttpLimits, KeptSession, PresenceSource, RingCentral, SourceError,
};
use secrecy::SecretString;
use tempfile::TempDir;

use super::scripted::{Server, Step, json, response};
use super::{START_MS, at, credentials};

const PAGE: &str = r#"{"records":[{"extension":{"id":101},"presenceStatus":"Available"}],
    "paging":{"page":1,"totalPages":1,"perPage":1000,"totalElements":1,"pageStart":0,"pageEnd":0}}"#;
const HOUR_MS: i64 = 3_600_000;

struct Case {
    server: Server,
    clock: Arc<VirtualClock>,
    folder: TempDir,
}

impl Case {
    async fn new(logins: Vec<Step>) -> Self {
        Self {
            server: Server::with_logins(logins, vec![json(PAGE); 20]).await,
            clock: Arc::new(VirtualClock::new(START_MS)),
            folder: tempfile::tempdir().expect("a folder for the test can be made"),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("token.json")
    }

    /// Starts a program.
    fn start(&self) -> RingCentral {
        self.try_to_start(credentials(&self.server.url()))
            .expect("the file is in order")
    }

    fn try_to_start(&self, credentials: Credentials) -> Result<RingCentral, ClientError> {
        let clock = Arc::clone(&self.clock) as _;
        RingCentral::new(credentials, clock, HttpLimits::default(), 7)?.keeping_token(self.path())
    }

    async fn ask(&self, client: &RingCentral) -> Result<(), SourceError> {
        use presence_clock::Clock as _;
        let by = at(self.clock.now_ms() + 60_000);
        client.presence_page(1, by).await.map(drop)
    }

    fn grants(&self) -> Vec<&'static str> {
        let logins = self.server.logins();
        let grant = |body: &str| {
            if body.contains("refresh_token") {
                "refresh"
            } else {
                "jwt"
            }
        };
        logins.iter().map(|login| grant(&login.body)).collect()
    }
}

fn token(number: u32) -> Step {
    json(&format!(
        r#"{{"access_token":"access-{number}","expires_in":3600,"refresh_token":"refresh-{number}"}}"#
    ))
}

#[tokio::test]
async fn a_restart_goes_on_with_the_session() {
    let case = Case::new(vec![token(1), token(2)]).await;
    for _ in 0..5 {
        let client = case.start();
        case.ask(&client).await.expect("an answer");
        // The session is not ended either: the next start uses it.
        client.log_out().await;
    }
    assert_eq!(case.grants(), ["jwt"]);
    case.clock.advance(2 * HOUR_MS);
    let client = case.start();
    case.ask(&client).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "refresh"]);
    case.ask(&case.start()).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "refresh"]);
    let last = case.server.questions().pop().expect("some");
    assert!(last.head.contains("Bearer access-2"), "{last:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_private_and_one_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new(vec![token(1)]).await;
    case.ask(&case.start()).await.expect("an answer");
    let mode = fs::metadata(case.path())
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
    let beside = fs::read_dir(case.folder.path()).expect("it is there");
    let mut names: Vec<_> = beside
        .map(|entry| entry.expect("it can be read"))
        .map(|entry| {
            let mode = entry.metadata().expect("it is there").permissions().mode();
            (entry.file_name(), mode & 0o7777)
        })
        .collect();
    names.sort();
    let expected = [("token.json", 0o600), ("token.json.lock", 0o600)];
    assert_eq!(
        names,
        expected.map(|(name, mode)| (name.into(), mode)),
        "nothing else is left in the folder"
    );
    fs::set_permissions(case.path(), fs::Permissions::from_mode(0o640)).expect("it is ours");
    let error = case
        .try_to_start(credentials(&case.server.url()))
        .expect_err("others may read it")
        .to_string();
    assert!(error.contains("token.json"), "{error}");
    assert!(error.contains("its mode is 0640"), "{error}");
    assert!(error.contains("chmod 600"), "{error}");
    assert!(!error.contains("access-1"), "{error}");
}

#[tokio::test]
async fn a_session_of_other_credentials_or_a_broken_file_is_ignored() {
    let case = Case::new(vec![token(1), token(2), token(3)]).await;
    case.ask(&case.start()).await.expect("an answer");
    let other = Credentials {
        jwt: SecretString::from("another user"),
        ..credentials(&case.server.url())
    };
    let client = case.try_to_start(other).expect("the file is in order");
    case.ask(&client).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "jwt"]);
    let text = fs::read_to_string(case.path()).expect("it is there");
    fs::write(case.path(), &text[..text.len() / 2]).expect("it is ours");
    case.ask(&case.start()).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "jwt", "jwt"]);
    let text = fs::read_to_string(case.path()).expect("it is there");
    for secret in ["jwt-under-test", "secret-under-test", "another user"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn two_programs_share_a_session_and_its_renewal() {
    let case = Case::new(vec![token(1), token(2)]).await;
    let (one, other) = (case.start(), case.start());
    case.ask(&one).await.expect("an answer");
    case.ask(&other).await.expect("an answer");
    case.clock.advance(HOUR_MS - 60_000);
    case.ask(&one).await.expect("an answer");
    case.ask(&other).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "refresh"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_at_the_same_time_log_in_once() {
    let case = Case::new(vec![token(1), token(2), token(3), token(4)]).await;
    let clients: Vec<RingCentral> = (0..4).map(|_| case.start()).collect();
    let ask = |index: usize| case.ask(&clients[index]);
    let (one, two, three, four) = tokio::join!(ask(0), ask(1), ask(2), ask(3));
    for answered in [one, two, three, four] {
        answered.expect("an answer");
    }
    assert_eq!(case.grants(), ["jwt"]);
}

#[tokio::test]
async fn times_in_the_file_are_believed_as_far_as_they_can_be() {
    let case = Case::new(vec![token(1), token(2)]).await;
    case.ask(&case.start()).await.expect("an answer");
    let text = fs::read_to_string(case.path()).expect("it is there");
    let mut content: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    for key in ["renew_ms", "expires_ms"] {
        content[key] = i64::MAX.into();
    }
    fs::write(case.path(), content.to_string()).expect("it is ours");
    let client = case.start();
    case.ask(&client).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt"]);
    // No token is valid for longer than a day.
    case.clock.advance(24 * HOUR_MS);
    case.ask(&client).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "refresh"]);
}

#[tokio::test]
async fn a_file_of_another_version_is_replaced_and_something_else_is_not() {
    let case = Case::new(vec![token(1), token(2), token(3)]).await;
    case.ask(&case.start()).await.expect("an answer");
    let text = fs::read_to_string(case.path()).expect("it is there");
    assert!(text.contains(r#""version":1"#), "{text}");
    // A file from before files had a version is still used.
    fs::write(case.path(), text.replace(r#""version":1,"#, "")).expect("it is ours");
    case.ask(&case.start()).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt"]);
    fs::write(
        case.path(),
        text.replace(r#""version":1"#, r#""version":2"#),
    )
    .expect("it is ours");
    case.ask(&case.start()).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "jwt"]);
    fs::write(case.path(), "").expect("it is ours");
    case.ask(&case.start()).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "jwt", "jwt"]);
    let store = "SQLite format 3\0 and so on";
    fs::write(case.path(), store).expect("it is ours");
    let refused = case.try_to_start(credentials(&case.server.url()));
    let error = refused.expect_err("it is no session").to_string();
    assert!(error.contains("does not hold a session"), "{error}");
    assert_eq!(fs::read_to_string(case.path()).expect("it reads"), store);
}

#[tokio::test]
async fn a_changed_secret_is_tried_with_a_login_of_its_own() {
    let case = Case::new(vec![token(1), token(2)]).await;
    case.ask(&case.start()).await.expect("an answer");
    let renewed = Credentials {
        client_secret: SecretString::from("renewed"),
        ..credentials(&case.server.url())
    };
    let client = case.try_to_start(renewed).expect("the file is in order");
    case.ask(&client).await.expect("an answer");
    assert_eq!(case.grants(), ["jwt", "jwt"]);
}

#[tokio::test]
async fn a_session_that_lacks_a_permission_is_replaced_when_it_is_older() {
    let scoped = |number: u32, scope: &str| {
        json(&format!(
            r#"{{"access_token":"access-{number}","expires_in":3600,"scope":"{scope}"}}"#
        ))
    };
    let logins = vec![
        scoped(1, "ReadAccounts"),
        scoped(2, "ReadAccounts ReadPresence"),
    ];
    let revoked = response("200 OK", "", "");
    let allowed = json(r#"{"successful":true}"#);
    let account = json(r#"{"id":37439510}"#);
    let company = json(r#"{"id":"37439510"}"#);
    let answers = vec![revoked, allowed, account, company];
    let case = Case {
        server: Server::with_logins(logins, answers).await,
        clock: Arc::new(VirtualClock::new(START_MS)),
        folder: tempfile::tempdir().expect("a folder for the test can be made"),
    };
    let by = || {
        use presence_clock::Clock as _;
        at(case.clock.now_ms() + 60_000)
    };
    for _ in 0..2 {
        // The session is too young: a permission added since might not work in a new session either.
        let error = case.start().account(by()).await.expect_err("it lacks it");
        assert!(error.to_string().contains("ReadPresence"), "{error}");
        assert_eq!(case.grants(), ["jwt"]);
    }
    case.clock.advance(5 * 60_000);
    case.start()
        .account(by())
        .await
        .expect("it is given by now");
    assert_eq!(case.grants(), ["jwt", "jwt"]);
    let ended = &case.server.questions()[0];
    assert!(
        ended.head.starts_with("POST /restapi/oauth/revoke "),
        "{ended:?}"
    );
    assert_eq!(ended.body, "token=access-1");
}

#[tokio::test]
async fn a_kept_session_is_ended_once() {
    let case = Case::new(vec![token(1)]).await;
    let by = || at(START_MS + 60_000);
    let end = async || {
        case.start()
            .end_kept_session(by())
            .await
            .expect("it is ours")
    };
    assert_eq!(end().await, KeptSession::None);
    case.ask(&case.start()).await.expect("an answer");
    assert_eq!(end().await, KeptSession::Ended);
    assert!(!case.path().exists());
    let last = case.server.questions().pop().expect("a request");
    assert!(
        last.head.starts_with("POST /restapi/oauth/revoke "),
        "{last:?}"
    );
    assert_eq!(last.body, "token=access-1");
    assert_eq!(end().await, KeptSession::None);
}

#[tokio::test]
async fn each_wait_is_reported_once_with_its_end() {
    let limited = response(
        "429 Too Many Requests",
        "Retry-After: 30\r\nX-Rate-Limit-Group: auth\r\nX-Rate-Limit-Limit: 5\r\n",
        r#"{"errorCode":"CMN-301"}"#,
    );
    let busy = response("503 Service Unavailable", "Retry-After: 20\r\n", "");
    let server = Server::with_logins(vec![limited, token(1)], vec![busy, json(PAGE)]).await;
    let clock = Arc::new(VirtualClock::new(START_MS));
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let record = Arc::clone(&told);
    let client = super::client(&server.url(), &clock, HttpLimits::default()).reporting_waits(
        Arc::new(move |wait| {
            let mut told = record.lock().expect("nothing panics in it");
            told.push(wait.to_string());
        }),
    );
    let answer = client.presence_page(1, at(START_MS + 120_000)).await;
    answer.expect("an answer");
    assert_eq!(
        *told.lock().expect("nothing panics in it"),
        [
            "waiting 30 s, until 2026-11-02 14:00:30 UTC: RingCentral's rate limit for the login is used up",
            "waiting 20 s, until 2026-11-02 14:00:50 UTC, to request the account's presence again: 503",
        ]
    );
}

#[tokio::test]
async fn a_failed_renewal_does_no_harm_while_the_token_is_valid() {
    let unavailable = response("503 Service Unavailable", "", "");
    let mut logins = vec![token(1)];
    logins.extend(vec![unavailable; 3]);
    logins.push(token(2));
    let case = Case::new(logins).await;
    let client = case.start();
    case.ask(&client).await.expect("an answer");
    case.clock.advance(HOUR_MS - 4 * 60_000);
    case.ask(&client)
        .await
        .expect("the token holds for four minutes more");
    let last = case.server.questions().pop().expect("some");
    assert!(last.head.contains("Bearer access-1"), "{last:?}");
    case.clock.advance(60_000);
    case.ask(&client).await.expect("an answer");
    let last = case.server.questions().pop().expect("some");
    assert!(last.head.contains("Bearer access-2"), "{last:?}");
    // The refresh token's answer may have been lost: it is not used again.
    assert_eq!(
        case.grants(),
        ["jwt", "refresh", "refresh", "refresh", "jwt"]
    );
}

#[tokio::test]
async fn a_platform_under_maintenance_is_reported_as_such() {
    let body = r#"{"errorCode":"MaintenanceMode","message":"Service is being maintained"}"#;
    let maintained = response("503 Service Unavailable", "", body);
    let server = Server::start(vec![maintained; 3]).await;
    let clock = Arc::new(VirtualClock::new(START_MS));
    let client = super::client(&server.url(), &clock, HttpLimits::default());
    let error = client
        .presence_page(1, at(START_MS + 60_000))
        .await
        .expect_err("it is maintained");
    assert!(
        matches!(error, SourceError::Maintenance { .. }),
        "{error:?}"
    );
    assert!(error.is_transient() && !error.stops_collecting());
    assert_eq!(
        error.to_string(),
        "the account's presence could not be read: RingCentral is under maintenance (503 MaintenanceMode: Service is being \
         maintained); it will be requested again"
    );
}
