//! Who gets which answers.

use super::desk::{Desk, On, Wishes, now};
use crate::cli::support::NOW;

const WINDOW: &str = "from=2026-11-02T08:00:00Z&to=2026-11-02T08:21:00Z";

/// Every path that reads, except the sign-in pages.
fn readings() -> Vec<String> {
    let mut paths: Vec<String> = [
        "now",
        "at?time=now",
        "people",
        "policies",
        "access-log",
        "changes/stream",
    ]
    .map(str::to_owned)
    .to_vec();
    for question in ["changes", "report", "coverage"] {
        paths.push(format!("{question}?{WINDOW}"));
    }
    for question in ["staffing", "heatmap"] {
        paths.push(format!("{question}?{WINDOW}&value=Available"));
    }
    paths.push(format!("timeline?{WINDOW}&person=101"));
    paths.push(format!("meet?{WINDOW}&person=101"));
    paths.push("explain?person=101&time=2026-11-02T08:12:00Z".to_owned());
    paths.push("route".to_owned());
    paths
}

#[tokio::test]
async fn nothing_is_answered_without_a_token() {
    let desk = Desk::guarded().await;
    let (_, expired) = desk
        .token_until("Extension 101", &["read"], Some(now()))
        .await;
    let (id, revoked) = desk.token("Extension 102", &["read"]).await;
    let done = desk.opened.access.revoke_token(id, now()).await;
    assert!(done.expect("the store works"));
    let (_, metrics) = desk.token("Monitoring", &["metrics"]).await;
    let (_, ingest) = desk.token("Uploader", &["ingest"]).await;
    let (_, unknown) = desk
        .token("From a later version", &["write:everything"])
        .await;
    let forged = format!("presence_{}", "0".repeat(64));
    for path in readings() {
        let url = format!("/api/v1/{path}");
        for (wrong, expected) in [
            (None, 401),
            (Some(""), 401),
            (Some("x"), 401),
            (Some(forged.as_str()), 401),
            (Some(expired.as_str()), 401),
            (Some(revoked.as_str()), 401),
            (Some(metrics.as_str()), 403),
            (Some(ingest.as_str()), 403),
            (Some(unknown.as_str()), 403),
        ] {
            let mut request = desk.client.get(desk.url(&url));
            if let Some(secret) = wrong {
                request = request.bearer_auth(secret);
            }
            let answer = desk.sent(request).await;
            let (status, _, parameter) = answer.problem();
            let status = if status == 429 { 401 } else { status };
            assert_eq!(
                (status, parameter),
                (expected, None),
                "{url} with {wrong:?}"
            );
        }
        let basic = desk
            .client
            .get(desk.url(&url))
            .basic_auth("101", Some("101"));
        let answer = desk.sent(basic).await;
        assert_eq!(answer.status, 401, "{url}");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer realm=\"presence\""
        );
    }
    let (_, good) = desk.token("Planning", &["read"]).await;
    assert_eq!(desk.get_with("/api/v1/now", &good).await.status, 200);
    let me = desk.get_with("/api/v1/me", &good).await.json();
    assert_eq!(
        (&me["name"], &me["scopes"][0]),
        (&"Planning".into(), &"read".into())
    );
}

#[tokio::test]
async fn operating_figures_are_for_operators() {
    let desk = Desk::guarded().await;
    let (_, metrics) = desk.token("Monitoring", &["metrics"]).await;
    let (_, team) = desk.token("Sales lead", &["read:department=Sales"]).await;
    assert_eq!(desk.get("/healthz").await.status, 200);
    for path in ["/metrics", "/readyz"] {
        assert_eq!(desk.get(path).await.problem().0, 401, "{path}");
        assert_eq!(desk.get_with(path, &team).await.problem().0, 403, "{path}");
        let answer = desk.get_with(path, &metrics).await;
        assert!(
            ![401, 403, 404].contains(&answer.status),
            "{path}: {answer:?}"
        );
    }
    let told = desk.get_with("/metrics", &metrics).await;
    assert!(
        told.status == 200 && told.body.contains("# EOF"),
        "{}",
        told.body
    );
}

