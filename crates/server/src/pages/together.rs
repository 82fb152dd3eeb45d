//! How many of a team were in a value together: a figure, and a band above their bars, on the same axis.
//!
//! ```text
//! 20 ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  required
//!      ░░░░░░░░░░░░░░          possibly so many
//!    ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒        certainly so many
//!    ▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂
//! ```

use std::fmt::Write as _;

use super::bars::{Ruler, boxes, rest};
use super::fields::Fields;
use super::page_request::PageRequest;
use super::palette::value_text;
use super::picture::LegendEntry;
use crate::error::Problem;
use crate::markup::escaped;
use presence_answers::ask::{self, ReportQuestion, StaffingQuestion};
use presence_answers::report::shape::Report;
use presence_answers::staffing::shape::Staffing;
use presence_charts::duration::spoken;
use presence_charts::percent::{bounds, percent};
use presence_core::query::calendar::Bucket;
use presence_core::query::classes::Criterion;
use presence_core::query::group::GroupBy;
use presence_core::query::staffing::{Required, ShortfallKind, requirements};
use presence_core::query::steps::StepLength;
use presence_core::query::wanted::Wanted;
use presence_model::facet::Facet;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::{Texts, say};

/// The field that says which value is counted.
pub(super) const VALUE: &str = "value";
/// The field of a form that says for which status or policy [`VALUE`] was chosen ([`value_of`]).
pub(super) const VALUE_OF: &str = "value-of";
/// The field that says how many are required when.
pub(super) const REQUIRED: &str = "required";

/// The height of the band, in units of its view box.
const HEIGHT: i64 = 100;
/// So much of it is left free at the top.
const FREE: i64 = 6;
/// No more steps are drawn.
const STEPS_MAX: i64 = 480;
const MINUTE_MS: i64 = 60_000;
/// The lengths of a step, from the shortest on; what is longer than the last goes by days.
const STEPS_MS: [i64; 11] = [
    1_000,
    10_000,
    MINUTE_MS,
    2 * MINUTE_MS,
    5 * MINUTE_MS,
    10 * MINUTE_MS,
    15 * MINUTE_MS,
    30 * MINUTE_MS,
    60 * MINUTE_MS,
    180 * MINUTE_MS,
    360 * MINUTE_MS,
];

/// What stands above the bars of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TogetherView {
    /// What it is of: the value that is counted.
    pub(super) heading: String,
    /// From none to the most at once.
    pub(super) scale: String,
    /// The band, as SVG.
    pub(super) svg: String,
    /// How many are there now.
    pub(super) now: Option<String>,
    /// When there were fewer than required; nothing where nothing is required.
    pub(super) short: Option<String>,
}

/// The value that is counted: the one of the address, else the first that the criterion has.
pub(super) fn value(page_request: &PageRequest, criterion: &Criterion) -> String {
    let given = page_request.fields.get(VALUE);
    let first = || {
        criterion
            .known_values()
            .first()
            .copied()
            .unwrap_or_default()
    };
    given.unwrap_or_else(first).to_owned()
}

/// Which status or policy an address asks for, by its name.
pub(super) fn value_of(fields: &Fields) -> &str {
    let chosen = fields.get("policy").or_else(|| fields.get("facet"));
    chosen.unwrap_or(Facet::PresenceStatus.name())
}

/// How many are required when, as the address says; `None`: it says nothing of that.
fn required(page_request: &PageRequest) -> Result<Vec<Required>, Problem> {
    let all = page_request.fields.all(REQUIRED);
    let read = all.map(|text| {
        Required::parse(text).map_err(|error| Problem::parameter(REQUIRED, error.to_string()))
    });
    read.collect()
}

/// How many people of a report were in a value together.
pub(super) async fn together(
    page_request: &PageRequest,
    report: &ReportQuestion,
    value: &str,
    ruler: Ruler,
    ticks: &[Timestamp],
    open: Option<&[TimeRange]>,
) -> Result<TogetherView, Problem> {
    let required = required(page_request)?;
    let question = StaffingQuestion {
        about: ReportQuestion {
            group_by: GroupBy::default(),
            bucket: Bucket::Range,
            ..report.clone()
        },
        value: Wanted::of_word(value),
        step: step(report.window),
        required,
    };
    let staffing = ask::staffing(&page_request.context, &question).await?;
    let lines = requirements(&question.required, report.window, &page_request.zone);
    let drawing = Band {
        ruler,
        ticks,
        open,
        staffing: &staffing,
        required: &lines,
    };
    let texts = page_request.texts;
    let label = value_text(texts, value);
    Ok(TogetherView {
        heading: say!(texts, "together-heading", value = &label),
        scale: say!(texts, "together-scale", most = drawing.most()),
        svg: drawing.svg(texts, &label),
        now: now(page_request, &question, &label).await?,
        short: short(texts, &staffing),
    })
}

