//! Text files that other programs wrote, read whole: the one place that reads them.
//!
//! What an editor, a spreadsheet or a shell puts around a text is taken off here ([`presence_model::text`]), so that every
//! file is read alike. A file has a greatest length, so that naming a device or a disk image does no harm.

pub mod private;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use presence_model::text::{self, TextError};

/// The greatest length of a text file, in bytes.
pub const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why a file gives no text.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is too long to be one.
    #[error("{} cannot be read: it has more than {} MiB", path.display(), BYTES_MAX / (1024 * 1024))]
    TooLong {
        /// Which file.
        path: PathBuf,
    },
    /// It holds something else.
    #[error("{}{} {}", path.display(), error.line().map_or_else(|| ":".to_owned(), |line| format!(" line {line}:")), error.reason())]
    NoText {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: TextError,
    },
}

impl FileError {
    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Unreadable { error, .. } if error.kind() == io::ErrorKind::NotFound)
    }

    /// The same without anything of the file's content, for what is secret.
    #[must_use]
    pub fn without_content(self) -> Self {
        match self {
            Self::NoText { path, error } => Self::NoText {
                path,
                error: error.without_content(),
            },
            other => other,
        }
    }
}

/// The text of a file: without a byte order mark, with a line feed at the end of each line.
pub fn text(path: &Path) -> Result<String, FileError> {
    decoded(path, &bytes(path)?)
}

/// The same of a file that is open already; `path` names it in errors.
pub fn text_of(path: &Path, file: File) -> Result<String, FileError> {
    decoded(path, &bytes_of(path, file)?)
}

/// The bytes of a file, for formats that are taken apart before they are text.
pub fn bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    bytes_of(path, file)
}

/// The bytes of a file as UTF-8 without a byte order mark, where what is between the parts that count need be no text.
pub fn unmarked(path: &Path) -> Result<Vec<u8>, FileError> {
    let bytes = bytes(path)?;
    let unmarked = text::unmarked(&bytes).map_err(|error| no_text(path, error))?;
    Ok(unmarked.into_owned())
}

fn bytes_of(path: &Path, file: File) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = file.take(BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(path, error))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(FileError::TooLong {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

fn decoded(path: &Path, bytes: &[u8]) -> Result<String, FileError> {
    text::decoded(bytes).map_err(|error| no_text(path, error))
}

fn unreadable(path: &Path, error: io::Error) -> FileError {
    FileError::Unreadable {
        path: path.to_owned(),
        error,
    }
}

fn no_text(path: &Path, error: TextError) -> FileError {
    FileError::NoText {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_file_and_line() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("people.csv");
        std::fs::write(&path, b"\xef\xbb\xbfone\r\ntwo\r\n").expect("it is written");
        assert_eq!(text(&path).expect("it is text"), "one\ntwo\n");
        std::fs::write(&path, b"one\ntw\xf6\n").expect("it is written");
        let error = text(&path).expect_err("it is no UTF-8");
        assert_eq!(
            error.to_string(),
            format!(
                "{} line 2: it is not UTF-8 text: the byte 0xf6 is \"\u{f6}\" in Windows-1252 (Latin-1); save it as UTF-8 \
                 (Excel: \"CSV UTF-8\")",
                path.display()
            )
        );
        assert!(!error.is_missing());
        assert!(
            text(&folder.path().join("none"))
                .expect_err("it is not there")
                .is_missing()
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_has_no_end_is_not_read_for_ever() {
        let error = text(Path::new("/dev/zero")).expect_err("it has no end");
        assert_eq!(
            error.to_string(),
            "/dev/zero cannot be read: it has more than 64 MiB"
        );
    }
}
