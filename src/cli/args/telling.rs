//! The arguments of what a report tells besides.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::ask::Metric;

/// What a report tells besides how long each value held.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Further figures")]
pub struct TellingArgs {
    /// Further figures, such as adherence,episodes
    ///
    /// Comma-separated; docs/metrics.md explains them; `adherence` and `conformance` need --value.
    #[arg(
        long,
        value_name = "METRICS",
        value_delimiter = ',',
        value_parser = metric_parser(),
    )]
    pub metrics: Vec<Metric>,

    /// The value, or class of the policy, that they are of
    #[arg(long, value_name = "VALUE")]
    pub value: Option<String>,

    /// Withhold the figures of rows of which a smaller part is known, 0.8 for four fifths of the time
    #[arg(long, value_name = "PART", value_parser = parse_part, hide_short_help = true)]
    pub min_evidence: Option<f64>,

    /// Withhold rows that fewer extensions stand behind, and those that would give them away
    #[arg(
        long,
        value_name = "COUNT",
        value_parser = clap::value_parser!(i64).range(1..=GROUP_MAX),
        hide_short_help = true
    )]
    pub min_group: Option<i64>,

    /// Count everybody in the groups of today, not in those of the time
    #[arg(long, hide_short_help = true)]
    pub as_now: bool,

    /// Show pseudonyms in place of ids, numbers and names; they need a key: `PRESENCE_PSEUDONYM_KEY`, or
    /// `pseudonym_key_file` of the configuration
    #[arg(long, conflicts_with = "people", hide_short_help = true)]
    pub pseudonymous: bool,

    /// An earlier period beside it: `previous`, or FROM..TO
    #[arg(long, value_name = "PERIOD", allow_hyphen_values = true)]
    pub compare_to: Option<String>,
}

/// No account has more extensions than a floor of groups may be.
pub const GROUP_MAX: i64 = 1_000_000;

fn metric_parser() -> impl TypedValueParser<Value = Metric> {
    PossibleValuesParser::new(Metric::ALL.map(Metric::name)).map(|name| {
        let mut metrics = Metric::ALL.into_iter();
        let found = metrics.find(|metric| metric.name() == name);
        found.expect("the possible values are the metrics' names")
    })
}

/// Reads a part of a whole, from 0 to 1.
pub fn parse_part(text: &str) -> Result<f64, String> {
    let part = text.parse().ok();
    part.filter(|part| (0.0..=1.0).contains(part))
        .ok_or_else(|| {
            format!("{text:?} is no part of a whole: write a number from 0 to 1, like 0.8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_lies_between_nothing_and_all() {
        assert_eq!(parse_part("0.8"), Ok(0.8));
        assert_eq!(parse_part("1"), Ok(1.0));
        for wrong in ["80", "-0.1", "NaN", "80%", ""] {
            assert!(parse_part(wrong).is_err(), "{wrong:?} was accepted");
        }
    }
}
