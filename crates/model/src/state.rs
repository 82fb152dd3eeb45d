//! States, kept once: the value of every facet but the message, and the message, which is kept apart.
//!
//! Distinct states are few (hundreds for thousands of people), so equal ones share one allocation and comparing two
//! is mostly comparing two pointers.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;

use super::HashMap;
use sha2::{Digest, Sha256};

use super::facet::{Facet, STATE_FACET_COUNT};

/// A content hash: SHA-256 of the canonical bytes.
pub type ContentHash = [u8; 32];

/// The values of a state as they are read, in the order of [`Facet::OF_STATE`].
pub type FacetValues<'a> = [Option<&'a str>; STATE_FACET_COUNT];

/// The value of every facet but the message. An absent facet is `None`; it is not `Offline`.
#[derive(Clone, Debug)]
pub struct State {
    values: [Option<Box<str>>; STATE_FACET_COUNT],
    content_hash: ContentHash,
}

impl State {
    /// A state of these values; an empty text is the same as absent.
    pub fn new(values: &FacetValues<'_>) -> Self {
        let values = values.map(|value| value.filter(|text| !text.is_empty()));
        Self {
            content_hash: canonical_hash(&values),
            values: values.map(|value| value.map(Box::from)),
        }
    }

    /// The value of a facet; `None` if it is absent, and always for the message, which is no part of a state.
    pub fn get(&self, facet: Facet) -> Option<&str> {
        self.values[facet.state_index()?].as_deref()
    }

    /// The values in the order of [`Facet::OF_STATE`].
    pub fn values(&self) -> FacetValues<'_> {
        std::array::from_fn(|index| self.values[index].as_deref())
    }

    /// What identifies the state in the dictionary: the same on every database.
    pub fn content_hash(&self) -> &ContentHash {
        &self.content_hash
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Eq for State {}

/// Version, then for each facet a mark and, if present, length and bytes: no separator can shift a boundary.
fn canonical_hash(values: &FacetValues<'_>) -> ContentHash {
    let mut hasher = Sha256::new();
    hasher.update(b"state 1\0");
    for value in values {
        hash_optional_text(&mut hasher, *value);
    }
    hasher.finalize().into()
}

/// Feeds an optional text to a hash, unambiguously.
pub fn hash_optional_text(hasher: &mut Sha256, text: Option<&str>) {
    match text {
        None => hasher.update([0]),
        Some(text) => {
            hasher.update([1]);
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
    }
}

/// Appends to `bytes` what [`hash_optional_text`] feeds to a hash.
pub(crate) fn push_optional_text(bytes: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => bytes.push(0),
        Some(text) => {
            bytes.push(1);
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

/// What an extension shows: its state and its status message.
#[derive(Clone, Debug)]
pub struct Presence {
    /// Every facet but the message.
    pub state: Arc<State>,
    /// The status message; `None` when there is none.
    pub message: Option<Arc<str>>,
}

impl Presence {
    /// The value of any facet, the message included.
    pub fn get(&self, facet: Facet) -> Option<&str> {
        match facet {
            Facet::Message => self.message.as_deref(),
            _ => self.state.get(facet),
        }
    }
}

impl PartialEq for Presence {
    fn eq(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.state, &other.state) || self.state == other.state)
            && self.message == other.message
    }
}

impl Eq for Presence {}

/// Gives equal states, and equal texts, one shared allocation.
#[derive(Debug, Default)]
pub struct Interner {
    hasher: foldhash::fast::RandomState,
    states: HashTable<Arc<State>>,
    texts: HashMap<Arc<str>, ()>,
    text_bytes: usize,
}

/// Beyond so many kept texts, or so many bytes of them, the interner forgets them, so that a long import of ever new
/// messages stays small.
const TEXTS_KEPT: usize = 200_000;
const TEXT_BYTES_KEPT: usize = 64 * 1024 * 1024;
/// Beyond so many kept states it forgets these: states are few unless something invents them.
const STATES_KEPT: usize = 50_000;

impl Interner {
    /// The shared state of these values.
    pub fn state(&mut self, values: &FacetValues<'_>) -> Arc<State> {
        let values = values.map(|value| value.filter(|text| !text.is_empty()));
        let hash = self.hasher.hash_one(values);
        if let Some(state) = self.states.find(hash, |state| state.values() == values) {
            return Arc::clone(state);
        }
        if self.states.len() >= STATES_KEPT {
            self.states.clear();
        }
        let state = Arc::new(State::new(&values));
        let hasher = &self.hasher;
        self.states.insert_unique(hash, Arc::clone(&state), |kept| {
            hasher.hash_one(kept.values())
        });
        state
    }

    /// The shared text.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some((kept, ())) = self.texts.get_key_value(text) {
            return Arc::clone(kept);
        }
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        if self.texts.len() >= TEXTS_KEPT || self.text_bytes > TEXT_BYTES_KEPT {
            self.texts.clear();
            self.text_bytes = text.len();
        }
        let kept: Arc<str> = Arc::from(text);
        self.texts.insert(Arc::clone(&kept), ());
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(first: Option<&str>) -> FacetValues<'_> {
        let mut values = [None; STATE_FACET_COUNT];
        values[0] = first;
        values
    }

    #[test]
    fn equal_states_are_one() {
        let mut interner = Interner::default();
        let first = interner.state(&values(Some("Available")));
        let second = interner.state(&values(Some("Available")));
        assert!(Arc::ptr_eq(&first, &second));
        assert_ne!(first, interner.state(&values(Some("Busy"))));
    }

    #[test]
    fn an_empty_text_is_absent() {
        assert_eq!(State::new(&values(Some(""))), State::new(&values(None)));
        assert_eq!(
            State::new(&values(Some(""))).content_hash(),
            State::new(&values(None)).content_hash()
        );
    }

    #[test]
    fn neighbouring_facets_do_not_run_together() {
        let mut shifted = values(Some("A"));
        shifted[1] = Some("BC");
        let mut other = values(Some("AB"));
        other[1] = Some("C");
        assert_ne!(
            State::new(&shifted).content_hash(),
            State::new(&other).content_hash()
        );
    }
}
