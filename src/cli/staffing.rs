//! `presence staffing` and `presence heatmap`.

use crate::ask::{
    self, Context, HeatmapQuestion, ReportQuestion, StaffingQuestion, Types, ZoneChoice,
};
use crate::picture::{self, Canvas};
use crate::query::calendar::Bucket;
use crate::query::group::GroupBy;
use crate::query::staffing::Required;
use crate::render::{self, json};

use super::answer::Texts;
use super::args::{By, CountArgs, Drawn, HeatmapArgs, ReportBy, StaffingArgs};
use super::exit::Failure;
use super::question::{Asked, about_counted};
use super::session::{self, Session};
use super::{absence, drawing, policy, report};

/// So many steps are told of at most.
const STEPS_MAX: i64 = 1_000_000;

/// How many were in a value at once.
pub(super) async fn run(session: &mut Session, args: &StaffingArgs) -> Result<(), Failure> {
    let (context, question) = asked(session, args).await?;
    let staffing = ask::staffing(&context, &question).await?;
    let window = question.about.window;
    let asked = args.required.iter().fold(
        Asked::new("staffing", context.account_id())
            .counted(&question.about)
            .option("--value", Some(&question.value))
            .option("--step", Some(question.step)),
        |asked, required| asked.option("--required", Some(required)),
    );
    let provenance = about_counted(&context, &asked, &question.about).await?;
    if session.is_drawn(Drawn::Svg) {
        let value = Some(question.value.as_str());
        let title = drawing::title(&staffing.criterion, value, window, &session.page());
        let zone = session.settings.shown_zone();
        let canvas = Canvas {
            hours: drawing::shaded(&question.about.hours, window, &zone),
            ..drawing::canvas(session, &title, &provenance)
        };
        return drawing::write(session, &picture::staffing(&staffing, &canvas), &provenance);
    }
    if session.is_parquet() {
        return session.write_parquet(&render::staffing::cells(&staffing), &provenance);
    }
    session.write_object(
        &staffing,
        &provenance,
        &Texts {
            table: &|page| {
                render::staffing::table(&staffing, page) + &render::provenance::asked(&provenance)
            },
            ndjson: &|| render::staffing::lines(&staffing),
            csv: &|| render::staffing::cells(&staffing),
        },
    )
}

/// What is asked of which history.
pub(crate) async fn asked(
    session: &mut Session,
    args: &StaffingArgs,
) -> Result<(Context, StaffingQuestion), Failure> {
    let settings = &session.settings;
    let window = settings.window((&args.count.window).into())?.span;
    if window.duration_ms() / args.step.usual_ms() > STEPS_MAX {
        return Err(Failure::Usage(format!(
            "--step cuts the window into more than {STEPS_MAX} steps; give a longer one, or a shorter window"
        )));
    }
    let required = required(&args.required)?;
    if !required.is_empty() && settings.zone == ZoneChoice::Own {
        return Err(Failure::Usage(
            "--required needs --zone: it says by which clocks the hours are meant".to_owned(),
        ));
    }
    let (context, about) = about(session, &args.count).await?;
    let question = StaffingQuestion {
        about,
        value: args.count.value.clone(),
        step: args.step,
        required,
    };
    Ok((context, question))
}

/// A value over the hours of the week.
pub(super) async fn run_heatmap(session: &mut Session, args: &HeatmapArgs) -> Result<(), Failure> {
    let (context, question) = asked_heatmap(session, args).await?;
    let heatmap = ask::heatmap(&context, &question).await?;
    let window = question.about.window;
    let asked = Asked::new("heatmap", context.account_id())
        .counted(&question.about)
        .option("--value", Some(&question.value));
    let provenance = about_counted(&context, &asked, &question.about).await?;
    if session.is_drawn(Drawn::Svg) {
        let value = Some(question.value.as_str());
        let title = drawing::title(&heatmap.criterion, value, window, &session.page());
        let canvas = drawing::canvas(session, &title, &provenance);
        return drawing::write(session, &picture::heatmap(&heatmap, &canvas), &provenance);
    }
    session.write_object(
        &heatmap,
        &provenance,
        &Texts {
            table: &|page| {
                render::heatmap::table(&heatmap, page) + &render::provenance::asked(&provenance)
            },
            ndjson: &|| json::lines(&heatmap.cells),
            csv: &|| render::heatmap::csv(&heatmap),
        },
    )
}

/// What is asked of which history.
pub(crate) async fn asked_heatmap(
    session: &mut Session,
    args: &HeatmapArgs,
) -> Result<(Context, HeatmapQuestion), Failure> {
    let (context, about) = about(session, &args.count).await?;
    let value = args.count.value.clone();
    Ok((context, HeatmapQuestion { about, value }))
}

fn required(texts: &[String]) -> Result<Vec<Required>, Failure> {
    let read = texts.iter().map(|text| Required::parse(text));
    read.collect::<Result<_, _>>()
        .map_err(|error| Failure::Usage(format!("--required: {error}")))
}

/// Who is counted when; the context that answers it.
async fn about(
    session: &mut Session,
    args: &CountArgs,
) -> Result<(Context, ReportQuestion), Failure> {
    let window = session.window(&args.window)?;
    let hours = report::hours(session, args.hours.as_deref(), args.calendar.as_deref())?;
    report::note_unknown_holidays(session, &hours, window);
    let zone = session.settings.zone.clone();
    let criterion = policy::criterion(session, &args.facet)?;
    let group_by = groups(&args.by)?;
    let context = session.context(&args.as_of).await?;
    let absence = absence::planned(session, args.planned_absence, &context).await?;
    let extensions = session::people(&context, &args.people).await?;
    let about = ReportQuestion {
        window,
        criterion,
        group_by,
        bucket: Bucket::Range,
        hours,
        absence,
        zone,
        // Whoever is named is meant, whatever they are.
        types: if extensions.is_some() {
            Types::All
        } else {
            args.types.clone().unwrap_or(Types::People)
        },
        extensions,
    };
    Ok((context, about))
}

/// The groups that words ask for: the whole account, if they name none.
fn groups(words: &[By]) -> Result<GroupBy, Failure> {
    if words.is_empty() {
        return Ok(GroupBy::default());
    }
    let by = ReportBy::of(words).map_err(Failure::Usage)?;
    if by.bucket != Bucket::Range {
        return Err(Failure::Usage(format!(
            "--by {} is for reports: here it is account, extension, department, site or queue",
            by.bucket.name()
        )));
    }
    Ok(by.groups)
}
