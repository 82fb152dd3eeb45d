//! How well the history is recorded: the last sweep, the collector, and the gaps with their known causes.

use askama::Template;

use super::axis::Axis;
use super::bar::Bar;
use super::bars::{HEIGHT, MARK_COLUMNS, Ruler};
use super::calendar_range::{CalendarRange, USUAL_DAYS, last_days};
use super::grid::{Cell, Column, HtmlTable, Row};
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, shell_word};
use crate::error::Problem;
use presence_answers::ask;
use presence_answers::coverage::shape::{Coverage, Gap};
use presence_answers::render::{Page, counted};
use presence_charts::duration::{spoken, when};
use presence_charts::marks::marks;
use presence_charts::percent::percent;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::SweepRow;

/// No longer than that since the last sweep is usual.
const PRESENT_MS: i64 = 5 * 60_000;
/// How high the marks of short gaps are, in units of the strip.
const NOTCH: i64 = 12;

#[derive(Template)]
#[template(path = "pages/health.html")]
struct HealthPage {
    layout: Layout,
    facts: Vec<(&'static str, String)>,
    heading: String,
    bar: Bar,
    told: String,
    picture: String,
    gaps: HtmlTable,
    downloads: Vec<Link>,
    command: String,
}

/// The page.
pub(super) async fn page(page_request: &PageRequest) -> Result<String, Problem> {
    let usual = || usual(page_request);
    let asked = page_request.window()?.or_else(usual);
    let window = asked.ok_or_else(|| Problem::not_found("there is no such time"))?;
    let range = CalendarRange::of(window, &page_request.zone);
    // What is to come was not missed.
    let now = page_request.now();
    let passed = window.before(now).ok_or_else(|| {
        let told = format!(
            "nothing has been observed of the time from {}",
            window.from()
        );
        Problem::parameter("from", told)
    })?;
    let window = passed;
    let health = ask::health(&page_request.context).await?;
    // Before the first sweep there is no gap: nothing was to be recorded.
    let first = ask::first_sweep_at(&page_request.context, window).await?;
    let begun = first.filter(|first| window.contains(*first));
    let window = begun
        .and_then(|first| TimeRange::new(first, window.to()))
        .unwrap_or(window);
    let coverage = ask::coverage(&page_request.context, window).await?;
    let page = page_request.page();
    let text = HealthPage {
        layout: page_request.layout(
            "Health",
            "/health",
            Some(range),
            &page_request.rests_on().await?,
        ),
        facts: facts(&health, &page, now, page_request.context.shows_positions()),
        heading: format!("Sweeps: {}", range.heading(&page)),
        bar: bar(page_request, range),
        told: format!(
            "{} Times are in {}.",
            told(&coverage, window, first, &page),
            page_request.zone
        ),
        picture: picture(&coverage, window, page_request),
        gaps: gaps(&coverage, &page),
        downloads: downloads(page_request, window),
        command: format!(
            "presence coverage --from {} --to {} --zone {}",
            window.from(),
            window.to(),
            shell_word(page_request.zone.name())
        ),
    };
    text.render().map_err(|error| Problem::internal(&error))
}

/// The seven local days up to today.
fn usual(page_request: &PageRequest) -> Option<TimeRange> {
    let today = page_request.zone.local(page_request.now()).date();
    last_days(today, USUAL_DAYS)?.window(&page_request.zone)
}

fn bar(page_request: &PageRequest, range: CalendarRange) -> Bar {
    let address = |range: CalendarRange| {
        let path = format!("{}/health", page_request.root);
        range.asked(&page_request.fields).address(&path)
    };
    Bar::new(page_request, "/health")
        .ends(page_request, ["2026-11-02 or -7d", "now"])
        .time(page_request, range, &address)
        .finish(page_request, &[])
}

/// How much of the window was observed, and that it begins later than asked if the first sweep did.
fn told(coverage: &Coverage, window: TimeRange, first: Option<Timestamp>, page: &Page) -> String {
    let first = match first {
        None => return "No sweep has been recorded yet.".to_owned(),
        Some(first) if first >= window.to() => {
            return format!(
                "There was no data by then: the first sweep was at {}.",
                page.moment(first)
            );
        }
        Some(first) if first == window.from() => {
            format!(" The first sweep was at {}.", page.moment(first))
        }
        Some(_) => String::new(),
    };
    format!(
        "The account was observed for {} of {}: {}.{first}",
        spoken(coverage.observed_ms),
        spoken(window.duration_ms()),
        percent(coverage.observed_ms, window.duration_ms()),
    )
}

/// What is known of how it is kept; readers who may see only some people do not learn how much happens to all, or how many there are.
fn facts(
    health: &ask::Health,
    page: &Page,
    now: Timestamp,
    of_everybody: bool,
) -> Vec<(&'static str, String)> {
    let since = |at: Timestamp| format!("{}, {}", page.moment(at), when(at, now));
    let last = match &health.last_sweep {
        Some(sweep) => {
            let mut told = format!(
                "{}: {}",
                since(sweep.finished_at),
                sweep_told(sweep, of_everybody)
            );
            if let Some(detail) = &sweep.detail {
                told = format!("{told} ({detail})");
            }
            told
        }
        None => "there was none yet".to_owned(),
    };
    let lease = match &health.lease {
        Some(lease) => match &lease.holder {
            Some(holder) if lease.expires_at > now => {
                format!(
                    "{holder}, until {} unless renewed",
                    page.moment(lease.expires_at)
                )
            }
            Some(holder) => format!(
                "nobody; {holder} was until {}",
                page.moment(lease.expires_at)
            ),
            None => "nobody: it was given up".to_owned(),
        },
        None => "nobody; no collector ever wrote here".to_owned(),
    };
    let end = &health.end;
    let seen = end.observed_until.map_or_else(|| "never".to_owned(), since);
    vec![
        ("Last sweep", last),
        ("Last sweep that saw anybody", seen),
        ("Collector", lease),
        (
            "Store",
            if of_everybody {
                format!("{} changes in {} snapshots", end.position, end.snapshot_no)
            } else {
                format!("{} snapshots", end.snapshot_no)
            },
        ),
    ]
}

/// What a sweep saw: `complete, 40 of 40 extensions`.
fn sweep_told(sweep: &SweepRow, of_everybody: bool) -> String {
    let status = sweep.status.name();
    if !of_everybody {
        return status.to_owned();
    }
    match sweep.expected_count {
        Some(expected) => format!(
            "{status}, {} of {expected} extensions",
            sweep.observed_count
        ),
        None => format!("{status}, {} extensions", sweep.observed_count),
    }
}

/// A strip: what was looked at is filled, gaps are hatched; those too short to be seen have a notch at the top.
fn picture(coverage: &Coverage, window: TimeRange, page_request: &PageRequest) -> String {
    let ruler = Ruler::new(window);
    let axis = Axis::new(window, &page_request.zone);
    let strokes = coverage.segments.iter().map(|segment| {
        let (from, to) = (ruler.x(segment.from.0), ruler.x(segment.to.0));
        format!("M{from} {}h{}", HEIGHT / 2, (to - from).max(1))
    });
    let path: String = strokes.collect();
    let gaps = coverage
        .gaps
        .iter()
        .filter(|gap| !is_present(gap, coverage));
    let gaps = gaps.filter_map(|gap| Some((TimeRange::new(gap.from.0, gap.to.0)?, ())));
    let width = ruler.width();
    let columns = i64::try_from(MARK_COLUMNS).unwrap_or(i64::MAX);
    let notches = marks(window, MARK_COLUMNS, gaps).into_iter().map(|mark| {
        let column = i64::try_from(mark.column).unwrap_or(0);
        let (from, to) = (width * column / columns, width * (column + 1) / columns);
        format!("M{from} {}h{}", NOTCH / 2, (to - from).max(1))
    });
    let notches: String = notches.collect();
    let notches = if notches.is_empty() {
        notches
    } else {
        format!("<path class=\"bad\" stroke-width=\"{NOTCH}\" d=\"{notches}\"/>")
    };
    let drawn = if path.is_empty() {
        String::new()
    } else {
        format!(
            "<path class=\"ground\" stroke-width=\"{HEIGHT}\" d=\"{path}\"/>\
             <path class=\"good\" stroke-width=\"{}\" d=\"{path}\"/>",
            HEIGHT - 8
        )
    };
    format!(
        "{}<svg class=\"bars\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"Observed for {}, not observed for {}\">{drawn}{notches}</svg>",
        axis.svg(),
        ruler.width(),
        spoken(coverage.observed_ms),
        spoken(coverage.gap_ms),
    )
}

/// Whether a gap is but the time since the last sweep.
fn is_present(gap: &Gap, coverage: &Coverage) -> bool {
    let (from, to) = (gap.from.0, gap.to.0);
    to == coverage.to.0 && to.since_ms(from) <= PRESENT_MS
}

fn gaps(coverage: &Coverage, page: &Page) -> HtmlTable {
    let rows = coverage.gaps.iter().map(|gap| {
        let (from, to) = (gap.from.0, gap.to.0);
        let texts = [
            page.moment_after(to, from),
            spoken(to.since_ms(from)),
            if is_present(gap, coverage) {
                "none: since the last sweep; the next one is not there yet".to_owned()
            } else {
                causes(gap)
            },
        ];
        let first = Cell {
            text: page.moment(from),
            is_heading: true,
            ..Cell::default()
        };
        let rest = texts.into_iter().map(|text| Cell {
            text,
            ..Cell::default()
        });
        Row {
            cells: std::iter::once(first).chain(rest).collect(),
            ..Row::default()
        }
    });
    let columns = ["From", "To", "For", "Cause"];
    HtmlTable {
        caption: "Gaps: what happened then is unknown".to_owned(),
        columns: columns
            .map(|name| Column {
                name: name.to_owned(),
                is_figures: false,
            })
            .into(),
        rows: rows.collect(),
        ..HtmlTable::default()
    }
}

/// Why there is a gap: `rate limited for 4m (3 sweeps: the platform said 429)`.
fn causes(gap: &Gap) -> String {
    let causes = gap.causes.iter().map(|cause| {
        let word = match cause.cause {
            "not_collected" => "no sweep was attempted".to_owned(),
            "unexplained" => "sweeps failed for unknown reasons".to_owned(),
            word => word.replace('_', " "),
        };
        let part = if gap.causes.len() > 1 {
            format!(" for {}", spoken(cause.ms))
        } else {
            String::new()
        };
        let looks = match (cause.sweeps, &cause.detail) {
            (0, _) => String::new(),
            (looks, Some(detail)) => format!(" ({}: {detail})", counted(looks, "sweep")),
            (looks, None) => format!(" ({})", counted(looks, "sweep")),
        };
        format!("{word}{part}{looks}")
    });
    causes.collect::<Vec<_>>().join("; ")
}

fn downloads(page_request: &PageRequest, window: TimeRange) -> Vec<Link> {
    let fields = page_request
        .fields
        .only(&[])
        .with("zone", page_request.zone.name())
        .with("from", &window.from().to_string())
        .with("to", &window.to().to_string());
    let links = [("JSON", "json"), ("CSV", "csv")].map(|(name, ending)| {
        let path = format!("{}/api/v1/coverage.{ending}", page_request.root);
        Link::new(name, fields.address(&path))
    });
    links.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_answers::coverage::shape::GapCause;
    use presence_answers::shapes::common::Text;

    fn cause(cause: &'static str, minutes: i64, looks: i64, detail: &str) -> GapCause {
        GapCause {
            cause,
            ms: minutes * 60_000,
            sweeps: looks,
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
        }
    }

    #[track_caller]
    fn check(of: Vec<GapCause>, expected: &str) {
        let at = Timestamp::saturating_from_ms;
        let gap = Gap {
            from: Text(at(0)),
            to: Text(at(600_000)),
            cause: of[0].cause,
            causes: of,
        };
        assert_eq!(causes(&gap), expected);
    }

    #[test]
    fn a_gap_says_what_it_is_due_to() {
        check(
            vec![cause("not_collected", 10, 0, "")],
            "no sweep was attempted",
        );
        check(
            vec![
                cause("rate_limited", 7, 3, "429 for a minute"),
                cause("unexplained", 3, 1, ""),
            ],
            "rate limited for 7m (3 sweeps: 429 for a minute); sweeps failed for unknown reasons for 3m (1 sweep)",
        );
    }
}
