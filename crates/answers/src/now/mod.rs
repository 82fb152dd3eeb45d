//! `now` and `at`: everyone's state at a moment.

pub mod request;

use self::request::{AtRequest, NowRequest};
use crate::ask;
use crate::asker::{self, Asker};
use crate::policy;
use crate::question_text::{QuestionText, about_moment};
use crate::refusal::Refusal;
use crate::render;
use crate::reply::{Reply, Texts};
use crate::shared::{LogPartFields, PolicyFields, TIME};
use presence_charts::json;
use presence_core::model::time::Timestamp;
use presence_core::query::classes::Criterion;

/// Everyone's state at a moment.
pub async fn answer_at(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &AtRequest,
) -> Result<(), Refusal> {
    let moment = asker.settings.moment(TIME, &request.time)?;
    let fields = (&*request.people, &request.policy, &request.as_of);
    answer(asker, reply, Some(moment), fields).await
}

/// Everyone's state now.
pub async fn answer_now(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &NowRequest,
) -> Result<(), Refusal> {
    let fields = (&*request.people, &request.policy, &request.as_of);
    answer(asker, reply, None, fields).await
}

async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    moment: Option<Timestamp>,
    (people, policy, as_of): (&[String], &PolicyFields, &LogPartFields),
) -> Result<(), Refusal> {
    let policy = match &policy.policy {
        Some(name) => Some(policy::policy(asker, name)?),
        None => None,
    };
    let context = asker.context(as_of).await?;
    let wanted = asker::people(&context, people).await?;
    let moment = moment.unwrap_or_else(|| context.now());
    let zone = asker.settings.zone.clone();
    let question_text = QuestionText::new("at", context.account_id())
        .word(&moment)
        .people(wanted.as_deref())
        .option("--policy", policy.as_ref().map(|policy| policy.name()))
        .zone(&zone);
    let mut entries = match &policy {
        Some(policy) => ask::at_by_policy(&context, moment, policy).await?,
        None => ask::at(&context, moment).await?,
    };
    if let Some(wanted) = wanted {
        entries.retain(|entry| wanted.contains(&entry.person.extension_id.0));
    }
    let mut provenance = about_moment(&context, &question_text, moment).await?;
    provenance.criterion = policy.map(|policy| (&Criterion::Policy(policy)).into());
    provenance.zone = zone.name();
    reply.write_array(
        asker,
        &entries,
        &provenance,
        &Texts {
            table: &|page| {
                render::at::table(&entries, moment, page) + &render::provenance::footer(&provenance)
            },
            ndjson: &|| json::lines(&entries),
            csv: &|| render::at::csv(&entries),
        },
    )
}
