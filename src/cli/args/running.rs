//! The arguments of the commands that record, run and maintain.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::values::parse_daily_facet;
use presence_answers::values::{TimeExpression, parse_duration_ms};
use presence_collector::operations::DEFAULT_ADDRESS;
use presence_model::facet::Facet;
use presence_simulator::FaultRule;
use presence_store::{AccountReader, RoleName};

/// `presence demo`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence demo
  presence demo --live                                   keeps running; open it in a browser
  presence demo --extensions 500 --days 2 --interval 30s --seed 7
  presence demo --end 2026-11-06T15:30:00Z               the same history every time

Only the office is invented; HTTP, the collector, the store and the report are real. Time is simulated: days pass in \
seconds and end now. An office of 30 or more has a team that works around the clock. The store is kept; query it with \
`--store sqlite:demo.db`. Its last sweep is valid for an hour, so that `presence now` has an answer.

With --live the office keeps running: its platform, a collector and a server with the pages run until Ctrl-C or \
SIGTERM, on an address of this computer only.")]
pub struct DemoArgs {
    /// Number of extensions in the office
    #[arg(long, value_name = "COUNT", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub extensions: u32,

    /// Number of days to record
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=31))]
    pub days: u32,

    /// End of the last day [default: now]
    #[arg(
        long,
        value_name = "TIME",
        conflicts_with = "live",
        allow_hyphen_values = true
    )]
    pub end: Option<TimeExpression>,

    /// Polling interval
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_interval_ms)]
    pub interval: i64,

    /// Random seed: each seed gives a different office
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,

    /// File for the history; an earlier demonstration is replaced
    #[arg(long, value_name = "FILE", default_value = "demo.db")]
    pub keep: PathBuf,

    /// Keep collecting and serve the pages until you stop it
    #[arg(long)]
    pub live: bool,

    /// Address of the pages; port 0 picks a free port [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", requires = "live", value_parser = parse_loopback)]
    pub listen: Option<SocketAddr>,
}

/// Reads an address that only this computer can reach.
fn parse_loopback(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(_) => Err(
            "the demonstration runs on this computer only: use an address like 127.0.0.1:8080"
                .to_owned(),
        ),
        Err(_) => Err("use an address and a port, like 127.0.0.1:8080".to_owned()),
    }
}

/// `presence simulate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence simulate
  presence simulate --extensions 2000 --speed 60 --start 2026-11-02T08:00:00Z
  presence simulate --listen 127.0.0.1:0 --seed 7
  presence simulate --into sqlite:office.db --extensions 1000 --days 30 --seed 7 --from 2026-10-01

Without --into it prints the variables to `export`, then serves requests until Ctrl-C. All data is invented; nothing \
leaves this computer.

With --into it writes what a collector would have recorded into a store, without HTTP, and exits. The same options give \
the same history; run it again to continue an interrupted one. The history contains:
  people      nine in ten extensions; three zones and a few more, five departments, four queues, three sites; nine
              people work around the clock (of 30 or more); each year one in ten joins and one leaves (of 200 or more)
  workdays    about eight hours with 25 to 50 visible changes; part-time, nights, days off; weekends are quiet
  sweeps      pages of 1,000, each with its own times; one sweep in 400 lacks a page, one in 1,500 fails
  outages     on one day in six for 4 to 45 minutes, on one in thirty for one to six hours, and over a weekend in one
              week of eight, at least once a month")]
pub struct SimulateArgs {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8180")]
    pub listen: SocketAddr,

    /// Number of extensions in the office
    #[arg(long, value_name = "COUNT", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub extensions: u32,

    /// Random seed: each seed gives a different office
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,

    /// Time in the office at the start [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub start: Option<TimeExpression>,

    /// How many times faster than the clock time runs
    #[arg(long, value_name = "FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub speed: u32,

    /// A fault to simulate: NAME[=VALUE][@WHEN]
    ///
    /// For example maintenance@sweeps=3. Repeat the option for more.
    #[arg(long = "fault", value_name = "FAULT", conflicts_with = "into")]
    pub faults: Vec<FaultRule>,

    /// Requests per minute that each group of resources allows [default: the platform's limits]
    #[arg(long = "rate-limit", value_name = "COUNT", conflicts_with = "into", hide_short_help = true, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate_limit: Option<u32>,

    /// Id of the account
    #[arg(long = "account-id", value_name = "ID", hide_short_help = true, default_value_t = 37_439_510, value_parser = clap::value_parser!(i64).range(1..1 << 53))]
    pub account_id: i64,

