//! A Postgres server for a single test: with passwords and certificates, and restarts.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::postgres::{Folder, Guard, connect, programs};
use super::{free_port, signal};
use sqlx::{AssertSqlSafe, Connection, query_as, raw_sql};

/// Clients that connect over the network need a password and TLS; `presence` has the password `secret`.
const WHO_ENTERS: &str = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

/// A server that listens on this computer alone, with a certificate for `localhost`; it ends when it is dropped.
pub(crate) struct OwnServer {
    /// The database `office`, which `presence` owns, over the network: without password, and without `?`.
    pub(crate) address: String,
    /// The same through a socket, which needs no password.
    pub(crate) local_address: String,
    pub(crate) port: u16,
    folder: PathBuf,
    _guard: Guard,
}

impl OwnServer {
    pub(crate) async fn start() -> Self {
        let folder = Folder::new();
        let path = folder.path().to_owned();
        run(
            &folder,
            &programs().join("initdb"),
            &[
                "-N",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C",
                "-D",
                "data",
            ],
        );
        run(
            &folder,
            Path::new("/usr/bin/openssl"),
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-keyout",
                "server.key",
                "-out",
                "server.crt",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
            ],
        );
        fs::write(path.join("data/pg_hba.conf"), WHO_ENTERS).expect("it is written");
        let port = free_port();
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{0}'\nfsync = off\n\
             ssl = on\nssl_cert_file = '{0}/server.crt'\nssl_key_file = '{0}/server.key'\n",
            path.display()
        );
        fs::write(path.join("data/postgresql.auto.conf"), settings).expect("it is written");
        // Whatever ends the server, the script starts it again, until the folder is gone.
        let mut server = folder.command(Path::new("/bin/sh"));
        let script = format!(
            "while [ -d data ]; do if [ -e paused ]; then sleep 0.05; else {}/postgres -D data; fi; done",
            programs().display()
        );
        server.args(["-c", &script]);
        let guard = Guard::start(&server, folder, "ready to accept connections", "KILL");
        let socket = path.display().to_string().replace('/', "%2F");
        let own = Self {
            address: format!("postgres://presence@localhost:{port}/office"),
            local_address: format!("postgres://presence@{socket}:{port}/office"),
            port,
            folder: path,
            _guard: guard,
        };
        let mut connection =
            connect(&format!("postgres://postgres@{socket}:{port}/postgres")).await;
        for statement in [
            "create role presence login password 'secret'",
            "create database office owner presence",
        ] {
            raw_sql(statement)
                .execute(&mut connection)
                .await
                .expect("a superuser may");
        }
        connection.close().await.expect("it closes");
        own
    }

    /// The certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("server.crt")
    }

    fn process(&self) -> Option<String> {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        file.lines().next().map(str::to_owned)
    }

    /// The rows of a statement in a schema of `office`, each a text and a number.
    pub(crate) async fn query(&self, schema: &str, statement: &str) -> Vec<(String, i64)> {
        let mut connection = connect(&self.local_address).await;
        raw_sql(AssertSqlSafe(format!("set search_path to {schema}")))
            .execute(&mut connection)
            .await
            .expect("there is that schema");
        let rows = query_as(AssertSqlSafe(statement.to_owned()));
        let rows = rows.fetch_all(&mut connection).await.expect("it answers");
        connection.close().await.expect("it closes");
        rows
    }

    /// Stops the server, until [`Self::resume`].
    pub(crate) fn pause(&self) {
        fs::write(self.folder.join("paused"), "").expect("it is written");
        if let Some(process) = self.process() {
            signal("QUIT", &process);
        }
    }

    /// Lets it start again.
    pub(crate) fn resume(&self) {
        fs::remove_file(self.folder.join("paused")).expect("it was paused");
    }

    /// Kills the server as `kill -9` does; it starts again, and recovers.
    pub(crate) fn crash(&self) {
        let before = self.process();
        if let Some(process) = &before {
            signal("KILL", process);
        }
        loop {
            let now = self.process();
            if now.is_some() && now != before {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends all connections and starts the server again; does not wait until it accepts connections.
    pub(crate) fn restart(&self) {
        let before = self.process().expect("it runs");
        signal("INT", &before);
        while self.process().is_none_or(|now| now == before) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // The script must not start it again.
        let process = self.process();
        fs::rename(self.folder.join("data"), self.folder.join("ended")).ok();
        if let Some(process) = process {
            signal("QUIT", &process);
        }
    }
}

fn run(folder: &Folder, program: &Path, arguments: &[&str]) {
    let made = folder.command(program).args(arguments).output();
    let made =
        made.unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
    assert!(made.status.success(), "{made:?}");
}
