//! Sweeps that wait in a file: what is written is read again, whatever happens to the file.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use presence_model::ids::AccountId;
use presence_model::observation::Sweep;
use presence_recording::spool::{
    FolderSpool, Spool, SpoolError, SpoolFile, SpoolFiles, SpoolSettings, Waiting,
};
use tempfile::TempDir;

use crate::support::sweeps::Office;

const ACCOUNT: AccountId = AccountId(37_439_510);
const LIMIT_BYTES: u64 = 10_000_000;

struct Place {
    _folder: TempDir,
    files: FolderSpool,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test can be made");
        Self {
            files: FolderSpool {
                folder: folder.path().join("made/when/needed"),
            },
            _folder: folder,
        }
    }

    fn path(&self) -> PathBuf {
        self.files.path(ACCOUNT)
    }

    fn open(&self) -> (Spool, u64) {
        let settings = SpoolSettings {
            files: Arc::new(self.files.clone()),
            limit_bytes: LIMIT_BYTES,
        };
        Spool::of(&settings, ACCOUNT).expect("it opens")
    }
}

/// Everything that waits: the digests of sweeps, and what is damaged.
fn drain(spool: &mut Spool) -> Vec<Result<[u8; 32], Option<i64>>> {
    let mut all = Vec::new();
    while let Some(waiting) = spool.first().expect("it reads") {
        all.push(match waiting {
            Waiting::Sweep(one_sweep) => Ok(one_sweep.content_digest()),
            Waiting::Damaged(damaged) => Err(damaged.slot_ms),
        });
        spool.pass().expect("it goes on");
    }
    all
}

fn push(spool: &mut Spool, sweeps: &[Sweep]) {
    for sweep in sweeps {
        let slot_ms = sweep.started_at.as_ms();
        spool.push(slot_ms, sweep).expect("there is room");
    }
}

#[test]
fn sweeps_come_back_whole_and_in_order_also_after_a_restart() {
    let place = Place::new();
    let sweeps = Office::wild(71, ACCOUNT).sweeps(60);
    let (mut spool, torn) = place.open();
    assert_eq!((spool.len(), torn), (0, 0));
    push(&mut spool, &sweeps[..40]);
    drop(spool);
    let (mut spool, torn) = place.open();
    assert_eq!((spool.len(), torn), (40, 0));
    push(&mut spool, &sweeps[40..]);
    for sweep in &sweeps {
        let Some(Waiting::Sweep(one_sweep)) = spool.first().expect("it reads") else {
            panic!("there are as many as were pushed");
        };
        assert_eq!(format!("{one_sweep:?}"), format!("{sweep:?}"));
        assert_eq!(one_sweep.content_digest(), sweep.content_digest());
        spool.pass().expect("it goes on");
    }
    assert!(spool.is_empty());
    let length = fs::metadata(place.path()).expect("it is there").len();
    assert_eq!(length, 0, "what was taken out does not stay");
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it_and_one_program_at_a_time_writes_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let (spool, _) = place.open();
    let mode = fs::metadata(place.path())
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let error = place.files.file(ACCOUNT).expect_err("it is in use");
    assert!(
        error.to_string().contains("another collector uses it"),
        "{error}"
    );
    drop(spool);
    place.files.file(ACCOUNT).expect("it is free again");
}

#[cfg(unix)]
#[test]
fn it_can_be_opened_again_at_once_even_while_programs_are_started() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let place = Place::new();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // A child process holds its parent's open files until it starts its own program.
            while !is_over.load(Ordering::SeqCst) {
                let child = std::process::Command::new("true").status();
                child.expect("`true` is on every Unix");
            }
        });
        let opened = (0..2_000).try_for_each(|_| place.files.file(ACCOUNT).map(drop));
        is_over.store(true, Ordering::SeqCst);
        opened.expect("nobody else uses it");
    });
}

