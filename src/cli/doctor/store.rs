//! Whether the store is well: it opens, it is whole, it can be written to, there is room, and somebody looks.

use std::path::Path;

use crate::cli::session::Session;
use crate::model::time::Timestamp;
use crate::render::duration::ago;
use crate::render::escape::shown;
use crate::shapes::checks::Check;
use crate::store::{self, Examination, OpenMode};

/// With less room there is a warning, and with still less a failure, in bytes.
const ROOM_WARNED: u64 = 1 << 30;
const ROOM_LEAST: u64 = 100 << 20;

/// Looks the store over; nothing is changed, and none is made.
pub(super) async fn checks(session: &Session) -> Vec<Check> {
    let left = ["integrity", "writing", "room", "lease", "history"];
    let opened = match session.store(OpenMode::ReadOnly).await {
        Ok(opened) => opened,
        Err(failure) => {
            let why = failure.sentence().unwrap_or_default();
            let mut checks = vec![Check::fail("store", why, "")];
            checks.extend(left.map(|one| Check::skipped(one, "the store cannot be opened")));
            return checks;
        }
    };
    let shown_store = session.settings.shown_store();
    let mut checks = vec![Check::ok("store", format!("{shown_store} can be read"))];
    match store::examine(&session.settings.store).await {
        Ok(examination) => checks.extend(examined(&examination, session.settings.now)),
        Err(error) => checks.push(Check::fail("integrity", error.to_string(), "")),
    }
    checks.push(match history(session, &*opened).await {
        Ok(check) => check,
        Err(failure) => Check::fail("history", failure.sentence().unwrap_or_default(), ""),
    });
    opened.close().await;
    checks
}

fn examined(examination: &Examination, now: Timestamp) -> Vec<Check> {
    let integrity = match &examination.integrity {
        Ok(()) => Check::ok("integrity", "the database finds itself in order"),
        Err(complaint) => Check::fail(
            "integrity",
            complaint.clone(),
            "stop the collector, keep a copy of the file and of the files beside it, and restore a backup",
        ),
    };
    let writing = match &examination.writing {
        Ok(()) => Check::ok("writing", "it can be written to"),
        Err(why) => Check::fail(
            "writing",
            why.clone(),
            "let the collector's user write to the file and to its folder",
        ),
    };
    let room = examination.folder.as_deref().map_or_else(
        || Check::skipped("room", "the database is on a server"),
        room,
    );
    vec![integrity, writing, room, lease(examination, now)]
}

fn lease(examination: &Examination, now: Timestamp) -> Check {
    let held = examination.leases.iter().filter_map(|lease| {
        let holder = lease.holder.as_deref()?;
        (lease.expires_at > now).then(|| {
            format!(
                "{} has account {} until {} (epoch {})",
                shown(holder),
                lease.account_id,
                lease.expires_at,
                lease.epoch.0
            )
        })
    });
    let held: Vec<String> = held.collect();
    if held.is_empty() {
        Check::ok("lease", "nobody is collecting")
    } else {
        Check::ok("lease", held.join("; "))
    }
}

#[cfg(unix)]
fn room(folder: &Path) -> Check {
    match rustix::fs::statvfs(folder) {
        Ok(found) => judge_room(folder, found.f_bavail.saturating_mul(found.f_frsize)),
        Err(error) => Check::skipped("room", format!("it cannot be told: {error}")),
    }
}

#[cfg(not(unix))]
fn room(_: &Path) -> Check {
    Check::skipped("room", "it cannot be told on this system")
}

#[cfg_attr(not(unix), expect(dead_code, reason = "only Unix tells the room"))]
fn judge_room(folder: &Path, bytes: u64) -> Check {
    let found = format!("{} MiB are free in {}", bytes >> 20, folder.display());
    let advice = "make room: with a full disk nothing can be recorded";
    match bytes {
        ..ROOM_LEAST => Check::fail("room", found, advice),
        ROOM_LEAST..ROOM_WARNED => Check::warn("room", found, advice),
        _ => Check::ok("room", found),
    }
}

/// Whether what the history knows reaches until about now.
async fn history(
    session: &Session,
    opened: &dyn store::Store,
) -> Result<Check, crate::cli::exit::Failure> {
    let now = session.settings.now;
    let limit_ms = session.settings.interval_ms(None).saturating_mul(3);
    let mut told = Vec::new();
    let mut is_stale = false;
    for account in opened.accounts().await? {
        let end = opened.log_end(account.account_id).await?;
        let Some(until) = end.observed_until else {
            continue;
        };
        let age_ms = now.since_ms(until);
        is_stale |= age_ms > limit_ms;
        told.push(format!(
            "account {}: {} changes, last seen {} ago",
            account.account_id,
            end.position.0,
            ago(age_ms.max(0))
        ));
    }
    Ok(if told.is_empty() {
        Check::ok("history", "there is none yet")
    } else if is_stale {
        Check::warn(
            "history",
            told.join("; "),
            "start the collector: what happens meanwhile stays unknown",
        )
    } else {
        Check::ok("history", told.join("; "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{AccountId, Epoch};
    use crate::store::LeaseRow;

    #[test]
    fn room_is_judged_by_what_is_free() {
        let status = |bytes| judge_room(Path::new("/data"), bytes).status.name();
        assert_eq!(status(ROOM_LEAST - 1), "fail");
        assert_eq!(status(ROOM_LEAST), "warn");
        assert_eq!(status(ROOM_WARNED - 1), "warn");
        assert_eq!(status(ROOM_WARNED), "ok");
    }

    #[test]
    fn only_a_lease_that_runs_is_named() {
        let at = Timestamp::saturating_from_ms;
        let row = |holder: Option<&str>, ms| LeaseRow {
            account_id: AccountId(7),
            holder: holder.map(str::to_owned),
            epoch: Epoch(3),
            expires_at: at(ms),
        };
        let examination = |leases| Examination {
            folder: None,
            integrity: Ok(()),
            writing: Ok(()),
            leases,
        };
        let told = |leases| lease(&examination(leases), at(1_000)).found;
        assert_eq!(
            told(vec![row(Some("process 5"), 1_000)]),
            "nobody is collecting"
        );
        assert_eq!(told(vec![row(None, 9_000)]), "nobody is collecting");
        assert_eq!(
            told(vec![row(Some("process 5"), 9_000)]),
            "process 5 has account 7 until 1970-01-01T00:00:09.000Z (epoch 3)"
        );
    }
}
