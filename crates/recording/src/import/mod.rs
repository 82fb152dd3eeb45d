//! Sweeps from files: one line a sweep (see [`line`]), recorded like those of the collector.
//!
//! Two stages with a short queue between them: a thread reads and decodes, and the caller's task records, many sweeps
//! a transaction. A line is stored whole or not at all; lines before a bad one stay, and the rest is not read. Lines
//! that the store has already are recognised and skipped, so an import that was cut off is simply run again.

mod decode;
mod error;
pub mod line;
mod lines;
mod repeat;
mod utf8;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

pub use error::{FUTURE_MS_MAX, ImportError, ImportErrorReason};
pub use lines::LINE_BYTES_MAX;

use crate::recorder::{FlushAt, Outcome, RecordError, Recorder};
use decode::{Stop, StopReason};
use presence_clock::Clock;
use presence_model::diff::DiffError;
use presence_model::ids::AccountId;
use presence_model::observation::Sweep;
use presence_model::state::Interner;
use presence_model::time::Timestamp;
use presence_store::{AppendStore, StoreError};
use repeat::LineDecoder;

/// The accounts of an input's sweeps, each with the first line of it, up to a line that is no sweep: there an import ends
/// by itself.
pub fn accounts(bytes: &[u8]) -> Vec<(u64, AccountId)> {
    let mut interner = Interner::default();
    let mut accounts: Vec<(u64, AccountId)> = Vec::new();
    let mut lines = lines::Lines::new(bytes, LINE_BYTES_MAX);
    while let Ok(Some(found)) = lines.next() {
        let Ok(sweep) = line::decode_line(found.bytes, &mut interner) else {
            break;
        };
        if accounts.iter().all(|(_, known)| *known != sweep.account_id) {
            accounts.push((found.line_no, sweep.account_id));
        }
    }
    accounts
}

/// When the input has nothing new for so long, what was read is stored: a live pipe is not kept waiting.
const IDLE: Duration = Duration::from_secs(1);

/// When so many records are read but not stored yet, of all accounts, they are: memory is bounded whatever their size.
const RECORDS_PENDING_MAX: usize = 1_000_000;

/// What is to be imported.
pub struct Input<R> {
    /// What messages call it: the file's name.
    pub name: String,
    /// Its content.
    pub reader: R,
    /// Its size in bytes, if it is known; only for [`ImportProgress`].
    pub byte_count: Option<u64>,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// How much of the input has been read, in bytes.
    pub bytes_read: u64,
    /// How much there is, in bytes, if that is known.
    pub byte_count: Option<u64>,
    /// What came of it so far.
    pub summary: ImportSummary,
}

/// Called from time to time with the progress of an import.
pub type OnProgress<'p> = dyn FnMut(ImportProgress) + Send + 'p;

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Lines that held a sweep that is in the store now (while the import runs: or will be with the next transaction).
    pub line_count: u64,
    /// Those that were stored by this import.
    pub stored_count: u64,
    /// Those that the store had already.
    pub skipped_count: u64,
    /// The change events that the stored ones showed.
    pub event_count: u64,
}

impl ImportSummary {
    fn count(&mut self, outcome: Outcome) {
        self.line_count += 1;
        match outcome {
            Outcome::Recorded { event_count, .. } => {
                self.stored_count += 1;
                self.event_count += event_count as u64;
            }
            Outcome::AlreadyRecorded { .. } => self.skipped_count += 1,
        }
    }

    /// Takes back sweeps that were to be stored with others, which failed.
    fn give_up(&mut self, lost_count: usize) {
        self.line_count = self.line_count.saturating_sub(lost_count as u64);
        self.stored_count = self.stored_count.saturating_sub(lost_count as u64);
    }
}

/// Imports one input after another into a store, of any number of accounts.
pub struct Importer {
    store: Arc<dyn AppendStore>,
    clock: Arc<dyn Clock>,
    recorders: BTreeMap<AccountId, Recorder>,
    /// How many records were read since everything was stored; the recorders may have stored some of them.
    records_pending: usize,
    decoder: LineDecoder,
    /// Whose sweeps are taken; `None`: anyone's.
    accounts: Option<BTreeSet<AccountId>>,
}

