//! How much memory a server uses for readers who take nothing, and after they have left. `scripts/measure-memory` runs
//! this with a larger history and more sign-ins, also with another program, and shows the figures.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::time::Duration;

use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::desk::client;
use crate::cli::support::Place;

/// How many readers ask for the same large answer and take nothing of it.
const READERS: usize = 130;

/// The end of the history.
const END: &str = "2026-11-06T14:27:00Z";

/// How much is measured: extensions, days and sign-ins.
struct Size {
    extensions: &'static str,
    days: &'static str,
    sign_ins: usize,
}

/// The settings that `scripts/measure-memory` makes.
#[expect(
    clippy::disallowed_methods,
    reason = "a script says how much to measure, and of which program"
)]
fn said(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The size for a test, or the one that the script requests.
fn size() -> Size {
    if said("PRESENCE_MEASURE").is_some() {
        return Size {
            extensions: "200",
            days: "5",
            sign_ins: 10_000,
        };
    }
    Size {
        extensions: "40",
        days: "5",
        sign_ins: 200,
    }
}

/// A server that is measured.
struct Measured {
    child: Child,
    url: String,
    secret: String,
}

impl Measured {
    fn start(place: &Place, size: &Size) -> Self {
        let program = said("PRESENCE_PROGRAM");
        let command = |arguments: &[&str]| {
            let mut command = place.command(arguments);
            if let Some(program) = &program {
                command = std::process::Command::new(program);
                command
                    .env_clear()
                    .current_dir(place.path())
                    .args(arguments)
                    .stdin(Stdio::null());
            }
            command
        };
        let run = |arguments: &[&str]| {
            let ran = command(arguments).output().expect("the program can be run");
            assert!(ran.status.success(), "{arguments:?}: {ran:?}");
            String::from_utf8(ran.stdout).expect("it writes text")
        };
        let of = [
            "--extensions",
            size.extensions,
            "--days",
            size.days,
            "--end",
            END,
        ];
        run(&[
            &[
                "simulate",
                "--into",
                "sqlite:presence.db",
                "--seed",
                "7",
                "--quiet",
            ],
            &of[..],
        ]
        .concat());
        let secret = run(&["token", "create", "Measuring", "--scope", "read", "--quiet"]);
        let mut child = command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--require-token",
            "--quiet",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program can be run");
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("it was piped"))
            .read_line(&mut url)
            .expect("it says where it listens");
        Self {
            child,
            url: url.trim().to_owned(),
            secret: secret.trim().to_owned(),
        }
    }

    /// Its memory, in MiB.
    fn memory(&self) -> u64 {
        let file = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(file).expect("it is Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number: Option<u64> =
            line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect("it is a number") / 1_024
    }

    /// Requests a large answer and takes only its first bytes; returns the connection and the status.
    async fn begin(&self, path: &str) -> (TcpStream, String) {
        self.begin_with("1.1", path).await
    }

    /// The same with a version of HTTP.
    async fn begin_with(&self, version: &str, path: &str) -> (TcpStream, String) {
        let address = self.url.trim_start_matches("http://").trim_end_matches('/');
        let socket = TcpSocket::new_v4().expect("there are sockets");
        socket.set_recv_buffer_size(4_096).expect("it can be small");
        let address = address.parse().expect("an address");
        let mut stream = socket.connect(address).await.expect("it listens");
        let request = format!(
            "GET {path} HTTP/{version}\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
            self.secret
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is taken");
        let mut head = [0; 12];
        let read = stream.read_exact(&mut head);
        let read = tokio::time::timeout(Duration::from_mins(2), read).await;
        read.expect("it answers").expect("it goes on");
        let status = String::from_utf8_lossy(&head[9..]).into_owned();
        (stream, status)
    }

    async fn sign_in(&self, client: &Client) -> u16 {
        let request = client.post(format!("{}sign-in", self.url));
        let request = request.form(&[("token", self.secret.as_str())]);
        let answer = request.send().await.expect("an answer");
        answer.status().as_u16()
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A large answer is the same whether it is sent while it is computed or, where the client could not see its end,
/// afterwards; and it is not sent again to readers who have it.
async fn check_again(
    server: &Measured,
    client: &Client,
    path: &str,
    tag: &reqwest::header::HeaderValue,
    whole: &[u8],
) {
    let (mut stream, status) = server.begin_with("1.0", path).await;
    assert_eq!(status, "200");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("it is read");
    let end_of_head = rest.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let (head, body) = rest.split_at(end_of_head.expect("a head") + 4);
    let head = String::from_utf8_lossy(head).to_lowercase();
    assert!(
        head.contains(&format!("\r\ncontent-length: {}\r\n", whole.len())),
        "{head}"
    );
    assert!(body == whole, "the two differ");
    let known = client.get(format!("{}{}", server.url.trim_end_matches('/'), path));
    let known = known
        .bearer_auth(&server.secret)
        .header("if-none-match", tag);
    let known = known.send().await.expect("an answer");
    assert_eq!(
        (known.status().as_u16(), &known.headers()["etag"]),
        (304, tag)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_cost_little_memory() {
    let size = size();
    let place = Place::empty();
    let server = Measured::start(&place, &size);
    let path = "/api/v1/report?from=2026-11-02&to=2026-11-06&by=extension,hour";
    let client = client();
    let whole = client.get(format!("{}{}", server.url.trim_end_matches('/'), path));
    let whole = whole
        .bearer_auth(&server.secret)
        .send()
        .await
        .expect("an answer");
    assert_eq!(whole.status(), 200);
    let tag = whole.headers()["etag"].clone();
    let whole = whole.bytes().await.expect("a body");
    let bytes = whole.len();
    check_again(&server, &client, path, &tag, &whole).await;
    let before = server.memory();
    let mut worst = before;
    let mut readers = Vec::new();
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..READERS {
        let (stream, status) = server.begin(path).await;
        match status.as_str() {
            "200" => answered += 1,
            "503" => refused += 1,
            other => panic!("{other}"),
        }
        worst = worst.max(server.memory());
        readers.push(stream);
    }
    // A small question is still answered, except for an address that has all the connections it may have.
    let me = client.get(format!("{}healthz", server.url));
    assert_eq!(me.send().await.expect("an answer").status(), 200);
    let held = server.memory();
    drop(readers);
    for _ in 0..size.sign_ins {
        assert_eq!(server.sign_in(&client).await, 303);
        worst = worst.max(server.memory());
    }
    let after = server.memory();
    let told = format!(
        "an answer of {} KiB, {READERS} readers who take nothing: {answered} answered, {refused} refused; memory before \
         {before} MiB, with them {held} MiB, at the worst {worst} MiB, after them and {} sign-ins {after} MiB\n",
        bytes / 1_024,
        size.sign_ins
    );
    std::io::stderr()
        .write_all(told.as_bytes())
        .expect("it can be printed");
    if said("PRESENCE_PROGRAM").is_some() {
        return;
    }
    // All of their answers together would take far more than this.
    let answer = u64::try_from(bytes).expect("it is a size") / (1024 * 1024);
    assert!(answer >= 2, "{bytes} bytes are no large answer");
    let most = 64 + 20 * answer;
    assert!(worst < before + most, "{worst} MiB, and {before} before");
}
