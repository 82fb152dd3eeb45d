//! Why something is known of an extension at a moment, or not: the sweeps, the events and the rule that decide.

use crate::changes::shape::Change;
use crate::explain::shape::{Doubt, Grounds, MomentExplanation, SweepShape};
use crate::shapes;
use crate::shapes::common::{Person, Text};
use presence_core::query::as_of::Standing;
use presence_core::query::changes::{ChangeFilter, class_change};
use presence_core::query::classes::Criterion;
use presence_core::query::explain::{Around, Rule, SweepAt, decides, rule};
use presence_model::event::EventKind;
use presence_model::ids::{ExtensionId, Position, SnapshotNo};
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{ChangesQuery, LoggedEvent};

use crate::changes::query::{ChangesQuestion, PAGE, shape};
use crate::explain::query::{Stood, explain, stood};
use presence_reading::as_of_view::last_before;
use presence_reading::context::Context;
use presence_reading::error::AskError;

/// How many snapshots are read at once, to find the sweeps around a moment.
const SNAPSHOTS_AT_ONCE: u32 = 50;

/// So many sweeps are told on either side of those left out.
const SWEEPS_SHOWN: usize = 4;

/// Why an extension's value or class at `moment` is what it is; `None` if it had not been seen by then.
pub async fn explain_moment(
    context: &Context,
    extension_id: ExtensionId,
    criterion: &Criterion,
    moment: Timestamp,
) -> Result<Option<MomentExplanation>, AskError> {
    let Some(stood) = stood(context, extension_id, moment).await? else {
        return Ok(None);
    };
    let policy = match criterion {
        Criterion::Policy(policy) => explain(context, extension_id, policy, moment).await?,
        Criterion::Facet(_) => None,
    };
    let looks = sweeps_around(context, extension_id, &stood, moment).await?;
    let around = around(&looks, stood.answer.standing, moment);
    let (opened, next) = events_around(context, extension_id, criterion, moment).await?;
    let rule = rule(&stood.answer, &around, moment);
    let doubt = next
        .as_ref()
        .filter(|_| rule == Rule::Bracketed)
        .and_then(|next| doubt(context, next, criterion, moment));
    let grounds = Grounds {
        rule,
        around,
        moment,
        now: context.now(),
        doubt,
    };
    let value = stood
        .presence()?
        .and_then(|presence| match (&policy, criterion) {
            (Some(policy), _) => policy.class.clone(),
            (None, Criterion::Facet(facet)) => Some(presence.get(*facet).map(str::to_owned)),
            (None, Criterion::Policy(_)) => None,
        });
    let rests_on_queue = policy.as_ref().is_some_and(|policy| policy.presumed);
    let (looks, looks_left_out) = shortened(&looks);
    let question = question(extension_id, criterion, moment);
    let events = opened.iter().chain(&next);
    let (rules, facts, queues) = policy.map_or_else(Default::default, |told| {
        (told.rules, told.facts, told.queues)
    });
    Ok(Some(MomentExplanation {
        criterion: criterion.into(),
        person: Person::of(extension_id, stood.profile(moment)),
        at: Text(moment),
        status: stood.status(),
        presumed: stood.answer.presumed || rests_on_queue,
        value,
        since: Text(stood.answer.since),
        since_earliest: stood.answer.since_earliest.map(Text),
        rule: grounds.rule.name(),
        apart_ms: grounds.apart_ms(),
        valid_for_ms: around.earlier.map(|sweep| sweep.valid_for_ms),
        because: grounds.sentences(presence_texts::Texts::english(), &|at| at.to_string()),
        ambiguity: grounds.doubt.clone(),
        snapshots: looks,
        snapshots_omitted: looks_left_out,
        events: events
            .map(|logged| told(context, &question, logged))
            .collect(),
        rules,
        facts,
        queues,
        as_of: shapes::as_of::AsOf::of(context.log_end().await?, moment.plus_ms(1), context.now()),
        grounds,
    }))
}

fn told(context: &Context, question: &ChangesQuestion, logged: &LoggedEvent) -> Change {
    let criterion = question.filter.policy.clone().map(Criterion::Policy);
    shape(
        context,
        question,
        logged,
        criterion.as_ref().map(Into::into).as_ref(),
    )
}

/// The sweeps from the last one that decides to the next one that does, by time.
async fn sweeps_around(
    context: &Context,
    id: ExtensionId,
    stood: &Stood,
    moment: Timestamp,
) -> Result<Vec<SweepAt>, AskError> {
    let (is_earlier, is_later) = decides(stood.answer.standing);
    let end = context.log_end().await?.snapshot_no;
    let mut reading = context.reading().await;
    let account_id = context.account_id();
    let begun = last_before(&mut **reading, account_id, end, |snapshot, _| {
        snapshot.started_at <= moment
    });
    let begun = begun.await?.unwrap_or(SnapshotNo(0));
    let mut looks: Vec<SweepAt> = Vec::new();
    let mut until = begun.0;
    // A sweep that was under way at the moment may have told of the extension only later.
    let had_told = |sweep: &SweepAt| sweep.answered_at <= moment && is_earlier(sweep.outcome);
    while until > 0 && !looks.iter().any(had_told) {
        let after = (until - i64::from(SNAPSHOTS_AT_ONCE)).max(0);
        let count = u32::try_from(until - after).unwrap_or(SNAPSHOTS_AT_ONCE);
        let snapshots = reading.snapshots(account_id, SnapshotNo(after), count);
        let earlier = snapshots.await?;
        let earlier = earlier
            .iter()
            .map(|(snapshot, _)| SweepAt::of(snapshot, id, &stood.history.existence));
        looks.splice(0..0, earlier);
        until = after;
    }
    let first = looks.iter().rposition(had_told);
    looks.drain(..first.unwrap_or(0));
    let answers_later = |sweep: &SweepAt| sweep.answered_at > moment && is_later(sweep.outcome);
    let (mut after, mut is_found) = (begun, looks.iter().any(answers_later));
    while after < end && !is_found {
        let snapshots = reading
            .snapshots(account_id, after, SNAPSHOTS_AT_ONCE)
            .await?;
        let Some((last, _)) = snapshots.last() else {
            break;
        };
        after = last.snapshot_no;
        for (snapshot, _) in &snapshots {
            if snapshot.snapshot_no > end || is_found {
                break;
            }
            let sweep = SweepAt::of(snapshot, id, &stood.history.existence);
            is_found = answers_later(&sweep);
            looks.push(sweep);
        }
    }
    Ok(looks)
}

