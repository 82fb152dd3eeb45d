//! Hostile requests: headers that two readers read differently, proxies that leave signs or none, and more than an
//! honest client sends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::desk::{Desk, Wishes};
use crate::cli::support::{ACCOUNT, sweep};

/// Sends these bytes; returns the status of the answer, 0 if there is none, and the whole answer.
pub(super) async fn raw(desk: &Desk, bytes: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(desk.address).await.expect("it listens");
    // The server may stop reading and refuse the rest; the answer says so.
    stream.write_all(bytes).await.ok();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_mins(1), read)
        .await
        .expect("the connection is closed")
        .ok();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.get(9..12).and_then(|digits| digits.parse().ok());
    (status.unwrap_or(0), text)
}

/// A request with these lines, after which the connection ends.
fn request(target: &str, version: &str, lines: &[&str]) -> Vec<u8> {
    let mut text = format!("GET {target} HTTP/{version}\r\nConnection: close\r\n");
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

const ME: &str = "/api/v1/me";

#[tokio::test]
async fn a_host_that_two_readers_read_differently_is_refused() {
    let desk = Desk::open().await;
    for (target, lines, expected) in [
        (ME, &["Host: 127.0.0.1:8080"][..], 200),
        (ME, &["Host: localhost"], 200),
        (ME, &["Host: [::1]:80"], 200),
        ("http://127.0.0.1/api/v1/me", &["Host: 127.0.0.1"], 200),
        (ME, &["Host: 127.0.0.1:80@evil"], 400),
        (ME, &["Host: evil@127.0.0.1"], 400),
        (ME, &["Host: [::1].evil"], 400),
        (ME, &["Host: [::1"], 400),
        (ME, &["Host: 127.0.0.1", "Host: evil"], 400),
        (ME, &["Host: 127.0.0.1", "Host: 127.0.0.1"], 400),
        (ME, &["Host: 127.0.0.1, evil"], 400),
        (ME, &["Host:"], 400),
        (ME, &[], 400),
        ("http://evil/api/v1/me", &["Host: 127.0.0.1"], 400),
        ("http://127.0.0.1/api/v1/me", &["Host: evil"], 400),
        ("http://x@127.0.0.1/api/v1/me", &["Host: 127.0.0.1"], 400),
        (ME, &["Host: evil"], 401),
        (ME, &["Host: 127.0.0.1.evil"], 401),
        (ME, &["Host: localhost.evil"], 401),
    ] {
        let (status, text) = raw(&desk, &request(target, "1.1", lines)).await;
        assert_eq!(status, expected, "{target} {lines:?}: {text}");
    }
}

#[tokio::test]
async fn a_request_through_a_proxy_needs_a_token() {
    let desk = Desk::open().await;
    let here = "Host: 127.0.0.1";
    for sign in [
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Server: a",
        "Forwarded: for=203.0.113.9",
        "Via: 1.1 a",
        "CF-Connecting-IP: 203.0.113.9",
        "CF-Ray: 1",
        "True-Client-IP: 203.0.113.9",
        "X-Real-IP: 203.0.113.9",
        "X-Client-IP: 203.0.113.9",
        "Client-IP: 203.0.113.9",
    ] {
        let (status, text) = raw(&desk, &request(ME, "1.1", &[here, sign])).await;
        assert_eq!(status, 401, "{sign}: {text}");
    }
    // Some proxies send requests like this by default.
    assert_eq!(raw(&desk, &request(ME, "1.0", &[here])).await.0, 401);
    // A proxy that leaves no sign cannot be recognised, so a token is required unless `--open` is given.
    let guarded = Desk::guarded().await;
    for path in [
        ME,
        "/api/v1/now",
        "/api/v1/openapi.json",
        "/metrics",
        "/readyz",
    ] {
        let (status, text) = raw(&guarded, &request(path, "1.1", &[here])).await;
        assert_eq!(status, 401, "{path}: {text}");
    }
    for path in ["/", "/people", "/day", "/report", "/health", "/api"] {
        let (status, text) = raw(&guarded, &request(path, "1.1", &[here])).await;
        assert_eq!(status, 303, "{path}: {text}");
        assert!(text.contains("location: /sign-in?next="), "{path}: {text}");
    }
    for path in ["/healthz", "/sign-in", "/assets/presence.css"] {
        let (status, text) = raw(&guarded, &request(path, "1.1", &[here])).await;
        assert_eq!(status, 200, "{path}: {text}");
    }
}

#[tokio::test]
async fn changing_the_store_needs_a_token() {
    let line = sweep(
        ACCOUNT,
        22,
        &[(1001, serde_json::json!({"presenceStatus": "Busy"}))],
    );
    let open = Desk::open().await;
    let send = |secret: Option<&str>| {
        let request = open.client.post(open.url("/api/v1/import"));
        let request = request.body(format!("{line}\n"));
        open.sent(match secret {
            Some(secret) => request.bearer_auth(secret),
            None => request,
        })
    };
    assert_eq!(send(None).await.problem().0, 401);
    let (_, both) = open.token("Planning", &["read", "ingest"]).await;
    // Nor is a session enough, even of a user who may record.
    let form = [("token", both.as_str())];
    let signed_in = open
        .sent(open.client.post(open.url("/sign-in")).form(&form))
        .await;
    let cookie = signed_in
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or_default();
    let request = open
        .client
        .post(open.url("/api/v1/import"))
        .header("cookie", cookie);
    let refused = open.sent(request.body(format!("{line}\n"))).await;
    assert_eq!(refused.problem().0, 401);
    assert_eq!(send(Some(&both)).await.status, 200);
}

#[tokio::test]
async fn unusual_headers_are_refused_or_harmless() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    let (_, other) = desk.token("Sales lead", &["read:department=Sales"]).await;
    let bearer = format!("Authorization: Bearer {secret}");
    let others = format!("Authorization: Bearer {other}");
    let here = "Host: 127.0.0.1";
    let huge = format!("X-Long: {}", "x".repeat(300_000));
    let many: Vec<String> = (0..5_000).map(|number| format!("X-{number}: x")).collect();
    let many: Vec<&str> = many
        .iter()
        .map(String::as_str)
        .chain([here, &bearer])
        .collect();
    for (lines, expected) in [
        (&[here, &bearer][..], 200),
        // The server does not choose between two tokens.
        (&[here, &bearer, &others], 401),
        (&[here, &bearer, &bearer], 401),
        (
            &[here, &bearer, "Content-Length: 0", "Content-Length: 5"],
            400,
        ),
        (&[here, &bearer, "Content-Length: -1"], 400),
        (&[here, &bearer, &huge], 431),
        (&many, 431),
        (&[here, &bearer, "X y: z"], 400),
        (&[here, &bearer, "Range: bytes=0-3"], 200),
        (&[here, &bearer, "Range: bytes=-1,0-,x"], 200),
        (&[here, &bearer, "Accept: \u{e9}"], 200),
        (&[here, &bearer, "If-None-Match: \u{e9}"], 200),
        (&[here, &bearer, "Expect: 200-ok"], 200),
    ] {
        let (status, text) = raw(&desk, &request(ME, "1.1", lines)).await;
        let shown: String = text.chars().take(300).collect();
        let lines: Vec<&str> = lines
            .iter()
            .take(4)
            .map(|line| &line[..line.len().min(60)])
            .collect();
        // A connection that is closed without an answer is refused, too.
        let is_refused = expected >= 400 && status == 0;
        assert!(
            status == expected || is_refused,
            "{lines:?}: {status} {shown}"
        );
    }
    let mut bytes = request(ME, "1.1", &[here]);
    let end = bytes.len() - 2;
    bytes.splice(
        end..end,
        b"Authorization: Bearer \xff\xfe\r\n".iter().copied(),
    );
    assert_eq!(raw(&desk, &bytes).await.0, 401);
    assert_eq!(desk.get_with("/api/v1/me", &secret).await.status, 200);
}

