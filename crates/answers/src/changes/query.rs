//! The audit list of events, page by page.

use std::sync::Arc;

use crate::changes::shape::ClassChangeShape;
use crate::shapes::common::CriterionShape;
use presence_core::query::changes::{ChangeFilter, class_change};
use presence_core::query::classes::Criterion;
use presence_core::query::policy::Policy;
use presence_model::event::EventKind;
use presence_model::facet::Facet;
use presence_model::ids::{ExtensionId, Position};
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{ChangesQuery, LoggedEvent};

use presence_reading::context::Context;
use presence_reading::error::AskError;
use presence_reading::names::{Named, ValuesOf, check_names};

/// How many events are read at once.
pub(crate) const PAGE: u32 = 2_000;

/// Which change events to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesQuestion {
    /// Only events observed in here.
    pub window: TimeRange,
    /// Only events observed by then: the present moment, since nothing later is known yet.
    pub known_until: Timestamp,
    /// Only these extensions; `None`: all.
    pub extensions: Option<Vec<ExtensionId>>,
    /// What else narrows the list.
    pub filter: ChangeFilter,
}

/// Refuses names in the question that mean nothing.
pub async fn check_changes(context: &Context, question: &ChangesQuestion) -> Result<(), AskError> {
    let filter = &question.filter;
    let asks_queues = |policy: &&Arc<Policy>| !policy.queues().is_empty();
    if let Some(policy) = filter.policy.as_ref().filter(asks_queues) {
        return Err(AskError::AsksQueues {
            policy: policy.name().to_owned(),
        });
    }
    let criterion = filter.policy.clone().map(Criterion::Policy);
    let of = match &criterion {
        Some(criterion) => ValuesOf::Criterion(criterion),
        None => ValuesOf::Facets(&filter.facets),
    };
    let values = [
        ("value", &filter.value),
        ("from-value", &filter.from_value),
        ("to-value", &filter.to_value),
    ];
    let values = values
        .into_iter()
        .filter_map(|(parameter, value)| Some((parameter, value.as_ref()?.word())));
    let named = Named::default()
        .group_filter(&filter.group_filter)
        .values(of, values);
    check_names(context, &named).await
}

/// The next change events after `after`, at most some thousand of them, and where to go on; `None` at the end.
pub async fn changes(
    context: &Context,
    question: &ChangesQuestion,
    after: Position,
) -> Result<(Vec<crate::changes::shape::Change>, Option<Position>), AskError> {
    let Some(window) = question.window.before(question.known_until.plus_ms(1)) else {
        return Ok((Vec::new(), None));
    };
    let query = ChangesQuery {
        account_id: context.account_id(),
        after,
        up_to: context.up_to(),
        window,
        extensions: question.extensions.clone(),
        limit: PAGE,
    };
    let events = context.changes(&query).await?;
    let next = (events.len() == PAGE as usize)
        .then(|| events.last().map(|logged| logged.event.position))
        .flatten();
    let criterion = question
        .filter
        .policy
        .as_ref()
        .map(|policy| CriterionShape::from(&Criterion::Policy(policy.clone())));
    let wanted = events.iter().filter(|logged| {
        let profile = logged.profile_then.as_deref();
        question.filter.wants(&logged.event, logged.source, profile)
    });
    let changes = wanted.map(|logged| shape(context, question, logged, criterion.as_ref()));
    Ok((changes.collect(), next))
}

pub(crate) fn shape(
    context: &Context,
    question: &ChangesQuestion,
    logged: &LoggedEvent,
    criterion: Option<&CriterionShape>,
) -> crate::changes::shape::Change {
    let (event, profile) = (&logged.event, logged.profile_then.as_deref());
    let account_id = context.account_id();
    let mut change = crate::changes::shape::Change::of(
        account_id,
        event,
        logged.snapshot_no,
        logged.source,
        profile,
    );
    change.position = context.shown_position(event.position);
    let filter = &question.filter;
    if !filter.facets.is_empty() && event.kind != EventKind::ProfileChanged {
        let wanted: Vec<&str> = filter.wanted_facets(event).map(Facet::name).collect();
        change.changes.retain(|name, _| wanted.contains(name));
    }
    change.class = filter
        .policy
        .as_ref()
        .zip(criterion)
        .and_then(|(policy, criterion)| {
            let found = class_change(policy, event, profile)?;
            Some(ClassChangeShape::of(found, criterion.clone()))
        });
    change
}
