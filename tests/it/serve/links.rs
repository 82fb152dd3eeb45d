//! The first sign-in: the link that the server prints, and the socket of its owner.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::desk::{Answer, Desk, client};
use crate::cli::support::{NOW, Place};
use crate::support::signal;

/// The link with a secret.
fn link(secret: &str) -> String {
    format!("/sign-in/link?code={secret}")
}

fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    set.split(';').next().unwrap_or_default().to_owned()
}

async fn with_cookie(desk: &Desk, path: &str, cookie: &str) -> Answer {
    let request = desk.client.get(desk.url(path)).header("cookie", cookie);
    desk.sent(request).await
}

#[tokio::test]
async fn the_first_reader_who_opens_the_link_is_signed_in() {
    let desk = Desk::guarded().await;
    let secret = desk.state.new_link().expect("there is randomness");
    // A request that only fetches ahead does not use the link up.
    let head = desk.sent(desk.client.head(desk.url(&link(&secret)))).await;
    assert_eq!((head.status, head.header("set-cookie")), (204, ""));
    let ahead = desk.client.get(desk.url(&link(&secret)));
    let ahead = desk
        .sent(ahead.header("sec-purpose", "prefetch;prerender"))
        .await;
    assert_eq!((ahead.status, ahead.header("set-cookie")), (204, ""));
    let answer = desk.get(&link(&secret)).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"));
    let set = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains(&secret), "{set}");
    let own = cookie(&answer);
    let me = with_cookie(&desk, "/api/v1/me", &own).await.json();
    assert_eq!(me["scopes"], serde_json::json!(["read"]), "{me}");
    assert_eq!(with_cookie(&desk, "/people", &own).await.status, 200);
    // The link works once: later readers get a hint how to sign in.
    let late = desk.get(&link(&secret)).await;
    assert_eq!((late.status, late.header("set-cookie")), (401, ""));
    for hint in ["presence serve", "presence token create"] {
        assert!(late.body.contains(hint), "{}", late.body);
    }
    // A new link replaces the one before.
    let [old, new] = [(); 2].map(|()| desk.state.new_link().expect("there is randomness"));
    assert_eq!(desk.get(&link(&old)).await.status, 401);
    assert_eq!(desk.get(&link(&new)).await.status, 303);
    for wrong in ["", "x", &secret] {
        assert_eq!(desk.get(&link(wrong)).await.status, 401, "{wrong}");
    }
    assert_eq!(desk.get("/sign-in/link").await.status, 401);
}

#[tokio::test]
async fn anyone_who_guesses_links_must_wait() {
    let desk = Desk::guarded().await;
    for _ in 0..10 {
        assert_eq!(desk.get(&link("x")).await.status, 401);
    }
    let secret = desk.state.new_link().expect("there is randomness");
    assert_eq!(desk.get(&link(&secret)).await.status, 429);
}

/// A server as a command, and what it has printed on standard error so far.
struct Served {
    child: Child,
    url: String,
    told: String,
}

impl Served {
    /// Starts it and reads its output, up to a line with `last`.
    fn start(mut command: Command, last: &str) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let line = |reader: &mut dyn BufRead| {
            let mut line = String::new();
            let count = reader.read_line(&mut line).expect("it speaks");
            assert!(count > 0, "it ended");
            line
        };
        let mut stdout = BufReader::new(child.stdout.take().expect("it was piped"));
        let url = line(&mut stdout).trim().to_owned();
        let mut stderr = BufReader::new(child.stderr.take().expect("it was piped"));
        let mut told = String::new();
        while !told.contains(last) {
            told.push_str(&line(&mut stderr));
        }
        Self { child, url, told }
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
async fn the_command_prints_the_link() {
    let place = Place::with_history();
    let line = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--prefix",
        "/office",
        "--now",
        NOW,
    ];
    let served = Served::start(place.command(&line), "?code=");
    let printed = served
        .told
        .split_whitespace()
        .find(|word| word.contains("?code="));
    let printed = printed.expect("there is a link");
    assert!(printed.starts_with(&served.url), "{printed} {}", served.url);
    let get = async |url: &str| {
        let answer = client().get(url).send().await.expect("an answer");
        Answer::of(answer).await
    };
    assert_eq!(get(&format!("{}api/v1/now", served.url)).await.status, 401);
    let answer = get(printed).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/office/")
    );
    let request = client().get(format!("{}api/v1/now", served.url));
    let request = request.header("cookie", cookie(&answer));
    let read = Answer::of(request.send().await.expect("an answer")).await;
    assert_eq!(read.body, place.ask(&["now", "--format", "json"]).answer());
    assert_eq!(get(printed).await.status, 401);
    // The access log names the reader.
    let log = place.run(&["access-log", "--format", "csv"]).answer();
    assert!(log.contains(",local,"), "{log}");
}

