//! A block: the intervals of one extension that end in one month.
//!
//! ```text
//! version, length of the first section
//! first section    count, carried, first moment, unit, states, seven columns     CRC-32 of the key and all of it
//! second section   first position, two columns: messages and positions           CRC-32 of the first CRC and it
//! ```
//!
//! The columns hold what is hard to predict. An interval begins where the one before ended (else: the gap). Sweeps begin
//! at an even pace, and answers come when they come: so from the sweep that last saw one state (the next one's
//! `not_before`) to the sweep that last saw the next is a number of `unit`s and a small rest, and the change was seen a
//! *lag* later. `certain_until` is that same sweep's beginning, but never before `from` (else: the difference). Who needs
//! neither messages nor positions reads the first section alone.

use super::column::{self, BATCH, Column};
use crate::HashMap;
use crate::history::Interval;
use crate::ids::{AccountId, ExtensionId, MessageId, Position, StateId};
use crate::leb128::{push, push_signed, take, take_bytes, take_length, take_signed};
use crate::month::Month;
use crate::time::Timestamp;

/// The way of packing that is written, and the only one that is read.
const VERSION: u8 = 1;

/// Stands for a moment that is not known; no duration is that.
const NONE: i64 = i64::MIN;

/// How many columns the first section has.
const TIMES: usize = 7;

/// How long a checksum is.
const CHECKSUM_LENGTH: usize = 4;

/// Whose intervals a block holds, and of which month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockKey {
    /// The account.
    pub account_id: AccountId,
    /// The extension.
    pub extension_id: ExtensionId,
    /// The month in which the intervals end.
    pub month: Month,
}

impl std::fmt::Display for BlockKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the packed history of extension {} of account {} in {}",
            self.extension_id, self.account_id, self.month
        )
    }
}

/// Why a block cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The bytes are not those that were written.
    #[error(
        "{key} is damaged: {what}; keep a copy of the store, then rebuild it with `presence rebuild`"
    )]
    Damaged {
        /// Which block.
        key: BlockKey,
        /// What shows it.
        what: &'static str,
    },
    /// It was packed in a way that this program does not know.
    #[error(
        "{key} was packed by another version of presence (way {version}; this program knows {VERSION}); use the newer \
         program, or rebuild it with `presence rebuild`"
    )]
    UnknownVersion {
        /// Which block.
        key: BlockKey,
        /// The version that it names.
        version: u8,
    },
}

/// Why intervals cannot be packed: they go on, or their order is not that of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the interval from {from} {what}")]
pub struct NotPackable {
    /// Which interval.
    pub from: Timestamp,
    /// What is the matter with it.
    pub what: &'static str,
}

/// Which parts of intervals are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// All.
    All,
    /// Times and states only: messages are read as `None`, positions as 0.
    Times,
}

/// A block, checked as far as it will be read.
pub struct Block<'a> {
    key: BlockKey,
    count: usize,
    has_carried: bool,
    first: i64,
    unit: i64,
    states: Vec<StateId>,
    times: [Column<'a>; TIMES],
    rest: Option<Rest<'a>>,
}

/// The second section.
struct Rest<'a> {
    position: i64,
    messages: Column<'a>,
    positions: Column<'a>,
}

impl<'a> Block<'a> {
    /// Packs intervals by time, all of which have ended: `carried`, if it is given, is the one before the month's own.
    pub fn pack(
        key: BlockKey,
        carried: Option<&Interval>,
        own: &[Interval],
    ) -> Result<Vec<u8>, NotPackable> {
        let all: Vec<Interval> = carried.into_iter().chain(own).copied().collect();
        let columns = Columns::of(&all)?;
        let mut first = Vec::with_capacity(all.len() * 4 + 32);
        push(&mut first, all.len() as u64);
        first.push(u8::from(carried.is_some()));
        push_signed(&mut first, all.first().map_or(0, |one| one.from.as_ms()));
        columns.write_times(&mut first);
        let mut bytes = vec![VERSION];
        push(&mut bytes, first.len() as u64);
        bytes.extend_from_slice(&first);
        let checksum = checksum(key, &bytes);
        bytes.extend_from_slice(&checksum);
        let start = bytes.len();
        push_signed(&mut bytes, all.first().map_or(0, |one| one.position.0));
        column::write(&columns.messages, &mut bytes);
        column::write(&columns.positions, &mut bytes);
        let checksum = checksum_after(checksum, &bytes[start..]);
        bytes.extend_from_slice(&checksum);
        Ok(bytes)
    }

