//! The file in which a session outlives the program.
//!
//! It holds what opens the account, so its owner alone may read it; it is replaced as a whole, so that a crash leaves the
//! old one or the new one. A session of other credentials is passed over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::files::{self, FileError};
use crate::model::time::Timestamp;

use super::auth::Credentials;
use super::transport::ClientError;

/// What is kept of a session.
pub(super) struct KeptToken {
    pub(super) access_token: SecretString,
    pub(super) renew_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) refresh_token: Option<SecretString>,
    pub(super) scope: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    /// Says whose session it is, and tells nothing of the credentials.
    of: String,
    access_token: String,
    renew_ms: i64,
    expires_ms: i64,
    refresh_token: Option<String>,
    scope: Option<String>,
}

/// A file, and whose session is in it.
pub(super) struct TokenFile {
    path: PathBuf,
    of: String,
}

impl TokenFile {
    pub(super) fn new(path: PathBuf, credentials: &Credentials) -> Self {
        Self {
            path,
            of: fingerprint(credentials),
        }
    }

    /// The session in the file; `None` if there is none of these credentials, or none that can be read as one.
    pub(super) fn read(&self) -> Result<Option<KeptToken>, ClientError> {
        let refused = |why: String| ClientError::TokenFile {
            path: self.path.clone(),
            why,
        };
        let text = match File::open(&self.path) {
            Ok(file) => {
                if let Some(mode) =
                    open_to_others(&file).map_err(|error| refused(error.to_string()))?
                {
                    return Err(refused(format!(
                        "others may read it (its mode is {mode:04o}), and it opens the account: run `chmod 600` on it, \
                         or remove it if others may have read it"
                    )));
                }
                match files::text_of(&self.path, file) {
                    Ok(text) => text,
                    Err(FileError::Unreadable { error, .. }) => {
                        return Err(refused(error.to_string()));
                    }
                    // What is no text is no session either.
                    Err(_) => String::new(),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refused(error.to_string())),
        };
        let content = match serde_json::from_str::<Content>(&text) {
            Ok(content) if content.of == self.of => content,
            Ok(_) => return Ok(None),
            Err(_) => {
                tracing::warn!(path = %self.path.display(), "the kept token cannot be read; logging in anew");
                return Ok(None);
            }
        };
        Ok(Some(KeptToken {
            access_token: content.access_token.into(),
            renew_at: Timestamp::saturating_from_ms(content.renew_ms),
            expires_at: Timestamp::saturating_from_ms(content.expires_ms),
            refresh_token: content.refresh_token.map(SecretString::from),
            scope: content.scope,
        }))
    }

    /// Keeps a session. Whoever cannot logs in anew at the next start, so that is no more than a warning.
    pub(super) fn write(&self, kept: &KeptToken) {
        let exposed = |secret: &SecretString| secret.expose_secret().to_owned();
        let content = Content {
            of: self.of.clone(),
            access_token: exposed(&kept.access_token),
            renew_ms: kept.renew_at.as_ms(),
            expires_ms: kept.expires_at.as_ms(),
            refresh_token: kept.refresh_token.as_ref().map(exposed),
            scope: kept.scope.clone(),
        };
        let text =
            serde_json::to_string(&content).expect("texts and numbers can be written as JSON");
        if let Err(error) = replace(&self.path, text.as_bytes()) {
            tracing::warn!(path = %self.path.display(), %error, "the token could not be kept");
        }
    }
}

fn fingerprint(credentials: &Credentials) -> String {
    let parts = [
        credentials.server_url.trim_end_matches('/'),
        &credentials.client_id,
        credentials.jwt.expose_secret(),
    ];
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    digest
        .iter()
        .take(16)
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Its mode, if anybody but the owner may read or write the file.
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
