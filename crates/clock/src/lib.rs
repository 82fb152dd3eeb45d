//! The one place that reads the time.
//!
//! Everything that needs to know what time it is takes a [`Clock`]. Programs pass [`SystemClock`];
//! demonstrations and tests pass [`VirtualClock`], on which a week passes as fast as the work in it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Wall time in UTC, and waiting for a moment of it.
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    /// The present moment, in milliseconds since the Unix epoch (UTC).
    fn now_ms(&self) -> i64;

    /// Waits until the clock shows `at_ms` (milliseconds since the Unix epoch) or later; returns at once if it does.
    async fn sleep_until_ms(&self, at_ms: i64);

    /// Waits for `duration_ms` milliseconds; nothing for zero or less.
    async fn sleep_ms(&self, duration_ms: i64) {
        self.sleep_until_ms(self.now_ms().saturating_add(duration_ms.max(0)))
            .await;
    }
}

/// The computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait::async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the computer's clock"
    )]
    fn now_ms(&self) -> i64 {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }

    /// Waits on the monotonic clock, so a step of the wall clock neither shortens nor prolongs the wait.
    async fn sleep_until_ms(&self, at_ms: i64) {
        let wait = at_ms.saturating_sub(self.now_ms());
        if let Ok(wait) = u64::try_from(wait) {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}

/// A clock that moves only when it is set, or when someone waits on it: waiting jumps forward at once.
///
/// It is meant for one conversation at a time: two tasks that wait on the same virtual clock push each other forward.
#[derive(Debug)]
pub struct VirtualClock {
    now_ms: AtomicI64,
}

impl VirtualClock {
    /// A clock that shows `start_ms` (milliseconds since the Unix epoch, UTC).
    pub fn new(start_ms: i64) -> Self {
        Self {
            now_ms: AtomicI64::new(start_ms),
        }
    }

    /// Moves the clock forward by `duration_ms`; a negative duration steps it back, as real clocks sometimes do.
    pub fn advance(&self, duration_ms: i64) {
        self.now_ms.fetch_add(duration_ms, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Clock for VirtualClock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    async fn sleep_until_ms(&self, at_ms: i64) {
        self.now_ms.fetch_max(at_ms, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_moves_a_virtual_clock_forward_and_never_back() {
        let clock = VirtualClock::new(1_000);
        clock.sleep_until_ms(5_000).await;
        assert_eq!(clock.now_ms(), 5_000);
        clock.sleep_until_ms(2_000).await;
        assert_eq!(clock.now_ms(), 5_000);
        clock.sleep_ms(-1).await;
        clock.sleep_ms(250).await;
        assert_eq!(clock.now_ms(), 5_250);
        clock.advance(-50);
        assert_eq!(clock.now_ms(), 5_200);
    }

    #[tokio::test]
    async fn a_moment_that_is_past_needs_no_waiting() {
        SystemClock.sleep_until_ms(i64::MIN).await;
        assert!(SystemClock.now_ms() > 1_700_000_000_000);
    }
}
