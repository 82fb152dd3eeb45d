//! A home in which questions are asked: the program, its servers, and a store that the program made.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use reqwest::{Client, Response};
use tokio::runtime::Runtime;

use super::answers::{Part, Written};
use super::questions::{NOW, Question, Request, chosen, filled, folder, of_store, read};
use presence_server::access::digest_of;
use presence_store::{Durability, NewToken, OpenMode, TokenKind, open_all};

use crate::cli::support::{Place, Ran};
use crate::serve::command::Served;
use crate::serve::desk::client;
use crate::support::postgres;

/// A token of the right form that was given to nobody.
const NOBODY: &str = "presence_0000000000000000000000000000000000000000000000000000000000000000";

/// The location of the store, relative to the home.
const FILE: &str = "sqlite:presence.db";

/// Headers that vary from run to run, or that say nothing about an answer.
const VARYING: [&str; 3] = ["date", "content-length", "transfer-encoding"];

pub(super) struct Home {
    place: Place,
    store: String,
    values: Vec<(&'static str, String)>,
    tokens: HashMap<String, String>,
    servers: Option<[Served; 2]>,
    client: Client,
    runtime: Runtime,
}

impl Home {
    /// A home, and the store NAME of `tests/corpus/stores.txt` in `location`.
    fn with_store(name: &str, location: String, runtime: Runtime) -> Self {
        let account = of_store(name, "account").concat();
        let home = Self {
            place: Place::empty(),
            values: vec![
                ("account", account),
                ("root", env!("CARGO_MANIFEST_DIR").to_owned()),
                ("store", location.clone()),
            ],
            store: location,
            tokens: HashMap::new(),
            servers: None,
            client: client(),
            runtime,
        };
        for entry in fs::read_dir(folder().join("home")).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name");
            let content = fs::read_to_string(&path).expect("it is text");
            home.place.write(name, &home.filled(&content));
        }
        for line in of_store(name, "make") {
            home.must_run(&shlex::split(&home.filled(&line)).expect("its quotes are closed"));
        }
        home
    }

    /// A home with a store in a file.
    pub(super) fn with_file(name: &str) -> Self {
        Self::with_store(name, FILE.to_owned(), runtime())
    }

    /// A home with a store in a database of Postgres.
    pub(super) fn with_database(name: &str) -> Self {
        let runtime = runtime();
        let database = runtime.block_on(postgres::new_database());
        Self::with_store(name, database, runtime)
    }

    /// Creates the tokens of the corpus.
    pub(super) fn with_tokens(mut self) -> Self {
        let text = self.filled(&read("tokens.txt"));
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for (number, line) in (1..).zip(lines) {
            let mut words = line.split(" | ").map(str::to_owned);
            let name = words.next().unwrap_or_default();
            // The secret is the same in each run: the positions that a reader is shown depend on it.
            let secret = format!("presence_{number:064x}");
            let token = NewToken {
                kind: TokenKind::Token,
                name: name.clone(),
                scopes: words.collect(),
                account_id: self.value("account").parse().ok(),
                parent_id: None,
                digest: digest_of(&secret).expect("it has the form of one"),
                created_at: NOW.parse().expect("a moment"),
                expires_at: None,
            };
            self.runtime.block_on(self.keep(token));
            self.tokens.insert(name, secret);
        }
        self.tokens.insert("nobody".to_owned(), NOBODY.to_owned());
        self.servers = Some(["--open", "--require-token"].map(|flag| {
            let mut command = self.command(&[
                "serve",
                "--listen",
                "127.0.0.1:0",
                flag,
                "--now",
                NOW,
                "--quiet",
            ]);
            command.env("PRESENCE_STORE", &self.store);
            Served::start(command)
        }));
        self
    }

    /// The part of the log that was known at noon before the last day.
    pub(super) fn with_part_of_log(mut self) -> Self {
        let account = self.value("account").to_owned();
        let question = [
            "--now",
            NOW,
            "coverage",
            "--as-known-at",
            "2026-11-02T12:00Z",
            "--from",
            "2026-11-02",
            "--to",
            "2026-11-03",
            "--format",
            "json",
            "--account",
            &account,
        ];
        let answer = self.must_run(&question.map(str::to_owned)).stdout;
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("it is JSON");
        for (name, key) in [("position", "position"), ("snapshot", "snapshot_no")] {
            self.values.push((name, answer["as_of"][key].to_string()));
        }
        self
    }

    async fn keep(&self, token: NewToken) {
        let path = self.place.path().display();
        let location = self
            .store
            .replace(FILE, &format!("sqlite:{path}/presence.db"));
        let opened = open_all(&location, OpenMode::Existing, Durability::Relaxed).await;
        let opened = opened.expect("it opens");
        opened.access.create_token(token).await.expect("it is kept");
        opened.history.close().await;
    }

