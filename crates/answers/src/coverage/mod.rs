//! `coverage`: when the collector was running, and the gaps.

pub mod query;
pub mod request;
pub mod shape;
pub mod table;

use self::request::CoverageRequest;
use crate::ask;
use crate::asker::Asker;
use crate::question_text::{QuestionText, about_window};
use crate::refusal::Refusal;
use crate::render;
use crate::reply::{Reply, Texts};
use presence_charts::json;

/// When the collector was running, and when not.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &CoverageRequest,
) -> Result<(), Refusal> {
    let window = asker.window(&request.window)?;
    let context = asker.context(&request.as_of).await?;
    let zone = asker.settings.zone.clone();
    let question_text = QuestionText::new("coverage", context.account_id())
        .window(window)
        .zone(&zone);
    let mut provenance = about_window(&context, &question_text, window).await?;
    provenance.zone = zone.name();
    if reply.is_known(&provenance) {
        return Ok(());
    }
    let mut coverage = ask::coverage(&context, window).await?;
    coverage.zone = zone.name();
    reply.write_object(
        asker,
        &coverage,
        &provenance,
        &Texts {
            table: &|page| {
                crate::coverage::table::table(&coverage, page)
                    + &render::provenance::footer(&provenance)
            },
            ndjson: &|| json::lines(crate::coverage::table::pieces(&coverage)),
            csv: &|| crate::coverage::table::csv(&coverage),
        },
    )
}
