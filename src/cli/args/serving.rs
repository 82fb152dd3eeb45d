//! The arguments of the server and of its tokens.

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
  presence serve --prefix /presence                  behind a proxy, under a path
  presence serve --listen unix:/run/presence/http    for programs of the same user
  curl --unix-socket /run/presence/http 'http://localhost/api/v1/report?from=-7d&to=now&by=department'

Every request needs authentication. The server prints a link that signs your browser in; it works once, within ten \
minutes. Programs send a token from `presence token create`, or use a socket that only you can open (--listen unix:PATH). \
To listen on an address that others can reach, create a token first. Stop it with Ctrl-C or SIGTERM; it finishes open \
requests.")]
pub struct ServeArgs {
    /// Address to listen on [default: 127.0.0.1:8080]
    ///
    /// An address and a port (0 picks a free one), or unix:PATH, a socket for your own programs. [env: `PRESENCE_LISTEN`]
    #[arg(long, value_name = "ADDRESS", env = "PRESENCE_LISTEN", hide_env = true)]
    pub listen: Option<ListenAddress>,

    /// Path prefix of all URLs, such as /presence
    ///
    /// For a proxy that passes the prefix on.
    #[arg(long, value_name = "PATH", value_parser = Prefix::parse)]
    pub prefix: Option<Prefix>,

    /// The certificate and its chain, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The private key of the certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Print no sign-in link
    ///
    /// You then need a token or the identity provider to sign in.
    #[arg(long)]
    pub require_token: bool,

    /// Let every user and program on this computer read without a token
    ///
    /// Never use it behind a proxy: all its clients appear to be this computer.
    #[arg(long, conflicts_with = "require_token")]
    pub open: bool,

    /// Also record the account's presence, like `presence collect`
    #[arg(long)]
    pub collect: bool,

    /// How the account's presence is recorded.
    #[command(flatten)]
    pub collecting: CollectingArgs,
}

/// Options of `presence collect` for a server that also records.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "With --collect")]
pub struct CollectingArgs {
    /// Polling interval [default: 60s]
    #[arg(long, value_name = "DURATION", requires = "collect", value_parser = parse_interval_ms)]
    pub interval: Option<i64>,

    /// Serve /healthz, /readyz and /metrics on this address
    ///
    /// Anyone who can reach the address can read them. Without an address: 127.0.0.1:9464; `off` disables it. [default: off] [env: `PRESENCE_OPERATIONS`]
    #[arg(
        long,
        value_name = "ADDRESS",
        requires = "collect",
        num_args = 0..=1,
        default_missing_value = "on",
        value_parser = parse_operations
    )]
    pub operations: Option<OperationsChoice>,

    /// Folder where sweeps wait while the store is unavailable
    ///
    /// [default: next to the store]
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

A token is shown once, when you create it; only its hash is stored. Send it as \"Authorization: Bearer TOKEN\", or enter \
it on the sign-in page.

Scopes: `read` allows everything about everyone; `read:department=NAME`, `read:site=NAME` and `read:queue=NAME` allow \
everything about those who are in it now; `read:extension=ID` allows one person's own data; `ingest` allows recording \
sweeps; `metrics` allows the operational metrics.")]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What to do with tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Create a token; it is shown once
    Create(TokenCreateArgs),
    /// List the tokens
    List(TokenListArgs),
    /// Revoke a token and end its sessions
    Revoke(TokenRevokeArgs),
}

/// `presence token create`.
#[derive(Clone, Debug, Args)]
pub struct TokenCreateArgs {
    /// Whose token it is, or what for; the access log shows this name
    #[arg(value_name = "NAME")]
    pub name: String,

    /// What the token allows; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    pub scopes: Vec<Scope>,

    /// When it expires, such as 90d [default: never]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    pub expires: Option<i64>,
}

/// `presence token list`.
#[derive(Clone, Debug, Args)]
pub struct TokenListArgs {
    /// Also list the sessions of those who signed in
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
