//! The report as a page of its own, with pictures of whom it is about.

use crate::ask::{self, Context, HeatmapQuestion, ReportOptions, ReportQuestion};
use crate::asker::Asker;
use crate::chart;
use crate::page::{self, Figure};
use crate::picture::Canvas;
use crate::refusal::Refusal;
use crate::render::status::NO_VALUE;
use crate::reply::Reply;
use crate::report::shape::Report;
use crate::shapes::common::CriterionShape;
use crate::shapes::provenance::Provenance;
use presence_core::query::classes::Criterion;
use presence_core::query::group::GroupBy;
use presence_core::query::wanted::Wanted;
use presence_model::ids::ExtensionId;

/// At most so many rows of a timeline are drawn: more are not readable on paper.
const PEOPLE_MAX: usize = 60;

/// Pictures are as wide as the page.
const WIDTH: u16 = 1_160;

/// What the page shows.
pub(super) struct Shown<'a> {
    /// What was shown.
    pub(super) question: &'a ReportQuestion,
    /// What else was shown.
    pub(super) report_options: &'a ReportOptions,
    /// The answer.
    pub(super) report: &'a Report,
    /// What it rests on.
    pub(super) provenance: &'a Provenance,
}

/// Writes the page.
pub(super) async fn write(
    asker: &Asker,
    reply: &mut Reply<'_>,
    context: &Context,
    shown: &Shown<'_>,
) -> Result<(), Refusal> {
    reply.write_sidecar(asker, shown.provenance)?;
    let pictures = pictures(asker, context, shown).await?;
    let page = reply.page(asker);
    let text = page::report(shown.report, shown.provenance, pictures, &page);
    reply.write(&text)
}

async fn pictures(
    asker: &Asker,
    context: &Context,
    shown: &Shown<'_>,
) -> Result<Vec<Figure>, Refusal> {
    let mut pictures = Vec::new();
    // What is withheld from the rows, or who is not named in them, must not be seen in a picture either.
    let report_options = shown.report_options;
    if report_options.group_min.is_some() || report_options.pseudonym_key.is_some() {
        return Ok(pictures);
    }
    let people = people(shown.report);
    if (1..=PEOPLE_MAX).contains(&people.len()) && report_options.evidence_min.is_none() {
        pictures.push(timeline(asker, context, shown, &people).await?);
    }
    pictures.extend(heatmap(asker, context, shown).await?);
    Ok(pictures)
}

/// Whom the rows are about, each once, in their order.
fn people(report: &Report) -> Vec<ExtensionId> {
    let mut people = Vec::new();
    for person in report
        .rows
        .iter()
        .filter_map(|row| row.keys.person.as_ref())
    {
        if people.last() != Some(&person.extension_id.0) && !people.contains(&person.extension_id.0)
        {
            people.push(person.extension_id.0);
        }
    }
    people
}

fn canvas(asker: &Asker, id: &str, title: &str) -> Canvas {
    Canvas {
        width: WIDTH,
        ..Canvas::new(id, title, asker.settings.shown_zone())
    }
}

async fn timeline(
    asker: &Asker,
    context: &Context,
    shown: &Shown<'_>,
    people: &[ExtensionId],
) -> Result<Figure, Refusal> {
    let question = shown.question;
    let timeline =
        ask::timeline(context, people, question.criterion.clone(), question.window).await?;
    let zone = asker.settings.shown_zone();
    let canvas = Canvas {
        hours: chart::shaded(&question.hours, question.window, &zone),
        ..canvas(asker, "timeline", "Who was in what when")
    };
    Ok(Figure {
        heading: "Timelines".to_owned(),
        svg: crate::timeline::svg::timeline(&timeline, &canvas),
    })
}

/// One value over the hours of the week, of everyone who is counted; nothing if there is no value.
async fn heatmap(
    asker: &Asker,
    context: &Context,
    shown: &Shown<'_>,
) -> Result<Option<Figure>, Refusal> {
    let Some(value) = value(shown) else {
        return Ok(None);
    };
    let question = HeatmapQuestion {
        about: ReportQuestion {
            group_by: GroupBy::default(),
            ..shown.question.clone()
        },
        value: Wanted::of_word(&value),
    };
    let heatmap = ask::heatmap(context, &question).await?;
    let word = if value.is_empty() { NO_VALUE } else { &value };
    let heading = format!("{word} over the hours of the week");
    Ok(Some(Figure {
        svg: crate::heatmap::svg::heatmap(&heatmap, &canvas(asker, "heatmap", &heading)),
        heading,
    }))
}

/// The value that was named, or the first that is documented and occurs.
fn value(shown: &Shown<'_>) -> Option<String> {
    if let Some(value) = &shown.report_options.value {
        return Some(value.clone());
    }
    let criterion: &Criterion = &shown.question.criterion;
    let shape = CriterionShape::from(criterion);
    let occurs = |value: &&str| {
        shown
            .report
            .rows
            .iter()
            .any(|row| row.values.get(value).is_some())
    };
    shape.order().into_iter().find(occurs).map(str::to_owned)
}