    /// Checks a block and begins to read it.
    pub fn open(key: BlockKey, bytes: &'a [u8], parts: Parts) -> Result<Self, BlockError> {
        let damaged = |what| BlockError::Damaged { key, what };
        let short = || damaged("it ends too early");
        match bytes.first() {
            None => return Err(short()),
            Some(&VERSION) => {}
            Some(&version) => return Err(BlockError::UnknownVersion { key, version }),
        }
        let rest = &mut &bytes[1..];
        let length = take_length(rest).ok_or_else(short)?;
        let first = take_bytes(rest, length).ok_or_else(short)?;
        let checked = &bytes[..bytes.len() - rest.len()];
        let kept = take_bytes(rest, CHECKSUM_LENGTH).ok_or_else(short)?;
        let expected = checksum(key, checked);
        if kept != expected {
            return Err(damaged("the checksum of its times differs"));
        }
        let mut block =
            Self::take_times(key, first).ok_or_else(|| damaged("its times cannot be read"))?;
        if parts == Parts::All {
            let second = rest
                .len()
                .checked_sub(CHECKSUM_LENGTH)
                .and_then(|length| take_bytes(rest, length))
                .ok_or_else(short)?;
            if **rest != checksum_after(expected, second) {
                return Err(damaged("the checksum of its positions differs"));
            }
            let read = Rest::take(second, block.count);
            block.rest = Some(read.ok_or_else(|| damaged("its positions cannot be read"))?);
        }
        Ok(block)
    }

    fn take_times(key: BlockKey, mut bytes: &'a [u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let count = take_length(bytes)?;
        let has_carried = take(bytes)? != 0;
        let first = take_signed(bytes)?;
        let unit = take_signed(bytes)?;
        let state_count = take_length(bytes)?;
        let states: Option<Vec<StateId>> = (0..state_count)
            .map(|_| take_signed(bytes).map(StateId))
            .collect();
        let mut times = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            times.push(Column::take(bytes, count)?);
        }
        Some(Self {
            key,
            count,
            has_carried,
            first,
            unit,
            states: states?,
            times: times.try_into().ok()?,
            rest: None,
        })
    }

    /// How many intervals it holds, the carried one included.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether the first one is carried: it ended before the month.
    pub fn has_carried(&self) -> bool {
        self.has_carried
    }

    /// Appends all intervals to `intervals`.
    pub fn unpack(self, intervals: &mut Vec<Interval>) -> Result<(), BlockError> {
        let mut batches = self.batches();
        while batches.next(intervals)? {}
        Ok(())
    }

    /// Reads it batch by batch, so that a reader that has enough can stop.
    pub(super) fn batches(self) -> Batches<'a> {
        let from = self.first;
        let position = self.rest.as_ref().map_or(0, |rest| rest.position);
        Batches {
            block: self,
            done: 0,
            until: from,
            last_seen: from,
            position,
            batch: Box::new(Batch {
                times: [[0; BATCH]; TIMES],
                messages: [NONE; BATCH],
                positions: [0; BATCH],
            }),
        }
    }
}

impl<'a> Rest<'a> {
    fn take(mut bytes: &'a [u8], count: usize) -> Option<Self> {
        let bytes = &mut bytes;
        let position = take_signed(bytes)?;
        let messages = Column::take(bytes, count)?;
        let positions = Column::take(bytes, count)?;
        bytes.is_empty().then_some(Self {
            position,
            messages,
            positions,
        })
    }
}

/// A block being read from its beginning.
pub(super) struct Batches<'a> {
    block: Block<'a>,
    done: usize,
    until: i64,
    last_seen: i64,
    position: i64,
    batch: Box<Batch>,
}

