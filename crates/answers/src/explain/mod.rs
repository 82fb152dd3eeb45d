//! `explain`: why a person's state at a moment is known, or not.

pub mod moment;
pub mod query;
pub mod request;
pub mod shape;
pub mod table;

use self::request::ExplainRequest;
use crate::ask;
use crate::asker::{self, Asker};
use crate::policy;
use crate::question_text::{QuestionText, about_moment};
use crate::refusal::Refusal;
use crate::render;
use crate::reply::{Reply, Texts};
use crate::shared::TIME;
use presence_charts::json;

/// Why a person's state at a moment is known, or not.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &ExplainRequest,
) -> Result<(), Refusal> {
    let moment = asker.settings.moment(TIME, &request.time)?;
    let criterion = policy::criterion(asker, &request.facet)?;
    let context = asker.context(&request.as_of).await?;
    let extension_id = asker::person(&context, &request.person).await?;
    let question_text = QuestionText::new("explain", context.account_id())
        .word(&extension_id)
        .word(&moment)
        .criterion(&criterion);
    let mut provenance = about_moment(&context, &question_text, moment).await?;
    provenance.criterion = Some((&criterion).into());
    if reply.is_known(&provenance) {
        return Ok(());
    }
    let explanation = ask::explain_moment(&context, extension_id, &criterion, moment).await?;
    let explanation = explanation.ok_or_else(|| policy::not_seen(&request.person, moment))?;
    reply.write_object(
        asker,
        &explanation,
        &provenance,
        &Texts {
            table: &|page| {
                crate::explain::table::table(&explanation, page)
                    + &render::provenance::asked(&provenance)
            },
            ndjson: &|| json::line(&explanation),
            csv: &|| crate::explain::table::csv(&explanation),
        },
    )
}
