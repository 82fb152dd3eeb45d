//! `presence policy`.

use std::sync::Arc;

use crate::ask;
use crate::config::LocatedFinding;
use crate::model::facet::Facet;
use crate::model::time::Timestamp;
use crate::query::classes::Criterion;
use crate::query::policy::{AGGREGATED, Policy, Severity, built_in};
use crate::render::{self, json};
use crate::shapes::policy::{PolicyEntry, PolicyFinding};

use super::args::{ExplainArgs, FacetArgs, Format, PolicyArgs, PolicyCommand};
use super::exit::Failure;
use super::session::{self, Session};

/// What was asked of the policies.
pub(super) async fn run(session: &mut Session, args: &PolicyArgs) -> Result<(), Failure> {
    match &args.command {
        PolicyCommand::Check => check(session),
        PolicyCommand::List => list(session),
        PolicyCommand::Explain(args) => explain(session, args).await,
    }
}

/// Whether the policies of the file are well-formed.
fn check(session: &mut Session) -> Result<(), Failure> {
    let policies = &session.config.file.policies;
    let policy_count = policies.len();
    let mut findings = Vec::new();
    for (name, section) in policies {
        match session.config.read_policy(name, section) {
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
    let text = match session.settings.format {
        Format::Table => render::policy::findings(&shapes, policy_count),
        Format::Json => json::pretty(&shapes),
        Format::Ndjson => json::lines(&shapes),
        Format::Csv => render::policy::findings_csv(&shapes).file(&session.settings.csv_style()),
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

/// All policies.
fn list(session: &mut Session) -> Result<(), Failure> {
    let mut entries: Vec<PolicyEntry> = built_in()
        .iter()
        .map(|policy| PolicyEntry::of(policy, true))
        .collect();
    for (name, section) in &session.config.file.policies {
        entries.push(match session.config.read_policy(name, section) {
            Ok((policy, _)) => PolicyEntry::of(&policy, false),
            Err(_) => PolicyEntry {
                policy: name.clone(),
                policy_digest: None,
                built_in: false,
                description: section.description.clone(),
                rules: Vec::new(),
            },
        });
    }
    let page = session.page();
    let text = match session.settings.format {
        Format::Table => render::policy::list(&entries, &page),
        Format::Json => json::pretty(&entries),
        Format::Ndjson => json::lines(&entries),
        Format::Csv => render::policy::list_csv(&entries).file(&session.settings.csv_style()),
    };
    Ok(session.output.write(&text)?)
}

/// Which rule decided for somebody at a moment.
async fn explain(session: &mut Session, args: &ExplainArgs) -> Result<(), Failure> {
    let moment = session.settings.moment("TIME", &args.time)?;
    let policy = policy(session, args.policy.as_deref().unwrap_or(AGGREGATED))?;
    let context = session.context(&args.as_of).await?;
    let extension_id = session::person(&context, &args.person).await?;
    let explanation = ask::explain(&context, extension_id, &policy, moment).await?;
    let explanation = explanation.ok_or_else(|| not_seen(&args.person, moment))?;
    let page = session.page();
    let text = match session.settings.format {
        Format::Table => render::policy::explanation(&explanation, &page),
        Format::Json => json::pretty(&explanation),
        Format::Ndjson => json::line(&explanation),
        Format::Csv => {
            render::policy::explanation_csv(&explanation).file(&session.settings.csv_style())
        }
    };
    Ok(session.output.write(&text)?)
}

/// Somebody had not been seen by a moment.
pub(super) fn not_seen(person: &str, moment: Timestamp) -> Failure {
    Failure::failed(format!(
        "{person:?} had not been seen by {moment}: there is nothing to explain"
    ))
}

/// What a question tells states apart by: the platform's aggregate if nothing else is said.
pub(super) fn criterion(session: &mut Session, args: &FacetArgs) -> Result<Criterion, Failure> {
    match &args.policy {
        Some(name) => Ok(policy(session, name)?.into()),
        None => Ok(args.facet.unwrap_or(Facet::PresenceStatus).into()),
    }
}

/// The policy of a name; tells what looks wrong in it.
pub(super) fn policy(session: &mut Session, name: &str) -> Result<Arc<Policy>, Failure> {
    let (policy, warnings) = session.config.policy(name)?;
    for warning in warnings {
        session.output.note(&format!("warning: {warning}"));
    }
    Ok(policy)
}
