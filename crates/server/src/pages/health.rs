//! How well the history is recorded: the last sweep, the collector, and the gaps with their known causes.

use askama::Template;

use super::axis::Axis;
use super::bar::Bar;
use super::bars::{HEIGHT, MARK_COLUMNS, Ruler};
use super::calendar_range::{CalendarRange, USUAL_DAYS, last_days};
use super::grid::{Cell, Column, HtmlTable, Row};
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, shell_word};
use super::period::when;
use crate::error::Problem;
use crate::markup::escaped;
use presence_answers::ask;
use presence_answers::coverage::shape::{Coverage, Gap};
use presence_answers::render::Page;
use presence_charts::duration::spoken;
use presence_charts::marks::marks;
use presence_charts::percent::percent;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::SweepRow;
use presence_texts::{Texts, say};

/// No longer than that since the last sweep is usual.
const PRESENT_MS: i64 = 5 * 60_000;
/// How high the marks of short gaps are, in units of the strip.
const NOTCH: i64 = 12;

#[derive(Template)]
#[template(path = "pages/health.html")]
struct HealthPage {
    layout: Layout,
    facts: Vec<(String, String)>,
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
    let (page, texts) = (page_request.page(), page_request.texts);
    let text = HealthPage {
        layout: page_request.layout(
            &texts.say("menu-health"),
            "/health",
            Some(range),
            &page_request.rests_on().await?,
        ),
        facts: facts(&health, &page, now, page_request.context.shows_positions()),
        heading: say!(texts, "health-sweeps", range = range.heading(&page)),
        bar: bar(page_request, range),
        told: say!(
            texts,
            "health-told",
            told = told(&coverage, window, first, &page),
            zone = page_request.zone.to_string()
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
        .ends(
            page_request,
            [&page_request.texts.say("bar-from-example"), "now"],
        )
        .time(page_request, range, &address)
        .finish(page_request, &[])
}

/// How much of the window was observed, and that it begins later than asked if the first sweep did.
fn told(coverage: &Coverage, window: TimeRange, first: Option<Timestamp>, page: &Page) -> String {
    let texts = page.texts;
    let first = match first {
        None => return texts.say("health-no-sweep"),
        Some(first) if first >= window.to() => {
            return say!(texts, "health-no-data", at = page.moment(first));
        }
        Some(first) if first == window.from() => {
            let told = say!(texts, "health-first-sweep", at = page.moment(first));
            format!(" {told}")
        }
        Some(_) => String::new(),
    };
    let observed = say!(
        texts,
        "health-observed",
        observed = spoken(coverage.observed_ms),
        whole = spoken(window.duration_ms()),
        part = percent(coverage.observed_ms, window.duration_ms())
    );
    observed + &first
}

/// What is known of how it is kept; readers who may see only some people do not learn how much happens to all, or how many there are.
fn facts(
    health: &ask::Health,
    page: &Page,
    now: Timestamp,
    of_everybody: bool,
) -> Vec<(String, String)> {
    let texts = page.texts;
    let since = |at: Timestamp| format!("{}, {}", page.moment(at), when(texts, at, now));
    let last = match &health.last_sweep {
        Some(sweep) => {
            let mut told = format!(
                "{}: {}",
                since(sweep.finished_at),
                sweep_told(texts, sweep, of_everybody)
            );
            if let Some(detail) = &sweep.detail {
                told = format!("{told} ({detail})");
            }
            told
        }
        None => texts.say("health-none-yet"),
    };
    let lease = match &health.lease {
        Some(lease) => match &lease.holder {
            Some(holder) if lease.expires_at > now => {
                let until = page.moment(lease.expires_at);
                say!(texts, "health-held", holder = holder, until = until)
            }
            Some(holder) => {
                let until = page.moment(lease.expires_at);
                say!(texts, "health-was-held", holder = holder, until = until)
            }
            None => texts.say("health-given-up"),
        },
        None => texts.say("health-never-held"),
    };
    let end = &health.end;
    let seen = end.observed_until.map_or_else(|| texts.say("never"), since);
    let snapshots = end.snapshot_no.to_string();
    let store = if of_everybody {
        let changes = end.position.to_string();
        say!(
            texts,
            "health-store-of-all",
            changes = changes,
            snapshots = snapshots
        )
    } else {
        say!(texts, "health-store-of-part", snapshots = snapshots)
    };
    vec![
        (texts.say("last-sweep"), last),
        (texts.say("health-last-seen"), seen),
        (texts.say("health-collector"), lease),
        (texts.say("health-store"), store),
    ]
}

/// What a sweep saw: `complete, 40 of 40 extensions`.
fn sweep_told(texts: Texts, sweep: &SweepRow, of_everybody: bool) -> String {
    let status = texts.say(&format!("sweep-{}", sweep.status.name()));
    if !of_everybody {
        return status;
    }
    match sweep.expected_count {
        Some(expected) => say!(
            texts,
            "health-sweep-of",
            status = status,
            observed = sweep.observed_count,
            expected = expected
        ),
        None => say!(
            texts,
            "health-sweep",
            status = status,
            observed = sweep.observed_count
        ),
    }
}

/// A strip: what was looked at is filled, gaps are hatched; those too short to be seen have a notch at the top.
fn picture(coverage: &Coverage, window: TimeRange, page_request: &PageRequest) -> String {
    let ruler = Ruler::new(window);
    let axis = Axis::new(page_request.texts, window, &page_request.zone);
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
    let label = say!(
        page_request.texts,
        "health-picture",
        observed = spoken(coverage.observed_ms),
        missed = spoken(coverage.gap_ms)
    );
    format!(
        "{}<svg class=\"bars\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{}\">{drawn}{notches}</svg>",
        axis.svg(),
        ruler.width(),
        escaped(&label),
    )
}

/// Whether a gap is but the time since the last sweep.
fn is_present(gap: &Gap, coverage: &Coverage) -> bool {
    let (from, to) = (gap.from.0, gap.to.0);
    to == coverage.to.0 && to.since_ms(from) <= PRESENT_MS
}

fn gaps(coverage: &Coverage, page: &Page) -> HtmlTable {
    let texts = page.texts;
    let rows = coverage.gaps.iter().map(|gap| {
        let (from, to) = (gap.from.0, gap.to.0);
        let texts = [
            page.moment_after(to, from),
            spoken(to.since_ms(from)),
            if is_present(gap, coverage) {
                texts.say("health-present")
            } else {
                causes(texts, gap)
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
    let columns = ["from", "to", "for", "health-cause"];
    HtmlTable {
        caption: texts.say("health-gaps-caption"),
        columns: columns
            .map(|name| Column {
                name: texts.say(name),
                is_figures: false,
            })
            .into(),
        rows: rows.collect(),
        ..HtmlTable::default()
    }
}

/// Why there is a gap: `rate limited for 4m (3 sweeps: the platform said 429)`.
fn causes(texts: Texts, gap: &Gap) -> String {
    let causes = gap.causes.iter().map(|cause| {
        let word = texts.find(&format!("cause-{}", cause.cause));
        let word = word.unwrap_or_else(|| cause.cause.replace('_', " "));
        let told = if gap.causes.len() > 1 {
            let length = spoken(cause.ms);
            say!(texts, "health-cause-for", cause = word, length = length)
        } else {
            word
        };
        let sweeps = say!(texts, "sweeps", count = cause.sweeps);
        match (cause.sweeps, &cause.detail) {
            (0, _) => told,
            (_, Some(detail)) => format!("{told} ({sweeps}: {detail})"),
            (_, None) => format!("{told} ({sweeps})"),
        }
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
        assert_eq!(causes(Texts::english(), &gap), expected);
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
