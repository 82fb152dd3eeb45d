//! The question, and what an answer rests on, as lines below a table, above CSV and in pictures.

use std::fmt::Write as _;

use serde_json::Value;

use crate::shapes::as_of::AsOf;
use crate::shapes::provenance::Provenance;
use crate::shapes::so_far::SoFar;

use super::status::short_digest;
use presence_charts::duration::spoken;
use presence_charts::json;
use presence_charts::table::Paint;
use presence_core::escape::shown;
use presence_texts::{Texts, say};

/// Below a table that says itself what it rests on: the question.
pub fn asked(provenance: &Provenance) -> String {
    dimmed(&asked_lines(provenance))
}

/// Below a table that does not: the question, and what the answer rests on.
pub fn footer(provenance: &Provenance) -> String {
    dimmed(&lines(provenance))
}

fn dimmed(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| Paint::Dim.on(line)).collect();
    lines.join("\n") + "\n"
}

/// The question, and what the answer rests on, a line each.
pub fn lines(provenance: &Provenance) -> Vec<String> {
    let mut lines = vec![format!(
        "{}; zone data {}",
        as_of(&provenance.as_of),
        provenance.zone_data
    )];
    lines.extend(asked_lines(provenance));
    lines
}

fn asked_lines(provenance: &Provenance) -> Vec<String> {
    let calendar = provenance.calendar_digest.as_ref().map(|digest| {
        let name = provenance.calendar.as_deref().unwrap_or_default();
        format!("calendar {} ({})", shown(name), short_digest(digest))
    });
    let digest = provenance.digest();
    let asked = format!(
        "{}, answer {}: {}",
        provenance.program,
        short_digest(&digest),
        shown(&provenance.question)
    );
    let so_far = so_far(Texts::english(), provenance.so_far).map(|told| format!("so far: {told}"));
    so_far.into_iter().chain(calendar).chain([asked]).collect()
}

/// How much of a window is still to come, in words; `None` where all of it has passed.
pub fn so_far(texts: Texts, so_far: SoFar) -> Option<String> {
    let told = || {
        let length = spoken(so_far.not_yet_ms);
        say!(texts, "so-far-still-to-come", length = length)
    };
    so_far.so_far.then(told)
}

/// Which part of the log an answer rests on, in words.
pub fn as_of(as_of: &AsOf) -> String {
    let observed_until = as_of
        .observed_until
        .map_or_else(|| "never".to_owned(), |at| at.0.to_string());
    let now = as_of
        .now
        .map_or_else(String::new, |now| format!(", now {}", now.0));
    format!(
        "as of position {}, snapshot {}, observed until {observed_until}{now}",
        as_of.position, as_of.snapshot_no
    )
}

/// Lines to stand above CSV, each beginning with `# `.
pub fn comments(provenance: &Provenance) -> String {
    let value = serde_json::to_value(provenance).unwrap_or_default();
    let Value::Object(fields) = value else {
        return String::new();
    };
    let mut lines = String::new();
    for (name, value) in &fields {
        let text = match value {
            Value::String(text) => shown(text).into_owned(),
            value => json::line(value).trim_end().to_owned(),
        };
        // Writing to a text in memory does not fail.
        let _ = writeln!(lines, "# {name}: {text}");
    }
    lines
}
