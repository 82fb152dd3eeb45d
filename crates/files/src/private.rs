//! Files that others must not read: made with their mode at once, whatever the umask.
//!
//! A store, the files next to it and what is exported from it show where people were. So new files are for their owner alone
//! ([`FileMode::Owner`]) unless the command line says that the group may read along.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::OnceLock;

/// Who may read a new file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileMode {
    /// Its owner alone: `0600`.
    #[default]
    Owner,
    /// Its group as well: `0640`.
    Group,
}

impl FileMode {
    /// As the file system has it.
    pub fn bits(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Group => 0o640,
        }
    }
}

static MODE: OnceLock<FileMode> = OnceLock::new();

/// Settles who may read the files that this program makes; only the first call counts.
pub fn choose_mode(mode: FileMode) {
    let _ = MODE.set(mode);
}

/// Who may read the files that this program makes.
pub fn mode() -> FileMode {
    MODE.get().copied().unwrap_or_default()
}

/// Makes an empty file of that mode, if there is none.
pub fn make_if_missing(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    match open_with(&mut options, path, FileMode::Owner) {
        Ok(file) => set_mode(&file, mode()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives a file a mode, whatever the umask took away from it.
#[cfg(unix)]
pub fn set_mode(file: &File, mode: FileMode) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode.bits()))
}

/// Modes are not known here.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
pub fn set_mode(_: &File, _: FileMode) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn open_with(options: &mut OpenOptions, path: &Path, mode: FileMode) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(mode.bits()).open(path)
}

#[cfg(not(unix))]
fn open_with(options: &mut OpenOptions, path: &Path, _: FileMode) -> io::Result<File> {
    options.open(path)
}

/// Opens a file that only one program at a time may use, to read and write, and makes it if it is not there. It is for its
/// owner alone: anyone who can open it could lock it.
///
/// A symbolic link is refused, and so is a file of a user who is neither us nor the owner of `neighbour`.
#[cfg(unix)]
pub fn open_own(path: &Path, neighbour: Option<&Path>) -> io::Result<File> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let nofollow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let opened = options.custom_flags(nofollow).mode(0o600).open(path);
    let file = opened.map_err(|error| {
        if path.is_symlink() {
            io::Error::new(
                error.kind(),
                "it is a symbolic link, which may have been planted: remove it",
            )
        } else {
            error
        }
    })?;
    let found = file.metadata()?;
    let ours = own_uid();
    let owner = neighbour
        .and_then(|neighbour| std::fs::metadata(neighbour).ok())
        .map(|store| store.uid());
    let is_known = ours.is_none() && owner.is_none();
    if !is_known && ![ours, owner].contains(&Some(found.uid())) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "it belongs to another user (number {}), who could keep us from working: remove it",
                found.uid()
            ),
        ));
    }
    if !found.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file: remove it",
        ));
    }
    if found.mode() & 0o777 != FileMode::Owner.bits() {
        set_mode(&file, FileMode::Owner)?;
    }
    Ok(file)
}

/// The user that the program runs as; `None` where that cannot be found out.
#[cfg(unix)]
fn own_uid() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").ok().map(|own| own.uid())
}

/// The number of the user who owns a file, if that is not the user that the program runs as.
#[cfg(unix)]
pub fn other_owner(found: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    own_uid()
        .filter(|ours| *ours != found.uid())
        .map(|_| found.uid())
}

/// It cannot be found out here.
#[cfg(not(unix))]
pub fn other_owner(_: &std::fs::Metadata) -> Option<u32> {
    None
}

/// Makes a folder, with those around it, that others cannot read; one that is there stays as it is.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The same without owners.
#[cfg(not(unix))]
pub fn open_own(path: &Path, _: Option<&Path>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path)
}

/// What others may do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Openness {
    /// Nothing, or only the group reads.
    Private,
    /// Everyone can read it.
    Readable,
    /// Its group or everyone can change it.
    Writable,
}

/// What others may do with the file at `path`, and its mode; `None` if it is not there.
#[cfg(unix)]
pub fn openness(path: &Path) -> Option<(Openness, u32)> {
    use std::os::unix::fs::MetadataExt;
    let mode = std::fs::metadata(path).ok()?.mode() & 0o777;
    let openness = match mode {
        mode if mode & 0o022 != 0 => Openness::Writable,
        mode if mode & 0o004 != 0 => Openness::Readable,
        _ => Openness::Private,
    };
    Some((openness, mode))
}

/// It cannot be found out here.
#[cfg(not(unix))]
pub fn openness(_: &Path) -> Option<(Openness, u32)> {
    None
}
