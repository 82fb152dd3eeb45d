//! The figures.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(
    clippy::cast_precision_loss,
    reason = "figures are shown with a few digits"
)]

use std::time::Duration;

use super::questions::{Question, Size};

pub(crate) fn heading(text: &str) {
    println!("\n{text}");
}

/// What recording came to.
pub(crate) struct Recorded {
    pub(crate) sweeps: u32,
    pub(crate) events: u64,
    pub(crate) imported: Duration,
    pub(crate) appended: Duration,
    pub(crate) naively: Duration,
}

pub(crate) fn recording(figures: &Recorded) {
    let Recorded { sweeps, events, .. } = figures;
    println!(
        "  import of {sweeps} sweeps of 10,000 extensions, {events} events: {:.2} s, {:.1} ms each (with the making of the file)",
        figures.imported.as_secs_f64(),
        millis(figures.imported) / f64::from(*sweeps),
    );
    println!(
        "  a sweep with 100 changes compared and appended: {:.1} ms; naively {:.1} ms, {:.1} times as long",
        millis(figures.appended),
        millis(figures.naively),
        ratio(figures.naively, figures.appended),
    );
}

pub(crate) fn size(size: &Size, aim: f64) {
    let ratio = size.naive as f64 / size.ours as f64;
    println!(
        "  {} people, a sweep a minute for {:.1} days: {} changes in {:.1} MB, {:.0} bytes each; naively {:.1} MB, {ratio:.1} times as much (aim: {aim}): {}",
        size.shape.people,
        f64::from(size.shape.minutes) / 1_440.0,
        size.event_count,
        size.ours as f64 / 1e6,
        size.ours as f64 / size.event_count as f64,
        size.naive as f64 / 1e6,
        verdict(ratio, aim),
    );
}

pub(crate) fn question(question: &Question, aim: f64) {
    let ratio = ratio(question.naive, question.ours);
    println!(
        "  {}: {:.1} ms; naively {:.1} ms, {ratio:.1} times as long (aim: {aim}): {}",
        question.name,
        millis(question.ours),
        millis(question.naive),
        verdict(ratio, aim),
    );
}

fn verdict(figure: f64, aim: f64) -> &'static str {
    if figure >= aim { "yes" } else { "NO" }
}

fn ratio(longer: Duration, shorter: Duration) -> f64 {
    longer.as_secs_f64() / shorter.as_secs_f64()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