fn around(looks: &[SweepAt], standing: Standing, moment: Timestamp) -> Around {
    let (is_earlier, is_later) = decides(standing);
    let earlier = looks
        .iter()
        .rfind(|sweep| sweep.answered_at <= moment && is_earlier(sweep.outcome));
    let later = looks
        .iter()
        .find(|sweep| sweep.answered_at > moment && is_later(sweep.outcome));
    Around {
        earlier: earlier.copied(),
        later: later.copied(),
    }
}

/// The first and the last of some sweeps, and how many are left out.
fn shortened(looks: &[SweepAt]) -> (Vec<SweepShape>, usize) {
    let left_out = looks.len().saturating_sub(2 * SWEEPS_SHOWN);
    let told = looks
        .iter()
        .enumerate()
        .filter(|(index, _)| *index < SWEEPS_SHOWN || *index >= SWEEPS_SHOWN + left_out);
    (
        told.map(|(_, sweep)| SweepShape::of(sweep)).collect(),
        left_out,
    )
}

fn question(id: ExtensionId, criterion: &Criterion, moment: Timestamp) -> ChangesQuestion {
    let mut filter = ChangeFilter::default();
    match criterion {
        Criterion::Facet(facet) => filter.facets.push(*facet),
        Criterion::Policy(policy) if policy.queues().is_empty() => {
            filter.policy = Some(policy.clone());
        }
        // Of the two sides of the class, the state's: what the queues' sweeps told stands beside the rules.
        Criterion::Policy(policy) => filter.facets = policy.facets(),
    }
    ChangesQuestion {
        window: TimeRange::new(Timestamp::MIN, moment.plus_ms(1))
            .unwrap_or_else(|| TimeRange::of_moment(moment)),
        known_until: moment,
        extensions: Some(vec![id]),
        filter,
    }
}

/// The last change of the value or class by `moment`, and the next one after it.
async fn events_around(
    context: &Context,
    id: ExtensionId,
    criterion: &Criterion,
    moment: Timestamp,
) -> Result<(Option<LoggedEvent>, Option<LoggedEvent>), AskError> {
    let question = question(id, criterion, moment);
    let wants = |logged: &LoggedEvent| {
        let (event, profile) = (&logged.event, logged.profile_then.as_deref());
        event.kind == EventKind::Disappeared || question.filter.wants(event, logged.source, profile)
    };
    let mut query = ChangesQuery {
        account_id: context.account_id(),
        after: Position(0),
        up_to: context.up_to(),
        window: question.window,
        extensions: Some(vec![id]),
        limit: PAGE,
    };
    let mut opened = None;
    while let Some(events) = next_page(context, &mut query).await? {
        opened = events.into_iter().rfind(&wants).or(opened);
    }
    let Some(later) = TimeRange::new(moment.plus_ms(1), Timestamp::MAX) else {
        return Ok((opened, None));
    };
    query.window = later;
    let mut next = None;
    while next.is_none()
        && let Some(events) = next_page(context, &mut query).await?
    {
        next = events.into_iter().find(&wants);
    }
    Ok((opened, next))
}

/// The next events, from where the query is on; `None` at the end.
async fn next_page(
    context: &Context,
    query: &mut ChangesQuery,
) -> Result<Option<Vec<LoggedEvent>>, AskError> {
    let events = context.changes(query).await?;
    let last = events.last().map(|last| last.event.position);
    query.after = last.unwrap_or(query.after);
    Ok(last.map(|_| events))
}

/// What an extension may have been already, by a change that was seen after `moment`.
fn doubt(
    context: &Context,
    next: &LoggedEvent,
    criterion: &Criterion,
    moment: Timestamp,
) -> Option<Doubt> {
    let event = &next.event;
    let not_before = event
        .not_before
        .filter(|&not_before| not_before <= moment)?;
    let may_be = match criterion {
        Criterion::Facet(facet) => event
            .presence
            .as_ref()
            .and_then(|presence| presence.get(*facet))
            .map(str::to_owned),
        Criterion::Policy(policy) if !policy.queues().is_empty() => return None,
        Criterion::Policy(policy) => class_change(policy, event, next.profile_then.as_deref())?.to,
    };
    event.kind.is_of_presence().then_some(Doubt {
        may_be,
        not_before: Text(not_before),
        observed_at: Text(event.observed_at),
        position: context.shown_position(event.position),
    })
}
