//! Positions for readers who may see only some people: the position of an event in the log reveals how much happened to all
//! others, so such a reader is shown another number in its stead. Pure.
//!
//! The numbers are exchanged by a key (a Feistel network of HMAC-SHA-256), so each can be sent back and means the same
//! again; their order and their distance mean nothing.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How many bits a half has: together they are numbers that every program for JSON reads exactly.
const HALF_BITS: u32 = 26;

/// The bits of a half.
const HALF: i64 = (1 << HALF_BITS) - 1;

/// How often the halves are mixed.
const ROUNDS: [u8; 6] = [0, 1, 2, 3, 4, 5];

/// What shows a reader other numbers in the stead of positions.
#[derive(Clone, PartialEq, Eq)]
pub struct Veil([u8; 32]);

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Veil(…)")
    }
}

impl Veil {
    /// The one of a key: the same key, the same numbers.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// What is shown in the stead of a number from 0 on, below 2^52. Zero, the place before everything, stays.
    pub fn hide(&self, number: i64) -> i64 {
        match self.exchanged(number) {
            _ if number == 0 => 0,
            0 => self.exchanged(0),
            shown => shown,
        }
    }

    /// The number that was hidden so.
    pub fn reveal(&self, shown: i64) -> i64 {
        match self.exchanged_back(shown) {
            _ if shown == 0 => 0,
            0 => self.exchanged_back(0),
            number => number,
        }
    }

    fn exchanged(&self, number: i64) -> i64 {
        let (mut left, mut right) = halves(number);
        for round in ROUNDS {
            (left, right) = (right, left ^ self.mixed(round, right));
        }
        (left << HALF_BITS) | right
    }

    fn exchanged_back(&self, shown: i64) -> i64 {
        let (mut left, mut right) = halves(shown);
        for round in ROUNDS.into_iter().rev() {
            (left, right) = (right ^ self.mixed(round, left), left);
        }
        (left << HALF_BITS) | right
    }

    fn mixed(&self, round: u8, half: i64) -> i64 {
        let code = Hmac::<Sha256>::new_from_slice(&self.0);
        let mut code = code.expect("HMAC takes keys of any length");
        code.update(&[round]);
        code.update(&half.to_be_bytes());
        let code: [u8; 32] = code.finalize().into_bytes().into();
        let [a, b, c, d, ..] = code;
        i64::from(u32::from_be_bytes([a, b, c, d])) & HALF
    }
}

fn halves(number: i64) -> (i64, i64) {
    ((number >> HALF_BITS) & HALF, number & HALF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_number_is_another_and_can_be_sent_back() {
        let (one, other) = (Veil::new([1; 32]), Veil::new([2; 32]));
        let mut seen = std::collections::BTreeSet::new();
        for number in (1..200).chain([8_600_000, (1 << 52) - 1]) {
            let shown = one.hide(number);
            assert!((0..1 << 52).contains(&shown));
            assert_eq!(one.reveal(shown), number);
            assert_ne!(shown, number);
            assert_ne!(shown, other.hide(number));
            assert!(seen.insert(shown));
        }
        assert_eq!((one.hide(0), one.reveal(0)), (0, 0));
        // The number whose place zero has taken has the other's.
        let (left_over, taken) = (one.exchanged_back(0), one.exchanged(0));
        assert_eq!((one.hide(left_over), one.reveal(taken)), (taken, left_over));
        // What happened between two events shows neither in their order nor in their distance.
        let shown: Vec<i64> = (1..20).map(|number| one.hide(number)).collect();
        assert!(!shown.is_sorted());
        let near = shown
            .windows(2)
            .filter(|pair| (pair[1] - pair[0]).abs() < 1_000_000);
        assert_eq!(near.count(), 0);
    }
}
