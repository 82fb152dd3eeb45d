//! The window of a question: as it was written, and what is assumed where it was not.

use crate::cli::args::{UsualWindow, WrittenWindow};
use crate::cli::exit::Failure;
use crate::model::time::{Span, Timestamp};
use crate::query::local_time::LocalTime;
use crate::query::zone::Zone;

use super::Settings;

/// The window of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it is.
    pub span: Span,
    /// What was assumed of it, in a sentence; `None` if all of it was written.
    pub assumed: Option<String>,
}

/// An end of a window, and what it is where it was not written.
#[derive(Clone, Copy)]
struct End {
    at: Timestamp,
    assumed: Option<&'static str>,
}

impl End {
    fn written(at: Timestamp) -> Self {
        Self { at, assumed: None }
    }

    fn assumed(at: Timestamp, what: &'static str) -> Self {
        Self {
            at,
            assumed: Some(what),
        }
    }
}

/// Reads a window, and assumes what was not written.
pub(super) fn settle(settings: &Settings, written: WrittenWindow<'_>) -> Result<Window, Failure> {
    let read = |what: &str, text: Option<&str>| {
        let at = text.map(|text| settings.moment(what, text)).transpose()?;
        Ok::<_, Failure>(at.map(End::written))
    };
    let (from, to) = (read("--from", written.from)?, read("--to", written.to)?);
    let now = End::assumed(settings.now, "now");
    let seen_from =
        |end: End, what: &str, text: &str| settings.moment_seen_from(end.at, what, text);
    let (from, to) = match written.usual {
        UsualWindow::Today => {
            let to = to.unwrap_or(now);
            // What ends at a midnight is the day before it.
            let within = End::written(to.at.plus_ms(-1));
            let midnight = seen_from(within, "--from", "today")
                .map(|at| End::assumed(at, "midnight before --to"));
            (from.map_or(midnight, Ok)?, to)
        }
        UsualWindow::SevenDays => {
            let to = to.unwrap_or(now);
            let earlier =
                seen_from(to, "--from", "-7d").map(|at| End::assumed(at, "7 days before --to"));
            (from.map_or(earlier, Ok)?, to)
        }
        UsualWindow::SevenDaysAhead => {
            let from = from.unwrap_or(now);
            let later =
                seen_from(from, "--to", "+7d").map(|at| End::assumed(at, "7 days after --from"));
            (from, to.map_or(later, Ok)?)
        }
    };
    let span = Span::new(from.at, to.at).ok_or_else(|| is_empty(from, to))?;
    Ok(Window {
        span,
        assumed: told(from, to, &settings.shown_zone()),
    })
}

fn is_empty(from: End, to: End) -> Failure {
    let assumed = |end: End| {
        end.assumed.map_or_else(String::new, |what| {
            format!(" ({what}, since none is given)")
        })
    };
    Failure::Usage(format!(
        "--from {}{} is not before --to {}{}: the window would be empty; give an earlier --from or a later --to",
        from.at,
        assumed(from),
        to.at,
        assumed(to),
    ))
}

/// `Assumed --from 2026-11-02 00:00:00 (midnight before --to) and --to 2026-11-02 08:21:30 (now), in UTC.`
fn told(from: End, to: End, zone: &Zone) -> Option<String> {
    let ends = [("--from", from), ("--to", to)].into_iter();
    let told = ends.filter_map(|(name, end)| {
        let what = end.assumed?;
        Some(format!(
            "{name} {} ({what})",
            LocalTime::of(zone, end.at).text()
        ))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("Assumed {}, in {zone}.", told.join(" and ")))
}
