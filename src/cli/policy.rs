//! `presence policy`.

use presence_answers::ask;
use presence_answers::format::Format;
use presence_answers::policy::request::PoliciesRequest;
use presence_answers::policy::shape::PolicyFinding;
use presence_answers::policy::{not_seen, policy};
use presence_answers::render;
use presence_answers::shared::TIME;
use presence_answers::{Request, asker};
use presence_charts::json;
use presence_config::LocatedFinding;
use presence_core::query::policy::{AGGREGATED, Severity};

use super::args::{ExplainArgs, PolicyArgs, PolicyCommand};
use super::exit::Failure;
use super::session::Session;

/// What was asked of the policies.
pub(super) async fn run(session: &mut Session, args: &PolicyArgs) -> Result<(), Failure> {
    match &args.command {
        PolicyCommand::Check => check(session),
        PolicyCommand::List => {
            let request = Request::Policies(PoliciesRequest {});
            session.answer(&request).await
        }
        PolicyCommand::Explain(args) => explain(session, args).await,
    }
}

/// Whether the policies of the file are well-formed.
fn check(session: &mut Session) -> Result<(), Failure> {
    let policies = &session.asker.config.file.policies;
    let policy_count = policies.len();
    let mut findings = Vec::new();
    for (name, section) in policies {
        match session.asker.config.read_policy(name, section) {
            Ok((_, warnings)) => findings.extend(warnings),
            Err(wrong) => findings.extend(wrong),
        }
    }
    findings.sort_by_key(|finding| (finding.line, finding.column));
    let error_count = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let shapes: Vec<PolicyFinding> = findings.into_iter().map(shape).collect();
    let text = match session.asker.settings.format {
        Format::Table => presence_answers::policy::table::findings(&shapes, policy_count),
        Format::Json => json::pretty(&shapes),
        Format::Ndjson => json::lines(&shapes),
        Format::Csv => presence_answers::policy::table::findings_csv(&shapes)
            .file(&session.asker.settings.csv_style()),
    };
    session.output.write(&text)?;
    if error_count == 0 {
        return Ok(());
    }
    session.output.flush()?;
    Err(Failure::failed(format!(
        "the configuration has policies that are not well-formed ({})",
        render::counted(error_count as u64, "error")
    )))
}

fn shape(finding: LocatedFinding) -> PolicyFinding {
    PolicyFinding {
        policy: finding.policy,
        severity: finding.severity.name(),
        file: finding.file.display().to_string(),
        line: finding.line,
        column: finding.column,
        length: finding.length,
        excerpt: finding.excerpt,
        message: finding.sentence,
    }
}

/// Which rule decided for someone at a moment.
async fn explain(session: &mut Session, args: &ExplainArgs) -> Result<(), Failure> {
    let moment = session.asker.settings.moment(TIME, &args.time)?;
    let policy = policy(&session.asker, args.policy.as_deref().unwrap_or(AGGREGATED))?;
    let context = session.asker.context(&args.as_of).await?;
    let extension_id = asker::person(&context, &args.person).await?;
    let explanation = ask::explain(&context, extension_id, &policy, moment).await?;
    let explanation = explanation.ok_or_else(|| not_seen(&args.person, moment))?;
    let page = session.page();
    let text = match session.asker.settings.format {
        Format::Table => presence_answers::policy::table::explanation(&explanation, &page),
        Format::Json => json::pretty(&explanation),
        Format::Ndjson => json::line(&explanation),
        Format::Csv => presence_answers::policy::table::explanation_csv(&explanation)
            .file(&session.asker.settings.csv_style()),
    };
    Ok(session.output.write(&text)?)
}
