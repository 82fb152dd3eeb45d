//! The lock next to a SQLite file: one collector of an account at a time, also if the one before was killed.
//!
//! The lease in the store keeps collectors apart wherever they run, but it has to run out when its holder dies. Who
//! collects into a file runs on the computer that has the file, where a lock of the operating system is better: it ends
//! with its holder, however that ends, and it does not end while the holder is merely paused.
//!
//! Each account has a lock of its own, so several accounts can be collected into one file: their writers take turns, an
//! append at a time. Versions before this one named their lock after the credentials; they and this one are kept apart by
//! the lease, since no two locks have the same name.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use presence_collector::run::AccountGuard;
use presence_core::escape::shown;
use presence_files::private;
use presence_model::ids::{AccountId, SnapshotNo};
use presence_store::{self as store, ReadStore, StoreError};

const PAUSE: Duration = Duration::from_millis(500);

/// What to do when another collector has the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Fail.
    Never,
    /// Wait until it does not have it any more, or waiting is cancelled.
    Until,
}

/// The locks of the accounts of a file; one that was taken is held until this is dropped, or the program ends.
pub(super) struct Locks {
    store: PathBuf,
    holder: String,
    wait: Wait,
    taken: Mutex<Option<Lock>>,
}

struct Lock {
    file: File,
    name: String,
    /// How far the history reached, as the file says.
    end: Option<SnapshotNo>,
}

impl Locks {
    /// The locks next to `store`; `holder` is what others are told of who has one.
    pub(super) fn new(store: PathBuf, holder: String, wait: Wait) -> Self {
        Self {
            store,
            holder,
            wait,
            taken: Mutex::default(),
        }
    }

    /// Notes, outside of the store, how far the history reached: so a file that lost its newest part can be recognised.
    pub(super) fn note_end(&self, snapshot_no: SnapshotNo) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lock) = taken.as_mut() else { return };
        if lock.end >= Some(snapshot_no) {
            return;
        }
        lock.end = Some(snapshot_no);
        if let Err(error) = write(&mut lock.file, &self.holder, Some(snapshot_no)) {
            tracing::debug!(%error, "the lock does not say where the history ends");
        }
    }
}

#[async_trait::async_trait]
impl AccountGuard for Locks {
    async fn enter(
        &self,
        account_id: AccountId,
        cancel: &CancellationToken,
    ) -> Result<bool, String> {
        let path = beside(&self.store, account_id);
        let failed = |what: &str, error: std::io::Error| {
            format!("{} cannot be {what}: {error}", path.display())
        };
        let mut file =
            private::open_own(&path, Some(&self.store)).map_err(|error| failed("opened", error))?;
        let mut is_told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(failed("locked", error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let other = other(&mut file);
            if self.wait == Wait::Never {
                return Err(format!(
                    "{other} is collecting account {account_id} into {}: stop it first",
                    self.store.display()
                ));
            }
            if !is_told {
                is_told = true;
                tracing::warn!(
                    holder = other,
                    "another collector has the account; waiting for it to end"
                );
            }
            tokio::select! {
                () = cancel.cancelled() => return Ok(false),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        let end = noted_end(&mut file);
        if let Err(error) = write(&mut file, &self.holder, end) {
            // A full medium does not keep us from collecting.
            tracing::debug!(%error, "the lock does not say who holds it");
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lock = Lock {
            name: format!("the holder of {name}"),
            file,
            end,
        };
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock);
        Ok(true)
    }

    /// The same anyone who holds the lock, since that is one at a time: so a dead holder's lease is the next one's.
    fn holder(&self) -> Option<String> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.as_ref().map(|lock| lock.name.clone())
    }
}

/// Who it is, is for people: it may change while it is read.
fn other(file: &mut File) -> String {
    let text = text(file).unwrap_or_default();
    match text.lines().next() {
        Some(holder) if !holder.trim().is_empty() => shown(holder.trim()).to_string(),
        _ => "another program".to_owned(),
    }
}

fn text(file: &mut File) -> std::io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.take(4096).read_to_string(&mut text)?;
    Ok(text)
}

/// What a line that states the end of the history begins with.
const END: &str = "snapshot ";

fn noted_end(file: &mut File) -> Option<SnapshotNo> {
    end_in(&text(file).ok()?)
}

fn end_in(text: &str) -> Option<SnapshotNo> {
    let line = text.lines().find_map(|line| line.strip_prefix(END))?;
    line.trim().parse().ok().map(SnapshotNo)
}

fn write(file: &mut File, holder: &str, end: Option<SnapshotNo>) -> std::io::Result<()> {
    let end = end.map_or_else(String::new, |end| format!("{END}{}\n", end.0));
    let text = format!("{holder}\n{end}");
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.set_len(u64::try_from(text.len()).unwrap_or(u64::MAX))
}

/// One lock for each account: a file may hold several.
fn beside(store: &Path, account_id: AccountId) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(format!(".{account_id}.lock"));
    PathBuf::from(name)
}

