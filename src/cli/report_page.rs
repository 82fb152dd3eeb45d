//! `presence report --format html`: the report with pictures of whoever it is about.

use crate::ask::{self, Context, HeatmapQuestion, ReportQuestion, Telling};
use crate::model::ids::ExtensionId;
use crate::page::{self, Figure};
use crate::picture::{self, Canvas};
use crate::query::classes::Criterion;
use crate::query::group::GroupBy;
use crate::render::status::NO_VALUE;
use crate::shapes::common::CriterionShape;
use crate::shapes::provenance::Provenance;
use crate::shapes::report::Report;

use super::drawing;
use super::exit::Failure;
use super::session::Session;

/// So many rows of a timeline are drawn at most: more of them nobody reads on paper.
const PEOPLE_MAX: usize = 60;

/// Pictures are as wide as the page.
const WIDTH: u16 = 1_160;

/// What the page shows.
pub(super) struct Asked<'a> {
    /// What was asked.
    pub(super) question: &'a ReportQuestion,
    /// What was asked besides.
    pub(super) telling: &'a Telling,
    /// The answer.
    pub(super) report: &'a Report,
    /// What it rests on.
    pub(super) provenance: &'a Provenance,
}

/// Writes the page.
pub(super) async fn write(
    session: &mut Session,
    context: &Context,
    asked: &Asked<'_>,
) -> Result<(), Failure> {
    session.keep_beside(asked.provenance)?;
    let pictures = pictures(session, context, asked).await?;
    let page = session.page();
    let text = page::report(asked.report, asked.provenance, pictures, &page);
    Ok(session.output.write(&text)?)
}

async fn pictures(
    session: &Session,
    context: &Context,
    asked: &Asked<'_>,
) -> Result<Vec<Figure>, Failure> {
    let mut pictures = Vec::new();
    // What is withheld from the rows, or who is not named in them, must not be seen in a picture either.
    let telling = asked.telling;
    if telling.group_min.is_some() || telling.pseudonym_key.is_some() {
        return Ok(pictures);
    }
    let people = people(asked.report);
    if (1..=PEOPLE_MAX).contains(&people.len()) && telling.evidence_min.is_none() {
        pictures.push(timeline(session, context, asked, &people).await?);
    }
    pictures.extend(heatmap(session, context, asked).await?);
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

fn canvas(session: &Session, id: &str, title: &str) -> Canvas {
    Canvas {
        width: WIDTH,
        ..Canvas::new(id, title, session.settings.shown_zone())
    }
}

async fn timeline(
    session: &Session,
    context: &Context,
    asked: &Asked<'_>,
    people: &[ExtensionId],
) -> Result<Figure, Failure> {
    let question = asked.question;
    let timeline =
        ask::timeline(context, people, question.criterion.clone(), question.window).await?;
    let zone = session.settings.shown_zone();
    let canvas = Canvas {
        hours: drawing::shaded(&question.hours, question.window, &zone),
        ..canvas(session, "timeline", "Who was in what when")
    };
    Ok(Figure {
        heading: "Timelines".to_owned(),
        svg: picture::timeline(&timeline, &canvas),
    })
}

/// One value over the hours of the week, of everybody who is counted; nothing if there is no value.
async fn heatmap(
    session: &Session,
    context: &Context,
    asked: &Asked<'_>,
) -> Result<Option<Figure>, Failure> {
    let Some(value) = value(asked) else {
        return Ok(None);
    };
    let question = HeatmapQuestion {
        about: ReportQuestion {
            group_by: GroupBy::default(),
            ..asked.question.clone()
        },
        value: value.clone(),
    };
    let heatmap = ask::heatmap(context, &question).await?;
    let word = if value.is_empty() { NO_VALUE } else { &value };
    let heading = format!("{word} over the hours of the week");
    Ok(Some(Figure {
        svg: picture::heatmap(&heatmap, &canvas(session, "heatmap", &heading)),
        heading,
    }))
}

/// The value that was named, or the first that is documented and occurs.
fn value(asked: &Asked<'_>) -> Option<String> {
    if let Some(value) = &asked.telling.value {
        return Some(value.clone());
    }
    let criterion: &Criterion = &asked.question.criterion;
    let shape = CriterionShape::from(criterion);
    let occurs = |value: &&str| {
        asked
            .report
            .rows
            .iter()
            .any(|row| row.values.get(value).is_some())
    };
    shape.order().into_iter().find(occurs).map(str::to_owned)
}
