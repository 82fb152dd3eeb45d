//! Where sweeps wait while the store is unavailable or full.
//!
//! A spool is one file that is only ever appended to, and emptied as a whole: [`frame`] marks, measures and checksums
//! each record, [`content`] is what is in it, [`file`] is the file. A sweep is in the spool once [`Spool::push`] has
//! returned: it is on the medium then. What a crash tore off at the end is cut off when the spool is opened next; a
//! record that is damaged is named, with the slot it was of, and the ones after it are read all the same.

mod content;
mod frame;
pub mod spool_file;

use std::io;
use std::sync::Arc;

use presence_model::ids::AccountId;
use presence_model::observation::Sweep;
use presence_model::state::Interner;

use frame::{Found, RecordPosition};
pub use spool_file::{FolderSpool, SpoolFile, SpoolFiles};

/// How large a spool may become if nothing else is said, in bytes: some days of an account of thousands.
pub const LIMIT_BYTES_DEFAULT: u64 = 512 * 1024 * 1024;

/// Where an account's sweeps wait, and how many at most.
#[derive(Clone, Debug)]
pub struct SpoolSettings {
    /// Where.
    pub files: Arc<dyn SpoolFiles>,
    /// How large it may become, in bytes.
    pub limit_bytes: u64,
}

/// Why a sweep is not in the spool.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// It would be larger than it may be.
    #[error("the spool is full ({limit_bytes} bytes, {count} sweeps)")]
    Full {
        /// How large it may be.
        limit_bytes: u64,
        /// How many sweeps wait in it.
        count: usize,
    },
    /// It cannot be written or read.
    #[error("the spool cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// What waits in a spool.
#[derive(Debug)]
pub enum Waiting {
    /// A sweep.
    Sweep(Box<Sweep>),
    /// What is left of a damaged sweep.
    Damaged(Damaged),
}

/// A damaged sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// When its slot began (milliseconds since the Unix epoch), if that can still be read.
    pub slot_ms: Option<i64>,
    /// Where in the file it is.
    pub offset: u64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Sweeps that wait for the store, in the order in which they were made.
#[derive(Debug)]
pub struct Spool {
    file: Box<dyn SpoolFile>,
    limit_bytes: u64,
    places: Vec<RecordPosition>,
    /// How many of them have been dealt with.
    done: usize,
    length: u64,
    interner: Interner,
}

impl Spool {
    /// The spool in a file; also how many bytes of a record that was never finished were cut off.
    pub fn open(mut file: Box<dyn SpoolFile>, limit_bytes: u64) -> io::Result<(Self, u64)> {
        let bytes = file.read_all()?;
        let scan = frame::scan(&bytes);
        let torn = bytes.len() as u64 - scan.length;
        if torn > 0 {
            file.cut(scan.length)?;
        }
        let spool = Self {
            file,
            limit_bytes,
            places: scan.places,
            done: 0,
            length: scan.length,
            interner: Interner::default(),
        };
        Ok((spool, torn))
    }

    /// The spool of an account, if there is a place for one.
    pub fn of(settings: &SpoolSettings, account_id: AccountId) -> io::Result<(Self, u64)> {
        Self::open(settings.files.file(account_id)?, settings.limit_bytes)
    }

    /// How many sweeps wait.
    pub fn len(&self) -> usize {
        self.places.len() - self.done
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When the slot of the last sweep began (milliseconds since the Unix epoch), if one waits whose slot can be read.
    pub fn last_slot_ms(&self) -> Option<i64> {
        let mut waiting = self.places[self.done..].iter().rev();
        waiting.find_map(|place| match place.found {
            Found::Record { slot_ms } => Some(slot_ms),
            Found::Damaged { slot_ms, .. } => slot_ms,
        })
    }

    /// Adds a sweep of the slot that began at `slot_ms`; when it returns, it is on the medium. On an error nothing of it
    /// is.
    pub fn push(&mut self, slot_ms: i64, sweep: &Sweep) -> Result<(), SpoolError> {
        let record = frame::record(slot_ms, &content::encode(sweep));
        if self.length + record.len() as u64 > self.limit_bytes {
            return Err(SpoolError::Full {
                limit_bytes: self.limit_bytes,
                count: self.len(),
            });
        }
        if let Err(error) = self.file.append(&record) {
            // Half a record may be there; if it cannot be cut off now, it is when the spool is opened next.
            self.file.cut(self.length)?;
            return Err(error.into());
        }
        self.places.push(RecordPosition {
            found: Found::Record { slot_ms },
            offset: self.length,
            length: record.len() as u64,
        });
        self.length += record.len() as u64;
        Ok(())
    }

    /// The sweep that has waited longest; `None` if none waits. It goes on waiting until [`Self::pass`].
    pub fn first(&mut self) -> Result<Option<Waiting>, SpoolError> {
        let Some(place) = self.places.get(self.done) else {
            return Ok(None);
        };
        let damaged = |slot_ms, why| {
            Waiting::Damaged(Damaged {
                slot_ms,
                offset: place.offset,
                why,
            })
        };
        let slot_ms = match place.found {
            Found::Record { slot_ms } => slot_ms,
            Found::Damaged { slot_ms, why } => return Ok(Some(damaged(slot_ms, why))),
        };
        let bytes = self.file.read_at(place.offset, place.length)?;
        let sweep = frame::content(&bytes).and_then(|text| {
            content::decode(text, &mut self.interner).map_err(|_| "it cannot be read")
        });
        Ok(Some(match sweep {
            Ok(sweep) => Waiting::Sweep(Box::new(sweep)),
            Err(why) => damaged(Some(slot_ms), why),
        }))
    }

    /// The sweep that has waited longest is done. After the last one the file is emptied.
    pub fn pass(&mut self) -> Result<(), SpoolError> {
        self.done = (self.done + 1).min(self.places.len());
        if self.is_empty() && !self.places.is_empty() {
            self.file.cut(0)?;
            self.places.clear();
            self.done = 0;
            self.length = 0;
        }
        Ok(())
    }
}
