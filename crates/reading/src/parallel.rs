//! Histories read one part after the other, unpacked and counted by as many threads as there are processors.
//!
//! ```text
//! store     read 1   read 2   read 3   read 4 …        at most a few parts are in memory at once
//! thread 1           count 1           count 3 …
//! thread 2                    count 2 …                then what was counted is merged
//! ```
//!
//! Which thread counts whom is chance, so what is counted must not depend on it: see [`Accumulator`].

use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;

use presence_model::history::{ExtensionHistory, UnknownId};
use presence_model::ids::ExtensionId;
use presence_model::packed::PackedHistory;
use presence_model::time::TimeRange;
use presence_store::StoreError;

use crate::context::Context;
use crate::error::AskError;

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
pub trait Accumulator: Send + 'static {
    /// Counts some extensions in, see [`unpacked`].
    fn add(&mut self, part: Part) -> Result<(), StoreError>;

    /// Adds what was counted of other extensions.
    fn merge(&mut self, other: Self);
}

/// Counts the histories of `ids`, as far as `window` needs them.
pub async fn count<C: Accumulator>(
    context: &Context,
    ids: &[ExtensionId],
    window: TimeRange,
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
            Ok::<C, StoreError>(counted)
        });
    }
    drop(receiver);
    let read = read_parts(context, ids, window, sender).await;
    let mut all = empty();
    while let Some(counted) = counting.join_next().await {
        match counted {
            Ok(counted) => all.merge(counted?),
            // Nothing cancels them, so it has failed by its own fault.
            Err(failed) => resume_unwind(failed.into_panic()),
        }
    }
    read.map(|()| all)
}

/// Some histories, as they are kept.
pub type Part = Vec<PackedHistory>;

/// Visits the histories of a part, unpacked one after the other in the same memory.
pub fn unpacked(
    part: Part,
    mut visit: impl FnMut(&ExtensionHistory) -> Result<(), UnknownId>,
) -> Result<(), StoreError> {
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
        visit(&history)?;
        intervals = history.intervals;
    }
    Ok(())
}

/// How many intervals a history has, more or less.
fn interval_count(packed: &PackedHistory) -> usize {
    let blocks = packed.blocks.iter().map(|block| block.bytes.len());
    packed.tail.len() + blocks.sum::<usize>() / BYTES_AN_INTERVAL
}

fn next_part<P>(receiver: &Mutex<mpsc::Receiver<P>>) -> Option<P> {
    receiver.blocking_lock().blocking_recv()
}

async fn read_parts(
    context: &Context,
    ids: &[ExtensionId],
    window: TimeRange,
    sender: mpsc::Sender<Part>,
) -> Result<(), AskError> {
    let mut parts = Parts::of(ids);
    while let Some(part) = parts.next(context, window).await? {
        if sender.send(part).await.is_err() {
            // Every thread has ended: one of them has failed, and says so when it is joined.
            break;
        }
    }
    Ok(())
}

/// Reads the histories of some extensions, so many at once that a part has about as many intervals as another.
struct Parts<'a> {
    rest: &'a [ExtensionId],
    count: usize,
}

impl<'a> Parts<'a> {
    fn of(ids: &'a [ExtensionId]) -> Self {
        Self {
            rest: ids,
            count: EXTENSIONS_AT_FIRST,
        }
    }

    async fn next(
        &mut self,
        context: &Context,
        window: TimeRange,
    ) -> Result<Option<Part>, AskError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (now, later) = self.rest.split_at(self.count.min(self.rest.len()));
        self.rest = later;
        let mut now = now.to_vec();
        now.sort_unstable();
        let part = context.packed_histories(&now, window).await?;
        let intervals: usize = part.iter().map(interval_count).sum();
        self.count =
            (now.len() * INTERVALS_AT_ONCE / intervals.max(1)).clamp(1, EXTENSIONS_AT_MOST);
        Ok(Some(part))
    }
}

/// Makes something of each part of the histories of `ids`, as far as `window` needs them, on all processors; `take` gets
/// what was made in the order of `ids`. A few parts are in memory at once, however many there are. `maker` gives each
/// thread what makes it.
///
/// ```text
/// store     read 1   read 2   read 3 …
/// thread 1           make 1            make 3 …
/// thread 2                    make 2 …
/// taken                       1        2        3 …    in their order, whichever was ready first
/// ```
pub async fn in_order<T: Send + 'static, E: From<AskError>>(
    context: &Context,
    ids: &[ExtensionId],
    window: TimeRange,
    maker: impl Fn() -> Maker<T>,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (sender, receiver) = mpsc::channel::<Ordered<T>>(PARTS_WAITING);
    let receiver = Arc::new(Mutex::new(receiver));
    let mut making = JoinSet::new();
    for _ in 0..threads {
        let (receiver, mut make) = (Arc::clone(&receiver), maker());
        making.spawn_blocking(move || {
            while let Some((part, made)) = next_part(&receiver) {
                // The receiver may have given up: then the result is not needed.
                drop(made.send(make(part)));
            }
        });
    }
    drop(receiver);
    let mut waiting = VecDeque::new();
    let mut parts = Parts::of(ids);
    while let Some(part) = parts.next(context, window).await? {
        let (made, receiver) = oneshot::channel();
        waiting.push_back(receiver);
        if sender.send((part, made)).await.is_err() {
            break;
        }
        while waiting.len() > threads + PARTS_WAITING {
            take_next(&mut waiting, &mut making, &mut take).await?;
        }
    }
    drop(sender);
    while !waiting.is_empty() {
        take_next(&mut waiting, &mut making, &mut take).await?;
    }
    Ok(())
}

/// Makes something of a part; the thread's own.
pub type Maker<T> = Box<dyn FnMut(Part) -> Result<T, StoreError> + Send>;

/// A part, and where what is made of it goes.
type Ordered<T> = (Part, oneshot::Sender<Result<T, StoreError>>);

async fn take_next<T, E: From<AskError>>(
    waiting: &mut VecDeque<oneshot::Receiver<Result<T, StoreError>>>,
    making: &mut JoinSet<()>,
    take: &mut impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let Some(next) = waiting.pop_front() else {
        return Ok(());
    };
    if let Ok(made) = next.await {
        let made = made.map_err(AskError::from)?;
        return take(made);
    }
    // The thread that had it is gone, by its own fault: nothing cancels them.
    while let Some(ended) = making.join_next().await {
        if let Err(failed) = ended {
            resume_unwind(failed.into_panic());
        }
    }
    Ok(())
}
