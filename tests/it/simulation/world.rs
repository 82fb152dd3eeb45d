//! The people and what they show at each time, and the times of failures.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

use super::{HOUR_MS, MINUTE_MS};

/// Monday, 2 November 2026, 00:00 UTC.
const START_MS: i64 = 1_793_577_600_000;
const STATUSES: [&str; 3] = ["Available", "Busy", "Offline"];
/// Extensions that are there all the time, one that comes, and one that goes.
const PEOPLE: [i64; 8] = [101, 102, 103, 104, 105, 106, 107, 108];
const COMES: i64 = 107;
const GOES: i64 = 108;

/// See the module.
pub(super) struct World {
    seed: u64,
    length_ms: i64,
    began: Instant,
    rng: Mutex<ChaCha8Rng>,
    told: Mutex<HashSet<(i64, i64, &'static str)>>,
}

/// Mixes numbers into one that has no similarity to them.
fn mixed(parts: [i64; 3]) -> u64 {
    parts
        .iter()
        .fold(0x9e37_79b9_7f4a_7c15, |mixed: u64, part| {
            let mixed = (mixed ^ part.cast_unsigned()).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed ^ (mixed >> 29)
        })
}

impl World {
    pub(super) fn new(seed: u64, length_ms: i64) -> Self {
        Self {
            seed,
            length_ms,
            began: Instant::now(),
            rng: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            told: Mutex::default(),
        }
    }

    /// The true time.
    pub(super) fn now_ms(&self) -> i64 {
        let passed = Instant::now().duration_since(self.began).as_millis();
        START_MS + i64::try_from(passed).expect("it does not last for ever")
    }

    pub(super) fn end_ms(&self) -> i64 {
        START_MS + self.length_ms
    }

    pub(super) fn is_over(&self) -> bool {
        self.now_ms() >= self.end_ms()
    }

    pub(super) fn rng(&self) -> MutexGuard<'_, ChaCha8Rng> {
        self.rng.lock().expect("no node panics")
    }

    /// Whether a random event happens, of which one in this many does.
    pub(super) fn once_in(&self, times: u32) -> bool {
        self.rng().random_ratio(1, times)
    }

    /// Waits for a random time.
    pub(super) async fn pass(&self, from_ms: u64, to_ms: u64) {
        let ms = self.rng().random_range(from_ms..to_ms);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Whether a failure of this kind is happening: time is divided into stretches of this length, and one in this many
    /// is bad.
    pub(super) fn is_bad(&self, kind: i64, length_ms: i64, one_in: u64) -> bool {
        let seed = i64::try_from(self.seed % 1_000_000).expect("small");
        mixed([seed, kind, self.now_ms() / length_ms]).is_multiple_of(one_in)
    }

    fn exists(&self, id: i64) -> bool {
        let passed_ms = self.now_ms() - START_MS;
        match id {
            COMES => passed_ms >= self.length_ms / 3,
            GOES => passed_ms < self.length_ms / 2,
            id => PEOPLE.contains(&id),
        }
    }

    pub(super) fn people(&self) -> Vec<i64> {
        PEOPLE.into_iter().filter(|id| self.exists(*id)).collect()
    }

    /// What an extension shows now; `None` if it does not exist.
    pub(super) fn status(&self, id: i64) -> Option<&'static str> {
        let period_ms = (7 + id % 5 * 11) * MINUTE_MS;
        let seed = i64::try_from(self.seed % 1_000_000).expect("small");
        let rng = mixed([seed, id, self.now_ms() / period_ms]);
        let index = usize::try_from(rng % 3).expect("small");
        self.exists(id).then_some(STATUSES[index])
    }

    /// The platform answered, at `at_ms` by the asker's clock, what an extension shows.
    pub(super) fn tell(&self, id: i64, at_ms: i64, status: &'static str) {
        let mut told = self.told.lock().expect("no node panics");
        told.insert((id, at_ms, status));
    }

    pub(super) fn was_told(&self, id: i64, at_ms: i64, status: &str) -> bool {
        let told = self.told.lock().expect("no node panics");
        STATUSES
            .iter()
            .any(|known| *known == status && told.contains(&(id, at_ms, known)))
    }

    /// Only this extension ever goes, and it never comes back.
    pub(super) fn is_gone_for_good(&self, id: i64) -> bool {
        id == GOES && !self.exists(id)
    }
}

/// Failures that last for a while.
impl World {
    pub(super) fn is_platform_down(&self) -> bool {
        self.is_bad(1, HOUR_MS / 2, 23)
    }

    pub(super) fn is_store_away(&self) -> bool {
        self.is_bad(2, 25 * MINUTE_MS, 17)
    }
}
