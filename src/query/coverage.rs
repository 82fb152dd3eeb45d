//! When the account was being looked at, and when not.

use crate::model::coverage::CoverageSegment;
use crate::model::time::{Span, Timestamp};

/// A window, divided into what was looked at and what was not.
///
/// **Invariant:** `observed_ms + gap_ms` is the window's length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageAnswer {
    /// Stretches of uninterrupted looks, by time.
    pub segments: Vec<Span>,
    /// The rest of the window, by time.
    pub gaps: Vec<Span>,
    /// How long the segments are together, in milliseconds.
    pub observed_ms: i64,
    /// How long the gaps are together, in milliseconds.
    pub gap_ms: i64,
}

/// Divides `window` by the segments of coverage (by time).
pub fn coverage(observed: &[CoverageSegment], window: Span) -> CoverageAnswer {
    let segments: Vec<Span> = observed
        .iter()
        .filter_map(|segment| Span::new(segment.from, segment.until))
        .filter_map(|span| span.clip(window))
        .collect();
    let mut gaps = Vec::new();
    let mut at: Timestamp = window.from();
    for segment in &segments {
        gaps.extend(Span::new(at, segment.from()));
        at = segment.to();
    }
    gaps.extend(Span::new(at, window.to()));
    let total = |spans: &[Span]| spans.iter().map(|span| span.duration_ms()).sum();
    CoverageAnswer {
        observed_ms: total(&segments),
        gap_ms: total(&gaps),
        segments,
        gaps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::saturating_from_ms(ms)
    }

    fn span(from: i64, to: i64) -> Span {
        Span::new(at(from), at(to)).expect("not empty")
    }

    #[test]
    fn gaps_are_the_rest_of_the_window() {
        let segment = |from, until| CoverageSegment {
            from: at(from),
            until: at(until),
            valid_for_ms: 5,
        };
        let answer = coverage(
            &[segment(0, 10), segment(20, 20), segment(30, 50)],
            span(5, 40),
        );
        assert_eq!(answer.segments, [span(5, 10), span(30, 40)]);
        assert_eq!(answer.gaps, [span(10, 30)]);
        assert_eq!((answer.observed_ms, answer.gap_ms), (15, 20));
    }

    #[test]
    fn an_account_never_looked_at_is_one_gap() {
        let answer = coverage(&[], span(5, 40));
        assert_eq!(answer.gaps, [span(5, 40)]);
    }
}
