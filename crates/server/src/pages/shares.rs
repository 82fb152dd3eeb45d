//! A row of a report as a bar: each value's share of the time, and how far the first one's bounds reach.
//!
//! ```text
//! ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▅▅▅▅▅▅▅▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁░░░░
//!           ├──────┤     the first value: from the least to the most
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::palette::{ValueStyle, styles};
use super::picture::LegendEntry;
use presence_answers::render::status;
use presence_answers::report::shape::{Amount, Report, ReportRow};
use presence_texts::{Texts, say};

/// The width of a bar, in units of its view box.
const WIDTH: i64 = 1_000;
/// Its height.
const HEIGHT: i64 = 20;

/// What time went to, in milliseconds.
#[derive(Clone, Debug, Default)]
struct Shares {
    there_ms: i64,
    values: BTreeMap<String, Amount>,
}

impl Shares {
    fn add(&mut self, row: &ReportRow) {
        self.there_ms += row.scheduled_ms - row.absent_ms;
        for (value, amount) in row.values.iter() {
            let sum = self.values.entry(value.to_owned()).or_default();
            sum.ms += amount.ms;
            sum.min_ms += amount.min_ms;
            sum.max_ms += amount.max_ms;
        }
    }
}

/// The bars of a report, one a row, and one of all rows together.
#[derive(Clone, Debug, Default)]
pub(super) struct ShareBars {
    /// In which language they are described.
    pub(super) texts: Texts,
    styles: Vec<ValueStyle>,
    rows: Vec<String>,
}

impl ShareBars {
    /// Those of a report.
    pub(super) fn of(texts: Texts, report: &Report) -> Self {
        let mut total = Shares::default();
        let mut rows: Vec<Shares> = Vec::with_capacity(report.rows.len() + 1);
        for row in &report.rows {
            let mut shares = Shares::default();
            // What is withheld is not drawn.
            if row.told.withheld.is_none() {
                shares.add(row);
                total.add(row);
            }
            rows.push(shares);
        }
        let values = total.values.keys().map(String::as_str).collect::<Vec<_>>();
        let styles = styles(texts, &status::order(values, &report.criterion.order()));
        rows.push(total);
        let rows = rows.iter().map(|shares| drawn(shares, &styles)).collect();
        Self {
            texts,
            styles,
            rows,
        }
    }

    /// The bar of a row; the one after the last is of all together. Empty where no time counts.
    pub(super) fn row(&self, index: usize) -> &str {
        self.rows.get(index).map_or("", String::as_str)
    }

    /// What the colours mean.
    pub(super) fn legend(&self) -> Vec<LegendEntry> {
        let entry = |class: &str, label: &str| LegendEntry {
            bars: None,
            swatch: format!(
                "<svg class=\"shares swatch\" viewBox=\"0 0 26 {HEIGHT}\" aria-hidden=\"true\">\
                 <path class=\"{class}\" d=\"M0 0h26v{HEIGHT}H0z\"/></svg>"
            ),
            label: label.to_owned(),
        };
        let mut entries: Vec<LegendEntry> = self
            .styles
            .iter()
            .map(|style| entry(&style.style, &style.label))
            .collect();
        entries.push(entry("", &self.texts.say("unknown-no-data")));
        if let Some(first) = self.styles.first() {
            entries.push(LegendEntry {
                bars: None,
                swatch: format!(
                    "<svg class=\"shares swatch\" viewBox=\"0 0 26 {HEIGHT}\" aria-hidden=\"true\">{}</svg>",
                    whisker(3, 23)
                ),
                label: say!(self.texts, "shares-least-to-most", value = &first.label),
            });
        }
        entries
    }
}

/// A line from the least to the most, with an end at each.
fn whisker(from: i64, to: i64) -> String {
    format!("<path class=\"whisker\" d=\"M{from} 10H{to}M{from} 5v10M{to} 5v10\"/>")
}

fn drawn(shares: &Shares, styles: &[ValueStyle]) -> String {
    if shares.there_ms <= 0 {
        return String::new();
    }
    let x = |ms: i64| {
        let place = i128::from(ms) * i128::from(WIDTH) / i128::from(shares.there_ms);
        i64::try_from(place).unwrap_or(WIDTH).clamp(0, WIDTH)
    };
    let mut svg = format!(
        "<svg class=\"shares\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    );
    let mut from_ms = 0;
    for style in styles {
        let amount = shares.values.get(&style.value).copied().unwrap_or_default();
        let (from, to) = (x(from_ms), x(from_ms + amount.ms));
        from_ms += amount.ms;
        if from < to {
            // Writing to a text in memory does not fail.
            let _ = write!(
                svg,
                "<path class=\"{}\" d=\"M{from} 0H{to}V{HEIGHT}H{from}z\"/>",
                style.style
            );
        }
    }
    let first = styles
        .first()
        .and_then(|style| shares.values.get(&style.value));
    if let Some(first) = first.filter(|first| first.min_ms < first.max_ms) {
        svg.push_str(&whisker(x(first.min_ms), x(first.max_ms)));
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(there_ms: i64, held: [i64; 3]) -> Shares {
        let [ms, min_ms, max_ms] = held;
        let amount = Amount { ms, min_ms, max_ms };
        Shares {
            there_ms,
            values: BTreeMap::from([("Available".to_owned(), amount)]),
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_share_and_its_whisker_as_its_bounds() {
        let styles = styles(Texts::english(), &["Available"]);
        let svg = drawn(&shares(1_000_000, [400_000, 350_000, 500_000]), &styles);
        assert!(
            svg.contains("<path class=\"good\" d=\"M0 0H400V20H0z\"/>"),
            "{svg}"
        );
        assert!(svg.contains("d=\"M350 10H500M350 5v10M500 5v10\""), "{svg}");
    }

    #[test]
    fn what_is_certain_has_no_whisker_and_nothing_no_bar() {
        let styles = styles(Texts::english(), &["Available"]);
        let svg = drawn(&shares(1_000, [400, 400, 400]), &styles);
        assert!(!svg.contains("whisker"), "{svg}");
        assert_eq!(drawn(&shares(0, [0, 0, 0]), &styles), "");
    }
}
