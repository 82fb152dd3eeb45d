//! The audit list of events, page by page.

use crate::model::event::EventKind;
use crate::model::facet::Facet;
use crate::model::ids::{ExtensionId, Position};
use crate::model::state::Presence;
use crate::model::time::Span;
use crate::shapes;
use crate::store::{ChangesQuery, LoggedEvent};

use super::context::{AskError, Context};

/// How many events are read at once.
const PAGE: u32 = 2_000;

/// Which change events to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesQuestion {
    /// Only events observed in here.
    pub window: Span,
    /// Only these extensions; `None`: all.
    pub extensions: Option<Vec<ExtensionId>>,
    /// Only events that change this facet.
    pub facet: Option<Facet>,
}

/// The next change events after `after`, at most some thousand of them, and where to go on; `None` at the end.
pub async fn changes(
    context: &Context,
    question: &ChangesQuestion,
    after: Position,
) -> Result<(Vec<shapes::changes::Change>, Option<Position>), AskError> {
    let query = ChangesQuery {
        account_id: context.account_id(),
        after,
        up_to: context.up_to(),
        window: question.window,
        extensions: question.extensions.clone(),
        limit: PAGE,
    };
    let events = context.changes(&query).await?;
    let next = (events.len() == PAGE as usize)
        .then(|| events.last().map(|logged| logged.event.position))
        .flatten();
    let changes = events
        .iter()
        .filter(|logged| {
            question
                .facet
                .is_none_or(|facet| changes_facet(logged, facet))
        })
        .map(|logged| {
            shapes::changes::Change::of(
                context.account_id(),
                &logged.event,
                logged.snapshot_no,
                logged.source,
                logged.profile_then.as_deref(),
            )
        })
        .collect();
    Ok((changes, next))
}

fn changes_facet(logged: &LoggedEvent, facet: Facet) -> bool {
    fn value(presence: Option<&Presence>, facet: Facet) -> Option<&str> {
        presence.and_then(|presence| presence.get(facet))
    }
    let event = &logged.event;
    event.kind != EventKind::ProfileChanged
        && value(event.presence.as_ref(), facet) != value(event.previous.as_ref(), facet)
}
