//! `presence serve`.

use std::net::IpAddr;
use std::sync::Arc;

use clap::Parser;
use presence_collector::operations::{self, Operations};
use tokio_util::sync::CancellationToken;

use presence_config::Config;
use presence_ringcentral::install_tls;
use presence_server::access::{
    Grants, LINK_MS, LINK_PATH, Provider, ProviderConfig, Scope, SystemRandom,
};
use presence_server::encryption::Encryption;
use presence_server::listen::{ListenAddress, Listener};
use presence_server::prefix::Prefix;
use presence_server::router;
use presence_server::state::{AppState, ServerParts};
use presence_server::transport::Door;
use presence_store::{OpenMode, Opened, TokenKind};

use super::args::{Cli, CollectArgs, CollectingArgs, Command, ServeArgs};
use super::exit::{Failure, usage_sentence};
use super::output::{Notes, to_stderr};
use super::session::Session;
use super::{collect, stop};

/// Answers over HTTP until it is told to stop.
pub(super) async fn run(session: &mut Session, args: &ServeArgs) -> Result<(), Failure> {
    let chosen = Chosen::resolve(&session.asker.config, args)?;
    let encryption = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(
            Encryption::open(certificate, key)
                .map(Arc::new)
                .map_err(|error| Failure::failed(format!("TLS cannot be set up: {error}")))?,
        ),
        _ => None,
    };
    let stop = stop::on_signal()
        .map_err(|error| Failure::failed(format!("signals cannot be received: {error}")))?;
    let mode = if args.collect {
        OpenMode::Create
    } else {
        OpenMode::Existing
    };
    let opened = session.opened(mode).await?;
    check_access(session, &chosen, &opened).await?;
    let listener = Listener::bind(&chosen.listen).await.map_err(|error| {
        Failure::failed(format!(
            "cannot listen on {}: {error}; choose another address with --listen",
            chosen.listen
        ))
    })?;
    let server = Server {
        chosen,
        encryption,
        stop,
        opened,
        listener,
    };
    let serving = server.announce(session).await?;
    if args.collect {
        let stop = serving.stop.clone();
        let collecting = collecting(session, &args.collecting, &stop);
        let (ended, ()) = tokio::join!(collecting, serving.serve());
        ended
    } else {
        serving.serve().await;
        Ok(())
    }
}

/// Answers on an address of this computer until it is told to stop, as a server does of which nothing is configured.
pub(super) async fn run_plain(
    session: &mut Session,
    listener: Listener,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let server = Server {
        chosen: Chosen {
            listen: address(&listener)?,
            prefix: Prefix::default(),
            open: false,
            prints_link: true,
            trusted_proxies: Vec::new(),
            public_url: String::new(),
        },
        encryption: None,
        stop,
        opened: session.opened(OpenMode::Existing).await?,
        listener,
    };
    server.announce(session).await?.serve().await;
    Ok(())
}

fn address(listener: &Listener) -> Result<ListenAddress, Failure> {
    listener
        .address()
        .map_err(|error| Failure::failed(format!("the address cannot be determined: {error}")))
}

/// A server that has its address, and its store.
struct Server {
    chosen: Chosen,
    encryption: Option<Arc<Encryption>>,
    stop: CancellationToken,
    opened: Opened,
    listener: Listener,
}

/// A server that has said where it is.
struct Serving {
    door: Door,
    encryption: Option<Arc<Encryption>>,
    state: AppState,
    stop: CancellationToken,
    opened: Opened,
}

