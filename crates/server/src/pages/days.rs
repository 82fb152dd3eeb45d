//! A person's days as a row of a calendar: how much of each day a value held, as a shade.
//!
//! ```text
//! ▓▓▒▒▓▓░░    ▓▓▓▓    the darker, the larger the share of what is known of the day
//! ▓▓▒▒▞▞░░    ▓▓▞▞    hatched: so much of the day is not known
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::bars::{HEIGHT, RowLinks, Ruler, boxes, rest};
use super::page_request::PageRequest;
use super::palette::value_text;
use super::picture::LegendEntry;
use crate::error::Problem;
use crate::markup::escaped;
use presence_answers::ask::{self, ReportQuestion};
use presence_answers::report::shape::{Report, ReportRow};
use presence_charts::percent::percent;
use presence_core::query::calendar::Bucket;
use presence_core::query::zone::Zone;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;
use presence_texts::{Texts, say};

/// From none to the darkest.
const SHADES: i64 = 5;

/// How much of some days a value held, of several people.
#[derive(Clone, Debug, Default)]
pub(super) struct Days {
    /// In which language it is described.
    texts: Texts,
    /// The value, for people.
    label: String,
    by_person: BTreeMap<ExtensionId, Vec<Day>>,
    /// The highest share that occurs, in thousandths: a fixed ramp would show a rare value in one shade.
    highest: i64,
}

/// A value's part of a person's day, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Day {
    span: TimeRange,
    /// The estimate and its bounds.
    held_ms: [i64; 3],
    /// What counts of the day.
    there_ms: i64,
    /// What is not known of that.
    unknown_ms: i64,
}

impl Day {
    fn of(row: &ReportRow, value: &str, window: TimeRange, zone: &Zone) -> Option<Self> {
        let (_, label) = row.keys.bucket.as_ref()?;
        let date: jiff::civil::Date = label.parse().ok()?;
        let span = TimeRange::new(zone.day_start(date), zone.day_start(date.tomorrow().ok()?))?;
        let amount = row.values.get(value).copied().unwrap_or_default();
        Some(Self {
            span: span.clip(window)?,
            held_ms: [amount.ms, amount.min_ms, amount.max_ms],
            there_ms: row.scheduled_ms - row.absent_ms,
            unknown_ms: row.unknown_ms,
        })
    }

    /// The part of what is known in which the value held, in thousandths; `None` where nothing is known.
    fn share(self) -> Option<i64> {
        let known_ms = self.there_ms - self.unknown_ms;
        (known_ms > 0).then(|| self.held_ms[0].saturating_mul(1_000) / known_ms)
    }
}

impl Days {
    /// The days of the people that a question is about.
    pub(super) async fn of(
        page_request: &PageRequest,
        question: &ReportQuestion,
        people: &[ExtensionId],
        value: &str,
    ) -> Result<Self, Problem> {
        let question = ReportQuestion {
            bucket: Bucket::Day,
            extensions: Some(people.to_vec()),
            ..question.clone()
        };
        let report = ask::report(&page_request.context, &question).await?;
        let texts = page_request.texts;
        Ok(Self {
            texts,
            label: value_text(texts, value),
            ..Self::read(&report, value, question.window, &page_request.zone)
        })
    }

    fn read(report: &Report, value: &str, window: TimeRange, zone: &Zone) -> Self {
        let mut days = Self::default();
        for row in &report.rows {
            let person = row.keys.person.as_ref();
            let day = Day::of(row, value, window, zone);
            let (Some(person), Some(day)) = (person, day) else {
                continue;
            };
            days.highest = days.highest.max(day.share().unwrap_or(0));
            days.by_person
                .entry(person.extension_id.0)
                .or_default()
                .push(day);
        }
        for person in days.by_person.values_mut() {
            person.sort_by_key(|day| day.span.from());
        }
        days
    }

