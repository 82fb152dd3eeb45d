//! The file in which a session outlives the program.
//!
//! It holds what opens the account, so its owner alone may read it; it is replaced as a whole, so that a crash leaves the
//! old one or the new one. A session of other credentials is passed over. Programs that share it take turns at logging in,
//! by a lock next to it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use presence_files::private;
use presence_files::{self as files, FileError};
use presence_model::time::Timestamp;

use super::auth::Credentials;
use super::transport::ClientError;

/// What is kept of a session.
pub(super) struct KeptToken {
    pub(super) access_token: SecretString,
    pub(super) opened_at: Timestamp,
    pub(super) renew_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) refresh_token: Option<SecretString>,
    pub(super) scope: Option<String>,
}

/// The form of the content that this program writes; another is not read.
const VERSION: u32 = 1;
/// Why a file is not replaced.
const SOMETHING_ELSE: &str = "it does not hold a session: name another file";

#[derive(Serialize, Deserialize)]
struct Content {
    /// The form; files from before it was told have the first.
    #[serde(default = "first_version")]
    version: u32,
    /// Says whose session it is, and reveals nothing of the credentials.
    of: String,
    access_token: String,
    /// When the session was opened with the JWT; renewals do not change it.
    #[serde(default)]
    opened_ms: i64,
    renew_ms: i64,
    expires_ms: i64,
    refresh_token: Option<String>,
    scope: Option<String>,
}

fn first_version() -> u32 {
    1
}

/// Where a session is kept from one program to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionStorage {
    /// In this file, which was named: if it cannot be used, that is an error.
    File(PathBuf),
    /// In this folder, in a file of the credentials' own: if it cannot be used, a warning says so, and the session is not
    /// kept.
    Folder(PathBuf),
}

/// A file, and whose session is in it.
pub(super) struct TokenFile {
    pub(super) path: PathBuf,
    of: String,
    /// Whether the file was named, rather than chosen by us.
    is_named: bool,
    /// Whether what was written last is in the file.
    is_written: AtomicBool,
}

