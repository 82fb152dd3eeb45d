//! `presence timeline`.

use crate::ask;
use crate::picture::{self, Canvas};
use crate::render::{self, json};

use super::answer::Texts;
use super::args::{Drawn, TimelineArgs};
use super::exit::Failure;
use super::question::{Asked, about_window};
use super::session::{self, Session};
use super::{drawing, policy, report};

/// How somebody's state went.
pub(super) async fn run(session: &mut Session, args: &TimelineArgs) -> Result<(), Failure> {
    let window = session.window(&args.window)?;
    let shaded = report::hours(session, args.hours.as_deref(), None)?;
    report::note_unknown_holidays(session, &shaded, window);
    let criterion = policy::criterion(session, &args.facet)?;
    let context = session.context(&args.as_of).await?;
    let people = session::people(&context, &args.people)
        .await?
        .unwrap_or_default();
    let zone = session.settings.zone.clone();
    let asked = Asked::new("timeline", context.account_id())
        .people(Some(&people))
        .window(window)
        .criterion(&criterion)
        .zone(&zone);
    let mut timeline = ask::timeline(&context, &people, criterion, window).await?;
    timeline.zone = zone.name();
    let mut provenance = about_window(&context, &asked, window).await?;
    provenance.criterion = Some(timeline.criterion.clone());
    provenance.zone.clone_from(&timeline.zone);
    provenance.warnings = shaded.warnings(window);
    if session.is_drawn(Drawn::Svg) {
        let title = drawing::title(&timeline.criterion, None, window, &session.page());
        let canvas = Canvas {
            hours: drawing::shaded(&shaded, window, &session.settings.shown_zone()),
            ..drawing::canvas(session, &title, &provenance)
        };
        return drawing::write(session, &picture::timeline(&timeline, &canvas), &provenance);
    }
    if session.is_parquet() {
        return session.write_parquet(&render::timeline::cells(&timeline), &provenance);
    }
    session.write_object(
        &timeline,
        &provenance,
        &Texts {
            table: &|page| {
                render::timeline::table(&timeline, page) + &render::provenance::footer(&provenance)
            },
            ndjson: &|| json::lines(render::timeline::lines(&timeline)),
            csv: &|| render::timeline::cells(&timeline),
        },
    )
}