impl Server {
    /// Says where it is, and how to get in.
    async fn announce(self, session: &mut Session) -> Result<Serving, Failure> {
        let chosen = self.chosen;
        let address = address(&self.listener)?;
        let url = match &address {
            ListenAddress::Tcp(address) => {
                let scheme = if self.encryption.is_some() {
                    "https"
                } else {
                    "http"
                };
                format!("{scheme}://{address}{}", chosen.prefix.join(""))
            }
            ListenAddress::Unix(_) => address.to_string(),
        };
        let provider = provider(&session.asker.config)?;
        let is_plain_outside = self.encryption.is_none() && !address.is_local();
        let state = AppState::new(ServerParts {
            store: self.opened.clone().into(),
            recording: self.opened.history.clone(),
            config: session.asker.config.clone(),
            settings: session.asker.settings.clone(),
            shown_store: session.settings.shown_store(),
            clock: Arc::clone(&session.clock),
            prefix: chosen.prefix,
            open: chosen.open,
            random: Arc::new(SystemRandom),
            trusted_proxies: chosen.trusted_proxies.clone(),
            public_encrypted: chosen.public_url.starts_with("https://"),
            provider,
            now: session.asker.settings.now_given,
            stop: self.stop.clone(),
        });
        state.bind().await?;
        reconfigured_on_hangup(&state, &session.asker.config, &self.stop)?;
        let end = if matches!(address, ListenAddress::Tcp(_)) {
            "/"
        } else {
            ""
        };
        session.output.write(&format!("{url}{end}\n"))?;
        session.output.flush()?;
        session.output.note(&started(chosen.open, is_plain_outside));
        if chosen.prints_link {
            let secret = state.new_link();
            let secret = secret.map_err(|error| Failure::failed(error.to_string()))?;
            let root = if chosen.public_url.is_empty() {
                &url
            } else {
                &chosen.public_url
            };
            session.output.note(&format!(
                "Sign in with this link (works once, within {} minutes):\n  {root}{LINK_PATH}?code={secret}",
                LINK_MS / 60_000
            ));
        }
        Ok(Serving {
            door: Door {
                listener: self.listener,
                trusted: chosen.trusted_proxies,
            },
            encryption: self.encryption,
            state,
            stop: self.stop,
            opened: self.opened,
        })
    }
}

/// Reads the configuration again on SIGHUP. What cannot be read changes nothing.
fn reconfigured_on_hangup(
    state: &AppState,
    config: &Config,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let (state, path) = (state.clone(), config.path.clone());
    let reload = move || match Config::load(path.as_deref()) {
        Ok(config) => {
            for error in config.policy_errors() {
                to_stderr(&format!("A policy cannot be used: {error}"));
            }
            state.reconfigure(config);
            to_stderr("The configuration was read again.");
        }
        Err(error) => to_stderr(&format!("The configuration stays as it was: {error}")),
    };
    stop::on_hangup(stop, reload)
        .map_err(|error| Failure::failed(format!("signals cannot be received: {error}")))
}

impl Serving {
    /// Answers until it is told to stop; then it closes the store.
    async fn serve(self) {
        let history = Arc::clone(self.state.history());
        let clock = Arc::clone(self.state.clock());
        let operating = operations::router(Arc::new(Operations::new(history, clock)));
        let answers = router(self.state, operating);
        self.door.serve(self.encryption, answers, &self.stop).await;
        self.opened.history.close().await;
    }
}

/// Records at the same time; when that ends, so does the server.
async fn collecting(
    session: &Session,
    flags: &CollectingArgs,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    // What the environment says to a collector, it says to this one.
    let cli = Cli::try_parse_from(["presence", "collect"]);
    let usual = match cli.map(|cli| cli.command) {
        Ok(Command::Collect(args)) => args,
        Ok(_) => return Err(Failure::failed("`presence collect` is not there")),
        Err(error) => return Err(Failure::Usage(usage_sentence(&error, "presence serve"))),
    };
    let args = CollectArgs {
        once: false,
        interval: flags.interval.or(usual.interval),
        operations: flags.operations.or(usual.operations),
        spool: flags.spool.clone().or(usual.spool),
    };
    let mut own = session.beside(Notes::Silent);
    let ended = collect::run(&mut own, &args).await;
    stop.cancel();
    ended
}

/// What is told when the server has started.
fn started(open: bool, is_plain_outside: bool) -> String {
    let mut told = "Serving. Press Ctrl-C to stop.".to_owned();
    if open {
        told.push_str(" Every user and program on this computer can read without a token.");
    }
    if is_plain_outside {
        told.push_str(
            " The connection is not encrypted: put a proxy with TLS in front, or give --tls-cert and --tls-key.",
        );
    }
    told
}

/// What the command line and the configuration say.
struct Chosen {
    listen: ListenAddress,
    prefix: Prefix,
    /// Whether anyone who asks from this computer needs no token to read.
    open: bool,
    /// Whether the server prints a link to sign in with.
    prints_link: bool,
    trusted_proxies: Vec<IpAddr>,
    /// The address under which readers reach the server, without a slash at the end; empty if none is named.
    public_url: String,
}