/// The length of a step: at most [`STEPS_MAX`] of them fit into a window.
fn step(window: TimeRange) -> StepLength {
    let fits = |ms: &i64| window.duration_ms() / ms <= STEPS_MAX;
    match STEPS_MS.into_iter().find(fits) {
        Some(ms) => StepLength::Exact { ms },
        None => StepLength::LocalDays { count: 1 },
    }
}

/// How many are in the value at the present moment, if that is asked about: `Available 4 now`.
async fn now(
    page_request: &PageRequest,
    question: &StaffingQuestion,
    label: &str,
) -> Result<Option<String>, Problem> {
    let now = page_request.now();
    if !question.about.window.contains(now) {
        return Ok(None);
    }
    let Some(moment) = TimeRange::new(now.plus_ms(-1), now) else {
        return Ok(None);
    };
    let mut question = question.clone();
    question.about.window = moment;
    question.required = Vec::new();
    let staffing = ask::staffing(&page_request.context, &question).await?;
    let point = staffing.points.first().map(|one| one.point);
    let texts = page_request.texts;
    Ok(point.map(|point| match (point.min, point.possible) {
        (known, possible) if known == possible => {
            say!(texts, "together-now", value = label, count = known)
        }
        (known, possible) => say!(
            texts,
            "together-now-at-most",
            value = label,
            count = known,
            possible = possible
        ),
    }))
}

/// `Available 41 % of the time (40–43 %); 2 % not known`: the sum over the rows of a report.
pub(super) fn share(texts: Texts, report: &Report, value: &str) -> Option<String> {
    let sum = |pick: &dyn Fn(&presence_answers::report::shape::ReportRow) -> i64| -> i64 {
        report.rows.iter().map(pick).sum()
    };
    let there_ms = sum(&|row| row.scheduled_ms - row.absent_ms);
    if there_ms <= 0 {
        return None;
    }
    let amount = |pick: fn(presence_answers::report::shape::Amount) -> i64| {
        sum(&|row| row.values.get(value).map_or(0, |amount| pick(*amount)))
    };
    let unknown_ms = sum(&|row| row.unknown_ms);
    let ms = amount(|amount| amount.ms);
    let (min_ms, max_ms) = (
        amount(|amount| amount.min_ms),
        amount(|amount| amount.max_ms),
    );
    let (value, part) = (value_text(texts, value), percent(ms, there_ms));
    let bounds = bounds(min_ms, max_ms, there_ms, 0);
    Some(match unknown_ms {
        0 => say!(
            texts,
            "share-all-known",
            value = value,
            part = part,
            bounds = bounds
        ),
        _ => say!(
            texts,
            "share-part-known",
            value = value,
            part = part,
            bounds = bounds,
            unknown = percent(unknown_ms, there_ms)
        ),
    })
}

/// `Fewer than required for 2h 10m at least, 3h at most; not known for 1h.` `None` where nothing is required, or of several groups.
pub(super) fn short(texts: Texts, staffing: &Staffing) -> Option<String> {
    let shortfalls = staffing
        .shortfalls
        .as_ref()
        .filter(|_| staffing.by.is_empty())?;
    let ms = |wanted: ShortfallKind| -> i64 {
        let of_kind = shortfalls.iter().filter(|one| one.shortfall.kind == wanted);
        of_kind.map(|one| one.shortfall.span.duration_ms()).sum()
    };
    let (certain, possible, unknown) = (
        ms(ShortfallKind::Certain),
        ms(ShortfallKind::Possible),
        ms(ShortfallKind::Unknown),
    );
    let told = match (certain, possible) {
        (0, 0) => texts.say("short-never"),
        (0, possible) => say!(texts, "short-perhaps", most = spoken(possible)),
        (certain, 0) => say!(texts, "short-certain", length = spoken(certain)),
        (certain, possible) => say!(
            texts,
            "short-between",
            least = spoken(certain),
            most = spoken(certain + possible)
        ),
    };
    Some(match unknown {
        0 => format!("{told}."),
        _ => say!(
            texts,
            "short-unknown",
            told = told,
            unknown = spoken(unknown)
        ),
    })
}

/// What the colours of the band mean.
pub(super) fn legend(texts: Texts, is_required: bool) -> Vec<LegendEntry> {
    let always = ["sure", "known", "possible"];
    let short = ["short-certain", "short-possible", "short-unknown"];
    let short = short.into_iter().filter(|_| is_required);
    let entries = always.into_iter().chain(short).map(|class| LegendEntry {
        bars: None,
        swatch: format!(
            "<svg class=\"levels swatch\" viewBox=\"0 0 26 20\" aria-hidden=\"true\"><path class=\"{class}\" \
             d=\"M0 0h26v20H0z\"/></svg>"
        ),
        label: texts.say(&format!("legend-band-{class}")),
    });
    entries.collect()
}

