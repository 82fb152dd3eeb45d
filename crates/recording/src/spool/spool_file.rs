//! The file of a spool.

use std::fmt::Debug;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use presence_files::private;
use presence_model::ids::AccountId;

/// What is appended to, and cut.
pub trait SpoolFile: Send + Sync + Debug {
    /// All that is on it.
    fn read_all(&mut self) -> io::Result<Vec<u8>>;

    /// A part of it.
    fn read_at(&mut self, offset: u64, length: u64) -> io::Result<Vec<u8>>;

    /// Puts something at its end; when it returns, that is on the medium.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Keeps the first `length` bytes alone.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// Has a spool file for each account.
pub trait SpoolFiles: Send + Sync + Debug {
    /// The account's.
    fn file(&self, account_id: AccountId) -> io::Result<Box<dyn SpoolFile>>;
}

/// Files in a folder.
#[derive(Clone, Debug)]
pub struct FolderSpool {
    /// The folder; made if it does not exist.
    pub folder: PathBuf,
}

impl FolderSpool {
    /// The account's file.
    pub fn path(&self, account_id: AccountId) -> PathBuf {
        self.folder.join(format!("presence-{account_id}.spool"))
    }
}

impl SpoolFiles for FolderSpool {
    fn file(&self, account_id: AccountId) -> io::Result<Box<dyn SpoolFile>> {
        let path = self.path(account_id);
        let file = DiskSpoolFile::open(&path);
        file.map(|file| Box::new(file) as _)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

/// So often, and so far apart, a file is tried that another process uses: a program that is just ending, or a child of ours
/// that has not begun its own program yet and still holds what we had open, is done with it at once.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A file that its owner alone can read, and that one program at a time uses.
#[derive(Debug)]
struct DiskSpoolFile(File);

impl DiskSpoolFile {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = private::open_own(path, path.parent())?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another collector uses it",
        ))
    }
}

impl SpoolFile for DiskSpoolFile {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0.seek(SeekFrom::Start(0))?;
        self.0.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_at(&mut self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0.seek(SeekFrom::Start(offset))?;
        (&mut self.0).take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::End(0))?;
        self.0.write_all(bytes)?;
        self.0.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)?;
        self.0.sync_data()
    }
}
