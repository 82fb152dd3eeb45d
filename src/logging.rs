//! The log: what happens, for anyone who runs the program. To standard error, never to standard output.

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
        .parse(with_own_names(filter))
        .map_err(|error| FilterError {
            filter: filter.to_owned(),
            reason: error.to_string(),
        })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        // Where no one reads the log any more, there is no one to tell that it cannot be written.
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

/// A filter that names the program as it was called, by what its parts are called now.
fn with_own_names(filter: &str) -> String {
    let directives = filter.split(',').map(|directive| {
        let name = directive.find(['=', '[']).unwrap_or(directive.len());
        let (name, rest) = directive.split_at(name);
        let name = match name.trim().strip_prefix(OWN_BEFORE) {
            Some("") => OWN,
            Some(module) if module.starts_with("::") => OWN,
            _ => name,
        };
        format!("{name}{rest}")
    });
    directives.collect::<Vec<_>>().join(",")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_filter_still_means_the_whole_program() {
        for (filter, expected) in [
            (
                "presence_history=debug,sqlx=info",
                "presence=debug,sqlx=info",
            ),
            ("warn,presence_history::store=trace", "warn,presence=trace"),
            ("presence_store=debug", "presence_store=debug"),
            ("presence_historyx=debug", "presence_historyx=debug"),
            ("a=b=c", "a=b=c"),
        ] {
            assert_eq!(with_own_names(filter), expected);
        }
    }

    #[test]
    fn every_part_of_the_program_is_named_by_its_beginning() {
        let filter = EnvFilter::builder().parse("warn,presence=debug");
        let filter = filter.expect("it can be read").to_string();
        assert!(filter.contains("presence=debug"), "{filter}");
        let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/crates"));
        for folder in folders.expect("the crates are there") {
            let path = folder.expect("it can be read").path().join("Cargo.toml");
            let text = std::fs::read_to_string(&path).expect("every crate has one");
            assert!(
                text.contains(&format!("name = \"{OWN}-")),
                "{}",
                path.display()
            );
        }
    }
}