/// Says so if a history in a file ends before what a collector recorded: then its newest part was lost, with the `-wal`
/// next to the file for example, or an older copy was put in its place.
pub(super) async fn lost_end(
    location: &str,
    store: &dyn ReadStore,
    account_id: AccountId,
) -> Result<Option<String>, StoreError> {
    let Some(file) = store::file_of(location) else {
        return Ok(None);
    };
    let Some(recorded) = recorded_end(&file, account_id) else {
        return Ok(None);
    };
    let end = store.read().await?.log_end(account_id).await?;
    Ok((end.snapshot_no < recorded).then(|| {
        format!(
            "account {account_id}: the history ends with snapshot {}, but the collector recorded {recorded}: the newest \
             part is lost ({}-wal was taken away, or an older copy was put in its place); if you restored a backup, remove {}",
            end.snapshot_no,
            file.display(),
            beside(&file, account_id).display()
        )
    }))
}

/// The last snapshot that a collector recorded of an account into the file at `store`, as the lock next to it says; `None`
/// if it says nothing.
pub(super) fn recorded_end(store: &Path, account_id: AccountId) -> Option<SnapshotNo> {
    let mut text = String::new();
    let file = File::open(beside(store, account_id)).ok()?;
    file.take(4096).read_to_string(&mut text).ok()?;
    end_in(&text)
}

/// A lock next to a file that is not there, which says that a collector recorded into it, and up to which snapshot.
pub(super) fn recorded_before(store: &Path) -> Option<(PathBuf, SnapshotNo)> {
    let begin = format!("{}.", store.file_name()?.to_str()?);
    let beside = std::fs::read_dir(store.parent()?).ok()?.flatten();
    let accounts = beside.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let account = name.strip_prefix(&begin)?.strip_suffix(".lock")?;
        let account_id = AccountId(account.parse().ok()?);
        Some((entry.path(), recorded_end(store, account_id)?))
    });
    accounts.max_by_key(|(_, end)| *end)
}

/// What names this program among all that may collect: no other has the same number on the same computer since then.
pub(super) fn holder(now_ms: i64) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = host.as_deref().map_or("this computer", str::trim);
    let started = presence_model::time::Timestamp::saturating_from_ms(now_ms);
    format!(
        "process {} on {host}, started {started}",
        std::process::id()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_lock_says_who_and_how_far() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = folder.path().join("a.db");
        std::fs::write(&store, "").expect("it can be written");
        let account = AccountId(7);
        let locks = |wait| Locks::new(store.clone(), "process 5".to_owned(), wait);
        let never = CancellationToken::new();
        let first = locks(Wait::Until);
        assert!(first.enter(account, &never).await.expect("it is free"));
        assert_eq!(first.holder().as_deref(), Some("the holder of a.db.7.lock"));
        assert_eq!(recorded_end(&store, account), None);
        first.note_end(SnapshotNo(12));
        first.note_end(SnapshotNo(11));
        assert_eq!(recorded_end(&store, account), Some(SnapshotNo(12)));
        let second = locks(Wait::Never);
        let refused = second.enter(account, &never).await.expect_err("it is held");
        assert!(
            refused.starts_with("process 5 is collecting account 7 into "),
            "{refused}"
        );
        let other = AccountId(8);
        assert!(second.enter(other, &never).await.expect("it is free"));
        drop(first);
        assert!(second.enter(account, &never).await.expect("it is free"));
        assert_eq!(recorded_end(&store, account), Some(SnapshotNo(12)));
        std::fs::remove_file(&store).expect("it is ours");
        let (lock, end) = recorded_before(&store).expect("the lock says so");
        assert!(lock.ends_with("a.db.7.lock"), "{lock:?}");
        assert_eq!(end, SnapshotNo(12));
        assert_eq!(recorded_before(&folder.path().join("b.db")), None);
    }
}
