//! What only the platform can tell: whether it lets us in, what we may ask, the time, and the pace.

use crate::cli::platform::{after_ms, connect};
use crate::cli::session::Session;
use crate::cli::settings::interval_text;
use presence_answers::render::counted;
use presence_answers::shapes::checks::Check;
use presence_collector::queues::{plan_sentence, round_ms};
use presence_collector::schedule::pace;
use presence_core::escape::shown;
use presence_model::ids::QueueId;
use presence_model::time::Timestamp;
use presence_ringcentral::{PresenceSource, RingCentral, SourceError};

/// How long the platform may take for all of it, in milliseconds.
const TIMEOUT_MS: i64 = 120_000;
/// From this difference of the clocks on there is a warning, and from the next on nothing is recorded.
const SKEW_MS_WARNED: i64 = 5_000;
const SKEW_MS_MAX: i64 = 300_000;

/// Logs in and asks for one page of everything that a collector asks for.
pub(super) async fn checks(session: &Session) -> Vec<Check> {
    let skipped = |why: &str| {
        ["permissions", "setting", "clock", "interval", "queues"]
            .map(|one| Check::skipped(one, why))
    };
    let source = match connect(session) {
        Ok(source) => source,
        Err(failure) => {
            let why = failure.sentence().unwrap_or_default();
            let mut checks = vec![Check::fail("login", why, "")];
            checks.extend(skipped("no login"));
            return checks;
        }
    };
    let checks = ask(session, &source).await;
    source.log_out().await;
    checks.unwrap_or_else(|error| {
        let advice = match &error {
            SourceError::LoginRefused(_)
            | SourceError::PermissionMissing(_)
            | SourceError::Redirected { .. } => "",
            SourceError::RateLimited { .. } => {
                "try again then; other programs that use the same application and user count too"
            }
            SourceError::Maintenance { .. } => {
                "wait for the platform; there is nothing to fix on this side"
            }
            _ => "check RC_SERVER_URL, the network and any proxy; then try again",
        };
        let mut checks = vec![Check::fail("login", error.to_string(), advice)];
        checks.extend(skipped("no login"));
        checks
    })
}

async fn ask(session: &Session, source: &RingCentral) -> Result<Vec<Check>, SourceError> {
    let by = after_ms(session, TIMEOUT_MS);
    let account = source.account(by).await?;
    let name = account.value.company_name.as_deref();
    let kept = source.kept_session().await;
    let mut checks = vec![Check::ok(
        "login",
        format!(
            "account {}{}{}",
            account.value.account_id,
            name.map_or_else(String::new, |name| format!(", {}", shown(name))),
            kept.map_or_else(String::new, |(path, until)| format!(
                "; the session is kept in {}, its token until {until}",
                path.display()
            ))
        ),
    )];
    let page = source.presence_page(1, by).await;
    checks.push(permissions(source, &page, by).await);
    checks.push(setting(source.may_set_presence().await));
    checks.push(clock(account.clock_skew_ms));
    checks.push(match &page {
        Ok(page) => {
            let count = page.value.paging.total_elements;
            let count = count.unwrap_or(page.value.record_count.try_into().unwrap_or(i64::MAX));
            interval(session, source, count)
        }
        Err(_) => Check::skipped("interval", "the number of extensions is not known"),
    });
    checks.push(queues(session, source, by).await);
    Ok(checks)
}

/// Whether queues can be asked who takes their calls, and how often each is.
async fn queues(session: &Session, source: &RingCentral, by: Timestamp) -> Check {
    let interval_ms = session.settings.interval_ms(None);
    let Some(settings) = session.settings.queues(interval_ms) else {
        return Check::skipped(
            "queues",
            "`queues = false` under [collect]: they are not asked",
        );
    };
    let listed = match source.queue_page(1, by).await {
        Ok(answer) => answer.value,
        Err(_) => return Check::skipped("queues", "the call queues are not known"),
    };
    let Some(first) = listed.records.first() else {
        return Check::ok("queues", "the account has no call queues");
    };
    let told = listed.paging.total_elements;
    let told = told.and_then(|told| usize::try_from(told).ok());
    let count = told.unwrap_or(listed.record_count);
    match source
        .queue_presence(QueueId(first.extension_id.0), by)
        .await
    {
        Ok(_) => {
            let round_ms = round_ms(count, settings.round_ms_min, source.queue_presence_limit());
            Check::ok("queues", plan_sentence(count, round_ms))
        }
        Err(error) => Check::warn(
            "queues",
            error.to_string(),
            "without it, who takes the calls of queues is unknown; presence is recorded all the same",
        ),
    }
}