#[test]
fn open_is_refused_where_it_would_be_unsafe() {
    let place = Place::with_history();
    place.write("proxy.toml", "[serve]\ntrusted_proxies = [\"127.0.0.1\"]\n");
    place.write(
        "public.toml",
        "[serve]\npublic_url = \"https://presence.example.com\"\n",
    );
    place.write("strict.toml", "[serve]\nrequire_token = true\n");
    for (line, expected) in [
        (
            &["--listen", "0.0.0.0:0"][..],
            "an address of this computer",
        ),
        (&["--listen", "unix:x"], "for its owner"),
        (&["--require-token"], "--require-token"),
        (&["--config", "proxy.toml"], "proxy"),
        (&["--config", "public.toml"], "proxy"),
        (&["--config", "strict.toml"], "require_token"),
    ] {
        let ran = place.run(&[&["serve", "--open"], line].concat());
        assert_eq!(ran.code, Some(2), "{line:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[cfg(unix)]
mod socket {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::path::Path;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;

    use super::*;

    async fn asked(path: &Path, lines: &str) -> String {
        let mut stream = UnixStream::connect(path).await.expect("it listens");
        let text = format!("{lines}Host: localhost\r\nConnection: close\r\n\r\n");
        stream
            .write_all(text.as_bytes())
            .await
            .expect("it is taken");
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        let read = tokio::time::timeout(Duration::from_mins(1), read).await;
        read.expect("the connection is closed").expect("it is text");
        answer
    }

    fn private(place: &Place, name: &str, mode: u32) -> std::path::PathBuf {
        let folder = place.path().join(name);
        std::fs::create_dir(&folder).expect("it can be made");
        let rights = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&folder, rights).expect("it is ours");
        folder
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn its_owner_reads_without_a_token() {
        let place = Place::with_history();
        let folder = private(&place, "run", 0o755);
        let socket = folder.join("http");
        let listen = format!("unix:{}", socket.display());
        let line = ["serve", "--listen", &listen, "--now", NOW];
        let mut served = Served::start(place.command(&line), "Serving");
        assert_eq!(served.url, listen);
        assert!(!served.told.contains("?code="), "{}", served.told);
        let about = std::fs::metadata(&socket).expect("it is there");
        assert_eq!(about.mode() & 0o777, 0o600);
        let answer = asked(&socket, "GET /api/v1/now HTTP/1.1\r\n").await;
        assert!(answer.contains("200 OK"), "{answer}");
        let told = place.ask(&["now", "--format", "json"]).answer();
        assert!(answer.ends_with(&told), "{answer}");
        let metrics = asked(&socket, "GET /metrics HTTP/1.1\r\n").await;
        assert!(metrics.contains("200 OK"), "{metrics}");
        for (lines, expected) in [
            // A proxy of the same user passes on requests of others.
            (
                "GET /api/v1/now HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9\r\n",
                "401 ",
            ),
            ("GET /api/v1/now HTTP/1.0\r\n", "401 "),
            // Changing the store needs a token.
            (
                "POST /api/v1/import HTTP/1.1\r\nContent-Length: 0\r\n",
                "401 ",
            ),
        ] {
            let answer = asked(&socket, lines).await;
            let status = answer.get(9..13).unwrap_or_default();
            assert_eq!(status, expected, "{lines}: {answer}");
        }
        // A second server does not replace one that is running, but the socket of a killed one can be used again.
        let ran = place.run(&line);
        assert_eq!(ran.code, Some(1));
        assert!(
            ran.stderr.contains("another program listens there"),
            "{}",
            ran.stderr
        );
        served.child.kill().expect("it runs");
        served.child.wait().expect("it ends");
        assert!(socket.exists());
        let mut again = Served::start(place.command(&line), "Serving");
        let answer = asked(&socket, "GET /api/v1/me HTTP/1.1\r\n").await;
        assert!(answer.contains("200 OK"), "{answer}");
        signal("TERM", again.child.id());
        assert_eq!(again.child.wait().expect("it ends").code(), Some(0));
        assert!(!socket.exists(), "it is removed at the end");
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let place = Place::with_history();
        for mode in [0o777, 0o1777, 0o775] {
            let folder = private(&place, &format!("shared{mode:o}"), mode);
            let listen = format!("unix:{}", folder.join("http").display());
            let ran = place.run(&["serve", "--listen", &listen]);
            assert_eq!(ran.code, Some(1), "{mode:o}");
            assert!(ran.stderr.contains("others may write"), "{}", ran.stderr);
        }
        let file = place.write("file", "keep me");
        let rights = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(place.path(), rights).expect("it is ours");
        let ran = place.run(&["serve", "--listen", &format!("unix:{}", file.display())]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains("no socket"), "{}", ran.stderr);
        assert_eq!(
            std::fs::read_to_string(file).expect("it is there"),
            "keep me"
        );
    }
}
