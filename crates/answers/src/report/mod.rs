//! `report`: how long each state held.

pub mod chunked;
mod keys;
pub mod metrics;
pub mod metrics_shape;
pub mod metrics_table;
mod options;
mod page;
pub mod query;
pub mod request;
pub mod restatement;
pub mod restatement_shape;
pub mod restatement_table;
pub mod rows;
pub mod shape;
pub mod table;

use std::sync::Arc;

use self::options::options;
use self::request::ReportRequest;
use crate::ask::{self, Context, ReportOptions, ReportQuestion};
use crate::asker::Asker;
use crate::format::{Drawn, Format};
use crate::question_text::{QuestionText, about_counted};
use crate::refusal::{FieldName, Refusal};
use crate::render;
use crate::reply::{Reply, Texts, commented, is_drawn};
use crate::report::restatement_shape::Restatement;
use crate::report::shape::{Report, ReportRow};
use crate::report::table::Known;
use crate::scope::BY;
use crate::shapes::provenance::Provenance;
use crate::values::ReportBy;
use presence_charts::json;
use presence_model::time::TimeRange;

pub use self::options::check_configured;

/// The part of the log that the report is compared with.
const COMPARE_AS_OF: FieldName = FieldName("compare-as-of");

/// How long each state held.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &ReportRequest,
) -> Result<(), Refusal> {
    let (context, question, report_options) = resolve(asker, request).await?;
    if let Some(expression) = &request.compare_as_of {
        if let Some(drawn) = asker.settings.drawn {
            let told = format!(
                "what differs is not written as {}; write it as table, json, ndjson or csv",
                drawn.name()
            );
            return Err(Refusal::of_field(COMPARE_AS_OF, told));
        }
        let part = asker.named_part(COMPARE_AS_OF, expression)?;
        let before = asker.context_of(part).await;
        let before = before.map_err(Refusal::of_comparison)?;
        let restatement = ask::restatement(&before, &context, &question, &report_options).await?;
        let mut provenance = provenance(&context, &question, &report_options).await?;
        provenance.question = format!("{} --compare-as-of {expression}", provenance.question);
        return write_restatement(asker, reply, &restatement, &provenance);
    }
    let provenance = provenance(&context, &question, &report_options).await?;
    if reply.is_known(&provenance) {
        return Ok(());
    }
    let is_html = is_drawn(asker, Drawn::Html);
    if !is_html && !is_drawn(asker, Drawn::Parquet) && asker.settings.format != Format::Table {
        let report = ask::ChunkedReport::of(&context, &question, &report_options).await?;
        return write_parts(asker, reply, &context, report, &provenance).await;
    }
    let report = ask::report_options_of(&context, &question, &report_options).await?;
    if is_html {
        let shown = page::Shown {
            question: &question,
            report_options: &report_options,
            report: &report,
            provenance: &provenance,
        };
        return page::write(asker, reply, &context, &shown).await;
    }
    if is_drawn(asker, Drawn::Parquet) {
        return reply.write_parquet(asker, &crate::report::table::cells(&report), &provenance);
    }
    write(asker, reply, &context, &report, &provenance).await
}

/// What a report rests on.
pub async fn provenance(
    context: &Context,
    question: &ReportQuestion,
    report_options: &ReportOptions,
) -> Result<Provenance, Refusal> {
    let question_text = QuestionText::new("report", context.account_id())
        .counted(question)
        .report_options(report_options, question.group_by);
    let mut provenance = about_counted(context, &question_text, question).await?;
    if let Some(key) = &report_options.pseudonym_key {
        provenance.follows_from("pseudonyms", &key.fingerprint());
    }
    Ok(provenance)
}

/// What is asked of which history.
pub async fn resolve(
    asker: &Asker,
    request: &ReportRequest,
) -> Result<(Context, ReportQuestion, ReportOptions), Refusal> {
    let window = asker.window(&request.scope.window)?;
    let by = ReportBy::of(&request.scope.by).map_err(|told| Refusal::wrong(BY, told))?;
    let report_options = options(asker, &request.report_options, by, window)?;
    let (context, question) = request.scope.resolve(asker, window, by).await?;
    Ok((context, question, report_options))
}