/// The columns of one batch.
struct Batch {
    times: [[i64; BATCH]; TIMES],
    messages: [i64; BATCH],
    positions: [i64; BATCH],
}

impl Batches<'_> {
    /// Appends the next intervals; `false` if there were none left.
    pub(super) fn next(&mut self, intervals: &mut Vec<Interval>) -> Result<bool, BlockError> {
        let count = (self.block.count - self.done).min(BATCH);
        if count == 0 {
            return Ok(false);
        }
        let read = self.read(count);
        let put = read.and_then(|()| self.put(count, intervals));
        put.ok_or(BlockError::Damaged {
            key: self.block.key,
            what: "it holds what cannot be",
        })?;
        self.done += count;
        Ok(true)
    }

    fn read(&mut self, count: usize) -> Option<()> {
        for (column, values) in self.block.times.iter_mut().zip(&mut self.batch.times) {
            column.read(self.done, &mut values[..count])?;
        }
        if let Some(rest) = &mut self.block.rest {
            let messages = &mut self.batch.messages[..count];
            rest.messages.read(self.done, messages)?;
            let positions = &mut self.batch.positions[..count];
            rest.positions.read(self.done, positions)?;
        }
        Some(())
    }

    fn put(&mut self, count: usize, intervals: &mut Vec<Interval>) -> Option<()> {
        let batch = &*self.batch;
        let [gaps, doubts, units, rests, lags, ends, states] = &batch.times;
        let mut possible = Possible(true);
        let start = intervals.len();
        intervals.reserve(count);
        for index in 0..count {
            let from = self.until.wrapping_add(gaps[index]);
            let earliest = self.last_seen.wrapping_add(doubts[index]);
            let pace = units[index].wrapping_mul(self.block.unit);
            let last_seen = self.last_seen.wrapping_add(pace);
            self.last_seen = last_seen.wrapping_add(rests[index]);
            self.until = self.last_seen.wrapping_add(lags[index]);
            let certain = self.last_seen.max(from).wrapping_add(ends[index]);
            let state = usize::try_from(states[index]).ok()?;
            self.position = self.position.wrapping_add(batch.positions[index]);
            let message = batch.messages[index];
            intervals.push(Interval {
                from: possible.moment(from),
                not_before: (doubts[index] != NONE).then(|| possible.moment(earliest)),
                certain_until: (ends[index] != NONE).then(|| possible.moment(certain)),
                until: Some(possible.moment(self.until)),
                state_id: *self.block.states.get(state)?,
                message_id: (message != NONE).then_some(MessageId(message)),
                position: Position(self.position),
            });
        }
        if possible.0 {
            return Some(());
        }
        intervals.truncate(start);
        None
    }
}

/// Whether all moments so far were moments that can be.
struct Possible(bool);

impl Possible {
    fn moment(&mut self, ms: i64) -> Timestamp {
        let moment = Timestamp::saturating_from_ms(ms);
        self.0 &= moment.as_ms() == ms;
        moment
    }
}

/// The columns of a block.
#[derive(Default)]
struct Columns {
    unit: i64,
    states: Vec<StateId>,
    times: [Vec<i64>; TIMES],
    messages: Vec<i64>,
    positions: Vec<i64>,
}

impl Columns {
    fn of(intervals: &[Interval]) -> Result<Self, NotPackable> {
        let untils = untils(intervals)?;
        let mut columns = Self::default();
        let [gaps, doubts, steps, _, lags, ends, _] = &mut columns.times;
        let first = intervals.first();
        let mut before = first.map_or((0, 0), |one| (one.from.as_ms(), one.position.0));
        let mut last_seen = before.0;
        for (index, (one, until)) in intervals.iter().zip(untils).enumerate() {
            let (from, until) = (one.from.as_ms(), until.as_ms());
            let certain = one.certain_until.map(Timestamp::as_ms);
            let next = intervals
                .get(index + 1)
                .filter(|next| next.from.as_ms() == until);
            let told = next.and_then(|next| next.not_before);
            let seen = told.map_or(certain.unwrap_or(until), Timestamp::as_ms);
            gaps.push(from - before.0);
            let earliest = one.not_before.map(Timestamp::as_ms);
            doubts.push(earliest.map_or(NONE, |earliest| earliest - last_seen));
            steps.push(seen - last_seen);
            lags.push(until - seen);
            ends.push(certain.map_or(NONE, |certain| certain - seen.max(from)));
            columns
                .positions
                .push(one.position.0.wrapping_sub(before.1));
            before = (until, one.position.0);
            last_seen = seen;
        }
        let (unit, units, rests) = in_units(steps, lags);
        let (states, places) = by_frequency(intervals);
        (columns.unit, columns.states) = (unit, states);
        columns.times[2] = units;
        columns.times[3] = rests;
        columns.times[6] = places;
        let messages = intervals
            .iter()
            .map(|one| one.message_id.map_or(NONE, |message| message.0));
        columns.messages = messages.collect();
        Ok(columns)
    }

