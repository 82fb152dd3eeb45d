//! `people`: who there is.

pub mod request;
pub mod shape;
pub mod table;

use self::request::PeopleRequest;
use crate::ask::{self, Named, Types};
use crate::asker::{self, Asker};
use crate::people::shape::PersonEntry;
use crate::refusal::{FieldName, Refusal, sentence};
use crate::reply::Reply;
use crate::values::Limit;
use presence_core::query::group::ExtensionOrder;
use presence_model::time::TimeRange;
use presence_store::ExtensionSummary;

/// Where a list before ended.
const AFTER: FieldName = FieldName("after");

/// Who there is.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &PeopleRequest,
) -> Result<(), Refusal> {
    let context = asker.context(&request.as_of).await?;
    let wanted = asker::people(&context, &request.people).await?;
    let now = TimeRange::of_moment(context.now());
    let members = ask::team_members(&context, &request.team.team(), now).await?;
    let types = request.types.clone().unwrap_or(Types::People);
    ask::check_names(&context, &Named::default().types(&types)).await?;
    let mut extensions = context.extensions().await?;
    extensions.retain(|extension| match &wanted {
        // People who are named count, whatever type they are of.
        Some(wanted) => wanted.contains(&extension.extension_id),
        None => types.include(extension.profile.as_deref()),
    });
    if let Some(members) = members {
        extensions.retain(|extension| members.contains(&extension.extension_id));
    }
    extensions.sort_by_cached_key(place);
    if let Some(after) = request.after {
        let last = extensions.iter().position(|one| one.extension_id == after);
        let last = last.ok_or_else(|| {
            Refusal::wrong(
                AFTER,
                sentence!(
                    AFTER,
                    format!(" {after}: the list has no extension with this id")
                ),
            )
        })?;
        extensions.drain(..=last);
    }
    let limit = request.limit.map(Limit::count);
    if let Some(limit) = limit.filter(|limit| *limit < extensions.len()) {
        extensions.truncate(limit);
        reply.goes_on_after(extensions.last().map(|last| last.extension_id));
    }
    let entries: Vec<PersonEntry> = extensions.iter().map(PersonEntry::of).collect();
    reply.write_list(
        asker,
        &entries,
        |page| crate::people::table::table(&entries, page),
        || crate::people::table::csv(&entries),
    )
}

fn place(extension: &ExtensionSummary) -> ExtensionOrder {
    let profile = extension.profile.as_deref();
    let number = profile.and_then(|profile| profile.extension_number.as_deref());
    ExtensionOrder::of(extension.extension_id, number)
}
