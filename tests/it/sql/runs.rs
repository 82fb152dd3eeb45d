//! Questions about stretches of one facet, compared with `timeline`.

use presence_answers::shapes::common::Status;
use presence_answers::timeline::shape::TimelineInterval;
use presence_model::facet::Facet;
use presence_model::state::Presence;
use presence_model::time::{TimeRange, Timestamp};

use super::world::{World, sorted};

fn shows(interval: &TimelineInterval, value: &str) -> bool {
    let shown = interval.value.as_ref().and_then(Option::as_deref);
    interval.status == Status::Known && shown == Some(value)
}

fn span(interval: &TimelineInterval) -> TimeRange {
    TimeRange::new(interval.from.0, interval.to.0).expect("no interval is empty")
}

/// The intervals of one timeline that show a value.
fn segments(intervals: &[TimelineInterval], value: &str) -> Vec<TimeRange> {
    let showing = intervals.iter().filter(|interval| shows(interval, value));
    showing.map(span).collect()
}

pub(super) async fn longest_do_not_disturb(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let timelines = world.timelines(Facet::DndStatus, world.window).await;
    let mut expected = Vec::new();
    for (id, intervals) in &timelines {
        let runs = segments(intervals, "DoNotAcceptAnyCalls");
        let longest = runs
            .iter()
            .max_by_key(|run| (run.duration_ms(), -run.from().as_ms()));
        expected.extend(longest.map(|run| (*id, run.from().as_ms(), run.to().as_ms())));
    }
    let told = sorted(&rows, |row| {
        assert_eq!(row.int("ms"), row.int("until_ms") - row.int("from_ms"));
        (
            row.int("extension_id"),
            row.int("from_ms"),
            row.int("until_ms"),
        )
    });
    assert_eq!(told, expected);
    for row in &rows {
        let id = row.int("extension_id");
        let until_ms = row.int("until_ms");
        let Some(next) = timelines[&id]
            .iter()
            .find(|next| next.from.0.as_ms() == until_ms)
        else {
            continue;
        };
        let at_end = seen_at(world, id, next.from.0).await;
        let at_end = at_end.map(|shown| shown.get(Facet::DndStatus) == Some("DoNotAcceptAnyCalls"));
        let ended_by = row.key("ended_by");
        let expected = match at_end {
            Some(true) => ["gap", "open"],
            Some(false) => ["change", "change"],
            None => ["disappeared", "disappeared"],
        };
        assert!(expected.contains(&ended_by.as_str()), "{row:?}");
    }
    rows.len()
}

pub(super) async fn most_on_a_call(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let timelines = world.timelines(Facet::TelephonyStatus, world.window).await;
    let calls: Vec<TimeRange> = timelines
        .values()
        .flat_map(|intervals| segments(intervals, "CallConnected"))
        .collect();
    let on_call = |at| calls.iter().filter(|call| call.contains(at)).count();
    let edges = calls.iter().map(|call| call.from());
    let most = edges
        .map(|at| (on_call(at), -at.as_ms()))
        .max()
        .map(|(count, at_ms)| (i64::try_from(count).expect("it is a count"), -at_ms));
    let told = rows
        .first()
        .map(|row| (row.int("on_call"), row.int("at_ms")));
    assert_eq!(told, most);
    rows.len()
}

pub(super) async fn calls_on_do_not_disturb(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let calls = world.timelines(Facet::TelephonyStatus, world.window).await;
    let quiet = world.timelines(Facet::DndStatus, world.window).await;
    let mut expected = Vec::new();
    for (id, intervals) in &calls {
        let quiet = segments(&quiet[id], "DoNotAcceptAnyCalls");
        let calls = segments(intervals, "CallConnected");
        let both = calls
            .iter()
            .flat_map(|call| quiet.iter().filter_map(|quiet| quiet.clip(*call)));
        let ms: i64 = both.map(TimeRange::duration_ms).sum();
        if ms > 0 {
            expected.push((*id, ms));
        }
    }
    let told = sorted(&rows, |row| (row.int("extension_id"), row.int("ms")));
    assert_eq!(told, expected);
    rows.len()
}

/// What an extension showed at a moment; `None` if nothing is known.
async fn seen_at(world: &World, id: i64, moment: Timestamp) -> Option<Presence> {
    let entries = world.at(moment).await;
    let own = entries
        .into_iter()
        .find(|entry| entry.person.extension_id.0.0 == id);
    own.and_then(|entry| entry.state).map(|state| state.0)
}

