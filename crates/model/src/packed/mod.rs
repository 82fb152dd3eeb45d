//! Packed history: one extension's intervals of one month in a few bytes each.
//!
//! A [`Block`] holds the intervals that *end* in its month, so it is final as soon as the extension was seen after the
//! month: what still goes on ends later and belongs to a later block. Until then the month's block is made again now
//! and then, each time with the days that are over. Intervals that are in no block yet are the *tail*. [`PackedHistory`] is what a window needs of both, and gives the same intervals as if nothing were packed.
//!
//! ```text
//! months         |  October      |  November     |  December
//! intervals      [a   [b ) gap [c      [d    [e        [f          f goes on
//! blocks          a b           c d e                              tail: f
//! ```
//!
//! `b` ends before a gap, so November's block also carries a copy of it, as what came before: a question about
//! November alone needs the last interval that begins before it.

mod block;
mod column;
mod history;
mod pack;

pub use block::{Block, BlockError, BlockKey, NotPackable, Parts};
pub use history::{PackedBlock, PackedHistory};
pub use pack::{PackedMonth, ended_before, pack_month};
