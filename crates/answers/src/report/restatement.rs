//! The same report from two parts of the log, and what was recorded between them.

use crate::report::restatement_shape::{RecordedBetween, Restatement};
use crate::shapes::common::Text;
use crate::shapes::so_far::SoFar;
use presence_model::event::Snapshot;
use presence_model::ids::SnapshotNo;
use presence_model::time::{TimeRange, Timestamp};

use crate::report::metrics::{ReportOptions, rows};
use crate::report::query::{ReportQuestion, head};
use presence_reading::context::Context;
use presence_reading::error::AskError;

/// How many snapshots are read at once.
const SNAPSHOTS_AT_ONCE: u32 = 500;

/// What differs between the answers to a question before and after, and what was recorded between: of the time that had
/// passed at the present moments of both.
pub async fn restatement(
    before: &Context,
    after: &Context,
    question: &ReportQuestion,
    report_options: &ReportOptions,
) -> Result<Restatement, AskError> {
    // Time that had not passed for one of the two cannot have been restated.
    let passed_for_both = before.now().min(after.now());
    let asked = question.window;
    let window = asked.before(passed_for_both);
    let passed = ReportQuestion {
        window: window.unwrap_or(asked),
        ..question.clone()
    };
    let mut reports = [
        head(before, question, report_options).await?,
        head(after, question, report_options).await?,
    ];
    for (report, context) in reports.iter_mut().zip([before, after]) {
        report.so_far = SoFar::of(asked, passed_for_both);
        if window.is_some() {
            report.rows = rows(context, &passed, report_options).await?;
        }
    }
    let ends = [before.log_end().await?, after.log_end().await?].map(|end| end.snapshot_no);
    let [from, to] = [ends[0].min(ends[1]), ends[0].max(ends[1])];
    let between = recorded_between(after, (from, to), passed.window).await?;
    let [then, now] = reports;
    Ok(Restatement::of(then, now, between))
}

/// The snapshots after `from` up to `to` that can touch a window.
async fn recorded_between(
    context: &Context,
    (from, to): (SnapshotNo, SnapshotNo),
    window: TimeRange,
) -> Result<Vec<RecordedBetween>, AskError> {
    let mut found: Vec<RecordedBetween> = Vec::new();
    let mut after = from;
    let mut reading = context.reading().await;
    while after < to {
        let snapshots = reading.snapshots(context.account_id(), after, SNAPSHOTS_AT_ONCE);
        let snapshots = snapshots.await?;
        let Some((last, _)) = snapshots.last() else {
            break;
        };
        after = last.snapshot_no;
        let snapshots = snapshots.iter();
        let touching = snapshots
            .filter(|(snapshot, _)| snapshot.snapshot_no <= to && can_touch(snapshot, window));
        for (snapshot, recorded_at) in touching {
            let events = snapshot.events.iter();
            let events = events.filter(|event| {
                event.queue.is_none() && context.visible().shows(event.extension_id)
            });
            add(&mut found, snapshot, events.count(), *recorded_at);
        }
    }
    Ok(found)
}

/// Whether a sweep can say anything of a window: it lies in it, or so soon after it that it brackets its end.
fn can_touch(snapshot: &Snapshot, window: TimeRange) -> bool {
    let reach = window.to().plus_ms(snapshot.valid_for_ms);
    snapshot.finished_at >= window.from() && snapshot.started_at <= reach
}

fn add(
    found: &mut Vec<RecordedBetween>,
    snapshot: &Snapshot,
    event_count: usize,
    recorded_at: Timestamp,
) {
    let (source, status) = (snapshot.source.name(), snapshot.status.name());
    let mut known = found.iter_mut();
    let known = known.find(|one| (one.source, one.status) == (source, status));
    if let Some(known) = known {
        known.snapshot_count += 1;
        known.event_count += event_count;
        known.observed_to = Text(snapshot.finished_at);
        known.recorded_to = Text(recorded_at);
        return;
    }
    found.push(RecordedBetween {
        source,
        status,
        snapshot_count: 1,
        event_count,
        observed_from: Text(snapshot.started_at),
        observed_to: Text(snapshot.finished_at),
        recorded_from: Text(recorded_at),
        recorded_to: Text(recorded_at),
    });
}
