//! `episodes`: each uninterrupted stay in a value, the longest first.

pub mod request;
pub mod shape;
mod table;

use std::cmp::Reverse;

use self::request::EpisodesRequest;
use self::shape::{Episode, Episodes};
use crate::ask::{self, Context, Named, Types, ValuesOf};
use crate::asker::{self, Asker};
use crate::format::Drawn;
use crate::policy;
use crate::question_text::{QuestionText, about_window};
use crate::refusal::Refusal;
use crate::render;
use crate::reply::{Reply, Texts, is_drawn};
use crate::shapes::as_of::AsOf;
use crate::shapes::common::{Person, Text};
use crate::shapes::so_far::SoFar;
use crate::values::Limit;
use presence_charts::json;
use presence_core::query::classes::Criterion;
use presence_core::query::episodes::episodes;
use presence_model::HashMap;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;

/// The value or class.
const VALUE: &str = "value";

/// Each uninterrupted stay in a value.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &EpisodesRequest,
) -> Result<(), Refusal> {
    let window = asker.window(&request.window)?;
    let criterion = policy::criterion(asker, &request.facet)?;
    let context = asker.context(&request.as_of).await?;
    let people = asker::people(&context, &request.people).await?;
    // Anyone who is named is meant, whatever they are.
    let types = match &people {
        Some(_) => Types::All,
        None => request.types.clone().unwrap_or(Types::People),
    };
    let named = Named::default()
        .types(&types)
        .values(ValuesOf::Criterion(&criterion), [(VALUE, &*request.value)]);
    ask::check_names(&context, &named).await?;
    let question_text = QuestionText::new("episodes", context.account_id())
        .people(people.as_deref())
        .team(&request.team)
        .types(&types)
        .window(window)
        .criterion(&criterion)
        .option("--value", Some(&request.value))
        .option(
            "--at-least",
            request.at_least.map(|least| format!("{}ms", least.0)),
        )
        .option("--limit", request.limit);
    let mut provenance = about_window(&context, &question_text, window).await?;
    provenance.criterion = Some((&criterion).into());
    if reply.is_known(&provenance) {
        return Ok(());
    }
    let chosen = asker::of_team(&context, people, &request.team, window).await?;
    let found = found(&context, request, (chosen, &types), (&criterion, window)).await?;
    if is_drawn(asker, Drawn::Parquet) {
        return reply.write_parquet(asker, &table::cells(&found), &provenance);
    }
    reply.write_object(
        asker,
        &found,
        &provenance,
        &Texts {
            table: &|page| table::table(&found, page) + &render::provenance::footer(&provenance),
            ndjson: &|| json::lines(&found.episodes),
            csv: &|| table::cells(&found),
        },
    )
}

/// The episodes of those who were chosen, or of everyone of some types.
async fn found(
    context: &Context,
    request: &EpisodesRequest,
    (chosen, types): (Option<Vec<ExtensionId>>, &Types),
    (criterion, window): (&Criterion, TimeRange),
) -> Result<Episodes, Refusal> {
    let extensions = context.extensions().await?;
    let people: HashMap<ExtensionId, Person> = extensions
        .iter()
        .filter(|one| types.include(one.profile.as_deref()))
        .map(|one| {
            let id = one.extension_id;
            (id, Person::of(id, one.profile.as_deref()))
        })
        .collect();
    let mut ids = chosen.unwrap_or_else(|| people.keys().copied().collect());
    ids.retain(|id| people.contains_key(id));
    let lanes = ask::lanes(context, &ids, std::slice::from_ref(criterion), window).await?;
    let class = lanes
        .lanes
        .first()
        .and_then(|lane| lane.class(&request.value));
    let least_ms = request.at_least.map_or(0, |least| least.0);
    let mut all = Vec::new();
    for one in &lanes.extensions {
        let (Some(class), Some(segments)) = (class, one.lanes.first()) else {
            continue;
        };
        let own = episodes(segments, class, window, context.now());
        let long = own.into_iter().filter(|episode| episode.ms() >= least_ms);
        all.extend(long.map(|episode| (one.extension_id, episode)));
    }
    all.sort_unstable_by_key(|(id, one)| (Reverse(one.ms()), one.range.from(), *id));
    let count = all.len();
    all.truncate(request.limit.map_or(usize::MAX, Limit::count));
    let listed = all.iter().filter_map(|(id, episode)| {
        let person = people.get(id)?.clone();
        Some(Episode::of(person, episode))
    });
    Ok(Episodes {
        criterion: criterion.into(),
        value: request.value.clone(),
        from: Text(window.from()),
        to: Text(window.to()),
        so_far: SoFar::of(window, context.now()),
        at_least_ms: request.at_least.map(|least| least.0),
        count,
        beyond_limit: count - all.len(),
        episodes: listed.collect(),
        as_of: AsOf::of(context.log_end().await?, window.to(), context.now()),
    })
}
