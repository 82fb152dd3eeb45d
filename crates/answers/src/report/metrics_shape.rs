//! `report`: what it shows in addition to the time in each value.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use presence_core::query::figures::{ClassFigures, Figures, total_deviation_ms};
use presence_core::query::report::{ClassRow, Row};

use crate::report::shape::{Amount, ByValue, Names, ReportRow};
use crate::shapes::common::Time;
use crate::shapes::renamed;

/// The further figures that a report was asked for; the others are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ReportParts {
    /// The figures that were chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<&'static str>,
    /// The value that adherence and conformance are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Rows of which a smaller part is known are withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_evidence: Option<f64>,
    /// Rows that fewer extensions stand behind are withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_group: Option<i64>,
    /// `as_now`, where groups are today's and not those of the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<&'static str>,
    /// Whether extensions are under pseudonyms.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pseudonymous: bool,
    /// The earlier period that is laid beside, as far as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_to: Option<Period>,
}

/// A period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Period {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// The end that was requested, where the period is cut: of the window only as much has passed.
    #[serde(
        flatten,
        serialize_with = "renamed::period_requested",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(!flatten)]
    pub requested_to: Option<Time>,
}

/// Why a row has no figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Suppression {
    /// Too little of its time is known.
    Evidence,
    /// Too few extensions stand behind it, or behind another row that it would give away.
    Group,
}

/// The further figures of a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct RowMetrics {
    /// Why it has no figures.
    #[serde(skip)]
    pub withheld: Option<Suppression>,
    /// Time in the value, of the scheduled time that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adherence: Option<Ratio>,
    /// Time in the value, scheduled or not, against scheduled time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conformance: Option<Ratio>,
    /// Unbroken stretches, by value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episodes: Option<ByValue<Episodes>>,
    /// What sweeps this far apart can have missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polling: Option<Polling>,
    /// The same row of the earlier period, and the difference.
    #[serde(flatten)]
    pub earlier: Option<Earlier>,
}

/// A part of a whole, with its bounds; `null` where there is no whole. To six places, but 0 only for nothing and 1 only
/// for all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Ratio {
    /// The estimate.
    pub ratio: Option<f64>,
    /// What is certain.
    pub min: Option<f64>,
    /// What is possible.
    pub max: Option<f64>,
    /// What the ratios are of, in milliseconds.
    #[serde(skip)]
    pub amount: Amount,
    /// The whole, in milliseconds; 0 or less: there is none.
    #[serde(skip)]
    pub whole_ms: i64,
}

/// The unbroken stretches of a value inside scheduled time, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "EpisodeFigures")]
pub struct Episodes {
    /// How many began and ended inside.
    pub count: usize,
    /// Their mean length.
    pub mean_ms: Option<i64>,
    /// Their median length.
    pub median_ms: Option<i64>,
    /// The longest of them.
    pub longest_ms: Option<i64>,
    /// How many more were cut by an edge or a gap.
    pub cut: i64,
    /// The longest unbroken stretch, cut ones included.
    pub longest_continuous_ms: i64,
}

/// What sweeps can have missed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Polling {
    /// How far apart looks were that saw changes; `null` if none did.
    pub interval_ms: Option<i64>,
    /// How many changes there were, seen or not; `null` where it cannot be told.
    pub transitions_expected: Option<f64>,
    /// The same for each value.
    pub values: ByValue<PollingValue>,
}

/// What sweeps can have missed of a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PollingValue {
    /// How often it was seen to begin or end, gaps left out.
    pub changes: i64,
    /// How often it did, seen or not; `null` where it cannot be told.
    pub changes_expected: Option<f64>,
    /// Which part of that was seen.
    pub share_seen: Option<f64>,
    /// The expected standard deviation of its estimate from the truth, in milliseconds.
    pub deviation_ms: Option<f64>,
}

/// A row of the earlier period.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Earlier {
    /// The row, without its keys; `None`: the group had no scheduled time.
    #[serde(rename = "earlier")]
    pub row: Option<Box<ReportRow>>,
    /// By how much each value changed; empty where either row is missing or withheld.
    pub difference: ByValue<Difference>,
}

/// By how much a value changed from the earlier period to this one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    /// The estimate, in milliseconds.
    pub ms: i64,
    /// The least that it can be.
    pub min_ms: i64,
    /// The most that it can be.
    pub max_ms: i64,
    /// The difference of the shares of known time; `null` where either has none.
    pub share: Option<f64>,
}

/// A ratio of milliseconds, to six places, but 0 only for nothing and 1 only for all; `None` where the whole is nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "millionths of a part of time are far below 2^52"
)]
pub fn ratio(part_ms: i64, whole_ms: i64) -> Option<f64> {
    if whole_ms <= 0 {
        return None;
    }
    let (scaled, whole) = (i128::from(part_ms) * MILLION, i128::from(whole_ms));
    let millionths = match (2 * scaled + whole).div_euclid(2 * whole) {
        0 => i128::from(part_ms.signum()),
        MILLION => MILLION + i128::from((part_ms - whole_ms).signum()),
        millionths => millionths,
    };
    Some(millionths as f64 / MILLION as f64)
}

