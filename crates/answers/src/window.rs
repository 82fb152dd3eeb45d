//! The window of a question: as it was written, and what is assumed where it was not.

use presence_core::query::local_time::LocalTime;
use presence_core::query::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};

use super::refusal::{FieldName, Refusal, Sentence, sentence};
use super::settings::Settings;
use super::shared::{FROM, TO, UsualWindow, WrittenWindow};
use super::values::TimeExpression;

/// The window of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it is.
    pub span: TimeRange,
    /// What was assumed of it, in a sentence; `None` if all of it was written.
    pub assumed: Option<Sentence>,
}

/// An end of a window, and what it is where it was not written.
#[derive(Clone, Copy)]
struct End {
    at: Timestamp,
    assumed: Option<Assumed>,
}

/// What is assumed of an end that was not written.
#[derive(Clone, Copy)]
enum Assumed {
    Now,
    MidnightBeforeEnd,
    SevenDaysBeforeEnd,
    SevenDaysAfterStart,
}

impl Assumed {
    fn told(self) -> Sentence {
        match self {
            Self::Now => "now".into(),
            Self::MidnightBeforeEnd => sentence!("midnight before ", TO),
            Self::SevenDaysBeforeEnd => sentence!("7 days before ", TO),
            Self::SevenDaysAfterStart => sentence!("7 days after ", FROM),
        }
    }
}

impl End {
    fn written(at: Timestamp) -> Self {
        Self { at, assumed: None }
    }

    fn assumed(at: Timestamp, what: Assumed) -> Self {
        Self {
            at,
            assumed: Some(what),
        }
    }
}

/// Reads a window, and assumes what was not written.
pub(super) fn resolve(settings: &Settings, written: WrittenWindow<'_>) -> Result<Window, Refusal> {
    let read = |field: FieldName, text: Option<&TimeExpression>| {
        let at = text.map(|text| settings.moment(field, text)).transpose()?;
        Ok::<_, Refusal>(at.map(End::written))
    };
    let (from, to) = (read(FROM, written.from)?, read(TO, written.to)?);
    let now = End::assumed(settings.now, Assumed::Now);
    let seen_from =
        |end: End, field: FieldName, text: &str| settings.moment_seen_from(end.at, field, text);
    let (from, to) = match written.usual {
        UsualWindow::Today => {
            let to = to.unwrap_or(now);
            // What ends at a midnight is the day before it.
            let within = End::written(to.at.plus_ms(-1));
            let midnight = seen_from(within, FROM, "today")
                .map(|at| End::assumed(at, Assumed::MidnightBeforeEnd));
            (from.map_or(midnight, Ok)?, to)
        }
        UsualWindow::SevenDays => {
            let to = to.unwrap_or(now);
            let earlier =
                seen_from(to, FROM, "-7d").map(|at| End::assumed(at, Assumed::SevenDaysBeforeEnd));
            (from.map_or(earlier, Ok)?, to)
        }
        UsualWindow::SevenDaysAhead => {
            let from = from.unwrap_or(now);
            let later =
                seen_from(from, TO, "+7d").map(|at| End::assumed(at, Assumed::SevenDaysAfterStart));
            (from, to.map_or(later, Ok)?)
        }
    };
    let span = TimeRange::new(from.at, to.at).ok_or_else(|| is_empty(from, to))?;
    Ok(Window {
        span,
        assumed: told(from, to, &settings.shown_zone()),
    })
}

fn is_empty(from: End, to: End) -> Refusal {
    let mut told = Sentence::default();
    for (field, end, between) in [
        (FROM, from, " is not before "),
        (TO, to, ": the window would be empty; give an earlier "),
    ] {
        told.extend(sentence!(field, format!(" {}", end.at)));
        if let Some(assumed) = end.assumed {
            told.extend(sentence!(" ("));
            told.extend(assumed.told());
            told.extend(sentence!(", since none is given)"));
        }
        told.extend(between.into());
    }
    told.extend(sentence!(FROM, " or a later ", TO));
    Refusal::wrong(FROM, told)
}

/// `Assumed --from 2026-11-02 00:00:00 (midnight before --to) and --to 2026-11-02 08:21:30 (now), in UTC.`
fn told(from: End, to: End, zone: &Zone) -> Option<Sentence> {
    let mut told = Sentence::default();
    for (field, end) in [(FROM, from), (TO, to)] {
        let Some(assumed) = end.assumed else {
            continue;
        };
        let before = if told.is_empty() { "Assumed " } else { " and " };
        let at = LocalTime::of(zone, end.at).text();
        told.extend(sentence!(before, field, format!(" {at} (")));
        told.extend(assumed.told());
        told.extend(sentence!(")"));
    }
    if told.is_empty() {
        return None;
    }
    told.extend(sentence!(format!(", in {zone}.")));
    Some(told)
}
