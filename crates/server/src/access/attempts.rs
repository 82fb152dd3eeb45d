//! How often an address has failed to say who it is. Pure.

use std::collections::HashMap;
use std::net::IpAddr;

use presence_model::time::Timestamp;

/// After so long, in milliseconds, an address starts over.
const WINDOW_MS: i64 = 5 * 60_000;

/// So many addresses are remembered; the one that has been for the longest time makes room for another.
const ADDRESSES_MAX: usize = 10_000;

/// The failures of each address.
#[derive(Debug)]
pub struct Attempts {
    /// So many are let pass within [`WINDOW_MS`].
    failures_max: u32,
    failed: HashMap<IpAddr, Failed>,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    count: u32,
    since: Timestamp,
}

/// Whose failures count together: an IPv4 address, or the 64 bits of an IPv6 address that a customer is given.
fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            std::net::Ipv6Addr::from_bits(network).into()
        }
    }
}

impl Attempts {
    /// Nobody has failed; so many failures of an address are let pass within five minutes.
    pub fn new(failures_max: u32) -> Self {
        Self {
            failures_max,
            failed: HashMap::new(),
        }
    }

    /// How long an address must wait before it may try again, in milliseconds; `None`: it need not.
    pub fn must_wait_ms(&self, address: IpAddr, now: Timestamp) -> Option<i64> {
        let failed = self.failed.get(&customer(address))?;
        let left_ms = WINDOW_MS - now.since_ms(failed.since);
        (failed.count >= self.failures_max && left_ms > 0).then_some(left_ms)
    }

    /// Counts a failure.
    pub fn note_failure(&mut self, address: IpAddr, now: Timestamp) {
        let address = customer(address);
        if self.failed.len() >= ADDRESSES_MAX && !self.failed.contains_key(&address) {
            let oldest = self.failed.iter().min_by_key(|(_, failed)| failed.since);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                self.failed.remove(&oldest);
            }
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
        self.failed.remove(&customer(address));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_after_some_failures() {
        let at = |ms| Timestamp::saturating_from_ms(ms);
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut attempts = Attempts::new(10);
        for failure in 0..10 {
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

    #[test]
    fn a_network_is_one_and_the_table_has_an_end() {
        let at = Timestamp::saturating_from_ms;
        let mut attempts = Attempts::new(3);
        for last in 0..3 {
            let address = IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
            attempts.note_failure(address, at(0));
        }
        let of = |network| IpAddr::from([0x2001, 0xdb8, 0, network, 9, 9, 9, 9]);
        assert!(attempts.must_wait_ms(of(1), at(1)).is_some());
        assert_eq!(attempts.must_wait_ms(of(2), at(1)), None);
        // An attacker with many addresses cannot push others out of memory.
        for number in 0..10_100_u32 {
            let address = IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + number));
            attempts.note_failure(address, at(1 + i64::from(number)));
        }
        assert_eq!(attempts.failed.len(), ADDRESSES_MAX);
        let late = IpAddr::from([203, 0, 113, 9]);
        for _ in 0..3 {
            attempts.note_failure(late, at(30_000));
        }
        assert!(attempts.must_wait_ms(late, at(30_001)).is_some());
    }
}
