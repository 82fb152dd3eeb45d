//! The figures as a table.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(
    clippy::cast_precision_loss,
    reason = "figures are shown with a few digits"
)]

use std::time::Duration;

use super::usage::Cost;

/// Costs, and the one that they are compared with.
pub(crate) struct Table {
    one: Cost,
}

impl Table {
    /// Begins a table about `title` that compares with `one`.
    pub(crate) fn begin(title: &str, one: Cost) -> Self {
        println!("\n{title}");
        println!("{:44}{:>10}{:>10}{:>10}", "", "CPU ms", "× JSON", "time ms");
        Self { one }
    }

    /// What something costs.
    pub(crate) fn row(&self, name: &str, cost: Cost) {
        let ratio = cost.cpu.as_secs_f64() / self.one.cpu.as_secs_f64();
        println!(
            "  {name:42}{:10.2}{ratio:10.2}{:10.2}",
            millis(cost.cpu),
            millis(cost.wall)
        );
    }
}

/// Something that is no row.
pub(crate) fn note(text: &str) {
    println!("  {text}");
}

/// Whether a figure is what it is aimed to be.
pub(crate) fn verdict(unit: &str, figure: f64, figure_max: f64) {
    let reached = if figure <= figure_max { "yes" } else { "NO" };
    println!("  {figure:.2} {unit} (aim: {figure_max}): {reached}");
}

/// A duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Bytes in megabytes of 1,000,000.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
