//! Histories read one part after the other, unpacked and counted by as many threads as there are processors.
//!
//! ```text
//! store     read 1   read 2   read 3   read 4 …        at most a few parts are in memory at once
//! thread 1           count 1           count 3 …
//! thread 2                    count 2 …                then what was counted is merged
//! ```
//!
//! Which thread counts whom is chance, so what is counted must not depend on it: see [`Count`].

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::model::history::ExtensionHistory;
use crate::model::ids::ExtensionId;
use crate::model::packed::{BlockError, PackedHistory};
use crate::model::time::Span;
use crate::store::StoreError;

use super::context::{AskError, Context};

/// How many intervals a part of the histories has, more or less: at most some nine megabytes.
const INTERVALS_AT_ONCE: usize = 100_000;

/// How many bytes an interval takes where it is packed, more or less.
const BYTES_AN_INTERVAL: usize = 6;

/// How many extensions the first part has, before it is known how long histories are, and the most that any has.
const EXTENSIONS_AT_FIRST: usize = 20;
const EXTENSIONS_AT_MOST: usize = 500;

/// So many parts wait while all threads are busy.
const PARTS_WAITING: usize = 2;

/// Something that is counted of histories.
///
/// **Invariant:** the result is the same in whichever order histories are added, and into however many parts they were
/// divided before those were merged.
pub(super) trait Count: Send + 'static {
    /// Counts some extensions in, see [`unpacked`].
    fn add(&mut self, part: Part) -> Result<(), BlockError>;

    /// Adds what was counted of other extensions.
    fn merge(&mut self, other: Self);
}

/// Counts the histories of `ids`, as far as `window` needs them.
pub(super) async fn count<C: Count>(
    context: &Context,
    ids: &[ExtensionId],
    window: Span,
    empty: impl Fn() -> C,
) -> Result<C, AskError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (sender, receiver) = mpsc::channel(PARTS_WAITING);
    let receiver = Arc::new(Mutex::new(receiver));
    let mut counting = JoinSet::new();
    for _ in 0..threads {
        let (receiver, mut counted) = (Arc::clone(&receiver), empty());
        counting.spawn_blocking(move || {
            while let Some(part) = next_part(&receiver) {
                counted.add(part)?;
            }
            Ok::<C, BlockError>(counted)
        });
    }
    drop(receiver);
    let read = read_parts(context, ids, window, sender).await;
    let mut all = empty();
    while let Some(counted) = counting.join_next().await {
        match counted {
            Ok(counted) => all.merge(counted.map_err(StoreError::from)?),
            // Nothing cancels them, so it has failed by its own fault.
            Err(failed) => resume_unwind(failed.into_panic()),
        }
    }
    read.map(|()| all)
}

/// Some histories, as they are kept.
pub(super) type Part = Vec<PackedHistory>;

/// Visits the histories of a part, unpacked one after the other in the same memory.
pub(super) fn unpacked(
    part: Part,
    mut visit: impl FnMut(&ExtensionHistory),
) -> Result<(), BlockError> {
    let mut intervals = Vec::new();
    for mut packed in part {
        intervals.clear();
        if packed.blocks.is_empty() {
            intervals = std::mem::take(&mut packed.tail);
        } else {
            packed.unpack(&mut intervals)?;
        }
        let mut history = packed.history;
        history.intervals = intervals;
        visit(&history);
        intervals = history.intervals;
    }
    Ok(())
}

/// How many intervals a history has, more or less.
fn interval_count(packed: &PackedHistory) -> usize {
    let blocks = packed.blocks.iter().map(|block| block.bytes.len());
    packed.tail.len() + blocks.sum::<usize>() / BYTES_AN_INTERVAL
}

fn next_part(receiver: &Mutex<mpsc::Receiver<Part>>) -> Option<Part> {
    receiver.blocking_lock().blocking_recv()
}

async fn read_parts(
    context: &Context,
    ids: &[ExtensionId],
    window: Span,
    sender: mpsc::Sender<Part>,
) -> Result<(), AskError> {
    let mut rest = ids;
    let mut count = EXTENSIONS_AT_FIRST;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(count.min(rest.len()));
        rest = later;
        let part = context.packed_histories(now, window).await?;
        let intervals: usize = part.iter().map(interval_count).sum();
        count = (now.len() * INTERVALS_AT_ONCE / intervals.max(1)).clamp(1, EXTENSIONS_AT_MOST);
        if sender.send(part).await.is_err() {
            // Every thread has ended: one of them has failed, and says so when it is joined.
            break;
        }
    }
    Ok(())
}
