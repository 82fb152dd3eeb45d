//! What recording costs in either database: an import, and sweeps appended one by one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use presence_clock::VirtualClock;
use presence_model::state::Interner;
use presence_model::time::Timestamp;
use presence_recording::import::line::decode_line;
use presence_recording::import::{Importer, Input};
use presence_recording::recorder::{FlushAt, Recorder};

use super::database::Database;
use super::history::ACCOUNT;
use super::naive;
use super::office::{Office, START_MS, STEP_MS, SweepFile, Writing};
use super::show;

const EXTENSIONS: usize = 10_000;
const CHANGED_EACH: usize = 100;
/// How many sweeps are appended one by one.
const APPENDED: u32 = 30;

/// Imports so many sweeps of ten thousand extensions, then appends some more one by one, then the naive way.
pub(crate) async fn measure(database: &Database, sweeps: u32) {
    let store = database.store().await;
    let last_at = Timestamp::saturating_from_ms(START_MS + STEP_MS * i64::from(sweeps - 1));
    let clock = Arc::new(VirtualClock::new(last_at.as_ms()));
    let mut import = Importer::new(store.clone(), clock);
    let office = || Office::new(EXTENSIONS, CHANGED_EACH, Writing::Same);
    let input = Input {
        name: "sweeps".to_owned(),
        reader: SweepFile::new(office(), sweeps as usize),
        byte_count: None,
    };
    let started = now();
    let summary = import.import(input, &mut |_| {}).await;
    let import_time = started.elapsed();
    let events = summary.expect("every line is a sweep").event_count;

    let mut office = office();
    let mut line = Vec::new();
    let mut interner = Interner::default();
    let recorder = Recorder::open(store.clone(), ACCOUNT, None, FlushAt::EVERY_SWEEP);
    let mut recorder = recorder.await.expect("the store can be read");
    for _ in 0..sweeps {
        office.next_line(&mut line);
    }
    let mut appended = Vec::new();
    for _ in 0..APPENDED {
        office.next_line(&mut line);
        let sweep = decode_line(line.trim_ascii_end(), &mut interner).expect("it is a sweep");
        let at = sweep.finished_at;
        let started = now();
        let outcome = recorder.record(sweep, at).await;
        appended.push(started.elapsed());
        outcome.expect("sweeps run forward");
    }
    store.close().await;

    let mut connection = database.connect().await;
    naive::make_of_last_sweep(&mut connection, database.kind).await;
    let mut naively = Vec::new();
    for _ in 0..APPENDED {
        let started = now();
        connection.execute(naive::append(database.kind)).await;
        naively.push(started.elapsed());
    }
    show::recording(&show::Recorded {
        sweeps,
        events,
        imported: import_time,
        appended: median(appended),
        naively: median(naively),
    });
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}
