//! `explain`: why something is known of an extension at a moment, or not.

use schemars::JsonSchema;
use serde::Serialize;

use presence_core::query::explain::{Around, Rule, SweepAt};
use presence_model::time::Timestamp;

use crate::changes::shape::Change;
use crate::policy::shape::{Fact, QueueFact, TriedRule};
use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Person, Status, Text, Time};
use crate::shapes::renamed;
use presence_texts::{Texts, say};

/// Why something is known of an extension at a moment, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Explanation")]
pub struct MomentExplanation {
    /// What the value is of.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// Who, under the name of that time.
    #[serde(flatten)]
    pub person: Person,
    /// The moment.
    pub at: Time,
    /// What is known.
    pub status: Status,
    /// Whether it rests on no later sweep.
    pub presumed: bool,
    /// The facet's value, or the class; only when known, and `null` for the absence of the facet. A class that depends on a
    /// call queue may be unknown although the state is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Option<String>>,
    /// From when on the whole state (or its being unknown, or absent) has been so.
    pub since: Time,
    /// The change that began it cannot have happened before; `null` where no change began it.
    pub since_earliest: Option<Time>,
    /// The rule of time: `seen`, `bracketed`, `presumed`, `gap`, `stale`, `absent` or `absent_presumed`.
    pub rule: &'static str,
    /// How far apart the snapshots that decide are, or the last one and the present moment, in milliseconds.
    pub apart_ms: Option<i64>,
    /// How long the earlier of them is valid, in milliseconds.
    pub valid_for_ms: Option<i64>,
    /// What it may have been already; `null` where nothing else is possible.
    #[serde(flatten, serialize_with = "renamed::explanation_ambiguity")]
    #[schemars(!flatten)]
    pub ambiguity: Option<Doubt>,
    /// All of this in sentences; times are UTC.
    pub because: Vec<String>,
    /// The snapshots around the moment, by time.
    #[serde(flatten, serialize_with = "renamed::explanation_snapshots")]
    #[schemars(!flatten)]
    pub snapshots: Vec<SweepShape>,
    /// How many more snapshots lie between these.
    #[serde(flatten, serialize_with = "renamed::explanation_omitted")]
    #[schemars(!flatten)]
    pub snapshots_omitted: usize,
    /// The changes before and after the moment that decide.
    pub events: Vec<Change>,
    /// With a policy: its rules in order, up to the one that decided; all, if none did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<TriedRule>,
    /// With a policy: what the rules asked for, and the events that told it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// With a policy: what the rules asked of call queues, and which of their sweeps told it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueFact>,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
    /// What the sentences are made from.
    #[serde(skip)]
    pub grounds: Grounds,
}

/// A change that was seen after the moment, and may have happened before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Ambiguity")]
pub struct Doubt {
    /// What it may have been already: the value; `null` for the absence of the facet, or of the extension.
    pub may_be: Option<String>,
    /// The change cannot have happened before.
    pub not_before: Time,
    /// When it had been seen.
    pub observed_at: Time,
    /// The event that told it.
    pub position: i64,
}

/// A sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Snapshot")]
pub struct SweepShape {
    /// Its snapshot.
    pub snapshot_no: i64,
    /// `poll`, `push` or `import`.
    pub source: &'static str,
    /// `complete`, `partial`, `failed` or `skipped`.
    pub status: &'static str,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub finished_at: Time,
    /// How long it is valid, in milliseconds.
    pub valid_for_ms: i64,
    /// What it told of the extension: `observed`, `lacked` (complete, without it), `gone` (the sweep that confirmed it),
    /// `missed` (not reached) or `nothing`.
    pub outcome: &'static str,
}

impl SweepShape {
    /// The shape of a sweep.
    pub fn of(look: &SweepAt) -> Self {
        Self {
            snapshot_no: look.snapshot_no.0,
            source: look.source.name(),
            status: look.status.name(),
            started_at: Text(look.started_at),
            finished_at: Text(look.finished_at),
            valid_for_ms: look.valid_for_ms,
            outcome: look.outcome.name(),
        }
    }
}

/// What the sentences are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// The rule of time.
    pub rule: Rule,
    /// The sweeps that decide.
    pub around: Around,
    /// The moment.
    pub moment: Timestamp,
    /// The present moment.
    pub now: Timestamp,
    /// What it may have been already.
    pub doubt: Option<Doubt>,
}

