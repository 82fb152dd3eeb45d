//! The arguments of the commands that record, run or keep house.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::values::parse_daily_facet;
use presence_answers::values::{TimeExpression, parse_duration_ms};
use presence_collector::operations::DEFAULT_ADDRESS;
use presence_core::model::facet::Facet;
use presence_simulator::FaultRule;
use presence_store::{AccountReader, RoleName};

/// `presence demo`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence demo
  presence demo --live                                   stays, and opens in a browser
  presence demo --extensions 500 --days 2 --interval 30s --seed 7
  presence demo --end 2026-11-06T15:30:00Z               the same history whenever it is made

The office is invented, the rest is real: HTTP, the collector, the store, the report. Time is simulated, so that days \
pass in seconds; they end now. An office of 30 or more has a team that works round the clock. The store stays; ask it \
more with `--store sqlite:demo.db`. Its last sweep counts for an hour, so that `presence now` has an answer meanwhile.

With --live the office goes on: its platform, a collector and a server with the pages run until Ctrl-C or SIGTERM, on \
this computer's own address only.")]
pub struct DemoArgs {
    /// How many extensions the office has
    #[arg(long, value_name = "COUNT", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub extensions: u32,

    /// How many days to record
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=31))]
    pub days: u32,

    /// When the days end [default: now]
    #[arg(
        long,
        value_name = "TIME",
        conflicts_with = "live",
        allow_hyphen_values = true
    )]
    pub end: Option<TimeExpression>,

    /// How often to look
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_interval_ms)]
    pub interval: i64,

    /// Another seed is another office
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,

    /// Where to keep the history; replaced if it is a demonstration's
    #[arg(long, value_name = "FILE", default_value = "demo.db")]
    pub keep: PathBuf,

    /// Go on collecting, and show the pages in a browser, until you stop it
    #[arg(long)]
    pub live: bool,

    /// Where the pages are; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", requires = "live", value_parser = parse_loopback)]
    pub listen: Option<SocketAddr>,
}

/// Reads an address that only this computer reaches.
fn parse_loopback(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(_) => Err(
            "the demonstration answers on this computer only: write an address like 127.0.0.1:8080"
                .to_owned(),
        ),
        Err(_) => Err("write an address and a port, like 127.0.0.1:8080".to_owned()),
    }
}

/// `presence simulate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence simulate
  presence simulate --extensions 2000 --speed 60 --start 2026-11-02T08:00:00Z
  presence simulate --listen 127.0.0.1:0 --seed 7
  presence simulate --into sqlite:office.db --extensions 1000 --days 30 --seed 7 --from 2026-10-01

Without --into it writes the lines to `export`, then answers until Ctrl-C. Its answers are invented; nothing leaves this \
computer.

With --into it writes what a collector would have recorded of the office into a store, without HTTP, and ends. Equal \
options give equal histories; an interrupted one goes on when it is started again. What is in it:
  people      nine in ten extensions; three zones and some more, five departments, four queues, three sites; nine
              work round the clock (of 30 or more); one in ten joins, and one in ten leaves, in a year (of 200 or more)
  workdays    about eight hours with 25 to 50 changes to be seen; part-time, nights, days off; weekends are quiet
  looks       pages of 1,000, each with its own times; one look in 400 lacks a page, one in 1,500 fails
  outages     on one day in six for 4 to 45 minutes, on one in thirty for one to six hours, and over a weekend in one
              week of eight, at least once in a month")]
pub struct SimulateArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8180")]
    pub listen: SocketAddr,

    /// How many extensions the office has
    #[arg(long, value_name = "COUNT", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub extensions: u32,

    /// Another seed is another office
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,

    /// The office's time at the start [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub start: Option<TimeExpression>,

    /// How many times faster than ours time runs
    #[arg(long, value_name = "FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub speed: u32,

    /// Something that goes wrong: NAME[=VALUE][@WHEN]
    ///
    /// Such as maintenance@sweeps=3; can be given again.
    #[arg(long = "fault", value_name = "FAULT", conflicts_with = "into")]
    pub faults: Vec<FaultRule>,

    /// How many requests a minute each group of resources allows [default: as the platform's]
    #[arg(long = "rate-limit", value_name = "COUNT", conflicts_with = "into", hide_short_help = true, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate_limit: Option<u32>,

    /// The account's id
    #[arg(long = "account-id", value_name = "ID", hide_short_help = true, default_value_t = 37_439_510, value_parser = clap::value_parser!(i64).range(1..1 << 53))]
    pub account_id: i64,

    /// Write a history of the office into this store
    #[arg(long, value_name = "URL", conflicts_with_all = ["listen", "start", "speed"])]
    pub into: Option<String>,

    /// How many days the history has [default: 30]
    #[arg(long, value_name = "COUNT", requires = "into", value_parser = clap::value_parser!(u32).range(1..=3_660))]
    pub days: Option<u32>,

    /// When it begins [default: --days before its end]
    #[arg(
        long,
        value_name = "TIME",
        requires = "into",
        conflicts_with = "end",
        allow_hyphen_values = true
    )]
    pub from: Option<TimeExpression>,

    /// When it ends [default: midnight of today, UTC]
    #[arg(
        long,
        value_name = "TIME",
        requires = "into",
        allow_hyphen_values = true
    )]
    pub end: Option<TimeExpression>,

    /// From one look of the history to the next [default: 60s]
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

With --operations it answers /healthz (its loop makes progress), /readyz (the store answers, and the last complete \
sweep is younger than three intervals) and /metrics (for Prometheus). A service manager such as systemd is told as well, \
when it asks for it. docs/operations.md explains both.

