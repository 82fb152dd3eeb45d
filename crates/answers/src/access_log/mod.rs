//! `access-log`: who asked about whom over HTTP.

pub mod request;

use self::request::AccessLogRequest;
use crate::ask::{AsOf, Visible};
use crate::asker::{self, Asker};
use crate::refusal::Refusal;
use crate::render;
use crate::reply::Reply;
use crate::shapes::access::AccessEntry;
use crate::shared::FROM;
use crate::values::Limit;
use presence_model::time::Timestamp;
use presence_store::{AccessQuery, AccessRow};

/// So many entries are read at once.
const PAGE: u32 = 1_000;

/// Who asked about whom, the latest first, and before which entry the list goes on if it does.
pub async fn entries(
    asker: &Asker,
    request: &AccessLogRequest,
) -> Result<(Vec<AccessEntry>, Option<i64>), Refusal> {
    let from = match &request.from {
        Some(text) => asker.settings.moment(FROM, text)?,
        None => Timestamp::MIN,
    };
    let access = asker.history.to_read().await?.access;
    let context = asker.context_of(AsOf::Whole).await?;
    let named = asker::people(&context, &request.people).await?;
    let account_id = context.account_id();
    // The log is read in transactions of its own: no question holds one of the few readers while waiting for another.
    drop(context);
    let visible = asker.visible.clone();
    let is_wanted = |row: &AccessRow| {
        let is_named = |ids: &Vec<_>| ids.iter().any(|id| row.is_about(*id));
        let is_shown = match &visible {
            Visible::Everybody => true,
            Visible::Only(ids) => ids.iter().any(|id| row.is_about(*id)),
        };
        is_shown && named.as_ref().is_none_or(is_named)
    };
    let limit = request.limit.map_or(usize::MAX, Limit::count);
    let mut query = AccessQuery {
        account_id,
        before: request.after.map(|after| after.0),
        from,
        limit: PAGE,
    };
    // How often others are looked at shows in the numbers, too.
    let veil = &asker.veil;
    let shown = |entry_id: i64| veil.as_ref().map_or(entry_id, |veil| veil.hide(entry_id));
    let mut entries = Vec::new();
    loop {
        let rows = access.access_log(query).await?;
        for row in rows.iter().filter(|row| is_wanted(row)) {
            if entries.len() == limit {
                return Ok((entries, query.before.map(&shown)));
            }
            let mut entry = AccessEntry::of(row, |id| visible.shows(id));
            entry.entry_id = shown(entry.entry_id);
            entries.push(entry);
            query.before = Some(row.entry_id);
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE as usize => query.before = Some(last.entry_id),
            _ => return Ok((entries, None)),
        }
    }
}

/// Who asked about whom.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &AccessLogRequest,
) -> Result<(), Refusal> {
    let (entries, next) = entries(asker, request).await?;
    if next.is_some() {
        reply.goes_on_after(next);
    }
    reply.write_list(
        asker,
        &entries,
        |page| render::access::log(&entries, page),
        || render::access::log_csv(&entries),
    )
}
