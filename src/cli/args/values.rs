//! What single values on the command line mean, where they are no part of a question.

use clap::ValueEnum;

use presence_core::model::facet::Facet;
use presence_core::query::daily::is_kept_daily;
use presence_files::private::FileMode;

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The mode of files that are made: no other is of use, and none lets everyone read them.
pub(crate) fn parse_mode(text: &str) -> Result<FileMode, String> {
    match text.trim_start_matches("0o").trim_start_matches('0') {
        "600" => Ok(FileMode::Owner),
        "640" => Ok(FileMode::Group),
        _ => Err("write 0600 (the owner alone) or 0640 (the group may read)".to_owned()),
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// Reads the name of a facet that the daily table can be kept of.
pub fn parse_daily_facet(text: &str) -> Result<Facet, String> {
    let kept = || Facet::ALL.into_iter().filter(|facet| is_kept_daily(*facet));
    match Facet::from_name(text) {
        Some(facet) if is_kept_daily(facet) => Ok(facet),
        Some(_) => Err(format!(
            "{text:?} is not kept by the day: status messages are personal, and of any number of values"
        )),
        None => Err(format!(
            "{text:?} is no facet: write {}",
            kept().map(Facet::name).collect::<Vec<_>>().join(", ")
        )),
    }
}
