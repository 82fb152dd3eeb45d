//! One extension's intervals over a window.

use presence_model::history::UnknownId;
use presence_model::time::{TimeRange, Timestamp};

use super::classed::ClassedHistory;
use super::classes::Classes;
use super::track::{Frame, Segment, Track};

/// The first step back, in milliseconds: a day.
const SHORTEST_STEP_MS: i64 = 24 * 3_600_000;

/// The intervals of one extension: they tile the window, and adjoining ones differ.
pub fn timeline<'h>(
    history: impl Into<ClassedHistory<'h>>,
    frame: &Frame<'_>,
) -> Result<Vec<Segment>, UnknownId> {
    Ok(Track::of(history, frame)?.segments)
}

/// From when on the history is needed so that the first interval of the timeline shows when it truly began.
///
/// A facet may have been the same through changes of others long before the window. Returns `None` if `history`
/// reaches back far enough, else an earlier moment to read from: twice as far back each time.
pub fn needs_earlier(
    history: &ClassedHistory<'_>,
    frame: &Frame<'_>,
) -> Result<Option<Timestamp>, UnknownId> {
    let window = frame.window;
    let before_window = history
        .intervals
        .partition_point(|interval| interval.from <= window.from());
    let Some(first) = history.intervals[..before_window].first() else {
        return Ok(None);
    };
    let goes_back_to_first = if history.depends_on_queues() {
        goes_back_with_queues(history, first.from, frame)?
    } else {
        goes_back(history, before_window, frame.classes)?
    };
    let was_opened_here =
        first.not_before.is_none() || history.existence.iter().any(|life| life.from == first.from);
    if !goes_back_to_first || was_opened_here {
        return Ok(None);
    }
    let read_back_ms = window.from().since_ms(first.from).max(SHORTEST_STEP_MS);
    Ok(Some(first.from.plus_ms(-2 * read_back_ms)))
}

/// The same where call queues decide too; of those, all that was ever seen of the extension must have been read.
fn goes_back_with_queues(
    history: &ClassedHistory<'_>,
    first: Timestamp,
    frame: &Frame<'_>,
) -> Result<bool, UnknownId> {
    let Some(longer) = TimeRange::new(first, frame.window.to()) else {
        return Ok(false);
    };
    let track = Track::of(
        history,
        &Frame {
            window: longer,
            ..*frame
        },
    )?;
    let first = track.segments.first();
    Ok(first.is_some_and(|first| first.span.to() > frame.window.from()))
}

/// Whether the first `count` intervals adjoin and are all of one class.
fn goes_back(
    history: &ClassedHistory<'_>,
    count: usize,
    classes: &Classes,
) -> Result<bool, UnknownId> {
    let known = &history.intervals[..count];
    if known
        .windows(2)
        .any(|pair| pair[0].until != Some(pair[1].from))
    {
        return Ok(false);
    }
    let mut of_all = None;
    for interval in known.iter().enumerate() {
        let class = history.class(interval, classes)?;
        if *of_all.get_or_insert(class) != class {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes the true beginning of the first interval from a timeline that reaches further back.
///
/// `longer` is the timeline of a window that ends where `window` does and begins earlier; the result is cut to
/// `window`, and its first interval keeps the `not_before` of the change that opened it.
pub fn cut(longer: &[Segment], window: TimeRange) -> Vec<Segment> {
    longer
        .iter()
        .filter_map(|segment| {
            let span = segment.span.clip(window)?;
            Some(Segment { span, ..*segment })
        })
        .collect()
}
