//! `presence coverage`.

use crate::ask;
use crate::render::{self, json};

use super::args::{CoverageArgs, Format};
use super::exit::Failure;
use super::session::Session;

/// When the account was looked at, and when not.
pub(super) async fn run(session: &mut Session, args: &CoverageArgs) -> Result<(), Failure> {
    let window = session.settings.window(&args.window)?;
    let context = session.context(&args.as_of).await?;
    let coverage = ask::coverage(&context, window).await?;
    let page = session.page();
    let text = match session.settings.format {
        Format::Table => render::coverage::table(&coverage, &page),
        Format::Json => json::pretty(&coverage),
        Format::Ndjson => json::lines(render::coverage::pieces(&coverage)),
        Format::Csv => render::coverage::csv(&coverage),
    };
    Ok(session.output.write(&text)?)
}