#[tokio::test]
async fn only_this_computer_needs_no_token() {
    let desk = Desk::open().await;
    for (name, value) in [
        ("host", "presence.example.com"),
        ("host", "localhost.example.com:8080"),
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
    ] {
        let request = desk.client.get(desk.url("/api/v1/now")).header(name, value);
        assert_eq!(desk.sent(request).await.problem().0, 401, "{name}: {value}");
    }
    // A wrong token is refused, also from this computer.
    assert_eq!(desk.get_with("/api/v1/now", "x").await.status, 401);
    assert_eq!(desk.get("/api/v1/now").await.status, 200);
}

/// What a reader of Extension 101 alone, or of the department Sales alone (101 and 103), may not see.
const OTHERS: [&str; 4] = ["Workshop", "1002", "Menu", "1004"];

/// Whether a body has this word or number. Digits within a longer number or a digest do not count: the positions that a
/// narrowed token is shown are random, and digests are as good as random.
pub(super) fn names(body: &str, word: &str) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    body.match_indices(word).any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|at| body.as_bytes().get(at));
        let after = body.as_bytes().get(at + word.len());
        !is_number || (!is_digit(before) && !is_digit(after))
    })
}

async fn a_team_sees_itself_alone(on: On) {
    let desk = Desk::start(Wishes {
        on,
        requires_token: true,
        ..Wishes::default()
    })
    .await;
    let (_, team) = desk.token("Sales lead", &["read:department=Sales"]).await;
    let (_, own) = desk.token("Extension 101", &["read:extension=1001"]).await;
    let (_, all) = desk.token("Planning", &["read"]).await;
    for path in readings() {
        if path == "changes/stream" {
            continue;
        }
        for format in ["json", "ndjson", "csv"] {
            let (name, query) = path.split_once('?').unwrap_or((&path, ""));
            let url = format!("/api/v1/{name}.{format}?{query}");
            let answer = desk.get_with(&url, &team).await;
            assert_eq!(answer.status, 200, "{url}: {}", answer.body);
            for other in OTHERS {
                assert!(
                    !names(&answer.body, other),
                    "{url} reveals {other}: {}",
                    answer.body
                );
            }
            let answer = desk.get_with(&url, &own).await;
            assert_eq!(answer.status, 200, "{url}: {}", answer.body);
            for other in OTHERS.iter().chain(&["HYPERLINK", "1003"]) {
                assert!(
                    !names(&answer.body, other),
                    "{url} reveals {other}: {}",
                    answer.body
                );
            }
        }
    }
    // What they do see is complete.
    let report = format!("/api/v1/report?{WINDOW}");
    let told = desk.get_with(&report, &team).await.json();
    let named = desk
        .get_with(&format!("{report}&person=1001&person=1003"), &all)
        .await
        .json();
    assert_eq!(told["rows"], named["rows"]);
    assert_eq!(told["rows"].as_array().map(Vec::len), Some(2));
    // A person whom the reader may not see does not exist for them: by number, id, name, or part of a name. Nor is the
    // person suggested.
    for question in ["timeline", "report", "changes"] {
        for word in ["102", "1002", "Workshop", "works", "worksop", "104"] {
            let url = format!("/api/v1/{question}?{WINDOW}&person={word}");
            let answer = desk.get_with(&url, &team).await;
            assert_eq!(answer.problem().0, 404, "{url}");
            let detail = answer.json()["detail"].to_string();
            assert!(
                !detail.contains("1002") || word == "1002",
                "{url}: {detail}"
            );
        }
    }
    // Values of other people are hidden, too: existing and made-up values get the same answer.
    let mut told = std::collections::BTreeSet::new();
    for value in ["Busy", "Offline", "gone", "nothing"] {
        let url = format!("/api/v1/staffing?{WINDOW}&facet=message&value={value}");
        let answer = desk.get_with(&url, &team).await;
        assert_eq!(answer.problem().0, 400, "{url}");
        told.insert(answer.body.replace(value, "VALUE"));
        let url = format!("{url}&allow-unknown=true");
        assert_eq!(desk.get_with(&url, &team).await.status, 200);
    }
    assert_eq!(told.len(), 1, "all answers are the same: {told:?}");
}

