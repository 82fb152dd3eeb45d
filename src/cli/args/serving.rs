//! The arguments of the server, and of what belongs to it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::running::{OperationsChoice, parse_interval_ms, parse_operations};
use presence_answers::values::parse_duration_ms;
use presence_server::access::Scope;
use presence_server::listen::ListenAddress;
use presence_server::prefix::Prefix;

/// `presence serve`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence serve
  presence serve --collect --interval 30s --operations
  presence serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem
  presence serve --prefix /presence                  behind a proxy, below a path
  presence serve --listen unix:/run/presence/http    for programs of the same user
  curl --unix-socket /run/presence/http 'http://localhost/api/v1/report?from=-7d&to=now&by=department'

Nothing is answered to a stranger. For your browser, the server prints a link that signs you in: once, within ten minutes. \
Programs send a token, which `presence token create` makes, or use a socket that is yours alone (--listen unix:PATH). An \
address that others reach takes a token from the start. Ctrl-C or SIGTERM ends it; answers under way are finished.")]
pub struct ServeArgs {
    /// Where to listen [default: 127.0.0.1:8080]
    ///
    /// An address and a port (0 takes a free one), or unix:PATH, a socket for your own programs. [env: `PRESENCE_LISTEN`]
    #[arg(long, value_name = "ADDRESS", env = "PRESENCE_LISTEN", hide_env = true)]
    pub listen: Option<ListenAddress>,

    /// A path in front of all others, such as /presence
    ///
    /// For a proxy that passes it on.
    #[arg(long, value_name = "PATH", value_parser = Prefix::parse)]
    pub prefix: Option<Prefix>,

    /// The certificate, with those that it was signed by, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The private key of the certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Print no link to sign in with
    ///
    /// A token, or the identity provider, is then the only way in.
    #[arg(long)]
    pub require_token: bool,

    /// Let every user and program of this computer read without a token
    ///
    /// Never behind a proxy: everyone whom it passes on looks like this computer.
    #[arg(long, conflicts_with = "require_token")]
    pub open: bool,

    /// Record the account's presence too, as `presence collect` does
    #[arg(long)]
    pub collect: bool,

    /// How the account's presence is recorded.
    #[command(flatten)]
    pub collecting: CollectingArgs,
}

/// What `presence collect` is told, where a server records at the same time.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "With --collect")]
pub struct CollectingArgs {
    /// How often to look [default: 60s]
    #[arg(long, value_name = "DURATION", requires = "collect", value_parser = parse_interval_ms)]
    pub interval: Option<i64>,

    /// Answer /healthz, /readyz and /metrics on this address
    ///
    /// What the collector knows of itself, for everyone who reaches the address (without one: 127.0.0.1:9464); `off` is
    /// none. [default: off] [env: `PRESENCE_OPERATIONS`]
    #[arg(
        long,
        value_name = "ADDRESS",
        requires = "collect",
        num_args = 0..=1,
        default_missing_value = "on",
        value_parser = parse_operations
    )]
    pub operations: Option<OperationsChoice>,

    /// The folder in which looks wait while the store is away
    ///
    /// [default: beside the store]
    #[arg(long, value_name = "FOLDER", requires = "collect")]
    pub spool: Option<PathBuf>,
}

/// `presence token`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence token create \"Sales planning\" --scope read:department=Sales --expires 90d
  presence token create \"Desk phone of 101\" --scope read:extension=1001
  presence token list
  presence token revoke 3

A token is shown once, when it is made; only its hash is kept. It is sent as \"Authorization: Bearer TOKEN\", or \
given on the page to sign in.

Scopes: `read` is everything about everybody; `read:department=NAME`, `read:site=NAME`, `read:queue=NAME` is \
everything about those who are in it now; `read:extension=ID` is one person's own; `ingest` is recording sweeps; \
`metrics` is the figures for operating it.")]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What to do with tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; it is shown once
    Create(TokenCreateArgs),
    /// List the tokens
    List(TokenListArgs),
    /// Revoke a token, and end the sessions that were begun with it
    Revoke(TokenRevokeArgs),
}

/// `presence token create`.
#[derive(Clone, Debug, Args)]
pub struct TokenCreateArgs {
    /// Whose token it is, or what for; the access log calls it so
    #[arg(value_name = "NAME")]
    pub name: String,

    /// What may be done with it; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    pub scopes: Vec<Scope>,

    /// After how long it is good for nothing, such as 90d [default: never]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    pub expires: Option<i64>,
}

/// `presence token list`.
#[derive(Clone, Debug, Args)]
pub struct TokenListArgs {
    /// List sessions, too: those who signed in
    #[arg(long)]
    pub sessions: bool,
}

/// `presence token revoke`.
#[derive(Clone, Debug, Args)]
pub struct TokenRevokeArgs {
    /// The token's number, as `presence token list` shows it
    #[arg(value_name = "NUMBER")]
    pub token_id: i64,
}
