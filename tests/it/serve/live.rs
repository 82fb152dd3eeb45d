//! A demonstration that goes on: its office, a collector and a server, until it is stopped.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, query_scalar};

use super::desk::{Answer, client};
use crate::cli::support::Place;
use crate::support::signal;

/// A running demonstration, ended when it is dropped.
struct Live(Child);

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first line that begins with the address of a server on this computer.
fn address(output: impl Read) -> String {
    let lines = BufReader::new(output).lines();
    let mut lines = lines.map(|line| line.expect("it is text").trim().to_owned());
    let found = lines.find(|line| line.starts_with("http://127.0.0.1:"));
    found.expect("it says where it is")
}

/// The holder of a store's lease.
async fn holder(place: &Place) -> Option<String> {
    let options = SqliteConnectOptions::new().filename(place.path().join("demo.db"));
    let mut connection = options.read_only(true).connect().await.ok()?;
    let holder: Option<String> = query_scalar("select holder from lease")
        .fetch_one(&mut connection)
        .await
        .ok()?;
    holder
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_the_office_to_anyone_who_has_the_link_until_it_is_told_to_stop() {
    let place = Place::empty();
    // The configuration is for another server.
    place.write(
        "presence.toml",
        "[serve]\nprefix = \"/elsewhere\"\nrequire_token = true\n",
    );
    let words =
        "demo --live --listen 127.0.0.1:0 --extensions 12 --days 1 --interval 5m".split(' ');
    let mut command = place.command(&words.collect::<Vec<_>>());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut office = Live(command.spawn().expect("it runs"));
    let mut stdout = office.0.stdout.take().expect("it was piped");
    let mut stderr = office.0.stderr.take().expect("it was piped");
    let (url, link) = (address(&mut stdout), address(&mut stderr));
    assert!(link.starts_with(&url), "{link} is of {url}");
    let stranger = client().get(format!("{url}api/v1/now")).send().await;
    assert_eq!(Answer::of(stranger.expect("an answer")).await.status, 401);
    let entered = Answer::of(client().get(link).send().await.expect("an answer")).await;
    let cookie = entered.header("set-cookie").split(';').next();
    let cookie = cookie.unwrap_or_default().to_owned();
    let asked = client()
        .get(format!("{url}api/v1/now"))
        .header("cookie", cookie);
    let now = Answer::of(asked.send().await.expect("an answer")).await;
    let everybody = now.json();
    let everybody = everybody.as_array().expect("it is a list");
    assert!(everybody.len() > 5 && everybody.iter().all(|one| one["status"] != "unknown"));
    while holder(&place).await.as_deref() != Some("presence demo") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    signal("TERM", office.0.id());
    assert_eq!(office.0.wait().expect("it ends").code(), Some(0));
    assert_eq!(holder(&place).await, None, "the lease is given up");
}