fn write_restatement(
    asker: &Asker,
    reply: &mut Reply<'_>,
    restatement: &Restatement,
    provenance: &Provenance,
) -> Result<(), Refusal> {
    reply.write_object(
        asker,
        restatement,
        provenance,
        &Texts {
            table: &|page| {
                crate::report::restatement_table::table(restatement, page)
                    + &render::provenance::asked(provenance)
            },
            ndjson: &|| json::lines(&restatement.rows),
            csv: &|| crate::report::restatement_table::csv(restatement),
        },
    )
}

/// Writes a report for programs, row by row as they are made: there may be millions of them.
async fn write_parts(
    asker: &Asker,
    reply: &mut Reply<'_>,
    context: &Context,
    report: ask::ChunkedReport<'_>,
    provenance: &Provenance,
) -> Result<(), Refusal> {
    let beside = reply.write_sidecar(asker, provenance)?;
    let format = asker.settings.format;
    let style = asker.settings.csv_style();
    let head = Arc::new(report.head().clone());
    let mut around = json::AroundItems::of(&provenance.answered(&*head), "rows");
    match format {
        Format::Table | Format::Ndjson => {}
        Format::Json => reply.write_data(around.start())?,
        Format::Csv => {
            reply.write_data(&commented(beside, provenance, &style))?;
            reply.write_data(&crate::report::table::csv_header(&head, &style))?;
        }
    }
    let of = Arc::clone(&head);
    let make = move |rows: &[ReportRow]| {
        let text = match format {
            _ if rows.is_empty() => String::new(),
            Format::Table | Format::Json => json::items(rows),
            Format::Ndjson => json::lines(rows),
            Format::Csv => crate::report::table::csv_rows(&of, rows, &style),
        };
        (text, Known::of(rows))
    };
    let mut known = Known::default();
    let take = |(text, of_part): (String, Known)| -> Result<(), Refusal> {
        known = known.and(of_part);
        if format == Format::Json && !text.is_empty() {
            reply.write_data(around.before_items())?;
        }
        reply.write_data(&text)
    };
    report.rows(make, take).await?;
    if format == Format::Json {
        reply.write_data(&around.end())?;
    }
    tell_hint(asker, reply, context, known.hint(&head), &head).await
}

/// Writes a whole report in the format that is wanted, and a hint if much of it is unknown.
pub async fn write(
    asker: &Asker,
    reply: &mut Reply<'_>,
    context: &Context,
    report: &Report,
    provenance: &Provenance,
) -> Result<(), Refusal> {
    reply.write_object(
        asker,
        report,
        provenance,
        &Texts {
            table: &|page| {
                crate::report::table::table(report, page) + &render::provenance::asked(provenance)
            },
            ndjson: &|| json::lines(&report.rows),
            csv: &|| crate::report::table::cells(report),
        },
    )?;
    tell_hint(
        asker,
        reply,
        context,
        crate::report::table::hint(report),
        report,
    )
    .await
}

/// Says that much is unknown, and when the history begins, if that is why.
async fn tell_hint(
    asker: &Asker,
    reply: &mut Reply<'_>,
    context: &Context,
    hint: Option<String>,
    report: &Report,
) -> Result<(), Refusal> {
    let Some(hint) = hint else { return Ok(()) };
    let begins = match TimeRange::new(report.from.0, report.to.0) {
        Some(window) => ask::first_sweep_at(context, window).await?,
        None => None,
    };
    let begins = begins.filter(|at| *at > report.from.0);
    let begins = begins.map_or_else(String::new, |at| format!("; the history begins at {at}"));
    reply.sink.flush()?;
    asker.note(format!("hint: {hint}{begins}"));
    Ok(())
}
