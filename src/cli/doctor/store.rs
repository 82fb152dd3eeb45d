//! Whether the store is well: it opens, it is whole, it can be written to, there is room, and someone sweeps.

use std::path::Path;

use crate::cli::lock;
use crate::cli::session::Session;
use presence_answers::shapes::checks::Check;
use presence_charts::duration::when;
use presence_core::escape::shown;
use presence_model::ids::{AccountId, Position};
use presence_model::time::Timestamp;
use presence_store::{self as store, Inspection, OpenMode, StoreAccess};

/// With less room there is a warning, and with still less a failure, in bytes.
const ROOM_WARNED: u64 = 1 << 30;
const ROOM_LEAST: u64 = 100 << 20;
/// A history may end so much after now, in milliseconds: the clock was corrected.
const AHEAD_MS_MAX: i64 = 300_000;

/// Inspects the store; nothing is changed, and none is made.
pub(super) async fn checks(session: &Session) -> Vec<Check> {
    let left = ["integrity", "writing", "access", "room", "lease", "history"];
    let opened = match session.store(OpenMode::ReadOnly).await {
        Ok(opened) => opened,
        Err(failure) if failure.is_store_not_yet() => return not_yet(session),
        Err(failure) => {
            let why = failure.sentence().unwrap_or_default();
            let mut checks = vec![Check::fail("store", why, "")];
            checks.extend(left.map(|one| Check::skipped(one, "the store cannot be opened")));
            return checks;
        }
    };
    let shown_store = session.settings.shown_store();
    let mut checks = vec![Check::ok("store", format!("{shown_store} can be read"))];
    match store::inspect(&session.settings.store).await {
        Ok(inspection) => checks.extend(examined(&inspection, session.asker.settings.now)),
        Err(error) => checks.push(Check::fail("integrity", error.to_string(), "")),
    }
    checks.push(match history(session, &*opened).await {
        Ok(check) => check,
        Err(failure) => Check::fail("history", failure.sentence().unwrap_or_default(), ""),
    });
    opened.close().await;
    checks
}

/// Before the first sweep there is no store, which is as it should be if one can be made.
fn not_yet(session: &Session) -> Vec<Check> {
    let file = store::file_of(&session.settings.store);
    let shown_store = file.as_ref().map_or_else(
        || session.settings.shown_store(),
        |file| file.display().to_string(),
    );
    let mut checks = vec![Check::ok(
        "store",
        format!("{shown_store} does not exist yet: the first sweep creates it"),
    )];
    let skipped = |one: &'static str| Check::skipped(one, "no store yet");
    checks.push(skipped("integrity"));
    let folder = file.as_deref().and_then(Path::parent);
    match folder {
        Some(folder) => checks.extend([making(folder), skipped("access"), room(folder)]),
        None => checks.extend(["writing", "access", "room"].map(skipped)),
    }
    checks.push(Check::ok("lease", "no collector is running"));
    checks.push(match file.as_deref().and_then(lock::recorded_before) {
        None => Check::ok("history", "none yet"),
        Some((lock, end)) => Check::fail(
            "history",
            format!(
                "the store is gone: a collector recorded up to snapshot {end}, as {} says",
                lock.display()
            ),
            "put the file back; if you removed it on purpose, remove the lock next to it too",
        ),
    });
    checks
}

/// Whether a store can be made in a folder.
fn making(folder: &Path) -> Check {
    let advice = "create the folder, and let the collector's user write to it";
    if !folder.is_dir() {
        let found = format!("there is no folder {}", folder.display());
        return Check::fail("writing", found, advice);
    }
    match may_write(folder) {
        Ok(()) => Check::ok(
            "writing",
            format!("it can be created in {}", folder.display()),
        ),
        Err(why) => Check::fail("writing", format!("{}: {why}", folder.display()), advice),
    }
}

