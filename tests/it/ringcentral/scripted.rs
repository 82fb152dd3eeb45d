//! A server that gives scripted answers, byte by byte, and remembers what it received.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How one request is answered.
#[derive(Clone)]
pub(super) enum Step {
    /// These bytes; then the connection ends.
    Raw(String),
    /// These bytes as a compressed body.
    Gzip(&'static [u8]),
    /// A body that never ends.
    Endless,
    /// No answer: the connection ends.
    Reset,
    /// Half of a body, and then nothing.
    Hang,
}

/// A whole response with this status, these header lines, and this body.
pub(super) fn response(status: &str, headers: &str, body: &str) -> Step {
    Step::Raw(format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    ))
}

pub(super) fn json(body: &str) -> Step {
    response("200 OK", "Content-Type: application/json\r\n", body)
}

/// One request as it arrived: the head and the body.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) head: String,
    pub(super) body: String,
}

impl Request {
    pub(super) fn is_login(&self) -> bool {
        self.head.starts_with("POST /restapi/oauth/token ")
    }
}

#[derive(Default)]
struct Script {
    logins: VecDeque<Step>,
    answers: VecDeque<Step>,
    received: Vec<Request>,
    tokens: usize,
}

/// A server on loopback. It answers logins with `token-1`, `token-2`, … unless the script says otherwise.
#[derive(Clone)]
pub(super) struct Server {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Server {
    pub(super) async fn start(answers: Vec<Step>) -> Self {
        Self::with_logins(Vec::new(), answers).await
    }

    pub(super) async fn with_logins(logins: Vec<Step>, answers: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has free ports");
        let server = Self {
            address: listener.local_addr().expect("it listens"),
            script: Arc::new(Mutex::new(Script {
                logins: logins.into(),
                answers: answers.into(),
                ..Script::default()
            })),
        };
        let script = Arc::clone(&server.script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&script)));
            }
        });
        server
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn received(&self) -> Vec<Request> {
        self.script
            .lock()
            .expect("no test panics in it")
            .received
            .clone()
    }

    /// The requests that were no logins.
    pub(super) fn questions(&self) -> Vec<Request> {
        let mut received = self.received();
        received.retain(|request| !request.is_login());
        received
    }

    pub(super) fn logins(&self) -> Vec<Request> {
        let mut received = self.received();
        received.retain(Request::is_login);
        received
    }
}

async fn answer(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    let step = {
        let mut script = script.lock().expect("no test panics in it");
        script.received.push(request.clone());
        if request.is_login() {
            script.tokens += 1;
            let token = format!(
                r#"{{"access_token":"token-{}","token_type":"bearer","expires_in":3600}}"#,
                script.tokens
            );
            script.logins.pop_front().unwrap_or_else(|| json(&token))
        } else {
            script.answers.pop_front().unwrap_or(Step::Reset)
        }
    };
    perform(stream, step).await;
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut received = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        let count = stream
            .read(&mut chunk)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        received.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .filter_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")
                    .map(str::to_owned)
            })
            .find_map(|value| value.trim().parse::<usize>().ok())
            .unwrap_or(0);
        if body.len() >= length {
            return Some(Request {
                head: head.to_owned(),
                body: body.to_owned(),
            });
        }
    }
}

async fn perform(mut stream: TcpStream, step: Step) {
    match step {
        Step::Raw(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
        }
        Step::Gzip(packed) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                packed.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(packed).await;
        }
        Step::Reset => {
            stream.set_zero_linger().expect("a socket has options");
        }
        Step::Hang => {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"records\":[";
            let _ = stream.write_all(head.as_bytes()).await;
            std::future::pending::<()>().await;
        }
        Step::Endless => {
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[";
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&[b' '; 1_024]).await.is_ok() {}
        }
    }
}
