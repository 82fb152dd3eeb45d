//! When the account was swept, when it was not, and why not.

use presence_model::cause::Cause;
use presence_model::coverage::CoverageSegment;
use presence_model::time::{TimeRange, Timestamp};

/// A window, divided into what sweeps cover and what they do not.
///
/// **Invariant:** `observed_ms + gap_ms` is the window's length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageAnswer {
    /// Time ranges of uninterrupted sweeps, by time.
    pub segments: Vec<TimeRange>,
    /// The rest of the window, by time.
    pub gaps: Vec<Explained>,
    /// How long the segments are together, in milliseconds.
    pub observed_ms: i64,
    /// How long the gaps are together, in milliseconds.
    pub gap_ms: i64,
}

/// A sweep that saw no one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedSweep<'a> {
    /// When it began, or should have.
    pub at: Timestamp,
    /// It speaks for so much time before and after it, in milliseconds, as far as no other such sweep is nearer.
    pub valid_for_ms: i64,
    /// What it says of itself.
    pub detail: Option<&'a str>,
}

/// Why there was no sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Sweeps failed, or were not made, for this.
    Cause(Cause),
    /// Sweeps failed, or were not made, and do not say why in a word that is known.
    Unexplained,
    /// There is no sweep, not even one that failed: no collector ran, or none that could record it.
    NotCollected,
}

impl Why {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cause(cause) => cause.name(),
            Self::Unexplained => "unexplained",
            Self::NotCollected => "not_collected",
        }
    }
}

/// How much of a gap is due to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What.
    pub why: Why,
    /// How long, in milliseconds.
    pub ms: i64,
    /// How many sweeps failed, or were not made, for it.
    pub looks: i64,
    /// What the first of them said, for people.
    pub detail: Option<String>,
}

/// A gap, and what it is due to.
///
/// **Invariant:** the reasons are together as long as the gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// When.
    pub span: TimeRange,
    /// What it is due to, the most first.
    pub reasons: Vec<Reason>,
}

/// Divides `window` by the segments of coverage (by time), and explains the gaps by the sweeps that saw no one (by time).
pub fn coverage(
    observed: &[CoverageSegment],
    failed: &[FailedSweep<'_>],
    window: TimeRange,
) -> CoverageAnswer {
    let segments: Vec<TimeRange> = observed
        .iter()
        .filter_map(|segment| TimeRange::new(segment.from, segment.to()))
        .filter_map(|span| span.clip(window))
        .collect();
    let mut gaps = Vec::new();
    let mut at: Timestamp = window.from();
    for segment in &segments {
        gaps.extend(TimeRange::new(at, segment.from()));
        at = segment.to();
    }
    gaps.extend(TimeRange::new(at, window.to()));
    let total = |spans: &[TimeRange]| spans.iter().map(|span| span.duration_ms()).sum();
    CoverageAnswer {
        observed_ms: total(&segments),
        gap_ms: total(&gaps),
        segments,
        gaps: gaps.into_iter().map(|gap| explain(gap, failed)).collect(),
    }
}

/// Gives each moment of a gap to the sweep that should have seen it: time before a sweep that saw no one is that sweep's,
/// time after the last one is the last one's; what is further from it than it is valid for, is no one's.
fn explain(gap: TimeRange, failed: &[FailedSweep<'_>]) -> Explained {
    let first = failed.partition_point(|sweep| sweep.at < gap.from());
    let mut reasons: Vec<Reason> = Vec::new();
    let mut at = gap.from();
    let mut last: Option<&FailedSweep<'_>> = None;
    for sweep in failed[first..]
        .iter()
        .take_while(|sweep| sweep.at <= gap.to())
    {
        give(&mut reasons, Some(sweep), sweep.at.since_ms(at), 1);
        at = sweep.at;
        last = Some(sweep);
    }
    give(&mut reasons, last, gap.to().since_ms(at), 0);
    // A sweep at the very end of the gap belongs to the next one, if no time is its own.
    reasons.retain(|reason| reason.ms > 0 || reason.looks > 0);
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.ms));
    Explained { span: gap, reasons }
}

