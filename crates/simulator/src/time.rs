//! The simulator's two notions of time.
//!
//! *World time* says what people are doing, *protocol time* when tokens expire, limits recover and
//! what `Date` reads. In a demonstration both are one virtual clock; a stand-alone platform lets
//! the world run faster than its protocol.

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};

/// How world time follows a clock.
#[derive(Clone)]
pub enum WorldTime {
    /// World time is what this clock shows.
    Clock(Arc<dyn Clock>),
    /// World time was `start_ms` when the clock showed `since_ms`, and runs `speed` times as fast.
    Accelerated {
        /// The clock that drives it.
        clock: Arc<dyn Clock>,
        /// World time at the beginning (UTC, milliseconds since the epoch).
        start_ms: i64,
        /// What the clock showed then.
        since_ms: i64,
        /// World milliseconds for each of the clock's.
        speed: u32,
    },
}

impl WorldTime {
    /// Gives world time (UTC, milliseconds since the epoch).
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::Clock(clock) => clock.now_ms(),
            Self::Accelerated {
                clock,
                start_ms,
                since_ms,
                speed,
            } => {
                let elapsed_ms = clock.now_ms().saturating_sub(*since_ms);
                start_ms.saturating_add(elapsed_ms.saturating_mul(i64::from(*speed)))
            }
        }
    }
}

/// Both notions of time of one platform.
#[derive(Clone)]
pub struct PlatformTime {
    /// What people are doing follows this.
    pub world: WorldTime,
    /// Tokens, limits, latency and `Date` follow this.
    pub protocol: Arc<dyn Clock>,
}

impl PlatformTime {
    /// One virtual clock for both; latency moves it on.
    pub fn virtual_clock(clock: Arc<VirtualClock>) -> Self {
        Self::one_clock(clock)
    }

    /// One clock for both.
    pub fn one_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            world: WorldTime::Clock(Arc::clone(&clock)),
            protocol: clock,
        }
    }

    /// Protocol time is the clock's; world time begins now at `start_ms` and runs `speed` times as fast.
    pub fn accelerated(clock: Arc<dyn Clock>, start_ms: i64, speed: u32) -> Self {
        let since_ms = clock.now_ms();
        let world = WorldTime::Accelerated {
            clock: Arc::clone(&clock),
            start_ms,
            since_ms,
            speed,
        };
        Self {
            world,
            protocol: clock,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accelerated_world_runs_ahead_of_its_protocol() {
        let clock = Arc::new(VirtualClock::new(1_000));
        let time = PlatformTime::accelerated(Arc::clone(&clock) as Arc<dyn Clock>, 5_000_000, 60);
        assert_eq!(time.world.now_ms(), 5_000_000);
        clock.advance(1_000);
        assert_eq!(time.world.now_ms(), 5_060_000);
        assert_eq!(time.protocol.now_ms(), 2_000);
    }
}
