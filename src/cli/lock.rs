//! The lock beside a SQLite file: one collector of an account at a time, also if the one before was killed.
//!
//! The lease in the store keeps collectors apart wherever they run, but it has to run out when its holder dies. Who
//! collects into a file runs on the computer that has the file, where a lock of the operating system is better: it ends
//! with its holder, however that ends, and it does not end while the holder is merely paused.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::render::escape::shown;
use crate::ringcentral::Credentials;

use super::exit::Failure;

const PAUSE: Duration = Duration::from_millis(500);

/// What to do when somebody else has the lock.
pub(super) enum Wait<'a> {
    /// Fail.
    Never,
    /// Wait until they do not have it any more, or this is cancelled.
    Until(&'a CancellationToken),
}

impl<'a> Wait<'a> {
    /// A single look does not wait.
    pub(super) fn of(is_once: bool, stop: &'a CancellationToken) -> Self {
        if is_once {
            Self::Never
        } else {
            Self::Until(stop)
        }
    }
}

/// A lock that is held until it is dropped, or the program ends.
pub(super) struct Lock {
    _file: File,
    name: String,
}

impl Lock {
    /// What the lease calls its holder: the same whoever holds the lock, since that is one at a time.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Takes the lock for collecting into `store` with these credentials; `None` when cancelled.
pub(super) async fn take(
    store: &Path,
    credentials: &Credentials,
    holder: &str,
    wait: Wait<'_>,
) -> Result<Option<Lock>, Failure> {
    let path = beside(store, credentials);
    let failed = |what: &str, error: std::io::Error| {
        Failure::failed(format!("{} cannot be {what}: {error}", path.display()))
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options
        .open(&path)
        .map_err(|error| failed("opened", error))?;
    let mut is_told = false;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(failed("locked", error)),
            Err(TryLockError::WouldBlock) => {}
        }
        let mut other = String::new();
        // Who it is, is for people: it may change while it is read.
        if file
            .rewind()
            .and_then(|()| file.read_to_string(&mut other))
            .is_err()
        {
            "another program".clone_into(&mut other);
        }
        let other = shown(other.trim()).to_string();
        let Wait::Until(stop) = wait else {
            return Err(Failure::failed(format!(
                "{} is being collected into by {other}: stop that one first",
                store.display()
            )));
        };
        if !is_told {
            is_told = true;
            tracing::info!(
                holder = other,
                "another collector has the store; waiting for it to end"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(holder.as_bytes()));
    if let Err(error) = written {
        // A full medium does not keep us from collecting.
        tracing::debug!(%error, "the lock does not say who holds it");
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Some(Lock {
        name: format!("the holder of {name}"),
        _file: file,
    }))
}

/// One lock for each set of credentials: one file may hold several accounts.
fn beside(store: &Path, credentials: &Credentials) -> PathBuf {
    let mut hasher = Sha256::new();
    hasher.update(&credentials.client_id);
    hasher.update([0]);
    hasher.update(credentials.jwt.expose_secret());
    let digest: [u8; 32] = hasher.finalize().into();
    let mut name = store.as_os_str().to_owned();
    name.push(format!(
        ".{:02x}{:02x}{:02x}.lock",
        digest[0], digest[1], digest[2]
    ));
    PathBuf::from(name)
}

/// What names this program among all that may collect: no other has the same number on the same computer since then.
pub(super) fn holder(now_ms: i64) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = host.as_deref().map_or("this computer", str::trim);
    let started = crate::model::time::Timestamp::saturating_from_ms(now_ms);
    format!(
        "process {} on {host}, started {started}",
        std::process::id()
    )
}
