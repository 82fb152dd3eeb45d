//! `route`: who can take a call now, the first to be asked first.

pub mod query;
pub mod request;
pub mod shape;
pub mod table;

use self::request::{FreeFields, RouteRequest};
use super::asker::{self, Asker};
use super::policy;
use super::question_text::{QuestionText, about_moment};
use super::refusal::{FieldName, Refusal};
use super::reply::{Reply, Texts};
use super::values::Limit;
use crate::ask::{self, AskError, Context, Free, RouteQuestion, Types};
use crate::render;
use presence_charts::json;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::wanted::Wanted;

/// The classes that are free.
const CLASS: FieldName = FieldName("class");

/// The policies that are asked if none is named.
pub(super) const DIRECT: &str = "direct_calls";
const QUEUE: &str = "queue_calls";
const READY: &str = "queue_ready";

/// What a request asks, and of which part of the log.
pub async fn resolve(
    asker: &Asker,
    request: &RouteRequest,
) -> Result<(Context, RouteQuestion), Refusal> {
    let group_filter = request.team.group_filter();
    let context = asker.context(&request.as_of).await?;
    let usual = usual_policy(&context, &group_filter).await?;
    let free = free(asker, &request.free, &usual)?;
    let extensions = asker::people(&context, &request.people).await?;
    let question = RouteQuestion {
        free,
        group_filter,
        // People who are named count, whatever type they are of.
        types: if extensions.is_some() {
            Types::All
        } else {
            request.types.clone().unwrap_or(Types::People)
        },
        extensions,
        age_ms_max: request.max_age.map(|age| age.0),
        limit: request.limit.map(Limit::count),
    };
    Ok((context, question))
}

/// The policy that is asked if none is named: of one queue that was ever swept, who is ready for its calls.
async fn usual_policy(context: &Context, group_filter: &GroupFilter) -> Result<String, AskError> {
    let queues: Vec<&str> = group_filter
        .queues
        .iter()
        .filter_map(Wanted::name)
        .collect();
    match queues.as_slice() {
        [] => Ok(DIRECT.to_owned()),
        [queue] if context.is_queue_swept(queue).await? => Ok(format!("{READY}:{queue}")),
        _ => Ok(QUEUE.to_owned()),
    }
}

/// Who can take a call now.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &RouteRequest,
) -> Result<(), Refusal> {
    let (context, question) = resolve(asker, request).await?;
    let route = ask::route(&context, &question).await?;
    let question_text = QuestionText::new("route", context.account_id())
        .people(question.extensions.as_deref())
        .types(&question.types)
        .option("--policy", Some(question.free.policy.name()))
        .options("--class", question.free.words())
        .team(&request.team)
        .option(
            "--max-age",
            request.max_age.map(|age| format!("{}ms", age.0)),
        )
        .option("--limit", request.limit);
    let mut provenance = about_moment(&context, &question_text, context.now()).await?;
    provenance.criterion = Some(route.criterion.clone());
    reply.write_object(
        asker,
        &route,
        &provenance,
        &Texts {
            table: &|page| {
                crate::route::table::table(&route, page) + &render::provenance::asked(&provenance)
            },
            ndjson: &|| json::lines(&route.candidates),
            csv: &|| crate::route::table::csv(&route),
        },
    )
}

/// Who counts as free.
pub(super) fn free(asker: &Asker, fields: &FreeFields, usual: &str) -> Result<Free, Refusal> {
    let policy = policy::policy(asker, fields.policy.as_deref().unwrap_or(usual))?;
    let free = Free::new(policy, &fields.classes, asker.settings.unknown_names);
    free.map_err(|error| Refusal::of_field(CLASS, error))
}
