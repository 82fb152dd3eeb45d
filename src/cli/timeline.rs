//! `presence timeline`.

use crate::ask;
use crate::render::{self, json};
use crate::shapes::timeline::Timeline;

use super::args::{Format, TimelineArgs};
use super::exit::Failure;
use super::policy;
use super::session::{self, Session};

/// How somebody's state went.
pub(super) async fn run(session: &mut Session, args: &TimelineArgs) -> Result<(), Failure> {
    let window = session.settings.window(&args.window)?;
    let criterion = policy::criterion(session, &args.facet)?;
    let context = session.context(&args.as_of).await?;
    let people = session::people(&context, &args.people)
        .await?
        .unwrap_or_default();
    let timeline = ask::timeline(&context, &people, criterion, window).await?;
    write(session, &timeline)
}

/// Writes a timeline in the format that is wanted.
pub fn write(session: &mut Session, timeline: &Timeline) -> Result<(), Failure> {
    let page = session.page();
    let text = match session.settings.format {
        Format::Table => render::timeline::table(timeline, &page),
        Format::Json => json::pretty(timeline),
        Format::Ndjson => json::lines(render::timeline::lines(timeline)),
        Format::Csv => render::timeline::csv(timeline),
    };
    Ok(session.output.write(&text)?)
}
