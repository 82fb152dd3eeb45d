//! `meet`: when some people are free together.

pub mod query;
pub mod request;
pub mod shape;
pub mod table;

use self::request::MeetRequest;
use super::asker::{self, Asker};
use super::question_text::{QuestionText, about_window};
use super::refusal::{FieldName, Refusal, sentence};
use super::reply::{Reply, Texts};
use super::route::{DIRECT, free};
use super::scope;
use super::shared::HOURS;
use crate::ask::{self, Context, MeetQuestion};
use crate::render;
use crate::shapes::so_far::SoFar;
use presence_charts::json;
use presence_core::query::calendars::HoursChoice;
use presence_model::time::TimeRange;

/// How long slots are.
const LENGTH: FieldName = FieldName("length");

/// So many slots are looked at, at most.
const SLOTS_MAX: i64 = 100_000;

/// What a request asks, and of which part of the log; and what is not known of the hours.
pub async fn resolve(
    asker: &Asker,
    request: &MeetRequest,
) -> Result<(Context, MeetQuestion, Vec<String>), Refusal> {
    asker::check_someone_named(&request.people, &request.team)?;
    let window = asker.window(&request.window)?;
    if window.duration_ms() / request.length.0 > SLOTS_MAX {
        let told = format!(
            " cuts the window into more than {SLOTS_MAX} slots; give a longer one, or a shorter window"
        );
        return Err(Refusal::wrong(LENGTH, sentence!(LENGTH, told)));
    }
    let free = free(asker, &request.free, DIRECT)?;
    let chosen = scope::hours(asker, request.hours.as_ref(), None)?;
    scope::note_unknown_holidays(asker, &chosen, window);
    let warnings = chosen.warnings(window);
    let (hours, zone) = match chosen {
        HoursChoice::Given(hours) => (hours, None),
        HoursChoice::Calendar(calendar) => (Some(calendar.hours.clone()), calendar.zone.clone()),
        HoursChoice::Own(_) => {
            return Err(Refusal::wrong(
                HOURS,
                sentence!(
                    HOURS,
                    " @own: slots are the same for all of them; name one calendar, or write hours"
                ),
            ));
        }
    };
    let context = asker.context(&request.as_of).await?;
    let now = TimeRange::of_moment(context.now());
    let extensions = asker::people_or_team(&context, &request.people, &request.team, now).await?;
    let question = MeetQuestion {
        free,
        extensions,
        window,
        length_ms: request.length.0,
        hours,
        zone: zone.unwrap_or_else(|| asker.settings.shown_zone()),
        weeks: request.weeks.0,
        limit: request.limit.count(),
    };
    Ok((context, question, warnings))
}

/// When some people are free together.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &MeetRequest,
) -> Result<(), Refusal> {
    let (context, question, warnings) = resolve(asker, request).await?;
    let window = question.window;
    let meet = ask::meet(&context, &question).await?;
    let hours = question.hours.as_ref().map(|hours| hours.text().to_owned());
    let question_text = QuestionText::new("meet", context.account_id())
        .people(Some(&question.extensions))
        .window(window)
        .option("--length", Some(format!("{}ms", question.length_ms)))
        .option("--hours", hours)
        .option("--zone", Some(&meet.zone))
        .option("--weeks", Some(question.weeks))
        .option("--policy", Some(question.free.policy.name()))
        .options("--class", question.free.words())
        .option("--limit", Some(question.limit));
    let mut provenance = about_window(&context, &question_text, window).await?;
    // Slots are looked for ahead: what is still to come is what it is about.
    provenance.so_far = SoFar::default();
    provenance.criterion = Some(meet.criterion.clone());
    provenance.zone = Some(meet.zone.clone());
    provenance.warnings = warnings;
    reply.write_object(
        asker,
        &meet,
        &provenance,
        &Texts {
            table: &|page| {
                crate::meet::table::table(&meet, page) + &render::provenance::asked(&provenance)
            },
            ndjson: &|| json::lines(&meet.slots),
            csv: &|| crate::meet::table::csv(&meet),
        },
    )
}