The platform's credentials come from RC_SERVER_URL, RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT, from \
files that the same names with _FILE at the end name, or from files that `[ringcentral]` in the configuration \
names. They are never flags. The session is kept in a file in the state folder, or in the one that RC_TOKEN_FILE (or \
token_file) names, so that a restart and other commands go on with it (`presence logout --help`). Ctrl-C or SIGTERM ends \
it cleanly.

While the store cannot be reached, or has no room, looks wait in a spool: a file beside the SQLite file, or in the \
service's state folder. They go into the store, in order, when it is back.")]
pub struct CollectArgs {
    /// Look once and end
    #[arg(long)]
    pub once: bool,

    /// How often to look [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_interval_ms)]
    pub interval: Option<i64>,

    /// Answer /healthz, /readyz and /metrics on this address
    ///
    /// Without an address: 127.0.0.1:9464; `off` is none. [default: off] [env: `PRESENCE_OPERATIONS`]
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

    /// The folder in which looks wait while the store is away
    ///
    /// [default: beside the store]
    #[arg(long, value_name = "FOLDER")]
    pub spool: Option<PathBuf>,
}

/// Where health and metrics are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationsChoice {
    /// Nowhere.
    Off,
    /// On this address.
    On(SocketAddr),
}

/// Reads where health and metrics are answered: an address, a port of this computer, `on` or `off`.
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

A line is one sweep:
  {\"account_id\":\"37439510\",\"observed_at\":\"2026-11-02T14:00:00.000Z\",\"valid_for_ms\":180000,\"complete\":true,
   \"records\":[{\"extension\":{\"id\":101},\"presenceStatus\":\"Available\"}],\"directory\":[]}
Lines run forward in time. What is already recorded is recognised and skipped.")]
pub struct ImportArgs {
    /// NDJSON files, in order; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// `presence pack`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence pack
  presence pack --check          compare, change nothing; exit code 1 if something differs

Days that are over (UTC) take about six bytes a change when they are packed, a row an extension and month, and are read many
times faster. Nothing is lost by it: the rows stay, and the answers are the same. `collect` packs by itself, a little after
each look; this command does it at once, for instance after an import. It can be interrupted at any time, and goes on where it was.")]
pub struct PackArgs {
    /// Only compare what is packed with the rows it was made from
    #[arg(long)]
    pub check: bool,
}

/// `presence daily`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence daily
  presence daily --facet telephony_status
  presence daily --clear --facet telephony_status

The table is the view `presence_daily` of the store: one row for each extension, local day and value, with bounds, and \
the day's unknown and absent time. A day is added when it is over. `collect` does this by itself, once a day ends; \
after `import` or `copy`, do it here. What is final is not computed again, so it can be run at any time. Which facets \
are kept, and in whose local time, is said under [daily] in the configuration:
  [daily]
  facets = [\"presence_status\", \"telephony_status\"]
  zone = \"Europe/Berlin\"                              # default: \"extension\", each one's own")]
pub struct DailyArgs {
    /// Only these facets, comma-separated [default: those of the configuration, else `presence_status`]
    #[arg(long = "facet", value_name = "FACETS", value_delimiter = ',', value_parser = parse_daily_facet)]
    pub facets: Vec<Facet>,

    /// Empty the table instead: of the facets that are named, else of all
    #[arg(long)]
    pub clear: bool,
}

/// `presence rebuild`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence rebuild --check       compare, change nothing; exit code 1 if they differ
  presence rebuild               replace the projections by what the log says")]
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

`collect` and `import` do this by themselves; questions never do.

Roles are for stores in Postgres: one that writes, and can neither change nor delete what is recorded, and one that reads
the views and nothing else. Set their passwords with `\\password ROLE` in psql. Once `--accounts` was given, each role
sees the accounts that it was given; the writer and the analyst see all.")]
pub struct MigrateArgs {
    /// Print the SQL that makes the roles (Postgres only); it can be executed again and again
    #[arg(long)]
    pub roles: bool,

    /// Make the roles, instead of printing the SQL
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

    /// A role that reads the views and sees these accounts only; may be repeated
    #[arg(long, requires = "roles", value_name = "ROLE=ID,ID")]
    pub accounts: Vec<AccountReader>,
}

/// `presence copy`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence copy --from sqlite:presence.db --to sqlite:/mnt/archive/presence.db
  presence copy --account 37439510 --from sqlite:all.db --to sqlite:one.db
  presence copy --from sqlite:presence.db --to postgres://presence@db.example.com/office

Everything is copied: each look with its changes, when it was recorded, and the account's name. A collector may go on
writing to the source, not to the target. An interrupted copy goes on where it was when it is started again. At the end
both histories are read once more and compared.")]
pub struct CopyArgs {
    /// The store to copy from
    #[arg(long, value_name = "URL")]
    pub from: String,

    /// The store to copy to; made if it is not there
    #[arg(long, value_name = "URL")]
    pub to: String,
}

/// The longest interval, in milliseconds: a day.
const INTERVAL_MS_MAX: i64 = 24 * 3_600_000;

/// Reads how often to look: from a second to a day.
pub(crate) fn parse_interval_ms(text: &str) -> Result<i64, String> {
    match parse_duration_ms(text)? {
        short if short < 1_000 => Err("the shortest interval is 1s".to_owned()),
        long if long > INTERVAL_MS_MAX => Err("the longest interval is 24h".to_owned()),
        interval_ms => Ok(interval_ms),
    }
}
