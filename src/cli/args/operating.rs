//! The arguments of the commands that set up and operate the collector.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::running::parse_interval_ms;

/// `presence init`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence init
  presence init --client-id-file id.txt --client-secret-file secret.txt --user-jwt-file jwt.txt --yes
  RC_APP_CLIENT_ID=… RC_APP_CLIENT_SECRET=… RC_USER_JWT=… presence init --yes --interval 30s

It logs in with the credentials, shows the account, the number of extensions, what a sweep costs and the shortest interval
that the rate limits allow, and writes a commented configuration file. The file holds no secrets, only the names of the \
files that do. On a terminal it prompts for what is missing and stores typed secrets in files next to the configuration \
that only you can read. Without a terminal, everything comes from flags and the environment.")]
pub struct InitArgs {
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "presence.toml")]
    pub output: PathBuf,

    /// The platform's address
    ///
    /// [default: `RC_SERVER_URL`, else the production platform]
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

    /// Polling interval
    ///
    /// [default: 60s, or longer if the account is too large for that]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval_ms)]
    pub interval: Option<i64>,

    /// Do not prompt; write the file with what was found
    #[arg(long, short)]
    pub yes: bool,

    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// `presence doctor`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence doctor
  presence doctor --offline
  presence doctor --format json

Prints one line per check: ok, warn, fail or skipped, and what to do. The exit code is 1 if a check fails. It changes \
nothing except that it leaves a session for the next command (`presence logout --help`). It sends the platform one request \
of the group Heavy and a few others.")]
pub struct DoctorArgs {
    /// Skip the checks that need the platform
    #[arg(long)]
    pub offline: bool,
}

/// `presence config`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence config show
  presence config check

A flag overrides the environment, the environment overrides the configuration file, and the file overrides the default.")]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What can be done with the configuration.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show every setting and where its value comes from
    #[command(after_help = "Examples:
  presence config show
  presence config show --format json

Secrets are not shown, only whether they are set.")]
    Show,
    /// Check the configuration: keys, values, policies, calendars, and the files it names
    #[command(after_help = "Examples:
  presence config check
  presence --config other.toml config check

The exit code is 1 if there is an error. Warnings do not count.")]
    Check,
}

/// `presence get`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence get 101
  presence get \"Front Desk\" --format json

It queries the platform, which counts against the rate limits (one request of the group Light, and a few to identify the \
account), and records nothing. If the store does not know the person, it searches the platform's list. The platform does \
not say since when a person has been in a state; only the recorded history does.")]
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

It changes only the presence of the user of the JWT. The application needs the permission EditPresence. Settings that \
you do not name stay as they are. The collector sees the change in its next sweep.")]
#[command(override_usage = "presence set [OPTIONS]")]
#[group(id = "change", required = true, multiple = true, args = ["status", "dnd", "dnd_personal", "queue_calls", "message", "clear_message"])]
pub struct SetArgs {
    /// The status that others see
    #[arg(long, value_name = "STATUS", value_parser = ["Available", "Busy", "Offline"])]
    pub status: Option<String>,

    /// Which calls to take
    #[arg(long, value_name = "DND", value_parser = ["TakeAllCalls", "DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls"])]
    pub dnd: Option<String>,

    /// Which direct calls to take (accounts with the new call handling)
    #[arg(long, value_name = "DND", value_parser = ["TakeAllCalls", "DoNotAcceptAnyCalls"])]
    pub dnd_personal: Option<String>,

    /// Whether to take queue calls (accounts with the new call handling)
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

The first command that needs the platform logs in, and later ones use its session until it expires: RingCentral allows \
five logins per minute. The session is stored in a file that only you can read, in the state folder \
($XDG_STATE_HOME/presence, else ~/.local/state/presence; for a service, the folder that systemd provides). RC_TOKEN_FILE, \
or token_file under [ringcentral], names another file, or `off`. `presence config show` shows the file in use.

This command ends the session of the configured credentials and removes the file. A collector that uses the session logs \
in again.")]
pub struct LogoutArgs {}

/// The platform's limit (API reference, "Update User Presence Status").
const MESSAGE_CHARS_MAX: usize = 75;

fn parse_message(text: &str) -> Result<String, String> {
    let count = text.chars().count();
    if text.trim().is_empty() {
        return Err("it is empty; use --clear-message to remove the message".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("it contains a control character; write it on one line".to_owned());
    }
    if count > MESSAGE_CHARS_MAX {
        return Err(format!(
            "it has {count} characters; {MESSAGE_CHARS_MAX} are allowed"
        ));
    }
    Ok(text.to_owned())
}