#[tokio::test]
async fn repeated_tags_and_cookies_are_handled() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    let path = "/api/v1/people";
    let first = desk.get_with(path, &secret).await;
    let tag = first.header("etag");
    let bearer = format!("Authorization: Bearer {secret}");
    let known = format!("If-None-Match: {tag}");
    let here = "Host: 127.0.0.1";
    for (lines, expected) in [
        (&[here, &bearer, &known][..], 304),
        (&[here, &bearer, "If-None-Match: \"x\"", &known], 304),
        (&[here, &bearer, &known, "If-None-Match: \"x-gzip\""], 304),
        (&[here, &bearer, "If-None-Match: *"], 304),
        (
            &[
                here,
                &bearer,
                "If-None-Match: \"x\"",
                "If-None-Match: W/\"y\"",
            ],
            200,
        ),
    ] {
        let (status, text) = raw(&desk, &request(path, "1.1", lines)).await;
        assert_eq!(status, expected, "{lines:?}: {text}");
    }
    // A refused request is never answered with "not modified".
    let (status, _) = raw(&desk, &request(path, "1.1", &[here, "If-None-Match: *"])).await;
    assert_eq!(status, 401);
    let signed_in = desk
        .sent(
            desk.client
                .post(desk.url("/sign-in"))
                .form(&[("token", &secret)]),
        )
        .await;
    let own = signed_in
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or_default();
    let own = format!("Cookie: {own}");
    let foreign = "Cookie: presence_session=x";
    for (lines, expected) in [
        (&[here, &own][..], 200),
        (&[here, "Cookie: theme=dark", &own], 200),
        (&[here, &own, &own], 200),
        (&[here, &own, foreign], 401),
        (&[here, foreign, &own], 401),
    ] {
        let (status, text) = raw(&desk, &request(path, "1.1", lines)).await;
        assert_eq!(status, expected, "{lines:?}: {text}");
    }
}