    fn value(&self, name: &str) -> &str {
        let mut values = self.values.iter();
        values
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    }

    fn filled(&self, text: &str) -> String {
        let values: Vec<(&str, &str)> = self
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        filled(text, &values)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command
            .env("HOME", self.place.path())
            .env("COLUMNS", "120")
            .env("PRESENCE_STORE", &self.store);
        command
    }

    fn must_run(&self, arguments: &[String]) -> Ran {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = Ran::from_command(&mut self.command(&words));
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        ran
    }

    /// Asks lists of questions, in order; returns each question with its result.
    pub(super) fn ask(&self, lists: &[&str]) -> Vec<(String, Written)> {
        let values: Vec<(&str, &str)> = self
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let questions = lists.iter().flat_map(|list| chosen(list, &values));
        questions
            .map(|line| {
                let answer = match Question::parse(&line) {
                    Question::Program {
                        variables,
                        arguments,
                    } => self.run(&variables, &arguments),
                    Question::Server(request) => self.runtime.block_on(self.send(&request)),
                };
                (line, answer)
            })
            .collect()
    }

    fn run(&self, variables: &[(String, String)], arguments: &[String]) -> Written {
        let out = self.place.path().join("out");
        fs::create_dir_all(&out).expect("a folder can be made");
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = self
            .command(&words)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("the program can be run");
        let code = output
            .status
            .code()
            .map_or("none".to_owned(), |code| code.to_string());
        let mut written = Written::new(format!("exit code {code}"));
        written.push(&self.part("out", &output.stdout));
        written.push(&self.part("err", &output.stderr));
        for file in files(&out) {
            let content = fs::read(&file).expect("it was written");
            let name = file
                .strip_prefix(&out)
                .expect("it lies in the folder")
                .display();
            written.push(&self.part(&format!("file {name}"), &content));
        }
        fs::remove_dir_all(&out).expect("the folder is ours");
        written
    }

    /// A part of an answer, without what is specific to this home.
    fn part(&self, name: &str, content: &[u8]) -> Part {
        let Ok(text) = std::str::from_utf8(content) else {
            return Part::of_bytes(name, content);
        };
        let path = self.place.path().display().to_string();
        // The server of the tests runs without fsync.
        let lines = text.split_inclusive('\n');
        let text: String = lines.filter(|line| !line.contains(" fsync=off")).collect();
        let text = text
            .replace(&self.store, "(the store)")
            .replace(&path, "(here)");
        Part::of_text(name, &text)
    }

    async fn send(&self, request: &Request) -> Written {
        let first = self.response(request, None).await;
        let tag = first.headers().get("etag").cloned();
        let mut written = self.answer("", first).await;
        if request.is_repeated {
            let tag = tag
                .as_ref()
                .and_then(|tag| tag.to_str().ok())
                .unwrap_or_default();
            let again = self.response(request, Some(tag)).await;
            written.append(self.answer("again: ", again).await);
        }
        written
    }

    async fn response(&self, request: &Request, tag: Option<&str>) -> Response {
        let servers = self.servers.as_ref().expect("there are servers");
        let url = &servers[usize::from(request.is_guarded)].url;
        let url = format!("{}{}", url.trim_end_matches('/'), request.path);
        let mut sent = self.client.request(request.method.clone(), url);
        if !request.headers.iter().any(|(name, _)| name == "Host") {
            sent = sent.header("host", "localhost");
        }
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        if let Some(tag) = tag {
            sent = sent.header("if-none-match", tag);
        }
        if let Some(name) = &request.token {
            sent = sent.bearer_auth(&self.tokens[name]);
        }
        if let Some(name) = &request.body {
            let body = fs::read(self.place.path().join(name)).expect("the home has it");
            sent = sent
                .header("content-type", "application/x-ndjson")
                .body(body);
        }
        sent.send().await.expect("an answer")
    }

    async fn answer(&self, begin: &str, response: Response) -> Written {
        let mut written = Written::new(format!("{begin}status {}", response.status().as_u16()));
        let mut headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .filter(|(name, _)| !VARYING.contains(&name.as_str()))
            .map(|(name, value)| {
                (
                    name.to_string(),
                    value.to_str().expect("it is text").to_owned(),
                )
            })
            .collect();
        headers.sort();
        let is_compressed = headers.iter().any(|(name, _)| name == "content-encoding");
        written.set_headers(&headers);
        let bytes = response.bytes().await.expect("a body");
        let mut body = Vec::new();
        if is_compressed {
            GzDecoder::new(&bytes[..])
                .read_to_end(&mut body)
                .expect("it is compressed");
        } else {
            body.extend_from_slice(&bytes);
        }
        written.push(&self.part("body", &body));
        written
    }
}

fn runtime() -> Runtime {
    Runtime::new().expect("there are threads")
}

/// All files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    let below = paths.into_iter().flat_map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    below.collect()
}
