//! `docs/semantics.md`, run: the program agrees with every drawing, and every test that it names exists.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use presence_core::query::calendar::{Schedule, Slice};
use presence_core::query::classes::Classes;
use presence_core::query::group::GroupBy;
use presence_core::query::report::Report;
use presence_core::query::schedule_slots::Grid;
use presence_core::query::track::Frame;
use presence_model::time::TimeRange;

use crate::support::drawn::{FACET, MINUTE_MS, minute, minutes, record, sweeps};

/// The document has at least this many edges.
const EDGES_MIN: usize = 40;

/// The present moment of a drawing that gives none: so late that nothing is presumed.
const LONG_AFTER: usize = 1_000;

/// A section of the document.
struct Edge {
    title: String,
    lines: Vec<String>,
}

/// A drawing, and what the document says about it.
struct Drawing {
    drawn_sweeps: String,
    window: TimeRange,
    hours: Vec<TimeRange>,
    now: usize,
    told: String,
}

fn edges() -> Vec<Edge> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/semantics.md");
    let text = fs::read_to_string(path).expect("the document is there");
    let mut edges: Vec<Edge> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            edges.push(Edge {
                title: title.to_owned(),
                lines: Vec::new(),
            });
        } else if let Some(edge) = edges.last_mut() {
            edge.lines.push(line.to_owned());
        }
    }
    edges
}

impl Edge {
    fn drawing(&self) -> Option<Drawing> {
        let fenced = self.lines.iter().skip_while(|line| *line != "```edge");
        let lines: Vec<&String> = fenced.skip(1).take_while(|line| *line != "```").collect();
        let said: BTreeMap<&str, &str> = lines
            .iter()
            .filter_map(|line| line.split_once(char::is_whitespace))
            .map(|(name, rest)| (name, rest.trim()))
            .collect();
        let window = segment(said.get("window")?);
        let hours = said.get("hours").copied();
        let settings = ["looks", "window", "hours", "now"];
        let is_told = |line: &&String| !settings.iter().any(|name| line.starts_with(name));
        let told: Vec<&str> = lines
            .iter()
            .filter(|line| is_told(line))
            .map(|line| line.as_str())
            .collect();
        Some(Drawing {
            drawn_sweeps: (*said.get("looks")?).to_owned(),
            window,
            hours: hours.map_or_else(
                || vec![window],
                |hours| hours.split(' ').map(segment).collect(),
            ),
            now: said
                .get("now")
                .map_or(LONG_AFTER, |now| now.parse().expect("a minute")),
            told: told.join("\n"),
        })
    }

    fn named_test(&self) -> Option<&str> {
        let mut lines = self.lines.iter();
        let line = lines.find_map(|line| line.strip_prefix("Test: `"))?;
        line.strip_suffix('`')
    }
}

fn segment(text: &str) -> TimeRange {
    let (from, to) = text.split_once("..").expect("FROM..TO");
    let minute = |text: &str| text.parse().expect("a minute");
    minutes(minute(from), minute(to))
}

impl Drawing {
    /// What the program says, in the document's words.
    fn answer(&self) -> String {
        let (_, replay) = record(&sweeps(&self.drawn_sweeps));
        let (histories, dictionary) = replay.histories();
        let classes = Classes::of_facet(&dictionary, FACET);
        let complete = replay.coverage().complete;
        let frame = Frame {
            window: self.window,
            now: minute(self.now),
            complete: &complete,
            classes: &classes,
        };
        let slices = self.hours.iter().filter_map(|span| {
            let span = span.clip(self.window)?.before(minute(self.now))?;
            Some(Slice { span, bucket: 0 })
        });
        let schedule = Schedule {
            slices: slices.collect(),
            labels: vec!["all".to_owned()],
        };
        let grid = Grid::new(&[schedule]);
        let mut report = Report::new();
        for history in &histories {
            let by = GroupBy::default();
            report
                .add(history, &dictionary, &frame, grid.zone(0), by)
                .expect("the dictionary has them all");
        }
        let Some((_, _, row)) = report.rows(&grid).next() else {
            return "no row".to_owned();
        };
        let mut said = String::new();
        let mut sum_ms = row.unknown_ms + row.absent_ms;
        for class in &row.classes {
            let amount = class.amount;
            sum_ms += amount.ms;
            assert!(amount.min_ms <= amount.ms && amount.ms <= amount.max_ms);
            let [ms, min, max] = [amount.ms, amount.min_ms, amount.max_ms].map(|ms| ms / MINUTE_MS);
            let value = classes.value(class.class).unwrap_or("(none)");
            let _ = writeln!(said, "{value:<8} {ms} ({min}..{max})");
        }
        assert_eq!(sum_ms, row.scheduled_ms, "the row does not add up");
        for (name, ms) in [("unknown", row.unknown_ms), ("absent", row.absent_ms)] {
            if ms > 0 {
                let _ = writeln!(said, "{name:<8} {}", ms / MINUTE_MS);
            }
        }
        if row.transitions > 0 {
            let _ = writeln!(said, "changes  {}", row.transitions);
        }
        said.trim_end().to_owned()
    }
}

#[test]
fn every_drawing_says_what_the_program_says() {
    let mut wrong = String::new();
    for edge in edges() {
        if let Some(drawing) = edge.drawing() {
            let answer = drawing.answer();
            if answer != drawing.told {
                let (title, told) = (&edge.title, &drawing.told);
                let _ = writeln!(wrong, "### {title}\n{told}\n-- but:\n{answer}\n==");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_edge_is_drawn_or_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    for folder in ["crates", "src", "tests"] {
        read_all(&root.join(folder), &mut text);
    }
    let edges = edges();
    assert!(edges.len() >= EDGES_MIN, "there are {}", edges.len());
    for edge in &edges {
        let is_there = |name: &str| text.contains(&format!("#[test]\nfn {name}("));
        let is_there = edge.named_test().map(is_there);
        let is_proved = is_there.unwrap_or_else(|| edge.drawing().is_some());
        assert!(is_proved, "{:?} names no test that is there", edge.title);
    }
}

/// The sources, with each line trimmed.
fn read_all(path: &Path, text: &mut String) {
    for entry in fs::read_dir(path).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("it can be read");
            for line in source.lines() {
                text.push_str(line.trim_start());
                text.push('\n');
            }
        }
    }
}
