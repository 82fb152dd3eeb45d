//! `presence doctor`: everything that a collector needs, checked, a line each.

mod platform;
mod store;

use presence_answers::format::Format;
use presence_answers::render;
use presence_answers::shapes::checks::{Check, CheckStatus};
use presence_charts::json;
use presence_core::query::zone::zone_data_version;

use super::args::DoctorArgs;
use super::exit::Failure;
use super::session::Session;

/// Zone data of a release year before this many years ago is stale: rules change several times a year.
const ZONE_YEARS_MAX: i64 = 1;

/// Checks everything, and fails if anything does.
pub(super) async fn run(session: &mut Session, args: &DoctorArgs) -> Result<(), Failure> {
    let mut checks = vec![configuration(session)];
    checks.extend(super::config::credential_checks(session));
    if args.offline {
        let left_out = [
            "login",
            "permissions",
            "setting",
            "clock",
            "interval",
            "queues",
        ];
        checks.extend(left_out.map(|check| Check::skipped(check, "--offline was given")));
    } else {
        checks.extend(platform::checks(session).await);
    }
    checks.extend(store::checks(session).await);
    checks.push(zone_data(session));
    write(session, &checks)
}

/// Writes checks as asked, and fails if one did.
pub(super) fn write(session: &mut Session, checks: &[Check]) -> Result<(), Failure> {
    let text = match session.asker.settings.format {
        Format::Table => render::checks::lines(checks),
        Format::Json => json::pretty(&checks),
        Format::Ndjson => json::lines(checks),
        Format::Csv => render::checks::csv(checks).file(&session.asker.settings.csv_style()),
    };
    session.output.write(&text)?;
    session.output.flush()?;
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| check.status == CheckStatus::Fail)
        .map(|check| check.check)
        .collect();
    match failed.as_slice() {
        [] => Ok(()),
        failed => Err(Failure::failed(format!(
            "there are problems: {}",
            failed.join(", ")
        ))),
    }
}

/// The configuration was read and settled before any command begins.
fn configuration(session: &Session) -> Check {
    match &session.asker.config.path {
        Some(path) => Check::ok("configuration", format!("{} is read", path.display())),
        None => Check::ok("configuration", "there is no file; the defaults apply"),
    }
}

fn zone_data(session: &Session) -> Check {
    let version = zone_data_version();
    let year = |text: &str| text.get(..4).and_then(|digits| digits.parse::<i64>().ok());
    let this_year = year(&session.asker.settings.now.to_string());
    let age = year(version)
        .zip(this_year)
        .map(|(released, now)| now - released);
    match age {
        Some(age) if age <= ZONE_YEARS_MAX => Check::ok("zone data", format!("version {version}")),
        _ => Check::warn(
            "zone data",
            format!(
                "version {version} is old: local days and hours may be an hour off where rules have changed"
            ),
            "use a newer version of this program",
        ),
    }
}
