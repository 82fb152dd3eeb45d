//! One extension's intervals over a window.

use crate::model::history::{ExtensionHistory, Interval, UnknownId};
use crate::model::time::{TimeRange, Timestamp};

use super::classes::{ClassId, Classes};
use super::track::{Frame, Segment, Track};

/// The first step back, in milliseconds: a day.
const SHORTEST_STEP_MS: i64 = 24 * 3_600_000;

/// The intervals of one extension: they tile the window, and adjoining ones differ.
pub fn timeline(history: &ExtensionHistory, frame: &Frame<'_>) -> Result<Vec<Segment>, UnknownId> {
    Ok(Track::of(history, frame)?.segments)
}

/// From when on the history is needed so that the first interval of the timeline tells when it truly began.
///
/// A facet may have been the same through changes of others long before the window. Returns `None` if `history`
/// reaches back far enough, else an earlier moment to read from: twice as far back each time.
pub fn needs_earlier(
    history: &ExtensionHistory,
    classes: &Classes,
    window: TimeRange,
) -> Result<Option<Timestamp>, UnknownId> {
    let before_window = history
        .intervals
        .partition_point(|interval| interval.from <= window.from());
    let known = &history.intervals[..before_window];
    let (Some(first), Some(carry_in)) = (known.first(), known.last()) else {
        return Ok(None);
    };
    let class = classes.of(carry_in)?;
    let goes_back_to_first = goes_back(known, classes, class)?;
    let was_opened_here =
        first.not_before.is_none() || history.existence.iter().any(|life| life.from == first.from);
    if !goes_back_to_first || was_opened_here {
        return Ok(None);
    }
    let read_back_ms = window.from().since_ms(first.from).max(SHORTEST_STEP_MS);
    Ok(Some(first.from.plus_ms(-2 * read_back_ms)))
}

/// Whether adjoining intervals are all of one class.
fn goes_back(known: &[Interval], classes: &Classes, class: ClassId) -> Result<bool, UnknownId> {
    for pair in known.windows(2) {
        let [earlier, later] = pair else { continue };
        if earlier.until != Some(later.from) || classes.of(earlier)? != class {
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