    /// Write a history of the office into this store
    #[arg(long, value_name = "URL", conflicts_with_all = ["listen", "start", "speed"])]
    pub into: Option<String>,

    /// Number of days in the history [default: 30]
    #[arg(long, value_name = "COUNT", requires = "into", value_parser = clap::value_parser!(u32).range(1..=3_660))]
    pub days: Option<u32>,

    /// Start of the history [default: --days before its end]
    #[arg(
        long,
        value_name = "TIME",
        requires = "into",
        conflicts_with = "end",
        allow_hyphen_values = true
    )]
    pub from: Option<TimeExpression>,

    /// End of the history [default: midnight of today, UTC]
    #[arg(
        long,
        value_name = "TIME",
        requires = "into",
        allow_hyphen_values = true
    )]
    pub end: Option<TimeExpression>,

    /// Interval between two sweeps of the history [default: 60s]
    #[arg(long, value_name = "DURATION", requires = "into", value_parser = parse_interval_ms)]
    pub interval: Option<i64>,
}

/// `presence collect`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence collect
  presence collect --interval 30s --store sqlite:/var/lib/presence/presence.db
  presence collect --once
  presence collect --operations                  health and metrics on 127.0.0.1:9464

With --operations it serves /healthz (its loop makes progress), /readyz (the store answers, and the last complete sweep \
is less than three intervals old) and /metrics (for Prometheus). It also notifies a service manager such as systemd. See \
docs/operations.md.

It takes the platform's credentials from RC_SERVER_URL, RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT, from \
files named by the same variables with _FILE at the end, or from files named under `[ringcentral]` in the \
configuration; never from flags. The session is stored in a file in the state folder, or in the one named by \
RC_TOKEN_FILE (or token_file), so that a restart and other commands can use it (`presence logout --help`). Stop it with \
Ctrl-C or SIGTERM.

If the store is unavailable or full, sweeps wait in a spool: a file next to the SQLite file, or in the service's state \
folder. They go into the store, in order, as soon as it is back.")]
pub struct CollectArgs {
    /// Record one sweep and exit
    #[arg(long)]
    pub once: bool,

    /// Polling interval [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval_ms)]
    pub interval: Option<i64>,

    /// Serve /healthz, /readyz and /metrics on this address
    ///
    /// Without an address: 127.0.0.1:9464; `off` disables it. [default: off] [env: `PRESENCE_OPERATIONS`]
    #[arg(
        long,
        env = "PRESENCE_OPERATIONS",
        hide_env = true,
        value_name = "ADDRESS",
        num_args = 0..=1,
        default_missing_value = "on",
        value_parser = parse_operations
    )]
    pub operations: Option<OperationsChoice>,

    /// Folder where sweeps wait while the store is unavailable
    ///
    /// [default: next to the store]
    #[arg(long, value_name = "FOLDER")]
    pub spool: Option<PathBuf>,
}

/// Where health and metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationsChoice {
    /// Nowhere.
    Off,
    /// On this address.
    On(SocketAddr),
}

/// Reads where health and metrics are served: an address, a port of this computer, `on` or `off`.
pub(crate) fn parse_operations(text: &str) -> Result<OperationsChoice, String> {
    let address = match text.trim() {
        "off" => return Ok(OperationsChoice::Off),
        "on" => DEFAULT_ADDRESS,
        text => match (text.trim_start_matches(':').parse(), text.parse()) {
            (Ok(port), _) => SocketAddr::new(DEFAULT_ADDRESS.ip(), port),
            (_, Ok(address)) => address,
            _ => {
                return Err(format!(
                    "write it like {DEFAULT_ADDRESS}, a port alone such as {}, `on` or `off`",
                    DEFAULT_ADDRESS.port()
                ));
            }
        },
    };
    Ok(OperationsChoice::On(address))
}

/// `presence import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence import sweeps.ndjson
  zcat sweeps-*.ndjson.gz | presence import -

