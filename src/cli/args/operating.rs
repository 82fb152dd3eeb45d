//! The arguments of the commands for anyone who sets up and operates the collector.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::running::parse_interval_ms;

/// `presence init`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence init
  presence init --client-id-file id.txt --client-secret-file secret.txt --user-jwt-file jwt.txt --yes
  RC_APP_CLIENT_ID=… RC_APP_CLIENT_SECRET=… RC_USER_JWT=… presence init --yes --interval 30s

It logs in with the credentials, says who the account is, how many extensions it has, what one look costs and how often
the rate limits allow one, and writes a commented configuration file. Secrets are not written into it, only the names of \
the files that hold them. On a terminal it asks for what is missing, and keeps secrets that are typed in files beside the \
configuration that only you can read. Elsewhere everything comes from flags and the environment.")]
pub struct InitArgs {
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "presence.toml")]
    pub output: PathBuf,

    /// The platform's address
    ///
    /// [default: `RC_SERVER_URL`, else the production platform's]
    #[arg(long, value_name = "URL")]
    pub server_url: Option<String>,

    /// The application's client id
    ///
    /// [default: `RC_APP_CLIENT_ID`]
    #[arg(long, value_name = "ID", conflicts_with = "client_id_file")]
    pub client_id: Option<String>,

    /// A file that holds the client id
    #[arg(long, value_name = "FILE")]
    pub client_id_file: Option<PathBuf>,

    /// A file that holds the client secret
    ///
    /// [default: `RC_APP_CLIENT_SECRET`]
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,

    /// A file that holds the JWT
    ///
    /// [default: `RC_USER_JWT`]
    #[arg(long, value_name = "FILE")]
    pub user_jwt_file: Option<PathBuf>,

    /// How often to look
    ///
    /// [default: 60s, or slower if the account is too large for that]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval_ms)]
    pub interval: Option<i64>,

    /// Ask nothing: write what was found
    #[arg(long, short)]
    pub yes: bool,

    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

/// `presence doctor`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence doctor
  presence doctor --offline
  presence doctor --format json

A line for each check: ok, warn, fail or skipped, and what to do. Exit code 1 if one fails. It changes nothing, apart \
from leaving a session for the next command (`presence logout --help`); asking the platform costs one request of the group Heavy and a few others.")]
pub struct DoctorArgs {
    /// Leave out what needs the platform
    #[arg(long)]
    pub offline: bool,
}

/// `presence config`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence config show
  presence config check

A flag goes before the environment, that before the configuration file, that before the default.")]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What can be done with the configuration.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show every setting, and where its value came from
    #[command(after_help = "Examples:
  presence config show
  presence config show --format json

Secrets are not shown, only whether there is one.")]
    Show,
    /// Tell whether the configuration is right: keys, values, policies, calendars, and the files it names
    #[command(after_help = "Examples:
  presence config check
  presence --config other.toml config check

Exit code 1 if something is wrong. Warnings do not count.")]
    Check,
}

/// `presence get`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence get 101
  presence get \"Front Desk\" --format json

It asks the platform, which counts against the rate limits (one request of the group Light, and a few to find out whose \
credentials these are), and records nothing. What the store does not know is looked up in the platform's list. The \
platform does not say since when somebody is in a state: that is known only from what was recorded.")]
pub struct GetArgs {
    /// A number, an id or part of a name
    #[arg(value_name = "PERSON")]
    pub person: String,
}

/// `presence set`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence set --status Busy --message \"back at three\"
  presence set --status Available --dnd TakeAllCalls --clear-message

It changes the presence of the user whose JWT is used, and nobody else's. The application needs the permission \
EditPresence. What is not named stays as it is. The collector sees the change with its next look.")]
#[command(override_usage = "presence set [OPTIONS]")]
#[group(id = "change", required = true, multiple = true, args = ["status", "dnd", "dnd_personal", "queue_calls", "message", "clear_message"])]
pub struct SetArgs {
    /// What others see as chosen by the user
    #[arg(long, value_name = "STATUS", value_parser = ["Available", "Busy", "Offline"])]
    pub status: Option<String>,

    /// Which calls are taken
    #[arg(long, value_name = "DND", value_parser = ["TakeAllCalls", "DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls"])]
    pub dnd: Option<String>,

    /// Which direct calls are taken; for accounts with the new call handling
    #[arg(long, value_name = "DND", value_parser = ["TakeAllCalls", "DoNotAcceptAnyCalls"])]
    pub dnd_personal: Option<String>,

    /// Whether calls of queues are taken; for accounts with the new call handling
    #[arg(long, value_name = "WHETHER", value_parser = clap::builder::BoolishValueParser::new())]
    pub queue_calls: Option<bool>,

    /// The status message, at most 75 characters
    #[arg(long, value_name = "TEXT", value_parser = parse_message, conflicts_with = "clear_message")]
    pub message: Option<String>,

    /// Remove the status message
    #[arg(long)]
    pub clear_message: bool,
}

/// `presence logout`.
#[derive(Clone, Copy, Debug, Args)]
#[command(after_help = "Examples:
  presence logout

The first command that needs the platform logs in, and the next ones use its session until it ends: RingCentral allows \
five logins a minute. The session is in a file that only you can read, in the state folder ($XDG_STATE_HOME/presence, else \
~/.local/state/presence; for a service, the folder that systemd gives it). RC_TOKEN_FILE, or token_file under \
[ringcentral], names another file, or `off`. `presence config show` shows which one it is.

This ends the session of the credentials that are configured, and removes the file. A collector that uses the session logs \
in again.")]
pub struct LogoutArgs {}

/// The platform's limit (API reference, "Update User Presence Status").
const MESSAGE_CHARS_MAX: usize = 75;

fn parse_message(text: &str) -> Result<String, String> {
    let count = text.chars().count();
    if text.trim().is_empty() {
        return Err("it is empty; to remove the message, use --clear-message".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("it has a control character in it; write it in one line".to_owned());
    }
    if count > MESSAGE_CHARS_MAX {
        return Err(format!(
            "it has {count} characters; {MESSAGE_CHARS_MAX} are allowed"
        ));
    }
    Ok(text.to_owned())
}