fn is_on_call(presence: &Presence) -> bool {
    presence.get(Facet::TelephonyStatus) == Some("CallConnected")
}

/// The end of a call was not seen if the call is the last known state.
pub(super) async fn calls(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let timelines = world.timelines(Facet::TelephonyStatus, world.whole()).await;
    let mut expected = Vec::new();
    for (id, intervals) in &timelines {
        let calls = segments(intervals, "CallConnected");
        let own: Vec<TimeRange> = calls
            .into_iter()
            .filter(|call| call.from() >= world.window.from() && call.to() < world.window.to())
            .collect();
        let mut end_not_seen = 0;
        for call in &own {
            let at_end = seen_at(world, *id, call.to()).await;
            end_not_seen += i64::from(at_end.is_some_and(|shown| is_on_call(&shown)));
        }
        let durations = || own.iter().map(|call| call.duration_ms());
        if let Some(longest_ms) = durations().max() {
            let sum: i64 = durations().sum();
            expected.push((*id, own.len(), sum, longest_ms, end_not_seen));
        }
    }
    let told = sorted(&rows, |row| {
        let calls = usize::try_from(row.int("calls")).expect("it is a count");
        let sums = (row.int("ms"), row.int("longest_ms"));
        (
            row.int("extension_id"),
            calls,
            sums.0,
            sums.1,
            row.int("end_not_seen"),
        )
    });
    assert_eq!(told, expected);
    rows.len()
}

/// A message that was seen only once, between two gaps, has no length in a timeline; then the moment itself is
/// compared.
pub(super) async fn messages(world: &World, title: &str) -> usize {
    let timelines = world.timelines(Facet::Message, world.whole()).await;
    let mut compared = 0;
    for (id, intervals) in &timelines {
        let rows = world.ask(title, &[("extension_id", *id)]).await;
        let (seen_once, rows): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| row.int("from_ms") == row.int("until_ms"));
        let mut expected = Vec::new();
        for interval in intervals {
            let message = interval.value.clone().flatten();
            if let Some(message) = message
                && span(interval).clip(world.window).is_some()
            {
                let run = span(interval);
                expected.push((run.from().as_ms(), run.to().as_ms(), message));
            }
        }
        let told = sorted(&rows, |row| {
            (row.int("from_ms"), row.int("until_ms"), row.key("message"))
        });
        assert_eq!(told, expected);
        for row in seen_once {
            let moment = Timestamp::saturating_from_ms(row.int("from_ms"));
            let shown = seen_at(world, *id, moment).await.expect("it was seen");
            assert_eq!(shown.message.as_deref(), row.text("message").as_deref());
        }
        compared += rows.len();
    }
    compared
}

pub(super) async fn available_after_a_call(world: &World, title: &str) -> usize {
    let rows = world.ask(title, &[]).await;
    let calls = world.timelines(Facet::TelephonyStatus, world.whole()).await;
    let shown = world.timelines(Facet::PresenceStatus, world.whole()).await;
    let mut expected = Vec::new();
    for (id, intervals) in &calls {
        let available = segments(&shown[id], "Available");
        for (index, call) in intervals.iter().enumerate() {
            let ended = call.to.0;
            if !(shows(call, "CallConnected") && world.window.contains(ended)) {
                continue;
            }
            let known: Vec<_> = intervals[index + 1..]
                .iter()
                .take_while(|next| next.status == Status::Known)
                .collect();
            let free = known.iter().filter(|next| !shows(next, "CallConnected"));
            let both = free.flat_map(|free| {
                let free = span(free);
                available.iter().filter_map(move |one| one.clip(free))
            });
            let mut first = both.map(TimeRange::from).min();
            // A state that was seen once, just before a gap, has no length in a timeline.
            let known_until = known.last().map_or(ended, |last| last.to.0);
            if let Some(at_end) = seen_at(world, *id, known_until).await
                && !is_on_call(&at_end)
                && at_end.get(Facet::PresenceStatus) == Some("Available")
            {
                first = Some(first.unwrap_or(known_until));
            }
            expected.extend(first.map(|at| (ended.as_ms(), *id, at.as_ms())));
        }
    }
    let told = sorted(&rows, |row| {
        assert_eq!(row.int("ms"), row.int("available_ms") - row.int("ended_ms"));
        (
            row.int("ended_ms"),
            row.int("extension_id"),
            row.int("available_ms"),
        )
    });
    expected.sort_unstable();
    assert_eq!(told, expected);
    rows.len()
}
