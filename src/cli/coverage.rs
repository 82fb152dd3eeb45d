//! `presence coverage`.

use crate::ask;
use crate::render::{self, json};

use super::answer::Texts;
use super::args::CoverageArgs;
use super::exit::Failure;
use super::question::{Asked, about_window};
use super::session::Session;

/// When the account was looked at, and when not.
pub(super) async fn run(session: &mut Session, args: &CoverageArgs) -> Result<(), Failure> {
    let window = session.window(&args.window)?;
    let context = session.context(&args.as_of).await?;
    let zone = session.settings.zone.clone();
    let asked = Asked::new("coverage", context.account_id())
        .window(window)
        .zone(&zone);
    let mut coverage = ask::coverage(&context, window).await?;
    coverage.zone = zone.name();
    let mut provenance = about_window(&context, &asked, window).await?;
    provenance.zone.clone_from(&coverage.zone);
    session.write_object(
        &coverage,
        &provenance,
        &Texts {
            table: &|page| {
                render::coverage::table(&coverage, page) + &render::provenance::footer(&provenance)
            },
            ndjson: &|| json::lines(render::coverage::pieces(&coverage)),
            csv: &|| render::coverage::csv(&coverage),
        },
    )
}