impl Chosen {
    fn resolve(config: &Config, args: &ServeArgs) -> Result<Self, Failure> {
        let section = &config.file.serve;
        let proxy = |text: &str| {
            text.parse::<IpAddr>()
                .map_err(|_| "write an address, like 127.0.0.1".to_owned())
        };
        let listen = match &args.listen {
            Some(listen) => Some(listen.clone()),
            None => config.value("listen", section.listen.as_ref(), str::parse)?,
        };
        let prefix = match &args.prefix {
            Some(prefix) => Some(prefix.clone()),
            None => config.value("prefix", section.prefix.as_ref(), Prefix::parse)?,
        };
        let mut trusted_proxies = Vec::new();
        for text in &section.trusted_proxies {
            trusted_proxies.extend(config.value("trusted_proxies", Some(text), proxy)?);
        }
        let listen = listen.unwrap_or_default();
        let requires = args.require_token || section.require_token.unwrap_or(false);
        let public = section.public_url.as_deref();
        if args.open {
            check_open(
                &listen,
                requires,
                public.is_some() || !trusted_proxies.is_empty(),
            )?;
        }
        let is_socket = matches!(listen, ListenAddress::Unix(_));
        Ok(Self {
            prefix: prefix.unwrap_or_default(),
            open: args.open,
            prints_link: listen.is_local() && !is_socket && !requires && !args.open,
            listen,
            trusted_proxies,
            public_url: public.unwrap_or_default().trim_end_matches('/').to_owned(),
        })
    }
}

/// Refuses to let anyone read without a token where it could be more than this computer.
fn check_open(
    listen: &ListenAddress,
    requires: bool,
    is_behind_proxy: bool,
) -> Result<(), Failure> {
    let reason = match listen {
        ListenAddress::Unix(_) => "a socket is for its owner, who can read without a token anyway",
        ListenAddress::Tcp(_) if !listen.is_local() => {
            "it is only for an address of this computer, like 127.0.0.1:8080"
        }
        ListenAddress::Tcp(_) if requires => "the configuration says require_token = true",
        ListenAddress::Tcp(_) if is_behind_proxy => {
            "the configuration names a proxy (public_url or trusted_proxies), and anyone who comes through it could read everything"
        }
        ListenAddress::Tcp(_) => return Ok(()),
    };
    Err(Failure::Usage(format!("--open cannot be used: {reason}")))
}

/// The identity provider, if the configuration names one.
fn provider(config: &Config) -> Result<Option<Provider>, Failure> {
    let Some(section) = &config.file.serve.oidc else {
        return Ok(None);
    };
    let missing = |what: &str| {
        Failure::failed(format!(
            "the configuration has [serve.oidc] without {what}, which signing in needs"
        ))
    };
    if section.issuer.is_empty() {
        return Err(missing("issuer"));
    }
    if section.client_id.is_empty() {
        return Err(missing("client_id"));
    }
    let public = config.file.serve.public_url.as_ref();
    let public = public.ok_or_else(|| missing("public_url under [serve]"))?;
    let mut groups = Vec::with_capacity(section.grants.len());
    for grant in &section.grants {
        let mut scopes = Vec::with_capacity(grant.scopes.len());
        for text in &grant.scopes {
            scopes.extend(config.value("scopes", Some(text), str::parse::<Scope>)?);
        }
        groups.push((grant.group.clone(), scopes));
    }
    // The client that asks the provider takes one.
    install_tls();
    let made = Provider::new(ProviderConfig {
        name: section
            .provider
            .clone()
            .unwrap_or_else(|| "single sign-on".to_owned()),
        issuer: section.issuer.clone(),
        client_id: section.client_id.clone(),
        client_secret: config.oidc_secret()?,
        scopes: section
            .request_scopes
            .clone()
            .unwrap_or_else(|| vec!["profile".to_owned(), "email".to_owned()]),
        public_url: public.trim_end_matches('/').to_owned(),
        grants: Grants {
            groups_claim: section
                .groups_claim
                .clone()
                .unwrap_or_else(|| "groups".to_owned()),
            extension_claim: section.extension_claim.clone(),
            groups,
        },
    });
    made.map(Some)
        .map_err(|error| Failure::failed(error.to_string()))
}

/// Refuses to listen where no one could be let in.
async fn check_access(session: &Session, chosen: &Chosen, opened: &Opened) -> Result<(), Failure> {
    let is_of_owner = matches!(chosen.listen, ListenAddress::Unix(_));
    let has_another_way = chosen.open || chosen.prints_link || is_of_owner;
    if has_another_way || session.asker.config.file.serve.oidc.is_some() {
        return Ok(());
    }
    let now = session.asker.settings.now;
    let tokens = opened.access.tokens().await?;
    let is_of_use =
        |token: &presence_store::TokenRow| token.kind == TokenKind::Token && token.is_live(now);
    if tokens.iter().any(is_of_use) {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "listening on {} needs a token, and there is none: create one with `presence token create NAME --scope read`",
        chosen.listen
    )))
}
