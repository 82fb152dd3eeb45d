//! Who was in the groups that a question is narrowed to.

use std::collections::BTreeSet;

use presence_core::query::group_filter::Team;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;
use presence_store::Messages;

use crate::context::{Context, EXTENSIONS_AT_ONCE};
use crate::error::AskError;
use crate::names::{Named, check_names};

/// The extensions that were in a team at some time of `window`; `None` where the team is everyone. Names of groups that
/// mean nothing are refused.
pub async fn team_members(
    context: &Context,
    team: &Team,
    window: TimeRange,
) -> Result<Option<BTreeSet<ExtensionId>>, AskError> {
    if team.group_filter.is_everybody() {
        return Ok(None);
    }
    check_names(context, &Named::default().group_filter(&team.group_filter)).await?;
    let extensions = context.extensions().await?;
    // At the present moment the latest profile is the one that holds.
    if team.as_now || window.from() >= context.now() {
        let members = extensions.iter();
        let members = members.filter(|one| team.group_filter.includes(one.profile.as_deref()));
        return Ok(Some(members.map(|one| one.extension_id).collect()));
    }
    let ids: Vec<ExtensionId> = extensions.iter().map(|one| one.extension_id).collect();
    let mut members = BTreeSet::new();
    for part in ids.chunks(EXTENSIONS_AT_ONCE) {
        let dictionary = context.dictionary_of(part, Messages::NotNeeded).await?;
        for history in context.histories(part, window).await? {
            let segments = team.segments(&history, &dictionary, window)?;
            if segments.is_none_or(|segments| !segments.is_empty()) {
                members.insert(history.extension_id);
            }
        }
    }
    Ok(Some(members))
}