Each line is one sweep:
  {\"account_id\":\"37439510\",\"observed_at\":\"2026-11-02T14:00:00.000Z\",\"valid_for_ms\":180000,\"complete\":true,
   \"records\":[{\"extension\":{\"id\":101},\"presenceStatus\":\"Available\"}],\"directory\":[]}
Lines must run forward in time. What is already recorded is recognized and skipped.")]
pub struct ImportArgs {
    /// NDJSON files, in order; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// `presence pack`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence pack
  presence pack --check          compare without changes; exit code 1 if something differs

Packed days (UTC) take about six bytes per change, in one row per extension and month, and are read many times faster.
Nothing is lost: the rows stay, and the answers are the same. `collect` packs a little after each sweep; use this command
to pack at once, for example after an import. You can interrupt it; the next run continues.")]
pub struct PackArgs {
    /// Only compare the packed history with the rows it was made from
    #[arg(long)]
    pub check: bool,
}

/// `presence daily`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence daily
  presence daily --facet telephony_status
  presence daily --clear --facet telephony_status

The table is the view `presence_daily` of the store: one row per extension, local day and value, with bounds, and the \
day's unknown and absent time. A day is added when it is over. `collect` updates the table when a day ends; run this \
command after `import` or `copy`. Final days are not computed again. Choose the facets and the time zone of the days \
under [daily] in the configuration:
  [daily]
  facets = [\"presence_status\", \"telephony_status\"]
  zone = \"Europe/Berlin\"                              # default: \"extension\", each person's own")]
pub struct DailyArgs {
    /// Only these facets, comma-separated [default: those of the configuration, else `presence_status`]
    #[arg(long = "facet", value_name = "FACETS", value_delimiter = ',', value_parser = parse_daily_facet)]
    pub facets: Vec<Facet>,

    /// Empty the table instead, for the given facets or for all
    #[arg(long)]
    pub clear: bool,
}

/// `presence rebuild`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence rebuild --check       compare without changes; exit code 1 if something differs
  presence rebuild               replace the derived tables with what the log says")]
pub struct RebuildArgs {
    /// Only compare
    #[arg(long)]
    pub check: bool,
}

/// `presence migrate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence migrate
  presence migrate --store sqlite:/var/lib/presence/presence.db
  presence migrate --store postgres://presence@db.example.com/office?schema=presence
  presence migrate --roles > roles.sql
  presence migrate --roles --apply --accounts berlin_analyst=37439510

`collect` and `import` upgrade the store they open; questions never do.

Roles are for stores in Postgres: one that writes and can neither change nor delete what is recorded, and one that only
reads the views. Set their passwords with `\\password ROLE` in psql. Once you have used `--accounts`, each role sees only
its accounts; the writer and the analyst see all.")]
pub struct MigrateArgs {
    /// Print the SQL that creates the roles (Postgres only); you can execute it repeatedly
    #[arg(long)]
    pub roles: bool,

    /// Create the roles instead of printing the SQL
    #[arg(long, requires = "roles")]
    pub apply: bool,

    /// The role that writes
    #[arg(
        long,
        requires = "roles",
        value_name = "ROLE",
        default_value = "presence_writer"
    )]
    pub writer: RoleName,

    /// The role that reads the views
    #[arg(
        long,
        requires = "roles",
        value_name = "ROLE",
        default_value = "presence_analyst"
    )]
    pub analyst: RoleName,

    /// A role that reads the views of these accounts only; may be repeated
    #[arg(long, requires = "roles", value_name = "ROLE=ID,ID")]
    pub accounts: Vec<AccountReader>,
}

/// `presence copy`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence copy --from sqlite:presence.db --to sqlite:/mnt/archive/presence.db
  presence copy --account 37439510 --from sqlite:all.db --to sqlite:one.db
  presence copy --from sqlite:presence.db --to postgres://presence@db.example.com/office

It copies everything: each sweep with its changes and the time it was recorded, and the account's name. A collector may
keep writing to the source, but not to the target. Run it again to continue an interrupted copy. At the end it reads both
histories again and compares them.")]
pub struct CopyArgs {
    /// The store to copy from
    #[arg(long, value_name = "URL")]
    pub from: String,

    /// The store to copy to; created if it does not exist
    #[arg(long, value_name = "URL")]
    pub to: String,
}

/// The longest interval, in milliseconds: a day.
const INTERVAL_MS_MAX: i64 = 24 * 3_600_000;

/// Reads a polling interval: from a second to a day.
pub(crate) fn parse_interval_ms(text: &str) -> Result<i64, String> {
    match parse_duration_ms(text)? {
        short if short < 1_000 => Err("the shortest interval is 1s".to_owned()),
        long if long > INTERVAL_MS_MAX => Err("the longest interval is 24h".to_owned()),
        interval_ms => Ok(interval_ms),
    }
}
