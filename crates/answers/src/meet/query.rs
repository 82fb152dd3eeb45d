//! When some people are free together.

use crate::meet::shape::{Meet, MeetPerson, MeetSlot, freedom_name};
use crate::now::shape::AtEntry;
use crate::shapes;
use crate::shapes::common::{Person, Status, Text};
use presence_core::query::calendar::{Bucket, schedule};
use presence_core::query::classed::Classing;
use presence_core::query::classes::Criterion;
use presence_core::query::hours::Hours;
use presence_core::query::meet::{
    FreeCount, FreeTime, Freedom, better, earlier_weeks, slots, together,
};
use presence_core::query::track::{Frame, Track};
use presence_core::query::zone::Zone;
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::ExtensionSummary;

use crate::now::query::at_by_policy;
use presence_reading::context::{Context, messages_for};
use presence_reading::error::AskError;
use presence_reading::free::Free;
use presence_reading::names::{Named, ValuesOf, check_names};

/// When some people are free together.
#[derive(Clone, Debug)]
pub struct MeetQuestion {
    /// The classes that count as free.
    pub free: Free,
    /// The people, each once.
    pub extensions: Vec<ExtensionId>,
    /// When slots are looked for.
    pub window: TimeRange,
    /// How long a slot is, in milliseconds.
    pub length_ms: i64,
    /// The hours that slots lie in; `None`: all.
    pub hours: Option<Hours>,
    /// By whose clocks slots and weeks go.
    pub zone: Zone,
    /// How many earlier weeks are looked at.
    pub weeks: u32,
    /// At most so many slots.
    pub limit: usize,
}

/// The slots in which these people were free together in most of the earlier weeks, and whether they are now.
pub async fn meet(context: &Context, question: &MeetQuestion) -> Result<Meet, AskError> {
    let criterion = question.free.criterion();
    let classes = question.free.words().map(|class| ("class", class));
    let named = Named::default().values(ValuesOf::Criterion(&criterion), classes);
    check_names(context, &named).await?;
    let now = context.now();
    let schedule = schedule(
        question.window,
        &question.zone,
        question.hours.as_ref(),
        Bucket::Day,
    );
    // An empty group is never together.
    let slots = match &question.extensions[..] {
        [] => Vec::new(),
        _ => slots(&schedule, question.length_ms),
    };
    let slots: Vec<(TimeRange, Vec<TimeRange>)> = slots
        .into_iter()
        .map(|slot| {
            let earlier = earlier_weeks(slot, question.weeks, &question.zone, now);
            (slot, earlier)
        })
        .collect();
    let free = free_times(context, question, &slots).await?;
    let mut counted: Vec<(TimeRange, FreeCount)> = slots
        .iter()
        .map(|(slot, earlier)| (*slot, FreeCount::of(&free, earlier)))
        .collect();
    counted.sort_by(better);
    let beyond_limit = counted.len().saturating_sub(question.limit);
    let slots = counted.iter().take(question.limit).map(|(slot, count)| {
        let was = (slot.to() <= now).then(|| together(&free, *slot));
        MeetSlot::of(*slot, count, was)
    });
    let people = people(context, question, now).await?;
    let is = |wanted: &str| people.iter().any(|person| person.now == wanted);
    let end = context.log_end().await?;
    Ok(Meet {
        criterion: (&criterion).into(),
        classes: question.free.words().map(str::to_owned).collect(),
        from: Text(question.window.from()),
        to: Text(question.window.to()),
        length_ms: question.length_ms,
        zone: question.zone.name().to_owned(),
        hours: question.hours.as_ref().map(|hours| hours.text().to_owned()),
        weeks: question.weeks,
        now: match (is("busy"), is("unknown") || people.is_empty()) {
            (true, _) => "busy",
            (false, true) => "unknown",
            (false, false) => "free",
        },
        slots: slots.collect(),
        people,
        beyond_limit,
        as_of: shapes::as_of::AsOf::of(end, now.plus_ms(1), now),
    })
}

/// When each of the people was free, as far back as the slots and their earlier weeks reach.
async fn free_times(
    context: &Context,
    question: &MeetQuestion,
    slots: &[(TimeRange, Vec<TimeRange>)],
) -> Result<Vec<FreeTime>, AskError> {
    let all = slots
        .iter()
        .flat_map(|(slot, earlier)| earlier.iter().chain([slot]))
        .filter(|slot| slot.to() <= context.now());
    let bounds = all.fold(None, |bounds: Option<TimeRange>, slot| {
        Some(bounds.map_or(*slot, |bounds| {
            let from = bounds.from().min(slot.from());
            TimeRange::new(from, bounds.to().max(slot.to())).unwrap_or(bounds)
        }))
    });
    // Nothing to look back on: everything is unknown.
    let nothing = TimeRange::new(context.now().plus_ms(-1), context.now());
    let Some(window) = bounds.or(nothing) else {
        return Ok(Vec::new());
    };
    let criterion = Criterion::Policy(question.free.policy.clone());
    let dictionary = context
        .dictionary_of(&question.extensions, messages_for(&criterion))
        .await?;
    let classes = context.classes(&dictionary, &criterion, window).await?;
    let mut classing = Classing::new(&criterion, &dictionary, &classes);
    let coverage = context.coverage(window).await?;
    let frame = Frame {
        window,
        now: context.now(),
        complete: &coverage.complete,
        classes: &classes,
    };
    let wanted = question.free.ids(&classes);
    let mut ids = question.extensions.clone();
    ids.sort_unstable();
    let histories = context.histories(&ids, window).await?;
    let free = histories.iter().map(|history| {
        let track = Track::of(classing.of(history)?, &frame)?;
        Ok(FreeTime::of(&track, &wanted))
    });
    free.collect()
}

/// The people in the order asked for, and whether each is free now.
async fn people(
    context: &Context,
    question: &MeetQuestion,
    now: Timestamp,
) -> Result<Vec<MeetPerson>, AskError> {
    let entries = at_by_policy(context, now, &question.free.policy).await?;
    let summaries = context.extensions().await?;
    let people = question.extensions.iter().map(|id| {
        let mut entries = entries.iter();
        match entries.find(|entry| entry.person.extension_id.0 == *id) {
            Some(entry) => person(entry, question),
            None => never_seen(*id, &summaries),
        }
    });
    Ok(people.collect())
}

/// A person who was only listed.
fn never_seen(id: ExtensionId, summaries: &[ExtensionSummary]) -> MeetPerson {
    let mut summaries = summaries.iter();
    let summary = summaries.find(|one| one.extension_id == id);
    let profile = summary.and_then(|summary| summary.profile.as_deref());
    MeetPerson {
        person: Person::of(id, profile),
        status: Status::Unknown,
        presumed: false,
        class: None,
        now: freedom_name(Freedom::Unknown),
    }
}

fn person(entry: &AtEntry, question: &MeetQuestion) -> MeetPerson {
    let known = entry.class.as_ref().filter(|class| !class.class_unknown);
    let class = known.map(|class| class.class.clone());
    let named = class.as_ref().and_then(Option::as_deref);
    let is_free = question.free.place(named).is_some();
    let status = match (entry.status, &class) {
        (Status::Known, None) => Status::Unknown,
        (status, _) => status,
    };
    MeetPerson {
        person: entry.person.clone(),
        status: entry.status,
        presumed: entry.presumed,
        now: freedom_name(match (status, is_free) {
            (Status::Known, true) => Freedom::Free,
            (Status::Known, false) => Freedom::Busy,
            (Status::Unknown | Status::Absent, _) => Freedom::Unknown,
        }),
        class,
    }
}
