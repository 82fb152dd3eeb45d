//! Randomness that can be repeated: every draw comes from a seed and the thing it is drawn for.
//!
//! A person's Tuesday is the same anyone who asks for it, in whatever order, because its generator is
//! derived from (seed, purpose, extension, date) and not handed from day to day.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// What a generator is for; two purposes never share draws.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// Who there is.
    Office = 1,
    /// A person's day.
    Day = 2,
    /// Access tokens.
    Tokens = 3,
    /// How long answers take.
    Latency = 4,
    /// What goes wrong.
    Faults = 5,
    /// Calls.
    Calls = 6,
    /// When a collector did not run.
    Outages = 7,
    /// When a sweep saw a person.
    Sweeps = 8,
    /// When a person signs in to a queue and out of it.
    SignIn = 9,
    /// Who takes the calls of the queues that an office has on top.
    FurtherQueues = 10,
    /// How a queue is set up.
    QueueSettings = 11,
}

/// Makes the generator for one purpose and two keys under a seed.
pub fn rng(seed: u64, purpose: Purpose, key: u64, subkey: u64) -> ChaCha8Rng {
    let mut mixed = mix(seed ^ mix(purpose as u64));
    mixed = mix(mixed ^ key);
    mixed = mix(mixed ^ subkey);
    ChaCha8Rng::seed_from_u64(mixed)
}

/// Draws from `low..=high`; `low` where the range is empty.
pub fn between(rng: &mut ChaCha8Rng, low: i64, high: i64) -> i64 {
    if low >= high {
        low
    } else {
        rng.random_range(low..=high)
    }
}

/// Says yes once in `n` times on average; never for 0.
pub fn one_in(rng: &mut ChaCha8Rng, n: u32) -> bool {
    n > 0 && rng.random_range(0..n) == 0
}

/// Spreads a number over all 64 bits (the finalizer of `SplitMix64`).
pub(super) const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