/// What a collector asks for, each asked for once. Only the account's presence is indispensable.
async fn permissions<T>(
    source: &RingCentral,
    presence: &Result<T, SourceError>,
    by: Timestamp,
) -> Check {
    if let Err(error) = presence {
        return Check::fail("permissions", error.to_string(), "");
    }
    let others = [
        ("names and types", source.extension_page(1, by).await.err()),
        ("call queues", source.queue_page(1, by).await.err()),
        ("sites", source.site_page(1, by).await.err()),
    ];
    let missing: Vec<String> = others
        .into_iter()
        .filter_map(|(what, error)| Some(format!("{what}: {}", error?)))
        .collect();
    if missing.is_empty() {
        Check::ok(
            "permissions",
            "presence, extensions, call queues and sites can be read",
        )
    } else {
        Check::warn(
            "permissions",
            missing.join("; "),
            "without them presence is recorded, but reports lack names and groups",
        )
    }
}

/// Recording needs no such permission.
fn setting(may_set: Option<bool>) -> Check {
    match may_set {
        Some(true) => Check::ok(
            "setting",
            "`presence set` may change the user's own presence",
        ),
        Some(false) => Check::skipped(
            "setting",
            "`presence set` would need the application's permission EditPresence, which recording does not",
        ),
        None => Check::skipped(
            "setting",
            "the platform does not say what the application may do",
        ),
    }
}

fn clock(skew_ms: Option<i64>) -> Check {
    let Some(skew_ms) = skew_ms else {
        return Check::skipped("clock", "the platform does not say what time it is");
    };
    let seconds = skew_ms.abs() / 1_000;
    let side = if skew_ms < 0 { "ahead of" } else { "behind" };
    let found = format!("this computer's clock is {seconds} s {side} the platform's");
    match skew_ms.abs() {
        0..=SKEW_MS_WARNED => Check::ok("clock", "as the platform's"),
        ..=SKEW_MS_MAX => Check::warn(
            "clock",
            found,
            "synchronise it, for example with `timedatectl set-ntp true`",
        ),
        _ => Check::fail("clock", found, "set it; nothing is recorded until then"),
    }
}

fn interval(session: &Session, source: &RingCentral, extension_count: i64) -> Check {
    let limit = source.presence_page_limit();
    let pace = pace(extension_count, limit);
    let interval_ms = session.settings.interval_ms(None);
    let found = format!(
        "every {}; {} cost {} of {} requests in {}; at the fastest every {}",
        interval_text(interval_ms),
        counted(extension_count.unsigned_abs(), "extension"),
        pace.page_count,
        limit.limit,
        interval_text(limit.window_ms),
        interval_text(pace.fastest_ms)
    );
    if interval_ms < pace.fastest_ms {
        let advice = format!(
            "set interval under [collect] to {} or longer",
            interval_text(pace.comfortable_ms)
        );
        Check::fail("interval", found, advice)
    } else if interval_ms < pace.comfortable_ms {
        let advice = format!(
            "{} leaves half of the limit free for retries",
            interval_text(pace.comfortable_ms)
        );
        Check::warn("interval", found, advice)
    } else {
        Check::ok("interval", found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_its_difference() {
        for (skew_ms, expected) in [
            (Some(0), "ok"),
            (Some(-5_000), "ok"),
            (Some(5_001), "warn"),
            (Some(-300_000), "warn"),
            (Some(300_001), "fail"),
            (Some(i64::MIN + 1), "fail"),
            (None, "skipped"),
        ] {
            assert_eq!(clock(skew_ms).status.name(), expected, "{skew_ms:?}");
        }
    }
}