#[tokio::test]
async fn a_team_sees_itself_alone_with_sqlite() {
    a_team_sees_itself_alone(On::Sqlite).await;
}

#[tokio::test]
async fn a_team_sees_itself_alone_with_postgres() {
    a_team_sees_itself_alone(On::Postgres).await;
}

async fn people_can_read_who_asked_about_them(on: On) {
    let desk = Desk::start(Wishes {
        on,
        requires_token: true,
        ..Wishes::default()
    })
    .await;
    let (_, own) = desk.token("Extension 101", &["read:extension=1001"]).await;
    let (_, other) = desk.token("Extension 102", &["read:extension=1002"]).await;
    let (all_id, all) = desk.token("Planning", &["read"]).await;
    let timeline = format!("/api/v1/timeline?{WINDOW}&person=101");
    for path in [timeline.as_str(), timeline.as_str(), "/api/v1/now"] {
        assert_eq!(desk.get_with(path, &all).await.status, 200);
    }
    assert_eq!(desk.get_with("/api/v1/now", &other).await.status, 200);
    // A refused question shows nobody, so it is not in the log.
    assert_eq!(desk.get_with(&timeline, &other).await.status, 404);
    let log = desk.get_with("/api/v1/access-log", &own).await.json();
    let shown: Vec<_> = log
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
            (
                text("who"),
                text("question"),
                text("about"),
                entry["request_count"].as_i64(),
            )
        })
        .collect();
    let entry = |question: &str, about: &str, count| {
        (
            "Planning".to_owned(),
            question.to_owned(),
            about.to_owned(),
            Some(count),
        )
    };
    assert_eq!(
        shown,
        [entry("now", "everybody", 1), entry("timeline", "some", 2)]
    );
    assert_eq!(log[1]["extension_ids"], serde_json::json!(["1001"]));
    assert_eq!(log[1]["token_id"], all_id);
    assert_eq!(log[1]["from"], "2026-11-02T08:00:00.000Z");
    assert_eq!(log[1]["last_at"], NOW.replace('Z', ".000Z"));
    let log = desk
        .get_with("/api/v1/access-log?person=102", &all)
        .await
        .json();
    let who: Vec<&str> = log
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| entry["who"].as_str())
        .collect();
    assert_eq!(who, ["Extension 102", "Planning"]);
    let page = desk.get_with("/api/v1/access-log?limit=2", &all).await;
    assert!(page.header("link").contains("after="), "{page:?}");
}

#[tokio::test]
async fn people_can_read_who_asked_about_them_with_sqlite() {
    people_can_read_who_asked_about_them(On::Sqlite).await;
}

#[tokio::test]
async fn people_can_read_who_asked_about_them_with_postgres() {
    people_can_read_who_asked_about_them(On::Postgres).await;
}

#[tokio::test]
async fn a_secret_is_kept_nowhere() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    assert_eq!(desk.get_with("/api/v1/now", &secret).await.status, 200);
    let path = desk.location.trim_start_matches("sqlite:");
    for file in [path.to_owned(), format!("{path}-wal")] {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let secret = secret.trim_start_matches("presence_").as_bytes();
        let is_there = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!is_there, "{file} holds the secret");
    }
    let tokens = desk.opened.access.tokens().await.expect("the store works");
    assert_eq!(tokens[0].last_used_at, Some(now()));
}

