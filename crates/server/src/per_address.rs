//! How much each address holds at once: so much and no more, that one of them does not keep the others out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// What each address holds, and how much of it there may be.
#[derive(Debug)]
pub struct PerAddress {
    most: u64,
    held: Mutex<HashMap<IpAddr, u64>>,
}

/// A part that is held; given back when it is dropped.
#[derive(Debug)]
pub struct Part {
    of: Arc<PerAddress>,
    address: IpAddr,
    count: u64,
}

impl PerAddress {
    /// Each address may hold `most` at once.
    pub fn new(most: u64) -> Arc<Self> {
        Arc::new(Self {
            most,
            held: Mutex::default(),
        })
    }

    /// Takes `count`, if the address may hold so much in addition to what it holds; the first may be larger than what is
    /// allowed, so that no one is locked out for ever.
    pub fn take(self: &Arc<Self>, address: IpAddr, count: u64) -> Option<Part> {
        self.take_more(address, count, 0)
    }

    /// Takes `count` more for what holds `mine` of it already: alone it may be larger than what is allowed.
    pub fn take_more(self: &Arc<Self>, address: IpAddr, count: u64, mine: u64) -> Option<Part> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.get(&address).copied().unwrap_or_default();
        let sum = own.saturating_add(count);
        if own > mine && sum > self.most {
            return None;
        }
        held.insert(address, sum);
        drop(held);
        Some(Part {
            of: Arc::clone(self),
            address,
            count,
        })
    }

    /// How much an address holds.
    #[cfg(test)]
    pub(super) fn held(&self, address: IpAddr) -> u64 {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&address).copied().unwrap_or_default()
    }

    /// Whether an address can hold nothing more.
    pub fn is_full(&self, address: IpAddr) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&address).is_some_and(|own| *own >= self.most)
    }
}

impl Part {
    /// How much it is.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Holds another part of the same address with this one.
    pub fn join(&mut self, mut other: Self) {
        self.count = self.count.saturating_add(std::mem::take(&mut other.count));
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&self.address) {
            *own = own.saturating_sub(self.count);
            if *own == 0 {
                held.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_so_much_and_no_more() {
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let room = PerAddress::new(10);
        let first = room.take(one, 7).expect("there is room");
        assert!(room.take(one, 4).is_none());
        let second = room.take(one, 3).expect("there is room");
        assert!(room.is_full(one) && !room.is_full(other));
        let large = room.take(other, 100).expect("the first may be large");
        assert!(room.take(other, 1).is_none());
        drop((first, second, large));
        assert!(room.held.lock().expect("nobody panicked").is_empty());
    }
}
