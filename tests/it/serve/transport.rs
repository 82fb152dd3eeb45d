//! Encrypted connections, and clients that are too slow. The tests move the time themselves, so nobody waits.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use presence_server::access::Peer;
use presence_server::encryption::Encryption;
use presence_server::transport::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// More than fits into the buffers at both ends of a connection.
const LARGE: usize = 24 * 1024 * 1024;

fn paths() -> Router {
    Router::new()
        .route("/small", get(|| async { "small" }))
        .route("/large", get(|| async { "x".repeat(LARGE) }))
        .route(
            "/peer",
            get(|request: Request| async move {
                format!("{:?}", request.extensions().get::<Peer>())
            }),
        )
}

struct Server {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
}

async fn start(encrypted: Option<(&Path, &Path)>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("there is a free port");
    let address = listener.local_addr().expect("it listens");
    let encrypted = encrypted.map(|(certificate, key)| {
        Arc::new(Encryption::open(certificate, key).expect("they go together"))
    });
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let ended = tokio::spawn(async move { serve(listener, encrypted, paths(), &stopped).await });
    Server {
        address,
        stop,
        ended,
    }
}

/// What is received until the other end closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset ends the connection, too.
    stream.read_to_end(&mut bytes).await.ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(start_paused = true)]
async fn a_slow_request_is_not_waited_for() {
    let server = start(None).await;
    let mut silent = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    assert_eq!(rest(&mut silent).await, "");
    let mut slow = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    slow.write_all(b"GET /small HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        .await
        .expect("it is taken");
    let told = rest(&mut slow).await;
    assert!(!told.contains("200 OK"), "{told}");
    let mut quick = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    quick
        .write_all(b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("it is taken");
    // It is answered, and closed after a time without further requests.
    assert!(rest(&mut quick).await.ends_with("small"));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_nothing_is_disconnected() {
    let server = start(None).await;
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    stream
        .write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("it is taken");
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert!(rest(&mut stream).await.len() < LARGE);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_too_little_is_disconnected() {
    let server = start(None).await;
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    stream
        .write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("it is taken");
    // At a kilobyte every ten seconds it would take nearly three days.
    let mut taken = 0;
    let mut bytes = [0; 1_024];
    for _ in 0..120 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        match stream.read(&mut bytes).await {
            Ok(count) if count > 0 => taken += count,
            _ => break,
        }
    }
    taken += rest(&mut stream).await.len();
    assert!(taken < LARGE, "{taken}");
}

#[tokio::test]
async fn a_head_has_a_size_limit() {
    let server = start(None).await;
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let head = format!(
        "GET /small HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
        "x".repeat(300_000)
    );
    // The server may not even take the rest.
    stream.write_all(head.as_bytes()).await.ok();
    assert!(!rest(&mut stream).await.contains("200 OK"));
}

#[tokio::test]
async fn answers_under_way_are_finished() {
    let server = start(None).await;
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    stream
        .write_all(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .expect("it is taken");
    let mut first = [0; 16];
    stream
        .read_exact(&mut first)
        .await
        .expect("the answer begins");
    server.stop.cancel();
    assert!(rest(&mut stream).await.len() > LARGE - 16);
    server.ended.await.expect("it ends");
    TcpStream::connect(server.address)
        .await
        .expect_err("nobody listens");
}

fn certificate(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = Command::new("/usr/bin/openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ])
        .args([
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("there is openssl: scripts/test installs it");
    assert!(made.status.success(), "{made:?}");
    (certificate, key)
}

#[tokio::test]
async fn an_encrypted_connection_is_recognised() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (certificate, key) = certificate(folder.path());
    let server = start(Some((&certificate, &key))).await;
    let fetched = Command::new("/usr/bin/openssl")
        .args(["version"])
        .output()
        .expect("there is openssl");
    assert!(fetched.status.success());
    let pem = std::fs::read(&certificate).expect("it is there");
    let client = encrypted_client(&pem, server.address);
    let url = format!("https://localhost:{}/peer", server.address.port());
    let answer = client.get(&url).send().await.expect("an answer");
    let text = answer.text().await.expect("a body");
    assert!(text.contains("is_encrypted: true"), "{text}");
    // A client that does not encrypt gets no answer.
    let mut plain = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    plain
        .write_all(b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("it is taken");
    assert!(!rest(&mut plain).await.contains("small"));
    server.stop.cancel();
    server.ended.await.expect("it ends");
}

/// Whether a server uses this certificate: a client that trusts nothing else gets an answer.
async fn shows(server: &Server, pem: &[u8]) -> bool {
    let client = encrypted_client(pem, server.address);
    let url = format!("https://localhost:{}/small", server.address.port());
    client.get(&url).send().await.is_ok()
}

/// Advances the time until files are checked again.
async fn later() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_into_use() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (file, key) = certificate(folder.path());
    let read = || std::fs::read(&file).expect("it is there");
    let first = read();
    let server = start(Some((&file, &key))).await;
    assert!(shows(&server, &first).await);
    certificate(folder.path());
    let second = read();
    // The files are not checked for every connection.
    assert!(shows(&server, &first).await);
    later().await;
    assert!(shows(&server, &second).await);
    assert!(!shows(&server, &first).await);
    // An unusable file is ignored: half of a file, then a key of another certificate.
    std::fs::write(&file, &second[..second.len() / 2]).expect("it can be written");
    later().await;
    assert!(shows(&server, &second).await);
    std::fs::write(&file, &first).expect("it can be written");
    later().await;
    assert!(shows(&server, &second).await);
    std::fs::remove_file(&file).expect("it is there");
    later().await;
    assert!(shows(&server, &second).await);
    certificate(folder.path());
    later().await;
    assert!(shows(&server, &read()).await);
    server.stop.cancel();
    server.ended.await.expect("it ends");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a plain client, which shares no code with the program's"
)]
fn encrypted_client(pem: &[u8], address: std::net::SocketAddr) -> reqwest::Client {
    // The other client installs the TLS provider.
    drop(super::desk::client());
    let certificate = reqwest::Certificate::from_pem(pem).expect("a certificate");
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([certificate])
        .resolve("localhost", address)
        .build()
        .expect("a client")
}

#[test]
fn an_unusable_certificate_is_named() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (certificate, key) = certificate(folder.path());
    let other = folder.path().join("other");
    std::fs::create_dir(&other).expect("it can be made");
    let (_, foreign) = self::certificate(&other);
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").expect("it can be written");
    let none = folder.path().join("none.pem");
    for (certificate, key, expected) in [
        (&none, &key, "none.pem cannot be read: "),
        (&empty, &key, "empty.pem: "),
        (&certificate, &empty, "empty.pem: "),
        (&certificate, &foreign, "cannot be used"),
    ] {
        let Err(error) = Encryption::open(certificate, key) else {
            panic!("{expected} was accepted");
        };
        assert!(error.to_string().contains(expected), "{error}");
    }
}