impl Grounds {
    /// How far apart what decides is, in milliseconds.
    pub fn apart_ms(&self) -> Option<i64> {
        let earlier = self.around.earlier?;
        match self.rule {
            Rule::Presumed | Rule::Stale | Rule::AbsentPresumed => {
                Some(self.now.since_ms(earlier.seen_at))
            }
            Rule::Bracketed | Rule::Gap | Rule::Absent => {
                let later = self.around.later.as_ref()?;
                Some(earlier.until_ms(later))
            }
            Rule::Seen => None,
        }
    }

    /// The grounds in sentences; `shown` writes a moment.
    pub fn sentences(&self, texts: Texts, shown: &dyn Fn(Timestamp) -> String) -> Vec<String> {
        let mut sentences = vec![self.sentence(texts, shown)];
        let doubt = self.doubt.as_ref();
        sentences.extend(doubt.map(|doubt| doubt.sentence(texts, shown)));
        sentences
    }

    fn sentence(&self, texts: Texts, shown: &dyn Fn(Timestamp) -> String) -> String {
        let snapshot = |sweep: &SweepAt| {
            say!(
                texts,
                "because-snapshot",
                number = sweep.snapshot_no.to_string(),
                moment = shown(sweep.started_at)
            )
        };
        let around = &self.around;
        let valid_ms = around.earlier.map_or(0, |earlier| earlier.valid_for_ms);
        let (earlier, later) = (around.earlier.as_ref(), around.later.as_ref());
        let id = match (self.rule, earlier, later) {
            (Rule::Bracketed, Some(_), Some(_)) => "because-bracketed",
            (Rule::Presumed, Some(_), _) => "because-presumed",
            (Rule::Gap, Some(_), Some(_)) => "because-gap",
            (Rule::Stale, Some(_), _) => "because-stale",
            (Rule::Absent, Some(_), Some(_)) => "because-absent",
            (Rule::AbsentPresumed, Some(_), _) => "because-absent-presumed",
            (Rule::Absent | Rule::AbsentPresumed, ..) => "because-lacked",
            (Rule::Seen, Some(_), _) => "because-seen",
            (_, None, Some(_)) => "because-nothing-before",
            _ => "because-nothing",
        };
        texts.with(
            id,
            &[
                ("earlier", earlier.map(snapshot).unwrap_or_default().into()),
                ("later", later.map(snapshot).unwrap_or_default().into()),
                ("now", shown(self.now).into()),
                ("apart", length(texts, self.apart_ms().unwrap_or(0)).into()),
                ("valid", length(texts, valid_ms).into()),
            ],
        )
    }
}

impl Doubt {
    fn sentence(&self, texts: Texts, shown: &dyn Fn(Timestamp) -> String) -> String {
        let (seen, position) = (shown(self.observed_at.0), self.position.to_string());
        let earliest = shown(self.not_before.0);
        match &self.may_be {
            Some(value) => say!(
                texts,
                "because-doubt",
                value = format!("{value:?}"),
                seen = seen,
                position = position,
                earliest = earliest
            ),
            None => say!(
                texts,
                "because-doubt-gone",
                seen = seen,
                position = position,
                earliest = earliest
            ),
        }
    }
}

/// A length of time to the millisecond: `3 min`, `1 h 30 min`, `59.85 s`.
fn length(texts: Texts, ms: i64) -> String {
    let (hours, minutes, rest_ms) = (ms / 3_600_000, ms / 60_000 % 60, ms % 60_000);
    let mut parts = Vec::new();
    if hours > 0 {
        parts.push(format!("{hours} h"));
    }
    if minutes > 0 {
        parts.push(format!("{minutes} min"));
    }
    if rest_ms > 0 || parts.is_empty() {
        let (seconds, thousandths) = (rest_ms / 1_000, rest_ms % 1_000);
        let fraction = if thousandths == 0 {
            String::new()
        } else {
            let fraction = format!(".{thousandths:03}");
            texts.figures(fraction.trim_end_matches('0'))
        };
        parts.push(format!("{seconds}{fraction} s"));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_exact() {
        let shown = [0, 59_850, 180_000, 5_400_000, 61_001].map(|ms| length(Texts::english(), ms));
        assert_eq!(
            shown,
            ["0 s", "59.85 s", "3 min", "1 h 30 min", "1 min 1.001 s"]
        );
    }
}
