//! Where the session is kept, and how wide a page is.

use std::path::{Path, PathBuf};

use super::{Config, ConfigError, variable};

/// Where the session of a login is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionLocation {
    /// In this file.
    File(PathBuf),
    /// In a file of this folder, one for each login.
    Folder(PathBuf),
}

/// What keeps no session, instead of a file's name.
const NOT_KEPT: &str = "off";

impl Config {
    /// Where the session is kept from one start to the next: in the file that the environment (`RC_TOKEN_FILE`) or the
    /// configuration names, else in the state folder; `None` for `off`: it is not kept.
    pub fn session_location(&self) -> Result<Option<SessionLocation>, ConfigError> {
        let is_off = |path: &Path| path == Path::new(NOT_KEPT);
        let in_environment = variable("RC_TOKEN_FILE")?.map(PathBuf::from);
        let in_file = self.file.ringcentral.token_file.as_ref();
        Ok(match (in_environment, in_file) {
            (Some(path), _) if is_off(&path) => None,
            (None, Some(path)) if is_off(path) => None,
            (Some(path), _) => Some(SessionLocation::File(path)),
            (None, Some(path)) => self.beside(Some(path)).map(SessionLocation::File),
            (None, None) => Some(SessionLocation::Folder(Self::state_folder()?)),
        })
    }
}

/// How wide the environment says that a page is (`COLUMNS`); `None` if it does not, or says no width that could be.
pub fn columns() -> Option<usize> {
    let text = variable("COLUMNS").ok().flatten()?;
    let width = text.trim().parse().ok()?;
    (1..=10_000).contains(&width).then_some(width)
}
