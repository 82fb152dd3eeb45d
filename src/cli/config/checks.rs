//! `presence config check`: what the configuration says, tried as far as that needs no platform. If there is a history,
//! the names in policies are compared with it.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::cli::session::Session;
use crate::cli::{doctor, saved};
use presence_answers::ask;
use presence_answers::render::counted;
use presence_answers::shapes::checks::Check;
use presence_answers::shared::AsOfFields;
use presence_answers::{absence, report};
use presence_config::{Config, ConfigError};
use presence_core::query::policy::Severity;

/// Checks everything that the file says.
pub(super) async fn check(session: &mut Session) -> Result<(), Failure> {
    let config = session.asker.config.clone();
    let config = &config;
    let mut checks = vec![match &config.path {
        Some(path) => Check::ok(
            "file",
            format!(
                "{}: all keys are known and all values are valid",
                path.display()
            ),
        ),
        None => Check::ok("file", "there is no file; the defaults apply"),
    }];
    if let Err(failure) = report::check_configured(&session.asker.config).map_err(Failure::from) {
        checks.push(Check::fail(
            "report",
            failure.sentence().unwrap_or_default(),
            "",
        ));
    }
    checks.extend(policy_checks(config));
    checks.extend(name_checks(session).await);
    checks.extend(calendar_checks(config));
    checks.extend(absence_checks(session).await);
    checks.extend(saved_checks(session));
    checks.extend(credential_checks(session));
    doctor::write(session, &checks)
}

fn policy_checks(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    for (name, section) in &config.file.policies {
        let (findings, is_wrong) = match config.read_policy(name, section) {
            Ok((_, warnings)) => (warnings, false),
            Err(findings) => (findings, true),
        };
        let told = findings.iter().map(|finding| {
            let mark = match finding.severity {
                Severity::Error => "",
                Severity::Warning => "warning: ",
            };
            format!("line {}: {mark}{}", finding.line, finding.sentence)
        });
        let told = format!("{name}: {}", told.collect::<Vec<_>>().join("; "));
        let advice = "`presence policy check` shows where";
        checks.push(match (findings.is_empty(), is_wrong) {
            (true, _) => Check::ok("policy", format!("{name} is well-formed")),
            (false, false) => Check::warn("policy", told, advice),
            (false, true) => Check::fail("policy", told, advice),
        });
    }
    checks
}

/// Names in policies that nothing in the history is; nothing is said where there is no history to compare with.
async fn name_checks(session: &Session) -> Vec<Check> {
    let config = &session.asker.config;
    let mut checks = Vec::new();
    if config.file.policies.is_empty() {
        return checks;
    }
    let Ok(context) = session.asker.context(&AsOfFields::default()).await else {
        return checks;
    };
    for (name, section) in &config.file.policies {
        let Ok((policy, _)) = config.read_policy(name, section) else {
            continue;
        };
        match ask::unknown_comparisons(&context, &policy).await {
            Ok(told) if told.is_empty() => {}
            Ok(told) => checks.push(Check::warn(
                "policy",
                format!("{name}: {}", told.join("; ")),
                "a condition on it matches no one so far",
            )),
            Err(error) => checks.push(Check::skipped("policy", error.to_string())),
        }
    }
    checks
}

fn calendar_checks(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    for name in config.file.calendars.keys() {
        checks.push(match config.calendar(name) {
            Ok(_) => Check::ok("calendar", format!("{name} is well-formed")),
            Err(error) => Check::fail("calendar", error.to_string(), ""),
        });
    }
    if !config.file.calendar_for.is_empty()
        && let Err(error) = config.calendar_choices()
    {
        checks.push(Check::fail("calendar", error.to_string(), ""));
    }
    checks
}

/// The files of absences, and whether their people are in the history, if there is one.
async fn absence_checks(session: &Session) -> Vec<Check> {
    if session.asker.config.file.absences.is_empty() {
        return Vec::new();
    }
    let files = match session.asker.config.absence_files() {
        Ok(files) => files,
        Err(sentence) => return vec![Check::fail("absences", sentence, "")],
    };
    let count: usize = files.iter().map(|file| file.rows.len()).sum();
    let left_out: usize = files.iter().map(|file| file.not_approved_count).sum();
    let found = match left_out {
        0 => counted(count as u64, "absence"),
        _ => format!(
            "{}; {left_out} more not approved",
            counted(count as u64, "absence")
        ),
    };
    let mut checks = vec![Check::ok("absences", found)];
    let mut warnings = absence::Warnings::default();
    warnings.extend(files.iter().flat_map(|file| file.warnings.iter().cloned()));
    let mut told = warnings.told(&session.asker.visible);
    if let Ok(context) = session.asker.context(&AsOfFields::default()).await {
        match absence::people_warnings(&session.asker, &context, &files).await {
            Ok(of_people) => told.extend(of_people),
            Err(refusal) => {
                let sentence = Failure::from(refusal).sentence().unwrap_or_default();
                checks.push(Check::skipped("absences", sentence));
            }
        }
    }
    let advice = "correct or remove the row; until then it does not count";
    checks.extend(
        told.into_iter()
            .map(|warning| Check::warn("absences", warning, advice)),
    );
    checks
}

/// Whether each saved question is one that can be asked.
fn saved_checks(session: &Session) -> Vec<Check> {
    let saved = session.asker.config.file.saved.iter();
    let checks = saved.map(|(name, section)| match saved::check(session, section) {
        Ok(()) => Check::ok("saved", format!("{name} can be run")),
        Err(fault) => Check::fail("saved", fault.told(&session.asker.config, name), ""),
    });
    checks.collect()
}

/// Whether there is what it takes to log in, and whether others can read it.
pub(in crate::cli) fn credential_checks(session: &Session) -> Vec<Check> {
    let config = &session.asker.config;
    let mut checks = vec![match config.login() {
        Ok(credentials) => Check::ok(
            "credentials",
            format!("there are some, for {}", credentials.server_url),
        ),
        Err(error @ ConfigError::MissingCredentials { .. }) => Check::warn(
            "credentials",
            error.to_string(),
            "only `collect`, `set`, `init` and `doctor` need them",
        ),
        Err(error) => Check::fail("credentials", error.to_string(), ""),
    }];
    let parts = config.credential_parts().into_iter().flatten();
    let secrets = parts.filter(|part| part.is_secret);
    for file in secrets.filter_map(|part| part.file) {
        checks.extend(readable_by_others(&file).then(|| {
            Check::warn(
                "secrets",
                format!("{} can be read by others", file.display()),
                format!("chmod 600 {}", file.display()),
            )
        }));
    }
    checks
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> bool {
    false
}
