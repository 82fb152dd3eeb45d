//! A file that is there whole or not at all: written next to its place, and moved there when it is done.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::exit::Failure;
use presence_files::private;

/// A file that is being written. Dropped before [`AtomicFile::finish`], it leaves nothing behind, and what was in its
/// place stays.
#[derive(Debug)]
pub(super) struct AtomicFile {
    writer: BufWriter<NamedTempFile>,
    place: PathBuf,
}

impl AtomicFile {
    /// Begins a file that should be at `path`; where that is a link, at what it points to.
    pub(super) fn begin(path: &Path) -> Result<Self, Failure> {
        let refused =
            |reason: &str| Failure::Usage(format!("--output {}: {reason}", path.display()));
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&place) {
            Ok(there) if there.is_dir() => {
                return Err(refused("it is a folder; name a file in it"));
            }
            Ok(there) if !there.is_file() => {
                return Err(refused(
                    "it is not a regular file; omit --output and redirect the output instead",
                ));
            }
            _ => {}
        }
        let name = place.file_name().filter(|name| !name.is_empty());
        if name.is_none() || path.as_os_str().is_empty() {
            return Err(refused("it names no file"));
        }
        let folder = folder_of(&place);
        let begun = temporary(&folder);
        let file = begun.map_err(|error| cannot_write(path, &error))?;
        Ok(Self {
            writer: BufWriter::with_capacity(64 * 1024, file),
            place,
        })
    }

    /// Where it is until it is done.
    pub(super) fn temporary_path(&self) -> PathBuf {
        self.writer.get_ref().path().to_owned()
    }

    /// Where it should be.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Puts it in its place, in which whatever was there is replaced at once.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { writer, place } = self;
        let finished = writer.into_inner().map_err(io::IntoInnerError::into_error);
        let finished = finished.and_then(|file| {
            settle_mode(file.as_file(), &place)?;
            file.as_file().sync_all()?;
            file.persist(&place).map_err(|error| error.error)?;
            sync_folder(&folder_of(&place))
        });
        finished.map_err(|error| cannot_write(&place, &error))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The name of the file that is kept next to another: `FILE.meta.json`.
pub(super) fn companion(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".meta.json");
    PathBuf::from(name)
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}", path.display()))
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A hidden file next to the place, for its owner alone until it is done.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".presence-").suffix(".part");
    builder.tempfile_in(folder)
}

/// Anyone who may read the file that is replaced may read the new one; any other has the mode of new files.
fn settle_mode(file: &File, place: &Path) -> io::Result<()> {
    match fs::metadata(place) {
        Ok(there) => file.set_permissions(there.permissions()),
        Err(_) => private::set_mode(file, private::mode()),
    }
}

/// Makes sure that the new name outlasts a power failure.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Folders cannot be synced here.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("it can be read")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").expect("it can be written");
        let mut file = AtomicFile::begin(&path).expect("it can be begun");
        file.write_all(b"new").expect("it can be written");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "old");
        drop(file);
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "old");
        assert_eq!(names(folder.path()), ["a.csv"]);
        let mut file = AtomicFile::begin(&path).expect("it can be begun");
        file.write_all(b"new").expect("it can be written");
        file.finish().expect("it can be finished");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "new");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for path in [folder.path(), Path::new("")] {
            let failure = AtomicFile::begin(path).expect_err("it is no file");
            assert_eq!(failure.code(), 2);
        }
        let missing = folder.path().join("nowhere/a.csv");
        assert_eq!(
            AtomicFile::begin(&missing)
                .expect_err("it has no folder")
                .code(),
            1
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "old").expect("it can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("it is ours");
        std::os::unix::fs::symlink(&path, &link).expect("a link can be made");
        AtomicFile::begin(&link)
            .expect("it can be begun")
            .finish()
            .expect("it can be finished");
        assert!(
            fs::symlink_metadata(&link)
                .expect("it is there")
                .is_symlink()
        );
        let mode = fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(
            (fs::read(&path).expect("it is there").len(), mode & 0o777),
            (0, 0o640)
        );
    }
}
