//! A server with a small history, and a client that asks it.

use std::io::Cursor;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Once};

use presence_answers::Settings;
use presence_answers::common::CommonFields;
use presence_answers::format::FormatWord;
use presence_clock::SystemClock;
use presence_collector::operations::{self, Operations};
use presence_config::Config;
use presence_model::time::Timestamp;
use presence_recording::import::{Importer, Input};
use presence_server::access::{Provider, SystemRandom, digest_of, new_secret};
use presence_server::prefix::Prefix;
use presence_server::state::{AppState, ServerParts};
use presence_server::{router, transport};
use presence_store::{Durability, NewToken, OpenMode, Opened, TokenKind, open_all};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::support::{NOW, history};
use crate::support::postgres::new_database;

/// A server.
pub(super) struct Desk {
    pub(super) location: String,
    pub(super) address: SocketAddr,
    pub(super) opened: Opened,
    pub(super) client: Client,
    pub(super) state: AppState,
    prefix: String,
    stop: CancellationToken,
    _folder: Option<TempDir>,
}

/// The additional account of [`Holds::TwoAccounts`].
pub(super) const OTHER_ACCOUNT: &str = "5";

/// The database that holds the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum On {
    #[default]
    Sqlite,
    Postgres,
}

/// How a server is started.
#[derive(Default)]
pub(super) struct Wishes {
    pub(super) on: On,
    pub(super) requires_token: bool,
    pub(super) prefix: &'static str,
    pub(super) trusts_proxy: bool,
    pub(super) public_encrypted: bool,
    pub(super) provider: Option<Provider>,
    pub(super) config: Config,
    pub(super) holds: Holds,
}

/// What a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Holds {
    /// The small history of one account.
    #[default]
    OneAccount,
    /// And another account's.
    TwoAccounts,
    /// Nothing.
    Nothing,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) async fn of(response: Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.expect("a body"),
        }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("it is text"))
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The status of a problem, its code and the parameter that it names.
    #[track_caller]
    pub(super) fn problem(&self) -> (u16, String, Option<String>) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert!(
            body["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty())
        );
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        (
            self.status,
            text("code").expect("a code"),
            text("parameter"),
        )
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a plain client, which shares no code with the program's"
)]
pub(crate) fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of this binary may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder()
        .no_proxy()
        .no_gzip()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client without special settings")
}

/// The present moment of the tests.
pub(super) fn now() -> Timestamp {
    NOW.parse().expect("a moment")
}

impl Desk {
    /// A server that lets anyone on this computer read without a token.
    pub(super) async fn open() -> Self {
        Self::start(Wishes::default()).await
    }

    /// A server that asks for tokens.
    pub(super) async fn guarded() -> Self {
        Self::start(Wishes {
            requires_token: true,
            ..Wishes::default()
        })
        .await
    }

    pub(super) async fn start(wishes: Wishes) -> Self {
        let (location, folder) = if wishes.on == On::Postgres {
            (new_database().await, None)
        } else {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let file = folder.path().join("presence.db");
            (format!("sqlite:{}", file.display()), Some(folder))
        };
        let opened = open_all(&location, OpenMode::Create, Durability::Relaxed).await;
        let opened = opened.expect("it opens");
        if wishes.holds != Holds::Nothing {
            import(&opened, history()).await;
        }
        if wishes.holds == Holds::TwoAccounts {
            import(&opened, sweep_at_other_account(1)).await;
        }
        Self::serve(wishes, location, opened, folder).await
    }

    /// Another server on the same store with another configuration, as after a restart.
    pub(super) async fn restarted(&self, config: Config) -> Self {
        let wishes = Wishes {
            config,
            ..Wishes::default()
        };
        Self::serve(wishes, self.location.clone(), self.opened.clone(), None).await
    }

    async fn serve(
        wishes: Wishes,
        location: String,
        opened: Opened,
        folder: Option<TempDir>,
    ) -> Self {
        let common = CommonFields {
            now: Some(NOW.parse().expect("a time")),
            ..CommonFields::default()
        };
        let config = wishes.config;
        let settings = Settings::resolve(&common, FormatWord::Table, &config, &SystemClock);
        let settings = settings.expect("they are right");
        let stop = CancellationToken::new();
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let state = AppState::new(ServerParts {
            store: opened.clone().into(),
            recording: opened.history.clone(),
            config,
            settings,
            shown_store: location.clone(),
            clock: Arc::new(SystemClock),
            prefix: Prefix::parse(wishes.prefix).expect("a prefix"),
            open: !wishes.requires_token,
            random: Arc::new(SystemRandom),
            trusted_proxies: if wishes.trusts_proxy {
                vec![loopback]
            } else {
                Vec::new()
            },
            public_encrypted: wishes.public_encrypted,
            provider: wishes.provider,
            now: Some(now()),
            stop: stop.clone(),
        });
        state.bind().await.expect("the store works");
        let listener = TcpListener::bind((loopback, 0))
            .await
            .expect("there is a free port");
        let address = listener.local_addr().expect("it listens");
        let served = stop.clone();
        let operating = Operations::new(Arc::clone(state.history()), Arc::clone(state.clock()));
        let routes = router(state.clone(), operations::router(Arc::new(operating)));
        tokio::spawn(async move {
            transport::serve(listener, None, routes, &served).await;
        });
        Self {
            location,
            address,
            opened,
            client: client(),
            state,
            prefix: wishes.prefix.to_owned(),
            stop,
            _folder: folder,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{}{path}", self.address, self.prefix)
    }

    pub(super) async fn sent(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.expect("an answer")).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.sent(self.client.get(self.url(path))).await
    }

    pub(super) async fn get_with(&self, path: &str, secret: &str) -> Answer {
        self.sent(self.client.get(self.url(path)).bearer_auth(secret))
            .await
    }

    /// Makes a token; returns its number and secret.
    pub(super) async fn token(&self, name: &str, scopes: &[&str]) -> (i64, String) {
        self.token_until(name, scopes, None).await
    }

    pub(super) async fn token_until(
        &self,
        name: &str,
        scopes: &[&str],
        expires_at: Option<Timestamp>,
    ) -> (i64, String) {
        let secret = new_secret().expect("there is randomness");
        let token = NewToken {
            kind: TokenKind::Token,
            name: name.to_owned(),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            account_id: None,
            parent_id: None,
            digest: digest_of(&secret).expect("it is one"),
            created_at: now().plus_ms(-3_600_000),
            expires_at,
        };
        let row = self.opened.access.create_token(token).await;
        (row.expect("it is kept").token_id, secret)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A sweep of the other account, with one extension.
pub(super) fn sweep_at_other_account(minute: u32) -> String {
    let busy = [(1001, serde_json::json!({"presenceStatus": "Busy"}))];
    let line = crate::cli::support::sweep(OTHER_ACCOUNT, minute, &busy);
    format!("{line}\n")
}

/// Records sweeps.
pub(super) async fn import(opened: &Opened, lines: String) {
    let mut importer = Importer::new(opened.history.clone(), Arc::new(SystemClock));
    let input = Input {
        name: "the history".to_owned(),
        byte_count: None,
        reader: Cursor::new(lines.into_bytes()),
    };
    let ended = importer.import(input, &mut |_| {}).await;
    ended.expect("the lines are right");
}