    /// A person's row as SVG; `weekends` is a path that marks them.
    pub(super) fn row(
        &self,
        extension_id: ExtensionId,
        name: &str,
        (ruler, weekends): (Ruler, &str),
        links: &RowLinks,
    ) -> String {
        let none = Vec::new();
        let days = self.by_person.get(&extension_id).unwrap_or(&none);
        let mut shades = vec![String::new(); 6];
        let mut told = String::new();
        let counting: Vec<TimeRange> = days
            .iter()
            .filter(|day| day.there_ms > 0)
            .map(|day| day.span)
            .collect();
        let blank = boxes(ruler, &rest(ruler.window(), &counting), HEIGHT);
        for day in days {
            let (from, to) = (ruler.x(day.span.from()), ruler.x(day.span.to()));
            // What is not known is not drawn: the hatching below shows through.
            let known = match day.there_ms {
                0 => 0,
                there_ms => HEIGHT * (there_ms - day.unknown_ms) / there_ms,
            };
            let shade = day.share().map(|share| {
                let shade = (share * SHADES + self.highest - 1) / self.highest.max(1);
                usize::try_from(shade).unwrap_or(0)
            });
            let path = shade.and_then(|shade| shades.get_mut(shade));
            if let Some(path) = path.filter(|_| known > 0) {
                // Writing to a text in memory does not fail.
                let _ = write!(path, "M{from} 0H{to}V{known}H{from}z");
            }
            let separator = if told.is_empty() { "" } else { "," };
            let [ms, min_ms, max_ms] = day.held_ms.map(|ms| thousandths(ms, day.there_ms));
            let unknown = thousandths(day.unknown_ms, day.there_ms);
            let _ = write!(
                told,
                "{separator}[{from},{to},{ms},{min_ms},{max_ms},{unknown},{}]",
                i32::from(day.there_ms > 0)
            );
        }
        let drawn = shades
            .iter()
            .enumerate()
            .filter(|(_, path)| !path.is_empty());
        let drawn = drawn.map(|(shade, path)| format!("<path class=\"h{shade}\" d=\"{path}\"/>"));
        let mut drawn = drawn.collect::<Vec<_>>().concat();
        for (class, path) in [("none", blank.as_str()), ("weekend", weekends)] {
            if !path.is_empty() {
                let _ = write!(drawn, "<path class=\"{class}\" d=\"{path}\"/>");
            }
        }
        let sum = |pick: fn(&Day) -> i64| days.iter().map(pick).sum::<i64>();
        let there_ms = sum(|day| day.there_ms);
        let summary = match there_ms {
            0 => self.texts.say("no-time-counts"),
            _ => say!(
                self.texts,
                "days-summary",
                value = &self.label,
                part = percent(sum(|day| day.held_ms[0]), there_ms),
                unknown = percent(sum(|day| day.unknown_ms), there_ms)
            ),
        };
        format!(
            "<svg class=\"bars days\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
             aria-label=\"{name}: {}\" data-name=\"{name}\" data-value=\"{}\" data-from=\"{}\" data-unit=\"{}\" \
             data-days=\"[{told}]\" data-events=\"{}\" data-explain=\"{}\">{drawn}</svg>",
            ruler.width(),
            escaped(&summary),
            escaped(&self.label),
            ruler.window().from().as_ms(),
            ruler.unit_ms,
            escaped(&links.events),
            escaped(&links.explain),
            name = escaped(name),
        )
    }

    /// What the shades mean.
    pub(super) fn legend(&self) -> Vec<LegendEntry> {
        let (texts, value) = (self.texts, self.label.as_str());
        let shade = |class: &str, label: String| LegendEntry {
            bars: None,
            swatch: format!(
                "<svg class=\"bars days swatch\" viewBox=\"0 0 26 {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
                 <path class=\"{class}\" d=\"M0 0h26v{HEIGHT}H0z\"/></svg>"
            ),
            label,
        };
        let part = |shade: i64| percent(self.highest * shade, 1_000 * SHADES);
        let mut entries = vec![shade("h0", say!(texts, "days-not", value = value))];
        if self.highest > 0 {
            entries.extend((1..=SHADES).map(|number| {
                let told = say!(texts, "days-up-to", value = value, part = part(number));
                shade(&format!("h{number}"), told)
            }));
        }
        entries.push(shade("unknown", texts.say("unknown-no-data")));
        entries
    }
}

/// A part of a whole in thousandths; nothing of nothing.
fn thousandths(part: i64, whole: i64) -> i64 {
    part.saturating_mul(1_000) / whole.max(1)
}
