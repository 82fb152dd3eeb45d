//! `timeline`: a person's states over time.

pub mod query;
pub mod request;
pub mod shape;
pub mod svg;
pub mod table;

use self::request::TimelineRequest;
use crate::ask;
use crate::asker::{self, Asker};
use crate::format::Drawn;
use crate::picture::Canvas;
use crate::question_text::{QuestionText, about_window};
use crate::refusal::Refusal;
use crate::render;
use crate::reply::{Reply, Texts, is_drawn};
use crate::{chart, policy, scope};
use presence_charts::json;

/// A person's states over time.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &TimelineRequest,
) -> Result<(), Refusal> {
    asker::check_someone_named(&request.people, &request.team)?;
    let window = asker.window(&request.window)?;
    let shaded = scope::hours(asker, request.hours.as_ref(), None)?;
    scope::note_unknown_holidays(asker, &shaded, window);
    let criterion = policy::criterion(asker, &request.facet)?;
    let context = asker.context(&request.as_of).await?;
    let people = asker::people_or_team(&context, &request.people, &request.team, window).await?;
    let zone = asker.settings.zone.clone();
    let question_text = QuestionText::new("timeline", context.account_id())
        .people(Some(&people))
        .window(window)
        .criterion(&criterion)
        .zone(&zone);
    let mut provenance = about_window(&context, &question_text, window).await?;
    provenance.criterion = Some((&criterion).into());
    provenance.zone = zone.name();
    provenance.warnings = shaded.warnings(window);
    if let Some(digest) = shaded.digest() {
        provenance.follows_from("shaded", digest.as_bytes());
    }
    if reply.is_known(&provenance) {
        return Ok(());
    }
    let mut timeline = ask::timeline(&context, &people, criterion, window).await?;
    timeline.zone = zone.name();
    if is_drawn(asker, Drawn::Svg) {
        let title = chart::title(&timeline.criterion, None, window, &reply.page(asker));
        let canvas = Canvas {
            hours: chart::shaded(&shaded, window, &asker.settings.shown_zone()),
            ..chart::canvas(asker, &title, &provenance)
        };
        return chart::write(
            asker,
            reply,
            &crate::timeline::svg::timeline(&timeline, &canvas),
            &provenance,
        );
    }
    if is_drawn(asker, Drawn::Parquet) {
        return reply.write_parquet(
            asker,
            &crate::timeline::table::cells(&timeline),
            &provenance,
        );
    }
    reply.write_object(
        asker,
        &timeline,
        &provenance,
        &Texts {
            table: &|page| {
                crate::timeline::table::table(&timeline, page)
                    + &render::provenance::footer(&provenance)
            },
            ndjson: &|| json::lines(crate::timeline::table::lines(&timeline)),
            csv: &|| crate::timeline::table::cells(&timeline),
        },
    )
}
