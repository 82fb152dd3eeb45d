//! Who can take a call now.

use std::collections::BTreeMap;

use crate::now::shape::AtEntry;
use crate::route::shape::{Route, RouteCandidate, RouteExcluded};
use crate::shapes;
use crate::shapes::common::{Status, Text};
use presence_core::query::classed::Classing;
use presence_core::query::classes::Criterion;
use presence_core::query::group::ExtensionOrder;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::route::{RouteRank, in_class_since};
use presence_core::query::track::{Frame, Track};
use presence_model::HashMap;
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::ExtensionSummary;

use crate::now::query::at_by_policy;
use presence_reading::context::{Context, EXTENSIONS_AT_ONCE, messages_for};
use presence_reading::error::AskError;
use presence_reading::free::Free;
use presence_reading::names::{Named, ValuesOf, check_names};
use presence_reading::types::Types;

/// Time in a class is followed back for a week: who has waited longer waits a week.
const IDLE_MS_MAX: i64 = 7 * 24 * 3_600_000;

/// Who can take a call, as a question.
#[derive(Clone, Debug)]
pub struct RouteQuestion {
    /// The classes that can take one.
    pub free: Free,
    /// Only these extensions; `None`: all.
    pub extensions: Option<Vec<ExtensionId>>,
    /// Only those who are in these groups.
    pub group_filter: GroupFilter,
    /// Which extensions count.
    pub types: Types,
    /// Only those who were seen so long ago at most, in milliseconds.
    pub age_ms_max: Option<i64>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Who can take a call now, best first. People whose state is unknown are left out.
pub async fn route(context: &Context, question: &RouteQuestion) -> Result<Route, AskError> {
    let criterion = question.free.criterion();
    let classes = question.free.words().map(|class| ("class", class));
    let named = Named::default()
        .group_filter(&question.group_filter)
        .types(&question.types)
        .values(ValuesOf::Criterion(&criterion), classes);
    check_names(context, &named).await?;
    let now = context.now();
    let summaries = context.extensions().await?.into_iter();
    let asked: HashMap<ExtensionId, ExtensionSummary> = summaries
        .filter(|one| question.asks(one))
        .map(|one| (one.extension_id, one))
        .collect();
    let entries = at_by_policy(context, now, &question.free.policy).await?;
    let mut excluded = RouteExcluded::default();
    let mut found: Vec<(usize, AtEntry)> = Vec::new();
    let entries = entries
        .into_iter()
        .filter(|entry| asked.contains_key(&entry.person.extension_id.0));
    for entry in entries {
        let class = entry
            .class
            .as_ref()
            .and_then(|class| class.class.as_deref());
        let place = question.free.place(class);
        let age_ms = age_ms(&entry, now);
        let is_old = question
            .age_ms_max
            .is_some_and(|max| age_ms.is_none_or(|age_ms| age_ms > max));
        let is_class_unknown = entry
            .class
            .as_ref()
            .is_some_and(|class| class.class_unknown);
        match (entry.status, place) {
            (Status::Unknown, _) => excluded.unknown += 1,
            (Status::Absent, _) => excluded.absent += 1,
            (Status::Known, _) if is_class_unknown => excluded.unknown += 1,
            (Status::Known, None) => excluded.other_class += 1,
            (Status::Known, Some(_)) if is_old => excluded.too_old += 1,
            (Status::Known, Some(place)) => found.push((place, entry)),
        }
    }
    let since = since(context, &criterion, &found).await?;
    let looks = context.sweeps_before(now).await?;
    let mut ranked: BTreeMap<RouteRank, AtEntry> = BTreeMap::new();
    for (class_place, entry) in found {
        let id = entry.person.extension_id.0;
        let missed = looks
            .iter()
            .take_while(|sweep| sweep.unseen.binary_search(&id).is_ok());
        let rank = RouteRank {
            class_place,
            looks_missed: missed.count(),
            since: since.get(&id).copied().unwrap_or(entry.since.0),
            order: ExtensionOrder::of(id, entry.person.extension_number.as_deref()),
        };
        ranked.insert(rank, entry);
    }
    let limit = question.limit.unwrap_or(usize::MAX);
    let beyond_limit = ranked.len().saturating_sub(limit);
    let candidates = ranked.into_iter().take(limit).enumerate();
    let candidates = candidates.map(|(index, (rank, entry))| {
        let summary = &asked[&entry.person.extension_id.0];
        candidate(index + 1, &rank, entry, summary, now)
    });
    Ok(Route {
        criterion: (&criterion).into(),
        classes: question.free.words().map(str::to_owned).collect(),
        at: Text(now),
        candidates: candidates.collect(),
        beyond_limit,
        excluded,
        as_of: shapes::as_of::AsOf::of(context.log_end().await?, now.plus_ms(1), now),
    })
}

impl RouteQuestion {
    fn asks(&self, summary: &ExtensionSummary) -> bool {
        let profile = summary.profile.as_deref();
        let is_named = self
            .extensions
            .as_ref()
            .is_none_or(|ids| ids.contains(&summary.extension_id));
        is_named && self.types.include(profile) && self.group_filter.includes(profile)
    }
}

fn age_ms(entry: &AtEntry, now: Timestamp) -> Option<i64> {
    let last = entry.last_observed_at?;
    Some(now.since_ms(last.0).max(0))
}

fn candidate(
    rank: usize,
    by: &RouteRank,
    entry: AtEntry,
    summary: &ExtensionSummary,
    now: Timestamp,
) -> RouteCandidate {
    let profile = summary.profile.as_deref();
    RouteCandidate {
        rank,
        age_ms: age_ms(&entry, now),
        person: entry.person,
        department: profile.and_then(|profile| profile.department.clone()),
        site: profile.and_then(|profile| profile.site.clone()),
        queues: profile.map_or_else(Vec::new, |profile| profile.queues.clone()),
        class: entry
            .class
            .and_then(|class| class.class)
            .unwrap_or_default(),
        presumed: entry.presumed,
        since: Text(by.since),
        idle_ms: now.since_ms(by.since).max(0),
        last_observed_at: entry.last_observed_at,
        sweeps_missed: by.looks_missed,
    }
}

/// Since when each of these has been in the class that they are in, through changes of the state that do not matter.
async fn since(
    context: &Context,
    criterion: &Criterion,
    found: &[(usize, AtEntry)],
) -> Result<HashMap<ExtensionId, Timestamp>, AskError> {
    let mut since = HashMap::default();
    let now = context.now();
    let Some(window) = TimeRange::new(now.plus_ms(-IDLE_MS_MAX), now).filter(|_| !found.is_empty())
    else {
        return Ok(since);
    };
    let mut class_of: BTreeMap<ExtensionId, Option<&str>> = BTreeMap::new();
    for (_, entry) in found {
        let class = entry
            .class
            .as_ref()
            .and_then(|class| class.class.as_deref());
        class_of.insert(entry.person.extension_id.0, class);
    }
    let dictionary = context.dictionary(messages_for(criterion)).await?;
    let classes = context.classes(&dictionary, criterion, window).await?;
    let mut classing = Classing::new(criterion, &dictionary, &classes);
    let coverage = context.coverage(window).await?;
    let frame = Frame {
        window,
        now,
        complete: &coverage.complete,
        classes: &classes,
    };
    let ids: Vec<ExtensionId> = class_of.keys().copied().collect();
    for ids in ids.chunks(EXTENSIONS_AT_ONCE) {
        for history in context.histories(ids, window).await? {
            let track = Track::of(classing.of(&history)?, &frame)?;
            let class = classes.find(class_of[&history.extension_id]);
            let found = class.and_then(|class| in_class_since(&track, class));
            since.extend(found.map(|found| (history.extension_id, found)));
        }
    }
    Ok(since)
}