const MILLION: i128 = 1_000_000;

/// To six places: more say nothing, and would differ from one machine to another.
fn rounded(value: f64) -> f64 {
    let millionths = (value * 1_000_000.0).round();
    // No negative zero.
    if millionths == 0.0 {
        0.0
    } else {
        millionths / 1_000_000.0
    }
}

impl Ratio {
    /// An amount against a whole.
    pub fn of(amount: Amount, whole_ms: i64) -> Self {
        Self {
            ratio: ratio(amount.ms, whole_ms),
            min: ratio(amount.min_ms, whole_ms),
            max: ratio(amount.max_ms, whole_ms),
            amount,
            whole_ms,
        }
    }

    /// The same, at most the whole: what is possible may lie where the estimate knows of nothing.
    pub fn within(amount: Amount, whole_ms: i64) -> Self {
        let max_ms = amount.max_ms.min(whole_ms);
        Self::of(Amount { max_ms, ..amount }, whole_ms)
    }
}

impl Episodes {
    fn of(figures: &ClassFigures) -> Option<Self> {
        let episodes = &figures.episodes;
        (episodes.longest_continuous_ms > 0).then(|| Self {
            count: episodes.count(),
            mean_ms: episodes.mean_ms(),
            median_ms: episodes.median_ms(),
            longest_ms: episodes.longest_ms(),
            cut: episodes.cut_count,
            longest_continuous_ms: episodes.longest_continuous_ms,
        })
    }

    /// The episodes of every value of a row.
    pub fn by_value(row: &Row, names: &Names) -> ByValue<Self> {
        names.by_value(row, |class| Self::of(figures(row, class)?))
    }
}

fn figures<'a>(row: &'a Row, class: &ClassRow) -> Option<&'a ClassFigures> {
    let figures = row.figures.as_deref()?;
    figures.classes.iter().find(|one| one.class == class.class)
}

impl Polling {
    /// What sweeps can have missed of a row.
    pub fn of(row: &Row, names: &Names) -> Self {
        let counted = row.figures.as_deref();
        let interval_ms = counted.and_then(Figures::interval_ms);
        let values = names.by_value(row, |class| {
            let value = PollingValue::of(figures(row, class)?, interval_ms);
            (value.changes > 0).then_some(value)
        });
        let expected = values.values().map(|value| value.changes_expected);
        // Every change ends one value and begins another.
        let expected: Option<f64> = expected.sum();
        Self {
            interval_ms,
            transitions_expected: expected.map(|sum| rounded(sum / 2.0)),
            values,
        }
    }
}

impl PollingValue {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds and counts are far below 2^52"
    )]
    fn of(figures: &ClassFigures, interval_ms: Option<i64>) -> Self {
        let expected = figures.expectation();
        let changes = expected.map(|expected| expected.change_count);
        let deviation = interval_ms.zip(changes);
        Self {
            changes: figures.change_count,
            changes_expected: changes.map(rounded),
            share_seen: expected.map(|expected| rounded(expected.share_seen)),
            deviation_ms: deviation
                .map(|(interval_ms, changes)| total_deviation_ms(interval_ms as f64, changes))
                .map(f64::round),
        }
    }
}

impl Difference {
    fn of(now: Amount, now_whole_ms: i64, then: Amount, then_whole_ms: i64) -> Self {
        let shares = ratio(now.ms, now_whole_ms).zip(ratio(then.ms, then_whole_ms));
        Self {
            ms: now.ms - then.ms,
            min_ms: now.min_ms - then.max_ms,
            max_ms: now.max_ms - then.min_ms,
            share: shares.map(|(now, then)| rounded(now - then)),
        }
    }
}

impl Earlier {
    /// The row of the earlier period beside this one's.
    pub fn of(now: &ReportRow, then: Option<ReportRow>) -> Self {
        let difference = then.as_ref().map_or_else(ByValue::default, |then| {
            if then.told.withheld.is_some() || now.told.withheld.is_some() {
                return ByValue::default();
            }
            let mut values: Vec<_> = now.values.names().chain(then.values.names()).collect();
            values.sort_unstable();
            values.dedup();
            let differences = values.into_iter().map(|value| {
                let amount = |row: &ReportRow| row.values.get(value).copied().unwrap_or_default();
                let (of_now, of_then) = (amount(now), amount(then));
                let told = Difference::of(of_now, now.known_ms(), of_then, then.known_ms());
                (Arc::clone(value), told)
            });
            differences.collect()
        });
        Self {
            row: then.map(Box::new),
            difference,
        }
    }
}

impl RowMetrics {
    /// The row of the earlier period, where there is one and neither is withheld.
    pub fn shown_earlier(&self) -> Option<&ReportRow> {
        let then = self.earlier.as_ref()?.row.as_deref()?;
        (self.withheld.is_none() && then.told.withheld.is_none()).then_some(then)
    }
}