#[test]
fn a_torn_end_is_cut_off_and_damage_is_named() {
    let place = Place::new();
    let sweeps = Office::wild(72, ACCOUNT).sweeps(6);
    let digests: Vec<_> = sweeps
        .iter()
        .map(|sweep| Ok(sweep.content_digest()))
        .collect();
    let (mut spool, _) = place.open();
    push(&mut spool, &sweeps);
    drop(spool);
    let whole = fs::read(place.path()).expect("it is there");

    fs::write(place.path(), &whole[..whole.len() - 5]).expect("it is written");
    let (mut spool, torn) = place.open();
    assert!(torn > 100, "{torn}");
    // The next sweep replaces the torn one.
    push(&mut spool, &sweeps[5..]);
    assert_eq!(drain(&mut spool), digests);
    drop(spool);

    let mut damaged = whole.clone();
    let third = whole
        .windows(8)
        .enumerate()
        .filter(|(_, bytes)| bytes == b"\xffSPOOL\x01\n")
        .map(|(at, _)| at)
        .nth(2)
        .expect("there are six");
    damaged[third + 60] ^= 0x20;
    fs::write(place.path(), &damaged).expect("it is written");
    let (mut spool, torn) = place.open();
    assert_eq!(torn, 0);
    let mut expected = digests.clone();
    expected[2] = Err(Some(sweeps[2].started_at.as_ms()));
    assert_eq!(drain(&mut spool), expected);
}

#[test]
fn it_grows_to_its_limit_and_no_further() {
    let place = Place::new();
    let sweeps = Office::wild(73, ACCOUNT).sweeps(50);
    let settings = SpoolSettings {
        files: Arc::new(place.files.clone()),
        limit_bytes: 20_000,
    };
    let (mut spool, _) = Spool::of(&settings, ACCOUNT).expect("it opens");
    let fits = sweeps
        .iter()
        .take_while(|sweep| spool.push(0, sweep).is_ok())
        .count();
    assert!((2..50).contains(&fits), "{fits}");
    let error = spool.push(0, &sweeps[fits]).expect_err("it is full");
    assert!(matches!(error, SpoolError::Full { count, .. } if count == fits));
    assert!(fs::metadata(place.path()).expect("it is there").len() <= 20_000);
    assert_eq!(drain(&mut spool).len(), fits);
    spool.push(0, &sweeps[fits]).expect("there is room again");
}

/// A file on a disk of this size: of what does not fit, the beginning is written.
#[derive(Clone, Debug, Default)]
struct SmallMedium {
    bytes: Arc<Mutex<Vec<u8>>>,
    size: usize,
}

impl SpoolFile for SmallMedium {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.bytes.lock().expect("no panic").clone())
    }

    fn read_at(&mut self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let (offset, length) = (usize::try_from(offset), usize::try_from(length));
        let offset = offset.expect("small");
        let bytes = self.bytes.lock().expect("no panic");
        Ok(bytes[offset..offset + length.expect("small")].to_vec())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut medium = self.bytes.lock().expect("no panic");
        let room = self.size - medium.len();
        let fits = room.min(bytes.len());
        medium.write_all(&bytes[..fits])?;
        if fits < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).expect("small");
        self.bytes.lock().expect("no panic").truncate(length);
        Ok(())
    }
}

#[test]
fn a_full_medium_takes_nothing_of_a_sweep_and_the_next_one_when_there_is_room() {
    let sweeps = Office::wild(74, ACCOUNT).sweeps(30);
    let mut medium = SmallMedium {
        size: 15_000,
        ..SmallMedium::default()
    };
    let file = Box::new(medium.clone());
    let (mut spool, _) = Spool::open(file, LIMIT_BYTES).expect("it opens");
    let mut kept = Vec::new();
    for sweep in &sweeps {
        match spool.push(0, sweep) {
            Ok(()) => kept.push(Ok(sweep.content_digest())),
            Err(SpoolError::Io(error)) => assert_eq!(error.kind(), io::ErrorKind::StorageFull),
            Err(error) => panic!("{error}"),
        }
    }
    assert!((2..30).contains(&kept.len()), "{}", kept.len());
    let bytes = medium.read_all().expect("it is there");
    let again = Box::new(SmallMedium {
        bytes: Arc::new(Mutex::new(bytes)),
        size: 15_000,
    });
    let (mut reopened, torn) = Spool::open(again, LIMIT_BYTES).expect("it opens");
    assert_eq!(torn, 0, "nothing of a sweep that did not fit is left");
    assert_eq!(drain(&mut reopened), kept);
    assert_eq!(drain(&mut spool), kept);
}