fn give(reasons: &mut Vec<Reason>, sweep: Option<&FailedSweep<'_>>, ms: i64, looks: i64) {
    let (why, detail) = match sweep {
        Some(sweep) => {
            let (cause, sentence) = Cause::of_detail(sweep.detail.unwrap_or_default());
            (cause.map_or(Why::Unexplained, Why::Cause), sentence)
        }
        None => (Why::NotCollected, ""),
    };
    let own_ms = match sweep {
        Some(sweep) if ms > sweep.valid_for_ms => 0,
        _ => ms,
    };
    let mut add = |why, ms, looks, detail: &str| match reasons.iter_mut().find(|one| one.why == why)
    {
        Some(reason) => {
            reason.ms += ms;
            reason.looks += looks;
        }
        None => reasons.push(Reason {
            why,
            ms,
            looks,
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
        }),
    };
    add(why, own_ms, looks, detail);
    if ms > own_ms {
        add(Why::NotCollected, ms - own_ms, 0, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::saturating_from_ms(ms)
    }

    fn span(from: i64, to: i64) -> TimeRange {
        TimeRange::new(at(from), at(to)).expect("not empty")
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
            &[],
            span(5, 40),
        );
        assert_eq!(answer.segments, [span(5, 10), span(30, 40)]);
        assert_eq!(spans(&answer), [span(10, 30)]);
        assert_eq!((answer.observed_ms, answer.gap_ms), (15, 20));
    }

    #[test]
    fn an_account_never_looked_at_is_one_gap() {
        let answer = coverage(&[], &[], span(5, 40));
        assert_eq!(spans(&answer), [span(5, 40)]);
        assert_eq!(shown(&answer.gaps[0]), "not_collected 35 (0)");
    }

    fn spans(answer: &CoverageAnswer) -> Vec<TimeRange> {
        answer.gaps.iter().map(|gap| gap.span).collect()
    }

    fn shown(gap: &Explained) -> String {
        let reasons = gap.reasons.iter().map(|reason| {
            assert_eq!(reason.detail.is_some(), reason.looks > 0);
            format!("{} {} ({})", reason.why.name(), reason.ms, reason.looks)
        });
        reasons.collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn check_explained(looks: &[(i64, &str)], expected: &str) {
        let failed: Vec<FailedSweep<'_>> = looks
            .iter()
            .map(|&(ms, detail)| FailedSweep {
                at: at(ms),
                valid_for_ms: 30,
                detail: Some(detail),
            })
            .collect();
        let gap = explain(span(100, 200), &failed);
        assert_eq!(shown(&gap), expected);
        let together: i64 = gap.reasons.iter().map(|reason| reason.ms).sum();
        assert_eq!(together, 100, "the reasons are as long as the gap");
    }

    #[test]
    fn a_gap_is_explained_by_the_sweeps_that_saw_nobody() {
        check_explained(&[], "not_collected 100 (0)");
        // Before, inside and at the end of the gap; the one at 90 has nothing to do with it.
        let storm = [
            (90, "late: it is"),
            (110, "maintenance: no"),
            (130, "maintenance: no"),
            (150, "unavailable: no"),
            (180, "maintenance: no"),
        ];
        check_explained(&storm, "maintenance 80 (3), unavailable 20 (1)");
        // The collector was killed after two sweeps had failed.
        let killed = [(110, "unavailable: no"), (120, "unavailable: no")];
        check_explained(&killed, "not_collected 80 (0), unavailable 20 (2)");
        // It had not run before.
        check_explained(&[(190, "late: no")], "not_collected 90 (0), late 10 (1)");
        check_explained(
            &[(120, "of an older version"), (145, "what: so")],
            "not_collected 55 (0), unexplained 45 (2)",
        );
    }
}