#[cfg(unix)]
fn may_write(folder: &Path) -> std::io::Result<()> {
    use rustix::fs::Access;
    Ok(rustix::fs::access(
        folder,
        Access::WRITE_OK | Access::EXEC_OK,
    )?)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
fn may_write(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn examined(inspection: &Inspection, now: Timestamp) -> Vec<Check> {
    let integrity = match &inspection.integrity {
        Ok(()) => Check::ok("integrity", "the database's own check finds no problem"),
        Err(complaint) => Check::fail(
            "integrity",
            complaint.clone(),
            "stop the collector, keep a copy of the file and of the files next to it, and restore a backup",
        ),
    };
    let writing = match &inspection.writing {
        Ok(()) => Check::ok("writing", "it can be written to"),
        Err(why) => Check::fail(
            "writing",
            why.clone(),
            "let the collector's user write to the file and to its folder",
        ),
    };
    let room = inspection.folder.as_deref().map_or_else(
        || Check::skipped("room", "the database is on a server"),
        room,
    );
    let access = match &inspection.access {
        StoreAccess::Closed(how) => Check::ok("access", how.clone()),
        StoreAccess::Readable { found, advice } => Check::warn("access", found.clone(), advice),
        StoreAccess::Open { found, advice } => Check::fail("access", found.clone(), advice),
    };
    vec![integrity, writing, access, room, lease(inspection, now)]
}

fn lease(inspection: &Inspection, now: Timestamp) -> Check {
    let held = inspection.leases.iter().filter_map(|lease| {
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
        Check::ok("lease", "no collector is running")
    } else {
        Check::ok("lease", held.join("; "))
    }
}

#[cfg(unix)]
fn room(folder: &Path) -> Check {
    match rustix::fs::statvfs(folder) {
        Ok(found) => judge_room(folder, found.f_bavail.saturating_mul(found.f_frsize)),
        Err(error) => Check::skipped("room", format!("it cannot be determined: {error}")),
    }
}

#[cfg(not(unix))]
fn room(_: &Path) -> Check {
    Check::skipped("room", "it cannot be determined on this system")
}

#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "only Unix reports the free space")
)]
fn judge_room(folder: &Path, bytes: u64) -> Check {
    let found = format!("{} MiB free in {}", bytes >> 20, folder.display());
    let advice = "free some space: nothing can be recorded on a full disk";
    match bytes {
        ..ROOM_LEAST => Check::fail("room", found, advice),
        ROOM_LEAST..ROOM_WARNED => Check::warn("room", found, advice),
        _ => Check::ok("room", found),
    }
}

/// Whether what the history knows reaches until about now.
async fn history(
    session: &Session,
    opened: &dyn store::ReadStore,
) -> Result<Check, crate::cli::exit::Failure> {
    let mut ends = Vec::new();
    for account in opened.accounts().await? {
        let mut reading = opened.read().await?;
        let end = reading.log_end(account.account_id).await?;
        if let Some(until) = end.observed_until {
            ends.push((account.account_id, end.position, until));
        }
    }
    let mut lost = Vec::new();
    for account in opened.accounts().await? {
        lost.extend(lock::lost_end(&session.settings.store, opened, account.account_id).await?);
    }
    if !lost.is_empty() {
        return Ok(Check::fail(
            "history",
            lost.join("; "),
            "put the missing file back while no program has the store open",
        ));
    }
    let limit_ms = session.settings.interval_ms(None).saturating_mul(3);
    Ok(judge_history(&ends, session.asker.settings.now, limit_ms))
}

fn judge_history(
    ends: &[(AccountId, Position, Timestamp)],
    now: Timestamp,
    limit_ms: i64,
) -> Check {
    let told: Vec<String> = ends
        .iter()
        .map(|(account_id, position, until)| {
            let (position, seen) = (position.0, when(*until, now));
            format!("account {account_id}: {position} changes, last seen {seen}")
        })
        .collect();
    let told = told.join("; ");
    if ends.is_empty() {
        Check::ok("history", "none yet")
    } else if ends
        .iter()
        .any(|(.., until)| until.since_ms(now) > AHEAD_MS_MAX)
    {
        Check::warn(
            "history",
            told,
            "check this computer's clock: nothing is recorded until it has passed the history's end",
        )
    } else if ends
        .iter()
        .any(|(.., until)| now.since_ms(*until) > limit_ms)
    {
        Check::warn(
            "history",
            told,
            "start the collector: what happens until then stays unknown",
        )
    } else {
        Check::ok("history", told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_model::ids::Epoch;
    use presence_store::LeaseRow;

    #[test]
    fn room_is_judged_by_what_is_free() {
        let status = |bytes| judge_room(Path::new("/data"), bytes).status.name();
        assert_eq!(status(ROOM_LEAST - 1), "fail");
        assert_eq!(status(ROOM_LEAST), "warn");
        assert_eq!(status(ROOM_WARNED - 1), "warn");
        assert_eq!(status(ROOM_WARNED), "ok");
    }

    #[test]
    fn a_history_ends_about_now() {
        let judged = |until_ms| {
            let until = Timestamp::saturating_from_ms(until_ms);
            let now = Timestamp::saturating_from_ms(1_000_000);
            let check = judge_history(&[(AccountId(7), Position(3), until)], now, 180_000);
            (check.status.name(), check.found)
        };
        let told = |seen: &str| format!("account 7: 3 changes, last seen {seen}");
        assert_eq!(judged(940_000), ("ok", told("1m ago")));
        assert_eq!(judged(100_000), ("warn", told("15m ago")));
        assert_eq!(judged(1_060_000), ("ok", told("1m after now")));
        assert_eq!(judged(8_200_000), ("warn", told("2h 00m after now")));
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
        let inspection = |leases| Inspection {
            folder: None,
            integrity: Ok(()),
            writing: Ok(()),
            access: StoreAccess::Closed(String::new()),
            leases,
        };
        let told = |leases| lease(&inspection(leases), at(1_000)).found;
        assert_eq!(
            told(vec![row(Some("process 5"), 1_000)]),
            "no collector is running"
        );
        assert_eq!(told(vec![row(None, 9_000)]), "no collector is running");
        assert_eq!(
            told(vec![row(Some("process 5"), 9_000)]),
            "process 5 has account 7 until 1970-01-01T00:00:09.000Z (epoch 3)"
        );
    }
}
