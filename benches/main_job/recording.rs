//! The parts of recording a sweep, one after another on one thread, and all of it by an import.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use presence_clock::VirtualClock;
use presence_model::diff::diff;
use presence_model::ids::AccountId;
use presence_model::known::AccountState;
use presence_model::observation::Sweep;
use presence_model::projection::{Delta, fold};
use presence_model::state::Interner;
use presence_model::time::Timestamp;
use presence_recording::import::line::decode_line;
use presence_recording::import::{Importer, Input};
use presence_store::{AppendStore, Batch, Durability, OpenMode, SqliteStore, Store};

use super::office::{ACCOUNT, Office, START_MS, STEP_MS, SweepFile, Writing};
use super::plain;
use super::usage::{Cost, memory_peak};

/// How large the account is, and how much of it changes from one sweep to the next.
const EXTENSIONS: usize = 10_000;
const CHANGED_EACH: usize = 100;

/// How many sweeps are measured for each part.
const SWEEPS_MEASURED: u32 = 60;

fn office(writing: Writing) -> Office {
    Office::new(EXTENSIONS, CHANGED_EACH, writing)
}

/// The JSON of a sweep, what it costs to read it plainly, and to make it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Baseline {
    /// How long a line is, in bytes.
    pub(crate) line_bytes: usize,
    /// Reading it into borrowed texts and nothing else.
    pub(crate) parse: Cost,
    /// Making it and handing it out as an import reads it.
    pub(crate) make: Cost,
}

/// Measures what everything else is compared with. It is run before and after, for machines change their speed.
pub(crate) fn baseline() -> Baseline {
    let mut office = office(Writing::Same);
    let mut line = Vec::new();
    let mut parse = Cost::default();
    for _ in 0..SWEEPS_MEASURED {
        office.next_line(&mut line);
        let text = std::str::from_utf8(&line).expect("it is text");
        let (cost, read) = Cost::of(|| serde_json::from_str::<plain::Line<'_>>(text));
        assert_eq!(read.expect("it is a sweep").records.len(), EXTENSIONS);
        parse = parse + cost;
    }
    let mut file = SweepFile::new(office, SWEEPS_MEASURED as usize);
    let mut buffer = vec![0; 256 * 1_024];
    let (make, ()) = Cost::of(|| while file.read(&mut buffer).is_ok_and(|count| count > 0) {});
    Baseline {
        line_bytes: line.len(),
        parse: parse / SWEEPS_MEASURED,
        make: make / SWEEPS_MEASURED,
    }
}

/// What the parts of recording a sweep cost.
pub(crate) struct Parts {
    /// From the line to the model: checked, ids read, states shared. Every record is read, as if it were the first line.
    pub(crate) decode: Cost,
    /// Compared with what is known, the projections brought up to date in memory.
    pub(crate) diff: Cost,
    /// Its events appended to the store, in a transaction of its own, on the medium.
    pub(crate) append: Cost,
    /// How many events a sweep shows.
    pub(crate) events_each: usize,
}

/// Measures each part for itself, in a store at `path`.
pub(crate) async fn parts(path: &Path) -> Parts {
    let store = open(path).await;
    let mut office = office(Writing::Same);
    let mut line = Vec::new();
    let mut interner = Interner::default();
    let mut known = AccountState::new(AccountId(ACCOUNT));
    let mut parts = Parts {
        decode: Cost::default(),
        diff: Cost::default(),
        append: Cost::default(),
        events_each: 0,
    };
    for round in 0..=SWEEPS_MEASURED {
        office.next_line(&mut line);
        let text = line.trim_ascii_end();
        let (decode, sweep) = Cost::of(|| decode_line(text, &mut interner));
        let sweep = sweep.expect("it is a sweep");
        let (diff, batch) = Cost::of(|| record(&mut known, &sweep));
        let events_each = batch.snapshots[0].0.events.len();
        let (append, appended) = Cost::of_all(store.append(batch)).await;
        appended.expect("it can be appended");
        // In the first one everybody appears.
        if round > 0 {
            parts.decode = parts.decode + decode;
            parts.diff = parts.diff + diff;
            parts.append = parts.append + append;
            parts.events_each = events_each;
        }
    }
    store.close().await;
    parts.decode = parts.decode / SWEEPS_MEASURED;
    parts.diff = parts.diff / SWEEPS_MEASURED;
    parts.append = parts.append / SWEEPS_MEASURED;
    parts
}

/// What a recorder does with a sweep before it is appended.
fn record(known: &mut AccountState, sweep: &Sweep) -> Batch {
    let expected = (known.snapshot_no, known.position);
    let snapshot = diff(known, sweep).expect("sweeps run forward");
    let mut delta = Delta::default();
    fold(known, &snapshot, &mut delta);
    known.remember_requests(sweep);
    Batch {
        account_id: sweep.account_id,
        expected,
        epoch: None,
        snapshots: vec![(snapshot, sweep.finished_at)],
        delta,
    }
}

/// What an import came to.
pub(crate) struct Imported {
    /// How many sweeps.
    pub(crate) sweep_count: u32,
    /// Of a sweep, the making of the file included.
    pub(crate) each: Cost,
    /// The most memory that the program had in use until then, in bytes.
    pub(crate) memory_peak: u64,
    /// How many events were stored.
    pub(crate) event_count: u64,
    /// How large the store is, everything included.
    pub(crate) store_bytes: u64,
    /// When the last sweep was made.
    pub(crate) last_at: Timestamp,
}

/// Imports so many sweeps into a new store at `path`.
pub(crate) async fn import(path: &Path, sweep_count: u32, writing: Writing) -> Imported {
    let store = Arc::new(open(path).await);
    let last_at = Timestamp::saturating_from_ms(START_MS + STEP_MS * i64::from(sweep_count - 1));
    let clock = Arc::new(VirtualClock::new(last_at.as_ms()));
    let mut importer = Importer::new(store.clone(), clock);
    let input = Input {
        name: "sweeps".to_owned(),
        reader: SweepFile::new(office(writing), sweep_count as usize),
        byte_count: None,
    };
    let mut on_progress = |_| {};
    let (cost, summary) = Cost::of_all(importer.import(input, &mut on_progress)).await;
    let summary = summary.expect("every line is a sweep");
    assert_eq!(summary.stored_count, u64::from(sweep_count));
    let memory_peak = memory_peak();
    store.close().await;
    Imported {
        sweep_count,
        each: cost / sweep_count,
        memory_peak,
        event_count: summary.event_count,
        store_bytes: fs::metadata(path).expect("the store is there").len(),
        last_at,
    }
}

/// Opens or makes a store whose appends survive a loss of power, as a collector's do.
pub(crate) async fn open(path: &Path) -> SqliteStore {
    let location = path.to_str().expect("the temporary folder's name is text");
    SqliteStore::open(location, OpenMode::Create, Durability::PowerLoss)
        .await
        .expect("a store can be made in the temporary folder")
}