#[tokio::test]
async fn a_token_for_one_account_is_for_no_other() {
    let desk = Desk::start(Wishes {
        requires_token: true,
        holds: super::desk::Holds::TwoAccounts,
        ..Wishes::default()
    })
    .await;
    let (_, any) = desk.token("Planning", &["read"]).await;
    assert_eq!(
        desk.get_with("/api/v1/now", &any)
            .await
            .problem()
            .2
            .as_deref(),
        Some("account")
    );
    assert_eq!(
        desk.get_with("/api/v1/now?account=5", &any).await.status,
        200
    );
    let secret = presence_server::access::new_secret().expect("there is randomness");
    let token = presence_store::NewToken {
        kind: presence_store::TokenKind::Token,
        name: "Office".to_owned(),
        scopes: vec!["read".to_owned()],
        account_id: Some(presence_model::ids::AccountId(5)),
        parent_id: None,
        digest: presence_server::access::digest_of(&secret).expect("it is one"),
        created_at: now(),
        expires_at: None,
    };
    desk.opened
        .access
        .create_token(token)
        .await
        .expect("it is kept");
    let own = desk.get_with("/api/v1/now", &secret).await;
    assert_eq!(own.json().as_array().map(Vec::len), Some(1));
    let foreign = desk.get_with("/api/v1/now?account=37439510", &secret).await;
    assert_eq!(foreign.problem().0, 403);
}

#[tokio::test]
async fn suggested_names_are_those_that_the_token_may_see() {
    let desk = Desk::guarded().await;
    let (_, all) = desk.token("all", &["read"]).await;
    let (_, own) = desk.token("own", &["read:extension=1002"]).await;
    let window = "from=-1h&to=now";
    for (path, parameter, meant) in [
        (
            format!("/api/v1/changes?{window}&department=Saless"),
            "department",
            "Sales",
        ),
        (
            "/api/v1/route?department=Saless".to_owned(),
            "department",
            "Sales",
        ),
        (
            format!("/api/v1/changes?{window}&facet=message&value=%3D1%2B2"),
            "value",
            "none is known",
        ),
        (
            format!("/api/v1/changes?{window}&value=CallConected"),
            "value",
            "CallConnected",
        ),
        (
            "/api/v1/changes/stream?department=Saless".to_owned(),
            "department",
            "Sales",
        ),
        ("/api/v1/people?types=Userr".to_owned(), "types", "User"),
    ] {
        let answer = desk.get_with(&path, &all).await;
        let expected = (
            400,
            "wrong_parameter".to_owned(),
            Some(parameter.to_owned()),
        );
        assert_eq!(answer.problem(), expected, "{path}: {}", answer.body);
        assert!(answer.body.contains(meant), "{path}: {}", answer.body);
        assert!(
            answer.body.contains("(allow-unknown asks all the same)"),
            "{}",
            answer.body
        );
        if path.contains("stream") {
            continue;
        }
        let allowed = format!("{path}&allow-unknown=true");
        assert_eq!(desk.get_with(&allowed, &all).await.status, 200, "{allowed}");
    }
    // For a reader who sees one person only, others' departments and values do not exist.
    for path in [
        format!("/api/v1/changes?{window}&department=Sales"),
        format!("/api/v1/changes?{window}&facet=message&value=%3D1%2B1"),
    ] {
        assert_eq!(desk.get_with(&path, &all).await.status, 200, "{path}");
        let answer = desk.get_with(&path, &own).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(
            answer.body.contains("none is known"),
            "{path}: {}",
            answer.body
        );
    }
    let own_values = format!("/api/v1/changes?{window}&site=South&value=Busy");
    assert_eq!(desk.get_with(&own_values, &own).await.status, 200);
    // Pages, too.
    let answer = desk.get_with("/?department=Saless", &all).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.body.contains("Sales"), "{}", answer.body);
    assert_eq!(desk.get_with("/?department=Sales", &all).await.status, 200);
}
