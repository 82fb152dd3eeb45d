//! `staffing`: how many people were in a state at once.

pub mod query;
pub mod request;
pub mod shape;
pub mod svg;
pub mod table;

use self::request::StaffingRequest;
use super::asker::Asker;
use super::chart;
use super::format::Drawn;
use super::question_text::{QuestionText, about_counted};
use super::refusal::{FieldName, Refusal, sentence};
use super::reply::{Reply, Texts, is_drawn};
use super::scope::{BY, ScopeFields};
use super::values::{By, ReportBy, Word};
use crate::ask::{self, Context, ReportQuestion, StaffingQuestion, ZoneChoice};
use crate::picture::Canvas;
use crate::render;
use presence_core::query::calendar::Bucket;
use presence_core::query::group::GroupBy;
use presence_core::query::wanted::Wanted;

/// How long a step is.
const STEP: FieldName = FieldName("step");
/// How many are needed.
const REQUIRED: FieldName = FieldName("required");
/// The zone of hours.
const ZONE: FieldName = FieldName("zone");

/// So many steps are told of at most.
const STEPS_MAX: i64 = 1_000_000;

/// How many were in a value at once.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &StaffingRequest,
) -> Result<(), Refusal> {
    let (context, question) = resolve(asker, request).await?;
    let window = question.about.window;
    let question_text = request.required.iter().fold(
        QuestionText::new("staffing", context.account_id())
            .counted(&question.about)
            .flag("--as-now", question.about.group_by.as_now)
            .option("--value", Some(question.value.word()))
            .option("--step", Some(question.step)),
        |question_text, required| question_text.option("--required", Some(required)),
    );
    let provenance = about_counted(&context, &question_text, &question.about).await?;
    if reply.is_known(&provenance) {
        return Ok(());
    }
    let staffing = ask::staffing(&context, &question).await?;
    if is_drawn(asker, Drawn::Svg) {
        let value = Some(question.value.word());
        let title = chart::title(&staffing.criterion, value, window, &reply.page(asker));
        let zone = asker.settings.shown_zone();
        let canvas = Canvas {
            hours: chart::shaded(&question.about.hours, window, &zone),
            ..chart::canvas(asker, &title, &provenance)
        };
        return chart::write(
            asker,
            reply,
            &crate::staffing::svg::staffing(&staffing, &canvas),
            &provenance,
        );
    }
    if is_drawn(asker, Drawn::Parquet) {
        return reply.write_parquet(
            asker,
            &crate::staffing::table::cells(&staffing),
            &provenance,
        );
    }
    reply.write_object(
        asker,
        &staffing,
        &provenance,
        &Texts {
            table: &|page| {
                crate::staffing::table::table(&staffing, page)
                    + &render::provenance::asked(&provenance)
            },
            ndjson: &|| crate::staffing::table::lines(&staffing),
            csv: &|| crate::staffing::table::cells(&staffing),
        },
    )
}

/// What is asked of which history.
pub async fn resolve(
    asker: &Asker,
    request: &StaffingRequest,
) -> Result<(Context, StaffingQuestion), Refusal> {
    let settings = &asker.settings;
    let window = settings.window((&request.count.scope.window).into())?.span;
    if window.duration_ms() / request.step.usual_ms() > STEPS_MAX {
        let told = format!(
            " cuts the window into more than {STEPS_MAX} steps; give a longer one, or a shorter window"
        );
        return Err(Refusal::wrong(STEP, sentence!(STEP, told)));
    }
    if !request.required.is_empty() && settings.zone == ZoneChoice::Own {
        return Err(Refusal::wrong(
            REQUIRED,
            sentence!(
                REQUIRED,
                " needs ",
                ZONE,
                ": it says by which clocks the hours are meant"
            ),
        ));
    }
    let (context, about) = about(asker, &request.count.scope).await?;
    let question = StaffingQuestion {
        about,
        value: Wanted::of_word(&request.count.value),
        step: request.step,
        required: request
            .required
            .iter()
            .map(|one| one.required.clone())
            .collect(),
    };
    Ok((context, question))
}

/// Who is counted when; the context that answers it.
pub(super) async fn about(
    asker: &Asker,
    scope: &ScopeFields,
) -> Result<(Context, ReportQuestion), Refusal> {
    let window = asker.window(&scope.window)?;
    let by = groups(&scope.by)?;
    scope.resolve(asker, window, by).await
}

/// The groups that words ask for: the whole account, if they name none.
fn groups(words: &[Word<By>]) -> Result<ReportBy, Refusal> {
    if words.is_empty() {
        return Ok(ReportBy {
            groups: GroupBy::default(),
            bucket: Bucket::Range,
        });
    }
    let by = ReportBy::of(words).map_err(|told| Refusal::wrong(BY, told))?;
    if by.bucket != Bucket::Range {
        let told = format!(
            " {} is for reports: here it is account, extension, department, site or queue",
            by.bucket.name()
        );
        return Err(Refusal::wrong(BY, sentence!(BY, told)));
    }
    Ok(by)
}
