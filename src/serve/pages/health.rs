//! How well the history is kept: the last look, who collects, and when nobody looked, with the causes that are known.

use askama::Template;

use super::asked::Asked;
use super::axis::Axis;
use super::bars::{HEIGHT, Ruler};
use super::grid::{Cell, Column, HtmlTable, Row};
use super::layout::{Layout, Link};
use crate::ask;
use crate::model::observation::SweepStatus;
use crate::model::time::{Span, Timestamp};
use crate::render::Page;
use crate::render::duration::{ago, percent, spoken};
use crate::serve::error::Problem;
use crate::shapes::coverage::Coverage;
use crate::store::LookRow;

const DAY_MS: i64 = 24 * 3_600_000;
/// So many looks that failed are read to find the causes of gaps.
const LOOKS_MAX: u32 = 2_000;
/// Looks that failed so long around a gap tell why it was.
const AROUND_MS: i64 = 60_000;
/// How far back coverage is shown, in days.
const DAYS: [i64; 4] = [1, 7, 28, 90];

#[derive(Template)]
#[template(path = "pages/health.html")]
struct HealthPage {
    layout: Layout,
    facts: Vec<(&'static str, String)>,
    heading: String,
    steps: Vec<Link>,
    told: String,
    picture: String,
    gaps: HtmlTable,
    downloads: Vec<Link>,
    command: String,
}

/// The page.
pub(super) async fn page(asked: &Asked) -> Result<String, Problem> {
    let days = asked.fields.get("days").and_then(|days| days.parse().ok());
    let days = days.filter(|days| DAYS.contains(days)).unwrap_or(7);
    let now = asked.now();
    let window = Span::new(now.plus_ms(-days * DAY_MS), now);
    let window = window.ok_or_else(|| Problem::not_found("there is no such time"))?;
    let coverage = ask::coverage(&asked.context, window).await?;
    let health = ask::health(&asked.context, window, LOOKS_MAX).await?;
    let page = asked.page();
    let steps = DAYS.map(|shown| {
        let fields = asked.fields.with("days", &shown.to_string());
        let name = if shown == 1 {
            "A day".to_owned()
        } else {
            format!("{shown} days")
        };
        Link::new(name, fields.address(&format!("{}/health", asked.root))).here(shown == days)
    });
    let text = HealthPage {
        layout: asked.layout("Health", "/health", "/health", asked.rests_on().await?),
        facts: facts(&health, &page, now),
        heading: format!(
            "Looks of the last {}",
            if days == 1 {
                "day".to_owned()
            } else {
                format!("{days} days")
            }
        ),
        steps: steps.into(),
        told: format!(
            "The account was looked at for {} of {}: {}. Times are in {}.",
            spoken(coverage.observed_ms),
            spoken(window.duration_ms()),
            percent(coverage.observed_ms, window.duration_ms()),
            asked.zone
        ),
        picture: picture(&coverage, window, asked),
        gaps: gaps(&coverage, &health.missed, &page),
        downloads: downloads(asked, window),
        command: format!("presence coverage --from -{days}d --to now"),
    };
    text.render().map_err(|error| Problem::internal(&error))
}

fn facts(health: &ask::Health, page: &Page, now: Timestamp) -> Vec<(&'static str, String)> {
    let since =
        |at: Timestamp| format!("{}, {} ago", page.moment(at), ago(now.since_ms(at).max(0)));
    let last = match &health.last_look {
        Some(look) => {
            let mut told = format!("{}: {}", since(look.finished_at), look_told(look));
            if let Some(detail) = &look.detail {
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
        ("Last look", last),
        ("Last look that saw anybody", seen),
        ("Collector", lease),
        (
            "Store",
            format!("{} changes in {} snapshots", end.position, end.snapshot_no),
        ),
    ]
}

/// What a look saw: `complete, 40 of 40 extensions`.
fn look_told(look: &LookRow) -> String {
    let status = look.status.name();
    match look.expected_count {
        Some(expected) => format!("{status}, {} of {expected} extensions", look.observed_count),
        None => format!("{status}, {} extensions", look.observed_count),
    }
}

/// A strip: what was looked at is filled, gaps are hatched.
fn picture(coverage: &Coverage, window: Span, asked: &Asked) -> String {
    let ruler = Ruler::new(window);
    let axis = Axis::new(window, &asked.zone);
    let mut path = String::new();
    for segment in &coverage.segments {
        let (from, to) = (ruler.x(segment.from.0), ruler.x(segment.to.0));
        path.push_str(&format!("M{from} {}h{}", HEIGHT / 2, (to - from).max(1)));
    }
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
         aria-label=\"Looked at for {}, not looked at for {}\">{drawn}</svg>",
        axis.svg(),
        ruler.width(),
        spoken(coverage.observed_ms),
        spoken(coverage.gap_ms),
    )
}

fn gaps(coverage: &Coverage, missed: &[LookRow], page: &Page) -> HtmlTable {
    // The present look's end is no gap yet.
    let gaps = coverage
        .gaps
        .iter()
        .filter_map(|gap| Span::new(gap.from.0, gap.to.0));
    let rows = gaps.map(|gap| {
        let texts = [
            page.moment_beside(gap.to(), gap.from()),
            spoken(gap.duration_ms()),
            cause(gap, missed),
        ];
        let first = Cell {
            text: page.moment(gap.from()),
            is_heading: true,
            ..Cell::default()
        };
        let rest = texts.into_iter().map(|text| Cell {
            text,
            ..Cell::default()
        });
        Row {
            cells: std::iter::once(first).chain(rest).collect(),
            is_total: false,
        }
    });
    let columns = ["From", "To", "For", "Cause"];
    HtmlTable {
        caption: "When nobody looked: what happened then is unknown".to_owned(),
        columns: columns
            .map(|name| Column {
                name: name.to_owned(),
                is_figures: false,
            })
            .into(),
        rows: rows.collect(),
        hidden_count: 0,
    }
}

/// Why nobody saw anything in a gap: looks that failed say why; without any, none was tried.
fn cause(gap: Span, missed: &[LookRow]) -> String {
    let around = Span::new(gap.from().plus_ms(-AROUND_MS), gap.to().plus_ms(AROUND_MS));
    let within = missed.iter().filter(|look| {
        around.is_some_and(|around| around.contains(look.finished_at))
            && look.status != SweepStatus::Partial
    });
    let within: Vec<&LookRow> = within.collect();
    let Some(last) = within.first() else {
        return "no look was tried: no collector ran, or none was begun yet".to_owned();
    };
    let detail = last.detail.as_deref().unwrap_or("no reason was told");
    match within.len() {
        1 => format!("a look was {}: {detail}", last.status.name()),
        count => format!("{count} looks failed or were skipped; the last one: {detail}"),
    }
}

fn downloads(asked: &Asked, window: Span) -> Vec<Link> {
    let fields = asked
        .fields
        .only(&[])
        .with("from", &window.from().to_string())
        .with("to", &window.to().to_string());
    let links = [("JSON", "json"), ("CSV", "csv")].map(|(name, ending)| {
        let path = format!("{}/api/v1/coverage.{ending}", asked.root);
        Link::new(name, fields.address(&path))
    });
    links.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::SnapshotNo;
    use crate::model::observation::Source;

    fn at(minute: i64) -> Timestamp {
        Timestamp::saturating_from_ms(minute * 60_000)
    }

    fn look(minute: i64, status: SweepStatus, detail: &str) -> LookRow {
        LookRow {
            snapshot_no: SnapshotNo(minute),
            source: Source::Poll,
            status,
            started_at: at(minute),
            finished_at: at(minute),
            expected_count: None,
            observed_count: 0,
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
        }
    }

    #[test]
    fn a_gap_has_the_cause_of_the_looks_in_it() {
        let gap = Span::new(at(10), at(20)).expect("not empty");
        let missed = [
            look(40, SweepStatus::Failed, "another time"),
            look(18, SweepStatus::Failed, "503 Service Unavailable"),
            look(15, SweepStatus::Partial, "a page was missing"),
            look(12, SweepStatus::Skipped, "late"),
        ];
        assert_eq!(
            cause(gap, &missed),
            "2 looks failed or were skipped; the last one: 503 Service Unavailable"
        );
        assert_eq!(cause(gap, &missed[3..]), "a look was skipped: late");
        assert_eq!(
            cause(gap, &missed[..1]),
            "no look was tried: no collector ran, or none was begun yet"
        );
    }
}
