//! Values on the command line that are not part of a question.

use clap::ValueEnum;

use presence_core::query::daily::is_kept_daily;
use presence_files::private::FileMode;
use presence_model::facet::Facet;

/// When output has color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The mode of new files: no other is useful, and none lets everyone read them.
pub(crate) fn parse_mode(text: &str) -> Result<FileMode, String> {
    match text.trim_start_matches("0o").trim_start_matches('0') {
        "600" => Ok(FileMode::Owner),
        "640" => Ok(FileMode::Group),
        _ => {
            Err("write 0600 (only the owner can read) or 0640 (the group can read too)".to_owned())
        }
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object per line.
    Json,
}

/// Reads the name of a facet that the daily table can hold.
pub fn parse_daily_facet(text: &str) -> Result<Facet, String> {
    let kept = || Facet::ALL.into_iter().filter(|facet| is_kept_daily(*facet));
    match Facet::from_name(text) {
        Some(facet) if is_kept_daily(facet) => Ok(facet),
        Some(_) => Err(format!(
            "{text:?} is not kept in the daily table: status messages are personal and can have any number of values"
        )),
        None => Err(format!(
            "{text:?} is not a facet: write {}",
            kept().map(Facet::name).collect::<Vec<_>>().join(", ")
        )),
    }
}
