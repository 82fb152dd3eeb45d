//! `presence report`.

use std::sync::Arc;

use crate::ask::{self, Context, ReportQuestion, Telling, Types};
use crate::model::time::Span;
use crate::query::calendars::{HoursChoice, OWN};
use crate::render::report::Known;
use crate::render::{self, json};
use crate::shapes::provenance::Provenance;
use crate::shapes::report::{Report, ReportRow};
use crate::shapes::restatement::Restatement;

use super::answer::{Texts, commented};
use super::args::{Drawn, Format, ReportArgs, ReportBy};
use super::exit::Failure;
use super::question::{Asked, about_counted};
use super::session::{self, Session};
use super::telling::telling;
use super::{absence, policy, report_page};

/// How long each state held.
pub(super) async fn run(session: &mut Session, args: &ReportArgs) -> Result<(), Failure> {
    let (context, question, telling) = asked(session, args).await?;
    if let Some(text) = &args.compare_as_of {
        if let Some(drawn) = session.settings.drawn {
            return Err(Failure::Usage(format!(
                "--compare-as-of: what differs is not written as {}; write it as table, json, ndjson or csv",
                drawn.name()
            )));
        }
        let part = session.named_part("--compare-as-of", text)?;
        let before = session.context_of(part).await?;
        let restatement = ask::restatement(&before, &context, &question, &telling).await?;
        let mut provenance = provenance(&context, &question, &telling).await?;
        provenance.question += " --compare-as-of ";
        provenance.question += text;
        return write_restatement(session, &restatement, &provenance);
    }
    let provenance = provenance(&context, &question, &telling).await?;
    let is_html = session.is_drawn(Drawn::Html);
    if !is_html && !session.is_parquet() && session.settings.format != Format::Table {
        let report = ask::PartedReport::of(&context, &question, &telling).await?;
        return write_parts(session, &context, report, &provenance).await;
    }
    let report = ask::report_telling(&context, &question, &telling).await?;
    if is_html {
        let asked = report_page::Asked {
            question: &question,
            telling: &telling,
            report: &report,
            provenance: &provenance,
        };
        return report_page::write(session, &context, &asked).await;
    }
    if session.is_parquet() {
        return session.write_parquet(&render::report::cells(&report), &provenance);
    }
    write(session, &context, &report, &provenance).await
}

/// What a report rests on.
pub(super) async fn provenance(
    context: &Context,
    question: &ReportQuestion,
    telling: &Telling,
) -> Result<Provenance, Failure> {
    let asked = Asked::new("report", context.account_id())
        .counted(question)
        .telling(telling, question.group_by);
    about_counted(context, &asked, question).await
}

