//! Judges whether a program is alive, and whether the history is being kept up to date. Pure.

use super::shape::{Health, Readiness, Time};
use super::vitals::{Phase, Vitals};
use presence_core::escape::shown;
use presence_model::time::Timestamp;

/// The last complete sweep may be so many intervals old: after three, what is known of the present ends.
const INTERVALS_MAX: i64 = 3;

/// Whether the program is alive; without a collector it is, since it answers.
pub fn health(vitals: Option<&Vitals>, now: Timestamp) -> Health {
    let is_alive = vitals.is_none_or(|vitals| vitals.is_alive(now));
    Health {
        status: if is_alive { "alive" } else { "stuck" },
        progress_expected_by: vitals.map(|vitals| Time(vitals.progress_expected_by)),
    }
}

/// Whether the store answers and the last complete sweep is recent; `store` says why the store does not answer.
pub fn readiness(vitals: Option<&Vitals>, store: Result<(), &str>, now: Timestamp) -> Readiness {
    let mut reasons = Vec::new();
    if let Err(why) = store {
        reasons.push(format!("the store cannot be reached: {}", shown(why)));
    }
    let age_ms_max = vitals
        .and_then(|vitals| vitals.interval_ms)
        .map(|interval_ms| interval_ms.saturating_mul(INTERVALS_MAX));
    let last_complete_at = vitals.and_then(|vitals| vitals.last_complete_at);
    let age_ms = last_complete_at.map(|at| now.since_ms(at).max(0));
    reasons.extend(vitals.and_then(|vitals| stale(vitals, age_ms, age_ms_max)));
    Readiness {
        status: if reasons.is_empty() {
            "ready"
        } else {
            "not_ready"
        },
        reasons,
        store_reachable: store.is_ok(),
        collector: vitals.map(|vitals| vitals.phase.name()),
        last_complete_sweep_at: last_complete_at.map(Time),
        last_complete_sweep_age_ms: age_ms,
        last_complete_sweep_age_ms_max: age_ms_max,
    }
}

/// Why the collector does not keep the history up to date; `None` if it does.
fn stale(vitals: &Vitals, age_ms: Option<i64>, age_ms_max: Option<i64>) -> Option<String> {
    let because = || {
        vitals
            .last_warning
            .as_ref()
            .map_or_else(String::new, |text| {
                format!("; the last warning: {}", shown(text))
            })
    };
    match (&vitals.phase, age_ms, age_ms_max) {
        (Phase::Standby { holder }, ..) => Some(format!(
            "another collector has the account: {}",
            shown(holder)
        )),
        (Phase::Starting, ..) => Some(format!("the platform has not answered yet{}", because())),
        (Phase::Collecting, None, _) => Some(format!("no complete sweep yet{}", because())),
        (Phase::Collecting, Some(age_ms), Some(age_ms_max)) if age_ms > age_ms_max => {
            Some(format!(
                "the last complete sweep ended {} s ago, longer than {} s{}",
                age_ms / 1_000,
                age_ms_max / 1_000,
                because()
            ))
        }
        (Phase::Collecting, ..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::vitals::tests::{at, tick};
    use super::*;
    use crate::progress::Progress;
    use presence_model::observation::SweepStatus;

    /// A collector with a sweep that ended at 1,250 ms, looking each minute.
    fn collecting() -> Vitals {
        let mut vitals = Vitals::new(at(0));
        vitals.phase = Phase::Collecting;
        vitals.interval_ms = Some(60_000);
        let told = tick(SweepStatus::Complete, 0);
        vitals.record(&Progress::Ticked(&told), told.finished_at);
        vitals
    }

    #[track_caller]
    fn check(vitals: Option<&Vitals>, store: Result<(), &str>, now_ms: i64, reasons: &[&str]) {
        let answer = readiness(vitals, store, at(now_ms));
        assert_eq!(answer.reasons, reasons);
        assert_eq!(answer.status == "ready", reasons.is_empty());
    }

    #[test]
    fn a_recent_complete_sweep_and_a_store_are_ready() {
        check(None, Ok(()), 0, &[]);
        check(Some(&collecting()), Ok(()), 181_250, &[]);
    }

    #[test]
    fn what_is_old_is_not() {
        let old = "the last complete sweep ended 180 s ago, longer than 180 s";
        check(Some(&collecting()), Ok(()), 181_251, &[old]);
        let mut warned = collecting();
        let told = tick(SweepStatus::Partial, 180_000);
        warned.record(&Progress::Ticked(&told), told.finished_at);
        warned.record(&Progress::Warning("no\u{1b} way"), at(181_300));
        let because = format!("{old}; the last warning: no\\u{{1b}} way");
        check(Some(&warned), Ok(()), 181_400, &[&because]);
    }

    #[test]
    fn neither_is_who_has_not_begun() {
        let fresh = Vitals::new(at(0));
        check(
            Some(&fresh),
            Ok(()),
            5,
            &["the platform has not answered yet"],
        );
        let mut second = Vitals::new(at(0));
        let taken = Progress::LeaseTaken {
            holder: "process 12",
            expires_at: at(10),
        };
        second.record(&taken, at(1));
        check(
            Some(&second),
            Err("it is locked"),
            5,
            &[
                "the store cannot be reached: it is locked",
                "another collector has the account: process 12",
            ],
        );
    }

    #[test]
    fn a_loop_that_does_not_go_on_is_stuck() {
        let vitals = collecting();
        assert_eq!(health(Some(&vitals), at(2_000)).status, "alive");
        assert_eq!(health(Some(&vitals), at(400_000)).status, "stuck");
        assert_eq!(health(None, at(i64::MAX)).status, "alive");
    }
}