/// The band of a window.
struct Band<'a> {
    ruler: Ruler,
    ticks: &'a [Timestamp],
    open: Option<&'a [TimeRange]>,
    staffing: &'a Staffing,
    required: &'a [(TimeRange, i32)],
}

impl Band<'_> {
    /// The highest number that is drawn.
    fn most(&self) -> i32 {
        let possible = self.staffing.points.iter().map(|one| one.point.possible);
        let required = self.required.iter().map(|(_, number)| *number);
        possible.chain(required).max().unwrap_or(0)
    }

    fn y(&self, number: i32) -> i64 {
        let most = i64::from(self.most()).max(1);
        HEIGHT - i64::from(number) * (HEIGHT - FREE) / most
    }

    fn area(&self, path: &mut String, span: TimeRange, low: i32, high: i32) {
        if low < high {
            let (from, to) = (self.ruler.x(span.from()), self.ruler.x(span.to()));
            let (top, bottom) = (self.y(high), self.y(low));
            // Writing to a text in memory does not fail.
            let _ = write!(path, "M{from} {top}H{to}V{bottom}H{from}z");
        }
    }

    fn svg(&self, texts: Texts, value: &str) -> String {
        let passed = self.staffing.to.0.plus_ms(-self.staffing.so_far.not_yet_ms);
        let (mut sure, mut known, mut possible, mut steps) =
            (String::new(), String::new(), String::new(), String::new());
        let points = self.staffing.points.iter().map(|one| &one.point);
        for (point, span) in points.filter_map(|point| Some((point, point.span.before(passed)?))) {
            self.area(&mut sure, span, 0, point.guaranteed);
            self.area(&mut known, span, point.guaranteed, point.max);
            self.area(
                &mut possible,
                span,
                point.max.max(point.guaranteed),
                point.possible,
            );
            let separator = if steps.is_empty() { "" } else { "," };
            let _ = write!(
                steps,
                "{separator}[{},{},{},{},{},{}]",
                self.ruler.x(span.from()),
                self.ruler.x(span.to()),
                point.guaranteed,
                point.min,
                point.max,
                point.possible
            );
        }
        let mut line = String::new();
        for (span, number) in self.required {
            let (from, to) = (self.ruler.x(span.from()), self.ruler.x(span.to()));
            let _ = write!(line, "M{from} {}H{to}", self.y(*number));
        }
        let mut grid = String::new();
        for tick in self.ticks {
            let _ = write!(grid, "M{} 0v{HEIGHT}", self.ruler.x(*tick));
        }
        let closed = self.open.map(|open| rest(self.ruler.window(), open));
        let closed = closed.map(|closed| boxes(self.ruler, &closed, HEIGHT));
        let short = |kind: ShortfallKind| {
            let all = self.staffing.shortfalls.iter().flatten();
            let spans = all.filter(|one| one.shortfall.kind == kind);
            let spans: Vec<TimeRange> = spans.map(|one| one.shortfall.span).collect();
            boxes(self.ruler, &spans, HEIGHT)
        };
        let mut svg = format!(
            "<svg class=\"levels\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\" \
             data-value=\"{}\" data-from=\"{}\" data-unit=\"{}\" data-steps=\"[{steps}]\">",
            self.ruler.width(),
            escaped(&say!(
                texts,
                "together-label",
                value = value,
                most = self.most()
            )),
            escaped(value),
            self.ruler.window().from().as_ms(),
            self.ruler.unit_ms,
        );
        let paths = [
            ("grid", grid),
            ("short-certain", short(ShortfallKind::Certain)),
            ("short-possible", short(ShortfallKind::Possible)),
            ("short-unknown", short(ShortfallKind::Unknown)),
            ("possible", possible),
            ("known", known),
            ("sure", sure),
            ("closed", closed.unwrap_or_default()),
            ("required", line),
        ];
        for (class, path) in paths {
            if !path.is_empty() {
                let _ = write!(svg, "<path class=\"{class}\" d=\"{path}\"/>");
            }
        }
        svg.push_str("</svg>");
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(hours: i64) -> TimeRange {
        let from = Timestamp::from_ms(0).expect("the beginning of Unix time is one");
        TimeRange::new(from, from.plus_ms(hours * 3_600_000)).expect("not empty")
    }

    #[test]
    fn steps_are_as_short_as_can_be_seen() {
        let check = |hours: i64, step: StepLength| assert_eq!(super::step(window(hours)), step);
        check(24, StepLength::Exact { ms: 5 * MINUTE_MS });
        check(25, StepLength::Exact { ms: 5 * MINUTE_MS });
        check(7 * 24, StepLength::Exact { ms: 30 * MINUTE_MS });
        check(
            31 * 24,
            StepLength::Exact {
                ms: 180 * MINUTE_MS,
            },
        );
        check(
            92 * 24,
            StepLength::Exact {
                ms: 360 * MINUTE_MS,
            },
        );
        check(400 * 24, StepLength::LocalDays { count: 1 });
    }
}