impl Importer {
    /// Imports into `store`; `clock` decides what lies in the future.
    pub fn new(store: Arc<dyn AppendStore>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            recorders: BTreeMap::new(),
            records_pending: 0,
            decoder: LineDecoder::default(),
            accounts: None,
        }
    }

    /// The same for sweeps of these accounts alone: those of others are refused.
    pub fn only(self, accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self {
            accounts: Some(accounts.into_iter().collect()),
            ..self
        }
    }

    /// Imports one input to its end, or to the first line that cannot be taken. All lines before are in the store
    /// when it returns, either way.
    pub async fn import<R: Read + Send + 'static>(
        &mut self,
        input: Input<R>,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<ImportSummary, ImportError> {
        let mut summary = ImportSummary::default();
        let result = self.record_all(input.reader, input.byte_count, &mut summary, on_progress);
        let failure = match result.await {
            Ok(()) => return Ok(summary),
            Err(failure) => failure,
        };
        // What could be stored is; a second failure would say nothing new.
        let _ = self.flush(&mut summary).await;
        Err(ImportError {
            name: input.name,
            line_no: failure.line_no,
            reason: failure.reason,
            summary,
        })
    }

    async fn record_all<R: Read + Send + 'static>(
        &mut self,
        reader: R,
        byte_count: Option<u64>,
        summary: &mut ImportSummary,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<(), Failure> {
        let mut line_no = 0;
        let at_line = |line_no: u64| move |reason| Failure { line_no, reason };
        let decoder = std::mem::take(&mut self.decoder);
        let (mut chunks, thread) = decode::start(reader, LINE_BYTES_MAX, decoder)
            .map_err(|error| at_line(1)(ImportErrorReason::Unreadable(error)))?;
        loop {
            let Ok(next) = tokio::time::timeout(IDLE, chunks.recv()).await else {
                self.flush(summary).await.map_err(at_line(line_no))?;
                continue;
            };
            let Some(chunk) = next else { break };
            for (sweep_line_no, sweep) in chunk.sweeps {
                line_no = sweep_line_no;
                let recorded = self.record(sweep, summary).await;
                recorded.map_err(at_line(line_no))?;
            }
            on_progress(ImportProgress {
                bytes_read: chunk.bytes_read,
                byte_count,
                summary: *summary,
            });
            if let Some(stop) = chunk.stop {
                return Err(stop.into());
            }
        }
        // The thread is at its end: it has dropped its side of the queue. Had it died, the input would not be at its own.
        self.decoder = thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        self.flush(summary).await.map_err(at_line(line_no))
    }

    async fn record(
        &mut self,
        sweep: Sweep,
        summary: &mut ImportSummary,
    ) -> Result<(), ImportErrorReason> {
        let account_id = sweep.account_id;
        if let Some(accounts) = &self.accounts
            && !accounts.contains(&account_id)
        {
            return Err(ImportErrorReason::OtherAccount {
                account_id,
                accounts: accounts.iter().copied().collect(),
            });
        }
        let now = self.now();
        let observed_at = sweep.started_at;
        if observed_at.since_ms(now) > FUTURE_MS_MAX {
            return Err(ImportErrorReason::InFuture { observed_at, now });
        }
        self.records_pending += sweep.observations.len() + sweep.directory.len();
        let recorder = self.recorder(sweep.account_id).await?;
        let pending_count = recorder.pending_count();
        let outcome = recorder.record(sweep, now).await;
        match outcome {
            Ok(outcome) => summary.count(outcome),
            Err(error) => {
                summary.give_up(pending_count.saturating_sub(recorder.pending_count()));
                return Err(reason_of(error, observed_at));
            }
        }
        if self.records_pending > RECORDS_PENDING_MAX {
            self.flush(summary).await?;
        }
        Ok(())
    }

    async fn recorder(&mut self, account_id: AccountId) -> Result<&mut Recorder, StoreError> {
        use std::collections::btree_map::Entry;
        match self.recorders.entry(account_id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let store = Arc::clone(&self.store);
                let recorder = Recorder::open(store, account_id, None, FlushAt::MANY_SWEEPS);
                Ok(new.insert(recorder.await?))
            }
        }
    }

    /// Stores what is pending, of all accounts; the first failure does not keep the others from being stored.
    async fn flush(&mut self, summary: &mut ImportSummary) -> Result<(), ImportErrorReason> {
        let now = self.now();
        self.records_pending = 0;
        let mut result = Ok(());
        for recorder in self.recorders.values_mut() {
            let pending_count = recorder.pending_count();
            if pending_count == 0 {
                continue;
            }
            if let Err(error) = recorder.flush(now).await {
                summary.give_up(pending_count);
                result = result.and(Err(reason_of(error, now)));
            }
        }
        result
    }

    fn now(&self) -> Timestamp {
        Timestamp::saturating_from_ms(self.clock.now_ms())
    }
}

/// Why an import cannot go on, and at which line.
struct Failure {
    line_no: u64,
    reason: ImportErrorReason,
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        let reason = match stop.reason {
            StopReason::Refused(error) => ImportErrorReason::Field(error),
            StopReason::TooLong { bytes_max } => ImportErrorReason::TooLong { bytes_max },
            StopReason::Unreadable(error) => ImportErrorReason::Unreadable(error),
        };
        Self {
            line_no: stop.line_no,
            reason,
        }
    }
}

fn reason_of(error: RecordError, observed_at: Timestamp) -> ImportErrorReason {
    match error {
        RecordError::Order {
            account_id,
            cause:
                DiffError::RunsBackwards {
                    started_at,
                    previous,
                },
        } => ImportErrorReason::Backwards {
            account_id,
            observed_at: started_at,
            previous,
        },
        // An imported line has no sweeps of queues.
        RecordError::Order { cause, .. } => {
            ImportErrorReason::Store(StoreError::Invalid(cause.to_string()))
        }
        RecordError::Store(StoreError::KeyReused {
            account_id,
            key,
            snapshot_no,
        }) if key == line::idempotency_key(observed_at) => ImportErrorReason::OtherContent {
            account_id,
            observed_at,
            snapshot_no,
        },
        RecordError::Store(error) => ImportErrorReason::Store(error),
    }
}

impl From<StoreError> for ImportErrorReason {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
