//! `now` and `at`: everyone's state at a moment.

pub mod query;
pub mod request;
pub mod shape;
pub mod table;

use self::request::{AtRequest, NowRequest};
use crate::ask;
use crate::asker::{self, Asker};
use crate::policy;
use crate::question_text::{QuestionText, about_moment};
use crate::refusal::Refusal;
use crate::render;
use crate::reply::{Reply, Texts};
use crate::shared::{AsOfFields, PolicyFields, TIME, TeamFields};
use crate::values::PersonRef;
use presence_charts::json;
use presence_core::query::classes::Criterion;
use presence_model::time::{TimeRange, Timestamp};

/// Everyone's state at a moment.
pub async fn answer_at(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &AtRequest,
) -> Result<(), Refusal> {
    let moment = asker.settings.moment(TIME, &request.time)?;
    let fields = (
        &*request.people,
        &request.team,
        &request.policy,
        &request.as_of,
    );
    answer(asker, reply, Some(moment), fields).await
}

/// Everyone's state now.
pub async fn answer_now(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &NowRequest,
) -> Result<(), Refusal> {
    let fields = (
        &*request.people,
        &request.team,
        &request.policy,
        &request.as_of,
    );
    answer(asker, reply, None, fields).await
}

/// What both are asked: whom, of which team, by which policy, of which part of the log.
type Fields<'a> = (
    &'a [PersonRef],
    &'a TeamFields,
    &'a PolicyFields,
    &'a AsOfFields,
);

async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    moment: Option<Timestamp>,
    (people, team, policy, as_of): Fields<'_>,
) -> Result<(), Refusal> {
    let policy = match &policy.policy {
        Some(name) => Some(policy::policy(asker, name)?),
        None => None,
    };
    let context = asker.context(as_of).await?;
    let named = asker::people(&context, people).await?;
    let moment = moment.unwrap_or_else(|| context.now());
    let wanted =
        asker::of_team(&context, named.clone(), team, TimeRange::of_moment(moment)).await?;
    let zone = asker.settings.zone.clone();
    let question_text = QuestionText::new("at", context.account_id())
        .word(&moment)
        .people(named.as_deref())
        .team(team)
        .option("--policy", policy.as_ref().map(|policy| policy.name()))
        .zone(&zone);
    let mut provenance = about_moment(&context, &question_text, moment).await?;
    provenance.criterion = policy
        .clone()
        .map(|policy| (&Criterion::Policy(policy)).into());
    provenance.zone = zone.name();
    if reply.is_known(&provenance) {
        return Ok(());
    }
    let mut entries = match &policy {
        Some(policy) => ask::at_by_policy(&context, moment, policy).await?,
        None => ask::at(&context, moment).await?,
    };
    if let Some(wanted) = wanted {
        entries.retain(|entry| wanted.contains(&entry.person.extension_id.0));
    }
    reply.write_array(
        asker,
        &entries,
        &provenance,
        &Texts {
            table: &|page| {
                crate::now::table::table(&entries, moment, page)
                    + &render::provenance::footer(&provenance)
            },
            ndjson: &|| json::lines(&entries),
            csv: &|| crate::now::table::csv(&entries),
        },
    )
}
