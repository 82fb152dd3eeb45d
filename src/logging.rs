//! The log: what happens, for whoever runs the program. To standard error, never to standard output.

use std::io::{self, Write};

use indicatif::ProgressBar;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogShape {
    /// A line for people, with or without colour.
    Text {
        /// Whether levels are coloured.
        colour: bool,
    },
    /// One JSON object a line.
    Json,
}

/// The filter cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the log filter {filter:?} cannot be read ({reason}): write it like presence=debug,sqlx=info"
)]
pub struct FilterError {
    filter: String,
    reason: String,
}

/// What names everything that this program writes into the log: its parts are called `presence_core`, `presence_store` …,
/// and a filter holds for every name that begins as it says.
const OWN: &str = "presence";
/// What named it before the program had parts.
const OWN_BEFORE: &str = "presence_history";

/// Installs the log once for the whole program; `status` is the line that log lines must not tear apart.
pub fn install(filter: &str, shape: LogShape, status: ProgressBar) -> Result<(), FilterError> {
    let parsed = EnvFilter::builder()
        .parse(filter.replace(OWN_BEFORE, OWN))
        .map_err(|error| FilterError {
            filter: filter.to_owned(),
            reason: error.to_string(),
        })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        // Where nobody reads the log any more, there is nobody to tell that it cannot be written.
        .log_internal_errors(false)
        .with_writer(AboveStatus(status));
    let installed = match shape {
        LogShape::Text { colour } => log.with_ansi(colour).with_target(false).try_init(),
        LogShape::Json => log.json().flatten_event(true).try_init(),
    };
    // A second installation in one process (a test) keeps the first.
    drop(installed);
    Ok(())
}

/// Writes above the status line, if one is shown.
#[derive(Clone, Debug)]
struct AboveStatus(ProgressBar);

impl Write for AboveStatus {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for AboveStatus {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
