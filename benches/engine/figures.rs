//! The figures that were saved last, and those of this run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/engine/figures.txt");

/// What a line of the file has between the figure and the name.
const BETWEEN: char = '\t';

/// Each figure is a multiple of what the least pass costs.
pub(crate) struct Figures {
    saved: BTreeMap<String, f64>,
    measured: Vec<(String, f64)>,
}

impl Figures {
    /// What was saved; nothing if nothing was.
    pub(crate) fn read() -> Self {
        let text = std::fs::read_to_string(FILE).unwrap_or_default();
        let of_line = |line: &str| {
            let (times, name) = line.split_once(BETWEEN)?;
            Some((name.to_owned(), times.parse().ok()?))
        };
        Self {
            saved: text.lines().filter_map(of_line).collect(),
            measured: Vec::new(),
        }
    }

    /// Notes a figure, and gives it as a multiple of the saved one.
    pub(crate) fn over_saved(&mut self, name: &str, times: f64) -> Option<f64> {
        self.measured.push((name.to_owned(), times));
        self.saved.get(name).map(|saved| times / saved)
    }

    /// Saves what was measured in place of what was saved before.
    pub(crate) fn save(&self) {
        let mut text = String::new();
        for (name, times) in &self.measured {
            writeln!(text, "{times:.2}{BETWEEN}{name}").expect("text takes everything");
        }
        std::fs::write(FILE, text).expect("the folder of the bench can be written to");
    }
}