#[tokio::test]
async fn one_address_does_not_keep_the_others_out() {
    let desk = Desk::open().await;
    let mut held = Vec::new();
    // Idle connections, more than the limit for one address.
    for _ in 0..300 {
        held.push(TcpStream::connect(desk.address).await.expect("it listens"));
    }
    let mut open = 0;
    for stream in &mut held {
        let mut byte = [0];
        let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut byte)).await;
        open += usize::from(read.is_err());
    }
    assert!((200..=256).contains(&open), "{open} are open");
    // Another address of this computer can still connect.
    let socket = tokio::net::TcpSocket::new_v4().expect("there are sockets");
    let from = "127.0.0.2:0".parse().expect("an address");
    socket.bind(from).expect("it is this computer's");
    let mut stream = socket.connect(desk.address).await.expect("it listens");
    stream
        .write_all(&request("/healthz", "1.1", &["Host: 127.0.0.1"]))
        .await
        .expect("it is taken");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("it is answered");
    assert!(answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn failures_count_for_the_address_that_failed() {
    let desk = Desk::start(Wishes {
        requires_token: true,
        trusts_proxy: true,
        ..Wishes::default()
    })
    .await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    let from = |address: String, token: &str| {
        let request = desk.client.post(desk.url("/sign-in"));
        let request = request.header("x-forwarded-for", address);
        desk.sent(request.form(&[("token", token)]))
    };
    // The port differs for every connection, and is not part of the address.
    for port in 0..10 {
        let address = format!("203.0.113.9:{}", 40_000 + port);
        assert_eq!(from(address, "x").await.status, 401);
    }
    assert_eq!(
        from("203.0.113.9:50000".to_owned(), &secret).await.status,
        429
    );
    assert_eq!(
        from("[2001:db8::9]:50000".to_owned(), &secret).await.status,
        303
    );
    // Addresses before it in the header do not help.
    let evading = "198.51.100.1, 203.0.113.9:50001".to_owned();
    assert_eq!(from(evading, &secret).await.status, 429);
    // If the proxy could not determine the address, the failure counts for the proxy.
    for number in 0..10 {
        let unreadable = format!("198.51.100.{number}, unknown");
        assert_eq!(from(unreadable, "x").await.status, 401);
    }
    let unreadable = "198.51.100.77, unknown".to_owned();
    assert_eq!(from(unreadable, &secret).await.status, 429);
}