    fn write_times(&self, bytes: &mut Vec<u8>) {
        push_signed(bytes, self.unit);
        push(bytes, self.states.len() as u64);
        for state in &self.states {
            push_signed(bytes, state.0);
        }
        for values in &self.times {
            column::write(values, bytes);
        }
    }
}

/// The ends of intervals, which must all be there.
fn untils(intervals: &[Interval]) -> Result<Vec<Timestamp>, NotPackable> {
    let end = |one: &Interval| {
        one.until.ok_or(NotPackable {
            from: one.from,
            what: "goes on",
        })
    };
    intervals.iter().map(end).collect()
}

/// How often the sweeps were, as far as the columns show, and each step as a number of that and a rest. What makes the two columns
/// shortest is taken.
fn in_units(steps: &[i64], lags: &[i64]) -> (i64, Vec<i64>, Vec<i64>) {
    const SECOND: i64 = 1000;
    let mut lags: Vec<i64> = lags.iter().copied().filter(|ms| *ms > 0).collect();
    let middle = lags.len() / 2;
    let usual = if lags.is_empty() {
        SECOND
    } else {
        *lags.select_nth_unstable(middle).1
    };
    let seconds = (usual / SECOND).max(1) * SECOND;
    let mut candidates = vec![60 * SECOND, seconds, 300 * SECOND];
    candidates.dedup();
    let split = |unit: i64| {
        let count = |step: &i64| (step + unit / 2).div_euclid(unit);
        let units: Vec<i64> = steps.iter().map(count).collect();
        let rests = steps.iter().zip(&units);
        let rests: Vec<i64> = rests.map(|(whole, count)| whole - count * unit).collect();
        (unit, units, rests)
    };
    let splits = candidates.into_iter().map(split);
    let shortest = splits.min_by_key(|(_, units, rests)| column::cost(units) + column::cost(rests));
    shortest.expect("there are candidates")
}

/// The distinct states, the most frequent first, and the place of each interval's state among them.
fn by_frequency(intervals: &[Interval]) -> (Vec<StateId>, Vec<i64>) {
    let mut counts: HashMap<StateId, i64> = HashMap::default();
    for one in intervals {
        *counts.entry(one.state_id).or_default() += 1;
    }
    let mut states: Vec<(StateId, i64)> = counts.into_iter().collect();
    states.sort_unstable_by_key(|(state, count)| (-count, state.0));
    let states: Vec<StateId> = states.into_iter().map(|(state, _)| state).collect();
    let places: HashMap<StateId, i64> = states.iter().copied().zip(0..).collect();
    let place = |one: &Interval| places[&one.state_id];
    let places = intervals.iter().map(place).collect();
    (states, places)
}

/// The checksum of a first section; a block in another's place does not pass either.
fn checksum(key: BlockKey, bytes: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut hasher = crc32fast::Hasher::new();
    for number in [key.account_id.0, key.extension_id.0, key.month.number()] {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(bytes);
    hasher.finalize().to_le_bytes()
}

/// The checksum of a second section, which belongs to the first one.
fn checksum_after(first: [u8; CHECKSUM_LENGTH], bytes: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&first);
    hasher.update(bytes);
    hasher.finalize().to_le_bytes()
}

#[cfg(test)]
mod tests;