/// What is asked of which history.
pub(crate) async fn asked(
    session: &mut Session,
    args: &ReportArgs,
) -> Result<(Context, ReportQuestion, Telling), Failure> {
    let window = session.window(&args.window)?;
    let mut by = ReportBy::of(&args.by).map_err(Failure::Usage)?;
    by.groups.as_now = args.telling.as_now;
    let telling = telling(session, &args.telling, by, window)?;
    let hours = hours(session, args.hours.as_deref(), args.calendar.as_deref())?;
    note_unknown_holidays(session, &hours, window);
    let zone = session.settings.zone.clone();
    let criterion = policy::criterion(session, &args.facet)?;
    let context = session.context(&args.as_of).await?;
    let absence = absence::planned(session, args.planned_absence, &context).await?;
    let extensions = session::people(&context, &args.people).await?;
    let question = ReportQuestion {
        window,
        criterion,
        group_by: by.groups,
        bucket: by.bucket,
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
    Ok((context, question, telling))
}

fn write_restatement(
    session: &mut Session,
    restatement: &Restatement,
    provenance: &Provenance,
) -> Result<(), Failure> {
    session.write_object(
        restatement,
        provenance,
        &Texts {
            table: &|page| {
                render::restatement::table(restatement, page)
                    + &render::provenance::asked(provenance)
            },
            ndjson: &|| json::lines(&restatement.rows),
            csv: &|| render::restatement::csv(restatement),
        },
    )
}

/// Writes a report for programs, row by row as they are made: there may be millions of them.
async fn write_parts(
    session: &mut Session,
    context: &Context,
    report: ask::PartedReport<'_>,
    provenance: &Provenance,
) -> Result<(), Failure> {
    let beside = session.keep_beside(provenance)?;
    let format = session.settings.format;
    let style = session.settings.csv_style();
    let head = Arc::new(report.head().clone());
    let mut around = json::AroundItems::of(&provenance.answered(&*head), "rows");
    let output = &mut session.output;
    match format {
        Format::Table | Format::Ndjson => {}
        Format::Json => output.write_data(around.start())?,
        Format::Csv => {
            output.write_data(&commented(beside, provenance, &style))?;
            output.write_data(&render::report::csv_header(&head, &style))?;
        }
    }
    let of = Arc::clone(&head);
    let make = move |rows: &[ReportRow]| {
        let text = match format {
            _ if rows.is_empty() => String::new(),
            Format::Table | Format::Json => json::items(rows),
            Format::Ndjson => json::lines(rows),
            Format::Csv => render::report::csv_rows(&of, rows, &style),
        };
        (text, Known::of(rows))
    };
    let mut known = Known::default();
    let take = |(text, of_part): (String, Known)| -> Result<(), Failure> {
        known = known.and(of_part);
        if format == Format::Json && !text.is_empty() {
            output.write_data(around.before_items())?;
        }
        Ok(output.write_data(&text)?)
    };
    report.rows(make, take).await?;
    if format == Format::Json {
        session.output.write_data(&around.end())?;
    }
    tell_hint(session, context, known.hint(&head), &head).await
}

/// The hours that count: a calendar's, or those that are given, else those of the configuration.
pub(crate) fn hours(
    session: &Session,
    given: Option<&str>,
    calendar: Option<&str>,
) -> Result<HoursChoice, Failure> {
    let named = given.and_then(|hours| hours.strip_prefix('@'));
    match calendar.or(named) {
        Some(OWN) => Ok(HoursChoice::Own(session.config.calendar_choices()?)),
        Some(name) => Ok(HoursChoice::Calendar(session.config.calendar(name)?)),
        None => Ok(session.settings.hours(given)?.into()),
    }
}

/// Says what is not known of the holidays that decide in a window.
pub(super) fn note_unknown_holidays(session: &mut Session, hours: &HoursChoice, window: Span) {
    for warning in hours.warnings(window) {
        session.output.note(&format!("warning: {warning}"));
    }
}

/// Writes a report in the format that is wanted, and a hint if much of it is unknown.
pub(super) async fn write(
    session: &mut Session,
    context: &Context,
    report: &Report,
    provenance: &Provenance,
) -> Result<(), Failure> {
    let beside = session.keep_beside(provenance)?;
    let page = session.page();
    match session.settings.format {
        Format::Table => {
            session
                .output
                .write(&render::report::table(report, &page))?;
            session
                .output
                .write(&render::provenance::asked(provenance))?;
        }
        Format::Json => session
            .output
            .write(&json::pretty(&provenance.answered(report)))?,
        Format::Ndjson => {
            for row in &report.rows {
                session.output.write(&json::line(row))?;
            }
        }
        Format::Csv => {
            let style = &session.settings.csv_style();
            let text =
                commented(beside, provenance, style) + &render::report::cells(report).text(style);
            session.output.write(&text)?;
        }
    }
    tell_hint(session, context, render::report::hint(report), report).await
}

/// Says that much is unknown, and when the history begins, if that is why.
async fn tell_hint(
    session: &mut Session,
    context: &Context,
    hint: Option<String>,
    report: &Report,
) -> Result<(), Failure> {
    let Some(hint) = hint else { return Ok(()) };
    let begins = match Span::new(report.from.0, report.to.0) {
        Some(window) => ask::first_look_at(context, window).await?,
        None => None,
    };
    let begins = begins.filter(|at| *at > report.from.0);
    let begins = begins.map_or_else(String::new, |at| format!("; the history begins at {at}"));
    session.output.flush()?;
    session.output.note(&format!("hint: {hint}{begins}"));
    Ok(())
}