/// Keeps other programs from opening or renewing the same session; ends when it is dropped.
pub(super) struct TokenLock(#[expect(dead_code, reason = "the lock ends with the file")] File);

impl TokenFile {
    pub(super) fn new(place: SessionStorage, credentials: &Credentials) -> Self {
        let of = fingerprint(credentials);
        let (path, is_named) = match place {
            SessionStorage::File(path) => (path, true),
            SessionStorage::Folder(folder) => (folder.join(format!("session-{of}.json")), false),
        };
        Self {
            path,
            of,
            is_named,
            is_written: AtomicBool::new(true),
        }
    }

    /// Whether the last session is in the file.
    pub(super) fn is_written(&self) -> bool {
        self.is_written.load(Ordering::Relaxed)
    }

    /// Whether the file must be of use.
    pub(super) fn is_named(&self) -> bool {
        self.is_named
    }

    /// The session in the file; `None` if there is none of these credentials, or none that can be read as one.
    pub(super) fn read(&self) -> Result<Option<KeptToken>, ClientError> {
        let refused = |why: String| ClientError::TokenFile {
            path: self.path.clone(),
            why,
        };
        let text = match File::open(&self.path) {
            Ok(file) => {
                if let Some(why) = unfit(&file).map_err(|error| refused(error.to_string()))? {
                    return Err(refused(why));
                }
                match files::text_of(&self.path, file) {
                    Ok(text) => text,
                    Err(FileError::Unreadable { error, .. }) => {
                        return Err(refused(error.to_string()));
                    }
                    // What is no text is no session either.
                    Err(_) if self.is_named => return Err(refused(SOMETHING_ELSE.to_owned())),
                    Err(_) => String::new(),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(refused(format!(
                    "{error}; remove it, or name another with RC_TOKEN_FILE"
                )));
            }
        };
        match serde_json::from_str::<Content>(&text) {
            Ok(content) if content.version != VERSION => {
                let version = content.version;
                tracing::warn!(path = %self.path.display(), version, "another version of this program stored the session; logging in again");
                Ok(None)
            }
            Ok(content) if content.of != self.of => Ok(None),
            Ok(content) => Ok(Some(KeptToken {
                access_token: content.access_token.into(),
                opened_at: Timestamp::saturating_from_ms(content.opened_ms),
                renew_at: Timestamp::saturating_from_ms(content.renew_ms),
                expires_at: Timestamp::saturating_from_ms(content.expires_ms),
                refresh_token: content.refresh_token.map(SecretString::from),
                scope: content.scope,
            })),
            // It will be replaced, so it must not be something else that was named by mistake, such as a store.
            Err(_) if self.is_named && !text.is_empty() && !text.starts_with('{') => {
                Err(refused(SOMETHING_ELSE.to_owned()))
            }
            Err(_) => {
                tracing::warn!(path = %self.path.display(), "the stored session cannot be read; logging in again");
                Ok(None)
            }
        }
    }

    /// Keeps a session. Anyone who cannot logs in again at the next start, so that is no more than a warning.
    pub(super) fn write(&self, kept: &KeptToken) {
        let exposed = |secret: &SecretString| secret.expose_secret().to_owned();
        let content = Content {
            version: VERSION,
            of: self.of.clone(),
            access_token: exposed(&kept.access_token),
            opened_ms: kept.opened_at.as_ms(),
            renew_ms: kept.renew_at.as_ms(),
            expires_ms: kept.expires_at.as_ms(),
            refresh_token: kept.refresh_token.as_ref().map(exposed),
            scope: kept.scope.clone(),
        };
        let text =
            serde_json::to_string(&content).expect("texts and numbers can be written as JSON");
        let written = self
            .make_folder()
            .and_then(|()| replace(&self.path, text.as_bytes()));
        self.is_written.store(written.is_ok(), Ordering::Relaxed);
        if let Err(error) = written {
            tracing::warn!(
                path = %self.path.display(), %error,
                "the session cannot be stored, so each start logs in again; name another file with RC_TOKEN_FILE, or `off`"
            );
        }
    }

    /// Takes the session out of the file.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Keeps other programs from logging in meanwhile; `None` while one is at it.
    pub(super) fn try_lock(&self) -> io::Result<Option<TokenLock>> {
        self.make_folder()?;
        let mut name = self.path.as_os_str().to_owned();
        name.push(".lock");
        let file = private::open_own(Path::new(&name), None)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(TokenLock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The folder of a file that was named is there, or that is a mistake; ours is made.
    fn make_folder(&self) -> io::Result<()> {
        match self.path.parent() {
            Some(folder) if !self.is_named => private::make_folder(folder),
            _ => Ok(()),
        }
    }
}

fn fingerprint(credentials: &Credentials) -> String {
    let parts = [
        credentials.server_url.trim_end_matches('/'),
        &credentials.client_id,
        credentials.client_secret.expose_secret(),
        credentials.jwt.expose_secret(),
    ];
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hex::encode(&hasher.finalize()[..16])
}

/// Why what the file holds is not to be used, if it is not: it opens the account.
fn unfit(file: &File) -> io::Result<Option<String>> {
    if let Some(uid) = private::other_owner(&file.metadata()?) {
        return Ok(Some(format!(
            "it belongs to another user (uid {uid}): remove it, or name another with \
             RC_TOKEN_FILE"
        )));
    }
    let mode = open_to_others(file)?;
    Ok(mode.map(|mode| {
        format!(
            "others may read it (its mode is {mode:04o}), and it opens the account: run `chmod 600` on it, or remove it \
             if others may have read it"
        )
    }))
}

/// Its mode, if anyone but the owner may read or write the file.
#[cfg(unix)]
fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

/// Elsewhere a file in one's own folder is one's own.
#[cfg(not(unix))]
fn open_to_others(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

/// Replaces a file as a whole, readable by its owner alone.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // What a crash may have left of an earlier program with our number.
    if new.exists() {
        fs::remove_file(&new)?;
    }
    let written = options.open(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&new, path)) {
        if new.exists() {
            fs::remove_file(&new)?;
        }
        return Err(error);
    }
    // The name is on the medium as well only now.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
