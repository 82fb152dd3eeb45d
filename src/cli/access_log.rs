//! `presence access-log`.

use crate::ask::{LogPart, Visible};
use crate::model::time::Timestamp;
use crate::render::{self, json};
use crate::shapes::access::AccessEntry;
use crate::store::{AccessQuery, AccessRow, OpenMode};

use super::args::{AccessLogArgs, Format};
use super::exit::Failure;
use super::session::{self, Session};

/// So many entries are read at once.
const PAGE: u32 = 1_000;

/// Who looked at whom.
pub(super) async fn run(session: &mut Session, args: &AccessLogArgs) -> Result<(), Failure> {
    let from = match &args.from {
        Some(text) => session.settings.moment("--from", text)?,
        None => Timestamp::MIN,
    };
    let opened = session.opened(OpenMode::ReadOnly).await?;
    let context = session.context_of(LogPart::Whole).await?;
    let named = session::people(&context, &args.people).await?;
    let account_id = context.account_id();
    // The log is read in transactions of its own: nobody holds one of the few readers while waiting for another.
    drop(context);
    let visible = session.visible();
    let is_wanted = |row: &AccessRow| {
        let is_named = |ids: &Vec<_>| ids.iter().any(|id| row.is_about(*id));
        let is_shown = match &visible {
            Visible::Everybody => true,
            Visible::Only(ids) => ids.iter().any(|id| row.is_about(*id)),
        };
        is_shown && named.as_ref().is_none_or(is_named)
    };
    let limit = args.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    let mut query = AccessQuery {
        account_id,
        before: args.after,
        from,
        limit: PAGE,
    };
    // How often others are looked at shows in the numbers, too.
    let veil = session
        .asking
        .as_ref()
        .and_then(|asking| asking.veil.clone());
    let shown = |entry_id: i64| veil.as_ref().map_or(entry_id, |veil| veil.hide(entry_id));
    let mut entries = Vec::new();
    'log: loop {
        let rows = opened.access.access_log(query).await?;
        for row in rows.iter().filter(|row| is_wanted(row)) {
            if entries.len() == limit {
                session.goes_on_after(query.before.map(&shown));
                break 'log;
            }
            let mut entry = AccessEntry::of(row, |id| visible.shows(id));
            entry.entry_id = shown(entry.entry_id);
            entries.push(entry);
            query.before = Some(row.entry_id);
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE as usize => query.before = Some(last.entry_id),
            _ => break,
        }
    }
    let page = session.page();
    let text = match session.settings.format {
        Format::Table => render::access::log(&entries, &page),
        Format::Json => json::pretty(&entries),
        Format::Ndjson => json::lines(&entries),
        Format::Csv => render::access::log_csv(&entries).file(&session.settings.csv_style()),
    };
    Ok(session.output.write(&text)?)
}
