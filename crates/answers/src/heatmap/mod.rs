//! `heatmap`: a state over the hours of the week.

pub mod query;
pub mod request;
pub mod shape;
pub mod svg;
pub mod table;

use self::request::HeatmapRequest;
use super::asker::Asker;
use super::format::Drawn;
use super::question_text::{QuestionText, about_counted};
use super::refusal::Refusal;
use super::reply::{Reply, Texts, is_drawn};
use super::{chart, staffing};
use crate::ask::{self, Context, HeatmapQuestion};
use crate::render;
use presence_charts::json;
use presence_core::query::wanted::Wanted;

/// A value over the hours of the week.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &HeatmapRequest,
) -> Result<(), Refusal> {
    let (context, question) = resolve(asker, request).await?;
    let window = question.about.window;
    let question_text = QuestionText::new("heatmap", context.account_id())
        .counted(&question.about)
        .flag("--as-now", question.about.group_by.as_now)
        .option("--value", Some(question.value.word()));
    let provenance = about_counted(&context, &question_text, &question.about).await?;
    if reply.is_known(&provenance) {
        return Ok(());
    }
    let heatmap = ask::heatmap(&context, &question).await?;
    if is_drawn(asker, Drawn::Svg) {
        let value = Some(question.value.word());
        let title = chart::title(&heatmap.criterion, value, window, &reply.page(asker));
        let canvas = chart::canvas(asker, &title, &provenance);
        return chart::write(
            asker,
            reply,
            &crate::heatmap::svg::heatmap(&heatmap, &canvas),
            &provenance,
        );
    }
    reply.write_object(
        asker,
        &heatmap,
        &provenance,
        &Texts {
            table: &|page| {
                crate::heatmap::table::table(&heatmap, page)
                    + &render::provenance::asked(&provenance)
            },
            ndjson: &|| json::lines(&heatmap.cells),
            csv: &|| crate::heatmap::table::csv(&heatmap),
        },
    )
}

/// What is asked of which history.
pub async fn resolve(
    asker: &Asker,
    request: &HeatmapRequest,
) -> Result<(Context, HeatmapQuestion), Refusal> {
    let (context, about) = staffing::about(asker, &request.count.scope).await?;
    let value = Wanted::of_word(&request.count.value);
    Ok((context, HeatmapQuestion { about, value }))
}
