//! How often an address has failed to say who it is. Pure.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::model::time::Timestamp;

/// So many failures are let pass within [`WINDOW_MS`].
const FAILURES_MAX: u32 = 10;

/// After so long, in milliseconds, an address begins anew.
const WINDOW_MS: i64 = 5 * 60_000;

/// So many addresses are remembered.
const ADDRESSES_MAX: usize = 10_000;

/// The failures of each address.
#[derive(Debug, Default)]
pub struct Attempts {
    failed: HashMap<IpAddr, Failed>,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    count: u32,
    since: Timestamp,
}

impl Attempts {
    /// How long an address must wait before it may try again, in milliseconds; `None`: it need not.
    pub fn must_wait_ms(&self, address: IpAddr, now: Timestamp) -> Option<i64> {
        let failed = self.failed.get(&address)?;
        let left_ms = WINDOW_MS - now.since_ms(failed.since);
        (failed.count >= FAILURES_MAX && left_ms > 0).then_some(left_ms)
    }

    /// Counts a failure.
    pub fn note_failure(&mut self, address: IpAddr, now: Timestamp) {
        if self.failed.len() >= ADDRESSES_MAX {
            self.failed
                .retain(|_, failed| now.since_ms(failed.since) < WINDOW_MS);
        }
        if self.failed.len() >= ADDRESSES_MAX && !self.failed.contains_key(&address) {
            return;
        }
        let failed = self.failed.entry(address).or_insert(Failed {
            count: 0,
            since: now,
        });
        if now.since_ms(failed.since) >= WINDOW_MS {
            *failed = Failed {
                count: 0,
                since: now,
            };
        }
        failed.count += 1;
    }

    /// Forgets the failures of an address that succeeded.
    pub fn note_success(&mut self, address: IpAddr) {
        self.failed.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_after_some_failures() {
        let at = |ms| Timestamp::saturating_from_ms(ms);
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut attempts = Attempts::default();
        for failure in 0..i64::from(FAILURES_MAX) {
            assert_eq!(attempts.must_wait_ms(one, at(failure)), None);
            attempts.note_failure(one, at(failure));
        }
        assert_eq!(
            attempts.must_wait_ms(one, at(1_000)),
            Some(WINDOW_MS - 1_000)
        );
        assert_eq!(attempts.must_wait_ms(other, at(1_000)), None);
        assert_eq!(attempts.must_wait_ms(one, at(WINDOW_MS)), None);
        attempts.note_failure(one, at(WINDOW_MS));
        assert_eq!(attempts.must_wait_ms(one, at(WINDOW_MS)), None);
        attempts.note_success(one);
        assert!(attempts.failed.is_empty());
    }
}
